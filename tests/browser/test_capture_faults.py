"""A short sample of bench/capture_faults.py, which breaks two hundred captures."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.once
def test_a_capture_broken_in_every_way_arrives_once(database_copy):
    series = [sys.executable, "bench/capture_faults.py", "--runs", "8", "--seed", "7", "--database", database_copy]

    said = subprocess.run(series, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=300)

    assert said.stdout.splitlines()[-1] == "8 captures, 0 lost, 0 doubled", said.stdout + said.stderr
