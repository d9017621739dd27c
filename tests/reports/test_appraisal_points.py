"""The points of an appraisal, of many units at once, against a plain count of each unit's records by itself."""

import random
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import ceil

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import (
    Assignment,
    Honour,
    Reward,
    Supervision,
    SupervisionSeries,
    Task,
    TaskEvent,
    WorkLogEntry,
)
from cityinit.periods import SHANGHAI, Period
from inspections.models import Finding, FindingCategory, FindingEvent, Praise, Rectification
from reports.appraisals.counting import rank_of
from reports.appraisals.kinds import said
from reports.appraisals.working import work_out
from reports.models import AppraisalRule, RuleSet
from tests.factories import people
from units.actions import merge_unit, rename_unit
from units.models import Unit

JANUARY, JUNE = date(2025, 1, 1), date(2025, 6, 30)
HALF = Period(JANUARY, JUNE)
Kind, State = AppraisalRule.Kind, Finding.State
RULES = (
    {"kind": Kind.OVERDUE, "points": "0.5", "step": "3", "cap": "8"},
    {"kind": Kind.FOUND, "points": "1", "severity": "A"},
    {"kind": Kind.REWORK, "points": "0.5"},
    {"kind": Kind.REOPENED, "points": "1"},
    {"kind": Kind.RATE, "points": "1", "threshold": "90", "step": "7"},
    {"kind": Kind.TASK_LATE, "points": "1.25"},
    {"kind": Kind.TASK_RATE, "points": "3", "threshold": "60"},
    {"kind": Kind.NUDGED, "points": "0.2"},
    {"kind": Kind.SUPERVISED, "points": "2"},
    {"kind": Kind.CRITICISM, "points": "3"},
    {"kind": Kind.DEDUCTION, "points": "1"},
    {"kind": Kind.HIGHLIGHT, "points": "0.2", "cap": "1"},
    {"kind": Kind.LOGGED, "points": "0.1"},
    {"kind": Kind.HONOUR, "points": "3", "rank": "province"},
    {"kind": Kind.PRAISE, "points": "0.5"},
    {"kind": Kind.BONUS, "points": "1"},
)


def moment(day, hour=10):
    return datetime.combine(day, time(hour), SHANGHAI)


@pytest.fixture
def campaign(city):
    from tests.factories.reports import told_campaign

    made = told_campaign(city)
    made.task_set.update(state=Task.State.CANCELLED, cancelled_on=JANUARY)
    return made


def rules_in_use(campaign, *rules, **values):
    found = RuleSet.objects.create(campaign=campaign, name="单位考核", **values)
    for place, rule in enumerate(rules):
        AppraisalRule.objects.create(rule_set=found, position=place, **rule)
    found.refresh_from_db()
    return found


def worked(rule_set, period=HALF, **values):
    given = {"struck": {}} | values
    return {sheet.unit.name: sheet for sheet in work_out(rule_set, list(rule_set.rules.all()), period, **given)}


def crowd(city, n):
    """So many bureaus in two groups, every third with an office below it."""
    units = []
    for place in range(n):
        bureau = people.unit(f"局{place}", parent=city.host, appraisal_group=f"第{place % 2 + 1}组")
        units.append(bureau)
        if place % 3 == 0:
            units.append(people.unit(f"所{place}", parent=bureau))
    return units


