"""Who answers for what: sponsors and what they sponsor, and what nobody answers for."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cityinit.addresses import address
from cityinit.documents import xlsx
from cityinit.exports import sheet_response
from cityinit.paging import Page
from inspections.models import Sponsorship
from inspections.unanswered import Answering, checks_for, counts, standing
from units.levels import of_level
from units.models import Unit


@require_safe
def sponsors(request):
    """The matrix from the sponsors' side, or (`?by=target`) from that of what is sponsored, gaps included."""
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    by = "target" if request.GET.get("by") == "target" else "sponsor"
    rows = list(standing(campaign, on=timezone.localdate()))
    here = address("inspections:sponsors")
    context = {
        "by": by,
        "kinds": Sponsorship.Target.labels,
        "rows": _by_target(campaign, rows) if by == "target" else _by_sponsor(rows),
        "tabs": [
            {"label": _("按包保人"), "url": here, "active": by == "sponsor"},
            {"label": _("按对象"), "url": f"{here}?by=target", "active": by == "target"},
        ],
        "count": len(rows),
        "may_change": request.user.has_perm("campaigns.change_register", campaign),
    }
    return render(request, "inspections/sponsors.html", context)


def _by_sponsor(rows):
    """Per leader or unit one cell for each kind of target."""
    found = {}
    for row in rows:
        name = f"{row.unit} {row.leader}".strip() if row.unit else row.leader
        cells = found.setdefault(name, {kind: [] for kind in Sponsorship.Target.values})
        cells[row.target_kind].append(row)
    labels = dict(Sponsorship.Target.choices)
    return [
        {"name": name, "cells": [(labels[kind], _linked(cells[kind])) for kind in Sponsorship.Target.values]}
        for name, cells in found.items()
    ]


def _linked(rows):
    return [(row.site.name if row.site else row.target_name, _row_url(row)) for row in rows]


def _by_target(campaign, rows):
    """Per community, area, site and unit who answers for it; a community nobody answers for stands here too."""
    found = {}
    for row in rows:
        name = row.site.name if row.site else row.target_name
        found.setdefault((row.get_target_kind_display(), name), []).append(row)
    communities = Unit.objects.of_host(campaign.host.host_id).active().filter(of_level("community"))
    named = {name for _kind, name in found}
    for unit in communities.order_by("position", "pk"):
        if unit.name not in named and str(unit) not in named:
            found[Sponsorship.Target.COMMUNITY.label, unit.name] = []
    return [
        {
            "kind": kind,
            "name": name,
            "leaders": [(row.leader, _row_url(row)) for row in mine if row.leader],
            "units": [(str(row.unit), _row_url(row)) for row in mine if row.unit],
        }
        for (kind, name), mine in sorted(found.items(), key=lambda item: str(item[0][0]))
    ]


def _row_url(row):
    return reverse("campaigns:register_row", args=["sponsorships", row.pk])


@require_safe
def unanswered(request):
    """What nobody answers for today, kind by kind; each line with where it is mended."""
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    asked = Answering(campaign, on=timezone.localdate())
    checks = checks_for(request.user)
    found = counts(asked, checks)
    kind = _kind(request, found)
    check = checks[kind]
    page = Page(request, check.rows(asked), order=check.order)
    here = address("inspections:unanswered")
    context = {
        "tabs": [
            {"label": one.label, "url": f"{here}?kind={slug}", "active": slug == kind, "count": found[slug]}
            for slug, one in checks.items()
        ],
        "page": page,
        "rows": [check.tell(row) for row in page.rows],
        "may_change": request.user.has_perm("campaigns.change_register", campaign),
        "total": sum(found.values()),
        "export_url": f"{address('inspections:unanswered_export')}?kind={kind}"
        if request.user.has_perm("campaigns.export", campaign)
        else "",
    }
    return render(request, "inspections/unanswered.html", context)


def _kind(request, found):
    """The kind asked for, else the first of which there is any."""
    first = next((slug for slug, count in found.items() if count), next(iter(found)))
    return request.GET.get("kind") if request.GET.get("kind") in found else first


@require_safe
def unanswered_export(request):
    """The rows of one kind that nobody answers for today, as the list shows them."""
    campaign = _campaign(request)
    if not request.user.has_perm("campaigns.export", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    asked = Answering(campaign, on=timezone.localdate())
    checks = checks_for(request.user)
    found = counts(asked, checks)
    check = checks[_kind(request, found)]
    rows = check.rows(asked).order_by(*check.order).iterator(chunk_size=500)
    return sheet_response(
        request,
        of=campaign,
        title=_("无人负责"),
        columns=[xlsx.Column(_("类别"), 14), xlsx.Column(_("名称"), 50), xlsx.Column(_("原因"), 36)],
        rows=([str(check.label), gap.title, gap.why] for gap in map(check.tell, rows)),
        n=found[check.slug],
    )


def _campaign(request):
    """The campaign in hand, for who sees its registers as a whole."""
    if not request.user.has_perm("campaigns.see_register", request.campaign or None):
        raise PermissionDenied
    return request.campaign
