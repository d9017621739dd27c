"""One thing done to more tasks than a person waits for: what is chosen is fixed, a job does it some at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.ancestry import lock_trees
from campaigns.models import Assignment, Batch, BatchTask, Campaign, Task, Workstream
from cityinit.addresses import address
from cityinit.queue import Lease, enqueue
from cityinit.sent import sent_before
from cityinit.workflow import Refused
from units.models import Unit, User
from units.notices import liaisons_of, tell

from .breakdown import as_it_stands, change_many
from .tasks import Bulk, ask, issue_many
from .workstreams import place_tasks

JOB = "campaigns.jobs.do_batch"
PERMISSIONS = {Batch.Act.ISSUE: "campaigns.issue_task", Batch.Act.CHANGE: "campaigns.break_down_task"}
# A chunk holds the campaign's trees, and on SQLite the database: others wait for it, so it takes half a second.
CHUNKS = {Batch.Act.ISSUE: 50, Batch.Act.CHANGE: 20}
# Who waits for SQLite looks again every tenth of a second: without a gap nobody else would write until all is done.
GAP_SECONDS = 0.12
CHANGES = {
    "due_on": gettext_lazy("完成时限改为%s"),
    "lead_unit": gettext_lazy("牵头单位改为%s"),
    "into": gettext_lazy("归入“%s”"),
    "out_of": gettext_lazy("移出“%s”"),
}


def begin(
    campaign: Campaign,
    keys: Sequence[int],
    *,
    act: str,
    by: Any,
    back_url: str,
    client_key: UUID | None = None,
    **values: Any,
) -> Batch:
    """Fix the tasks and have a job do `act` to each; the same `client_key` gives the batch that is there already.

    `values` are those of `change_many` and `place_tasks`. Refused to who may not do it in this campaign.
    """
    own = Batch.objects.of(campaign).filter(requested_by=by)
    if there := sent_before(own, client_key):
        return there
    ask(by, PERMISSIONS[Batch.Act(act)], campaign)
    asked = {name: value for name, value in values.items() if value}
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                campaign=campaign,
                act=act,
                values={name: _key(value) for name, value in asked.items()},
                said="，".join(CHANGES[name] % value for name, value in asked.items()),
                back_url=back_url,
                total=len(keys),
                requested_by=by,
                client_key=client_key,
            )
            BatchTask.objects.bulk_create(BatchTask(batch=batch, task_id=pk) for pk in keys)
            batch.job = enqueue(JOB, batch.pk, by=by, label=str(batch), url=batch.get_absolute_url())
            batch.save(update_fields=["job"])
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if there := sent_before(own, client_key):
            return there
        raise
    return batch


def _key(value: models.Model | date) -> int | str:
    return value.isoformat() if isinstance(value, date) else value.pk


def carry_on(batch: Batch, *, lease: Lease) -> None:
    """Do what is left of it; killed anywhere and begun again, each task is done once and each unit told once."""
    work_through(batch, lease=lease, do_some=_do_some, finish=_finish)


def work_through(
    batch: Any, *, lease: Lease, do_some: Callable[[Any, Lease], bool], finish: Callable[[Any, Lease], None]
) -> None:
    """`do_some` until it finds nothing left, each time telling how far it is; then `finish`."""
    while do_some(batch, lease):
        lease.progress(100 * (batch.total - batch.left_count) // max(batch.total, 1), batch.how_far)
        if batch.left_count:
            time.sleep(GAP_SECONDS)
    finish(batch, lease)


@transaction.atomic
def _do_some(batch: Batch, lease: Lease) -> bool:
    """Do the next tasks and write down what came of each, all in one; False where none was left."""
    # First of all: to whoever took the job over meanwhile, these are tasks to be done.
    lease.hold()
    rows = list(batch.rows.waiting().order_by("pk")[: CHUNKS[Batch.Act(batch.act)]])
    if not rows:
        return False
    # Before any task, as whoever changes one does: two batches then wait for each other and never both.
    lock_trees(batch.campaign)
    # The person anew each time: a post may have ended since, or on this very day.
    by = User.objects.get(pk=batch.requested_by_id)
    if not by.has_perm(PERMISSIONS[Batch.Act(batch.act)], batch.campaign):
        without = _("提出办理的人已没有这项权限，没有办。请由有权限的人重新办理。")
        batch.rows.waiting().update(outcome=BatchTask.Outcome.REFUSED, reason=without)
    else:
        _write_down(rows, _do(batch, [row.task_id for row in rows], by=by))
    batch.count()
    return True


def _do(batch: Batch, keys: Sequence[int], *, by: Any) -> Bulk:
    visible = Task.objects.visible_to(by, of=batch.campaign).filter(pk__in=keys)
    tasks = as_it_stands(list(visible.order_by("pk").values_list("pk", flat=True)))
    if batch.is_issue:
        return issue_many(tasks, by=by, tells=False)
    try:
        asked = _asked(batch)
        place = {name: asked.pop(name, None) for name in ("into", "out_of")}
        if any(place.values()):
            place_tasks(batch.campaign, tasks, by=by, **place)
    except Refused as refusal:
        return Bulk(refused=[(task, refusal.reason) for task in tasks])
    if not asked:
        return Bulk(done=tasks)
    bulk = change_many(tasks, by=by, tells=False, **asked)
    if any(place.values()):
        placed = _("（板块已经调整）")
        bulk.refused = [(task, reason + placed) for task, reason in bulk.refused]
    return bulk


def _asked(batch: Batch) -> dict[str, Any]:
    """What was asked for, as rows; refused where one of them is gone."""
    streams = Workstream.objects.of(batch.campaign)
    found: dict[str, Any] = {}
    for name, value in batch.values.items():
        if name == "due_on":
            found[name] = date.fromisoformat(value)
        else:
            rows: models.QuerySet[Any] = Unit.objects.all() if name == "lead_unit" else streams
            found[name] = rows.filter(pk=value).first()
            if found[name] is None:
                raise Refused(_("要归入或移出的板块已被删除，没有办。"), batch)
    return found


def _write_down(rows: Sequence[BatchTask], bulk: Bulk) -> None:
    done, untold = {task.pk for task in bulk.done}, {task.pk for task in bulk.untold}
    reasons = {task.pk: reason for task, reason in bulk.refused}
    for row in rows:
        row.outcome = BatchTask.Outcome.DONE if row.task_id in done else BatchTask.Outcome.REFUSED
        row.untold = row.task_id in untold
        if row.task_id not in done:
            row.reason = reasons.get(row.task_id, _("提出办理的人已看不到这项任务，没有办。"))
    BatchTask.objects.bulk_update(rows, ["outcome", "reason", "untold"])


@transaction.atomic
def _finish(batch: Batch, lease: Lease) -> None:
    """Tell each unit once of all its tasks, and who asked for it; in the same transaction that says it is finished."""
    lease.hold()
    now = timezone.now()
    if not Batch.objects.filter(pk=batch.pk, finished_at=None).update(finished_at=now):
        return
    parts = Assignment.objects.filter(task__in=batch.rows.filter(untold=True).values("task")).order_by("unit")
    unread = models.Count("pk", filter=models.Q(state=Assignment.State.UNREAD))
    counted = {row["unit"]: row for row in parts.values("unit").annotate(n=models.Count("pk"), unread=unread)}
    for pk, unit in Unit.objects.in_bulk(counted).items():
        told = {"unit": unit, "n": counted[pk]["n"], "unread": counted[pk]["unread"], "said": batch.said}
        url = f"{address('campaigns:tasks')}?batch={batch.pk}&unit={pk}"
        tell(liaisons_of(unit), _to_units(batch, told) % told, url=url, within=True)
    told = {"batch": batch, "done": batch.done_count, "refused": batch.refused_count}
    to_sender = (
        _("%(batch)s：已办完，%(done)s项办成，%(refused)s项没有办")
        if batch.refused_count
        else _("%(batch)s：已全部办成")
    )
    tell([User.objects.get(pk=batch.requested_by_id)], to_sender % told, url=batch.get_absolute_url(), within=True)


def _to_units(batch: Batch, told: dict[str, Any]) -> str:
    if not batch.is_issue:
        return _("%(unit)s的%(n)s项任务有改动：%(said)s")
    if told["unread"] == told["n"]:
        return _("%(unit)s有%(n)s项新任务待签收")
    return _("%(unit)s有%(n)s项新任务，其中%(unread)s项待签收")
