"""What units filed themselves in the last weeks: activities with photos, dissuasion, ads and how they were found."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from campaigns.actions import publicity
from campaigns.actions.dissuasion import tally
from campaigns.actions.registers import add_row
from campaigns.models import Campaign, Publicity
from campaigns.registers import REGISTERS
from units import notices
from units.models import Unit, User

from . import photos
from .diary import Diary

# Days ago, unit, name, kind, place, people, what was done, scene of the photo.
ACTIVITIES = (
    (12.3, "朝阳街道办事处", "“邻里一家亲”楼道清洁日", "主题活动", "纺织厂宿舍", 46, "清理楼道堆物12处", "corridor"),
    (9.1, "市公安局", "骑行戴头盔宣传活动", "宣传活动", "清河步行街", 80, "发放头盔300顶", "bikes"),
    (6.4, "文昌街道办事处", "书院社区文明实践集市", "文明实践活动", "书院社区广场", 150, "", ""),
    (4.2, "朝阳街道办事处", "垃圾分类亲子体验", "文明实践活动", "望湖社区", 38, "指导居民分类投放", "bins"),
    (1.3, "团市委", "青年志愿者清洁家园行动", "志愿活动", "湖滨公园", 64, "清运垃圾1.2吨", "park"),
)
# Days ago, unit, place, kind → how many, of them fined.
DISSUADED = (
    (15.2, "市公安局", "人民路口", {"闯红灯": (46, 6), "不戴头盔": (88, 11), "逆行": (21, 2)}),
    (11.4, "市公安局", "汽车站", {"乱停车": (34, 9), "不戴头盔": (52, 4)}),
    (8.3, "市城市管理局", "清河步行街", {"占道经营": (27, 3), "乱扔垃圾": (40, 0)}),
    (5.2, "朝阳街道办事处", "湖滨公园", {"遛狗不牵绳": (18, 0), "乱扔垃圾": (23, 0)}),
    (2.4, "市公安局", "人民路口", {"闯红灯": (31, 3), "不戴头盔": (60, 7)}),
    (0.6, "朝阳街道办事处", "朝阳里菜市场", {"乱停车": (12, 0), "随地吐痰": (5, 0)}),
)
# Put up so many days ago, to be renewed in so many; unit, kind, place, size, number, theme, (checked, how found, note).
ADS: tuple[tuple[int, int, str, str, str, str, int, str, tuple[float, str, str] | None], ...] = (
    (160, 12, "市委宣传部", "公益广告", "高铁站前广场", "6×3米", 8, "文明健康 绿色环保", (7.5, "intact", "")),
    (
        150,
        -6,
        "市委宣传部",
        "公益广告",
        "客运中心候车厅",
        "1.2×2.4米",
        14,
        "关爱未成年人",
        (3.6, "outdated", "活动日期已过"),
    ),
    (140, 200, "市公安局", "公益广告", "人民路沿线灯杆", "0.6×1.8米", 60, "文明交通", (2.3, "damaged", "3面被风撕裂")),
    (90, 90, "朝阳街道办事处", "公益广告", "望湖社区出入口", "2×3米", 4, "社会主义核心价值观", (10.2, "intact", "")),
    (130, 150, "文昌街道办事处", "公益广告", "书院后街", "2×3米", 6, "家风家训", None),
)


def tell_all(campaign: Campaign, diary: Diary) -> None:
    """Enter what units filed into the diary."""
    told = _Told(campaign)
    for ago, *activity in ACTIVITIES:
        diary.at(_moment(diary, ago), partial(told.held, *activity))
    for ago, *counted in DISSUADED:
        diary.at(_moment(diary, ago), partial(told.dissuaded, *counted))
    for since, left, unit, *ad, check in ADS:
        diary.at(_moment(diary, 20), partial(told.put_up, unit, ad, since, left))
        if check:
            ago, condition, note = check
            diary.at(_moment(diary, ago), partial(told.found, ad[1], condition, note))


def _moment(diary: Diary, ago: float) -> datetime:
    return diary.moments(ago=ago, until=ago, count=1)[0]


class _Told:
    def __init__(self, campaign: Campaign):
        self.campaign = campaign
        self.inspector = User.objects.get(username="inspector")

    def _unit(self, name: str) -> tuple[Unit, User]:
        unit = Unit.objects.of_host(self.campaign.host).get(name=name)
        return unit, notices.liaisons_of(unit).first()

    def _add(self, slug: str, by: User, scene: str = "", **values: Any) -> None:
        row = REGISTERS[slug].model(campaign=self.campaign, **values)
        files = [photos.photo(scene, after=True)] if scene else []
        add_row(REGISTERS[slug], row, many={}, client_key=None, by=by, files=files)

    def held(self, unit, name, kind, place, people, content, scene, moment: datetime) -> None:
        its, liaison = self._unit(unit)
        day = timezone.localdate(moment)
        values = {"name": name, "kind": kind, "place": place, "attendance": people, "content": content}
        self._add("meetings", liaison, scene, unit=its, held_on=day, **values)

    def dissuaded(self, unit, place, counted, moment: datetime) -> None:
        its, liaison = self._unit(unit)
        day = timezone.localdate(moment)
        tally(self.campaign, unit=its, done_on=day, place=place, counted=counted, by=liaison)

    def put_up(self, unit, ad, since, left, moment: datetime) -> None:
        its, liaison = self._unit(unit)
        today = timezone.localdate()
        kind, place, size, quantity, content = ad
        values = {"kind": kind, "place": place, "size": size, "quantity": quantity, "content": content}
        days = {"placed_on": today - timedelta(days=since), "ends_on": today + timedelta(days=left)}
        self._add("publicity", liaison, unit=its, **values, **days)

    def found(self, place, condition, note, moment: datetime) -> None:
        row = Publicity.objects.of(self.campaign).select_related("campaign__host", "unit").get(place=place)
        day = timezone.localdate(moment)
        url = f"/campaigns/registers/publicity/{row.pk}/"
        publicity.check_publicity(row, condition=condition, checked_on=day, note=note, by=self.inspector, url=url)
