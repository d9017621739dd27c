"""What a phone has with it before the signal is gone: where the field starts, and which pages it fetches ahead."""

from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cityinit.addresses import address
from cityinit.phone import kept_on_phone
from inspections.views.kept_visits import field_mark, round_mark
from inspections.views.rounds import sheets_of


@kept_on_phone
@require_safe
def field_start(request):
    """Where the field begins, with what waits to be sent: the page the icon opens without signal."""
    campaign = request.campaign
    if not request.user.has_perm("inspections.report_finding", campaign or None):
        raise PermissionDenied(_("只有督查员可以上报问题。"))
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    response = render(request, "inspections/field_start.html")
    response["X-Keep-Mark"] = field_mark(request.user, campaign)
    return response


@never_cache
@require_safe
def field_ahead(request):
    """The pages this person needs without signal, in the order of the way; none for who files nothing.

    Each is told with the mark it bears (`X-Keep-Mark`), so that a phone fetches only what it would be given anew.
    """
    user, campaign = request.user, request.campaign
    if not campaign or not user.has_perm("inspections.report_finding", campaign):
        return JsonResponse({"keep": []})
    mark = field_mark(user, campaign)
    names = ("field_start", "capture", "field_data", "praise_new")
    keep = [{"url": address(f"inspections:{name}"), "mark": mark} for name in names]
    if user.has_perm("inspections.visit_site", campaign):
        sheets = sheets_of(campaign, by=user)
        keep.append({"url": address("inspections:my_round"), "mark": round_mark(user, campaign, sheets)})
        lines = [line for sheet in sheets for line in sheet["lines"]]
        keep += [{"url": line["url"], "mark": line["mark"]} for line in lines if line["mark"]]
    return JsonResponse({"keep": keep})
