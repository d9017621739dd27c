"""Figures of tasks and work as of a period's last day, each with the records it counts.

Every question is asked of days and never of present state: the first half of a year is often written in August.
With a unit, the unit and what is below it is meant.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, DateField, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from cityinit.periods import Period, day_end
from units.models import Unit

from . import quantities
from .models import (
    AssessmentSystem,
    Assignment,
    Campaign,
    DeadlineChange,
    Decision,
    Dissuasion,
    Indicator,
    Meeting,
    PastAssignment,
    Phase,
    Quantity,
    SelfCheck,
    Supervision,
    TakenBack,
    Task,
    TaskEvent,
    TaskExtension,
    Volunteering,
    WorkLogEntry,
    Workstream,
)

HALF = Decimal(50)
# The end of June is 49.6 % of a year: in whole per cent the half has come.
HALF_COME = Decimal("49.5")
# What `units_then` reads of a task.
PARTS = ("assignments__unit", "past_assignments__unit")


@dataclass(frozen=True)
class Progress:
    """How many tasks there were, and how many of them were done."""

    tasks: int
    done: int

    @property
    def completion(self) -> Decimal | None:
        return share(self.done, self.tasks)

    def ahead_of(self, time: Decimal | None) -> Decimal | None:
        """Percentage points by which the done share is ahead of the time share; below zero it is behind."""
        return None if time is None or self.completion is None else self.completion - time

    def is_past_half(self, time: Decimal | None) -> bool:
        """时间过半、任务完成过半: half the time has come, half is done, and what is done is not behind the time."""
        if time is None or self.completion is None:
            return False
        return time >= HALF_COME and self.completion >= max(HALF, time)


@dataclass(frozen=True)
class Reached:
    """A task's target in quantities beside what was logged in its measure by the day."""

    target: quantities.Quantity
    amount: Decimal
    entries: int

    @property
    def percent(self) -> Decimal:
        return share(self.amount, self.target.amount) or Decimal("0.0")

    @property
    def is_met(self) -> bool:
        return self.amount >= self.target.amount

    @property
    def text(self) -> str:
        """What was logged, in the measure of the target."""
        return quantities.plain_number(self.amount / self.target.factor) + self.target.measure


@dataclass(frozen=True)
class Served:
    """What volunteers gave; a sum of which nothing was recorded is None, a recorded zero is 0."""

    rows: int
    sessions: int | None
    people: int | None
    hours: Decimal | None


@dataclass(frozen=True)
class Dissuaded:
    """How many were talked out of one kind of conduct; of how many nobody noted that they were fined is None."""

    kind: str
    number: int
    fined: int | None


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
    cancelled = Q(state=Task.State.CANCELLED) & (Q(cancelled_on=None) | Q(cancelled_on__lte=period.last))
    tasks = (
        as_of(Task.objects.of(campaign).leaves(), period.last)
        .exclude(state=Task.State.DRAFT)
        .exclude(cancelled)
        .exclude(Exists(_stood(TakenBack.Decision.CANCELLED, on=period.last)))
        .alias(begins_on=Coalesce("starts_on", "issued_on", "campaign__starts_on"))
        .filter(begins_on__lte=period.last)
    )
    return tasks if unit is None else tasks.filter(_concerning(unit, on=period.last))


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
) -> QuerySet[Task]:
    """逾期: open tasks whose deadline, as it stood on the last day, had passed when it ended; as `Task.overdue`.

    `today` is not over: what is due on it is not late yet. A task whose units had all reported waits for the office.
    """
    passed = period.last if today is None else period.last_over(today=today)
    late = open_tasks(campaign, period, unit=unit).filter(due_then__lte=passed)
    return late.alias(state_then=_state_on(period.last)).exclude(state_then=Task.State.AWAITING_CONFIRMATION)


def recurring_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Any]:
    """常态化工作: begun leaf tasks with a frequency."""
    return begun_tasks(campaign, period, unit=unit).exclude(frequency="")


