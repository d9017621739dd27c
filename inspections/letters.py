"""督办函 about overdue findings: the letter by which the office presses a unit, as an official document. No queries.

Drawn from plain values that were frozen when it was sent, so that it can be drawn again and say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy

from cityinit.documents.docx import Block, Document, Heading, Paragraph, draw
from cityinit.documents.filled import Filling
from cityinit.documents.placeholders import Vocabulary, in_line, parts_of
from cityinit.numerals import ordinal_heading
from cityinit.periods import day_in_words

LONGEST_QUOTED = 120
TABLE = "逾期问题"
# What an office's own paper for these letters may ask for.
VOCABULARY = Vocabulary(
    words={
        "标题": gettext_lazy("关于×个逾期未整改问题的督办函"),
        "文号": gettext_lazy("系统编的督办函文号"),
        "主送": gettext_lazy("被督办的单位"),
        "签发人": gettext_lazy("印发时填写的签发人"),
        "落款": gettext_lazy("印发时填写的落款单位"),
        "成文日期": gettext_lazy("印发的日期，如2025年7月5日"),
        "答复期限": gettext_lazy("哪一天前书面答复"),
        "简称": gettext_lazy("创建活动的简称，如创文"),
        "问题数": gettext_lazy("函里有几个问题"),
    },
    blocks={
        "正文": gettext_lazy("全部正文，带标题"),
        "开头": gettext_lazy("截至哪一天、有几个问题逾期"),
        "逾期问题清单": gettext_lazy("每个问题一段，不带标题"),
        "督办要求": gettext_lazy("督办的要求和答复期限，不带标题"),
    },
    tables={TABLE: ("序号", "编号", "地点", "类别", "问题描述", "交办日期", "整改期限", "返工次数", "逾期天数")},
)


def title(told: Mapping[str, Any]) -> str:
    return (
        f"关于{len(told['findings'])}个逾期未整改问题的督办函"
        if len(told["findings"]) > 1
        else "关于逾期未整改问题的督办函"
    )


def draw_letter(told: Mapping[str, Any]) -> bytes:
    """The .docx of one letter; without a number where the office has not sent it yet."""
    return draw(
        Document(
            title=title(told),
            number=told["number"],
            signer=told["signer"],
            addressee=told["unit"],
            blocks=list(_blocks(told)),
            signature=told["signature"],
            date=_day(told["on"]),
            author=told["signature"],
        )
    )


def filling(told: Mapping[str, Any]) -> Filling:
    """What stands for each placeholder in an office's own paper."""
    blocks = list(_blocks(told))
    # An office closes in its own words: 特此函告 stands in the whole text only.
    parts = parts_of(blocks[:-1], {"": "开头", "逾期问题": "逾期问题清单", "督办要求": "督办要求"})
    return Filling(
        words={
            "标题": title(told),
            "文号": told["number"],
            "主送": told["unit"],
            "签发人": told["signer"],
            "落款": told["signature"],
            "成文日期": day_in_words(_day(told["on"])),
            "答复期限": day_in_words(_day(told["answer_by"])),
            "简称": told["campaign"],
            "问题数": str(len(told["findings"])),
        },
        blocks={"正文": [in_line(block) for block in blocks], **parts},
        lists={TABLE: [_row(place, row) for place, row in enumerate(told["findings"], start=1)]},
        columns=VOCABULARY.tables,
    )


def _row(place: int, row: Mapping[str, Any]) -> dict[str, str]:
    values = (
        *(place, row["number"], row["where"], row["category"], row["description"]),
        *(row["dispatched_on"], row["due_on"], row["reworked"] or "", row["days_late"]),
    )
    return dict(zip(VOCABULARY.tables[TABLE], map(str, values), strict=True))


def _blocks(told: Mapping[str, Any]) -> Iterator[Block]:
    found = told["findings"]
    yield Paragraph(
        f"截至{day_in_words(_day(told['on']))}，由你单位负责整改的问题中有{len(found)}个已过整改期限，"
        f"经提醒仍未反馈整改情况。为确保{told['campaign']}工作按要求推进，现予督办。"
    )
    yield Heading(1, f"{ordinal_heading(1, 1)}逾期问题")
    for place, row in enumerate(found, start=1):
        yield Paragraph(f"{place}. {_about(row)}")
    yield Heading(1, f"{ordinal_heading(1, 2)}督办要求")
    for line in filter(None, map(str.strip, told["demand"].splitlines())):
        yield Paragraph(_ended(line))
    yield Paragraph(
        f"请你单位迅速整改，在系统中反馈整改措施和整改后照片，并于{day_in_words(_day(told['answer_by']))}前"
        "书面答复未按期整改的原因和下一步措施。"
    )
    yield Paragraph("特此函告。")


def _about(row: Mapping[str, Any]) -> str:
    where = "，".join(filter(None, (row["where"], row["category"])))
    said = " ".join(row["description"].split()).rstrip("。")
    quoted = said if len(said) <= LONGEST_QUOTED else f"{said[:LONGEST_QUOTED]}……"
    days = [f"{day_in_words(_day(row['dispatched_on']))}交办"] if row["dispatched_on"] else []
    days.append(f"期限{day_in_words(_day(row['due_on']))}")
    if row["first_due_on"]:
        days.append(f"原定{day_in_words(_day(row['first_due_on']))}，已延期")
    if row["reworked"]:
        days.append(f"返工{row['reworked']}次")
    days.append(f"已逾期{row['days_late']}天" if row["days_late"] else "已逾期")
    return f"{where}（{row['number']}）{'：' + quoted if quoted else ''}。{'，'.join(days)}。"


def _ended(line: str) -> str:
    return line if line.endswith(("。", "！", "？", "；", "：", "……")) else f"{line}。"


def _day(text: str) -> date:
    return date.fromisoformat(text)
