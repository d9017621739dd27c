"""Reading an office's own table, whatever its columns are called, into rows with every fault listed.

Where `workbook` reads the product's sheets by name, here the header is looked for: below title lines, over one to
three lines, with merged cells; what stands below the table (totals, notes) is told apart from its rows. The ground
knows no table: the apps say with `Field` what they look for, and a person confirms which column is which.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string, get_column_letter

from .unseen import without_controls
from .workbook import DAMAGED, EMPTY, Cell, Column, Damaged, Fault, Reading, Sheet, lines, plain, read_row

MAX_ROWS = 20_000
MAX_COLUMNS = 100
MAX_CSV_BYTES = 20 * 1024 * 1024
# Title and header stand in the first lines; a header is at most three of them deep.
HEADER_WITHIN, DEEPEST_HEADER = 30, 3
SHEETS_LOOKED_AT = 20
SAMPLES = 3
# How like a label must be to one of a field's names to be proposed for it, and to count when the header is looked for.
PROPOSED, CERTAIN = 0.6, 0.8
LABEL_LENGTH = 60

NOTE = re.compile(r"(?:注|备注|附注|说明|填表|填报|制表|审核|审批|联系人|联系电话|单位[（(]盖章)[^：:]{0,12}[：:]")
TOTAL = re.compile(r"(?:合\s*计|总\s*计|小\s*计|共\s*计)[^。]{0,8}")
SECTION = re.compile(
    r"(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[)）]|第[一二三四五六七八九十]+[章节部类板])"
)
BRACKETS = re.compile(r"[（(\[【〔][^（()）\]】〕]*[)）\]】〕]")
# The parts of a sheet's XML that openpyxl does not tell when it reads row by row.
LAYOUT = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"(?P<range>[A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})\""
    rb"|<(?:\w+:)?row\s(?=[^>]*?\bhidden=\"(?:1|true)\")[^>]*?\br=\"(?P<row>\d{1,7})\""
)
RANGE = re.compile(r"([A-Z]+)(\d+):([A-Z]+)(\d+)")
CHUNK = 1 << 18
LONGEST_TAG = 4096


@dataclass(frozen=True)
class Field:
    """What the caller looks for: the column it is read as, and the names offices give it.

    `carried`: an empty cell means what stands above it, until a carried field before it changes (levels of a tree).
    `many`: several columns of the file may fill it, read one below the other.
    """

    column: Column
    aliases: tuple[str, ...] = ()
    carried: bool = False
    many: bool = False

    @property
    def name(self) -> str:
        return self.column.name


@dataclass(frozen=True)
class Head:
    """A column as the file has it: its place, its label (header lines joined by /), what stands first below it."""

    place: int
    label: str
    samples: tuple[str, ...] = ()

    @property
    def letter(self) -> str:
        return get_column_letter(self.place + 1)

    @property
    def told(self) -> str:
        return self.label or _("%(letter)s列") % {"letter": self.letter}


@dataclass(frozen=True)
class Line:
    """A row of the table, merged cells filled; `section` is the heading line it stands under."""

    number: int
    cells: list[Cell]
    section: str = ""

    def text(self, place: int) -> str:
        return self.cells[place].text if place < len(self.cells) else ""


@dataclass(frozen=True)
class Guess:
    """A field proposed for a column, and how sure that is, from 0 to 1."""

    field: str
    likeness: float


@dataclass
class Table:
    """What a sheet holds: its columns, its rows, and what stands around them."""

    sheet: str = ""
    sheets: tuple[str, ...] = ()
    header_line: int = 0
    depth: int = 1
    heads: list[Head] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    # As the file has them, unfilled: the lines down to the header's last, and by number those that are no rows.
    top: list[list[str]] = field(default_factory=list)
    others: dict[int, list[str]] = field(default_factory=dict)
    # (first line, first place, last line, last place) of what the file has merged.
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    # The column that is none of the file's: the heading line each row stands under.
    section_place: int | None = None
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def shape(self) -> str:
        """The same for tables with the same header, whatever their titles and rows: what a mapping is kept under."""
        labels = [_key(head.label) for head in self.heads if head.place != self.section_place]
        return hashlib.sha256(json.dumps([self.depth, labels], ensure_ascii=False).encode()).hexdigest()

    def guess(self, fields: Sequence[Field]) -> dict[int, Guess]:
        """Place → the field its label is most like; each column once, each field once unless it takes many."""
        likely = sorted(
            (
                (-likeness, place, head.place, one)
                for head in self.heads
                for place, one in enumerate(fields)
                if (likeness := _likeness(head.label, one)) >= PROPOSED
            ),
            key=lambda found: found[:3],
        )
        proposed: dict[int, Guess] = {}
        taken: set[str] = set()
        for likeness, _place, place, one in likely:
            # A second column for the same field must be called it; a likeness is not enough.
            if place in proposed or (one.name in taken and not (one.many and -likeness >= CERTAIN)):
                continue
            proposed[place] = Guess(one.name, round(-likeness, 2))
            taken.add(one.name)
        return dict(sorted(proposed.items()))

    def as_sheet(self, fields: Sequence[Field]) -> Sheet:
        """The sheet that `read_rows` reads and `Loading` writes; in it columns go by our names."""
        return Sheet(self.sheet, tuple(one.column for one in fields))

    def read_rows(self, fields: Sequence[Field], mapping: Mapping[int, str]) -> Reading:
        """The rows by field name, where `mapping` is place → field name; every unreadable cell as a fault.

        A fault names the column as the file does. A required field without a column is one fault.
        """
        sheet = self.as_sheet(fields)
        heads = {head.place: head for head in self.heads}
        places: dict[str, list[int]] = {}
        for place in sorted(mapping):
            places.setdefault(mapping[place], []).append(place)
        labels = {name: "、".join(heads[at].told for at in where if at in heads) for name, where in places.items()}
        reading = Reading({self.sheet: []}, list(self.faults), list(self.notes))
        for one in fields:
            if one.column.required and one.name not in places:
                wrong = _("没有哪一列对应它，")
                reading.faults.append(
                    Fault(self.sheet, self.header_line or None, one.name, "", wrong, _("请在“对应列”里选择一列。"))
                )
        above = Carried([one.name for one in fields if one.carried and one.name in places])
        for line in self.lines:
            cells = above.fill({name: _joined(line, where) for name, where in places.items()})
            reading.rows[self.sheet].append(read_row(sheet, line.number, cells, reading, labels=labels))
        return reading

    def in_order(self, faults: Iterable[Fault]) -> list[Fault]:
        """The faults as a person meets them going down the file."""
        places = {head.told: head.place for head in self.heads}
        return sorted(faults, key=lambda fault: (fault.row or 0, places.get(fault.column, MAX_COLUMNS)))


class Carried:
    """What stands above, for the levels of a tree whose cells are left empty below the first."""

    def __init__(self, names: list[str]):
        self.names = names
        self.above: dict[str, Cell] = {}

    def fill(self, cells: dict[str, Cell]) -> dict[str, Cell]:
        for place, name in enumerate(self.names):
            cell = cells[name]
            if not cell.text:
                cells[name] = self.above.get(name, EMPTY)
            elif name not in self.above or self.above[name].text != cell.text:
                self.above[name] = cell
                for below in self.names[place + 1 :]:
                    self.above.pop(below, None)
        return cells


def _joined(line: Line, places: list[int]) -> Cell:
    filled = [line.cells[place] for place in places if line.text(place)]
    if len(filled) < 2:
        return filled[0] if filled else EMPTY
    return Cell("\n".join(dict.fromkeys(cell.text for cell in filled)))


def read_table(
    file: str | Path | IO[bytes],
    fields: Sequence[Field],
    *,
    name: str = "",
    sheet: str = "",
    header_line: int | None = None,
) -> Table:
    """The table in an .xlsx or, where `name` ends so, in a .csv; `fields` are what its header is looked for with.

    The sheet with the likeliest header is read unless `sheet` names one; the header is the likeliest line unless
    `header_line` says where it begins. What cannot be read at all is a fault of the table.
    """
    try:
        if name.lower().endswith((".csv", ".txt")):
            return _table("", (), _csv_grid(file), fields, header_line)
        return _read_xlsx(file, fields, sheet, header_line)
    except (Damaged, *DAMAGED):
        wrong = _("文件读不出来，")
        return Table(faults=[Fault("", None, "", "", wrong, _("请用 Excel 或 WPS 另存为 .xlsx 后再导入。"))])


# The file as a grid -----------------------------------------------------------------------------------


@dataclass
class _Grid:
    """Lines by number as the file has them, and what is merged and hidden among them."""

    lines: dict[int, list[Cell]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    too_long: bool = False

    def filled(self) -> dict[int, list[Cell]]:
        """The lines with each merged cell standing in all of its places."""
        filled = {number: list(line) for number, line in self.lines.items()}
        numbers = sorted(filled)
        width = max((len(line) for line in filled.values()), default=0)
        # Excel lets no two merged ranges overlap; a file that does must not cost more than the sheet is large.
        left = (len(numbers) + 1) * (width + 1)
        for first, left_place, last, right_place in self.merged:
            head = filled.get(first, [])
            value = head[left_place] if left_place < len(head) else EMPTY
            if value is EMPTY:
                continue
            places = range(left_place, min(right_place, width - 1) + 1)
            within = numbers[bisect_left(numbers, first) : bisect_right(numbers, last)]
            left -= len(places) * len(within)
            if left < 0:
                raise Damaged
            for number in within:
                line = filled[number]
                line.extend([EMPTY] * (places.stop - len(line)))
                for place in places:
                    if line[place] is EMPTY:
                        line[place] = value
        return filled


def _read_xlsx(file: Any, fields: Sequence[Field], wanted: str, header_line: int | None) -> Table:
    book = load_workbook(file, read_only=True, data_only=True)
    try:
        shown = [page for page in book.worksheets if page.sheet_state == "visible"] or book.worksheets
        titles = tuple(page.title for page in shown)
        by_title = {page.title: page for page in shown}
        page = by_title.get(wanted) or _likeliest(shown[:SHEETS_LOOKED_AT], fields)
        if page is None:
            raise Damaged
        return _table(page.title, titles, _xlsx_grid(page), fields, header_line)
    finally:
        book.close()


def _likeliest(pages: list[Any], fields: Sequence[Field]) -> Any:
    if len(pages) < 2:
        return pages[0] if pages else None
    # max keeps the first of equals: an office puts the table it means first.
    return max(pages, key=lambda page: _header(_xlsx_grid(page, most=HEADER_WITHIN).filled(), fields)[2])


def _xlsx_grid(page: Any, *, most: int = MAX_ROWS) -> _Grid:
    grid = _Grid({})
    for number, line in lines(page, columns=MAX_COLUMNS):
        if len(grid.lines) > most:
            grid.too_long = True
            break
        while line and line[-1] is EMPTY:
            line.pop()
        if line:
            grid.lines[number] = line
    # The layout stands behind the rows: openpyxl tells of it only when it holds the whole sheet in memory.
    with page._get_source() as source:
        _read_layout(source, grid)
    return grid


def _read_layout(source: IO[bytes], grid: _Grid) -> None:
    rest = b""
    while chunk := source.read(CHUNK):
        text = rest + chunk
        end = text.rfind(b">") + 1
        for found in LAYOUT.finditer(text, 0, end):
            if found["row"]:
                grid.hidden.append(int(found["row"]))
            elif match := RANGE.fullmatch(found["range"].decode()):
                left, first, right, last = match.groups()
                place = column_index_from_string(left) - 1, column_index_from_string(right) - 1
                grid.merged.append((int(first), place[0], int(last), place[1]))
        if len(grid.merged) > MAX_ROWS * 2:
            raise Damaged
        rest = text[end:][-LONGEST_TAG:]


def _csv_grid(file: Any) -> _Grid:
    data = Path(file).read_bytes() if isinstance(file, str | Path) else file.read()
    if len(data) > MAX_CSV_BYTES:
        raise Damaged
    text = _decoded(data)
    grid = _Grid({})
    try:
        for number, record in enumerate(csv.reader(StringIO(text, newline=""), delimiter=_separator(text)), start=1):
            if len(grid.lines) > MAX_ROWS:
                grid.too_long = True
                break
            values = [without_controls(value).strip() for value in record[:MAX_COLUMNS]]
            cells = [Cell(value) if value else EMPTY for value in values]
            if any(cell is not EMPTY for cell in cells):
                grid.lines[number] = cells
    except csv.Error:
        raise Damaged from None
    return grid


def _decoded(data: bytes) -> str:
    """Excel writes CSV in the machine's code, which in China is GBK; others write UTF-8, or UTF-16 with its mark."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def _separator(text: str) -> str:
    first = text[:20_000]
    return max(",\t;|", key=first.count)


