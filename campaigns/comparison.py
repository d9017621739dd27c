"""Two versions of an assessment system, or two systems, side by side: what was added, dropped, changed.

Pairs are found by lineage and by the counterparts the office named; what is left by code, by equal and then by like
words. What the comparison of a draft shows as pairs is what adopting it carries on.
"""

from __future__ import annotations

import enum
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from django.db import models
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from .models import AssessmentSystem, Counterpart, Indicator, Standard

# How like two texts must be: to be the same where the code or number is, within a pair of indicators, and anywhere.
WITH_CODE, NEAR, ANYWHERE = 0.45, 0.6, 0.78
# Pairs of characters that stand in more texts than this tell nothing.
COMMON, CANDIDATES = 200, 6
# As text, and made readable where they are shown: most rows are the same on both sides.
LINEAGE, METHODS, SCORE = (Cast(name, models.TextField()) for name in ("lineage", "methods", "score"))
IS_APART, IS_NEGATIVE = (Cast(name, models.IntegerField()) for name in ("is_apart", "is_negative"))
PUNCTUATION = re.compile(r"[\W_]+")
NodeT = TypeVar("NodeT", bound="Node")


class Kind(models.TextChoices):
    ADDED = "added", _("新增")
    DROPPED = "dropped", _("删去")
    CHANGED = "changed", _("改动")
    SAME = "same", _("不变")


class Found(enum.StrEnum):
    """How the two of a pair were found."""

    LINEAGE = "lineage"
    LINK = "link"
    GUESS = "guess"


TONES = {Kind.ADDED: "green", Kind.DROPPED: "red", Kind.CHANGED: "yellow", Kind.SAME: "neutral"}


class Node:
    """An indicator or a standard as the database has it, put into words where it is shown.

    `above` is the indicator over it, `mark` what it is called there: Ⅱ-1 of an indicator, 1 of a standard.
    """

    COLUMNS: tuple[str | Cast, ...] = ()
    __slots__ = ("_key", "_values", "above", "is_apart", "lineage", "mark", "pk", "row", "side", "text", "units")

    def __init__(self, side: _Side, row: tuple, *, units: str):
        self.side, self.row, self.units = side, row, units
        self.pk, self.above, self.lineage, self.is_apart, self.mark, self.text = row[:6]
        self._key: str | None = None
        self._values: dict[str, str] | None = None

    @property
    def label(self) -> str:
        raise NotImplementedError

    def in_words(self) -> dict[str, str]:
        raise NotImplementedError

    def says_as(self, other: Node) -> bool:
        """Whether the two say the same; what they stand under aside."""
        return self.row[4:] == other.row[4:] and self.units == other.units

    @property
    def values(self) -> dict[str, str]:
        """What is compared, by the name of the field, as a person reads it."""
        if self._values is None:
            self._values = self.in_words()
        return self._values

    @property
    def key(self) -> str:
        if self._key is None:
            self._key = PUNCTUATION.sub("", unicodedata.normalize("NFKC", self.text)).lower()
        return self._key

    @property
    def under(self) -> str:
        above = self.side.indicators.get(self.above or 0)
        return above.label if above else ""


class IndicatorNode(Node):
    __slots__ = ()
    COLUMNS = ("pk", "parent_id", LINEAGE, IS_APART, "code", "name", METHODS, SCORE, "note")

    @property
    def label(self) -> str:
        return f"{self.mark} {self.text}"

    def in_words(self) -> dict[str, str]:
        code, name, methods, score, note = self.row[4:]
        return {
            "code": code,
            "name": name,
            "parent": self.under,
            "methods": self.side.methods(methods),
            "score": _number(score),
            "units": self.units,
            "note": note,
        }


class StandardNode(Node):
    __slots__ = ()
    PLAIN = ("threshold", "asked", "note")
    COLUMNS = ("pk", "indicator_id", LINEAGE, IS_APART, "number", "content", *PLAIN, METHODS, SCORE, IS_NEGATIVE)

    @property
    def label(self) -> str:
        return f"{self.side.indicators[self.above].mark}-{self.mark})"

    def in_words(self) -> dict[str, str]:
        number, content, threshold, asked, note, methods, score, is_negative = self.row[4:]
        return {
            "threshold": threshold,
            "asked": asked,
            "note": note,
            "number": number,
            "content": content,
            "indicator": self.under,
            "methods": self.side.methods(methods),
            "score": _number(score),
            "is_negative": str(_("是")) if is_negative else "",
            "units": self.units,
        }


