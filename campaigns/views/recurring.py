"""常态工作: what was kept, task by task over a period and line by line of one task; and keeping it by one tap."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from campaigns import recurrence
from campaigns import recurring as figures
from campaigns.actions import log as log_actions
from campaigns.actions.log import RUNNING
from campaigns.forms.recurring import RecurringFilterForm
from campaigns.models import Assignment, PastAssignment, Task
from cityinit.addresses import address
from cityinit.exports import columns_of, sheet_response
from cityinit.htmx import render_page
from cityinit.paging import Page

LATEST_LINES = 8
LINES_A_PAGE = 26
# So many units that missed something are named in a line; the rest are counted.
UNITS_NAMED = 3
LEDGER = (
    (gettext_lazy("任务编号"), 10, "text"),
    (gettext_lazy("任务"), 36, "text"),
    (gettext_lazy("单位"), 20, "text"),
    (gettext_lazy("频次"), 12, "text"),
    (gettext_lazy("应落实"), 8, "int"),
    (gettext_lazy("已落实"), 8, "int"),
    (gettext_lazy("落实率（%）"), 10, "decimal"),
    (gettext_lazy("未足额的周期"), 12, "int"),
    (gettext_lazy("起"), 12, "date"),
    (gettext_lazy("止"), 12, "date"),
    (gettext_lazy("说明"), 30, "text"),
)


@dataclass(frozen=True)
class Week:
    """One line of a task over all its units (or one of them)."""

    label: str
    span: str
    due: int
    kept: int
    is_running: bool
    missed: str
    log_url: str

    @property
    def tone(self):
        if self.is_running:
            return "blue"
        return "green" if self.kept >= self.due else "orange" if self.kept else "neutral"

    @property
    def text(self):
        if self.is_running:
            return _("进行中")
        # What nobody logged may have been done all the same: the page says what it knows.
        return _("已落实") if self.kept >= self.due else _("未足额") if self.kept else _("无记录")


def panel(task, parts, *, by):
    """The latest lines for the page of a recurring task; None for any other."""
    if not task.is_recurring or not task.issued_on:
        return None
    weeks = _weeks(task, [*parts, *_former(task, by=by)])
    return {
        "is_countable": recurrence.is_countable(task.frequency),
        "weeks": weeks[:LATEST_LINES],
        "more_url": reverse("campaigns:task_recurring", args=[task.pk])
        if len(weeks) > LATEST_LINES or len(parts) > 1
        else "",
        "taps": taps(parts, by=by),
    }


def taps(parts, *, by):
    """One button for each of the parts whose duty this person may keep today."""
    mine = [
        part
        for part in parts
        if part.task.is_recurring and part.task.state in RUNNING and by.has_perm("campaigns.acknowledge_task", part)
    ]
    today = timezone.localdate()
    logged = figures.entries_today(mine, on=today) if mine else {}
    # Whose duty it is needs saying only where it is not all one unit's.
    is_of_several = len({part.unit_id for part in mine}) > 1
    return [
        {
            "part": part,
            "unit": str(part.unit) if is_of_several else "",
            "url": reverse("campaigns:keep_recurring", args=[part.pk]),
            "client_key": uuid4(),
            "today": logged.get((part.task_id, part.unit_id), 0),
        }
        for part in mine
    ]


def _weeks(task, parts, *, unit=None):
    """The lines of a task, the latest first; those of several units are added up line by line."""
    today = timezone.localdate()
    rows = []
    for model in (Assignment, PastAssignment):
        if mine := [part.pk for part in parts if isinstance(part, model)]:
            rows += figures.kept_by(model.objects.filter(pk__in=mine), on=today, today=today)
    by_end = {}
    for row in rows:
        for line in row.lines:
            by_end.setdefault(_line_key(line), []).append((row.part, line))
    return [
        _week(task, found, today=today, unit=unit or (parts[0].unit if len(parts) == 1 else None))
        for _key, found in sorted(by_end.items(), reverse=True)
    ]


def _former(task, *, by):
    """The parts of units that were merged since: their weeks stay theirs."""
    return PastAssignment.objects.visible_to(by).filter(task=task, successor__isnull=False).select_related("unit")


def _left(task, *, by):
    """The parts of units that the office took out: a list of earlier days names them, and leads here."""
    rows = PastAssignment.objects.visible_to(by).filter(task=task, successor=None, led_only=False)
    return rows.select_related("unit")


def _line_key(line):
    # A unit that joined on a Wednesday stands in the line of that week.
    return line.last


def _week(task, found, *, today, unit):
    lines = [line for _part, line in found]
    first, last = min(line.first for line in lines), max(line.last for line in lines)
    whole = recurrence.Line(first, last, 0)
    behind = [(part, line) for part, line in found if line.missed]
    chosen = {"task": task.pk, "first": first, "last": min(last, today)} | ({"unit": unit.pk} if unit else {})
    return Week(
        label=whole.label,
        span=whole.span,
        due=sum(line.due for line in lines),
        kept=sum(line.kept for line in lines),
        is_running=last >= today,
        missed="" if unit else _named(behind, of=len(found)),
        log_url=f"{address('campaigns:log')}?{urlencode(chosen)}",
    )


def _named(behind, *, of):
    if len(behind) == of and of > UNITS_NAMED:
        return _("全部%(n)s个单位") % {"n": of}
    named = [f"{part.unit} {line.kept}/{line.due}" for part, line in behind[:UNITS_NAMED]]
    more = _("等%(n)s个单位") % {"n": len(behind)} if len(behind) > UNITS_NAMED else ""
    return "、".join(named) + more


@require_safe
def task_recurring(request, pk):
    """Every line of one task, of all its units or of one; the latest first, a half-year to a page."""
    user = request.user
    found = get_object_or_404(Task.objects.visible_to(user).select_related("campaign__host", "lead_unit"), pk=pk)
    if not found.is_recurring:
        raise Http404
    parts = [
        *Assignment.objects.visible_to(user).filter(task=found).select_related("unit"),
        *_former(found, by=user),
    ]
    unit = _chosen_unit(request, [*parts, *_left(found, by=user)])
    shown = [part for part in parts if unit is None or part.unit_id == unit.pk]
    if not shown:
        shown = [part for part in _left(found, by=user) if part.unit_id == unit.pk]
    weeks = _weeks(found, shown, unit=unit)
    page = _page_number(request)
    start = page * LINES_A_PAGE
    context = {
        "task": found,
        "is_countable": recurrence.is_countable(found.frequency),
        "tabs": _unit_tabs(found, parts, unit) if len(parts) > 1 else [],
        "weeks": weeks[start : start + LINES_A_PAGE],
        "later_url": _page_url(unit, page - 1) if page else "",
        "earlier_url": _page_url(unit, page + 1) if len(weeks) > start + LINES_A_PAGE else "",
    }
    return render(request, "campaigns/task_recurring.html", context)


def _chosen_unit(request, parts):
    asked = request.GET.get("unit", "")
    if not asked:
        return None
    found = next((part.unit for part in parts if str(part.unit_id) == asked), None)
    if found is None:
        raise Http404
    return found


def _page_number(request):
    asked = request.GET.get("page", "0")
    return int(asked) if asked.isdecimal() and len(asked) < 5 else 0


def _page_url(unit, page):
    return "?" + urlencode(({"unit": unit.pk} if unit else {}) | ({"page": page} if page else {}))


def _unit_tabs(task, parts, unit):
    url = reverse("campaigns:task_recurring", args=[task.pk])
    tabs = [{"label": _("全部单位"), "url": url, "active": unit is None}]
    return tabs + [
        {"label": str(part.unit), "url": f"{url}?unit={part.unit_id}", "active": part.unit == unit} for part in parts
    ]


@require_safe
def recurring(request):
    """What units kept of their recurring duty in a period: the parts that the figure counts."""
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.see_task"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = RecurringFilterForm(request.GET, host=campaign.host)
    period = form.period(campaign, on=timezone.localdate())
    rows, former = _found(form, campaign, period, by=user)
    page = _PartsPage(
        request,
        Assignment.objects.filter(pk__in=[row.part.pk for row in rows]).select_related("task", "unit"),
        order=("task__position", "task_id", "-is_lead", "pk"),
    )
    page.former = len(former)
    context = {
        "form": form,
        "page": page,
        "period": period,
        "kept": figures.summed([*rows, *former]),
        "timed": _timed(request, campaign, [*rows, *former], period),
        "is_timed": bool(form.chosen.get("tapped")),
        "export_url": f"{address('campaigns:recurring_export')}?{request.GET.urlencode()}"
        if user.has_perm("campaigns.export", campaign)
        else "",
        # What units had that were merged since comes last.
        "rows": [_part_row(row, period) for row in _in_order(rows, page.rows)],
    }
    if not page.has_next:
        had = {row.part.task_id for row in former}
        opened = set(Task.objects.visible_to(user).filter(pk__in=had).values_list("pk", flat=True))
        context["rows"] += [_part_row(row, period, opens=row.part.task_id in opened) for row in former]
    return render_page(request, "campaigns/recurring.html", context, fragment="campaigns/_recurring.html")


def _found(form, campaign, period, *, by):
    """The duty of the parts that the filter leaves: of those that stand, and of those which units had before."""
    today = timezone.localdate()
    parts = Assignment.objects.visible_to(by).filter(pk__in=figures.recurring_parts(campaign, period).values("pk"))
    past = figures.past_parts(campaign, period).visible_to(by)
    return [
        form.narrow([row for row in figures.kept_by(found, on=period.last, today=today, period=period) if row.over()])
        for found in (form.filter(parts, period), form.filter(past, period))
    ]


@require_safe
def recurring_export(request):
    """The list as it is filtered, as one sheet in the same order."""
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.export", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = RecurringFilterForm(request.GET, host=campaign.host)
    period = form.period(campaign, on=timezone.localdate())
    rows, former = _found(form, campaign, period, by=user)
    rows.sort(key=lambda row: (row.part.task.position, row.part.task_id, not row.part.is_lead, row.part.pk))
    return sheet_response(
        request,
        of=campaign,
        title=_("常态工作"),
        columns=columns_of(LEDGER),
        rows=(_ledger_row(row, period) for row in (*rows, *former)),
        n=len(rows) + len(former),
    )


def _ledger_row(row, period):
    found, task = figures.summed([row]), row.part.task
    missed = sum(1 for line in row.over() if line.missed)
    duty = [found.due, found.kept, found.rate, missed]
    return [
        task.code,
        task.name,
        row.part.unit.name,
        task.frequency,
        *duty,
        period.first,
        period.last,
        _ended(row.part),
    ]


def _ended(part):
    """How it ended that the unit had the part; nothing where it still has it."""
    if not (until := getattr(part, "until", None)):
        return ""
    told = _("至%(day)s，已并入别的单位") if part.successor_id else _("至%(day)s，后来不再承担")
    return told % {"day": until}


class _PartsPage(Page):
    """Counts, with the parts that stand, those which units had before: they come last."""

    former = 0

    @cached_property
    def count(self):
        return super().count + self.former

    @property
    def range_text(self):
        return _("本页 %(n)s 条") % {"n": len(self.rows) + (0 if self.has_next else self.former)}


def _timed(request, campaign, rows, period):
    """Of these rows those that a summary counts: what their units log time by time, with the way to them alone."""
    pairs = figures.tapped_pairs(campaign, period)
    timed = [row for row in rows if (row.part.task_id, row.part.unit_id) in pairs]
    chosen = request.GET.copy()
    chosen["tapped"] = "on"
    chosen.pop("page", None)
    is_all = len(timed) == len(rows)
    return {"n": len(timed), "is_all": is_all, "kept": figures.summed(timed), "url": f"?{chosen.urlencode()}"}


def _in_order(rows, parts):
    by_pk = {row.part.pk: row for row in rows}
    return [by_pk[part.pk] for part in parts]


def _part_row(row, period, *, opens=True):
    found = figures.summed([row])
    chosen = {"task": row.part.task_id, "unit": row.part.unit_id, "first": period.first, "last": period.last}
    return {
        "part": row.part,
        "until": getattr(row.part, "until", None),
        "task": row.part.task,
        "kept": found,
        "missed": [line for line in row.over() if line.missed],
        "was_merged": bool(getattr(row.part, "successor_id", None)),
        "weeks_url": f"{reverse('campaigns:task_recurring', args=[row.part.task_id])}?unit={row.part.unit_id}"
        if opens
        else "",
        "log_url": f"{address('campaigns:log')}?{urlencode(chosen)}",
    }


class _TapForm(forms.Form):
    client_key = forms.UUIDField(required=False)


@require_POST
def keep_recurring(request, pk):
    """Today's duty kept, by one tap from the task or the desk."""
    visible = Assignment.objects.visible_to(request.user).select_related("unit", "task__campaign__host")
    part = get_object_or_404(visible, pk=pk)
    form = _TapForm(request.POST)
    key: UUID | None = form.cleaned_data["client_key"] if form.is_valid() else None
    entry = log_actions.keep_recurring(part, by=request.user, client_key=key)
    told = _("已记录今天的落实：%(task)s。需要补充照片或数量，可在记录里修改。")
    messages.success(request, told % {"task": part.task.name})
    return redirect(address("campaigns:desk") if request.POST.get("from") == "desk" else entry.task)
