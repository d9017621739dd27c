"""Which materials are asked of whom: of a whole system at once, by hand, changed, dropped; and their rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Subquery, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from campaigns.models import (
    AssessmentSystem,
    Campaign,
    Indicator,
    Material,
    MaterialEvent,
    MaterialRules,
    ReturnReason,
    Standard,
)
from campaigns.models.material import MaterialQuerySet
from campaigns.presets import RETURN_REASONS
from cityinit.addresses import address
from cityinit.copying import newest_key, write_from
from cityinit.marks import digest
from cityinit.sent import refuse_stale, sent_before
from cityinit.workflow import Refused
from units.models import Unit
from units.notices import liaisons_of, tell

from .materials import lock, record
from .tasks import ask

PERMISSION = "campaigns.change_material"


@dataclass(frozen=True)
class Plan:
    """What asking a whole system's units would make: pairs of standard and unit, and what there is already."""

    missing: tuple[tuple[int, int], ...]
    there: int
    dropped: int
    without_unit: int

    @property
    def standards(self) -> int:
        return len({standard for standard, _unit in self.missing})

    @property
    def units(self) -> int:
        return len({unit for _standard, unit in self.missing})


def plan(system: AssessmentSystem) -> Plan:
    """Each standard judged by material or online filing × each of its units, as far as it is not asked yet.

    A standard without methods or units of its own has its indicator's. What was dropped by hand is not asked again.
    """
    pairs = [pair for one in _owing(system) for pair in one.rows.values_list(one.standard, one.unit, F("status"))]
    counted = Counter(status for _standard, _unit, status in pairs)
    return Plan(
        missing=tuple((standard, unit) for standard, unit, status in pairs if status == _Status.MISSING),
        there=counted[_Status.THERE],
        dropped=counted[_Status.DROPPED],
        without_unit=Standard.objects.of_system(system).judged_by_material().without_unit().count(),
    )


class _Status(models.TextChoices):
    MISSING, THERE, DROPPED = "missing", "there", "dropped"


@dataclass(frozen=True)
class _Owing:
    """Rows that each stand for one unit that owes a material of one standard, and where the two are found in them."""

    rows: models.QuerySet
    standard: F | Value
    unit: F
    # The last ordinal ever given for the standard.
    last: Subquery


def _owing(system: AssessmentSystem) -> list[_Owing]:
    """What the system asks of whom, with the `status` of each: by the standards' own units, then by the indicators'."""
    standards = Standard.objects.of_system(system).judged_by_material().order_by()
    own = Standard.units.through.objects.filter(standard__in=standards)
    above = Indicator.units.through.objects.filter(
        indicator__system=system, indicator__standards__in=standards.without_own_units()
    )
    return [_with_status(own, "standard"), _with_status(above, "indicator__standards")]


def _with_status(rows: models.QuerySet, standard: str) -> _Owing:
    there = Material.objects.filter(standard=OuterRef(standard), unit=OuterRef("unit")).order_by()
    status = Case(
        When(Exists(there.asked()), then=Value(_Status.THERE)),
        When(Exists(there), then=Value(_Status.DROPPED)),
        default=Value(_Status.MISSING),
    )
    rows = rows.annotate(status=status).order_by(f"{standard}__pk", "unit_id")
    return _Owing(rows, F(standard), F("unit"), _last_ordinal(OuterRef(standard)))


def _last_ordinal(standard: OuterRef | int) -> Subquery:
    given = Material.objects.filter(standard=standard).order_by().values("standard")
    return Subquery(given.annotate(last=models.Max("ordinal")).values("last"))


@transaction.atomic
def make_all(system: AssessmentSystem, *, by: Any) -> int:
    """Ask every unit for what the plan says; how many materials that made. Run twice, it makes none twice."""
    ask(by, PERMISSION, system.campaign)
    _lock(system)
    _refuse_not_in_use(system)
    rules = MaterialRules.objects.filter(system=system).first()
    missing = [replace(owing, rows=owing.rows.filter(status=_Status.MISSING)) for owing in _owing(system)]
    made = _make(system, missing, by=by, due_on=rules.due_on if rules else None)
    _ensure_reasons(system.campaign)
    return made.count()


