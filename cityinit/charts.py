"""Small charts as SVG, drawn by the server for the page, the wall and, as a picture, for documents.

A chart is plain values (`Chart.kept`), so that one frozen with the facts of a report is drawn the same years later.
Nothing is told by colour alone: a bar is filled or only outlined, and numbers stand beside what they measure.
Attributes only, no style and no script: the content security policy of the pages allows neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst
from django.utils.safestring import SafeString, mark_safe

# A Chinese character is as wide as it is high, others about half.
NARROW = 0.56
FONTS = "Noto Sans SC"
PICTURE_PPI = 200
STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Look:
    """Of which colours a chart is; each tone has the colour of its line and the one it is filled with."""

    ink: str
    muted: str
    line: str
    tones: dict[str, tuple[str, str]]
    font: str = ""


# The colours are the tokens of static/css/app.css; a test holds them together.
LIGHT = Look(
    ink="#1f2328",
    muted="#4d545c",
    line="#dfe2e6",
    tones={
        "solid": ("#174f8a", "#174f8a"),
        "done": ("#1a5e31", "#1a5e31"),
        "open": ("#8a3a00", "#fdeadb"),
        "time": ("#474e57", "#cdd2d8"),
        "line": ("#9b1c1f", "#9b1c1f"),
    },
)
PRINTED = Look(LIGHT.ink, LIGHT.muted, LIGHT.line, LIGHT.tones, font=FONTS)
DARK = Look(
    ink="#f4f5f7",
    muted="#c3c8ce",
    line="#3c4650",
    tones={
        "solid": ("#7db8f0", "#7db8f0"),
        "done": ("#6fd08c", "#6fd08c"),
        "open": ("#ffb27a", "#4a2a12"),
        "time": ("#c3c8ce", "#59636d"),
        "line": ("#ff9c9c", "#ff9c9c"),
    },
)


@dataclass(frozen=True)
class Series:
    name: str
    tone: str
    # None where nothing is known: no bar, and — for the number.
    values: Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """`columns` stand beside each other over their labels, a series of tone `line` above them; `ranks` lie, stacked.

    `shares` lie too, each out of a hundred per cent.
    """

    kind: str
    title: str
    labels: Sequence[str]
    series: Sequence[Series]

    @property
    def is_empty(self) -> bool:
        return not any(value for one in self.series for value in one.values)

    @property
    def said(self) -> str:
        """What it shows, for who does not see it."""
        said = []
        for one in self.series:
            values = zip(self.labels, one.values, strict=True)
            said.append(f"{one.name}：" + "，".join(f"{label} {told(value)}" for label, value in values))
        return "；".join(said)

    def kept(self) -> dict[str, Any]:
        """As plain values, to be frozen."""
        series = [[one.name, one.tone, list(one.values)] for one in self.series]
        return {"kind": self.kind, "title": self.title, "labels": list(self.labels), "series": series}

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Chart:
        return cls(kept["kind"], kept["title"], kept["labels"], [Series(*one) for one in kept["series"]])


def told(value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:g}" if isinstance(value, int) else f"{float(value):.1f}".removesuffix(".0")


def draw(chart: Chart, look: Look = LIGHT, *, width: int = 640, key: str = "") -> SafeString:
    """The chart as an <svg> that takes the width it is given; `key` is its own on the page."""
    body, height = {"columns": _columns, "ranks": _ranks, "shares": _shares}[chart.kind](chart, look, width)
    font = f' font-family="{look.font}"' if look.font else ""
    named = f' role="img" aria-labelledby="chart-{key}-title chart-{key}-said"' if key else ""
    ids = (f' id="chart-{key}-title"', f' id="chart-{key}-said"') if key else ("", "")
    head = f"<title{ids[0]}>{escape(chart.title)}</title><desc{ids[1]}>{escape(chart.said)}</desc>"
    return mark_safe(  # noqa: S308 - numbers of ours, and words that were escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {width} {height:g}"{font}{named}>'
        f"{head}{''.join(body)}</svg>"
    )


def picture(chart: Chart, *, width: int = 640, width_mm: float = 150) -> bytes:
    """The chart as .png for a document, with the fonts that come with the product; the same chart, the same bytes."""
    with TemporaryDirectory(prefix="cityinit-chart-") as name, as_file(files("pylopdf_fonts_zh_cn")) as fonts:
        folder = Path(name)
        (folder / "chart.svg").write_text(draw(chart, PRINTED, width=width), encoding="utf-8")
        page = f'#set page(width: {width_mm}mm, height: auto, margin: 0pt)\n#image("chart.svg", width: 100%)'
        (folder / "chart.typ").write_text(page, encoding="utf-8")
        drawn = typst.compile(
            str(folder / "chart.typ"),
            root=name,
            font_paths=[str(fonts)],
            ignore_system_fonts=True,
            format="png",
            ppi=PICTURE_PPI,
        )
    return bytes(drawn)


def _columns(chart: Chart, look: Look, width: int) -> tuple[list[str], float]:
    """Months beside each other: columns for what came and went, a line with marks for what was left."""
    top, left, base, height = 34, 40, 206, 234
    bars = [one for one in chart.series if one.tone != "line"]
    lines = [one for one in chart.series if one.tone == "line"]
    most = _round_up(max((value or 0 for one in chart.series for value in one.values), default=0))
    places = max(len(chart.labels), 1)
    step = (width - left - 8) / places
    thick = min(step * 0.72 / max(len(bars), 1), 34)

    def up(value: float) -> float:
        return base - (base - top) * value / most

    parts = _key(chart, look, left)
    for level in range(5):
        y = up(most * level / 4)
        parts.append(f'<line x1="{left}" x2="{width}" y1="{y:.1f}" y2="{y:.1f}" stroke="{look.line}"/>')
        parts.append(_text(left - 6, y + 4, told(most * level / 4), look.muted, 11, "end"))
    # Where columns are thin, numbers of several digits would run into each other: they stand in the table.
    fits = thick > 15 or places * len(bars) <= 12
    for n, label in enumerate(chart.labels):
        middle = left + step * (n + 0.5)
        parts.append(_text(middle, base + 17, label, look.ink, 12, "middle"))
        for m, one in enumerate(bars):
            value = one.values[n]
            if value is None:
                continue
            x, y = middle + (m - len(bars) / 2) * thick, up(value)
            parts.append(_box(x + 1, y, thick - 2, base - y, look.tones[one.tone]))
            if fits and value:
                parts.append(_text(x + thick / 2, y - 4, told(value), look.ink, 11, "middle"))
    for one in lines:
        points = [(left + step * (n + 0.5), up(value)) for n, value in enumerate(one.values) if value is not None]
        stroke = look.tones[one.tone][0]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        look_of_line = f'fill="none" stroke="{stroke}" stroke-width="2" stroke-dasharray="6 3"'
        parts.append(f'<polyline points="{path}" {look_of_line}/>')
        parts += [_dot(x, y, stroke) for x, y in points]
    return parts, height


def _ranks(chart: Chart, look: Look, width: int) -> tuple[list[str], float]:
    """Names below each other, the parts of each laid end to end, the numbers behind them."""
    row, top = 28, 30
    wide = min(max((_width(label, 13) for label in chart.labels), default=0), width * 0.36)
    left, right = wide + 12, width - 96
    totals = [sum(one.values[n] or 0 for one in chart.series) for n in range(len(chart.labels))]
    most = max(totals, default=0) or 1
    parts = _key(chart, look, 0)
    for n, label in enumerate(chart.labels):
        y = top + row * n
        parts.append(_text(left - 8, y + 18, _cut(label, wide, 13), look.ink, 13, "end"))
        x = left
        for one in chart.series:
            long = (right - left) * (one.values[n] or 0) / most
            if long:
                parts.append(_box(x, y + 5, long, row - 10, look.tones[one.tone]))
            x += long
        numbers = " + ".join(told(one.values[n]) for one in chart.series)
        parts.append(_text(x + 8, y + 18, numbers, look.ink, 13, "start"))
    return parts, top + row * len(chart.labels) + 4


def _shares(chart: Chart, look: Look, width: int) -> tuple[list[str], float]:
    """For each name one bar a series, out of a hundred per cent: time beside what is done."""
    thick, gap, top = 20, 12, 30
    wide = min(max((_width(label, 13) for label in chart.labels), default=0), width * 0.36)
    left, right = wide + 12, width - 70
    parts = _key(chart, look, 0)
    y = float(top)
    for n, label in enumerate(chart.labels):
        middle = y + thick * len(chart.series) / 2
        parts.append(_text(left - 8, middle + 5, _cut(label, wide, 13), look.ink, 13, "end"))
        for one in chart.series:
            value = one.values[n]
            whole = (look.line, "none")
            parts.append(_box(left, y + 2, right - left, thick - 4, whole))
            if value:
                parts.append(_box(left, y + 2, (right - left) * min(value, 100) / 100, thick - 4, look.tones[one.tone]))
            share = "—" if value is None else f"{told(value)}%"
            parts.append(_text(right + 8, y + thick / 2 + 5, share, look.ink, 13, "start"))
            y += thick
        y += gap
    return parts, y


def _key(chart: Chart, look: Look, left: float) -> list[str]:
    """What each fill stands for; a single series is what the title says."""
    parts: list[str] = []
    x = float(left)
    if len(chart.series) == 1:
        return parts
    for one in chart.series:
        stroke, fill = look.tones[one.tone]
        if one.tone == "line":
            parts.append(f'<line x1="{x:.1f}" x2="{x + 16:.1f}" y1="11" y2="11" stroke="{stroke}" stroke-width="2"/>')
            parts.append(_dot(x + 8, 11, stroke))
        else:
            parts.append(_box(x + 1, 5, 13, 12, (stroke, fill)))
        parts.append(_text(x + 21, 15.5, one.name, look.ink, 12, "start"))
        x += 21 + _width(one.name, 12) + 18
    return parts


def _box(x: float, y: float, width: float, height: float, tone: tuple[str, str]) -> str:
    stroke, fill = tone
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
        f' fill="{fill}" stroke="{stroke}"/>'
    )


def _dot(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'


def _text(x: float, y: float, words: str, colour: str, size: int, anchor: str) -> str:
    look = f'fill="{colour}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(words)}</text>'


def _width(words: str, size: int) -> float:
    return sum(size if ord(sign) > 0x2E80 else size * NARROW for sign in words)


def _cut(words: str, width: float, size: int) -> str:
    if _width(words, size) <= width + 1:
        return words
    while words and _width(words, size) > width - size:
        words = words[:-1]
    return f"{words}…"


def _round_up(value: float) -> float:
    """The next number that is good for four lines of a scale."""
    power = 1
    while True:
        for step in STEPS:
            if value <= 4 * step * power:
                return 4 * step * power
        power *= 10
