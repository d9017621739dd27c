"""What happened in the period: meetings, publicity, volunteering, dissuasion."""

from campaigns import figures as work
from campaigns.models import Meeting, Publicity
from cityinit.numerals import number
from cityinit.periods import day_in_words

from .reading import Reading, Row, count, in_words, name_of

# Handed out rather than put up: they count in the period in which they were handed out.
CONSUMED = ("册", "页", "单", "信", "书", "海报", "手册", "资料", "宣传品")


class Events(Reading):
    """The registers that `reports/events.py` tells."""

    def publicity(self) -> list[Row]:
        """What hangs or was handed out; rows of one kind and content lead to their sum by `together`."""
        rows = []
        for row in work.in_force(self.rows(Publicity), self.period, day="placed_on").select_related("unit"):
            earlier = row.placed_on is not None and row.placed_on < self.period.first
            gone = row.removed_on is not None and row.removed_on <= self.period.last
            # Past its day nobody says that it still shows what it should.
            gone = gone or (row.ends_on is not None and row.ends_on < self.period.last)
            if not gone and not (row.kind.endswith(CONSUMED) and earlier):
                rows.append(row)
        by_kind = self.sums(rows, "publicity:kind", ("kind",), ("quantity",), what="宣传阵地数量")
        alike = self.sums(rows, "publicity", ("kind", "content"), ("quantity",), what="宣传阵地数量")
        return [
            {
                "src": self.note(row, f"宣传阵地 {row.kind} {row.place}"),
                "kind": row.kind,
                "place": row.place,
                "quantity": count(row.quantity),
                "unit": self.other(row.unit),
                "content": row.content,
                "consumed": row.kind.endswith(CONSUMED),
                "together": alike.get(row.pk, ""),
                "of_kind": by_kind.get(row.pk, ""),
            }
            for row in rows
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
                    "unit": self.other(row.unit),
                    "group": name_of(row.group) if row.group_id not in self.unfounded else "",
                    "place": row.place,
                    "attendance": count(row.attendance),
                    "duration": row.duration,
                    "times": row.times,
                    "decisions": row.decisions,
                    "content": row.content,
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

    def decisions(self) -> list[Row]:
        """How many decisions were taken and what became of them: only where somebody has followed one up by then."""
        taken, tasked = work.decisions_taken(**self.asked), work.decisions_tasked(**self.asked)
        done, under_way = work.decisions_carried_out(**self.asked), work.decisions_under_way(**self.asked)
        if not (tasked.exists() or done.exists()):
            return []
        day = day_in_words(self.period.last)
        rest = taken.exclude(pk__in=done.values("pk")).exclude(pk__in=under_way.values("pk"))
        for key, label, basis, rows in (
            ("taken", "议定事项数", "期内会议登记的议定事项", taken),
            ("tasked", "立为任务的议定事项数", f"其中截至{day}已立为任务的", tasked),
            ("done", "已落实的议定事项数", f"其中截至{day}任务已办结，或未立任务而已落实的", done),
            ("under_way", "办理中的议定事项数", f"其中截至{day}已立为任务、任务还没有办结或终止的", under_way),
            ("open", "尚未落实的议定事项数", f"其中截至{day}既没有落实、也不在办理的", rest),
        ):
            self.figure(f"decisions.{key}", rows.count(), label=label, basis=basis, records=rows)
        return [{"src": "decisions.taken", "unit": ""}]

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
                "unit": self.other(row.unit),
                "content": row.content,
                "sessions": count(row.sessions),
                "people": count(row.people),
                "hours": number(row.hours) if row.hours is not None else "",
                "together": alike.get(row.pk, ""),
            }
            for row in told
        ]

    def dissuasion(self) -> list[Row]:
        """One row per kind of conduct, each leading to the sum of its records."""
        rows = work.dissuasion_records(**self.asked)
        told = []
        found = work.dissuasion(**self.asked)
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
