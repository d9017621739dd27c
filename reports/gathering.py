"""What units handed in for a call, gathered for the city's summary of the same period; and who has not.

Each number of a paragraph leads to the figure or the record of the unit that it says, else to what was handed in.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from django.db.models import Prefetch

from cityinit.periods import Period

from .frozen import KeyList
from .models import Call, Contribution, Kind, Paragraph, Report, Snapshot
from .registers import Row, source, sources_of
from .registers.reading import Reading

# So many of those who are missing are named on the page of the report.
NAMED = 12


def contributions_told(reading: Reading, period: Period) -> list[Row]:
    """Of each unit that is taken its paragraphs, in the order of the units; nothing for a unit's own report.

    Their figures and sources are put among the reading's own; units are named as on its last day.
    """
    if reading.unit:
        return []
    call = Call.objects.of(reading.campaign).of_period(period).first()
    if call is None:
        return []
    written = Prefetch("paragraphs", Paragraph.objects.exclude(text="").order_by("position", "pk"))
    rows = call.contributions.filter(state__in=call.taken_states).select_related("unit", "call")
    told = []
    for row in rows.prefetch_related(written).order_by("unit__position", "pk"):
        name = reading.name_of(row.unit)
        for paragraph in row.paragraphs.all():
            links = [{**link, "figure": _led(reading, row, name, link["figure"])} for link in paragraph.links]
            told.append(
                {"src": source(row), "unit": name, "key": paragraph.key, "text": paragraph.text, "links": links}
            )
    return told


def _led(reading: Reading, row: Contribution, name: str, key: str) -> str:
    """The key under which the city's facts know what the number leads to."""
    if figure := row.figures.get(key):
        own = f"unit:{row.pk}:{key}"
        if own not in reading.figures:
            keys = KeyList(figure["model"], array("q", row.keys_of(figure)))
            label = f"{figure['label']}（{name}）"
            reading.figure(own, figure["text"], label=label, basis=figure["basis"], records=keys)
        return own
    if key:
        for one in sources_of(key):
            reading.sources.setdefault(one, row.sources.get(one, one))
        return key
    return reading.note(row, f"单位总结 {name}")


@dataclass(frozen=True)
class Standing:
    """How far a call is, as the page of the city's summary tells it: who is missing, and what came in since."""

    url: str
    names: str
    n_missing: int
    n_new: int


def standing(report: Report, snapshot: Snapshot | None) -> Standing | None:
    """Of the city's summary that can still change, and the call for its period; None where there is none to tell of."""
    if report.kind != Kind.SUMMARY or report.unit_id or report.is_fixed:
        return None
    call = Call.objects.of(report.campaign).of_period(report.period).first()
    if call is None:
        return None
    missing = call.contributions.missing().select_related("unit").order_by("unit__position", "pk")
    names = [str(row.unit) for row in missing.defer("figures", "lists", "sources")]
    taken = call.contributions.filter(state__in=call.taken_states)
    n_new = taken.filter(judged_at__gt=snapshot.taken_at).count() if snapshot else 0
    said = "、".join(names[:NAMED]) + ("等" if len(names) > NAMED else "")
    return Standing(f"{call.get_absolute_url()}?state=missing", said, len(names), n_new)
