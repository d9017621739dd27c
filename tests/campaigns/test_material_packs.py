"""Packs of materials: what is in them and what it is called, who may take them, what becomes of old ones."""

import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from campaigns import packing
from campaigns.actions import material_packs as actions
from campaigns.actions import systems as system_actions
from campaigns.models import Material, MaterialPack
from cityinit.content import check_upload
from cityinit.files import sweep_orphans
from cityinit.models import AuditEvent, Job, StoredFile
from cityinit.queue import LeaseLost, run_job
from cityinit.workflow import Refused
from tests.factories import materials
from units.models import Notice

pytestmark = pytest.mark.django_db
State = Material.State


@pytest.fixture
def system(here, campaign):
    """Two indicators: of 城管局 one filed with two files, one that waits; of 公安局 one accepted."""
    there = materials.system(campaign)
    top = materials.indicator(there, "Ⅱ-1", "市容/环境?")
    below = materials.indicator(there, "Ⅲ-1", "秩序", parent=top)
    beside = materials.indicator(there, "Ⅲ-2", "服务")
    paper = check_upload(SimpleUploadedFile("a.pdf", b"%PDF-1.4\n%%EOF\n"), kind="document")
    first = materials.asked(campaign, here, of=materials.standard(top))
    materials.submit(
        first, here, title="办法: 试行/二", files=[paper, materials.sound(), materials.sound(colour="navy")]
    )
    for step in ("accept", "file"):
        materials.STEPS[step](materials.fresh(first), here)
    materials.material_at(State.SUBMITTED, campaign, here, of=materials.standard(below))
    other = materials.asked(campaign, here, unit=here.police, of=materials.standard(beside))
    materials.submit(other, here, by=here.other_liaison, title="名单")
    materials.STEPS["accept"](materials.fresh(other), here)
    return there


def packed(system, here, **values):
    pack = actions.request_pack(system, by=here.coordinator, **values)
    run_job(pack.job_id)
    pack.refresh_from_db()
    return pack


def opened(pack):
    return zipfile.ZipFile(Path(settings.MEDIA_ROOT, pack.file.path))


def test_a_pack_has_what_passed_named_by_number_with_an_index(here, system):
    pack = packed(system, here)

    archive = opened(pack)
    assert archive.testzip() is None
    assert archive.namelist() == [
        "Ⅱ-1 市容／环境？/Ⅱ-1-1)-①_城管局_办法： 试行／二.pdf",
        "Ⅱ-1 市容／环境？/Ⅱ-1-1)-①_城管局_办法： 试行／二.jpg",
        "Ⅱ-1 市容／环境？/Ⅱ-1-1)-①_城管局_办法： 试行／二_2.jpg",
        "Ⅲ-2 服务/Ⅲ-2-1)-①_公安局_名单.jpg",
        "目录.xlsx",
    ]
    index = load_workbook(BytesIO(archive.read("目录.xlsx"))).active
    assert [[row[0].value, row[3].value, row[6].value] for row in index.rows] == [
        ["编号", "单位", "状态"],
        ["Ⅱ-1-1)-①", "清水市城市管理局", "已归档"],
        ["Ⅲ-2-1)-①", "清水市公安局", "审核通过"],
    ]
    assert (pack.material_count, pack.file_count, pack.job.state) == (2, 4, Job.State.DONE)
    assert AuditEvent.objects.get(action="打包材料").detail["files"] == 4


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        ({"with_unreviewed": True}, ["Ⅱ-1-1)-①", "Ⅲ-1-1)-①", "Ⅲ-2-1)-①"]),
        ({"indicator": "Ⅱ-1", "with_unreviewed": True}, ["Ⅱ-1-1)-①", "Ⅲ-1-1)-①"]),
        ({"indicator": "Ⅲ-2"}, ["Ⅲ-2-1)-①"]),
        ({"unit": "bureau"}, ["Ⅱ-1-1)-①"]),
    ],
)
def test_a_pack_is_of_an_indicator_with_what_is_below_or_of_a_unit(here, system, values, numbers):
    if "indicator" in values:
        values = values | {"indicator": system.indicators.get(code=values["indicator"])}
    if "unit" in values:
        values = values | {"unit": here.bureau}

    index = load_workbook(BytesIO(opened(packed(system, here, **values)).read("目录.xlsx"))).active

    assert [row[0].value for row in index.iter_rows(min_row=2)] == numbers


def test_where_nothing_has_passed_there_is_nothing_to_pack(here, system):
    with pytest.raises(Refused, match="还没有可以打包的材料"):
        actions.request_pack(system, by=here.coordinator, indicator=system.indicators.get(code="Ⅲ-1"))


@pytest.mark.parametrize("role", ["inspector", "liaison", "leader", "administrator"])
def test_only_the_office_takes_materials_out(here, system, role):
    with pytest.raises(Refused, match="您没有打包材料的权限。"):
        actions.request_pack(system, by=getattr(here, role))


