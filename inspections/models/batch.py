from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models.batch import AbstractBatch, AbstractBatchRow
from campaigns.models.campaign import SeenQuerySet

from .finding import Finding


class FindingBatchQuerySet(SeenQuerySet):
    """Those of the campaigns whose findings the person dispatches for the office."""

    SEEN_WITH = "inspections.verify_finding"


class FindingBatch(AbstractBatch):
    """One thing that somebody does to many findings."""

    class Act(models.TextChoices):
        DISPATCH = "dispatch", _("交办")
        CLOSE = "close", _("销号")
        EXTEND = "extend", _("延期")

    act = models.CharField(_("办理"), max_length=10, choices=Act)

    objects = FindingBatchQuerySet.as_manager()

    class Meta(AbstractBatch.Meta):
        verbose_name = _("批量办理问题")
        indexes = [models.Index(fields=["campaign", "finished_at"], name="finding_batch_finished")]

    def __str__(self):
        return _("%(act)s%(n)s个问题") % {"act": self.get_act_display(), "n": self.total}

    def get_absolute_url(self):
        return reverse("inspections:finding_batch", args=[self.pk])


class FindingBatchRow(AbstractBatchRow):
    """One finding of a batch, and what came of it."""

    batch = models.ForeignKey(FindingBatch, on_delete=models.CASCADE, related_name="rows")
    finding = models.ForeignKey(Finding, verbose_name=_("问题"), on_delete=models.CASCADE, related_name="+")

    class Meta(AbstractBatchRow.Meta):
        constraints = [models.UniqueConstraint(fields=["batch", "finding"], name="finding_batch_row_once")]
        indexes = [models.Index(fields=["batch", "outcome", "id"], name="finding_batch_outcome")]

    def __str__(self):
        return str(self.finding)
