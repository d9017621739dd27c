"""The database that is migrated once: taken by the next run, made anew with the migrations, wherever it can be kept."""

import fcntl
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests import migrated
from tests.migrated import Kept, folder


@pytest.fixture
def restored(monkeypatch):
    """The files taken; what is kept says what it was made of."""
    found = []
    monkeypatch.setattr(migrated, "_restore", found.append)
    monkeypatch.setattr(migrated, "_dump", lambda file: file.write_text(migrated._digest()))
    return found


def run(where):
    """One run of the suite as `conftest` makes it."""
    kept = Kept(where)
    kept.place()
    kept.keep()
    return kept


def test_what_one_run_migrated_the_next_takes_until_a_migration_changes(tmp_path, restored, monkeypatch):
    first = run(tmp_path)
    second = run(tmp_path)
    monkeypatch.setattr(migrated, "_digest", lambda: "0" * 16)
    changed = run(tmp_path)

    assert restored == [first.file] == [second.file]
    assert changed.file.read_text() == "0" * 16
    # What no run will take again is not kept.
    assert sorted(file.name for file in tmp_path.iterdir()) == [changed.file.name, f"{changed.vendor}.lock"]


def test_who_migrates_keeps_others_waiting_until_it_is_kept(tmp_path, restored):
    kept = Kept(tmp_path)
    kept.place()

    with (tmp_path / f"{kept.vendor}.lock").open("w") as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        kept.keep()
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def refused(name):
    raise PermissionError(name)


def locked(name, tmp_path):
    """A cache whose lock cannot be written: another user's."""
    (tmp_path / name).mkdir()
    for vendor in ("sqlite", "postgresql"):
        (tmp_path / name / f"{vendor}.lock").mkdir()
    return tmp_path / name


def test_another_users_cache_stops_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(migrated, "gettempdir", lambda: str(tmp_path))
    own = tmp_path / f"cityinit-suite-{os.getuid()}"

    assert folder(lambda name: tmp_path) == tmp_path
    assert folder(refused) == folder(lambda name: locked(name, tmp_path)) == own
    assert own.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_could_write_is_not_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr(migrated, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(migrated, "mkdtemp", lambda prefix: str(tmp_path / "fresh"))
    own = tmp_path / f"cityinit-suite-{os.getuid()}"
    own.mkdir()
    own.chmod(0o777)

    assert folder(refused) == tmp_path / "fresh"
    own.rmdir()
    own.symlink_to(tmp_path)
    assert folder(refused) == tmp_path / "fresh"


MIGRATE = """
import django, gc
django.setup()
# The models drawn before are all still there: to look through them again and again was a fifth of the time.
gc.freeze()
gc.set_threshold(100_000, 50, 50)
from contextlib import nullcontext
from django.core.management import call_command
from tests.migrated import drawing_alone
with {how}:
    call_command("migrate", verbosity=0)
"""
MADE = (
    "select type, name, tbl_name, sql from sqlite_master",
    "select app, name from django_migrations",
    "select app_label, model from django_content_type",
    "select app_label, model, codename, p.name"
    " from auth_permission p join django_content_type c on content_type_id = c.id",
)


def migrated_by(how, folder):
    """All that `migrate` leaves in an empty installation."""
    product = {"DJANGO_SETTINGS_MODULE": "cityinit.settings", "DATA_DIR": str(folder), "DATABASE_URL": ""}
    command = [sys.executable, "-c", MIGRATE.format(how=how)]
    subprocess.run(command, cwd=Path(__file__).parents[1], env={**os.environ, **product}, check=True)
    with closing(sqlite3.connect(folder / "cityinit.sqlite3")) as database:
        return [sorted(map(str, database.execute(question))) for question in MADE]


def test_the_suites_quick_migrate_makes_what_djangos_own_makes(tmp_path):
    plain = migrated_by("nullcontext()", tmp_path / "plain")
    quick = migrated_by("drawing_alone()", tmp_path / "quick")

    assert quick == plain
    assert min(map(len, plain)) > 20
