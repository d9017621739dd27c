"""Writing the rows of a workbook: all or nothing, twice the same as once, people's work left alone.

The apps' importers decide what a row becomes; this decides whether it is written, and keeps the tally.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from .marks import digest
from .workbook import Fault, Reading, Row, Sheet

CREATED, UPDATED, UNCHANGED, SKIPPED = "created", "updated", "unchanged", "skipped"


@dataclass
class Loading:
    """One load of one file. `memory` is what the last load wrote, by (sheet, key); `written` what this one did."""

    reading: Reading
    sheets: Mapping[str, Sheet]
    memory: dict[tuple[str, str], str] = field(default_factory=dict)
    by: Any = None
    written: dict[tuple[str, str], str] = field(default_factory=dict)
    counts: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))
    skipped: list[str] = field(default_factory=list)
    index: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    faulty: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    added: dict[type[models.Model], list[Any]] = field(default_factory=lambda: defaultdict(list))

    @property
    def faults(self) -> list[Fault]:
        return self.reading.faults

    @property
    def notes(self) -> list[str]:
        return self.reading.notes

    def rows(self, sheet: str) -> list[Row]:
        return self.reading.rows.get(sheet, [])

    def fault(self, row: Row, column: str, wrong: str, right: str = "") -> None:
        """Report what is wrong with a row; it will not be written."""
        row.unreadable.add(column)
        self.faults.append(row.fault(column, wrong, right))

    def know(self, kind: str, name: str, obj: Any) -> None:
        """Make an object findable by the name other rows call it; without one, only stop further faults."""
        if obj is None:
            self.faulty[kind].add(name)
        else:
            self.index[kind][name] = obj

    def find(
        self, row: Row, column: str, kind: str, *, where: str, name: str | None = None, also: Iterable[str] = ()
    ) -> Any:
        """The object a cell names, None for an empty cell; an unknown name is a fault that suggests the nearest.

        `also` are further names worth suggesting.
        """
        wanted = row[column] if name is None else name
        if not wanted:
            return None
        if wanted in self.index[kind]:
            return self.index[kind][wanted]
        if wanted in self.faulty[kind]:
            # Its own row is reported already; saying it again for every use would bury the cause.
            row.unreadable.add(column)
            return None
        near = get_close_matches(wanted, [*self.index[kind], *also], n=1, cutoff=0.4)
        hint = _("是否应为“%(near)s”？") % {"near": near[0]} if near else ""
        self.fault(
            row,
            column,
            _("%(name)s不在%(where)s表中，") % {"name": "" if wanted == row[column] else f"“{wanted}”", "where": where},
            hint + _("请先在%(where)s表中登记。") % {"where": where},
        )
        return None

    def find_all(self, row: Row, column: str, kind: str, *, where: str) -> list[Any]:
        found = (self.find(row, column, kind, where=where, name=name) for name in row[column])
        return [obj for obj in found if obj is not None]

    def skip(self, row: Row, why: str) -> None:
        self.counts[row.sheet][SKIPPED] += 1
        self.skipped.append(_("%(sheet)s第%(row)s行：%(why)s") % {"sheet": row.sheet, "row": row.number, "why": why})

    def add(self, obj: Any) -> Any:
        """Keep a new object until `write_added` writes all of its model at once; until then it has no key."""
        self.added[type(obj)].append(obj)
        return obj

    def write_added(self, *in_order: type[models.Model]) -> None:
        """Write what was added of these models, those that others refer to first."""
        for model in in_order:
            model._base_manager.bulk_create(self.added.pop(model, []), batch_size=500)

    def key_of(self, row: Row) -> str:
        parts = [str(row[name]) for name in self.sheets[row.sheet].key]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()

    def put(
        self,
        row: Row,
        existing: Any,
        *,
        wanted: Mapping[str, Any],
        now: Callable[[Any], Mapping[str, Any]],
        create: Callable[[], Any],
        update: Callable[[Any], None],
        worked_on: bool = False,
    ) -> Any:
        """The object of a row, written if the file and nobody else has changed it since; None when not written."""
        if row.unreadable:
            return None
        place = (row.sheet, self.key_of(row))
        before = self.memory.get(place)
        mark = digest(wanted)
        if existing is None:
            if before:
                self.skip(row, _("已在系统中删除，没有再次导入。"))
                return None
            existing = create()
            self.counts[row.sheet][CREATED] += 1
            self.written[place] = mark
            return existing
        current = digest(now(existing))
        if current == mark:
            self.counts[row.sheet][UNCHANGED] += 1
        elif before == current and not worked_on:
            update(existing)
            self.counts[row.sheet][UPDATED] += 1
            self.written[place] = mark
        else:
            self.skip(row, _("系统中已有人办理或修改，保留系统中的内容。"))
        return existing

    def put_model(
        self,
        row: Row,
        existing: models.Model | None,
        model: type[models.Model],
        *,
        fixed: Mapping[str, Any],
        values: Mapping[str, Any],
        many: Mapping[str, list[Any]] | None = None,
        later: bool = False,
    ) -> Any:
        """`put` for a row that is simply a model's fields (`values`) and many-to-many lists (`many`).

        `later`: a new one waits for `write_added`; not for a model with many-to-many lists.
        """
        many = many or {}

        def now(obj: models.Model) -> dict[str, Any]:
            return {name: getattr(obj, name) for name in values} | {
                name: list(getattr(obj, name).all()) for name in many
            }

        def write_many(obj: models.Model) -> None:
            for name, items in many.items():
                getattr(obj, name).set(items)

        def create() -> models.Model:
            if later:
                return self.add(model(**fixed, **values))
            obj = model._base_manager.create(**fixed, **values)
            for name, items in many.items():
                getattr(obj, name).add(*items)
            return obj

        def update(obj: models.Model) -> None:
            for name, value in values.items():
                setattr(obj, name, value)
            obj.save(update_fields=list(values))
            write_many(obj)

        return self.put(row, existing, wanted={**values, **many}, now=now, create=create, update=update)

    def parents_first(
        self, sheet: str, *, name: str, parent: str, standing: Mapping[str, str] | None = None
    ) -> Iterator[Row]:
        """The rows of a sheet that is a tree, each after its parent; a circle is a fault.

        `standing` says of rows that are kept already below which each stands: a circle may close through them.
        """
        rows = self.rows(sheet)
        by_name = {row[name]: row for row in rows}
        above = {**(standing or {}), **{row[name]: row[parent] for row in rows}}
        done: set[int] = set()
        for row in rows:
            chain: list[Row] = []
            walked: set[str] = set()
            at: str = row[name]
            link: Row | None = row
            while link.number not in done if link else at:
                if at in walked:
                    self.fault(row, parent, _("上下级绕成了圈，"), _("请检查这一列。"))
                    break
                walked.add(at)
                if link:
                    chain.append(link)
                at = above.get(at) or ""
                link = by_name.get(at) if at else None
            for step in reversed(chain):
                if step.number not in done:
                    done.add(step.number)
                    yield step
