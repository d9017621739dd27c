"""Bringing an office's 问题台账 in: what its jobs found, kept; the steps before are those of every such table."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.actions.mapped import Bringing
from campaigns.actions.tables import FAULTS_KEPT, told_rows
from campaigns.tables.layout import layout_of
from cityinit import uploads
from cityinit.tables import Table
from inspections.ledgers.fields import fields
from inspections.ledgers.plan import Loaded
from inspections.models import Finding, Ledger, LedgerMapping, LedgerRemark

PERMISSION = "inspections.load_ledger"
LEDGERS = Bringing(
    model=Ledger,
    mappings=LedgerMapping,
    permission=PERMISSION,
    read="inspections.jobs.read_ledger",
    check="inspections.jobs.check_ledger",
    load="inspections.jobs.load_ledger",
    called=gettext_lazy("问题台账"),
)


@transaction.atomic
def record_layout(ledger: Ledger, read: Table, *, revision: int) -> None:
    """Keep what was read, with the mapping remembered for such a ledger or else guessed."""
    if LEDGERS.is_outdated(ledger, revision):
        return
    remembered = LEDGERS.remembered(ledger, shape=read.shape)
    ledger.layout, ledger.shape = layout_of(read, fields(year=2000), remembered=remembered), read.shape
    ledger.save(update_fields=["layout", "shape"])


@transaction.atomic
def record_check(ledger: Ledger, loaded: Loaded, *, revision: int) -> None:
    """Keep what the dry run found, its faults and hints as rows that can be leafed through."""
    if LEDGERS.is_outdated(ledger, revision):
        return
    ledger.check_result = told(loaded)
    ledger.save(update_fields=["check_result"])
    _keep_remarks(ledger, loaded)


def record_load(ledger: Ledger, loaded: Loaded) -> None:
    """Keep what the load did, within its transaction; or the faults that came up since the dry run."""
    uploads.record(ledger, told(loaded), of=str(ledger), by=ledger.loaded_by, label=_("导入问题台账"))
    _keep_remarks(ledger, loaded)


def told(loaded: Loaded) -> dict[str, Any]:
    """What a load found or did, as plain values for the row and the page; its faults are rows of their own."""
    states = {str(Finding.State(state).label): n for state, n in loaded.states.items()}
    return uploads.told(
        loaded,
        rows=loaded.rows,
        findings=loaded.findings,
        photos=loaded.photos,
        states=states,
        counts=dict(loaded.counts),
        samples=loaded.samples,
        unknown=[[name, n] for name, n in loaded.unknown.most_common(100)],
        hints=[told_rows(noticed, rows) for noticed, rows in loaded.hinted.items()],
        hint_count=len(loaded.hints),
    )


def _keep_remarks(ledger: Ledger, loaded: Loaded) -> None:
    ledger.forget_remarks()
    LedgerRemark.objects.bulk_create(
        (
            LedgerRemark(
                ledger=ledger,
                is_fault=is_fault,
                position=place,
                row=remark.row,
                column=remark.column[:200],
                value=remark.value[:1000],
                wrong=remark.wrong.rstrip("，"),
                right=remark.right,
            )
            for is_fault, remarks in ((True, loaded.faults), (False, loaded.hints))
            for place, remark in enumerate(remarks[:FAULTS_KEPT], start=1)
        ),
        batch_size=500,
    )
