"""Bringing a workbook in through the browser: upload, dry run, the person's word, load."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cityinit import uploads
from cityinit.content import Checked
from cityinit.queue import enqueue
from cityinit.workflow import Refused

from ..importers import Loaded
from ..models import WorkbookLoad


def receive_workbook(checked: Checked, *, client_key: UUID, by: Any) -> WorkbookLoad:
    """Keep the upload and have it checked; sent twice, it is stored once."""

    def begin(load: WorkbookLoad) -> None:
        load.job = enqueue(
            "inspections.jobs.check_workbook",
            load.pk,
            by=by,
            label=_("检查工作簿 %(name)s") % {"name": load.file.name},
            url=load.get_absolute_url(),
            key=f"check-workbook-{load.pk}",
        )
        load.save(update_fields=["job"])

    return uploads.receive(WorkbookLoad, checked, client_key=client_key, by=by, begin=begin)


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
        uploads.record(load, told(loaded), of=loaded.campaign, by=load.uploaded_by, label=_("导入工作簿"))


def told(loaded: Loaded) -> dict[str, Any]:
    """What a load found or did, as plain values for the row and the page."""
    return uploads.told(
        loaded,
        campaign=loaded.campaign,
        campaign_id=loaded.campaign_id,
        counts={sheet: dict(tally) for sheet, tally in loaded.counts.items()},
        faults=uploads.faults_told(loaded.faults),
    )
