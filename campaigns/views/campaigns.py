"""Campaigns, the choice of the one to work in, and the working calendar."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.actions import calendar as calendar_actions
from campaigns.actions import campaigns as actions
from campaigns.forms.campaigns import CalendarForm, CampaignForm
from campaigns.models import CalendarDay, Campaign, LeadingGroup, Phase, Workstream
from cityinit.addresses import address
from cityinit.paging import Page
from cityinit.sent import told_in
from units.models import Unit
from units.roles import scope_of

from .progress import unit_table, whole


@require_safe
def campaigns(request):
    if not request.user.has_perm("campaigns.see_campaign"):
        raise PermissionDenied
    visible = Campaign.objects.visible_to(request.user).select_related("host")
    page = Page(request, visible, order=("-starts_on", "-pk"))
    may_add = request.user.has_perm("campaigns.change_campaign")
    return render(request, "campaigns/campaigns.html", {"page": page, "may_add": may_add})


@require_safe
def campaign(request, pk):
    user = request.user
    found = get_object_or_404(Campaign.objects.visible_to(user).select_related("host"), pk=pk)
    today = timezone.localdate()
    guides = "、".join(str(unit) for unit in found.guides.order_by("guidance__position"))
    facts = [
        (_("主体单位"), found.host, found.host.get_absolute_url()),
        (_("类型"), found.kind),
        (_("简称"), found.short_name),
        (_("起止"), f"{found.starts_on} — {found.ends_on}"),
        (_("指导单位"), guides),
        (_("口号"), "\n".join(f"“{slogan}”" for slogan in found.slogans)),
        (_("直接交办"), _("已打开") if found.direct_dispatch else _("未打开")),
    ]
    # Numbers of the whole campaign are the office's; a unit sees its own on its desk.
    shown = whole(found, on=today) if user.has_perm("reports.see_dashboard", found) else None
    is_current = bool(request.campaign) and request.campaign.pk == found.pk
    groups = LeadingGroup.objects.visible_to(user, of=found).select_related("office_unit")
    context = {
        "campaign": found,
        "facts": facts,
        "phases": [
            {"label": f"{phase.name}（{phase.starts_on} — {phase.ends_on}）", "state": _step(phase, today)}
            for phase in Phase.objects.of(found)
        ],
        "groups": groups.annotate(member_count=Count("members")),
        "sees_tasks": request.user.has_perm("campaigns.see_task"),
        "workstreams": Workstream.objects.of(found)
        .annotate(task_count=Count("tasks"))
        .order_by(*Workstream._meta.ordering)
        if user.has_perm("campaigns.see_task", found)
        else [],
        "progress": shown if is_current or not shown else _unlinked(shown),
        "unit_table": unit_table(found, on=today) if shown and is_current else None,
        "workstreams_url": address("campaigns:workstreams")
        if is_current and user.has_perm("campaigns.see_register", found)
        else "",
        "may_change": user.has_perm("campaigns.change_campaign", found),
    }
    return render(request, "campaigns/campaign.html", context)


def _step(phase, today):
    if phase.ends_on < today:
        return "done"
    return "now" if phase.starts_on <= today else "todo"


def _unlinked(progress):
    """The numbers of another campaign than the one in hand: the lists show only that one."""
    return {**progress, "tasks_url": "", "done_url": "", "url": ""}


@require_http_methods(["GET", "POST"])
def campaign_new(request):
    if not request.user.has_perm("campaigns.change_campaign"):
        raise PermissionDenied
    governed = Unit.objects.under(scope_of(request.user).paths_with("campaigns.change_campaign"))
    hosts = governed.filter(host=F("pk"))
    units = Unit.objects.visible_to(request.user).active()
    form = CampaignForm(request.POST or None, hosts=hosts, units=units)
    if form.is_valid():
        with told_in(form):
            made = actions.create_campaign(by=request.user, **form.cleaned_data)
            request.session["campaign"] = made.pk
            messages.success(request, _("已新增“%(campaign)s”，现在就在它里面工作。") % {"campaign": made})
            return redirect(made)
    context = {"form": form, "cancel_url": address("campaigns:campaigns")}
    return render(request, "campaigns/campaign_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def campaign_edit(request, pk):
    found = get_object_or_404(Campaign.objects.visible_to(request.user).select_related("host"), pk=pk)
    if not request.user.has_perm("campaigns.change_campaign", found):
        raise PermissionDenied
    units = Unit.objects.of_host(found.host.host_id)
    form = CampaignForm(request.POST or None, hosts=Unit.objects.none(), units=units, campaign=found)
    if form.is_valid():
        with told_in(form):
            actions.edit_campaign(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存。"))
            return redirect(found)
    context = {"form": form, "campaign": found, "cancel_url": found.get_absolute_url()}
    return render(request, "campaigns/campaign_form.html", context, status=422 if form.is_bound else 200)


@require_POST
def choose(request):
    """Work in another campaign from now on, and stay on the page where it makes sense there."""
    chosen = request.POST.get("campaign", "")
    found = next((campaign for campaign in request.campaign_choices if str(campaign.pk) == chosen), None)
    if found is None:
        raise Http404
    request.session["campaign"] = found.pk
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        return redirect(target)
    return redirect("campaigns:desk")


@require_http_methods(["GET", "POST"])
def calendar(request):
    if not request.user.has_perm("campaigns.change_calendar"):
        raise PermissionDenied
    form = CalendarForm(request.POST or None)
    if form.is_valid():
        count = calendar_actions.set_calendar(by=request.user, **form.cleaned_data)
        messages.success(request, _("已录入%(n)s天。") % {"n": count})
        return redirect("campaigns:calendar")
    today = timezone.localdate()
    context = {
        "form": form,
        "page": Page(request, CalendarDay.objects.all(), order=("-day", "-pk"), size=60),
        "unknown_years": calendar_actions.unknown_years(on=today),
        "known_until": calendar_actions.known_until(on=today),
    }
    return render(request, "campaigns/calendar.html", context)


@require_POST
def calendar_delete(request, pk):
    day = get_object_or_404(CalendarDay, pk=pk)
    calendar_actions.delete_calendar_day(day, by=request.user)
    messages.success(request, _("已删除%(day)s的安排，恢复按国家公布的日历计算。") % {"day": day.day})
    return redirect("campaigns:calendar")
