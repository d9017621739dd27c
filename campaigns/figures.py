"""Figures of tasks and work as of a period's last day, each with the records it counts.

Every question is asked of days and never of present state: the first half of a year is often written in August.
With a unit, the unit and what is below it is meant.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from cityinit.periods import Period
from units.models import Unit

from .models import Assignment, Campaign, Task, Volunteering, WorkLogEntry


@dataclass(frozen=True)
class Progress:
    """How many tasks there were, and how many of them were done."""

    tasks: int
    done: int

    @property
    def completion(self) -> Decimal | None:
        return share(self.done, self.tasks)


@dataclass(frozen=True)
class Served:
    """What volunteers gave; a sum of which nothing was recorded is None, a recorded zero is 0."""

    rows: int
    sessions: int | None
    people: int | None
    hours: Decimal | None


def share(part: int, whole: int) -> Decimal | None:
    """Per cent, one decimal, rounded half up; None (unknown) of nothing."""
    if not whole:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def begun_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """Leaf tasks that had begun by the last day and were not cancelled by then, recurring ones included.

    A task begins on its first day, else on the day it was issued, else with the campaign. A draft is the office's own
    business and counts nowhere; nor does a task that was cancelled without a day.
    """
    cancelled = Q(state=Task.State.CANCELLED) & (Q(cancelled_on=None) | Q(cancelled_on__lte=period.last))
    tasks = (
        Task.objects.of(campaign)
        .leaves()
        .exclude(state=Task.State.DRAFT)
        .exclude(cancelled)
        .alias(begins_on=Coalesce("starts_on", "issued_on", "campaign__starts_on"))
        .filter(begins_on__lte=period.last)
    )
    return tasks if unit is None else tasks.filter(_concerning(unit))


def counted_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """任务: begun leaf tasks without the recurring ones, which are never done."""
    return begun_tasks(campaign, period, unit=unit).filter(frequency="")


def done_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """已办结: of the counted tasks those confirmed by the last day."""
    return counted_tasks(campaign, period, unit=unit).filter(confirmed_on__lte=period.last)


def open_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """正在推进: of the counted tasks those not confirmed by the last day."""
    return counted_tasks(campaign, period, unit=unit).exclude(confirmed_on__lte=period.last)


def late_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """逾期: open tasks whose deadline lay on or before the last day."""
    return open_tasks(campaign, period, unit=unit).filter(due_on__lte=period.last)


def recurring_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """常态化工作: begun leaf tasks with a frequency."""
    return begun_tasks(campaign, period, unit=unit).exclude(frequency="")


def task_progress(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> Progress:
    """任务、已办结 and the completion rate."""
    found = counted_tasks(campaign, period, unit=unit).aggregate(
        tasks=Count("pk"), done=Count("pk", filter=Q(confirmed_on__lte=period.last))
    )
    return Progress(**found)


def time_share(campaign: Campaign, period: Period) -> Decimal | None:
    """时间进度: days of the campaign elapsed by the last day ÷ all its days, both ends counted; None before it."""
    days = Period(campaign.starts_on, campaign.ends_on)
    elapsed = days.elapsed_days(on=period.last)
    return share(elapsed, days.days) if elapsed else None


def log_entries(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[WorkLogEntry]:
    """What was logged in the period, for tasks that were not cancelled by its last day."""
    entries = (
        WorkLogEntry.objects.filter(task__campaign=campaign)
        .within(period)
        .exclude(task__state=Task.State.CANCELLED, task__cancelled_on__lte=period.last)
    )
    return entries if unit is None else entries.filter(unit__path__startswith=unit.path)


def within(rows: QuerySet, period: Period, *, day: str, unit: Unit | None = None) -> QuerySet:
    """Rows of a register whose day lies in the period; rows without a day always count."""
    dated = rows.filter(Q(**{day: None}) | Q(**{f"{day}__gte": period.first, f"{day}__lte": period.last}))
    return dated if unit is None else dated.filter(unit__path__startswith=unit.path)


def in_force(rows: QuerySet, period: Period, *, day: str) -> QuerySet:
    """Rows of a register that began by the last day; rows without a day always count."""
    return rows.filter(Q(**{day: None}) | Q(**{f"{day}__lte": period.last}))


def volunteering(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> Served:
    """场次、人次、小时 of volunteer service in the period."""
    found = volunteering_records(campaign, period, unit=unit).aggregate(
        rows=Count("pk"), sessions=Sum("sessions"), people=Sum("people"), hours=Sum("hours")
    )
    return Served(**found)


def volunteering_records(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Volunteering]:
    return within(Volunteering.objects.of(campaign), period, day="served_on", unit=unit)


def _concerning(unit: Unit) -> Q:
    """Led by, or assigned to, the unit or one below it. EXISTS, so that no join counts a task twice."""
    assigned = Assignment.objects.filter(task=OuterRef("pk"), unit__path__startswith=unit.path)
    return Q(lead_unit__path__startswith=unit.path) | Q(Exists(assigned))
