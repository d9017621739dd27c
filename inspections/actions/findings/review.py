"""The judgement on an answer: closed, sent back, or opened again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.files import Given
from cityinit.workflow import Refused
from inspections import dispatch as rules
from inspections.models import Finding, FindingPhoto, Rectification
from units import notices
from units.models import User

from .doubts import settle_by_closing
from .moves import check, check_due, make_move, need
from .notify import about, tell, tell_liaisons, tell_office
from .photos import attach, keep_photos
from .wording import join, moment

Phase = FindingPhoto.Phase
Verdict = Rectification.Verdict


@transaction.atomic
def close(
    finding: Finding,
    *,
    by: User,
    note: str = "",
    seen_state: str = "",
    despite_doubts: bool = False,
    tells: bool = True,
) -> None:
    """Sign the finding off; refused to who answered it and to everybody of the answering unit.

    Photos in doubt are asked about: refused while nobody has said that they were looked at (`despite_doubts`).
    """
    now = timezone.now()
    check(finding, "close", by=by)
    # Before its doubts: whoever merges it, or judges one of them, holds it too.
    Finding.objects.hold(finding.pk)
    settled = settle_by_closing(finding, despite=despite_doubts, by=by, note=note)
    told = join(note, settled and _("已核对疑似旧照%(n)s处") % {"n": settled})
    make_move(finding, "close", by=by, note=told, seen_state=seen_state, closed_at=now, closed_by=by, reviewed_at=now)
    _judge(finding, Verdict.PASSED, by=by, note=note, at=now)
    if tells:
        tell_liaisons(finding, _("已销号：%(finding)s"), by=by)


@transaction.atomic
def rework(finding: Finding, *, by: User, reason: str, due_at: datetime, seen_state: str = "") -> None:
    """Send the answer back with a reason and a new deadline."""
    need(finding, reason, _("请写明返工的理由。"))
    now = timezone.now()
    check_due(finding, due_at, now=now)
    make_move(
        finding,
        "rework",
        by=by,
        note=join(reason, _("新的期限：%(due)s") % {"due": moment(due_at)}),
        seen_state=seen_state,
        due_at=due_at,
        warn_at=rules.warn_at(finding, start=now, due_at=due_at, calendar=rules.office_calendar()),
        reviewed_at=now,
        rework_times=finding.rework_times + 1,
    )
    _judge(finding, Verdict.REWORK, by=by, note=reason, at=now)
    text = _("返工：%(finding)s，新的期限 %(due)s") % {"finding": about(finding), "due": moment(due_at)}
    tell(notices.liaisons_of(finding.lead_unit), text, finding, by=by)  # type: ignore[arg-type]  # it has one by now


def reopen(finding: Finding, *, by: User, photos: Sequence[Given], note: str = "", seen_state: str = "") -> None:
    """Say that what was closed has come back; refused without a photo and after 90 days.

    Sent once more with the same photos, because no answer came, it is the same word.
    """
    if not photos:
        raise Refused(_("请至少上传一张反弹现场的照片。"), finding)
    if _told_already(finding, photos, by=by):
        return
    check(finding, "reopen", by=by)
    kept = keep_photos(photos, of=finding)
    with transaction.atomic():
        make_move(
            finding,
            "reopen",
            by=by,
            note=note,
            seen_state=seen_state,
            closed_at=None,
            closed_by=None,
            reopened_times=finding.reopened_times + 1,
        )
        attach(finding, kept, phase=Phase.REOPENED, by=by)
        tell_office(finding, _("反弹：%(finding)s"), by=by)


def _told_already(finding: Finding, photos: Sequence[Given], *, by: User) -> bool:
    if finding.closed_at:
        return False
    told = finding.photos.filter(phase=Phase.REOPENED, added_by=by).values_list("file__sha256", flat=True)
    return {photo.sha256 for photo in photos} <= set(told)


def _judge(finding: Finding, verdict: str, *, by: User, note: str, at: datetime) -> None:
    # An imported finding may have been answered without a row of its own.
    latest = finding.rectifications.filter(verdict=Verdict.OPEN)
    latest.update(verdict=verdict, reviewed_at=at, reviewed_by=by, review_note=note)
