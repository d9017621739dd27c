"""Materials of the demo city: asked of the units of its system, handed in, returned, accepted, filed, and one zip."""

from datetime import date, datetime, timedelta
from functools import cache, partial

from django.utils import timezone

from campaigns.actions import material_packs, material_slots, materials
from campaigns.models import Campaign, Material, Standard
from cityinit import content, files
from cityinit.documents import docx
from cityinit.periods import day_start
from cityinit.queue import run_job
from inspections.models import Finding, FindingPhoto
from units import notices
from units.models import Unit, User

from . import photos
from .days import Days
from .diary import Diary
from .system_stories import city_system
from .units import OFFICE

MORNING = timedelta(hours=10)
BUREAU = "市城市管理局"
# What the office asks of the street beside what the system's own units owe: indicator, in its words.
STREET = "朝阳街道办事处"
OF_STREET = (
    ("Ⅲ-10", "各社区红白理事会名册和活动记录"),
    ("Ⅲ-11", "街道志愿者注册名册"),
    ("Ⅲ-20", "辖区老旧小区改造前后照片"),
    ("Ⅲ-30", "社区未成年人活动室名册和照片"),
)
# Share of the campaign's time (see `Days`), indicator, unit, what was done, and its words.
STORIES = (
    (0.52, "Ⅲ-1", OFFICE, "submit", "创建工作年度部署和总结"),
    (0.66, "Ⅲ-1", OFFICE, "accept", ""),
    (0.50, "Ⅲ-3", "市政务服务中心", "submit", "政府热线办理情况统计"),
    (0.55, "Ⅲ-3", "市政务服务中心", "accept", "数据齐全"),
    (0.58, "Ⅲ-5", "市委宣传部", "submit", "创建专栏开设情况"),
    (0.64, "Ⅲ-5", "市委宣传部", "return", ("盖章不清", "缺少佐证"), "请附专栏截图"),
    (0.72, "Ⅲ-5", "市委宣传部", "submit", "创建专栏开设情况（附截图）"),
    (0.76, "Ⅲ-5", "市委宣传部", "accept", ""),
    (0.70, "Ⅲ-10", "市民政局", "submit", "红白理事会建设情况"),
    (0.80, "Ⅲ-10", "市民政局", "return", ("与标准不符",), "请补充作用发挥的事例"),
    (0.84, "Ⅲ-11", "团市委", "submit", "志愿者注册和活动情况"),
    (0.90, "Ⅲ-11", "团市委", "return", ("日期不在时限内",), ""),
    (1.42, "Ⅲ-3", "市政务服务中心", "file", ""),
    (1.45, "Ⅲ-11", "团市委", "submit", "志愿者注册和活动情况（更新）"),
    (1.60, "Ⅲ-11", "团市委", "return", ("缺少佐证",), "请附注册系统截图"),
    (1.78, "Ⅲ-11", "团市委", "submit", "志愿者注册和活动情况（附截图）"),
    (1.70, "Ⅲ-20", "市住房和城乡建设局", "submit", "老旧小区改造年度计划完成情况"),
    (1.80, "Ⅲ-30", "市教育局", "submit", "未成年人活动阵地名册"),
    (1.85, "Ⅲ-30", "市教育局", "accept", ""),
    (0.74, "Ⅲ-10", STREET, "submit", "社区红白理事会名册"),
    (0.82, "Ⅲ-10", STREET, "accept", ""),
    (1.55, "Ⅲ-11", STREET, "submit", "街道志愿者名册"),
    (1.65, "Ⅲ-11", STREET, "return", ("缺少佐证",), "请附注册截图"),
    (1.72, "Ⅲ-20", STREET, "submit", "朝阳里小区改造前后"),
)
NUDGED = "市民政局"
# Who hands in a scan of what was signed, too.
SCANNING = ("团市委", "市教育局")


def tell_all(campaign: Campaign, diary: Diary) -> None:
    """Enter what was done about materials into the diary."""
    days = Days(timezone.localdate(diary.now))
    told = _Told(campaign, days)

    def moment(share: float) -> datetime:
        return min(day_start(days.working(share)) + MORNING, diary.now - timedelta(minutes=5))

    diary.at(moment(0.40), told.ask)
    # On the first days of a half-year several fall on one: they still follow each other.
    for place, (share, code, unit, what, *words) in enumerate(STORIES):
        diary.at(moment(share) + timedelta(seconds=place), partial(getattr(told, f"{what}_"), code, unit, *words))
    diary.at(moment(1.75), told.use_finding)
    [nudged] = diary.moments(ago=0.6, until=0.6, count=1)
    diary.at(nudged, told.nudge)


