"""进度: time share against done share, each number with its basis and the list it counts."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from campaigns import figures
from campaigns.ancestry import in_tree_order
from campaigns.forms.progress import DayForm
from campaigns.models import Phase, Task, Workstream
from cityinit.addresses import address
from cityinit.exports import columns_of, sheet_response
from cityinit.paging import Page
from units.models import Unit, names_on
from units.roles import scope_of

# What each number counts, and what it leaves out; said beside it on every page that shows it.
BASES = {
    "tasks": gettext_lazy(
        "计入截至%(day)s已开始、没有终止的末级任务；不含未下发的任务、有频次的常态工作，也不含还有下级的上级任务。"
    ),
    "done": gettext_lazy("计入左边任务中截至%(day)s已由创建办确认办结的；只反馈完成、还没有确认的不计。"),
    "completion": gettext_lazy("已办结数除以任务数，保留一位小数，截至%(day)s。"),
    "time": gettext_lazy("活动自%(first)s至%(last)s共%(days)s天，截至%(day)s已过%(elapsed)s天，首尾两天都计入。"),
    "ahead": gettext_lazy("完成率减时间进度，单位是百分点；负数表示任务落后于时间，截至%(day)s。"),
    "workstream": gettext_lazy(
        "计入归在本板块及其下级板块的任务，一项任务只计一次；一项任务可归入几个板块，各板块相加会多于合计。"
    ),
    "phase": gettext_lazy("计入完成时限在该阶段内的任务，时间进度按该阶段的起止计算；未定时限的任务不计入任何阶段。"),
    "group": gettext_lazy("计入组内任一单位牵头或承担的任务，几个单位共同承担的只计一次；不含没有分组的单位。"),
    "unit": gettext_lazy(
        "计入该单位自己牵头或承担的任务，不含其下级单位的；几个单位共同承担的各计一次，各单位相加会多于合计。"
    ),
    "targeted": gettext_lazy("计入上面任务中定有目标值和计量单位的，截至%(day)s。"),
    "met": gettext_lazy(
        "计入截至%(day)s工作记录里同一计量单位的成效数据合计已达到目标值的；时长不计，比率和现状取最近一次。"
    ),
}
LEDGER = (
    (gettext_lazy("口径"), 12, "text"),
    (gettext_lazy("名称"), 30, "text"),
    (gettext_lazy("任务"), 8, "int"),
    (gettext_lazy("已办结"), 8, "int"),
    (gettext_lazy("完成率"), 10, "percent"),
    (gettext_lazy("时间进度"), 10, "percent"),
    (gettext_lazy("相差（百分点）"), 14, "decimal"),
)


@require_safe
def progress(request):
    campaign = _asked(request)
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form, period = _period(request, campaign)
    sees_whole = request.user.has_perm("reports.see_dashboard", campaign)
    context = {
        "form": form,
        "campaign": campaign,
        "whole": whole(campaign, on=period.last) if sees_whole else None,
        "targets": _targets(campaign, period) if sees_whole else None,
        "tables": _tables(request.user, campaign, period),
        "day": period.last,
        "export_url": f"{address('campaigns:progress_export')}?{urlencode({'on': period.last})}"
        if request.user.has_perm("campaigns.export", campaign)
        else "",
    }
    return render(request, "campaigns/progress.html", context)


@require_safe
def progress_export(request):
    """The tables of the page as one sheet."""
    campaign = request.campaign
    if not request.user.has_perm("campaigns.export", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    _form, period = _period(request, campaign)
    overall = figures.task_progress(campaign, period)
    first = _row(_("全部任务"), overall, figures.time_share(campaign, period), {}, day=period.last)
    rows = [_sheet_row(_("整个活动"), first)]
    rows += [
        _sheet_row(table["title"], row) for table in _tables(request.user, campaign, period) for row in table["rows"]
    ]
    return sheet_response(
        request,
        of=campaign,
        title=_("进度（截至%(day)s）") % {"day": period.last},
        columns=columns_of(LEDGER),
        rows=rows,
        n=len(rows),
    )


@require_safe
def targets(request):
    """Every task with a target in quantities: what was logged in its measure by the day, and in which entries."""
    campaign = _asked(request)
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form, period = _period(request, campaign)
    asked = figures.targeted_tasks(campaign, period).filter(pk__in=Task.objects.visible_to(request.user).values("pk"))
    page = Page(request, asked.for_list("target", "measure"), order=("position", "pk"))
    reached = figures.targets_reached(campaign, period, tasks=[row["pk"] for row in page.rows])
    base, log = address("campaigns:tasks"), address("campaigns:log")
    # Who sees the whole sum sees all of its entries.
    sees_whole = request.user.has_perm("reports.see_dashboard", campaign)
    context = {
        "form": form,
        "day": period.last,
        "page": page,
        "basis": BASES["met"] % {"day": period.last},
        "rows": [
            {
                "code": row["code"],
                "name": row["name"],
                "url": f"{base}{row['pk']}/",
                "lead": row["lead_unit__short_name"] or row["lead_unit__name"],
                "target": one.target.told,
                "reached": one.text,
                "percent": min(int(one.percent), 100),
                "percent_text": f"{one.percent}%",
                "is_met": one.is_met,
                "entries": one.entries,
                "entries_url": _entries_url(log, row["pk"], one, period) if sees_whole else "",
            }
            for row in page.rows
            if (one := reached.get(row["pk"]))
        ],
    }
    return render(request, "campaigns/targets.html", context)


def _entries_url(log, task, reached, period):
    asked = {"task": task, "last": period.last, "measure": reached.target.canonical}
    return f"{log}?{urlencode(asked)}"


def whole(campaign, *, on):
    """Time share against done share as of the day, each number with its basis and the list of its tasks."""
    period = campaign.so_far(on=on)
    overall, time = figures.task_progress(campaign, period), figures.time_share(campaign, period)
    day = period.last
    elapsed = {"first": campaign.starts_on, "last": campaign.ends_on, "day": day}
    days = campaign.so_far(on=campaign.ends_on)
    elapsed |= {"days": days.days, "elapsed": days.elapsed_days(on=day)}
    return {
        "day": day,
        "time": time,
        "done": overall.completion,
        "ahead": ahead_in_words(overall.ahead_of(time)),
        "is_past_half": overall.is_past_half(time),
        "tasks_count": overall.tasks,
        "done_count": overall.done,
        "tasks_url": list_url(figure="counted", on=day),
        "done_url": list_url(figure="done", on=day),
        "url": f"{address('campaigns:progress')}?{urlencode({'on': day})}",
        "bases": {name: str(BASES[name]) % elapsed for name in ("tasks", "done", "completion", "time", "ahead")},
    }


def unit_table(campaign, *, on):
    """The same for each unit with a part in a counted task, those furthest behind first."""
    return _by_unit(campaign, campaign.so_far(on=on), Unit.objects.of_host(campaign.host.host_id))


def ahead_in_words(points):
    """领先3.2个百分点, 落后0.5个百分点, 持平; nothing where one of the two is unknown."""
    if points is None:
        return ""
    if not points:
        return _("与时间持平")
    if points > 0:
        return _("领先%(points)s个百分点") % {"points": points}
    return _("落后%(points)s个百分点") % {"points": -points}


def list_url(**chosen):
    """The task list narrowed to exactly what was counted."""
    return f"{address('campaigns:tasks')}?{urlencode(chosen)}"


def _asked(request):
    if not request.user.has_perm("campaigns.see_task"):
        raise PermissionDenied
    return request.campaign


def _period(request, campaign):
    """The form of the day, and the days of the campaign up to it; today where none or no good one was asked for."""
    today = timezone.localdate()
    form = DayForm(request.GET or None, campaign=campaign, today=today)
    on = form.cleaned_data["on"] if form.is_valid() and form.cleaned_data["on"] else today
    return form, campaign.so_far(on=on)


def _targets(campaign, period):
    reached = figures.targets_reached(campaign, period)
    day = period.last
    return {
        "asked": len(reached),
        "met": sum(one.is_met for one in reached.values()),
        "asked_url": list_url(figure="targeted", on=day),
        "met_url": list_url(figure="met", on=day),
        "url": f"{address('campaigns:targets')}?{urlencode({'on': day})}",
        "bases": {name: str(BASES[name]) % {"day": day} for name in ("targeted", "met")},
    }


def _tables(user, campaign, period):
    """By workstream of each scheme, phase, appraisal group and unit; a unit is shown its own line alone."""
    if user.has_perm("reports.see_dashboard", campaign):
        tables = [
            *_by_workstream(campaign, period),
            _by_phase(campaign, period),
            _by_group(campaign, period),
            _by_unit(campaign, period, Unit.objects.of_host(campaign.host.host_id)),
        ]
    else:
        tables = [_by_unit(campaign, period, Unit.objects.under(scope_of(user).paths_with("campaigns.see_task")))]
    return [table for table in tables if table["rows"]]


def _by_workstream(campaign, period):
    workstreams = list(Workstream.objects.of(campaign))
    found = figures.progress_by_workstream(campaign, period, workstreams=workstreams)
    time = figures.time_share(campaign, period)
    schemes = {}
    for workstream in workstreams:
        row = _row(workstream.name, found[workstream.pk], time, {"workstream": workstream.pk}, day=period.last)
        row["depth"] = "1" if workstream.parent_id else ""
        schemes.setdefault(workstream.scheme, []).append((workstream, row))
    return [
        _table(
            f"workstream{n}", _("按板块（%(scheme)s）") % {"scheme": scheme} if scheme else _("按板块"), _nested(rows)
        )
        for n, (scheme, rows) in enumerate(schemes.items())
    ]


def _nested(rows):
    """Each workstream below its parent, in the order of the scheme."""
    found = {workstream.pk: row for workstream, row in rows}
    return [found[pk] for pk in in_tree_order((workstream.pk, workstream.parent_id) for workstream, _row in rows)]


def _by_phase(campaign, period):
    phases = list(Phase.objects.of(campaign))
    found = figures.progress_by_phase(campaign, period, phases=phases)
    rows = [
        _row(phase.name, found[phase.pk], figures.phase_share(phase, period), {"phase": phase.pk}, day=period.last)
        for phase in phases
    ]
    return _table("phase", _("按阶段"), rows)


def _by_group(campaign, period):
    time = figures.time_share(campaign, period)
    found = figures.progress_by_group(campaign, period)
    rows = [_row(group, counted, time, {"group": group}, day=period.last) for group, counted in found.items()]
    return _table("group", _("按考核组"), _furthest_behind_first(rows))


def _by_unit(campaign, period, units):
    time = figures.time_share(campaign, period)
    found = figures.progress_by_unit(campaign, period)
    called = names_on(period.last)
    rows = [
        _row(then[1] or then[0], found[pk], time, {"unit": pk}, day=period.last)
        for pk, *now in units.order_by("position", "pk").values_list("pk", "name", "short_name")
        if pk in found and (then := called.get(pk, now))
    ]
    return _table("unit", _("按单位"), _furthest_behind_first(rows))


def _furthest_behind_first(rows):
    return sorted(rows, key=lambda row: (row["share"], -row["tasks"]))


def _table(key, title, rows):
    basis = BASES[key.rstrip("0123456789")]
    return {"key": key, "title": title, "rows": rows, "basis": str(basis)}


def _row(name, counted, time, chosen, *, day):
    chosen = {**chosen, "on": day}
    ahead = counted.ahead_of(time)
    return {
        "name": name,
        "tasks": counted.tasks,
        "done": counted.done,
        "tasks_url": list_url(figure="counted", **chosen),
        "done_url": list_url(figure="done", **chosen),
        "share": counted.completion,
        "time": time,
        "ahead": ahead,
        "ahead_text": ahead_in_words(ahead),
        "is_behind": ahead is not None and ahead < 0,
    }


def _sheet_row(title, row):
    shares = [None if share is None else share / 100 for share in (row["share"], row["time"])]
    return [title, row["name"], row["tasks"], row["done"], *shares, row["ahead"]]
