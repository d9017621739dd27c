"""What the office does with the schemes of workstreams: their order, and which tasks stand where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.ancestry import lock_trees
from campaigns.models import Campaign, Task, TaskEvent, Workstream
from cityinit import audit
from cityinit.workflow import Refused

from .tasks import ask


@transaction.atomic
def place_tasks(
    campaign: Campaign,
    tasks: Iterable[Task],
    *,
    into: Workstream | None = None,
    out_of: Workstream | None = None,
    by: Any,
) -> int:
    """Let the tasks stand in one workstream, or no longer in another, or both; gives how many it changed.

    In whatever state they are: it orders what the summary tells, and changes nothing that units were asked to do.
    Refused where neither is named, where both are the same, and for a workstream of another campaign.
    """
    ask(by, "campaigns.break_down_task", campaign)
    named = [one for one in (into, out_of) if one is not None]
    if not named or into == out_of:
        raise Refused(_("请选择要归入或移出的板块，两者不能相同。"), campaign)
    if any(one.campaign_id != campaign.pk for one in named):
        raise Refused(_("板块不属于这个活动，请重新选择。"), campaign)
    keys = [task.pk for task in tasks if task.campaign_id == campaign.pk]
    through = Task.workstreams.through
    # Two people at once must not both tell the same change.
    lock_trees(campaign)
    came: set[int] = set()
    left: set[int] = set()
    if out_of:
        standing = through.objects.filter(workstream=out_of, task__in=keys)
        left = set(standing.values_list("task", flat=True))
        standing.delete()
    if into:
        there = set(through.objects.filter(workstream=into, task__in=keys).values_list("task", flat=True))
        came = set(keys) - there
        through.objects.bulk_create(through(task_id=pk, workstream_id=into.pk) for pk in sorted(came))
    TaskEvent.objects.bulk_create(
        TaskEvent(task_id=pk, move="place", label=_("调整板块"), note=_note(pk, into, out_of, came, left), by=by)
        for pk in sorted(came | left)
    )
    return len(came | left)


@transaction.atomic
def order_scheme(workstream: Workstream, *, up: bool, by: Any) -> None:
    """Let a workstream change places with its neighbour in the scheme, under the same parent; at the end nothing."""
    ask(by, "campaigns.change_register", workstream)
    lock_trees(workstream.campaign)
    siblings = list(
        Workstream.objects.of(workstream.campaign).filter(scheme=workstream.scheme, parent=workstream.parent_id)
    )
    place = next(n for n, one in enumerate(siblings) if one.pk == workstream.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(siblings):
        return
    siblings[place], siblings[other] = siblings[other], siblings[place]
    for number, one in enumerate(siblings, start=1):
        if one.number != number:
            one.number = number
            one.save(update_fields=["number"])
    detail = {"scheme": workstream.scheme, "order": [one.name for one in siblings]}
    audit.record(_("调整板块顺序"), by=by, subject=f"{workstream.campaign} {workstream.name}", detail=detail)


def _note(pk: int, into: Workstream | None, out_of: Workstream | None, came: set[int], left: set[int]) -> str:
    told = []
    if out_of and pk in left:
        told.append(_("移出“%(name)s”") % {"name": out_of.name})
    if into and pk in came:
        told.append(_("归入“%(name)s”") % {"name": into.name})
    return "，".join(told)
