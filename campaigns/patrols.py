"""Patrol quotas kept or missed: who had to walk when, how often each did, and what that comes to.

A quota is asked of spans: days, weeks from Monday, months. A span belongs to the period in which it ends, so that each
counts once. It is due from a person who was there for at least half of the days on which it is walked; who was on leave
or had no post then has not missed it. What was walked beyond the quota counts no further.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Q, QuerySet

from cityinit.periods import Period, day_end, day_of, day_start
from units.models import Post, Unit
from units.roles import scope_of

from .clock import Calendar
from .figures import share
from .models import Absence, CalendarDay, Campaign, FormerQuotaUnit, PatrolMember, PatrolQuota, PatrolRecord
from .models.patrol import of_person


class Verdict(StrEnum):
    KEPT = "kept"
    MISSED = "missed"
    RUNNING = "running"
    NOT_DUE = "not_due"


@dataclass(frozen=True)
class Walker:
    """Somebody a quota is asked of, with the days from which and to which it is."""

    person: tuple
    name: str
    unit: Unit
    spans: tuple[tuple[date | None, date | None], ...] = ()

    def is_held(self, day: date) -> bool:
        return any((first is None or first <= day) and (last is None or day <= last) for first, last in self.spans)


@dataclass(frozen=True)
class Cell:
    """What one person did in one span."""

    span: Period
    verdict: Verdict
    done: int
    times: int
    records: tuple[int, ...] = ()

    @property
    def is_counted(self) -> bool:
        return self.verdict in (Verdict.KEPT, Verdict.MISSED)

    @property
    def left(self) -> int:
        return max(self.times - self.done, 0)


@dataclass
class Tally:
    """应巡、实巡 and 落实率; the records that were counted."""

    due: int = 0
    done: int = 0
    records: list[int] = field(default_factory=list)

    @property
    def rate(self) -> Decimal | None:
        return share(self.done, self.due)

    def add(self, cell: Cell) -> None:
        if cell.is_counted:
            self.due += cell.times
            self.done += min(cell.done, cell.times)
            self.records += cell.records[: cell.times]


@dataclass
class Line:
    walker: Walker
    cells: list[Cell]
    tally: Tally


@dataclass
class Judged:
    """A quota over a period: a line per person, in the order of units."""

    quota: PatrolQuota
    spans: list[Period]
    lines: list[Line]

    @property
    def total(self) -> Tally:
        return _total(line.tally for line in self.lines)

    def by_unit(self) -> list[tuple[Unit, int, Tally]]:
        """Each unit with how many people it has in the quota and what they come to."""
        found: dict[int, list[Line]] = {}
        for line in self.lines:
            found.setdefault(line.walker.unit.pk, []).append(line)
        return [(mine[0].walker.unit, len(mine), _total(line.tally for line in mine)) for mine in found.values()]

    def by_month(self) -> list[tuple[date, Tally]]:
        """The first day of each month with what the spans that end in it come to."""
        months: dict[date, Tally] = {}
        for line in self.lines:
            for cell in line.cells:
                months.setdefault(cell.span.last.replace(day=1), Tally()).add(cell)
        return sorted(months.items())


def judge(
    quota: PatrolQuota,
    period: Period,
    *,
    unit: Unit | None = None,
    today: date | None = None,
    person: tuple | None = None,
    calendar: Calendar | None = None,
) -> Judged:
    """What each person of the quota did in the spans that end in the period; with a unit those of it and below.

    `today` leaves the spans open that are not over on that day; without it all are judged as of the period's last day.
    """
    calendar = calendar or CalendarDay.objects.as_calendar()
    spans = list(spans_in(quota, period))
    if not spans:
        return Judged(quota, [], [])
    whole = Period(spans[0].first, spans[-1].last)
    walkers = walkers_of(quota, whole, unit=unit, person=person)
    people = {walker.person for walker in walkers}
    away = _away(quota.campaign, whole)
    walked = _walked(quota, whole, people)
    lines = []
    for walker in walkers:
        mine = away.get(walker.person, [])
        found = walked.get(walker.person, {})
        cells = [_cell(quota, walker, span, mine, found, calendar=calendar, today=today) for span in spans]
        tally = Tally()
        for cell in cells:
            tally.add(cell)
        lines.append(Line(walker, cells, tally))
    return Judged(quota, spans, lines)


def spans_in(quota: PatrolQuota, period: Period) -> Iterator[Period]:
    """The days, weeks or months that end in the period, while the quota was in force on their last day."""
    day = period.first
    last = min(period.last, quota.ends_on) if quota.ends_on else period.last
    while day <= last:
        span = span_of(quota, day)
        if span.last > period.last:
            return
        if quota.starts_on is None or span.last >= quota.starts_on:
            yield span
        day = span.last + timedelta(days=1)


def span_of(quota: PatrolQuota, day: date) -> Period:
    """The day, week or month of the quota in which a day lies."""
    match quota.cycle:
        case PatrolQuota.Cycle.DAY:
            return Period(day, day)
        case PatrolQuota.Cycle.WEEK:
            return Period.week_of(day)
    return Period(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def walkers_of(
    quota: PatrolQuota, period: Period, *, unit: Unit | None = None, person: tuple | None = None
) -> list[Walker]:
    """Whom the quota is asked of at some time in the period: who is named, else who holds such a post."""
    named = list(_overlapping(quota.members.select_related("unit"), period))
    rows: Iterable[Any] = named
    if not named and not quota.members.exists():
        rows = _posts(quota, period)
    found: dict[tuple, Walker] = {}
    within = None if unit is None else set(Unit.objects.below(unit, on=period.last).values_list("pk", flat=True))
    for row in rows:
        key = of_person(row.user_id, name=getattr(row, "name", ""), unit=row.unit_id)
        if within is not None and row.unit_id not in within:
            continue
        before = found.get(key)
        name = row.name if isinstance(row, PatrolMember) else row.user.name
        first = row.starts_on if isinstance(row, PatrolMember) else _asked_from(quota, row)
        spans = (*(before.spans if before else ()), (first, row.ends_on))
        found[key] = Walker(key, name, before.unit if before else row.unit, spans)
    walkers = sorted(found.values(), key=lambda walker: (walker.unit.path, walker.name))
    return [walker for walker in walkers if person is None or walker.person == person]


def is_measured(quota: PatrolQuota) -> bool:
    """Whether it is said who has to walk; a quota without anybody is only a rule."""
    return bool(quota.role or quota.title or quota.members.exists())


def _posts(quota: PatrolQuota, period: Period) -> QuerySet[Post]:
    if not (quota.role or quota.title):
        return Post.objects.none()
    posts = Post.objects.filter(unit__host=quota.campaign.host.host_id).select_related("user", "unit")
    if quota.role:
        posts = posts.filter(role=quota.role)
    if quota.title:
        posts = posts.filter(user__title__icontains=quota.title)
    if unit := quota.unit_on(period.last):
        posts = posts.filter(unit__in=Unit.objects.below(unit, on=period.last))
    return _overlapping(posts, period)


def _asked_from(quota: PatrolQuota, post: Post) -> date:
    """The first day the quota is asked of the post: of a successor's own people not before the merger."""
    first = post.starts_on
    for former in quota.formers:
        if not post.unit.path_on(former.until).startswith(former.unit.path_on(former.until)):
            first = max(first, former.until + timedelta(days=1))
    return first


