"""`make test`: every check, three at a time; each says its own words when it ends, and one line at the end.

Each database has the suite, in two halves: what went on alone would leave a core idle. What says the same beside
either is run once: tests that ask no database, the wording of summaries (`once`), and the browser: the flows beside
PostgreSQL, how pages look and answer beside SQLite.
With REQUIRE_ALL=1, as on the build machine, a test that is skipped fails the run.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = [sys.executable, "-m"]
MANAGE = [sys.executable, "manage.py"]
# One more than the two cores we count on: it fills the waits for journeys, processes and a database server.
AT_ONCE = 3
PYTEST = [*PYTHON, "tests.roomy", "--color=no"]
BROWSER, FLOWS = "tests/browser", "tests/browser/flows"
# About as long as all that is not named here.
FIRST_HALF = ["tests/cityinit", "tests/inspections", "tests/reports"]
APPS = ["cityinit", "units", "campaigns", "inspections", "reports"]


@dataclass
class Part:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    code: int = 1
    said: str = ""

    def run(self, processes: set[subprocess.Popen]) -> "Part":
        print(f"... {self.name}", flush=True)
        began = time.monotonic()
        with tempfile.TemporaryFile("w+b") as output:
            # A session of its own: one Ctrl-C must end it in order, with the servers it started.
            process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            processes.add(process)
            self.code = process.wait()
            processes.discard(process)
            output.seek(0)
            self.said = output.read().decode(errors="replace").rstrip()
        self.seconds = time.monotonic() - began
        return self

    def line(self) -> str:
        closing = self.said.splitlines()[-1].strip("= ") if "tests.roomy" in self.command and self.said else ""
        return f"{'failed' if self.code else 'passed'}  {self.name:<20}{self.seconds:6.1f} s  {closing}".rstrip()


def parts(scratch: Path) -> list[Part]:
    # The checks of Django look at the product's settings, on a data folder that holds nothing of anybody's.
    product = {
        "DATA_DIR": str(scratch),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "DEBUG": "0",
        "ALLOWED_HOSTS": "example.org",
    }
    deployed = {**product, "HTTPS": "1", "SECRET_KEY": secrets.token_urlsafe(60)}
    postgres, sqlite = {"TEST_DB": "postgres"}, {"TEST_DB": "sqlite"}
    once = Part("either database", [*PYTEST, f"--ignore={BROWSER}"], {**sqlite, "KIND": "once"})
    # The longest first: the last ones are short, and end together.
    return [
        *halves("PostgreSQL", {**postgres, "KIND": "each"}, one_core=True),
        Part("browser: look", [*PYTEST, BROWSER, f"--ignore={FLOWS}"], sqlite),
        Part("browser: flows", [*PYTEST, FLOWS], postgres),
        *halves("SQLite", {**sqlite, "KIND": "each"}),
        once,
        Part("types", [*PYTHON, "mypy"], product),
        Part("lint", [*PYTHON, "ruff", "check", "."]),
        Part("format", [*PYTHON, "ruff", "format", "--check", "."]),
        Part("templates", [*PYTHON, "djlint", "--lint", "--quiet", "templates"]),
        Part("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run", *APPS], product),
        Part("deployment", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], deployed),
    ]


def halves(database: str, environment: dict[str, str], *, one_core: bool = False) -> list[Part]:
    """The suite of a database without the browser, as two parts; with `one_core` each keeps to another core."""
    others = [f"--ignore={folder}" for folder in (BROWSER, *FIRST_HALF)]
    return [
        Part(f"{database} {half}", [*PYTEST, *paths], environment | ({"ONE_CORE": str(half)} if one_core else {}))
        for half, paths in enumerate((FIRST_HALF, others), start=1)
    ]


def main() -> int:
    began = time.monotonic()
    running: set[subprocess.Popen] = set()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="cityinit-checks-") as scratch:
        todo = parts(Path(scratch))
        pool = ThreadPoolExecutor(max_workers=AT_ONCE)
        try:
            for finished in as_completed([pool.submit(part.run, running) for part in todo]):
                part = finished.result()
                print(f"--- {part.name}\n{part.said}\n", flush=True)
        except (KeyboardInterrupt, SystemExit):
            print("Stopping ...", file=sys.stderr)
            return 130
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(running):
                process.send_signal(signal.SIGINT)
            pool.shutdown(wait=True)
    for part in todo:
        print(part.line())
    failed = [part.name for part in todo if part.code]
    print(f"{'FAILED: ' + ', '.join(failed) if failed else 'All passed'} in {time.monotonic() - began:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
