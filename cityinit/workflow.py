"""State moves: each workflow is one table, and one method makes the move."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Refused(Exception):
    """The request was understood and turned down; the reason is for the person who asked."""

    def __init__(self, reason: str, obj: models.Model | None = None):
        super().__init__(reason)
        self.reason = str(reason)
        self.obj = obj


def _nothing_in_the_way(obj: Any, by: Any) -> str | None:
    return None


@dataclass(frozen=True)
class Move:
    """One row of a workflow's table.

    `permission` is asked of the person for the object; `obstacle` returns the sentence the person
    will read when something else stands in the way; `gives` names what the move must be given.
    """

    name: str
    label: StrOrPromise
    sources: tuple[str, ...]
    target: str
    permission: str
    obstacle: Callable[[Any, Any], str | None] = _nothing_in_the_way
    gives: tuple[StrOrPromise, ...] = ()
    tone: str = "neutral"


class Workflow:
    """A table of moves over the model field `state`."""

    def __init__(self, name: str, *moves: Move):
        self.name = name
        self.moves: Mapping[str, Move] = {move.name: move for move in moves}

    def refusal(self, obj: Any, name: str, by: Any) -> str | None:
        """Say why `by` may not make this move now, or return None.

        `by=None` is the system itself (import, timetable): only states and obstacles bind it.
        """
        move = self.moves[name]
        if obj.state not in move.sources:
            return _("现在不能%(move)s：它目前是“%(state)s”。") % {
                "move": move.label,
                "state": obj.get_state_display(),
            }
        if by is not None and not by.has_perm(move.permission, obj):
            return _("您在这里没有“%(move)s”的权限。") % {"move": move.label}
        return move.obstacle(obj, by)

    def open_to(self, by: Any, obj: Any) -> list[Move]:
        """The moves this person can make on this object now, in table order."""
        # Where the state speaks against it nobody reads why.
        fit = (move for move in self.moves.values() if obj.state in move.sources)
        return [move for move in fit if self.refusal(obj, move.name, by) is None]

    def ask(self, obj: Any, name: str, *, by: Any, seen_state: str = "") -> None:
        """Raise Refused where the move cannot be made now, or the form was drawn for another state than it is in."""
        if seen_state and seen_state != obj.state:
            raise Refused(
                _("这条记录刚刚被别人改成了“%(state)s”，请看过最新情况再办理。") % {"state": obj.get_state_display()},
                obj,
            )
        if reason := self.refusal(obj, name, by):
            raise Refused(reason, obj)

    def make(self, obj: Any, name: str, *, by: Any, seen_state: str = "", **values: Any) -> str:
        """Move `obj` on, writing `values` in the same statement, and return the state it came from.

        Raises Refused, and changes nothing, when the table forbids it or somebody else was first.
        `seen_state` is the state the person's form was drawn for: a stale form is refused.
        Call inside the transaction that also records the event.
        """
        self.ask(obj, name, by=by, seen_state=seen_state)
        source, target = obj.state, self.moves[name].target
        # One statement: whoever calls has the transaction that it belongs to.
        with transaction.atomic(savepoint=False):
            # Compare-and-set rather than a row lock: it behaves alike on SQLite and PostgreSQL.
            moved = type(obj)._base_manager.filter(pk=obj.pk, state=source).update(state=target, **values)
        if not moved:
            raise Refused(_("别人刚刚办理了这条记录，请看过最新情况再操作。"), obj)
        obj.state = target
        for field, value in values.items():
            setattr(obj, field, value)
        return source
