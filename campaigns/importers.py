"""A campaign out of a workbook's rows: who leads it, what must be done, what was done."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from cityinit.loading import Loading
from cityinit.periods import day_start
from cityinit.workbook import Row, Sheet
from cityinit.workflow import Refused
from units.importers import UNITS
from units.models import Unit

from . import breakdown, numbering, quantities
from .actions.decisions import take_all_items
from .actions.log import quantities_of, write_quantities
from .actions.systems import begin_load, end_load
from .models import (
    AssessmentSystem,
    Assignment,
    Campaign,
    Guidance,
    Indicator,
    LeadingGroup,
    Quantity,
    Standard,
    Task,
    TaskEvent,
    WorkLogEntry,
    Workstream,
)
from .sheets import (
    CAMPAIGN,
    GROUPS,
    INDICATORS,
    LOG,
    PLAIN_SHEETS,
    TASK_STATES,
    TASKS,
    WORKSTREAMS,
    PlainSheet,
)

# A note that counts a hundred rows is not read.
MOST_ROWS_NAMED = 5
# What `breakdown.own_faults` names → the column in which it was typed.
ASKED_IN = {"units": "责任单位", "due_on": "完成时限", "target": "目标值", "measure": "计量单位"}


def load_campaign(loading: Loading, *, host: Unit, existing: Campaign | None) -> Campaign:
    """Write the one row of 创建活动 under its host.

    A faulty row stops the load in the end; a stand-in campaign lets the other sheets be checked.
    """
    row = loading.rows(CAMPAIGN.name)[0]
    _check_span(loading, row, "开始日期", "结束日期")
    guides = loading.find_all(row, "指导单位", "unit", where=UNITS.name)
    values = {
        "short_name": row["简称"],
        "kind": row["类型"],
        "starts_on": row["开始日期"],
        "ends_on": row["结束日期"],
        "slogans": row["口号"],
    }

    def now(campaign: Campaign) -> dict[str, Any]:
        return {name: getattr(campaign, name) for name in values} | {"guides": _guides(campaign)}

    def create() -> Campaign:
        campaign = Campaign.objects.create(name=row["名称"], host=host, **values)
        _set_guides(campaign, guides)
        return campaign

    def update(campaign: Campaign) -> None:
        for name, value in values.items():
            setattr(campaign, name, value)
        campaign.save(update_fields=list(values))
        _set_guides(campaign, guides)

    wanted = {**values, "guides": guides}
    written = loading.put(row, existing, wanted=wanted, now=now, create=create, update=update) or existing
    first = row["开始日期"] or date.min
    return written or Campaign.objects.create(name=row["名称"], host=host, starts_on=first, ends_on=date.max)


def _guides(campaign: Campaign) -> list[Unit]:
    return [guidance.unit for guidance in campaign.guidance_set.select_related("unit")]


def _set_guides(campaign: Campaign, guides: list[Unit]) -> None:
    campaign.guidance_set.all().delete()
    Guidance.objects.bulk_create(
        Guidance(campaign=campaign, unit=unit, position=place) for place, unit in enumerate(guides)
    )


def load_structure(loading: Loading, campaign: Campaign) -> None:
    """Write what tasks and registers name: groups, workstreams, indicators."""
    _load_tree(loading, campaign, GROUPS, LeadingGroup, kind="group", parent="上级", values=_group_values)
    _load_tree(loading, campaign, WORKSTREAMS, Workstream, kind="workstream", parent="上级", values=_workstream_values)
    _know_indicators(loading, campaign)
    if loading.rows(INDICATORS.name):
        _load_indicators(loading, campaign)


def _group_values(loading: Loading, row: Row) -> dict[str, Any]:
    return {
        "founded_on": row["成立日期"],
        "office_unit": loading.find(row, "办公室设在", "unit", where=UNITS.name),
        "document_number": row["文号"],
    }


def _workstream_values(loading: Loading, row: Row) -> dict[str, Any]:
    return {"scheme": row["体系"], "number": row["序号"], "heading": row["标题"], "opening": row["起首语"]}


def _load_tree(loading: Loading, campaign: Campaign, sheet: Sheet, model: Any, *, kind, parent, values) -> None:
    existing = {obj.name: obj for obj in model.objects.of(campaign)}
    for name, obj in existing.items():
        loading.know(kind, name, obj)
    for row in loading.rows(sheet.name):
        loading.know(kind, row["名称"], existing.get(row["名称"]))
    names = {obj.pk: name for name, obj in existing.items()}
    standing = {name: names.get(obj.parent_id, "") for name, obj in existing.items()}
    for row in loading.parents_first(sheet.name, name="名称", parent=parent, standing=standing):
        above = loading.find(row, parent, kind, where=sheet.name)
        written = loading.put_model(
            row,
            existing.get(row["名称"]),
            model,
            fixed={"campaign": campaign, "name": row["名称"], "position": row.number},
            values={"parent": above, **values(loading, row)},
        )
        loading.know(kind, row["名称"], written)


def _know_indicators(loading: Loading, campaign: Campaign) -> None:
    """Make the indicators and standards in force known by their numbers; the sheet's own come over them."""
    for indicator in Indicator.objects.of(campaign).in_force():
        loading.know("indicator", indicator.code, indicator)
    for standard in Standard.objects.of(campaign).in_force().select_related("indicator"):
        loading.know("standard", standard.full_number, standard)


