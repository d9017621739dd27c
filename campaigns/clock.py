"""Working days and working hours in China, and the due times, warnings and pauses counted in them. No queries.

Every day is a day in Asia/Shanghai. Holidays and 调休 come from the calendar of the State Council as packaged in
`chinese_calendar`; the office's own entries (handed in as `{day: is it worked}`) go before it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import pairwise

import chinese_calendar
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cityinit.periods import SHANGHAI, day_end, day_of, day_start

WARN_SHARE = 0.75
# Ten years: no deadline is later, and no limit longer, whatever it is counted in.
LONGEST_DAYS = 3650
# No break is longer; a run of days off is looked for from so long before.
LONGEST_BREAK = 15
# Statutory holidays that never move: an office that has entered a year's notice has entered these.
FIXED_HOLIDAYS = ((1, 1), (5, 1), (10, 1))

Pauses = Iterable[tuple[datetime, datetime | None]]


class LimitUnit(TextChoices):
    WORKING_HOURS = "working_hours", _("工作时")
    WORKING_DAYS = "working_days", _("工作日")
    HOURS = "hours", _("小时")
    DAYS = "days", _("天")
    NONE = "none", _("长期")

    @property
    def is_working(self) -> bool:
        """Whether only office time counts."""
        return self in (LimitUnit.WORKING_HOURS, LimitUnit.WORKING_DAYS)

    @property
    def longest(self) -> int:
        """The largest amount of a limit: it comes to no more than ten years, some holidays on top included."""
        return 2400 if self == LimitUnit.WORKING_DAYS else LONGEST_DAYS


@dataclass(frozen=True)
class Limit:
    """How long somebody has, such as 3 working days. ValueError for an amount outside 1 to the unit's longest."""

    amount: int
    unit: LimitUnit

    def __post_init__(self) -> None:
        # A row hands in the bare text of its column.
        object.__setattr__(self, "unit", LimitUnit(self.unit))
        if self.unit != LimitUnit.NONE and not 1 <= self.amount <= self.unit.longest:
            raise ValueError(f"a limit is between 1 and {self.unit.longest} {self.unit}, not {self.amount}")

    def __str__(self) -> str:
        """3个工作日, 24小时, 长期: as a notice prints it."""
        if self.unit == LimitUnit.NONE:
            return str(self.unit.label)
        return f"{self.amount}{'个' if self.unit.is_working else ''}{self.unit.label}"


LONG_TERM = Limit(0, LimitUnit.NONE)


@dataclass(frozen=True)
class OfficeHours:
    """The spans of a working day in which the office is open, in order."""

    spans: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(14), time(18)))

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        if not edges or any(later <= earlier for earlier, later in pairwise(edges)):
            raise ValueError("office hours are spans in order, each ending after it begins")

    def closes_at(self, day: date) -> datetime:
        return datetime.combine(day, self.spans[-1][1], tzinfo=SHANGHAI)

    def on(self, day: date) -> list[tuple[datetime, datetime]]:
        """The open spans of a working day as moments."""
        return [
            (datetime.combine(day, opens, tzinfo=SHANGHAI), datetime.combine(day, closes, tzinfo=SHANGHAI))
            for opens, closes in self.spans
        ]


OFFICE = OfficeHours()


@dataclass(frozen=True)
class Calendar:
    """Which days are worked: the office's own entries, else the State Council's, else Monday to Friday."""

    overrides: Mapping[date, bool] = field(default_factory=dict)

    def is_workday(self, day: date) -> bool:
        if (entered := self.overrides.get(day)) is not None:
            return entered
        return _is_published_workday(day)

    def unknown_years(self, *, first: date, last: date) -> list[int]:
        """The years between two days whose holidays somebody has still to enter."""
        return [year for year in range(first.year, last.year + 1) if not self._knows_year(year)]

    def workdays(self, *, after: date, until: date) -> int:
        """Working days later than `after`, up to and with `until`; none when `until` is not later."""
        days = (after + timedelta(days=step) for step in range(1, (until - after).days + 1))
        return sum(self.is_workday(day) for day in days)

    def add_workdays(self, day: date, *, count: int) -> date:
        """The `count`-th working day after `day`; the day itself for 0."""
        while count:
            day += timedelta(days=1)
            count -= self.is_workday(day)
        return day

    def holidays(self, *, first: date, last: date) -> list[tuple[date, date]]:
        """Holidays whose last day lies between two days: runs of days off with a Monday to Friday among them."""
        found, begin = [], None
        day = first - timedelta(days=LONGEST_BREAK)
        while day <= last + timedelta(days=1):
            if self.is_workday(day):
                end = day - timedelta(days=1)
                if begin and end >= first and _is_more_than_a_weekend(begin, end):
                    found.append((begin, end))
                begin = None
            else:
                begin = begin or day
            day += timedelta(days=1)
        return [span for span in found if span[1] <= last]

    def _knows_year(self, year: int) -> bool:
        # One entry does not make a notice: a year is entered when its three unmoving holidays are.
        return year in _published_years() or all(date(year, *holiday) in self.overrides for holiday in FIXED_HOLIDAYS)


