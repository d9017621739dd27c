"""A short sample of bench/kill_worker.py, which kills twenty times on each broker."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings


def test_a_report_whose_worker_is_killed_is_finished_once(database_copy):
    environment = {**os.environ, "DATABASE_URL": database_copy}
    series = [sys.executable, "bench/kill_worker.py", "--kills", "2", "--brokers", "filesystem"]
    ended = subprocess.run(
        series, cwd=Path(settings.BASE_DIR), env=environment, stdout=subprocess.PIPE, text=True, timeout=600
    )

    assert (ended.returncode, ended.stdout.splitlines()[-2:]) == (
        0,
        ["filesystem: every report finished once, nothing lost", ""],
    ), ended.stdout
