"""How often recurring duty was due, line by line, from the frequency, the days and the working calendar."""

from calendar import monthrange
from datetime import date

import pytest

from campaigns import recurrence
from campaigns.clock import Calendar
from cityinit.periods import Period

CALENDAR = Calendar()
# A Monday; 2026-05-01 to 05-05 are days off, 2026-05-09 is worked.
MONDAY = date(2026, 4, 27)


def due(text, *, first=MONDAY, last=date(2026, 5, 17), calendar=CALENDAR):
    return [(line.label, line.due) for line in recurrence.lines(text, first=first, last=last, calendar=calendar)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("每天1次", [7, 7, 7]),
        ("每天2次", [14, 14, 14]),
        ("每日早晚各1次", [14, 14, 14]),
        ("每3天1次", [2, 2, 3]),
        ("每周1次", [1, 1, 1]),
        ("每周3次", [3, 3, 3]),
        ("每周五", [1, 1, 1]),
        ("每周一至周五", [5, 5, 5]),
        ("每周一、三各2次", [4, 4, 4]),
        ("每个工作日", [4, 4, 5]),
        ("每个周末", [1, 1, 1]),
        # Nobody logs every half-hour: one entry a day keeps it.
        ("每半小时1次", [7, 7, 7]),
        ("每小时1次", [7, 7, 7]),
        ("24小时", [7, 7, 7]),
    ],
)
def test_what_is_due_each_week(text, expected):
    weeks = [f"2026年第{week}周" for week in (18, 19, 20)]

    assert due(text) == list(zip(weeks, expected, strict=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("每月1次", [("2026年4月", 1), ("2026年5月", 1), ("2026年6月", 1)]),
        ("每月15日", [("2026年4月", 1), ("2026年5月", 1), ("2026年6月", 1)]),
        ("每月31日", [("2026年4月", 1), ("2026年5月", 1), ("2026年6月", 1)]),
        ("每半月1次", [("2026年4月", 2), ("2026年5月", 2), ("2026年6月", 2)]),
        ("每季度1次", [("2026年第二季度", 1)]),
        ("每4周1次", [("4月27日至5月24日", 1), ("5月25日至6月21日", 1)]),
    ],
)
def test_rarer_duty_has_rarer_lines(text, expected):
    assert due(text, first=date(2026, 4, 1), last=date(2026, 6, 30)) == expected


def test_half_years_and_years():
    year = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}

    assert due("每半年1次", **year) == [("2026年上半年", 1), ("2026年下半年", 1)]
    assert due("每年2次", **year) == [("2026年度", 2)]


@pytest.mark.parametrize("text", ["随时", "不定期", "常态化", "寒暑假", "", "看不懂的频次"])
def test_what_says_no_number_is_not_counted(text):
    assert not recurrence.is_countable(text)
    assert due(text) == []


def test_a_line_that_is_not_whole_owes_its_share_rounded_down():
    thursday = date(2026, 4, 30)

    assert due("每天1次", first=thursday, last=date(2026, 5, 5)) == [("2026年第18周", 4), ("2026年第19周", 2)]
    assert due("每周3次", first=thursday, last=date(2026, 5, 10)) == [("2026年第18周", 1), ("2026年第19周", 3)]
    # Two thirds of a month owe nothing of one time a month.
    assert due("每月1次", first=date(2026, 4, 11), last=date(2026, 5, 31)) == [("2026年5月", 1)]
    assert due("每周五", first=date(2026, 5, 2), last=date(2026, 5, 10)) == [("2026年第19周", 1)]


def test_each_holiday_is_a_line_of_its_own():
    found = recurrence.lines("节假日", first=date(2026, 4, 1), last=date(2026, 6, 30), calendar=CALENDAR)

    assert [(line.span, line.due) for line in found] == [
        ("4月4日至6日", 1),
        ("5月1日至5日", 1),
        ("6月19日至21日", 1),
    ]


def test_days_the_office_gives_off_are_a_holiday_too():
    office = Calendar({date(2026, 5, 14): False, date(2026, 5, 15): False})

    found = recurrence.lines("每逢节假日", first=date(2026, 5, 11), last=date(2026, 5, 31), calendar=office)

    assert [(line.first, line.last) for line in found] == [(date(2026, 5, 14), date(2026, 5, 17))]


@pytest.mark.parametrize(
    "text",
    [
        "每天1次",
        "每天2次",
        "每3天1次",
        "每周3次",
        "每周五",
        "每两周1次",
        "每月1次",
        "每月2次",
        "每季度1次",
        "每年1次",
        "每逢节假日",
        "每个工作日",
    ],
)
def test_the_periods_of_a_year_add_up_to_it_and_no_day_is_due_twice(text):
    year = {"first": date(2026, 1, 1), "last": date(2026, 12, 31), "calendar": CALENDAR}

    def due(*days):
        period = Period(*(date(2026, *day) for day in days))
        counted = recurrence.of_period(text, period=period, **year)
        return sum(line.due for line, _before in counted)

    halves = due((1, 1), (6, 30)) + due((7, 1), (12, 31))
    months = sum(due((month, 1), (month, monthrange(2026, month)[1])) for month in range(1, 13))
    assert halves == months == due((1, 1), (12, 31)) == sum(line.due for line in recurrence.lines(text, **year))
    if text == "每天1次":
        assert (due((1, 1), (6, 30)), due((7, 1), (11, 23))) == (181, 146)


def test_a_week_counts_what_was_done_in_it_and_no_more_than_was_due():
    made = recurrence.lines("每周3次", first=MONDAY, last=date(2026, 5, 17), calendar=CALENDAR)

    found = recurrence.filled(
        made, {date(2026, 4, 26): 1, date(2026, 4, 28): 2, date(2026, 5, 8): 5, date(2026, 5, 20): 1}
    )

    assert [(line.done, line.kept, line.missed) for line in found] == [(2, 2, 1), (5, 3, 0), (0, 0, 3)]


def test_the_line_that_runs_misses_nothing_yet():
    [line] = recurrence.lines("每周1次", first=MONDAY, last=date(2026, 5, 3), calendar=CALENDAR)

    assert not line.is_over(on=date(2026, 5, 2))
    assert line.is_over(on=date(2026, 5, 3))
