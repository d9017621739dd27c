"""One log-in with signal, then none: what an inspector needs opens on the phone, and nobody else's pages lie on it."""

import pytest
from django.core.signals import request_started
from django.urls import reverse
from playwright.sync_api import expect

from inspections.models import Finding
from tests.factories import findings as make
from tests.factories import people, rounds
from units.roles import Role

from .capturing import CAPTURE, fill_in, picture, report, said, until
from .conftest import PHONE, fill_in_log_in

DESK = "/campaigns/"
PRAISE = "/inspections/praises/new/"
MINE = "/inspections/rounds/mine/"
START = "/inspections/field/start/"
DATA = "/inspections/field/"
KEPT = """async () => {
  const pages = await (await caches.open("pages")).keys();
  return pages.map((one) => new URL(one.url).pathname).sort();
}"""
ASKED = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"


@pytest.fixture
def trusted(live_server):
    return live_server.url.replace("localhost", "127.0.0.1")


@pytest.fixture
def walk(city, campaign):
    sites = [make.site(campaign, city.bureau, code=f"S{n}", name=f"市场{n}") for n in range(2)]
    rounds.in_use(campaign, city)
    return rounds.round_at("in_field", campaign, city, sites=sites)


@pytest.fixture
def forms(walk):
    """The checklists of the round, as the phone keeps them."""
    return sorted(reverse("inspections:round_visit", args=[walk.pk, stop.site_id]) for stop in walk.stops.all())


@pytest.fixture
def opened(browser_at, session, city, trusted):
    """`opened(address)` is the inspector's new browser, which has seen this page once."""
    return lambda address: browser_at(address, size=PHONE, cookies=[session(city.inspector)], server=trusted)


def kept(page, *addresses):
    """Wait until the phone has these pages."""
    wanted = sorted(addresses)
    for _try in range(100):
        if set(wanted) <= set(page.evaluate(KEPT)):
            return
        page.wait_for_timeout(100)
    assert page.evaluate(KEPT) == wanted


@pytest.mark.parametrize("address", [DESK, CAPTURE, MINE, PRAISE])
def test_after_one_page_with_signal_the_whole_field_opens_without(opened, walk, forms, address):
    page = opened(address)
    kept(page, CAPTURE, PRAISE, MINE, START, DATA, *forms)
    page.context.set_offline(True)

    page.goto(CAPTURE)
    expect(page.get_by_role("heading", name="报问题")).to_be_visible()
    # The sites and the sentences to pick are there, too.
    page.get_by_label("地点").fill("市场1")
    expect(page.locator(".choice-place span")).to_have_text(["市场1"])
    expect(page.locator(".phrase").first).to_be_visible()
    page.get_by_role("link", name="报亮点").click()
    expect(page.get_by_role("heading", name="报亮点")).to_be_visible()
    page.goto(MINE)
    page.get_by_role("link", name="市场1").click()
    expect(page.locator("[data-item]")).to_have_count(3)
    for icon in ("/", DESK):
        page.goto(icon)
        expect(page).to_have_url(page.url.split("/inspections")[0] + START)
        expect(page.get_by_role("heading", name="现场")).to_be_visible()
    page.get_by_role("link", name="报问题").click()
    fill_in(page, picture(1))
    report(page)
    expect(said(page)).to_have_text("没有信号，已存在手机里，有信号后自动发送")
    page.goto(START)
    expect(said(page)).to_have_text("没有信号，已存在手机里，有信号后自动发送")
    page.context.set_offline(False)
    expect(said(page)).to_have_text("已收到")
    assert Finding.objects.count() == 1


def test_with_signal_the_icon_opens_the_desk(opened, walk, forms):
    page = opened(DESK)
    kept(page, START)

    page.goto("/")

    expect(page.get_by_role("heading", name="我的工作台")).to_be_visible()


def test_a_page_that_is_here_as_it_would_be_drawn_now_is_not_fetched_again(opened, walk, forms):
    page, asked = opened(DESK), []
    kept(page, CAPTURE, PRAISE, MINE, START, DATA, *forms)
    note = lambda environ, **_more: asked.append(environ["PATH_INFO"])  # noqa: E731
    request_started.connect(note, weak=False)
    try:
        for _time in range(2):
            page.goto(DESK)
            until(page, "document.readyState === 'complete'")
            page.wait_for_timeout(1500)
    finally:
        request_started.disconnect(note)

    assert [path for path in asked if path in {CAPTURE, PRAISE, MINE, START, DATA, *forms}] == []
    assert asked.count("/inspections/field/ahead/") == 2


def test_who_files_nothing_takes_nothing_along(browser_at, session, city, campaign, trusted):
    page = browser_at(DESK, size=PHONE, cookies=[session(city.liaison)], server=trusted)
    page.wait_for_timeout(2000)

    assert (page.evaluate(KEPT), page.evaluate(ASKED)) == ([], 0)


def test_of_the_one_before_nothing_is_left_when_another_logs_in(opened, city, campaign, walk, forms):
    page = opened(DESK)
    kept(page, CAPTURE, MINE, *forms)
    people.person("科长", Role.LEADER, city.office)
    # The log-in ran out; nobody has logged out.
    page.context.clear_cookies()
    page.goto(reverse("units:login"))
    fill_in_log_in(page, "科长", people.PASSWORD)
    expect(page.get_by_role("heading", name="我的工作台")).to_be_visible()
    page.wait_for_timeout(1500)

    assert page.evaluate(KEPT) == []


def test_whoever_leaves_while_pages_are_fetched_leaves_none(opened, walk, forms):
    page = opened(DESK)
    kept(page, START)
    page.locator("details[data-menu] summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login/**")
    page.wait_for_timeout(1500)

    assert page.evaluate(KEPT) == []
