"""Numbered standards out of one text: （1）…（2）…, ①…②…, 1.…2.…"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
# Each way of numbering, and where in a text a mark of it may stand: 1. and 1、 only at the start of a line or sentence,
# since 1.5 and 1、2 are also figures.
_BEGINS = r"(?:^|(?<=[\n；;。]))\s*"
_STYLES = (
    (re.compile(r"[（(]\s*(\d{1,2})\s*[）)]\s*"), int),
    (re.compile(rf"([{CIRCLED}])\s*"), lambda mark: CIRCLED.index(mark) + 1),
    (re.compile(rf"{_BEGINS}(\d{{1,2}})\s*[）)]\s*"), int),
    (re.compile(rf"{_BEGINS}(\d{{1,2}})\s*(?:[、．]|\.(?!\d))\s*"), int),
)


@dataclass(frozen=True)
class Numbered:
    number: str
    content: str


def split(text: str) -> list[Numbered]:
    """The standards a text numbers 1, 2, 3 … from its first word on; else the whole text as number 1.

    A number out of its turn belongs to the text: 满分10分（2）is not a second standard before the first.
    """
    text = text.strip()
    if not text:
        return []
    for mark, value in _STYLES:
        if parts := _in_turn(text, mark, value):
            return parts
    return [Numbered("1", text)]


def _in_turn(text: str, mark: re.Pattern, value: Callable[[str], int]) -> list[Numbered]:
    places: list[re.Match] = []
    for found in mark.finditer(text):
        if value(found[1]) == len(places) + 1:
            places.append(found)
    if len(places) < 2 or text[: places[0].start()].strip():
        return []
    ends = [place.start() for place in places[1:]] + [len(text)]
    contents = [text[place.end() : end].strip().rstrip("；;") for place, end in zip(places, ends, strict=True)]
    if not all(contents):
        return []
    return [Numbered(str(number), content) for number, content in enumerate(contents, start=1)]
