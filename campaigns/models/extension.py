from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .part import PartQuerySet, PartRow


class TaskExtensionQuerySet(PartQuerySet):
    def waiting(self):
        return self.filter(state=TaskExtension.State.ASKED)

    def for_list(self):
        """Everything a table of requests shows."""
        return self.select_related("task__campaign__host", "unit", "asked_by", "decided_by")


class TaskExtension(PartRow):
    """A unit asks for more time for a task (延期申请); the office grants or refuses, the unit may withdraw."""

    class State(models.TextChoices):
        ASKED = "asked", _("待批")
        GRANTED = "granted", _("已批准")
        REFUSED = "refused", _("未批准")
        WITHDRAWN = "withdrawn", _("已撤回")

    TONES = {"asked": "orange", "granted": "green", "refused": "red", "withdrawn": "neutral"}

    reason = models.TextField(_("理由"))
    # The deadline that stood when it was asked: what "first" and "late" are judged by stays readable here.
    due_then = models.DateField(_("原时限"))
    asked_due = models.DateField(_("申请延至"))
    granted_due = models.DateField(_("批准延至"), null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("申请时间"), default=timezone.now)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.ASKED)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("答复时间"), null=True)
    note = models.TextField(_("答复"), blank=True)

    objects = TaskExtensionQuerySet.as_manager()  # type: ignore[misc]  # of the base's, with words of its own

    class Meta:
        verbose_name = _("延期申请")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "unit"], condition=models.Q(state="asked"), name="one_task_extension_asked_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(asked_due__gt=models.F("due_then")), name="task_extension_asks_for_more_time"
            ),
        ]
        indexes = [models.Index(fields=["state", "unit"], name="task_extension_state_unit")]

    def __str__(self):
        return f"{self.task} · {self.unit} → {self.asked_due}"

    @property
    def tone(self):
        return self.TONES[self.state]
