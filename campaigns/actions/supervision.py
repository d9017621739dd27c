"""督办: the office supervises a unit's part in a task by a letter, the unit answers, the office lifts it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import letters, papers, quantities
from campaigns.models import Assignment, Campaign, Quantity, Supervision, SupervisionSeries, WorkLogEntry
from campaigns.models.event import sent_back
from campaigns.workflow import SUPERVISION, supervision_refusal
from cityinit import audit
from cityinit.content import DOCX
from cityinit.files import keep, made, store
from cityinit.models import StoredFile
from cityinit.periods import day_in_words
from cityinit.queue import enqueue
from cityinit.sent import sent_before
from cityinit.workflow import Refused
from units.notices import leaders_of, liaisons_of, office_of, tell

from .papers import drawn, paper_now
from .tasks import lock, record

# As many as one page of ticks offers; each takes a number and is written by itself.
MOST_AT_ONCE = 100
TOTALS_TOLD = 6


@dataclass
class Supervised:
    """What came of supervising several parts at once."""

    done: list[Supervision] = field(default_factory=list)
    refused: list[tuple[Assignment, str]] = field(default_factory=list)


def supervise(
    assignments: Iterable[Assignment],
    *,
    by: Any,
    reason: str,
    answer_by: date,
    signer: str,
    signature: str,
    client_key: UUID | None = None,
) -> Supervised:
    """One supervision with a numbered letter for each unit's part; a part that is refused stops none of the others.

    Liaisons and leaders of the unit are told. The same `client_key` numbers nothing twice. Refused as a whole for a
    day of answer that is over, and for more than a hundred at once.
    """
    assignments = list(assignments)
    if not assignments:
        raise Refused(_("请先勾选要督办的单位。"))
    if len(assignments) > MOST_AT_ONCE:
        raise Refused(_("一次最多督办%(most)s个，请分几次办理。") % {"most": MOST_AT_ONCE})
    if answer_by < timezone.localdate():
        raise Refused(_("答复期限不能早于今天。"))
    result = Supervised()
    for part in assignments:
        key = uuid5(client_key, str(part.pk)) if client_key else None
        try:
            made_now = _supervise(
                part, by=by, reason=reason, answer_by=answer_by, signer=signer, signature=signature, client_key=key
            )
        except Refused as refusal:
            result.refused.append((part, refusal.reason))
        else:
            result.done.append(made_now)
    if undrawn := [supervision.pk for supervision in result.done if not supervision.letter_id]:
        enqueue("campaigns.jobs.draw_letters", undrawn, by=by, label=_("生成督办函%(n)s份") % {"n": len(undrawn)})
    return result


@transaction.atomic
def _supervise(part: Assignment, *, by: Any, answer_by: date, client_key: UUID | None, **values: str) -> Supervision:
    task = part.task
    # The lock first: the second of two people at once finds what the first has written.
    lock(task)
    if there := sent_before(Supervision.objects.filter(task=task, begun_by=by), client_key):
        return there
    part.refresh_from_db(fields=["state", "acknowledged_at"])
    if refusal := supervision_refusal(part, by):
        raise Refused(refusal, task)
    series, serial = next_number(part.task.campaign, year=timezone.localdate().year)
    number = series.number(serial)
    made_now = Supervision.objects.create(
        task=task,
        unit=part.unit,
        sent_to=part.unit,
        series=series,
        serial=serial,
        number=number,
        answer_by=answer_by,
        begun_by=by,
        client_key=client_key,
        told=_told(part, number=number, answer_by=answer_by, **values),
        reason=values["reason"],
        signer=values["signer"],
        signature=values["signature"],
    )
    day = day_in_words(answer_by)
    note = _("%(number)s，%(day)s前答复。%(reason)s") % {"number": number, "day": day, "reason": values["reason"]}
    record(task, "supervise", _("督办"), by=by, assignment=part, source=part.state, target=part.state, note=note)
    audit.record(_("印发督办函"), by=by, subject=f"{number} {part.unit} {task}", detail={"signer": values["signer"]})
    text = _("督办：%(task)s，请于%(day)s前答复（%(number)s）") % {"task": task, "day": day, "number": number}
    people = {*liaisons_of(part.unit), *leaders_of(part.unit)}
    tell(people, text, url=made_now.get_absolute_url())
    return made_now


def draw_letter(supervision: Supervision) -> StoredFile:
    """The letter's file, drawn the first time it is wanted and the same one ever after."""
    if supervision.letter:
        return supervision.letter
    name = f"{supervision.number}-{supervision.sent_to.name}-督办函.docx"
    kept = keep(made(drawn(PAPER, told=supervision.told), name=name, content_type=DOCX), of=supervision)
    with transaction.atomic():
        # Not joined with the letter: who waited for the lock would be shown the row anew, and the joined one as it was.
        now = Supervision.objects.select_for_update(no_key=True).get(pk=supervision.pk)
        if now.letter is None:
            now.letter = store(kept, by=supervision.begun_by)
            now.save(update_fields=["letter"])
    supervision.letter = now.letter
    return now.letter


@transaction.atomic
def answer_supervision(supervision: Supervision, *, by: Any, answer: str, seen_state: str = "") -> None:
    """The unit says how it stands; the office is told, and lifts the supervision or asks again."""
    lock(supervision.task)
    values = {"answer": answer, "answered_at": timezone.now(), "answered_by": by}
    _move(supervision, "answer", by=by, told=answer, seen_state=seen_state, **values)
    text = _("%(unit)s已答复督办：%(task)s") % {"unit": supervision.unit, "task": supervision.task}
    tell(office_of(supervision.task.campaign.host), text, url=supervision.get_absolute_url())


