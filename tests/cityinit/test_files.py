import errno
import os
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import transaction
from django.test import RequestFactory
from PIL import Image

from cityinit import content, files
from cityinit.content import DOCX, PDF, XLSX, UploadRefused, check_table, check_upload, check_workbook
from cityinit.errors import Missing
from cityinit.files import NoRoom, keep, made, serve, store
from cityinit.models import StoredFile
from cityinit.queue import enqueue

DECLARED = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override ContentType="{}"/></Types>'
)
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00" + b"\x00" * 200
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500
LATER = datetime.now(UTC) + timedelta(days=3)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


def photo_bytes(form="JPEG", *, size=(60, 40), colour="red", place=False):
    exif = Image.Exif()
    if place:
        exif.get_ifd(0x8769)[0x9003] = "2025:04:08 09:30:00"
        exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 14.0, 24.0), 3: "E", 4: (121.0, 29.0, 24.0)})
    stream = BytesIO()
    Image.new("RGB", size, colour).save(stream, form, exif=exif.tobytes())
    return stream.getvalue()


def word_bytes():
    stream = BytesIO()
    docx.Document().save(stream)
    return stream.getvalue()


def excel_bytes():
    stream = BytesIO()
    openpyxl.Workbook().save(stream)
    return stream.getvalue()


def zipped(parts, *, compression=zipfile.ZIP_DEFLATED):
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def office(extra, *, main=f"{DOCX}.main+xml"):
    return zipped({"[Content_Types].xml": DECLARED.format(main), **extra})


def upload(content, name="证明.jpg"):
    return SimpleUploadedFile(name, content)


def refusal(content, name, *, kind="document", check=check_upload):
    with pytest.raises(UploadRefused) as refused:
        check(upload(content, name), **({"kind": kind} if check is check_upload else {}))
    (sentence,) = refused.value.messages
    return sentence


@pytest.mark.parametrize(
    ("content", "name", "kind", "content_type"),
    [
        (photo_bytes(), "现场.jpg", "photo", "image/jpeg"),
        (photo_bytes("PNG"), "截图.jpg", "photo", "image/png"),
        (photo_bytes("HEIF"), "IMG_0001.HEIC", "photo", "image/heic"),
        (photo_bytes("WEBP"), "现场.webp", "photo", "image/webp"),
        (photo_bytes(), "现场.jpg", "document", "image/jpeg"),
        (word_bytes(), "方案.docx", "document", DOCX),
        (excel_bytes(), "台账.xlsx", "document", XLSX),
        (b"%PDF-1.7\n%%EOF", "批示.pdf", "document", PDF),
    ],
)
def test_an_upload_is_taken_for_what_it_really_is(content, name, kind, content_type):
    checked = check_upload(upload(content, name), kind=kind)

    assert (checked.content_type, checked.name, checked.size) == (content_type, name, len(content))
    assert checked.kind == ("photo" if content_type.startswith("image/") else "document")


def test_an_upload_that_django_has_put_into_a_file_is_checked_alike():
    large = TemporaryUploadedFile("现场.jpg", "image/jpeg", 0, None)
    large.write(photo_bytes())
    large.size = large.tell()

    assert check_upload(large, kind="photo").content_type == "image/jpeg"


