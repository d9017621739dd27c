"""Two people of the office at the same moment: over a draft edition, a meeting, a seat, a task, a roster."""

from datetime import date
from functools import partial
from uuid import uuid4

import pytest

from campaigns.actions import breakdown, decisions, groups, nodes, rosters, splitting
from campaigns.actions.breakdown import TaskLine
from campaigns.actions.splitting import split_mark
from campaigns.actions.systems import revise
from campaigns.models import AssessmentSystem, Decision, GroupMember, Indicator, LeadingGroup, Meeting, Task
from cityinit.periods import Period
from tests.at_once import at_once
from tests.factories import duty, materials, systems, tasks

pytestmark = pytest.mark.django_db(transaction=True)
STALE = "刚刚被别人改过"
DAY = date(2026, 3, 2)


@pytest.fixture
def office(here):
    """The two of the office."""
    return here.coordinator, materials.second_coordinator(here)


# A draft edition --------------------------------------------------------------------------------------


def test_two_who_begin_to_revise_one_edition_at_once_share_one_draft(here, campaign, office):
    system = systems.in_force(campaign, here)

    assert at_once(*(partial(revise, system, by=by) for by in office)) == [None, None]
    assert AssessmentSystem.objects.drafts().count() == 1


def test_of_two_who_change_one_indicator_of_a_draft_at_once_one_is_told(here, campaign, office):
    draft = revise(systems.in_force(campaign, here), by=here.coordinator)
    node = systems.node(draft, "Ⅱ-1")
    seen = node.mark

    def change(name, by):
        mine = Indicator.objects.get(pk=node.pk)
        nodes.change_indicator(mine, by=by, parent=mine.parent, name=name, code=mine.code, seen=seen)

    refused = at_once(*(partial(change, name, by) for name, by in zip(("甲", "乙"), office, strict=True)))

    assert sorted(STALE in (reason or "") for reason in refused) == [False, True]
    assert Indicator.objects.get(pk=node.pk).name == ("甲", "乙")[refused.index(None)]


def test_a_standard_added_to_an_indicator_that_is_deleted_at_once_is_there_or_told(here, campaign, office):
    draft = revise(systems.in_force(campaign, here), by=here.coordinator)
    node = systems.node(draft, "Ⅱ-1")

    refused = at_once(
        lambda: nodes.delete_node(Indicator.objects.get(pk=node.pk), by=office[0]),
        lambda: nodes.add_standard(Indicator.objects.get(pk=node.pk), by=office[1], number="99", content="整洁"),
    )

    assert refused[0] is None
    assert not Indicator.objects.filter(pk=node.pk).exists()
    assert refused[1] is None or "已经删去了" in refused[1]


def test_two_indicators_of_one_number_at_once_are_one_and_a_reason(here, campaign, office):
    draft = revise(systems.in_force(campaign, here), by=here.coordinator)

    refused = at_once(*(partial(nodes.add_indicator, draft, by=by, code="Ⅱ-77", name="绿化") for by in office))

    assert refused.count(None) == 1
    assert draft.indicators.filter(code="Ⅱ-77").count() == 1


# What a meeting decided -------------------------------------------------------------------------------


@pytest.fixture
def meeting(campaign):
    return Meeting.objects.create(campaign=campaign, name="第一次会议", kind="会议", decisions="成立专班")


def test_two_decisions_added_at_once_both_stand_in_the_meetings_text(meeting, office):
    words = ("补种绿篱", "更新公益广告")

    def add(content, by):
        decisions.add_decision(Meeting.objects.get(pk=meeting.pk), by=by, content=content)

    assert at_once(*(partial(add, *pair) for pair in zip(words, office, strict=True))) == [None, None]

    meeting.refresh_from_db()
    # What the text does not say is taken for deleted when the meeting is next saved.
    decisions.take_items(meeting)
    assert set(meeting.decided.values_list("content", flat=True)) == {"成立专班", *words}


def test_of_two_who_make_a_task_of_one_decision_at_once_one_is_told(here, campaign, meeting, office):
    decision = decisions.add_decision(meeting, by=here.coordinator, content="补种绿篱")

    def make(code, by):
        mine = Decision.objects.get(pk=decision.pk)
        decisions.make_task(mine, by=by, code=code, name="补种绿篱", lead_unit=here.bureau, client_key=uuid4())

    refused = at_once(*(partial(make, *pair) for pair in zip(("1", "2"), office, strict=True)))

    assert sorted("已立为任务" in (reason or "") for reason in refused) == [False, True]
    assert Task.objects.count() == 1


def test_settled_and_made_a_task_at_once_it_is_one_of_both(here, meeting, office):
    decision = decisions.add_decision(meeting, by=here.coordinator, content="补种绿篱")
    seen = decision.mark

    refused = at_once(
        lambda: decisions.settle(
            Decision.objects.get(pk=decision.pk), by=office[0], settled_on=DAY, outcome="已补种", seen=seen
        ),
        lambda: decisions.make_task(
            Decision.objects.get(pk=decision.pk), by=office[1], code="1", name="补种", lead_unit=here.bureau
        ),
    )

    kept = Decision.objects.get(pk=decision.pk)
    # Settled first, it may be made a task all the same: its day stays true of days before, and the task counts now.
    assert refused[1] is None
    assert (kept.task is None, kept.settled_on) == (False, DAY if refused[0] is None else None)
    assert list(Decision.objects.carried_out()) == []


