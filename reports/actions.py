"""What people do with a report: have it compiled, edit its text, review, approve and issue it; and what the queue does.

Compiling is three steps, each safe to be done twice: freeze the facts, write the sections, draw the files. Files are
kept on disk before the transaction that names them; inside it the lease is asked again, so that of two workers only
the one that holds the job writes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cityinit import content, files
from cityinit.documents import docx, pdf
from cityinit.documents.docx import Document
from cityinit.documents.filled import Unfillable, fill
from cityinit.models import Job, StoredFile
from cityinit.moment import at_one_moment
from cityinit.periods import Period, day_of
from cityinit.queue import Lease, enqueue_anew
from cityinit.sent import Stale
from cityinit.workflow import Refused
from inspections.models import Round
from units.models import Unit
from units.notices import office_of, tell

from . import own_paper
from .circulars.facts import round_days
from .documents import Told, document_of, draw_ledgers
from .facts import fingerprint
from .frozen import Gathered
from .kinds import KINDS
from .models import FrozenList, Kind, LedgerPart, Report, ReportEvent, ReportFile, Section, Snapshot, Template
from .numbers import Said, relink, said_by, said_in
from .sections import Section as Written
from .way_back import records_of
from .workflow import REPORT

TITLE_LENGTH = Report._meta.get_field("title").max_length
# Printed 60 mm wide, as sharp as paper shows it.
PHOTO_EDGE = 640
LISTS_AT_ONCE = 100
COMPILE, DRAW = "reports.jobs.compile_report", "reports.jobs.draw_report"


# Asking for a report ---------------------------------------------------------------------------------


def request_report(
    campaign: Campaign,
    period: Period,
    *,
    by: Any,
    unit: Unit | None = None,
    kind: str = Kind.SUMMARY,
    template: Template | None = None,
) -> Job:
    """Have the report of this period compiled, anew if there is one; gives the job, the same for a double click.

    While the period runs, its report tells what is so on the day of writing. Refused outside the campaign's days and
    before the period begins, to who may not write reports there, and for a report that is reviewed. Scores are told of
    a round only (`request_round_report`), and a unit writes nothing but a summary.
    """
    unit = None if unit is not None and unit.pk == campaign.host_id else unit
    _refuse_who_may_not(campaign, by)
    if unit is not None and unit.host_id != campaign.host.host_id:
        raise Refused(_("“%(unit)s”不是这个创建活动的单位。") % {"unit": unit}, campaign)
    if unit is not None and kind != Kind.SUMMARY:
        raise Refused(_("只有工作总结可以按单位编写。"), campaign)
    if kind == Kind.ASSESSMENT:
        raise Refused(_("模拟测评通报按督查批次编写，请选择督查批次。"), campaign)
    if period.last < campaign.starts_on or period.first > campaign.ends_on:
        raise Refused(
            _("%(period)s不在创建活动的起止时间（%(first)s至%(last)s）之内，请换一个时段。")
            % {"period": period, "first": campaign.starts_on, "last": campaign.ends_on},
            campaign,
        )
    if period.first > timezone.localdate():
        raise Refused(_("%(period)s还没有开始，没有可以总结的内容。") % {"period": period}, campaign)
    of = {"campaign": campaign, "kind": kind, "unit": unit, "round": None}
    return _request(of, period, by=by, template=template)


def request_round_report(of_round: Round, *, kind: str, by: Any, template: Template | None = None) -> Job:
    """Have a round's circular or its scores told; gives the job, the same for a double click.

    Refused to who may not write reports, for a round nobody has walked, and for scores that are not published.
    """
    campaign = of_round.campaign
    _refuse_who_may_not(campaign, by)
    if kind == Kind.SUMMARY:
        raise Refused(_("工作总结按时段编写，请选择时段。"), of_round)
    if kind == Kind.ASSESSMENT and not of_round.is_published:
        raise Refused(_("“%(round)s”的成绩还没有公布，公布后才能通报。") % {"round": of_round}, of_round)
    first, last = round_days(of_round)
    if first is None or last is None or first > timezone.localdate():
        raise Refused(_("“%(round)s”还没有检查记录，没有可以通报的内容。") % {"round": of_round}, of_round)
    of = {"campaign": campaign, "kind": kind, "unit": None, "round": of_round}
    return _request(of, Period(first, max(first, last)), by=by, template=template)


def _refuse_who_may_not(campaign: Campaign, by: Any) -> None:
    if by is not None and not by.has_perm("reports.write_report", campaign):
        raise Refused(_("您没有为这个创建活动编写总结的权限。"), campaign)


def _request(of: dict[str, Any], period: Period, *, by: Any, template: Template | None) -> Job:
    with transaction.atomic():
        report = _report_of(of, period, by=by)
        if report.is_fixed:
            raise Refused(
                _("这份总结已是“%(state)s”，不能重新编写。需要修改时请先退回。")
                % {"state": report.get_state_display()},
                report,
            )
        if template is not None and template.pk != report.template_id:
            Report.objects.filter(pk=report.pk).update(template=template)
        return _file_compiling(report, by=by)


def refresh(report: Report, *, by: Any) -> Job:
    """Compile the report again from today's records; hand edits are kept."""
    if report.round:
        return request_round_report(report.round, kind=report.kind, by=by)
    return request_report(report.campaign, report.period, kind=report.kind, unit=report.unit, by=by)


