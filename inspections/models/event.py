from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .finding import Finding


class FindingEvent(models.Model):
    """One thing that happened to a finding; figures as of a past day are read from these."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="events")
    move = models.CharField(max_length=24)
    label = models.CharField(max_length=40)
    source = models.CharField(max_length=16, blank=True)
    target = models.CharField(max_length=16, blank=True)
    note = models.TextField(_("说明"), blank=True)
    # The deadline as it stood from then on: asked of a past day, it is read here.
    due_at = models.DateTimeField(_("期限"), null=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["finding", "at"], name="finding_event_at")]

    def __str__(self):
        return f"{self.label} {self.at:%Y-%m-%d %H:%M}"

    @property
    def tone(self):
        return Finding.TONES.get(self.target, "neutral")

    @property
    def what(self):
        return self.label

    @property
    def who(self):
        return str(self.by) if self.by else str(_("系统"))
