"""Tables as offices keep them: where the header is, what is a row, what a column is called."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from cityinit.tables import MAX_ROWS, Field, read_table
from cityinit.workbook import Column, day, number, several, text
from tests.factories.tables import plain_table, ugly_table

FIELDS = (
    Field(Column("编号", text(40)), ("序号",)),
    Field(Column("一级指标", text(200)), carried=True),
    Field(Column("二级指标", text(200)), carried=True),
    Field(Column("任务名称", text(200), required=True), ("工作任务", "任务")),
    Field(Column("工作要求"), ("具体要求", "工作措施"), many=True),
    Field(Column("牵头单位", text(100), required=True), ("主办单位",)),
    Field(Column("责任单位", several(), empty=list), ("配合单位", "协办单位")),
    Field(Column("完成时限", day, empty=None), ("完成时间",)),
    Field(Column("目标值", number(), empty=None)),
)


def read(file, mapping=None, **options):
    table = read_table(file, FIELDS, **options)
    chosen = mapping or {place: guess.field for place, guess in table.guess(FIELDS).items()}
    return table, table.read_rows(FIELDS, chosen)


def names(reading, column="任务名称"):
    return [row[column] for rows in reading.rows.values() for row in rows]


def test_the_sheet_the_header_of_two_lines_and_the_rows_are_found_among_everything_else():
    table = read_table(ugly_table(), FIELDS)

    assert (table.sheet, table.sheets, table.header_line, table.depth) == ("任务分解", ("填写说明", "任务分解"), 4, 2)
    assert [(head.letter, head.label) for head in table.heads] == [
        ("A", "序号"),
        ("B", "一级指标"),
        ("C", "二级指标"),
        ("E", "工作任务"),
        ("F", "具体要求"),
        ("G", "责任分工/牵头单位"),
        ("H", "责任分工/配合单位"),
        ("I", "完成时限"),
        ("J", "目标任务"),
        ("K", "备注"),
        ("L", "（分节标题）"),
    ]
    assert [(line.number, line.text(4), line.section) for line in table.lines] == [
        (7, "整治占道经营", "一、夯实基础（4项）"),
        (8, "划定疏导点", "一、夯实基础（4项）"),
        (9, "拆除违规广告", "一、夯实基础（4项）"),
        (10, "整治乱停乱放", "一、夯实基础（4项）"),
        (12, "推行首问负责", "二、提升服务"),
    ]
    assert sorted(table.others) == [6, 11, 13, 14, 15]
    assert table.top[0][0] == "清水市创建全国文明城市任务分解表"
    assert table.notes == [
        "第14行是说明，没有作为数据读取。",
        "第15行是说明，没有作为数据读取。",
        "第13行是合计，没有读取。",
        "第8行共1行是隐藏的，也一并读取。",
    ]


def test_merged_cells_stand_in_every_line_they_cover():
    _table, reading = read(ugly_table())

    assert names(reading, "一级指标") == ["一、公共环境"] * 4 + ["二、公共服务"]
    assert names(reading, "二级指标") == ["（一）市容环境"] * 3 + ["（二）交通秩序", "（三）窗口服务"]
    assert names(reading, "牵头单位") == ["市城管局", "城管局", "城管局", "公安局", "公安局"]


def test_columns_are_proposed_by_what_offices_call_them_and_how_sure_that_is_is_said():
    table = read_table(ugly_table(), FIELDS)

    proposed = {
        table.heads[[head.place for head in table.heads].index(place)].label: guess.field
        for place, guess in table.guess(FIELDS).items()
    }

    assert proposed == {
        "序号": "编号",
        "一级指标": "一级指标",
        "二级指标": "二级指标",
        "工作任务": "任务名称",
        "具体要求": "工作要求",
        "责任分工/牵头单位": "牵头单位",
        "责任分工/配合单位": "责任单位",
        "完成时限": "完成时限",
    }


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("任务名称（必填）", "任务名称"),
        ("重点工作任务", "任务名称"),
        ("牵头 单位*", "牵头单位"),
        ("完成时间（2026年）", "完成时限"),
        ("考核得分", None),
        ("备注", None),
    ],
)
def test_a_label_with_more_words_is_still_known_and_a_strange_one_is_left(label, field):
    table = read_table(plain_table([label, "编号", "工作要求"], ["甲", "乙", "丙"]), FIELDS)

    guess = table.guess(FIELDS).get(0)

    assert (guess and guess.field) == field


def test_every_fault_names_line_and_column_as_the_file_has_them():
    _table, reading = read(
        plain_table(
            ["任务表"],
            ["序号", "工作任务", "主办单位", "完成时间", "目标值"],
            ["1", "巡查", "城管局", "尽快", "很多"],
            ["2", None, "城管局", "2026年2月30日", 5],
            merged=["A1:E1"],
        )
    )

    assert [str(fault) for fault in reading.faults] == [
        "Sheet第3行“完成时间”：填的是“尽快”，不是日期，请写成 2025-04-09、2025/4/9 或 2025年4月9日。",
        "Sheet第3行“目标值”：填的是“很多”，不是数字，请只填数字。",
        "Sheet第4行“工作任务”：没有填，这一列必填。",
        "Sheet第4行“完成时间”：填的是“2026年2月30日”，没有这一天，请写成 2025-04-09、2025/4/9 或 2025年4月9日。",
    ]


def test_a_required_field_that_no_column_fills_is_one_fault():
    _table, reading = read(plain_table(["任务", "工作要求"], ["巡查", "每天"], ["保洁", "每天"]))

    assert [(fault.row, fault.column, fault.wrong) for fault in reading.faults] == [
        (1, "牵头单位", "没有哪一列对应它，")
    ]


def test_levels_left_empty_below_the_first_line_are_carried_until_a_higher_one_changes():
    _table, reading = read(
        plain_table(
            ["一级指标", "二级指标", "任务", "牵头单位"],
            ["环境", "市容", "甲", "城管局"],
            [None, None, "乙", "城管局"],
            ["服务", None, "丙", "城管局"],
        )
    )

    assert names(reading, "一级指标") == ["环境", "环境", "服务"]
    assert names(reading, "二级指标") == ["市容", "市容", ""]


def test_several_columns_may_fill_one_field_one_below_the_other():
    table = read_table(plain_table(["任务", "工作要求", "牵头单位", "措施"], ["甲", "有序", "城管局", "巡查"]), FIELDS)

    reading = table.read_rows(FIELDS, {0: "任务名称", 1: "工作要求", 2: "牵头单位", 3: "工作要求"})

    assert names(reading, "工作要求") == ["有序\n巡查"]


@pytest.mark.parametrize(
    ("code", "separator"),
    [("utf-8-sig", ","), ("utf-8", "\t"), ("gb18030", ","), ("gb18030", ";"), ("utf-16", "\t")],
)
def test_a_csv_is_read_in_the_codes_and_with_the_separators_that_offices_save_it_in(code, separator):
    lines = [["任务分解表", "", ""], ["工作任务", "牵头单位", "完成时限"], ["整治，乱停", "公安局", "2026-06-30"]]
    data = "\r\n".join(separator.join(line) for line in lines).encode(code)

    _table, reading = read(BytesIO(data), name="任务.csv")

    assert (reading.faults, names(reading), names(reading, "牵头单位")) == ([], ["整治，乱停"], ["公安局"])


HEADS, ROW = ["工作任务", "牵头单位"], ["整治乱停", "公安局"]
# NUL, an escape and a bell: nobody typed them, no column of text takes the first, no .xlsx any of them.
NOISE = "\x00\x1b\x07"


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("utf-16", [HEADS, ["整治\x00乱停", f"{NOISE}公安局{NOISE}"]]),
        ("utf-16", [[f"工作{NOISE}任务", "牵头单位\x00"], ROW]),
        ("utf-8", [HEADS, *[["例行保洁" * 20, "城管局"]] * 60, ["整治乱停\x00", "公安\x00局"]]),
        ("gb18030", [HEADS, ROW, [NOISE, NOISE]]),
    ],
)
def test_what_nobody_can_see_in_the_cells_of_a_csv_is_dropped(code, lines):
    data = "\r\n".join(",".join(line) for line in lines).encode(code)

    table, reading = read(BytesIO(data), name="任务.csv")

    assert (reading.faults, names(reading)[-1], names(reading, "牵头单位")[-1]) == ([], *ROW)
    assert [(head.label, NOISE[0] in "".join(head.samples)) for head in table.heads] == [(one, False) for one in HEADS]


def test_what_nobody_can_see_in_the_cells_of_a_workbook_is_dropped():
    book = plain_table(HEADS, ["整治XX乱停", "公安局XX"])
    swapped = BytesIO()
    with ZipFile(book) as given, ZipFile(swapped, "w") as taken:
        for part in given.namelist():
            # As Excel writes down what XML cannot.
            taken.writestr(part, given.read(part).replace(b"XX", b"_x0000__x0007__xD800_"))

    _table, reading = read(swapped)

    assert (reading.faults, names(reading), names(reading, "牵头单位")) == ([], [ROW[0]], [ROW[1]])


def test_a_header_repeated_on_each_printed_page_is_no_row():
    head = ["序号", "工作任务", "牵头单位"]

    table, reading = read(plain_table(head, [1, "甲", "城管局"], head, [2, "乙", "城管局"]))

    assert (names(reading), table.notes) == (["甲", "乙"], ["第3行重复了表头，没有读取。"])


def test_the_shape_is_that_of_the_header_whatever_title_and_rows_say():
    first = read_table(ugly_table(), FIELDS)
    later = read_table(ugly_table(title="2027年任务", rows=[], hidden=()), FIELDS)
    other = read_table(plain_table(["任务", "牵头单位"], ["甲", "乙"]), FIELDS)

    assert first.shape == later.shape
    assert first.shape != other.shape


def test_a_person_may_say_where_the_header_is_and_which_sheet():
    file = plain_table(["甲类", "乙类", "丙类"], ["工作任务", "牵头单位", "备注"], ["巡查", "城管局", ""])

    table = read_table(file, FIELDS, header_line=1)

    assert (table.header_line, [head.label for head in table.heads]) == (1, ["甲类", "乙类", "丙类"])
    assert read_table(ugly_table(), FIELDS, sheet="填写说明").sheet == "填写说明"


def test_columns_nobody_knows_are_offered_all_the_same():
    table = read_table(plain_table(["事项内容", "经办", "何时"], ["巡查", "城管局", "六月"]), FIELDS)

    assert [(head.label, head.samples) for head in table.heads] == [
        ("事项内容", ("巡查",)),
        ("经办", ("城管局",)),
        ("何时", ("六月",)),
    ]
    assert table.guess(FIELDS) == {}


@pytest.mark.parametrize(
    ("file", "name", "wrong"),
    [
        (BytesIO(b"PK\x03\x04 no workbook"), "甲.xlsx", "文件读不出来，"),
        (plain_table([]), "甲.xlsx", "表里没有内容，"),
        (plain_table(["只有一句话"]), "甲.xlsx", "没有找到表头，"),
        (plain_table(["任务", "牵头单位", "工作要求"]), "甲.xlsx", "表头下面没有内容，"),
        (BytesIO(b""), "甲.csv", "表里没有内容，"),
    ],
)
def test_a_file_without_a_table_is_one_fault_in_words(file, name, wrong):
    table = read_table(file, FIELDS, name=name)

    assert [fault.wrong for fault in table.faults] == [wrong]


def test_a_table_too_long_is_read_to_its_limit_and_says_so():
    data = "任务,牵头单位,工作要求\n" + "巡查,城管局,\n" * (MAX_ROWS + 5)

    table = read_table(BytesIO(data.encode()), FIELDS, name="长.csv")

    assert len(table.lines) == MAX_ROWS
    assert [str(fault) for fault in table.faults] == ["表格第20001行：行数太多，一张表最多20000行，请分成几个文件。"]


def test_a_range_merged_to_the_end_of_the_sheet_costs_no_more_than_its_lines():
    file = plain_table(["任务", "牵头单位", "工作要求"], ["甲", "城管局", "有序"], ["乙"], merged=["B2:B1048576"])

    _table, reading = read(file)

    assert names(reading, "牵头单位") == ["城管局", "城管局"]


def test_ranges_merged_over_each_other_again_and_again_are_refused():
    sound = plain_table(["任务", "牵头单位"], *(["甲", "乙"] for _n in range(20)), merged=["A1:B1"])
    file = BytesIO()
    with ZipFile(sound) as read_from, ZipFile(file, "w") as written:
        for entry in read_from.namelist():
            content = read_from.read(entry)
            written.writestr(entry, content.replace(b'<mergeCell ref="A1:B1"/>', b'<mergeCell ref="A1:B21"/>' * 40))

    table = read_table(file, FIELDS)

    assert [fault.wrong for fault in table.faults] == ["文件读不出来，"]
