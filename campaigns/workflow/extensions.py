"""More time for a task: who may ask for it, and who grants it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.workflow import Move, Workflow

from ..models import Assignment, Task, TaskExtension


def no_deadline_runs(extension: TaskExtension, by) -> str | None:
    task = extension.task
    if task.state != Task.State.ISSUED:
        return _("任务目前是“%(state)s”，没有正在计算的时限可延。") % {"state": task.get_state_display()}
    return None


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
