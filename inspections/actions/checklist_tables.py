"""Bringing a table of checklists in: upload, dry run, the person's word, load."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cityinit import uploads
from cityinit.content import Checked
from cityinit.queue import enqueue
from cityinit.workflow import Refused
from inspections.checklist_loading import Loaded
from inspections.models import ChecklistTable
from units.roles import require

from .checklists import PERMISSION


def receive_checklist_table(
    campaign: Campaign, checked: Checked, *, kind_name: str = "", edition: str = "", client_key: UUID, by: Any
) -> ChecklistTable:
    """Keep the upload and have it checked; sent twice, it is stored once."""
    require(by, PERMISSION, campaign)

    def begin(table: ChecklistTable) -> None:
        _enqueue(table, "check_checklist_table", _("检查检查表文件"), by=by)

    return uploads.receive(
        ChecklistTable,
        checked,
        client_key=client_key,
        by=by,
        begin=begin,
        campaign=campaign,
        kind_name=kind_name,
        edition=edition,
    )


@transaction.atomic
def start_load(table: ChecklistTable, *, by: Any) -> None:
    """Queue the load that the person has seen the dry run of; refused with faults, or when it is loaded."""
    require(by, PERMISSION, table.campaign)
    kept = ChecklistTable.objects.select_for_update(no_key=True).get(pk=table.pk)
    if kept.is_loaded:
        raise Refused(_("这张表已经导入过了。"), table)
    if not kept.is_sound:
        raise Refused(_("请先改正表里的错误，再重新上传。"), table)
    table.loaded_by = by
    table.save(update_fields=["loaded_by"])
    _enqueue(table, "load_checklist_table", _("导入检查表"), by=by)


def record_check(table: ChecklistTable, loaded: Loaded) -> None:
    """Keep what the dry run found."""
    table.check_result = told(loaded)
    table.save(update_fields=["check_result"])


def record_load(table: ChecklistTable, loaded: Loaded) -> None:
    """Keep what the load did, or the faults that came up since the dry run. Call within its transaction."""
    uploads.record(table, told(loaded), of=table, by=table.loaded_by, label=_("导入检查表"))


def told(loaded: Loaded) -> dict[str, Any]:
    """What a load found or did, as plain values for the row and the page."""
    return uploads.told(
        loaded,
        lines=loaded.lines,
        checklists=loaded.checklists,
        doubts=loaded.doubts[: uploads.LINES_KEPT],
        doubt_count=len(loaded.doubts),
        counts={kind: dict(tally) for kind, tally in loaded.counts.items()},
        faults=uploads.faults_told(loaded.faults),
    )


def _enqueue(table: ChecklistTable, job: str, label: str, *, by: Any) -> None:
    table.job = enqueue(
        f"inspections.jobs.{job}",
        table.pk,
        by=by,
        label=f"{label} {table.file.name}",
        url=table.get_absolute_url(),
        key=f"{job.replace('_', '-')}-{table.pk}",
    )
    table.save(update_fields=["job"])
