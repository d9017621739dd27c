"""What a photo itself says of when and where it was taken, and when to doubt it. Reads rows, asks for none."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from cityinit.distances import Place, metres_between
from inspections.models import Finding, FindingPhoto, Site

# Beyond this a photo was hardly taken at the site: phones are off by some tens of metres between houses, and a market
# or a stretch of road is registered as one point.
FAR_METRES = 200
# A phone's clock may be set to another day or another zone; nobody is accused for that.
CLOCK_SKEW = timedelta(days=1)
# A camera whose clock was never set counts from a day of its maker's.
CLOCK_SET_FROM = 2010

Phase = FindingPhoto.Phase


def taken_at(photo: FindingPhoto) -> datetime | None:
    """When it was taken, by the camera's own word; None where it says nothing or nothing that can be."""
    taken = photo.file.taken_at
    if taken is None or taken.year < CLOCK_SET_FROM or taken > photo.added_at + CLOCK_SKEW:
        return None
    return taken


def is_older(photo: FindingPhoto, *, than: datetime) -> bool:
    """Whether it was taken before that moment for certain: by more than a clock may be wrong."""
    taken = taken_at(photo)
    return taken is not None and taken < than - CLOCK_SKEW


def metres_off(place: tuple[float | None, float | None], site: Site | None) -> int | None:
    """How far a place is from the site; None where either is unknown."""
    there = _known(place)
    registered = _known((site.latitude, site.longitude)) if site else None
    return round(metres_between(there, registered)) if there and registered else None


def place_of(finding: Finding) -> tuple[float | None, float | None]:
    return finding.latitude, finding.longitude


def distance_text(metres: int) -> str:
    """A distance as one says it: to ten metres, far ones in kilometres."""
    if metres < 1000:
        return _("约%(n)s米") % {"n": max(10, round(metres, -1))}
    return _("约%(n)s公里") % {"n": f"{metres / 1000:.1f}"}


def _known(place: tuple[float | None, float | None]) -> Place | None:
    latitude, longitude = place
    return None if latitude is None or longitude is None else (latitude, longitude)
