"""The maps in a real browser: by mouse and keyboard, shifted where the tiles are, and without a script."""

import json
import re
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from inspections.models import Finding
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_accessibility import RULES
from tests.factories import findings as make

MAP = reverse("inspections:site_map")
# What public tables give for this place: WGS-84 and GCJ-02.
PLACE, SHIFTED = (116.404, 39.915), (116.41024449916938, 39.91640428150164)


@pytest.fixture
def register(city, campaign):
    """Two sites beside each other, the first with an open finding, and one far from them."""
    market = make.site(campaign, city.bureau, street="河湾街道", longitude=117.65, latitude=34.21)
    make.site(campaign, city.bureau, code="S002", name="东市场", longitude=117.6502, latitude=34.2101)
    make.site(campaign, city.police, code="S003", name="火车站", kind="车站", longitude=117.9, latitude=34.4)
    make.finding_at(Finding.State.DISPATCHED, city, campaign, site=market)
    return market


def test_sites_stand_in_clusters_that_open_and_a_card_leads_to_the_site(city, register, sit):
    page = sit(city.coordinator, MAP)

    expect(page.locator(".map-cluster")).to_have_count(1)
    page.get_by_role("button", name="2个点位，放大查看").click()
    page.get_by_role("button", name="河湾农贸市场，未办结1个").click()

    card = page.locator(".map-card")
    expect(card).to_contain_text("农贸市场 · 城管局")
    expect(card.get_by_role("link", name="点位页")).to_have_attribute("href", register.get_absolute_url())


