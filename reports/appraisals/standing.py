"""Who is appraised: the units as they stood when a day ended, and to which of them a record counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from campaigns.models import Campaign
from units.models import Unit
from units.models.unit import UnitPlace, names_on


@dataclass(frozen=True)
class Appraised:
    """A unit under the name it bore on the day; the group is today's, for what it was nobody keeps."""

    pk: int
    name: str
    group: str
    path: str


class Standing:
    """The host's units on the day. A record counts to its unit, or to who had taken over from it by then.

    With `with_below` also to every unit above, the host itself aside: a community's to its street.
    """

    def __init__(self, campaign: Campaign, *, on: date, with_below: bool):
        host = campaign.host
        former = UnitPlace.objects.filter(unit=OuterRef("pk"), until__gte=on).order_by("until")
        rows = Unit.objects.of_host(host.host_id).filter(relation=Unit.Relation.BELOW)
        path = Coalesce(Subquery(former.values("path")[:1]), "path")
        found = list(rows.annotate(path_then=path).order_by("position", "pk"))
        called = names_on(on)
        self._heirs = {
            unit.pk: unit.merged_into_id for unit in found if unit.closed_on is not None and unit.closed_on < on
        }
        below = host.path_on(on)
        inside = [unit for unit in found if unit.pk not in self._heirs and unit.path_then.startswith(below)]
        is_alone = len(inside) == 1
        self.units = {
            unit.pk: Appraised(
                unit.pk,
                (called[unit.pk][1] or called[unit.pk][0]) if unit.pk in called else str(unit),
                unit.appraisal_group,
                unit.path_then,
            )
            for unit in inside
            if unit.pk != host.pk or is_alone
        }
        self._with_below = with_below
        self._known: dict[int, tuple[int, ...]] = {}

    def __iter__(self) -> Iterator[Appraised]:
        return iter(self.units.values())

    def counted_to(self, unit: int | None) -> tuple[int, ...]:
        """The keys of the units to which a record of this one counts; none for a unit outside, or without one."""
        if unit is None:
            return ()
        if unit not in self._known:
            self._known[unit] = self._counted_to(unit)
        return self._known[unit]

    def _counted_to(self, unit: int) -> tuple[int, ...]:
        here: int | None = unit
        while here in self._heirs:
            here = self._heirs[here]
        if here is None or here not in self.units:
            return ()
        if not self._with_below:
            return (here,)
        above = (int(pk) for pk in self.units[here].path.strip("/").split("/"))
        return tuple(pk for pk in above if pk in self.units)
