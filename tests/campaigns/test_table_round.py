"""Out and in again: an office's table with its oddest cells, untouched and edited, comes back as it stands."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook

from campaigns.actions import tasks as actions
from campaigns.models import Indicator, Task
from campaigns.tables.export import sheet_of
from cityinit.documents.xlsx import stream_workbook
from tests.factories.tables import plain_table

pytestmark = pytest.mark.django_db
HEAD = [
    "序号",
    "一级指标",
    "二级指标",
    "重点任务",
    "具体措施",
    "牵头单位",
    "配合单位",
    "启动时间",
    "完成时限",
    "目标任务",
    "备注",
]
ROWS = [
    ["一、环境整治（4项）"],
    [
        1,
        "一、公共环境（20分）",
        "1.市容环境",
        " 背街\n硬化 ",
        "甲",
        "市城管局",
        "公安局\n河湾街道",
        *[None] * 2,
        "两万平方米",
        True,
    ],
    ["2、", None, None, "三线整治", "=1+1", "城管局（牵头）", "各街道", "46082", 46387, "30.5公里", "#N/A"],
    [3.1, None, None, "夜市", None, "公安局", None, datetime(2026, 3, 1, tzinfo=UTC), "46387", "１２个", 0],
    ["（４）", None, None, "重复", None, "公安局", None, None, "2026-12-31 17:30", "95%", -0.5],
    ["二、服务"],
    [5, "二、公共服务", None, "重复", None, "公安局", None, None, "3月—6月", None, "\t制表"],
    ["6", None, "2.窗口", "重复", None, "公安局", None, 46082, 46387.75, None, 12345678901234],
    ["合计", None, None, "6项"],
    ["注：目标以文件为准。"],
]


def odd_table():
    naive = [[cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell for cell in row] for row in ROWS]
    title = ["清水市2026年度创建任务分解表", *[None] * 10]
    return plain_table(title, HEAD, *naive, merged=("A1:K1", "A3:K3", "A8:K8"), sheet="任务分解")


def taken_out(table):
    return b"".join(stream_workbook([sheet_of(table)]))


def grid(content):
    return list(load_workbook(BytesIO(content)).active.values)


def edit(city, called, **values):
    task = Task.objects.filter(name=called).order_by("position").first()
    now = {name: getattr(task, name) for name in Task.WRITTEN}
    beside = [part.unit for part in task.assignments.filter(is_lead=False)]
    actions.edit_task(task, by=city.coordinator, units=beside, **(now | values))


@pytest.mark.parametrize("numbering", ["file", "consecutive"])
def test_what_is_taken_out_comes_in_again_unchanged_before_and_after_it_was_edited(bring, city, numbering):
    table = bring(odd_table(), new_indicators=True, numbering=numbering)
    untouched = taken_out(table)
    again = bring(BytesIO(untouched), new_indicators=True, numbering=numbering)
    edit(city, "三线整治", indicator=Indicator.objects.get(name="公共服务"))
    edit(city, "夜市", name="夜市规范", due_on=None, frequency="每月2次", target=None, measure="")
    edit(city, "重复", name="改了名", requirement="乙")

    edited = bring(BytesIO(taken_out(table)), new_indicators=True, numbering=numbering)

    assert (table.check_result["fault_count"], table.load_result["counts"]) == (0, {"created": 6})
    assert again.load_result["counts"] == edited.load_result["counts"] == {"unchanged": 6}
    assert [loaded.load_result["skipped"] for loaded in (again, edited)] == [[], []]
    assert grid(taken_out(again)) != grid(untouched)
    assert grid(taken_out(edited)) == grid(taken_out(again)) == grid(taken_out(table))
    # What stood below a line that moved away says where it is.
    assert [row[1:4] for row in grid(taken_out(table))[3:7]] == [
        ("一、公共环境（20分）", "1.市容环境", "背街\n硬化"),
        ("公共服务", None, "三线整治"),
        ("一、公共环境（20分）", "1.市容环境", "夜市规范"),
        (None, None, "改了名"),
    ]