@pytest.mark.parametrize(
    ("content", "name", "kind", "sentence"),
    [
        (b"", "空.jpg", "photo", "“空.jpg”是空文件。请检查后重新选择。"),
        (
            PROGRAM,
            "现场.jpg",
            "photo",
            "“现场.jpg”不是照片，而是程序文件。请选择JPG、PNG、WebP或HEIC格式的照片。",
        ),
        (
            PROGRAM,
            "方案.docx",
            "document",
            "“方案.docx”是程序文件，不能上传。可以上传照片，以及.docx、.xlsx、.pptx和.pdf文件。",
        ),
        (
            b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
            "图.svg",
            "photo",
            "“图.svg”不是照片，而是网页或矢量图文件。请选择JPG、PNG、WebP或HEIC格式的照片。",
        ),
        (
            b"<!DOCTYPE html><script>alert(1)</script>",
            "图.png",
            "document",
            "“图.png”是网页或矢量图文件，不能上传。可以上传照片，以及.docx、.xlsx、.pptx和.pdf文件。",
        ),
        (
            b"just text",
            "说明.txt",
            "document",
            "“说明.txt”是其他类型的文件，不能上传。可以上传照片，以及.docx、.xlsx、.pptx和.pdf文件。",
        ),
        (
            word_bytes(),
            "方案.docx",
            "photo",
            "“方案.docx”不是照片，而是.docx文件。请选择JPG、PNG、WebP或HEIC格式的照片。",
        ),
        (
            photo_bytes(size=(600, 400))[:400],
            "半张.jpg",
            "photo",
            "“半张.jpg”打不开：可能已损坏，或不是JPG、PNG、WebP、HEIC格式。请重新拍照或另存为JPG后再上传。",
        ),
        (
            OLD_WORD,
            "方案.doc",
            "document",
            "“方案.doc”是旧版Office格式。请在Word、Excel或WPS里另存为.docx、.xlsx、.pptx，或导出PDF后再上传。",
        ),
        (
            OLD_WORD + "EncryptedPackage".encode("utf-16-le"),
            "方案.docx",
            "document",
            "“方案.docx”设了打开密码。请去掉密码后再上传。",
        ),
        (
            zipped({"照片.jpg": b"x"}),
            "材料.zip",
            "document",
            "“材料.zip”是压缩包，不能上传。请解压后把里面的照片、文档分别上传。",
        ),
        (
            word_bytes()[:2000],
            "方案.docx",
            "document",
            "“方案.docx”已损坏，打不开。请在电脑上确认能打开，另存一份后再上传。",
        ),
        (
            office({}, main="application/vnd.ms-visio.drawing.main+xml"),
            "图.vsdx",
            "document",
            "“图.vsdx”不是可以上传的Office文件。请另存为.docx、.xlsx、.pptx或导出PDF后再上传。",
        ),
    ],
)
def test_what_is_not_taken_is_answered_with_what_to_do(content, name, kind, sentence):
    assert refusal(content, name, kind=kind) == sentence


@pytest.mark.parametrize(
    "content",
    [
        office({"word/vbaProject.bin": b"x"}),
        office({"xl/macrosheets/sheet1.xml": "<a/>"}),
        office({}, main="application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
        office({}, main="application/vnd.ms-word.document.macroEnabled.main+xml"),
    ],
    ids=["project", "macro sheet", "xlsm", "docm"],
)
def test_macros_are_refused_whatever_the_name_says(content):
    assert refusal(content, "表.xlsx") == "“表.xlsx”含有宏，不能上传。请另存为不带宏的.docx、.xlsx或.pptx后再上传。"


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    "content",
    [
        office({"word/document.xml": LAUGHS}),
        office({"word/document.xml": f"<?xml version='1.0'?>{'<!-- long -->' * 2000}{LAUGHS}"}),
        office({"word/document.xml": LAUGHS.encode("utf-16")}),
        office({"word/_rels/document.xml.rels": '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><x/>'}),
        zipped({"[Content_Types].xml": LAUGHS}),
    ],
    ids=["entities", "behind comments", "utf-16", "external", "content types"],
)
def test_xml_with_a_document_type_is_refused(content):
    sentence = "“表.docx”里有不安全的XML声明（DOCTYPE），不能上传。请用Office或WPS打开，另存一份后再上传。"

    assert refusal(content, "表.docx") == sentence


BOMB = "“表.xlsx”解压后大得不正常，可能是恶意文件。请打开原文件，另存一份后再上传。"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    bomb = office({"xl/sharedStrings.xml": b"<a>" + b" " * 30_000_000})
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *args: pytest.fail("unpacked"))

    assert len(bomb) < 100_000
    assert refusal(bomb, "表.xlsx") == BOMB


