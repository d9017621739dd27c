"""Trees of a campaign's rows (tasks, workstreams, groups, indicators): nothing stands above itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy

from .models import Campaign

RING = gettext_lazy("不能选自己或自己的下级，否则上下级会绕成圈。")


def lock_trees(campaign: Campaign) -> None:
    """Let trees of one campaign change one after another, or two people together could close a ring."""
    Campaign.objects.hold(campaign.pk)


def would_ring(row: models.Model, *, parent: models.Model) -> bool:
    """Whether the row would stand above itself below that parent; asked of the database as it is now."""
    seen: set[int] = set()
    above: int | None = parent.pk
    # A ring that stands there already must not be walked for ever.
    while above is not None and above not in seen:
        if above == row.pk:
            return True
        seen.add(above)
        above = type(row)._base_manager.filter(pk=above).values_list("parent_id", flat=True).first()
    return False


def with_all_below(row: models.Model) -> set[int]:
    """The keys of the row and of everything below it: one query a level; a ring is walked once."""
    found = level = {row.pk}
    while level:
        below = type(row)._base_manager.filter(parent__in=level)
        level = set(below.values_list("pk", flat=True)) - found
        found = found | level
    return found


def in_tree_order(rows: Iterable[tuple[int, int | None]]) -> list[int]:
    """Of (key, parent) in the office's order the keys with each row below its parent, however deep.

    Whose parent is not among them stands at the top; rows in a ring stand behind all others, each once.
    """
    rows = list(rows)
    known = {pk for pk, _parent in rows}
    below: dict[int | None, list[int]] = defaultdict(list)
    for pk, parent in rows:
        below[parent if parent in known else None].append(pk)
    ordered: dict[int, None] = {}
    # A stack rather than recursion: the depth of a tree is the office's business.
    for root in [*below[None], *known]:
        waiting = [root]
        while waiting:
            pk = waiting.pop()
            if pk not in ordered:
                ordered[pk] = None
                waiting.extend(reversed(below[pk]))
    return list(ordered)
