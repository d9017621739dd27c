"""Pages of the busiest lists: their SQL is put together once for each shape, long counts are kept for a minute."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from django.core.cache import caches
from django.db import models
from django.utils.functional import cached_property

from .marks import digest
from .paging import COUNT_LIMIT, Page, beyond
from .statements import Composed, Slot, Statements

KEPT = Statements()
# A list too long to count is said to be so for as long before it is counted again.
REMEMBERED = 60


class KeptPage(Page):
    """As `Page`, of what `rows()` gives: a query set of `.values()` that has a `Slot` for each name in `given`.

    `counted()` gives the same rows without what only a table shows. Both are called only where nobody has asked for
    that `shape` before; so it must say everything they depend on beyond the slots: who asks, of what, how narrowed.
    """

    def __init__(
        self,
        request: Any,
        rows: Callable[[], models.QuerySet],
        *,
        shape: Hashable,
        counted: Callable[[], models.QuerySet],
        order: tuple[str, ...],
        size: int = 50,
        given: dict[str, Any] | None = None,
    ):
        super().__init__(request, None, order=order, size=size)
        self.made_by, self.counted_by, self.shape, self.given = rows, counted, shape, given or {}

    def _asked(self, order: list[str]) -> list[dict[str, Any]]:
        def rows() -> models.QuerySet:
            listed = self.made_by().order_by(*order)
            if self.cursor:
                listed = listed.filter(beyond(order, _slots(listed, order)))
            return listed[: self.size + 1]

        composed = KEPT.of((self.shape, tuple(order), bool(self.cursor), self.size), rows)
        after = {f"after_{place}": value for place, value in enumerate(self.cursor)}
        return rows_of(composed, {**self.given, **after})

    @cached_property
    def count(self) -> int:
        if not self.cursor and len(self._found) <= self.size:
            return len(self._found)
        given = {name: value for name, value in self.given.items() if name != "now"}
        key = f"count-{digest({'shape': repr(self.shape), **given})}"
        if (known := caches["drawn"].get(key)) is not None:
            return known
        composed = KEPT.counting(
            (self.shape, "count"), lambda: self.counted_by().order_by().values("pk")[: COUNT_LIMIT + 1]
        )
        counted = composed.ask(self.given)[0][0] if composed else 0
        if counted > COUNT_LIMIT:
            caches["drawn"].set(key, counted, REMEMBERED)
        return counted


def rows_of(composed: Composed | None, given: dict[str, Any]) -> list[dict[str, Any]]:
    """What the statement of a query set of `.values()` gives for these values, as the query set would."""
    if composed is None:
        return []
    return [dict(zip(composed.names, row, strict=True)) for row in composed.ask(given)]


def _slots(listed: models.QuerySet, order: list[str]) -> list[Slot]:
    """One for each value of the cursor, as the fields of the order keep them, be they columns or worked out."""
    worked_out, meta = listed.query.annotations, listed.model._meta
    fields: list[Any] = []
    for name in [field.lstrip("-") for field in order]:
        if name in worked_out:
            fields.append(worked_out[name].output_field)
        else:
            fields.append(meta.pk if name == "pk" else meta.get_field(name))
    return [Slot(f"after_{place}", field) for place, field in enumerate(fields)]
