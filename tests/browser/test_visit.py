"""The checklist on a phone, in a real browser: one hand, one form, and the same verdicts as the server's."""

import json

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from inspections.models import Finding, Visit
from inspections.rules import Kind, Rule
from tests.factories import findings, rounds

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