def _load_indicators(loading: Loading, campaign: Campaign) -> None:
    tree = _LoadedTree(loading, campaign)
    for code, obj in tree.rows.items():
        loading.know("indicator", code, obj)
    for row in loading.rows(INDICATORS.name):
        loading.know("indicator", row["编号"], tree.rows.get(row["编号"]))
    standing = {code: obj.parent.code if obj.parent else "" for code, obj in tree.rows.items()}
    for row in loading.parents_first(INDICATORS.name, name="编号", parent="上级编号", standing=standing):
        loading.know("indicator", row["编号"], tree.put(row))
    tree.finish()


class _LoadedTree:
    """The system a workbook speaks of: the one named as the kind of campaign, in its latest version in force.

    What differs from a version in use is written into a new one, which comes in force with the load.
    """

    def __init__(self, loading: Loading, campaign: Campaign):
        self.loading = loading
        name = campaign.kind or campaign.name
        known = AssessmentSystem.objects.of(campaign).called(name=name, edition="")
        found = known.in_force().first() or known.first()
        self.system = found or AssessmentSystem.objects.create(campaign=campaign, name=name)
        self.has_ended = self.system.state == AssessmentSystem.State.SUPERSEDED
        self.is_ready = found is None
        self.rows = self._read()

    def _read(self) -> dict[str, Indicator]:
        rows = Indicator.objects.of_system(self.system).select_related("parent")
        rows = rows.prefetch_related("units", "standards")
        return {row.code: row for row in rows}

    def put(self, row: Row) -> Indicator | None:
        loading = self.loading
        parent = loading.find(row, "上级编号", "indicator", where=INDICATORS.name)
        values = {"name": row["名称"], "methods": row["测评方式"], "score": row["分值"]}
        units = loading.find_all(row, "责任单位", "unit", where=UNITS.name)
        standards = [(one.number, one.content) for one in numbering.split(row["标准"])]
        existing = self.rows.get(row["编号"])
        if existing is None and self.has_ended and not row.unreadable:
            loading.fault(
                row, "编号", _("“%(system)s”已停用，") % {"system": self.system}, _("请在现行的测评体系里新增。")
            )

        def now(indicator: Indicator) -> dict[str, Any]:
            return {name: getattr(indicator, name) for name in values} | {
                "parent": indicator.parent,
                "units": list(indicator.units.all()),
                "standards": [(one.number, one.content) for one in indicator.standards.all()],
            }

        def create() -> Indicator:
            self._make_ready()
            indicator = Indicator.objects.create(
                campaign=self.system.campaign,
                system=self.system,
                code=row["编号"],
                position=row.number,
                parent=self._here(parent),
                **values,
            )
            self._write_lists(indicator, units, standards)
            self.rows[indicator.code] = indicator
            return indicator

        def update(indicator: Indicator) -> None:
            self._make_ready()
            here = self.rows[indicator.code]
            for name, value in values.items():
                setattr(here, name, value)
            here.parent = self._here(parent)
            here.save(update_fields=[*values, "parent"])
            self._write_lists(here, units, standards)

        wanted = {**values, "parent": parent, "units": units, "standards": standards}
        try:
            put = loading.put(
                row, existing, wanted=wanted, now=now, create=create, update=update, worked_on=self.has_ended
            )
        except Refused as refusal:
            loading.fault(row, "编号", refusal.reason)
            return None
        return self._here(put)

    def _make_ready(self) -> None:
        """Before the first thing is written: into the version itself, or a new one where it is in use."""
        if not self.is_ready:
            self.is_ready = True
            version = begin_load(self.system, by=self.loading.by)
            if version != self.system:
                told = _("测评指标有改动：现行的一版已在使用，改动写入“%(version)s”并随导入启用。")
                self.loading.notes.append(told % {"version": version})
                self.system = version
                self.rows = self._read()

    def _here(self, indicator: Indicator | None) -> Indicator | None:
        """The same indicator in the version that is written."""
        if indicator is None or indicator.system_id == self.system.pk:
            return indicator
        return self.rows.get(indicator.code)

    def _write_lists(self, indicator: Indicator, units: list[Unit], standards: list[tuple[str, str]]) -> None:
        indicator.units.set(units)
        # A standard whose number stays is the same one: what was handed in for it stays with it.
        gone = indicator.standards.exclude(number__in=[number for number, _content in standards])
        gone.filter(materials=None).delete()
        for place, (number, content) in enumerate(standards, start=1):
            Standard.objects.update_or_create(
                indicator=indicator,
                number=number,
                defaults={"campaign": self.system.campaign, "content": content, "position": place},
            )

    def finish(self) -> None:
        """Bring a new version in force, and let tasks and self-checks find the indicators in it."""
        end_load(self.system, by=self.loading.by)
        for code, row in self.rows.items():
            self.loading.know("indicator", code, row)
        for standard in Standard.objects.of_system(self.system).select_related("indicator"):
            self.loading.know("standard", standard.full_number, standard)


