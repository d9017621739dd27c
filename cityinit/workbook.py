"""Reading a workbook of named sheets and columns into typed rows, with every fault listed.

Sheets and columns are found by name, in any order. What cannot be read is a Fault that says where it
stands, what is wrong and what would be right; the rest is read all the same, so that one pass lists
them all. The ground knows no sheet: the apps describe theirs with `Sheet` and `Column`.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.utils.escape import unescape
from openpyxl.utils.exceptions import InvalidFileException

from .periods import FIRST_DAY, LAST_DAY
from .unseen import without_controls, without_unseen

LIST_SEPARATORS = re.compile(r"[、,，;；\n]+")
TEXT_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?")
# Where a sentence of our parsers turns from what is wrong to what would be right.
ADVICE = re.compile(r"(?<=[，。])(?=请|是否|可以写)")
# What Excel counts days from; a date that lost its format is read as the number it is.
EXCEL_EPOCH = date(1899, 12, 30)
EXCEL_DAYS = range(20_000, 80_000)
# That number as text: a cell formatted as text before it was pasted into, or as our own exports give it back.
DAYS_AS_TEXT = re.compile(r"\d{5}(?:\.\d+)?")
YES, NO = {"是", "有", "1", "y", "yes", "true", "√", "✓"}, {"否", "无", "0", "n", "no", "false", "×", "✗"}
MAX_ROWS = 100_000
# Rows of the template that show how to fill a sheet in begin with this and are passed over.
EXAMPLE = "示例："
MAX_COLUMNS = 200
# Excel has no more lines; a file that names a later one would be filled up with empty ones to there.
LAST_LINE = 1_048_576
# What openpyxl raises on a file that only claims to be a workbook: it checks little of what it reads.
DAMAGED = (
    *(BadZipFile, InvalidFileException, zlib.error, EOFError, OSError, SyntaxError),
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError, NotImplementedError),
)


@dataclass(frozen=True)
class Fault:
    """One thing in the file that stops the load."""

    sheet: str
    row: int | None
    column: str
    value: str
    wrong: str
    right: str = ""

    def __str__(self) -> str:
        place = self.sheet + (_("第%(row)s行") % {"row": self.row} if self.row else "")
        column = f"“{self.column}”" if self.column else ""
        value = _("填的是“%(value)s”，") % {"value": self.value} if self.value else ""
        right = f"{self.right}" if self.right else ""
        # What is wrong with the whole file stands at no place in it.
        where = f"{place}{column}：" if place or column else ""
        return f"{where}{value}{self.wrong}{right}"


def in_order(faults: Sequence[Fault], sheets: Sequence[Sheet]) -> list[Fault]:
    """The faults as a person meets them going through the file: by sheet, row and column."""
    places = {sheet.name: place for place, sheet in enumerate(sheets)}
    columns = {(sheet.name, column.name): place for sheet in sheets for place, column in enumerate(sheet.columns)}
    return sorted(
        faults,
        key=lambda fault: (
            places.get(fault.sheet, -1),
            fault.row or 0,
            columns.get((fault.sheet, fault.column), len(columns)),
        ),
    )


class Unreadable(ValueError):
    """A cell's value is wrong; carries what would be right."""

    def __init__(self, wrong: str, right: str = ""):
        super().__init__(wrong)
        self.wrong, self.right = wrong, right


@dataclass(frozen=True)
class Cell:
    """A cell as the file has it; `format` is Excel's number format."""

    value: Any
    format: str = "General"

    @cached_property
    def text(self) -> str:
        """The value as a person would read it in the sheet."""
        value = self.value
        if value is None:
            return ""
        if isinstance(value, bool):
            return _("是") if value else _("否")
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%d}" if value.time() == datetime.min.time() else f"{value:%Y-%m-%d %H:%M}"
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, int | float):
            return self._number_text()
        return without_controls(without_unseen(str(value))).replace("\r\n", "\n").strip()

    def _number_text(self) -> str:
        number = Decimal(repr(self.value)) if isinstance(self.value, float) else Decimal(self.value)
        if self.is_percent:
            return f"{(number * 100).normalize():f}%"
        # A task code 3.10 typed as a number keeps its last zero only in the format.
        if fixed := re.fullmatch(r"0\.(0+)(?:_ )?", self.format):
            return f"{number:.{len(fixed[1])}f}"
        return f"{number.to_integral_value() if number == number.to_integral_value() else number.normalize():f}"

    @property
    def is_percent(self) -> bool:
        return "%" in self.format and not isinstance(self.value, str)