class Records:
    """Random records of the half-year and around it, kept as plain values too."""

    def __init__(self, campaign, city, units, *, seed, n):
        self.chance, self.campaign, self.city, self.units = random.Random(seed), campaign, city, units
        self.findings, self.tasks = [], []
        self.counts = defaultdict(lambda: defaultdict(list))
        self.category = FindingCategory.objects.create(campaign=campaign, name="占道经营")
        for number in range(n):
            self.finding(number)
            self.task(number)
            self.row(number)

    def day(self):
        return date(2024, 12, 1) + timedelta(days=self.chance.randrange(240))

    def finding(self, number):
        day, unit = self.day(), self.chance.choice(self.units)
        due = moment(day + timedelta(days=self.chance.randrange(1, 60)), 18)
        steps, state, at = [], State.DISPATCHED, day
        for _step in range(self.chance.randrange(4)):
            at += timedelta(days=self.chance.randrange(1, 40))
            choices = {
                State.DISPATCHED: ["answer", "answer", "void"],
                State.SUBMITTED: ["rework", "close", "close"],
                State.REWORK: ["answer"],
                State.CLOSED: ["reopen"],
            }.get(state)
            if not choices:
                break
            move = self.chance.choice(choices)
            state = {
                "answer": State.SUBMITTED,
                "void": State.VOID,
                "rework": State.REWORK,
                "close": State.CLOSED,
                "reopen": State.REOPENED,
            }[move]
            steps.append((move, state, at))
        answers = [at for move, _state, at in steps if move == "answer"]
        closed = [at for move, _state, at in steps if move == "close"]
        made = Finding.objects.create(
            campaign=self.campaign,
            number=f"F{number}",
            found_on=day,
            found_at=moment(day),
            category=self.category,
            severity=self.chance.choice("ABC"),
            lead_unit=unit,
            state=state,
            due_at=due,
            first_due_at=due,
            answered_at=moment(answers[-1]) if answers else None,
            closed_at=moment(closed[-1]) if closed else None,
        )
        FindingEvent.objects.create(
            finding=made, move="dispatch", label="交办", target=State.DISPATCHED, at=moment(day, 11)
        )
        for move, target, on in steps:
            FindingEvent.objects.create(finding=made, move=move, label=move, target=target, at=moment(on))
        for attempt, on in enumerate(answers, start=1):
            judged = next((one for one in steps if one[2] > on), None)
            verdict = {"rework": "rework", "close": "passed"}.get(judged[0] if judged else "", "open")
            Rectification.objects.create(
                finding=made,
                attempt=attempt,
                unit=unit,
                measure="整改",
                answered_at=moment(on),
                verdict=verdict,
                reviewed_at=moment(judged[2]) if judged else None,
            )
        self.findings.append((made, day, due, steps))

    def task(self, number):
        begun = JANUARY + timedelta(days=self.chance.randrange(200))
        due = begun + timedelta(days=self.chance.randrange(5, 90))
        done = due + timedelta(days=self.chance.randrange(-4, 60)) if self.chance.random() < 0.6 else None
        units = self.chance.sample(self.units, 2)
        made = Task.objects.create(
            campaign=self.campaign,
            code=f"T{number}",
            name="任务",
            lead_unit=units[0],
            starts_on=begun,
            due_on=due,
            issued_on=begun,
            state="confirmed" if done else "issued",
            confirmed_on=done,
        )
        reported = {}
        for unit in units:
            part = Assignment.objects.create(task=made, unit=unit, is_lead=unit == units[0])
            if done is None and self.chance.random() < 0.3:
                reported[unit.pk] = begun + timedelta(days=self.chance.randrange(150))
                TaskEvent.objects.create(
                    task=made,
                    assignment=part,
                    unit=unit,
                    move="report_done",
                    label="反馈完成",
                    at=moment(reported[unit.pk]),
                )
        self.tasks.append((made, begun, due, done, units, reported))

    def row(self, number):
        """One row of each register; `counts` says of which kind, unit and day, and for how many times the points."""
        task = self.tasks[-1][0]
        for kind in (Kind.NUDGED, Kind.SUPERVISED, Kind.CRITICISM, Kind.DEDUCTION, Kind.BONUS, Kind.HIGHLIGHT):
            self.put(kind, self.chance.choice(self.units), self.day(), task, number)
        self.put(Kind.HONOUR, self.chance.choice(self.units), self.day(), task, number)
        self.put(Kind.PRAISE, self.chance.choice(self.units), self.day(), task, number)

    def put(self, kind, unit, day, task, number):
        times, of = Decimal(1), {"campaign": self.campaign, "unit": unit}
        if kind == Kind.NUDGED:
            TaskEvent.objects.create(task=task, unit=unit, move="nudge", label="催办", at=moment(day))
        elif kind == Kind.SUPERVISED:
            self.supervise(task, unit, day, number)
        elif kind in (Kind.CRITICISM, Kind.DEDUCTION, Kind.BONUS):
            points = None if kind == Kind.CRITICISM else Decimal(self.chance.randrange(1, 9)) / 4
            times = points or times
            Reward.objects.create(**of, kind=kind.value, points=points, reason="检查", given_on=day)
        elif kind == Kind.HIGHLIGHT:
            is_highlight = self.chance.random() < 0.5
            WorkLogEntry.objects.create(**of, task=task, done_on=day, content="清理", is_highlight=is_highlight)
            self.counts[Kind.LOGGED][unit.pk].append((day, times))
            if not is_highlight:
                return
        elif kind == Kind.HONOUR:
            granted_by = self.chance.choice(["省文明办", "市委", "中央文明办"])
            Honour.objects.create(**of, kind="won", name="先进集体", granted_by=granted_by, granted_on=day)
            if granted_by != "省文明办":
                return
        elif kind == Kind.PRAISE:
            by = self.city.inspector
            Praise.objects.create(**of, found_on=day, found_at=moment(day), praised_by=by, description="整洁")
        self.counts[kind][unit.pk].append((day, times))

    def supervise(self, task, unit, day, number):
        series, _made = SupervisionSeries.objects.get_or_create(host=self.city.host, word="督", year=2025)
        Supervision.objects.create(
            task=task,
            unit=unit,
            sent_to=unit,
            series=series,
            serial=number + 1,
            number=f"督〔2025〕{number + 1}号",
            reason="抓紧",
            answer_by=day,
            signer="周",
            signature="办",
            begun_at=moment(day),
            state=Supervision.State.LIFTED,
            told={},
        )

    # The plain count ------------------------------------------------------------------------------------

    def lines(self, unit):
        """{kind: points} of one unit and those below it, counted one record after the other."""
        mine = {one.pk for one in self.units if one.path.startswith(unit.path)}
        told = {Kind(rule["kind"]): Decimal(0) for rule in RULES}
        points = {Kind(rule["kind"]): Decimal(rule["points"]) for rule in RULES}
        found = closed = 0
        for finding, day, due, steps in self.findings:
            if finding.lead_unit_id not in mine:
                continue
            past = [step for step in steps if step[2] <= JUNE]
            if past and past[-1][1] == State.VOID:
                continue
            then = past[-1][1] if past else State.DISPATCHED
            if JANUARY <= day <= JUNE:
                found += 1
                closed += then == State.CLOSED
                told[Kind.FOUND] += points[Kind.FOUND] * (finding.severity == "A")
            told[Kind.REWORK] += points[Kind.REWORK] * len(during(past, "rework"))
            told[Kind.REOPENED] += points[Kind.REOPENED] * len(during(past, "reopen"))
            if day <= JUNE and HALF.starts_at < due <= HALF.ends_at:
                answers = [moment(on) for move, _state, on in past if move == "answer"]
                until = HALF.ends_at
                if then in (State.SUBMITTED, State.CLOSED):
                    until = max(answers[-1], due)
                elif then == State.REOPENED:
                    until = due
                days = ceil((until - due) / timedelta(days=1))
                told[Kind.OVERDUE] += points[Kind.OVERDUE] * ceil(days / 3)
        told[Kind.OVERDUE] = min(told[Kind.OVERDUE], Decimal(8))
        if found and (rate := tenth(closed, found)) < 90:
            told[Kind.RATE] = Decimal(ceil((90 - rate) / 7))
        self._tasks(mine, told, points)
        for kind, by_unit in self.counts.items():
            times = [n for pk in mine for day, n in by_unit[pk] if JANUARY <= day <= JUNE]
            told[kind] = sum(times, Decimal(0)) * points[kind]
        told[Kind.HIGHLIGHT] = min(told[Kind.HIGHLIGHT], Decimal(1))
        return {kind: value for kind, value in told.items() if value}

    def _tasks(self, mine, told, points):
        tasks = done = 0
        for _task, begun, due, confirmed, units, reported in self.tasks:
            parts = [unit for unit in units if unit.pk in mine]
            if not parts or begun > JUNE:
                continue
            is_done = confirmed is not None and confirmed <= JUNE
            tasks += 1
            done += is_done
            waiting = [unit for unit in parts if not (reported.get(unit.pk) and reported[unit.pk] <= JUNE)]
            told[Kind.TASK_LATE] += points[Kind.TASK_LATE] * bool(not is_done and due <= JUNE and waiting)
        if tasks and tenth(done, tasks) < 60:
            told[Kind.TASK_RATE] = points[Kind.TASK_RATE]


