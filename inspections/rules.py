"""What a checklist item asks for, and whether what was entered meets it. Knows no rows and asks no database."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Kind(models.TextChoices):
    PRESENCE = "presence", gettext_lazy("有没有、符不符合")
    COUNT = "count", gettext_lazy("数够多少")
    RATIO = "ratio", gettext_lazy("占比达到多少")
    DISTANCE = "distance", gettext_lazy("走一段路，毛病不超过多少")
    ASK = "ask", gettext_lazy("问几个人，多少人知道")


class Verdict(models.TextChoices):
    PASS = "pass", gettext_lazy("符合")
    FAIL = "fail", gettext_lazy("不符合")
    NA = "na", gettext_lazy("不适用")


OPEN = ""
# Of these one number is a part of another: never more than it.
PARTS = (Kind.RATIO, Kind.ASK)


@dataclass(frozen=True)
class Rule:
    """A kind with what it is told: `amount` of `sample` looked at or asked, within `metres`.

    Of a ratio the amount is a percentage; of a distance it is how many faults are let pass, in the whole of it or
    `per_100` metres.
    """

    kind: str = Kind.PRESENCE
    amount: int | None = None
    sample: int | None = None
    metres: int | None = None
    at_most: bool = False
    per_100: bool = False
    measure: str = "处"

    @property
    def counts(self) -> bool:
        """Whether a number is entered; else it is judged by eye."""
        return self.kind != Kind.PRESENCE

    @property
    def asks_out_of(self) -> bool:
        """Whether it is asked, too, of how many: looked at, metres walked, people asked."""
        return self.kind in (*PARTS, Kind.DISTANCE)

    @property
    def faults(self) -> dict[str, str]:
        """What its parameters lack, by field."""
        if not self.counts:
            return {}
        wrong = {}
        least = 0 if self.kind == Kind.DISTANCE or self.at_most else 1
        if self.amount is None:
            wrong["amount"] = _("请填写数目。")
        elif self.amount < least:
            wrong["amount"] = _("不能小于%(n)s。") % {"n": least}
        elif self.kind == Kind.RATIO and self.amount > 100:
            wrong["amount"] = _("百分比不能大于100。")
        elif self.kind == Kind.ASK and self.sample is not None and self.amount > self.sample:
            wrong["amount"] = _("不能多于要问的人数。")
        if self.kind == Kind.DISTANCE and not self.metres:
            wrong["metres"] = _("请填写要走多少米。")
        return wrong

    def looked_at(self, out_of: int | None) -> int | None:
        """Of how many, where nothing else was entered as many as the rule says."""
        if out_of is not None:
            return out_of
        return self.metres if self.kind == Kind.DISTANCE else self.sample

    def wrong(self, number: int | None, out_of: int | None) -> str:
        """Why these numbers cannot be; empty where they can."""
        if number is None:
            return _("请填写数目。") if out_of is not None else ""
        whole = self.looked_at(out_of)
        if self.kind == Kind.RATIO and whole is None:
            return _("请填写一共看了多少。")
        if self.kind in PARTS and whole is not None and number > whole:
            return _("不能多于总数%(n)s。") % {"n": whole}
        return ""

    def verdict(self, number: int | None, out_of: int | None = None) -> str:
        """Pass or fail as the rule says; OPEN where nothing was entered, and while it is not decided."""
        amount = self.amount
        if not self.counts or number is None or amount is None or self.wrong(number, out_of):
            return OPEN
        whole = self.looked_at(out_of)
        if self.kind == Kind.COUNT:
            return _passed(number <= amount if self.at_most else number >= amount)
        if self.kind == Kind.RATIO:
            if not whole:
                return OPEN
            reached, asked = number * 100, amount * whole
            return _passed(reached <= asked if self.at_most else reached >= asked)
        if self.kind == Kind.DISTANCE:
            return self._walked(number, whole or 0, passing=amount)
        return self._asked(number, whole, needed=amount)

    def _walked(self, found: int, walked: int, *, passing: int) -> str:
        if self.per_100:
            return _passed(found * 100 <= passing * walked) if walked else OPEN
        if found > passing:
            return Verdict.FAIL
        # Nothing on half the way says nothing of the other half.
        return Verdict.PASS if walked >= (self.metres or 0) else OPEN

    def _asked(self, know: int, asked: int | None, *, needed: int) -> str:
        if self.sample is None or asked is None:
            return _passed(know >= needed)
        if asked >= self.sample:
            return _passed(know * self.sample >= needed * asked)
        if know >= needed:
            return Verdict.PASS
        return Verdict.FAIL if needed - know > self.sample - asked else OPEN

    @property
    def words(self) -> str:
        """What is asked, in few words: ≥5处；500米内≥3处；问5人，≥3人知道."""
        told = {"n": self.amount, "m": self.sample, "metres": self.metres, "measure": self.measure}
        told["sign"] = "≤" if self.at_most else "≥"
        if self.kind == Kind.COUNT:
            within = _("%(metres)s米内") % told if self.metres else ""
            return within + _("%(sign)s%(n)s%(measure)s") % told
        if self.kind == Kind.RATIO:
            looked = _("看%(m)s%(measure)s，") % told if self.sample else ""
            return looked + _("%(sign)s%(n)s%%") % told
        if self.kind == Kind.DISTANCE:
            if self.per_100:
                return _("走%(metres)s米，每100米不超过%(n)s%(measure)s") % told
            if self.amount == 0:
                return _("走%(metres)s米，一%(measure)s都没有") % told
            return _("走%(metres)s米，不超过%(n)s%(measure)s") % told
        if self.kind == Kind.ASK:
            asked = _("问%(m)s人，") % told if self.sample else ""
            return asked + _("≥%(n)s人知道") % told
        return _("符合/不符合")

    def why(self, number: int | None, out_of: int | None = None) -> str:
        """The rule beside what was found: 应≥5处，实有3处. Nothing for what is judged by eye."""
        if not self.counts:
            return ""
        if number is None:
            return _("应%(rule)s，没有填数") % {"rule": self.words}
        whole = self.looked_at(out_of)
        told = {"rule": self.words, "n": number, "m": whole, "measure": self.measure}
        if self.kind == Kind.COUNT:
            return _("应%(rule)s，实有%(n)s%(measure)s") % told
        if self.kind == Kind.RATIO:
            share = f"{number * 100 / whole:.1f}".removesuffix(".0") if whole else "—"
            return _("应%(rule)s，%(m)s%(measure)s里有%(n)s%(measure)s，占%(share)s%%") % {**told, "share": share}
        if self.kind == Kind.DISTANCE:
            return _("应%(rule)s，走了%(m)s米，有%(n)s%(measure)s") % told
        if whole is None:
            return _("应%(rule)s，有%(n)s人知道") % told
        return _("应%(rule)s，问了%(m)s人，%(n)s人知道") % told


def _passed(kept: bool) -> str:
    return Verdict.PASS if kept else Verdict.FAIL


def settled(rule: Rule, *, chosen: str, number: int | None, out_of: int | None, reason: str) -> tuple[str, str]:
    """The verdict that stands, and what is wrong with what was entered; one of them is empty.

    The number decides. Who judges otherwise says why; who judges without a number does, too.
    """
    if not rule.counts:
        return chosen, ""
    if wrong := rule.wrong(number, out_of):
        return OPEN, wrong
    worked_out = rule.verdict(number, out_of)
    if chosen in (OPEN, worked_out):
        return worked_out, ""
    if (chosen == Verdict.NA and number is None) or reason:
        return chosen, ""
    if number is None:
        return OPEN, _("请填写数目；没有数就判定的，请写明理由。")
    if worked_out == OPEN:
        return OPEN, _("看得还不够，按填的数目判定不了。请补全，或写明理由。")
    return OPEN, _("按填的数目应是“%(verdict)s”，改判请写明理由。") % {"verdict": Verdict(worked_out).label}
