"""Quotas, patrols and rosters, reached by the actions the pages call."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from campaigns.actions import patrols as actions
from campaigns.actions import rosters
from campaigns.models import DutyPost, DutyShift, DutyTurn, PatrolQuota
from campaigns.models.patrol import of_person
from campaigns.patrols import Walker
from cityinit.periods import Period

State = DutyTurn.State
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(moment):
    return datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)


def quota(campaign, **values):
    """联络员 must walk 责任路段 twice a day, unless told otherwise."""
    values = {"who": "联络员", "place": "责任路段", "times": 2, "cycle": "day", "role": "liaison", **values}
    return PatrolQuota.objects.create(campaign=campaign, **values)


def walker(user, unit):
    return Walker(of_person(user), user.name, unit)


def named(name, unit):
    """Somebody without an account."""
    return Walker(of_person(name=name, unit=unit), name, unit)


def walked(quota, user, unit, *moments, by=None, **values):
    """A patrol at each of the moments, recorded by the person."""
    return [
        actions.record_patrol(quota, walker=walker(user, unit), walked_at=at(moment), by=by or user, **values)
        for moment in moments
    ]


def post(campaign, city, *, hands=(), manned=None, **values):
    """城管局's post, manned (on workdays from 8 to 10 by one) by the liaison and those named, in turn."""
    values = {"kind": DutyPost.Kind.POST, "name": "人民路劝导岗", "unit": city.bureau, **values}
    duty = DutyPost.objects.create(campaign=campaign, **values)
    shift(duty, by=city.coordinator, **(manned or {}))
    rosters.name_hand(duty, unit=city.bureau, user=city.liaison, by=city.coordinator)
    for name in hands:
        rosters.name_hand(duty, unit=city.bureau, name=name, by=city.coordinator)
    return duty


def shift(duty, *, by, **values):
    values = {
        "name": "早高峰",
        "pattern": DutyShift.Pattern.WORKDAYS,
        "starts_at": time(8),
        "ends_at": time(10),
        "starts_on": date(2026, 3, 2),
        **values,
    }
    return rosters.save_shift(DutyShift(duty=duty, **values), by=by)


def drawn(duty, first, last, *, by):
    """The turns of the post on these days, drawn up."""
    rosters.draw_up(duty, Period(first, last), by=by)
    return list(DutyTurn.objects.filter(shift__duty=duty).within(Period(first, last)).for_list())


def turn_at(state, campaign, city, *, day=date(2026, 3, 4), **values):
    """A turn of 城管局's liaison on that day, in that state by real moves of the coordinator."""
    [turn] = drawn(post(campaign, city, **values), day, day, by=city.coordinator)
    by = city.coordinator
    match state:
        case State.PRESENT:
            rosters.mark_present(turn, by=by)
        case State.ABSENT:
            rosters.mark_absent(turn, by=by, reason="未请假")
        case State.REPLACED:
            rosters.replace(turn, by=by, stand_in="老周", reason="临时有事")
        case State.CALLED_OFF:
            rosters.call_off(turn, by=by, reason="大雨")
    return DutyTurn.objects.for_list().get(pk=turn.pk)
