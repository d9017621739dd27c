"""A zip of notices whose worker is killed while it draws them: the next one does it once, nothing stays."""

from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from cityinit.celery import app
from inspections.actions import findings as actions
from inspections.actions import rectification_notices as notices
from inspections.models import Finding
from tests import killed
from tests.factories import findings as make
from tests.factories import tasks
from tests.factories.people import city

pytestmark = pytest.mark.django_db(transaction=True)
# Stops with both notices drawn and in the zip, and the index still to come.
DYING = """
import time
from inspections.actions import rectification_notices

def stop(archive, rows, *, moment):
    print("drawn", len(rows), flush=True)
    time.sleep(60)

rectification_notices._write_index = stop
"""
STANDING = """
from cityinit.models import StoredFile
from inspections.models import NoticeBatch, RectificationNotice
from units.models import Notice
batch = NoticeBatch.objects.get()
print(RectificationNotice.objects.exclude(letter=None).count(),
      StoredFile.objects.filter(name__endswith="整改通知书.docx").count(),
      StoredFile.objects.filter(content_type="application/zip").count(), batch.job.state,
      Notice.objects.filter(text__startswith="整改通知书已打包").count())
"""
# What the night sweeps a day later, and what is left then without a row that names it.
SWEEP = """
from datetime import timedelta
from django.utils import timezone
from cityinit.files import orphans, sweep_orphans
tomorrow = timezone.now() + timedelta(days=1)
print(sweep_orphans(older_than=tomorrow), len(list(orphans(older_than=tomorrow))))
"""


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    """Files of its own, so that what is left over is this test's."""
    settings.MEDIA_ROOT = tmp_path / "data" / "files"
    app.loader.import_default_modules()


def on_disk():
    return {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file() and path.name != ".lock"}


def test_notices_killed_while_they_are_packed_are_one_whole_zip_in_the_end(request):
    here = city()
    campaign = tasks.campaign(here)
    for n, unit in enumerate((here.bureau, here.police)):
        finding = make.reported(here, campaign, photos=[make.photo(colour=("teal", "olive")[n])])
        actions.dispatch(finding, by=here.coordinator, lead_unit=unit)
    batch = notices.issue_notices(
        campaign,
        Finding.objects.all(),
        by=here.coordinator,
        requirement="立即整改",
        answer_by=timezone.localdate(),
        signature="清水市创建办",
    )
    env = killed.environment(request.getfixturevalue("database_copy"))
    before = on_disk()

    said = killed.kill_in(batch.job_id, patch=DYING, env=env)
    told = killed.go_on(batch.job_id, env=env, first=STANDING, then=STANDING + SWEEP)
    again = killed.go_on(batch.job_id, env=env, then=STANDING)

    assert said == "drawn 2"
    # What the dead worker had drawn was taken up; its half of a zip is swept.
    assert told == ["2 2 0 running 0", "2 2 1 done 1", "1 0"]
    assert again == ["2 2 1 done 1"]
    assert len(on_disk() - before) == 3
