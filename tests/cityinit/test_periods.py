from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityinit.periods import Period, day_end, day_in_words, day_of, day_start, due_half_year

DAYS = st.dates(date(2004, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("period", "first", "last", "days", "label"),
    [
        (Period.half_year(2025, 1), date(2025, 1, 1), date(2025, 6, 30), 181, "2025年上半年"),
        (Period.half_year(2024, 2), date(2024, 7, 1), date(2024, 12, 31), 184, "2024年下半年"),
        (Period.year(2024), date(2024, 1, 1), date(2024, 12, 31), 366, "2024年度"),
        (Period.quarter(2025, 1), date(2025, 1, 1), date(2025, 3, 31), 90, "2025年第一季度"),
        (Period.quarter(2025, 4), date(2025, 10, 1), date(2025, 12, 31), 92, "2025年第四季度"),
        (Period.month(2024, 2), date(2024, 2, 1), date(2024, 2, 29), 29, "2024年2月"),
    ],
)
def test_a_named_period_knows_its_days_and_its_name(period, first, last, days, label):
    assert (period.first, period.last, period.days, period.label, str(period)) == (first, last, days, label, label)


@pytest.mark.parametrize(
    ("first", "last", "label"),
    [
        (date(2025, 1, 1), date(2025, 6, 29), "2025年1月1日至6月29日"),
        (date(2025, 2, 1), date(2025, 4, 30), "2025年2月1日至4月30日"),
        (date(2024, 7, 1), date(2025, 6, 30), "2024年7月1日至2025年6月30日"),
        (date(2025, 7, 5), date(2025, 7, 5), "2025年7月5日"),
    ],
)
def test_any_other_span_is_called_by_its_days(first, last, label):
    assert Period(first, last).label == label


def test_the_days_of_a_named_period_can_be_said_too():
    assert Period.half_year(2025, 1).span == "2025年1月1日至6月30日"


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="cannot end"):
        Period(date(2025, 6, 30), date(2025, 1, 1))


@pytest.mark.parametrize("wrong", [(Period.half_year, 3), (Period.quarter, 0), (Period.month, 13)])
def test_a_part_that_a_year_does_not_have_is_refused(wrong):
    make, part = wrong

    with pytest.raises(ValueError, match=r"halves|quarters|month must be"):
        make(2025, part)


@pytest.mark.parametrize(
    ("period", "previous"),
    [
        (Period.half_year(2025, 1), Period.half_year(2024, 2)),
        (Period.half_year(2025, 2), Period.half_year(2025, 1)),
        (Period.year(2025), Period.year(2024)),
        (Period.quarter(2025, 1), Period.quarter(2024, 4)),
        (Period.month(2024, 3), Period.month(2024, 2)),
        (Period(date(2025, 4, 8), date(2025, 4, 14)), Period(date(2025, 4, 1), date(2025, 4, 7))),
    ],
)
def test_the_previous_period_is_of_the_same_kind(period, previous):
    assert period.previous == previous


@pytest.mark.parametrize(
    ("on", "half"),
    [
        (date(2025, 7, 1), Period.half_year(2025, 1)),
        (date(2025, 6, 30), Period.half_year(2024, 2)),
        (date(2026, 1, 1), Period.half_year(2025, 2)),
    ],
)
def test_the_half_year_that_is_due_is_the_one_that_has_ended(on, half):
    assert due_half_year(on=on) == half


def test_elapsed_days_count_both_ends_and_stay_within_the_period():
    period = Period.year(2025)

    assert period.elapsed_days(on=date(2024, 12, 31)) == 0
    assert period.elapsed_days(on=date(2025, 1, 1)) == 1
    assert period.elapsed_days(on=date(2025, 6, 30)) == 181
    assert period.elapsed_days(on=date(2026, 3, 1)) == 365


def test_a_day_is_a_day_in_shanghai_whatever_zone_the_moment_is_in():
    assert day_of(datetime(2025, 6, 30, 15, 59, tzinfo=UTC)) == date(2025, 6, 30)
    assert day_of(datetime(2025, 6, 30, 16, 0, tzinfo=UTC)) == date(2025, 7, 1)


def test_a_moment_without_a_zone_belongs_to_no_day():
    with pytest.raises(ValueError, match="without a time zone"):
        day_of(day_start(date(2025, 6, 30)).replace(tzinfo=None))


def test_a_day_in_words_has_no_leading_zeros():
    assert day_in_words(date(2025, 7, 5)) == "2025年7月5日"


@given(day=DAYS)
def test_a_day_begins_and_ends_at_its_own_bounds(day):
    begin, end = day_start(day), day_end(day)

    assert end - begin == timedelta(days=1)
    assert day_of(begin) == day
    assert day_of(end - timedelta(microseconds=1)) == day
    assert day_of(end) == day + timedelta(days=1)


@given(day=DAYS)
def test_every_day_lies_in_its_own_half_year_and_in_no_neighbour(day):
    half = Period.containing(day)

    assert day in half
    assert day not in half.previous
    assert half.previous.last + timedelta(days=1) == half.first


@given(first=DAYS, length=st.integers(0, 900))
def test_previous_touches_the_period_and_bounds_hold_exactly_its_days(first, length):
    period = Period(first, first + timedelta(days=length))

    assert period.previous.last == period.first - timedelta(days=1)
    assert (period.ends_at - period.starts_at).days == period.days


def test_a_period_is_cut_at_a_day_of_its_own_and_not_at_a_later_one():
    half = Period.half_year(2025, 1)

    assert half.until(date(2025, 2, 3)) == Period(date(2025, 1, 1), date(2025, 2, 3))
    assert half.until(date(2025, 7, 1)) == half
    assert half.last_over(today=date(2025, 2, 3)) == date(2025, 2, 2)
    assert half.last_over(today=date(2025, 7, 1)) == half.last == date(2025, 6, 30)
    with pytest.raises(ValueError, match="cannot end"):
        half.until(date(2024, 12, 31))
