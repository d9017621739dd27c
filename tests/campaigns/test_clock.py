from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.clock import (
    LONG_TERM,
    Calendar,
    Limit,
    LimitUnit,
    OfficeHours,
    add_pause,
    due,
    elapsed_share,
    latest_due,
    warn_at,
)
from cityinit.periods import SHANGHAI

CHINA = Calendar()
MINUTE = timedelta(minutes=1)
# From the autumn of 2024, whose holidays are packaged, into 2027, whose are not.
DAYS = st.dates(date(2024, 9, 1), date(2027, 3, 1))
MOMENTS = st.builds(
    lambda day, minute: datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + minute * MINUTE,
    DAYS,
    st.integers(0, 1439),
)
CALENDARS = st.builds(Calendar, st.dictionaries(DAYS, st.booleans(), max_size=40))
UNITS = [unit for unit in LimitUnit if unit != LimitUnit.NONE]


def at(text):
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


def working_days(count):
    return Limit(count, LimitUnit.WORKING_DAYS)


def working_hours(count):
    return Limit(count, LimitUnit.WORKING_HOURS)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2025, 9, 28), True),  # a Sunday, worked for the National Day week
        (date(2025, 10, 1), False),
        (date(2025, 10, 8), False),  # a Wednesday, still holiday
        (date(2025, 10, 9), True),
        (date(2025, 10, 11), True),  # a Saturday, worked in lieu
        (date(2025, 10, 12), False),
        (date(2026, 2, 17), False),  # Spring Festival
    ],
)
def test_holidays_and_the_days_worked_in_lieu_are_those_of_the_notice(day, worked):
    assert CHINA.is_workday(day) is worked


def test_the_offices_own_entry_goes_before_the_notice():
    calendar = Calendar({date(2025, 10, 9): False, date(2025, 10, 1): True})

    assert [calendar.is_workday(date(2025, 10, day)) for day in (1, 9, 10)] == [True, False, True]


def test_a_year_nobody_has_entered_is_monday_to_friday_and_says_so():
    assert CHINA.is_workday(date(2027, 1, 1)) is True
    assert CHINA.is_workday(date(2027, 1, 2)) is False
    assert CHINA.unknown_years(first=date(2025, 1, 1), last=date(2028, 6, 30)) == [2027, 2028]


def test_one_entry_does_not_make_its_year_known():
    calendar = Calendar({date(2027, 1, 1): False})

    assert calendar.unknown_years(first=date(2027, 1, 1), last=date(2027, 12, 31)) == [2027]


def test_a_year_is_known_once_its_unmoving_holidays_are_entered():
    calendar = Calendar({date(2027, 1, 1): False, date(2027, 5, 1): False, date(2027, 10, 1): False})

    assert calendar.unknown_years(first=date(2027, 1, 1), last=date(2027, 12, 31)) == []


@pytest.mark.parametrize(
    ("start", "limit", "expected"),
    [
        ("2025-04-08 10:00", working_days(1), "2025-04-09 18:00"),
        ("2025-04-08 23:59", working_days(1), "2025-04-09 18:00"),
        ("2025-04-11 10:00", working_days(1), "2025-04-14 18:00"),  # over a weekend
        ("2025-04-12 10:00", working_days(1), "2025-04-14 18:00"),  # handed out on a Saturday
        ("2025-09-26 16:00", working_days(3), "2025-09-30 18:00"),  # the Sunday between is worked
        ("2025-09-30 16:00", working_days(3), "2025-10-11 18:00"),  # eight days off, then a Saturday worked
        ("2025-04-08 09:00", working_hours(4), "2025-04-08 15:00"),  # lunch does not count
        ("2025-04-08 16:30", working_hours(4), "2025-04-09 11:30"),
        ("2025-04-08 10:00", working_hours(2), "2025-04-08 12:00"),  # full at noon, not at two
        ("2025-04-08 12:30", working_hours(1), "2025-04-08 15:00"),
        ("2025-10-01 03:00", working_hours(7), "2025-10-09 18:00"),
        ("2025-10-01 03:00", Limit(24, LimitUnit.HOURS), "2025-10-02 03:00"),
        ("2025-10-01 03:00", Limit(30, LimitUnit.DAYS), "2025-10-31 18:00"),
    ],
)
def test_due_times_by_example(start, limit, expected):
    assert due(at(start), limit=limit, calendar=CHINA) == at(expected)


def test_a_long_term_limit_has_no_due_time():
    assert due(at("2025-04-08 10:00"), limit=LONG_TERM, calendar=CHINA) is None


def test_the_day_of_dispatch_is_the_day_in_shanghai():
    evening_in_london = datetime(2025, 4, 8, 17, 0, tzinfo=UTC)  # 01:00 on the 9th in Shanghai

    assert due(evening_in_london, limit=working_days(1), calendar=CHINA) == at("2025-04-10 18:00")


