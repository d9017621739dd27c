"""How complete the materials are: indicator × unit, as far as a person can read it at once.

A large system is gone through step by step: its branches first, then what is below one of them; so are its units, by
group first. Whatever its size, the table takes the same few queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from units.models import Unit

from .models import AssessmentSystem, Indicator, Material
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
    def percent(self) -> int:
        """Whole per cent, rounded down: 100 means all of it."""
        return self.done * 100 // self.asked if self.asked else 0

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
    # The branch that is shown, with what stands above it, the uppermost first.
    trail: list[Mapping[str, Any]]


class Tree:
    """The indicators of a system, read once."""

    def __init__(self, system: AssessmentSystem):
        rows = Indicator.objects.filter(system=system).order_by("position", "pk")
        self.rows = {row["pk"]: row for row in rows.values("pk", "code", "name", "parent_id")}
        self.children: dict[int | None, list[int]] = defaultdict(list)
        for pk, row in self.rows.items():
            self.children[row["parent_id"] if row["parent_id"] in self.rows else None].append(pk)

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
    state: str = "state",
    branch: int | None = None,
    group: str | None = None,
    cut: bool = True,
) -> Matrix:
    """The table of these materials below a branch, for the units of a group.

    `state` names the column to count by: `state_then` of materials asked `as_of` a day. Without `cut` every indicator
    and every unit has its own row and column, as an export wants it.
    """
    wanted = set(tree.below(branch))
    rows = materials.order_by().values_list("standard__indicator_id", "unit_id", state).annotate(n=Count("pk"))
    if branch is not None:
        rows = rows.filter(standard__indicator__in=wanted)
    counted = [(indicator, unit, at, n) for indicator, unit, at, n in rows if indicator in wanted]
    units = Unit.objects.filter(pk__in={unit for _i, unit, _s, _n in counted}).order_by("position", "pk")
    named = {pk: (short or name, kind or str(_("其他"))) for pk, short, name, kind in units.values_list(*_NAMED)}
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
    above = {pk: [step["pk"] for step in tree.trail(pk)] for pk in {row[0] for row in counted}}
    for indicator, unit, at, n in counted:
        if unit not in shown:
            continue
        for step in above[indicator]:
            grid[step][places[unit]].add(at, n)
        totals[places[unit]].add(at, n)
        whole.add(at, n)
    lines = [_row(tree, pk, depth, grid[pk], len(columns)) for pk, depth in _places(tree, branch, grid, cut=cut)]
    return Matrix(columns, lines, totals, whole, groups, tree.trail(branch))


_NAMED = ("pk", "short_name", "name", "kind")


def _columns(units: Mapping[int, tuple[str, str]], groups: Sequence[str], *, by_unit: bool) -> list[Column]:
    if by_unit:
        return [Column(name, pk, kind) for pk, (name, kind) in units.items()]
    return [Column(kind, None, kind) for kind in groups]


def _places(tree: Tree, branch: int | None, grid: Mapping[int, Any], *, cut: bool) -> list[tuple[int, int]]:
    """Which indicators have a row and how deep it stands: all below the branch, or the next step of a large one."""
    base = len(tree.trail(branch))
    every = [pk for pk in tree.below(branch) if pk in grid]
    if cut and len(every) > MOST_ROWS:
        every = [pk for pk in ([branch] if branch is not None else []) + tree.children[branch] if pk in grid]
    return [(pk, max(len(tree.trail(pk)) - max(base, 1), 0)) for pk in every]


def _row(tree: Tree, pk: int, depth: int, cells: Mapping[int, Cell], width: int) -> Row:
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
    )