def load_registers(loading: Loading, campaign: Campaign) -> None:
    """Write every sheet whose rows are simply fields, after the tasks they may name."""
    for plain in PLAIN_SHEETS:
        _load_plain(loading, campaign, plain)
    take_all_items(campaign)


def _load_plain(loading: Loading, campaign: Campaign, plain: PlainSheet) -> None:
    columns = {**plain.fields, **plain.units, **{name: other[0] for name, other in plain.others.items()}}
    key_fields = [columns[name] for name in plain.sheet.key]
    relations = [*plain.units.values(), *(other[0] for other in plain.others.values())]
    existing = {
        tuple(_same(getattr(obj, name)) for name in key_fields): obj
        for obj in plain.model.objects.of(campaign).select_related(*relations)
    }
    for row in loading.rows(plain.sheet.name):
        if plain.span:
            _check_span(loading, row, *plain.span)
        values = {name: row[column] for column, name in plain.fields.items()}
        for column, name in plain.units.items():
            values[name] = loading.find(row, column, "unit", where=UNITS.name)
        for column, (name, kind, where) in plain.others.items():
            values[name] = loading.find(row, column, kind, where=where)
        if row.unreadable:
            continue
        loading.put_model(
            row,
            existing.get(tuple(_same(values[name]) for name in key_fields)),
            plain.model,
            fixed={"campaign": campaign, "position": row.number},
            values=values,
            later=True,
        )
    loading.write_added(plain.model)


def _same(value: Any) -> Any:
    """What tells a key's part from others: an indicator is the same in every version."""
    return getattr(value, "lineage", value)


def _check_span(loading: Loading, row: Row, first: str, last: str) -> None:
    if row[first] and row[last] and row[last] < row[first]:
        wrong = _("早于%(first)s%(day)s，") % {"first": first, "day": row[first]}
        loading.fault(row, last, wrong, _("请检查两个日期。"))


