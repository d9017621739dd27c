"""What the maps of sites show: rows as short as they can be, and from where the ground below them comes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _

from cityinit.addresses import address

from .models import Finding, Site

# About a kilometre and a half on each side: what is seen around one site.
NEAR = 0.015


@dataclass(frozen=True)
class OnMap:
    """How many of some sites stand on the map by what was found there, and how many are of unknown place."""

    overdue: int
    waiting: int
    none: int
    off_map: int

    @property
    def on_map(self) -> int:
        return self.overdue + self.waiting + self.none


def counted(sites: Any, findings: Any, *, now: datetime) -> OnMap:
    """The numbers beside the map, in one query; `findings` are those that the reader sees."""
    at_site = OuterRef("pk")
    placed = Q(longitude__isnull=False, latitude__isnull=False)
    found = sites.alias(
        is_open=Exists(findings.open().filter(site=at_site)),
        is_overdue=Exists(findings.overdue(at=now).filter(site=at_site)),
    )
    numbers = found.aggregate(
        overdue=Count("pk", filter=placed & Q(is_overdue=True)),
        waiting=Count("pk", filter=placed & Q(is_open=True, is_overdue=False)),
        none=Count("pk", filter=placed & Q(is_open=False)),
        off_map=Count("pk", filter=~placed),
    )
    return OnMap(**numbers)


def rows(sites: Any, findings: Any, *, now: datetime) -> dict[str, Any]:
    """The sites that have coordinates for the script, in two queries however many they are.

    A site is [key, name, type, unit, street, longitude, latitude, open findings, overdue ones]; types, units and
    streets are numbers into lists, so that two thousand sites are one short answer. Coordinates are WGS-84.
    """
    is_overdue = Q(state__in=Finding.UNIT_STATES, due_at__lt=now)
    open_ones = findings.open().exclude(site=None).order_by()
    counts = {
        site: (n, overdue)
        for site, n, overdue in open_ones.values_list("site").annotate(
            n=Count("pk"), overdue=Count("pk", filter=is_overdue)
        )
    }
    kinds, units, streets = Words(), Words(), Words()
    found = sites.on_map().order_by("code", "pk")
    told = found.values_list(
        *("pk", "name", "kind__name", "unit__short_name", "unit__name", "street", "longitude", "latitude")
    )

    def of(kind: str, unit: str, street: str) -> tuple[int, int, int]:
        return kinds.place(kind), units.place(unit), streets.place(street)

    listed = [
        (pk, name, *of(kind, short or unit, street), lng, lat, *counts.get(pk, (0, 0)))
        for pk, name, kind, short, unit, street, lng, lat in told
    ]
    return {"kinds": kinds.words, "units": units.words, "streets": streets.words, "sites": listed}


class Words:
    """Each word once, and its place."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.places: dict[str, int] = {}

    def place(self, word: str) -> int:
        if word not in self.places:
            self.places[word] = len(self.words)
            self.words.append(word)
        return self.places[word]


def near(sites: Any, site: Site) -> Any:
    """Those around a site, and itself; none where it is not known where it is."""
    lng, lat = site.longitude, site.latitude
    if lng is None or lat is None:
        return sites.none()
    return sites.filter(longitude__range=(lng - NEAR, lng + NEAR), latitude__range=(lat - NEAR, lat + NEAR))


@dataclass(frozen=True)
class Ground:
    """What a map is told on its element: where its sites come from, its tiles, its words."""

    source: str
    tiles: str
    words: str
    sites_url: str
    site: str = ""


def ground(source: str, *, site: Site | None = None) -> Ground:
    """`source` is the address of the sites; `site` the one that stands in the middle."""
    return Ground(
        source=source,
        tiles=json.dumps(settings.TILES, ensure_ascii=False),
        words=json.dumps(_words(), ensure_ascii=False),
        sites_url=address("inspections:sites"),
        site=json.dumps([site.pk, site.name, site.longitude, site.latitude], ensure_ascii=False) if site else "",
    )


def _words() -> dict[str, str]:
    """What the script says; {n} is a number."""
    return {
        "open": _("未办结{n}个"),
        "overdue": _("其中逾期{n}个"),
        "none": _("无未办结问题"),
        "dossier": _("点位一档"),
        "page": _("点位页"),
        "cluster": _("{n}个点位，放大查看"),
        "zoomIn": _("放大"),
        "zoomOut": _("缩小"),
        "close": _("关闭"),
        "failed": _("地图没有取到点位，请刷新再试。"),
    }
