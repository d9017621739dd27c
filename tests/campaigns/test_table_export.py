"""A table that was brought in, taken out again: the same columns, and what has changed since."""

from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from campaigns.actions import tasks as actions
from campaigns.actions.breakdown import TaskLine
from campaigns.actions.splitting import merge_tasks, split_task
from campaigns.models import Task
from campaigns.tables.contents import Contents, contents_of
from campaigns.tables.export import sheet_of
from cityinit.documents.xlsx import stream_workbook
from cityinit.models import AuditEvent
from tests.factories.tables import plain_table, ugly_table

pytestmark = pytest.mark.django_db


def draw_table(table):
    return b"".join(stream_workbook([sheet_of(table)]))


def lines(content):
    """The sheet as its rows, without the empty ends."""
    page = load_workbook(BytesIO(content))["任务分解"]
    return [[cell if cell is None else str(cell) for cell in row] for row in page.iter_rows(values_only=True)]


def test_a_table_is_given_back_as_it_was_with_titles_header_merged_cells_and_notes(bring):
    table = bring(ugly_table(), new_indicators=True)

    content = draw_table(table)

    given, taken = lines(content), lines(ugly_table().read())
    # What was merged may be said once more; all else is as it was.
    assert given == taken
    merged = {str(one) for one in load_workbook(BytesIO(content))["任务分解"].merged_cells.ranges}
    assert merged == {str(one) for one in load_workbook(ugly_table())["任务分解"].merged_cells.ranges}


def test_importing_the_export_changes_nothing(bring):
    table = bring(ugly_table(), new_indicators=True)

    again = bring(BytesIO(draw_table(table)), new_indicators=True)

    assert (again.load_result["counts"], Task.objects.count()) == ({"unchanged": 5}, 5)


def test_what_was_changed_since_is_told_and_importing_that_changes_nothing_either(bring, city):
    table = bring(ugly_table(), new_indicators=True)
    task = Task.objects.get(code="2")
    values = {name: getattr(task, name) for name in Task.WRITTEN}
    values |= {"name": "整治乱停乱放和僵尸车", "target": 45, "due_on": None, "frequency": "每周1次"}
    actions.edit_task(task, by=city.coordinator, units=[city.bureau], **values)

    content = draw_table(table)
    again = bring(BytesIO(content), new_indicators=True)

    assert lines(content)[9] == [
        *("2", None, "（二）交通秩序", None, "整治乱停乱放和僵尸车", "路口有人管"),
        *("公安局", "清水市城市管理局", "每周1次", "45处", None),
    ]
    assert again.load_result["counts"] == {"unchanged": 5}


def test_columns_nobody_matched_come_back_as_they_were(bring):
    head = ["任务名称", "牵头单位", "责任科室", "备注"]
    table = bring(plain_table(head, ["甲", "城管局", "市容科", "=1+1"], ["乙", "公安局", None, "0"], sheet="任务分解"))

    assert lines(draw_table(table)) == [
        head,
        ["甲", "城管局", "市容科", None],
        ["乙", "公安局", None, "0"],
    ]


def test_a_text_that_looks_like_a_formula_stays_a_text(bring):
    table = bring(plain_table(["任务名称", "牵头单位", "备注"], ["甲", "城管局", "'=HYPERLINK(1)"], sheet="任务分解"))
    line = table.lines.get()
    line.cells[2] = "=HYPERLINK(1)"
    line.save(update_fields=["cells"])

    cell = load_workbook(BytesIO(draw_table(table)))["任务分解"]["C2"]

    assert (cell.data_type, cell.value) == ("s", "=HYPERLINK(1)")


def test_the_export_is_told_to_the_trail_and_only_for_who_may_export(bring, client, city):
    table = bring(ugly_table(), new_indicators=True)
    address = reverse("campaigns:table_export", args=[table.pk])

    client.force_login(city.coordinator)
    answer = client.get(address)
    client.force_login(city.liaison)
    other = client.get(address)

    assert (answer.status_code, other.status_code) == (200, 404)
    assert AuditEvent.objects.filter(action="导出任务分解表", actor_name=str(city.coordinator)).count() == 1


