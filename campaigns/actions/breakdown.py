"""Breaking down many tasks at once: lines under an indicator, and bulk changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from campaigns.ancestry import lock_trees
from campaigns.codes import Codes
from campaigns.models import Campaign, Indicator, Task, Workstream
from cityinit.workflow import Refused
from units.models import Unit

from .tasks import Bulk, ask, break_down, edit_task, lock

PERMISSION = "campaigns.break_down_task"


@dataclass(frozen=True)
class TaskLine:
    """A task as it is typed on one line."""

    name: str
    lead_unit: Unit
    units: Sequence[Unit] = ()
    requirement: str = ""
    starts_on: date | None = None
    due_on: date | None = None
    target: Decimal | None = None
    measure: str = ""
    frequency: str = ""
    client_key: UUID | None = None
    # Of a part of a split task: which of the lower tasks it takes along.
    below: Sequence[Task] = ()

    def values(self) -> dict[str, Any]:
        names = ("name", "lead_unit", "units", "requirement", "starts_on", "due_on", "target", "measure", "frequency")
        return {name: getattr(self, name) for name in names}


@transaction.atomic
def break_down_lines(
    campaign: Campaign,
    lines: Iterable[TaskLine],
    *,
    indicator: Indicator | None = None,
    workstreams: Iterable[Workstream] = (),
    by: Any,
) -> list[Task]:
    """A draft for each line, all of them or none, with numbers given one after the other.

    A line sent twice gives the task that is already there. Refused as `break_down` is.
    """
    ask(by, PERMISSION, campaign)
    lock_trees(campaign)
    codes = Codes.of(campaign)
    streams = list(workstreams)
    made = []
    for line in lines:
        there = Task.objects.of(campaign).filter(client_key=line.client_key) if line.client_key else Task.objects.none()
        made.append(
            there.first()
            or break_down(
                campaign,
                by=by,
                code=codes.next(indicator),
                indicator=indicator,
                workstreams=streams,
                client_key=line.client_key,
                **line.values(),
            )
        )
    return made


def change_many(
    tasks: Iterable[Task],
    *,
    by: Any,
    due_on: date | None = None,
    lead_unit: Unit | None = None,
    tells: bool = True,
) -> Bulk:
    """Set what is given for each task; each refusal is kept with its task and stops none of the others.

    A lead that comes new takes the place of the old one, who stays as a responsible unit. Without `tells` the
    caller tells the units.
    """
    bulk = Bulk()
    for task in tasks:
        try:
            matters = _change(task, by=by, due_on=due_on, lead_unit=lead_unit, tells=tells)
        except Refused as refusal:
            bulk.refused.append((task, refusal.reason))
        else:
            bulk.done.append(task)
            if matters and not tells:
                bulk.untold.append(task)
    return bulk


@transaction.atomic
def _change(task: Task, *, by: Any, due_on: date | None, lead_unit: Unit | None, tells: bool) -> bool:
    lock_trees(task.campaign)
    lock(task)
    # Not what the list was drawn from: somebody else may have changed the task since.
    now = as_it_stands([task.pk])[0]
    values = {name: getattr(now, name) for name in Task.WRITTEN}
    units = [part.unit for part in now.assignments.all() if not part.is_lead]
    if lead_unit and lead_unit != now.lead_unit:
        units = [unit for unit in [now.lead_unit, *units] if unit != lead_unit]
        values["lead_unit"] = lead_unit
    if due_on:
        values["due_on"] = due_on
    return edit_task(now, by=by, units=units, workstreams=list(now.workstreams.all()), tells=tells, **values)


def as_it_stands(keys: Sequence[int]) -> list[Task]:
    """These tasks, in this order, with all that an edit writes again."""
    rows = Task.objects.select_related("campaign__host", "lead_unit", "parent", "indicator")
    found = rows.prefetch_related("assignments__unit", "workstreams").in_bulk(keys)
    return [found[key] for key in keys if key in found]
