"""What people do with tasks: what it writes, whom it tells, when it is refused."""

from datetime import date
from uuid import uuid4

import pytest

from campaigns.actions import tasks as actions
from campaigns.models import Assignment, Task, TaskEvent
from cityinit.workflow import Refused
from tests.factories import tasks
from tests.factories.people import city
from units.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """`told(action, *args, **kw)` does it and gives who was told what: a set of (person, text)."""

    def do(action, *args, **values):
        before = set(Notice.objects.values_list("pk", flat=True))
        with django_capture_on_commit_callbacks(execute=True):
            action(*args, **values)
        return {(notice.user, notice.text) for notice in Notice.objects.exclude(pk__in=before).select_related("user")}

    return do


def events_of(task):
    return [(event.move, event.source, event.target, event.by) for event in task.events.all()]


def values_of(here, **changes):
    values = {"code": "1", "name": "整治占道经营", "lead_unit": here.bureau}
    return values | changes


# Breaking down ---------------------------------------------------------------------------------------


def test_a_breakdown_is_a_draft_with_one_assignment_per_unit(here, campaign):
    task = actions.break_down(
        campaign,
        by=here.coordinator,
        units=[here.police, here.street],
        **values_of(here, due_on=date(2026, 6, 30), target=100, measure="处"),
    )

    assert task.state == Task.State.DRAFT
    assert [(part.unit, part.is_lead, part.state) for part in task.assignments.all()] == [
        (here.bureau, True, "unread"),
        (here.police, False, "unread"),
        (here.street, False, "unread"),
    ]
    assert events_of(task) == [("break_down", "", "draft", here.coordinator)]


def test_the_same_form_sent_twice_is_one_task(here, campaign):
    key = uuid4()

    first = actions.break_down(campaign, by=here.coordinator, client_key=key, **values_of(here))
    second = actions.break_down(campaign, by=here.coordinator, client_key=key, **values_of(here))

    assert second == first
    assert Task.objects.count() == 1


def test_tasks_stand_in_the_order_they_were_broken_down(here, campaign):
    first = tasks.draft(campaign, here)
    second = tasks.draft(campaign, here)

    assert [task.pk for task in Task.objects.of(campaign)] == [first.pk, second.pk]
    assert second.position > first.position


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"units": "bureau"}, "“城管局”已是牵头单位，不要再列为责任单位。"),
        ({"starts_on": date(2026, 5, 2), "due_on": date(2026, 5, 1)}, "完成时限早于开始日期2026-05-02。"),
        ({"code": "used"}, "编号“used”已用于“道路硬化”，请换一个。"),
        ({"code": "  "}, "请填写编号。"),
        (
            {"due_on": date(2025, 11, 1)},
            "完成时限早于创建活动开始的2026-01-01：请检查年份；确实更早的，请填写开始日期。",
        ),
        (
            {"due_on": date(2027, 12, 1)},
            "完成时限晚于创建活动结束的2026-12-31：请检查年份；确实更晚的，请填写开始日期。",
        ),
        ({"lead_unit": None}, "请选择牵头单位。"),
        ({"lead_unit": "closed"}, "“老城管所”已于2026-01-31撤销，请改选承接它的单位。"),
        ({"units": "closed"}, "“老城管所”已于2026-01-31撤销，请改选承接它的单位。"),
        ({"units": "foreign"}, "“山口市”不属于本创建活动的主体单位。"),
        ({"target": 5}, "填了目标值，请写明计量单位，例如“平方米”。"),
        ({"parent": "foreign"}, "上级任务须是本创建活动的任务。"),
    ],
)
def test_what_cannot_be_a_task_is_refused(here, campaign, changes, sentence):
    tasks.draft(campaign, here, code="used", name="道路硬化")
    there = city("山口市")
    named = {
        "bureau": here.bureau,
        "closed": type(here.bureau).objects.create(name="老城管所", parent=here.host, closed_on=date(2026, 1, 31)),
        "foreign": there.host,
    }
    if changes.get("parent"):
        changes = {"parent": tasks.draft(tasks.campaign(there), there)}
    changes = {name: named.get(value, value) if isinstance(value, str) else value for name, value in changes.items()}
    if "units" in changes:
        changes["units"] = [changes["units"]]

    with pytest.raises(Refused) as refusal:
        actions.break_down(campaign, by=here.coordinator, **values_of(here, **changes))

    assert refusal.value.reason == sentence
    assert Task.objects.of(campaign).count() == 1


