"""Workbooks made of rows: `book(单位=[{...}])` is a file that `load_workbook` reads."""

from datetime import date
from io import BytesIO

from openpyxl import Workbook

CAMPAIGN = {
    "名称": "清水市创建全国文明城市",
    "简称": "创文",
    "主体单位": "清水市",
    "开始日期": date(2025, 1, 1),
    "结束日期": date(2025, 12, 31),
}
UNITS = [
    {"名称": "清水市", "自称": "我市"},
    {"名称": "城管局", "上级单位": "清水市"},
    {"名称": "东街街道", "上级单位": "清水市"},
    {"名称": "省文明办", "关系": "上级"},
]


def book(*, formats=None, **sheets):
    """An .xlsx as an open file; 创建活动 and 单位 are there unless given. `formats` maps column → number format."""
    sheets = {"创建活动": [CAMPAIGN], "单位": UNITS, **sheets}
    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        page = made.create_sheet(title)
        columns = list(dict.fromkeys(name for row in rows for name in row))
        page.append(columns)
        for row in rows:
            page.append([row.get(name) for name in columns])
            for cell, name in zip(page[page.max_row], columns, strict=True):
                if formats and name in formats:
                    cell.number_format = formats[name]
    file = BytesIO()
    made.save(file)
    file.seek(0)
    return file
