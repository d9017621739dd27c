"""To whom a finding goes and by when: limits, due times and warnings in the office's calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from campaigns import clock
from campaigns.clock import Calendar, Limit, LimitUnit
from campaigns.models import CalendarDay, Campaign
from cityinit.periods import day_of
from inspections.models import DispatchRule, Finding, FindingCategory
from units.models import Unit, User
from units.roles import scope_of

Severity = Finding.Severity
DISPATCH = "inspections.dispatch_finding"

SEVERITY_LIMITS = {
    Severity.A: Limit(24, LimitUnit.HOURS),
    Severity.B: Limit(3, LimitUnit.WORKING_DAYS),
    Severity.C: Limit(7, LimitUnit.WORKING_DAYS),
    Severity.D: Limit(30, LimitUnit.DAYS),
    Severity.E: clock.LONG_TERM,
}


@dataclass(frozen=True)
class Suggestion:
    """A due time by the rules: its limit, and the years on the way whose holidays nobody has entered."""

    limit: Limit
    of_category: bool
    due_at: datetime | None
    unknown_years: tuple[int, ...] = ()


def office_calendar() -> Calendar:
    """Working days as the office has entered them, over the built-in ones."""
    return Calendar(dict(CalendarDay.objects.values_list("day", "is_workday")))


def limit_of(category: FindingCategory, severity: str) -> Limit:
    """The category's limit, else the severity's."""
    if category.limit_amount:
        return Limit(category.limit_amount, LimitUnit(category.limit_unit))
    return SEVERITY_LIMITS[Severity(severity)]


def suggest_due(category: FindingCategory, severity: str, *, at: datetime, calendar: Calendar) -> Suggestion:
    """When a finding dispatched at that moment is due."""
    limit, of_category = limit_of(category, severity), bool(category.limit_amount)
    due_at = clock.due(at, limit=limit, calendar=calendar)
    if due_at is None:
        return Suggestion(limit, of_category, None)
    unknown = unknown_years(due_at, since=at, calendar=calendar) if limit.unit.is_working else ()
    return Suggestion(limit, of_category, due_at, unknown)


def unknown_years(due_at: datetime, *, since: datetime, calendar: Calendar) -> tuple[int, ...]:
    return tuple(calendar.unknown_years(first=day_of(since), last=day_of(due_at)))


def units_to_choose(finding: Finding, *, by: User) -> QuerySet[Unit]:
    """The units this person may give the finding to, as far as the own posts reach.

    Those that are given work, and who answers for it, its site or its category.
    """
    units = _within_reach(finding.campaign, by=by)
    known = [finding.lead_unit_id, finding.site.unit_id if finding.site else None]
    ruled = DispatchRule.objects.of(finding.campaign).filter(category=finding.category_id).values("unit")
    answers_for_it = units.active().filter(Q(pk__in=known) | Q(pk__in=ruled))
    return units.filter(Q(pk__in=units.given_work()) | Q(pk__in=answers_for_it))


def units_of(campaign: Campaign, *, by: User) -> QuerySet[Unit]:
    """The units that are given work, as far as this person's posts reach: for findings of whatever kind."""
    units = _within_reach(campaign, by=by)
    return units.filter(pk__in=units.given_work())


def _within_reach(campaign: Campaign, *, by: User) -> Any:
    units = Unit.objects.of_host(campaign.host.host_id)
    if by.has_perm(DISPATCH, campaign):
        return units
    return units.filter(pk__in=Unit.objects.under(scope_of(by).paths_with(DISPATCH)).values("pk"))


def office_closes(day: date) -> datetime:
    """The moment a deadline given as a day runs out."""
    return clock.OFFICE.closes_at(day)


def warn_at(
    finding: Finding, *, start: datetime, due_at: datetime | None, calendar: Calendar, paused: Sequence[tuple] = ()
) -> datetime | None:
    """When three quarters of the time from `start` to `due_at` will have gone; None without a deadline."""
    if due_at is None or due_at <= start:
        return due_at
    return clock.warn_at(start, due=due_at, unit=_unit_of(finding), calendar=calendar, paused=paused)


def due_after_pause(finding: Finding, *, resumed_at: datetime, calendar: Calendar) -> datetime | None:
    """The due time moved by the pause that ends now, so that as much time is left as there was."""
    if finding.due_at is None or finding.paused_at is None:
        return finding.due_at
    return clock.add_pause(
        finding.due_at,
        paused_from=finding.paused_at,
        resumed_at=resumed_at,
        unit=_unit_of(finding),
        calendar=calendar,
    )


def runs_since(finding: Finding) -> datetime:
    """When the time began that the unit has: with the last dispatch or rework; of a loaded one when it was found."""
    begun = finding.events.filter(move__in=Finding.BEGINS).order_by("-at", "-pk").values_list("at", flat=True).first()
    return begun or finding.dispatched_at or finding.found_at


def pauses(finding: Finding, *, since: datetime) -> list[tuple[datetime, datetime | None]]:
    """The spans in which the clock stood since then, read from what happened."""
    found: list[tuple[datetime, datetime | None]] = []
    for event in finding.events.filter(move__in=["suspend", "resume"], at__gte=since):
        if event.move == "suspend":
            found.append((event.at, None))
        elif found:
            found[-1] = (found[-1][0], event.at)
    return found


def _unit_of(finding: Finding) -> LimitUnit:
    """What the finding's time is counted in; a deadline given by hand to a long-term one counts days."""
    unit = limit_of(finding.category, finding.severity).unit
    return LimitUnit.DAYS if unit == LimitUnit.NONE else unit
