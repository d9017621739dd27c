"""Levels of a 任务分解表 as indicators: found by number or name in the systems in force, or proposed as new ones."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from campaigns.actions.systems import begin_load, end_load
from campaigns.models import AssessmentSystem, Campaign, Indicator
from cityinit.workbook import plain

ROMAN = "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩIVX"
# 一、 （一） 1. Ⅱ-1 before a name; a number that is followed by nothing is itself the name.
NUMBER = rf"[{ROMAN}]+(?:[-.]?\d+)*|\d+(?:[.\-]\d+)*|[一二三四五六七八九十]+"
NUMBERED = re.compile(rf"(?:[（(]?(?P<number>{NUMBER})(?P<mark>[)）、.．:：\s]+))?(?P<name>.+)")
# Ⅲ-3政府热线办理: a number of an assessment system needs nothing between it and the name.
CLOSE = re.compile(rf"(?P<number>[{ROMAN}]+(?:[-.]\d+)+)(?![\d.\-])(?P<name>.+)")
BARE = re.compile(NUMBER)
SCORE = re.compile(r"[（(]\s*\d+(?:\.\d+)?\s*分?\s*[)）]$")
LONGEST_NAME, LONGEST_CODE = 200, 40


@dataclass
class Levels:
    """The indicators of one system as a table names them; `new` are those it does not have yet, parents first."""

    campaign: Campaign
    system: AssessmentSystem | None
    may_add: bool = False
    new: list[Indicator] = field(default_factory=list)
    _by_code: dict[str, Indicator] = field(default_factory=dict)
    _by_name: dict[tuple[int | None, str], Indicator] = field(default_factory=dict)
    _anywhere: dict[str, list[Indicator]] = field(default_factory=lambda: defaultdict(list))
    _found: dict[tuple[str, ...], tuple[Indicator | None, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, campaign: Campaign, system: AssessmentSystem | None, *, may_add: bool) -> Levels:
        levels = cls(campaign, system, may_add)
        if system:
            for indicator in system.indicators.select_related("parent__parent"):
                levels._know(indicator)
        return levels

    def with_code(self, code: str) -> Indicator | None:
        return self._by_code.get(_code_key(code))

    def at(self, said: Sequence[str]) -> tuple[Indicator | None, int]:
        """The indicator of the deepest level that is written, None for none; and how well the levels are known.

        A level counts twice where it stands in its place or has its number, once where its name alone is known.
        """
        key = tuple(said)
        if key not in self._found:
            self._found[key] = self._walk([level for level in said if level.strip()])
        return self._found[key]

    def _walk(self, said: list[str]) -> tuple[Indicator | None, int]:
        parent: Indicator | None = None
        known = 0
        for place, level in enumerate(said):
            number, name = split_label(level)
            bare = "" if number else _bare_number(name)
            found = self._by_name.get((id(parent) if parent else None, _key(name))) or (
                self.with_code(bare) if bare else self._by_number(number, name)
            )
            known += 2 * (found is not None)
            if found is None and len(self._anywhere[_key(name)]) == 1 and (place == 0 or not self.may_add):
                found = self._anywhere[_key(name)][0]
                known += 1
            if found is None and self.may_add and not bare:
                found = self._propose(name, number, parent)
            if found is None and place == len(said) - 1:
                return None, known
            parent = found or parent
        return parent, known

    def _by_number(self, number: str, name: str) -> Indicator | None:
        found = self.with_code(number) if number else None
        return found if found and (_key(found.name) == _key(name) or _key(found.code) == _key(name)) else None

    def _propose(self, name: str, number: str, parent: Indicator | None) -> Indicator:
        siblings = sum(1 for one in self._by_code.values() if one.parent is parent)
        base = f"{parent.code}." if parent else ""
        code = number if number and not parent else f"{base}{siblings + 1}"
        while _code_key(code) in self._by_code:
            siblings += 1
            code = f"{base}{siblings + 1}"
        made = Indicator(
            campaign=self.campaign,
            system=self.system,
            parent=parent,
            code=code[:LONGEST_CODE],
            name=name[:LONGEST_NAME],
            position=len(self._by_code) + 1,
        )
        self.new.append(made)
        self._know(made)
        return made

    def _know(self, indicator: Indicator) -> None:
        self._by_code.setdefault(_code_key(indicator.code), indicator)
        above = self._by_code.get(_code_key(indicator.parent.code)) if indicator.parent else None
        if above is not None:
            # One object for each indicator, so that `is` can be asked.
            indicator.parent = above
        key = _key(split_label(indicator.name)[1])
        self._by_name.setdefault((id(above) if above else None, key), indicator)
        self._anywhere[key].append(indicator)

    def write_new(self, *, by: Any) -> None:
        """Write what was proposed, a level at a time; a campaign without a system in force gets one.

        An edition in use stays as it is: they come in force with a new version of it.
        """
        if not self.new:
            return
        if self.system is None:
            name = self.campaign.kind or self.campaign.name
            self.system = AssessmentSystem.objects.create(campaign=self.campaign, name=name)
        target = begin_load(self.system, by=by)
        there = {row.code: row for row in target.indicators.all()} if target != self.system else {}
        for level in by_depth(self.new):
            for indicator in level:
                indicator.system = target
                if indicator.parent:
                    indicator.parent = there.get(indicator.parent.code, indicator.parent)
            Indicator.objects.bulk_create(level, batch_size=500)
        end_load(target, by=by)
        self.system = target


@dataclass
class Systems:
    """The indicators of all systems a table may speak of; only where it is one, new ones can be added to it."""

    trees: list[Levels]
    unknown: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @classmethod
    def of(cls, campaign: Campaign, systems: Sequence[AssessmentSystem], *, may_add: bool) -> Systems:
        if len(systems) > 1:
            return cls([Levels.of(campaign, system, may_add=False) for system in systems])
        return cls([Levels.of(campaign, systems[0] if systems else None, may_add=may_add)])

    def find(self, said: Sequence[str], *, code: str = "") -> list[Indicator]:
        """The indicator a row stands under, by its code or its levels; several where more than one system has it.

        Of several the one is meant in whose system the levels are known best.
        """
        if code:
            # A tree that is alone is not walked: it would propose the levels beside a code as new ones.
            alone = len(self.trees) == 1
            found = [(tree.with_code(code), 0 if alone else tree.at(said)[1]) for tree in self.trees]
        else:
            found = [tree.at(said) for tree in self.trees]
        there = [(indicator, known) for indicator, known in found if indicator is not None]
        if not there and (code or any(said)):
            self.unknown[code or told_levels(said)] += 1
        most = max((known for _indicator, known in there), default=0)
        return [indicator for indicator, known in there if known == most]

    @property
    def new(self) -> list[Indicator]:
        return [indicator for tree in self.trees for indicator in tree.new]

    def write_new(self, *, by: Any) -> None:
        for tree in self.trees:
            tree.write_new(by=by)


def told_levels(said: Sequence[str]) -> str:
    return " / ".join(level for level in said if level)


def by_depth(indicators: Sequence[Indicator]) -> list[list[Indicator]]:
    """New indicators by how many new ones stand above them."""
    new = {id(one) for one in indicators}
    levels: dict[int, list[Indicator]] = defaultdict(list)
    for one in indicators:
        depth, above = 0, one.parent
        while above is not None and id(above) in new:
            depth, above = depth + 1, above.parent
        levels[depth].append(one)
    return [levels[depth] for depth in sorted(levels)]


def path_of(indicator: Indicator | None) -> list[Indicator]:
    """From the top level down to the indicator itself, six deep at most."""
    found: list[Indicator] = []
    while indicator is not None and len(found) < 6:
        found.insert(0, indicator)
        indicator = indicator.parent
    return found


def split_label(label: str) -> tuple[str, str]:
    """（一）市容环境（10分） → 一, 市容环境."""
    bare = SCORE.sub("", re.sub(r"\s+", " ", plain(label))).strip()
    match = NUMBERED.fullmatch(bare)
    if not match or not match["number"]:
        match = CLOSE.fullmatch(bare)
    if not match or not match["number"]:
        return "", bare
    return match["number"], match["name"].strip()


def _bare_number(label: str) -> str:
    """The number, where a level says nothing else; "" for a name."""
    bare = label.strip("（）()、.．:： ")
    return bare if BARE.fullmatch(bare) else ""


def _code_key(code: str) -> str:
    """Ⅱ-1, II－1 and Ⅱ.1 are one number, Ⅱ-1-1 and Ⅱ-11 are two."""
    return re.sub(r"[.．·\-—–]+", "-", re.sub(r"\s+", "", plain(code))).strip("-()、,").lower()


def _key(name: str) -> str:
    return re.sub(r"[\s、，,.。·\-—]+", "", plain(name)).lower()


def told_unknown(unknown: dict[str, int], *, most: int = 20) -> list[str]:
    """One sentence for each level that was not found, and how many tasks stand under it."""
    told = [
        _("指标“%(name)s”在测评体系里没有，%(n)s项任务没有归到指标。") % {"name": name[:80], "n": n}
        for name, n in list(unknown.items())[:most]
    ]
    if len(unknown) > most:
        told.append(_("还有%(n)s个指标没有找到。") % {"n": len(unknown) - most})
    return told
