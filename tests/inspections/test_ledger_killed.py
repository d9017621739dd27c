"""A ledger whose worker is killed in the middle of writing: nothing half done, and the job goes on."""

import pytest

from cityinit.celery import app
from inspections.actions.ledgers import LEDGERS
from tests import killed
from tests.factories import findings as make
from tests.factories import ledgers, tasks
from tests.factories.people import city

pytestmark = pytest.mark.django_db(transaction=True)
# A worker that stops where findings and photos are written and no line tells of them yet, to be killed there.
DYING = """
import time
from inspections.ledgers import loading

def stop(plan):
    print("written", flush=True)
    time.sleep(60)

loading._Writing._write_lines = stop
"""
COUNT = """
from inspections.models import Finding, FindingEvent, FindingPhoto, Ledger, LedgerLine
from cityinit.models import Job
print(Finding.objects.count(), FindingEvent.objects.count(), FindingPhoto.objects.count(), LedgerLine.objects.count(),
      Ledger.objects.get().is_loaded, list(Job.objects.order_by("pk").values_list("state", flat=True)))
"""


def test_a_ledger_killed_while_it_is_written_has_written_nothing_and_is_finished_by_the_next_worker(request):
    app.loader.import_default_modules()
    here = city()
    campaign = tasks.campaign(here)
    make.category(campaign)
    ledger = ledgers.checked(campaign, here, ledgers.ledger(pictures=[("D5", "red")]))
    LEDGERS.start_load(ledger, by=here.coordinator)
    env = killed.environment(request.getfixturevalue("database_copy"))

    said = killed.kill_in(ledger.job_id, patch=DYING, env=env)
    between, after = killed.go_on(ledger.job_id, env=env, first=COUNT, then=COUNT)

    assert said == "written"
    assert between == "0 0 0 0 False ['done', 'done', 'running']"
    assert after == "4 4 1 4 True ['done', 'done', 'done']"
