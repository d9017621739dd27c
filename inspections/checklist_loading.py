"""Checklists out of a table with one item a line: several types and editions in one file.

Each becomes a draft, or goes to the draft that is there. Loaded twice it changes nothing; what people have changed
since is left to them, and an edition in use is not written into.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign, ImportedRow
from cityinit.alone import Work, alone
from cityinit.loading import CREATED, SKIPPED, UNCHANGED, UPDATED
from cityinit.marks import digest
from cityinit.tables import Field, read_table
from cityinit.workbook import Column, Fault, Row, number, text

from .actions.checklists import record, type_called
from .models import Checklist, ChecklistItem
from .models.checklist import HEAVIEST
from .rule_reading import Read, read_rule

# The name under which is remembered what the last load wrote.
MEMORY = "检查表"
TYPE, EDITION, SOURCE = "点位类型", "版本", "依据"
CODE, GROUP, CRITERION, RULE, OBSERVED, WEIGHT = "编号", "类别", "检查内容", "判定规则", "检查方法", "分值"
REMARK, LINK = "备注", "来源"
UNKNOWN_EDITION = "未注明版本"


def _field(name: str, *aliases: str, longest: int | None = None, carried: bool = False) -> Field:
    return Field(Column(name, text(longest)), aliases, carried=carried)


FIELDS = (
    _field(TYPE, "site_type", "点位", "考察点", "测评点位", "类型", longest=60, carried=True),
    _field(EDITION, "edition_year", "edition", "年份", longest=40),
    _field(SOURCE, "region_or_doc", "文件", "出处", longest=200),
    _field(CODE, "item_code", "序号", "项号", longest=20),
    _field(GROUP, "group", "项目", "检查项目", "分组", longest=60),
    _field(CRITERION, "criterion", "检查标准", "考察内容", "测评内容", "具体要求"),
    _field(RULE, "pass_rule", "达标要求", "测评标准", "判定标准", "是否达标"),
    _field(OBSERVED, "observation_method", "考察方法", "观察方法", longest=200),
    Field(Column(WEIGHT, number(least=1, below=HEAVIEST + 1, whole=True)), ("weight", "权重", "分数")),
    _field(LINK, "source_url", "网址"),
    _field(REMARK, "quality_note", "说明"),
)


@dataclass(eq=False)
class Wish:
    """An item as the table has it."""

    row: Row
    values: dict[str, Any]


@dataclass
class Loaded:
    """What a load did, or would do: counts by kind of row, and every fault."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    counts: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))
    skipped: list[str] = field(default_factory=list)
    # Each rule that was left to the eye though it says a number: line, item, wording, why.
    doubts: list[dict[str, Any]] = field(default_factory=list)
    lines: int = 0
    checklists: dict[str, int] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        return not self.faults


class _Undone(Exception):
    """Thrown to take back what a dry run wrote."""


def check(campaign: Campaign, path: Path, *, file_name: str, kind: str = "", edition: str = "") -> Loaded:
    """A dry run: what a load would do, with every fault by line and column; nothing is written."""
    plan = _Plan(campaign, path, file_name=file_name, kind=kind, edition=edition)
    try:
        with transaction.atomic():
            if plan.loaded.is_sound:
                plan.write(by=None)
            raise _Undone
    except _Undone:
        return plan.loaded


def load(
    campaign: Campaign,
    path: Path,
    *,
    file_name: str,
    kind: str = "",
    edition: str = "",
    by: Any,
    record_result: Callable[[Loaded], None] = lambda loaded: None,
) -> Loaded:
    """Write the checklists of a table, all or nothing; with faults nothing. The result is recorded in the same go."""
    plan = _Plan(campaign, path, file_name=file_name, kind=kind, edition=edition)
    with transaction.atomic():
        alone(Work.LOAD)
        if plan.loaded.is_sound:
            plan.write(by=by)
        record_result(plan.loaded)
    return plan.loaded


