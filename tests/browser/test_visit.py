"""The checklist on a phone, in a real browser: one hand, one form, and the same verdicts as the server's."""

import json
import re
from uuid import uuid4

import pytest
from django.core.signals import request_started
from django.urls import reverse
from playwright.sync_api import expect

from inspections.actions import visits
from inspections.actions.visits import Said
from inspections.models import Finding, Visit, VisitPhoto, VisitSending
from inspections.rules import Kind, Rule, settled
from tests.factories import findings, people, rounds
from units.roles import Role

from .conftest import PHONE

RULES = (
    Rule(Kind.COUNT, 3),
    Rule(Kind.COUNT, 2, at_most=True),
    Rule(Kind.RATIO, 90),
    Rule(Kind.RATIO, 10, sample=20, at_most=True),
    Rule(Kind.DISTANCE, 2, metres=500),
    Rule(Kind.DISTANCE, 0, metres=200),
    Rule(Kind.DISTANCE, 1, metres=300, per_100=True),
    Rule(Kind.ASK, 4, sample=5),
    Rule(Kind.ASK, 3),
)
ENTERED = [(number, out_of) for number in (0, 1, 2, 3, 4, 5, 19) for out_of in (None, 0, 3, 5, 20, 250, 500)]


@pytest.fixture
def walk(campaign, city):
    return rounds.round_at("in_field", campaign, city, sites=[findings.site(campaign, city.bureau)])


@pytest.fixture
def site(walk):
    return walk.stops.get().site


def address(walk, site):
    return reverse("inspections:round_visit", args=[walk.pk, site.pk])


def test_the_page_judges_every_number_as_the_server_does(walk, site, campaign, city, browser_at, session):
    items = [
        {
            "code": f"{place}",
            "criterion": "路面",
            "rule_kind": rule.kind,
            "amount": rule.amount,
            "sample": rule.sample,
            "metres": rule.metres,
            "at_most": rule.at_most,
            "per_100": rule.per_100,
        }
        for place, rule in enumerate(RULES)
    ]
    rounds.in_use(campaign, city, items=items)
    phone = browser_at(address(walk, site), size=PHONE, cookies=[session(city.inspector)])

    judged = phone.evaluate(
        """(entered) => [...document.querySelectorAll("[data-item]")].map((item) => entered.map(([number, outOf]) => {
          const [first, second] = ["number", "out_of"].map((name) => item.querySelector(`[data-part=${name}]`));
          if (second) second.value = outOf ?? "";
          first.value = number;
          first.dispatchEvent(new Event("input"));
          return item.querySelector(".verdicts input:checked")?.value ?? "";
        }))""",
        ENTERED,
    )

    expected = [
        [str(rule.verdict(number, out_of if rule.asks_out_of else None)) for number, out_of in ENTERED]
        for rule in RULES
    ]
    assert json.dumps(judged) == json.dumps(expected)
    assert {verdict for row in judged for verdict in row} == {"", "pass", "fail"}


REASONED = [
    (number, out_of, chosen, reason)
    for number, out_of in [(None, None), *ENTERED[:21]]
    for chosen in ("", "pass", "fail", "na")
    for reason in ("", "看过")
]


def test_the_page_turns_down_what_the_server_would_and_in_its_words(walk, site, campaign, city, browser_at, session):
    items = [
        {"code": f"{place}", "criterion": "路面", "rule_kind": rule.kind}
        | {name: getattr(rule, name) for name in ("amount", "sample", "metres", "at_most", "per_100")}
        for place, rule in enumerate(RULES)
    ]
    rounds.in_use(campaign, city, items=items)
    phone = browser_at(address(walk, site), size=PHONE, cookies=[session(city.inspector)])

    told = phone.evaluate(
        """(entered) => [...document.querySelectorAll("[data-item]")].map((item) =>
          entered.map(([number, asked, chosen, reason]) => {
            const outOf = item.querySelector("[data-part=out_of]") ? asked : null;
            return window.checklist.faultOf(item, { number, outOf, chosen, reason });
          }))""",
        REASONED,
    )

    def expected(rule, number, out_of, chosen, reason):
        out_of = out_of if rule.asks_out_of else None
        if number is None and out_of == rule.looked_at(None):
            out_of = None
        return settled(rule, chosen=chosen, number=number, out_of=out_of, reason=reason)[1]

    assert told == [[expected(rule, *entered) for entered in REASONED] for rule in RULES]
    assert len({sentence for row in told for sentence in row}) > 5


