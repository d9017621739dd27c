"""What a file of a material must be like, and the sentence for one that is not. Pure: knows no rows and no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.content import DOCX, PDF, PPTX, XLSX
from cityinit.periods import day_of

MEGABYTE = 1024**2
# Asked of the longer side, so that a photo taken upright passes like the same photo taken across. Source: the office's
# rule for material that is filed online.
LEAST_PIXELS = 1280
MOST_MEGABYTES = 50
MOST_FILES = 20


class FileType(models.TextChoices):
    """The kinds a rule speaks of; what a file really is was found out by `cityinit.content.check_upload`."""

    IMAGE = "image", gettext_lazy("图片")
    PDF = "pdf", gettext_lazy("PDF")
    WORD = "word", gettext_lazy("Word文档")
    SHEET = "sheet", gettext_lazy("Excel表格")
    SLIDES = "slides", gettext_lazy("PPT演示文稿")


OF_CONTENT = {PDF: FileType.PDF, DOCX: FileType.WORD, XLSX: FileType.SHEET, PPTX: FileType.SLIDES}


class Sized(Protocol):
    """A picture as far as the gates look at it."""

    width: int | None
    height: int | None
    taken_at: datetime | None


@dataclass(frozen=True)
class Gates:
    """The rules of one material. An end of the window that is None is open; no types means all of them."""

    first: date | None = None
    last: date | None = None
    types: tuple[str, ...] = ()
    least_pixels: int = LEAST_PIXELS
    most_megabytes: int = MOST_MEGABYTES
    least_files: int = 1
    most_files: int = MOST_FILES

    def but(self, **values: Any) -> Gates:
        """These gates with what is said otherwise; None and nothing say nothing."""
        return replace(self, **{name: value for name, value in values.items() if value not in (None, ())})

    def fault_of(self, file: Any) -> str | None:
        """Say what is wrong with a `content.Checked` or a `StoredFile` and what would be right, or None."""
        kind = type_of(file.content_type)
        if self.types and kind not in self.types:
            return _("“%(name)s”是%(kind)s，这项材料只收%(types)s。请换成规定的类型后再上传。") % {
                "name": file.name,
                "kind": kind.label,
                "types": "、".join(str(FileType(name).label) for name in self.types),
            }
        if file.size > self.most_megabytes * MEGABYTE:
            return _("“%(name)s”有%(size)s MB，超过了这项材料%(limit)s MB的上限。请压缩后再上传。") % {
                "name": file.name,
                "size": f"{file.size / MEGABYTE:.1f}",
                "limit": self.most_megabytes,
            }
        return self._fault_of_picture(file.name, picture_of(file)) if kind == FileType.IMAGE else None

    def _fault_of_picture(self, name: str, picture: Sized | None) -> str | None:
        if picture is None or not picture.width or not picture.height:
            return None
        if max(picture.width, picture.height) < self.least_pixels:
            return _(
                "图片“%(name)s”是%(width)s×%(height)s，长边至少要%(least)s像素。请重新拍照，或上传没有压缩过的原图。"
            ) % {
                "name": name,
                "width": picture.width,
                "height": picture.height,
                "least": self.least_pixels,
            }
        if picture.taken_at and not self.is_within(day := day_of(picture.taken_at)):
            return _("图片“%(name)s”拍摄于%(day)s，不在%(window)s。请换一张时限内拍摄的照片。") % {
                "name": name,
                "day": day,
                "window": self.window_text,
            }
        return None

    def fault_of_day(self, day: date) -> str | None:
        """Say that a material must not be dated on that day, or None."""
        if self.is_within(day):
            return None
        return _("材料日期%(day)s不在%(window)s。请核对日期，或换一份时限内的材料。") % {
            "day": day,
            "window": self.window_text,
        }

    def fault_of_count(self, count: int) -> str | None:
        """Say that so many files are too few or too many, or None."""
        if count < self.least_files:
            return _("这项材料至少要%(least)s个文件，现在有%(n)s个。请补充后再报送。") % {
                "least": self.least_files,
                "n": count,
            }
        if count > self.most_files:
            return _("这项材料至多%(most)s个文件，现在有%(n)s个。请去掉一些，或合并成一个文件。") % {
                "most": self.most_files,
                "n": count,
            }
        return None

    def faults(self, files: Iterable[Any], *, dated_on: date) -> list[str]:
        """Every sentence that stands against handing these files in, dated on that day."""
        files = list(files)
        told = [self.fault_of_day(dated_on), self.fault_of_count(len(files)), *map(self.fault_of, files)]
        return [sentence for sentence in [*told, *faults_of_same(files)] if sentence]

    def is_within(self, day: date) -> bool:
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)

    @property
    def window_text(self) -> str:
        """The window in words, to stand after 不在; empty for one without ends."""
        if self.first and self.last:
            return _("%(first)s至%(last)s之内") % {"first": self.first, "last": self.last}
        if self.first:
            return _("%(first)s及以后") % {"first": self.first}
        return _("%(last)s及以前") % {"last": self.last} if self.last else ""

    @property
    def texts(self) -> list[str]:
        """The rules in words, for who is about to hand something in."""
        told = [_("材料日期和拍照日期须在%(window)s") % {"window": self.window_text}] if self.window_text else []
        types = "、".join(str(FileType(name).label) for name in self.types or FileType.values)
        told.append(_("可交%(types)s") % {"types": types})
        if not self.types or FileType.IMAGE in self.types:
            told.append(_("图片长边（横、竖中较长的一边）至少%(n)s像素，横拍竖拍都可以") % {"n": self.least_pixels})
        told.append(_("单个文件不超过%(n)s MB") % {"n": self.most_megabytes})
        told.append(_("%(least)s至%(most)s个文件") % {"least": self.least_files, "most": self.most_files})
        return told


def faults_of_same(files: Iterable[Any]) -> list[str]:
    """One sentence for each file that is there already under another name or the same."""
    there: dict[str, Any] = {}
    told = []
    for file in files:
        first = there.setdefault(file.sha256, file)
        if first is not file:
            told.append(
                _("“%(name)s”和“%(first)s”是同一个文件，只能交一次。请换成另一个文件，或不再选它。")
                % {"name": file.name, "first": first.name}
            )
    return told


def distinct(files: Iterable[Any]) -> list[Any]:
    """The files, each content once."""
    found: dict[str, Any] = {}
    for file in files:
        found.setdefault(file.sha256, file)
    return list(found.values())


def type_of(content_type: str) -> FileType:
    return OF_CONTENT.get(content_type, FileType.IMAGE)


def picture_of(file: Any) -> Sized | None:
    """Where a picture's measures stand: a checked upload keeps them on its photo, a stored file on itself."""
    return getattr(file, "photo", file)
