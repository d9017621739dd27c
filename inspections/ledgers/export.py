"""A ledger that was brought in, given back: its own titles, header, columns and order, filled from what stands now.

Findings of the file stand where they stood, new ones behind them; photos stand in cells, if they are wanted.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.tables.export import look_of, width_of
from cityinit.documents import xlsx
from cityinit.models import StoredFile
from cityinit.tables import TOTAL
from cityinit.workbook import plain
from cityinit.workflow import Refused
from inspections.models import Finding, FindingPhoto, Ledger, LedgerLine

from . import fields as columns
from .days import DayForm, form_of
from .saying import say

# Of a photo in a cell, in pixels; a line is high enough for one, and a column wide enough for so many.
PHOTO_HEIGHT, PHOTO_WIDTH, PHOTO_GAP = 90, 120, 6
PHOTOS_OF_A_CELL = 2
# Small copies of some 20 KB each, read while the browser waits: a file that Excel still opens.
MOST_PHOTOS = 4_000
LINE_POINTS = (PHOTO_HEIGHT + 8) * 0.75
PHOTO_COLUMN = (PHOTO_WIDTH + PHOTO_GAP) * PHOTOS_OF_A_CELL / 7
CHUNK = 1_000
# Where more lines are frozen than a small screen shows, nothing moves at all.
MOST_FROZEN = 10
# 合计 … 5处: a number that only says how many rows there are is said anew.
COUNT = re.compile(r"(?P<before>\D*?)(?P<n>\d{1,6})(?P<after>\s*[处个条件项起宗例行]?(?:问题)?[。；]?)")
PART = re.compile(r"小\s*计")
# Longer it is a code, and Excel would round it.
LONGEST_NUMBER = 15
PHASES = {columns.BEFORE: "before", columns.AFTER: "after"}
DAYS = (columns.FOUND, columns.DUE, columns.ANSWERED, columns.REVIEWED, columns.CLOSED)
Shown = tuple[Path, int, int]


def page_of(ledger: Ledger, findings: QuerySet[Finding], *, with_photos: bool) -> xlsx.Page:
    """These findings in the columns of the ledger; refused with more photos than one file takes."""
    if with_photos:
        _refuse_too_many(findings)
    layout: dict[str, Any] = ledger.layout or {}
    return xlsx.Page(
        layout["sheet"], lambda: _Laying(ledger, layout, findings, with_photos=with_photos).laid(), with_photos
    )


@dataclass
class _Row:
    """A line of the ledger as it is given back: what its cells say, and of which finding it tells."""

    cells: list[str]
    finding: int
    # The line of the file, and the columns in which it says the same as the lines of its neighbours in one cell.
    number: int = 0
    joined: set[int] = field(default_factory=set)


class _Laying:
    def __init__(self, ledger: Ledger, layout: dict[str, Any], findings: QuerySet[Finding], *, with_photos: bool):
        self.ledger, self.layout, self.findings = ledger, layout, findings
        self.mapped = {int(place): name for place, name in (ledger.mapping or {}).items() if name}
        self.section_place = layout["section_place"]
        self.width = layout["width"] - (1 if self.section_place is not None else 0)
        self.mapped.pop(self.section_place, None)
        self.places = {name: place for place, name in self.mapped.items()}
        self.photo_places = self._photo_places() if with_photos else {}

    def _photo_places(self) -> dict[str, int]:
        """Phase → its column: the file's own, else one behind the others."""
        found = {phase: self.places[name] for name, phase in PHASES.items() if name in self.places}
        for phase in PHASES.values():
            if phase not in found:
                found[phase] = max(self.width, *(place + 1 for place in found.values()), 0)
        return found

    def laid(self) -> xlsx.Laid:
        old, new = self._old_rows(), self._new_rows()
        rows = [*old, *new]
        top = [list(line) for line in self.layout["top"]]
        self._name_photo_columns(top)
        width = max(self.width, *(place + 1 for place in self.photo_places.values()), 0)
        lines, merged = self._lines(old, new, top, width=width)
        shown = shown_of([row.finding for row in rows]) if self.photo_places else {}
        at = {id(row): number for number, _look, _cells, row in lines if row}
        pictures = list(self._pictures(rows, shown, at))
        widths = [
            PHOTO_COLUMN if place in self.photo_places.values() else width_of(place, (row.cells for row in rows))
            for place in range(width)
        ]
        return xlsx.Laid(
            widths=widths,
            lines=((look, self._typed(look, cells)) for _number, look, cells, _row in lines),
            merged=merged,
            heights=dict.fromkeys((picture.line for picture in pictures), LINE_POINTS),
            pictures=pictures,
            frozen=self._frozen(),
        )

    def _frozen(self) -> int:
        """The lines down to the header's last stay in sight, unless they would fill the screen."""
        last = self.layout["header_line"] + self.layout["depth"] - 1
        return last if last <= MOST_FROZEN else 0

    def _typed(self, look: xlsx.Look, cells: list[str]) -> list[str | int]:
        """Numbers as numbers: in sums, and in the columns in which the file had nothing else."""
        numbers = {"row": self.layout.get("numbers", ()), "plain": range(len(cells))}.get(look, ())
        return [int(text) if place in numbers and _is_number(text) else text for place, text in enumerate(cells)]

    # Rows ------------------------------------------------------------------------------------------------

    def _old_rows(self) -> list[_Row]:
        """Those of the file whose findings are wanted, in its order."""
        lines = LedgerLine.objects.filter(ledger=self.ledger, finding__in=self.findings.order_by().values("pk"))
        kept = list(lines.values_list("number", "part", "finding", "cells", "told"))
        said = self._said([finding for _number, _part, finding, _cells, _told in kept])
        rows: list[_Row] = []
        for number, group in groupby(kept, key=lambda line: line[0]):
            of_line = list(group)
            for _number, _part, finding, cells, told in of_line:
                now = said[finding or 0]
                # One problem of several stands in a line of its own.
                split = {columns.DESCRIPTION, columns.MEASURE, columns.NUMBER} if len(of_line) > 1 else set()
                filled = self._filled(cells, now, told, always=split)
                row = _Row(filled, finding or 0, number)
                rows.append(row)
                if len(of_line) > 1:
                    row.joined = {place for place in range(self.width) if self.mapped.get(place) not in split}
        return rows

    def _new_rows(self) -> list[_Row]:
        """Those that the file did not have, the oldest first."""
        own = LedgerLine.objects.filter(ledger=self.ledger, finding__isnull=False).values("finding")
        wanted = self.findings.exclude(pk__in=own).order_by("found_at", "pk")
        keys = list(wanted.values_list("pk", flat=True))
        said = self._said(keys)
        last = self._last_order()
        rows = []
        for place, key in enumerate(keys, start=1):
            cells = [self._written(at, said[key]) for at in range(self.width)]
            if last is not None and columns.ORDER in self.places:
                cells[self.places[columns.ORDER]] = str(last + place)
            rows.append(_Row(cells, key))
        return rows

    def _said(self, keys: Iterable[int | None]) -> dict[int, dict[str, str]]:
        """What findings say now, some hundred rows of models at a time."""
        rows = Finding.objects.select_related("site", "category", "round", "lead_unit")
        wanted = [key for key in dict.fromkeys(keys) if key]
        said: dict[int, dict[str, str]] = {}
        for start in range(0, len(wanted), CHUNK):
            chunk = rows.filter(pk__in=wanted[start : start + CHUNK]).prefetch_related("assisting_units")
            said |= {row.pk: say(row, assisting=list(row.assisting_units.all())) for row in chunk}
        return said

    def _filled(
        self, cells: list[str], now: Mapping[str, str], told: Mapping[str, str], *, always: set[str]
    ) -> list[str]:
        """The cells with what is said now; where a field says what it said before, its cell stays as it was typed."""
        filled = [*cells[: self.width], *[""] * (self.width - len(cells))]
        for place, name in self.mapped.items():
            if name in now and (name in always or now[name] != told.get(name, "")):
                filled[place] = self._written(place, now)
        return filled

    def _written(self, place: int, said: Mapping[str, str]) -> str:
        """What is said in this column, a day as the column writes its days, else as the others do."""
        name = self.mapped.get(place, "")
        text = said.get(name, "")
        return self._day_forms[name].write(date.fromisoformat(text)) if text and name in self._day_forms else text

    @cached_property
    def _day_forms(self) -> dict[str, DayForm]:
        places = {name: self.places[name] for name in DAYS if name in self.places}
        forms = {name: form_of(self._typed_in(place)) for name, place in places.items()}
        of_all = form_of(text for place in places.values() for text in self._typed_in(place)) or DayForm()
        return {name: form or of_all for name, form in forms.items()}

    @cached_property
    def _typed_cells(self) -> list[list[str]]:
        return list(LedgerLine.objects.filter(ledger=self.ledger).values_list("cells", flat=True))

    def _typed_in(self, place: int) -> Iterator[str]:
        """The cells of one column as the file had them."""
        return (cells[place] for cells in self._typed_cells if place < len(cells))

    def _last_order(self) -> int | None:
        """The last number of the file's own column of them, after which new rows are numbered."""
        place = self.places.get(columns.ORDER)
        if place is None:
            return None
        return max((int(text) for text in self._typed_in(place) if text.isdecimal()), default=0)

    # Lines -----------------------------------------------------------------------------------------------

    def _lines(
        self, old: list[_Row], new: list[_Row], top: list[list[str]], *, width: int
    ) -> tuple[list[tuple[int, xlsx.Look, list[str], _Row | None]], list[tuple[int, int, int, int]]]:
        """Every line by its number, and what is merged: titles and header as they were, cells where they say one."""
        header = range(self.layout["header_line"], self.layout["header_line"] + self.layout["depth"])
        lines: list[tuple[int, xlsx.Look, list[str], _Row | None]] = []
        merges = [merge for merge in self.layout["merged"] if merge[2] < header.stop]
        hidden = {
            (number, place)
            for first, left, last, right in merges
            for number in range(first, last + 1)
            for place in range(left, right + 1)
            if (number, place) != (first, left)
        }
        for number, line in enumerate(top, start=1):
            said = ["" if (number, place) in hidden else text for place, text in enumerate(line)]
            look = look_of(number, header=header, is_row=False)
            lines.append((number, look, said + [""] * (width - len(said) if look == "header" else 0), None))
        others = self._others(old, new)
        first_row, last_row = (old[0].number, old[-1].number) if old else (0, 0)
        for row in old:
            # A heading stands above the rows it stood above; sums and notes come behind them all.
            while others and others[0][0] < row.number:
                if first_row and others[0][0] < last_row:
                    lines.append((len(lines) + 1, "plain", others[0][1], None))
                others.pop(0)
            lines.append((len(lines) + 1, "row", row.cells + [""] * (width - len(row.cells)), row))
        for row in new:
            lines.append((len(lines) + 1, "row", row.cells + [""] * (width - len(row.cells)), row))
        for _number, line in others:
            lines.append((len(lines) + 1, "plain", line, None))
        merged = [
            # A title that ends with the table ends with the columns that were added, too.
            (first, left + 1, last, width if last < header.start and right >= self.width - 1 else right + 1)
            for first, left, last, right in merges
        ]
        if len(header) > 1:
            added = [place for place in self.photo_places.values() if place >= self.width]
            merged += [(header.start, place + 1, header.stop - 1, place + 1) for place in added]
        merged += self._merged_rows(lines)
        return lines, merged

    def _others(self, old: list[_Row], new: list[_Row]) -> list[tuple[int, list[str]]]:
        """The lines of the file that are no rows: headings and notes as they were, sums of the rows that go out."""
        others = sorted((int(number), line) for number, line in self.layout["others"].items())
        sums = {number for number, line in others if any(TOTAL.fullmatch(plain(cell)) for cell in line)}
        if not sums:
            return others
        had = list(LedgerLine.objects.filter(ledger=self.ledger).values_list("number", flat=True))
        told, begun = [], 0
        for number, line in others:
            if number in sums:
                is_part = any(PART.match(plain(cell)) for cell in line)
                first = begun if is_part else 0
                were = [one for one in had if one > first and (one < number or not is_part)]
                now = sum(first < row.number < number for row in old) if is_part else len(old) + len(new)
                line = [_counted(cell, were={len(were), len(set(were))}, now=now) for cell in line]
            told.append((number, line))
            begun = number
        return told

    def _merged_rows(
        self, lines: list[tuple[int, xlsx.Look, list[str], _Row | None]]
    ) -> Iterator[tuple[int, int, int, int]]:
        """Cells of neighbouring rows that were one, or come from one line, and still say one thing; emptied but the
        first."""
        below = [merge for merge in self.layout["merged"] if merge[0] < merge[2] and merge[1] == merge[3]]
        together: dict[int, set[tuple[int, int]]] = defaultdict(set)
        for first, left, last, _right in below:
            for number in range(first, last + 1):
                together[left].add((number, first))
        for place in range(self.width):
            heads = dict(together.get(place, ()))
            begun, before = 0, None
            for at, (_number, _look, cells, row) in enumerate([*lines, (0, "plain", [], None)]):
                key = None
                if row and row.number:
                    same_line = row.number if place in row.joined else None
                    key = (heads.get(row.number) or same_line, cells[place]) if cells[place] else None
                    key = key if key and key[0] else None
                if key is None or key != before:
                    if before is not None and at - begun > 1:
                        yield begun + 1, place + 1, at, place + 1
                        for inner in lines[begun + 1 : at]:
                            inner[2][place] = ""
                    begun = at
                before = key

    # Photos ----------------------------------------------------------------------------------------------

    def _name_photo_columns(self, top: list[list[str]]) -> None:
        first = self.layout["header_line"] - 1
        for name, phase in PHASES.items():
            place = self.photo_places.get(phase)
            if place is not None and place >= self.width and first < len(top):
                top[first] += [""] * (place + 1 - len(top[first]))
                top[first][place] = name

    def _pictures(
        self, rows: list[_Row], shown: Mapping[tuple[int, str], list[Shown]], at: Mapping[int, int]
    ) -> Iterator[xlsx.Picture]:
        for row in rows:
            for phase, place in self.photo_places.items():
                yield from pictures_in(shown.get((row.finding, phase), ()), line=at[id(row)], column=place + 1)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER and (text == "0" or text[0] != "0")


