"""Ledgers as .xlsx and .csv, written row by row: a million rows take no more memory than one.

`write_workbook` and `write_csv` fill a file, `stream_workbook` and `stream_csv` give the same bytes in pieces, for an
answer that starts before its last row is known. The XML is our own: no library at hand writes .xlsx this fast without
holding it. The same rows always give the same bytes.
"""

import csv
import datetime
import itertools
import math
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import IO, Any, Literal

from django.utils import timezone
from django.utils.translation import gettext as _

Kind = Literal["text", "int", "decimal", "percent", "date", "datetime"]
Look = Literal["title", "above", "header", "row", "plain"]
ROW_LIMIT = 1_048_576
COLUMN_LIMIT = 16_384
# Excel reads no zip64 entries with the sizes behind the data, which is how a stream has to write them.
SHEET_LIMIT = 2**31 - 2**20


@dataclass(frozen=True)
class Column:
    """`width` is in characters; a percent is given as a share of one: 0.952 shows as 95.2%."""

    title: str
    width: float = 12
    kind: Kind = "text"


@dataclass(frozen=True)
class Sheet:
    """One sheet: a header row that stays in sight, filters and repeats in print, and rows as they come."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    frozen: bool = True
    filtered: bool = True


@dataclass(frozen=True)
class Picture:
    """A JPEG laid over a cell, counted from 1; `left` is how far from the cell's edge, all in pixels.

    It is read when its turn has come: thousands of them take no more memory than one.
    """

    line: int
    column: int
    path: Path
    width: int
    height: int
    left: int = 0


@dataclass(frozen=True)
class Page:
    """One sheet as somebody else laid it out, drawn only when its turn has come: the file begins before.

    Whether it may hold pictures is said beforehand: the first bytes of the file name its parts.
    """

    name: str
    lay_out: Callable[[], "Laid"]
    with_pictures: bool = False


@dataclass(frozen=True)
class Laid:
    """What stands on a page: each line with its look, and (first line, first column, last line, last column) merged.

    A number among the cells is one that Excel counts with. `heights` are those of single lines, in points. The first
    `frozen` lines stay where they are while the others move. A picture that the disk has lost is left out.
    """

    widths: Sequence[float]
    lines: Iterable[tuple["Look", Sequence[str | int]]]
    merged: Sequence[tuple[int, int, int, int]] = ()
    heights: Mapping[int, float] = field(default_factory=dict)
    pictures: Sequence[Picture] = ()
    frozen: int = 0


class TooLarge(ValueError):
    """More than a sheet of Excel can hold; the message is for the person who asked for it."""


def write_workbook(file: IO[bytes], sheets: Sequence[Sheet | Page], *, level: int = 1) -> None:
    """The sheets into a file open for bytes; refusals as of `stream_workbook`."""
    for piece in stream_workbook(sheets, level=level):
        file.write(piece)


def stream_workbook(sheets: Sequence[Sheet | Page], *, level: int = 1) -> Iterator[bytes]:
    """The .xlsx in pieces; `level` is the deflate level: 1 is fast, 6 is a third smaller.

    TooLarge beyond Excel's rows or size; ValueError for a workbook without sheets, a sheet without columns, a row that
    does not fit them.
    """
    if not sheets:
        raise ValueError("A workbook has at least one sheet")
    for sheet in sheets:
        if isinstance(sheet, Sheet):
            _check_size(sheet)
    names = _sheet_names([sheet.name for sheet in sheets])
    last_rows = []
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as package:
        # First, so that who looks at the first bytes knows what this is.
        _add(package, "[Content_Types].xml", _content_types(sheets))
        _add(package, "_rels/.rels", _ROOT_RELATIONSHIPS)
        _add(package, "xl/styles.xml", _STYLES)
        yield pipe.taken()
        for place, sheet in enumerate(sheets, start=1):
            size, count = 0, itertools.count(1)
            laid = sheet.lay_out() if isinstance(sheet, Page) else None
            with package.open(f"xl/worksheets/sheet{place}.xml", "w") as part:
                first = place == 1
                drawn = _page_xml(sheet, laid, count, first) if laid else _sheet_xml(sheet, count, is_first=first)
                for rows in _in_pieces(drawn):
                    data = rows.encode()
                    size += len(data)
                    if size > SHEET_LIMIT:
                        raise TooLarge(_("工作表“%(name)s”超过 2 GB，请缩小范围后再导出。") % {"name": sheet.name})
                    part.write(data)
                    if pipe.pieces:
                        yield pipe.taken()
            last_rows.append(next(count) - 1)
            if isinstance(sheet, Page) and sheet.with_pictures:
                for _picture in _add_pictures(package, place, laid.pictures):
                    yield pipe.taken()
        _add(package, "xl/workbook.xml", _workbook(sheets, names, last_rows))
        _add(package, "xl/_rels/workbook.xml.rels", _relationships(len(sheets)))
    yield pipe.taken()


def write_csv(file: IO[bytes], columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
    """The rows into a file open for bytes, as `stream_csv` writes them."""
    for piece in stream_csv(columns, rows):
        file.write(piece)


def stream_csv(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """UTF-8 with a byte-order mark, without which Excel takes it for GBK; all fields quoted.

    Text a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV Injection"): it begins with
    = + - @, their full-width forms, tab, carriage return or line feed. Numbers stay numbers, negative ones too.
    """
    buffer = StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    plain = [_PLAIN[column.kind] for column in columns]
    buffer.write("\ufeff")
    writer.writerow([_harmless(column.title) for column in columns])
    for rows_written, row in enumerate(rows, start=1):
        _check_row(row, columns)
        writer.writerow([write(value) for write, value in zip(plain, row, strict=True)])
        if rows_written % _BATCH == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


_BATCH = 500


class _Pipe:
    """What the zip writes, to be taken away piece by piece; it cannot be rewound, which zipfile notices."""

    def __init__(self):
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""

    def taken(self):
        taken = b"".join(self.pieces)
        self.pieces.clear()
        return taken


def _add(package, name, xml):
    # Opened by its name an entry is dated 1980, whenever it is written.
    with package.open(name, "w") as part:
        part.write(xml.encode())


def _check_size(sheet):
    if not sheet.columns:
        raise ValueError(f"The sheet {sheet.name} has no columns")
    if len(sheet.columns) > COLUMN_LIMIT:
        raise TooLarge(_("工作表“%(name)s”超过 16384 列。") % {"name": sheet.name})
    # A list that is too long is refused before its first byte; of a generator it shows only on the way.
    if isinstance(sheet.rows, Sized) and len(sheet.rows) >= ROW_LIMIT:
        raise _too_many_rows(sheet)


def _too_many_rows(sheet):
    return TooLarge(_("工作表“%(name)s”超过 Excel 的 1048576 行，请缩小范围后再导出。") % {"name": sheet.name})


def _check_row(row, columns):
    if len(row) != len(columns):
        raise ValueError(f"A row of {len(row)} cells for {len(columns)} columns: {row!r}")


# -- cells ------------------------------------------------------------------------------------------------------------

# Places in cellXfs of _STYLES.
_HEADER, _TEXT, _QUOTED, _INT, _DECIMAL, _PERCENT, _DATE, _DATETIME, _TITLE, _ABOVE = range(1, 11)
_LOOKS: dict[Look, int] = {"title": _TITLE, "above": _ABOVE, "header": _HEADER, "row": _TEXT, "plain": 0}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What XML cannot carry or must escape, line ends of other systems, and what Excel would read as _x000D_ escapes.
# One class of characters is looked for twice as fast as a class or a word: any _ may begin such an escape.
_SPECIAL = re.compile("[&<>_\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE_LOOKALIKE = re.compile("_x(?=[0-9A-Fa-f]{4}_)")
_CELL_LIMIT = 32767
# Day 60 of Excel's calendar is 29 February 1900, which never was: dates before are not the same days there.
_FIRST_DAY = datetime.date(1900, 3, 1)
_DAY_ZERO = datetime.date(1899, 12, 30).toordinal()


def _clean(text):
    if not _SPECIAL.search(text):
        return text
    return _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _text_cell(letter, width=math.inf, tall=None) -> Callable[[Any, str], str]:
    """Writes text cells of this column; an inline string is never a formula, and its style says so to who edits it.

    How many lines the text takes in a column of this width is left in `tall[0]` where that is more than stands there:
    in UTF-8 a letter has one byte and a Chinese character three, so half of bytes and characters is what they take.
    """
    starts = frozenset(_FORMULA_STARTS)
    half, double = width / 2, width * 2

    def empty(row):
        return f'<c r="{letter}{row}" s="{_TEXT}"/>'

    def write(value, row):
        # A cell without a word has its borders still.
        if value is None or value == "":
            return empty(row)
        if not isinstance(value, str):
            value = str(value)
        if len(value) > _CELL_LIMIT:
            value = f"{value[: _CELL_LIMIT - 1]}…"
        if _SPECIAL.search(value):
            value = _escaped(value)
            if not value:
                return empty(row)
        # Nearly all are told apart by their length: no character is wider than two.
        if len(value) > half and (share := (len(value.encode()) + len(value)) / double) > tall[0]:
            tall[0] = share
        style = _QUOTED if value[0] in starts else _TEXT
        space = "" if value == value.strip() else ' xml:space="preserve"'
        return f'<c r="{letter}{row}" s="{style}" t="inlineStr"><is><t{space}>{value}</t></is></c>'

    return write


def _escaped(text):
    text = _clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _ESCAPE_LOOKALIKE.sub("_x005F_x", text)


def _number_cell(letter, style):
    """Writes number cells; what is no number, or has more digits than Excel keeps, is text."""
    as_text = _text_cell(letter)

    def write(value, row):
        if _is_number(value) and math.isfinite(value) and not (isinstance(value, int) and abs(value) >= 10**15):
            return f'<c r="{letter}{row}" s="{style}"><v>{_plain_number(value)}</v></c>'
        return as_text(value, row)

    return write


def _date_cell(letter, style):
    """Writes real dates; a moment is that of the wall clock here; what is no date is text."""
    as_text = _text_cell(letter)

    def write(value, row):
        value = _local(value)
        if isinstance(value, datetime.datetime) and style == _DATE:
            value = value.date()
        if isinstance(value, datetime.datetime) and value.date() >= _FIRST_DAY:
            seconds = value.hour * 3600 + value.minute * 60 + value.second
            days = value.toordinal() - _DAY_ZERO
            return f'<c r="{letter}{row}" s="{style}"><v>{days + seconds / 86400!r}</v></c>'
        if type(value) is datetime.date and value >= _FIRST_DAY:
            return f'<c r="{letter}{row}" s="{style}"><v>{value.toordinal() - _DAY_ZERO}</v></c>'
        return as_text(value, row)

    return write


def _local(value):
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return timezone.localtime(value).replace(tzinfo=None)
    return value


def _is_number(value):
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _plain_number(value):
    return f"{value:f}" if isinstance(value, Decimal) else repr(value)


_CELLS: dict[str, Callable[[str], Callable[[Any, str], str]]] = {
    "int": lambda letter: _number_cell(letter, _INT),
    "decimal": lambda letter: _number_cell(letter, _DECIMAL),
    "percent": lambda letter: _number_cell(letter, _PERCENT),
    "date": lambda letter: _date_cell(letter, _DATE),
    "datetime": lambda letter: _date_cell(letter, _DATETIME),
}


def _harmless(value):
    """Text of a .csv that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    # Cleaned first: a control character in front would hide the sign behind it.
    text = _clean(str(value))
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _plain_measure(value):
    if _is_number(value):
        return _plain_number(value)
    return _harmless(value)


