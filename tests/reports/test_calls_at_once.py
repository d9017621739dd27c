"""Two people of one unit, and a unit and the office, at the very same moment: one after the other, nothing unseen."""

import pytest

from reports import calls, contributions
from reports.models import Contribution
from tests.at_once import at_once
from tests.factories import people
from tests.factories.calls import called, of, texts
from tests.factories.reports import told_campaign

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def day(clock):
    return clock("2025-06-10 09:00")


@pytest.fixture
def city():
    return people.city()


@pytest.fixture
def call(city):
    return called(told_campaign(city), city)


def test_of_two_who_save_what_they_saw_the_second_is_told(city, call):
    seen = contributions.text_mark(of(call, city.bureau))

    def save(by, text):
        row = of(call, city.bureau)
        return lambda: contributions.save(row, by=by, texts={"other": text}, seen=seen)

    refused = at_once(save(city.liaison, "甲写的。"), save(city.coordinator, "乙写的。"))

    assert sorted(reason is None for reason in refused) == [False, True]
    assert texts(of(call, city.bureau))["other"] == ("甲写的。" if refused[0] is None else "乙写的。")


def test_who_hands_in_while_the_call_is_closed_has_done_so_or_is_told(city, call):
    row, closing = of(call, city.bureau), of(call, city.bureau).call

    refused = at_once(
        lambda: contributions.submit(row, by=city.liaison),
        lambda: calls.move_call(closing, "close", by=city.coordinator),
    )

    handed_in = of(call, city.bureau).state == Contribution.State.SUBMITTED
    assert (refused[1], handed_in) == (None, refused[0] is None)
