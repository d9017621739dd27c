"""The office has put in writing what two units are to put right."""

from datetime import timedelta

from django.utils import timezone

from campaigns.models import Campaign
from cityinit.queue import run_job
from inspections.actions.rectification_notices import issue_notices
from inspections.models import Finding
from units.models import Unit, User

from .units import OFFICE

UNITS = 2


def issue(campaign: Campaign) -> None:
    """Notices to the two units that have most to act on."""
    led = Finding.objects.of(campaign).with_unit_now().order_by("pk")
    counts: dict[int, int] = {}
    for unit in led.values_list("lead_unit", flat=True):
        counts[unit] = counts.get(unit, 0) + 1
    most = sorted(counts, key=lambda unit: (-counts[unit], unit))[:UNITS]
    batch = issue_notices(
        campaign,
        led,
        by=User.objects.get(username="office"),
        units=Unit.objects.filter(pk__in=most),
        requirement="对照附件逐项制定整改措施，明确责任人，立即整改，举一反三，防止反弹。",
        answer_by=timezone.localdate() + timedelta(days=7),
        signature=OFFICE,
        query="state=with_unit",
    )
    run_job(batch.job_id)
