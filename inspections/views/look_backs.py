"""回头看: what waits to be looked at again, what was found, and how much of what was closed has come back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cityinit.addresses import address
from cityinit.held import holding
from cityinit.paging import Page
from cityinit.sent import told_in
from cityinit.workflow import Refused
from inspections import figures
from inspections.actions import look_backs as actions
from inspections.forms.look_backs import LookBackForm, LookBackPlanForm
from inspections.models import FindingSettings, LookBack, LookBackList

from .finding_merged import photo_grids, photos_with_duplicates
from .one_finding import finding_or_404

TABS = (
    ("", gettext_lazy("待看")),
    ("good", gettext_lazy("保持良好")),
    ("recurred", gettext_lazy("已反弹")),
    ("cancelled", gettext_lazy("已取消")),
)


@require_safe
def look_backs(request):
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    user = request.user
    visible = LookBack.objects.visible_to(user, of=campaign)
    asked = request.GET.get("result", "")
    asked = asked if asked in dict(TABS) else ""
    rows = visible.filter(result=asked)
    order = ("pk",) if asked == "" else ("-done_at", "-pk")
    told = ("finding__site", "finding__category", "finding__lead_unit", "done_by", "list")
    # As the list behind the number counts.
    came_back = figures.recurrence(campaign, figures.lately(on=timezone.localdate()))
    list_url = f"{address('inspections:findings')}?{urlencode({'flag': 'recurred'})}"
    context = {
        "page": Page(request, rows.select_related(*told), order=order),
        "tabs": [
            {
                "label": label,
                "url": f"?{urlencode({'result': key})}" if key else "?",
                "active": key == asked,
                "count": visible.filter(result=key).count(),
            }
            for key, label in TABS
        ],
        "is_waiting": not asked,
        "stats": [
            {"label": _("近90天销号"), "value": came_back.closed, "tone": "blue", "url": ""},
            {"label": _("其中已反弹"), "value": came_back.recurred, "tone": "red", "url": list_url},
            {"label": _("反弹比例"), "value": _percent(came_back.rate), "tone": "neutral", "url": ""},
        ],
        "lists": LookBackList.objects.visible_to(user, of=campaign).select_related("asked_by")[:6],
        "may_plan": user.has_perm(actions.PLAN, campaign),
    }
    return render(request, "inspections/look_backs.html", context)


def _percent(rate):
    return _("—") if rate is None else f"{rate}%"


@require_http_methods(["GET", "POST"])
def look_backs_new(request):
    campaign = request.campaign
    if not request.user.has_perm(actions.PLAN, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    after = FindingSettings.of(campaign).look_back_after
    first, last = actions.usual_days(on=timezone.localdate(), after=after)
    form = LookBackPlanForm(request.POST or None, first=first, last=last)
    if form.is_valid():
        with told_in(form):
            made = actions.plan_look_backs(campaign, by=request.user, **form.cleaned_data)
            messages.success(request, _("已安排回头看%(n)s个问题。") % {"n": made.rows.count()})
            return redirect("inspections:look_backs")
    context = {"form": form, "after": after, "cancel_url": address("inspections:look_backs")}
    return render(request, "inspections/look_back_plan.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def look_back(request, pk):
    """What was found where this finding was closed."""
    found = finding_or_404(request.user, pk)
    if request.method == "GET" and (reason := actions.look_back_refusal(found, request.user)):
        raise Refused(reason, found)
    form = LookBackForm(request.POST or None, request.FILES or None, by=request.user)
    # What was photographed stays when the form comes back.
    with holding(form), told_in(form):
        if form.is_valid():
            done = actions.look_back(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已记录回头看：%(result)s。") % {"result": done.get_result_display()})
            return redirect(found)
    grids = photo_grids(found, photos_with_duplicates(found), by=request.user)
    context = {"finding": found, "form": form, "photos": [photo for grid in grids.values() for photo in grid]}
    return render(request, "inspections/look_back.html", context, status=422 if form.is_bound else 200)


def _campaign(request):
    # Who looks where next is not for those who are looked at.
    if not request.user.has_perm("campaigns.see_register", request.campaign or None):
        raise PermissionDenied
    return request.campaign
