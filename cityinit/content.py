"""What an upload really is, whatever its name says: photos, office files and tables that are safe to keep and to open.

`check_upload` and its like in a form; what they give is kept, stored and served by `files`.
"""

import hashlib
import os
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, TypeVar
from xml.parsers import expat

import filetype
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from .images import Photo, TooManyPixels, UnreadablePicture, glance, read_photo
from .models import StoredFile

Kind = StoredFile.Kind
Look = TypeVar("Look")
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
PROGRAMS = ("application/x-msdownload", "application/x-executable", "application/x-mach-binary")
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
MARKUP = re.compile(rb"<\s*(?:!doctype|html|svg|script|\?xml)", re.IGNORECASE)
# What Windows does not take in a name; a full-width sign says the same.
FORBIDDEN = str.maketrans({
    "<": "＜", ">": "＞", ":": "：", '"': "”", "/": "／", "\\": "＼", "|": "｜", "?": "？", "*": "＊"
})  # fmt: skip
# An office file unpacks to ten, a large table to fifty times its size.
MAX_UNZIPPED_BYTES = 400 * 1024 * 1024
MAX_ZIP_RATIO = 250
MAX_ZIP_ENTRIES = 10_000
RATIO_COUNTS_FROM = 20 * 1024 * 1024


class UploadRefused(ValidationError):
    """A file that is not taken in, with the sentence that says why and what to do instead."""


@dataclass(frozen=True)
class Source:
    """What a phone says of the picture it shrank before sending: shrinking leaves nothing of it in the file."""

    sha256: str = ""
    taken_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None


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
    source: Source = Source()
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
        photo = _looked_at(upload, read_photo, name=name)
        return described(upload, Kind.PHOTO, name, photo.content_type, photo=photo)
    if kind == Kind.PHOTO:
        raise UploadRefused(_not_a_photo(head, name=name))
    return described(upload, Kind.DOCUMENT, name, _document_type(upload, head, name=name))


def check_photo_at_a_glance(upload: UploadedFile) -> None:
    """Refuse as `check_upload` would refuse a photo, as far as can be told without unpacking it."""
    name = clean_name(upload.name)
    _check_size(upload, name=name, limit=settings.MAX_PHOTO_BYTES)
    head = _head(upload)
    if not _looks_like_photo(head):
        raise UploadRefused(_not_a_photo(head, name=name))
    _looked_at(upload, glance, name=name)


def check_workbook(upload: UploadedFile) -> Checked:
    """One of our own workbooks, safe to open; UploadRefused for everything else."""
    return _workbook(upload, instead=_("请用.xlsx格式（可先下载模板填写）再上传。"))


def _workbook(upload: UploadedFile, *, instead: str) -> Checked:
    name = clean_name(upload.name)
    _check_size(upload, name=name, limit=settings.MAX_FILE_BYTES)
    head = _head(upload)
    if head.startswith(OLD_OFFICE):
        raise UploadRefused(_old_office(upload, name=name, instead=_("请用Excel或WPS另存为.xlsx后再上传。")))
    if not head.startswith(b"PK\x03\x04"):
        raise UploadRefused(_("“%(name)s”不是Excel工作簿。%(instead)s") % {"name": name, "instead": instead})
    content_type = _document_type(upload, head, name=name)
    if content_type != XLSX:
        raise UploadRefused(
            _("“%(name)s”是%(real)s，不是Excel工作簿。请选择.xlsx文件再上传。")
            % {"name": name, "real": ENDINGS[content_type][0]}
        )
    return described(upload, Kind.DOCUMENT, name, content_type)


def check_table(upload: UploadedFile) -> Checked:
    """An .xlsx that is safe to open, or a .csv that is text; UploadRefused for everything else."""
    name = clean_name(upload.name)
    if not name.lower().endswith(CSV_NAMES):
        return _workbook(upload, instead=_("请用Excel或WPS另存为.xlsx后再上传。"))
    _check_size(upload, name=name, limit=settings.MAX_FILE_BYTES)
    head = _head(upload)
    if MARKUP.search(head[:1024]) or (b"\x00" in head and not head.startswith(UTF_16)):
        raise UploadRefused(
            _("“%(name)s”是%(real)s，不是CSV表格。请用Excel或WPS另存为.xlsx后再上传。")
            % {"name": name, "real": _what_it_is(head)}
        )
    return described(upload, Kind.DOCUMENT, name, CSV)


def clean_name(name: str | None) -> str:
    """The last part of a name, without control and direction characters, within 200 characters; its ending stays."""
    bare = re.split(r"[\\/]", name or "")[-1]
    visible = "".join(character for character in bare if unicodedata.category(character) not in ("Cc", "Cf", "Cs"))
    stem, ending = os.path.splitext(visible.strip(" ."))
    return f"{stem[: 200 - len(ending[:10])]}{ending[:10]}" or _("未命名")


def own_name(name: str) -> str:
    """The name of a file we make ourselves: it stands in no folder, so that a unit's "/" is a sign like any other."""
    return clean_name(name.translate(FORBIDDEN))


def described(upload: Any, kind: str, name: str, content_type: str, *, photo: Photo | None = None) -> Checked:
    """What is known to be of this type, with its size and digest."""
    digest = hashlib.sha256()
    upload.seek(0)
    for chunk in upload.chunks():
        digest.update(chunk)
    return Checked(upload, kind, name, content_type, ENDINGS[content_type][0], upload.size, digest.hexdigest(), photo)


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


def _looked_at(upload: Any, look: Callable[[Any], Look], *, name: str) -> Look:
    upload.seek(0)
    try:
        return look(upload)
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
        instead = _("请在Word、Excel或WPS里另存为.docx、.xlsx、.pptx，或导出PDF后再上传。")
        raise UploadRefused(_old_office(upload, name=name, instead=instead))
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


def _old_office(upload: Any, *, name: str, instead: str) -> str:
    """An old file, or a new one behind a password: both look alike from outside."""
    upload.seek(0)
    if ENCRYPTED in upload.read():
        return _encrypted(name)
    return _("“%(name)s”是旧版Office格式。%(instead)s") % {"name": name, "instead": instead}


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
