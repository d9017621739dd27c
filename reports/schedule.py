"""Which drafts are due on a day: of the periods that have ended and the rounds that were published, each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Q

from campaigns.models import Campaign
from cityinit.models import Job
from cityinit.periods import Period
from inspections.models import Round

from . import actions
from .models import Kind, Report, Schedule

Cycle = Schedule.Cycle
OF_ROUND = {Cycle.ROUND_CIRCULAR: Kind.CIRCULAR, Cycle.ROUND_ASSESSMENT: Kind.ASSESSMENT}
# Whoever was down that long is not told the weeks before.
LOOKING_BACK = timedelta(days=31)


def last_ended(cycle: str, *, on: date) -> Period:
    """The period of the cycle that ended last before the day."""
    match cycle:
        case Cycle.WEEK:
            return Period.week_of(on - timedelta(days=7))
        case Cycle.MONTH:
            return Period.month(on.year, on.month).previous
        case Cycle.QUARTER:
            return Period.quarter(on.year, (on.month + 2) // 3).previous
        case Cycle.YEAR:
            return Period.year(on.year - 1)
    return Period.containing(on).previous


def compile_due_drafts(*, on: date) -> list[Job]:
    """A draft of every period that has ended and every round published before `on`, where none is whole yet.

    Asked every morning and safe to be asked twice: a report is asked for once, and one that was compiled after its
    period had ended, or is fixed, is left as it is. Who was down over the morning in question makes up for a month.
    """
    filed: list[Job] = []
    schedules = {row.campaign_id: row for row in Schedule.objects.all()}
    for campaign in Campaign.objects.select_related("host").order_by("pk"):
        schedule = schedules.get(campaign.pk)
        cycles = schedule.cycles if schedule else list(Schedule.USUAL)
        since = schedule.since if schedule else None
        for cycle in cycles:
            if kind := OF_ROUND.get(cycle):
                filed += [
                    actions.request_round_report(found, kind=kind, by=None)
                    for found in _published(campaign, kind, on=on, since=since)
                ]
            else:
                filed += [
                    actions.request_report(campaign, period, by=None)
                    for period in _ended(cycle, on=on, since=since)
                    if _is_due(campaign, period)
                ]
    return filed


def _ended(cycle: str, *, on: date, since: date | None) -> Iterator[Period]:
    """The periods of the cycle that have ended, the latest first; the latest always, of others a month's."""
    period = last_ended(cycle, on=on)
    yield from (each for each in (period,) if since is None or each.last >= since)
    while (period := period.previous).last >= max(on - LOOKING_BACK, since or date.min):
        yield period


def _is_due(campaign: Campaign, period: Period) -> bool:
    if campaign.starts_on > period.last or campaign.ends_on < period.first:
        return False
    # A draft from before the last day does not tell the whole period; one that is fixed is left as it is.
    whole = Q(snapshots__taken_at__gte=period.ends_at) | Q(
        job__name=actions.COMPILE, job__created_at__gte=period.ends_at
    )
    there = Report.objects.of(campaign).filter(
        whole | Q(state__in=Report.FIXED), kind=Kind.SUMMARY, unit=None, first_day=period.first, last_day=period.last
    )
    return not there.exists()


def _published(campaign: Campaign, kind: str, *, on: date, since: date | None) -> list[Round]:
    """The rounds published before the day that nobody has told of in this kind."""
    first = max(on - LOOKING_BACK, since or date.min)
    told = Report.objects.filter(kind=kind, round__isnull=False)
    days = Period(min(first, on - timedelta(days=1)), on - timedelta(days=1))
    rows = Round.objects.of(campaign).filter(
        state=Round.State.PUBLISHED, published_at__gte=days.starts_at, published_at__lt=days.ends_at
    )
    return list(rows.exclude(pk__in=told.values("round")).select_related("campaign__host").order_by("published_at"))
