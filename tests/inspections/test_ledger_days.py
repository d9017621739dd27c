"""A day that is added to a ledger is written as its column writes days."""

from datetime import date

import pytest

from inspections.ledgers.days import form_of


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        (["2026.10.15", "", "2026.9.3"], "2026.3.5"),
        (["2026.10.15", "2026.09.03"], "2026.03.05"),
        (["2026/10/22", "无", "2026.1.1", "2026/11/22"], "2026/03/05"),
        (["2026年3月2日"], "2026年3月5日"),
        (["2026年11月12日"], "2026年3月5日"),
        (["2026-10-15"], "2026-03-05"),
    ],
)
def test_a_day_is_written_as_most_of_its_column_are(typed, written):
    assert form_of(typed).write(date(2026, 3, 5)) == written


@pytest.mark.parametrize("typed", [[], ["", "3月6日前"], ["已完成"]])
def test_a_column_without_a_whole_day_has_no_form(typed):
    assert form_of(typed) is None
