"""The appraisal of the last month that is over: published, with an objection that waits and one that was upheld."""

from datetime import datetime

from django.utils import timezone

from campaigns.clock import Calendar
from campaigns.models import Campaign
from cityinit.periods import Period
from cityinit.queue import run_job
from reports.appraisals import actions, rule_sets
from reports.models import AppraisalSheet
from units.models import User
from units.notices import liaisons_of

NAME = "责任单位月度考核"
WORDS = {"overdue": "整改不及时的", "criticism": "因工作不力受到市级通报批评的"}
REASONS = ("当天已整改到位，现场照片上传时网络中断，次日才补传成功。", "该处属新开工路段，施工围挡由建设单位负责。")
ANSWER = "经核实，现场照片的拍摄时间在期限以内，予以更正。"


def tell(campaign: Campaign, *, now: datetime) -> None:
    office = User.objects.get(username="office")
    today = timezone.localdate(now)
    rules = rule_sets.add_rule_set(campaign, by=office, name=NAME, preset="usual", note="每月5日前公布上月结果。")
    for rule in rules.rules.filter(kind__in=WORDS):
        rule_sets.change_rule(rule, by=office, words=WORDS[rule.kind])
    rule_sets.adopt(rules, by=office)
    month = Period.month(today.year, today.month).previous
    if month.last < campaign.starts_on:
        return
    appraisal = actions.begin_appraisal(rules, month, by=office)
    run_job(appraisal.job_id)
    until = Calendar().add_workdays(today, count=5)
    actions.publish(appraisal.results.get(), by=office, objections_until=until, note="如有异议，请附说明。")
    _object(appraisal, office=office)


def _object(appraisal, *, office: User) -> None:
    """Two units that lost points; what the first says turns out to be so."""
    sheets = AppraisalSheet.objects.filter(result__appraisal=appraisal).select_related(
        "result__appraisal__campaign__host", "unit"
    )
    lost = [sheet for sheet in sheets.order_by("total", "position") if _taken(sheet)]
    made = []
    for sheet, reason in zip(lost[:2], REASONS, strict=False):
        liaison = liaisons_of(sheet.unit).order_by("pk").first()
        if liaison is None:
            continue
        line = _taken(sheet)[0]
        keys = [line["occurrences"][0]["key"]]
        made.append(actions.object_to(sheet, line["rule"], by=liaison, text=reason, keys=keys))
    if len(made) == len(REASONS):
        actions.answer(made[0], "uphold", by=office, answer=ANSWER)


def _taken(sheet: AppraisalSheet) -> list[dict]:
    """The lines of single records by which it lost points."""
    return [line for line in sheet.lines if line["deducts"] and not line["is_share"] and line["n"]]
