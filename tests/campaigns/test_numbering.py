import pytest

from campaigns import numbering


@pytest.mark.parametrize(
    ("text", "numbered"),
    [
        ("（1）路面洁净；（2）设施完好；", [("1", "路面洁净"), ("2", "设施完好")]),
        ("(1) 路面洁净\n(2) 设施完好", [("1", "路面洁净"), ("2", "设施完好")]),
        ("①路面洁净②设施完好③无占道。", [("1", "路面洁净"), ("2", "设施完好"), ("3", "无占道。")]),
        ("1、路面洁净；2、设施完好", [("1", "路面洁净"), ("2", "设施完好")]),
        ("1. 路面洁净\n2. 设施完好", [("1", "路面洁净"), ("2", "设施完好")]),
        ("1）路面洁净；2）设施完好", [("1", "路面洁净"), ("2", "设施完好")]),
        # One standard, with figures in it.
        ("路面洁净，设施完好", [("1", "路面洁净，设施完好")]),
        ("1.5米以下无乱贴", [("1", "1.5米以下无乱贴")]),
        ("①只有一条", [("1", "①只有一条")]),
        ("设施完好：（1）护栏（2）路牌", [("1", "设施完好：（1）护栏（2）路牌")]),
        ("（1）护栏完好（3）路牌完好", [("1", "（1）护栏完好（3）路牌完好")]),
        # A figure out of its turn does not cut a standard in two.
        ("（1）每处扣（1）分；（2）不超过（5）分", [("1", "每处扣（1）分"), ("2", "不超过（5）分")]),
        ("  ", []),
    ],
)
def test_a_text_is_cut_where_it_numbers_its_standards(text, numbered):
    assert [(one.number, one.content) for one in numbering.split(text)] == numbered
