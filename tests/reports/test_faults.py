"""Bad days of documents: a period without data, a unit renamed in the middle of one, a full disk, two at once."""

import errno
from datetime import date
from functools import partial
from pathlib import Path

import docx
import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from campaigns import papers
from campaigns.actions.papers import set_paper
from campaigns.models import Campaign, Paper
from cityinit.content import check_upload
from cityinit.models import StoredFile
from cityinit.periods import Period
from cityinit.queue import run_job
from cityinit.workflow import Refused
from reports import actions
from reports.models import Kind, Report
from tests.at_once import at_once
from tests.cityinit.test_filled import paper
from tests.factories import findings as make
from tests.factories import people, tasks
from tests.valid import faults_of
from units.actions import rename_unit

NAMES = ("清水市城市管理局", "清水市城市运行局")
QUARTER = Period(date(2025, 1, 1), date(2025, 3, 31))


def told(campaign, city, kind, period=QUARTER):
    """The report of the period, with its files by their endings."""
    job = actions.request_report(campaign, period, kind=kind, by=city.coordinator)
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.reason
    report = Report.objects.get(job=job)
    return {file.kind: Path(configured.MEDIA_ROOT, file.file.path) for file in actions.current_files(report)}


@pytest.mark.parametrize("kind", [Kind.SUMMARY, Kind.CIRCULAR])
def test_a_period_without_anything_recorded_gives_sound_documents(city, kind):
    bare = Campaign.objects.create(
        name="清水市创建卫生城市", host=city.host, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31)
    )

    files = told(bare, city, kind)

    assert [faults_of(files[ending].read_bytes(), ending=f".{ending}") for ending in ("docx", "xlsx")] == [[], []]
    assert docx.Document(files["docx"]).paragraphs[0].text
    assert len(PdfReader(files["pdf"]).pages) > 0


def test_scores_of_a_period_without_a_round_are_refused(city, campaign):
    with pytest.raises(Refused, match="模拟测评通报按督查批次编写，请选择督查批次。"):
        actions.request_report(campaign, QUARTER, kind=Kind.ASSESSMENT, by=city.coordinator)


def test_a_circular_names_a_unit_that_was_renamed_in_the_period_as_on_its_last_day(city, campaign, clock):
    clock("2025-02-10 10:00")
    make.finding_at("dispatched", city, campaign)
    clock("2025-03-10 10:00")
    rename_unit(city.bureau, name="清水市城市运行局", by=city.coordinator)
    clock("2025-04-01 10:00")

    before = told(campaign, city, Kind.CIRCULAR, Period.month(2025, 2))
    after = told(campaign, city, Kind.CIRCULAR)

    named = [{name for name in NAMES if name in text_of(files["docx"])} for files in (before, after)]
    assert named == [{"清水市城市管理局"}, {"清水市城市运行局"}]
    assert [faults_of(files["docx"].read_bytes(), ending=".docx") for files in (before, after)] == [[], []]


def text_of(path):
    word = docx.Document(path)
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in word.paragraphs), *cells])


def test_an_upload_to_a_full_disk_is_refused_with_a_sentence_and_changes_nothing(client, city, campaign, monkeypatch):
    client.force_login(city.coordinator)

    def full(handle):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("os.fsync", full)
    file = SimpleUploadedFile("红头.docx", paper("{{ 标题 }}"))
    answer = client.post(reverse("campaigns:paper", args=["notice"]), {"file": file})

    assert answer.status_code == 422
    assert "服务器存储空间已满，“红头.docx”没有保存。请联系系统管理员清理空间后重新上传。" in answer.text
    assert not Paper.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_choose_a_paper_at_once_one_is_kept():
    city = people.city()
    campaign = tasks.campaign(city)
    made = [check_upload(SimpleUploadedFile(f"{n}.docx", paper(f"第{n}稿")), kind="document") for n in (1, 2)]
    notice = papers.kind_of("notice")

    refused = at_once(*(partial(set_paper, campaign, notice, one, by=city.coordinator) for one in made))

    assert refused == [None, None]
    assert Paper.objects.get().file.name in {"1.docx", "2.docx"}
    assert StoredFile.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_have_a_report_compiled_at_once_both_get_the_one_job():
    city = people.city()
    campaign = tasks.campaign(city)
    make.finding_at("dispatched", city, campaign)
    period = Period(campaign.starts_on, campaign.ends_on)
    jobs = []

    def ask():
        jobs.append(actions.request_report(campaign, period, kind=Kind.CIRCULAR, by=city.coordinator).pk)

    assert at_once(ask, ask) == [None, None]
    assert len(set(jobs)) == 1
    assert at_once(*[partial(run_job, jobs[0])] * 2) == [None, None]
    report = Report.objects.get()
    assert [snapshot.version for snapshot in report.snapshots.all()] == [1]
    assert sorted(file.kind for file in report.files.all()) == ["docx", "pdf", "xlsx"]
