"""Work that units do for a task: logged, corrected, taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import quantities
from campaigns.models import Assignment, LogFile, Quantity, Task, WorkLogEntry
from cityinit.files import Given, keep, store
from cityinit.models import StoredFile
from cityinit.sent import refuse_stale, sent_before
from cityinit.workflow import Refused
from units.models import Unit
from units.notices import liaisons_of, tell

from .tasks import ask, lock, move_part, record

# Who answers for the whole record and not only for the own unit's.
OFFICE = "campaigns.confirm_task"
RUNNING = (Task.State.ISSUED, Task.State.AWAITING_CONFIRMATION)


def log_work(
    task: Task,
    *,
    unit: Unit,
    done_on: date,
    content: str,
    by: Any,
    kind: str = "",
    quantities_text: str = "",
    files: Iterable[Given] = (),
    is_highlight: bool = False,
    is_routine: bool = False,
    client_key: UUID | None = None,
) -> WorkLogEntry:
    """An entry of what the unit did; the unit's assignment is in progress from then on.

    The same `client_key` gives the entry that is already there. Refused for a task that is not worked on, for a unit
    that has no part in it, and for a day to come. ValidationError for quantities that cannot be read, NoRoom
    when the disk is full.
    """
    own = task.log_entries.filter(created_by=by)
    if there := sent_before(own, client_key):
        return there
    part = task.assignments.filter(unit=unit).select_related("unit", "task__campaign__host").first()
    if part is None:
        raise Refused(_("%(unit)s没有承担这项任务。") % {"unit": unit}, task)
    ask(by, "campaigns.log_work", part)
    _refuse_day_to_come(done_on, task)
    amounts = quantities.parse(quantities_text, on=done_on)
    kept = [keep(checked) for checked in files]
    try:
        with transaction.atomic():
            lock(task)
            if task.state not in RUNNING:
                raise Refused(_("任务目前是“%(state)s”，不能登记工作。") % {"state": task.get_state_display()}, task)
            entry = WorkLogEntry.objects.create(
                task=task,
                campaign=task.campaign,
                unit=unit,
                done_on=done_on,
                kind=kind,
                content=content,
                is_highlight=is_highlight,
                is_routine=is_routine,
                client_key=client_key,
                created_by=by,
            )
            write_quantities(entry, amounts)
            _attach(entry, kept, by=by)
            part.task = task
            _begin(part, by=by)
            record(task, "log_work", _("登记工作"), by=by, assignment=part, note=_gist(entry))
            if by not in (told := liaisons_of(unit)):
                text = _("%(who)s代%(unit)s登记了工作：%(task)s") % {"who": by, "unit": unit, "task": task}
                tell(told, text, url=entry.get_absolute_url())
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if there := sent_before(own, client_key):
            return there
        raise
    return entry


def keep_recurring(assignment: Assignment, *, by: Any, client_key: UUID | None = None) -> WorkLogEntry:
    """Recurring duty kept today, said by one tap; refused as `log_work` is, and for a task without a frequency."""
    task = assignment.task
    if not task.is_recurring:
        raise Refused(_("这项任务没有频次，请用“登记工作”写明做了什么。"), task)
    return log_work(
        task,
        unit=assignment.unit,
        done_on=timezone.localdate(),
        content=_("已按频次落实"),
        is_routine=True,
        by=by,
        client_key=client_key,
    )


def edit_entry(
    entry: WorkLogEntry,
    *,
    by: Any,
    done_on: date,
    content: str,
    kind: str = "",
    quantities_text: str = "",
    files: Iterable[Given] = (),
    removed_files: Iterable[StoredFile] = (),
    is_highlight: bool = False,
    seen: str = "",
) -> None:
    """Correct an entry; refused to all but its author and the office, and once the task is confirmed.

    `seen` is the mark of the entry the form was drawn from: refused when somebody has changed it since.
    """
    _ask_to_change(entry, by)
    _refuse_day_to_come(done_on, entry)
    amounts = quantities.parse(quantities_text, on=done_on)
    kept = [keep(checked) for checked in files]
    with transaction.atomic():
        _refuse_closed(entry)
        refuse_stale(entry, seen=seen, now=WorkLogEntry.objects.get(pk=entry.pk).mark)
        # With words of its own it is an entry like any other.
        entry.is_routine = entry.is_routine and content == entry.content
        entry.done_on, entry.content, entry.kind, entry.is_highlight = done_on, content, kind, is_highlight
        entry.save(update_fields=["done_on", "content", "kind", "is_highlight", "is_routine"])
        entry.quantities.all().delete()
        write_quantities(entry, amounts)
        entry.attachments.filter(file__in=list(removed_files)).delete()
        _attach(entry, kept, by=by)
        record(entry.task, "edit_entry", _("修改工作记录"), by=by, assignment=_part(entry), note=_gist(entry))
        _tell_author(entry, by, _("%(who)s修改了您的工作记录：%(gist)s"), url=entry.get_absolute_url())


@transaction.atomic
def delete_entry(entry: WorkLogEntry, *, by: Any) -> None:
    """Take an entry back for good; refused to all but its author and the office, and once the task is confirmed."""
    _ask_to_change(entry, by)
    _refuse_closed(entry)
    record(entry.task, "delete_entry", _("删除工作记录"), by=by, assignment=_part(entry), note=_gist(entry))
    _tell_author(entry, by, _("%(who)s删除了您的工作记录：%(gist)s"), url=entry.task.get_absolute_url())
    entry.delete()


def change_refusal(entry: WorkLogEntry, by: Any) -> str | None:
    """Say why `by` may not correct the entry now, or return None."""
    own = entry.created_by_id == by.pk and by.has_perm("campaigns.log_work", entry)
    if not own and not by.has_perm(OFFICE, entry):
        return _("只有登记人和创建办可以改动这条工作记录。")
    if entry.task.state not in RUNNING:
        return _("任务已是“%(state)s”，工作记录不能再改动。") % {"state": entry.task.get_state_display()}
    return None


def _ask_to_change(entry: WorkLogEntry, by: Any) -> None:
    if reason := change_refusal(entry, by):
        raise Refused(reason, entry)


def _refuse_closed(entry: WorkLogEntry) -> None:
    lock(entry.task)
    if not WorkLogEntry.objects.filter(pk=entry.pk).exists():
        raise Refused(_("这条工作记录刚刚被别人删除了。"), entry.task)
    if entry.task.state not in RUNNING:
        reason = _("任务已是“%(state)s”，工作记录不能再改动。") % {"state": entry.task.get_state_display()}
        raise Refused(reason, entry)


def _refuse_day_to_come(day: date, obj: Any) -> None:
    if day > timezone.localdate():
        raise Refused(_("工作日期不能晚于今天。"), obj)


def _begin(part: Assignment, *, by: Any) -> None:
    """Whoever logs the own unit's work has read the task; logged by the office, an unread one stays unread."""
    if part.task.state != Task.State.ISSUED:
        return
    if part.state == Assignment.State.UNREAD and by.has_perm("campaigns.acknowledge_task", part):
        move_part(part, "acknowledge", by=by, acknowledged_at=timezone.now())
    if part.state == Assignment.State.ACKNOWLEDGED:
        move_part(part, "start", by=by)


