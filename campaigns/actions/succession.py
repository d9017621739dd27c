"""What a unit's successor takes over of tasks, duty and indicators, and what is open at a unit."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import (
    Absence,
    AssessmentSystem,
    Assignment,
    DutyPost,
    FormerCharge,
    FormerQuotaUnit,
    Grid,
    Indicator,
    PastAssignment,
    PatrolMember,
    PatrolQuota,
    Standard,
    Supervision,
    Task,
    TaskEvent,
    TaskExtension,
    WorkLogEntry,
)
from campaigns.open_lists import lists_of
from cityinit import audit
from cityinit.addresses import address
from cityinit.copying import write_from
from units.models import Unit, User
from units.notices import liaisons_of, office_of, tell
from units.succession import Later, Listed, Open

from .group_succession import hand_on, take_over_groups
from .material_succession import open_materials, take_over_materials
from .patrols import succeed_member
from .rosters import succeed, succeed_hand, succeed_unit
from .tasks import lock, record, settle

DAY = timedelta(days=1)
STATES = list(Assignment.State)
# So many tasks are named in the notice to the successor's liaisons; the rest are counted.
OWED_NAMED = 5


def open_work(unit: Unit, *, with_below: bool = False) -> list[Open]:
    """Parts in tasks that are not concluded, those of drafts apart, and duty that goes on."""
    where = {"unit__path__startswith": unit.path} if with_below else {"unit": unit}
    parts = Assignment.objects.filter(**where).select_related("unit").order_by("unit__path")
    tasks = Task.objects.filter(pk__in=parts.order_by().values("task"))
    issued, drafts = tasks.running(), tasks.filter(state=Task.State.DRAFT)
    duty = DutyPost.objects.filter(**where).going_on(after=timezone.localdate())

    def told(tasks: QuerySet[Any], most: int) -> list[tuple[str, ...]]:
        """A task is one line, as in the list, whichever of the units have a part in it."""
        rows = tasks.order_by("due_on", "position", "pk")[:most]
        return [
            (
                task.code,
                task.name,
                "、".join(str(part.unit) for part in task.held),
                str(task.due_on or ""),
                "、".join(dict.fromkeys(str(part.get_state_display()) for part in task.held)),
                task.get_absolute_url(),
            )
            for task in rows.prefetch_related(Prefetch("assignments", parts, to_attr="held"))
        ]

    def duty_rows(most: int) -> list[tuple[str, ...]]:
        return [
            (row.get_kind_display(), row.name, str(row.unit), row.shifts, row.leader, "")
            for row in duty.select_related("unit")[:most]
        ]

    heads = (str(_("编号")), str(_("任务")), str(_("单位")), str(_("完成时限")), str(_("办理")))
    kinds = (str(_("类型")), str(_("名称")), str(_("单位")), str(_("班次频次")), str(_("带队领导")))
    asked = {"unit": unit.pk, **({"below": "on"} if with_below else {})}

    def listed(tasks: QuerySet[Task], state: str) -> tuple[Listed, ...]:
        return lists_of(tasks, address("campaigns:tasks"), {**asked, "state": state})

    see, see_duty = "campaigns.see_task", "campaigns.see_register"
    duty_lists = lists_of(duty, reverse("campaigns:register", args=["duty"]), {**asked, "going_on": "on"})
    return [
        Open(_("未办结任务"), listed(issued, "running"), heads, partial(told, issued), see),
        Open(_("未下发任务"), listed(drafts, "draft"), heads, partial(told, drafts), see, True),
        Open(_("执勤安排"), duty_lists, kinds, duty_rows, see_duty),
        open_materials(unit, with_below=with_below),
    ]


def written_after(unit: Unit, *, on: date) -> list[Later]:
    """The unit's log entries of the days after `on`: they stay with it when that was its last."""
    entries = WorkLogEntry.objects.filter(unit=unit, done_on__gt=on)
    latest = entries.aggregate(latest=Max("done_on"))["latest"]
    if latest is None:
        return []
    asked = {"unit": unit.pk, "first": on + DAY, "each": "on"}
    lists = lists_of(entries, address("campaigns:log"), asked)
    return [Later(_("工作记录"), lists, "campaigns.see_task", latest)]


