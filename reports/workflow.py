"""Who may move a report from where to where: the table of the programme."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.workflow import Move, Workflow

from .models import Report

State = Report.State


def not_written_yet(report: Report, by: Any) -> str | None:
    if not report.sections.exists():
        return _("总结还没有编写完成，请等作业结束后再办理。")
    return None


def outdated_edits(report: Report, by: Any) -> str | None:
    if reason := not_written_yet(report, by):
        return reason
    if report.sections.filter(is_outdated=True).exists():
        return _("有修改过的段落，其依据的数据已更新。请逐段核对并保存后再审核。")
    return None


def open_instructions(report: Report, by: Any) -> str | None:
    if reason := not_written_yet(report, by):
        return reason
    if n := report.comments.filter(is_instruction=True, settled_at=None).count():
        return _("还有%(n)s条领导批示没有办理，请办理并填写情况后再印发。") % {"n": n}
    return None


REPORT = Workflow(
    "report",
    Move(
        "edit",
        gettext_lazy("修改"),
        (State.DRAFT, State.EDITED),
        State.EDITED,
        "reports.write_report",
        not_written_yet,
    ),
    Move(
        "review",
        gettext_lazy("审核"),
        (State.DRAFT, State.EDITED),
        State.REVIEWED,
        "reports.write_report",
        outdated_edits,
        tone="primary",
    ),
    Move(
        "approve",
        gettext_lazy("批准"),
        (State.REVIEWED,),
        State.APPROVED,
        "reports.approve_report",
        not_written_yet,
        tone="primary",
    ),
    Move(
        "issue",
        gettext_lazy("印发"),
        (State.APPROVED,),
        State.ISSUED,
        "reports.approve_report",
        open_instructions,
        tone="green",
    ),
    Move(
        "send_back",
        gettext_lazy("退回修改"),
        (State.REVIEWED, State.APPROVED),
        State.EDITED,
        "reports.approve_report",
        gives=("note",),
        tone="orange",
    ),
)
WORKFLOWS = (REPORT,)