def during(steps, move):
    return [on for name, _state, on in steps if name == move and on >= JANUARY]


def tenth(part, whole):
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1"), "ROUND_HALF_UP")


def test_every_point_is_what_a_plain_count_of_the_units_records_gives(city, campaign):
    units = crowd(city, 6)
    records = Records(campaign, city, units, seed=7, n=60)
    rule_set = rules_in_use(campaign, *RULES)

    sheets = worked(rule_set)

    counted = {unit.name: records.lines(unit) for unit in units}
    assert len({kind for lines in counted.values() for kind in lines}) == len(RULES)
    for unit in units:
        sheet = sheets[unit.name]
        lines = {line["said"]: Decimal(line["points"]) for line in sheet.lines}
        rules = {Kind(rule.kind): said(rule) for rule in rule_set.rules.all()}
        assert lines == {rules[kind]: value for kind, value in counted[unit.name].items()}, unit.name
        deducts = {line["said"]: line["deducts"] for line in sheet.lines}
        sign = sum(-value if deducts[name] else value for name, value in lines.items())
        assert sheet.total == max(100 + sign, Decimal(0))


def test_three_hundred_units_are_worked_out_in_as_many_queries_as_three(city, campaign):
    rule_set = rules_in_use(campaign, *RULES)
    few = crowd(city, 3)
    Records(campaign, city, few, seed=1, n=5)

    def queries():
        # The campaign and its host are known to whoever asks.
        worked(rule_set)
        with CaptureQueriesContext(connection) as told:
            n = len(worked(rule_set))
        return n, len(told)

    some, before = queries()
    Unit.objects.bulk_create(
        Unit(name=f"科{n}", parent=city.host, host=city.host, path=f"{city.host.path}{900_000 + n}/", id=900_000 + n)
        for n in range(300)
    )
    more, after = queries()

    assert (more - some, after) == (300, before)
    assert before <= 2 * len(RULES)


