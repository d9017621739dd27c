"""What the queue and the timetable ask of this app."""

from django.urls import reverse
from django.utils import timezone

from cityinit.queue import job

from .actions import calendar


@job
def check_calendar(lease):
    """Raise the alarm where the holidays of a year that deadlines reach into are unknown."""
    years = calendar.raise_calendar_alarm(on=timezone.localdate(), url=reverse("campaigns:calendar"))
    lease.progress(100, "、".join(str(year) for year in years))
