"""Rosters: who stands when, drawn up twice the same, what people did left alone, and who came."""

from datetime import date, time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns import attendance
from campaigns.actions import patrols
from campaigns.actions import rosters as actions
from campaigns.models import DutyHand, DutyPost, DutyShift, DutyTurn, TurnEvent
from campaigns.workflow import DUTY_TURN
from cityinit.models import AuditEvent
from cityinit.periods import Period
from cityinit.workflow import Refused
from tests.at_once import at_once
from tests.factories import duty, people, tasks
from tests.factories.photos import shot
from units.actions import hand_over, merge_unit
from units.models import Post
from units.roles import Role

pytestmark = pytest.mark.django_db

State = DutyTurn.State
# Monday to Friday.
MONDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 6)
WEEK = Period(MONDAY, FRIDAY)


@pytest.fixture
def campaign(city, clock):
    clock("2026-03-04 08:30")
    return tasks.campaign(city)


def names(turns):
    return [turn.name for turn in turns]


def stands(post, first=MONDAY, last=FRIDAY):
    turns = DutyTurn.objects.filter(shift__duty=post).within(Period(first, last)).order_by("day", "starts_at", "slot")
    return [(turn.day.day, turn.name) for turn in turns]


# --- drawing up ---


def test_people_take_turns_and_drawn_up_twice_or_in_parts_it_is_the_same_roster(city, campaign):
    whole = duty.post(campaign, city, hands=["老周", "老吴"])
    afternoon = {"starts_at": time(14), "ends_at": time(16)}
    parts = duty.post(campaign, city, hands=["老周", "老吴"], name="新华路岗", manned=afternoon)
    me = city.liaison.name

    first = actions.draw_up(whole, WEEK, by=city.liaison)
    again = actions.draw_up(whole, WEEK, by=city.liaison)
    duty.drawn(parts, date(2026, 3, 5), FRIDAY, by=city.liaison)
    duty.drawn(parts, MONDAY, FRIDAY, by=city.liaison)

    assert (first, again) == (5, 0)
    assert stands(whole) == stands(parts) == [(2, me), (3, "老周"), (4, "老吴"), (5, me), (6, "老周")]


def test_a_shift_of_two_takes_two_and_never_one_person_twice(city, campaign):
    post = duty.post(campaign, city, hands=["老周"])
    DutyShift.objects.update(people=3)

    assert stands(post) == []
    duty.drawn(post, MONDAY, MONDAY, by=city.liaison)
    assert sorted(name for _day, name in stands(post)) == sorted([city.liaison.name, "老周"])


@pytest.mark.parametrize(
    ("values", "days"),
    [
        ({"pattern": "weekdays", "weekdays": [0, 3]}, [2, 5]),
        ({"pattern": "every", "every": 3, "starts_on": date(2026, 3, 1)}, [1, 4, 7]),
        ({"pattern": "workdays"}, [2, 3, 4, 5, 6]),
        ({"pattern": "holidays", "starts_on": date(2026, 3, 1)}, [1, 7, 8]),
        ({"pattern": "workdays", "starts_on": date(2026, 3, 4), "ends_on": date(2026, 3, 5)}, [4, 5]),
    ],
)
def test_a_shift_stands_on_the_days_of_its_pattern(city, campaign, values, days):
    post = duty.post(campaign, city)
    DutyShift.objects.update(**values)

    duty.drawn(post, date(2026, 3, 1), date(2026, 3, 8), by=city.liaison)

    assert [day for day, _name in stands(post, date(2026, 3, 1), date(2026, 3, 8))] == days


def test_nobody_is_drawn_up_for_two_posts_at_the_same_hour(city, campaign):
    duty.drawn(duty.post(campaign, city), MONDAY, FRIDAY, by=city.liaison)
    later = duty.post(campaign, city, name="公园岗", manned={"starts_at": time(10), "ends_at": time(12)})
    beside = duty.post(campaign, city, name="路口岗", manned={"starts_at": time(9, 30), "ends_at": time(11)})

    assert len(duty.drawn(later, MONDAY, FRIDAY, by=city.liaison)) == 5
    with pytest.raises(Refused) as refused:
        duty.drawn(beside, MONDAY, FRIDAY, by=city.liaison)

    assert refused.value.reason == (
        f"{city.liaison.name}3月2日08:00–10:00已排在“人民路劝导岗”的早高峰，同一时间不能再排09:30–11:00。"
        "请调整班次的时间，或安排别的人员。"
    )
    assert not DutyTurn.objects.filter(shift__duty=beside).exists()


