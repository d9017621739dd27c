"""A zip of materials, and letters, whose worker is killed while it writes: the next one does it once, nothing stays."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from campaigns.actions import material_packs, supervision
from campaigns.models import AssessmentSystem, Supervision
from cityinit.celery import app
from cityinit.models import Job
from tests import killed
from tests.factories import materials, tasks
from tests.factories.people import city

pytestmark = pytest.mark.django_db(transaction=True)
# Stops with the materials in the zip and the index still to come.
DYING_PACK = """
import time
from campaigns.actions import material_packs

def stop(writing, archive):
    print("packed", writing.file_count, flush=True)
    time.sleep(60)

material_packs._Writing._write_index = stop
"""
# Stops at the second letter: its file is on the disk, and no row names it yet.
DYING_LETTERS = """
import time
from campaigns.actions import supervision
keep, kept = supervision.keep, []

def stop(checked, **of):
    kept.append(keep(checked, **of))
    if len(kept) == 2:
        print("drawn", flush=True)
        time.sleep(60)
    return kept[-1]

supervision.keep = stop
"""
PACK = """
from campaigns.models import MaterialPack
from cityinit.models import AuditEvent, Job, StoredFile
from units.models import Notice
pack = MaterialPack.objects.get()
print(pack.file_count, StoredFile.objects.filter(content_type="application/zip").count(), pack.job.state,
      AuditEvent.objects.filter(action="打包材料").count(),
      Notice.objects.filter(text__startswith="材料包已打好").count())
"""
LETTERS = """
from campaigns.models import Supervision
from cityinit.models import Job, StoredFile
print(Supervision.objects.exclude(letter=None).count(), StoredFile.objects.filter(name__endswith="督办函.docx").count(),
      list(Job.objects.values_list("state", flat=True)))
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


def test_a_pack_killed_while_it_is_written_is_one_whole_zip_in_the_end(request):
    here = city()
    campaign = tasks.campaign(here)
    materials.material_at("accepted", campaign, here)
    pack = material_packs.request_pack(AssessmentSystem.objects.get(), by=here.coordinator)
    env = killed.environment(request.getfixturevalue("database_copy"))
    before = on_disk()

    said = killed.kill_in(pack.job_id, patch=DYING_PACK, env=env)
    partial = on_disk() - before
    told = killed.go_on(pack.job_id, env=env, first=PACK, then=PACK + SWEEP)
    again = killed.go_on(pack.job_id, env=env, then=PACK)

    assert (said, len(partial)) == ("packed 1", 1)
    between, after, swept = told
    assert (between, after, swept) == ("0 0 running 0 0", "1 1 done 1 1", "1 0")
    assert again == ["1 1 done 1 1"]
    assert len(on_disk() - before) == 1


def test_letters_killed_between_two_are_each_drawn_once(request):
    here = city()
    task = tasks.issued(tasks.campaign(here), here)
    supervision.supervise(
        task.assignments.select_related("unit", "task__campaign__host"),
        by=here.coordinator,
        reason="进度滞后",
        signer="王主任",
        signature="清水市创建办",
        answer_by=timezone.localdate() + timedelta(days=5),
        client_key=uuid4(),
    )
    job = Job.objects.get()
    env = killed.environment(request.getfixturevalue("database_copy"))
    before = on_disk()

    said = killed.kill_in(job.pk, patch=DYING_LETTERS, env=env)
    told = killed.go_on(job.pk, env=env, first=LETTERS, then=LETTERS + SWEEP)

    assert (said, Supervision.objects.count()) == ("drawn", 2)
    # The same letter is the same file: what the dead worker had laid down was taken up again.
    between, after, swept = told
    assert (between, after, swept) == ("1 1 ['running']", "2 2 ['done']", "0 0")
    assert len(on_disk() - before) == 2