def _plain_percent(value):
    if _is_number(value):
        return f"{(Decimal(str(value)) * 100).normalize():f}%"
    return _harmless(value)


def _plain_date(value):
    value = _local(value)
    if isinstance(value, datetime.datetime):
        value = value.date()
    return value.isoformat() if isinstance(value, datetime.date) else _harmless(value)


def _plain_datetime(value):
    value = _local(value)
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, datetime.date) else _harmless(value)


_PLAIN: dict[str, Callable[[Any], str]] = {
    "text": _harmless,
    "int": _plain_measure,
    "decimal": _plain_measure,
    "percent": _plain_percent,
    "date": _plain_date,
    "datetime": _plain_datetime,
}

# -- parts ------------------------------------------------------------------------------------------------------------

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
# English Metric Units in a pixel of 96 to the inch.
_EMU = 9525
# On paper: as wide as a page lying down, and as many of them as it takes.
_FITTED = '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
_PRINTED = (
    '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
    '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
    "<headerFooter><oddFooter>&amp;C— &amp;P —</oddFooter></headerFooter>"
)
_SHEET_ML = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def _in_pieces(lines):
    """The lines joined, some hundred at a time."""
    lines = iter(lines)
    while piece := "".join(itertools.islice(lines, _BATCH)):
        yield piece