def test_nobody_is_drawn_up_in_two_campaigns_at_the_same_hour(city, campaign):
    """A city runs 创文 and 创卫 at once; who stands there stands by name or by account."""
    health = tasks.campaign(city, "清水市创建国家卫生城市", short_name="创卫")
    duty.drawn(duty.post(campaign, city, hands=["老周"]), MONDAY, FRIDAY, by=city.liaison)
    beside = duty.post(health, city, name="路口岗", hands=["老周"])

    with pytest.raises(Refused) as refused:
        duty.drawn(beside, MONDAY, FRIDAY, by=city.liaison)
    actions.end_hand(beside.hands.get(user=city.liaison), by=city.liaison, ends_on=date(2026, 2, 28))
    with pytest.raises(Refused, match="老周3月3日08:00–10:00已排在“创文”的“人民路劝导岗”"):
        duty.drawn(beside, MONDAY, FRIDAY, by=city.liaison)

    assert refused.value.reason == (
        f"{city.liaison.name}3月2日08:00–10:00已排在“创文”的“人民路劝导岗”的早高峰，同一时间不能再排08:00–10:00。"
        "请调整班次的时间，或安排别的人员。"
    )
    # Of the same name, at another unit: somebody else.
    actions.name_hand(beside, unit=city.police, name="老周", by=city.coordinator)
    actions.end_hand(beside.hands.get(unit=city.bureau, name="老周"), by=city.liaison, ends_on=date(2026, 2, 28))
    assert len(duty.drawn(beside, MONDAY, FRIDAY, by=city.liaison)) == 5


def test_overlapping_shifts_of_one_post_are_for_different_people(city, campaign):
    post = duty.post(campaign, city)
    duty.shift(post, name="晚高峰", starts_at=time(9), ends_at=time(11), by=city.coordinator)

    with pytest.raises(Refused, match="同一时间不能再排"):
        duty.drawn(post, MONDAY, MONDAY, by=city.liaison)


def test_a_night_shift_overlaps_the_early_one_of_the_next_day(city, campaign):
    night = {"starts_at": time(22), "ends_at": time(9), "starts_on": MONDAY, "ends_on": MONDAY}
    duty.drawn(duty.post(campaign, city, manned=night), MONDAY, MONDAY, by=city.liaison)
    early = duty.post(campaign, city, name="路口岗")

    with pytest.raises(Refused, match="3月2日22:00–09:00已排在“人民路劝导岗”"):
        duty.drawn(early, date(2026, 3, 3), date(2026, 3, 3), by=city.liaison)


def test_a_shift_is_not_moved_onto_what_its_people_stand_elsewhere(city, campaign):
    duty.drawn(duty.post(campaign, city), MONDAY, FRIDAY, by=city.liaison)
    hours = {"starts_at": time(14), "ends_at": time(16)}
    other = duty.post(campaign, city, name="公园岗", manned=hours)
    duty.drawn(other, MONDAY, FRIDAY, by=city.liaison)
    shift = other.rota.get()
    shift.starts_at, shift.ends_at = time(9), time(11)

    with pytest.raises(Refused, match="同一时间不能再排09:00–11:00"):
        actions.save_shift(shift, by=city.liaison)

    assert {turn.hours for turn in DutyTurn.objects.filter(shift=shift)} == {"14:00–16:00"}


