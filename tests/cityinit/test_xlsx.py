import csv
import datetime
import itertools
import tracemalloc
import zipfile
from decimal import Decimal
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import time_machine
from lxml import etree

from cityinit.documents import xlsx
from cityinit.documents.xlsx import (
    Column,
    Laid,
    Page,
    Sheet,
    TooLarge,
    stream_csv,
    stream_workbook,
    write_csv,
    write_workbook,
)
from tests.valid import faults_of

# The order the schema asks for, ECMA-376 Part 1 (5th edition): 18.3.1.99 worksheet · 18.2.27 workbook ·
# 18.8.39 styleSheet · 18.8.45 xf · 18.8.22 font · 18.3.1.4 c.
ORDER = {
    "worksheet": "sheetPr dimension sheetViews sheetFormatPr cols sheetData autoFilter mergeCells dataValidations "
    "pageMargins pageSetup headerFooter drawing",
    "workbook": "workbookPr bookViews sheets definedNames calcPr",
    "styleSheet": "numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs",
    "xf": "alignment protection",
    "font": "b i color sz name family charset",
    "border": "left right top bottom diagonal",
    "c": "f v is",
}
TEXT = [Column("内容")]


def written(sheets, **options):
    file = BytesIO()
    write_workbook(file, sheets, **options)
    file.seek(0)
    return file


def one_sheet(columns, rows):
    return openpyxl.load_workbook(written([Sheet("台账", columns, rows)])).active


def values(columns, rows):
    return [[cell.value for cell in row] for row in one_sheet(columns, rows).iter_rows(min_row=2)]


def csv_rows(columns, rows):
    file = BytesIO()
    write_csv(file, columns, rows)
    return list(csv.reader(StringIO(file.getvalue().decode("utf-8-sig"), newline="")))


def test_each_kind_of_column_arrives_as_what_it_is():
    columns = [
        Column("编号", 10),
        Column("件数", 8, "int"),
        Column("面积", 8, "decimal"),
        Column("整改率", 8, "percent"),
        Column("日期", 12, "date"),
        Column("时间", 18, "datetime"),
    ]
    moment = datetime.datetime(2025, 7, 5, 1, 30, tzinfo=datetime.UTC)

    sheet = one_sheet(columns, [["001", 12, Decimal("3.25"), Decimal("0.952"), datetime.date(2025, 7, 5), moment]])

    assert [cell.value for cell in sheet[1]] == ["编号", "件数", "面积", "整改率", "日期", "时间"]
    # A moment is that of the clock in Shanghai.
    assert [cell.value for cell in sheet[2]] == [
        "001",
        12,
        3.25,
        0.952,
        datetime.datetime(2025, 7, 5),  # noqa: DTZ001 (openpyxl reads every date so)
        datetime.datetime(2025, 7, 5, 9, 30),  # noqa: DTZ001
    ]
    formats = [cell.number_format.replace("\\", "") for cell in sheet[2]]
    assert formats == ["General", "0", "General", "0.0%", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "n", "d", "d"]


def test_a_date_column_shows_the_day_of_a_moment_in_shanghai():
    late = datetime.datetime(2025, 7, 4, 16, 0, tzinfo=datetime.UTC)

    assert values([Column("日期", kind="date")], [[late]]) == [[datetime.datetime(2025, 7, 5)]]  # noqa: DTZ001


def test_seconds_survive_in_a_moment():
    moment = datetime.datetime(2025, 12, 31, 23, 59, 59, tzinfo=ZoneInfo("Asia/Shanghai"))

    assert values([Column("时间", kind="datetime")], [[moment]]) == [[datetime.datetime(2025, 12, 31, 23, 59, 59)]]  # noqa: DTZ001


