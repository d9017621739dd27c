"""One version as a tree: what is below each node, and whether the scores add up. Two queries, however large it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from .models import AssessmentSystem, Indicator, Standard


@dataclass
class Node:
    """An indicator in its place; `indicators`, `standards` and `negative` count what is below it, itself aside."""

    pk: int
    lineage: object
    code: str
    name: str
    parent: int | None
    score: Decimal | None
    methods: list[str]
    depth: int = 0
    children: list[Node] = field(default_factory=list)
    indicators: int = 0
    standards: int = 0
    negative: int = 0
    # What the parts of it come to, where any of them has a score.
    parts_score: Decimal | None = None

    @property
    def methods_text(self) -> str:
        return "、".join(str(Indicator.Method(method).label) for method in self.methods)

    @property
    def is_uneven(self) -> bool:
        """Whether its own score is not what its parts come to; said, never refused: published systems do it."""
        return self.score is not None and self.parts_score is not None and self.score != self.parts_score

    @property
    def full(self) -> Decimal | None:
        """What can be reached: its own score, else what its parts come to."""
        return self.score if self.score is not None else self.parts_score


class Tree:
    """The nodes of one version that are handed in, in order, each below the one above it."""

    def __init__(self, system: AssessmentSystem, indicators: QuerySet[Indicator] | None = None):
        self.system = system
        rows = Indicator.objects.all() if indicators is None else indicators
        names = ("pk", "lineage", "code", "name", "parent_id", "score", "methods")
        found = rows.of_system(system).order_by("position", "pk").values_list(*names)  # type: ignore[attr-defined]
        self.nodes = {row[0]: Node(*row) for row in found}
        self.tops: list[Node] = []
        for node in self.nodes.values():
            above = self.nodes.get(node.parent or 0)
            (above.children if above else self.tops).append(node)
        self._count_standards()
        self.in_order: list[Node] = []
        for top in self.tops:
            self._walk(top, 0)

    def _count_standards(self) -> None:
        told = Standard.objects.of_system(self.system).order_by().values("indicator_id")
        counts = told.annotate(n=Count("pk"), bad=Count("pk", filter=Q(is_negative=True)), sum=Sum("score"))
        for row in counts:
            if node := self.nodes.get(row["indicator_id"]):
                node.standards, node.negative, node.parts_score = row["n"], row["bad"], row["sum"]

    def _walk(self, node: Node, depth: int) -> None:
        node.depth = depth
        self.in_order.append(node)
        scores = []
        for child in node.children:
            self._walk(child, depth + 1)
            node.indicators += child.indicators + 1
            node.standards += child.standards
            node.negative += child.negative
            scores.append(child.full)
        known = [score for score in scores if score is not None]
        if known:
            node.parts_score = sum(known, Decimal(0))

    @property
    def totals(self) -> Node:
        """The whole system as if it were one node."""
        whole = Node(0, None, "", str(self.system), None, None, [])
        for top in self.tops:
            whole.indicators += top.indicators + 1
            whole.standards += top.standards
            whole.negative += top.negative
        known = [top.full for top in self.tops if top.full is not None]
        whole.parts_score = sum(known, Decimal(0)) if known else None
        return whole

    def path(self, pk: int | None) -> list[Node]:
        """The nodes above it, from the top, and itself."""
        found: list[Node] = []
        step: int | None = pk
        while step in self.nodes and self.nodes[step] not in found:
            found.insert(0, self.nodes[step])
            step = self.nodes[step].parent
        return found
