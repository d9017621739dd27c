"""A campaign comes in from a workbook: faults told by cell, looked over, loaded, chosen in the header."""

from io import BytesIO

from django.urls import reverse
from openpyxl import load_workbook
from playwright.sync_api import expect

from campaigns.models import Campaign, Task
from tests.factories.workbooks import CAMPAIGN, UNITS, book

TASK = {"编号": "A1", "名称": "老旧小区路面硬化", "牵头单位": "城管局", "责任单位": "东街街道", "状态": "已下发"}
NEW = "清水市创建国家卫生城市"
SHEETS = {"创建活动": [{**CAMPAIGN, "名称": NEW, "简称": "创卫"}], "单位": UNITS}


def test_from_the_faulty_workbook_to_the_campaign_in_the_header(city, campaign, sit, work):
    office = sit(city.coordinator)
    office.get_by_role("link", name="导入").click()

    # The template names every sheet.
    with office.expect_download() as waiting:
        office.get_by_role("link", name="下载模板").click()
    template = load_workbook(BytesIO(waiting.value.path().read_bytes()))
    assert {"创建活动", "单位", "任务", "问题"} <= set(template.sheetnames)

    # A misspelt unit and a day that does not exist: both are told, and nothing is written.
    send(office, book(**SHEETS, 任务=[{**TASK, "牵头单位": "城管句", "完成时限": "2025-02-30"}]))
    expect(office.locator(".job")).to_contain_text("排队")
    work()
    expect(office.get_by_role("heading", name="2 处错误，没有写入任何内容")).to_be_visible()
    faults = office.locator("tbody tr")
    expect(faults.filter(has_text="城管句")).to_contain_text("是否应为“城管局”？")
    expect(faults.filter(has_text="2025-02-30")).to_contain_text("完成时限")
    assert list(Campaign.objects.all()) == [campaign]

    # The sound one says what it would write, and writes when told to.
    office.get_by_role("link", name="改好后重新上传").click()
    send(office, book(**SHEETS, 任务=[TASK]))
    work()
    expect(office.get_by_text("检查通过，还没有写入。")).to_be_visible()
    expect(office.get_by_role("row", name="任务 1 0 0 0")).to_be_visible()
    assert list(Campaign.objects.all()) == [campaign]
    office.get_by_role("button", name="确认导入").click()
    expect(office.locator(".job")).to_contain_text("排队")
    work()
    expect(office.get_by_role("heading", name="导入结果")).to_be_visible()
    assert list(Task.objects.values_list("code", "campaign__name", "state")) == [("A1", NEW, "issued")]

    # The header offers both campaigns; what is chosen is what the lists show.
    choose(office, NEW)
    office.goto(reverse("campaigns:tasks"))
    expect(office.get_by_role("link", name="老旧小区路面硬化")).to_be_visible()
    choose(office, campaign.name)
    office.goto(reverse("campaigns:tasks"))
    expect(office.get_by_text("还没有任务")).to_be_visible()


def choose(page, name):
    page.get_by_label("创建活动", exact=True).select_option(label=name)
    page.wait_for_url(f"**{reverse('campaigns:desk')}")
    expect(page.get_by_label("创建活动", exact=True).locator("option:checked")).to_have_text(name)


def send(page, workbook):
    file = {"name": "台账.xlsx", "mimeType": "application/octet-stream", "buffer": workbook.read()}
    page.get_by_label("工作簿").set_input_files(file)
    page.get_by_role("button", name="上传并检查").click()
