"""Findings that may be one thing filed twice: of one category, at one place, within some days. No writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from campaigns.models import Campaign
from cityinit.distances import metres_between
from inspections.models import Finding, FindingSettings


@dataclass(frozen=True)
class Place:
    """What of a finding is compared: its kind, its day, and where it is."""

    pk: int
    category: int
    found_on: date
    site: int | None
    position: tuple[float, float] | None


FIELDS = ("pk", "category", "found_on", "site", "latitude", "longitude", "site__latitude", "site__longitude")


def alike(campaign: Campaign, keys: Iterable[int]) -> dict[int, list[int]]:
    """For each of these findings those that may be the same and count, the nearest in time first; three queries.

    One that is already known to be no finding, or a duplicate, is nobody's likeness.
    """
    findings = Finding.objects.of(campaign)
    asked = [_place(row) for row in findings.filter(pk__in=list(keys)).values_list(*FIELDS)]
    if not asked:
        return {}
    rules = FindingSettings.of(campaign)
    span = timedelta(days=rules.duplicate_days)
    near = findings.exclude(state__in=Finding.UNCOUNTED_STATES).filter(
        category__in={one.category for one in asked},
        found_on__gte=min(one.found_on for one in asked) - span,
        found_on__lte=max(one.found_on for one in asked) + span,
    )
    others = [_place(row) for row in near.values_list(*FIELDS)]
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


def _is_there(one: Place, other: Place, *, metres: int) -> bool:
    """One site is one place; otherwise the distance says it, where both positions are known."""
    if one.site is not None and one.site == other.site:
        return True
    if one.position is None or other.position is None:
        return False
    return metres_between(one.position, other.position) <= metres


def _place(row: tuple) -> Place:
    pk, category, found_on, site, latitude, longitude, of_site, beside_it = row
    if latitude is None or longitude is None:
        latitude, longitude = of_site, beside_it
    known = latitude is not None and longitude is not None
    return Place(pk, category, found_on, site, (latitude, longitude) if known else None)
