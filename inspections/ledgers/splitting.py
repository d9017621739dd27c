"""Several problems written into one cell, taken apart. Pure.

1.门前垃圾 2.乱停车      ①…②…      （一）…（二）…      一是…；二是…      one a line      甲；乙
"""

from __future__ import annotations

import re

from cityinit.numerals import from_chinese

CIRCLES = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
DIGITS = r"(?P<n>\d{1,2})"
CHINESE = r"(?P<n>[一二三四五六七八九十]{1,3})"
# A number before a problem: what is read with each, tried one after the other; 1.5米 is no number
# of a list, 1.3号楼 begins with one.
MARKS = (
    re.compile(rf"(?P<n>[{CIRCLES}])\s*[、.．]?"),
    re.compile(rf"[（(]{DIGITS}[)）]\s*[、.．]?"),
    re.compile(rf"(?<![\d.第]){DIGITS}(?:[、．]|[.](?!\d)|[.](?=\d+(?:号|栋|幢|单元|层|区|期|#))|[)）])"),
    re.compile(rf"[（(]{CHINESE}[)）]"),
    re.compile(rf"(?<![一二三四五六七八九十第]){CHINESE}(?:、|是(?=\S))"),
)
ENDS = " \t\n　；;。，,、"
LINES, SEMICOLONS = re.compile(r"\s*\n\s*"), re.compile(r"\s*[；;]\s*")
# What only says that a list follows.
ANNOUNCED = re.compile(r"(?:问题|如下|以下|情况|主要|包括|不足)[^，。；]{0,6}[：:]$")
# Shorter than this a piece is no problem by itself: 无, 见图.
SHORTEST = 2


def split(text: str) -> list[str]:
    """The problems in the cell, each without its number; the whole text as one where it is one."""
    text = text.strip()
    for mark in MARKS:
        if parts := _numbered(text, mark):
            return parts
    for between in (LINES, SEMICOLONS):
        parts = [part.strip(ENDS) for part in between.split(text) if part.strip(ENDS)]
        if len(parts) > 1 and all(len(part) >= SHORTEST for part in parts):
            return parts
    return [text] if text else []


def split_into(text: str, n: int) -> list[str] | None:
    """As many parts as there are problems beside them; None where they are not."""
    parts = split(text)
    return parts if len(parts) == n else None


def _numbered(text: str, mark: re.Pattern[str]) -> list[str]:
    """The parts where 1, 2, 3 … follow on each other, with what stands before the first; none where they do not."""
    found, wanted = [], 1
    for match in mark.finditer(text):
        # 在第1、2栋 before the list is none of it.
        if _value(match["n"]) == wanted:
            found.append(match)
            wanted += 1
    if len(found) < 2:
        return []
    before = text[: found[0].start()].strip()
    bounds = [*(match.start() for match in found[1:]), len(text)]
    parts = [text[match.end() : end].strip(ENDS) for match, end in zip(found, bounds, strict=True)]
    if any(len(part) < SHORTEST for part in parts):
        return []
    # 存在以下问题： says nothing of its own; 北门： belongs to each.
    lead = "" if ANNOUNCED.search(before) else f"{before.rstrip(ENDS + '：:')}，" if before else ""
    return [f"{lead}{part}" for part in parts]


def _value(typed: str) -> int | None:
    if typed in CIRCLES:
        return CIRCLES.index(typed) + 1
    return int(typed) if typed.isdecimal() else from_chinese(typed)
