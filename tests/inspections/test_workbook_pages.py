"""Importing in the browser: upload, dry run, the person's word, load."""

import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns.models import Campaign, Task
from cityinit.models import AuditEvent, Job, StoredFile
from inspections.models import WorkbookLoad
from tests.factories.workbooks import book

pytestmark = pytest.mark.django_db
UNITS = [{"名称": "清水市"}, {"名称": "城管局", "上级单位": "清水市"}]
TASK = {"编号": "A1", "名称": "路面硬化", "牵头单位": "城管局"}


@pytest.fixture
def office(client, city):
    client.force_login(city.coordinator)
    return client


def upload(client, content, *, name="台账.xlsx", key=None):
    values = {"file": SimpleUploadedFile(name, content), "client_key": key or uuid.uuid4()}
    return client.post(reverse("inspections:workbook"), values)


def test_a_workbook_is_checked_first_and_loaded_on_the_persons_word(office, work):
    upload(office, book(单位=UNITS, 任务=[TASK]).read())
    checked = work()
    load = WorkbookLoad.objects.get()
    before = (Campaign.objects.count(), str(load.get_state_display()), load.check_result["counts"]["任务"])

    office.post(reverse("inspections:workbook_confirm", args=[load.pk]))
    loaded = work()

    load.refresh_from_db()
    assert before == (0, "待确认导入", {"created": 1})
    assert [job.state for job in checked + loaded] == ["done", "done"]
    assert (Task.objects.get().code, str(load.get_state_display())) == ("A1", "已导入")
    assert AuditEvent.objects.filter(action="导入工作簿").count() == 1
    assert office.get(load.get_absolute_url()).status_code == 200


def test_faults_are_listed_with_their_cells_and_the_load_is_refused(office, work):
    upload(office, book(单位=UNITS, 任务=[{**TASK, "牵头单位": "城管句"}]).read())
    work()
    load = WorkbookLoad.objects.get()

    page = office.get(load.get_absolute_url()).content.decode()
    answer = office.post(reverse("inspections:workbook_confirm", args=[load.pk]), follow=True)

    assert "是否应为“城管局”？" in page
    assert [str(message) for message in answer.context["messages"]] == ["请先改正工作簿里的错误，再重新上传。"]
    assert (Job.objects.count(), Campaign.objects.count()) == (1, 0)


def test_the_same_form_sent_twice_is_one_upload_and_loading_twice_is_refused(office, work):
    content, key = book(单位=UNITS).read(), uuid.uuid4()
    first, second = (upload(office, content, key=key).url for _time in range(2))
    work()
    load = WorkbookLoad.objects.get()
    confirm = reverse("inspections:workbook_confirm", args=[load.pk])
    office.post(confirm)
    work()

    answer = office.post(confirm, follow=True)

    assert first == second == load.get_absolute_url()
    assert [str(message) for message in answer.context["messages"]] == ["这个工作簿已经导入过了。"]
    assert Campaign.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("台账.xlsx", b"MZ" + b"\0" * 200, "不是Excel工作簿"), ("台账.csv", b"a,b", "不是Excel工作簿")],
)
def test_what_is_no_workbook_is_a_form_error_and_nothing_is_kept(office, name, content, said):
    page = upload(office, content, name=name)

    assert said in page.context["form"].errors["file"][0]
    assert (StoredFile.objects.count(), Job.objects.count()) == (0, 0)


def test_a_file_that_vanished_is_a_failed_job_that_says_so(office, work):
    upload(office, book(单位=UNITS).read())
    Path(settings.MEDIA_ROOT, StoredFile.objects.get().path).unlink()

    job = work()[0]

    assert (job.state, job.reason) == ("failed", "上传的文件在服务器上找不到了，请重新上传。")


def test_a_workbook_is_not_checked_for_somebody_whose_post_has_ended_since(city, office, work):
    upload(office, book(单位=UNITS).read())
    city.coordinator.posts.all().delete()

    job = work()[0]

    assert (job.state, job.reason) == ("failed", "上传人已没有导入工作簿的权限。")
    assert WorkbookLoad.objects.get().check_result is None


def test_a_load_is_done_once_though_its_job_runs_twice(office, work):
    upload(office, book(单位=UNITS, 任务=[TASK]).read())
    work()
    office.post(reverse("inspections:workbook_confirm", args=[WorkbookLoad.objects.get().pk]))
    work()
    Job.objects.filter(name="inspections.jobs.load_checked_workbook").update(state="queued")

    again = work()

    assert [job.state for job in again] == ["done"]
    assert (Campaign.objects.count(), Task.objects.count()) == (1, 1)


def test_who_may_not_load_gets_no_page_and_another_persons_upload_is_not_found(client, city, office, work):
    upload(office, book(单位=UNITS).read())
    load = WorkbookLoad.objects.get()
    answers = {}
    for name in ("liaison", "inspector", "leader", "administrator"):
        client.force_login(getattr(city, name))
        answers[name] = [
            client.get(reverse("inspections:workbook")).status_code,
            client.get(reverse("inspections:workbook_template")).status_code,
            client.get(load.get_absolute_url()).status_code,
        ]

    assert answers == {key: [403, 403, 404] for key in ("liaison", "inspector", "leader", "administrator")}


def test_a_workbook_of_a_very_long_name_is_checked_too(office, work):
    upload(office, book(单位=UNITS).read(), name=f"{'长' * 300}.xlsx")
    work()

    assert [len(load.file.name) for load in WorkbookLoad.objects.all() if load.is_sound] == [200]
    # PostgreSQL refuses what is longer than the column; SQLite would keep it.
    assert max(len(label) for label in Job.objects.values_list("label", flat=True)) == 200
