"""What people do with a finding: file it, dispatch it, answer it, judge it, and give it more time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Indicator
from cityinit import files
from cityinit.files import Checked, UploadRefused
from cityinit.sent import sent_before
from cityinit.workflow import Refused
from inspections import dispatch as rules
from inspections import presets
from inspections.models import (
    Extension,
    Finding,
    FindingCategory,
    FindingEvent,
    FindingPhoto,
    FindingSeries,
    FormerLead,
    Rectification,
    Round,
    Site,
)
from inspections.workflow import EXTENSION, FINDING, extension_refusal
from units import notices
from units.models import Unit, User

Phase = FindingPhoto.Phase
Verdict = Rectification.Verdict

# Two rows can only want one number where an import takes it in that moment.
NUMBER_TRIES = 5


# Filing ------------------------------------------------------------------------------------------


def record_finding(
    campaign: Campaign,
    *,
    by: User,
    category: FindingCategory,
    photos: Sequence[Checked] = (),
    description: str = "",
    **where_and_when: Any,
) -> Finding:
    """File a finding and report it to the office; sent twice with one `client_key`, it is stored once.

    Refused without a photo or a text, and to whoever may not report here. What else may be given is
    named by `_capture`.
    """
    if not photos and not description.strip():
        raise Refused(_("请至少拍一张照片，或写一句问题描述。"))
    finding, fresh = _capture(
        campaign, "report", by=by, category=category, before=photos, description=description, **where_and_when
    )
    if fresh:
        _tell_office(finding, _("待核实：%(finding)s"), by=by)
    return finding


def close_on_spot(
    campaign: Campaign,
    *,
    by: User,
    category: FindingCategory,
    photos: Sequence[Checked],
    after_photos: Sequence[Checked],
    **where_and_when: Any,
) -> Finding:
    """File a finding that was put right before the inspector's eyes; refused without both photos."""
    if not photos or not after_photos:
        raise Refused(_("现场整改要有整改前和整改后的照片各至少一张。"))
    finding, _fresh = _capture(
        campaign, "close_on_spot", by=by, category=category, before=photos, after=after_photos, **where_and_when
    )
    return finding


def _capture(
    campaign: Campaign,
    move: str,
    *,
    by: User,
    category: FindingCategory,
    before: Sequence[Checked] = (),
    after: Sequence[Checked] = (),
    site: Site | None = None,
    place: str = "",
    severity: str = "",
    description: str = "",
    client_key: UUID | None = None,
    found_at: datetime | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    round: Round | None = None,
    lead_unit: Unit | None = None,
    indicator: Indicator | None = None,
) -> tuple[Finding, bool]:
    if not by.has_perm("inspections.report_finding", campaign):
        raise Refused(_("您在“%(campaign)s”没有上报问题的权限。") % {"campaign": campaign})
    if there := _sent_before(client_key, by=by):
        return there, False
    now = timezone.now()
    if found_at and found_at > now:
        raise Refused(_("发现时间不能晚于现在。"))
    # Files first: image work inside the transaction would keep every other writer waiting.
    kept = {Phase.BEFORE: _kept(before), Phase.AFTER: _kept(after)}
    found_at = found_at or now
    finding = Finding(
        campaign=campaign,
        found_at=found_at,
        found_on=timezone.localdate(found_at),
        category=category,
        site=site,
        place=place.strip(),
        severity=severity or _usual_severity(category),
        description=description.strip(),
        round=round,
        indicator=indicator,
        lead_unit=lead_unit or (site.unit if site else None),
        reported_by=by,
        client_key=client_key,
        latitude=latitude,
        longitude=longitude,
    )
    moments: dict[str, Any] = {"reported_at": now}
    if move == "close_on_spot":
        moments |= {"closed_at": now, "closed_by": by}
    for left in reversed(range(NUMBER_TRIES)):
        try:
            with transaction.atomic():
                finding.pk = None
                finding.number = _next_number(campaign, year=finding.found_on.year)
                finding.state = Finding.State.DRAFT
                finding.save()
                for phase, photos in kept.items():
                    _attach(finding, photos, phase=phase, by=by)
                _move(finding, move, by=by, **moments)
            return finding, True
        except IntegrityError:
            # The same form a moment earlier, through another connection; or an import took the number.
            if there := _sent_before(client_key, by=by):
                return there, False
            if not left:
                raise
    raise AssertionError("the last try either returned or raised")


