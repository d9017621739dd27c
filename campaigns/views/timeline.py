"""时间轴: each task from its start to its deadline within the campaign, in a table that says the same."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db.models import DateField, F, Value
from django.db.models.functions import Coalesce
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.forms.task_filter import TaskFilterForm
from campaigns.models import Phase, Task, Workstream
from cityinit.addresses import address
from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.periods import QUARTERS, Period

from .task_rows import lines
from .view_tabs import kept_query, view_tabs

# With more months than these the head counts in quarters.
MONTHS = 18
# A character of a phase's name takes about this much of the width of the bars.
CHARACTER = 2.6
BY_UNIT, BY_WORKSTREAM = "unit", "workstream"


@require_safe
def tasks_timeline(request):
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.see_task"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = TaskFilterForm(request.GET, campaign=campaign, by=user)
    phases = list(Phase.objects.of(campaign))
    window, windows = _windows(request, campaign, phases)
    found = form.filter(Task.objects.visible_to(user, of=campaign))
    dated = found.exclude(due_on=None).alias(
        begins_on=Coalesce("starts_on", "issued_on", "campaign__starts_on", output_field=DateField())
    )
    dated = dated.filter(begins_on__lte=window.last, due_on__gte=window.first)
    grouping = request.GET.get("by") if request.GET.get("by") == BY_WORKSTREAM else BY_UNIT
    schemes = _schemes(campaign) if grouping == BY_WORKSTREAM else {}
    scheme = request.GET.get("scheme") if request.GET.get("scheme") in schemes else next(iter(schemes), "")
    names = schemes.get(scheme, {})
    page = _grouped(request, dated, grouping, scheme)
    scale = Scale(window)
    context = {
        "tabs": view_tabs(request, "tasks_timeline"),
        "form": form,
        "windows": windows,
        "groupings": [
            _chip(request, "by", BY_UNIT, _("按牵头单位"), is_active=grouping == BY_UNIT),
            _chip(request, "by", BY_WORKSTREAM, _("按板块"), is_active=grouping == BY_WORKSTREAM),
        ],
        "schemes": [
            _chip(request, "scheme", one, one or _("不分体系"), is_active=one == scheme)
            for one in (schemes if len(schemes) > 1 else ())
        ],
        "is_by_unit": grouping == BY_UNIT,
        "page": page,
        "groups": _groups(page.rows, scale, names, on=timezone.localdate(), by=user),
        "scale": scale,
        "ticks": scale.ticks(),
        "phases": scale.phases(phases),
        "undated_url": _undated_url(request),
    }
    return render_page(request, "campaigns/tasks_timeline.html", context, fragment="campaigns/_timeline.html")


class Scale:
    """Days of the window as shares of its width, in per cent with a point, as SVG reads them."""

    def __init__(self, window):
        self.window = window

    def at(self, day):
        """Where the day begins; at the edge what lies outside."""
        days = (day - self.window.first).days
        return round(100 * min(max(days, 0), self.window.days) / self.window.days, 2)

    def bar(self, first, last):
        """(start, width) of the days, both counted, as far as the window shows them."""
        start = self.at(max(first, self.window.first))
        end = 100 if last >= self.window.last else round(self.at(last) + 100 / self.window.days, 2)
        return f"{start}%", f"{max(round(end - start, 2), 0.4)}%"

    @property
    def today(self):
        """The middle of today, nothing where the window does not show it."""
        today = timezone.localdate()
        return f"{round(self.at(today) + 50 / self.window.days, 2)}%" if today in self.window else ""

    def ticks(self):
        """The months of the window, or its quarters where it has many."""
        first, last = self.window.first, self.window.last
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        step = 1 if months <= MONTHS else 3
        month = first.month if step == 1 else (first.month - 1) // 3 * 3 + 1
        day, ticks = date(first.year, month, 1), []
        while day <= last:
            ticks.append({"x": f"{self.at(day)}%", "label": _tick(day, step)})
            day = date(day.year + (day.month + step > 12), (day.month + step - 1) % 12 + 1, 1)
        return ticks

    def phases(self, phases):
        """Each phase as a band, with as much of its name as the band has room for."""
        drawn = []
        for phase in phases:
            if phase.ends_on < self.window.first or phase.starts_on > self.window.last:
                continue
            x, width = self.bar(phase.starts_on, phase.ends_on)
            room = int(float(width[:-1]) / CHARACTER)
            name = phase.name if len(phase.name) <= room else phase.name[: max(room - 1, 0)] + "…"
            drawn.append({"x": x, "width": width, "name": name if room > 1 else "", "full": phase.name})
        return drawn


def _tick(day, step):
    """The year at its first month, which is the shorter word; else the month or the quarter."""
    if day.month == 1:
        return _("%(n)s年") % {"n": day.year}
    return _("%(n)s季度") % {"n": QUARTERS[day.month // 3]} if step == 3 else _("%(n)s月") % {"n": day.month}


def _windows(request, campaign, phases):
    """The days shown, and the choice of them: the whole campaign, this quarter, each phase."""
    today = timezone.localdate()
    choices = [("", _("整个活动"), Period(campaign.starts_on, campaign.ends_on))]
    if campaign.starts_on <= today <= campaign.ends_on:
        choices.append(("quarter", _("本季度"), Period.quarter(today.year, (today.month + 2) // 3)))
    choices += [(f"p{phase.pk}", phase.name, Period(phase.starts_on, phase.ends_on)) for phase in phases]
    asked = request.GET.get("window", "")
    chosen = next((choice for choice in choices if choice[0] == asked), choices[0])
    chips = [_chip(request, "window", key, label, is_active=key == chosen[0]) for key, label, _days in choices]
    return chosen[2], chips


def _chip(request, name, value, label, *, is_active):
    query = request.GET.copy()
    for gone in ("after", "before", name):
        query.pop(gone, None)
    if value:
        query[name] = value
    return {"label": label, "url": f"?{query.urlencode()}", "active": is_active}


def _schemes(campaign):
    """Scheme → the names of its workstreams, in the office's order."""
    found = {}
    for pk, name, scheme in Workstream.objects.of(campaign).values_list("pk", "name", "scheme"):
        found.setdefault(scheme, {})[pk] = name
    return found


