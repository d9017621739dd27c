"""The office's own ledger of last month, brought in as it was kept: merged places, several problems in a cell."""

from datetime import timedelta
from io import BytesIO
from itertools import cycle, islice
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.drawing.image import Image

from campaigns.models import Campaign
from cityinit.content import check_table
from cityinit.queue import run_job
from inspections.actions.ledgers import LEDGERS
from inspections.ledgers.splitting import split
from units.models import User

from .findings import CALENDAR
from .photos import SCENES, picture

HEADER = (
    ["序号", "点位名称", "问题类别", "存在问题", "责任单位", "检查时间", "整改", None, None, "备注"],
    [None, None, None, None, None, None, "整改时限", "整改情况", "完成时间", None],
)
# Place, category, problems, unit, what was done, after how many days.
ROWS = (
    ("望湖花园", "乱堆乱放", "1.3号楼前堆放装修垃圾 2.楼道堆放旧家具", "市住房和城乡建设局", "已清运，张贴告知书", 4),
    (None, "小广告", "单元门及墙面张贴小广告", "市住房和城乡建设局", "已清除", 2),
    ("人民路", "机动车乱停", "①人行道停放机动车②盲道被占用", "市公安局", "已劝离，加派巡逻", 1),
    ("北关农贸市场", "占道经营", "门外流动摊贩占道经营", "市城市管理局", "已引导入市经营", 3),
    ("文昌路", "垃圾桶满溢", "公交站旁垃圾桶满溢", "市城市管理局", "已清运", 1),
)
KEY = UUID("6f1b1b0e-5f0e-4a55-9d0a-5a4f0d6a9b11")
AGO = timedelta(days=40)


def load(campaign: Campaign) -> None:
    """Upload it, match its columns as they are guessed, and load it."""
    office = User.objects.get(username="office")
    upload = SimpleUploadedFile(f"{campaign.host}创建办问题台账.xlsx", _book(campaign))
    ledger = LEDGERS.receive(campaign, check_table(upload), client_key=KEY, by=office)
    run_job(ledger.job_id)
    ledger.refresh_from_db()
    proposed = {place: name for place, (name, _sure) in ledger.layout["guess"].items()}
    options = {"new_categories": True}
    LEDGERS.match_columns(ledger, mapping=proposed, options=options, by=office)
    run_job(ledger.job_id)
    ledger.refresh_from_db()
    if ledger.is_sound:
        LEDGERS.start_load(ledger, by=office)
        run_job(ledger.job_id)


def _book(campaign: Campaign) -> bytes:
    found = timezone.localdate() - AGO
    made = Workbook()
    page = made.active
    page.title = "问题台账"
    page.append([f"{campaign.host}{campaign.short_name}问题台账"])
    for line in HEADER:
        page.append(line)
    for n, (place, kind, text, unit, measure, days) in enumerate(ROWS, start=1):
        due, done = CALENDAR.add_workdays(found, count=5), found + timedelta(days=days)
        page.append([n, place, kind, text, unit, f"{found:%Y.%-m.%-d}", f"{due:%Y/%-m/%-d}", measure, done, None])
    merged = ("A1:J1", "G2:I2", "B4:B5", *(f"{letter}2:{letter}3" for letter in "ABCDEFJ"))
    for one in merged:
        page.merge_cells(one)
    scenes = cycle(SCENES)
    for n, (_place, _kind, text, *_rest) in enumerate(ROWS, start=4):
        # One picture for each problem of the cell.
        for scene in islice(scenes, len(split(text))):
            drawn = BytesIO()
            picture(scene, after=False).save(drawn, "JPEG", quality=70)
            page.add_image(Image(drawn), f"D{n}")
    stream = BytesIO()
    made.save(stream)
    return stream.getvalue()
