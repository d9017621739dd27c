"""A summary as an official document and its ledgers as a workbook: which facts stand on which page. No queries.

Everything comes from the frozen facts and the sections, so the same report drawn again is the same to the byte.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.apps import apps

from cityinit.charts import Chart, picture
from cityinit.documents import docx, xlsx
from cityinit.numerals import decimal_heading, ordinal_heading

from . import rich
from .deeds import share_of
from .facts import source_label
from .frozen import FIRST_ROWS
from .models import Template
from .registers import sources_of
from .sections import Section

# Of 22 points in 156 mm.
TITLE_CHARACTERS = 20
LEAST_OF_A_LINE = 5
TASK_COLUMNS = (
    ("编号", 7),
    ("任务", 26),
    ("牵头单位", 14),
    ("责任单位", 18),
    ("完成时限", 11),
    ("进度/频次", 10),
    ("办结日期", 11),
)
FINDING_COLUMNS = (
    # 2026-000032 in one line.
    ("编号", 13),
    ("发现日期", 12),
    ("点位", 13),
    ("类别", 9),
    ("问题描述", 22),
    ("责任单位", 13),
    ("整改期限", 12),
    ("状态", 8),
    ("整改措施", 15),
)
SOURCE_COLUMNS = (("序号", 5), ("数据", 17), ("文中数值", 10), ("口径与依据", 26), ("记录数", 6))
# In the document the figures of one basis share a row, so many at most: a row is not broken over pages.
BASIS_COLUMNS = (("序号", 4), ("口径与依据", 16), ("数据、文中数值（依据多条记录的注明条数）", 44))
FIGURES_IN_ROW = 12


PAIR_COLUMNS = (("序号", 12, "center"), ("问题", 76, "left"), ("整改前", 67, "center"), ("整改后", 67, "center"))
# Three rows to a page.
PHOTO_MM = 59
CHART_MM = 150
# Before each item of a list.
ITEM = "● "
NO_PHOTO = "（照片文件缺失）"


@dataclass(frozen=True)
class Told:
    """A section as it is drawn: what the person reads, and where in it which figure stands."""

    heading: str
    level: int
    text: str
    links: Sequence[dict]


# The page that lists the records of a figure; empty where there is none.
AddressOf = Callable[[str], str]


def nowhere(_key: str) -> str:
    return ""


def document_of(
    title: str,
    *,
    facts: dict,
    sections: Sequence[Told],
    dated: date,
    photos: Mapping[int, bytes] | None = None,
    address_of: AddressOf = nowhere,
) -> docx.Document:
    """The report as a document, signed on `dated`: body, tables, ledgers, photo pairs, where each figure comes from.

    `photos` are the pictures of the pairs, by the keys of their files; a pair that has lost one says so. `address_of`
    gives the page with the records of a figure, where people reach the product by an address.
    """
    sources = Sources(facts, address_of)
    blocks: list[docx.Block] = []
    writing = facts["writing"]
    for section, heading in zip(sections, headings(sections, writing["numbering"]), strict=True):
        if heading:
            blocks.append(docx.Heading(section.level, heading))
        blocks += sources.paragraphs(section)
    return docx.Document(
        title=_broken(title, before=facts["period"]["label"]),
        subtitle=writing["subtitle"],
        addressee=writing["addressee"],
        blocks=blocks,
        signature=signature(facts),
        date=dated,
        annexes=[*_tables(facts), *_charts(facts), *_ledgers(facts), *_pairs(facts, photos or {}), *sources.annex()],
        line_pt=float(Decimal(writing["line_points"])),
        author=signature(facts),
    )


def draw_ledgers(facts: dict, sections: Sequence[Told], *, findings: Iterable[Sequence[str]]) -> bytes:
    """The annex workbook: both ledgers whole (`findings` row by row), and where each number of the text comes from."""
    sources = Sources(facts)
    for section in sections:
        sources.paragraphs(section)
    ledgers = facts["ledgers"]
    sheets = [
        *(_table_sheet(table) for table in facts.get("tables", ())),
        _sheet("任务台账", TASK_COLUMNS, ledgers["tasks"], dates=(4, 6)),
        _sheet("问题台账", FINDING_COLUMNS, findings, dates=(1, 6)),
        *_log_sheet(facts.get("tasks", ())),
        xlsx.Sheet(
            "数据来源",
            [
                xlsx.Column("序号", 6, "int"),
                *(xlsx.Column(title, width * 2) for title, width in SOURCE_COLUMNS[1:4]),
                xlsx.Column("记录数", 8, "int"),
            ],
            [(place, *row) for place, (_key, *row) in enumerate(sources.rows(), start=1)],
        ),
    ]
    file = BytesIO()
    xlsx.write_workbook(file, sheets)
    return file.getvalue()


def _log_sheet(tasks: Sequence[dict]) -> list[xlsx.Sheet]:
    """Everything that was logged, where the text tells a part of it."""
    if share_of(tasks) is None:
        return []
    rows = (
        [
            date.fromisoformat(entry["on"]),
            task["name"],
            entry["unit"],
            "是" if entry["highlight"] else "",
            entry["content"],
        ]
        for task in tasks
        for entry in task["entries"]
    )
    columns = [xlsx.Column("日期", 12, "date"), xlsx.Column("任务", 30), xlsx.Column("单位", 20)]
    return [xlsx.Sheet("工作记录", [*columns, xlsx.Column("亮点", 6), xlsx.Column("内容", 60)], rows)]


def headings(sections: Iterable[Told | Section], numbering: str) -> list[str]:
    """The heading of each section with its number, as the template numbers; empty where a section has none."""
    told, places = [], [0] * 5
    for section in sections:
        if not section.level:
            told.append("")
            continue
        places[section.level] += 1
        places[section.level + 1 :] = [0] * (4 - section.level)
        # A deeper heading whose parent the office left out stands on the level it stands on.
        above = [place for place in places[1 : section.level + 1] if place]
        match numbering:
            case Template.Numbering.DIGITS:
                number = decimal_heading(above)
            case Template.Numbering.NONE:
                number = ""
            case _:
                number = ordinal_heading(section.level, places[section.level])
        told.append(f"{number}{section.heading}")
    return told


def _broken(title: str, *, before: str) -> str:
    """A title wider than a line, broken before the period rather than in its last word.

    Where that leaves next to nothing above, as in 关于2026年…, it is broken before what it tells of.
    """
    # A digit is half as wide as a character of the script.
    if sum(0.5 if sign.isascii() else 1 for sign in title) <= TITLE_CHARACTERS:
        return title
    told_of = next((words for words in ("模拟测评情况", "督查情况") if words in title), "")
    for place in (title.find(before), title.rfind(told_of) if told_of else -1):
        if place >= LEAST_OF_A_LINE:
            return f"{title[:place]}\n{title[place:]}"
    return title


def signature(facts: dict) -> str:
    """落款: what the office chose, else the unit that speaks."""
    return facts["writing"]["signature"] or facts["speaker"]["name"]


class Sources:
    """The figures and records the text leads to, in order of first mention, each with a bookmark in the annex."""

    def __init__(self, facts: dict, address_of: AddressOf = nowhere):
        self.facts = facts
        self.address_of = address_of
        self.said: dict[str, list[str]] = {}
        self.marks: dict[str, str] = {}

    def paragraphs(self, section: Told) -> list[docx.Block]:
        """The section's lines; each number that has a source is a link to its line in the annex."""
        blocks: list[docx.Block] = []
        marks = sorted((link["start"], link["end"], link["figure"]) for link in section.links)
        for line in rich.lines(section.text):
            pieces = [piece for span in line.spans for piece in rich.cut(span, marks)]
            runs = [self.run(section.text, *piece) for piece in pieces]
            if line.kind == "heading":
                blocks.append(docx.Heading(min(section.level + 1, 4), runs))
            else:
                blocks.append(docx.Paragraph([docx.Text(ITEM), *runs] if line.kind == "item" else runs))
        return blocks

    def run(self, text: str, piece: rich.Span, figure: str | None) -> docx.Text:
        words = text[piece.start : piece.end]
        return docx.Text(words, bold=piece.bold, link_to_bookmark=self.bookmark(figure, words) if figure else "")

    def bookmark(self, key: str, number: str) -> str:
        said = self.said.setdefault(key, [])
        if number not in said:
            said.append(number)
        # A number copied from a record leads to the line of such records.
        entry = key if key in self.facts["figures"] else key.partition(":")[0]
        return self.marks.setdefault(entry, f"source_{len(self.marks) + 1}")

    def rows(self) -> list[tuple[str, str, str, str, int]]:
        """(key, what it is, as it stands in the text, its basis, how many records)"""
        told = []
        for key, numbers in self.said.items():
            if figure := self.facts["figures"].get(key):
                told.append((key, figure["label"], "、".join(numbers), figure["basis"], figure["count"]))
            else:
                told.append(
                    (key, source_label(self.facts, key), "、".join(numbers), "照录原始记录", len(sources_of(key)))
                )
        return told

    def told(self) -> list[docx.Paragraph]:
        """The figures and records of the text, one paragraph each with its bookmark: for an office's own template."""
        paragraphs = []
        for place, (key, label, numbers, basis, records) in enumerate(self.rows(), start=1):
            mark = self.marks[key if key in self.facts["figures"] else key.partition(":")[0]]
            text = f"{place}.{label}：{numbers}（{basis}；{records}条）"
            address = self.address_of(key) if key in self.facts["figures"] else ""
            paragraphs.append(docx.Paragraph([docx.Text(text, bookmark=mark, url=address)]))
        return paragraphs

    def annex(self) -> list[docx.Annex]:
        """The figures of the text by what they rest on, and which records were copied; one by one in the workbook."""
        by_basis: dict[str, list[docx.Text]] = {}
        copied: dict[str, set[str]] = {}
        for key, label, numbers, basis, records in self.rows():
            if key in self.facts["figures"]:
                of_several = f"（{records}条）" if records > 1 else ""
                text = f"{label}：{numbers}{of_several}"
                entry = docx.Text(text, bookmark=self.marks[key], url=self.address_of(key))
                by_basis.setdefault(basis, []).append(entry)
            else:
                copied.setdefault(key.partition(":")[0], set()).update(sources_of(key))
        rows: list[list[docx.Cell]] = [
            ["", basis, _strung_out(entries[start : start + FIGURES_IN_ROW])]
            for basis, entries in by_basis.items()
            for start in range(0, len(entries), FIGURES_IN_ROW)
        ]
        if copied:
            entries = [
                docx.Text(f"{apps.get_model(model)._meta.verbose_name}（{len(sources)}条）", bookmark=self.marks[model])
                for model, sources in copied.items()
            ]
            rows.append(["", "照录原始记录，逐条见Excel附表", _strung_out(entries)])
        if not rows:
            return []
        for place, row in enumerate(rows, start=1):
            row[0] = str(place)
        columns = [
            docx.Column(name, width, align="center" if name == "序号" else "left") for name, width in BASIS_COLUMNS
        ]
        return [docx.Annex("数据来源", [docx.Table(columns, rows, small=True)])]


