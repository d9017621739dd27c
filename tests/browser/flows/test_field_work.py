"""The field work, from the checklist in an inspector's hand to what is closed for good, each at the own screen."""

import zipfile
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import expect

from campaigns.models import Material
from cityinit.periods import SHANGHAI
from cityinit.queue import tick
from inspections.actions import findings as actions
from inspections.models import DispatchRule, Finding, PhotoDoubt, Visit
from inspections.rules import Kind
from tests.browser.conftest import PHONE
from tests.browser.documents import downloaded
from tests.factories import findings as make
from tests.factories import ledgers, materials, people, rounds, tasks
from units.roles import Role

State = Finding.State
# By number, by eye, by share: what a market is looked at for.
ITEMS = (
    {"code": "1.1", "group": "公益宣传", "criterion": "显著位置有公益广告", "rule_kind": Kind.COUNT, "amount": 3},
    {"code": "2.1", "group": "环境卫生", "criterion": "地面干净，没有垃圾", "weight": 2},
    {"code": "2.2", "group": "环境卫生", "criterion": "公共厕所没有异味"},
    {
        "code": "3.1",
        "group": "经营秩序",
        "criterion": "商户没有占道经营",
        "weight": 2,
        **{"rule_kind": Kind.RATIO, "amount": 90, "sample": 20},
    },
)
# Some ten metres from the gate of the market.
BESIDE_THE_MARKET = {"latitude": 28.0101, "longitude": 120.6701}
NOTICES = "/units/notices/"


class Thumb:
    """Taps, and counts them."""

    def __init__(self, page):
        self.page, self.taps = page, 0

    def tap(self, label):
        self.taps += 1
        label.click()

    def take_photo(self, label, photo):
        """The camera opens by a tap, and gives back what it took."""
        with self.page.expect_file_chooser() as camera:
            self.tap(label)
        camera.value.set_files(photo)