def pack(campaign: Campaign) -> None:
    """Have what has passed put into a zip, as the worker would."""
    asked = material_packs.request_pack(city_system(campaign), by=User.objects.get(username="office"))
    run_job(asked.job_id)


class _Told:
    def __init__(self, campaign: Campaign, days: Days):
        self.campaign, self.days = campaign, days
        self.office = User.objects.get(username="office")
        # The office has no liaison: a colleague hands in what it owes itself.
        self.colleague = User.objects.get(username="office2")

    def ask(self, moment: datetime) -> None:
        system = city_system(self.campaign)
        material_slots.save_rules(
            system, by=self.office, window_first=self.days.start, due_on=self.days.at(1.9), least_files=1, most_files=10
        )
        material_slots.make_all(system, by=self.office)
        before_and_after = Standard.objects.filter(indicator__system=system, indicator__code="Ⅲ-13").first()
        material_slots.add(
            before_and_after,
            units=[Unit.objects.get(name=BUREAU, host=self.campaign.host.host_id)],
            by=self.office,
            asked="主次干道问题整改前后对比照片，每组至少两张",
            types=["image"],
            least_pixels=640,
            least_files=2,
            due_on=self.days.ahead(12),
        )
        street = Unit.objects.get(name=STREET, host=self.campaign.host.host_id)
        for code, asked in OF_STREET:
            standard = Standard.objects.filter(indicator__system=system, indicator__code=code).first()
            material_slots.add(standard, units=[street], by=self.office, asked=asked)
        Material.objects.of(self.campaign).update(asked_on=timezone.localdate(moment))

    def submit_(self, code: str, unit: str, title: str, moment: datetime) -> None:
        material = self._material(code, unit)
        day = max(timezone.localdate(moment) - timedelta(days=3), self.days.start)
        materials.submit(
            material,
            by=notices.liaisons_of(material.unit).first() or self.colleague,
            title=title,
            dated_on=day,
            files=[_paper(title, unit, day), _photo(code), *([_scan(title)] if unit in SCANNING else [])],
        )

    def return_(self, code: str, unit: str, reasons: tuple[str, ...], note: str, moment: datetime) -> None:
        materials.return_to_unit(self._material(code, unit), by=self.office, reasons=reasons, note=note)

    def accept_(self, code: str, unit: str, note: str, moment: datetime) -> None:
        material = self._material(code, unit)
        materials.accept(material, by=self.office, note=note)
        Material.objects.filter(pk=material.pk).update(accepted_on=timezone.localdate(moment))

    def file_(self, code: str, unit: str, note: str, moment: datetime) -> None:
        material = self._material(code, unit)
        materials.file(material, by=self.office)
        Material.objects.filter(pk=material.pk).update(filed_on=timezone.localdate(moment))

    def use_finding(self, moment: datetime) -> None:
        """城管局 hands in what a finding looked like before and after."""
        closed = Finding.objects.of(self.campaign).filter(state=Finding.State.CLOSED, lead_unit__name=BUREAU)
        after = FindingPhoto.Phase.AFTER
        found = closed.filter(photos__phase=after, found_on__lt=timezone.localdate(moment)).order_by("pk").first()
        material = self._material("Ⅲ-13", BUREAU)
        materials.submit(
            material,
            by=notices.liaisons_of(material.unit).first(),
            title=f"{found.where}整改前后对比",
            dated_on=found.found_on,
            note=found.description,
            stored=[photo.file for photo in found.photos.select_related("file")],
            source=materials.Source("finding", found.pk, f"问题 {found.number}"),
        )

    def nudge(self, moment: datetime) -> None:
        unit = Unit.objects.get(name=NUDGED, host=self.campaign.host.host_id)
        materials.nudge(self.campaign, unit, by=self.office, url="/campaigns/materials/")

    def _material(self, code: str, unit: str) -> Material:
        rows = Material.objects.of(self.campaign).in_force().for_page()
        return rows.filter(standard__indicator__code=code, unit__name=unit).order_by("pk").first()


def _paper(title: str, unit: str, day: date) -> content.Checked:
    """A short report in the form of an official document."""
    blocks = [docx.Paragraph(f"现将{title}报告如下。各项工作按测评标准逐条落实，相关佐证附后。")]
    drawn = docx.draw(docx.Document(title=title, blocks=blocks, signature=unit, date=day))
    return files.made(drawn, name=f"{title}.docx", content_type=content.DOCX)


def _scan(title: str) -> content.Checked:
    return files.made(photos.scan(), name=f"{title}（签章扫描件）.pdf", content_type=content.PDF)


@cache
def _photo(code: str) -> content.Checked:
    """A photo as large as is asked."""
    scene = [*photos.SCENES][int(code.rpartition("-")[2]) % len(photos.SCENES)]
    return photos.large(scene, name=f"现场照片{code}.jpg")
