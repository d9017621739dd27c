"""The tallies of findings: written by triggers, so that no way of changing a finding goes past them (decision 31).

A trigger writes in the transaction and the statement of the change itself, on either database. What it writes, what a
direct count gives and what the two differ by are one question, asked here of different rows.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import connection, connections, transaction

from cityinit.alone import Work, alone

from .models import Finding, FindingTally

FINDINGS, TALLIES = Finding._meta.db_table, FindingTally._meta.db_table
# What a tally is made of; a change of anything else is none of its business.
COUNTED = ("campaign_id", "found_on", "state", "lead_unit_id", "category_id", "site_id", "closed_at")
ALIKE = ", ".join(FindingTally.ALIKE)
DONE = ", ".join(f"'{state}'" for state in Finding.DONE_STATES)
FUNCTION = "inspections_tally_finding"
# Another number whenever something else is counted: then the next migration puts up others, and counts anew.
EDITION = 1
TRIGGERS = tuple(f"{FUNCTION}_{change}_{EDITION}" for change in ("insert", "update", "delete"))


def keep_counting(using: str = "default", **_told: Any) -> None:
    """After every migration: the triggers stand, and where one did not, the tallies are made right.

    So an existing database is counted when it first gets them; and SQLite, where altering a table draws it anew and
    leaves its triggers behind, does not stop counting.
    """
    there = connections[using]
    if there.alias != connection.alias or not {FINDINGS, TALLIES} <= set(there.introspection.table_names()):
        return
    with transaction.atomic(using=using):
        standing = _standing()
        if standing == set(TRIGGERS):
            return
        on = f"on {FINDINGS}" if there.vendor == "postgresql" else ""
        with there.cursor() as cursor:
            for name in standing:
                cursor.execute(f"drop trigger {name} {on}")
            for sql in _postgresql() if there.vendor == "postgresql" else _sqlite():
                cursor.execute(sql)
        settle()


def differences() -> list[tuple[Any, ...]]:
    """Where the tallies differ from a direct count of the findings: (campaign, about, whose, month, state, n missing).

    One statement, so that both are of one moment whoever writes meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"{_differences()} order by {ALIKE}")
        return cursor.fetchall()


def settle() -> list[tuple[Any, ...]]:
    """Append what is missing, and give it as `differences` does; there should be nothing.

    Safe to be done twice: what the first has appended, the second misses no more.
    """
    with transaction.atomic():
        alone(Work.TALLY)
        with connection.cursor() as cursor:
            cursor.execute(f"insert into {TALLIES} ({ALIKE}, n) {_differences()} returning {ALIKE}, n")
            return cursor.fetchall()


def fold() -> int:
    """Make one row of those that are alike, none where they add up to nothing; says how many rows went.

    What others append meanwhile is not among the rows that go: they stay, and are added up the next time.
    """
    same = " and ".join(f"other.{name} = {TALLIES}.{name}" for name in FindingTally.ALIKE)
    with transaction.atomic():
        alone(Work.TALLY)
        with connection.cursor() as cursor:
            cursor.execute(
                f"delete from {TALLIES} where n = 0"  # noqa: S608 - our own names
                f" or exists (select 1 from {TALLIES} other where {same} and other.id <> {TALLIES}.id)"
                f" returning {ALIKE}, n"
            )
            gone = cursor.fetchall()
        sums: Counter[tuple[Any, ...]] = Counter()
        for *alike, n in gone:
            sums[tuple(alike)] += n
        rows = (
            FindingTally(**dict(zip(FindingTally.ALIKE, alike, strict=True)), n=n) for alike, n in sums.items() if n
        )
        return len(gone) - len(FindingTally.objects.bulk_create(rows, batch_size=500))


def _differences() -> str:
    counted = f"{_parts('f', 1, f'from {FINDINGS} f')} union all select {ALIKE}, -n from {TALLIES}"  # noqa: S608 - our own names
    return f"select {ALIKE}, sum(n) as n from ({counted}) counted group by {ALIKE} having sum(n) <> 0"  # noqa: S608 - our own names