RATIO = [{"code": "1.1", "criterion": "门店", "rule_kind": "ratio", "amount": 90}, {"code": "2.1", "criterion": "地面"}]


def test_without_signal_the_phone_says_at_once_what_the_server_would_turn_down(walk, site, campaign, city, phone):
    rounds.in_use(campaign, city, items=RATIO)
    page = phone(address(walk, site))
    page.context.set_offline(True)
    page.get_by_role("spinbutton", name="合格几处").fill("9")
    page.get_by_role("spinbutton", name="看了几处").fill("5")
    save(page, "检查完了")

    expect(page.locator("#visit-faults li")).to_have_text(["1.1：不能多于总数5。"])
    expect(page.locator(".visit-errors")).to_have_text(["不能多于总数5。"])
    page.get_by_role("spinbutton", name="合格几处").fill("5")
    save(page, "检查完了")
    expect(page.locator("#visit-faults li")).to_have_text(["还有1项没有填，填完才算检查完。先存下请按“暂存”。"])
    expect(page.locator("[data-outbox-panel]")).to_be_hidden()
    until(page, lambda: kept(page, "draft") == 1)
    judge(page, "2.1", "符合")
    save(page, "检查完了")
    expect(page.locator("[data-outbox-count]")).to_have_text("手机里还有1条没有发送")
    expect(page.locator("#visit-faults li")).to_have_count(0)
    page.context.set_offline(False)

    page.wait_for_url("**/visits/*/")
    assert (stands(), Visit.objects.get().is_finished) == ({"1.1": "pass", "2.1": "pass"}, True)


def test_pressed_again_before_anything_was_sent_the_later_words_take_the_place_of_the_earlier(
    walk, site, checklist, phone
):
    page = phone(address(walk, site))
    page.context.set_offline(True)
    judge(page, "2.2", "不符合")
    photo(page, "2.2")
    save(page)
    expect(page.locator("[data-outbox-count]")).to_have_text("手机里还有1条没有发送")
    judge(page, "2.1", "符合")
    save(page)
    # The page is closed, and opened again as the phone kept it.
    until(
        page,
        lambda: (
            page.evaluate("window.outbox.items().then((all) => all.map((one) => one.touched.length).join())") == "2"
        ),
    )
    judge(page, "2.1", "不符合")
    save(page)
    page.wait_for_timeout(600)
    assert kept(page, "waiting") == 1
    page.context.set_offline(False)

    page.wait_for_url("**/visits/*/")
    assert stands() == {"2.1": "fail", "2.2": "fail"}
    assert (VisitSending.objects.count(), VisitPhoto.objects.count()) == (1, 1)


def test_what_was_turned_down_before_the_visit_was_stored_is_not_offered_to_be_sent_again(
    shared, colleague, checklist, phone
):
    page = phone(address(shared, shared.stops.get().site))
    judge(page, "2.1", "不符合")
    said_by(colleague, shared, checklist, i2_1="na")
    save(page)
    expect(page.locator("[data-said]")).to_contain_text("没有收下：同组的人刚刚填过2.1")
    page.goto(address(shared, shared.stops.get().site))
    judge(page, "2.1", "符合")
    save(page)
    page.wait_for_url("**/visits/*/")
    page.goto(address(shared, shared.stops.get().site))

    expect(page.locator("[data-said]")).to_have_text(
        ["这一份没有收下，后来保存的已收到，不用再发；照片可以另存", "已收到"]
    )
    expect(page.get_by_role("button", name="修改后重发")).to_be_hidden()
    assert stands() == {"2.1": "pass"}


