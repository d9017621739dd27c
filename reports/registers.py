"""The rows of a campaign's registers that a summary may tell, as plain values, with their sums as figures.

Rows dated after the last day are not told. What happens on a day (meetings, honours, surveys …) must lie in the
period; what goes on (groups, rules, duty …) must have begun by its last day and not have ended before its first. Who
sits in a group is told as of the last day: those who have left are not.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from campaigns import attendance, material_figures, patrols
from campaigns import figures as work
from campaigns.models import (
    Breach,
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
    PatrolRecord,
    Phase,
    Publicity,
    Reward,
    SelfCheck,
    Statement,
    Survey,
)
from cityinit.numerals import number, rate
from cityinit.periods import Period, day_end, day_in_words
from inspections.models import Site, Sponsorship
from units.models import Unit, names_on

# Handed out rather than put up: they count in the period in which they were handed out.
CONSUMED = ("册", "页", "单", "信", "书", "海报", "手册", "资料", "宣传品")
# Rules stay in force; a bulletin tells of its day.
BULLETINS = ("简报", "信息", "专报")

# Who has not agreed to be named.
UNNAMED = "有关个人"

Row = dict[str, Any]


class RegisterFacts:
    """The registers of one campaign and period, the figures taken from them, and the records both lead to."""

    def __init__(self, campaign: Campaign, period: Period, unit: Unit | None, on: date):
        self.campaign = campaign
        self.label = period.label
        self.period = period.until(on)
        # The host's own report is the campaign's.
        self.unit = None if unit is not None and unit.pk == campaign.host_id else unit
        self.on = on
        # The day of reading is not over: what is due on it has not been missed.
        self.is_running = on <= self.period.last
        self.speaker = self.unit or campaign.host
        self.figures: dict[str, Row] = {}
        self.sources: dict[str, str] = {}
        self.shared_totals: list[Row] = []

    @cached_property
    def names_then(self) -> dict[int, tuple[str, str]]:
        return names_on(self.period.last)

    @cached_property
    def units_then(self) -> QuerySet[Unit]:
        """The unit that speaks and what stood below it on the last day."""
        return Unit.objects.below(self.speaker, on=self.period.last)

    def name_of(self, unit: Unit | None) -> str:
        """What the unit was called on the last day, whatever it is called now."""
        if unit is None:
            return ""
        return self.names_then[unit.pk][0] if unit.pk in self.names_then else unit.name

    def own_name(self, unit: Unit) -> str:
        """How the unit spoke of itself then."""
        if unit.self_name or unit.pk not in self.names_then:
            return unit.own_name
        name, short_name = self.names_then[unit.pk]
        return short_name or name

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

    def note(self, row: Model, label: str) -> str:
        """Remember what a record is called, and give the name by which the facts speak of it."""
        name = source(row)
        self.sources[name] = label
        return name

    def rows(self, model: type[Model], *, unit: str = "unit") -> QuerySet:
        """The campaign's rows of a register; for a unit's report those that name the unit or one below it."""
        rows = model.objects.of(self.campaign)  # type: ignore[attr-defined]
        return rows.filter(**{f"{unit}__in": self.units_then}) if self.unit else rows

    def going_on(self, rows: QuerySet) -> QuerySet:
        """Rows with 起 and 止 that overlap the period; an open end is no end."""
        begun = Q(starts_on=None) | Q(starts_on__lte=self.period.last)
        return rows.filter(begun, Q(ends_on=None) | Q(ends_on__gte=self.period.first))

    def standing(self, rows: QuerySet) -> QuerySet:
        """Rows with 起 and 止 as they stood on the last day: what was handed on by then is told once."""
        last = self.period.last
        return rows.filter(Q(starts_on=None) | Q(starts_on__lte=last), Q(ends_on=None) | Q(ends_on__gte=last))

    def happened(self, rows: QuerySet, *, day: str) -> QuerySet:
        return work.within(rows, self.period, day=day)

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

    # -- what goes on ---

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
        groups = LeadingGroup.objects.of(self.campaign).exclude(pk__in=self.unfounded)
        office = {
            group: group.office_on(self.period.last)
            for group in groups.select_related("parent", "office_unit").prefetch_related("former_offices__unit")
        }
        if self.unit:
            own = set(self.units_then.values_list("pk", flat=True))
            office = {group: unit for group, unit in office.items() if unit and unit.pk in own}
        seats: dict[int, list] = {}
        members = self.going_on(GroupMember.objects.of(self.campaign)).exclude(ends_on__lt=self.period.last)
        members = members.select_related("unit")
        for member in members.order_by("position", "pk"):
            seats.setdefault(member.group_id, []).append(member)
        return [
            {
                "src": self.note(group, f"领导小组 {group.name}"),
                "name": group.name,
                "parent": name_of(group.parent) if group.parent_id not in self.unfounded else "",
                "founded_on": in_words(group.founded_on),
                "office": self.name_of(unit),
                "number": group.document_number,
                "members": [
                    {
                        "src": self.note(member, f"小组成员 {group.name} {member.seat}"),
                        "seat": member.seat,
                        "name": member.person_name,
                        "unit": "" if member.unit_id == self.speaker.pk else self.name_of(member.unit),
                        "of_self": member.unit_id == self.speaker.pk,
                        "title": member.title,
                        "duties": member.duties,
                    }
                    for member in seats.get(group.pk, [])
                ],
            }
            for group, unit in office.items()
        ]

    def documents(self) -> list[Row]:
        documents = self.rows(Document, unit="issuer").in_force(on=self.period.last)  # type: ignore[attr-defined]
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
                    "issued_on": in_words(row.issued_on),
                    "earlier": earlier,
                    "issuer": "" if row.issuer_id in (None, self.speaker.pk) else self.name_of(row.issuer),
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
                "given_on": in_words(row.given_on),
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
        rows = Indicator.objects.of(self.campaign).in_force(on=self.period.last).select_related("system")
        if self.unit:
            rows = rows.filter(units__in=self.units_then).distinct()
        rows = rows.prefetch_related("units", "standards")
        told = [
            {
                "src": self.note(row, f"测评指标 {row.code} {row.name}"),
                "pk": row.pk,
                "parent": row.parent_id,
                "system": row.system.name,
                "edition": row.system.edition,
                "name": row.name,
                "standard": "，".join(one.content.rstrip("。；;") for one in row.standards.all()),
                "methods": row.get_methods_display(),
                "score": number(row.score) if row.score is not None else "",
                "units": [self.name_of(unit) for unit in row.units.all()],
            }
            for row in rows
        ]
        if told:
            self.figure("indicators", len(told), label="测评指标数", basis="登记的各级测评指标", records=rows)
        return told

    def materials(self) -> list[Row]:
        """How many materials were asked for, handed in and passed by the last day; nothing where none was asked."""
        args: dict[str, Any] = {"campaign": self.campaign, "period": self.period, "unit": self.unit}
        found = material_figures.completeness(**args)
        if not found.asked:
            return []
        day = day_in_words(self.period.last)
        for key, value, label, basis, counted in (
            ("asked", found.asked, "应报材料项数", f"截至{day}下达、未撤销的材料", material_figures.asked_materials),
            (
                "submitted",
                found.submitted,
                "已报材料项数",
                f"其中截至{day}已报送的，含退回待重报的",
                material_figures.submitted_materials,
            ),
            (
                "accepted",
                found.accepted,
                "审核通过材料项数",
                f"其中截至{day}审核通过和已归档的",
                material_figures.accepted_materials,
            ),
        ):
            self.figure(f"materials.{key}", value, label=label, basis=basis, records=counted(**args))
        self.figure(
            "materials.rate",
            found.rate,
            suffix="%",
            label="材料完成率",
            basis="审核通过材料项数÷应报材料项数",
            records=material_figures.asked_materials(**args),
        )
        filed = material_figures.filed_online(**args)
        return [{"src": "materials.asked", "unit": "", "kind": "网上申报材料" if filed else "测评材料"}]

    def sponsorships(self) -> list[Row]:
        rows = self.standing(Sponsorship.objects.of(self.campaign)).select_related("unit")
        if self.unit:
            rows = rows.filter(
                Q(unit__in=self.units_then)
                | Q(target_kind=Sponsorship.Target.UNIT, target_name__in={self.unit.name, self.name_of(self.unit)})
            )
        if rows:
            self.figure("sponsorships", len(rows), label="包保关系数", basis="登记的包保", records=rows)
        # A site is entered by its code or its name; a text says the name.
        named = dict(Site.objects.of(self.campaign).values_list("code", "name"))
        of_site = Sponsorship.Target.SITE
        return [
            {
                "src": self.note(row, f"包保 {row.leader} {row.target_name}"),
                "unit": self.name_of(row.unit),
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
                "unit": "" if row.unit_id in (None, self.speaker.pk) else self.name_of(row.unit),
                "leader": row.leader,
                "shifts": row.shifts,
                "span": _span(row.starts_on, row.ends_on),
            }
            for row in self.going_on(self.rows(DutyPost)).select_related("unit")
        ]

    def stood(self) -> None:
        """应到、到岗 and 出勤率, where anybody entered attendance."""
        args: dict[str, Any] = {"campaign": self.campaign, "period": self.period, "unit": self.unit}
        args["at"] = min(timezone.now(), day_end(self.on))
        due, came = attendance.due_turns(**args), attendance.stood_turns(**args)
        told = attendance.attendance(due)
        if not told.is_recorded:
            return
        day = day_in_words(self.period.last)
        basis = f"截至{day}已到点的班次，一人一班为一人次，取消的不计"
        self.figure("duty.due", told.due, label="值守应到人次", basis=basis, records=due)
        self.figure("duty.came", told.came, label="值守到岗人次", basis="其中到岗或有人顶岗的", records=came)
        basis = "到岗人次÷应到人次，没有登记的按未到岗计"
        self.figure("duty.rate", told.rate, suffix="%", label="出勤率", basis=basis, records=due)

    def quotas(self) -> list[Row]:
        rows = PatrolQuota.objects.of(self.campaign).filter(Q(starts_on=None) | Q(starts_on__lte=self.period.last))
        args: dict[str, Any] = {"campaign": self.campaign, "period": self.period, "unit": self.unit, "today": self.on}
        walked = {quota.pk: tally for quota, tally in patrols.recorded(**args)}
        if self.unit:
            named = Q(place__in=self.units_then.values("name"))
            rows = rows.filter(named | Q(pk__in=walked))
        return [
            {
                "src": self.note(row, f"巡查定额 {row.who} {row.place}"),
                "who": row.who,
                "place": row.place,
                "times": row.times,
                "cycle": row.get_cycle_display(),
                "at_least": row.at_least,
                "walked": self.walked(row, walked[row.pk]) if row.pk in walked else "",
            }
            for row in rows
        ]

    def walked(self, quota: PatrolQuota, tally: patrols.Tally) -> str:
        """应巡、实巡 and 落实率 of a quota whose patrols were recorded; gives what their keys begin with."""
        key, name = f"quota:{quota.pk}", f"{quota.who} {quota.place}"
        basis = f"截至{day_in_words(self.period.last)}应巡的次数，请假、没有岗位和还没有过完的周期不计"
        self.figure(f"{key}:due", tally.due, label=f"应巡次数（{name}）", basis=basis, records=[quota])
        records = PatrolRecord.objects.filter(pk__in=tally.records)
        basis = "其中按时巡查的；超出定额的不计"
        self.figure(f"{key}:done", tally.done, label=f"实巡次数（{name}）", basis=basis, records=records)
        self.figure(
            f"{key}:rate",
            tally.rate,
            suffix="%",
            label=f"落实率（{name}）",
            basis="实巡次数÷应巡次数",
            records=records,
        )
        return key

    def publicity(self) -> list[Row]:
        """What hangs or was handed out; rows of one kind and content lead to their sum by `together`."""
        rows = []
        for row in work.in_force(self.rows(Publicity), self.period, day="placed_on").select_related("unit"):
            earlier = row.placed_on is not None and row.placed_on < self.period.first
            gone = row.removed_on is not None and row.removed_on <= self.period.last
            if not gone and not (row.kind.endswith(CONSUMED) and earlier):
                rows.append(row)
        by_kind = self.sums(rows, "publicity:kind", ("kind",), ("quantity",), what="宣传阵地数量")
        alike = self.sums(rows, "publicity", ("kind", "content"), ("quantity",), what="宣传阵地数量")
        return [
            {
                "src": self.note(row, f"宣传阵地 {row.kind} {row.place}"),
                "kind": row.kind,
                "place": row.place,
                "quantity": _count(row.quantity),
                "unit": "" if row.unit_id in (None, self.speaker.pk) else self.name_of(row.unit),
                "content": row.content,
                "consumed": row.kind.endswith(CONSUMED),
                "together": alike.get(row.pk, ""),
                "of_kind": by_kind.get(row.pk, ""),
            }
            for row in rows
        ]

    # -- what happened in the period ---

    def self_checks(self) -> list[Row]:
        rows = self.rows(SelfCheck, unit="indicator__units").distinct()
        rows = self.happened(rows, day="checked_on").select_related("indicator")
        latest = {row.indicator_id: row for row in rows.order_by("checked_on", "pk")}
        return [
            {
                "src": self.note(row, f"指标自查 {row.indicator.code} {row.checked_on:%Y-%m-%d}"),
                "indicator": row.indicator.name,
                "full": number(row.indicator.score) if row.indicator.score is not None else "",
                "checked_on": in_words(row.checked_on),
                "score": number(row.score) if row.score is not None else "",
                "gap": row.gap,
                "measure": row.measure,
                "person": row.person,
            }
            for row in sorted(latest.values(), key=lambda row: (row.position, row.pk))
        ]

    def breaches(self) -> list[Row]:
        """What came about of the negative list; a look that found none counts as 0, and 0 that was recorded is told."""
        rows = self.happened(self.rows(Breach), day="happened_on").select_related("standard__indicator", "unit")
        found = list(rows.order_by("happened_on", "position", "pk"))
        if found:
            times = sum(row.times for row in found)
            self.figure("breaches", times, label="负面清单事项起数", basis="期内登记的起数之和", records=found)
        return [
            {
                "src": self.note(row, f"负面清单事项 {row.standard.full_number} {row.happened_on:%Y-%m-%d}"),
                "item": row.standard.content,
                "happened_on": in_words(row.happened_on),
                "unit": "" if row.unit_id in (None, self.speaker.pk) else self.name_of(row.unit),
                "times": row.times,
                "content": row.content,
                "points": number(row.points) if row.points is not None else "",
                "handling": row.handling,
            }
            for row in found
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
                    "held_on": in_words(row.held_on),
                    "unit": "" if row.unit_id in (None, self.speaker.pk) else self.name_of(row.unit),
                    "group": name_of(row.group) if row.group_id not in self.unfounded else "",
                    "place": row.place,
                    "attendance": _count(row.attendance),
                    "duration": row.duration,
                    "times": row.times,
                    "decisions": row.decisions,
                    "content": row.content,
                }
            )
        self.decisions()
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

    def decisions(self) -> None:
        """How many decisions were taken, made tasks, carried out: only where somebody has followed one up by then."""
        args: dict[str, Any] = {"campaign": self.campaign, "period": self.period, "unit": self.unit}
        taken, tasked = work.decisions_taken(**args), work.decisions_tasked(**args)
        done, day = work.decisions_carried_out(**args), day_in_words(self.period.last)
        if not (tasked.exists() or done.exists()):
            return
        basis = "期内会议登记的议定事项"
        self.figure("decisions.taken", taken.count(), label="议定事项数", basis=basis, records=taken)
        basis = f"其中截至{day}已立为任务的"
        self.figure("decisions.tasked", tasked.count(), label="立为任务的议定事项数", basis=basis, records=tasked)
        basis = f"其中截至{day}任务已办结，或未立任务而已落实的"
        self.figure("decisions.done", done.count(), label="已落实的议定事项数", basis=basis, records=done)

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
                "served_on": in_words(row.served_on),
                "unit": "" if row.unit_id in (None, self.speaker.pk) else self.name_of(row.unit),
                "content": row.content,
                "sessions": _count(row.sessions),
                "people": _count(row.people),
                "hours": number(row.hours) if row.hours is not None else "",
                "together": alike.get(row.pk, ""),
            }
            for row in told
        ]

    def dissuasion(self) -> list[Row]:
        """One row per kind of conduct, each leading to the sum of its records."""
        args: dict[str, Any] = {"campaign": self.campaign, "period": self.period, "unit": self.unit}
        rows = work.dissuasion_records(**args)
        told = []
        found = work.dissuasion(**args)
        for place, kind in enumerate(found):
            key = self.figure(
                f"dissuasion:{place}",
                kind.number,
                label=f"劝导人次（{kind.kind}）",
                basis="期内文明劝导登记之和",
                records=rows.filter(kind=kind.kind),
            )
            told.append({"src": key, "kind": kind.kind, "number": key})
        if found:
            total = sum(kind.number for kind in found)
            self.figure("dissuasion", total, label="劝导人次", basis="期内文明劝导登记之和", records=rows)
        if any(kind.fined for kind in found):
            fined = sum(kind.fined or 0 for kind in found)
            records = rows.exclude(fined=None)
            self.figure("dissuasion.fined", fined, label="登记处罚人次", basis="其中登记或处罚的", records=records)
        return told

    def honours(self) -> list[Row]:
        rows = self.happened(Honour.objects.of(self.campaign), day="granted_on")
        if self.unit:
            names = self.units_then.values_list("name", flat=True)
            rows = rows.filter(pk__in=[row.pk for row in rows if any(name in row.honoured for name in names)])
        return [
            {
                "src": self.note(row, f"荣誉 {row.name}"),
                "kind": row.kind,
                "name": row.name,
                "granted_by": row.granted_by,
                # Who has not agreed is neither named nor told of; that the honour was won is no secret.
                "honoured": row.honoured if row.may_be_told else UNNAMED if row.kind == Honour.Kind.WON else "",
                "deed": row.deed if row.may_be_told else "",
                "granted_on": in_words(row.granted_on),
            }
            for row in rows.order_by("-kind", "position", "pk")
        ]

    def rewards(self) -> list[Row]:
        return [
            {
                "src": self.note(row, f"奖惩 {self.name_of(row.unit)} {row.get_kind_display()}"),
                "unit": self.name_of(row.unit),
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
                    "held_on": in_words(row.held_on),
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
                "held_on": in_words(row.held_on),
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
                "unit": "" if row.unit_id in (None, self.speaker.pk) else self.name_of(row.unit),
                "content": row.content,
            }
            for row in self.happened(self.rows(Statement), day="said_on").select_related("unit")
        ]


def source(row: Model) -> str:
    """How a fact names its record: campaigns.task:12."""
    return f"{row._meta.label_lower}:{row.pk}"


def name_of(row: Any) -> str:
    return row.name if row else ""


def in_words(day: date | None) -> str:
    return day_in_words(day) if day else ""


def _span(first: date | None, last: date | None) -> str:
    if first and last:
        return Period(first, last).span
    if first:
        return f"{day_in_words(first)}起"
    return f"至{day_in_words(last)}" if last else ""


def _count(value: int | Decimal | None) -> str:
    return "" if value is None else number(value)
