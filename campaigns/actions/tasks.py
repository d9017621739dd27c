"""What people do with tasks, from the breakdown to the confirmation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import breakdown
from campaigns.ancestry import lock_trees
from campaigns.models import (
    Assignment,
    Campaign,
    DeadlineChange,
    PastAssignment,
    Supervision,
    TakenBack,
    Task,
    TaskEvent,
    TaskExtension,
    TaskPlace,
)
from campaigns.workflow import ASSIGNMENT, SUPERVISION, TASK, TASK_EXTENSION
from cityinit.periods import day_start
from cityinit.sent import Stale, refuse_stale, sent_before
from cityinit.workflow import Refused
from units.models import Unit
from units.notices import liaisons_of, office_of, tell

TOLD_TO_UNITS = ("name", "requirement", "starts_on", "due_on", "target", "measure", "frequency")


@dataclass
class Bulk:
    """What came of doing one thing to many tasks."""

    done: list[Task] = field(default_factory=list)
    refused: list[tuple[Task, str]] = field(default_factory=list)
    # Of those done the ones whose units must still hear of it, from whoever tells them of many together.
    untold: list[Task] = field(default_factory=list)


def break_down(
    campaign: Campaign,
    *,
    by: Any,
    units: Iterable[Unit] = (),
    workstreams: Iterable = (),
    client_key: UUID | None = None,
    **values: Any,
) -> Task:
    """A draft task with one assignment for the lead and one for each responsible unit.

    Refused for what `breakdown.faults` names. The same `client_key` gives the task that is already there.
    """
    if there := sent_before(Task.objects.of(campaign), client_key):
        return there
    ask(by, "campaigns.break_down_task", campaign)
    units, workstreams = list(units), list(workstreams)
    try:
        _refuse_faults(campaign, None, units=units, workstreams=workstreams, **values)
    except Refused:
        # The same form, sent twice, may have taken the code since it was looked for.
        if there := sent_before(Task.objects.of(campaign), client_key):
            return there
        raise
    last = Task.objects.of(campaign).aggregate(last=models.Max("position"))["last"]
    try:
        with transaction.atomic():
            task = Task.objects.create(
                campaign=campaign,
                client_key=client_key,
                position=0 if last is None else last + 1,
                **{name: value for name, value in values.items() if name in Task.WRITTEN},
            )
            task.workstreams.set(workstreams)
            Assignment.objects.create(task=task, unit=task.lead_unit, is_lead=True)
            Assignment.objects.bulk_create(Assignment(task=task, unit=unit) for unit in units)
            keep_place(task, before=None)
            record(task, "break_down", _("分解任务"), by=by, target=task.state)
    except IntegrityError:
        # Somebody took the code, or the same form arrived twice at once.
        if there := sent_before(Task.objects.of(campaign), client_key):
            return there
        raise Refused(_("编号“%(code)s”刚刚被别人用了，请换一个。") % {"code": values["code"]}, campaign) from None
    return task


@transaction.atomic
def edit_task(
    task: Task,
    *,
    by: Any,
    units: Iterable[Unit] = (),
    workstreams: Iterable = (),
    seen_state: str = "",
    seen: str = "",
    tells: bool = True,
    **values: Any,
) -> bool:
    """Write the office's changes; units that come or go, and units whose task changed, are told.

    Gives whether there was anything to tell them; without `tells` that is left to the caller. `seen` is the mark of
    the task the form was drawn from: refused when somebody has changed it since. Refused for what `breakdown.faults`
    names, once the task is confirmed or cancelled, for a change of units once all have reported, and for taking out a
    unit that has logged work.
    """
    ask(by, "campaigns.break_down_task", task.campaign)
    lock_trees(task.campaign)
    lock(task)
    if seen_state and seen_state != task.state:
        raise Stale(_("这项任务刚刚变成“%(state)s”，请看过再改。") % {"state": task.get_state_display()}, task)
    if task.state not in Task.OPEN_STATES:
        raise Refused(_("任务已是“%(state)s”，不能再改。") % {"state": task.get_state_display()}, task)
    units, workstreams = list(units), list(workstreams)
    kept = Task.objects.get(pk=task.pk)
    if seen:
        refuse_stale(task, seen=seen, now=kept.mark)
    _refuse_faults(task.campaign, task, units=units, workstreams=workstreams, **values)
    changed = [name for name in Task.WRITTEN if name in values and getattr(kept, name) != values[name]]
    for name in changed:
        setattr(task, name, values[name])
    if changed:
        task.save(update_fields=changed)
    if "due_on" in changed:
        keep_deadline(task, before=kept.due_on, by=by)
    if "parent" in changed:
        keep_place(task, before=kept.parent)
    task.workstreams.set(workstreams)
    came, left = _reassign(task, units, led_by=kept.lead_unit, by=by)
    fields = [Task._meta.get_field(name) for name in changed]
    labels = [str(changed.verbose_name) for changed in fields]
    labels += [_("增加%(unit)s") % {"unit": unit} for unit in came]
    labels += [_("移出%(unit)s") % {"unit": unit} for unit in left]
    record(task, "edit", _("修改任务"), by=by, source=task.state, target=task.state, note="、".join(labels))
    if task.state != Task.State.ISSUED:
        return False
    concerns_all = bool(set(changed) & set(TOLD_TO_UNITS))
    if tells:
        for unit in came:
            tell(liaisons_of(unit), _("新任务待签收：%(task)s") % {"task": task}, url=task.get_absolute_url())
        for unit in left:
            tell(liaisons_of(unit), _("任务不再由%(unit)s承担：%(task)s") % {"unit": unit, "task": task})
        if concerns_all:
            stayed = [part.unit for part in task.assignments.select_related("unit") if part.unit not in came]
            _tell_units(task, stayed, _("任务有改动（%(what)s）：%(task)s") % {"what": "、".join(labels), "task": task})
    settle(task)
    return bool(concerns_all or came or left)


@transaction.atomic
def issue(task: Task, *, by: Any, seen_state: str = "", tells: bool = True) -> None:
    """Hand a draft out; the liaisons of every unit in it are told, without `tells` by the caller."""
    lock(task)
    source = TASK.make(task, "issue", by=by, seen_state=seen_state, issued_on=timezone.localdate())
    record(task, "issue", _("下发"), by=by, source=source, target=task.state)
    if not tells:
        return
    parts = list(task.assignments.select_related("unit"))
    unread = [part.unit for part in parts if part.state == Assignment.State.UNREAD]
    _tell_units(task, unread, _("新任务待签收：%(task)s") % {"task": task})
    # Of a task that was split: who was at the whole goes on.
    at_it = [part.unit for part in parts if part.unit not in unread]
    _tell_units(task, at_it, _("拆分出新任务，你们的办理状态不变：%(task)s") % {"task": task})


def issue_many(tasks: Iterable[Task], *, by: Any, tells: bool = True) -> Bulk:
    """Issue what can be issued; each refusal is kept with its task and stops none of the others."""
    bulk = Bulk()
    for task in tasks:
        try:
            issue(task, by=by, tells=tells)
        except Refused as refusal:
            bulk.refused.append((task, refusal.reason))
        else:
            bulk.done.append(task)
    if not tells:
        bulk.untold = list(bulk.done)
    return bulk


@transaction.atomic
def acknowledge(assignment: Assignment, *, by: Any, seen_state: str = "") -> None:
    """The unit has read what it must do."""
    lock(assignment.task)
    move_part(assignment, "acknowledge", by=by, seen_state=seen_state, acknowledged_at=timezone.now())


@transaction.atomic
def report_done(assignment: Assignment, *, by: Any, note: str = "", seen_state: str = "") -> None:
    """The unit says its part is done; when it was the last one the task awaits confirmation by itself."""
    # The lock makes two units that report at the same moment see each other.
    lock(assignment.task)
    move_part(assignment, "report_done", by=by, note=note, seen_state=seen_state, reported_done_at=timezone.now())
    _withdraw_requests(assignment.task, unit=assignment.unit, why=_("已反馈完成，不再需要延期"))
    settle(assignment.task)


@transaction.atomic
def confirm(task: Task, *, by: Any, confirmed_on: date | None = None, note: str = "", seen_state: str = "") -> None:
    """The office accepts the task as done on that day (today by default); refused for a day that cannot be."""
    lock(task)
    day = confirmed_on or timezone.localdate()
    if day > timezone.localdate():
        raise Refused(_("办结日期不能晚于今天。"), task)
    if task.issued_on and day < task.issued_on:
        raise Refused(_("办结日期不能早于下发日期%(day)s。") % {"day": task.issued_on}, task)
    source = TASK.make(task, "confirm", by=by, seen_state=seen_state, confirmed_on=day)
    record(task, "confirm", _("确认办结"), by=by, source=source, target=task.state, note=note)
    _lift_supervisions(task, note=_("任务已确认办结"))
    _tell_units(task, _units_of(task), _("任务已确认办结：%(task)s") % {"task": task})


@transaction.atomic
def send_back(
    task: Task, *, by: Any, note: str, assignments: Iterable[Assignment] | None = None, seen_state: str = ""
) -> None:
    """The office is not satisfied: the task is worked on again by the chosen units (all by default)."""
    lock(task)
    chosen = {part.pk for part in assignments} if assignments is not None else None
    parts = [part for part in task.assignments.select_related("unit") if chosen is None or part.pk in chosen]
    if not parts:
        raise Refused(_("请至少选择一个要退回的单位。"), task)
    source = TASK.make(task, "send_back", by=by, seen_state=seen_state)
    record(task, "send_back", _("退回"), by=by, source=source, target=task.state, note=note)
    for part in parts:
        part.task = task
        _send_back_part(part, by=by, note=note)


@transaction.atomic
def send_back_part(assignment: Assignment, *, by: Any, note: str, seen_state: str = "") -> None:
    """One unit's report is not accepted while others still work."""
    lock(assignment.task)
    _send_back_part(assignment, by=by, note=note, seen_state=seen_state)


