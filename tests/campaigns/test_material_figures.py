"""Figures of materials: what stood on a day, whatever has become of it since."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from campaigns import material_figures as figures
from campaigns.actions import material_slots
from campaigns.actions import materials as actions
from campaigns.actions.material_succession import open_materials, take_over_materials
from campaigns.material_figures import Completeness
from campaigns.models import AssessmentSystem, Material
from cityinit.periods import Period
from tests.factories import materials

pytestmark = pytest.mark.django_db
HALF = Period.half_year(2026, 1)
YEAR = Period.year(2026)
State = Material.State


def test_what_was_handed_in_and_passed_is_counted_as_of_the_last_day(here, campaign, clock):
    clock("2026-06-30 23:00")
    for state in State:
        materials.material_at(state, campaign, here)
    waiting = Material.objects.for_page().get(state=State.SUBMITTED)
    clock("2026-07-01 00:30")
    actions.accept(waiting, by=here.coordinator)
    actions.reopen(Material.objects.for_page().get(state=State.FILED), by=here.coordinator, note="公章有误")
    materials.material_at(State.ACCEPTED, campaign, here)

    assert figures.completeness(campaign, HALF) == Completeness(asked=6, submitted=5, accepted=2)
    assert figures.completeness(campaign, YEAR) == Completeness(asked=7, submitted=6, accepted=3)
    assert figures.completeness(campaign, HALF).rate == Decimal("33.3")


def test_what_was_dropped_is_asked_for_until_that_day(here, campaign, clock):
    clock("2026-04-01 10:00")
    material = materials.asked(campaign, here)
    clock("2026-07-02 10:00")
    material_slots.drop(material, by=here.coordinator)

    assert [figures.completeness(campaign, period).asked for period in (HALF, YEAR)] == [1, 0]


def test_an_edition_that_was_replaced_counts_until_that_day(here, campaign, clock):
    clock("2026-04-01 10:00")
    materials.material_at(State.ACCEPTED, campaign, here)
    AssessmentSystem.objects.update(state="superseded", superseded_on=date(2026, 8, 1))

    assert [figures.completeness(campaign, period).asked for period in (HALF, YEAR)] == [1, 0]


def test_a_unit_s_figures_are_its_own_and_of_what_is_below_it(here, campaign, clock):
    clock("2026-04-01 10:00")
    materials.asked(campaign, here, unit=here.community)
    materials.material_at(State.ACCEPTED, campaign, here)

    assert figures.completeness(campaign, HALF, unit=here.street) == Completeness(1, 0, 0)
    assert figures.completeness(campaign, HALF, unit=here.bureau).rate == Decimal("100.0")
    assert figures.completeness(campaign, HALF, unit=here.police).rate is None


@pytest.mark.parametrize(("key", "expected"), [("asked", 3), ("submitted", 2), ("accepted", 1)])
def test_each_figure_has_the_list_of_its_records(here, campaign, clock, client, key, expected):
    clock("2026-04-01 10:00")
    for state in (State.EMPTY, State.SUBMITTED, State.ACCEPTED):
        materials.material_at(state, campaign, here)
    clock("2026-07-02 10:00")
    materials.material_at(State.FILED, campaign, here)
    client.force_login(here.coordinator)

    response = client.get(reverse("campaigns:materials"), {"figure": key, "on": "2026-06-30"})

    assert len(response.context["rows"]) == expected


@pytest.mark.parametrize(
    ("methods", "online"), [(["filing"], True), (["filing", "material"], True), (["material"], False)]
)
def test_materials_are_called_filed_online_where_all_of_them_are(here, campaign, clock, methods, online):
    clock("2026-04-01 10:00")
    of = materials.standard(materials.indicator(materials.system(campaign)), methods=methods)
    materials.asked(campaign, here, of=of)

    assert figures.filed_online(campaign, HALF) is online


def test_a_successor_takes_over_what_has_not_passed_and_earlier_days_stay_as_they_were(here, campaign, clock):
    clock("2026-04-01 10:00")
    for state in (State.RETURNED, State.SUBMITTED, State.ACCEPTED):
        materials.material_at(state, campaign, here)
    clock("2026-07-10 10:00")
    told = open_materials(here.bureau)
    before = told.count, [row[4] for row in told.rows(10)]

    take_over_materials(here.bureau, into=here.police, by=here.coordinator, on=date(2026, 7, 10))

    count = [
        figures.completeness(campaign, period, unit=unit).asked
        for period in (HALF, YEAR)
        for unit in (here.bureau, here.police)
    ]
    assert before == (2, ["已退回", "待审核"])
    assert count == [3, 0, 1, 2]
    assert Material.objects.get(state=State.RETURNED).events.get(move="succeed").note == "城管局并入公安局"
