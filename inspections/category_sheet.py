"""A table of categories with their limits and units, as cities print it: read, and said what of it would be taken.

大类, 小类, 处置时限 (15工作日, 5工作时, 4小时), 责任单位. Nothing is written; what is doubtful is told row by row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from campaigns.clock import Limit, LimitUnit
from campaigns.models import Campaign
from cityinit.tables import Field, read_table
from cityinit.workbook import Column, Fault, text
from inspections.limits import limits_in, longest
from inspections.models import DispatchRule, FindingCategory
from units.naming import Names

GROUP, NAME, LIMIT, UNITS = "大类", "名称", "时限", "责任单位"
FIELDS = (
    Field(Column(GROUP, text(40)), ("category", "大类名称", "问题大类", "类型", "类别")),
    Field(
        Column(NAME, text(60), required=True),
        ("name", "小类", "小类名称", "问题类别", "事件名称", "部件名称", "类别名称", "问题名称", "类别"),
    ),
    Field(Column(LIMIT, text(100)), ("time_limit", "处置时限", "整改时限", "办理时限", "处理时限", "期限")),
    Field(Column(UNITS, text(200)), ("responsible_units", "责任部门", "处置单位", "主管单位", "牵头单位", "单位")),
)
# A city's own list has a few hundred; more is another kind of table.
MOST = 500


@dataclass(frozen=True)
class Wished:
    """A row as it would be written: the category's name, what is said of it, and the unit of its rule."""

    name: str
    group: str = ""
    limit_amount: int | None = None
    limit_unit: str = ""
    unit_id: int | None = None

    @property
    def values(self) -> dict[str, Any]:
        return {"group": self.group, "limit_amount": self.limit_amount, "limit_unit": self.limit_unit}


@dataclass
class Line:
    """A row of the table for who looks at it before: what would become of it, and what is doubtful."""

    number: int
    wished: Wished
    limit: str = ""
    unit: str = ""
    becomes: str = ""
    doubts: list[str] = field(default_factory=list)


@dataclass
class Sheet:
    """What the table would do."""

    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)

    @property
    def wished(self) -> list[Wished]:
        return [line.wished for line in self.lines]


def read_categories(file: str | Path | IO[bytes], *, name: str, campaign: Campaign) -> Sheet:
    """The rows of an .xlsx or .csv, each with what it would change here; a table that cannot be read is a fault."""
    table = read_table(file, FIELDS, name=name)
    if table.faults:
        return Sheet(faults=table.faults)
    mapping = {place: guess.field for place, guess in table.guess(FIELDS).items()}
    reading = table.read_rows(FIELDS, mapping)
    sheet = Sheet(faults=reading.faults)
    rows = reading.rows.get(table.sheet, [])
    if len(rows) > MOST:
        wrong = _("有%(n)s行，") % {"n": len(rows)}
        sheet.faults.append(
            Fault(table.sheet, None, "", "", wrong, _("一次最多%(n)s行，请确认是类别表。") % {"n": MOST})
        )
    if sheet.faults:
        return sheet
    names = Names.of(campaign.host)
    there = {category.name: category for category in FindingCategory.objects.of(campaign)}
    rules = {
        rule.category_id: rule
        for rule in DispatchRule.objects.of(campaign).filter(kind=None, street="").select_related("unit")
    }
    seen: dict[str, int] = {}
    for row in rows:
        called = " ".join(str(row[NAME]).split())
        if first := seen.get(called):
            told = _("“%(name)s”在第%(row)s行已有，没有采用。") % {"name": called, "row": first}
            sheet.left_out.append((row.number, told))
            continue
        seen[called] = row.number
        sheet.lines.append(_line(row.number, called, row, there=there, rules=rules, names=names))
    return sheet


def _line(
    number: int,
    called: str,
    row: Any,
    *,
    there: Mapping[str, FindingCategory],
    rules: Mapping[int, DispatchRule],
    names: Names,
) -> Line:
    doubts: list[str] = []
    limit = _limit(str(row[LIMIT]), doubts)
    unit = _unit(str(row[UNITS]), names, doubts)
    line = Line(
        number,
        Wished(
            called,
            str(row[GROUP]),
            limit.amount if limit else None,
            limit.unit.value if limit else "",
            unit.pk if unit else None,
        ),
        limit=str(limit) if limit else "",
        unit=str(unit) if unit else "",
        doubts=doubts,
    )
    category = there.get(called)
    if category is None:
        line.becomes = _("新增")
        return line
    changed = []
    if limit and (category.limit_amount, category.limit_unit) != (limit.amount, limit.unit.value):
        before = str(Limit(category.limit_amount, LimitUnit(category.limit_unit))) if category.limit_amount else "—"
        changed.append(_("时限 %(before)s → %(now)s") % {"before": before, "now": limit})
    if line.wished.group and category.group != line.wished.group:
        changed.append(_("大类 %(before)s → %(now)s") % {"before": category.group or "—", "now": line.wished.group})
    rule = rules.get(category.pk)
    if unit and (rule is None or rule.unit_id != unit.pk):
        changed.append(_("分工 %(before)s → %(now)s") % {"before": rule.unit if rule else "—", "now": unit})
    line.becomes = "；".join(changed)
    return line


def _limit(said: str, doubts: list[str]) -> Limit | None:
    """The limit that a cell names; of several the longest, which is doubted."""
    found = limits_in(said)
    if not found:
        if said.strip():
            doubts.append(_("时限“%(said)s”没有看懂，按等级计算。") % {"said": said})
        return None
    limit = longest(found)
    if len(found) > 1:
        told = {"n": len(found), "limit": limit}
        doubts.append(_("写了%(n)s个时限，取最长的%(limit)s。") % told)
    return limit


def _unit(said: str, names: Names, doubts: list[str]) -> Any:
    """The unit of the rule: the one that the cell names first. Unknown, it leaves no rule: none behind it answers."""
    split = names.split(said)
    named = (*split.lead, *split.others)
    if not named:
        return None
    first, *others = named
    found = names.find(first)
    if not found:
        hint = names.unknown(first)[1]
        doubts.append(_("责任单位“%(name)s”不在单位名录，没有设分工。") % {"name": first} + hint)
        doubts.append(_("请在单位名录里登记它（或设为某个单位的简称）后再导入，也可以导入后在“分工”里设置。"))
    elif len(found) > 1:
        doubts.append(_("“%(name)s”是%(n)s个单位，不能定为一个分工。") % {"name": first, "n": len(found)})
    elif others:
        told = {"names": "”“".join(others)}
        doubts.append(_("另写有“%(names)s”，分工只取第一个。") % told)
    return found[0] if len(found) == 1 else None


def packed(wished: Sequence[Wished]) -> list[list[Any]]:
    """As plain values, to travel in the page between looking and confirming."""
    return [[row.name, row.group, row.limit_amount, row.limit_unit, row.unit_id] for row in wished]


def unpacked(rows: Sequence[Sequence[Any]]) -> list[Wished]:
    return [Wished(*row) for row in rows]
