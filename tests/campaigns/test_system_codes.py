"""Numbers an office prints before the names of its indicators, in one cell with them."""

import pytest

from campaigns.system_codes import take_apart, without


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        (["Ⅰ-2 组织领导", "Ⅰ-1公共环境", "其他"], ["Ⅰ-2", "Ⅰ-1", None]),
        (["Ⅱ－１－２、市容", "（II-3）秩序", "Ⅱ–1-11：环境", "Ⅱ-1"], ["Ⅱ-1-2", "II-3", "Ⅱ-1-11", "Ⅱ-1"]),
        (["Ⅲ-1\n网格", "第①组"], ["Ⅲ-1", None]),
        (["①甲", "③ 乙", "② 丙"], ["①", "③", "②"]),
        (["1.2 甲", "１．１　乙"], ["1.2", "1.1"]),
        (["1.1甲", "1.2乙", "2.1丙"], ["1.1", "1.2", "2.1"]),
        (["2.3 甲", "2.5 乙"], ["2.3", "2.5"]),
        (["3、甲", "1．乙", "2）丙"], ["3", "1", "2"]),
        (["一、甲", "（二）乙"], ["一", "二"]),
        (["2 甲", "1 乙"], ["2", "1"]),
        (["A1 甲", "A2 乙"], ["A1", "A2"]),
        # What only begins with a number is a name.
        (["12345热线", "24小时自助服务", "5G基站", "100%覆盖"], [None] * 4),
        (["12345 热线", "110 报警"], [None] * 2),
        (["3.15 维权", "5.1", "1.5公里生活圈"], [None] * 3),
        (["2024年工作", "2025-2026学年", "24:00闭店", "1,000户"], [None] * 4),
        (["一江两岸", "三、四线", "Ⅱ类场所"], [None] * 3),
    ],
)
def test_the_number_before_a_name_is_its_code_where_the_office_counts_so(cells, codes):
    found = take_apart(cells)

    assert [found.get(cell, (None,))[0] for cell in cells] == codes


def test_what_is_left_is_the_name():
    cells = ["Ⅰ-1 组织领导", "（Ⅰ-2）12345热线", "Ⅰ-3：24小时、全天候", "Ⅰ-4"]

    assert [name for _code, name in take_apart(cells).values()] == ["组织领导", "12345热线", "24小时、全天候", ""]
    assert [without("Ⅰ-1", said) for said in ("Ⅰ-1 组织领导", "Ⅰ-2 组织领导", "组织领导", "Ⅰ-1")] == [
        "组织领导",
        "Ⅰ-2 组织领导",
        "组织领导",
        "Ⅰ-1",
    ]
