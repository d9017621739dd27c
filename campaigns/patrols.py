"""Patrol quotas kept or missed: who had to walk when, how often each did, and what that comes to.

A quota is asked of spans: days, weeks from Monday, months. A span belongs to the period in which it ends, so that each
counts once. It is due from a person who was there for at least half of the days on which it is walked; who was on leave
or had no post then has not missed it. What was walked beyond the quota counts no further. Of somebody whose unit was
merged in the middle of it, it is the unit's whose person it was on the last of those days.
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
from .presence import posts_held


class Verdict(StrEnum):
    KEPT = "kept"
    MISSED = "missed"
    RUNNING = "running"
    NOT_DUE = "not_due"


@dataclass(frozen=True)
class Stay:
    """Days, both ends counted, on which somebody is asked as one of a unit's people."""

    unit: Unit
    first: date = date.min
    last: date = date.max

    def overlaps(self, period: Period) -> bool:
        return self.first <= period.last and period.first <= self.last


@dataclass(frozen=True)
class Walker:
    """Somebody a quota is asked of as one of this unit's people; with the days under this and any other unit."""

    person: tuple
    name: str
    unit: Unit
    stays: tuple[Stay, ...] = ()

    def unit_on(self, day: date) -> Unit | None:
        """As one of whose people the person is asked on that day; of two units of one day the earlier."""
        return next((stay.unit for stay in self.stays if stay.first <= day <= stay.last), None)

    def is_asked(self, day: date) -> bool:
        return self.unit_on(day) is not None

    def is_held(self, day: date) -> bool:
        """Whether it is as this unit's that the person is asked on that day."""
        return self.unit_on(day) == self.unit


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
    """A quota over a period: a line per person and unit, in the order of units."""

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
    asked = _Asked(quota)
    walkers = asked.walkers(whole, unit=unit, person=person)
    away = _away(asked, whole)
    walked = _walked(asked, whole, {walker.person for walker in walkers})
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
    """Whom the quota is asked of at some time in the period: who is named, else who holds such a post.

    Who was one unit's and then another's is there once for each; with a unit only as one of its own or of those below.
    """
    return _Asked(quota).walkers(period, unit=unit, person=person)


def is_measured(quota: PatrolQuota) -> bool:
    """Whether it is said who has to walk; a quota without anybody is only a rule."""
    return bool(quota.role or quota.title or quota.members.exists())


class _Asked:
    """Of whom a quota is asked, read once."""

    def __init__(self, quota: PatrolQuota):
        self.quota = quota
        self.members = list(quota.members.select_related("unit"))
        self.same = _same_people(self.members)

    def known(self, person: tuple) -> tuple:
        """By what a person is known throughout, whose unit was merged."""
        return self.same.get(person, person)

    def walkers(self, period: Period, *, unit: Unit | None = None, person: tuple | None = None) -> list[Walker]:
        within = None if unit is None else set(Unit.objects.below(unit, on=period.last).values_list("pk", flat=True))
        names: dict[tuple, str] = {}
        found: dict[tuple, list[Stay]] = {}
        for who, name, stay in sorted(self._stays(period), key=lambda row: row[2].first):
            if stay.overlaps(period) and (person is None or who == self.known(person)):
                names[who] = name
                found.setdefault(who, []).append(stay)
        walkers = []
        for who, stays in found.items():
            units = {stay.unit.pk: stay.unit for stay in stays}
            mine = [Walker(who, names[who], one, tuple(stays)) for one in units.values()]
            # One of two units at the same time asks nothing of its own.
            walkers += mine if len(mine) == 1 else [walker for walker in mine if _is_ever_held(walker, period)]
        walkers = [walker for walker in walkers if within is None or walker.unit.pk in within]
        return sorted(walkers, key=lambda walker: (walker.unit.path, walker.name))

    def _stays(self, period: Period) -> Iterator[tuple[tuple, str, Stay]]:
        if not self.members:
            for post in _posts(self.quota, period):
                for stay in _post_stays(self.quota, post):
                    yield of_person(post.user_id), post.user.name, stay
            return
        accounts = {member.user_id for member in self.members if member.user_id}
        held = posts_held(accounts, host=self.quota.campaign.host.host_id) if accounts else {}
        for member in self.members:
            for stay in _member_stays(member, held):
                yield self.known(member.person), member.name, stay


def _is_ever_held(walker: Walker, period: Period) -> bool:
    return any(walker.is_held(period.first + timedelta(days=step)) for step in range(period.days))


def _same_people(members: list[PatrolMember]) -> dict[tuple, tuple]:
    """Who has no account goes on under the successor of a merged unit, and is the one who was named before."""
    named = sorted((one for one in members if one.user_id is None), key=lambda one: one.starts_on or date.min)
    first = {}
    for row in reversed(named):
        first[row.person] = row
    same: dict[tuple, tuple] = {}
    for row in named:
        before = [one for one in named if _goes_on_as(one, row)]
        # The successor's own namesake stays somebody else.
        if len(before) == 1 and first[row.person] is row:
            same[row.person] = same.get(before[0].person, before[0].person)
    return same


