"""What happened to a row: events from the first to the last, never changed."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One thing that happened: what, when, by whom, and why. Of a move the subclass keeps from where to where."""

    move = models.CharField(max_length=24)
    label = models.CharField(max_length=40)
    note = models.TextField(_("说明"), blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.label} {self.at:%Y-%m-%d %H:%M}"

    @property
    def who(self):
        return str(self.by) if self.by else str(_("系统"))
