from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cityinit.models import StoredFile
from cityinit.periods import day_end, day_start
from units.models import Unit

from .part import PartQuerySet, PartRow
from .series import LetterSeries


class SupervisionQuerySet(PartQuerySet):
    def running(self):
        """Not lifted yet, answered or not."""
        return self.exclude(state=Supervision.State.LIFTED)

    def unanswered(self):
        return self.filter(state=Supervision.State.OPEN)

    def within(self, period):
        """Begun in the period."""
        return self.begun_from(period.first).begun_until(period.last)

    def begun_from(self, day):
        return self.filter(begun_at__gte=day_start(day))

    def begun_until(self, day):
        return self.filter(begun_at__lt=day_end(day))

    def for_list(self):
        """Everything a ledger of supervisions shows."""
        return self.select_related("task__campaign__host", "unit", "sent_to", "begun_by", "letter")


class Supervision(PartRow):
    """The office supervises one unit's part in a task (督办), by letter; the unit answers, the office lifts it.

    A flag of the assignment and no state of it: work goes on below it.
    """

    class State(models.TextChoices):
        OPEN = "open", _("未答复")
        ANSWERED = "answered", _("已答复")
        LIFTED = "lifted", _("已解除")

    TONES = {"open": "red", "answered": "yellow", "lifted": "neutral"}

    # The letter stays what it was when a successor answers it.
    sent_to = models.ForeignKey(Unit, verbose_name=_("主送单位"), on_delete=models.PROTECT, related_name="+")
    series = models.ForeignKey("SupervisionSeries", on_delete=models.PROTECT, related_name="supervisions")
    serial = models.PositiveIntegerField()
    # As the letter bears it: 创文督办〔2026〕3号.
    number = models.CharField(_("文号"), max_length=60)
    reason = models.TextField(_("督办事由和要求"))
    answer_by = models.DateField(_("答复期限"))
    signer = models.CharField(_("签发人"), max_length=40)
    signature = models.CharField(_("落款单位"), max_length=100)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.OPEN)
    begun_at = models.DateTimeField(_("督办时间"), default=timezone.now)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    # What the letter says, taken when it was sent: it never follows the task's later changes.
    told = models.JSONField()
    letter = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    answer = models.TextField(_("答复"), blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(_("解除时间"), null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(_("解除说明"), blank=True)

    objects = SupervisionQuerySet.as_manager()  # type: ignore[misc]  # of the base's, with words of its own

    class Meta:
        verbose_name = _("督办")
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "unit"], condition=~models.Q(state="lifted"), name="supervised_once_at_a_time"
            ),
            models.UniqueConstraint(fields=["series", "serial"], name="supervision_number_once"),
        ]
        indexes = [
            models.Index(fields=["begun_at"], name="supervision_begun"),
            models.Index(fields=["state", "unit"], name="supervision_state_unit"),
        ]

    def __str__(self):
        return f"{self.number} {self.unit}"

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def begun_on(self):
        return timezone.localdate(self.begun_at)

    def is_late(self, *, on):
        """Whether the answer is overdue, or came after its day."""
        if self.answered_at:
            return timezone.localdate(self.answered_at) > self.answer_by
        return self.state == self.State.OPEN and self.answer_by < on


class SupervisionSeries(LetterSeries):
    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "word", "year"], name="supervision_series_once")]