def test_what_does_not_fit_its_column_is_kept_as_text():
    columns = [Column("件数", kind="int"), Column("日期", kind="date"), Column("分", kind="decimal")]
    rows = [
        ["不适用", "每周五", float("nan")],
        [110101199003070000, datetime.date(1900, 2, 28), None],
        [None, None, Decimal("NaN")],
    ]

    assert values(columns, rows) == [
        ["不适用", "每周五", "nan"],
        ["110101199003070000", "1900-02-28", None],
        [None, None, "NaN"],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5", "@SUM(A1)", "\t=1", '=HYPERLINK("http://a","b")', "＝1"])
def test_text_that_looks_like_a_formula_stays_text(text):
    cell = one_sheet(TEXT, [[text]])["A2"]

    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_a_header_that_looks_like_a_formula_stays_text_too():
    cell = one_sheet([Column("=1+1")], [])["A1"]

    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_any_text_survives_and_what_xml_cannot_carry_is_left_out():
    text = '  甲<乙>&"丙"\x00\x07\ufffe\ud800\r\n第二行\r第三行\t栏 '

    assert values(TEXT, [[text]]) == [['  甲<乙>&"丙"\n第二行\n第三行\t栏 ']]


def test_text_that_reads_like_an_escape_of_excel_is_escaped_itself():
    content = written([Sheet("台账", TEXT, [["_x000D_ _x12_"]])])

    with zipfile.ZipFile(content) as package:
        assert b"<t>_x005F_x000D_ _x12_</t>" in package.read("xl/worksheets/sheet1.xml")


def test_text_beyond_what_a_cell_holds_is_cut_with_a_sign():
    ((cell,),) = values(TEXT, [["长" * 40000]])

    assert (len(cell), cell[-2:]) == (32767, "长…")


def test_the_header_stays_in_sight_filters_and_repeats_in_print():
    sheet = one_sheet([Column("甲", 20), Column("乙", 30.5)], [["1", "2"], ["3", "4"]])

    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B3"
    assert sheet.print_title_rows == "$1:$1"
    assert (sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width) == (20, 30.5)
    assert sheet["A1"].font.b is True
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)


def test_freezing_and_filtering_can_be_left_out():
    content = written([Sheet("说明", TEXT, [["一"]], frozen=False, filtered=False)])

    sheet = openpyxl.load_workbook(content).active
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == (None, None)


def test_sheets_stand_in_order_under_names_excel_takes():
    wanted = [
        "任务台账",
        "任务/台账[上]",
        "'引号'",
        "长" * 40,
        "长" * 40,
        "HISTORY",
        "",
        "a",
        "A",
        "😀" * 20,
        "a\x00b&\"'c",
    ]

    workbook = openpyxl.load_workbook(written([Sheet(name, TEXT, [[name]], filtered=True) for name in wanted]))

    assert workbook.sheetnames == [
        "任务台账",
        "任务 台账 上",
        "引号",
        "长" * 31,
        "长" * 28 + "(2)",
        "HISTORY_",
        "Sheet",
        "a",
        "A(2)",
        "😀" * 15,
        "ab&\"'c",
    ]
    assert [sheet.print_title_rows for sheet in workbook] == ["$1:$1"] * len(wanted)
    assert workbook["任务 台账 上"]["A2"].value == "任务/台账[上]"


def test_wide_sheets_have_columns_beyond_z():
    sheet = one_sheet([Column(str(place)) for place in range(1, 705)], [range(1, 705)])

    assert [sheet[name].value for name in ("Z2", "AA2", "ZZ2", "AAB2")] == ["26", "27", "702", "704"]


def test_more_rows_than_excel_has_are_refused_before_the_first_byte():
    sheet = Sheet("台账", TEXT, [["一"]] * xlsx.ROW_LIMIT)

    with pytest.raises(TooLarge, match=r"台账.*1048576 行"):
        next(stream_workbook([sheet]))


def test_more_rows_than_excel_has_are_refused_on_the_way(monkeypatch):
    monkeypatch.setattr(xlsx, "ROW_LIMIT", 3)

    assert len(values(TEXT, (["一"] for _ in range(2)))) == 2
    with pytest.raises(TooLarge, match="台账"):
        written([Sheet("台账", TEXT, (["一"] for _ in range(3)))])


def test_a_sheet_too_large_for_the_file_is_refused(monkeypatch):
    monkeypatch.setattr(xlsx, "SHEET_LIMIT", 10_000)

    with pytest.raises(TooLarge, match=r"台账.*2 GB"):
        written([Sheet("台账", TEXT, (["一" * 100] for _ in range(1000)))])


@pytest.mark.parametrize(
    ("sheets", "reason"),
    [
        ([], "at least one sheet"),
        ([Sheet("台账", [], [])], "no columns"),
        ([Sheet("台账", TEXT, [["一", "二"]])], "2 cells for 1 columns"),
    ],
)
def test_what_is_no_workbook_is_refused(sheets, reason):
    with pytest.raises(ValueError, match=reason):
        written(sheets)


def test_the_same_rows_give_the_same_bytes_whenever_they_are_written():
    sheets = [Sheet("台账", TEXT, [["一"], ["二"]])]

    with time_machine.travel("2025-07-05 10:00"):
        first = written(sheets).getvalue()
    with time_machine.travel("2026-01-01 23:59:58"):
        second = written(sheets).getvalue()

    assert first == second


