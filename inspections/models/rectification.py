from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from units.models import Unit

from .finding import Finding


class Rectification(models.Model):
    """One answer of the unit to a finding, and what the review made of it."""

    class Verdict(models.TextChoices):
        OPEN = "open", _("待复核")
        PASSED = "passed", _("通过")
        REWORK = "rework", _("返工")

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="rectifications")
    attempt = models.PositiveSmallIntegerField(_("第几次"))
    unit = models.ForeignKey(Unit, verbose_name=_("整改单位"), on_delete=models.PROTECT, related_name="+")
    measure = models.TextField(_("整改措施"))
    answered_at = models.DateTimeField(_("反馈时间"))
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(_("复核结果"), max_length=8, choices=Verdict, default=Verdict.OPEN)
    reviewed_at = models.DateTimeField(_("复核时间"), null=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    review_note = models.TextField(_("复核意见"), blank=True)
    client_key = models.UUIDField(unique=True, null=True, editable=False)

    class Meta:
        ordering = ["attempt"]
        constraints = [models.UniqueConstraint(fields=["finding", "attempt"], name="rectification_attempt_once")]

    def __str__(self):
        return f"{self.finding} #{self.attempt}"

    @property
    def tone(self):
        return {"open": "yellow", "passed": "green", "rework": "red"}[self.verdict]
