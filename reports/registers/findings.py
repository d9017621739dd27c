"""The findings a report speaks of, each with what was so of it on the last day: for figures, text and ledger."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from cityinit.periods import day_of
from inspections import figures as field
from inspections.models import Finding, FindingPhoto, Round
from units.models import Unit

from .reading import Reading, Row

Phase = FindingPhoto.Phase
PAIRED = (Phase.BEFORE, Phase.AFTER)
# So many times as many findings are looked through for photos as pairs are wanted.
LOOKED_THROUGH = 5


class Findings(Reading):
    """With a `round`, the findings of that round; else those found in the period."""

    round: Round | None = None

    @cached_property
    def findings(self) -> list[Any]:
        """Every finding counted, with what was so on the last day: read once, for figures, text and ledger."""
        rows = field.judged(self.campaign, self.period, unit=self.unit, of_round=self.round)
        # Prefetched, not joined: thousands of rows share a few sites, categories and units.
        return list(
            rows.prefetch_related("site__kind", "category", "lead_unit", "former_leads__unit").order_by(
                "found_on", "pk"
            )
        )

    def led_then(self, row: Any) -> Unit | None:
        """The unit that led it on the last day."""
        former = (past.unit for past in row.former_leads.all() if past.until >= self.period.last)
        return next(former, row.lead_unit)

    def finding_ledger(self) -> list[list[str]]:
        """编号、发现日期、点位、类别、问题描述、责任单位、整改期限、状态、整改措施 as of the last day."""
        told = []
        for row in self.findings:
            closed = field.was_closed(row, self.period)
            then = (
                str(Finding.State(row.state_then).label) if row.state_then else "已销号" if closed else _open_state(row)
            )
            told.append(
                [
                    row.number,
                    row.found_on.isoformat(),
                    row.where,
                    row.category.name,
                    row.description,
                    self.name_of(self.led_then(row)),
                    iso(due_day(row.due_then)),
                    then,
                    row.measure if closed else "",
                ]
            )
        return told

    def pairs(self) -> list[Row]:
        """Before and after of what was put right, the last closed first: as many as the template annexes."""
        wanted = self.template.pairs
        closed = sorted(self.closed(self.findings), key=lambda row: (row.closed_at is not None, row.closed_at, row.pk))
        closed = closed[-LOOKED_THROUGH * wanted :][::-1] if wanted else []
        photos: dict[tuple[int, str], int] = {}
        taken = FindingPhoto.objects.filter(finding__in=[row.pk for row in closed], phase__in=PAIRED).order_by("-pk")
        for finding, phase, file in taken.values_list("finding", "phase", "file"):
            # The first photo of how it was found, the last of how it was left.
            if phase == Phase.BEFORE or (finding, phase) not in photos:
                photos[finding, phase] = file
        told = [
            {
                "src": self.note(row, f"问题 {row.number}"),
                "number": row.number,
                "where": row.where,
                "description": row.description or row.category.name,
                "measure": row.measure,
                "unit": self.name_of(self.led_then(row)),
                "before": photos[row.pk, Phase.BEFORE],
                "after": photos[row.pk, Phase.AFTER],
            }
            for row in closed
            if all((row.pk, phase) in photos for phase in PAIRED)
        ]
        return told[:wanted]

    def is_closed(self, row: Any) -> bool:
        return field.was_closed(row, self.period)

    def is_late(self, row: Any) -> bool:
        """逾期未整改: due, and neither closed nor answered."""
        return field.was_late(row, self.period, now=self.now)

    def closed(self, rows: Sequence[Any]) -> list[Any]:
        return [row for row in rows if self.is_closed(row)]

    def open(self, rows: Sequence[Any]) -> list[Any]:
        return [row for row in rows if not self.is_closed(row)]

    def late(self, rows: Sequence[Any]) -> list[Any]:
        return [row for row in rows if self.is_late(row)]


def _open_state(row: Finding) -> str:
    """An imported finding's state if it was open then; closed since, it was being rectified."""
    return str(row.get_state_display()) if row.state in Finding.OPEN_STATES else "整改中"


def due_day(moment: datetime | None) -> date | None:
    """The last day on which it is in time: a day's deadline is kept as the midnight that ends it."""
    return day_of(moment - timedelta(microseconds=1)) if moment else None


def by_frequency(names: Iterable[str]) -> list[str]:
    """Each name once, the most frequent first; those equally frequent in order of first mention."""
    counted: dict[str, int] = {}
    for name in names:
        counted[name] = counted.get(name, 0) + 1
    return sorted(counted, key=lambda name: -counted[name])


def iso(day: date | None) -> str:
    return day.isoformat() if day else ""
