"""The work log in the browser: form, files, list."""

from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from campaigns.actions import log as actions
from campaigns.models import WorkLogEntry, Workstream
from cityinit.models import StoredFile
from tests.factories import tasks
from units.models import Post
from units.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(clock):
    clock("2026-04-01 10:00")


@pytest.fixture
def task(campaign, here):
    return tasks.acknowledged(campaign, here)


def url_of(name, *args):
    return reverse(f"campaigns:{name}", args=args)


def photo(name="现场.jpg"):
    content = BytesIO()
    Image.new("RGB", (64, 48), "green").save(content, "JPEG")
    return SimpleUploadedFile(name, content.getvalue(), "image/jpeg")


def filled(here, **changes):
    return {"unit": here.bureau.pk, "done_on": "2026-03-05", "content": "清理占道摊点"} | changes


def test_work_is_logged_with_photos_and_documents(here, task, as_):
    pdf = SimpleUploadedFile("方案.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")

    response = as_(here.liaison).post(
        url_of("log_new", task.pk),
        filled(here, quantities_text="清理摊点=30余处", files=[photo(), pdf], is_highlight="on", kind="整治"),
    )

    entry = WorkLogEntry.objects.get()
    assert response.headers["Location"] == task.get_absolute_url()
    assert (entry.kind, entry.is_highlight, entry.created_by) == ("整治", True, here.liaison)
    assert sorted(file.name for file in entry.files.all()) == ["方案.pdf", "现场.jpg"]
    assert [str(row) for row in entry.quantities.all()] == ["清理摊点=30余处"]


def test_a_double_submit_is_stored_once_and_leads_to_the_same_page(here, task, as_):
    browser = as_(here.liaison)
    key = browser.get(url_of("log_new", task.pk)).context["form"].initial["client_key"]

    answers = [
        browser.post(url_of("log_new", task.pk), filled(here, client_key=str(key), files=[photo()])) for _ in range(2)
    ]

    assert [answer.headers["Location"] for answer in answers] == [task.get_absolute_url()] * 2
    assert (WorkLogEntry.objects.count(), StoredFile.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        (
            {"quantities_text": "清理摊点30处"},
            "quantities_text",
            "“清理摊点30处”缺少等号。请写成“名称=数字和单位”，例如“接受心理咨询=400余人次”。",
        ),
        ({"done_on": "2026-04-02"}, "done_on", "工作日期不能晚于今天。"),
        ({"done_on": "2025-03-05"}, "done_on", "这一天早于创建活动开始的2026-01-01，请核对年份。"),
        ({"content": " "}, "content", "请填写这一项。"),
    ],
)
def test_the_form_shows_the_right_form_and_keeps_what_was_typed(here, task, as_, changes, field, sentence):
    response = as_(here.liaison).post(url_of("log_new", task.pk), filled(here, **changes))

    form = response.context["form"]
    assert form.errors == {field: [sentence]}
    assert form["unit"].value() == str(here.bureau.pk)
    assert WorkLogEntry.objects.count() == 0


def test_a_renamed_program_is_a_form_error(here, task, as_):
    program = SimpleUploadedFile("现场.jpg", b"MZ" + bytes(4000), "image/jpeg")

    response = as_(here.liaison).post(url_of("log_new", task.pk), filled(here, files=[photo(), program]))

    errors = response.context["form"].errors
    assert errors == {"files": ["“现场.jpg”是程序文件，不能上传。可以上传照片，以及.docx、.xlsx、.pptx和.pdf文件。"]}
    assert "清理占道摊点" in response.content.decode()
    # The photo beside it waits.
    assert (WorkLogEntry.objects.count(), [file.is_photo for file in StoredFile.objects.all()]) == (0, [True])