EMPTY = Cell(None)

# Readers: a cell with something in it → a value, or Unreadable ---------------------------------------


def text(longest: int | None = None) -> Callable[[Cell], str]:
    def read(cell: Cell) -> str:
        typed = cell.text
        if longest and len(typed) > longest:
            raise Unreadable(_("太长：%(n)s个字，") % {"n": len(typed)}, _("最多%(n)s个字。") % {"n": longest})
        return typed

    return read


def day(cell: Cell) -> date:
    """2025-04-09, 2025/4/9, 2025年4月9日, or an Excel date, also as a bare number, in the years we speak of."""
    found = _day(cell)
    if not FIRST_DAY <= found <= LAST_DAY:
        raise Unreadable(_("年份不对，"), _("应在%(first)s到%(last)s之间。") % {"first": FIRST_DAY, "last": LAST_DAY})
    return found


def _day(cell: Cell) -> date:
    value = cell.value
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    typed = plain(cell.text)
    if isinstance(value, str) and DAYS_AS_TEXT.fullmatch(typed):
        value = float(typed)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and EXCEL_DAYS.start <= value < EXCEL_DAYS.stop:
        return EXCEL_EPOCH + timedelta(days=int(value))
    match = TEXT_DATE.fullmatch(typed)
    right = _("请写成 2025-04-09、2025/4/9 或 2025年4月9日。")
    if not match:
        raise Unreadable(_("不是日期，"), right)
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        raise Unreadable(_("没有这一天，"), right) from None


def number(
    *, least: Decimal | int | None = None, below: int | None = None, whole: bool = False, places: int = 2
) -> Callable[[Cell], Any]:
    """A number less than `below`, an int when `whole`; thousands separators and full-width digits are read too."""
    # By default as much as the databases keep: an integer of four bytes, a target of twelve digits.
    limit = below or (2**31 if whole else 10**12)

    def read(cell: Cell) -> Any:
        typed = plain(cell.text).replace(",", "").replace(" ", "")
        try:
            value = Decimal(typed)
        except InvalidOperation:
            raise Unreadable(_("不是数字，"), _("请只填数字。")) from None
        # Rounded before it is compared: 999999.999 is a million.
        if value.is_finite() and abs(value) < limit:
            value = value if whole else value.quantize(Decimal(1).scaleb(-places))
        if not value.is_finite() or abs(value) >= limit:
            raise Unreadable(_("数字太大，"), _("请检查。"))
        if least is not None and value < least:
            raise Unreadable(_("太小，"), _("不能小于%(least)s。") % {"least": least})
        if not whole:
            return value
        if value != value.to_integral_value():
            raise Unreadable(_("不是整数，"), _("请填整数。"))
        return int(value)

    return read


def rate(cell: Cell) -> Decimal:
    """A rate in per cent: 95.2, "95.2%" and 0.952 in a percent-formatted cell are all 95.20."""
    value = number(least=0, places=6)(Cell(plain(cell.text).rstrip("%")))
    if value > 100:
        raise Unreadable(_("比率大于100%，"), _("请填 0 到 100 之间的数，如 95.2 或 95.2%。"))
    return value.quantize(Decimal("0.01"))


def small_rate(cell: Cell) -> str:
    """A doubt about a rate that may have been meant as a share: 0.913 without a percent sign or format."""
    typed = plain(cell.text)
    share = Decimal(typed) if re.fullmatch(r"0?\.\d+", typed) else Decimal(0)
    if not share:
        return ""
    told = f"{(share * 100).normalize():f}%"
    return _("按%(typed)s%%读取；如果是%(told)s，请写成%(told)s。") % {"typed": typed, "told": told}


def yes_no(cell: Cell) -> bool:
    typed = plain(cell.text).lower()
    if typed in YES or typed in NO:
        return typed in YES
    raise Unreadable(_("看不懂，"), _("请填“是”或“否”。"))


def choice(options: Mapping[str, Any], *, hints: Mapping[str, str] | None = None) -> Callable[[Cell], Any]:
    """One of the labels, as the code it stands for; `hints` maps other words people write to the label meant."""

    def read(cell: Cell) -> Any:
        typed = plain(cell.text)
        if typed in options:
            return options[typed]
        meant = (hints or {}).get(typed)
        near = [meant] if meant else get_close_matches(typed, options, n=1, cutoff=0.5)
        hint = _("是否应为“%(near)s”？") % {"near": near[0]} if near else ""
        raise Unreadable(_("不在可选范围内，"), hint + _("可以填：%(all)s。") % {"all": "、".join(options)})

    return read


