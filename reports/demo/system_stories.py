"""The demo city's assessment systems: an edition that was replaced, its revision in force and the next one's draft,
the one of the young beside them, and the negative list."""

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from campaigns.actions import counterparts, nodes
from campaigns.actions import systems as actions
from campaigns.actions.registers import add_row
from campaigns.models import AssessmentSystem, Breach, Campaign, Indicator, Material, Standard
from campaigns.registers import REGISTERS
from cityinit.periods import SHANGHAI
from units.models import Unit, User

from .days import Days
from .diary import Diary

CITY = "全国文明城市"
# Indicator of the system beside the city's, its counterpart there, its standards.
YOUTH = (
    ("1", "思想道德教育实践", "", ("中小学开足思政和心理健康课程", "重要节日开展主题教育实践活动")),
    ("2", "社会文化环境", "Ⅲ-29", ("学校周边二百米内无营业性娱乐场所", "上学放学时段有人值守，车辆停放有序")),
    ("3", "校外活动阵地", "Ⅲ-30", ("每个街道至少一处未成年人活动场所，常态开放", "假期活动有计划、有记录")),
    ("4", "特殊群体关爱", "", ("留守和困境儿童一人一档、结对关爱",)),
)
NEGATIVE = (
    ("1", "发生造成重大影响的安全生产责任事故", "3"),
    ("2", "食品药品安全事件被省级以上通报", "2"),
    ("3", "因创建工作弄虚作假被通报批评", "3"),
)


def tell_all(campaign: Campaign, diary: Diary) -> None:
    """Enter what became of the systems into the diary."""
    days, told = Days(timezone.localdate(diary.now)), _Told(campaign)
    steps = (
        (0.11, told.found_negative),
        (0.21, told.found_youth),
        (0.45, told.tell_clean),
        (1.2, told.revise),
        (1.3, told.adopt),
        (1.6, told.tell_breach),
        (1.9, told.begin_next),
    )
    for place, (share, step) in enumerate(steps):
        # On the first days of a half-year several fall on one: they still follow each other.
        moment = datetime.combine(days.working(share), time(15, 10 + place), tzinfo=SHANGHAI)
        diary.at(min(moment, diary.now - timedelta(minutes=10 - place)), step)


def city_system(campaign: Campaign) -> AssessmentSystem:
    """The version in force of what the whole city is assessed by."""
    return AssessmentSystem.objects.of(campaign).in_force().select_related("campaign__host").get(name=CITY)


