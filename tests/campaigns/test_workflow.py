"""Who may move tasks and assignments from where: the whole table."""

import pytest

from campaigns.actions import tasks as actions
from campaigns.models import Assignment, Supervision, Task, TaskExtension
from campaigns.workflow import ASSIGNMENT, SUPERVISION, TASK, TASK_EXTENSION, WORKFLOWS
from tests.factories import tasks
from tests.factories.people import city
from units.roles import Role

pytestmark = pytest.mark.django_db

DRAFT, ISSUED, AWAITING, CONFIRMED, CANCELLED = Task.State
UNREAD, ACKNOWLEDGED, IN_PROGRESS, REPORTED_DONE = Assignment.State
ASKED, GRANTED, REFUSED, WITHDRAWN = TaskExtension.State
OPEN, ANSWERED, LIFTED = Supervision.State


@pytest.mark.parametrize("state", list(Task.State))
def test_who_may_move_a_task_from_each_state(state):
    expected = {
        (DRAFT, "issue", Role.COORDINATOR),
        (DRAFT, "cancel", Role.COORDINATOR),
        (ISSUED, "cancel", Role.COORDINATOR),
        (AWAITING, "confirm", Role.COORDINATOR),
        (AWAITING, "send_back", Role.COORDINATOR),
        (AWAITING, "cancel", Role.COORDINATOR),
        (CONFIRMED, "reopen", Role.COORDINATOR),
        (CANCELLED, "restore", Role.COORDINATOR),
    }
    here = city()
    task = tasks.task_at(tasks.campaign(here), here, state)

    allowed = {
        (state, move, role)
        for role, person in here.by_role.items()
        for move in TASK.moves
        if TASK.refusal(task, move, person) is None
    }

    assert allowed == {row for row in expected if row[0] == state}


@pytest.mark.parametrize("state", list(Assignment.State))
def test_who_may_move_an_assignment_from_each_state(state):
    expected = {
        (UNREAD, "acknowledge", Role.LIAISON),
        (ACKNOWLEDGED, "start", Role.LIAISON),
        (ACKNOWLEDGED, "start", Role.COORDINATOR),
        (IN_PROGRESS, "report_done", Role.LIAISON),
        (REPORTED_DONE, "send_back", Role.COORDINATOR),
    }
    here = city()
    part = tasks.part_at(tasks.campaign(here), here, state)

    allowed = {
        (state, move, role)
        for role, person in here.by_role.items()
        for move in ASSIGNMENT.moves
        if ASSIGNMENT.refusal(part, move, person) is None
    }

    assert allowed == {row for row in expected if row[0] == state}


@pytest.mark.parametrize("state", list(TaskExtension.State))
def test_who_may_move_a_request_for_more_time_from_each_state(state):
    expected = {
        (ASKED, "grant", Role.COORDINATOR),
        (ASKED, "refuse", Role.COORDINATOR),
        (ASKED, "withdraw", Role.LIAISON),
    }
    here = city()
    asked = tasks.extension_at(tasks.campaign(here), here, state)

    allowed = {
        (state, move, role)
        for role, person in here.by_role.items()
        for move in TASK_EXTENSION.moves
        if TASK_EXTENSION.refusal(asked, move, person) is None
    }

    assert allowed == {row for row in expected if row[0] == state}
    assert TASK_EXTENSION.open_to(here.other_liaison, asked) == []


@pytest.mark.parametrize("state", list(Supervision.State))
def test_who_may_move_a_supervision_from_each_state(state):
    expected = {
        (OPEN, "answer", Role.LIAISON),
        (OPEN, "lift", Role.COORDINATOR),
        (ANSWERED, "send_back", Role.COORDINATOR),
        (ANSWERED, "lift", Role.COORDINATOR),
    }
    here = city()
    supervision = tasks.supervision_at(tasks.campaign(here), here, state)

    allowed = {
        (state, move, role)
        for role, person in here.by_role.items()
        for move in SUPERVISION.moves
        if SUPERVISION.refusal(supervision, move, person) is None
    }

    assert allowed == {row for row in expected if row[0] == state}
    assert SUPERVISION.open_to(here.other_liaison, supervision) == []


@pytest.mark.parametrize("state", list(Assignment.State))
def test_a_liaison_moves_no_assignment_of_another_unit(state):
    here = city()
    part = tasks.part_at(tasks.campaign(here), here, state)

    assert ASSIGNMENT.open_to(here.other_liaison, part) == []
    assert ASSIGNMENT.open_to(here.street_liaison, part) == []


def test_a_liaison_above_moves_the_assignments_below():
    here = city()
    task = tasks.issued(tasks.campaign(here), here, lead_unit=here.community, units=[])

    part = tasks.part(task, here.community)

    assert [move.name for move in ASSIGNMENT.open_to(here.street_liaison, part)] == ["acknowledge"]


@pytest.mark.parametrize("state", [AWAITING, CONFIRMED, CANCELLED])
def test_no_assignment_moves_once_its_task_is_not_worked_on(state):
    here = city()
    task = tasks.task_at(tasks.campaign(here), here, state)

    part = tasks.part(task, here.bureau)

    everybody = [*here.by_role.values(), here.other_liaison]
    assert [move.name for person in everybody for move in ASSIGNMENT.open_to(person, part)] == []


def test_people_of_another_city_move_nothing():
    here, there = city(), city("山口市")
    campaign = tasks.campaign(here)
    awaiting = tasks.awaiting(campaign, here)
    part = tasks.part_at(campaign, here, UNREAD)

    for person in there.by_role.values():
        assert TASK.open_to(person, awaiting) == []
        assert ASSIGNMENT.open_to(person, part) == []


def test_nobody_can_send_a_task_to_confirmation_by_hand():
    here = city()
    task = tasks.reported(tasks.campaign(here), here)

    refusals = {TASK.refusal(task, "await_confirmation", person) for person in here.by_role.values()}

    assert refusals == {"您在这里没有“报请确认”的权限。"}
    assert TASK.refusal(task, "await_confirmation", None) == "还有单位没有反馈完成。"


def test_a_draft_without_a_unit_is_not_issued():
    here = city()
    task = tasks.draft(tasks.campaign(here), here)
    task.assignments.all().delete()

    assert TASK.refusal(task, "issue", here.coordinator) == "还没有责任单位，不能下发。请先修改任务，填写牵头单位。"


def test_every_state_is_reached_by_a_move():
    for workflow, states in (
        (TASK, Task.State),
        (ASSIGNMENT, Assignment.State),
        (TASK_EXTENSION, TaskExtension.State),
        (SUPERVISION, Supervision.State),
    ):
        assert {move.target for move in workflow.moves.values()} | {next(iter(states))} == set(states)


def test_the_workflows_are_listed_for_the_docs():
    names = ["task", "assignment", "task_extension", "supervision", "assessment_system", "material", "duty_turn"]
    assert [workflow.name for workflow in WORKFLOWS] == names


def test_each_button_of_the_pages_is_a_move_with_an_action():
    from campaigns.views.tasks import PART_ACTIONS, PART_FORMS, TASK_ACTIONS, TASK_FORMS

    assert set(TASK_ACTIONS) == set(TASK_FORMS) == set(TASK.moves) - {"await_confirmation"}
    assert set(PART_ACTIONS) == set(PART_FORMS) == set(ASSIGNMENT.moves) - {"start"}
    assert actions.send_back_part in PART_ACTIONS.values()
