"""The suite's empty database, migrated once: kept in pytest's cache until a migration changes.

For each step of a migration Django draws most models anew: as long as a thousand tests take, in each process of
`make test`, and before the first answer whenever one file is run by hand. A machine that has kept nothing yet
migrates `drawing_alone`; tests/test_migrated.py says that it makes the same tables.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import ExitStack, closing, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from unittest.mock import patch

import psycopg2
from django.apps import apps
from django.db import connection
from django.db.migrations.state import ProjectState

from tests import embedded_postgres


def folder(mkdir: Callable[[str], Path]) -> Path:
    """Where it is kept: in pytest's cache (`mkdir` of it), or in one's own folder where another user has written that.

    A folder that others could write is not trusted: what is kept there is run.
    """
    with suppress(OSError):
        found = mkdir("migrated")
        with (found / f"{connection.vendor}.lock").open("a"):
            if os.access(found, os.W_OK):
                return found
    own = Path(gettempdir(), f"cityinit-suite-{os.getuid()}")
    with suppress(FileExistsError):
        own.mkdir(mode=0o700)
    there = own.lstat()
    is_own = stat.S_ISDIR(there.st_mode) and there.st_uid == os.getuid() and not there.st_mode & 0o077
    return own if is_own else Path(mkdtemp(prefix="cityinit-suite-"))


class Kept:
    """The database as `migrate` left it: `place` it where the suite looks for its own, or `keep` what was migrated."""

    def __init__(self, folder: Path):
        self.vendor = connection.vendor
        self.folder = folder
        self.file = folder / f"{self.vendor}-{_digest()}"
        self.lock = (folder / f"{self.vendor}.lock").open("w")
        self.migrating = ExitStack()

    def place(self) -> None:
        # Of two that start at once one migrates, and the other takes what it made.
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        if self.file.exists():
            self.lock.close()
            _restore(self.file)
        else:
            self.migrating.enter_context(drawing_alone())

    def keep(self) -> None:
        self.migrating.close()
        if self.lock.closed:
            return
        fresh = self.file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        _dump(fresh)
        for old in self.folder.glob(f"{self.vendor}-*"):
            if old != fresh:
                old.unlink()
        fresh.rename(self.file)
        self.lock.close()


@contextmanager
def drawing_alone():
    """While this lasts, a migration that adds a model, a field, an index or a constraint draws that one model anew.

    Django draws all that are related to it, by way of others too: nearly every model, three hundred times. What these
    gain is the way back to the new one, and that stands in no table. After any other change all are drawn.
    """

    def alone(name: str, key: Callable[..., tuple[str, str]]):
        plain = getattr(ProjectState, name)

        def add(state, *given, **named):
            # A state that is not drawn is only noted down.
            drawn = state.__dict__.pop("apps", None)
            plain(state, *given, **named)
            if drawn is not None:
                state.__dict__["apps"] = drawn
                _draw(state, *key(*given, **named))

        return patch.object(ProjectState, name, add)

    def draw_all(state, *_which, **_how):
        # It is drawn whole when it is next asked for.
        state.__dict__.pop("apps", None)

    with ExitStack() as changes:
        changes.enter_context(alone("add_model", lambda model: (model.app_label, model.name_lower)))
        for name in ("add_field", "_append_option"):
            changes.enter_context(alone(name, lambda app_label, model_name, *_, **__: (app_label, model_name)))
        for name in ("reload_model", "reload_models"):
            changes.enter_context(patch.object(ProjectState, name, draw_all))
        yield


def _draw(state: ProjectState, app_label: str, model_name: str) -> None:
    with state.apps.bulk_update():
        state.apps.unregister_model(app_label, model_name)
    state.apps.render_multiple([state.models[app_label, model_name]])


def _digest() -> str:
    """Another one for every change of a migration, and of what runs and keeps them."""
    digest = hashlib.sha256(f"{version('django')} {version('embedded-postgres')}".encode())
    digest.update(Path(__file__).read_bytes())
    for app in apps.get_app_configs():
        for migration in sorted(Path(app.path, "migrations").glob("*.py")):
            digest.update(f"{app.label} {migration.name} ".encode() + migration.read_bytes())
    return digest.hexdigest()[:16]


def _dump(file: Path) -> None:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        # Not copyfile: what was written last may still stand in the write-ahead log beside it.
        with closing(sqlite3.connect(name)) as there, closing(sqlite3.connect(file)) as copy:
            there.backup(copy)
    else:
        embedded_postgres.dump(_url(name), file)


def _restore(file: Path) -> None:
    name = connection.creation._get_test_db_name()
    if connection.vendor == "sqlite":
        shutil.copyfile(file, name)
        return
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as server, server.cursor() as cursor:
        server.autocommit = True
        cursor.execute(f'create database "{name}"')
    embedded_postgres.restore(_url(name), file)


def _url(name: str) -> str:
    return os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
