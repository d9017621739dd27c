"""Telling units what they missed of their recurring duty: once a week, whatever was due."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from django.utils.http import urlencode
from django.utils.translation import gettext as _

from campaigns import recurring
from campaigns.models import Campaign, Task
from campaigns.recurrence import Line
from campaigns.recurring import PartDuty
from cityinit.addresses import address
from cityinit.periods import Period
from units.models import Notice, Unit
from units.notices import liaisons_of, tell

TASKS_NAMED = 2


def tell_missed(*, on: date) -> int:
    """Tell each unit's liaisons of the week that ended before `on`; gives how many units were told.

    Done twice, it tells once: a week's notice is found by its words.
    """
    week = Period.week_of(on - timedelta(days=7))
    told = 0
    for campaign in Campaign.objects.running(on=week.last).select_related("host"):
        for unit, missed in _missed(campaign, week).items():
            text = _text(missed, week)
            people = liaisons_of(unit)
            heard = Notice.objects.filter(user__in=people, text=text).values("user")
            chosen = urlencode({"first": str(week.first), "last": str(week.last), "unit": str(unit.pk), "missed": "on"})
            tell(people.exclude(pk__in=heard), text, url=f"{address('campaigns:recurring')}?{chosen}")
            told += 1
    return told


def _missed(campaign: Campaign, week: Period) -> dict[Unit, list[tuple[Task, list[Line]]]]:
    parts = recurring.recurring_parts(campaign, week).filter(task__state=Task.State.ISSUED)
    found: dict[Unit, list[tuple[Task, list[Line]]]] = defaultdict(list)
    for row in recurring.kept_by(parts, on=week.last):
        if lines := _behind(row, week):
            found[row.part.unit].append((row.part.task, lines))
    return found


def _behind(row: PartDuty, week: Period) -> list[Line]:
    return [line for line in row.over(week) if line.missed]


def _text(missed: list[tuple[Task, list[Line]]], week: Period) -> str:
    named = [
        _("“%(task)s”%(kept)s/%(due)s次")
        % {"task": task.name, "kept": sum(line.kept for line in lines), "due": sum(line.due for line in lines)}
        for task, lines in missed[:TASKS_NAMED]
    ]
    more = _("等%(n)s项") % {"n": len(missed)} if len(missed) > TASKS_NAMED else ""
    label = Line(week.first, week.last, 0).label
    told = _("%(week)s常态工作未足额登记：%(tasks)s。已做未记的，可以按实际日期补记。")
    return told % {"week": label, "tasks": "、".join(named) + more}
