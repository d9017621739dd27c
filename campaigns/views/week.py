"""本周: what a unit has to do and has done from Monday to Sunday, on one page that prints."""

from collections import defaultdict
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from campaigns import recurrence, recurring
from campaigns.forms.week import WeekForm
from campaigns.models import Assignment, CalendarDay, Task, WorkLogEntry
from campaigns.models.event import sent_back
from cityinit.addresses import address
from cityinit.periods import Period
from units.models import Unit
from units.roles import scope_of

from .view_tabs import view_tabs

# More of one kind on one day is told by its number and a link.
MOST = 12
WEEKDAYS = (
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
    gettext_lazy("周日"),
)


@require_safe
def week(request):
    """The own unit's week; who sees the whole campaign chooses the unit."""
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.see_task"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    units = _units(user, campaign)
    form = WeekForm(request.GET or None, units=units)
    chosen = form.chosen
    unit = chosen.get("unit") or _own(user, units)
    form.initial["unit"] = unit
    today = timezone.localdate()
    shown = Period.week_of(chosen.get("day") or today)
    context = {
        "tabs": view_tabs(request, "week"),
        "form": form,
        "unit": unit,
        "campaign": campaign,
        "monday": shown.first,
        "sunday": shown.last,
    }
    if unit:
        context |= _told(user, campaign, unit, shown)
        context |= {
            "previous_url": _url(unit, shown.first - recurrence.WEEK),
            "next_url": _url(unit, shown.first + recurrence.WEEK),
            "this_url": "" if today in shown else _url(unit, today),
        }
    return render(request, "campaigns/week.html", context)


def _units(user, campaign):
    """For the office every unit that is given work; for a liaison the own ones and those below."""
    if user.has_perm("reports.see_dashboard", campaign):
        return Unit.objects.of_host(campaign.host.host_id).given_work()
    return Unit.objects.under(scope_of(user).paths_with("campaigns.see_task")).of_host(campaign.host.host_id)


def _own(user, units):
    """Where the page begins: at the unit of the own post, else at the first."""
    held = [post.unit_id for post in scope_of(user).posts]
    ordered = units.order_by("path")
    return ordered.filter(pk__in=held).first() or ordered.first()


def _url(unit, day):
    return f"{address('campaigns:week')}?{urlencode({'unit': unit.pk, 'day': day})}"


def _told(user, campaign, unit, period):
    """Each day with what is due, what recurs and what was logged on it; beside it what waits for the unit."""
    parts = Assignment.objects.visible_to(user).filter(task__campaign=campaign, unit=unit).order_by()
    of_task = ("task", "task__code", "task__name", "task__due_on", "task__state", "task__frequency", "state")
    running = parts.filter(task__state=Task.State.ISSUED)
    # A week that has passed shows what was due in it, done or not.
    due = parts.exclude(task__state__in=(Task.State.DRAFT, Task.State.CANCELLED)).filter(
        task__due_on__range=(period.first, period.last)
    )
    duties = running.exclude(task__frequency="").filter(
        Q(task__starts_on=None) | Q(task__starts_on__lte=period.last),
        Q(task__due_on=None) | Q(task__due_on__gte=period.first),
    )
    logged = (
        WorkLogEntry.objects.visible_to(user)
        .of(campaign)
        .filter(unit=unit)
        .within(period)
        .order_by("done_on", "pk")
        .values("pk", "done_on", "content", "is_routine", "task", "task__code", "task__name")
    )
    entries = defaultdict(list)
    for entry in logged:
        entries[entry["done_on"]].append(entry)
    by_day = defaultdict(list)
    for line, part in _lines(due.order_by("task__due_on", "task__position").values(*of_task)):
        by_day[part["task__due_on"]].append(line)
    kept = _duties(duties.order_by("task__position"), entries, period)
    # What the lines of duty tell is not told again day by day.
    told = {duty["task"] for duty in kept}
    return {
        "days": [_day(day, by_day[day], entries[day], unit, told=told) for day in _days(period)],
        "duties": kept,
        # What waits is a question about now: another week's page does not ask it.
        "waiting": _waiting(running, of_task, period) if timezone.localdate() in period else [],
        "entry_count": sum(map(len, entries.values())),
    }


def _days(period):
    return [period.first + timedelta(days=n) for n in range(period.days)]


