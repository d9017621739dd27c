"""Photos that may be old ones: noticed as they come in, looked for among all others by a job, judged by a reviewer."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from cityinit.likeness import Sought, likest, may_be_one
from cityinit.models import StoredFile
from cityinit.queue import enqueue
from cityinit.workflow import Refused
from inspections.models import Finding, FindingPhoto, PhotoDoubt, PhotoPrint
from inspections.photo_trust import is_older
from inspections.workflow import judging_own_work
from units.models import User
from units.roles import require

from .moves import need, record
from .wording import join

log = logging.getLogger(__name__)

Phase = FindingPhoto.Phase
Kind = PhotoDoubt.Kind
Word = PhotoDoubt.Word

PERMISSION = "inspections.review_finding"
# A picture that was used ten times says no more than one that was used three times.
MOST_NAMED = 3
# A ledger brings thousands; so many are looked for by one job.
AT_ONCE = 50
# Photos of one sending are stored within moments of each other.
ONE_SENDING = timedelta(minutes=1)


def doubt_at_once(photos: Sequence[FindingPhoto], *, of: str) -> None:
    """Doubt photos just added that were used before as the same file, or taken before what they are to show.

    Call it within the transaction that adds them. Looking alike takes longer: that is asked of the queue, so many at
    once as are looked for within a lease; `of` names them there.
    """
    first = min(photo.pk for photo in photos)
    of_finding: dict[int, list[FindingPhoto]] = defaultdict(list)
    for photo in photos:
        of_finding[photo.finding_id].append(photo)
    doubts = [doubt for some in _some(photos) for doubt in _of_files(some, before=first)]
    doubts += [doubt for added in of_finding.values() for doubt in _of_time(added[0].finding, added)]
    if doubts:
        PhotoDoubt.objects.bulk_create(doubts, ignore_conflicts=True)
    for some in _some([photo for photo in photos if photo.file.fingerprint]):
        keys = [photo.pk for photo in some]
        enqueue("inspections.jobs.compare_photos", *keys, label=_("比对照片：%(finding)s") % {"finding": of})


def _some(photos: Sequence[FindingPhoto]) -> Iterable[Sequence[FindingPhoto]]:
    return (photos[start : start + AT_ONCE] for start in range(0, len(photos), AT_ONCE))


def compare(keys: Iterable[int], *, hold: Callable[[], None]) -> int:
    """Look for the photos among all of their campaign and doubt whichever of a pair came later; how many pairs.

    Each photo can be found before any is looked for, so that of two compared at once one finds the other. Done twice,
    the second time adds nothing.
    """
    photos = list(_with_files().filter(pk__in=list(keys)).order_by("pk"))
    with transaction.atomic():
        for photo in photos:
            PhotoPrint.objects.keep(photo)
    # Two photos of one sending may each find the other.
    pairs = {(later.pk, earlier.pk): (later, earlier) for photo in photos for later, earlier in _like(photo)}
    with transaction.atomic():
        hold()
        of_later = PhotoDoubt.objects.filter(photo__in=[later for later, _earlier in pairs])
        known = set(of_later.values_list("photo", "other"))
        fresh = [
            PhotoDoubt(finding=later.finding, photo=later, other=earlier, kind=Kind.LOOKS_SAME)
            for pair, (later, earlier) in pairs.items()
            if pair not in known
        ]
        PhotoDoubt.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


@transaction.atomic
def judge_doubt(doubt: PhotoDoubt, *, by: User, word: str, reason: str) -> None:
    """Set a doubt aside or uphold it, with a reason; refused to the answering unit, and once it was judged."""
    finding = doubt.finding
    require(by, PERMISSION, finding)
    if sentence := judging_own_work(finding, by):
        raise Refused(sentence, finding)
    need(finding, reason, _("请写明理由。"))
    if word not in (Word.SET_ASIDE, Word.UPHELD):
        raise Refused(_("请选择核对结果。"), finding)
    Finding.objects.hold(finding.pk)
    if not _say([doubt.pk], by=by, word=word, reason=reason):
        raise Refused(_("这处疑点刚刚已由别人核对过。"), finding)
    what = {"kind": doubt.get_kind_display(), "word": Word(word).label}
    record(finding, "doubt", _("疑似旧照"), by=by, note=join(_("%(kind)s：%(word)s") % what, reason))


def settle_by_closing(finding: Finding, *, despite: bool, by: User, note: str) -> int:
    """Closing sets the open doubts aside; how many. Refused unless the person says that they were looked at."""
    keys = list(finding.doubts.open().values_list("pk", flat=True))
    if not keys:
        return 0
    if not despite:
        told = _("有%(n)s处疑似旧照还没有核对。请看过两张照片，确认后再销号。")
        raise Refused(told % {"n": len(keys)}, finding)
    return _say(keys, by=by, word=Word.SET_ASIDE, reason=join(_("核对后予以销号"), note))


def settle_between(one: Finding, other: Finding, *, by: User) -> None:
    """Two findings turn out to be one: that they share a photo is as it should be."""
    pairs = Q(finding=one, other__finding=other) | Q(finding=other, other__finding=one)
    keys = PhotoDoubt.objects.open().filter(pairs).values_list("pk", flat=True)
    _say(keys, by=by, word=Word.SET_ASIDE, reason=_("两个问题已合并为一个"))


def _say(keys: Iterable[int], *, by: User, word: str, reason: str) -> int:
    return (
        PhotoDoubt.objects.open()
        .filter(pk__in=list(keys))
        .update(word=word, reason=reason.strip(), said_by=by, said_at=timezone.now())
    )


def _with_files():
    return FindingPhoto.objects.select_related("file", "finding", "rectification")


def _of_files(photos: Sequence[FindingPhoto], *, before: int) -> list[PhotoDoubt]:
    """The camera's file is known also by what the phone said of it before it was made smaller."""
    wanted = {digest for photo in photos for digest in _digests(photo.file)}
    if not wanted:
        return []
    files = StoredFile.objects.filter(sha256__in=wanted) | StoredFile.objects.filter(source_sha256__in=wanted)
    there = list(
        _with_files()
        .filter(finding__campaign=photos[0].finding.campaign_id, file__in=files, pk__lt=before)
        .order_by("pk")
    )
    return [
        PhotoDoubt(finding=photo.finding, photo=photo, other=earlier, kind=Kind.SAME_FILE)
        for photo in photos
        for earlier in [one for one in there if _is_one(photo.file, one.file) and not is_fair(photo, one)][:MOST_NAMED]
    ]


