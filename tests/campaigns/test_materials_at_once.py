"""Two people at the same moment, over one material."""

from uuid import uuid4

import pytest

from campaigns.actions import material_slots as slots
from campaigns.actions import materials as actions
from campaigns.actions.material_carrying import carry_over
from campaigns.models import Material, MaterialEvent, Submission
from tests.at_once import at_once
from tests.factories import materials, tasks
from tests.factories.people import city

pytestmark = pytest.mark.django_db(transaction=True)
State = Material.State


def test_of_two_reviewers_at_once_one_decides_and_the_other_is_told():
    here = city()
    material = materials.material_at(State.SUBMITTED, tasks.campaign(here), here)
    second = materials.second_coordinator(here)
    first_seen, second_seen = materials.fresh(material), materials.fresh(material)

    refused = at_once(
        lambda: actions.accept(first_seen, by=here.coordinator, seen_state="submitted"),
        lambda: actions.return_to_unit(second_seen, by=second, note="盖章不清", seen_state="submitted"),
    )

    assert refused.count(None) == 1
    assert MaterialEvent.objects.filter(move__in=["accept", "return_to_unit"]).count() == 1
    assert (materials.fresh(material).state, Submission.objects.get().verdict) in [
        ("accepted", "accepted"),
        ("returned", "returned"),
    ]


def test_one_form_sent_twice_at_once_is_one_submission():
    here = city()
    material, key = materials.asked(tasks.campaign(here), here), uuid4()

    refused = at_once(*[lambda: materials.submit(material, here, client_key=key)] * 2)

    assert (refused, Submission.objects.count()) == ([None, None], 1)


def test_taken_back_and_accepted_at_once_it_is_one_of_both():
    here = city()
    material = materials.material_at(State.SUBMITTED, tasks.campaign(here), here)
    first, second = materials.fresh(material), materials.fresh(material)

    refused = at_once(
        lambda: actions.withdraw(first, by=here.liaison), lambda: actions.accept(second, by=here.coordinator)
    )

    assert refused.count(None) == 1
    assert materials.fresh(material).state in ("empty", "accepted")


def test_a_system_asked_for_twice_at_once_is_asked_for_once():
    here = city()
    there = materials.system(tasks.campaign(here))
    materials.standard(materials.indicator(there), here.bureau, here.police)

    refused = at_once(*[lambda: slots.make_all(there, by=here.coordinator)] * 2)

    assert refused == [None, None]
    assert sorted(Material.objects.values_list("ordinal", flat=True)) == [1, 2]


def test_a_unit_nudged_twice_at_once_is_nudged_once():
    here = city()
    campaign = tasks.campaign(here)
    materials.asked(campaign, here)

    refused = at_once(*[lambda: actions.nudge(campaign, here.bureau, by=here.coordinator, url="/m/")] * 2)

    assert sorted(refused, key=str) == [None, "今天已经催办过城管局，请明天再催。"]
    assert MaterialEvent.objects.filter(move="nudge").count() == 1


def test_an_edition_carried_over_twice_at_once_is_there_once():
    here = city()
    campaign = tasks.campaign(here)
    before, after = materials.system(campaign), materials.system(campaign, edition="2026年版")
    old = materials.standard(materials.indicator(before), here.bureau)
    new = materials.standard(materials.indicator(after), here.bureau, lineage=old.lineage)
    materials.material_at(State.ACCEPTED, campaign, here, of=old)

    refused = at_once(*[lambda: carry_over(before, after, by=here.coordinator)] * 2)

    assert refused == [None, None]
    assert (new.materials.count(), Submission.objects.count()) == (1, 2)
