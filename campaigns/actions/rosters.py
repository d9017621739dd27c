"""Rosters: shifts and who takes turns, drawn up for a span, handed over, and who came."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit import audit
from cityinit.alone import Work, alone
from cityinit.files import Given, keep, store
from cityinit.periods import Period
from cityinit.sent import refuse_stale
from cityinit.workflow import Refused
from units.models import Unit, User
from units.notices import tell
from units.roles import Reach

from ..models import Absence, CalendarDay, DutyHand, DutyPost, DutyShift, DutyTurn, TurnEvent
from ..presence import posts_held
from ..workflow import DUTY_TURN
from .clashes import clashes, refuse_clashes
from .group_succession import hand_on

KEEP = "campaigns.keep_roster"
# Nothing is drawn up long before it is needed: so many days at once, and so far ahead.
MOST_DAYS = 62
State = DutyTurn.State
# Nobody has stood these: they follow the person's unit.
AHEAD = (State.PLANNED, State.CALLED_OFF)


def save_shift(shift: DutyShift, *, by: Any, seen: str = "") -> DutyShift:
    """Write a shift. Of one that has been drawn up, what lies ahead and nobody has touched is drawn up anew.

    Past turns, and those that were marked or handed over, keep their hours and people. Refused when somebody else
    changed it since the form was drawn, and where somebody would stand in two places at once.
    """
    _ask(by, shift.duty)
    with transaction.atomic():
        _lock()
        if shift.pk:
            refuse_stale(shift, seen=seen, now=DutyShift.objects.get(pk=shift.pk).mark)
        shift.save()
        _draw_up_anew(shift.duty)
        audit.record(_("修改班次"), by=by, subject=f"{shift.duty} {shift}", detail={"pk": shift.pk})
    return shift


@transaction.atomic
def name_hand(
    duty: DutyPost,
    *,
    unit: Unit,
    by: Any,
    user: Any = None,
    name: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> DutyHand:
    """Let somebody take turns at the post, last in order; turns ahead that nobody has touched are drawn up anew."""
    _ask(by, duty)
    # Nobody is put on a roster by another unit's liaison.
    if not by.has_perm(KEEP, Reach(duty.campaign.host.path, (unit.path,))):
        raise Refused(_("您没有安排%(unit)s人员的权限。") % {"unit": unit})
    name = user.name if user else name.strip()
    if not name:
        raise Refused(_("请选择人员或填写姓名。"))
    _lock()
    hand = DutyHand(duty=duty, user=user, name=name, unit=unit, starts_on=starts_on, ends_on=ends_on)
    hands = list(duty.hands.all())
    today = timezone.localdate()
    if any(one.person == hand.person and (one.ends_on is None or one.ends_on >= today) for one in hands):
        raise Refused(_("%(name)s已经在这个岗位的人员里。") % {"name": name})
    hand.position = max((one.position for one in hands), default=0) + 1
    hand.save()
    _draw_up_anew(duty)
    audit.record(_("安排执勤人员"), by=by, subject=f"{duty} {name}", detail={"pk": hand.pk})
    return hand


@transaction.atomic
def end_hand(hand: DutyHand, *, by: Any, ends_on: date) -> None:
    """Let somebody take no turns after this day."""
    _ask(by, hand.duty)
    _lock()
    DutyHand.objects.filter(pk=hand.pk).update(ends_on=ends_on)
    # Whoever leaves can leave: a turn that nobody is free for stays open.
    _draw_up_anew(hand.duty, strictly=False)
    detail = {"pk": hand.pk, "ends_on": str(ends_on)}
    audit.record(_("停止安排执勤人员"), by=by, subject=f"{hand.duty} {hand.name}", detail=detail)


def draw_up(duty: DutyPost, period: Period, *, by: Any) -> int:
    """Draw up the turns of these days, and say how many were new; what stands already stays as it is.

    Who stands follows from the shift, the order of people, their leave and their posts alone: drawn up twice, or in
    another order, it is the same roster. Refused for more than two months, where there is no shift or nobody to stand,
    and where somebody would stand in two places at once.
    """
    _ask(by, duty)
    if period.days > MOST_DAYS:
        raise Refused(_("一次最多排%(n)s天，请缩短日期。") % {"n": MOST_DAYS})
    if period.first < timezone.localdate() - timedelta(days=MOST_DAYS):
        raise Refused(_("只能补排两个月以内的班次。"))
    if not duty.rota.exists():
        raise Refused(_("还没有班次，请先新增班次。"))
    if not duty.hands.exists():
        raise Refused(_("还没有执勤人员，请先安排人员。"))
    with transaction.atomic():
        _lock()
        made = _draw(duty, period)
        if made:
            audit.record(_("排班"), by=by, subject=f"{duty} {period.span}", detail={"turns": made})
    return made


def succeed(former: int, duty: DutyPost, *, closed: Unit, on: date) -> None:
    """Let the successor's post go on with the shifts and people of the former one, as far as it had been drawn up.

    Turns that people have touched go over as they are; the others of the days to come are drawn up under the successor.
    """
    _lock()
    goes_on = models.Q(ends_on=None) | models.Q(ends_on__gt=on)
    begins = on + timedelta(days=1)
    ahead = DutyTurn.objects.filter(shift__duty=former, day__gte=begins)
    last = ahead.aggregate(last=models.Max("day"))["last"]
    ahead.filter(state=State.PLANNED, by_hand=False).delete()
    for shift in DutyShift.objects.filter(goes_on, duty=former):
        touched = list(ahead.filter(shift=shift.pk).values_list("pk", flat=True))
        DutyShift.objects.filter(pk=shift.pk).update(ends_on=max(on, shift.starts_on))
        shift.pk, shift.duty, shift.starts_on = None, duty, max(shift.starts_on, begins)
        shift._state.adding = True
        shift.save()
        DutyTurn.objects.filter(pk__in=touched).update(shift=shift)
        if duty.unit:
            DutyTurn.objects.filter(pk__in=touched, unit=closed, state__in=AHEAD).update(unit=duty.unit)
    for hand in DutyHand.objects.filter(goes_on, duty=former):
        DutyHand.objects.filter(pk=hand.pk).update(ends_on=on)
        hand.pk, hand.duty = None, duty
        if hand.unit_id == closed.pk and duty.unit:
            hand.unit = duty.unit
        hand._state.adding = True
        hand.save()
    if last:
        _draw(duty, Period(begins, last), strictly=False)


def succeed_unit(closed: Unit, *, into: Unit, by: Any, on: date) -> None:
    """Let the people of a merged unit take their turns at whatever posts as the successor's from the day after.

    Who holds no post from then on takes none: what was given by hand goes to the next who can.
    """
    _lock()
    goes_on = models.Q(ends_on=None) | models.Q(ends_on__gt=on)
    hands = list(DutyHand.objects.filter(goes_on, unit=closed).select_related("duty__campaign__host"))
    for hand in hands:
        hand_on(hand, into=into, on=on)
    DutyTurn.objects.filter(unit=closed, day__gt=on, state__in=AHEAD).update(unit=into)
    for duty in {hand.duty_id: hand.duty for hand in hands}.values():
        _draw_up_anew(duty, strictly=False)
    left = User.objects.filter(posts__unit=closed, posts__ends_on=on)
    given = DutyTurn.objects.filter(user__in=left, unit=into, day__gt=on, state=State.PLANNED, by_hand=True)
    for turn in given.select_related("shift__duty__campaign__host", "unit", "user").select_for_update(
        of=("self",), no_key=True
    ):
        if not _Hands(turn.shift.duty, Period(turn.day, turn.day)).has_post(turn.user_id, turn.day):
            _give_on(turn, by=by, note=_("%(unit)s并入%(into)s") % {"unit": closed, "into": into})


def succeed_hand(before: Any, after: Any, *, unit: Unit, by: Any, on: date) -> tuple[int, list[DutyHand]]:
    """Let who follows in a post take the turns of the one before from the day after.

    At how many duty posts; and those where the one who follows takes turns already, so that they have one hand less. A
    turn that was given by hand stays where the successor stands elsewhere at that hour.
    """
    doubled = []
    goes_on = models.Q(ends_on=None) | models.Q(ends_on__gt=on)
    hands = list(DutyHand.objects.filter(goes_on, user=before, unit=unit).select_related("duty__campaign__host"))
    for hand in hands:
        _lock()
        ends_on, begins = hand.ends_on, max(hand.starts_on or date.min, on + timedelta(days=1))
        if hand.starts_on and hand.starts_on > on:
            hand.delete()
        else:
            DutyHand.objects.filter(pk=hand.pk).update(ends_on=on)
        own = DutyHand.objects.filter(goes_on, duty=hand.duty, user=after).exists()
        hand.pk, hand.user, hand.name, hand.starts_on, hand.ends_on = None, after, after.name, begins, ends_on
        hand._state.adding = True
        if own:
            doubled.append(hand)
        else:
            hand.save()
        _draw_up_anew(hand.duty, strictly=False)
        left = DutyTurn.objects.filter(
            shift__duty=hand.duty, user=before, unit=unit, state=State.PLANNED, by_hand=True, day__gt=on
        )
        for turn in left.filter(day__gte=timezone.localdate()).select_related("shift__duty", "unit", "user"):
            taken = DutyTurn.objects.filter(shift=turn.shift, day=turn.day, user=after).exists()
            if not taken and not clashes([_stood_by(turn, hand)]):
                _stand(turn, after, after.name, unit, by=by, note=_("岗位交接：%(who)s") % {"who": after})
    return len(hands) - len(doubled), doubled


def check_in(
    turn: DutyTurn,
    *,
    by: Any,
    photos: Iterable[Given] = (),
    position: tuple[float, float] | None = None,
    seen_state: str = "",
) -> None:
    """Say that one stands one's own turn, with a photo and, with consent, the place."""
    kept = [keep(checked) for checked in photos]
    now = timezone.now()
    latitude, longitude = position or (None, None)
    with transaction.atomic():
        values: dict[str, Any] = {"checked_in_at": now, "marked_at": now, "latitude": latitude, "longitude": longitude}
        _move(turn, "check_in", by=by, seen_state=seen_state, **values)
        turn.files.add(*[store(checked, by=by) for checked in kept])