def test_an_office_with_other_hours_has_other_due_times():
    office = OfficeHours(((time(8, 30), time(17, 30)),))

    assert due(at("2025-04-08 10:00"), limit=working_days(1), calendar=CHINA, office=office) == at("2025-04-09 17:30")
    assert due(at("2025-04-08 17:00"), limit=working_hours(1), calendar=CHINA, office=office) == at("2025-04-09 09:00")


@pytest.mark.parametrize("unit", UNITS)
def test_an_amount_beyond_the_longest_is_refused(unit):
    longest = {LimitUnit.WORKING_DAYS: 2400}.get(unit, 3650)

    for amount in (0, -1, longest + 1):
        with pytest.raises(ValueError, match=f"between 1 and {longest} "):
            Limit(amount, unit)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("start", ["2004-01-05 08:00", "2026-02-16 23:59"])
def test_the_longest_limit_is_due_by_the_last_moment_that_a_deadline_may_have(unit, start):
    longest = Limit(unit.longest, unit)

    assert due(at(start), limit=longest, calendar=CHINA) <= latest_due(at(start))


@pytest.mark.parametrize(
    "spans",
    [(), ((time(12), time(9)),), ((time(9), time(12)), (time(11), time(18)))],
    ids=["none", "turned", "overlap"],
)
def test_office_hours_out_of_order_are_refused(spans):
    with pytest.raises(ValueError, match="in order"):
        OfficeHours(spans)


def test_a_start_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="without a time zone"):
        due(at("2025-04-08 10:00").replace(tzinfo=None), limit=working_days(1), calendar=CHINA)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (working_days(3), "3个工作日"),
        (working_hours(4), "4个工作时"),
        (Limit(24, "hours"), "24小时"),
        (Limit(30, "days"), "30天"),
        (LONG_TERM, "长期"),
    ],
)
def test_a_limit_in_words(limit, words):
    assert str(limit) == words


def test_the_warning_comes_when_three_quarters_of_the_time_have_gone():
    start = at("2025-04-07 18:00")

    clock = warn_at(start, due=at("2025-04-08 18:00"), unit=LimitUnit.HOURS, calendar=CHINA)
    office = warn_at(start, due=at("2025-04-11 18:00"), unit=LimitUnit.WORKING_DAYS, calendar=CHINA)

    assert clock == at("2025-04-08 12:00")
    assert office == at("2025-04-10 18:00")


def test_a_holiday_uses_up_nothing_of_a_limit_in_working_days():
    start, until = at("2025-09-30 18:00"), at("2025-10-11 18:00")

    share = elapsed_share(start, due=until, now=at("2025-10-09 09:00"), unit="working_days", calendar=CHINA)

    assert share == 0


def test_the_share_stands_while_a_pause_runs_and_goes_on_after_it():
    start, until = at("2025-04-07 00:00"), at("2025-04-11 00:00")
    pause, back = at("2025-04-09 00:00"), at("2025-04-19 00:00")

    def share(now, *, due, paused):
        return elapsed_share(start, due=due, now=at(now), unit=LimitUnit.HOURS, calendar=CHINA, paused=paused)

    assert share("2025-04-15 00:00", due=until, paused=[(pause, None)]) == 0.5
    moved = add_pause(until, paused_from=pause, resumed_at=back, unit=LimitUnit.HOURS, calendar=CHINA)
    assert moved == at("2025-04-21 00:00")
    assert share("2025-04-19 00:00", due=moved, paused=[(pause, back)]) == 0.5
    assert share("2025-04-20 00:00", due=moved, paused=[(pause, back)]) == 0.75
    assert share("2025-04-23 00:00", due=moved, paused=[(pause, back)]) == 1.5
    assert warn_at(start, due=moved, unit=LimitUnit.HOURS, calendar=CHINA, paused=[(pause, back)]) == at(
        "2025-04-20 00:00"
    )


@pytest.mark.parametrize(
    ("unit", "moved"),
    [
        (LimitUnit.WORKING_DAYS, "2025-10-16 18:00"),  # only the 9th to the 11th were working days
        (LimitUnit.DAYS, "2025-10-24 18:00"),
        (LimitUnit.WORKING_HOURS, "2025-10-16 12:00"),  # 2 h on the 30th, 14 on the 9th and 10th, 1 on the 11th
        (LimitUnit.HOURS, "2025-10-24 12:00"),
    ],
)
def test_a_pause_moves_the_due_time_by_what_it_took(unit, moved):
    pause, back = at("2025-09-30 16:00"), at("2025-10-11 10:00")

    assert add_pause(at("2025-10-13 18:00"), paused_from=pause, resumed_at=back, unit=unit, calendar=CHINA) == at(moved)


def test_a_pause_within_one_day_moves_no_due_day():
    pause, back = at("2025-04-08 09:00"), at("2025-04-08 17:00")
    until = at("2025-04-10 18:00")

    assert add_pause(until, paused_from=pause, resumed_at=back, unit="working_days", calendar=CHINA) == until
    assert add_pause(until, paused_from=back, resumed_at=pause, unit="hours", calendar=CHINA) == until


