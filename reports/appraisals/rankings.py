"""The ranking of a published appraisal, for the tables of a circular."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.models import Campaign
from cityinit.periods import Period
from reports.models import AppraisalResult

from .points import plain


@dataclass(frozen=True)
class RankedUnit:
    place: int
    name: str
    total: str
    deducted: str
    rewarded: str


@dataclass(frozen=True)
class RankedGroup:
    name: str
    rows: tuple[RankedUnit, ...]


@dataclass(frozen=True)
class Ranking:
    title: str
    groups: tuple[RankedGroup, ...]


def ranking_of(campaign: Campaign, period: Period) -> Ranking | None:
    """Of the appraisals published of days within the period the last one, group by group, each unit with its place.

    None where none was published. Units that have no place are left out.
    """
    published = AppraisalResult.objects.filter(
        appraisal__campaign=campaign,
        state=AppraisalResult.State.PUBLISHED,
        appraisal__first_day__gte=period.first,
        appraisal__last_day__lte=period.last,
    )
    # Of those that end on one day the one of the most days.
    result = (
        published.select_related("appraisal").order_by("-appraisal__last_day", "appraisal__first_day", "-pk").first()
    )
    if result is None:
        return None
    groups: dict[str, list[RankedUnit]] = {}
    for sheet in result.sheets.filter(place__isnull=False).defer("lines").order_by("place", "position", "pk"):
        groups.setdefault(sheet.group, []).append(
            RankedUnit(
                sheet.place or 0,
                sheet.name,
                plain(sheet.total),
                plain(sheet.deducted),
                plain(sheet.rewarded),
            )
        )
    told = tuple(RankedGroup(name, tuple(groups[name])) for name in sorted(groups))
    return Ranking(result.appraisal.title, told)
