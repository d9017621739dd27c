"""What a meeting decided: written down item by item, made a task, or settled without one."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Decision, Instruction, Meeting, Task
from campaigns.models.decision import NOT_DECIDING, items_of
from cityinit import audit
from cityinit.sent import refuse_stale, sent_before
from cityinit.workflow import Refused
from units.models import Unit

from .tasks import ask, break_down, record

CHANGE = "campaigns.change_register"


def take_items(meeting: Meeting) -> None:
    """Make the rows say what the meeting's text says, once: what is worked on already is left alone.

    An item gone from the text goes as a row too, unless somebody has made something of it.
    """
    if NOT_DECIDING.search(meeting.kind) and not meeting.decided.exists():
        return
    wanted = items_of(meeting.decisions)
    there = {row.content: row for row in meeting.decided.all()}
    for content, row in there.items():
        if content not in wanted and not (row.task_id or row.settled_on or row.unit_id or row.due_on):
            row.delete()
    for place, content in enumerate(wanted):
        if content not in there:
            Decision.objects.create(campaign=meeting.campaign, meeting=meeting, content=content, position=place)


def take_all_items(campaign: Campaign) -> None:
    """The same for every meeting of a campaign, after an import; in a fixed number of queries where nothing is new."""
    meetings = Meeting.objects.of(campaign).exclude(decisions="").prefetch_related("decided")
    missing = []
    for meeting in meetings:
        there = {row.content for row in meeting.decided.all()}
        wanted = [] if NOT_DECIDING.search(meeting.kind) else items_of(meeting.decisions)
        if there and there != set(wanted):
            take_items(meeting)
        elif not there:
            missing += [
                Decision(campaign=campaign, meeting=meeting, content=content, position=place)
                for place, content in enumerate(wanted)
            ]
    Decision.objects.bulk_create(missing, batch_size=500)


def add_decision(
    meeting: Meeting,
    *,
    by: Any,
    content: str,
    unit: Unit | None = None,
    due_on: date | None = None,
    client_key: UUID | None = None,
) -> Decision:
    """One more decision of the meeting; its text says it too. The same `client_key` gives the one that is there."""
    ask(by, CHANGE, meeting)
    own = meeting.decided.all()
    if there := sent_before(own, client_key):
        return there
    try:
        with transaction.atomic():
            _lock(meeting)
            last = meeting.decided.aggregate(last=Max("position"))["last"]
            made = Decision.objects.create(
                campaign=meeting.campaign,
                meeting=meeting,
                content=content,
                unit=unit,
                due_on=due_on,
                position=0 if last is None else last + 1,
                client_key=client_key,
            )
            said = "；".join(filter(None, (meeting.decisions.rstrip("；。; \n"), content)))
            _write_text(meeting, meeting.decisions if content in items_of(meeting.decisions) else said)
            audit.record(_("新增议定事项"), by=by, subject=f"{meeting}：{made}", detail={"pk": made.pk})
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if there := sent_before(own, client_key):
            return there
        raise
    return made


@transaction.atomic
def change_decision(
    decision: Decision,
    *,
    by: Any,
    content: str,
    unit: Unit | None = None,
    due_on: date | None = None,
    seen: str = "",
) -> None:
    """Correct what was written; the meeting's text follows. Refused when somebody changed it since."""
    ask(by, CHANGE, decision)
    _lock(decision.meeting)
    kept = _locked(decision)
    refuse_stale(decision, seen=seen, now=kept.mark)
    if content != kept.content:
        text = decision.meeting.decisions
        _write_text(decision.meeting, text.replace(kept.content, content) if kept.content in text else text)
    Decision.objects.filter(pk=decision.pk).update(content=content, unit=unit, due_on=due_on)
    audit.record(_("修改议定事项"), by=by, subject=f"{decision.meeting}：{content}", detail={"pk": decision.pk})


@transaction.atomic
def settle(decision: Decision, *, by: Any, settled_on: date, outcome: str, seen: str = "") -> None:
    """It is carried out without a task of its own; refused where one was made of it, and for a day to come."""
    ask(by, CHANGE, decision)
    kept = _locked(decision)
    refuse_stale(decision, seen=seen, now=kept.mark)
    if kept.task_id:
        raise Refused(_("这一项已立为任务，落实情况看任务的办理。"), decision)
    if settled_on > timezone.localdate():
        raise Refused(_("落实日期不能晚于今天。"), decision)
    held_on = decision.meeting.held_on
    if held_on and settled_on < held_on:
        raise Refused(_("落实日期不能早于会议日期%(day)s。") % {"day": held_on}, decision)
    Decision.objects.filter(pk=decision.pk).update(settled_on=settled_on, outcome=outcome)
    audit.record(_("落实议定事项"), by=by, subject=f"{decision.meeting}：{decision}", detail={"pk": decision.pk})


@transaction.atomic
def delete_decision(decision: Decision, *, by: Any) -> None:
    """Take back what was written by mistake; refused once a task was made of it."""
    ask(by, CHANGE, decision)
    _lock(decision.meeting)
    kept = _locked(decision)
    if kept.task_id:
        raise Refused(_("这一项已立为任务，不能删除。请先终止任务。"), decision)
    meeting = decision.meeting
    left = [item for item in items_of(meeting.decisions) if item != kept.content]
    if len(left) < len(items_of(meeting.decisions)):
        _write_text(meeting, "；".join(left))
    audit.record(_("删除议定事项"), by=by, subject=f"{meeting}：{decision}", detail={"pk": decision.pk})
    decision.delete()


@transaction.atomic
def make_task(origin: Decision | Instruction, *, by: Any, client_key: UUID | None = None, **values: Any) -> Task:
    """Break the decision or instruction down into a task that knows where it comes from.

    Refused where a task was made of it already; the same `client_key` gives that very task. Else as `break_down`.
    """
    kept = type(origin).objects.select_for_update(of=("self",), no_key=True).filter(pk=origin.pk).first()
    if kept is None:
        raise Refused(_("这一项刚刚被别人删除了。"))
    if kept.task:
        if client_key and kept.task.client_key == client_key:
            return kept.task
        raise Refused(_("这一项已立为任务“%(task)s”，不用再立。") % {"task": kept.task}, kept.task)
    task = break_down(origin.campaign, by=by, client_key=client_key, **values)
    written: dict[str, Any] = {"task": task}
    if isinstance(origin, Decision):
        written |= {"tasked_on": timezone.localdate()}
        note = f"{origin.meeting}：{origin.content}"
    else:
        note = f"{origin.leader}：{origin.content}"
    type(origin).objects.filter(pk=origin.pk).update(**written)
    record(task, "originate", str(origin._meta.verbose_name), by=by, source=task.state, target=task.state, note=note)
    return task


def _lock(meeting: Meeting) -> None:
    """Let one person at a time write what the meeting decided, and go on from its text as it stands now."""
    now = (
        Meeting.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=meeting.pk)
        .values_list("decisions", flat=True)
    )
    if not (found := list(now)):
        raise Refused(_("这次会议刚刚被别人删除了。"))
    meeting.decisions = found[0]


def _locked(decision: Decision) -> Decision:
    # Not joined with the task: who waited for the lock would be shown the row anew, and the joined one as it was.
    kept = Decision.objects.select_for_update(no_key=True).filter(pk=decision.pk).first()
    if kept is None:
        raise Refused(_("这一项刚刚被别人删除了。"), decision.meeting)
    return kept


def _write_text(meeting: Meeting, text: str) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(decisions=text)
    meeting.decisions = text
