"""Packs of materials: asked for, written by a job file by file, fetched, swept."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import packing
from campaigns.matrix import Tree
from campaigns.models import AssessmentSystem, Indicator, Material, MaterialPack, Submission
from campaigns.models.material import NUMBER_ORDER
from cityinit import audit, files
from cityinit.documents import xlsx
from cityinit.models import StoredFile
from cityinit.queue import Lease, enqueue
from cityinit.sent import sent_before
from cityinit.workflow import Refused
from units.models import Unit
from units.notices import tell

JOB = "campaigns.jobs.make_material_pack"
PERMISSION = "campaigns.export_materials"
COLUMNS = (
    (gettext_lazy("编号"), 16),
    (gettext_lazy("测评指标"), 30),
    (gettext_lazy("材料要求"), 40),
    (gettext_lazy("单位"), 18),
    (gettext_lazy("标题"), 30),
    (gettext_lazy("材料日期"), 12),
    (gettext_lazy("状态"), 10),
    (gettext_lazy("文件"), 60),
)
CHUNK = 200


def request_pack(
    system: AssessmentSystem,
    *,
    by: Any,
    indicator: Indicator | None = None,
    unit: Unit | None = None,
    with_unreviewed: bool = False,
    client_key: UUID | None = None,
) -> MaterialPack:
    """File the writing of a zip; the same `client_key` gives the pack that was asked for then.

    Refused to who may not take materials out, and where there is nothing to pack yet.
    """
    own = MaterialPack.objects.filter(system=system, requested_by=by)
    if there := sent_before(own, client_key):
        return there
    if not by.has_perm(PERMISSION, system.campaign):
        raise Refused(_("您没有打包材料的权限。"), system.campaign)
    pack = MaterialPack(
        system=system,
        indicator=indicator,
        unit=unit,
        with_unreviewed=with_unreviewed,
        requested_by=by,
        client_key=client_key,
    )
    if not packed(pack, by=by).exists():
        raise Refused(_("所选范围内还没有可以打包的材料。审核通过后再打包，或勾选“包括待审核的材料”。"))
    try:
        with transaction.atomic():
            pack.save()
            label = _("打包材料：%(pack)s") % {"pack": pack}
            pack.job = enqueue(JOB, pack.pk, by=by, label=label, url=pack.get_absolute_url())
            pack.save(update_fields=["job"])
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if there := sent_before(own, client_key):
            return there
        raise
    return pack


def packed(pack: MaterialPack, *, by: Any) -> models.QuerySet[Material]:
    """The materials that go into it: those this person sees now, as far as they are passed or asked for."""
    states = [*Material.DONE_STATES, *(Material.WAITING_STATES if pack.with_unreviewed else ())]
    rows = Material.objects.visible_to(by).of_system(pack.system).asked().filter(state__in=states)
    if pack.indicator_id:
        rows = rows.filter(standard__indicator__in=Tree(pack.system).below(pack.indicator_id))
    if pack.unit_id:
        rows = rows.filter(unit=pack.unit_id)
    return rows


def write(pack: MaterialPack, *, lease: Lease) -> None:
    """Write the zip and name it on its row; nothing where it is there already. Rights are those of who asked for it."""
    if pack.file_id:
        return
    writing = _Writing(pack, lease)
    kept = files.keep_written(writing.write, name=f"{pack}.zip", content_type="application/zip", of=pack)
    with transaction.atomic():
        lease.hold()
        stored = files.store(kept, by=pack.requested_by)
        MaterialPack.objects.filter(pk=pack.pk).update(
            file=stored,
            made_at=timezone.now(),
            material_count=writing.material_count,
            file_count=writing.file_count,
        )
        audit.record(
            _("打包材料"),
            by=pack.requested_by,
            subject=pack,
            detail={"files": writing.file_count, "size": kept.size, "sha256": kept.sha256},
        )
        text = _("材料包已打好：%(pack)s，%(n)s个文件") % {"pack": pack, "n": writing.file_count}
        tell([pack.requested_by], text, url=pack.get_absolute_url())


class _Writing:
    """One pass over the materials: each file is copied from the disk, the index comes last."""

    def __init__(self, pack: MaterialPack, lease: Lease):
        self.pack, self.lease = pack, lease
        self.material_count = self.file_count = 0
        self.names = packing.Names()
        self.index: list[list[Any]] = []
        self.moment = timezone.localtime(pack.requested_at).timetuple()[:6]

    def write(self, file: IO[bytes]) -> None:
        rows = packed(self.pack, by=self.pack.requested_by)
        total = max(rows.count(), 1)
        # Photos and office files are packed already: to deflate them again takes time and saves nothing.
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
            for submission in self._submissions(rows):
                self._add(archive, submission)
                self.lease.progress(
                    min(self.material_count * 95 // total, 95),
                    _("正在打包第%(n)s项，共%(total)s项") % {"n": self.material_count, "total": total},
                )
            self._write_index(archive)

    def _submissions(self, rows: models.QuerySet[Material]) -> Iterator[Submission]:
        """What each material rests on, in the order of the numbers, some hundred at a time."""
        pks = list(rows.exclude(latest=None).order_by(*NUMBER_ORDER).values_list("latest", flat=True))
        found = Submission.objects.select_related("material__standard__indicator", "material__unit")
        for start in range(0, len(pks), CHUNK):
            chunk = {row.pk: row for row in found.filter(pk__in=pks[start : start + CHUNK]).prefetch_related("files")}
            yield from (chunk[pk] for pk in pks[start : start + CHUNK] if pk in chunk)

    def _add(self, archive: zipfile.ZipFile, submission: Submission) -> None:
        material = submission.material
        indicator = material.standard.indicator
        folder = packing.folder_of(indicator.code, indicator.name)
        stem = packing.stem_of(material.full_number, str(material.unit), submission.title)
        told = []
        for stored in submission.files.all():
            path = Path(settings.MEDIA_ROOT, stored.path)
            if not path.is_file():
                told.append(_("（服务器上找不到“%(name)s”）") % {"name": stored.name})
                continue
            place = self.names.take(folder, stem, path.suffix)
            archive.write(path, place)
            self.file_count += 1
            told.append(place)
        self.material_count += 1
        self.index.append(
            [
                material.full_number,
                str(indicator),
                material.wanted,
                material.unit.name,
                submission.title,
                submission.dated_on,
                material.get_state_display(),
                "\n".join(told),
            ]
        )

    def _write_index(self, archive: zipfile.ZipFile) -> None:
        columns = [
            xlsx.Column(str(title), width, "date" if place == 5 else "text")
            for place, (title, width) in enumerate(COLUMNS)
        ]
        entry = zipfile.ZipInfo(str(_("目录.xlsx")), date_time=self.moment)
        with archive.open(entry, "w") as part:
            xlsx.write_workbook(part, [xlsx.Sheet(str(_("目录")), columns, self.index)])


def sweep(*, older_than: datetime) -> int:
    """Delete packs asked for before that moment with the rows of their files; the files follow as orphans."""
    old = list(MaterialPack.objects.filter(requested_at__lt=older_than).select_related("file"))
    for pack in old:
        with transaction.atomic():
            stored = pack.file
            pack.delete()
            if stored is not None:
                StoredFile.objects.filter(pk=stored.pk).delete()
    return len(old)
