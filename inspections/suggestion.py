"""To which unit a finding goes, and why: by the office's rules, by the site, by who closed the like. No writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from inspections.models import DispatchRule, Finding, FormerLead
from units.models import Unit

State = Finding.State
# So far back it is looked for who closed the like.
HISTORY = timedelta(days=90)


@dataclass(frozen=True)
class Suggestion:
    """A unit and the sentence that says why it; of findings that came back, never who has just sent them."""

    unit: Unit
    reason: str


class Suggester:
    """Suggestions for findings of one campaign; whatever is common to them is asked once, and only if it is needed.

    The findings come with `category`, `site__unit`, `site__kind` and `lead_unit`.
    """

    def __init__(self, campaign: Campaign, findings: Iterable[Finding]):
        self.campaign = campaign
        self.findings = list(findings)

    def of(self, finding: Finding) -> Suggestion | None:
        """Whom the finding is likeliest for; None where nothing speaks for anybody."""
        never = self._returned_by(finding)
        candidates = (self._named, self._by_rule, self._by_site, self._by_history)
        found = (suggestion for ask in candidates if (suggestion := ask(finding, never)))
        return next(found, None)

    def _named(self, finding: Finding, never: set[int]) -> Suggestion | None:
        """Who put it right before, or whom the inspector named; the site's own unit stands there unasked."""
        unit = finding.lead_unit
        of_site = finding.site.unit_id if finding.site else None
        if unit is None or not _may(unit, never):
            return None
        if finding.state == State.REOPENED:
            return Suggestion(unit, _("上次由%(unit)s整改") % {"unit": unit})
        return Suggestion(unit, _("上报时选定")) if unit.pk != of_site else None

    def _by_rule(self, finding: Finding, never: set[int]) -> Suggestion | None:
        site = finding.site
        fits = [
            rule
            for rule in self._rules[finding.category_id]
            if (rule.kind_id is None or (site and rule.kind_id == site.kind_id))
            and (not rule.street or (site and rule.street == site.street))
            and _may(rule.unit, never)
        ]
        if not fits:
            return None
        rule = max(fits, key=lambda rule: rule.weight)
        return Suggestion(rule.unit, _("按分工：%(what)s → %(unit)s") % {"what": rule.what, "unit": rule.unit})

    def _by_site(self, finding: Finding, never: set[int]) -> Suggestion | None:
        if finding.site is None or not _may(finding.site.unit, never):
            return None
        return Suggestion(finding.site.unit, _("该点位由%(unit)s负责") % {"unit": finding.site.unit})

    def _by_history(self, finding: Finding, never: set[int]) -> Suggestion | None:
        """Who closed most of the like at the site, else in its street."""
        site = finding.site
        if site is None:
            return None
        told = _("近90天%(where)s此类问题由%(unit)s办结%(n)s件")
        for where, key in ((_("该点位"), ("site", site.pk)), (site.street, ("street", site.street))):
            counted = self._closed[finding.category_id, *key] if where else {}
            fits = [(n, -pk) for pk, n in counted.items() if _may(self._units[pk], never)]
            if fits:
                n, pk = max(fits)
                unit = self._units[-pk]
                return Suggestion(unit, told % {"where": where, "unit": unit, "n": n})
        return None

    def _returned_by(self, finding: Finding) -> set[int]:
        """Who has sent it back: the present lead, and those before it."""
        if finding.state != State.RETURNED:
            return set()
        return {pk for pk in (finding.lead_unit_id, *self._former[finding.pk]) if pk}

    @cached_property
    def _rules(self) -> dict[int, list[DispatchRule]]:
        found: dict[int, list[DispatchRule]] = defaultdict(list)
        rules = DispatchRule.objects.of(self.campaign).filter(
            category__in={finding.category_id for finding in self.findings}
        )
        for rule in rules.select_related("category", "kind", "unit"):
            found[rule.category_id].append(rule)
        return found

    @cached_property
    def _former(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        returned = [finding.pk for finding in self.findings if finding.state == State.RETURNED]
        for finding, unit in FormerLead.objects.filter(finding__in=returned).values_list("finding", "unit"):
            found[finding].append(unit)
        return found

    @cached_property
    def _closed(self) -> dict[tuple[Any, ...], dict[int, int]]:
        """Category and site, and category and street → unit → how many it closed."""
        since = timezone.now() - HISTORY
        closed = Finding.objects.of(self.campaign).filter(
            state=State.CLOSED, closed_at__gte=since, category__in={finding.category_id for finding in self.findings}
        )
        rows = closed.filter(site__isnull=False, lead_unit__isnull=False).order_by()
        found: dict[tuple[Any, ...], dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for category, site, street, unit, n in rows.values_list(
            "category", "site", "site__street", "lead_unit"
        ).annotate(n=Count("pk")):
            found[category, "site", site][unit] += n
            found[category, "street", street][unit] += n
        return found

    @cached_property
    def _units(self) -> dict[int, Unit]:
        return Unit.objects.in_bulk({unit for counted in self._closed.values() for unit in counted})


def suggested_unit(finding: Finding) -> Suggestion | None:
    """For one finding alone."""
    return Suggester(finding.campaign, [finding]).of(finding)


def _may(unit: Unit, never: set[int]) -> bool:
    return unit.closed_on is None and unit.pk not in never
