"""Rosters with attendance over the last weeks, and patrols kept and missed."""

from datetime import date, datetime, time, timedelta
from functools import cache, partial
from itertools import count
from typing import Any

from django.utils import timezone

from campaigns.actions import patrols, rosters
from campaigns.actions.registers import change_row
from campaigns.models import Campaign, DutyPost, DutyShift, DutyTurn, PatrolQuota
from campaigns.models.patrol import of_person
from campaigns.patrols import Walker
from campaigns.registers import REGISTERS
from cityinit.periods import SHANGHAI, Period
from units import notices
from units.models import Unit, User

from .diary import Diary
from .units import OFFICE, STREETS

BEGUN, DRAWN_AHEAD = 21, 9
# Duty post, shift, pattern, from, to, people, who stands besides the liaison.
POSTS = (
    ("文明交通劝导岗", "早高峰", "workdays", time(7, 30), time(9), 2, ("陆长河", "费远帆", "池上月")),
    ("市容巡查队", "晚巡", "weekdays", time(18, 30), time(21), 1, ("雷鸣春", "骆千山")),
    ("朝阳里文明引导岗", "早高峰", "workdays", time(7, 30), time(9), 1, ("田野青", "关山月")),
    ("创建工作专班值守", "假日值守", "holidays", time(8, 30), time(17, 30), 1, ("林知远", "许念安")),
)
GRID_HANDS = ("田野青", "关山月", "洪江帆")
# Of so many turns one is missed, one stood in for; of so many days one patrol is forgotten.
MISSED, STOOD_IN, FORGOTTEN = 13, 9, 6
WALKED_DAYS = 15


def tell_all(campaign: Campaign, diary: Diary) -> None:
    """Enter rosters, attendance and patrols into the diary; nothing of it is of a day to come."""
    told = _Told(campaign, diary)
    [begun] = diary.moments(ago=BEGUN + 1, until=BEGUN + 1, count=1)
    for post in POSTS:
        diary.at(begun, partial(told.arrange, *post))
    diary.at(begun, told.ask)
    for step in range(BEGUN, 0, -1):
        day = timezone.localdate(diary.now) - timedelta(days=step)
        diary.at(_at(day, time(21, 30)), partial(told.mark, day))
        if step <= WALKED_DAYS:
            for hour in (8, 15):
                diary.at(_at(day, time(hour, 40)), partial(told.walk, day, hour))


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, tzinfo=SHANGHAI)


class _Told:
    def __init__(self, campaign: Campaign, diary: Diary):
        self.campaign, self.today = campaign, timezone.localdate(diary.now)
        self.office = User.objects.get(username="office")
        self.turns, self.walks = count(1), count(1)
        # Read once: each turn and each walk names them again.
        self.unit, self.quota, self.keeper = cache(self._unit), cache(self._quota), cache(self._keeper)

    def _keeper(self, unit: Unit) -> User:
        return self.office if unit.name == OFFICE else notices.liaisons_of(unit).first()

    def arrange(self, name, shift, pattern, starts_at, ends_at, people, others, moment: datetime) -> None:
        """The shift, who takes turns, and the roster up to next week."""
        posts = DutyPost.objects.of(self.campaign).select_related("campaign__host", "unit")
        duty = posts.get(name=name)
        by = self.keeper(duty.unit)
        first = self.today - timedelta(days=BEGUN)
        made = DutyShift(
            duty=duty,
            name=shift,
            pattern=pattern,
            weekdays=[1, 3, 5] if pattern == DutyShift.Pattern.WEEKDAYS else [],
            starts_at=starts_at,
            ends_at=ends_at,
            people=people,
            starts_on=first,
        )
        rosters.save_shift(made, by=by)
        rosters.name_hand(duty, unit=duty.unit, user=by, by=by)
        for person in others:
            user = User.objects.filter(name=person).first()
            if user != by:
                rosters.name_hand(duty, unit=duty.unit, user=user, name=person, by=by)
        rosters.draw_up(duty, Period(first, self.today + timedelta(days=DRAWN_AHEAD)), by=by)

    def mark(self, day: date, moment: datetime) -> None:
        """In the evening the unit notes who came; now and then it is forgotten."""
        for turn in DutyTurn.objects.of(self.campaign).filter(day=day).for_list():
            by, number = self.keeper(turn.shift.duty.unit), next(self.turns)
            if number % MISSED == 0:
                rosters.mark_absent(turn, by=by, reason="未请假")
            elif number % STOOD_IN == 0:
                rosters.replace(turn, by=by, stand_in="季风来", reason="本人外出开会")
            elif number % 17 != 0:
                rosters.mark_present(turn, by=by)

    def ask(self, moment: datetime) -> None:
        """Say of whom the quotas are asked: street liaisons, the grid's people by name, inspectors."""
        register = REGISTERS["quotas"]
        since = self.today - timedelta(days=WALKED_DAYS)
        # Three times a week are asked of whole weeks, from the first of which walks are told.
        monday = since + timedelta(days=-since.weekday() % 7)
        asked = {"督查组": {"role": "inspector", "starts_on": monday}, "街道干部": {"on_workdays": True}}
        for who, values in asked.items():
            quota = self.quota(who)
            seen = register.mark_of(quota)
            for name, value in values.items():
                setattr(quota, name, value)
            change_row(register, quota, many={}, seen=seen, by=self.office)
        for street in STREETS:
            unit = self.unit(f"{street}办事处")
            patrols.name_member(
                self.quota("街道干部"), unit=unit, user=self.keeper(unit), by=self.office, starts_on=since
            )
        unit = self.unit("朝阳街道办事处")
        for name in GRID_HANDS:
            patrols.name_member(self.quota("社区网格员"), unit=unit, name=name, by=self.office, starts_on=since)
        away = {"starts_on": self.today - timedelta(days=4), "ends_on": self.today - timedelta(days=3)}
        patrols.note_absence(self.campaign, unit=unit, name=GRID_HANDS[1], reason="公休", by=self.office, **away)

    def walk(self, day: date, hour: int, moment: datetime) -> None:
        """Most walk when they should, and now and then somebody forgets."""
        street = self.unit("朝阳街道办事处")
        liaison = self.keeper(street)
        for name in GRID_HANDS:
            if name == GRID_HANDS[1] and timedelta(days=3) <= self.today - day <= timedelta(days=4):
                continue
            self._walked("社区网格员", Walker(of_person(name=name, unit=street), name, street), moment, by=liaison)
        if hour > 12:
            return
        for other in STREETS:
            unit = self.unit(f"{other}办事处")
            user = self.keeper(unit)
            self._walked("街道干部", Walker(of_person(user), user.name, unit), moment, by=user)
        office = self.unit(OFFICE)
        for user in User.objects.filter(username__startswith="inspector").order_by("username"):
            if day.weekday() in (0, 2, 4):
                self._walked("督查组", Walker(of_person(user), user.name, office), moment, by=user)

    def _walked(self, who: str, walker: Walker, moment: datetime, *, by: Any) -> None:
        number = next(self.walks)
        if number % FORGOTTEN == 0:
            return
        found = number % 11 == 0
        note = "发现乱堆杂物，已上报" if found else ""
        patrols.record_patrol(self.quota(who), walker=walker, walked_at=moment, by=by, found=found, note=note)

    def _quota(self, who: str) -> PatrolQuota:
        return PatrolQuota.objects.of(self.campaign).select_related("campaign__host__host", "unit").get(who=who)

    def _unit(self, name: str) -> Unit:
        return Unit.objects.of_host(self.campaign.host).get(name=name)