def test_a_photo_of_40_mb_is_a_form_error_that_names_the_limit(here, task, as_, settings):
    large = photo("全景.jpg").read()
    upload = SimpleUploadedFile("全景.jpg", large + bytes(40 * 1024 * 1024 - len(large)), "image/jpeg")

    response = as_(here.liaison).post(url_of("log_new", task.pk), filled(here, files=[upload]))

    assert response.context["form"].errors == {"files": ["“全景.jpg”有40.0 MB，超过了25 MB的上限。请压缩后再上传。"]}
    assert (WorkLogEntry.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_a_full_disk_is_told_in_the_form(here, task, as_, monkeypatch):
    import errno

    def full(*args, **values):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("cityinit.files._write", full)

    response = as_(here.liaison).post(url_of("log_new", task.pk), filled(here, files=[photo()]))

    assert response.context["form"].errors["files"][0].startswith("服务器存储空间已满")
    assert WorkLogEntry.objects.count() == 0


def test_a_unit_the_person_does_not_speak_for_cannot_be_chosen(here, task, as_):
    response = as_(here.liaison).post(url_of("log_new", task.pk), filled(here, unit=here.police.pk))

    assert set(response.context["form"].errors) == {"unit"}


def test_the_office_logs_for_every_unit_of_the_task(here, task, as_):
    form = as_(here.coordinator).get(url_of("log_new", task.pk)).context["form"]

    assert list(form.fields["unit"].queryset) == [here.bureau, here.police]


def test_who_has_no_part_in_the_task_is_refused(here, task, as_):
    response = as_(here.leader).get(url_of("log_new", task.pk), follow=True)

    assert "您的单位没有承担这项任务，不能登记工作。" in response.content.decode()


def test_an_entry_is_corrected_with_the_numbers_as_they_were_typed(here, task, as_):
    entry = tasks.entry(task, here, quantities_text="硬化路面=1.25万㎡；参加=400余人")
    browser = as_(here.liaison)

    drawn = browser.get(url_of("log_edit", entry.pk)).context["form"]
    browser.post(
        url_of("log_edit", entry.pk), {"done_on": "2026-03-06", "content": "清理并复查", "quantities_text": ""}
    )

    entry.refresh_from_db()
    assert drawn.initial["quantities_text"] == "硬化路面=1.25万㎡；参加=400余人"
    assert (entry.done_on, entry.content, entry.quantities.count()) == (date(2026, 3, 6), "清理并复查", 0)


def test_files_are_taken_off_an_entry(here, task, as_):
    browser = as_(here.liaison)
    browser.post(url_of("log_new", task.pk), filled(here, files=[photo("前.jpg"), photo("后.jpg")]))
    entry = WorkLogEntry.objects.get()
    gone = entry.files.get(name="前.jpg")

    browser.post(url_of("log_edit", entry.pk), filled(here, removed_files=[gone.pk]))

    assert [file.name for file in entry.files.all()] == ["后.jpg"]


def test_an_entry_is_deleted_after_asking(here, task, as_):
    entry = tasks.entry(task, here)
    browser = as_(here.liaison)

    asked = browser.get(url_of("log_delete", entry.pk))
    assert "删除后不能恢复" in asked.content.decode()
    response = browser.post(url_of("log_delete", entry.pk))

    assert response.headers["Location"] == task.get_absolute_url()
    assert WorkLogEntry.objects.count() == 0


# Files -----------------------------------------------------------------------------------------------


@pytest.fixture
def with_photo(here, task, as_):
    as_(here.liaison).post(url_of("log_new", task.pk), filled(here, files=[photo()]))
    entry = WorkLogEntry.objects.get()
    return entry, entry.files.get()


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("liaison", {"shown": 200, "thumb": 200, "original": 403, "secret": 404}),
        ("coordinator", {"shown": 200, "thumb": 200, "original": 200, "secret": 404}),
        ("leader", {"shown": 200, "thumb": 200, "original": 200, "secret": 404}),
        ("other_liaison", {"shown": 404, "thumb": 404, "original": 404, "secret": 404}),
        ("inspector", {"shown": 404, "thumb": 404, "original": 404, "secret": 404}),
    ],
)
def test_who_gets_which_copy_of_a_photo(here, with_photo, as_, who, expected):
    entry, stored = with_photo
    browser = as_(getattr(here, who))

    answers = {
        variant: browser.get(url_of("log_file", entry.pk, stored.pk, variant)).status_code for variant in expected
    }

    assert answers == expected


