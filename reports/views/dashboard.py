"""总览: the campaign at a glance, for a desk and for the wall of a meeting room."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cityinit.addresses import address
from cityinit.htmx import render_page
from inspections import maps
from reports.dashboard import drawn, panels, rates
from reports.dashboard.panels import Overview
from reports.forms.dashboard import DashboardForm
from units.models import Unit
from units.roles import scope_of

SEES_WHOLE, SEES_OWN = "reports.see_dashboard", "inspections.see_finding"


@require_safe
def dashboard(request):
    """What the tallies tell at once; what takes longer is asked for by the page, or behind its links."""
    if not (asked := asked_of(request)):
        return render(request, "campaigns/no_campaign.html")
    form, shown = asked
    query = request.GET.urlencode()
    context = {
        "form": form,
        "shown": shown,
        "sees_whole": form.sees_whole,
        "facts": panels.facts(shown),
        "panels": [drawn.panel(panel) for panel in (panels.trend(shown), panels.categories(shown))],
        "units": drawn.panel(panels.units(shown)),
        "later": [f"{address(f'reports:dashboard_{name}')}?{query}" for name in ("rates", "sites")],
        "wall_url": f"{address('reports:wall')}?{query}" if form.sees_whole else "",
    }
    return render_page(request, "reports/dashboard.html", context)


@require_safe
def dashboard_rates(request):
    """How far the work is and how what was found is put right, as of the last day; what waits today."""
    if not (asked := asked_of(request)):
        return render(request, "campaigns/no_campaign.html")
    form, shown = asked
    context = {
        "form": form,
        "shown": shown,
        "panels": [drawn.panel(panel) for panel in (rates.progress(shown), rates.rates(shown))],
        "waiting": rates.waiting(shown, user=request.user),
    }
    return render_page(request, "reports/dashboard_rates.html", context, fragment="reports/_dashboard_rates.html")


@require_safe
def dashboard_sites(request):
    """Where most was found, and the sites on the map."""
    if not (asked := asked_of(request)):
        return render(request, "campaigns/no_campaign.html")
    form, shown = asked
    on_map = {"unit": shown.unit.pk} if shown.unit else {}
    source = address("inspections:site_map_data") + "".join(f"?{name}={value}" for name, value in on_map.items())
    context = {
        "form": form,
        "shown": shown,
        "panel": drawn.panel(panels.sites(shown)),
        "waiting": drawn.panel(panels.waiting_sites(shown)) if shown.unit is None else None,
        "ground": maps.ground(source) if request.user.has_perm("inspections.see_site") else None,
        "list_url": address("inspections:site_map"),
    }
    return render_page(request, "reports/dashboard_sites.html", context, fragment="reports/_dashboard_sites.html")


def asked_of(request):
    """The form and what it asks to see; of the own units for who does not see the whole campaign's figures."""
    user, campaign = request.user, request.campaign
    if not (user.has_perm(SEES_WHOLE) or user.has_perm(SEES_OWN)):
        raise PermissionDenied
    if not campaign:
        return None
    sees_whole = user.has_perm(SEES_WHOLE, campaign)
    units = Unit.objects.of_host(campaign.host.host_id).filter(relation=Unit.Relation.BELOW)
    paths = ()
    if not sees_whole:
        scope = scope_of(user)
        paths = (*scope.paths_with(SEES_OWN, office=False), *scope.partial_paths_with(SEES_OWN))
        units = units.under(paths)
    today = timezone.localdate()
    form = DashboardForm(
        request.GET,
        units=units,
        today=campaign.so_far(on=today).last,
        sees_whole=sees_whole,
        offered=[*campaign.offered, *paths],
    )
    unit = form.chosen["unit"]
    if not sees_whole and unit is None:
        # The topmost of what one may see, by its place in the tree.
        unit = units.order_by("path").first()
        if unit is None:
            raise PermissionDenied
    return form, Overview(campaign, form.period, unit, timezone.now())
