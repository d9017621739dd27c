"""What a unit's successor takes over of tasks, duty and indicators, and what is open at a unit."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
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
)
from campaigns.open_lists import lists_of
from cityinit import audit
from cityinit.copying import write_from
from units.models import Unit, User
from units.succession import Listed, Open

from .group_succession import hand_on, take_over_groups
from .material_succession import open_materials, take_over_materials
from .patrols import succeed_member
from .rosters import succeed, succeed_hand
from .tasks import lock, record

DAY = timedelta(days=1)
STATES = list(Assignment.State)


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
        return lists_of(tasks, reverse("campaigns:tasks"), {**asked, "state": state})

    see, see_duty = "campaigns.see_task", "campaigns.see_register"
    duty_lists = lists_of(duty, reverse("campaigns:register", args=["duty"]), {**asked, "going_on": "on"})
    return [
        Open(_("未办结任务"), listed(issued, "running"), heads, partial(told, issued), see),
        Open(_("未下发任务"), listed(drafts, "draft"), heads, partial(told, drafts), see, True),
        Open(_("执勤安排"), duty_lists, kinds, duty_rows, see_duty),
        open_materials(unit, with_below=with_below),
    ]


def take_over(unit: Unit, *, into: Unit, by: Any, on: date) -> None:
    """Give every part in a task that is not concluded to the successor; what is concluded stays under the old name.

    Where both have a part in one task, the one that has come least far goes on and the other ends; log entries stay
    with the unit that wrote them.
    """
    parts = Assignment.objects.filter(unit=unit, task__state__in=Task.OPEN_STATES).select_related("task__lead_unit")
    shared = parts.filter(task__in=Assignment.objects.filter(unit=into).values("task"))
    for part in shared.order_by("task", "pk"):
        _take_over_part(part, unit, into=into, by=by, on=on)
    _take_over_parts(unit, into=into, by=by, on=on)
    goes_on = Q(ends_on=None) | Q(ends_on__gt=on)
    for row in DutyPost.objects.filter(goes_on, unit=unit):
        _split(row, unit, into=into, on=on)
    quotas = PatrolQuota.objects.filter(goes_on, unit=unit)
    FormerQuotaUnit.objects.bulk_create(FormerQuotaUnit(quota=quota, unit=unit, until=on) for quota in quotas)
    quotas.update(unit=into)
    for model in (PatrolMember, Absence):
        for person in model.objects.filter(goes_on, unit=unit):
            hand_on(person, into=into, on=on)
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
    """Ask the patrols and the turns for which somebody was named at the unit of the successor from the day after."""
    patrols = succeed_member(PatrolMember.objects.filter(user=before, unit=unit), on=on, user=after, name=after.name)
    posts = succeed_hand(before, after, unit=unit, by=by, on=on)
    if patrols or posts:
        detail = {_("接任"): str(after), _("单位"): unit.name, _("巡查定额"): patrols, _("执勤岗位"): posts}
        audit.record(_("交接巡查和值守"), by=by, subject=before, detail=detail)


def _take_over_parts(unit: Unit, *, into: Unit, by: Any, on: date) -> None:
    """What the successor had no part in, all at once: a unit that is merged in the autumn has hundreds of tasks."""
    open_parts = Assignment.objects.filter(unit=unit, task__state__in=Task.OPEN_STATES)
    tasks = sorted(open_parts.values_list("task", flat=True))
    list(Task.objects.select_for_update().filter(pk__in=tasks).order_by("pk").values_list("pk"))
    parts = open_parts.filter(task__in=tasks).order_by("task", "pk")
    keys = list(parts.values_list("pk", flat=True))
    past = {"is_lead": F("is_lead"), "joined_on": F("joined_on")}
    write_from(parts, PastAssignment, task=F("task"), unit=unit, successor=into, until=on, **past)
    for waiting in (Supervision.objects.running(), TaskExtension.objects.waiting()):
        there = waiting.filter(task=OuterRef("task"), unit=into)
        waiting.filter(task__in=tasks, unit=unit).exclude(Exists(there)).update(unit=into)
    Task.objects.filter(pk__in=tasks, lead_unit=unit).update(lead_unit=into)
    write_from(
        parts,
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
    Assignment.objects.filter(pk__in=keys).update(unit=into, joined_on=on + DAY)


def _take_over_part(part: Assignment, unit: Unit, *, into: Unit, by: Any, on: date) -> None:
    task = part.task
    lock(task)
    own = task.assignments.filter(unit=into).first()
    PastAssignment.objects.create(
        task=task, unit=unit, is_lead=part.is_lead, successor=into, joined_on=part.joined_on, until=on
    )
    leads = part.is_lead or bool(own and own.is_lead)
    if own:
        stays, goes = sorted((part, own), key=lambda one: STATES.index(Assignment.State(one.state)))
        goes.events.update(assignment=stays)
        goes.delete()
        part = stays
    # Recurring duty of the days before is not the successor's, unless it had a part of its own.
    joined_on = own.joined_on if own else on + DAY
    Assignment.objects.filter(pk=part.pk).update(unit=into, is_lead=leads, joined_on=joined_on)
    for waiting in (Supervision.objects.running(), TaskExtension.objects.waiting()):
        rows = waiting.filter(task=task)
        if not rows.filter(unit=into).exists():
            rows.filter(unit=unit).update(unit=into)
    if task.lead_unit_id == unit.pk:
        Task.objects.filter(pk=task.pk).update(lead_unit=into)
    part.unit = into
    note = _("%(unit)s并入%(into)s") % {"unit": unit, "into": into}
    record(task, "succeed", _("承接"), by=by, assignment=part, source=part.state, target=part.state, note=note)


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
