import uuid

from django.db import models
from django.db.models import Q

from .campaign import Campaign


class CounterpartQuerySet(models.QuerySet):
    def of(self, campaign):
        return self.filter(campaign=campaign)

    def with_lineage(self, lineage):
        return self.filter(Q(one=lineage) | Q(other=lineage))


class Counterpart(models.Model):
    """One and the same work asked for by two systems: an indicator of one and an indicator of the other.

    Kept by lineage, so that it outlives the versions of both.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE)
    one = models.UUIDField()
    other = models.UUIDField()

    objects = CounterpartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "one", "other"], name="counterpart_once"),
            # Each pair is kept one way round.
            models.CheckConstraint(condition=Q(one__lt=models.F("other")), name="counterpart_in_order"),
        ]

    def __str__(self):
        return f"{self.one} = {self.other}"

    def beside(self, lineage: uuid.UUID) -> uuid.UUID:
        """The other one of the two."""
        return self.other if self.one == lineage else self.one
