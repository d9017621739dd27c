"""What the unit does that a finding was given to: take note, answer, or say that it is not its own."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.content import Checked
from cityinit.sent import refusing_another_key, sent_before
from cityinit.workflow import Refused
from inspections.models import Finding, FindingPhoto, Rectification
from units.models import User

from .moves import check, make_move, need
from .notify import tell_office, tell_reporter
from .photos import attach, keep_photos

Phase = FindingPhoto.Phase
Verdict = Rectification.Verdict


@transaction.atomic
def acknowledge(finding: Finding, *, by: User, seen_state: str = "") -> None:
    make_move(finding, "acknowledge", by=by, seen_state=seen_state, acknowledged_at=timezone.now())


@transaction.atomic
def return_to_office(finding: Finding, *, by: User, reason: str, seen_state: str = "") -> None:
    """Say that it belongs to somebody else; refused the third time."""
    need(finding, reason, _("请写明退回的理由，便于创建办改派。"))
    times = finding.returned_times + 1
    make_move(finding, "return_to_office", by=by, note=reason, seen_state=seen_state, returned_times=times)
    tell_office(finding, _("被退回：%(finding)s"), by=by)


def answer(
    finding: Finding,
    *,
    by: User,
    measure: str,
    photos: Sequence[Checked],
    client_key: UUID | None = None,
    seen_state: str = "",
) -> Rectification:
    """Tell what was done, with photos of it; sent twice with one `client_key`, it is stored once.

    Refused when that one has been judged meanwhile: the old answer again is no answer to a rework.
    """
    own = finding.rectifications.filter(answered_by=by)
    if there := sent_before(own, client_key):
        if there.verdict != Verdict.OPEN:
            raise Refused(_("这份整改反馈已经复核过。如需再次反馈，请重新打开“整改反馈”填写。"), finding)
        return there
    need(finding, measure, _("请写明整改措施。"))
    if not photos:
        raise Refused(_("请至少上传一张整改后的照片。"), finding)
    check(finding, "answer", by=by)
    kept = keep_photos(photos, of=finding)
    now = timezone.now()
    with refusing_another_key(own, client_key), transaction.atomic():
        make_move(
            finding,
            "answer",
            by=by,
            note=measure,
            seen_state=seen_state,
            measure=measure,
            answered_at=now,
            answered_by=by,
        )
        last = finding.rectifications.aggregate(last=Max("attempt"))["last"] or 0
        made = finding.rectifications.create(
            attempt=last + 1,
            unit=finding.lead_unit,  # type: ignore[misc]  # dispatched, so it has one
            measure=measure,
            answered_at=now,
            answered_by=by,
            client_key=client_key,
        )
        attach(finding, kept, phase=Phase.AFTER, by=by, rectification=made)
        tell_office(finding, _("待复核：%(finding)s"), by=by)
        tell_reporter(finding, _("待复核：%(finding)s"), by=by)
    return made
