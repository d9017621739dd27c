"""What a task must look like before it is kept: asked by the form that draws it and by the action that writes it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from units.models import Unit

from . import frequency as frequencies
from .ancestry import would_ring
from .models import Campaign, Indicator, Task, Workstream

# What `faults` asks for; the other columns of a task may hold anything.
ASKED = (
    "code",
    "lead_unit",
    "units",
    "parent",
    "starts_on",
    "due_on",
    "target",
    "measure",
    "frequency",
    "workstreams",
    "indicator",
)


def faults(
    campaign: Campaign,
    *,
    task: Task | None = None,
    code: str,
    lead_unit: Unit | None,
    units: Iterable[Unit] = (),
    parent: Task | None = None,
    starts_on: date | None = None,
    due_on: date | None = None,
    target: Decimal | None = None,
    measure: str = "",
    frequency: str = "",
    workstreams: Iterable[Workstream] = (),
    indicator: Indicator | None = None,
) -> dict[str, str]:
    """Field → the sentence that says what is wrong with it; empty when the task may be kept.

    `task` is the row being edited, None for a new one.
    """
    found: dict[str, str] = {}
    units = list(units)
    if not code.strip():
        found["code"] = _("请填写编号。")
    elif used := Task.objects.of(campaign).filter(code=code).exclude(pk=task.pk if task else None).first():
        found["code"] = _("编号“%(code)s”已用于“%(name)s”，请换一个。") % {"code": code, "name": used.name}
    if lead_unit is None:
        found["lead_unit"] = _("请选择牵头单位。")
    kept = {part.unit_id for part in task.assignments.all()} if task and task.pk else set()
    for field, chosen in (("lead_unit", [lead_unit] if lead_unit else []), ("units", units)):
        if sentence := _unit_fault(campaign, chosen, kept=kept):
            found[field] = sentence
    found |= own_faults(
        campaign,
        lead_unit=lead_unit,
        units=units,
        starts_on=starts_on,
        due_on=due_on,
        target=target,
        measure=measure,
        kept_due=task.due_on if task else None,
    )
    if parent and (sentence := _parent_fault(campaign, task, parent)):
        found["parent"] = sentence
    if any(workstream.campaign_id != campaign.pk for workstream in workstreams):
        found["workstreams"] = _("只能选择本创建活动的板块。")
    if indicator and indicator.campaign_id != campaign.pk:
        found["indicator"] = _("只能选择本创建活动的测评指标。")
    try:
        frequencies.parse(frequency)
    except ValidationError as fault:
        found["frequency"] = fault.messages[0]
    return found


def own_faults(
    campaign: Campaign,
    *,
    lead_unit: Unit | None,
    units: Iterable[Unit],
    starts_on: date | None,
    due_on: date | None,
    target: Decimal | None,
    measure: str,
    kept_due: date | None = None,
) -> dict[str, str]:
    """What can be wrong with a task taken by itself, asked of no other row: a workbook is refused what the form is.

    `kept_due` is the day it had before: one that an extension has moved past the campaign's end may stay.
    """
    found: dict[str, str] = {}
    if lead_unit in list(units):
        found["units"] = _("“%(unit)s”已是牵头单位，不要再列为责任单位。") % {"unit": lead_unit}
    if starts_on and due_on and due_on < starts_on:
        found["due_on"] = _("完成时限早于开始日期%(day)s。") % {"day": starts_on}
    elif due_on and not starts_on and due_on < campaign.starts_on:
        # Without a day of its own a task begins with the campaign.
        found["due_on"] = _("完成时限早于创建活动开始的%(day)s：请检查年份；确实更早的，请填写开始日期。") % {
            "day": campaign.starts_on
        }
    elif due_on and not starts_on and due_on > campaign.ends_on and due_on != kept_due:
        found["due_on"] = _("完成时限晚于创建活动结束的%(day)s：请检查年份；确实更晚的，请填写开始日期。") % {
            "day": campaign.ends_on
        }
    if target is not None and target < 0:
        found["target"] = _("目标值不能是负数。")
    elif target is not None and not measure:
        found["measure"] = _("填了目标值，请写明计量单位，例如“平方米”。")
    return found


def _unit_fault(campaign: Campaign, chosen: list[Unit], *, kept: set[int]) -> str | None:
    for unit in chosen:
        if unit.host_id != campaign.host.host_id:
            return _("“%(unit)s”不属于本创建活动的主体单位。") % {"unit": unit}
        if unit.closed_on and unit.pk not in kept:
            return _("“%(unit)s”已于%(day)s撤销，请改选承接它的单位。") % {"unit": unit, "day": unit.closed_on}
    return None


def _parent_fault(campaign: Campaign, task: Task | None, parent: Task) -> str | None:
    if parent.campaign_id != campaign.pk:
        return _("上级任务须是本创建活动的任务。")
    if task and would_ring(task, parent=parent):
        return _("“%(parent)s”就是本任务或在本任务之下，不能作它的上级。") % {"parent": parent}
    return None
