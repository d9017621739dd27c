"""Whom a move of a finding concerns, and what they are told."""

from __future__ import annotations

from collections.abc import Iterable

from inspections.models import Finding
from units import notices
from units.models import User


def tell(people: Iterable[User], text: str, finding: Finding, *, by: User) -> None:
    notices.tell([person for person in people if person != by], text, url=finding.get_absolute_url())


def tell_office(finding: Finding, text: str, *, by: User) -> None:
    tell(notices.office_of(finding.campaign.host), text % {"finding": about(finding)}, finding, by=by)


def tell_liaisons(finding: Finding, text: str, *, by: User) -> None:
    if finding.lead_unit:
        tell(notices.liaisons_of(finding.lead_unit), text % {"finding": about(finding)}, finding, by=by)


def tell_reporter(finding: Finding, text: str, *, by: User) -> None:
    if finding.reported_by:
        tell([finding.reported_by], text % {"finding": about(finding)}, finding, by=by)


def about(finding: Finding) -> str:
    return "，".join(part for part in (f"{finding.number} {finding.where}".strip(), str(finding.category)) if part)
