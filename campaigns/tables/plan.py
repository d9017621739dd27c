"""What becomes of each row of a 任务分解表: worked out in memory from a fixed number of queries, nothing written."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from campaigns.codes import Codes
from campaigns.models import AssessmentSystem, Assignment, Indicator, TableLine, Task, TaskEvent, TaskTable, Workstream
from cityinit.loading import Loading
from cityinit.tables import Field, Line, read_table
from cityinit.workbook import Fault, Row
from units.models import Unit
from units.naming import Names, Said

from . import fields as columns
from .fields import CODE, DUE, LEAD, LEVELS, NAME, PARENT, STARTS, TARGET, UNITS, Amount
from .indicators import Systems, told_levels, told_unknown
from .layout import year_of
from .standing import changes_in_words, is_same

LONGEST_NAME = 200
ANEW = "anew"
SAMPLES = 8
FIRST_SENTENCE = re.compile(r"[。；;\n]")
DOTTED = re.compile(r"([^\W\d]*\d+(?:[.\-]\d+)*)[.\-]\d+")


@dataclass(frozen=True)
class Choices:
    """What the person chose beside the columns."""

    year: int
    numbering: str = "file"
    streams: tuple[int, ...] = ()
    starts_on: date | None = None
    due_on: date | None = None
    lead: int | None = None
    first_leads: bool = False
    system: int | None = None
    new_indicators: bool = False
    # What a number means that another task bears: "" a fault, `update` the same task, `anew` another one.
    taken: str = ""

    @classmethod
    def of(cls, table: TaskTable) -> Choices:
        kept = table.options
        return cls(
            year=kept.get("year") or year_of(table),
            numbering=kept.get("numbering") or "file",
            streams=tuple(kept.get("streams") or ()),
            starts_on=_day(kept.get("starts_on")),
            due_on=_day(kept.get("due_on")),
            lead=kept.get("lead"),
            first_leads=bool(kept.get("first_leads")),
            system=kept.get("system"),
            new_indicators=bool(kept.get("new_indicators")),
            taken=kept.get("taken") or "",
        )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@dataclass
class Loaded:
    """What a load did, or would do."""

    counts: Mapping[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    # What could be read and may yet be meant otherwise, row by row; and in how many rows the same was noticed.
    hints: list[Fault] = field(default_factory=list)
    hinted: dict[str, list[int]] = field(default_factory=dict)
    # What the table calls units nobody knows, by how many rows say it.
    unknown: Counter = field(default_factory=Counter)
    new_indicators: list[str] = field(default_factory=list)
    rows: int = 0
    # The first rows as they were read, so that a person sees what 三季度 and 各街道 have become.
    samples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.faults


class _Loading(Loading):
    """Rows that are known by more than their columns: `keys` says by what."""

    keys: dict[int, str]

    def key_of(self, row: Row) -> str:
        return self.keys[row.number]


@dataclass(eq=False)
class Wish:
    """One row as the task it should become."""

    row: Row
    line: Line
    code: str = ""
    parent_code: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    lead: Any = None
    others: list[Unit] = field(default_factory=list)
    streams: list[Workstream] = field(default_factory=list)
    # What stands already; `task` is what becomes of the row.
    there: Task | None = None
    task: Any = None
    is_new: bool = False
    # Of a task that is updated: what becomes of what it said.
    changes: str = ""

    @property
    def says(self) -> tuple[str, int | None]:
        """By what a row without a number of its own is found again."""
        indicator = self.values["indicator"]
        return self.values["name"], indicator and indicator.pk

    @property
    def wanted(self) -> dict[str, Any]:
        """Plain values by which what stands is compared with what the file says."""
        indicator = self.values["indicator"]
        return {
            **{name: value for name, value in self.values.items() if name != "indicator"},
            "indicator": indicator.code if indicator else "",
            "parent": self.parent_code,
            "lead": self.lead.pk if self.lead else None,
            "others": sorted(unit.pk for unit in self.others),
            "streams": sorted(stream.pk for stream in self.streams),
        }


class Plan:
    """What becomes of each row, worked out before anything is written."""

    def __init__(self, table: TaskTable, path: Path, *, by: Any):
        self.table, self.campaign, self.by = table, table.campaign, by
        self.choices = Choices.of(table)
        self.fields: tuple[Field, ...] = columns.fields(year=self.choices.year)
        self.mapping = {int(place): name for place, name in (table.mapping or {}).items() if name}
        self.read = read_table(
            path, self.fields, name=table.file.name, sheet=table.sheet, header_line=table.header_line
        )
        reading = self.read.read_rows(self.fields, self.mapping)
        self.mapped = set(self.mapping.values())
        self.loading = _Loading(reading, {self.read.sheet: self.read.as_sheet(self.fields)}, by=by)
        self.loading.keys = {}
        self.loaded = Loaded(faults=reading.faults, notes=reading.notes, rows=len(self.read.lines))
        self.wishes: list[Wish] = []
        self.changed: list[Wish] = []

    def make(self) -> None:
        self._know()
        rows = self.loading.rows(self.read.sheet)
        self.wishes = [Wish(row, line) for row, line in zip(rows, self.read.lines, strict=True)]
        if LEAD not in self.mapped and UNITS not in self.mapped and not self.choices.lead:
            wrong = _("没有哪一列是牵头单位或责任单位，")
            right = _("请选择一列，或在选项里指定默认的牵头单位。")
            self.loading.faults.append(Fault(self.read.sheet, self.read.header_line or None, LEAD, "", wrong, right))
        for wish in self.wishes:
            self._fill(wish)
        self._number()
        self._find_parents()
        for wish in self._parents_first():
            self._put(wish)
        self._tell()

    # What stands already ---------------------------------------------------------------------------------

    def _know(self) -> None:
        campaign = self.campaign
        self.names = Names.of(campaign.host)
        self.default_lead = Unit.objects.filter(pk=self.choices.lead).first() if self.choices.lead else None
        for stream in Workstream.objects.of(campaign):
            self.loading.know("workstream", stream.name, stream)
        self.default_streams = [
            stream for stream in self.loading.index["workstream"].values() if stream.pk in self.choices.streams
        ]
        systems = list(AssessmentSystem.objects.of(campaign).to_look_in(self.choices.system))
        self.levels = Systems.of(campaign, systems, may_add=self.choices.new_indicators)
        # What is in more than one system is told once, not of every row that says it.
        self.ambiguous: set[str] = set()
        tasks = list(Task.objects.of(campaign).select_related("indicator"))
        self.by_pk = {task.pk: task for task in tasks}
        self.by_code = {task.code: task for task in tasks}
        self.last_position = max((task.position for task in tasks), default=0)
        self.parts: dict[int, dict[str, Any]] = defaultdict(lambda: {"lead": None, "others": []})
        assigned = Assignment.objects.filter(task__campaign=campaign).values_list("task", "unit", "is_lead")
        for task, unit, is_lead in assigned.iterator(chunk_size=5000):
            if is_lead:
                self.parts[task]["lead"] = unit
            else:
                self.parts[task]["others"].append(unit)
        self.streams_of: dict[int, list[int]] = defaultdict(list)
        standing = Task.workstreams.through.objects.filter(task__campaign=campaign)
        for task, stream in standing.values_list("task", "workstream").iterator(chunk_size=5000):
            self.streams_of[task].append(stream)
        worked_on = TaskEvent.objects.filter(task__campaign=campaign).exclude(move="imported")
        self.worked_on = set(worked_on.values_list("task", flat=True))
        earlier = TableLine.objects.filter(table__campaign=campaign).order_by("table", "number")
        self.by_key: dict[str, int | None] = {}
        self.last_name: dict[str, str] = {}
        asked = ("key", "task", "written", f"told__{NAME}", "table__shape")
        alike = set()
        for key, task, written, name, shape in earlier.values_list(*asked).iterator(chunk_size=5000):
            self.by_key[key], self.last_name[key] = task, name or ""
            if shape == self.table.shape:
                alike.add(task)
            if written:
                self.loading.memory[(self.read.sheet, key)] = written
        found_again = set(self.by_key.values())
        # What may stand in such a table, given back since it was renamed, moved to an indicator or split off.
        self.by_saying: dict[tuple[str, int | None], list[Task]] = defaultdict(list)
        for task in tasks:
            is_part = task.split_from_id and task.pk not in found_again and task.state != Task.State.CANCELLED
            if is_part or task.pk in alike:
                self.by_saying[_says(task)].append(task)

    # A row as a task -------------------------------------------------------------------------------------

    def _fill(self, wish: Wish) -> None:
        row, loading = wish.row, self.loading
        name, requirement = self._name(row), row[columns.REQUIREMENT]
        if len(row[NAME]) > LONGEST_NAME:
            requirement = "\n".join(part for part in (row[NAME], requirement) if part)
        due = row[DUE]
        starts_on = row[STARTS] or (due and due.starts_on) or self.choices.starts_on
        frequency = row[columns.FREQUENCY] or (due.frequency if due else "")
        due_on = due.on if due else None if frequency else self.choices.due_on
        if starts_on and due_on and due_on < starts_on and not {STARTS, DUE} & row.unreadable:
            loading.fault(
                row,
                DUE,
                _("完成时限%(due)s早于开始日期%(day)s，") % {"due": due_on, "day": starts_on},
                _("请检查两个日期。"),
            )
        elif due_on and not starts_on and due_on < self.campaign.starts_on and DUE not in row.unreadable:
            told = {"due": due_on, "day": self.campaign.starts_on}
            wrong = _("完成时限%(due)s早于创建活动开始的%(day)s，") % told
            loading.fault(row, DUE, wrong, _("请检查年份；确实更早的，请填写开始日期。"))
        elif due_on and not starts_on and due_on > self.campaign.ends_on and DUE not in row.unreadable:
            told = {"due": due_on, "day": self.campaign.ends_on}
            wrong = _("完成时限%(due)s晚于创建活动结束的%(day)s，") % told
            loading.fault(row, DUE, wrong, _("请检查年份；确实更晚的，请填写开始日期。"))
        target, measure = self._target(row)
        self._units(wish)
        wish.streams = [
            *loading.find_all(row, columns.STREAMS, "workstream", where=_("板块")),
            *self.default_streams,
        ]
        wish.streams = list(dict.fromkeys(wish.streams))
        said = [row[level] for level in LEVELS]
        wish.values = {
            "name": name,
            "requirement": requirement,
            "indicator": self._indicator(row, said),
            "supervising_leader": row[columns.LEADER],
            "starts_on": starts_on,
            "due_on": due_on,
            "target": target,
            "measure": measure,
            "frequency": frequency,
        }

    def _indicator(self, row: Row, said: list[str]) -> Indicator | None:
        code = row[columns.INDICATOR]
        found = self.levels.find(said, code=code)
        if len(found) < 2:
            return found[0] if found else None
        text = code or told_levels(said)
        if text not in self.ambiguous:
            self.ambiguous.add(text)
            column = columns.INDICATOR if code else next(level for level in reversed(LEVELS) if row[level])
            wrong = _("“%(text)s”在%(systems)s里都有，") % {
                "text": text[:80],
                "systems": "、".join(f"“{indicator.system}”" for indicator in found),
            }
            right = _("请在选项里选择“指标属于哪个测评体系”，或写上它的上级指标。")
            self.loading.fault(row, column, wrong, right)
        return None

    def _name(self, row: Row) -> str:
        """The name; of a longer text its first sentence, the whole of it then goes to the requirement."""
        typed = " ".join(row[NAME].split())
        if len(typed) <= LONGEST_NAME:
            return typed
        first = FIRST_SENTENCE.split(row[NAME].strip(), maxsplit=1)[0].strip()
        if not 0 < len(first) <= LONGEST_NAME:
            said = {"n": len(typed), "most": LONGEST_NAME}
            self.loading.fault(
                row,
                NAME,
                _("太长：%(n)s个字，") % said,
                _("名称最多%(most)s个字；第一句话不超过%(most)s个字时，会自动用它作名称。") % said,
            )
        return first[:LONGEST_NAME]

    def _target(self, row: Row) -> tuple[Any, str]:
        found: Amount | None = row[TARGET]
        measure = row[columns.MEASURE]
        if found is None:
            return None, measure
        if found.measure and measure and found.measure != measure:
            wrong = _("与“%(column)s”写的“%(measure)s”不一致，") % {"column": columns.MEASURE, "measure": measure}
            self.loading.fault(row, TARGET, wrong, _("请只在一处写计量单位。"))
        measure = measure or found.measure
        if not measure:
            self.loading.fault(row, TARGET, _("没有写计量单位，"), _("请写明，例如“1000平方米”。"))
        return found.value, measure

    def _units(self, wish: Wish) -> None:
        row = wish.row
        led, said = self.names.split(row[LEAD]), self.names.split(row[UNITS])
        column, leading, beside = self._leading(row, led, said)
        if leading:
            found = self._known(row, column, leading)
            if len(found) > 1:
                wrong = _("“%(name)s”是%(n)s个单位，不能都牵头，") % {"name": leading, "n": len(found)}
                self.loading.fault(row, column, wrong, _("请写明由哪一个单位牵头，其他单位列为配合单位。"))
            wish.lead = found[0] if found else None
        elif self.default_lead:
            wish.lead = self.default_lead
            if {LEAD, UNITS} & self.mapped:
                taken = _("由“%(unit)s”牵头") % {"unit": wish.lead}
                self._hint(row, column, _("没写牵头单位，按选项由指定的单位牵头"), taken)
        elif {LEAD, UNITS} & self.mapped:
            right = _("请填写，或在选项里指定没写的由谁牵头。")
            self.loading.fault(row, column, _("没有填牵头单位，"), right)
        for name in beside:
            found = self._known(row, UNITS if name in said.lead + said.others else LEAD, name)
            if wish.lead and leading and wish.lead in found and not self.names.means_all(name):
                # What the cell says; of a way of writing that a person explained, whom it means beside it.
                said_so = f"{name}（{wish.lead}）" if self.names.is_alias(name) else wish.lead
                wrong = _("“%(unit)s”已是牵头单位，") % {"unit": said_so}
                self.loading.fault(row, UNITS if UNITS in self.mapped else LEAD, wrong, _("不要再列为责任单位。"))
            # The lead goes without saying among 各街道, and where the option names it.
            wish.others += [unit for unit in found if unit != wish.lead and unit not in wish.others]
        for column, cell in ((LEAD, led), (UNITS, said)):
            for text in cell.vague:
                right = _("只读取了写明的单位；还有别的单位，请在表里写明")
                self._hint(row, column, _("“等”没有指明还有哪些单位"), right, value=text)

    def _leading(self, row: Row, led: Said, said: Said) -> tuple[str, str, list[str]]:
        """In which column the lead was found, its name, and who is beside it; no name where the row says none.

        Whatever is not plainly written is told beside the row.
        """
        if led.lead or led.others:
            first, *rest = [*led.lead, *led.others]
            others = led.seconds if led.lead else tuple(rest)
            self._tell_seconds(row, LEAD, first, [*led.lead[1:], *others, *said.lead])
            return LEAD, first, [*rest, *said.lead, *said.others]
        named = [*said.lead, *said.others]
        if said.lead:
            self._tell_seconds(row, UNITS, named[0], [*said.lead[1:], *said.seconds])
        elif not named or (LEAD in self.mapped and not self.choices.first_leads):
            return LEAD if LEAD in self.mapped else UNITS, "", named
        elif LEAD in self.mapped:
            noticed = _("没写牵头单位，按选项由责任单位里写在最前的单位牵头")
            self._hint(row, LEAD, noticed, _("由“%(unit)s”牵头") % {"unit": named[0]})
        elif len(named) > 1:
            noticed = _("没有牵头单位这一列，由责任单位里写在最前的单位牵头")
            self._hint(row, UNITS, noticed, _("由“%(unit)s”牵头") % {"unit": named[0]})
        return UNITS, named[0], named[1:]

    def _tell_seconds(self, row: Row, column: str, first: str, seconds: list[str]) -> None:
        if seconds := [name for name in dict.fromkeys(seconds) if name != first]:
            told = {"first": first, "rest": "、".join(f"“{name}”" for name in seconds)}
            noticed = _("牵头单位写了不止一个，第一个牵头，其余作责任单位")
            self._hint(row, column, noticed, _("由“%(first)s”牵头，%(rest)s作责任单位") % told)

    def _hint(self, row: Row, column: str, noticed: str, taken: str, *, value: str = "") -> None:
        """Tell what a row was read as, where it could have been meant otherwise; the row is written all the same."""
        told = row.fault(column, noticed, taken)
        self.loaded.hints.append(replace(told, value=value) if value else told)
        self.loaded.hinted.setdefault(noticed, []).append(row.number)

    def _known(self, row: Row, column: str, name: str) -> list[Unit]:
        found = self.names.find(name)
        if not found:
            wrong, hint = self._unknown(name)
            self.loading.fault(row, column, wrong, hint + _("可以在本页指定它是哪个单位。"))
            self.loaded.unknown[name] += 1
        return found

    def _unknown(self, name: str) -> tuple[str, str]:
        kept = self.__dict__.setdefault("_near", {})
        if name not in kept:
            kept[name] = self.names.unknown(name)
        return kept[name]

    # Numbers and the tree --------------------------------------------------------------------------------

    def _number(self) -> None:
        """Codes as the file has them or given one after the other, and keys to find the rows again by."""
        seen: dict[str, int] = {}
        times: Counter = Counter()
        used = set(self.by_code)
        by_file = self.choices.numbering == "file"
        for wish in self.wishes:
            row, typed = wish.row, wish.row[CODE]
            if by_file and typed:
                if typed in seen:
                    wrong = _("与第%(row)s行的编号重复，") % {"row": seen[typed]}
                    right = _("请改成不同的编号，或在选项里选择自动编号。")
                    self.loading.fault(row, CODE, wrong, right)
                seen.setdefault(typed, row.number)
                used.add(typed)
                other = self._other(wish)
                if other and not self.choices.taken:
                    wrong = _("编号已经是“%(name)s”，") % {"name": other.name[:40]}
                    right = _("是同一项任务，或要当作新任务另编编号的，请在选项里选择；否则请改编号。")
                    self.loading.fault(row, CODE, wrong, right)
                if not other or self.choices.taken != ANEW:
                    wish.code = typed
                    self.loading.keys[row.number] = _digest(["code", typed])
                    wish.there = self._bearer(typed)
                    continue
            said = ["row", *(row[level] for level in LEVELS), row[columns.INDICATOR], row[NAME]]
            times[tuple(said)] += 1
            self.loading.keys[row.number] = _digest([*said, str(times[tuple(said)])])
        self._find_again([wish for wish in self.wishes if not wish.code])
        codes = Codes(used)
        for wish in self.wishes:
            if not wish.code:
                indicator = wish.values["indicator"] if self.choices.numbering == "indicator" else None
                wish.code = wish.there.code if wish.there else codes.next(indicator)

    def _find_again(self, wishes: list[Wish]) -> None:
        """The task of each row without a number of its own: by what it says now, else by what its row said before."""
        earlier = {wish: self.by_pk.get(self.by_key.get(self.loading.keys[wish.row.number]) or 0) for wish in wishes}
        taken: set[int] = set()

        def take(wish: Wish, task: Task | None) -> None:
            if task and not wish.there and task.pk not in taken:
                wish.there = task
                taken.add(task.pk)

        for wish, task in earlier.items():
            if task and _says(task) == wish.says:
                take(wish, task)
        for wish, task in earlier.items():
            # Of what was deleted no other task takes the place.
            if task or self.loading.keys[wish.row.number] not in self.by_key:
                left = (one for one in self.by_saying.get(wish.says, ()) if one.pk not in taken)
                take(wish, next(left, None))
        for wish, task in earlier.items():
            take(wish, task)

    def _bearer(self, code: str) -> Task | None:
        """The task a row with this number was at an earlier load, or that bears it now."""
        return self.by_pk.get(self.by_key.get(_digest(["code", code])) or 0) or self.by_code.get(code)

    def _other(self, wish: Wish) -> Task | None:
        """The task that bears the row's number and is not the row's: nearly every table counts from 1."""
        key = _digest(["code", wish.row[CODE]])
        there, name = self._bearer(wish.row[CODE]), wish.values["name"]
        if there is None or not name or is_same(name, there.name) or is_same(name, self.last_name.get(key, "")):
            return None
        return there

    def _find_parents(self) -> None:
        """The task above each: as a column says, or as the numbers 1, 1.1, 1.1.1 do."""
        in_file = {wish.row[CODE]: wish for wish in self.wishes if wish.row[CODE]}
        codes = {wish.code for wish in self.wishes} | set(self.by_code)
        above: dict[str, Wish] = {}
        for wish in self.wishes:
            row, typed = wish.row, wish.row[CODE]
            if named := row[PARENT]:
                wish.parent_code = in_file[named].code if named in in_file else named
                if wish.parent_code not in codes:
                    wrong = _("没有编号是“%(code)s”的任务，") % {"code": named}
                    self.loading.fault(row, PARENT, wrong, _("请检查上级编号。"))
            elif wish.code == typed and (part := self.by_code.get(typed)) and part.split_from_id:
                # 2-2 was split off from 2 and stands beside it.
                wish.parent_code = self.by_pk[part.parent_id].code if part.parent_id else ""
            elif PARENT not in self.mapped and (match := DOTTED.fullmatch(typed)) and match[1] in above:
                # Numbers that begin anew under each indicator mean the nearest one above.
                wish.parent_code = above[match[1]].code
            if typed:
                above[typed] = wish
        self._refuse_rings()

    def _refuse_rings(self) -> None:
        codes = {task.pk: task.code for task in self.by_code.values()}
        parent_of = {task.code: codes.get(task.parent_id or 0, "") for task in self.by_code.values()}
        parent_of |= {wish.code: wish.parent_code for wish in self.wishes}
        for wish in self.wishes:
            step, walked = wish.parent_code, set()
            while step and step != wish.code and step not in walked:
                walked.add(step)
                step = parent_of.get(step, "")
            if step and step == wish.code:
                self.loading.fault(wish.row, PARENT, _("上下级绕成了圈，"), _("请检查这几行的上级编号。"))

    def _parents_first(self) -> list[Wish]:
        by_code = {wish.code: wish for wish in self.wishes}
        depths: dict[str, int] = {}

        def depth(wish: Wish) -> int:
            chain = []
            step: Wish | None = wish
            while step and step.code not in depths and step not in chain:
                chain.append(step)
                step = by_code.get(step.parent_code)
            reached = depths.get(step.code, -1) if step and step.code in depths else -1
            for link in reversed(chain):
                reached += 1
                depths[link.code] = reached
            return depths[wish.code]

        return sorted(self.wishes, key=depth)

    # What is to be written -------------------------------------------------------------------------------

    def _put(self, wish: Wish) -> None:
        row, loading, there = wish.row, self.loading, wish.there

        def create() -> Task:
            wish.is_new = True
            # The order of the file, whatever is written first.
            position = self.last_position + row.number
            wish.task = Task(campaign=self.campaign, code=wish.code, position=position)
            return wish.task

        def update(task: Task) -> None:
            self.changed.append(wish)
            wish.changes = self._changes(task, wish)
            self._hint(row, NAME, _("与系统中的任务不同，按表更新"), f"{task.code} {wish.changes}", value=task.name)

        loading.put(
            row,
            there,
            wanted=wish.wanted,
            now=self._now,
            create=create,
            update=update,
            worked_on=bool(there and there.pk in self.worked_on),
        )
        wish.task = wish.task or there

    def _now(self, task: Task) -> dict[str, Any]:
        above = self.by_pk.get(task.parent_id or 0)
        return {
            "name": task.name,
            "requirement": task.requirement,
            "supervising_leader": task.supervising_leader,
            "starts_on": task.starts_on,
            "due_on": task.due_on,
            "target": task.target,
            "measure": task.measure,
            "frequency": task.frequency,
            "indicator": task.indicator.code if task.indicator else "",
            "parent": above.code if above else "",
            "lead": self.parts[task.pk]["lead"],
            "others": sorted(self.parts[task.pk]["others"]),
            "streams": sorted(self.streams_of[task.pk]),
        }

    def _changes(self, task: Task, wish: Wish) -> str:
        streams = {stream.pk: stream.name for stream in self.loading.index["workstream"].values()}
        return changes_in_words(self._now(task), wish.wanted, units=self._unit_names, streams=streams)

    @cached_property
    def _unit_names(self) -> dict[int, str]:
        return {unit.pk: str(unit) for unit in Unit.objects.of_host(self.campaign.host.host_id)}

    def _tell(self) -> None:
        self.loaded.counts = dict(self.loading.counts[self.read.sheet])
        self.loaded.skipped = self.loading.skipped
        self.loaded.faults = self.read.in_order(self.loading.faults)
        self.loaded.hints = self.read.in_order(self.loaded.hints)
        self.loaded.notes += told_unknown(self.levels.unknown)
        self.loaded.new_indicators = [f"{one.code} {one.name}" for one in self.levels.new]
        self.loaded.samples = [self._sample(wish) for wish in self.wishes[:SAMPLES]]

    def _sample(self, wish: Wish) -> dict[str, Any]:
        """A row as it was read, and beside what was not taken word for word what the cell says."""
        values, places = wish.values, {name: place for place, name in self.mapping.items()}
        days = [f"{day:%Y-%m-%d}" for day in (values["starts_on"], values["due_on"]) if day]
        due = " 至 ".join(days) if values["due_on"] else f"{days[0]} 起" if days else ""
        target = "" if values["target"] is None else f"{values['target'].normalize():f}{values['measure']}"
        read = {
            LEAD: str(wish.lead or ""),
            UNITS: "、".join(str(unit) for unit in wish.others),
            DUE: "，".join(text for text in (due, values["frequency"]) if text),
            TARGET: target,
        }
        cells = []
        for name, text in read.items():
            said = wish.line.text(places[name]) if name in places else ""
            cells.append({"column": name, "read": text, "said": "" if said == text else said})
        return {"row": wish.row.number, "code": wish.code, "name": values["name"], "cells": cells}


def _says(task: Task) -> tuple[str, int | None]:
    return task.name, task.indicator_id


def _digest(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