def due(start: datetime, *, limit: Limit, calendar: Calendar, office: OfficeHours = OFFICE) -> datetime | None:
    """When something handed out at `start` is due; None for a long-term one.

    The day of dispatch is never counted (Civil Code, article 201), so whoever is handed something in the evening, at
    the weekend or on a holiday has the first full working day after it as the first day.

    working days   the n-th working day after the day of dispatch, when the office closes
    days           the n-th calendar day after the day of dispatch, when the office closes
    working hours  n hours of open office, beginning with the next opening where the office is shut
    hours          n hours on the clock, day and night
    """
    match limit.unit:
        case LimitUnit.NONE:
            return None
        case LimitUnit.WORKING_DAYS:
            return office.closes_at(calendar.add_workdays(day_of(start), count=limit.amount))
        case LimitUnit.DAYS:
            return office.closes_at(day_of(start) + timedelta(days=limit.amount))
    counted = _Counted(limit.unit, calendar=calendar, office=office)
    return counted.advance(start, by=timedelta(hours=limit.amount))


def latest_due(now: datetime) -> datetime:
    """The last moment to which anything handed out now may be due: beyond it a year was typed wrong."""
    return day_end(day_of(now) + timedelta(days=LONGEST_DAYS))


def elapsed_share(
    start: datetime,
    *,
    due: datetime,
    now: datetime,
    unit: LimitUnit,
    calendar: Calendar,
    office: OfficeHours = OFFICE,
    paused: Pauses = (),
) -> float:
    """How much of the time from `start` to `due` has gone by `now`: 0 before it, 1 when due, more when late.

    Limits in working hours or days count open office time, the others the clock. `due` is the due time as pauses have
    moved it. Time paused counts neither as gone nor as given, and while a pause
    runs (its end is None) the share stands.
    """
    ended, running = _split(paused)
    counted = _Counted(unit, calendar=calendar, office=office, paused=ended)
    given = counted.between(start, due)
    if not given:
        return float(now >= due)
    return counted.between(start, min([now, *running])) / given


def warn_at(
    start: datetime,
    *,
    due: datetime,
    unit: LimitUnit,
    calendar: Calendar,
    office: OfficeHours = OFFICE,
    paused: Pauses = (),
) -> datetime:
    """When three quarters of the time from `start` to `due` have gone, counted as `elapsed_share` counts."""
    ended, _running = _split(paused)
    counted = _Counted(unit, calendar=calendar, office=office, paused=ended)
    given = counted.between(start, due)
    return counted.advance(start, by=given * WARN_SHARE) if given else due


def add_pause(
    due: datetime,
    *,
    paused_from: datetime,
    resumed_at: datetime,
    unit: LimitUnit,
    calendar: Calendar,
    office: OfficeHours = OFFICE,
) -> datetime:
    """The due time moved by a pause, so that as much is left on resuming as was left on pausing.

    Limits in days move by the (working) days from the day of the pause to the day of the return and stay at the time
    of day they had; limits in hours move by the (working) hours.
    """
    if resumed_at <= paused_from:
        return due
    match unit:
        case LimitUnit.WORKING_DAYS:
            count = calendar.workdays(after=day_of(paused_from), until=day_of(resumed_at))
            moved = calendar.add_workdays(day_of(due), count=count)
        case LimitUnit.DAYS:
            moved = day_of(due) + (day_of(resumed_at) - day_of(paused_from))
        case _:
            counted = _Counted(unit, calendar=calendar, office=office)
            return counted.advance(due, by=counted.between(paused_from, resumed_at))
    return datetime.combine(moved, due.astimezone(SHANGHAI).time(), tzinfo=SHANGHAI)


@dataclass(frozen=True)
class _Counted:
    """The time that counts for a unit: the whole clock or open office time, less what was paused."""

    unit: LimitUnit
    calendar: Calendar
    office: OfficeHours
    paused: tuple[tuple[datetime, datetime], ...] = ()

    def between(self, start: datetime, end: datetime) -> timedelta:
        total = timedelta()
        for opens, closes in self._spans(start):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def advance(self, start: datetime, *, by: timedelta) -> datetime:
        """The earliest moment by which that much more has been counted."""
        if not by:
            return start
        spans = self._spans(start)
        opens, closes = next(spans)
        while closes - opens < by:
            by -= closes - opens
            opens, closes = next(spans)
        return opens + by

    def _spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What counts from `start` on, in order, without end."""
        start = start.astimezone(SHANGHAI)
        for opens, closes in self._open_from(day_of(start)):
            opens = max(opens, start)
            for begin, end in self.paused:
                if opens < begin < closes:
                    yield opens, begin
                if begin < closes:
                    opens = max(opens, end)
            if opens < closes:
                yield opens, closes

    def _open_from(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        while True:
            if not LimitUnit(self.unit).is_working:
                yield day_start(day), day_end(day)
            elif self.calendar.is_workday(day):
                yield from self.office.on(day)
            day += timedelta(days=1)


def _is_more_than_a_weekend(begin: date, end: date) -> bool:
    days = (begin + timedelta(days=step) for step in range((end - begin).days + 1))
    return any(day.weekday() < 5 for day in days)


def _split(paused: Pauses) -> tuple[tuple[tuple[datetime, datetime], ...], list[datetime]]:
    """The pauses that have ended, in order, and the beginnings of those that have not."""
    paused = list(paused)
    ended = sorted((begin, end) for begin, end in paused if end is not None)
    return tuple(ended), [begin for begin, end in paused if end is None]


# Asked for every day of every span, and the package checks its arguments afresh each time.
@lru_cache(maxsize=4096)
def _is_published_workday(day: date) -> bool:
    if day.year not in _published_years():
        return day.weekday() < 5
    return chinese_calendar.is_workday(day)


@cache
def _published_years() -> range:
    holidays = chinese_calendar.constants.holidays
    return range(min(holidays).year, max(holidays).year + 1)