def test_a_site_is_looked_at_with_one_hand_and_what_failed_is_a_finding(
    walk, site, campaign, city, browser_at, session
):
    rounds.in_use(campaign, city)
    phone = browser_at(reverse("inspections:my_round"), size=PHONE, cookies=[session(city.inspector)])
    phone.get_by_role("link", name="河湾农贸市场").click()
    first, second, third = phone.locator("[data-item]").all()

    for _ in range(3):
        first.get_by_role("button", name="加一").click()
    expect(first.get_by_role("radio", name="符合", exact=True)).to_be_checked()
    expect(second.locator(".visit-report")).to_be_hidden()
    second.get_by_text("不符合").click()
    second.locator("input[type=file]").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": findings.upload().read()}
    )
    second.locator(".visit-report").click()
    third.get_by_text("不适用").click()
    expect(phone.locator("[data-filled]")).to_have_text("3")
    phone.get_by_role("button", name="检查完了").click()

    expect(phone.locator(".score-figure")).to_have_text("33.3")
    visit, finding = Visit.objects.get(), Finding.objects.get()
    assert (visit.is_finished, finding.site, finding.photos.count()) == (True, site, 1)
    expect(phone.get_by_role("link", name=finding.number)).to_be_visible()


def test_who_judges_otherwise_than_the_number_is_asked_why(walk, site, campaign, city, browser_at, session):
    rounds.in_use(campaign, city)
    phone = browser_at(address(walk, site), size=PHONE, cookies=[session(city.inspector)])
    item = phone.locator("[data-item]").first
    why = item.get_by_label("与数目不一致，为什么这样判")

    expect(why).to_be_hidden()
    item.get_by_role("button", name="加一").click()
    item.locator(".verdict-pass").click()
    expect(why).to_be_visible()
    why.fill("电子屏轮播")
    phone.get_by_role("button", name="暂存").click()

    expect(phone.locator(".answer-why").first).to_contain_text("应≥3处，实有1处；改判：电子屏轮播")


def test_a_number_typed_before_the_script_has_come_is_judged_once_it_is_there(
    walk, site, campaign, city, new_context, live_server, session
):
    rounds.in_use(campaign, city)
    context = new_context(base_url=live_server.url, viewport=PHONE, service_workers="block")
    context.add_cookies([{**session(city.inspector), "url": live_server.url}])
    phone, held = context.new_page(), []
    phone.route(re.compile(r"/visit[^/]*\.js"), lambda route: held.append(route))
    phone.goto(address(walk, site), wait_until="commit")
    item = phone.locator("[data-item]").first
    item.get_by_role("spinbutton").fill("5")
    expect(item.get_by_role("button", name="加一")).to_be_hidden()

    held[0].continue_()

    expect(item.get_by_role("button", name="加一")).to_be_visible()
    expect(item.get_by_role("radio", name="符合", exact=True)).to_be_checked()
    expect(phone.locator("[data-filled]")).to_have_text("1")


def test_what_is_tapped_is_as_large_as_a_finger(walk, site, campaign, city, browser_at, session):
    rounds.in_use(campaign, city)
    phone = browser_at(address(walk, site), size=PHONE, cookies=[session(city.inspector)])

    small = phone.evaluate(
        """() => [...document.querySelectorAll(".phone-main button, .phone-main .choice, .visit-camera, .visit-report")]
          .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 44)
          .map((one) => one.outerHTML)"""
    )

    assert small == []
    # Also of items that say nothing but what is looked at.
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_without_signal_what_was_filled_in_waits_and_arrives_once(walk, site, campaign, city, browser_at, session):
    rounds.in_use(campaign, city)
    phone = browser_at(address(walk, site), size=PHONE, cookies=[session(city.inspector)])
    phone.context.set_offline(True)
    for item in phone.locator("[data-item]").all():
        item.get_by_text("不适用").click()
    phone.get_by_role("button", name="检查完了").click()
    expect(phone.locator("[data-outbox-count]")).to_have_text("手机里还有1条没有发送")
    assert Visit.objects.count() == 0

    phone.context.set_offline(False)

    expect(phone.locator(".score-figure")).to_have_text("—")
    assert Visit.objects.get().is_finished


