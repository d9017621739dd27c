"""Photos of a finding: kept before the transaction, attached within it."""

from __future__ import annotations

from collections.abc import Iterable

from cityinit import files
from cityinit.content import UploadRefused
from cityinit.files import Given
from cityinit.workflow import Refused
from inspections.models import Finding, FindingPhoto, Rectification
from units.models import User

from .doubts import doubt_at_once


def keep_photos(photos: Iterable[Given], *, of: Finding | None = None) -> list[Given]:
    """The files on disk, before any transaction; a full disk is said to the person."""
    try:
        return [files.keep(photo) for photo in photos]
    except UploadRefused as fault:
        raise Refused(" ".join(fault.messages), of) from None


def attach(
    finding: Finding, kept: Iterable[Given], *, phase: str, by: User, rectification: Rectification | None = None
) -> None:
    """Add the photos, within the caller's transaction; those that may be old ones are doubted."""
    added = FindingPhoto.objects.bulk_create(
        FindingPhoto(
            finding=finding, phase=phase, file=files.store(photo, by=by), rectification=rectification, added_by=by
        )
        for photo in kept
    )
    if added:
        doubt_at_once(finding, added)
