"""What a phone sends file by file: held once, acknowledged by its digest, refused with a sentence, never half."""

import errno
import hashlib
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from cityinit.models import HeldFile, StoredFile

pytestmark = pytest.mark.django_db
FORM = "0123456789abcdef" * 2
URL = "/system/outbox/files/"


def picture(colour="green"):
    content = BytesIO()
    Image.new("RGB", (64, 48), colour).save(content, "JPEG")
    return content.getvalue()


def sent(content, *, name="1.jpg", form=FORM, sha256=None, **source):
    return {
        "form": form,
        "sha256": sha256 or hashlib.sha256(content).hexdigest(),
        "file": SimpleUploadedFile(name, content, "image/jpeg"),
        **source,
    }


def test_a_photo_is_held_and_acknowledged_by_its_digest(city, as_):
    content = picture()

    answer = as_(city.inspector).post(URL, sent(content))

    row = HeldFile.objects.get()
    assert answer.json() == {"held": row.pk, "sha256": hashlib.sha256(content).hexdigest()}
    assert (row.form, row.held_by_id, row.file.size) == (FORM, city.inspector.pk, len(content))


def test_sent_twice_it_is_held_once(city, as_):
    first = as_(city.inspector).post(URL, sent(picture())).json()

    again = as_(city.inspector).post(URL, sent(picture())).json()

    assert again == first
    assert StoredFile.objects.count() == 1


def test_what_the_phone_knows_of_the_picture_it_shrank_is_kept(city, as_):
    source = {
        "source_sha256": "ab" * 32,
        "taken_at": "2026-07-03T16:20:11+08:00",
        "latitude": "28.008333",
        "longitude": "120.669444",
    }

    as_(city.inspector).post(URL, sent(picture(), **source))

    file = StoredFile.objects.get()
    assert file.source_sha256 == "ab" * 32
    assert file.taken_at == datetime(2026, 7, 3, 8, 20, 11, tzinfo=UTC)
    assert (file.latitude, file.longitude) == (28.008333, 120.669444)


def test_of_a_file_as_its_camera_wrote_it_the_source_is_the_file_itself(city, as_):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:03:01 09:30:00"
    stream = BytesIO()
    Image.new("RGB", (64, 48), "green").save(stream, "JPEG", exif=exif)

    as_(city.inspector).post(URL, sent(stream.getvalue(), source_sha256="ab" * 32))

    file = StoredFile.objects.get()
    assert file.source_sha256 == file.sha256 == hashlib.sha256(stream.getvalue()).hexdigest()


@pytest.mark.parametrize(
    "source",
    [
        {"taken_at": "gestern"},
        {"taken_at": "2099-01-01T00:00:00"},
        {"taken_at": "0001-01-01T00:00:00+08:00"},
        {"latitude": "91", "longitude": "120"},
        {"latitude": "28"},
        {"source_sha256": "zz"},
        {"latitude": "nan", "longitude": "nan"},
    ],
)
def test_what_it_says_of_the_source_and_cannot_be_is_dropped_not_the_photo(city, as_, source):
    answer = as_(city.inspector).post(URL, sent(picture(), **source))

    assert answer.status_code == 200
    file = StoredFile.objects.get()
    assert (file.taken_at, file.latitude, file.longitude, file.source_sha256) == (None, None, None, "")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"sha256": "00" * 32}, 400),
        ({"form": "../x"}, 400),
        ({"content": b"MZ" + bytes(3000)}, 422),
        ({"content": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"}, 422),
        ({"content": picture()[:200]}, 422),
    ],
)
def test_what_is_broken_may_come_again_and_what_is_no_photo_never_will(city, as_, given, status):
    content = given.pop("content", None) or picture()

    answer = as_(city.inspector).post(URL, sent(content, **given))

    assert answer.status_code == status
    assert answer.json()["fault"]
    assert HeldFile.objects.count() == 0


def test_a_photo_whose_own_moment_cannot_be_is_held_without_it(city, as_):
    tags = Image.Exif()
    tags.get_ifd(0x8769).update({0x9003: "2024:01:01 00:00:00", 0x9011: "99999999999999999:00"})
    content = BytesIO()
    Image.new("RGB", (64, 48), "green").save(content, "JPEG", exif=tags)

    answer = as_(city.inspector).post(URL, sent(content.getvalue()))

    held = HeldFile.objects.get()
    assert (answer.status_code, answer.json()["held"], held.file.taken_at) == (200, held.pk, None)


def test_nothing_but_a_file_is_broken(city, as_):
    assert as_(city.inspector).post(URL, {}).status_code == 400


def test_a_full_disk_is_told_as_something_that_passes(city, as_, monkeypatch):
    def full(*args, **values):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("cityinit.files._write", full)

    answer = as_(city.inspector).post(URL, sent(picture()))

    assert answer.status_code == 507
    assert "服务器存储空间已满" in answer.json()["fault"]
    assert HeldFile.objects.count() == 0


def test_it_is_told_who_is_signed_in_and_what_time_it_is(city, as_, clock):
    clock("2026-03-01 10:00")

    answer = as_(city.inspector).get("/system/outbox/")

    assert answer.json() == {"person": city.inspector.pk, "name": str(city.inspector), "now": 1772330400000}
    assert answer.cookies["csrftoken"].value


def test_who_is_not_signed_in_is_sent_to_the_log_in(client, db):
    assert client.get("/system/outbox/").status_code == 302
    assert client.post(URL, sent(picture())).status_code == 302
