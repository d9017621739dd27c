"""A finding that was put right becomes evidence for a material: its photos before and after."""

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.actions.materials import Source
from campaigns.models import Indicator, Submission
from campaigns.views.evidence import Evidence, Picture, use
from cityinit.addresses import address
from cityinit.labels import label_of
from cityinit.periods import day_of
from cityinit.workflow import Refused
from inspections.models import Finding, FindingPhoto, PhotoDoubt

from .finding_facts import when_text
from .one_finding import finding_or_404

Phase = FindingPhoto.Phase


@require_http_methods(["GET", "POST"])
def finding_as_material(request, pk):
    found = finding_or_404(request.user, pk)
    if not request.user.has_perm("campaigns.submit_material", found):
        raise PermissionDenied
    if found.state not in Finding.DONE_STATES:
        raise Refused(_("这个问题还没有销号，整改是否到位尚未复核，不能作为材料。"), found)
    # What was turned down on the way shows nothing that was put right.
    photos = list(found.photos.filter(FindingPhoto.of_outcome()).select_related("file"))
    if not is_pair(photos):
        raise Refused(_("这个问题没有整改前后对比的照片，不能作为材料。"), found)
    doubted = _doubted(found)
    what = found.description or str(found.category)
    # Many a description begins with the place.
    where = "" if what.startswith(found.where) else found.where
    told = _("%(where)s%(what)s整改前后对比") % {"where": where, "what": what[:40]}
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
            pictures={photo.file_id: _picture(photo, is_doubted=photo.pk in doubted) for photo in photos},
            subject=str(found.category),
            unfiled=_("这个问题没有归入测评指标，“%(category)s”类的问题也没有") % {"category": found.category},
        ),
    )


def may_use(found, photos, *, by):
    """Whether the person may hand it in: it was put right, seen to be so, and both can be shown."""
    is_done = found.state in Finding.DONE_STATES
    return is_done and is_pair(photos) and by.has_perm("campaigns.submit_material", found)


def _doubted(found):
    """The photos that may be old ones, unless that was set aside."""
    doubts = found.doubts.exclude(word=PhotoDoubt.Word.SET_ASIDE)
    return set(doubts.values_list("photo", flat=True))


def _picture(photo, *, is_doubted):
    return Picture(
        thumb_url=address("inspections:photo", photo.pk, "thumb"),
        caption=f"{label_of(photo, 'phase')}，{when_text(photo)}",
        doubt=_("疑似旧照") if is_doubted else "",
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
