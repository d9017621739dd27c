"""What the queue and the timetable ask of this app."""

from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.addresses import address
from cityinit.queue import job, unless
from cityinit.workflow import Refused
from units.models import User

from . import system_loading
from .actions import (
    batches,
    calendar,
    material_packs,
    recurring,
    supervision,
    system_tables,
    systems,
    tables,
)
from .models import AssessmentSystem, Batch, MaterialPack, Supervision, SystemTable, TaskTable
from .tables.loading import check, load, read_upload

# Long enough to be fetched after a holiday; the materials themselves stay.
PACK_AGE = timedelta(days=14)


@job
def check_calendar(lease):
    """Raise the alarm where the holidays of a year that deadlines reach into are unknown."""
    years = calendar.raise_calendar_alarm(on=timezone.localdate(), url=address("campaigns:calendar"))
    lease.progress(100, "、".join(str(year) for year in years))


@job
def read_table(lease, pk, revision):
    """Read where an uploaded 任务分解表 has its header and columns."""
    table = _table(pk)
    lease.progress(20, _("正在读取表格"))
    tables.record_layout(table, read_upload(table, table.on_disk()), revision=revision)


@job
def check_table(lease, pk, revision):
    """Dry-run a 任务分解表 with the columns a person matched."""
    table = _table(pk)
    lease.progress(20, _("正在逐行检查"))
    tables.record_check(table, check(table, table.on_disk()), revision=revision)


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

    load(table, table.on_disk(), by=by, record=record)


@job
def check_system_table(lease, pk):
    """Dry-run a table of standards and keep what it found."""
    table = _system_table(pk)
    lease.progress(20, _("正在逐行检查"))
    found = system_loading.check(
        table.campaign, table.on_disk(), file_name=table.file.name, name=table.name, edition=table.edition
    )
    system_tables.record_check(table, found)


@job
def load_system_table(lease, pk):
    """Load a table of standards whose dry run was sound; killed and begun again it is loaded once."""
    table = _system_table(pk)
    if table.is_loaded:
        return
    lease.progress(20, _("正在写入"))
    by = table.loaded_by
    # Rights are asked again: a post may have ended since.
    if not by.has_perm(system_tables.PERMISSION, table.campaign):
        raise Refused(_("您已没有维护测评体系的权限，没有导入。"), table)

    def record(loaded):
        system_tables.record_load(table, loaded)
        lease.hold()

    system_loading.load(
        table.campaign,
        table.on_disk(),
        file_name=table.file.name,
        name=table.name,
        edition=table.edition,
        by=by,
        record_result=record,
    )


def adopts_no_more(asked_by, pk, *day_and_person):
    """Why this person may not bring the draft in force; a post may have ended since they asked."""
    person = User.objects.filter(pk=asked_by).first()
    if person is None or not person.has_perm(system_tables.PERMISSION, _system(pk)):
        return _("提出这项作业的人已没有维护测评体系的权限，没有启用。请由有权限的人重新启用。")
    return None


@job
@unless(adopts_no_more)
def adopt_system(lease, pk, day, by):
    """Bring a draft in force as somebody asked; killed and begun again it is adopted once."""
    system = _system(pk)
    if not system.is_draft:
        return
    lease.progress(20, _("正在对照前后两版，沿用材料"))
    systems.adopt(system, by=User.objects.get(pk=by), adopted_on=date.fromisoformat(day), lease=lease)


def _system(pk):
    found = AssessmentSystem.objects.select_related("campaign__host__host", "previous", "job").filter(pk=pk).first()
    if found is None:
        raise Refused(_("这个修订稿已被放弃，没有启用。"))
    return found


def _system_table(pk):
    return SystemTable.objects.select_related("campaign__host", "file", "loaded_by").get(pk=pk)


def _table(pk):
    return TaskTable.objects.select_related("campaign__host", "file", "loaded_by").get(pk=pk)


def takes_no_more(asked_by, pk):
    """Why this person may not take the materials out; a post may have ended since they asked."""
    person = User.objects.filter(pk=asked_by).first()
    if person is None or not person.has_perm("campaigns.export_materials", _pack(pk)):
        return _("提出这项作业的人已没有打包这些材料的权限，没有办理。请由有权限的人重新打包。")
    return None


@job
@unless(takes_no_more)
def make_material_pack(lease, pk):
    """Write the zip that somebody asked for; broken off, it begins anew, and once it is there it is left alone."""
    material_packs.write(_pack(pk), lease=lease)


@job
def sweep_material_packs(lease):
    """Asked every night: packs that were there to be fetched long enough."""
    now = timezone.now()
    packs = material_packs.sweep(older_than=now - PACK_AGE)
    lease.progress(100, _("清理材料包%(packs)s个") % {"packs": packs})


def _pack(pk):
    pack = MaterialPack.objects.select_related("system__campaign__host", "indicator", "unit", "requested_by")
    found = pack.filter(pk=pk).first()
    if found is None:
        raise Refused(_("这个材料包已被清理。请重新打包。"))
    return found


@job
def do_batch(lease, pk):
    """Do to each chosen task what somebody asked for; whether they still may is asked again some tasks at a time."""
    batches.carry_on(Batch.objects.select_related("campaign__host").get(pk=pk), lease=lease)


@job
def tell_missed_duty(lease):
    """Tell units once a week what they missed of their recurring duty."""
    told = recurring.tell_missed(on=timezone.localdate())
    lease.progress(100, _("已提醒%(n)s个单位") % {"n": told})


@job
def draw_letters(lease, pks):
    """Draw the letters of these supervisions; one that was downloaded meanwhile has been drawn already."""
    waiting = Supervision.objects.filter(pk__in=pks, letter=None).for_list()
    for place, row in enumerate(waiting, start=1):
        supervision.draw_letter(row)
        lease.progress(100 * place // len(waiting), row.number)
