"""Every fact a summary may tell, collected once as of the period's last day, in plain values that can be frozen.

`collect` gives one dict of text, numbers, lists and dicts. Each figure in it carries its value as printed, its basis
and the records it counts; each row of a register names its record (`src`), so that any number leads back.
While a period runs, the day of reading stands for its last day: a summary may be written before the half-year is over.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db.models import Q

from campaigns import figures as work
from campaigns import quantities, recurring
from campaigns.models import Assignment, Campaign, LeadingGroup, Task, TaskEvent, Workstream
from cityinit.numerals import number
from cityinit.periods import Period, day_end, day_in_words
from inspections import figures as field
from inspections.models import Round, Site
from units.models import Unit

from .frozen import Gathered, key_list
from .models import Kind, Template
from .registers import RegisterFacts, Row, in_words
from .registers.findings import Findings, by_frequency, due_day, iso

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


def sources_of(key: str) -> list[str]:
    """The records one key of the text leads to: `campaigns.meeting:3,5` is two."""
    model, _colon, pks = key.partition(":")
    return [f"{model}:{pk}" for pk in pks.split(",")]


class _Collector(RegisterFacts, Findings):
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
        told["workstreams"] = self.workstreams()
        told["tasks"] = tasks
        told["shared_totals"] = self.shared_totals
        self.stood()
        self.progress()
        told["inspection"] = self.inspection()
        told["ledgers"] = {"tasks": self.task_ledger(), "findings": self.finding_ledger()}
        told["pairs"] = self.pairs()
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
            self.figure(
                "tasks.recurring",
                steady,
                label="常态化工作",
                basis=f"截至{day}已开展、填有频次的末级任务，不计入完成率",
                records=recurring,
            )
            self.recurring_kept(args)
        self.supervision(args)
        if found.completion is None:
            return
        counted = work.counted_tasks(**args)
        basis = f"截至{day}已开展的末级任务；常态化工作（有频次）和已终止的不计"
        self.figure("tasks.total", found.tasks, label="任务数", basis=basis, records=counted)
        self.figure(
            "tasks.done",
            found.done,
            label="已办结任务数",
            basis=f"其中截至{day}已确认办结的",
            records=work.done_tasks(**args),
        )
        self.figure(
            "tasks.completion",
            found.completion,
            suffix="%",
            label="任务完成率",
            basis="已办结任务数÷任务数",
            records=counted,
        )
        late = work.late_tasks(**args, today=self.on)
        if overdue := late.count():
            self.figure(
                "tasks.late",
                overdue,
                label="逾期未办结任务数",
                basis=f"完成时限{'早于' if self.is_running else '不晚于'}{day}而当日未办结的；"
                "各单位已反馈、待创建办确认的不计",
                records=late,
            )
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

    def supervision(self, args: dict[str, Any]) -> None:
        """催办…次, 督办…项，印发督办函…份, 批准延期…件 in the period; each only where there was one."""
        span = self.period.span
        if nudges := work.nudges(**args).count():
            tasks, events = work.nudged_tasks(**args), work.nudges(**args)
            self.figure("nudges.tasks", tasks.count(), label="催办任务数", basis=f"{span}催办过的任务", records=tasks)
            basis = f"{span}催办的次数，每个单位每次计一次"
            self.figure("nudges.times", nudges, label="催办次数", basis=basis, records=events)
        if granted := work.extensions_granted(**args).count():
            basis, rows = f"{span}批准的延期申请", work.extensions_granted(**args)
            self.figure("extensions.granted", granted, label="批准延期件数", basis=basis, records=rows)
        letters = work.supervisions(**args)
        if not letters.exists():
            return
        tasks = work.supervised_tasks(**args)
        self.figure("supervision.tasks", tasks.count(), label="督办任务数", basis=f"{span}督办的任务", records=tasks)
        basis = f"{span}印发的督办函，每个单位一份"
        self.figure("supervision.letters", letters.count(), label="督办函份数", basis=basis, records=letters)

    def inspection(self) -> Row:
        """What was found and what became of it; the register of sites; which rounds there were."""
        sites = Site.objects.of(self.campaign).registered_by(self.period.last)
        if self.unit:
            sites = sites.kept_by(self.unit, on=self.period.last)
        told: Row = {"types": [], "categories": [], "open": [], "rounds": []}
        if registered := sites.count():
            self.figure("sites.registered", registered, label="登记点位数", basis="点位登记册中的点位", records=sites)
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
            self.figure("rounds", len(held), label="督查批次数", basis="期内记有发现问题的督查批次", records=held)
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
        day, period, rows = day_in_words(self.period.last), self.period, self.findings
        closed, is_closed = self.closed(rows), self.is_closed
        basis = f"{period.span}发现的问题；截至{day}不予立案、重复和作废的不计"
        self.count_of("findings.found", rows, label="发现问题数", basis=basis)
        if sites := {row.site_id for row in rows if row.site_id}:
            basis, records = "期内记有检查发现的点位，同一点位只计一次", key_list(Site._meta.label_lower, sites)
            self.figure("findings.sites", len(sites), label="检查点位数", basis=basis, records=records)
        self.count_of("findings.closed", closed, label="已整改数", basis=f"截至{day}已销号或现场整改的")
        self.share_of("findings.rate", closed, rows, label="整改率", basis="已整改数÷发现问题数")
        if due := [row for row in rows if field.was_due(row, period, now=self.now)]:
            basis = f"截至{day}整改期限已到的{'；当天期限还没有到的不计' if self.is_running else ''}"
            self.count_of("findings.due", due, label="到期问题数", basis=basis)
        basis = "到期问题中已整改的÷到期问题数"
        self.share_of("findings.due_rate", self.closed(due), due, label="到期整改率", basis=basis)
        in_time = [row for row in closed if field.was_in_time(row)]
        if closed:
            basis = "已整改的问题中，在期限内反馈整改的"
            self.count_of("findings.in_time", in_time, label="按期整改数", basis=basis)
        self.share_of("findings.in_time_rate", in_time, closed, label="按期整改率", basis="按期整改数÷已整改数")
        if reworked := [row for row in rows if row.was_reworked]:
            reviewed = [row for row in rows if field.was_reviewed(row, period)]
            self.count_of("findings.reworked", reworked, label="返工数", basis="复核退回返工的")
            basis = "返工数÷复核过的问题数"
            self.share_of("findings.rework_rate", reworked, reviewed, label="返工率", basis=basis)
        if reopened := [row for row in rows if row.was_reopened]:
            ever_closed = [row for row in rows if row.was_reopened or is_closed(row)]
            self.count_of("findings.reopened", reopened, label="反弹数", basis="销号后又反弹的")
            basis = "反弹数÷曾经销号的问题数"
            self.share_of("findings.reopened_rate", reopened, ever_closed, label="反弹率", basis=basis)
        if opened := self.open(rows):
            self.count_of("findings.open", opened, label="未整改数", basis=f"截至{day}尚未销号的")
        if waiting := [row for row in opened if field.was_long_term(row)]:
            self.count_of("findings.long_term", waiting, label="挂账数", basis=f"其中截至{day}挂账的")

    # -- tasks ---

    def tasks(self) -> list[Row]:
        """Begun leaf tasks, and whatever else was worked on in the period, with what was logged."""
        args: dict[str, Any] = {"campaign": self.campaign, "period": self.period, "unit": self.unit}
        entries = work.log_entries(**args).select_related("unit").prefetch_related("quantities")
        logged: dict[int, list] = {}
        for entry in entries.order_by("done_on", "pk"):
            logged.setdefault(entry.task_id, []).append(entry)
        begun = set(work.begun_tasks(**args).values_list("pk", flat=True))
        tasks = (
            work.as_of(Task.objects.filter(pk__in=begun | logged.keys()), self.period.last)
            .select_related("lead_unit", "indicator", "parent")
            .prefetch_related("workstreams", "parent__workstreams", "instructions", *work.PARTS)
        )
        told = [self.task(task, logged.get(task.pk, [])) for task in tasks.order_by("position", "pk")]
        self.totals_over_tasks(logged.values())
        return told

    def task(self, task: Any, entries: list) -> Row:
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
            "entries": [self.entry(entry, task) for entry in entries if not entry.is_routine],
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

    def entry(self, entry: Any, task: Task) -> Row:
        return {
            "src": self.note(entry, f"工作记录 {task.code} {task.name} {entry.done_on:%Y-%m-%d}"),
            "on": entry.done_on.isoformat(),
            "unit": self.name_of(entry.unit),
            "unit_is_self": entry.unit_id == self.speaker.pk,
            "kind": entry.kind,
            "content": entry.content,
            "highlight": entry.is_highlight,
        }

    def totals(self, prefix: str, entries: Iterable, *, where: str) -> list[Row]:
        """The quantities of these entries, added up as their kind allows."""
        written: list[quantities.Quantity] = []
        by_label: dict[tuple, list] = {}
        for entry in entries:
            for row in entry.quantities.all():
                quantity = quantities.Quantity(row.label, row.value, row.qualifier, row.measure, entry.done_on)
                written.append(quantity)
                by_label.setdefault((quantity.label, quantity.canonical), []).append(entry)
        told = []
        totals = quantities.add_up(written)
        lasting = [total.label for total in totals if total.kind == quantities.Kind.DURATION]
        for place, total in enumerate(totals):
            # How long each of several events lasted says nothing of the work as a whole.
            if total.kind == quantities.Kind.DURATION and lasting.count(total.label) > 1:
                continue
            first = total.terms[0]
            rows = list(dict.fromkeys(by_label[first.label, first.canonical]))
            key = self.figure(
                f"{prefix}:{place}",
                total.text,
                label=f"{total.label}（{where}）",
                basis=f"{total.kind.label}，取自期内{len(rows)}条工作记录",
                records=rows,
            )
            told.append({"label": total.label, "text": total.text, "figure": key, "terms": len(total.terms)})
        return told

    def totals_over_tasks(self, logged: Iterable[list]) -> None:
        """What was counted under one name for several tasks, added up over all of them."""
        entries = [entry for rows in logged for entry in rows]
        tasks: dict[tuple, set] = {}
        for entry in entries:
            for row in entry.quantities.all():
                if row.kind == quantities.Kind.COUNT:
                    tasks.setdefault((row.label, row.canonical_measure), set()).add(entry.task_id)
        for place, ((label, canonical), of) in enumerate(tasks.items()):
            if len(of) < 2:
                continue
            rows, written = [], []
            for entry in entries:
                for row in entry.quantities.all():
                    if (row.label, row.canonical_measure, row.kind) == (label, canonical, quantities.Kind.COUNT):
                        rows.append(entry)
                        written.append(
                            quantities.Quantity(row.label, row.value, row.qualifier, row.measure, entry.done_on)
                        )
            for total in quantities.add_up(written):
                key = self.figure(
                    f"quantity:all:{place}",
                    total.text,
                    label=f"{label}合计",
                    basis=f"{len(of)}项任务期内工作记录累加",
                    records=list(dict.fromkeys(rows)),
                )
                self.shared_totals.append({"label": label, "text": total.text, "figure": key, "terms": len(written)})

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
        args: dict[str, Any] = {"campaign": self.campaign, "period": self.period, "unit": self.unit}
        tasks = work.begun_tasks(**args).select_related("lead_unit").prefetch_related(*work.PARTS)
        told = []
        for task in tasks.order_by("position", "pk"):
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
