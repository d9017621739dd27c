"""An office's own tables, as ugly as they come: titles, headers of two lines, merged cells, notes below."""

from io import BytesIO

from openpyxl import Workbook

# A 任务分解表 as an office may keep it. Empty cells of the first three columns are merged with the one above.
HEADER = (
    ["序号", "一级指标", "二级指标", "", "工作任务", "具体要求", "责任分工", None, "完成时限", "目标任务", "备注"],
    [None, None, None, None, None, None, "牵头单位", "配合单位", None, None, None],
)
HEADER_MERGED = ("A4:A5", "B4:B5", "C4:C5", "E4:E5", "F4:F5", "G4:H4", "I4:I5", "J4:J5", "K4:K5")
SECTION = ["一、夯实基础（4项）"]
ROWS = [
    [
        "1",
        "一、公共环境",
        "（一）市容环境",
        None,
        "整治占道经营",
        "主干道全天候保洁。\n严管重罚",
        "市城管局",
        "公安局、 河湾街道；",
        "2026年6月底前",
        "1000 平方米",
        "已部署",
    ],
    ["1.1", None, None, None, "划定疏导点", "", "城管局", "河湾街道办事处", "2026.5", "１２个", None],
    ["1.2", None, None, None, "拆除违规广告", "", "城管局", "公安局", "长期坚持", None, "每月报进度"],
    [2, None, "（二）交通秩序", None, "整治乱停乱放", "路口有人管", "公安局", "各街道", "6月30日", "30处", None],
]
SECOND_SECTION = ["二、提升服务"]
MORE = [
    ["3", "二、公共服务", "（三）窗口服务", None, "推行首问负责", None, "公安局", None, "2026/9/30", None, None],
    ["合计", None, None, None, "5项", None, None, None, None, None, None],
]
NOTES = [["注：完成时限以文件为准，逾期由牵头单位说明情况。"], ["填表人：张三", None, None, None, "联系电话：0000000"]]


def ugly_table(*, rows=None, more=None, title="清水市创建全国文明城市任务分解表", hidden=(8,), sheet="任务分解"):
    """The table as an open .xlsx, behind a first sheet that only explains."""
    made = Workbook()
    made.active.title = "填写说明"
    made.active.append(["请各单位认真对照填写"])
    page = made.create_sheet(sheet)
    page.append([title])
    page.merge_cells("A1:K1")
    page.append(["填报单位：创建办", None, None, None, None, None, None, None, "2026年3月"])
    page.append([])
    for line in HEADER:
        page.append(line)
    for merged in HEADER_MERGED:
        page.merge_cells(merged)
    body = [SECTION, *(ROWS if rows is None else rows), SECOND_SECTION, *(MORE if more is None else more)]
    first = page.max_row + 1
    for line in [*body, *NOTES]:
        page.append(line)
    for number, line in enumerate(body, start=first):
        if len(line) == 1:
            page.merge_cells(start_row=number, end_row=number, start_column=1, end_column=11)
    _merge_levels(page, body, first)
    for number in hidden:
        page.row_dimensions[number].hidden = True
    return as_file(made)


def _merge_levels(page, body, first):
    """Levels written once and merged over the lines below them."""
    for place in (1, 2):
        begun = None
        for number, line in enumerate([*body, SECTION], start=first):
            if len(line) == 1 or line[place] or line[0] == "合计":
                if begun and number - 1 > begun:
                    page.merge_cells(start_row=begun, end_row=number - 1, start_column=place + 1, end_column=place + 1)
                begun = number if len(line) > 1 and line[place] else None


def plain_table(*rows, merged=(), sheet="Sheet"):
    """These lines as an open .xlsx of one sheet."""
    made = Workbook()
    page = made.active
    page.title = sheet
    for row in rows:
        page.append(row)
    for one in merged:
        # Not merge_cells, which makes an object of each of a million cells.
        page.merged_cells.add(one)
    return as_file(made)


def proposed(table):
    """The columns of a table that was read, as they were guessed."""
    return {place: field for place, (field, _sure) in table.layout["guess"].items()}


def as_file(made):
    file = BytesIO()
    made.save(file)
    file.seek(0)
    return file
