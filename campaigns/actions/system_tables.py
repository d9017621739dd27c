"""Bringing a table of standards in: upload, dry run, the person's word, load."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign, SystemTable
from campaigns.system_loading import Loaded
from cityinit import audit
from cityinit.files import Checked, keep, store
from cityinit.queue import enqueue
from cityinit.workflow import Refused
from units.roles import require

PERMISSION = "campaigns.change_system"
# More lines than this nobody reads on a page; the count is told in full.
LINES_KEPT = 500


def receive_system_table(
    campaign: Campaign, checked: Checked, *, name: str = "", edition: str = "", client_key: UUID, by: Any
) -> SystemTable:
    """Keep the upload and have it checked; sent twice, it is stored once."""
    require(by, PERMISSION, campaign)
    if there := _sent_before(client_key, by=by):
        return there
    kept = keep(checked)
    try:
        with transaction.atomic():
            table = SystemTable.objects.create(
                campaign=campaign,
                file=store(kept, by=by),
                name=name,
                edition=edition,
                uploaded_by=by,
                client_key=client_key,
            )
            _enqueue(table, "check_system_table", _("检查测评体系表"), by=by)
            return table
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if there := _sent_before(client_key, by=by):
            return there
        raise Refused(_("这张表已由别人提交过，请重新打开页面上传。")) from None


def _sent_before(client_key: UUID, *, by: Any) -> SystemTable | None:
    return SystemTable.objects.filter(client_key=client_key, uploaded_by=by).first()


@transaction.atomic
def start_load(table: SystemTable, *, by: Any) -> None:
    """Queue the load that the person has seen the dry run of; refused with faults, or when it is loaded."""
    require(by, PERMISSION, table.campaign)
    kept = SystemTable.objects.select_for_update().get(pk=table.pk)
    if kept.is_loaded:
        raise Refused(_("这张表已经导入过了。"), table)
    if not kept.is_sound:
        raise Refused(_("请先改正表里的错误，再重新上传。"), table)
    table.loaded_by = by
    table.save(update_fields=["loaded_by"])
    _enqueue(table, "load_system_table", _("导入测评体系表"), by=by)


def record_check(table: SystemTable, loaded: Loaded) -> None:
    """Keep what the dry run found."""
    table.check_result = told(loaded)
    table.save(update_fields=["check_result"])


def record_load(table: SystemTable, loaded: Loaded) -> None:
    """Keep what the load did, or the faults that came up since the dry run. Call within its transaction."""
    if loaded.is_sound:
        table.load_result, table.loaded_at = told(loaded), timezone.now()
        audit.record(_("导入测评体系表"), by=table.loaded_by, subject=table, detail=table.load_result["counts"])
    else:
        table.check_result = told(loaded)
    table.save(update_fields=["load_result", "loaded_at", "check_result"])


def told(loaded: Loaded) -> dict[str, Any]:
    """What a load found or did, as plain values for the row and the page."""
    return {
        "lines": loaded.lines,
        "systems": loaded.systems,
        "counts": {kind: dict(tally) for kind, tally in loaded.counts.items()},
        "notes": loaded.notes[:LINES_KEPT],
        "skipped": loaded.skipped[:LINES_KEPT],
        "skipped_count": len(loaded.skipped),
        "fault_count": len(loaded.faults),
        "faults": [
            {
                "row": fault.row,
                "column": fault.column,
                "value": fault.value,
                "wrong": fault.wrong.rstrip("，"),
                "right": fault.right,
            }
            for fault in loaded.faults[:LINES_KEPT]
        ],
    }


def _enqueue(table: SystemTable, job: str, label: str, *, by: Any) -> None:
    table.job = enqueue(
        f"campaigns.jobs.{job}",
        table.pk,
        by=by,
        label=f"{label} {table.file.name}",
        url=table.get_absolute_url(),
        key=f"{job.replace('_', '-')}-{table.pk}",
    )
    table.save(update_fields=["job"])
