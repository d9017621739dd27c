"""Findings that may be one thing filed twice: of one category, at one place, within some days. No writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import cos, radians
from typing import Any

from django.db import models
from django.db.models.functions import Coalesce

from campaigns.models import Campaign
from cityinit.distances import metres_between
from cityinit.statements import Slot, Statement
from inspections.models import Finding, FindingSettings

# A degree of latitude is nowhere shorter than this; what is looked through first may be a little too wide.
METRES_IN_A_DEGREE = 110_000


@dataclass(frozen=True)
class Place:
    """What of a finding is compared: its kind, its day, and where it is."""

    pk: int
    category: int
    found_on: date
    site: int | None
    position: tuple[float, float] | None


# What a list reads of its rows for `alike_among`.
FIELDS = ("pk", "category", "found_on", "site", "latitude", "longitude", "site__latitude", "site__longitude")


def alike(campaign: Campaign, keys: Iterable[int]) -> dict[int, list[int]]:
    """For each of these findings those that may be the same and count, the nearest in time first; three queries.

    One that is already known to be no finding, or a duplicate, is nobody's likeness.
    """
    return alike_among(campaign, Finding.objects.of(campaign).filter(pk__in=list(keys)).values(*FIELDS))


def alike_among(campaign: Campaign, rows: Iterable[Mapping[str, Any]]) -> dict[int, list[int]]:
    """As `alike`, for rows that were read with FIELDS; two queries, none without rows."""
    asked = [_place(*(row[name] for name in FIELDS)) for row in rows]
    if not asked:
        return {}
    rules = FindingSettings.of(campaign)
    span = timedelta(days=rules.duplicate_days)
    others = [_place(*row) for row in _near(campaign, asked, span=span, metres=rules.duplicate_metres)]
    found = {}
    for one in asked:
        same = [
            other
            for other in others
            if other.pk != one.pk
            and other.category == one.category
            and abs(other.found_on - one.found_on) <= span
            and _is_there(one, other, metres=rules.duplicate_metres)
        ]
        if same:
            same.sort(key=lambda other: (abs(other.found_on - one.found_on), other.pk))
            found[one.pk] = [other.pk for other in same]
    return found


def _near(campaign: Campaign, asked: list[Place], *, span: timedelta, metres: int) -> list[tuple]:
    """What stands within the days and the square around each of them: few rows, however many findings there are."""
    # So many branches as a power of two: a statement for each number would be composed for each number.
    branches = 1 << (len(asked) - 1).bit_length()
    given: dict[str, Any] = {"campaign": campaign.pk}
    for place in range(branches):
        one = asked[place] if place < len(asked) else None
        given |= {f"{name}_{place}": value for name, value in _bounds(one, span=span, metres=metres).items()}
    return NEAR.ask(branches, **given)


def _bounds(one: Place | None, *, span: timedelta, metres: int) -> dict[str, Any]:
    """Between which values what may be alike lies; None, which nothing equals, where nothing is known."""
    bounds: dict[str, Any] = dict.fromkeys(("category", "since", "until", "site", "south", "north", "west", "east"))
    if one is None:
        return bounds
    bounds |= {"category": one.category, "since": one.found_on - span, "until": one.found_on + span, "site": one.site}
    if one.position:
        north, east = one.position
        up = metres / METRES_IN_A_DEGREE
        # At the poles every longitude is near.
        across = up / max(cos(radians(min(abs(north) + up, 90))), 1e-9)
        bounds |= {"south": north - up, "north": north + up, "west": east - across, "east": east + across}
    return bounds


def _near_rows(branches: int) -> models.QuerySet:
    wanted = models.Q()
    for place in range(branches):
        wanted |= models.Q(
            models.Q(site=Slot(f"site_{place}", models.BigIntegerField()))
            | models.Q(
                at_latitude__gte=Slot(f"south_{place}", models.FloatField()),
                at_latitude__lte=Slot(f"north_{place}", models.FloatField()),
                at_longitude__gte=Slot(f"west_{place}", models.FloatField()),
                at_longitude__lte=Slot(f"east_{place}", models.FloatField()),
            ),
            category=Slot(f"category_{place}", models.BigIntegerField()),
            found_on__gte=Slot(f"since_{place}", models.DateField()),
            found_on__lte=Slot(f"until_{place}", models.DateField()),
        )
    rows = Finding.objects.filter(campaign=Slot("campaign", models.BigIntegerField()))
    rows = rows.exclude(state__in=Finding.UNCOUNTED_STATES).alias(
        at_latitude=Coalesce("latitude", "site__latitude"), at_longitude=Coalesce("longitude", "site__longitude")
    )
    return rows.filter(wanted).order_by().values_list(*FIELDS)


NEAR = Statement(_near_rows)


def _is_there(one: Place, other: Place, *, metres: int) -> bool:
    """One site is one place; otherwise the distance says it, where both positions are known."""
    if one.site is not None and one.site == other.site:
        return True
    if one.position is None or other.position is None:
        return False
    return metres_between(one.position, other.position) <= metres


def _place(
    pk: int,
    category: int,
    found_on: date,
    site: int | None,
    latitude: float | None,
    longitude: float | None,
    of_site: float | None,
    beside_it: float | None,
) -> Place:
    if latitude is None or longitude is None:
        latitude, longitude = of_site, beside_it
    return Place(pk, category, found_on, site, None if latitude is None or longitude is None else (latitude, longitude))
