"""A 问题台账 into findings: all of it or nothing; twice the same as once, people's work left alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cityinit import files
from cityinit.alone import Work, alone
from cityinit.content import Checked, UploadRefused, check_photo_at_a_glance, check_upload
from cityinit.models import StoredFile
from cityinit.queue import Lease
from cityinit.tables import Table, read_table
from inspections.actions.findings.photos import add_photos
from inspections.dispatch import warn_at
from inspections.importers import last_change, verdict_of, when_of
from inspections.models import (
    Finding,
    FindingEvent,
    FindingPhoto,
    FindingSeries,
    Ledger,
    LedgerLine,
    Rectification,
)

from . import fields as columns
from .plan import Loaded, Plan, Wish
from .saying import say

BATCH = 500
UPDATED_FIELDS = (
    *("found_on", "found_at", "round", "site", "place", "category", "severity", "description", "lead_unit", "due_at"),
    *("measure", "state", "dispatched_at", "acknowledged_at", "answered_at", "reviewed_at", "closed_at", "paused_at"),
    *("warn_at", "long_term_until", "rework_times", "changed_at"),
)


def read_upload(ledger: Ledger, path: Path) -> Table:
    """The table of an upload where the person said it is, or where it likeliest is."""
    looked_for = columns.fields(year=ledger.campaign.starts_on.year)
    return read_table(path, looked_for, name=ledger.file.name, sheet=ledger.sheet, header_line=ledger.header_line)


def check(ledger: Ledger, path: Path) -> Loaded:
    """A dry run: what a load would do, and every fault; nothing is written."""
    plan = Plan(ledger, path, by=None)
    # Only the first lines of each: to read them whole takes as long as the load.
    plan.no_photos = {
        name: fault for name in plan.pictures.names() if (fault := _fault_of(plan, name, check_photo_at_a_glance))
    }
    plan.make()
    return plan.loaded


def load(ledger: Ledger, path: Path, *, by: Any, lease: Lease, record: Callable[[Loaded], None]) -> Loaded:
    """Write the findings of a ledger, all or nothing; with faults nothing. `record` runs within the same transaction.

    Its photos are kept before: image work inside the transaction would keep every other writer waiting.
    """
    photos = _Photos(Plan(ledger, path, by=by), lease=lease)
    kept = photos.kept()
    # The file is read again before anybody has to wait for this transaction.
    plan = _Writing(ledger, path, by=by, photos=kept)
    plan.no_photos = photos.faults
    with transaction.atomic():
        # Of two loads at once the second finds the rows of the first, and leaves them.
        alone(Work.LOAD)
        plan.make()
        if plan.loaded.is_sound:
            plan.write()
        record(plan.loaded)
    return plan.loaded


def _fault_of(plan: Plan, name: str, take: Callable[[SimpleUploadedFile], Any]) -> str:
    """Why a picture of the file is no photo, after `take` has had it; "" for one that is."""
    for called, content in plan.pictures.read([name]):
        try:
            take(SimpleUploadedFile(called, content))
        except UploadRefused as fault:
            return " ".join(fault.messages)
        return ""
    return _("表里的这张图片读不出来，或太大。请另存为JPG后重新插入。")


class _Photos:
    """The pictures of the file as photos on disk, by their name in the package, and why the others are none."""

    def __init__(self, plan: Plan, *, lease: Lease):
        self.plan, self.lease = plan, lease
        self.faults: dict[str, str] = {}

    def kept(self) -> dict[str, Checked]:
        names = self.plan.pictures.names()
        kept: dict[str, Checked] = {}
        for place, name in enumerate(names, start=1):

            def keep(upload: SimpleUploadedFile, name: str = name) -> None:
                kept[name] = files.keep(check_upload(upload, kind=StoredFile.Kind.PHOTO))

            if fault := _fault_of(self.plan, name, keep):
                self.faults[name] = fault
            told = {"n": place, "total": len(names)}
            self.lease.progress(20 + 60 * place // len(names), _("已读取第%(n)s张照片，共%(total)s张") % told)
        return kept


class _Writing(Plan):
    """The plan carried out, a model at a time."""

    def __init__(self, ledger: Ledger, path: Path, *, by: Any, photos: dict[str, Checked]):
        super().__init__(ledger, path, by=by)
        self.kept = photos

    def write(self) -> None:
        """Everything of the plan, a model at a time."""
        self._write_choices()
        new = [wish for wish in self.wishes if wish.is_new]
        self._number(new)
        last = Finding.objects.of(self.campaign).count()
        for wish in new:
            wish.finding = self._made(wish, position=last + wish.row.number)
        Finding.objects.bulk_create([_of(wish) for wish in new], batch_size=BATCH)
        for wish in self.changed:
            self._change(wish)
        self._write_beside(new, label=_("导入"))
        self._write_beside(self.changed, label=_("再次导入"))
        self._write_photos()
        self._write_lines()

    def _write_choices(self) -> None:
        for category in self.new_categories.values():
            category.save()
        for one in self.new_rounds.values():
            one.save()
        if self.new_categories or self.new_rounds:
            Campaign.objects.mark_choices(self.campaign.pk)

    def _number(self, new: list[Wish]) -> None:
        """The next numbers of the year for those that brought none, past numbers that are taken."""
        taken = set(self.by_number) | {wish.number for wish in new if wish.number}
        unnumbered: dict[int, list[Wish]] = defaultdict(list)
        for wish in new:
            if not wish.number:
                unnumbered[wish.values["found_on"].year].append(wish)
        for year, wishes in unnumbered.items():
            FindingSeries.objects.get_or_create(campaign=self.campaign, year=year)
            series = FindingSeries.objects.select_for_update(no_key=True).get(campaign=self.campaign, year=year)
            for wish in wishes:
                series.last += 1
                while str(series) in taken:
                    series.last += 1
                wish.number = str(series)
            series.save(update_fields=["last"])

    def _made(self, wish: Wish, *, position: int) -> Finding:
        values, steps = wish.values, wish.steps
        finding = Finding(
            number=wish.number,
            position=position,
            first_due_at=values["due_at"],
            reported_at=values["found_at"],
            reported_by=self.by,
            rework_times=int(steps["state"] == Finding.State.REWORK),
            **values,
            **steps,
        )
        finding.warn_at = self._warn_at(finding)
        finding.changed_at = last_change(finding)
        return finding

    def _change(self, wish: Wish) -> None:
        finding = _of(wish)
        known = finding.changed_at
        for name, value in {**wish.values, **wish.steps}.items():
            setattr(finding, name, value)
        finding.warn_at = self._warn_at(finding)
        finding.rework_times = int(wish.steps["state"] == Finding.State.REWORK)
        changed = last_change(finding)
        # Told to have happened before what was known of it: only its events know in which order.
        finding.changed_at = changed if known and known <= changed else None
        finding.save(update_fields=UPDATED_FIELDS)
        finding.assisting_units.clear()
        finding.rectifications.all().delete()

    def _warn_at(self, finding: Finding) -> Any:
        return warn_at(finding, start=finding.found_at, due_at=finding.due_at, calendar=self.calendar)

    def _write_beside(self, wishes: list[Wish], *, label: str) -> None:
        through = Finding.assisting_units.through
        through.objects.bulk_create(
            (through(finding=wish.finding, unit=unit) for wish in wishes for unit in wish.assisting),
            batch_size=BATCH * 4,
        )
        Rectification.objects.bulk_create(
            (
                Rectification(
                    finding=_of(wish),
                    attempt=1,
                    unit=_of(wish).lead_unit,
                    measure=wish.measure,
                    answered_at=wish.steps["answered_at"],
                    reviewed_at=wish.steps["reviewed_at"],
                    verdict=verdict_of(wish.steps["state"]),
                )
                for wish in wishes
                if wish.steps["answered_at"] and wish.values["lead_unit"]
            ),
            batch_size=BATCH,
        )
        FindingEvent.objects.bulk_create(
            (
                FindingEvent(
                    finding=_of(wish),
                    move="imported",
                    label=label,
                    target=_of(wish).state,
                    by=self.by,
                    note=wish.note,
                    **when_of(_of(wish)),
                )
                for wish in wishes
            ),
            batch_size=BATCH,
        )

    def _write_photos(self) -> None:
        """Photos of what is new, and of what had none of that phase: a ledger given back brings its own again."""
        wanted = self.photos()
        there = {wish.finding.pk for wish in wanted if wish.finding and not wish.is_new}
        having = set(FindingPhoto.objects.filter(finding__in=there).values_list("finding", "phase"))
        rows = [
            FindingPhoto(finding=finding, phase=phase, file=files.store(self.kept[name], by=self.by), added_by=self.by)
            for wish, phases in wanted.items()
            if (finding := wish.finding) is not None
            for phase, names in phases
            if (finding.pk, phase) not in having
            for name in names
            if name in self.kept
        ]
        add_photos(rows, of=str(self.ledger))

    def _write_lines(self) -> None:
        rows = [
            LedgerLine(
                ledger=self.ledger,
                number=wish.row.number,
                part=wish.part,
                finding=wish.finding,
                key=wish.key,
                written=wish.written,
                cells=[cell.text for cell in wish.line.cells],
                told=self._told(wish),
            )
            for wish in self.wishes
        ]
        LedgerLine.objects.bulk_create(rows, batch_size=BATCH)

    def _told(self, wish: Wish) -> dict[str, str]:
        if wish.finding is None:
            return {}
        mapped = set(self.mapping.values())
        if wish.is_new or wish in self.changed:
            told = say(wish.finding, assisting=wish.assisting)
        else:
            told = say(wish.finding, assisting=list(wish.finding.assisting_units.all()))
        return {name: text for name, text in told.items() if name in mapped}


def _of(wish: Wish) -> Finding:
    """What is written of it is there by then."""
    if wish.finding is None:
        raise ValueError(wish)
    return wish.finding
