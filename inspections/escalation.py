"""When an overdue finding goes higher, and to whom: warned, at due, one, three and seven working days after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.clock import Calendar
from cityinit.periods import SHANGHAI, day_of
from inspections.models import EscalationStep, Finding
from units import notices
from units.models import Unit, User

Step = EscalationStep.Step
# Working days after the deadline (mission: 0, +1, +3, +7); a warning comes before it.
WORKDAYS_AFTER = {Step.LIAISON: 0, Step.HEAD: 1, Step.LEADER: 3, Step.LETTER: 7}


@dataclass(frozen=True)
class Told:
    """Whom a step reaches, in words and as people; the office where nobody holds the post, or it is to decide."""

    people: tuple[User, ...]
    words: str
    to_office: bool = False


def moment_of(step: int, *, due_at: datetime, calendar: Calendar) -> datetime:
    """When the step comes that many working days after the deadline, at the deadline's time of day."""
    days = WORKDAYS_AFTER[Step(step)]
    if not days:
        return due_at
    day = calendar.add_workdays(day_of(due_at), count=days)
    return datetime.combine(day, due_at.astimezone(SHANGHAI).time(), tzinfo=SHANGHAI)


def reached(finding: Finding, *, at: datetime, calendar: Calendar) -> list[Step]:
    """The steps to which the finding's deadline has come by then; the warning only while there is time left."""
    if not finding.clock_runs or finding.due_at is None:
        return []
    return reached_by(finding.due_at, warn_at=finding.warn_at, at=at, calendar=calendar)


def reached_by(due_at: datetime, *, warn_at: datetime | None, at: datetime, calendar: Calendar) -> list[Step]:
    """The same of a deadline whose clock runs."""
    if at < due_at:
        return [Step.WARN] if warn_at is not None and warn_at <= at else []
    return [step for step in WORKDAYS_AFTER if moment_of(step, due_at=due_at, calendar=calendar) <= at]


def next_step(finding: Finding, *, at: datetime, calendar: Calendar) -> tuple[Step, datetime] | None:
    """What comes next unless the unit answers, and when; None where the clock stands or nothing comes any more."""
    if not finding.clock_runs or finding.due_at is None:
        return None
    moments = ((step, moment_of(step, due_at=finding.due_at, calendar=calendar)) for step in WORKDAYS_AFTER)
    return next(((step, moment) for step, moment in moments if moment > at), None)


class Ladder:
    """Whom each step reaches for one unit; asked once for all of its findings."""

    def __init__(self, unit: Unit, *, host: Unit):
        self.unit = unit
        self.office = tuple(notices.office_of(host))
        self._known: dict[Step, Told] = {}

    def told(self, step: Step) -> Told:
        if step not in self._known:
            self._known[step] = self._told(step)
        return self._known[step]

    def _told(self, step: Step) -> Told:
        if step == Step.LETTER:
            return Told(self.office, _("请创建办决定是否印发督办函"), to_office=True)
        match step:
            case Step.HEAD:
                found, post = notices.heads_of(self.unit), _("单位负责人")
            case Step.LEADER:
                found, post = notices.leaders_above(self.unit), _("分管领导")
            case _:
                found, post = notices.liaisons_of(self.unit), _("联络员")
        people = tuple(found.order_by("pk"))
        named = {"unit": self.unit, "post": post, "people": "、".join(str(person) for person in people)}
        if people:
            return Told(people, _("已告知%(post)s%(people)s") % named)
        return Told(self.office, _("“%(unit)s”没有登记%(post)s，已转创建办") % named, to_office=True)


def workdays_late(due_at: datetime, *, at: datetime, calendar: Calendar) -> int:
    """Working days since the deadline as the steps count them: each is full at the deadline's time of day."""
    local = at.astimezone(SHANGHAI)
    is_full = local.time() >= due_at.astimezone(SHANGHAI).time() or not calendar.is_workday(local.date())
    return max(calendar.workdays(after=day_of(due_at), until=local.date()) - (not is_full), 0)


def days_late(finding: Finding, *, at: datetime) -> int:
    """Whole days since the deadline, as a letter counts them."""
    return max((timezone.localdate(at) - day_of(finding.due_at)).days, 0) if finding.due_at else 0
