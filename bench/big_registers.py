"""What a large city keeps beside its tasks: letters, requests, papers, meetings, places and what was found there.

Part of `bench/big_city.py`: a list without rows says nothing about lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .big_city import City

PLACES = ("农贸市场", "居民小区", "主次干道", "公园广场", "政务大厅", "背街小巷", "客运站", "学校周边")
KINDS = ("垃圾堆放", "车辆乱停", "设施破损", "飞线充电", "公益广告缺失", "占道经营")
FOUND = ("入口处垃圾未及时清运", "非机动车压占盲道", "公示栏玻璃破损", "楼道内堆放杂物", "宣传栏内容过期")


class Registers:
    """`rows(name)` at full scale; the same city has the same rows."""

    FULL = {
        "supervisions": 1_000,
        "extensions": 1_000,
        "documents": 500,
        "meetings": 400,
        "decisions": 1_200,
        "statements": 200,
        "honours": 300,
        "volunteering": 2_000,
        "publicity": 1_000,
        "sites": 2_000,
        "findings": 20_000,
    }

    def __init__(self, city: City, scale: float):
        self.city, self.random, self.batch = city, city.random, city.batch
        self.wanted = {name: max(60, round(n * scale)) for name, n in self.FULL.items()}
        self.first, self.today = city.first_day, city.today

    def build(self) -> Iterator[str]:
        yield f"{self.letters()} letters and requests"
        yield f"{self.papers()} papers, meetings and what they decided"
        yield f"{self.deeds()} deeds and honours"
        yield f"{self.found()} findings at {len(self.sites)} sites"
        self.chips()

    def letters(self) -> int:
        from campaigns.models import Supervision, SupervisionSeries, TaskExtension

        issued = [part for part in self.city.parts if part.task.state == "issued" and part.task.due_on]
        series = SupervisionSeries.objects.create(
            host=self.city.host, word="创文督办", year=self.first.year, last=self.wanted["supervisions"]
        )
        states = Supervision.State
        Supervision.objects.bulk_create(
            (
                Supervision(
                    task=part.task,
                    unit=part.unit,
                    sent_to=part.unit,
                    series=series,
                    serial=number,
                    number=series.number(number),
                    reason="进展迟缓，请在答复期限内报送整改措施和完成时间。",
                    answer_by=self.day() + timedelta(days=5),
                    signer="林办公",
                    signature="大城市创建办",
                    state=(state := self.random.choice((states.OPEN, states.ANSWERED, states.LIFTED))),
                    begun_at=self.moment(),
                    begun_by=self.city.coordinator,
                    told={},
                    answer="" if state == states.OPEN else "已安排专人负责，月底前完成。",
                    answered_at=None if state == states.OPEN else self.moment(),
                )
                for number, part in enumerate(self.random.sample(issued, self.wanted["supervisions"]), 1)
            ),
            batch_size=self.batch,
        )
        asked = self.random.sample(issued, self.wanted["extensions"])
        TaskExtension.objects.bulk_create(
            (
                TaskExtension(
                    task=part.task,
                    unit=part.unit,
                    reason="雨季施工受阻，申请延长。",
                    due_then=part.task.due_on,
                    asked_due=part.task.due_on + timedelta(days=20),
                    asked_by=self.city.coordinator,
                    asked_at=self.moment(),
                    state=self.random.choice(TaskExtension.State.values),
                )
                for part in asked
            ),
            batch_size=self.batch,
        )
        return self.wanted["supervisions"] + self.wanted["extensions"]

    def papers(self) -> int:
        from campaigns.models import Decision, Document, Meeting, Statement

        campaign = self.city.campaign
        Document.objects.bulk_create(
            Document(
                campaign=campaign,
                name=f"关于做好{self.field()}工作的通知（{number}）",
                kind="通知",
                number=f"创文办〔2026〕{number}号",
                issued_on=self.day(),
                issuer=self.city.office,
                position=number,
            )
            for number in range(1, self.wanted["documents"] + 1)
        )
        meetings = Meeting.objects.bulk_create(
            Meeting(
                campaign=campaign,
                name=f"{self.field()}推进会（{number}）",
                kind="会议",
                held_on=self.day(),
                unit=self.city.unit(),
                attendance=self.random.randrange(10, 90),
                position=number,
            )
            for number in range(1, self.wanted["meetings"] + 1)
        )
        Decision.objects.bulk_create(
            Decision(
                campaign=campaign,
                meeting=self.random.choice(meetings),
                content=f"由责任单位牵头，一个月内完成{self.field()}整治，并将结果报创建办。",
                unit=self.city.unit(),
                due_on=self.day() + timedelta(days=30),
                settled_on=self.day() if self.random.random() < 0.5 else None,
                position=number,
            )
            for number in range(1, self.wanted["decisions"] + 1)
        )
        Statement.objects.bulk_create(
            Statement(campaign=campaign, kind="next_step", content=f"开展{self.field()}行动", position=number)
            for number in range(1, self.wanted["statements"] + 1)
        )
        return len(meetings) + self.wanted["documents"] + self.wanted["decisions"]

    def deeds(self) -> int:
        from campaigns.models import Honour, Publicity, Volunteering

        campaign, wanted = self.city.campaign, self.wanted
        Volunteering.objects.bulk_create(
            (
                Volunteering(
                    campaign=campaign,
                    team=f"{self.field()}志愿服务队",
                    served_on=self.day(),
                    unit=self.city.unit(),
                    content="清理卫生死角，劝导文明出行",
                    sessions=1,
                    people=self.random.randrange(5, 60),
                    position=number,
                )
                for number in range(1, wanted["volunteering"] + 1)
            ),
            batch_size=self.batch,
        )
        Publicity.objects.bulk_create(
            Publicity(
                campaign=campaign,
                kind="公益广告",
                place=f"{self.random.choice(PLACES)}出入口",
                quantity=self.random.randrange(1, 30),
                unit=self.city.unit(),
                placed_on=self.day(),
                position=number,
            )
            for number in range(1, wanted["publicity"] + 1)
        )
        Honour.objects.bulk_create(
            Honour(campaign=campaign, kind="won", name=f"先进单位（{number}）", granted_on=self.day(), position=number)
            for number in range(1, wanted["honours"] + 1)
        )
        return wanted["volunteering"] + wanted["publicity"] + wanted["honours"]

    def found(self) -> int:
        from inspections.models import Finding, FindingCategory, Site, SiteType

        campaign = self.city.campaign
        kinds = SiteType.objects.bulk_create(SiteType(name=name, position=place) for place, name in enumerate(PLACES))
        categories = FindingCategory.objects.bulk_create(
            FindingCategory(campaign=campaign, name=name) for name in KINDS
        )
        self.sites = Site.objects.bulk_create(
            Site(
                campaign=campaign,
                code=f"D{number:05d}",
                name=f"{(kind := self.random.choice(kinds)).name}{number}",
                kind=kind,
                unit=self.city.unit(),
                street=f"第{self.random.randrange(1, 30)}街道",
                registered_on=self.first,
            )
            for number in range(1, self.wanted["sites"] + 1)
        )
        state = Finding.State
        states = (state.REPORTED, state.DISPATCHED, state.RECTIFYING, state.SUBMITTED, state.CLOSED)
        for start in range(0, self.wanted["findings"], self.batch):
            stop = min(start + self.batch, self.wanted["findings"])
            Finding.objects.bulk_create(
                self._finding(number, self.random.choices(states, (3, 5, 10, 4, 78))[0], categories)
                for number in range(start + 1, stop + 1)
            )
        return self.wanted["findings"]

    def _finding(self, number: int, state: str, categories: list[Any]) -> Any:
        from inspections.models import Finding

        site, found = self.random.choice(self.sites), self.moment()
        sent = state != Finding.State.REPORTED
        return Finding(
            campaign=self.city.campaign,
            number=f"W2026{number:06d}",
            found_at=found,
            found_on=found.date(),
            site=site,
            category=self.random.choice(categories),
            severity=self.random.choice("BCD"),
            description=self.random.choice(FOUND),
            lead_unit=site.unit if sent else None,
            state=state,
            reported_by=self.city.coordinator,
            reported_at=found,
            dispatched_at=found if sent else None,
            due_at=found + timedelta(days=3) if sent else None,
            first_due_at=found + timedelta(days=3) if sent else None,
            warn_at=found + timedelta(days=2) if sent else None,
            closed_at=found + timedelta(days=2) if state == Finding.State.CLOSED else None,
        )

    def chips(self) -> None:
        from campaigns.models import SavedFilter

        SavedFilter.objects.bulk_create(
            SavedFilter(campaign=self.city.campaign, owner=self.city.coordinator, page="tasks", name=name, query=query)
            for name, query in (
                ("未办结", "state=open"),
                ("已逾期", "due=overdue"),
                ("待确认", "state=awaiting_confirmation"),
            )
        )

    def field(self) -> str:
        return self.city.field()

    def day(self) -> date:
        return self.first + timedelta(days=self.random.randrange((self.today - self.first).days))

    def moment(self) -> datetime:
        from cityinit.periods import SHANGHAI

        return datetime.combine(self.day(), time(8), SHANGHAI) + timedelta(minutes=self.random.randrange(600))