@dataclass(frozen=True)
class Change:
    label: str
    old: str
    new: str

    @cached_property
    def marked(self) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
        """Both texts in pieces: (words, whether they are only on this side)."""
        return marked(self.old, self.new)


@dataclass(slots=True)
class Row:
    """A pair, or what stands on one side alone; an indicator's with the standards below it."""

    old: Node | None
    new: Node | None
    found: Found | None = None
    changes: list[Change] = field(default_factory=list)
    standards: list[Row] = field(default_factory=list)
    depth: int = 0

    @property
    def kind(self) -> Kind:
        if self.old is None:
            return Kind.ADDED
        if self.new is None:
            return Kind.DROPPED
        return Kind.CHANGED if self.changes else Kind.SAME

    @property
    def tone(self) -> str:
        return TONES[self.kind]

    @property
    def is_guess(self) -> bool:
        return self.found == Found.GUESS

    @property
    def node(self) -> Node:
        node = self.new or self.old
        assert node is not None  # noqa: S101 (a row has a side)
        return node


@dataclass
class Comparison:
    old: AssessmentSystem
    new: AssessmentSystem
    rows: list[Row]

    @property
    def indicator_pairs(self) -> list[tuple[Node, Node]]:
        return [(row.old, row.new) for row in self.rows if row.old and row.new]

    @property
    def standard_pairs(self) -> list[tuple[Node, Node]]:
        return [(row.old, row.new) for row in self.standards() if row.old and row.new]

    def standards(self) -> Iterator[Row]:
        for row in self.rows:
            yield from row.standards

    @cached_property
    def indicator_counts(self) -> Counter[Kind]:
        return Counter(row.kind for row in self.rows)

    @cached_property
    def standard_counts(self) -> Counter[Kind]:
        return Counter(row.kind for row in self.standards())

    @cached_property
    def guesses(self) -> int:
        """How many pairs rest on likeness alone, for the office to look at."""
        return sum(row.is_guess for row in self.rows) + sum(row.is_guess for row in self.standards())


def is_succession(old: AssessmentSystem, new: AssessmentSystem) -> bool:
    """Whether the one is a later version or edition of the other, not another system beside it."""
    return old.name == new.name or old.pk == new.previous_id or new.pk == old.previous_id


def compare(old: AssessmentSystem, new: AssessmentSystem) -> Comparison:
    """All of both trees, in the order of the new one; a fixed number of queries."""
    by_code = is_succession(old, new)
    one, other = _Side(old), _Side(new)
    links = {} if by_code else _links(old)
    indicators = _Matcher(one.indicators.values(), other.indicators.values(), links=links)
    indicators.by_lineage()
    if by_code:
        indicators.by_key(lambda node: node.mark, least=WITH_CODE)
    indicators.by_key(lambda node: node.key)
    indicators.by_likeness(ANYWHERE)

    paired = {new.pk: old.pk for old, new, _found in indicators.pairs}

    def group(node: Node) -> Hashable:
        """The pair of indicators a standard stands under; None for one of the new side whose indicator has no pair."""
        return node.above if node.above in one.indicators else paired.get(node.above or 0)

    standards = _Matcher(one.standards.values(), other.standards.values(), links={})
    standards.by_lineage()
    standards.by_key(lambda node: group(node) and (group(node), node.key))
    standards.by_key(lambda node: group(node) and (group(node), node.mark), least=WITH_CODE)
    standards.by_likeness(NEAR, group=group)
    standards.by_key(lambda node: node.key)
    standards.by_likeness(ANYWHERE)
    return Comparison(old, new, _rows(one, other, indicators, standards))


def _links(old: AssessmentSystem) -> dict[str, set[str]]:
    links: dict[str, set[str]] = defaultdict(set)
    ends = (Cast(name, models.TextField()) for name in ("one", "other"))
    for one, other in Counterpart.objects.of(old.campaign_id).values_list(*ends):
        links[one].add(other)
        links[other].add(one)
    return links


