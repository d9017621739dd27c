"""The office's own Word file for letters and notices of one kind."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cityinit.models import StoredFile
from units.roles import Reach

from .campaign import Campaign


class Paper(models.Model):
    """What letters of a kind are drawn in from now on; those sent before keep theirs, by its key in what they froze."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="papers")
    # As `campaigns.papers` knows the kinds: the apps above add theirs.
    kind = models.CharField(_("文书种类"), max_length=20)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(_("更换时间"), auto_now=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("文书模板")
        constraints = [models.UniqueConstraint(fields=["campaign", "kind"], name="paper_once")]

    def __str__(self):
        return f"{self.kind} {self.file}"

    def reach(self):
        return Reach(self.campaign.host.path)
