"""Asking for materials: a whole system at once, one by hand, its units, its rules."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.actions import material_slots as actions
from campaigns.forms.materials import (
    MaterialForm,
    NewMaterialForm,
    RulesForm,
    UnitsForm,
    standards_in_use,
)
from campaigns.forms.tasks import SeenStateForm
from campaigns.models import AssessmentSystem, Material, MaterialRules, Standard
from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.sent import told_in
from cityinit.workflow import Refused
from units.models import Unit

from .materials import tabs, visible

PERMISSION = actions.PERMISSION


@require_http_methods(["GET", "POST"])
def materials_make(request):
    """What asking everybody would make, and the button that does it; one row per system in force."""
    campaign = request.campaign
    _ask(request, campaign)
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    systems = AssessmentSystem.objects.of(campaign).in_force()
    if request.method == "POST":
        system = systems.filter(pk=key_in(request.POST.get("system"))).select_related("campaign__host").first()
        if system is None:
            messages.warning(request, _("请选择现行的测评体系再下达。"))
            return redirect("campaigns:materials_make")
        made = actions.make_all(system, by=request.user)
        if made:
            messages.success(request, _("已下达%(n)s项材料，各单位已收到通知。") % {"n": made})
        else:
            messages.info(request, _("没有要新下达的材料。"))
        return redirect(f"{address('campaigns:materials')}?system={system.pk}")
    context = {
        "tabs": tabs(request, "make"),
        "systems": [_planned(system) for system in systems.order_by("pk")],
    }
    return render(request, "campaigns/materials_make.html", context)


def _planned(system):
    return {
        "system": system,
        "plan": actions.plan(system),
        "rules_url": reverse("campaigns:material_rules", args=[system.pk]),
        "list_url": f"{address('campaigns:materials')}?system={system.pk}",
    }


@require_http_methods(["GET", "POST"])
def material_rules(request, pk):
    system = get_object_or_404(
        AssessmentSystem.objects.visible_to(request.user).select_related("campaign__host", "material_rules"), pk=pk
    )
    _ask(request, system.campaign)
    rules = MaterialRules.objects.filter(system=system).first() or MaterialRules(system=system)
    form = RulesForm(request.POST or None, instance=rules)
    if form.is_valid():
        with told_in(form):
            actions.save_rules(system, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存。"))
            return redirect("campaigns:materials_make")
    context = {"form": form, "system": system}
    return render(request, "campaigns/material_rules.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def material_new(request):
    campaign = request.campaign
    _ask(request, campaign)
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    standards = standards_in_use(campaign)
    form = NewMaterialForm(
        request.POST or None,
        campaign=campaign,
        standards=standards,
        units=Unit.objects.of_host(campaign.host.host_id).given_work(),
        standard=key_in(request.GET.get("standard")),
    )
    if form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "standard"}
        with told_in(form):
            made = actions.add(form.cleaned_data["standard"], by=request.user, **values)
            messages.success(request, _("已下达。"))
            return redirect(made[0])
    context = {"form": form, "cancel_url": address("campaigns:materials")}
    return render(request, "campaigns/material_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def material_edit(request, pk):
    found = visible(request.user, pk)
    _ask(request, found)
    if request.method == "GET" and found.state == Material.State.FILED:
        raise Refused(_("这项材料已归档，不能再改要求。需要时请先重新打开。"), found)
    form = MaterialForm(request.POST or None, instance=found)
    if form.is_valid():
        with told_in(form):
            actions.edit(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存。"))
            return redirect(found)
    context = {"form": form, "material": found, "cancel_url": found.get_absolute_url()}
    return render(request, "campaigns/material_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def material_drop(request, pk):
    found = visible(request.user, pk)
    _ask(request, found)
    if request.method == "POST":
        actions.drop(found, by=request.user)
        messages.success(request, _("已撤销，编号不再使用。"))
        return redirect(found)
    context = {"form": SeenStateForm(row=found), "material": found}
    return render(request, "campaigns/material_drop.html", context)


@require_http_methods(["GET", "POST"])
def standard_units(request, pk):
    """Which units owe a material of one standard."""
    standard = get_object_or_404(
        Standard.objects.visible_to(request.user).select_related("campaign__host", "indicator__system"), pk=pk
    )
    _ask(request, standard.campaign)
    owing = Material.objects.asked().filter(standard=standard)
    units = Unit.objects.of_host(standard.campaign.host.host_id)
    chosen = list(owing.values_list("unit", flat=True))
    form = UnitsForm(
        request.POST or None,
        units=units.filter(Q(pk__in=units.given_work()) | Q(pk__in=chosen)),
        chosen=chosen,
        seen=actions.owing_mark(standard),
    )
    if form.is_valid():
        with told_in(form):
            asked, dropped = actions.set_units(standard, by=request.user, **form.cleaned_data)
            messages.success(
                request, _("新下达%(asked)s项，撤销%(dropped)s项。") % {"asked": asked, "dropped": dropped}
            )
            return redirect(_of_standard(standard))
    context = {
        "form": form,
        "standard": standard,
        "counts": owing.aggregate(handed_in=Count("pk", filter=~Q(state=Material.State.EMPTY)), owed=Count("pk")),
        "cancel_url": _of_standard(standard),
    }
    return render(request, "campaigns/standard_units.html", context, status=422 if form.is_bound else 200)


def _of_standard(standard):
    return f"{address('campaigns:materials')}?indicator={standard.indicator_id}"


def _ask(request, obj):
    if not request.user.has_perm(PERMISSION, obj or None):
        raise PermissionDenied
