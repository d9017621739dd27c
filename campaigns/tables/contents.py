"""What a table that is given back holds beside its own lines, and what it leaves out: said on its page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from campaigns.models import Task, TaskTable
from cityinit.tables import TOTAL


@dataclass(frozen=True)
class Contents:
    """Tasks by what becomes of them in the export, and the lines of the file that only say a sum."""

    split_off: int
    below: int
    ended: int
    deleted: int
    totals: tuple[int, ...]

    @property
    def sentences(self) -> list[str]:
        """One for each thing about which who reads the sheet could be wrong."""
        told = [
            (self.split_off, _("从表中任务拆分出来的%(n)s项，各占一行，排在原任务下面。")),
            (self.below, _("在表中任务之下另建的%(n)s项不在这张表里，没有列入；请从任务列表导出。")),
            (self.ended, _("%(n)s行的任务已终止或并入别的任务，行仍然保留；并入的目标值已计入保留的任务。")),
            (self.deleted, _("%(n)s行的任务已删除，按上传时的内容保留。")),
        ]
        said = [sentence % {"n": n} for n, sentence in told if n]
        if self.totals:
            rows = "、".join(str(number) for number in self.totals)
            said.append(_("合计行（上传时的第%(rows)s行）照原样保留，不重新计算，请核对。") % {"rows": rows})
        return said


def contents_of(table: TaskTable) -> Contents:
    """Asked in a fixed number of queries, however long the table is."""
    states = list(table.lines.values_list("task", "task__state"))
    own = {task for task, _state in states}
    split_off = parts_of(table)
    below = Task.objects.filter(parent__table_lines__table=table).exclude(state=Task.State.CANCELLED)
    return Contents(
        split_off=sum(map(len, split_off.values())),
        below=len(set(below.values_list("pk", flat=True)) - own - {part for row in split_off.values() for part in row}),
        ended=sum(1 for _task, state in states if state == Task.State.CANCELLED),
        deleted=sum(1 for task, _state in states if task is None),
        totals=tuple(
            int(number)
            for number, line in (table.layout or {})["others"].items()
            if any(TOTAL.fullmatch(text) for text in line[:2])
        ),
    )


def parts_of(table: TaskTable) -> dict[int, list[int]]:
    """Task of a line → the tasks that were split off from it and have no line of their own, in one order for all.

    A part that was ended again, as when it was merged back, is none: what it was to reach is with the other.
    """
    below: dict[int, list[int]] = defaultdict(list)
    split = Task.objects.filter(campaign=table.campaign_id, split_from__isnull=False)
    standing = split.order_by("position", "pk").values_list("pk", "split_from", "state")
    ended = set()
    for part, whole, state in standing:
        below[whole or 0].append(part)
        if state == Task.State.CANCELLED:
            ended.add(part)
    if not below:
        return {}
    own = set(table.lines.values_list("task", flat=True))

    def under(task: int) -> Iterator[int]:
        for part in below.get(task, ()):
            if part in own:
                continue
            if part not in ended:
                yield part
            yield from under(part)

    found = {task: list(under(task)) for task in own & below.keys()}
    return {task: parts for task, parts in found.items() if parts}
