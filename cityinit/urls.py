"""All addresses: the apps by name, so that the ground imports none of them."""

from django.urls import include, path
from django.views.generic.base import RedirectView

from . import phone

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="campaigns:desk"), name="home"),
    # At the root: a service worker reaches no page above its own address.
    path("sw.js", phone.service_worker, name="service_worker"),
    path("manifest.webmanifest", phone.manifest, name="manifest"),
    path("units/", include("units.urls")),
    path("campaigns/", include("campaigns.urls")),
    path("inspections/", include("inspections.urls")),
    path("reports/", include("reports.urls")),
    path("system/", include("cityinit.pages")),
]

handler400 = "cityinit.errors.bad_request"
handler403 = "cityinit.errors.forbidden"
handler404 = "cityinit.errors.not_found"
handler500 = "cityinit.errors.server_error"
