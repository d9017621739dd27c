"""What people do with a version of an assessment system: found, revise, adopt, retire, discard."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit import audit
from cityinit.copying import write_each, write_from
from cityinit.queue import Lease, enqueue
from cityinit.sent import refuse_stale, sent_before
from cityinit.workflow import Refused
from units.notices import office_of, tell
from units.roles import require

from ..ancestry import lock_trees
from ..comparison import Node, compare
from ..models import AssessmentSystem, Campaign, Indicator, Standard, SystemEvent
from ..usage import is_in_use, users_of
from ..workflow import SYSTEM
from .material_carrying import carry_over, carry_rules

JOB = "campaigns.jobs.adopt_system"
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
    if there := sent_before(AssessmentSystem.objects.of(campaign), client_key):
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
        if there := sent_before(AssessmentSystem.objects.of(campaign), client_key):
            return there
        raise Refused(_("刚刚有人新建了同名同版本的测评体系，请打开那一份。"), campaign) from None
    return system


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

    Refused of an edition that is no longer in force, and while its draft is being adopted.
    """
    require(by, "campaigns.change_system", system)
    lock_trees(system.campaign)
    now = lock(system)
    if now.is_draft:
        return now
    known = AssessmentSystem.objects.of(system.campaign).called(name=now.name, edition=now.edition)
    if draft := known.drafts().first():
        return lock(draft)
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
    """Every indicator and standard of the one into the other, with their units; lineages go on.

    Within a version a lineage stands once, so each copy is found by that of its original.
    """
    within = Indicator.objects.filter(system=target)
    kept: tuple[str, ...] = ("lineage", "position", "code", "name", "methods", "score", "note")
    originals = source.indicators.order_by("pk")
    write_from(originals, Indicator, campaign=F("campaign"), system=target, **{name: F(name) for name in kept})
    above = within.filter(lineage=OuterRef("parent__lineage")).values("pk")
    below = originals.filter(lineage=OuterRef("lineage")).exclude(parent=None)
    within.update(parent=Subquery(below.order_by().values(copy=Subquery(above))))
    kept = ("lineage", "position", *(name for name in Standard.WRITTEN if name != "units"))
    copy = within.filter(lineage=OuterRef("indicator__lineage")).values("pk")
    write_from(
        Standard.objects.of_system(source).order_by("pk"),
        Standard,
        campaign=F("campaign"),
        indicator=Subquery(copy),
        **{name: F(name) for name in kept},
    )
    _copy_units(source, target)


def _copy_units(source: AssessmentSystem, target: AssessmentSystem) -> None:
    of_indicators, of_standards = Indicator.units.through, Standard.units.through
    copy = Indicator.objects.filter(system=target, lineage=OuterRef("indicator__lineage")).values("pk")
    charges = of_indicators.objects.filter(indicator__system=source).order_by("pk")
    write_from(charges, of_indicators, indicator=Subquery(copy), unit=F("unit"))
    copies = Standard.objects.of_system(target).filter(lineage=OuterRef("standard__lineage")).order_by()
    copy = copies.filter(indicator__lineage=OuterRef("standard__indicator__lineage")).values("pk")
    rows = of_standards.objects.filter(standard__indicator__system=source).order_by("pk")
    write_from(rows, of_standards, standard=Subquery(copy), unit=F("unit"))


def begin_load(system: AssessmentSystem, *, by: Any) -> AssessmentSystem:
    """The version a load writes into: one that nobody uses yet, else a new draft that `end_load` adopts.

    Refused while a person's draft of the edition is open.
    """
    if system.is_draft:
        return lock(system)
    if not is_in_use(system):
        return system
    known = AssessmentSystem.objects.of(system.campaign).called(name=system.name, edition=system.edition)
    if draft := known.drafts().first():
        raise Refused(_("“%(draft)s”还没有启用。请先启用或放弃它，再导入有改动的指标。") % {"draft": draft}, draft)
    return revise(system, by=by)


def end_load(system: AssessmentSystem, *, by: Any) -> None:
    """Bring what the load wrote in force where it was written into a draft of its own."""
    if system.is_draft and system.previous_id and system.previous.state == State.IN_FORCE:
        adopt(system, by=by)


