"""Seconds, memory and queries of importing a 任务分解表 of 5,000 rows, each step in a process of its own.

    .venv/bin/python bench/import_rows.py [--rows 5000] [--faults 300]

An installation of its own on SQLite, or on the database of DATABASE_URL where that is set (give an empty one). A table
with merged levels, several units in a cell and days in words is made, checked and loaded, then checked and loaded again
(nothing changes), and once with faults. The limit is ten seconds and 200 MB for each step; beyond it the exit is 1.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
STEPS = ("check", "load", "check again", "load again", "check faults")
SECONDS, MEGABYTES = 10, 200
HEAD = [
    "序号",
    "一级指标",
    "二级指标",
    "工作任务",
    "具体要求",
    "牵头单位",
    "配合单位",
    "分管领导",
    "开始时间",
    "完成时限",
    "目标任务",
    "备注",
]
DAYS = ("2026年6月底前", "6月30日", "2026.9", "长期坚持", "三季度", "2026-10-31", "年底前", "7月中旬")
UNITS = 120


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--faults", type=int, default=300)
    parser.add_argument("--step", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        return _step(options)
    with tempfile.TemporaryDirectory(prefix="cityinit-import-") as folder:
        environment = {"DATABASE_URL": f"sqlite:///{folder}/db.sqlite3", **os.environ, "DATA_DIR": f"{folder}/data"}
        environment |= {"DJANGO_SETTINGS_MODULE": "cityinit.settings", "DEBUG": "0", "SECRET_KEY": "x" * 60}
        environment.setdefault("ALLOWED_HOSTS", "localhost")
        print(environment["DATABASE_URL"].split(":")[0], f"{options.rows} rows")
        ended = 0
        for step in ("prepare", *STEPS):
            own = [sys.executable, __file__, "--rows", options.rows, "--faults", options.faults, "--step", step]
            ended |= subprocess.run([str(part) for part in own], cwd=ROOT, env=environment).returncode
    return ended


def _step(options: argparse.Namespace) -> int:
    import django

    django.setup()
    if options.step == "prepare":
        return _prepare(options)
    from django.conf import settings
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from campaigns.models import TaskTable
    from campaigns.tables.loading import check, load

    place = 1 if "faults" in options.step else 0
    table = list(TaskTable.objects.order_by("pk").select_related("campaign__host", "file"))[place]
    path = Path(settings.MEDIA_ROOT, table.file.path)
    connection.queries_limit = 100_000
    with CaptureQueriesContext(connection) as asked:
        begun, worked = time.perf_counter(), time.process_time()
        if "load" in options.step:
            loaded = load(table, path, by=None, record=lambda loaded: _unlink(table, again="again" in options.step))
        else:
            loaded = check(table, path)
        seconds, worked = time.perf_counter() - begun, time.process_time() - worked
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = f"{dict(loaded.counts)} {len(loaded.faults)} faults"
    print(
        f"{options.step:13} {seconds:5.1f} s ({worked:4.1f} our own)  {memory:4.0f} MB  {len(asked):4} queries  {told}"
    )
    return int(seconds > SECONDS or memory > MEGABYTES)


def _unlink(table, *, again: bool) -> None:
    """Where the same upload is loaded again, the lines of the first load are those of an earlier table."""
    from campaigns.models import TableLine, TaskTable

    if not again:
        earlier = TaskTable.objects.create(
            campaign=table.campaign, file=table.file, uploaded_by=table.uploaded_by, mapping=table.mapping
        )
        TableLine.objects.filter(table=table).update(table=earlier)


def _prepare(options: argparse.Namespace) -> int:
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.core.management import call_command

    from campaigns.models import Campaign, TaskTable
    from campaigns.tables import loading
    from campaigns.tables.fields import fields
    from cityinit.content import XLSX
    from cityinit.files import keep, made, store
    from units.models import Unit, User

    call_command("migrate", verbosity=0)
    host = Unit.objects.create(name="清水市")
    for number in range(UNITS):
        Unit.objects.create(name=f"第{number}局", parent=host, kind="街道" if number % 10 == 0 else "委员单位")
    user = User.objects.create_user("bench", "测试")
    campaign = Campaign.objects.create(
        name="清水市创建全国文明城市", host=host, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)
    )
    for faults in (0, options.faults):
        content = _table(options.rows, faults)
        checked = keep(made(content, name=f"任务分解表{faults}.xlsx", content_type=XLSX))
        table = TaskTable.objects.create(campaign=campaign, file=store(checked, by=user), uploaded_by=user)
        read = loading.read_upload(table, SimpleUploadedFile("a.xlsx", content).file)
        table.mapping = {str(place): guess.field for place, guess in read.guess(fields(year=2026)).items()}
        table.options = {"new_indicators": True, "year": 2026}
        table.save()
    return 0


def _table(rows: int, faults: int) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    page.append(["清水市创建全国文明城市任务分解表"])
    page.merge_cells("A1:L1")
    page.append(HEAD)
    for number in range(rows):
        beside = "、".join(f"第{(number * 7 + n * 13 + 1) % UNITS}局" for n in range(number % 4))
        page.append(
            [
                str(number + 1),
                f"第{number // 500 + 1}类 公共环境" if number % 500 == 0 else None,
                f"（{number // 25 + 1}）市容环境第{number // 25}项" if number % 25 == 0 else None,
                f"整治第{number}号路段占道经营",
                "主干道全天候保洁，背街小巷每天清扫两次，垃圾日产日清，果皮箱定时擦拭",
                f"第{number * 7 % UNITS}局",
                beside,
                "副市长",
                "2026年3月",
                DAYS[number % len(DAYS)] if not (faults and number % (rows // faults) == 0) else "尽快",
                f"{number % 900 + 1}平方米",
                f"备注{number}",
            ]
        )
    for place, span in ((2, 500), (3, 25)):
        for first in range(3, rows + 3, span):
            page.merge_cells(
                start_row=first, end_row=min(first + span - 1, rows + 2), start_column=place, end_column=place
            )
    file = BytesIO()
    book.save(file)
    return file.getvalue()


if __name__ == "__main__":
    sys.exit(main())
