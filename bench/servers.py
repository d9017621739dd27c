"""The applications that the scripts compare: gunicorn on a free port of this machine, ended with the comparison."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def serving(application: str, port: int, environment: Mapping[str, str], *options: str) -> Iterator[None]:
    """Two workers of four threads, as the handbook of operations has them on two cores."""
    bound = ("-b", f"127.0.0.1:{port}", "-w", "2", "-k", "gthread", "--threads", "4")
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gunicorn",
            application,
            *bound,
            "--log-level",
            "error",
            "--no-control-socket",
            *options,
        ],
        cwd=ROOT,
        env=environment,
        start_new_session=True,
    )
    try:
        _wait_for(port, server)
        yield
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _wait_for(port: int, server: subprocess.Popen) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise SystemExit("a server did not start")
