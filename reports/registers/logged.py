"""What units logged in the period, as plain values: there may be hundreds of thousands of entries."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from campaigns import figures as work
from campaigns import quantities
from campaigns.models import Quantity, WorkLogEntry
from reports.frozen import KeyList, key_list

from .reading import Reading, Row

CHUNK = 5000
MODEL = WorkLogEntry._meta.label_lower


class Entry(NamedTuple):
    pk: int
    task_id: int
    unit_id: int
    done_on: date
    kind: str
    content: str
    is_highlight: bool
    is_routine: bool


class Counted(NamedTuple):
    """A quantity as it was written, and as what it adds up."""

    label: str
    value: Decimal
    qualifier: str
    measure: str
    canonical_measure: str
    kind: str


class Logged(Reading):
    @cached_property
    def logged(self) -> dict[int, list[Entry]]:
        """The entries of each task, in the order of their days."""
        rows = work.log_entries(**self.asked).order_by("done_on", "pk").values_list(*Entry._fields)
        found: dict[int, list[Entry]] = {}
        for row in rows.iterator(chunk_size=CHUNK):
            entry = Entry._make(row)
            found.setdefault(entry.task_id, []).append(entry)
        return found

    @cached_property
    def quantities(self) -> dict[int, list[Counted]]:
        """What each entry counts, in the order in which it was written."""
        entries = work.log_entries(**self.asked).order_by()
        rows = Quantity.objects.filter(entry__in=entries.values("pk")).order_by("entry", "position", "pk")
        found: dict[int, list[Counted]] = {}
        for entry, *row in rows.values_list("entry", *Counted._fields).iterator(chunk_size=CHUNK):
            found.setdefault(entry, []).append(Counted._make(row))
        return found

    def entry(self, entry: Entry, *, of: str, unit: str) -> Row:
        """An entry of the task called `of`, by the unit of that name."""
        source = f"{MODEL}:{entry.pk}"
        self.sources[source] = f"工作记录 {of} {entry.done_on:%Y-%m-%d}"
        return {
            "src": source,
            "on": entry.done_on.isoformat(),
            "unit": unit,
            "unit_is_self": entry.unit_id == self.speaker.pk,
            "kind": entry.kind,
            "content": entry.content,
            "highlight": entry.is_highlight,
        }

    def totals(self, prefix: str, entries: Iterable[Entry], *, where: str) -> list[Row]:
        """The quantities of these entries, added up as their kind allows."""
        written: list[quantities.Quantity] = []
        by_label: dict[tuple, list[int]] = {}
        for entry in entries:
            for row in self.quantities.get(entry.pk, ()):
                quantity = _written(row, entry)
                written.append(quantity)
                by_label.setdefault((quantity.label, quantity.canonical), []).append(entry.pk)
        told = []
        totals = quantities.add_up(written)
        lasting = [total.label for total in totals if total.kind == quantities.Kind.DURATION]
        for place, total in enumerate(totals):
            # How long each of several events lasted says nothing of the work as a whole.
            if total.kind == quantities.Kind.DURATION and lasting.count(total.label) > 1:
                continue
            first = total.terms[0]
            rows = _once(by_label[first.label, first.canonical])
            key = self.figure(
                f"{prefix}:{place}",
                total.text,
                label=f"{total.label}（{where}）",
                basis=f"{total.kind.label}，取自期内{len(rows.keys)}条工作记录",
                records=rows,
            )
            told.append({"label": total.label, "text": total.text, "figure": key, "terms": len(total.terms)})
        return told

    def totals_over_tasks(self) -> None:
        """What was counted under one name for several tasks, added up over all of them."""
        found: dict[tuple[str, str], list[tuple[Entry, Counted]]] = {}
        for entries in self.logged.values():
            for entry in entries:
                for row in self.quantities.get(entry.pk, ()):
                    if row.kind == quantities.Kind.COUNT:
                        found.setdefault((row.label, row.canonical_measure), []).append((entry, row))
        for place, ((label, _canonical), pairs) in enumerate(found.items()):
            tasks = {entry.task_id for entry, _row in pairs}
            if len(tasks) < 2:
                continue
            for total in quantities.add_up([_written(row, entry) for entry, row in pairs]):
                key = self.figure(
                    f"quantity:all:{place}",
                    total.text,
                    label=f"{label}合计",
                    basis=f"{len(tasks)}项任务期内工作记录累加",
                    records=_once(entry.pk for entry, _row in pairs),
                )
                self.shared_totals.append({"label": label, "text": total.text, "figure": key, "terms": len(pairs)})


def _written(row: Counted, entry: Entry) -> quantities.Quantity:
    return quantities.Quantity(row.label, row.value, row.qualifier, row.measure, entry.done_on)


def _once(keys: Iterable[int]) -> KeyList:
    return key_list(MODEL, set(keys))
