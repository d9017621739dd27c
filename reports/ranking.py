"""Places in a ranking: who is equal shares a place, and the next place is as far on as so many are before it."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def placed(rows: Iterable[T], score: Callable[[T], float]) -> list[tuple[int, T]]:
    """(place, row), the highest score first; rows with one score keep the order they came in."""
    told: list[tuple[int, T]] = []
    before: float | None = None
    for position, row in enumerate(sorted(rows, key=lambda row: -score(row)), start=1):
        place = told[-1][0] if told and score(row) == before else position
        told.append((place, row))
        before = score(row)
    return told
