"""What meetings decided: on the meeting's page, in a list of its own, and on the way to a task."""

from itertools import count

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.actions import decisions as actions
from campaigns.forms.decisions import DecisionFilter, DecisionForm, SettleForm
from campaigns.models import Decision, Instruction, Meeting, Task
from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.exports import columns_of, sheet_response
from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.sent import told_in
from units.models import Unit

SHOWS = ("pending", "under_way", "carried_out")
LEDGER = (
    (gettext_lazy("会议"), 24, "text"),
    (gettext_lazy("会议日期"), 12, "date"),
    (gettext_lazy("议定事项"), 50, "text"),
    (gettext_lazy("责任单位"), 20, "text"),
    (gettext_lazy("完成时限"), 12, "date"),
    (gettext_lazy("落实"), 10, "text"),
    (gettext_lazy("任务编号"), 10, "text"),
    (gettext_lazy("立为任务"), 12, "date"),
    (gettext_lazy("落实日期"), 12, "date"),
    (gettext_lazy("落实情况"), 40, "text"),
)
NAME_LENGTH = Task._meta.get_field("name").max_length


def decisions_of(meeting, *, by):
    """What a meeting's page shows of its decisions, with what the person may do about each."""
    may_write = by.has_perm("campaigns.change_register", meeting.campaign)
    may_task = by.has_perm("campaigns.break_down_task", meeting.campaign)
    sees_task = by.has_perm("campaigns.see_task")
    rows = meeting.decided.for_list()
    return {
        "papers": meeting.documents.visible_to(by),
        "decided": [row_of(row, may_write=may_write, may_task=may_task, sees_task=sees_task) for row in rows],
        "decision_url": reverse("campaigns:decision_new", args=[meeting.pk]) if may_write else "",
    }


def row_of(decision, *, may_write, may_task, sees_task):
    """A decision with where it leads."""
    is_open = decision.task_id is None and decision.settled_on is None
    tone, text = decision.standing
    return {
        "decision": decision,
        "tone": tone,
        "text": text,
        "made_url": decision.task.get_absolute_url() if decision.task and sees_task else "",
        "task_url": f"{address('campaigns:task_new')}?decision={decision.pk}" if is_open and may_task else "",
        "settle_url": reverse("campaigns:decision_settle", args=[decision.pk]) if is_open and may_write else "",
        "edit_url": reverse("campaigns:decision_edit", args=[decision.pk]) if may_write else "",
    }


