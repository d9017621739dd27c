"""What the office decides of a finding: whose it is, whether it counts, and what has to wait."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cityinit.workflow import Refused
from inspections import dispatch as rules
from inspections.models import Finding, FormerLead
from units.models import Unit, User
from units.roles import Reach

from .doubts import settle_between
from .escalation import carry_over
from .moves import check_due, make_move, need, record, set_warning
from .notify import tell_dispatched, tell_liaisons, tell_reporter
from .wording import join, moment


@transaction.atomic
def dispatch(
    finding: Finding,
    *,
    by: User,
    lead_unit: Unit,
    assisting_units: Iterable[Unit] = (),
    severity: str = "",
    due_at: datetime | None = None,
    note: str = "",
    seen_state: str = "",
    tells: bool = True,
) -> None:
    """Verify the finding and give it to a unit; without `due_at` the limit of category or severity holds.

    Of many at once (`tells=False`) the units are told together, by whoever does so.

    Refused for units outside the host's tree or out of the person's reach, and for a deadline that has already passed.
    """
    host = finding.campaign.host
    assisting = [unit for unit in assisting_units if unit != lead_unit]
    if any(unit.host_id != host.host_id or unit.closed_on for unit in [lead_unit, *assisting]):
        raise Refused(_("只能交办给本主体单位现有的单位。"), finding)
    for unit in (lead_unit, *assisting):
        if not by.has_perm(rules.DISPATCH, Reach(host.path, (unit.path,))):
            raise Refused(_("“%(unit)s”不在您的管辖范围内，请由市创建办交办。") % {"unit": unit}, finding)
    now = timezone.now()
    severity = severity or finding.severity
    calendar = rules.office_calendar()
    due_at = due_at or rules.suggest_due(finding.category, severity, at=now, calendar=calendar).due_at
    check_due(finding, due_at, now=now)
    finding.severity = severity
    # What it was given to before counts there for the days before.
    former = finding.lead_unit if finding.dispatched_at else None
    make_move(
        finding,
        "dispatch",
        by=by,
        seen_state=seen_state,
        note=join(
            _("责任单位：%(unit)s") % {"unit": lead_unit},
            assisting and _("协办：%(units)s") % {"units": "、".join(map(str, assisting))},
            _("期限：%(due)s") % {"due": moment(due_at)},
            note,
        ),
        lead_unit=lead_unit,
        severity=severity,
        dispatched_at=now,
        due_at=due_at,
        first_due_at=due_at,
        warn_at=rules.warn_at(finding, start=now, due_at=due_at, calendar=calendar),
        acknowledged_at=None,
        answered_at=None,
        answered_by=None,
        reviewed_at=None,
        measure="",
    )
    finding.assisting_units.set(assisting)
    if former and former != lead_unit:
        FormerLead.objects.create(finding=finding, unit=former, until=timezone.localdate(now) - timedelta(days=1))
    if tells:
        tell_dispatched([finding], by=by)


@transaction.atomic
def reject(finding: Finding, *, by: User, reason: str, seen_state: str = "") -> None:
    """Do not take it up as a finding; refused while others count as its duplicates."""
    need(finding, reason, _("请写明不予立案的理由。"))
    _refuse_original(finding)
    make_move(finding, "reject", by=by, note=reason, seen_state=seen_state)
    tell_reporter(finding, _("不予立案：%(finding)s"), by=by)


@transaction.atomic
def mark_duplicate(finding: Finding, *, by: User, duplicate_of: Finding, note: str = "", seen_state: str = "") -> None:
    """Refer to the finding that was there first; refused for itself and for one that does not count.

    Its own duplicates are handed on: the problem goes on being counted, under the other number.
    """
    if duplicate_of == finding or duplicate_of.campaign_id != finding.campaign_id:
        raise Refused(_("请选择同一活动中的另一个问题。"), finding)
    # One merge at a time: while it waits for a finding, nobody gives that one another duplicate.
    Campaign.objects.hold(finding.campaign_id)
    followers = finding.duplicates.filter(state=Finding.State.DUPLICATE)
    held = Finding.objects.hold(finding.pk, duplicate_of.pk, *followers.values_list("pk", flat=True))
    duplicate_of = held[duplicate_of.pk]
    if duplicate_of.state in Finding.UNCOUNTED_STATES:
        raise Refused(
            _("%(number)s 本身是“%(state)s”，不能作为原问题。")
            % {"number": duplicate_of, "state": duplicate_of.get_state_display()},
            finding,
        )
    note = join(_("重复于 %(number)s") % {"number": duplicate_of}, note)
    was_dispatched = finding.state == Finding.State.DISPATCHED
    make_move(finding, "mark_duplicate", by=by, note=note, seen_state=seen_state, duplicate_of=duplicate_of)
    settle_between(finding, duplicate_of, by=by)
    for follower in followers.all():
        Finding.objects.filter(pk=follower.pk).update(duplicate_of=duplicate_of)
        note = _("改为重复于 %(number)s") % {"number": duplicate_of}
        record(follower, "mark_duplicate", _("标为重复"), by=by, note=note)
    tell_reporter(finding, _("与已有问题重复：%(finding)s"), by=by)
    if was_dispatched:
        tell_liaisons(finding, _("已撤回（重复）：%(finding)s"), by=by)


@transaction.atomic
def suspend(finding: Finding, *, by: User, plan: str, until: date, leader: str, seen_state: str = "") -> None:
    """Put a finding that cannot be put right soon on the long-term list; its clock stands until it is resumed."""
    need(finding, plan, _("请写明挂账方案。"))
    need(finding, leader, _("请写明责任领导。"))
    now = timezone.now()
    if until <= timezone.localdate(now):
        raise Refused(_("挂账至的日期须晚于今天。"), finding)
    make_move(
        finding,
        "suspend",
        by=by,
        note=join(plan, _("挂账至 %(day)s") % {"day": until}, _("责任领导：%(leader)s") % {"leader": leader}),
        seen_state=seen_state,
        long_term_plan=plan,
        long_term_until=until,
        long_term_leader=leader,
        paused_at=now,
    )
    tell_liaisons(finding, _("挂账：%(finding)s"), by=by)


@transaction.atomic
def resume(finding: Finding, *, by: User, note: str = "", seen_state: str = "") -> None:
    """Take it off the long-term list; the deadline moves by as much as the clock stood."""
    now = timezone.now()
    calendar = rules.office_calendar()
    was = finding.lead_unit_id, finding.due_at
    due_at = rules.due_after_pause(finding, resumed_at=now, calendar=calendar)
    make_move(
        finding,
        "resume",
        by=by,
        note=join(_("期限：%(due)s") % {"due": moment(due_at)}, note),
        seen_state=seen_state,
        due_at=due_at,
        paused_at=None,
    )
    set_warning(finding, calendar)
    carry_over(finding, was=was)
    tell_liaisons(finding, _("恢复整改：%(finding)s"), by=by)


@transaction.atomic
def void(finding: Finding, *, by: User, reason: str, seen_state: str = "") -> None:
    """Take a finding out of every figure; refused while others count as its duplicates. Row and history stay."""
    need(finding, reason, _("请写明作废的理由。"))
    _refuse_original(finding)
    with_unit = finding.state in (*Finding.UNIT_STATES, Finding.State.SUBMITTED, Finding.State.LONG_TERM)
    make_move(finding, "void", by=by, note=reason, seen_state=seen_state)
    tell_reporter(finding, _("已作废：%(finding)s"), by=by)
    if with_unit:
        tell_liaisons(finding, _("已作废：%(finding)s"), by=by)


def _refuse_original(finding: Finding) -> None:
    """Refuse to let a finding go that stands in the figures for others too: they would all be lost from them."""
    Finding.objects.hold(finding.pk)
    duplicates = [str(one) for one in finding.duplicates.filter(state=Finding.State.DUPLICATE)]
    if duplicates:
        raise Refused(
            _("%(numbers)s 并入了这个问题，统计只计这一个。请先作废它们，或把这个问题标为另一个问题的重复。")
            % {"numbers": "、".join(duplicates)},
            finding,
        )
