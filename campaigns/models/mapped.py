"""What every table an office brings in with columns of its own has in common, whatever its rows become."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityinit.uploads import Upload
from units.models import Unit
from units.roles import Reach


class MappedUpload(Upload):
    """Read, matched to our columns by a person, checked, loaded on the person's word; it names its `campaign`."""

    # Where in the file the table is, when a person said so.
    sheet = models.CharField(_("工作表"), max_length=100, blank=True)
    header_line = models.PositiveIntegerField(_("表头所在行"), null=True, blank=True)
    # What was read of it: sheets, columns with samples, lines around the rows (see tables.layout_of).
    layout = models.JSONField(null=True)
    shape = models.CharField(max_length=64, blank=True)
    # Place of a column in the file → our field; and what the person chose beside it.
    mapping = models.JSONField(null=True)
    options = models.JSONField(default=dict)
    # Grows with each change of the above: what a job found for an earlier one is not kept.
    revision = models.PositiveIntegerField(default=0)
    loaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Upload.Meta):
        abstract = True

    def reach(self):
        return Reach(self.campaign.host.path)

    @property
    def is_read(self):
        return bool(self.layout) and not self.layout["faults"]

    @property
    def standing(self):
        if self.layout is None:
            return "blue", _("读取中")
        if not self.is_read:
            return "red", _("读不出来")
        if self.mapping is None:
            return "yellow", _("待核对列")
        return super().standing


class KeptMapping(models.Model):
    """What a person said of a table's columns, kept for the next table of that shape."""

    host = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    shape = models.CharField(max_length=64)
    name = models.CharField(_("表格"), max_length=200)
    mapping = models.JSONField()
    options = models.JSONField(default=dict)
    used_at = models.DateTimeField(_("最近使用"), default=timezone.now)
    used_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
        verbose_name = _("记住的列对应")
        ordering = ["-used_at", "pk"]

    def __str__(self):
        return self.name
