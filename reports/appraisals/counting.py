"""What each kind of rule counts in a period, of all units at once: one or two questions a kind, whatever their number.

Everything is asked as of the period's last day, of days and events, so that asked again later it is the same.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from campaigns import figures as tasks
from campaigns import material_figures as materials
from campaigns.models import Assignment, Campaign, Honour, Material, MaterialEvent, PastAssignment, Reward, TaskEvent
from cityinit.periods import FIRST_DAY, Period, day_in_words, day_of
from inspections import figures, scoring
from inspections.models import Finding, FindingEvent, FormerLead, OverdueLetter, Praise, Rectification, Round, Visit
from reports.models import AppraisalRule
from units.then import unit_then

from .points import plain, steps
from .standing import Standing

Kind = AppraisalRule.Kind
State = Finding.State
DAY = timedelta(days=1)
ONE = Decimal(1)
FINDING, TASK, MATERIAL, REWARD = "inspections.finding", "campaigns.task", "campaigns.material", "campaigns.reward"
# Words by which who grants an honour is known for what they are, the highest first.
RANKS = (
    (AppraisalRule.Rank.NATION, ("中央", "中共中央", "国务院", "国家", "全国", "中国", "教育部", "公安部", "住建部")),
    (AppraisalRule.Rank.PROVINCE, ("省", "自治区")),
    (AppraisalRule.Rank.CITY, ("市",)),
)


@dataclass(frozen=True)
class Occurrence:
    """One thing a rule counts: `times` its points; 0 of what only shows why a share is as low as it is."""

    key: str
    model: str
    pk: int
    title: str
    note: str = ""
    times: Decimal = ONE


@dataclass
class Counted:
    """Of one unit what a rule found: what counts by itself, or a share that missed with the records that made it."""

    occurrences: dict[str, Occurrence] = field(default_factory=dict)
    # Of a share: how often the points are taken, and the sentence that says why.
    times: Decimal | None = None
    note: str = ""


Found = Mapping[int, Counted]
Told = Iterator[tuple[int | None, Occurrence]]


class Records:
    """The records of one campaign and period, read once for all rules that need them."""

    def __init__(self, campaign: Campaign, period: Period, standing: Standing):
        self.campaign, self.period, self.standing = campaign, period, standing
        self._first_lead = unit_then(FormerLead.objects.all(), of="finding", on=period.last, now="lead_unit_id")

    def counted_by(self, rule: AppraisalRule) -> Found:
        """{unit: what the rule counts there}; units for which there is nothing are left out."""
        return COUNTING[Kind(rule.kind)](self, rule)

    def each(self, told: Iterable[tuple[int | None, Occurrence]]) -> Found:
        """Each occurrence with its unit and those above; of one unit the same once."""
        found: dict[int, Counted] = defaultdict(Counted)
        for unit, occurrence in told:
            for pk in self.standing.counted_to(unit):
                found[pk].occurrences.setdefault(occurrence.key, occurrence)
        return found

    def dated(self, name: str) -> dict[str, Any]:
        """The moments of the period, as a filter."""
        return {f"{name}__gte": self.period.starts_at, f"{name}__lt": self.period.ends_at}

    # Findings -----------------------------------------------------------------------------------------

    @cached_property
    def found(self) -> list[Any]:
        """What was found in the period, as it was when the last day ended, with who led it then."""
        rows = figures.judged(self.campaign, self.period).annotate(led_then=self._first_lead)
        return list(rows.order_by("pk").values_list(*READ, named=True).iterator(chunk_size=5000))

    def of_severity(self, rule: AppraisalRule) -> Found:
        wanted = (row for row in self.found if not rule.severity or row.severity == rule.severity)
        return self.each((row.led_then, _finding(row, day_in_words(row.found_on))) for row in wanted)

    def overdue(self, rule: AppraisalRule) -> Found:
        """Whose deadline, as it stood at the end, lies in the period: so in the run of periods each counts once."""
        period = self.period
        answers = Rectification.objects.filter(finding=OuterRef("pk"), answered_at__lt=period.ends_at)
        rows = (
            figures.judged(self.campaign, Period(FIRST_DAY, period.last))
            .filter(Q(due_at__gt=period.starts_at) | Q(first_due_at__gt=period.starts_at))
            .filter(due_then__gt=period.starts_at, due_then__lte=period.ends_at)
            .annotate(
                led_then=self._first_lead,
                said_last=Subquery(answers.order_by("-attempt").values("answered_at")[:1]),
            )
        )
        return self.each(self._late(rows.order_by("pk").values_list(*READ, "said_last", named=True), rule))

    def _late(self, rows: Iterable[Any], rule: AppraisalRule) -> Told:
        for row in rows:
            until = _late_until(row, self.period)
            if until is None:
                continue
            days = max(math.ceil((until - row.due_then) / DAY), 1)
            note = _("应于%(day)s前整改，逾期%(n)s天") % {"day": day_in_words(day_of(row.due_then)), "n": days}
            yield row.led_then, _finding(row, note, times=steps(Decimal(days), rule.step))

    def rework(self, rule: AppraisalRule) -> Found:
        counted = Finding.objects.of(self.campaign).counted_at(self.period.ends_at).order_by()
        rows = Rectification.objects.filter(
            finding__in=counted.values("pk"), verdict=Rectification.Verdict.REWORK, **self.dated("reviewed_at")
        )
        names = ("pk", "attempt", "unit_id", "finding_id", "finding__number", "reviewed_at")
        return self.each(
            (
                row.unit_id,
                Occurrence(
                    f"rectification:{row.pk}",
                    FINDING,
                    row.finding_id,
                    row.finding__number,
                    _("%(day)s第%(n)s次反馈未通过") % {"day": day_in_words(day_of(row.reviewed_at)), "n": row.attempt},
                ),
            )
            for row in rows.order_by("reviewed_at", "pk").values_list(*names, named=True)
        )

    def reopened(self, rule: AppraisalRule) -> Found:
        counted = Finding.objects.of(self.campaign).counted_at(self.period.ends_at).order_by()
        events = FindingEvent.objects.filter(finding__in=counted.values("pk"), move="reopen", **self.dated("at"))
        names = ("pk", "at", "finding_id", "finding__number", "finding__lead_unit_id")
        rows = list(events.order_by("at", "pk").values_list(*names, named=True))
        left: dict[int, list[tuple[date, int]]] = defaultdict(list)
        former = FormerLead.objects.filter(finding__in=events.order_by().values("finding")).order_by("until", "pk")
        for finding, until, unit in former.values_list("finding", "until", "unit"):
            left[finding].append((until, unit))

        def led_on(row: Any) -> int:
            day = day_of(row.at)
            return next((unit for until, unit in left[row.finding_id] if until >= day), row.finding__lead_unit_id)

        return self.each(
            (
                led_on(row),
                Occurrence(
                    f"event:{row.pk}",
                    FINDING,
                    row.finding_id,
                    row.finding__number,
                    _("%(day)s反弹") % {"day": day_in_words(day_of(row.at))},
                ),
            )
            for row in rows
        )

    def rate(self, rule: AppraisalRule) -> Found:
        period = self.period
        rows = ((row.led_then, figures.was_closed(row, period), _finding(row, _("未销号"))) for row in self.found)
        return self._share(rule, rows, _("整改率"))

    def in_time(self, rule: AppraisalRule) -> Found:
        rows = (
            (row.led_then, figures.was_in_time(row), _finding(row, _("晚于期限反馈")))
            for row in self.found
            if figures.was_closed(row, self.period)
        )
        return self._share(rule, rows, _("按期整改率"))

    def _share(self, rule: AppraisalRule, rows: Iterable[tuple[int | None, bool, Occurrence]], name: str) -> Found:
        """Those whose share lies below the threshold, each with the records that were not as they should be."""
        whole: dict[int, set[str]] = defaultdict(set)
        missed: dict[int, dict[str, Occurrence]] = defaultdict(dict)
        for unit, is_good, occurrence in rows:
            for pk in self.standing.counted_to(unit):
                whole[pk].add(occurrence.key)
                if not is_good:
                    missed[pk][occurrence.key] = occurrence
        found = {}
        for pk, keys in whole.items():
            n, good = len(keys), len(keys) - len(missed[pk])
            share = tasks.share(good, n)
            if share is None or rule.threshold is None or share >= rule.threshold:
                continue
            told = {"name": name, "good": good, "n": n, "share": plain(share), "line": plain(rule.threshold)}
            note = _("%(name)s%(good)s÷%(n)s＝%(share)s%%，低于%(line)s%%") % told
            times = steps(rule.threshold - share, rule.step)
            if rule.step:
                note += "，" + _("计%(n)s次") % {"n": plain(times)}
            only_shown = {key: _shown(occurrence) for key, occurrence in missed[pk].items()}
            found[pk] = Counted(only_shown, times, note)
        return found

    def round_score(self, rule: AppraisalRule) -> Found:
        rounds = Round.objects.of(self.campaign).filter(state=Round.State.PUBLISHED, **self.dated("published_at"))
        visits = Visit.objects.filter(round__in=rounds.order_by().values("pk"), score__isnull=False)
        names = ("round_id", "round__name", "scored_unit_id", "score")
        scores: dict[tuple[int, str, int], list[Decimal]] = defaultdict(list)
        for row in visits.order_by("round", "pk").values_list(*names, named=True):
            for pk in self.standing.counted_to(row.scored_unit_id):
                scores[row.round_id, row.round__name, pk].append(row.score)
        found: dict[int, Counted] = defaultdict(Counted)
        for (round_pk, name, pk), of_sites in scores.items():
            mean = scoring.mean(of_sites)
            if mean is None or rule.threshold is None or mean >= rule.threshold:
                continue
            told = {"n": len(of_sites), "score": plain(mean), "line": plain(rule.threshold)}
            note = _("%(n)s个点位平均%(score)s分，低于%(line)s分") % told
            key = f"round:{round_pk}"
            times = steps(rule.threshold - mean, rule.step)
            found[pk].occurrences[key] = Occurrence(key, "inspections.round", round_pk, name, note, times)
        return found

    # Tasks --------------------------------------------------------------------------------------------

    @cached_property
    def begun(self) -> list[tuple[int, int]]:
        """(unit, task) of every part in a begun task, recurring ones too, as they stood on the last day."""
        return _parts(tasks.begun_tasks(self.campaign, self.period), on=self.period.last)

    @cached_property
    def done(self) -> dict[int, bool]:
        """{task: whether it was done} of the counted tasks."""
        counted = tasks.counted_tasks(self.campaign, self.period).order_by("pk")
        return {pk: day is not None for pk, day in counted.values_list("pk", "confirmed_then")}

    @cached_property
    def named_tasks(self) -> dict[int, str]:
        counted = tasks.counted_tasks(self.campaign, self.period).order_by("pk")
        return {pk: f"{code} {name}" for pk, code, name in counted.values_list("pk", "code", "name")}

    def task_late(self, rule: AppraisalRule) -> Found:
        last = self.period.last
        late = tasks.late_tasks(self.campaign, self.period)
        named = {row.pk: row for row in late.values_list("pk", "code", "name", "due_then", named=True)}
        return self.each(
            (
                unit,
                Occurrence(
                    f"task:{task}",
                    TASK,
                    task,
                    f"{named[task].code} {named[task].name}",
                    _("应于%(day)s前完成") % {"day": day_in_words(named[task].due_then)},
                ),
            )
            for unit, task in _parts(late, on=last, unreported=self.period.ends_at)
        )

    def task_rate(self, rule: AppraisalRule) -> Found:
        rows = (
            (unit, self.done[task], Occurrence(f"task:{task}", TASK, task, self.named_tasks[task], _("未办结")))
            for unit, task in self.begun
            if task in self.done
        )
        return self._share(rule, rows, _("任务办结率"))

    def nudged(self, rule: AppraisalRule) -> Found:
        names = ("pk", "unit_id", "task_id", "task__code", "task__name", "at")
        rows = tasks.nudges(self.campaign, self.period).order_by("at", "pk").values_list(*names, named=True)
        return self.each(
            (
                row.unit_id,
                Occurrence(
                    f"nudge:{row.pk}",
                    TASK,
                    row.task_id,
                    f"{row.task__code} {row.task__name}",
                    _("%(day)s催办") % {"day": day_in_words(day_of(row.at))},
                ),
            )
            for row in rows
        )

    def supervised(self, rule: AppraisalRule) -> Found:
        about_tasks = tasks.supervisions(self.campaign, self.period).order_by("begun_at", "pk")
        names = ("pk", "sent_to_id", "number", "task_id", "task__name")
        about_findings = OverdueLetter.objects.of(self.campaign).filter(**self.dated("sent_at"))
        told = [
            (
                row.sent_to_id,
                Occurrence(f"supervision:{row.pk}", TASK, row.task_id, row.number, row.task__name),
            )
            for row in about_tasks.values_list(*names, named=True)
        ]
        told += [
            (unit, Occurrence(f"letter:{pk}", "inspections.overdueletter", pk, number, _("问题逾期")))
            for pk, unit, number in about_findings.order_by("sent_at", "pk").values_list("pk", "unit_id", "number")
        ]
        return self.each(told)

    # Materials ----------------------------------------------------------------------------------------

    def material_late(self, rule: AppraisalRule) -> Found:
        last = self.period.last
        asked = materials.asked_materials(self.campaign, self.period).with_unit_then(last)
        late = asked.filter(due_on__lte=last, state_then__in=Material.UNIT_STATES)
        return self.each(
            (
                row.unit_then,
                Occurrence(
                    f"material:{row.pk}",
                    MATERIAL,
                    row.pk,
                    row.full_number,
                    _("应于%(day)s前报送") % {"day": day_in_words(row.due_on)},
                ),
            )
            for row in late.select_related("standard__indicator__system")
        )

    def material_back(self, rule: AppraisalRule) -> Found:
        back = MaterialEvent.objects.filter(
            material__campaign=self.campaign, move="return_to_unit", **self.dated("at")
        ).order_by("at", "pk")
        events: list[Any] = list(back.values_list("pk", "material_id", "at", named=True))
        rows = Material.objects.of(self.campaign).filter(pk__in=back.order_by().values("material"))
        rows = rows.with_unit_then(self.period.last).select_related("standard__indicator__system")
        known = {row.pk: row for row in rows}
        return self.each(
            (
                known[event.material_id].unit_then,
                Occurrence(
                    f"return:{event.pk}",
                    MATERIAL,
                    event.material_id,
                    known[event.material_id].full_number,
                    _("%(day)s退回") % {"day": day_in_words(day_of(event.at))},
                ),
            )
            for event in events
        )

    # Registers ----------------------------------------------------------------------------------------

    def rewards(self, rule: AppraisalRule) -> Found:
        """Praise and criticism by how often, points given by hand by their points."""
        kind, by_points = REWARDS[Kind(rule.kind)]
        rows = tasks.within(Reward.objects.of(self.campaign), self.period, day="given_on").filter(kind=kind)
        rows = rows.filter(points__gt=0) if by_points else rows
        return self.each(
            (
                row.unit_id,
                Occurrence(
                    f"reward:{row.pk}",
                    REWARD,
                    row.pk,
                    f"{day_in_words(row.given_on)} {row.get_kind_display()}",
                    row.reason[:120],
                    row.points if by_points and row.points else ONE,
                ),
            )
            for row in rows.order_by("given_on", "pk")
        )

    def highlights(self, rule: AppraisalRule) -> Found:
        return self._logged({"is_highlight": True})

    def logged(self, rule: AppraisalRule) -> Found:
        return self._logged({"is_routine": False})

    def _logged(self, which: dict[str, bool]) -> Found:
        rows = tasks.log_entries(self.campaign, self.period).filter(**which).order_by("done_on", "pk")
        names = ("pk", "unit_id", "done_on", "content")
        return self.each(
            (
                row.unit_id,
                Occurrence(
                    f"log:{row.pk}", "campaigns.worklogentry", row.pk, day_in_words(row.done_on), row.content[:120]
                ),
            )
            for row in rows.values_list(*names, named=True)
        )

    def honours(self, rule: AppraisalRule) -> Found:
        rows = tasks.within(Honour.objects.of(self.campaign), self.period, day="granted_on")
        won = rows.filter(kind=Honour.Kind.WON, granted_on__isnull=False, unit__isnull=False)
        return self.each(
            (row.unit_id, Occurrence(f"honour:{row.pk}", "campaigns.honour", row.pk, row.name, row.granted_by))
            for row in won.order_by("granted_on", "pk")
            if not rule.rank or rank_of(row.granted_by, row.name) == rule.rank
        )

    def praised(self, rule: AppraisalRule) -> Found:
        first, last = self.period.first, self.period.last
        rows = Praise.objects.of(self.campaign).filter(found_on__gte=first, found_on__lte=last, unit__isnull=False)
        return self.each(
            (
                row.unit_id,
                Occurrence(
                    f"praise:{row.pk}",
                    "inspections.praise",
                    row.pk,
                    f"{day_in_words(row.found_on)} {row.where}".strip(),
                    row.description[:120],
                ),
            )
            for row in rows.select_related("site").order_by("found_at", "pk")
        )


# What is read of a finding, as `judged` has it.
READ = (
    *("pk", "number", "found_on", "severity", "state", "state_then", "closed_at", "answered_at"),
    *("due_then", "answered_then", "led_then", "place", "site__name"),
)
REWARDS = {
    Kind.CRITICISM: (Reward.Kind.CRITICISM, False),
    Kind.DEDUCTION: (Reward.Kind.DEDUCTION, True),
    Kind.COMMENDED: (Reward.Kind.PRAISE, False),
    Kind.BONUS: (Reward.Kind.BONUS, True),
}
COUNTING: Mapping[Kind, Callable[[Records, AppraisalRule], Found]] = {
    Kind.OVERDUE: Records.overdue,
    Kind.FOUND: Records.of_severity,
    Kind.REWORK: Records.rework,
    Kind.REOPENED: Records.reopened,
    Kind.RATE: Records.rate,
    Kind.IN_TIME: Records.in_time,
    Kind.ROUND_SCORE: Records.round_score,
    Kind.TASK_LATE: Records.task_late,
    Kind.TASK_RATE: Records.task_rate,
    Kind.NUDGED: Records.nudged,
    Kind.SUPERVISED: Records.supervised,
    Kind.MATERIAL_LATE: Records.material_late,
    Kind.MATERIAL_BACK: Records.material_back,
    Kind.CRITICISM: Records.rewards,
    Kind.DEDUCTION: Records.rewards,
    Kind.HIGHLIGHT: Records.highlights,
    Kind.LOGGED: Records.logged,
    Kind.HONOUR: Records.honours,
    Kind.PRAISE: Records.praised,
    Kind.COMMENDED: Records.rewards,
    Kind.BONUS: Records.rewards,
}


def rank_of(granted_by: str, name: str) -> str:
    """Of what rank an honour is, by who granted it, else by its name; empty where neither says."""
    for text in (granted_by, name):
        for rank, words in RANKS:
            if any(word in text for word in words):
                return rank
    return ""


def _late_until(row: Any, period: Period) -> datetime | None:
    """Until when the unit kept it waiting beyond the deadline, at the end of the period; None where it was in time.

    What is suspended, or lies with the office again, waits for nobody's answer.
    """
    if figures.was_late(row, period):
        state = row.state_then or row.state
        return period.ends_at if state in Finding.UNIT_STATES or row.state_then is None else None
    if (row.state_then or row.state) not in (State.SUBMITTED, State.CLOSED):
        return None
    answered = row.said_last or row.answered_then
    return answered if answered is not None and row.due_then < answered < period.ends_at else None


def _finding(row: Any, note: str, *, times: Decimal = ONE) -> Occurrence:
    where = row.site__name or row.place
    return Occurrence(f"finding:{row.pk}", FINDING, row.pk, f"{row.number} {where}".strip(), note, times)


def _shown(occurrence: Occurrence) -> Occurrence:
    return Occurrence(occurrence.key, occurrence.model, occurrence.pk, occurrence.title, occurrence.note, Decimal(0))


def _parts(of: Any, *, on: date, unreported: datetime | None = None) -> list[tuple[int, int]]:
    """(unit, task) of the parts in these tasks that stood on the day; only those not reported done by a moment."""
    told = of.order_by().values("pk")
    found: dict[tuple[int, int], None] = {}
    for rows in (Assignment.objects.standing(on=on), PastAssignment.objects.standing(on=on).filter(led_only=False)):
        parts = rows.filter(task__in=told)
        if unreported is not None:
            words = TaskEvent.objects.filter(
                task=OuterRef("task"), unit=OuterRef("unit"), at__lt=unreported, move__in=("report_done", "send_back")
            )
            last = Subquery(words.order_by("-at", "-pk").values("move")[:1])
            parts = parts.annotate(last_word=Coalesce(last, Value(""))).exclude(last_word="report_done")
            if rows.model is Assignment:
                # Of an imported one only the moment is known.
                parts = parts.exclude(last_word="", reported_done_at__isnull=False, reported_done_at__lt=unreported)
        found |= dict.fromkeys(parts.order_by("pk").values_list("unit_id", "task_id"))
    return list(found)
