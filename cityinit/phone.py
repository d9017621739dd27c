"""What makes the product an app on a phone: its manifest, and the service worker that opens pages without signal."""

import hashlib
import json
from functools import partial, wraps

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .marks import digest

# What the pages of the field load; the test of these pages tells when one is missing.
ASSETS = (
    "vendor/tabler/tabler.css",
    "css/app.css",
    "icons/emblem.svg",
    "icons/sprite.svg",
    "django_htmx/htmx-2.min.js",
    "vendor/idb/idb.js",
    "vendor/js-sha256/sha256.js",
    "vendor/exifr/exifr.js",
    "vendor/jsqr/jsqr.js",
    "vendor/leaflet/leaflet.css",
    "vendor/leaflet/leaflet.js",
    "js/gcj02.js",
    "js/map.js",
    "js/app.js",
    "js/ahead.js",
    "js/photos.js",
    "js/capture.js",
    "js/outbox.js",
    "js/report.js",
    "js/visit.js",
    "js/move.js",
)
ICONS = ("192", "512")
RED = "#9b1c1f"


def kept_mark(user, *parts):
    """By which a kept page is known to be the one that would be drawn now: whose it is, of what, with which scripts.

    A page with such a mark says it in X-Keep-Mark; a link with the same mark in data-keep need not be fetched ahead.
    """
    return digest({"scripts": _version(), "person": user.pk, "parts": parts})[:16]


def kept_on_phone(view=None, *, any_query=False):
    """The service worker keeps the page, so that it opens without signal; it is drawn for who is signed in.

    `any_query`: one copy serves, whatever stands after the question mark.
    """
    if view is None:
        return partial(kept_on_phone, any_query=any_query)

    @wraps(view)
    def kept(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if request.method == "GET" and response.status_code == 200:
            response["X-Keep-On-Phone"] = "any" if any_query else "own"
        return response

    return kept


@login_not_required
@never_cache
@require_safe
def service_worker(request):
    """The script at the root of the site, so that it reaches every page; another one whenever an asset is."""
    context = {
        "version": _version(),
        "assets": json.dumps(_assets()),
        "offline_url": reverse("cityinit:offline"),
        "login_url": reverse("units:login"),
        "logout_url": reverse("units:logout"),
        "starts": json.dumps([reverse("home"), reverse("campaigns:desk")]),
        "field_url": reverse("inspections:field_start"),
        "data_url": reverse("inspections:field_data"),
    }
    return render(request, "sw.js", context, content_type="text/javascript")


def _assets():
    return [static(name) for name in ASSETS]


def _version():
    return hashlib.sha256("\n".join(_assets()).encode()).hexdigest()[:12]


@login_not_required
@require_safe
def manifest(request):
    """What a phone asks for to put the product on its home screen."""
    icons = [
        {
            "src": static(f"icons/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": "any maskable",
        }
        for size in ICONS
    ]
    told = {
        "name": _("创城台账"),
        "short_name": _("创城台账"),
        "lang": "zh-CN",
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": RED,
        "icons": icons,
        "shortcuts": [{"name": _("报问题"), "url": reverse("inspections:capture")}],
    }
    return JsonResponse(told, content_type="application/manifest+json")


@login_not_required
@require_safe
def offline(request):
    """What is shown in place of a page that is not on the phone."""
    return render(request, "cityinit/offline.html")
