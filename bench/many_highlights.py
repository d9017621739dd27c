"""A summary of units that all wrote very much: how long it takes, how much memory, and whether the document stays one.

    .venv/bin/python bench/many_highlights.py [--units 300] [--each 1000] [--open]

An installation of its own: every unit has a task and so many highlights of the half-year. It compiles the half-year's
summary as the worker does, in this process, and prints seconds, peak memory and the size of the Word file, the PDF and
the workbook, with the number of paragraphs; `--open` has LibreOffice open the Word file and count its pages. Ends with
1 where compiling ends neither in a report nor in a refusal.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FIRST = date(2025, 1, 1)
BATCH = 5_000
# No two alike: a report tells the same deed once.
DEEDS = ("整治占道经营", "清理卫生死角", "劝导不文明行为", "更新公益广告", "慰问困难家庭", "组织志愿服务")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--each", type=int, default=1000)
    parser.add_argument("--open", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return run(options)
    with tempfile.TemporaryDirectory(prefix="cityinit-highlights-") as folder:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cityinit.settings", "DATA_DIR": f"{folder}/data"}
        return subprocess.run([sys.executable, *sys.argv, "--inside"], cwd=ROOT, env=environment).returncode


def run(options: argparse.Namespace) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    campaign = fill(options.units, options.each)
    print(f"{options.units} units, {options.units * options.each} highlights", flush=True)

    from cityinit.periods import Period
    from cityinit.queue import run_job
    from reports.actions import request_report
    from reports.models import Report

    job = request_report(campaign, Period.half_year(2025, 1), by=None)
    began = time.monotonic()
    run_job(job.pk)
    seconds = time.monotonic() - began
    job.refresh_from_db()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{job.state} {job.reason or job.message}: {seconds:.1f} s, {peak:.0f} MiB at most")
    if job.state != job.State.DONE:
        return 0 if job.reason else 1
    return measured(Report.objects.get(), is_opened=options.open)


def fill(units: int, each: int):
    from campaigns.models import Campaign, Task, WorkLogEntry
    from units.models import Unit

    host = Unit.objects.create(name="大城市")
    campaign = Campaign.objects.create(
        name="大城市创建全国文明城市",
        host=host,
        short_name="创文",
        kind="全国文明城市",
        starts_on=FIRST,
        ends_on=date(2025, 12, 31),
    )
    rows = []
    for place in range(units):
        unit = Unit.objects.create(name=f"第{place + 1}局", parent=host)
        task = Task.objects.create(
            campaign=campaign,
            code=str(place + 1),
            name=f"第{place + 1}片区环境整治",
            lead_unit=unit,
            state="issued",
            issued_on=FIRST,
        )
        for count in range(each):
            rows.append(
                WorkLogEntry(
                    task=task,
                    campaign=campaign,
                    unit=unit,
                    done_on=FIRST + timedelta(count % 180),
                    content=f"{count + 1}号路段{DEEDS[count % len(DEEDS)]}{count % 90 + 1}处，群众反映良好",
                    is_highlight=True,
                )
            )
        if len(rows) >= BATCH:
            WorkLogEntry.objects.bulk_create(rows)
            rows.clear()
    WorkLogEntry.objects.bulk_create(rows)
    return campaign


def measured(report, *, is_opened: bool) -> int:
    from io import BytesIO

    import docx
    from django.conf import settings

    from tests.valid import faults_of

    characters = sum(len(section.text) for section in report.sections.all())
    print(f"text: {report.sections.count()} sections, {characters} characters")
    faulty = False
    for drawn in report.files.select_related("file"):
        path = Path(settings.MEDIA_ROOT, drawn.file.path)
        print(f"{drawn.kind}: {path.stat().st_size / 2**20:.2f} MiB", flush=True)
        if drawn.kind == "docx":
            data = path.read_bytes()
            faulty = bool(faults_of(data, ending=".docx"))
            print(f"docx: {len(docx.Document(BytesIO(data)).paragraphs)} paragraphs{', not valid' if faulty else ''}")
            if is_opened:
                print(f"docx: {pages_of(path)} pages in LibreOffice", flush=True)
    return 1 if faulty else 0


def pages_of(path: Path) -> int:
    from pypdf import PdfReader

    from bench.look_at import to_pdf

    with tempfile.TemporaryDirectory() as folder:
        return len(PdfReader(to_pdf(path, Path(folder))).pages)


if __name__ == "__main__":
    sys.exit(main())
