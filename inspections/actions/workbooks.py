"""Bringing a workbook in through the browser: upload, dry run, the person's word, load."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit import audit
from cityinit.files import Checked, keep, store
from cityinit.queue import enqueue
from cityinit.sent import sent_before
from cityinit.workflow import Refused

from ..importers import Loaded
from ..models import WorkbookLoad

# More lines than this nobody reads on a page; the count is told in full.
LINES_KEPT = 500


def receive_workbook(checked: Checked, *, client_key: UUID, by: Any) -> WorkbookLoad:
    """Keep the upload and have it checked; sent twice, it is stored once."""
    if there := sent_before(WorkbookLoad.objects.filter(uploaded_by=by), client_key):
        return there
    kept = keep(checked)
    try:
        return _receive(kept, client_key=client_key, by=by)
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if there := sent_before(WorkbookLoad.objects.filter(uploaded_by=by), client_key):
            return there
        raise Refused(_("这张表已由别人提交过，请重新打开页面上传。")) from None


def _receive(kept: Checked, *, client_key: UUID, by: Any) -> WorkbookLoad:
    with transaction.atomic():
        load = WorkbookLoad.objects.create(file=store(kept, by=by), uploaded_by=by, client_key=client_key)
        load.job = enqueue(
            "inspections.jobs.check_workbook",
            load.pk,
            by=by,
            label=_("检查工作簿 %(name)s") % {"name": load.file.name},
            url=load.get_absolute_url(),
            key=f"check-workbook-{load.pk}",
        )
        load.save(update_fields=["job"])
    return load


def start_load(load: WorkbookLoad, *, by: Any) -> None:
    """Queue the load that the person has seen the dry run of; refused with faults, or when it is loaded."""
    if load.is_loaded:
        raise Refused(_("这个工作簿已经导入过了。"), load)
    if not load.is_sound:
        raise Refused(_("请先改正工作簿里的错误，再重新上传。"), load)
    with transaction.atomic():
        load.job = enqueue(
            "inspections.jobs.load_checked_workbook",
            load.pk,
            by=by,
            label=_("导入工作簿 %(name)s") % {"name": load.file.name},
            url=load.get_absolute_url(),
            key=f"load-workbook-{load.pk}",
        )
        load.save(update_fields=["job"])


def record_check(load: WorkbookLoad, loaded: Loaded) -> None:
    """Keep what the dry run found."""
    load.check_result = told(loaded)
    load.save(update_fields=["check_result"])


def record_load(load: WorkbookLoad, loaded: Loaded) -> None:
    """Keep what the load did, or the faults that came up since the dry run."""
    with transaction.atomic():
        if loaded.is_sound:
            load.load_result, load.loaded_at = told(loaded), timezone.now()
            audit.record(
                _("导入工作簿"), by=load.uploaded_by, subject=loaded.campaign, detail=load.load_result["counts"]
            )
        else:
            load.check_result = told(loaded)
        load.save(update_fields=["load_result", "loaded_at", "check_result"])


def told(loaded: Loaded) -> dict[str, Any]:
    """What a load found or did, as plain values for the row and the page."""
    return {
        "campaign": loaded.campaign,
        "campaign_id": loaded.campaign_id,
        "counts": {sheet: dict(tally) for sheet, tally in loaded.counts.items()},
        "notes": loaded.notes[:LINES_KEPT],
        "skipped": loaded.skipped[:LINES_KEPT],
        "skipped_count": len(loaded.skipped),
        "fault_count": len(loaded.faults),
        "faults": [
            {
                "sheet": fault.sheet,
                "row": fault.row,
                "column": fault.column,
                "value": fault.value,
                "wrong": fault.wrong.rstrip("，"),
                "right": fault.right,
            }
            for fault in loaded.faults[:LINES_KEPT]
        ],
    }
