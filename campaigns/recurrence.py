"""常态工作: how often recurring duty was due and how often it was kept, week by week. No queries, nothing stored.

A line is a week (Monday to Sunday), or a month, quarter, half-year or year where duty is due more rarely. Within a line
it does not matter on which day something was done: what counts is how often, and more than was due is not more than
kept. Duty due more often than once a day is kept by one entry a day, for nobody logs every half-hour.
A part of a line (the task began on a Thursday, was cancelled on a Tuesday) owes the whole times of its share of days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cityinit.periods import FIRST_DAY, LAST_DAY, Period

from . import frequency as frequencies
from .clock import Calendar
from .frequency import Frequency, Span

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
DENSER_THAN_A_DAY = (Span.MINUTE, Span.HOUR)
MONTHS = {Span.MONTH: 1, Span.QUARTER: 3, Span.YEAR: 12}
HOLIDAYS = ("每逢节假日", "法定节假日", "节假日", "重大节日")
WORKDAYS = ("每个工作日", "工作日")
WEEKENDS = ("每个周末", "周末")


@dataclass(frozen=True)
class Line:
    """A span of days with how often duty was due in it and how often it was kept."""

    first: date
    last: date
    due: int
    done: int = 0

    @property
    def kept(self) -> int:
        return min(self.done, self.due)

    @property
    def missed(self) -> int:
        return self.due - self.kept

    def is_over(self, *, on: date) -> bool:
        """Whether the line had ended when that day ended; until then nothing in it is missed."""
        return self.last <= on

    @property
    def label(self) -> str:
        """第23周, 6月, 第二季度, with the year it belongs to where that is asked by the page."""
        if (self.last - self.first).days < 7:
            # A part of a week bears the number of its week; a year's first days may be of the last one's.
            year, week, _day = self.first.isocalendar()
            return _("%(year)s年第%(week)s周") % {"year": year, "week": week}
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        whole = self.first.day == 1 and (self.last + DAY).day == 1
        return Period(self.first, self.last).label if whole and months in (1, 3, 6, 12) else self.span

    @property
    def span(self) -> str:
        """6月1日至7日."""
        first = f"{self.first.month}月{self.first.day}日"
        if self.first == self.last:
            return first
        month = "" if self.first.month == self.last.month else f"{self.last.month}月"
        return f"{first}至{month}{self.last.day}日"


def is_countable(text: str) -> bool:
    """Whether the frequency says how often: 随时, 不定期 and 寒暑假 do not."""
    found = _read(text)
    return bool(found) and (found.times is not None or found.text in (*HOLIDAYS, *WORKDAYS, *WEEKENDS, *_DAILY))


def lines(text: str, *, first: date, last: date, calendar: Calendar) -> list[Line]:
    """What was due from the first to the last day of a duty, line by line; empty for what cannot be counted.

    Lines in which nothing is due (a week without a holiday, a first week of two days) are left out.
    """
    found = _read(text)
    if not found or not is_countable(text) or last < first:
        return []
    first, last = max(first, FIRST_DAY), min(last, LAST_DAY)
    return [line for line in _lines(found, first, last, calendar) if line.due]


def of_period(
    text: str, *, period: Period, first: date, last: date, calendar: Calendar
) -> list[tuple[Line, Line | None]]:
    """The lines that count in a period, of a duty from the first to the last day: the periods of a year add up to it.

    A week that reaches over the edge counts in each with its own days: what was due up to the edge is due before it,
    the rest after it. With such a week comes the part that lies before the period. A longer line, and a holiday, counts
    in the period it ends in.
    """
    found = _read(text)
    if found is None or not _is_by_week(found):
        made = lines(text, first=first, last=last, calendar=calendar)
        return [(line, None) for line in made if line.last in period]
    args: dict[str, Any] = {"first": first, "calendar": calendar}
    before = {line.first: line for line in lines(text, last=min(last, period.first - DAY), **args)}
    counted: list[tuple[Line, Line | None]] = []
    for line in lines(text, last=min(last, period.last), **args):
        if line.first in period:
            counted.append((line, None))
        elif line.last in period:
            earlier = before.get(line.first, Line(line.first, period.first - DAY, 0))
            counted.append((Line(period.first, line.last, line.due - earlier.due), earlier))
    return [(line, earlier) for line, earlier in counted if line.due]


def due_days(text: str, *, first: date, last: date, calendar: Calendar) -> dict[date, int]:
    """How often duty is due on which of these days; empty where it is due some day of a week or a month."""
    found = _read(text)
    if not found or not is_countable(text) or last < first:
        return {}
    if found.text in HOLIDAYS:
        return {max(begin, first): 1 for begin, _end in calendar.holidays(first=first, last=last)}
    return _due_days(found, first, last, calendar)


def filled_beyond(counted: list[tuple[Line, Line | None]], done: Mapping[date, int]) -> list[Line]:
    """The lines of a period with what was done in them; what was done early in a week that is cut counts after it."""
    earlier = filled([before for _line, before in counted if before], done)
    ahead = {line.last + DAY: max(line.done - line.due, 0) for line in earlier}
    return [
        Line(line.first, line.last, line.due, line.done + ahead.get(line.first, 0))
        for line in filled([line for line, _before in counted], done)
    ]


def filled(made: list[Line], done: Mapping[date, int]) -> list[Line]:
    """The lines with what was done on the days of each."""
    days = sorted(done)
    found, place = [], 0
    for line in made:
        count = 0
        while place < len(days) and days[place] <= line.last:
            count += done[days[place]] if days[place] >= line.first else 0
            place += 1
        # Written out: `replace` takes most of the time of a page of a thousand units' years.
        found.append(Line(line.first, line.last, line.due, count) if count else line)
    return found


_DAILY = frequencies.AROUND_THE_CLOCK


def _read(text: str) -> Frequency | None:
    try:
        return frequencies.parse(text)
    except ValidationError:
        # An import keeps what was written; what nobody can read, nobody can count.
        return None


def _lines(found: Frequency, first: date, last: date, calendar: Calendar) -> Iterator[Line]:
    if found.span in MONTHS:
        yield from _of_months(found, first, last)
    elif found.text in HOLIDAYS:
        # A holiday is a line of its own: it may reach over two weeks.
        for begin, end in calendar.holidays(first=first, last=last):
            yield Line(max(begin, first), end, 1)
    elif not _is_by_week(found):
        yield from _of_weeks(found, first, last)
    else:
        due = _due_days(found, first, last, calendar)
        for begin in _steps(Period.week_of(first).first, last, WEEK):
            span = max(begin, first), min(begin + WEEK - DAY, last)
            if found.span == Span.WEEK and not found.weekdays:
                yield _share(found.times or 0, span, whole=7)
            else:
                yield Line(*span, sum(times for day, times in due.items() if span[0] <= day <= span[1]))


def _is_by_week(found: Frequency) -> bool:
    """Whether its lines are single weeks."""
    if found.span in MONTHS or found.text in HOLIDAYS:
        return False
    return not (found.span == Span.WEEK and not found.weekdays and found.every > 1)


def _due_days(found: Frequency, first: date, last: date, calendar: Calendar) -> dict[date, int]:
    """How often on which days."""
    days = list(_steps(first, last, DAY))
    if found.span == Span.DAY:
        if found.every < 1:
            return dict.fromkeys(days, round((found.times or 1) / found.every))
        step = int(found.every)
        return dict.fromkeys(days[step - 1 :: step], found.times or 1)
    if found.weekdays:
        each = (found.times or 0) // len(found.weekdays)
        return {day: each for day in days if day.weekday() in found.weekdays}
    if found.span in DENSER_THAN_A_DAY or found.text in _DAILY:
        return dict.fromkeys(days, 1)
    if found.text in WORKDAYS:
        return {day: 1 for day in days if calendar.is_workday(day)}
    if found.text in WEEKENDS:
        return {day: 1 for day in days if day.weekday() == 6}
    return {}


def _of_weeks(found: Frequency, first: date, last: date) -> Iterator[Line]:
    step = WEEK * int(found.every)
    for begin in _steps(Period.week_of(first).first, last, step):
        yield _share(found.times or 0, (max(begin, first), min(begin + step - DAY, last)), whole=step.days)


def _of_months(found: Frequency, first: date, last: date) -> Iterator[Line]:
    times, months = found.times or 0, MONTHS[found.span] * found.every  # type: ignore[index]  # asked by the caller
    if months < 1:
        # 每半月1次 is twice a month: a line is never shorter than that.
        times, months = round(times / months), 1
    begin = _first_of_cycle(first, int(months))
    while begin <= last:
        following = _months_later(begin, int(months))
        span = max(begin, first), min(following - DAY, last)
        if found.month_day:
            named = min(begin + timedelta(days=found.month_day - 1), following - DAY)
            yield Line(*span, int(span[0] <= named <= span[1]))
        else:
            yield _share(times, span, whole=(following - begin).days)
        begin = following


def _share(times: int, span: tuple[date, date], *, whole: int) -> Line:
    """So many of the times as the days have a share in the whole line, rounded down."""
    days = (span[1] - span[0]).days + 1
    return Line(*span, times * days // whole)


def _steps(first: date, last: date, step: timedelta) -> Iterator[date]:
    while first <= last:
        yield first
        first += step


def _first_of_cycle(day: date, months: int) -> date:
    """The calendar month, quarter, half-year or year of a day; of any other length the month itself."""
    return date(day.year, day.month - (day.month - 1) % months if months in (1, 2, 3, 4, 6, 12) else day.month, 1)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    return date(day.year + year, month + 1, 1)
