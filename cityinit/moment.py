"""Reading many things as they stood at one moment, however long it takes and whoever writes meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def at_one_moment() -> Iterator[None]:
    """Whatever is read inside is of one moment; nothing may be written inside, and no writer has to wait for it.

    Inside a transaction that has begun it changes nothing: that one says what is seen.
    """
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    with _deferred(), transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read, read only")
        yield


@contextmanager
def _deferred() -> Iterator[None]:
    """SQLite's transactions take the right to write as they begin, but for these."""
    usual = getattr(connection, "transaction_mode", None)
    connection.transaction_mode = "DEFERRED" if usual else usual  # type: ignore[attr-defined]
    try:
        yield
    finally:
        connection.transaction_mode = usual  # type: ignore[attr-defined]
