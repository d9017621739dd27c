"""Who may move a report, a call for units' summaries and a unit's contribution to it from where to where."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.workflow import Move, Workflow

from .models import Call, Contribution, Report

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


def call_closed(contribution: Contribution, by: Any) -> str | None:
    if not contribution.call.is_open:
        return _("这次征集已结束，不能再报送或改动。如有需要，请联系创建办重新打开征集。")
    return None


def nothing_written(contribution: Contribution, by: Any) -> str | None:
    if reason := call_closed(contribution, by):
        return reason
    if not contribution.paragraphs.exclude(text="").exists():
        return _("还没有写任何内容，不能报送。")
    return None


CALL = Workflow(
    "call",
    Move("close", gettext_lazy("结束征集"), (Call.State.OPEN,), Call.State.CLOSED, "reports.call_units"),
    Move("reopen", gettext_lazy("重新打开征集"), (Call.State.CLOSED,), Call.State.OPEN, "reports.call_units"),
)
Handed = Contribution.State
CONTRIBUTION = Workflow(
    "contribution",
    Move(
        "submit",
        gettext_lazy("报送"),
        Contribution.UNIT_STATES,
        Handed.SUBMITTED,
        "reports.submit_contribution",
        nothing_written,
        tone="primary",
    ),
    Move(
        "take_back",
        gettext_lazy("撤回修改"),
        (Handed.SUBMITTED,),
        Handed.ASKED,
        "reports.submit_contribution",
        call_closed,
    ),
    Move(
        "accept",
        gettext_lazy("采用"),
        (Handed.SUBMITTED,),
        Handed.ACCEPTED,
        "reports.call_units",
        tone="primary",
    ),
    Move(
        "return_to_unit",
        gettext_lazy("退回修改"),
        Contribution.HANDED_IN_STATES,
        Handed.RETURNED,
        "reports.call_units",
        call_closed,
        gives=("note",),
        tone="orange",
    ),
    Move(
        "excuse",
        gettext_lazy("免报"),
        (Handed.ASKED, Handed.RETURNED, Handed.SUBMITTED),
        Handed.EXCUSED,
        "reports.call_units",
        call_closed,
        gives=("note",),
    ),
    Move(
        "ask_again",
        gettext_lazy("恢复征集"),
        (Handed.EXCUSED,),
        Handed.ASKED,
        "reports.call_units",
        call_closed,
    ),
)
WORKFLOWS = (REPORT, CALL, CONTRIBUTION)
