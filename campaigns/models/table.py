"""An office's own 任务分解表 brought in: the upload, its columns as a person matched them, its lines, its faults."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityinit.uploads import Upload
from units.models import Unit
from units.roles import Reach

from .campaign import Campaign, SeenQuerySet
from .task import Task


class TaskTableQuerySet(SeenQuerySet):
    """The tables of the campaigns whose tasks the person breaks down: colleagues go on with each other's."""

    SEEN_WITH = "campaigns.break_down_task"


class TaskTable(Upload):
    """An uploaded 任务分解表: read, matched to our columns by a person, checked, loaded on the person's word."""

    campaign = models.ForeignKey(Campaign, verbose_name=_("创建活动"), on_delete=models.CASCADE, related_name="tables")
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

    objects = TaskTableQuerySet.as_manager()

    class Meta(Upload.Meta):
        verbose_name = _("任务分解表")

    def get_absolute_url(self):
        return reverse("campaigns:table", args=[self.pk])

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


class TableFault(models.Model):
    """One thing in a table that stops its load, as the last check found it."""

    table = models.ForeignKey(TaskTable, on_delete=models.CASCADE, related_name="faults")
    # In the order of the file.
    position = models.PositiveIntegerField()
    row = models.PositiveIntegerField(null=True)
    column = models.CharField(max_length=200)
    value = models.TextField(blank=True)
    wrong = models.TextField()
    right = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["table", "position"], name="table_fault_once")]

    def __str__(self):
        return f"{self.row} {self.column} {self.wrong}"


class TableHint(models.Model):
    """One row that can be loaded and may yet be meant otherwise: what was noticed, and what was taken."""

    table = models.ForeignKey(TaskTable, on_delete=models.CASCADE, related_name="hints")
    # In the order of the file.
    position = models.PositiveIntegerField()
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=200)
    value = models.TextField(blank=True)
    noticed = models.TextField()
    taken = models.TextField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["table", "position"], name="table_hint_once")]

    def __str__(self):
        return f"{self.row} {self.column} {self.noticed}"


class TableLine(models.Model):
    """A row of a loaded table: the task it became, and its cells, so that the same table can be given back."""

    table = models.ForeignKey(TaskTable, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    task = models.ForeignKey(Task, null=True, on_delete=models.SET_NULL, related_name="table_lines")
    # By what a later upload finds the same task again, and the mark of what was written.
    key = models.CharField(max_length=64)
    written = models.CharField(max_length=64, blank=True)
    cells = models.JSONField()
    # Our field → what it said when it was loaded; a cell whose field says the same still is given back as typed.
    told = models.JSONField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["table", "number"], name="table_line_once")]
        indexes = [models.Index(fields=["key"], name="table_line_key")]

    def __str__(self):
        return f"{self.table_id}:{self.number}"


class TableMapping(models.Model):
    """What a person said of a table's columns, kept for the next table of that shape."""

    host = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    shape = models.CharField(max_length=64)
    name = models.CharField(_("表格"), max_length=200)
    mapping = models.JSONField()
    options = models.JSONField(default=dict)
    used_at = models.DateTimeField(_("最近使用"), default=timezone.now)
    used_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("记住的列对应")
        ordering = ["-used_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["host", "shape"], name="table_mapping_once")]

    def __str__(self):
        return self.name
