"""The week of a unit's liaison, at the desk and with a phone in the street, in a real browser."""

from datetime import time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.models import Assignment, Dissuasion, DutyShift, DutyTurn, Material, PatrolRecord, WorkLogEntry
from tests.browser.conftest import PHONE
from tests.factories import duty, materials, tasks
from tests.factories.photos import shot

DAY = timedelta(days=1)
# A turn in which somebody can check in at any minute of the day.
ALL_DAY = {"pattern": DutyShift.Pattern.EVERY, "every": 1, "starts_at": time(0, 1), "ends_at": time(0)}


@pytest.fixture
def campaign(city):
    """A campaign that today stands in the middle of."""
    today = timezone.localdate()
    return tasks.campaign(city, starts_on=today - 120 * DAY, ends_on=today + 120 * DAY)


def test_on_monday_a_task_is_acknowledged_and_the_first_work_logged_from_the_street(city, campaign, sit):
    today = timezone.localdate()
    dates = {"starts_on": today - 10 * DAY, "due_on": today + 20 * DAY}
    task = tasks.issued(campaign, city, name="清理垃圾堆点", units=[], target=1000, measure="吨", **dates)
    phone = sit(city.liaison, size=PHONE)

    # From the desk to the task.
    phone.locator(".stat", has_text="待签收").first.click()
    phone.get_by_role("link", name="清理垃圾堆点").click()
    phone.get_by_role("button", name="签收").click()
    expect(phone.locator("#notices")).to_contain_text("已办理：签收。")

    # Counted in what the target is, and in something else: that is told, and not added.
    log_work(phone, "清运河堤垃圾", ("清运垃圾", "120", "吨"), ("清理堆点", "6", "处"), photo=shot("河堤.jpg"))
    totals = phone.locator(".panel", has_text="按工作记录累计").locator("li")
    expect(totals.filter(has_text="目标完成")).to_contain_text("目标1000吨，12%")
    expect(totals.filter(has_text="清运垃圾")).to_contain_text("120吨")
    expect(totals.filter(has_text="清理堆点")).to_contain_text("单位不同，不计入目标")
    expect(phone.locator(".photo img")).to_be_visible()
    entry = WorkLogEntry.objects.get()
    assert (entry.unit, tasks.part(task, city.bureau).state) == (city.bureau, Assignment.State.IN_PROGRESS)


def test_on_tuesday_a_letter_is_answered_more_time_asked_and_todays_duty_kept_with_one_tap(city, campaign, sit):
    today = timezone.localdate()
    late = tasks.issued(campaign, city, name="拆除违规广告", units=[], due_on=today - 3 * DAY)
    letter = tasks.supervised(late, city)
    soon = tasks.acknowledged(campaign, city, name="修补路面", units=[], due_on=today + 5 * DAY)
    begun = today - 7 * DAY
    daily = tasks.acknowledged(campaign, city, name="每天清扫", units=[], frequency="每天1次", starts_on=begun)
    phone = sit(city.liaison, size=PHONE)

    # Today's slot, from the desk.
    phone.get_by_role("button", name="每天清扫").click()
    expect(phone.get_by_role("button", name="每天清扫")).to_contain_text("今天已记1次")
    assert [(entry.task, entry.done_on) for entry in WorkLogEntry.objects.all()] == [(daily, today)]

    # The letter of the office.
    phone.locator(".stat", has_text="督办待答复").click()
    phone.get_by_role("link", name="答复督办").click()
    phone.get_by_label("办理情况和下一步措施").fill("已增派人员，本周内拆完")
    phone.get_by_role("button", name="答复督办").click()
    expect(phone.locator("#notices")).to_contain_text("已办理：答复督办。")
    letter.refresh_from_db()
    assert (letter.state, letter.answer) == ("answered", "已增派人员，本周内拆完")

    # More time, which changes nothing before the office has decided.
    menu(phone, "任务")
    phone.get_by_role("link", name="修补路面").click()
    phone.get_by_role("link", name="申请延期").click()
    phone.get_by_label("申请延至").fill((today + 20 * DAY).isoformat())
    phone.get_by_label("理由").fill("连续降雨，路基未干")
    phone.get_by_role("button", name="申请延期").click()
    expect(phone.locator("#notices")).to_contain_text("延期申请已提交，批准前时限不变。")
    assert tasks.fresh(soon).due_on == today + 5 * DAY