@transaction.atomic
def request_adoption(
    system: AssessmentSystem, *, by: Any, adopted_on: date | None = None, seen_state: str = ""
) -> None:
    """Have a job bring the draft in force on that day; until it has, nobody can write the draft.

    Refused as `adopt` is, and while it is being adopted already.
    """
    day = adopted_on or timezone.localdate()
    lock_trees(system.campaign)
    now = lock(system)
    SYSTEM.ask(now, "adopt", by=by, seen_state=seen_state)
    _refuse_day(now, day)
    label = _("启用测评体系：%(system)s") % {"system": now}
    now.job = enqueue(JOB, now.pk, day.isoformat(), by.pk, by=by, label=label, url=now.get_absolute_url())
    now.save(update_fields=["job"])


def _refuse_day(system: AssessmentSystem, day: date) -> None:
    previous = system.previous
    if day > timezone.localdate():
        raise Refused(_("启用日期不能晚于今天。"), system)
    if previous and previous.adopted_on and day < previous.adopted_on:
        raise Refused(_("启用日期不能早于前一版的启用日期%(day)s。") % {"day": previous.adopted_on}, system)


def adopt(
    system: AssessmentSystem,
    *,
    by: Any,
    adopted_on: date | None = None,
    seen_state: str = "",
    lease: Lease | None = None,
) -> None:
    """The draft comes in force on that day (today by default), and what it takes the place of ends with it.

    Pairs the comparison found are kept as lineages, so that tasks, findings, self-checks and materials filed under the
    version before are found from this one. Refused for a day before the one of the version before. `lease` is that of
    the job that does it; it holds the lease in the same transaction.
    """
    day = adopted_on or timezone.localdate()
    with transaction.atomic():
        lock_trees(system.campaign)
        now = lock(system, lease=lease)
        system.state, system.previous = now.state, now.previous
        previous = system.previous
        _refuse_day(system, day)
        SYSTEM.make(system, "adopt", by=by, seen_state=seen_state, adopted_on=day)
        note = ""
        if previous:
            SYSTEM.make(previous, "supersede", by=None, superseded_on=day)
            carried = _carry_over(previous, system, by=by, on=day)
            note = _("接替“%(previous)s”，沿用%(n)s条标准及其材料") % {"previous": previous, "n": carried}
            record(previous, "supersede", _("停用"), by=by, note=_("由“%(system)s”接替") % {"system": system})
        record(system, "adopt", _("启用"), by=by, note=note)
        text = _("测评体系已启用：%(system)s") % {"system": system}
        tell({*office_of(system.campaign.host), *([by] if by else [])}, text, url=system.get_absolute_url())
        if lease:
            lease.hold()


def _carry_over(previous: AssessmentSystem, system: AssessmentSystem, *, by: Any, on: date) -> int:
    """Write the pairs that were found as lineages; how many standards go on."""
    found = compare(previous, system)
    _keep_lineages(Indicator, found.indicator_pairs)
    _keep_lineages(Standard, found.standard_pairs)
    carry_over(previous, system, by=by, on=on, due_days=carry_rules(previous, system))
    return len(found.standard_pairs)


def _keep_lineages(model: Any, pairs: Iterable[tuple[Node, Node]]) -> None:
    write_each(model, "lineage", {new.pk: UUID(old.lineage) for old, new in pairs if old.lineage != new.lineage})


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


def lock(system: AssessmentSystem, *, lease: Lease | None = None) -> AssessmentSystem:
    """The version as it stands, held until the transaction ends.

    Refused when somebody threw it away, and to everybody but its own job while it is being adopted.
    """
    try:
        held = AssessmentSystem.objects.select_for_update(of=("self",), no_key=True)
        now = held.select_related("campaign__host__host", "previous", "job").get(pk=system.pk)
    except AssessmentSystem.DoesNotExist:
        raise Refused(_("这个修订稿刚刚被别人放弃了。")) from None
    if now.is_being_adopted and not (lease and lease.pk == now.job_id):
        wrong = _("“%(system)s”正在启用（%(who)s提出），启用完成前不能改动。请稍候再来。")
        raise Refused(wrong % {"system": now, "who": now.job.requested_by_name}, now)
    return now


def record(system: AssessmentSystem, move: str, label: str, *, by: Any, note: str = "") -> None:
    SystemEvent.objects.create(system=system, move=move, label=label, note=note, by=by)