@transaction.atomic
def cancel(task: Task, *, by: Any, note: str, seen_state: str = "") -> None:
    """Give the task up; units that were told of it are told why."""
    lock(task)
    source = TASK.make(task, "cancel", by=by, seen_state=seen_state, cancelled_on=timezone.localdate())
    record(task, "cancel", _("终止"), by=by, source=source, target=task.state, note=note)
    _withdraw_requests(task, why=_("任务已终止"))
    _lift_supervisions(task, note=_("任务已终止"))
    if source != Task.State.DRAFT:
        text = _("任务已终止：%(task)s。原因：%(note)s") % {"task": task, "note": note}
        _tell_units(task, _units_of(task), text)


@transaction.atomic
def reopen(task: Task, *, by: Any, note: str, seen_state: str = "") -> None:
    """Take a confirmation back: the task waits for the office again, to be confirmed anew or sent back.

    Until now it stood, and what was reported of the days until now stays as it was.
    """
    lock(task)
    day = Task.objects.values_list("confirmed_on", flat=True).get(pk=task.pk)
    source = TASK.make(task, "reopen", by=by, seen_state=seen_state, confirmed_on=None)
    _take_back(task, TakenBack.Decision.CONFIRMED, day=day, move="confirm", by=by)
    record(task, "reopen", _("撤销办结"), by=by, source=source, target=task.state, note=note)
    text = _("任务的办结已撤销：%(task)s。原因：%(note)s") % {"task": task, "note": note}
    _tell_units(task, _units_of(task), text)


