from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import CampaignRow

from .site import SiteType


class PhraseBook(CampaignRow):
    """The sentences an inspector picks instead of typing (常用语): of one type of site, or of all."""

    kind = models.ForeignKey(SiteType, null=True, on_delete=models.CASCADE, related_name="+")
    # One a line, in the order they are offered.
    text = models.TextField(_("常用语"), blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("常用语")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "kind"], name="phrase_book_once"),
            # An empty key is like no other to the first one.
            models.UniqueConstraint(
                fields=["campaign"], condition=models.Q(kind=None), name="phrase_book_of_all_types_once"
            ),
        ]

    def __str__(self):
        return f"{self.campaign} {self.kind or ''}"

    @property
    def lines(self):
        return self.text.splitlines()
