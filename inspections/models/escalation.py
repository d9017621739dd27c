from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import SupervisionSeries
from campaigns.models.campaign import CampaignRow, SeenQuerySet
from cityinit.models import StoredFile
from units.models import Unit
from units.roles import Reach, scope_of

from .finding import Finding


class OverdueLetterQuerySet(SeenQuerySet):
    SEEN_WITH = "inspections.see_finding"

    def _seen_by(self, user):
        """All of the office's hosts; else those to units in the own scope."""
        seen = self._seen_whole(user)
        for path in scope_of(user).paths_with("inspections.see_finding", office=None):
            seen |= models.Q(unit__path__startswith=path)
        return seen

    def for_list(self):
        return self.select_related("campaign__host", "unit", "sent_by", "letter", "series")


class OverdueLetter(CampaignRow):
    """A 督办函 to a unit about findings it has left overdue; numbered with those about tasks, in one series."""

    unit = models.ForeignKey(Unit, verbose_name=_("主送单位"), on_delete=models.PROTECT, related_name="+")
    series = models.ForeignKey(SupervisionSeries, on_delete=models.PROTECT, related_name="+")
    serial = models.PositiveIntegerField()
    # As the letter bears it: 创文督办〔2026〕3号.
    number = models.CharField(_("文号"), max_length=60)
    demand = models.TextField(_("督办要求"))
    answer_by = models.DateField(_("答复期限"))
    signer = models.CharField(_("签发人"), max_length=40)
    signature = models.CharField(_("落款单位"), max_length=100)
    # Everything the letter says, as plain values of that moment: drawn again it says the same.
    told = models.JSONField(default=dict)
    letter = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(_("印发时间"), default=timezone.now)

    objects = OverdueLetterQuerySet.as_manager()  # type: ignore[assignment,misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("逾期督办函")
        ordering = ["-sent_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["series", "serial"], name="overdue_letter_number_once")]

    def __str__(self):
        return f"{self.number} {self.unit}"

    def get_absolute_url(self):
        return reverse("inspections:overdue_letter", args=[self.pk])

    def reach(self):
        return Reach(self.campaign.host.path, (self.unit.path,))


class EscalationStepQuerySet(models.QuerySet):
    def current(self):
        """Of the deadline that stands and the unit that leads now, while the clock runs."""
        return self.filter(
            finding__state__in=Finding.UNIT_STATES,
            due_at=models.F("finding__due_at"),
            unit=models.F("finding__lead_unit"),
        )

    def letters_waiting(self):
        """Findings so long overdue that a letter is due, about which the office has not decided."""
        return self.current().filter(step=EscalationStep.Step.LETTER, letter=None, dropped_at=None)


class EscalationStep(models.Model):
    """A finding's deadline came near or went by, and somebody higher was told: each step once for each deadline."""

    class Step(models.IntegerChoices):
        WARN = 0, _("预警")
        LIAISON = 1, _("提醒联络员")
        HEAD = 2, _("报单位负责人")
        LEADER = 3, _("报分管领导")
        LETTER = 4, _("督办函")

    TONES = {Step.WARN: "yellow", Step.LIAISON: "orange", Step.HEAD: "red", Step.LEADER: "red", Step.LETTER: "purple"}

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="steps")
    # The lead unit and the deadline that it is about: either changed, the steps begin anew.
    unit = models.ForeignKey(Unit, verbose_name=_("责任单位"), on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(_("期限"))
    step = models.PositiveSmallIntegerField(_("督促"), choices=Step)
    at = models.DateTimeField(_("时间"), default=timezone.now)
    told = models.TextField(_("告知"))
    # Nobody held the post: the office was told instead.
    to_office = models.BooleanField(default=False)
    letter = models.ForeignKey(OverdueLetter, null=True, on_delete=models.PROTECT, related_name="steps")
    dropped_at = models.DateTimeField(null=True)
    dropped_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    drop_reason = models.TextField(_("不发的理由"), blank=True)

    objects = EscalationStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("逾期督促")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["finding", "unit", "due_at", "step"], name="escalation_step_once"),
        ]
        indexes = [models.Index(fields=["step", "letter", "dropped_at"], name="escalation_step_waiting")]

    def __str__(self):
        return f"{self.finding} {self.get_step_display()}"

    @property
    def tone(self):
        return self.TONES[self.step]

    @property
    def outcome(self):
        """What has become of it: the letter, the word that there is none, else who was told."""
        if self.letter_id:
            return _("已印发%(number)s") % {"number": self.letter.number}
        return _("已决定不发") if self.dropped_at else self.told
