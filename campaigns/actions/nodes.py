"""What people do with the indicators and standards of a version: add, change, move, delete.

A version in use is never written over: what was asked of one of its nodes is done to the copy in its draft, which is
made where there is none.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from cityinit.sent import refuse_stale, sent_before
from cityinit.workflow import Refused
from units.models import Unit
from units.roles import require

from ..ancestry import lock_trees
from ..models import AssessmentSystem, Indicator, Standard
from ..systems import branch_of, indicator_faults, standard_faults
from ..usage import is_in_use
from .systems import State, lock, record, revise

NodeT = TypeVar("NodeT", Indicator, Standard)


def is_writable(system: AssessmentSystem) -> bool:
    """Whether its nodes may be written in place: a draft's, or those of an edition nobody has used yet."""
    return system.is_draft or (system.state == State.IN_FORCE and not is_in_use(system))


def version_to_write(system: AssessmentSystem, *, by: Any) -> AssessmentSystem:
    """The version that an edit of this one goes to: itself, or its draft. Call inside the transaction that writes."""
    require(by, "campaigns.change_system", system)
    lock_trees(system.campaign)
    now = lock(system)
    if now.state == State.SUPERSEDED:
        raise Refused(_("“%(system)s”已停用，不能再改。请修订现行的版本。") % {"system": now}, now)
    return now if is_writable(now) else revise(now, by=by)


def copy_in(system: AssessmentSystem, node: NodeT) -> NodeT:
    """The same indicator or standard in that version; refused where the draft has dropped it."""
    found = type(node).objects.of_system(system).of_lineage(node).first()
    if found is None:
        raise Refused(_("修订稿“%(system)s”里已经删去了“%(node)s”。") % {"system": system, "node": node}, system)
    return found


def add_indicator(
    system: AssessmentSystem,
    *,
    by: Any,
    units: Iterable[Unit] = (),
    parent: Indicator | None = None,
    client_key: UUID | None = None,
    **values: Any,
) -> Indicator:
    """A new indicator at the end of its level; refused for what `indicator_faults` names. Sent twice, written once."""
    if there := sent_before(Indicator.objects.of(system.campaign), client_key):
        return there
    try:
        with transaction.atomic():
            target = version_to_write(system, by=by)
            above = copy_in(target, parent) if parent else None
            _refuse(indicator_faults(target, **_asked(values, "code", "name", "score"), parent=above), target)
            last = target.indicators.aggregate(last=Max("position"))["last"]
            made = Indicator.objects.create(
                campaign=target.campaign,
                system=target,
                parent=above,
                position=(last or 0) + 1,
                client_key=client_key,
                **values,
            )
            made.units.set(units)
            record(target, "add", _("新增指标"), by=by, note=str(made))
    except IntegrityError:
        if there := sent_before(Indicator.objects.of(system.campaign), client_key):
            return there
        raise Refused(_("编号“%(code)s”刚刚被别人用了，请换一个。") % {"code": values["code"]}, system) from None
    return made


@transaction.atomic
def change_indicator(
    indicator: Indicator,
    *,
    by: Any,
    units: Iterable[Unit] = (),
    parent: Indicator | None = None,
    seen: str = "",
    **values: Any,
) -> Indicator:
    """Write the changes, in the draft where the version is in use; gives the row that was written.

    `seen` is the mark of what the form was drawn from. Refused for what `indicator_faults` names.
    """
    target = version_to_write(indicator.system, by=by)
    kept = copy_in(target, indicator)
    refuse_stale(kept, seen=seen, now=kept.mark)
    above = copy_in(target, parent) if parent else None
    asked = _asked(values, "code", "name", "score")
    _refuse(indicator_faults(target, indicator=kept, **asked, parent=above), kept)
    for name, value in values.items():
        setattr(kept, name, value)
    kept.parent = above
    kept.save()
    kept.units.set(units)
    record(target, "change", _("修改指标"), by=by, note=str(kept))
    return kept


def add_standard(
    indicator: Indicator, *, by: Any, units: Iterable[Unit] = (), client_key: UUID | None = None, **values: Any
) -> Standard:
    """A new standard at the end of the indicator's; refused for what `standard_faults` names. Sent twice, once."""
    if there := sent_before(Standard.objects.of(indicator.campaign), client_key):
        return there
    try:
        with transaction.atomic():
            target = version_to_write(indicator.system, by=by)
            under = copy_in(target, indicator)
            _refuse(standard_faults(under, **_asked(values, "number", "content", "score")), under)
            last = under.standards.aggregate(last=Max("position"))["last"]
            made = Standard.objects.create(
                campaign=target.campaign,
                indicator=under,
                position=(last or 0) + 1,
                client_key=client_key,
                **values,
            )
            made.units.set(units)
            record(target, "add", _("新增标准"), by=by, note=str(made))
    except IntegrityError:
        if there := sent_before(Standard.objects.of(indicator.campaign), client_key):
            return there
        wrong = _("序号“%(number)s”刚刚被别人用了，请换一个。") % {"number": values["number"]}
        raise Refused(wrong, indicator) from None
    return made


