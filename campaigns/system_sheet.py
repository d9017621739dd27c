"""One version as lines of a sheet, in the columns that `campaigns.system_reading` reads: taken out, it can be loaded.

What a load keeps in the notes of a node (完成时限, 来源) stays there, so that these columns are not needed again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cityinit.documents import xlsx

from .models import AssessmentSystem, Indicator, Standard
from .system_reading import (
    ASKED,
    CONTENT,
    EDITION,
    LEVELS,
    METHODS,
    NUMBER,
    REMARK,
    SYSTEM,
    UNITS,
    WORTH,
)
from .system_tree import Node, Tree

# One more may be written by hand than a table has columns for: shown beside the others, and not read again.
DEEPER = ("第四级编号", "第四级指标", "第四级分值")
NEGATIVE = "负面清单"


class SystemSheet:
    """The columns and lines of a version as far as these indicators of it may be seen; a fixed number of queries."""

    def __init__(self, system: AssessmentSystem, indicators: QuerySet[Indicator]):
        self.system = system
        self.tree = Tree(system, indicators)
        self.nodes = indicators.filter(system=system).prefetch_related("units").in_bulk()
        self.standards: dict[int, list[Standard]] = defaultdict(list)
        for one in Standard.objects.of_system(system).prefetch_related("units").order_by("position", "pk"):
            self.standards[one.indicator_id].append(one)
        is_deeper = any(node.depth >= len(LEVELS) for node in self.tree.in_order)
        self.levels = (*LEVELS, DEEPER) if is_deeper else LEVELS

    @property
    def columns(self) -> list[xlsx.Column]:
        levels = [
            column
            for code, name, score in self.levels
            for column in (xlsx.Column(code, 10), xlsx.Column(name, 24), xlsx.Column(score, 8, "decimal"))
        ]
        return [
            xlsx.Column(SYSTEM, 24),
            xlsx.Column(EDITION, 12),
            *levels,
            xlsx.Column(NUMBER, 6),
            xlsx.Column(CONTENT, 50),
            xlsx.Column(METHODS, 18),
            xlsx.Column(WORTH, 14, "decimal"),
            xlsx.Column(UNITS, 24),
            xlsx.Column(ASKED, 36),
            xlsx.Column(REMARK, 30),
            xlsx.Column(NEGATIVE, 8),
        ]

    def rows(self) -> list[list[Any]]:
        """A line for each standard, below that of its indicator where it says something itself."""
        return [line for top in self.tree.tops for line in self._below(top, [])]

    def _below(self, node: Node, above: list[Node]) -> Iterator[list[Any]]:
        path, row, standards = [*above, node], self.nodes[node.pk], self.standards[node.pk]
        says = row.methods or row.note or row.units.all()
        if says or not (standards or node.children):
            yield self._line(path, methods=row.get_methods_display(), units=row.units.all(), remark=row.note)
        for one in standards:
            yield self._line(
                path,
                number=one.number,
                content=one.content,
                methods=one.get_methods_display(),
                worth=one.threshold if one.score is None else one.score,
                units=one.units.all(),
                asked=one.asked,
                remark=_remark(one),
                negative=_("是") if one.is_negative else "",
            )
        for child in node.children:
            yield from self._below(child, path)

    def _line(self, path: list[Node], *, units: Any, **said: Any) -> list[Any]:
        levels = [cell for node in path for cell in (node.code, node.name, node.score)]
        empty = [""] * (3 * (len(self.levels) - len(path)))
        named = "、".join(unit.name for unit in units)
        told = [said.get(name, "") for name in ("number", "content", "methods", "worth")]
        rest = [said.get(name, "") for name in ("asked", "remark", "negative")]
        return [self.system.name, self.system.edition, *levels, *empty, *told, named, *rest]


def _remark(one: Standard) -> str:
    """Its note; beside a score what it asks to be met has no column."""
    if one.score is None or not one.threshold:
        return one.note
    return "\n".join(filter(None, (one.note, _("达标要求：%(asked)s") % {"asked": one.threshold})))
