"""Breaking down many tasks at once: lines under an indicator, templates, bulk changes, splitting and merging."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import quantities
from campaigns.ancestry import lock_trees
from campaigns.codes import Codes
from campaigns.models import Campaign, Indicator, Task, TaskTemplate, TemplateLine, Workstream
from cityinit import audit
from cityinit.marks import digest
from cityinit.sent import refuse_stale
from cityinit.workflow import Refused
from units.models import Unit

from .tasks import Bulk, ask, break_down, cancel, edit_task, issue, lock, record

PERMISSION = "campaigns.break_down_task"
# What a part of a split task takes over from the whole.
INHERITED = ("requirement", "parent", "indicator", "supervising_leader", "measure", "frequency")


@dataclass(frozen=True)
class TaskLine:
    """A task as it is typed on one line."""

    name: str
    lead_unit: Unit
    units: Sequence[Unit] = ()
    requirement: str = ""
    starts_on: date | None = None
    due_on: date | None = None
    target: Decimal | None = None
    measure: str = ""
    frequency: str = ""
    client_key: UUID | None = None

    def values(self) -> dict[str, Any]:
        names = ("name", "lead_unit", "units", "requirement", "starts_on", "due_on", "target", "measure", "frequency")
        return {name: getattr(self, name) for name in names}


@transaction.atomic
def break_down_lines(
    campaign: Campaign,
    lines: Iterable[TaskLine],
    *,
    indicator: Indicator | None = None,
    workstreams: Iterable[Workstream] = (),
    by: Any,
) -> list[Task]:
    """A draft for each line, all of them or none, with numbers given one after the other.

    A line sent twice gives the task that is already there. Refused as `break_down` is.
    """
    ask(by, PERMISSION, campaign)
    lock_trees(campaign)
    codes = Codes.of(campaign)
    streams = list(workstreams)
    made = []
    for line in lines:
        there = Task.objects.of(campaign).filter(client_key=line.client_key) if line.client_key else Task.objects.none()
        made.append(
            there.first()
            or break_down(
                campaign,
                by=by,
                code=codes.next(indicator),
                indicator=indicator,
                workstreams=streams,
                client_key=line.client_key,
                **line.values(),
            )
        )
    return made


# Templates ----------------------------------------------------------------------------------------------


@transaction.atomic
def save_template(campaign: Campaign, tasks: Iterable[Task], *, name: str, by: Any) -> TaskTemplate:
    """Keep these tasks under a name for the campaign's host; the same name again is written over.

    Days are counted from the campaign's first. Units that are all of a kind are kept as that kind.
    """
    ask(by, PERMISSION, campaign)
    tasks = list(tasks)
    if not name.strip():
        raise Refused(_("请给模板取一个名称。"), campaign)
    if not tasks:
        raise Refused(_("这里还没有任务，不能存为模板。"), campaign)
    host = campaign.host.host_id
    template, _made = TaskTemplate.objects.update_or_create(
        host_id=host, name=name.strip(), defaults={"created_by": by, "created_at": timezone.now()}
    )
    template.lines.all().delete()
    kinds: dict[str, set[int]] = {}
    for unit in Unit.objects.of_host(host).active():
        if unit.kind and not unit.is_host:
            kinds.setdefault(unit.kind, set()).add(unit.pk)
    TemplateLine.objects.bulk_create(
        TemplateLine(
            template=template,
            position=place,
            name=task.name,
            requirement=task.requirement,
            lead=task.lead_unit.name,
            units=_in_words([part.unit for part in task.assignments.all() if not part.is_lead], kinds),
            starts_after=_days(task.starts_on, campaign.starts_on),
            due_after=_days(task.due_on, campaign.starts_on),
            target=task.target,
            measure=task.measure,
            frequency=task.frequency,
        )
        for place, task in enumerate(tasks, start=1)
    )
    audit.record(_("保存分解模板"), by=by, subject=template.name, detail={"lines": len(tasks)})
    return template


@transaction.atomic
def delete_template(template: TaskTemplate, *, by: Any) -> None:
    audit.record(_("删除分解模板"), by=by, subject=template.name)
    template.delete()


def _days(day: date | None, first: date) -> int | None:
    return (day - first).days if day else None


def _in_words(units: list[Unit], kinds: dict[str, set[int]]) -> str:
    """The units as a table would name them: 各街道 where they are all of a kind and more than one."""
    left = {unit.pk: unit for unit in units}
    words = []
    for kind, members in kinds.items():
        if len(members) > 1 and members <= left.keys():
            words.append(f"各{kind}")
            left = {pk: unit for pk, unit in left.items() if pk not in members}
    return "、".join([*(unit.name for unit in left.values()), *words])


# Many at once -------------------------------------------------------------------------------------------


def change_many(
    tasks: Iterable[Task],
    *,
    by: Any,
    due_on: date | None = None,
    lead_unit: Unit | None = None,
) -> Bulk:
    """Set what is given for each task; each refusal is kept with its task and stops none of the others.

    A lead that comes new takes the place of the old one, who stays as a responsible unit.
    """
    bulk = Bulk()
    for task in tasks:
        try:
            _change(task, by=by, due_on=due_on, lead_unit=lead_unit)
        except Refused as refusal:
            bulk.refused.append((task, refusal.reason))
        else:
            bulk.done.append(task)
    return bulk


@transaction.atomic
def _change(task: Task, *, by: Any, due_on: date | None, lead_unit: Unit | None) -> None:
    lock_trees(task.campaign)
    lock(task)
    # Not what the list was drawn from: somebody else may have changed the task since.
    now = _as_it_stands([task.pk])[0]
    values = {name: getattr(now, name) for name in Task.WRITTEN}
    units = [part.unit for part in now.assignments.all() if not part.is_lead]
    if lead_unit and lead_unit != now.lead_unit:
        units = [unit for unit in [now.lead_unit, *units] if unit != lead_unit]
        values["lead_unit"] = lead_unit
    if due_on:
        values["due_on"] = due_on
    edit_task(now, by=by, units=units, workstreams=list(now.workstreams.all()), **values)


def _as_it_stands(keys: Sequence[int]) -> list[Task]:
    """These tasks, in this order, with all that an edit writes again."""
    rows = Task.objects.select_related("campaign__host", "lead_unit", "parent", "indicator")
    found = rows.prefetch_related("assignments__unit", "workstreams").in_bulk(keys)
    return [found[key] for key in keys if key in found]


# Splitting and merging ----------------------------------------------------------------------------------


@transaction.atomic
def split_task(
    task: Task,
    first: TaskLine,
    others: Sequence[TaskLine],
    *,
    by: Any,
    difference_is_meant: bool = False,
    seen: str = "",
) -> list[Task]:
    """Narrow a task to its first part and lay down the others beside it, in the state it is in.

    What was logged stays with the task, which keeps its number; a part points back at it. Parts of an issued task are
    issued today and begin today, so that no figure of a day that is past changes. Refused once it is reported done, for
    one part only, where a unit that has logged work would leave, and where targets do not add up unless that is meant.
    `seen` is the `split_mark` of what the form was drawn from; the same form sent twice gives the parts that are there.
    """
    ask(by, PERMISSION, task.campaign)
    lock_trees(task.campaign)
    lock(task)
    keys = [line.client_key for line in others if line.client_key]
    there = list(task.parts.filter(client_key__in=keys).order_by("pk"))
    if others and len(there) == len(others):
        return there
    [now] = _as_it_stands([task.pk])
    refuse_stale(task, seen=seen, now=split_mark(now))
    if task.state not in (Task.State.DRAFT, Task.State.ISSUED):
        raise Refused(_("任务已是“%(state)s”，不能再拆分。") % {"state": task.get_state_display()}, task)
    if not others:
        raise Refused(_("请至少写两部分，才能拆分。"), task)
    if task.children.exists():
        # Only leaves are counted: a part beside a task that is none would be one more.
        raise Refused(_("这项任务有下级任务，请拆分下级任务。"), task)
    if (told := difference(task, [first, *others])) and not difference_is_meant:
        raise Refused(told, task)
    is_issued = task.state == Task.State.ISSUED
    whole = {name: getattr(now, name) for name in Task.WRITTEN}
    kept = whole | {name: value for name, value in first.values().items() if value not in (None, "")}
    kept |= {"target": first.target, "units": first.units}
    streams = list(now.workstreams.all())
    edit_task(task, by=by, workstreams=streams, **kept)
    codes = Codes.of(task.campaign)
    made = []
    for line in others:
        values = {name: whole[name] for name in INHERITED} | {
            name: value for name, value in line.values().items() if value not in (None, "")
        }
        starts_on = line.starts_on or whole["starts_on"]
        if is_issued:
            starts_on = max(starts_on or timezone.localdate(), timezone.localdate())
        values |= {"starts_on": starts_on, "due_on": line.due_on or whole["due_on"], "target": line.target}
        values["units"] = line.units
        part = break_down(
            task.campaign,
            by=by,
            code=_part_code(task, codes),
            workstreams=streams,
            client_key=line.client_key,
            **values,
        )
        Task.objects.filter(pk=part.pk).update(split_from=task, position=task.position)
        record(part, "split", _("拆分而来"), by=by, target=part.state, note=str(task))
        if is_issued:
            issue(
                Task.objects.select_related("campaign__host").prefetch_related("assignments__unit").get(pk=part.pk),
                by=by,
            )
        made.append(part)
    note = "、".join(str(part) for part in made)
    record(task, "split", _("拆分"), by=by, source=task.state, target=task.state, note=note)
    return made


def split_mark(task: Task) -> str:
    """A mark of the task and of its parts: a second person who splits it at the same time is told."""
    return digest({"task": task.mark, "parts": list(task.parts.order_by("pk").values_list("pk", flat=True))})


def difference(task: Task, lines: Iterable[TaskLine]) -> str:
    """The sentence for targets of parts that do not come to the whole; "" where they do, or where none was set."""
    if task.target is None:
        return ""
    total = sum((line.target or Decimal(0) for line in lines), Decimal(0))
    if total == task.target:
        return ""
    told = {
        "whole": f"{quantities.plain_number(task.target)}{task.measure}",
        "total": f"{quantities.plain_number(total)}{task.measure}",
        "gap": f"{quantities.plain_number(abs(task.target - total))}{task.measure}",
        "word": _("少") if total < task.target else _("多"),
    }
    return _("各部分目标合计%(total)s，比原任务的%(whole)s%(word)s%(gap)s。请改正，或确认差额无误。") % told


def _part_code(task: Task, codes: Codes) -> str:
    number = 2
    while (code := f"{task.code[:34]}-{number}") in codes.used:
        number += 1
    codes.used.add(code)
    return code


@dataclass
class _Sum:
    """What merged tasks come to together."""

    units: list[Unit] = field(default_factory=list)
    streams: list[Workstream] = field(default_factory=list)
    requirements: list[str] = field(default_factory=list)
    target: Decimal | None = None


@transaction.atomic
def merge_tasks(kept: Task, others: Iterable[Task], *, by: Any) -> None:
    """Give one task the units, workstreams, requirements and targets of the others, which end pointing at it.

    Refused for tasks of another campaign or state, once reported done, with tasks below, where work was logged on one
    of the others, and for targets in different measures.
    """
    ask(by, PERMISSION, kept.campaign)
    lock_trees(kept.campaign)
    others = [task for task in others if task != kept]
    if not others:
        raise Refused(_("请至少选择两项任务，才能合并。"), kept)
    for task in sorted([kept, *others], key=lambda one: one.pk):
        lock(task)
    kept, *others = _as_it_stands([kept.pk, *(task.pk for task in others)])
    for task in [kept, *others]:
        _refuse_merging(task, kept)
    whole = _sum_of([kept, *others])
    values = {name: getattr(kept, name) for name in Task.WRITTEN}
    values |= {"requirement": "\n".join(whole.requirements), "target": whole.target}
    units = [unit for unit in whole.units if unit != kept.lead_unit]
    edit_task(kept, by=by, units=units, workstreams=whole.streams, **values)
    for task in others:
        cancel(task, by=by, note=_("并入%(task)s") % {"task": kept})
        Task.objects.filter(pk=task.pk).update(merged_into=kept)
    note = "、".join(str(task) for task in others)
    record(kept, "merge", _("合并"), by=by, source=kept.state, target=kept.state, note=note)


def _refuse_merging(task: Task, kept: Task) -> None:
    if task.campaign_id != kept.campaign_id:
        raise Refused(_("只能合并同一个创建活动的任务。"), kept)
    if task.state not in (Task.State.DRAFT, Task.State.ISSUED):
        said = {"task": task, "state": task.get_state_display()}
        raise Refused(_("%(task)s已是“%(state)s”，不能合并。") % said, kept)
    if task.state != kept.state:
        raise Refused(_("%(task)s与要保留的任务一个已下发、一个未下发，不能合并。") % {"task": task}, kept)
    if task.children.exists():
        raise Refused(_("%(task)s有下级任务，不能合并；请合并下级任务。") % {"task": task}, kept)
    if task != kept and task.log_entries.exists():
        raise Refused(_("%(task)s已有工作记录，不能并入别的任务；可以改为保留它。") % {"task": task}, kept)
    if task.target is not None and kept.target is not None and task.measure != kept.measure:
        raise Refused(_("%(task)s的计量单位不同，目标值加不起来，请先改成一致。") % {"task": task}, kept)


def _sum_of(tasks: Sequence[Task]) -> _Sum:
    whole = _Sum()
    for task in tasks:
        whole.units += [part.unit for part in task.assignments.all() if part.unit not in whole.units]
        whole.streams += [stream for stream in task.workstreams.all() if stream not in whole.streams]
        if task.requirement and task.requirement not in whole.requirements:
            whole.requirements.append(task.requirement)
        if task.target is not None:
            whole.target = (whole.target or Decimal(0)) + task.target
    return whole


def lines_of(lines: Iterable[TemplateLine], *, first_day: date) -> list[dict[str, Any]]:
    """The lines of a template as the form takes them, their days counted from `first_day`."""
    return [
        {
            "name": line.name,
            "requirement": line.requirement,
            "lead": line.lead,
            "units": line.units,
            "starts_on": first_day + timedelta(line.starts_after) if line.starts_after is not None else None,
            "due_on": first_day + timedelta(line.due_after) if line.due_after is not None else None,
            "amount": f"{line.target.normalize():f}{line.measure}" if line.target is not None else "",
            "frequency": line.frequency,
        }
        for line in lines
    ]