def test_an_office_file_that_unpacks_beyond_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(content, "MAX_UNZIPPED_BYTES", 1000)

    assert refusal(office({"word/a.bin": os.urandom(2000)}), "表.xlsx") == BOMB


def test_a_zip_with_thousands_of_entries_is_refused(monkeypatch):
    monkeypatch.setattr(content, "MAX_ZIP_ENTRIES", 100)

    assert refusal(office({f"word/{number}.bin": b"" for number in range(200)}), "表.xlsx") == BOMB


@pytest.mark.parametrize("check", [check_upload, check_workbook])
def test_a_workbook_that_fetches_from_other_files_is_refused(check):
    parts = {"xl/workbook.xml": "<a/>", "xl/externalLinks/externalLink1.xml": "<a/>"}
    content = office(parts, main=f"{XLSX}.main+xml")

    assert refusal(content, "表.xlsx", **({"check": check} if check is check_workbook else {})) == (
        "“表.xlsx”引用了其他文件里的数据（外部链接），不能上传。请在Excel或WPS里断开链接，另存一份后再上传。"
    )


def test_an_encrypted_zip_entry_is_refused():
    content = bytearray(office({"word/document.xml": "<a/>"}, main=f"{DOCX}.main+xml"))
    # Bit 0 of the flags of the first entry in the central directory: encrypted.
    content[content.index(b"PK\x01\x02") + 8] |= 1

    assert refusal(bytes(content), "表.docx") == "“表.docx”设了打开密码。请去掉密码后再上传。"


def test_sizes_are_limited_and_the_limit_is_named(settings):
    settings.MAX_PHOTO_BYTES = 25 * 1024 * 1024
    content = photo_bytes() + b"\x00" * (40 * 1024 * 1024)

    sentence = "“现场.jpg”有40.0 MB，超过了25 MB的上限。请压缩后再上传。"
    assert refusal(content, "现场.jpg", kind="photo") == sentence
    assert refusal(content, "现场.jpg", kind="document") == sentence


def test_a_picture_of_too_many_pixels_is_refused():
    stream = BytesIO()
    Image.new("1", (12_000, 10_001)).save(stream, "PNG")

    sentence = "“炸弹.png”的尺寸太大（超过5200万像素）。请在手机上缩小，或另存为普通的JPG后再上传。"
    assert refusal(stream.getvalue(), "炸弹.png", kind="photo") == sentence


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (
            "编号,名称\n1,甲".encode(),
            "任务.csv",
            "“任务.csv”不是Excel工作簿。请用.xlsx格式（可先下载模板填写）再上传。",
        ),
        (word_bytes(), "任务.xlsx", "“任务.xlsx”是.docx，不是Excel工作簿。请选择.xlsx文件再上传。"),
        (
            OLD_WORD,
            "任务.xls",
            "“任务.xls”是旧版Office格式。请用Excel或WPS另存为.xlsx后再上传。",
        ),
    ],
)
def test_only_a_workbook_is_taken_as_a_workbook(content, name, sentence):
    assert refusal(content, name, check=check_workbook) == sentence


def test_a_table_is_a_workbook_or_text():
    assert check_table(upload(excel_bytes(), "任务.xlsx")).content_type == XLSX
    assert check_table(upload("任务,牵头单位\n".encode("gb18030"), "任务.csv")).content_type == "text/csv"
    assert refusal(b"<html><script>", "任务.csv", check=check_table) == (
        "“任务.csv”是网页或矢量图文件，不是CSV表格。请用Excel或WPS另存为.xlsx后再上传。"
    )