def write_quantities(entry: WorkLogEntry, amounts: list[quantities.Quantity]) -> None:
    """Give an entry the quantities that were read for it, in their order."""
    Quantity.objects.bulk_create(quantities_of(entry, amounts))


def quantities_of(entry: WorkLogEntry, amounts: list[quantities.Quantity]) -> list[Quantity]:
    """The rows that `write_quantities` writes, for who writes those of many entries at once."""
    return [
        Quantity(
            entry=entry,
            label=amount.label,
            value=amount.value,
            qualifier=amount.qualifier,
            measure=amount.measure,
            canonical_measure=amount.canonical,
            kind=amount.kind,
            text=amount.told,
            position=place,
        )
        for place, amount in enumerate(amounts)
    ]


def _attach(entry: WorkLogEntry, kept: Iterable[Given], *, by: Any) -> None:
    LogFile.objects.bulk_create([LogFile(entry=entry, file=store(checked, by=by)) for checked in kept])


def _part(entry: WorkLogEntry) -> Assignment | None:
    return Assignment.objects.filter(task=entry.task_id, unit=entry.unit_id).first()


def _gist(entry: WorkLogEntry) -> str:
    return f"{entry.done_on} {entry.unit}：{entry.content[:60]}"


def _tell_author(entry: WorkLogEntry, by: Any, text: str, *, url: str) -> None:
    if entry.created_by and entry.created_by != by:
        tell([entry.created_by], text % {"who": by, "gist": _gist(entry)}, url=url)
