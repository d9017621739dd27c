"""How the findings of a period stand, by unit, category and month: what the overview shows.

While the period runs, its figures are those of today, and the tallies know them. What is over is asked as of its last
day, like every figure (decision 6); and a part of a month, or of one unit the categories, is counted directly.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from campaigns.figures import share
from campaigns.models import Campaign
from cityinit.periods import Period
from units.models import Unit
from units.then import unit_then

from . import figures
from .models import Finding, FindingTally, FormerLead

About = FindingTally.About
OPEN, DONE = frozenset(Finding.OPEN_STATES), frozenset(Finding.DONE_STATES)
COUNTED = OPEN | DONE


@dataclass(frozen=True)
class Standing:
    """So many were found, and so many of them were closed on the last day."""

    found: int = 0
    closed: int = 0

    @property
    def open(self) -> int:
        return self.found - self.closed

    @property
    def rate(self) -> Any:
        """整改率, unknown where nothing was found."""
        return share(self.closed, self.found)

    def __add__(self, other: Standing) -> Standing:
        return Standing(self.found + other.found, self.closed + other.closed)


@dataclass(frozen=True)
class Month:
    """What was found and what was closed in a month, as it stands today, and what was open when it ended."""

    first: date
    found: int
    closed: int
    open: int

    @property
    def period(self) -> Period:
        return Period.month(self.first.year, self.first.month)


def is_tallied(period: Period, *, today: date) -> bool:
    """Whether the tallies know the figures of the period: it is of whole months, and not over."""
    last = monthrange(period.last.year, period.last.month)[1]
    return period.first.day == 1 and period.last.day == last and period.last >= today


def by_unit(campaign: Campaign, period: Period, *, today: date) -> dict[int, Standing]:
    """For each unit that led any of them, by its key, units below it apart; 0 for those that none leads yet."""
    if is_tallied(period, today=today):
        return _tallied(campaign, period, About.UNIT)
    then = unit_then(FormerLead.objects.all(), of="finding", on=period.last, now="lead_unit_id")
    return _direct(campaign, period, None, whose=then)


def by_category(campaign: Campaign, period: Period, *, today: date, unit: Unit | None = None) -> dict[int, Standing]:
    """For each category of which any was found, by its key; with a unit of those that it or one below it led."""
    if unit is None and is_tallied(period, today=today):
        return _tallied(campaign, period, About.CATEGORY)
    return _direct(campaign, period, unit, whose=F("category_id"))


def by_site(campaign: Campaign, period: Period, *, unit: Unit | None = None, most: int) -> list[tuple[int, Standing]]:
    """The sites where most was found, most first; counted directly: a site has a handful in a month."""
    found = figures.found(campaign, period, unit=unit).exclude(site=None)
    ranked = found.order_by().values("site").annotate(n=Count("pk")).order_by("-n", "site")
    counts = dict(ranked.values_list("site", "n")[:most])
    closed = _counted(figures.closed(campaign, period, unit=unit).filter(site__in=list(counts)), F("site_id"))
    return [(site, Standing(n, closed.get(site, 0))) for site, n in counts.items()]


def open_by_site(campaign: Campaign, *, most: int) -> list[tuple[int, int]]:
    """The sites where most is open today, most first; findings away from any site aside."""
    rows = FindingTally.objects.of(campaign).filter(about=About.SITE, month=0, state__in=OPEN, whose__gt=0)
    counted = rows.values("whose").annotate(open=Sum("n")).filter(open__gt=0)
    return list(counted.order_by("-open", "whose").values_list("whose", "open")[:most])


def by_month(campaign: Campaign, *, until: date, most: int, today: date, unit: Unit | None = None) -> list[Month]:
    """The months up to that of a day, at most so many, none before the campaign; as they stand today.

    A closing is of the month of the last one, and what has been opened again since counts as open throughout.
    """
    found, closed = _months(campaign) if unit is None else _months_of(campaign, unit)
    last = min(until, today)
    place = last.year * 12 + last.month - 1
    first = max(place - most + 1, campaign.starts_on.year * 12 + campaign.starts_on.month - 1)
    months = []
    for number in range(min(first, place), place + 1):
        month = number // 12 * 100 + number % 12 + 1
        left = sum(n for one, n in found.items() if one <= month) - sum(n for one, n in closed.items() if one <= month)
        begin = date(number // 12, number % 12 + 1, 1)
        months.append(Month(begin, found.get(month, 0), closed.get(month, 0), max(left, 0)))
    return months


def closed_on_days(findings: QuerySet[Finding], period: Period) -> QuerySet[Finding]:
    """Of findings those that are closed, and were closed last on one of these days: a month's `closed`."""
    return findings.filter(state__in=DONE, closed_at__gte=period.starts_at, closed_at__lt=period.ends_at)


def open_at(findings: QuerySet[Finding], moment: datetime, *, on: date) -> QuerySet[Finding]:
    """Of findings those that were found by that day and not closed when it ended: a month's `open`."""
    counted = findings.filter(state__in=COUNTED, found_on__lte=on)
    return counted.exclude(state__in=DONE, closed_at__lt=moment)


def _tallied(campaign: Campaign, period: Period, about: str) -> dict[int, Standing]:
    rows = FindingTally.objects.of(campaign).within(period).filter(about=about, state__in=COUNTED)
    found: dict[int, int] = defaultdict(int)
    closed: dict[int, int] = defaultdict(int)
    for whose, state, n in rows.order_by().values_list("whose", "state").annotate(n=Sum("n")):
        found[whose] += n
        if state in DONE:
            closed[whose] += n
    return {whose: Standing(n, closed[whose]) for whose, n in found.items() if n}


def _direct(campaign: Campaign, period: Period, unit: Unit | None, *, whose: Any) -> dict[int, Standing]:
    found = _counted(figures.found(campaign, period, unit=unit), whose)
    closed = _counted(figures.closed(campaign, period, unit=unit), whose)
    return {key: Standing(n, closed.get(key, 0)) for key, n in found.items()}


def _counted(findings: QuerySet[Finding], whose: Any) -> dict[int, int]:
    rows = findings.order_by().annotate(whose=whose).values("whose").annotate(n=Count("pk", distinct=True))
    return {key or 0: n for key, n in rows.values_list("whose", "n")}


def _months(campaign: Campaign) -> tuple[dict[int, int], dict[int, int]]:
    """What was found and what was closed in each month of the campaign, in one question of few rows."""
    rows = FindingTally.objects.of(campaign).filter(about__in=(About.WHOLE, About.CLOSED), state__in=COUNTED)
    found: dict[int, int] = {}
    closed: dict[int, int] = {}
    for about, month, n in rows.order_by().values_list("about", "month").annotate(n=Sum("n")):
        (found if about == About.WHOLE else closed)[month] = n
    return found, closed


def _months_of(campaign: Campaign, unit: Unit) -> tuple[dict[int, int], dict[int, int]]:
    """The same of a unit and those below it; closings by the findings themselves."""
    led = Unit.objects.filter(path__startswith=unit.path)
    rows = FindingTally.objects.of(campaign).filter(about=About.UNIT, state__in=COUNTED, whose__in=led.values("pk"))
    found = dict(rows.order_by().values_list("month").annotate(n=Sum("n")))
    closed: dict[int, int] = defaultdict(int)
    done = Finding.objects.of(campaign).filter(lead_unit__in=led, state__in=DONE).order_by()
    local = done.values_list("closed_at__year", "closed_at__month").annotate(n=Count("pk"))
    for year, month, n in local:
        closed[year * 100 + month] = n
    return found, closed
