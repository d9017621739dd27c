"""Photos that stand in the cells of a ledger: laid over them as Excel does, or within them as WPS does.

openpyxl gives them only with the whole book in memory; here the parts of the package that name them are read, and a
picture is read when it is asked for.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
MAIN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
# =DISPIMG("ID_0F1E…",1): how WPS names a picture that stands within a cell.
CELL = re.compile(
    rb"<c\s[^>]*?\br=\"(?P<column>[A-Z]{1,3})(?P<row>\d{1,7})\"[^>]*>(?:(?!</c>).){0,400}?DISPIMG\(\s*(?:&quot;|\")"
    rb"(?P<name>ID_\w+)",
    re.DOTALL,
)
SHAPES = ("twoCellAnchor", "oneCellAnchor")
# A part that names pictures and is larger than this names none of ours.
LARGEST_PART = 30 * 1024 * 1024
LARGEST_PICTURE = 20 * 1024 * 1024
MOST = 5_000
BROKEN = (KeyError, zipfile.BadZipFile, ElementTree.ParseError, zlib.error, OSError, ValueError, NotImplementedError)


class Pictures:
    """The pictures of one sheet by (line, place of the column); what cannot be read is none of them."""

    def __init__(self, path: Path, sheet: str):
        self.path = path
        self.at: dict[tuple[int, int], list[str]] = defaultdict(list)
        self.too_many = False
        try:
            with zipfile.ZipFile(path) as package:
                self._find(package, sheet)
        except BROKEN:
            # A .csv has none; and of a package that is damaged just there the rows are read all the same.
            self.at.clear()

    def __bool__(self) -> bool:
        return bool(self.at)

    def names(self) -> list[str]:
        """Each picture once, in the order of the file."""
        return list(dict.fromkeys(name for found in self.at.values() for name in found))

    def of_line(self, number: int) -> dict[int, list[str]]:
        """Place of the column → the names of the pictures there."""
        return {place: names for (line, place), names in sorted(self.at.items()) if line == number}

    def read(self, names: list[str]) -> Iterator[tuple[str, bytes]]:
        """Name and content of each that can be read."""
        try:
            with zipfile.ZipFile(self.path) as package:
                for name in names:
                    if package.getinfo(name).file_size <= LARGEST_PICTURE:
                        yield posixpath.basename(name), package.read(name)
        except BROKEN:
            return

    def _find(self, package: zipfile.ZipFile, sheet: str) -> None:
        part = _part_of(package, sheet)
        for kind, target in _relations(package, part).values():
            if kind.endswith("/drawing"):
                self._find_laid_over(package, target)
        self._find_within(package, part)

    def _find_laid_over(self, package: zipfile.ZipFile, drawing: str) -> None:
        media = _relations(package, drawing)
        for anchor in _xml(package, drawing):
            if anchor.tag not in {DRAWING + shape for shape in SHAPES}:
                continue
            begins = anchor.find(f"{DRAWING}from")
            blip = next(anchor.iter(f"{MAIN}blip"), None)
            name = media.get(blip.get(f"{OFFICE}embed", ""), ("", ""))[1] if blip is not None else ""
            if begins is None or not name:
                continue
            line, place = (int(begins.findtext(f"{DRAWING}{one}") or 0) for one in ("row", "col"))
            self._keep(line + 1, place, name)

    def _find_within(self, package: zipfile.ZipFile, part: str) -> None:
        if "xl/cellimages.xml" not in package.namelist():
            return
        media = _relations(package, "xl/cellimages.xml")
        named = {}
        for picture in _xml(package, "xl/cellimages.xml").iter(f"{DRAWING}pic"):
            about = next(picture.iter(f"{DRAWING}cNvPr"), None)
            blip = next(picture.iter(f"{MAIN}blip"), None)
            if about is not None and blip is not None:
                named[about.get("name", "")] = media.get(blip.get(f"{OFFICE}embed", ""), ("", ""))[1]
        for cell in CELL.finditer(_bytes(package, part)):
            if name := named.get(cell["name"].decode()):
                self._keep(int(cell["row"]), _place(cell["column"].decode()), name)

    def _keep(self, line: int, place: int, name: str) -> None:
        if sum(map(len, self.at.values())) >= MOST:
            self.too_many = True
        elif name not in self.at[line, place]:
            self.at[line, place].append(name)


def _part_of(package: zipfile.ZipFile, sheet: str) -> str:
    book = _xml(package, "xl/workbook.xml")
    parts = _relations(package, "xl/workbook.xml")
    for one in book.iter(f"{SHEET}sheet"):
        if one.get("name") == sheet:
            return parts[one.get(f"{OFFICE}id", "")][1]
    raise KeyError(sheet)


def _relations(package: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """What a part refers to: id → (kind, name of the part in the package)."""
    folder, name = posixpath.split(part)
    listed = f"{folder}/_rels/{name}.rels"
    if listed not in package.namelist():
        return {}
    found = {}
    for one in _xml(package, listed):
        target = one.get("Target", "")
        whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        found[one.get("Id", "")] = (one.get("Type", ""), whole)
    return found


def _xml(package: zipfile.ZipFile, name: str) -> ElementTree.Element:
    # Uploads with entities or a DOCTYPE are refused before they are kept (cityinit.content).
    return ElementTree.fromstring(_bytes(package, name))  # noqa: S314


def _bytes(package: zipfile.ZipFile, name: str) -> bytes:
    if package.getinfo(name).file_size > LARGEST_PART:
        raise ValueError(name)
    return package.read(name)


def _place(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1