def test_the_map_is_walked_by_the_keyboard_and_the_card_gives_the_focus_back(city, register, sit):
    page = sit(city.coordinator, f"{MAP}?q=火车站")
    pin = page.get_by_role("button", name="火车站，无未办结问题")

    pin.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".map-card a").first).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.locator(".map-card")).to_have_count(0)
    expect(pin).to_be_focused()


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_a_map_with_its_marks_and_an_open_card_breaks_no_rule_and_fits(city, register, sit, size):
    page = sit(city.coordinator, MAP, size=size)
    expect(page.locator(".map-cluster")).to_have_count(1)
    page.locator(".map-pin").first.click()
    expect(page.locator(".map-card")).to_be_visible()

    broken = Axe().run(page, options=RULES).response["violations"]

    assert [f"{rule['id']} {node['target']}" for rule in broken for node in rule["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    if size == PHONE:
        taps = page.locator(".map-pin, .map-cluster, .map .leaflet-bar a, .map-card a").all()
        assert min(min(box["width"], box["height"]) for box in (tap.bounding_box() for tap in taps)) >= 44


def test_the_filter_of_the_list_draws_another_map(city, register, sit):
    page = sit(city.coordinator, MAP)
    expect(page.locator(".map-cluster, .map-pin")).to_have_count(2)

    page.get_by_label("关键词").fill("火车站")
    page.get_by_role("button", name="查询").click()

    expect(page).to_have_url(re.compile("q=%E7%81%AB"))
    expect(page.locator(".map-pin")).to_have_count(1)
    expect(page.get_by_role("link", name="列表")).to_have_attribute("href", re.compile("q=%E7%81%AB"))


def test_a_name_is_shown_as_it_was_typed(city, campaign, sit):
    make.site(campaign, city.bureau, name="<img src=x onerror=alert(1)>", longitude=117.65, latitude=34.21)
    page = sit(city.coordinator, MAP)

    page.locator(".map-pin").click()

    expect(page.locator(".map-card-name")).to_have_text("<img src=x onerror=alert(1)>")


def test_a_place_is_picked_on_the_map_and_typed_again(city, register, sit):
    page = sit(city.coordinator, reverse("inspections:site_edit", args=[register.pk]))
    box = page.locator("[data-map=pick]")
    flag = box.locator(".map-flag")
    expect(flag).to_have_count(1)

    box.scroll_into_view_if_needed()
    box.click(position={"x": 400, "y": 60})
    expect(page.get_by_label("经度")).not_to_have_value("117.65")
    longitude = float(page.get_by_label("经度").input_value())
    latitude = float(page.get_by_label("纬度").input_value())
    page.get_by_label("经度").fill("")
    page.get_by_label("经度").blur()
    expect(flag).to_have_count(0)
    page.get_by_role("button", name="取地图中心点").click()

    expect(flag).to_have_count(1)
    assert (117.64 < longitude < 117.66, latitude > 34.21) == (True, True)
    assert float(page.get_by_label("经度").input_value()) == pytest.approx(117.65, abs=0.0001)


def test_shifted_tiles_shift_what_is_drawn_and_what_is_picked_is_kept_unshifted(city, register, sit, settings):
    tiles = {"layers": ["/static/tiles/{z}/{x}/{y}.png"], "attribution": "<b>测试</b>", "gcj02": True}
    settings.TILES = settings.TILES | tiles
    asked = []
    page = sit(city.coordinator, reverse("campaigns:desk"))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(reverse("inspections:site_edit", args=[register.pk]))

    expect(page.locator(".leaflet-control-attribution")).to_have_text("<b>测试</b>")
    expect(page.locator(".leaflet-tile-pane img").first).to_be_attached()
    page.get_by_role("button", name="取地图中心点").click()
    picked = [float(page.get_by_label(name).input_value()) for name in ("经度", "纬度")]

    # The shift here is five thousandths of a degree, a hundred times as much.
    assert picked == pytest.approx([register.longitude, register.latitude], abs=5e-5)
    host = urlsplit(page.url).netloc
    assert {urlsplit(url).netloc for url in asked} == {host}
    assert any("/static/tiles/16/" in url for url in asked)


def test_the_shift_gives_what_is_published_and_comes_back(page):
    page.goto("about:blank")
    page.add_script_tag(path=settings.BASE_DIR / "static" / "js" / "gcj02.js")
    places = [[lng, lat] for lng in range(75, 136, 7) for lat in range(18, 54, 5)] + [list(PLACE), [2.35, 48.85]]

    there, back = page.evaluate(
        "places => { const there = places.map(gcj02.fromWgs84); return [there, there.map(gcj02.toWgs84)]; }", places
    )

    assert there[places.index(list(PLACE))] == pytest.approx(SHIFTED, abs=1e-9)
    assert there[-1] == [2.35, 48.85]
    # A millionth of a degree is a tenth of a metre.
    assert all(one == pytest.approx(two, abs=1e-6) for one, two in zip(places, back, strict=True))
    assert max(abs(one[0] - two[0]) for one, two in zip(places, there, strict=True)) < 0.02


def test_every_label_of_a_sheet_is_read_as_the_address_of_its_site(city, campaign, sit):
    sites = [make.site(campaign, city.bureau, code=f"S{n:03}", name=f"市场{n}", longitude=None) for n in range(40)]
    page = sit(city.coordinator, reverse("inspections:site_labels"))
    page.add_script_tag(url="/static/vendor/jsqr/jsqr.js")

    read = page.evaluate(READ_LABELS)

    origin = f"{urlsplit(page.url).scheme}://{urlsplit(page.url).netloc}"
    assert read == [f"{origin}{site.get_absolute_url()}" for site in sites]


# Each code drawn as large as a phone sees it, and read as a phone reads it.
READ_LABELS = """
async () => {
  const read = [];
  for (const drawing of document.querySelectorAll(".label .qr")) {
    const copy = drawing.cloneNode(true);
    copy.setAttribute("width", 300);
    copy.setAttribute("height", 300);
    const picture = new Image();
    picture.src = "data:image/svg+xml;utf8," + encodeURIComponent(new XMLSerializer().serializeToString(copy));
    await picture.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 300;
    const paper = canvas.getContext("2d");
    paper.fillStyle = "#fff";
    paper.fillRect(0, 0, 300, 300);
    paper.drawImage(picture, 0, 0, 300, 300);
    const code = jsQR(paper.getImageData(0, 0, 300, 300).data, 300, 300);
    read.push(code && code.data);
  }
  return read;
}
"""


def test_without_a_script_the_page_leads_to_the_list(new_context, live_server, session, city, register):
    context = new_context(base_url=live_server.url, java_script_enabled=False, viewport=PHONE)
    context.add_cookies([{**session(city.coordinator), "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{MAP}?q=东")

    page.get_by_role("link", name="看列表").click()

    expect(page.get_by_role("link", name="东市场")).to_be_visible()
    assert json.loads(page.evaluate("JSON.stringify(document.documentElement.scrollWidth)")) <= PHONE["width"]
