"""What the queue and the timetable ask of this app."""

from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.queue import job
from cityinit.workflow import Refused

from . import actions
from .models import Report


@job
def compile_report(lease, pk, version):
    """Compile one version of a report: snapshot, sections, files."""
    actions.compile_report(_report(pk), version=version, lease=lease)


@job
def draw_report(lease, pk):
    """Draw the files of a report's present text."""
    report = _report(pk)
    lease.progress(20, _("正在生成Word和Excel文件"))
    actions.draw_files(report, hold=lease.hold)


@job
def compile_due_drafts(lease):
    """Asked every morning: the drafts of the half-year that has ended, each filed once."""
    filed = actions.compile_due_drafts(on=timezone.localdate())
    lease.progress(100, _("已安排%(n)s份初稿") % {"n": len(filed)})


def _report(pk):
    report = Report.objects.select_related("campaign__host", "unit", "job").filter(pk=pk).first()
    if report is None:
        raise Refused(_("这份总结已被删除。"))
    return report