def split(task, by, *, first, **second):
    beside = [part.unit for part in task.assignments.filter(is_lead=False)]
    values = {"name": task.name, "units": beside, "lead_unit": task.lead_unit}
    parts = TaskLine(**values | first), TaskLine(**values | second)
    return split_task(task, parts[0], [parts[1]], by=by, difference_is_meant=True)[0]


@pytest.mark.parametrize("numbering", ["file", "consecutive"])
def test_what_was_split_off_stands_below_its_line_in_the_same_layout_and_is_found_again(bring, city, numbering):
    table = bring(ugly_table(), new_indicators=True, numbering=numbering)
    whole = Task.objects.get(name="划定疏导点")
    part = split(whole, city.coordinator, first={"target": 7}, name="公布疏导点", target=5)
    below = split(
        Task.objects.get(name="整治乱停乱放"), city.coordinator, first={"target": 20}, name="清僵尸车", target=10
    )
    gone = split(whole, city.coordinator, first={"target": 6}, name="又拆一项", target=1)
    merge_tasks(whole, [gone], by=city.coordinator)

    content = draw_table(table)
    again = bring(BytesIO(content), new_indicators=True, numbering=numbering)

    given, taken = lines(content), lines(ugly_table().read())
    assert [row for row in given if row[4] not in ("公布疏导点", "清僵尸车")] == [
        *taken[:7],
        [*taken[7][:9], "7个", None],
        taken[8],
        [*taken[9][:9], "20处", None],
        *taken[10:],
    ]
    assert given[8] == [part.code, *([None] * 3), "公布疏导点", None, "城管局", "河湾街道办事处", "2026.5", "5个", None]
    level = [None, "（二）交通秩序", None]
    assert given[11] == [below.code, *level, "清僵尸车", "路口有人管", "公安局", "各街道", "6月30日", "10处", None]
    merged = {str(one) for one in load_workbook(BytesIO(content))["任务分解"].merged_cells.ranges}
    assert {"B7:B12", "C7:C10"} <= merged
    assert (again.load_result["counts"], again.load_result["skipped"]) == ({"unchanged": 7}, [])
    assert (contents_of(table).split_off, contents_of(again).split_off) == (2, 0)


def test_the_tasks_of_a_table_are_listed_as_its_export_holds_them(bring, city, client):
    table = bring(ugly_table(), new_indicators=True)
    whole = Task.objects.get(code="2")
    part = split(whole, city.coordinator, first={"target": 20}, name="清僵尸车", target=10)
    again = split(part, city.coordinator, first={"target": 6}, name="清共享单车", target=4)
    other = {"code": "2x", "name": "另建", "lead_unit": city.bureau, "parent": whole}
    actions.break_down(whole.campaign, by=city.coordinator, **other)
    client.force_login(city.coordinator)
    imported = set(table.lines.values_list("task__code", flat=True))

    page = client.get(client.get(table.get_absolute_url()).context["tasks_url"])

    assert {row["code"] for row in page.context["page"].rows} == imported | {part.code, again.code}


def test_the_page_says_what_the_export_holds_and_what_it_leaves_out(bring, city, client):
    table = bring(ugly_table(), new_indicators=True)
    first, third = Task.objects.get(code="1"), Task.objects.get(code="3")
    part = split(Task.objects.get(code="2"), city.coordinator, first={"target": 20}, name="清僵尸车", target=10)
    for above in (first, part):
        values = {"code": f"{above.code}x", "name": "另建", "lead_unit": city.bureau, "parent": above}
        actions.break_down(first.campaign, by=city.coordinator, **values)
    actions.cancel(third, by=city.coordinator, note="不办了")
    client.force_login(city.coordinator)

    page = client.get(table.get_absolute_url()).text

    assert contents_of(table) == Contents(split_off=1, below=1, ended=1, deleted=0, totals=(13,))
    assert [sentence in page for sentence in contents_of(table).sentences] == [True] * 4
    assert "原文件的其他工作表、隐藏的行列、公式和颜色不带回" in page


@pytest.mark.parametrize("more", [0, 30])
def test_giving_a_table_back_takes_as_many_queries_for_one_row_as_for_many(bring, django_assert_num_queries, more):
    rows = [[f"第{number}项", "城管局", ""] for number in range(1 + more)]
    table = bring(plain_table(["任务名称", "牵头单位", "备注"], *rows))

    with django_assert_num_queries(9):
        draw_table(table)
