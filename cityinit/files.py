"""Uploads: check what they really are, keep them on disk, make the row that names them, serve them.

`check_upload` in a form, `keep` before the transaction, `store` inside it: a file is always written before the row
that names it, and what no row names in the end is swept away (`orphans`).
"""

import errno
import fcntl
import hashlib
import logging
import os
import re
import unicodedata
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

import filetype
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from .errors import Missing
from .images import Photo, TooManyPixels, UnreadablePicture, read_photo
from .models import StoredFile

log = logging.getLogger(__name__)

Kind = StoredFile.Kind

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
PDF = "application/pdf"
CSV = "text/csv"
# Content type → the endings a name may have. Nothing else is ever sent out; .zip is only made, not taken in.
ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    DOCX: (".docx",),
    XLSX: (".xlsx",),
    PPTX: (".pptx",),
    PDF: (".pdf",),
    "application/zip": (".zip",),
    CSV: (".csv", ".txt"),
}
# The main part of an office file says what it is; the macro-enabled kinds have other content types.
MAIN_PARTS = {
    f"{DOCX}.main+xml": DOCX,
    f"{XLSX}.main+xml": XLSX,
    f"{PPTX}.main+xml": PPTX,
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml": PPTX,
}
# A workbook that fetches from other files shows numbers nobody here can check, and calls out when it is opened.
LINKED_PARTS = re.compile(r"^xl/externallinks/", re.IGNORECASE)
MACRO_PARTS = re.compile(r"vbaproject|vbadata|macrosheets/", re.IGNORECASE)
CSV_NAMES = (".csv", ".txt")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
INLINE = ("image/jpeg", "image/png", "image/webp", PDF)
PROGRAMS = ("application/x-msdownload", "application/x-executable", "application/x-mach-binary")
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
MARKUP = re.compile(rb"<\s*(?:!doctype|html|svg|script|\?xml)", re.IGNORECASE)
# An office file unpacks to ten, a large table to fifty times its size.
MAX_UNZIPPED_BYTES = 400 * 1024 * 1024
MAX_ZIP_RATIO = 250
MAX_ZIP_ENTRIES = 10_000
RATIO_COUNTS_FROM = 20 * 1024 * 1024
# The first two digits of a content's hash: the folders under MEDIA_ROOT.
FOLDERS = tuple(f"{number:02x}" for number in range(256))
OWN_FILES = re.compile(r"[0-9a-f]{64}\.\w[\w.]*|\.upload-[0-9a-f]{32}")


class UploadRefused(ValidationError):
    """A file that is not taken in, with the sentence that says why and what to do instead."""


@dataclass(frozen=True)
class Checked:
    """An upload that may be kept: what it really is, and a photo's copies."""

    upload: Any
    kind: str
    name: str
    content_type: str
    extension: str
    size: int
    sha256: str
    photo: Photo | None = None
    is_kept: bool = False

    def path(self, variant: str = "") -> str:
        """Where it lies under MEDIA_ROOT: by content, so that the same content lies there once."""
        ending = f".{variant}.jpg" if variant else self.extension
        return f"{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}{ending}"


def check_upload(upload: UploadedFile, *, kind: str) -> Checked:
    """What the upload really is, whatever its name says; UploadRefused with one sentence where it is not taken.

    `kind` "photo" takes photos only, "document" Word, Excel, PowerPoint and PDF files and photos too.
    """
    name = clean_name(upload.name)
    _check_size(upload, name=name, limit=settings.MAX_PHOTO_BYTES if kind == Kind.PHOTO else settings.MAX_FILE_BYTES)
    head = _head(upload)
    if _looks_like_photo(head):
        # A photo among documents is a photo all the same, and its limit is a photo's.
        _check_size(upload, name=name, limit=settings.MAX_PHOTO_BYTES)
        photo = _photo(upload, name=name)
        return _checked(upload, Kind.PHOTO, name, photo.content_type, photo=photo)
    if kind == Kind.PHOTO:
        raise UploadRefused(_not_a_photo(head, name=name))
    return _checked(upload, Kind.DOCUMENT, name, _document_type(upload, head, name=name))