@transaction.atomic
def restore(task: Task, *, by: Any, note: str, seen_state: str = "") -> None:
    """Take a cancellation back: the units go on where they were; its log counts again from now on."""
    lock(task)
    day = Task.objects.values_list("cancelled_on", flat=True).get(pk=task.pk)
    source = TASK.make(task, "restore", by=by, seen_state=seen_state, cancelled_on=None)
    _take_back(task, TakenBack.Decision.CANCELLED, day=day, move="cancel", by=by)
    record(task, "restore", _("恢复办理"), by=by, source=source, target=task.state, note=note)
    text = _("任务已恢复办理：%(task)s。原因：%(note)s") % {"task": task, "note": note}
    _tell_units(task, _units_of(task), text)
    settle(task)


@transaction.atomic
def nudge(assignment: Assignment, *, by: Any) -> None:
    """Remind the unit's liaisons; refused twice on one day, and where there is nothing to wait for."""
    task = assignment.task
    ask(by, "campaigns.nudge_task", assignment)
    lock(task)
    if task.state != Task.State.ISSUED or assignment.state == Assignment.State.REPORTED_DONE:
        raise Refused(_("%(unit)s没有待办的事项，不用催办。") % {"unit": assignment.unit}, task)
    now = timezone.now()
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    due = Assignment.objects.filter(pk=assignment.pk).filter(models.Q(nudged_at=None) | models.Q(nudged_at__lt=today))
    if not due.update(nudged_at=now):
        raise Refused(_("今天已经催办过%(unit)s，请明天再催。") % {"unit": assignment.unit}, task)
    assignment.nudged_at = now
    record(task, "nudge", _("催办"), by=by, assignment=assignment, source=assignment.state, target=assignment.state)
    text = _("请尽快办理：%(task)s（%(state)s）") % {"task": task, "state": assignment.get_state_display()}
    tell(liaisons_of(assignment.unit), text, url=task.get_absolute_url())


