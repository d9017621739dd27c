"""Assessment systems out of a table with one standard a line and the columns of its levels.

One file may hold several systems and editions. Each becomes a draft, or goes to the draft of the edition that is
there; loaded twice it changes nothing, and what people have changed since is left to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from cityinit.alone import Work, alone
from cityinit.loading import CREATED, SKIPPED, UNCHANGED, UPDATED
from cityinit.marks import digest
from cityinit.workbook import Row
from units.models import Unit

from .actions.systems import State, record, revise
from .ancestry import lock_trees
from .models import AssessmentSystem, Campaign, ImportedRow, Indicator, Standard
from .system_reading import Loaded, Plan, Wish, WishedNode

# The name under which is remembered what the last load wrote.
MEMORY = "测评体系表"


class _Undone(Exception):
    """Thrown to take back what a dry run wrote."""


def check(campaign: Campaign, path: Path, *, file_name: str, name: str = "", edition: str = "") -> Loaded:
    """A dry run: what a load would do, with every fault by line and column; nothing is written."""
    plan = _Writing(campaign, path, file_name=file_name, name=name, edition=edition)
    try:
        with transaction.atomic():
            if plan.loaded.is_sound:
                plan.write(by=None)
            raise _Undone
    except _Undone:
        return plan.loaded


def load(
    campaign: Campaign,
    path: Path,
    *,
    file_name: str,
    name: str = "",
    edition: str = "",
    by: Any,
    record_result: Callable[[Loaded], None] = lambda loaded: None,
) -> Loaded:
    """Write the systems of a table, all or nothing; with faults nothing. The result is recorded in the same go."""
    plan = _Writing(campaign, path, file_name=file_name, name=name, edition=edition)
    with transaction.atomic():
        alone(Work.LOAD)
        lock_trees(campaign)
        if plan.loaded.is_sound:
            plan.write(by=by)
        record_result(plan.loaded)
    return plan.loaded


class _Writing(Plan):
    """The plan carried out, a system at a time."""

    memory: dict[str, str]
    written: dict[str, str]

    def write(self, *, by: Any) -> None:
        for (name, edition), tree in self.trees.items():
            self._write_system(name, edition, list(tree.values()), by=by)

    def _write_system(self, name: str, edition: str, nodes: list[WishedNode], *, by: Any) -> None:
        known = AssessmentSystem.objects.of(self.campaign).called(name=name, edition=edition)
        there = known.drafts().first() or known.in_force().first() or known.first()
        self.written = {}
        if there is None:
            previous = AssessmentSystem.objects.of(self.campaign).in_force().filter(name=name).first()
            there = AssessmentSystem.objects.create(
                campaign=self.campaign, name=name, edition=edition, state=State.DRAFT, previous=previous
            )
            self.loaded.counts[_("测评体系")][CREATED] += 1
            # What is loaded anew was thrown away as a whole: nothing of it is remembered as deleted.
            self.memory = {}
        else:
            self.memory = dict(ImportedRow.objects.filter(self._remembered()).values_list("key", "written"))
            self.loaded.counts[_("测评体系")][UNCHANGED] += 1
        decided = self._decide_all(there, nodes)
        changes = sum(tally in (CREATED, UPDATED) for tally in decided.values())
        if changes and there.state == State.SUPERSEDED:
            sentence = _("“%(system)s”已停用，表里的%(n)s处改动没有写入。")
            self.loaded.skipped.append(sentence % {"system": there, "n": changes})
            return
        if changes:
            there = revise(there, by=by)
            record(there, "load", _("导入"), by=by, note=_("写入%(n)s条") % {"n": changes})
        self._write_nodes(there, nodes, decided)
        self._remember()
        self.loaded.systems[str(there)] = there.pk

    def _remembered(self) -> Q:
        return Q(campaign=self.campaign, sheet=MEMORY)

    def _remember(self) -> None:
        rows = [
            ImportedRow(campaign=self.campaign, sheet=MEMORY, key=key, written=mark)
            for key, mark in self.written.items()
        ]
        ImportedRow.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["campaign", "sheet", "key"],
            update_fields=["written"],
            batch_size=500,
        )

    def _decide_all(self, system: AssessmentSystem, nodes: list[WishedNode]) -> dict[WishedNode | Wish, str]:
        """What becomes of each row; one that people have changed or deleted since the last load is left."""
        there = _Existing(system)
        decided: dict[WishedNode | Wish, str] = {}
        for node in nodes:
            row = there.indicators.get(node.code)
            now = there.told(row) if row else None
            decided[node] = self._decide(node.row, f"{system.name}|{system.edition}|{node.code}", now, node.wanted)
            standards = there.standards.get(node.code, {})
            for wish in node.standards.values():
                key = f"{system.name}|{system.edition}|{node.code}|{wish.number}"
                standard = standards.get(wish.number)
                now = there.told_standard(standard, wish) if standard else None
                decided[wish] = self._decide(wish.row, key, now, wish.wanted)
                if decided[node] == SKIPPED and row is None:
                    decided[wish] = SKIPPED
        return decided

    def _decide(self, row: Row, name: str, now: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> str:
        key = hashlib.sha256(name.encode()).hexdigest()
        mark, before = digest(wanted), self.memory.get(key)
        if now is None:
            if before:
                self._skip(row, _("已在系统中删除，没有再次导入。"))
                return SKIPPED
            self.written[key] = mark
            return CREATED
        if digest(now) == mark:
            return UNCHANGED
        if before == digest(now):
            self.written[key] = mark
            return UPDATED
        self._skip(row, _("系统中已有人修改，保留系统中的内容。"))
        return SKIPPED

    def _skip(self, row: Row, why: str) -> None:
        self.loaded.skipped.append(_("第%(row)s行：%(why)s") % {"row": row.number, "why": why})

    def _write_nodes(
        self, system: AssessmentSystem, nodes: list[WishedNode], decided: Mapping[WishedNode | Wish, str]
    ) -> None:
        there = _Existing(system)
        written: dict[WishedNode, Indicator] = {}
        place = max((row.position for row in there.indicators.values()), default=0)
        # Those above first: a level at a time.
        for node in sorted(nodes, key=lambda node: node.level):
            self.loaded.counts[_("指标")][decided[node]] += 1
            row = there.indicators.get(node.code)
            parent = written.get(node.parent) if node.parent else None
            if decided[node] == CREATED:
                place += 1
                values = node.values
                row = Indicator.objects.create(
                    campaign=self.campaign, system=system, code=node.code, parent=parent, position=place, **values
                )
                row.units.set(node.units)
            elif decided[node] == UPDATED and row is not None:
                _set(row, node.values | {"parent": parent}, node.units)
            if row is not None:
                written[node] = row
                self._write_standards(row, node, there.standards.get(node.code, {}), decided)

    def _write_standards(
        self,
        row: Indicator,
        node: WishedNode,
        there: Mapping[str, Standard],
        decided: Mapping[WishedNode | Wish, str],
    ) -> None:
        for place, wish in enumerate(node.standards.values(), start=1):
            self.loaded.counts[_("标准")][decided[wish]] += 1
            if decided[wish] == CREATED:
                standard = Standard.objects.create(
                    campaign=self.campaign, indicator=row, number=wish.number, position=place, **wish.values
                )
                standard.units.set(wish.units)
            elif decided[wish] == UPDATED:
                _set(there[wish.number], wish.values, wish.units)


def _set(row: Indicator | Standard, values: Mapping[str, Any], units: list[Unit]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    row.units.set(units)


class _Existing:
    """What a version has, by code and number, in the words a row of the table is compared in."""

    def __init__(self, system: AssessmentSystem):
        rows = list(system.indicators.select_related("parent").prefetch_related("units", "standards__units"))
        self.indicators = {row.code: row for row in rows}
        self.standards = {row.code: {one.number: one for one in row.standards.all()} for row in rows}

    @staticmethod
    def told(row: Indicator) -> dict[str, Any]:
        told = {name: getattr(row, name) for name in ("name", "score", "methods", "note")}
        return told | {"above": row.parent.code if row.parent else "", "units": list(row.units.all())}

    @staticmethod
    def told_standard(standard: Standard, wish: Wish) -> dict[str, Any]:
        return {name: getattr(standard, name) for name in wish.values} | {"units": list(standard.units.all())}
