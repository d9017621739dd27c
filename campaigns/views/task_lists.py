"""The lists of tasks: the table, its filter, the ledger as a file."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from campaigns.ancestry import in_tree_order
from campaigns.forms.task_filter import TaskFilterForm
from campaigns.models import Task
from campaigns.models.batch import going_on
from campaigns.models.task import ORDERS
from cityinit.addresses import address
from cityinit.exports import columns_of, sheet_response
from cityinit.htmx import render_page
from cityinit.paging import Page

from .filters import SavedFilters
from .selection import bulk_buttons
from .task_rows import lines, show_as_they_stood
from .view_tabs import view_tabs

CHUNK = 500

LEDGER = (
    (gettext_lazy("编号"), 10, "text"),
    (gettext_lazy("任务"), 36, "text"),
    (gettext_lazy("上级任务"), 10, "text"),
    (gettext_lazy("板块"), 18, "text"),
    (gettext_lazy("测评指标"), 18, "text"),
    (gettext_lazy("工作要求"), 40, "text"),
    (gettext_lazy("牵头单位"), 16, "text"),
    (gettext_lazy("牵头单位办理"), 12, "text"),
    (gettext_lazy("责任单位"), 30, "text"),
    (gettext_lazy("分管领导"), 14, "text"),
    (gettext_lazy("开始日期"), 12, "date"),
    (gettext_lazy("完成时限"), 12, "date"),
    (gettext_lazy("频次"), 12, "text"),
    (gettext_lazy("目标值"), 10, "decimal"),
    (gettext_lazy("计量单位"), 10, "text"),
    (gettext_lazy("状态"), 10, "text"),
    (gettext_lazy("下发日期"), 12, "date"),
    (gettext_lazy("办结日期"), 12, "date"),
)


@require_safe
def tasks(request):
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.see_task"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html", status=200)
    saved = SavedFilters(request, "tasks")
    if saved.opening_url:
        return redirect(saved.opening_url)
    form = TaskFilterForm(request.GET, campaign=campaign, by=user)
    today = timezone.localdate()
    day = form.counted_on
    # A figure is the same number for everybody: its list shows what was a unit's on that day, though it left since.
    every = Task.objects
    found = form.filter(every.seen_then(user, of=campaign, on=day) if day else every.visible_to(user, of=campaign))
    bulk = bulk_buttons(user, campaign)
    order, name = form.order, form.order.lstrip("-")
    keys = ORDERS[name] if order == name else tuple(f"-{key}" for key in ORDERS[name])
    # The keys of the order are columns too: the next page is asked by them.
    page = Page(request, found.in_order(name).for_list(*ORDERS[name]), order=keys, counted=found)
    drawn = lines(page.rows, on=today, by=user)
    left = show_as_they_stood(drawn, on=day, by=user) if day else 0
    export_url = f"{address('campaigns:tasks_export')}?{request.GET.urlencode()}"
    context = {
        "tabs": view_tabs(request, "tasks"),
        "form": form,
        "saved": saved.chips,
        "page": page,
        "tasks": drawn,
        "left": _left_in_words(left, day) if left else "",
        "heads": _heads(request, order),
        "may_add": user.has_perm("campaigns.break_down_task", campaign),
        "export_url": export_url if user.has_perm("campaigns.export", campaign) else "",
        "bulk": bulk,
        "may_tick": bool(bulk),
        "batches": _going_on(campaign, user) if bulk else [],
        "filter": request.GET.urlencode(),
    }
    return render_page(request, "campaigns/tasks.html", context, fragment="campaigns/_tasks.html")


def _going_on(campaign, user):
    """A sentence for each batch under way, with its page."""
    told = {True: _("%(batch)s中断了，还没有办完。"), False: _("正在%(batch)s，%(how_far)s。")}
    return [
        {"text": told[row.job.is_failed] % {"batch": row, "how_far": row.how_far}, "url": row.get_absolute_url()}
        for row in going_on(user, of=campaign)
    ]


def _left_in_words(n, day):
    told = {"n": n, "day": day}
    return _("其中%(n)s项后来不再由您的单位承担，按%(day)s当天的情况列出，不能再打开。") % told


def _heads(request, order):
    """The heads of the columns that the list can be sorted by, each with the address that does."""
    kept = request.GET.copy()
    for name in ("after", "before", "sort"):
        kept.pop(name, None)
    heads = {}
    for name in ORDERS:
        kept["sort"] = f"-{name}" if order == name else name
        standing = {name: "ascending", f"-{name}": "descending"}.get(order, "")
        heads[name] = {"url": f"?{kept.urlencode()}", "sorted": standing}
    return heads


@require_safe
def tasks_export(request):
    """The task ledger as the list shows it with the same filter, each task below the one above it."""
    campaign = request.campaign
    if not request.user.has_perm("campaigns.export", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = TaskFilterForm(request.GET, campaign=campaign, by=request.user)
    rows = form.filter(Task.objects.visible_to(request.user, of=campaign))
    keys = in_tree_order(rows.order_by("position", "pk").values_list("pk", "parent"))
    return sheet_response(
        request,
        of=campaign,
        title=_("任务台账"),
        columns=columns_of(LEDGER),
        rows=_ledger_rows(rows, keys),
        n=len(keys),
    )


def _ledger_rows(rows, keys):
    told = rows.select_related("lead_unit", "parent", "indicator").prefetch_related("assignments__unit", "workstreams")
    for start in range(0, len(keys), CHUNK):
        chunk = told.in_bulk(keys[start : start + CHUNK])
        # A task taken back while the file is written is left out.
        yield from (_ledger_row(chunk[pk]) for pk in keys[start : start + CHUNK] if pk in chunk)


def _ledger_row(task):
    helpers = [f"{part.unit}（{part.get_state_display()}）" for part in task.assignments.all() if not part.is_lead]
    lead = next((part.get_state_display() for part in task.assignments.all() if part.is_lead), "")
    return [
        task.code,
        task.name,
        task.parent.code if task.parent else "",
        "、".join(stream.name for stream in task.workstreams.all()),
        str(task.indicator or ""),
        task.requirement,
        task.lead_unit.name,
        lead,
        "、".join(helpers),
        task.supervising_leader,
        task.starts_on,
        task.due_on,
        task.frequency,
        task.target,
        task.measure,
        task.get_state_display(),
        task.issued_on,
        task.confirmed_on,
    ]