def test_the_first_bytes_come_before_the_rows_are_known():
    asked = []

    def rows():
        for place in range(10_000):
            asked.append(place)
            yield [str(place)]

    pieces = stream_workbook([Sheet("台账", TEXT, rows())])

    assert next(pieces).startswith(b"PK")
    assert asked == []
    whole = b"".join(pieces)
    assert len(asked) == 10_000
    assert len(whole) > 10_000


def test_memory_does_not_grow_with_the_rows():
    columns = [Column(f"列{place}") for place in range(11)]

    def peak(count):
        rows = ([f"第{place}行的内容{column}" for column in range(11)] for place in range(count))
        tracemalloc.start()
        for piece in stream_workbook([Sheet("台账", columns, rows)]):
            del piece
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    small, large = peak(2_000), peak(20_000)

    assert large < small * 1.2


def test_a_higher_level_makes_a_smaller_file_of_the_same_rows():
    sheets = [Sheet("台账", TEXT, [[f"第{place}个问题：占道经营，{place * 7919}"] for place in range(2000)])]

    fast, small = written(sheets), written(sheets, level=6)

    assert len(small.getvalue()) < len(fast.getvalue())
    with zipfile.ZipFile(fast) as one, zipfile.ZipFile(small) as other:
        assert [one.read(name) for name in one.namelist()] == [other.read(name) for name in other.namelist()]


def test_every_part_is_well_formed_and_in_the_order_of_the_schema():
    columns = [Column("甲"), Column("乙", kind="int"), Column("丙", kind="date")]
    laid = Laid([10], [("row", ["甲"]), ("row", ["乙"])], merged=[(1, 1, 2, 1)])
    sheets = [
        Sheet("一", columns, [["=1", 1, datetime.date(2025, 1, 1)]]),
        Sheet("二", columns, []),
        Page("三", lambda: laid, with_pictures=True),
    ]
    misplaced, seen = [], set()

    with zipfile.ZipFile(written(sheets)) as package:
        assert package.namelist()[0] == "[Content_Types].xml"
        for name in package.namelist():
            for element in etree.fromstring(package.read(name)).iter(etree.Element):
                kind = etree.QName(element).localname
                if kind in ORDER:
                    seen.add(kind)
                    found = [etree.QName(child).localname for child in element]
                    order = ORDER[kind].split()
                    if any(each not in order for each in found) or found != sorted(found, key=order.index):
                        misplaced.append((name, kind, found))

    assert misplaced == []
    assert seen == set(ORDER)


def test_styles_count_what_they_list():
    with zipfile.ZipFile(written([Sheet("一", TEXT, [])])) as package:
        styles = etree.fromstring(package.read("xl/styles.xml"))

    assert [(each.tag, each.get("count")) for each in styles] == [(each.tag, str(len(each))) for each in styles]


