"""Which moves tasks and assignments can make, and who makes them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.workflow import Move, Workflow

from .models import AssessmentSystem, Assignment, Task

# No post gives it: the move follows by itself from another one and is made by the system.
BY_ITSELF = "campaigns.by_itself"


def no_unit_to_do_it(task: Task, by) -> str | None:
    if not task.assignments.all():
        return _("还没有责任单位，不能下发。请先修改任务，填写牵头单位。")
    return None


def not_all_reported(task: Task, by) -> str | None:
    if any(part.state != Assignment.State.REPORTED_DONE for part in task.assignments.all()):
        return _("还有单位没有反馈完成。")
    return None


def task_not_worked_on(assignment: Assignment, by) -> str | None:
    if assignment.task.state != Task.State.ISSUED:
        return _("这项任务目前是“%(state)s”，不能办理。") % {"state": assignment.task.get_state_display()}
    return None


def nothing_in_it(system: AssessmentSystem, by) -> str | None:
    if not system.indicators.exists():
        return _("这一版里还没有指标，不能启用。请先新增或导入指标。")
    return None


def cannot_take_its_place(system: AssessmentSystem, by) -> str | None:
    if reason := nothing_in_it(system, by):
        return reason
    previous = system.previous
    if previous and previous.state != AssessmentSystem.State.IN_FORCE:
        return _("它要接替的“%(previous)s”已是“%(state)s”。请先点“修改名称”，重新选择接替哪一版。") % {
            "previous": previous,
            "state": previous.get_state_display(),
        }
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

SYSTEM = Workflow(
    "assessment_system",
    Move(
        "adopt",
        gettext_lazy("启用"),
        (AssessmentSystem.State.DRAFT,),
        AssessmentSystem.State.IN_FORCE,
        "campaigns.change_system",
        cannot_take_its_place,
        gives=("adopted_on",),
        tone="primary",
    ),
    Move(
        "supersede",
        gettext_lazy("由新版接替"),
        (AssessmentSystem.State.IN_FORCE,),
        AssessmentSystem.State.SUPERSEDED,
        BY_ITSELF,
    ),
    Move(
        "retire",
        gettext_lazy("停用"),
        (AssessmentSystem.State.IN_FORCE,),
        AssessmentSystem.State.SUPERSEDED,
        "campaigns.change_system",
        gives=("superseded_on", "note"),
        tone="red",
    ),
)

WORKFLOWS = (TASK, ASSIGNMENT, SYSTEM)