def ask(by: Any, permission: str, obj: Any) -> None:
    if not by.has_perm(permission, obj):
        raise Refused(_("您的岗位没有这项权限。"), obj)


def _refuse_faults(campaign: Campaign, task: Task | None, **values: Any) -> None:
    asked = {name: value for name, value in values.items() if name in breakdown.ASKED}
    for sentence in breakdown.faults(campaign, task=task, **asked).values():
        raise Refused(sentence, task or campaign)


def lock(task: Task) -> None:
    """Let nobody else move the task until this transaction ends, and see the state it is in now."""
    task.state = Task.objects.select_for_update(no_key=True).values_list("state", flat=True).get(pk=task.pk)


def keep_deadline(task: Task, *, before: date | None, by: Any) -> None:
    """Remember the deadline that stood until now; a draft's nobody has been told of."""
    if task.state != Task.State.DRAFT:
        DeadlineChange.objects.create(task=task, before=before, after=task.due_on, by=by)


def keep_place(task: Task, *, before: Task | None) -> None:
    """Remember below which task it stood until yesterday; of drafts, which count nowhere, nobody will ask."""
    if any(above and above.state != Task.State.DRAFT for above in (before, task.parent)):
        # Moved twice in one day it stood only once somewhere else at the end of a day.
        TaskPlace.objects.get_or_create(task=task, until=_yesterday(), defaults={"parent": before})


def put_below(task: Task, parent: Task, *, by: Any) -> None:
    """File a task below another, whatever its state: it keeps its number, units, log and deadline."""
    before = task.parent
    task.parent = parent
    task.save(update_fields=["parent"])
    keep_place(task, before=before)
    note = _("上级任务改为%(task)s") % {"task": parent}
    record(task, "put_below", _("调整上级任务"), by=by, source=task.state, target=task.state, note=note)


def move_part(assignment: Assignment, move: str, *, by: Any, note: str = "", seen_state: str = "", **values) -> None:
    source = ASSIGNMENT.make(assignment, move, by=by, seen_state=seen_state, **values)
    label = str(ASSIGNMENT.moves[move].label)
    task, target = assignment.task, assignment.state
    record(task, move, label, by=by, assignment=assignment, source=source, target=target, note=note)


def _send_back_part(assignment: Assignment, *, by: Any, note: str, seen_state: str = "") -> None:
    move_part(assignment, "send_back", by=by, note=note, seen_state=seen_state, reported_done_at=None)
    text = _("任务被退回：%(task)s。原因：%(note)s") % {"task": assignment.task, "note": note}
    tell(liaisons_of(assignment.unit), text, url=assignment.task.get_absolute_url())


def settle(task: Task) -> None:
    """Once all units have reported, the task goes to the office by itself."""
    if task.state != Task.State.ISSUED or task.assignments.unfinished().exists():
        return
    fresh = Task.objects.prefetch_related("assignments").get(pk=task.pk)
    source = TASK.make(fresh, "await_confirmation", by=None)
    task.state = fresh.state
    record(task, "await_confirmation", _("报请确认"), by=None, source=source, target=task.state)
    text = _("任务待确认：%(task)s") % {"task": task}
    tell(office_of(task.campaign.host), text, url=task.get_absolute_url())


