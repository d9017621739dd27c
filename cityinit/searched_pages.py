"""Pages of what a text search finds, at a bounded cost whatever the words: see docs/performance.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from .paging import Page, beyond

# So many rows of the list are read for the words before the index is asked for them.
WINDOW = 4_000
MOST_COUNTED = 1_000


class SearchedPage(Page):
    """A page of rows with certain words: common ones are met among the first rows, rare ones are few in the index.

    `read` and `looked_up` find the same rows, by a condition that reads each row's text and by one that has an index;
    `show` makes what the list shows of either. `walked` are all rows in whose order the list is, words or not.
    """

    def __init__(
        self,
        request: Any,
        *,
        read: models.QuerySet,
        looked_up: models.QuerySet,
        walked: models.QuerySet,
        show: Callable[[models.QuerySet], models.QuerySet],
        order: tuple[str, ...],
        size: int = 50,
    ):
        super().__init__(request, looked_up, order=order, size=size)
        self.read, self.walked, self.show = read, walked, show

    def _asked(self, order: list[str]) -> list[Any]:
        after = beyond(order, self.cursor) if self.cursor else models.Q()
        window = self._window(order, after) if self.cursor else self._first_window
        rows = list(self.show(self.read.filter(after, window or models.Q())).order_by(*order)[: self.size + 1])
        if window is None or len(rows) > self.size:
            return rows
        keys = self._looked_up if not self.cursor else self._keys(order, after, most=self.size)
        found = self.walked.filter(pk__in=keys[: self.size + 1])
        return list(self.show(found).order_by(*order))

    def _keys(self, order: list[str], after: models.Q, *, most: int) -> list[int]:
        """Those of the first rows that the index finds, one more than `most`; to find them is what takes time."""
        return list(self.queryset.filter(after).order_by(*order).values_list("pk", flat=True)[: most + 1])

    @cached_property
    def _looked_up(self) -> list[int]:
        return self._keys(list(self.order), models.Q(), most=MOST_COUNTED)

    def _window(self, order: list[str], after: models.Q) -> models.Q | None:
        """What the next WINDOW rows of the list have in common; None where there are no more than these."""
        name = order[0].lstrip("-")
        last = self.walked.filter(after).order_by(*order).values_list(name, flat=True)[WINDOW : WINDOW + 1]
        side = "gte" if order[0].startswith("-") else "lte"
        return next((models.Q(**{f"{name}__{side}": value}) for value in last), None)

    @cached_property
    def _first_window(self) -> models.Q | None:
        return self._window(list(self.order), models.Q())

    @cached_property
    def _counted(self) -> tuple[int, bool]:
        """How many there are, and whether there may be more."""
        if not self.cursor and len(self._found) <= self.size:
            return len(self._found), False
        window = self._first_window
        n = self.read.filter(window or models.Q()).count()
        if window is None or n > self.size:
            return n, window is not None
        n = len(self._looked_up)
        return min(n, MOST_COUNTED), n > MOST_COUNTED

    @property
    def count(self) -> int:
        return self._counted[0]

    @property
    def count_text(self) -> str:
        n, may_be_more = self._counted
        return _("至少 %(n)s 条") % {"n": n} if may_be_more else _("共 %(n)s 条") % {"n": n}
