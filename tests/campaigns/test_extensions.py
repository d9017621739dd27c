"""More time for a task: asked, granted, refused, withdrawn; and what a day that is over is judged by."""

from datetime import date
from uuid import uuid4

import pytest

from campaigns import figures
from campaigns.actions import extensions as actions
from campaigns.actions import tasks as task_actions
from campaigns.models import Task, TaskExtension
from cityinit.periods import Period
from cityinit.workflow import Refused
from tests.factories import tasks
from units.models import Notice

pytestmark = pytest.mark.django_db

DUE, ASKED = date(2026, 6, 20), date(2026, 7, 20)
HALF, YEAR = Period.half_year(2026, 1), Period.year(2026)


@pytest.fixture
def task(city, campaign, clock):
    clock("2026-06-10 09:00")
    return tasks.issued(campaign, city, due_on=DUE, units=[city.police])


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """`told(action, *args, **kw)` does it and gives who was told what: a set of (person, text)."""

    def do(action, *args, **values):
        before = set(Notice.objects.values_list("pk", flat=True))
        with django_capture_on_commit_callbacks(execute=True):
            action(*args, **values)
        return {(notice.user, notice.text) for notice in Notice.objects.exclude(pk__in=before).select_related("user")}

    return do


def ask(city, task, **values):
    return tasks.asked(task, city, **{"until": ASKED, **values})


def late(campaign, period):
    return list(figures.late_tasks(campaign, period))


def test_a_unit_asks_and_the_office_is_told_while_the_deadline_stays(city, task, told):
    part = tasks.part(task, city.bureau)

    heard = told(actions.ask_extension, part, by=city.liaison, reason="连续降雨", until=ASKED)

    found = TaskExtension.objects.get()
    assert (found.state, found.due_then, found.asked_due, found.unit) == ("asked", DUE, ASKED, city.bureau)
    assert tasks.fresh(task).due_on == DUE
    assert heard == {(city.coordinator, f"城管局申请延期至2026年7月20日：{task}")}
    event = task.events.get(move="ask_extension")
    assert (event.note, event.by, event.assignment.unit) == ("延至2026年7月20日。连续降雨", city.liaison, city.bureau)


def test_granted_it_moves_the_deadline_for_every_unit_and_keeps_the_first(city, task, told):
    asked = ask(city, task)

    heard = told(actions.grant_extension, asked, by=city.coordinator, granted_due=date(2026, 7, 10), note="请抓紧")

    assert tasks.fresh(task).due_on == date(2026, 7, 10)
    asked.refresh_from_db()
    assert (asked.state, asked.granted_due, asked.decided_by) == ("granted", date(2026, 7, 10), city.coordinator)
    assert heard == {(person, f"任务时限延至2026年7月10日：{task}") for person in (city.liaison, city.other_liaison)}
    change = task.deadline_changes.get()
    assert (change.before, change.after, change.by) == (DUE, date(2026, 7, 10), city.coordinator)


def test_refused_it_keeps_the_deadline_and_tells_the_unit_why(city, task, told):
    asked = ask(city, task)

    heard = told(actions.refuse_extension, asked, by=city.coordinator, note="工期足够")

    assert (tasks.fresh(task).due_on, asked.state, asked.note) == (DUE, "refused", "工期足够")
    assert heard == {(city.liaison, f"延期申请未批准：{task}。原因：工期足够")}


def test_a_request_can_be_withdrawn_and_asked_again(city, task):
    first = ask(city, task)
    with pytest.raises(Refused, match="已有一个延期申请待批"):
        ask(city, task)

    actions.withdraw_extension(first, by=city.liaison)
    second = ask(city, task)

    assert (first.state, second.state) == ("withdrawn", "asked")


def test_two_units_may_ask_for_the_same_task_each_by_itself(city, task):
    ask(city, task)
    ask(city, task, unit=city.police, by=city.other_liaison)

    assert TaskExtension.objects.waiting().count() == 2


def test_a_form_sent_twice_is_one_request(city, task):
    key = uuid4()

    first, second = ask(city, task, client_key=key), ask(city, task, client_key=key)

    assert first == second


