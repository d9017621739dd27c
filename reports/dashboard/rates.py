"""The panels that are asked for once the page stands: how far the work is, and how well what was found is put right."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from campaigns import figures as work
from campaigns.models import Task, TaskExtension, Workstream
from cityinit.addresses import address
from cityinit.charts import Chart, Series
from inspections import figures
from inspections.models import EscalationStep, Finding
from units.models import User

from .panels import Cell, Overview, Panel, as_of, percent

State = Finding.State
WORKSTREAMS = 8


def progress(shown: Overview) -> Panel:
    """Time share against done share: of all tasks, and of each workstream at the top of its scheme."""
    campaign, day = shown.campaign, shown.so_far.last
    period = campaign.so_far(on=day)
    time = work.time_share(campaign, period)
    whole = work.task_progress(campaign, period, unit=shown.unit)
    unit = {"unit": shown.unit.pk} if shown.unit else {}
    told: list[tuple[str, work.Progress, dict[str, Any]]] = [(_("全部任务"), whole, unit)]
    if shown.unit is None:
        top = list(Workstream.objects.of(campaign))
        found = work.progress_by_workstream(campaign, period, workstreams=top)
        told += [
            (one.name, found[one.pk], {"workstream": one.pk})
            for one in [row for row in top if row.parent_id is None][:WORKSTREAMS]
            if found[one.pk].tasks
        ]
    chart = Chart(
        "shares",
        _("时间进度与任务进度"),
        [name for name, _one, _asked in told],
        [
            Series(_("时间进度"), "time", [_number(time) for _one in told]),
            Series(_("任务完成率"), "done", [_number(one.completion) for _name, one, _asked in told]),
        ],
    )
    rows = [
        [
            Cell(name, is_number=False),
            Cell(str(one.tasks), _tasks(figure="counted", on=day, **asked)),
            Cell(str(one.done), _tasks(figure="done", on=day, **asked)),
            Cell(percent(one.completion)),
            Cell(percent(time)),
            Cell(_ahead(one.ahead_of(time)), is_number=False),
        ]
        for name, one, asked in told
    ]
    heads = [_("范围"), _("任务"), _("已办结"), _("完成率"), _("时间进度"), _("相差")]
    basis = _("计入截至%(day)s已开始、没有终止的末级任务，常态工作不计；办结以创建办确认为准。") % {"day": day}
    if whole.is_past_half(time):
        basis = _("时间过半、任务完成过半。") + basis
    empty = "" if whole.tasks else _("还没有计入的任务。")
    return Panel("progress", str(chart.title), chart, heads, rows, basis, empty)


def rates(shown: Overview) -> Panel:
    """The five rates of what was found in the period, each with what it is out of."""
    one = figures.rectified(shown.campaign, shown.so_far, unit=shown.unit, now=shown.now)
    told = (
        (_("整改率"), one.rate, ("closed", one.closed), ("found", one.found), _("已销号÷发现")),
        (_("到期整改率"), one.due_rate, ("due_closed", one.due_closed), ("due", one.due), _("到期中已销号÷到期")),
        (_("按期整改率"), one.in_time_rate, ("in_time", one.in_time), ("closed", one.closed), _("按期销号÷已销号")),
        (_("返工率"), one.rework_rate, ("reworked", one.reworked), ("reviewed", one.reviewed), _("返工过÷复核过")),
        (
            _("反弹率"),
            one.reopened_rate,
            ("reopened", one.reopened),
            ("ever_closed", one.ever_closed),
            _("反弹过÷销过号"),
        ),
    )
    chart = Chart(
        "shares",
        _("整改情况"),
        [name for name, *_rest in told],
        [Series(_("比率"), "done", [_number(rate) for _name, rate, *_rest in told])],
    )
    rows = [
        [
            Cell(name, is_number=False),
            Cell(basis, is_number=False),
            Cell(str(upper[1]), shown.url(upper[0])),
            Cell(str(lower[1]), shown.url(lower[0])),
            Cell(percent(rate)),
        ]
        for name, rate, upper, lower, basis in told
    ]
    heads = [_("指标"), _("算法"), _("分子"), _("分母"), _("比率")]
    basis = _("计入期内发现的问题，%(as_of)s；没有分母的比率记作“—”。") % {"as_of": as_of(shown)}
    return Panel("rates", str(chart.title), chart, heads, rows, basis, "" if one.found else _("期内没有发现问题。"))


def waiting(shown: Overview, *, user: User) -> list[dict[str, Any]]:
    """What waits for a decision today, and how far what is overdue has gone up."""
    findings = Finding.objects.visible_to(user, of=shown.campaign)
    overdue = findings.overdue(at=shown.now)
    if shown.unit:
        findings = findings.filter(lead_unit__path__startswith=shown.unit.path)
    told = [
        _fact(_("待核实"), findings.filter(state=State.REPORTED), shown.listed(state="reported"), "orange"),
        _fact(_("待复核"), findings.filter(state=State.SUBMITTED), shown.listed(state="submitted"), "yellow"),
        _fact(_("问题延期待批"), findings.with_extension_asked(), shown.listed(flag="extension"), "yellow"),
    ]
    if shown.unit is None:
        steps = dict(overdue.with_step().order_by().values_list("step").annotate(n=Count("pk", distinct=True)))
        Step = EscalationStep.Step
        for step, label in ((Step.LEADER, _("逾期已报分管领导")), (Step.LETTER, _("逾期到督办函"))):
            url = f"{address('inspections:escalations')}?{urlencode({'step': step.value})}"
            told.append(_told(label, steps.get(step.value, 0), url, "red"))
        tasks = Task.objects.visible_to(user, of=shown.campaign).filter(state=Task.State.AWAITING_CONFIRMATION)
        told.append(_fact(_("任务待确认"), tasks, _tasks(state=Task.State.AWAITING_CONFIRMATION.value), "yellow"))
        asked = TaskExtension.objects.visible_to(user, of=shown.campaign).filter(state=TaskExtension.State.ASKED)
        url = f"{address('campaigns:extensions')}?{urlencode({'state': TaskExtension.State.ASKED.value})}"
        told.append(_fact(_("任务延期待批"), asked, url, "yellow"))
    return told


def _fact(label: str, rows: Any, url: str, tone: str) -> dict[str, Any]:
    return _told(label, rows.count(), url, tone)


def _told(label: str, n: int, url: str, tone: str) -> dict[str, Any]:
    return {"label": label, "value": n, "url": url if n else "", "tone": tone if n else "neutral"}


def _tasks(**asked: Any) -> str:
    return f"{address('campaigns:tasks')}?{urlencode(asked)}"


def _number(share: Any) -> float | None:
    return None if share is None else float(share)


def _ahead(points: Any) -> str:
    if points is None:
        return "—"
    if not points:
        return _("与时间持平")
    way = _("领先%(points)s个百分点") if points > 0 else _("落后%(points)s个百分点")
    return way % {"points": abs(points)}
