"""What the queue and the timetable ask of inspections."""

from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.queue import Lease, job
from cityinit.workflow import Refused

from .actions import workbooks
from .actions.findings import escalation
from .importers import load_workbook
from .models import WorkbookLoad


@job
def check_workbook(lease: Lease, pk: int) -> None:
    """Dry-run an uploaded workbook and keep what it found."""
    load = WorkbookLoad.objects.select_related("file", "uploaded_by").get(pk=pk)
    lease.progress(20, _("正在逐行检查"))
    if not load.uploaded_by.has_perm("campaigns.load_workbook"):
        raise Refused(_("上传人已没有导入工作簿的权限。"), load)
    loaded = load_workbook(load.on_disk(), by=load.uploaded_by, dry_run=True)
    workbooks.record_check(load, loaded)


@job
def load_checked_workbook(lease: Lease, pk: int) -> None:
    """Load a workbook whose dry run was sound; done twice, the second time changes nothing."""
    load = WorkbookLoad.objects.select_related("file", "uploaded_by").get(pk=pk)
    lease.progress(20, _("正在写入"))
    # Rights are asked again: a post may have ended since the upload.
    if not load.uploaded_by.has_perm("campaigns.load_workbook"):
        raise Refused(_("上传人已没有导入工作簿的权限。"), load)
    loaded = load_workbook(load.on_disk(), by=load.uploaded_by, hold=lease.hold)
    workbooks.record_load(load, loaded)


@job
def escalate(lease: Lease) -> None:
    """Tell the next above of what is nearly due or overdue; done twice, or by two at once, each step is taken once."""
    taken = escalation.escalate(at=timezone.now(), hold=lease.hold)
    lease.progress(100, _("督促%(n)s次") % {"n": taken})
