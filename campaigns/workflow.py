"""Which moves tasks, assignments and materials can make, and who makes them."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.workflow import Move, Workflow

from .models import AssessmentSystem, Assignment, DutyTurn, Material, Supervision, Task, TaskExtension

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


def never_issued(task: Task, by) -> str | None:
    if task.issued_on is None:
        return _("这项任务终止前还没有下发，不能恢复。请重新分解一项任务。")
    return None


def no_deadline_runs(extension: TaskExtension, by) -> str | None:
    task = extension.task
    if task.state != Task.State.ISSUED:
        return _("任务目前是“%(state)s”，没有正在计算的时限可延。") % {"state": task.get_state_display()}
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


def no_longer_asked(material: Material, by) -> str | None:
    if material.is_dropped:
        return _("这项材料已于%(day)s撤销，不用再报送。") % {"day": material.dropped_on}
    if not material.is_in_force:
        return _("“%(system)s”已停用，这项材料不用再报送。") % {"system": material.standard.indicator.system}
    return None


def handed_in_by_oneself(material: Material, by) -> str | None:
    """As with findings: nobody passes what they handed in themselves."""
    if by is not None and material.latest is not None and material.latest.submitted_by_id == by.pk:
        return _("这次是您自己报送的，要由创建办的另一位同事审核。")
    return None


MATERIAL = Workflow(
    "material",
    Move(
        "submit",
        gettext_lazy("报送"),
        (Material.State.EMPTY,),
        Material.State.SUBMITTED,
        "campaigns.submit_material",
        no_longer_asked,
        gives=("title", "dated_on", "files"),
        tone="primary",
    ),
    Move(
        "resubmit",
        gettext_lazy("重新报送"),
        (Material.State.RETURNED,),
        Material.State.RESUBMITTED,
        "campaigns.submit_material",
        no_longer_asked,
        gives=("title", "dated_on", "files"),
        tone="primary",
    ),
    Move(
        "withdraw",
        gettext_lazy("撤回"),
        (Material.State.SUBMITTED,),
        Material.State.EMPTY,
        "campaigns.withdraw_material",
    ),
    Move(
        "withdraw_again",
        gettext_lazy("撤回"),
        (Material.State.RESUBMITTED,),
        Material.State.RETURNED,
        "campaigns.withdraw_material",
    ),
    Move(
        "accept",
        gettext_lazy("审核通过"),
        (Material.State.SUBMITTED, Material.State.RESUBMITTED),
        Material.State.ACCEPTED,
        "campaigns.review_material",
        handed_in_by_oneself,
        tone="green",
    ),
    Move(
        "return_to_unit",
        gettext_lazy("退回"),
        (Material.State.SUBMITTED, Material.State.RESUBMITTED),
        Material.State.RETURNED,
        "campaigns.review_material",
        gives=("reasons", "note"),
        tone="orange",
    ),
    Move(
        "file",
        gettext_lazy("归档"),
        (Material.State.ACCEPTED,),
        Material.State.FILED,
        "campaigns.review_material",
        tone="primary",
    ),
    Move(
        "reopen",
        gettext_lazy("重新打开"),
        (Material.State.ACCEPTED, Material.State.FILED),
        Material.State.RETURNED,
        "campaigns.review_material",
        gives=("note",),
        tone="orange",
    ),
)


# So long before its turn a person may check in.
EARLIEST = timedelta(hours=1)


def cannot_check_in(turn: DutyTurn, by) -> str | None:
    if by is None or turn.user_id != by.pk:
        return _("只能给自己的班次签到。")
    now = timezone.now()
    if now < turn.begins - EARLIEST:
        return _("还没到签到时间，班前一小时起可以签到。")
    if now > turn.ends:
        return _("这一班已经结束，请联络员补登。")
    return None


def has_not_begun(turn: DutyTurn, by) -> str | None:
    return _("这一班还没有开始。") if timezone.now() < turn.begins else None


KEEP_ROSTER = "campaigns.keep_roster"
Turn = DutyTurn.State

DUTY_TURN = Workflow(
    "duty_turn",
    Move(
        "check_in",
        gettext_lazy("签到"),
        (Turn.PLANNED,),
        Turn.PRESENT,
        "campaigns.keep_duty",
        cannot_check_in,
        tone="primary",
    ),
    Move(
        "mark_present",
        gettext_lazy("到岗"),
        (Turn.PLANNED, Turn.ABSENT, Turn.REPLACED),
        Turn.PRESENT,
        KEEP_ROSTER,
        has_not_begun,
        tone="green",
    ),
    Move(
        "mark_absent",
        gettext_lazy("缺岗"),
        (Turn.PLANNED, Turn.PRESENT, Turn.REPLACED),
        Turn.ABSENT,
        KEEP_ROSTER,
        has_not_begun,
        gives=("reason",),
        tone="red",
    ),
    Move(
        "replace",
        gettext_lazy("顶岗"),
        (Turn.PLANNED, Turn.ABSENT),
        Turn.REPLACED,
        KEEP_ROSTER,
        has_not_begun,
        gives=("stand_in", "reason"),
        tone="blue",
    ),
    Move(
        "call_off",
        gettext_lazy("取消班次"),
        (Turn.PLANNED,),
        Turn.CALLED_OFF,
        KEEP_ROSTER,
        gives=("reason",),
        tone="orange",
    ),
    Move("plan_again", gettext_lazy("恢复班次"), (Turn.CALLED_OFF,), Turn.PLANNED, KEEP_ROSTER),
)

TASK_EXTENSION = Workflow(
    "task_extension",
    Move(
        "grant",
        gettext_lazy("批准延期"),
        (TaskExtension.State.ASKED,),
        TaskExtension.State.GRANTED,
        "campaigns.extend_task",
        no_deadline_runs,
        gives=("granted_due",),
        tone="green",
    ),
    Move(
        "refuse",
        gettext_lazy("不批准延期"),
        (TaskExtension.State.ASKED,),
        TaskExtension.State.REFUSED,
        "campaigns.extend_task",
        gives=("note",),
    ),
    Move(
        "withdraw",
        gettext_lazy("撤回申请"),
        (TaskExtension.State.ASKED,),
        TaskExtension.State.WITHDRAWN,
        "campaigns.report_task_done",
    ),
)

SUPERVISION = Workflow(
    "supervision",
    Move(
        "answer",
        gettext_lazy("答复督办"),
        (Supervision.State.OPEN,),
        Supervision.State.ANSWERED,
        "campaigns.report_task_done",
        gives=("answer",),
        tone="primary",
    ),
    Move(
        "send_back",
        gettext_lazy("退回答复"),
        (Supervision.State.ANSWERED,),
        Supervision.State.OPEN,
        "campaigns.supervise_task",
        gives=("note", "answer_by"),
        tone="orange",
    ),
    Move(
        "lift",
        gettext_lazy("解除督办"),
        (Supervision.State.OPEN, Supervision.State.ANSWERED),
        Supervision.State.LIFTED,
        "campaigns.supervise_task",
        gives=("note",),
        tone="green",
    ),
)

WORKFLOWS = (TASK, ASSIGNMENT, TASK_EXTENSION, SUPERVISION, SYSTEM, MATERIAL, DUTY_TURN)


def extension_refusal(part: Assignment, by, *, waits: bool | None = None) -> str | None:
    """Why `by` may not ask for more time for this part now, or None; `waits` where it is known of an earlier one."""
    task = part.task
    if not by.has_perm("campaigns.report_task_done", part):
        return _("只有承担单位的联络员可以申请延期。")
    if task.state != Task.State.ISSUED or part.state == Assignment.State.REPORTED_DONE:
        return _("%(unit)s的这项任务没有正在计算的时限可延。") % {"unit": part.unit}
    if task.due_on is None:
        return _("这项任务没有完成时限，不用申请延期。")
    if waits is None:
        waits = TaskExtension.objects.waiting().filter(task=task, unit=part.unit_id).exists()
    if waits:
        return _("%(unit)s已有一个延期申请待批。") % {"unit": part.unit}
    return None


def supervision_refusal(part: Assignment, by) -> str | None:
    """Why `by` may not supervise this part now, or None."""
    if not by.has_perm("campaigns.supervise_task", part):
        return _("您在这里没有“督办”的权限。")
    if part.task.state != Task.State.ISSUED or part.state == Assignment.State.REPORTED_DONE:
        return _("%(unit)s没有待办的事项，不用督办。") % {"unit": part.unit}
    if Supervision.objects.running().filter(task=part.task_id, unit=part.unit_id).exists():
        return _("%(unit)s的这项任务正在督办，解除后才能再次督办。") % {"unit": part.unit}
    return None
