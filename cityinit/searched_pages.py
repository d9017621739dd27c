"""Pages of what a text search finds, at a bounded cost whatever the words: see docs/performance.md."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from django.core.cache import caches
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from .kept_pages import KEPT, REMEMBERED, rows_of
from .marks import digest
from .paging import Page, beyond
from .statements import Slot

# So many rows of the list are read for the words before the index is asked for them.
WINDOW = 4_000
MOST_COUNTED = 1_000
# What a window without an end is remembered as: there are no more rows than these.
ENDLESS = "endless"


class SearchedPage(Page):
    """A page of rows with certain words: common ones are met among the first rows, rare ones are few in the index.

    `read(slots)` and `looked_up` find the same rows, by a condition that reads each row's text and by one that has an
    index; `show` makes what the list shows of either. `walked` are all rows in whose order the list is, words or not,
    known as `walked_as`. `shape` and `given` are as of a `KeptPage`, of `read(True)`; a search without a shape is
    composed each time.
    """

    def __init__(
        self,
        request: Any,
        *,
        read: Callable[[bool], models.QuerySet],
        looked_up: Callable[[], models.QuerySet],
        walked: models.QuerySet,
        walked_as: Hashable,
        show: Callable[[models.QuerySet], models.QuerySet],
        order: tuple[str, ...],
        size: int = 50,
        shape: Hashable = None,
        given: dict[str, Any] | None = None,
    ):
        super().__init__(request, None, order=order, size=size)
        self.read, self.looked_up, self.walked, self.walked_as, self.show = read, looked_up, walked, walked_as, show
        self.shape, self.given = shape, given or {}

    def _asked(self, order: list[str]) -> list[Any]:
        if not self.cursor:
            return self._first_page(order)
        after = beyond(order, self.cursor)
        window = self._window(order, after)
        within = models.Q() if window is None else self._within(window, order)
        rows = list(self.show(self.read(False).filter(after, within)).order_by(*order)[: self.size + 1])
        if window is None or len(rows) > self.size:
            return rows
        return self._shown(self._keys(order, after, most=self.size), order)

    def _first_page(self, order: list[str]) -> list[Any]:
        is_all = self._first_window is None or len(self._met) > self.size
        return self._met if is_all else self._shown(self._looked_up, order)

    @cached_property
    def _met(self) -> list[Any]:
        """The first rows with the words that are met within the first window, one more than a page."""
        order, window = list(self.order), self._first_window

        def rows(slots: bool, end: Any) -> models.QuerySet:
            within = models.Q() if window is None else self._within(end, order)
            return self.show(self.read(slots).filter(within)).order_by(*order)[: self.size + 1]

        if self.shape is None:
            return list(rows(False, window))
        end = Slot("window", self.walked.model._meta.get_field(order[0].lstrip("-")))
        composed = KEPT.of((self.shape, tuple(order), window is None, self.size), lambda: rows(True, end))
        return rows_of(composed, {**self.given, "window": window})

    def _shown(self, keys: list[int], order: list[str]) -> list[Any]:
        return list(self.show(self.walked.filter(pk__in=keys[: self.size + 1])).order_by(*order))

    def _keys(self, order: list[str], after: models.Q, *, most: int) -> list[int]:
        """Those of the first rows that the index finds, one more than `most`; to find them is what takes time."""
        return list(self.looked_up().filter(after).order_by(*order).values_list("pk", flat=True)[: most + 1])

    @cached_property
    def _looked_up(self) -> list[int]:
        return self._keys(list(self.order), models.Q(), most=MOST_COUNTED)

    def _window(self, order: list[str], after: models.Q) -> Any:
        """Where the next WINDOW rows of the list end; None where there are no more than these."""
        last = self.walked.filter(after).order_by(*order).values_list(order[0].lstrip("-"), flat=True)
        return last[WINDOW : WINDOW + 1].first()

    @cached_property
    def _first_window(self) -> Any:
        """As it was a minute ago at most: which rows are read first changes nothing of what is found."""
        key = f"window-{digest({'walked': repr(self.walked_as), 'order': list(self.order), 'size': WINDOW})}"
        known = caches["drawn"].get(key)
        if known is None:
            known = self._window(list(self.order), models.Q())
            caches["drawn"].set(key, ENDLESS if known is None else known, REMEMBERED)
        return None if known == ENDLESS else known

    @staticmethod
    def _within(end: Any, order: list[str]) -> models.Q:
        side = "gte" if order[0].startswith("-") else "lte"
        return models.Q(**{f"{order[0].lstrip('-')}__{side}": end})

    @cached_property
    def _counted(self) -> tuple[int, bool]:
        """How many there are, and whether there may be more."""
        if not self.cursor and len(self._found) <= self.size:
            return len(self._found), False
        if self._first_window is None:
            return self.read(False).count(), False
        # To count how often a common word stands in the window took longer than to find a page of it.
        if len(self._met) > self.size:
            return len(self._met), True
        n = len(self._looked_up)
        return min(n, MOST_COUNTED), n > MOST_COUNTED

    @property
    def count(self) -> int:
        return self._counted[0]

    @property
    def count_text(self) -> str:
        n, may_be_more = self._counted
        return _("至少 %(n)s 条") % {"n": n} if may_be_more else _("共 %(n)s 条") % {"n": n}
