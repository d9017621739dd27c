"""Points, scores and means: between 0 and 100, parts adding up to the whole, nothing where nothing applied."""

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from inspections.routes import Stop, in_order, length, shared_out
from inspections.rules import Verdict
from inspections.scoring import Points, mean, points


@dataclass(frozen=True)
class Answer:
    weight: int
    verdict: str


answers = st.lists(st.builds(Answer, st.integers(1, 100), st.sampled_from(["", *Verdict])), max_size=40)


@given(answers)
def test_a_score_lies_between_0_and_100(given_answers):
    score = points(given_answers).score

    assert score is None or 0 <= score <= 100


@given(answers, answers)
def test_the_points_of_parts_add_up_to_those_of_the_whole(one, other):
    assert points(one) + points(other) == points([*one, *other])


@given(answers)
def test_what_passes_never_lowers_a_score_and_what_fails_never_raises_it(given_answers):
    score = points(given_answers).score or Decimal(0)

    assert points([*given_answers, Answer(3, Verdict.PASS)]).score >= score
    assert points([*given_answers, Answer(3, Verdict.FAIL)]).score <= (score or Decimal(100))


@given(answers)
def test_what_does_not_apply_and_what_nobody_judged_count_nothing(given_answers):
    others = [Answer(7, Verdict.NA), Answer(9, "")]

    assert points([*given_answers, *others]) == points(given_answers)


def test_where_nothing_applied_there_is_no_score_which_is_not_0():
    assert points([Answer(2, Verdict.NA)]).score is None
    assert points([Answer(2, Verdict.FAIL)]).score == 0


def test_weights_count_and_a_half_is_rounded_up():
    assert points([Answer(2, Verdict.PASS), Answer(1, Verdict.FAIL)]).score == Decimal("66.7")
    assert Points(1, 16).score == Decimal("6.3")


def test_a_mean_leaves_out_what_has_no_score():
    assert mean([Decimal("90.0"), None, Decimal("80.5")]) == Decimal("85.3")
    assert mean([None]) is None


# Routes -----------------------------------------------------------------------------------------------

places = st.none() | st.tuples(st.floats(116, 118), st.floats(33, 35))
stops = st.lists(places, max_size=25).map(lambda found: [Stop(key, place) for key, place in enumerate(found)])


@given(stops, st.integers(1, 6))
def test_every_site_is_walked_once_and_by_teams_as_large_as_each_other(found, teams):
    parts = shared_out(found, teams)

    assert sorted(key for part in parts for key in part) == [stop.key for stop in found]
    assert len(parts) == teams
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_the_way_goes_to_the_nearest_next_and_to_those_without_a_place_last():
    found = [Stop(1, (117.3, 34.0)), Stop(2), Stop(3, (117.0, 34.0)), Stop(4, (117.2, 34.0)), Stop(5, (117.1, 34.0))]

    assert in_order(found) == [3, 5, 4, 1, 2]


def test_a_degree_of_longitude_at_34_degrees_is_92_kilometres():
    assert round(length([Stop(1, (117.0, 34.0)), Stop(2), Stop(3, (118.0, 34.0))]) / 1000) == 92
