"""Files on disk: what was checked is kept, a row names it, a view serves it.

`content.check_upload` in a form, `keep` before the transaction, `store` inside it: a file is always written before the
row that names it, and what no row names in the end is swept away (`orphans`).
"""

import errno
import fcntl
import hashlib
import logging
import os
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any, overload

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from .content import ENDINGS, PDF, Checked, check_upload, described, own_name
from .errors import Missing
from .images import TooManyPixels, UnreadablePicture, reduced
from .models import StoredFile
from .workflow import Refused

log = logging.getLogger(__name__)
Kind = StoredFile.Kind
INLINE = ("image/jpeg", "image/png", "image/webp", PDF)
# The first two digits of a content's hash: the folders under MEDIA_ROOT.
FOLDERS = tuple(f"{number:02x}" for number in range(256))
OWN_FILES = re.compile(r"[0-9a-f]{64}\.\w[\w.]*|\.upload-[0-9a-f]{32}")


# The disk, or the share of it that is ours, has no room left.
FULL = (errno.ENOSPC, errno.EDQUOT)

# What an action is given of a form's files: new ones, and those that were held back for it.
Given = Checked | StoredFile


class NoRoom(Refused):
    """The disk is full: nothing was kept, and the same may come again once there is room."""


@overload
def keep(checked: Checked, *, of: Model | None = None) -> Checked: ...
@overload
def keep(checked: Given, *, of: Model | None = None) -> Given: ...
def keep(checked: Given, *, of: Model | None = None) -> Given:
    """Write the file and a photo's copies to disk, what has a row is there; NoRoom, told at `of`, on a full disk.

    Call it before the transaction opens: writing and syncing take longer than a row may be locked.
    """
    if isinstance(checked, StoredFile) or checked.is_kept:
        return checked
    sentence = _("服务器存储空间已满，“%(name)s”没有保存。请联系系统管理员清理空间后重新上传。")
    with _told_if_full(sentence % {"name": checked.name}, of=of):
        checked.upload.seek(0)
        _write(checked.path(), checked.upload, size=checked.size)
        if checked.photo:
            for variant, content in (("shown", checked.photo.shown), ("thumb", checked.photo.thumb)):
                _write(checked.path(variant), ContentFile(content), size=len(content))
    return replace(checked, is_kept=True)


def store(upload: UploadedFile | Given, *, by: Any, kind: str = Kind.DOCUMENT) -> StoredFile:
    """The row of an upload, made in the caller's transaction; UploadRefused as `check_upload`, NoRoom as `keep` says.

    Give it what `keep` gave back. A bare upload is checked and kept first, which is only for where no transaction is
    open yet.
    """
    checked = keep(check_upload(upload, kind=kind) if isinstance(upload, UploadedFile) else upload)
    if isinstance(checked, StoredFile):
        return checked
    return StoredFile.objects.create(
        kind=checked.kind,
        name=checked.name,
        content_type=checked.content_type,
        size=checked.size,
        sha256=checked.sha256,
        path=checked.path(),
        created_by_id=by.pk if by else None,
        created_by_name=str(by) if by else _("系统"),
        **_about_photo(checked),
    )


def made(content: bytes, *, name: str, content_type: str) -> Checked:
    """A document the product itself has drawn, ready for `keep` and `store`."""
    return described(ContentFile(content), Kind.DOCUMENT, own_name(name), content_type)


def keep_written(
    write: Callable[[IO[bytes]], None], *, name: str, content_type: str, of: Model | None = None
) -> Checked:
    """A file the product itself writes piece by piece, however large, ready for `store`; NoRoom on a full disk.

    `write` gets a file that can be sought in. What is left of one that was broken off is swept with the orphans.
    """
    partial = Path(settings.MEDIA_ROOT, FOLDERS[0], FOLDERS[0], f".upload-{uuid.uuid4().hex}")
    cleaned = own_name(name)
    sentence = _("服务器存储空间已满，“%(name)s”没有保存。请联系系统管理员清理空间后重试。")
    try:
        with _told_if_full(sentence % {"name": cleaned}, of=of):
            partial.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("x+b") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
                size = file.seek(0, os.SEEK_END)
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            ending = ENDINGS[content_type][0]
            made = Checked(None, Kind.DOCUMENT, cleaned, content_type, ending, size, digest, is_kept=True)
            target = Path(settings.MEDIA_ROOT, made.path())
            target.parent.mkdir(parents=True, exist_ok=True)
            partial.chmod(settings.FILE_UPLOAD_PERMISSIONS)
            with _lock(fcntl.LOCK_SH):
                partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    _sync_folder(target.parent)
    return made


def serve(stored: StoredFile, *, request: HttpRequest, variant: str = "original") -> HttpResponseBase:
    """The file, or a photo's copy ("shown", "thumb"), as an answer; the caller has checked the right to it.

    A photo's original carries the place it was taken: only for who may see that. Raises Missing (a 404 with its own
    sentence) when the disk has lost the file.
    """
    path, content_type, name = _variant(stored, variant)
    file = Path(settings.MEDIA_ROOT, path)
    if not path or not file.is_file():
        log.error("stored file %s (%s) is not on disk: %s", stored.pk, variant, path)
        raise Missing(_("“%(name)s”的文件在服务器上找不到了，请联系系统管理员从备份恢复。") % {"name": stored.name})
    etag = f'"{stored.sha256[:32]}-{variant}"'
    response = get_conditional_response(request, etag=etag) or _file_response(file, path, content_type)
    return _guarded(response, content_type, name=name, etag=etag)


