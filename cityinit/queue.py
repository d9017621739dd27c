"""Jobs: a row is the truth (state, lease, tries), Celery only wakes a worker.

So every broker survives `kill -9`: what a dead worker held is claimed again when its lease ends, and
what a broker lost is sent again by the sweeper. `tries` is the fence: a worker whose lease was taken
over finds the number changed and stops before it writes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from importlib import import_module
from threading import Event, Thread
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .busy import Busy, is_busy
from .models import Job
from .workflow import Refused

log = logging.getLogger(__name__)

LABEL_LENGTH = Job._meta.get_field("label").max_length

HANDLERS: dict[str, Callable[..., None]] = {}
OBJECTIONS: dict[str, Callable[..., str | None]] = {}


def job(function: Callable[..., None]) -> Callable[..., None]:
    """Make `function(lease, *ids)` of a jobs.py a job that can be enqueued by its dotted name."""
    HANDLERS[_name_of(function)] = function
    return function


def unless(objection: Callable[..., str | None]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Do the job below only while `objection(asked_by, *ids)` has no sentence against it.

    It is asked when a worker begins and when the job is to be tried again, with the key of who asked for it:
    rights may have ended since. What the system itself asks for is never asked about.
    """

    def mark(function: Callable[..., None]) -> Callable[..., None]:
        OBJECTIONS[_name_of(function)] = objection
        return function

    return mark


def _name_of(function: Callable[..., None]) -> str:
    return f"{function.__module__}.{function.__name__}"


class LeaseLost(Exception):
    """Another worker has taken this job over; the one that sees this stops and writes nothing."""


class Lease:
    """What a running job holds: it reports progress, and asks whether the job is still its own."""

    def __init__(self, pk: int, tries: int):
        self.pk = pk
        self.tries = tries

    def progress(self, percent: int, message: str = "") -> None:
        """Show how far the work is and keep the lease; raises LeaseLost when it was taken over."""
        self._keep(progress=percent, message=message[:200])

    def hold(self) -> None:
        """Keep the lease inside the transaction that writes the result, or raise LeaseLost.

        The row stays locked until that transaction ends, so nobody can take over in between.
        """
        self._keep()

    def _keep(self, **values: Any) -> None:
        until = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
        mine = Job.objects.filter(pk=self.pk, state=Job.State.RUNNING, tries=self.tries)
        if not mine.update(lease_until=until, **values):
            raise LeaseLost(self.pk)


def enqueue(name: str, *arguments: Any, by: Any = None, label: str = "", url: str = "", key: str | None = None) -> Job:
    """File a job and wake a worker after commit; the same `key` gives the job that is already there."""
    if key and (there := Job.objects.filter(key=key).first()):
        return there
    asker_id, asker_name = _asker(by)
    values = {
        "name": name,
        "arguments": list(arguments),
        "key": key,
        "label": (label or name)[:LABEL_LENGTH],
        "url": url,
        "requested_by_id": asker_id,
        "requested_by_name": asker_name,
    }
    try:
        with transaction.atomic():
            filed = Job.objects.create(**values)
    except IntegrityError:
        return Job.objects.get(key=key)
    transaction.on_commit(partial(wake, filed.pk))
    return filed


def enqueue_anew(name: str, *arguments: Any, by: Any, **told: Any) -> Job:
    """As `enqueue`; a job with that key that has failed is tried again as the wish of `by`, refused as `retry`."""
    filed = enqueue(name, *arguments, by=by, **told)
    if filed.is_failed:
        ask_again(filed, by=by)
        filed.refresh_from_db()
    return filed


def wake(pk: int) -> None:
    """Send the wake-up call; a broker that is down is no loss, the sweeper sends it again."""
    try:
        run_job.apply_async(args=[pk], retry=False)
    except Exception:
        # kombu raises its transports' own errors; the row is safe, so the person goes on.
        log.warning("broker did not take job %s; the sweeper will send it", pk)


def retry(failed: Job) -> None:
    """Queue a failed job again; refused when it is not failed (any more), or who asked for it may not any more."""
    if reason := _objection(failed):
        raise Refused(reason, failed)
    again = Job.objects.filter(pk=failed.pk, state=Job.State.FAILED)
    with transaction.atomic():
        if not again.update(state=Job.State.QUEUED, tries=0, progress=0, reason="", message="", finished_at=None):
            raise Refused(_("这项作业现在不需要重试。"), failed)
        transaction.on_commit(partial(wake, failed.pk))


