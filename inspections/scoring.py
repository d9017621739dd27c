"""Points and scores, from verdicts alone. Knows no rows; the rule is told in docs/decisions/0023-scores.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from .rules import Verdict

TENTH = Decimal("0.1")


class Judged(Protocol):
    """An answer: what its item weighs, and how it was judged."""

    @property
    def weight(self) -> int: ...
    @property
    def verdict(self) -> str: ...


@dataclass(frozen=True)
class Points:
    """What was earned of what could be: both sums of weights, so that parts add up to the whole."""

    earned: int = 0
    applicable: int = 0

    def __add__(self, other: Points) -> Points:
        return Points(self.earned + other.earned, self.applicable + other.applicable)

    @property
    def score(self) -> Decimal | None:
        """Of 100, to one decimal; None where nothing applied, which is not 0."""
        return share(self.earned, self.applicable)


def points(answers: Iterable[Judged]) -> Points:
    """The weights of what passed, of those that passed or failed; na and what nobody judged are left out."""
    earned = applicable = 0
    for answer in answers:
        if answer.verdict in (Verdict.PASS, Verdict.FAIL):
            applicable += answer.weight
            earned += answer.weight if answer.verdict == Verdict.PASS else 0
    return Points(earned, applicable)


def mean(scores: Iterable[Decimal | None]) -> Decimal | None:
    """Each site counts the same, however long its checklist; those without a score are left out."""
    known = [score for score in scores if score is not None]
    if not known:
        return None
    return (sum(known, Decimal(0)) / len(known)).quantize(TENTH, ROUND_HALF_UP)


def share(part: int, whole: int) -> Decimal | None:
    if not whole:
        return None
    return (Decimal(100 * part) / whole).quantize(TENTH, ROUND_HALF_UP)