def add(
    standard: Standard,
    *,
    units: Iterable[Unit],
    by: Any,
    client_key: UUID | None = None,
    **values: Any,
) -> list[Material]:
    """Ask these units for one more material of the standard, each under its own ordinal.

    The same `client_key` gives those that are there already. Refused without a unit.
    """
    ask(by, PERMISSION, standard.campaign)
    units = list(units)
    if not units:
        raise Refused(_("请至少选择一个报送单位。"), standard.campaign)
    with transaction.atomic():
        _lock(standard.indicator.system)
        _refuse_not_in_use(standard.indicator.system)
        if there := sent_before(Material.objects.filter(standard=standard), client_key):
            return [there]
        made = _make(standard.indicator.system, [_owing_by(units, standard)], by=by, **values)
        if client_key:
            Material.objects.filter(pk=made[0].pk).update(client_key=client_key)
        _ensure_reasons(standard.campaign)
        return list(made)


@transaction.atomic
def edit(material: Material, *, by: Any, seen: str = "", **values: Any) -> None:
    """Write what is asked, until when and with which gates; the unit is told.

    `seen` is the mark of the material the form was drawn from. Refused once it is filed.
    """
    ask(by, PERMISSION, material)
    lock(material)
    if material.state == Material.State.FILED:
        raise Refused(_("这项材料已归档，不能再改要求。需要时请先重新打开。"), material)
    kept = Material.objects.get(pk=material.pk)
    refuse_stale(material, seen=seen, now=kept.mark)
    changed = [name for name in Material.WRITTEN if name in values and getattr(kept, name) != values[name]]
    if not changed:
        return
    for name in changed:
        setattr(material, name, values[name])
    material.save(update_fields=changed)
    what = "、".join(str(Material._meta.get_field(name).verbose_name) for name in changed)
    record(material, "edit", by=by, label=_("修改要求"), note=what)
    if material.state in Material.UNIT_STATES:
        text = _("材料要求有改动（%(what)s）：%(material)s") % {"what": what, "material": material}
        tell(liaisons_of(material.unit), text, url=material.get_absolute_url())


@transaction.atomic
def drop(material: Material, *, by: Any, note: str = "") -> None:
    """Ask for it no longer; its number is never given again. Refused once something was handed in."""
    ask(by, PERMISSION, material)
    lock(material)
    if material.is_dropped:
        raise Refused(_("这项材料已经撤销了。"), material)
    if material.state != Material.State.EMPTY:
        raise Refused(
            _("这项材料目前是“%(state)s”，已有报送，不能撤销。") % {"state": material.get_state_display()}, material
        )
    material.dropped_on = timezone.localdate()
    material.save(update_fields=["dropped_on"])
    record(material, "drop", by=by, label=_("撤销"), note=note)
    text = _("材料不用再报送：%(material)s") % {"material": material}
    tell(liaisons_of(material.unit), text, url=material.get_absolute_url())


@transaction.atomic
def set_units(standard: Standard, *, units: Iterable[Unit], by: Any, seen: str = "") -> tuple[int, int]:
    """Let exactly these units owe a material of the standard: how many were asked anew, how many dropped.

    `seen` is the `owing_mark` of the standard the form was drawn from. Refused where a unit that would go has handed
    something in, and for a standard that is not in force.
    """
    ask(by, PERMISSION, standard.campaign)
    _lock(standard.indicator.system)
    _refuse_not_in_use(standard.indicator.system)
    refuse_stale(standard.campaign, seen=seen, now=owing_mark(standard))
    wanted = {unit.pk for unit in units}
    there = list(Material.objects.asked().filter(standard=standard).select_related("unit", "campaign__host"))
    gone = [material for material in there if material.unit_id not in wanted]
    for material in gone:
        material.standard = standard
        drop(material, by=by, note=_("责任单位调整"))
    new = Unit.objects.filter(pk__in=wanted - {material.unit_id for material in there})
    rules = MaterialRules.objects.filter(system=standard.indicator.system_id).first()
    made = _make(standard.indicator.system, [_owing_by(new, standard)], by=by, due_on=rules.due_on if rules else None)
    return made.count(), len(gone)


