"""A turn of duty: kept, missed, taken by somebody else or called off."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.workflow import Move, Workflow

from ..models import DutyTurn

# So long before its turn a person may check in.
EARLIEST = timedelta(hours=1)
KEEP_ROSTER = "campaigns.keep_roster"
Turn = DutyTurn.State


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
