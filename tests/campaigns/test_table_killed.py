"""An import whose worker is killed in the middle of writing: nothing half done, and the job goes on."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.actions import tables as actions
from cityinit.celery import app
from cityinit.content import check_table
from cityinit.queue import run_job
from tests import killed
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
COUNT = """
from campaigns.models import TableLine, Task, TaskEvent, TaskTable
from cityinit.models import Job
print(Task.objects.count(), TaskEvent.objects.count(), TableLine.objects.count(),
      TaskTable.objects.get().is_loaded, list(Job.objects.order_by("pk").values_list("state", flat=True)))
"""


def test_an_import_killed_while_it_writes_has_written_nothing_and_is_finished_by_the_next_worker(request):
    table = _ready_to_load()
    env = killed.environment(request.getfixturevalue("database_copy"))

    said = killed.kill_in(table.job_id, patch=DYING, env=env)
    between, after = killed.go_on(table.job_id, env=env, first=COUNT, then=COUNT)

    assert said == "written"
    assert between == "0 0 0 False ['done', 'done', 'running']"
    assert after == "5 5 5 True ['done', 'done', 'done']"


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
