"""A task made into several, and several made into one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import quantities
from campaigns.ancestry import lock_trees, would_ring
from campaigns.codes import Codes
from campaigns.models import Assignment, Task, Workstream
from cityinit.marks import digest
from cityinit.sent import refuse_stale, sent_before
from cityinit.workflow import Refused
from units.models import Unit

from .breakdown import PERMISSION, TaskLine, as_it_stands
from .tasks import ask, break_down, cancel, edit_task, issue, lock, put_below, record, settle

# What a part of a split task takes over from the whole.
INHERITED = ("requirement", "parent", "indicator", "supervising_leader", "measure", "frequency")


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

    What was logged stays with the task, which keeps its number; a part points back at it. Of lower tasks a part takes
    those of its line along, as they are, and the others stay. Parts of an issued task are issued today and begin today,
    so that no figure of a day that is past changes; a unit that was at the task goes on in its part from where it had
    come. Refused once it is reported done, for one part only, where a unit
    that has logged work would leave, where all lower tasks would, and where targets do not add up unless that is meant.
    `seen` is the `split_mark` of what the form was drawn from; the same form sent twice gives the parts that are there.
    """
    ask(by, PERMISSION, task.campaign)
    lock_trees(task.campaign)
    lock(task)
    keys = [line.client_key for line in others if line.client_key]
    there = list(task.parts.filter(client_key__in=keys).order_by("pk"))
    if others and len(there) == len(others):
        return there
    for key in keys:
        # A part of another task is none of this one.
        sent_before(task.parts.all(), key)
    [now] = as_it_stands([task.pk])
    refuse_stale(task, seen=seen, now=split_mark(now))
    if task.state not in (Task.State.DRAFT, Task.State.ISSUED):
        raise Refused(_("任务已是“%(state)s”，不能再拆分。") % {"state": task.get_state_display()}, task)
    if not others:
        raise Refused(_("请至少写两部分，才能拆分。"), task)
    _refuse_taking(task, others)
    if (told := difference(task, [first, *others])) and not difference_is_meant:
        raise Refused(told, task)
    is_issued = task.state == Task.State.ISSUED
    whole = {name: getattr(now, name) for name in Task.WRITTEN}
    kept = whole | {name: value for name, value in first.values().items() if value not in (None, "")}
    kept |= {"target": first.target, "units": first.units}
    streams = list(now.workstreams.all())
    stood = {part.unit_id: part for part in task.assignments.all()} if is_issued else {}
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
        for lower in line.below:
            put_below(lower, part, by=by)
        record(part, "split", _("拆分而来"), by=by, target=part.state, note=str(task))
        if is_issued:
            _go_on(part, stood, by=by)
            part = Task.objects.select_related("campaign__host").prefetch_related("assignments__unit").get(pk=part.pk)
            issue(part, by=by)
            settle(part)
        made.append(part)
    note = "、".join(str(part) for part in made)
    record(task, "split", _("拆分"), by=by, source=task.state, target=task.state, note=note)
    return made


def _go_on(part: Task, stood: Mapping[int, Assignment], *, by: Any) -> None:
    """Let the units that were at the whole go on in the part from where they had come."""
    for own in part.assignments.select_related("unit"):
        whole = stood.get(own.unit_id)
        if whole is None or whole.state == Assignment.State.UNREAD:
            continue
        source, own.state = own.state, whole.state
        own.acknowledged_at, own.reported_done_at = whole.acknowledged_at, whole.reported_done_at
        own.nudged_at = whole.nudged_at
        own.save()
        note = _("办理状态沿用%(task)s") % {"task": whole.task.code}
        record(part, "split", _("拆分而来"), by=by, assignment=own, source=source, target=own.state, note=note)


def split_mark(task: Task) -> str:
    """A mark of the task and of its parts: a second person who splits it at the same time is told."""
    return digest({"task": task.mark, "parts": list(task.parts.order_by("pk").values_list("pk", flat=True))})


