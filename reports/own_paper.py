"""The office's own Word template: which placeholders a kind of report offers, and what stands in them. No queries."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.documents.docx import Paragraph, Text
from cityinit.documents.filled import Filling
from cityinit.documents.placeholders import Offered, braced, group_of_tables, in_line
from cityinit.numerals import date_cn

from .documents import FINDING_COLUMNS, TASK_COLUMNS, AddressOf, Sources, Told, headings, nowhere, signature
from .frozen import FIRST_ROWS
from .models import Kind

BODY, SOURCES = "正文", "数据来源"
TASKS, FINDINGS = "任务台账", "问题台账"
# The figures that every report of a kind has where there is anything to count, by the names offices use.
FIGURES: Mapping[str, Sequence[str]] = {
    Kind.SUMMARY: (
        *("任务数", "已办结任务数", "任务完成率", "逾期未办结任务数", "时间进度", "常态化工作", "落实率"),
        *(
            "登记点位数",
            "检查点位数",
            "发现问题数",
            "已整改数",
            "整改率",
            "到期整改率",
            "按期整改率",
            "返工数",
            "反弹数",
        ),
        *("未整改数", "挂账数", "督查批次数"),
    ),
    Kind.CIRCULAR: ("检查点位数", "发现问题数", "已整改数", "整改率", "未整改数", "逾期未整改数", "返工数", "亮点数"),
    Kind.ASSESSMENT: ("测评点位数", "总得分", "上次总得分", "与上次相差", "发现问题数"),
}
TABLES: Mapping[str, Mapping[str, Sequence[str]]] = {
    Kind.SUMMARY: {},
    Kind.CIRCULAR: {"责任单位整改情况": ("考核组", "排名", "责任单位", "问题数", "已整改", "整改率", "逾期未整改")},
    Kind.ASSESSMENT: {
        "各类点位得分": ("名次", "点位类型", "点位数", "得分", "上次得分"),
        "责任单位得分": ("考核组", "名次", "责任单位", "点位数", "得分"),
        "点位得分": ("编号", "点位", "类型", "责任单位", "得分"),
        "失分项目": ("检查项", "检查点位", "不符合"),
    },
}
WORDS: Mapping[str, object] = {
    "标题": gettext_lazy("总结或通报的标题"),
    "副标题": gettext_lazy("模板设置里填写的副标题"),
    "主送": gettext_lazy("模板设置里填写的主送机关"),
    "落款": gettext_lazy("模板设置里填写的落款，没填时用主体单位或创建办"),
    "成文日期": gettext_lazy("批准的日期，批准前是取数的日期"),
    "时段": gettext_lazy("如2026年上半年"),
    "截至日期": gettext_lazy("数据截至哪一天"),
    "创建活动": gettext_lazy("创建活动的名称"),
    "简称": gettext_lazy("创建活动的简称，如创文"),
    "主体单位": gettext_lazy("开展创建活动的单位"),
    "督查批次": gettext_lazy("督查批次的名称，按时段编写时为空"),
}


def offered(kind: str, parts: Mapping[str, str]) -> list[tuple[str, list[Offered]]]:
    """The placeholders of a kind in groups, for the page on which a template is uploaded."""
    return [
        (_("文字"), [Offered(braced(name), str(means)) for name, means in WORDS.items()]),
        (
            _("正文（单独占一段，字体按这一段）"),
            [
                Offered(braced(BODY), _("全部正文，带标题")),
                *(Offered(braced(label), _("这一部分的正文，不带标题")) for label in parts.values()),
                Offered(braced(SOURCES), _("每个数字的口径和依据；有它时正文里的数字可以点过去")),
            ],
        ),
        (_("数据（没有时为空）"), [Offered(braced(name), name) for name in FIGURES[kind]]),
        group_of_tables(_tables_of(kind)),
    ]


def names_of(columns: Iterable[tuple[str, float]]) -> list[str]:
    """The names of a ledger's columns as placeholders write them: 进度频次 of 进度/频次."""
    return [_name(title) for title, _width in columns]


