"""Nobody answers and the deadline comes: each step once, written into the history, told to who is next above."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.clock import Calendar
from cityinit.addresses import address
from inspections import dispatch as rules
from inspections import escalation
from inspections.models import EscalationStep, Finding
from units.models import Unit
from units.notices import tell

from .moves import record
from .notify import about
from .wording import join, moment

Step = EscalationStep.Step
# The findings of one unit that one transaction holds; a city that was loaded yesterday may have hundreds.
CHUNK = 100
# Below every step.
NONE = -1
ONE = {
    Step.WARN: gettext_lazy("即将到期，请抓紧整改：%(finding)s，期限 %(due)s"),
    Step.LIAISON: gettext_lazy("已到期未反馈：%(finding)s，期限 %(due)s"),
    Step.HEAD: gettext_lazy("%(unit)s逾期未整改，请督促：%(finding)s，期限 %(due)s"),
    Step.LEADER: gettext_lazy("%(unit)s逾期三个工作日未整改，请督促：%(finding)s，期限 %(due)s"),
    Step.LETTER: gettext_lazy("%(unit)s逾期七个工作日未整改，请决定是否印发督办函：%(finding)s"),
}
MANY = {
    Step.WARN: gettext_lazy("%(unit)s有%(n)s个问题即将到期，请抓紧整改"),
    Step.LIAISON: gettext_lazy("%(unit)s有%(n)s个问题已到期未反馈"),
    Step.HEAD: gettext_lazy("%(unit)s有%(n)s个问题逾期未整改，请督促"),
    Step.LEADER: gettext_lazy("%(unit)s有%(n)s个问题逾期三个工作日未整改，请督促"),
    Step.LETTER: gettext_lazy("%(unit)s有%(n)s个问题逾期七个工作日未整改，请决定是否印发督办函"),
}


def escalate(*, at: datetime, hold: Callable[[], None] = lambda: None) -> int:
    """Take every step that has come by that moment and was not taken; gives how many.

    Done twice, the second does nothing: only findings of which a step has come are held. `hold` is asked inside each
    transaction: whoever lost the job stops there.
    """
    calendar = rules.office_calendar()
    of_unit: dict[tuple[int, int], list[int]] = defaultdict(list)
    for unit, campaign, pk in _with_step_to_take(at, calendar):
        of_unit[unit, campaign].append(pk)
    taken = 0
    for (unit, _campaign), keys in of_unit.items():
        for begin in range(0, len(keys), CHUNK):
            taken += _of_unit(unit, keys[begin : begin + CHUNK], at=at, calendar=calendar, hold=hold)
    return taken


def _with_step_to_take(at: datetime, calendar: Calendar) -> Iterator[tuple[int, int, int]]:
    """Unit, campaign and key of what has come to a step beyond the highest that was taken; steps are taken in order."""
    overdue = Finding.objects.to_escalate(at=at).with_step().order_by("lead_unit", "pk")
    asked = overdue.values_list("lead_unit", "campaign", "pk", "due_at", "warn_at", "step")
    # Most are due at the end of some working day: its steps come at the same moments.
    known: dict[tuple[datetime, datetime | None], int] = {}
    for unit, campaign, pk, due_at, warn_at, taken in asked:
        if (due_at, warn_at) not in known:
            reached = escalation.reached_by(due_at, warn_at=warn_at, at=at, calendar=calendar)
            known[due_at, warn_at] = max(reached, default=NONE)
        if known[due_at, warn_at] > (NONE if taken is None else taken):
            yield unit, campaign, pk


@transaction.atomic
def _of_unit(unit_pk: int, keys: Sequence[int], *, at: datetime, calendar: Calendar, hold: Callable[[], None]) -> int:
    hold()
    # Held as they stand: who answers meanwhile waits for us, or has answered and is left alone.
    held = Finding.objects.to_escalate(at=at).hold(*keys)
    found = [finding for finding in held.values() if finding.lead_unit_id == unit_pk]
    if not found:
        return 0
    there = set(EscalationStep.objects.filter(finding__in=found).values_list("finding_id", "unit_id", "due_at", "step"))
    wanted = [
        (finding, step)
        for finding in found
        for step in escalation.reached(finding, at=at, calendar=calendar)
        if (finding.pk, unit_pk, finding.due_at, step.value) not in there
    ]
    if not wanted:
        return 0
    whole = {row.pk: row for row in Finding.objects.filter(pk__in=[finding.pk for finding in found]).for_page()}
    first = whole[found[0].pk]
    ladder = escalation.Ladder(first.lead_unit, host=first.campaign.host)
    by_step: dict[Step, list[Finding]] = defaultdict(list)
    for finding, step in wanted:
        row = whole[finding.pk]
        told = ladder.told(step)
        words = join(told.words, _sponsor(row, told) if step == Step.LEADER else "")
        EscalationStep.objects.create(
            finding=row,
            unit_id=unit_pk,
            due_at=row.due_at,
            step=step,
            at=at,
            told=words.replace("\n", "；"),
            to_office=told.to_office,
        )
        record(
            row,
            "escalate",
            str(step.label),
            by=None,
            note=join(_("期限：%(due)s") % {"due": moment(row.due_at)}, words),
        )
        by_step[step].append(row)
    for step, rows in by_step.items():
        _tell(ladder, step, rows)
    return len(wanted)


def _sponsor(finding: Finding, told: escalation.Told) -> str:
    """The leader who sponsors the site has a name in the register and often no account."""
    leader = finding.site.leader if finding.site else ""
    return _("点位包保领导：%(leader)s，请创建办转告") % {"leader": leader} if leader and told.to_office else ""


def _tell(ladder: escalation.Ladder, step: Step, findings: Sequence[Finding]) -> None:
    """One notice for each person, however many findings; written with the step, so that a job begun again knows."""
    told = ladder.told(step)
    unit: Unit = ladder.unit
    if len(findings) == 1:
        [finding] = findings
        text = ONE[step] % {"unit": unit, "finding": about(finding), "due": moment(finding.due_at)}
        url = finding.get_absolute_url()
    else:
        text = MANY[step] % {"unit": unit, "n": len(findings)}
        flag = "warned" if step == Step.WARN else "overdue"
        url = f"{address('inspections:findings')}?{urlencode({'flag': flag, 'unit': str(unit.pk)})}"
    if step == Step.LETTER:
        url = address("inspections:escalations") + "?step=4"
    elif told.to_office:
        text = f"{text}（{told.words}）"
    tell(told.people, text, url=url, within=True)


def carry_over(finding: Finding, *, was: tuple[int | None, datetime | None]) -> None:
    """What was done about the deadline of `was`, a unit and a time, stays done about that which the finding has now.

    A step that had been taken of this one before, in an earlier turn, is taken: the other then stays where it happened.
    """
    unit_was, due_was = was
    unit, due_at = finding.lead_unit_id, finding.due_at
    if due_was is None or due_at is None or was == (unit, due_at):
        return
    taken = list(finding.steps.filter(unit=unit, due_at=due_at).values_list("step", flat=True))
    left = finding.steps.filter(unit=unit_was, due_at=due_was).exclude(step__in=taken)
    left.update(unit=unit, due_at=due_at)