def mark_present(turn: DutyTurn, *, by: Any, seen_state: str = "") -> None:
    """Note that who was planned has come."""
    _move(turn, "mark_present", by=by, seen_state=seen_state, marked_at=timezone.now(), stand_in="", reason="")


def mark_absent(turn: DutyTurn, *, by: Any, reason: str, seen_state: str = "") -> None:
    """Note that nobody came; the person is told."""
    _move(turn, "mark_absent", by=by, seen_state=seen_state, note=reason, marked_at=timezone.now(), reason=reason)
    _tell(turn, by, _("%(turn)s被登记为缺岗：%(reason)s") % {"turn": turn, "reason": reason})


def replace(turn: DutyTurn, *, by: Any, stand_in: str, reason: str, seen_state: str = "") -> None:
    """Note that somebody else stood the turn."""
    values = {"marked_at": timezone.now(), "stand_in": stand_in, "reason": reason}
    _move(turn, "replace", by=by, seen_state=seen_state, note=f"{stand_in}：{reason}", **values)


def call_off(turn: DutyTurn, *, by: Any, reason: str, seen_state: str = "") -> None:
    """Take the turn out of the roster: it was not needed, and nobody has missed it."""
    _move(turn, "call_off", by=by, seen_state=seen_state, note=reason, reason=reason)
    _tell(turn, by, _("%(turn)s已取消：%(reason)s") % {"turn": turn, "reason": reason})


