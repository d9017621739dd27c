"""Which materials are asked of whom: of a whole system at once, by hand, changed, dropped; and their rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.urls import reverse
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
from campaigns.presets import RETURN_REASONS
from cityinit.marks import digest
from cityinit.sent import refuse_stale
from cityinit.workflow import Refused
from units.models import Unit
from units.notices import liaisons_of, tell

from .materials import BATCH, lock, record
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
    standards = Standard.objects.filter(indicator__system=system).values_list("pk", "indicator", "methods")
    methods_of = dict(Indicator.objects.filter(system=system).values_list("pk", "methods"))
    wanted = {
        pk: indicator
        for pk, indicator, methods in standards.order_by("indicator__position", "indicator", "position", "pk")
        if set(methods or methods_of[indicator]) & set(Indicator.BY_MATERIAL)
    }
    own: dict[int, list[int]] = defaultdict(list)
    above: dict[int, list[int]] = defaultdict(list)
    for standard, unit in Standard.units.through.objects.filter(standard__indicator__system=system).values_list(
        "standard_id", "unit_id"
    ):
        own[standard].append(unit)
    for indicator, unit in Indicator.units.through.objects.filter(indicator__system=system).values_list(
        "indicator_id", "unit_id"
    ):
        above[indicator].append(unit)
    pairs = [(pk, unit) for pk, indicator in wanted.items() for unit in sorted(own[pk] or above[indicator])]
    rows = Material.objects.of_system(system).values_list("standard_id", "unit_id", "dropped_on")
    there = {(standard, unit) for standard, unit, dropped in rows if dropped is None}
    dropped = {(standard, unit) for standard, unit, dropped in rows if dropped is not None} - there
    return Plan(
        missing=tuple(pair for pair in pairs if pair not in there and pair not in dropped),
        there=sum(pair in there for pair in pairs),
        dropped=sum(pair in dropped for pair in pairs),
        without_unit=sum(not own[pk] and not above[indicator] for pk, indicator in wanted.items()),
    )


@transaction.atomic
def make_all(system: AssessmentSystem, *, by: Any) -> int:
    """Ask every unit for what the plan says; how many materials that made. Run twice, it makes none twice."""
    ask(by, PERMISSION, system.campaign)
    _lock(system)
    _refuse_not_in_use(system)
    pairs = plan(system).missing
    rules = MaterialRules.objects.filter(system=system).first()
    made = _make(system.campaign, pairs, by=by, due_on=rules.due_on if rules else None)
    _ensure_reasons(system.campaign)
    return len(made)


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
        if client_key and (there := Material.objects.filter(client_key=client_key).first()):
            return [there]
        made = _make(standard.campaign, [(standard.pk, unit.pk) for unit in units], by=by, **values)
        if client_key:
            Material.objects.filter(pk=made[0].pk).update(client_key=client_key)
        _ensure_reasons(standard.campaign)
        return made


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
    new = sorted(wanted - {material.unit_id for material in there})
    rules = MaterialRules.objects.filter(system=standard.indicator.system_id).first()
    _make(standard.campaign, [(standard.pk, unit) for unit in new], by=by, due_on=rules.due_on if rules else None)
    return len(new), len(gone)


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


def _make(
    campaign: Campaign, pairs: Iterable[tuple[int, int]], *, by: Any, due_on: date | None = None, **values: Any
) -> list[Material]:
    """Materials for pairs of standard and unit, numbered on from the last ordinal ever given; one lock is held."""
    pairs = list(pairs)
    last = dict(
        Material.objects.filter(standard__in={standard for standard, _unit in pairs})
        .order_by()
        .values("standard")
        .annotate(last=models.Max("ordinal"))
        .values_list("standard", "last")
    )
    today, given = timezone.localdate(), Counter(last)
    made = []
    for standard, unit in pairs:
        given[standard] += 1
        made.append(
            Material(
                campaign=campaign,
                standard_id=standard,
                unit_id=unit,
                ordinal=given[standard],
                asked_on=today,
                due_on=due_on,
                **values,
            )
        )
    Material.objects.bulk_create(made, batch_size=BATCH)
    MaterialEvent.objects.bulk_create(
        [
            MaterialEvent(material=material, move="make", label=_("下达"), target=Material.State.EMPTY, by=by)
            for material in made
        ],
        batch_size=BATCH,
    )
    _tell_units(made)
    return made


def _tell_units(made: list[Material]) -> None:
    counted = Counter(material.unit_id for material in made)
    for unit in Unit.objects.filter(pk__in=counted):
        text = _("%(unit)s有%(n)s项新材料待报送") % {"unit": unit, "n": counted[unit.pk]}
        url = f"{reverse('campaigns:materials')}?{urlencode({'unit': str(unit.pk), 'state': 'owed'})}"
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
    system.state = AssessmentSystem.objects.select_for_update().get(pk=system.pk).state


def _refuse_not_in_use(system: AssessmentSystem) -> None:
    if system.state != AssessmentSystem.State.IN_FORCE:
        raise Refused(
            _("“%(system)s”目前是“%(state)s”，现行的体系才能下达材料。")
            % {"system": system, "state": system.get_state_display()},
            system.campaign,
        )
