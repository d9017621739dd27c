"""What people do with a version of an assessment system: found, revise, adopt, retire, discard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit import audit
from cityinit.sent import refuse_stale
from cityinit.workflow import Refused
from units.notices import office_of, tell
from units.roles import require

from ..ancestry import lock_trees
from ..comparison import Node, compare
from ..models import AssessmentSystem, Campaign, Indicator, Material, Standard, SystemEvent
from ..usage import is_in_use, users_of
from ..workflow import SYSTEM
from .material_carrying import carry_over, carry_rules

BATCH = 500
State = AssessmentSystem.State


def found_system(
    campaign: Campaign,
    *,
    by: Any,
    name: str,
    edition: str = "",
    issuer: str = "",
    previous: AssessmentSystem | None = None,
    client_key: UUID | None = None,
) -> AssessmentSystem:
    """An empty draft of a new edition; refused where this edition is there. Sent twice it is founded once."""
    require(by, "campaigns.change_system", campaign)
    if client_key and (there := _sent(campaign, client_key)):
        return there
    if there := AssessmentSystem.objects.of(campaign).called(name=name, edition=edition).first():
        raise Refused(_("“%(system)s”已经有了。要改它，请打开它点“修订”。") % {"system": there}, there)
    try:
        with transaction.atomic():
            system = AssessmentSystem.objects.create(
                campaign=campaign,
                name=name,
                edition=edition,
                issuer=issuer,
                previous=previous,
                state=State.DRAFT,
                client_key=client_key,
            )
            record(system, "found", _("新建"), by=by)
    except IntegrityError:
        if client_key and (there := _sent(campaign, client_key)):
            return there
        raise Refused(_("刚刚有人新建了同名同版本的测评体系，请打开那一份。"), campaign) from None
    return system


def _sent(campaign: Campaign, client_key: UUID) -> AssessmentSystem | None:
    return AssessmentSystem.objects.of(campaign).filter(client_key=client_key).first()


@transaction.atomic
def change_system(system: AssessmentSystem, *, by: Any, seen: str = "", **values: Any) -> None:
    """Write the name, edition, issuer and predecessor of a draft; refused once it is in force."""
    require(by, "campaigns.change_system", system)
    now = lock(system)
    if not now.is_draft:
        wrong = _("只有修订中的版本可以改名称和版本。它目前是“%(state)s”。")
        raise Refused(wrong % {"state": now.get_state_display()}, now)
    refuse_stale(system, seen=seen, now=now.mark)
    taken = AssessmentSystem.objects.of(system.campaign).called(name=values["name"], edition=values["edition"])
    if taken.filter(version=now.version).exclude(pk=now.pk).exists():
        raise Refused(_("这个名称和版本已经有了，请换一个。"), system)
    for name in AssessmentSystem.WRITTEN:
        setattr(system, name, values[name])
    system.save(update_fields=AssessmentSystem.WRITTEN)
    record(system, "change", _("修改名称"), by=by)


@transaction.atomic
def revise(system: AssessmentSystem, *, by: Any) -> AssessmentSystem:
    """The draft version of an edition in force: the one that is there, else a copy of its whole tree.

    Refused of an edition that is no longer in force.
    """
    require(by, "campaigns.change_system", system)
    lock_trees(system.campaign)
    now = AssessmentSystem.objects.get(pk=system.pk)
    if now.is_draft:
        return now
    known = AssessmentSystem.objects.of(system.campaign).called(name=now.name, edition=now.edition)
    if draft := known.drafts().first():
        return draft
    if now.state != State.IN_FORCE:
        raise Refused(_("“%(system)s”已停用，不能修订。请修订现行的版本。") % {"system": now}, now)
    draft = AssessmentSystem.objects.create(
        campaign=now.campaign,
        name=now.name,
        edition=now.edition,
        issuer=now.issuer,
        version=known.first().version + 1,
        state=State.DRAFT,
        previous=now,
        position=now.position,
    )
    copy_tree(now, draft)
    record(draft, "revise", _("修订"), by=by, note=_("由“%(system)s”复制") % {"system": now})
    return draft


def copy_tree(source: AssessmentSystem, target: AssessmentSystem) -> None:
    """Every indicator and standard of the one into the other, with their units; lineages go on."""
    copies: dict[int, Indicator] = {}
    for row in source.indicators.order_by("pk"):
        copies[row.pk] = _copy(row, ("lineage", "position", "code", "name", "methods", "score", "note"), system=target)
    _write(copies)
    above = dict(source.indicators.exclude(parent=None).values_list("pk", "parent_id"))
    for pk, parent in above.items():
        copies[pk].parent = copies[parent]
    Indicator.objects.bulk_update([copies[pk] for pk in above], ["parent"], batch_size=BATCH)
    standards: dict[int, Standard] = {}
    kept = tuple(name for name in Standard.WRITTEN if name != "units")
    for standard in Standard.objects.of_system(source).order_by("pk"):
        below = copies[standard.indicator_id]
        standards[standard.pk] = _copy(standard, ("lineage", "position", *kept), indicator=below)
    _write(standards)
    _copy_units(Indicator, source, copies)
    _copy_units(Standard, source, standards)


def _copy(row: Any, names: Sequence[str], **values: Any) -> Any:
    return type(row)(campaign_id=row.campaign_id, **{name: getattr(row, name) for name in names}, **values)


def _write(copies: dict[int, Any]) -> None:
    if copies:
        rows = list(copies.values())
        type(rows[0])._base_manager.bulk_create(rows, batch_size=BATCH)


def _copy_units(model: Any, source: AssessmentSystem, copies: dict[int, Any]) -> None:
    through, name = model.units.through, str(model._meta.model_name)
    # Asked by the system, not by thousands of keys: a statement takes only so many.
    rows = through.objects.filter(**{f"{name}__in": model.objects.of_system(source).order_by().values("pk")})
    through.objects.bulk_create(
        [
            through(**{f"{name}_id": copies[pk].pk, "unit_id": unit})
            for pk, unit in rows.order_by("pk").values_list(f"{name}_id", "unit_id")
        ],
        batch_size=BATCH,
    )


def begin_load(system: AssessmentSystem, *, by: Any) -> AssessmentSystem:
    """The version a load writes into: one that nobody uses yet, else a new draft that `end_load` adopts.

    Refused while a person's draft of the edition is open.
    """
    if system.is_draft or not is_in_use(system):
        return system
    known = AssessmentSystem.objects.of(system.campaign).called(name=system.name, edition=system.edition)
    if draft := known.drafts().first():
        raise Refused(_("“%(draft)s”还没有启用。请先启用或放弃它，再导入有改动的指标。") % {"draft": draft}, draft)
    return revise(system, by=by)


def end_load(system: AssessmentSystem, *, by: Any) -> None:
    """Bring what the load wrote in force where it was written into a draft of its own."""
    if system.is_draft and system.previous_id and system.previous.state == State.IN_FORCE:
        adopt(system, by=by)


def adopt(system: AssessmentSystem, *, by: Any, adopted_on: date | None = None, seen_state: str = "") -> None:
    """The draft comes in force on that day (today by default), and what it takes the place of ends with it.

    Pairs the comparison found are kept as lineages, so that tasks, findings, self-checks and materials filed under the
    version before are found from this one. Refused for a day before the one of the version before.
    """
    day = adopted_on or timezone.localdate()
    with transaction.atomic():
        lock_trees(system.campaign)
        now = lock(system)
        system.state, system.previous = now.state, now.previous
        previous = system.previous
        if day > timezone.localdate():
            raise Refused(_("启用日期不能晚于今天。"), system)
        if previous and previous.adopted_on and day < previous.adopted_on:
            raise Refused(_("启用日期不能早于前一版的启用日期%(day)s。") % {"day": previous.adopted_on}, system)
        SYSTEM.make(system, "adopt", by=by, seen_state=seen_state, adopted_on=day)
        note = ""
        if previous:
            SYSTEM.make(previous, "supersede", by=None, superseded_on=day)
            carried = _carry_over(previous, system, by=by, on=day)
            note = _("接替“%(previous)s”，沿用%(n)s条标准及其材料") % {"previous": previous, "n": carried}
            record(previous, "supersede", _("停用"), by=by, note=_("由“%(system)s”接替") % {"system": system})
        record(system, "adopt", _("启用"), by=by, note=note)
        text = _("测评体系已启用：%(system)s") % {"system": system}
        tell(office_of(system.campaign.host), text, url=system.get_absolute_url())


def _carry_over(previous: AssessmentSystem, system: AssessmentSystem, *, by: Any, on: date) -> int:
    """Write the pairs that were found as lineages; how many standards go on."""
    found = compare(previous, system)
    _keep_lineages(Indicator, found.indicator_pairs)
    _keep_lineages(Standard, found.standard_pairs)
    _carry_materials(previous, system, found.standard_pairs, by=by, on=on)
    return len(found.standard_pairs)


def _carry_materials(
    previous: AssessmentSystem, system: AssessmentSystem, pairs: Iterable[tuple[Node, Node]], *, by: Any, on: date
) -> None:
    """Give the new standards what units were asked for and handed in under the old ones, by the same rules."""
    due_days = carry_rules(previous, system)
    asked = set(Material.objects.asked().of_system(previous).values_list("standard_id", flat=True))
    kept = [(old.pk, new.pk) for old, new in pairs if old.pk in asked]
    rows = Standard.objects.select_related("indicator").in_bulk([pk for pair in kept for pk in pair])
    carry_over([(rows[old], rows[new]) for old, new in kept], by=by, on=on, due_days=due_days)


def _keep_lineages(model: Any, pairs: Iterable[tuple[Node, Node]]) -> None:
    rows = [model(pk=new.pk, lineage=old.lineage) for old, new in pairs if old.lineage != new.lineage]
    model.objects.bulk_update(rows, ["lineage"], batch_size=BATCH)


@transaction.atomic
def retire(
    system: AssessmentSystem, *, by: Any, superseded_on: date | None = None, note: str, seen_state: str = ""
) -> None:
    """The edition ends on that day without another in its place; refused for a day before it came in force."""
    day = superseded_on or timezone.localdate()
    if day > timezone.localdate():
        raise Refused(_("停用日期不能晚于今天。"), system)
    if system.adopted_on and day < system.adopted_on:
        raise Refused(_("停用日期不能早于启用日期%(day)s。") % {"day": system.adopted_on}, system)
    SYSTEM.make(system, "retire", by=by, seen_state=seen_state, superseded_on=day)
    record(system, "retire", _("停用"), by=by, note=note)


@transaction.atomic
def discard(system: AssessmentSystem, *, by: Any) -> None:
    """Throw a draft away with its whole tree; refused of a version that was adopted, or that something points at."""
    require(by, "campaigns.change_system", system)
    now = lock(system)
    if not now.is_draft:
        raise Refused(_("只有修订中的版本可以放弃。它目前是“%(state)s”。") % {"state": now.get_state_display()}, now)
    if any(rows.exists() for rows in users_of(now, by_lineage=False)):
        raise Refused(_("已有记录指向这个修订稿里的指标，不能放弃。请先改掉那些记录，或启用它。"), now)
    audit.record(_("放弃测评体系修订稿"), by=by, subject=now, detail={"pk": now.pk})
    now.indicators.update(parent=None)
    now.delete()


def lock(system: AssessmentSystem) -> AssessmentSystem:
    """The version as it stands, held until the transaction ends; refused when somebody threw it away."""
    try:
        held = AssessmentSystem.objects.select_for_update(of=("self",), no_key=True)
        return held.select_related("campaign__host__host", "previous").get(pk=system.pk)
    except AssessmentSystem.DoesNotExist:
        raise Refused(_("这个修订稿刚刚被别人放弃了。")) from None


def record(system: AssessmentSystem, move: str, label: str, *, by: Any, note: str = "") -> None:
    SystemEvent.objects.create(system=system, move=move, label=label, note=note, by=by)