def _table_sheet(table: dict) -> xlsx.Sheet:
    """A table with its numbers as numbers."""
    kinds = [kind for _name, _width, kind in table["columns"]]
    return xlsx.Sheet(
        table["title"],
        [xlsx.Column(name, width * 1.4, kind) for name, width, kind in table["columns"]],
        [[_cell(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in table["rows"]],
    )


def _cell(value: Any, kind: xlsx.Kind) -> Any:
    """The value as a workbook counts with it: a share in per cent as one of one."""
    if value in ("", None):
        return None
    if kind == "percent":
        return Decimal(value) / 100
    return Decimal(value) if kind == "decimal" else value


def _strung_out(entries: Sequence[docx.Text]) -> list[docx.Text]:
    """The entries with ； between them, each keeping its bookmark."""
    told: list[docx.Text] = []
    for entry in entries:
        told += [docx.Text("；"), entry] if told else [entry]
    return told


def _tables(facts: dict) -> list[docx.Annex]:
    """The tables of this kind of report: rankings and scores. [title, width, kind] of each column, values as text."""
    return [docx.Annex(table["title"], [_small_table(table)]) for table in facts.get("tables", ())]


def _small_table(table: dict) -> docx.Table:
    kinds = [kind for _name, _width, kind in table["columns"]]
    columns = [
        docx.Column(name, width, align="left" if kind == "text" else "center") for name, width, kind in table["columns"]
    ]
    rows = [
        [f"{value}%" if kind == "percent" else str(value) for value, kind in zip(row, kinds, strict=True)]
        for row in table["rows"]
    ]
    return docx.Table(columns, rows, small=True)


def _charts(facts: dict) -> list[docx.Annex]:
    """统计图: each as a picture, and below it the numbers it is drawn from."""
    blocks: list[docx.Block] = []
    for told in facts.get("charts", ()):
        chart = Chart.of(told["chart"])
        blocks += [docx.Heading(2, chart.title), docx.Picture(picture(chart), CHART_MM), _small_table(told)]
    return [docx.Annex("统计图", blocks)] if blocks else []


def _ledgers(facts: dict) -> list[docx.Annex]:
    day = facts["period"]["last_day"]
    tasks, findings = facts["ledgers"]["tasks"], facts["ledgers"]["findings"]
    return [
        docx.Annex(f"{name}（截至{day}）", [*_ledger(columns, rows, count)], landscape=True)
        for name, columns, rows, count in (
            ("任务台账", TASK_COLUMNS, tasks[:FIRST_ROWS], len(tasks)),
            ("问题台账", FINDING_COLUMNS, findings["first"], findings["count"]),
        )
        if rows
    ]


def _pairs(facts: dict, photos: Mapping[int, bytes]) -> list[docx.Annex]:
    """整改前后对照: what was wrong and what was done about it, with both photos side by side."""
    rows: list[list[docx.Cell]] = []
    for place, pair in enumerate(facts["pairs"], start=1):
        told = [f"{pair['number']} {pair['where']}".strip(), pair["description"], pair["measure"], pair["unit"]]
        pictures = [
            docx.Picture(photos[key], PHOTO_MM, "") if key in photos else NO_PHOTO
            for key in (pair["before"], pair["after"])
        ]
        rows.append([place, "\n".join(filter(None, told)), *pictures])
    if not rows:
        return []
    columns = [docx.Column(name, width, align) for name, width, align in PAIR_COLUMNS]
    return [docx.Annex("整改前后对照", [docx.Table(columns, rows, small=True)], landscape=True)]


def _ledger(columns: Sequence[tuple[str, float]], rows: Sequence[Sequence[str]], count: int) -> list[docx.Block]:
    table = docx.Table([docx.Column(name, width) for name, width in columns], rows, small=True)
    if count == len(rows):
        return [table]
    note = f"共{count}条，此处列出前{len(rows)}条，全部内容见Excel附表。"
    return [table, docx.Paragraph(note)]


def _sheet(
    name: str, columns: Sequence[tuple[str, float]], rows: Iterable[Sequence[str]], *, dates: tuple
) -> xlsx.Sheet:
    kinds: list[xlsx.Kind] = ["date" if place in dates else "text" for place in range(len(columns))]
    return xlsx.Sheet(
        name,
        [xlsx.Column(title, width * 1.4, kind) for (title, width), kind in zip(columns, kinds, strict=True)],
        (
            [
                date.fromisoformat(value) if place in dates and value else value or None
                for place, value in enumerate(row)
            ]
            for row in rows
        ),
    )