def _report_of(of: dict[str, Any], period: Period, *, by: Any) -> Report:
    days = {"first_day": period.first, "last_day": period.last}
    # A round has one report of a kind, whatever days it is found to have.
    sought = of if of["round"] else {**of, **days}
    new = Report(**of, **days)
    named = {"title": KINDS[of["kind"]].title(new)[:TITLE_LENGTH], "requested_by": by}
    try:
        with transaction.atomic():
            report, made = Report.objects.get_or_create(**sought, defaults={**days, **named})
    except IntegrityError:
        return Report.objects.get(**sought)
    if made:
        ReportEvent.objects.create(report=report, move="request", label=_("编写"), target=report.state, by=by)
    return report


def _file_compiling(report: Report, *, by: Any) -> Job:
    """One job per version: who asks while one is open, or again after one failed, gets that one."""
    version = report.snapshots.count() + 1
    running = report.job
    if running is not None and running.name == COMPILE and running.is_open:
        return running
    filed = enqueue_anew(
        COMPILE,
        report.pk,
        version,
        by=by,
        label=report.title,
        url=report.get_absolute_url(),
        key=f"report:{report.pk}:v{version}",
    )
    Report.objects.filter(pk=report.pk).update(job=filed)
    return filed


# Compiling -------------------------------------------------------------------------------------------


def compile_report(report: Report, *, version: int, lease: Lease) -> None:
    """Freeze the facts, write the sections, draw the files; done again after a break, it goes on where it stopped."""
    lease.progress(5, _("正在汇集数据"))
    snapshot = take_snapshot(report, version=version, hold=lease.hold)
    lease.progress(45, _("正在撰写正文"))
    write_sections(report, snapshot, hold=lease.hold)
    lease.progress(70, _("正在生成Word、PDF和Excel文件"))
    draw_files(report, hold=lease.hold)
    lease.progress(95, _("即将完成"))


def take_snapshot(report: Report, *, version: int, hold: Callable[[], None]) -> Snapshot:
    """The facts of the period as they stand now, written once for this version and never changed."""
    key = f"report:{report.pk}:v{version}"
    if taken := Snapshot.objects.filter(job_key=key).first():
        return taken
    now = timezone.now()
    with at_one_moment():
        gathered = KINDS[report.kind].collect(report, template_of(report), day_of(now))
    facts = gathered.facts
    try:
        with transaction.atomic():
            hold()
            snapshot = Snapshot.objects.create(
                report=report, version=version, facts=facts, hash=fingerprint(facts), taken_at=now, job_key=key
            )
            _keep_beside(snapshot, gathered)
            return snapshot
    except IntegrityError:
        return Snapshot.objects.get(job_key=key)


