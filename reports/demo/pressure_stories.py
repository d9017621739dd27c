"""How tasks were pressed on: more time asked for, units supervised by letter."""

from datetime import date, datetime, timedelta
from functools import partial

from django.utils import timezone

from campaigns.actions import extensions, supervision
from campaigns.models import Assignment, Campaign, Supervision, Task, TaskExtension
from cityinit.periods import day_in_words
from units import notices
from units.models import User

from .diary import Diary
from .units import OFFICE

SIGNER = "陈立群"
TWO_WEEKS = timedelta(days=14)
# Days ago, task, unit, what is asked of it, days given for the answer.
SUPERVISED = (
    (8.4, "D8", "北城街道办事处", "请立即签收任务，明确专人，对照文明养犬要求排查辖区重点路段", 5),
    (6.3, "C10", "市住房和城乡建设局", "请逐个工地核查围挡、冲洗和覆盖情况，列出清单，逐项销号", 10),
    (3.6, "E7", "市住房和城乡建设局", "请倒排工期，优先完成政务服务大厅、医院周边的坡道和盲道改造", 10),
)


def tell_all(campaign: Campaign, diary: Diary) -> None:
    """Enter into the diary how tasks were pressed on."""
    told = _Told(campaign)
    for ago, code, unit, reason, days in SUPERVISED:
        [moment] = diary.moments(ago=ago, until=ago, count=1)
        diary.at(moment, partial(told.supervise, code, unit, reason, days=days))
    steps = (
        (4.2, partial(told.answer, "C10", "已核查在建工地23个，发现问题工地5个，其中3个已整改，其余本周内完成")),
        (1.3, partial(told.answer, "E7", "已完成政务服务大厅坡道改造，医院周边3处月底前完工")),
        (0.9, partial(told.lift, "E7", "进度符合要求，继续按计划推进")),
        (5.2, partial(told.ask, "E1", "市住房和城乡建设局", "外墙施工受低温影响，需要顺延工期")),
        (4.7, partial(told.grant, "E1")),
        (2.1, partial(told.ask, "D9", "市城市管理局", "夜市摊位搬迁协商尚未完成")),
        (1.6, partial(told.refuse, "D9", "迎检时间已定，请按原时限完成")),
        (2.7, partial(told.ask, "E9", "市文化和旅游局", "部分健身器材配件尚未到货")),
        (2.5, partial(told.withdraw, "E9")),
        (1.1, partial(told.ask, "D6", "市消防救援大队", "老旧小区消防通道划线需与物业协调，申请延长两周")),
    )
    for ago, step in steps:
        [moment] = diary.moments(ago=ago, until=ago, count=1)
        diary.at(moment, step)


class _Told:
    def __init__(self, campaign: Campaign):
        self.campaign = campaign
        self.office = User.objects.get(username="office")

    def _part(self, code: str, unit: str) -> Assignment:
        task = Task.objects.of(self.campaign).select_related("campaign__host", "lead_unit").get(code=code)
        return task.assignments.select_related("task__campaign__host", "unit").get(unit__name=unit)

    def _liaison(self, part: Assignment) -> User:
        return self.office if part.unit.name == OFFICE else notices.liaisons_of(part.unit).first()

    def _supervision(self, code: str) -> Supervision:
        return Supervision.objects.for_list().get(task__campaign=self.campaign, task__code=code)

    def _request(self, code: str) -> TaskExtension:
        return TaskExtension.objects.for_list().get(task__campaign=self.campaign, task__code=code)

    def supervise(self, code: str, unit: str, reason: str, moment: datetime, *, days: int) -> None:
        part = self._part(code, unit)
        [made] = supervision.supervise(
            [part],
            by=self.office,
            reason=reason,
            answer_by=timezone.localdate() + timedelta(days=days),
            signer=SIGNER,
            signature=OFFICE,
        ).done
        _date_back(made, timezone.localdate(moment), days=days)

    def answer(self, code: str, text: str, moment: datetime) -> None:
        found = self._supervision(code)
        part = found.task.assignments.select_related("task__campaign__host", "unit").get(unit=found.unit)
        supervision.answer_supervision(found, by=self._liaison(part), answer=text)

    def lift(self, code: str, note: str, moment: datetime) -> None:
        supervision.lift_supervision(self._supervision(code), by=self.office, note=note)

    def ask(self, code: str, unit: str, reason: str, moment: datetime) -> None:
        part = self._part(code, unit)
        until = max(part.task.due_on, timezone.localdate()) + TWO_WEEKS
        extensions.ask_extension(part, by=self._liaison(part), reason=reason, until=until)

    def grant(self, code: str, moment: datetime) -> None:
        extensions.grant_extension(self._request(code), by=self.office, note="同意，请做好保温和安全防护")

    def refuse(self, code: str, note: str, moment: datetime) -> None:
        extensions.refuse_extension(self._request(code), by=self.office, note=note)

    def withdraw(self, code: str, moment: datetime) -> None:
        found = self._request(code)
        extensions.withdraw_extension(found, by=found.asked_by)


def _date_back(made: Supervision, day: date, *, days: int) -> None:
    """Let the letter speak of the day it was sent, as the diary lets the rows."""
    answer_by, asked = day + timedelta(days=days), made.answer_by
    due = made.told["due_on"]
    late = max((day - date.fromisoformat(due)).days, 0) if due else 0
    told = {**made.told, "on": day.isoformat(), "answer_by": answer_by.isoformat(), "days_late": late}
    Supervision.objects.filter(pk=made.pk).update(told=told, answer_by=answer_by)
    for event in made.task.events.filter(move="supervise"):
        event.note = event.note.replace(day_in_words(asked), day_in_words(answer_by))
        event.save(update_fields=["note"])
