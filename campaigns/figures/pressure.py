"""How the office pressed: supervisions, reminders, and the time it gave."""

from django.db.models import QuerySet

from cityinit.periods import Period
from units.models import Unit

from ..models import Campaign, Supervision, Task, TaskEvent, TaskExtension


def supervisions(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Supervision]:
    """印发督办函: supervisions begun in the period; each has one letter."""
    found = Supervision.objects.of(campaign).within(period)
    return found if unit is None else found.filter(sent_to__in=Unit.objects.below(unit, on=period.last))


def supervised_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """督办事项: the tasks for which a supervision was begun in the period, each once."""
    begun = supervisions(campaign, period, unit=unit)
    return Task.objects.of(campaign).filter(pk__in=begun.order_by().values("task"))


def nudges(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[TaskEvent]:
    """催办: each time a unit was reminded of a task in the period."""
    found = TaskEvent.objects.filter(
        task__campaign=campaign, move="nudge", at__gte=period.starts_at, at__lt=period.ends_at
    )
    return found if unit is None else found.filter(unit__in=Unit.objects.below(unit, on=period.last))


def nudged_tasks(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Task]:
    """催办过的任务, each once."""
    return Task.objects.of(campaign).filter(pk__in=nudges(campaign, period, unit=unit).order_by().values("task"))


def extensions_granted(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[TaskExtension]:
    """批准延期: requests for more time that the office granted in the period."""
    found = TaskExtension.objects.of(campaign).filter(
        state=TaskExtension.State.GRANTED, decided_at__gte=period.starts_at, decided_at__lt=period.ends_at
    )
    return found if unit is None else found.filter(unit__in=Unit.objects.below(unit, on=period.last))
