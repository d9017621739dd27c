"""The table of moves: refused with a sentence, made once, seen by the second of two people."""

from datetime import date

import pytest

from campaigns.models import Campaign, Task
from cityinit.workflow import Move, Refused, Workflow

pytestmark = pytest.mark.django_db

TABLE = Workflow(
    "test",
    Move("issue", "下发", ("draft",), "issued", "campaigns.issue_task", lambda task, by: task.requirement or None),
    Move("confirm", "确认", ("issued",), "cancelled", "campaigns.confirm_task"),
)


@pytest.fixture
def task(city):
    campaign = Campaign.objects.create(
        name="创建", host=city.host, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31)
    )
    return Task.objects.create(campaign=campaign, code="A1", name="保洁", lead_unit=city.bureau)


def test_a_move_changes_the_state_and_the_values_with_it(task, city):
    source = TABLE.make(task, "issue", by=city.coordinator, issued_on=date(2025, 2, 1))

    kept = Task.objects.get()
    assert (source, kept.state, kept.issued_on, task.issued_on) == (
        "draft",
        "issued",
        date(2025, 2, 1),
        date(2025, 2, 1),
    )


def test_a_refusal_says_whether_the_state_the_right_or_an_obstacle_stands_in_the_way(task, city):
    wrong_state = TABLE.refusal(task, "confirm", city.coordinator)
    no_right = TABLE.refusal(task, "issue", city.liaison)
    task.requirement = "先填完成时限。"
    obstacle = TABLE.refusal(task, "issue", city.coordinator)

    assert (wrong_state, no_right, obstacle) == (
        "现在不能确认：它目前是“未下发”。",
        "您在这里没有“下发”的权限。",
        "先填完成时限。",
    )


def test_the_system_needs_no_right_but_keeps_to_the_table(task):
    assert TABLE.refusal(task, "issue", None) is None
    assert TABLE.refusal(task, "confirm", None) == "现在不能确认：它目前是“未下发”。"


def test_the_open_moves_are_those_the_person_could_make(task, city):
    assert [move.name for move in TABLE.open_to(city.coordinator, task)] == ["issue"]
    assert TABLE.open_to(city.liaison, task) == []


def test_the_second_of_two_people_is_told(task, city):
    hers, his = Task.objects.get(), Task.objects.get()
    TABLE.make(hers, "issue", by=city.coordinator)

    with pytest.raises(Refused, match="别人刚刚办理了这条记录"):
        TABLE.make(his, "issue", by=city.coordinator)


def test_a_form_drawn_for_an_older_state_is_refused(task, city):
    TABLE.make(task, "issue", by=city.coordinator)

    with pytest.raises(Refused, match="刚刚被别人改成了“进行中”"):
        TABLE.make(task, "confirm", by=city.coordinator, seen_state="draft")
    assert Task.objects.get().state == "issued"
