"""More time for a finding: the unit asks, the office grants or refuses."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.workflow import Refused
from inspections import dispatch as rules
from inspections.models import Extension, Finding
from inspections.workflow import EXTENSION, extension_refusal, no_clock
from units import notices
from units.models import User

from .moves import check_due, need, record, set_warning
from .notify import about, tell, tell_liaisons, tell_office
from .wording import join, moment


@transaction.atomic
def ask_extension(finding: Finding, *, by: User, reason: str, until: date) -> Extension:
    """Ask for more time; refused while an earlier request waits and where no deadline runs."""
    if refusal := extension_refusal(finding, by):
        raise Refused(refusal, finding)
    need(finding, reason, _("请写明申请延期的理由。"))
    if until <= timezone.localdate(finding.due_at):
        raise Refused(_("申请延至的日期须晚于现在的期限。"), finding)
    check_due(finding, rules.office_closes(until), now=timezone.now())
    _hold(finding)
    try:
        with transaction.atomic():
            asked = finding.extensions.create(reason=reason, asked_due=until, asked_by=by)
    except IntegrityError:
        raise Refused(_("已有一个延期申请待批。"), finding) from None
    record(finding, "ask_extension", _("申请延期"), by=by, note=join(_("延至 %(day)s") % {"day": until}, reason))
    tell_office(finding, _("申请延期：%(finding)s"), by=by)
    return asked


@transaction.atomic
def grant_extension(
    extension: Extension, *, by: User, until: date | None = None, note: str = "", tells: bool = True
) -> None:
    """Move the deadline to the day asked for, or to another one; the first deadline stays on record.

    Refused for a day that gives the unit no more time than it has.
    """
    finding = extension.finding
    day = until or extension.asked_due
    due_at = rules.office_closes(day)
    _refuse_decided(extension)
    now = timezone.now()
    check_due(finding, due_at, now=now)
    # As it stands now: the finding may have been resumed since it was read.
    stands = Finding.objects.hold(finding.pk)[finding.pk].due_at
    if stands and due_at <= stands:
        raise Refused(_("批准延至的日期须晚于现在的期限（%(due)s）。") % {"due": moment(stands)}, finding)
    _decide(extension, "grant", by=by, note=note)
    # The answer may have come in meanwhile: then there is no deadline left to move.
    if not Finding.objects.with_unit_now().filter(pk=finding.pk).update(due_at=due_at, changed_at=now):
        raise Refused(_("问题刚刚被别人办理，期限已不再计算。"), finding)
    finding.due_at = due_at
    set_warning(finding, rules.office_calendar())
    record(finding, "grant_extension", _("批准延期"), by=by, note=join(_("延至 %(day)s") % {"day": day}, note))
    if tells and finding.lead_unit:
        text = _("已批准延期至 %(day)s：%(finding)s") % {"day": day, "finding": about(finding)}
        tell(notices.liaisons_of(finding.lead_unit), text, finding, by=by)


@transaction.atomic
def extend(finding: Finding, *, by: User, workdays: int, note: str, tells: bool = True) -> Extension:
    """Give so many working days more without having been asked; kept as an extension that was granted.

    Refused where no deadline runs, while a request of the unit waits, and where even then the time would be over.
    """
    need(finding, note, _("请写明延期的理由。"))
    if not by.has_perm(EXTENSION.moves["grant"].permission, finding):
        raise Refused(_("您在这里没有“批准延期”的权限。"), finding)
    if reason := no_clock(finding):
        raise Refused(reason, finding)
    _hold(finding)
    if finding.extensions.filter(state=Extension.State.ASKED).exists():
        raise Refused(_("单位已申请延期，请先审批它的申请。"), finding)
    calendar = rules.office_calendar()
    day = calendar.add_workdays(timezone.localdate(finding.due_at), count=workdays)
    now = timezone.now()
    due_at = rules.office_closes(day)
    check_due(finding, due_at, now=now)
    Finding.objects.filter(pk=finding.pk).update(due_at=due_at, changed_at=now)
    finding.due_at = due_at
    granted = finding.extensions.create(
        reason=note, asked_due=day, asked_by=by, state=Extension.State.GRANTED, decided_by=by, decided_at=now
    )
    set_warning(finding, calendar)
    note = join(_("延至 %(day)s") % {"day": day}, note)
    record(finding, "grant_extension", _("延期"), by=by, note=note)
    if tells:
        tell_liaisons(finding, _("已延期：%(finding)s"), by=by)
    return granted


@transaction.atomic
def refuse_extension(extension: Extension, *, by: User, note: str) -> None:
    """Keep the deadline, and say why."""
    finding = extension.finding
    _refuse_decided(extension)
    need(finding, note, _("请写明不批准的理由。"))
    # In the order in which a move takes them: the finding, then what was asked of it.
    Finding.objects.hold(finding.pk)
    _decide(extension, "refuse", by=by, note=note)
    record(finding, "refuse_extension", _("不批准延期"), by=by, note=note)
    tell_liaisons(finding, _("未批准延期：%(finding)s"), by=by)


def _hold(finding: Finding) -> None:
    """Keep it as it was read until the transaction ends; refused where somebody has moved it or its deadline since."""
    unmoved = Finding.objects.with_unit_now().filter(lead_unit=finding.lead_unit_id, due_at=finding.due_at)
    if unmoved.filter(pk=finding.pk).select_for_update(no_key=True).values_list("pk").first() is None:
        raise Refused(_("问题刚刚被别人办理，请看过最新情况再办。"), finding)


def _refuse_decided(extension: Extension) -> None:
    if extension.state != Extension.State.ASKED:
        told = _("这个延期申请已经办理：%(state)s。") % {"state": extension.get_state_display()}
        raise Refused(told, extension.finding)


def _decide(extension: Extension, move: str, *, by: User, note: str) -> None:
    EXTENSION.make(extension, move, by=by, decided_by=by, decided_at=timezone.now(), note=note)
