"""The week of the coordination office: from the assessment system to what the units hand in, in a real browser."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from docx import Document
from playwright.sync_api import expect

from campaigns.models import AssessmentSystem, Decision, Material, SavedFilter, Task, TaskTable
from tests.browser.documents import downloaded
from tests.factories import materials, systems, tasks
from tests.factories.tables import plain_table

DAY = timedelta(days=1)
HEAD = ["序号", "工作任务", "牵头单位", "配合单位", "完成时限", "目标任务"]


@pytest.fixture
def campaign(city):
    """A campaign that today stands in the middle of."""
    today = timezone.localdate()
    return tasks.campaign(city, starts_on=today - 120 * DAY, ends_on=today + 120 * DAY)


def test_on_monday_two_editions_stand_side_by_side_and_one_is_revised_and_adopted(city, campaign, sit, work):
    used = systems.in_force(campaign, city, on=timezone.localdate() - 90 * DAY)
    newer = systems.draft(campaign, city, edition="2026年版")
    systems.standard(systems.node(newer, "Ⅱ-1"), city, "3", "背街小巷路面硬化、排水通畅", score=2)
    office = sit(city.coordinator)

    # What a newer edition asks beyond the one in use.
    menu(office, "测评体系")
    office.get_by_role("link", name="对照两个版本").click()
    office.get_by_label("左边").select_option(label=str(used))
    office.get_by_label("右边").select_option(label=str(newer))
    office.get_by_role("button", name="查询").click()
    added = office.locator("tbody tr", has_text="背街小巷路面硬化")
    expect(added.locator(".badge").first).to_have_text("新增")

    # A sentence of the one in use is revised: in a draft, beside it.
    menu(office, "测评体系")
    office.get_by_role("link", name=str(used), exact=True).click()
    office.get_by_role("button", name="修订").click()
    expect(office.locator("#notices")).to_contain_text("现行版没有改动")
    office.get_by_role("link", name="Ⅱ-1 市容环境").click()
    office.get_by_role("listitem").filter(has_text="无暴露垃圾").get_by_role("link", name="修改").click()
    office.get_by_role("textbox", name="标准").fill("主次干道干净整洁，垃圾日产日清")
    office.get_by_role("button", name="保存").click()
    expect(office.locator("#notices")).to_contain_text("已保存。")
    assert systems.node(used, "Ⅱ-1").standards.first().content == "主次干道干净整洁，无暴露垃圾"

    # It is adopted after a look at what that changes.
    office.locator(".crumbs a").nth(1).click()
    office.get_by_role("link", name="启用").click()
    expect(office.locator(".prose")).to_contain_text("沿用2条标准")
    office.get_by_role("button", name="启用").click()
    expect(office.locator("#notices")).to_contain_text("正在启用。")
    # The page looks for itself whether a worker has done it.
    work()
    expect(office.locator(".page-lead")).to_contain_text("现行")
    revised = AssessmentSystem.objects.of(campaign).in_force().get()
    assert (revised.previous, systems.fresh(used).state) == (used, "superseded")
    assert systems.node(revised, "Ⅱ-1").standards.first().content == "主次干道干净整洁，垃圾日产日清"


def test_on_tuesday_an_indicator_is_broken_down_on_one_page_and_its_tasks_issued_together(city, campaign, sit):
    today = timezone.localdate()
    systems.in_force(campaign, city, on=today - 90 * DAY)
    office = sit(city.coordinator)
    menu(office, "任务分解")
    office.get_by_role("link", name="只看没有任务的（1）").click()
    office.get_by_role("link", name="Ⅱ-1 市容环境").click()
    expect(office.locator(".breakdown-standards")).to_contain_text("主次干道干净整洁")

    # A line each; the second names a unit that is not there, which is told beside it.
    line = office.locator(".task-line")
    fill(line.nth(0), 任务名称="整治占道经营", 牵头单位="城管局", 责任单位="公安局、河湾街道", 目标="1000平方米")
    line.nth(0).get_by_label("完成时限").fill((today + 30 * DAY).isoformat())
    fill(line.nth(1), 任务名称="规范停车秩序", 牵头单位="公安居")
    office.get_by_role("button", name="保存为未下发的任务").click()
    expect(line.nth(1).locator(".task-line-error")).to_contain_text("没有叫“公安居”的单位。是否应为“公安局”？")
    expect(line.nth(0).get_by_label("责任单位")).to_have_value("公安局、河湾街道")
    line.nth(1).get_by_label("牵头单位").fill("公安局")
    office.get_by_role("button", name="保存为未下发的任务").click()
    expect(office.locator("#notices")).to_contain_text("已分解2项任务，下发后各单位才能看到。")

    # Ticked together, issued together.
    menu(office, "任务")
    office.get_by_label("选择本页全部").check()
    office.get_by_role("button", name="下发").click()
    expect(office.locator("#notices")).to_contain_text("已下发2项任务。")
    first, second = Task.objects.order_by("code")
    assert (first.state, first.target, first.measure) == ("issued", 1000, "平方米")
    assert [part.unit for part in first.assignments.order_by("pk")] == [city.bureau, city.police, city.street]
    assert (second.state, second.lead_unit) == ("issued", city.police)


def test_on_tuesday_an_offices_own_table_is_tried_mended_and_loaded(city, campaign, sit, work):
    office = sit(city.coordinator)
    menu(office, "任务分解")
    office.get_by_role("link", name="导入分解表").click()

    # Whatever the columns are called; a misspelt unit and a day that nobody understands are told, nothing is written.
    upload(
        office,
        ["1", "整治占道经营", "城管局", "公安局、河湾街道", "尽快", "1000平方米"],
        ["2", "整治乱停乱放", "公安居"],
    )
    worked(office, work)
    office.get_by_role("link", name="核对列").click()
    expect(office.get_by_label("工作任务")).to_have_value("任务名称")
    office.get_by_role("button", name="保存并检查").click()
    worked(office, work)
    expect(office.get_by_role("heading", name="2 处错误，没有写入任何内容")).to_be_visible()
    expect(office.locator("#results tbody tr", has_text="尽快")).to_contain_text("完成时限")
    assert Task.objects.count() == 0

    # The name is said once; the day is mended in the table itself, and the columns are remembered.
    due = timezone.localdate() + 40 * DAY
    office.get_by_role("button", name="就是公安局").click()
    worked(office, work)
    office.get_by_role("link", name="改好后重新上传").click()
    upload(
        office,
        ["1", "整治占道经营", "城管局", "公安局、河湾街道", f"{due.year}年{due.month}月底", "1000平方米"],
        ["2", "整治乱停乱放", "公安居"],
    )
    worked(office, work)
    expect(office.get_by_text("已按上次的对应填好")).to_be_visible()
    office.get_by_role("link", name="核对列").click()
    office.get_by_role("button", name="保存并检查").click()
    worked(office, work)
    expect(office.get_by_text("检查通过，还没有写入。")).to_be_visible()
    assert Task.objects.count() == 0
    office.get_by_role("button", name="确认导入").click()
    worked(office, work)
    expect(office.get_by_role("heading", name="导入结果")).to_be_visible()
    told = [(task.name, task.lead_unit, task.target, task.state) for task in Task.objects.order_by("code")]
    assert told == [
        ("整治占道经营", city.bureau, 1000, "draft"),
        ("整治乱停乱放", city.police, None, "draft"),
    ]
    assert TaskTable.objects.filter(loaded_at=None).count() == 1


def test_on_wednesday_the_tasks_are_seen_from_every_side_and_a_view_of_them_is_shared(city, campaign, sit):
    today = timezone.localdate()
    for name, days, state in (("拆除违规广告", -5, "issued"), ("修补路面", 30, "confirmed"), ("规范停车", 60, "draft")):
        dates = {"starts_on": today - 60 * DAY, "due_on": today + days * DAY}
        tasks.task_at(campaign, city, state, name=name, units=[], **dates)
    office = sit(city.coordinator)
    menu(office, "任务")

    # As a tree, as a board, along time.
    view(office, "树")
    office.locator(".tree summary", has_text="未归入板块").click()
    expect(office.locator(".tree-task", has_text="拆除违规广告")).to_be_visible()
    view(office, "看板")
    expect(office.locator(".board-column", has_text="已办结").locator(".board-card")).to_contain_text("修补路面")
    office.locator(".board-card", has_text="规范停车").get_by_role("button", name="下发").click()
    expect(office.locator("#notices")).to_contain_text("已办理：下发。")
    unread = office.locator(".board-column", has_text="待签收")
    expect(unread.locator(".board-card", has_text="规范停车")).to_be_visible()
    view(office, "时间轴")
    expect(office.locator(".timeline tbody tr", has_text="拆除违规广告")).to_contain_text("逾期")

    # How far it is; what a number counts is told to who has no mouse.
    menu(office, "进度")
    mark = office.get_by_role("button", name="完成率怎么算")
    mark.focus()
    expect(office.locator("#explain-completion")).to_be_visible()
    expect(mark).to_have_attribute("aria-describedby", "explain-completion")
    office.locator(".fact", has_text="已办结").get_by_role("link", name="1", exact=True).click()
    expect(office.locator("#results tbody tr")).to_have_count(1)
    expect(office.locator("#results")).to_contain_text("修补路面")

    # What is overdue is looked at every day, by the whole office.
    menu(office, "任务")
    office.get_by_label("时限", exact=True).select_option(label="已逾期")
    expect(office.locator("#results tbody tr")).to_have_count(1)
    office.get_by_role("link", name="保存这个筛选").click()
    office.get_by_label("名称").fill("每天看的逾期")
    office.get_by_label("创建办").check()
    office.get_by_role("button", name="保存").click()
    assert SavedFilter.objects.get().audience == SavedFilter.Audience.OFFICE
    colleague = sit(materials.second_coordinator(city))
    menu(colleague, "任务")
    colleague.get_by_role("link", name="每天看的逾期").click()
    expect(colleague.locator("#results tbody tr")).to_have_count(1)


def test_on_thursday_materials_are_returned_with_a_reason_accepted_and_counted(city, campaign, sit):
    worse, better = (materials.material_at(Material.State.SUBMITTED, campaign, city) for _ in range(2))
    materials.asked(campaign, city, of=better.standard, unit=city.police)
    office = sit(city.coordinator)

    # The queue: one after the other, without the way back to the list.
    menu(office, "材料")
    office.get_by_role("link", name="待审核").click()
    expect(office.get_by_role("heading", name=worse.full_number)).to_be_visible()
    office.get_by_label("盖章不清").check()
    office.get_by_label("补充意见").fill("公章压住了日期")
    office.get_by_role("button", name="退回").click()
    expect(office.locator("#notices")).to_contain_text(f"{worse.full_number}已退回城管局。")
    expect(office.get_by_role("heading", name=better.full_number)).to_be_visible()
    office.get_by_role("button", name="审核通过").click()
    expect(office.locator("#notices")).to_contain_text(f"{better.full_number}审核通过。")
    assert [materials.fresh(row).state for row in (worse, better)] == ["returned", "accepted"]

    # How complete it is; each number lists exactly what it counts.
    menu(office, "材料")
    office.get_by_role("link", name="完成情况").click()
    cell = office.get_by_role("row", name=better.standard.indicator.code).get_by_role("link", name="1/2")
    cell.click()
    expect(office.locator("#results tbody tr")).to_have_count(2)
    expect(office.locator("#results")).to_contain_text(better.full_number)
    expect(office.locator("#results")).to_contain_text("公安局")


def test_on_thursday_a_late_unit_gets_a_letter_and_another_one_more_time(city, campaign, sit):
    today = timezone.localdate()
    tasks.issued(campaign, city, name="拆除违规广告", units=[], due_on=today - 3 * DAY)
    asking = tasks.issued(campaign, city, name="修补路面", units=[], due_on=today + 7 * DAY)
    tasks.asked(asking, city)
    office = sit(city.coordinator)

    # The letter carries what the ledger knows, and what the office adds.
    menu(office, "督办")
    office.get_by_role("link", name="督办逾期任务").click()
    office.get_by_label("城管局（逾期3天，未签收）").check()
    office.get_by_label("督办事由和要求").fill("请立即组织拆除")
    office.get_by_label("签发人").fill("周明")
    office.get_by_role("button", name="印发督办函").click()
    number = f"创文督办〔{today.year}〕1号"
    expect(office.locator("#notices")).to_contain_text(f"已督办1个单位：{number}。")
    letter = Document(BytesIO(downloaded(office, "下载")))
    text = "\n".join(paragraph.text for paragraph in letter.paragraphs)
    assert [said for said in (number, "拆除违规广告", "请立即组织拆除") if said not in text] == []

    # What waits for a decision stands on the desk.
    menu(office, "我的工作台")
    office.locator(".stat", has_text="延期待批").click()
    office.get_by_role("link", name="批准延期", exact=True).click()
    office.get_by_role("button", name="批准延期", exact=True).click()
    expect(office.locator("#notices")).to_contain_text("已办理：批准延期。")
    assert tasks.fresh(asking).due_on == today + 21 * DAY


def test_on_friday_a_decision_becomes_a_task_units_are_merged_and_work_is_confirmed(city, campaign, sit):
    today = timezone.localdate()
    done = tasks.awaiting(campaign, city, name="整治占道经营", units=[])
    tasks.issued(campaign, city, name="规范停车秩序", units=[], lead_unit=city.police)
    office = sit(city.coordinator)

    # What the meeting decided is a task a minute later.
    menu(office, "台账")
    office.get_by_role("link", name="会议活动").click()
    office.get_by_role("link", name="新增").click()
    fill(office, 名称="第三次调度会", 类别="领导小组会议", 议定事项="1. 整治夜市占道；2. 下周召开现场会")
    office.get_by_role("button", name="保存").click()
    office.get_by_role("row", name="整治夜市占道").get_by_role("link", name="立为任务").click()
    office.get_by_label("牵头单位").select_option(label="城管局")
    office.get_by_role("button", name="保存").click()
    made = Decision.objects.get(content="整治夜市占道").task
    assert (made.name, made.lead_unit) == ("整治夜市占道", city.bureau)

    # Two units become one; what was open follows.
    menu(office, "单位")
    office.get_by_role("link", name=city.police.name).click()
    office.get_by_role("link", name="撤并").click()
    office.get_by_label("并入").select_option(str(city.bureau.pk))
    office.get_by_label("撤并日期").fill((today - DAY).isoformat())
    office.get_by_role("button", name="下一步").click()
    expect(office.locator(".facts")).to_contain_text("上列工作从次日起由承接单位办理")
    office.get_by_role("button", name="确认撤并").click()
    expect(office.locator("#notices")).to_contain_text("已撤并，由“城管局”承接。")
    menu(office, "任务")
    expect(office.get_by_role("row", name="规范停车秩序")).to_contain_text("城管局")

    # And the week ends with something done.
    menu(office, "我的工作台")
    office.locator(".stat", has_text="待确认").first.click()
    office.get_by_role("link", name="整治占道经营").click()
    office.get_by_role("link", name="确认办结").click()
    office.get_by_role("button", name="确认办结").click()
    expect(office.locator("#notices")).to_contain_text("已办理：确认办结。")
    assert tasks.fresh(done).state == "confirmed"


def fill(page, **values):
    for label, value in values.items():
        page.get_by_label(label).fill(value)


def menu(page, name):
    page.get_by_role("navigation", name="主导航").get_by_role("link", name=name, exact=True).click()


def view(page, name):
    page.locator(".tabs").get_by_role("link", name=name, exact=True).click()


def worked(page, work):
    """The worker has done it, and the page is looked at again."""
    work()
    page.reload()


def upload(page, *rows):
    file = {
        "name": "任务分解表.xlsx",
        "mimeType": "application/octet-stream",
        "buffer": plain_table(HEAD, *rows).read(),
    }
    page.get_by_label("任务分解表").set_input_files(file)
    page.get_by_role("button", name="上传").click()
