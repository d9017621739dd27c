"""Every fact a summary may tell, collected once as of the period's last day, in plain values that can be frozen.

`collect` gives one dict of text, numbers, lists and dicts. Each figure in it carries its value as printed, its basis
and the records it counts; each row of a register names its record (`src`), so that any number leads back.
While a period runs, the day of reading stands for its last day: a summary may be written before the half-year is over.
"""

import hashlib
import json
from datetime import date
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db.models import Q

from campaigns import figures as work
from campaigns import recurring
from campaigns.models import Assignment, Campaign, LeadingGroup, Task, TaskEvent, Workstream
from cityinit.numerals import number
from cityinit.periods import Period, day_end, day_in_words
from inspections import figures as field
from inspections.models import Round, Site
from units.models import Unit

from . import registry
from .frozen import Gathered, key_list
from .gathering import contributions_told
from .models import Kind, Template
from .registers import RegisterFacts, Row, in_words, sources_of
from .registers.charted import Charted
from .registers.findings import by_frequency, due_day, iso
from .registers.logged import Entry, Logged

# So many open findings are kept by name for the text; more are only counted.
OPEN_TOLD = 6

WORKING = (Assignment.State.IN_PROGRESS, Assignment.State.REPORTED_DONE)


def collect(
    campaign: Campaign, period: Period, *, unit: Unit | None = None, on: date, template: Template | None = None
) -> Gathered:
    """All facts of the period, read on the day `on`; with a unit, those of the unit and what is below it.

    A period that is not over on that day is told as of that day. ValueError for one that has not begun.
    """
    collector = _Collector(campaign, period, unit, on, template)
    return collector.gathered(collector.facts())


def fingerprint(facts: Row) -> str:
    """The sha256 of the facts, to show that a frozen snapshot was never touched."""
    told = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def source_label(facts: Row, key: str) -> str:
    """What a figure or a record is called that a number in the text leads to."""
    if figure := facts["figures"].get(key):
        return figure["label"]
    sources = sources_of(key)
    if len(sources) == 1:
        return facts["sources"].get(key, key)
    model = apps.get_model(key.partition(":")[0])
    return f"{model._meta.verbose_name}{len(sources)}条"