def _refuse_taking(task: Task, lines: Sequence[TaskLine]) -> None:
    taken = [lower for line in lines for lower in line.below]
    below = set(task.children.all())
    if any(lower not in below for lower in taken) or len(set(taken)) < len(taken):
        raise Refused(_("下级任务刚刚有变动，请重新打开本页，再分配一次。"), task)
    if taken and set(taken) == below:
        raise Refused(
            _("第1行是原任务，请至少给它留一项下级任务；要把下级任务全部移走，请改用“合并”，把原任务并入新的任务。"),
            task,
        )


def difference(task: Task, lines: Iterable[TaskLine]) -> str:
    """The sentence for targets of parts that do not come to the whole; "" where they do, or where none was set."""
    if task.target is None:
        return ""
    total = sum((line.target or Decimal(0) for line in lines), Decimal(0))
    if total == task.target:
        return ""
    told = {
        "whole": f"{quantities.exact_number(task.target)}{task.measure}",
        "total": f"{quantities.exact_number(total)}{task.measure}",
        "gap": f"{quantities.exact_number(abs(task.target - total))}{task.measure}",
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

    Their lower tasks come below it as they are; what meetings decided, instructions, documents and activities follow.
    Refused for tasks of another campaign or state, once reported done, of which one has lower tasks and another none,
    where work was logged on one of the others, and for targets in different measures.
    """
    ask(by, PERMISSION, kept.campaign)
    lock_trees(kept.campaign)
    others = [task for task in others if task != kept]
    if not others:
        raise Refused(_("请至少选择两项任务，才能合并。"), kept)
    for task in sorted([kept, *others], key=lambda one: one.pk):
        lock(task)
    kept, *others = as_it_stands([kept.pk, *(task.pk for task in others)])
    for task in [kept, *others]:
        _refuse_merging(task, kept)
    _refuse_mixing(kept, others)
    whole = _sum_of([kept, *others])
    values = {name: getattr(kept, name) for name in Task.WRITTEN}
    values |= {"requirement": "\n".join(whole.requirements), "target": whole.target}
    units = [unit for unit in whole.units if unit != kept.lead_unit]
    edit_task(kept, by=by, units=units, workstreams=whole.streams, **values)
    for task in others:
        for lower in task.children.all():
            put_below(lower, kept, by=by)
        _hand_on(task, kept)
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
    if task != kept and task.log_entries.exists():
        if kept.log_entries.exists():
            said = {"task": task, "kept": kept}
            raise Refused(
                _("%(task)s和%(kept)s都已有工作记录，并在一起就分不清各做了什么，不能合并。请分别办结。") % said, kept
            )
        raise Refused(_("%(task)s已有工作记录，不能并入别的任务；请改为保留它。") % {"task": task}, kept)
    if task.target is not None and kept.target is not None and task.measure != kept.measure:
        raise Refused(_("%(task)s的计量单位不同，目标值加不起来，请先改成一致。") % {"task": task}, kept)


def _refuse_mixing(kept: Task, others: Sequence[Task]) -> None:
    """Only leaves are counted: one that went into a task with lower tasks would be missing among them."""
    upper = [task for task in [kept, *others] if task.children.exists()]
    if upper and kept not in upper:
        raise Refused(_("%(task)s有下级任务。请改为保留它，其他任务再归到它之下。") % {"task": upper[0]}, kept)
    for task in others:
        if upper and task not in upper:
            raise Refused(
                _("%(kept)s有下级任务，%(task)s没有，并入后就不再计数。请修改%(task)s，把上级任务选为%(kept)s。")
                % {"kept": kept, "task": task},
                kept,
            )
        if would_ring(task, parent=kept):
            raise Refused(_("%(kept)s在%(task)s之下。请改为保留%(task)s。") % {"kept": kept, "task": task}, kept)


def _hand_on(task: Task, kept: Task) -> None:
    """What was filed under the task is found with the one that stays; its own history stays with it."""
    for rows in (task.decisions, task.instructions, task.documents, task.activities):
        rows.update(task=kept)


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
