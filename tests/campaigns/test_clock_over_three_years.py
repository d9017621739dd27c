"""The clock against somebody who walks through 2024, 2025 and 2026 minute by minute, with the three notices at hand."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from campaigns.clock import Calendar, Limit, LimitUnit, add_pause, due, warn_at
from cityinit.periods import SHANGHAI

CHINA = Calendar()
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)

# As the State Council's notices say it: (first day off, last day off), and the weekend days worked in lieu.
OFF = [
    ("2023-12-30", "2024-01-01"),
    ("2024-02-10", "2024-02-17"),
    ("2024-04-04", "2024-04-06"),
    ("2024-05-01", "2024-05-05"),
    ("2024-06-10", "2024-06-10"),
    ("2024-09-15", "2024-09-17"),
    ("2024-10-01", "2024-10-07"),
    ("2025-01-01", "2025-01-01"),
    ("2025-01-28", "2025-02-04"),
    ("2025-04-04", "2025-04-06"),
    ("2025-05-01", "2025-05-05"),
    ("2025-05-31", "2025-06-02"),
    ("2025-10-01", "2025-10-08"),
    ("2026-01-01", "2026-01-03"),
    ("2026-02-15", "2026-02-23"),
    ("2026-04-04", "2026-04-06"),
    ("2026-05-01", "2026-05-05"),
    ("2026-06-19", "2026-06-21"),
    ("2026-09-25", "2026-09-27"),
    ("2026-10-01", "2026-10-07"),
]
IN_LIEU = [
    *("2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12"),
    *("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"),
    *("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
]

UNITS = [unit for unit in LimitUnit if unit != LimitUnit.NONE]
# No start is so late that its walk leaves the three years, whose notices are all there are.
MOMENTS = st.builds(
    lambda step, minute: _midnight(FIRST) + step * DAY + minute * MINUTE,
    st.integers(0, (LAST - FIRST).days - 90),
    st.integers(0, 1439),
)
AMOUNTS = {
    LimitUnit.WORKING_HOURS: 40,
    LimitUnit.WORKING_DAYS: 20,
    LimitUnit.HOURS: 200,
    LimitUnit.DAYS: 30,
}
LIMITS = st.sampled_from(UNITS).flatmap(lambda unit: st.builds(Limit, st.integers(1, AMOUNTS[unit]), st.just(unit)))


def _midnight(day):
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


# The slow reference: it looks at nothing but the two lists above and the face of the clock. -------------


def is_worked(day):
    text = day.isoformat()
    if any(first <= text <= last for first, last in OFF):
        return False
    return text in IN_LIEU or day.weekday() < 5


WORKED = {FIRST + step * DAY: is_worked(FIRST + step * DAY) for step in range((LAST - FIRST).days + 1)}


def counts(moment, unit):
    """Whether the minute that begins then is counted."""
    if unit in (LimitUnit.HOURS, LimitUnit.DAYS):
        return True
    return WORKED[moment.date()] and (9 <= moment.hour < 12 or 14 <= moment.hour < 18)


def walk_to_due(start, limit):
    moment, left = start, limit.amount
    if limit.unit in (LimitUnit.HOURS, LimitUnit.WORKING_HOURS):
        left *= 60
        while left:
            left -= counts(moment, limit.unit)
            moment += MINUTE
        return moment
    while left:
        moment += MINUTE
        closes = (moment.hour, moment.minute, moment.second) == (18, 0, 0) and moment.date() > start.date()
        left -= closes and (limit.unit == LimitUnit.DAYS or WORKED[moment.date()])
    return moment


def counted_between(start, end, unit, paused=()):
    total, moment = 0, start
    while moment < end:
        total += counts(moment, unit) and not any(begin <= moment < back for begin, back in paused)
        moment += MINUTE
    return total


def walk_to_warning(start, until, unit, paused=()):
    given_minutes = counted_between(start, until, unit, paused)
    if not given_minutes:
        return until
    quarters = 3 * given_minutes
    moment, last = start, start
    while quarters > 0:
        if counts(moment, unit) and not any(begin <= moment < back for begin, back in paused):
            # Of the last minute as many quarters are taken as are still wanted.
            last = moment + min(quarters, 4) * MINUTE / 4
            quarters -= 4
        moment += MINUTE
    return last


def walk_over_pause(until, begin, back, unit):
    if unit in (LimitUnit.HOURS, LimitUnit.WORKING_HOURS):
        left, moment = counted_between(begin, back, unit), until
        while left:
            left -= counts(moment, unit)
            moment += MINUTE
        return moment
    left, day = 0, begin.date()
    while day < back.date():
        day += DAY
        left += unit == LimitUnit.DAYS or WORKED[day]
    moment = until
    while left:
        moment += DAY
        left -= unit == LimitUnit.DAYS or WORKED[moment.date()]
    return moment


# ---------------------------------------------------------------------------------------------------------


def test_every_day_of_three_years_is_worked_or_not_as_the_notices_say():
    assert {day: CHINA.is_workday(day) for day in WORKED} == WORKED
    assert [sum(worked for day, worked in WORKED.items() if day.year == year) for year in (2024, 2025, 2026)] == [
        251,
        248,
        248,
    ]


@pytest.mark.parametrize("limit", [Limit(4, "working_hours"), Limit(1, "working_days"), Limit(5, "working_days")])
def test_whatever_day_of_the_three_years_it_is_handed_out_the_walk_ends_at_the_same_minute(limit):
    # A different hour each day, so that mornings, noons, evenings and nights all come up.
    starts = [
        _midnight(FIRST) + step * DAY + (step * 397 % 1440) * MINUTE for step in range(0, (LAST - FIRST).days - 30)
    ]
    # Four hours of work need a minute's walk; of whole days the walker looks at the closing hour alone.
    walk = walk_to_due if limit.unit == LimitUnit.WORKING_HOURS else walk_by_closing_hours

    assert {start: due(start, limit=limit, calendar=CHINA) for start in starts} == {
        start: walk(start, limit) for start in starts
    }


def walk_by_closing_hours(start, limit):
    left, day = limit.amount, start.date()
    while left:
        day += DAY
        left -= WORKED[day]
    return _midnight(day) + timedelta(hours=18)


@settings(max_examples=120, deadline=None)
@given(start=MOMENTS, limit=LIMITS)
@example(start=datetime(2024, 2, 8, 17, 59, tzinfo=SHANGHAI), limit=Limit(2, LimitUnit.WORKING_HOURS))
@example(start=datetime(2025, 9, 27, 23, 59, tzinfo=SHANGHAI), limit=Limit(4, LimitUnit.WORKING_DAYS))
def test_due_times_are_where_the_walk_ends(start, limit):
    assert due(start, limit=limit, calendar=CHINA) == walk_to_due(start, limit)


@settings(max_examples=80, deadline=None)
@given(start=MOMENTS, limit=LIMITS)
def test_the_warning_is_where_the_walk_has_gone_three_quarters(start, limit):
    until = walk_to_due(start, limit)

    assert warn_at(start, due=until, unit=limit.unit, calendar=CHINA) == walk_to_warning(start, until, limit.unit)


@settings(max_examples=60, deadline=None)
@given(start=MOMENTS, limit=LIMITS, gone=st.integers(0, 3000), length=st.integers(0, 30_000))
def test_a_pause_moves_the_due_time_to_where_the_walk_ends(start, limit, gone, length):
    until = walk_to_due(start, limit)
    begin = min(start + gone * MINUTE, until)
    back = begin + length * MINUTE

    moved = add_pause(until, paused_from=begin, resumed_at=back, unit=limit.unit, calendar=CHINA)

    assert moved == walk_over_pause(until, begin, back, limit.unit)


@settings(max_examples=40, deadline=None)
@given(start=MOMENTS, limit=LIMITS, gone=st.integers(0, 3000), length=st.integers(1, 15_000))
def test_after_a_pause_the_warning_comes_when_three_quarters_of_the_unpaused_time_have_gone(start, limit, gone, length):
    until = walk_to_due(start, limit)
    begin = min(start + gone * MINUTE, until)
    paused = [(begin, begin + length * MINUTE)]
    moved = walk_over_pause(until, *paused[0], limit.unit)

    warning = warn_at(start, due=moved, unit=limit.unit, calendar=CHINA, paused=paused)

    assert warning == walk_to_warning(start, moved, limit.unit, paused)
