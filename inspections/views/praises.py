"""What was done well: the phone page that takes it, the list, and one with its photos."""

from contextlib import nullcontext

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityinit.addresses import address
from cityinit.files import serve
from cityinit.held import holding
from cityinit.htmx import render_page
from cityinit.outbox import stored
from cityinit.paging import Page
from cityinit.phone import kept_on_phone
from cityinit.sent import told_in
from inspections.actions import praises as actions
from inspections.forms.capture import PraiseForm
from inspections.forms.praise_filter import PraiseFilter
from inspections.models import Praise, PraisePhoto, Site
from inspections.views.capture import filed_in, places
from inspections.views.kept_visits import field_mark
from units.models import Unit


@kept_on_phone(any_query=True)
@require_http_methods(["GET", "POST"])
def praise_new(request):
    campaign = filed_in(request)
    if not request.user.has_perm("inspections.report_finding", campaign or None):
        raise PermissionDenied(_("只有督查员可以上报亮点。"))
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    sites = Site.objects.visible_to(request.user, of=campaign)
    initial = {"campaign": campaign.pk, "site": request.GET.get("site")}
    form = PraiseForm(request.POST or None, request.FILES or None, sites=sites, by=request.user, initial=initial)
    with holding(form), nullcontext() if request.htmx else told_in(form):
        if form.is_valid():
            made = actions.praise(campaign, by=request.user, **form.given)
            return stored(request, made)
    context = {"form": form, **places(form, sites, by=request.user)}
    response = render(request, "inspections/praise_form.html", context, status=422 if form.is_bound else 200)
    response["X-Keep-Mark"] = field_mark(request.user, campaign)
    return response


@require_safe
def praises(request):
    if not request.user.has_perm("inspections.see_finding"):
        raise PermissionDenied
    campaign = request.campaign
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    units = Unit.objects.of_host(campaign.host.host_id)
    form = PraiseFilter(request.GET, units=units)
    rows = form.filter(Praise.objects.visible_to(request.user, of=campaign))
    context = {
        "form": form,
        "page": Page(request, rows.for_list(), order=("-found_at", "-pk"), counted=rows),
        "may_report": request.user.has_perm("inspections.report_finding", campaign),
    }
    return render_page(request, "inspections/praises.html", context, fragment="inspections/_praises.html")


@require_safe
def praise(request, pk):
    found = get_object_or_404(_visible(request).select_related("campaign__host", "site", "unit", "praised_by"), pk=pk)
    context = {
        "praise": found,
        "facts": [
            (_("点位"), found.where, found.site.get_absolute_url() if found.site else ""),
            (_("责任单位"), str(found.unit or ""), ""),
            (_("发现时间"), timezone.localtime(found.found_at).strftime("%Y-%m-%d %H:%M"), ""),
            (_("上报人"), str(found.praised_by), ""),
        ],
        "photos": [_shown(photo) for photo in found.photos.all()],
        "may_withdraw": found.praised_by_id == request.user.pk
        or request.user.has_perm("inspections.verify_finding", found),
    }
    return render(request, "inspections/praise.html", context)


@require_POST
def praise_withdraw(request, pk):
    actions.withdraw(get_object_or_404(_visible(request), pk=pk), by=request.user)
    messages.success(request, _("已撤回。"))
    return redirect("inspections:praises")


@require_safe
def praise_photo(request, pk, variant):
    """A photo's copy for who sees what was praised."""
    if variant not in ("thumb", "shown"):
        raise Http404
    photo = get_object_or_404(PraisePhoto.objects.filter(praise__in=_visible(request)).select_related("file"), pk=pk)
    return serve(photo.file, request=request, variant=variant)


def _shown(photo):
    url = address("inspections:praises") + f"photos/{photo.pk}"
    return {"thumb_url": f"{url}/thumb/", "full_url": f"{url}/shown/"}


def _visible(request):
    return Praise.objects.visible_to(request.user)