def _counted(cell: str, *, were: set[int], now: int) -> str:
    """A cell of a sum with the number of rows there are now; any other number is left out: nobody has added it up."""
    if not any(sign.isdecimal() for sign in cell):
        return cell
    match = COUNT.fullmatch(cell.strip())
    if match and int(match["n"]) in were:
        return f"{match['before']}{now}{match['after']}"
    label = re.match(r"\s*(?:合|总|小|共)\s*计", cell)
    return label[0] if label else ""


def shown_of(keys: list[int]) -> dict[tuple[int, str], list[Shown]]:
    """(finding, phase) → where the small copies of its photos are, with their size as they are shown."""
    found: dict[tuple[int, str], list[Shown]] = defaultdict(list)
    asked = ("finding", "phase", "file__thumb_path", "file__width", "file__height")
    for start in range(0, len(keys), CHUNK):
        photos = _photos_of(keys[start : start + CHUNK]).order_by("finding", "pk")
        for finding, phase, path, width, height in photos.values_list(*asked):
            if path and width and height and len(found[finding, phase]) < PHOTOS_OF_A_CELL:
                shrink = min(PHOTO_WIDTH / width, PHOTO_HEIGHT / height)
                size = round(width * shrink), round(height * shrink)
                found[finding, phase].append((Path(settings.MEDIA_ROOT, path), *size))
    return found


