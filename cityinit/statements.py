"""Short queries of every request, put into SQL once in a process: to compose one takes longer than its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any, cast

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.query import get_related_populators

# So many plans a connection keeps: each is memory of the server's.
MOST_PLANNED = 200
NUMBERS = count()
# What a database keeps as a whole number; beyond it one refuses and the other asks in vain.
BIGGEST = 2**63 - 1


def columns_of(model: type[models.Model]) -> list[str]:
    """The names of a model's own columns, in the order of `made`."""
    return [field.attname for field in model._meta.concrete_fields]


def made(model: type[models.Model], values: Sequence[Any]) -> Any:
    """The row of a model as it came from the database, of the values of `columns_of`."""
    return model.from_db(DEFAULT_DB_ALIAS, columns_of(model), values)


def columns_with(model: type[models.Model], key: str) -> list[str]:
    """The columns of a model and of the row its foreign key names, in the order of `made_with`."""
    return [*columns_of(model), *(f"{key}__{name}" for name in columns_of(_named_by(model, key)))]


def made_with(model: type[models.Model], key: str, values: Sequence[Any]) -> Any:
    """The row of a model with the one its foreign key names, of the values of `columns_with`; the key is not null."""
    own = len(columns_of(model))
    row = made(model, values[:own])
    setattr(row, key, made(_named_by(model, key), values[own:]))
    return row


def _named_by(model: type[models.Model], key: str) -> type[models.Model]:
    return cast(type[models.Model], model._meta.get_field(key).related_model)


class Slot(models.Expression):
    """Where a statement has a value that is given when it is asked, as the field keeps such values."""

    def __init__(self, name: str, output_field: models.Field):
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Slot]]:  # type: ignore[override]  # a slot stands where a value will
        return "%s", [self]

    def filled(self, given: dict[str, Any]) -> Any:
        value = self.output_field.get_db_prep_value(given[self.name], connection)
        if isinstance(value, int) and abs(value) > BIGGEST:
            raise OverflowError(f"No row can have {value}.")
        return value


class Statement:
    """What `rows()` gives, a query set of `values_list` with a `Slot` in place of each value, asked again and again.

    One query each time, the same as the query set's own; only composing it is saved. What the query set differs by
    beyond values, such as how many keys it looks for, is its shape: `rows(*shape)` is composed once for each, and of
    the shapes the last SHAPES are kept.
    """

    SHAPES = 256

    def __init__(self, rows: Callable[..., models.QuerySet]):
        self._rows = rows
        self._composed = lru_cache(maxsize=self.SHAPES)(lambda *shape: Composed.of(rows(*shape)))

    def ask(self, *shape: Hashable, **given: Any) -> list[tuple[Any, ...]]:
        """The rows for these values, one for each slot's name."""
        composed = self._composed(*shape)
        return composed.ask(given) if composed else []

    def objects(self, *shape: Hashable, **given: Any) -> list[Any]:
        """As `ask`, of a query set of rows of a model: these, with those that its `select_related` names."""
        composed = self._composed(*shape)
        return composed.objects(given) if composed else []


class Statements:
    """Statements of query sets that only who asks can put together, each composed once for its shape.

    A shape says everything by which the query set differs beyond the slots: who asks, of what, how narrowed.
    """

    def __init__(self, most: int = 512):
        self._kept: dict[Hashable, Composed | None] = {}
        self._most = most

    def of(self, shape: Hashable, rows: Callable[[], models.QuerySet]) -> Composed | None:
        """The statement of that shape, of `rows()` where it is not known yet; None where no row can be."""
        return self._known(shape, lambda: Composed.of(rows()))

    def counting(self, shape: Hashable, rows: Callable[[], models.QuerySet]) -> Composed | None:
        """As `of`, the statement that says how many of these rows there are."""

        def composed() -> Composed | None:
            listed = Composed.of(rows())
            return listed and listed.counting()

        return self._known(shape, composed)

    def _known(self, shape: Hashable, composed: Callable[[], Composed | None]) -> Composed | None:
        if shape not in self._kept:
            if len(self._kept) >= self._most:
                # The oldest is composed again when somebody comes back to it.
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[shape] = composed()
        return self._kept[shape]


