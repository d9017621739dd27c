"""Rule sets and appraisals of 2025, brought to a state by real moves."""

from datetime import date

from django.utils import timezone

from campaigns.models import Reward
from cityinit.periods import Period
from cityinit.queue import run_job
from reports.appraisals import actions, rule_sets
from reports.models import AppraisalResult, AppraisalSheet

FIRST_HALF = Period(date(2025, 1, 1), date(2025, 6, 30))
# Whoever is told to take so many points off has lost them by this rule.
BY_HAND = {"kind": "deduction", "points": 1}


def rules(campaign, city, *rules, adopt=True, name="单位考核", **values):
    """A rule set with these rules, in use unless told."""
    # Whoever had nothing to do is placed, too: few of a test's units have findings.
    made = rule_sets.add_rule_set(campaign, by=city.coordinator, name=name, **{"least": 0} | values)
    for rule in rules or [BY_HAND]:
        rule_sets.add_rule(made, by=city.coordinator, **rule)
    if adopt:
        rule_sets.adopt(made, by=city.coordinator)
    return made


def points_off(campaign, unit, points=2, day=date(2025, 3, 5)):
    return Reward.objects.create(
        campaign=campaign, unit=unit, kind="deduction", points=points, reason="检查扣分", given_on=day
    )


def worked_out(campaign, city, *, of=None, period=FIRST_HALF, **values):
    """An appraisal of the period with its first result, which waits to be published."""
    of = of or rules(campaign, city)
    made = actions.begin_appraisal(of, period, by=city.coordinator, **values)
    run_job(made.job_id)
    made.refresh_from_db()
    return made


def result(appraisal, number=None):
    rows = AppraisalResult.objects.select_related("appraisal__campaign__host").filter(appraisal=appraisal)
    return rows.get(number=number) if number else rows.order_by("number").last()


def anew(appraisal, city):
    appraisal.refresh_from_db()
    run_job(actions.request_working_out(appraisal, by=city.coordinator).pk)
    return result(appraisal)


def published(campaign, city, *, until=None, **values):
    made = worked_out(campaign, city, **values)
    actions.publish(result(made), by=city.coordinator, objections_until=until or timezone.localdate())
    return made


def sheet(appraisal, unit, number=None):
    rows = AppraisalSheet.objects.select_related("result__appraisal__campaign__host", "unit")
    return rows.get(result=result(appraisal, number), unit=unit)


def objection(appraisal, city, *, keys=(), text="当天已经整改", by=None, unit=None, **values):
    of = sheet(appraisal, unit or city.bureau)
    return actions.object_to(of, of.lines[0]["rule"], by=by or city.liaison, text=text, keys=keys, **values)
