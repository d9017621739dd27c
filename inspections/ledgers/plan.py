"""What becomes of each row of a 问题台账: worked out in memory from a fixed number of queries, nothing written."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from campaigns import clock
from campaigns.clock import Limit, LimitUnit
from campaigns.tables.layout import year_of
from campaigns.tables.standing import is_same
from cityinit.loading import CREATED, SKIPPED, UNCHANGED, UPDATED, Loading
from cityinit.marks import digest
from cityinit.periods import day_of
from cityinit.tables import Line, read_table
from cityinit.workbook import Fault, Row, plain
from inspections import presets
from inspections.dispatch import office_calendar
from inspections.guessing import spoken_of
from inspections.importers import DUE_AT, FOUND_AT, moment_of, steps_of
from inspections.models import Finding, FindingCategory, FindingEvent, Ledger, LedgerLine, Round, Site
from units.models import Unit
from units.naming import Names

from . import fields as columns
from .pictures import Pictures
from .saying import facts, say
from .splitting import split, split_into

State = Finding.State
PLACE_LENGTH = Finding._meta.get_field("place").max_length or 0
NUMBER_LENGTH = 40
SAMPLES = 8
# With the unit or behind it: these name one.
OF_A_UNIT = (State.DISPATCHED, State.RECTIFYING, State.SUBMITTED, State.REWORK, State.CLOSED, State.LONG_TERM)
# With a unit, whose clock would run.
WITHOUT_DUE = (State.DISPATCHED, State.RECTIFYING, State.REWORK)
STILL_OPEN = (State.REPORTED, State.DISPATCHED, State.RECTIFYING, State.LONG_TERM)


@dataclass(frozen=True)
class Choices:
    """What the person chose beside the columns."""

    year: int
    splits: bool = True
    same_above: bool = False
    category: int | None = None
    new_categories: bool = False
    unit: int | None = None
    round: int | None = None
    found_on: date | None = None
    closed_on: date | None = None

    @classmethod
    def of(cls, ledger: Ledger) -> Choices:
        kept = ledger.options
        return cls(
            year=kept.get("year") or year_of(ledger),
            splits=kept.get("splits", True),
            same_above=bool(kept.get("same_above")),
            category=kept.get("category"),
            new_categories=bool(kept.get("new_categories")),
            unit=kept.get("unit"),
            round=kept.get("round"),
            found_on=_day(kept.get("found_on")),
            closed_on=_day(kept.get("closed_on")),
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
    # What the ledger calls units nobody knows, by how many rows say it.
    unknown: Counter = field(default_factory=Counter)
    rows: int = 0
    findings: int = 0
    photos: int = 0
    states: Counter = field(default_factory=Counter)
    samples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.faults


@dataclass(eq=False)
class Wish:
    """One problem of one row as the finding it should become."""

    row: Row
    line: Line
    part: int = 1
    parts: int = 1
    description: str = ""
    measure: str = ""
    number: str = ""
    key: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, Any] = field(default_factory=dict)
    assisting: list[Unit] = field(default_factory=list)
    # What stands already; `finding` is what becomes of the row.
    there: Finding | None = None
    finding: Finding | None = None
    is_new: bool = False
    written: str = ""

    @property
    def note(self) -> str:
        """What the ledger says and a finding has no place for: it stands in the history."""
        said = [(name, self.row[name]) for name in (columns.KIND, columns.FINDER, columns.NOTE)]
        return "；".join(f"{name}：{text}" for name, text in said if text)

    @property
    def wanted(self) -> dict[str, Any]:
        """As `facts` of a finding."""
        values, steps = self.values, self.steps
        made = Finding(**values, **steps)
        return facts(made, assisting=[unit.pk for unit in self.assisting])


class Plan:
    """What becomes of each row, worked out before anything is written."""

    def __init__(self, ledger: Ledger, path: Path, *, by: Any):
        self.ledger, self.campaign, self.by = ledger, ledger.campaign, by
        self.choices = Choices.of(ledger)
        self.fields = columns.fields(year=self.choices.year, same_above=self.choices.same_above)
        self.mapping = {int(place): name for place, name in (ledger.mapping or {}).items() if name}
        self.places = {name: place for place, name in self.mapping.items()}
        self.read = read_table(
            path, self.fields, name=ledger.file.name, sheet=ledger.sheet, header_line=ledger.header_line
        )
        reading = self.read.read_rows(self.fields, self.mapping)
        self.pictures = Pictures(path, self.read.sheet)
        # Pictures that are no photos, and why: known to who has looked at them.
        self.no_photos: dict[str, str] = {}
        self.loading = Loading(reading, {self.read.sheet: self.read.as_sheet(self.fields)}, by=by)
        self.loaded = Loaded(faults=reading.faults, notes=reading.notes, rows=len(self.read.lines))
        self.counts: Counter = Counter()
        self.wishes: list[Wish] = []
        self.changed: list[Wish] = []
        self.new_categories: dict[str, FindingCategory] = {}
        self.new_rounds: dict[str, Round] = {}
        # Problems of no category that their words tell, and open ones that nothing will ever be late of.
        self.fallen_back = 0
        self.without_due = 0

    def make(self) -> None:
        self._know()
        rows = self.loading.rows(self.read.sheet)
        for row, line in zip(rows, self.read.lines, strict=True):
            if not self._goes_on(line):
                self.wishes += self._taken_apart(row, line)
        for wish in self.wishes:
            self._fill(wish)
        self._find_again()
        for wish in self.wishes:
            self._put(wish)
        self._tell()

    # What stands already ---------------------------------------------------------------------------------

    def _know(self) -> None:
        campaign = self.campaign
        self.names = Names.of(campaign.host)
        self.calendar = office_calendar()
        self.default_unit = Unit.objects.filter(pk=self.choices.unit).first() if self.choices.unit else None
        sites = list(Site.objects.of(campaign).select_related("unit"))
        self.site_codes = {site.code: site for site in sites}
        self.site_names: dict[str, list[Site]] = defaultdict(list)
        for site in sites:
            self.site_names[_bare(site.name)].append(site)
        self.categories = {category.name: category for category in FindingCategory.objects.of(campaign)}
        self.default_category = next((one for one in self.categories.values() if one.pk == self.choices.category), None)
        self.rounds = {one.name: one for one in Round.objects.of(campaign)}
        self.default_round = next((one for one in self.rounds.values() if one.pk == self.choices.round), None)
        told = ("pk", "number", "found_on", "site__name", "place", "description")
        self.by_number: dict[str, int] = {}
        self.by_saying: dict[tuple, list[int]] = defaultdict(list)
        for pk, number, found_on, site, place, text in Finding.objects.of(campaign).values_list(*told).iterator():
            self.by_number[number] = pk
            self.by_saying[_says(found_on, site or place, text)].append(pk)
        self.earlier: dict[str, dict[str, Any]] = {}
        lines = LedgerLine.objects.filter(ledger__campaign=campaign).order_by("ledger", "number", "part")
        for line in lines.values("key", "finding", "written", "told", "cells").iterator(chunk_size=2000):
            self.earlier[line["key"]] = dict(line)
        # A problem merged over several lines is one; so is what stands beside it.
        place = self.places.get(columns.DESCRIPTION)
        self.heads = {
            number: first
            for first, left, last, right in self.read.merged
            if place is not None and left <= place <= right
            for number in range(first + 1, last + 1)
        }

    def _goes_on(self, line: Line) -> bool:
        """Whether the line is the rest of a problem that is merged over several."""
        if line.number not in self.heads:
            return False
        told = {"row": line.number, "first": self.heads[line.number]}
        self.loaded.notes.append(_("第%(row)s行的问题与第%(first)s行是同一个合并格，没有另算一个问题。") % told)
        return True

    # A row as findings -----------------------------------------------------------------------------------

    def _taken_apart(self, row: Row, line: Line) -> list[Wish]:
        texts = split(row[columns.DESCRIPTION]) if self.choices.splits else [row[columns.DESCRIPTION]]
        texts = texts or [""]
        measures = split_into(row[columns.MEASURE], len(texts)) or [row[columns.MEASURE]] * len(texts)
        if len(texts) > 1:
            noticed = _("一格里写了几个问题，拆成几条")
            taken = "".join(f"{place}.{text[:40]}；" for place, text in enumerate(texts, start=1))
            self._hint(row, columns.DESCRIPTION, noticed, _("拆成%(n)s条：") % {"n": len(texts)} + taken.rstrip("；"))
        return [
            Wish(row, line, part=place, parts=len(texts), description=text, measure=measure)
            for place, (text, measure) in enumerate(zip(texts, measures, strict=True), start=1)
        ]

    def _fill(self, wish: Wish) -> None:
        row, is_first = wish.row, wish.part == 1
        if is_first:
            self._settle_days(row)
            row.values["_site"], row.values["_place"] = self._site(row)
            row.values["_category"] = self._category(row)
            row.values["_round"] = self._round(row)
            row.values["_units"] = self._units(row)
            row.values["_steps"] = None if row.unreadable else steps_of(self.loading, row)
            if row["_steps"] is not None:
                self._tell_without_due(row, row["_steps"]["state"])
        category, units = row["_category"] or self._guessed_category(wish), row["_units"]
        if row.unreadable or row["_steps"] is None or category is None:
            return
        wish.steps = dict(row["_steps"])
        if is_first and not units and wish.steps["state"] in OF_A_UNIT:
            wrong = _("没有填责任单位，")
            right = _("请填写，或在选项里指定没写的由谁负责。")
            self.loading.fault(row, columns.UNIT, wrong, right)
            return
        wish.assisting = units[1:]
        wish.values = {
            "campaign": self.campaign,
            "found_on": row[columns.FOUND],
            "found_at": moment_of(row[columns.FOUND], FOUND_AT),
            "round": row["_round"],
            "site": row["_site"],
            "place": row["_place"],
            "category": category,
            "severity": row[columns.SEVERITY] or _usual_severity(category),
            "description": wish.description,
            "lead_unit": units[0] if units else None,
            "due_at": row["_due_at"],
            "long_term_until": row["_until"],
            "measure": wish.measure,
        }

    def _settle_days(self, row: Row) -> None:
        """The days that the row leaves open, as the person chose; told beside it."""
        values = row.values
        if values[columns.FOUND] is None and columns.FOUND not in row.unreadable:
            values[columns.FOUND] = self.choices.found_on
            if self.choices.found_on is None:
                right = _("请填写，或在选项里指定没写日期的按哪天算。")
                self.loading.fault(row, columns.FOUND, _("没有发现日期，"), right)
            elif columns.FOUND in self.places:
                noticed = _("没写发现日期，按选项指定的一天")
                self._hint(row, columns.FOUND, noticed, str(self.choices.found_on))
        self._settle_due(row)
        state, done = values[columns.STATE], values[columns.ANSWERED]
        if not state and columns.STATE not in self.places and done and columns.STATE not in row.unreadable:
            # A ledger without a column of states says by the day that it is done.
            state = values[columns.STATE] = State.CLOSED
        has_day = done or values[columns.CLOSED] or values[columns.REVIEWED]
        if state == State.CLOSED and not has_day and self.choices.closed_on:
            day = max(self.choices.closed_on, values[columns.FOUND] or self.choices.closed_on)
            values[columns.ANSWERED] = day
            noticed = _("已整改而没写完成日期，按选项指定的一天")
            self._hint(row, columns.ANSWERED, noticed, str(day))
        if state in STILL_OPEN and done:
            values[columns.ANSWERED] = None
            noticed = _("没有整改完却写了整改日期，按状态读取")
            self._hint(row, columns.ANSWERED, noticed, _("没有读取这个日期"))

    def _settle_due(self, row: Row) -> None:
        """The deadline as a moment: a limit counted from the row's own day, 长期 none; what was made of it is told."""
        values, said = row.values, row.values[columns.DUE]
        values["_due_at"] = values["_until"] = None
        if isinstance(said, Limit) and said.unit != LimitUnit.NONE:
            values[columns.DUE] = None
            if found_at := moment_of(values[columns.FOUND], FOUND_AT):
                due_at = values["_due_at"] = clock.due(found_at, limit=said, calendar=self.calendar)
                values[columns.DUE] = day_of(due_at) if due_at else None
                told = {"limit": said, "due": f"{localtime(due_at):%Y-%m-%d %H:%M}" if due_at else ""}
                noticed = _("期限写的是时限，从发现日期起按工作日历计算")
                self._hint(row, columns.DUE, noticed, _("%(limit)s → %(due)s") % told)
            return
        if isinstance(said, Limit):
            values[columns.DUE] = None
            is_done = values[columns.ANSWERED] or values[columns.CLOSED] or values[columns.REVIEWED]
            if not values[columns.STATE] and not is_done and columns.STATE not in row.unreadable:
                values[columns.STATE] = State.LONG_TERM
                self._hint(row, columns.DUE, _("期限写的是长期，没有写状态，按挂账读取"), str(State.LONG_TERM.label))
        elif said:
            values["_due_at"] = moment_of(said, DUE_AT)
            if values[columns.STATE] == State.LONG_TERM:
                values["_until"] = said

    def _tell_without_due(self, row: Row, state: str) -> None:
        """An open problem that nothing will ever be late of is told: beside the row where it has a cell for a day."""
        if state not in WITHOUT_DUE or row["_due_at"] or columns.DUE in row.unreadable:
            return
        self.without_due += 1
        if columns.DUE in self.places:
            noticed = _("没办结又没有期限，不预警、不计逾期")
            taken = _("没有期限；要挂账请把状态写成“挂账”，要限期请填日期或“3个工作日”这样的时限")
            self._hint(row, columns.DUE, noticed, taken)

    def _site(self, row: Row) -> tuple[Site | None, str]:
        said = row[columns.SITE].strip()
        if not said:
            return None, ""
        named = self.site_names.get(_bare(said), ())
        if site := self.site_codes.get(said) or (named[0] if len(named) == 1 else None):
            return site, ""
        if len(named) > 1:
            codes = "、".join(sorted(site.code for site in named))
            taken = _("只作为位置记下；要归到点位，请改填编号：%(codes)s") % {"codes": codes}
            self._hint(row, columns.SITE, _("有几个点位叫这个名称"), taken)
        elif self.site_codes:
            near = get_close_matches(_bare(said), self.site_names, n=2, cutoff=0.5)
            alike = "、".join(f"“{self.site_names[name][0].name}”" for name in near)
            taken = _("只作为位置记下") + (_("；最接近的点位是%(near)s") % {"near": alike} if near else "")
            self._hint(row, columns.SITE, _("点位册里没有这个点位"), taken)
        place = " ".join(said.split())
        return None, place if len(place) <= PLACE_LENGTH else f"{place[: PLACE_LENGTH - 1]}…"

    def _category(self, row: Row) -> FindingCategory | None:
        said = row[columns.CATEGORY].strip()
        if not said:
            return None
        if found := self.categories.get(said) or self.new_categories.get(said):
            return found
        near = get_close_matches(said, self.categories, n=1, cutoff=0.4)
        hint = _("是否应为“%(near)s”？") % {"near": near[0]} if near else ""
        if not self.choices.new_categories:
            right = hint + _("新的类别请在选项里选择一并新增。")
            self.loading.fault(row, columns.CATEGORY, _("没有这个类别，"), right)
            return None
        self._hint(row, columns.CATEGORY, _("没有这个类别，一并新增"), hint or _("新增“%(name)s”") % {"name": said})
        made = FindingCategory(campaign=self.campaign, name=said, position=len(self.categories))
        self.new_categories[said] = made
        return made

    def _guessed_category(self, wish: Wish) -> FindingCategory | None:
        """Of a problem without a category the one that its own words speak of, else the one that was chosen; told."""
        row = wish.row
        if row[columns.CATEGORY].strip():
            return None
        in_use = (name for name, category in self.categories.items() if category.retired_on is None)
        if spoken := spoken_of(in_use, wish.description):
            self._hint(row, columns.CATEGORY, _("没写类别，按问题描述归类"), f"{wish.description[:40]} → {spoken}")
            return self.categories[spoken]
        if self.default_category is None:
            if wish.part == 1:
                right = _("请填写，或在选项里指定没写类别的算哪一类。")
                self.loading.fault(row, columns.CATEGORY, _("没有填类别，"), right)
            return None
        self.fallen_back += 1
        return self.default_category

    def _round(self, row: Row) -> Round | None:
        said = row[columns.ROUND].strip()
        if not said:
            return self.default_round
        if said not in self.rounds and said not in self.new_rounds:
            self.new_rounds[said] = Round(campaign=self.campaign, name=said)
        return self.rounds.get(said) or self.new_rounds[said]

    def _units(self, row: Row) -> list[Unit]:
        """Who leads, then who assists; told beside the row where it does not say so plainly."""
        said, beside = self.names.split(row[columns.UNIT]), self.names.split(row[columns.ASSISTING])
        named = [(columns.UNIT, name) for name in (*said.lead, *said.others)]
        named += [(columns.ASSISTING, name) for name in (*beside.lead, *beside.others)]
        found: dict[Unit, None] = {}
        for column, name in named:
            units = self.names.find(name)
            if not units:
                wrong, hint = self.names.unknown(name)
                self.loading.fault(row, column, wrong, hint + _("可以在本页指定它是哪个单位。"))
                self.loaded.unknown[name] += 1
            found |= dict.fromkeys(units)
        if named and row[columns.UNIT].strip():
            if len(said.lead) + len(said.others) > 1 and len(found) > 1 and not said.lead:
                told = {"first": next(iter(found)), "rest": "、".join(map(str, list(found)[1:]))}
                taken = _("由“%(first)s”牵头，%(rest)s协办") % told
                self._hint(row, columns.UNIT, _("责任单位写了不止一个，第一个牵头，其余协办"), taken)
            return list(found)
        if lead := (row["_site"].unit if row["_site"] else None) or self.default_unit:
            self._hint(row, columns.UNIT, _("没写责任单位，由点位的或选项指定的单位负责"), str(lead))
            return list(dict.fromkeys([lead, *found]))
        return []

    def _hint(self, row: Row, column: str, noticed: str, taken: str) -> None:
        """Tell what a row was read as, where it could have been meant otherwise; the row is written all the same."""
        self.loaded.hints.append(row.fault(column, noticed, taken))
        self.loaded.hinted.setdefault(noticed, []).append(row.number)

    # The same finding again ------------------------------------------------------------------------------

    def _find_again(self) -> None:
        """The finding of each row: by its number, by what an earlier load made of it, else by what it says."""
        typed = Counter(wish.row[columns.NUMBER] for wish in self.wishes if wish.part == 1)
        times: Counter = Counter()
        taken: set[int] = set()
        wanted: dict[Wish, int] = {}
        for wish in self.wishes:
            number = wish.row[columns.NUMBER]
            # A number that is merged over several rows is the place's or the day's, not the problem's.
            if number and typed[number] == 1:
                wish.number = number if wish.parts == 1 else f"{number[: NUMBER_LENGTH - 4]}-{wish.part}"
                wish.key = _digest(["number", wish.number])
            else:
                said = [str(wish.row[columns.FOUND] or ""), _bare(wish.row[columns.SITE]), _bare(wish.description)]
                times[tuple(said)] += 1
                wish.key = _digest([*said, str(times[tuple(said)])])
            line = self.earlier.get(wish.key)
            found = line["finding"] if line else self.by_number.get(wish.number)
            if found and found not in taken:
                wanted[wish] = found
                taken.add(found)
        for wish in self.wishes:
            if wish not in wanted and wish.key not in self.earlier and not wish.number and wish.values:
                where = wish.values["site"].name if wish.values["site"] else wish.values["place"]
                says = _says(wish.values["found_on"], where, wish.description)
                if left := [pk for pk in self.by_saying.get(says, ()) if pk not in taken]:
                    wanted[wish] = left[0]
                    taken.add(left[0])
        rows = Finding.objects.select_related("site", "category", "round", "lead_unit")
        standing = rows.prefetch_related("assisting_units").in_bulk(list(wanted.values()))
        # What the timetable wrote down, an overdue finding going up, is nobody's work.
        worked_on = FindingEvent.objects.filter(finding__in=standing, by__isnull=False).exclude(move="imported")
        self.worked_on = set(worked_on.values_list("finding", flat=True))
        for wish, pk in wanted.items():
            wish.there = standing[pk]

    # What is to be written -------------------------------------------------------------------------------

    def _put(self, wish: Wish) -> None:
        row, there, line = wish.row, wish.there, self.earlier.get(wish.key)
        if row.unreadable or not wish.values:
            return
        if there is None:
            if line:
                self._skip(wish, _("已在系统中删除，没有再次导入。"))
            elif wish.steps["state"] not in columns.NEW_STATES:
                wrong = _("新的问题不能一开始就是“%(state)s”，") % {"state": State(wish.steps["state"]).label}
                self.loading.fault(row, columns.STATE, wrong, _("请写成“已交办”或“整改中”。"))
            else:
                wish.is_new, wish.written = True, digest(wish.wanted)
                self.counts[CREATED] += 1
            return
        wish.finding, wish.written = there, line["written"] if line else ""
        if wish.number and not line and not is_same(wish.description, there.description):
            wrong = _("编号已经是另一个问题的：“%(text)s”，") % {"text": there.description[:40]}
            self.loading.fault(row, columns.NUMBER, wrong, _("请改编号，或把这一列对应成“序号”。"))
            return
        assisting = list(there.assisting_units.all())
        now, wanted = facts(there, assisting=[unit.pk for unit in assisting]), wish.wanted
        if self._says_the_same(wish, say(there, assisting=assisting)) or now == wanted:
            self.counts[UNCHANGED] += 1
        elif there.pk not in self.worked_on and line and line["written"] == digest(now):
            self.counts[UPDATED] += 1
            self.changed.append(wish)
            wish.written = digest(wanted)
            self._hint(row, columns.DESCRIPTION, _("与系统中的问题不同，按表更新"), there.number)
        else:
            self._skip(wish, _("系统中已有人办理或修改，保留系统中的内容。"))

    def _says_the_same(self, wish: Wish, said: Mapping[str, str]) -> bool:
        """Whether each cell says what stands, or what it said when it was loaded and nobody has changed since."""
        line = self.earlier.get(wish.key)
        own = {columns.DESCRIPTION: wish.description, columns.MEASURE: wish.measure}
        for place, name in self.mapping.items():
            if name not in said:
                continue
            typed = own.get(name, wish.line.text(place))
            if typed == said[name] or (name == columns.NUMBER and not wish.number):
                continue
            before = line["cells"][place] if line and place < len(line["cells"]) else None
            then = line["told"].get(name) if line else None
            if then != said[name] or (before != wish.line.text(place) and then != typed):
                return False
        return True

    def _skip(self, wish: Wish, why: str) -> None:
        self.counts[SKIPPED] += 1
        self.loaded.skipped.append(_("第%(row)s行：%(why)s") % {"row": wish.row.number, "why": why})

    # Photos ----------------------------------------------------------------------------------------------

    def photos(self) -> dict[Wish, list[tuple[str, list[str]]]]:
        """Which pictures of the file belong to which finding, by phase; of a row of several, one each or all to the
        first."""
        rows: dict[int, list[Wish]] = defaultdict(list)
        for wish in self.wishes:
            rows[wish.row.number].append(wish)
        numbers = sorted(rows)
        of_rows: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for (line, place), names in sorted(self.pictures.at.items()):
            # Laid over the rest of a merged cell it belongs to the row that begins there.
            above = [number for number in numbers if number <= line]
            if above and line <= numbers[-1] + 1:
                of_rows[above[-1]][self._phase(place)] += names
        found: dict[Wish, list[tuple[str, list[str]]]] = defaultdict(list)
        for number, phases in of_rows.items():
            wishes = rows[number]
            for phase, names in phases.items():
                if len(names) == len(wishes):
                    for wish, name in zip(wishes, names, strict=True):
                        found[wish].append((phase, [name]))
                else:
                    found[wishes[0]].append((phase, names))
        return found

    def _phase(self, place: int) -> str:
        field_name = self.mapping.get(place)
        label = next((head.label for head in self.read.heads if head.place == place), "")
        after = field_name == columns.AFTER or (field_name != columns.BEFORE and "后" in label)
        return "after" if after else "before"

    def _tell(self) -> None:
        loaded = self.loaded
        photos = self.photos()
        loaded.findings = len(self.wishes)
        loaded.photos = 0
        for wish, phases in photos.items():
            for phase, names in phases:
                for name in names:
                    if why := self.no_photos.get(name):
                        column = columns.AFTER if phase == "after" else columns.BEFORE
                        self._hint(wish.row, column, _("有图片不能作为照片导入，问题照常导入"), why)
                    else:
                        loaded.photos += 1
            if wish.parts > 1 and any(len(names) > 1 for _phase, names in phases):
                noticed = _("照片数与拆出的问题数不同，都归到第一条")
                self._hint(wish.row, columns.BEFORE, noticed, _("归到“%(text)s”") % {"text": wish.description[:40]})
        if self.pictures.too_many:
            loaded.notes.append(_("表里的照片太多，只读取前面的一部分，请分成几个文件。"))
        if self.fallen_back and self.default_category:
            told = {"n": self.fallen_back, "category": self.default_category}
            loaded.notes.append(_("有%(n)s个问题没写类别，描述里也看不出，归入选项指定的“%(category)s”。") % told)
        if self.without_due:
            told = {"n": self.without_due}
            loaded.notes.append(_("有%(n)s个没办结的问题没有整改期限，导入后不预警、不计逾期。") % told)
        loaded.counts = dict(self.counts)
        loaded.faults = self.read.in_order(self.loading.faults)
        loaded.hints = self.read.in_order(loaded.hints)
        loaded.states = Counter(wish.steps["state"] for wish in self.wishes if wish.is_new)
        loaded.samples = [self._sample(wish) for wish in self.wishes[:SAMPLES]]

    def _sample(self, wish: Wish) -> dict[str, Any]:
        """A problem as it was read, and beside what was not taken word for word what the cell says."""
        values, steps = wish.values, wish.steps
        if not values:
            return {"row": wish.row.number, "text": wish.description, "cells": []}
        days = [
            (columns.FOUND, str(values["found_on"])),
            (columns.SITE, values["site"].name if values["site"] else values["place"]),
            (columns.CATEGORY, values["category"].name),
            (columns.UNIT, "、".join(map(str, [values["lead_unit"] or "", *wish.assisting]))),
            (columns.DUE, str(wish.row[columns.DUE] or "")),
            (columns.STATE, str(State(steps["state"]).label)),
            (columns.CLOSED, f"{steps['closed_at']:%Y-%m-%d}" if steps["closed_at"] else ""),
        ]
        cells = []
        for name, text in days:
            said = wish.line.text(self.places[name]) if name in self.places else ""
            cells.append({"column": name, "read": text, "said": "" if said == text else said})
        return {"row": wish.row.number, "text": wish.description, "cells": cells}


def _says(found_on: date, where: str | None, description: str) -> tuple[date, str, str]:
    return found_on, _bare(where or ""), _bare(description)


def _bare(text: str) -> str:
    return re.sub(r"[\s，。；;,.、]+", "", plain(text))


def _usual_severity(category: FindingCategory) -> str:
    suggestion = presets.suggested(category.name)
    return suggestion.severity if suggestion else Finding.Severity.C


def _digest(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
