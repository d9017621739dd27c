"""What a unit's successor takes over of findings, sites and sponsorships, and what is open at a unit."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from campaigns.open_lists import lists_of
from cityinit.addresses import address
from inspections.actions.findings.escalation import carry_over
from inspections.models import DispatchRule, Finding, FindingEvent, FormerLead, FormerSite, Site, Sponsorship
from units.models import Unit
from units.succession import Open


def open_work(unit: Unit, *, with_below: bool = False) -> list[Open]:
    """Findings the unit leads that are not closed, sites it answers for, and its sponsorships that go on."""
    units = Unit.objects.filter(**{"path__startswith": unit.path} if with_below else {"pk": unit.pk})
    led = Finding.objects.open().filter(lead_unit__in=units).select_related("site", "category", "lead_unit")
    findings, reported = led.filter(dispatched_at__isnull=False), led.filter(dispatched_at=None)
    sites = Site.objects.filter(unit__in=units).select_related("kind", "unit")
    sponsored = Sponsorship.objects.filter(unit__in=units).going_on(after=localdate()).select_related("unit")

    def told(findings: QuerySet[Finding], most: int) -> list[tuple[str, ...]]:
        return [
            (
                row.number,
                f"{row.where} {row.description or row.category}",
                str(row.lead_unit),
                f"{localtime(row.due_at):%Y-%m-%d}" if row.due_at else "",
                str(row.get_state_display()),
                row.get_absolute_url(),
            )
            for row in findings.order_by("due_at", "pk")[:most]
        ]

    def site_rows(most: int) -> list[tuple[str, ...]]:
        return [
            (row.code, row.name, str(row.unit), str(row.kind), row.address, row.get_absolute_url())
            for row in sites[:most]
        ]

    def sponsored_rows(most: int) -> list[tuple[str, ...]]:
        return [
            (row.get_target_kind_display(), row.target_name, str(row.unit), row.leader, row.note, "")
            for row in sponsored[:most]
        ]

    # The lists of findings and sites take a unit with those below it, registers take it alone.
    with_lower = {"unit": unit.pk, **({} if with_below else {"alone": "on"})}
    registered_at = {"unit": unit.pk, **({"below": "on"} if with_below else {})}
    at_findings, at_sites = address("inspections:findings"), address("inspections:sites")
    finding_heads = (str(_("编号")), str(_("问题")), str(_("单位")), str(_("整改期限")), str(_("状态")))
    site_heads = (str(_("编号")), str(_("点位")), str(_("单位")), str(_("类型")), str(_("地址")))
    heads = (str(_("对象类型")), str(_("对象")), str(_("单位")), str(_("包保领导")), str(_("说明")))
    see, see_site, see_register = "inspections.see_finding", "inspections.see_site", "campaigns.see_register"
    registered = reverse("campaigns:register", args=["sponsorships"])
    sent = lists_of(findings, at_findings, {**with_lower, "state": "open", "sent": "yes"})
    unsent = lists_of(reported, at_findings, {**with_lower, "state": "open", "sent": "no"})
    going_on = lists_of(sponsored, registered, {**registered_at, "going_on": "on"})
    return [
        Open(_("未销号问题"), sent, finding_heads, partial(told, findings), see),
        Open(_("待核实问题"), unsent, finding_heads, partial(told, reported), see, True),
        Open(_("点位"), lists_of(sites, at_sites, with_lower), site_heads, site_rows, see_site),
        Open(_("包保"), going_on, heads, sponsored_rows, see_register),
    ]


def take_over(unit: Unit, *, into: Unit, by: Any, on: date) -> None:
    """Give the findings that are not closed, the sites and the sponsorships to the successor."""
    note = _("%(unit)s并入%(into)s") % {"unit": unit, "into": into}
    for finding in Finding.objects.open().filter(lead_unit=unit).held():
        FormerLead.objects.create(finding=finding, unit=unit, until=on)
        Finding.objects.filter(pk=finding.pk).update(lead_unit=into)
        finding.lead_unit = into
        # What the deadline has led to is not done once more under the other name.
        carry_over(finding, was=(unit.pk, finding.due_at))
        FindingEvent.objects.create(
            finding=finding,
            move="succeed",
            label=_("承接"),
            source=finding.state,
            target=finding.state,
            note=note,
            due_at=finding.due_at,
            by=by,
        )
        finding.assisting_units.remove(into)
    for finding in Finding.objects.open().filter(assisting_units=unit):
        finding.assisting_units.remove(unit)
        if finding.lead_unit_id != into.pk:
            finding.assisting_units.add(into)
    sites = Site.objects.filter(unit=unit)
    FormerSite.objects.bulk_create([FormerSite(site=site, unit=unit, until=on) for site in sites])
    sites.update(unit=into)
    DispatchRule.objects.filter(unit=unit).update(unit=into)
    _take_over_sponsorships(unit, into=into, on=on)


def _take_over_sponsorships(unit: Unit, *, into: Unit, on: date) -> None:
    """End them under the old unit, and begin them anew under the successor: a summary of before names the old one."""
    still = Q(ends_on=None) | Q(ends_on__gt=on)
    for row in Sponsorship.objects.filter(still, unit=unit):
        row.hand_on(unit=into, leader=row.leader, on=on)
