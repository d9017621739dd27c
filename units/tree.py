"""Units in the order of their tree, as a page shows them; plain rows with the keys of unit and parent will do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from .models import Unit


@dataclass(frozen=True)
class Branch:
    unit: Unit
    depth: int

    @property
    def step(self) -> int:
        """The indent on the page: the style sheet has five steps."""
        return min(self.depth, 5)


def in_tree_order(units: Iterable[Unit]) -> list[Branch]:
    """Each unit after its parent, siblings in their own order; whose parent is not among them stands at the root."""
    units = list(units)
    known = {unit.pk for unit in units}
    below: dict[int | None, list[Unit]] = defaultdict(list)
    for unit in units:
        below[unit.parent_id if unit.parent_id in known else None].append(unit)
    ordered: list[Branch] = []
    # A stack rather than recursion: the depth of a tree is the office's business.
    waiting = [Branch(unit, 0) for unit in reversed(below[None])]
    while waiting:
        branch = waiting.pop()
        ordered.append(branch)
        waiting.extend(Branch(child, branch.depth + 1) for child in reversed(below[branch.unit.pk]))
    return ordered