def test_a_csv_opens_in_excel_as_utf_8_with_every_kind_readable():
    columns = [
        Column("编号"),
        Column("件数", kind="int"),
        Column("面积", kind="decimal"),
        Column("整改率", kind="percent"),
        Column("日期", kind="date"),
        Column("时间", kind="datetime"),
    ]
    moment = datetime.datetime(2025, 7, 4, 17, 30, tzinfo=datetime.UTC)
    rows = [["001", -12, Decimal("3.250"), Decimal("0.952"), moment, moment], ['甲"乙,丙', None, 1e20, 1, None, "待定"]]

    content = b"".join(stream_csv(columns, rows))

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 3
    assert csv_rows(columns, rows) == [
        ["编号", "件数", "面积", "整改率", "日期", "时间"],
        ["001", "-12", "3.250", "95.2%", "2025-07-05", "2025-07-05 01:30"],
        ['甲"乙,丙', "", "1e+20", "100%", "", "待定"],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1"])
@pytest.mark.parametrize("kind", ["text", "int", "decimal", "percent", "date", "datetime"])
def test_text_in_a_csv_that_looks_like_a_formula_gets_an_apostrophe(text, kind):
    (header, (cell,)) = csv_rows([Column(text, kind=kind)], [[text]])

    clean = text.replace("\r", "\n")
    assert (header, cell) == ([f"'{clean}"], f"'{clean}")


def test_a_formula_behind_a_character_that_is_left_out_is_found_all_the_same():
    assert csv_rows(TEXT, [["\x00=1+1"]])[1] == ["'=1+1"]
    assert one_sheet(TEXT, [["\x00=1+1"]])["A2"].quotePrefix is True


def test_csv_rows_that_do_not_fit_their_columns_are_refused():
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        csv_rows([Column("甲"), Column("乙")], [["一"]])


def test_a_long_csv_comes_in_pieces():
    pieces = stream_csv(TEXT, ([str(place)] for place in itertools.count()))

    assert len(next(pieces)) < 10_000
    assert next(pieces).startswith(b'"500"')


@pytest.mark.parametrize(("frozen", "first_that_moves"), [(0, None), (1, "A2"), (4, "A5")])
def test_the_first_lines_of_a_page_stay_in_sight(frozen, first_that_moves):
    laid = Laid(widths=[10], lines=[("row", [str(place)]) for place in range(6)], frozen=frozen)

    page = openpyxl.load_workbook(written([Page("台账", lambda: laid)])).active

    assert page.freeze_panes == first_that_moves


def test_a_row_is_as_high_as_its_fullest_cell_needs():
    columns = [Column("内容", 10), Column("办理单位和协办单位", 10), Column("件数", 8, "int")]

    sheet = one_sheet(
        columns,
        [
            ["门前堆放杂", "abcdefghij", 1],
            ["门前堆放杂物", "", 2],
            ["门前堆放杂物，占压盲道", "局", 3],
            ["一\n二\n三\n四", "", 4],
            ["门" * 1000, "", 5],
        ],
    )

    # 15 points a line and 3 more; one line is left as it is, and 409 is the most that Excel takes.
    assert [sheet.row_dimensions[row].height for row in range(1, 7)] == [33, None, 33, 48, 63, 409]


def test_an_empty_cell_has_its_borders():
    sheet = one_sheet(
        [Column("内容"), Column("日期", 12, "date"), Column("件数", 8, "int")], [["", None, None], ["\x00"] * 3]
    )

    assert [cell.value for row in sheet.iter_rows(min_row=2) for cell in row] == [None] * 6
    assert {cell.border.left.style for row in sheet.iter_rows(min_row=2) for cell in row} == {"thin"}


def test_a_line_of_a_page_is_as_high_as_its_text_unless_that_has_more_room_than_its_column():
    laid = Laid(
        widths=[10, 10],
        lines=[("header", ["整改情况说明", "单位"]), ("row", ["门前堆放杂物", ""]), ("row", ["门前堆放杂物", ""])],
        merged=[(1, 1, 1, 2), (3, 1, 3, 2)],
    )

    page = openpyxl.load_workbook(written([Page("台账", lambda: laid)])).active

    assert [page.row_dimensions[row].height for row in range(1, 4)] == [None, 33, None]


def test_a_page_keeps_its_lines_looks_and_merged_cells():
    laid = Laid(
        widths=[10, 24],
        lines=[
            ("title", ["分解表", ""]),
            ("header", ["编号", "名称"]),
            ("row", ["=1", ""]),
            ("plain", ["注：<略>"]),
        ],
        merged=[(1, 1, 1, 2)],
    )
    file = written([Page("分解表", lambda: laid)])

    page = openpyxl.load_workbook(file).active

    assert [[cell.value for cell in row] for row in page.iter_rows()] == [
        ["分解表", None],
        ["编号", "名称"],
        ["=1", None],
        ["注：<略>", None],
    ]
    assert [str(one) for one in page.merged_cells.ranges] == ["A1:B1"]
    assert (page["A1"].font.size, page["A2"].font.bold) == (16, True)
    assert (page["A3"].data_type, page["A3"].quotePrefix) == ("s", True)
    assert (page["B3"].border.left.style, page["A4"].border.left.style) == ("thin", None)
    assert (page.column_dimensions["B"].width, page.freeze_panes) == (24, None)
    # On paper it is not cut into columns.
    assert (page.sheet_properties.pageSetUpPr.fitToPage, page.page_setup.fitToHeight) == (True, 0)
    assert page.page_setup.orientation == "landscape"


def test_a_workbook_of_every_kind_of_column_is_valid():
    laid = Laid([10], [("row", ["甲"]), ("row", ["乙"])], merged=[(1, 1, 2, 1)])
    columns = [Column("一"), Column("二", kind="int"), Column("三", kind="decimal"), Column("四", kind="percent")]
    columns += [Column("五", kind="date"), Column("六", kind="datetime")]
    moment = datetime.datetime(2025, 1, 1, 8, tzinfo=datetime.UTC)
    rows = [["=1", 1, Decimal("1.5"), Decimal("0.5"), moment.date(), moment], [None] * 6]

    made = written([Sheet("一", columns, rows), Sheet("空", columns, []), Page("三", lambda: laid)])

    assert faults_of(made.getvalue(), ending=".xlsx") == []
