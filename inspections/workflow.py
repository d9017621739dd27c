"""Who may move a finding from where to where, and who may decide on an extension: the tables of the programme."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.workflow.by_itself import BY_ITSELF
from cityinit.workflow import Move, Workflow
from inspections.field_workflow import CHECKLIST, ROUND, TEAM
from inspections.models import Extension, Finding
from inspections.models.finding import REOPEN_DAYS
from units.roles import scope_of

State = Finding.State

# After this the office decides to whom it belongs.
RETURNS_ALLOWED = 2


def not_own(finding: Finding, by: Any) -> str | None:
    if by is not None and finding.reported_by_id != by.pk:
        return _("这是别人填写的问题，只能由填写人上报。")
    return None


def dispatching_is_the_offices(finding: Finding, by: Any) -> str | None:
    if by is None or by.has_perm("inspections.verify_finding", finding) or finding.campaign.direct_dispatch:
        return None
    return _("本活动没有打开“督查员可直接交办”，请由创建办核实后交办。")


def returned_too_often(finding: Finding, by: Any) -> str | None:
    if finding.returned_times >= RETURNS_ALLOWED:
        return _("这个问题已经退回%(n)s次，不能再退回，请与创建办商定责任单位。") % {"n": finding.returned_times}
    return None


def judging_own_work(finding: Finding, by: Any) -> str | None:
    """Who answered, and everybody of the unit that answered, leaves the judgement to others."""
    if by is None:
        return None
    if finding.answered_by_id == by.pk:
        return _("整改情况是您反馈的，须由别人复核。")
    if finding.lead_unit and _is_of(by, finding.lead_unit):
        return _("您是整改单位“%(unit)s”的人员，须由其他单位的人复核。") % {"unit": finding.lead_unit}
    return None


def closed_too_long_ago(finding: Finding, by: Any) -> str | None:
    if finding.closed_at and timezone.now() - finding.closed_at > timedelta(days=REOPEN_DAYS):
        return _("销号已超过%(n)s天，不能再作反弹，请作为新问题上报。") % {"n": REOPEN_DAYS}
    return None


def clock_stands(extension: Extension, by: Any) -> str | None:
    return no_clock(extension.finding)


def no_clock(finding: Finding) -> str | None:
    """Why there is no deadline to move, or None."""
    if not finding.clock_runs:
        return _("问题目前是“%(state)s”，没有正在计算的期限可延。") % {"state": finding.get_state_display()}
    return None


def _is_of(person: Any, unit: Any) -> bool:
    """Whether a post of today is at the unit or below it, or answers for it; the host is everybody's, so only at it."""
    for post in scope_of(person).posts:
        if post.unit_id == unit.pk or (not unit.is_host and post.unit_path.startswith(unit.path)):
            return True
        if not post.of_office and unit.path.startswith(post.scope_path):
            return True
    return False


FINDING = Workflow(
    "finding",
    Move(
        "report",
        gettext_lazy("上报"),
        (State.DRAFT,),
        State.REPORTED,
        "inspections.report_finding",
        not_own,
        gives=("photos or description",),
        tone="primary",
    ),
    Move(
        "dispatch",
        gettext_lazy("交办"),
        (State.REPORTED, State.RETURNED, State.REOPENED),
        State.DISPATCHED,
        "inspections.dispatch_finding",
        dispatching_is_the_offices,
        gives=("lead_unit", "due_at"),
        tone="primary",
    ),
    Move(
        "reject",
        gettext_lazy("不予立案"),
        (State.REPORTED,),
        State.REJECTED,
        "inspections.verify_finding",
        gives=("reason",),
    ),
    Move(
        "mark_duplicate",
        gettext_lazy("标为重复"),
        (State.REPORTED, State.DISPATCHED),
        State.DUPLICATE,
        "inspections.verify_finding",
        gives=("duplicate_of",),
    ),
    Move(
        "acknowledge",
        gettext_lazy("签收"),
        (State.DISPATCHED,),
        State.RECTIFYING,
        "inspections.answer_finding",
        tone="primary",
    ),
    Move(
        "answer",
        gettext_lazy("整改反馈"),
        (State.RECTIFYING, State.REWORK),
        State.SUBMITTED,
        "inspections.answer_finding",
        gives=("measure", "photos"),
        tone="primary",
    ),
    Move(
        "return_to_office",
        gettext_lazy("退回"),
        (State.DISPATCHED, State.RECTIFYING),
        State.RETURNED,
        "inspections.answer_finding",
        returned_too_often,
        gives=("reason",),
        tone="orange",
    ),
    Move(
        "close",
        gettext_lazy("销号"),
        (State.SUBMITTED,),
        State.CLOSED,
        "inspections.review_finding",
        judging_own_work,
        tone="green",
    ),
    Move(
        "rework",
        gettext_lazy("返工"),
        (State.SUBMITTED,),
        State.REWORK,
        "inspections.review_finding",
        judging_own_work,
        gives=("reason", "due_at"),
        tone="red",
    ),
    Move(
        "suspend",
        gettext_lazy("挂账"),
        (State.DISPATCHED, State.RECTIFYING, State.REWORK),
        State.LONG_TERM,
        "inspections.suspend_finding",
        gives=("plan", "until", "leader"),
        tone="purple",
    ),
    Move(
        "resume",
        gettext_lazy("恢复整改"),
        (State.LONG_TERM,),
        State.RECTIFYING,
        "inspections.suspend_finding",
        tone="primary",
    ),
    Move(
        "close_on_spot",
        gettext_lazy("现场整改"),
        (State.DRAFT,),
        State.CLOSED_ON_SPOT,
        "inspections.report_finding",
        not_own,
        gives=("photos", "after_photos"),
        tone="green",
    ),
    Move(
        "reopen",
        gettext_lazy("反弹"),
        (State.CLOSED, State.CLOSED_ON_SPOT),
        State.REOPENED,
        "inspections.reopen_finding",
        closed_too_long_ago,
        gives=("photos",),
        tone="orange",
    ),
    Move(
        "void",
        gettext_lazy("作废"),
        tuple(state for state in State if state not in (State.CLOSED, State.VOID)),
        State.VOID,
        "inspections.verify_finding",
        gives=("reason",),
        tone="red",
    ),
)

EXTENSION = Workflow(
    "extension",
    Move(
        "grant",
        gettext_lazy("批准延期"),
        (Extension.State.ASKED,),
        Extension.State.GRANTED,
        "inspections.grant_extension",
        clock_stands,
        tone="green",
    ),
    Move(
        "refuse",
        gettext_lazy("不批准延期"),
        (Extension.State.ASKED,),
        Extension.State.REFUSED,
        "inspections.grant_extension",
        gives=("note",),
    ),
    Move(
        "lapse",
        gettext_lazy("失效"),
        (Extension.State.ASKED,),
        Extension.State.LAPSED,
        BY_ITSELF,
    ),
)

WORKFLOWS = (FINDING, EXTENSION, CHECKLIST, ROUND, TEAM)


def extension_refusal(finding: Finding, by: Any) -> str | None:
    """Why `by` may not ask for more time now, or None."""
    if not by.has_perm("inspections.answer_finding", finding):
        return _("只有牵头整改单位的联络员可以申请延期。")
    if reason := no_clock(finding):
        return reason
    if finding.extensions.filter(state=Extension.State.ASKED).exists():
        return _("已有一个延期申请待批。")
    return None
