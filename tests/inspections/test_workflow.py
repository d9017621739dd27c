"""Who may move a finding from where to where: the table of the programme, asked row by row."""

import inspect
from datetime import timedelta

import pytest
from django.utils import timezone

from inspections.actions import findings as actions
from inspections.models import Extension, Finding
from inspections.workflow import EXTENSION, FINDING
from tests.factories import findings as make
from tests.factories.people import SINCE, person, unit
from units.models import Post
from units.roles import Role

State = Finding.State
WEEK = timedelta(days=7)
OFFICE = {Role.COORDINATOR}
REVIEWERS = {Role.COORDINATOR, Role.INSPECTOR}
UNIT = {Role.LIAISON}
# (states, roles) of each move, from the programme's table. The inspector is the one who reported.
TABLE = {
    "report": ({State.DRAFT}, {Role.INSPECTOR}),
    "reject": ({State.REPORTED}, OFFICE),
    "mark_duplicate": ({State.REPORTED, State.DISPATCHED}, OFFICE),
    "dispatch": ({State.REPORTED, State.RETURNED, State.REOPENED}, OFFICE),
    "acknowledge": ({State.DISPATCHED}, UNIT),
    "return_to_office": ({State.DISPATCHED, State.RECTIFYING}, UNIT),
    "answer": ({State.RECTIFYING, State.REWORK}, UNIT),
    "close": ({State.SUBMITTED}, REVIEWERS),
    "rework": ({State.SUBMITTED}, REVIEWERS),
    "suspend": ({State.DISPATCHED, State.RECTIFYING, State.REWORK}, OFFICE),
    "resume": ({State.LONG_TERM}, OFFICE),
    "close_on_spot": ({State.DRAFT}, {Role.INSPECTOR}),
    "reopen": ({State.CLOSED, State.CLOSED_ON_SPOT}, REVIEWERS),
    "void": (set(State) - {State.CLOSED, State.VOID}, OFFICE),
}
TARGETS = {
    "report": State.REPORTED,
    "reject": State.REJECTED,
    "mark_duplicate": State.DUPLICATE,
    "dispatch": State.DISPATCHED,
    "acknowledge": State.RECTIFYING,
    "return_to_office": State.RETURNED,
    "answer": State.SUBMITTED,
    "close": State.CLOSED,
    "rework": State.REWORK,
    "suspend": State.LONG_TERM,
    "resume": State.RECTIFYING,
    "close_on_spot": State.CLOSED_ON_SPOT,
    "reopen": State.REOPENED,
    "void": State.VOID,
}


@pytest.mark.parametrize("state", list(State))
def test_every_move_from_every_state_by_every_role(city, campaign, state):
    finding = make.finding_at(state, city, campaign)

    allowed = {
        (move, role)
        for move in FINDING.moves
        for role in Role
        if FINDING.refusal(finding, move, city.by_role[role]) is None
    }

    assert allowed == {(move, role) for move, (states, roles) in TABLE.items() if state in states for role in roles}


def test_each_move_leads_where_the_programme_says():
    assert {name: move.target for name, move in FINDING.moves.items()} == TARGETS


@pytest.mark.parametrize("name", list(FINDING.moves))
def test_what_a_move_must_be_given_its_action_takes(name):
    action = actions.record_finding if name == "report" else getattr(actions, name)

    needed = {word for given in FINDING.moves[name].gives for word in given.split(" or ")}

    assert needed <= set(inspect.signature(action).parameters)


def test_with_direct_dispatch_an_inspector_dispatches_too(city, campaign):
    finding = make.reported(city, campaign)

    before = FINDING.refusal(finding, "dispatch", city.inspector)
    campaign.direct_dispatch = True
    campaign.save()
    finding.refresh_from_db()

    assert before == "本活动没有打开“督查员可直接交办”，请由创建办核实后交办。"
    assert FINDING.refusal(finding, "dispatch", city.inspector) is None


def test_an_inspector_reports_only_what_the_own_hand_wrote(city, campaign):
    draft = make.finding_at(State.DRAFT, city, campaign)
    other = person("另一督查员", Role.INSPECTOR, city.office)

    refusals = [FINDING.refusal(draft, move, other) for move in ("report", "close_on_spot")]

    assert refusals == ["这是别人填写的问题，只能由填写人上报。"] * 2