@dataclass(frozen=True)
class Composed:
    """A query set as SQL, with the names of its columns."""

    compiler: Any
    sql: str
    parameters: tuple[Any, ...]
    converters: Any
    names: tuple[str, ...]
    number: int

    @classmethod
    def of(cls, rows: models.QuerySet) -> Composed | None:
        """None where no row can be, whatever is asked with."""
        query = rows.query
        compiler = query.get_compiler(connection=connection)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:
            return None
        converters = compiler.get_converters([column[0] for column in compiler.select])
        names = (*query.extra_select, *query.values_select, *query.annotation_select)
        return cls(compiler, sql, parameters, converters, tuple(query.selected or names), next(NUMBERS))

    def ask(self, given: dict[str, Any]) -> list[tuple[Any, ...]]:
        """The rows for these values, one for each slot's name."""
        rows = self._rows_as_planned(given) if _keeps_plans() else self._rows(self.sql, given)
        if not self.converters:
            return rows
        return [tuple(row) for row in self.compiler.apply_converters(rows, self.converters)]

    def objects(self, given: dict[str, Any]) -> list[Any]:
        """As `ask`, but as the query set would: rows of its model with those they name and with their annotations."""
        compiler = self.compiler
        of_model = compiler.klass_info
        places = of_model["select_fields"]
        first, end = places[0], places[-1] + 1
        columns = [column[0].target.attname for column in compiler.select[first:end]]
        named = get_related_populators(of_model, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # Django 6's
        made = []
        for values in self.ask(given):
            row = of_model["model"].from_db(DEFAULT_DB_ALIAS, columns, values[first:end])
            for populator in named:
                populator.populate(values, row)
            for name, place in compiler.annotation_col_map.items():
                setattr(row, name, values[place])
            made.append(row)
        return made

    def counting(self) -> Composed:
        """The statement of one row that says how many rows this one has."""
        sql = f"SELECT COUNT(*) FROM ({self.sql}) counted"  # noqa: S608  # composed by the ORM
        return Composed(self.compiler, sql, self.parameters, {}, ("n",), next(NUMBERS))

    def _rows(self, sql: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
        filled = [one.filled(given) if isinstance(one, Slot) else one for one in self.parameters]
        with connection.cursor() as cursor:
            cursor.execute(sql, filled)
            return cursor.fetchall()

    def _rows_as_planned(self, given: dict[str, Any]) -> list[tuple[Any, ...]]:
        """By the name under which this connection has the statement planned, or planned and asked in one go."""
        known = _plans_of_connection()
        name = known.get(self.number)
        if name:
            return self._rows(self._executed(name), given)
        name = f"kept_{next(NUMBERS)}"
        places = iter(f"${place}" for place in range(1, len(self.parameters) + 1))
        sql = re.sub("%%|%s", lambda found: next(places) if found[0] == "%s" else "%%", self.sql)
        rows = self._rows(f"PREPARE {name} AS {sql}; {self._executed(name)}", given)
        # Only now: of one that was refused nobody knows whether there is a plan, and the next is given another name.
        known[self.number] = name
        return rows

    def _executed(self, name: str) -> str:
        values = ", ".join(["%s"] * len(self.parameters))
        return f"EXECUTE {name} ({values})" if values else f"EXECUTE {name}"


def _keeps_plans() -> bool:
    """PostgreSQL does, and takes ten times as long to plan a finding's page as to answer it.

    Not behind a pooler, of which DISABLE_SERVER_SIDE_CURSORS tells: the next transaction may have another connection.
    """
    return connection.vendor == "postgresql" and not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")


def _plans_of_connection() -> dict[int, str]:
    """The names of what this connection has planned, by the number of the statement; a new one has planned nothing."""
    connection.ensure_connection()
    of, known = getattr(connection, "planned", (None, {}))
    if of is not connection.connection:
        known = {}
        connection.planned = connection.connection, known  # type: ignore[attr-defined]  # ours
    if len(known) >= MOST_PLANNED:
        known.clear()
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
    return known
