"""What is kept about one unit's part in a task, beside the assignment itself."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from units.models import Unit
from units.roles import Reach, scope_of

from .campaign import SeenQuerySet
from .task import Task


class PartQuerySet(SeenQuerySet):
    CAMPAIGN, SEEN_WITH = "task__campaign", "campaigns.see_task"

    def _seen_by(self, user):
        """Rows of the hosts whose office the person is in; else those of units in the own scope."""
        seen = self._seen_whole(user)
        if paths := scope_of(user).paths_with("campaigns.see_task"):
            seen |= models.Q(unit__in=Unit.objects.under(paths))
        return seen


class PartRow(models.Model):
    """A row about a task and one of its units; it outlives the assignment."""

    task = models.ForeignKey(Task, verbose_name=_("任务"), on_delete=models.CASCADE, related_name="%(class)ss")
    unit = models.ForeignKey(Unit, verbose_name=_("单位"), on_delete=models.PROTECT, related_name="%(class)ss")
    # Sent twice, stored once: the form carries a key made when it was drawn.
    client_key = models.UUIDField(unique=True, null=True, editable=False)

    objects = PartQuerySet.as_manager()

    class Meta:
        abstract = True

    def get_absolute_url(self):
        return self.task.get_absolute_url()

    def reach(self):
        return Reach(self.task.campaign.host.path, (self.unit.path,))
