"""How complete the materials are: indicator × unit, as far as a person can read it at once.

A large system is gone through step by step: its branches first, then what is below one of them; so are its units, by
group first. Whatever its size, the table takes the same few queries.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _

from cityinit.numerals import percent
from units.models import Unit, names_on

from .models import AssessmentSystem, Indicator, Material, Standard
from .models.material import MaterialQuerySet

# So many rows and columns a reader takes in; a larger table is shown a level higher.
MOST_ROWS = 60
MOST_COLUMNS = 25


@dataclass
class Cell:
    """How many materials of a row and a column are in which state."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, state: str, n: int) -> None:
        self.counts[state] = self.counts.get(state, 0) + n

    def _of(self, states: Iterable[str]) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def asked(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        return self._of(Material.DONE_STATES)

    @property
    def waiting(self) -> int:
        return self._of(Material.WAITING_STATES)

    @property
    def returned(self) -> int:
        return self._of((Material.State.RETURNED,))

    @property
    def empty(self) -> int:
        return self._of((Material.State.EMPTY,))

    @property
    def percent(self) -> str:
        """As lists and reports say it: one decimal, and 100% only where it is all of it."""
        return percent(self.done, self.asked) if self.asked else ""

    @property
    def tone(self) -> str:
        if self.done == self.asked:
            return "green"
        return "orange" if self.returned else "yellow" if self.waiting else "neutral"

    @property
    def text(self) -> str:
        return f"{self.done}/{self.asked}"


@dataclass(frozen=True)
class Column:
    """One unit, or a group of them (`unit` is None then)."""

    label: str
    unit: int | None
    group: str


@dataclass(frozen=True)
class Row:
    """An indicator with all that is below it."""

    indicator: Mapping[str, Any]
    depth: int
    has_below: bool
    total: Cell
    cells: list[Cell | None]
    # Standards in it that are judged by material, of which nobody was asked for any.
    unasked: int

    @property
    def label(self) -> str:
        return f"{self.indicator['code']} {self.indicator['name']}"


@dataclass(frozen=True)
class Matrix:
    columns: list[Column]
    rows: list[Row]
    totals: list[Cell]
    whole: Cell
    groups: list[str]
    unasked: int
    # The branch that is shown, with what stands above it, the uppermost first.
    trail: list[Mapping[str, Any]]


class Tree:
    """The indicators of a system, read once."""

    def __init__(self, system: AssessmentSystem):
        self.system = system
        rows = Indicator.objects.filter(system=system).order_by("position", "pk")
        self.rows = {row["pk"]: row for row in rows.values("pk", "code", "name", "parent_id", "methods")}
        self.children: dict[int | None, list[int]] = defaultdict(list)
        for pk, row in self.rows.items():
            self.children[row["parent_id"] if row["parent_id"] in self.rows else None].append(pk)

    def unasked(self, *, on: date) -> Counter[int]:
        """How many standards of each indicator are judged by material that nobody was ever asked for by that day."""
        asked = Material.objects.filter(standard=OuterRef("pk"), asked_on__lte=on)
        rows = Standard.objects.of_system(self.system).filter(~Exists(asked)).order_by()
        return Counter(
            indicator
            for indicator, methods in rows.values_list("indicator_id", "methods")
            if set(methods or self.rows[indicator]["methods"]) & set(Indicator.BY_MATERIAL)
        )

    def below(self, pk: int | None) -> list[int]:
        """The keys of the indicator and all below it, in order; of all where it is None."""
        found: list[int] = []
        waiting = [pk] if pk is not None else list(reversed(self.children[None]))
        seen: set[int] = set()
        while waiting:
            one = waiting.pop()
            # Indicators that stand in a ring are walked once.
            if one in seen:
                continue
            seen.add(one)
            found.append(one)
            waiting.extend(reversed(self.children[one]))
        return found

    def trail(self, pk: int | None) -> list[Mapping[str, Any]]:
        steps: list[Mapping[str, Any]] = []
        while pk is not None and pk in self.rows and self.rows[pk] not in steps:
            steps.append(self.rows[pk])
            pk = self.rows[pk]["parent_id"]
        return steps[::-1]


def draw(
    tree: Tree,
    materials: MaterialQuerySet,
    *,
    on: date | None = None,
    unasked: Mapping[int, int] | None = None,
    branch: int | None = None,
    group: str | None = None,
    cut: bool = True,
) -> Matrix:
    """The table of these materials below a branch, for the units of a group.

    Of a past day the materials come with `state_then` and `unit_then`, and units are called as they were. `unasked`
    says of how many standards of an indicator nobody was asked: what is only a gap has a row too. Without `cut` every
    indicator and every unit has its own row and column, as an export wants it.
    """
    wanted = set(tree.below(branch))
    unit, state = ("unit_then", "state_then") if on else ("unit_id", "state")
    rows = materials.order_by().values_list("standard__indicator_id", unit, state).annotate(n=Count("pk"))
    if branch is not None:
        rows = rows.filter(standard__indicator__in=wanted)
    counted = [(indicator, whose, at, n) for indicator, whose, at, n in rows if indicator in wanted]
    units = Unit.objects.filter(pk__in={whose for _i, whose, _s, _n in counted}).order_by("position", "pk")
    named = {pk: (short or name, kind or str(_("其他"))) for pk, short, name, kind in units.values_list(*_NAMED)}
    if on:
        former = names_on(on)
        named |= {pk: (former[pk][1] or former[pk][0], named[pk][1]) for pk in named.keys() & former.keys()}
    groups = list(dict.fromkeys(kind for _name, kind in named.values()))
    shown = {pk: value for pk, value in named.items() if group is None or value[1] == group}
    columns = _columns(shown, groups, by_unit=group is not None or not cut or len(shown) <= MOST_COLUMNS)
    places = {
        pk: place
        for pk, (_name, kind) in shown.items()
        for place, column in enumerate(columns)
        if column.unit == pk or (column.unit is None and column.group == kind)
    }
    grid: dict[int, dict[int, Cell]] = defaultdict(lambda: defaultdict(Cell))
    totals, whole = [Cell() for _column in columns], Cell()
    gaps = {pk: n for pk, n in (unasked or {}).items() if pk in wanted}
    above = {pk: [step["pk"] for step in tree.trail(pk)] for pk in {row[0] for row in counted} | gaps.keys()}
    for indicator, whose, at, n in counted:
        if whose not in shown:
            continue
        for step in above[indicator]:
            grid[step][places[whose]].add(at, n)
        totals[places[whose]].add(at, n)
        whole.add(at, n)
    missing = Counter[int]()
    for indicator, n in gaps.items():
        missing.update(dict.fromkeys(above[indicator], n))
    lines = [
        _row(tree, pk, depth, grid[pk], len(columns), unasked=missing[pk])
        for pk, depth in _places(tree, branch, grid.keys() | missing.keys(), cut=cut)
    ]
    return Matrix(columns, lines, totals, whole, groups, sum(gaps.values()), tree.trail(branch))


_NAMED = ("pk", "short_name", "name", "kind")


def _columns(units: Mapping[int, tuple[str, str]], groups: Sequence[str], *, by_unit: bool) -> list[Column]:
    if by_unit:
        return [Column(name, pk, kind) for pk, (name, kind) in units.items()]
    return [Column(kind, None, kind) for kind in groups]


def _places(tree: Tree, branch: int | None, told: Container[int], *, cut: bool) -> list[tuple[int, int]]:
    """Which indicators have a row and how deep it stands: all below the branch, or the next step of a large one."""
    base = len(tree.trail(branch))
    every = [pk for pk in tree.below(branch) if pk in told]
    if cut and len(every) > MOST_ROWS:
        every = [pk for pk in ([branch] if branch is not None else []) + tree.children[branch] if pk in told]
    return [(pk, max(len(tree.trail(pk)) - max(base, 1), 0)) for pk in every]


def _row(tree: Tree, pk: int, depth: int, cells: Mapping[int, Cell], width: int, *, unasked: int) -> Row:
    total = Cell()
    for cell in cells.values():
        for state, n in cell.counts.items():
            total.add(state, n)
    return Row(
        indicator=tree.rows[pk],
        depth=min(depth, 5),
        has_below=bool(tree.children[pk]),
        total=total,
        cells=[cells.get(place) for place in range(width)],
        unasked=unasked,
    )
