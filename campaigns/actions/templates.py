"""Templates of tasks: kept from what stands in a campaign, laid down again line by line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Task, TaskTemplate, TemplateLine
from cityinit import audit
from cityinit.workflow import Refused
from units.models import Unit

from .breakdown import PERMISSION
from .tasks import ask


@transaction.atomic
def save_template(
    campaign: Campaign, tasks: Iterable[Task], *, name: str, by: Any, replace: bool = False
) -> TaskTemplate:
    """Keep these tasks under a name for the campaign's host; one that is taken is refused, or written over if asked.

    Days are counted from the campaign's first. Units that are all of a kind are kept as that kind.
    """
    ask(by, PERMISSION, campaign)
    tasks = list(tasks)
    if not name.strip():
        raise Refused(_("请给模板取一个名称。"), campaign)
    if not tasks:
        raise Refused(_("这里还没有任务，不能存为模板。"), campaign)
    host = campaign.host.host_id
    if not replace and TaskTemplate.objects.filter(host=host, name=name.strip()).exists():
        raise Refused(_("已有叫“%(name)s”的模板，请换一个名称。") % {"name": name.strip()}, campaign)
    template, _made = TaskTemplate.objects.update_or_create(
        host_id=host, name=name.strip(), defaults={"created_by": by, "created_at": timezone.now()}
    )
    template.lines.all().delete()
    kinds: dict[str, set[int]] = {}
    for unit in Unit.objects.of_host(host).active():
        if unit.kind and not unit.is_host:
            kinds.setdefault(unit.kind, set()).add(unit.pk)
    TemplateLine.objects.bulk_create(
        TemplateLine(
            template=template,
            position=place,
            name=task.name,
            requirement=task.requirement,
            lead=task.lead_unit.name,
            units=_in_words([part.unit for part in task.assignments.all() if not part.is_lead], kinds),
            starts_after=_days(task.starts_on, campaign.starts_on),
            due_after=_days(task.due_on, campaign.starts_on),
            target=task.target,
            measure=task.measure,
            frequency=task.frequency,
        )
        for place, task in enumerate(tasks, start=1)
    )
    audit.record(_("保存分解模板"), by=by, subject=template.name, detail={"lines": len(tasks)})
    return template


@transaction.atomic
def rename_template(template: TaskTemplate, *, name: str, by: Any) -> None:
    """Refused for a name that another template of the host bears."""
    ask(by, PERMISSION, template)
    before = template.name
    template.name = name
    try:
        with transaction.atomic():
            template.save(update_fields=["name"])
    except IntegrityError:
        template.name = before
        raise Refused(_("已有叫“%(name)s”的模板，请换一个名称。") % {"name": name}, template) from None
    audit.record(_("修改分解模板名称"), by=by, subject=name, detail={"before": before})


@transaction.atomic
def delete_template(template: TaskTemplate, *, by: Any) -> None:
    """Tasks that were laid down from it stay as they are."""
    ask(by, PERMISSION, template)
    audit.record(_("删除分解模板"), by=by, subject=template.name)
    template.delete()


def _days(day: date | None, first: date) -> int | None:
    return (day - first).days if day else None


def _in_words(units: list[Unit], kinds: dict[str, set[int]]) -> str:
    """The units as a table would name them: 各街道 where they are all of a kind and more than one."""
    left = {unit.pk: unit for unit in units}
    words = []
    for kind, members in kinds.items():
        if len(members) > 1 and members <= left.keys():
            words.append(f"各{kind}")
            left = {pk: unit for pk, unit in left.items() if pk not in members}
    return "、".join([*(unit.name for unit in left.values()), *words])


def lines_of(lines: Iterable[TemplateLine], *, first_day: date) -> list[dict[str, Any]]:
    """The lines of a template as the form takes them, their days counted from `first_day`."""
    return [
        {
            "name": line.name,
            "requirement": line.requirement,
            "lead": line.lead,
            "units": line.units,
            "starts_on": first_day + timedelta(line.starts_after) if line.starts_after is not None else None,
            "due_on": first_day + timedelta(line.due_after) if line.due_after is not None else None,
            "amount": f"{line.target.normalize():f}{line.measure}" if line.target is not None else "",
            "frequency": line.frequency,
        }
        for line in lines
    ]