def test_a_frequency_nobody_understands_is_refused(here, campaign):
    with pytest.raises(Refused) as refusal:
        actions.break_down(campaign, by=here.coordinator, **values_of(here, frequency="有空就扫"))

    assert refusal.value.reason.startswith("频次“有空就扫”看不懂。")


@pytest.mark.parametrize("who", ["liaison", "inspector", "leader", "administrator"])
def test_only_the_office_breaks_down(here, campaign, who):
    with pytest.raises(Refused) as refusal:
        actions.break_down(campaign, by=getattr(here, who), **values_of(here))

    assert refusal.value.reason == "您的岗位没有这项权限。"
    assert Task.objects.count() == 0


# Editing ---------------------------------------------------------------------------------------------


def edited(task, here, **changes):
    """The values of the form as it was drawn, with these changes."""
    values = {name: getattr(task, name) for name in Task.WRITTEN}
    units = [part.unit for part in task.assignments.select_related("unit") if not part.is_lead]
    return {"by": here.coordinator, "units": units, **values, **changes}


def test_units_are_told_what_changed_in_an_issued_task(here, campaign, told):
    task = tasks.issued(campaign, here, units=[here.police], code="7", name="整治")

    notices = told(actions.edit_task, task, **edited(task, here, due_on=date(2026, 7, 1), units=[here.street]))

    assert notices == {
        (here.liaison, "任务有改动（完成时限、增加河湾街道、移出公安局）：7 整治"),
        (here.street_liaison, "新任务待签收：7 整治"),
        (here.other_liaison, "任务不再由公安局承担：7 整治"),
    }
    assert {part.unit: part.is_lead for part in task.assignments.select_related("unit")} == {
        here.bureau: True,
        here.street: False,
    }
    event = task.events.last()
    assert (event.move, event.note) == ("edit", "完成时限、增加河湾街道、移出公安局")


def test_a_draft_is_changed_without_telling_anybody(here, campaign, told):
    task = tasks.draft(campaign, here)

    assert told(actions.edit_task, task, **edited(task, here, name="换个名字")) == set()
    assert tasks.fresh(task).name == "换个名字"


def test_another_unit_can_take_the_lead(here, campaign):
    task = tasks.issued(campaign, here, units=[here.police])

    actions.edit_task(task, **edited(task, here, lead_unit=here.police, units=[here.bureau]))

    assert [(part.unit, part.is_lead) for part in task.assignments.select_related("unit")] == [
        (here.police, True),
        (here.bureau, False),
    ]


def test_a_task_goes_to_confirmation_when_the_last_unreported_unit_is_taken_out(here, campaign):
    task = tasks.reported(campaign, here)

    actions.edit_task(task, **edited(task, here, units=[]))

    assert tasks.fresh(task).state == Task.State.AWAITING_CONFIRMATION


def test_a_unit_that_has_logged_work_is_not_taken_out(here, campaign):
    task = tasks.in_progress(campaign, here)

    with pytest.raises(Refused) as refusal:
        actions.edit_task(task, **edited(task, here, lead_unit=here.police, units=[]))

    assert refusal.value.reason == "城管局已有工作记录，不能移出任务。"
    assert tasks.fresh(task).lead_unit == here.bureau


def test_units_stay_once_all_have_reported(here, campaign):
    task = tasks.awaiting(campaign, here)

    with pytest.raises(Refused) as refusal:
        actions.edit_task(task, **edited(task, here, units=[here.police, here.street]))

    assert refusal.value.reason == "各单位都已反馈完成。要增减单位，请先退回任务。"


@pytest.mark.parametrize("state", [Task.State.CONFIRMED, Task.State.CANCELLED])
def test_a_closed_task_is_not_edited(here, campaign, state):
    task = tasks.task_at(campaign, here, state)

    with pytest.raises(Refused) as refusal:
        actions.edit_task(task, **edited(task, here, name="改一改"))

    assert refusal.value.reason == f"任务已是“{state.label}”，不能再改。"


def test_a_form_drawn_before_somebody_issued_the_task_is_refused(here, campaign):
    task = tasks.issued(campaign, here)

    with pytest.raises(Refused) as refusal:
        actions.edit_task(task, seen_state="draft", **edited(task, here, name="改一改"))

    assert refusal.value.reason == "这项任务刚刚变成“进行中”，请看过再改。"


