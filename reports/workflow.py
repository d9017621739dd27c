"""Who may move a report, a call for units' summaries and what they hand in, an appraisal and what is objected to."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.workflow.by_itself import BY_ITSELF
from cityinit.periods import day_in_words
from cityinit.workflow import Move, Workflow

from .models import AppraisalResult, Call, Contribution, Objection, Report, RuleSet

State, Rules, Result, Objected = Report.State, RuleSet.State, AppraisalResult.State, Objection.State


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


def no_rules(rule_set: RuleSet, by: Any) -> str | None:
    if not rule_set.rules.filter(is_on=True).exists():
        return _("细则里还没有计分的规则，不能启用。")
    return None


def not_over_yet(result: AppraisalResult, by: Any) -> str | None:
    """Only a period that is over is published, of its last day, and the last that was worked out."""
    appraisal = result.appraisal
    if result.as_of < appraisal.last_day:
        return _("这一版只算到%(day)s，不是时段的最后一天。请在时段结束后重新计算再公布。") % {
            "day": day_in_words(result.as_of)
        }
    if appraisal.results.filter(number__gt=result.number).exists():
        return _("后来又重新计算过，请公布最新的一版。")
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
RULE_SET = Workflow(
    "rule_set",
    Move("adopt", gettext_lazy("启用"), (Rules.DRAFT,), Rules.IN_USE, "reports.appraise", no_rules, tone="primary"),
    Move("retire", gettext_lazy("停用"), (Rules.IN_USE,), Rules.RETIRED, "reports.appraise"),
)
RESULT = Workflow(
    "appraisal_result",
    Move(
        "publish",
        gettext_lazy("公布"),
        (Result.WORKED_OUT,),
        Result.PUBLISHED,
        "reports.appraise",
        not_over_yet,
        gives=(gettext_lazy("申诉截止日期"),),
        tone="primary",
    ),
    Move(
        "replace",
        gettext_lazy("以新版替代"),
        (Result.WORKED_OUT, Result.PUBLISHED),
        Result.REPLACED,
        BY_ITSELF,
    ),
)
OBJECTION = Workflow(
    "objection",
    Move(
        "uphold",
        gettext_lazy("申诉成立"),
        (Objected.OPEN,),
        Objected.UPHELD,
        "reports.appraise",
        gives=(gettext_lazy("答复"),),
        tone="green",
    ),
    Move(
        "dismiss",
        gettext_lazy("申诉不成立"),
        (Objected.OPEN,),
        Objected.DISMISSED,
        "reports.appraise",
        gives=(gettext_lazy("答复"),),
        tone="orange",
    ),
)
WORKFLOWS = (REPORT, CALL, CONTRIBUTION, RULE_SET, RESULT, OBJECTION)