def test_a_turn_is_neither_handed_nor_swapped_to_who_stands_elsewhere_then(city, campaign):
    post = duty.post(campaign, city, hands=["老周"])
    monday, tuesday = duty.drawn(post, MONDAY, date(2026, 3, 3), by=city.liaison)
    elsewhere = duty.post(campaign, city, name="公园岗", manned={"starts_on": date(2026, 3, 3)})
    actions.end_hand(elsewhere.hands.get(), by=city.liaison, ends_on=date(2026, 2, 28))
    actions.name_hand(elsewhere, unit=city.bureau, user=city.liaison, by=city.liaison, starts_on=date(2026, 3, 3))
    duty.drawn(elsewhere, date(2026, 3, 3), date(2026, 3, 3), by=city.liaison)

    with pytest.raises(Refused, match="已排在“公园岗”"):
        actions.swap_turns(monday, tuesday, by=city.liaison)
    with pytest.raises(Refused, match="已排在“公园岗”"):
        actions.hand_over_turn(tuesday, to=post.hands.get(user=city.liaison), by=city.liaison)

    assert [turn.name for turn in DutyTurn.objects.filter(shift__duty=post)] == [city.liaison.name, "老周"]


def test_who_is_called_off_stands_nowhere(city, campaign):
    [turn] = duty.drawn(duty.post(campaign, city), MONDAY, MONDAY, by=city.liaison)
    actions.call_off(turn, by=city.liaison, reason="大雨")

    beside = duty.post(campaign, city, name="路口岗")

    assert len(duty.drawn(beside, MONDAY, MONDAY, by=city.liaison)) == 1


def test_of_somebody_without_an_account_the_keeper_enters_who_came_and_the_page_says_so(client, city, campaign, clock):
    post = duty.post(campaign, city, hands=["老周"])
    turn = duty.drawn(post, MONDAY, date(2026, 3, 3), by=city.liaison)[1]
    clock("2026-03-03 09:30")
    client.force_login(city.liaison)

    page = client.get(turn.get_absolute_url())
    client.post(reverse("campaigns:turn_move", args=[turn.pk, "mark_present"]), {"seen_state": "planned"})

    assert (page.context["check_in"], "到岗" in [str(move.label) for move in page.context["moves"]]) == (None, True)
    turn.refresh_from_db()
    assert (turn.name, turn.user, turn.state, turn.marked_by) == ("老周", None, State.PRESENT, city.liaison)
    facts = dict(fact[:2] for fact in client.get(turn.get_absolute_url()).context["facts"])
    assert facts["登记"] == f"2026-03-03 09:30 {city.liaison.name}"
    assert f"{city.liaison.name}登记" in client.get(reverse("campaigns:turns")).content.decode()


def test_who_is_on_leave_is_passed_over_and_turns_ahead_go_to_the_next(city, campaign):
    post = duty.post(campaign, city, hands=["老周", "老吴"])
    days = {"starts_on": date(2026, 3, 5), "ends_on": FRIDAY, "by": city.liaison, "unit": city.bureau}
    duty.drawn(post, MONDAY, date(2026, 3, 5), by=city.liaison)

    patrols.note_absence(campaign, user=city.liaison, **days)
    duty.drawn(post, FRIDAY, FRIDAY, by=city.liaison)

    assert [name for _day, name in stands(post)][3:] == ["老周", "老周"]
    assert TurnEvent.objects.get().note == f"{city.liaison.name}请假"


def test_a_changed_shift_is_drawn_up_anew_ahead_and_keeps_the_past_and_what_was_touched(city, campaign):
    post = duty.post(campaign, city, hands=["老周"])
    turns = duty.drawn(post, MONDAY, FRIDAY, by=city.liaison)
    actions.hand_over_turn(turns[3], to=DutyHand.objects.get(user=city.liaison), by=city.liaison)
    shift = post.rota.get()
    seen, shift.starts_at = shift.mark, time(7)

    actions.save_shift(shift, by=city.liaison, seen=seen)

    hours = DutyTurn.objects.order_by("day").values_list("day__day", "starts_at__hour")
    assert list(hours) == [(2, 8), (3, 8), (4, 8), (5, 8), (6, 7)]


def test_who_stops_takes_no_turns_ahead_and_keeps_those_behind(city, campaign):
    post = duty.post(campaign, city, hands=["老周"])
    duty.drawn(post, MONDAY, FRIDAY, by=city.liaison)

    actions.end_hand(DutyHand.objects.get(name="老周"), by=city.liaison, ends_on=date(2026, 3, 4))

    me = city.liaison.name
    assert stands(post) == [(2, me), (3, "老周"), (4, me), (5, me), (6, me)]