# On the phone -------------------------------------------------------------------------------------------


@pytest.fixture
def checklist(campaign, city):
    return rounds.in_use(campaign, city)


@pytest.fixture
def colleague(city):
    return people.person("同组督查员", Role.INSPECTOR, city.office)


@pytest.fixture
def shared(campaign, city, colleague):
    """A round whose only site is walked by two."""
    sites = [findings.site(campaign, city.bureau)]
    return rounds.round_at("in_field", campaign, city, sites=sites, members=[city.inspector, colleague])


@pytest.fixture
def phone(browser_at, session, city):
    """`phone(address)` opens it as the inspector; `.context` is the browser it lies in."""
    return lambda address: browser_at(address, size=PHONE, cookies=[session(city.inspector)])


def judge(page, code, word):
    page.locator("[data-item]", has_text=code).locator(".verdicts label").get_by_text(word, exact=True).click()


def chosen(page, code):
    return page.locator("[data-item]", has_text=code).locator(".verdicts input:checked")


def photo(page, code):
    shot = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": findings.upload().read()}
    page.locator("[data-item]", has_text=code).locator("input[type=file]").set_input_files(shot)


def save(page, word="暂存"):
    page.get_by_role("button", name=word).click()


def said_by(colleague, walk, checklist, **verdicts):
    """What the colleague's own phone has sent meanwhile."""
    site = walk.stops.get().site
    there = Visit.objects.filter(round=walk).first()
    seen = {answer.item_id: answer.mark for answer in there.answers.all()} if there else {}
    said = {}
    for code, verdict in verdicts.items():
        item = rounds.item(checklist, code.removeprefix("i").replace("_", "."))
        said[item.pk] = Said(verdict=verdict, seen=seen.get(item.pk))
    visits.save_visit(site, by=colleague, checklist=checklist, said=said, round=walk, client_key=uuid4())


def stands():
    return {answer.item.code: answer.verdict for answer in Visit.objects.get().answers.select_related("item")}


def kept(page, state):
    """How many forms the phone keeps in this state."""
    return page.evaluate(
        """(state) => new Promise((resolve) => {
          const opening = indexedDB.open("cityinit-outbox");
          opening.onsuccess = () => {
            const asking = opening.result.transaction("items").objectStore("items").getAll();
            asking.onsuccess = () => resolve(asking.result.filter((item) => item.state === state).length);
          };
        })""",
        state,
    )


KEPT_PAGES = """async () => {
  const pages = await (await caches.open("pages")).keys();
  return pages.map((one) => new URL(one.url).pathname);
}"""


def until(page, so):
    for _try in range(100):
        if so():
            return
        page.wait_for_timeout(100)
    raise AssertionError


def cut_off(page):
    """The line breaks while the next form is on its way: it may have arrived, and nobody knows."""
    cut = []

    def break_line(route):
        if route.request.method != "POST":
            return route.continue_()
        cut.append(route.request.url)
        return route.abort()

    pattern = re.compile(r"/inspections/.*(rounds|visits|sites)/")
    page.route(pattern, break_line)

    def broken():
        until(page, lambda: bool(cut))
        page.context.set_offline(True)
        page.unroute(pattern)

    return broken


def test_saved_again_while_the_first_was_on_its_way_both_arrive_and_the_last_word_stands(
    shared, colleague, checklist, phone
):
    said_by(colleague, shared, checklist, i2_2="pass")
    page = phone(address(shared, shared.stops.get().site))
    broken = cut_off(page)
    judge(page, "2.1", "不符合")
    save(page)
    broken()
    expect(page.locator("[data-outbox-count]")).to_have_text("手机里还有1条没有发送")
    judge(page, "2.1", "符合")
    save(page)
    expect(page.locator("[data-outbox-count]")).to_have_text("手机里还有2条没有发送")
    page.context.set_offline(False)

    page.wait_for_url("**/visits/*/")
    assert stands() == {"2.1": "pass", "2.2": "pass"}
    assert VisitSending.objects.count() == 3


