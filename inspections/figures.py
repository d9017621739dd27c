"""Figures of findings as of a period's last day, each with the records it counts.

Every question is asked of days and events and never of present state: what was closed, voided or extended after the
last day was not so on that day. An imported finding has one event, dated by what its row says.
With a unit, findings led by the unit or one below it are meant.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from campaigns.figures import share
from campaigns.models import Campaign
from cityinit.periods import Period
from units.models import Unit
from units.then import unit_then

from .models import Extension, Finding, FindingEvent, FormerLead, Rectification, Round, Site
from .models.finding import RECURS_FOR

State = Finding.State
CLOSED = (State.CLOSED, State.CLOSED_ON_SPOT)
# Moves that give a finding a new due time.
NEW_DUE = ("dispatch", "rework", "resume")


@dataclass(frozen=True)
class Rectified:
    """What became of the findings of a period; a rate of nothing is None, unknown."""

    found: int
    sites: int
    closed: int
    due: int
    due_closed: int
    in_time: int
    reworked: int
    reviewed: int
    reopened: int
    ever_closed: int
    open: int
    long_term: int
    late: int

    @property
    def rate(self) -> Decimal | None:
        """整改率: closed by the last day ÷ found in the period."""
        return share(self.closed, self.found)

    @property
    def due_rate(self) -> Decimal | None:
        """到期整改率: the same of those due by the last day."""
        return share(self.due_closed, self.due)

    @property
    def in_time_rate(self) -> Decimal | None:
        """按期整改率: closed in time ÷ closed."""
        return share(self.in_time, self.closed)

    @property
    def rework_rate(self) -> Decimal | None:
        """返工率: sent back for rework at least once ÷ reviewed; what was closed on the spot never was."""
        return share(self.reworked, self.reviewed)

    @property
    def reopened_rate(self) -> Decimal | None:
        """反弹率: reopened at least once ÷ closed at least once."""
        return share(self.reopened, self.ever_closed)


def found(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Finding]:
    """发现问题: found in the period, and counted when its last day ended."""
    findings = Finding.objects.of(campaign).filter(found_on__gte=period.first, found_on__lte=period.last)
    findings = findings.counted_at(period.ends_at)
    return findings if unit is None else led_by(findings, unit, on=period.last)


def led_by(findings: QuerySet[Finding], unit: Unit, *, on: date) -> QuerySet[Finding]:
    """Those led, at the end of that day, by the unit or one that stood below it then."""
    then = unit_then(FormerLead.objects.all(), of="finding", on=on, now="lead_unit_id")
    return findings.alias(led_then=then).filter(led_then__in=Unit.objects.below(unit, on=on).values("pk"))


def closed(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Finding]:
    """整改: of the found ones those closed, in the office or on the spot, as of the last day."""
    return _as_of(found(campaign, period, unit=unit), period).filter(_is_closed(period))


def left(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Finding]:
    """未整改: of the found ones those not closed as of the last day."""
    return _as_of(found(campaign, period, unit=unit), period).filter(_is_open(period))


def due(
    campaign: Campaign, period: Period, *, unit: Unit | None = None, now: datetime | None = None
) -> QuerySet[Finding]:
    """到期: of the found ones those whose time had run out by the last day; on the spot is due at once.

    While the last day runs, `now` says so: whose hour has not come is not due, as `Finding.overdue` has it on screen.
    """
    return _as_of(found(campaign, period, unit=unit), period).filter(_is_due(period, now))


def due_closed(
    campaign: Campaign, period: Period, *, unit: Unit | None = None, now: datetime | None = None
) -> QuerySet[Finding]:
    return due(campaign, period, unit=unit, now=now).filter(_is_closed(period))


def in_time(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Finding]:
    """按期整改: of the closed ones those answered before their time ran out; without a deadline none can be late."""
    return closed(campaign, period, unit=unit).filter(_is_in_time())


def reworked(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Finding]:
    return _as_of(found(campaign, period, unit=unit), period).filter(Q(was_reworked=True))


def reopened(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Finding]:
    return _as_of(found(campaign, period, unit=unit), period).filter(Q(was_reopened=True))


def reviewed(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Finding]:
    """复核过: of the found ones those that somebody had judged by the last day."""
    return _as_of(found(campaign, period, unit=unit), period).filter(_is_reviewed(period))


def ever_closed(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Finding]:
    """曾经销号: of the found ones those closed by the last day, and those that had been and were opened again."""
    return _as_of(found(campaign, period, unit=unit), period).filter(_was_ever_closed(period))


def long_term(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Finding]:
    """挂账: of those still open the ones that waited by decision."""
    return left(campaign, period, unit=unit).filter(_is_in(State.LONG_TERM))


def late(
    campaign: Campaign, period: Period, *, unit: Unit | None = None, now: datetime | None = None
) -> QuerySet[Finding]:
    """逾期未整改: due by the last day, and neither closed nor answered by then, nor put off; `now` as `due`."""
    return _as_of(found(campaign, period, unit=unit), period).filter(_is_late(period, now))


def checked_sites(campaign: Campaign, period: Period, *, unit: Unit | None = None) -> QuerySet[Site]:
    """检查点位: the sites at which anything was found in the period, each once."""
    return Site.objects.filter(pk__in=found(campaign, period, unit=unit).order_by().values("site"))


def rectified(
    campaign: Campaign, period: Period, *, unit: Unit | None = None, now: datetime | None = None
) -> Rectified:
    """Every figure of findings; `now` as `due` asks it.

    One statement reads those that have not changed since, which is nearly all; a second one the others, if any.
    """
    findings = found(campaign, period, unit=unit)
    end = period.ends_at
    known = Q(changed_at__lt=end, reopened_times=0)
    told = _as_is(findings).aggregate(
        found=Count("pk"),
        sites=Count("site", distinct=True),
        known=Count("pk", filter=known),
        **_counts(period, now, among=known),
    )
    if told.pop("known") < told["found"]:
        changed = findings.filter(Q(changed_at=None) | Q(changed_at__gte=end) | Q(reopened_times__gt=0))
        for name, more in _as_of(changed, period).aggregate(**_counts(period, now)).items():
            told[name] += more
    return Rectified(**told)


def _counts(period: Period, now: datetime | None, *, among: Q | None = None) -> dict[str, Count]:
    is_closed, is_due = _is_closed(period), _is_due(period, now)
    asked = {
        "closed": is_closed,
        "due": is_due,
        "due_closed": is_due & is_closed,
        "in_time": is_closed & _is_in_time(),
        "reworked": Q(was_reworked=True),
        "reviewed": _is_reviewed(period),
        "reopened": Q(was_reopened=True),
        "ever_closed": _was_ever_closed(period),
        "open": _is_open(period),
        "long_term": _is_open(period) & _is_in(State.LONG_TERM),
        "late": _is_late(period, now),
    }
    return {name: Count("pk", filter=among & of if among else of) for name, of in asked.items()}


@dataclass(frozen=True)
class Recurrence:
    """What of the closed has come back within ninety days; a rate of nothing is None, unknown."""

    closed: int
    recurred: int

    @property
    def rate(self) -> Decimal | None:
        return share(self.recurred, self.closed)


def lately(*, on: date) -> Period:
    """The days of which what was closed on them may still be opened again, until that day: few enough for a page."""
    return Period(on - RECURS_FOR + timedelta(days=1), on)


def closed_in(campaign: Campaign, period: Period) -> QuerySet[Finding]:
    """销号: closed on one of the days of the period, whenever they were found and whatever came after."""
    return Finding.objects.of(campaign).closed_within(period)


def recurred(campaign: Campaign, period: Period) -> QuerySet[Finding]:
    """反弹: of those closed in the period, by its last day opened again, or followed by the like at the site."""
    return Finding.objects.of(campaign).recurred_within(period)


def recurrence(campaign: Campaign, period: Period) -> Recurrence:
    """How much of what was closed in the period has come back, each with the list it is counted from."""
    return Recurrence(closed_in(campaign, period).count(), recurred(campaign, period).count())


def judged(
    campaign: Campaign, period: Period, *, unit: Unit | None = None, of_round: Round | None = None
) -> QuerySet[Any]:
    """The found ones with what was so when the last day ended, for who needs every row: read by those below.

    With a round, all that was filed in it, on whatever day.
    """
    if of_round is None:
        return _as_of(found(campaign, period, unit=unit), period)
    return _as_of(Finding.objects.of(campaign).filter(round=of_round).counted_at(period.ends_at), period)


def was_closed(row: Any, period: Period) -> bool:
    if row.state_then is not None:
        return row.state_then in CLOSED
    return row.closed_at is not None and row.closed_at < period.ends_at


def was_due(row: Any, period: Period, *, now: datetime | None = None) -> bool:
    on_the_spot = (row.state_then or row.state) == State.CLOSED_ON_SPOT and was_closed(row, period)
    return on_the_spot or (row.due_then is not None and row.due_then <= _over_at(period, now))


def was_late(row: Any, period: Period, *, now: datetime | None = None) -> bool:
    """逾期未整改: due by the last day, and neither closed nor answered by then, nor put off by decision."""
    if was_closed(row, period) or was_long_term(row) or not was_due(row, period, now=now):
        return False
    return row.state_then != State.SUBMITTED if row.state_then else row.state != State.SUBMITTED


def was_long_term(row: Any) -> bool:
    return (row.state_then or row.state) == State.LONG_TERM


def was_reviewed(row: Any, period: Period) -> bool:
    """Sent back, or closed after a review; a ledger without moves is believed by its days."""
    if row.was_reworked or row.was_signed_off:
        return True
    return row.state_then is None and row.state != State.CLOSED_ON_SPOT and was_closed(row, period)


def was_in_time(row: Any) -> bool:
    return row.due_then is None or (row.answered_then is not None and row.answered_then <= row.due_then)


def _is_closed(period: Period) -> Q:
    """By the last move before the end, which an import dates by what the office wrote."""
    return Q(state_then__in=CLOSED) | Q(state_then=None, closed_at__lt=period.ends_at)


def _is_reviewed(period: Period) -> Q:
    """Sent back, or closed after a review; a ledger without moves is believed by its days."""
    by_its_days = Q(state_then=None, closed_at__lt=period.ends_at) & ~Q(state=State.CLOSED_ON_SPOT)
    return Q(was_reworked=True) | Q(was_signed_off=True) | by_its_days


def _is_in(state: str) -> Q:
    return Q(state_then=state) | Q(state_then=None, state=state)


def _was_ever_closed(period: Period) -> Q:
    return _is_closed(period) | Q(was_reopened=True)


def _is_open(period: Period, *, besides: tuple[str, ...] = ()) -> Q:
    """Not closed, nor in a state `besides`; written out, for what is not known (NULL) has no negation."""
    by_moves = Q(state_then__isnull=False) & ~Q(state_then__in=(*CLOSED, *besides))
    not_closed = Q(closed_at=None) | Q(closed_at__gte=period.ends_at)
    return by_moves | Q(state_then=None) & not_closed & ~Q(state__in=besides)


def _is_late(period: Period, now: datetime | None) -> Q:
    return _is_due(period, now) & _is_open(period, besides=(State.LONG_TERM, State.SUBMITTED))


def _over_at(period: Period, now: datetime | None) -> datetime:
    return period.ends_at if now is None else period.over_at(now=now)


def _is_due(period: Period, now: datetime | None) -> Q:
    on_the_spot = Q(state_then=State.CLOSED_ON_SPOT) | Q(state_then=None, state=State.CLOSED_ON_SPOT)
    # A day's deadline may be kept as the midnight that ends it.
    return Q(due_then__lte=_over_at(period, now)) | on_the_spot & _is_closed(period)


def _is_in_time() -> Q:
    return Q(due_then=None) | Q(answered_then__lte=F("due_then"))


def _as_is(findings: QuerySet[Finding]) -> QuerySet[Finding]:
    """The columns of `_as_of` for findings that have not changed since the day, nor ever been opened again."""
    return findings.annotate(
        state_then=F("state"),
        due_then=F("due_at"),
        answered_then=Coalesce("answered_at", "closed_at"),
        was_reworked=ExpressionWrapper(Q(rework_times__gt=0), BooleanField()),
        was_signed_off=ExpressionWrapper(Q(state=State.CLOSED), BooleanField()),
        was_reopened=Value(False),
    )


def _as_of(findings: QuerySet[Finding], period: Period) -> QuerySet[Finding]:
    """What was so when the last day ended, as columns: state, due time, answer, whether ever reworked or reopened."""
    end = period.ends_at
    happened = FindingEvent.objects.filter(finding=OuterRef("pk"))
    last_move = happened.filter(at__lt=end).exclude(target="").order_by("-at", "-pk")
    judged = Rectification.objects.filter(finding=OuterRef("pk"), reviewed_at__lt=end)
    passed = judged.filter(verdict=Rectification.Verdict.PASSED).order_by("-attempt")
    granted_later = Extension.objects.filter(finding=OuterRef("pk"), state=Extension.State.GRANTED, decided_at__gte=end)
    due_changed_later = Exists(happened.filter(at__gte=end, move__in=NEW_DUE)) | Exists(granted_later)
    # What has not changed since is as it was: only of the others is history asked, row by row.
    unchanged = Q(changed_at__lt=end)
    reworked_by_then = Exists(happened.filter(move="rework", at__lt=end)) | Exists(
        judged.filter(verdict=Rectification.Verdict.REWORK)
    )
    return findings.annotate(
        state_then=Case(When(unchanged, then=F("state")), default=Subquery(last_move.values("target")[:1])),
        # Of several due times only the first and the present one are kept.
        due_then=Case(
            When(unchanged, then=F("due_at")),
            When(due_changed_later, then=Coalesce("first_due_at", "due_at")),
            default=F("due_at"),
        ),
        answered_then=Case(
            When(unchanged, then=Coalesce("answered_at", "closed_at")),
            default=Coalesce(Subquery(passed.values("answered_at")[:1]), "answered_at", "closed_at"),
        ),
        was_reworked=Case(When(unchanged, then=Q(rework_times__gt=0)), default=reworked_by_then),
        was_signed_off=Case(
            When(unchanged & Q(state=State.CLOSED), then=Value(True)),
            When(unchanged & Q(reopened_times=0), then=Value(False)),
            default=Exists(happened.filter(target=State.CLOSED, at__lt=end)),
        ),
        was_reopened=Case(
            When(unchanged, then=Q(reopened_times__gt=0)), default=Exists(happened.filter(move="reopen", at__lt=end))
        ),
    )
