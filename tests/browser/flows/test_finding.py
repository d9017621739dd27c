"""A finding, from the photo to the figure in the Word file: every person at the own screen, in a real browser."""

from io import BytesIO
from threading import Event, Thread

import pytest
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import expect

from inspections.models import Finding
from reports import actions as report_actions
from reports.models import Report
from tests.browser.conftest import PHONE
from tests.browser.documents import address_behind, body_and_links, downloaded
from tests.factories import findings as make
from tests.factories import people
from tests.factories.photos import shot
from units.roles import Role

State = Finding.State


@pytest.fixture
def market(city, campaign):
    return make.site(campaign, city.bureau)


@pytest.fixture
def worker_waits(monkeypatch, work):
    """Within `with worker_waits():` a worker compiles in a thread of its own, and stops before it writes the text."""

    class Waiting:
        def __enter__(self):
            self.thread.start()

        def __exit__(self, *problem):
            goes_on.set()
            self.thread.join()

    def write_later(*given, **more):
        goes_on.wait(120)
        return write(*given, **more)

    def do_all():
        try:
            work()
        finally:
            connection.close()

    goes_on, write = Event(), report_actions.write_sections
    monkeypatch.setattr(report_actions, "write_sections", write_later)
    waiting = Waiting()
    waiting.thread = Thread(target=do_all)
    return lambda: waiting