def test_proposed_is_the_newest_edition_in_force_however_many_materials_an_old_one_has(here, system, client):
    renewed = system_actions.revise(system, by=here.coordinator)
    system_actions.adopt(renewed, by=here.coordinator)
    client.force_login(here.coordinator)

    form = client.get(reverse("campaigns:material_packs")).context["form"]

    assert form["system"].value() == renewed.pk
    assert [pk.value for pk, _label in form.fields["system"].choices] == [renewed.pk, system.pk]


def test_asked_for_twice_with_one_form_it_is_one_pack(here, system):
    key = uuid4()

    made = [actions.request_pack(system, by=here.coordinator, client_key=key) for _ in range(2)]

    assert made[0] == made[1]
    assert Job.objects.filter(name=actions.JOB).count() == 1


def test_whose_post_has_ended_gets_no_pack(here, system):
    pack = actions.request_pack(system, by=here.coordinator)
    here.coordinator.posts.update(ends_on=timezone.localdate() - timedelta(days=1))

    run_job(pack.job_id)

    pack.refresh_from_db()
    assert (pack.file, pack.job.state) == (None, Job.State.FAILED)
    assert pack.job.reason == "提出这项作业的人已没有打包这些材料的权限，没有办理。请由有权限的人重新打包。"


def test_done_twice_it_is_written_once(here, system):
    pack = packed(system, here)
    first = pack.file

    actions.write(pack, lease=SimpleNamespace(progress=lambda *args: None, hold=lambda: None))

    pack.refresh_from_db()
    assert pack.file == first
    assert StoredFile.objects.filter(content_type="application/zip").count() == 1


def test_a_worker_that_lost_its_lease_leaves_nothing_behind(here, system):
    pack = actions.request_pack(system, by=here.coordinator)

    def lost(*args):
        raise LeaseLost

    with pytest.raises(LeaseLost):
        actions.write(pack, lease=SimpleNamespace(progress=lost, hold=lost))

    pack.refresh_from_db()
    assert pack.file is None
    assert list(Path(settings.MEDIA_ROOT).rglob(".upload-*")) == []


def test_a_file_that_the_disk_has_lost_is_told_in_the_index(here, system):
    lost = StoredFile.objects.filter(content_type="application/pdf").get()
    Path(settings.MEDIA_ROOT, lost.path).unlink()

    index = load_workbook(BytesIO(opened(packed(system, here)).read("目录.xlsx"))).active

    assert index["H2"].value.splitlines()[0] == "（服务器上找不到“a.pdf”）"


def test_it_is_fetched_by_the_office_and_each_time_told_to_the_trail(here, system, client):
    pack = packed(system, here)
    address = reverse("campaigns:material_pack", args=[pack.pk])
    client.force_login(here.coordinator)

    answer = client.get(address)

    assert zipfile.is_zipfile(BytesIO(b"".join(answer.streaming_content)))
    assert AuditEvent.objects.filter(action="下载材料包").count() == 1
    here.coordinator.posts.update(ends_on=timezone.localdate() - timedelta(days=1))
    client.force_login(here.coordinator)
    assert client.get(address).status_code == 403


def test_who_asked_for_it_is_told_when_it_is_there(here, system, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        packed(system, here)

    assert Notice.objects.filter(user=here.coordinator, text__startswith="材料包已打好").count() == 1


def test_the_page_asks_for_a_pack(here, system, client):
    client.force_login(here.coordinator)

    client.post(reverse("campaigns:material_packs"), {"system": system.pk, "unit": here.bureau.pk})

    pack = MaterialPack.objects.get()
    assert (pack.unit, pack.requested_by) == (here.bureau, here.coordinator)


def test_old_packs_go_with_their_files(here, system):
    pack = packed(system, here)
    path = Path(settings.MEDIA_ROOT, pack.file.path)

    early = actions.sweep(older_than=pack.requested_at)
    late = actions.sweep(older_than=timezone.now() + timedelta(seconds=1))
    sweep_orphans(older_than=timezone.now() + timedelta(seconds=1))

    assert (early, late, path.exists()) == (0, 1, False)
    assert not StoredFile.objects.filter(content_type="application/zip").exists()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a<b>c", "a＜b＞c"),
        ("CON", "_CON"),
        ("com1.txt", "_com1.txt"),
        ("名单.", "名单"),
        (" . ", "_"),
        ("一\n二\t三", "一 二 三"),
        ("很长" * 40, "很长" * 10),
    ],
)
def test_a_name_is_one_that_windows_takes(text, name):
    assert packing.safe(text, most=20) == name


def test_no_two_names_are_alike_also_where_case_does_not_count():
    names = packing.Names()

    taken = [names.take("夹", stem, ".jpg") for stem in ("A", "a", "A", "B")]

    assert taken == ["夹/A.jpg", "夹/a_2.jpg", "夹/A_3.jpg", "夹/B.jpg"]
