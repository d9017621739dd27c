"""What a phone takes along into the field: sites and sentences to pick; and where the office writes these."""

import hashlib
import json

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cityinit.addresses import address
from cityinit.phone import kept_on_phone
from inspections import phrases
from inspections.actions.phrases import write_phrases
from inspections.actions.sites import PERMISSION
from inspections.forms.phrases import PhrasesForm
from inspections.models import Site, SiteType
from inspections.views.kept_visits import field_mark

# Street-level: a metre is more than a phone knows.
DECIMALS = 5


@kept_on_phone
@require_safe
def field_data(request):
    """The sites a finding may be filed at and the sentences to pick, as JSON for the phone; 304 where it has them."""
    campaign = request.campaign
    if not request.user.has_perm("inspections.report_finding", campaign or None):
        raise PermissionDenied
    if not campaign:
        raise Http404
    rows = Site.objects.visible_to(request.user, of=campaign).order_by("code", "pk")
    columns = ("pk", "code", "name", "kind_id", "latitude", "longitude", "address")
    told = {
        "campaign": campaign.pk,
        "sites": [
            [*row[:4], *(part if part is None else round(part, DECIMALS) for part in row[4:6]), row[6]]
            for row in rows.values_list(*columns)
        ],
        "phrases": {str(kind or ""): lines for kind, lines in phrases.offered(campaign).items()},
    }
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    etag = quote_etag(hashlib.sha256(body).hexdigest())
    response = get_conditional_response(request, etag=etag) or HttpResponse(body, content_type="application/json")
    response["ETag"] = etag
    response["X-Keep-Mark"] = field_mark(request.user, campaign)
    response["Cache-Control"] = "private, no-cache"
    return response


@require_safe
def phrase_books(request):
    """The sentences of each type of site, as the phone offers them."""
    campaign = _may_write(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    offered = phrases.offered(campaign)
    rows = [(None, _("不分类型"), address("inspections:phrases_everywhere"))]
    rows += [(kind.pk, kind.name, f"{address('inspections:phrases')}{kind.pk}/") for kind in SiteType.objects.all()]
    books = [{"name": name, "url": url, "lines": offered.get(key, [])} for key, name, url in rows]
    return render(request, "inspections/phrases.html", {"books": books})


@require_http_methods(["GET", "POST"])
def phrases_edit(request, pk=None):
    """The sentences of one type of site; without one, those that fit everywhere."""
    campaign = _may_write(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    kind = get_object_or_404(SiteType, pk=pk) if pk else None
    written = phrases.offered(campaign).get(pk, [])
    form = PhrasesForm(request.POST or None, initial={"text": "\n".join(written)})
    if form.is_valid():
        write_phrases(campaign, kind, by=request.user, lines=form.cleaned_data["text"])
        messages.success(request, _("已保存。手机下次联网时更新。"))
        return redirect("inspections:phrases")
    context = {"form": form, "kind": kind}
    return render(request, "inspections/phrases_form.html", context, status=422 if form.is_bound else 200)


def _may_write(request):
    if not request.user.has_perm(PERMISSION, request.campaign or None):
        raise PermissionDenied(_("只有创建办可以维护常用语。"))
    return request.campaign
