"""Bringing an office's 任务分解表 in: upload, columns, dry run, the person's word, load."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign, TableFault, TableHint, TableMapping, TaskTable
from campaigns.tables.layout import layout_of
from campaigns.tables.plan import Loaded
from cityinit import audit, uploads
from cityinit.content import Checked
from cityinit.queue import enqueue
from cityinit.tables import Table
from cityinit.workflow import Refused
from units.models import Unit, UnitAlias

PERMISSION = "campaigns.break_down_task"
# More faults than these nobody mends one by one; their number is told in full.
FAULTS_KEPT = 5_000
ROWS_TOLD = 10


def receive_table(campaign: Campaign, checked: Checked, *, client_key: UUID, by: Any) -> TaskTable:
    """Keep the upload and have it read; sent twice, it is stored once."""
    _ask(campaign, by=by)

    def begin(table: TaskTable) -> None:
        _enqueue(table, "read_table", _("读取任务分解表"), by=by)

    return uploads.receive(TaskTable, checked, client_key=client_key, by=by, begin=begin, campaign=campaign)


@transaction.atomic
def look_elsewhere(table: TaskTable, *, sheet: str, header_line: int | None, by: Any) -> None:
    """Read another sheet, or take another line for the header; refused once the table is loaded."""
    _change(table, by=by, sheet=sheet, header_line=header_line, layout=None, mapping=None, options={})
    _enqueue(table, "read_table", _("读取任务分解表"), by=by)


@transaction.atomic
def match_columns(
    table: TaskTable,
    *,
    mapping: Mapping[str, str],
    options: Mapping[str, Any],
    by: Any,
    seen_revision: int | None = None,
) -> None:
    """Keep which column is which and have the rows checked; remembered for the next table of this shape.

    Refused once the table is loaded, and when a colleague has changed it since the page was drawn.
    """
    if not table.is_read:
        raise Refused(_("这张表还没有读出来，请稍候。"), table)
    _change(table, by=by, seen_revision=seen_revision, mapping=dict(mapping), options=dict(options))
    TableMapping.objects.update_or_create(
        host_id=table.campaign.host.host_id,
        shape=table.shape,
        defaults={
            "name": table.file.name,
            "mapping": dict(mapping),
            "options": dict(options),
            "used_at": timezone.now(),
            "used_by": by,
        },
    )
    _enqueue(table, "check_table", _("检查任务分解表"), by=by)


@transaction.atomic
def name_units(table: TaskTable, *, name: str, units: Iterable[Unit] = (), kind: str = "", by: Any) -> None:
    """Say once for this host which units a name means, and have the rows checked again."""
    units = list(units)
    if not name.strip() or not (units or kind):
        raise Refused(_("请选择“%(name)s”是哪个单位。") % {"name": name}, table)
    _change(table, by=by)
    alias, _made = UnitAlias.objects.update_or_create(
        host_id=table.campaign.host.host_id,
        name=name.strip()[:100],
        defaults={"kind": kind, "created_by": by, "created_at": timezone.now()},
    )
    alias.units.set(units)
    audit.record(
        _("指定单位写法"),
        by=by,
        subject=alias.name,
        detail={"units": [unit.name for unit in units], "kind": str(alias.kind_in_words())},
    )
    _enqueue(table, "check_table", _("检查任务分解表"), by=by)


@transaction.atomic
def forget_mapping(mapping: TableMapping, *, by: Any) -> None:
    """The next table of that shape is guessed anew."""
    audit.record(_("删除记住的列对应"), by=by, subject=mapping.name)
    mapping.delete()


@transaction.atomic
def forget_alias(alias: UnitAlias, *, by: Any) -> None:
    audit.record(_("删除单位写法"), by=by, subject=alias.name)
    alias.delete()


@transaction.atomic
def start_load(table: TaskTable, *, by: Any) -> None:
    """Queue the load that the person has seen the dry run of; refused with faults, or when it is loaded."""
    _ask(table.campaign, by=by)
    kept = TaskTable.objects.select_for_update().get(pk=table.pk)
    if kept.is_loaded:
        raise Refused(_("这张表已经导入过了。"), table)
    if not kept.is_sound:
        raise Refused(_("请先改正表里的错误，再重新上传，或调整列的对应。"), table)
    table.loaded_by = by
    table.save(update_fields=["loaded_by"])
    _enqueue(table, "load_table", _("导入任务分解表"), by=by, revision=kept.revision)


# What the jobs found ------------------------------------------------------------------------------------


@transaction.atomic
def record_layout(table: TaskTable, read: Table, *, revision: int) -> None:
    """Keep what was read, with the mapping remembered for such a table or else guessed."""
    if _is_outdated(table, revision):
        return
    remembered = TableMapping.objects.filter(host_id=table.campaign.host.host_id, shape=read.shape).first()
    table.layout, table.shape = layout_of(read, remembered=remembered), read.shape
    table.save(update_fields=["layout", "shape"])


@transaction.atomic
def record_check(table: TaskTable, loaded: Loaded, *, revision: int) -> None:
    """Keep what the dry run found, its faults and hints as rows that can be leafed through."""
    if _is_outdated(table, revision):
        return
    table.check_result = told(loaded)
    table.save(update_fields=["check_result"])
    _keep_remarks(table, loaded)


def record_load(table: TaskTable, loaded: Loaded) -> None:
    """Keep what the load did, within its transaction; or the faults that came up since the dry run."""
    uploads.record(table, told(loaded), of=str(table), by=table.loaded_by, label=_("导入任务分解表"))
    _keep_remarks(table, loaded)


def told(loaded: Loaded) -> dict[str, Any]:
    """What a load found or did, as plain values for the row and the page; its faults are rows of their own."""
    return uploads.told(
        loaded,
        rows=loaded.rows,
        counts=dict(loaded.counts),
        samples=loaded.samples,
        unknown=[[name, n] for name, n in loaded.unknown.most_common(100)],
        new_indicators=loaded.new_indicators[:100],
        new_indicator_count=len(loaded.new_indicators),
        hints=[_told_rows(noticed, rows) for noticed, rows in loaded.hinted.items()],
        hint_count=len(loaded.hints),
    )


def _told_rows(noticed: str, rows: list[int]) -> str:
    """What was noticed, of how many rows and which are the first of them."""
    first = "、".join(str(row) for row in rows[:ROWS_TOLD]) + (_("等") if len(rows) > ROWS_TOLD else "")
    return _("%(noticed)s：第%(rows)s行，共%(n)s行。") % {"noticed": noticed, "rows": first, "n": len(rows)}


def _keep_remarks(table: TaskTable, loaded: Loaded) -> None:
    table.faults.all().delete()
    table.hints.all().delete()
    TableFault.objects.bulk_create(
        (
            TableFault(
                table=table,
                position=place,
                row=fault.row,
                column=fault.column[:200],
                value=fault.value[:1000],
                wrong=fault.wrong.rstrip("，"),
                right=fault.right,
            )
            for place, fault in enumerate(loaded.faults[:FAULTS_KEPT], start=1)
        ),
        batch_size=500,
    )
    TableHint.objects.bulk_create(
        (
            TableHint(
                table=table,
                position=place,
                row=hint.row or 0,
                column=hint.column[:200],
                value=hint.value[:1000],
                noticed=hint.wrong,
                taken=hint.right,
            )
            for place, hint in enumerate(loaded.hints[:FAULTS_KEPT], start=1)
        ),
        batch_size=500,
    )


def _is_outdated(table: TaskTable, revision: int) -> bool:
    """Whether a person has changed the table since the job was asked for; else the row is locked."""
    kept = TaskTable.objects.select_for_update().get(pk=table.pk)
    return kept.revision != revision or kept.is_loaded


def _change(table: TaskTable, *, by: Any, seen_revision: int | None = None, **values: Any) -> None:
    _ask(table.campaign, by=by)
    kept = TaskTable.objects.select_for_update().get(pk=table.pk)
    if kept.is_loaded:
        raise Refused(_("这张表已经导入过了，不能再改。要导入改过的表，请重新上传。"), table)
    if seen_revision is not None and seen_revision != kept.revision:
        raise Refused(_("这张表刚刚被别人改过，请看过现在的对应再保存。"), table)
    table.revision = kept.revision + 1
    table.check_result = None
    for name, value in values.items():
        setattr(table, name, value)
    table.save(update_fields=["revision", "check_result", *values])
    table.faults.all().delete()
    table.hints.all().delete()


def _ask(campaign: Campaign, *, by: Any) -> None:
    if not by.has_perm(PERMISSION, campaign):
        raise Refused(_("您的岗位没有这项权限。"), campaign)


def _enqueue(table: TaskTable, name: str, label: str, *, by: Any, revision: int | None = None) -> None:
    revision = table.revision if revision is None else revision
    table.job = enqueue(
        f"campaigns.jobs.{name}",
        table.pk,
        revision,
        by=by,
        label=f"{label} {table.file.name}",
        url=table.get_absolute_url(),
        key=f"{name}-{table.pk}-{revision}",
    )
    table.save(update_fields=["job"])