def test_units_are_placed_inside_their_group_and_who_is_equal_shares_a_place(city, campaign):
    for place, lost in enumerate((2, 0, 2, 5)):
        unit = people.unit(f"局{place}", parent=city.host, appraisal_group="执法组")
        _one_finding(campaign, unit)
        if lost:
            Reward.objects.create(
                campaign=campaign, unit=unit, kind="deduction", points=lost, reason="检查", given_on=JUNE
            )
    alone = people.unit("无组的局", parent=city.host)
    _one_finding(campaign, alone)
    people.unit("没有事的局", parent=city.host, appraisal_group="执法组")

    sheets = worked(rules_in_use(campaign, {"kind": Kind.DEDUCTION, "points": "1"}))

    told = {name: (sheet.total, sheet.place, sheet.ranked, sheet.unranked) for name, sheet in sheets.items()}
    assert {name: told[name] for name in ("局0", "局1", "局2", "局3", "无组的局", "没有事的局")} == {
        "局0": (98, 2, 4, ""),
        "局1": (100, 1, 4, ""),
        "局2": (98, 2, 4, ""),
        "局3": (95, 4, 4, ""),
        "无组的局": (100, None, 0, "没有考核组"),
        "没有事的局": (100, None, 0, "问题和任务共0项，不到1项"),
    }


