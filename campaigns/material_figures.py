"""Figures of materials as of a period's last day, each with the records it counts.

What stood on a day is read from the events of the materials, never from their present state. Counted are the
materials of the systems in force on that day: an edition that has been replaced asks for nothing any more. With a
unit, the unit and what stood below it then is meant.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q

from cityinit.periods import Period
from units.models import Unit

from .figures import share
from .models import AssessmentSystem, Campaign, Indicator, Material
from .models.material import MaterialQuerySet

SUBMITTED = (
    Material.State.SUBMITTED,
    Material.State.RETURNED,
    Material.State.RESUBMITTED,
    Material.State.ACCEPTED,
    Material.State.FILED,
)


@dataclass(frozen=True)
class Completeness:
    """How many materials were asked for, how many of them handed in, and how many passed."""

    asked: int
    submitted: int
    accepted: int

    @property
    def rate(self) -> Decimal | None:
        """完成率: passed ÷ asked; None (unknown) where nothing was asked."""
        return share(self.accepted, self.asked)


def asked_materials(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> MaterialQuerySet:
    """应报: asked for by the last day and not dropped by then, in the systems then in force."""
    systems = AssessmentSystem.objects.of(campaign).in_force(on=period.last)
    rows = Material.objects.of(campaign).filter(standard__indicator__system__in=systems.values("pk"))
    if unit is not None:
        rows = rows.owed_by(unit, on=period.last)
    return rows.as_of(period.last)


def submitted_materials(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> MaterialQuerySet:
    """已报: handed in by the last day and not taken back; one that came back to the unit was handed in all the same."""
    return asked_materials(campaign, period, unit=unit).filter(state_then__in=SUBMITTED)


def accepted_materials(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> MaterialQuerySet:
    """审核通过: accepted or filed on the last day."""
    return asked_materials(campaign, period, unit=unit).filter(state_then__in=Material.DONE_STATES)


def completeness(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> Completeness:
    found = asked_materials(campaign, period, unit=unit).aggregate(
        asked=Count("pk"),
        submitted=Count("pk", filter=Q(state_then__in=SUBMITTED)),
        accepted=Count("pk", filter=Q(state_then__in=Material.DONE_STATES)),
    )
    return Completeness(**found)


def filed_online(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> bool:
    """Whether all that was asked for is filed online, so that it may be called by that name."""
    asked = asked_materials(campaign, period, unit=unit).order_by()
    methods = asked.values_list("standard__methods", "standard__indicator__methods").distinct()
    return all(Indicator.Method.FILING in (own or above) for own, above in methods)
