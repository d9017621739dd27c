"""What app.js promises, in a real browser: one submit, a drawer, folded filters, told faults, nothing from outside."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from campaigns.models import Quantity
from inspections.actions import findings as actions
from tests.factories import findings, people, tasks

WIDTHS = [390, 1440]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def look(live_server, transactional_db, client, page):
    """The page of components, opened by a coordinator; `look.said` is what the browser complained of."""
    client.force_login(people.city().coordinator, backend="units.backends.PostBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda problem: page.said.append(str(problem)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(live_server.url + reverse("cityinit:components"))
    return page


def test_a_page_takes_six_requests_to_its_own_server_and_breaks_no_rule_of_its_policy(look, live_server):
    paths = [urlsplit(url).path for url in look.asked if not url.startswith("data:")]

    # The icon of the tab is fetched by windows that have a tab; the static server of the tests sends no versions.
    assert len(set(paths) - {"/static/icons/emblem.svg"}) == 6
    assert {urlsplit(url).netloc for url in look.asked if not url.startswith("data:")} == {
        urlsplit(live_server.url).netloc
    }
    assert look.said == []


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_of_components_is_wider_than_the_window(look, width):
    look.set_viewport_size({"width": width, "height": 844})

    assert look.evaluate("document.documentElement.scrollWidth") <= width


def test_three_clicks_send_a_form_once_and_coming_back_wakes_its_button(look):
    form = look.locator("form.form").first
    sent = []
    look.on("request", lambda request: sent.append(request.method))
    look.route("**/components/", lambda route: route.fulfill(status=200, body="ok"))
    form.evaluate("form => { form.requestSubmit(); form.requestSubmit(); form.requestSubmit(); }")
    look.wait_for_url("**/components/")
    look.wait_for_timeout(300)

    assert sent.count("POST") == 1

    look.unroute("**/components/")
    look.go_back()
    expect(look.locator("form.form button[type=submit]").first).to_be_enabled()


def test_the_drawer_of_a_phone_opens_and_closes_with_escape_and_gives_the_focus_back(look):
    look.set_viewport_size({"width": 390, "height": 844})
    opener, drawer = look.locator("[data-drawer]"), look.locator("#navigation")
    expect(drawer).to_be_hidden()

    opener.click()
    expect(drawer).to_be_visible()
    expect(opener).to_have_attribute("aria-expanded", "true")

    look.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(opener).to_be_focused()


def test_filters_are_folded_on_a_phone_and_set_by_a_choice_without_a_click(look):
    look.set_viewport_size({"width": 390, "height": 844})
    state, toggle = look.locator(".filter-bar [name=state]"), look.locator("[data-filter-toggle]")
    expect(state).to_be_hidden()

    toggle.click()
    state.select_option("open")

    look.wait_for_url("**state=open**")
    assert "is-set" in toggle.get_attribute("class")


def test_what_clears_a_filter_is_there_once_something_is_set(look):
    reset = look.locator("[data-filter-reset]")
    expect(reset).to_be_hidden()

    look.locator(".filter-bar [name=state]").select_option("open")
    expect(reset).to_be_visible()


@pytest.mark.parametrize(
    ("status", "words"),
    [(409, "刚被别人处理过"), (404, "要找的内容已不存在"), (500, "操作没有成功"), (0, "网络不通")],
)
def test_an_answer_that_is_no_fragment_is_told_in_the_notices(look, status, words):
    def answer(route):
        if status:
            route.fulfill(status=status, body='<div class="notice">刚被别人处理过</div>')
        else:
            route.abort()

    look.route("**/*state=open*", answer)
    look.locator(".filter-bar [name=state]").select_option("open")

    expect(look.locator("#notices")).to_contain_text(words)
    expect(look.locator("#results")).to_contain_text("WT-2025-0317")


def test_a_long_choice_is_narrowed_by_typing_and_keeps_what_is_ticked(look):
    form = look.locator("form.form").first
    form.get_by_label("5 号街道办事处", exact=True).check()
    form.locator(".select-search").first.fill("12")

    shown = [text.strip() for text in form.locator(".many-choices .form-check:visible").all_inner_texts()]
    assert shown == ["5 号街道办事处", "12 号街道办事处"]


def test_photos_are_leafed_through_in_a_viewer_that_escape_closes(look):
    photos = look.locator("[data-photos] a")
    photos.first.click()
    viewer = look.locator("dialog.viewer")
    expect(viewer.locator("[data-caption]")).to_contain_text(f"1/{photos.count()}")
    expect(viewer.get_by_role("button", name="上一张")).to_be_hidden()

    viewer.get_by_role("button", name="下一张").click()
    expect(viewer.locator("img")).to_have_attribute("src", photos.nth(1).get_attribute("href"))
    expect(viewer.locator("[data-caption]")).to_contain_text(f"2/{photos.count()}")
    look.keyboard.press("ArrowLeft")
    expect(viewer.locator("[data-caption]")).to_contain_text(f"1/{photos.count()}")

    look.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(photos.first).to_be_focused()

    photos.first.click()
    viewer.get_by_role("button", name="关闭").click()
    expect(viewer).to_have_count(0)


ROWS_TYPED = "rows => rows.map((row) => [...row.querySelectorAll('input')].map((input) => input.value))"
SMALL_TARGETS = """() => {
  const small = [];
  for (const element of document.querySelectorAll("a[href], button, summary, select, textarea, input")) {
    // A box is tapped by its label or cell, a file field by its tile; a link in a sentence is as high as its line.
    const target = element.closest(".form-check, .choice, .switch, .photo-add, td:has(> input)") || element;
    const shown = target.checkVisibility({ visibilityProperty: true }) && !element.matches(".skip-link");
    const inSentence = element.tagName === "A" && getComputedStyle(element).display === "inline";
    const { height, width } = target.getBoundingClientRect();
    if (shown && !inSentence && width && height < 44) small.push([element.outerHTML.slice(0, 80), height]);
  }
  return small;
}"""


@pytest.mark.parametrize(
    "address",
    [
        "campaigns:desk",
        "campaigns:tasks",
        "campaigns:task_new",
        "inspections:findings",
        "units:notices",
        "units:people",
    ],
)
def test_every_target_of_a_phone_is_as_high_as_a_finger(sit, city, campaign, address):
    tasks.issued(campaign, city)
    findings.reported(city, campaign)

    page = sit(city.coordinator, reverse(address), size=PHONE)
    page.wait_for_load_state("networkidle")

    assert page.evaluate(SMALL_TARGETS) == []


def test_what_was_found_takes_the_whole_width_of_its_card_on_a_phone(sit, city, campaign):
    findings.reported(city, campaign, description="门前摊位外溢，" * 12)
    page = sit(city.coordinator, reverse("inspections:findings"), size=PHONE)

    card = page.locator(".table-findings tbody tr")
    inner = card.evaluate("row => row.clientWidth - 2 * parseFloat(getComputedStyle(row).paddingLeft)")

    # One of its two columns alone would leave half of the card empty.
    assert card.locator("td").nth(5).evaluate("cell => cell.getBoundingClientRect().width") == inner


def test_the_printed_list_of_findings_is_as_wide_as_the_paper_and_has_no_boxes(sit, city, campaign):
    long = {"description": "门前摊位外溢，占压盲道" * 4, "place": "人民路与文昌路交叉口东北角公交站台后侧"}
    actions.dispatch(findings.reported(city, campaign, **long), by=city.coordinator, lead_unit=city.bureau)
    page = sit(city.coordinator, reverse("inspections:findings"), size={"width": 794, "height": 1123})
    page.emulate_media(media="print")

    # A4 without its margins; the sheet itself is told apart from a phone by its whole width.
    page.locator(".main").evaluate("main => main.style.setProperty('width', '182mm')")
    table = page.locator(".table-findings")
    room, taken = table.evaluate("table => [table.parentElement.clientWidth, table.scrollWidth]")

    assert taken <= room <= 688
    assert page.locator("input[type=checkbox]:visible").count() == 0


def test_a_label_tells_the_number_below_the_longest_name(sit, city, campaign):
    findings.site(campaign, city.bureau, name="清水市河湾街道人民路与文昌路交叉口东北角" * 3, code="D001")
    page = sit(city.coordinator, reverse("inspections:site_labels"), size={"width": 794, "height": 1123})
    page.emulate_media(media="print")

    page.locator(".labels").evaluate("labels => labels.style.setProperty('width', '182mm')")
    label, number = (page.locator(name).bounding_box() for name in (".label", ".label-text > span"))

    assert number["height"] > 0
    assert number["y"] + number["height"] <= label["y"] + label["height"]


def test_what_has_the_focus_stands_above_the_foot_of_a_phone_page(sit, city, campaign):
    page = sit(city.inspector, reverse("inspections:capture"), size={"width": 390, "height": 480})
    fields = page.locator(".phone-main :is(summary, textarea, input[type=search])")

    for place in range(fields.count()):
        fields.nth(place).focus()
        foot = page.locator(".form-actions").bounding_box()
        field = fields.nth(place).bounding_box()
        assert field["y"] + field["height"] <= foot["y"]


def test_quantities_are_typed_in_rows_and_a_faulty_one_is_kept(sit, city, campaign):
    task = tasks.acknowledged(campaign, city)
    page = sit(city.liaison, reverse("campaigns:log_new", args=[task.pk]), size=PHONE)
    name, number, measure = (page.get_by_label(label, exact=True) for label in ("名称", "数量", "计量单位"))
    page.get_by_label("做了什么").fill("入户宣传")

    name.fill("接受心理咨询")
    number.fill("约400")
    measure.fill("人次")
    page.get_by_role("button", name="加一行").click()
    name.last.fill("投诉")
    page.get_by_role("button", name="保存").click()

    # A name without a number is turned down, and stands in its row as it was typed.
    expect(page.locator("[data-error-summary]")).to_contain_text("“投诉”缺少等号")
    kept = [
        row.locator("input").evaluate_all("inputs => inputs.map((i) => i.value)")
        for row in page.locator("[data-row]").all()
    ]
    assert kept == [["接受心理咨询", "约400", "人次"], ["投诉", "", ""]]

    number.last.fill("0")
    measure.last.fill("起")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#notices")).to_contain_text("已登记。")
    assert [row.amount.phrase for row in Quantity.objects.order_by("position")] == ["接受心理咨询约400人次", "投诉0起"]


def test_without_script_quantities_are_typed_as_text(new_context, live_server, session, city, campaign):
    task = tasks.acknowledged(campaign, city)
    context = new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies([{**session(city.liaison), "url": live_server.url}])
    page = context.new_page()
    page.goto(reverse("campaigns:log_new", args=[task.pk]))

    page.get_by_label("做了什么").fill("入户宣传")
    page.get_by_label("成效数据").fill("发放手册=300余份")
    page.get_by_role("button", name="保存").click()

    assert [row.amount.phrase for row in Quantity.objects.all()] == ["发放手册300余份"]


def test_the_unit_that_leads_is_not_offered_again_beside_it(sit, city, campaign):
    page = sit(city.coordinator, reverse("campaigns:task_new"))
    beside = page.locator("[name=units]")
    expect(beside).to_have_count(5)

    page.get_by_label("牵头单位").select_option(label="城管局")
    expect(page.locator("label", has_text="城管局")).to_be_hidden()
    page.get_by_label("牵头单位").select_option(label="公安局")
    expect(page.locator("label", has_text="城管局")).to_be_visible()
    expect(page.locator("label", has_text="公安局")).to_be_hidden()
