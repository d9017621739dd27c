"""How long each page takes: beside its own SQL on PostgreSQL, and on SQLite beside our own PostgreSQL figure.

    .venv/bin/python bench/pages.py [--scale 1.0] [--rounds 3] [--requests 20] [--only tasks,log]
        [--keep FOLDER] [--postgres URL]

Fills the same large city (bench/big_city.py) into an SQLite file and into a PostgreSQL server of its own, starts the
product on each and `bench/floor.py` on the PostgreSQL one (gunicorn, loopback only), and asks each page of all three in
turn, one request at a time. The floor gives the rows of the very SQL that the page ran (`x same`), and for the busiest
lists also those of the best SQL that can be written for the list alone, without a word about who asks (`x best`, told
and not judged). Printed are medians in milliseconds of the last round, and of each ratio the median over the rounds:
only ratios taken in one run mean anything on a machine that does other things. `--keep` leaves the SQLite file for the
next run, `--postgres` names a database of one's own. Ends with 1 when a page is beyond its bounds.
"""

import argparse
import contextlib
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from bench.servers import free_port, serving  # noqa: E402

TODAY = "2026-06-30"
# Of the page on PostgreSQL against its SQL alone, and of SQLite against our PostgreSQL figure.
MOST_OVER_FLOOR, MOST_OVER_POSTGRES = 4.0, 1.5


@dataclass
class Page:
    """A page of the product and the best SQL of its list, if written; `who` asks, braces are filled from the city."""

    name: str
    url: str
    best: str = ""
    who: str = "office"
    times: dict[str, list[float]] = field(default_factory=dict)
    size: int = 0


PAGES = [
    Page("tasks", "/campaigns/tasks/", "tasks"),
    Page("tasks by state", "/campaigns/tasks/?state=awaiting_confirmation", "tasks-state"),
    Page("tasks of a unit", "/campaigns/tasks/?unit={unit}", "tasks-unit"),
    Page("tasks overdue", "/campaigns/tasks/?due=overdue", "tasks-overdue"),
    Page("tasks with a word", f"/campaigns/tasks/?q={quote('绿化养护')}", "tasks-text"),
    Page("a task", "/campaigns/tasks/{task}/", "task"),
    Page("work log", "/campaigns/log/", "log"),
    Page("work log of a unit", "/campaigns/log/?unit={unit}", "log-unit"),
    Page("desk of the office", "/campaigns/"),
    Page("desk of a unit", "/campaigns/", who="unit0010"),
    Page("tasks as a unit", "/campaigns/tasks/", who="unit0010"),
    Page("work log as a unit", "/campaigns/log/", who="unit0010"),
    Page("desk of a leader", "/campaigns/", who="leader"),
    Page("campaign", "/campaigns/all/{campaign}/"),
    Page("tree of tasks", "/campaigns/tasks/tree/"),
    Page("board", "/campaigns/tasks/board/"),
    Page("timeline", "/campaigns/tasks/timeline/"),
    Page("week of a unit", "/campaigns/week/", who="unit0010"),
    Page("progress", "/campaigns/progress/"),
    Page("recurring", "/campaigns/recurring/"),
    Page("supervisions", "/campaigns/supervisions/"),
    Page("extensions", "/campaigns/extensions/"),
    Page("breakdown", "/campaigns/breakdown/"),
    Page("system", "/campaigns/systems/{system}/"),
    Page("standards", "/campaigns/systems/standards/"),
    Page("materials", "/campaigns/materials/"),
    Page("matrix of materials", "/campaigns/materials/matrix/"),
    Page("registers", "/campaigns/registers/"),
    Page("a register", "/campaigns/registers/volunteering/"),
    Page("documents", "/campaigns/documents/"),
    Page("decisions", "/campaigns/decisions/"),
    Page("units", "/units/"),
    Page("people", "/units/people/"),
    Page("findings", "/inspections/findings/"),
    Page("sites", "/inspections/sites/"),
]


def main() -> int:
    options = _options()
    if options.inside:
        return _inside()
    # Ended from outside, it still ends the servers it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    wanted = [page for page in PAGES if not options.only or any(word in page.name for word in options.only.split(","))]
    with contextlib.ExitStack() as cleaning:
        folder = Path(options.keep or cleaning.enter_context(tempfile.TemporaryDirectory(prefix="cityinit-pages-")))
        systems = [
            System("SQLite", folder / "sqlite", f"sqlite:///{folder / 'sqlite' / 'bench.sqlite3'}"),
            System("PostgreSQL", folder / "postgres", options.postgres or _postgres(folder / "postgres")),
        ]
        for system in systems:
            system.fill(options.scale)
            cleaning.enter_context(system.serving())
        floor = Floor(systems[1], folder / "same.json")
        cleaning.enter_context(floor.serving())
        for round_number in range(options.rounds):
            for page in wanted:
                for system in [floor, *systems]:
                    system.ask_all(page, times=options.requests)
            print(f"round {round_number + 1} of {options.rounds} done", file=sys.stderr, flush=True)
    return _tell(wanted)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=20)
    parser.add_argument("--only", default="", help="words of page names, separated by commas")
    parser.add_argument("--keep", help="a folder that keeps the SQLite file")
    parser.add_argument("--postgres", help="the URL of an empty database, or of one filled by an earlier run")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _postgres(folder: Path) -> str:
    from tests import embedded_postgres

    return embedded_postgres.started(folder)


