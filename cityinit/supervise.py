"""`make run`: gets the installation ready, then keeps web server, worker and timetable running until Ctrl-C.

A process that ends is started again, after a pause that doubles. All of them end with this one, even when it is
killed: on Linux the kernel tells them.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from .prepare import CannotStart, logins, prepare

ROOT = Path(__file__).resolve().parent.parent
LONGEST_PAUSE_SECONDS = 30
STEADY_SECONDS = 60
GRACE_SECONDS = 10
START_SECONDS = 60
LOOK_SECONDS = 0.1


def main() -> int:
    try:
        with prepare():
            return Supervisor(_children()).run()
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _children() -> list["Child"]:
    # Root is what containers run as; the worker need not say so at each start.
    as_root = ["-W", "ignore:You're running the worker with superuser privileges"]
    celery = [sys.executable, *as_root, "-m", "celery", "--quiet", "-A", "cityinit"]
    quiet = ["--loglevel", "WARNING"]
    return [
        Child("web server", [sys.executable, "manage.py", "serve"]),
        Child("worker", [*celery, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle", *quiet]),
        Child("timetable", [*celery, "beat", "--pidfile", "", *quiet]),
    ]


@dataclass
class Child:
    """One process and how it has fared."""

    name: str
    command: list[str]
    process: subprocess.Popen | None = field(default=None, init=False)
    started: float = field(default=0.0, init=False)
    deaths: int = field(default=0, init=False)
    start_at: float = field(default=0.0, init=False)

    def start(self) -> None:
        self.started = time.monotonic()
        # A session of its own: Ctrl-C reaches the supervisor alone, which ends the rest in order.
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, start_new_session=True, preexec_fn=_end_with(os.getpid())
        )

    def look_after(self) -> None:
        """Start it when it is due; when it has just ended, say so and set the time of the next start."""
        if self.process is None:
            if time.monotonic() >= self.start_at:
                self.start()
        elif (code := self.process.poll()) is not None:
            self.kill()
            steady = time.monotonic() - self.started > STEADY_SECONDS
            self.deaths = 1 if steady else self.deaths + 1
            pause = min(2 ** (self.deaths - 1), LONGEST_PAUSE_SECONDS)
            print(f"The {self.name} ended ({_how(code)}); it starts again in {pause} s.", file=sys.stderr, flush=True)
            self.process, self.start_at = None, time.monotonic() + pause

    def ask_to_end(self) -> None:
        if self.process is not None:
            self.process.terminate()

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        """End whatever is left of it, its own children too."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Supervisor:
    def __init__(self, children: list[Child]):
        self.children = children
        self.stops = 0

    def run(self) -> int:
        for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(wanted, self._note_stop)
        try:
            # The rest is started by the loop, so that the web server has the machine to itself until it answers.
            self.children[0].start()
            self._greet(logins())
            while not self.stops:
                for child in self.children:
                    child.look_after()
                time.sleep(LOOK_SECONDS)
        finally:
            self._end_all()
        return 0

    def _note_stop(self, *signal_and_frame) -> None:
        self.stops += 1

    def _greet(self, lines: list[str]) -> None:
        self._wait_for_web()
        if self.stops:
            return
        print(f"\ncityinit is at http://{_reachable_host()}:{settings.PORT}/   (Ctrl-C stops it)\n")
        for line in lines:
            print(f"  {line}")
        print(flush=True)

    def _wait_for_web(self) -> None:
        web, end = self.children[0], time.monotonic() + START_SECONDS
        while not self.stops and not _answers():
            if web.has_ended() or time.monotonic() > end:
                raise CannotStart("The web server does not start; why stands above.")
            time.sleep(LOOK_SECONDS)

    def _end_all(self) -> None:
        print("Stopping ...", flush=True)
        asked, end = self.stops, time.monotonic() + GRACE_SECONDS
        for child in self.children:
            child.ask_to_end()
        # A second Ctrl-C does not wait: a job cut off goes on when its lease has run out.
        while not all(child.has_ended() for child in self.children) and time.monotonic() < end and self.stops == asked:
            time.sleep(LOOK_SECONDS)
        for child in self.children:
            child.kill()


def _end_with(parent: int):
    """What the new process does first: ask the kernel to end it when `parent` does. Elsewhere than Linux, nothing."""
    if not sys.platform.startswith("linux"):
        return None
    # Loaded before the fork; in the new process only system calls are left to do.
    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1

    def ask() -> None:
        prctl(set_parent_death_signal, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _answers() -> bool:
    try:
        socket.create_connection((_reachable_host(), settings.PORT), timeout=1).close()
    except OSError:
        return False
    return True


def _reachable_host() -> str:
    return "127.0.0.1" if settings.HOST in ("0.0.0.0", "::") else settings.HOST  # noqa: S104


if __name__ == "__main__":
    sys.exit(main())
