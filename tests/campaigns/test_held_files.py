"""Uploads of a form that came back with a fault wait for who sent them, and for nobody else."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from campaigns.models import Document, DutyTurn, Meeting, PatrolRecord, WorkLogEntry
from cityinit import held
from cityinit.models import HeldFile, StoredFile
from tests.factories import duty, materials, rows, tasks

pytestmark = pytest.mark.django_db


def photo(colour="green"):
    content = BytesIO()
    Image.new("RGB", (64, 48), colour).save(content, "JPEG")
    return SimpleUploadedFile(f"{colour}.jpg", content.getvalue(), "image/jpeg")


def program():
    return SimpleUploadedFile("现场.jpg", b"MZ" + bytes(4000), "image/jpeg")


def url_of(name, *args):
    return reverse(f"campaigns:{name}", args=args)


def field_of(answer, name="files"):
    return answer.context["form"].fields[name]


def ticked(answer, name="files", *, but=()):
    """What the form that was drawn again sends of its held files, where these are unticked."""
    field = field_of(answer, name)
    kept = [row.pk for row in field.held if row.is_ticked and row.file.name not in but]
    return {f"{name}-form": field.form_key, f"{name}-held": kept}


def names(files):
    return sorted(file.name for file in files)


@pytest.fixture
def task(campaign, here, clock):
    clock("2026-04-01 10:00")
    return tasks.acknowledged(campaign, here)


def filled(here, **changes):
    return {"unit": here.bureau.pk, "done_on": "2026-03-05", "content": "清理占道摊点"} | changes


def test_photos_of_an_entry_stay_over_a_fault_and_one_is_left_out(here, task, as_):
    browser, address = as_(here.liaison), url_of("log_new", task.pk)
    key = str(browser.get(address).context["form"].initial["client_key"])
    chosen = [photo(), photo("red"), photo("navy"), program()]

    first = browser.post(address, filled(here, client_key=key, quantities_text="很多", files=chosen))
    page = first.content.decode()
    seen = [browser.get(reverse("cityinit:held_file", args=[row.pk])).status_code for row in field_of(first).held]
    again = filled(here, client_key=key, files=[photo("white"), photo()], **ticked(first, but=["red.jpg"]))
    worse = browser.post(address, again | {"content": ""})
    final = filled(here, client_key=key, **ticked(worse))
    answers = [browser.post(address, final) for _time in range(2)]

    assert (first.status_code, WorkLogEntry.objects.count(), seen) == (422, 1, [200, 200, 200])
    assert [row.file.name for row in field_of(first).held] == ["green.jpg", "red.jpg", "navy.jpg"]
    assert ("已上传的文件，去掉勾选就不用" in page, "请重新选择" in page) == (True, False)
    assert [(row.file.name, row.is_ticked) for row in field_of(worse).held] == [
        ("green.jpg", True),
        ("red.jpg", False),
        ("navy.jpg", True),
        ("white.jpg", True),
    ]
    assert [answer.url for answer in answers] == [task.get_absolute_url()] * 2
    assert names(WorkLogEntry.objects.get().files.all()) == ["green.jpg", "navy.jpg", "white.jpg"]
    assert names(StoredFile.objects.all()) == ["green.jpg", "navy.jpg", "white.jpg"]
    assert field_of(browser.get(address)).held == []


def test_photos_of_a_correction_stay_over_a_fault_and_are_not_held_for_who_may_not_correct(here, task, as_):
    entry = tasks.entry(task, here)
    address = url_of("log_edit", entry.pk)

    others = as_(here.leader).post(address, filled(here, content="", files=[photo()]))
    before = HeldFile.objects.count()
    author = as_(here.liaison)
    stale = author.post(address, filled(here, seen="another", files=[photo()]))
    seen = stale.context["form"]["seen"].value()
    author.post(address, filled(here, seen=seen, **ticked(stale)))

    assert (others.status_code, before) == (422, 0)
    assert "选好的文件没有保存" not in stale.content.decode()
    assert names(entry.files.all()) == ["green.jpg"]


def test_files_of_a_register_stay_over_a_fault(here, campaign, as_, clock):
    clock("2026-04-01 10:00")
    browser, typed = as_(here.liaison), {"kind": "主题活动", "held_on": "2026-03-05", "unit": here.bureau.pk}
    new, papers = url_of("register_new", "meetings"), url_of("register_new", "documents")

    faulty = browser.post(new, typed | {"new_files": [photo(), photo("red")]})
    browser.post(new, typed | {"name": "门前三包", **ticked(faulty, "new_files", but=["red.jpg"])})
    row = Meeting.objects.get()
    edit = url_of("register_edit", "meetings", row.pk)
    seen = browser.get(edit).context["form"]["seen"].value()
    worse = browser.post(edit, typed | {"seen": seen, "new_files": [photo("navy")]})
    browser.post(edit, typed | {"name": "门前三包", "seen": seen, **ticked(worse, "new_files")})
    office = as_(here.coordinator)
    untitled = office.post(papers, {"new_files": [photo()]})
    office.post(papers, {"name": "实施方案", **ticked(untitled, "new_files")})

    assert names(row.files.all()) == ["green.jpg", "navy.jpg"]
    assert names(Document.objects.get().files.all()) == ["green.jpg"]


def test_photos_of_a_patrol_and_of_a_check_in_stay_over_a_fault(here, campaign, as_, clock):
    clock("2026-03-04 08:30")
    browser, walk = as_(here.liaison), url_of("patrol_new", duty.quota(campaign, unit=here.bureau).pk)
    turn = duty.turn_at(DutyTurn.State.PLANNED, campaign, here)
    values = {field.name: field.value() or "" for field in browser.get(walk).context["form"] if field.name != "photos"}
    check_in = url_of("turn_move", turn.pk, "check_in")

    nowhere = browser.post(walk, values | {"place": "", "photos": [photo()]})
    browser.post(walk, values | ticked(nowhere, "photos"))
    spoiled = browser.post(check_in, {"photos": [photo("red"), program()]})
    browser.post(check_in, ticked(spoiled, "photos"))

    assert names(PatrolRecord.objects.get().files.all()) == ["green.jpg"]
    assert names(turn.files.all()) == ["red.jpg"]


def test_what_waits_for_one_person_is_nothing_to_another(here, task, as_):
    browser, address = as_(here.liaison), url_of("log_new", task.pk)
    mine = ticked(browser.post(address, filled(here, content="", files=[photo()])))

    answer = as_(here.coordinator).post(address, filled(here, **mine))
    leader = as_(here.leader).post(
        url_of("material_submit", materials.asked(task.campaign, here).pk),
        {"title": "方案", "files": [materials.sound().upload]},
    )

    assert answer.context["form"].errors == {"files": ["已上传的文件有1个没有保留下来，请重新选择。"]}
    assert (field_of(answer).held, WorkLogEntry.objects.count()) == ([], 0)
    assert (leader.status_code, HeldFile.objects.count()) == (422, 1)


def test_the_oldest_of_a_persons_files_go_first_and_what_is_large_too(here, monkeypatch):
    monkeypatch.setattr(held, "MOST_HELD", 2)
    for colour in ("red", "green", "navy"):
        held.hold(colour, [materials.sound(colour=colour)], by=here.liaison)
    held.hold("other", [materials.sound(colour="white")], by=here.coordinator)
    kept = list(HeldFile.objects.values_list("form", flat=True))
    monkeypatch.setattr(held, "MOST_BYTES", 1)

    held.hold("blue", [materials.sound(colour="blue")], by=here.coordinator)

    assert kept == ["green", "navy", "other"]
    assert list(HeldFile.objects.values_list("form", flat=True)) == ["green", "navy"]


def test_files_of_forms_nobody_sent_are_swept_and_those_of_rows_stay(here, campaign):
    sound = [materials.sound(colour=colour) for colour in ("red", "green", "navy")]
    left, listed, handed_in = (held.hold(row.sha256[:32], [row], by=here.liaison)[0].file for row in sound)
    activity = rows.activity(campaign, here, files=[listed])
    made = materials.submit(materials.asked(campaign, here), here, stored=[handed_in], files=[])

    early = held.sweep(older_than=timezone.now() - held.HELD_FOR)
    late = held.sweep(older_than=timezone.now() + timedelta(days=1))

    assert (early, late, HeldFile.objects.count()) == (0, 3, 0)
    assert (activity.files.get(), made.files.get()) == (listed, handed_in)
    assert StoredFile.objects.filter(pk=left.pk).exists() is False
