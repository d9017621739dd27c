"""整改通知书: what the office tells a unit to put right, as an official document. No queries.

It is drawn from plain values that were frozen when it was issued, so that it can be drawn again and say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from cityinit.documents.docx import (
    Annex,
    Block,
    Column,
    Document,
    Heading,
    Paragraph,
    Picture,
    Slip,
    Table,
    draw,
)
from cityinit.numerals import join_cn, ordinal_heading
from cityinit.periods import day_in_words

# Two photos stand side by side in their column.
PHOTO_MM = 25.5
# Widths in millimetres of the turned page.
COLUMNS = (
    Column("序号", 12, "center"),
    Column("编号", 25),
    Column("地点", 28),
    Column("存在问题", 42),
    Column("类别", 17, "center"),
    Column("整改期限", 22, "center"),
    Column("整改要求", 25),
)
PHOTOS = Column("现场照片", 54, "center")
NO_PHOTO = "（照片文件缺失）"


def title(told: Mapping[str, Any]) -> str:
    return f"{told['campaign']}工作问题整改通知书"


def draw_notice(
    told: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], photos: Sequence[Sequence[bytes]]
) -> bytes:
    """The .docx of one notice; `photos` are those that stand beside each line."""
    listed = Annex("问题清单", [_table(lines, photos)], landscape=True)
    return draw(
        Document(
            title=title(told),
            number=told["number"],
            addressee=told["unit"],
            blocks=list(_blocks(told, lines)),
            signature=told["signature"],
            date=_day(told["on"]),
            annexes=[listed],
            slip=_slip(told, n=len(lines)),
            author=told["signature"],
        )
    )


def _blocks(told: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    yield Paragraph(_opening(told, lines))
    sections = [
        ("整改要求", [*told["requirement"].splitlines(), *_deadlines(lines)]),
        ("反馈要求", [_answer(told)]),
    ]
    for place, (heading, texts) in enumerate(sections, start=1):
        yield Heading(1, f"{ordinal_heading(1, place)}{heading}")
        for text in filter(None, map(str.strip, texts)):
            yield Paragraph(_ended(text))
    if told["contact"]:
        yield Paragraph(_ended(f"联系人及电话：{told['contact']}"))


def _opening(told: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> str:
    days = sorted(_day(line["found_on"]) for line in lines)
    first, last = day_in_words(days[0]), day_in_words(days[-1])
    when = first if first == last else f"{first}至{last}"
    rounds = join_cn([f"“{name}”" for name in dict.fromkeys(line["round"] for line in lines if line["round"])])
    during = f"，在{rounds}中" if rounds else "，在日常督查中"
    late = sum(1 for line in lines if line["days_late"])
    rework = sum(1 for line in lines if line["is_rework"])
    more = [f"已逾期{late}个" if late else "", f"整改后未通过复核{rework}个" if rework else ""]
    told_more = f"（其中{'，'.join(filter(None, more))}）" if any(more) else ""
    return (
        f"{when}{during}，发现由你单位负责整改的问题{len(lines)}个{told_more}，详见附件。"
        f"为做好{told['campaign']}工作，现通知如下："
    )


def _deadlines(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """From when to when the findings are due, for each has its own day in the list."""
    days = sorted({_day(line["due_on"]) for line in lines if line["due_on"]})
    if not days:
        return []
    if len(days) == 1:
        return [f"整改期限为{day_in_words(days[0])}，请按时整改到位"]
    return [f"各问题的整改期限见附件，最早的为{day_in_words(days[0])}，最晚的为{day_in_words(days[-1])}"]


def _answer(told: Mapping[str, Any]) -> str:
    day = day_in_words(_day(told["answer_by"]))
    return (
        "请你单位收到本通知后及时签收，逐项整改，在系统中填写整改措施并上传整改后的照片；"
        f"于{day}前反馈整改情况。确不属于你单位职责的，请在签收前说明理由退回"
    )


def _table(lines: Sequence[Mapping[str, Any]], photos: Sequence[Sequence[bytes]]) -> Table:
    with_photos = any(line["photo_count"] for line in lines)
    rows = []
    for place, (line, beside) in enumerate(zip(lines, photos, strict=True), start=1):
        row: list[Any] = [
            place,
            line["number"],
            line["where"],
            line["description"],
            line["category"],
            line["due"],
            line["requirement"],
        ]
        if with_photos:
            shown = [Picture(data, PHOTO_MM, f"{line['number']} {line['where']}") for data in beside]
            row.append(shown or (NO_PHOTO if line["photo_count"] else ""))
        rows.append(row)
    return Table([*COLUMNS, PHOTOS] if with_photos else COLUMNS, rows, small=True)


def _slip(told: Mapping[str, Any], *, n: int) -> Slip:
    return Slip(
        "整改通知书回执",
        [
            [("文号", told["number"]), ("问题数", f"{n}个")],
            [("签收单位\n（盖章）", ""), ("签收人", "")],
            [("签收时间", "　　年　　月　　日"), ("联系电话", "")],
        ],
        cut="（沿此线裁下，签收后交回）",
    )


def _ended(text: str) -> str:
    return text if text.endswith(("。", "！", "？", "；", "：", "……")) else f"{text}。"


def _day(text: str) -> date:
    return date.fromisoformat(text)
