"""Bringing an office's 任务分解表 in: upload, columns, dry run, the person's word, load."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import TableFault, TableHint, TableMapping, TaskTable
from campaigns.tables.fields import fields
from campaigns.tables.layout import layout_of
from campaigns.tables.plan import Loaded
from cityinit import audit, uploads
from cityinit.tables import Table
from cityinit.workflow import Refused
from units.models import UnitAlias

from .mapped import Bringing

PERMISSION = "campaigns.break_down_task"
# More faults than these nobody mends one by one; their number is told in full.
FAULTS_KEPT = 5_000
ROWS_TOLD = 10


TABLES = Bringing(
    model=TaskTable,
    mappings=TableMapping,
    permission=PERMISSION,
    read="campaigns.jobs.read_table",
    check="campaigns.jobs.check_table",
    load="campaigns.jobs.load_table",
    called=gettext_lazy("任务分解表"),
)
receive_table = TABLES.receive
look_elsewhere = TABLES.look_elsewhere
match_columns = TABLES.match_columns
name_units = TABLES.name_units
forget_mapping = TABLES.forget_mapping
start_load = TABLES.start_load


@transaction.atomic
def forget_alias(alias: UnitAlias, *, by: Any) -> None:
    """No longer take this writing for that unit; refused where somebody else was faster: the trail says it once."""
    held = UnitAlias.objects.select_for_update(no_key=False).filter(pk=alias.pk).first()
    if held is None:
        raise Refused(_("这个写法刚刚已被别人删除。"))
    held.delete()
    audit.record(_("删除单位写法"), by=by, subject=held.name)


# What the jobs found ------------------------------------------------------------------------------------


@transaction.atomic
def record_layout(table: TaskTable, read: Table, *, revision: int) -> None:
    """Keep what was read, with the mapping remembered for such a table or else guessed."""
    if TABLES.is_outdated(table, revision):
        return
    remembered = TABLES.remembered(table, shape=read.shape)
    table.layout, table.shape = layout_of(read, fields(year=2000), remembered=remembered), read.shape
    table.save(update_fields=["layout", "shape"])


@transaction.atomic
def record_check(table: TaskTable, loaded: Loaded, *, revision: int) -> None:
    """Keep what the dry run found, its faults and hints as rows that can be leafed through."""
    if TABLES.is_outdated(table, revision):
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
        hints=[told_rows(noticed, rows) for noticed, rows in loaded.hinted.items()],
        hint_count=len(loaded.hints),
    )


def told_rows(noticed: str, rows: list[int]) -> str:
    """What was noticed, of how many rows and which are the first of them."""
    first = "、".join(str(row) for row in rows[:ROWS_TOLD]) + (_("等") if len(rows) > ROWS_TOLD else "")
    return _("%(noticed)s：第%(rows)s行，共%(n)s行。") % {"noticed": noticed, "rows": first, "n": len(rows)}


def _keep_remarks(table: TaskTable, loaded: Loaded) -> None:
    table.forget_remarks()
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