def take_over(unit: Unit, *, into: Unit, by: Any, on: date) -> None:
    """Give every part in a task that is not concluded to the successor; what is concluded stays under the old name.

    Where both have a part in one task, the successor's goes on from where the two had come, and its liaisons are told
    of what the other still owed; log entries stay with the unit that wrote them.
    """
    parts = Assignment.objects.filter(unit=unit, task__state__in=Task.OPEN_STATES).select_related("task__lead_unit")
    shared = parts.filter(task__in=Assignment.objects.filter(unit=into).values("task")).order_by("task", "pk")
    owed = [part.task for part in shared if _take_over_part(part, unit, into=into, by=by, on=on)]
    _tell_of_owed(owed, unit, into=into)
    _take_over_parts(unit, into=into, by=by, on=on)
    goes_on = Q(ends_on=None) | Q(ends_on__gt=on)
    # Before the rosters, which ask who is away.
    for model in (PatrolMember, Absence):
        for person in model.objects.filter(goes_on, unit=unit):
            hand_on(person, into=into, on=on)
    for row in DutyPost.objects.filter(goes_on, unit=unit):
        _split(row, unit, into=into, on=on)
    succeed_unit(unit, into=into, by=by, on=on)
    quotas = PatrolQuota.objects.filter(goes_on, unit=unit)
    FormerQuotaUnit.objects.bulk_create(FormerQuotaUnit(quota=quota, unit=unit, until=on) for quota in quotas)
    quotas.update(unit=into)
    take_over_materials(unit, into=into, by=by, on=on)
    take_over_groups(unit, into=into, on=on)
    Grid.objects.filter(unit=unit).update(unit=into)
    # A version that is over goes on saying who answered for it.
    ended = AssessmentSystem.State.SUPERSEDED
    indicators = Indicator.objects.exclude(system__state=ended).filter(units=unit)
    standards = Standard.objects.exclude(indicator__system__state=ended).filter(units=unit)
    FormerCharge.objects.bulk_create(
        FormerCharge(indicator=one, unit=unit, successor=into, was_beside=into in one.units.all(), until=on)
        for one in indicators.prefetch_related("units")
    )
    _take_over_charges(Indicator.units.through, "indicator", indicators, unit, into=into)
    _take_over_charges(Standard.units.through, "standard", standards, unit, into=into)


def _take_over_charges(through: Any, name: str, nodes: QuerySet[Any], unit: Unit, *, into: Unit) -> None:
    """Who answers for these nodes; where the successor does already, nothing is left to be given."""
    charges = through.objects.filter(**{f"{name}__in": list(nodes.values_list("pk", flat=True))})
    beside = list(charges.filter(unit=into).values_list(name, flat=True))
    charges.filter(unit=unit, **{f"{name}__in": beside}).delete()
    charges.filter(unit=unit).update(unit=into)


def hand_over(before: User, after: User, *, unit: Unit, by: Any, on: date) -> None:
    """Ask the patrols and the turns for which somebody was named at the unit of the successor from the day after.

    Where the successor is named already, perhaps for another unit, the office is told that one fewer is asked.
    """
    members = PatrolMember.objects.filter(user=before, unit=unit).select_related("quota__campaign__host")
    patrols, walked = succeed_member(members, on=on, user=after, name=after.name)
    posts, stood = succeed_hand(before, after, unit=unit, by=by, on=on)
    if patrols or posts:
        detail = {_("接任"): str(after), _("单位"): unit.name, _("巡查定额"): patrols, _("执勤岗位"): posts}
        audit.record(_("交接巡查和值守"), by=by, subject=before, detail=detail)
    said = {"after": after, "before": before, "unit": unit, "day": on + DAY}
    text = _(
        "%(after)s接任%(before)s，本来就在“%(of)s”的人员里，不重复安排：从%(day)s起%(unit)s少一人。"
        "需要的请另行指定人员。"
    )
    for member in walked:
        url = reverse("campaigns:quota_members", args=[member.quota_id])
        tell(office_of(member.quota.campaign.host), text % {**said, "of": member.quota}, url=url)
    for hand in stood:
        url = reverse("campaigns:duty_post", args=[hand.duty_id])
        tell(office_of(hand.duty.campaign.host), text % {**said, "of": hand.duty}, url=url)


def _take_over_parts(unit: Unit, *, into: Unit, by: Any, on: date) -> None:
    """What the successor had no part in, all at once: a unit that is merged in the autumn has hundreds of tasks."""
    open_parts = Assignment.objects.filter(unit=unit, task__state__in=Task.OPEN_STATES)
    tasks = sorted(open_parts.values_list("task", flat=True))
    list(Task.objects.select_for_update(no_key=True).filter(pk__in=tasks).order_by("pk").values_list("pk"))
    parts = open_parts.filter(task__in=tasks).order_by("task", "pk")
    kept = {name: F(name) for name in ("task", "is_lead")}
    past = {"part_key": F("pk"), "unit": unit, "successor": into, "joined_on": F("joined_on"), "until": on}
    write_from(parts, PastAssignment, **kept, **past)
    # Rows of its own: the key of a part never becomes another unit's.
    kept |= {name: F(name) for name in ("state", "acknowledged_at", "reported_done_at", "nudged_at")}
    write_from(parts, Assignment, **kept, unit=into, joined_on=on + DAY)
    taken = Assignment.objects.filter(unit=into, task__in=tasks)
    stays = taken.filter(task=OuterRef("task")).values("pk")[:1]
    TaskEvent.objects.filter(assignment__in=parts.order_by()).update(assignment=Subquery(stays))
    parts.order_by().delete()
    for waiting in (Supervision.objects.running(), TaskExtension.objects.waiting()):
        there = waiting.filter(task=OuterRef("task"), unit=into)
        waiting.filter(task__in=tasks, unit=unit).exclude(Exists(there)).update(unit=into)
    Task.objects.filter(pk__in=tasks, lead_unit=unit).update(lead_unit=into)
    write_from(
        taken.order_by("task", "pk"),
        TaskEvent,
        task=F("task"),
        assignment=F("pk"),
        unit=into,
        move="succeed",
        label=_("承接"),
        source=F("state"),
        target=F("state"),
        note=_("%(unit)s并入%(into)s") % {"unit": unit, "into": into},
        by=by,
    )


