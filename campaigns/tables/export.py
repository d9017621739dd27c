"""A table that was brought in, given back: its own titles, header, columns and order, filled from what stands now."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns.models import Assignment, Indicator, TableLine, Task, TaskTable
from campaigns.models.mapped import MappedUpload
from cityinit.documents import xlsx
from cityinit.tables import Carried, Table
from cityinit.workbook import EMPTY, Cell
from units.models import Unit

from .contents import parts_of
from .fields import CARRIED
from .saying import say

WIDTHS = ((60, 40.0), (16, 24.0), (0, 14.0))


def sheet_of(table: TaskTable) -> xlsx.Page:
    """A loaded table as a page of .xlsx: a cell whose field says what it said is given back as it was typed."""
    layout: dict[str, Any] = table.layout or {}
    return xlsx.Page(layout["sheet"], lambda: _laid(table, layout))


def _laid(table: TaskTable, layout: dict[str, Any]) -> xlsx.Laid:
    mapped = {int(place): name for place, name in (table.mapping or {}).items() if name}
    given = list(_rows(table, layout, mapped))
    moved = _Moved([number for number, _cells, is_part in given if is_part])
    rows: dict[int, list[str]] = {}
    for number, cells, is_part in given:
        # A part stands directly below the line it came from, behind the parts that came before it.
        rows[max(rows) + 1 if is_part else moved.to(number)] = cells
    top = {number: line for number, line in enumerate(layout["top"], start=1)}
    others = {moved.to(int(number)): line for number, line in layout["others"].items()}
    lines = {**top, **others, **rows}
    merged = [kept for merge in layout["merged"] for kept in moved.merges(merge) if _may_stay(kept, lines, rows)]
    width = layout["width"] - (1 if layout["section_place"] is not None else 0)
    return xlsx.Laid(
        widths=[width_of(place, rows.values()) for place in range(width)],
        lines=_lines(lines, rows, merged, layout=layout, width=width),
        merged=[(first, left + 1, last, right + 1) for first, left, last, right in merged],
    )


@dataclass
class _Moved:
    """Where the lines of the file stand once parts are put in below some of them; `below` names a line for each."""

    below: list[int]

    def to(self, number: int) -> int:
        return number + bisect_left(self.below, number)

    def merges(self, merge: list[int]) -> list[list[int]]:
        """The merged cells where they stand now: down over the parts of their rows, sideways once for each part."""
        first, left, last, right = merge
        more = bisect_right(self.below, last) - bisect_left(self.below, last)
        if first < last:
            return [[self.to(first), left, self.to(last) + more, right]]
        return [[row, left, row, right] for row in range(self.to(first), self.to(first) + more + 1)]


def _rows(table: TaskTable, layout: dict[str, Any], mapped: dict[int, str]) -> Iterator[tuple[int, list[str], bool]]:
    """Each row by its number in the file, behind it what was split off; a fixed number of queries for the table."""
    section_place = layout["section_place"]
    joined = {place for first, left, last, right in layout["merged"] if first < last for place in (left, right)}
    split = parts_of(table)
    said = _said(table, set(mapped.values()), [part for parts in split.values() for part in parts])
    carried = _Levels(mapped, but=section_place)
    lines = TableLine.objects.filter(table=table).values_list("number", "task", "cells", "told")
    for number, task, kept, told in lines.iterator(chunk_size=1000):
        now = said(task) if task else {}
        meant = carried.meant(kept)
        cells = _filled(kept, mapped, now, before=told, but=section_place)
        carried.spell_out(cells, meant, is_moved=bool(task) and carried.differ(now, told))
        yield number, cells[:section_place], False
        for part in split.get(task or 0, ()):
            # What no field fills belongs to the line it stands in, unless it is merged over lines.
            own = [text if place in mapped or place in joined else "" for place, text in enumerate(cells)]
            says = said(part)
            own = _filled(own, mapped, says, before=now, but=section_place)
            carried.spell_out(own, meant, is_moved=carried.differ(says, told))
            yield number, own[:section_place], True


class _Levels:
    """An empty cell below a level means the level: where the row above has left it, those below it say so."""

    def __init__(self, mapped: dict[int, str], *, but: int | None):
        places = {name: place for place, name in mapped.items() if place != but}
        self.places = {name: places[name] for name in CARRIED if name in places}
        self.taken, self.given = Carried([*self.places]), Carried([*self.places])

    def meant(self, cells: list[str]) -> dict[str, Cell]:
        """What the levels of a line were read as."""
        return self.taken.fill(self._of(cells))

    def differ(self, now: Mapping[str, str], told: Mapping[str, str]) -> bool:
        return any(now.get(name, "") != told.get(name, "") for name in self.places)

    def spell_out(self, cells: list[str], meant: Mapping[str, Cell], *, is_moved: bool) -> None:
        """Have the cells of a row that is where it was say so, if its empty ones would now mean another place."""
        now = self.given.fill(self._of(cells))
        if is_moved or all(now[name].text == cell.text for name, cell in meant.items()):
            return
        for name, place in self.places.items():
            cells.extend([""] * (place + 1 - len(cells)))
            cells[place] = meant[name].text
        self.given.fill(self._of(cells))

    def _of(self, cells: list[str]) -> dict[str, Cell]:
        return {name: Cell(cells[place]) if place < len(cells) else EMPTY for name, place in self.places.items()}


def _filled(
    cells: list[str], mapped: dict[int, str], now: dict[str, str], *, before: Mapping[str, str], but: int | None
) -> list[str]:
    """The cells with what is said now; where a field says what it said before, its cells stay as they were typed."""
    changed = {name for name, text in now.items() if text != before.get(name, "")}
    written: set[str] = set()
    for place, name in mapped.items():
        if name in changed and place != but:
            cells.extend([""] * (place + 1 - len(cells)))
            # Of several columns that fill one field the first takes what is said now.
            cells[place] = "" if name in written else now[name]
            written.add(name)
    return cells


def _said(table: TaskTable, mapped: set[str], parts: list[int]) -> Callable[[int], dict[str, str]]:
    """What a task of the table, or a part of one, says now in its columns; all of them are asked for at once.

    Plain values and one object for each unit and indicator: rows of models, each with its own, took most of the time.
    """
    own = TableLine.objects.filter(table=table, task__isnull=False).values("task")
    wanted = Q(pk__in=own) | Q(pk__in=parts) if parts else Q(pk__in=own)
    of_wanted = Q(task__in=own) | Q(task__in=parts) if parts else Q(task__in=own)
    units = Unit.objects.of_host(table.campaign.host.host_id).in_bulk()
    indicators = Indicator.objects.filter(campaign=table.campaign_id).only("code", "name", "parent").in_bulk()
    for indicator in indicators.values():
        if indicator.parent_id:
            indicator.parent = indicators[indicator.parent_id]
    beside: dict[int, list[Unit]] = defaultdict(list)
    for task, unit in Assignment.objects.filter(of_wanted, is_lead=False).values_list("task", "unit"):
        beside[task].append(units[unit])
    streams: dict[int, list[str]] = defaultdict(list)
    for task, name in Task.workstreams.through.objects.filter(of_wanted).values_list("task", "workstream__name"):
        streams[task].append(name)
    names = ("name", "requirement", "supervising_leader", "starts_on", "due_on", "target", "measure", "frequency")
    asked = Task.objects.filter(wanted).values("pk", "code", "parent__code", "indicator", "lead_unit", *names)
    standing = {values["pk"]: values for values in asked}

    def said(task: int) -> dict[str, str]:
        values = standing[task]
        return say(
            mapped,
            code=values["code"],
            parent_code=values["parent__code"] or "",
            indicator=indicators.get(values["indicator"]),
            streams=streams[task],
            lead=units[values["lead_unit"]],
            others=beside[task],
            values=values,
        )

    return said


def width_of(place: int, rows: Iterable[list[str]]) -> float:
    longest = max((len(line[place]) for line in rows if place < len(line)), default=0)
    return next(width for least, width in WIDTHS if longest >= least)


def _lines(
    lines: dict[int, list[str]],
    rows: dict[int, list[str]],
    merged: list[list[int]],
    *,
    layout: dict[str, Any],
    width: int,
) -> Iterator[tuple[xlsx.Look, list[str]]]:
    """Every line of the file by its number; of what is merged only the first cell says it."""
    end = max(lines, default=0)
    hidden = {
        (number, place)
        for first, left, last, right in merged
        for number in range(first, min(last, end) + 1)
        for place in range(left, right + 1)
        if (number, place) != (first, left)
    }
    header = range(layout["header_line"], layout["header_line"] + layout["depth"])
    for number in range(1, end + 1):
        line = lines.get(number, [])
        if number in rows:
            line = line + [""] * (width - len(line))
        said = ["" if (number, place) in hidden else text for place, text in enumerate(line)]
        yield look_of(number, header=header, is_row=number in rows), said


def look_of(number: int, *, header: range, is_row: bool) -> xlsx.Look:
    if number in header:
        return "header"
    if is_row:
        return "row"
    if number < header.start:
        return "title" if number == 1 else "above"
    return "plain"


def _may_stay(merge: list[int], lines: dict[int, list[str]], rows: dict[int, list[str]]) -> bool:
    """Whether the cells of what was merged still say one thing; among lines that are no rows they do."""
    first, left, last, _right = merge
    if first not in rows:
        return True
    said = {
        lines[number][left] if left < len(lines[number]) else "" for number in range(first, last + 1) if number in rows
    }
    return len(said) == 1


def faults_sheet(
    table: MappedUpload, read: Callable[[], Table], *, faults: Iterable[Any], hints: Iterable[Any]
) -> xlsx.Sheet:
    """The rows of the file with what is wrong beside each: to be mended at leisure. `read` is asked on the way.

    A fault says `wrong` and `right` of a row and column, a hint what was `noticed` and `taken`.
    """
    layout: dict[str, Any] = table.layout or {}
    heads = [head for head in layout["heads"] if head["place"] != layout["section_place"]]
    columns = [
        xlsx.Column("行", 6, "int"),
        xlsx.Column("错误", 60),
        xlsx.Column("请留意", 40),
        *(xlsx.Column(head["label"], 18) for head in heads),
    ]
    places = [head["place"] for head in heads]
    return xlsx.Sheet(layout["sheet"], columns, _annotated(table, read, places, faults=faults, hints=hints))


def _annotated(
    table: MappedUpload, read: Callable[[], Table], places: list[int], *, faults: Iterable[Any], hints: Iterable[Any]
) -> Iterator[list[Any]]:
    """What concerns the whole table or its header first, then every row in the order of the file."""
    said: dict[int, list[str]] = {}
    noticed: dict[int, list[str]] = {}
    for fault in faults:
        said.setdefault(fault.row or 0, []).append(f"{fault.column}：{fault.wrong}。{fault.right}")
    for hint in hints:
        noticed.setdefault(hint.row, []).append(f"{hint.column}：{hint.noticed}。{hint.taken}。")
    kept, found = sum(map(len, said.values())), table.check_result["fault_count"] if table.check_result else 0
    if kept < found:
        more = _("共%(found)s处错误，这里写出前%(kept)s处。请改好后重新上传，再看其余的。")
        said.setdefault(0, []).insert(0, more % {"found": found, "kept": kept})
    lines = read().lines
    nothing = ["", *("" for _place in places)]
    if whole := said.pop(0, []):
        yield [None, "\n".join(whole), *nothing]
    rows = {line.number for line in lines}
    for number in said:
        if number not in rows:
            yield [number, "\n".join(said[number]), *nothing]
    for line in lines:
        remarks = "\n".join(said.get(line.number, [])), "\n".join(noticed.get(line.number, []))
        yield [line.number, *remarks, *(line.text(place) for place in places)]
