"""`make run` as a person meets it: one line for what is wrong, and processes that live and end together."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PATIENCE_SECONDS = 90


@pytest.fixture
def environment(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mine = {"DJANGO_SETTINGS_MODULE": "cityinit.settings", "DATA_DIR": str(tmp_path / "data"), "PORT": str(port)}
    # In DEBUG no static files are collected, which is most of a first start.
    return {**os.environ, **mine, "DATABASE_URL": "", "DEMO": "0", "DEBUG": "1"}


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"PORT": "eighty"}, "PORT must be a whole number, not 'eighty'."),
        ({"DATA_DIR": "/proc/here"}, "DATA_DIR /proc/here cannot be written: No such file or directory."),
        ({"DATA_DIR": __file__}, f"DATA_DIR {__file__} is a file; it must be a folder."),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not 'LOUD'."),
        (
            {"EMAIL_URL": "garbage"},
            "EMAIL_URL must read smtp://user:password@host:25, or consolemail:// to print mails.",
        ),
        (
            {"EMAIL_URL": "smtp://me:secret@mail:port"},
            "EMAIL_URL must read smtp://user:password@host:25, or consolemail:// to print mails.",
        ),
        ({"REDIS_URL": "redis://:secret@127.0.0.1:many/0"}, "REDIS_URL must read redis://host:6379/0."),
        ({"REDIS_URL": "127.0.0.1:6379"}, "REDIS_URL must read redis://host:6379/0."),
        (
            {"DATABASE_URL": "postgres://user:secret@127.0.0.1:1/city"},
            "The database city on 127.0.0.1:1 cannot be used: "
            'connection to server at "127.0.0.1", port 1 failed: Connection refused',
        ),
        (
            {"REDIS_URL": "redis://:secret@127.0.0.1:1/0"},
            "Redis on 127.0.0.1 cannot be used: Error 111 connecting to 127.0.0.1:1. Connection refused.",
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_line(environment, wrong, line):
    ended = subprocess.run(command(), cwd=ROOT, env={**environment, **wrong}, capture_output=True, text=True)

    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", f"{line}\n")


def test_commands_tell_what_is_wrong_in_one_line_too(environment):
    asked = [sys.executable, "manage.py", "migrate"]
    ended = subprocess.run(asked, cwd=ROOT, env={**environment, "LOG_LEVEL": "loud"}, capture_output=True, text=True)

    line = "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not 'LOUD'.\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", line)


def test_a_busy_port_is_told_with_a_way_out(environment):
    port = int(environment["PORT"])
    with socket.create_server(("127.0.0.1", port)):
        ended = subprocess.run(command(), cwd=ROOT, env=environment, capture_output=True, text=True)

    advice = f"Try another: make run PORT={port + 1}"
    told = f"Port {port} on 127.0.0.1 cannot be used: Address already in use. {advice}\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", told)


@pytest.mark.once
def test_a_killed_worker_is_replaced_and_all_end_together(environment, database_copy, tmp_path):
    with running({**environment, "DATABASE_URL": database_copy}, tmp_path / "log") as city:
        page = urllib.request.urlopen(f"http://127.0.0.1:{environment['PORT']}/system/healthz", timeout=30)
        assert page.read() == b"ok"
        worker = child(city, "worker")
        worker.kill()
        wait_for(tmp_path / "log", r"The worker ended \(signal 9\); it starts again in 1 s\.")
        assert child(city, "worker").pid != worker.pid
        everybody = psutil.Process(city.pid).children(recursive=True)

        city.send_signal(signal.SIGINT)

        assert city.wait(PATIENCE_SECONDS) == 0
        assert psutil.wait_procs(everybody, timeout=0)[1] == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends children with their parent")
@pytest.mark.once
def test_nothing_is_left_when_the_supervisor_is_killed(environment, database_copy, tmp_path):
    with running({**environment, "DATABASE_URL": database_copy}, tmp_path / "log") as city:
        child(city, "beat")
        everybody = psutil.Process(city.pid).children(recursive=True)

        city.kill()

        assert psutil.wait_procs(everybody, timeout=PATIENCE_SECONDS)[1] == []


def command():
    return [sys.executable, "-m", "cityinit.supervise"]


class running:
    """The supervisor, from the moment its address stands in the log; killed at the end if it has not ended."""

    def __init__(self, environment, log):
        self.environment, self.log = environment, log

    def __enter__(self):
        with self.log.open("wb") as said:
            self.city = subprocess.Popen(command(), cwd=ROOT, env=self.environment, stdout=said, stderr=said)
        wait_for(self.log, r"cityinit is at http://127\.0\.0\.1:\d+/")
        return self.city

    def __exit__(self, *exception):
        self.city.kill()
        self.city.wait()


def wait_for(log, pattern):
    end = time.monotonic() + PATIENCE_SECONDS
    while not re.search(pattern, log.read_text()):
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)


def child(city, name):
    """The child process that was started for `name`, as soon as it is there."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        for process in psutil.Process(city.pid).children():
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE and name in process.cmdline():
                return process
        time.sleep(0.05)
    raise AssertionError(f"no {name} was started")