def load_tasks(loading: Loading, campaign: Campaign) -> None:
    """Write the tasks with an assignment for each unit; a state is set once, when the row is made."""
    rows = loading.rows(TASKS.name)
    existing = {
        task.code: task for task in Task.objects.of(campaign).prefetch_related("workstreams", "assignments__unit")
    }
    worked_on = set(
        TaskEvent.objects.filter(task__campaign=campaign).exclude(move="imported").values_list("task_id", flat=True)
    )
    for code, task in existing.items():
        loading.know("task", code, task)
    for row in rows:
        loading.know("task", row["编号"], existing.get(row["编号"]))
    codes = {task.pk: code for code, task in existing.items()}
    standing = {code: codes.get(task.parent_id, "") for code, task in existing.items()}
    for row in loading.parents_first(TASKS.name, name="编号", parent="上级编号", standing=standing):
        task = existing.get(row["编号"])
        written = _load_task(loading, campaign, row, task, worked_on=bool(task and task.pk in worked_on))
        loading.know("task", row["编号"], written)
    loading.write_added(Assignment, TaskEvent)


def _load_task(
    loading: Loading, campaign: Campaign, row: Row, existing: Task | None, *, worked_on: bool
) -> Task | None:
    lead = loading.find(row, "牵头单位", "unit", where=UNITS.name)
    beside = loading.find_all(row, "责任单位", "unit", where=UNITS.name)
    others = [unit for unit in beside if unit != lead]
    streams = loading.find_all(row, "板块", "workstream", where=WORKSTREAMS.name)
    fields = {
        "parent": loading.find(row, "上级编号", "task", where=TASKS.name),
        "indicator": loading.find(row, "指标编号", "indicator", where=INDICATORS.name),
        "name": row["名称"],
        "requirement": row["工作要求"],
        "lead_unit": lead,
        "supervising_leader": row["分管领导"],
        "starts_on": row["开始日期"],
        "due_on": row["完成时限"],
        "target": row["目标值"],
        "measure": row["计量单位"],
        "frequency": row["频次"],
    }
    if not worked_on:
        own = {name: fields[name] for name in ("lead_unit", "starts_on", "due_on", "target", "measure")}
        for name, sentence in breakdown.own_faults(campaign, units=beside if lead else [], **own).items():
            if ASKED_IN[name] not in row.unreadable:
                loading.fault(row, ASKED_IN[name], sentence)
    state, assignment_state = row["状态"] or TASK_STATES["已办结" if row["办结日期"] else "已下发"]
    days = _task_days(loading, row, campaign, state)
    if row.unreadable:
        return None

    def now(task: Task) -> dict[str, Any]:
        assigned = list(task.assignments.all())
        return {name: getattr(task, name) for name in fields} | {
            "streams": list(task.workstreams.all()),
            "others": [assignment.unit for assignment in assigned if not assignment.is_lead],
        }

    def create() -> Task:
        task = Task.objects.create(
            campaign=campaign, code=row["编号"], position=row.number, state=state, **fields, **days
        )
        task.workstreams.add(*streams)
        for unit in [lead, *others]:
            loading.add(Assignment(task=task, unit=unit, is_lead=unit == lead, state=assignment_state))
        loading.add(TaskEvent(task=task, move="imported", label=_("导入"), target=state, by=loading.by))
        return task

    def update(task: Task) -> None:
        for name, value in fields.items():
            setattr(task, name, value)
        task.save(update_fields=list(fields))
        task.workstreams.set(streams)
        task.assignments.exclude(unit__in=[lead, *others]).delete()
        for unit in [lead, *others]:
            Assignment.objects.update_or_create(
                task=task,
                unit=unit,
                defaults={"is_lead": unit == lead},
                create_defaults={"is_lead": unit == lead, "state": assignment_state},
            )

    wanted = {**fields, "streams": streams, "others": others}
    return loading.put(row, existing, wanted=wanted, now=now, create=create, update=update, worked_on=worked_on)


