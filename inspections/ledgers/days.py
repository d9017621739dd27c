"""How a column of a ledger writes its days, so that what is added to it reads as what stands there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

WRITTEN = re.compile(
    r"\s*(?P<year>\d{4})(?P<after_year>[-./年])(?P<month>\d{1,2})(?P<after_month>[-./月])(?P<day>\d{1,2})(?P<end>[日号]?)\s*"
)


@dataclass(frozen=True)
class DayForm:
    """2026-10-05, 2026.10.5, 2026年10月5日: what stands between the numbers, and whether they are filled up with 0."""

    after_year: str = "-"
    after_month: str = "-"
    end: str = ""
    is_filled: bool = True

    def write(self, day: date) -> str:
        month, last = (f"{day.month:02}", f"{day.day:02}") if self.is_filled else (str(day.month), str(day.day))
        return f"{day.year}{self.after_year}{month}{self.after_month}{last}{self.end}"


def form_of(cells: Iterable[str]) -> DayForm | None:
    """The form in which most of these cells write their day; None where none of them writes one with its year."""
    found = [match for match in map(WRITTEN.fullmatch, cells) if match]
    if not found:
        return None
    signs, _n = Counter((one["after_year"], one["after_month"], one["end"]) for one in found).most_common(1)[0]
    short = [
        number
        for one in found
        if (one["after_year"], one["after_month"], one["end"]) == signs
        for number in (one["month"], one["day"])
        if int(number) < 10
    ]
    filled = sum(number.startswith("0") for number in short)
    # Where nothing tells, as it is said in words: 2026年10月5日, and in figures 2026.10.05.
    is_filled = filled * 2 > len(short) if short else signs[0] != "年"
    return DayForm(*signs, is_filled)
