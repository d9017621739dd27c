"""Sheets of labels for the sites: a QR code that opens the site's page, to be hung where it is inspected."""

import ipaddress
from urllib.parse import urlsplit

import segno
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from cityinit.addresses import address
from cityinit.paging import Page
from inspections.actions.sites import PERMISSION

from .sites import filtered_sites

# Ten sheets of 24 at once.
MOST = 240


@require_safe
def labels(request):
    """The labels of what the list of sites is narrowed to, three beside each other on A4."""
    campaign = request.campaign
    if not request.user.has_perm(PERMISSION, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form, found = filtered_sites(request)
    page = Page(request, found.values("pk", "code", "name"), order=("code", "pk"), size=MOST, counted=found)
    here = address("inspections:sites")
    codes = qrs([request.build_absolute_uri(f"{here}{row['pk']}/") for row in page.rows])
    context = {
        "form": form,
        "page": page,
        "labels": [row | {"qr": code} for row, code in zip(page.rows, codes, strict=True)],
        "is_part": page.has_next or page.has_previous,
        "host": request.get_host(),
        "is_unreachable": is_loopback(request.get_host()),
        "back": f"{here}?{request.GET.urlencode()}",
    }
    return render(request, "inspections/labels.html", context)


def qrs(texts):
    """A QR code of each text, for texts that differ by little: trying all eight masks on each is most of the work."""
    mask = None
    for text in texts:
        code = segno.make_qr(text, error="m", mask=mask)
        mask = code.mask
        yield drawn(code)


def qr(text):
    """A QR code as inline SVG that is as large as its box; a sixth of it may be dirty or torn off."""
    return drawn(segno.make_qr(text, error="m"))


def drawn(code):
    return SafeString(code.svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None))


def is_loopback(host):
    """Whether no other machine reaches us by this name."""
    name = urlsplit(f"//{host}").hostname
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
