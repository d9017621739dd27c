"""核对: hold a snapshot against the records of today, in a job, and keep which figures they would tell otherwise."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cityinit.models import Job
from cityinit.moment import at_one_moment
from cityinit.periods import day_of
from cityinit.queue import Lease, enqueue_anew
from cityinit.workflow import Refused

from .actions import template_of
from .comparing import changes
from .kinds import KINDS
from .models import Report, ReportCheck, Snapshot

CHECK = "reports.jobs.check_report"


def request_check(report: Report, *, by: Any) -> Job:
    """Have the latest snapshot held against the records; one job while one is under way.

    Refused to who may not write the report, and before anything was compiled.
    """
    if not by.has_perm("reports.write_report", report):
        raise Refused(_("您没有核对这份总结的权限。"), report)
    snapshot = report.snapshots.order_by("-version").defer("facts").first()
    if snapshot is None:
        raise Refused(_("总结还没有编写完成，没有可以核对的数据。"), report)
    with transaction.atomic():
        place = snapshot.checks.count() + 1
        return enqueue_anew(
            CHECK,
            report.pk,
            snapshot.version,
            place,
            by=by,
            label=_("核对数据：%(title)s") % {"title": report.title},
            url=f"{report.get_absolute_url()}#check",
            key=f"report:{report.pk}:v{snapshot.version}:check:{place}",
        )


def check(report: Report, *, version: int, place: int, lease: Lease) -> ReportCheck:
    """Collect the facts as of the snapshot's day from the records of today, and keep what differs; once per job."""
    key = f"report:{report.pk}:v{version}:check:{place}"
    if there := ReportCheck.objects.filter(job_key=key).first():
        return there
    snapshot = Snapshot.objects.get(report=report, version=version)
    lease.progress(10, _("正在按记录重新计算"))
    with at_one_moment():
        now = KINDS[report.kind].collect(report, template_of(report), day_of(snapshot.taken_at))
    found = [asdict(change) for change in changes(snapshot, now)]
    lease.progress(90, _("正在比对"))
    try:
        with transaction.atomic():
            lease.hold()
            return ReportCheck.objects.create(snapshot=snapshot, job_key=key, changes=found)
    except IntegrityError:
        return ReportCheck.objects.get(job_key=key)
