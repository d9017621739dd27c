"""Workers in processes of their own, to be killed with -9 in the middle of a job."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from django.conf import settings

WORKER = """
import django, sys
django.setup()
{patch}
from cityinit.celery import app
app.loader.import_default_modules()
from cityinit.queue import run_job
run_job(int(sys.argv[1]))
"""
# The dead worker's lease must have run out before another may go on.
LEASE_SECONDS = 1


def environment(database_url):
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "cityinit.settings",
        "DATA_DIR": str(Path(settings.MEDIA_ROOT).parent),
        "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
    }


def kill_in(job_id, *, patch, env):
    """Start the job in a worker that says where it has come to, and kill it there."""
    dying = _python(WORKER.format(patch=patch), job_id, env=env)
    said = dying.stdout.readline()
    os.kill(dying.pid, signal.SIGKILL)
    dying.wait(timeout=60)
    return said.strip()


def go_on(job_id, *, env, first="", then=""):
    """The next worker, once the lease of the dead one has run out; each line that it prints `first` and `then`."""
    wait = f"import time; time.sleep({LEASE_SECONDS} + 0.5)"
    worker = WORKER.format(patch=f"{first}\n{wait}") + then
    return _python(worker, job_id, env=env).communicate(timeout=60)[0].splitlines()


def _python(code, *arguments, env):
    return subprocess.Popen(
        [sys.executable, "-c", code, *(str(one) for one in arguments)],
        cwd=Path(settings.BASE_DIR),
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
