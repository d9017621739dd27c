"""What is done with many ticked tasks: change them, merge them. The page in between says what, and of which."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.actions import breakdown as actions
from campaigns.actions import splitting
from campaigns.actions.workstreams import place_tasks
from campaigns.forms.breakdown import ChangeForm, MergeForm
from cityinit.workflow import Refused
from units.models import Unit

from .selection import selection

TOLD = 20


@require_POST
def tasks_change(request):
    """Another deadline or lead for the ticked tasks, and another workstream."""
    chosen = _chosen(request)
    form = ChangeForm(
        request.POST if "apply" in request.POST else None,
        campaign=request.campaign,
        units=Unit.objects.of_host(request.campaign.host.host_id).active(),
    )
    if chosen.keys and form.is_valid():
        values = form.cleaned_data
        place = {name: values.pop(name) for name in ("into", "out_of")}
        if any(place.values()):
            n = place_tasks(request.campaign, chosen.tasks, by=request.user, **place)
            messages.success(request, _("已调整%(n)s项任务的板块。") % {"n": n})
        if any(values.values()):
            _tell(request, actions.change_many(_whole(chosen), by=request.user, **values))
        return redirect(chosen.back_url)
    return _page(request, chosen, form, title=_("批量修改任务"), icon="edit", submit=_("修改"))


@require_POST
def tasks_merge(request):
    """The ticked tasks into one of them."""
    chosen = _chosen(request)
    form = MergeForm(request.POST if "apply" in request.POST else None, tasks=chosen.tasks)
    if chosen.keys and form.is_valid():
        tasks = list(_whole(chosen))
        kept = next(task for task in tasks if task == form.cleaned_data["kept"])
        try:
            splitting.merge_tasks(kept, [task for task in tasks if task != kept], by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, _("已合并为一项任务。"))
            return redirect(kept)
    return _page(request, chosen, form, title=_("合并任务"), icon="stack-2", submit=_("合并"))


def _tell(request, bulk):
    if bulk.done:
        messages.success(request, _("已修改%(n)s项任务。") % {"n": len(bulk.done)})
    for task, reason in bulk.refused[:TOLD]:
        messages.warning(request, _("没有修改 %(task)s：%(reason)s") % {"task": task, "reason": reason})
    if len(bulk.refused) > TOLD:
        messages.warning(request, _("另有%(n)s项没有修改。") % {"n": len(bulk.refused) - TOLD})


def _chosen(request):
    campaign = request.campaign
    if not campaign or not request.user.has_perm(actions.PERMISSION, campaign):
        raise PermissionDenied
    return selection(request)


def _whole(chosen):
    return chosen.tasks.select_related("campaign__host", "lead_unit", "parent", "indicator").prefetch_related(
        "assignments__unit", "workstreams"
    )


def _page(request, chosen, form, *, title, icon, submit):
    if not chosen.keys:
        messages.warning(request, _("请先勾选任务。"))
        return redirect(chosen.back_url)
    context = {
        "title": title,
        "icon": icon,
        "submit": submit,
        "form": form,
        "tasks": chosen.tasks.select_related("lead_unit"),
        "chosen": chosen,
        "action": request.path,
    }
    return render(request, "campaigns/bulk.html", context, status=422 if form.is_bound else 200)
