"""The figures the office goes by: what each is called, what it means, how it is counted, and which records it counts.

Every figure is a function of (campaign, period, unit) as of the period's last day. `values` asks for all that come from
one statement at once; `records` gives exactly the rows a figure counts, as they are today. Reports take their labels
and definitions from here, so that a page and a summary mean the same by a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns import figures as work
from campaigns import material_figures as materials
from campaigns.models import Campaign, Honour, Meeting
from cityinit.addresses import address
from cityinit.numerals import number
from cityinit.numerals import rate as rate_of
from cityinit.periods import Period, day_in_words
from inspections import figures as field
from inspections.models import Praise, Round, Site
from units.models import Unit

Value = int | Decimal | None
PER_CENT = "%"


@dataclass(frozen=True)
class Asked:
    """Of what a figure is asked. While the last day runs, `now` says what is not due or late yet."""

    campaign: Campaign
    period: Period
    unit: Unit | None = None
    now: datetime | None = None
    today: date | None = None

    @cached_property
    def of(self) -> dict[str, Any]:
        return {"campaign": self.campaign, "period": self.period, "unit": self.unit}


@dataclass(frozen=True)
class Figure:
    """`records` are what it counts; of a share they are the whole, and `part` those among them that make it."""

    name: str
    label: str | Promise
    # 个, 项, %
    measure: str
    # {span}: the days of the period, {day}: its last day; {running} and {passed}: what is so while that day runs
    definition: str
    records: Callable[[Asked], QuerySet]
    source: Callable[[Asked], Mapping[str, Value]] | None = None
    part: Callable[[Asked], QuerySet] | None = None

    def basis(self, period: Period, *, is_running: bool = False) -> str:
        """What it means, of this period; while its last day runs, what is due on it has not been missed."""
        running = "；当天期限还没有到的不计" if is_running else ""
        passed = "早于" if is_running else "不晚于"
        return self.definition.format(span=period.span, day=day_in_words(period.last), running=running, passed=passed)

    def value(self, asked: Asked) -> Value:
        """The figure; None where nothing is known."""
        return self.source(asked)[self.name] if self.source else self.records(asked).count()

    def text(self, value: Value) -> str:
        """As it is printed: 94.2%, 12; "" for what is unknown."""
        if value is None:
            return ""
        return f"{rate_of(value)}%" if self.measure == PER_CENT else number(value)


def values(names: Iterable[str], asked: Asked) -> dict[str, Value]:
    """The figures of these names; those of one statement are asked for once."""
    told: dict[Callable, Mapping[str, Value]] = {}
    found: dict[str, Value] = {}
    for name in names:
        figure = FIGURES[name]
        if figure.source is None:
            found[name] = figure.value(asked)
            continue
        if figure.source not in told:
            told[figure.source] = figure.source(asked)
        found[name] = told[figure.source][name]
    return found


def list_address(name: str, period: Period, unit: Unit | None = None) -> str:
    """Where exactly the records are listed that the figure counts today."""
    asked = {"span": "own", "since": period.first, "until": period.last} | ({"unit": unit.pk} if unit else {})
    return f"{address('reports:figure', name)}?{urlencode(asked)}"


# -- what is asked for in one statement ---


def _findings(asked: Asked) -> Mapping[str, Value]:
    found = field.rectified(**asked.of, now=asked.now)
    return {
        "findings.found": found.found,
        "findings.sites": found.sites,
        "findings.closed": found.closed,
        "findings.rate": found.rate,
        "findings.due": found.due,
        "findings.due_rate": found.due_rate,
        "findings.in_time": found.in_time,
        "findings.in_time_rate": found.in_time_rate,
        "findings.reworked": found.reworked,
        "findings.rework_rate": found.rework_rate,
        "findings.reopened": found.reopened,
        "findings.reopened_rate": found.reopened_rate,
        "findings.open": found.open,
        "findings.long_term": found.long_term,
        "findings.late": found.late,
    }


def _tasks(asked: Asked) -> Mapping[str, Value]:
    found = work.task_progress(**asked.of)
    return {
        "tasks.total": found.tasks,
        "tasks.done": found.done,
        "tasks.open": found.tasks - found.done,
        "tasks.completion": found.completion,
    }


def _materials(asked: Asked) -> Mapping[str, Value]:
    found = materials.completeness(**asked.of)
    return {
        "materials.asked": found.asked,
        "materials.submitted": found.submitted,
        "materials.accepted": found.accepted,
        "materials.rate": found.rate,
    }


def _time(asked: Asked) -> Mapping[str, Value]:
    return {"time.share": work.time_share(asked.campaign, asked.period)}


def _volunteers(asked: Asked) -> Mapping[str, Value]:
    found = work.volunteering(**asked.of)
    return {"volunteering.people": found.people, "volunteering.hours": found.hours}


def _dissuaded(asked: Asked) -> Mapping[str, Value]:
    rows = work.dissuasion_records(**asked.of)
    return {"dissuasion": rows.aggregate(number=Sum("number"))["number"]}


# -- which records ---


def _of(ask: Callable[..., QuerySet]) -> Callable[[Asked], QuerySet]:
    return lambda asked: ask(**asked.of)


def _of_now(ask: Callable[..., QuerySet]) -> Callable[[Asked], QuerySet]:
    return lambda asked: ask(**asked.of, now=asked.now)


def _due_closed(asked: Asked) -> QuerySet:
    return field.due_closed(**asked.of, now=asked.now)


def _late_tasks(asked: Asked) -> QuerySet:
    return work.late_tasks(**asked.of, today=asked.today)


def _highlights(asked: Asked) -> QuerySet:
    return work.log_entries(**asked.of).filter(is_highlight=True)


def _campaign(asked: Asked) -> QuerySet:
    return Campaign.objects.filter(pk=asked.campaign.pk)


def _sites(asked: Asked) -> QuerySet:
    sites = Site.objects.of(asked.campaign).registered_by(asked.period.last)
    return sites.kept_by(asked.unit, on=asked.period.last) if asked.unit else sites


def _rounds(asked: Asked) -> QuerySet:
    period = asked.period
    begun = Q(starts_on=None) | Q(starts_on__lte=period.last)
    rounds = Round.objects.of(asked.campaign).filter(begun, Q(ends_on=None) | Q(ends_on__gte=period.first))
    return rounds.filter(pk__in=field.found(**asked.of).order_by().values("round"))


def _within(model: Any, *, day: str) -> Callable[[Asked], QuerySet]:
    return lambda asked: work.within(model.objects.of(asked.campaign), asked.period, day=day, unit=asked.unit)


def _honours(asked: Asked) -> QuerySet:
    """With a unit, those that name it or one below it: an honour is given to whom its words say."""
    rows = work.within(Honour.objects.of(asked.campaign), asked.period, day="granted_on")
    if asked.unit is None:
        return rows
    named = Q(pk__in=[])
    for name in Unit.objects.below(asked.unit, on=asked.period.last).values_list("name", flat=True):
        named |= Q(honoured__contains=name)
    return rows.filter(named)


_found, _counted_tasks, _asked_materials = _of(field.found), _of(work.counted_tasks), _of(materials.asked_materials)

FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure(
            *("findings.found", _("发现问题数"), "个", "{span}发现的问题；截至{day}不予立案、重复和作废的不计"),
            *(_found, _findings),
        ),
        Figure(
            *("findings.sites", _("检查点位数"), "个", "期内记有检查发现的点位，同一点位只计一次"),
            *(_of(field.checked_sites), _findings),
        ),
        Figure(
            *("findings.closed", _("已整改数"), "个", "截至{day}已销号或现场整改的"),
            *(_of(field.closed), _findings),
        ),
        Figure(
            *("findings.rate", _("整改率"), PER_CENT, "已整改数÷发现问题数"),
            *(_found, _findings, _of(field.closed)),
        ),
        Figure(
            *("findings.due", _("到期问题数"), "个", "截至{day}整改期限已到的{running}"),
            *(_of_now(field.due), _findings),
        ),
        Figure(
            *("findings.due_rate", _("到期整改率"), PER_CENT, "到期问题中已整改的÷到期问题数"),
            *(_of_now(field.due), _findings, _due_closed),
        ),
        Figure(
            *("findings.in_time", _("按期整改数"), "个", "已整改的问题中，在期限内反馈整改的"),
            *(_of(field.in_time), _findings),
        ),
        Figure(
            *("findings.in_time_rate", _("按期整改率"), PER_CENT, "按期整改数÷已整改数"),
            *(_of(field.closed), _findings, _of(field.in_time)),
        ),
        Figure(*("findings.reworked", _("返工数"), "个", "复核退回返工的"), *(_of(field.reworked), _findings)),
        Figure(
            *("findings.rework_rate", _("返工率"), PER_CENT, "返工数÷复核过的问题数"),
            *(_of(field.reviewed), _findings, _of(field.reworked)),
        ),
        Figure(*("findings.reopened", _("反弹数"), "个", "销号后又反弹的"), *(_of(field.reopened), _findings)),
        Figure(
            *("findings.reopened_rate", _("反弹率"), PER_CENT, "反弹数÷曾经销号的问题数"),
            *(_of(field.ever_closed), _findings, _of(field.reopened)),
        ),
        Figure(
            *("findings.open", _("未整改数"), "个", "截至{day}尚未销号的"),
            *(_of(field.left), _findings),
        ),
        Figure(
            *("findings.long_term", _("挂账数"), "个", "其中截至{day}挂账的"),
            *(_of(field.long_term), _findings),
        ),
        Figure(
            *("findings.late", _("逾期未整改数"), "个", "截至{day}整改期限已到而没有反馈的；挂账的不计"),
            *(_of_now(field.late), _findings),
        ),
        Figure("sites.registered", _("登记点位数"), "个", "点位登记册中的点位", _sites),
        Figure("rounds", _("督查批次数"), "次", "期内记有发现问题的督查批次", _rounds),
        Figure("praises", _("亮点数"), "个", "督查中记下的亮点", _within(Praise, day="found_on")),
        Figure(
            *("tasks.total", _("任务数"), "项", "截至{day}已开展的末级任务；常态化工作（有频次）和已终止的不计"),
            *(_counted_tasks, _tasks),
        ),
        Figure(
            *("tasks.done", _("已办结任务数"), "项", "其中截至{day}已确认办结的"),
            *(_of(work.done_tasks), _tasks),
        ),
        Figure(
            *("tasks.completion", _("任务完成率"), PER_CENT, "已办结任务数÷任务数"),
            *(_counted_tasks, _tasks, _of(work.done_tasks)),
        ),
        Figure(
            *("tasks.open", _("未办结任务数"), "项", "其中截至{day}没有确认办结的"),
            *(_of(work.open_tasks), _tasks),
        ),
        Figure(
            *("tasks.late", _("逾期未办结任务数"), "项"),
            "完成时限{passed}{day}而当日未办结的；各单位已反馈、待创建办确认的不计",
            _late_tasks,
        ),
        Figure(
            *("tasks.recurring", _("常态化工作"), "项", "截至{day}已开展、填有频次的末级任务，不计入完成率"),
            _of(work.recurring_tasks),
        ),
        Figure(
            *("time.share", _("时间进度"), PER_CENT, "创建活动截至{day}已过天数÷总天数，首尾两天都算"),
            *(_campaign, _time),
        ),
        Figure("log.entries", _("工作记录数"), "条", "{span}的工作记录；已终止任务的不计", _of(work.log_entries)),
        Figure("log.highlights", _("工作亮点数"), "条", "其中标为亮点的", _highlights),
        Figure("nudges.tasks", _("催办任务数"), "项", "{span}催办过的任务", _of(work.nudged_tasks)),
        Figure("nudges.times", _("催办次数"), "次", "{span}催办的次数，每个单位每次计一次", _of(work.nudges)),
        Figure("supervision.tasks", _("督办任务数"), "项", "{span}督办的任务", _of(work.supervised_tasks)),
        Figure(
            *("supervision.letters", _("督办函份数"), "份", "{span}印发的督办函，每个单位一份"),
            _of(work.supervisions),
        ),
        Figure("extensions.granted", _("批准延期件数"), "件", "{span}批准的延期申请", _of(work.extensions_granted)),
        Figure(
            *("materials.asked", _("应报材料项数"), "项", "截至{day}下达、未撤销的材料"),
            *(_asked_materials, _materials),
        ),
        Figure(
            *("materials.submitted", _("已报材料项数"), "项", "其中截至{day}已报送的，含退回待重报的"),
            *(_of(materials.submitted_materials), _materials),
        ),
        Figure(
            *("materials.accepted", _("审核通过材料项数"), "项", "其中截至{day}审核通过和已归档的"),
            *(_of(materials.accepted_materials), _materials),
        ),
        Figure(
            *("materials.rate", _("材料完成率"), PER_CENT, "审核通过材料项数÷应报材料项数"),
            *(_asked_materials, _materials, _of(materials.accepted_materials)),
        ),
        Figure("meetings", _("会议活动登记数"), "条", "{span}登记的会议、活动、调研", _within(Meeting, day="held_on")),
        Figure(
            *("volunteering.people", _("志愿服务人次"), "人次", "{span}登记的志愿服务人次之和"),
            *(_of(work.volunteering_records), _volunteers),
        ),
        Figure(
            *("volunteering.hours", _("志愿服务时长"), "小时", "{span}登记的志愿服务小时数之和"),
            *(_of(work.volunteering_records), _volunteers),
        ),
        Figure(
            *("dissuasion", _("文明劝导人次"), "人次", "{span}登记的劝导人次之和"),
            *(_of(work.dissuasion_records), _dissuaded),
        ),
        Figure(
            *("honours", _("荣誉登记数"), "项", "{span}登记的荣誉"),
            _honours,
        ),
    )
}
# Under which heading they are shown.
AREAS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (_("任务"), ("tasks.", "time.", "log.", "nudges.", "supervision.", "extensions.")),
    (_("督查整改"), ("findings.", "sites.", "rounds", "praises")),
    (_("材料"), ("materials.",)),
    (_("活动与荣誉"), ("meetings", "volunteering.", "dissuasion", "honours")),
)
