"""An office's own 问题台账, as ugly as they come: a header of two lines, merged cells, several faults in a cell."""

from io import BytesIO
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook
from openpyxl.drawing.image import Image as Embedded
from PIL import Image

from cityinit.content import check_table
from cityinit.queue import run_job
from inspections.actions.ledgers import LEDGERS

from .tables import as_file

HEADER = (
    ["序号", "点位名称", "问题类型", "存在问题", "责任单位", "检查时间", "整改", None, None, None, "备注"],
    [None, None, None, None, None, None, "整改时限", "整改情况", "是否完成", "完成时间", None],
)
HEADER_MERGED = ("A3:A4", "B3:B4", "C3:C4", "D3:D4", "E3:E4", "F3:F4", "G3:J3", "K3:K4")
ROWS = [
    [
        *("1", "河湾农贸市场", "占道经营", "门前摊位外溢", "城管局"),
        *("2026.3.2", "3月6日前", "已劝离", "√", "3月5日", None),
    ],
    [
        *("2", None, "占道经营", "1.地面湿滑2.垃圾桶满溢", "市城管局", "2026年3月2日"),
        *("2026/3/9", "正在清理", "整改中", None, "督查组甲"),
    ],
    [
        *("3", "河湾路中段", "占道经营", "公益广告破损", "公安局、城管局", "3月4日"),
        *("2026-03-20", None, "未整改", None, None),
    ],
]
# The place of the first two rows is one cell.
MERGED = ("B5:B6",)


def ledger(*, rows=ROWS, merged=MERGED, title="2026年清水市创建问题台账", pictures=(), notes=True):
    """The ledger as an open .xlsx; `pictures` are (cell, colour or picture)."""
    made = Workbook()
    page = made.active
    page.title = "问题台账"
    page.append([title])
    page.merge_cells("A1:K1")
    page.append(["填报单位：创建办"])
    for line in (*HEADER, *rows):
        page.append(line)
    if notes:
        page.append(["合计", None, None, f"{len(rows)}处"])
    for one in (*HEADER_MERGED, *merged):
        page.merge_cells(one)
    for cell, shown in pictures:
        stream = BytesIO()
        picture = Image.new("RGB", (320, 240), shown) if isinstance(shown, str) else shown
        picture.save(stream, "JPEG")
        page.add_image(Embedded(stream), cell)
    return as_file(made)


def received(campaign, city, file, *, name="问题台账.xlsx"):
    """An upload that was read."""
    upload = check_table(SimpleUploadedFile(name, file.read()))
    made = LEDGERS.receive(campaign, upload, client_key=uuid4(), by=city.coordinator)
    run_job(made.job_id)
    made.refresh_from_db()
    return made


def checked(campaign, city, file, *, mapping=None, name="问题台账.xlsx", **options):
    """One whose columns were matched as they were guessed, and whose rows were checked."""
    made = received(campaign, city, file, name=name)
    proposed = {place: name for place, (name, _sure) in made.layout["guess"].items()}
    LEDGERS.match_columns(made, mapping=proposed | (mapping or {}), options=options, by=city.coordinator)
    run_job(made.job_id)
    made.refresh_from_db()
    return made


def loaded(campaign, city, file, **options):
    """One that was loaded; it must be sound."""
    made = checked(campaign, city, file, **options)
    LEDGERS.start_load(made, by=city.coordinator)
    run_job(made.job_id)
    made.refresh_from_db()
    return made
