"""What the office does with checklists: draw up, edit while it is a draft, bring in use, withdraw, copy on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from campaigns.sent import sent_in
from cityinit import audit
from cityinit.sent import refuse_stale, said_if_taken, sent_before
from cityinit.workflow import Refused
from inspections import checklist_presets
from inspections.field_workflow import CHECKLIST
from inspections.models import Checklist, ChecklistEvent, ChecklistItem, SiteType
from inspections.models.checklist import HEAVIEST
from units.models import User
from units.roles import require

PERMISSION = "inspections.change_checklist"


def add_checklist(
    campaign: Campaign, *, by: User, kind: str, edition: str, client_key: UUID | None = None, **values: Any
) -> Checklist:
    """An empty draft; refused where this edition is there. An unknown `kind` becomes a new type of site.

    Sent twice it is added once.
    """
    require(by, PERMISSION, campaign)
    if there := sent_in(campaign, Checklist.objects.all(), client_key):
        return there
    with said_if_taken(_("“%(kind)s %(edition)s”已经有了，请打开那一份。") % {"kind": kind, "edition": edition}):
        found = type_called(kind)
        made = Checklist.objects.create(campaign=campaign, kind=found, edition=edition, client_key=client_key, **values)
        record(made, "add", _("新建"), by=by)
    return made


def change_checklist(checklist: Checklist, *, by: User, kind: str, seen: str = "", **values: Any) -> None:
    """Write the type, edition and source of a draft; refused once it is in use."""
    require(by, PERMISSION, checklist)
    with said_if_taken(_("同一类型已有这个版本，请换一个版本名。")):
        now = lock(checklist)
        refuse_stale(checklist, seen=seen, now=now.mark)
        checklist.kind = type_called(kind)
        for name, value in values.items():
            setattr(checklist, name, value)
        checklist.save(update_fields=Checklist.WRITTEN)
        record(checklist, "change", _("修改"), by=by)


def next_edition(
    checklist: Checklist, *, by: User, kind: str, edition: str, client_key: UUID | None = None
) -> Checklist:
    """A draft with all its items, for the same type or another; refused where that edition is there."""
    require(by, PERMISSION, checklist)
    if there := sent_in(checklist.campaign, Checklist.objects.all(), client_key):
        return there
    taken = _("“%(kind)s %(edition)s”已经有了，请打开那一份，或换一个版本名。")
    with said_if_taken(taken % {"kind": kind, "edition": edition}):
        found = type_called(kind)
        made = Checklist.objects.create(
            campaign=checklist.campaign,
            kind=found,
            edition=edition,
            source=checklist.source,
            note=checklist.note,
            is_shared=checklist.is_shared,
            previous=checklist if found.pk == checklist.kind_id else None,
            client_key=client_key,
        )
        names = [*(name for name in ChecklistItem.WRITTEN if name != "indicator"), "indicator_id", "position"]
        ChecklistItem.objects.bulk_create(
            ChecklistItem(checklist=made, **{name: getattr(item, name) for name in names})
            for item in checklist.items.all()
        )
        record(made, "copy", _("新版"), by=by, note=_("由“%(checklist)s”复制") % {"checklist": checklist})
    return made


@transaction.atomic
def publish(checklist: Checklist, *, by: User, seen_state: str = "") -> None:
    """Bring a draft in use, from now on frozen; what was in use for the type is withdrawn with it."""
    # One at a time: two drafts of a type published at once would both find the one before.
    Campaign.objects.hold(checklist.campaign_id)
    before = Checklist.objects.filter(campaign=checklist.campaign, kind=checklist.kind).in_use().first()
    if before:
        CHECKLIST.ask(checklist, "publish", by=by, seen_state=seen_state)
        CHECKLIST.make(before, "withdraw", by=None)
        record(before, "withdraw", _("停用"), by=by, note=_("由“%(checklist)s”接替") % {"checklist": checklist})
    CHECKLIST.make(checklist, "publish", by=by, seen_state=seen_state, published_on=timezone.localdate())
    record(checklist, "publish", _("启用"), by=by, note=_("接替“%(before)s”") % {"before": before} if before else "")


@transaction.atomic
def withdraw(checklist: Checklist, *, by: User, seen_state: str = "") -> None:
    """Nobody begins a visit with it any more; those that were begun go on."""
    CHECKLIST.make(checklist, "withdraw", by=by, seen_state=seen_state)
    record(checklist, "withdraw", _("停用"), by=by)


@transaction.atomic
def discard(checklist: Checklist, *, by: User) -> None:
    """Throw a draft away; refused of one that was in use."""
    require(by, PERMISSION, checklist)
    now = lock(checklist)
    audit.record(_("删除检查表草稿"), by=by, subject=now, detail={"pk": now.pk})
    now.delete()


# Items ------------------------------------------------------------------------------------------------


def add_item(checklist: Checklist, *, by: User, client_key: UUID | None = None, **values: Any) -> ChecklistItem:
    """Put an item at the end of a draft; refused where its code is taken. Sent twice it is added once."""
    require(by, PERMISSION, checklist)
    with said_if_taken(_("编号“%(code)s”已用于另一个检查项。") % {"code": values["code"]}):
        lock(checklist)
        if there := sent_before(checklist.items.all(), client_key):
            return there
        last = checklist.items.aggregate(last=Max("position"))["last"] or 0
        item = ChecklistItem(checklist=checklist, position=last + 1, client_key=client_key)
        return _write(item, values)


def change_item(item: ChecklistItem, *, by: User, seen: str = "", **values: Any) -> None:
    """Write an item of a draft; refused where its code is taken, or its rule lacks a number."""
    require(by, PERMISSION, item.checklist)
    with said_if_taken(_("编号“%(code)s”已用于另一个检查项。") % {"code": values["code"]}):
        lock(item.checklist)
        refuse_stale(item.checklist, seen=seen, now=_standing(item).mark)
        _write(item, values)


@transaction.atomic
def remove_item(item: ChecklistItem, *, by: User) -> None:
    """Take an item out of a draft."""
    require(by, PERMISSION, item.checklist)
    lock(item.checklist)
    _standing(item).delete()


@transaction.atomic
def move_item(item: ChecklistItem, *, by: User, up: bool) -> None:
    """One place up or down among the items of a draft; at the end it stays."""
    require(by, PERMISSION, item.checklist)
    lock(item.checklist)
    order = list(item.checklist.items.values_list("pk", flat=True))
    place = order.index(_standing(item).pk)
    other = place - 1 if up else place + 1
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
    write_order(item.checklist, order)


def write_order(checklist: Checklist, order: Sequence[int]) -> None:
    rows = [ChecklistItem(pk=pk, position=place) for place, pk in enumerate(order, start=1)]
    ChecklistItem.objects.bulk_update(rows, ["position"])


def _write(item: ChecklistItem, values: dict[str, Any]) -> ChecklistItem:
    for name, value in values.items():
        setattr(item, name, value)
    # Worked out of the values before.
    item.__dict__.pop("rule", None)
    if wrong := item.rule.faults:
        raise Refused(" ".join(wrong.values()), item.checklist)
    if not 1 <= item.weight <= HEAVIEST:
        raise Refused(_("分值应在1到%(most)s之间。") % {"most": HEAVIEST}, item.checklist)
    item.save()
    return item


def _standing(item: ChecklistItem) -> ChecklistItem:
    if (now := ChecklistItem.objects.filter(pk=item.pk).first()) is None:
        raise Refused(_("这个检查项刚刚被别人删除了。"), item.checklist)
    return now


# Presets ----------------------------------------------------------------------------------------------


@transaction.atomic
def take_presets(campaign: Campaign, *, by: User, kinds: Iterable[str]) -> list[Checklist]:
    """Drafts of our own wording for these types of sites; a type that has one of them already is passed over."""
    require(by, PERMISSION, campaign)
    Campaign.objects.hold(campaign.pk)
    made = []
    for name in kinds:
        preset = checklist_presets.BY_KIND[name]
        kind = type_called(name)
        there = Checklist.objects.filter(campaign=campaign, kind=kind, edition=checklist_presets.EDITION, source="")
        if there.exists():
            continue
        checklist = Checklist.objects.create(campaign=campaign, kind=kind, edition=checklist_presets.EDITION)
        ChecklistItem.objects.bulk_create(
            ChecklistItem(checklist=checklist, position=place, **values)
            for place, values in enumerate(checklist_presets.items(preset), start=1)
        )
        record(checklist, "add", _("取用参考检查表"), by=by)
        made.append(checklist)
    return made


def type_called(name: str) -> SiteType:
    """The type of that name, or so written by somebody; a new one where there is none."""
    return SiteType.objects.called(name) or SiteType.objects.add(name)


def lock(checklist: Checklist) -> Checklist:
    """The draft as it stands, held until the transaction ends; refused once it is in use, or gone."""
    now = Checklist.objects.select_for_update(no_key=True).filter(pk=checklist.pk).first()
    if now is None:
        raise Refused(_("这份草稿刚刚被别人删除了。"))
    if not now.is_draft:
        raise Refused(
            _("“%(checklist)s”目前是“%(state)s”，不能再改。要改请点“新版”。")
            % {"checklist": now, "state": now.get_state_display()},
            now,
        )
    return now


def record(checklist: Checklist, move: str, label: str, *, by: Any, note: str = "") -> None:
    ChecklistEvent.objects.create(checklist=checklist, move=move, label=str(label), note=note, by=by)
