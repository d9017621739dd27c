"""Every fact a summary may tell, collected once as of the period's last day, in plain values that can be frozen.

`collect` gives one dict of text, numbers, lists and dicts. Each figure in it carries its value as printed, its basis
and the records it counts; each row of a register names its record (`src`), so that any number leads back.
While a period runs, the day of reading stands for its last day: a summary may be written before the half-year is over.
Rows dated after the last day are not told. What happens on a day (meetings, honours, surveys …) must lie in the
period; what goes on (groups, rules, duty …) must have begun by its last day and not have ended before its first. Who
sits in a group is told as of the last day: those who have left are not.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Model, Q, QuerySet

from campaigns import figures as work
from campaigns import quantities
from campaigns.models import (
    Assignment,
    Campaign,
    Document,
    DutyPost,
    ExternalAssessment,
    GroupMember,
    Honour,
    Indicator,
    Instruction,
    LeadingGroup,
    Meeting,
    PatrolQuota,
    Phase,
    Publicity,
    Reward,
    SelfCheck,
    Statement,
    Survey,
    Task,
    Workstream,
)
from cityinit.numerals import number, rate
from cityinit.periods import Period, day_in_words, day_of, day_start
from inspections import figures as field
from inspections.models import Finding, Round, Site, Sponsorship
from units.models import Unit

from .models import Style

FORMAT = 1
# So many open findings are kept by name for the text; more are only counted.
OPEN_TOLD = 6
# Handed out rather than put up: they count in the period in which they were handed out.
CONSUMED = ("册", "页", "单", "信", "书", "海报", "手册", "资料", "宣传品")
# Rules stay in force; a bulletin tells of its day.
BULLETINS = ("简报", "信息", "专报")

Row = dict[str, Any]


def collect(campaign: Campaign, period: Period, *, unit: Unit | None = None, on: date) -> Row:
    """All facts of the period, read on the day `on`; with a unit, those of the unit and what is below it.

    A period that is not over on that day is told as of that day. ValueError for one that has not begun.
    """
    return _Collector(campaign, period, unit, on).facts()


def fingerprint(facts: Row) -> str:
    """The sha256 of the facts, to show that a frozen snapshot was never touched."""
    told = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def source_label(facts: Row, key: str) -> str:
    """What a figure or a record is called that a number in the text leads to."""
    if figure := facts["figures"].get(key):
        return figure["label"]
    return facts["sources"].get(key, key)


def source(row: Model) -> str:
    """How a fact names its record: campaigns.task:12."""
    return f"{row._meta.label_lower}:{row.pk}"


class _Collector:
    def __init__(self, campaign: Campaign, period: Period, unit: Unit | None, on: date):
        self.campaign = campaign
        self.label = period.label
        self.period = period.until(on)
        # The host's own report is the campaign's.
        self.unit = None if unit is not None and unit.pk == campaign.host_id else unit
        self.on = on
        self.speaker = self.unit or campaign.host
        self.figures: dict[str, Row] = {}
        self.sources: dict[str, str] = {}
        self.shared_totals: list[Row] = []

    def facts(self) -> Row:
        campaign = self.campaign
        told: Row = {
            "format": FORMAT,
            "taken_on": self.on.isoformat(),
            "period": self.period_facts(),
            "campaign": {
                "src": source(campaign),
                "name": campaign.name,
                "short_name": campaign.short_name,
                "kind": campaign.kind,
                "host": campaign.host.name,
                "guides": [guidance.unit.name for guidance in campaign.guidance_set.select_related("unit")],
                "slogans": [slogan.strip() for slogan in campaign.slogans if slogan.strip()],
            },
            "speaker": {"name": self.speaker.name, "own_name": self.speaker.own_name, "is_host": self.unit is None},
            "writing": self.writing(),
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
            "meetings": self.meetings(),
            "sponsorships": self.sponsorships(),
            "duty": self.duty(),
            "quotas": self.quotas(),
            "volunteering": self.volunteering(),
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
        self.progress()
        told["inspection"] = self.inspection()
        told["ledgers"] = {"tasks": self.task_ledger(), "findings": self.finding_ledger()}
        told["figures"] = self.figures
        told["sources"] = self.sources
        return told

    # -- what the facts are of ---

    def period_facts(self) -> Row:
        first, last = self.period.first, self.period.last
        return {
            "first": first.isoformat(),
            "last": last.isoformat(),
            "label": self.label,
            "last_day": day_in_words(last),
            "in_first_half": first.year == last.year and last.month <= 6,
        }

    def writing(self) -> Row:
        """How the office writes, frozen with the rest: an issued report is drawn again as it was issued."""
        style = Style.objects.filter(campaign=self.campaign).first() or Style(campaign=self.campaign)
        return {
            "parts": list(style.parts),
            "layout": style.layout,
            "scheme": style.scheme,
            "subtitle": style.subtitle,
            "addressee": style.addressee,
            "opening": style.opening,
            "closing": style.closing,
            "signature": style.signature,
            "line_points": str(style.line_points),
        }

    def partners(self) -> list[str]:
        if self.unit:
            return []
        beside = Unit.objects.of_host(self.campaign.host).filter(relation=Unit.Relation.PARTNER).active()
        return list(beside.values_list("name", flat=True))

    def superiors(self) -> list[str]:
        """The units beside the tree that stand above the host: who comes from them comes as a visitor."""
        above = Unit.objects.of_host(self.campaign.host).filter(relation=Unit.Relation.SUPERIOR)
        return list(above.values_list("name", flat=True))

    def appraisal_groups(self) -> list[str]:
        if self.unit:
            return []
        grouped = Unit.objects.of_host(self.campaign.host).active().exclude(appraisal_group="")
        return list(dict.fromkeys(grouped.values_list("appraisal_group", flat=True)))

    # -- figures ---

    def figure(
        self, key: str, value: Any, *, label: str, basis: str, records: QuerySet | Iterable[Model], suffix: str = ""
    ) -> str:
        """Keep a figure under its key and give the key; its records are frozen as a list of keys."""
        if isinstance(records, QuerySet):
            model, pks = records.model._meta.label_lower, list(records.order_by("pk").values_list("pk", flat=True))
        else:
            rows = list(records)
            model, pks = (rows[0]._meta.label_lower if rows else ""), sorted(row.pk for row in rows)
        text = value if isinstance(value, str) else f"{rate(value) if suffix == '%' else number(value)}{suffix}"
        self.figures[key] = {"label": label, "text": text, "basis": basis, "model": model, "pks": pks}
        return key

    def progress(self) -> None:
        """Tasks and the share of time; nothing where there is nothing to count."""
        args: dict[str, Any] = {"campaign": self.campaign, "period": self.period, "unit": self.unit}
        day = day_in_words(self.period.last)
        found = work.task_progress(**args)
        recurring = work.recurring_tasks(**args)
        if recurring.exists():
            self.figure(
                "tasks.recurring",
                recurring.count(),
                label="常态化工作",
                basis=f"截至{day}已开展、填有频次的末级任务，不计入完成率",
                records=recurring,
            )
        if found.completion is None:
            return
        basis = f"截至{day}已开展的末级任务；常态化工作（有频次）和已终止的不计"
        self.figure("tasks.total", found.tasks, label="任务数", basis=basis, records=work.counted_tasks(**args))
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
            records=work.counted_tasks(**args),
        )
        late = work.late_tasks(**args)
        if late.exists():
            self.figure(
                "tasks.late",
                late.count(),
                label="逾期未办结任务数",
                basis=f"完成时限不晚于{day}而当日未办结的",
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

    def inspection(self) -> Row:
        """What was found and what became of it; the register of sites; which rounds there were."""
        args: dict[str, Any] = {"campaign": self.campaign, "period": self.period, "unit": self.unit}
        sites = Site.objects.of(self.campaign)
        if self.unit:
            sites = sites.filter(unit__path__startswith=self.unit.path)
        told: Row = {"types": [], "categories": [], "open": [], "rounds": []}
        if registered := sites.count():
            self.figure("sites.registered", registered, label="登记点位数", basis="点位登记册中的点位", records=sites)
            told["registered_types"] = _by_frequency(sites.values_list("kind__name", flat=True))
        rounds = Round.objects.of(self.campaign).filter(
            Q(starts_on=None) | Q(starts_on__lte=self.period.last),
            Q(ends_on=None) | Q(ends_on__gte=self.period.first),
        )
        rows = self.findings
        if not rows:
            return told
        told["types"] = _by_frequency(row.site.kind.name for row in rows if row.site)
        told["categories"] = _by_frequency(row.category.name for row in rows)
        ids = {row.round_id for row in rows}
        held = [row for row in rounds if row.pk in ids]
        told["rounds"] = [{"src": self.note(row, f"督查批次 {row.name}"), "name": row.name} for row in held]
        if held:
            self.figure("rounds", len(held), label="督查批次数", basis="期内记有发现问题的督查批次", records=held)
        self.finding_figures(field.rectified(**args))
        for row in [row for row in rows if not field.was_closed(row, self.period)][:OPEN_TOLD]:
            told["open"].append(
                {
                    "src": self.note(row, f"问题 {row.number}"),
                    "where": row.where,
                    "description": row.description,
                    "unit": _name(row.lead_unit),
                    "due": _words(_due_day(row.due_then)),
                    "long_term": field.was_long_term(row),
                }
            )
        return told

    @cached_property
    def findings(self) -> list[Any]:
        """Every finding counted, with what was so on the last day: read once, for figures, text and ledger."""
        rows = field.judged(self.campaign, self.period, unit=self.unit)
        # Prefetched, not joined: thousands of rows share a few sites, categories and units.
        return list(rows.prefetch_related("site__kind", "category", "lead_unit").order_by("found_on", "pk"))

    def finding_figures(self, found: field.Rectified) -> None:
        day, period, rows = day_in_words(self.period.last), self.period, self.findings
        closed = [row for row in rows if field.was_closed(row, period)]
        due = [row for row in rows if field.was_due(row, period)]
        basis = f"{period.span}发现的问题；截至{day}不予立案、重复和作废的不计"
        self.figure("findings.found", found.found, label="发现问题数", basis=basis, records=rows)
        if found.sites:
            sites = Site.objects.filter(pk__in={row.site_id for row in rows})
            basis = "期内记有检查发现的点位，同一点位只计一次"
            self.figure("findings.sites", found.sites, label="检查点位数", basis=basis, records=sites)
        basis = f"截至{day}已销号或现场整改的"
        self.figure("findings.closed", found.closed, label="已整改数", basis=basis, records=closed)
        self.rate("findings.rate", found.rate, label="整改率", basis="已整改数÷发现问题数", records=rows)
        if due:
            self.figure("findings.due", found.due, label="到期问题数", basis=f"截至{day}整改期限已到的", records=due)
        basis = "到期问题中已整改的÷到期问题数"
        self.rate("findings.due_rate", found.due_rate, label="到期整改率", basis=basis, records=due)
        if closed:
            in_time = [row for row in closed if field.was_in_time(row)]
            basis = "已整改的问题中，在期限内反馈整改的"
            self.figure("findings.in_time", found.in_time, label="按期整改数", basis=basis, records=in_time)
        basis = "按期整改数÷已整改数"
        self.rate("findings.in_time_rate", found.in_time_rate, label="按期整改率", basis=basis, records=closed)
        if reworked := [row for row in rows if row.was_reworked]:
            basis = "复核退回返工的"
            self.figure("findings.reworked", found.reworked, label="返工数", basis=basis, records=reworked)
            basis = "返工数÷复核过的问题数"
            self.rate("findings.rework_rate", found.rework_rate, label="返工率", basis=basis, records=reworked)
        if reopened := [row for row in rows if row.was_reopened]:
            basis = "销号后又反弹的"
            self.figure("findings.reopened", found.reopened, label="反弹数", basis=basis, records=reopened)
            basis = "反弹数÷曾经销号的问题数"
            self.rate("findings.reopened_rate", found.reopened_rate, label="反弹率", basis=basis, records=reopened)
        if opened := [row for row in rows if not field.was_closed(row, period)]:
            basis = f"截至{day}尚未销号的"
            self.figure("findings.open", len(opened), label="未整改数", basis=basis, records=opened)
        if waiting := [row for row in opened if field.was_long_term(row)]:
            basis = f"其中截至{day}挂账的"
            self.figure("findings.long_term", len(waiting), label="挂账数", basis=basis, records=waiting)

    def rate(self, key: str, value: Decimal | None, *, label: str, basis: str, records: Iterable[Model]) -> None:
        """A share in per cent; one of nothing is unknown and no figure."""
        if value is not None:
            self.figure(key, value, suffix="%", label=label, basis=basis, records=records)

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
            Task.objects.filter(pk__in=begun | logged.keys())
            .select_related("lead_unit", "indicator", "parent")
            .prefetch_related("workstreams", "parent__workstreams", "assignments__unit", "instructions")
        )
        told = [self.task(task, logged.get(task.pk, [])) for task in tasks.order_by("position", "pk")]
        self.totals_over_tasks(logged.values())
        return told

    def task(self, task: Task, entries: list) -> Row:
        done = task.confirmed_on is not None and task.confirmed_on <= self.period.last
        beside = [part.unit for part in task.assignments.all() if part.unit_id != task.lead_unit_id]
        streams = list(task.workstreams.all()) or (list(task.parent.workstreams.all()) if task.parent else [])
        return {
            "src": self.note(task, f"任务 {task.code} {task.name}"),
            "name": task.name,
            "parent": task.parent.name if task.parent else "",
            "requirement": task.requirement,
            "workstreams": [stream.pk for stream in streams],
            "indicator": task.indicator.name if task.indicator else "",
            "lead": task.lead_unit.name,
            "lead_is_self": task.lead_unit_id == self.speaker.pk,
            "beside": [unit.name for unit in beside],
            "leader": task.supervising_leader,
            "due_on": _iso(task.due_on),
            "target": number(task.target) if task.target is not None else "",
            "measure": task.measure,
            "frequency": task.frequency,
            "status": "recurring" if task.frequency else ("done" if done else "open"),
            "underway": self.is_underway(task),
            "done_on": _iso(task.confirmed_on) if done else "",
            "done_before": done and task.confirmed_on < self.period.first,  # type: ignore[operator]  # done, so it has one
            "entries": [self.entry(entry, task) for entry in entries],
            "totals": self.totals(f"quantity:{task.pk}", entries, where=task.name),
        }

    def is_underway(self, task: Task) -> bool:
        """Whether a state says that a unit was at work on it by the last day."""
        working = (Assignment.State.IN_PROGRESS, Assignment.State.REPORTED_DONE)
        since = [part.acknowledged_at for part in task.assignments.all() if part.state in working]
        # An import infers the state from a log and dates it with the log's midnight: that nobody has stated.
        return any(at is None or (day_of(at) <= self.period.last and at != day_start(day_of(at))) for at in since)

    def entry(self, entry: Any, task: Task) -> Row:
        return {
            "src": self.note(entry, f"工作记录 {task.code} {task.name} {entry.done_on:%Y-%m-%d}"),
            "on": entry.done_on.isoformat(),
            "unit": entry.unit.name,
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

    # -- registers: what goes on ---

    def rows(self, model: type[Model], *, unit: str = "unit") -> QuerySet:
        """The campaign's rows of a register; for a unit's report those that name the unit or one below it."""
        rows = model.objects.of(self.campaign)  # type: ignore[attr-defined]
        return rows.filter(**{f"{unit}__path__startswith": self.unit.path}) if self.unit else rows

    def going_on(self, rows: QuerySet) -> QuerySet:
        """Rows with 起 and 止 that overlap the period; an open end is no end."""
        begun = Q(starts_on=None) | Q(starts_on__lte=self.period.last)
        return rows.filter(begun, Q(ends_on=None) | Q(ends_on__gte=self.period.first))

    @cached_property
    def unfounded(self) -> set[int]:
        """Groups that did not exist on the last day: founded later, or without a day below one that was."""
        groups = {row.pk: row for row in LeadingGroup.objects.of(self.campaign)}

        def is_later(group: LeadingGroup) -> bool:
            seen: set[int] = set()
            while group.founded_on is None and group.parent_id in groups and group.pk not in seen:
                seen.add(group.pk)
                group = groups[group.parent_id]
            return group.founded_on is not None and group.founded_on > self.period.last

        return {pk for pk, group in groups.items() if is_later(group)}

    def groups(self) -> list[Row]:
        groups = self.rows(LeadingGroup, unit="office_unit").exclude(pk__in=self.unfounded)
        seats: dict[int, list] = {}
        members = self.going_on(GroupMember.objects.of(self.campaign)).exclude(ends_on__lt=self.period.last)
        members = members.select_related("unit")
        for member in members.order_by("position", "pk"):
            seats.setdefault(member.group_id, []).append(member)
        return [
            {
                "src": self.note(group, f"领导小组 {group.name}"),
                "name": group.name,
                "parent": _name(group.parent) if group.parent_id not in self.unfounded else "",
                "founded_on": _words(group.founded_on),
                "office": group.office_unit.name if group.office_unit else "",
                "number": group.document_number,
                "members": [
                    {
                        "src": self.note(member, f"小组成员 {group.name} {member.seat}"),
                        "seat": member.seat,
                        "name": member.person_name,
                        "unit": "" if member.unit_id == self.speaker.pk else _name(member.unit),
                        "of_self": member.unit_id == self.speaker.pk,
                        "title": member.title,
                        "duties": member.duties,
                    }
                    for member in seats.get(group.pk, [])
                ],
            }
            for group in groups.select_related("parent", "office_unit")
        ]

    def documents(self) -> list[Row]:
        documents = work.in_force(self.rows(Document, unit="issuer"), self.period, day="issued_on")
        told = []
        for row in documents.select_related("issuer"):
            earlier = row.issued_on is not None and row.issued_on < self.period.first
            if earlier and any(word in row.kind for word in BULLETINS):
                continue
            told.append(
                {
                    "src": self.note(row, f"文件制度 {row.name}"),
                    "name": row.name,
                    "kind": row.kind,
                    "number": row.number,
                    "issued_on": _words(row.issued_on),
                    "earlier": earlier,
                    "issuer": "" if row.issuer_id in (None, self.speaker.pk) else row.issuer.name,
                    "copies": _count(row.copies),
                    "content": row.content,
                }
            )
        return told

    def instructions(self) -> list[Row]:
        rows = self.rows(Instruction, unit="task__lead_unit")
        return [
            {
                "src": self.note(row, f"批示 {row.leader}"),
                "content": row.content,
                "leader": row.leader,
                "given_on": _words(row.given_on),
                "task": source(row.task) if row.task else "",
            }
            for row in work.in_force(rows, self.period, day="given_on").select_related("task")
        ]

    def phases(self) -> list[Row]:
        phases = Phase.objects.of(self.campaign)
        told = [
            {
                "src": self.note(row, f"阶段 {row.name}"),
                "name": row.name,
                "span": Period(row.starts_on, row.ends_on).span,
                "over": row.ends_on <= self.period.last,
                "now": row.starts_on <= self.period.last < row.ends_on,
            }
            for row in phases
        ]
        if told and not self.unit:
            self.figure("phases", len(told), label="阶段数", basis="登记的阶段", records=phases)
        return told

    def indicators(self) -> list[Row]:
        rows = Indicator.objects.of(self.campaign).select_related("system")
        if self.unit:
            rows = rows.filter(units__path__startswith=self.unit.path).distinct()
        rows = rows.prefetch_related("units")
        told = [
            {
                "src": self.note(row, f"测评指标 {row.code} {row.name}"),
                "pk": row.pk,
                "parent": row.parent_id,
                "system": row.system.name,
                "edition": row.system.edition,
                "name": row.name,
                "standard": row.standard,
                "methods": row.get_methods_display(),
                "score": number(row.score) if row.score is not None else "",
                "units": [unit.name for unit in row.units.all()],
            }
            for row in rows
        ]
        if told:
            self.figure("indicators", len(told), label="测评指标数", basis="登记的各级测评指标", records=rows)
        return told

    def sponsorships(self) -> list[Row]:
        rows = Sponsorship.objects.of(self.campaign).select_related("unit")
        if self.unit:
            rows = rows.filter(
                Q(unit__path__startswith=self.unit.path)
                | Q(target_kind=Sponsorship.Target.UNIT, target_name=self.unit.name)
            )
        if rows:
            self.figure("sponsorships", len(rows), label="包保关系数", basis="登记的包保", records=rows)
        # A site is entered by its code or its name; a text says the name.
        named = dict(Site.objects.of(self.campaign).values_list("code", "name"))
        of_site = Sponsorship.Target.SITE
        return [
            {
                "src": self.note(row, f"包保 {row.leader} {row.target_name}"),
                "unit": _name(row.unit),
                "leader": row.leader,
                "kind": row.get_target_kind_display(),
                "name": named.get(row.target_name, row.target_name) if row.target_kind == of_site else row.target_name,
                "note": row.note,
            }
            for row in rows
        ]

    def duty(self) -> list[Row]:
        return [
            {
                "src": self.note(row, f"执勤安排 {row.name}"),
                "kind": row.kind,
                "name": row.name,
                "quantity": _count(row.quantity),
                "unit": "" if row.unit_id in (None, self.speaker.pk) else row.unit.name,
                "leader": row.leader,
                "shifts": row.shifts,
                "span": _span(row.starts_on, row.ends_on),
            }
            for row in self.going_on(self.rows(DutyPost)).select_related("unit")
        ]

    def quotas(self) -> list[Row]:
        rows = PatrolQuota.objects.of(self.campaign)
        if self.unit:
            rows = rows.filter(place__in=Unit.objects.under([self.unit.path]).values("name"))
        return [
            {
                "src": self.note(row, f"巡查定额 {row.who} {row.place}"),
                "who": row.who,
                "place": row.place,
                "times": row.times,
                "cycle": row.get_cycle_display(),
                "at_least": row.at_least,
            }
            for row in rows
        ]

    def publicity(self) -> list[Row]:
        """What hangs or was handed out; rows of one kind and content lead to their sum by `together`."""
        rows = []
        for row in work.in_force(self.rows(Publicity), self.period, day="placed_on").select_related("unit"):
            earlier = row.placed_on is not None and row.placed_on < self.period.first
            if not (row.kind.endswith(CONSUMED) and earlier):
                rows.append(row)
        by_kind = self.sums(rows, "publicity:kind", ("kind",), ("quantity",), what="宣传阵地数量")
        alike = self.sums(rows, "publicity", ("kind", "content"), ("quantity",), what="宣传阵地数量")
        return [
            {
                "src": self.note(row, f"宣传阵地 {row.kind} {row.place}"),
                "kind": row.kind,
                "place": row.place,
                "quantity": _count(row.quantity),
                "unit": "" if row.unit_id in (None, self.speaker.pk) else row.unit.name,
                "content": row.content,
                "consumed": row.kind.endswith(CONSUMED),
                "together": alike.get(row.pk, ""),
                "of_kind": by_kind.get(row.pk, ""),
            }
            for row in rows
        ]

    def sums(
        self, rows: Iterable[Any], prefix: str, alike: Sequence[str], counted: Sequence[str], *, what: str
    ) -> dict[int, str]:
        """For each row that shares its values with others the key of their sums: `key:quantity` is a figure."""
        groups: dict[tuple, list[Any]] = {}
        for row in rows:
            groups.setdefault(tuple(getattr(row, name) for name in alike), []).append(row)
        keys: dict[int, str] = {}
        for place, (values, mine) in enumerate(groups.items()):
            if len(mine) < 2:
                continue
            for name in counted:
                filled = [row for row in mine if getattr(row, name) is not None]
                if filled:
                    self.figure(
                        f"{prefix}:{place}:{name}",
                        sum(getattr(row, name) for row in filled),
                        label=f"{what}（{'，'.join(str(value) for value in values if value)}）",
                        basis=f"登记的{len(filled)}行之和",
                        records=filled,
                    )
            keys |= {row.pk: f"{prefix}:{place}" for row in mine}
        return keys

    # -- registers: what happened in the period ---

    def happened(self, rows: QuerySet, *, day: str) -> QuerySet:
        return work.within(rows, self.period, day=day)

    def self_checks(self) -> list[Row]:
        rows = self.rows(SelfCheck, unit="indicator__units").distinct()
        rows = self.happened(rows, day="checked_on").select_related("indicator")
        latest = {row.indicator_id: row for row in rows.order_by("checked_on", "pk")}
        return [
            {
                "src": self.note(row, f"指标自查 {row.indicator.code} {row.checked_on:%Y-%m-%d}"),
                "indicator": row.indicator.name,
                "full": number(row.indicator.score) if row.indicator.score is not None else "",
                "checked_on": _words(row.checked_on),
                "score": number(row.score) if row.score is not None else "",
                "gap": row.gap,
                "measure": row.measure,
                "person": row.person,
            }
            for row in sorted(latest.values(), key=lambda row: (row.position, row.pk))
        ]

    def meetings(self) -> list[Row]:
        rows = self.happened(self.rows(Meeting), day="held_on").select_related("unit", "group")
        # Without a day it cannot have been held by a group that was founded later.
        rows = rows.exclude(held_on=None, group__in=self.unfounded)
        told: list[Row] = []
        counted: dict[str, list] = {}
        for row in rows.order_by("held_on", "position", "pk"):
            counted.setdefault(row.kind, []).append(row)
            told.append(
                {
                    "src": self.note(row, f"会议活动 {row.name}"),
                    "name": row.name,
                    "kind": row.kind,
                    "held_on": _words(row.held_on),
                    "unit": "" if row.unit_id in (None, self.speaker.pk) else row.unit.name,
                    "group": _name(row.group) if row.group_id not in self.unfounded else "",
                    "place": row.place,
                    "attendance": _count(row.attendance),
                    "duration": row.duration,
                    "times": row.times,
                    "decisions": row.decisions,
                }
            )
        for kind, held in counted.items():
            # 多次 is not a number: then the kind as a whole cannot be counted either.
            if len(held) > 1 and all(row.times.isdigit() or not row.times for row in held):
                self.figure(
                    f"meetings:{kind}",
                    sum(int(row.times or 1) for row in held),
                    label=f"{kind}次数",
                    basis="期内登记的次数之和，未填次数的按1次计",
                    records=held,
                )
            attendance = [row.attendance for row in held if row.attendance is not None]
            if len(attendance) > 1:
                self.figure(
                    f"attendance:{kind}",
                    sum(attendance),
                    label=f"{kind}参加人次",
                    basis="期内登记的参加人数之和",
                    records=held,
                )
        return told

    def volunteering(self) -> list[Row]:
        rows = work.volunteering_records(self.campaign, self.period, unit=self.unit)
        served = work.volunteering(self.campaign, self.period, unit=self.unit)
        for key, value, label in (
            ("sessions", served.sessions, "志愿服务场次"),
            ("people", served.people, "志愿服务人次"),
            ("hours", served.hours, "志愿服务时长"),
        ):
            if value is not None:
                filled = rows.exclude(**{key: None})
                self.figure(f"volunteering.{key}", value, label=label, basis="期内志愿服务登记之和", records=filled)
        told = list(rows.select_related("unit").order_by("served_on", "position", "pk"))
        alike = self.sums(
            told, "volunteering", ("unit", "team", "content"), ("sessions", "people", "hours"), what="志愿服务"
        )
        return [
            {
                "src": self.note(row, f"志愿服务 {row.team}"),
                "team": row.team,
                "served_on": _words(row.served_on),
                "unit": "" if row.unit_id in (None, self.speaker.pk) else row.unit.name,
                "content": row.content,
                "sessions": _count(row.sessions),
                "people": _count(row.people),
                "hours": number(row.hours) if row.hours is not None else "",
                "together": alike.get(row.pk, ""),
            }
            for row in told
        ]

    def honours(self) -> list[Row]:
        rows = self.happened(Honour.objects.of(self.campaign), day="granted_on")
        if self.unit:
            names = Unit.objects.under([self.unit.path]).values_list("name", flat=True)
            rows = rows.filter(pk__in=[row.pk for row in rows if any(name in row.honoured for name in names)])
        return [
            {
                "src": self.note(row, f"荣誉 {row.name}"),
                "kind": row.kind,
                "name": row.name,
                "granted_by": row.granted_by,
                "honoured": row.honoured,
                "deed": row.deed,
                "granted_on": _words(row.granted_on),
            }
            for row in rows.order_by("-kind", "position", "pk")
        ]

    def rewards(self) -> list[Row]:
        return [
            {
                "src": self.note(row, f"奖惩 {row.unit.name} {row.get_kind_display()}"),
                "unit": row.unit.name,
                "person": row.person,
                "kind": row.kind,
                "points": number(row.points) if row.points is not None else "",
                "reason": row.reason,
            }
            for row in self.happened(self.rows(Reward), day="given_on").select_related("unit")
        ]

    def surveys(self) -> list[Row]:
        if self.unit:
            return []
        told = []
        for row in self.happened(Survey.objects.of(self.campaign), day="held_on").order_by("held_on", "pk"):
            rates = {}
            for key, label in (
                ("awareness", "知晓率"),
                ("support", "支持率"),
                ("participation", "参与率"),
                ("satisfaction", "满意率"),
            ):
                if (value := getattr(row, key)) is not None:
                    rates[label] = self.figure(
                        f"survey:{row.pk}:{key}",
                        value,
                        suffix="%",
                        label=f"{label}（{row.name}）",
                        basis=f"{day_in_words(row.held_on)}调查结果",
                        records=[row],
                    )
            told.append(
                {
                    "src": self.note(row, f"满意度调查 {row.name}"),
                    "name": row.name,
                    "held_on": _words(row.held_on),
                    "sample": _count(row.sample),
                    "rates": rates,
                }
            )
        return told

    def assessments(self) -> list[Row]:
        if self.unit:
            return []
        rows = self.happened(ExternalAssessment.objects.of(self.campaign), day="held_on")
        return [
            {
                "src": self.note(row, f"外部测评 {row.name} {row.held_on:%Y-%m-%d}"),
                "name": row.name,
                "held_on": _words(row.held_on),
                "organiser": row.organiser,
                "group": row.group,
                "score": number(row.score) if row.score is not None else "",
                "rank": row.rank,
            }
            for row in rows.order_by("held_on", "pk")
        ]

    def statements(self) -> list[Row]:
        return [
            {
                "src": self.note(row, f"{row.get_kind_display()} {row.content[:20]}"),
                "kind": row.kind,
                "unit": "" if row.unit_id in (None, self.speaker.pk) else row.unit.name,
                "content": row.content,
            }
            for row in self.happened(self.rows(Statement), day="said_on").select_related("unit")
        ]

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
        tasks = work.begun_tasks(**args).select_related("lead_unit").prefetch_related("assignments__unit")
        told = []
        for task in tasks.order_by("position", "pk"):
            done = task.confirmed_on is not None and task.confirmed_on <= self.period.last
            beside = [part.unit.name for part in task.assignments.all() if part.unit_id != task.lead_unit_id]
            told.append(
                [
                    task.code,
                    task.name,
                    task.lead_unit.name,
                    "、".join(beside),
                    _iso(task.due_on),
                    task.frequency or ("已办结" if done else "正在推进"),
                    _iso(task.confirmed_on) if done else "",
                ]
            )
        return told

    def finding_ledger(self) -> list[list[str]]:
        """编号、发现日期、点位、类别、问题描述、责任单位、整改期限、状态、整改措施 as of the last day."""
        told = []
        for row in self.findings:
            closed = field.was_closed(row, self.period)
            then = (
                str(Finding.State(row.state_then).label) if row.state_then else "已销号" if closed else _open_state(row)
            )
            told.append(
                [
                    row.number,
                    row.found_on.isoformat(),
                    row.where,
                    row.category.name,
                    row.description,
                    _name(row.lead_unit),
                    _iso(_due_day(row.due_then)),
                    then,
                    row.measure if closed else "",
                ]
            )
        return told

    # -- sources ---

    def note(self, row: Model, label: str) -> str:
        """Remember what a record is called, and give the name by which the facts speak of it."""
        name = source(row)
        self.sources[name] = label
        return name


def _open_state(row: Finding) -> str:
    """An imported finding's state if it was open then; closed since, it was being rectified."""
    return str(row.get_state_display()) if row.state in Finding.OPEN_STATES else "整改中"


def _due_day(moment: datetime | None) -> date | None:
    """The last day on which it is in time: a day's deadline is kept as the midnight that ends it."""
    return day_of(moment - timedelta(microseconds=1)) if moment else None


def _by_frequency(names: Iterable[str]) -> list[str]:
    """Each name once, the most frequent first; those equally frequent in order of first mention."""
    counted: dict[str, int] = {}
    for name in names:
        counted[name] = counted.get(name, 0) + 1
    return sorted(counted, key=lambda name: -counted[name])


def _name(row: Any) -> str:
    return row.name if row else ""


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _words(day: date | None) -> str:
    return day_in_words(day) if day else ""


def _span(first: date | None, last: date | None) -> str:
    if first and last:
        return Period(first, last).span
    if first:
        return f"{day_in_words(first)}起"
    return f"至{day_in_words(last)}" if last else ""


def _count(value: int | Decimal | None) -> str:
    return "" if value is None else number(value)
