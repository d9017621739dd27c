"""Two people at the same moment: what one of them alone would have done must still be done, and once."""

from functools import partial

import pytest
from django.utils import timezone

from campaigns.actions import registers as register_actions
from campaigns.actions import supervision
from campaigns.actions import tasks as actions
from campaigns.models import (
    Assignment,
    Supervision,
    SupervisionSeries,
    Task,
    TaskEvent,
    TaskExtension,
    Workstream,
)
from campaigns.registers import REGISTERS
from cityinit.models import StoredFile
from tests.at_once import at_once
from tests.factories import tasks
from tests.factories.people import city

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_units_that_report_at_once_send_the_task_to_the_office_once():
    here = city()
    task = tasks.in_progress(tasks.campaign(here), here)
    tasks.entry(task, here, unit=here.police, by=here.other_liaison)
    first, second = tasks.part(task, here.bureau), tasks.part(task, here.police)

    raised = at_once(
        lambda: actions.report_done(first, by=here.liaison),
        lambda: actions.report_done(second, by=here.other_liaison),
    )

    assert raised == [None, None]
    assert tasks.fresh(task).state == Task.State.AWAITING_CONFIRMATION
    assert TaskEvent.objects.filter(move="await_confirmation").count() == 1


def test_of_two_coordinators_at_once_one_decides_and_the_other_is_told():
    here = city()
    task = tasks.awaiting(tasks.campaign(here), here)
    first, second = tasks.fresh(task), tasks.fresh(task)

    raised = at_once(
        lambda: actions.confirm(first, by=here.coordinator, seen_state="awaiting_confirmation"),
        lambda: actions.send_back(second, by=here.coordinator, note="缺照片", seen_state="awaiting_confirmation"),
    )

    assert raised.count(None) == 1
    assert TaskEvent.objects.filter(move__in=["confirm", "send_back"], assignment=None).count() == 1
    states = set(Assignment.objects.values_list("state", flat=True))
    assert (tasks.fresh(task).state, states) in [
        ("confirmed", {"reported_done"}),
        ("issued", {"in_progress"}),
    ]


def test_one_form_sent_twice_at_once_is_one_task():
    from uuid import uuid4

    here = city()
    campaign = tasks.campaign(here)
    key = uuid4()

    def send():
        actions.break_down(campaign, by=here.coordinator, client_key=key, code="1", name="整治", lead_unit=here.bureau)

    assert at_once(send, send) == [None, None]
    assert (Task.objects.count(), Assignment.objects.count()) == (1, 1)


def test_two_tasks_put_below_each_other_at_once_make_no_ring():
    here = city()
    campaign = tasks.campaign(here)
    first, second = (tasks.draft(campaign, here, code=code, units=[]) for code in "12")

    def put(task, *, below):
        values = {name: getattr(task, name) for name in Task.WRITTEN} | {"parent": below}
        actions.edit_task(tasks.fresh(task), by=here.coordinator, **values)

    refused = at_once(lambda: put(first, below=second), lambda: put(second, below=first))

    assert refused.count(None) == 1
    assert sorted(task is None for task in Task.objects.values_list("parent", flat=True)) == [False, True]


def test_a_ring_of_four_is_refused_to_whoever_would_close_it():
    here = city()
    campaign = tasks.campaign(here)
    rows = {code: tasks.draft(campaign, here, code=code, units=[]) for code in "ABCD"}

    def put(task, *, below):
        values = {name: getattr(task, name) for name in Task.WRITTEN} | {"parent": tasks.fresh(below)}
        actions.edit_task(tasks.fresh(task), by=here.coordinator, **values)

    put(rows["A"], below=rows["B"])
    put(rows["C"], below=rows["D"])
    # A under B under C under D under A: the two that are left close it together.
    raised = at_once(
        lambda: put(rows["B"], below=rows["C"]),
        lambda: put(rows["D"], below=rows["A"]),
    )

    assert raised.count(None) == 1
    [refused] = [problem for problem in raised if problem is not None]
    assert refused in (
        f"“{rows['C']}”就是本任务或在本任务之下，不能作它的上级。",
        f"“{rows['A']}”就是本任务或在本任务之下，不能作它的上级。",
    )
    assert Task.objects.filter(parent=None).count() == 1


def test_two_workstreams_put_below_each_other_at_once_make_no_ring():
    here = city()
    campaign = tasks.campaign(here)
    register = REGISTERS["workstreams"]
    first, second = (Workstream.objects.create(campaign=campaign, name=name) for name in ("道路", "绿化"))

    def put(row, *, below):
        changed = Workstream.objects.get(pk=row.pk)
        seen, changed.parent = register.mark_of(changed), below
        register_actions.change_row(register, changed, many={}, seen=seen, by=here.coordinator)

    refused = at_once(lambda: put(first, below=second), lambda: put(second, below=first))

    assert sorted(refused, key=str) == [None, "不能选自己或自己的下级，否则上下级会绕成圈。"]
    assert Workstream.objects.filter(parent=None).count() == 1


def letter(here):
    return {"reason": "请抓紧", "answer_by": timezone.localdate(), "signer": "周明", "signature": here.office.name}


def test_two_letters_at_once_never_bear_one_number():
    here = city()
    campaign = tasks.campaign(here)
    parts = [tasks.part(tasks.issued(campaign, here), here.bureau) for _ in range(2)]

    def send(part):
        assert not supervision.supervise([part], by=here.coordinator, **letter(here)).refused

    assert at_once(lambda: send(parts[0]), lambda: send(parts[1])) == [None, None]
    assert sorted(Supervision.objects.values_list("serial", flat=True)) == [1, 2]


def test_of_two_who_supervise_one_unit_at_once_one_is_told():
    here = city()
    task = tasks.issued(tasks.campaign(here), here)
    results = []

    def send(part):
        results.append(supervision.supervise([part], by=here.coordinator, **letter(here)))

    first, second = tasks.part(task, here.bureau), tasks.part(task, here.bureau)
    assert at_once(lambda: send(first), lambda: send(second)) == [None, None]

    assert sorted((len(result.done), len(result.refused)) for result in results) == [(0, 1), (1, 0)]
    assert Supervision.objects.count() == 1
    assert SupervisionSeries.objects.get().last == 1


def test_of_two_requests_for_more_time_at_once_one_waits():
    here = city()
    task = tasks.issued(tasks.campaign(here), here, due_on=timezone.localdate())

    refused = at_once(lambda: tasks.asked(tasks.fresh(task), here), lambda: tasks.asked(tasks.fresh(task), here))

    assert sorted(refused, key=str) == [None, "城管局已有一个延期申请待批。"]
    assert TaskExtension.objects.count() == 1


def test_a_letter_fetched_by_two_at_once_is_drawn_once():
    here = city()
    made = tasks.supervised(tasks.issued(tasks.campaign(here), here), here)
    rows = [Supervision.objects.for_list().get(pk=made.pk) for _ in range(2)]

    assert at_once(*(partial(supervision.draw_letter, row) for row in rows)) == [None, None]

    assert rows[0].letter == rows[1].letter
    assert StoredFile.objects.count() == 1
