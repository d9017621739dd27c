"""Fixtures of the whole suite, and the rule that nothing is skipped in silence."""

import gc
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg2
import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis_settings

from tests import emptied, redis_server

# Playwright keeps an event loop on the main thread, in which Django would refuse its database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# What is imported stays to the end: looking through it again and again took a tenth of the suite's time.
gc.freeze()
gc.set_threshold(100_000, 50, 50)

emptied.install()

# The same examples each time: a red run can be run again.
hypothesis_settings.register_profile("suite", derandomize=True, deadline=None)
hypothesis_settings.load_profile("suite")

SHANGHAI = ZoneInfo("Asia/Shanghai")
# The build without windows takes less than half the time of the one with them.
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
NO_CHROMIUM = "browser tests not run: no Chromium here (install chromium-headless-shell, or name one in CHROMIUM)"
NO_REDIS = "no Redis here (set REDIS_URL, or install redis-server)"
COPIES = count(1)
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
# KIND=asks runs the tests that ask a database; KIND=each those of them that are not marked `once`, KIND=once the rest.
KIND = os.environ.get("KIND")


@pytest.fixture(scope="session")
def django_db_keepdb():
    """`migrate` goes on from what was placed; in the end it goes with the suite's own folder or server."""
    return True


@pytest.fixture(scope="session")
def kept_database(django_db_blocker, pytestconfig):
    from tests.migrated import Kept, folder

    kept = Kept(folder(pytestconfig.cache.mkdir))
    with django_db_blocker.unblock():
        kept.place()
    return kept


@pytest.fixture(scope="session")
def django_db_setup(kept_database, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        kept_database.keep()


@pytest.fixture
def city(db):
    """清水市: a host unit with its tree and one person per role (tests/factories/people.py)."""
    from tests.factories import people

    return people.city()


@pytest.fixture
def as_(client):
    """`as_(person)` is a browser in which that person has logged in."""

    def log_in(person):
        client.force_login(person)
        return client

    return log_in


@pytest.fixture
def work(db):
    """`work()` does every queued job, as a worker would, until none is left; gives the jobs it did."""
    from cityinit.celery import app
    from cityinit.models import Job
    from cityinit.queue import run_job

    # A worker knows every app's jobs.py from its start.
    app.loader.import_default_modules()

    def do_all():
        done = []
        while job := Job.objects.filter(state=Job.State.QUEUED).order_by("pk").first():
            run_job(job.pk)
            job.refresh_from_db()
            assert job.state != Job.State.QUEUED, f"job {job.pk} ({job.name}) could not be claimed"
            done.append(job)
        return done

    return do_all


@pytest.fixture
def clock():
    """`clock("2025-07-01 09:00")` stops time at that moment in Shanghai; the answer moves on with `.shift(seconds)`."""
    travels = []

    def stop_at(moment):
        travel = time_machine.travel(datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI), tick=False)
        travels.append(travel)
        return travel.start()

    yield stop_at
    for travel in reversed(travels):
        travel.stop()


@pytest.fixture
def axes_on(settings):
    """The log-in lock-out as in production."""
    settings.AXES_ENABLED = True


@pytest.fixture
def database_copy(transactional_db, tmp_path):
    """The URL of a copy of the database as it is when the fixture is asked for, for processes of their own."""
    # PostgreSQL copies a database only while nobody is connected to it.
    connection.close()
    template = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        # Not copyfile: what was written last may still stand in the write-ahead log beside it.
        with closing(sqlite3.connect(template)) as there, closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as copy:
            there.backup(copy)
        return f"sqlite:///{tmp_path / 'copy.sqlite3'}"
    name = f"copy_{next(COPIES)}"
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as server, server.cursor() as cursor:
        server.autocommit = True
        # A thread of an earlier live server may still hold its connection.
        cursor.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [template])
        cursor.execute(f'create database {name} template "{template}"')
    return os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    """A real Redis: REDIS_URL, else a server of our own for as long as the suite runs."""
    if django_settings.TEST_REDIS_URL:
        yield django_settings.TEST_REDIS_URL
    elif redis_server.program() is None:
        pytest.skip(NO_REDIS)
    else:
        with redis_server.running(tmp_path_factory.mktemp("redis")) as url:
            yield url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The system's Chromium, quiet; a browser is never downloaded."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    # A name without HTTPS that is not the machine itself: what browsers keep from plain pages is missing there.
    intranet = "--host-resolver-rules=MAP wmcs.intranet 127.0.0.1"
    arguments = [*quiet, "--disable-dev-shm-usage", intranet]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


def is_of_kind(item, kind):
    asks = (
        not {"db", "transactional_db", "django_db_setup"}.isdisjoint(item.fixturenames)
        or item.get_closest_marker("django_db") is not None
        or issubclass(item.cls or object, TransactionTestCase)
    )
    each = asks and not item.get_closest_marker("once")
    return {"each": each, "once": not each}[kind]


def pytest_collection_modifyitems(config, items):
    if KIND and (others := [item for item in items if not is_of_kind(item, KIND)]):
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if is_of_kind(item, KIND)]
    browser_tests = Path(__file__).parent / "browser"
    for item in items:
        if browser_tests in item.path.parents:
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("browser") and not CHROMIUM:
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


# Nothing is skipped in silence ---------------------------------------------------------------------


def skipped_reports(terminal):
    return [report for report in terminal.stats.get("skipped", []) if not hasattr(report, "wasxfail")]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    # Where everything is installed, a skipped test is a test that nobody runs.
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if REQUIRE_ALL and terminal and skipped_reports(terminal) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    if REQUIRE_ALL and (skipped := skipped_reports(terminalreporter)):
        terminalreporter.write_line(f"REQUIRE_ALL=1: {len(skipped)} skipped, which fails this run", red=True)
    elif not CHROMIUM:
        terminalreporter.write_line(NO_CHROMIUM, yellow=True)