def _reassign(task: Task, units: list[Unit], *, led_by: Unit, by: Any) -> tuple[list[Unit], list[Unit]]:
    """Make the assignments those of the lead and `units`; return who came and who left.

    Who left, or stays and leads no longer, had its part until yesterday: figures of the days until then count it.
    """
    wanted = [task.lead_unit, *units]
    there = {part.unit: part for part in task.assignments.select_related("unit")}
    came = [unit for unit in wanted if unit not in there]
    left = [unit for unit in there if unit not in wanted]
    if (came or left) and task.state == Task.State.AWAITING_CONFIRMATION:
        raise Refused(_("各单位都已反馈完成。要增减单位，请先退回任务。"), task)
    for unit in left:
        if task.log_entries.filter(unit=unit).exists():
            raise Refused(_("%(unit)s已有工作记录，不能移出任务。") % {"unit": unit}, task)
        if Supervision.objects.running().filter(task=task, unit=unit).exists():
            raise Refused(_("%(unit)s的这项任务正在督办，请先解除督办再移出。") % {"unit": unit}, task)
        _withdraw_requests(task, unit=unit, why=_("%(unit)s已移出任务") % {"unit": unit})
        _keep_part(there[unit], task)
        there[unit].delete()
    if led_by in wanted and led_by != task.lead_unit:
        _keep_part(there[led_by], task, led_only=True)
    # One statement that names both values: at no moment do two units lead.
    task.assignments.update(is_lead=models.Case(models.When(unit=task.lead_unit, then=True), default=False))
    joined_on = None if task.state == Task.State.DRAFT else timezone.localdate()
    Assignment.objects.bulk_create(
        Assignment(task=task, unit=unit, is_lead=unit == task.lead_unit, joined_on=joined_on) for unit in came
    )
    return came, left


def _keep_part(part: Assignment, task: Task, *, led_only: bool = False) -> None:
    if task.state == Task.State.DRAFT or (part.joined_on and part.joined_on > _yesterday()):
        return
    PastAssignment.objects.create(
        part_key=part.pk,
        task=task,
        unit=part.unit,
        is_lead=part.is_lead,
        joined_on=part.joined_on,
        until=_yesterday(),
        led_only=led_only,
    )


def _yesterday() -> date:
    return timezone.localdate() - timedelta(days=1)


def _take_back(task: Task, decision: str, *, day: date | None, move: str, by: Any) -> None:
    # Imported as cancelled without a day, it counted nowhere: there is nothing to remember.
    if day is None:
        return
    made = task.events.filter(move=move).order_by("-at").values_list("at", flat=True).first()
    # Imported with its day, it stood from that day on.
    TakenBack.objects.create(task=task, decision=decision, day=day, made_at=made or day_start(day), by=by)


def _withdraw_requests(task: Task, *, why: str, unit: Unit | None = None) -> None:
    """There is no deadline left to move: what was asked for is withdrawn by the system, and the history tells why."""
    asked = TaskExtension.objects.waiting().filter(task=task).select_related("unit")
    for extension in asked if unit is None else asked.filter(unit=unit):
        TASK_EXTENSION.make(extension, "withdraw", by=None, decided_at=timezone.now(), note=why)
        part = task.assignments.filter(unit=extension.unit).first()
        record(task, "withdraw_extension", _("撤回延期申请"), by=None, assignment=part, note=why)


def _lift_supervisions(task: Task, *, note: str) -> None:
    """What is over needs no supervision any longer; the units are told with the task's own end."""
    for supervision in Supervision.objects.running().filter(task=task).select_related("unit"):
        source = SUPERVISION.make(supervision, "lift", by=None, note=note, lifted_at=timezone.now())
        part = task.assignments.filter(unit=supervision.unit).first()
        told = f"{supervision.number}，{note}"
        record(
            task, "lift", _("解除督办"), by=None, assignment=part, source=source, target=supervision.state, note=told
        )


def _units_of(task: Task) -> list[Unit]:
    return [part.unit for part in task.assignments.select_related("unit")]


def _tell_units(task: Task, units: Iterable[Unit], text: str) -> None:
    tell(liaisons_of(*units).only("is_active"), text, url=task.get_absolute_url())


def record(
    task: Task,
    move: str,
    label: str,
    *,
    by: Any,
    assignment: Assignment | None = None,
    source: str = "",
    target: str = "",
    note: str = "",
) -> None:
    TaskEvent.objects.create(
        task=task,
        assignment=assignment,
        unit_id=assignment.unit_id if assignment else None,
        move=move,
        label=label,
        source=source,
        target=target,
        note=note,
        by=by,
    )
