"""What people do with a material: hand it in, take it back, review it, file it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from campaigns.gates import distinct
from campaigns.models import (
    Campaign,
    Material,
    MaterialEvent,
    Submission,
    SubmissionFile,
)
from campaigns.workflow import MATERIAL
from cityinit import held
from cityinit.content import Checked
from cityinit.files import keep, store
from cityinit.models import StoredFile
from cityinit.sent import sent_before
from cityinit.workflow import Refused
from units.models import Unit
from units.notices import liaisons_of, office_of, tell

from .tasks import ask

State, Verdict = Material.State, Submission.Verdict
BATCH = 500
TEXT_LENGTH = Submission._meta.get_field("source_text").max_length


@dataclass(frozen=True)
class Source:
    """Where evidence comes from that is there already: a finding, a log entry."""

    kind: str
    pk: int
    text: str


def submit(
    material: Material,
    *,
    by: Any,
    title: str,
    dated_on: date,
    note: str = "",
    files: Iterable[Checked] = (),
    stored: Iterable[StoredFile] = (),
    source: Source | None = None,
    client_key: UUID | None = None,
    seen_state: str = "",
) -> Submission:
    """Hand the material in, or again after it was returned; the office is told.

    `files` are new uploads, `stored` files that are there already (held back by the form, of an earlier time, of
    `source`): they are named, not copied, and each content once. The same `client_key` gives what was handed in then.
    Refused for a day to come and with every sentence of the gates; NoRoom when the disk is full.
    """
    sent = material.submissions.filter(submitted_by=by)
    if there := sent_before(sent, client_key):
        return there
    named = distinct(stored)
    there_already = {file.sha256 for file in named}
    files = [file for file in files if file.sha256 not in there_already]
    move = "resubmit" if material.state == State.RETURNED else "submit"
    if reason := MATERIAL.refusal(material, move, by):
        raise Refused(reason, material)
    if dated_on > timezone.localdate():
        raise Refused(_("材料日期不能晚于今天。"), material)
    if faults := material.all_gates().faults([*files, *named], dated_on=dated_on):
        raise Refused(" ".join(faults), material)
    kept = [keep(checked) for checked in files]
    try:
        with transaction.atomic():
            lock(material)
            made = Submission.objects.create(
                material=material,
                attempt=_next_attempt(material),
                title=title,
                dated_on=dated_on,
                note=note,
                submitted_by=by,
                client_key=client_key,
                **_of_source(source),
            )
            _attach(made, [*named, *(store(checked, by=by) for checked in kept)])
            held.let_go(material.form_key, by=by)
            came_from = MATERIAL.make(material, move, by=by, seen_state=seen_state, latest=made)
            record(material, move, by=by, source=came_from, submission=made, note=title)
            text = _("材料待审核：%(material)s %(title)s") % {"material": material, "title": title}
            tell(office_of(material.campaign.host), text, url=material.get_absolute_url())
            if by not in (own := liaisons_of(material.unit)):
                text = _("%(who)s代%(unit)s报送了材料：%(material)s")
                told = {"who": by, "unit": material.unit, "material": material.full_number}
                tell(own, text % told, url=material.get_absolute_url())
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if there := sent_before(sent, client_key):
            return there
        raise
    return made


@transaction.atomic
def withdraw(material: Material, *, by: Any, seen_state: str = "", seen: str = "") -> None:
    """Take back what waits for review; its files wait for the next time it is handed in."""
    lock(material)
    _refuse_other(material, seen)
    taken = material.latest
    before = _before(material, taken)
    move = "withdraw_again" if material.state == State.RESUBMITTED else "withdraw"
    source = MATERIAL.make(material, move, by=by, seen_state=seen_state, latest=before)
    if taken is not None:
        _judge(taken, Verdict.WITHDRAWN, by=None)
        held.hold_again(material.form_key, taken.files.all(), by=by)
    record(material, move, by=by, source=source, submission=taken)


@transaction.atomic
def accept(material: Material, *, by: Any, note: str = "", seen_state: str = "", seen: str = "") -> None:
    """The office is satisfied; `seen` is the key of the submission that was looked at. Refused of the own one."""
    lock(material)
    _refuse_other(material, seen)
    source = MATERIAL.make(material, "accept", by=by, seen_state=seen_state, accepted_on=timezone.localdate())
    if material.latest is not None:
        _judge(material.latest, Verdict.ACCEPTED, by=by, note=note)
    record(material, "accept", by=by, source=source, submission=material.latest, note=note)
    _tell_unit(material, _("材料审核通过：%(material)s"))


@transaction.atomic
def return_to_unit(
    material: Material,
    *,
    by: Any,
    reasons: Sequence[str] = (),
    note: str = "",
    seen_state: str = "",
    seen: str = "",
) -> None:
    """The office is not satisfied and says why; refused without a reason."""
    lock(material)
    _refuse_other(material, seen)
    why = "；".join(filter(None, [*reasons, note.strip()]))
    if not why:
        raise Refused(_("请选择退回原因，或写一句为什么退回。"), material)
    source = MATERIAL.make(material, "return_to_unit", by=by, seen_state=seen_state)
    if material.latest is not None:
        _judge(material.latest, Verdict.RETURNED, by=by, note=note, reasons=list(reasons))
    record(material, "return_to_unit", by=by, source=source, submission=material.latest, note=why)
    _tell_unit(material, _("材料被退回：%(material)s。原因：%(why)s"), why=why)


@transaction.atomic
def file(material: Material, *, by: Any, seen_state: str = "", seen: str = "") -> None:
    """Put it into the archive; from then on it changes only once it is opened again."""
    lock(material)
    _refuse_other(material, seen)
    source = MATERIAL.make(material, "file", by=by, seen_state=seen_state, filed_on=timezone.localdate())
    record(material, "file", by=by, source=source, submission=material.latest)


def file_many(materials: Iterable[Material], *, by: Any) -> tuple[int, list[tuple[Material, str]]]:
    """File what can be filed; how many were, and each refusal with its material."""
    filed, refused = 0, []
    for material in materials:
        try:
            file(material, by=by)
        except Refused as refusal:
            refused.append((material, refusal.reason))
        else:
            filed += 1
    return filed, refused


@transaction.atomic
def reopen(material: Material, *, by: Any, note: str, seen_state: str = "", seen: str = "") -> None:
    """Take an acceptance back: the unit hands the material in again; refused without a reason."""
    lock(material)
    _refuse_other(material, seen)
    if not note.strip():
        raise Refused(_("请写明为什么重新打开这项材料。"), material)
    source = MATERIAL.make(material, "reopen", by=by, seen_state=seen_state, accepted_on=None, filed_on=None)
    if material.latest is not None:
        _judge(material.latest, Verdict.RETURNED, by=by, note=note)
    record(material, "reopen", by=by, source=source, submission=material.latest, note=note)
    _tell_unit(material, _("材料被重新打开，请重新报送：%(material)s。原因：%(why)s"), why=note)


@transaction.atomic
def nudge(campaign: Campaign, unit: Unit, *, by: Any, url: str) -> int:
    """Remind the unit's liaisons of what it still has to hand in; how many that are.

    Refused twice on one day, and where there is nothing to wait for.
    """
    ask(by, "campaigns.nudge_task", campaign)
    # Two people who nudge at once meet at this row.
    Campaign.objects.hold(campaign.pk)
    owed = Material.objects.of(campaign).with_unit_now().filter(unit=unit)
    now = timezone.now()
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    pks = list(owed.values_list("pk", flat=True))
    if not pks:
        raise Refused(_("%(unit)s没有待报送的材料，不用催办。") % {"unit": unit})
    if owed.filter(nudged_at__gte=today).exists():
        raise Refused(_("今天已经催办过%(unit)s，请明天再催。") % {"unit": unit})
    late = owed.overdue(on=today.date()).count()
    owed.update(nudged_at=now)
    MaterialEvent.objects.bulk_create(
        [MaterialEvent(material_id=pk, move="nudge", label=_("催办"), by=by) for pk in pks], batch_size=BATCH
    )
    text = _("请尽快报送材料：还有%(n)s项") % {"n": len(pks)}
    if late:
        text += _("，其中%(late)s项已逾期") % {"late": late}
    tell(liaisons_of(unit), text, url=f"{url}?{urlencode({'unit': str(unit.pk), 'state': 'owed'})}")
    return len(pks)


# Pieces ----------------------------------------------------------------------------------------------


def lock(material: Material) -> None:
    """Let nobody else move the material until this transaction ends, and see how it stands now."""
    # Not joined with the latest: who waited for the lock would be shown the row anew, and the joined one as it was.
    now = Material.objects.select_for_update(no_key=True).get(pk=material.pk)
    material.state, material.latest, material.dropped_on = now.state, now.latest, now.dropped_on


def record(
    material: Material,
    move: str,
    *,
    by: Any,
    label: str = "",
    source: str = "",
    submission: Submission | None = None,
    note: str = "",
) -> None:
    MaterialEvent.objects.create(
        material=material,
        submission=submission,
        move=move,
        label=label or str(MATERIAL.moves[move].label),
        source=source,
        target=material.state if source else "",
        note=note,
        by=by,
    )


def _next_attempt(material: Material) -> int:
    last = material.submissions.aggregate(last=models.Max("attempt"))["last"]
    return (last or 0) + 1


def _of_source(source: Source | None) -> dict[str, Any]:
    if source is None:
        return {}
    return {"source_kind": source.kind, "source_pk": source.pk, "source_text": source.text[:TEXT_LENGTH]}


def _attach(submission: Submission, files: Iterable[StoredFile]) -> None:
    rows = [SubmissionFile(submission=submission, file=file) for file in dict.fromkeys(files)]
    SubmissionFile.objects.bulk_create(rows)


def _before(material: Material, submission: Submission | None) -> Submission | None:
    """What the material rests on once this submission is taken back."""
    if submission is None:
        return None
    earlier = material.submissions.filter(attempt__lt=submission.attempt).exclude(verdict=Verdict.WITHDRAWN)
    return earlier.order_by("-attempt").first()


def _judge(submission: Submission, verdict: str, *, by: Any, note: str = "", reasons: Sequence[str] = ()) -> None:
    submission.verdict, submission.review_note, submission.reasons = verdict, note, list(reasons)
    submission.reviewed_at, submission.reviewed_by = (timezone.now(), by) if by else (None, None)
    submission.save(update_fields=["verdict", "review_note", "reasons", "reviewed_at", "reviewed_by"])


def _refuse_other(material: Material, seen: str) -> None:
    """Refuse a verdict on another submission than the one that was looked at: it was withdrawn and sent anew."""
    if seen and seen != str(material.latest_id or ""):
        raise Refused(_("这项材料刚刚重新报送过，您看的不是最新一次。请看过最新材料再办理。"), material)


def _tell_unit(material: Material, text: str, **words: Any) -> None:
    told = set(liaisons_of(material.unit))
    if material.latest is not None and material.latest.submitted_by is not None:
        told.add(material.latest.submitted_by)
    tell(told, text % {"material": material, **words}, url=material.get_absolute_url())
