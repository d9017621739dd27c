from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.clock import Calendar


class CalendarDayQuerySet(models.QuerySet):
    def as_calendar(self):
        """The calendar by which deadlines are counted: the office's own days before the published ones."""
        return Calendar(dict(self.values_list("day", "is_workday")))


class CalendarDay(models.Model):
    """A day on which the office's calendar differs from the one built in (yearly notice of holidays)."""

    day = models.DateField(_("日期"), unique=True)
    is_workday = models.BooleanField(_("上班"))
    name = models.CharField(_("说明"), max_length=40, blank=True)

    objects = CalendarDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("工作日历")
        ordering = ["-day"]

    def __str__(self):
        return f"{self.day} {self.get_kind()}"

    def get_kind(self):
        return _("上班") if self.is_workday else _("放假")