def ask_again(failed: Job, *, by: Any) -> None:
    """Retry a failed job as the wish of `by` (None: the system), whoever asked for it first; refused as `retry`."""
    failed.requested_by_id, failed.requested_by_name = _asker(by)
    failed.save(update_fields=["requested_by_id", "requested_by_name"])
    retry(failed)


def _asker(by: Any) -> tuple[int | None, str]:
    return (by.pk, str(by)) if by else (None, _("系统"))


@shared_task
def run_job(pk: int) -> None:
    """Claim the job and do it; a second delivery of the same message finds nothing to claim."""
    now = timezone.now()
    until = now + timedelta(seconds=settings.JOB_LEASE_SECONDS)
    claimed = (
        Job.objects.filter(pk=pk)
        .claimable(now=now)
        .update(state=Job.State.RUNNING, lease_until=until, started_at=now, tries=models.F("tries") + 1)
    )
    if not claimed:
        return
    row = Job.objects.get(pk=pk)
    lease = Lease(pk, row.tries)
    try:
        if row.tries > settings.JOB_MAX_TRIES:
            raise Refused(_("连续%(n)s次中断，已停止自动重试。") % {"n": settings.JOB_MAX_TRIES})
        handler = _handler(row.name)
        if reason := _objection(row):
            raise Refused(reason)
        with _heart(lease):
            handler(lease, *row.arguments)
        _finish(lease, state=Job.State.DONE, progress=100, message="")
    except LeaseLost:
        log.warning("job %s was taken over by another worker", pk)
    except Refused as refusal:
        _finish_failed(lease, refusal.reason)
    except Exception as fault:
        if is_busy(fault):
            log.warning("job %s was turned down for another transaction", pk, exc_info=fault)
            _finish_failed(lease, Busy().reason)
            return
        log.exception("job %s failed", pk)
        _finish_failed(lease, _("程序出错，管理员可在日志中查到作业%(pk)s的详情。可以重试。") % {"pk": pk})


@contextmanager
def _heart(lease: Lease) -> Iterator[None]:
    """Keep the lease while the job works, however long one step takes; it stops beating with the process."""
    stop = Event()
    beat = Thread(target=_beat, args=(lease, stop), daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join(timeout=1)


def _beat(lease: Lease, stop: Event) -> None:
    while not stop.wait(settings.JOB_LEASE_SECONDS / 3):
        try:
            lease.hold()
        except LeaseLost:
            # The job finds out by itself before it writes.
            return
        except DatabaseError:
            log.warning("the lease of job %s could not be kept this time", lease.pk)
        finally:
            connection.close()


def _handler(name: str) -> Callable[..., None]:
    """The job of this name; its module is read here where no worker has done it, as in a command."""
    if name not in HANDLERS:
        import_module(name.rpartition(".")[0])
    return HANDLERS[name]


def _objection(row: Job) -> str | None:
    _handler(row.name)
    objection = OBJECTIONS.get(row.name)
    return objection(row.requested_by_id, *row.arguments) if objection and row.requested_by_id is not None else None


def _finish(lease: Lease, **values: Any) -> None:
    mine = Job.objects.filter(pk=lease.pk, state=Job.State.RUNNING, tries=lease.tries)
    if not mine.update(finished_at=timezone.now(), lease_until=None, **values):
        raise LeaseLost(lease.pk)


def _finish_failed(lease: Lease, reason: str) -> None:
    try:
        _finish(lease, state=Job.State.FAILED, reason=reason)
    except LeaseLost:
        log.warning("job %s failed here but belongs to another worker now", lease.pk)


@shared_task
def sweep() -> None:
    """Wake workers for every job that nobody works on: a lost message or a dead worker."""
    now = timezone.now()
    quiet = now - timedelta(seconds=settings.JOB_SWEEP_SECONDS)
    lost = Job.objects.claimable(now=now).exclude(state=Job.State.QUEUED, created_at__gt=quiet)
    for pk in lost.values_list("pk", flat=True)[:500]:
        wake(pk)


@shared_task
def tick(name: str) -> None:
    """The timetable asks for `name`: one job per moment (to the minute), however many clocks run."""
    moment = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    enqueue(name, key=f"{name}@{moment}", label=name)