def several(read_one: Callable[[Cell], Any] | None = None) -> Callable[[Cell], list[Any]]:
    """A list split at 、,，;；, each item once, in order."""

    def read(cell: Cell) -> list[Any]:
        items = dict.fromkeys(item.strip() for item in LIST_SEPARATORS.split(cell.text) if item.strip())
        return [read_one(Cell(item)) if read_one else item for item in items]

    return read


def checked(parse: Callable[[str], Any]) -> Callable[[Cell], Any]:
    """What a parser of the field says that raises ValidationError with a sentence of its own."""

    def read(cell: Cell) -> Any:
        try:
            return parse(cell.text)
        except ValidationError as problem:
            said = [[*ADVICE.split(message, maxsplit=1), ""] for message in problem.messages]
            raise Unreadable("".join(one[0] for one in said), "".join(one[1] for one in said)) from None

    return read


def plain(typed: str) -> str:
    """Without spaces around it, full-width letters and digits as ordinary ones."""
    return unicodedata.normalize("NFKC", typed).strip()


# Sheets -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A column: its name in the file, how a cell is read, what an empty one means."""

    name: str
    read: Callable[[Cell], Any] = field(default_factory=text)
    required: bool = False
    key: bool = False
    empty: Any = ""
    options: tuple[str, ...] = ()
    example: str = ""
    # What is noted beside a value that could be read and may yet be a slip; "" for nothing.
    doubt: Callable[[Cell], str] | None = None


@dataclass(frozen=True)
class Sheet:
    """A sheet the product knows."""

    name: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.key)


@dataclass
class Row:
    """One row: its number in the sheet, typed values by column name, and the columns that could not be read."""

    sheet: str
    number: int
    values: dict[str, Any]
    typed: dict[str, str]
    unreadable: set[str] = field(default_factory=set)
    # What the file calls a column, where that is not our name for it.
    labels: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    def has(self, column: str) -> bool:
        return column in self.typed

    def fault(self, column: str, wrong: str, right: str = "") -> Fault:
        return Fault(self.sheet, self.number, self.labels.get(column, column), self.typed.get(column, ""), wrong, right)


@dataclass
class Reading:
    """What a file held: rows by sheet, faults, and what was passed over."""

    rows: dict[str, list[Row]]
    faults: list[Fault]
    notes: list[str]


def read_workbook(file: str | Path | IO[bytes], sheets: Sequence[Sheet]) -> Reading:
    """The rows of the known sheets, every unreadable cell as a fault, unknown sheets and columns as notes."""
    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except DAMAGED:
        return Reading({}, [_damaged("", _("这不是可以读取的 .xlsx 工作簿。"))], [])
    known = {sheet.name: sheet for sheet in sheets}
    reading = Reading({}, [], [])
    try:
        for title in book.sheetnames:
            sheet = known.get(plain(title))
            if sheet is None:
                reading.notes.append(_("工作表“%(name)s”不认识，已忽略。") % {"name": title} + _near(title, known))
                continue
            try:
                _read_sheet(sheet, book[title], reading)
            except Damaged:
                reading.faults.append(_damaged(sheet.name, _("这张表读不出来，")))
    finally:
        book.close()
    return reading


class Damaged(Exception):
    """A sheet that openpyxl cannot read to its end."""


def _damaged(sheet: str, wrong: str) -> Fault:
    return Fault(sheet, None, "", "", wrong, _("请用 Excel 或 WPS 另存为 .xlsx 后再导入。"))


def lines(source: Any, *, columns: int) -> Iterator[tuple[int, list[Cell]]]:
    """The rows of a sheet that hold something, by number, with value and number format of each cell."""
    gap = None
    try:
        # Some writers store a wrong dimension; without this openpyxl would stop at it.
        source.reset_dimensions()
        for number, line in enumerate(source.iter_rows(max_col=columns), start=1):
            if number > LAST_LINE:
                raise Damaged
            # Rows that are not in the file come as one and the same line, up to a million times.
            if line is gap:
                continue
            if all(cell is EMPTY_CELL for cell in line):
                gap = line
                continue
            yield number, [_cell(cell) for cell in line]
    except DAMAGED:
        raise Damaged from None


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return EMPTY
    # What XML cannot hold is written as its number between underlines, as a line break is by some.
    if isinstance(value, str) and "_x" in value:
        value = unescape(value)
    return Cell(value, cell.number_format or "General")


