"""Two people at the same rows: the database has turned one of them down, who may simply do it again.

Actions hold rows in one order (docs/decisions/0028) so that it does not come to this; this is what is said should it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError
from django.utils.translation import gettext as _

from .workflow import Refused

# PostgreSQL's names for it: two wait for each other, one read what the other wrote, a row was not to be had in time.
STATES = ("40P01", "40001", "55P03")
# SQLite has one writer at a time, and waited for it in vain.
SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED")


class Busy(Refused):
    """Nothing was written; done once more it is likely to go through."""

    def __init__(self) -> None:
        super().__init__(_("有人正在办理同一批记录，这一次没有保存。请稍后再试。"))


def is_busy(fault: BaseException) -> bool:
    """Whether the transaction ended only because of another that was under way."""
    if not isinstance(fault, OperationalError):
        return False
    told = getattr(fault.__cause__, "sqlite_errorname", "")
    return getattr(fault.__cause__, "pgcode", None) in STATES or told.startswith(SQLITE)


@contextmanager
def said_if_busy() -> Iterator[None]:
    """What the database turns down within is a refusal like any other."""
    try:
        yield
    except OperationalError as fault:
        if not is_busy(fault):
            raise
        raise Busy from fault
