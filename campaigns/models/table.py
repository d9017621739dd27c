"""An office's own 任务分解表 brought in: the upload, its columns as a person matched them, its lines, its faults."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .campaign import Campaign, SeenQuerySet
from .mapped import KeptMapping, MappedUpload
from .task import Task


class TaskTableQuerySet(SeenQuerySet):
    """The tables of the campaigns whose tasks the person breaks down: colleagues go on with each other's."""

    SEEN_WITH = "campaigns.break_down_task"


class TaskTable(MappedUpload):
    """An uploaded 任务分解表: read, matched to our columns by a person, checked, loaded on the person's word."""

    campaign = models.ForeignKey(Campaign, verbose_name=_("创建活动"), on_delete=models.CASCADE, related_name="tables")

    objects = TaskTableQuerySet.as_manager()

    class Meta(MappedUpload.Meta):
        verbose_name = _("任务分解表")

    def get_absolute_url(self):
        return reverse("campaigns:table", args=[self.pk])

    def forget_remarks(self):
        self.faults.all().delete()
        self.hints.all().delete()


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


class TableMapping(KeptMapping):
    class Meta(KeptMapping.Meta):
        constraints = [models.UniqueConstraint(fields=["host", "shape"], name="table_mapping_once")]
