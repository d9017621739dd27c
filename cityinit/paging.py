"""Pages by key, not by offset: the thousandth page costs what the first does."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

# Counting further costs more than the number is worth to a reader.
COUNT_LIMIT = 10_000
UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


class Page:
    """One page of a query set in the given order, with links to the next and the previous one.

    `order` must end in a unique field; fields in it must not be null. `rows` are the objects (or
    dicts, when the query set is `.values()`). The cursor stands in `?after=` or `?before=`. `counted` are the
    same rows without what only a table shows of them: joined for each of ten thousand it is most of the counting.
    """

    def __init__(self, request, queryset, *, order: tuple[str, ...], size: int = 50, counted=None):
        self.request, self.queryset, self.order, self.size = request, queryset, order, size
        self.counted = queryset if counted is None else counted
        self.backwards = "before" in request.GET
        self.cursor = _read_cursor(request.GET.get("before") or request.GET.get("after") or "", len(order))
        if not self.cursor:
            self.backwards = False

    @cached_property
    def _found(self) -> list[Any]:
        try:
            return self._asked([_flipped(field) for field in self.order] if self.backwards else list(self.order))
        except (TypeError, ValueError, OverflowError, ValidationError):
            if not self.cursor:
                raise
            # A link with values no row can have: back to the first page, like one that was cut.
            self.cursor, self.backwards = [], False
            return self._asked(list(self.order))

    def _asked(self, order: list[str]) -> list[Any]:
        """The rows of the page in this order, one more than it shows where there are more."""
        rows = self.queryset.order_by(*order)
        if self.cursor:
            rows = rows.filter(beyond(order, self.cursor))
        return list(rows[: self.size + 1])

    @cached_property
    def rows(self) -> list[Any]:
        found = self._found[: self.size]
        return found[::-1] if self.backwards else found

    @property
    def has_next(self) -> bool:
        return bool(self.cursor) if self.backwards else len(self._found) > self.size

    @property
    def has_previous(self) -> bool:
        return len(self._found) > self.size if self.backwards else bool(self.cursor)

    @cached_property
    def next_url(self) -> str:
        return self._url("after", self.rows[-1]) if self.rows else self.first_url

    @cached_property
    def previous_url(self) -> str:
        return self._url("before", self.rows[0]) if self.rows else self.first_url

    @property
    def first_url(self) -> str:
        return "?" + urlencode(self._kept())

    @cached_property
    def count(self) -> int:
        """Rows in all, counted no further than COUNT_LIMIT + 1."""
        counted = self.counted.order_by()
        if counted.query.group_by is None:
            # Columns that only a row shows are not worked out to be counted.
            counted = counted.values("pk")
        return counted[: COUNT_LIMIT + 1].count()

    @property
    def count_text(self) -> str:
        if self.count > COUNT_LIMIT:
            return _("共 %(n)s+ 条") % {"n": COUNT_LIMIT}
        return _("共 %(n)s 条") % {"n": self.count}

    @property
    def range_text(self) -> str:
        return _("本页 %(n)s 条") % {"n": len(self.rows)}

    def _kept(self) -> list[tuple[str, str]]:
        """What was asked for beside the place in the list."""
        asked = self.request.GET.lists()
        return [(name, value) for name, values in asked if name not in ("after", "before") for value in values]

    def _url(self, direction: str, row: Any) -> str:
        values = [_value(row, field.lstrip("-")) for field in self.order]
        place = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
        return "?" + urlencode([*self._kept(), (direction, place)])


class ListPage:
    """One page of a list that is worked out, not asked of the database; the same words for the same component."""

    def __init__(self, request: Any, items: Sequence[Any], *, size: int = 50):
        self.request, self.items, self.size = request, items, size
        asked = request.GET.get("page", "")
        last = max((len(items) - 1) // size, 0)
        # A number too large is the last page: the list may have become shorter since the link was drawn.
        self.place = min(int(asked) - 1, last) if asked.isdecimal() and asked != "0" and len(asked) < 10 else 0

    @property
    def rows(self) -> Sequence[Any]:
        return self.items[self.place * self.size : (self.place + 1) * self.size]

    @property
    def has_next(self) -> bool:
        return (self.place + 1) * self.size < len(self.items)

    @property
    def has_previous(self) -> bool:
        return self.place > 0

    @cached_property
    def next_url(self) -> str:
        return self._url(self.place + 2)

    @property
    def previous_url(self) -> str:
        return self._url(self.place)

    def _url(self, page: int) -> str:
        kept = self.request.GET.copy()
        kept["page"] = str(page)
        return "?" + kept.urlencode()

    @property
    def count_text(self) -> str:
        return _("共 %(n)s 条") % {"n": len(self.items)}

    @property
    def range_text(self) -> str:
        return _("本页 %(n)s 条") % {"n": len(self.rows)}


def _value(row: Any, name: str) -> Any:
    if isinstance(row, dict):
        value = row["id" if name == "pk" and "pk" not in row else name]
    else:
        value = row
        for step in name.split("__"):
            value = getattr(value, step)
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _flipped(field: str) -> str:
    return field[1:] if field.startswith("-") else f"-{field}"


def _read_cursor(text: str, length: int) -> list[Any]:
    """The values a link carries; a link that was cut or tampered with means the first page."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text.encode())) if text else []
    except (ValueError, RecursionError):
        return []
    plain = isinstance(values, list) and all(isinstance(value, str | int | float) for value in values)
    return values if plain and len(values) == length and not any(map(_is_unkeepable, values)) else []


def _is_unkeepable(value: Any) -> bool:
    """Whether no database has a place for it: a NUL, half a character."""
    return isinstance(value, str) and UNKEEPABLE.search(value) is not None


def beyond(order: list[str], cursor: Sequence[Any]) -> models.Q:
    """(a, b) after (x, y) in this order, written as a > x or (a = x and b > y)."""
    after, equal = models.Q(), models.Q()
    for field, value in zip(order, cursor, strict=True):
        name, side = field.lstrip("-"), "lt" if field.startswith("-") else "gt"
        after |= equal & models.Q(**{f"{name}__{side}": value})
        equal &= models.Q(**{name: value})
    # Once more of the first field alone: an index is entered there; either-or would have it read from its beginning.
    name, side = order[0].lstrip("-"), "lte" if order[0].startswith("-") else "gte"
    return models.Q(**{f"{name}__{side}": cursor[0]}) & after
