"""An office's own 问题台账 brought in: the upload, its columns as a person matched them, its lines, its remarks."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.models.campaign import SeenQuerySet
from campaigns.models.mapped import KeptMapping, MappedUpload

from .finding import Finding


class LedgerQuerySet(SeenQuerySet):
    """The ledgers of the campaigns whose findings the person verifies: colleagues go on with each other's."""

    SEEN_WITH = "inspections.load_ledger"


class Ledger(MappedUpload):
    campaign = models.ForeignKey(Campaign, verbose_name=_("创建活动"), on_delete=models.CASCADE, related_name="ledgers")

    objects = LedgerQuerySet.as_manager()

    class Meta(MappedUpload.Meta):
        verbose_name = _("问题台账")

    def get_absolute_url(self):
        return reverse("inspections:ledger", args=[self.pk])

    def forget_remarks(self):
        self.remarks.all().delete()


class LedgerRemark(models.Model):
    """One thing in a ledger that stops its load, or a row that can be loaded and may yet be meant otherwise."""

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="remarks")
    is_fault = models.BooleanField()
    # In the order of the file.
    position = models.PositiveIntegerField()
    row = models.PositiveIntegerField(null=True)
    column = models.CharField(max_length=200)
    value = models.TextField(blank=True)
    wrong = models.TextField()
    right = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["ledger", "is_fault", "position"], name="ledger_remark_once")]

    def __str__(self):
        return f"{self.row} {self.column} {self.wrong}"

    @property
    def noticed(self):
        return self.wrong

    @property
    def taken(self):
        return self.right


class LedgerLine(models.Model):
    """A finding's part of a row of a loaded ledger, with its cells, so that the same ledger can be given back."""

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    # Several findings may stand in one row of the file.
    part = models.PositiveIntegerField(default=1)
    finding = models.ForeignKey(Finding, null=True, on_delete=models.SET_NULL, related_name="ledger_lines")
    # By what a later upload finds the same finding again, and the mark of what was written.
    key = models.CharField(max_length=64)
    written = models.CharField(max_length=64, blank=True)
    cells = models.JSONField()
    # Our field → what it said when it was loaded; a cell whose field says the same still is given back as typed.
    told = models.JSONField()

    class Meta:
        ordering = ["number", "part"]
        constraints = [models.UniqueConstraint(fields=["ledger", "number", "part"], name="ledger_line_once")]
        indexes = [models.Index(fields=["key"], name="ledger_line_key")]

    def __str__(self):
        return f"{self.ledger_id}:{self.number}"


class LedgerMapping(KeptMapping):
    class Meta(KeptMapping.Meta):
        constraints = [models.UniqueConstraint(fields=["host", "shape"], name="ledger_mapping_once")]
