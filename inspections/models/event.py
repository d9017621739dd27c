from django.db import models
from django.utils.translation import gettext_lazy as _

from cityinit.history import Event

from .finding import Finding


class FindingEvent(Event):
    """One thing that happened to a finding; figures as of a past day are read from these."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="events")
    source = models.CharField(max_length=16, blank=True)
    target = models.CharField(max_length=16, blank=True)
    # The deadline as it stood from then on: asked of a past day, it is read here.
    due_at = models.DateTimeField(_("期限"), null=True)

    class Meta(Event.Meta):
        indexes = [
            models.Index(fields=["finding", "at"], name="finding_event_at"),
            # What was closed within some days, without asking each finding of the campaign.
            models.Index(fields=["target", "at", "finding"], name="finding_event_target_at"),
        ]

    @property
    def tone(self):
        return Finding.TONES.get(self.target, "neutral")

    @property
    def what(self):
        return self.label