def _task_days(loading: Loading, row: Row, campaign: Campaign, state: str) -> dict[str, Any]:
    """The days on which the task's states began; a finished task must say when, or figures would not be true."""
    issued = None if state == Task.State.DRAFT else row["开始日期"] or campaign.starts_on
    days: dict[str, Any] = {"issued_on": issued, "confirmed_on": None, "cancelled_on": None}
    if state == Task.State.CONFIRMED:
        days["confirmed_on"] = row["办结日期"] or row["完成时限"]
        if days["confirmed_on"] is None:
            loading.fault(row, "办结日期", _("已办结的任务没有办结日期，"), _("请填办结日期。"))
        elif row["办结日期"] is None:
            loading.notes.append(
                _("任务第%(row)s行没有填办结日期，按完成时限%(day)s计。") % {"row": row.number, "day": row["完成时限"]}
            )
    elif state == Task.State.CANCELLED:
        days["cancelled_on"] = row["办结日期"] or issued
    elif row["办结日期"]:
        loading.fault(row, "办结日期", _("有办结日期而状态不是已办结，"), _("请改状态或删去日期。"))
    return days


def load_log(loading: Loading, campaign: Campaign) -> None:
    """Write the work log with its typed quantities."""
    existing = {
        (entry.task_id, entry.done_on, entry.unit_id, entry.content): entry
        for entry in WorkLogEntry.objects.of(campaign).prefetch_related("quantities")
    }
    logged: dict[Task, list[Row]] = defaultdict(list)
    for row in loading.rows(LOG.name):
        task = loading.find(row, "任务编号", "task", where=TASKS.name)
        unit = loading.find(row, "单位", "unit", where=UNITS.name)
        if row.unreadable or task is None or unit is None:
            continue
        _load_entry(loading, row, existing.get((task.pk, row["日期"], unit.pk, row["内容"])), task=task, unit=unit)
        if row["成效数据"] and task.aim:
            logged[task].append(row)
    _note_other_measures(loading, logged)
    begun: dict[tuple[Task, Unit], date] = {}
    for entry in loading.added[WorkLogEntry]:
        begun.setdefault((entry.task, entry.unit), entry.done_on)
    loading.write_added(WorkLogEntry, Quantity)
    # Work logged by a unit that had not signed says that it began.
    for (task, unit), day in begun.items():
        Assignment.objects.filter(
            task=task, unit=unit, state__in=[Assignment.State.UNREAD, Assignment.State.ACKNOWLEDGED]
        ).update(state=Assignment.State.IN_PROGRESS, acknowledged_at=day_start(day))


def _note_other_measures(loading: Loading, logged: dict[Task, list[Row]]) -> None:
    """What the form asks of an entry, told of a task of which no row counts toward the target.

    A ledger counts other things beside it on purpose, and nobody is there to be asked row by row.
    """
    for task, rows in logged.items():
        if not quantities.none_counts([amount for row in rows for amount in row["成效数据"]], task.aim):
            continue
        said = {"rows": "、".join(str(row.number) for row in rows[:MOST_ROWS_NAMED])}
        said["more"] = _("等%(n)s行") % {"n": len(rows)} if len(rows) > MOST_ROWS_NAMED else _("行")
        doubt = quantities.beside_target(rows[0]["成效数据"], task.aim)
        loading.notes.append(_("工作记录第%(rows)s%(more)s：%(doubt)s") % {**said, "doubt": doubt})


def _load_entry(loading: Loading, row: Row, existing: WorkLogEntry | None, *, task: Task, unit: Unit) -> None:
    fields = {"kind": row["类别"], "is_highlight": row["亮点"]}
    amounts: list[quantities.Quantity] = row["成效数据"]

    def now(entry: WorkLogEntry) -> dict[str, Any]:
        return {name: getattr(entry, name) for name in fields} | {
            "amounts": [str(amount) for amount in entry.quantities.all()]
        }

    def create() -> WorkLogEntry:
        entry = WorkLogEntry(
            task=task,
            campaign=task.campaign,
            unit=unit,
            done_on=row["日期"],
            content=row["内容"],
            created_by=loading.by,
            **fields,
        )
        for quantity in quantities_of(entry, amounts):
            loading.add(quantity)
        return loading.add(entry)

    def update(entry: WorkLogEntry) -> None:
        for name, value in fields.items():
            setattr(entry, name, value)
        entry.save(update_fields=list(fields))
        entry.quantities.all().delete()
        write_quantities(entry, amounts)

    wanted = {**fields, "amounts": [f"{amount.label}={amount.text}" for amount in amounts]}
    loading.put(row, existing, wanted=wanted, now=now, create=create, update=update)