# Header, rows, and what is neither ----------------------------------------------------------------------


def _table(sheet: str, sheets: tuple[str, ...], grid: _Grid, fields: Sequence[Field], header_line: int | None) -> Table:
    name = sheet or _("表格")
    table = Table(name, sheets)
    if not grid.lines:
        table.faults.append(Fault(name, None, "", "", _("表里没有内容，"), _("请换一张表。")))
        return table
    filled = grid.filled()
    first, last, _score = _header(filled, fields, grid.merged, at=header_line)
    if not first:
        wrong = _("没有找到表头，")
        table.faults.append(Fault(name, None, "", "", wrong, _("请告诉系统表头在第几行。")))
        return table
    table.header_line, table.depth = first, last - first + 1
    for number in range(1, last + 1):
        table.top.append([cell.text for cell in grid.lines.get(number, [])])
    table.merged = grid.merged
    labels = _labels([filled[number] for number in range(first, last + 1) if number in filled])
    _sort_lines(table, grid, filled, labels=labels, last=last)
    table.heads = _heads(labels, table.lines)
    _add_sections(table)
    hidden = sorted(set(grid.hidden).intersection(line.number for line in table.lines))
    if hidden:
        told = "、".join(str(number) for number in hidden[:10]) + (_("等") if len(hidden) > 10 else "")
        table.notes.append(_("第%(rows)s行共%(n)s行是隐藏的，也一并读取。") % {"rows": told, "n": len(hidden)})
    if grid.too_long:
        right = _("一张表最多%(n)s行，请分成几个文件。") % {"n": MAX_ROWS}
        table.faults.append(Fault(name, MAX_ROWS + 1, "", "", _("行数太多，"), right))
    if not table.lines and not table.faults:
        table.faults.append(Fault(name, last, "", "", _("表头下面没有内容，"), _("请检查表头在第几行。")))
    return table


