"""Tasks as of a period's last day: which had begun, which were done, whose they were."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Case, DateField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from cityinit.periods import Period, day_end
from units.models import Unit

from ..models import Assignment, Campaign, DeadlineChange, PastAssignment, TakenBack, Task, TaskEvent, WorkLogEntry

# What `units_then` reads of a task.
PARTS = ("assignments__unit", "past_assignments__unit")


def share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Per cent, one decimal, rounded half up; None (unknown) of nothing."""
    if not whole:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def as_of(tasks: QuerySet[Task], day: date) -> QuerySet[Any]:
    """With what stood when that day ended: `due_then`, the deadline in force, and `confirmed_then`, the day of done.

    A deadline moved since, or a confirmation taken back since, changes nothing about a day that is over.
    """
    moved = DeadlineChange.objects.filter(task=OuterRef("pk"), at__gte=day_end(day)).order_by("at", "pk")
    return tasks.annotate(
        due_then=Case(
            When(Exists(moved), then=Subquery(moved.values("before")[:1])),
            default="due_on",
            output_field=DateField(),
        ),
        confirmed_then=Case(
            When(confirmed_on__lte=day, then="confirmed_on"),
            default=Subquery(_stood(TakenBack.Decision.CONFIRMED, on=day).values("day")[:1]),
            output_field=DateField(),
        ),
    )


def begun_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Any]:
    """Leaf tasks that had begun by the last day and were not cancelled by then, recurring ones included.

    A task begins on its first day, else on the day it was issued, else with the campaign. A draft is the office's own
    business and counts nowhere; nor does a task that was cancelled without a day.
    """
    leaves = as_of(Task.objects.of(campaign).leaves_on(period.last), period.last)
    tasks = (
        not_cancelled(leaves, on=period.last)
        .exclude(state=Task.State.DRAFT)
        .alias(begins_on=Coalesce("starts_on", "issued_on", "campaign__starts_on"))
        .filter(begins_on__lte=period.last)
    )
    return tasks if unit is None else of_part(tasks, on=period.last, unit__in=Unit.objects.below(unit, on=period.last))


def not_cancelled(tasks: QuerySet[Task], *, on: date) -> QuerySet[Any]:
    """Without those that were cancelled when that day ended; a cancellation taken back since stood until then."""
    cancelled = Q(state=Task.State.CANCELLED) & (Q(cancelled_on=None) | Q(cancelled_on__lte=on))
    return tasks.exclude(cancelled).exclude(Exists(_stood(TakenBack.Decision.CANCELLED, on=on)))


def counted_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Any]:
    """任务: begun leaf tasks without the recurring ones, which are never done."""
    return begun_tasks(campaign, period, unit=unit).filter(frequency="")


def done_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """已办结: of the counted tasks those confirmed by the last day."""
    return counted_tasks(campaign, period, unit=unit).exclude(confirmed_then=None)


def open_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Any]:
    """正在推进: of the counted tasks those not confirmed by the last day."""
    return counted_tasks(campaign, period, unit=unit).filter(confirmed_then=None)


def late_tasks(
    campaign: Campaign, period: Period, *, unit: Unit | None = None, today: date | None = None
) -> QuerySet[Any]:
    """逾期: open tasks whose deadline, as it stood on the last day, had passed when it ended; as `Task.overdue`.

    `today` is not over: what is due on it is not late yet. A task whose units had all reported waits for the office.
    """
    passed = period.last if today is None else period.last_over(today=today)
    late = open_tasks(campaign, period, unit=unit).filter(due_then__lte=passed)
    return late.alias(state_then=_state_on(period.last)).exclude(state_then=Task.State.AWAITING_CONFIRMATION)


def recurring_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Any]:
    """常态化工作: begun leaf tasks with a frequency."""
    return begun_tasks(campaign, period, unit=unit).exclude(frequency="")


def log_entries(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[WorkLogEntry]:
    """What was logged in the period, for tasks that were not cancelled by its last day."""
    entries = (
        WorkLogEntry.objects.of(campaign)
        .within(period)
        .exclude(task__state=Task.State.CANCELLED, task__cancelled_on__lte=period.last)
        .exclude(Exists(_stood(TakenBack.Decision.CANCELLED, on=period.last, task="task")))
    )
    return entries if unit is None else entries.filter(unit__in=Unit.objects.below(unit, on=period.last))


def units_then(task: Task, *, on: date) -> tuple[Unit, list[Unit]]:
    """Who led the task and who stood beside at the end of that day: a merged unit its successor has taken over from.

    Read with `PARTS`; asked of a task with its lead unit.
    """
    past = [part for part in task.past_assignments.all() if part.until >= on and _had_joined(part, on)]
    lead = next((part.unit for part in past if part.is_lead), task.lead_unit)
    beside: list[Assignment | PastAssignment] = [
        *past,
        *(part for part in task.assignments.all() if _had_joined(part, on)),
    ]
    # In the order of that day, so that a summary made again after a merger says its units as before.
    beside.sort(key=lambda part: part.key_then)
    return lead, list(dict.fromkeys(part.unit for part in beside if part.unit != lead))


def of_part(tasks: QuerySet[Any], *, on: date, leading: bool = False, **whose: Any) -> QuerySet[Any]:
    """Of the tasks those in which such a unit (`unit=…`, `unit__appraisal_group=…`) had a part, or the lead, that day.

    EXISTS, so that no join counts a task twice.
    """
    past = PastAssignment.objects.standing(on=on).filter(task=OuterRef("pk"))
    if not leading:
        present = Assignment.objects.standing(on=on).filter(task=OuterRef("pk"), **whose)
        return tasks.filter(Exists(present) | Exists(past.filter(**whose)))
    led = past.filter(is_lead=True)
    present = Assignment.objects.filter(task=OuterRef("pk"), is_lead=True, **whose)
    return tasks.filter(Exists(led.filter(**whose)) | Q(Exists(present), ~Exists(led)))


def _had_joined(part: Assignment | PastAssignment, on: date) -> bool:
    return part.joined_on is None or part.joined_on <= on


def _stood(decision: str, *, on: date, task: str = "pk") -> QuerySet[TakenBack]:
    """Decisions on the task of the outer row that stood that day, though they were taken back later."""
    return TakenBack.objects.standing(on=on).filter(task=OuterRef(task), decision=decision)


def _state_on(day: date) -> Coalesce:
    """The state in which the task of the outer row was when that day ended; of one imported since, as it was then."""
    told = TaskEvent.objects.filter(task=OuterRef("pk"), target__in=Task.State.values)
    until = told.filter(at__lt=day_end(day)).order_by("-at", "-pk")
    imported = told.filter(move="imported").order_by("at", "pk")
    return Coalesce(Subquery(until.values("target")[:1]), Subquery(imported.values("target")[:1]), Value(""))