def test_a_task_cannot_stand_below_itself(here, campaign):
    above = tasks.draft(campaign, here, code="1", name="甲")
    below = tasks.draft(campaign, here, code="1.1", name="乙", parent=above)

    with pytest.raises(Refused) as refusal:
        actions.edit_task(above, **edited(above, here, parent=below))

    assert refusal.value.reason == "“1.1 乙”就是本任务或在本任务之下，不能作它的上级。"


# Issuing and what follows ----------------------------------------------------------------------------


def test_issuing_tells_the_liaisons_of_every_unit(here, campaign, told):
    task = tasks.draft(campaign, here, code="3", name="整治", units=[here.police, here.community])

    notices = told(actions.issue, task, by=here.coordinator)

    assert {person for person, text in notices} == {here.liaison, here.other_liaison, here.street_liaison}
    assert {text for person, text in notices} == {"新任务待签收：3 整治"}
    assert events_of(task)[-1] == ("issue", "draft", "issued", here.coordinator)


def test_of_many_tasks_those_that_can_be_issued_are(here, campaign):
    good, confirmed = tasks.draft(campaign, here), tasks.confirmed(campaign, here)

    bulk = actions.issue_many([good, confirmed], by=here.coordinator)

    assert bulk.done == [good]
    assert bulk.refused == [(confirmed, "现在不能下发：它目前是“已办结”。")]
    assert tasks.fresh(confirmed).state == Task.State.CONFIRMED


def test_acknowledging_keeps_its_time(here, campaign, clock):
    clock("2026-03-02 09:30")
    part = tasks.part(tasks.issued(campaign, here), here.bureau)

    actions.acknowledge(part, by=here.liaison)

    part.refresh_from_db()
    assert (part.state, part.acknowledged_at.isoformat()) == ("acknowledged", "2026-03-02T01:30:00+00:00")


def test_the_second_of_two_people_is_told(here, campaign):
    task = tasks.issued(campaign, here)
    first, second = tasks.part(task, here.bureau), tasks.part(task, here.bureau)
    actions.acknowledge(first, by=here.liaison)

    with pytest.raises(Refused) as refusal:
        actions.acknowledge(second, by=here.liaison)

    assert refusal.value.reason == "别人刚刚办理了这条记录，请看过最新情况再操作。"
    assert TaskEvent.objects.filter(move="acknowledge").count() == 1


def test_a_form_drawn_for_an_older_state_is_refused(here, campaign):
    task = tasks.confirmed(campaign, here)

    with pytest.raises(Refused) as refusal:
        actions.confirm(task, by=here.coordinator, seen_state="awaiting_confirmation")

    assert refusal.value.reason == "这条记录刚刚被别人改成了“已办结”，请看过最新情况再办理。"


def test_the_last_unit_to_report_sends_the_task_to_the_office(here, campaign, told):
    task = tasks.reported(campaign, here, code="5", name="整治")
    tasks.entry(task, here, unit=here.police, by=here.other_liaison)
    assert tasks.fresh(task).state == Task.State.ISSUED

    notices = told(actions.report_done, tasks.part(task, here.police), by=here.other_liaison)

    assert notices == {(here.coordinator, "任务待确认：5 整治")}
    assert tasks.fresh(task).state == Task.State.AWAITING_CONFIRMATION
    assert events_of(task)[-2:] == [
        ("report_done", "in_progress", "reported_done", here.other_liaison),
        ("await_confirmation", "issued", "awaiting_confirmation", None),
    ]
    assert task.events.last().who == "系统"


def test_confirming_keeps_the_day_and_tells_the_units(here, campaign, told, clock):
    clock("2026-05-20 10:00")
    task = tasks.awaiting(campaign, here, code="5", name="整治")

    notices = told(actions.confirm, task, by=here.coordinator, note="合格")

    assert notices == {(here.liaison, "任务已确认办结：5 整治"), (here.other_liaison, "任务已确认办结：5 整治")}
    assert (tasks.fresh(task).state, tasks.fresh(task).confirmed_on) == ("confirmed", date(2026, 5, 20))
    assert task.events.last().note == "合格"


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (date(2026, 5, 21), "办结日期不能晚于今天。"),
        (date(2026, 5, 19), "办结日期不能早于下发日期2026-05-20。"),
    ],
)
def test_a_day_that_cannot_be_is_refused(here, campaign, clock, day, sentence):
    clock("2026-05-20 10:00")
    task = tasks.awaiting(campaign, here)

    with pytest.raises(Refused) as refusal:
        actions.confirm(task, by=here.coordinator, confirmed_on=day)

    assert refusal.value.reason == sentence