def test_a_file_is_only_reached_through_its_own_entry(here, task, with_photo, as_):
    _entry, stored = with_photo
    other = tasks.entry(task, here)

    assert as_(here.coordinator).get(url_of("log_file", other.pk, stored.pk, "shown")).status_code == 404


def test_the_right_to_a_file_ends_with_the_post(here, with_photo, as_):
    entry, stored = with_photo
    here.liaison.posts.update(ends_on=date(2026, 3, 31))
    Post.objects.create(user=here.liaison, role=Role.LIAISON, unit=here.police, starts_on=date(2026, 4, 1))

    assert as_(here.liaison).get(url_of("log_file", entry.pk, stored.pk, "shown")).status_code == 404


# List ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(here, task, as_, rows, django_assert_num_queries):
    for _row in range(rows):
        tasks.entry(task, here)
    browser = as_(here.coordinator)
    browser.get(url_of("log"))

    # Session, person, posts, campaigns, rows with quantities and files, count, saved filters, notices.
    with django_assert_num_queries(8):
        response = browser.get(url_of("log"))

    assert len(response.context["entries"]) == rows


def test_the_filters_find_what_they_say(here, campaign, as_):
    roads = Workstream.objects.create(campaign=campaign, name="道路")
    first = tasks.issued(campaign, here, name="道路硬化", workstreams=[roads])
    second = tasks.issued(campaign, here, name="摊点整治")
    tasks.entry(first, here, content="铺沥青", is_highlight=True, done_on=date(2026, 3, 1))
    tasks.entry(second, here, content="劝离摊贩", done_on=date(2026, 3, 9))
    tasks.entry(second, here, content="夜间巡查", unit=here.police, by=here.other_liaison, done_on=date(2026, 3, 5))
    browser = as_(here.coordinator)

    found = {
        query: [row["gist"] for row in browser.get(f"{url_of('log')}?{query}").context["entries"]]
        for query in (
            "",
            "q=沥青",
            "q=摊点",
            f"unit={here.police.pk}",
            f"workstream={roads.pk}",
            f"task={second.pk}",
            "first=2026-03-05",
            "last=2026-03-05",
            "highlight=on",
        )
    }

    assert found == {
        "": ["劝离摊贩", "夜间巡查", "铺沥青"],
        "q=沥青": ["铺沥青"],
        "q=摊点": ["劝离摊贩", "夜间巡查"],
        f"unit={here.police.pk}": ["夜间巡查"],
        f"workstream={roads.pk}": ["铺沥青"],
        f"task={second.pk}": ["劝离摊贩", "夜间巡查"],
        "first=2026-03-05": ["劝离摊贩", "夜间巡查"],
        "last=2026-03-05": ["夜间巡查", "铺沥青"],
        "highlight=on": ["铺沥青"],
    }


def test_duty_kept_by_a_tap_is_told_one_line_a_week_that_opens_its_entries(
    here, campaign, as_, clock, django_assert_num_queries
):
    # 2 March 2026 is a Monday.
    clock("2026-03-02 08:00")
    duty = tasks.acknowledged(campaign, here, name="路段清扫", frequency="每天1次", units=[here.police])
    mine, other = sorted(duty.assignments.all(), key=lambda part: part.unit_id != here.bureau.pk)
    for day in (2, 3, 8, 9):
        clock(f"2026-03-{day:02} 10:00")
        actions.keep_recurring(mine, by=here.liaison)
    actions.keep_recurring(other, by=here.other_liaison)
    tasks.entry(duty, here, content="清洗护栏", done_on=date(2026, 3, 3))
    week, own_week = "2026年第11周常态落实2次（2条记录）", "2026年第10周常态落实3次（3条记录）"
    browser = as_(here.coordinator)
    browser.get(url_of("log"))

    # As ever, and what the weeks come to.
    with django_assert_num_queries(9):
        told = browser.get(url_of("log")).context

    assert [(row["gist"], row["unit"]) for row in told["entries"]] == [
        (week, "2个单位"),
        (own_week, "城管局"),
        ("清洗护栏", "城管局"),
    ]
    assert (told["page"].count, told["page"].range_text) == (6, "本页 3 行，常态落实一周一行")
    opened = [len(browser.get(row["url"]).context["entries"]) for row in told["entries"][:2]]
    # The week's other work stands among its duty.
    assert opened == [2, 4]
    listed = {
        query: [row["gist"] for row in browser.get(f"{url_of('log')}?{query}").context["entries"]]
        for query in ("each=on", f"unit={here.police.pk}", "first=2026-03-03", "first=2026-03-09&last=2026-03-09")
    }
    tap = "已按频次落实"
    assert listed == {
        "each=on": [tap, tap, tap, "清洗护栏", tap, tap],
        f"unit={here.police.pk}": ["2026年第11周常态落实1次"],
        "first=2026-03-03": [week, "2026年第10周常态落实2次（2条记录）", "清洗护栏"],
        "first=2026-03-09&last=2026-03-09": [tap, tap],
    }
    own = [row["gist"] for row in as_(here.liaison).get(url_of("log")).context["entries"]]
    assert own == ["2026年第11周常态落实1次", own_week, "清洗护栏"]