def task_progress(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> Progress:
    """任务、已办结 and the completion rate."""
    found = counted_tasks(campaign, period, unit=unit).aggregate(
        tasks=Count("pk"), done=Count("pk", filter=Q(confirmed_then__isnull=False))
    )
    return Progress(**found)


def progress_by_unit(campaign: Campaign, period: Period) -> dict[int, Progress]:
    """The same for each unit with a part of its own in a counted task, by the unit's key; units below it apart."""
    parts = _counted_parts(campaign, period).values("unit")
    counted = parts.annotate(tasks=Count("task"), done=_done_parts(campaign, period))
    return {unit: Progress(tasks, done) for unit, tasks, done in counted.values_list("unit", "tasks", "done")}


def progress_by_group(campaign: Campaign, period: Period) -> dict[str, Progress]:
    """The same for each appraisal group: a task of several of its units counts once."""
    parts = _counted_parts(campaign, period).exclude(unit__appraisal_group="").values("unit__appraisal_group")
    counted = parts.annotate(tasks=Count("task", distinct=True), done=_done_parts(campaign, period))
    rows = counted.values_list("unit__appraisal_group", "tasks", "done").order_by("unit__appraisal_group")
    return {group: Progress(tasks, done) for group, tasks, done in rows}


def progress_by_workstream(
    campaign: Campaign, period: Period, *, workstreams: Iterable[Workstream]
) -> dict[int, Progress]:
    """The same for each of these workstreams with those below it, each task counted once in each."""
    above = {workstream.pk: workstream.parent_id for workstream in workstreams}
    standing = Task.workstreams.through.objects.filter(
        workstream__in=above, task__in=counted_tasks(campaign, period)
    ).values_list("workstream", "task")
    confirmed = set(done_tasks(campaign, period).values_list("pk", flat=True))
    counted: dict[int, set[int]] = defaultdict(set)
    done: dict[int, set[int]] = defaultdict(set)
    for workstream, task in standing:
        for place in _upwards(workstream, above):
            counted[place].add(task)
            if task in confirmed:
                done[place].add(task)
    return {place: Progress(len(counted[place]), len(done[place])) for place in above}


def progress_by_phase(campaign: Campaign, period: Period, *, phases: Iterable[Phase]) -> dict[int, Progress]:
    """The same for each phase: of the counted tasks those whose deadline lies in it."""
    within_phase = {phase.pk: Q(due_then__gte=phase.starts_on, due_then__lte=phase.ends_on) for phase in phases}
    asked = {f"tasks_{pk}": Count("pk", filter=due) for pk, due in within_phase.items()}
    is_done = Q(confirmed_then__isnull=False)
    asked |= {f"done_{pk}": Count("pk", filter=due & is_done) for pk, due in within_phase.items()}
    found = counted_tasks(campaign, period).aggregate(**asked)
    return {pk: Progress(found[f"tasks_{pk}"], found[f"done_{pk}"]) for pk in within_phase}


def targeted_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """有数量目标: of the counted tasks those with a target above zero in a measure."""
    return counted_tasks(campaign, period, unit=unit).filter(target__gt=0).exclude(measure="")


def targets_reached(
    campaign: Campaign, period: Period, *, unit: Unit | None = None, tasks: Iterable[int] | None = None
) -> dict[int, Reached]:
    """Each target beside the quantities logged in its measure by the last day, by the task's key.

    Counts are added up, whatever they are called; of rates and of what stands (累计…, 现有…) the highest of the latest
    counts. `tasks` narrows to these keys, for a page of them.
    """
    asked = targeted_tasks(campaign, period, unit=unit)
    if tasks is not None:
        asked = asked.filter(pk__in=list(tasks))
    targets = {
        pk: quantities.Quantity("", target, "", measure)
        for pk, target, measure in asked.values_list("pk", "target", "measure")
        if target is not None
    }
    logged = Quantity.objects.filter(entry__task__in=asked, entry__done_on__lte=period.last).order_by()
    counts = logged.filter(kind=Quantity.Kind.COUNT).values("entry__task", "measure", "qualifier")
    amounts: dict[int, Decimal] = defaultdict(Decimal)
    for task, measure, qualifier, value in counts.annotate(value=Sum("value")).values_list(
        "entry__task", "measure", "qualifier", "value"
    ):
        term = quantities.Quantity("", value, qualifier, measure)
        if term.canonical == targets[task].canonical:
            amounts[task] += term.amount
    for task, amount in _standing_last(logged, targets).items():
        amounts[task] = max(amounts[task], amount)
    speaking = logged.exclude(kind=Quantity.Kind.DURATION).values("entry__task", "canonical_measure")
    entries = {
        (task, measure): n
        for task, measure, n in speaking.annotate(n=Count("entry", distinct=True)).values_list(
            "entry__task", "canonical_measure", "n"
        )
    }
    return {pk: Reached(target, amounts[pk], entries.get((pk, target.canonical), 0)) for pk, target in targets.items()}


def _standing_last(logged: QuerySet[Quantity], targets: dict[int, quantities.Quantity]) -> dict[int, Decimal]:
    """Of rates and of what stands the highest of the latest, each label by itself."""
    rows = logged.filter(kind__in=(Quantity.Kind.RATE, Quantity.Kind.STATE)).order_by(
        "entry__done_on", "entry", "position", "pk"
    )
    latest: dict[tuple[int, str], Decimal] = {}
    for task, label, value, qualifier, measure in rows.values_list(
        "entry__task", "label", "value", "qualifier", "measure"
    ):
        term = quantities.Quantity(label, value, qualifier, measure)
        if term.canonical == targets[task].canonical:
            latest[task, label] = term.amount
    highest: dict[int, Decimal] = defaultdict(Decimal)
    for (task, _label), amount in latest.items():
        highest[task] = max(highest[task], amount)
    return highest


def met_targets(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """已达到目标: of the tasks with a target those for which as much was logged by the last day."""
    met = [pk for pk, reached in targets_reached(campaign, period, unit=unit).items() if reached.is_met]
    return targeted_tasks(campaign, period, unit=unit).filter(pk__in=met)


def phase_share(phase: Phase, period: Period) -> Decimal | None:
    """时间进度 of a phase by the last day; None before it begins."""
    days = Period(phase.starts_on, phase.ends_on)
    elapsed = days.elapsed_days(on=period.last)
    return share(elapsed, days.days) if elapsed else None


def time_share(campaign: Campaign, period: Period) -> Decimal | None:
    """时间进度: days of the campaign elapsed by the last day ÷ all its days, both ends counted; None before it."""
    days = Period(campaign.starts_on, campaign.ends_on)
    elapsed = days.elapsed_days(on=period.last)
    return share(elapsed, days.days) if elapsed else None


def log_entries(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[WorkLogEntry]:
    """What was logged in the period, for tasks that were not cancelled by its last day."""
    entries = (
        WorkLogEntry.objects.of(campaign)
        .within(period)
        .exclude(task__state=Task.State.CANCELLED, task__cancelled_on__lte=period.last)
        .exclude(Exists(_stood(TakenBack.Decision.CANCELLED, on=period.last, task="task")))
    )
    return entries if unit is None else entries.filter(unit__in=Unit.objects.below(unit, on=period.last))


def supervisions(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Supervision]:
    """印发督办函: supervisions begun in the period; each has one letter."""
    found = Supervision.objects.of(campaign).within(period)
    return found if unit is None else found.filter(unit__in=Unit.objects.below(unit, on=period.last))


def supervised_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """督办事项: the tasks for which a supervision was begun in the period, each once."""
    begun = supervisions(campaign, period, unit=unit)
    return Task.objects.of(campaign).filter(pk__in=begun.order_by().values("task"))


def nudges(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[TaskEvent]:
    """催办: each time a unit was reminded of a task in the period."""
    found = TaskEvent.objects.filter(
        task__campaign=campaign, move="nudge", at__gte=period.starts_at, at__lt=period.ends_at
    )
    return found if unit is None else found.filter(assignment__unit__in=Unit.objects.below(unit, on=period.last))


def nudged_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """催办过的任务, each once."""
    return Task.objects.of(campaign).filter(pk__in=nudges(campaign, period, unit=unit).order_by().values("task"))


def extensions_granted(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[TaskExtension]:
    """批准延期: requests for more time that the office granted in the period."""
    found = TaskExtension.objects.of(campaign).filter(
        state=TaskExtension.State.GRANTED, decided_at__gte=period.starts_at, decided_at__lt=period.ends_at
    )
    return found if unit is None else found.filter(unit__in=Unit.objects.below(unit, on=period.last))


def within(rows: QuerySet, period: Period, *, day: str, unit: Unit | None = None) -> QuerySet:
    """Rows of a register whose day lies in the period; rows without a day always count."""
    dated = rows.filter(Q(**{day: None}) | Q(**{f"{day}__gte": period.first, f"{day}__lte": period.last}))
    return dated if unit is None else dated.filter(unit__in=Unit.objects.below(unit, on=period.last))


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


def dissuasion_records(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Dissuasion]:
    return within(Dissuasion.objects.of(campaign), period, day="done_on", unit=unit)


def dissuasion(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> list[Dissuaded]:
    """劝导人次 by kind of conduct in the period, the most frequent first."""
    rows = dissuasion_records(campaign, period, unit=unit).order_by().values("kind")
    found = rows.annotate(number=Sum("number"), fined=Sum("fined")).order_by("-number", "kind")
    return [Dissuaded(**row) for row in found]


def _stood(decision: str, *, on: date, task: str = "pk") -> QuerySet[TakenBack]:
    """Decisions on the task of the outer row that stood that day, though they were taken back later."""
    return TakenBack.objects.standing(on=on).filter(task=OuterRef(task), decision=decision)


def _state_on(day: date) -> Coalesce:
    """The state in which the task of the outer row was when that day ended; of one imported since, as it was then."""
    told = TaskEvent.objects.filter(task=OuterRef("pk"), target__in=Task.State.values)
    until = told.filter(at__lt=day_end(day)).order_by("-at", "-pk")
    imported = told.filter(move="imported").order_by("at", "pk")
    return Coalesce(Subquery(until.values("target")[:1]), Subquery(imported.values("target")[:1]), Value(""))


def _counted_parts(campaign: Campaign, period: Period) -> QuerySet[Assignment]:
    return Assignment.objects.filter(task__in=counted_tasks(campaign, period)).order_by()


def _done_parts(campaign: Campaign, period: Period) -> Count:
    return Count("task", distinct=True, filter=Q(task__in=done_tasks(campaign, period)))


def _upwards(place: int, above: dict[int, int | None]) -> set[int]:
    """The place and every one above it; a ring is walked once."""
    walked: set[int] = set()
    step: int | None = place
    while step is not None and step in above and step not in walked:
        walked.add(step)
        step = above[step]
    return walked


def self_checks(system: AssessmentSystem, *, on: date) -> dict[UUID, SelfCheck]:
    """Of each indicator of the system its last self-check by that day, whatever version it was filed under."""
    lineages = Indicator.objects.of_system(system).order_by().values("lineage")
    rows = SelfCheck.objects.of(system.campaign).filter(checked_on__lte=on, indicator__lineage__in=lineages)
    found = rows.select_related("indicator").order_by("checked_on", "pk")
    return {check.indicator.lineage: check for check in found}


def decisions_taken(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Decision]:
    """议定事项: what meetings of the period decided; with a unit, what it was charged with."""
    taken = Decision.objects.of(campaign).filter(
        meeting__in=within(Meeting.objects.of(campaign), period, day="held_on").values("pk")
    )
    return taken if unit is None else taken.filter(unit__in=Unit.objects.below(unit, on=period.last))


def decisions_tasked(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Decision]:
    """立为任务: of those taken those made a task by the last day."""
    return decisions_taken(campaign, period, unit=unit).filter(tasked_on__lte=period.last)


def decisions_carried_out(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Decision]:
    """已落实: of those taken those whose task was confirmed, or which were settled without one, by the last day."""
    done = Q(task__confirmed_on__lte=period.last) | Q(task=None, settled_on__lte=period.last)
    return decisions_taken(campaign, period, unit=unit).filter(done)


def decisions_under_way(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Decision]:
    """办理中: of those made a task by the last day those whose task was neither confirmed nor given up by then."""
    over = Task.objects.filter(Q(confirmed_on__lte=period.last) | Q(cancelled_on__lte=period.last))
    return decisions_tasked(campaign, period, unit=unit).filter(~Q(task=None)).exclude(task__in=over.values("pk"))


def units_then(task: Task, *, on: date) -> tuple[Unit, list[Unit]]:
    """Who led the task and who stood beside at the end of that day: a merged unit its successor has taken over from.

    Read with `PARTS`; asked of a task with its lead unit.
    """
    later = [part for part in task.past_assignments.all() if part.until >= on]
    # A successor that was merged in its turn had no part before it took this one over.
    past = [part for part in later if part.joined_on is None or part.joined_on <= on]
    came = {part.successor_id for part in later}
    there = {part.successor_id for part in later if part.was_beside}
    lead = next((part.unit for part in past if part.is_lead), task.lead_unit)
    beside = [part.unit for part in past]
    beside += [part.unit for part in task.assignments.all() if part.unit_id not in came - there]
    return lead, list(dict.fromkeys(unit for unit in beside if unit != lead))


def _concerning(unit: Unit, *, on: date) -> Q:
    """Led by, or assigned to, the unit or one below it on that day. EXISTS, so that no join counts a task twice."""
    units = Unit.objects.below(unit, on=on).values("pk")
    joined = Q(joined_on=None) | Q(joined_on__lte=on)
    past = PastAssignment.objects.filter(joined, task=OuterRef("pk"), until__gte=on)
    assigned = Assignment.objects.filter(task=OuterRef("pk"), unit__in=units)
    # A part that came over since was not the successor's then, unless it had one of its own.
    came = PastAssignment.objects.filter(
        task=OuterRef("task"), successor=OuterRef("unit"), was_beside=False, until__gte=on
    )
    assigned = assigned.exclude(Exists(came))
    leads = Q(lead_unit__in=units) & ~Exists(past.filter(is_lead=True))
    return leads | Q(Exists(assigned)) | Q(Exists(past.filter(unit__in=units)))
