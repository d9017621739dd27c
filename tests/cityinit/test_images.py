import random
import struct
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import IFDRational

from cityinit.content import check_upload
from cityinit.files import store
from cityinit.images import TooManyPixels, UnreadablePicture, read_photo
from cityinit.models import StoredFile
from cityinit.periods import SHANGHAI

ROOT = Path(__file__).resolve().parent.parent.parent


def picture(width=400, height=300, *, mode="RGB", corner="red"):
    """Grey steps with one coloured corner at the top left, so that a turn can be seen."""
    image = Image.new(mode, (width, height), "white")
    draw = ImageDraw.Draw(image)
    for step in range(8):
        shade = (step * 37) % 255
        left, right = step * width // 8, (step + 1) * width // 8
        draw.rectangle((left, height // 2, right, height), fill=(shade, shade, shade))
    draw.rectangle((0, 0, width // 4, height // 4), fill=corner)
    return image


def saved(image, form="JPEG", **options):
    stream = BytesIO()
    image.save(stream, form, **options)
    stream.seek(0)
    return stream


def exif(*, orientation=1, taken=None, offset=None, gps=None, digitised=None, written=None):
    tags = Image.Exif()
    tags[0x0112] = orientation
    if written:
        tags[0x0132] = written
    if digitised:
        tags.get_ifd(0x8769)[0x9004] = digitised
    if taken:
        tags.get_ifd(0x8769)[0x9003] = taken
    if offset:
        tags.get_ifd(0x8769)[0x9011] = offset
    if gps:
        tags.get_ifd(0x8825).update(gps)
    return tags.tobytes()


SHANGHAI_BUND = {1: "N", 2: (31.0, 14.0, 24.0), 3: "E", 4: (121.0, 29.0, 24.0)}


def opened(data):
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(
    ("form", "content_type", "extension"),
    [
        ("JPEG", "image/jpeg", ".jpg"),
        ("PNG", "image/png", ".png"),
        ("WEBP", "image/webp", ".webp"),
        ("HEIF", "image/heic", ".heic"),
    ],
)
def test_a_photo_of_each_format_gets_two_jpeg_copies(form, content_type, extension):
    photo = read_photo(saved(picture(2000, 1500), form))

    assert (photo.content_type, photo.extension, photo.width, photo.height) == (content_type, extension, 2000, 1500)
    assert (opened(photo.shown).format, opened(photo.shown).size) == ("JPEG", (1600, 1200))
    assert (opened(photo.thumb).format, opened(photo.thumb).size) == ("JPEG", (320, 240))


def test_a_photo_with_a_second_view_in_it_is_a_jpeg():
    photo = read_photo(saved(picture(), "MPO", save_all=True, append_images=[picture(corner="blue")]))

    assert (photo.content_type, photo.extension) == ("image/jpeg", ".jpg")


def test_a_small_photo_is_not_blown_up():
    photo = read_photo(saved(picture(200, 100)))

    assert opened(photo.shown).size == opened(photo.thumb).size == (200, 100)


@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [
        (1, (400, 300), (10, 10)),
        (2, (400, 300), (390, 10)),
        (3, (400, 300), (390, 290)),
        (4, (400, 300), (10, 290)),
        (5, (300, 400), (10, 10)),
        (6, (300, 400), (290, 10)),
        (7, (300, 400), (290, 390)),
        (8, (300, 400), (10, 390)),
    ],
)
def test_copies_stand_upright_however_the_phone_was_held(orientation, size, red_at):
    photo = read_photo(saved(picture(), exif=exif(orientation=orientation)))

    shown = opened(photo.shown)
    red, green, _blue = shown.getpixel(red_at)
    assert (photo.width, photo.height) == shown.size == size
    assert red > 200
    assert green < 80


def test_time_and_place_are_read_and_stand_in_no_copy():
    original = saved(picture(), exif=exif(taken="2025:04:08 09:30:00", gps=SHANGHAI_BUND))

    photo = read_photo(original)

    assert photo.taken_at == datetime(2025, 4, 8, 9, 30, tzinfo=SHANGHAI)
    assert (photo.latitude, photo.longitude) == (31.24, 121.49)
    for copy in (photo.shown, photo.thumb):
        assert dict(opened(copy).getexif()) == {}
        assert b"Exif" not in copy
        assert b"2025:04:08" not in copy


@pytest.mark.parametrize("form", ["PNG", "WEBP", "HEIF"])
def test_time_and_place_are_read_from_other_formats_too(form):
    photo = read_photo(saved(picture(), form, exif=exif(taken="2025:04:08 09:30:00", gps=SHANGHAI_BUND)))

    assert photo.taken_at == datetime(2025, 4, 8, 9, 30, tzinfo=SHANGHAI)
    assert (photo.latitude, photo.longitude) == (31.24, 121.49)


def test_the_cameras_own_time_zone_counts():
    photo = read_photo(saved(picture(), exif=exif(taken="2025:04:08 09:30:00", offset="+00:00")))

    assert photo.taken_at == datetime(2025, 4, 8, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tags", "day"),
    [
        ({"taken": "2025:04:08 09:30:00", "digitised": "2025:04:09 09:30:00", "written": "2025:04:10 09:30:00"}, 8),
        ({"digitised": "2025:04:09 09:30:00", "written": "2025:04:10 09:30:00"}, 9),
        ({"written": "2025:04:10 09:30:00"}, 10),
        ({"taken": "0000:00:00 00:00:00", "written": "2025:04:10 09:30:00"}, 10),
    ],
)
def test_where_the_camera_did_not_say_when_the_next_best_moment_counts(tags, day):
    photo = read_photo(saved(picture(), exif=exif(**tags)))

    assert photo.taken_at == datetime(2025, 4, day, 9, 30, tzinfo=SHANGHAI)


def test_south_and_west_are_negative():
    gps = {1: "S", 2: (33.0, 30.0, 0.0), 3: "W", 4: (70.0, 45.0, 0.0)}

    photo = read_photo(saved(picture(), exif=exif(gps=gps)))

    assert (photo.latitude, photo.longitude) == (-33.5, -70.75)


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"taken": "0000:00:00 00:00:00"},
        {"taken": "gestern"},
        {"taken": "2025:04:08 09:30:00", "offset": "nirgends"},
        {"gps": {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)}},
        {"gps": {1: "N", 2: (95.0, 0.0, 0.0), 3: "E", 4: (121.0, 0.0, 0.0)}},
        {"gps": {1: "N", 2: (31.0, 14.0, 24.0)}},
    ],
)
def test_a_time_or_place_that_cannot_be_is_unknown(tags):
    photo = read_photo(saved(picture(), exif=exif(**tags)))

    assert (photo.taken_at, photo.latitude, photo.longitude) == (None, None, None)


