"""Rectification notices: issued for each unit, drawn as they were told, packed into one zip, swept."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.actions.papers import drawn, paper_now
from campaigns.models import Campaign
from campaigns.packing import UNIT_LENGTH, safe
from campaigns.papers import PaperKind
from campaigns.sent import sent_in
from cityinit import audit, files
from cityinit.content import DOCX
from cityinit.documents import xlsx
from cityinit.exports import columns_of
from cityinit.models import StoredFile
from cityinit.periods import day_in_words
from cityinit.queue import Lease, enqueue
from cityinit.workflow import Refused
from inspections import notice_paper
from inspections.models import (
    Finding,
    FindingEvent,
    FindingPhoto,
    NoticeBatch,
    NoticeLine,
    NoticePhoto,
    NoticeSeries,
    Rectification,
    RectificationNotice,
)
from units.models import Unit, User
from units.notices import liaisons_of, tell

PERMISSION = "inspections.issue_notice"
JOB = "inspections.jobs.make_notice_pack"
# A unit that is to put right more than this reads no paper; and so many are frozen in one go.
MOST_OF_A_UNIT, MOST_AT_ONCE = 300, 5_000
PHOTOS_SHOWN = 3
# 25 mm at 400 dots per inch.
PHOTO_EDGE = 480
INDEX: tuple[tuple[Any, float, xlsx.Kind], ...] = (
    (gettext_lazy("序号"), 6, "int"),
    (gettext_lazy("文号"), 22, "text"),
    (gettext_lazy("单位"), 24, "text"),
    (gettext_lazy("问题数"), 8, "int"),
    (gettext_lazy("反馈期限"), 12, "date"),
    (gettext_lazy("文件"), 44, "text"),
)


def issue_notices(
    campaign: Campaign,
    findings: models.QuerySet[Finding],
    *,
    by: User,
    requirement: str,
    answer_by: date,
    signature: str,
    contact: str = "",
    with_photos: bool = True,
    units: Iterable[Unit] | None = None,
    again: bool = False,
    query: str = "",
    client_key: UUID | None = None,
) -> NoticeBatch:
    """One numbered notice for each unit that has any of the findings to act on; a job packs them into one zip.

    `units` leaves out the others. The findings are told as they stand now, for good; what is not with a unit is left
    out, and so is what a notice has told it before, unless `again`. Liaisons are told, and each finding's history. The
    same `client_key` numbers nothing twice. Refused to who may not issue notices, for a day that is over, where nothing
    is with a unit or left to tell it, and for more than a paper can hold.
    """
    if not by.has_perm(PERMISSION, campaign):
        raise Refused(_("您没有印发整改通知书的权限。"), campaign)
    if answer_by < timezone.localdate():
        raise Refused(_("反馈期限不能早于今天。"))
    with transaction.atomic():
        # One batch at a time: of two answers to one form the second finds the first.
        Campaign.objects.hold(campaign.pk)
        if there := sent_in(campaign, NoticeBatch.objects.filter(issued_by=by), client_key):
            return there
        of_units = _of_units(campaign, findings, units, again=again)
        batch = NoticeBatch.objects.create(campaign=campaign, query=query, issued_by=by, client_key=client_key)
        said = {"requirement": requirement, "signature": signature, "contact": contact}
        for unit, rows in of_units.items():
            _issue(batch, unit, rows, by=by, answer_by=answer_by, with_photos=with_photos, **said)
        pack(batch, by=by)
        audit.record(
            _("印发整改通知书"),
            by=by,
            subject=batch,
            detail={"units": [str(unit) for unit in of_units], "n": sum(map(len, of_units.values()))},
        )
    return batch


def pack(batch: NoticeBatch, *, by: User) -> None:
    """Have the notices drawn and the zip of them written."""
    label = _("打包%(batch)s") % {"batch": batch}
    batch.job = enqueue(JOB, batch.pk, by=by, label=label, url=batch.get_absolute_url())
    batch.save(update_fields=["job"])


@transaction.atomic
def pack_again(batch: NoticeBatch, *, by: User) -> None:
    """Write a zip that was swept once more, from notices that say what they said; refused while one is there."""
    if not by.has_perm(PERMISSION, batch):
        raise Refused(_("您没有印发整改通知书的权限。"), batch)
    kept = NoticeBatch.objects.select_for_update(of=("self",), no_key=True).select_related("job").get(pk=batch.pk)
    if kept.file_id or (kept.job and kept.job.is_open):
        raise Refused(_("这一批通知书已经打包，或正在打包。"), batch)
    pack(batch, by=by)


def _of_units(
    campaign: Campaign, findings: models.QuerySet[Finding], units: Iterable[Unit] | None, *, again: bool
) -> dict[Unit, list[Finding]]:
    rows = findings.of(campaign).with_unit_now()  # type: ignore[attr-defined]  # a query set of findings
    if units is not None:
        rows = rows.filter(lead_unit__in=list(units))
    if not rows.exists():
        raise Refused(_("所选的问题里没有正由单位办理的，没有可印发的通知书。请先交办。"))
    if not again:
        rows = rows.with_notice().filter(noticed_in=None)
    rows = rows.select_related("site", "category", "round", "lead_unit").order_by("due_at", "pk")
    found = list(rows[: MOST_AT_ONCE + 1])
    if not found:
        raise Refused(_("所选的问题都已印发过整改通知书。"))
    if len(found) > MOST_AT_ONCE:
        raise Refused(_("一次最多印发%(most)s个问题的通知书，请按条件筛选后分几次印发。") % {"most": MOST_AT_ONCE})
    of_units: dict[Unit, list[Finding]] = defaultdict(list)
    for row in found:
        of_units[row.lead_unit].append(row)
    for unit, led in of_units.items():
        if len(led) > MOST_OF_A_UNIT:
            told = {"unit": unit, "n": len(led), "most": MOST_OF_A_UNIT}
            raise Refused(_("“%(unit)s”有%(n)s个问题，一份通知书最多%(most)s个，请按条件筛选后分几次印发。") % told)
    return dict(sorted(of_units.items(), key=lambda pair: (pair[0].position, pair[0].pk)))


def _issue(
    batch: NoticeBatch, unit: Unit, rows: list[Finding], *, by: User, answer_by: date, with_photos: bool, **said: str
) -> None:
    campaign, now = batch.campaign, timezone.now()
    series = NoticeSeries.next(campaign.host, f"{campaign.short_name}整改", year=timezone.localdate(now).year)
    number = str(series)
    told = {
        **said,
        "number": number,
        "campaign": campaign.short_name,
        "unit": unit.name,
        "answer_by": answer_by.isoformat(),
        "on": timezone.localdate(now).isoformat(),
        "paper": paper_now(campaign, PAPER.slug),
    }
    notice = RectificationNotice.objects.create(
        campaign=campaign,
        batch=batch,
        unit=unit,
        series=series,
        serial=series.last,
        number=number,
        answer_by=answer_by,
        told=told,
    )
    photos = _photos(rows) if with_photos else {}
    reasons = _rework_reasons(rows)
    lines = NoticeLine.objects.bulk_create(
        NoticeLine(
            notice=notice,
            finding=row,
            position=place,
            told=_line(row, reason=reasons.get(row.pk, ""), photo_count=len(photos.get(row.pk, ())), now=now),
        )
        for place, row in enumerate(rows, start=1)
    )
    NoticePhoto.objects.bulk_create(
        NoticePhoto(line=line, file_id=file) for line in lines for file in photos.get(line.finding_id, ())
    )
    FindingEvent.objects.bulk_create(
        FindingEvent(finding=row, move="notice", label=_("整改通知书"), note=number, due_at=row.due_at, by=by)
        for row in rows
    )
    told_to = {"number": number, "n": len(rows), "day": day_in_words(answer_by)}
    text = _("整改通知书 %(number)s：%(n)s个问题，%(day)s前反馈") % told_to
    tell((person for person in liaisons_of(unit) if person != by), text, url=notice.get_absolute_url())


def _photos(rows: list[Finding]) -> dict[int, list[int]]:
    """The files beside each finding: of how it was found, or found again."""
    wanted: list[str] = [FindingPhoto.Phase.REOPENED, FindingPhoto.Phase.BEFORE]
    taken = FindingPhoto.objects.filter(finding__in=rows, phase__in=wanted).order_by("pk")
    found: dict[int, list[int]] = defaultdict(list)
    # Photos of a relapse say more than those of the first time.
    for finding, file, _phase in sorted(
        taken.values_list("finding", "file", "phase"), key=lambda row: wanted.index(row[2])
    ):
        if len(found[finding]) < PHOTOS_SHOWN and file not in found[finding]:
            found[finding].append(file)
    return found


def _rework_reasons(rows: list[Finding]) -> dict[int, str]:
    again = Rectification.objects.filter(finding__in=rows, verdict=Rectification.Verdict.REWORK).order_by("attempt")
    return dict(again.values_list("finding", "review_note"))


def _line(row: Finding, *, reason: str, photo_count: int, now: datetime) -> dict[str, Any]:
    """A row of the list, as plain values."""
    due = timezone.localtime(row.due_at) if row.due_at else None
    late = (timezone.localdate(now) - due.date()).days if due and row.due_at < now else 0  # type: ignore[operator]
    is_rework = row.state == Finding.State.REWORK
    if is_rework:
        wanted = _("未通过复核（%(reason)s），重新整改") % {"reason": reason} if reason else _("未通过复核，重新整改")
    elif due and row.due_at < now:  # type: ignore[operator]  # it has one here
        wanted = _("已逾期%(n)s天，立即整改到位") % {"n": late} if late else _("已逾期，立即整改到位")
    else:
        wanted = _("按期整改到位，反馈整改后照片")
    return {
        "number": row.number,
        "where": row.where,
        "description": row.description or str(row.category),
        "category": str(row.category),
        "round": str(row.round or ""),
        "found_on": row.found_on.isoformat(),
        "due": f"{due:%Y-%m-%d}\n{due:%H:%M}" if due else "",
        "due_on": due.date().isoformat() if due else "",
        "days_late": late,
        "is_rework": is_rework,
        "requirement": wanted,
        "photo_count": photo_count,
    }


# The paper ----------------------------------------------------------------------------------------------


def draw_letter(notice: RectificationNotice) -> StoredFile:
    """The notice's file, drawn the first time it is wanted and the same one ever after."""
    if notice.letter:
        return notice.letter
    content = drawn(PAPER, **_values_of(notice))
    name = f"{notice.number}-{notice.told['unit']}-整改通知书.docx"
    kept = files.keep(files.made(content, name=name, content_type=DOCX), of=notice)
    with transaction.atomic():
        now = RectificationNotice.objects.select_for_update(no_key=True).get(pk=notice.pk)
        if now.letter is None:
            now.letter = files.store(kept, by=notice.batch.issued_by)
            now.save(update_fields=["letter"])
    notice.letter = now.letter
    return now.letter


