"""How a register is read for a summary: which of its rows count, what each is called, and what they add up to."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from campaigns import figures as work
from campaigns.models import Campaign, Indicator, LeadingGroup
from cityinit.numerals import number, rate
from cityinit.periods import Period, day_end, day_in_words
from reports import registry
from reports.frozen import Gathered, KeyList, Ledger, key_list
from reports.models import Template
from units.models import Unit, names_on

Row = dict[str, Any]
# The rows that a figure counts, or only their keys.
Records = QuerySet | Iterable[Model] | KeyList
FORMAT = 3
# What of a template is frozen with the facts.
WRITTEN = (
    *("parts", "headings", "numbering", "layout", "scheme", "subtitle", "addressee"),
    *("opening", "requirements", "closing", "signature"),
)


class Reading:
    """One campaign and period, the figures taken, and the records both lead to."""

    def __init__(
        self,
        campaign: Campaign,
        period: Period,
        unit: Unit | None,
        on: date,
        template: Template | None = None,
    ):
        self.campaign = campaign
        self.template = template or Template(campaign=campaign)
        self.label = period.label
        # Before it is over a period is told as far as it has come.
        self.asked_period, self.period = period, period.until(on)
        # The host's own report is the campaign's.
        self.unit = None if unit is not None and unit.pk == campaign.host_id else unit
        self.on = on
        # The day of reading is not over: what is due on it, or later in it, has not been missed.
        self.is_running = on <= self.period.last
        self.now = timezone.now() if on == timezone.localdate() else day_end(on)
        self.speaker = self.unit or campaign.host
        self.figures: dict[str, Row] = {}
        self.lists: dict[str, KeyList] = {}
        self.ledger = Ledger()
        self.sources: dict[str, str] = {}
        self.shared_totals: list[Row] = []

    def head(self, kind: str) -> Row:
        """What every report begins with: of what and of when it speaks, who speaks, and how the office writes."""
        campaign = self.campaign
        return {
            "format": FORMAT,
            "kind": kind,
            "taken_on": self.on.isoformat(),
            "period": self.period_facts(),
            "campaign": {
                "src": source(campaign),
                "name": campaign.name,
                "short_name": campaign.short_name,
                "kind": campaign.kind,
                "host": self.name_of(campaign.host),
                "guides": [self.name_of(guidance.unit) for guidance in campaign.guidance_set.select_related("unit")],
                "slogans": [slogan.strip() for slogan in campaign.slogans if slogan.strip()],
            },
            "speaker": {
                "name": self.name_of(self.speaker),
                "own_name": self.own_name(self.speaker),
                "is_host": self.unit is None,
            },
            "writing": self.writing(),
        }

    def period_facts(self) -> Row:
        first, last = self.period.first, self.period.last
        return {
            "first": first.isoformat(),
            "last": last.isoformat(),
            # The last day on which whatever was due has been missed, as `late_tasks` has it.
            "over_until": self.period.last_over(today=self.on).isoformat(),
            "label": self.label,
            "last_day": day_in_words(last),
            "in_first_half": first.year == last.year and last.month <= 6,
        }

    def writing(self) -> Row:
        """How the office writes, frozen with the rest: an issued report is drawn again as it was issued."""
        return {name: getattr(self.template, name) for name in WRITTEN} | {
            "line_points": str(self.template.line_points),
            # Which file it is drawn in, frozen too: the file of that key never changes.
            "file": self.template.file_id,
        }

    @cached_property
    def asked(self) -> dict[str, Any]:
        """What a figure is asked with."""
        return {"campaign": self.campaign, "period": self.period, "unit": self.unit}

    @cached_property
    def names_then(self) -> dict[int, tuple[str, str]]:
        return names_on(self.period.last)

    @cached_property
    def units_then(self) -> QuerySet[Unit]:
        """The unit that speaks and what stood below it on the last day."""
        return Unit.objects.below(self.speaker, on=self.period.last)

    @cached_property
    def keys_then(self) -> set[int]:
        return set(self.units_then.values_list("pk", flat=True))

    def answers_for(self, indicator: Indicator) -> bool:
        """Whether the unit that speaks, or one below it, answered for it on the last day."""
        return any(unit.pk in self.keys_then for unit in indicator.units_on(self.period.last))

    def name_of(self, unit: Unit | None) -> str:
        """What the unit was called on the last day, whatever it is called now."""
        if unit is None:
            return ""
        return self.names_then[unit.pk][0] if unit.pk in self.names_then else unit.name

    def other(self, unit: Unit | None) -> str:
        """The name of a unit, and nothing of the one that speaks."""
        return "" if unit is None or unit.pk == self.speaker.pk else self.name_of(unit)

    def own_name(self, unit: Unit) -> str:
        """How the unit spoke of itself then."""
        if unit.self_name or unit.pk not in self.names_then:
            return unit.own_name
        name, short_name = self.names_then[unit.pk]
        return short_name or name

    def figure(self, key: str, value: Any, *, label: str, basis: str, records: Records, suffix: str = "") -> str:
        """Keep a figure under its key and give the key; its records are frozen as a list of keys."""
        counted = _keys(records)
        self.lists[counted.digest] = counted
        text = value if isinstance(value, str) else f"{rate(value) if suffix == '%' else number(value)}{suffix}"
        self.figures[key] = {
            "label": label,
            "text": text,
            "basis": basis,
            "model": counted.model,
            "count": len(counted.keys),
            "list": counted.digest,
        }
        return key

    def registered(self, name: str, value: Any, *, records: Records) -> str:
        """Keep a figure that the registry defines, by its name; a share of nothing is unknown and no figure."""
        known = registry.FIGURES[name]
        basis = known.basis(self.period, is_running=self.is_running)
        suffix = known.measure if known.measure == registry.PER_CENT else ""
        if value is None:
            return ""
        return self.figure(name, value, label=str(known.label), basis=basis, records=records, suffix=suffix)

    def gathered(self, facts: Row) -> Gathered:
        """The facts with what is kept beside them."""
        return Gathered(facts, self.lists, self.ledger)

    def rate(self, key: str, value: Decimal | None, *, label: str, basis: str, records: Records) -> None:
        """A share in per cent; one of nothing is unknown and no figure."""
        if value is not None:
            self.figure(key, value, suffix="%", label=label, basis=basis, records=records)

    def note(self, row: Model, label: str) -> str:
        """Remember what a record is called, and give the name by which the facts speak of it."""
        name = source(row)
        self.sources[name] = label
        return name

    def rows(self, model: type[Model], *, unit: str = "unit") -> QuerySet:
        """The campaign's rows of a register; for a unit's report those that name the unit or one below it."""
        rows = model.objects.of(self.campaign)  # type: ignore[attr-defined]
        return rows.filter(**{f"{unit}__in": self.units_then}) if self.unit else rows

    def going_on(self, rows: QuerySet) -> QuerySet:
        """Rows with 起 and 止 that overlap the period; an open end is no end."""
        begun = Q(starts_on=None) | Q(starts_on__lte=self.period.last)
        return rows.filter(begun, Q(ends_on=None) | Q(ends_on__gte=self.period.first))

    def standing(self, rows: QuerySet) -> QuerySet:
        """Rows with 起 and 止 as they stood on the last day: what was handed on by then is told once."""
        last = self.period.last
        return rows.filter(Q(starts_on=None) | Q(starts_on__lte=last), Q(ends_on=None) | Q(ends_on__gte=last))

    def happened(self, rows: QuerySet, *, day: str) -> QuerySet:
        return work.within(rows, self.period, day=day)

    def sums(
        self, rows: Iterable[Any], prefix: str, alike: Sequence[str], counted: Sequence[str], *, what: str
    ) -> dict[int, str]:
        """For each row that shares its values with others the key of their sums: `key:quantity` is a figure."""
        groups: dict[tuple, list[Any]] = {}
        for row in rows:
            groups.setdefault(tuple(getattr(row, name) for name in alike), []).append(row)
        keys: dict[int, str] = {}
        for place, (values, mine) in enumerate(groups.items()):
            if len(mine) < 2:
                continue
            for name in counted:
                filled = [row for row in mine if getattr(row, name) is not None]
                if filled:
                    self.figure(
                        f"{prefix}:{place}:{name}",
                        sum(getattr(row, name) for row in filled),
                        label=f"{what}（{'，'.join(str(value) for value in values if value)}）",
                        basis=f"登记的{len(filled)}行之和",
                        records=filled,
                    )
            keys |= {row.pk: f"{prefix}:{place}" for row in mine}
        return keys

    @cached_property
    def unfounded(self) -> set[int]:
        """Groups that did not exist on the last day: founded later, or without a day below one that was."""
        groups = {row.pk: row for row in LeadingGroup.objects.of(self.campaign)}

        def is_later(group: LeadingGroup) -> bool:
            seen: set[int] = set()
            while group.founded_on is None and group.parent_id in groups and group.pk not in seen:
                seen.add(group.pk)
                group = groups[group.parent_id]
            return group.founded_on is not None and group.founded_on > self.period.last

        return {pk for pk, group in groups.items() if is_later(group)}


def _keys(records: Records) -> KeyList:
    if isinstance(records, KeyList):
        return records
    if isinstance(records, QuerySet):
        return key_list(records.model._meta.label_lower, records.order_by().values_list("pk", flat=True))
    rows = list(records)
    return key_list(rows[0]._meta.label_lower if rows else "", (row.pk for row in rows))


def source(row: Model) -> str:
    """How a fact names its record: campaigns.task:12."""
    return f"{row._meta.label_lower}:{row.pk}"


def sources_of(key: str) -> list[str]:
    """The records one key of the text leads to: `campaigns.meeting:3,5` is two."""
    model, _colon, pks = key.partition(":")
    return [f"{model}:{pk}" for pk in pks.split(",")]


def name_of(row: Any) -> str:
    return row.name if row else ""


def in_words(day: date | None) -> str:
    return day_in_words(day) if day else ""


def span(first: date | None, last: date | None) -> str:
    if first and last:
        return Period(first, last).span
    if first:
        return f"{day_in_words(first)}起"
    return f"至{day_in_words(last)}" if last else ""


def count(value: int | Decimal | None) -> str:
    return "" if value is None else number(value)
