"""A task, from the breakdown to the sum in the Word file: office and units at their own screens, in a real browser."""

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.models import Task, Workstream
from reports.models import Report
from tests.browser.conftest import PHONE
from tests.browser.documents import body_and_links, downloaded
from tests.factories.photos import shot


def test_from_the_breakdown_to_the_sum_in_the_word_file(city, campaign, half, log_in, sit, work):
    Workstream.objects.create(campaign=campaign, name="设施", heading="设施提质行动", number=1)
    today = timezone.localdate().isoformat()

    # The office breaks a task down for two units and issues it.
    office = sit(city.coordinator)
    office.get_by_role("link", name="任务", exact=True).click()
    office.get_by_role("link", name="分解任务").first.click()
    office.get_by_label("编号").fill("1-1")
    office.get_by_label("名称").fill("背街小巷路面硬化")
    office.get_by_label("工作要求").fill("年内完成背街小巷破损路面修补")
    office.get_by_label("牵头单位").select_option(str(city.bureau.pk))
    office.get_by_label(city.street.name, exact=True).check()
    office.get_by_label("设施").check()
    office.get_by_label("开始日期").fill(today)
    office.get_by_label("完成时限").fill(half.last.isoformat())
    office.get_by_label("目标值").fill("2000")
    office.get_by_label("计量单位").fill("平方米")
    office.get_by_role("button", name="保存").click()
    expect(office.locator("#notices")).to_contain_text("已分解任务，下发后各单位才能看到。")
    office.get_by_role("button", name="下发").click()
    expect(office.locator("#notices")).to_contain_text("已办理：下发。")
    task = Task.objects.get()

    # The lead unit works at a desk, and tells with a file what it did.
    lead = sit(city.liaison)
    lead.get_by_role("link", name="背街小巷路面硬化").first.click()
    lead.get_by_role("button", name="签收").click()
    log_work(
        lead,
        content="完成解放路等3条背街小巷路面硬化",
        quantities=[("硬化路面", "1200余", "平方米"), ("投入资金", "35", "万元")],
        file=shot("竣工.jpg", colour="slategray"),
        is_highlight=True,
    )
    expect(lead.locator(".meter-text")).to_have_text("占任务目标2000平方米的60%")
    report_done(lead)

    # The other one works on a phone.
    street = sit(city.street_liaison, size=PHONE)
    street.get_by_role("link", name="背街小巷路面硬化").first.click()
    street.get_by_role("button", name="签收").click()
    log_work(street, content="修补柳荫巷破损路面", quantities=[("硬化路面", "300", "平方米")])
    report_done(street)

    # The office sends one of them back, and it does what was missing.
    office.goto(reverse("campaigns:desk"))
    office.get_by_role("link", name="背街小巷路面硬化").first.click()
    expect(office.locator("li", has_text="硬化路面").locator("strong").first).to_have_text("1500余平方米")
    office.get_by_role("link", name="退回", exact=True).click()
    office.get_by_label(str(city.street)).check()
    office.get_by_label("原因").fill("柳荫巷还有两处未修")
    office.get_by_role("button", name="退回").click()
    expect(office.locator("#notices")).to_contain_text("已办理：退回。")
    street.goto(task.get_absolute_url())
    expect(street.locator(".event", has_text="柳荫巷还有两处未修")).to_have_count(2)
    log_work(street, content="补修柳荫巷剩余两处", quantities=[("硬化路面", "100", "平方米")])
    report_done(street)
    office.reload()
    office.get_by_role("link", name="确认办结").click()
    office.get_by_role("button", name="确认办结").click()
    expect(office.locator("#notices")).to_contain_text("已办理：确认办结。")

    # The summary tells what was logged, and the sum with the word that qualified its part.
    office.goto(reverse("reports:reports"))
    office.get_by_label("时段").select_option(label=f"{half.label}（截至编写当日）")
    office.get_by_role("button", name="开始编写").click()
    expect(office.locator(".job")).to_contain_text("排队")
    work()
    told = office.locator(".prose", has_text="完成解放路等3条背街小巷路面硬化")
    expect(told).to_contain_text("1600余平方米")

    # It is reviewed, approved and issued; then a leader takes the file.
    for move in ("审核", "批准", "印发"):
        office.get_by_role("button", name=move).click()
        expect(office.locator(".event strong").first).to_have_text(move)
    work()
    leader = log_in(city.leader, size=PHONE)
    leader.goto(reverse("reports:reports"))
    leader.get_by_role("link", name=Report.objects.get().title).click()
    body, links = body_and_links(downloaded(leader, "Word"))
    assert "设施提质行动" in body
    assert "1600余平方米" in body
    assert "任务1项，已办结1项，完成率100%" in body
    # On the last day of a half-year the time is at 100% as well.
    assert links["100%"] - {"时间进度"} == {"任务完成率"}


def log_work(page, *, content, quantities, file=None, is_highlight=False):
    page.get_by_role("link", name="登记工作").click()
    page.get_by_label("做了什么").fill(content)
    for place, quantity in enumerate(quantities):
        if place:
            page.get_by_role("button", name="加一行").click()
        for label, value in zip(("名称", "数量", "计量单位"), quantity, strict=True):
            page.get_by_label(label, exact=True).last.fill(value)
    if file:
        page.get_by_label("照片和文件").set_input_files(file)
    page.get_by_label("亮点").set_checked(is_highlight)
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#notices")).to_contain_text("已登记。")


def report_done(page):
    page.get_by_role("link", name="反馈完成").click()
    page.get_by_role("button", name="反馈完成").click()
    expect(page.locator("#notices")).to_contain_text("已办理：反馈完成。")