def _values_of(notice: RectificationNotice) -> dict[str, Any]:
    lines = list(notice.lines.prefetch_related("photo_rows__file"))
    shown = [_small(photo.file for photo in line.photo_rows.all()) for line in lines]
    return {"told": notice.told, "lines": [line.told for line in lines], "photos": shown}


def _latest_notice(campaign: Campaign) -> dict[str, Any] | None:
    last = RectificationNotice.objects.filter(campaign=campaign).order_by("pk").last()
    return _values_of(last) if last else None


PAPER = PaperKind(
    slug="notice",
    title=gettext_lazy("整改通知书"),
    permission=PERMISSION,
    vocabulary=notice_paper.VOCABULARY,
    standard=notice_paper.draw_notice,
    filling=notice_paper.filling,
    latest=_latest_notice,
)


# The zip ------------------------------------------------------------------------------------------------


def write(batch: NoticeBatch, *, lease: Lease) -> None:
    """Draw what is not drawn yet, write the zip and name it on its row; nothing where it is there already."""
    if batch.file_id:
        return
    notices = batch.notices.for_list().select_related("unit", "letter", "batch__issued_by").order_by("serial", "pk")
    rows = list(notices)

    def zipped(file: IO[bytes]) -> None:
        _write_zip(file, rows, moment=timezone.localtime(batch.issued_at).timetuple()[:6], lease=lease)

    kept = files.keep_written(zipped, name=f"{batch}.zip", content_type="application/zip", of=batch)
    with transaction.atomic():
        lease.hold()
        stored = files.store(kept, by=batch.issued_by)
        NoticeBatch.objects.filter(pk=batch.pk).update(file=stored, packed_at=timezone.now())
        text = _("整改通知书已打包：%(batch)s，%(n)s份") % {"batch": batch, "n": len(rows)}
        tell([batch.issued_by], text, url=batch.get_absolute_url())


