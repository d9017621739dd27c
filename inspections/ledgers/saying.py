"""What a finding says in the columns of a ledger: at the load, and when the ledger is given back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from inspections.models import Finding
from units.models import Unit

from . import fields as columns


def say(finding: Finding, *, assisting: list[Unit]) -> dict[str, str]:
    """Field → the cell in which a ledger would say it; what is no field of a finding is not among them."""
    return {
        columns.NUMBER: finding.number,
        columns.FOUND: finding.found_on.isoformat(),
        columns.ROUND: str(finding.round or ""),
        columns.SITE: finding.where,
        columns.CATEGORY: str(finding.category),
        columns.SEVERITY: finding.severity,
        columns.DESCRIPTION: finding.description,
        columns.UNIT: finding.lead_unit.name if finding.lead_unit else "",
        columns.ASSISTING: "、".join(unit.name for unit in sorted(assisting, key=lambda unit: unit.pk)),
        columns.DUE: _day(finding.due_at),
        columns.STATE: str(finding.get_state_display()),
        columns.MEASURE: finding.measure,
        columns.ANSWERED: _day(finding.answered_at),
        columns.REVIEWED: _day(finding.reviewed_at),
        columns.CLOSED: _day(finding.closed_at),
    }


def facts(finding: Finding, *, assisting: list[int]) -> dict[str, Any]:
    """Plain values by which what stands is compared with what a file says: to the day, as a ledger knows it."""
    return {
        "found_on": finding.found_on,
        "where": finding.where,
        "category": finding.category.name,
        "description": finding.description,
        "lead": finding.lead_unit_id,
        "assisting": sorted(assisting),
        "due": _day(finding.due_at),
        "state": finding.state,
        "measure": finding.measure,
        "answered": _day(finding.answered_at),
        "closed": _day(finding.closed_at),
    }


def _day(at: datetime | None) -> str:
    return timezone.localdate(at).isoformat() if at else ""
