"""What all of them do: ask, move, and record who did it and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import clock
from cityinit.workflow import Refused
from inspections import dispatch as rules
from inspections.models import Extension, Finding, FindingEvent, LookBack
from inspections.workflow import EXTENSION, FINDING
from units import notices
from units.models import User

from .notify import about, tell
from .wording import join


def make_move(finding: Finding, name: str, *, by: User, note: str = "", seen_state: str = "", **values: Any) -> None:
    """Make the move, or refuse it, and record it."""
    now = timezone.now()
    source = FINDING.make(finding, name, by=by, seen_state=seen_state, changed_at=now, **values)
    label = str(FINDING.moves[name].label)
    record(finding, name, label, source=source, target=finding.state, by=by, note=note, at=now)
    if source in Finding.DONE_STATES and finding.state not in Finding.DONE_STATES:
        _cancel_look_back(finding, label, by=by)
    if source in Finding.UNIT_STATES and finding.state not in Finding.UNIT_STATES:
        _lapse_extension(finding, label, by=by)


def record(
    finding: Finding,
    move: str,
    label: str,
    *,
    by: User | None,
    note: str,
    source: str = "",
    target: str = "",
    at: datetime | None = None,
) -> None:
    """What happened to the finding, for its history and the figures; a move also says from where to where.

    `by=None` is the timetable. What changes a figure is written to `changed_at` of the finding, too.
    """
    FindingEvent.objects.create(
        finding=finding,
        move=move,
        label=str(label),
        source=source,
        target=target,
        note=note.strip(),
        due_at=finding.due_at,
        at=at or timezone.now(),
        by=by,
    )


def _cancel_look_back(finding: Finding, label: str, *, by: User) -> None:
    """What is closed no longer is not looked at again: whoever was to look is told why it left the list."""
    why = _("问题已“%(move)s”，不再回头看") % {"move": label}
    waiting = finding.look_backs.waiting()
    if waiting.update(result=LookBack.Result.CANCELLED, note=why, done_by=by, done_at=timezone.now()):
        record(finding, "look_back", _("取消回头看"), by=by, note=why)


def _lapse_extension(finding: Finding, label: str, *, by: User) -> None:
    """With the deadline that it was about a waiting request for more time ends; who asked is told that it has."""
    why = _("问题已“%(move)s”，延期申请自动失效") % {"move": label}
    # Held: on one that is just being decided there is nothing left to end.
    for asked in finding.extensions.filter(state=Extension.State.ASKED).select_for_update(no_key=True):
        EXTENSION.make(asked, "lapse", by=None, decided_by=by, decided_at=timezone.now(), note=why)
        note = join(_("延至 %(day)s") % {"day": asked.asked_due}, why)
        record(finding, "lapse_extension", _("延期申请失效"), by=by, note=note)
        if finding.lead_unit:
            # Not who has left the unit since.
            asker = notices.liaisons_of(finding.lead_unit).filter(pk=asked.asked_by_id)
            told = {"finding": about(finding), "move": label}
            tell(asker, _("延期申请已失效（%(move)s）：%(finding)s") % told, finding, by=by)


def check(finding: Finding, move: str, *, by: User) -> None:
    """Refuse before files are stored for a move that cannot be made."""
    if reason := FINDING.refusal(finding, move, by):
        raise Refused(reason, finding)


def check_due(finding: Finding, due_at: datetime | None, *, now: datetime) -> None:
    """Refuse a deadline that has passed, and one so late that the year must be wrong."""
    if due_at is not None and due_at <= now:
        raise Refused(_("整改期限须晚于现在。"), finding)
    if due_at is not None and due_at > clock.latest_due(now):
        raise Refused(_("整改期限太远，请核对年份。"), finding)


def need(finding: Finding, text: str, sentence: str) -> None:
    if not text.strip():
        raise Refused(sentence, finding)


def set_warning(finding: Finding, calendar: Any) -> None:
    """Work out anew when the unit is warned of the deadline that now runs."""
    start = rules.runs_since(finding)
    paused = [(begin, end) for begin, end in rules.pauses(finding, since=start) if end]
    finding.warn_at = rules.warn_at(finding, start=start, due_at=finding.due_at, calendar=calendar, paused=paused)
    Finding.objects.filter(pk=finding.pk).update(warn_at=finding.warn_at)