def _name(text: str) -> str:
    return re.sub(r"\W", "", text)


def _table(title: str) -> str:
    """The placeholder of an annexed table: the part of the text that tells of it may have the same title."""
    return f"{title}表"


def _tables_of(kind: str) -> dict[str, Sequence[str]]:
    """The tables a template of the kind may loop over, each with its columns."""
    return {
        TASKS: names_of(TASK_COLUMNS),
        FINDINGS: names_of(FINDING_COLUMNS),
        **{_table(title): columns for title, columns in TABLES[kind].items()},
    }


def empty(kind: str, parts: Mapping[str, str]) -> Filling:
    """What a template of the kind may ask for, with nothing in it yet: to check an upload against."""
    return Filling(
        words={name: "" for name in (*WORDS, *FIGURES[kind])},
        blocks={name: () for name in (BODY, *parts.values(), SOURCES)},
        columns=_tables_of(kind),
    )


def filling(
    title: str,
    *,
    kind: str,
    parts: Mapping[str, str],
    facts: dict,
    sections: Sequence[Told],
    keys: Sequence[str],
    dated: date,
    address_of: AddressOf = nowhere,
) -> Filling:
    """Everything a template may ask for, of one report; `keys` are those of the sections, in their order."""
    sources = Sources(facts, address_of)
    blocks: dict[str, list[Paragraph]] = {name: [] for name in (BODY, *parts.values())}
    told = zip(sections, keys, headings(sections, facts["writing"]["numbering"]), strict=True)
    part = ""
    for section, key, heading in told:
        part = _part_of(key, parts) or part
        paragraphs = [in_line(block) for block in sources.paragraphs(section)]
        titled = [Paragraph(Text(heading, bold=True))] if heading else []
        blocks[BODY] += [*titled, *paragraphs]
        if part:
            # Within a part only what stands below its own heading keeps its headings.
            below = titled if key not in parts else []
            blocks[parts[part]] += [*below, *paragraphs]
    blocks[SOURCES] = sources.told()
    return Filling(
        words=_words(title, kind, facts, dated), blocks=blocks, lists=_lists(facts), columns=empty(kind, parts).columns
    )


def _part_of(key: str, parts: Mapping[str, str]) -> str:
    if key in parts:
        return key
    if key.startswith("stream:") or key == "other":
        return "workstreams"
    return ""


def _words(title: str, kind: str, facts: dict, dated: date) -> dict[str, str]:
    by_label = {figure["label"]: figure["text"] for figure in facts["figures"].values()}
    found = facts.get("round")
    return {
        "标题": title,
        "副标题": facts["writing"]["subtitle"],
        "主送": facts["writing"]["addressee"],
        "落款": signature(facts),
        "成文日期": date_cn(dated),
        "时段": facts["period"]["label"],
        "截至日期": facts["period"]["last_day"],
        "创建活动": facts["campaign"]["name"],
        "简称": facts["campaign"]["short_name"],
        "主体单位": facts["campaign"]["host"],
        "督查批次": found["name"] if found else "",
        **{name: by_label.get(name, "") for name in FIGURES[kind]},
    }


def _lists(facts: dict) -> dict[str, list[dict[str, str]]]:
    told = {
        TASKS: _rows(names_of(TASK_COLUMNS), facts["ledgers"]["tasks"]),
        FINDINGS: _rows(names_of(FINDING_COLUMNS), facts["ledgers"]["findings"]["first"]),
    }
    for table in facts.get("tables", ()):
        kinds = {_name(name): kind for name, _width, kind in table["columns"]}
        rows = [
            [f"{value}%" if kind == "percent" else value for value, kind in zip(row, kinds.values(), strict=True)]
            for row in table["rows"]
        ]
        told[_table(table["title"])] = _rows(list(kinds), rows)
    return told


def _rows(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[dict[str, str]]:
    return [dict(zip(columns, map(str, row), strict=True)) for row in rows[:FIRST_ROWS]]
