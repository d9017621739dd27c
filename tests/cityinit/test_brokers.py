"""Jobs reach a real worker over both brokers, and what a broker loses is sent again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
# Of the second job nobody is told: the row is there, the wake-up call is not.
FILE_TWO_JOBS_AND_WAIT = """
import time
from cityinit.models import Job
from cityinit.queue import enqueue
enqueue("campaigns.jobs.check_calendar", label="called for")
Job.objects.create(name="campaigns.jobs.check_calendar", label="forgotten", requested_by_name="test")
end = time.monotonic() + 60
while Job.objects.filter(state__in=["queued", "running"]).exists() and time.monotonic() < end:
    time.sleep(0.1)
for job in Job.objects.order_by("pk"):
    print(job.label, job.state, job.tries)
"""


@pytest.mark.parametrize("broker", ["filesystem", "redis"])
def test_a_worker_does_what_it_is_called_for_and_what_was_forgotten(broker, database_copy, tmp_path, request):
    mine = {"DJANGO_SETTINGS_MODULE": "cityinit.settings", "DATA_DIR": str(tmp_path), "JOB_SWEEP_SECONDS": "1"}
    environment = {**os.environ, **mine, "DATABASE_URL": database_copy}
    if broker == "redis":
        environment["REDIS_URL"] = request.getfixturevalue("redis_url")

    with (tmp_path / "log").open("wb") as log:
        celery = [sys.executable, "-m", "celery", "-A", "cityinit", "worker", "--beat", "--concurrency", "1"]
        worker = subprocess.Popen(celery, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        shell = [sys.executable, "manage.py", "shell", "--no-imports", "-c", FILE_TWO_JOBS_AND_WAIT]
        said = subprocess.run(shell, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    finally:
        os.killpg(worker.pid, 9)
        worker.wait()

    assert said.splitlines() == ["called for done 1", "forgotten done 1"], (tmp_path / "log").read_text()
