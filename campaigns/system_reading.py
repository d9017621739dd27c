"""What a table with one standard a line says: its systems, as trees of indicators and standards to be written.

No line is lost: what has no column of ours is kept as a note of its node, and what is passed over is told.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import count
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from cityinit.numerals import from_chinese
from cityinit.tables import Field, read_table
from cityinit.workbook import Column, Fault, Reading, Row, plain, text
from units.models import Unit
from units.naming import Names

from .models import Campaign, Indicator
from .system_codes import take_apart, without

SYSTEM, EDITION = "体系名称", "版本"
NUMBER, CONTENT, METHODS, WORTH = "序号", "标准", "测评方式", "分值或要求"
UNITS, DUE, ASKED, SOURCE, REMARK = "责任单位", "完成时限", "材料要求", "来源", "备注"
# Code, name and score of each level.
LEVELS = (
    ("Ⅰ级编号", "Ⅰ级指标", "Ⅰ级分值"),
    ("Ⅱ级编号", "Ⅱ级指标", "Ⅱ级分值"),
    ("Ⅲ级编号", "Ⅲ级指标", "Ⅲ级分值"),
)
LEVEL_MARKS = ("Ⅰ", "Ⅱ", "Ⅲ")


def _field(name: str, *aliases: str, longest: int | None = None) -> Field:
    return Field(Column(name, text(longest)), aliases)


FIELDS = (
    _field(SYSTEM, "system", "测评体系", "体系", longest=100),
    _field(EDITION, "edition_year", "edition", "版次", "发布版本", longest=40),
    _field(LEVELS[0][0], "l1_code", "一级编号", "一级指标编号", "项目编号", longest=40),
    _field(LEVELS[0][1], "l1_name", "一级指标", "测评项目", "测评类别", longest=200),
    _field(LEVELS[0][2], "l1_score", "一级分值", longest=100),
    _field(LEVELS[1][0], "l2_code", "二级编号", "二级指标编号", longest=40),
    _field(LEVELS[1][1], "l2_name", "二级指标", "测评内容", longest=200),
    _field(LEVELS[1][2], "l2_score", "二级分值", longest=100),
    _field(LEVELS[2][0], "l3_code", "三级编号", "三级指标编号", longest=40),
    _field(LEVELS[2][1], "l3_name", "三级指标", longest=200),
    _field(LEVELS[2][2], "l3_score", "三级分值", longest=100),
    _field(NUMBER, "standard_no", "标准序号", "标准编号", longest=10),
    _field(CONTENT, "standard", "测评标准", "具体标准"),
    _field(METHODS, "methods", "测评方法", "测评手段"),
    _field(WORTH, "score_or_threshold", "分值", "得分", "评分", "达标要求", longest=200),
    _field(UNITS, "responsible_units", "责任部门"),
    _field(DUE, "due", "完成时间"),
    _field(ASKED, "materials_or_deduction", "材料要求", "扣分办法"),
    _field(SOURCE, "source_url", "出处"),
    _field(REMARK, "quality_note", "说明"),
)
# What offices write for a method, brackets and 内容 aside.
METHOD_WORDS = {str(label): value for value, label in Indicator.Method.choices} | {
    "问卷": Indicator.Method.SURVEY,
    "询问": Indicator.Method.SURVEY,
    "查资料": Indicator.Method.MATERIAL,
    "资料审核": Indicator.Method.MATERIAL,
    "检查": Indicator.Method.ONSITE,
    "实地检查": Indicator.Method.ONSITE,
    "暗访": Indicator.Method.ONSITE,
    "媒体调查": Indicator.Method.MEDIA,
    "网络调查": Indicator.Method.MEDIA,
}
NEGATIVE = re.compile(r"一票否决|负面清单")
UNKNOWN_EDITION = {"?", "？"}
SEPARATORS = re.compile(r"[、,，;；/]\s*")


@dataclass(eq=False)
class Wish:
    """A standard as the table has it."""

    row: Row
    number: str
    values: dict[str, Any]
    units: list[Unit]

    @property
    def wanted(self) -> dict[str, Any]:
        return self.values | {"units": self.units}


@dataclass(eq=False)
class WishedNode:
    """An indicator as the lines of the table together have it."""

    row: Row
    level: int
    said: str
    name: str
    parent: WishedNode | None
    code: str = ""
    score: Decimal | None = None
    methods: list[str] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    standards: dict[str, Wish] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, Any]:
        told = {"name": self.name, "score": self.score, "methods": self.methods}
        return told | {"note": "\n".join(self.notes)}

    @property
    def wanted(self) -> dict[str, Any]:
        return self.values | {"above": self.parent.code if self.parent else "", "units": self.units}

    @property
    def top(self) -> WishedNode:
        """The indicator of level Ⅰ it stands under, or is."""
        return self.parent.top if self.parent else self

    def note(self, said: str) -> None:
        if said and said not in self.notes:
            self.notes.append(said)


@dataclass
class Loaded:
    """What a load did, or would do: counts by kind of row, and every fault."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    counts: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))
    skipped: list[str] = field(default_factory=list)
    lines: int = 0
    systems: dict[str, int] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        return not self.faults