def test_from_the_photo_to_the_figure_in_the_word_file_and_back(
    city, campaign, half, market, log_in, sit, work, worker_waits, live_server, settings
):
    settings.SITE_URL = live_server.url
    # An inspector in the market, with a phone.
    phone = log_in(city.inspector, size=PHONE)
    phone.get_by_role("link", name="报问题", exact=True).click()
    phone.locator("#photos-camera").set_input_files(shot())
    expect(phone.locator(".photo-thumb")).to_have_count(1)
    phone.get_by_text("经营与安全").click()
    phone.locator("label.choice", has_text="占道经营").click()
    phone.get_by_label("地点").fill("农贸")
    phone.locator("#site-options label", has_text="河湾农贸市场").click()
    phone.get_by_role("button", name="上报").click()
    phone.get_by_role("link", name="查看", exact=True).click()
    expect(phone.locator(".done-title")).to_have_text("已上报，等待核实")
    finding = Finding.objects.get()
    number = phone.locator(".done-number").inner_text()
    assert (finding.number, finding.state, finding.site) == (number, State.REPORTED, market)

    # The office verifies it and gives it to the unit of the site, by the day that the rules say.
    office = log_in(city.coordinator)
    desk_box(office, "待核实").click()
    office.get_by_role("link", name=number).click()
    expect(office.locator(".fact", has_text="定位").locator("dd")).to_have_text("经度114.310000，纬度30.590000")
    office.get_by_role("link", name="交办", exact=True).click()
    expect(office.get_by_label("责任单位")).to_have_value(str(city.bureau.pk))
    expect(office.locator("#due-hint")).to_contain_text("按类别“占道经营”的时限4个工作时计算")
    due = office.locator("#due-hint strong").inner_text()
    office.get_by_role("button", name="交办").click()
    expect(office.locator("#notices")).to_contain_text("已交办。")
    expect(office.locator(".fact", has_text="期限").first).to_contain_text(due)

    # The unit finds it on its desk, acknowledges and answers.
    unit = log_in(city.liaison, size=PHONE)
    desk_box(unit, "待签收", among="#findings-desk").click()
    unit.get_by_role("link", name=number).click()
    assert_copy_without_position(unit)
    unit.get_by_role("button", name="签收").click()
    expect(unit.locator("#notices")).to_contain_text("已签收，整改后请反馈。")
    unit.get_by_role("link", name="整改反馈").click()
    unit.locator("#photos-camera").set_input_files(shot("IMG_0502.jpg", colour="seagreen"))
    unit.get_by_label("整改措施").fill("已清理占道摊位，划定经营区域")
    unit.get_by_role("button", name="提交整改反馈").click()
    expect(unit.locator("#notices")).to_contain_text("整改情况已反馈，等待复核。")

    # A second inspector compares before and after, and closes it.
    reviewer = people.person("复核督查员", Role.INSPECTOR, city.office, username="reviewer")
    review = sit(reviewer)
    desk_box(review, "待复核").click()
    review.get_by_role("link", name=number).click()
    review.get_by_role("link", name="复核").click()
    pair = review.locator(".photo-pair img")
    expect(pair).to_have_count(2)
    for place in range(2):
        expect(pair.nth(place)).to_have_js_property("complete", True)
        assert pair.nth(place).evaluate("image => image.naturalWidth") > 0
    review.get_by_role("button", name="销号").click()
    expect(review.locator("#notices")).to_contain_text("已销号。")
    finding.refresh_from_db()
    assert (finding.state, finding.closed_by) == (State.CLOSED, reviewer)

    # The office asks for the summary and watches it being written.
    office.get_by_role("link", name="总结通报").click()
    office.get_by_label("时段").select_option(label=f"{half.label}（截至编写当日）")
    office.get_by_role("button", name="开始编写").click()
    expect(office.locator(".job")).to_contain_text("排队")
    with worker_waits():
        expect(office.locator(".job")).to_contain_text("正在撰写正文")
        expect(office.locator(".job progress")).to_have_js_property("value", 45)
    told = office.locator(".prose", has_text="发现问题1个")
    expect(told).to_contain_text("整改率100%")

    # A number leads to its records, and they are the finding.
    told.get_by_role("link", name="100%").first.click()
    expect(office.locator("h2", has_text="计入的记录 1 条")).to_be_visible()
    office.get_by_role("link", name=number).click()
    office.wait_for_url(f"**{finding.get_absolute_url()}")

    # A hand edits the opening; compiled again, its words stay.
    report = Report.objects.get()
    office.goto(report.get_absolute_url())
    office.get_by_role("link", name="修改", exact=True).first.click()
    # The editor, once the script has put it in place of the field.
    editor = office.get_by_role("textbox", name="正文").and_(office.locator(".rich-page"))
    editor.fill("在市委、市政府坚强领导下，我市扎实推进创文工作。")
    office.get_by_role("button", name="保存").click()
    work()
    office.get_by_role("button", name="按最新数据重写").click()
    work()
    # A page that has seen the job end loads itself anew: nothing is clicked before.
    expect(office.locator(".job[hx-get]")).to_have_count(0)
    expect(office.get_by_role("link", name="Word").first).to_be_visible()
    expect(office.locator(".prose").first).to_have_text("在市委、市政府坚强领导下，我市扎实推进创文工作。")
    assert report.snapshots.count() == 2

    # The file says what the page says, and the number leads to where it comes from.
    body, links = body_and_links(downloaded(office, "Word"))
    assert "在市委、市政府坚强领导下，我市扎实推进创文工作。" in body
    assert f"发现问题1个，截至{day(timezone.localdate())}整改1个，整改率100%" in body
    # Whether the four working hours end today hangs on the hour at which this runs.
    assert links["100%"] - {"到期整改率"} == {"整改率", "按期整改率"}

    # The leader's office reviews, approves and issues it; the Word file is drawn of what was issued.
    for button in ("审核", "批准", "印发"):
        office.get_by_role("button", name=button, exact=True).click()
        expect(office.get_by_role("button", name=button, exact=True)).to_have_count(0)
        work()
        office.reload()
    report.refresh_from_db()
    assert report.state == Report.State.ISSUED
    issued = downloaded(office, "Word")
    assert body_and_links(issued)[0] == body

    # From the number in the issued file to its line in the annex, from there into the product, and to the finding.
    records = address_behind(issued, number="100%", figure="整改率")
    office.goto(records)
    expect(office.locator("h2", has_text="计入的记录 1 条")).to_be_visible()
    office.get_by_role("link", name=number).click()
    office.wait_for_url(f"**{finding.get_absolute_url()}")
    office.goto(report.get_absolute_url())

    # The annex holds the finding.
    book = load_workbook(BytesIO(downloaded(office, "Excel")), read_only=True)
    assert book.sheetnames == ["任务台账", "问题台账", "数据来源"]
    rows = [dict(zip(*pair, strict=True)) for pair in heads_and_rows(book["问题台账"])]
    assert [(row["编号"], row["点位"], row["状态"], row["整改措施"]) for row in rows] == [
        (number, "河湾农贸市场", "已销号", "已清理占道摊位，划定经营区域")
    ]


def desk_box(page, label, *, among="body"):
    """A count on the desk; everything here happens to one finding, so it says one."""
    box = page.locator(f"{among} a.stat", has_text=label)
    expect(box.locator(".stat-value")).to_have_text("1")
    return box


def assert_copy_without_position(page):
    """What a unit is shown of a photo tells nothing of camera and place; the original it does not get."""
    shown = page.locator("[data-photos] a").first.get_attribute("href")
    copy = Image.open(BytesIO(page.request.get(shown).body()))
    original = page.request.get(shown.replace("/shown/", "/original/"))
    assert (copy.format, dict(copy.getexif()), copy.info.get("exif")) == ("JPEG", {}, None)
    assert (original.status, "原图带有拍摄位置" in original.text()) == (403, True)


def heads_and_rows(sheet):
    heads, *rows = sheet.iter_rows(values_only=True)
    return [(heads, row) for row in rows]


def day(date):
    return f"{date.year}年{date.month}月{date.day}日"