def test_damaged_exif_does_not_cost_the_photo():
    whole = saved(picture(), exif=exif(taken="2025:04:08 09:30:00", gps=SHANGHAI_BUND)).getvalue()
    damaged = whole.replace(b"Exif\x00\x00MM", b"Exif\x00\x00QQ").replace(b"Exif\x00\x00II", b"Exif\x00\x00QQ")

    photo = read_photo(BytesIO(damaged))

    assert damaged != whole
    assert (photo.width, photo.height, photo.taken_at) == (400, 300, None)


def test_what_is_transparent_is_shown_on_white():
    photo = read_photo(saved(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG"))

    assert opened(photo.shown).getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1"])
def test_pictures_of_other_colour_modes_become_plain_colour(mode):
    form = "JPEG" if mode == "CMYK" else "PNG"

    photo = read_photo(saved(picture().convert(mode), form))

    assert opened(photo.shown).mode == "RGB"


def test_a_cut_off_photo_is_refused():
    whole = saved(picture(1200, 900)).getvalue()

    with pytest.raises(UnreadablePicture):
        read_photo(BytesIO(whole[: len(whole) // 2]))


@pytest.mark.parametrize("content", [b"", b"MZ\x90\x00", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a"])
def test_what_is_no_photo_is_refused(content):
    with pytest.raises(UnreadablePicture):
        read_photo(BytesIO(content))


def test_the_largest_phone_photo_is_taken():
    photo = read_photo(saved(Image.new("L", (12_000, 9_000)), "JPEG"))

    assert (photo.width, photo.height, opened(photo.shown).size) == (12_000, 9_000, (1600, 1200))


@pytest.mark.parametrize(
    ("form", "options", "size", "limit"),
    [
        ("JPEG", {}, (12_000, 10_001), 120_000_000),
        ("JPEG", {"progressive": True}, (8000, 6501), 52_000_000),
        ("PNG", {}, (8000, 6501), 52_000_000),
        ("PNG", {}, (25_000, 25_000), 120_000_000),
    ],
)
def test_what_would_unpack_to_too_much_is_refused(form, options, size, limit):
    with pytest.raises(TooManyPixels) as fault:
        read_photo(saved(Image.new("1" if form == "PNG" else "L", size), form, **options))

    assert fault.value.limit == limit


def test_the_largest_picture_that_is_unpacked_whole_takes_less_than_half_a_gigabyte(tmp_path):
    (tmp_path / "large.png").write_bytes(saved(Image.new("RGBA", (8000, 6500)), "PNG", compress_level=1).getvalue())
    script = (
        "import re, sys; from pathlib import Path; from cityinit.images import read_photo\n"
        "most = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) // 1024\n"
        "before = most(); read_photo(open(sys.argv[1], 'rb')); print(most() - before)"
    )

    told = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "large.png"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert int(told.stdout) < 500


@given(st.data())
def test_a_photo_damaged_anywhere_is_read_or_refused_but_never_a_fault(data):
    content = bytearray(saved(picture(64, 48), exif=exif(taken="2025:04:08 09:30:00", gps=SHANGHAI_BUND)).getvalue())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=20)):
        content[place] = data.draw(st.integers(0, 255))

    try:
        photo = read_photo(BytesIO(bytes(content)))
    except (UnreadablePicture, TooManyPixels):
        return
    assert opened(photo.shown).format == "JPEG"


EXIF_OF = {"JPEG": {}, "PNG": {}, "WEBP": {}, "HEIF": {}, "MPO": {"save_all": True}}


@pytest.mark.parametrize("form", list(EXIF_OF))
def test_no_copy_carries_time_place_thumbnail_or_comment_of_any_format(form):
    tags = exif(taken="2025:04:08 09:30:00", gps=SHANGHAI_BUND)
    more = {"append_images": [picture(corner="blue")]} if form == "MPO" else {}
    original = saved(picture(), form, exif=tags, xmp=b"<x:xmpmeta>secret place</x:xmpmeta>", **EXIF_OF[form], **more)

    photo = read_photo(original)

    assert (photo.latitude, photo.longitude) == (31.24, 121.49)
    for copy in (photo.shown, photo.thumb):
        told = opened(copy)
        assert (dict(told.getexif()), told.info.keys() & {"exif", "xmp", "comment", "mp"}) == ({}, set())
        assert [word in copy for word in (b"Exif", b"GPS", b"secret", b"MPF")] == [False] * 4


@pytest.mark.parametrize(
    "tags",
    [
        {"taken": "9999:99:99 99:99:99"},
        {"taken": "0000:00:00 00:00:00"},
        {"taken": "2025-04-08T09:30"},
        {"taken": "x" * 5000},
        {"gps": {1: "N", 2: (99999.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)}},
        {"gps": {1: "N", 2: (IFDRational(0, 0), 0.0, 0.0), 3: "E", 4: (114.0, 0.0, 0.0)}},
        {"gps": {1: "", 2: (30.0,), 3: "", 4: ()}},
        {"gps": {2: (30.0, 0.0, 0.0)}},
    ],
)
def test_wrong_dates_and_places_cost_nothing_but_themselves(tags):
    photo = read_photo(saved(picture(), exif=exif(**tags)))

    assert (photo.taken_at, photo.latitude, photo.longitude) == (None, None, None)


@pytest.mark.parametrize(
    "tags",
    [
        {"taken": "2024:01:01 00:00:00", "offset": "99999999999999999:00"},
        {"taken": "2024:01:01 00:00:00", "offset": "+00:99999999999999999"},
        {"taken": "2024:01:01 00:00:00", "offset": "+24:00"},
        {"taken": "2024:01:01 00:00:00", "offset": "+14:01"},
        {"taken": "2024:01:01 00:00:00", "offset": "+08:60"},
        {"taken": "9999:12:31 23:59:59"},
        {"taken": "9999:12:31 23:59:59", "offset": "-12:00"},
        {"taken": "1990:01:01 00:00:00", "offset": "+08:01"},
        {"taken": "0001:01:01 00:00:00", "offset": "+12:00"},
        {"taken": "2026:03:03 10:00:01"},
    ],
)
def test_a_moment_that_cannot_be_is_dropped_and_the_photo_kept(db, clock, tags):
    clock("2026-03-01 10:00")

    kept = kept_photo(saved(picture(), exif=exif(**tags)).getvalue())

    assert (kept.is_photo, kept.width, kept.taken_at) == (True, 400, None)


@pytest.mark.parametrize(
    ("tags", "moment"),
    [
        ({"taken": "1990:01:01 00:00:00"}, datetime(1990, 1, 1, tzinfo=SHANGHAI)),
        # A camera's clock may be two days ahead.
        ({"taken": "2026:03:03 10:00:00"}, datetime(2026, 3, 3, 10, tzinfo=SHANGHAI)),
        ({"taken": "2024:01:01 00:00:00", "offset": " -05:30"}, datetime(2024, 1, 1, 5, 30, tzinfo=UTC)),
        (
            {"taken": "2024:01:01 00:00:00", "offset": "+14:00"},
            datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        ),
        (
            {"taken": "2024:01:01 00:00:00", "offset": "+99:00", "written": "2025:01:01 00:00:00"},
            datetime(2025, 1, 1, tzinfo=SHANGHAI),
        ),
    ],
)
def test_a_moment_that_can_be_is_kept(db, clock, tags, moment):
    clock("2026-03-01 10:00")

    assert kept_photo(saved(picture(), exif=exif(**tags)).getvalue()).taken_at == moment


@pytest.mark.parametrize(
    "gps",
    [
        {2: (IFDRational(1, 0), 0.0, 0.0)},
        {4: (IFDRational(0, 0), 0.0, 0.0)},
        {2: (31.0, IFDRational(0, 0), 0.0)},
        {2: (31.0, 4_294_967_295.0, 0.0)},
        {2: (31.0, 61.0, 0.0)},
        {2: (31.0, 0.0, 61.0)},
        {2: 31.0},
        {1: b"\xff"},
        {1: 7},
        {1: "E"},
    ],
)
def test_a_place_that_cannot_be_is_dropped_and_the_photo_kept(db, gps):
    kept = kept_photo(saved(picture(), exif=exif(gps=SHANGHAI_BUND | gps)).getvalue())

    assert (kept.is_photo, kept.latitude, kept.longitude) == (True, None, None)


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_an_orientation_that_is_none_leaves_the_photo_as_it_lies(orientation):
    photo = read_photo(saved(picture(), exif=exif(orientation=orientation)))

    assert (photo.width, photo.height) == (400, 300)


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_heic_that_says_it_is_beyond_all_size_is_too_large_not_a_fault(width, height):
    content = bytearray(saved(picture(64, 48), "HEIF").getvalue())
    at = content.find(b"ispe") + 8
    content[at : at + 8] = struct.pack(">II", width, height)

    with pytest.raises(TooManyPixels) as fault:
        read_photo(BytesIO(bytes(content)))

    assert fault.value.limit == 52_000_000


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_whose_exif_is_damaged_anywhere_is_kept(db, form):
    chance = random.Random(form)
    whole = exif(taken="2025:04:08 09:30:00", offset="+08:00", gps=SHANGHAI_BUND, written="2025:04:08 09:30:00")
    image = picture(64, 48)

    for _time in range(60):
        damaged = bytearray(whole)
        for _place in range(chance.randint(1, 10)):
            damaged[chance.randrange(6, len(damaged))] = chance.choice(
                (0, 1, 45, 57, 127, 128, 255, chance.randrange(256))
            )
        kept = kept_photo(saved(image, form, exif=bytes(damaged)).getvalue())

        assert (kept.is_photo, {kept.width, kept.height}) == (True, {64, 48})


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_picture_of_any_format_damaged_anywhere_is_read_or_refused_but_never_a_fault(form):
    chance = random.Random(form)
    whole = saved(picture(64, 48), form, exif=exif(taken="2025:04:08 09:30:00", gps=SHANGHAI_BUND)).getvalue()
    came_to = set()

    for _time in range(150):
        damaged = bytearray(whole)
        for _place in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.choice((0, 127, 255, chance.randrange(256)))
        try:
            came_to.add(type(read_photo(BytesIO(bytes(damaged)))).__name__)
        except (UnreadablePicture, TooManyPixels) as fault:
            came_to.add(type(fault).__name__)

    assert came_to <= {"Photo", "UnreadablePicture", "TooManyPixels"}
    assert "UnreadablePicture" in came_to


def kept_photo(content):
    """The row of a photo, as the database has it."""
    stored = store(check_upload(SimpleUploadedFile("现场.jpg", content), kind="photo"), by=None)
    return StoredFile.objects.get(pk=stored.pk)
