"""A task, and the part of each unit in it: which moves they make, and who makes them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.workflow import Move, Workflow

from ..models import Assignment, Task
from .by_itself import BY_ITSELF


def no_unit_to_do_it(task: Task, by) -> str | None:
    if not task.assignments.all():
        return _("还没有责任单位，不能下发。请先修改任务，填写牵头单位。")
    return None


def not_all_reported(task: Task, by) -> str | None:
    if any(part.state != Assignment.State.REPORTED_DONE for part in task.assignments.all()):
        return _("还有单位没有反馈完成。")
    return None


def never_issued(task: Task, by) -> str | None:
    if task.issued_on is None:
        return _("这项任务终止前还没有下发，不能恢复。请重新分解一项任务。")
    return None


def task_not_worked_on(assignment: Assignment, by) -> str | None:
    if assignment.task.state != Task.State.ISSUED:
        return _("这项任务目前是“%(state)s”，不能办理。") % {"state": assignment.task.get_state_display()}
    return None


TASK = Workflow(
    "task",
    Move(
        "issue",
        gettext_lazy("下发"),
        (Task.State.DRAFT,),
        Task.State.ISSUED,
        "campaigns.issue_task",
        no_unit_to_do_it,
        tone="primary",
    ),
    Move(
        "await_confirmation",
        gettext_lazy("报请确认"),
        (Task.State.ISSUED,),
        Task.State.AWAITING_CONFIRMATION,
        BY_ITSELF,
        not_all_reported,
    ),
    Move(
        "confirm",
        gettext_lazy("确认办结"),
        (Task.State.AWAITING_CONFIRMATION,),
        Task.State.CONFIRMED,
        "campaigns.confirm_task",
        gives=("confirmed_on",),
        tone="primary",
    ),
    Move(
        "send_back",
        gettext_lazy("退回"),
        (Task.State.AWAITING_CONFIRMATION,),
        Task.State.ISSUED,
        "campaigns.confirm_task",
        gives=("note", "assignments"),
        tone="orange",
    ),
    Move(
        "cancel",
        gettext_lazy("终止"),
        (Task.State.DRAFT, Task.State.ISSUED, Task.State.AWAITING_CONFIRMATION),
        Task.State.CANCELLED,
        "campaigns.issue_task",
        gives=("note",),
        tone="red",
    ),
    # A slip of the hand is put right where it happened: what was decided goes back to the desk it came from.
    Move(
        "reopen",
        gettext_lazy("撤销办结"),
        (Task.State.CONFIRMED,),
        Task.State.AWAITING_CONFIRMATION,
        "campaigns.confirm_task",
        gives=("note",),
        tone="orange",
    ),
    Move(
        "restore",
        gettext_lazy("恢复办理"),
        (Task.State.CANCELLED,),
        Task.State.ISSUED,
        "campaigns.issue_task",
        never_issued,
        gives=("note",),
        tone="orange",
    ),
)
ASSIGNMENT = Workflow(
    "assignment",
    Move(
        "acknowledge",
        gettext_lazy("签收"),
        (Assignment.State.UNREAD,),
        Assignment.State.ACKNOWLEDGED,
        "campaigns.acknowledge_task",
        task_not_worked_on,
        tone="primary",
    ),
    Move(
        "start",
        gettext_lazy("开始办理"),
        (Assignment.State.ACKNOWLEDGED,),
        Assignment.State.IN_PROGRESS,
        "campaigns.log_work",
        task_not_worked_on,
    ),
    Move(
        "report_done",
        gettext_lazy("反馈完成"),
        (Assignment.State.IN_PROGRESS,),
        Assignment.State.REPORTED_DONE,
        "campaigns.report_task_done",
        task_not_worked_on,
        gives=("note",),
        tone="green",
    ),
    Move(
        "send_back",
        gettext_lazy("退回办理"),
        (Assignment.State.REPORTED_DONE,),
        Assignment.State.IN_PROGRESS,
        "campaigns.confirm_task",
        task_not_worked_on,
        gives=("note",),
        tone="orange",
    ),
)
