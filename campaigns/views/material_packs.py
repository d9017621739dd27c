"""Packs: ask for a zip, see how far it is, fetch it."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.actions import material_packs as actions
from campaigns.forms.materials import PackForm, systems_in_use
from campaigns.models import Indicator, Material, MaterialPack
from cityinit import audit
from cityinit.errors import Missing
from cityinit.files import serve
from cityinit.paging import Page
from cityinit.sent import told_in
from units.models import Unit

from .materials import tabs


@require_http_methods(["GET", "POST"])
def material_packs(request):
    campaign = request.campaign
    if not request.user.has_perm(actions.PERMISSION, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    systems = systems_in_use(campaign)
    form = PackForm(
        request.POST or None,
        systems=systems,
        indicators=Indicator.objects.filter(system__in=systems),
        units=Unit.objects.filter(pk__in=Material.objects.of(campaign).values("unit")),
        initial={name: request.GET.get(name) for name in ("system", "indicator", "unit") if request.GET.get(name)},
    )
    if form.is_valid():
        with told_in(form):
            actions.request_pack(by=request.user, **form.cleaned_data)
            return redirect("campaigns:material_packs")
    packs = MaterialPack.objects.visible_to(request.user, of=campaign)
    packs = packs.select_related("system", "indicator", "unit", "requested_by", "job", "file")
    context = {
        "form": form,
        "tabs": tabs(request, "packs"),
        "page": Page(request, packs, order=("-requested_at", "-pk"), size=20),
    }
    return render(request, "campaigns/material_packs.html", context, status=422 if form.is_bound else 200)


@require_safe
def material_pack(request, pk):
    """The zip, once the right is asked again; who took it is in the audit trail."""
    pack = get_object_or_404(
        MaterialPack.objects.visible_to(request.user).select_related("system__campaign__host", "file"), pk=pk
    )
    if not request.user.has_perm(actions.PERMISSION, pack):
        raise PermissionDenied
    if pack.file is None:
        raise Missing(_("这个材料包还没有打好。请稍等片刻再下载。"))
    answer = serve(pack.file, request=request)
    audit.record(
        _("下载材料包"),
        by=request.user,
        subject=pack,
        detail={"file": pack.file.name, "sha256": pack.file.sha256},
        address=request.META.get("REMOTE_ADDR"),
    )
    return answer
