"""督办函 about overdue findings: the office sends one to a unit, or decides against it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.actions.papers import drawn, paper_now
from campaigns.actions.supervision import next_number
from campaigns.models import Campaign
from campaigns.papers import PaperKind
from campaigns.sent import sent_in
from cityinit import audit
from cityinit.content import DOCX
from cityinit.files import keep, made, store
from cityinit.models import StoredFile
from cityinit.periods import day_in_words
from cityinit.workflow import Refused
from inspections import letters
from inspections.escalation import days_late
from inspections.models import EscalationStep, Finding, OverdueLetter
from units.models import Unit, User
from units.notices import heads_of, leaders_above, liaisons_of, tell

from .moves import record

PERMISSION = "inspections.send_letter"


@transaction.atomic
def send_letter(
    campaign: Campaign,
    *,
    unit: Unit,
    steps: Iterable[EscalationStep],
    by: User,
    demand: str,
    answer_by: date,
    signer: str,
    signature: str,
    client_key: UUID | None = None,
) -> OverdueLetter:
    """One numbered letter to the unit about these of its findings; its liaisons and leaders are told.

    The same `client_key` numbers nothing twice. Refused for a day of answer that is over, and where one of the
    findings has been answered, or decided about, since.
    """
    # One letter at a time: of two answers to one form the second finds the first.
    Campaign.objects.hold(campaign.pk)
    if there := sent_in(campaign, OverdueLetter.objects.filter(sent_by=by), client_key):
        return there
    if answer_by < timezone.localdate():
        raise Refused(_("答复期限不能早于今天。"), campaign)
    rows = _held(campaign, unit, [step.pk for step in steps], by=by)
    now = timezone.now()
    series, serial = next_number(campaign, year=timezone.localdate(now).year)
    told = tell_of(
        [row.finding for row in rows],
        campaign=campaign,
        unit=unit,
        demand=demand,
        answer_by=answer_by,
        signer=signer,
        signature=signature,
    ) | {"number": series.number(serial)}
    letter = OverdueLetter.objects.create(
        campaign=campaign,
        unit=unit,
        series=series,
        serial=serial,
        number=told["number"],
        demand=demand,
        answer_by=answer_by,
        signer=signer,
        signature=signature,
        told=told,
        sent_by=by,
        sent_at=now,
        client_key=client_key,
    )
    EscalationStep.objects.filter(pk__in=[row.pk for row in rows]).update(letter=letter)
    day = day_in_words(answer_by)
    for row in rows:
        note = _("%(number)s，%(day)s前答复。") % {"number": letter.number, "day": day}
        record(row.finding, "send_letter", _("印发督办函"), by=by, note=note)
    audit.record(_("印发逾期督办函"), by=by, subject=letter, detail={"signer": signer, "findings": len(rows)})
    text = _("督办函%(number)s：%(n)s个问题逾期未整改，请于%(day)s前答复") % {
        "number": letter.number,
        "n": len(rows),
        "day": day,
    }
    people = {*liaisons_of(unit), *heads_of(unit), *leaders_above(unit)}
    tell([person for person in people if person != by], text, url=letter.get_absolute_url())
    return letter


@transaction.atomic
def drop_letters(campaign: Campaign, *, unit: Unit, steps: Iterable[EscalationStep], by: User, reason: str) -> int:
    """Send none about these findings, and say why; it stands in the history of each. Gives how many."""
    if not reason.strip():
        raise Refused(_("请写明不发督办函的理由。"), campaign)
    rows = _held(campaign, unit, [step.pk for step in steps], by=by)
    now = timezone.now()
    EscalationStep.objects.filter(pk__in=[row.pk for row in rows]).update(
        dropped_at=now, dropped_by=by, drop_reason=reason
    )
    for row in rows:
        record(row.finding, "drop_letter", _("不发督办函"), by=by, note=reason)
    return len(rows)


def draw_letter(letter: OverdueLetter) -> StoredFile:
    """The letter's file, drawn the first time it is wanted and the same one ever after."""
    if letter.letter:
        return letter.letter
    name = f"{letter.number}-{letter.unit.name}-督办函.docx"
    kept = keep(made(drawn(PAPER, told=letter.told), name=name, content_type=DOCX), of=letter)
    with transaction.atomic():
        # Not joined with the file: who waited for the lock would be shown the row anew, and the joined one as it was.
        now = OverdueLetter.objects.select_for_update(no_key=True).get(pk=letter.pk)
        if now.letter is None:
            now.letter = store(kept, by=letter.sent_by)
            now.save(update_fields=["letter"])
    letter.letter = now.letter
    return now.letter


def tell_of(
    findings: Sequence[Finding], *, campaign: Campaign, unit: Unit, demand: str, answer_by: date, **signed: str
) -> dict[str, Any]:
    """Everything the letter says, as plain values; `signed` are signer and signature."""
    now = timezone.now()
    return {
        "number": "",
        "campaign": campaign.short_name,
        "unit": unit.name,
        "demand": demand,
        "answer_by": answer_by.isoformat(),
        "on": timezone.localdate(now).isoformat(),
        "findings": [
            {
                "number": finding.number,
                "where": finding.where,
                "category": str(finding.category),
                "description": finding.description,
                "dispatched_on": _day(finding.dispatched_at),
                "due_on": _day(finding.due_at),
                "first_due_on": _day(finding.first_due_at) if finding.first_due_at != finding.due_at else "",
                "reworked": finding.rework_times,
                "days_late": days_late(finding, at=now),
            }
            for finding in findings
        ],
        "paper": paper_now(campaign, PAPER.slug),
        **signed,
    }


def _held(campaign: Campaign, unit: Unit, keys: Sequence[int], *, by: User) -> list[EscalationStep]:
    """The steps with their findings held as they stand; refused where one no longer waits for a letter."""
    if not keys:
        raise Refused(_("请先勾选问题。"), campaign)
    named = EscalationStep.objects.filter(pk__in=keys).values_list("finding", flat=True)
    held = Finding.objects.hold(*named)
    waiting = EscalationStep.objects.letters_waiting().filter(
        pk__in=keys, unit=unit, finding__in=held, finding__campaign=campaign
    )
    told = ("finding__campaign__host", "finding__lead_unit", "finding__site", "finding__category")
    rows = list(waiting.select_related(*told).order_by("due_at", "pk"))
    if len(rows) != len(set(keys)):
        gone = _("有%(n)s个问题刚刚已反馈、延期或已由别人办理，请重新打开页面核对。")
        raise Refused(gone % {"n": len(set(keys)) - len(rows)}, campaign)
    for row in rows:
        if not by.has_perm(PERMISSION, row.finding):
            raise Refused(_("您没有向“%(unit)s”印发督办函的权限。") % {"unit": unit}, campaign)
    return rows


def _day(moment: Any) -> str:
    return timezone.localdate(moment).isoformat() if moment else ""


def _latest_letter(campaign: Campaign) -> dict[str, Any] | None:
    last = OverdueLetter.objects.filter(campaign=campaign).order_by("pk").last()
    return {"told": last.told} if last else None


PAPER = PaperKind(
    slug="overdue",
    title=gettext_lazy("逾期问题督办函"),
    permission=PERMISSION,
    vocabulary=letters.VOCABULARY,
    standard=letters.draw_letter,
    filling=letters.filling,
    latest=_latest_letter,
)