def _is_one(file: StoredFile, other: StoredFile) -> bool:
    """One file by what the server has read itself; by a phone's word only where both show about the same."""
    if file.sha256 == other.sha256:
        return True
    return bool(_digests(file) & _digests(other)) and may_be_one(file.fingerprint, other.fingerprint)


def _digests(file: StoredFile) -> set[str]:
    return {file.sha256, file.source_sha256} - {""}


def _of_time(finding: Finding, photos: Sequence[FindingPhoto]) -> list[PhotoDoubt]:
    since = {Phase.AFTER: finding.found_at}
    if any(photo.phase == Phase.REOPENED for photo in photos):
        since[Phase.REOPENED] = _last_closed(finding)
    return [
        PhotoDoubt(finding=finding, photo=photo, kind=Kind.OLDER)
        for photo in photos
        if (moment := since.get(Phase(photo.phase))) and is_older(photo, than=moment)
    ]


def _last_closed(finding: Finding):
    """When what has come back was last closed; the row itself no longer says."""
    closing = finding.events.filter(target__in=[Finding.State.CLOSED, Finding.State.CLOSED_ON_SPOT])
    return closing.order_by("-at").values_list("at", flat=True).first() or finding.found_at


def _like(photo: FindingPhoto) -> list[tuple[FindingPhoto, FindingPhoto]]:
    """The pairs of photo and earlier photo in which this one stands, as far as they are doubtful."""
    picture = _picture(photo)
    if picture is None:
        return []
    sought = Sought(picture)
    near = likest(
        sought,
        [row for row in PhotoPrint.objects.sharing(photo.finding.campaign_id, sought.keys) if row[0] != photo.pk],
    )
    others = _with_files().in_bulk([key for key, _at in near])
    pairs = []
    for key, at in near:
        other = others[key]
        later, earlier = (photo, other) if photo.pk > other.pk else (other, photo)
        if is_fair(later, earlier):
            continue
        shown = _picture(other)
        if shown is not None and sought.shows(shown, at=at):
            pairs.append((later, earlier))
    return sorted(pairs, key=lambda pair: pair[1].pk)[:MOST_NAMED]


def _picture(photo: FindingPhoto) -> Image.Image | None:
    """The small copy; None where the disk has lost it."""
    try:
        with Image.open(Path(settings.MEDIA_ROOT, photo.file.thumb_path)) as image:
            return image.convert("L")
    except (OSError, UnidentifiedImageError):
        log.error("the small copy of photo %s cannot be read: it is not compared", photo.pk)
        return None


def is_fair(photo: FindingPhoto, earlier: FindingPhoto) -> bool:
    """Whether it is as it should be that a picture is there twice."""
    if photo.finding_id == earlier.finding_id:
        # One sending may hold it twice.
        alike = (photo.phase, photo.rectification_id) == (earlier.phase, earlier.rectification_id)
        return alike and photo.added_at - earlier.added_at <= ONE_SENDING
    one, other = photo.finding, earlier.finding
    if one.duplicate_of_id == other.pk or other.duplicate_of_id == one.pk:
        return True
    if {photo.phase, earlier.phase} != {Phase.BEFORE}:
        return False
    # Filed anew because the first was not taken up, or one picture that shows two problems.
    same_walk = photo.added_by_id == earlier.added_by_id and one.found_on == other.found_on
    return same_walk or other.state in Finding.UNCOUNTED_STATES
