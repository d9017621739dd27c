"""Checklists that an office can begin with, in our own words: for the types of sites every city walks.

Ours to suggest and the office's to change: they come as drafts, without claim to any edition of an assessment system.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .rules import Kind, Rule

EDITION = "参考版"


@dataclass(frozen=True)
class ItemPreset:
    """An item as suggested: its group, what is looked at, by which rule, and what it weighs."""

    group: str
    criterion: str
    rule: Rule = field(default_factory=Rule)
    weight: int = 1
    observed: str = "现场查看"


def _at_least(n: int, measure: str = "处", metres: int | None = None) -> Rule:
    return Rule(Kind.COUNT, n, metres=metres, measure=measure)


def _walk(metres: int, n: int) -> Rule:
    return Rule(Kind.DISTANCE, n, metres=metres, at_most=True)


def _share(percent: int, of: int, measure: str = "处") -> Rule:
    return Rule(Kind.RATIO, percent, sample=of, measure=measure)


def _ask(n: int, know: int) -> Rule:
    return Rule(Kind.ASK, know, sample=n, measure="人")


PUBLICITY, CLEAN, ORDER, FACILITIES, SERVICE, SAFETY, KNOWN = (
    *("公益宣传", "环境卫生", "秩序", "设施", "服务", "安全", "知晓"),
)
NO_SMOKING = ItemPreset(CLEAN, "室内有禁烟标识，没有人吸烟，没有烟头")
ADS = ItemPreset(PUBLICITY, "公益广告完好、不褪色、没有错字，内容没有过时")
ACCESS = ItemPreset(FACILITIES, "出入口有无障碍坡道或升降设施，没有被占用")
EXITS = ItemPreset(SAFETY, "消防通道和安全出口畅通，没有上锁、没有堆物", weight=2)
RESIDENTS = ItemPreset(KNOWN, "随机询问居民，知道本市正在创建、说得出一项创建工作", _ask(5, 4), observed="随机询问")

BY_KIND: Mapping[str, tuple[ItemPreset, ...]] = {
    "主干道": (
        ItemPreset(PUBLICITY, "沿路看得到公益广告", _at_least(3, metres=500), observed="沿路走500米"),
        ADS,
        ItemPreset(CLEAN, "路面和人行道没有垃圾、污水、积尘", _walk(500, 2), 2, "沿路走500米"),
        ItemPreset(CLEAN, "果皮箱、垃圾桶不满溢，外观干净"),
        ItemPreset(CLEAN, "墙面、杆体、箱体没有小广告和乱涂写", _walk(500, 2), observed="沿路走500米"),
        ItemPreset(ORDER, "没有占道经营、店外经营", _walk(500, 0), 2, "沿路走500米"),
        ItemPreset(ORDER, "机动车在划线内停放，没有占用人行道和盲道", _walk(500, 1), observed="沿路走500米"),
        ItemPreset(ORDER, "非机动车、共享单车摆放有序", _walk(500, 2), observed="沿路走500米"),
        ItemPreset(FACILITIES, "路面平整，没有坑洼、积水，井盖完好", _walk(500, 1), observed="沿路走500米"),
        ItemPreset(FACILITIES, "盲道连续，没有被占用、没有断头"),
        ItemPreset(FACILITIES, "路灯亮着的占比", _share(95, 40, "盏"), observed="夜间清点"),
    ),
    "背街小巷": (
        ItemPreset(PUBLICITY, "看得到公益广告或宣传栏", _at_least(1)),
        ItemPreset(CLEAN, "路面没有垃圾、污水、杂物", _walk(200, 2), 2, "沿路走200米"),
        ItemPreset(CLEAN, "有垃圾收集点，收运及时，没有满溢"),
        ItemPreset(CLEAN, "墙面没有小广告、乱涂写", _walk(200, 2), observed="沿路走200米"),
        ItemPreset(ORDER, "没有乱搭乱建、乱堆乱放、乱拉乱挂", _walk(200, 1), 2, "沿路走200米"),
        ItemPreset(ORDER, "车辆停放有序，不堵住行人和消防通道"),
        ItemPreset(FACILITIES, "路面硬化平整，排水通畅，没有积水"),
        ItemPreset(FACILITIES, "路灯亮着的占比", _share(95, 20, "盏"), observed="夜间清点"),
    ),
    "交通路口": (
        ItemPreset(PUBLICITY, "看得到文明交通或公益广告", _at_least(1)),
        ItemPreset(ORDER, "行人按灯过街、走斑马线的占比", _share(90, 20, "人"), 2, "高峰观察20人"),
        ItemPreset(ORDER, "非机动车按灯通行、不越线的占比", _share(90, 20, "辆"), 2, "高峰观察20辆"),
        ItemPreset(ORDER, "机动车礼让斑马线上的行人"),
        ItemPreset(ORDER, "骑电动自行车戴头盔的占比", _share(90, 20, "人"), observed="高峰观察20人"),
        ItemPreset(SERVICE, "高峰时有交警或志愿者劝导"),
        ItemPreset(FACILITIES, "信号灯正常，标线清楚，护栏完好"),
        ItemPreset(CLEAN, "路口没有垃圾、没有散发小广告"),
    ),
    "公共广场": (
        ItemPreset(PUBLICITY, "显著位置看得到公益广告或景观小品", _at_least(3)),
        ADS,
        ItemPreset(CLEAN, "地面、绿地没有垃圾和杂物", _walk(300, 2), 2, "绕广场走300米"),
        ItemPreset(CLEAN, "公共厕所干净、没有明显异味，洗手有水"),
        ItemPreset(ORDER, "没有流动摊贩、没有占道经营"),
        ItemPreset(ORDER, "没有不牵绳遛犬、攀折花木、躺卧座椅等行为"),
        ItemPreset(FACILITIES, "座椅、健身器材、照明完好"),
        ACCESS,
        ItemPreset(SERVICE, "有学雷锋志愿服务站点，有人或有联系办法"),
    ),
    "公园": (
        ItemPreset(PUBLICITY, "园内看得到公益广告或宣传小品", _at_least(3)),
        ItemPreset(CLEAN, "道路、绿地、水面没有垃圾", _walk(500, 2), 2, "沿主路走500米"),
        ItemPreset(CLEAN, "公共厕所干净、没有明显异味，洗手有水"),
        ItemPreset(ORDER, "没有乱停车、乱摆摊、违规垂钓烧烤"),
        ItemPreset(FACILITIES, "座椅、护栏、健身和儿童游乐设施完好"),
        ItemPreset(SAFETY, "水边、高处有警示标识和防护", weight=2),
        ACCESS,
    ),
    "居民小区": (
        ItemPreset(PUBLICITY, "出入口和公共区域看得到公益广告", _at_least(3)),
        ItemPreset(CLEAN, "道路、绿地没有垃圾、宠物粪便", _walk(200, 2), 2, "从大门往里走200米"),
        ItemPreset(CLEAN, "生活垃圾分类投放，桶点干净、没有满溢"),
        ItemPreset(CLEAN, "楼道没有堆物、没有小广告的占比", _share(80, 5, "个"), observed="抽看5个楼道"),
        ItemPreset(ORDER, "车辆停放有序，没有占用消防通道和绿地"),
        ItemPreset(SAFETY, "没有飞线充电、楼道内充电，有集中充电点", weight=2),
        EXITS,
        ItemPreset(FACILITIES, "路灯、健身器材、门禁完好"),
        ItemPreset(SERVICE, "公示物业服务内容、收费标准和联系电话"),
        RESIDENTS,
    ),
    "老旧小区": (
        ItemPreset(PUBLICITY, "公共区域看得到公益广告或宣传栏", _at_least(2)),
        ItemPreset(CLEAN, "道路和房前屋后没有垃圾、卫生死角", _walk(200, 3), 2, "走200米"),
        ItemPreset(CLEAN, "楼道没有堆物、没有小广告的占比", _share(80, 5, "个"), observed="抽看5个楼道"),
        ItemPreset(ORDER, "没有乱搭乱建、圈占绿地、毁绿种菜"),
        ItemPreset(FACILITIES, "线缆归整，没有低垂和杂乱"),
        ItemPreset(SAFETY, "没有飞线充电，充电设施够用", weight=2),
        EXITS,
        RESIDENTS,
    ),
    "社区居委会": (
        ItemPreset(PUBLICITY, "门口或大厅看得到公益广告和市民公约", _at_least(2)),
        ItemPreset(SERVICE, "办事指南、服务时间、监督电话公示清楚"),
        ItemPreset(SERVICE, "有志愿服务站点，有活动记录", weight=2),
        ItemPreset(SERVICE, "未成年人活动场所开放，有人管理"),
        ItemPreset(SERVICE, "本季度居民活动次数", _at_least(3, "次"), observed="看活动记录"),
        NO_SMOKING,
        ACCESS,
        RESIDENTS,
    ),
    "农贸市场": (
        ItemPreset(PUBLICITY, "显著位置看得到公益广告", _at_least(3)),
        ItemPreset(PUBLICITY, "有诚信经营、文明用餐等主题宣传", _at_least(1)),
        ItemPreset(CLEAN, "地面干净不积水，下水通畅", weight=2),
        ItemPreset(CLEAN, "垃圾桶不满溢，垃圾日产日清"),
        ItemPreset(CLEAN, "公共厕所干净、没有明显异味"),
        ItemPreset(ORDER, "没有占道、越线经营", Rule(Kind.COUNT, 2, at_most=True), 2),
        ItemPreset(ORDER, "场外车辆停放有序"),
        ItemPreset(SERVICE, "亮照经营的摊位占比", _share(95, 20, "个"), observed="抽看20个摊位"),
        ItemPreset(SERVICE, "设公平秤、投诉点，公示投诉电话"),
        ItemPreset(SAFETY, "生熟分开，熟食有防蝇防尘设施", weight=2),
        ItemPreset(SAFETY, "活禽区隔离管理，没有现场乱宰"),
        EXITS,
    ),
    "大型商场": (
        ItemPreset(PUBLICITY, "入口和服务台等处看得到公益广告", _at_least(3)),
        ItemPreset(SERVICE, "公示服务承诺和投诉电话，有人受理", weight=2),
        ItemPreset(SERVICE, "有志愿服务岗或便民服务点"),
        ItemPreset(CLEAN, "地面、扶梯、卫生间干净"),
        NO_SMOKING,
        ACCESS,
        EXITS,
        ItemPreset(ORDER, "门前车辆停放有序，没有占道促销"),
    ),
    "政务服务大厅": (
        ItemPreset(PUBLICITY, "大厅看得到公益广告和服务公约", _at_least(2)),
        ItemPreset(SERVICE, "工作人员态度文明，一次说清要办的事", weight=2),
        ItemPreset(SERVICE, "办事人表示满意的占比", _share(90, 10, "人"), 2, "随机询问10人"),
        ItemPreset(SERVICE, "设投诉渠道和意见簿，有回复"),
        ItemPreset(SERVICE, "有便民设施：饮水、老花镜、轮椅、母婴室", _at_least(3, "种")),
        ItemPreset(CLEAN, "大厅和卫生间干净"),
        NO_SMOKING,
        ACCESS,
    ),
    "学校": (
        ItemPreset(PUBLICITY, "校门到教学楼看得到公益广告和守则", _at_least(3, metres=50), observed="入校门走50米"),
        ItemPreset(PUBLICITY, "教室里有学生守则和核心价值观内容的占比", _share(100, 2, "间"), observed="抽看2间教室"),
        ItemPreset(SERVICE, "有心理辅导室，有值班和记录"),
        ItemPreset(SAFETY, "校门有安保人员和防护设施，上下学有人疏导", weight=2),
        ItemPreset(SAFETY, "食堂明厨亮灶，公示从业人员健康证"),
        ItemPreset(CLEAN, "校园和卫生间干净，没有烟头"),
        ItemPreset(KNOWN, "随机询问学生，说得出核心价值观", _ask(5, 4), observed="随机询问"),
    ),
    "医院": (
        ItemPreset(PUBLICITY, "门诊大厅看得到公益广告", _at_least(2)),
        ItemPreset(SERVICE, "导诊、预约、老年人优先等服务有人负责", weight=2),
        ItemPreset(SERVICE, "公示收费标准、投诉电话"),
        ItemPreset(CLEAN, "候诊区、病区、卫生间干净"),
        NO_SMOKING,
        ACCESS,
        EXITS,
        ItemPreset(ORDER, "院内车辆停放有序，救护通道畅通"),
    ),
}


def items(presets: tuple[ItemPreset, ...]) -> Iterator[dict[str, Any]]:
    """The suggested items as values of `ChecklistItem` rows, numbered by group: 1.1, 1.2, 2.1 …"""
    groups = list(dict.fromkeys(preset.group for preset in presets))
    places = dict.fromkeys(groups, 0)
    for preset in sorted(presets, key=lambda preset: groups.index(preset.group)):
        places[preset.group] += 1
        rule = preset.rule
        yield {
            "code": f"{groups.index(preset.group) + 1}.{places[preset.group]}",
            "group": preset.group,
            "criterion": preset.criterion,
            "rule_kind": rule.kind,
            "amount": rule.amount,
            "sample": rule.sample,
            "metres": rule.metres,
            "at_most": rule.at_most,
            "per_100": rule.per_100,
            "measure": rule.measure,
            "observed": preset.observed,
            "weight": preset.weight,
        }
