"""An import whose worker is killed in the middle of writing: nothing half done, and the job goes on."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.actions import tables as actions
from cityinit.celery import app
from cityinit.files import check_table
from cityinit.queue import run_job
from tests.factories import people, tasks
from tests.factories.tables import ugly_table

pytestmark = pytest.mark.django_db(transaction=True)
# A worker that stops where half of the rows are written, to be killed there.
DYING = """
import time
from campaigns.tables import loading

def stop(plan, *rest):
    print("written", flush=True)
    time.sleep(60)

loading._Writing._write_lines = stop
"""
WORKER = """
import django, sys
django.setup()
{patch}
from cityinit.celery import app
app.loader.import_default_modules()
from cityinit.queue import run_job
run_job(int(sys.argv[1]))
"""
COUNT = """
import django
django.setup()
from campaigns.models import TableLine, Task, TaskEvent, TaskTable
from cityinit.models import Job
print(Task.objects.count(), TaskEvent.objects.count(), TableLine.objects.count(),
      TaskTable.objects.get().is_loaded, list(Job.objects.order_by("pk").values_list("state", flat=True)))
"""


def test_an_import_killed_while_it_writes_has_written_nothing_and_is_finished_by_the_next_worker(request):
    table = _ready_to_load()
    environment = {
        **os.environ,
        "DATABASE_URL": request.getfixturevalue("database_copy"),
        "DJANGO_SETTINGS_MODULE": "cityinit.settings",
        "DATA_DIR": str(settings.DATA_DIR),
        "JOB_LEASE_SECONDS": "1",
    }
    dying = _python(WORKER.format(patch=DYING), table.job_id, environment=environment)
    assert dying.stdout.readline() == "written\n"
    os.kill(dying.pid, signal.SIGKILL)
    dying.wait(timeout=60)
    between = _python(COUNT, environment=environment).communicate(timeout=60)[0]
    # The dead worker's lease must have run out before another may go on.
    next_one = "import time; time.sleep(1.5)\n" + WORKER.format(patch="")
    _python(next_one, table.job_id, environment=environment).communicate(timeout=60)
    after = _python(COUNT, environment=environment).communicate(timeout=60)[0]

    assert between == "0 0 0 False ['done', 'done', 'running']\n"
    assert after == "5 5 5 True ['done', 'done', 'done']\n"


def _ready_to_load():
    app.loader.import_default_modules()
    city = people.city()
    upload = SimpleUploadedFile("任务分解表.xlsx", ugly_table().read())
    campaign = tasks.campaign(city)
    table = actions.receive_table(campaign, check_table(upload), client_key=uuid4(), by=city.coordinator)
    run_job(table.job_id)
    table.refresh_from_db()
    proposed = {place: field for place, (field, _sure) in table.layout["guess"].items()}
    actions.match_columns(table, mapping=proposed, options={"new_indicators": True}, by=city.coordinator)
    run_job(table.job_id)
    table.refresh_from_db()
    actions.start_load(table, by=city.coordinator)
    return table


def _python(code, *arguments, environment):
    return subprocess.Popen(
        [sys.executable, "-c", code, *(str(one) for one in arguments)],
        cwd=Path(settings.BASE_DIR),
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
