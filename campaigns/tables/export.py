"""A table that was brought in, given back: its own titles, header, columns and order, filled from what stands now."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange

from campaigns.models import TableFault, TableLine, TaskTable
from cityinit.documents import xlsx

from .loading import say

SHEET_NAME_LENGTH = 31
THIN = Side(style="thin", color="999999")
BORDER = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
HEADER_FILL = PatternFill("solid", fgColor="EEEEEE")
WRAP = Alignment(wrap_text=True, vertical="center")
CENTRE = Alignment(wrap_text=True, vertical="center", horizontal="center")
WIDTHS = ((60, 40.0), (16, 24.0), (0, 14.0))


def draw_table(table: TaskTable) -> bytes:
    """The .xlsx of a loaded table: a cell whose field says what it said is given back as it was typed."""
    layout: dict[str, Any] = table.layout or {}
    mapped = {int(place): name for place, name in (table.mapping or {}).items() if name}
    rows = dict(_rows(table, mapped, layout["section_place"]))
    top = {number: line for number, line in enumerate(layout["top"], start=1)}
    others = {int(number): line for number, line in layout["others"].items()}
    return _drawn(table, {**top, **others, **rows}, set(rows))


def _rows(table: TaskTable, mapped: dict[int, str], section_place: int | None) -> Iterator[tuple[int, list[str]]]:
    """Each row by its number in the file, in a fixed number of queries for the whole table."""
    names = set(mapped.values())
    lines = TableLine.objects.filter(table=table).select_related(
        "task__lead_unit", "task__parent", "task__indicator__parent__parent"
    )
    for line in lines.prefetch_related("task__assignments__unit", "task__workstreams").iterator(chunk_size=1000):
        cells = list(line.cells)
        now = _said(line.task, names) if line.task else {}
        changed = {name for name, text in now.items() if text != line.told.get(name, "")}
        written: set[str] = set()
        for place, name in mapped.items():
            if name in changed and place != section_place:
                cells.extend([""] * (place + 1 - len(cells)))
                # Of several columns that fill one field the first takes what is said now.
                cells[place] = "" if name in written else now[name]
                written.add(name)
        yield line.number, cells[:section_place] if section_place is not None else cells


def _said(task: Any, mapped: set[str]) -> dict[str, str]:
    parts = list(task.assignments.all())
    names = ("name", "requirement", "supervising_leader", "starts_on", "due_on", "target", "measure", "frequency")
    return say(
        mapped,
        code=task.code,
        parent_code=task.parent.code if task.parent else "",
        indicator=task.indicator,
        streams=[stream.name for stream in task.workstreams.all()],
        lead=task.lead_unit,
        others=[part.unit for part in parts if not part.is_lead],
        values={name: getattr(task, name) for name in names},
    )


def _drawn(table: TaskTable, lines: dict[int, list[str]], rows: set[int]) -> bytes:
    layout: dict[str, Any] = table.layout or {}
    book = Workbook(write_only=True)
    page = book.create_sheet(layout["sheet"][:SHEET_NAME_LENGTH])
    width = layout["width"] - (1 if layout["section_place"] is not None else 0)
    for place in range(width):
        longest = max(
            (len(line[place]) for number, line in lines.items() if number in rows and place < len(line)), default=0
        )
        page.column_dimensions[get_column_letter(place + 1)].width = next(w for least, w in WIDTHS if longest >= least)
    merged = [merge for merge in layout["merged"] if _may_stay(merge, lines, rows)]
    hidden = {
        (number, place)
        for first, left, last, right in merged
        for number in range(first, min(last, max(lines, default=0)) + 1)
        for place in range(left, right + 1)
        if (number, place) != (first, left)
    }
    header = range(layout["header_line"], layout["header_line"] + layout["depth"])
    for number in range(1, max(lines, default=0) + 1):
        line = lines.get(number, [])
        page.append(
            [
                _cell(page, "" if (number, place) in hidden else text, number, header=header, is_row=number in rows)
                for place, text in enumerate(line + [""] * (width - len(line) if number in rows else 0))
            ]
        )
    for first, left, last, right in merged:
        page.merged_cells.add(CellRange(min_row=first, min_col=left + 1, max_row=last, max_col=right + 1))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _may_stay(merge: list[int], lines: dict[int, list[str]], rows: set[int]) -> bool:
    """Whether the cells of what was merged still say one thing; among lines that are no rows they do."""
    first, left, last, _right = merge
    if first not in rows:
        return True
    said = {
        lines[number][left] if left < len(lines[number]) else "" for number in range(first, last + 1) if number in rows
    }
    return len(said) == 1


def _cell(page: Any, text: str, number: int, *, header: range, is_row: bool) -> Any:
    # A text that begins with = stays a text.
    cell = WriteOnlyCell(page, text or None)
    if text:
        cell.data_type = "s"
    if number in header:
        cell.font, cell.fill, cell.border, cell.alignment = Font(bold=True), HEADER_FILL, BORDER, CENTRE
    elif is_row:
        cell.border, cell.alignment = BORDER, WRAP
    elif number < header.start:
        cell.font, cell.alignment = Font(bold=number == 1, size=16 if number == 1 else 11), CENTRE
    return cell


def faults_sheet(table: TaskTable, read: Any) -> xlsx.Sheet:
    """The rows of the file with what is wrong beside each: to be mended at leisure."""
    heads = [head for head in read.heads if head.place != read.section_place]
    columns = [xlsx.Column("行", 6, "int"), xlsx.Column("错误", 60), *(xlsx.Column(head.told, 18) for head in heads)]
    said: dict[int, list[str]] = {}
    for fault in TableFault.objects.filter(table=table):
        said.setdefault(fault.row or 0, []).append(f"{fault.column}：{fault.wrong}。{fault.right}")
    whole = [[None, "\n".join(said[0]), *("" for _head in heads)]] if 0 in said else []
    header_said = [number for number in said if number and number not in {line.number for line in read.lines}]
    beside = [[number, "\n".join(said[number]), *("" for _head in heads)] for number in header_said]
    rows = (
        [line.number, "\n".join(said.get(line.number, [])), *(line.text(head.place) for head in heads)]
        for line in read.lines
    )
    return xlsx.Sheet(read.sheet, columns, [*whole, *beside, *rows])
