"""Several problems in one cell, taken apart, and what only looks like several."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.ledgers.splitting import split, split_into


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("1.门前垃圾未清 2.非机动车乱停；3、墙面小广告", ["门前垃圾未清", "非机动车乱停", "墙面小广告"]),
        ("①路面破损②井盖缺失", ["路面破损", "井盖缺失"]),
        ("（一）环境脏乱。（二）秩序混乱。", ["环境脏乱", "秩序混乱"]),
        ("(1)环境脏乱 (2)秩序混乱", ["环境脏乱", "秩序混乱"]),
        ("存在以下问题：一是保洁不到位；二是垃圾桶满溢。", ["保洁不到位", "垃圾桶满溢"]),
        ("一、飞线充电\n二、楼道堆物", ["飞线充电", "楼道堆物"]),
        ("楼道堆物\n飞线充电", ["楼道堆物", "飞线充电"]),
        ("乱停车；小广告", ["乱停车", "小广告"]),
        ("北门：1.地面湿滑2.摊位外溢", ["北门，地面湿滑", "北门，摊位外溢"]),
        ("1.3号楼前堆物 2.楼道堆物", ["3号楼前堆物", "楼道堆物"]),
        ("1.有1.5米宽的裂缝 2.积水", ["有1.5米宽的裂缝", "积水"]),
    ],
)
def test_a_list_is_taken_apart_without_its_numbers(cell, parts):
    assert split(cell) == parts


@pytest.mark.parametrize(
    "cell",
    [
        "只有一个问题。",
        "路面有1.5米裂缝，2.4米处积水",
        "在1、2号楼之间堆物",
        "第1、2栋楼道堆物，3、4栋飞线",
        "一、二层楼道堆物",
        "1、垃圾；2、",
        "垃圾\n无",
    ],
)
def test_what_is_no_list_stays_one(cell):
    assert split(cell) == [cell]


def test_nothing_is_nothing():
    assert split(" \n ") == []


def test_what_stands_beside_goes_with_its_problem_only_where_there_are_as_many():
    assert split_into("1.已清运 2.已劝离", 2) == ["已清运", "已劝离"]
    assert split_into("已全部整改", 2) is None


@given(st.lists(st.text("垃圾乱停破损飞线充电", min_size=2, max_size=8), min_size=2, max_size=9))
def test_any_list_of_words_comes_back_from_each_way_of_numbering(words):
    numbered = "".join(f"{place}.{word}" for place, word in enumerate(words, start=1))

    assert split(numbered) == words
    assert split("\n".join(words)) == words
    assert split("；".join(words)) == words