def _header(
    filled: Mapping[int, list[Cell]],
    fields: Sequence[Field],
    merged: Sequence[tuple[int, int, int, int]] = (),
    *,
    at: int | None = None,
) -> tuple[int, int, float]:
    """First and last line of the header, and how many columns it names; zeros where there is none."""
    numbers = sorted(filled)[:HEADER_WITHIN]
    if at:
        numbers = [number for number in numbers if number == at]
    best = (0, 0, 0.0)
    for first in numbers:
        for depth in range(1, 2 if at else DEEPEST_HEADER + 1):
            block = [filled[number] for number in range(first, first + depth) if number in filled]
            if len(block) < depth:
                break
            # A deeper header must name more columns than it costs.
            score = _named(_labels(block), fields) - 0.4 * (depth - 1)
            if score > best[2] + 0.01:
                best = (first, first + depth - 1, score)
    first, last, score = best
    if score < 1.5 and not at:
        # Nothing is called as we would: the first line of several cells may be the header all the same.
        first = next((number for number in numbers if len(set(_texts(filled[number]))) > 2), 0)
        return first, first, 0.0
    if at and not first:
        first = last = at if at in filled else 0
    # A header cell merged over the lines above or below belongs to it with all of them; a title is merged sideways.
    for top, _left, bottom, _right in merged:
        if top <= last and bottom >= first and bottom > top and bottom - top < DEEPEST_HEADER and first - top < 2:
            first, last = (first if at else min(first, top)), max(last, bottom)
    return first, last, score


