"""What a task's own row no longer says: deadlines it had, and decisions on it that were taken back."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityinit.periods import day_end

from .task import Task


class DeadlineChange(models.Model):
    """A task's deadline was moved after the units had been told of it; drafts leave no trace."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="deadline_changes")
    before = models.DateField(_("原时限"), null=True)
    after = models.DateField(_("新时限"), null=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["task", "at"], name="deadline_change_task_at")]

    def __str__(self):
        return f"{self.task}: {self.before} → {self.after}"


class TakenBackQuerySet(models.QuerySet):
    def standing(self, *, on):
        """Decisions that stood when that day ended; one dated back after it had not been made yet."""
        ended = day_end(on)
        return self.filter(made_at__lt=ended, taken_back_at__gte=ended, day__lte=on)


class TakenBack(models.Model):
    """A confirmation or a cancellation that stood for a while and was taken back (撤销办结, 恢复办理)."""

    class Decision(models.TextChoices):
        CONFIRMED = Task.State.CONFIRMED.value, _("办结")
        CANCELLED = Task.State.CANCELLED.value, _("终止")

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="taken_back")
    decision = models.CharField(max_length=10, choices=Decision)
    # The day it was given for, which may lie before the day it was made.
    day = models.DateField()
    made_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = TakenBackQuerySet.as_manager()

    class Meta:
        ordering = ["taken_back_at", "pk"]
        indexes = [models.Index(fields=["task", "decision"], name="taken_back_task_decision")]

    def __str__(self):
        return f"{self.task}: {self.get_decision_display()} {self.day}"
