"""`changed_at`: what it says of a finding, figures of a past day are told by; its history must say the same."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from cityinit.periods import Period
from inspections import figures
from inspections.actions import findings as moves
from inspections.actions.findings.extensions import ask_extension, extend, grant_extension
from inspections.models import Finding
from tests.factories import findings as make

State = Finding.State
LED_BY_MOVES = [state for state in make.PATHS if state != State.DUPLICATE]
THEN = ("state_then", "due_then", "was_reworked", "was_signed_off", "was_reopened")


def as_told(campaign, last):
    """What each counted finding was when that day ended."""
    period = Period(date(2025, 3, 1), last)
    rows = figures.judged(campaign, period).order_by("pk")
    # When what was not closed was answered is asked by nobody.
    return [
        (row.number, *(getattr(row, name) for name in THEN), figures.was_closed(row, period) and row.answered_then)
        for row in rows
    ], figures.rectified(campaign, period)


def by_history(campaign, last):
    known = dict(Finding.objects.values_list("pk", "changed_at"))
    Finding.objects.update(changed_at=None)
    told = as_told(campaign, last)
    for pk, changed_at in known.items():
        Finding.objects.filter(pk=pk).update(changed_at=changed_at)
    return told


@pytest.fixture
def march(city, campaign, clock):
    """A finding in every state, each step on another day; some with more time, given again, done again."""
    day = clock("2025-03-03 09:00")
    for state in LED_BY_MOVES:
        finding = make.reported(city, campaign)
        for step in make.PATHS[state]:
            day.shift(timedelta(days=1))
            make.STEPS[step](finding, city)
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    day.shift(timedelta(hours=2))
    extend(finding, by=city.coordinator, workdays=3, note="雨天不能施工")
    asked = make.finding_at(State.RECTIFYING, city, campaign)
    extension = ask_extension(asked, by=city.liaison, until=date(2025, 5, 30), reason="需要审批")
    day.shift(timedelta(hours=2))
    grant_extension(extension, by=city.coordinator)
    back = make.finding_at(State.RETURNED, city, campaign)
    day.shift(timedelta(days=1))
    moves.dispatch(back, by=city.coordinator, lead_unit=city.police)
    make.finding_at(State.CLOSED_ON_SPOT, city, campaign, client_key=uuid4())
    again = make.finding_at(State.REOPENED, city, campaign)
    for step in ("dispatch", "acknowledge", "answer", "rework", "answer", "close"):
        day.shift(timedelta(days=1))
        make.STEPS[step](again, city)
    return campaign


def test_what_is_read_from_the_finding_is_what_its_history_says_on_every_day(march):
    assert not Finding.objects.filter(changed_at=None).exists()
    last = Finding.objects.order_by("-changed_at").values_list("changed_at", flat=True)[0].date()
    days = [date(2025, 3, 3) + timedelta(days=n) for n in range(0, (last - date(2025, 3, 3)).days + 2)]

    assert [as_told(march, day) for day in days] == [by_history(march, day) for day in days]
