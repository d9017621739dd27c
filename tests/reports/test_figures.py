"""Figures against a plain count of the same rows, and against the list of records behind each."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from campaigns import figures as work
from campaigns.models import Assignment, Campaign, Task
from cityinit.periods import SHANGHAI, Period
from inspections import figures as field
from inspections.models import Finding, FindingCategory, FindingEvent
from reports import registry
from tests.factories.people import unit as a_unit

JANUARY, JUNE, DECEMBER = date(2025, 1, 1), date(2025, 6, 30), date(2025, 12, 31)
FIRST_HALF = Period(JANUARY, JUNE)
State = Finding.State
days = st.dates(JANUARY, DECEMBER)
maybe_days = st.none() | days

task_rows = st.lists(
    st.fixed_dictionaries(
        {
            "state": st.sampled_from(Task.State.values),
            "starts_on": maybe_days,
            "issued_on": maybe_days,
            "confirmed_on": maybe_days,
            "cancelled_on": maybe_days,
            "frequency": st.sampled_from(["", "", "每天1次"]),
            "below": st.booleans(),
        }
    ),
    max_size=8,
)
# What happened to a finding, in order; each step is so many days after the one before.
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                ("dispatch", State.DISPATCHED),
                ("answer", State.SUBMITTED),
                ("suspend", State.LONG_TERM),
                ("rework", State.REWORK),
                ("close", State.CLOSED),
                ("reopen", State.REOPENED),
                ("void", State.VOID),
                ("reject", State.REJECTED),
            ]
        ),
        st.integers(0, 60),
    ),
    max_size=6,
)
finding_rows = st.lists(
    st.fixed_dictionaries(
        {"found_on": days, "due_after": st.none() | st.integers(0, 90), "steps": steps, "is_known": st.booleans()}
    ),
    max_size=6,
)
few = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


def moment(day):
    return datetime.combine(day, time(10), SHANGHAI)


class FiguresAgainstAPlainCount(TestCase):
    def prepare(self):
        """Inside each example, whose transaction takes it back."""
        self.host = a_unit("市")
        self.below = a_unit("局", parent=self.host)
        self.campaign = Campaign.objects.create(name="创建", host=self.host, starts_on=JANUARY, ends_on=DECEMBER)

    @few
    @given(task_rows)
    def test_tasks(self, rows):
        self.prepare()
        told = []
        for number, row in enumerate(rows):
            if row["state"] == "confirmed" and row["confirmed_on"] is None:
                row = row | {"state": "issued"}
            values = {key: value for key, value in row.items() if key != "below"}
            lead = self.below if row["below"] else self.host
            task = Task.objects.create(campaign=self.campaign, code=str(number), name="任务", lead_unit=lead, **values)
            Assignment.objects.create(task=task, unit=lead, is_lead=True)
            told.append(row)

        for unit in (None, self.below):
            mine = [row for row in told if unit is None or row["below"]]
            begun = [row for row in mine if has_begun(row) and not row["frequency"]]
            done = [row for row in begun if row["confirmed_on"] and row["confirmed_on"] <= JUNE]
            args = {"campaign": self.campaign, "period": FIRST_HALF, "unit": unit}
            assert work.task_progress(**args) == work.Progress(len(begun), len(done))
            assert work.counted_tasks(**args).count() == len(begun)
            assert work.done_tasks(**args).count() == len(done)
            assert work.open_tasks(**args).count() == len(begun) - len(done)
            each_says_what_its_list_says("tasks.", self.campaign, unit=unit)

    @few
    @given(finding_rows)
    def test_findings(self, rows):
        self.prepare()
        category = FindingCategory.objects.create(campaign=self.campaign, name="类")
        told = [put_finding(self.campaign, category, self.below, number, row) for number, row in enumerate(rows)]

        args = {"campaign": self.campaign, "period": FIRST_HALF}
        then = [row for row in told if row["found_on"] <= JUNE and row["then"] not in (State.VOID, State.REJECTED)]
        closed = [row for row in then if row["then"] == State.CLOSED]
        due = [row for row in then if row["due"] and row["due"] <= FIRST_HALF.ends_at]
        counted = field.rectified(**args)
        assert (counted.found, counted.closed) == (len(then), len(closed))
        assert (counted.due, counted.due_closed) == (len(due), len([row for row in due if row in closed]))
        assert counted.reworked == len([row for row in then if "rework" in row["moves"]])
        assert counted.reopened == len([row for row in then if "reopen" in row["moves"]])
        lists = {
            "found": field.found,
            "closed": field.closed,
            "due": field.due,
            "due_closed": field.due_closed,
            "in_time": field.in_time,
            "reworked": field.reworked,
            "reopened": field.reopened,
        }
        assert {name: records(**args).count() for name, records in lists.items()} == {
            name: getattr(counted, name) for name in lists
        }
        assert counted.reviewed == len([row for row in then if {"rework", "close"} & set(row["moves"])])
        opened = [row for row in then if row not in closed]
        waiting = [row for row in opened if row["then"] == State.LONG_TERM]
        late = [row for row in opened if row in due and row["then"] not in (State.LONG_TERM, State.SUBMITTED)]
        assert (counted.open, counted.long_term, counted.late) == (len(opened), len(waiting), len(late))
        for unit in (None, self.host, self.below):
            each_says_what_its_list_says("findings.", self.campaign, unit=unit)


def each_says_what_its_list_says(prefix, campaign, *, unit):
    """Every registered figure of these is as many as the records it lists; a share is of them what its part is."""
    asked = registry.Asked(campaign, FIRST_HALF, unit)
    names = [name for name in registry.FIGURES if name.startswith(prefix)]
    told = registry.values(names, asked)
    listed = {}
    for name in names:
        figure = registry.FIGURES[name]
        whole = figure.records(asked).count()
        listed[name] = work.share(figure.part(asked).count(), whole) if figure.part else whole
    assert told == listed


def has_begun(row):
    begins = row["starts_on"] or row["issued_on"] or JANUARY
    cancelled = row["state"] == "cancelled" and (row["cancelled_on"] is None or row["cancelled_on"] <= JUNE)
    return row["state"] != "draft" and begins <= JUNE and not cancelled


def put_finding(campaign, category, unit, number, row):
    """A finding as its steps leave it, and what a plain reading of the steps says of 30 June."""
    day, state, moves, then = row["found_on"], State.REPORTED, [], State.REPORTED
    due = moment(day + timedelta(days=row["due_after"])) if row["due_after"] is not None else None
    events = []
    for (move, target), later in row["steps"]:
        if state in (State.VOID, State.REJECTED):
            break
        day, state = day + timedelta(days=later), target
        events.append((move, target, day))
        if day <= JUNE:
            then, moves = target, [*moves, move]
    finding = Finding.objects.create(
        campaign=campaign,
        number=str(number),
        found_on=row["found_on"],
        found_at=moment(row["found_on"]),
        category=category,
        lead_unit=unit,
        state=state,
        due_at=due,
        first_due_at=due,
        closed_at=moment(day) if state == State.CLOSED else None,
        rework_times=[move for move, _target, _on in events].count("rework"),
        reopened_times=[move for move, _target, _on in events].count("reopen"),
        changed_at=moment(day) if events and row["is_known"] else None,
    )
    for move, target, on in events:
        FindingEvent.objects.create(finding=finding, move=move, label=move, target=target, at=moment(on))
    return {"found_on": row["found_on"], "then": then, "moves": moves, "due": due}


@pytest.mark.parametrize(
    ("first", "last", "share"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), Decimal("49.6")),
        (date(2025, 1, 1), date(2025, 6, 30), Decimal("100.0")),
        (date(2025, 6, 30), date(2025, 7, 1), Decimal("50.0")),
        (date(2025, 7, 1), date(2025, 12, 31), None),
    ],
)
def test_the_share_of_time_counts_both_ends(first, last, share):
    campaign = Campaign(name="创建", starts_on=first, ends_on=last)

    assert work.time_share(campaign, FIRST_HALF) == share


def test_a_rate_of_nothing_is_unknown(city, campaign):
    found = field.rectified(campaign, FIRST_HALF)

    assert (found.found, found.rate, found.due_rate, found.in_time_rate) == (0, None, None, None)


def test_an_answer_in_time_counts_even_when_it_was_closed_later(city, campaign):
    category = FindingCategory.objects.create(campaign=campaign, name="类")
    due = moment(date(2025, 5, 10))
    for number, answered in enumerate((date(2025, 5, 9), date(2025, 5, 11))):
        finding = Finding.objects.create(
            campaign=campaign,
            number=str(number),
            found_on=date(2025, 5, 1),
            category=category,
            lead_unit=city.bureau,
            state=State.CLOSED,
            due_at=due,
            answered_at=moment(answered),
            closed_at=moment(date(2025, 5, 20)),
        )
        FindingEvent.objects.create(
            finding=finding, move="close", label="销号", target=State.CLOSED, at=moment(date(2025, 5, 20))
        )

    found = field.rectified(campaign, FIRST_HALF)

    assert (found.closed, found.in_time, found.in_time_rate) == (2, 1, Decimal("50.0"))