def plan_again(turn: DutyTurn, *, by: Any, seen_state: str = "") -> None:
    _move(turn, "plan_again", by=by, seen_state=seen_state, reason="")


@transaction.atomic
def hand_over_turn(turn: DutyTurn, *, to: DutyHand, by: Any, reason: str = "") -> None:
    """Let another of the post's people stand the turn; refused where that person stands elsewhere at the same hour."""
    _ask(by, turn.shift.duty)
    _lock()
    turn = _planned(turn)
    if to.person == turn.person:
        raise Refused(_("这一班本来就排的是%(name)s。") % {"name": to.name}, turn)
    if to.duty_id != turn.shift.duty_id:
        raise Refused(_("%(name)s不在这个岗位的人员里。") % {"name": to.name}, turn)
    if not to.is_held(turn.day):
        raise Refused(_("%(name)s这一天不在这个岗位的人员里。") % {"name": to.name}, turn)
    if not _Hands(turn.shift.duty, Period(turn.day, turn.day)).has_post(to.user_id, turn.day):
        raise Refused(_("%(name)s这一天没有任职岗位，不能安排值守，请换别的人员。") % {"name": to.name}, turn)
    same_shift = DutyTurn.objects.select_for_update(no_key=True).filter(shift=turn.shift, day=turn.day)
    if any(other.person == to.person for other in same_shift):
        raise Refused(_("%(name)s已经排在这一班。") % {"name": to.name}, turn)
    note = _("%(before)s → %(after)s %(reason)s") % {"before": turn.name, "after": to.name, "reason": reason}
    _stand(turn, to.user, to.name, to.unit, by=by, note=note)
    refuse_clashes([turn])
    if to.user and to.user != by:
        tell([to.user], _("您被安排值守：%(turn)s") % {"turn": turn}, url=turn.get_absolute_url())


