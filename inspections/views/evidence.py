"""A finding that was put right becomes evidence for a material: its photos before and after."""

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.actions.materials import Source
from campaigns.models import Indicator, Submission
from campaigns.views.evidence import Evidence, use
from cityinit.periods import day_of
from cityinit.workflow import Refused
from inspections.models import Finding, FindingPhoto

from .one_finding import finding_or_404

Phase = FindingPhoto.Phase


@require_http_methods(["GET", "POST"])
def finding_as_material(request, pk):
    found = finding_or_404(request.user, pk)
    if not request.user.has_perm("campaigns.submit_material", found):
        raise PermissionDenied
    photos = list(found.photos.select_related("file", "rectification"))
    if not is_pair(photos):
        raise Refused(_("这个问题还没有整改后的照片，不能作为材料。"), found)
    what = found.description or str(found.category)
    told = _("%(where)s%(what)s整改前后对比") % {"where": found.where, "what": what[:40]}
    return use(
        request,
        Evidence(
            source=Source(Submission.Source.FINDING, found.pk, _("问题 %(number)s") % {"number": found.number}),
            unit=found.lead_unit,
            indicator=_indicator_of(found),
            files=[photo.file for photo in photos],
            title=told,
            dated_on=day_of(max(photo.added_at for photo in photos if photo.phase == Phase.AFTER)),
            note=_("问题：%(what)s。整改：%(measure)s")
            % {"what": what.rstrip("。"), "measure": found.measure or _("现场整改")},
            url=found.get_absolute_url(),
        ),
    )


def _indicator_of(found):
    """What it was filed under; else what findings of its category are filed under most."""
    if found.indicator:
        return found.indicator
    alike = Finding.objects.of(found.campaign).filter(category=found.category, indicator__isnull=False)
    most = alike.order_by().values("indicator").annotate(n=Count("pk")).order_by("-n", "indicator").first()
    return Indicator.objects.filter(pk=most["indicator"]).first() if most else None


def is_pair(photos):
    """Whether they show how it was and how it was put right."""
    return {Phase.BEFORE, Phase.AFTER} <= {photo.phase for photo in photos}
