"""A finding with its duplicates: what may be one, the photos of both, and of both histories what each may read."""

from django.db.models import BigIntegerField, Prefetch, Q
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from cityinit.addresses import address
from cityinit.statements import Slot, Statement
from inspections.duplicates import alike
from inspections.models import Finding, FindingEvent, FindingPhoto, PhotoDoubt

from .finding_facts import shown

State = Finding.State
VERIFY = "inspections.verify_finding"
# So many are shown beside a finding; more would be a place to look at and no duplicate.
SHOWN = 6
OUTCOMES = (*Finding.DONE_STATES, State.REOPENED)


def merged_into(key):
    """The finding of that key and the duplicates that say they are it."""
    return Q(pk=key) | Q(duplicate_of=key, state=State.DUPLICATE)


def _photo_rows(original):
    # Keys first: either-or over the photos themselves would read all there are.
    concerned = merged_into(OWN) | Q(pk=OTHER) if original else merged_into(OWN)
    rows = FindingPhoto.objects.filter(finding__in=Finding.objects.filter(concerned).order_by().values("pk"))
    if original:
        rows = rows.filter(~Q(finding=OTHER) | FindingPhoto.of_outcome())
    return rows.select_related("file", "rectification", "finding", "added_by").order_by("pk")


def _event_rows(original):
    concerned = merged_into(OWN) | merged_into(OTHER) if original else merged_into(OWN)
    keys = Finding.objects.filter(concerned).order_by().values("pk")
    return FindingEvent.objects.filter(finding__in=keys).select_related("by", "finding").order_by("-at", "-pk")


OWN, OTHER = Slot("finding", BigIntegerField()), Slot("original", BigIntegerField())
PHOTOS, EVENTS = Statement(_photo_rows), Statement(_event_rows)


def photos_with_duplicates(found):
    """The finding's own photos first; those of its duplicates; of its original how it was found and how it ended."""
    original = _original(found)
    rows = PHOTOS.objects(original is not None, finding=found.pk, original=original)
    photos = sorted(rows, key=lambda photo: photo.finding_id != found.pk)
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
    """As the grid wants it; a photo of another finding says from which."""
    told = shown(photo, **how)
    if photo.finding_id != found.pk:
        told |= {"tag": _("来自%(number)s") % {"number": photo.finding.number}}
    return told


def history(found, *, by):
    """What happened to the finding and to those merged with it, the latest first.

    Of another finding that is out of the person's sight only that it was filed, merged, closed or opened again, and
    when: what its unit and the office say to each other is theirs.
    """
    original = _original(found)
    rows = EVENTS.objects(original is not None, finding=found.pk, original=original)
    others = {row.finding_id for row in rows} - {found.pk}
    seen = {found.pk}
    if others:
        seen |= set(Finding.objects.visible_to(by).filter(pk__in=others).values_list("pk", flat=True))
    told = [row for row in rows if row.finding_id in seen or _is_outcome(row, of_original=original)]
    return [_told(row, found, whole=row.finding_id in seen) for row in told]


def _original(found):
    return found.duplicate_of_id if found.state == State.DUPLICATE else None


def _is_outcome(event, *, of_original):
    """What a unit reads of a finding out of its sight; of the other duplicates of its original nothing."""
    if of_original and event.finding_id != of_original:
        return False
    return event.move in ("report", "mark_duplicate") or event.target in OUTCOMES


def _told(event, found, *, whole):
    is_own = event.finding_id == found.pk
    return {
        "move": event.move,
        "is_own": is_own,
        "tone": event.tone,
        "what": event.what if is_own else f"{event.what}（{event.finding.number}）",
        "who": event.who if whole else "",
        "at": event.at,
        "note": event.note if whole else "",
    }


def likenesses(found, *, by):
    """For who verifies: findings that may be the same, each with a photo and the way to merge."""
    if found.state not in (State.REPORTED, State.DISPATCHED) or not by.has_perm(VERIFY, found):
        return []
    keys = alike(found.campaign, [found.pk]).get(found.pk, [])[:SHOWN]
    before = FindingPhoto.objects.filter(phase=FindingPhoto.Phase.BEFORE).select_related("file", "rectification")
    visible = Finding.objects.visible_to(by, of=found.campaign).filter(pk__in=keys).select_related("site", "lead_unit")
    rows = {row.pk: row for row in visible.prefetch_related(Prefetch("photos", before, to_attr="first_photos"))}
    move = address("inspections:finding_move", found.pk, "mark_duplicate")
    return [
        {
            "finding": rows[pk],
            "photos": [shown(photo) for photo in rows[pk].first_photos[:1]],
            "merge_url": f"{move}?{urlencode({'original': rows[pk].number})}",
        }
        for pk in keys
        if pk in rows
    ]