def _sheet_xml(sheet, count, *, is_first):
    """The sheet line by line; `count` is moved on by one for each row written, header included."""
    letters = [_letter(place) for place in range(1, len(sheet.columns) + 1)]
    pane = _pane(int(sheet.frozen))
    titles, widths = [column.title for column in sheet.columns], [column.width for column in sheet.columns]
    header = "".join(
        f'<c r="{letter}1" s="{_HEADER}" t="inlineStr"><is>'
        f'<t xml:space="preserve">{_escaped(column.title)}</t></is></c>'
        for letter, column in zip(letters, sheet.columns, strict=True)
    )
    selected = ' tabSelected="1"' if is_first else ""
    next(count)
    yield (
        f'{_XML}<worksheet xmlns="{_MAIN}">{_FITTED}<sheetViews>'
        f'<sheetView{selected} workbookViewId="0">{pane}</sheetView>'
        f'</sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>{_cols(widths)}</cols><sheetData>'
        f'<row r="1"{_high(_lines_of(titles, list(enumerate(widths))))}>{header}</row>'
    )
    # Counted where the text is at hand: a loop of its own over the cells costs a tenth of the time.
    tall = [1]
    writers = [
        _text_cell(letter, column.width, tall) if column.kind == "text" else _CELLS[column.kind](letter)
        for column, letter in zip(sheet.columns, letters, strict=True)
    ]
    wrapped = [(at, column.width) for at, column in enumerate(sheet.columns) if column.kind == "text"]
    last = 1
    for cells in sheet.rows:
        last = next(count)
        if last > ROW_LIMIT:
            raise _too_many_rows(sheet)
        _check_row(cells, sheet.columns)
        row = str(last)
        written = "".join([write(value, row) for write, value in zip(writers, cells, strict=True)])
        high = _high(_lines_of(cells, wrapped)) if "\n" in written else _high(tall[0])
        tall[0] = 1
        yield f'<row r="{row}"{high}>{written}</row>'
    yield "</sheetData>"
    if sheet.filtered:
        yield f'<autoFilter ref="A1:{letters[-1]}{last}"/>'
    yield f"{_PRINTED}</worksheet>"


