"""Campaigns, tasks and log entries, each brought to its state by real moves."""

from datetime import date, timedelta
from itertools import count

from django.utils import timezone

from campaigns.actions import extensions, supervision
from campaigns.actions import tasks as actions
from campaigns.actions.log import log_work
from campaigns.models import Assignment, Campaign, Supervision, Task, TaskExtension

NUMBERS = count(1)

# So much more time is asked for.
MOST_MORE = timedelta(days=14)


def campaign(city, name="", **values):
    """清水市's campaign over 2026; the name is made from the host's unless one is given."""
    values = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31), "short_name": "创文", **values}
    return Campaign.objects.create(name=name or f"{city.host}创建全国文明城市", host=city.host, **values)


def draft(campaign, city, *, units=None, **values):
    """A draft that the coordinator broke down, led by 城管局 with 公安局 beside it unless told otherwise."""
    number = next(NUMBERS)
    values = {"code": f"T{number}", "name": f"整治占道经营（{number}）", "lead_unit": city.bureau, **values}
    # Days that are counted from today lie within the campaign's year only for as long as it lasts.
    if values.get("due_on") and timezone.localdate() + 2 * MOST_MORE > campaign.ends_on:
        values.setdefault("starts_on", campaign.starts_on)
    return actions.break_down(campaign, by=city.coordinator, units=[city.police] if units is None else units, **values)


def issued(campaign, city, **values):
    task = draft(campaign, city, **values)
    actions.issue(task, by=city.coordinator)
    return fresh(task)


def part(task, unit):
    """The unit's assignment as the database has it now."""
    return task.assignments.select_related("unit", "task__campaign__host").get(unit=unit)


def acknowledged(campaign, city, **values):
    """Issued, and acknowledged by the lead's liaison."""
    task = issued(campaign, city, **values)
    actions.acknowledge(part(task, city.bureau), by=city.liaison)
    return fresh(task)


def in_progress(campaign, city, **values):
    """Acknowledged, and the lead has logged work."""
    task = acknowledged(campaign, city, **values)
    entry(task, city)
    return fresh(task)


def entry(task, city, *, unit=None, by=None, **values):
    values = {"done_on": date(2026, 3, 5), "content": "清理占道摊点", "quantities_text": "清理摊点=12处", **values}
    return log_work(task, unit=unit or city.bureau, by=by or city.liaison, **values)


def awaiting(campaign, city, **values):
    """Every unit has worked and reported."""
    task = issued(campaign, city, **values)
    for assignment in task.assignments.select_related("unit"):
        by = {city.bureau: city.liaison, city.police: city.other_liaison}.get(assignment.unit, city.street_liaison)
        entry(task, city, unit=assignment.unit, by=by)
        actions.report_done(part(task, assignment.unit), by=by)
    return fresh(task)


def confirmed(campaign, city, **values):
    task = awaiting(campaign, city, **values)
    actions.confirm(task, by=city.coordinator)
    return fresh(task)


def cancelled(campaign, city, **values):
    task = issued(campaign, city, **values)
    actions.cancel(task, by=city.coordinator, note="任务合并")
    return fresh(task)


REACHING = {
    Task.State.DRAFT: draft,
    Task.State.ISSUED: issued,
    Task.State.AWAITING_CONFIRMATION: awaiting,
    Task.State.CONFIRMED: confirmed,
    Task.State.CANCELLED: cancelled,
}


def task_at(campaign, city, state, **values):
    """A task in that state."""
    return REACHING[state](campaign, city, **values)


def fresh(task):
    return Task.objects.select_related("campaign__host", "lead_unit").get(pk=task.pk)


def reported(campaign, city, **values):
    """The lead has reported its part done; 公安局 has not."""
    task = in_progress(campaign, city, **values)
    actions.report_done(part(task, city.bureau), by=city.liaison)
    return fresh(task)


PART_REACHING = {
    Assignment.State.UNREAD: issued,
    Assignment.State.ACKNOWLEDGED: acknowledged,
    Assignment.State.IN_PROGRESS: in_progress,
    Assignment.State.REPORTED_DONE: reported,
}


def part_at(campaign, city, state, **values):
    """The lead's assignment in that state, within a task that is issued."""
    return part(PART_REACHING[state](campaign, city, **values), city.bureau)


def asked(task, city, *, unit=None, by=None, **values):
    """A request of 城管局 for two weeks more."""
    due = task.due_on or timezone.localdate()
    values = {"reason": "连续降雨，施工受阻", "until": max(due, timezone.localdate()) + MOST_MORE, **values}
    return extensions.ask_extension(part(task, unit or city.bureau), by=by or city.liaison, **values)


def extension_at(campaign, city, state):
    """A request in that state, for a task that is due in a week."""
    task = issued(campaign, city, due_on=timezone.localdate() + timedelta(days=7))
    found = asked(task, city)
    match state:
        case TaskExtension.State.GRANTED:
            extensions.grant_extension(found, by=city.coordinator)
        case TaskExtension.State.REFUSED:
            extensions.refuse_extension(found, by=city.coordinator, note="工期足够")
        case TaskExtension.State.WITHDRAWN:
            extensions.withdraw_extension(found, by=city.liaison)
    return TaskExtension.objects.for_list().get(pk=found.pk)


def supervised(task, city, *, units=None, **values):
    """The supervision of 城管局's part, or those of several units' parts."""
    values = {
        "reason": "请克服困难，尽快完成整治",
        "answer_by": timezone.localdate() + timedelta(days=5),
        "signer": "周明",
        "signature": city.office.name,
        **values,
    }
    parts = [part(task, unit) for unit in units or [city.bureau]]
    result = supervision.supervise(parts, by=city.coordinator, **values)
    assert not result.refused, result.refused
    return result.done if units else result.done[0]


def supervision_at(campaign, city, state):
    """A supervision of 城管局 in that state, of a task that is late."""
    found = supervised(issued(campaign, city, due_on=timezone.localdate() - timedelta(days=3)), city)
    if state != Supervision.State.OPEN:
        supervision.answer_supervision(found, by=city.liaison, answer="已增派人员，月底前完成")
    if state == Supervision.State.LIFTED:
        supervision.lift_supervision(found, by=city.coordinator, note="已见成效")
    return Supervision.objects.for_list().get(pk=found.pk)
