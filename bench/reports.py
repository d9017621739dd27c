"""How long a half-year's figures and its summary take beside the bare statement, at two sizes of the neutral city.

    .venv/bin/python bench/reports.py [--sizes 100000,1000000] [--rounds 5] [--keep FOLDER] [--postgres URL]

The neutral city (`bench/neutral.py`) is loaded as `bench/findings.py` does it, and gets tasks and log entries: 20,000
of 100,000 findings, 200,000 of a million, spread over the years as the findings are, so that half a year has the same
of both. In interleaved rounds are asked: the bare statement (the figures of findings from their own columns, as a
careful hand would write it, without any history), the product's figures as of the last day, and a summary from
nothing to its .docx (gather, freeze, write, draw). Printed are medians; the bars are ratios or differences within one
run. Ends with 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityinit.settings")

TASKS, ENTRIES_OF_FINDINGS = 600, 5
# Half-year figures beside the bare statement; the document beyond it; what it takes of memory; growth from 100k to 1M.
FIGURES_BAR, DOCUMENT_SECONDS, MEMORY_MIB, GROWTH = 1.3, 1.0, 60, 0.1
RAW = """
    select count(*), count(distinct site_id),
        count(*) filter (where state in ('closed', 'closed_on_spot')),
        count(*) filter (where due_at <= %(end)s),
        count(*) filter (where due_at <= %(end)s and state in ('closed', 'closed_on_spot')),
        count(*) filter (where state in ('closed', 'closed_on_spot') and coalesce(answered_at, closed_at) <= due_at),
        count(*) filter (where rework_times > 0), count(*) filter (where reviewed_at is not null),
        count(*) filter (where reopened_times > 0), count(*) filter (where closed_at is not null),
        count(*) filter (where state not in ('closed', 'closed_on_spot')),
        count(*) filter (where state = 'long_term'),
        count(*) filter (where due_at <= %(end)s and state in ('reported', 'dispatched', 'rectifying', 'rework'))
    from inspections_finding
    where campaign_id = %(campaign)s and found_on between %(first)s and %(last)s
        and state not in ('draft', 'rejected', 'duplicate', 'void')