def _page_xml(page, laid, count, is_first):
    """As `_sheet_xml`, for a page: each line looks as it says, and an empty cell of a table keeps its borders."""
    selected = ' tabSelected="1"' if is_first else ""
    yield (
        f'{_XML}<worksheet xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{_FITTED}<sheetViews>'
        f'<sheetView{selected} workbookViewId="0">{_pane(laid.frozen)}</sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{_cols(laid.widths)}</cols><sheetData>'
    )
    letters: list[str] = []
    # What is merged with its neighbours has more room than its own cell.
    joined = {(first, left - 1) for first, left, _last, _right in laid.merged}
    for look, cells in laid.lines:
        number = next(count)
        if number > ROW_LIMIT:
            raise _too_many_rows(page)
        letters.extend(_letter(place) for place in range(len(letters) + 1, len(cells) + 1))
        written = "".join([_laid_cell(letters[at], number, text, look) for at, text in enumerate(cells)])
        if height := laid.heights.get(number):
            high = f' ht="{height:g}" customHeight="1"'
        elif look in ("header", "row"):
            room = [(at, width) for at, width in enumerate(laid.widths[: len(cells)]) if (number, at) not in joined]
            high = _high(_lines_of(cells, room))
        else:
            high = ""
        yield f'<row r="{number}"{high}>{written}</row>'
    yield "</sheetData>"
    if laid.merged:
        ranges = "".join(
            f'<mergeCell ref="{_letter(left)}{first}:{_letter(right)}{last}"/>'
            for first, left, last, right in laid.merged
        )
        yield f'<mergeCells count="{len(laid.merged)}">{ranges}</mergeCells>'
    yield _PRINTED
    if page.with_pictures:
        yield '<drawing r:id="rId1"/>'
    yield "</worksheet>"


def _pane(lines):
    """What keeps the first lines in sight; nothing for none of them."""
    if not lines:
        return ""
    return f'<pane ySplit="{lines}" topLeftCell="A{lines + 1}" activePane="bottomLeft" state="frozen"/>'


def _lines_of(cells, wrapped):
    """How many lines the fullest of these cells takes; `wrapped` are places with their widths in characters."""
    texts = ((cells[at], width) for at, width in wrapped if isinstance(cells[at], str))
    return max((sum(_lines_in(line, width) for line in text.split("\n")) for text, width in texts), default=1)