def _keep_beside(snapshot: Snapshot, gathered: Gathered) -> None:
    FrozenList.objects.bulk_create(
        (
            FrozenList(snapshot=snapshot, digest=digest, model=of.model, count=len(of.keys), keys=of.packed())
            for digest, of in gathered.lists.items()
        ),
        batch_size=LISTS_AT_ONCE,
    )
    for place, (count, rows) in enumerate(gathered.ledger.parts):
        LedgerPart.objects.create(snapshot=snapshot, place=place, count=count, rows=rows)


def write_sections(report: Report, snapshot: Snapshot, *, hold: Callable[[], None]) -> None:
    """Write every section from the snapshot; what a hand has edited stays, marked where the text below it changed."""
    facts = snapshot.facts
    written = KINDS[report.kind].write(facts)
    with transaction.atomic():
        hold()
        _wait_for_turn(report)
        if report.is_fixed:
            raise Refused(_("总结已经审核，没有改动正文。需要重新编写时请先退回。"), report)
        there = {section.key: section for section in report.sections.all()}
        for position, told in enumerate(written):
            _put_section(report, there.pop(told.key, None), told, position=position)
        for section in there.values():
            if section.is_edited:
                # Nothing is written there any more, but a person's words are not thrown away.
                Section.objects.filter(pk=section.pk).update(written="", links=[], is_outdated=True)
            else:
                section.delete()
        note = _("第%(n)s版") % {"n": snapshot.version}
        if not report.events.filter(move="compile", note=note).exists():
            ReportEvent.objects.create(report=report, move="compile", label=_("编成"), note=note, target=report.state)
            told_to = [report.job.requested_by_id] if report.job and report.job.requested_by_id else []
            _tell_written(report, told_to)


def template_of(report: Report) -> Template:
    """The template it was asked for in, else the office's usual one of its kind."""
    return report.template or Template.objects.for_kind(report.campaign, report.kind)


def _put_section(report: Report, section: Section | None, told: Written, *, position: int) -> None:
    values = {"position": position, "level": told.level, "written": told.text, "links": told.links}
    if section is None:
        Section.objects.create(report=report, key=told.key, heading=told.heading, text=told.text, **values)
        return
    if section.is_edited:
        values["is_outdated"] = section.is_outdated or section.written != told.text
    else:
        values |= {"text": told.text, "is_outdated": False}
    if section.edited_at is None:
        values["heading"] = told.heading
    Section.objects.filter(pk=section.pk).update(**values)


def _tell_written(report: Report, user_ids: Iterable[int]) -> None:
    people = office_of(report.campaign.host)
    wanted = people.filter(pk__in=user_ids) if user_ids else people
    tell(wanted, _("总结已编好：%(title)s") % {"title": report.title}, url=report.get_absolute_url())


def draw_files(report: Report, *, hold: Callable[[], None]) -> list[ReportFile]:
    """The Word file and the ledgers of the latest snapshot with the present text; drawn once for each text."""
    snapshot = report.snapshots.latest("version")
    sections = told_sections(report)
    of_text = hash_of(report, snapshot, sections)
    dated = dated_on(report, snapshot)
    facts = snapshot.facts
    drawn = []

    told: dict[str, Any] = {"facts": facts, "sections": sections, "dated": dated, "address_of": records_of(snapshot)}

    @cache
    def document() -> Document:
        photos = _photos_of(facts)
        return document_of(report.title, photos=photos, **told)

    def word() -> bytes:
        if own := facts["writing"]["file"]:
            return _in_own_paper(report, own, **told)
        return docx.draw(document())

    for kind, content_type, draw in (
        (ReportFile.Kind.DOCX, content.DOCX, word),
        (ReportFile.Kind.PDF, content.PDF, lambda: pdf.draw(document())),
        (
            ReportFile.Kind.XLSX,
            content.XLSX,
            lambda: draw_ledgers(facts, sections, findings=snapshot.ledger()),
        ),
    ):
        there = ReportFile.objects.filter(snapshot=snapshot, kind=kind, text_hash=of_text).first()
        if there is None:
            ending = _("附表") if kind == ReportFile.Kind.XLSX else ""
            name = f"{report.title}{ending}.{kind}"
            kept = files.keep(files.made(draw(), name=name, content_type=content_type), of=report)
            there = _name_file(report, snapshot, kind, of_text, kept, hold=hold)
        drawn.append(there)
    return drawn


