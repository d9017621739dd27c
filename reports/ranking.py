"""Places in a ranking: who is equal shares a place, and the next place is as far on as so many are before it."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def placed(rows: Iterable[T], score: Callable[[T], float]) -> list[tuple[int, T]]:
    """(place, row), the highest score first; rows with one score keep the order they came in."""
    told: list[tuple[int, T]] = []
    for position, row in enumerate(sorted(rows, key=lambda row: -score(row)), start=1):
        is_equal = bool(told) and score(row) == score(told[-1][1])
        told.append((told[-1][0] if is_equal else position, row))
    return told