def check_workbook(upload: UploadedFile) -> Checked:
    """An .xlsx that is safe to open; UploadRefused for everything else."""
    name = clean_name(upload.name)
    _check_size(upload, name=name, limit=settings.MAX_FILE_BYTES)
    head = _head(upload)
    if not head.startswith((b"PK\x03\x04", OLD_OFFICE)):
        raise UploadRefused(_("“%(name)s”不是Excel工作簿。请用.xlsx格式（可先下载模板填写）再上传。") % {"name": name})
    content_type = _document_type(upload, head, name=name)
    if content_type != XLSX:
        raise UploadRefused(
            _("“%(name)s”是%(real)s，不是Excel工作簿。请选择.xlsx文件再上传。")
            % {"name": name, "real": ENDINGS[content_type][0]}
        )
    return _checked(upload, Kind.DOCUMENT, name, content_type)


def check_table(upload: UploadedFile) -> Checked:
    """An .xlsx that is safe to open, or a .csv that is text; UploadRefused for everything else."""
    name = clean_name(upload.name)
    if not name.lower().endswith(CSV_NAMES):
        return check_workbook(upload)
    _check_size(upload, name=name, limit=settings.MAX_FILE_BYTES)
    head = _head(upload)
    if MARKUP.search(head[:1024]) or (b"\x00" in head and not head.startswith(UTF_16)):
        raise UploadRefused(
            _("“%(name)s”是%(real)s，不是CSV表格。请用Excel或WPS另存为.xlsx后再上传。")
            % {"name": name, "real": _what_it_is(head)}
        )
    return _checked(upload, Kind.DOCUMENT, name, CSV)


def keep(checked: Checked) -> Checked:
    """Write the file and a photo's copies to disk; UploadRefused when the disk is full.

    Call it before the transaction opens: writing and syncing take longer than a row may be locked.
    """
    if checked.is_kept:
        return checked
    try:
        checked.upload.seek(0)
        _write(checked.path(), checked.upload, size=checked.size)
        if checked.photo:
            for variant, content in (("shown", checked.photo.shown), ("thumb", checked.photo.thumb)):
                _write(checked.path(variant), ContentFile(content), size=len(content))
    except OSError as fault:
        if fault.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        log.error("no space left for uploads in %s", settings.MEDIA_ROOT)
        sentence = _("服务器存储空间已满，“%(name)s”没有保存。请联系系统管理员清理空间后重新上传。")
        raise UploadRefused(sentence % {"name": checked.name}) from None
    return replace(checked, is_kept=True)


def store(upload: UploadedFile | Checked, *, by: Any, kind: str = Kind.DOCUMENT) -> StoredFile:
    """The row of an upload, made in the caller's transaction; UploadRefused as `check_upload` and `keep` say.

    Give it what `keep` gave back. A bare upload is checked and kept first, which is only for where no transaction is
    open yet.
    """
    checked = keep(upload if isinstance(upload, Checked) else check_upload(upload, kind=kind))
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
    return _checked(ContentFile(content), Kind.DOCUMENT, clean_name(name), content_type)


def keep_written(write: Callable[[IO[bytes]], None], *, name: str, content_type: str) -> Checked:
    """A file the product itself writes piece by piece, however large, ready for `store`; UploadRefused on a full disk.

    `write` gets a file that can be sought in. What is left of one that was broken off is swept with the orphans.
    """
    partial = Path(settings.MEDIA_ROOT, FOLDERS[0], FOLDERS[0], f".upload-{uuid.uuid4().hex}")
    partial.parent.mkdir(parents=True, exist_ok=True)
    cleaned = clean_name(name)
    try:
        with partial.open("x+b") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        made = Checked(None, Kind.DOCUMENT, cleaned, content_type, ENDINGS[content_type][0], size, digest, is_kept=True)
        target = Path(settings.MEDIA_ROOT, made.path())
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.chmod(settings.FILE_UPLOAD_PERMISSIONS)
        with _lock(fcntl.LOCK_SH):
            partial.replace(target)
    except OSError as fault:
        if fault.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        log.error("no space left for files in %s", settings.MEDIA_ROOT)
        sentence = _("服务器存储空间已满，“%(name)s”没有保存。请联系系统管理员清理空间后重试。")
        raise UploadRefused(sentence % {"name": cleaned}) from None
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


