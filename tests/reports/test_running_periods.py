"""A summary read while its period runs: what is due on the day of reading has not been missed, here or on screen."""

from datetime import date, datetime

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from campaigns import attendance, figures
from campaigns.actions import rosters
from campaigns.actions import tasks as task_actions
from campaigns.actions.log import keep_recurring
from campaigns.models import DutyTurn, Task
from cityinit.periods import SHANGHAI, Period, day_end
from inspections import figures as field
from inspections.actions import findings as finding_actions
from reports.deeds import Deeds
from reports.facts import collect
from tests.factories import duty, findings, tasks

pytestmark = pytest.mark.django_db

HALF = Period.half_year(2026, 1)
# A Sunday, on which a week ends.
TODAY, YESTERDAY = date(2026, 4, 19), date(2026, 4, 18)


@pytest.fixture
def campaign(city, clock):
    clock("2026-04-01 09:00")
    return tasks.campaign(city)


def texts(campaign, *keys, on=TODAY):
    told = collect(campaign, HALF, on=on).facts["figures"]
    return [told[key]["text"] if key in told else None for key in keys]


def listed(client, **chosen):
    """The codes of the tasks that a list shows."""
    page = client.get(reverse("campaigns:tasks"), chosen)
    return sorted(row["code"] for row in page.context["page"].rows)


def test_a_task_due_today_or_waiting_for_the_office_is_late_neither_on_screen_nor_on_paper(
    city, campaign, clock, client
):
    tasks.issued(campaign, city, code="L1", due_on=YESTERDAY, units=[])
    tasks.issued(campaign, city, code="T1", due_on=TODAY, units=[])
    tasks.awaiting(campaign, city, code="W1", due_on=YESTERDAY)
    clock("2026-04-19 09:00")
    client.force_login(city.coordinator)

    assert texts(campaign, "tasks.late") == ["1"]
    assert listed(client, due="overdue") == listed(client, figure="late") == ["L1"]
    # The day after it is over, and the list of that day says so.
    clock("2026-04-20 09:00")
    client.force_login(city.coordinator)
    assert texts(campaign, "tasks.late", on=date(2026, 4, 20)) == ["2"]
    assert listed(client, due="overdue") == listed(client, figure="late", on=TODAY) == ["L1", "T1"]


def test_a_finding_is_due_once_its_hour_has_come_on_screen_and_on_paper(city, campaign, clock, client):
    """A limit in hours runs out at its hour, one in days when its day is over."""
    noons = [datetime(2026, 4, day, 12, tzinfo=SHANGHAI) for day in (18, 19)]
    for due in (*noons, day_end(TODAY)):
        row = findings.reported(city, campaign)
        finding_actions.dispatch(row, by=city.coordinator, lead_unit=city.bureau, due_at=due)

    def told():
        client.force_login(city.coordinator)
        page = client.get(reverse("inspections:findings"), {"flag": "overdue"})
        day = localdate()
        figures = collect(campaign, HALF, on=day).facts["figures"]
        return len(page.context["page"].rows), figures["findings.due"]["text"], figures["findings.due"]["count"]

    clock("2026-04-19 09:00")
    assert told() == (1, "1", 1)
    basis = collect(campaign, HALF, on=TODAY).facts["figures"]["findings.due"]["basis"]
    assert basis == "截至2026年4月19日整改期限已到的；当天期限还没有到的不计"
    clock("2026-04-19 13:00")
    assert told() == (2, "2", 2)
    clock("2026-04-20 09:00")
    assert told() == (3, "3", 3)
    # Asked later of the nineteenth, its day is over, and what was due on it with it.
    assert field.rectified(campaign, Period(HALF.first, TODAY)).due == 3


def test_the_prose_of_a_running_period_calls_a_deadline_of_today_still_to_come(city, campaign, clock):
    tasks.in_progress(campaign, city, due_on=TODAY, units=[])

    told = [collect(campaign, HALF, on=day).facts for day in (TODAY, date(2026, 4, 20))]

    deadlines = [Deeds(facts).deadline(facts["tasks"][0]) for facts in told]
    assert deadlines == ["计划2026年4月19日前完成", "原定2026年4月19日前完成"]


def test_what_waited_on_the_last_day_was_not_late_whatever_the_office_did_since(city, campaign, clock):
    task = tasks.awaiting(campaign, city, code="W1", due_on=YESTERDAY)
    clock("2026-05-04 09:00")
    task_actions.send_back(Task.objects.get(pk=task.pk), by=city.coordinator, note="请补照片")
    april, may = (Period(HALF.first, last) for last in (date(2026, 4, 30), date(2026, 5, 31)))

    found = [list(figures.late_tasks(campaign, period)) for period in (april, may)]

    assert found == [[], [task]]


def test_turns_that_have_not_begun_are_not_due_yet(city, campaign, clock, client):
    shift = {"starts_on": date(2026, 4, 1), "pattern": "every", "every": 1}
    post = duty.post(campaign, city, manned=shift)
    turns = duty.drawn(post, YESTERDAY, date(2026, 4, 20), by=city.coordinator)
    clock("2026-04-19 06:00")
    rosters.mark_present(turns[0], by=city.coordinator)
    client.force_login(city.coordinator)

    screen = client.get(reverse("campaigns:turns"), {"first": HALF.first, "last": TODAY}).context["total"]

    assert texts(campaign, "duty.due", "duty.came") == ["1", "1"] == [str(screen.due), str(screen.came)]
    clock("2026-04-19 12:00")
    assert texts(campaign, "duty.due", "duty.came") == ["2", "1"]
    assert attendance.attendance(DutyTurn.objects.counted()).due == 3


def test_a_patrol_of_today_is_not_missed_before_the_day_is_over(city, campaign, clock):
    quota = duty.quota(campaign, unit=city.bureau, times=1, starts_on=YESTERDAY)
    key = f"quota:{quota.pk}"

    clock("2026-04-19 09:00")
    duty.walked(quota, city.liaison, city.bureau, "2026-04-18 08:00")
    assert texts(campaign, f"{key}:due", f"{key}:done") == ["1", "1"]
    clock("2026-04-20 09:00")
    assert texts(campaign, f"{key}:due", f"{key}:done", on=date(2026, 4, 20)) == ["2", "1"]


def test_a_week_of_recurring_duty_that_ends_today_still_runs(city, campaign, clock, client):
    clock("2026-04-06 09:00")
    task = tasks.issued(campaign, city, frequency="每周1次", units=[])
    keep_recurring(tasks.part(task, city.bureau), by=city.liaison)
    clock("2026-04-19 09:00")
    client.force_login(city.coordinator)

    screen = client.get(reverse("campaigns:recurring")).context["kept"]

    assert texts(campaign, "recurring.due", "recurring.kept") == ["1", "1"] == [str(screen.due), str(screen.kept)]
    clock("2026-04-20 09:00")
    assert texts(campaign, "recurring.due", "recurring.kept", on=date(2026, 4, 20)) == ["2", "1"]
