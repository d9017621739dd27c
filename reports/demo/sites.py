"""The invented city's places, with coordinates around a centre that lies in a lake, and who sponsors what."""

import random
from typing import NamedTuple

from campaigns.models import Campaign
from inspections.actions.site_types import add_types
from units.models import User

from .units import COMMUNITIES, STREETS

LATITUDE, LONGITUDE = 34.2150, 117.6520
SEED = 20
# Nobody has put these into a cell of the grid yet.
WITHOUT_GRID = (27, 54)
STREET_NAMES = tuple(STREETS)


class Place(NamedTuple):
    name: str
    kind: str
    unit: str
    # Which street it lies in, counted as in STREETS.
    street: int
    community: int = 0


PLACES = (
    Place("人民路", "主干道", "市城市管理局", 0),
    Place("滨河大道", "主干道", "市城市管理局", 1),
    Place("文昌路", "主干道", "市城市管理局", 2),
    Place("北环路", "次干道", "市城市管理局", 3),
    Place("新桥路", "次干道", "市城市管理局", 4),
    Place("柳林路", "次干道", "市城市管理局", 5),
    Place("朝阳里巷", "背街小巷", "朝阳街道办事处", 0),
    Place("望湖巷", "背街小巷", "朝阳街道办事处", 0, 1),
    Place("码头巷", "背街小巷", "滨河街道办事处", 1, 1),
    Place("书院后街", "背街小巷", "文昌街道办事处", 2, 1),
    Place("槐荫巷", "背街小巷", "北城街道办事处", 3, 1),
    Place("锦绣巷", "背街小巷", "新桥街道办事处", 4, 1),
    Place("桃源巷", "背街小巷", "柳林街道办事处", 5, 1),
    Place("人民路与文昌路路口", "交通路口", "市公安局", 2),
    Place("滨河大道与新桥路路口", "交通路口", "市公安局", 4),
    Place("北环路与柳林路路口", "交通路口", "市公安局", 5),
    Place("清河步行街", "商业大街", "市城市管理局", 0),
    Place("市民广场", "公共广场", "市园林绿化中心", 0),
    Place("书院广场", "公共广场", "文昌街道办事处", 2, 1),
    Place("湖滨公园", "公园", "市园林绿化中心", 1),
    Place("文昌游园", "公园", "市园林绿化中心", 2),
    Place("清河城区段", "河道", "市水务局", 1),
    Place("北关渠", "河道", "市水务局", 3),
    Place("步行街公厕", "公共厕所", "市城市管理局", 0),
    Place("码头公厕", "公共厕所", "市城市管理局", 1, 1),
    Place("北关公厕", "公共厕所", "市城市管理局", 3),
    Place("市民广场站", "公交站台", "清河公交公司", 0),
    Place("新桥站", "公交站台", "清河公交公司", 4),
    Place("望湖花园", "居民小区", "望湖社区", 0, 1),
    Place("锦绣家园", "居民小区", "锦绣社区", 4, 1),
    Place("桃源新村", "居民小区", "桃源社区", 5, 1),
    Place("北关新村", "居民小区", "北关社区", 3),
    Place("纺织厂宿舍", "老旧小区", "朝阳里社区", 0),
    Place("码头宿舍", "老旧小区", "码头社区", 1, 1),
    Place("书院小区", "老旧小区", "书院社区", 2, 1),
    Place("槐荫小区", "老旧小区", "槐荫社区", 3, 1),
    Place("柳林东区", "老旧小区", "柳林社区", 5),
    Place("朝阳里社区居委会", "社区居委会", "朝阳里社区", 0),
    Place("滨河社区居委会", "社区居委会", "滨河社区", 1),
    Place("新桥社区居委会", "社区居委会", "新桥社区", 4),
    Place("中心农贸市场", "农贸市场", "市市场监督管理局", 0),
    Place("北关农贸市场", "农贸市场", "市市场监督管理局", 3),
    Place("新桥农贸市场", "农贸市场", "市市场监督管理局", 4),
    Place("清河商厦", "大型商场", "市市场监督管理局", 0),
    Place("惠民超市文昌店", "超市", "市市场监督管理局", 2),
    Place("码头小吃街", "餐饮店", "市市场监督管理局", 1, 1),
    Place("湖景宾馆", "宾馆饭店", "市文化和旅游局", 1),
    Place("市第一人民医院", "医院", "市第一人民医院", 2),
    Place("市实验小学", "学校", "市实验小学", 2),
    Place("实验小学周边", "校园周边", "市教育局", 2),
    Place("青少年活动中心", "青少年活动中心", "团市委", 4),
    Place("政务服务大厅", "政务服务大厅", "市政务服务中心", 0),
    Place("清河通信人民路营业厅", "通信营业厅", "清河通信公司", 0),
    Place("清河汽车站", "汽车站", "市交通运输局", 3),
    Place("城东安置房工地", "建筑工地", "市住房和城乡建设局", 4),
    Place("柳林垃圾中转站", "垃圾中转站", "市城市管理局", 5),
    Place("文昌阁景区", "景区景点", "市文化和旅游局", 2),
    Place("市图书馆", "图书馆文化馆", "市文化和旅游局", 0),
    Place("书院社区实践站", "新时代文明实践站", "书院社区", 2, 1),
    Place("柳林社区实践站", "新时代文明实践站", "柳林社区", 5),
)


