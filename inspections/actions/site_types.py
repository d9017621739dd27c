"""What the office does with the list of site types, which all hosts of the installation share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cityinit import audit
from cityinit.sent import refuse_stale
from cityinit.workflow import Refused
from inspections.models import Site, SiteType, SiteTypeName
from units.models import User

from .sites import PERMISSION

# What a person says of a name: a type of its own, or else the name of the type that it means.
AS_NEW = "new"


@dataclass(frozen=True)
class Added:
    """What became of the names of a file."""

    types: int = 0
    spellings: int = 0


@transaction.atomic
def add_type(campaign: Campaign, *, by: User, name: str) -> SiteType:
    """A new type at the end of the list; refused where one is called so already."""
    _may_change(campaign, by=by)
    _lock()
    _refuse_taken(name)
    made = SiteType.objects.add(name)
    audit.record(_("新增点位类型"), by=by, subject=made)
    return made


@transaction.atomic
def change_type(
    kind: SiteType, campaign: Campaign, *, by: User, name: str, other_names: Iterable[str] = (), seen: str = ""
) -> None:
    """Rename a type and say how else it is written; the old name goes on meaning it.

    Refused where another type is called so, where sites of another host are of this type, or where somebody has
    changed it since.
    """
    _may_change(campaign, by=by)
    _lock()
    refuse_stale(kind, seen=seen, now=SiteType.objects.get(pk=kind.pk).mark)
    _refuse_shared(kind, campaign)
    before = kind.name
    wanted = {one for one in other_names if one != name}
    if before != name:
        wanted.add(before)
    for one in (name, *sorted(wanted)):
        _refuse_taken(one, but=kind)
    kind.name = name
    kind.save(update_fields=["name"])
    kind.other_names.exclude(name__in=wanted).delete()
    _also_called(kind, wanted)
    detail = {"before": before, "after": name, "other_names": sorted(wanted)}
    audit.record(_("修改点位类型"), by=by, subject=kind, detail=detail)


@transaction.atomic
def order_type(kind: SiteType, campaign: Campaign, *, by: User, up: bool) -> None:
    """Let a type change places with its neighbour; at the end nothing."""
    _may_change(campaign, by=by)
    rows = _lock()
    place = next(n for n, one in enumerate(rows) if one.pk == kind.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        return
    rows[place], rows[other] = rows[other], rows[place]
    for position, one in enumerate(rows, start=1):
        one.position = position
    SiteType.objects.bulk_update(rows, ["position"])


@transaction.atomic
def merge_types(kind: SiteType, into: SiteType, campaign: Campaign, *, by: User) -> int:
    """Give all sites of one type to another, of which its name is one more spelling then; gives how many sites.

    Refused where both are one, where sites of another host are of it, or where something else still needs it.
    """
    _may_change(campaign, by=by)
    _lock()
    if kind.pk == into.pk:
        raise Refused(_("请选择要并入的另一个类型。"))
    _refuse_shared(kind, campaign)
    _refuse_needed(kind)
    moved = Site.objects.filter(kind=kind).update(kind=into)
    names = {kind.name, *kind.other_names.values_list("name", flat=True)}
    _delete(kind)
    _also_called(into, names)
    detail = {"into": into.name, "sites": moved}
    audit.record(_("合并点位类型"), by=by, subject=kind.name, detail=detail)
    return moved


@transaction.atomic
def remove_type(kind: SiteType, campaign: Campaign, *, by: User) -> None:
    """Take a type off the list; refused while a site is of it or something else needs it."""
    _may_change(campaign, by=by)
    _lock()
    if Site.objects.filter(kind=kind).exists():
        raise Refused(_("“%(name)s”还有点位，不能删除。可以把它并入另一个类型。") % {"name": kind.name}, kind)
    _refuse_needed(kind)
    audit.record(_("删除点位类型"), by=by, subject=kind.name)
    _delete(kind)


@transaction.atomic
def add_types(campaign: Campaign, chosen: Iterable[tuple[str, str]], *, by: User) -> Added:
    """Write what a person has said of each name: AS_NEW, or the name of the type it means; done twice it is done once.

    What is known meanwhile is passed over. Refused where a name is to mean a type that is not there.
    """
    _may_change(campaign, by=by)
    _lock()
    types, spellings = [], []
    for name, meant in chosen:
        if SiteType.objects.called(name):
            continue
        if meant == AS_NEW:
            types.append(SiteType.objects.add(name).name)
            continue
        kind = SiteType.objects.called(meant)
        if kind is None:
            told = {"name": name, "meant": meant}
            raise Refused(_("没有叫“%(meant)s”的类型，“%(name)s”没有归入。请重新选择。") % told)
        _also_called(kind, {name})
        spellings.append(f"{name} → {kind.name}")
    if types or spellings:
        audit.record(_("导入点位类型"), by=by, subject=campaign, detail={"types": types, "other_names": spellings})
    return Added(len(types), len(spellings))


def _may_change(campaign: Campaign, *, by: User) -> None:
    if not by.has_perm(PERMISSION, campaign):
        raise Refused(_("您没有修改点位类型的权限。"), campaign)


def _lock() -> list[SiteType]:
    """All types in their order; of two people at once the second waits, and sees what the first has done."""
    return list(SiteType.objects.select_for_update(no_key=True))


def _refuse_taken(name: str, *, but: SiteType | None = None) -> None:
    there = SiteType.objects.called(name)
    if there and there != but:
        told = {"name": name, "there": there.name}
        if there.name == name:
            raise Refused(_("已有类型“%(name)s”。") % told)
        raise Refused(_("“%(name)s”是类型“%(there)s”的别的写法。") % told)


def _refuse_shared(kind: SiteType, campaign: Campaign) -> None:
    others = Site.objects.filter(kind=kind).exclude(campaign__host__host_id=campaign.host.host_id)
    if others.exists():
        raise Refused(_("别的主体单位也有“%(name)s”类型的点位，不能由一家改动。") % {"name": kind.name}, kind)


def _also_called(kind: SiteType, names: Iterable[str]) -> None:
    there = set(kind.other_names.values_list("name", flat=True))
    SiteTypeName.objects.bulk_create(SiteTypeName(kind=kind, name=name) for name in sorted(set(names) - there))


def _refuse_needed(kind: SiteType) -> None:
    """What was written for a type, such as its checklists, must neither go with it nor turn up under another."""
    needed = [
        str(relation.related_model._meta.verbose_name)
        for relation in SiteType._meta.get_fields(include_hidden=True)
        if relation.is_relation
        and relation.auto_created
        and relation.related_model not in (Site, SiteTypeName)
        and relation.related_model._base_manager.filter(**{relation.field.name: kind}).exists()
    ]
    if needed:
        told = {"name": kind.name, "needed": "、".join(dict.fromkeys(needed))}
        raise Refused(_("“%(name)s”还有%(needed)s在用，没有改动。") % told, kind)


def _delete(kind: SiteType) -> None:
    SiteType.objects.get(pk=kind.pk).delete()
