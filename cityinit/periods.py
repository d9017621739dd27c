"""Spans of days in Asia/Shanghai, their bounds as moments, and their names in the words of a report."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Self
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
# The days an office may speak of; any other is a slip of the hand, and a calendar counts to it without end.
FIRST_DAY, LAST_DAY = date(1949, 10, 1), date(2099, 12, 31)
QUARTERS = ("一", "二", "三", "四")
# The lengths in months that have a name of their own: month, quarter, half-year, year.
NAMED_LENGTHS = (1, 3, 6, 12)


@dataclass(frozen=True, order=True)
class Period:
    """A span of days, both ends counted. ValueError when the last day lies before the first."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a period cannot end ({self.last}) before it begins ({self.first})")

    @classmethod
    def year(cls, year: int) -> Self:
        return cls._months(year, 1, 12)

    @classmethod
    def half_year(cls, year: int, half: int) -> Self:
        if half not in (1, 2):
            raise ValueError(f"a year has halves 1 and 2, not {half}")
        return cls._months(year, 6 * half - 5, 6)

    @classmethod
    def quarter(cls, year: int, quarter: int) -> Self:
        if quarter not in (1, 2, 3, 4):
            raise ValueError(f"a year has quarters 1 to 4, not {quarter}")
        return cls._months(year, 3 * quarter - 2, 3)

    @classmethod
    def month(cls, year: int, month: int) -> Self:
        return cls._months(year, month, 1)

    @classmethod
    def week_of(cls, day: date) -> Self:
        """The week, from Monday to Sunday, that `day` belongs to."""
        monday = day - timedelta(days=day.weekday())
        return cls(monday, monday + timedelta(days=6))

    @classmethod
    def containing(cls, day: date) -> Self:
        """The half-year that `day` belongs to."""
        return cls.half_year(day.year, 1 if day.month <= 6 else 2)

    @classmethod
    def _months(cls, year: int, month: int, length: int) -> Self:
        end = month + length - 1
        return cls(date(year, month, 1), date(year, end, monthrange(year, end)[1]))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return self.label

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def elapsed_days(self, *, on: date) -> int:
        """How many of its days have come by the end of `on`: none before it, all after it."""
        return min(max((on - self.first).days + 1, 0), self.days)

    def until(self, day: date) -> Self:
        """The part of it that has come by the end of `day`: all of it once it is over. ValueError before it begins."""
        return type(self)(self.first, min(self.last, day))

    def last_over(self, *, today: date) -> date:
        """Its last day that is over while `today` still runs: yesterday in a running period, else its own last day."""
        return min(self.last, today - timedelta(days=1))

    def over_at(self, *, now: datetime) -> datetime:
        """The moment up to which it is over while `now` still runs: a deadline that comes later is not missed yet."""
        return min(self.ends_at, now)

    @cached_property
    def starts_at(self) -> datetime:
        return day_start(self.first)

    @cached_property
    def ends_at(self) -> datetime:
        """The first moment that no longer belongs to it, so ask `__gte=starts_at, __lt=ends_at`."""
        return day_end(self.last)

    @property
    def label(self) -> str:
        """Its name as a report says it: 2025年上半年, 2025年度, 2025年第一季度, 2025年3月, else the two days."""
        year = f"{self.first.year}年"
        match self._named_length:
            case 12:
                return f"{year}度"
            case 6:
                return year + ("上半年" if self.first.month == 1 else "下半年")
            case 3:
                return f"{year}第{QUARTERS[self.first.month // 3]}季度"
            case 1:
                return f"{year}{self.first.month}月"
        return self.span

    @property
    def span(self) -> str:
        """Its first and last day in words, the year said once where it is the same."""
        if self.first == self.last:
            return day_in_words(self.first)
        last = day_in_words(self.last)
        if self.first.year == self.last.year:
            last = last.split("年", 1)[1]
        return f"{day_in_words(self.first)}至{last}"

    @property
    def previous(self) -> Self:
        """The one before: of the same name (half before half), else as many days, ending the day before."""
        if length := self._named_length:
            begin = self.first - timedelta(days=1)
            year, month = begin.year, begin.month - length + 1
            return self._months(year, month, length)
        return type(self)(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def year_before(self) -> Self:
        """The same days of the year before; the last day of February for a 29th that was not there."""

        def before(day: date) -> date:
            last = monthrange(day.year - 1, day.month)[1]
            return date(day.year - 1, day.month, min(day.day, last))

        last = before(self.last)
        # A period that ends with February ends with it in either year.
        if (self.last + timedelta(days=1)).day == 1:
            last = date(last.year, last.month, monthrange(last.year, last.month)[1])
        return type(self)(before(self.first), last)

    @property
    def _named_length(self) -> int | None:
        """Its length in months if it is a calendar month, quarter, half-year or year."""
        length = self.last.month - self.first.month + 1
        named = (
            self.first.year == self.last.year
            and length in NAMED_LENGTHS
            and (self.first.month - 1) % length == 0
            and self == self._months(self.first.year, self.first.month, length)
        )
        return length if named else None


def due_half_year(*, on: date) -> Period:
    """The half-year that has ended before `on`: what the office reports on from that day."""
    return Period.containing(on).previous


def day_of(moment: datetime) -> date:
    """The day in Asia/Shanghai to which a moment belongs. ValueError for one without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone belongs to no day")
    return moment.astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """Midnight in Asia/Shanghai at which the day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def day_end(day: date) -> datetime:
    """The midnight that ends the day: no moment of the day, so compare with `<`."""
    return day_start(day + timedelta(days=1))


def day_in_words(day: date) -> str:
    """2025年7月5日: without leading zeros, as GB/T 9704 wants it."""
    return f"{day.year}年{day.month}月{day.day}日"
