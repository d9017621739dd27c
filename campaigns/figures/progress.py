"""How far the work is: tasks done beside time gone, for the campaign and by unit, group, workstream, phase."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from cityinit.periods import Period
from units.models import Unit

from ..models import Assignment, Campaign, PastAssignment, Phase, Task, Workstream
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
    """The same for each unit that had a part of its own in a counted task, by the unit's key; units below it apart."""
    return _progress_of_parts(campaign, period, "unit")


def progress_by_group(campaign: Campaign, period: Period) -> dict[str, Progress]:
    """The same for each appraisal group: a task of several of its units counts once."""
    found = _progress_of_parts(campaign, period, "unit__appraisal_group")
    return {group: found[group] for group in sorted(found) if group}


def _progress_of_parts(campaign: Campaign, period: Period, whose: str) -> dict[Any, Progress]:
    """By unit or group, of the parts as they stood: those that stand still, and those that have been given up since."""
    counted = counted_tasks(campaign, period).values("pk")
    done = Count("task", distinct=True, filter=Q(task__in=done_tasks(campaign, period).values("pk")))
    present = Assignment.objects.standing(on=period.last)
    also = present.filter(task=OuterRef("task"), **{whose: OuterRef(whose)})
    gone = PastAssignment.objects.standing(on=period.last).filter(~Exists(also))
    found: dict[Any, Progress] = {}
    for parts in (present, gone):
        rows = parts.filter(task__in=counted).order_by().values(whose)
        for key, n, ready in rows.annotate(n=Count("task", distinct=True), done=done).values_list(whose, "n", "done"):
            before = found.get(key, Progress(0, 0))
            found[key] = Progress(before.tasks + n, before.done + ready)
    return found


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


def _upwards(place: int, above: dict[int, int | None]) -> set[int]:
    """The place and every one above it; a ring is walked once."""
    walked: set[int] = set()
    step: int | None = place
    while step is not None and step in above and step not in walked:
        walked.add(step)
        step = above[step]
    return walked
