"""Attendance at duty as of a period's last day: how many turns were due, how many people came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from cityinit.periods import Period
from units.models import Unit

from .figures import share
from .models import Campaign, DutyTurn

State = DutyTurn.State


@dataclass(frozen=True)
class Attendance:
    """应到, 到岗 (who stood in counts), 缺岗, and what nobody entered; the rate is 到岗 ÷ 应到."""

    due: int
    came: int
    absent: int

    @property
    def unknown(self) -> int:
        return self.due - self.came - self.absent

    @property
    def rate(self) -> Decimal | None:
        return share(self.came, self.due)

    @property
    def is_recorded(self) -> bool:
        """Whether anybody entered attendance at all; else nothing is known."""
        return bool(self.came or self.absent)


def due_turns(
    campaign: Campaign, period: Period, *, unit: Unit | None = None, at: datetime | None = None
) -> QuerySet[DutyTurn]:
    """应到: turns of the period that were not called off; with a moment those whose hour has come by then."""
    turns = DutyTurn.objects.of(campaign).within(period).counted()
    turns = turns if at is None else turns.begun(at=at)
    return turns if unit is None else turns.filter(unit__in=Unit.objects.below(unit, on=period.last))


def stood_turns(
    campaign: Campaign, period: Period, *, unit: Unit | None = None, at: datetime | None = None
) -> QuerySet[DutyTurn]:
    """到岗: of those the ones that somebody stood."""
    return due_turns(campaign, period, unit=unit, at=at).filter(state__in=DutyTurn.CAME)


def attendance(turns: QuerySet[DutyTurn]) -> Attendance:
    """What these turns come to, in one query."""
    return Attendance(**turns.order_by().aggregate(**_COUNTED))


def by_duty(turns: QuerySet[DutyTurn]) -> list[tuple[dict[str, Any], Attendance]]:
    """The same for each duty post and unit: (`duty`, `name`, `unit`, `unit_name`) with its attendance."""
    named = ("shift__duty", "shift__duty__name", "unit", "unit__short_name", "unit__name")
    found = []
    for row in turns.order_by().values(*named).annotate(**_COUNTED).order_by("shift__duty", "unit__path"):
        names = {
            "duty": row["shift__duty"],
            "name": row["shift__duty__name"],
            "unit": row["unit"],
            "unit_name": row["unit__short_name"] or row["unit__name"],
        }
        found.append((names, Attendance(*(row[name] for name in _COUNTED))))
    return found


_COUNTED = {
    "due": Count("pk"),
    "came": Count("pk", filter=Q(state__in=DutyTurn.CAME)),
    "absent": Count("pk", filter=Q(state=State.ABSENT)),
}