class Plan:
    """The systems of a table, read before anything is written."""

    def __init__(self, campaign: Campaign, path: Path, *, file_name: str, name: str, edition: str):
        self.campaign = campaign
        self.default = (name, edition)
        self.loaded = Loaded()
        self.names = Names.of(campaign.host)
        self.trees: dict[tuple[str, str], dict[tuple, WishedNode]] = defaultdict(dict)
        self.rules: list[Row] = []
        table = read_table(path, FIELDS, name=file_name)
        mapping = {place: guess.field for place, guess in table.guess(FIELDS).items()}
        reading = table.read_rows(FIELDS, mapping)
        self.loaded.notes = reading.notes
        self.loaded.faults = reading.faults
        self.mapped = set(mapping.values())
        self._check_columns(table.sheet, reading)
        above: dict[str, str] = {}
        lines = [(row, self._levels(row, above)) for row in reading.rows.get(table.sheet, [])]
        self.loaded.lines = len(lines)
        self._part_codes(lines)
        for row, said in lines:
            self._read(row, said)
        self._tell_rules()
        for tree in self.trees.values():
            self._give_codes(tree)
        self.loaded.faults = table.in_order(self.loaded.faults)

    def _check_columns(self, sheet: str, reading: Reading) -> None:
        if not any(name in self.mapped for _code, name, _score in LEVELS) and not reading.faults:
            wrong, right = _("没有指标名称的列，"), _("请给表头写上“Ⅰ级指标”“Ⅱ级指标”“标准”等列名。")
            self.loaded.faults.append(Fault(sheet, None, "", "", wrong, right))
        elif SYSTEM not in self.mapped and not self.default[0]:
            wrong, right = _("表里没有“体系名称”一列，"), _("请加上这一列，或上传时填写体系名称。")
            self.loaded.faults.append(Fault(sheet, None, SYSTEM, "", wrong, right))

    def _fault(self, row: Row, column: str, wrong: str, right: str = "") -> None:
        row.unreadable.add(column)
        self.loaded.faults.append(row.fault(column, wrong, right))

    def _told(self, row: Row, sentence: str) -> None:
        self.loaded.notes.append(_("第%(row)s行：%(told)s") % {"row": row.number, "told": sentence})

    # -- one line ---

    def _read(self, row: Row, said: list[tuple[str, str]]) -> None:
        node = self._node(row, said)
        if node is None:
            return
        units, unknown = self._units(row)
        methods, other_methods = self._methods(row)
        notes = [*unknown, *other_methods]
        if row[DUE]:
            notes.append(_("完成时限：%(due)s") % {"due": row[DUE]})
        if row[REMARK]:
            notes.append(row[REMARK])
        if row[SOURCE]:
            # Of a whole branch it is mostly one and the same: told at its top, once.
            node.top.note(_("来源：%(source)s") % {"source": row[SOURCE]})
        if row[CONTENT]:
            self._standard(row, node, methods=methods, units=units, notes=notes)
            return
        if row[NUMBER]:
            self._fault(row, CONTENT, _("有序号而没有标准的内容，"), _("请填写标准，或删去序号。"))
        node.methods = list(dict.fromkeys([*node.methods, *methods]))
        node.units = list(dict.fromkeys([*node.units, *units]))
        self._score(node, row, row[WORTH])
        for sentence in (*notes, row[ASKED]):
            node.note(sentence)

    def _levels(self, row: Row, above: dict[str, str]) -> list[tuple[str, str]]:
        """(code, name) of each level; a line that leaves the first ones empty stands under those of the line before."""
        columns = [name for code, title, _score in LEVELS for name in (code, title)]
        said = {name: row[name] for name in (SYSTEM, EDITION, *columns)}
        for name in (SYSTEM, EDITION, *columns):
            if said[name]:
                break
            said[name] = above.get(name, "")
        if row[SYSTEM] and row[SYSTEM] != above.get(SYSTEM) and not row[EDITION]:
            said[EDITION] = ""
        above.clear()
        above.update(said)
        row.values[SYSTEM], row.values[EDITION] = said[SYSTEM], said[EDITION]
        return [(said[code].strip(), said[title].strip()) for code, title, _score in LEVELS]

    def _part_codes(self, lines: list[tuple[Row, list[tuple[str, str]]]]) -> None:
        """Where a cell says Ⅰ-1 组织领导, its number is the code: what counts as one, each level of a system says."""
        together: dict[tuple, dict[str, None]] = defaultdict(dict)
        for row, said in lines:
            for level, (code, name) in enumerate(said):
                if name and not code:
                    together[(level, row[SYSTEM], row[EDITION])][name] = None
        parted = {place: take_apart(names) for place, names in together.items()}
        for row, said in lines:
            for level, (code, name) in enumerate(said):
                if code and name:
                    said[level] = code, without(code, name)
                elif name:
                    said[level] = parted[(level, row[SYSTEM], row[EDITION])].get(name, ("", name))
        for level, (_code, title, _score) in enumerate(LEVELS):
            found = (one for place, apart in parted.items() if place[0] == level for one in apart.values() if one[1])
            if first := next(found, None):
                told = _("“%(column)s”里名称前的编号读作编号，如“%(code)s”“%(name)s”。")
                self.loaded.notes.append(told % {"column": title, "code": first[0], "name": first[1]})

    def _node(self, row: Row, said: list[tuple[str, str]]) -> WishedNode | None:
        """The deepest indicator the line names, with those above it; None for a line that names none."""
        tree = self.trees[self._system(row)]
        node: WishedNode | None = None
        path: tuple = ()
        for level, (code, name) in enumerate(said):
            if not code and not name:
                continue
            path = (*path, level, plain(code or name))
            there = tree.get(path)
            if there is None:
                there = tree[path] = WishedNode(row, level, code, name or code, node)
                if not name:
                    self._told(row, _("“%(code)s”没有名称，用编号作名称。") % {"code": code})
            elif name and there.name != name:
                wrong = _("编号“%(code)s”在第%(row)s行叫“%(name)s”，") % {
                    "code": code or name,
                    "row": there.row.number,
                    "name": there.name,
                }
                self._fault(row, LEVELS[level][1], wrong, _("请改成同一个名称，或换一个编号。"))
            self._score(there, row, row[LEVELS[level][2]])
            node = there
        if node is None:
            self._fault(row, LEVELS[0][1], _("没有指标名称，"), _("请至少填写第一级指标。"))
        return node

    def _system(self, row: Row) -> tuple[str, str]:
        name, edition = row[SYSTEM] or self.default[0], row[EDITION] or ("" if row[SYSTEM] else self.default[1])
        if edition in UNKNOWN_EDITION:
            if (name, "") not in self.trees:
                self._told(row, _("版本写作“%(edition)s”，按没有注明版本导入。") % {"edition": edition})
            edition = ""
        return name, edition

    def _score(self, node: WishedNode, row: Row, said: str) -> None:
        if not said:
            return
        score = _number(said)
        if score is None or (node.score is not None and node.score != score):
            node.note(_("分值：%(said)s") % {"said": said})
            if score is not None:
                told = _("“%(name)s”的分值已是%(score)s，“%(said)s”记在说明里。")
                self._told(row, told % {"name": node.name, "score": f"{node.score:f}", "said": said})
        else:
            node.score = score

    def _units(self, row: Row) -> tuple[list[Unit], list[str]]:
        """The units known by name; the names that are not are kept as written."""
        said = self.names.split(row[UNITS])
        found, unknown = [], []
        for name in (*said.lead, *said.others):
            units = self.names.find(name)
            found.extend(units)
            if not units:
                unknown.append(name)
        if not unknown:
            return list(dict.fromkeys(found)), []
        names = "、".join(unknown)
        self._told(row, _("单位表里没有“%(names)s”，记在说明里。") % {"names": names})
        return list(dict.fromkeys(found)), [_("责任单位：%(names)s") % {"names": names}]

    def _methods(self, row: Row) -> tuple[list[str], list[str]]:
        found: list[str] = []
        unknown: list[str] = []
        for word in filter(None, SEPARATORS.split(row[METHODS])):
            key = re.sub(r"[()\s]|内容", "", plain(word))
            if key in METHOD_WORDS:
                found.append(METHOD_WORDS[key])
            else:
                unknown.append(word)
        if unknown:
            names = "、".join(unknown)
            self._told(row, _("测评方式“%(names)s”不认识，记在说明里。") % {"names": names})
            return list(dict.fromkeys(found)), [_("测评方式：%(names)s") % {"names": names}]
        return list(dict.fromkeys(found)), []

    def _standard(
        self, row: Row, node: WishedNode, *, methods: list[str], units: list[Unit], notes: Iterable[str]
    ) -> None:
        number = row[NUMBER] or self._next_number(row, node)
        score = _number(row[WORTH])
        if row[WORTH] and score is None:
            self.rules.append(row)
        values = {
            "content": row[CONTENT],
            "methods": methods,
            "score": score,
            "threshold": row[WORTH] if row[WORTH] and score is None else "",
            "asked": row[ASKED],
            "is_negative": bool(NEGATIVE.search(row[CONTENT]) or NEGATIVE.search(node.name)),
            "note": "\n".join(notes),
        }
        there = node.standards.get(number)
        if there is None:
            node.standards[number] = Wish(row, number, values, units)
        elif there.values == values:
            self._told(row, _("与第%(row)s行相同，只导入一次。") % {"row": there.row.number})
        else:
            wrong = _("“%(name)s”下的序号%(number)s在第%(row)s行已经用过，") % {
                "name": node.name,
                "number": number,
                "row": there.row.number,
            }
            self._fault(row, NUMBER, wrong, _("请换一个序号。"))

    def _tell_rules(self) -> None:
        """What is no score adds nothing to the total: of a table that says rules instead it is said once."""
        if self.rules:
            first = self.rules[0]
            told = _("“%(said)s”不是一个分值，记作达标要求（第%(row)s行起，共%(n)s行这样）。")
            self.loaded.notes.append(told % {"said": first[WORTH][:40], "row": first.number, "n": len(self.rules)})

    def _next_number(self, row: Row, node: WishedNode) -> str:
        number = next(str(n) for n in range(1, 10_000) if str(n) not in node.standards)
        self._told(row, _("标准没有序号，编为%(number)s。") % {"number": number})
        return number

    # -- codes within a system ---

    def _give_codes(self, tree: dict[tuple, WishedNode]) -> None:
        """A code as printed; where the codes of a level are not its alone, with those above before them.

        Many systems count Ⅲ-1, Ⅲ-2 anew under each Ⅱ.
        """
        used: set[str] = set()
        for level in range(len(LEVELS)):
            nodes = [node for node in tree.values() if node.level == level]
            codes = [node.said for node in nodes if node.said]
            is_own = len(codes) == len(set(codes)) and used.isdisjoint(codes)
            for place, node in enumerate(nodes, start=1):
                said = node.said or next(made for made in _made_up(level, place) if made not in codes)
                code = said if is_own or node.parent is None else f"{node.parent.code}-{said}"
                while code in used:
                    code += "'"
                used.add(code)
                node.code = code
                if not node.said:
                    codes.append(said)
                    told = _("“%(name)s”没有编号，编为%(code)s。")
                    self._told(node.row, told % {"name": node.name, "code": code})
                if len(code) > 40:
                    self._fault(node.row, LEVELS[level][0], _("加上上级编号后太长，"), _("编号最多40个字。"))


def _made_up(level: int, place: int) -> Iterator[str]:
    """Codes for what has none: counted on from its place in the level."""
    return (f"{LEVEL_MARKS[level]}-{number}" for number in count(place))


def _number(said: str) -> Decimal | None:
    """The score a cell says: 4, 4.0, 4分, （五分）; None for a rule such as 少一条扣4分."""
    bare = re.sub(r"[()\s]", "", plain(said)).removeprefix("满分").removesuffix("分")
    in_words = from_chinese(bare) if bare else None
    try:
        value = Decimal(bare if in_words is None else in_words).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value < 10**6 else None
