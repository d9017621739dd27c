"""What the queue and the timetable ask of this app."""

from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.queue import job
from cityinit.workflow import Refused

from .actions import calendar, tables
from .models import TaskTable
from .tables.loading import check, load, read_upload


@job
def check_calendar(lease):
    """Raise the alarm where the holidays of a year that deadlines reach into are unknown."""
    years = calendar.raise_calendar_alarm(on=timezone.localdate(), url=reverse("campaigns:calendar"))
    lease.progress(100, "、".join(str(year) for year in years))


@job
def read_table(lease, pk, revision):
    """Read where an uploaded 任务分解表 has its header and columns."""
    table = _table(pk)
    lease.progress(20, _("正在读取表格"))
    tables.record_layout(table, read_upload(table, _file(table)), revision=revision)


@job
def check_table(lease, pk, revision):
    """Dry-run a 任务分解表 with the columns a person matched."""
    table = _table(pk)
    lease.progress(20, _("正在逐行检查"))
    tables.record_check(table, check(table, _file(table)), revision=revision)


@job
def load_table(lease, pk, revision):
    """Load a 任务分解表 whose dry run was sound; killed and begun again it is loaded once."""
    table = _table(pk)
    if table.is_loaded or table.revision != revision:
        return
    lease.progress(20, _("正在写入"))
    by = table.loaded_by
    # Rights are asked again: a post may have ended since.
    if not by.has_perm(tables.PERMISSION, table.campaign):
        raise Refused(_("您已没有任务分解的权限，没有导入。"), table)

    def record(loaded):
        tables.record_load(table, loaded)
        lease.hold()

    load(table, _file(table), by=by, record=record)


def _table(pk):
    return TaskTable.objects.select_related("campaign__host", "file", "loaded_by").get(pk=pk)


def _file(table):
    path = Path(settings.MEDIA_ROOT, table.file.path)
    if not path.is_file():
        raise Refused(_("上传的文件在服务器上找不到了，请重新上传。"), table)
    return path
