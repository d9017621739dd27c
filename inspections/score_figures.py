"""Scores of visits added up: by site, type, unit and round, each with the visits it is made of.

Of a visit the sum of weights is worked out; of anything larger the mean of its sites, each the same (see scoring).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cityinit.periods import Period
from inspections.models import Round, Visit, VisitAnswer
from units.models import Unit

from . import scoring
from .rules import Verdict
from .scoring import Points


@dataclass(frozen=True)
class Scored:
    """A finished visit with its points; as published, else as its answers stand."""

    visit: Visit
    points: Points

    @property
    def score(self) -> Decimal | None:
        return self.points.score

    @property
    def failed(self) -> list[VisitAnswer]:
        return [answer for answer in self.visit.answers.all() if answer.verdict == Verdict.FAIL]


@dataclass(frozen=True)
class Line:
    """A type's or a unit's score: the mean of these visits."""

    key: int
    label: str
    visits: list[Scored] = field(default_factory=list)

    @property
    def score(self) -> Decimal | None:
        return scoring.mean(one.score for one in self.visits)

    @property
    def why(self) -> str:
        return told_mean(self.visits)


@dataclass(frozen=True)
class GroupLine:
    """A group of a checklist within one visit: its answers and their points."""

    label: str
    answers: list[VisitAnswer]

    @property
    def points(self) -> Points:
        return scoring.points(self.answers)


def scored(visits: Iterable[Visit]) -> list[Scored]:
    """The finished ones with their points; read with `for_scores`."""
    return [Scored(visit, points_of(visit)) for visit in visits if visit.is_finished]


def points_of(visit: Visit) -> Points:
    """As they were published; before that as the answers stand now."""
    if visit.applicable is not None and visit.earned is not None:
        return Points(visit.earned, visit.applicable)
    return scoring.points(visit.answers.all())


def by_group(visit: Visit) -> list[GroupLine]:
    """The answers of a visit under the groups of its checklist; their points add up to the visit's."""
    groups: dict[str, GroupLine] = {}
    for answer in visit.answers.all():
        groups.setdefault(answer.item.group, GroupLine(answer.item.group, [])).answers.append(answer)
    return list(groups.values())


def by_kind(rows: Sequence[Scored]) -> list[Line]:
    """By type of site, the best first."""
    return _lines(rows, lambda visit: visit.kind)


def by_unit(rows: Sequence[Scored]) -> list[Line]:
    """By the unit that answers for the site: of the day of publication where it is published."""
    return _lines(rows, lambda visit: visit.unit)


def mean_of(rows: Iterable[Scored]) -> Decimal | None:
    return scoring.mean(one.score for one in rows)


def told_mean(rows: Sequence[Scored]) -> str:
    """How the mean came about: （90＋80）÷2; in words only where there are many."""
    known = [one.score for one in rows if one.score is not None]
    left = len(rows) - len(known)
    if not known:
        return _("没有可以算分的点位")
    told = _("%(n)s个点位平均") % {"n": len(known)}
    if 1 < len(known) <= 6:
        told += _("：（%(sum)s）÷%(n)s") % {"sum": "＋".join(map(str, known)), "n": len(known)}
    return told + (_("；%(n)s个没有适用的检查项，不计") % {"n": left} if left else "")


def told_points(points: Points) -> str:
    """How a score came about, in one sentence."""
    if points.score is None:
        return _("没有适用的检查项，不计分")
    told = {"earned": points.earned, "applicable": points.applicable, "score": points.score}
    return _("符合%(earned)s分 ÷ 适用%(applicable)s分 × 100 ＝ %(score)s") % told


def told_answer(answer: VisitAnswer) -> str:
    """Why it was judged so: the rule beside the number, and who judges otherwise says why."""
    why = answer.item.rule.why(answer.number, answer.out_of) if answer.number is not None else ""
    return "；".join(part for part in (why, _("改判：%(reason)s") % answer.__dict__ if answer.reason else "") if part)


def published_visits(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Visit]:
    """The visits that a campaign's score of a period is made of, of the unit and those below it then."""
    rows = Visit.objects.of(campaign).published().filter(visited_on__range=(period.first, period.last))
    rows = rows.exclude(applicable=None)
    if unit:
        rows = rows.filter(scored_unit__in=Unit.objects.below(unit, on=period.last))
    return rows.for_scores()


def campaign_score(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> Decimal | None:
    """The mean over the visits of `published_visits`; None where none was scored."""
    rows = published_visits(campaign, period, unit=unit).order_by()
    return scoring.mean(rows.values_list("score", flat=True))


def round_before(round: Round, visits: QuerySet[Visit]) -> Round | None:
    """The round of its campaign that was published last before it, among those with one of the scored `visits`."""
    scored = visits.exclude(applicable=None).filter(round=OuterRef("pk"))
    rows = Round.objects.of(round.campaign).filter(Exists(scored), state=Round.State.PUBLISHED).exclude(pk=round.pk)
    if round.published_at:
        rows = rows.filter(published_at__lt=round.published_at)
    return rows.order_by("-published_at", "-pk").first()


def _lines(rows: Sequence[Scored], of: Any) -> list[Line]:
    lines: dict[int, Line] = {}
    for one in rows:
        owner = of(one.visit)
        lines.setdefault(owner.pk, Line(owner.pk, str(owner), [])).visits.append(one)
    # Without a score last; the best first.
    return sorted(lines.values(), key=lambda line: (line.score is None, -(line.score or 0), line.label))
