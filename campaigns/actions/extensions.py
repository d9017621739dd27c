"""More time for a task: a unit asks, the office grants or refuses.

The deadline is the task's: granted to one unit, it holds for every unit of the task.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Assignment, Task, TaskExtension
from campaigns.workflow import TASK_EXTENSION, extension_refusal
from cityinit.periods import day_in_words
from cityinit.sent import sent_before
from cityinit.workflow import Refused
from units.notices import liaisons_of, office_of, tell

from .tasks import keep_deadline, lock, record


def ask_extension(
    assignment: Assignment, *, by: Any, reason: str, until: date, client_key: UUID | None = None
) -> TaskExtension:
    """Ask for more time; the office is told, and until it decides nothing changes.

    The same `client_key` gives the request that is already there. Refused while an earlier one of the unit waits,
    where no deadline runs, and for a day that is over, gives no more time or lies
    beyond the campaign.
    """
    task = assignment.task
    sent = TaskExtension.objects.filter(task=task, asked_by=by)
    if there := sent_before(sent, client_key):
        return there
    try:
        with transaction.atomic():
            lock(task)
            task.refresh_from_db(fields=["due_on"])
            assignment.refresh_from_db(fields=["state"])
            if refusal := extension_refusal(assignment, by):
                raise Refused(refusal, task)
            _refuse_day(task, until)
            asked = TaskExtension.objects.create(
                task=task,
                unit=assignment.unit,
                reason=reason,
                due_then=task.due_on,  # type: ignore[misc]  # `extension_refusal` has asked that it has one
                asked_due=until,
                asked_by=by,
                client_key=client_key,
            )
            note = _("延至%(day)s。%(reason)s") % {"day": day_in_words(until), "reason": reason}
            record(task, "ask_extension", _("申请延期"), by=by, assignment=assignment, note=note)
            text = _("%(unit)s申请延期至%(day)s：%(task)s")
            text = text % {"unit": assignment.unit, "day": day_in_words(until), "task": task}
            tell(office_of(task.campaign.host), text, url=task.get_absolute_url())
    except IntegrityError:
        if there := sent_before(sent, client_key):
            return there
        raise Refused(_("%(unit)s已有一个延期申请待批。") % {"unit": assignment.unit}, task) from None
    return asked


@transaction.atomic
def grant_extension(
    extension: TaskExtension, *, by: Any, granted_due: date | None = None, note: str = "", seen_state: str = ""
) -> None:
    """Move the task's deadline to the day asked for, or to another one; what it was stays on record.

    All units of the task are told. Refused for a day that gives no more time than the task has by now, and to a
    district's office where units of others have a part.
    """
    task = extension.task
    lock(task)
    if by.has_perm("campaigns.extend_task", extension) and not by.has_perm("campaigns.extend_task", task):
        raise Refused(_("还有别处的单位承担这项任务，时限对各单位是同一个，请由市创建办批准延期。"), task)
    day = granted_due or extension.asked_due
    before = Task.objects.values_list("due_on", flat=True).get(pk=task.pk)
    task.due_on = before
    _decide(extension, "grant", by=by, note=note, seen_state=seen_state, granted_due=day)
    _refuse_day(task, day)
    task.due_on = day
    task.save(update_fields=["due_on"])
    keep_deadline(task, before=before, by=by)
    told = _("由%(before)s延至%(day)s。%(note)s")
    told = told % {"before": day_in_words(before) if before else _("未定"), "day": day_in_words(day), "note": note}
    _record(extension, "grant_extension", _("批准延期"), by=by, note=told)
    text = _("任务时限延至%(day)s：%(task)s") % {"day": day_in_words(day), "task": task}
    units = [part.unit for part in task.assignments.select_related("unit")]
    tell(liaisons_of(*units), text, url=task.get_absolute_url())


@transaction.atomic
def refuse_extension(extension: TaskExtension, *, by: Any, note: str, seen_state: str = "") -> None:
    """Keep the deadline, and say why; the unit is told."""
    lock(extension.task)
    _decide(extension, "refuse", by=by, note=note, seen_state=seen_state)
    _record(extension, "refuse_extension", _("不批准延期"), by=by, note=note)
    text = _("延期申请未批准：%(task)s。原因：%(note)s") % {"task": extension.task, "note": note}
    tell(liaisons_of(extension.unit), text, url=extension.task.get_absolute_url())


@transaction.atomic
def withdraw_extension(extension: TaskExtension, *, by: Any, seen_state: str = "") -> None:
    """The unit takes its request back; the office is told, for it may be reading it."""
    lock(extension.task)
    _decide(extension, "withdraw", by=by, seen_state=seen_state)
    _record(extension, "withdraw_extension", _("撤回延期申请"), by=by)
    text = _("%(unit)s撤回了延期申请：%(task)s") % {"unit": extension.unit, "task": extension.task}
    tell(office_of(extension.task.campaign.host), text, url=extension.task.get_absolute_url())


def _decide(extension: TaskExtension, move: str, *, by: Any, note: str = "", seen_state: str = "", **values: Any):
    decided: dict[str, Any] = {"decided_at": timezone.now(), "decided_by": by, "note": note, **values}
    TASK_EXTENSION.make(extension, move, by=by, seen_state=seen_state, **decided)


def _refuse_day(task: Task, day: date) -> None:
    if task.due_on and day <= task.due_on:
        told = _("延至的日期须晚于现在的时限%(due)s。") % {"due": day_in_words(task.due_on)}
        raise Refused(told, task)
    if day < timezone.localdate():
        raise Refused(_("延至的日期不能早于今天。"), task)
    # As a task is written: so late a deadline is more often a wrong year.
    if day > task.campaign.ends_on and task.starts_on is None:
        told = _("延至的日期晚于创建活动结束的%(day)s：请核对年份；确实更晚的，请创建办先填写任务的开始日期。")
        raise Refused(told % {"day": day_in_words(task.campaign.ends_on)}, task)


def _record(extension: TaskExtension, move: str, label: str, *, by: Any, note: str = "") -> None:
    part = extension.task.assignments.filter(unit=extension.unit).first()
    record(extension.task, move, label, by=by, assignment=part, note=note)
