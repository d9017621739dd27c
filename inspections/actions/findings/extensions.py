"""More time for a finding: the unit asks, the office grants or refuses."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.workflow import Refused
from inspections import dispatch as rules
from inspections.models import Extension, Finding
from inspections.workflow import EXTENSION, extension_refusal
from units import notices
from units.models import User

from .moves import check_due, join, moment, need, record, set_warning
from .notify import about, tell, tell_liaisons, tell_office


@transaction.atomic
def ask_extension(finding: Finding, *, by: User, reason: str, until: date) -> Extension:
    """Ask for more time; refused while an earlier request waits and where no deadline runs."""
    if refusal := extension_refusal(finding, by):
        raise Refused(refusal, finding)
    need(finding, reason, _("请写明申请延期的理由。"))
    if until <= timezone.localdate(finding.due_at):
        raise Refused(_("申请延至的日期须晚于现在的期限。"), finding)
    check_due(finding, rules.office_closes(until), now=timezone.now())
    try:
        with transaction.atomic():
            asked = finding.extensions.create(reason=reason, asked_due=until, asked_by=by)
    except IntegrityError:
        raise Refused(_("已有一个延期申请待批。"), finding) from None
    record(finding, "ask_extension", _("申请延期"), by=by, note=join(_("延至 %(day)s") % {"day": until}, reason))
    tell_office(finding, _("申请延期：%(finding)s"), by=by)
    return asked


@transaction.atomic
def grant_extension(extension: Extension, *, by: User, until: date | None = None, note: str = "") -> None:
    """Move the deadline to the day asked for, or to another one; the first deadline stays on record.

    Refused for a day that gives the unit no more time than it has.
    """
    finding = extension.finding
    day = until or extension.asked_due
    due_at = rules.office_closes(day)
    _refuse_decided(extension)
    check_due(finding, due_at, now=timezone.now())
    # As it stands now: the finding may have been resumed since it was read.
    stands = Finding.objects.select_for_update().values_list("due_at", flat=True).get(pk=finding.pk)
    if stands and due_at <= stands:
        raise Refused(_("批准延至的日期须晚于现在的期限（%(due)s）。") % {"due": moment(stands)}, finding)
    _decide(extension, "grant", by=by, note=note)
    # The answer may have come in meanwhile: then there is no deadline left to move.
    if not Finding.objects.with_unit_now().filter(pk=finding.pk).update(due_at=due_at):
        raise Refused(_("问题刚刚被别人办理，期限已不再计算。"), finding)
    finding.due_at = due_at
    set_warning(finding, rules.office_calendar())
    record(finding, "grant_extension", _("批准延期"), by=by, note=join(_("延至 %(day)s") % {"day": day}, note))
    text = _("已批准延期至 %(day)s：%(finding)s") % {"day": day, "finding": about(finding)}
    tell(notices.liaisons_of(finding.lead_unit), text, finding, by=by)  # type: ignore[arg-type]  # it has one by now


@transaction.atomic
def refuse_extension(extension: Extension, *, by: User, note: str) -> None:
    """Keep the deadline, and say why."""
    finding = extension.finding
    _refuse_decided(extension)
    need(finding, note, _("请写明不批准的理由。"))
    _decide(extension, "refuse", by=by, note=note)
    record(finding, "refuse_extension", _("不批准延期"), by=by, note=note)
    tell_liaisons(finding, _("未批准延期：%(finding)s"), by=by)


def _refuse_decided(extension: Extension) -> None:
    if extension.state != Extension.State.ASKED:
        told = _("这个延期申请已经办理：%(state)s。") % {"state": extension.get_state_display()}
        raise Refused(told, extension.finding)


def _decide(extension: Extension, move: str, *, by: User, note: str) -> None:
    EXTENSION.make(extension, move, by=by, decided_by=by, decided_at=timezone.now(), note=note)