@transaction.atomic
def change_standard(
    standard: Standard, *, by: Any, indicator: Indicator, units: Iterable[Unit] = (), seen: str = "", **values: Any
) -> Standard:
    """Write the changes, in the draft where the version is in use; gives the row that was written.

    `indicator` is what it stands under afterwards. Refused for what `standard_faults` names.
    """
    target = version_to_write(standard.indicator.system, by=by)
    kept = copy_in(target, standard)
    refuse_stale(kept, seen=seen, now=kept.mark)
    under = copy_in(target, indicator)
    _refuse(standard_faults(under, standard=kept, **_asked(values, "number", "content", "score")), kept)
    for name, value in values.items():
        setattr(kept, name, value)
    kept.indicator = under
    kept.save()
    kept.units.set(units)
    record(target, "change", _("修改标准"), by=by, note=str(kept))
    return kept


@transaction.atomic
def shift(node: NodeT, *, by: Any, up: bool) -> NodeT:
    """One place up or down among its neighbours; the first stays first, the last stays last."""
    target = version_to_write(system_of(node), by=by)
    kept = copy_in(target, node)
    beside = list(_beside(kept))
    place = next(at for at, one in enumerate(beside) if one.pk == kept.pk)
    other = place - 1 if up else place + 1
    if 0 <= other < len(beside):
        beside[place], beside[other] = beside[other], beside[place]
        # Rows that were given one and the same place are set apart by the way.
        positions = sorted({one.position for one in beside})
        if len(positions) < len(beside):
            positions = list(range(positions[0] if positions else 1, (positions[0] if positions else 1) + len(beside)))
        for one, position in zip(beside, positions, strict=True):
            one.position = position
        type(kept).objects.bulk_update(beside, ["position"])
        record(target, "shift", _("调整顺序"), by=by, note=str(kept))
    return kept


def _beside(node: Indicator | Standard) -> Any:
    if isinstance(node, Standard):
        return node.indicator.standards.order_by("position", "pk")
    return node.system.indicators.filter(parent=node.parent).order_by("position", "pk")


@transaction.atomic
def delete_node(node: NodeT, *, by: Any) -> AssessmentSystem:
    """Take it out of the version, an indicator with all that is below it; gives the version it was taken out of."""
    target = version_to_write(system_of(node), by=by)
    kept = copy_in(target, node)
    told = str(kept)
    if isinstance(kept, Indicator):
        branch = branch_of(kept)
        # Those above are protected by those below: none of them stands above another when they go.
        Indicator.objects.filter(pk__in=branch).update(parent=None)
        Indicator.objects.filter(pk__in=branch).delete()
    else:
        kept.delete()
    record(target, "delete", _("删去"), by=by, note=told)
    return target


def system_of(node: Indicator | Standard) -> AssessmentSystem:
    return node.system if isinstance(node, Indicator) else node.indicator.system


def _asked(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _refuse(faults: dict[str, str], obj: Any) -> None:
    for sentence in faults.values():
        raise Refused(sentence, obj)


# Pairs of a comparison by hand -------------------------------------------------------------------------


@transaction.atomic
def pair(old: NodeT, new: NodeT, *, by: Any) -> None:
    """Say that the draft's `new` is what `old` was: it takes on its lineage. Refused outside a draft."""
    draft = _draft_of(new, by=by)
    if type(old) is not type(new) or old.campaign_id != new.campaign_id or system_of(old).pk == draft.pk:
        raise Refused(_("只能与另一版里的指标或标准对应。"), draft)
    other = type(new).objects.of_system(draft).of_lineage(old).exclude(pk=new.pk).first()
    if other is not None:
        raise Refused(_("“%(old)s”已与“%(other)s”对应，请先取消那一对。") % {"old": old, "other": other}, draft)
    type(new).objects.filter(pk=new.pk).update(lineage=old.lineage, is_apart=False)
    record(draft, "pair", _("对应"), by=by, note=f"{old} → {new}")


@transaction.atomic
def unpair(new: NodeT, *, by: Any) -> None:
    """Say that the draft's `new` was nothing before: it begins a lineage, and no predecessor is looked for."""
    draft = _draft_of(new, by=by)
    type(new).objects.filter(pk=new.pk).update(lineage=uuid.uuid4(), is_apart=True)
    record(draft, "unpair", _("取消对应"), by=by, note=str(new))


def _draft_of(node: Indicator | Standard, *, by: Any) -> AssessmentSystem:
    draft = lock(system_of(node))
    require(by, "campaigns.change_system", draft)
    if not draft.is_draft:
        raise Refused(_("只有修订中的版本可以改对应关系；“%(system)s”已启用。") % {"system": draft}, draft)
    return draft