def test_a_stale_form_changes_no_shift(city, campaign):
    shift = duty.post(campaign, city).rota.get()
    seen, shift.people = shift.mark, 4
    DutyShift.objects.update(people=2)

    with pytest.raises(Refused, match="这条记录刚刚被别人改过"):
        actions.save_shift(shift, by=city.liaison, seen=seen)

    assert DutyShift.objects.get().people == 2


@pytest.mark.parametrize(
    ("period", "told"),
    [
        (Period(MONDAY, date(2026, 5, 30)), "一次最多排62天，请缩短日期。"),
        (Period(date(2025, 12, 1), date(2025, 12, 2)), "只能补排两个月以内的班次。"),
    ],
)
def test_nothing_is_drawn_up_by_the_thousand(city, campaign, period, told):
    with pytest.raises(Refused) as refusal:
        actions.draw_up(duty.post(campaign, city), period, by=city.liaison)

    assert (refusal.value.reason, DutyTurn.objects.count()) == (told, 0)


def test_a_post_without_shift_or_people_is_not_drawn_up(city, campaign):
    bare = DutyPost.objects.create(campaign=campaign, name="岗", kind="post", unit=city.bureau)

    with pytest.raises(Refused, match="还没有班次"):
        actions.draw_up(bare, WEEK, by=city.liaison)
    duty.shift(bare, by=city.liaison)
    with pytest.raises(Refused, match="还没有执勤人员"):
        actions.draw_up(bare, WEEK, by=city.liaison)


def test_another_unit_draws_up_nothing_and_puts_nobody_on_a_roster(city, campaign):
    post = duty.post(campaign, city)

    with pytest.raises(Refused, match="您没有给“人民路劝导岗”排班的权限"):
        actions.draw_up(post, WEEK, by=city.other_liaison)
    with pytest.raises(Refused, match="您没有安排公安局人员的权限"):
        actions.name_hand(post, unit=city.police, name="老吴", by=city.liaison)


def test_a_merged_units_post_goes_on_under_the_successor_with_its_people_and_roster(city, campaign):
    post = duty.post(campaign, city, hands=["老周"])
    duty.drawn(post, MONDAY, FRIDAY, by=city.liaison)

    merge_unit(city.bureau, into=city.police, by=city.administrator, on=date(2026, 3, 4))

    after = DutyPost.objects.get(unit=city.police)
    assert [day for day, _name in stands(post)] == [2, 3, 4]
    assert [day for day, _name in stands(after)] == [5, 6]
    assert set(DutyTurn.objects.filter(shift__duty=after).values_list("unit", flat=True)) == {city.police.pk}


# --- handing over ---


def test_two_turns_are_swapped_and_both_people_told(city, campaign, django_capture_on_commit_callbacks):
    post = duty.post(campaign, city, hands=["老周"])
    turns = duty.drawn(post, date(2026, 3, 5), FRIDAY, by=city.coordinator)

    with django_capture_on_commit_callbacks(execute=True):
        actions.swap_turns(turns[0], turns[1], by=city.coordinator, reason="出差")

    assert [name for _day, name in stands(post)] == names(turns)[::-1]
    assert city.liaison.notices.count() == 1
    assert TurnEvent.objects.filter(move="hand_over").count() == 2


def test_who_stands_already_is_not_put_there_twice(city, campaign):
    post = duty.post(campaign, city, hands=["老周"])
    DutyShift.objects.update(people=2)
    turns = duty.drawn(post, FRIDAY, FRIDAY, by=city.liaison)
    other = DutyHand.objects.get(name=turns[1].name)

    with pytest.raises(Refused, match="已经排在这一班"):
        actions.hand_over_turn(turns[0], to=other, by=city.liaison)


def test_a_turn_that_was_marked_is_handed_to_nobody(city, campaign):
    turn = duty.turn_at(State.PRESENT, campaign, city, hands=["老周"])

    with pytest.raises(Refused, match="不能再调班"):
        actions.hand_over_turn(turn, to=DutyHand.objects.get(name="老周"), by=city.coordinator)


# --- who came ---