def _lines_in(line, width):
    return math.ceil((len(line.encode(errors="replace")) + len(line)) / (2 * width)) or 1


def _high(lines):
    """Written out: not every office program fits a row to its text when it opens the file. Excel takes 409 points."""
    return f' ht="{min(math.ceil(lines) * _LINE_POINTS + 3, 409)}"' if lines > 1 else ""


_LINE_POINTS = 15


def _add_pictures(package, place, pictures):
    """The drawing of a sheet and its pictures, one at a time: each is a piece of the answer; a file is stored once."""
    _add(package, f"xl/worksheets/_rels/sheet{place}.xml.rels", _related([f"drawing ../drawings/drawing{place}.xml"]))
    stored: dict[Path, int] = {}
    anchors = []
    for picture in pictures:
        if picture.path not in stored:
            try:
                content = picture.path.read_bytes()
            except OSError:
                continue
            stored[picture.path] = number = len(stored) + 1
            # Deflated as the others: Excel may not read what is stored with its size behind it.
            with package.open(f"xl/media/image{place}_{number}.jpeg", "w") as part:
                part.write(content)
            yield picture
        anchors.append(_anchor(picture, stored[picture.path], place=len(anchors) + 1))
    _add(
        package,
        f"xl/drawings/drawing{place}.xml",
        f'{_XML}<xdr:wsDr xmlns:xdr="{_DRAWING}/spreadsheetDrawing" xmlns:a="{_DRAWING}/main" xmlns:r="{_OFFICE}">'
        f"{''.join(anchors)}</xdr:wsDr>",
    )
    media = [f"image ../media/image{place}_{number}.jpeg" for number in stored.values()]
    _add(package, f"xl/drawings/_rels/drawing{place}.xml.rels", _related(media))


def _anchor(picture, number, *, place):
    left, size = picture.left * _EMU, f'cx="{picture.width * _EMU}" cy="{picture.height * _EMU}"'
    return (
        f"<xdr:oneCellAnchor><xdr:from><xdr:col>{picture.column - 1}</xdr:col><xdr:colOff>{left}</xdr:colOff>"
        f"<xdr:row>{picture.line - 1}</xdr:row><xdr:rowOff>{3 * _EMU}</xdr:rowOff></xdr:from><xdr:ext {size}/>"
        f'<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="{place + 1}" name="图片 {place}"/><xdr:cNvPicPr>'
        '<a:picLocks noChangeAspect="1"/></xdr:cNvPicPr></xdr:nvPicPr><xdr:blipFill>'
        f'<a:blip r:embed="rId{number}"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill>'
        f'<xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        "</xdr:spPr></xdr:pic><xdr:clientData/></xdr:oneCellAnchor>"
    )


