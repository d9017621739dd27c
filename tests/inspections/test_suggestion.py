"""Whom a finding is suggested to, and the sentence that says why."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inspections.actions import findings as actions
from inspections.models import DispatchRule, Finding, SiteType
from inspections.suggestion import Suggester, suggested_unit
from tests.factories import findings as make

State = Finding.State


def rule(campaign, unit, **values):
    return DispatchRule.objects.create(campaign=campaign, category=make.category(campaign), unit=unit, **values)


def suggested(finding):
    found = suggested_unit(finding)
    return (found.unit, found.reason) if found else None


@pytest.fixture
def market(city, campaign):
    return make.site(campaign, city.community, street="河湾街道")


def test_the_offices_rule_goes_before_the_sites_unit(city, campaign, market):
    rule(campaign, city.bureau)

    finding = make.reported(city, campaign, site=market)

    assert suggested(finding) == (city.bureau, "按分工：占道经营 → 城管局")


def test_the_narrower_rule_goes_before_the_wider(city, campaign, market):
    other = SiteType.objects.create(name="主干道")
    rule(campaign, city.bureau)
    rule(campaign, city.police, kind=market.kind)
    rule(campaign, city.office, kind=other)
    finding = make.reported(city, campaign, site=market)
    by_kind = suggested(finding)

    rule(campaign, city.street, street="河湾街道")
    rule(campaign, city.office, street="别的街道")

    assert by_kind == (city.police, "按分工：占道经营（农贸市场） → 公安局")
    assert suggested(finding) == (city.street, "按分工：占道经营（河湾街道） → 河湾街道")


def test_without_a_rule_the_sites_unit(city, campaign, market):
    assert suggested(make.reported(city, campaign, site=market)) == (city.community, "该点位由柳荫社区负责")


def test_whom_the_inspector_named(city, campaign, market):
    finding = make.reported(city, campaign, site=market, lead_unit=city.police)

    assert suggested(finding) == (city.police, "上报时选定")


def test_whoever_put_it_right_before_gets_what_came_back(city, campaign, market):
    rule(campaign, city.police)
    finding = make.finding_at(State.REOPENED, city, campaign, site=market)

    assert suggested(finding) == (city.bureau, "上次由城管局整改")


def test_who_closed_most_of_the_like_where_the_sites_own_unit_has_sent_it_back(city, campaign, clock):
    now = clock("2026-03-02 09:00")
    site = make.site(campaign, city.bureau, street="河湾街道")
    near = make.site(campaign, city.bureau, code="S002", name="柳荫巷", street="河湾街道")
    for unit, person, where in (
        (city.police, city.other_liaison, near),
        (city.police, city.other_liaison, near),
        (city.community, city.street_liaison, near),
    ):
        closed(city, campaign, unit, person, site=where)
    now.shift(timedelta(days=1))
    finding = make.reported(city, campaign, site=site)
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau)
    actions.return_to_office(finding, by=city.liaison, reason="属别的单位")
    in_the_street = suggested(finding)
    closed(city, campaign, city.community, city.street_liaison, site=site)

    assert in_the_street == (city.police, "近90天河湾街道此类问题由公安局办结2件")
    assert suggested(finding) == (city.community, "近90天该点位此类问题由柳荫社区办结1件")
    now.shift(timedelta(days=91))
    assert suggested(finding) is None


def closed(city, campaign, unit, person, **values):
    finding = make.reported(city, campaign, **values)
    actions.dispatch(finding, by=city.coordinator, lead_unit=unit)
    actions.acknowledge(finding, by=person)
    actions.answer(finding, by=person, measure="已清理", photos=[make.photo()])
    actions.close(finding, by=city.inspector, despite_doubts=True)
    return finding


def test_never_who_has_sent_it_back(city, campaign, market):
    rule(campaign, city.bureau)
    finding = make.finding_at(State.RETURNED, city, campaign, site=market)
    first = suggested(finding)
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.community)
    actions.return_to_office(finding, by=city.street_liaison, reason="也不是我们的")

    assert first == (city.community, "该点位由柳荫社区负责")
    assert suggested(finding) is None


def test_no_unit_that_is_closed(city, campaign, market):
    rule(campaign, city.bureau)
    city.bureau.closed_on = timezone.localdate()
    city.bureau.save()

    assert suggested(make.reported(city, campaign, site=market))[0] == city.community


def test_the_page_shows_whom_and_why_and_offers_the_unit(city, campaign, as_, market):
    rule(campaign, city.bureau)
    finding = make.reported(city, campaign, site=market)

    page = as_(city.coordinator).get(reverse("inspections:finding_move", args=[finding.pk, "dispatch"]))

    assert "建议：城管局（按分工：占道经营 → 城管局）" in page.content.decode()
    assert page.context["form"]["lead_unit"].value() == city.bureau.pk


@pytest.mark.parametrize("n", [1, 3])
def test_many_are_suggested_with_as_many_queries_as_one(city, campaign, n):
    site = make.site(campaign, city.bureau)
    rows = [make.reported(city, campaign, site=site) for _n in range(n)]
    rows = list(Finding.objects.filter(pk__in=[row.pk for row in rows]).for_page())

    with CaptureQueriesContext(connection) as queries:
        suggester = Suggester(campaign, rows)
        found = [suggester.of(row).unit for row in rows]

    assert (found, len(queries)) == ([city.bureau] * n, 1)
