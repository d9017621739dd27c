"""Short queries of every request, put into SQL once in a process: to compose one takes longer than its answer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Any, cast

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, models


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
        return self.output_field.get_db_prep_value(given[self.name], connection)


class Statement:
    """What `rows()` gives, a query set of `values_list` with a `Slot` in place of each value, asked again and again.

    One query each time, the same as the query set's own; only composing it is saved. What the query set differs by
    beyond values, such as how many keys it looks for, is its shape: `rows(*shape)` is composed once for each, and of
    the shapes the last SHAPES are kept.
    """

    SHAPES = 256

    def __init__(self, rows: Callable[..., models.QuerySet]):
        self._rows = rows
        self._composed = lru_cache(maxsize=self.SHAPES)(self._compose)

    def ask(self, *shape: Hashable, **given: Any) -> list[tuple[Any, ...]]:
        """The rows for these values, one for each slot's name."""
        composed = self._composed(*shape)
        if composed is None:
            return []
        compiler, sql, parameters, converters = composed
        with connection.cursor() as cursor:
            cursor.execute(sql, [one.filled(given) if isinstance(one, Slot) else one for one in parameters])
            rows = cursor.fetchall()
        return [tuple(row) for row in compiler.apply_converters(rows, converters)] if converters else rows

    def _compose(self, *shape: Hashable) -> tuple[Any, str, tuple[Any, ...], Any] | None:
        """None where no row can be, whatever is asked with."""
        compiler = self._rows(*shape).query.get_compiler(connection=connection)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:
            return None
        return compiler, sql, parameters, compiler.get_converters([column[0] for column in compiler.select])
