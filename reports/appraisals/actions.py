"""What people do with an appraisal: have it worked out, publish it, object to a line, answer the objection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cityinit import audit
from cityinit.models import Job
from cityinit.periods import Period, day_in_words
from cityinit.queue import Lease, enqueue_anew
from cityinit.sent import sent_before
from cityinit.workflow import Refused
from reports.facts import fingerprint
from reports.models import Appraisal, AppraisalResult, AppraisalSheet, Objection, RuleSet
from reports.workflow import OBJECTION, RESULT
from units.models import Unit, User
from units.notices import liaisons_of, office_of, tell
from units.roles import require

from .rule_sets import PERMISSION
from .working import WHOLE_LINE, Worked, rules_of, told_rules, work_out

WORK_OUT = "reports.jobs.work_out_appraisal"
OBJECT = "reports.object_to_appraisal"
DAY = timedelta(days=1)
# Nobody is asked to answer an appraisal of years ago.
LONGEST_FOR_OBJECTIONS = timedelta(days=60)


def begin_appraisal(
    rule_set: RuleSet, period: Period, *, by: User, title: str = "", exempt: Iterable[Unit] = ()
) -> Appraisal:
    """An appraisal of this period by these rules, worked out by a job; the one there is, for a double click.

    Refused by rules that are not in use, outside the campaign's days, and before a day of the period is over.
    """
    campaign = rule_set.campaign
    require(by, PERMISSION, campaign)
    if rule_set.state != RuleSet.State.IN_USE:
        raise Refused(_("“%(rules)s”没有在使用，请先启用。") % {"rules": rule_set}, rule_set)
    if period.last < campaign.starts_on or period.first > campaign.ends_on:
        raise Refused(_("这个时段不在创建活动的起止时间之内，请换一个时段。"))
    _refuse_unbegun(period)
    with transaction.atomic():
        Campaign.objects.hold(campaign.pk)
        days = {"first_day": period.first, "last_day": period.last}
        found, made = Appraisal.objects.get_or_create(
            rule_set=rule_set,
            **days,
            defaults={
                "campaign": campaign,
                "title": title or _("%(period)s考核") % {"period": period.label},
                "requested_by": by,
            },
        )
        if made:
            found.exempt.set(exempt)
        request_working_out(found, by=by)
    return found


def request_working_out(appraisal: Appraisal, *, by: User) -> Job:
    """Have it worked out from the records; gives the job, the same while one is open."""
    require(by, PERMISSION, appraisal.campaign)
    _refuse_unbegun(appraisal.period)
    running = appraisal.job
    if running is not None and running.is_open:
        return running
    number = (appraisal.results.aggregate(last=Max("number"))["last"] or 0) + 1
    filed = enqueue_anew(
        WORK_OUT,
        appraisal.pk,
        number,
        by=by,
        label=_("计算%(appraisal)s") % {"appraisal": appraisal},
        url=appraisal.get_absolute_url(),
        key=f"appraisal:{appraisal.pk}:v{number}",
    )
    Appraisal.objects.filter(pk=appraisal.pk).update(job=filed)
    appraisal.job = filed
    return filed


def _refuse_unbegun(period: Period) -> None:
    if period.first >= timezone.localdate():
        raise Refused(_("这个时段还没有过完一天，没有可以考核的记录。"))


def keep_result(appraisal: Appraisal, *, number: int, lease: Lease) -> AppraisalResult:
    """Work it out as of the last day that is over, and freeze it; done again after a break, it is there once.

    Objections that were upheld strike what they were about. An earlier one that was not published is put aside.
    """
    if there := appraisal.results.filter(number=number).first():
        return there
    period = appraisal.period.until(timezone.localdate() - DAY)
    rules = rules_of(appraisal.rule_set)
    upheld = list(Objection.objects.upheld().filter(sheet__result__appraisal=appraisal).select_related("sheet"))
    exempt = set(appraisal.exempt.values_list("pk", flat=True))
    lease.progress(10, _("正在汇集记录"))
    sheets = work_out(appraisal.rule_set, rules, period, struck=_struck(upheld), exempt=exempt)
    lease.progress(80, _("正在保存"))
    told = told_rules(rules)
    kept = [_sheet(worked, place) for place, worked in enumerate(sheets)]
    try:
        with transaction.atomic():
            lease.hold()
            Campaign.objects.hold(appraisal.campaign_id)
            for earlier in appraisal.results.filter(state=AppraisalResult.State.WORKED_OUT):
                RESULT.make(earlier, "replace", by=None)
            result = AppraisalResult.objects.create(
                appraisal=appraisal,
                number=number,
                as_of=period.last,
                rules=told,
                upheld=len(upheld),
                hash=fingerprint({"rules": told, "sheets": [_plain(sheet) for sheet in kept]}),
            )
            for sheet in kept:
                sheet.result = result
            AppraisalSheet.objects.bulk_create(kept, batch_size=200)
    except IntegrityError:
        return appraisal.results.get(number=number)
    return result


def _struck(upheld: Sequence[Objection]) -> dict[tuple[int, int], dict[str, str]]:
    struck: dict[tuple[int, int], dict[str, str]] = defaultdict(dict)
    for objection in upheld:
        for key in objection.keys or [WHOLE_LINE]:
            struck[objection.sheet.unit_id, objection.rule_id][key] = objection.answer
    return struck


def _sheet(worked: Worked, place: int) -> AppraisalSheet:
    return AppraisalSheet(
        unit_id=worked.unit.pk,
        position=place,
        name=worked.unit.name,
        group=worked.unit.group,
        base=worked.base,
        deducted=worked.deducted,
        rewarded=worked.rewarded,
        total=worked.total,
        items=worked.items,
        place=worked.place,
        ranked=worked.ranked,
        unranked=worked.unranked,
        lines=worked.lines,
    )


def _plain(sheet: AppraisalSheet) -> list[Any]:
    numbers = [f"{number:.2f}" for number in (sheet.base, sheet.deducted, sheet.rewarded, sheet.total)]
    return [sheet.unit_id, sheet.name, sheet.group, *numbers, sheet.place, sheet.unranked, sheet.lines]


def is_untouched(result: AppraisalResult) -> bool:
    """Whether rules and sheets are those that were worked out, by their hash."""
    return result.hash == fingerprint(
        {"rules": result.rules, "sheets": [_plain(sheet) for sheet in result.sheets.all()]}
    )


# Publishing -------------------------------------------------------------------------------------------


@transaction.atomic
def publish(result: AppraisalResult, *, by: User, objections_until: date, note: str = "", seen_state: str = "") -> None:
    """Show each unit its sheet, to object until that day; what was published before is replaced.

    Refused before the period is over, of an earlier working out, and with a last day for objections that is past or
    far off.
    """
    today = timezone.localdate()
    if not today <= objections_until <= today + LONGEST_FOR_OBJECTIONS:
        raise Refused(
            _("申诉截止日期应在今天到%(last)s之间。") % {"last": day_in_words(today + LONGEST_FOR_OBJECTIONS)}, result
        )
    appraisal = result.appraisal
    # One at a time: of two who publish at once the second finds what the first made of it.
    Campaign.objects.hold(appraisal.campaign_id)
    RESULT.ask(result, "publish", by=by, seen_state=seen_state)
    for before in appraisal.results.filter(state=AppraisalResult.State.PUBLISHED):
        RESULT.make(before, "replace", by=None)
    RESULT.make(
        result,
        "publish",
        by=by,
        seen_state=seen_state,
        published_at=timezone.now(),
        published_by=by,
        objections_until=objections_until,
        note=note,
    )
    audit.record(_("公布考核结果"), by=by, subject=result, detail={"sha256": result.hash, "version": result.number})
    units = list(Unit.objects.filter(pk__in=result.sheets.values("unit")))
    text = _("%(appraisal)s的结果已公布，有异议请在%(day)s前申诉。")
    said = text % {"appraisal": appraisal, "day": day_in_words(objections_until)}
    tell(liaisons_of(*units), said, url=appraisal.get_absolute_url())


# Objections -------------------------------------------------------------------------------------------


def object_to(
    sheet: AppraisalSheet,
    rule: int,
    *,
    by: User,
    text: str,
    keys: Collection[str] = (),
    client_key: UUID | None = None,
) -> Objection:
    """A unit objects to a line of its sheet, or to those of its records that `keys` name; the office is told.

    Refused to who does not speak for the unit, after the day, of a line that is not there, without a reason, and while
    an earlier objection to the line waits. Sent twice it is one.
    """
    require(by, OBJECT, sheet)
    own = Objection.objects.filter(sheet=sheet, by=by)
    if there := sent_before(own, client_key):
        return there
    line = sheet.by_rule.get(rule)
    if line is None:
        raise Refused(_("明细里没有这一项。"), sheet)
    wanted = [row["key"] for row in line["occurrences"] if row["key"] in set(keys) and not row["struck"]]
    if len(wanted) != len(set(keys)) or (keys and line["is_share"]):
        raise Refused(_("勾选的记录不在这一项里，请重新勾选。"), sheet)
    if not text.strip():
        raise Refused(_("请写明申诉理由。"), sheet)
    try:
        with transaction.atomic():
            # Who publishes a new version at this moment holds the campaign: either sees the other.
            Campaign.objects.hold(sheet.result.appraisal.campaign_id)
            result = AppraisalResult.objects.get(pk=sheet.result_id)
            if not result.takes_objections(on=timezone.localdate()):
                raise Refused(_("申诉期已过，或结果已有新版，不能再申诉。"), sheet)
            if sheet.objections.open().filter(rule=rule).exists():
                raise Refused(_("这一项已有申诉在等答复。"), sheet)
            made = Objection.objects.create(
                sheet=sheet, rule_id=rule, keys=wanted, text=text.strip(), by=by, client_key=client_key
            )
            said = _("%(unit)s对%(appraisal)s的“%(rule)s”提出申诉。")
            told = {"unit": sheet.name, "appraisal": result.appraisal, "rule": line["label"]}
            tell(office_of(sheet.result.appraisal.campaign.host), said % told, url=made.get_absolute_url())
            return made
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if there := sent_before(own, client_key):
            return there
        raise


@transaction.atomic
def answer(objection: Objection, move: str, *, by: User, answer: str, seen_state: str = "") -> None:
    """Uphold or dismiss an objection, with words, and tell who raised it.

    What was upheld is struck when the appraisal is worked out anew; the published sheet stays as it is.
    """
    if not answer.strip():
        raise Refused(_("请写明答复。"), objection)
    OBJECTION.make(
        objection,
        move,
        by=by,
        seen_state=seen_state,
        answer=answer.strip(),
        answered_by=by,
        answered_at=timezone.now(),
    )
    sheet = objection.sheet
    told = {"appraisal": sheet.result.appraisal, "state": objection.get_state_display(), "answer": answer.strip()[:60]}
    said = _("您对%(appraisal)s的申诉%(state)s：%(answer)s") % told
    tell([objection.by], said, url=objection.get_absolute_url())


def waiting_to_be_worked_in(appraisal: Appraisal, result: AppraisalResult | None) -> int:
    """How many objections have been upheld that this result does not hold yet."""
    upheld = Objection.objects.upheld().filter(sheet__result__appraisal=appraisal).count()
    return upheld - (result.upheld if result else 0)
