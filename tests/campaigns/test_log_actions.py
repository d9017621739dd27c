"""Logging work: what is kept, what it moves, when it is refused."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from campaigns.actions import log as actions
from campaigns.actions import tasks as task_actions
from campaigns.models import Assignment, WorkLogEntry
from cityinit.content import check_upload
from cityinit.models import StoredFile
from cityinit.sent import sent_before
from cityinit.workflow import Refused
from tests.factories import tasks
from units.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(clock):
    clock("2026-04-01 10:00")


@pytest.fixture
def task(here):
    return tasks.acknowledged(tasks.campaign(here), here, code="5", name="整治")


def photo(name="现场.jpg"):
    content = BytesIO()
    Image.new("RGB", (64, 48), "green").save(content, "JPEG")
    return check_upload(SimpleUploadedFile(name, content.getvalue(), "image/jpeg"), kind=StoredFile.Kind.PHOTO)


def log(task, here, **changes):
    values = {"unit": here.bureau, "done_on": date(2026, 3, 5), "content": "清理摊点", "by": here.liaison}
    return actions.log_work(task, **(values | changes))


def test_quantities_are_kept_as_typed_and_as_added_up(here, task):
    entry = log(task, here, quantities_text="清理摊点=30余处；硬化路面=1.25万㎡")

    assert [
        (row.label, row.value, row.qualifier, row.measure, row.canonical_measure, row.kind, row.text)
        for row in entry.quantities.all()
    ] == [
        ("清理摊点", Decimal("30.00"), "余", "处", "处", "count", "30余处"),
        ("硬化路面", Decimal("1.25"), "", "万㎡", "平方米", "count", "1.25万㎡"),
    ]


def test_files_are_kept_with_the_entry(here, task):
    entry = log(task, here, files=[photo("前.jpg"), photo("后.jpg")])

    assert [file.name for file in entry.files.order_by("pk")] == ["前.jpg", "后.jpg"]


def test_the_first_entry_sets_the_assignment_in_progress(here, task):
    log(task, here)
    log(task, here)

    assert tasks.part(task, here.bureau).state == Assignment.State.IN_PROGRESS
    assert [event.move for event in task.events.all()][-3:] == ["start", "log_work", "log_work"]


def test_who_logs_the_own_work_has_read_the_task(here, task):
    log(task, here, unit=here.police, by=here.other_liaison)

    part = tasks.part(task, here.police)
    assert part.state == Assignment.State.IN_PROGRESS
    assert part.acknowledged_at is not None


def test_what_the_office_logs_leaves_an_unread_task_unread(here, task, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        entry = log(task, here, unit=here.police, by=here.coordinator)

    assert tasks.part(task, here.police).state == Assignment.State.UNREAD
    notice = Notice.objects.get(user=here.other_liaison)
    assert notice.text == "清水市创建办工作人员代公安局登记了工作：5 整治"
    assert notice.url == entry.get_absolute_url()


def test_late_entries_are_taken_while_the_office_has_not_confirmed(here):
    task = tasks.awaiting(tasks.campaign(here), here)

    log(task, here)

    assert tasks.part(task, here.bureau).state == Assignment.State.REPORTED_DONE


def test_an_entry_sent_twice_is_stored_once(here, task):
    key = uuid4()

    first = log(task, here, client_key=key, files=[photo()])
    second = log(task, here, client_key=key, files=[photo()])

    assert second == first
    assert (WorkLogEntry.objects.count(), StoredFile.objects.count()) == (1, 1)


def test_somebody_elses_key_gives_nobody_their_entry(here, task):
    key = uuid4()
    entry = log(task, here, client_key=key)

    assert sent_before(WorkLogEntry.objects.filter(created_by=here.liaison), key) == entry
    with pytest.raises(Refused, match="已由别人提交过"):
        sent_before(WorkLogEntry.objects.filter(created_by=here.other_liaison), key)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"unit": "street"}, "河湾街道没有承担这项任务。"),
        ({"by": "other_liaison"}, "您的岗位没有这项权限。"),
        ({"by": "leader"}, "您的岗位没有这项权限。"),
        ({"by": "inspector"}, "您的岗位没有这项权限。"),
        ({"done_on": date(2026, 4, 2)}, "工作日期不能晚于今天。"),
    ],
)
def test_what_cannot_be_logged_is_refused(here, task, changes, sentence):
    changes = {name: getattr(here, value) if isinstance(value, str) else value for name, value in changes.items()}

    with pytest.raises(Refused) as refusal:
        log(task, here, **changes)

    assert refusal.value.reason == sentence
    assert WorkLogEntry.objects.count() == 0


@pytest.mark.parametrize("state", ["draft", "confirmed", "cancelled"])
def test_work_is_logged_only_while_the_task_is_worked_on(here, state):
    task = tasks.task_at(tasks.campaign(here), here, state)
    before = WorkLogEntry.objects.count()

    with pytest.raises(Refused) as refusal:
        log(task, here)

    assert refusal.value.reason == f"任务目前是“{task.get_state_display()}”，不能登记工作。"
    assert WorkLogEntry.objects.count() == before


def test_quantities_that_cannot_be_read_leave_nothing_behind(here, task):
    with pytest.raises(ValidationError):
        log(task, here, quantities_text="清理了很多")

    assert WorkLogEntry.objects.count() == 0


# Correcting ------------------------------------------------------------------------------------------


def edit(entry, **changes):
    entry = WorkLogEntry.objects.for_page().get(pk=entry.pk)
    actions.edit_entry(entry, **({"done_on": entry.done_on, "content": entry.content} | changes))


def test_the_author_corrects_an_entry(here, task):
    entry = log(task, here, quantities_text="清理摊点=3处", files=[photo("前.jpg")])

    edit(
        entry,
        by=here.liaison,
        content="清理摊点并复查",
        quantities_text="清理摊点=5处",
        files=[photo("后.jpg")],
        removed_files=[entry.files.get()],
    )

    entry.refresh_from_db()
    assert entry.content == "清理摊点并复查"
    assert [row.text for row in entry.quantities.all()] == ["5处"]
    assert [file.name for file in entry.files.all()] == ["后.jpg"]
    assert task.events.last().move == "edit_entry"


def test_the_office_corrects_an_entry_and_its_author_is_told(here, task, django_capture_on_commit_callbacks):
    entry = log(task, here)

    with django_capture_on_commit_callbacks(execute=True):
        edit(entry, by=here.coordinator, content="清理占道摊点")

    text = "清水市创建办工作人员修改了您的工作记录：2026-03-05 城管局：清理占道摊点"
    assert Notice.objects.get(user=here.liaison, url=entry.get_absolute_url()).text == text


@pytest.mark.parametrize("who", ["other_liaison", "leader", "inspector", "administrator"])
def test_nobody_else_corrects_or_deletes_it(here, task, who):
    entry = log(task, here)

    for action in (actions.delete_entry, lambda entry, by: edit(entry, by=by)):
        with pytest.raises(Refused) as refusal:
            action(entry, by=getattr(here, who))
        assert refusal.value.reason == "只有登记人和创建办可以改动这条工作记录。"
    assert WorkLogEntry.objects.get().content == "清理摊点"


def test_a_colleague_of_the_author_may_not_correct_it(here, task):
    from tests.factories.people import person
    from units.roles import Role

    colleague = person("同事", Role.LIAISON, here.bureau)
    entry = log(task, here)

    assert actions.change_refusal(entry, colleague) == "只有登记人和创建办可以改动这条工作记录。"


def test_an_author_who_has_left_the_unit_may_not_correct_it(here, task):
    entry = log(task, here)
    here.liaison.posts.update(ends_on=date(2026, 3, 31))
    author = type(here.liaison).objects.get(pk=here.liaison.pk)

    assert actions.change_refusal(entry, author) == "只有登记人和创建办可以改动这条工作记录。"


def test_an_entry_is_deleted_with_a_trace(here, task):
    entry = log(task, here, quantities_text="清理摊点=3处", files=[photo()])

    actions.delete_entry(entry, by=here.liaison)

    assert WorkLogEntry.objects.count() == 0
    event = task.events.last()
    assert (event.move, event.note, event.by) == ("delete_entry", "2026-03-05 城管局：清理摊点", here.liaison)


@pytest.mark.parametrize("who", ["liaison", "coordinator"])
def test_nothing_is_changed_once_the_task_is_confirmed(here, who):
    task = tasks.confirmed(tasks.campaign(here), here)
    entry = task.log_entries.get(unit=here.bureau)

    for action in (actions.delete_entry, lambda entry, by: edit(entry, by=by)):
        with pytest.raises(Refused) as refusal:
            action(entry, by=getattr(here, who))
        assert refusal.value.reason == "任务已是“已办结”，工作记录不能再改动。"
    assert task.log_entries.filter(unit=here.bureau).exists()


def test_a_correction_that_races_with_the_confirmation_is_refused(here):
    task = tasks.awaiting(tasks.campaign(here), here)
    entry = WorkLogEntry.objects.for_page().get(task=task, unit=here.bureau)
    task_actions.confirm(task, by=here.coordinator)

    with pytest.raises(Refused) as refusal:
        actions.edit_entry(entry, by=here.liaison, done_on=entry.done_on, content="补记")

    assert refusal.value.reason == "任务已是“已办结”，工作记录不能再改动。"


def edit_as_opened(entry, *, by):
    actions.edit_entry(entry, by=by, done_on=date(2026, 3, 5), content="改过")


@pytest.mark.parametrize("change", [edit_as_opened, actions.delete_entry])
def test_an_entry_that_somebody_has_just_deleted_is_told_to_who_still_has_it_open(here, task, change):
    opened = log(task, here)
    actions.delete_entry(WorkLogEntry.objects.get(), by=here.coordinator)

    with pytest.raises(Refused, match="刚刚被别人删除了"):
        change(opened, by=here.liaison)
