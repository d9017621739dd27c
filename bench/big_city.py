"""A large city in an empty database: what the pages are measured on.

    DATABASE_URL=postgres://… DATA_DIR=… .venv/bin/python bench/big_city.py [--scale 1.0] [--seed 1]

At full scale 300 units with a liaison each, 2,000 indicators with three standards each, 20,000 tasks in trees of three
levels, 200,000 log entries with a quantity each, and beside them what `bench/big_registers.py` tells. The same
arguments give the same city. Rows are written in bulk and not through actions: they are for reading fast, and nobody
works on them. Prints what it made, and ends at once when the city is there already. The office logs in as office, the
liaison of the tenth unit as unit0010; password below.
"""

import argparse
import os
import random
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from bench.big_registers import Registers  # noqa: E402  # found once the path is known

NAME = "大城市创建全国文明城市"
PASSWORD = "bench-big-city"  # noqa: S105  # of an installation that only listens to this machine
FIRST_DAY, LAST_DAY = date(2026, 1, 1), date(2026, 12, 31)
TODAY = date(2026, 6, 30)
BATCH = 2_000

BUREAUS = ("城管局", "住建局", "公安局", "教育局", "卫健委", "民政局", "商务局", "文旅局", "水务局", "园林局")
FIELDS = (
    "市容环境",
    "交通秩序",
    "公共设施",
    "志愿服务",
    "公益宣传",
    "窗口服务",
    "校园周边",
    "社区治理",
    "市场秩序",
    "绿化养护",
)
WORK = ("集中整治", "日常巡查", "设施更新", "宣传引导", "隐患排查", "台账整理")
DONE = (
    "出动人员对主要路段开展清理，问题点位当天整改完毕",
    "组织志愿者入户宣传，发放倡议书，解答居民提问",
    "对照标准逐项自查，更换破损设施，补齐标识标牌",
    "会同属地街道开展联合检查，督促商户落实责任",
)
MEASURES = (("清理点位", "处"), ("参加人员", "人次"), ("整治面积", "平方米"), ("发放资料", "份"))


def main() -> int:
    options = _options()
    _set_up()
    from campaigns.models import Campaign

    if Campaign.objects.filter(name=NAME).exists():
        print(f"{NAME} is there already")
        return 0
    from django.db import connection, transaction

    with transaction.atomic():
        for line in City(options.scale, options.seed).build():
            print(line, flush=True)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("analyze")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _set_up() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityinit.settings")
    django.setup()


