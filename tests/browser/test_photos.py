"""What the phone reads of a photo before it makes it smaller: when and where it was taken, as cameras write it."""

from base64 import b64encode
from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import expect

from inspections.models import Finding

from .capturing import fill_in, picture, report, said

CHINA = timezone(timedelta(hours=8))
ORIGINAL, DIGITISED = 0x9003, 0x9004
OFFSET, OFFSET_DIGITISED, SUB_SECOND = 0x9011, 0x9012, 0x9291


def source(page, shot):
    """What the page makes out of a photo, as it would send it."""
    told = page.evaluate(
        """async (content) => {
          const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
          return (await window.photos.prepare(new File([bytes], "a.jpg"))).source;
        }""",
        b64encode(shot["buffer"]).decode(),
    )
    return told


def test_of_a_photo_that_was_made_smaller_the_time_it_was_taken_arrives(phone):
    page = phone()
    shot = picture(1, size=(3000, 2000), placed=True, taken={ORIGINAL: "2026:03:01 09:30:00", OFFSET: "+08:00"})

    fill_in(page, shot)
    report(page)
    expect(said(page)).to_have_text("已收到")

    file = Finding.objects.get().photos.get().file
    assert file.size < len(shot["buffer"])
    assert file.taken_at == datetime(2026, 3, 1, 9, 30, tzinfo=CHINA)
    assert (file.latitude, file.longitude) == (28.01, 120.67)


@pytest.mark.browser_context_args(timezone_id="Asia/Bangkok")
@pytest.mark.parametrize(
    ("taken", "moment"),
    [
        ({ORIGINAL: "2026:03:01 09:30:00", OFFSET: "+08:00"}, "2026-03-01T09:30:00+08:00"),
        ({ORIGINAL: "2026:03:01 09:30:00", OFFSET: "-03:30"}, "2026-03-01T09:30:00-03:30"),
        ({ORIGINAL: "2026:03:01 09:30:00.25", SUB_SECOND: "25", OFFSET: "+08:00"}, "2026-03-01T09:30:00+08:00"),
        # The phone stands at seven hours east: so does its clock.
        ({ORIGINAL: "2026:03:01 09:30:00"}, "2026-03-01T02:30:00.000Z"),
        ({ORIGINAL: "2026:03:01 09:30:00", OFFSET: "   :  "}, "2026-03-01T02:30:00.000Z"),
        ({ORIGINAL: "2026:03:01 09:30:00", OFFSET: "+99:00"}, "2026-03-01T02:30:00.000Z"),
        ({DIGITISED: "2026:03:02 10:00:00", OFFSET_DIGITISED: "+09:00"}, "2026-03-02T10:00:00+09:00"),
        # No such day, no such hour, a clock that was never set: the next that tells is taken, or none.
        (
            {ORIGINAL: "2026:02:30 09:30:00", DIGITISED: "2026:03:02 10:00:00", OFFSET_DIGITISED: "+08:00"},
            "2026-03-02T10:00:00+08:00",
        ),
        ({ORIGINAL: "2026:13:01 09:30:00"}, ""),
        ({ORIGINAL: "2026:03:01 24:30:00"}, ""),
        ({ORIGINAL: "0000:00:00 00:00:00"}, ""),
        ({ORIGINAL: "1970:01:01 00:00:00"}, ""),
        ({ORIGINAL: "    :  :     :  :  "}, ""),
        ({}, ""),
    ],
)
def test_the_time_is_read_with_its_zone_and_nonsense_is_none(phone, taken, moment):
    page = phone()

    assert source(page, picture(1, size=(900, 700), taken=taken))["taken_at"] == moment


@pytest.mark.parametrize(
    ("sides", "place"), [("NE", ["28.010000", "120.670000"]), ("SW", ["-28.010000", "-120.670000"])]
)
def test_the_place_is_read_by_its_side_of_the_globe(phone, sides, place):
    told = source(phone(), picture(1, placed=True, sides=sides))

    assert [told["latitude"], told["longitude"]] == place


def test_zero_and_zero_is_no_place(phone):
    told = source(phone(), picture(1, placed=True, place=((0.0,) * 3, (0.0,) * 3)))

    assert [told["latitude"], told["longitude"]] == ["", ""]


def test_a_photo_that_the_camera_turned_is_sent_upright(phone):
    page = phone()

    fill_in(page, picture(1, size=(3000, 2000), turned=6))
    report(page)
    expect(said(page)).to_have_text("已收到")

    file = Finding.objects.get().photos.get().file
    assert (file.width, file.height) == (1365, 2048)
