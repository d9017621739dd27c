"""A rule says pass or fail of a number, and never says otherwise than it is worded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.rule_reading import read_rule
from inspections.rules import OPEN, Kind, Rule, Verdict, settled

PASS, FAIL, NA = Verdict.PASS, Verdict.FAIL, Verdict.NA
numbers = st.integers(0, 60)
rules = st.builds(
    Rule,
    kind=st.sampled_from([kind for kind in Kind if kind != Kind.PRESENCE]),
    amount=st.integers(0, 40),
    sample=st.none() | st.integers(1, 40),
    metres=st.none() | st.integers(1, 500),
    at_most=st.booleans(),
    per_100=st.booleans(),
).filter(lambda rule: not rule.faults)


@pytest.mark.parametrize(
    ("rule", "number", "out_of", "verdict"),
    [
        (Rule(Kind.COUNT, 5), 5, None, PASS),
        (Rule(Kind.COUNT, 5), 4, None, FAIL),
        (Rule(Kind.COUNT, 2, at_most=True), 2, None, PASS),
        (Rule(Kind.COUNT, 2, at_most=True), 3, None, FAIL),
        (Rule(Kind.RATIO, 95), 19, 20, PASS),
        (Rule(Kind.RATIO, 95), 18, 20, FAIL),
        (Rule(Kind.RATIO, 5, at_most=True), 1, 20, PASS),
        (Rule(Kind.RATIO, 95, sample=20), 19, None, PASS),
        (Rule(Kind.RATIO, 95), 0, 0, OPEN),
        (Rule(Kind.DISTANCE, 2, metres=500), 2, None, PASS),
        (Rule(Kind.DISTANCE, 2, metres=500), 3, None, FAIL),
        (Rule(Kind.DISTANCE, 2, metres=500), 1, 300, OPEN),
        (Rule(Kind.DISTANCE, 2, metres=500), 3, 300, FAIL),
        (Rule(Kind.DISTANCE, 2, metres=500, per_100=True), 10, None, PASS),
        (Rule(Kind.DISTANCE, 2, metres=500, per_100=True), 7, 300, FAIL),
        (Rule(Kind.ASK, 4, sample=5), 4, None, PASS),
        (Rule(Kind.ASK, 4, sample=5), 3, None, FAIL),
        (Rule(Kind.ASK, 4, sample=5), 2, 3, OPEN),
        (Rule(Kind.ASK, 4, sample=5), 1, 3, FAIL),
        (Rule(Kind.ASK, 4, sample=5), 4, 4, PASS),
        (Rule(Kind.ASK, 4, sample=5), 7, 10, FAIL),
        (Rule(Kind.ASK, 3), 3, None, PASS),
        (Rule(Kind.PRESENCE), 3, None, OPEN),
    ],
)
def test_a_number_is_judged_as_the_rule_says(rule, number, out_of, verdict):
    assert rule.verdict(number, out_of) == verdict


@given(rules, numbers, st.none() | numbers)
def test_more_of_what_is_wanted_never_turns_a_pass_into_a_fail(rule, number, out_of):
    """And of what is not wanted never a fail into a pass."""
    now, then = rule.verdict(number, out_of), rule.verdict(number + 1, out_of)
    unwanted = rule.kind == Kind.DISTANCE or (rule.at_most and rule.kind != Kind.ASK)

    assert (now, then) != ((FAIL, PASS) if unwanted else (PASS, FAIL))


@given(
    rules, st.sampled_from([OPEN, *Verdict]), st.none() | numbers, st.none() | numbers, st.sampled_from(["", "已整改"])
)
def test_a_verdict_never_contradicts_the_rule_unless_somebody_says_why(rule, chosen, number, out_of, reason):
    verdict, wrong = settled(rule, chosen=chosen, number=number, out_of=out_of, reason=reason)

    assert not (verdict and wrong)
    if verdict in (PASS, FAIL) and not reason:
        assert verdict == rule.verdict(number, out_of)
    if verdict == NA and not reason:
        assert number is None


@pytest.mark.parametrize(
    ("chosen", "number", "wrong"),
    [
        (PASS, None, "请填写数目；没有数就判定的，请写明理由。"),
        (PASS, 3, "按填的数目应是“不符合”，改判请写明理由。"),
        (NA, 5, "按填的数目应是“符合”，改判请写明理由。"),
    ],
)
def test_who_judges_otherwise_than_the_number_is_asked_why(chosen, number, wrong):
    rule = Rule(Kind.COUNT, 5)

    assert settled(rule, chosen=chosen, number=number, out_of=None, reason="") == (OPEN, wrong)
    assert settled(rule, chosen=chosen, number=number, out_of=None, reason="现场核实") == (chosen, "")


@pytest.mark.parametrize(
    ("rule", "number", "out_of", "wrong"),
    [
        (Rule(Kind.RATIO, 90), 5, None, "请填写一共看了多少。"),
        (Rule(Kind.RATIO, 90), 11, 10, "不能多于总数10。"),
        (Rule(Kind.ASK, 4, sample=5), 6, None, "不能多于总数5。"),
        (Rule(Kind.ASK, 4, sample=5), None, 3, "请填写数目。"),
    ],
)
def test_numbers_that_cannot_be_are_told(rule, number, out_of, wrong):
    assert settled(rule, chosen=OPEN, number=number, out_of=out_of, reason="看错了") == (OPEN, wrong)


@pytest.mark.parametrize(
    ("rule", "words", "why"),
    [
        (Rule(Kind.COUNT, 5), "≥5处", "应≥5处，实有3处"),
        (Rule(Kind.COUNT, 3, metres=500), "500米内≥3处", "应500米内≥3处，实有3处"),
        (Rule(Kind.RATIO, 95, sample=8, measure="盏"), "看8盏，≥95%", "应看8盏，≥95%，8盏里有3盏，占37.5%"),
        (Rule(Kind.DISTANCE, 2, metres=500), "走500米，不超过2处", "应走500米，不超过2处，走了500米，有3处"),
        (Rule(Kind.DISTANCE, 0, metres=500), "走500米，一处都没有", "应走500米，一处都没有，走了500米，有3处"),
        (Rule(Kind.ASK, 4, sample=5), "问5人，≥4人知道", "应问5人，≥4人知道，问了5人，3人知道"),
    ],
)
def test_a_rule_is_said_in_words_beside_what_was_found(rule, words, why):
    assert (rule.words, rule.why(3)) == (words, why)


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (Rule(Kind.COUNT), "amount"),
        (Rule(Kind.COUNT, 0), "amount"),
        (Rule(Kind.RATIO, 101), "amount"),
        (Rule(Kind.ASK, 6, sample=5), "amount"),
        (Rule(Kind.DISTANCE, 2), "metres"),
    ],
)
def test_a_rule_that_lacks_a_number_says_which(rule, field):
    assert list(rule.faults) == [field]


# Reading ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("≥2处", "≥2处"),
        (">=2处", "≥2处"),
        ("≥5处;相邻两处间隔≥10米或均匀分布;LED滚动字幕可计入", "≥5处"),
        ("2处;室外间隔20米记为一处", "≥2处"),
        ("不少于三处", "≥3处"),
        ("3处以上", "≥3处"),
        ("≤2处", "≤2处"),
        ("500米内≥3处", "500米内≥3处"),
        ("行走100米可看到5处", "100米内≥5处"),
        ("至少1个带扶手坐便器或蹲便器", "≥1个"),
        ("沿路走500米，不超过3处", "走500米，不超过3处"),
        ("走500米，每100米不超过2处", "走500米，每100米不超过2处"),
        ("200米内 无", "走200米，一处都没有"),
        ("合格率≥95%", "≥95%"),
        ("不超过5%", "≤5%"),
        ("100%", "≥100%"),
        ("抽问5人，4人以上知晓", "问5人，≥4人知道"),
        ("问10人，至少8人知道", "问10人，≥8人知道"),
    ],
)
def test_what_offices_write_is_read_as_a_rule(text, words):
    read = read_rule(text)

    assert (read.rule.words, read.doubt) == (words, "")


def test_how_many_are_asked_may_stand_in_the_criterion():
    read = read_rule("≥3名能背诵为达标", criterion="随机抽5名学生背诵核心价值观12个主题词")

    assert (read.rule.words, read.doubt) == ("问5人，≥3人知道", "")


@pytest.mark.parametrize("text", ["无", "有/无", "符合/不符合", "", "三项均有", "设施齐全且使用良好"])
def test_what_is_judged_by_eye_is_no_doubt(text):
    assert read_rule(text) == read_rule("")


@pytest.mark.parametrize(
    "text",
    [
        "≥30%(文字留白计入);每3处广告至少1处公益广告",
        "公益广告≥2幅、核心价值观≥1幅;2间教室均有",
        "核心价值观和关爱未成年人各≥1处",
        "装灯率100%,亮灯率95%",
        "≥4间,总面积≥100平方米",
        "50-80米设1处",
        "24小时内答复",
        "抽问5名",
        "抽查",
        "同上",
    ],
)
def test_what_is_not_understood_is_left_to_the_eye_and_told(text):
    read = read_rule(text)

    assert read.rule == Rule()
    assert read.doubt != ""


def test_the_same_as_above_is_what_stands_above():
    above = read_rule("≥2处")

    assert read_rule("同上", before=above) == above
