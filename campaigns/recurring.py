"""Figures of recurring duty: how often it was due and kept, by unit and line, as of a day.

Nothing is stored per slot: `campaigns.recurrence` says what was due, the work log what was done. An entry is one time;
one with a quantity in 次 (巡查=2次) is as many. An entry counts for the day it tells of, whenever it was filed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from cityinit.periods import Period
from units.models import Unit

from . import figures, quantities, recurrence
from .models import Assignment, CalendarDay, Campaign, PastAssignment, Quantity, Task, WorkLogEntry
from .recurrence import Line

TIMES = "次"
# A unit's part in a task, or the part it had until it was merged.
Part = Assignment | PastAssignment
# A line is a year at most: so far ahead the one that runs is known whole.
LONGEST_LINE = timedelta(days=366)


@dataclass(frozen=True)
class PartDuty:
    """One unit's recurring duty: its lines up to a day, the last of which may still run."""

    part: Part
    on: date
    lines: list[Line] = field(default_factory=list)

    def over(self, period: Period | None = None) -> list[Line]:
        """The lines that had ended by the day; with a period, those that ended in it."""
        ended = (line for line in self.lines if line.is_over(on=self.on))
        return [line for line in ended if period is None or line.last in period]

    @property
    def running(self) -> Line | None:
        last = self.lines[-1] if self.lines else None
        return last if last and not last.is_over(on=self.on) else None


@dataclass(frozen=True)
class Kept:
    """应落实、已落实 and the share of it."""

    due: int
    kept: int

    @property
    def rate(self) -> Decimal | None:
        return figures.share(self.kept, self.due)


def recurring_parts(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Assignment]:
    """The units' parts in recurring tasks as of the last day; with a unit, of that unit and what is below it."""
    tasks = figures.recurring_tasks(campaign, period, unit=unit)
    parts = Assignment.objects.filter(task__in=tasks.values("pk"))
    return parts if unit is None else parts.filter(unit__in=Unit.objects.below(unit, on=period.last))


