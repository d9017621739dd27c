"""One transaction at a time where no single row could be locked: the trail's chain, a load, who stands where.

Whoever needs two of them writes the trail last, or two transactions could wait for each other.
"""

from enum import IntEnum

from django.db import connection


class Work(IntEnum):
    """What only one transaction does at a time; any numbers will do, as long as no two are alike."""

    AUDIT = 0x617564697400
    LOAD = 0x6C6F61640000
    ROSTER = 0x726F73746572
    TALLY = 0x74616C6C7900


def alone(work: Work) -> None:
    """Wait until no other transaction does this work, and keep others waiting until this one ends."""
    if connection.vendor == "postgresql":
        # SQLite's IMMEDIATE transactions are already one at a time.
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [int(work)])
