"""A 任务分解表 into tasks: all of it or nothing, as drafts; twice the same as once, people's work left alone.

The whole plan is made in memory from a fixed number of queries, then written a model at a time: 5,000 rows take as
many statements as their batches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.ancestry import lock_trees
from campaigns.models import Assignment, TableLine, Task, TaskEvent, TaskTable
from cityinit.alone import Work, alone
from cityinit.tables import Table, read_table

from . import fields as columns
from .plan import Loaded, Plan, Wish
from .saying import say

BATCH = 500


def read_upload(table: TaskTable, path: Path) -> Table:
    """The table of an upload where the person said it is, or where it likeliest is."""
    looked_for = columns.fields(year=table.campaign.starts_on.year)
    return read_table(path, looked_for, name=table.file.name, sheet=table.sheet, header_line=table.header_line)


def check(table: TaskTable, path: Path) -> Loaded:
    """A dry run: what a load would do, and every fault; nothing is written."""
    plan = Plan(table, path, by=None)
    plan.make()
    return plan.loaded


def load(table: TaskTable, path: Path, *, by: Any, record: Callable[[Loaded], None]) -> Loaded:
    """Write the tasks of a table, all or nothing; with faults nothing. `record` runs within the same transaction."""
    # The file is read before anybody has to wait for this transaction.
    plan = _Writing(table, path, by=by)
    with transaction.atomic():
        # Of two loads at once the second finds the rows of the first, and leaves them.
        alone(Work.LOAD)
        lock_trees(table.campaign)
        plan.make()
        if plan.loaded.is_sound:
            plan.write()
        record(plan.loaded)
    return plan.loaded


class _Writing(Plan):
    """The plan carried out, a model at a time."""

    def write(self) -> None:
        """Everything of the plan, a model at a time."""
        self.levels.write_new(by=self.by)
        task_of = {wish.code: wish.task for wish in self.wishes if wish.task} | self.by_code
        depth_of: dict[str, int] = {}
        levels: dict[int, list[Task]] = defaultdict(list)
        for wish in self._parents_first():
            if wish.is_new or wish in self.changed:
                self._set(wish, parent=task_of.get(wish.parent_code))
            if wish.is_new:
                depth_of[wish.code] = depth_of.get(wish.parent_code, -1) + 1
                levels[depth_of[wish.code]].append(wish.task)
        for depth in sorted(levels):
            Task.objects.bulk_create(levels[depth], batch_size=BATCH)
        if self.changed:
            tasks = [wish.task for wish in self.changed]
            Task.objects.bulk_update(tasks, [name for name in Task.WRITTEN if name != "code"], batch_size=BATCH)
            Assignment.objects.filter(task__in=tasks).delete()
            Task.workstreams.through.objects.filter(task__in=tasks).delete()
        new = [wish for wish in self.wishes if wish.is_new]
        self._write_beside(new, self.changed)
        self._write_lines()

    def _set(self, wish: Wish, *, parent: Task | None) -> None:
        for name, value in wish.values.items():
            setattr(wish.task, name, value)
        wish.task.lead_unit, wish.task.parent = wish.lead, parent

    def _write_beside(self, new: list[Wish], changed: list[Wish]) -> None:
        written = [*new, *changed]
        Assignment.objects.bulk_create(
            (
                Assignment(task=wish.task, unit=unit, is_lead=unit is wish.lead)
                for wish in written
                for unit in (wish.lead, *wish.others)
            ),
            batch_size=BATCH * 4,
        )
        through = Task.workstreams.through
        through.objects.bulk_create(
            (through(task=wish.task, workstream=stream) for wish in written for stream in wish.streams),
            batch_size=BATCH * 4,
        )
        draft = Task.State.DRAFT
        TaskEvent.objects.bulk_create(
            (
                TaskEvent(
                    task=wish.task,
                    move="imported",
                    label=_("导入") if wish.is_new else _("再次导入"),
                    target=draft,
                    by=self.by,
                    note=wish.changes,
                )
                for wish in written
            ),
            batch_size=BATCH * 4,
        )

    def _write_lines(self) -> None:
        memory, written = self.loading.memory, self.loading.written
        made = []
        for wish in self.wishes:
            place = (self.read.sheet, self.loading.keys[wish.row.number])
            made.append(
                TableLine(
                    table=self.table,
                    number=wish.row.number,
                    task=wish.task,
                    key=place[1],
                    written=written.get(place) or memory.get(place, ""),
                    cells=[cell.text for cell in wish.line.cells],
                    told=self._told(wish),
                )
            )
        TableLine.objects.bulk_create(made, batch_size=BATCH)

    def _told(self, wish: Wish) -> dict[str, str]:
        values = wish.values
        return say(
            self.mapped,
            code=wish.code,
            parent_code=wish.parent_code,
            indicator=values["indicator"],
            streams=[stream.name for stream in wish.streams],
            lead=wish.lead,
            others=wish.others,
            values=values,
        )