class _Side:
    """One version, read as it stands in the database."""

    def __init__(self, system: AssessmentSystem):
        self.system = system
        self._methods: dict[str, str] = {}
        self.indicators = {node.pk: node for node in self._read(Indicator, IndicatorNode)}
        self.standards = {node.pk: node for node in self._read(Standard, StandardNode)}
        self.children: dict[int | None, list[int]] = defaultdict(list)
        for node in self.indicators.values():
            self.children[node.above].append(node.pk)

    def _read(self, model: type[Indicator] | type[Standard], kind: type[NodeT]) -> Iterator[NodeT]:
        units = _units(model, self.system)
        rows = model.objects.of_system(self.system).order_by("position", "pk")
        for row in rows.values_list(*kind.COLUMNS):
            yield kind(self, row, units=units.get(row[0], ""))

    def methods(self, kept: str) -> str:
        """The names of the methods in a list as it is kept; there are few different ones."""
        if kept not in self._methods:
            self._methods[kept] = "、".join(str(Indicator.Method(method).label) for method in json.loads(kept))
        return self._methods[kept]


def _units(model: type[Indicator] | type[Standard], system: AssessmentSystem) -> dict[int, str]:
    through, name = model.units.through, model._meta.model_name
    rows = through.objects.filter(**{f"{name}__in": model.objects.of_system(system).order_by().values("pk")})
    found: dict[int, list[str]] = defaultdict(list)
    for pk, unit in rows.order_by("unit__position", "unit_id").values_list(f"{name}_id", "unit__name"):
        found[pk].append(unit)
    return {pk: "、".join(units) for pk, units in found.items()}


def _number(kept: str | None) -> str:
    return "" if kept is None else f"{Decimal(kept).normalize():f}"


class _Matcher:
    """Pairs off two lists, the surest way first."""

    def __init__(self, olds: Iterable[Node], news: Iterable[Node], *, links: dict[str, set[str]]):
        self.olds = {node.pk: node for node in olds}
        self.news = {node.pk: node for node in news}
        self.links = links
        self.pairs: list[tuple[Node, Node, Found]] = []

    def _take(self, old: Node, new: Node, found: Found) -> None:
        self.pairs.append((old, new, found))
        del self.olds[old.pk], self.news[new.pk]

    def by_lineage(self) -> None:
        known = {node.lineage: node for node in self.olds.values()}
        for new in list(self.news.values()):
            old = known.get(new.lineage)
            found = Found.LINEAGE
            if old is None:
                found = Found.LINK
                named = (known[lineage] for lineage in self.links.get(new.lineage, ()) if lineage in known)
                old = next((node for node in named if node.pk in self.olds), None)
            if old is not None and old.pk in self.olds:
                self._take(old, new, found)

    def _free(self) -> list[Node]:
        """What a pair may be guessed for: not what the office said has none."""
        return [node for node in self.news.values() if not node.is_apart]

    def by_key(self, key: Callable[[Node], Any], *, least: float = 0.0) -> None:
        """Those whose key is the same, where it is once on either side, and that are like enough."""
        olds, news = _once(self.olds.values(), key), _once(self._free(), key)
        for value in [value for value in news if value in olds]:
            if not least or likeness(olds[value], news[value], least=least) >= least:
                self._take(olds[value], news[value], Found.GUESS)

    def by_likeness(self, least: float, *, group: Callable[[Node], Hashable] | None = None) -> None:
        """The likest first, within a group where one is given."""
        index: dict[Any, list[Node]] = defaultdict(list)
        for old in self.olds.values():
            for gram in _grams(old.key):
                index[group(old) if group else None, gram].append(old)
        likely: list[tuple[float, int, Node, Node]] = []
        for new in self._free():
            within = group(new) if group else None
            if group and within is None:
                continue
            shared: Counter[int] = Counter()
            for gram in _grams(new.key):
                if len(found := index.get((within, gram), ())) <= COMMON:
                    shared.update(node.pk for node in found)
            for pk, _n in shared.most_common(CANDIDATES):
                if (alike := likeness(self.olds[pk], new, least=least)) >= least:
                    likely.append((-alike, len(likely), self.olds[pk], new))
        for _alike, _place, old, new in sorted(likely, key=lambda one: one[:2]):
            if old.pk in self.olds and new.pk in self.news:
                self._take(old, new, Found.GUESS)


