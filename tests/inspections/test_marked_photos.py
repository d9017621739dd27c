"""Copies with site, time, place and person written on them: what leaves the product, while the original stays clean."""

from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageChops

from cityinit.content import check_upload
from cityinit.models import StoredFile
from cityinit.watermarks import watermarked
from inspections.actions import findings as actions
from inspections.marked_photos import marked_copy, written_on
from inspections.models import FindingPhoto, Site
from tests.factories import findings as make
from tests.factories.photos import camera

pytestmark = pytest.mark.django_db


def url(photo, variant="marked"):
    return reverse("inspections:photo", args=[photo.pk, variant])


def only_photo():
    return FindingPhoto.objects.for_marking().get()


def changed(before, after):
    """How much of the picture is another, in each third of it from the top."""
    difference = ImageChops.difference(before.convert("L"), after.convert("L")).point([0] * 40 + [255] * 216)
    third = before.height // 3
    return [
        round(
            difference.crop((0, n * third, before.width, (n + 1) * third))
            .resize((1, 1), Image.Resampling.BOX)
            .getpixel((0, 0))
            / 255,
            2,
        )
        for n in range(3)
    ]


def test_site_time_place_and_person_are_written_in_this_order(city, campaign):
    site = make.site(campaign, city.bureau, name="北关农贸市场", address="北关路118号")
    finding = make.reported(city, campaign, site=site, photos=[camera(taken="2026-03-02 09:12", gps=(30.59, 114.31))])

    assert written_on(only_photo()) == [
        "北关农贸市场",
        "2026-03-02 09:12 拍摄",
        "北关路118号",
        f"{city.inspector} 拍摄上传",
        f"创文 · {finding.number} · 整改前",
    ]


def test_without_the_camera_s_word_it_is_told_when_it_was_found_or_sent(city, campaign, clock):
    clock("2026-03-02 09:00")
    finding = make.finding_at(make.State.RECTIFYING, city, campaign)
    clock("2026-03-04 16:30")
    actions.answer(finding, by=city.liaison, measure="已清理", photos=[make.photo(colour="seagreen")])

    before, after = (written_on(photo) for photo in FindingPhoto.objects.for_marking().order_by("pk"))

    assert before[:2] == ["河湾路中段", "2026-03-02 09:00 发现"]
    assert after[:2] == ["河湾路中段", "2026-03-04 16:30 上传"]


def test_the_copy_bears_the_words_at_its_foot_and_nothing_of_the_camera(city, campaign, as_):
    make.reported(city, campaign, photos=[camera(taken="2026-03-02 09:12", gps=(30.59, 114.31), size=(1600, 1200))])
    photo = only_photo()
    original = Path(settings.MEDIA_ROOT, photo.file.path).read_bytes()

    answer = as_(city.inspector).get(url(photo))

    marked = Image.open(BytesIO(answer.content))
    shown = Image.open(Path(settings.MEDIA_ROOT, photo.file.shown_path))
    assert (answer.status_code, answer["Content-Type"], marked.size) == (200, "image/jpeg", (1600, 1200))
    assert (dict(marked.getexif()), [name for name in marked.info if "exif" in name or "xmp" in name]) == ({}, [])
    assert changed(shown, marked)[0] == 0
    assert changed(shown, marked)[2] > 0.1
    assert Path(settings.MEDIA_ROOT, photo.file.path).read_bytes() == original


def test_a_site_that_bears_another_name_is_written_with_it_at_once(city, campaign, as_):
    site = make.site(campaign, city.bureau, name="北关农贸市场")
    make.reported(city, campaign, site=site)
    browser = as_(city.inspector)
    first = browser.get(url(only_photo()))

    again = browser.get(url(only_photo()), headers={"if-none-match": first["ETag"]})
    Site.objects.update(name="北关综合市场")
    renamed = browser.get(url(only_photo()), headers={"if-none-match": first["ETag"]})

    assert [answer.status_code for answer in (first, again, renamed)] == [200, 304, 200]
    assert again.content == b""
    assert renamed.content != first.content


def test_a_marked_copy_is_for_who_sees_the_finding(city, campaign, as_):
    make.finding_at(make.State.DISPATCHED, city, campaign)
    photo = only_photo()

    answers = {
        who: as_(getattr(city, who)).get(url(photo)).status_code for who in ("liaison", "other_liaison", "leader")
    }

    assert answers == {"liaison": 200, "other_liaison": 404, "leader": 200}


def test_a_photo_the_disk_has_lost_says_so_in_its_place(city, campaign, as_):
    make.reported(city, campaign)
    photo = only_photo()
    StoredFile.objects.update(shown_path="00/00/gone.shown.jpg")

    answer = as_(city.inspector).get(url(photo))

    assert (answer.status_code, answer["Content-Type"]) == (404, "image/svg+xml")


@pytest.mark.parametrize("ground", ["white", "black", "#808080"])
def test_words_stand_out_from_light_and_dark_ground(ground):
    picture = BytesIO()
    Image.new("RGB", (1600, 1200), ground).save(picture, "JPEG")

    marked = Image.open(BytesIO(watermarked(picture, ["北关农贸市场", "2026-03-02 09:12"]))).convert("L")

    foot = marked.crop((0, 1050, 400, 1200))
    darkest, lightest = foot.getextrema()
    # White letters with a black rim, on any ground.
    assert (darkest < 40, lightest > 215) == (True, True)


def test_long_lines_end_within_the_picture_and_odd_signs_do_no_harm():
    picture = BytesIO()
    Image.new("RGB", (320, 240), "white").save(picture, "JPEG")

    marked = Image.open(BytesIO(watermarked(picture, ["很长的地点" * 60, "", "a\nb\t🚮\x00", "末行"])))

    # So small a picture is made larger first; the last tenth on the right is outside the widest line.
    assert marked.size == (640, 480)
    edge = (580, 0, 640, 480)
    assert changed(Image.new("RGB", marked.size, "white").crop(edge), marked.crop(edge)) == [0, 0, 0]


def test_a_marked_copy_needs_no_look_at_the_database(city, campaign, django_assert_num_queries):
    make.reported(city, campaign, site=make.site(campaign, city.bureau))
    photo = only_photo()

    with django_assert_num_queries(0):
        assert marked_copy(photo).startswith(b"\xff\xd8")


def test_a_stored_original_is_as_it_came_byte_for_byte(city, campaign):
    content = camera(taken="2026-03-02 09:12", gps=(30.59, 114.31)).upload
    content.seek(0)
    sent = content.read()
    make.reported(city, campaign, photos=[check_upload(SimpleUploadedFile("a.jpg", sent), kind="photo")])

    assert Path(settings.MEDIA_ROOT, only_photo().file.path).read_bytes() == sent