def _parts(row: str, n: int | str, source: str = "") -> str:
    """What findings count under, a line for each number that one of them is in."""
    found, closed = _month(f"{row}.found_on"), _month(_in_shanghai(f"{row}.closed_at"))
    kinds = (
        ("whole", "0", found, ""),
        ("unit", f"coalesce({row}.lead_unit_id, 0)", found, ""),
        ("category", f"{row}.category_id", found, ""),
        ("site", f"coalesce({row}.site_id, 0)", "0", ""),
        ("closed", "0", closed, f"where {row}.state in ({DONE})"),
    )
    return " union all ".join(
        f"select {row}.campaign_id as campaign_id, '{about}' as about, {whose} as whose, {month} as month,"
        f" {row}.state as state, {n} as n {source} {only}"
        for about, whose, month, only in kinds
    )


def _appended(parts: str) -> str:
    return (
        f"insert into {TALLIES} ({ALIKE}, n)"  # noqa: S608 - our own names
        f" select {ALIKE}, sum(n) from ({parts}) parts group by {ALIKE} having sum(n) <> 0;"
    )


def _month(day: str) -> str:
    if connection.vendor == "postgresql":
        return f"(extract(year from {day}) * 100 + extract(month from {day}))::integer"
    return f"(cast(substr({day}, 1, 4) as integer) * 100 + cast(substr({day}, 6, 2) as integer))"


def _in_shanghai(moment: str) -> str:
    if connection.vendor == "postgresql":
        return f"({moment} at time zone 'Asia/Shanghai')"
    # SQLite keeps moments in UTC and knows no time zones; Shanghai has had no summer time since 1991.
    return f"datetime({moment}, '+8 hours')"


def _standing() -> set[str]:
    kept = (
        "select tgname from pg_trigger where not tgisinternal"
        if connection.vendor == "postgresql"
        else "select name from sqlite_master where type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(kept)
        return {name for (name,) in cursor.fetchall() if name.startswith(FUNCTION)}


def _postgresql() -> list[str]:
    """Rows that come or go are counted by the statement, since a ledger brings thousands; a move row by row."""
    insert, update, delete = TRIGGERS
    differs = " or ".join(f"old.{name} is distinct from new.{name}" for name in COUNTED)
    moved = f"{_parts('old', -1)} union all {_parts('new', 1)}"
    many = _appended(_parts("changed", "sign", "from changed, (select tg_argv[0]::integer as sign) way"))
    return [
        f"create or replace function {FUNCTION}_rows() returns trigger language plpgsql as"
        f" $$ begin {many} return null; end $$",
        f"create or replace function {FUNCTION}_row() returns trigger language plpgsql as"
        f" $$ begin {_appended(moved)} return null; end $$",
        f"create trigger {insert} after insert on {FINDINGS} referencing new table as changed"
        f" for each statement execute function {FUNCTION}_rows('1')",
        f"create trigger {delete} after delete on {FINDINGS} referencing old table as changed"
        f" for each statement execute function {FUNCTION}_rows('-1')",
        f"create trigger {update} after update of {', '.join(COUNTED)} on {FINDINGS}"
        f" for each row when ({differs}) execute function {FUNCTION}_row()",
    ]


def _sqlite() -> list[str]:
    insert, update, delete = TRIGGERS
    differs = " or ".join(f"old.{name} is not new.{name}" for name in COUNTED)
    moved = f"{_parts('old', -1)} union all {_parts('new', 1)}"
    return [
        f"create trigger {insert} after insert on {FINDINGS} begin {_appended(_parts('new', 1))} end",
        f"create trigger {delete} after delete on {FINDINGS} begin {_appended(_parts('old', -1))} end",
        f"create trigger {update} after update of {', '.join(COUNTED)} on {FINDINGS}"
        f" when {differs} begin {_appended(moved)} end",
    ]