@require_safe
def decisions(request):
    campaign = request.campaign
    if not request.user.has_perm("campaigns.see_register", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form, found, show = _asked(request)
    page = Page(
        request, getattr(found, show)().for_list(), order=("-meeting__position", "-meeting__pk", "position", "pk")
    )
    rights = {
        "may_write": request.user.has_perm("campaigns.change_register", campaign),
        "may_task": request.user.has_perm("campaigns.break_down_task", campaign),
        "sees_task": request.user.has_perm("campaigns.see_task"),
    }
    waiting = Instruction.objects.visible_to(request.user, of=campaign).filter(task=None).order_by("-given_on", "-pk")
    context = {
        "form": form,
        "page": page,
        "rows": [row_of(row, **rights) for row in page.rows],
        "tabs": _tabs(request, found, show),
        "instructions": waiting if show == "pending" else [],
        "may_task": rights["may_task"],
    }
    may_export = request.user.has_perm("campaigns.export", campaign)
    context["export_url"] = f"{address('campaigns:decisions_export')}?{request.GET.urlencode()}" if may_export else ""
    return render_page(request, "campaigns/decisions.html", context)


def _asked(request):
    """The filter, the decisions it leaves, and which of the tabs is open."""
    units = Unit.objects.of_host(request.campaign.host.host_id).order_by("position")
    form = DecisionFilter(request.GET or None, units=units)
    found = form.filter(Decision.objects.visible_to(request.user, of=request.campaign))
    return form, found, request.GET.get("show") if request.GET.get("show") in SHOWS else "pending"


@require_safe
def decisions_export(request):
    """The decisions of the tab that is open, as filtered, meeting by meeting."""
    campaign = request.campaign
    if not request.user.has_perm("campaigns.export", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    _form, found, show = _asked(request)
    rows = getattr(found, show)().for_list().order_by("meeting__position", "meeting__pk", "position", "pk")
    return sheet_response(
        request,
        of=campaign,
        title=_("议定事项"),
        columns=columns_of(LEDGER),
        rows=(_ledger_row(row) for row in rows.iterator(chunk_size=500)),
        n=rows.count(),
    )


def _ledger_row(row):
    return [
        row.meeting.name,
        row.meeting.held_on,
        row.content,
        row.unit.name if row.unit else "",
        row.due_on,
        str(row.standing[1]),
        row.task.code if row.task else "",
        row.tasked_on,
        row.settled_on,
        row.outcome,
    ]


def _tabs(request, found, show):
    labels = {"pending": _("未落实"), "under_way": _("办理中"), "carried_out": _("已落实")}
    kept = request.GET.copy()
    for name in ("after", "before"):
        kept.pop(name, None)
    tabs = []
    for name in SHOWS:
        kept["show"] = name
        count = getattr(found, name)().count()
        tabs.append({"label": labels[name], "url": f"?{kept.urlencode()}", "active": name == show, "count": count})
    return tabs


@require_http_methods(["GET", "POST"])
def decision_new(request, pk):
    rows = Meeting.objects.visible_to(request.user).select_related("campaign__host", "unit")
    meeting = get_object_or_404(rows, pk=pk)
    _ask_change(request, meeting)
    form = DecisionForm(request.POST or None, units=_units(meeting))
    if form.is_valid():
        with told_in(form):
            actions.add_decision(meeting, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存。"))
            return redirect(_meeting_url(meeting.pk))
    return _page(request, form, title=_("新增议定事项"), meeting=meeting)


@require_http_methods(["GET", "POST"])
def decision_edit(request, pk):
    found = _found(request, pk)
    form = DecisionForm(request.POST or None, units=_units(found.meeting, kept=found.unit_id), decision=found)
    if form.is_valid():
        with told_in(form):
            actions.change_decision(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存。"))
            return redirect(found)
    delete_url = "" if found.task_id else reverse("campaigns:decision_delete", args=[found.pk])
    return _page(request, form, title=_("修改议定事项"), meeting=found.meeting, delete_url=delete_url)


@require_http_methods(["GET", "POST"])
def decision_settle(request, pk):
    found = _found(request, pk)
    form = SettleForm(request.POST or None, decision=found)
    if form.is_valid():
        with told_in(form):
            actions.settle(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已记为落实。"))
            return redirect(found)
    return _page(request, form, title=_("记为落实"), meeting=found.meeting, lead=found.content)


@require_POST
def decision_delete(request, pk):
    found = _found(request, pk)
    actions.delete_decision(found, by=request.user)
    messages.success(request, _("已删除。"))
    return redirect(_meeting_url(found.meeting_id))


def origin_of(request, campaign):
    """The decision or instruction a new task is to be made of (`?decision=`, `?instruction=`); None for neither."""
    for name, model in (("decision", Decision), ("instruction", Instruction)):
        if pk := request.GET.get(name):
            rows = model.objects.visible_to(request.user, of=campaign)
            return get_object_or_404(rows, pk=key_in(pk))
    return None


def suggested_task(origin):
    """What the form of a task made of it begins with."""
    campaign = origin.campaign
    # Numbered among themselves: behind a plan of 5000 tasks the first decision is still Y1.
    taken = set(Task.objects.of(campaign).filter(code__startswith="Y").values_list("code", flat=True))
    number = next(number for number in count(1) if f"Y{number}" not in taken)
    suggested = {"code": f"Y{number}", "name": origin.content[:NAME_LENGTH]}
    if isinstance(origin, Decision):
        requirement = _("落实“%(meeting)s”议定事项：%(content)s") % {
            "meeting": origin.meeting,
            "content": origin.content,
        }
        return suggested | {"requirement": requirement, "lead_unit": origin.unit_id, "due_on": origin.due_on}
    requirement = _("落实%(leader)s批示：%(content)s") % {"leader": origin.leader, "content": origin.content}
    return suggested | {"requirement": requirement, "supervising_leader": origin.leader}


def _found(request, pk):
    rows = Decision.objects.visible_to(request.user).select_related("meeting__campaign__host", "meeting__unit", "task")
    found = get_object_or_404(rows.select_related("campaign__host"), pk=pk)
    _ask_change(request, found)
    return found


def _ask_change(request, row):
    if not request.user.has_perm("campaigns.change_register", row.campaign):
        raise PermissionDenied


def _units(meeting, *, kept=None):
    units = Unit.objects.of_host(meeting.campaign.host.host_id)
    return (units.active() | units.filter(pk=kept)).order_by("position", "pk")


def _meeting_url(pk):
    return reverse("campaigns:register_row", args=["meetings", pk])


def _page(request, form, *, title, meeting, lead="", delete_url=""):
    context = {"form": form, "title": title, "meeting": meeting, "back": _meeting_url(meeting.pk)}
    context |= {"lead": lead, "delete_url": delete_url}
    return render(request, "campaigns/decision_form.html", context, status=422 if form.is_bound else 200)
