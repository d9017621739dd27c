"""Rows of the registers by their day, and what they add up to."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from cityinit.periods import Period
from units.models import Unit

from ..models import AssessmentSystem, Campaign, Decision, Dissuasion, Indicator, Meeting, SelfCheck, Task, Volunteering
from .tasks import as_of, not_cancelled


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
    return taken if unit is None else taken.charged(unit, on=period.last)


def decisions_tasked(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Decision]:
    """立为任务: of those taken those made a task by the last day."""
    return decisions_taken(campaign, period, unit=unit).filter(tasked_on__lte=period.last)


def decisions_carried_out(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Decision]:
    """已落实: of those taken those whose task was confirmed, or which were settled without one, by the last day."""
    last = period.last
    confirmed = as_of(Task.objects.of(campaign), last).exclude(confirmed_then=None)
    by_task = Q(tasked_on__lte=last, task__in=confirmed.values("pk"))
    # What was settled may become a task later; on that day it was settled.
    by_itself = Q(settled_on__lte=last) & (Q(task=None) | Q(tasked_on__gt=last))
    return decisions_taken(campaign, period, unit=unit).filter(by_task | by_itself)


def decisions_under_way(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Decision]:
    """办理中: of those made a task by the last day those whose task was neither confirmed nor given up by then."""
    running = not_cancelled(as_of(Task.objects.of(campaign), period.last), on=period.last).filter(confirmed_then=None)
    return decisions_tasked(campaign, period, unit=unit).filter(task__in=running.values("pk"))
