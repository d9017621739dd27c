"""The list of findings and one finding, at a desk and with a phone: what is pressed is within reach."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from inspections.models import Finding
from tests.browser.conftest import DESK, PHONE
from tests.factories import findings as make
from tests.factories import tasks

State = Finding.State
SIZES = [DESK, PHONE]


def bottom_of(locator):
    box = locator.bounding_box()
    return box["y"] + box["height"]


@pytest.fixture
def many(city, campaign):
    """As many as fill more than a window."""
    return [make.reported(city, campaign) for _n in range(24)]


@pytest.mark.parametrize("size", SIZES)
def test_what_is_done_with_ticked_findings_comes_to_the_bottom_of_the_window(city, many, sit, size):
    page = sit(city.coordinator, reverse("inspections:findings"), size=size)
    bar = page.locator(".bulk-row")
    dispatch = bar.get_by_role("button", name="批量交办")
    expect(dispatch).not_to_be_in_viewport()
    expect(bar.get_by_role("button", name="取消选择")).to_be_hidden()

    for place in (0, 2):
        page.locator("[name=finding]").nth(place).check()

    expect(bar.get_by_role("status")).to_have_text("已选2条")
    expect(dispatch).to_be_in_viewport(ratio=1)
    assert bottom_of(bar) <= size["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]

    dispatch.click()
    expect(page.get_by_role("heading", name="选了2个问题")).to_be_visible()
    page.go_back()
    expect(bar.get_by_role("status")).to_have_text("已选2条")
    expect(dispatch).to_be_in_viewport(ratio=1)

    bar.get_by_role("button", name="取消选择").click()
    expect(page.locator("[name=finding]:checked")).to_have_count(0)
    expect(bar.get_by_role("status")).to_be_hidden()
    expect(dispatch).not_to_be_in_viewport()


def test_the_bar_covers_neither_the_last_row_nor_the_row_that_has_the_focus(city, many, sit):
    page = sit(city.coordinator, reverse("inspections:findings"), size=PHONE)
    boxes, bar = page.locator("[name=finding]"), page.locator(".bulk-row")
    boxes.first.check()

    boxes.nth(12).focus()
    assert bottom_of(boxes.nth(12)) <= bar.bounding_box()["y"]

    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    rows = page.locator(".table-findings tbody tr")
    assert bottom_of(rows.last) <= bar.bounding_box()["y"]


def test_the_bar_says_when_all_that_the_filter_finds_is_meant(city, many, sit):
    page = sit(city.coordinator, reverse("inspections:findings"))
    bar, head = page.locator(".bulk-row"), page.get_by_label("选择本页全部")

    head.check()
    expect(bar.get_by_role("status")).to_have_text("已选24条")
    page.locator("[name=finding]").first.uncheck()
    expect(head).not_to_be_checked()

    bar.locator("[name=all]").check()
    expect(bar.get_by_role("status")).to_have_text("已选全部")


def test_without_a_script_the_buttons_stand_below_the_list(city, many, new_context, live_server, session):
    context = new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies([{**session(city.coordinator), "url": live_server.url}])
    page = context.new_page()
    page.goto(reverse("inspections:findings"))

    page.locator("[name=finding]").first.check()
    expect(page.get_by_role("button", name="取消选择")).to_be_hidden()
    page.get_by_role("button", name="批量交办").click()
    expect(page.get_by_role("heading", name="选了1个问题")).to_be_visible()


def test_who_may_do_nothing_with_many_has_no_bar(city, many, sit):
    page = sit(city.leader, reverse("inspections:findings"))

    expect(page.locator(".table-findings tbody tr")).to_have_count(24)
    expect(page.locator(".bulk-row")).to_have_count(0)


@pytest.fixture
def dispatched(city, campaign):
    return make.finding_at(
        State.DISPATCHED, city, campaign, description="农贸市场东门外垃圾桶满溢，周边有散落垃圾。" * 40
    )


def test_on_a_phone_the_next_step_of_a_finding_stays_at_the_bottom_of_the_window(city, dispatched, sit):
    page = sit(city.liaison, dispatched.get_absolute_url(), size=PHONE)
    acknowledge = page.get_by_role("button", name="签收")

    for place in ("0", "document.body.scrollHeight"):
        page.evaluate(f"window.scrollTo(0, {place})")
        assert PHONE["height"] - 30 < bottom_of(acknowledge) <= PHONE["height"]

    # The end of the page can be read above it.
    assert bottom_of(page.locator(".panel").last) < acknowledge.bounding_box()["y"]
    acknowledge.click()
    answer = page.get_by_role("link", name="整改反馈")
    expect(answer).to_have_count(1)
    assert PHONE["height"] - 30 < bottom_of(answer) <= PHONE["height"]


def test_at_a_desk_the_next_step_stands_beside_the_heading(city, dispatched, sit):
    page = sit(city.liaison, dispatched.get_absolute_url())

    assert bottom_of(page.get_by_role("button", name="签收")) < 200


def test_a_long_description_is_cut_until_it_is_asked_for_and_never_on_paper(city, dispatched, sit):
    page = sit(city.liaison, dispatched.get_absolute_url(), size=PHONE)
    text, more = page.locator("[data-clamp]"), page.get_by_role("button", name="展开")
    cut = text.bounding_box()["height"]
    expect(more).to_have_attribute("aria-expanded", "false")

    page.emulate_media(media="print")
    whole = text.bounding_box()["height"]
    page.emulate_media(media="screen")
    more.click()

    assert whole > cut
    assert text.bounding_box()["height"] > 2 * cut
    page.get_by_role("button", name="收起").click()
    assert text.bounding_box()["height"] == cut


@pytest.mark.parametrize("name", ["inspections:findings", "inspections:sites"])
def test_on_a_phone_the_buttons_above_a_list_are_the_main_one_and_more(city, campaign, sit, name):
    page = sit(city.coordinator, reverse(name), size=PHONE)
    shown = page.locator(".page-actions :is(a, summary):visible")
    expect(shown).to_have_count(2)

    page.get_by_text("更多", exact=True).click()
    assert shown.count() > 4
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    page.set_viewport_size(DESK)
    expect(page.get_by_text("更多", exact=True)).to_be_hidden()
    assert page.locator(".page-actions a:visible").count() > 3


def test_duty_of_a_unit_with_a_long_name_stays_within_a_phone(city, campaign, sit):
    city.bureau.short_name = "清河市朝阳街道综合行政执法与市容环境卫生综合整治工作协调联席会议办公室（临时）"
    city.bureau.save(update_fields=["short_name"])
    for name in ("路段清扫", "楼道杂物清理"):
        tasks.issued(campaign, city, frequency="每天1次", name=name)

    page = sit(city.liaison, reverse("campaigns:desk"), size=PHONE)

    expect(page.locator(".taps button")).to_have_text(["路段清扫", "楼道杂物清理"])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
