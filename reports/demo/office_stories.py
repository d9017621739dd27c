"""What the office does with findings as a whole: who gets what, what is overdue, what is looked at again."""

from datetime import datetime, timedelta

from django.utils import timezone

from campaigns.models import Campaign
from inspections import presets
from inspections.actions import bulk, categories, look_backs
from inspections.actions.findings import escalation, letters, long_term
from inspections.models import DispatchRule, EscalationStep, Finding, FindingBatch, FindingCategory, LookBack
from units.models import Unit, User

from . import findings, photos
from .units import BUREAUS, OTHERS

State, Result = Finding.State, LookBack.Result
# Each day's share of what was closed is looked at again; of these one has come back.
LOOKED_AT, DRAWN, FOUND_BACK = 4, 6, 3
RAIN = "连续降雨，室外施工暂停"


def tell(campaign: Campaign, *, now: datetime) -> None:
    office, inspector = (User.objects.get(username=name) for name in ("office", "inspector"))
    _keep_rules(campaign, by=office)
    escalation.escalate(at=now)
    long_term.tell_of_ended(at=now)
    _send_a_letter(campaign, by=office)
    _look_back(campaign, now=now, office=office, inspector=inspector)
    _put_off(campaign, by=office)


def _keep_rules(campaign: Campaign, *, by: User) -> None:
    """Each category goes to the bureau that usually answers for its kind."""
    bodies = {body: name for name, _own, body in BUREAUS} | {body: name for name, _own, body, *_ in OTHERS}
    units = {unit.name: unit for unit in Unit.objects.of_host(campaign.host)}
    for category in FindingCategory.objects.of(campaign):
        suggestion = presets.suggested(category.name)
        unit = units.get(bodies.get(suggestion.unit_kind, "")) if suggestion else None
        if unit:
            categories.save_rule(DispatchRule(campaign=campaign, category=category, unit=unit), by=by)


def _send_a_letter(campaign: Campaign, *, by: User) -> None:
    """To the unit that is the longest overdue; the others wait for the office's word."""
    waiting = EscalationStep.objects.letters_waiting().order_by("due_at", "pk")
    first = waiting.select_related("unit").first()
    if first is None:
        return
    letters.send_letter(
        campaign,
        unit=first.unit,
        steps=list(waiting.filter(unit=first.unit)),
        by=by,
        demand="请立即组织整改，并对同类问题开展一次全面排查。",
        answer_by=timezone.localdate() + timedelta(days=7),
        signer="贺云舒",
        signature=by.posts.select_related("unit").get().unit.name,
    )


def _look_back(campaign: Campaign, *, now: datetime, office: User, inspector: User) -> None:
    """A fortnight of what was closed, drawn by lot; some of it was looked at since, the rest waits."""
    closed = Finding.objects.of(campaign).filter(state__in=look_backs.CLOSED).order_by("-closed_at").first()
    if closed is None:
        return
    last = min(timezone.localdate(closed.closed_at), timezone.localdate(now))
    first = last - timedelta(days=20)
    made = look_backs.plan_look_backs(campaign, by=office, first=first, last=last, n=DRAWN, number="20260718")
    rows = made.rows.select_related("finding__campaign__host", "finding__category", "finding__lead_unit")
    for place, row in enumerate(rows[:LOOKED_AT], start=1):
        finding = row.finding
        if look_backs.look_back_refusal(finding, inspector):
            continue
        kind = findings.BY_NAME.get(finding.category.name)
        is_back = place == FOUND_BACK
        scene = photos.photo(kind.scene if kind else "street", after=not is_back, of=f"{finding.number} looked at")
        look_backs.look_back(
            finding,
            by=inspector,
            result=Result.RECURRED if is_back else Result.GOOD,
            photos=[scene],
            note="同一处又出现同样的问题" if is_back else "现场干净，未见反弹",
        )


def _put_off(campaign: Campaign, *, by: User) -> None:
    """Rain: what is to be repaired outdoors is put off together; what has been answered meanwhile is not."""
    rows = Finding.objects.of(campaign).filter(category__name="路面破损")
    running = rows.filter(state__in=Finding.UNIT_STATES, due_at__gt=timezone.now()).order_by("pk")[:3]
    answered = rows.filter(state=State.SUBMITTED).order_by("pk")[:1]
    keys = [row.pk for row in (*running, *answered)]
    if keys:
        bulk.begin(
            campaign,
            keys,
            act=FindingBatch.Act.EXTEND,
            by=by,
            back_url="/inspections/findings/?q=路面",
            workdays=2,
            note=RAIN,
        )