def clean_name(name: str | None) -> str:
    """The last part of a name, without control and direction characters, within 200 characters; its ending stays."""
    bare = re.split(r"[\\/]", name or "")[-1]
    visible = "".join(character for character in bare if unicodedata.category(character) not in ("Cc", "Cf", "Cs"))
    stem, ending = os.path.splitext(visible.strip(" ."))
    return f"{stem[: 200 - len(ending[:10])]}{ending[:10]}" or _("未命名")


def _checked(upload: Any, kind: str, name: str, content_type: str, *, photo: Photo | None = None) -> Checked:
    digest = hashlib.sha256()
    upload.seek(0)
    for chunk in upload.chunks():
        digest.update(chunk)
    return Checked(upload, kind, name, content_type, ENDINGS[content_type][0], upload.size, digest.hexdigest(), photo)


def _about_photo(checked: Checked) -> dict[str, Any]:
    if not (photo := checked.photo):
        return {}
    return {
        "shown_path": checked.path("shown"),
        "thumb_path": checked.path("thumb"),
        "width": photo.width,
        "height": photo.height,
        "taken_at": photo.taken_at,
        "latitude": photo.latitude,
        "longitude": photo.longitude,
        "fingerprint": photo.fingerprint,
    }


def _check_size(upload: Any, *, name: str, limit: int) -> None:
    if not upload.size:
        raise UploadRefused(_("“%(name)s”是空文件。请检查后重新选择。") % {"name": name})
    if upload.size > limit:
        raise UploadRefused(
            _("“%(name)s”有%(size)s MB，超过了%(limit)s MB的上限。请压缩后再上传。")
            % {"name": name, "size": f"{upload.size / 1024**2:.1f}", "limit": limit // 1024**2}
        )


def _head(upload: Any) -> bytes:
    upload.seek(0)
    return upload.read(8192)


def _looks_like_photo(head: bytes) -> bool:
    guess = filetype.guess(head)
    # filetype does not know every brand of HEIC by name.
    return bool(guess and guess.mime.startswith("image/")) or head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1")


def _photo(upload: Any, *, name: str) -> Photo:
    upload.seek(0)
    try:
        return read_photo(upload)
    except TooManyPixels as fault:
        raise UploadRefused(
            _("“%(name)s”的尺寸太大（超过%(limit)s万像素）。请在手机上缩小，或另存为普通的JPG后再上传。")
            % {"name": name, "limit": fault.limit // 10_000}
        ) from None
    except UnreadablePicture:
        raise UploadRefused(
            _("“%(name)s”打不开：可能已损坏，或不是JPG、PNG、WebP、HEIC格式。请重新拍照或另存为JPG后再上传。")
            % {"name": name}
        ) from None


def _not_a_photo(head: bytes, *, name: str) -> str:
    return _("“%(name)s”不是照片，而是%(real)s。请选择JPG、PNG、WebP或HEIC格式的照片。") % {
        "name": name,
        "real": _what_it_is(head),
    }


def _what_it_is(head: bytes) -> str:
    guess = filetype.guess(head)
    if head.startswith(b"MZ") or (guess and guess.mime in PROGRAMS):
        return _("程序文件")
    if MARKUP.search(head[:1024]):
        return _("网页或矢量图文件")
    if guess is None:
        return _("其他类型的文件")
    return _("%(ending)s文件") % {"ending": f".{guess.extension}"}


def _document_type(upload: Any, head: bytes, *, name: str) -> str:
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return _office_type(upload, name=name)
    if head.startswith(OLD_OFFICE):
        upload.seek(0)
        if ENCRYPTED in upload.read():
            raise UploadRefused(_encrypted(name))
        raise UploadRefused(
            _("“%(name)s”是旧版Office格式。请在Word、Excel或WPS里另存为.docx、.xlsx、.pptx，或导出PDF后再上传。")
            % {"name": name}
        )
    raise UploadRefused(
        _("“%(name)s”是%(real)s，不能上传。可以上传照片，以及.docx、.xlsx、.pptx和.pdf文件。")
        % {"name": name, "real": _what_it_is(head)}
    )


def _office_type(upload: Any, *, name: str) -> str:
    """The real type of a zipped file; refuses bombs, macros, encryption, XML with entities, and plain zips."""
    upload.seek(0)
    try:
        with zipfile.ZipFile(upload) as archive:
            entries = archive.infolist()
            if any(entry.flag_bits & 0x1 for entry in entries):
                raise UploadRefused(_encrypted(name))
            _check_unpacked_size(entries, name=name)
            content_type = _main_part(archive, name=name)
            if any(MACRO_PARTS.search(entry.filename) for entry in entries):
                raise UploadRefused(_macros(name))
            if any(LINKED_PARTS.match(entry.filename) for entry in entries):
                raise UploadRefused(_links(name))
            for entry in entries:
                if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
                    with archive.open(entry) as part:
                        _check_xml(part, name=name)
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        NotImplementedError,
        EOFError,
        ValueError,
        OSError,
        RuntimeError,
    ):
        raise UploadRefused(_damaged(name)) from None
    return content_type


def _check_unpacked_size(entries: list[zipfile.ZipInfo], *, name: str) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    swollen = unpacked > RATIO_COUNTS_FROM and unpacked > MAX_ZIP_RATIO * max(packed, 1)
    if swollen or unpacked > MAX_UNZIPPED_BYTES or len(entries) > MAX_ZIP_ENTRIES:
        raise UploadRefused(
            _("“%(name)s”解压后大得不正常，可能是恶意文件。请打开原文件，另存一份后再上传。") % {"name": name}
        )


def _main_part(archive: zipfile.ZipFile, *, name: str) -> str:
    try:
        listing = archive.read("[Content_Types].xml")
    except KeyError:
        raise UploadRefused(
            _("“%(name)s”是压缩包，不能上传。请解压后把里面的照片、文档分别上传。") % {"name": name}
        ) from None
    types = _declared_types(listing, name=name)
    if any("macroenabled" in declared.lower() for declared in types):
        raise UploadRefused(_macros(name))
    for declared in types:
        if declared in MAIN_PARTS:
            return MAIN_PARTS[declared]
    raise UploadRefused(
        _("“%(name)s”不是可以上传的Office文件。请另存为.docx、.xlsx、.pptx或导出PDF后再上传。") % {"name": name}
    )


def _declared_types(listing: bytes, *, name: str) -> list[str]:
    found: list[str] = []
    parser = _parser(name)
    parser.StartElementHandler = lambda tag, attributes: found.append(attributes.get("ContentType", ""))
    parser.Parse(listing, True)
    return found


class _RootReached(Exception):
    """A document type stands before the root element, so what follows need not be read."""


def _check_xml(part: IO[bytes], *, name: str) -> None:
    parser = _parser(name)

    def at_root(tag: str, attributes: dict[str, str]) -> None:
        raise _RootReached

    parser.StartElementHandler = at_root
    try:
        while chunk := part.read(4096):
            parser.Parse(chunk, False)
    except _RootReached:
        return


def _parser(name: str) -> expat.XMLParserType:
    parser = expat.ParserCreate()

    def refuse(*args: Any) -> None:
        raise UploadRefused(
            _("“%(name)s”里有不安全的XML声明（DOCTYPE），不能上传。请用Office或WPS打开，另存一份后再上传。")
            % {"name": name}
        )

    parser.StartDoctypeDeclHandler = refuse
    return parser


def _encrypted(name: str) -> str:
    return _("“%(name)s”设了打开密码。请去掉密码后再上传。") % {"name": name}


def _macros(name: str) -> str:
    return _("“%(name)s”含有宏，不能上传。请另存为不带宏的.docx、.xlsx或.pptx后再上传。") % {"name": name}


def _links(name: str) -> str:
    return _("“%(name)s”引用了其他文件里的数据（外部链接），不能上传。请在Excel或WPS里断开链接，另存一份后再上传。") % {
        "name": name
    }


def _damaged(name: str) -> str:
    return _("“%(name)s”已损坏，打不开。请在电脑上确认能打开，另存一份后再上传。") % {"name": name}


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