def _write_zip(file: IO[bytes], notices: list[RectificationNotice], *, moment: Any, lease: Lease) -> None:
    index = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
        for place, notice in enumerate(notices, start=1):
            letter = draw_letter(notice)
            called = f"{place:03}_{safe(str(notice.unit), most=UNIT_LENGTH)}_整改通知书.docx"
            archive.write(Path(settings.MEDIA_ROOT, letter.path), called)
            counted = notice.finding_count  # type: ignore[attr-defined]  # by for_list
            index.append([place, notice.number, notice.told["unit"], counted, notice.answer_by, called])
            told = {"n": place, "total": len(notices)}
            lease.progress(place * 95 // len(notices), _("已生成第%(n)s份，共%(total)s份") % told)
        _write_index(archive, index, moment=moment)


def _write_index(archive: zipfile.ZipFile, rows: list[list[Any]], *, moment: Any) -> None:
    columns = columns_of(INDEX)
    with archive.open(zipfile.ZipInfo(str(_("目录.xlsx")), date_time=moment), "w") as part:
        xlsx.write_workbook(part, [xlsx.Sheet(str(_("目录")), columns, rows)])


def sweep(*, older_than: datetime) -> int:
    """Take the zips of before that moment from their batches, with the rows of their files; notices stay."""
    old = list(NoticeBatch.objects.filter(packed_at__lt=older_than, file__isnull=False).select_related("file"))
    for batch in old:
        with transaction.atomic():
            stored = batch.file
            NoticeBatch.objects.filter(pk=batch.pk).update(file=None, packed_at=None)
            StoredFile.objects.filter(pk=stored.pk).delete()
    return len(old)


def _small(photos: Iterable[StoredFile]) -> list[bytes]:
    copies = (files.small_copy(photo, edge=PHOTO_EDGE) for photo in photos)
    return [copy for copy in copies if copy is not None]