def owing_mark(standard: Standard) -> str:
    """A mark of which units owe a material of the standard."""
    units = Material.objects.asked().filter(standard=standard).order_by("unit").values_list("unit", flat=True)
    return digest({"units": list(units)})


@transaction.atomic
def save_rules(system: AssessmentSystem, *, by: Any, seen: str = "", **values: Any) -> MaterialRules:
    """Write the rules of a system; the due day goes to every material that had the one before."""
    ask(by, PERMISSION, system.campaign)
    _lock(system)
    rules = MaterialRules.objects.filter(system=system).first() or MaterialRules(system=system)
    refuse_stale(system, seen=seen, now=rules.mark)
    before = rules.due_on
    for name in MaterialRules.WRITTEN:
        if name in values:
            setattr(rules, name, values[name])
    rules.save()
    if rules.due_on != before:
        Material.objects.of_system(system).asked().filter(due_on=before).update(due_on=rules.due_on)
    return rules


def reasons_of(campaign: Campaign) -> list[tuple[str, str]]:
    """Why a material may be returned, with what to do about it: the office's own list, else the product's."""
    own = list(ReturnReason.objects.of(campaign).values_list("name", "advice"))
    return own or list(RETURN_REASONS)


def _owing_by(units: Iterable[Unit], standard: Standard) -> _Owing:
    rows = Unit.objects.filter(pk__in=[unit.pk for unit in units]).order_by("pk")
    key = Value(standard.pk, output_field=models.BigIntegerField())
    return _Owing(rows, key, F("pk"), _last_ordinal(standard.pk))


def _make(
    system: AssessmentSystem, owing: Iterable[_Owing], *, by: Any, due_on: date | None = None, **values: Any
) -> MaterialQuerySet:
    """A material for each row, numbered on from the last ordinal ever given; the lock of the system is held."""
    newest = newest_key(Material)
    for one in owing:
        write_from(
            one.rows,
            Material,
            campaign=system.campaign_id,
            standard=one.standard,
            unit=one.unit,
            ordinal=Coalesce(one.last, 0) + Window(RowNumber(), partition_by=one.standard, order_by=[one.unit]),
            asked_on=timezone.localdate(),
            due_on=due_on,
            **values,
        )
    # Who holds the lock is the only one to make any in this system.
    made = Material.objects.of_system(system).filter(pk__gt=newest).order_by("pk")
    write_from(
        made,
        MaterialEvent,
        material=F("pk"),
        move="make",
        label=_("下达"),
        target=Material.State.EMPTY,
        by=by,
    )
    _tell_units(made)
    return made


def _tell_units(made: MaterialQuerySet) -> None:
    counted = dict(made.order_by().values_list("unit").annotate(models.Count("pk")))
    for unit in Unit.objects.filter(pk__in=counted):
        text = _("%(unit)s有%(n)s项新材料待报送") % {"unit": unit, "n": counted[unit.pk]}
        url = f"{address('campaigns:materials')}?{urlencode({'unit': str(unit.pk), 'state': 'owed'})}"
        tell(liaisons_of(unit), text, url=url)


def _ensure_reasons(campaign: Campaign) -> None:
    """Put the product's reasons into the office's list, once: from then on it is the office's."""
    if not ReturnReason.objects.of(campaign).exists():
        ReturnReason.objects.bulk_create(
            ReturnReason(campaign=campaign, name=name, advice=advice, position=place)
            for place, (name, advice) in enumerate(RETURN_REASONS)
        )


def _lock(system: AssessmentSystem) -> None:
    """Let only one person at a time give ordinals in this system, and see the state it is in now."""
    system.state = AssessmentSystem.objects.select_for_update(no_key=True).get(pk=system.pk).state


def _refuse_not_in_use(system: AssessmentSystem) -> None:
    if system.state != AssessmentSystem.State.IN_FORCE:
        raise Refused(
            _("“%(system)s”目前是“%(state)s”，现行的体系才能下达材料。")
            % {"system": system, "state": system.get_state_display()},
            system.campaign,
        )
