"""Kill the worker while it compiles, again and again: each report must still be finished exactly once.

    .venv/bin/python bench/kill_worker.py [--kills 20] [--seed 1] [--brokers filesystem redis]

For each broker an installation of its own: real workers, the campaign of tests/data, a short lease. Each round asks for
a report, in turn a summary, a circular, a round's scores and a summary on an office's own paper, and ends the worker's
whole process group with -9 at a random moment; then a new worker is started. It prints a table and ends with 1 if a
report was lost, written twice or left half-written, or if no kill met a job at work.
REDIS_URL and DATABASE_URL are used where they are set; else a Redis of our own and SQLite.
"""

import argparse
import contextlib
import hashlib
import io
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
WORKBOOK = ROOT / "tests" / "data" / "seed9.xlsx"
FIRST_DAY, LAST_DAY = date(2025, 1, 1), date(2025, 6, 30)
PATIENCE_SECONDS = 120
MORE_KILLS = 10
# So many are left in peace first: one of each kind.
UNHARMED = 4


def main() -> int:
    options = _options()
    if options.inside:
        return run(options.inside, kills=options.kills, seed=options.seed)
    results = [_installation(broker, options) for broker in options.brokers]
    return max(results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--brokers", nargs="+", default=["filesystem", "redis"], choices=["filesystem", "redis"])
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    return parser.parse_args()


def _installation(broker: str, options: argparse.Namespace) -> int:
    """Run the rounds in a process whose settings are those of a new installation on this broker."""
    from tests import redis_server

    with contextlib.ExitStack() as cleaning:
        folder = cleaning.enter_context(tempfile.TemporaryDirectory(prefix="cityinit-kills-"))
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cityinit.settings", "DATA_DIR": f"{folder}/data"}
        environment |= {"JOB_LEASE_SECONDS": "3", "JOB_SWEEP_SECONDS": "1"}
        environment["REDIS_URL"] = ""
        if broker == "redis":
            own = redis_server.running(Path(folder))
            environment["REDIS_URL"] = os.environ.get("REDIS_URL") or cleaning.enter_context(own)
        inside = [sys.executable, __file__, "--inside", broker, "--kills", options.kills, "--seed", options.seed]
        return subprocess.run([str(part) for part in inside], cwd=ROOT, env=environment).returncode


@dataclass
class Round:
    asked: str
    killed_after: float
    state: str
    progress: int
    seconds: float
    tries: int


def run(broker: str, *, kills: int, seed: int) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("load_workbook", str(WORKBOOK), stdout=io.StringIO())
    log = Path(os.environ["DATA_DIR"]) / "worker.log"
    print(f"{broker}, {kills} kills, seed {seed}", flush=True)
    worker = Worker(log)
    try:
        # The first one also waits for the worker to start; the others, one of each kind, say how long a report takes.
        ask_and_wait(0)
        usual = max(ask_and_wait(number) for number in range(1, UNHARMED))
        rounds: list[Round] = []
        # On a busy machine a short series may miss every job: it goes on until one is met.
        while len(rounds) < kills or (not _met_one(rounds) and len(rounds) < kills + MORE_KILLS):
            number = len(rounds) + UNHARMED
            rounds.append(_round(number, worker, usual, random.Random(f"{seed}-{number}")))
    except TimeoutError as problem:
        print(f"{problem}\n{log.read_text(errors='replace')[-4000:]}")
        return 1
    finally:
        worker.kill()
    _print(rounds, usual)
    faults = _faults(len(rounds) + UNHARMED)
    if not _met_one(rounds):
        faults.append("no kill met a job at work: the series shows nothing")
    for fault in faults:
        print(f"FAULT {fault}")
    print(f"{broker}: {'FAILED' if faults else 'every report finished once, nothing lost'}\n", flush=True)
    return 1 if faults else 0


def _met_one(rounds: list[Round]) -> bool:
    return any(row.state == "running" for row in rounds)


class Worker:
    """A real worker and its clock in one process group."""

    def __init__(self, log: Path):
        self.log = log
        self.start()

    def start(self) -> None:
        celery = [sys.executable, "-m", "celery", "-A", "cityinit", "worker", "--beat", "--concurrency", "2"]
        with self.log.open("ab") as said:
            self.process = subprocess.Popen(celery, cwd=ROOT, stdout=said, stderr=said, start_new_session=True)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _round(number: int, worker: Worker, usual: float, chance: random.Random) -> Round:
    job = ask(number)
    began = time.monotonic()
    # A little beyond the usual end, so that the last steps are met too.
    time.sleep(chance.uniform(0, usual * 1.1))
    worker.kill()
    killed_after = time.monotonic() - began
    job.refresh_from_db()
    state, progress = job.state, job.progress
    worker.start()
    wait_for(job)
    return Round(job.label, killed_after, state, progress, time.monotonic() - began, job.tries)


def ask(number: int):
    """The job of a report that nobody has asked for yet: each ends one day later, or is of a round of its own."""
    from campaigns.models import Campaign
    from cityinit.periods import Period
    from reports.actions import request_report, request_round_report
    from reports.models import Kind

    campaign = Campaign.objects.order_by("pk").first()
    period = Period(FIRST_DAY, LAST_DAY + timedelta(number))
    match number % 4:
        case 1:
            return request_report(campaign, period, kind=Kind.CIRCULAR, by=None)
        case 2:
            return request_round_report(published_round(number), kind=Kind.ASSESSMENT, by=None)
        case 3:
            return request_report(campaign, period, template=own_paper(campaign), by=None)
        case _:
            return request_report(campaign, period, by=None)


def published_round(number: int):
    """A round with scores, in a city of its own."""
    from tests.factories import findings, people, rounds, tasks

    city = people.city(f"第{number}市")
    campaign = tasks.campaign(city)
    return rounds.round_at("published", campaign, city, sites=[findings.site(campaign, city.bureau)])


def own_paper(campaign):
    from cityinit import content, files
    from cityinit.documents.docx import Document, Paragraph, draw
    from reports.models import Kind, Template

    if kept := Template.objects.filter(campaign=campaign, kind=Kind.SUMMARY, name="own").first():
        return kept
    # The usual one, in the standard's paper, stays beside it.
    Template.objects.create(campaign=campaign, kind=Kind.SUMMARY, is_usual=True)
    paper = draw(Document(title="{{ 标题 }}", blocks=[Paragraph("{{ 正文 }}"), Paragraph("{{ 数据来源 }}")]))
    made = files.keep(files.made(paper, name="own.docx", content_type=content.DOCX), of=campaign)
    return Template.objects.create(campaign=campaign, kind=Kind.SUMMARY, name="own", file=files.store(made, by=None))


def ask_and_wait(number: int) -> float:
    began = time.monotonic()
    wait_for(ask(number))
    return time.monotonic() - began


def wait_for(job) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while job.is_open:
        if time.monotonic() > end:
            raise TimeoutError(f"job {job.pk} ({job.label}) is still {job.state}: {job.message}")
        time.sleep(0.02)
        job.refresh_from_db()


def _print(rounds: list[Round], usual: float) -> None:
    print(f"a report takes {usual:.2f} s")
    print("killed after   the job was   tries   finished after   report")
    for row in rounds:
        was = f"{row.state} {row.progress}%"
        print(f"{row.killed_after:10.2f} s   {was:<12}{row.tries:7d}{row.seconds:15.2f} s   {row.asked}")
    print("killed while the job was", dict(Counter(row.state for row in rounds)))


def _faults(asked: int) -> list[str]:
    """What is not as if nobody had killed anything."""
    from django.conf import settings
    from docx import Document

    from cityinit.models import Job
    from reports.models import Report, ReportFile

    faults = []
    if (there := Report.objects.count()) != asked:
        faults.append(f"{asked} reports were asked for, {there} are there")
    for job in Job.objects.exclude(state=Job.State.DONE):
        faults.append(f"job {job.pk} {job.name} is {job.state}: {job.reason}")
    for report in Report.objects.all():
        versions = [snapshot.version for snapshot in report.snapshots.all()]
        if versions != [1]:
            faults.append(f"{report} has the versions {versions}, not [1]")
        kinds = sorted(drawn.kind for drawn in report.files.all())
        if kinds != sorted(ReportFile.Kind.values):
            faults.append(f"{report} has the files {kinds}")
        for drawn in report.files.all():
            content = Path(settings.MEDIA_ROOT, drawn.file.path).read_bytes()
            if hashlib.sha256(content).hexdigest() != drawn.file.sha256:
                faults.append(f"{report}: the {drawn.kind} is not what was written")
            if drawn.kind == ReportFile.Kind.DOCX and not Document(io.BytesIO(content)).paragraphs:
                faults.append(f"{report}: the Word file is empty")
    return faults


if __name__ == "__main__":
    sys.exit(main())
