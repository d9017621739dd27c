"""The office's queue: one material after the other, its files beside the verdict, without the way back to the list."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.actions import materials as actions
from campaigns.actions.material_slots import reasons_of
from campaigns.forms.materials import ReviewForm
from campaigns.models import Material
from campaigns.models.material import NUMBER_ORDER
from campaigns.workflow import MATERIAL
from cityinit.addresses import address
from cityinit.sent import told_in
from cityinit.workflow import Refused

from .materials import filter_form, submission_row, visible


@require_safe
def material_review_next(request):
    """The first one that waits under the filter of the list; the list itself when nothing waits."""
    if not request.user.has_perm("campaigns.review_material", request.campaign or None):
        raise PermissionDenied
    if not request.campaign:
        return render(request, "campaigns/no_campaign.html")
    if queue := _queue(request):
        return redirect(_address(queue[0], request))
    messages.info(request, _("没有等待审核的材料了。"))
    return redirect("campaigns:materials")


@require_http_methods(["GET", "POST"])
def material_review(request, pk):
    user = request.user
    found = visible(user, pk)
    if not user.has_perm("campaigns.review_material", found):
        raise PermissionDenied
    form = ReviewForm(request.POST or None, row=found, reasons=reasons_of(found.campaign))
    if form.is_valid():
        with told_in(form):
            _judge(request, found, form.cleaned_data)
            return redirect(_after(request, found))
    elif request.method == "GET" and not found.waits:
        move = MATERIAL.refusal(found, "return_to_unit", user)
        raise Refused(move or _("这项材料不用审核。"), found)
    queue = _queue(request)
    place = queue.index(found.pk) if found.pk in queue else None
    row = found.submissions.for_page().filter(pk=found.latest_id).first()
    context = {
        "material": found,
        "form": form,
        "row": submission_row(row, user) if row else None,
        "earlier": [submission_row(one, user) for one in found.submissions.for_page().exclude(pk=found.latest_id)],
        "gates": found.all_gates().texts,
        "refusal": MATERIAL.refusal(found, "accept", user),
        "advice": [(name, advice) for name, advice in reasons_of(found.campaign) if advice],
        "place": None if place is None else place + 1,
        "count": len(queue),
        "previous_url": _address(queue[place - 1], request) if place else "",
        "next_url": _address(queue[place + 1], request) if place is not None and place + 1 < len(queue) else "",
    }
    return render(request, "campaigns/material_review.html", context, status=422 if form.is_bound else 200)


def _judge(request, material, chosen):
    seen = {name: chosen[name] for name in ("seen", "seen_state")}
    if request.POST.get("verdict") == "accept":
        actions.accept(material, by=request.user, note=chosen["note"], **seen)
        messages.success(request, _("%(material)s审核通过。") % {"material": material.full_number})
        return
    actions.return_to_unit(material, by=request.user, reasons=chosen["reasons"], note=chosen["note"], **seen)
    messages.success(
        request, _("%(material)s已退回%(unit)s。") % {"material": material.full_number, "unit": material.unit}
    )


def _queue(request):
    """The keys of what waits under the filter, in the order of the numbers."""
    form = filter_form(request, request.GET)
    rows = form.filter(Material.objects.visible_to(request.user, of=request.campaign)).waiting()
    return list(rows.order_by(*NUMBER_ORDER).values_list("pk", flat=True))


def _after(request, material):
    """The one that comes next, from the beginning after the last; the list when none is left."""
    queue = _queue(request)
    if not queue:
        return address("campaigns:materials")
    order = [*NUMBER_ORDER]
    here = Material.objects.filter(pk=material.pk).values_list(*order).get()
    ahead = Material.objects.filter(pk__in=queue).order_by(*order).values_list("pk", *order)
    following = [pk for pk, *place in ahead if tuple(place) > here]
    return _address(following[0] if following else queue[0], request)


def _address(pk, request):
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return reverse("campaigns:material_review", args=[pk]) + query