class City:
    """Every list in the order in which others point at it."""

    first_day, today, batch = FIRST_DAY, TODAY, BATCH

    def __init__(self, scale: float, seed: int):
        from django.contrib.auth.hashers import make_password

        self.random, self.scale = random.Random(seed), scale
        self.units_wanted = max(20, round(300 * scale))
        self.indicators_wanted = max(40, round(2_000 * scale))
        self.tasks_wanted = max(200, round(20_000 * scale))
        self.entries_wanted = max(1_000, round(200_000 * scale))
        # One hash for all: making one takes a third of a second.
        self.password = make_password(PASSWORD)

    def build(self) -> Iterator[str]:
        yield f"{len(self.units())} units with their people"
        yield f"{len(self.system())} indicators with {self.standard_count} standards"
        yield f"{len(self.tasks())} tasks with {len(self.parts)} parts"
        yield f"{self.log()} log entries"
        # Last, so that what came before stays the city it was.
        yield from Registers(self, self.scale).build()

    # -- who ---

    def units(self) -> list[Any]:
        from units.models import Post, Unit, User
        from units.roles import Role

        self.host = Unit.objects.create(name="大城市")
        self.office = Unit.objects.create(name="大城市创建办", parent=self.host)
        above = [self.host]
        self.working: list[Any] = []
        for number in range(1, self.units_wanted + 1):
            kind = "街道" if number % 5 == 0 else "委员单位"
            name = f"第{number}街道办事处" if kind == "街道" else f"{BUREAUS[number % len(BUREAUS)]}第{number}分局"
            unit = Unit.objects.create(name=name, kind=kind, parent=self.random.choice(above[:40]), position=number)
            self.working.append(unit)
            above.append(unit)
        people = [("office", "林办公", Role.COORDINATOR, self.office), ("leader", "何市长", Role.LEADER, self.host)]
        people += [
            (f"unit{place:04d}", f"联络员{place}", Role.LIAISON, unit) for place, unit in enumerate(self.working, 1)
        ]
        users = User.objects.bulk_create(
            User(username=account, name=name, password=self.password) for account, name, _role, _unit in people
        )
        Post.objects.bulk_create(
            Post(user=user, role=role, unit=unit, starts_on=FIRST_DAY)
            for user, (_account, _name, role, unit) in zip(users, people, strict=True)
        )
        self.coordinator = users[0]
        return self.working

    # -- what is asked ---

    def system(self) -> list[Any]:
        from campaigns.models import AssessmentSystem, Campaign, Indicator, Phase, Standard, Workstream

        self.campaign = Campaign.objects.create(
            name=NAME, short_name="创文", host=self.host, starts_on=FIRST_DAY, ends_on=LAST_DAY
        )
        quarters = ((1, 3, "动员部署"), (4, 6, "集中攻坚"), (7, 9, "巩固提升"), (10, 12, "迎检验收"))
        for first, last, name in quarters:
            ends = date(2026, last, 31 if last in (3, 12) else 30)
            Phase.objects.create(campaign=self.campaign, name=name, starts_on=date(2026, first, 1), ends_on=ends)
        self.workstreams = Workstream.objects.bulk_create(
            Workstream(campaign=self.campaign, scheme=scheme, name=f"{scheme}·{field}", number=number, position=number)
            for scheme in ("六优行动", "总结结构")
            for number, field in enumerate(FIELDS, 1)
        )
        system = AssessmentSystem.objects.create(
            campaign=self.campaign, name="全国文明城市测评体系", edition="2026年版"
        )
        tops = self._indicators(system, "Ⅰ", [None] * 10)
        seconds = self._indicators(system, "Ⅱ", [tops[n % 10] for n in range(90)])
        wanted = self.indicators_wanted - 100
        self.indicators = self._indicators(system, "Ⅲ", [seconds[n % 90] for n in range(max(wanted, 1))])
        standards = Standard.objects.bulk_create(
            (
                Standard(
                    campaign=self.campaign,
                    indicator=indicator,
                    number=str(number),
                    content=f"{self.field()}{self.random.choice(WORK)}落实到位，责任到人，有记录可查",
                    methods=self.random.sample(list(Indicator.Method.values), 2),
                    score=Decimal(number),
                    position=number,
                )
                for indicator in self.indicators
                for number in (1, 2, 3)
            ),
            batch_size=BATCH,
        )
        self.standard_count = len(standards)
        link = Indicator.units.through
        link.objects.bulk_create(
            (link(indicator=indicator, unit=self.unit()) for indicator in self.indicators), batch_size=BATCH
        )
        return [*tops, *seconds, *self.indicators]

    def _indicators(self, system: Any, level: str, parents: list[Any]) -> list[Any]:
        from campaigns.models import Indicator

        return Indicator.objects.bulk_create(
            (
                Indicator(
                    campaign=self.campaign,
                    system=system,
                    code=f"{level}-{number}",
                    parent=parent,
                    name=f"{self.field()}{self.random.choice(WORK)}{number}",
                    score=Decimal(10),
                    position=number,
                )
                for number, parent in enumerate(parents, 1)
            ),
            batch_size=BATCH,
        )

    # -- what is done ---

    def tasks(self) -> list[Any]:
        from campaigns.models import Task

        tops = self._tasks([None] * (self.tasks_wanted // 40), first=1)
        middle = self._tasks([self.random.choice(tops) for _ in range(self.tasks_wanted // 8)], first=len(tops) + 1)
        left = self.tasks_wanted - len(tops) - len(middle)
        self.leaves = self._tasks([self.random.choice(middle) for _ in range(left)], first=len(tops) + len(middle) + 1)
        every = [*tops, *middle, *self.leaves]
        through = Task.workstreams.through
        through.objects.bulk_create(
            (
                through(task=task, workstream=stream)
                for task in every
                for stream in self.random.sample(self.workstreams, 2)
            ),
            batch_size=BATCH,
        )
        self._assign(every)
        return every

    def _tasks(self, parents: list[Any], *, first: int) -> list[Any]:
        from campaigns.models import Task

        return Task.objects.bulk_create(
            (self._task(number, parent) for number, parent in enumerate(parents, first)), batch_size=BATCH
        )

    def _task(self, number: int, parent: Any) -> Any:
        from campaigns.models import Task

        starts = FIRST_DAY + timedelta(days=self.random.randrange(160))
        due = min(starts + timedelta(days=self.random.randrange(20, 200)), LAST_DAY)
        state = self.random.choices(
            (Task.State.DRAFT, Task.State.ISSUED, Task.State.AWAITING_CONFIRMATION, Task.State.CONFIRMED),
            (5, 45, 5, 45),
        )[0]
        recurring = self.random.random() < 0.1
        finished = min(due, TODAY) if state == Task.State.CONFIRMED and not recurring else None
        if recurring and state == Task.State.CONFIRMED:
            state = Task.State.ISSUED
        return Task(
            campaign=self.campaign,
            code=f"R{number:05d}",
            name=f"{self.field()}{self.random.choice(WORK)}（{number}）",
            requirement="按照创建标准逐项落实，明确专人负责，每月报送进展，发现问题立行立改。",
            parent=parent,
            indicator=self.random.choice(self.indicators),
            lead_unit=self.unit(),
            supervising_leader="分管副市长",
            starts_on=starts,
            due_on=None if recurring else due,
            target=Decimal(self.random.randrange(100, 5000)) if self.random.random() < 0.3 else None,
            measure="平方米",
            frequency="每周1次" if recurring else "",
            state=state,
            issued_on=None if state == Task.State.DRAFT else starts,
            confirmed_on=finished,
            position=number,
        )

    def _assign(self, every: list[Any]) -> None:
        from campaigns.models import Assignment, Task, TaskEvent

        reached = {
            Task.State.DRAFT: [Assignment.State.UNREAD],
            Task.State.ISSUED: [Assignment.State.UNREAD, Assignment.State.ACKNOWLEDGED, Assignment.State.IN_PROGRESS],
        }

        def parts() -> Iterable[Assignment]:
            for task in every:
                others = {unit for _ in range(2) if (unit := self.unit()).pk != task.lead_unit_id}
                for unit in (task.lead_unit, *sorted(others, key=lambda unit: unit.pk)):
                    state = self.random.choice(reached.get(task.state, [Assignment.State.REPORTED_DONE]))
                    yield Assignment(task=task, unit=unit, is_lead=unit.pk == task.lead_unit_id, state=state)

        self.parts = Assignment.objects.bulk_create(parts(), batch_size=BATCH)
        TaskEvent.objects.bulk_create(
            (
                TaskEvent(task=task, move="break_down", label="分解任务", target="draft", by=self.coordinator)
                for task in every
            ),
            batch_size=BATCH,
        )

    def log(self) -> int:
        from campaigns.models import Quantity, WorkLogEntry

        begun = [part for part in self.parts if part.state != "unread" and part.task.state != "draft"]
        made = 0
        while made < self.entries_wanted:
            wanted = min(BATCH * 5, self.entries_wanted - made)
            entries = WorkLogEntry.objects.bulk_create(
                (self._entry(self.random.choice(begun)) for _ in range(wanted)), batch_size=BATCH
            )
            Quantity.objects.bulk_create((self._quantity(entry) for entry in entries), batch_size=BATCH)
            made += wanted
        return made

    def _entry(self, part: Any) -> Any:
        from campaigns.models import WorkLogEntry
        from cityinit.periods import SHANGHAI

        day = FIRST_DAY + timedelta(days=self.random.randrange((TODAY - FIRST_DAY).days))
        return WorkLogEntry(
            task=part.task,
            campaign=part.task.campaign,
            unit=part.unit,
            done_on=day,
            kind=self.random.choice(WORK),
            content=self.random.choice(DONE),
            is_highlight=self.random.random() < 0.02,
            created_at=datetime.combine(day, time(17), SHANGHAI),
            created_by=self.coordinator,
        )

    def _quantity(self, entry: Any) -> Any:
        from campaigns.models import Quantity

        label, measure = self.random.choice(MEASURES)
        value = self.random.randrange(1, 400)
        return Quantity(
            entry=entry,
            label=label,
            value=value,
            measure=measure,
            canonical_measure=measure,
            kind=Quantity.Kind.COUNT,
            text=f"{value}{measure}",
        )

    def unit(self) -> Any:
        # Work is skewed: a few units carry most of it.
        return self.working[int(len(self.working) * self.random.random() ** 2)]

    def field(self) -> str:
        return self.random.choice(FIELDS)


if __name__ == "__main__":
    sys.exit(main())