def pictures_in(shown: Iterable[Shown], *, line: int, column: int) -> Iterator[xlsx.Picture]:
    """Photos side by side in one cell."""
    for place, (path, width, height) in enumerate(shown):
        yield xlsx.Picture(line, column, path, width, height, left=PHOTO_GAP // 2 + place * (PHOTO_WIDTH + PHOTO_GAP))


def page_with_photos(
    title: str, wanted: Sequence[xlsx.Column], findings: QuerySet[Finding], told: Callable[[Finding], list[Any]]
) -> xlsx.Page:
    """Findings as rows of text in these columns, and photos of before and after in two more; refused as `page_of`."""
    _refuse_too_many(findings)
    return xlsx.Page(title, lambda: _laid_with_photos(wanted, findings, told), with_pictures=True)


def _laid_with_photos(
    wanted: Sequence[xlsx.Column], findings: QuerySet[Finding], told: Callable[[Finding], list[Any]]
) -> xlsx.Laid:
    # Which finding stands in which line is asked once: while others file, what is asked again has other lines.
    keys = list(findings.values_list("pk", flat=True))
    shown = shown_of(keys)
    pictures = [
        picture
        for line, key in enumerate(keys, start=2)
        for column, phase in enumerate(PHASES.values(), start=len(wanted) + 1)
        for picture in pictures_in(shown.get((key, phase), ()), line=line, column=column)
    ]
    header: tuple[xlsx.Look, list[str]] = ("header", [*(column.title for column in wanted), *PHASES])
    rows: Iterator[tuple[xlsx.Look, list[str]]] = (("row", [*map(_text, told(row)), "", ""]) for row in _by_keys(keys))
    return xlsx.Laid(
        widths=[*(column.width for column in wanted), PHOTO_COLUMN, PHOTO_COLUMN],
        lines=chain([header], rows),
        heights=dict.fromkeys((picture.line for picture in pictures), LINE_POINTS),
        pictures=pictures,
        frozen=1,
    )


def _by_keys(keys: Sequence[int]) -> Iterator[Finding]:
    """The findings of these keys in their order, each as it stands when its line is written."""
    # Without the filter: what has left it since has its line and its photos still.
    rows = Finding.objects.for_ledger()
    for start in range(0, len(keys), CHUNK):
        chunk = rows.in_bulk(keys[start : start + CHUNK])
        yield from (chunk[key] for key in keys[start : start + CHUNK])


def _refuse_too_many(findings: QuerySet[Finding]) -> None:
    in_cells = _photos_of(findings.order_by().values("pk")).order_by().values("finding", "phase")
    n = in_cells.annotate(n=Least(Count("pk"), PHOTOS_OF_A_CELL)).aggregate(all=Sum("n"))["all"] or 0
    if n > MOST_PHOTOS:
        told = _("这些问题有%(n)s张照片，一个文件最多放%(most)s张。请按条件筛选后分几次导出，或者导出不带照片的台账。")
        raise Refused(told % {"n": n, "most": MOST_PHOTOS})


def _photos_of(findings: Any) -> QuerySet[FindingPhoto]:
    photos = FindingPhoto.objects.filter(finding__in=findings, phase__in=PHASES.values())
    return photos.filter(file__kind=StoredFile.Kind.PHOTO)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)
