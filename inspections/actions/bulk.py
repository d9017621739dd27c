"""One thing done to many findings: by the action of one finding each, what is refused kept with its reason.

A page of the list is done at once, more by a job; either way it is a batch, whose page tells what came of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.actions.batches import work_through
from campaigns.models import Campaign
from campaigns.sent import sent_in
from cityinit.addresses import address
from cityinit.queue import Lease, enqueue
from cityinit.workflow import Refused
from inspections.actions import findings as actions
from inspections.models import Extension, Finding, FindingBatch, FindingBatchRow
from inspections.suggestion import Suggester
from inspections.workflow import EXTENSION, FINDING, no_clock
from units.models import Unit, User
from units.notices import liaisons_of, tell

JOB = "inspections.jobs.do_finding_batch"
Act = FindingBatch.Act
Outcome = FindingBatchRow.Outcome
# Whole lists are moved by the office; the right to each move is asked of each finding besides.
PERMISSION = "inspections.verify_finding"
# What is done at once: a page of the list, which the person has before their eyes.
AT_ONCE = 50
# A chunk holds the database on SQLite: others wait for it, so it takes half a second.
CHUNK = 20
# More than this is not asked one by one before it is done: it is told by state how many will be refused.
LOOKED_AT = 500
TOLD = {
    Act.CLOSE: gettext_lazy("%(unit)s有%(n)s个问题已销号"),
    Act.EXTEND: gettext_lazy("%(unit)s有%(n)s个问题已延期"),
}
LISTED = {Act.CLOSE: {"state": "closed"}, Act.EXTEND: {"state": "with_unit"}}


def begin(
    campaign: Campaign,
    keys: Sequence[int],
    *,
    act: str,
    by: User,
    back_url: str,
    client_key: UUID | None = None,
    **values: Any,
) -> FindingBatch:
    """Do `act` to these findings, now or by a job; the same `client_key` gives the batch that is there already.

    dispatch: `lead_unit` (none: the suggested one of each), `note` · close: `note` · extend: `workdays` (none: grants
    what the units have asked for), `note`. Refused to who is not of the office.
    """
    if not by.has_perm(PERMISSION, campaign):
        raise Refused(_("您没有批量办理问题的权限。"), campaign)
    own = FindingBatch.objects.filter(requested_by=by)
    if there := sent_in(campaign, own, client_key):
        return there
    asked = {name: value for name, value in values.items() if value}
    try:
        with transaction.atomic():
            batch = FindingBatch.objects.create(
                campaign=campaign,
                act=act,
                values={name: value.pk if isinstance(value, Unit) else value for name, value in asked.items()},
                said=_said(act, asked),
                back_url=back_url,
                total=len(keys),
                requested_by=by,
                client_key=client_key,
            )
            FindingBatchRow.objects.bulk_create(FindingBatchRow(batch=batch, finding_id=pk) for pk in keys)
            if len(keys) > AT_ONCE:
                batch.job = enqueue(JOB, batch.pk, by=by, label=str(batch), url=batch.get_absolute_url())
                batch.save(update_fields=["job"])
            else:
                _do_rows(batch, list(batch.rows.all()), by=by)
                _tell(batch)
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if there := sent_in(campaign, own, client_key):
            return there
        raise
    return batch


def carry_on(batch: FindingBatch, *, lease: Lease) -> None:
    """Do what is left of it; killed anywhere and begun again, each finding is moved once and each unit told once."""
    work_through(batch, lease=lease, do_some=_do_some, finish=_finish)


def refusals(findings: Sequence[Finding], *, act: str, by: User, **values: Any) -> list[tuple[Finding, str]]:
    """Which of them would be refused as they stand now, and why; nothing is written."""
    found = list(findings)
    suggester = Suggester(found[0].campaign, found) if found else None
    asked = _asked_extensions(found) if act == Act.EXTEND else {}
    reasons = ((finding, _refusal(finding, act, by, values, suggester, asked)) for finding in found)
    return [(finding, reason) for finding, reason in reasons if reason]


def _refusal(
    finding: Finding, act: str, by: User, values: Any, suggester: Suggester | None, asked: dict[int, Extension]
) -> str | None:
    if act == Act.EXTEND:
        if values.get("workdays"):
            return no_clock(finding)
        return EXTENSION.refusal(asked[finding.pk], "grant", by) if finding.pk in asked else _("单位没有申请延期。")
    if reason := FINDING.refusal(finding, act, by):
        return reason
    if act == Act.DISPATCH and not values.get("lead_unit") and suggester and suggester.of(finding) is None:
        return _("没有可建议的单位，请单独交办。")
    return None


@transaction.atomic
def _do_some(batch: FindingBatch, lease: Lease) -> bool:
    """Move the next findings and write down what came of each, all in one; False where none was left."""
    # First of all: to whoever took the job over meanwhile, these are findings to be moved.
    lease.hold()
    rows = list(batch.rows.waiting().order_by("pk")[:CHUNK])
    if not rows:
        return False
    # The person anew each time: a post may have ended since, or on this very day.
    by = User.objects.get(pk=batch.requested_by_id)
    if not by.has_perm(PERMISSION, batch.campaign):
        without = _("提出办理的人已没有这项权限，没有办。请由有权限的人重新办理。")
        batch.rows.waiting().update(outcome=Outcome.REFUSED, reason=without)
        batch.count()
    else:
        _do_rows(batch, rows, by=by)
    return True


def _do_rows(batch: FindingBatch, rows: Sequence[FindingBatchRow], *, by: User) -> None:
    keys = [row.finding_id for row in rows]
    # All of them at first: two batches of the same findings then wait for each other, and never both.
    Finding.objects.hold(*keys)
    visible = Finding.objects.visible_to(by, of=batch.campaign)
    found = {row.pk: row for row in visible.filter(pk__in=keys).for_page()}
    suggester = Suggester(batch.campaign, found.values())
    asked = _asked_extensions(found.values())
    for row in rows:
        finding = found.get(row.finding_id)
        try:
            if finding is None:
                raise Refused(_("提出办理的人已看不到这个问题，没有办。"))
            _do(batch, finding, by=by, suggester=suggester, asked=asked.get(finding.pk))
        except Refused as refusal:
            row.outcome, row.reason = Outcome.REFUSED, refusal.reason
        else:
            row.outcome, row.untold = Outcome.DONE, True
    FindingBatchRow.objects.bulk_update(rows, ["outcome", "reason", "untold"])
    batch.count()


def _do(batch: FindingBatch, finding: Finding, *, by: User, suggester: Suggester, asked: Extension | None) -> None:
    """The move of one finding, as its own page would make it."""
    values = dict(batch.values)
    note = values.get("note", "")
    match batch.act:
        case Act.DISPATCH:
            unit = Unit.objects.filter(pk=values["lead_unit"]).first() if "lead_unit" in values else None
            suggestion = None if unit else suggester.of(finding)
            if unit is None and suggestion is None:
                raise Refused(_("没有可建议的单位，请单独交办。"), finding)
            lead = unit or suggestion.unit
            reason = suggestion.reason if suggestion else ""
            told = "\n".join(filter(None, (note, reason)))
            beside = list(finding.assisting_units.all())
            actions.dispatch(finding, by=by, lead_unit=lead, assisting_units=beside, note=told, tells=False)
        case Act.CLOSE:
            actions.close(finding, by=by, note=note, tells=False)
        case Act.EXTEND if values.get("workdays"):
            actions.extend(finding, by=by, workdays=values["workdays"], note=note, tells=False)
        case _:
            if asked is None:
                raise Refused(_("单位没有申请延期。"), finding)
            asked.finding = finding
            actions.grant_extension(asked, by=by, note=note, tells=False)


def _asked_extensions(findings: Any) -> dict[int, Extension]:
    asked = Extension.objects.filter(finding__in=list(findings), state=Extension.State.ASKED)
    found = {row.finding_id: row for row in asked.select_related("asked_by")}
    for finding in findings:
        if finding.pk in found:
            found[finding.pk].finding = finding
    return found


@transaction.atomic
def _finish(batch: FindingBatch, lease: Lease) -> None:
    lease.hold()
    if _tell(batch):
        told = {"batch": batch, "done": batch.done_count, "refused": batch.refused_count}
        to_sender = (
            _("%(batch)s：已办完，%(done)s个办成，%(refused)s个没有办")
            if batch.refused_count
            else _("%(batch)s：已全部办成")
        )
        sender = User.objects.get(pk=batch.requested_by_id)
        tell([sender], to_sender % told, url=batch.get_absolute_url(), within=True)


def _tell(batch: FindingBatch) -> bool:
    """Say that it is finished, and tell each unit once of all its findings; False where that was done before."""
    now = timezone.now()
    if not FindingBatch.objects.filter(pk=batch.pk, finished_at=None).update(finished_at=now):
        return False
    batch.finished_at = now
    if batch.act == Act.DISPATCH:
        given = Finding.objects.filter(pk__in=batch.rows.filter(untold=True).values("finding")).order_by("pk")
        actions.tell_dispatched(given.for_ledger(), by=batch.requested_by, within=True)
        return True
    of_unit: dict[int, int] = defaultdict(int)
    rows = batch.rows.filter(untold=True).values_list("finding__lead_unit", flat=True)
    for pk in rows:
        of_unit[pk] += 1
    units = Unit.objects.in_bulk(list(of_unit))
    for pk, n in of_unit.items():
        url = f"{address('inspections:findings')}?{urlencode({**LISTED[Act(batch.act)], 'unit': str(pk)})}"
        people = [person for person in liaisons_of(units[pk]) if person.pk != batch.requested_by_id]
        tell(people, TOLD[Act(batch.act)] % {"unit": units[pk], "n": n}, url=url, within=True)
    return True


def _said(act: str, asked: dict[str, Any]) -> str:
    match act:
        case Act.DISPATCH:
            unit = asked.get("lead_unit")
            said = _("全部交办给%(unit)s") % {"unit": unit} if unit else _("各按建议的单位交办")
        case Act.CLOSE:
            said = ""
        case _:
            days = asked.get("workdays")
            said = _("期限各延后%(n)s个工作日") % {"n": days} if days else _("批准单位申请的延期")
    return "；".join(filter(None, (said, asked.get("note", ""))))