def _in_own_paper(report: Report, file: int, *, facts: dict, **told: Any) -> bytes:
    """The report in the office's own Word file. Refused, with the fault named, where that cannot be filled."""
    stored = StoredFile.objects.get(pk=file)
    given = own_paper.filling(
        report.title,
        kind=report.kind,
        parts=KINDS[report.kind].parts,
        facts=facts,
        keys=[section.key for section in report.sections.all()],
        **told,
    )
    try:
        return fill(Path(settings.MEDIA_ROOT, stored.path).read_bytes(), given)
    except Unfillable as fault:
        raise Refused(_("“%(name)s”：%(fault)s") % {"name": stored.name, "fault": fault}, report) from fault


def _photos_of(facts: dict) -> dict[int, bytes]:
    """The pictures of the pairs, small; what the disk has lost is left out."""
    wanted = {key for pair in facts["pairs"] for key in (pair["before"], pair["after"])}
    found = StoredFile.objects.in_bulk(wanted)
    small = {key: files.small_copy(found[key], edge=PHOTO_EDGE) for key in sorted(wanted & found.keys())}
    return {key: data for key, data in small.items() if data is not None}


def _name_file(report, snapshot, kind, of_text, kept, *, hold) -> ReportFile:
    try:
        with transaction.atomic():
            hold()
            stored = files.store(kept, by=None)
            return ReportFile.objects.create(
                report=report, snapshot=snapshot, kind=kind, text_hash=of_text, file=stored
            )
    except IntegrityError:
        return ReportFile.objects.get(snapshot=snapshot, kind=kind, text_hash=of_text)


def told_sections(report: Report) -> list[Told]:
    """The sections as they are read, a hand's words with their numbers linked again as far as they are figures."""
    sections = list(report.sections.all())
    written = {section.pk: said_in(section.written, section.links) for section in sections}
    of_snapshot: list[Said] = []
    if any(section.is_edited for section in sections):
        figures = report.snapshots.order_by("-version").values_list("facts__figures", flat=True).first()
        of_snapshot = said_by(figures or {})
    told = []
    for section in sections:
        links = section.links
        if section.is_edited:
            others = [said for pk, there in written.items() if pk != section.pk for said in there]
            links = relink(section.text, here=written[section.pk], elsewhere=[*others, *of_snapshot])
        told.append(Told(section.heading, section.level, section.text, links))
    return told


def dated_on(report: Report, snapshot: Snapshot) -> date:
    """成文日期: the day the report was approved, until then the day its facts were taken.

    Source: 党政机关公文处理工作条例, article 9: the day on which whoever answers for it signs it.
    """
    if report.state in (Report.State.APPROVED, Report.State.ISSUED):
        return day_of(report.events.filter(move="approve").latest("at").at)
    return day_of(snapshot.taken_at)


