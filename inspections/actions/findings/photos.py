"""Photos of a finding: kept before the transaction, attached within it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cityinit import files
from cityinit.files import Given
from inspections.models import Finding, FindingPhoto, Rectification
from units.models import User

from .doubts import doubt_at_once

BATCH = 500


def keep_photos(photos: Iterable[Given], *, of: Finding | None = None) -> list[Given]:
    """The files on disk, before any transaction; a full disk is said to the person."""
    return [files.keep(photo, of=of) for photo in photos]


def attach(
    finding: Finding, kept: Iterable[Given], *, phase: str, by: User, rectification: Rectification | None = None
) -> None:
    """Add the photos, within the caller's transaction, as `add_photos` does."""
    stored = [files.store(photo, by=by) for photo in kept]
    told = {"finding": finding, "phase": phase, "rectification": rectification, "added_by": by}
    add_photos([FindingPhoto(file=file, **told) for file in stored], of=str(finding))


def add_photos(photos: Sequence[FindingPhoto], *, of: str) -> None:
    """The one way in for photos of findings, be they of many: those that may be old ones are doubted, all are found.

    `of` names them for the job that compares them.
    """
    if added := FindingPhoto.objects.bulk_create(photos, batch_size=BATCH):
        doubt_at_once(added, of=of)