def _sent_before(client_key: UUID | None, *, by: User) -> Finding | None:
    there = sent_before(Finding.objects.all(), client_key)
    if there and there.reported_by_id != by.pk:
        raise Refused(_("这张表已由别人提交过，请重新打开页面填写。"))
    return there


def _usual_severity(category: FindingCategory) -> str:
    suggestion = presets.suggested(category.name)
    return suggestion.severity if suggestion else Finding.Severity.C


def _next_number(campaign: Campaign, *, year: int) -> str:
    """2025-000123: the next one of the campaign's year, past numbers that an import has brought."""
    series, _made = FindingSeries.objects.get_or_create(campaign=campaign, year=year)
    while True:
        FindingSeries.objects.filter(pk=series.pk).update(last=F("last") + 1)
        series.refresh_from_db()
        number = str(series)
        if not Finding.objects.filter(campaign=campaign, number=number).exists():
            return number


def ensure_categories(campaign: Campaign) -> None:
    """Give a campaign without categories the usual ones."""
    # Asked outside a transaction: the page that asks each time must not take the write lock.
    if not FindingCategory.objects.of(campaign).exists():
        FindingCategory.objects.bulk_create(
            [FindingCategory(campaign=campaign, position=n, **values) for n, values in enumerate(presets.categories())],
            ignore_conflicts=True,
        )


