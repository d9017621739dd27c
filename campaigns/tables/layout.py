"""What is kept of a table that was read: enough to match its columns on a page, and to give its surroundings back."""

from __future__ import annotations

from typing import Any

from campaigns.models import TableMapping
from cityinit.tables import Table

from .fields import fields

# The lines above the rows are told on the page and given back; more of them is no header.
MOST_TEXT = 400


def layout_of(read: Table, *, remembered: TableMapping | None) -> dict[str, Any]:
    """The table's columns, surroundings and what is proposed for them, as plain values."""
    proposed = read.guess(fields(year=2000))
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
        "width": max((head.place for head in read.heads), default=0) + 1,
        "notes": read.notes,
        "faults": [str(fault) for fault in read.faults],
    }
