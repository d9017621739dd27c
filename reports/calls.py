"""What the office does with a call for units' summaries: make it, change it, ask more units, nudge, remind, close.

What a reminder or a nudge has told stands on the contribution: asked twice, or by two clocks, nobody is told twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Assignment, Campaign, Task, WorkLogEntry
from campaigns.sent import sent_in
from cityinit.periods import Period, day_in_words, day_start
from cityinit.queue import enqueue
from cityinit.sent import refuse_stale
from cityinit.workflow import Refused
from units.models import Unit, User
from units.models.unit import UnitQuerySet
from units.notices import liaisons_of, office_of, tell

from .models import Call, CallEvent, Contribution, ContributionEvent
from .workflow import CALL

PERMISSION = "reports.call_units"
DRAFT = "reports.jobs.draft_call"
Reminded, State = Contribution.Reminded, Contribution.State


def usual_units(campaign: Campaign, period: Period) -> UnitQuerySet:
    """Whom a call asks unless somebody chooses: open units with a part in a task, or work logged in the period."""
    issued = Assignment.objects.filter(task__campaign=campaign).exclude(
        task__state__in=(Task.State.DRAFT, Task.State.CANCELLED)
    )
    logged = WorkLogEntry.objects.of(campaign).within(period)
    working = Unit.objects.filter(pk__in=issued.values("unit")) | Unit.objects.filter(pk__in=logged.values("unit"))
    return askable_units(campaign).filter(pk__in=working.values("pk"))


def askable_units(campaign: Campaign) -> UnitQuerySet:
    return Unit.objects.of_host(campaign.host.host_id).given_work().exclude(pk=campaign.host_id)


def call_units(
    campaign: Campaign,
    period: Period,
    *,
    by: Any,
    due_on: date,
    units: Iterable[Unit],
    note: str = "",
    remind_days: int = 3,
    takes: str = Call.Takes.ACCEPTED,
    client_key: UUID | None = None,
) -> Call:
    """Ask these units for their summary of the period by a day; their liaisons are told, and drafts are written.

    The same form sent twice is one call. Refused without units, for a day that is over, for a period that has not
    begun or lies outside the campaign, and where the period has a call already.
    """
    _refuse_who_may_not(campaign, by)
    units = list(units)
    _refuse_days(campaign, period, due_on=due_on)
    if not units:
        raise Refused(_("请至少选择一个单位。"), campaign)
    with transaction.atomic():
        Campaign.objects.hold(campaign.pk)
        if there := sent_in(campaign, Call.objects.filter(asked_by=by), client_key):
            return there
        if there := Call.objects.of(campaign).of_period(period).first():
            raise Refused(_("%(period)s已经发过征集，需要增加单位或改期限，请在那里办理。") % {"period": period}, there)
        made = Call.objects.create(
            campaign=campaign,
            first_day=period.first,
            last_day=period.last,
            due_on=due_on,
            note=note,
            remind_days=remind_days,
            takes=takes,
            asked_by=by,
            client_key=client_key,
        )
        asked = _ask(made, units, by=by)
        _record(made, "ask", _("发出征集"), by=by, note=_("%(n)s个单位") % {"n": len(asked)})
        _start_drafting(made, by=by)
    return made


@transaction.atomic
def add_units(call: Call, units: Iterable[Unit], *, by: Any) -> int:
    """Ask more units, how many that were; those asked already stay as they are. Refused once the call is closed."""
    _refuse_who_may_not(call, by)
    hold(call)
    _refuse_closed(call)
    asked = _ask(call, list(units), by=by)
    if asked:
        names = "、".join(str(row.unit) for row in asked)
        _record(call, "add", _("增加单位"), by=by, note=names)
        _start_drafting(call, by=by)
    return len(asked)


@transaction.atomic
def edit_call(call: Call, *, by: Any, seen: str = "", **values: Any) -> None:
    """Move the due day, change what is asked or what is gathered; units that still owe are told of another day.

    `seen` is the mark of the call the form was drawn from. Refused once the call is closed, and for a day that is over.
    """
    _refuse_who_may_not(call, by)
    hold(call)
    _refuse_closed(call)
    refuse_stale(call, seen=seen, now=call.mark)
    before = call.due_on
    changed = [name for name in Call.WRITTEN if name in values and getattr(call, name) != values[name]]
    if not changed:
        return
    if "due_on" in changed and values["due_on"] < timezone.localdate():
        raise Refused(_("报送期限不能早于今天。"), call)
    for name in changed:
        setattr(call, name, values[name])
    call.save(update_fields=changed)
    what = "、".join(str(Call._meta.get_field(name).verbose_name) for name in changed)
    if "due_on" in changed:
        told = {"before": day_in_words(before), "now": day_in_words(call.due_on)}
        what = _("%(what)s：%(before)s改为%(now)s") % {"what": what, **told}
        text = _("%(call)s的报送期限改为%(now)s") % {"call": call, **told}
        tell(_liaisons(call.contributions.missing().select_related("unit")), text, url=call.get_absolute_url())
        # They have just been told of the new day: what it calls for today need not be said again.
        call.contributions.update(reminded=_stage(call, on=timezone.localdate()))
    _record(call, "edit", _("修改征集"), by=by, note=what)


@transaction.atomic
def move_call(call: Call, name: str, *, by: Any, seen_state: str = "") -> None:
    """Close the call, after which no unit changes anything, or open it again."""
    hold(call)
    source = CALL.make(call, name, by=by, seen_state=seen_state)
    _record(call, name, str(CALL.moves[name].label), by=by, source=source)


@transaction.atomic
def nudge(call: Call, *, by: Any, keys: Sequence[int] | None = None) -> int:
    """Remind those units that still owe (of `keys` alone, where given); how many were told.

    Who was nudged today already is left out. Refused where nobody is left to nudge, and once the call is closed.
    """
    _refuse_who_may_not(call, by)
    hold(call)
    _refuse_closed(call)
    now = timezone.now()
    owing = call.contributions.missing()
    if keys is not None:
        owing = owing.filter(pk__in=keys)
    fresh = owing.exclude(nudged_at__gte=day_start(timezone.localdate(now)))
    rows = list(fresh.select_related("unit"))
    if not rows:
        reason = _("今天已经催报过，请明天再催。") if owing.exists() else _("没有需要催报的单位。")
        raise Refused(reason, call)
    _mark_told(rows, "nudge", _("催报"), by=by, nudged_at=now)
    late = call.due_on < timezone.localdate(now)
    text = _("请尽快报送%(call)s（%(day)s前）") % {"call": call, "day": day_in_words(call.due_on)}
    if late:
        text = _("%(call)s已过报送期限（%(day)s），请立即报送") % {"call": call, "day": day_in_words(call.due_on)}
    tell(_liaisons(rows), text, url=call.get_absolute_url())
    return len(rows)


def remind_due(*, on: date) -> int:
    """Remind units of what is due soon, due on the day, or overdue, each once for a due day; how many were reminded.

    Asked every morning and safe to be asked twice. Whoever was down on a day tells what is so now, not what was missed.
    """
    reminded = 0
    for pk in Call.objects.running().order_by("pk").values_list("pk", flat=True):
        reminded += _remind(pk, on=on)
    return reminded


@transaction.atomic
def _remind(pk: int, *, on: date) -> int:
    call = Call.objects.select_for_update(no_key=True).get(pk=pk)
    stage = _stage(call, on=on)
    rows = list(call.contributions.missing().filter(reminded__lt=stage).select_related("unit"))
    if not rows:
        return 0
    told = {"call": call, "day": day_in_words(call.due_on)}
    said: dict[int, tuple[str, str]] = {
        Reminded.AHEAD: (_("请于%(day)s前报送%(call)s") % told, _("到期前提醒")),
        Reminded.DUE: (_("今天是%(call)s的报送期限，请尽快报送") % told, _("到期提醒")),
        Reminded.OVERDUE: (_("%(call)s已过报送期限（%(day)s），请立即报送") % told, _("逾期提醒")),
    }
    text, label = said[stage]
    _mark_told(rows, "remind", label, by=None, reminded=stage)
    # In the transaction itself: begun again where it was killed, the job must know whom it has told.
    tell(_liaisons(rows), text, url=call.get_absolute_url(), within=True)
    if stage == Reminded.OVERDUE:
        text = _("%(call)s：%(n)s个单位逾期未报") % {"call": call, "n": len(rows)}
        tell(office_of(call.campaign.host), text, url=f"{call.get_absolute_url()}?state=overdue", within=True)
    return len(rows)


def _stage(call: Call, *, on: date) -> int:
    if on > call.due_on:
        return Reminded.OVERDUE
    if on == call.due_on:
        return Reminded.DUE
    return Reminded.AHEAD if on >= call.remind_on else Reminded.NOT


# Pieces ----------------------------------------------------------------------------------------------


def hold(call: Call) -> None:
    """Let nobody else change the call until this transaction ends, and see how it stands now."""
    now = Call.objects.select_for_update(no_key=True).get(pk=call.pk)
    for name in ("state", *Call.WRITTEN):
        setattr(call, name, getattr(now, name))


def _ask(call: Call, units: Sequence[Unit], *, by: Any) -> list[Contribution]:
    """A contribution for each unit that has none yet; the liaisons of those are told."""
    open_units = set(askable_units(call.campaign).values_list("pk", flat=True))
    there = set(call.contributions.values_list("unit", flat=True))
    new = [unit for unit in units if unit.pk in open_units and unit.pk not in there]
    stage = _stage(call, on=timezone.localdate())
    made = Contribution.objects.bulk_create(
        [Contribution(call=call, unit=unit, reminded=stage) for unit in new], batch_size=500
    )
    events = [
        ContributionEvent(contribution=row, move="ask", label=_("征集"), target=State.ASKED, by=by) for row in made
    ]
    ContributionEvent.objects.bulk_create(events, batch_size=500)
    told = {"call": call, "day": day_in_words(call.due_on)}
    tell(_liaisons(made), _("请于%(day)s前报送%(call)s") % told, url=call.get_absolute_url())
    return made


def _liaisons(rows: Iterable[Contribution]) -> Iterable[User]:
    """The liaisons of all these units, asked for once."""
    units = [row.unit for row in rows]
    return liaisons_of(*units) if units else ()


def _mark_told(rows: Sequence[Contribution], move: str, label: str, *, by: Any, **values: Any) -> None:
    Contribution.objects.filter(pk__in=[row.pk for row in rows]).update(**values)
    events = [ContributionEvent(contribution=row, move=move, label=label, by=by) for row in rows]
    ContributionEvent.objects.bulk_create(events, batch_size=500)


def _start_drafting(call: Call, *, by: Any) -> None:
    """A job for the drafts of whoever has none; asked for again it is another one."""
    enqueue(DRAFT, call.pk, by=by, label=_("生成草稿：%(call)s") % {"call": call}, url=call.get_absolute_url())


def _record(call: Call, move: str, label: str, *, by: Any, note: str = "", source: str = "") -> None:
    target = call.state if source else ""
    CallEvent.objects.create(call=call, move=move, label=label, note=note, source=source, target=target, by=by)


def _refuse_who_may_not(obj: Any, by: Any) -> None:
    if by is not None and not by.has_perm(PERMISSION, obj):
        raise Refused(_("您没有征集单位总结的权限。"), obj)


def _refuse_closed(call: Call) -> None:
    if not call.is_open:
        raise Refused(_("这次征集已结束。如有需要，请先重新打开征集。"), call)


def _refuse_days(campaign: Campaign, period: Period, *, due_on: date) -> None:
    if period.last < campaign.starts_on or period.first > campaign.ends_on:
        raise Refused(_("%(period)s不在创建活动的起止时间之内，请换一个时段。") % {"period": period}, campaign)
    if period.first > timezone.localdate():
        raise Refused(_("%(period)s还没有开始，没有可以总结的内容。") % {"period": period}, campaign)
    if due_on < timezone.localdate():
        raise Refused(_("报送期限不能早于今天。"), campaign)
