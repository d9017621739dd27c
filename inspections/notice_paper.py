"""整改通知书: what the office tells a unit to put right, as an official document. No queries.

It is drawn from plain values that were frozen when it was issued, so that it can be drawn again and say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy

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
from cityinit.documents.filled import Filling
from cityinit.documents.placeholders import Vocabulary, in_line, parts_of
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
TABLE = "问题清单"
# What an office's own paper for notices may ask for.
VOCABULARY = Vocabulary(
    words={
        "标题": gettext_lazy("××工作问题整改通知书"),
        "文号": gettext_lazy("系统编的通知书文号"),
        "主送": gettext_lazy("被通知的单位"),
        "落款": gettext_lazy("印发时填写的落款单位"),
        "成文日期": gettext_lazy("印发的日期，如2025年7月5日"),
        "反馈期限": gettext_lazy("哪一天前反馈整改情况"),
        "简称": gettext_lazy("创建活动的简称，如创文"),
        "问题数": gettext_lazy("通知书里有几个问题"),
        "联系人": gettext_lazy("印发时填写的联系人及电话，没有时为空"),
    },
    blocks={
        "正文": gettext_lazy("全部正文，带标题"),
        "开头": gettext_lazy("何时、在哪里发现几个问题"),
        "整改要求": gettext_lazy("印发时填写的整改要求和期限，不带标题"),
        "反馈要求": gettext_lazy("怎样签收和反馈，不带标题"),
    },
    tables={TABLE: (*(column.title for column in COLUMNS), PHOTOS.title)},
)


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


def filling(told: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], photos: Sequence[Sequence[bytes]]) -> Filling:
    """What stands for each placeholder in an office's own paper, the photos in the list too."""
    blocks = list(_blocks(told, lines))
    return Filling(
        words={
            "标题": title(told),
            "文号": told["number"],
            "主送": told["unit"],
            "落款": told["signature"],
            "成文日期": day_in_words(_day(told["on"])),
            "反馈期限": day_in_words(_day(told["answer_by"])),
            "简称": told["campaign"],
            "问题数": str(len(lines)),
            "联系人": told["contact"],
        },
        blocks={
            "正文": [in_line(block) for block in blocks],
            **parts_of(blocks, {"": "开头", "整改要求": "整改要求", "反馈要求": "反馈要求"}),
        },
        lists={
            TABLE: [
                dict(zip(VOCABULARY.tables[TABLE], _cells(place, line, beside), strict=True))
                for place, (line, beside) in enumerate(zip(lines, photos, strict=True), start=1)
            ]
        },
        columns=VOCABULARY.tables,
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
    rows: list[list[Any]] = []
    for place, (line, beside) in enumerate(zip(lines, photos, strict=True), start=1):
        *row, shown = _cells(place, line, beside)
        rows.append([*row, shown] if with_photos else row)
    return Table([*COLUMNS, PHOTOS] if with_photos else COLUMNS, rows, small=True)


def _cells(place: int, line: Mapping[str, Any], beside: Sequence[bytes]) -> list[Any]:
    """What stands in each column of the list, the photos last."""
    shown = [Picture(data, PHOTO_MM, f"{line['number']} {line['where']}") for data in beside]
    return [
        place,
        line["number"],
        line["where"],
        line["description"],
        line["category"],
        line["due"],
        line["requirement"],
        shown or (NO_PHOTO if line["photo_count"] else ""),
    ]


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
