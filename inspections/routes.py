"""In which order a team walks its sites, suggested by where they lie. Knows no rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cityinit.distances import metres_between

# Longitude first, as a map is read.
Place = tuple[float, float]


@dataclass(frozen=True)
class Stop:
    """A site by its key and its place, (longitude, latitude) in WGS-84; None where nobody entered one."""

    key: int
    place: Place | None = None


def metres(one: Place, other: Place) -> float:
    """As the crow flies."""
    return metres_between(one[::-1], other[::-1])


def in_order(stops: Sequence[Stop]) -> list[int]:
    """Keys from the westernmost on, always to the nearest next; those without a place come last, as they were."""
    left = {stop.key: stop.place for stop in stops if stop.place}
    order: list[int] = []
    here: Place | None = None
    while left:
        key = min(left, key=lambda key: (metres(here, left[key]) if here else left[key][0], left[key], key))
        here = left.pop(key)
        order.append(key)
    return order + [stop.key for stop in stops if stop.place is None]


def shared_out(stops: Sequence[Stop], teams: int) -> list[list[int]]:
    """The way through all of them cut into as many parts as there are teams, none longer than another by two."""
    order = in_order(stops)
    least, more = divmod(len(order), teams)
    parts, start = [], 0
    for place in range(teams):
        end = start + least + (1 if place < more else 0)
        parts.append(order[start:end])
        start = end
    return parts


def length(stops: Sequence[Stop]) -> float:
    """Metres from stop to stop, over those that have a place."""
    return sum(metres(one, other) for one, other in pairwise([stop.place for stop in stops if stop.place]))
