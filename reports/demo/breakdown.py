"""How the office broke its tasks down: tables brought in, one of them still to be matched, a template, a split task."""

from datetime import datetime
from io import BytesIO
from uuid import NAMESPACE_URL, uuid5

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from campaigns.actions import batches, breakdown, splitting, tables, templates
from campaigns.models import Batch, Campaign, TableLine, Task, TaskTable
from cityinit.content import check_table
from cityinit.queue import run_job
from units.models import User

HEADER = ("序号", "工作任务", "具体要求", "牵头单位", "配合单位", "完成时限", "目标任务", "备注")
WIDTH = len(HEADER)
LOADED = (
    "窗口服务提升任务分解表",
    ("一、服务环境",),
    (
        "S1",
        "窗口标识统一更新",
        "按统一样式制作\n年底前全部更换",
        "市政务服务中心",
        "市公安局、市民政局",
        "年底前",
        "36个",
        "首批已排版",
    ),
    ("二、服务质量",),
    (
        "S2",
        "推行首问负责和一次告知",
        "每月抽查一次",
        "市政务服务中心",
        "市公安局、市交通运输局等",
        "长期坚持",
        "",
        "抽查结果报创建办",
    ),
    ("S2.1", "公布一次告知清单", "", "市政务服务中心", "", "11月底前", "１２份", ""),
)
WAITING = (
    "社区微改造任务清单",
    ("1", "楼道堆物清理", "逐栋登记", "各街道办", "市消防救援大队", "三季度", "120处", ""),
    ("2", "增设晾晒设施", "", "朝阳街道办", "", "10月中旬", "40处", "居民代表会议已同意"),
)
TEMPLATE = "启动创建工作"


def tell_all(campaign: Campaign, *, now: datetime) -> None:
    """Done by the office this morning, each step as the page and the worker do it."""
    office = User.objects.get(username="office")
    table = _brought_in(campaign, LOADED, by=office, now=now)
    proposed = {place: guess[0] for place, guess in table.layout["guess"].items()}
    tables.match_columns(table, mapping=proposed, options={"year": now.year}, by=office)
    run_job(table.job_id)
    table.refresh_from_db()
    tables.start_load(table, by=office)
    run_job(table.job_id)
    _brought_in(campaign, WAITING, by=office, now=now)
    _save_template(campaign, by=office)
    _split(campaign, by=office)
    _issue(campaign, table, by=office)


def _brought_in(campaign: Campaign, lines: tuple, *, by: User, now: datetime) -> TaskTable:
    title = lines[0]
    upload = SimpleUploadedFile(f"{title}.xlsx", _file(lines, now=now))
    key = uuid5(NAMESPACE_URL, f"{campaign} {title}")
    table = tables.receive_table(campaign, check_table(upload), client_key=key, by=by)
    run_job(table.job_id)
    table.refresh_from_db()
    return table


def _file(lines: tuple, *, now: datetime) -> bytes:
    title, *rows = lines
    book = Workbook()
    book.properties.created = book.properties.modified = now.replace(tzinfo=None)
    page = book.active
    page.title = "任务分解"
    page.append([title])
    page.append(["填报单位：创建办"])
    page.append(HEADER)
    for row in rows:
        page.append(row)
    for number in (1, *(place for place, row in enumerate(rows, start=4) if len(row) == 1)):
        page.merge_cells(start_row=number, end_row=number, start_column=1, end_column=WIDTH)
    page.append(["注：完成时限以文件为准。"])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _save_template(campaign: Campaign, *, by: User) -> None:
    tasks = Task.objects.of(campaign).leaves().exclude(indicator=None).order_by("position", "pk")[:3]
    whole = tasks.select_related("lead_unit").prefetch_related("assignments__unit")
    templates.save_template(campaign, whole, name=TEMPLATE, by=by)


def _split(campaign: Campaign, *, by: User) -> None:
    """The last draft of several units, by its first helper: what the two halves of a town became."""
    drafts = (
        Task.objects.of(campaign)
        .filter(state=Task.State.DRAFT, code="S1")
        .select_related("campaign__host", "lead_unit", "parent", "indicator")
    )
    task = drafts.prefetch_related("assignments__unit", "workstreams").get()
    helper, *others = [part.unit for part in task.assignments.all() if not part.is_lead]
    first = breakdown.TaskLine(task.name, task.lead_unit, others, target=task.target - 10, measure=task.measure)
    part = breakdown.TaskLine(
        f"{task.name}（{helper}）", helper, target=task.target - first.target, measure=task.measure
    )
    splitting.split_task(task, first, [part], by=by)


def _issue(campaign: Campaign, table: TaskTable, *, by: User) -> None:
    """All that the table brought in, at once; units are told, each of its own."""
    found = Task.objects.of(campaign).filter(pk__in=TableLine.objects.filter(table=table).values("task"))
    keys = list(found.order_by("position", "pk").values_list("pk", flat=True))
    back_url = reverse("campaigns:tasks", query={"table": table.pk})
    run_job(batches.begin(campaign, keys, act=Batch.Act.ISSUE, by=by, back_url=back_url).job_id)
