"""The connection to PostgreSQL: kept while it is sound, made anew when the server has closed it."""

import environ
import psycopg2
import pytest

from cityinit.postgresql.base import DatabaseWrapper
from tests import embedded_postgres


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    return embedded_postgres.started(tmp_path_factory.mktemp("postgres"))


@pytest.fixture
def connection(server, django_db_blocker):
    defaults = {"ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "TIME_ZONE": None, "OPTIONS": {}}
    kept = {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
    made = DatabaseWrapper({**environ.Env.db_url_config(server), **defaults, **kept}, "another")
    # Of a server of its own, not of the suite's database.
    with django_db_blocker.unblock():
        yield made
        made.close()


def _asked(connection):
    """The number by which the server knows the connection that the next request has."""
    connection.health_check_enabled = True
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_the_next_request_has_the_same_connection_and_the_server_is_not_asked_about_it(connection, monkeypatch):
    first = _asked(connection)
    questions = []
    monkeypatch.setattr(connection, "is_usable", lambda: questions.append("is_usable") or True)

    assert _asked(connection) == first
    assert questions == []


def test_a_connection_that_the_server_has_closed_is_made_anew(connection, server):
    first = _asked(connection)
    with psycopg2.connect(server) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
        assert cursor.fetchone() == (True,)

    assert _asked(connection) != first


def test_after_a_fault_of_the_line_the_server_itself_is_asked(connection, monkeypatch):
    first = _asked(connection)
    connection.errors_occurred = True
    monkeypatch.setattr(connection, "is_usable", lambda: False)

    assert _asked(connection) != first
