"""Two people at the same moment: what one of them alone would have done must still be done, and once."""

import pytest

from campaigns.actions import tasks as actions
from campaigns.models import Assignment, Task, TaskEvent
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