def picture(name, colour):
    """As large as a phone takes it, without a place."""
    stream = BytesIO()
    Image.new("RGB", (1600, 1200), colour).save(stream, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": stream.getvalue()}


@pytest.fixture
def market(city, campaign):
    return make.site(campaign, city.bureau, latitude=28.0102, longitude=120.6701)


@pytest.fixture
def square(city, campaign):
    return make.site(campaign, city.police, code="S002", name="市民广场", latitude=28.05, longitude=120.67)


@pytest.fixture
def walk(city, campaign, market):
    rounds.in_use(campaign, city, items=ITEMS)
    return rounds.round_at("in_field", campaign, city, sites=[market])


def test_an_inspector_looks_at_a_site_files_without_signal_and_is_told_the_score(
    city, campaign, market, square, walk, log_in
):
    # From the desk to the first site of the round.
    phone = log_in(city.inspector, size=PHONE)
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation(BESIDE_THE_MARKET)
    phone.get_by_role("link", name="我的督查").click()
    expect(phone.locator(".stop")).to_have_text(["1 河湾农贸市场农贸市场 未检查"])
    phone.locator(".stop").click()

    # Counted, judged by eye, not there at all; of twenty stalls fifteen keep their line, which is too few.
    posters, floor, toilet, stalls = phone.locator("[data-item]").all()
    for _ in range(3):
        posters.get_by_role("button", name="加一").click()
    expect(posters.get_by_role("radio", name="符合", exact=True)).to_be_checked()
    floor.locator(".verdict-pass").click()
    toilet.locator(".verdict-na").click()
    stalls.locator("[data-part=number]").fill("15")
    expect(stalls.get_by_role("radio", name="不符合")).to_be_checked()
    at_stalls = Thumb(phone)
    at_stalls.take_photo(stalls.locator(".visit-camera"), picture("1.jpg", "firebrick"))
    # With its photo, the one tap is all it takes to be a finding.
    at_stalls.tap(stalls.locator(".visit-report"))
    phone.get_by_role("button", name="检查完了").click()
    expect(phone.locator("#notices")).to_contain_text("已检查完。")
    failed = Finding.objects.get()
    told = (failed.site, failed.state, failed.category.name, failed.photos.count(), at_stalls.taps)
    assert told == (market, State.REPORTED, "占道经营", 1, 2)

    # Behind the hall there is no signal: photo, place, category, done.
    desk(phone)
    phone.get_by_role("link", name="报问题", exact=True).click()
    expect(phone.locator(".phrase").first).to_be_visible()
    phone.context.set_offline(True)
    hand = Thumb(phone)
    hand.take_photo(phone.locator(".foot-camera"), picture("2.jpg", "navy"))
    expect(phone.locator(".choice-place")).to_have_text(["河湾农贸市场约10米", "市民广场约4.4公里"])
    hand.tap(phone.locator(".choice-place").first)
    hand.tap(phone.locator("label.choice", has_text="占道经营"))
    hand.tap(phone.get_by_role("button", name="上报"))
    outbox = phone.locator(".outbox-item")
    expect(outbox.locator("[data-title]")).to_have_text(["占道经营 · 河湾农贸市场", "河湾农贸市场"])
    expect(outbox.locator("[data-said]")).to_have_text(["没有信号，已存在手机里，有信号后自动发送", "已收到"])
    expect(phone.locator("[data-outbox-count]")).to_have_text("手机里还有1条没有发送")
    assert (hand.taps, Finding.objects.count()) == (4, 1)

    # The net is back, and nobody has to press anything.
    phone.context.set_offline(False)
    expect(outbox.locator("[data-said]")).to_have_text(["已收到", "已收到"])
    expect(phone.locator("[data-outbox-count]")).to_have_text("都已送达")
    late = Finding.objects.get(visit_answer=None)
    assert (late.site, late.category, late.photos.count()) == (market, failed.category, 1)
    assert (late.latitude, late.longitude) == (28.0101, 120.6701)

    # What the site came to, item by item, and why.
    phone.goto(reverse("campaigns:desk"))
    phone.get_by_role("link", name="我的督查").click()
    expect(phone.locator(".stop .badge")).to_have_text(["已检查"])
    phone.locator(".stop").click()
    expect(phone.locator(".score-figure")).to_have_text("60.0")
    expect(phone.locator(".score-panel p").last).to_have_text("符合3分 ÷ 适用5分 × 100 ＝ 60.0 （未公布，还会变）")
    expect(phone.locator(".answer .badge")).to_have_text(["符合", "符合", "不适用", "不符合", "待核实"])
    expect(phone.locator(".answer-why")).to_have_text(
        ["1分 · 应≥3处，实有3处", "2分", "1分", "2分 · 应看20处，≥90%，20处里有15处，占75%"]
    )
    expect(phone.locator(".visit-finding a")).to_have_text(failed.number)
    assert Visit.objects.get().is_finished


def test_the_office_turns_what_was_found_into_work_papers_and_material(city, campaign, market, square, log_in, work):
    DispatchRule.objects.create(campaign=campaign, category=make.category(campaign), unit=city.bureau)
    parking = make.category(campaign, "机动车乱停")
    first = make.reported(city, campaign, site=market, description="摊位占满人行道")
    again = make.reported(city, campaign, site=market, description="又一张", photos=[make.photo(colour="navy")])
    cars = make.reported(city, campaign, site=square, category=parking, description="广场停满车")
    nowhere = make.reported(city, campaign, category=parking, description="路边停车")
    asking = make.finding_at(State.RECTIFYING, city, campaign, description="招牌破损")
    wanted = timezone.localdate() + timedelta(days=20)
    actions.ask_extension(asking, by=city.liaison, until=wanted, reason="等材料到货")
    done, material = closed_with_a_material_asked_for(city, campaign)
    office = log_in(city.coordinator)

    # What came in: one of them twice, which the page says; both photos stay with the one that goes on.
    desk_box(office, "待核实").click()
    expect(office.locator("tbody tr")).to_have_count(4)
    expect(office.locator("tbody tr", has_text=again.number).locator(".badge")).to_have_text(["待核实", "疑似重复1"])
    office.get_by_role("link", name=again.number).click()
    office.locator(".panel", has_text="疑似重复").get_by_role("link", name="并入它").click()
    expect(office.get_by_role("radio", name=first.number)).to_be_checked()
    office.get_by_role("button", name="标为重复").click()
    expect(office.locator("#notices")).to_contain_text("已并入原问题。")
    office.get_by_role("link", name=first.number).first.click()
    expect(office.locator(".photo-pair .photos li")).to_have_count(2)

    # To whom it goes, and why that unit.
    office.get_by_role("link", name="交办", exact=True).click()
    expect(office.get_by_label("责任单位")).to_have_value(str(city.bureau.pk))
    expect(office.get_by_text("建议：")).to_have_text("建议：城管局（按分工：占道经营 → 城管局）")
    office.get_by_role("button", name="交办").click()
    expect(office.locator("#notices")).to_contain_text("已交办。")

    # The others in one go; of one nobody knows whose it is, which is said before and after.
    desk(office)
    desk_box(office, "待核实").click()
    office.get_by_label("选择本页全部").check()
    office.get_by_role("button", name="批量交办").click()
    expect(office.locator(".fact dd")).to_have_text(["2个", "1个"])
    office.get_by_role("button", name="确认交办").click()
    expect(office.locator(".fact dd")).to_have_text(["2个", "各按建议的单位交办", "1个", "1个"])
    expect(office.locator("#results tbody td").last).to_have_text("没有可建议的单位，请单独交办。")
    dispatched = Finding.objects.filter(state=State.DISPATCHED).order_by("pk")
    assert list(dispatched.values_list("pk", "lead_unit")) == [(first.pk, city.bureau.pk), (cars.pk, city.police.pk)]
    assert fresh(nowhere).state == State.REPORTED

    # More time for who asked for it; when it was due first is kept.
    desk(office)
    desk_box(office, "申请延期").click()
    office.get_by_role("link", name=asking.number).click()
    office.get_by_role("link", name="审批延期").click()
    office.get_by_role("button", name="批准延期", exact=True).click()
    expect(office.locator("#notices")).to_contain_text("已批准延期。")
    granted = fresh(asking)
    assert (timezone.localdate(granted.due_at), granted.first_due_at < granted.due_at) == (wanted, True)

    # A notice for each unit, all of them in one file.
    office.get_by_role("link", name="问题", exact=True).first.click()
    office.get_by_role("button", name="印发整改通知书").click()
    expect(office.get_by_role("checkbox", name="城管局（2个）")).to_be_checked()
    office.get_by_role("button", name="印发").click()
    expect(office.locator("#notices")).to_contain_text("已印发2份整改通知书。")
    work()
    with zipfile.ZipFile(BytesIO(downloaded(office, "全部下载（zip）"))) as pack:
        told = {name: in_table(pack.read(name)) for name in pack.namelist() if name.endswith(".docx")}
    assert told == {
        "001_城管局_整改通知书.docx": [
            [first.number, "河湾农贸市场", "摊位占满人行道"],
            [asking.number, "河湾路中段", "招牌破损"],
        ],
        "002_公安局_整改通知书.docx": [[cars.number, "市民广场", "广场停满车"]],
    }

    # The office's own ledger, whatever its columns are called, and back in the same.
    office.get_by_role("link", name="问题", exact=True).first.click()
    office.get_by_role("link", name="导入台账").click()
    file = ledgers.ledger(pictures=[("D5", "firebrick")]).read()
    office.get_by_label("问题台账").set_input_files(
        {"name": "我们的台账.xlsx", "mimeType": "application/octet-stream", "buffer": file}
    )
    office.get_by_role("button", name="上传").click()
    work()
    office.get_by_role("link", name="核对列").click()
    expect(office.get_by_label("存在问题")).to_have_value("问题描述")
    office.get_by_role("button", name="保存并检查").click()
    work()
    expect(office.get_by_text("检查通过，还没有写入。")).to_be_visible()
    office.get_by_role("button", name="确认导入").click()
    work()
    expect(office.get_by_role("heading", name="导入结果")).to_be_visible()
    given_back = load_workbook(BytesIO(downloaded(office, "只导出这张台账的，带照片"))).active
    heads = [cell.value for cell in given_back[3]]
    assert heads == [*ledgers.HEADER[0], "整改前照片", "整改后照片"]
    assert [[row[0].value, row[3].value] for row in given_back.iter_rows(min_row=5)] == [
        ["1", "门前摊位外溢"],
        ["2", "地面湿滑"],
        [None, "垃圾桶满溢"],
        ["3", "公益广告破损"],
        ["合计", "4处"],
    ]
    # The photo stands in the row of what it shows.
    anchors = [picture.anchor._from for picture in given_back._images]
    assert [(anchor.row + 1, heads[anchor.col]) for anchor in anchors] == [(5, "整改前照片")]

    # Before and after are handed in as material with one click.
    office.goto(done.get_absolute_url())
    office.get_by_role("button", name="一键作为材料").click()
    expect(office.locator("#notices")).to_contain_text(f"已作为材料 {material.full_number}")
    material.refresh_from_db()
    assert (material.state, material.latest.files.count()) == (Material.State.SUBMITTED, 2)


def test_a_unit_returns_one_answers_another_and_it_is_looked_at_until_it_holds(city, campaign, square, log_in):
    DispatchRule.objects.create(campaign=campaign, category=make.category(campaign), unit=city.bureau)
    old = make.finding_at(State.CLOSED, city, campaign, description="旧案")
    foreign = make.reported(city, campaign, site=square, description="广场摆摊")
    own = make.reported(city, campaign, description="路边摆摊", photos=[make.photo(colour="navy")])
    for finding in (foreign, own):
        make.STEPS["dispatch"](finding, city)
    unit = log_in(city.liaison, size=PHONE)

    # Not ours: the reason goes to the office, which is led to another unit.
    desk_box(unit, "待签收").click()
    unit.get_by_role("link", name=foreign.number).click()
    unit.get_by_role("link", name="退回").click()
    unit.get_by_label("理由").fill("广场归公安局管")
    unit.get_by_role("button", name="退回").click()
    expect(unit.locator("#notices")).to_contain_text("已退回创建办。")
    office = log_in(city.coordinator)
    desk_box(office, "被退回").click()
    office.get_by_role("link", name=foreign.number).click()
    expect(office.locator(".panel", has_text="办理经过").locator("p").first).to_have_text("广场归公安局管")
    office.get_by_role("link", name="交办", exact=True).click()
    expect(office.get_by_text("建议：")).to_have_text("建议：公安局（该点位由公安局负责）")

    # Ours, answered with the photo that answered an older one: nobody is stopped, the office sees both.
    desk(unit)
    desk_box(unit, "待签收").click()
    unit.get_by_role("link", name=own.number).click()
    unit.get_by_role("button", name="签收").click()
    answer(unit, "已劝离", photo("seagreen"))
    desk(office)
    desk_box(office, "疑似旧照").click()
    office.get_by_role("link", name=own.number).click()
    doubt = office.locator(".doubt")
    expect(doubt.locator(".doubt-head span:not(.badge)")).to_have_text("和以前用过的一张照片是同一个文件。")
    expect(doubt.locator(".photo-tag")).to_have_text(["这张照片", "更早的照片"])
    expect(doubt.locator(".photo-caption a")).to_have_text([own.number, old.number])
    assert_side_by_side(doubt.locator("img"))
    doubt.get_by_role("link", name="核对").click()
    office.get_by_label("属实：确是旧照").check()
    office.get_by_label("理由").fill("与旧案同一张")
    office.get_by_role("button", name="记录核对结果").click()
    assert list(PhotoDoubt.objects.values_list("finding", "word")) == [(own.pk, "upheld")]

    # Not good enough; then it is; and when somebody comes back, it still holds.
    phone = log_in(city.inspector, size=PHONE)
    desk_box(phone, "待复核").click()
    phone.get_by_role("link", name=own.number).click()
    phone.get_by_role("link", name="复核").click()
    assert_drawn(phone.locator(".photo-pair img"))
    phone.get_by_label("理由").fill("用的是旧照片")
    phone.get_by_role("button", name="退回返工").click()
    expect(phone.locator("#notices")).to_contain_text("已要求返工。")
    desk(unit)
    desk_box(unit, "返工").click()
    unit.get_by_role("link", name=own.number).click()
    expect(unit.locator("main")).to_contain_text("用的是旧照片")
    answer(unit, "已清理并划线", photo("olive"))
    phone.reload()
    phone.get_by_role("link", name="复核").click()
    phone.get_by_role("button", name="销号").click()
    expect(phone.locator("#notices")).to_contain_text("已销号。")
    phone.get_by_role("link", name="回头看").click()
    phone.get_by_label("保持良好").check()
    phone.get_by_label("现场照片").set_input_files(photo("gold"))
    phone.get_by_role("button", name="保存").click()
    expect(phone.locator("#notices")).to_contain_text("已记录回头看：保持良好。")
    assert (fresh(own).state, fresh(own).rework_times) == (State.CLOSED, 1)


def test_what_is_left_overdue_goes_up_from_the_liaison_to_a_letter(city, clock, sit, work):
    now = clock("2026-03-02 09:00")
    campaign = tasks.campaign(city, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    head = people.person("柳荫社区书记", Role.LEADER, city.community, username="head")
    above = people.person("河湾街道主任", Role.LEADER, city.host, username="above", scope=city.street)
    finding = make.reported(city, campaign, severity="C")
    due = datetime(2026, 3, 4, 18, tzinfo=SHANGHAI)
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.community, due_at=due)
    about = f"{finding.number} 河湾路中段，占道经营"

    # Due, and one, three and seven working days later: the next above is told, once however often the job runs.
    ours, theirs = f"{finding.number} 已交办", "逾期督促"
    days = [
        ("2026-03-04", city.street_liaison, f"已到期未反馈：{about}，期限 2026-03-04 18:00", ours),
        ("2026-03-05", head, f"柳荫社区逾期未整改，请督促：{about}，期限 2026-03-04 18:00", ours),
        ("2026-03-09", above, f"柳荫社区逾期三个工作日未整改，请督促：{about}，期限 2026-03-04 18:00", ours),
        ("2026-03-13", city.coordinator, f"柳荫社区逾期七个工作日未整改，请决定是否印发督办函：{about}", theirs),
    ]
    for day, person, words, leads_to in days:
        for time in ("18:00", "18:15"):
            now.move_to(datetime.fromisoformat(f"{day} {time}").replace(tzinfo=SHANGHAI))
            tick("inspections.jobs.escalate")
            work()
        page = sit(person, NOTICES)
        line = page.locator("main li", has_text=words)
        expect(line).to_have_count(1)
        line.get_by_role("link").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(leads_to)

    # The office decides on the letter; the finding says how far it went.
    page.get_by_role("link", name="印发督办函").click()
    page.get_by_label("签发人").fill("周明远")
    page.get_by_role("button", name="印发").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("创文督办〔2026〕1号")
    page.get_by_role("link", name=finding.number).click()
    steps = page.locator(".panel", has_text="整改期限").first.locator("li .badge")
    expect(steps).to_have_text(["提醒联络员", "报单位负责人", "报分管领导", "督办函"])

    # It reaches the unit as a paper.
    unit = sit(city.street_liaison, NOTICES)
    unit.get_by_role("link", name="创文督办〔2026〕1号").click()
    letter = Document(BytesIO(downloaded(unit, "下载督办函")))
    said = [paragraph.text for paragraph in letter.paragraphs]
    assert said[1:6] == [
        "关于逾期未整改问题的督办函",
        "柳荫社区：",
        "截至2026年3月13日，由你单位负责整改的问题中有1个已过整改期限，经提醒仍未反馈整改情况。"
        "为确保创文工作按要求推进，现予督办。",
        "一、逾期问题",
        f"1. 河湾路中段，占道经营（{finding.number}）。2026年3月2日交办，期限2026年3月4日，已逾期9天。",
    ]


def closed_with_a_material_asked_for(city, campaign):
    """A finding that was put right, and what a standard of its indicator asks its unit for."""
    indicator = materials.indicator(materials.system(campaign))
    of = materials.standard(indicator, city.bureau)
    large = {"size": (1280, 720)}
    found = make.reported(city, campaign, indicator=indicator, photos=[make.photo(**large)])
    for step in ("dispatch", "acknowledge"):
        make.STEPS[step](found, city)
    actions.answer(found, by=city.liaison, measure="已更换", photos=[make.photo(colour="seagreen", **large)])
    make.STEPS["close"](found, city)
    return found, materials.asked(campaign, city, of=of)


def in_table(letter):
    """What stands in the list of a notice, by row: number, place, what was found."""
    rows = Document(BytesIO(letter)).tables[-1].rows
    return [[cell.text for cell in row.cells][1:4] for row in rows[1:]]


def desk(page):
    page.get_by_role("link", name="创城台账", exact=True).click()


def desk_box(page, name):
    return page.locator("#findings-desk .stat", has_text=name)


def fresh(finding):
    return Finding.objects.get(pk=finding.pk)


def photo(colour):
    """As the factory draws it, so that it can be an old one."""
    return {"name": "IMG_0502.jpg", "mimeType": "image/jpeg", "buffer": make.upload(colour=colour).read()}


def answer(page, measure, shot):
    page.get_by_role("link", name="整改反馈").click()
    page.locator("#photos-camera").set_input_files(shot)
    page.get_by_label("整改措施").fill(measure)
    page.get_by_role("button", name="提交整改反馈").click()
    expect(page.locator("#notices")).to_contain_text("整改情况已反馈，等待复核。")


def assert_drawn(images):
    """Both pictures have come."""
    expect(images).to_have_count(2)
    for image in images.all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth") > 0


def assert_side_by_side(images):
    assert_drawn(images)
    left, right = (image.bounding_box() for image in images.all())
    assert (left["y"], left["x"] + left["width"] <= right["x"]) == (right["y"], True)
