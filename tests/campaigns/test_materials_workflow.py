"""Who may move a material from where: the whole table."""

import pytest

from campaigns.models import Material
from campaigns.views.materials import MOVE_ACTIONS, MOVE_FORMS
from campaigns.workflow import MATERIAL
from tests.factories import materials, tasks
from tests.factories.people import city
from units.roles import Role

pytestmark = pytest.mark.django_db

EMPTY, SUBMITTED, RETURNED, RESUBMITTED, ACCEPTED, FILED = Material.State
LIAISON, OFFICE = Role.LIAISON, Role.COORDINATOR
EXPECTED = {
    (EMPTY, "submit", LIAISON),
    (EMPTY, "submit", OFFICE),
    (SUBMITTED, "withdraw", LIAISON),
    (SUBMITTED, "accept", OFFICE),
    (SUBMITTED, "return_to_unit", OFFICE),
    (RETURNED, "resubmit", LIAISON),
    (RETURNED, "resubmit", OFFICE),
    (RESUBMITTED, "withdraw_again", LIAISON),
    (RESUBMITTED, "accept", OFFICE),
    (RESUBMITTED, "return_to_unit", OFFICE),
    (ACCEPTED, "file", OFFICE),
    (ACCEPTED, "reopen", OFFICE),
    (FILED, "reopen", OFFICE),
}


@pytest.mark.parametrize("state", list(Material.State))
def test_who_may_move_a_material_from_each_state(state):
    here = city()
    material = materials.material_at(state, tasks.campaign(here), here)

    allowed = {
        (state, move, role)
        for role, person in here.by_role.items()
        for move in MATERIAL.moves
        if MATERIAL.refusal(material, move, person) is None
    }

    assert allowed == {row for row in EXPECTED if row[0] == state}


@pytest.mark.parametrize("state", list(Material.State))
def test_nobody_moves_a_material_of_another_unit_or_city(state):
    here, there = city(), city("山口市")
    material = materials.material_at(state, tasks.campaign(here), here)

    others = [here.other_liaison, here.street_liaison, here.nobody, *there.by_role.values()]

    assert [move.name for person in others for move in MATERIAL.open_to(person, material)] == []


def test_nobody_accepts_what_they_handed_in_themselves():
    here = city()
    material = materials.asked(tasks.campaign(here), here)
    materials.submit(material, here, by=here.coordinator)

    refused = MATERIAL.refusal(materials.fresh(material), "accept", here.coordinator)
    by_another = MATERIAL.refusal(materials.fresh(material), "accept", materials.second_coordinator(here))

    assert (refused, by_another) == ("这次是您自己报送的，要由创建办的另一位同事审核。", None)


def test_every_state_is_reached_by_a_move():
    assert {move.target for move in MATERIAL.moves.values()} == set(Material.State)


def test_each_button_of_the_page_is_a_move_with_an_action():
    own_pages = {"submit", "resubmit", "accept", "return_to_unit"}

    assert set(MOVE_ACTIONS) == set(MOVE_FORMS) == set(MATERIAL.moves) - own_pages
