"""The sites on a map: the page, and what its script asks for. The list beside it needs neither script nor map."""

from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cityinit.addresses import address
from cityinit.htmx import render_page
from inspections import maps
from inspections.models import Finding, Site

from .sites import filtered_sites, view_tabs

PLAIN = {"json_dumps_params": {"ensure_ascii": False, "separators": (",", ":")}}


@require_safe
def site_map(request):
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form, found = filtered_sites(request)
    findings = Finding.objects.visible_to(request.user, of=campaign)
    counted = maps.counted(found, findings, now=timezone.now())
    asked = request.GET.urlencode()
    context = {
        "form": form,
        "counted": counted,
        "legend": _legend(request, counted),
        "off_map_url": _listed(request, placed="no"),
        "ground": maps.ground(f"{address('inspections:site_map_data')}?{asked}"),
        "list_url": f"{address('inspections:sites')}?{asked}",
        "is_filtered": bool(form.changed_data),
        "tabs": view_tabs(request, "site_map"),
    }
    return render_page(request, "inspections/site_map.html", context, fragment="inspections/_site_map.html")


@require_safe
def site_map_data(request):
    """The sites that the filter finds, as the script draws them."""
    campaign = _campaign(request)
    if not campaign:
        return JsonResponse({"kinds": [], "units": [], "streets": [], "sites": []})
    _form, found = filtered_sites(request)
    findings = Finding.objects.visible_to(request.user, of=campaign)
    return JsonResponse(maps.rows(found, findings, now=timezone.now()), **PLAIN)


@require_safe
def site_near(request, pk):
    """The sites around one, for the small map on its page; none where it is not known where it is."""
    visible = Site.objects.visible_to(request.user).select_related("campaign__host")
    site = get_object_or_404(visible, pk=pk)
    sites = Site.objects.visible_to(request.user, of=site.campaign)
    around = maps.near(sites, site)
    findings = Finding.objects.visible_to(request.user, of=site.campaign)
    return JsonResponse(maps.rows(around, findings, now=timezone.now()), **PLAIN)


def _legend(request, counted):
    """What each colour stands for, how many there are of it, and which."""
    return [
        {"mark": "red", "label": _("有逾期问题"), "n": counted.overdue, "url": _listed(request, trouble="overdue")},
        {
            "mark": "orange",
            "label": _("有未办结、没有逾期"),
            "n": counted.waiting,
            "url": _listed(request, trouble="waiting"),
        },
        {"mark": "green", "label": _("无未办结问题"), "n": counted.none, "url": _listed(request, trouble="none")},
    ]


def _listed(request, *, placed="yes", **more):
    """The list of the sites that one of the numbers counts: those of the filter, and what the number adds to it."""
    # What the filter asks of findings already holds for each number; a colour it leaves out counts none.
    asked = request.GET.copy()
    for name, value in {"placed": placed, **more}.items():
        asked[name] = value
    return f"{address('inspections:sites')}?{asked.urlencode()}"


def _campaign(request):
    if not request.user.has_perm("inspections.see_site"):
        raise PermissionDenied
    return request.campaign
