"""Units asked for their own summary: who is asked, told and reminded, what each may do with it, and when no more."""

from datetime import date
from uuid import uuid4

import pytest

from campaigns.models import Statement, WorkLogEntry, Workstream
from cityinit.periods import Period
from cityinit.sent import Stale
from cityinit.workflow import Refused
from reports import calls, contributions
from reports.models import Call, Contribution, ContributionEvent
from reports.workflow import CALL, CONTRIBUTION
from tests.factories import people
from tests.factories.calls import DUE, called, contribution_at, of, submitted, texts
from tests.factories.reports import FIRST_HALF
from units.actions import merge_unit
from units.models import Notice
from units.roles import Role

pytestmark = pytest.mark.django_db
State = Contribution.State


@pytest.fixture(autouse=True)
def day(clock):
    return clock("2025-06-10 09:00")


def stream_key():
    return f"stream:{Workstream.objects.get().pk}"


def told(person):
    return list(Notice.objects.filter(user=person).order_by("pk").values_list("text", flat=True))


# Asking -----------------------------------------------------------------------------------------------


def test_whoever_has_work_in_the_period_is_asked_unless_somebody_chooses(city, campaign):
    WorkLogEntry.objects.create(
        task=campaign.task_set.get(code="1"),
        campaign=campaign,
        unit=city.police,
        done_on=date(2025, 3, 1),
        content="执勤",
    )

    usual = calls.usual_units(campaign, FIRST_HALF)

    assert set(usual) == {city.bureau, city.police}
    assert city.host not in calls.askable_units(campaign)


def test_a_call_asks_each_unit_once_and_tells_its_liaisons_whatever_is_sent_twice(
    city, campaign, django_capture_on_commit_callbacks
):
    key = uuid4()
    with django_capture_on_commit_callbacks(execute=True):
        first = called(campaign, city, units=[city.bureau, city.street], client_key=key, drafted=False)
        again = called(campaign, city, units=[city.bureau, city.street], client_key=key, drafted=False)

    assert first == again
    assert [(row.unit, row.state) for row in first.contributions.all()] == [
        (city.bureau, State.ASKED),
        (city.street, State.ASKED),
    ]
    text = "请于2025年6月25日前报送2025年上半年单位总结"
    assert [told(who) for who in (city.liaison, city.street_liaison, city.other_liaison)] == [[text], [text], []]


def test_what_no_call_can_be_is_refused(city, campaign):
    called(campaign, city, drafted=False)
    asked = {"by": city.coordinator, "due_on": DUE, "units": [city.bureau]}
    month = Period.month(2025, 5)

    reasons = []
    for period, values in (
        (FIRST_HALF, asked),
        (month, asked | {"units": []}),
        (month, asked | {"due_on": date(2025, 6, 9)}),
        (month, asked | {"by": city.liaison}),
        (Period.half_year(2025, 2), asked),
        (Period.half_year(2024, 2), asked),
    ):
        with pytest.raises(Refused) as refusal:
            calls.call_units(campaign, period, **values)
        reasons.append(refusal.value.reason)

    assert reasons == [
        "2025年上半年已经发过征集，需要增加单位或改期限，请在那里办理。",
        "请至少选择一个单位。",
        "报送期限不能早于今天。",
        "您没有征集单位总结的权限。",
        "2025年下半年还没有开始，没有可以总结的内容。",
        "2024年下半年不在创建活动的起止时间之内，请换一个时段。",
    ]


def test_units_are_added_later_and_those_asked_already_stay_as_they_are(city, campaign):
    call = called(campaign, city)
    submitted(call, city.bureau, by=city.liaison)

    n = calls.add_units(call, [city.bureau, city.police], by=city.coordinator)

    assert n == 1
    assert {row.unit: row.state for row in call.contributions.all()} == {
        city.bureau: State.SUBMITTED,
        city.police: State.ASKED,
    }


# The draft --------------------------------------------------------------------------------------------