def _overlapping(rows: QuerySet, period: Period) -> QuerySet:
    begun = Q(starts_on=None) | Q(starts_on__lte=period.last)
    return rows.filter(begun, Q(ends_on=None) | Q(ends_on__gte=period.first))


def _away(campaign: Campaign, period: Period) -> dict[tuple, list[tuple[date, date]]]:
    found: dict[tuple, list[tuple[date, date]]] = {}
    for row in _overlapping(Absence.objects.of(campaign), period):
        found.setdefault(row.person, []).append((row.starts_on, row.ends_on))
    return found


def _walked(quota: PatrolQuota, period: Period, people: set[tuple]) -> dict[tuple, dict[date, list[int]]]:
    """Per person and day the records, in the order they were walked."""
    rows = PatrolRecord.objects.filter(
        quota=quota, walked_at__gte=day_start(period.first), walked_at__lt=day_end(period.last)
    )
    found: dict[tuple, dict[date, list[int]]] = {}
    for pk, user, name, unit, at in rows.order_by("walked_at", "pk").values_list(
        "pk", "user_id", "name", "unit_id", "walked_at"
    ):
        person = of_person(user, name=name, unit=unit)
        if person in people:
            found.setdefault(person, {}).setdefault(day_of(at), []).append(pk)
    return found


def _cell(
    quota: PatrolQuota,
    walker: Walker,
    span: Period,
    away: list[tuple[date, date]],
    walked: dict[date, list[int]],
    *,
    calendar: Calendar,
    today: date | None,
) -> Cell:
    all_days = [span.first + timedelta(days=step) for step in range(span.days)]
    days = [day for day in all_days if calendar.is_workday(day)] if quota.on_workdays else all_days
    there = [day for day in days if walker.is_held(day) and not any(first <= day <= last for first, last in away)]
    records = tuple(pk for day in all_days for pk in walked.get(day, []))
    is_due = bool(there) and len(there) * 2 >= len(days)
    if not is_due:
        verdict = Verdict.NOT_DUE
    elif len(records) >= quota.times:
        verdict = Verdict.KEPT
    elif today is not None and span.last >= today:
        verdict = Verdict.RUNNING
    else:
        verdict = Verdict.MISSED
    return Cell(span, verdict, len(records), quota.times, records)