@pytest.mark.parametrize("state", list(State))
def test_who_may_move_a_turn_from_each_state(city, campaign, state):
    keepers = (Role.COORDINATOR, Role.LIAISON)
    expected = {
        (State.PLANNED, "check_in", Role.LIAISON),
        *(
            (State.PLANNED, move, role)
            for move in ("mark_present", "mark_absent", "replace", "call_off")
            for role in keepers
        ),
        *((State.PRESENT, "mark_absent", role) for role in keepers),
        *((State.ABSENT, move, role) for move in ("mark_present", "replace") for role in keepers),
        *((State.REPLACED, move, role) for move in ("mark_present", "mark_absent") for role in keepers),
        *((State.CALLED_OFF, "plan_again", role) for role in keepers),
    }
    turn = duty.turn_at(state, campaign, city)

    allowed = {
        (state, move, role)
        for role, person in city.by_role.items()
        for move in DUTY_TURN.moves
        if DUTY_TURN.refusal(turn, move, person) is None
    }

    assert allowed == {row for row in expected if row[0] == state}
    assert [move for move in DUTY_TURN.moves if DUTY_TURN.refusal(turn, move, city.other_liaison) is None] == []


def test_a_person_checks_in_with_two_taps_a_photo_and_no_place_without_consent(client, city, campaign):
    turn = duty.turn_at(State.PLANNED, campaign, city)
    client.force_login(city.liaison)
    desk = client.get(reverse("campaigns:duty_desk")).content.decode()
    photo = SimpleUploadedFile("a.jpg", shot()["buffer"], content_type="image/jpeg")
    place = {"latitude": "30.59", "longitude": "114.31"}

    client.post(reverse("campaigns:turn_move", args=[turn.pk, "check_in"]), {**place, "photos": [photo]})

    turn.refresh_from_db()
    assert turn.get_absolute_url() in desk
    assert (turn.state, turn.latitude, turn.files.count()) == (State.PRESENT, None, 1)
    assert [event.label for event in turn.events.all()] == ["签到"]


def test_the_place_that_was_agreed_to_is_shown_to_the_office_alone(client, city, campaign):
    turn = duty.turn_at(State.PLANNED, campaign, city)
    client.force_login(city.liaison)
    given = {"latitude": "30.59", "longitude": "114.31", "consent": "on"}
    client.post(reverse("campaigns:turn_move", args=[turn.pk, "check_in"]), given)

    def shows(user):
        client.force_login(user)
        return "114.310000，30.590000" in client.get(turn.get_absolute_url()).content.decode()

    assert (shows(city.coordinator), shows(city.liaison)) == (True, False)


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-03-04 06:59", "还没到签到时间，班前一小时起可以签到。"),
        ("2026-03-04 07:00", None),
        ("2026-03-04 10:00", None),
        ("2026-03-04 10:01", "这一班已经结束，请联络员补登。"),
    ],
)
def test_one_checks_in_from_an_hour_before_until_it_is_over(city, campaign, clock, moment, told):
    turn = duty.turn_at(State.PLANNED, campaign, city)
    clock(moment)

    assert DUTY_TURN.refusal(turn, "check_in", city.liaison) == told


def test_a_night_shift_ends_the_next_day(city, campaign, clock):
    post = duty.post(campaign, city)
    DutyShift.objects.update(starts_at=time(22), ends_at=time(6))
    [turn] = duty.drawn(post, date(2026, 3, 4), date(2026, 3, 4), by=city.liaison)
    clock("2026-03-05 05:30")

    assert DUTY_TURN.refusal(turn, "check_in", city.liaison) is None


def test_what_is_entered_later_is_told_as_such(client, city, campaign, clock):
    turn = duty.turn_at(State.PLANNED, campaign, city)
    clock("2026-03-06 09:00")
    client.force_login(city.liaison)

    client.post(reverse("campaigns:turn_move", args=[turn.pk, "replace"]), {"stand_in": "老周", "reason": "生病"})

    turn.refresh_from_db()
    assert (turn.state, turn.stand_in, turn.is_late) == (State.REPLACED, "老周", True)
    assert "补登" in client.get(reverse("campaigns:turns")).content.decode()


