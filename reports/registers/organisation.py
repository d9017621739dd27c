"""What goes on: groups, papers, phases, standards, and who answers for what."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone

from campaigns import attendance, patrols
from campaigns import figures as work
from campaigns.models import (
    AssessmentSystem,
    Document,
    DutyPost,
    GroupMember,
    Indicator,
    Instruction,
    LeadingGroup,
    PatrolQuota,
    PatrolRecord,
    Phase,
    Task,
)
from cityinit.numerals import number
from cityinit.periods import Period, day_end, day_in_words
from inspections.models import Site, Sponsorship

from .reading import Reading, Row, count, in_words, name_of, source, span

# Rules stay in force; a bulletin tells of its day.
BULLETINS = ("简报", "信息", "专报")


class Organisation(Reading):
    """The registers that `reports/organisation.py` tells."""

    def groups(self) -> list[Row]:
        groups = LeadingGroup.objects.of(self.campaign).exclude(pk__in=self.unfounded)
        office = {
            group: group.office_on(self.period.last)
            for group in groups.select_related("parent", "office_unit").prefetch_related("former_offices__unit")
        }
        if self.unit:
            office = {group: unit for group, unit in office.items() if unit and unit.pk in self.keys_then}
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
                        "unit": self.other(member.unit),
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
        told, issued = [], []
        for row in documents.select_related("issuer"):
            if row.issued_on and row.issued_on >= self.period.first:
                issued.append(row)
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
                    "issuer": self.other(row.issuer),
                    "copies": count(row.copies),
                    "content": row.content,
                }
            )
        # One or two are counted by reading them.
        if len(issued) > 2:
            basis = "发文日期在期内的文件制度，每份记录计1件；期内已替代或废止的不计"
            self.figure("documents.issued", len(issued), label="印发文件数", basis=basis, records=issued)
        return told

    def instructions(self) -> list[Row]:
        rows = Instruction.objects.of(self.campaign)
        if self.unit:
            tasks = Task.objects.of(self.campaign)
            led = work.of_part(tasks, on=self.period.last, leading=True, unit__in=self.units_then)
            rows = rows.filter(task__in=led.values("pk"))
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
        """Those of the systems in force on the last day without the negative list, of which `breaches` tell."""
        found = Indicator.objects.of(self.campaign).in_force(on=self.period.last).select_related("system")
        rows = list(found.prefetch_related("units", "former_charges__unit", "standards"))
        forbidding = _forbidding(rows)
        rows = [row for row in rows if row.pk not in forbidding]
        if self.unit:
            rows = [row for row in rows if self.answers_for(row)]
        headings = {row.parent_id for row in rows}
        lowest: dict[AssessmentSystem, list[Indicator]] = {}
        for row in rows:
            if row.pk not in headings:
                lowest.setdefault(row.system, []).append(row)
        for system, mine in lowest.items():
            basis = f"{day_in_words(self.period.last)}现行的“{system}”中最末一级的指标，负面清单不计"
            self.figure(f"indicators:{system.pk}", len(mine), label="测评指标数", basis=basis, records=mine)
        return [
            {
                "src": self.note(row, f"测评指标 {row.code} {row.name}"),
                "pk": row.pk,
                "parent": row.parent_id,
                "system": row.system.name,
                "edition": row.system.edition,
                "counted": f"indicators:{row.system_id}",
                "name": row.name,
                "standard": "，".join(one.content.rstrip("。；;") for one in row.standards.all()),
                "methods": row.get_methods_display(),
                "score": number(row.score) if row.score is not None else "",
                "units": [self.name_of(unit) for unit in row.units_on(self.period.last)],
            }
            for row in rows
        ]

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
                "quantity": count(row.quantity),
                "unit": self.other(row.unit),
                "leader": row.leader,
                "shifts": row.shifts,
                "span": span(row.starts_on, row.last_day_as_of(self.period.last)),
            }
            for row in self.going_on(self.rows(DutyPost)).select_related("unit", "continued")
        ]

    def stood(self) -> None:
        """应到、到岗 and 出勤率, where anybody entered attendance."""
        at = min(timezone.now(), day_end(self.on))
        due, came = attendance.due_turns(**self.asked, at=at), attendance.stood_turns(**self.asked, at=at)
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
        walked = {quota.pk: tally for quota, tally in patrols.recorded(**self.asked, today=self.on)}
        if self.unit:
            # A place may be entered by what the unit was called then, or is called since.
            named = Q(place__in={name for unit in self.units_then for name in (unit.name, self.name_of(unit))})
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


def _forbidding(rows: Sequence[Indicator]) -> set[int]:
    """The indicators of a negative list: all their standards forbid something, or all that stands below them does."""
    children: dict[int | None, list[Indicator]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)

    def forbids(row: Indicator) -> bool:
        below, standards = children.get(row.pk, []), row.standards.all()
        return bool(below or standards) and all(map(forbids, below)) and all(one.is_negative for one in standards)

    return {row.pk for row in rows if forbids(row)}
