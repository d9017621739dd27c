"""What the queue and the timetable ask of inspections."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.queue import Lease, job, unless
from cityinit.workflow import Refused
from units.models import User

from . import checklist_loading
from .actions import bulk, checklist_tables, ledgers, rectification_notices, tallies, workbooks
from .actions.findings import doubts, escalation, long_term
from .importers import load_workbook
from .ledgers.loading import check, load, read_upload
from .ledgers.plan import Loaded
from .models import ChecklistTable, FindingBatch, Ledger, NoticeBatch, WorkbookLoad

# Long enough to be fetched after a holiday; the notices themselves stay.
PACK_AGE = timedelta(days=14)


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
def compare_photos(lease: Lease, *keys: int) -> None:
    """Look for new photos among those of their campaign; done twice, the second time finds nothing new."""
    found = doubts.compare(keys, hold=lease.hold)
    lease.progress(100, _("疑似旧照%(n)s处") % {"n": found})


@job
def escalate(lease: Lease) -> None:
    """Tell the next above of what is nearly due or overdue, and who put it off of what has waited as long as it may.

    Done twice, or by two at once, each is told once.
    """
    now = timezone.now()
    taken = escalation.escalate(at=now, hold=lease.hold)
    ended = long_term.tell_of_ended(at=now, hold=lease.hold)
    lease.progress(100, _("督促%(n)s次，挂账到期%(ended)s个") % {"n": taken, "ended": ended})


def issues_no_more(asked_by: int, pk: int) -> str | None:
    """Why this person may not take the notices out; a post may have ended since they asked."""
    person = User.objects.filter(pk=asked_by).first()
    if person is None or not person.has_perm(rectification_notices.PERMISSION, _batch(pk)):
        return _("提出这项作业的人已没有印发整改通知书的权限，没有打包。请由有权限的人重新打包。")
    return None


@job
@unless(issues_no_more)
def make_notice_pack(lease: Lease, pk: int) -> None:
    """Draw the notices of a batch and zip them; broken off, what is drawn stays, and the zip is begun anew."""
    rectification_notices.write(_batch(pk), lease=lease)


@job
def sweep_notice_packs(lease: Lease) -> None:
    """Asked every night: zips that were there to be fetched long enough."""
    swept = rectification_notices.sweep(older_than=timezone.now() - PACK_AGE)
    lease.progress(100, _("清理整改通知书压缩包%(n)s个") % {"n": swept})


@job
def check_tallies(lease: Lease) -> None:
    """Asked every night: whether the overview's numbers are those of a direct count; done twice, nothing is left."""
    wrong = tallies.check_tallies()
    tallies.fold_tallies()
    lease.progress(100, _("更正%(n)s处") % {"n": wrong} if wrong else _("与逐条统计一致"))


@job
def fold_tallies(lease: Lease) -> None:
    """Asked every hour of work: what was appended since is added up."""
    lease.progress(100, _("合并计数%(n)s行") % {"n": tallies.fold_tallies()})


def _batch(pk: int) -> NoticeBatch:
    return NoticeBatch.objects.select_related("campaign__host", "issued_by").get(pk=pk)


@job
def check_checklist_table(lease: Lease, pk: int) -> None:
    """Dry-run a table of checklists and keep what it found."""
    table = _checklist_table(pk)
    lease.progress(20, _("正在逐行检查"))
    found = checklist_loading.check(
        table.campaign, table.on_disk(), file_name=table.file.name, kind=table.kind_name, edition=table.edition
    )
    checklist_tables.record_check(table, found)


@job
def load_checklist_table(lease: Lease, pk: int) -> None:
    """Load a table of checklists whose dry run was sound; killed and begun again it is loaded once."""
    table = _checklist_table(pk)
    if table.is_loaded:
        return
    lease.progress(20, _("正在写入"))
    by = table.loaded_by
    # Rights are asked again: a post may have ended since.
    if by is None or not by.has_perm(checklist_tables.PERMISSION, table.campaign):
        raise Refused(_("您已没有维护检查表的权限，没有导入。"), table)

    def record(loaded: checklist_loading.Loaded) -> None:
        checklist_tables.record_load(table, loaded)
        lease.hold()

    checklist_loading.load(
        table.campaign,
        table.on_disk(),
        file_name=table.file.name,
        kind=table.kind_name,
        edition=table.edition,
        by=by,
        record_result=record,
    )


def _checklist_table(pk: int) -> ChecklistTable:
    return ChecklistTable.objects.select_related("file", "campaign__host__host", "loaded_by").get(pk=pk)


@job
def do_finding_batch(lease: Lease, pk: int) -> None:
    """Do to each chosen finding what somebody asked for; whether they still may is asked again some at a time."""
    bulk.carry_on(FindingBatch.objects.select_related("campaign__host").get(pk=pk), lease=lease)


@job
def read_ledger(lease: Lease, pk: int, revision: int) -> None:
    """Read where an uploaded 问题台账 has its header and columns."""
    ledger = _ledger(pk)
    lease.progress(20, _("正在读取台账"))
    ledgers.record_layout(ledger, read_upload(ledger, ledger.on_disk()), revision=revision)


@job
def check_ledger(lease: Lease, pk: int, revision: int) -> None:
    """Dry-run a 问题台账 with the columns a person matched."""
    ledger = _ledger(pk)
    lease.progress(20, _("正在逐行检查"))
    ledgers.record_check(ledger, check(ledger, ledger.on_disk()), revision=revision)


@job
def load_ledger(lease: Lease, pk: int, revision: int) -> None:
    """Load a 问题台账 whose dry run was sound; killed and begun again it is loaded once."""
    ledger = _ledger(pk)
    if ledger.is_loaded or ledger.revision != revision:
        return
    lease.progress(20, _("正在写入"))
    by = ledger.loaded_by
    # Rights are asked again: a post may have ended since.
    if by is None or not by.has_perm(ledgers.PERMISSION, ledger.campaign):
        raise Refused(_("您已没有导入问题台账的权限，没有导入。"), ledger)

    def record(loaded: Loaded) -> None:
        ledgers.record_load(ledger, loaded)
        lease.hold()

    load(ledger, ledger.on_disk(), by=by, lease=lease, record=record)


def _ledger(pk: int) -> Ledger:
    return Ledger.objects.select_related("campaign__host", "file", "loaded_by").get(pk=pk)