def test_a_draft_tells_of_each_workstream_what_the_unit_s_own_records_say(city, campaign):
    Statement.objects.create(campaign=campaign, kind="problem", content="垃圾清运不及时", unit=city.bureau)

    row = of(called(campaign, city), city.bureau)

    said = texts(row)
    assert list(said) == [stream_key(), "other", "problems", "next_steps"]
    assert "新建摊位120个" in said[stream_key()]
    assert "重点推进" not in said[stream_key()]
    assert (said["other"], said["problems"], said["next_steps"]) == ("", "垃圾清运不及时。", "")


def test_a_typed_number_leads_to_what_the_records_say_or_is_told_to_lead_nowhere(city, campaign):
    row = of(called(campaign, city), city.bureau)

    contributions.save(row, by=city.liaison, texts={stream_key(): "我局新建摊位120个，清运垃圾350吨。"})

    paragraph = row.paragraphs.get(key=stream_key())
    entry = WorkLogEntry.objects.get()
    assert [(paragraph.text[link["start"] : link["end"]], link["figure"]) for link in paragraph.links] == [
        ("120", f"campaigns.worklogentry:{entry.pk}"),
        ("350", ""),
    ]
    assert paragraph.unknown == ["350"]


def test_a_new_draft_leaves_typed_words_alone_unless_told_to_replace_them(city, campaign):
    row = of(called(campaign, city), city.bureau)
    contributions.save(row, by=city.liaison, texts={stream_key(): "我局写的。"})
    WorkLogEntry.objects.update(content="新建摊位130个")

    contributions.redraft(of(row.call, city.bureau), by=city.liaison)
    kept = row.paragraphs.get(key=stream_key())
    contributions.redraft(of(row.call, city.bureau), by=city.liaison, keys=[stream_key()])
    replaced = row.paragraphs.get(key=stream_key())

    assert (kept.text, "130个" in kept.drafted) == ("我局写的。", True)
    assert replaced.text == replaced.drafted


def test_only_untouched_drafts_are_written_anew_at_night(city, campaign, clock):
    call = called(campaign, city, units=[city.bureau, city.police])
    contributions.save(of(call, city.police), by=city.other_liaison, texts={"other": "开展巡逻。"})
    clock("2025-06-12 04:30")
    before = of(call, city.police).drafted_at

    assert contributions.freshen() == 1
    assert of(call, city.bureau).drafted_at > before == of(call, city.police).drafted_at


def test_a_unit_that_was_renamed_or_merged_since_keeps_its_draft_and_its_successor_writes_it(city, campaign):
    call = called(campaign, city, units=[city.police])
    merge_unit(city.police, into=city.bureau, by=city.coordinator)

    row = of(call, city.police)
    contributions.submit(row, by=city.liaison, texts={"other": "维护秩序。"})

    assert set(Contribution.objects.visible_to(city.liaison)) == {row}
    assert of(call, city.police).state == State.SUBMITTED
    assert ContributionEvent.objects.filter(move="succeed").count() == 1


# Who and when -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(State))
def test_every_move_from_every_state_by_every_role(city, campaign, state):
    office, unit = Role.COORDINATOR, Role.LIAISON
    open_to = {
        State.ASKED: {("submit", office), ("submit", unit), ("excuse", office)},
        State.SUBMITTED: {
            *(("take_back", office), ("take_back", unit), ("accept", office)),
            *(("return_to_unit", office), ("excuse", office)),
        },
        State.RETURNED: {("submit", office), ("submit", unit), ("excuse", office)},
        State.ACCEPTED: {("return_to_unit", office)},
        State.EXCUSED: {("ask_again", office)},
    }
    row = contribution_at(state, campaign, city)

    may = {(move.name, role) for role, who in city.by_role.items() for move in CONTRIBUTION.open_to(who, row)}
    others = {move.name for move in CONTRIBUTION.open_to(city.other_liaison, row)}
    Call.objects.update(state=Call.State.CLOSED)
    closed = {
        (move.name, role)
        for role, who in city.by_role.items()
        for move in CONTRIBUTION.open_to(who, of(row.call, city.bureau))
    }

    assert (may, others) == (open_to[state], set())
    assert closed == ({("accept", office)} if state == State.SUBMITTED else set())


