"""Sites drawn by lot: the draws, a new one, one with its sites, and the list by which it can be drawn again."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cityinit.addresses import address
from cityinit.exports import columns_of, sheet_response
from cityinit.paging import Page
from cityinit.sent import told_in
from inspections import draws
from inspections.actions.draws import PERMISSION, draw_sites
from inspections.forms.draws import DrawForm
from inspections.models import Draw, DrawnSite, Round, Site, SiteType
from units.models import Unit

POOL = (
    (gettext_lazy("类型"), 16, "text"),
    (gettext_lazy("点位编号"), 14, "text"),
    (gettext_lazy("校验值"), 70, "text"),
    (gettext_lazy("次序"), 8, "int"),
    (gettext_lazy("抽中"), 8, "text"),
)


@require_safe
def draws_list(request):
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    rows = Draw.objects.visible_to(request.user, of=campaign).select_related("round", "drawn_by").defer("pool")
    context = {
        "page": Page(request, rows.annotate(drawn_count=Count("sites")), order=("-drawn_at", "-pk")),
        "may_draw": request.user.has_perm(PERMISSION, campaign),
    }
    return render(request, "inspections/draws.html", context)


@require_http_methods(["GET", "POST"])
def draw_new(request):
    campaign = request.campaign
    if not request.user.has_perm(PERMISSION, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form = DrawForm(
        request.POST or None,
        kinds=SiteType.objects.filter(sites__campaign=campaign).distinct(),
        units=Unit.objects.of_host(campaign.host.host_id),
        rounds=Round.objects.visible_to(request.user).of(campaign),
    )
    if form.is_valid():
        with told_in(form):
            made = draw_sites(campaign, by=request.user, **form.asked)
            messages.success(request, _("已抽取%(n)s个点位。") % {"n": made.sites.count()})
            return redirect(made)
    context = {"form": form, "cancel_url": address("inspections:draws"), "sites": Site.objects.of(campaign).count()}
    return render(request, "inspections/draw_form.html", context, status=422 if form.is_bound else 200)


@require_safe
def draw(request, pk):
    found = _visible(request, pk)
    rows = found.sites.all()
    context = {
        "draw": found,
        "facts": [
            (_("抽取号码"), found.number),
            (_("抽取范围"), found.said),
            (_("怎样抽"), _how(found)),
            (_("当时名单"), _("%(n)s个点位") % {"n": found.pool_count}),
            (_("督查批次"), str(found.round) if found.round else ""),
            (_("抽取人"), str(found.drawn_by)),
        ],
        "rows": rows,
        "short": _short(found),
        "is_repeatable": found.is_repeatable,
    }
    return render(request, "inspections/draw.html", context)


@require_safe
def draw_pool(request, pk):
    """The register of that moment, each code with its mark: by it anybody can draw again."""
    found = _visible(request, pk)
    rows = [
        [group, code, draws.mark(found.number, code), place, _("是") if place <= found.n else ""]
        for group, codes in found.pool
        for place, code in enumerate(draws.in_order(found.number, codes), start=1)
    ]
    return sheet_response(
        request, of=found.campaign, title=_("点位抽取名单"), columns=columns_of(POOL), rows=rows, n=len(rows)
    )


def _short(found):
    """Which types hold fewer than were to be drawn, in one sentence."""
    short = [f"{group}（{n}）" for group, n in found.short_of.items()]
    if not short:
        return ""
    if short[0].startswith("（"):
        return _("名单里一共只有%(n)s个，全部抽中。") % {"n": found.pool_count}
    return _("有%(k)s个类型不足%(n)s个，全部抽中：%(types)s。") % {
        "k": len(short),
        "n": found.n,
        "types": "、".join(short),
    }


def _how(found):
    told = {"n": found.n}
    return _("不分类型，共抽%(n)s个") % told if found.pool[0][0] == "" else _("每个类型抽%(n)s个") % told


def _campaign(request):
    # Where the inspectors go next is not for those who are inspected.
    if not request.user.has_perm("campaigns.see_register", request.campaign or None):
        raise PermissionDenied
    return request.campaign


def _visible(request, pk):
    told = Prefetch("sites", DrawnSite.objects.select_related("site__kind", "site__unit"))
    visible = Draw.objects.visible_to(request.user).select_related("campaign__host", "round", "drawn_by")
    visible = visible.prefetch_related(told)
    return get_object_or_404(visible, pk=pk)
