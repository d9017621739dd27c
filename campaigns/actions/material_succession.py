"""What a unit's successor takes over of materials, and which are open at a unit."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from campaigns.models import Material, MaterialEvent, PastMaterial
from campaigns.models.material import MaterialQuerySet
from campaigns.open_lists import lists_of
from cityinit.addresses import address
from units.models import Unit
from units.succession import Open

from .materials import BATCH


def open_materials(unit: Unit, *, with_below: bool = False) -> Open:
    """Materials that have not passed."""
    rows = _open().filter(**{"unit__path__startswith": unit.path} if with_below else {"unit": unit})

    def told(most: int) -> list[tuple[str, ...]]:
        return [
            (
                row.full_number,
                row.wanted[:60],
                str(row.unit),
                str(row.due_on or ""),
                str(row.get_state_display()),
                row.get_absolute_url(),
            )
            for row in rows.for_list().order_by("pk")[:most]
        ]

    heads = (str(_("编号")), str(_("材料要求")), str(_("单位")), str(_("报送期限")), str(_("状态")))
    asked = {"unit": unit.pk, **({"below": "on"} if with_below else {}), "state": "open"}
    lists = lists_of(rows, address("campaigns:materials"), asked)
    return Open(_("未办结材料"), lists, heads, told, "campaigns.see_material")


def take_over_materials(unit: Unit, *, into: Unit, by: Any, on: date) -> None:
    """Give what has not passed to the successor, number and history with it; what has passed stays where it is."""
    pks = list(_open().filter(unit=unit).values_list("pk", flat=True))
    note = _("%(unit)s并入%(into)s") % {"unit": unit, "into": into}
    PastMaterial.objects.bulk_create(
        [PastMaterial(material_id=pk, unit=unit, until=on) for pk in pks], batch_size=BATCH
    )
    Material.objects.filter(pk__in=pks).update(unit=into)
    MaterialEvent.objects.bulk_create(
        [MaterialEvent(material_id=pk, move="succeed", label=_("承接"), note=note, by=by) for pk in pks],
        batch_size=BATCH,
    )


def _open() -> MaterialQuerySet:
    return Material.objects.asked().in_force().open()