def test_who_sees_what_units_hand_in(city, campaign):
    call = called(campaign, city, units=[city.bureau, city.police, city.community])
    foreign = people.city("云溪市")

    def seen(who):
        return {row.unit for row in Contribution.objects.visible_to(who)}

    everything = {city.bureau, city.police, city.community}
    assert [seen(who) for who in (city.coordinator, city.leader)] == [everything] * 2
    assert (seen(city.liaison), seen(city.other_liaison)) == ({city.bureau}, {city.police})
    assert seen(city.street_liaison) == {city.community}
    assert [seen(who) for who in (city.inspector, city.administrator, foreign.coordinator)] == [set()] * 3
    contributions.move(of(call, city.police), "excuse", by=city.coordinator, note="免")
    assert set(Call.objects.visible_to(city.other_liaison)) == set()


def test_returned_with_a_reason_it_is_handed_in_again_and_accepted(city, campaign, django_capture_on_commit_callbacks):
    call = called(campaign, city)
    with django_capture_on_commit_callbacks(execute=True):
        submitted(call, city.bureau, by=city.liaison)
        contributions.move(of(call, city.bureau), "return_to_unit", by=city.coordinator, note="请补充数据")
    returned = of(call, city.bureau)
    submitted(call, city.bureau, by=city.liaison, problems="经费不足")
    contributions.move(of(call, city.bureau), "accept", by=city.coordinator)

    done = of(call, city.bureau)
    assert (returned.state, returned.reason, done.state, done.reason) == (
        *(State.RETURNED, "请补充数据"),
        *(State.ACCEPTED, ""),
    )
    assert told(city.coordinator) == ["城管局报送了2025年上半年单位总结"]
    assert told(city.liaison) == ["城管局的2025年上半年单位总结被退回：请补充数据"]
    assert list(done.events.values_list("move", "source", "target")) == [
        ("ask", "", State.ASKED),
        ("submit", State.ASKED, State.SUBMITTED),
        ("return_to_unit", State.SUBMITTED, State.RETURNED),
        ("submit", State.RETURNED, State.SUBMITTED),
        ("accept", State.SUBMITTED, State.ACCEPTED),
    ]


def test_a_reason_is_asked_for_and_an_empty_summary_is_not_handed_in(city, campaign):
    call = called(campaign, city, units=[city.bureau, city.police])
    submitted(call, city.bureau, by=city.liaison)

    with pytest.raises(Refused, match="请写明原因。"):
        contributions.move(of(call, city.bureau), "return_to_unit", by=city.coordinator, note=" ")
    with pytest.raises(Refused, match="还没有写任何内容，不能报送。"):
        contributions.submit(of(call, city.police), by=city.other_liaison, texts={"other": "  \n "})

    assert [of(call, unit).state for unit in (city.bureau, city.police)] == [State.SUBMITTED, State.ASKED]


def test_the_second_of_two_who_write_is_told_and_nothing_is_overwritten(city, campaign):
    row = of(called(campaign, city), city.bureau)
    seen = contributions.text_mark(row)
    contributions.save(row, by=city.liaison, texts={"other": "甲写的。"}, seen=seen)

    with pytest.raises(Stale):
        contributions.save(of(row.call, city.bureau), by=city.liaison, texts={"other": "乙写的。"}, seen=seen)
    with pytest.raises(Refused, match="没有填写这份单位总结的权限"):
        contributions.save(of(row.call, city.bureau), by=city.other_liaison, texts={"other": "丙写的。"})

    assert texts(row)["other"] == "甲写的。"


