"""What a new campaign starts with: categories of findings with their limits, and types of sites.

Ours to suggest and the office's to change. Where no limit stands, the severity's holds (A 24 hours … E long-term).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from campaigns.clock import Limit, LimitUnit


@dataclass(frozen=True)
class CategoryPreset:
    """A category as suggested: its severity and limit, and the kind of unit that usually answers for it."""

    group: str
    name: str
    severity: str
    limit: Limit | None
    unit_kind: str


def _hours(amount: int) -> Limit:
    return Limit(amount, LimitUnit.WORKING_HOURS)


def _days(amount: int) -> Limit:
    return Limit(amount, LimitUnit.WORKING_DAYS)


ENVIRONMENT, FACILITIES, TRAFFIC, ORDER, CIVILITY = "市容环境", "公共设施", "交通秩序", "经营与安全", "宣传与服务"

CATEGORIES = (
    CategoryPreset(ENVIRONMENT, "暴露垃圾", "A", _hours(4), "街道"),
    CategoryPreset(ENVIRONMENT, "路面不洁", "A", _hours(4), "城管部门"),
    CategoryPreset(ENVIRONMENT, "垃圾桶满溢", "A", _hours(4), "街道"),
    CategoryPreset(ENVIRONMENT, "小广告", "B", _days(2), "街道"),
    CategoryPreset(ENVIRONMENT, "乱堆乱放", "B", _days(2), "社区"),
    CategoryPreset(ENVIRONMENT, "建筑垃圾", "B", _days(3), "城管部门"),
    CategoryPreset(ENVIRONMENT, "绿地脏乱", "B", _days(2), "园林部门"),
    CategoryPreset(ENVIRONMENT, "水面漂浮物", "C", _days(5), "水务部门"),
    CategoryPreset(ENVIRONMENT, "公厕不洁", "A", _hours(7), "城管部门"),
    CategoryPreset(ENVIRONMENT, "病媒滋生", "B", _days(3), "卫健部门"),
    CategoryPreset(FACILITIES, "井盖缺损", "A", Limit(12, LimitUnit.HOURS), "住建部门"),
    CategoryPreset(FACILITIES, "路面破损", "C", _days(7), "住建部门"),
    CategoryPreset(FACILITIES, "路灯不亮", "B", _days(3), "住建部门"),
    CategoryPreset(FACILITIES, "无障碍设施缺损", "C", _days(7), "住建部门"),
    CategoryPreset(FACILITIES, "公共座椅与健身器材破损", "C", _days(7), "社区"),
    CategoryPreset(FACILITIES, "墙面破损污损", "C", _days(7), "社区"),
    CategoryPreset(FACILITIES, "线缆杂乱", "D", None, "通信企业"),
    CategoryPreset(FACILITIES, "老旧小区设施不足", "E", None, "街道"),
    CategoryPreset(TRAFFIC, "机动车乱停", "A", _hours(4), "公安部门"),
    CategoryPreset(TRAFFIC, "非机动车乱停", "A", _hours(4), "街道"),
    CategoryPreset(TRAFFIC, "交通标线不清", "D", None, "公安部门"),
    CategoryPreset(TRAFFIC, "不文明通行", "A", _hours(2), "公安部门"),
    CategoryPreset(TRAFFIC, "信号灯故障", "A", Limit(12, LimitUnit.HOURS), "公安部门"),
    CategoryPreset(ORDER, "占道经营", "A", _hours(4), "城管部门"),
    CategoryPreset(ORDER, "证照未公示", "B", _days(3), "市场监管部门"),
    CategoryPreset(ORDER, "食品安全隐患", "A", Limit(24, LimitUnit.HOURS), "市场监管部门"),
    CategoryPreset(ORDER, "消防通道堵塞", "A", Limit(24, LimitUnit.HOURS), "消防部门"),
    CategoryPreset(ORDER, "飞线充电", "A", Limit(24, LimitUnit.HOURS), "社区"),
    CategoryPreset(ORDER, "违法搭建", "D", None, "城管部门"),
    CategoryPreset(CIVILITY, "公益广告缺失破损", "B", _days(3), "宣传部门"),
    CategoryPreset(CIVILITY, "宣传栏陈旧", "C", _days(5), "社区"),
    CategoryPreset(CIVILITY, "禁烟标识缺失", "B", _days(3), "卫健部门"),
    CategoryPreset(CIVILITY, "服务态度不佳", "B", _days(3), "窗口"),
    CategoryPreset(CIVILITY, "便民设施缺失", "C", _days(5), "窗口"),
    CategoryPreset(CIVILITY, "志愿服务站未运行", "C", _days(5), "社区"),
)

SITE_TYPES = (
    "主干道",
    "次干道",
    "背街小巷",
    "交通路口",
    "商业大街",
    "公共广场",
    "公园",
    "河道",
    "公共厕所",
    "公交站台",
    "居民小区",
    "老旧小区",
    "社区居委会",
    "街道办事处",
    "乡镇政府",
    "行政村",
    "城乡结合部",
    "农贸市场",
    "大型商场",
    "超市",
    "餐饮店",
    "小作坊小门店",
    "宾馆饭店",
    "药店",
    "医院",
    "学校",
    "校园周边",
    "校外培训机构",
    "青少年活动中心",
    "政务服务大厅",
    "银行网点",
    "通信营业厅",
    "水电气营业厅",
    "火车站",
    "汽车站",
    "建筑工地",
    "垃圾中转站",
    "景区景点",
    "图书馆文化馆",
    "电影院",
    "网吧",
    "新时代文明实践站",
)


def categories() -> Iterator[dict[str, str | int | None]]:
    """The suggested categories as values of `FindingCategory` rows, in order."""
    for preset in CATEGORIES:
        yield {
            "group": preset.group,
            "name": preset.name,
            "limit_amount": preset.limit.amount if preset.limit else None,
            "limit_unit": preset.limit.unit.value if preset.limit else "",
        }


def suggested(name: str) -> CategoryPreset | None:
    """What is suggested for a category of that name, if it is one of ours."""
    return next((preset for preset in CATEGORIES if preset.name == name), None)
