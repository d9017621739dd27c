"""What each kind of rule asks of the office, whether it takes or gives, and what it says in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.models import AppraisalRule

from .points import plain

Kind = AppraisalRule.Kind


@dataclass(frozen=True)
class Asks:
    """`said` is filled with points, step and threshold; `told` says to who chooses it what exactly is counted."""

    said: Any
    told: Any
    fields: tuple[str, ...] = ()
    # Those of the fields without which it counts nothing.
    needs: tuple[str, ...] = ()
    deducts: bool = True
    # With a step: by days, or by percentage points.
    stepped: Any = ""


KINDS: Mapping[str, Asks] = {
    Kind.OVERDUE: Asks(
        gettext_lazy("每逾期整改1件扣%(points)s分"),
        gettext_lazy("整改期限在本时段内、到期没有反馈或者反馈晚于期限的问题。挂账、已退回创建办的不算。"),
        ("step",),
        stepped=gettext_lazy("每逾期整改1件，每%(step)s天扣%(points)s分"),
    ),
    Kind.FOUND: Asks(
        gettext_lazy("每发现1个%(severity)s问题扣%(points)s分"),
        gettext_lazy("本时段发现的问题，不予立案、重复、作废的不算。不选等级，全部等级都算。"),
        ("severity",),
    ),
    Kind.REWORK: Asks(
        gettext_lazy("每返工1次扣%(points)s分"), gettext_lazy("本时段复核没有通过、退回返工的整改反馈，每次都算。")
    ),
    Kind.REOPENED: Asks(
        gettext_lazy("每反弹1次扣%(points)s分"), gettext_lazy("本时段内销号以后又反弹的问题，算给反弹时的责任单位。")
    ),
    Kind.RATE: Asks(
        gettext_lazy("整改率低于%(threshold)s%%扣%(points)s分"),
        gettext_lazy("本时段发现的问题，到最后一天已销号的占几成。没有问题的单位不扣。"),
        ("threshold", "step"),
        ("threshold",),
        stepped=gettext_lazy("整改率低于%(threshold)s%%，每低%(step)s个百分点扣%(points)s分"),
    ),
    Kind.IN_TIME: Asks(
        gettext_lazy("按期整改率低于%(threshold)s%%扣%(points)s分"),
        gettext_lazy("已销号的问题中在期限内反馈的占几成。没有销号的单位不扣。"),
        ("threshold", "step"),
        ("threshold",),
        stepped=gettext_lazy("按期整改率低于%(threshold)s%%，每低%(step)s个百分点扣%(points)s分"),
    ),
    Kind.ROUND_SCORE: Asks(
        gettext_lazy("督查得分低于%(threshold)s分，每批次扣%(points)s分"),
        gettext_lazy("本时段公布的督查批次，单位各点位得分的平均。"),
        ("threshold", "step"),
        ("threshold",),
        stepped=gettext_lazy("督查得分低于%(threshold)s分，每低%(step)s分扣%(points)s分"),
    ),
    Kind.TASK_LATE: Asks(
        gettext_lazy("每项任务逾期未完成扣%(points)s分"),
        gettext_lazy("到最后一天已过时限、没有办结、本单位也没有反馈完成的任务。"),
    ),
    Kind.TASK_RATE: Asks(
        gettext_lazy("任务办结率低于%(threshold)s%%扣%(points)s分"),
        gettext_lazy("到最后一天已开始的任务（常态工作除外）中已办结的占几成。没有任务的单位不扣。"),
        ("threshold", "step"),
        ("threshold",),
        stepped=gettext_lazy("任务办结率低于%(threshold)s%%，每低%(step)s个百分点扣%(points)s分"),
    ),
    Kind.NUDGED: Asks(
        gettext_lazy("每被催办1次扣%(points)s分"), gettext_lazy("本时段因任务被催办的次数，材料的催办不算。")
    ),
    Kind.SUPERVISED: Asks(
        gettext_lazy("每被督办1次扣%(points)s分"), gettext_lazy("本时段收到的督办函，任务的和问题逾期的都算。")
    ),
    Kind.MATERIAL_LATE: Asks(
        gettext_lazy("每项材料逾期未报扣%(points)s分"), gettext_lazy("到最后一天已过报送期限、还没有报来的材料。")
    ),
    Kind.MATERIAL_BACK: Asks(
        gettext_lazy("材料每被退回1次扣%(points)s分"), gettext_lazy("本时段审核没有通过、退回单位的材料，每次都算。")
    ),
    Kind.CRITICISM: Asks(
        gettext_lazy("每被通报批评1次扣%(points)s分"), gettext_lazy("奖惩台账中日期在本时段的通报批评。")
    ),
    Kind.DEDUCTION: Asks(
        gettext_lazy("按奖惩台账扣分，台账每1分扣%(points)s分"),
        gettext_lazy("奖惩台账中日期在本时段的扣分，没有填分值的不算。"),
    ),
    Kind.HIGHLIGHT: Asks(
        gettext_lazy("每有1条工作亮点加%(points)s分"),
        gettext_lazy("本时段的工作记录中标为亮点的。"),
        deducts=False,
    ),
    Kind.LOGGED: Asks(
        gettext_lazy("每有1条工作记录加%(points)s分"),
        gettext_lazy("本时段的工作记录，常态工作一键落实的不算。建议填写“最多”。"),
        deducts=False,
    ),
    Kind.HONOUR: Asks(
        gettext_lazy("每获得1项%(rank)s荣誉加%(points)s分"),
        gettext_lazy(
            "荣誉台账中本时段获得的，按授予单位分级：中央和国家部委为国家级，省、自治区为省级，市为市级。不选级别，全部都算。"
        ),
        ("rank",),
        deducts=False,
    ),
    Kind.PRAISE: Asks(
        gettext_lazy("督查中每有1处亮点加%(points)s分"), gettext_lazy("督查员本时段记下的亮点。"), deducts=False
    ),
    Kind.COMMENDED: Asks(
        gettext_lazy("每被通报表扬1次加%(points)s分"), gettext_lazy("奖惩台账中日期在本时段的通报表扬。"), deducts=False
    ),
    Kind.BONUS: Asks(
        gettext_lazy("按奖惩台账加分，台账每1分加%(points)s分"),
        gettext_lazy("奖惩台账中日期在本时段的加分，没有填分值的不算。"),
        deducts=False,
    ),
}


def deducts(rule: AppraisalRule) -> bool:
    return KINDS[rule.kind].deducts


def said(rule: AppraisalRule) -> str:
    """The rule in a sentence: 每逾期整改1件，每3天扣0.5分，最多扣5分."""
    asks = KINDS[rule.kind]
    words = {
        "points": plain(rule.points),
        "step": plain(rule.step or Decimal(0)),
        "threshold": plain(rule.threshold or Decimal(0)),
        "severity": f"{rule.severity}级" if rule.severity else "",
        "rank": rule.get_rank_display() if rule.rank else "",
    }
    told = str(asks.stepped if rule.step and asks.stepped else asks.said) % words
    if rule.cap:
        most = _("最多扣%(cap)s分") if asks.deducts else _("最多加%(cap)s分")
        told += "，" + most % {"cap": plain(rule.cap)}
    return told