"""
CONTENTS = (
    "开展集中整治，清理垃圾{n}处",
    "组织志愿服务活动，参与{n}人次",
    "入户宣传{n}户，发放倡议书",
    "修复破损设施{n}处",
    "召开推进会，研究重点问题",
)


def main() -> int:
    options = _options()
    if options.inside:
        print(json.dumps(measured(options.rounds)))
        return 0
    from bench.findings import City, _postgres

    sizes = [int(size) for size in options.sizes.split(",")]
    told = {}
    with tempfile.TemporaryDirectory(prefix="cityinit-reports-") as scratch:
        folder = Path(options.keep or scratch)
        server = options.postgres or _postgres(folder)
        for size in sizes:
            city = City(size, folder, server)
            city.prepare_product()
            inside = [sys.executable, __file__, "--inside", "--rounds", str(options.rounds)]
            ran = subprocess.run(
                inside, cwd=ROOT, env=city.environment("product"), check=True, stdout=subprocess.PIPE, text=True
            )
            told[size] = json.loads(ran.stdout.splitlines()[-1])
    return _tell(told)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100000,1000000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--postgres")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def measured(rounds: int) -> dict[str, Any]:
    """Medians in seconds over the rounds, and what a summary added to the memory of this process."""
    import django

    django.setup()
    from campaigns.models import Campaign
    from cityinit.periods import Period
    from inspections import figures

    campaign = Campaign.objects.get()
    _log_work(campaign)
    period = Period.half_year(2026, 1)
    taken: dict[str, list[float]] = {}

    def clock(name: str, do: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        result = do()
        taken.setdefault(name, []).append(time.perf_counter() - began)
        return result

    before = _memory()
    for _round in range(rounds):
        clock("raw", lambda: _raw(campaign, period))
        counted = clock("figures", lambda: figures.rectified(campaign, period))
        clock("document", lambda: _document(campaign, period, clock))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    return {"found": counted.found, "memory": _memory() - before, **medians}


def _raw(campaign: Any, period: Any) -> Any:
    from django.db import connection

    asked = {"campaign": campaign.pk, "first": period.first, "last": period.last, "end": period.ends_at}
    with connection.cursor() as cursor:
        cursor.execute(RAW, asked)
        return cursor.fetchone()


def _document(campaign: Any, period: Any, clock: Callable[[str, Callable[[], Any]], Any]) -> None:
    """A summary from nothing to its .docx, as the job does it; nothing of it is left behind."""
    from django.db import transaction

    from cityinit.documents import docx
    from reports import actions, narrative
    from reports.documents import document_of
    from reports.models import Report

    with transaction.atomic():
        report = Report.objects.create(
            campaign=campaign, title="总结", first_day=period.first, last_day=period.last, requested_by=None
        )
        snapshot = clock("gather", lambda: actions.take_snapshot(report, version=1, hold=lambda: None))
        clock("write", lambda: actions.write_sections(report, snapshot, hold=lambda: None))
        sections = actions.told_sections(report)
        title = narrative.title(campaign.name, host=campaign.host.name, speaker=campaign.host.name, period=period.label)
        dated = date(2026, 7, 5)
        told = document_of(title, facts=snapshot.facts, sections=sections, dated=dated)
        drawn = clock("draw", lambda: docx.draw(told))
        if not drawn.startswith(b"PK"):
            raise RuntimeError("no document came of it")
        transaction.set_rollback(True)


def _memory() -> float:
    """The most this process has held so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _log_work(campaign: Any) -> None:
    """Tasks with one unit each, and what they logged, spread over the campaign's days until the last finding."""
    from bench.neutral_city import insert
    from campaigns.models import Assignment, Task, WorkLogEntry
    from inspections.models import Finding
    from units.models import Unit

    if WorkLogEntry.objects.exists():
        return
    chance = random.Random(1)
    units = list(Unit.objects.filter(parent__isnull=False).order_by("pk"))
    tasks = Task.objects.bulk_create(
        Task(
            campaign=campaign,
            code=f"T{place:04}",
            name=f"第{place}项重点任务",
            lead_unit=units[place % len(units)],
            state=Task.State.ISSUED,
            issued_on=campaign.starts_on,
        )
        for place in range(TASKS)
    )
    Assignment.objects.bulk_create(Assignment(task=task, unit_id=task.lead_unit_id, is_lead=True) for task in tasks)
    last = Finding.objects.order_by("-found_on").values_list("found_on", flat=True)[0]
    days = (last - campaign.starts_on).days

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(1, Finding.objects.count() // ENTRIES_OF_FINDINGS + 1):
            task = chance.choice(tasks)
            yield {
                "id": number,
                "task": task.pk,
                "campaign": campaign.pk,
                "unit": task.lead_unit_id,
                "done_on": campaign.starts_on + timedelta(days=chance.randint(0, days)),
                "content": chance.choice(CONTENTS).format(n=chance.randint(2, 300)),
                "is_highlight": chance.random() < 0.02,
            }

    insert(WorkLogEntry, rows())


def _tell(told: dict[int, dict[str, Any]]) -> int:
    missed = []

    def bar(name: str, value: float, most: float, measure: str) -> None:
        is_met = value <= most
        print(f"  {name:<44}{value:8.2f}{measure:<5} bar {most:g}{'' if is_met else '   MISSED'}")
        if not is_met:
            missed.append(name)

    for size, found in told.items():
        print(f"{size} findings, {found['found']} of them in the half-year")
        parts = ("raw", "figures", "gather", "write", "draw", "document")
        print("  " + "   ".join(f"{name} {found[name] * 1000:.0f} ms" for name in parts))
        bar("figures of a half-year x the bare statement", found["figures"] / found["raw"], FIGURES_BAR, "")
        bar("a summary to its .docx beyond the statement", found["document"] - found["raw"], DOCUMENT_SECONDS, " s")
        bar("memory a summary takes", found["memory"], MEMORY_MIB, " MiB")
    if len(told) > 1:
        (small, first), (large, second) = min(told.items()), max(told.items())
        for name in ("figures", "document"):
            growth = math.log(second[name] / first[name]) / math.log(large / small)
            bar(f"growth of {name} from {small} to {large}", growth, GROWTH, "")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
