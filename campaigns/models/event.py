from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .standard import AssessmentSystem
from .task import Assignment, Task


class TaskEvent(models.Model):
    """One thing that happened to a task or to one unit's assignment."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="events")
    # What happened stays told when the unit is taken out of the task.
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.SET_NULL, related_name="events")
    move = models.CharField(max_length=24)
    label = models.CharField(max_length=40)
    source = models.CharField(max_length=24, blank=True)
    target = models.CharField(max_length=24, blank=True)
    note = models.TextField(_("说明"), blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.label} {self.at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self):
        return self.task.get_absolute_url()

    @property
    def who(self):
        return str(self.by) if self.by else str(_("系统"))


class SystemEvent(models.Model):
    """One thing that happened to a version: founded, loaded, changed, adopted, ended."""

    system = models.ForeignKey(AssessmentSystem, on_delete=models.CASCADE, related_name="events")
    move = models.CharField(max_length=24)
    label = models.CharField(max_length=40)
    note = models.TextField(_("说明"), blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.label} {self.at:%Y-%m-%d %H:%M}"

    @property
    def who(self):
        return str(self.by) if self.by else str(_("系统"))
