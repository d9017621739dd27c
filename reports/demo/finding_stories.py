"""Findings of the last days, one for every road through the workflow."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from campaigns.models import Campaign
from cityinit.content import Checked
from inspections import dispatch as rules
from inspections.actions import findings as actions
from inspections.models import Finding, FindingCategory, Round, Site
from units import notices
from units.models import Unit, User

from . import findings, photos
from .diary import Diary

OPENED = ("record", "dispatch")
TAKEN = (*OPENED, "acknowledge")
ANSWERED = (*TAKEN, "answer")
CLOSED = (*ANSWERED, "close")


class Story(NamedTuple):
    """At which site, what, what came of it, from how many days ago until when, due in how many workdays, to whom."""

    site: str
    category: str
    steps: tuple[str, ...]
    ago: float
    until: float
    due: int = 3
    unit: str = ""


STREET = "朝阳街道办事处"
# Whose answer is the photo that answered for another site, cropped on the way or as it was; whose was taken before.
SENT_ON = {"朝阳里巷": "望湖巷", "清河城区段": "湖滨公园"}
SAME_FILE = "清河城区段"
TAKEN_EARLIER = "步行街公厕"
# Filed so many degrees north of where the site is: some 600 metres.
FILED_FROM_AFAR = {"中心农贸市场": 0.0054}
STORIES = (
    Story("朝阳里巷", "暴露垃圾", ("record",), 0.05, 0.05),
    # The same heap, seen by two on one morning.
    Story("朝阳里巷", "暴露垃圾", ("record",), 0.03, 0.03),
    Story("码头巷", "线缆杂乱", ("record",), 0.12, 0.12),
    Story("新桥站", "公益广告缺失破损", ("record",), 0.3, 0.3),
    Story("北关农贸市场", "占道经营", ("record",), 0.9, 0.9),
    Story("望湖巷", "垃圾桶满溢", OPENED, 0.4, 0.1, 1, STREET),
    Story("人民路", "非机动车乱停", OPENED, 0.7, 0.3, 2, STREET),
    Story("槐荫小区", "乱堆乱放", OPENED, 1.1, 0.6, 2),
    Story("朝阳里巷", "路面破损", TAKEN, 2.2, 0.5, 5, STREET),
    Story("望湖花园", "小广告", TAKEN, 1.8, 0.8, 2, STREET),
    Story("滨河大道", "机动车乱停", TAKEN, 2.5, 1.2, 2),
    Story("书院小区", "线缆杂乱", TAKEN, 3.1, 1.0, 6),
    Story("朝阳里巷", "小广告", ANSWERED, 2.4, 0.2, 2, STREET),
    Story("步行街公厕", "暴露垃圾", ANSWERED, 1.6, 0.4, 1),
    Story("中心农贸市场", "占道经营", ANSWERED, 2.8, 0.9, 2),
    Story("清河城区段", "水面漂浮物", ANSWERED, 3.4, 1.1, 3),
    Story("望湖巷", "小广告", CLOSED, 4.2, 0.3, 3, STREET),
    Story("湖滨公园", "绿地脏乱", CLOSED, 4.8, 1.3, 4),
    Story("文昌路", "垃圾桶满溢", CLOSED, 3.9, 1.8, 2),
    Story("北关新村", "乱堆乱放", CLOSED, 5.5, 2.1, 3),
    Story("纺织厂宿舍", "乱堆乱放", (*ANSWERED, "rework"), 4.4, 0.6, 3, STREET),
    Story("桃源巷", "路面破损", (*ANSWERED, "rework"), 5.0, 1.5, 6),
    Story("锦绣巷", "暴露垃圾", (*ANSWERED, "rework", "answer", "close"), 5.8, 0.7, 3),
    Story("北环路", "机动车乱停", (*OPENED, "return_to_office"), 1.9, 0.25, 2),
    Story("码头宿舍", "线缆杂乱", (*OPENED, "return_to_office", "dispatch", "acknowledge"), 3.6, 0.9, 6),
    Story("柳林东区", "线缆杂乱", (*TAKEN, "suspend"), 5.2, 1.6, 6),
    Story("朝阳里巷", "线缆杂乱", (*TAKEN, "suspend_briefly"), 6.1, 1.1, 6),
    Story("新桥路", "路面破损", (*TAKEN, "suspend", "resume"), 6.5, 1.0, 5),
    Story("人民路", "公益广告缺失破损", (*TAKEN, "ask_extension"), 2.9, 0.35, 2, STREET),
    Story("书院后街", "路面破损", (*TAKEN, "ask_extension", "grant_extension"), 4.0, 1.4, 3),
    Story("清河步行街", "占道经营", (*TAKEN, "ask_extension", "refuse_extension"), 3.3, 1.2, 2),
    Story("柳林东区", "乱堆乱放", (*TAKEN, "ask_extension", "suspend"), 4.6, 1.1, 4),
    Story("望湖巷", "暴露垃圾", ("record", "mark_duplicate"), 0.6, 0.2),
    Story("清河汽车站", "非机动车乱停", ("record", "reject"), 1.4, 0.8),
    Story("城东安置房工地", "公益广告缺失破损", (*OPENED, "void"), 2.0, 1.1, 3),
    Story("市民广场", "暴露垃圾", ("close_on_spot",), 0.5, 0.5),
    Story("实验小学周边", "机动车乱停", ("close_on_spot",), 1.2, 1.2),
    Story("书院广场", "非机动车乱停", (*CLOSED, "reopen"), 6.0, 0.45, 4),
    Story("北关公厕", "垃圾桶满溢", (*CLOSED, "reopen", "dispatch"), 6.8, 0.9, 4),
)


def tell_all(campaign: Campaign, diary: Diary) -> None:
    """Enter every story into the diary."""
    people = {
        "inspector": User.objects.get(username="inspector"),
        "reviewer": User.objects.get(username="inspector3"),
        "office": User.objects.get(username="office"),
        # Filled as they are asked for: a person keeps the posts that were read once.
        "liaisons": {},
        # What answered, by site.
        "sent": {},
    }
    for story in STORIES:
        told = _Told(campaign, story, diary.now, **people)
        for step, moment in zip(
            story.steps, diary.moments(ago=story.ago, until=story.until, count=len(story.steps)), strict=True
        ):
            diary.at(moment, getattr(told, step))


class _Told:
    """One story while it is told: each step is an action at its moment."""

    def __init__(
        self,
        campaign: Campaign,
        story: Story,
        now: datetime,
        *,
        inspector: User,
        reviewer: User,
        office: User,
        liaisons: dict,
        sent: dict,
    ):
        self.campaign, self.story, self.now = campaign, story, now
        self.inspector, self.reviewer, self.office = inspector, reviewer, office
        self.kind = findings.BY_NAME[story.category]
        self.liaisons, self.sent = liaisons, sent
        self.calendar = rules.office_calendar()
        self.finding: Finding

    @property
    def liaison(self) -> User:
        unit = self.finding.lead_unit
        if unit not in self.liaisons:
            self.liaisons[unit] = notices.liaisons_of(unit).first()
        return self.liaisons[unit]

    def _in_workdays(self, count: int) -> date:
        return self.calendar.add_workdays(timezone.localdate(self.now), count=count)

    def _due(self, moment: datetime) -> datetime:
        """When it is due by the rules; where that has gone by, the office gives it a few working days from now."""
        finding = self.finding
        due_at = rules.suggest_due(finding.category, finding.severity, at=moment, calendar=self.calendar).due_at
        return due_at if due_at and due_at > self.now else rules.office_closes(self._in_workdays(self.story.due))

    def _filed(self, moment: datetime) -> dict:
        site = Site.objects.of(self.campaign).select_related("unit").get(name=self.story.site)
        place = next(place for place in findings.PLACES if place.name == site.name)
        unit = self.story.unit or findings.responsible(self.story.category, place)
        before = self._photo(after=False, taken_at=moment, place=(site.latitude, site.longitude))
        return {
            "by": self.inspector,
            "site": site,
            "category": FindingCategory.objects.of(self.campaign).get(name=self.story.category),
            "description": f"{site.name}{self.kind.found[0]}",
            "severity": "B" if self.story.due <= 4 else "C",
            "photos": [before],
            "found_at": moment,
            "latitude": site.latitude + FILED_FROM_AFAR.get(site.name, 0),
            "longitude": site.longitude,
            "round": Round.objects.of(self.campaign).order_by("-position", "-pk").first(),
            "lead_unit": Unit.objects.of_host(self.campaign.host).get(name=unit),
        }

    def _photo(self, *, after: bool, taken_at: datetime, place: tuple[float, float] | None = None) -> Checked:
        """A photo of the story's own, from where nobody else has stood."""
        at = timezone.localtime(taken_at)
        return photos.photo(self.kind.scene, after=after, taken_at=at, place=place, of=self.story.site)

    def _answer_photo(self, moment: datetime) -> Checked:
        """What the unit sends; in three stories not what it should."""
        if self.story.site in SENT_ON:
            return photos.sent_on(self.sent[SENT_ON[self.story.site]], whole=self.story.site == SAME_FILE)
        taken_at = moment - timedelta(days=40) if self.story.site == TAKEN_EARLIER else moment
        photo = self.sent[self.story.site] = self._photo(after=True, taken_at=taken_at)
        return photo

    def record(self, moment: datetime) -> None:
        self.finding = actions.record_finding(self.campaign, **self._filed(moment))

    def close_on_spot(self, moment: datetime) -> None:
        filed = self._filed(moment)
        after = [self._photo(after=True, taken_at=moment)]
        self.finding = actions.close_on_spot(self.campaign, after_photos=after, **filed)

    def dispatch(self, moment: datetime) -> None:
        finding = self.finding
        unit = finding.lead_unit
        if finding.returned_times:
            unit = Unit.objects.of_host(self.campaign.host).get(name="滨河街道办事处")
        actions.dispatch(finding, by=self.office, lead_unit=unit, due_at=self._due(moment))

    def acknowledge(self, moment: datetime) -> None:
        actions.acknowledge(self.finding, by=self.liaison)

    def answer(self, moment: datetime) -> None:
        after = [self._answer_photo(moment)]
        actions.answer(self.finding, by=self.liaison, measure=self.kind.measure, photos=after)

    def close(self, moment: datetime) -> None:
        actions.close(self.finding, by=self.reviewer, note="现场复核合格")

    def rework(self, moment: datetime) -> None:
        due_at = rules.office_closes(self._in_workdays(self.story.due + 1))
        actions.rework(self.finding, by=self.reviewer, reason="整改不彻底，仍有残留", due_at=due_at)

    def return_to_office(self, moment: datetime) -> None:
        actions.return_to_office(self.finding, by=self.liaison, reason="该处不属于我单位管辖，请改派")

    def suspend(self, moment: datetime) -> None:
        plan = "纳入老旧小区改造项目统一实施，期间先行加固"
        actions.suspend(self.finding, by=self.office, plan=plan, until=self._in_workdays(40), leader="沈望舒")

    def suspend_briefly(self, moment: datetime) -> None:
        """Until a day that comes soon: it stands on the office's desk a week before."""
        plan = "待杆线迁改完成后一并整理"
        actions.suspend(self.finding, by=self.office, plan=plan, until=self._in_workdays(2), leader="沈望舒")

    def resume(self, moment: datetime) -> None:
        actions.resume(self.finding, by=self.office, note="施工条件已具备")

    def reject(self, moment: datetime) -> None:
        actions.reject(self.finding, by=self.office, reason="现场核实车辆已按线停放")

    def void(self, moment: datetime) -> None:
        actions.void(self.finding, by=self.office, reason="点位已移交其他城市管理，作废处理")

    def mark_duplicate(self, moment: datetime) -> None:
        first = Finding.objects.of(self.campaign).filter(site=self.finding.site).exclude(pk=self.finding.pk)
        first = first.exclude(state__in=Finding.UNCOUNTED_STATES).latest("pk")
        actions.mark_duplicate(self.finding, by=self.office, duplicate_of=first)

    def reopen(self, moment: datetime) -> None:
        again = [photos.photo(self.kind.scene, after=False, of=f"{self.story.site} again")]
        actions.reopen(self.finding, by=self.inspector, photos=again, note="回头看时发现反弹")

    def ask_extension(self, moment: datetime) -> None:
        until = self._in_workdays(self.story.due + 5)
        actions.ask_extension(self.finding, by=self.liaison, reason="材料采购需要时间", until=until)

    def grant_extension(self, moment: datetime) -> None:
        actions.grant_extension(self.finding.extensions.get(state="asked"), by=self.office)

    def refuse_extension(self, moment: datetime) -> None:
        asked = self.finding.extensions.get(state="asked")
        actions.refuse_extension(asked, by=self.office, note="占道问题影响通行，请按期整改")
