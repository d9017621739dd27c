"""The findings a report speaks of, each with what was so of it on the last day: for figures, text and ledger.

There may be tens of thousands. They are read once, as plain values; what is said of single ones is fetched for those.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

from campaigns import figures as work
from cityinit.periods import day_of
from inspections import figures as field
from inspections.models import Finding, FindingCategory, FindingPhoto, FormerLead, Round, Site
from reports.frozen import KeyList, key_list
from units.models import Unit

from .reading import Reading, Row

Phase = FindingPhoto.Phase
PAIRED = (Phase.BEFORE, Phase.AFTER)
# So many times as many findings are looked through for photos as pairs are wanted.
LOOKED_THROUGH = 5
CHUNK = 5000


class Judged(NamedTuple):
    """One counted finding as it was when the last day ended; `inspections.figures` says what follows from it."""

    pk: int
    site_id: int | None
    place: str
    found_on: date
    category_id: int
    round_id: int | None
    lead_unit_id: int | None
    state: str
    closed_at: datetime | None
    state_then: str | None
    due_then: datetime | None
    answered_then: datetime | None
    was_reworked: bool
    was_signed_off: bool
    was_reopened: bool
    # Worked out as it is read: nearly every figure asks for it.
    closed: bool


FIELDS = [name for name in Judged._fields if name != "closed"]
# What the ledger tells besides.
TOLD = ("number", "description", "measure")


class Findings(Reading):
    """With a `round`, the findings of that round; else those found in the period."""

    round: Round | None = None

    @cached_property
    def findings(self) -> list[Judged]:
        """Every finding counted, in the order of their days; as they are read, the ledger is written."""
        rows = field.judged(self.campaign, self.period, unit=self.unit, of_round=self.round).order_by("found_on", "pk")
        names, found = self.unit_names, []
        for row in rows.values_list(*FIELDS, *TOLD).iterator(chunk_size=CHUNK):
            judged = Judged._make((*row[: len(FIELDS)], False))
            if closed := field.was_closed(judged, self.period):
                judged = Judged._make((*row[: len(FIELDS)], True))
            number, description, measure = row[len(FIELDS) :]
            found.append(judged)
            self.ledger.add(
                [
                    number,
                    judged.found_on.isoformat(),
                    self.where(judged),
                    self.categories[judged.category_id],
                    description,
                    names.get(self.led_then(judged), ""),
                    iso(due_day(judged.due_then)),
                    _state_then(judged, closed),
                    measure if closed else "",
                ]
            )
        return found

    def finding_ledger(self) -> Row:
        """编号、发现日期、点位、类别、问题描述、责任单位、整改期限、状态、整改措施 as of the last day."""
        _read = self.findings
        return self.ledger.told()

    # -- what they point at ---

    @cached_property
    def sites(self) -> dict[int, tuple[str, str]]:
        """{site: (name, type)}"""
        rows = Site.objects.of(self.campaign).values_list("pk", "name", "kind__name")
        return {pk: (name, kind) for pk, name, kind in rows}

    @cached_property
    def categories(self) -> dict[int, str]:
        return dict(FindingCategory.objects.of(self.campaign).values_list("pk", "name"))

    @cached_property
    def former_leads(self) -> dict[int, int]:
        """The units that led findings on the last day, by finding, where others lead them since."""
        rows = FormerLead.objects.filter(finding__campaign=self.campaign, until__gte=self.period.last)
        return dict(rows.order_by("-until", "-pk").values_list("finding_id", "unit_id"))

    @cached_property
    def unit_names(self) -> dict[int | None, str]:
        return {unit.pk: self.name_of(unit) for unit in Unit.objects.of_host(self.campaign.host).only("name")}

    def where(self, row: Judged) -> str:
        return self.sites[row.site_id][0] if row.site_id else row.place

    def led_then(self, row: Judged) -> int | None:
        """The unit that led it on the last day."""
        return self.former_leads.get(row.pk, row.lead_unit_id)

    def details(self, rows: Iterable[Judged]) -> dict[int, Finding]:
        """The findings themselves, by key, of those few that are told of by name."""
        return Finding.objects.in_bulk([row.pk for row in rows])

    def count(self, name: str, rows: Sequence[Judged]) -> str:
        """How many findings these are, as a figure of the registry."""
        return self.registered(name, len(rows), records=keys_of(rows))

    def share(self, name: str, part: Sequence[Judged], *, of: Sequence[Judged]) -> str:
        """Which share of those they are, as a figure of the registry that counts those; of nothing it is none."""
        return self.registered(name, work.share(len(part), len(of)), records=keys_of(of))

    def count_of(self, key: str, rows: Sequence[Judged], *, label: str, basis: str) -> str:
        """How many findings these are, as a figure."""
        return self.figure(key, len(rows), label=label, basis=basis, records=keys_of(rows))

    def share_of(self, key: str, part: Sequence[Judged], whole: Sequence[Judged], *, label: str, basis: str) -> None:
        """Which share of the whole they are, as a figure that counts the whole; of nothing it is none."""
        self.rate(key, work.share(len(part), len(whole)), label=label, basis=basis, records=keys_of(whole))

    # -- what is told of single ones ---

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
        paired = [row for row in closed if all((row.pk, phase) in photos for phase in PAIRED)][:wanted]
        told = self.details(paired)
        return [
            {
                "src": self.note(told[row.pk], f"问题 {told[row.pk].number}"),
                "number": told[row.pk].number,
                "where": self.where(row),
                "description": told[row.pk].description or self.categories[row.category_id],
                "measure": told[row.pk].measure,
                "unit": self.unit_names.get(self.led_then(row), ""),
                "before": photos[row.pk, Phase.BEFORE],
                "after": photos[row.pk, Phase.AFTER],
            }
            for row in paired
        ]

    # -- which of them ---

    def is_late(self, row: Judged) -> bool:
        """逾期未整改: due, and neither closed nor answered."""
        return field.was_late(row, self.period, now=self.now)

    def closed(self, rows: Sequence[Judged]) -> list[Judged]:
        return [row for row in rows if row.closed]

    def open(self, rows: Sequence[Judged]) -> list[Judged]:
        return [row for row in rows if not row.closed]

    def late(self, rows: Sequence[Judged]) -> list[Judged]:
        return [row for row in rows if self.is_late(row)]


def keys_of(rows: Iterable[Judged]) -> KeyList:
    return key_list(Finding._meta.label_lower, (row.pk for row in rows))


LABELS = {str(state): str(state.label) for state in Finding.State}


def _state_then(row: Judged, closed: bool) -> str:
    """An imported finding's state if it was open then; closed since, it was being rectified."""
    if row.state_then:
        return LABELS[row.state_then]
    if closed:
        return LABELS[Finding.State.CLOSED]
    return LABELS[row.state] if row.state in Finding.OPEN_STATES else "整改中"


@lru_cache(maxsize=4096)
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