@transaction.atomic
def swap_turns(turn: DutyTurn, other: DutyTurn, *, by: Any, reason: str = "") -> None:
    """Let the people of two turns that lie ahead change places; both are told.

    Refused where one of them would stand in two places at once.
    """
    _ask(by, turn.shift.duty)
    _lock()
    first, second = sorted((turn, other), key=lambda one: one.pk)
    first, second = _planned(first), _planned(second)
    if first.shift.duty_id != second.shift.duty_id:
        raise Refused(_("只能与同一岗位的班次对调。"), turn)
    if first.person == second.person:
        raise Refused(_("两班排的是同一个人，不用对调。"), turn)
    note = _("%(one)s ⇄ %(other)s %(reason)s") % {"one": first, "other": second, "reason": reason}
    ours = (first.user, first.name, first.unit)
    _stand(first, second.user, second.name, second.unit, by=by, note=note)
    _stand(second, *ours, by=by, note=note)
    refuse_clashes([first, second])
    told = [person for person in (first.user, second.user) if person and person != by]
    tell(told, _("值守班次已对调：%(note)s") % {"note": note}, url=turn.get_absolute_url())


def free_for(absence: Absence) -> int:
    """Give the untouched turns ahead of who is away to the next who can; how many could not be given."""
    _lock()
    turns = DutyTurn.objects.of(absence.campaign).filter(
        state=State.PLANNED, day__gte=max(absence.starts_on, timezone.localdate()), day__lte=absence.ends_on
    )
    left = 0
    for turn in turns.select_related("shift__duty", "unit", "user").select_for_update(of=("self",), no_key=True):
        if turn.person != absence.person:
            continue
        if not _give_on(turn, by=absence.created_by, note=_("%(name)s请假") % {"name": absence.name}):
            left += 1
    return left


def _give_on(turn: DutyTurn, *, by: Any, note: str) -> bool:
    """Give the turn to the next who can stand it; whether there is anybody."""
    taken = {other.person for other in DutyTurn.objects.filter(shift=turn.shift, day=turn.day)}
    for hand in _Hands(turn.shift.duty, Period(turn.day, turn.day)).able(turn.day):
        if hand.person not in taken and not clashes([_stood_by(turn, hand)]):
            _stand(turn, hand.user, hand.name, hand.unit, by=by, note=note)
            return True
    return False


def _stand(turn: DutyTurn, user: Any, name: str, unit: Unit, *, by: Any, note: str) -> None:
    turn.user, turn.name, turn.unit, turn.by_hand = user, name, unit, True
    turn.save(update_fields=["user", "name", "unit", "by_hand"])
    TurnEvent.objects.create(turn=turn, move="hand_over", label=_("调班"), note=note.strip(), by=by)


def _planned(turn: DutyTurn) -> DutyTurn:
    """The turn as it stands, held until the transaction ends; refused once it is marked."""
    rows = DutyTurn.objects.select_related("shift__duty__campaign__host", "unit", "user")
    now = rows.select_for_update(of=("self",), no_key=True).filter(pk=turn.pk).first()
    if now is None:
        raise Refused(_("这一班刚刚被重新排过，请看最新的排班表。"))
    if now.state != State.PLANNED:
        raise Refused(_("这一班目前是“%(state)s”，不能再调班。") % {"state": now.get_state_display()}, now)
    return now


def _move(turn: DutyTurn, name: str, *, by: Any, seen_state: str = "", note: str = "", **values: Any) -> None:
    if "marked_at" in values:
        values["marked_by"] = by
    with transaction.atomic():
        DUTY_TURN.make(turn, name, by=by, seen_state=seen_state, **values)
        label = str(DUTY_TURN.moves[name].label)
        TurnEvent.objects.create(turn=turn, move=name, label=label, target=turn.state, note=note, by=by)


def _tell(turn: DutyTurn, by: Any, text: str) -> None:
    if turn.user and turn.user != by:
        tell([turn.user], text, url=turn.get_absolute_url())


def _ask(by: Any, duty: DutyPost) -> None:
    """Who keeps the roster of the post's unit keeps it; of a post without a unit, the office."""
    if not by.has_perm(KEEP, duty):
        raise Refused(_("您没有给“%(duty)s”排班的权限。") % {"duty": duty})