def test_a_workbook_is_taken():
    assert check_workbook(upload(excel_bytes(), "任务.xlsx")).content_type == XLSX


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\照片\\现场.jpg", "现场.jpg"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("行\r\n头.jpg", "行头.jpg"),
        ("   ", "未命名"),
        (None, "未命名"),
        ("长" * 300 + ".docx", "长" * 195 + ".docx"),
    ],
)
def test_names_are_cleaned_of_paths_and_hidden_characters(given, kept):
    assert content.clean_name(given) == kept


@pytest.mark.django_db
def test_a_stored_photo_has_its_file_its_copies_and_its_row(media):
    content = photo_bytes(size=(2000, 1000), place=True)

    stored = store(keep(check_upload(upload(content), kind="photo")), by=None)

    stored.refresh_from_db()
    assert (stored.kind, stored.name, stored.content_type, stored.size) == (
        "photo",
        "证明.jpg",
        "image/jpeg",
        len(content),
    )
    assert (stored.width, stored.height, stored.latitude, stored.longitude) == (2000, 1000, 31.24, 121.49)
    assert (stored.taken_at, stored.created_by_id, stored.created_by_name) == (
        datetime(2025, 4, 8, 1, 30, tzinfo=UTC),
        None,
        "系统",
    )
    assert stored.path == f"{stored.sha256[:2]}/{stored.sha256[2:4]}/{stored.sha256}.jpg"
    assert (media / stored.path).read_bytes() == content
    assert Image.open(media / stored.shown_path).size == (1600, 800)
    assert Image.open(media / stored.thumb_path).size == (320, 160)


@pytest.mark.django_db
def test_the_same_content_lies_on_disk_once_and_has_a_row_for_each_upload(media):
    first = store(upload(photo_bytes(), "一.jpg"), by=None, kind="photo")
    second = store(upload(photo_bytes(), "二.jpg"), by=None, kind="photo")

    assert (first.path, first.shown_path) == (second.path, second.shown_path)
    assert first.key != second.key
    assert sum(file.is_file() for file in media.glob("*/*/*")) == 3


@pytest.mark.django_db
def test_the_file_is_there_before_its_row(media, monkeypatch):
    seen = []
    create = StoredFile.objects.create
    monkeypatch.setattr(
        StoredFile.objects, "create", lambda **row: seen.append((media / row["path"]).is_file()) or create(**row)
    )

    store(upload(word_bytes(), "方案.docx"), by=None)

    assert seen == [True]


@pytest.mark.django_db
def test_a_document_that_we_made_is_stored_as_it_is(media):
    stored = store(keep(made(word_bytes(), name="总结.docx", content_type=DOCX)), by=None)

    assert (stored.kind, stored.name, stored.shown_path) == ("document", "总结.docx", "")
    assert (media / stored.path).is_file()


@pytest.mark.django_db
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_sentence_and_leaves_nothing_behind(media, monkeypatch, code):
    checked = check_upload(upload(photo_bytes()), kind="photo")

    def full(handle):
        raise OSError(code, "full")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(NoRoom) as refused:
        store(checked, by=None)
    assert refused.value.reason == "服务器存储空间已满，“证明.jpg”没有保存。请联系系统管理员清理空间后重新上传。"
    assert StoredFile.objects.count() == 0
    assert not [file for file in media.glob("*/*/*")]


@pytest.fixture
def stored(db):
    return store(upload(photo_bytes(place=True), "现场 照片.png"), by=None, kind="photo")


def served(stored, variant="original", **headers):
    return serve(stored, request=RequestFactory().get("/", headers=headers), variant=variant)


def body(response):
    return b"".join(response.streaming_content)


def test_a_photo_is_served_as_what_it_is_and_nothing_more(stored):
    response = served(stored)

    assert body(response) == photo_bytes(place=True)
    assert dict(response.items()) == {
        "Content-Type": "image/jpeg",
        "Content-Length": str(stored.size),
        "Content-Disposition": "inline; filename*=utf-8''%E7%8E%B0%E5%9C%BA%20%E7%85%A7%E7%89%87.png.jpg",
        "ETag": f'"{stored.sha256[:32]}-original"',
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }


