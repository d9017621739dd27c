"""A finding with its duplicates: what may be one, the photos of both, and one history for all their parties."""

from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from inspections.duplicates import alike
from inspections.models import Finding, FindingEvent, FindingPhoto, PhotoDoubt

from .finding_facts import shown

State = Finding.State
VERIFY = "inspections.verify_finding"
# So many are shown beside a finding; more would be a place to look at and no duplicate.
SHOWN = 6


def merged_into(found):
    """The findings whose duplicates say that they are this one."""
    return Q(finding=found) | Q(finding__duplicate_of=found, finding__state=State.DUPLICATE)


def photos_with_duplicates(found):
    """The finding's own photos and those of its duplicates, each of these with the number it came under."""
    rows = FindingPhoto.objects.filter(merged_into(found)).select_related(
        "file", "rectification", "finding", "added_by"
    )
    photos = list(rows.order_by("pk"))
    for photo in photos:
        if photo.finding_id == found.pk:
            # The row that was fetched with its site.
            photo.finding = found
    return photos


def photo_grids(found, photos, cards=(), *, by):
    """The photos by phase as grids want them; doubted ones (of `doubt_cards`) are marked unless that was set aside."""
    with_original = by.has_perm("inspections.see_photo_position", found)
    doubted = {card["doubt"].photo_id for card in cards if card["doubt"].word != PhotoDoubt.Word.SET_ASIDE}
    grids = {phase: [] for phase in FindingPhoto.Phase}
    for photo in photos:
        grids[photo.phase].append(_shown_in(photo, found, doubted=doubted, with_original=with_original))
    return grids


def _shown_in(photo, found, **how):
    """As the grid wants it; a photo of a duplicate says from which."""
    told = shown(photo, **how)
    if photo.finding_id != found.pk:
        told |= {"tag": _("来自%(number)s") % {"number": photo.finding.number}}
    return told


def history(found):
    """What happened to the finding and to those merged with it, the latest first: both their parties read all of it."""
    concerned = merged_into(found)
    if found.state == State.DUPLICATE and found.duplicate_of_id:
        concerned |= merged_into(found.duplicate_of_id)
    rows = FindingEvent.objects.filter(concerned).select_related("by", "finding").order_by("-at", "-pk")
    return [
        {
            "move": row.move,
            "tone": row.tone,
            "what": row.what if row.finding_id == found.pk else f"{row.what}（{row.finding.number}）",
            "who": row.who,
            "at": row.at,
            "note": row.note,
        }
        for row in rows
    ]


def likenesses(found, *, by):
    """For who verifies: findings that may be the same, each with a photo and the way to merge."""
    if found.state not in (State.REPORTED, State.DISPATCHED) or not by.has_perm(VERIFY, found):
        return []
    keys = alike(found.campaign, [found.pk]).get(found.pk, [])[:SHOWN]
    before = FindingPhoto.objects.filter(phase=FindingPhoto.Phase.BEFORE).select_related("file", "rectification")
    visible = Finding.objects.visible_to(by, of=found.campaign).filter(pk__in=keys).select_related("site", "lead_unit")
    rows = {row.pk: row for row in visible.prefetch_related(Prefetch("photos", before, to_attr="first_photos"))}
    move = reverse("inspections:finding_move", args=[found.pk, "mark_duplicate"])
    return [
        {
            "finding": rows[pk],
            "photos": [shown(photo) for photo in rows[pk].first_photos[:1]],
            "merge_url": f"{move}?{urlencode({'original': rows[pk].number})}",
        }
        for pk in keys
        if pk in rows
    ]


def likeness_flags(rows, *, by, campaign):
    """For the lines of a list: 疑似重复 2 beside what waits to be verified, where the person verifies."""
    waiting = [row["pk"] for row in rows if row["state"] == State.REPORTED]
    if not waiting or not by.has_perm(VERIFY, campaign):
        return {}
    told = _("疑似重复%(n)s")
    return {pk: told % {"n": len(keys)} for pk, keys in alike(campaign, waiting).items()}
