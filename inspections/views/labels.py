"""Sheets of labels for the sites: a QR code that opens the site's page, to be hung where it is inspected."""

import ipaddress
from urllib.parse import urlsplit

import segno
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from cityinit.addresses import address
from inspections.actions.sites import PERMISSION

from .sites import filtered_sites

# Twenty sheets of 24: more than a browser prints at ease.
MOST = 480


@require_safe
def labels(request):
    """The labels of what the list of sites is narrowed to, three beside each other on A4."""
    campaign = request.campaign
    if not request.user.has_perm(PERMISSION, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form, found = filtered_sites(request)
    rows = list(found.order_by("code", "pk").values_list("pk", "code", "name")[: MOST + 1])
    here = address("inspections:sites")
    context = {
        "form": form,
        "labels": [
            {"code": code, "name": name, "qr": qr(request.build_absolute_uri(f"{here}{pk}/"))}
            for pk, code, name in rows[:MOST]
        ],
        "most": MOST if len(rows) > MOST else 0,
        "host": request.get_host(),
        "is_unreachable": is_loopback(request.get_host()),
        "back": f"{here}?{request.GET.urlencode()}",
    }
    return render(request, "inspections/labels.html", context)


def qr(text):
    """A QR code as inline SVG that is as large as its box; a sixth of it may be dirty or torn off."""
    code = segno.make_qr(text, error="m")
    return SafeString(code.svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None))


def is_loopback(host):
    """Whether no other machine reaches us by this name."""
    name = urlsplit(f"//{host}").hostname
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
