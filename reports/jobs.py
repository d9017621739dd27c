"""What the queue and the timetable ask of this app."""

from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.queue import job, unless
from cityinit.workflow import Refused
from units.models import User

from . import actions, calls, checks, contributions, schedule
from .appraisals import actions as appraisals
from .models import Appraisal, Call, Report


def writes_no_more(asked_by, pk, *version):
    """Why this person may not have the report written; a post may have ended since they asked."""
    person = User.objects.filter(pk=asked_by).first()
    if person is None or not person.has_perm("reports.write_report", _report(pk)):
        return _("提出这项作业的人已没有编写这份总结的权限，没有办理。请由有权限的人重新编写。")
    return None


@job
@unless(writes_no_more)
def compile_report(lease, pk, version):
    """Compile one version of a report: snapshot, sections, files."""
    actions.compile_report(_report(pk), version=version, lease=lease)


@job
@unless(writes_no_more)
def draw_report(lease, pk):
    """Draw the files of a report's present text."""
    report = _report(pk)
    lease.progress(20, _("正在生成Word、PDF和Excel文件"))
    actions.draw_files(report, hold=lease.hold)


@job
@unless(writes_no_more)
def check_report(lease, pk, version, place):
    """Hold one snapshot against the records of today."""
    checks.check(_report(pk), version=version, place=place, lease=lease)


def appraises_no_more(asked_by, pk, number):
    """Why this person may not have the appraisal worked out; a post may have ended since they asked."""
    person = User.objects.filter(pk=asked_by).first()
    if person is None or not person.has_perm("reports.appraise", _appraisal(pk)):
        return _("提出这项作业的人已没有考核的权限，没有办理。请由有权限的人重新计算。")
    return None


@job
@unless(appraises_no_more)
def work_out_appraisal(lease, pk, number):
    """Work out one version of an appraisal from the records, and freeze it."""
    appraisals.keep_result(_appraisal(pk), number=number, lease=lease)


@job
def compile_due_drafts(lease):
    """Asked every morning: the drafts of what has ended, each filed once."""
    filed = schedule.compile_due_drafts(on=timezone.localdate())
    lease.progress(100, _("已安排%(n)s份初稿") % {"n": len(filed)})


@job
def draft_call(lease, pk):
    """Write the drafts of a call, unit by unit; killed and begun again it goes on with those that have none."""
    call = Call.objects.select_related("campaign__host").filter(pk=pk).first()
    if call is None:
        raise Refused(_("这次征集已被删除。"))
    contributions.draft_missing(call, lease=lease)


@job
def freshen_drafts(lease):
    """Asked every night: drafts nobody has touched are written from the records as they are by now."""
    contributions.freshen(lease=lease)


@job
def remind_units(lease):
    """Asked every morning: whoever owes a summary is reminded, once for each moment."""
    reminded = calls.remind_due(on=timezone.localdate())
    lease.progress(100, _("已提醒%(n)s个单位") % {"n": reminded})


def _report(pk):
    report = Report.objects.select_related("campaign__host", "unit", "round", "template", "job").filter(pk=pk).first()
    if report is None:
        raise Refused(_("这份总结已被删除。"))
    return report


def _appraisal(pk):
    found = Appraisal.objects.select_related("campaign__host", "rule_set__campaign__host").filter(pk=pk).first()
    if found is None:
        raise Refused(_("这项考核已被删除。"))
    return found
