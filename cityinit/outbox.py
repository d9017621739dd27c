"""What a phone sends once the net is back: who is signed in, and the files of a form, one at a time.

The phone keeps a form with its files until all of it is here (static/js/outbox.js). Each file is held for its sender as
after a fault in a form (`held`), and the form then names what is held. Sent twice, a file is held once or serves once.
"""

from dataclasses import replace

from django import forms
from django.http import JsonResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from .content import Source, UploadRefused, check_upload
from .files import NoRoom
from .forms import DRAWN_FORM
from .held import hold
from .images import can_be_taken_at
from .models import StoredFile

SHA256 = r"^[0-9a-f]{64}$"
# Without these a file cannot be taken in; what is said of its source is dropped where it cannot be read.
NEEDED = {"form", "sha256", "file"}


class SentFileForm(forms.Form):
    """One file, what its sender made out of it, and what the phone knows of the picture it was shrunk from."""

    form = forms.RegexField(rf"^{DRAWN_FORM.pattern}$")
    sha256 = forms.RegexField(SHA256)
    file = forms.FileField(error_messages={"empty": gettext_lazy("文件是空的，没有收下。")})
    source_sha256 = forms.RegexField(SHA256, required=False)
    taken_at = forms.DateTimeField(required=False)
    latitude = forms.FloatField(required=False, min_value=-90, max_value=90)
    longitude = forms.FloatField(required=False, min_value=-180, max_value=180)

    @property
    def source(self):
        known = self.cleaned_data
        latitude, longitude = known.get("latitude"), known.get("longitude")
        placed = latitude is not None and longitude is not None
        taken_at = known.get("taken_at")
        return Source(
            sha256=known.get("source_sha256", ""),
            taken_at=taken_at if taken_at and can_be_taken_at(taken_at) else None,
            latitude=latitude if placed else None,
            longitude=longitude if placed else None,
        )


@never_cache
@ensure_csrf_cookie
@require_safe
def who(request):
    """Who is signed in and what the server's clock says, in milliseconds; a redirect to the log-in for nobody."""
    now = round(timezone.now().timestamp() * 1000)
    return JsonResponse({"person": request.user.pk, "name": str(request.user), "now": now})


@require_POST
def take_file(request):
    """Hold one photo for a form that is still on the phone: its key and its digest, once it is safe on disk.

    422 with a sentence for what will never be taken; 400 for what came broken and 507 for a full disk, which may be
    sent again.
    """
    form = SentFileForm(request.POST, request.FILES)
    if not form.is_valid() and form.errors.keys() & NEEDED:
        return _answer(_("照片没有传完整，将重新发送。"), 400)
    try:
        checked = check_upload(form.cleaned_data["file"], kind=StoredFile.Kind.PHOTO)
    except UploadRefused as fault:
        return _answer(" ".join(fault.messages), 422)
    if checked.sha256 != form.cleaned_data["sha256"]:
        return _answer(_("照片没有传完整，将重新发送。"), 400)
    try:
        (row,) = hold(form.cleaned_data["form"], [replace(checked, source=form.source)], by=request.user)
    except NoRoom as fault:
        return _answer(fault.reason, 507)
    return JsonResponse({"held": row.pk, "sha256": checked.sha256})


def stored(request, to, *, marks=None, go_on=""):
    """The answer to a form that is stored: a redirect, and for the outbox the word on which it lets go of its copy.

    The word names the form's key: no other redirect (to a page where a password is to be changed, say) and no page of a
    foreign network says it. `marks` are hidden fields by which the form's own words are known, and `go_on` where they
    are gone on with, both for what was saved on the same page afterwards and is still on the phone.
    """
    to = resolve_url(to)
    if not (request.htmx and "client_key" in request.POST):
        return redirect(to)
    told = {"stored": request.POST["client_key"], "url": to, "marks": marks or {}, "go_on": go_on}
    return JsonResponse(told, headers={"HX-Redirect": to})


def _answer(sentence, status):
    return JsonResponse({"fault": sentence}, status=status)
