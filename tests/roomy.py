"""`python -m tests.roomy …` is pytest on a roomy stack, a tenth faster.

CPython keeps frames in chunks of 16 KB and fetches one from the system, or gives it back, whenever a call crosses the
end of a chunk; a page drawn at the depth of a test crosses one thousands of times. A frame larger than a chunk makes
it fetch a large one, in which everything called from there has room.
"""

import os
import sys

import pytest

# 560 KB of variables: the chunk has one megabyte, of which the rest stays free.
VARIABLES = 70_000


def with_room():
    """A function that calls the one it is given, from a frame larger than any chunk."""
    names = "=".join(f"v{number}" for number in range(VARIABLES))
    made: dict = {}
    exec(f"def call(function):\n if 0: {names}=0\n return function()", made)  # noqa: S102 - nobody writes so many names
    return made["call"]


def keep_to_one_core():
    """ONE_CORE=1 stands for the last core, 2 for the one before it: for this process and those it starts."""
    if (which := os.environ.get("ONE_CORE")) and hasattr(os, "sched_setaffinity"):
        # The suite and its PostgreSQL take turns; on two cores each answer would wake the other one up.
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[-int(which) % len(cores)]})


if __name__ == "__main__":
    keep_to_one_core()
    sys.exit(with_room()(pytest.main))
