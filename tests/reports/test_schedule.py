"""Which drafts are written without being asked for, each once, and what is made up for after a pause."""

from datetime import date

import pytest

from cityinit.periods import Period
from inspections.models import Round, Site
from reports import schedule
from reports.models import Kind, Report, Schedule
from reports.templates import save_schedule
from tests.factories import findings as make
from tests.factories import rounds as walk

Cycle = Schedule.Cycle


@pytest.mark.parametrize(
    ("cycle", "on", "period"),
    [
        (Cycle.WEEK, date(2025, 3, 3), Period(date(2025, 2, 24), date(2025, 3, 2))),
        (Cycle.WEEK, date(2025, 3, 9), Period(date(2025, 2, 24), date(2025, 3, 2))),
        (Cycle.MONTH, date(2025, 1, 1), Period.month(2024, 12)),
        (Cycle.QUARTER, date(2025, 4, 1), Period.quarter(2025, 1)),
        (Cycle.QUARTER, date(2025, 1, 15), Period.quarter(2024, 4)),
        (Cycle.HALF_YEAR, date(2025, 7, 1), Period.half_year(2025, 1)),
        (Cycle.YEAR, date(2026, 1, 1), Period.year(2025)),
    ],
)
def test_the_period_that_ended_last(cycle, on, period):
    assert schedule.last_ended(cycle, on=on) == period


def chosen(campaign, city, *cycles):
    return save_schedule(campaign, cycles, by=city.coordinator)


def filed(on):
    return [job.label for job in schedule.compile_due_drafts(on=on)]


def test_a_month_and_its_quarter_are_drafted_on_the_first_and_only_once(city, campaign, clock, work):
    clock("2025-03-20 09:00")
    chosen(campaign, city, Cycle.MONTH, Cycle.QUARTER)
    clock("2025-04-01 06:00")

    first = filed(date(2025, 4, 1))
    work()

    assert first == ["清水市创建全国文明城市2025年3月工作总结", "清水市创建全国文明城市2025年第一季度工作总结"]
    assert (filed(date(2025, 4, 1)), filed(date(2025, 4, 2))) == ([], [])


def test_weeks_missed_while_nothing_ran_are_made_up_for(city, campaign, clock):
    clock("2025-03-03 09:00")
    chosen(campaign, city, Cycle.WEEK)
    clock("2025-03-25 06:00")

    schedule.compile_due_drafts(on=date(2025, 3, 25))

    days = Report.objects.order_by("first_day").values_list("first_day", "last_day")
    assert list(days) == [
        (date(2025, 2, 24), date(2025, 3, 2)),
        (date(2025, 3, 3), date(2025, 3, 9)),
        (date(2025, 3, 10), date(2025, 3, 16)),
        (date(2025, 3, 17), date(2025, 3, 23)),
    ]


def test_who_chose_nothing_gets_nothing(city, campaign, clock):
    chosen(campaign, city)
    clock("2025-07-01 06:00")

    assert filed(date(2025, 7, 1)) == []


def test_a_published_round_is_told_of_on_the_next_day(city, campaign, clock, work):
    clock("2025-03-03 09:00")
    chosen(campaign, city, Cycle.ROUND_CIRCULAR, Cycle.ROUND_ASSESSMENT)
    make.site(campaign, city.bureau)
    walk.round_at(Round.State.PUBLISHED, campaign, city, sites=list(Site.objects.all()), name="三月督查")

    same_day = filed(date(2025, 3, 3))
    clock("2025-03-04 06:00")
    next_day = filed(date(2025, 3, 4))
    work()

    assert (same_day, next_day) == ([], ["关于三月督查情况的通报", "关于三月督查模拟测评情况的通报"])
    assert filed(date(2025, 3, 5)) == []
    assert sorted(Report.objects.values_list("kind", flat=True)) == [Kind.ASSESSMENT, Kind.CIRCULAR]
