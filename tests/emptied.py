"""After a test that commits, the tables it wrote to are emptied, and only those.

Django's `flush` truncates every table and writes each content type and permission anew: half a second on PostgreSQL.
"""

from functools import cache

from django.db import connection, transaction
from django.test import TransactionTestCase

# Written by `migrate` alone, and the same for every test.
KEPT = {"django_content_type", "auth_permission"}


def install():
    TransactionTestCase._fixture_teardown = lambda case: empty()


def empty():
    """Leave the database as `migrate` left it."""
    # Foreign keys are asked when the transaction ends: the order of the tables means nothing.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_filled())
        for (table,) in cursor.fetchall():
            cursor.execute(f"delete from {table}")  # noqa: S608 - a name of the database's own


@cache
def _filled():
    """The question which tables hold a row."""
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
    quoted = map(connection.ops.quote_name, sorted(tables))
    return " union all ".join(f"select '{table}' where exists (select 1 from {table})" for table in quoted)  # noqa: S608
