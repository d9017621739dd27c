"""Days, quantities and numbers as offices write them in a 任务分解表."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from campaigns.tables.fields import CODE, DUE, amount, due, fields, often, starts
from cityinit.workbook import Cell, Unreadable


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2025年6月底前", date(2025, 6, 30)),
        ("2025年6月底前完成", date(2025, 6, 30)),
        ("2025年6月", date(2025, 6, 30)),
        ("2025.6", date(2025, 6, 30)),
        ("2025-02", date(2025, 2, 28)),
        (2025.6, date(2025, 6, 30)),
        ("６月３０日", date(2026, 6, 30)),
        ("6月30日前", date(2026, 6, 30)),
        ("6.30", date(2026, 6, 30)),
        ("7月上旬", date(2026, 7, 10)),
        ("7月中旬", date(2026, 7, 20)),
        ("25年12月", date(2025, 12, 31)),
        ("20250630", date(2025, 6, 30)),
        (20250630, date(2025, 6, 30)),
        (46387, date(2026, 12, 31)),
        ("46387", date(2026, 12, 31)),
        ("４６３８７", date(2026, 12, 31)),
        ("46387.5", date(2026, 12, 31)),
        (datetime(2026, 12, 31, 8, 30, tzinfo=UTC), date(2026, 12, 31)),
        ("2026-12-31 08:30", date(2026, 12, 31)),
        ("2025年6月30号", date(2025, 6, 30)),
        ("2025/6/30", date(2025, 6, 30)),
        (date(2025, 6, 30), date(2025, 6, 30)),
        ("2025年底", date(2025, 12, 31)),
        ("年底前", date(2026, 12, 31)),
        ("三季度", date(2026, 9, 30)),
        ("2025年第二季度末", date(2025, 6, 30)),
        ("上半年", date(2026, 6, 30)),
        ("至2025年10月", date(2025, 10, 31)),
    ],
)
def test_a_deadline_is_read_in_every_form_of_writing(typed, day):
    assert due(2026)(Cell(typed)).on == day


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2025年3月—2025年6月", date(2025, 3, 1), date(2025, 6, 30)),
        ("3—6月", date(2026, 3, 1), date(2026, 6, 30)),
        ("2025年3月至6月底", date(2025, 3, 1), date(2025, 6, 30)),
    ],
)
def test_two_days_in_the_cell_are_the_first_and_the_last(typed, first, last):
    found = due(2026)(Cell(typed))

    assert (found.starts_on, found.on) == (first, last)


@pytest.mark.parametrize(
    ("typed", "frequency"), [("长期坚持", "长期"), ("常态化", "常态化"), ("持续推进", "长期"), ("每月1次", "每月1次")]
)
def test_what_never_ends_is_a_frequency_and_no_day(typed, frequency):
    found = due(2026)(Cell(typed))

    assert (found.on, found.frequency) == (None, frequency)


@pytest.mark.parametrize(
    "typed", ["尽快", "按文件要求", "2025年2月30日", "2月30日", "13月", "99999", "19999", "１２３４５"]
)
def test_a_day_that_cannot_be_read_is_refused(typed):
    with pytest.raises(Unreadable):
        due(2026)(Cell(typed))


def test_the_first_day_of_a_month_begins_it():
    assert [starts(2026)(Cell(typed)) for typed in ("2026年3月", "46082")] == [date(2026, 3, 1)] * 2


def test_a_month_that_may_have_lost_its_nought_is_noted():
    column = next(one.column for one in fields(year=2026) if one.name == DUE)

    assert column.doubt(Cell(2025.1)) == "2025.1按2025年1月读取；如果是10月，请写成2025年10月。"
    assert column.doubt(Cell("2025年1月")) == ""


@pytest.mark.parametrize(
    ("typed", "value", "measure"),
    [
        ("1000平方米", "1000", "平方米"),
        ("1000 平方米", "1000", "平方米"),
        ("１２个", "12", "个"),
        ("不少于30处", "30", "处"),
        ("新建公厕12座", "12", "座"),
        ("30处以上", "30", "处"),
        ("95%", "95", "%"),
        ("1,200.5万元", "1200.5", "万元"),
        (30, "30", ""),
        ("３０", "30", ""),
        ("两万平方米", "20000", "平方米"),
        ("不少于一百二十处", "120", "处"),
        ("一百二十", "120", ""),
        ("百分之九十五以上", "95", "%"),
        ("1.2万", "12000", ""),
    ],
)
def test_a_quantity_is_split_into_target_and_measure(typed, value, measure):
    found = amount(Cell(typed))

    assert (found.value, found.measure) == (Decimal(value), measure)


@pytest.mark.parametrize("typed", ["全覆盖", "10个小区20个点", "一律达标", "一级", "万无一失"])
def test_a_wish_in_words_is_no_quantity(typed):
    with pytest.raises(Unreadable):
        amount(Cell(typed))


def test_a_frequency_in_other_words_is_read():
    assert [often(Cell(typed)) for typed in ("每周一次", "长期坚持", "随时")] == ["每周1次", "长期", "随时"]


@pytest.mark.parametrize(
    ("typed", "code"), [("１．１", "1.1"), (1.0, "1"), ("（3）", "3"), ("2、", "2"), ("CW-07", "CW-07")]
)
def test_numbers_of_tasks_are_read_alike_however_they_are_written(typed, code):
    column = next(one.column for one in fields(year=2026) if one.name == CODE)

    assert column.read(Cell(typed)) == code
