"""The demo city's assessment systems: an edition in force and its revision, a draft of the next, one beside them."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from campaigns.actions import counterparts, nodes
from campaigns.actions import systems as actions
from campaigns.actions.registers import add_row
from campaigns.models import AssessmentSystem, Breach, Campaign, Indicator, Standard
from campaigns.registers import REGISTERS
from units.models import Unit, User

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


def tell_all(campaign: Campaign, *, now: datetime) -> None:
    """A draft under revision of what is in use, a second system in force, the negative list and what came of it."""
    by = User.objects.get(username="office")
    city = AssessmentSystem.objects.of(campaign).in_force().get()
    _youth(campaign, city, by=by)
    _negative(campaign, by=by, today=timezone.localdate(now))
    _revision(city, by=by)


def _youth(campaign: Campaign, city: AssessmentSystem, *, by: User) -> None:
    system = actions.found_system(
        campaign, by=by, name="未成年人思想道德建设工作测评体系", edition="本市细化版", issuer="市文明办"
    )
    bureau = Unit.objects.get(host=campaign.host, name="市教育局")
    linked = []
    for code, name, counterpart, standards in YOUTH:
        node = nodes.add_indicator(system, by=by, code=code, name=name, score=25, methods=["material"], units=[bureau])
        for number, content in enumerate(standards, start=1):
            nodes.add_standard(node, by=by, number=str(number), content=content)
        if counterpart:
            linked.append((city.indicators.get(code=counterpart), node))
    actions.adopt(system, by=by, adopted_on=campaign.starts_on + timedelta(days=40))
    for one, other in linked:
        node = Indicator.objects.select_related("system", "campaign__host").get(pk=other.pk)
        counterparts.link(one, node, by=by)


def _negative(campaign: Campaign, *, by: User, today: date) -> None:
    """The negative list as a system of its own: it has no scores, and each item takes some away."""
    system = actions.found_system(campaign, by=by, name="创建工作负面清单评价标准", edition="", issuer="市创建办")
    top = nodes.add_indicator(system, by=by, code="负-1", name="一票否决和扣分事项")
    for number, content, points in NEGATIVE:
        nodes.add_standard(top, by=by, number=number, content=content, is_negative=True, threshold=f"每起扣{points}分")
    actions.adopt(system, by=by, adopted_on=campaign.starts_on + timedelta(days=20))
    register = REGISTERS["breaches"]
    first, second, _third = Standard.objects.filter(indicator=top).order_by("number")
    rows = (
        (first, 0.45, "市住房和城乡建设局", 0, "上半年逐月核查在建工地，没有发生", None, ""),
        (
            second,
            0.7,
            "市市场监督管理局",
            1,
            "一家熟食店抽检不合格，被省级通报",
            2,
            "立案查处并公开，门店停业整改，同类门店逐户检查",
        ),
    )
    days = (
        campaign.starts_on + (min(today, campaign.ends_on) - campaign.starts_on) * share for _row, share, *_rest in rows
    )
    for (standard, _share, unit, times, content, points, handling), day in zip(rows, days, strict=True):
        row = Breach(
            campaign=campaign,
            standard=standard,
            happened_on=day,
            unit=Unit.objects.get(host=campaign.host, name=unit),
            times=times,
            content=content,
            points=points,
            handling=handling,
        )
        add_row(register, row, many={}, client_key=None, by=by)


def _revision(city: AssessmentSystem, *, by: User) -> None:
    """What the office is about to change: a standard reworded, one added, a heading moved, one dropped."""
    lanes = _standard(city, "Ⅲ-14")
    kept = {name: getattr(lanes, name) for name in Standard.WRITTEN if name not in ("units", "content", "asked")}
    content = "路面硬化平整，无暴露垃圾，无乱贴乱画，飞线已整理"
    changed = nodes.change_standard(
        lanes, by=by, indicator=lanes.indicator, content=content, asked="整修前后照片、验收单", **kept
    )
    draft = changed.indicator.system
    market = _node(draft, "Ⅲ-15")
    nodes.add_standard(market, by=by, number="2", content="活禽隔离屠宰，每日消毒有记录", threshold="少一次扣0.5分")
    charging = nodes.add_indicator(
        draft,
        by=by,
        code="Ⅲ-33",
        name="非机动车充电设施",
        parent=_node(draft, "Ⅱ-6"),
        score=3,
        methods=["onsite"],
        units=list(_node(draft, "Ⅲ-20").units.all()),
    )
    nodes.add_standard(charging, by=by, number="1", content="小区充电桩按户数配建，无飞线充电")
    nodes.delete_node(_node(draft, "Ⅲ-22"), by=by)


def _node(system: AssessmentSystem, code: str) -> Indicator:
    return Indicator.objects.select_related("system", "parent", "campaign__host").get(system=system, code=code)


def _standard(system: AssessmentSystem, code: str) -> Standard:
    rows = Standard.objects.select_related("indicator__system", "campaign__host").of_system(system)
    return rows.filter(indicator__code=code).first()
