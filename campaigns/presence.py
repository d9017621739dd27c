"""On which days people hold a post: who holds none is neither asked for patrols nor put on a roster."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from units.models import Post

from .models.patrol import PersonRow


def posts_held(users: Iterable[int], *, host: int | None) -> dict[int, list[tuple[date, date]]]:
    """Of each of these accounts the first and last day of each post in the host's tree; `date.max` where it is open."""
    found: dict[int, list[tuple[date, date]]] = {}
    posts = Post.objects.filter(user__in=users, unit__host=host).order_by("starts_on", "pk")
    for user, first, last in posts.values_list("user", "starts_on", "ends_on"):
        found.setdefault(user, []).append((first, last or date.max))
    return found


def postless(rows: Iterable[PersonRow], *, host: int | None, on: date) -> set[int]:
    """The accounts among these people that hold no post on that day."""
    users = {row.user_id for row in rows if row.user_id}
    held = posts_held(users, host=host) if users else {}
    return {user for user in users if not any(first <= on <= last for first, last in held.get(user, ()))}