# What the handbooks of others call our types.
SPELLINGS = (
    ("公共卫生间", "公共厕所"),
    ("集贸市场", "农贸市场"),
    ("菜市场", "农贸市场"),
    ("小街巷", "背街小巷"),
    ("政务大厅", "政务服务大厅"),
)


def spell(campaign: Campaign) -> None:
    """Let the office say once what the types are called elsewhere."""
    add_types(campaign, SPELLINGS, by=User.objects.get(username="office"))


def rows() -> list[dict]:
    """The sheet 点位."""
    chance = random.Random(SEED)  # noqa: S311 - the same city every time
    return [_row(number, place, chance) for number, place in enumerate(PLACES, start=1)]


def _row(number: int, place: Place, chance: random.Random) -> dict:
    street = STREET_NAMES[place.street]
    # The six streets lie around the centre like the fields of a 3 × 2 board.
    north, east = divmod(place.street, 3)
    return {
        "编号": f"D{number:03}",
        "名称": place.name,
        "类型": place.kind,
        "地址": f"{street}{STREETS[street][place.community]}辖区",
        "经度": round(LONGITUDE + (east - 1) * 0.016 + chance.uniform(-0.006, 0.006), 6),
        "纬度": round(LATITUDE + (north - 0.5) * 0.014 + chance.uniform(-0.005, 0.005), 6),
        "责任单位": place.unit,
        "包保领导": ("沈望舒", "方正庭", "温如言")[place.street % 3],
        "所属街道": street,
        "所属社区": STREETS[street][place.community],
        "网格": "" if number in WITHOUT_GRID else _grid(STREETS[street][place.community], number),
    }


def _grid(community: str, number: int) -> str:
    return f"W{COMMUNITIES.index(community) + 1:02}-{number % 2 + 1}"


def sponsorships() -> list[dict]:
    """The sheet 包保: leaders take streets, bureaus take communities, and some a site."""
    leaders = ("沈望舒", "方正庭", "温如言")
    bureaus = ("市教育局", "市民政局", "市水务局", "市生态环境局", "市文化和旅游局", "市交通运输局")
    found = [
        {"包保领导": leaders[number % 3], "对象类型": "片区", "对象名称": f"{street}片区", "说明": "每月至少到街道一次"}
        for number, street in enumerate(STREETS)
    ]
    communities = [pair[0] for pair in STREETS.values()]
    found += [
        {"包保单位": bureau, "对象类型": "社区", "对象名称": community, "说明": "结对共建，帮助解决难题"}
        for bureau, community in zip(bureaus, communities, strict=True)
    ]
    sites = (("市市场监督管理局", "中心农贸市场"), ("市公安局", "人民路与文昌路路口"), ("市园林绿化中心", "湖滨公园"))
    found += [{"包保单位": unit, "对象类型": "点位", "对象名称": site, "说明": ""} for unit, site in sites]
    return found
