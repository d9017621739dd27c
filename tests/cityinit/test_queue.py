"""Jobs: the row is the truth, one worker at a time, seen and retried when they fail."""

import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from cityinit import queue
from cityinit.models import Job
from cityinit.workflow import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(monkeypatch):
    """A job called test.work that notes its arguments; `done` is what it noted."""
    noted = []
    monkeypatch.setitem(queue.HANDLERS, "test.work", lambda lease, *arguments: noted.append(arguments))
    return noted


def handler(monkeypatch, function):
    monkeypatch.setitem(queue.HANDLERS, "test.work", function)


def test_a_job_is_done_once_however_often_its_message_comes(done):
    job = queue.enqueue("test.work", 7)

    queue.run_job(job.pk)
    queue.run_job(job.pk)

    job.refresh_from_db()
    assert (done, job.state, job.progress, job.tries) == ([(7,)], "done", 100, 1)


def test_the_same_key_files_one_job_and_gives_it_back(done):
    first = queue.enqueue("test.work", key="half-year")

    assert queue.enqueue("test.work", key="half-year") == first
    assert Job.objects.count() == 1


def test_a_job_that_is_rolled_back_with_its_transaction_wakes_nobody(monkeypatch, django_capture_on_commit_callbacks):
    woken = []
    monkeypatch.setattr(queue, "wake", woken.append)

    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            queue.enqueue("test.work")
            transaction.set_rollback(True)
        kept = queue.enqueue("test.work")

    assert woken == [kept.pk]


def test_a_fault_is_a_failed_job_that_tells_no_details_and_can_be_retried(monkeypatch, caplog):
    def fault(lease):
        raise RuntimeError("secret path /var/x")

    handler(monkeypatch, fault)
    job = queue.enqueue("test.work")
    queue.run_job(job.pk)
    job.refresh_from_db()
    failed = (job.state, "secret" in job.reason)
    handler(monkeypatch, lambda lease: None)

    queue.retry(job)
    queue.run_job(job.pk)

    job.refresh_from_db()
    assert (failed, job.state, job.reason) == (("failed", False), "done", "")
    assert "secret path" in caplog.text


def test_a_refusal_is_the_reason_the_person_reads(monkeypatch):
    def refuse(lease):
        raise Refused("这段时间没有数据。")

    handler(monkeypatch, refuse)
    job = queue.enqueue("test.work")
    queue.run_job(job.pk)

    job.refresh_from_db()
    assert (job.state, job.reason) == ("failed", "这段时间没有数据。")


def test_a_job_whose_asker_may_not_any_more_is_neither_done_nor_retried_and_the_systems_own_goes_on(
    done, city, monkeypatch
):
    monkeypatch.setitem(queue.OBJECTIONS, "test.work", lambda asked_by, number: f"{asked_by}不可以做{number}。")
    asked = queue.enqueue("test.work", 7, by=city.coordinator)
    own = queue.enqueue("test.work", 8)
    for job in (asked, own):
        queue.run_job(job.pk)
        job.refresh_from_db()

    with pytest.raises(Refused, match="不可以做7"):
        queue.retry(asked)
    refused = Job.objects.get(pk=asked.pk).reason
    queue.ask_again(asked, by=None)
    queue.run_job(asked.pk)

    assert (refused, done) == (f"{city.coordinator.pk}不可以做7。", [(8,), (7,)])


def test_only_a_failed_job_is_retried(done):
    job = queue.enqueue("test.work")

    with pytest.raises(Refused, match="不需要重试"):
        queue.retry(job)


def test_a_worker_whose_lease_ran_out_writes_nothing_once_another_took_over(monkeypatch):
    seen = []

    def slow(lease):
        # While this worker sleeps its lease ends and another claims the job.
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        handler(monkeypatch, lambda lease: seen.append("second"))
        queue.run_job(lease.pk)
        with pytest.raises(queue.LeaseLost):
            lease.hold()
        seen.append("first stopped")
        raise queue.LeaseLost(lease.pk)

    handler(monkeypatch, slow)
    job = queue.enqueue("test.work")
    queue.run_job(job.pk)

    job.refresh_from_db()
    assert (seen, job.state, job.tries) == (["second", "first stopped"], "done", 2)


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_step_takes_longer_than_its_lease_keeps_it(monkeypatch, settings):
    settings.JOB_LEASE_SECONDS = 0.3
    claims = []

    def slow(lease):
        until = time.monotonic() + 1
        while time.monotonic() < until:
            time.sleep(0.2)
            claims.append(Job.objects.filter(pk=lease.pk).claimable(now=timezone.now()).count())

    handler(monkeypatch, slow)
    job = queue.enqueue("test.work")
    queue.run_job(job.pk)

    job.refresh_from_db()
    assert (set(claims), job.state, job.tries) == ({0}, "done", 1)


def test_a_job_that_kills_its_worker_again_and_again_is_given_up_with_a_reason(done, settings):
    job = queue.enqueue("test.work")
    Job.objects.update(state="running", lease_until=timezone.now() - timedelta(1), tries=settings.JOB_MAX_TRIES)

    queue.run_job(job.pk)

    job.refresh_from_db()
    assert (done, job.state, "中断" in job.reason) == ([], "failed", True)


def test_the_sweeper_wakes_what_was_lost_and_leaves_the_rest(monkeypatch, done):
    now = timezone.now()
    old, long_ago = now - timedelta(minutes=5), now - timedelta(seconds=1)
    fresh, lost, running, dead, later = (queue.enqueue("test.work", place) for place in range(5))
    Job.objects.filter(pk=lost.pk).update(created_at=old)
    Job.objects.filter(pk=running.pk).update(state="running", lease_until=now + timedelta(minutes=1))
    Job.objects.filter(pk=dead.pk).update(state="running", lease_until=long_ago)
    Job.objects.filter(pk=later.pk).update(created_at=old, run_after=now + timedelta(hours=1))
    woken = []
    monkeypatch.setattr(queue, "wake", woken.append)

    queue.sweep()

    assert sorted(woken) == [lost.pk, dead.pk]
    assert fresh.pk not in woken


def test_two_clocks_that_tick_in_the_same_minute_file_one_job(clock, done):
    clock("2025-07-01 06:00")

    queue.tick("test.work")
    queue.tick("test.work")

    assert [job.key for job in Job.objects.all()] == ["test.work@2025-07-01T06:00"]


def test_a_broker_that_is_down_loses_nothing(monkeypatch, done, django_capture_on_commit_callbacks):
    def down(**options):
        raise OSError("broker is down")

    monkeypatch.setattr(queue.run_job, "apply_async", down)

    with django_capture_on_commit_callbacks(execute=True):
        job = queue.enqueue("test.work")

    assert Job.objects.get().pk == job.pk


def test_everybody_sees_the_own_jobs_and_the_administrator_all(city):
    mine = queue.enqueue("test.work", by=city.liaison)
    queue.enqueue("test.work", by=city.coordinator)

    assert list(Job.objects.visible_to(city.liaison)) == [mine]
    assert Job.objects.visible_to(city.administrator).count() == 2