def test_who_answered_may_neither_close_nor_rework(city, campaign):
    both = person("身兼两职", Role.LIAISON, city.bureau)
    Post.objects.create(user=both, role=Role.COORDINATOR, unit=city.office, starts_on=SINCE)
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    actions.answer(finding, by=both, measure="已清理", photos=[make.photo()])

    refusals = [FINDING.refusal(finding, move, both) for move in ("close", "rework")]

    assert refusals == ["整改情况是您反馈的，须由别人复核。"] * 2


@pytest.mark.parametrize(
    ("where", "may"), [("bureau", False), ("section", False), ("office", True), ("police", True), ("host", True)]
)
def test_nobody_of_the_answering_unit_closes(city, campaign, where, may):
    units = {"bureau": city.bureau, "section": unit("市容科", parent=city.bureau)}
    colleague = person("督查", Role.INSPECTOR, units.get(where) or getattr(city, where))
    finding = make.finding_at(State.SUBMITTED, city, campaign)

    assert (FINDING.refusal(finding, "close", colleague) is None) == may


def test_a_liaison_above_the_answering_unit_does_not_close_as_inspector(city, campaign):
    finding = make.reported(city, campaign)
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.community)
    actions.acknowledge(finding, by=city.street_liaison)
    actions.answer(finding, by=city.street_liaison, measure="已清理", photos=[make.photo()])
    colleague = person("街道兼督查", Role.LIAISON, city.street)
    Post.objects.create(user=colleague, role=Role.INSPECTOR, unit=city.office, starts_on=SINCE)

    refusal = FINDING.refusal(finding, "close", colleague)

    assert refusal == "您是整改单位“柳荫社区”的人员，须由其他单位的人复核。"


def test_a_unit_returns_twice_and_then_the_office_decides(city, campaign):
    finding = make.reported(city, campaign)
    for _time in range(2):
        actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau)
        actions.return_to_office(finding, by=city.liaison, reason="属街道管理")
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau)

    refusal = FINDING.refusal(finding, "return_to_office", city.liaison)

    assert refusal == "这个问题已经退回2次，不能再退回，请与创建办商定责任单位。"


def test_what_was_closed_comes_back_within_ninety_days(city, campaign, clock):
    now = clock("2025-03-03 09:00")
    finding = make.finding_at(State.CLOSED, city, campaign)
    now.shift(timedelta(days=90))
    within = FINDING.refusal(finding, "reopen", city.inspector)
    now.shift(timedelta(seconds=1))

    after = FINDING.refusal(finding, "reopen", city.inspector)

    assert (within, after) == (None, "销号已超过90天，不能再作反弹，请作为新问题上报。")


def test_an_assisting_unit_sees_and_does_not_act(city, campaign):
    finding = make.reported(city, campaign)
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau, assisting_units=[city.police])

    assert FINDING.open_to(city.other_liaison, finding) == []


@pytest.mark.parametrize("state", list(Extension.State))
def test_only_the_office_decides_on_an_extension_that_waits(city, campaign, state):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    asked = actions.ask_extension(
        finding, by=city.liaison, reason="等材料", until=timezone.localdate(finding.due_at) + timedelta(days=5)
    )
    if state == Extension.State.GRANTED:
        actions.grant_extension(asked, by=city.coordinator)
    elif state == Extension.State.REFUSED:
        actions.refuse_extension(asked, by=city.coordinator, note="不同意")
    elif state == Extension.State.LAPSED:
        actions.suspend(finding, by=city.coordinator, plan="改造", until=timezone.localdate() + WEEK, leader="副市长")
    asked.refresh_from_db()

    allowed = {
        (move, role)
        for move in EXTENSION.moves
        for role, someone in city.by_role.items()
        if EXTENSION.refusal(asked, move, someone) is None
    }

    waits = asked.state == state == Extension.State.ASKED
    assert asked.state == state
    assert allowed == ({("grant", Role.COORDINATOR), ("refuse", Role.COORDINATOR)} if waits else set())


def test_no_extension_is_granted_once_the_clock_has_stopped(city, campaign):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    asked = actions.ask_extension(
        finding, by=city.liaison, reason="等材料", until=timezone.localdate(finding.due_at) + timedelta(days=5)
    )
    actions.answer(finding, by=city.liaison, measure="已清理", photos=[make.photo()])

    # As somebody has it before them who read it while it still waited.
    assert EXTENSION.refusal(asked, "grant", city.coordinator) == "问题目前是“待复核”，没有正在计算的期限可延。"
