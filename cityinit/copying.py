"""Thousands of rows at once, where the ORM would make an object or a condition of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.expressions import Combinable, ExpressionWrapper


def write_from(rows: models.QuerySet, into: type[models.Model], **values: Any) -> int:
    """Write a row of `into` for each of `rows`, in their order, in one INSERT … SELECT; how many that made.

    `values` say what stands in each field: an expression over `rows` (F names a column), or a plain value for all.
    A field that is not named has its default, worked out once for all rows: one that must be unique is to be named.
    As with `bulk_create`, no `save` is called and nothing is checked but by the database.
    """
    fields = [field for field in into._meta.concrete_fields if not field.primary_key]
    if unknown := values.keys() - {field.name for field in fields}:
        raise ValueError(f"{into.__name__} has no such fields: {', '.join(sorted(unknown))}")
    wanted = [_AsItStands(_expression(field, values), output_field=field) for field in fields]
    try:
        select, parameters = rows.values_list(*wanted).query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return 0
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    with connection.cursor() as cursor:
        # Names of the models' own tables and columns; what people wrote goes in as parameters.
        cursor.execute(f"INSERT INTO {quote(into._meta.db_table)} ({columns}) {select}", parameters)
        return cursor.rowcount


def newest_key(model: type[models.Model]) -> int:
    """The highest key given so far: what `write_from` writes lies above it."""
    return model._base_manager.aggregate(newest=models.Max("pk"))["newest"] or 0


def write_each(model: type[models.Model], name: str, values: Mapping[Any, Any]) -> None:
    """Give each row, by its key, its own value of one field."""
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise ValueError(f"{model.__name__}.{name} has no column")
    quote = connection.ops.quote_name
    table, column, key = (quote(one) for one in (model._meta.db_table, str(field.column), str(model._meta.pk.column)))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {column} = %s WHERE {key} = %s",  # noqa: S608 (names of the model's own)
            [(field.get_db_prep_save(value, connection), pk) for pk, value in values.items()],
        )


class _AsItStands(ExpressionWrapper):
    """A column as the database keeps it: what the ORM would make readable (JSON into text) is left."""

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return sql, params


def _expression(field: models.Field, values: dict[str, Any]) -> Any:
    value = values[field.name] if field.name in values else field.get_default()
    if isinstance(value, Combinable) or hasattr(value, "resolve_expression"):
        return value
    if isinstance(value, models.Model):
        value = value.pk
    return models.Value(value, output_field=field)