def test_a_task_is_sent_back_to_the_chosen_units_only(here, campaign, told):
    task = tasks.awaiting(campaign, here, code="5", name="整治")
    chosen = [tasks.part(task, here.police)]

    notices = told(actions.send_back, task, by=here.coordinator, note="缺照片", assignments=chosen)

    assert notices == {(here.other_liaison, "任务被退回：5 整治。原因：缺照片")}
    assert tasks.fresh(task).state == Task.State.ISSUED
    assert {part.unit: (part.state, part.reported_done_at is None) for part in tasks.fresh(task).assignments.all()} == {
        here.bureau: ("reported_done", False),
        here.police: ("in_progress", True),
    }


def test_a_task_is_sent_back_to_all_units_unless_told_otherwise(here, campaign):
    task = tasks.awaiting(campaign, here)

    actions.send_back(task, by=here.coordinator, note="缺照片")

    assert {part.state for part in tasks.fresh(task).assignments.all()} == {"in_progress"}


def test_sending_back_to_nobody_is_refused(here, campaign):
    task = tasks.awaiting(campaign, here)

    with pytest.raises(Refused) as refusal:
        actions.send_back(task, by=here.coordinator, note="缺照片", assignments=[])

    assert refusal.value.reason == "请至少选择一个要退回的单位。"
    assert tasks.fresh(task).state == Task.State.AWAITING_CONFIRMATION


def test_one_report_is_sent_back_while_others_still_work(here, campaign, told):
    task = tasks.reported(campaign, here, code="5", name="整治")

    notices = told(actions.send_back_part, tasks.part(task, here.bureau), by=here.coordinator, note="缺照片")

    assert notices == {(here.liaison, "任务被退回：5 整治。原因：缺照片")}
    assert tasks.part(task, here.bureau).state == Assignment.State.IN_PROGRESS


def test_cancelling_tells_the_units_why(here, campaign, told, clock):
    clock("2026-05-20 10:00")
    task = tasks.issued(campaign, here, code="5", name="整治", units=[])

    notices = told(actions.cancel, task, by=here.coordinator, note="并入其他任务")

    assert notices == {(here.liaison, "任务已终止：5 整治。原因：并入其他任务")}
    assert tasks.fresh(task).cancelled_on == date(2026, 5, 20)


def test_a_cancelled_draft_is_nobodys_news(here, campaign, told):
    assert told(actions.cancel, tasks.draft(campaign, here), by=here.coordinator, note="重复") == set()


# Nudging ---------------------------------------------------------------------------------------------


def test_a_nudge_tells_the_liaisons_and_is_kept(here, campaign, told, clock):
    clock("2026-05-20 10:00")
    task = tasks.issued(campaign, here, code="5", name="整治")

    notices = told(actions.nudge, tasks.part(task, here.bureau), by=here.coordinator)

    assert notices == {(here.liaison, "请尽快办理：5 整治（未签收）")}
    assert tasks.part(task, here.bureau).nudged_at.isoformat() == "2026-05-20T02:00:00+00:00"
    assert events_of(task)[-1] == ("nudge", "unread", "unread", here.coordinator)


def test_a_unit_is_nudged_once_a_day(here, campaign, clock):
    clock("2026-05-20 23:50")
    task = tasks.issued(campaign, here)
    actions.nudge(tasks.part(task, here.bureau), by=here.coordinator)

    with pytest.raises(Refused) as refusal:
        actions.nudge(tasks.part(task, here.bureau), by=here.coordinator)
    clock("2026-05-21 00:10")
    actions.nudge(tasks.part(task, here.bureau), by=here.coordinator)

    assert refusal.value.reason == "今天已经催办过城管局，请明天再催。"
    assert TaskEvent.objects.filter(move="nudge").count() == 2


def test_who_has_reported_is_not_nudged(here, campaign):
    with pytest.raises(Refused) as refusal:
        actions.nudge(tasks.part(tasks.reported(campaign, here), here.bureau), by=here.coordinator)

    assert refusal.value.reason == "城管局没有待办的事项，不用催办。"


def test_units_do_not_nudge_each_other(here, campaign):
    with pytest.raises(Refused) as refusal:
        actions.nudge(tasks.part(tasks.issued(campaign, here), here.bureau), by=here.other_liaison)

    assert refusal.value.reason == "您的岗位没有这项权限。"
