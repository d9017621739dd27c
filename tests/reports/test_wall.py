"""大屏: one screen after the other, by itself; who may not see it any more is told so on the wall."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from inspections.models import Finding
from tests.factories import findings as make
from tests.factories import tasks

WALL, PANEL = reverse("reports:wall"), reverse("reports:wall_panel")


@pytest.fixture
def campaign(city, clock):
    clock("2026-08-20 10:00")
    made = tasks.campaign(city, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    make.finding_at(Finding.State.DISPATCHED, city, made, site=make.site(made, city.street, name="河湾农贸市场"))
    return made


def asked(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_screens_follow_each_other_and_begin_anew_after_the_last(as_, city, campaign):
    leader = as_(city.leader)
    page = leader.get(WALL, {"span": "year"})
    titles = [[panel["title"] for panel in page.context["panels"]]]
    while (url := page.context["poll_url"]) and asked(url)["n"] != "0":
        assert asked(url)["span"] == "year"
        page = leader.get(url)
        titles.append([panel["title"] for panel in page.context["panels"]])

    assert titles[0] == ["时间进度与任务进度", "整改情况"]
    assert titles[-1] == ["问题最多的点位", "未办结问题最多的点位"]
    assert len(titles) == len(page.context["dots"])


def test_the_site_where_most_is_open_is_told_whenever_it_was_found(as_, city, campaign):
    page = as_(city.leader).get(WALL, {"span": "month", "n": "3"})

    assert "河湾农贸市场" in page.content.decode()


@pytest.mark.parametrize("place", ["99", "-1", "x", "00000"])
def test_a_screen_that_is_not_there_is_another_one(as_, city, campaign, place):
    assert as_(city.leader).get(WALL, {"n": place}).status_code == 200


def test_nobody_else_gets_the_page(as_, city, campaign):
    answers = {name: as_(getattr(city, name)).get(WALL).status_code for name in ("inspector", "liaison", "leader")}

    assert answers == {"inspector": 403, "liaison": 403, "leader": 200}


@pytest.mark.parametrize("visitor", ["nobody", "liaison"])
def test_who_may_not_see_it_any_more_is_told_on_the_wall_and_nothing_else(as_, client, city, campaign, visitor):
    browser = client if visitor == "nobody" else as_(city.liaison)

    page = browser.get(PANEL, {"n": "1"})

    text = page.content.decode()
    assert (page.status_code, "大屏不再更新" in text, campaign.name in text) == (200, True, False)
    # It goes on asking: once somebody has logged in again, the wall goes on by itself.
    assert 'hx-trigger="every' in text


def test_a_screen_asks_as_much_of_one_unit_as_of_many(as_, city, campaign, django_assert_num_queries):
    leader = as_(city.leader)
    leader.get(WALL, {"n": "2"})
    with django_assert_num_queries(7) as first:
        leader.get(WALL, {"n": "2"})
    for unit in (city.police, city.bureau, city.community):
        site = make.site(campaign, unit, code=f"W{unit.pk}", name=f"点位{unit.pk}")
        make.finding_at(Finding.State.REPORTED, city, campaign, site=site, lead_unit=unit)

    with django_assert_num_queries(len(first)):
        leader.get(WALL, {"n": "2"})