# A seat -----------------------------------------------------------------------------------------------


def test_of_two_successors_to_one_seat_at_once_one_is_told(campaign, office):
    group = LeadingGroup.objects.create(campaign=campaign, name="创建领导小组")
    seat = GroupMember.objects.create(campaign=campaign, group=group, seat="组长", person_name="李岚")
    seen = seat.mark

    def succeed(name, by):
        mine = GroupMember.objects.get(pk=seat.pk)
        groups.succeed(mine, by=by, on=DAY, person_name=name, seen=seen, client_key=uuid4())

    refused = at_once(*(partial(succeed, *pair) for pair in zip(("王平", "赵敏"), office, strict=True)))

    assert sorted(STALE in (reason or "") for reason in refused) == [False, True]
    assert group.members.seated(on=date(2026, 3, 3)).count() == 1


def test_one_form_of_a_succession_sent_twice_at_once_is_one_seat(here, campaign):
    group = LeadingGroup.objects.create(campaign=campaign, name="创建领导小组")
    seat = GroupMember.objects.create(campaign=campaign, group=group, seat="组长", person_name="李岚")
    key = uuid4()

    def succeed():
        mine = GroupMember.objects.get(pk=seat.pk)
        groups.succeed(mine, by=here.coordinator, on=DAY, person_name="王平", seen=seat.mark, client_key=key)

    refused = at_once(succeed, succeed)

    assert group.members.count() == 2
    assert refused.count(None) == 2


# A task -----------------------------------------------------------------------------------------------


def lines_of(task, here):
    first = TaskLine(name=task.name, lead_unit=here.bureau)
    return first, [TaskLine(name=f"{task.name}（二）", lead_unit=here.police, client_key=uuid4())]


def test_of_two_who_split_one_task_at_once_one_is_told(here, campaign, office):
    task = tasks.draft(campaign, here, units=[])
    seen = split_mark(tasks.fresh(task))

    def split(by):
        splitting.split_task(tasks.fresh(task), *lines_of(task, here), by=by, seen=seen)

    refused = at_once(*(partial(split, by) for by in office))

    assert sorted(STALE in (reason or "") for reason in refused) == [False, True]
    assert Task.objects.count() == 2


def test_one_form_of_a_split_sent_twice_at_once_splits_once(here, campaign):
    task = tasks.issued(campaign, here, units=[])
    seen, (first, others) = split_mark(tasks.fresh(task)), lines_of(task, here)

    def split():
        splitting.split_task(tasks.fresh(task), first, others, by=here.coordinator, seen=seen)

    assert at_once(split, split) == [None, None]
    assert list(Task.objects.order_by("pk").values_list("state", flat=True)) == ["issued", "issued"]


def test_two_bulk_changes_of_one_task_at_once_are_both_there(here, campaign, office):
    task = tasks.issued(campaign, here, units=[])
    rows = [tasks.fresh(task), tasks.fresh(task)]

    at_once(
        lambda: breakdown.change_many([rows[0]], by=office[0], lead_unit=here.police),
        lambda: breakdown.change_many([rows[1]], by=office[1], due_on=date(2026, 9, 30)),
    )

    now = tasks.fresh(task)
    assert (now.lead_unit, now.due_on) == (here.police, date(2026, 9, 30))
    assert {part.unit for part in now.assignments.all()} == {here.police, here.bureau}


def test_a_merge_takes_what_was_written_into_the_tasks_since_the_page_was_drawn(here, campaign, office):
    kept, other = (tasks.draft(campaign, here, units=[], requirement=said) for said in ("甲", "乙"))
    drawn = [tasks.fresh(row) for row in (kept, other)]
    breakdown.change_many([tasks.fresh(other)], by=office[1], lead_unit=here.police)

    splitting.merge_tasks(drawn[0], [drawn[1]], by=office[0])

    assert {part.unit for part in tasks.fresh(kept).assignments.all()} == {here.bureau, here.police}


# A roster ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("campaigns", [1, 2])
def test_two_posts_drawn_up_at_once_put_nobody_into_both(here, campaign, clock, campaigns):
    clock("2026-03-01 09:00")
    other = campaign if campaigns == 1 else tasks.campaign(here, "清水市创建国家卫生城市", short_name="创卫")
    posts = [duty.post(of, here, name=name) for of, name in ((campaign, "人民路岗"), (other, "公园岗"))]

    refused = at_once(*(partial(rosters.draw_up, post, Period(DAY, DAY), by=here.coordinator) for post in posts))

    assert sorted("同一时间不能再排" in (reason or "") for reason in refused) == [False, True]
