import datetime
from decimal import Decimal

import pytest

from cityinit.numerals import (
    Quantity,
    chinese,
    date_cn,
    from_chinese,
    join_cn,
    number,
    ordinal_heading,
    parse_number,
    percent,
    rank,
)


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (0, "零"),
        (2, "二"),
        (10, "十"),
        (11, "十一"),
        (20, "二十"),
        (105, "一百零五"),
        (110, "一百一十"),
        (1005, "一千零五"),
        (1010, "一千零一十"),
        (10000, "一万"),
        (10005, "一万零五"),
        (10015, "一万零一十五"),
        (20300, "二万零三百"),
        (99999, "九万九千九百九十九"),
    ],
)
def test_counts_are_written_in_chinese_digits(count, written):
    assert chinese(count) == written


def test_every_count_written_is_read_back_as_itself():
    assert [parse_number(chinese(count)).value for count in range(100000)] == list(range(100000))


@pytest.mark.parametrize("count", [-1, 100000])
def test_a_count_outside_the_range_is_refused(count):
    with pytest.raises(ValueError, match="0 to 99999"):
        chinese(count)


def test_headings_are_numbered_as_the_standard_says():
    assert [ordinal_heading(level, 12) for level in (1, 2, 3, 4)] == ["十二、", "（十二）", "12.", "（12）"]
    with pytest.raises(ValueError, match="levels 1 to 4"):
        ordinal_heading(5, 1)


def test_a_rank_is_written_in_chinese_digits():
    assert rank(1) == "第一"


def test_a_date_has_no_leading_zeros():
    assert date_cn(datetime.date(2025, 7, 5)) == "2025年7月5日"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (1200, "1200"),
        (Decimal("1000000"), "1000000"),
        (Decimal("95.20"), "95.2"),
        (Decimal("2.00"), "2"),
        (Decimal("9.96"), "10"),
        (0.25, "0.3"),
        (2.675, "2.7"),
        (Decimal("0.05"), "0.1"),
        (Decimal("-0.04"), "0"),
        (Decimal("-1.25"), "-1.3"),
        (1e6, "1000000"),
    ],
)
def test_a_measured_figure_has_one_decimal_at_most_and_no_separators(value, written):
    assert number(value) == written


def test_what_is_no_figure_is_refused():
    with pytest.raises(ValueError, match="not a figure"):
        number(float("nan"))


def test_a_share_is_taken_exactly_and_rounded_half_up():
    assert percent(5, 8) == "62.5%"
    assert percent(1, 3) == "33.3%"
    assert percent(Decimal("1.5"), Decimal("1.5")) == "100%"
    assert percent(1, 16) == "6.3%"
    # Nearly all is not all, and hardly any is not none.
    assert (percent(2499, 2500), percent(1, 3000), percent(0, 5)) == ("99.96%", "0.03%", "0%")
    with pytest.raises(ValueError, match="share of nothing"):
        percent(0, 0)


def test_lists_are_joined_by_the_enumeration_comma():
    assert join_cn([]) == ""
    assert join_cn(["甲"]) == "甲"
    assert join_cn(["甲", "乙", "丙"]) == "甲、乙、丙"
    assert join_cn(["甲", "乙", "丙"], last="和") == "甲、乙和丙"


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("三千余", Quantity(Decimal(3000), "余")),
        ("七个", Quantity(Decimal(7), "", "个")),
        ("两名", Quantity(Decimal(2), "", "名")),
        ("四百", Quantity(Decimal(400))),
        ("一百五", Quantity(Decimal(150))),
        ("三万五", Quantity(Decimal(35000))),
        ("两千三百万元", Quantity(Decimal(23000000), "", "元")),
        ("1.2万", Quantity(Decimal(12000))),
        ("0.5亿元", Quantity(Decimal(50000000), "", "元")),
        ("400余人次", Quantity(Decimal(400), "余", "人次")),
        ("近4000元", Quantity(Decimal(4000), "近", "元")),
        ("30多万人次", Quantity(Decimal(300000), "多", "人次")),
        ("三千余万元", Quantity(Decimal(30000000), "余", "元")),
        ("100人以上", Quantity(Decimal(100), "以上", "人")),
        ("十几个", Quantity(Decimal(10), "几", "个")),
        ("数百人", Quantity(Decimal(100), "数", "人")),
        ("上千家", Quantity(Decimal(1000), "上", "家")),
        ("百分之九十五", Quantity(Decimal(95), "", "%")),
        ("95.2%", Quantity(Decimal("95.2"), "", "%")),
        ("９５．２％", Quantity(Decimal("95.2"), "", "%")),
        ("1,200户", Quantity(Decimal(1200), "", "户")),
        ("二〇二五年", Quantity(Decimal(2025), "", "年")),
        ("0起", Quantity(Decimal(0), "", "起")),
        ("-5", Quantity(Decimal(-5))),
    ],
)
def test_numbers_are_read_with_their_qualifier_and_measure(text, quantity):
    assert parse_number(text) == quantity


@pytest.mark.parametrize("text", ["", "多次", "百家争鸣", "每天", "余", "五六个", "万一"])
def test_what_begins_with_no_number_reads_as_none(text):
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("十", 10),
        ("十二", 12),
        ("一百二十", 120),
        ("一千零五", 1005),
        ("两万", 20_000),
        ("三千五百万", 35_000_000),
        ("一亿二千万", 120_000_000),
        ("二万亿", 2_000_000_000_000),
        *((text, None) for text in ("", "万", "一二", "两万五", "百", "一级")),
    ],
)
def test_a_count_in_chinese_digits_is_read_back_where_it_can_mean_one_thing(written, count):
    assert from_chinese(written) == count