def hash_of(report: Report, snapshot: Snapshot, sections: Sequence[Told]) -> str:
    told = [
        report.title,
        snapshot.hash,
        dated_on(report, snapshot).isoformat(),
        [(section.heading, section.level, section.text) for section in sections],
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def text_hash(report: Report) -> str:
    """Which text, of which snapshot, the report has now; empty before the first."""
    snapshot = report.snapshots.order_by("-version").first()
    return hash_of(report, snapshot, told_sections(report)) if snapshot else ""


def current_files(report: Report) -> list[ReportFile]:
    """The files of the present text, newest snapshot; fewer than two while they are being drawn."""
    snapshot = report.snapshots.order_by("-version").first()
    if snapshot is None:
        return []
    of_text = hash_of(report, snapshot, told_sections(report))
    return list(ReportFile.objects.filter(snapshot=snapshot, text_hash=of_text).select_related("file").order_by("kind"))


# Editing and moving ----------------------------------------------------------------------------------


def edit_section(section: Section, *, by: Any, heading: str, text: str, seen: str) -> None:
    """Put a hand's words in place of a section's; the report is then edited and its files are drawn again.

    Refused when heading or text are not those the form was drawn from, and once the report is reviewed.
    """
    _rewrite(section, by=by, heading=heading, text=text, seen=seen, edited_at=timezone.now())


def restore_section(section: Section, *, by: Any, seen: str) -> None:
    """Take the written text again in place of the hand's; refused as `edit_section`."""
    _rewrite(section, by=by, heading=section.heading, text=section.written, seen=seen, edited_at=None)


def _rewrite(section: Section, *, by: Any, heading: str, text: str, seen: str, edited_at: datetime | None) -> None:
    report = section.report
    with transaction.atomic():
        _wait_for_turn(report)
        there = Section.objects.filter(pk=section.pk).first()
        if there is None or there.token != seen:
            raise Stale(_("别人刚刚修改了这一段，没有保存。请看过最新内容再改。"), report)
        source = REPORT.make(report, "edit", by=by)
        Section.objects.filter(pk=section.pk).update(
            heading=heading, text=text, is_outdated=False, edited_at=edited_at, edited_by=by
        )
        _record(report, "edit", source=source, by=by, note=heading or _("无标题段落"))
        _file_drawing(report, by=by)


def move(report: Report, name: str, *, by: Any, seen_state: str = "", seen_text: str = "", note: str = "") -> None:
    """Review, approve, issue or send back; after each step the files are those of the text as it stands.

    `seen_text` is the `text_hash` of the text the person's page showed: another text is not theirs to approve.
    """
    with transaction.atomic():
        _wait_for_turn(report)
        if seen_text and seen_text != text_hash(report):
            raise Refused(_("您打开页面之后，正文有改动，没有办理。请看过现在的正文再办理。"), report)
        source = REPORT.make(report, name, by=by, seen_state=seen_state)
        _record(report, name, source=source, by=by, note=note)
        _file_drawing(report, by=by)
        text = _("%(title)s：%(state)s") % {"title": report.title, "state": report.get_state_display()}
        office = office_of(report.campaign.host)
        tell(office.exclude(pk=by.pk) if by else office, text, url=report.get_absolute_url())


def _wait_for_turn(report: Report) -> None:
    """Take the report's row: who edits, moves and compiles it do so one after the other, each seeing what the last did.

    SQLite has one writer at a time from the first statement on and needs no lock.
    """
    report.state = Report.objects.select_for_update(no_key=True).values_list("state", flat=True).get(pk=report.pk)


def _record(report: Report, name: str, *, source: str, by: Any, note: str = "") -> None:
    label = str(REPORT.moves[name].label)
    ReportEvent.objects.create(
        report=report, move=name, label=label, source=source, target=report.state, note=note, by=by
    )


def _file_drawing(report: Report, *, by: Any) -> None:
    """A job for the files of the present text, unless they are there or another job will draw them."""
    of_text = text_hash(report)
    if not of_text or len(current_files(report)) == len(ReportFile.Kind):
        return
    filed = enqueue_anew(
        DRAW,
        report.pk,
        by=by,
        label=_("生成文件：%(title)s") % {"title": report.title},
        url=report.get_absolute_url(),
        key=f"report:{report.pk}:draw:{of_text[:32]}",
    )
    Report.objects.filter(pk=report.pk).update(job=filed)