def test_between_two_savings_a_colleague_s_word_is_told_and_not_written_over(shared, colleague, checklist, phone):
    page = phone(address(shared, shared.stops.get().site))
    broken = cut_off(page)
    judge(page, "2.1", "不符合")
    save(page)
    broken()
    expect(page.locator("[data-outbox-count]")).to_have_text("手机里还有1条没有发送")
    judge(page, "2.1", "符合")
    save(page)
    expect(page.locator("[data-outbox-count]")).to_have_text("手机里还有2条没有发送")
    said_by(colleague, shared, checklist, i2_1="na")
    page.context.set_offline(False)

    clash = "没有收下：同组的人刚刚填过2.1，与您填的不同，没有保存。请核对标出的各项后再保存一次。"
    expect(page.locator("[data-said]")).to_have_text([f"{clash}；2.1：现在保存的是：不适用"] * 2)
    assert stands() == {"2.1": "na"}
    # The later of the two, put back where it stands beside the colleague's word, may go over it.
    page.get_by_role("button", name="修改后重发").first.click()
    expect(page.locator(".visit-errors")).to_have_text(["现在保存的是：不适用"])
    expect(chosen(page, "2.1")).to_have_value("pass")
    save(page)
    page.wait_for_url("**/visits/*/")
    assert stands() == {"2.1": "pass"}


def test_outside_a_round_what_is_saved_twice_is_one_visit(campaign, city, checklist, phone):
    site = findings.site(campaign, city.bureau)
    page = phone(reverse("inspections:visit_new", args=[site.pk]))
    broken = cut_off(page)
    for code in ("1.1", "2.1", "2.2"):
        judge(page, code, "不适用")
    save(page, "检查完了")
    broken()
    expect(page.locator("[data-outbox-count]")).to_have_text("手机里还有1条没有发送")
    # The page is closed, and opened again as the phone kept it.
    judge(page, "2.1", "符合")
    save(page)
    expect(page.locator("[data-outbox-count]")).to_have_text("手机里还有2条没有发送")
    page.context.set_offline(False)

    page.wait_for_url("**/visits/*/")
    assert stands() == {"1.1": "na", "2.1": "pass", "2.2": "na"}
    assert Visit.objects.get().is_finished


def test_a_checklist_the_phone_closed_comes_back_as_it_was(walk, site, checklist, phone):
    page = phone(address(walk, site))
    page.locator("[data-item]").first.get_by_role("button", name="加一").click()
    judge(page, "2.2", "不符合")
    photo(page, "2.2")
    page.get_by_label("整体备注").fill("东门")
    until(page, lambda: kept(page, "draft") == 1)
    page.wait_for_timeout(600)
    context = page.context
    page.close()
    again = context.new_page()
    again.goto(address(walk, site))

    expect(again.get_by_text("上次没有保存的内容还在")).to_be_visible()
    expect(again.get_by_label("整体备注")).to_have_value("东门")
    expect(again.get_by_role("spinbutton", name="1.1 实有几处")).to_have_value("1")
    expect(chosen(again, "2.2")).to_have_value("fail")
    expect(again.locator("[data-item]", has_text="2.2").locator("[data-photo-count]")).to_have_text("1 张")
    expect(again.locator("[data-filled]")).to_have_text("2")
    save(again)
    again.wait_for_url("**/visits/*/")
    visit = Visit.objects.get()
    assert (stands(), visit.note) == ({"1.1": "fail", "2.2": "fail"}, "东门")
    assert visit.answers.get(item__code="2.2").photos.count() == 1
    again.goto(address(walk, site))
    expect(chosen(again, "2.2")).to_have_value("fail")
    expect(again.get_by_text("上次没有保存的内容还在")).to_be_hidden()
    assert kept(again, "draft") == 0


