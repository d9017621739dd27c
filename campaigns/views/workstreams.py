"""The schemes of workstreams: their order, and what stands where."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns import figures
from campaigns.actions import workstreams as actions
from campaigns.ancestry import in_tree_order
from campaigns.models import Task, Workstream

from .progress import list_url


@require_safe
def workstreams(request):
    """Each scheme in its order, with headings, openings and progress; beside it what stands in none or in several."""
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.see_register", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    rows = list(Workstream.objects.of(campaign))
    today = timezone.localdate()
    found = figures.progress_by_workstream(campaign, campaign.so_far(on=today), workstreams=rows)
    tasks = Task.objects.visible_to(user, of=campaign)
    context = {
        "schemes": _schemes(rows, found, today),
        "sees_tasks": user.has_perm("campaigns.see_task", campaign),
        "unplaced": tasks.in_no_workstream().count(),
        "unplaced_url": list_url(standing="none"),
        "several": tasks.in_several_workstreams().count(),
        "several_url": list_url(standing="several"),
        "may_change": user.has_perm("campaigns.change_register", campaign),
    }
    return render(request, "campaigns/workstreams.html", context)


def _schemes(rows, found, today):
    by_key = {row.pk: row for row in rows}
    schemes = {}
    for pk in in_tree_order((row.pk, row.parent_id) for row in rows):
        row = by_key[pk]
        schemes.setdefault(row.scheme, []).append(
            {
                "row": row,
                "depth": "1" if row.parent_id else "",
                "tasks": found[pk].tasks,
                "done": found[pk].done,
                "tasks_url": list_url(workstream=pk, figure="counted", on=today),
                "done_url": list_url(workstream=pk, figure="done", on=today),
                "url": reverse("campaigns:register_row", args=["workstreams", pk]),
            }
        )
    return [{"name": name or _("未命名的体系"), "rows": members} for name, members in schemes.items()]


@require_POST
def workstream_order(request, pk):
    workstream = get_object_or_404(Workstream.objects.visible_to(request.user).select_related("campaign__host"), pk=pk)
    actions.order_scheme(workstream, up=request.POST.get("to") == "up", by=request.user)
    return redirect("campaigns:workstreams")