@pytest.mark.parametrize("variant", ["shown", "thumb"])
def test_copies_are_served_without_time_and_place(stored, variant):
    response = served(stored, variant)

    content = body(response)
    assert Image.open(BytesIO(content)).format == "JPEG"
    assert b"Exif" not in content
    assert response["Content-Disposition"].endswith("%E7%85%A7%E7%89%87.jpg")


def test_a_browser_that_has_the_bytes_gets_none(stored):
    etag = served(stored, "thumb")["ETag"]

    response = served(stored, "thumb", if_none_match=etag)

    assert (response.status_code, response.content, response["Cache-Control"]) == (304, b"", "private, no-cache")
    assert served(stored, "shown", if_none_match=etag).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "name", "disposition", "policy"),
    [
        (word_bytes(), "方案.docx", "attachment", "default-src 'none'; sandbox"),
        (b"%PDF-1.7\n%%EOF", "批示.pdf", "inline", "default-src 'none'"),
    ],
)
def test_documents_are_downloaded_and_pdf_is_shown(content, name, disposition, policy):
    response = served(store(upload(content, name), by=None), "shown")

    assert body(response) == content
    assert response["Content-Disposition"].split(";")[0] == disposition
    assert response["Content-Security-Policy"] == policy


def test_a_row_with_an_unknown_type_is_sent_as_bytes_only(stored):
    stored.content_type = "text/html"

    response = served(stored)

    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")


def test_behind_nginx_the_server_sends_the_bytes(stored, settings):
    settings.X_ACCEL_PREFIX = "/stored/"

    response = served(stored, "thumb")

    assert (response.content, response["X-Accel-Redirect"]) == (b"", f"/stored/{stored.thumb_path}")
    assert response["Content-Type"] == "image/jpeg"


def test_a_file_the_disk_has_lost_is_a_404_with_a_sentence(stored, media):
    (media / stored.path).unlink()

    with pytest.raises(Missing, match=r"“现场 照片\.png”的文件在服务器上找不到了，请联系系统管理员从备份恢复。"):
        served(stored)


@pytest.mark.django_db
def test_the_sweep_takes_what_no_row_names_and_nothing_else(media):
    named = store(upload(photo_bytes()), by=None, kind="photo")
    keep(check_upload(upload(photo_bytes(colour="blue"), "b.jpg"), kind="photo"))
    (media / named.path).with_name(".upload-" + "0" * 32).write_bytes(b"half")
    (media / named.path).with_name("note.txt").write_text("somebody's own")

    assert files.sweep_orphans(older_than=datetime.now(UTC) - timedelta(days=1)) == 0
    assert files.sweep_orphans(older_than=LATER) == 4
    assert {file.name for file in media.glob("*/*/*")} == {
        Path(named.path).name,
        Path(named.shown_path).name,
        Path(named.thumb_path).name,
        "note.txt",
    }


@pytest.mark.django_db
def test_a_file_taken_up_again_during_the_sweep_stays(media):
    checked = keep(check_upload(upload(photo_bytes()), kind="photo"))
    for file in media.glob("*/*/*"):
        os.utime(file, (0, 0))
    found = files.orphans(older_than=datetime.now(UTC) - timedelta(days=1))
    first = next(found)

    keep(check_upload(upload(photo_bytes()), kind="photo"))

    assert first.is_file()
    assert list(found) == []
    assert files.sweep_orphans(older_than=datetime.now(UTC) - timedelta(days=1)) == 0
    assert (media / checked.path()).is_file()


def test_the_nightly_job_sweeps(media, work):
    keep(check_upload(upload(photo_bytes()), kind="photo"))
    for file in media.glob("*/*/*"):
        os.utime(file, (0, 0))
    with transaction.atomic():
        enqueue("cityinit.jobs.sweep_orphan_files")

    (job,) = work()

    assert (job.state, list(media.glob("*/*/*"))) == ("done", [])