def test_on_wednesday_materials_are_handed_in_again_until_they_are_right(city, campaign, sit):
    today = timezone.localdate()
    wanted = materials.asked(campaign, city)
    returned = materials.material_at(Material.State.RETURNED, campaign, city)
    unit = sit(city.liaison)
    menu(unit, "材料")
    unit.get_by_role("link", name=wanted.full_number).click()
    unit.get_by_role("link", name="报送").click()

    # Too small: said in words, and what was typed stays.
    unit.get_by_label("标题").fill("市容环境长效管理办法")
    unit.get_by_label("材料日期").fill(today.isoformat())
    unit.get_by_label("说明").fill("局务会通过")
    unit.get_by_label("照片和文件").set_input_files(shot("缩略图.jpg", size=(320, 240)))
    unit.get_by_role("button", name="报送").click()
    expect(unit.locator("form .form")).to_have_count(0)
    expect(unit.get_by_text("图片“缩略图.jpg”是320×240").first).to_contain_text("请重新拍照，或上传没有压缩过的原图。")
    expect(unit.get_by_label("标题")).to_have_value("市容环境长效管理办法")
    expect(unit.get_by_label("说明")).to_have_value("局务会通过")
    assert materials.fresh(wanted).state == Material.State.EMPTY
    unit.get_by_label("照片和文件").set_input_files(shot("办法.jpg", size=(1600, 1200)))
    unit.get_by_role("button", name="报送").click()
    expect(unit.locator("#notices")).to_contain_text("已报送")
    assert materials.fresh(wanted).state == Material.State.SUBMITTED

    # What came back says why, and goes out again.
    menu(unit, "材料")
    unit.get_by_role("link", name=returned.full_number).click()
    unit.get_by_role("link", name="重新报送").click()
    expect(unit.get_by_text("上次被退回：盖章不清")).to_be_visible()
    unit.get_by_label("照片和文件").set_input_files(shot("重新扫描.jpg", colour="seagreen", size=(1600, 1200)))
    unit.get_by_role("button", name="重新报送").click()
    expect(unit.locator("#notices")).to_contain_text("已报送")
    assert materials.fresh(returned).state == Material.State.RESUBMITTED


def test_on_thursday_the_streets_are_walked_and_people_counted(city, campaign, sit):
    today = timezone.localdate()
    duty.quota(campaign)
    post = duty.post(campaign, city, manned=ALL_DAY | {"starts_on": today})
    duty.drawn(post, today, today, by=city.coordinator)
    phone = sit(city.liaison, size=PHONE)

    # On duty.
    phone.locator("#my-duty").get_by_role("link", name=post.name).first.click()
    phone.get_by_role("button", name="签到").click()
    expect(phone.locator("#notices")).to_contain_text("已办理：签到。")
    assert DutyTurn.objects.get().state == DutyTurn.State.PRESENT

    # A patrol.
    phone.get_by_role("link", name="返回").click()
    phone.locator("#my-duty").get_by_role("link", name="责任路段").click()
    phone.get_by_text("正常").click()
    phone.get_by_label("地点").fill("解放路")
    phone.get_by_role("button", name="登记巡查").click()
    expect(phone.locator("#notices")).to_contain_text("已登记")
    assert PatrolRecord.objects.get().user == city.liaison

    # At the crossing: one tap a person, saved together.
    menu(phone, "台账")
    phone.get_by_role("link", name="劝导计数").click()
    for kind, times in (("闯红灯", 3), ("逆行", 1)):
        plus = phone.get_by_role("button", name=f"{kind} 加一")
        for _ in range(times):
            plus.click()
    phone.get_by_role("button", name="逆行 减一").click()
    phone.get_by_role("button", name="逆行 加一").click()
    phone.get_by_label("地点").fill("解放路口")
    phone.get_by_role("button", name="保存").click()
    expect(phone.locator("#notices")).to_contain_text("已记录劝导4人次。")
    assert set(Dissuasion.objects.values_list("kind", "number")) == {("闯红灯", 3), ("逆行", 1)}


def test_on_friday_an_activity_is_filed_with_its_photos_and_the_work_reported_done(city, campaign, sit):
    task = tasks.acknowledged(campaign, city, name="整治占道经营", units=[])
    tasks.entry(task, city, done_on=timezone.localdate(), content="清理夜市摊点")
    phone = sit(city.liaison, size=PHONE)
    menu(phone, "台账")
    phone.get_by_role("link", name="会议活动").click()
    phone.get_by_role("link", name="新增").click()
    phone.get_by_label("名称").fill("周末清洁家园行动")
    phone.get_by_label("类别").fill("志愿服务活动")
    phone.get_by_label("照片和文件").set_input_files([shot("出发.jpg"), shot("清扫.jpg", colour="seagreen")])
    phone.get_by_role("button", name="保存").click()
    expect(phone.locator("#notices")).to_contain_text("已保存")
    expect(phone.locator(".photo")).to_have_count(2)

    menu(phone, "我的工作台")
    phone.get_by_role("link", name="整治占道经营").first.click()
    phone.get_by_role("link", name="反馈完成").click()
    phone.get_by_role("button", name="反馈完成").click()
    expect(phone.locator("#notices")).to_contain_text("已办理：反馈完成。")
    assert tasks.fresh(task).state == "awaiting_confirmation"

    # What the week came to.
    menu(phone, "我的工作台")
    phone.get_by_role("link", name="看一周").click()
    expect(phone.get_by_role("heading", name="城管局的一周")).to_be_visible()
    expect(phone.get_by_role("row", name="今天")).to_contain_text("清理夜市摊点")


def menu(page, name):
    """Through the menu, which a phone keeps in a drawer."""
    entry = page.get_by_role("navigation", name="主导航").get_by_role("link", name=name, exact=True)
    if page.viewport_size == PHONE:
        page.get_by_role("link", name="菜单").click()
    entry.click()


def log_work(page, content, *quantities, photo):
    page.get_by_role("link", name="登记工作").click()
    page.get_by_label("做了什么").fill(content)
    for place, quantity in enumerate(quantities):
        if place:
            page.get_by_role("button", name="加一行").click()
        for label, value in zip(("名称", "数量", "计量单位"), quantity, strict=True):
            page.get_by_label(label, exact=True).last.fill(value)
    page.get_by_label("照片和文件").set_input_files(photo)
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#notices")).to_contain_text("已登记。")