def past_parts(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[PastAssignment]:
    """The parts in the same tasks that units had until some day of the period or later, when they were merged.

    Of a unit that the office took out, which had kept none of it, only until then: nobody answers for it later.
    """
    tasks = figures.recurring_tasks(campaign, period, unit=unit)
    parts = PastAssignment.objects.filter(task__in=tasks.values("pk"), until__gte=period.first, led_only=False)
    parts = parts.filter(Q(successor__isnull=False) | Q(until__gte=period.last))
    return parts if unit is None else parts.filter(unit__in=Unit.objects.below(unit, on=period.last))


def tapped(parts: QuerySet[Any], period: Period) -> QuerySet[Any]:
    """Of these parts those whose unit kept its duty time by time in the period, by at least one tap.

    Of the others the log tells stories and no slots: a share of them would say how much is written, not how much done.
    """
    taps = WorkLogEntry.objects.filter(task=OuterRef("task"), unit=OuterRef("unit"), is_routine=True)
    return parts.filter(Exists(taps.within(period)))


def tapped_pairs(campaign: Campaign, period: Period) -> set[tuple[int, int]]:
    """(task, unit) of the parts that `tapped` keeps."""
    taps = WorkLogEntry.objects.of(campaign).within(period).filter(is_routine=True).order_by()
    return set(taps.values_list("task", "unit").distinct())


def kept_by(
    parts: QuerySet[Any], *, on: date, today: date | None = None, period: Period | None = None
) -> list[PartDuty]:
    """Each part's lines up to that day, with what was logged; four queries, however many parts there are.

    With a period that ends that day only what counts in it, as `recurrence.of_period` says. Of a duty that cannot be
    counted (随时, 不定期) there are no lines. `today` is not over, nor a line that ends on it.
    """
    rows = list(parts.select_related("unit"))
    if not rows:
        return []
    ended = on if today is None else min(on, today - recurrence.DAY)
    tasks = figures.as_of(Task.objects.filter(pk__in={part.task_id for part in rows}), on)
    by_pk = {task.pk: task for task in tasks.select_related("campaign__host", "lead_unit")}
    done = _times(rows)
    calendar = CalendarDay.objects.as_calendar()
    made: dict[tuple, list] = {}
    found = []
    for part in rows:
        part.task = task = by_pk[part.task_id]
        first, last = span(part)
        last = min(last, on + LONGEST_LINE)
        key = task.frequency, first, last
        # Most units of a task have the same days.
        of_unit = done.get((part.task_id, part.unit_id), {})
        args: dict[str, Any] = {"first": first, "last": last, "calendar": calendar}
        if period and key not in made:
            made[key] = recurrence.of_period(task.frequency, period=period, **args)
        elif key not in made:
            made[key] = [line for line in recurrence.lines(task.frequency, **args) if line.first <= on]
        fill = recurrence.filled_beyond if period else recurrence.filled
        found.append(PartDuty(part, ended, fill(made[key], of_unit)))
    return found


def kept(
    campaign: Campaign,
    period: Period,
    *,
    unit: Unit | None = None,
    only_tapped: bool = False,
    today: date | None = None,
) -> Kept:
    """应落实、已落实: of the days of the period, in lines that were over by its last day; `today` is not over."""
    rows: list[PartDuty] = []
    for parts in (recurring_parts(campaign, period, unit=unit), past_parts(campaign, period, unit=unit)):
        wanted = tapped(parts, period) if only_tapped else parts
        rows += kept_by(wanted, on=period.last, today=today, period=period)
    return summed(rows)


def summed(rows: Iterable[PartDuty]) -> Kept:
    lines = [line for row in rows for line in row.over()]
    return Kept(sum(line.due for line in lines), sum(line.kept for line in lines))


def span(part: Part) -> tuple[date, date]:
    """The first and last day of a unit's duty; the task as `figures.as_of` gives it.

    Nobody owes duty before the task was issued, before the unit joined it, or after another took it over.
    """
    task = part.task
    begins = [day for day in (task.starts_on, task.issued_on, part.joined_on) if day] or [task.campaign.starts_on]
    ends = [task.campaign.ends_on]
    ends += [day for day in (task.due_then, task.confirmed_then) if day]  # type: ignore[attr-defined]
    if task.cancelled_on:
        ends.append(task.cancelled_on - timedelta(days=1))
    if isinstance(part, PastAssignment):
        ends.append(part.until)
    return max(begins), min(ends)


def with_times(entries: QuerySet[WorkLogEntry]) -> QuerySet[WorkLogEntry]:
    """With `times`: how often the duty was done, as the entry tells."""
    said = Quantity.objects.filter(
        entry=OuterRef("pk"), canonical_measure=TIMES, kind=quantities.Kind.COUNT, value__gte=1
    )
    most = said.order_by().values("entry").annotate(most=Max("value")).values("most")
    return entries.annotate(times=Coalesce(Subquery(most), Decimal(1)))


def _times(parts: list[Any]) -> dict[tuple[int, int], dict[date, int]]:
    """(task, unit) → day → how often."""
    wanted = {part.task_id for part in parts}
    entries = with_times(WorkLogEntry.objects.filter(task__in=wanted)).order_by()
    found: dict[tuple[int, int], dict[date, int]] = {}
    for task, unit, day, times in entries.values_list("task", "unit", "done_on").annotate(n=Sum("times")):
        found.setdefault((task, unit), {})[day] = int(times)
    return found


def entries_today(parts: Iterable[Assignment], *, on: date) -> dict[tuple[int, int], int]:
    """(task, unit) → how many entries tell of that day."""
    rows = WorkLogEntry.objects.filter(task__in={part.task_id for part in parts}, done_on=on).order_by()
    return {(task, unit): n for task, unit, n in rows.values_list("task", "unit").annotate(n=Count("pk"))}