def _total(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.due += tally.due
        whole.done += tally.done
        whole.records += tally.records
    return whole


def recorded(
    campaign: Campaign, period: Period, *, unit: Unit | None = None, today: date | None = None
) -> list[tuple[PatrolQuota, Tally]]:
    """应巡、实巡 of each quota for which anybody recorded a patrol in the period, as of its last day.

    `today` is not over: what is due in a span that runs is not missed yet.
    """
    rows = PatrolRecord.objects.of(campaign).filter(
        walked_at__gte=day_start(period.first), walked_at__lt=day_end(period.last)
    )
    if unit is not None:
        rows = rows.filter(unit__in=Unit.objects.below(unit, on=period.last))
    quotas = PatrolQuota.objects.filter(pk__in=rows.values("quota")).select_related("campaign__host", "unit")
    calendar = CalendarDay.objects.as_calendar()
    found = [(quota, judge(quota, period, unit=unit, today=today, calendar=calendar).total) for quota in quotas]
    return [(quota, tally) for quota, tally in found if tally.due]


@dataclass(frozen=True)
class Duty:
    """What a quota still asks of one person now."""

    quota: PatrolQuota
    cell: Cell
    week: list[Cell]


def duties_of(user: Any, campaign: Campaign, *, on: date) -> list[Duty]:
    """The quotas that are asked of a person now, each with the last seven spans; not those of who is away.

    Read in a fixed number of queries: the desk asks it of everybody who logs in.
    """
    quotas = PatrolQuota.objects.of(campaign).running(on=on).select_related("campaign__host", "unit")
    roles = [post.role for post in scope_of(user).posts]
    by_post = Q(role__in=roles) | (Q(role="") & ~Q(title=""))
    asked = quotas.filter(Q(members__user=user) | (Q(members=None) & by_post)).distinct()
    first, found = on - timedelta(days=6), list(asked.prefetch_related("unit__former_places"))
    if not found:
        return []
    formers = FormerQuotaUnit.objects.filter(quota__in=found).select_related("unit")
    for quota in found:
        quota.formers = [former for former in formers if former.quota_id == quota.pk]
    since = min(span_of(quota, first).first for quota in found)
    own = _Own(user, campaign, found, Period(since, max(span_of(quota, on).last for quota in found)))
    calendar = CalendarDay.objects.as_calendar()
    duties = []
    for quota in found:
        spans = list(spans_in(quota, Period(first, span_of(quota, on).last)))
        walker = own.walker(quota, Period(spans[0].first, spans[-1].last)) if spans else None
        if walker is None:
            continue
        walked = own.walked.get(quota.pk, {})
        cells = [_cell(quota, walker, span, own.away, walked, calendar=calendar, today=on) for span in spans]
        if cells[-1].verdict != Verdict.NOT_DUE:
            duties.append(Duty(quota, cells[-1], cells))
    return duties


class _Own:
    """What is known of one person for these quotas in a period: where named, posts, leave, and what was walked."""

    def __init__(self, user: Any, campaign: Campaign, quotas: list[PatrolQuota], period: Period):
        self.user = user
        self.members: dict[int, list[Any]] = {}
        for member in PatrolMember.objects.filter(quota__in=quotas, user=user).select_related("unit"):
            self.members.setdefault(member.quota_id, []).append(member)
        posts = _overlapping(Post.objects.filter(user=user, unit__host=campaign.host.host_id), period)
        self.posts = list(posts.select_related("unit").prefetch_related("unit__former_places"))
        away = _overlapping(Absence.objects.of(campaign).filter(user=user), period)
        self.away = [(row.starts_on, row.ends_on) for row in away]
        self.walked: dict[int, dict[date, list[int]]] = {}
        rows = PatrolRecord.objects.filter(
            quota__in=quotas, user=user, walked_at__gte=day_start(period.first), walked_at__lt=day_end(period.last)
        )
        for pk, quota, at in rows.order_by("walked_at", "pk").values_list("pk", "quota_id", "walked_at"):
            self.walked.setdefault(quota, {}).setdefault(day_of(at), []).append(pk)

    def walker(self, quota: PatrolQuota, period: Period) -> Walker | None:
        """The person as somebody the quota is asked of in the period, as `walkers_of` would say."""
        named = self.members.get(quota.pk)
        rows = named or [post for post in self.posts if self._is_asked(quota, post, period)]
        rows = [row for row in rows if _overlaps(row, period)]
        if not rows:
            return None
        spans = tuple((row.starts_on if named else _asked_from(quota, row), row.ends_on) for row in rows)
        return Walker(of_person(self.user), self.user.name, rows[0].unit, spans)

    def _is_asked(self, quota: PatrolQuota, post: Post, period: Period) -> bool:
        if quota.role and post.role != quota.role:
            return False
        if quota.title and quota.title.lower() not in self.user.title.lower():
            return False
        unit = quota.unit_on(period.last)
        above = unit.path_on(period.last) if unit else ""
        return post.unit.path_on(period.last).startswith(above)


def _overlaps(row: Any, period: Period) -> bool:
    begun = row.starts_on is None or row.starts_on <= period.last
    return begun and (row.ends_on is None or row.ends_on >= period.first)