@transaction.atomic
def send_back_answer(supervision: Supervision, *, by: Any, note: str, answer_by: date, seen_state: str = "") -> None:
    """The answer is not enough: the unit answers again by a new day; the first answer stays in the task's history."""
    if answer_by < timezone.localdate():
        raise Refused(_("答复期限不能早于今天。"), supervision)
    lock(supervision.task)
    values = {"answer_by": answer_by, "answered_at": None, "answered_by": None}
    told = _("%(note)s（%(day)s前再次答复）") % {"note": note, "day": day_in_words(answer_by)}
    _move(supervision, "send_back", by=by, told=told, seen_state=seen_state, **values)
    text = _("督办答复被退回：%(task)s。原因：%(note)s") % {"task": supervision.task, "note": told}
    tell(liaisons_of(supervision.unit), text, url=supervision.get_absolute_url())


@transaction.atomic
def lift_supervision(supervision: Supervision, *, by: Any, note: str, seen_state: str = "") -> None:
    """End the supervision; the task goes on as it stands, and the letter stays in the ledger."""
    lock(supervision.task)
    values = {"lifted_at": timezone.now(), "lifted_by": by, "note": note}
    _move(supervision, "lift", by=by, told=note, seen_state=seen_state, **values)
    text = _("督办已解除：%(task)s。%(note)s") % {"task": supervision.task, "note": note}
    people = {*liaisons_of(supervision.unit), *leaders_of(supervision.unit)}
    tell(people, text, url=supervision.get_absolute_url())


def _move(supervision: Supervision, move: str, *, by: Any, told: str, seen_state: str, **values: Any) -> None:
    source = SUPERVISION.make(supervision, move, by=by, seen_state=seen_state, **values)
    part = supervision.task.assignments.filter(unit=supervision.unit).first()
    record(
        supervision.task,
        f"{move}_supervision",
        str(SUPERVISION.moves[move].label),
        by=by,
        assignment=part,
        source=source,
        target=supervision.state,
        note=_("%(number)s：%(note)s") % {"number": supervision.number, "note": told},
    )


def next_number(campaign: Campaign, *, year: int) -> tuple[SupervisionSeries, int]:
    """The next 文号 of the campaign's letters, whatever they are about.

    Taken inside the transaction that writes the letter: what is rolled back leaves no gap.
    """
    word = f"{campaign.short_name}督办"
    series = SupervisionSeries.next(campaign.host, word, year=year)
    return series, series.last


def _told(part: Assignment, *, number: str, reason: str, answer_by: date, signer: str, signature: str) -> dict:
    """Everything the letter says, as plain values."""
    task, today = part.task, timezone.localdate()
    nudges = part.events.filter(move="nudge").order_by("at").values_list("at", flat=True)
    entries = WorkLogEntry.objects.filter(task=task, unit=part.unit)
    latest = entries.order_by("-done_on", "-pk").first()
    amounts = Quantity.objects.filter(entry__in=entries).select_related("entry")
    totals = quantities.add_up(row.amount for row in amounts.order_by("entry__done_on", "entry", "position"))
    earlier = Supervision.objects.filter(task=task, unit=part.unit).order_by("begun_at")
    return {
        "number": number,
        "campaign": task.campaign.short_name,
        "unit": part.unit.name,
        "code": task.code,
        "task": task.name,
        "requirement": task.requirement,
        "is_lead": part.is_lead,
        "issued_on": _iso(task.issued_on),
        "due_on": _iso(task.due_on),
        "days_late": max((today - task.due_on).days, 0) if task.due_on else 0,
        "acknowledged_on": _iso(timezone.localdate(part.acknowledged_at)) if part.acknowledged_at else "",
        "returned": _returned(part),
        "nudges": [timezone.localdate(at).isoformat() for at in nudges],
        "earlier": list(earlier.values_list("number", flat=True)),
        "entries": entries.count(),
        "latest": {"on": latest.done_on.isoformat(), "content": latest.content} if latest else None,
        "totals": [total.phrase for total in totals[:TOTALS_TOLD] if total.kind != quantities.Kind.DURATION],
        "reason": reason,
        "answer_by": answer_by.isoformat(),
        "signer": signer,
        "signature": signature,
        "on": today.isoformat(),
        "paper": paper_now(task.campaign, PAPER.slug),
    }


def _returned(part: Assignment) -> dict[str, str] | None:
    """When the part was last reported done, and when and why it came back; None where it did not."""
    if not sent_back(Assignment.objects.filter(pk=part.pk)).exists():
        return None
    last = {move: part.events.filter(move=move).order_by("at", "pk").last() for move in ("report_done", "send_back")}
    reported, back = last["report_done"], last["send_back"]
    if reported is None or back is None:
        return None
    day, on = timezone.localdate(reported.at), timezone.localdate(back.at)
    return {"reported_on": day.isoformat(), "on": on.isoformat(), "why": back.note}


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _latest_letter(campaign: Campaign) -> dict[str, Any] | None:
    last = Supervision.objects.filter(task__campaign=campaign).order_by("pk").last()
    return {"told": last.told} if last else None


PAPER = papers.PaperKind(
    slug="supervision",
    title=gettext_lazy("任务督办函"),
    permission="campaigns.supervise_task",
    vocabulary=letters.VOCABULARY,
    standard=letters.draw_letter,
    filling=letters.filling,
    latest=_latest_letter,
)