class _Plan:
    """The checklists of a table, read before anything is written."""

    def __init__(self, campaign: Campaign, path: Path, *, file_name: str, kind: str, edition: str):
        self.campaign = campaign
        self.default = (kind.strip(), edition.strip())
        self.loaded = Loaded()
        self.checklists: dict[tuple[str, str, str], list[Wish]] = defaultdict(list)
        self.memory: dict[str, str] = {}
        self.written: dict[str, str] = {}
        table = read_table(path, FIELDS, name=file_name)
        mapping = {place: guess.field for place, guess in table.guess(FIELDS).items()}
        reading = table.read_rows(FIELDS, mapping)
        self.loaded.notes, self.loaded.faults = list(reading.notes), reading.faults
        rows = reading.rows.get(table.sheet, [])
        self.loaded.lines = len(rows)
        if self._has_columns(table.sheet, set(mapping.values())):
            self._read_all(rows)
        self.loaded.faults = table.in_order(self.loaded.faults)

    def _has_columns(self, sheet: str, mapped: set[str]) -> bool:
        """Whether the rows can be read at all; a table without a header has its own fault already."""
        if not mapped:
            return False
        before = len(self.loaded.faults)
        if CRITERION not in mapped:
            wrong, right = _("没有检查内容的列，"), _("请给表头写上“检查内容”。")
            self.loaded.faults.append(Fault(sheet, None, CRITERION, "", wrong, right))
        if TYPE not in mapped and not self.default[0]:
            wrong, right = _("表里没有“点位类型”一列，"), _("请加上这一列，或上传时填写点位类型。")
            self.loaded.faults.append(Fault(sheet, None, TYPE, "", wrong, right))
        return len(self.loaded.faults) == before

    def _read_all(self, rows: list[Row]) -> None:
        before: Read | None = None
        unruled = 0
        for row in rows:
            kind = row[TYPE] or self.default[0]
            if not kind:
                self._fault(row, TYPE, _("没有点位类型，"), _("请填写，或写在它上面的行里。"))
                continue
            if not row[CRITERION]:
                self._fault(row, CRITERION, _("没有检查内容，"), _("请填写，或删去这一行。"))
                continue
            key = (kind, row[EDITION] or self.default[1] or UNKNOWN_EDITION, row[SOURCE])
            before = read_rule(row[RULE], criterion=row[CRITERION], before=before)
            unruled += not row[RULE]
            self._wish(row, self.checklists[key], before)
        if unruled:
            self.loaded.notes.append(_("有%(n)s行没有写判定规则，按“符合/不符合”判定。") % {"n": unruled})

    def _wish(self, row: Row, wishes: list[Wish], read: Read) -> None:
        code = self._code(row, {wish.values["code"] for wish in wishes}, len(wishes) + 1)
        if read.doubt:
            self.loaded.doubts.append(
                {"row": row.number, "code": code, "said": row[RULE], "why": read.doubt, "criterion": row[CRITERION]}
            )
        rule = read.rule
        self_evident = rule.words == row[RULE] or row[RULE] in ("有/无", "无", rule.words)
        wishes.append(
            Wish(
                row,
                {
                    "code": code,
                    "group": row[GROUP],
                    "criterion": row[CRITERION],
                    "rule_kind": str(rule.kind),
                    "amount": rule.amount,
                    "sample": rule.sample,
                    "metres": rule.metres,
                    "at_most": rule.at_most,
                    "per_100": rule.per_100,
                    "measure": rule.measure,
                    "said": "" if self_evident else row[RULE],
                    "observed": row[OBSERVED],
                    "weight": row[WEIGHT] or 1,
                },
            )
        )

    def _code(self, row: Row, taken: set[str], place: int) -> str:
        """As it is written; counted on where there is none, and told apart where it stands twice."""
        said = row[CODE] or str(place)
        code, again = said, 1
        while code in taken:
            again += 1
            code = f"{said[:16]}-{again}"
        if code != said:
            told = _("第%(row)s行：编号“%(said)s”已用过，编为“%(code)s”。")
            self.loaded.notes.append(told % {"row": row.number, "said": said, "code": code})
        return code

    def _fault(self, row: Row, column: str, wrong: str, right: str) -> None:
        row.unreadable.add(column)
        self.loaded.faults.append(row.fault(column, wrong, right))

    # -- writing ---

    def write(self, *, by: Any) -> None:
        self.memory = dict(
            ImportedRow.objects.filter(campaign=self.campaign, sheet=MEMORY).values_list("key", "written")
        )
        for (kind, edition, source), wishes in self.checklists.items():
            self._write_checklist(kind, edition, source, wishes, by=by)
        rows = [
            ImportedRow(campaign=self.campaign, sheet=MEMORY, key=key, written=mark)
            for key, mark in self.written.items()
        ]
        ImportedRow.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["campaign", "sheet", "key"],
            update_fields=["written"],
            batch_size=500,
        )

    def _write_checklist(self, kind: str, edition: str, source: str, wishes: list[Wish], *, by: Any) -> None:
        site_type = type_called(kind)
        there = Checklist.objects.filter(campaign=self.campaign, kind=site_type, edition=edition, source=source).first()
        is_new = there is None
        if there is None:
            there = Checklist.objects.create(
                campaign=self.campaign, kind=site_type, edition=edition, source=source, note=_note(wishes)
            )
        else:
            # Who edits it now and the load do not write at once.
            there = Checklist.objects.select_for_update(no_key=True).get(pk=there.pk)
        self.loaded.counts[_("检查表")][CREATED if is_new else UNCHANGED] += 1
        items = {item.code: item for item in there.items.all()}
        name = f"{kind}|{edition}|{source}"
        decided = {
            wish: self._decide(f"{name}|{wish.values['code']}", items.get(wish.values["code"]), wish, is_new=is_new)
            for wish in wishes
        }
        changes = [wish for wish, tally in decided.items() if tally in (CREATED, UPDATED)]
        if changes and not there.is_draft:
            self.loaded.skipped.append(
                _("“%(checklist)s”目前是“%(state)s”，表里的%(n)s处改动没有写入。")
                % {"checklist": there, "state": there.get_state_display(), "n": len(changes)}
            )
            for wish in changes:
                decided[wish] = SKIPPED
                self.written.pop(_key(f"{name}|{wish.values['code']}"), None)
        self._write_items(there, items, decided)
        if any(tally in (CREATED, UPDATED) for tally in decided.values()):
            record(there, "load", _("导入"), by=by, note=_("写入%(n)s条") % {"n": len(changes)})
        self.loaded.checklists[f"{there} {source}".strip()] = there.pk

    def _write_items(
        self, checklist: Checklist, items: Mapping[str, ChecklistItem], decided: Mapping[Wish, str]
    ) -> None:
        place = max((item.position for item in items.values()), default=0)
        made, changed = [], []
        for wish, tally in decided.items():
            self.loaded.counts[_("检查项")][tally] += 1
            if tally == CREATED:
                place += 1
                made.append(ChecklistItem(checklist=checklist, position=place, **wish.values))
            elif tally == UPDATED:
                item = items[wish.values["code"]]
                for name, value in wish.values.items():
                    setattr(item, name, value)
                changed.append(item)
        ChecklistItem.objects.bulk_create(made)
        if changed:
            ChecklistItem.objects.bulk_update(changed, [name for name in ChecklistItem.WRITTEN if name != "indicator"])

    def _decide(self, name: str, item: ChecklistItem | None, wish: Wish, *, is_new: bool) -> str:
        key, mark = _key(name), digest(wish.values)
        before = None if is_new else self.memory.get(key)
        if item is None:
            if before:
                self._skip(wish.row, _("已在系统中删除，没有再次导入。"))
                return SKIPPED
            self.written[key] = mark
            return CREATED
        now = digest({name: getattr(item, name) for name in wish.values})
        if now == mark:
            return UNCHANGED
        if before == now:
            self.written[key] = mark
            return UPDATED
        self._skip(wish.row, _("系统中已有人修改，保留系统中的内容。"))
        return SKIPPED

    def _skip(self, row: Row, why: str) -> None:
        self.loaded.skipped.append(_("第%(row)s行：%(why)s") % {"row": row.number, "why": why})


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _note(wishes: list[Wish]) -> str:
    """Where it comes from and what was said of it, each once."""
    told = dict.fromkeys(wish.row[column] for column in (LINK, REMARK) for wish in wishes if wish.row[column])
    return "\n".join(told)
