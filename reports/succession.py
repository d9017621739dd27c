"""What a unit's successor finds of summaries that are asked for: they stay the unit's, the successor writes them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.http import urlencode
from django.utils.translation import gettext as _

from units.models import Unit
from units.succession import Listed, Open

from .models import Call, Contribution, ContributionEvent


def open_work(unit: Unit, *, with_below: bool = False) -> list[Open]:
    """Summaries that were asked for and are not handed in."""
    of = {"unit__path__startswith": unit.path} if with_below else {"unit": unit}
    rows = Contribution.objects.missing().filter(**of)

    def told(most: int) -> list[tuple[str, ...]]:
        return [
            (
                str(row.call),
                str(row.unit),
                str(row.call.due_on),
                str(row.get_state_display()),
                row.get_absolute_url(),
            )
            for row in rows.for_list()[:most]
        ]

    asked: dict[str, Any] = {"unit": unit.pk, **({"below": "on"} if with_below else {}), "state": "missing"}
    calls = Call.objects.filter(pk__in=rows.values("call")).select_related("campaign").order_by("pk")
    lists = tuple(
        Listed(
            f"{call.campaign.short_name or call.campaign}{call}",
            rows.filter(call=call).count(),
            f"{call.get_absolute_url()}?{urlencode(asked)}",
        )
        for call in calls
    )
    heads = (str(_("征集")), str(_("单位")), str(_("报送期限")), str(_("状态")))
    return [Open(_("待报单位总结"), lists, heads, told, "reports.see_contribution")]


def take_over(unit: Unit, *, into: Unit, by: Any, on: date) -> None:
    """Say in its history who writes it from now on: a closed unit stands below its successor, whose liaisons see it."""
    note = _("%(unit)s并入%(into)s") % {"unit": unit, "into": into}
    owed = Contribution.objects.missing().filter(unit=unit)
    ContributionEvent.objects.bulk_create(
        ContributionEvent(contribution=row, move="succeed", label=_("承接"), note=note, by=by) for row in owed
    )