def test_into_what_others_have_filled_in_since_only_what_was_touched_comes_back(shared, colleague, checklist, phone):
    page = phone(address(shared, shared.stops.get().site))
    judge(page, "2.1", "不符合")
    until(page, lambda: kept(page, "draft") == 1)
    said_by(colleague, shared, checklist, i2_1="pass", i2_2="na")
    page.reload()

    expect(chosen(page, "2.1")).to_have_value("fail")
    expect(chosen(page, "2.2")).to_have_value("na")
    expect(page.locator(".visit-errors")).to_have_text(["现在保存的是：符合"])
    save(page)
    page.wait_for_url("**/visits/*/")
    assert stands() == {"2.1": "fail", "2.2": "na"}


def test_answers_without_a_place_in_another_edition_are_told_and_kept(
    shared, colleague, checklist, campaign, city, phone
):
    page = phone(address(shared, shared.stops.get().site))
    page.context.set_offline(True)
    page.locator("[data-item]").first.get_by_role("button", name="加一").click()
    judge(page, "2.1", "符合")
    judge(page, "2.2", "不符合")
    page.get_by_label("2.2 备注").fill("二楼")
    photo(page, "2.2")
    save(page)
    expect(page.locator("[data-outbox-count]")).to_have_text("手机里还有1条没有发送")
    items = [*rounds.ITEMS[:1], {**rounds.ITEMS[1], "criterion": "地面干净，没有积水"}]
    new = rounds.in_use(campaign, city, edition="2025版", items=items)
    said_by(colleague, shared, new, i2_1="pass")
    page.context.set_offline(False)
    expect(page.locator("[data-said]")).to_contain_text("请打开那一份填")
    page.reload()
    page.get_by_role("button", name="修改后重发").click()

    expect(page.get_by_role("spinbutton", name="1.1 实有几处")).to_have_value("1")
    # The same code asks something else now.
    expect(chosen(page, "2.1")).to_have_value("pass")
    expect(page.locator("[data-placeless] li")).to_have_text(
        ["2.1 地面干净，没有垃圾：符合", "2.2 公共厕所没有异味：不符合；二楼；照片1张"]
    )
    save(page)
    page.wait_for_url("**/visits/*/")
    assert stands() == {"1.1": "fail", "2.1": "pass"}
    # What has no place is still on the phone, its photo too.
    page.goto(address(shared, shared.stops.get().site))
    expect(page.locator(".outbox-item [data-save]:visible")).to_have_count(1)
    assert kept(page, "refused") == 1


def test_a_round_that_is_opened_again_fetches_only_what_has_changed(campaign, city, checklist, colleague, phone):
    sites = [findings.site(campaign, city.bureau, code=f"S{n}", name=f"市场{n}") for n in range(3)]
    walk = rounds.round_at("in_field", campaign, city, sites=sites, members=[city.inspector, colleague])
    asked = []
    note = lambda environ, **_more: asked.append(environ["PATH_INFO"])  # noqa: E731
    request_started.connect(note, weak=False)
    try:
        mine = reverse("inspections:my_round")
        page = phone(mine)
        addresses = {address(walk, site) for site in sites}
        until(page, lambda: addresses <= set(asked))
        until(page, lambda: addresses <= set(page.evaluate(KEPT_PAGES)))
        asked.clear()
        page.goto(mine)
        page.wait_for_timeout(1500)
        again = [path for path in asked if path in addresses]
        item = rounds.item(checklist, "2.1")
        said = {item.pk: Said(verdict="fail")}
        visits.save_visit(sites[1], by=colleague, checklist=checklist, said=said, round=walk, client_key=uuid4())
        page.goto(mine)
        until(page, lambda: address(walk, sites[1]) in asked)
        page.wait_for_timeout(1000)
        changed = [path for path in asked if path in addresses]
    finally:
        request_started.disconnect(note)

    assert (again, changed) == ([], [address(walk, sites[1])])
