"""The lists of tasks: the table, its filter, the ledger as a file, issuing what is ticked."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from campaigns.actions import tasks as actions
from campaigns.forms.tasks import TaskFilterForm
from campaigns.models import Assignment, Task, Workstream
from campaigns.models.task import TREE_ORDER
from cityinit.documents import xlsx
from cityinit.exports import sheet_response
from cityinit.htmx import render_page
from cityinit.paging import Page
from units.models import Unit

from .tree import list_tabs

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
    form = filter_form(request.GET, user=user, campaign=campaign)
    today = timezone.localdate()
    found = form.filter(Task.objects.visible_to(user).of(campaign)).for_list(on=today, by=user)
    if form.is_by_due_day:
        page = Page(request, found, order=("due_on", "pk"))
    else:
        page = Page(request, found.in_tree(), order=TREE_ORDER)
        if not form.changed_data:
            _indent(page)
    export_url = f"{reverse('campaigns:tasks_export')}?{request.GET.urlencode()}"
    context = {
        "tabs": list_tabs("list"),
        "form": form,
        "page": page,
        "may_add": user.has_perm("campaigns.break_down_task", campaign),
        "export_url": export_url if user.has_perm("campaigns.export", campaign) else "",
        "may_issue": user.has_perm("campaigns.issue_task", campaign) and any(row.is_draft for row in page.rows),
    }
    return render_page(request, "campaigns/tasks.html", context, fragment="campaigns/_tasks.html")


@require_safe
def tasks_export(request):
    """The task ledger as the list shows it with the same filter."""
    campaign = request.campaign
    if not request.user.has_perm("campaigns.export", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = filter_form(request.GET, user=request.user, campaign=campaign)
    rows = form.filter(Task.objects.visible_to(request.user).of(campaign))
    told = rows.select_related("lead_unit", "parent", "indicator").prefetch_related("assignments__unit", "workstreams")
    return sheet_response(
        request,
        of=campaign,
        title=_("任务台账"),
        columns=[xlsx.Column(str(title), width, kind) for title, width, kind in LEDGER],
        rows=(_ledger_row(row) for row in told.in_tree().order_by(*TREE_ORDER).iterator(chunk_size=500)),
        n=rows.count(),
    )


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


def _indent(page):
    """Give each row its `depth` below the rows of its page; what goes on from the page before stands one deep."""
    depths = {}
    for row in page.rows:
        row.depth = depths[row.parent_id] + 1 if row.parent_id in depths else int(bool(page.cursor and row.parent_id))
        depths[row.pk] = row.depth


def filter_form(data, *, user, campaign):
    """The filter of the task list, with what this person may choose from."""
    return TaskFilterForm(
        data,
        campaign=campaign,
        units=Unit.objects.of_host(campaign.host.host_id),
        workstreams=Workstream.objects.of(campaign),
        assignments=Assignment.objects.visible_to(user),
    )


@require_POST
def tasks_issue(request):
    """Issue the ticked drafts; says how many were refused and why."""
    if not request.user.has_perm("campaigns.issue_task"):
        raise PermissionDenied
    # No row has a key of more digits, and Python reads no number of thousands.
    ticked = [pk for pk in request.POST.getlist("task") if pk.isdecimal() and len(pk) < 19]
    chosen = Task.objects.visible_to(request.user).filter(pk__in=ticked)
    bulk = actions.issue_many(
        chosen.select_related("campaign__host").prefetch_related("assignments__unit"), by=request.user
    )
    if bulk.done:
        messages.success(request, _("已下发%(n)s项任务。") % {"n": len(bulk.done)})
    for task, reason in bulk.refused:
        messages.warning(request, _("没有下发 %(task)s：%(reason)s") % {"task": task, "reason": reason})
    if not ticked:
        messages.warning(request, _("请先勾选要下发的任务。"))
    return redirect("campaigns:tasks")
