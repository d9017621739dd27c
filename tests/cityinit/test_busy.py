"""What the database turns down because somebody else is at the same rows is told in words; nothing of it is kept."""

import sqlite3
from contextlib import closing
from threading import Barrier, Thread

import pytest
from django.db import OperationalError, connection, transaction
from django.urls import reverse

from cityinit import queue
from cityinit.busy import is_busy
from cityinit.models import Job
from cityinit.workflow import Workflow
from inspections.models import Finding, FindingEvent
from tests.factories import findings as make
from tests.factories import tasks

BUSY = "有人正在办理同一批记录，这一次没有保存。"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def turned_down(transactional_db, tmp_path):
    """The fault as the database in use raises it: of two that wait for each other, or of two writers."""
    return _deadlock() if connection.vendor == "postgresql" else _second_writer(tmp_path)


def _deadlock():
    rows = [Job.objects.create(name="test.work", label=name) for name in "ab"]
    held, faults = Barrier(2), []

    def hold(first, second):
        try:
            with transaction.atomic():
                Job.objects.filter(pk=first.pk).update(label="held")
                held.wait()
                Job.objects.filter(pk=second.pk).update(label="held")
        except OperationalError as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [Thread(target=hold, args=pair) for pair in (rows, rows[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [fault] = faults
    return fault


def _second_writer(folder):
    file = folder / "one.sqlite3"
    with closing(sqlite3.connect(file)) as one, closing(sqlite3.connect(file, timeout=0)) as two:
        one.execute("begin immediate")
        try:
            two.execute("begin immediate")
        except sqlite3.OperationalError as cause:
            fault = OperationalError(str(cause))
            fault.__cause__ = cause
            return fault
    raise AssertionError("two wrote at once")


@pytest.fixture
def finding(turned_down, city, monkeypatch):
    """With its unit, whose every move the database turns down."""
    found = make.finding_at(Finding.State.DISPATCHED, city, tasks.campaign(city))

    def turn_down(*_told, **_values):
        raise turned_down

    monkeypatch.setattr(Workflow, "make", turn_down)
    return found


def test_only_what_another_was_in_the_way_of_is_busy(turned_down):
    lost = OperationalError("server closed the connection unexpectedly")
    lost.__cause__ = Exception("no code")

    assert [is_busy(fault) for fault in (turned_down, lost, ValueError())] == [True, False, False]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_button_is_told_and_may_be_pressed_again(client, city, finding, headers):
    client.force_login(city.liaison)
    events = FindingEvent.objects.count()

    answer = client.post(reverse("inspections:finding_move", args=[finding.pk, "acknowledge"]), headers=headers)

    assert (answer.status_code, BUSY in answer.content.decode()) == (409, True)
    assert ("<html" in answer.content.decode()) == (not headers)
    assert (Finding.objects.get().state, FindingEvent.objects.count()) == (Finding.State.DISPATCHED, events)


def test_a_form_comes_back_with_what_was_typed(client, city, finding):
    client.force_login(city.liaison)

    address = reverse("inspections:finding_move", args=[finding.pk, "return_to_office"])
    answer = client.post(address, {"reason": "属河湾街道管理"})

    said = answer.content.decode()
    assert (answer.status_code, BUSY in said, "属河湾街道管理" in said) == (422, True, True)
    assert Finding.objects.get().state == Finding.State.DISPATCHED


def test_another_fault_of_the_database_stays_a_fault(client, city, finding, monkeypatch):
    def lose(*_told, **_values):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(Workflow, "make", lose)
    client.raise_request_exception = False
    client.force_login(city.liaison)

    statuses = [
        client.post(reverse("inspections:finding_move", args=[finding.pk, move]), {"reason": "不属本单位"}).status_code
        for move in ("acknowledge", "return_to_office")
    ]

    assert statuses == [500, 500]


def test_a_job_fails_with_the_reason_and_can_be_retried(turned_down, monkeypatch):
    def turn_down(_lease):
        raise turned_down

    monkeypatch.setitem(queue.HANDLERS, "test.busy", turn_down)
    job = queue.enqueue("test.busy")
    queue.run_job(job.pk)
    job.refresh_from_db()
    told = (job.state, job.reason)
    monkeypatch.setitem(queue.HANDLERS, "test.busy", lambda _lease: None)

    queue.retry(job)
    queue.run_job(job.pk)

    job.refresh_from_db()
    assert (told, job.state) == (("failed", f"{BUSY}请稍后再试。"), "done")