def _day(day, due, logged, unit, *, told):
    base = address("campaigns:log")
    duties = [entry["task"] for entry in logged if entry["is_routine"] and entry["task"] in told]
    logged = [entry for entry in logged if not entry["is_routine"] or entry["task"] not in told]
    return {
        "label": WEEKDAYS[day.weekday()],
        "day": day,
        "is_today": day == timezone.localdate(),
        "due": due,
        "duties": len(set(duties)),
        "logged": [
            {
                "url": f"{base}{entry['pk']}/",
                "text": entry["content"][:40],
                "task": f"{entry['task__code']} {entry['task__name']}",
            }
            for entry in logged[:MOST]
        ],
        "more": len(logged) - MOST if len(logged) > MOST else 0,
        "more_url": f"{base}?{urlencode({'unit': unit.pk, 'first': day, 'last': day})}",
    }


def _duties(parts, entries, period):
    """Each recurring duty with the days of the week on which it was due and done, and how often it was in all."""
    done = defaultdict(set)
    for day, logged in entries.items():
        for entry in logged:
            done[entry["task"]].add(day)
    calendar = CalendarDay.objects.as_calendar()
    base = address("campaigns:tasks")
    return [
        {
            "task": duty.part.task_id,
            "url": f"{base}{duty.part.task_id}/",
            "text": str(duty.part.task),
            "frequency": duty.part.task.frequency,
            "days": _duty_days(duty, done[duty.part.task_id], period, calendar),
            "told": _in_all(duty, period) or _("%(n)s天有记录") % {"n": len(done[duty.part.task_id])},
        }
        for duty in recurring.kept_by(parts, on=period.last)
    ]


def _duty_days(duty, done, period, calendar):
    """有: something was logged; 缺: it was due and nothing was; 应: it is still to come.

    In a week that was kept in full, by one entry of seven times if need be, no day is missed.
    """
    first, last = recurring.span(duty.part)
    first, last = max(first, period.first), min(last, period.last)
    line = _line_of(duty, period)
    is_full = line is not None and line.missed == 0
    frequency = "" if is_full else duty.part.task.frequency
    due = recurrence.due_days(frequency, first=first, last=last, calendar=calendar)
    today = timezone.localdate()

    def word(day):
        if day in done:
            return _("有")
        if day not in due:
            return ""
        return _("缺") if day < today else _("应")

    return [
        {"label": WEEKDAYS[day.weekday()], "word": word(day), "is_missed": word(day) == _("缺")}
        for day in _days(period)
    ]


def _in_all(duty, period):
    """5/7次, and of what is due more rarely than once a week in which month or quarter."""
    line = _line_of(duty, period)
    if line is None:
        return ""
    told = _("%(kept)s/%(due)s次") % {"kept": line.kept, "due": line.due}
    return told if line.first >= period.first and line.last <= period.last else f"{line.label} {told}"


def _line_of(duty, period):
    """The line that the week is of; None where nothing is counted."""
    return next((line for line in reversed(duty.lines) if line.last >= period.first), None)


def _waiting(running, of_task, period):
    """What waits: not acknowledged, sent back and not reported again, and what is late by the week's beginning."""
    unread = running.filter(state=Assignment.State.UNREAD)
    late = running.unfinished().filter(task__due_on__lt=min(period.first, timezone.localdate()))
    kinds = (
        (_("待签收"), "orange", unread),
        (_("被退回"), "orange", sent_back(running)),
        (_("本周前已逾期"), "red", late),
    )
    told = []
    for label, tone, found in kinds:
        rows = list(found.order_by("task__due_on", "task__position").values(*of_task))
        lines = [line for line, _part in _lines(rows[:MOST])]
        told.append({"label": label, "tone": tone if rows else "neutral", "rows": lines, "count": len(rows)})
    return told


def _lines(parts):
    """Each part as a line, and the part itself."""
    base, today = address("campaigns:tasks"), timezone.localdate()
    return [(_line(part, base=base, on=today), part) for part in parts]


def _line(part, *, base, on):
    due_on: date | None = part["task__due_on"]
    return {
        "url": f"{base}{part['task']}/",
        "text": f"{part['task__code']} {part['task__name']}",
        "due": due_on.isoformat() if due_on else "",
        "state": str(Assignment.State(part["state"]).label),
        "tone": Assignment.TONES[part["state"]],
        "is_late": part["task__state"] == Task.State.ISSUED
        and part["state"] != Assignment.State.REPORTED_DONE
        and due_on is not None
        and due_on < on,
    }
