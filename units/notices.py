"""Telling people: the single door for notices, and who is told about a unit or a host."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import models, transaction
from django.utils import timezone

from .models import Notice, Post, Unit, User
from .models.post import PostQuerySet
from .roles import Role

TEXT_LENGTH = Notice._meta.get_field("text").max_length


def tell(users: Iterable[User], text: str, *, url: str = "", within: bool = False) -> None:
    """Leave each of `users` a notice once the transaction is committed.

    A person named twice is told once, and not again while the same notice is unread; people who
    can no longer log in are left out. `within` writes it in the transaction itself: for a job that is begun
    again where it was killed, and must know whom it has told.
    """
    wanted = {user.pk for user in users if user.is_active}
    if wanted and within:
        _write(wanted, str(text)[:TEXT_LENGTH], str(url))
    elif wanted:
        transaction.on_commit(lambda: _write(wanted, str(text)[:TEXT_LENGTH], str(url)))


def _write(user_ids: set[int], text: str, url: str) -> None:
    waiting = Notice.objects.unread().filter(user__in=user_ids, text=text, url=url)
    told = set(waiting.values_list("user_id", flat=True))
    Notice.objects.bulk_create(Notice(user_id=pk, text=text, url=url) for pk in sorted(user_ids - told))


def liaisons_of(*units: Unit, on: date | None = None) -> models.QuerySet[User]:
    """People whose liaison post covers one of the units: posts at the unit itself or above it."""
    above = {pk for unit in units for pk in _at_or_above(unit)}
    covering = models.Q(scope=None, unit__in=above) | models.Q(scope__in=above)
    return _holders(Post.objects.filter(covering, role=Role.LIAISON), on=on)


def leaders_of(unit: Unit, *, on: date | None = None) -> models.QuerySet[User]:
    """Leaders whose scope is the unit itself or a part of the tree around it; not those of the whole host."""
    above = [pk for pk in _at_or_above(unit) if pk != unit.host_id]
    return _holders(Post.objects.filter(role=Role.LEADER, scope__in=above), on=on)


def heads_of(unit: Unit, *, on: date | None = None) -> models.QuerySet[User]:
    """Who heads the unit itself (单位负责人): leaders whose post stands at it or is over it alone."""
    return _holders(Post.objects.filter(models.Q(unit=unit) | models.Q(scope=unit), role=Role.LEADER), on=on)


def leaders_above(unit: Unit, *, on: date | None = None) -> models.QuerySet[User]:
    """Leaders of a part of the tree around the unit (分管领导); neither its own head nor those of the whole host."""
    above = [pk for pk in _at_or_above(unit) if pk not in (unit.pk, unit.host_id)]
    return _holders(Post.objects.filter(role=Role.LEADER, scope__in=above).exclude(unit=unit), on=on)


def office_of(host: Unit, *, on: date | None = None) -> models.QuerySet[User]:
    """The coordinators of a host unit; not those of a host above it."""
    covering = models.Q(scope=None) | models.Q(scope__in=_at_or_above(host))
    return _holders(Post.objects.filter(covering, role=Role.COORDINATOR, unit__host=host.host_id), on=on)


def administrators(*, of: Iterable[Unit] | None = None, on: date | None = None) -> models.QuerySet[User]:
    """Everybody who may change people and posts; `of` leaves out who rules only the trees of other units."""
    posts = Post.objects.filter(role=Role.ADMINISTRATOR)
    if of is not None:
        posts = posts.filter(models.Q(scope=None) | models.Q(scope__host__in={unit.host_id for unit in of}))
    return _holders(posts, on=on)


def _at_or_above(unit: Unit) -> list[int]:
    return [int(pk) for pk in unit.path.strip("/").split("/")]


def _holders(posts: PostQuerySet, *, on: date | None) -> models.QuerySet[User]:
    held = posts.held(on=on or timezone.localdate())
    return User.objects.filter(is_active=True, pk__in=held.values("user"))