def _lock() -> None:
    """Let only one roster be changed at a time, of whatever campaign: nobody is put into two of them at once."""
    alone(Work.ROSTER)


def _draw_up_anew(duty: DutyPost, *, strictly: bool = True) -> None:
    """Draw up again what lies after today and nobody has touched, as far as it had been drawn up."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    ahead = DutyTurn.objects.filter(shift__duty=duty, day__gte=tomorrow)
    last = ahead.aggregate(last=models.Max("day"))["last"]
    if last is None:
        return
    ahead.filter(state=State.PLANNED, by_hand=False).delete()
    _draw(duty, Period(tomorrow, last), strictly=strictly)


def _draw(duty: DutyPost, period: Period, *, strictly: bool = True) -> int:
    """Draw up the turns that are missing; where somebody would stand in two places, refuse, or leave that turn open."""
    first, last = max(period.first, duty.starts_on or period.first), min(period.last, duty.ends_on or period.last)
    if last < first:
        return 0
    period = Period(first, last)
    calendar = CalendarDay.objects.as_calendar()
    shifts = list(duty.rota.all())
    hands = _Hands(duty, period)
    there: dict[tuple, set[int]] = {}
    people: dict[tuple, set[tuple]] = {}
    for turn in DutyTurn.objects.filter(shift__duty=duty).within(period):
        there.setdefault((turn.shift_id, turn.day), set()).add(turn.slot)
        people.setdefault((turn.shift_id, turn.day), set()).add(turn.person)
    wanted = []
    for shift in shifts:
        before = 0
        day = shift.starts_on
        while day <= period.last:
            if shift.stands_on(day, calendar=calendar):
                if day >= period.first:
                    taken = people.get((shift.pk, day), set())
                    able = hands.able(day)
                    chosen = [able[(before + slot) % len(able)] for slot in range(min(shift.people, len(able)))]
                    for slot, hand in enumerate(chosen):
                        if slot not in there.get((shift.pk, day), set()) and hand.person not in taken:
                            wanted.append(_turn(shift, day, slot, hand))
                before += shift.people
            day += timedelta(days=1)
    if strictly:
        refuse_clashes(wanted)
    else:
        clashing = [turn for turn, _other in clashes(wanted)]
        wanted = [turn for turn in wanted if not any(turn is one for one in clashing)]
    # Another drawing at the same moment may have been faster with some.
    DutyTurn.objects.bulk_create(wanted, ignore_conflicts=True, batch_size=500)
    return len(wanted)


def _turn(shift: DutyShift, day: date, slot: int, hand: DutyHand) -> DutyTurn:
    return DutyTurn(
        shift=shift,
        day=day,
        slot=slot,
        user=hand.user,
        name=hand.name,
        unit=hand.unit,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
    )


def _stood_by(turn: DutyTurn, hand: DutyHand) -> DutyTurn:
    """The turn as this person would stand it."""
    hours = {"starts_at": turn.starts_at, "ends_at": turn.ends_at}
    return DutyTurn(pk=turn.pk, shift=turn.shift, day=turn.day, user=hand.user, name=hand.name, unit=hand.unit, **hours)


class _Hands:
    """Who takes turns at a post, and who of them can on a day of the period; read once."""

    def __init__(self, duty: DutyPost, period: Period):
        self.hands = list(duty.hands.select_related("user", "unit"))
        away = Absence.objects.of(duty.campaign).filter(starts_on__lte=period.last, ends_on__gte=period.first)
        self.away = [(one.person, one.starts_on, one.ends_on) for one in away]
        self.host = duty.campaign.host.host_id
        self.held = posts_held({hand.user_id for hand in self.hands if hand.user_id}, host=self.host)

    def able(self, day: date) -> list[DutyHand]:
        return [hand for hand in self.hands if hand.is_held(day) and self._is_there(hand, day)]

    def has_post(self, user: int | None, day: date) -> bool:
        """Whether the person holds a post that day; of who has no account nobody asks."""
        if user is None:
            return True
        if user not in self.held:
            self.held |= {user: [], **posts_held([user], host=self.host)}
        return any(first <= day <= last for first, last in self.held[user])

    def _is_there(self, hand: DutyHand, day: date) -> bool:
        if any(person == hand.person and first <= day <= last for person, first, last in self.away):
            return False
        return self.has_post(hand.user_id, day)
