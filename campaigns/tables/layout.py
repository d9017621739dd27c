"""What is kept of a table that was read: enough to match its columns on a page, and to give its surroundings back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from campaigns.models.mapped import KeptMapping
from cityinit.tables import Field, Table
from cityinit.workbook import plain

# The lines above the rows are told on the page and given back; more of them is no header.
MOST_TEXT = 400
# 2027年度, 2027年; not 2026年3月, when it was filled in, nor 2023年版, which is an edition of something else.
TITLE_YEAR = re.compile(r"(?<!\d)(20\d{2})\s*年(?!\s*\d{1,2}\s*月|\s*(?:版|修订))")
TITLE_SPAN = re.compile(r"20\d{2}\s*年?\s*[-—–~至到]+\s*20\d{2}")


def year_of(table: Any) -> int:
    """The year of days without one, unless a person chose another: that of the title, else when the campaign began."""
    return titled_year(table) or table.campaign.starts_on.year


def titled_year(table: Any) -> int | None:
    """The year the table is called by: above its header, else its sheet or its file; None where that is no one year."""
    layout = table.layout or {"top": [], "header_line": 0, "sheet": ""}
    above = [" ".join(line) for line in layout["top"][: max(layout["header_line"] - 1, 0)]]
    for said in map(plain, (*above, layout["sheet"], table.file.name)):
        years = set(TITLE_YEAR.findall(said))
        if TITLE_SPAN.search(said) or len(years) > 1:
            return None
        if years:
            return int(years.pop())
    return None


def layout_of(read: Table, fields: Sequence[Field], *, remembered: KeptMapping | None) -> dict[str, Any]:
    """The table's columns, surroundings and what is proposed for them, as plain values."""
    proposed = read.guess(fields)
    return {
        "sheet": read.sheet,
        "sheets": list(read.sheets),
        "header_line": read.header_line,
        "depth": read.depth,
        "rows": len(read.lines),
        "heads": [
            {"place": head.place, "letter": head.letter, "label": head.told, "samples": list(head.samples)}
            for head in read.heads
        ],
        "guess": {str(place): [guess.field, guess.likeness] for place, guess in proposed.items()},
        "remembered": remembered.mapping if remembered else None,
        "options": remembered.options if remembered else {},
        "top": [[text[:MOST_TEXT] for text in line] for line in read.top],
        "others": {str(number): [text[:MOST_TEXT] for text in line] for number, line in read.others.items()},
        "merged": [list(merge) for merge in read.merged],
        "section_place": read.section_place,
        "numbers": [head.place for head in read.heads if _counts(read, head.place)],
        "width": max((head.place for head in read.heads), default=0) + 1,
        "notes": read.notes,
        "faults": [str(fault) for fault in read.faults],
    }


def _counts(read: Table, place: int) -> bool:
    """Whether nothing but whole numbers stand in the column, as numbers and not as text: they are given back so."""
    filled = [line.cells[place].value for line in read.lines if line.text(place)]
    return bool(filled) and all(type(value) in (int, float) and value == int(value) for value in filled)
