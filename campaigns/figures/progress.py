"""How far the work is: tasks done beside time gone, for the campaign and by unit, group, workstream, phase."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from cityinit.periods import Period
from units.models import Unit

from ..models import Assignment, Campaign, Phase, Task, Workstream
from .tasks import counted_tasks, done_tasks, share

HALF = Decimal(50)
# The end of June is 49.6 % of a year: in whole per cent the half has come.
HALF_COME = Decimal("49.5")


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