# The same rules told as slowly and as plainly as possible: one minute, one day at a time.


def is_open(moment, calendar):
    clock = moment.time()
    return calendar.is_workday(moment.date()) and (time(9) <= clock < time(12) or time(14) <= clock < time(18))


def counts(moment, unit, calendar, paused=()):
    counted = is_open(moment, calendar) if unit.startswith("working") else True
    return counted and not any(begin <= moment < end for begin, end in paused)


def minutes_between(start, end, unit, calendar, paused=()):
    total, moment = 0, start
    while moment < end:
        total += counts(moment, unit, calendar, paused)
        moment += MINUTE
    return total


@settings(max_examples=25, deadline=None)
@given(start=MOMENTS, hours=st.integers(1, 20), calendar=CALENDARS)
def test_working_hours_agree_with_a_walk_minute_by_minute(start, hours, calendar):
    left, moment = hours * 60, start
    while left:
        left -= is_open(moment, calendar)
        moment += MINUTE

    assert due(start, limit=working_hours(hours), calendar=calendar) == moment


@settings(max_examples=200, deadline=None)
@given(start=MOMENTS, days=st.integers(1, 60), calendar=CALENDARS)
def test_working_days_agree_with_a_walk_day_by_day(start, days, calendar):
    left, day = days, start.date()
    while left:
        day += timedelta(days=1)
        left -= calendar.is_workday(day)

    assert due(start, limit=working_days(days), calendar=calendar) == datetime.combine(day, time(18), tzinfo=SHANGHAI)


@settings(max_examples=200, deadline=None)
@given(start=MOMENTS, later=st.integers(0, 20_000), amount=st.integers(1, 40), unit=st.sampled_from(UNITS))
def test_whoever_is_handed_something_later_is_never_due_earlier(start, later, amount, unit):
    limit = Limit(amount, unit)

    assert due(start, limit=limit, calendar=CHINA) <= due(start + later * MINUTE, limit=limit, calendar=CHINA)


@settings(max_examples=40, deadline=None)
@given(
    start=MOMENTS,
    length=st.integers(1, 6 * 1440),
    gone=st.integers(0, 8 * 1440),
    pause=st.tuples(st.integers(0, 3 * 1440), st.integers(1, 1440)),
    unit=st.sampled_from(UNITS),
    calendar=CALENDARS,
)
def test_shares_agree_with_a_walk_minute_by_minute(start, length, gone, pause, unit, calendar):
    until, now = start + length * MINUTE, start + gone * MINUTE
    begin = start + pause[0] * MINUTE
    paused = [(begin, begin + pause[1] * MINUTE)]
    given_minutes = minutes_between(start, until, unit, calendar, paused)
    gone_minutes = minutes_between(start, now, unit, calendar, paused)

    share = elapsed_share(start, due=until, now=now, unit=unit, calendar=calendar, paused=paused)

    expected = gone_minutes / given_minutes if given_minutes else float(now >= until)
    assert share == pytest.approx(expected)


@settings(max_examples=100, deadline=None)
@given(start=MOMENTS, amount=st.integers(1, 40), unit=st.sampled_from(UNITS), calendar=CALENDARS)
def test_at_the_warning_exactly_three_quarters_have_gone(start, amount, unit, calendar):
    until = due(start, limit=Limit(amount, unit), calendar=calendar)

    warning = warn_at(start, due=until, unit=unit, calendar=calendar)

    assert start <= warning <= until
    share = elapsed_share(start, due=until, now=warning, unit=unit, calendar=calendar)
    assert share == pytest.approx(0.75, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(start=MOMENTS, hours=st.integers(1, 20), pause=st.integers(0, 900), length=st.integers(1, 5000))
def test_as_many_working_minutes_are_left_after_a_pause_as_before_it(start, hours, pause, length):
    until = due(start, limit=working_hours(hours), calendar=CHINA)
    paused_from = min(start + pause * MINUTE, until)
    back = paused_from + length * MINUTE

    moved = add_pause(until, paused_from=paused_from, resumed_at=back, unit="working_hours", calendar=CHINA)

    left = minutes_between(paused_from, until, "working_hours", CHINA)
    assert minutes_between(back, moved, "working_hours", CHINA) == left


@settings(max_examples=200, deadline=None)
@given(start=MOMENTS, days=st.integers(1, 20), pause=st.integers(0, 20_000), length=st.integers(1, 60_000))
def test_as_many_working_days_are_left_after_a_pause_as_before_it(start, days, pause, length):
    until = due(start, limit=working_days(days), calendar=CHINA)
    paused_from = min(start + pause * MINUTE, until)
    back = paused_from + length * MINUTE

    moved = add_pause(until, paused_from=paused_from, resumed_at=back, unit="working_days", calendar=CHINA)

    left = CHINA.workdays(after=paused_from.date(), until=until.date())
    assert CHINA.workdays(after=back.date(), until=moved.date()) == left
    assert moved.time() == time(18)
