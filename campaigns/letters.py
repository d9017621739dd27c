"""督办函: the letter by which the office supervises a unit, as an official document. No queries.

It is drawn from plain values that were frozen when it was sent, so that it can be drawn again and say the same.
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

# So many days of nudging are told by name; more are only counted.
NUDGES_TOLD = 4
LONGEST_QUOTED = 120
# What an office's own paper for these letters may ask for.
VOCABULARY = Vocabulary(
    words={
        "标题": gettext_lazy("关于“××”任务的督办函"),
        "文号": gettext_lazy("系统编的督办函文号"),
        "主送": gettext_lazy("被督办的单位"),
        "签发人": gettext_lazy("督办时填写的签发人"),
        "落款": gettext_lazy("督办时填写的落款单位"),
        "成文日期": gettext_lazy("印发的日期，如2025年7月5日"),
        "答复期限": gettext_lazy("哪一天前书面答复"),
        "简称": gettext_lazy("创建活动的简称，如创文"),
        "任务": gettext_lazy("任务的名称"),
        "任务编号": gettext_lazy("任务的编号"),
        "完成时限": gettext_lazy("任务的完成时限，没有时为空"),
        "逾期天数": gettext_lazy("印发时已逾期多少天，没有逾期时为空"),
    },
    blocks={
        "正文": gettext_lazy("全部正文，带标题"),
        "开头": gettext_lazy("督办哪项任务、为什么督办"),
        "任务要求": gettext_lazy("任务的要求，不带标题"),
        "办理情况": gettext_lazy("签收、催办和工作记录，不带标题"),
        "督办要求": gettext_lazy("督办的事由、要求和答复期限，不带标题"),
    },
)


def title(told: Mapping[str, Any]) -> str:
    """关于“整治占道经营”任务的督办函."""
    return f"关于{_quoted(told['task'])}任务的督办函"


def draw_letter(told: Mapping[str, Any]) -> bytes:
    """The .docx of one letter."""
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
    parts = parts_of(blocks[:-1], {name: name for name in ("任务要求", "办理情况", "督办要求")} | {"": "开头"})
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
            "任务": told["task"],
            "任务编号": told["code"],
            "完成时限": day_in_words(_day(told["due_on"])) if told["due_on"] else "",
            "逾期天数": str(told["days_late"] or ""),
        },
        blocks={"正文": [in_line(block) for block in blocks], **parts},
        columns=VOCABULARY.tables,
    )


def _blocks(told: Mapping[str, Any]) -> Iterator[Block]:
    yield Paragraph(_opening(told))
    sections = [("任务要求", told["requirement"].splitlines()), ("办理情况", _progress(told))]
    sections.append(("督办要求", [*told["reason"].splitlines(), _demand(told)]))
    filled = [(heading, [line.strip() for line in lines if line.strip()]) for heading, lines in sections]
    for place, (heading, lines) in enumerate([pair for pair in filled if pair[1]], start=1):
        yield Heading(1, f"{ordinal_heading(1, place)}{heading}")
        for line in lines:
            yield Paragraph(_ended(line))
    yield Paragraph("特此函告。")


def _opening(told: Mapping[str, Any]) -> str:
    part = "牵头承担" if told["is_lead"] else "承担"
    day = day_in_words(_day(told["on"]))
    issued = f"于{day_in_words(_day(told['issued_on']))}下发" if told["issued_on"] else ""
    due = f"完成时限为{day_in_words(_day(told['due_on']))}" if told["due_on"] else ""
    facts = "，".join(text for text in (issued, due) if text)
    known = f"{facts}。" if facts else ""
    late = f"已逾期{told['days_late']}天，" if told["days_late"] else ""
    joint = "，" if facts else ""
    return (
        f"你单位{part}的{_quoted(told['task'])}任务（任务编号：{told['code']}）{joint}{known or '，'}"
        f"截至{day}，{late}{_not_done(told)}。为确保{told['campaign']}工作按要求推进，现予督办。"
    )


def _not_done(told: Mapping[str, Any]) -> str:
    """A unit whose report was sent back has reported, and reads why that was not enough."""
    # Letters of before this was kept say it without.
    returned = told.get("returned")
    if not returned:
        return "你单位尚未反馈完成"
    reported, back = day_in_words(_day(returned["reported_on"])), day_in_words(_day(returned["on"]))
    then = "当日" if reported == back else back
    return (
        f"你单位于{reported}反馈完成，{then}因{_quoted(_shortened(returned['why']).rstrip('。'))}被退回，尚未重新反馈"
    )


def _progress(told: Mapping[str, Any]) -> list[str]:
    signed = told["acknowledged_on"]
    said = [f"你单位于{day_in_words(_day(signed))}签收任务" if signed else "你单位至今尚未签收任务"]
    if nudges := [day_in_words(_day(text)) for text in told["nudges"]]:
        when = f"于{'、'.join(nudges)}" if len(nudges) <= NUDGES_TOLD else f"自{nudges[0]}以来"
        said.append(f"其间{when}催办{len(nudges)}次")
    if told["earlier"]:
        said.append(f"此前已印发督办函{len(told['earlier'])}份（{'、'.join(told['earlier'])}）")
    lines = ["；".join(said)]
    if not told["entries"]:
        return [*lines, "截至目前，台账中没有你单位的工作记录"]
    latest = told["latest"]
    lines.append(
        f"截至目前，台账中有你单位工作记录{told['entries']}条，最近一条为{day_in_words(_day(latest['on']))}："
        f"{_shortened(latest['content'])}"
    )
    if told["totals"]:
        lines.append(f"累计成效：{'，'.join(told['totals'])}")
    return lines


def _demand(told: Mapping[str, Any]) -> str:
    day = day_in_words(_day(told["answer_by"]))
    return f"请你单位迅速办理，并于{day}前书面答复办理情况、未按要求完成的原因和下一步措施"


def _quoted(name: str) -> str:
    """In quotation marks, those within it made single."""
    return f"“{name.translate(str.maketrans('“”', '‘’'))}”"


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTED else f"{line[:LONGEST_QUOTED]}……"


def _ended(line: str) -> str:
    return line if line.endswith(("。", "！", "？", "；", "：", "……")) else f"{line}。"


def _day(text: str) -> date:
    return date.fromisoformat(text)