def _read_sheet(sheet: Sheet, source: Any, reading: Reading) -> None:
    rows = reading.rows.setdefault(sheet.name, [])
    first = next(lines(source, columns=MAX_COLUMNS), None)
    if first is None:
        return
    number, header = first
    places = _places(sheet, header if number == 1 else [], reading)
    seen: dict[tuple, int] = {}
    for line_number, line in lines(source, columns=max(places.values(), default=0) + 1):
        if line_number == 1:
            continue
        cells = {name: line[place] for name, place in places.items() if place < len(line)}
        if not any(cell.text for cell in cells.values()):
            continue
        if next(cell.text for cell in cells.values() if cell.text).startswith(EXAMPLE):
            continue
        if len(rows) >= MAX_ROWS:
            reading.faults.append(
                Fault(sheet.name, line_number, "", "", _("行数太多，"), _("一张表最多%(n)s行。") % {"n": MAX_ROWS})
            )
            return
        row = read_row(sheet, line_number, cells, reading)
        rows.append(row)
        _refuse_doubles(sheet, row, seen, reading)


def _places(sheet: Sheet, header: Sequence[Any], reading: Reading) -> dict[str, int]:
    known = {column.name: column for column in sheet.columns}
    places: dict[str, int] = {}
    for place, cell in enumerate(header):
        # The template marks required columns with a star; people copy it.
        name = re.sub(r"[*＊°\s]", "", cell.text)
        if not name:
            continue
        if name not in known:
            reading.notes.append(
                _("%(sheet)s的列“%(name)s”不认识，已忽略。") % {"sheet": sheet.name, "name": name} + _near(name, known)
            )
        elif name in places:
            reading.faults.append(Fault(sheet.name, 1, name, "", _("这一列出现了两次，"), _("请删去一列。")))
        else:
            places[name] = place
    missing = [column.name for column in sheet.columns if column.required and column.name not in places]
    for name in missing:
        reading.faults.append(Fault(sheet.name, 1, name, "", _("缺少必填的列，"), _("请在第一行加上“%s”。") % name))
    return places


def read_row(
    sheet: Sheet,
    line_number: int,
    cells: Mapping[str, Cell],
    reading: Reading,
    *,
    labels: Mapping[str, str] | None = None,
) -> Row:
    """One line as a row of the sheet; what cannot be read of it goes to the faults of the reading."""
    row = Row(sheet.name, line_number, {}, {name: cell.text for name, cell in cells.items()}, labels=labels or {})
    for column in sheet.columns:
        cell = cells.get(column.name, Cell(None))
        if not cell.text:
            row.values[column.name] = column.empty() if callable(column.empty) else column.empty
            if column.required:
                row.unreadable.add(column.name)
                # A column that is missing altogether is one fault, not one a row.
                if column.name in cells:
                    reading.faults.append(row.fault(column.name, _("没有填，"), _("这一列必填。")))
            continue
        try:
            row.values[column.name] = column.read(cell)
            if column.doubt and (doubt := column.doubt(cell)):
                place = {"sheet": sheet.name, "row": line_number, "column": row.labels.get(column.name, column.name)}
                reading.notes.append(_("%(sheet)s第%(row)s行“%(column)s”") % place + doubt)
        except Unreadable as problem:
            row.values[column.name] = column.empty() if callable(column.empty) else column.empty
            row.unreadable.add(column.name)
            reading.faults.append(row.fault(column.name, problem.wrong, problem.right))
    return row


def _refuse_doubles(sheet: Sheet, row: Row, seen: dict[tuple, int], reading: Reading) -> None:
    if not sheet.key or row.unreadable.intersection(sheet.key):
        return
    key = tuple(str(row[name]) for name in sheet.key)
    if key in seen:
        names = "、".join(sheet.key)
        wrong = _("与第%(row)s行重复（%(names)s相同），") % {"row": seen[key], "names": names}
        reading.faults.append(row.fault(sheet.key[0], wrong, _("请删去一行或改成不同的内容。")))
        row.unreadable.add(sheet.key[0])
    seen.setdefault(key, row.number)


def _near(name: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return _("是否想写“%(near)s”？") % {"near": near[0]} if near else ""
