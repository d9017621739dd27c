"""督办: who may begin one, answer it and lift it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.workflow import Move, Workflow

from ..models import Assignment, Supervision, Task

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


def supervision_refusal(part: Assignment, by) -> str | None:
    """Why `by` may not supervise this part now, or None."""
    if not by.has_perm("campaigns.supervise_task", part):
        return _("您在这里没有“督办”的权限。")
    if part.task.state != Task.State.ISSUED or part.state == Assignment.State.REPORTED_DONE:
        return _("%(unit)s没有待办的事项，不用督办。") % {"unit": part.unit}
    if Supervision.objects.running().filter(task=part.task_id, unit=part.unit_id).exists():
        return _("%(unit)s的这项任务正在督办，解除后才能再次督办。") % {"unit": part.unit}
    return None
