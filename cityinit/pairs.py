"""Looking for words in Chinese text: every pair of neighbouring characters is a key of the index.

Trigrams, which PostgreSQL brings along, know nothing of the two characters that most Chinese words are. SQLite, which
has no such index, reads the texts.
"""

from __future__ import annotations

import re
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import connection, models
from django.db.backends.ddl_references import Statement
from django.db.models import Func, Lookup

from .statements import Slot

FUNCTION = """
create function cityinit_pairs(content text) returns text[] language sql immutable strict parallel safe as
$$ select coalesce(array_agg(distinct substr(content, place, 2)), '{}')
from generate_series(1, length(content) - 1) place $$
"""
SPECIAL = re.compile(r"[\\%_]")


def create_function(apps: Any, schema_editor: Any) -> None:
    """For a migration: what the index calls. Plain SQL, so that who owns the database may make it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTION.replace("%", "%%"))


def drop_function(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("drop function cityinit_pairs(text)")


class PairsIndex(GinIndex):
    """The index of a text field that holds capitals (`Upper`); none on SQLite."""

    def __init__(self, *expressions: Any, field: str = "", **options: Any):
        # Without a list of keys not yet sorted in: reading through that costs more than sorting in.
        options.setdefault("fastupdate", False)
        super().__init__(*(expressions or [Func(field, function="cityinit_pairs")]), **options)

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **options: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return Statement("SELECT 1")
        return super().create_sql(model, schema_editor, using=using, **options)

    def remove_sql(self, model: Any, schema_editor: Any, **options: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return Statement("SELECT 1")
        return super().remove_sql(model, schema_editor, **options)


@models.TextField.register_lookup
class Says(Lookup):
    """Whether the text, which is in capitals, contains these words in whatever case; read, not looked up."""

    lookup_name = "says"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, given = self.process_lhs(compiler, connection)
        wanted = self.rhs if isinstance(self.rhs, Slot) else pattern(self.rhs)
        return f"{column} LIKE %s ESCAPE '\\'", [*given, wanted]


@models.TextField.register_lookup
class Contains(Says):
    """As `says`, found by the index of pairs where there is one; a single character is in no pair."""

    lookup_name = "has_words"

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        read, given = self.as_sql(compiler, connection)
        words = _as_kept(self.rhs)
        pairs = sorted({words[place : place + 2] for place in range(len(words) - 1)})
        if not pairs:
            return read, given
        column, kept = self.process_lhs(compiler, connection)
        return f"(cityinit_pairs({column}) @> %s AND {read})", [*kept, pairs, *given]


def pattern(words: str) -> str:
    """What stands in a slot of `says`, so that these words are read."""
    return f"%{SPECIAL.sub(lambda found: chr(92) + found[0], _as_kept(words))}%"


def _as_kept(words: str) -> str:
    """In capitals as the database makes them: SQLite knows those of ASCII alone."""
    return words.upper() if connection.vendor == "postgresql" else re.sub("[a-z]+", _capitals, words)


def _capitals(found: re.Match[str]) -> str:
    return found[0].upper()
