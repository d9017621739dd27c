"""The little that may be marked in a section's text: sub-headings, list items and bold words, written as plain signs.

A line that begins with “# ” is a sub-heading, with “- ” an item; what stands between ** and ** is bold. The text is
kept as it was typed, so that the place of a number in it is a place in this text, and nothing in it can be markup.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["paragraph", "heading", "item"]
SIGNS: dict[str, Kind] = {"# ": "heading", "- ": "item"}
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")


@dataclass(frozen=True)
class Span:
    """A stretch of the text, from its first to behind its last character, without the signs around it."""

    start: int
    end: int
    bold: bool = False


# From where to where in the text, and what is said of it.
Mark = tuple[int, int, Any]


@dataclass(frozen=True)
class Line:
    kind: Kind
    spans: Sequence[Span]


def lines(text: str) -> Iterator[Line]:
    """Every line that says something, in its order."""
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        kind: Kind = SIGNS.get(line[:2], "paragraph")
        begin = start if kind == "paragraph" else start + 2
        if text[begin:end].strip():
            yield Line(kind, list(_spans(text, begin, end)))
        start = end + 1


def _spans(text: str, start: int, end: int) -> Iterator[Span]:
    done = start
    for found in _BOLD.finditer(text, start, end):
        if found.start() > done:
            yield Span(done, found.start())
        yield Span(found.start(1), found.end(1), bold=True)
        done = found.end()
    if done < end:
        yield Span(done, end)


def cut(span: Span, marks: Sequence[Mark]) -> Iterator[tuple[Span, Any]]:
    """The span in pieces at the marks within it, in their order; each with what its mark means, None between them.

    A mark is (start, end, meaning); one that overlaps an earlier one is left out.
    """
    done = span.start
    for start, end, meaning in marks:
        if start < done or end > span.end:
            continue
        if start > done:
            yield Span(done, start, span.bold), None
        yield Span(start, end, span.bold), meaning
        done = end
    if done < span.end:
        yield Span(done, span.end, span.bold), None


def plain(text: str) -> str:
    """What a reader reads: the lines without their signs."""
    return "\n".join("".join(text[span.start : span.end] for span in line.spans) for line in lines(text))
