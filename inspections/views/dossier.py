"""One site on one page: on the screen, on the phone, and printed on a sheet of A4."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cityinit.addresses import address
from inspections import dossier, maps
from inspections.models import Finding, Site

from .finding_facts import position_text
from .finding_lines import lines
from .labels import is_loopback, qr
from .site_facts import grid_text, sponsor_text


@require_safe
def site_dossier(request, pk):
    """What the reader may see of a site; rounds and draws are the office's own planning."""
    user, today, now = request.user, timezone.localdate(), timezone.now()
    visible = Site.objects.visible_to(user).select_related("campaign__host", "unit__host", "kind", "grid__unit")
    site = get_object_or_404(visible, pk=pk)
    findings = Finding.objects.visible_to(user, of=site.campaign).filter(site=site)
    numbers = dossier.numbers(findings, now=now)
    sees_plans = user.has_perm("campaigns.see_register", site.campaign)
    visit_count, visits = dossier.visits(site, seen_by=user)
    rounds, draws = (dossier.rounds(findings), dossier.draws(site)) if sees_plans else ([], [])
    page_url = site.get_absolute_url()
    context = {
        "site": site,
        "today": today,
        "facts": _facts(site, by=user, on=today),
        "stats": [*_scores(visits), *_stats(site, numbers)],
        "visits": [_visit(one) for one in visits],
        "visit_count": visit_count,
        "categories": [
            {"name": name, "n": n, "open": n_open, "url": listed(site, category=key, state="counted")}
            for key, name, n, n_open in dossier.by_category(findings)
        ],
        "open_rows": lines(findings.open().order_by("due_at", "pk").for_list()[: dossier.OPEN_ONES], now=now),
        "open_url": listed(site, state="open"),
        "more_open": max(numbers.open - dossier.OPEN_ONES, 0),
        "sees_plans": sees_plans,
        "rounds": [
            {"name": row.name, "starts_on": row.starts_on, "n": n, "url": listed(site, round=row.pk, state="counted")}
            for row, n in rounds[: dossier.ROUNDS]
        ],
        "round_count": len(rounds),
        "draws": draws[: dossier.ROUNDS],
        "draw_count": len(draws),
        "pair": _pair(dossier.latest_pair(findings)),
        "former": dossier.former_units(site),
        "ground": maps.ground(reverse("inspections:site_near", args=[site.pk]), site=site) if site.is_on_map else None,
        "qr": qr(request.build_absolute_uri(page_url)),
        "is_unreachable": is_loopback(request.get_host()),
        "may_report": user.has_perm("inspections.report_finding", site),
    }
    return render(request, "inspections/dossier.html", context)


def listed(site, **filters):
    """The list of the site's findings that a number counts."""
    return f"{address('inspections:findings')}?{urlencode({'site': site.pk, **filters})}"


def _facts(site, *, by, on):
    liaisons = "、".join(f"{person} {person.phone_for(by)}".strip() for person in dossier.liaisons(site, on=on))
    return [
        (_("责任单位"), str(site.unit), site.unit.get_absolute_url()),
        (_("联络员"), liaisons),
        (_("包保领导"), site.leader),
        (_("包保"), "；".join(sponsor_text(row) for row in dossier.sponsors(site, on=on))),
        (_("网格"), grid_text(site.grid, by=by)),
        (_("街道社区"), " ".join(filter(None, (site.street, site.community)))),
        (_("地址"), site.address),
        (_("经纬度"), position_text(site) if site.is_on_map else ""),
    ]


def _stats(site, numbers):
    rate = f"{numbers.rate}%" if numbers.rate is not None else "—"
    return [
        {"label": _("发现问题"), "value": numbers.found, "url": listed(site, state="counted"), "tone": "blue"},
        {"label": _("未办结"), "value": numbers.open, "url": listed(site, state="open"), "tone": "orange"},
        {"label": _("逾期"), "value": numbers.overdue, "url": listed(site, flag="overdue"), "tone": "red"},
        {"label": _("已办结"), "value": numbers.done, "url": listed(site, state="done"), "tone": "green"},
        {"label": _("整改率"), "value": rate, "url": listed(site, state="done"), "tone": "green"},
        {
            "label": _("反弹过"),
            "value": numbers.reopened,
            "url": listed(site, flag="reopened", state="counted"),
            "tone": "purple",
        },
    ]


def _scores(visits):
    """The score of the last visit, where there was one."""
    return [
        {"label": _("最近得分"), "value": row["score"], "url": row["url"], "tone": "blue"}
        for row in map(_visit, visits[:1])
    ]


def _visit(one):
    told = _("不符合%(n)s项") % {"n": len(one.failed)}
    return {
        "label": f"{one.visit.visited_on} {one.visit.round or ''}".strip(),
        "url": one.visit.get_absolute_url(),
        "score": "—" if one.score is None else one.score,
        "told": told if one.visit.is_frozen else f"{told}，{_('未公布')}",
    }


def _pair(pair):
    if pair is None:
        return None
    finding = pair[0].finding
    return {
        "finding": finding,
        "photos": [
            {
                "url": reverse("inspections:photo", args=[photo.pk, "shown"]),
                "label": photo.get_phase_display(),
                "alt": _("%(phase)s：%(what)s") % {"phase": photo.get_phase_display(), "what": finding.description},
            }
            for photo in pair
        ],
    }