def _once(nodes: Iterable[Node], key: Callable[[Node], Any]) -> dict[Any, Node]:
    found: dict[Any, list[Node]] = defaultdict(list)
    for node in nodes:
        if value := key(node):
            found[value].append(node)
    return {value: members[0] for value, members in found.items() if len(members) == 1}


def _grams(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)} or {text}


def likeness(old: Node, new: Node, *, least: float = 0.0) -> float:
    """From 0 to 1, of the words without punctuation; 0 where it cannot reach `least`."""
    if old.key == new.key:
        return 1.0
    return text_likeness(old.key, new.key, least)


# Whoever goes through the guesses of a new edition asks for the same pairs on every page.
@lru_cache(maxsize=20_000)
def text_likeness(old: str, new: str, least: float = 0.0) -> float:
    """The same of two texts as they are."""
    # What no order of the characters could reach, first: that is a tenth of the work.
    if 2 * (Counter(old) & Counter(new)).total() < least * (len(old) + len(new)):
        return 0.0
    return SequenceMatcher(None, old, new, autojunk=False).ratio()


def marked(old: str, new: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Both texts in pieces, each with whether it is only on its side."""
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for tag, first, last, begins, ends in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if last > first:
            left.append((old[first:last], tag != "equal"))
        if ends > begins:
            right.append((new[begins:ends], tag != "equal"))
    return left, right


# The rows in the order of the new tree; what was dropped stands where it stood in the old one ------------


def _rows(one: _Side, other: _Side, indicators: _Matcher, standards: _Matcher) -> list[Row]:
    of_new = {new.pk: (old, found) for old, new, found in indicators.pairs}
    new_of = {old.pk: new for old, new, _found in indicators.pairs}
    same_above: set[tuple[int | None, int | None]] = {(None, None)}
    same_above |= {(old.pk, new.pk) for old, new, _found in indicators.pairs}
    below = _standard_rows(one, other, standards, same_above=same_above)
    rows: list[Row] = []

    def walk_new(pk: int, depth: int) -> None:
        new = other.indicators[pk]
        old, found = of_new.get(pk, (None, None))
        row = Row(old, new, found, depth=depth, standards=below.pop(("new", pk), []))
        if old is not None:
            row.changes = _changes(Indicator, old, new, is_moved=(old.above, new.above) not in same_above)
            row.standards += below.pop(("old", old.pk), [])
        rows.append(row)
        for child in other.children[pk]:
            walk_new(child, depth + 1)
        if old is not None:
            for child in one.children[old.pk]:
                walk_dropped(child, depth + 1)

    def walk_dropped(pk: int, depth: int) -> None:
        if pk not in new_of:
            rows.append(Row(one.indicators[pk], None, depth=depth, standards=below.pop(("old", pk), [])))
            for child in one.children[pk]:
                walk_dropped(child, depth + 1)

    for top in other.children[None]:
        walk_new(top, 0)
    for top in one.children[None]:
        walk_dropped(top, 0)
    return rows


def _standard_rows(
    one: _Side, other: _Side, standards: _Matcher, *, same_above: set[tuple[int | None, int | None]]
) -> dict[tuple[str, int], list[Row]]:
    """By the indicator they stand under: pairs and added ones under the new, dropped ones under the old."""
    of_new = {new.pk: (old, found) for old, new, found in standards.pairs}
    taken = {old.pk for old, _new, _found in standards.pairs}
    rows: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for pk, new in other.standards.items():
        old, found = of_new.get(pk, (None, None))
        row = Row(old, new, found)
        if old is not None:
            row.changes = _changes(Standard, old, new, is_moved=(old.above, new.above) not in same_above)
        rows["new", new.above or 0].append(row)
    for pk, old in one.standards.items():
        if pk not in taken:
            rows["old", old.above or 0].append(Row(old, None))
    return rows


def _changes(model: type[models.Model], old: Node, new: Node, *, is_moved: bool) -> list[Change]:
    """The fields that differ; of what stands above only whether it is another one, not what that is called."""
    if not is_moved and old.says_as(new):
        return []
    above = "parent" if model is Indicator else "indicator"
    changes = []
    for name, value in new.values.items():
        if old.values[name] != value and (name != above or is_moved):
            changes.append(Change(str(model._meta.get_field(name).verbose_name), old.values[name], value))
    return changes
