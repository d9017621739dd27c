"""What an appraisal comes to: each unit's points by rule, what was struck after an objection, and its place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from cityinit.periods import Period
from reports.models import AppraisalRule, RuleSet
from reports.ranking import placed

from . import kinds
from .counting import Counted, Found, Records
from .points import cents, plain
from .standing import Appraised, Standing

# {(unit, rule): {key of an occurrence, or "" for the whole line: the reason}}
Struck = Mapping[tuple[int, int], Mapping[str, str]]
WHOLE_LINE = ""


@dataclass
class Worked:
    """A unit's sheet, before it is kept."""

    unit: Appraised
    items: int
    base: Decimal
    deducted: Decimal
    rewarded: Decimal
    lines: list[dict[str, Any]]
    place: int | None = None
    ranked: int = 0
    unranked: str = ""

    @property
    def total(self) -> Decimal:
        return max(self.base - self.deducted + self.rewarded, Decimal(0))


def rules_of(rule_set: RuleSet) -> list[AppraisalRule]:
    """Those that count, in their order."""
    return list(rule_set.rules.filter(is_on=True))


def told_rules(rules: Sequence[AppraisalRule]) -> list[dict[str, Any]]:
    """The rules as a result keeps them."""
    return [
        {
            "key": rule.pk,
            "kind": rule.kind,
            "label": str(rule),
            "said": kinds.said(rule),
            "words": rule.words,
            "deducts": kinds.deducts(rule),
        }
        for rule in rules
    ]


def work_out(
    rule_set: RuleSet, rules: Sequence[AppraisalRule], period: Period, *, struck: Struck, exempt: Collection[int] = ()
) -> list[Worked]:
    """Every unit's points as of the period's last day, in a number of queries that depends on the rules alone."""
    standing = Standing(rule_set.campaign, on=period.last, with_below=rule_set.with_below)
    records = Records(rule_set.campaign, period, standing)
    counted = [(rule, records.counted_by(rule)) for rule in rules]
    items = _items(records)
    sheets = [_sheet(unit, rule_set, counted, items[unit.pk], struck) for unit in standing if unit.pk not in exempt]
    rank(sheets, least=rule_set.least)
    return sheets


def rank(sheets: Sequence[Worked], *, least: int) -> None:
    """Place them inside their groups, who is equal together; nobody without a group, or with too little."""
    groups: dict[str, list[Worked]] = defaultdict(list)
    for sheet in sheets:
        if sheet.items < least:
            sheet.unranked = _("问题和任务共%(n)s项，不到%(least)s项") % {"n": sheet.items, "least": least}
        elif not sheet.unit.group:
            sheet.unranked = _("没有考核组")
        else:
            groups[sheet.unit.group].append(sheet)
    for members in groups.values():
        for place, sheet in placed(members, _total):
            sheet.place, sheet.ranked = place, len(members)


def _total(sheet: Worked) -> Any:
    return sheet.total


def _items(records: Records) -> dict[int, int]:
    """How many findings and tasks each unit had: with too few of them it is compared with nobody."""
    findings: dict[int, int] = defaultdict(int)
    tasks: dict[int, set[int]] = defaultdict(set)
    for row in records.found:
        for pk in records.standing.counted_to(row.led_then):
            findings[pk] += 1
    for unit, task in records.begun:
        for pk in records.standing.counted_to(unit):
            tasks[pk].add(task)
    return defaultdict(int, {pk: findings[pk] + len(tasks[pk]) for pk in {*findings, *tasks}})


def _sheet(
    unit: Appraised, rule_set: RuleSet, counted: Sequence[tuple[AppraisalRule, Found]], items: int, struck: Struck
) -> Worked:
    lines, deducted, rewarded = [], Decimal(0), Decimal(0)
    for rule, found in counted:
        if unit.pk not in found:
            continue
        points, line = _line(rule, found[unit.pk], struck.get((unit.pk, rule.pk), {}))
        lines.append(line)
        if line["deducts"]:
            deducted += points
        else:
            rewarded += points
    if rule_set.reward_cap is not None:
        rewarded = min(rewarded, rule_set.reward_cap)
    return Worked(unit, items, rule_set.base, deducted, rewarded, lines)


def _line(rule: AppraisalRule, found: Counted, struck: Mapping[str, str]) -> tuple[Decimal, dict[str, Any]]:
    """The points of a rule, capped, and the line that explains them."""
    whole = struck.get(WHOLE_LINE, "")
    told, full, n = [], Decimal(0), 0
    for key, occurrence in found.occurrences.items():
        reason = whole or struck.get(key, "")
        points = cents(rule.points * occurrence.times)
        if not reason:
            full += points
            n += 1
        told.append(
            {
                "key": key,
                "model": occurrence.model,
                "pk": occurrence.pk,
                "title": occurrence.title,
                "note": occurrence.note,
                "points": plain(points),
                "struck": reason,
            }
        )
    if found.times is not None:
        full = Decimal(0) if whole else cents(rule.points * found.times)
    points = full if rule.cap is None else min(full, rule.cap)
    return points, {
        "rule": rule.pk,
        "label": str(rule),
        "said": kinds.said(rule),
        "words": rule.words,
        "deducts": kinds.deducts(rule),
        # Of a share the line as a whole counts, its records only show why.
        "is_share": found.times is not None,
        "n": n,
        "points": plain(points),
        "full": plain(full),
        "note": found.note,
        "struck": whole,
        "occurrences": told,
    }
