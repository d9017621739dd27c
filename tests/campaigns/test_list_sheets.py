"""The lists that an office reads every week, taken out as a sheet: the same rows, numbers and dates as such."""

from datetime import date, datetime
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook as open_book

from campaigns.actions import decisions, extensions, log
from campaigns.views import log_rows
from cityinit.content import check_upload
from cityinit.models import AuditEvent
from tests.factories import rows, tasks
from units.actions import merge_unit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(clock):
    clock("2026-06-01 10:00")


def url_of(name, *args):
    return reverse(f"campaigns:{name}", args=args)


def taken_out(browser, name, **asked):
    """The lines of the sheet that the list with this filter leads to, its head first."""
    listed = browser.get(url_of(name), asked)
    sheet = open_book(BytesIO(browser.get(listed.context["export_url"]).getvalue())).active
    return [tuple(as_read(value) for value in line) for line in sheet.values]


def as_read(value):
    """A cell as one reads it: a day is a day, a moment that of the clock on the wall."""
    if not isinstance(value, datetime):
        return value
    return value.date() if value.time() == datetime.min.time() else f"{value:%Y-%m-%d %H:%M}"


def offered(browser, name):
    return browser.get(url_of(name)).context["export_url"]


def test_the_log_goes_out_entry_by_entry_as_it_is_filtered(city, campaign, as_, monkeypatch):
    monkeypatch.setattr(log_rows, "CHUNK", 2)
    task = tasks.issued(campaign, city, name="清扫", frequency="每天1次", units=[city.police])
    paper = SimpleUploadedFile("方案.pdf", b"%PDF-1.4\n%%EOF", content_type="application/pdf")
    files, told = [check_upload(paper, kind="document")], "清理摊点=12余处；硬化路面=0.05公顷"
    tasks.entry(task, city, done_on=date(2026, 5, 5), quantities_text=told, kind="整治", is_highlight=True, files=files)
    for day in (7, 6, 8):
        tasks.entry(task, city, done_on=date(2026, 5, day), content=f"{day}日清理", quantities_text="")
    for _time in range(2):
        log.keep_recurring(tasks.part(task, city.bureau), by=city.liaison)
    tasks.entry(task, city, unit=city.police, by=city.other_liaison, done_on=date(2026, 5, 9))
    browser = as_(city.coordinator)

    head, *lines = taken_out(browser, "log", unit=city.bureau.pk)

    assert head[:8] == ("任务编号", "任务", "日期", "单位", "类别", "内容", "成效数据", "亮点")
    assert [line[2] for line in lines] == [date(2026, 5, day) for day in (5, 6, 7, 8)] + [date(2026, 6, 1)] * 2
    assert lines[0] == (
        *(task.code, "清扫", date(2026, 5, 5), "清水市城市管理局", "整治", "清理占道摊点", told, "是", None, 1),
        *(str(city.liaison), "2026-06-01 10:00"),
    )
    assert [line[8] for line in lines] == [None] * 4 + ["是"] * 2
    [trail] = AuditEvent.objects.filter(action="导出台账")
    assert (trail.subject, trail.detail) == (f"{campaign} 工作记录", {"filter": f"unit={city.bureau.pk}"})
    assert offered(as_(city.liaison), "log") == ""


def test_recurring_duty_goes_out_in_the_order_of_the_list_with_what_units_had_before(city, campaign, as_, clock):
    clock("2026-05-04 08:00")
    first = tasks.issued(campaign, city, name="清扫", frequency="每周2次", units=[city.police])
    tasks.issued(campaign, city, name="巡河", frequency="每周1次", units=[])
    clock("2026-05-18 08:00")
    tasks.entry(first, city, done_on=date(2026, 5, 5), quantities_text="")
    merge_unit(city.police, into=city.street, by=city.coordinator)
    browser = as_(city.coordinator)
    asked = {"first": "2026-05-04", "last": "2026-05-17"}

    _head, *lines = taken_out(browser, "recurring", **asked)

    assert [line[1:8] for line in lines] == [
        ("清扫", "清水市城市管理局", "每周2次", 4, 1, 25, 2),
        ("巡河", "清水市城市管理局", "每周1次", 2, 0, 0, 2),
        ("清扫", "清水市公安局", "每周2次", 4, 0, 0, 2),
    ]
    span = (date(2026, 5, 4), date(2026, 5, 17))
    assert [line[8:] for line in lines] == [(*span, None)] * 2 + [(*span, "至2026-05-18，已并入别的单位")]
    assert [line[1:3] for line in taken_out(browser, "recurring", **asked, unit=city.police.pk)[1:]] == [
        ("清扫", "清水市公安局")
    ]
    assert offered(as_(city.liaison), "recurring") == ""


def test_decisions_go_out_tab_by_tab(city, campaign, as_):
    meeting = rows.filed(
        *("meetings", campaign),
        by=city.coordinator,
        name="推进会",
        kind="会议",
        held_on=date(2026, 5, 2),
        unit=city.office,
    )
    asked = {"unit": city.bureau, "due_on": date(2026, 6, 30)}
    for content in ("补绿篱", "修路灯"):
        last = decisions.add_decision(meeting, by=city.coordinator, content=content, **asked)
    decisions.settle(last, by=city.coordinator, settled_on=date(2026, 5, 20), outcome="已修好")
    browser = as_(city.coordinator)

    head, *pending = taken_out(browser, "decisions")
    [_head, done] = taken_out(browser, "decisions", show="carried_out")

    held, due = ("推进会", date(2026, 5, 2)), ("清水市城市管理局", date(2026, 6, 30))
    assert head[2:6] == ("议定事项", "责任单位", "完成时限", "落实")
    assert pending == [(*held, "补绿篱", *due, "未落实", None, None, None, None)]
    assert done == (*held, "修路灯", *due, "已落实", None, None, date(2026, 5, 20), "已修好")
    assert offered(as_(city.leader), "decisions") == ""


def test_requests_for_more_time_go_out_with_what_was_decided(city, campaign, as_):
    task = tasks.issued(campaign, city, due_on=date(2026, 6, 30), units=[city.police])
    asked = tasks.asked(task, city, until=date(2026, 7, 31), reason="连续降雨")
    extensions.grant_extension(asked, by=city.coordinator, granted_due=date(2026, 7, 15), note="抓紧")
    tasks.asked(tasks.fresh(task), city, unit=city.police, by=city.other_liaison, until=date(2026, 8, 1))
    browser = as_(city.coordinator)

    every, [head, granted] = taken_out(browser, "extensions"), taken_out(browser, "extensions", state="granted")

    now = "2026-06-01 10:00"
    assert [line[2] for line in every[1:]] == ["清水市城市管理局", "清水市公安局"]
    assert head[3:6] == ("原时限", "申请延至", "批准延至")
    days = (date(2026, 6, 30), date(2026, 7, 31), date(2026, 7, 15))
    assert granted == (
        *(task.code, task.name, "清水市城市管理局", *days, "连续降雨", "已批准"),
        *(str(city.liaison), now, str(city.coordinator), now, "抓紧"),
    )
    assert offered(as_(city.leader), "extensions") == ""
