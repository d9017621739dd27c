"""Somebody planned in two places at the same hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from cityinit.workflow import Refused

from ..models import DutyTurn

DAY = timedelta(days=1)
# Who was absent or stood in for was not there.
THERE = (DutyTurn.State.PLANNED, DutyTurn.State.PRESENT)


def clashes(turns: Iterable[DutyTurn]) -> list[tuple[DutyTurn, DutyTurn]]:
    """Of these turns, stored or not, each whose person stands elsewhere then, with that other turn.

    A person stands in one place whichever campaign asks for it. Of two among them that overlap it is the later one. One
    query, however many there are.
    """
    turns = list(turns)
    if not turns:
        return []
    days = [turn.day for turn in turns]
    known = Q(user__in={turn.user_id for turn in turns if turn.user_id})
    known |= Q(user=None, name__in={turn.name for turn in turns if not turn.user_id})
    # A night shift reaches into the next day.
    near = DutyTurn.objects.filter(known, state__in=THERE, day__range=(min(days) - DAY, max(days) + DAY))
    standing: dict[tuple, list[DutyTurn]] = defaultdict(list)
    for stored in near.exclude(pk__in=[turn.pk for turn in turns if turn.pk]).select_related("shift__duty__campaign"):
        standing[stored.person].append(stored)
    found = []
    for turn in turns:
        there = standing[turn.person]
        if other := next((one for one in there if one.begins < turn.ends and turn.begins < one.ends), None):
            found.append((turn, other))
        else:
            there.append(turn)
    return found


def refuse_clashes(turns: Iterable[DutyTurn]) -> None:
    """Refuse the first of these turns whose person stands elsewhere at the same hour."""
    for turn, other in clashes(turns):
        text = _(
            "%(name)s%(day)s%(other)s已排在%(of)s“%(duty)s”的%(shift)s，同一时间不能再排%(hours)s。"
            "请调整班次的时间，或安排别的人员。"
        )
        campaign = other.shift.duty.campaign
        told = {
            "of": _("“%(campaign)s”的") % {"campaign": campaign.short_name or campaign.name}
            if campaign.pk != turn.shift.duty.campaign_id
            else "",
            "name": turn.name,
            "day": f"{other.day.month}月{other.day.day}日",
            "other": other.hours,
            "duty": other.shift.duty,
            "shift": other.shift,
            "hours": turn.hours,
        }
        raise Refused(text % told)