# The office ----------------------------------------------------------------------------------------


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
) -> None:
    """Verify the finding and give it to a unit; without `due_at` the limit of category or severity holds.

    Refused for units outside the host's tree and for a deadline that has already passed.
    """
    host = finding.campaign.host
    assisting = [unit for unit in assisting_units if unit != lead_unit]
    if any(unit.host_id != host.host_id or unit.closed_on for unit in [lead_unit, *assisting]):
        raise Refused(_("只能交办给本主体单位现有的单位。"), finding)
    now = timezone.now()
    severity = severity or finding.severity
    calendar = rules.office_calendar()
    due_at = due_at or rules.suggest_due(finding.category, severity, at=now, calendar=calendar).due_at
    _check_due(finding, due_at, now=now)
    finding.severity = severity
    # What it was given to before counts there for the days before.
    former = finding.lead_unit if finding.dispatched_at else None
    _move(
        finding,
        "dispatch",
        by=by,
        seen_state=seen_state,
        note=_join(
            _("责任单位：%(unit)s") % {"unit": lead_unit},
            assisting and _("协办：%(units)s") % {"units": "、".join(map(str, assisting))},
            _("期限：%(due)s") % {"due": _moment(due_at)},
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
    text = _("交办：%(finding)s，期限 %(due)s") % {"finding": _about(finding), "due": _moment(due_at)}
    _tell(notices.liaisons_of(lead_unit), text, finding, by=by)
    for unit in assisting:
        _tell(notices.liaisons_of(unit), _("请协办：%(finding)s") % {"finding": _about(finding)}, finding, by=by)


@transaction.atomic
def reject(finding: Finding, *, by: User, reason: str, seen_state: str = "") -> None:
    """Do not take it up as a finding; refused while others count as its duplicates."""
    _need(finding, reason, _("请写明不予立案的理由。"))
    _refuse_original(finding)
    _move(finding, "reject", by=by, note=reason, seen_state=seen_state)
    _tell_reporter(finding, _("不予立案：%(finding)s"), by=by)


@transaction.atomic
def mark_duplicate(finding: Finding, *, by: User, duplicate_of: Finding, note: str = "", seen_state: str = "") -> None:
    """Refer to the finding that was there first; refused for itself and for one that does not count.

    Its own duplicates are handed on: the problem goes on being counted, under the other number.
    """
    if duplicate_of == finding or duplicate_of.campaign_id != finding.campaign_id:
        raise Refused(_("请选择同一活动中的另一个问题。"), finding)
    duplicate_of = _held(finding, duplicate_of)[duplicate_of.pk]
    if duplicate_of.state in Finding.UNCOUNTED_STATES:
        raise Refused(
            _("%(number)s 本身是“%(state)s”，不能作为原问题。")
            % {"number": duplicate_of, "state": duplicate_of.get_state_display()},
            finding,
        )
    note = _join(_("重复于 %(number)s") % {"number": duplicate_of}, note)
    was_dispatched = finding.state == Finding.State.DISPATCHED
    _move(finding, "mark_duplicate", by=by, note=note, seen_state=seen_state, duplicate_of=duplicate_of)
    for follower in finding.duplicates.filter(state=Finding.State.DUPLICATE):
        Finding.objects.filter(pk=follower.pk).update(duplicate_of=duplicate_of)
        note = _("改为重复于 %(number)s") % {"number": duplicate_of}
        _record(follower, "mark_duplicate", _("标为重复"), by=by, note=note)
    _tell_reporter(finding, _("与已有问题重复：%(finding)s"), by=by)
    if was_dispatched:
        _tell_liaisons(finding, _("已撤回（重复）：%(finding)s"), by=by)


@transaction.atomic
def suspend(finding: Finding, *, by: User, plan: str, until: date, leader: str, seen_state: str = "") -> None:
    """Put a finding that cannot be put right soon on the long-term list; its clock stands until it is resumed."""
    _need(finding, plan, _("请写明挂账方案。"))
    _need(finding, leader, _("请写明责任领导。"))
    now = timezone.now()
    if until <= timezone.localdate(now):
        raise Refused(_("挂账至的日期须晚于今天。"), finding)
    _move(
        finding,
        "suspend",
        by=by,
        note=_join(plan, _("挂账至 %(day)s") % {"day": until}, _("责任领导：%(leader)s") % {"leader": leader}),
        seen_state=seen_state,
        long_term_plan=plan,
        long_term_until=until,
        long_term_leader=leader,
        paused_at=now,
    )
    _tell_liaisons(finding, _("挂账：%(finding)s"), by=by)


@transaction.atomic
def resume(finding: Finding, *, by: User, note: str = "", seen_state: str = "") -> None:
    """Take it off the long-term list; the deadline moves by as much as the clock stood."""
    now = timezone.now()
    calendar = rules.office_calendar()
    due_at = rules.due_after_pause(finding, resumed_at=now, calendar=calendar)
    _move(
        finding,
        "resume",
        by=by,
        note=_join(_("期限：%(due)s") % {"due": _moment(due_at)}, note),
        seen_state=seen_state,
        due_at=due_at,
        paused_at=None,
    )
    _set_warning(finding, calendar)
    _tell_liaisons(finding, _("恢复整改：%(finding)s"), by=by)


@transaction.atomic
def void(finding: Finding, *, by: User, reason: str, seen_state: str = "") -> None:
    """Take a finding out of every figure; refused while others count as its duplicates. Row and history stay."""
    _need(finding, reason, _("请写明作废的理由。"))
    _refuse_original(finding)
    with_unit = finding.state in (*Finding.UNIT_STATES, Finding.State.SUBMITTED, Finding.State.LONG_TERM)
    _move(finding, "void", by=by, note=reason, seen_state=seen_state)
    _tell_reporter(finding, _("已作废：%(finding)s"), by=by)
    if with_unit:
        _tell_liaisons(finding, _("已作废：%(finding)s"), by=by)


def _held(*findings: Finding) -> dict[int, Finding]:
    """The findings as they stand, held until the transaction ends; in one order, so that nobody waits for ever."""
    wanted = [finding.pk for finding in findings]
    return {held.pk: held for held in Finding.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}


def _refuse_original(finding: Finding) -> None:
    """Refuse to let a finding go that stands in the figures for others too: they would all be lost from them."""
    _held(finding)
    duplicates = [str(one) for one in finding.duplicates.filter(state=Finding.State.DUPLICATE)]
    if duplicates:
        raise Refused(
            _("%(numbers)s 并入了这个问题，统计只计这一个。请先作废它们，或把这个问题标为另一个问题的重复。")
            % {"numbers": "、".join(duplicates)},
            finding,
        )


# The unit ------------------------------------------------------------------------------------------


@transaction.atomic
def acknowledge(finding: Finding, *, by: User, seen_state: str = "") -> None:
    _move(finding, "acknowledge", by=by, seen_state=seen_state, acknowledged_at=timezone.now())


@transaction.atomic
def return_to_office(finding: Finding, *, by: User, reason: str, seen_state: str = "") -> None:
    """Say that it belongs to somebody else; refused the third time."""
    _need(finding, reason, _("请写明退回的理由，便于创建办改派。"))
    times = finding.returned_times + 1
    _move(finding, "return_to_office", by=by, note=reason, seen_state=seen_state, returned_times=times)
    _tell_office(finding, _("被退回：%(finding)s"), by=by)


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
    if there := sent_before(finding.rectifications.filter(answered_by=by), client_key):
        if there.verdict != Verdict.OPEN:
            raise Refused(_("这份整改反馈已经复核过。如需再次反馈，请重新打开“整改反馈”填写。"), finding)
        return there
    _need(finding, measure, _("请写明整改措施。"))
    if not photos:
        raise Refused(_("请至少上传一张整改后的照片。"), finding)
    _check(finding, "answer", by=by)
    kept = _kept(photos, of=finding)
    now = timezone.now()
    with transaction.atomic():
        _move(
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
        _attach(finding, kept, phase=Phase.AFTER, by=by, rectification=made)
        _tell_office(finding, _("待复核：%(finding)s"), by=by)
        _tell_reporter(finding, _("待复核：%(finding)s"), by=by)
    return made


@transaction.atomic
def ask_extension(finding: Finding, *, by: User, reason: str, until: date) -> Extension:
    """Ask for more time; refused while an earlier request waits and where no deadline runs."""
    if refusal := extension_refusal(finding, by):
        raise Refused(refusal, finding)
    _need(finding, reason, _("请写明申请延期的理由。"))
    if until <= timezone.localdate(finding.due_at):
        raise Refused(_("申请延至的日期须晚于现在的期限。"), finding)
    _check_due(finding, rules.office_closes(until), now=timezone.now())
    try:
        with transaction.atomic():
            asked = finding.extensions.create(reason=reason, asked_due=until, asked_by=by)
    except IntegrityError:
        raise Refused(_("已有一个延期申请待批。"), finding) from None
    _record(finding, "ask_extension", _("申请延期"), by=by, note=_join(_("延至 %(day)s") % {"day": until}, reason))
    _tell_office(finding, _("申请延期：%(finding)s"), by=by)
    return asked


# The review ----------------------------------------------------------------------------------------


@transaction.atomic
def close(finding: Finding, *, by: User, note: str = "", seen_state: str = "") -> None:
    """Sign the finding off; refused to who answered it and to everybody of the answering unit."""
    now = timezone.now()
    _move(finding, "close", by=by, note=note, seen_state=seen_state, closed_at=now, closed_by=by, reviewed_at=now)
    _judge(finding, Verdict.PASSED, by=by, note=note, at=now)
    _tell_liaisons(finding, _("已销号：%(finding)s"), by=by)


@transaction.atomic
def rework(finding: Finding, *, by: User, reason: str, due_at: datetime, seen_state: str = "") -> None:
    """Send the answer back with a reason and a new deadline."""
    _need(finding, reason, _("请写明返工的理由。"))
    now = timezone.now()
    _check_due(finding, due_at, now=now)
    _move(
        finding,
        "rework",
        by=by,
        note=_join(reason, _("新的期限：%(due)s") % {"due": _moment(due_at)}),
        seen_state=seen_state,
        due_at=due_at,
        warn_at=rules.warn_at(finding, start=now, due_at=due_at, calendar=rules.office_calendar()),
        reviewed_at=now,
        rework_times=finding.rework_times + 1,
    )
    _judge(finding, Verdict.REWORK, by=by, note=reason, at=now)
    text = _("返工：%(finding)s，新的期限 %(due)s") % {"finding": _about(finding), "due": _moment(due_at)}
    _tell(notices.liaisons_of(finding.lead_unit), text, finding, by=by)  # type: ignore[arg-type]  # it has one by now


def reopen(finding: Finding, *, by: User, photos: Sequence[Checked], note: str = "", seen_state: str = "") -> None:
    """Say that what was closed has come back; refused without a photo and after 90 days."""
    if not photos:
        raise Refused(_("请至少上传一张反弹现场的照片。"), finding)
    _check(finding, "reopen", by=by)
    kept = _kept(photos, of=finding)
    with transaction.atomic():
        _move(
            finding,
            "reopen",
            by=by,
            note=note,
            seen_state=seen_state,
            closed_at=None,
            closed_by=None,
            reopened_times=finding.reopened_times + 1,
        )
        _attach(finding, kept, phase=Phase.REOPENED, by=by)
        _tell_office(finding, _("反弹：%(finding)s"), by=by)


@transaction.atomic
def grant_extension(extension: Extension, *, by: User, until: date | None = None, note: str = "") -> None:
    """Move the deadline to the day asked for, or to another one; the first deadline stays on record.

    Refused for a day that gives the unit no more time than it has.
    """
    finding = extension.finding
    day = until or extension.asked_due
    due_at = rules.office_closes(day)
    _refuse_decided(extension)
    _check_due(finding, due_at, now=timezone.now())
    # As it stands now: the finding may have been resumed since it was read.
    stands = Finding.objects.select_for_update().values_list("due_at", flat=True).get(pk=finding.pk)
    if stands and due_at <= stands:
        raise Refused(_("批准延至的日期须晚于现在的期限（%(due)s）。") % {"due": _moment(stands)}, finding)
    _decide(extension, "grant", by=by, note=note)
    # The answer may have come in meanwhile: then there is no deadline left to move.
    if not Finding.objects.with_unit_now().filter(pk=finding.pk).update(due_at=due_at):
        raise Refused(_("问题刚刚被别人办理，期限已不再计算。"), finding)
    finding.due_at = due_at
    _set_warning(finding, rules.office_calendar())
    _record(finding, "grant_extension", _("批准延期"), by=by, note=_join(_("延至 %(day)s") % {"day": day}, note))
    text = _("已批准延期至 %(day)s：%(finding)s") % {"day": day, "finding": _about(finding)}
    _tell(notices.liaisons_of(finding.lead_unit), text, finding, by=by)  # type: ignore[arg-type]  # it has one by now


@transaction.atomic
def refuse_extension(extension: Extension, *, by: User, note: str) -> None:
    """Keep the deadline, and say why."""
    finding = extension.finding
    _refuse_decided(extension)
    _need(finding, note, _("请写明不批准的理由。"))
    _decide(extension, "refuse", by=by, note=note)
    _record(finding, "refuse_extension", _("不批准延期"), by=by, note=note)
    _tell_liaisons(finding, _("未批准延期：%(finding)s"), by=by)


# What all of them do -------------------------------------------------------------------------------


def _move(finding: Finding, name: str, *, by: User, note: str = "", seen_state: str = "", **values: Any) -> None:
    source = FINDING.make(finding, name, by=by, seen_state=seen_state, **values)
    label = str(FINDING.moves[name].label)
    _record(finding, name, label, source=source, target=finding.state, by=by, note=note)


def _record(
    finding: Finding, move: str, label: str, *, by: User, note: str, source: str = "", target: str = ""
) -> None:
    FindingEvent.objects.create(
        finding=finding,
        move=move,
        label=str(label),
        source=source,
        target=target,
        note=note.strip(),
        due_at=finding.due_at,
        by=by,
    )


def _refuse_decided(extension: Extension) -> None:
    if extension.state != Extension.State.ASKED:
        told = _("这个延期申请已经办理：%(state)s。") % {"state": extension.get_state_display()}
        raise Refused(told, extension.finding)


def _decide(extension: Extension, move: str, *, by: User, note: str) -> None:
    EXTENSION.make(extension, move, by=by, decided_by=by, decided_at=timezone.now(), note=note)


def _judge(finding: Finding, verdict: str, *, by: User, note: str, at: datetime) -> None:
    # An imported finding may have been answered without a row of its own.
    latest = finding.rectifications.filter(verdict=Verdict.OPEN)
    latest.update(verdict=verdict, reviewed_at=at, reviewed_by=by, review_note=note)


def _set_warning(finding: Finding, calendar: Any) -> None:
    start = finding.dispatched_at or finding.found_at
    paused = [(begin, end) for begin, end in rules.pauses(finding) if end]
    finding.warn_at = rules.warn_at(finding, start=start, due_at=finding.due_at, calendar=calendar, paused=paused)
    Finding.objects.filter(pk=finding.pk).update(warn_at=finding.warn_at)


def _check(finding: Finding, move: str, *, by: User) -> None:
    """Refuse before files are stored for a move that cannot be made."""
    if reason := FINDING.refusal(finding, move, by):
        raise Refused(reason, finding)


def _check_due(finding: Finding, due_at: datetime | None, *, now: datetime) -> None:
    if due_at is not None and due_at <= now:
        raise Refused(_("整改期限须晚于现在。"), finding)
    if due_at is not None and due_at > rules.latest_due(now):
        raise Refused(_("整改期限太远，请核对年份。"), finding)


def _need(finding: Finding, text: str, sentence: str) -> None:
    if not text.strip():
        raise Refused(sentence, finding)


def _kept(photos: Iterable[Checked], *, of: Finding | None = None) -> list[Checked]:
    """The files on disk, before any transaction; a full disk is said to the person."""
    try:
        return [files.keep(photo) for photo in photos]
    except UploadRefused as fault:
        raise Refused(" ".join(fault.messages), of) from None


def _attach(
    finding: Finding, kept: Iterable[Checked], *, phase: str, by: User, rectification: Rectification | None = None
) -> None:
    FindingPhoto.objects.bulk_create(
        FindingPhoto(
            finding=finding, phase=phase, file=files.store(photo, by=by), rectification=rectification, added_by=by
        )
        for photo in kept
    )


# Whom it concerns ----------------------------------------------------------------------------------


def _tell(people: Iterable[User], text: str, finding: Finding, *, by: User) -> None:
    notices.tell([person for person in people if person != by], text, url=finding.get_absolute_url())


def _tell_office(finding: Finding, text: str, *, by: User) -> None:
    _tell(notices.office_of(finding.campaign.host), text % {"finding": _about(finding)}, finding, by=by)


def _tell_liaisons(finding: Finding, text: str, *, by: User) -> None:
    if finding.lead_unit:
        _tell(notices.liaisons_of(finding.lead_unit), text % {"finding": _about(finding)}, finding, by=by)


def _tell_reporter(finding: Finding, text: str, *, by: User) -> None:
    if finding.reported_by:
        _tell([finding.reported_by], text % {"finding": _about(finding)}, finding, by=by)


def _about(finding: Finding) -> str:
    return "，".join(part for part in (f"{finding.number} {finding.where}".strip(), str(finding.category)) if part)


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else _("长期")


def _join(*parts: Any) -> str:
    return "\n".join(str(part) for part in parts if part)
