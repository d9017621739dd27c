"""Reading a rule as offices write it (≥2处, 500米内≥3处, 抽问5人，3人以上知晓) into one that can be judged.

One condition with a number becomes a rule. What says two, or a number that is not understood, is left to the eye, with
its wording kept, and told: a rule that was guessed would give verdicts nobody asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cityinit.workbook import plain

from .rules import Kind, Rule

NUMBER = r"(\d{1,4}|[一二两三四五六七八九十])"
DIGITS = {word: place for place, word in enumerate("一二三四五六七八九十", start=1)} | {"两": 2}
MEASURE = r"([处个幅块条张盏辆台座间种项次户家])"
PEOPLE = r"[名人位]"
LEAST = r"(?:≥|至少(?:有|看到|设)?|不少于|不低于|可看到|能看到|看到)"
MOST = r"(?:≤|不超过|不多于|不高于|最多|至多)"
# How the things counted stand to each other: told to the inspector, not judged.
SIDE = re.compile(r"[^;,。]*间隔[^;,。]*")
ASKED = re.compile(rf"(?:抽问|询问|提问|抽取|抽查|抽|问)\s*{NUMBER}\s*{PEOPLE}")
KNOW = re.compile(
    rf"(?:{LEAST}\s*{NUMBER}\s*{PEOPLE}|{NUMBER}\s*{PEOPLE}(?:及)?以上)(?=[^;]{{0,8}}(?:知|了解|熟|能|会|答|背))"
)
PATTERNS = (
    ("per_100", re.compile(rf"每\s*(?:100|百)\s*米[^;,]{{0,6}}?{MOST}\s*{NUMBER}\s*{MEASURE}")),
    ("walk", re.compile(rf"(\d{{1,5}})\s*米[^;\d]{{0,6}}?{MOST}\s*{NUMBER}\s*{MEASURE}")),
    ("none", re.compile(r"(\d{1,5})\s*米(?:范围)?内?\s*无")),
    ("within", re.compile(rf"(\d{{1,5}})\s*米(?:范围)?内?[^;\d]{{0,4}}?{LEAST}\s*{NUMBER}\s*{MEASURE}")),
    ("ratio", re.compile(rf"({MOST}|≥|不低于|不少于|达到?|至少)?\s*(\d{{1,3}})\s*%(?:以上)?")),
    ("most", re.compile(rf"{MOST}\s*{NUMBER}\s*{MEASURE}")),
    ("least", re.compile(rf"{LEAST}\s*{NUMBER}\s*{MEASURE}|{NUMBER}\s*{MEASURE}(?:及)?以上")),
)
BARE = re.compile(rf"{NUMBER}\s*{MEASURE}")
WALKED = re.compile(r"(?:沿路|走|步行|行走|往里走)\D{0,4}(\d{2,5})\s*米")
SAME = re.compile(r"同上")
VAGUE = re.compile(r"抽查|抽问|询问|按处计")
LEFT = re.compile(r"\d|%")


@dataclass(frozen=True)
class Read:
    """The rule, and why it is doubtful; empty where the text says just this."""

    rule: Rule
    doubt: str = ""


def read_rule(text: str, *, criterion: str = "", before: Read | None = None) -> Read:
    """What a rule's text says; `before` is what the line above says, for 同上."""
    said = re.sub(r"\s+", " ", plain(text).replace(">=", "≥").replace("<=", "≤").replace("≧", "≥").replace("≦", "≤"))
    if not said:
        return Read(Rule())
    if SAME.fullmatch(said):
        return before or Read(Rule(), _("上面没有可以“同上”的规则"))
    core = SIDE.sub("", said).strip(" ;,。")
    if found := _people(core, criterion):
        return found
    found_rules = _conditions(core)
    if not found_rules and (bare := BARE.fullmatch(core)):
        return Read(Rule(Kind.COUNT, _number(bare[1]), measure=bare[2]))
    if len(found_rules) > 1:
        return Read(Rule(), _("一条里有几个数量条件"))
    if not found_rules:
        return Read(Rule(), _("没有读懂其中的数量要求") if LEFT.search(said) or VAGUE.search(said) else "")
    (rule, matched) = found_rules[0]
    rest = core.replace(matched, "", 1)
    if rule.kind == Kind.DISTANCE:
        rest = WALKED.sub("", rest)
    if LEFT.search(rest) or re.search(r"各\s*$", core.split(matched)[0]):
        return Read(Rule(), _("一条里有几个数量条件"))
    return Read(rule)


def _people(core: str, criterion: str) -> Read | None:
    know = KNOW.search(core)
    if not know:
        return None
    asked = ASKED.search(core) or ASKED.search(plain(criterion))
    least, sample = _number(know[1] or know[2]), _number(asked[1]) if asked else None
    rest = core.replace(know[0], "", 1).replace(asked[0] if asked else "", "", 1)
    if LEFT.search(rest) or (sample is not None and least > sample):
        return Read(Rule(), _("没有读懂问几个人、几个人知道"))
    return Read(Rule(Kind.ASK, least, sample=sample, measure="人"))


def _conditions(core: str) -> list[tuple[Rule, str]]:
    """Each condition with its own words; a part that one pattern has read is not read again."""
    found = []
    for name, pattern in PATTERNS:
        while match := pattern.search(core):
            if (rule := _rule(name, match, core)) is not None:
                found.append((rule, match[0]))
            core = core[: match.start()] + "；" + core[match.end() :]
    return found


def _rule(name: str, match: re.Match, core: str) -> Rule | None:
    groups = [group for group in match.groups() if group is not None]
    if name == "per_100":
        walked = WALKED.search(core)
        return Rule(
            Kind.DISTANCE,
            _number(groups[0]),
            metres=int(walked[1]) if walked else 100,
            at_most=True,
            per_100=True,
            measure=groups[1],
        )
    if name == "walk":
        return Rule(Kind.DISTANCE, _number(groups[1]), metres=int(groups[0]), at_most=True, measure=groups[2])
    if name == "none":
        return Rule(Kind.DISTANCE, 0, metres=int(groups[0]), at_most=True)
    if name == "within":
        return Rule(Kind.COUNT, _number(groups[1]), metres=int(groups[0]), measure=groups[2])
    if name == "ratio":
        at_most = bool(match[1] and re.fullmatch(MOST, match[1]))
        return Rule(Kind.RATIO, min(int(match[2]), 100), at_most=at_most)
    return Rule(Kind.COUNT, _number(groups[0]), at_most=name == "most", measure=groups[1])


def _number(said: str) -> int:
    return DIGITS[said] if said in DIGITS else int(said)
