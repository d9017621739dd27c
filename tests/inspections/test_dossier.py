"""One site on one page: who answers for it, what was found, each number with exactly its rows, and for whom."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Grid
from inspections.actions import findings as actions
from inspections.actions.draws import draw_sites
from inspections.actions.sites import change_site
from inspections.actions.visits import Said
from inspections.models import Finding, Round, Sponsorship
from inspections.rules import Verdict
from tests.factories import findings as make
from tests.factories import people, rounds
from units.models import Post, User
from units.roles import Role

pytestmark = pytest.mark.django_db
State, FAIL = Finding.State, Verdict.FAIL


def url(site):
    return reverse("inspections:site_dossier", args=[site.pk])


def facts(response):
    return {str(label): str(value) for label, value, *_link in response.context["facts"]}


def stats(response):
    return {str(one["label"]): one["value"] for one in response.context["stats"]}


@pytest.fixture
def market(city, campaign):
    return make.site(campaign, city.bureau, community="柳荫社区", leader="副市长", longitude=117.65, latitude=34.21)


@pytest.fixture
def story(city, campaign, market):
    """Two open findings, one of them overdue; two closed, one of them on the spot; one that came back; one void."""
    late = make.finding_at(State.RECTIFYING, city, campaign, site=market)
    Finding.objects.filter(pk=late.pk).update(due_at=late.found_at)
    make.reported(city, campaign, site=market, category=make.category(campaign, "路灯不亮"))
    make.finding_at(State.CLOSED, city, campaign, site=market)
    actions.close_on_spot(
        campaign,
        by=city.inspector,
        category=make.category(campaign),
        photos=[make.photo()],
        after_photos=[make.photo(colour="seagreen")],
        site=market,
    )
    make.finding_at(State.REOPENED, city, campaign, site=market)
    make.finding_at(State.VOID, city, campaign, site=market)


# Numbers ----------------------------------------------------------------------------------------------


def test_each_number_leads_to_a_list_of_exactly_so_many(city, story, market, as_):
    client = as_(city.coordinator)
    response = client.get(url(market))

    assert stats(response) == {"发现问题": 5, "未办结": 3, "逾期": 1, "已办结": 2, "整改率": "40.0%", "反弹过": 1}
    listed = {one["label"]: len(client.get(one["url"]).context["rows"]) for one in response.context["stats"]}
    assert listed == {"发现问题": 5, "未办结": 3, "逾期": 1, "已办结": 2, "整改率": 2, "反弹过": 1}


def test_each_category_leads_to_its_findings_the_most_frequent_first(city, story, market, as_):
    client = as_(city.coordinator)
    rows = client.get(url(market)).context["categories"]

    assert [(row["name"], row["n"], row["open"]) for row in rows] == [("占道经营", 4, 2), ("路灯不亮", 1, 1)]
    assert [len(client.get(row["url"]).context["rows"]) for row in rows] == [4, 1]


def test_where_nothing_was_found_there_is_no_rate(city, market, as_):
    response = as_(city.coordinator).get(url(market))

    assert (stats(response)["整改率"], response.context["pair"]) == ("—", None)


def test_findings_of_another_site_are_not_counted(city, campaign, story, market, as_):
    other = make.site(campaign, city.bureau, code="S002", name="东市场")

    assert stats(as_(city.coordinator).get(url(other)))["发现问题"] == 0


def test_a_unit_counts_what_it_sees_itself(city, story, market, as_):
    response = as_(city.liaison).get(url(market))

    # Of the unit's own what was sent to it; what was only reported, or closed on the spot, it does not see.
    assert stats(response) == {"发现问题": 3, "未办结": 2, "逾期": 1, "已办结": 1, "整改率": "33.3%", "反弹过": 1}
    assert (response.context["sees_plans"], response.context["rounds"], response.context["draws"]) == (False, [], [])


def test_rounds_and_draws_tell_how_often_it_was_looked_at(city, campaign, market, as_):
    spring, autumn = (Round.objects.create(campaign=campaign, name=name) for name in ("春季督查", "秋季督查"))
    for walk in (spring, spring, autumn):
        make.reported(city, campaign, site=market, round=walk)
    draw_sites(campaign, by=city.coordinator, n=1, round=autumn)
    client = as_(city.inspector)

    told = client.get(url(market)).context

    assert [(row["name"], row["n"]) for row in told["rounds"]] == [("秋季督查", 1), ("春季督查", 2)]
    assert [len(client.get(row["url"]).context["rows"]) for row in told["rounds"]] == [1, 2]
    assert ([row.draw.round for row in told["draws"]], told["draw_count"]) == ([autumn], 1)


def test_the_last_score_stands_with_the_visits_that_the_reader_sees(city, campaign, market, as_):
    checklist = rounds.in_use(campaign, city)
    walk = rounds.round_at(Round.State.PUBLISHED, campaign, city, sites=[market], answers={"i2_1": Said(verdict=FAIL)})
    rounds.visited(market, city, checklist)

    office = as_(city.coordinator).get(url(market))
    unit = as_(city.liaison).get(url(market))

    assert (stats(office)["最近得分"], office.context["visit_count"]) == (100, 2)
    assert [row["told"] for row in office.context["visits"]] == ["不符合0项，未公布", "不符合1项"]
    # A unit sees what was published.
    assert (stats(unit)["最近得分"], unit.context["visit_count"]) == (50, 1)
    assert str(walk) in unit.context["visits"][0]["label"]
    assert as_(city.liaison).get(unit.context["visits"][0]["url"]).status_code == 200


def test_the_pair_of_photos_is_of_what_was_put_right_last(city, campaign, market, as_):
    make.finding_at(State.SUBMITTED, city, campaign, site=market)
    first = make.finding_at(State.CLOSED, city, campaign, site=market)
    last = make.finding_at(State.CLOSED, city, campaign, site=market)
    Finding.objects.filter(pk=first.pk).update(closed_at=timezone.now() - timedelta(days=3))

    pair = as_(city.coordinator).get(url(market)).context["pair"]

    assert pair["finding"] == last
    assert [str(photo["label"]) for photo in pair["photos"]] == ["整改前", "整改后"]
    assert as_(city.coordinator).get(pair["photos"][1]["url"]).status_code == 200


# Who answers ------------------------------------------------------------------------------------------


def test_who_answers_for_it_is_told_by_name(city, campaign, market, as_):
    market.grid = Grid.objects.create(
        campaign=campaign, code="LY-1", name="第一网格", unit=city.community, keeper="王五", phone="13800001234"
    )
    market.save()
    today = timezone.localdate()
    for target, name, leader in (
        ("community", "柳荫社区", "秘书长"),
        ("site", "河湾农贸市场", "局长"),
        ("site", "别处", "无关"),
    ):
        Sponsorship.objects.create(campaign=campaign, leader=leader, target_kind=target, target_name=name)
    ended = {"target_kind": "site", "site": market, "target_name": "市场", "ends_on": today - timedelta(days=1)}
    Sponsorship.objects.create(campaign=campaign, leader="前任", **ended)
    User.objects.filter(pk=city.liaison.pk).update(phone="13900005678")

    told = facts(as_(city.coordinator).get(url(market)))

    assert told["联络员"] == f"{city.liaison.name} 13900005678"
    assert told["网格"] == "LY-1 第一网格（王五 13800001234）"
    assert told["包保领导"] == "副市长"
    assert told["包保"] == "局长；秘书长（包保柳荫社区）"


@pytest.mark.parametrize("who", ["inspector", "leader"])
def test_telephone_numbers_are_masked_for_who_need_not_call(city, campaign, market, as_, who):
    market.grid = Grid.objects.create(campaign=campaign, code="LY-1", unit=city.community, phone="13800001234")
    market.save()
    User.objects.filter(pk=city.liaison.pk).update(phone="13900005678")

    response = as_(getattr(city, who)).get(url(market))

    assert (facts(response)["联络员"][-11:], facts(response)["网格"]) == ("139****5678", "LY-1（138****1234）")
    assert "13900005678" not in response.content.decode()


def test_a_unit_without_a_liaison_is_spoken_for_from_the_nearest_above(city, campaign, as_):
    site = make.site(campaign, city.community)
    people.person("区里的", Role.LIAISON, city.host)
    left = people.person("已离任", Role.LIAISON, city.community, until=timezone.localdate() - timedelta(days=1))

    told = facts(as_(city.coordinator).get(url(site)))["联络员"]

    assert told == city.street_liaison.name
    assert left.name not in told
    Post.objects.filter(role=Role.LIAISON).exclude(user__name="区里的").update(
        ends_on=timezone.localdate() - timedelta(days=1)
    )
    assert facts(as_(city.coordinator).get(url(site)))["联络员"] == "区里的"


def test_units_that_answered_before_are_told(city, campaign, market, as_):
    values = {"code": market.code, "name": market.name}
    change_site(market, by=city.coordinator, kind="农贸市场", unit=city.police, **values)

    response = as_(city.coordinator).get(url(market))

    assert [row.unit for row in response.context["former"]] == [city.bureau]
    assert "原责任单位" in response.content.decode()


# The page ---------------------------------------------------------------------------------------------


def test_the_page_takes_the_same_queries_however_much_was_found(city, campaign, market, as_):
    client, checklist = as_(city.coordinator), rounds.in_use(campaign, city)

    def queries():
        with CaptureQueriesContext(connection) as told:
            client.get(url(market))
        return len(told)

    def more():
        walk = Round.objects.create(campaign=campaign, name=f"第{Round.objects.count()}次")
        rounds.visited(market, city, checklist)
        make.finding_at(State.CLOSED, city, campaign, site=market, round=walk)
        make.finding_at(State.RECTIFYING, city, campaign, site=market, round=walk)
        draw_sites(campaign, by=city.coordinator, n=1, round=walk)

    more()
    queries()
    one = queries()
    more()
    more()

    assert queries() == one


def test_the_site_s_page_leads_to_its_dossier_and_back(city, market, as_):
    client = as_(city.liaison)

    assert url(market) in client.get(market.get_absolute_url()).content.decode()
    assert f'href="{market.get_absolute_url()}"' in client.get(url(market)).content.decode()


def test_another_unit_s_site_is_not_there(city, campaign, as_):
    site = make.site(campaign, city.police)

    assert as_(city.liaison).get(url(site)).status_code == 404
