"""Panels as the pages show them: the chart as SVG, its table as HTML, pasted together once.

A table of three hundred units is two thousand cells: by a template they took longer than all their figures.
"""

from __future__ import annotations

from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from cityinit import charts
from cityinit.charts import DARK, LIGHT

from .panels import Cell, Panel

# Longer tables are folded away below their chart: the page is to be taken in at a glance.
SHOWN = 6


def panel(told: Panel, *, dark: bool = False) -> dict[str, Any]:
    """What a template needs of a panel."""
    look, width = (DARK, 460) if dark else (LIGHT, 440)
    return {
        "key": told.key,
        "title": told.title,
        "empty": "" if told.rows or told.groups else told.empty,
        "said_empty": told.empty if told.chart.is_empty else "",
        "svg": charts.draw(told.chart, look, width=width, key=told.key) if told.chart.labels else "",
        "table": SafeString("") if dark else table(told),
        "is_long": len(told.rows) > SHOWN,
        "n": len(told.rows),
        "basis": told.basis,
        "groups": [panel(group, dark=dark) for group in told.groups],
    }


def table(told: Panel) -> SafeString:
    """The numbers of a chart, each leading to what it counts."""
    if not told.rows:
        return SafeString("")
    numbers = [cell.is_number for cell in told.rows[0]]
    heads = "".join(
        f'<th scope="col"{_CLASS[is_number]}>{escape(head)}</th>'
        for head, is_number in zip(told.heads, numbers, strict=True)
    )
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in told.rows)
    return mark_safe(  # noqa: S308 - every word was escaped
        f'<div class="table-wrap"><table class="table"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


_CLASS = {True: ' class="num"', False: ""}


def _cell(cell: Cell) -> str:
    words = escape(cell.text)
    if cell.url and cell.text != "0":
        words = f'<a href="{escape(cell.url)}">{words}</a>'
    elif cell.text == "0":
        words = '<span class="zero">0</span>'
    return f"<td{_CLASS[cell.is_number]}>{words}</td>"