class _Collector(RegisterFacts, Charted, Logged):
    def facts(self) -> Row:
        told: Row = {
            **self.head(Kind.SUMMARY),
            "partners": self.partners(),
            "superiors": self.superiors(),
            "appraisal_groups": self.appraisal_groups(),
        }
        tasks = self.tasks()
        told["registers"] = {
            "groups": self.groups(),
            "documents": self.documents(),
            "instructions": self.instructions(),
            "phases": self.phases(),
            "indicators": self.indicators(),
            "self_checks": self.self_checks(),
            "materials": self.materials(),
            "breaches": self.breaches(),
            "meetings": self.meetings(),
            "decisions": self.decisions(),
            "sponsorships": self.sponsorships(),
            "duty": self.duty(),
            "quotas": self.quotas(),
            "volunteering": self.volunteering(),
            "dissuasion": self.dissuasion(),
            "publicity": self.publicity(),
            "honours": self.honours(),
            "rewards": self.rewards(),
            "surveys": self.surveys(),
            "assessments": self.assessments(),
            "statements": self.statements(),
        }
        told["contributions"] = contributions_told(self, self.asked_period)
        told["workstreams"] = self.workstreams()
        told["tasks"] = tasks
        told["shared_totals"] = self.shared_totals
        self.stood()
        self.progress()
        told["inspection"] = self.inspection()
        told["ledgers"] = {"tasks": self.task_ledger(), "findings": self.finding_ledger()}
        told["pairs"] = self.pairs()
        told["charts"] = self.charts()
        told["figures"] = self.figures
        told["sources"] = self.sources
        return told

    # -- what the facts are of ---

    def partners(self) -> list[str]:
        if self.unit:
            return []
        beside = Unit.objects.of_host(self.campaign.host).filter(relation=Unit.Relation.PARTNER)
        return [self.name_of(unit) for unit in beside.standing(on=self.period.last)]

    def superiors(self) -> list[str]:
        """Whose people come as visitors: the units above the host; to a unit, those above it and the office."""
        units = Unit.objects.of_host(self.campaign.host)
        above = Q(relation=Unit.Relation.SUPERIOR)
        if self.unit:
            groups = LeadingGroup.objects.of(self.campaign).prefetch_related("former_offices")
            offices = {office.pk for group in groups if (office := group.office_on(self.period.last))}
            above |= Q(pk__in=self.unit.path_on(self.period.last).strip("/").split("/")) | Q(pk__in=offices)
        return [self.name_of(unit) for unit in units.filter(above).exclude(pk=self.speaker.pk)]

    def appraisal_groups(self) -> list[str]:
        if self.unit:
            return []
        grouped = Unit.objects.of_host(self.campaign.host).standing(on=self.period.last).exclude(appraisal_group="")
        names = list(dict.fromkeys(grouped.values_list("appraisal_group", flat=True)))
        if len(names) > 1:
            basis = "单位登记的考核组，列出分在各组的单位"
            self.figure("appraisal.groups", len(names), label="考核组数", basis=basis, records=grouped)
        return names

    # -- figures ---

    def progress(self) -> None:
        """Tasks and the share of time; nothing where there is nothing to count."""
        args: dict[str, Any] = {"campaign": self.campaign, "period": self.period, "unit": self.unit}
        day = day_in_words(self.period.last)
        found = work.task_progress(**args)
        recurring = work.recurring_tasks(**args)
        if steady := recurring.count():
            self.registered("tasks.recurring", steady, records=recurring)
            self.recurring_kept(args)
        self.supervision()
        if found.completion is None:
            return
        counted = work.counted_tasks(**args)
        self.registered("tasks.total", found.tasks, records=counted)
        self.registered("tasks.done", found.done, records=work.done_tasks(**args))
        self.registered("tasks.completion", found.completion, records=counted)
        late = work.late_tasks(**args, today=self.on)
        if overdue := late.count():
            self.registered("tasks.late", overdue, records=late)
        elapsed = work.time_share(self.campaign, self.period)
        if elapsed is not None:
            days = Period(self.campaign.starts_on, self.campaign.ends_on)
            self.figure(
                "time.share",
                elapsed,
                suffix="%",
                label="时间进度",
                basis=f"创建活动{days.span}共{days.days}天，截至{day}已过{days.elapsed_days(on=self.period.last)}天，"
                "首尾两天都算",
                records=[self.campaign],
            )

    def recurring_kept(self, args: dict[str, Any]) -> None:
        """How often recurring duty was due and kept, of the units that log it time by time."""
        kept = recurring.kept(**args, only_tapped=True, today=self.on)
        if not kept.kept:
            return
        every, past = recurring.recurring_parts(**args), recurring.past_parts(**args)
        both = [*recurring.tapped(every, self.period), *recurring.tapped(past, self.period)]
        # By the key each had while it stood: made again after a merger, the summary leads to the same records.
        parts = [Assignment(pk=part.key_then) for part in both]
        if len(both) < every.count() + past.count():
            # Of the others nobody counts: the text says of how many it speaks.
            tasks = Task.objects.filter(pk__in={part.task_id for part in both})
            units = Unit.objects.filter(pk__in={part.unit_id for part in both})
            basis = "常态化工作中，单位在期内用“记今天一次”逐次登记过的"
            self.figure("recurring.tasks", tasks.count(), label="逐次登记的常态化工作", basis=basis, records=tasks)
            basis = "期内逐次登记常态化工作的单位"
            self.figure("recurring.units", units.count(), label="逐次登记的单位数", basis=basis, records=units)
        basis = "逐次登记的常态化工作，按频次计算；一周（月、季）结束才计入，跨期的一周只算期内的天数"
        self.figure("recurring.due", kept.due, label="常态化工作应落实次数", basis=basis, records=parts)
        basis = "其中工作记录里已落实的，每周（月、季）不超过应落实的次数"
        self.figure("recurring.kept", kept.kept, label="常态化工作已落实次数", basis=basis, records=parts)
        self.rate("recurring.rate", kept.rate, label="落实率", basis="已落实次数÷应落实次数", records=parts)

    def supervision(self) -> None:
        """催办…次, 督办…项，印发督办函…份, 批准延期…件 in the period; each only where there was one."""
        asked = registry.Asked(self.campaign, self.period, self.unit, now=self.now, today=self.on)
        for name in ("nudges.tasks", "nudges.times", "extensions.granted", "supervision.tasks", "supervision.letters"):
            records = registry.FIGURES[name].records(asked)
            if number_of := records.count():
                self.registered(name, number_of, records=records)

    def inspection(self) -> Row:
        """What was found and what became of it; the register of sites; which rounds there were."""
        sites = Site.objects.of(self.campaign).registered_by(self.period.last)
        if self.unit:
            sites = sites.kept_by(self.unit, on=self.period.last)
        told: Row = {"types": [], "categories": [], "open": [], "rounds": []}
        if registered := sites.count():
            self.registered("sites.registered", registered, records=sites)
            told["registered_types"] = by_frequency(sites.values_list("kind__name", flat=True))
        rounds = Round.objects.of(self.campaign).filter(
            Q(starts_on=None) | Q(starts_on__lte=self.period.last),
            Q(ends_on=None) | Q(ends_on__gte=self.period.first),
        )
        rows = self.findings
        if not rows:
            return told
        told["types"] = by_frequency(self.sites[row.site_id][1] for row in rows if row.site_id)
        told["categories"] = by_frequency(self.categories[row.category_id] for row in rows)
        ids = {row.round_id for row in rows}
        held = [row for row in rounds if row.pk in ids]
        told["rounds"] = [{"src": self.note(row, f"督查批次 {row.name}"), "name": row.name} for row in held]
        if held:
            self.registered("rounds", len(held), records=held)
        self.finding_figures()
        opened = self.open(rows)[:OPEN_TOLD]
        details = self.details(opened)
        for row in opened:
            finding = details[row.pk]
            told["open"].append(
                {
                    "src": self.note(finding, f"问题 {finding.number}"),
                    "where": self.where(row),
                    "description": finding.description,
                    "unit": self.unit_names.get(self.led_then(row), ""),
                    "due": in_words(due_day(row.due_then)),
                    "long_term": field.was_long_term(row),
                }
            )
        return told

    def finding_figures(self) -> None:
        period, rows, closed = self.period, self.findings, self.closed(self.findings)
        due = [row for row in rows if field.was_due(row, period, now=self.now)]
        in_time = [row for row in closed if field.was_in_time(row)]
        reworked, reopened = [row for row in rows if row.was_reworked], [row for row in rows if row.was_reopened]
        opened = self.open(rows)
        self.count("findings.found", rows)
        if sites := {row.site_id for row in rows if row.site_id}:
            self.registered("findings.sites", len(sites), records=key_list(Site._meta.label_lower, sites))
        self.count("findings.closed", closed)
        self.share("findings.rate", closed, of=rows)
        if due:
            self.count("findings.due", due)
        self.share("findings.due_rate", self.closed(due), of=due)
        if closed:
            self.count("findings.in_time", in_time)
        self.share("findings.in_time_rate", in_time, of=closed)
        if reworked:
            self.count("findings.reworked", reworked)
            self.share("findings.rework_rate", reworked, of=[row for row in rows if field.was_reviewed(row, period)])
        if reopened:
            self.count("findings.reopened", reopened)
            self.share("findings.reopened_rate", reopened, of=[row for row in rows if row.was_reopened or row.closed])
        if opened:
            self.count("findings.open", opened)
        if waiting := [row for row in opened if field.was_long_term(row)]:
            self.count("findings.long_term", waiting)

    # -- tasks ---

    def tasks(self) -> list[Row]:
        """Begun leaf tasks, and whatever else was worked on in the period, with what was logged."""
        told = [self.task(task, self.logged.get(task.pk, [])) for task in self.worked]
        self.totals_over_tasks()
        return told

    @cached_property
    def begun(self) -> set[int]:
        return set(work.begun_tasks(**self.asked).values_list("pk", flat=True))

    @cached_property
    def worked(self) -> list[Any]:
        """The tasks that had begun or were worked on, in order, with who had a part in them."""
        tasks = (
            work.as_of(Task.objects.filter(pk__in=self.begun | self.logged.keys()), self.period.last)
            .select_related("lead_unit", "indicator", "parent")
            .prefetch_related("workstreams", "parent__workstreams", "instructions", *work.PARTS)
        )
        return list(tasks.order_by("position", "pk"))

    def task(self, task: Any, entries: list[Entry]) -> Row:
        done = task.confirmed_then is not None
        lead, beside = work.units_then(task, on=self.period.last)
        streams = list(task.workstreams.all()) or (list(task.parent.workstreams.all()) if task.parent else [])
        return {
            "src": self.note(task, f"任务 {task.code} {task.name}"),
            "name": task.name,
            "parent": task.parent.name if task.parent else "",
            "requirement": task.requirement,
            "workstreams": [stream.pk for stream in streams],
            "indicator": task.indicator.name if task.indicator else "",
            "lead": self.name_of(lead),
            "lead_is_self": lead.pk == self.speaker.pk,
            "beside": [self.name_of(unit) for unit in beside],
            "leader": task.supervising_leader,
            "due_on": iso(task.due_then),
            "target": number(task.target) if task.target is not None else "",
            "measure": task.measure,
            "frequency": task.frequency,
            "status": "recurring" if task.frequency else ("done" if done else "open"),
            "underway": self.is_underway(task),
            "done_on": iso(task.confirmed_then),
            "done_before": done and task.confirmed_then < self.period.first,
            # A tap says that duty was kept: it is counted, and has nothing to tell.
            "entries": [
                self.entry(entry, of=f"{task.code} {task.name}", unit=self.unit_names.get(entry.unit_id, ""))
                for entry in entries
                if not entry.is_routine
            ],
            "totals": self.totals(f"quantity:{task.pk}", entries, where=task.name),
        }

    def is_underway(self, task: Task) -> bool:
        """Whether a state says that a unit was at work on it by the last day.

        An import that was told so leaves no moment; one that infers it from a log does: that nobody has stated.
        """
        stated = (part.state in WORKING and part.acknowledged_at is None for part in task.assignments.all())
        return task.pk in self.worked_on or any(stated)

    @cached_property
    def worked_on(self) -> set[int]:
        """The tasks on which a unit had begun to work by the last day, whatever became of its part since."""
        begun = TaskEvent.objects.filter(task__campaign=self.campaign, target__in=WORKING)
        return set(begun.filter(at__lt=day_end(self.period.last)).values_list("task", flat=True))

    def workstreams(self) -> list[Row]:
        """Schemes in order of first mention; in each by number, those without one last, as they were entered."""
        rows = list(Workstream.objects.of(self.campaign).order_by("position", "pk"))
        schemes = list(dict.fromkeys(row.scheme for row in rows))
        # Sorted here: the databases do not agree where NULL stands.
        rows.sort(key=lambda row: (schemes.index(row.scheme), row.number is None, row.number or 0))
        return [
            {
                "src": self.note(row, f"板块 {row.name}"),
                "pk": row.pk,
                "name": row.name,
                "scheme": row.scheme,
                "parent": row.parent_id,
                "heading": row.heading,
                "opening": row.opening,
            }
            for row in rows
        ]

    # -- ledgers ---

    def task_ledger(self) -> list[list[str]]:
        """编号、名称、牵头单位、责任单位、完成时限、状态、办结日期 as of the last day."""
        told = []
        for task in self.worked:
            if task.pk not in self.begun:
                continue
            done = task.confirmed_then is not None
            lead, beside = work.units_then(task, on=self.period.last)
            told.append(
                [
                    task.code,
                    task.name,
                    self.name_of(lead),
                    "、".join(self.name_of(unit) for unit in beside),
                    iso(task.due_then),
                    task.frequency or ("已办结" if done else "正在推进" if self.is_underway(task) else "未办结"),
                    iso(task.confirmed_then),
                ]
            )
        return told