def test_a_second_move_from_a_stale_page_is_refused(city, campaign):
    turn = duty.turn_at(State.PLANNED, campaign, city)
    same = DutyTurn.objects.for_list().get(pk=turn.pk)
    actions.mark_present(turn, by=city.coordinator)

    with pytest.raises(Refused, match="别人刚刚办理了这条记录"):
        actions.mark_absent(same, by=city.liaison, reason="未到")

    assert TurnEvent.objects.count() == 1


def test_who_was_not_there_is_told(city, campaign, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        duty.turn_at(State.ABSENT, campaign, city)

    texts = [notice.text for notice in city.liaison.notices.all()]
    assert texts == [f"2026-03-04 早高峰 {city.liaison.name}被登记为缺岗：未请假"]


# --- pages and figures ---


def marked(campaign, city):
    """Five days of which one was stood, one stood in for, one missed, one called off, and one is left."""
    post = duty.post(campaign, city)
    turns = duty.drawn(post, MONDAY, FRIDAY, by=city.coordinator)
    by = city.coordinator
    actions.mark_present(turns[0], by=by)
    actions.replace(turns[1], by=by, stand_in="老周", reason="生病")
    actions.mark_absent(turns[2], by=by, reason="未到")
    actions.call_off(turns[3], by=by, reason="大雨")
    return post, turns


def test_attendance_is_of_the_days_of_the_period_and_without_what_was_called_off(city, campaign, clock):
    clock("2026-03-07 09:00")
    marked(campaign, city)

    told = attendance.attendance(attendance.due_turns(campaign, WEEK))
    till_tuesday = attendance.attendance(attendance.due_turns(campaign, Period(MONDAY, date(2026, 3, 3))))

    assert (told.due, told.came, told.absent, told.unknown, str(told.rate)) == (4, 2, 1, 1, "50.0")
    assert (till_tuesday.due, till_tuesday.came) == (2, 2)
    assert attendance.attendance(attendance.due_turns(campaign, WEEK, unit=city.police)).due == 0


def test_every_number_of_attendance_lists_exactly_its_turns(client, city, campaign, clock):
    clock("2026-03-06 07:00")
    marked_post, _turns = marked(campaign, city)
    client.force_login(city.coordinator)

    page = client.get(reverse("campaigns:turns") + f"?duty={marked_post.pk}")

    told = page.context["total"]
    listed = {name: len(client.get(url).context["page"].rows) for name, url in page.context["urls"].items()}
    # Friday's turn has not begun.
    assert listed == {"due": told.due, "came": told.came, "absent": told.absent, "unknown": told.unknown}
    assert listed == {"due": 3, "came": 2, "absent": 1, "unknown": 0}


def test_other_units_see_who_stands_but_not_who_came(client, city, campaign):
    _post, turns = marked(campaign, city)

    def answers(user):
        client.force_login(user)
        rows = client.get(reverse("campaigns:roster") + "?week=2026-03-02").context["shifts"]
        return len(rows), client.get(turns[2].get_absolute_url()).status_code

    assert answers(city.other_liaison) == (0, 404)
    assert answers(city.inspector) == (1, 404)
    assert answers(city.liaison) == answers(city.leader) == (1, 200)


@pytest.mark.parametrize("n", [1, 3])
def test_the_week_costs_the_same_for_one_post_and_for_three(client, city, campaign, django_assert_num_queries, n):
    for place in range(n):
        hours = {"starts_at": time(8 + 2 * place), "ends_at": time(10 + 2 * place)}
        duty.drawn(duty.post(campaign, city, name=f"{place}号岗", manned=hours), MONDAY, FRIDAY, by=city.liaison)
    client.force_login(city.liaison)
    url = reverse("campaigns:roster") + "?week=2026-03-04"
    client.get(url)

    with django_assert_num_queries(7):
        page = client.get(url)

    assert [len(row["cells"]) for row in page.context["shifts"]] == [7] * n


@pytest.mark.parametrize("n", [1, 3])
def test_attendance_costs_the_same_for_one_turn_and_for_three(client, city, campaign, django_assert_num_queries, n):
    post = duty.post(campaign, city)
    duty.drawn(post, MONDAY, date(2026, 3, 1 + n), by=city.liaison)
    client.force_login(city.liaison)
    client.get(reverse("campaigns:turns"))

    with django_assert_num_queries(9):
        page = client.get(reverse("campaigns:turns"))

    assert len(page.context["page"].rows) == n


def test_attendance_of_more_turns_than_a_page_holds_goes_on_to_the_next(client, city, campaign):
    post = duty.post(campaign, city, hands=["老周"], manned={"pattern": "every", "every": 1, "people": 2})
    made = duty.drawn(post, MONDAY, date(2026, 3, 30), by=city.liaison)
    client.force_login(city.liaison)
    asked = {"first": "2026-03-02", "last": "2026-03-30"}

    first = client.get(reverse("campaigns:turns"), asked).context["page"]
    second = client.get(reverse("campaigns:turns") + first.next_url).context["page"]

    assert (len(made), len(first.rows), first.has_next) == (58, 50, True)
    assert {turn.pk for turn in (*first.rows, *second.rows)} == {turn.pk for turn in made}


def test_a_post_gets_its_shift_people_and_roster_in_the_browser(client, city, campaign):
    post = DutyPost.objects.create(campaign=campaign, name="岗", kind="post", unit=city.bureau)
    client.force_login(city.liaison)
    shift = {"name": "早班", "pattern": "weekdays", "weekdays": ["0", "2"], "starts_at": "07:30", "ends_at": "09:00"}
    shift |= {"people": "1", "starts_on": "2026-03-02"}

    faulty = client.post(reverse("campaigns:shift_new", args=[post.pk]), shift | {"weekdays": []})
    client.post(reverse("campaigns:shift_new", args=[post.pk]), shift)
    client.post(reverse("campaigns:hand_new", args=[post.pk]), {"unit": city.bureau.pk, "name": "老周"})
    drawn = client.post(reverse("campaigns:draw_up", args=[post.pk]), {"first": "2026-03-02", "last": "2026-03-08"})

    assert faulty.context["form"].errors["weekdays"] == ["请勾选星期几。"]
    assert stands(post) == [(2, "老周"), (4, "老周")]
    assert "老周" in client.get(drawn.url).content.decode()
    assert "老周" in client.get(reverse("campaigns:roster_print") + "?week=2026-03-02").content.decode()
    assert AuditEvent.objects.filter(action="排班").count() == 1


def test_turns_are_handed_over_and_swapped_on_their_pages(client, city, campaign):
    post = duty.post(campaign, city, hands=["老周"])
    turns = duty.drawn(post, date(2026, 3, 5), FRIDAY, by=city.coordinator)
    client.force_login(city.liaison)
    order = names(turns)

    client.post(reverse("campaigns:turn_swap", args=[turns[0].pk]), {"other": turns[1].pk})
    swapped = [name for _day, name in stands(post)]
    hand = DutyHand.objects.get(name=order[0])
    client.post(reverse("campaigns:turn_hand_over", args=[turns[0].pk]), {"to": hand.pk})

    assert (swapped, [name for _day, name in stands(post)]) == (order[::-1], [order[0], order[0]])


@pytest.mark.django_db(transaction=True)
def test_a_roster_drawn_up_twice_at_once_is_there_once(clock):
    clock("2026-03-04 08:30")
    here = people.city()
    post = duty.post(tasks.campaign(here), here)

    refused = at_once(*[lambda: actions.draw_up(post, WEEK, by=here.liaison)] * 2)

    assert (refused, DutyTurn.objects.count()) == ([None, None], 5)


def test_who_takes_a_post_over_stands_the_turns_from_the_day_after(city, campaign, clock):
    clock("2026-03-03 09:00")
    post = duty.post(campaign, city)
    turns = duty.drawn(post, date(2026, 3, 3), date(2026, 3, 5), by=city.coordinator)
    heir = people.person("接任人")

    hand_over(Post.objects.get(user=city.liaison), to=heir, by=city.administrator, on=date(2026, 3, 3))

    stood = DutyTurn.objects.filter(shift__duty=post).order_by("day").values_list("day", "user")
    assert [turn.user for turn in turns] == [city.liaison] * 3
    assert list(stood) == [
        (date(2026, 3, 3), city.liaison.pk),
        (date(2026, 3, 4), heir.pk),
        (date(2026, 3, 5), heir.pk),
    ]
