"""The list of findings and one finding, at a desk and with a phone: what is pressed is within reach."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from inspections.models import Finding
from tests.browser.conftest import DESK, PHONE
from tests.factories import findings as make

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
