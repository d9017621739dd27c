"""What must be right before the first process starts: settings, port, folder, database, Redis, static files, demo.

Everything that can be wrong with the machine is told as one line (`CannotStart`), never as a traceback.
"""

import errno
import fcntl
import hashlib
import io
import os
import socket
import time
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import django
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import NotSupportedError
from kombu import Connection
from kombu.exceptions import OperationalError

# An old web server may still be ending while the new one starts.
PORT_PATIENCE_SECONDS = 2


class CannotStart(Exception):
    """The start cannot go on; the text is the line the person reads."""


def prepare() -> IO[str]:
    """Make the installation ready to be served; gives the open lock that keeps a second start off the same folder."""
    _load_settings()
    _check_port()
    lock = _lock_folder()
    _check_database()
    _check_redis()
    _migrate()
    _collect_static()
    _build_demo()
    connection.close()
    return lock


def logins() -> list[str]:
    """One line for each role of the demo city; else how the first person gets in, while there is nobody."""
    told = io.StringIO()
    call_command("demo", logins=True, stdout=told)
    lines = told.getvalue().splitlines()
    if not lines and not _has_rows(settings.AUTH_USER_MODEL):
        lines = ["Nobody can log in yet: .venv/bin/python manage.py first_administrator UNIT ACCOUNT NAME"]
    connection.close()
    return lines


def _load_settings() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityinit.settings")
    try:
        django.setup()
    except ImproperlyConfigured as problem:
        raise CannotStart(str(problem)) from None


def _check_port() -> None:
    patience = time.monotonic() + PORT_PATIENCE_SECONDS
    while problem := _port_problem():
        if time.monotonic() > patience:
            raise CannotStart(problem)
        time.sleep(0.1)


def _port_problem() -> str:
    host, port = settings.HOST, settings.PORT
    if not 0 < port < 65536:
        return f"PORT must be between 1 and 65535, not {port}."
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            # Linux lets two sockets bind an address as long as only one listens.
            probe.listen(1)
    except socket.gaierror as problem:
        return f"HOST {host} is no address of this machine: {problem.strerror}."
    except OSError as problem:
        advice = f" Try another: make run PORT={port + 1}" if problem.errno == errno.EADDRINUSE else ""
        return f"Port {port} on {host} cannot be used: {problem.strerror}.{advice}"
    return ""


def _lock_folder() -> IO[str]:
    folder = settings.DATA_DIR
    try:
        lock = (folder / "run.lock").open("w")
    except OSError as problem:
        raise CannotStart(f"DATA_DIR {folder} cannot be written: {problem.strerror}.") from None
    try:
        # Two clocks and two sets of workers on one embedded database would do everything twice.
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise CannotStart(f"Another cityinit already runs on DATA_DIR {folder}; stop it first.") from None
    return lock


def _check_database() -> None:
    try:
        connection.ensure_connection()
        connection.check_database_version_supported()
        # On SQLite this takes the write lock, so that a file we may only read is found here.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select 1")
    except (DatabaseError, NotSupportedError, ImproperlyConfigured) as problem:
        raise CannotStart(f"The database {_database_name()} cannot be used: {_first_line(problem)}") from None


def _database_name() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(database["NAME"])
    return f"{database['NAME']} on {database['HOST'] or 'localhost'}:{database['PORT'] or 5432}"


def _check_redis() -> None:
    if not settings.REDIS_URL:
        return
    address = urlsplit(settings.REDIS_URL)
    try:
        with Connection(settings.REDIS_URL, connect_timeout=5) as broker:
            broker.ensure_connection(max_retries=1)
    except (OperationalError, ValueError) as problem:
        # The URL may hold a password: only the machine is named.
        raise CannotStart(f"Redis on {address.hostname} cannot be used: {_first_line(problem)}") from None


def _first_line(problem: Exception) -> str:
    return (str(problem).strip() or type(problem).__name__).splitlines()[0]


def _migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print("Bringing the database up to date ...", flush=True)
        call_command("migrate", interactive=False, verbosity=0)


def _collect_static() -> None:
    # In DEBUG the files are served from where they are.
    if "Manifest" not in settings.STORAGES["staticfiles"]["BACKEND"]:
        return
    stamp, wanted = settings.DATA_DIR / "static.stamp", _static_fingerprint()
    if stamp.exists() and stamp.read_text() == wanted and settings.STATIC_ROOT.exists():
        return
    print("Collecting static files ...", flush=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(wanted)


def _static_fingerprint() -> str:
    """Changes with the name or content of any static file."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(None):
            digest.update(f"{path}\0".encode())
            digest.update(hashlib.sha256(Path(storage.path(path)).read_bytes()).digest())
    return digest.hexdigest()


def _build_demo() -> None:
    if os.environ.get("DEMO") == "0" or any(_has_rows(model) for model in settings.DEMO_UNLESS):
        return
    print("Building the demo city (DEMO=0 leaves it out) ...", flush=True)
    try:
        call_command("demo")
    except CommandError as problem:
        raise CannotStart(f"The demo city cannot be built: {problem}") from None


def _has_rows(model: str) -> bool:
    return apps.get_model(model)._default_manager.exists()