def test_a_unit_merged_and_one_renamed_in_mid_period(city, campaign):
    gone = people.unit("老局", parent=city.host, appraisal_group="甲")
    into = people.unit("新局", parent=city.host, appraisal_group="甲")
    _one_finding(campaign, gone)
    merge_unit(gone, into=into, by=city.administrator, on=date(2025, 4, 1))
    rename_unit(into, name="更新的局", short_name="", by=city.administrator, on=date(2025, 8, 1))
    rules = rules_in_use(campaign, {"kind": Kind.FOUND, "points": "1"})

    before = worked(rules, Period(JANUARY, date(2025, 3, 31)))
    half = worked(rules)
    after = worked(rules, Period(JANUARY, date(2025, 8, 31)))

    # What was the old unit's stays its own for as long as it stood, and goes over with it.
    assert (before["老局"].total, before["新局"].total) == (99, 100)
    assert ("老局" in half, half["新局"].total) == (False, 99)
    assert ("新局" in after, after["更新的局"].total) == (False, 99)


def test_what_happens_after_the_last_day_changes_nothing(city, campaign):
    units = crowd(city, 3)
    records = Records(campaign, city, units, seed=3, n=12)
    rules = rules_in_use(campaign, *RULES)

    before = worked(rules)
    later = moment(date(2025, 7, 2))
    for finding, *_rest in records.findings:
        event = {"move": "void", "label": "作废", "target": State.VOID, "at": later}
        FindingEvent.objects.create(finding=finding, **event)
    Finding.objects.update(state=State.VOID)
    Task.objects.filter(state="issued").update(state="confirmed", confirmed_on=later.date())

    assert {name: sheet.lines for name, sheet in worked(rules).items()} == {
        name: sheet.lines for name, sheet in before.items()
    }


def test_a_period_without_records_takes_and_gives_nothing(city, campaign):
    crowd(city, 2)

    sheets = worked(rules_in_use(campaign, *RULES), Period(date(2025, 11, 1), date(2025, 11, 30)))

    assert {(sheet.total, sheet.place, len(sheet.lines)) for sheet in sheets.values()} == {(100, None, 0)}


def test_all_rewards_together_end_at_their_cap_and_no_total_lies_below_nought(city, campaign):
    unit = people.unit("局", parent=city.host)
    for kind, points in (("bonus", 30), ("deduction", 250)):
        Reward.objects.create(campaign=campaign, unit=unit, kind=kind, points=points, reason="检查", given_on=JUNE)
    rules = ({"kind": Kind.BONUS, "points": "1"}, {"kind": Kind.DEDUCTION, "points": "1"})

    sheet = worked(rules_in_use(campaign, *rules, reward_cap=10))["局"]

    assert (sheet.rewarded, sheet.deducted, sheet.total) == (10, 250, 0)


@pytest.mark.parametrize(
    ("granted_by", "name", "rank"),
    [
        ("中央文明办", "全国文明单位", "nation"),
        ("省委宣传部", "文明单位", "province"),
        ("清水市人民政府", "先进集体", "city"),
        ("", "全省先进集体", "province"),
        ("某协会", "优秀组织", ""),
    ],
)
def test_the_rank_of_an_honour_is_that_of_who_grants_it(granted_by, name, rank):
    assert rank_of(granted_by, name) == rank


def _one_finding(campaign, unit):
    category = FindingCategory.objects.get_or_create(campaign=campaign, name="类")[0]
    Finding.objects.create(
        campaign=campaign,
        number=f"{unit.pk}",
        found_on=date(2025, 3, 1),
        category=category,
        lead_unit=unit,
        state=State.DISPATCHED,
        due_at=moment(date(2025, 3, 9)),
    )