def test_after_the_call_is_closed_nobody_hands_in_and_reopened_everybody_may(city, campaign):
    call = called(campaign, city)
    calls.move_call(call, "close", by=city.coordinator)

    refused = []
    for act in (
        lambda: submitted(call, city.bureau, by=city.liaison),
        lambda: contributions.save(of(call, city.bureau), by=city.liaison, texts={"other": "补报"}),
        lambda: contributions.redraft(of(call, city.bureau), by=city.liaison),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        refused.append(refusal.value.reason[:8])
    for act in (
        lambda: calls.nudge(call, by=city.coordinator),
        lambda: calls.edit_call(call, by=city.coordinator, due_on=date(2025, 6, 28)),
        lambda: calls.add_units(call, [city.police], by=city.coordinator),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        refused.append(refusal.value.reason[:8])
    calls.move_call(call, "reopen", by=city.coordinator)

    assert refused == ["这次征集已结束，"] * 3 + ["这次征集已结束。"] * 3
    assert submitted(call, city.bureau, by=city.liaison).state == State.SUBMITTED
    assert CALL.refusal(call, "close", city.liaison) == "您在这里没有“结束征集”的权限。"


# Reminding --------------------------------------------------------------------------------------------


def test_each_moment_reminds_once_however_often_the_morning_comes(city, campaign):
    call = called(campaign, city, units=[city.bureau, city.police])
    submitted(call, city.police, by=city.other_liaison, other="开展巡逻")

    counts = {}
    for day in (21, 22, 22, 24, 25, 25, 26, 26, 30):
        counts.setdefault(day, []).append(calls.remind_due(on=date(2025, 6, day)))

    assert counts == {21: [0], 22: [1, 0], 24: [0], 25: [1, 0], 26: [1, 0], 30: [0]}
    assert told(city.liaison) == [
        "请于2025年6月25日前报送2025年上半年单位总结",
        "今天是2025年上半年单位总结的报送期限，请尽快报送",
        "2025年上半年单位总结已过报送期限（2025年6月25日），请立即报送",
    ]
    assert told(city.coordinator) == ["2025年上半年单位总结：1个单位逾期未报"]
    assert told(city.other_liaison) == []


def test_a_morning_after_a_week_down_tells_what_is_so_now(city, campaign):
    called(campaign, city)

    assert calls.remind_due(on=date(2025, 7, 2)) == 1
    assert told(city.liaison) == ["2025年上半年单位总结已过报送期限（2025年6月25日），请立即报送"]


def test_another_due_day_is_told_and_reminded_of_anew(city, campaign, clock, django_capture_on_commit_callbacks):
    call = called(campaign, city)
    calls.remind_due(on=date(2025, 6, 26))
    clock("2025-06-26 10:00")
    Notice.objects.all().delete()

    with django_capture_on_commit_callbacks(execute=True):
        calls.edit_call(call, by=city.coordinator, due_on=date(2025, 7, 5), seen=call.mark)
    again = [calls.remind_due(on=date(2025, 7, day)) for day in (1, 2, 3, 5, 6)]

    assert told(city.liaison)[0] == "2025年上半年单位总结的报送期限改为2025年7月5日"
    assert again == [0, 1, 0, 1, 1]
    assert call.events.last().note == "报送期限：2025年6月25日改为2025年7月5日"
    with pytest.raises(Stale):
        calls.edit_call(call, by=city.coordinator, due_on=date(2025, 7, 8), seen="older")


def test_the_missing_are_nudged_once_a_day(city, campaign, clock, django_capture_on_commit_callbacks):
    call = called(campaign, city, units=[city.bureau, city.police])
    submitted(call, city.police, by=city.other_liaison, other="开展巡逻")
    clock("2025-06-27 09:00")

    with django_capture_on_commit_callbacks(execute=True):
        n = calls.nudge(call, by=city.coordinator)
    with pytest.raises(Refused) as refusal:
        calls.nudge(call, by=city.coordinator)

    assert (n, refusal.value.reason) == (1, "今天已经催报过，请明天再催。")
    assert told(city.liaison) == ["2025年上半年单位总结已过报送期限（2025年6月25日），请立即报送"]
    clock("2025-06-28 09:00")
    assert calls.nudge(call, by=city.coordinator) == 1


def test_three_hundred_units_are_asked_in_as_many_queries_as_three(city, campaign, django_assert_num_queries):
    def many(n, of):
        return [people.unit(f"第{of}{place}单位", parent=city.host) for place in range(n)]

    few, more = many(3, "甲"), many(30, "乙")
    assert city.coordinator.has_perm(calls.PERMISSION, campaign)

    for units, period in ((few, Period.month(2025, 4)), (more, Period.month(2025, 5))):
        with django_assert_num_queries(14):
            called(campaign, city, units=units, period=period, drafted=False)
