"""What was done about tasks in the last days: signed for, logged, reported, sent back, confirmed."""

from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from campaigns.actions import log, tasks
from campaigns.models import Assignment, Campaign, Task, Workstream
from units import notices
from units.models import Unit, User

from . import photos
from .diary import Diary
from .plan import ALL_STREETS
from .system_stories import city_system

# Days ago, task, unit, kind, content, quantities, highlight, scene of the photo.
LOGGED = (
    (
        6.2,
        "C2",
        "朝阳街道办事处",
        "环境整治",
        "组织朝阳里社区党员清理纺织厂宿舍楼道",
        "清理楼道=18个；清运杂物=6吨",
        False,
        "corridor",
    ),
    (5.1, "D3", "朝阳街道办事处", "秩序管理", "规整清河步行街周边共享单车", "规整车辆=320辆", False, "bikes"),
    (4.3, "C11", "清河通信公司", "设施建设", "完成朝阳里巷线缆入盒", "清理线缆=2.6公里；整治街巷=3条", True, "wires"),
    (3.7, "E7", "市住房和城乡建设局", "设施建设", "改造政务服务大厅入口坡道", "改造坡道=6处", False, ""),
    (3.2, "C7", "朝阳街道办事处", "宣传教育", "在望湖社区开展垃圾分类现场指导", "参与居民=160余人次", False, "bins"),
    (2.6, "B2", "市委宣传部", "宣传教育", "刊发迎检倒计时系列报道", "刊发稿件=9篇", False, ""),
    (2.1, "D9", "市城市管理局", "秩序管理", "开展步行街夜市秩序整治", "规范商户=86家", False, "stalls"),
    (1.4, "E1", "市住房和城乡建设局", "设施建设", "书院小区外墙粉刷完工", "完工小区=1个；惠及居民=236户", True, "wall"),
    (0.8, "C2", "朝阳街道办事处", "环境整治", "清除望湖巷墙面小广告", "清除小广告=140处", False, "wall"),
    (0.4, "C3", "市城市管理局", "环境整治", "对人民路开展深度保洁", "冲洗路面=4.2万平方米", False, ""),
)


def tell_all(campaign: Campaign, diary: Diary) -> None:
    """Enter what was done about tasks into the diary."""
    told = _Told(campaign)
    for ago, *entry in LOGGED:
        [moment] = diary.moments(ago=ago, until=ago, count=1)
        diary.at(moment, partial(told.log, *entry))
    steps = (
        (4.9, partial(told.break_down, "G6", "迎检点位集中整治", days=10)),
        (4.8, partial(told.issue, "G6")),
        (3.9, partial(told.acknowledge, "G6", "朝阳街道办事处")),
        (3.4, partial(told.acknowledge, "G6", "滨河街道办事处")),
        (
            2.2,
            partial(
                told.log, "G6", "滨河街道办事处", "问题整改", "对照清单整治滨河大道沿线点位", "整治点位=4个", False, ""
            ),
        ),
        (2.9, partial(told.acknowledge, "D8", "文昌街道办事处")),
        (1.7, partial(told.acknowledge, "D8", "市公安局")),
        (0.9, partial(told.nudge, "D8", "北城街道办事处")),
        (0.8, partial(told.nudge, "C10", "市住房和城乡建设局")),
        (2.4, partial(told.report_done, "C7", "滨河街道办事处")),
        (1.9, partial(told.report_done, "C7", "市城市管理局")),
        (3.0, partial(told.report_done, "F6", "市教育局")),
        (1.6, partial(told.report_done, "F6", "团市委")),
        (0.5, partial(told.report_done, "F6", "市实验小学")),
        (3.3, partial(told.report_done, "D9", "市城市管理局")),
        (2.3, partial(told.send_back, "D9")),
        (0.7, partial(told.confirm, "D5")),
        (0.3, partial(told.break_down, "B8", "迎检宣传氛围营造", days=15)),
    )
    for ago, step in steps:
        [moment] = diary.moments(ago=ago, until=ago, count=1)
        diary.at(moment, step)


class _Told:
    def __init__(self, campaign: Campaign):
        self.campaign = campaign
        self.office = User.objects.get(username="office")

    def _task(self, code: str) -> Task:
        return Task.objects.of(self.campaign).select_related("campaign__host", "lead_unit").get(code=code)

    def _part(self, code: str, unit: str) -> Assignment:
        return self._task(code).assignments.select_related("task__campaign__host", "unit").get(unit__name=unit)

    def _liaison(self, part: Assignment) -> User:
        return notices.liaisons_of(part.unit).first()

    def log(self, code, unit, kind, content, amounts, is_highlight, scene, moment: datetime) -> None:
        part = self._part(code, unit)
        log.log_work(
            part.task,
            unit=part.unit,
            done_on=timezone.localdate(moment),
            kind=kind,
            content=content,
            quantities_text=amounts,
            is_highlight=is_highlight,
            files=[photos.photo(scene, after=True)] if scene else [],
            by=self._liaison(part),
        )

    def break_down(self, code: str, name: str, moment: datetime, *, days: int) -> None:
        streets = list(Unit.objects.of_host(self.campaign.host).filter(name__in=ALL_STREETS))
        tasks.break_down(
            self.campaign,
            by=self.office,
            code=code,
            name=name,
            requirement="对照迎检点位清单，逐点位查漏补缺",
            parent=self._task(code[0]),
            indicator=city_system(self.campaign).indicators.get(code="Ⅲ-1"),
            lead_unit=streets[0],
            units=streets[1:],
            workstreams=list(Workstream.objects.of(self.campaign).filter(tasks__code=f"{code[0]}1").distinct()),
            starts_on=timezone.localdate(moment),
            due_on=timezone.localdate() + timedelta(days=days),
        )

    def issue(self, code: str, moment: datetime) -> None:
        tasks.issue(self._task(code), by=self.office)

    def acknowledge(self, code: str, unit: str, moment: datetime) -> None:
        part = self._part(code, unit)
        tasks.acknowledge(part, by=self._liaison(part))

    def nudge(self, code: str, unit: str, moment: datetime) -> None:
        tasks.nudge(self._part(code, unit), by=self.office)

    def report_done(self, code: str, unit: str, moment: datetime) -> None:
        part = self._part(code, unit)
        tasks.report_done(part, by=self._liaison(part), note="已按要求完成，请审核")

    def send_back(self, code: str, moment: datetime) -> None:
        tasks.send_back(self._task(code), by=self.office, note="步行街北段仍有店外经营，请继续整治")

    def confirm(self, code: str, moment: datetime) -> None:
        tasks.confirm(self._task(code), by=self.office, confirmed_on=timezone.localdate(moment), note="现场核验合格")
