"""A site looked at with its checklist: saved bit by bit, by anybody of its team; a failed item becomes a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cityinit.files import Given, keep, store
from cityinit.sent import sent_before
from cityinit.workflow import Refused
from inspections import guessing
from inspections.models import (
    Checklist,
    ChecklistItem,
    Finding,
    FindingCategory,
    Round,
    RoundSite,
    Site,
    Team,
    Visit,
    VisitAnswer,
    VisitPhoto,
    VisitSending,
)
from inspections.models.visit import mark_of_answer
from inspections.rules import OPEN, Verdict, settled
from units.models import User

from .findings import ensure_categories, record_finding
from .rounds import lock as lock_round

PERMISSION = "inspections.visit_site"
# Names the findings of answers: filed twice, or by both of a team, it is one.
FINDINGS = UUID("5d0a8e0e-6f0e-4c39-9d0c-4a1f6f1c8b52")


@dataclass(frozen=True)
class Said:
    """What a form says of one item; `seen` marks what it was drawn from, None for one that was drawn from nothing."""

    verdict: str = OPEN
    number: int | None = None
    out_of: int | None = None
    reason: str = ""
    note: str = ""
    photos: tuple[Given, ...] = ()
    report: bool = False
    seen: str | None = None

    @property
    def values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in VisitAnswer.WRITTEN}

    @property
    def is_blank(self) -> bool:
        return self.values == BLANK.values

    @property
    def mark(self) -> str:
        return mark_of_answer(self.values)


BLANK = Said()


class Clash(Refused):
    """Somebody else has answered the same items otherwise since the form was drawn: which, and what stands now."""

    def __init__(self, answers: Sequence[VisitAnswer], visit: Visit):
        codes = "、".join(answer.item.code for answer in answers)
        super().__init__(
            _("同组的人刚刚填过%(codes)s，与您填的不同，没有保存。请核对标出的各项后再保存一次。") % {"codes": codes},
            visit,
        )
        self.answers = answers


def judged(item: ChecklistItem, said: Said) -> Said:
    """With the verdict that stands; refused where the number and the verdict do not go together."""
    verdict, wrong = settled(item.rule, chosen=said.verdict, number=said.number, out_of=said.out_of, reason=said.reason)
    if wrong:
        raise Refused(_("%(code)s：%(wrong)s") % {"code": item.code, "wrong": wrong})
    if not item.rule.counts:
        return replace(said, verdict=verdict, reason="", number=None, out_of=None)
    is_override = verdict != item.rule.verdict(said.number, said.out_of)
    return replace(said, verdict=verdict, reason=said.reason if is_override else "")


def save_visit(
    site: Site,
    *,
    by: User,
    checklist: Checklist,
    said: Mapping[int, Said],
    round: Round | None = None,
    visit: Visit | None = None,
    visited_on: date | None = None,
    note: str = "",
    finish: bool = False,
    client_key: UUID,
) -> Visit:
    """Write what was found at the site; in a round it is one visit, whoever of the team begins it.

    Outside a round one's own unfinished visit with the same checklist is gone on with. An item left blank leaves what
    is there; one that somebody else has answered otherwise meanwhile is a `Clash`, and nothing is written. `finish`
    ends it once every item is judged. Sent twice it is stored once. Items marked `report` become findings. Refused
    outside the field, to others than the team, and once it is published.
    """
    if not by.has_perm(PERMISSION, site.campaign):
        raise Refused(_("您没有检查点位的权限。"), site)
    items = {item.pk: item for item in checklist.items.all()}
    told = {pk: judged(items[pk], one) for pk, one in said.items() if pk in items}
    told = {pk: replace(one, photos=_kept(one.photos, site)) for pk, one in told.items()}
    try:
        with transaction.atomic():
            saved = _save(
                site,
                by=by,
                checklist=checklist,
                told=told,
                items=items,
                round=round,
                visit=visit,
                visited_on=visited_on,
                note=note,
                finish=finish,
                client_key=client_key,
            )
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if (there := _sent_before(site, client_key, by=by)) is None:
            raise
        saved = there
    for pk in [pk for pk, one in told.items() if one.report]:
        answer = saved.answers.filter(item=pk).first()
        if answer and answer.verdict == Verdict.FAIL and answer.finding_id is None:
            report_answer(answer, by=by)
    return saved


def _save(
    site: Site,
    *,
    by: User,
    checklist: Checklist,
    told: Mapping[int, Said],
    items: Mapping[int, ChecklistItem],
    round: Round | None,
    visit: Visit | None,
    visited_on: date | None,
    note: str,
    finish: bool,
    client_key: UUID,
) -> Visit:
    if round:
        # Whoever publishes or hands in waits for us, or we find it done.
        round = lock_round(round)
    if there := _sent_before(site, client_key, by=by):
        return there
    _ask_allowed(site, by=by, round=round)
    found = _standing(site, by=by, checklist=checklist, round=round, visit=visit)
    if found and found.checklist_id != checklist.pk:
        raise Refused(
            _("这个点位已经按“%(checklist)s”在检查，请打开那一份填。") % {"checklist": found.checklist}, found
        )
    if found is None:
        if checklist.is_draft:
            raise Refused(_("这份检查表还没有启用。"), site)
        # An older edition may come from a phone; another type's list asks for what is not there.
        if checklist.kind_id != site.kind_id:
            named = {"checklist": checklist, "site": site, "kind": site.kind}
            raise Refused(
                _("“%(checklist)s”不是“%(site)s”的检查表，它的类型是“%(kind)s”。请打开这个点位的检查表重新填。")
                % named,
                site,
            )
        found = Visit.objects.create(
            campaign=site.campaign,
            round=round,
            site=site,
            checklist=checklist,
            visited_on=visited_on or timezone.localdate(),
            started_by=by,
        )
    elif found.round_id is None and found.started_by_id != by.pk:
        raise Refused(_("这是%(who)s做的检查，只能由本人接着填。") % {"who": found.started_by}, found)
    answers = _write_answers(found, told, items, by=by)
    if note.strip() and note.strip() != found.note:
        found.note = note.strip()
    judged_all = all((answer := answers.get(pk)) and answer.verdict for pk in items)
    if finish and judged_all and not found.is_finished:
        found.finished_at, found.finished_by = timezone.now(), by
    found.save(update_fields=["note", "finished_at", "finished_by"])
    VisitSending.objects.create(visit=found, client_key=client_key, by=by)
    return found


def _ask_allowed(site: Site, *, by: User, round: Round | None) -> None:
    if round is None:
        return
    if round.state != Round.State.IN_FIELD:
        raise Refused(
            _("“%(round)s”目前是“%(state)s”，不能再填。") % {"round": round, "state": round.get_state_display()}, round
        )
    stop = RoundSite.objects.filter(round=round, site=site).select_related("team").first()
    if stop is None:
        raise Refused(_("“%(site)s”不在这个批次里。") % {"site": site}, round)
    if stop.team is None or not stop.team.includes(by):
        raise Refused(_("“%(site)s”分给了%(team)s，您不在这一组。") % {"site": site, "team": stop.team or "—"}, round)
    if stop.team.state != Team.State.WALKING:
        raise Refused(_("“%(team)s”的结果已经交了，不能再改。如需补查，请创建办退回。") % {"team": stop.team}, round)


def _standing(site: Site, *, by: User, checklist: Checklist, round: Round | None, visit: Visit | None) -> Visit | None:
    rows = Visit.objects.select_for_update(of=("self",), no_key=True).select_related("checklist__kind", "started_by")
    if round:
        return rows.filter(round=round, site=site).first()
    if visit:
        return rows.filter(pk=visit.pk, site=site, round=None).first()
    # Saved twice without signal, the page knew no visit either time. Of two at once one waits and finds the other's.
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    own = rows.filter(site=site, round=None, checklist=checklist, started_by=by, finished_at=None)
    return own.order_by("-pk").first()


def _write_answers(
    visit: Visit, told: Mapping[int, Said], items: Mapping[int, ChecklistItem], *, by: User
) -> dict[int, VisitAnswer]:
    """What the form says where it says something new; what others have said meanwhile stays, or is a clash."""
    there = {answer.item_id: answer for answer in visit.answers.select_related("item")}
    new, changed, clashes = [], [], []
    for pk, said in told.items():
        answer = there.get(pk)
        stands = answer.mark if answer else None
        # Not touched by this person: whatever stands there now is somebody's word.
        if said.is_blank or said.mark in (said.seen, stands):
            continue
        if answer is None:
            there[pk] = VisitAnswer(visit=visit, item=items[pk], **said.values)
            new.append(there[pk])
            continue
        if said.seen != stands and not Said(**{name: getattr(answer, name) for name in VisitAnswer.WRITTEN}).is_blank:
            clashes.append(answer)
        changed.append((answer, said))
    # Where nobody else has ever written it is one's own word that was not seen: the last one stands.
    if clashes and visit.sendings.exclude(by=by).exists():
        raise Clash(clashes, visit)
    for answer, said in changed:
        for name, value in said.values.items():
            setattr(answer, name, value)
    VisitAnswer.objects.bulk_create(new)
    VisitAnswer.objects.bulk_update([answer for answer, _said in changed], VisitAnswer.WRITTEN)
    for pk, said in told.items():
        if said.photos:
            if pk not in there:
                there[pk] = VisitAnswer.objects.create(visit=visit, item=items[pk])
            _add_photos(there[pk], said.photos, by=by)
    return there


def _add_photos(answer: VisitAnswer, photos: Sequence[Given], *, by: User) -> None:
    known = set(answer.photos.values_list("file__sha256", flat=True))
    for photo in photos:
        if photo.sha256 not in known:
            known.add(photo.sha256)
            VisitPhoto.objects.create(answer=answer, file=store(photo, by=by), added_by=by)


def _kept(photos: Sequence[Given], site: Site) -> tuple[Given, ...]:
    return tuple(keep(photo, of=site) for photo in photos)


def _sent_before(site: Site, client_key: UUID, *, by: User) -> Visit | None:
    there = sent_before(VisitSending.objects.filter(by=by, visit__site=site).select_related("visit"), client_key)
    return there.visit if there else None


# Findings ---------------------------------------------------------------------------------------------


def report_answer(
    answer: VisitAnswer,
    *,
    by: User,
    category: FindingCategory | None = None,
    severity: str = "",
    description: str = "",
    photos: Sequence[Given] = (),
) -> Finding | None:
    """File what failed as a finding, with the item's words, photos and indicator; once, whoever asks.

    Without a category the likeliest one is taken; None where no category is like it. Refused for what did not fail,
    and once the round is published.
    """
    kept = _kept(photos, answer.visit.site)
    with transaction.atomic():
        # The round before its answers, as whoever saves a visit or publishes takes them.
        if answer.visit.round:
            lock_round(answer.visit.round)
        rows = VisitAnswer.objects.select_for_update(of=("self",), no_key=True)
        now = rows.select_related("visit__site__unit", "visit__round", "visit__campaign__host", "item__indicator").get(
            pk=answer.pk
        )
        visit = now.visit
        if now.finding_id:
            return now.finding
        if now.verdict != Verdict.FAIL:
            raise Refused(_("只有判为“不符合”的检查项可以报问题。"), visit)
        if visit.round and visit.round.is_published:
            raise Refused(_("得分已经公布，不能再从这里报问题。请用“随手报问题”。"), visit)
        category = category or guess_category(visit.campaign, now.item)
        if category is None:
            return None
        own = [photo.file for photo in now.photos.select_related("file")]
        now.finding = record_finding(
            visit.campaign,
            by=by,
            category=category,
            photos=[*own, *kept],
            description=description.strip() or described(now),
            site=visit.site,
            round=visit.round,
            severity=severity,
            indicator=now.item.indicator,
            found_at=_found_at(visit),
            client_key=uuid5(FINDINGS, str(now.pk)),
        )
        now.save(update_fields=["finding"])
        return now.finding


def _found_at(visit: Visit) -> datetime | None:
    """Now; of a visit that was sent on a later day the noon of its own."""
    if visit.visited_on >= timezone.localdate():
        return None
    return timezone.make_aware(datetime.combine(visit.visited_on, time(12)))


def described(answer: VisitAnswer) -> str:
    """The words of a finding: what was asked, what was found, what was noted."""
    why = answer.item.rule.why(answer.number, answer.out_of) if answer.number is not None else ""
    asked = f"{answer.item.criterion}（{why}）" if why else answer.item.criterion
    return "。".join(part for part in (_("不符合：%(asked)s") % {"asked": asked}, answer.note) if part)


def guess_category(campaign: Campaign, item: ChecklistItem) -> FindingCategory | None:
    """What people filed this item under last, else the category its words speak of."""
    ensure_categories(campaign)
    known = FindingCategory.objects.of(campaign).in_use()
    filed = Finding.objects.of(campaign).filter(visit_answer__item=item).exclude(state__in=Finding.UNCOUNTED_STATES)
    if last := known.filter(pk__in=filed.order_by("-pk").values("category")[:1]).first():
        return last
    rows = {category.name: category for category in known.order_by("position", "pk")}
    name = guessing.guessed(rows, criterion=item.criterion, group=item.group)
    return rows[name] if name else None
