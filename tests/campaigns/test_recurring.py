"""Figures of recurring duty: what each unit kept, as of a day."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import recurring
from campaigns.actions import log as log_actions
from campaigns.actions import recurring as actions
from campaigns.actions import tasks as task_actions
from campaigns.models import Assignment, Task
from cityinit.periods import Period
from tests.factories import tasks
from units.models import Notice

pytestmark = pytest.mark.django_db

# Three whole weeks: 1 June 2026 is a Monday.
JUNE = Period(date(2026, 6, 1), date(2026, 6, 21))


@pytest.fixture
def task(city, campaign, clock):
    clock("2026-06-01 08:00")
    found = tasks.issued(campaign, city, frequency="每周2次", units=[])
    clock("2026-06-22 09:00")
    return found


def lines_of(task, unit, *, on=JUNE.last):
    [found] = recurring.kept_by(Assignment.objects.filter(task=task, unit=unit), on=on)
    return [(line.kept, line.due) for line in found.lines]


def test_each_week_tells_how_often_it_was_kept(city, campaign, task):
    for day in (2, 3, 9, 15, 16, 17):
        tasks.entry(task, city, done_on=date(2026, 6, day), quantities_text="")

    assert lines_of(task, city.bureau) == [(2, 2), (1, 2), (2, 2)]
    assert recurring.kept(campaign, JUNE) == recurring.Kept(due=6, kept=5)
    assert recurring.kept(campaign, JUNE).rate == Decimal("83.3")


def test_an_entry_that_says_how_often_counts_as_often(city, task):
    tasks.entry(task, city, done_on=date(2026, 6, 2), quantities_text="巡查=2次；劝导=1次；发放传单=300份")
    tasks.entry(task, city, done_on=date(2026, 6, 10), quantities_text="参与=40人次")

    assert lines_of(task, city.bureau) == [(2, 2), (1, 2), (0, 2)]


def test_what_is_filed_late_counts_for_its_day(city, campaign, task, clock):
    clock("2026-07-15 09:00")
    tasks.entry(task, city, done_on=date(2026, 6, 4), quantities_text="巡查=2次")

    assert recurring.kept(campaign, JUNE) == recurring.Kept(due=6, kept=2)


def test_the_running_week_is_not_due_yet(city, campaign, task):
    middle = date(2026, 6, 17)

    [found] = recurring.kept_by(Assignment.objects.filter(task=task), on=middle)

    assert len(found.over()) == 2
    assert (found.running.first, found.running.due) == (date(2026, 6, 15), 2)
    assert recurring.kept(campaign, Period(JUNE.first, middle)).due == 4


def test_a_week_that_reaches_over_the_edge_counts_in_each_period_with_its_own_days(city, campaign, task, clock):
    daily = tasks.issued(campaign, city, frequency="每天1次", units=[], lead_unit=city.police)
    Task.objects.filter(pk=daily.pk).update(issued_on=JUNE.first)
    # Three times on the Tuesday, one of them ahead; twice on the Sunday for the Saturday that was missed.
    for day, text in ((1, ""), (2, "巡查=3次"), (3, ""), (7, "巡查=2次")):
        tasks.entry(
            daily, city, unit=city.police, by=city.other_liaison, done_on=date(2026, 6, day), quantities_text=text
        )
    cut = Period(JUNE.first, date(2026, 6, 2)), Period(date(2026, 6, 3), JUNE.last)

    def kept(unit, *periods):
        return [(found.due, found.kept) for found in (recurring.kept(campaign, one, unit=unit) for one in periods)]

    assert kept(city.police, *cut) == [(2, 2), (19, 5)]
    assert kept(city.police, JUNE) == [(21, 7)]
    # Of twice a week no whole time is due by Tuesday.
    assert kept(city.bureau, *cut, JUNE) == [(0, 0), (6, 0), (6, 0)]
    assert kept(city.bureau, Period(date(2026, 6, 3), date(2026, 6, 10))) == [(2, 0)]


def test_a_unit_that_joined_later_owes_from_that_day(city, campaign, task, clock):
    clock("2026-06-11 09:00")
    values = {name: getattr(task, name) for name in Task.WRITTEN}
    task_actions.edit_task(task, by=city.coordinator, units=[city.police], **values)

    # Of the week in which it joined four days are its own: one time.
    assert lines_of(task, city.police) == [(0, 1), (0, 2)]
    assert lines_of(task, city.bureau) == [(0, 2), (0, 2), (0, 2)]


def test_a_task_that_is_cancelled_owes_nothing_any_more(city, campaign, task, clock):
    clock("2026-06-16 09:00")
    task_actions.cancel(tasks.fresh(task), by=city.coordinator, note="不再开展")

    assert recurring.kept(campaign, JUNE) == recurring.Kept(due=0, kept=0)
    # As of a day before, it was running.
    assert recurring.kept(campaign, Period(JUNE.first, date(2026, 6, 14))).due == 4
    [found] = recurring.kept_by(Assignment.objects.filter(task=task), on=JUNE.last)
    assert [line.due for line in found.lines] == [2, 2]


def test_duty_ends_with_the_deadline(city, campaign, clock):
    clock("2026-06-01 08:00")
    task = tasks.issued(campaign, city, frequency="每天1次", due_on=date(2026, 6, 10), units=[])

    assert [due for _kept, due in lines_of(task, city.bureau)] == [7, 3]


def test_nothing_is_counted_of_what_says_no_number(city, campaign, clock):
    clock("2026-06-01 08:00")
    task = tasks.issued(campaign, city, frequency="不定期", units=[])

    assert lines_of(task, city.bureau) == []
    assert recurring.kept(campaign, JUNE) == recurring.Kept(due=0, kept=0)
    assert recurring.kept(campaign, JUNE).rate is None


def test_a_units_figure_is_of_its_own_parts(city, campaign, clock):
    clock("2026-06-01 08:00")
    task = tasks.issued(campaign, city, frequency="每周1次", units=[city.police, city.community])
    clock("2026-06-22 09:00")
    tasks.entry(task, city, done_on=date(2026, 6, 2), quantities_text="")

    assert recurring.kept(campaign, JUNE) == recurring.Kept(due=9, kept=1)
    assert recurring.kept(campaign, JUNE, unit=city.bureau) == recurring.Kept(due=3, kept=1)
    assert recurring.kept(campaign, JUNE, unit=city.street) == recurring.Kept(due=3, kept=0)


def test_what_is_not_the_units_own_entry_keeps_nothing_for_it(city, campaign, clock):
    clock("2026-06-01 08:00")
    task = tasks.issued(campaign, city, frequency="每周1次", units=[city.police])
    tasks.entry(task, city, done_on=date(2026, 6, 1), quantities_text="")

    assert lines_of(task, city.police, on=date(2026, 6, 7)) == [(0, 1)]


def test_many_parts_take_no_more_queries_than_one(city, campaign, task):
    def queries(parts):
        with CaptureQueriesContext(connection) as seen:
            recurring.kept_by(parts, on=JUNE.last)
        return len(seen)

    one = queries(Assignment.objects.filter(task=task))
    for _ in range(3):
        tasks.issued(campaign, city, frequency="每天1次", units=[city.police, city.street])

    assert (one, queries(Assignment.objects.all())) == (4, 4)


# One tap ---------------------------------------------------------------------------------------------


def test_duty_is_kept_by_one_tap_and_begins_the_work(city, campaign, task):
    entry = log_actions.keep_recurring(tasks.part(task, city.bureau), by=city.liaison)

    assert (entry.done_on, entry.content, entry.is_routine) == (date(2026, 6, 22), "已按频次落实", True)
    assert tasks.part(task, city.bureau).state == "in_progress"


def test_words_added_to_a_tap_make_it_an_entry_like_any_other(city, task):
    entry = log_actions.keep_recurring(tasks.part(task, city.bureau), by=city.liaison)

    log_actions.edit_entry(entry, by=city.liaison, done_on=entry.done_on, content="清洗果皮箱20个")

    entry.refresh_from_db()
    assert (entry.is_routine, entry.content) == (False, "清洗果皮箱20个")


# Told once a week ------------------------------------------------------------------------------------


def missed_notices(person):
    return list(Notice.objects.filter(user=person, text__contains="常态工作").values_list("text", flat=True))


@pytest.mark.django_db(transaction=True)
def test_what_a_unit_missed_is_told_once_a_week(city, clock):
    campaign = tasks.campaign(city)
    clock("2026-06-01 08:00")
    daily = tasks.issued(campaign, city, frequency="每天1次", name="路段清扫", units=[city.police])
    tasks.issued(campaign, city, frequency="每周1次", name="卫生死角清理", units=[])
    tasks.entry(daily, city, done_on=date(2026, 6, 1), quantities_text="清扫=7次")
    clock("2026-06-08 08:00")

    told = [actions.tell_missed(on=date(2026, 6, 8)) for _ in range(2)]

    assert told == [2, 2]
    words = "2026年第23周常态工作未足额登记：“{}”0/{}次。已做未记的，可以按实际日期补记。"
    assert missed_notices(city.liaison) == [words.format("卫生死角清理", 1)]
    assert missed_notices(city.other_liaison) == [words.format("路段清扫", 7)]


def test_who_missed_nothing_is_told_nothing(city, campaign, task):
    for day in (16, 17):
        tasks.entry(task, city, done_on=date(2026, 6, day), quantities_text="")

    assert actions.tell_missed(on=date(2026, 6, 22)) == 0


# What a summary tells --------------------------------------------------------------------------------


def test_only_duty_that_is_logged_time_by_time_makes_a_figure(city, campaign, task, clock):
    other = tasks.issued(campaign, city, frequency="每天2次", units=[])
    tasks.entry(other, city, done_on=date(2026, 6, 2))
    clock("2026-06-17 09:00")
    log_actions.keep_recurring(tasks.part(task, city.bureau), by=city.liaison)
    clock("2026-06-22 09:00")

    assert recurring.kept(campaign, JUNE, only_tapped=True) == recurring.Kept(due=6, kept=1)
    parts = recurring.tapped(recurring.recurring_parts(campaign, JUNE), JUNE)
    assert [part.task for part in parts] == [task]