def small_copy(stored: StoredFile, *, edge: int) -> bytes | None:
    """The copy of a photo that is shown, which tells no place, made small; None where the disk has lost it."""
    try:
        with Path(settings.MEDIA_ROOT, stored.shown_path).open("rb") as shown:
            return reduced(shown, edge=edge)
    except (OSError, UnreadablePicture, TooManyPixels):
        return None


def serve_made(
    make: Callable[[], bytes], *, name: str, content_type: str, etag: str, request: HttpRequest
) -> HttpResponseBase:
    """What is made for this answer, guarded like a file; not made for a browser that has what `etag` names."""
    response = get_conditional_response(request, etag=etag) or HttpResponse(make(), content_type=content_type)
    return _guarded(response, content_type, name=name, etag=etag)


def _guarded(response: HttpResponseBase, content_type: str, *, name: str, etag: str) -> HttpResponseBase:
    response["Content-Disposition"] = content_disposition_header(content_type not in INLINE, name) or "attachment"
    response["ETag"] = etag
    # The right is asked again each time; the browser's copy only saves the bytes.
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    # Older browsers show no PDF in a sandbox, and nothing in one can run as ours.
    response["Content-Security-Policy"] = "default-src 'none'" + ("" if content_type == PDF else "; sandbox")
    return response


def orphans(*, older_than: datetime, folders: Iterable[str] = FOLDERS) -> Iterator[Path]:
    """Files under MEDIA_ROOT that no row names and nobody has touched since `older_than`, folder by folder."""
    for folder in folders:
        # By range, not by LIKE: both databases answer it from the index.
        upper = f"{int(folder, 16) + 1:02x}" if folder != FOLDERS[-1] else "g"
        rows = StoredFile.objects.filter(sha256__gte=folder, sha256__lt=upper)
        named = set(rows.values_list("sha256", flat=True).distinct())
        for file in sorted(Path(settings.MEDIA_ROOT, folder).glob("[0-9a-f][0-9a-f]/*")):
            if OWN_FILES.fullmatch(file.name) and file.name[:64] not in named and _untouched(file, older_than):
                yield file


def sweep_orphans(*, older_than: datetime, folders: Iterable[str] = FOLDERS) -> int:
    """Delete the orphans and say how many there were; one that is taken up again meanwhile stays."""
    swept = 0
    for file in orphans(older_than=older_than, folders=folders):
        with _lock(fcntl.LOCK_EX):
            if _untouched(file, older_than):
                file.unlink()
                swept += 1
    return swept


def _about_photo(checked: Checked) -> dict[str, Any]:
    if not (photo := checked.photo):
        return {}
    # What the file itself says goes before what the phone says of it.
    placed = photo if photo.latitude is not None else checked.source
    return {
        "shown_path": checked.path("shown"),
        "thumb_path": checked.path("thumb"),
        "width": photo.width,
        "height": photo.height,
        "taken_at": photo.taken_at or checked.source.taken_at,
        "latitude": placed.latitude,
        "longitude": placed.longitude,
        # A file that tells its own moment is the camera's: nothing the phone shrank does.
        "source_sha256": checked.sha256 if checked.source.sha256 and photo.taken_at else checked.source.sha256,
        "fingerprint": photo.fingerprint,
    }


@contextmanager
def _told_if_full(sentence: str, *, of: Model | None) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        if fault.errno not in FULL:
            raise
        log.error("no space left for files in %s", settings.MEDIA_ROOT)
        raise NoRoom(sentence, of) from None


def _write(path: str, content: Any, *, size: int) -> None:
    """Put a whole file at its place at once, or nothing; content that is there already is only touched."""
    target = Path(settings.MEDIA_ROOT, path)
    with _lock(fcntl.LOCK_SH):
        if target.is_file() and target.stat().st_size == size:
            os.utime(target)
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".upload-{uuid.uuid4().hex}")
    try:
        with partial.open("xb") as file:
            for chunk in content.chunks():
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(settings.FILE_UPLOAD_PERMISSIONS)
        with _lock(fcntl.LOCK_SH):
            partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _lock(mode: int) -> Iterator[None]:
    """Shared by who takes up a file that is there, held alone by who deletes one."""
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("a") as handle:
        fcntl.flock(handle, mode)
        yield


def _untouched(file: Path, since: datetime) -> bool:
    try:
        return file.stat().st_mtime < since.timestamp()
    except FileNotFoundError:
        return False


def _variant(stored: StoredFile, variant: str) -> tuple[str, str, str]:
    """Path, content type and download name of a variant; a document has only itself."""
    stem, ending = os.path.splitext(stored.name)
    if stored.is_photo and variant != "original":
        return {"shown": stored.shown_path, "thumb": stored.thumb_path}[variant], "image/jpeg", f"{stem}.jpg"
    endings = ENDINGS.get(stored.content_type, (".bin",))
    name = stored.name if ending.lower() in endings else stored.name + endings[0]
    return stored.path, stored.content_type if stored.content_type in ENDINGS else "application/octet-stream", name


def _file_response(file: Path, path: str, content_type: str) -> HttpResponseBase:
    if settings.X_ACCEL_PREFIX:
        response = HttpResponse(content_type=content_type)
        response["X-Accel-Redirect"] = settings.X_ACCEL_PREFIX + path
        return response
    return FileResponse(file.open("rb"), content_type=content_type)