def _grouped(request, tasks, grouping, scheme):
    """A page of the tasks in the order of their groups."""
    keys = ("due_on", "starts_on", "issued_on")
    if grouping == BY_WORKSTREAM:
        # One row for each workstream it stands in: the join is meant.
        standing = tasks.filter(workstreams__scheme=scheme).annotate(
            group=F("workstreams"),
            group_number=Coalesce("workstreams__number", Value(0)),
            group_position=F("workstreams__position"),
        )
        order = ("group_number", "group_position", "group", "due_on", "pk")
        return Page(request, standing.for_list(*keys, *order), order=order)
    by_lead = tasks.annotate(group=F("lead_unit"))
    order = ("lead_unit__position", "group", "due_on", "pk")
    return Page(request, by_lead.for_list(*keys, *order), order=order)


def _groups(rows, scale, names, *, on, by):
    """The lines of the page under the headings of their groups, each with its bar."""
    groups = []
    for row, line in zip(rows, lines(rows, on=on, by=by), strict=True):
        if not groups or groups[-1]["key"] != row["group"]:
            name = names.get(row["group"]) or row["lead_unit__short_name"] or row["lead_unit__name"]
            groups.append({"key": row["group"], "name": name, "rows": []})
        first = row["starts_on"] or row["issued_on"]
        line["x"], line["width"] = scale.bar(first or scale.window.first, row["due_on"])
        line["starts"] = first.isoformat() if first else _("随活动开始")
        line["bar"] = "bar-late" if line["late"] else f"bar-{row['state']}"
        groups[-1]["rows"].append(line)
    return groups


def _undated_url(request):
    query = kept_query(request)
    query["due"] = "none"
    return f"{address('campaigns:tasks')}?{query.urlencode()}"