def test_a_unit_sees_its_own_entries_only(here, task, as_):
    tasks.entry(task, here, content="城管的")
    other = tasks.entry(task, here, unit=here.police, by=here.other_liaison, content="公安的")
    browser = as_(here.liaison)

    listed = [row["gist"] for row in browser.get(url_of("log")).context["entries"]]

    assert listed == ["城管的"]
    assert browser.get(url_of("log_entry", other.pk)).status_code == 404


def test_a_span_that_ends_before_it_begins_filters_nothing(here, task, as_):
    tasks.entry(task, here)

    response = as_(here.coordinator).get(url_of("log") + "?first=2026-03-09&last=2026-03-01")

    assert response.context["form"].errors == {"last": ["截止日早于起始日。"]}
    assert len(response.context["entries"]) == 1


# Sent again, and too late ----------------------------------------------------------------------------


def test_after_back_another_content_is_another_entry(here, task, as_):
    browser = as_(here.liaison)
    key = str(browser.get(url_of("log_new", task.pk)).context["form"].initial["client_key"])

    browser.post(url_of("log_new", task.pk), filled(here, client_key=key, files=[photo()]))
    browser.post(url_of("log_new", task.pk), filled(here, client_key=key, content="夜间巡查", files=[photo()]))

    assert sorted(WorkLogEntry.objects.values_list("content", flat=True)) == ["夜间巡查", "清理占道摊点"]


def test_work_typed_while_the_task_was_confirmed_stays_in_the_form(here, campaign, as_):
    done = tasks.confirmed(campaign, here)
    logged = WorkLogEntry.objects.count()

    response = as_(here.liaison).post(url_of("log_new", done.pk), filled(here, content="又清理了一遍"))

    assert response.status_code == 422
    assert response.context["form"].non_field_errors() == ["任务目前是“已办结”，不能登记工作。"]
    assert response.context["form"]["content"].value() == "又清理了一遍"
    assert WorkLogEntry.objects.count() == logged


def test_a_correction_of_what_somebody_else_has_changed_shows_both_and_may_be_saved_then(here, task, as_):
    entry = tasks.entry(task, here, quantities_text="")
    browser = as_(here.liaison)
    mine = {"done_on": "2026-03-05", "content": "我改的", "quantities_text": "", "kind": ""}
    mine["seen"] = browser.get(url_of("log_edit", entry.pk)).context["form"]["seen"].value()
    actions.edit_entry(entry, by=here.coordinator, done_on=entry.done_on, content="创建办改的", kind="整治")

    stale = browser.post(url_of("log_edit", entry.pk), mine)

    form = stale.context["form"]
    assert (stale.status_code, form["content"].value()) == (422, "我改的")
    assert form.errors["content"] == ["现在保存的是：创建办改的"]
    assert form.errors["kind"] == ["现在保存的是：整治"]
    entry.refresh_from_db()
    assert entry.content == "创建办改的"

    browser.post(url_of("log_edit", entry.pk), mine | {"seen": form["seen"].value()})
    entry.refresh_from_db()
    assert (entry.content, entry.kind) == ("我改的", "")