class _Told:
    def __init__(self, campaign: Campaign):
        self.campaign, self.by = campaign, User.objects.get(username="office")

    def found_youth(self, moment: datetime) -> None:
        """The one of the young, with its own standards for what the city's asks too."""
        city, by = city_system(self.campaign), self.by
        system = actions.found_system(
            self.campaign, by=by, name="未成年人思想道德建设工作测评体系", edition="本市细化版", issuer="市文明办"
        )
        bureau = Unit.objects.get(host=self.campaign.host, name="市教育局")
        linked = []
        for code, name, counterpart, standards in YOUTH:
            node = nodes.add_indicator(
                system, by=by, code=code, name=name, score=25, methods=["material"], units=[bureau]
            )
            for number, content in enumerate(standards, start=1):
                nodes.add_standard(node, by=by, number=str(number), content=content)
            if counterpart:
                linked.append((city.indicators.get(code=counterpart), node))
        actions.adopt(system, by=by, adopted_on=timezone.localdate(moment))
        for one, other in linked:
            node = Indicator.objects.select_related("system", "campaign__host").get(pk=other.pk)
            counterparts.link(one, node, by=by)

    def found_negative(self, moment: datetime) -> None:
        """The negative list as a system of its own: it has no scores, and each item takes some away."""
        system = actions.found_system(
            self.campaign, by=self.by, name="创建工作负面清单评价标准", edition="", issuer="市创建办"
        )
        top = nodes.add_indicator(system, by=self.by, code="负-1", name="一票否决和扣分事项")
        for number, content, points in NEGATIVE:
            nodes.add_standard(
                top, by=self.by, number=number, content=content, is_negative=True, threshold=f"每起扣{points}分"
            )
        actions.adopt(system, by=self.by, adopted_on=timezone.localdate(moment))

    def tell_clean(self, moment: datetime) -> None:
        self._breach("1", moment, "市住房和城乡建设局", times=0, content="上半年逐月核查在建工地，没有发生")

    def tell_breach(self, moment: datetime) -> None:
        handling = "立案查处并公开，门店停业整改，同类门店逐户检查"
        content = "一家熟食店抽检不合格，被省级通报"
        self._breach("2", moment, "市市场监督管理局", times=1, content=content, points=2, handling=handling)

    def _breach(self, number: str, moment: datetime, unit: str, **values: Any) -> None:
        row = Breach(
            campaign=self.campaign,
            standard=Standard.objects.of(self.campaign).negative().get(number=number),
            happened_on=timezone.localdate(moment),
            unit=Unit.objects.get(host=self.campaign.host, name=unit),
            **values,
        )
        add_row(REGISTERS["breaches"], row, many={}, client_key=None, by=self.by)

    def revise(self, moment: datetime) -> None:
        """What the office changed in mid-year: a standard reworded, one added, an indicator added."""
        city = city_system(self.campaign)
        roads = _reworded(
            city, "Ⅲ-13", by=self.by, content="路面洁净，设施完好，无占道，井盖平整", asked="整治前后照片"
        )
        draft = roads.indicator.system
        sorting = _node(draft, "Ⅲ-18")
        nodes.add_standard(sorting, by=self.by, number="2", content="居民知晓分类要求", threshold="知晓率90%以上")
        squares = nodes.add_indicator(
            draft,
            by=self.by,
            code="Ⅲ-34",
            name="口袋公园",
            parent=_node(draft, "Ⅱ-5"),
            score=2,
            methods=["onsite"],
            units=list(_node(draft, "Ⅲ-17").units.all()),
        )
        nodes.add_standard(squares, by=self.by, number="1", content="十五分钟步行范围内有一处，设施完好")

    def adopt(self, moment: datetime) -> None:
        """The revision takes the place of what it revises, and carries over what was handed in."""
        draft = AssessmentSystem.objects.of(self.campaign).get(name=CITY, state=AssessmentSystem.State.DRAFT)
        day = timezone.localdate(moment)
        actions.adopt(draft, by=self.by, adopted_on=day)
        carried = Material.objects.of_system(draft)
        carried.update(asked_on=day)
        carried.filter(state=Material.State.ACCEPTED).update(accepted_on=day)

    def begin_next(self, moment: datetime) -> None:
        """What the office is about to change: a standard reworded, two added, an indicator dropped."""
        city = city_system(self.campaign)
        content = "路面硬化平整，无暴露垃圾，无乱贴乱画，飞线已整理"
        changed = _reworded(city, "Ⅲ-14", by=self.by, content=content, asked="整修前后照片、验收单")
        draft = changed.indicator.system
        market = _node(draft, "Ⅲ-15")
        nodes.add_standard(
            market, by=self.by, number="2", content="活禽隔离屠宰，每日消毒有记录", threshold="少一次扣0.5分"
        )
        charging = nodes.add_indicator(
            draft,
            by=self.by,
            code="Ⅲ-33",
            name="非机动车充电设施",
            parent=_node(draft, "Ⅱ-6"),
            score=3,
            methods=["onsite"],
            units=list(_node(draft, "Ⅲ-20").units.all()),
        )
        nodes.add_standard(charging, by=self.by, number="1", content="小区充电桩按户数配建，无飞线充电")
        nodes.delete_node(_node(draft, "Ⅲ-22"), by=self.by)


def _reworded(system: AssessmentSystem, code: str, *, by: User, **written: str) -> Standard:
    """The first standard of an indicator in other words; of a version in use that begins the next one's draft."""
    found = Standard.objects.select_related("indicator__system", "campaign__host").of_system(system)
    row = found.filter(indicator__code=code).first()
    kept = {name: getattr(row, name) for name in Standard.WRITTEN if name not in ("units", *written)}
    return nodes.change_standard(row, by=by, indicator=row.indicator, **kept, **written)


def _node(system: AssessmentSystem, code: str) -> Indicator:
    return Indicator.objects.select_related("system", "parent", "campaign__host").get(system=system, code=code)