def _take_over_part(part: Assignment, unit: Unit, *, into: Unit, by: Any, on: date) -> bool:
    """End a part where the successor has one, which goes on; whether anything was owed that it takes on."""
    task = part.task
    lock(task)
    stays = task.assignments.filter(unit=into).first()
    if stays is None:
        # Taken out a moment ago: what is left is handed on with the others.
        return False
    PastAssignment.objects.create(
        part_key=part.pk,
        task=task,
        unit=unit,
        is_lead=part.is_lead,
        successor=into,
        joined_on=part.joined_on,
        until=on,
    )
    before, stays.state = stays.state, _come_so_far(part, stays)
    stays.is_lead = stays.is_lead or part.is_lead
    stays.acknowledged_at = stays.acknowledged_at or part.acknowledged_at
    if stays.state == Assignment.State.REPORTED_DONE:
        stays.reported_done_at = stays.reported_done_at or part.reported_done_at
    stays.nudged_at = max((at for at in (stays.nudged_at, part.nudged_at) if at), default=None)
    stays.save()
    part.events.update(assignment=stays)
    part.delete()
    for waiting in (Supervision.objects.running(), TaskExtension.objects.waiting()):
        rows = waiting.filter(task=task)
        if not rows.filter(unit=into).exists():
            rows.filter(unit=unit).update(unit=into)
    if task.lead_unit_id == unit.pk:
        Task.objects.filter(pk=task.pk).update(lead_unit=into)
    is_owed = part.state != Assignment.State.REPORTED_DONE and task.state != Task.State.DRAFT
    said = {"unit": unit, "into": into, "state": part.get_state_display()}
    note = _("%(unit)s并入%(into)s") % said
    if task.state != Task.State.DRAFT:
        note = _("%(unit)s并入%(into)s，%(unit)s原为“%(state)s”") % said
    if is_owed:
        note = _("%(unit)s并入%(into)s，%(unit)s原为“%(state)s”，没有办完的由%(into)s继续办理") % said
    record(task, "succeed", _("承接"), by=by, assignment=stays, source=before, target=stays.state, note=note)
    settle(task)
    return is_owed


def _come_so_far(part: Assignment, own: Assignment) -> str:
    """How far the work is that the successor goes on with: never less far than its own.

    A report that a part is done speaks for the unit that gave it: of what the successor had not reported it is at work.
    """
    of_part, of_own = (STATES.index(Assignment.State(one.state)) for one in (part, own))
    working = STATES.index(Assignment.State.IN_PROGRESS)
    return STATES[max(of_own, min(of_part, working))]


def _tell_of_owed(tasks: list[Task], unit: Unit, *, into: Unit) -> None:
    if not tasks:
        return
    named = "、".join(str(task) for task in tasks[:OWED_NAMED])
    more = _("等%(n)s项") % {"n": len(tasks)} if len(tasks) > OWED_NAMED else ""
    text = _("%(unit)s和你们同在的任务，它没有办完的部分由你们继续办理，你们自己的办理进度保留：%(tasks)s。")
    said = text % {"unit": unit, "tasks": f"{named}{more}"}
    url = tasks[0].get_absolute_url() if len(tasks) == 1 else address("campaigns:week")
    tell(liaisons_of(into), said, url=url)


def _split(row: DutyPost, unit: Unit, *, into: Unit, on: date) -> None:
    """End the arrangement under the old unit, and begin it anew under the successor the day after."""
    ends_on, former = row.ends_on, row.pk
    DutyPost.objects.filter(pk=row.pk).update(ends_on=max(on, row.starts_on) if row.starts_on else on)
    row.pk, row.client_key = None, None
    row.unit, row.starts_on, row.ends_on = into, on + DAY, ends_on
    row._state.adding = True
    row.save()
    DutyPost.objects.filter(pk=former).update(continued=row)
    succeed(former, row, closed=unit, on=on)