def _texts(line: Iterable[Cell]) -> list[str]:
    return [cell.text for cell in line if cell.text]


def _labels(block: Sequence[Sequence[Cell]]) -> list[str]:
    """The header by column: what its lines say, one after the other, each once."""
    width = max((len(line) for line in block), default=0)
    labels = []
    for place in range(width):
        parts = dict.fromkeys(re.sub(r"\s+", "", line[place].text) for line in block if place < len(line))
        labels.append("/".join(part[:LABEL_LENGTH] for part in parts if part))
    return labels


def _named(labels: list[str], fields: Sequence[Field]) -> float:
    """How many of the fields these labels name, each label for one; 0 for a title, which says the same everywhere."""
    distinct = set(labels) - {""}
    if len(distinct) < 2:
        return 0.0
    best: dict[str, float] = {}
    for label in distinct:
        found = max(((_called(label, names_of(one)), one.name) for one in fields), default=(0.0, ""))
        if found[0] >= CERTAIN:
            best[found[1]] = max(best.get(found[1], 0.0), found[0])
    return sum(best.values())


def _sort_lines(table: Table, grid: _Grid, filled: Mapping[int, list[Cell]], *, labels: list[str], last: int) -> None:
    """Tell the rows from headings within the table, totals, headers repeated on each page, and notes below it."""
    section, totals, repeated = "", [], []
    wide = {merge[0] for merge in grid.merged if merge[0] == merge[2] and merge[3] - merge[1] + 1 > len(labels) / 2}
    keys = {_key(label) for label in labels if label}
    for number in sorted(filled):
        if number <= last:
            continue
        own = _texts(grid.lines[number])
        # Nothing of its own: the rest of a merged cell.
        if not own:
            continue
        is_other = True
        if NOTE.match(own[0]) and len(own) <= max(2, len(labels) // 2):
            table.notes.append(_("第%(row)s行是说明，没有作为数据读取。") % {"row": number})
        elif TOTAL.fullmatch(own[0]) or (len(own) > 1 and TOTAL.fullmatch(own[1]) and len(own) < len(labels) / 2):
            totals.append(number)
        elif len(own) > 1 and _repeats(own, keys):
            repeated.append(number)
        elif len(own) == 1 and (number in wide or (SECTION.match(own[0]) and len(own[0]) <= LABEL_LENGTH)):
            section = own[0]
        else:
            is_other = False
        if is_other:
            table.others[number] = [cell.text for cell in grid.lines[number]]
        else:
            table.lines.append(Line(number, filled[number], section))
    for numbers, sentence in (
        (totals, _("第%(rows)s行是合计，没有读取。")),
        (repeated, _("第%(rows)s行重复了表头，没有读取。")),
    ):
        if numbers:
            table.notes.append(sentence % {"rows": "、".join(map(str, numbers))})


def _repeats(own: list[str], keys: set[str]) -> bool:
    """Whether a line says the header again, as tables do that were printed page by page."""
    if _key(own[0][:LABEL_LENGTH]) not in keys:
        return False
    return len(keys.intersection(_key(text[:LABEL_LENGTH]) for text in own)) >= max(2, len(own) * 2 // 3)


def _heads(labels: list[str], rows: Sequence[Line]) -> list[Head]:
    """The columns that have a label or anything below it."""
    width = max(len(labels), max((len(line.cells) for line in rows), default=0))
    samples: list[dict[str, None]] = [{} for _place in range(width)]
    for line in rows:
        for place, cell in enumerate(line.cells):
            if cell is not EMPTY and len(samples[place]) < SAMPLES and cell.text:
                samples[place].setdefault(cell.text[:120])
    return [
        Head(place, label, tuple(samples[place]))
        for place in range(width)
        if (label := labels[place] if place < len(labels) else "") or samples[place]
    ]


def _add_sections(table: Table) -> None:
    """Heading lines within the table as a column beside the others: they may be what a field is filled from."""
    sections = dict.fromkeys(line.section for line in table.lines if line.section)
    if not sections:
        return
    table.section_place = place = max(head.place for head in table.heads) + 1
    for line in table.lines:
        line.cells.extend([EMPTY] * (place - len(line.cells)))
        line.cells.append(Cell(line.section) if line.section else EMPTY)
    table.heads.append(Head(place, _("（分节标题）"), tuple(list(sections)[:SAMPLES])))


# Likeness of a label to a field -------------------------------------------------------------------------


def names_of(one: Field) -> tuple[str, ...]:
    return (one.name, *one.aliases)


@lru_cache(maxsize=4096)
def _key(label: str) -> str:
    return re.sub(r"[\s*°_:.·、,，;；\-—]+", "", plain(label)).lower()


def _likeness(label: str, one: Field) -> float:
    return max(_called(label, names_of(one)), *(_alike(_last(label), _key(name)) for name in names_of(one)))


@lru_cache(maxsize=4096)
def _called(label: str, names: tuple[str, ...]) -> float:
    """1 for one of the names, less where brackets or further words stand beside it; 0 for none of them."""
    whole, end = _key(label.replace("/", "")), _last(label)
    bare = _key(BRACKETS.sub("", plain(label.rsplit("/", 1)[-1])))
    best = 0.0
    for name in names:
        key = _key(name)
        if key in (whole, end):
            return 1.0
        if key == bare:
            best = max(best, 0.97)
        elif len(key) > 1 and bare.endswith(key):
            best = max(best, 0.8 + 0.1 * len(key) / len(bare))
        elif len(key) > 1 and bare.startswith(key) and len(bare) <= len(key) + 4:
            best = max(best, 0.78 + 0.1 * len(key) / len(bare))
    return best


def _last(label: str) -> str:
    return _key(label.rsplit("/", 1)[-1])


@lru_cache(maxsize=4096)
def _alike(label: str, name: str) -> float:
    if not label or len(label) > LABEL_LENGTH:
        return 0.0
    # Never as sure as a name that is used.
    return SequenceMatcher(None, label, name).ratio() * 0.75
