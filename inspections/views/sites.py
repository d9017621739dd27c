"""The register of places, and the page of one place with what was found there."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.models import Grid
from cityinit.addresses import address
from cityinit.exports import columns_of, sheet_response
from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.sent import told_in
from inspections import dossier, maps, presets
from inspections.actions import sites as actions
from inspections.forms.sites import SiteFilter, SiteForm
from inspections.importers import SITES
from inspections.models import Finding, Site, SiteType
from inspections.views.finding_facts import position_text
from inspections.views.finding_lines import lines
from inspections.views.site_facts import grid_text, sponsor_text
from units.models import Unit
from units.roles import scope_of

FINDINGS_SHOWN = 20
# What the export gives more room than a word or two.
WIDTHS = {"名称": 24, "地址": 36, "责任单位": 24}
KINDS = {"经度": "decimal", "纬度": "decimal"}


@require_safe
def sites(request):
    user, campaign = request.user, request.campaign
    if not user.has_perm("inspections.see_site"):
        raise PermissionDenied
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form, found = filtered_sites(request)
    page = Page(request, found.for_list(), order=("code", "pk"), counted=found)
    context = {
        "page": page,
        "rows": [_line(row, base=request.path) for row in page.rows],
        "form": form,
        "is_filtered": bool(form.changed_data),
        "may_change": user.has_perm(actions.PERMISSION, campaign),
        "filter": request.GET.urlencode(),
        "tabs": view_tabs(request, "sites"),
        "export_url": f"{address('inspections:sites_export')}?{request.GET.urlencode()}"
        if user.has_perm("inspections.export", campaign)
        else "",
        # Where the inspectors go next is not for those who are inspected.
        "sees_draws": user.has_perm("campaigns.see_register", campaign),
    }
    return render_page(request, "inspections/sites.html", context, fragment="inspections/_sites.html")


def view_tabs(request, current):
    """The same sites as a list or on the map."""
    asked = {name: request.GET.getlist(name) for name in request.GET if name not in ("after", "before")}
    query = f"?{urlencode(asked, doseq=True)}" if asked else ""
    return [
        {"label": label, "url": f"{address(f'inspections:{name}')}{query}", "active": name == current}
        for name, label in (("sites", _("列表")), ("site_map", _("地图")))
    ]


def filtered_sites(request):
    """The filter of the list of sites, and the sites that it finds within sight."""
    user, campaign = request.user, request.campaign
    paths = scope_of(user).paths_with("inspections.see_site")
    units = Unit.objects.under(paths).of_host(campaign.host.host_id)
    kinds = SiteType.objects.with_sites(campaign)
    offered = [str(campaign.host.register_mark), *paths, [[kind.pk, kind.name] for kind in kinds]]
    findings = Finding.objects.visible_to(user, of=campaign)
    form = SiteFilter(request.GET, kinds=kinds, units=units, findings=findings, now=timezone.now(), offered=offered)
    return form, form.filter(Site.objects.visible_to(user, of=campaign))


def _line(found, *, base):
    unit = found["unit__short_name"] or found["unit__name"]
    cell = " ".join(filter(None, (found["grid__code"], found["grid__keeper"])))
    return {**found, "url": f"{base}{found['pk']}/", "kind": found["kind__name"], "unit": unit, "grid": cell}


@require_safe
def sites_export(request):
    """The register as the list shows it, in the columns of the import: it can be loaded again."""
    campaign = request.campaign
    if not request.user.has_perm("inspections.export", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    _form, found = filtered_sites(request)
    return sheet_response(
        request,
        of=campaign,
        title=SITES.name,
        columns=columns_of((one.name, WIDTHS.get(one.name, 14), KINDS.get(one.name, "text")) for one in SITES.columns),
        rows=found.order_by("code", "pk").for_export().iterator(chunk_size=500),
        n=found.count(),
    )


@require_safe
def site(request, pk):
    found = get_object_or_404(
        Site.objects.visible_to(request.user).select_related("campaign__host", "unit", "kind", "grid__unit"), pk=pk
    )
    # A unit sees here what it sees in the list: its own findings once they were dispatched.
    findings = Finding.objects.visible_to(request.user).filter(site=found)
    counts = findings.exclude(state__in=Finding.UNCOUNTED_STATES).aggregate(
        found=Count("pk"), open=Count("pk", filter=Q(state__in=Finding.OPEN_STATES))
    )
    base = f"{address('inspections:findings')}?site={found.pk}"
    now = timezone.now()
    context = {
        "site": found,
        "facts": _facts(found, by=request.user),
        "stats": [
            {"label": _("发现问题"), "value": counts["found"], "url": f"{base}&state=counted", "tone": "blue"},
            {"label": _("未办结"), "value": counts["open"], "url": f"{base}&state=open", "tone": "orange"},
        ],
        "rows": lines(findings.order_by("-found_at", "-pk").for_list()[:FINDINGS_SHOWN], now=now),
        "sponsorships": [
            {"text": sponsor_text(row), "note": row.note} for row in dossier.sponsors(found, on=timezone.localdate())
        ],
        "list_url": base,
        "ground": maps.ground(reverse("inspections:site_near", args=[found.pk]), site=found)
        if found.is_on_map
        else None,
        "may_change": request.user.has_perm(actions.PERMISSION, found),
        "sees_scores": request.user.has_perm("inspections.see_score"),
        "may_report": request.user.has_perm("inspections.report_finding", found),
    }
    return render(request, "inspections/site.html", context)


@require_http_methods(["GET", "POST"])
def site_new(request):
    campaign = request.campaign
    if not request.user.has_perm(actions.PERMISSION, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form = _site_form(request, campaign, others=Site.objects.of(campaign))
    if form.is_valid():
        with told_in(form):
            made = actions.add_site(campaign, by=request.user, **form.cleaned_data)
            messages.success(request, _("已新增点位。"))
            return redirect(made)
    return _render_form(request, campaign, form, title=_("新增点位"), cancel_url=address("inspections:sites"))


@require_http_methods(["GET", "POST"])
def site_edit(request, pk):
    found = get_object_or_404(
        Site.objects.visible_to(request.user).select_related("campaign__host", "unit", "kind", "grid"), pk=pk
    )
    if not request.user.has_perm(actions.PERMISSION, found):
        raise PermissionDenied
    others = Site.objects.of(found.campaign).exclude(pk=found.pk)
    form = _site_form(request, found.campaign, others=others, initial=_initial(found))
    if form.is_valid():
        with told_in(form):
            actions.change_site(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("点位已修改。"))
            return redirect(found)
    return _render_form(request, found.campaign, form, title=_("修改点位"), cancel_url=found.get_absolute_url())


def _site_form(request, campaign, *, others, initial=None):
    units = Unit.objects.of_host(campaign.host.host_id)
    # A partner that answers for its site already goes on doing so.
    kept = [initial["unit"].pk] if initial else []
    units = units.filter(Q(pk__in=units.given_work()) | Q(pk__in=kept))
    grids = Grid.objects.of(campaign)
    return SiteForm(request.POST or None, initial=initial, units=units, grids=grids, others=others)


def _render_form(request, campaign, form, *, title, cancel_url):
    kinds = dict.fromkeys([*SiteType.objects.values_list("name", flat=True), *presets.SITE_TYPES])
    # Without tiles and without other sites there is nothing on the map to go by.
    has_ground = settings.TILES["layers"] or Site.objects.of(campaign).on_map().exists()
    ground = maps.ground(address("inspections:site_map_data")) if has_ground else None
    context = {"form": form, "title": title, "cancel_url": cancel_url, "kinds": kinds, "ground": ground}
    return render(request, "inspections/site_form.html", context, status=422 if form.is_bound else 200)


def _initial(found):
    return {name: getattr(found, name) for name in Site.WRITTEN} | {"kind": found.kind.name, "seen": found.mark}


def _facts(found, *, by):
    position = position_text(found) if found.is_on_map else ""
    return [
        (_("编号"), found.code),
        (_("类型"), str(found.kind)),
        (_("责任单位"), str(found.unit), found.unit.get_absolute_url()),
        (_("地址"), found.address),
        (_("所属街道"), found.street),
        (_("所属社区"), found.community),
        (_("网格"), grid_text(found.grid, by=by)),
        (_("包保领导"), found.leader),
        (_("经纬度"), position),
    ]
