"""Whom a move of a finding concerns, and what they are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.utils.http import urlencode
from django.utils.translation import gettext as _

from cityinit.addresses import address
from inspections.models import Finding
from units import notices
from units.models import Unit, User

from .wording import moment


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


def tell_dispatched(findings: Iterable[Finding], *, by: User, within: bool = False) -> None:
    """Tell each unit once what it was given to lead and what to assist with: of one finding which, of more how many.

    `within` as `notices.tell` has it.
    """
    led: dict[Unit, list[Finding]] = defaultdict(list)
    assisted: dict[Unit, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.lead_unit:
            led[finding.lead_unit].append(finding)
        for unit in finding.assisting_units.all():
            assisted[unit].append(finding)
    for of_unit, one, many in (
        (led, _("交办：%(finding)s，期限 %(due)s"), _("%(unit)s有%(n)s个新问题待签收")),
        (assisted, _("请协办：%(finding)s"), _("请%(unit)s协办%(n)s个新问题")),
    ):
        for unit, given in of_unit.items():
            if len(given) == 1:
                text = one % {"finding": about(given[0]), "due": moment(given[0].due_at)}
                url = given[0].get_absolute_url()
            else:
                text = many % {"unit": unit, "n": len(given)}
                # What a unit assists with is led by another: the filter of units asks who leads.
                asked = {"state": "dispatched"} | ({"unit": str(unit.pk)} if of_unit is led else {})
                url = f"{address('inspections:findings')}?{urlencode(asked)}"
            people = [person for person in notices.liaisons_of(unit) if person != by]
            notices.tell(people, text, url=url, within=within)


def about(finding: Finding) -> str:
    return "，".join(part for part in (f"{finding.number} {finding.where}".strip(), str(finding.category)) if part)