class System:
    """The product on one database."""

    def __init__(self, name: str, folder: Path, url: str):
        self.name, self.url = name, url
        folder.mkdir(parents=True, exist_ok=True)
        self.environment = {
            **os.environ,
            "DATABASE_URL": url,
            "DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "cityinit.settings",
            "SECRET_KEY": "bench-" + "x" * 60,
            "DEBUG": "0",
            "ALLOWED_HOSTS": "127.0.0.1",
            "PYTHONPATH": str(ROOT),
        }
        self.port = free_port()

    def fill(self, scale: float) -> None:
        self._run("manage.py", "migrate", "-v0")
        self._run("manage.py", "collectstatic", "-v0", "--noinput")
        self._run("bench/big_city.py", "--scale", str(scale))
        told = json.loads(self._run("bench/pages.py", "--inside"))
        self.cookies: dict[str, str] = told["cookies"]
        self.names: dict[str, str] = told["names"]
        self.statements: list[list[str]] = told["statements"]

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    def serving(self, application: str = "cityinit.wsgi") -> contextlib.AbstractContextManager[None]:
        return serving(application, self.port, self.environment)

    def ask_all(self, page: Page, *, times: int) -> None:
        size = self.ask(page, self.name, page.url.format(**self.names), times=times)
        page.size = size if self.name == "PostgreSQL" else page.size

    def ask(self, page: Page, kind: str, address: str, *, times: int) -> int:
        """Ask so many times on one kept connection; the first answers warm it up. Gives the answer's bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": f"sessionid={self.cookies[page.who]}"}
        took = []
        for number in range(times + 3):
            began = time.perf_counter()
            connection.request("GET", address, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise SystemExit(f"{self.name}: {address} answered {answer.status}")
            if number >= 3:
                took.append((time.perf_counter() - began) * 1000)
        connection.close()
        page.times.setdefault(kind, []).append(statistics.median(took))
        return len(body)


class Floor(System):
    """The bare function on the same database."""

    def __init__(self, beside: System, statements: Path):
        self.name = "floor"
        self.names = beside.names
        self.cookies = dict.fromkeys(beside.cookies, "")
        statements.write_text(json.dumps(beside.statements))
        self.environment = {**beside.environment, "FLOOR_DATABASE": beside.url, "FLOOR_STATEMENTS": str(statements)}
        self.port = free_port()

    def serving(self, application: str = "bench.floor") -> contextlib.AbstractContextManager[None]:
        return super().serving(application)

    def ask_all(self, page: Page, *, times: int) -> None:
        self.ask(page, "same", f"/same/{PAGES.index(page)}", times=times)
        if page.best:
            filled = urlencode({**self.names, "today": TODAY, "words": "%绿化养护%"})
            self.ask(page, "best", f"/{page.best}?{filled}", times=times)


def _inside() -> int:
    """In a process with the settings of one system: who logs in there, what its keys are, what SQL each page runs."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from bench.big_city import NAME
    from campaigns.models import AssessmentSystem, Campaign, Task
    from units.models import Unit, User

    campaign = Campaign.objects.get(name=NAME)
    busiest = Unit.objects.get(position=3, host=campaign.host)
    task = Task.objects.of(campaign).leaves().filter(state="issued").exclude(log_entries=None).order_by("pk").first()
    system = AssessmentSystem.objects.filter(campaign=campaign).first()
    clients = {name: Client(headers={"host": "127.0.0.1"}) for name in ("office", "unit0010", "leader")}
    for name, client in clients.items():
        client.force_login(User.objects.get(username=name), backend="units.backends.PostBackend")
    names = {"campaign": campaign.pk, "unit": busiest.pk, "task": task.pk, "system": system.pk}
    names = {key: str(value) for key, value in names.items()}
    statements = []
    # In full, not by the name of a plan that only this connection knows.
    connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = True
    for page in PAGES:
        client, address = clients[page.who], page.url.format(**names)
        client.get(address)
        with CaptureQueriesContext(connection) as ran:
            client.get(address)
        statements.append([query["sql"] for query in ran if query["sql"].startswith("SELECT")])
    cookies = {name: client.cookies[settings.SESSION_COOKIE_NAME].value for name, client in clients.items()}
    print(json.dumps({"cookies": cookies, "names": names, "statements": statements}))
    return 0


def _tell(pages: list[Page]) -> int:
    print(f"{'page':<24}{'KB':>6}{'same':>8}{'PG':>8}{'x same':>8}{'x best':>8}{'SQLite':>8}{'x PG':>7}")
    beyond = []
    for page in pages:
        over_floor = _ratio(page, "PostgreSQL", "same")
        over_postgres = _ratio(page, "SQLite", "PostgreSQL")
        if (over_floor or 0) > MOST_OVER_FLOOR or (over_postgres or 0) > MOST_OVER_POSTGRES:
            beyond.append(page.name)
        print(
            f"{page.name:<24}{page.size / 1024:>6.0f}{_last(page, 'same')}{_last(page, 'PostgreSQL')}"
            f"{_times(over_floor):>8}{_times(_ratio(page, 'PostgreSQL', 'best')):>8}"
            f"{_last(page, 'SQLite')}{_times(over_postgres):>7}"
        )
    print(f"beyond {MOST_OVER_FLOOR} x same or {MOST_OVER_POSTGRES} x PostgreSQL: {', '.join(beyond) or 'none'}")
    return 1 if beyond else 0


def _ratio(page: Page, one: str, other: str) -> float | None:
    pairs = zip(page.times.get(one, []), page.times.get(other, []), strict=False)
    ratios = [a / b for a, b in pairs]
    return statistics.median(ratios) if ratios else None


def _last(page: Page, name: str) -> str:
    return f"{page.times[name][-1]:>8.1f}" if page.times.get(name) else f"{'-':>8}"


def _times(ratio: float | None) -> str:
    return f"{ratio:.2f}" if ratio else "-"


if __name__ == "__main__":
    sys.exit(main())