@pytest.mark.parametrize(
    ("until", "told"),
    [
        (DUE, "延至的日期须晚于现在的时限2026年6月20日。"),
        (date(2026, 6, 1), "延至的日期须晚于现在的时限2026年6月20日。"),
    ],
)
def test_no_day_that_gives_no_more_time_is_asked_for(city, task, until, told):
    with pytest.raises(Refused, match=told):
        ask(city, task, until=until)


def test_beyond_the_campaign_only_a_task_that_says_when_it_begins_is_extended(city, campaign, task):
    far = date(2027, 2, 15)
    with pytest.raises(Refused, match=r"晚于创建活动结束的2026年12月31日：请核对年份"):
        ask(city, task, until=far)

    Task.objects.filter(pk=task.pk).update(starts_on=date(2026, 6, 1))
    asked = ask(city, tasks.fresh(task), until=far)
    Task.objects.filter(pk=task.pk).update(starts_on=None)
    with pytest.raises(Refused, match="晚于创建活动结束"):
        actions.grant_extension(TaskExtension.objects.get(pk=asked.pk), by=city.coordinator)


def test_a_late_task_is_not_extended_to_a_day_that_is_over(city, task, clock):
    clock("2026-07-01 09:00")

    with pytest.raises(Refused, match="延至的日期不能早于今天。"):
        ask(city, task, until=date(2026, 6, 25))


def test_a_day_the_office_has_passed_meanwhile_is_not_granted(city, task):
    asked = ask(city, task)
    values = {name: getattr(task, name) for name in Task.WRITTEN} | {"due_on": date(2026, 8, 1)}
    task_actions.edit_task(tasks.fresh(task), by=city.coordinator, units=[city.police], **values)

    with pytest.raises(Refused, match="延至的日期须晚于现在的时限2026年8月1日。"):
        actions.grant_extension(asked, by=city.coordinator)

    asked.refresh_from_db()
    assert asked.state == "asked"


def test_where_no_deadline_runs_none_is_moved(city, campaign, task):
    without = tasks.issued(campaign, city)
    done = tasks.awaiting(campaign, city, due_on=DUE)

    with pytest.raises(Refused, match="这项任务没有完成时限，不用申请延期。"):
        ask(city, without)
    with pytest.raises(Refused, match="城管局的这项任务没有正在计算的时限可延。"):
        ask(city, done)
    with pytest.raises(Refused, match="只有承担单位的联络员可以申请延期。"):
        tasks.asked(task, city, by=city.coordinator, until=ASKED)


def test_what_is_reported_done_needs_no_more_time(city, task):
    tasks.entry(task, city)
    asked = ask(city, task)

    task_actions.report_done(tasks.part(task, city.bureau), by=city.liaison)

    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("withdrawn", None)
    told = task.events.get(move="withdraw_extension")
    assert (told.label, told.note, told.by) == ("撤回延期申请", "已反馈完成，不再需要延期", None)


def test_a_task_that_is_cancelled_withdraws_what_was_asked(city, task):
    asked = ask(city, task)

    task_actions.cancel(task, by=city.coordinator, note="任务合并")

    asked.refresh_from_db()
    assert (asked.state, asked.note) == ("withdrawn", "任务已终止")
    assert task.events.get(move="withdraw_extension").note == "任务已终止"


# What a day that is over is judged by ----------------------------------------------------------------


def test_a_deadline_moved_after_the_last_day_leaves_the_task_late_on_it(city, campaign, task, clock):
    clock("2026-07-03 09:00")
    actions.grant_extension(ask(city, task), by=city.coordinator)

    assert late(campaign, HALF) == [task]
    assert late(campaign, Period(date(2026, 1, 1), date(2026, 7, 5))) == []


def test_a_deadline_moved_before_the_last_day_keeps_the_task_from_being_late(city, campaign, task):
    actions.grant_extension(ask(city, task), by=city.coordinator)

    assert late(campaign, HALF) == []
    assert late(campaign, Period(date(2026, 1, 1), ASKED)) == [task]


def test_of_several_moves_the_one_that_was_in_force_counts(city, campaign, task, clock):
    actions.grant_extension(ask(city, task, until=date(2026, 6, 28)), by=city.coordinator)
    clock("2026-07-03 09:00")
    actions.grant_extension(ask(city, task, until=date(2026, 9, 1)), by=city.coordinator)

    found = figures.as_of(Task.objects.filter(pk=task.pk), date(2026, 6, 30)).get()

    assert (found.due_then, late(campaign, HALF), late(campaign, YEAR)) == (date(2026, 6, 28), [task], [task])


