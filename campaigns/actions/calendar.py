"""The working calendar: the days the office sets, and the alarm where a year's holidays are unknown."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import CalendarDay, Campaign
from cityinit import audit
from cityinit.periods import day_end, day_start
from cityinit.workflow import Refused
from units.models import Notice, Unit
from units.notices import administrators, office_of, tell

LONGEST_HOLIDAY = 31


@transaction.atomic
def set_calendar(*, first: date, last: date, is_workday: bool, name: str, by: Any) -> int:
    """Say that these days are worked, or are not; what was said of them before is replaced. Gives how many days.

    Refused for more than a month at once: a year typed wrong would turn off every deadline.
    """
    _ask_for_calendar(by)
    days = (last - first).days + 1
    if not 1 <= days <= LONGEST_HOLIDAY:
        raise Refused(_("一次可填1至%(n)s天。") % {"n": LONGEST_HOLIDAY})
    for step in range(days):
        CalendarDay.objects.update_or_create(
            day=first + timedelta(days=step), defaults={"is_workday": is_workday, "name": name}
        )
    word = _("上班") if is_workday else _("放假")
    audit.record(_("设置工作日历"), by=by, subject=f"{first}—{last} {word} {name}".strip())
    return days


@transaction.atomic
def delete_calendar_day(day: CalendarDay, *, by: Any) -> None:
    """Forget an own entry: the published calendar holds for that day again.

    Refused where somebody else was faster, so that the trail says it once.
    """
    _ask_for_calendar(by)
    held = CalendarDay.objects.select_for_update(no_key=False).filter(pk=day.pk).first()
    if held is None:
        raise Refused(_("这一天的设置刚刚已被别人删除。"))
    subject = str(held)
    held.delete()
    audit.record(_("删除工作日历"), by=by, subject=subject)


def unknown_years(*, on: date) -> list[int]:
    """The years that should be known by that day and are not: this one, and from 1 November the next.

    The State Council publishes a year's holidays in the autumn before it.
    """
    last = date(on.year + 1, 12, 31) if on.month >= 11 else on
    return CalendarDay.objects.as_calendar().unknown_years(first=on, last=last)


def known_until(*, on: date) -> int | None:
    """The last year, counted from this one, up to which every year's holidays are known; None when this one is not."""
    calendar, year = CalendarDay.objects.as_calendar(), on.year
    while not calendar.unknown_years(first=date(year, 1, 1), last=date(year, 12, 31)):
        year += 1
    return year - 1 if year > on.year else None


def raise_calendar_alarm(*, on: date, url: str) -> list[int]:
    """Tell coordinators and administrators of the years whose holidays are unknown; each once a day at most."""
    years = unknown_years(on=on)
    if not years:
        return []
    hosts = Unit.objects.filter(pk__in=Campaign.objects.filter(ends_on__gte=on).values("host"))
    people = {person for host in hosts for person in office_of(host)} | set(administrators(of=[]))
    text = _("%(years)s年的节假日和调休尚未录入，期限将按周一至周五推算。请管理员在“工作日历”中录入。") % {
        "years": "、".join(str(year) for year in years)
    }
    today = Notice.objects.filter(text=text, created_at__gte=day_start(on), created_at__lt=day_end(on))
    told = set(today.values_list("user_id", flat=True))
    tell([person for person in people if person.pk not in told], text, url=url)
    return years


def _ask_for_calendar(by: Any) -> None:
    if not by.has_perm("campaigns.change_calendar"):
        raise Refused(_("只有系统管理员可以改动工作日历。"))
