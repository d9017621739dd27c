"""The number an office prints before the name of an indicator, in one cell with it: Ⅱ-1-2 组织领导, 1.1 …, ①…"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

ROMAN = "Ⅰ-Ⅻ"
CIRCLED = "①-⑳"
DASHES = re.compile(r"\s*[-‐-―−]\s*(?=\d)")
# What stands behind a number and belongs to neither; a space alone says less than these.
MARK = r"[)、.:;,]"
# A number of an assessment system needs nothing between it and the name; so does a sign that is nothing but a number.
OWN = re.compile(
    rf"\(?(?P<code>[{ROMAN}IVX]+(?:[-.]\d+)+|[{CIRCLED}])(?![\d.\-]*\d)(?:\s*{MARK})*\s*(?P<name>.*)", re.DOTALL
)
MARKED = re.compile(
    rf"\(?(?P<code>\d+(?:[.\-]\d+)*|[A-Z]\d+(?:[.\-]\d+)*|[{ROMAN}]+|[一二三四五六七八九十]+)\s*{MARK}+(?!\d)\s*(?P<name>.+)",
    re.DOTALL,
)
# 1 组织领导, 1.1组织领导: read as numbers where all of the level together count, since 24小时 and 3.15 do not.
LOOSE = re.compile(
    r"(?P<code>(?P<above>(?:[A-Z]?\d+[.\-])*)[A-Z]?(?P<last>\d+))(?P<space>\s*)"
    r"(?![\d.\-年月日%])(?P<name>.+)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Numbered:
    """A cell taken apart; `is_sure` where such a number can be nothing else, `is_apart` with a space behind it."""

    code: str
    name: str
    is_sure: bool = False
    is_apart: bool = False
    above: str = ""
    last: int = 0


def take_apart(cells: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Cell → (number, name), of those cells of one level that begin with their number.

    A style that could be part of a name counts only where most of the level is written in it; without a mark behind
    the number, only where the numbers together count 1, 2, 3 in whatever order, or every cell is 2.3 组织领导.
    12345热线 stays a name.
    """
    cells = dict.fromkeys(cells)
    found = {cell: numbered for cell in cells if (numbered := _own(cell) or _marked(cell))}
    if not _are_most(found, cells):
        found = {cell: numbered for cell, numbered in found.items() if numbered.is_sure}
    loose = {cell: numbered for cell in cells if cell not in found and (numbered := _loose(cell))}
    are_all_below = len(loose) == len(cells) > 1 and all(one.above and one.is_apart for one in loose.values())
    if are_all_below or (_are_most(found | loose, cells) and _count(loose.values())):
        found |= loose
    return {cell: (numbered.code, numbered.name) for cell, numbered in found.items()}


def without(code: str, cell: str) -> str:
    """The name in a cell that says once more the code of the column before it."""
    numbered = _own(cell) or _marked(cell) or _loose(cell)
    return numbered.name if numbered and numbered.name and numbered.code == _even(code).strip("() ") else cell


def _are_most(some: Iterable[str], cells: Iterable[str]) -> bool:
    return len(list(some)) * 2 > len(list(cells))


def _count(numbers: Iterable[Numbered]) -> bool:
    """Whether these count from one, anew under each number above."""
    below: dict[str, set[int]] = defaultdict(set)
    for number in numbers:
        below[number.above].add(number.last)
    return all(found == set(range(1, len(found) + 1)) for found in below.values())


def _own(cell: str) -> Numbered | None:
    match = OWN.fullmatch(_even(cell))
    return Numbered(match["code"], match["name"].strip(), is_sure=True) if match else None


def _marked(cell: str) -> Numbered | None:
    match = MARKED.fullmatch(_even(cell))
    return Numbered(match["code"], match["name"].strip()) if match else None


def _loose(cell: str) -> Numbered | None:
    match = LOOSE.fullmatch(_even(cell))
    # A whole number runs into its name only where they are two things: 1 组织领导, but 24小时.
    if not match or not (match["above"] or match["space"]):
        return None
    name, is_apart = match["name"].strip(), bool(match["space"])
    return Numbered(match["code"], name, is_apart=is_apart, above=match["above"], last=int(match["last"]))


def _even(cell: str) -> str:
    """Full-width digits and marks as ordinary ones; Ⅱ and ① are numbers as they stand."""
    kept = "".join(
        sign if re.match(f"[{ROMAN}{CIRCLED}]", sign) else unicodedata.normalize("NFKC", sign) for sign in cell
    )
    return DASHES.sub("-", kept).strip()