def _related(targets):
    """Relationships of a part: of each its kind and where it is, in the order of their ids."""
    listed = "".join(
        f'<Relationship Id="rId{place}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for place, (kind, target) in enumerate((one.split(" ") for one in targets), start=1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _laid_cell(letter, row, text, look):
    style = _LOOKS[look]
    if isinstance(text, int):
        return f'<c r="{letter}{row}" s="{style}"><v>{text}</v></c>'
    if not text:
        return f'<c r="{letter}{row}" s="{style}"/>' if look in ("header", "row") else ""
    if look == "row" and text.startswith(_FORMULA_STARTS):
        style = _QUOTED
    text = text[:_CELL_LIMIT]
    written = _escaped(text) if _SPECIAL.search(text) else text
    return f'<c r="{letter}{row}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{written}</t></is></c>'


def _cols(widths):
    return "".join(
        f'<col min="{place}" max="{place}" width="{width:g}" customWidth="1"/>'
        for place, width in enumerate(widths, start=1)
    )


def _letter(place):
    """1 is A, 27 is AA."""
    letters = ""
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _sheet_names(names):
    """Names as Excel takes them: 31 UTF-16 units, none of []:*?/\\, no apostrophe at the ends, no two alike."""
    taken: set[str] = set()
    cleaned = []
    for wanted in names:
        plain = re.sub(r"[\[\]:*?/\\\n\t]", " ", _clean(wanted)).strip().strip("'").strip() or "Sheet"
        # Excel keeps this name for itself.
        if plain.lower() == "history":
            plain = f"{plain}_"
        name, again = _cut(plain, 31), 1
        while name.lower() in taken:
            again += 1
            ending = f"({again})"
            name = _cut(plain, 31 - len(ending)) + ending
        taken.add(name.lower())
        cleaned.append(name)
    return cleaned


def _cut(name, units):
    while len(name.encode("utf-16-le")) > units * 2:
        name = name[:-1]
    return name.rstrip(" '")


def _workbook(sheets, names, last_rows):
    listed, filters, titles = "", "", ""
    for place, (sheet, name, last) in enumerate(zip(sheets, names, last_rows, strict=True)):
        shown = _escaped(name).replace('"', "&quot;")
        listed += f'<sheet name="{shown}" sheetId="{place + 1}" r:id="rId{place + 1}"/>'
        quoted = "'" + shown.replace("'", "''") + "'"
        if isinstance(sheet, Page):
            continue
        if sheet.filtered:
            corner = f"${_letter(len(sheet.columns))}${last}"
            filters += (
                f'<definedName name="_xlnm._FilterDatabase" localSheetId="{place}" hidden="1">'
                f"{quoted}!$A$1:{corner}</definedName>"
            )
        titles += f'<definedName name="_xlnm.Print_Titles" localSheetId="{place}">{quoted}!$1:$1</definedName>'
    named = f"<definedNames>{filters}{titles}</definedNames>" if titles else ""
    return (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{listed}</sheets>{named}</workbook>"
    )


def _content_types(wanted):
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{place}.xml" ContentType="{_SHEET_ML}.worksheet+xml"/>'
        for place in range(1, len(wanted) + 1)
    )
    drawn = "".join(
        f'<Override PartName="/xl/drawings/drawing{place}.xml"'
        ' ContentType="application/vnd.openxmlformats-officedocument.drawing+xml"/>'
        for place, sheet in enumerate(wanted, start=1)
        if isinstance(sheet, Page) and sheet.with_pictures
    )
    if drawn:
        sheets += f'<Default Extension="jpeg" ContentType="image/jpeg"/>{drawn}'
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_ML}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_SHEET_ML}.styles+xml"/>{sheets}</Types>'
    )


_ROOT_RELATIONSHIPS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)


def _relationships(count):
    sheets = "".join(
        f'<Relationship Id="rId{place}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{place}.xml"/>'
        for place in range(1, count + 1)
    )
    return (
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{sheets}'
        f'<Relationship Id="rId{count + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    )


def _format(number_format, alignment, *, font=0, fill=0, border=1, quoted=False):
    prefix = ' quotePrefix="1"' if quoted else ""
    return (
        f'<xf numFmtId="{number_format}" fontId="{font}" fillId="{fill}" borderId="{border}" xfId="0"{prefix}'
        ' applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">'
        f"<alignment {alignment}/></xf>"
    )


_SIDES = "".join(
    f'<{side} style="thin"><color rgb="FFBFBFBF"/></{side}>' for side in ("left", "right", "top", "bottom")
)
_WRAPPED = 'vertical="center" wrapText="1"'
_MIDDLE = 'vertical="center"'
# cellXfs stands in the order of _HEADER … _ABOVE; 0 is what an untouched cell has.
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="3"><numFmt numFmtId="164" formatCode="0.0%"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="166" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/>'
    '</numFmts><fonts count="3"><font><sz val="11"/><name val="宋体"/><family val="3"/><charset val="134"/></font>'
    '<font><b/><sz val="11"/><name val="宋体"/><family val="3"/><charset val="134"/></font>'
    '<font><b/><sz val="16"/><name val="宋体"/><family val="3"/><charset val="134"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFF2F2F2"/><bgColor indexed="64"/></patternFill></fill>'
    "</fills>"
    '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
    f"<border>{_SIDES}<diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="11">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    + _format(0, f'horizontal="center" {_WRAPPED}', font=1, fill=2)
    + _format(0, _WRAPPED)
    + _format(0, _WRAPPED, quoted=True)
    + _format(1, _MIDDLE)
    + _format(0, _MIDDLE)
    + _format(164, _MIDDLE)
    + _format(165, f'horizontal="center" {_MIDDLE}')
    + _format(166, f'horizontal="center" {_MIDDLE}')
    + _format(0, f'horizontal="center" {_WRAPPED}', font=2, border=0)
    + _format(0, f'horizontal="center" {_WRAPPED}', border=0)
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
