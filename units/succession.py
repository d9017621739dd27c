"""What is open at a unit, told by the apps above: for the preview of a merger, the hand-over sheet, and the successor.

The apps above register what they know (`add`, from their `AppConfig.ready`); this one only asks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from .models import Unit, User

# A sheet that is read and signed: of a longer list it tells the number and where the rest is.
MOST_KEPT = 200


@dataclass(frozen=True)
class Listed:
    """A list of exactly the rows counted: lists show one campaign at a time, and `name` says which."""

    name: str
    count: int
    url: str


@dataclass(frozen=True)
class Open:
    """One kind of thing that is not concluded: where it is listed, how many there are, and the first rows of them.

    `permission` opens the lists. What `is_of_office` goes over with the rest, but units do not learn of it: drafts.
    """

    label: str
    lists: tuple[Listed, ...]
    columns: tuple[str, ...]
    rows: Callable[[int], list[tuple[str, ...]]]
    permission: str
    is_of_office: bool = False

    @property
    def count(self) -> int:
        return sum(there.count for there in self.lists)

    def kept(self) -> dict[str, Any]:
        """As a hand-over sheet keeps it."""
        return {
            "label": self.label,
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows(MOST_KEPT)],
            "count": self.count,
            "permission": self.permission,
            "lists": [{"name": there.name, "url": there.url} for there in self.lists],
        }


@dataclass(frozen=True)
class Later:
    """What a unit did after a day, of one kind: where it is listed (`permission` opens that), and the latest day."""

    label: str
    lists: tuple[Listed, ...]
    permission: str
    latest: date

    @property
    def count(self) -> int:
        return sum(there.count for there in self.lists)


@dataclass(frozen=True)
class Estate:
    """What an app tells of a unit's open work (with what is below the unit if asked), and how it goes over."""

    open_work: Callable[..., list[Open]]
    take_over: Callable[..., None]
    # What somebody was named for by account at a unit, given to who takes the post over there.
    hand_over: Callable[..., None] | None = None
    # What stays under the unit's name though it was done after its last day.
    written_after: Callable[..., list[Later]] | None = None


ESTATES: dict[str, Estate] = {}


def add(name: str, estate: Estate) -> None:
    """Make an app's part known; registering it again replaces it."""
    ESTATES[name] = estate


def open_work(unit: Unit, *, with_below: bool = False) -> list[Open]:
    """What is not concluded at the unit, kind by kind."""
    return [work for estate in ESTATES.values() for work in estate.open_work(unit, with_below=with_below)]


def seen_by_units(unit: Unit, *, with_below: bool = False) -> list[Open]:
    """The same as far as there is any, and as far as the unit's own people may see it."""
    return [work for work in open_work(unit, with_below=with_below) if work.count and not work.is_of_office]


def written_after(unit: Unit, *, on: date) -> list[Later]:
    """What the unit did after that day, kind by kind, as far as there is any."""
    told = [estate.written_after(unit, on=on) for estate in ESTATES.values() if estate.written_after]
    return [work for works in told for work in works]


def take_over(unit: Unit, *, into: Unit, by: Any, on: date) -> None:
    """Give what is open at the unit to its successor; `on` is the last day it was the unit's."""
    for estate in ESTATES.values():
        estate.take_over(unit, into=into, by=by, on=on)


def hand_over(before: User, after: User, *, unit: Unit, by: Any, on: date) -> None:
    """Give what a person was named for at the unit to who follows in the post; `on` is the last day of the former."""
    for estate in ESTATES.values():
        if estate.hand_over:
            estate.hand_over(before, after, unit=unit, by=by, on=on)