def test_a_deadline_that_was_taken_away_is_remembered_too(city, campaign, task, clock):
    clock("2026-07-03 09:00")
    values = {name: getattr(task, name) for name in Task.WRITTEN} | {"due_on": None}
    task_actions.edit_task(tasks.fresh(task), by=city.coordinator, units=[city.police], **values)

    assert (late(campaign, HALF), late(campaign, YEAR)) == ([task], [])


def test_a_draft_leaves_no_trace_of_its_deadlines(city, campaign):
    draft = tasks.draft(campaign, city, due_on=DUE)
    values = {name: getattr(draft, name) for name in Task.WRITTEN} | {"due_on": ASKED}

    task_actions.edit_task(draft, by=city.coordinator, units=[city.police], **values)

    assert draft.deadline_changes.count() == 0


# Decisions taken back --------------------------------------------------------------------------------


def progress(campaign, period):
    found = figures.task_progress(campaign, period)
    return found.tasks, found.done


def test_a_confirmation_taken_back_waits_for_the_office_again_and_the_units_know_why(city, campaign, told):
    task = tasks.confirmed(campaign, city)

    heard = told(task_actions.reopen, task, by=city.coordinator, note="确认错了任务")

    found = tasks.fresh(task)
    assert (found.state, found.confirmed_on) == ("awaiting_confirmation", None)
    text = f"任务的办结已撤销：{task}。原因：确认错了任务"
    assert heard == {(city.liaison, text), (city.other_liaison, text)}
    event = task.events.get(move="reopen")
    assert (event.source, event.target, event.note) == ("confirmed", "awaiting_confirmation", "确认错了任务")


def test_what_stood_on_a_past_day_stands_there_still(city, campaign, clock):
    clock("2026-06-20 09:00")
    task = tasks.confirmed(campaign, city)
    clock("2026-07-05 09:00")

    task_actions.reopen(task, by=city.coordinator, note="确认错了任务")

    assert (progress(campaign, HALF), progress(campaign, YEAR)) == ((1, 1), (1, 0))
    task_actions.confirm(tasks.fresh(task), by=city.coordinator)
    assert (progress(campaign, HALF), progress(campaign, YEAR)) == ((1, 1), (1, 1))


def test_a_confirmation_dated_back_and_taken_back_never_stood(city, campaign, clock):
    clock("2026-06-20 09:00")
    task = tasks.awaiting(campaign, city)
    clock("2026-07-05 09:00")
    task_actions.confirm(task, by=city.coordinator, confirmed_on=date(2026, 6, 25))
    assert progress(campaign, HALF) == (1, 1)

    task_actions.reopen(tasks.fresh(task), by=city.coordinator, note="日期错了")

    assert progress(campaign, HALF) == (1, 0)


def test_a_cancelled_task_goes_on_where_it_was_and_its_log_counts_again(city, campaign, clock, told):
    clock("2026-06-10 09:00")
    task = tasks.in_progress(campaign, city)
    task_actions.cancel(task, by=city.coordinator, note="任务合并")
    assert list(figures.log_entries(campaign, HALF)) == []
    clock("2026-07-05 09:00")

    heard = told(task_actions.restore, tasks.fresh(task), by=city.coordinator, note="终止错了任务")

    found = tasks.fresh(task)
    assert (found.state, found.cancelled_on) == ("issued", None)
    assert tasks.part(task, city.bureau).state == "in_progress"
    assert {text for _person, text in heard} == {f"任务已恢复办理：{task}。原因：终止错了任务"}
    # On 30 June it was cancelled, by the end of the year it is not.
    assert (progress(campaign, HALF), progress(campaign, YEAR)) == ((0, 0), (1, 0))
    assert list(figures.log_entries(campaign, HALF)) == []
    assert len(figures.log_entries(campaign, YEAR)) == 1


def test_what_was_never_issued_is_not_restored(city, campaign):
    task = tasks.draft(campaign, city)
    task_actions.cancel(task, by=city.coordinator, note="不做了")

    with pytest.raises(Refused, match="这项任务终止前还没有下发，不能恢复。请重新分解一项任务。"):
        task_actions.restore(tasks.fresh(task), by=city.coordinator, note="还是要做")