def _goes_on_as(former: PatrolMember, row: PatrolMember) -> bool:
    is_next = former.ends_on is not None and row.starts_on == former.ends_on + timedelta(days=1)
    is_heir = former.unit.merged_into_id == row.unit_id and former.unit.closed_on == former.ends_on
    return is_next and is_heir and former.name == row.name


def _member_stays(member: PatrolMember, held: dict[int, list[tuple[date, date]]]) -> list[Stay]:
    """The days for which somebody is named; of who has an account those with a post."""
    first, last = member.starts_on or date.min, member.ends_on or date.max
    if member.user_id is None:
        return [Stay(member.unit, first, last)]
    shared = [(max(first, begins), min(last, ends)) for begins, ends in held.get(member.user_id, ())]
    return [Stay(member.unit, begins, ends) for begins, ends in shared if begins <= ends]


def _posts(quota: PatrolQuota, period: Period) -> QuerySet[Post]:
    if not (quota.role or quota.title):
        return Post.objects.none()
    posts = Post.objects.filter(unit__host=quota.campaign.host.host_id).select_related("user", "unit")
    if quota.role:
        posts = posts.filter(role=quota.role)
    if quota.title:
        posts = posts.filter(user__title__icontains=quota.title)
    return _overlapping(posts.prefetch_related("unit__former_places"), period)


def _post_stays(quota: PatrolQuota, post: Post) -> list[Stay]:
    """The days of a post on which its unit stood at or below the one whose people are asked, wherever either went."""
    units = [post.unit, quota.unit, *(former.unit for former in quota.formers)]
    changes = {place.until for unit in units if unit for place in unit.places}
    changes |= {former.until for former in quota.formers}
    first, last = post.starts_on, post.ends_on or date.max
    stays = []
    for until in [*sorted(change for change in changes if first <= change < last), last]:
        above = quota.unit_on(until)
        if above is None or post.unit.path_on(until).startswith(above.path_on(until)):
            stays.append(Stay(post.unit, first, until))
        if until < last:
            first = until + timedelta(days=1)
    return stays


def _overlapping(rows: QuerySet, period: Period) -> QuerySet:
    begun = Q(starts_on=None) | Q(starts_on__lte=period.last)
    return rows.filter(begun, Q(ends_on=None) | Q(ends_on__gte=period.first))


def _away(asked: _Asked, period: Period) -> dict[tuple, list[tuple[date, date]]]:
    found: dict[tuple, list[tuple[date, date]]] = {}
    for row in _overlapping(Absence.objects.of(asked.quota.campaign), period):
        found.setdefault(asked.known(row.person), []).append((row.starts_on, row.ends_on))
    return found


def _walked(asked: _Asked, period: Period, people: set[tuple]) -> dict[tuple, dict[date, list[int]]]:
    """Per person and day the records, in the order they were walked."""
    rows = PatrolRecord.objects.filter(
        quota=asked.quota, walked_at__gte=day_start(period.first), walked_at__lt=day_end(period.last)
    )
    found: dict[tuple, dict[date, list[int]]] = {}
    for pk, user, name, unit, at in rows.order_by("walked_at", "pk").values_list(
        "pk", "user_id", "name", "unit_id", "walked_at"
    ):
        person = asked.known(of_person(user, name=name, unit=unit))
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
    there = [day for day in days if walker.is_asked(day) and not any(first <= day <= last for first, last in away)]
    records = tuple(pk for day in all_days for pk in walked.get(day, []))
    is_due = bool(there) and len(there) * 2 >= len(days) and walker.is_held(there[-1])
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
    formers = formers.prefetch_related("unit__former_places")
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
        """The person as somebody the quota is asked of in the period, of whichever unit, as `walkers_of` would say."""
        if named := self.members.get(quota.pk):
            held = {self.user.pk: [(post.starts_on, post.ends_on or date.max) for post in self.posts]}
            stays = [stay for member in named for stay in _member_stays(member, held)]
        else:
            stays = [stay for post in self.posts if self._is_asked(quota, post) for stay in _post_stays(quota, post)]
        stays = [stay for stay in stays if stay.overlaps(period)]
        if not stays:
            return None
        unit = stays[0].unit
        whole = tuple(Stay(unit, stay.first, stay.last) for stay in stays)
        return Walker(of_person(self.user), self.user.name, unit, whole)

    def _is_asked(self, quota: PatrolQuota, post: Post) -> bool:
        if quota.role and post.role != quota.role:
            return False
        return not quota.title or quota.title.lower() in self.user.title.lower()
