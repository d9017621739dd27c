"""What is done with many tasks at once: issue, change, merge them. The page in between says what, and of which."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.actions import batches, splitting
from campaigns.actions import breakdown as actions
from campaigns.actions.tasks import issue_many
from campaigns.actions.workstreams import place_tasks
from campaigns.forms.breakdown import ChangeForm, IssueForm, MergeForm
from campaigns.models import Assignment, Batch, Task
from cityinit.sent import sent_before, sent_key
from cityinit.workflow import Refused
from units.models import Unit

from .batches import late_in_words
from .selection import MOST, selection

# So many refusals are told one by one; more would bury the page.
TOLD = 20
# Of many that a filter finds so many are shown before; the rest is a page of the list away.
SHOWN = 20


@require_POST
def tasks_issue(request):
    """Issue the chosen drafts: few at once, telling how many were refused and why; many by a job, once looked at."""
    if not request.user.has_perm("campaigns.issue_task"):
        raise PermissionDenied
    form = IssueForm(request.POST if "apply" in request.POST else None)
    if there := _sent(request, form):
        return redirect(there)
    chosen = selection(request)
    if chosen.keys and (chosen.is_many or form.is_bound):
        if not _means(request, form, chosen):
            return _page(request, chosen, form, title=_("下发任务"), icon="send", submit=_("确认下发"))
        if chosen.is_many:
            return _begin(request, chosen, form, Batch.Act.ISSUE)
    bulk = issue_many(
        chosen.tasks.select_related("campaign__host").prefetch_related("assignments__unit"), by=request.user
    )
    if bulk.done:
        messages.success(request, _("已下发%(n)s项任务。") % {"n": len(bulk.done)})
    if late := [task for task in bulk.done if task.is_overdue(on=timezone.localdate())]:
        messages.warning(request, late_in_words([task.code for task in late]))
    for task, reason in bulk.refused[:TOLD]:
        messages.warning(request, _("没有下发 %(task)s：%(reason)s") % {"task": task, "reason": reason})
    if len(bulk.refused) > TOLD:
        messages.warning(request, _("另有%(n)s项没有下发。") % {"n": len(bulk.refused) - TOLD})
    if not chosen.keys:
        messages.warning(request, _("请先勾选要下发的任务。"))
    return redirect(chosen.back_url)


@require_POST
def tasks_change(request):
    """Another deadline or lead for the chosen tasks, and another workstream: few at once, many by a job."""
    _may_change(request)
    form = ChangeForm(
        request.POST if "apply" in request.POST else None,
        campaign=request.campaign,
        units=Unit.objects.of_host(request.campaign.host.host_id).active(),
    )
    if there := _sent(request, form):
        return redirect(there)
    chosen = selection(request)
    if chosen.keys and _means(request, form, chosen):
        values = {name: form.cleaned_data[name] for name in ChangeForm.WRITTEN}
        if chosen.is_many:
            return _begin(request, chosen, form, Batch.Act.CHANGE, **values)
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
    _may_change(request)
    chosen = selection(request, most=MOST)
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


def _may_change(request):
    if not request.campaign or not request.user.has_perm(actions.PERMISSION, request.campaign):
        raise PermissionDenied


def _sent(request, form):
    """The batch that this very form has begun already."""
    key = sent_key(form) if form.is_bound else None
    return sent_before(Batch.objects.visible_to(request.user).filter(requested_by=request.user), key)


def _means(request, form, chosen):
    """Whether the form says what to do, and to the tasks its page has shown; what a filter finds may be others now."""
    if not form.is_valid():
        return False
    seen = request.POST.get("seen", "")
    if (chosen.is_many or seen) and seen != chosen.mark:
        told = _("您看过之后，符合筛选条件的任务有了变化，现在是%(n)s项，还没有办理。请核对后再确认。")
        form.add_error(None, told % {"n": len(chosen.keys)})
    return form.is_valid()


def _begin(request, chosen, form, act, **values):
    batch = batches.begin(
        request.campaign,
        chosen.keys,
        act=act,
        by=request.user,
        back_url=chosen.back_url,
        client_key=sent_key(form),
        **values,
    )
    messages.success(request, _("后台正在%(batch)s。办完后这一页自己更新，也会通知您。") % {"batch": batch})
    return redirect(batch)


def _whole(chosen):
    return chosen.tasks.select_related("campaign__host", "lead_unit", "parent", "indicator").prefetch_related(
        "assignments__unit", "workstreams"
    )


def _page(request, chosen, form, *, title, icon, submit):
    if not chosen.keys:
        messages.warning(request, _("请先勾选任务。"))
        return redirect(chosen.back_url)
    by_job = chosen.is_many and not isinstance(form, MergeForm)
    # All that a filter finds is chosen by the filter, not task by task: no form could carry thousands.
    by_filter = by_job and chosen.whole
    tasks = chosen.tasks.select_related("lead_unit")
    context = {
        "title": title,
        "icon": icon,
        "submit": submit,
        "form": form,
        "tasks": tasks[:SHOWN] if by_filter else tasks,
        "chosen": chosen,
        "by_job": by_job,
        "by_filter": by_filter,
        "facts": _facts(chosen, form) if by_job else [],
        "action": request.path,
    }
    return render(request, "campaigns/bulk.html", context, status=422 if form.is_bound else 200)


def _facts(chosen, form):
    """Of many, what is going to be done: how many there are of each state, and how many of them will be refused."""
    n_of = _("%(n)s项")
    tasks = chosen.tasks.order_by()
    states = dict(tasks.values_list("state").annotate(n=Count("pk")))
    issues = isinstance(form, IssueForm)
    fit = (Task.State.DRAFT,) if issues else Task.OPEN_STATES
    facts = [(_("选定任务"), n_of % {"n": len(chosen.keys)})]
    for state, label in Task.State.choices:
        if n := states.get(state):
            unfit = "" if state in fit else (_("，不能下发") if issues else _("，只能调整板块"))
            facts.append((label, n_of % {"n": n} + unfit))
    if issues:
        drafts = tasks.filter(state=Task.State.DRAFT)
        if late := drafts.filter(due_on__lt=timezone.localdate()).count():
            facts.append((_("已过完成时限"), _("%(n)s项，单位一收到就是逾期") % {"n": late}))
        units = Assignment.objects.filter(task__in=drafts.values("pk")).values("unit").distinct().count()
        facts.append((_("通知单位"), _("%(n)s个，每个单位一条通知") % {"n": units}))
    return facts
