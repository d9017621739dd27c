"""The register of sites: what is kept of one, how it is narrowed, and how it goes out and comes in again."""

from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook as open_book

from campaigns.models import Grid
from inspections import unanswered
from inspections.importers import SITES, load_workbook
from inspections.models import Finding, Site, SiteType, SiteTypeName
from tests.factories import findings as make
from tests.factories import people, tasks
from tests.factories.workbooks import book

pytestmark = pytest.mark.django_db
State = Finding.State
ROW = {"编号": "D1", "名称": "农贸市场", "类型": "农贸市场", "责任单位": "城管局"}
CELL = {"编号": "YG-1", "名称": "第一网格", "所属社区": "东街街道", "网格员": "李四"}


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


def codes(response):
    return [row["code"] for row in response.context["rows"]]


def grid(campaign, city, code="LY-1", **values):
    return Grid.objects.create(campaign=campaign, code=code, unit=city.community, **values)


# Kept of one ------------------------------------------------------------------------------------------


def test_a_site_stands_in_a_cell_of_the_grid_with_its_keeper(city, campaign, as_):
    cell = grid(campaign, city, name="第一网格", keeper="王五")
    site = make.site(campaign, city.bureau)
    client = as_(city.coordinator)
    form = client.get(url("site_edit", site.pk)).context["form"]
    sent = {"code": "S001", "name": "河湾农贸市场", "kind": "农贸市场", "unit": city.bureau.pk, "grid": cell.pk}

    client.post(url("site_edit", site.pk), sent | {"seen": form["seen"].value()})

    site.refresh_from_db()
    assert site.grid == cell
    assert "LY-1 第一网格（王五）" in str(form["grid"])
    assert [row["grid"] for row in client.get(url("sites")).context["rows"]] == ["LY-1 王五"]


def test_a_site_is_put_into_no_grid_of_another_campaign(city, campaign, as_):
    elsewhere = make.site(campaign, city.bureau)
    foreign = people.city("云溪市")
    other = grid(tasks.campaign(foreign), foreign)
    sent = {"code": "S001", "name": "河湾农贸市场", "kind": "农贸市场", "unit": city.bureau.pk, "grid": other.pk}

    response = as_(city.coordinator).post(url("site_edit", elsewhere.pk), sent)

    assert list(response.context["form"].errors) == ["grid"]


def test_a_cell_that_is_taken_off_the_register_leaves_its_sites_without_one(city, campaign):
    cell = grid(campaign, city)
    site = make.site(campaign, city.bureau, grid=cell)

    cell.delete()

    site.refresh_from_db()
    assert site.grid is None


def test_sites_and_communities_outside_the_grid_are_told_where_there_is_one(city, campaign):
    make.site(campaign, city.bureau, code="S001", name="无格")

    def gaps():
        asked = unanswered.Answering(campaign, on=campaign.starts_on)
        return {slug: [gap.title for gap in unanswered.CHECKS[slug].gaps(asked)] for slug in ("gridless", "ungridded")}

    none_is_kept = gaps()
    cell = grid(campaign, city)
    people.unit("新社区", parent=city.street, kind="社区")
    make.site(campaign, city.bureau, code="S002", name="有格", grid=cell)

    assert none_is_kept == {"gridless": [], "ungridded": []}
    assert gaps() == {"gridless": ["无格"], "ungridded": ["新社区"]}


# Narrowed ---------------------------------------------------------------------------------------------


@pytest.fixture
def register(city, campaign):
    """S001 has an overdue finding, S002 an open one, S003 a closed one, S004 none; each with something of its own."""
    late = make.site(campaign, city.bureau, code="S001", street="河湾街道", longitude=117.6, latitude=34.2)
    waiting = make.site(campaign, city.bureau, code="S002", community="柳荫社区", longitude=117.7)
    done = make.site(campaign, city.police, code="S003", leader="副市长")
    make.site(campaign, city.police, code="S004", grid=grid(campaign, city, keeper="王五"), kind="公园")
    overdue = make.finding_at(State.RECTIFYING, city, campaign, site=late)
    Finding.objects.filter(pk=overdue.pk).update(due_at=overdue.found_at)
    make.reported(city, campaign, site=waiting)
    make.finding_at(State.CLOSED, city, campaign, site=done)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["S001", "S002", "S003", "S004"]),
        ({"trouble": "overdue"}, ["S001"]),
        ({"trouble": "open"}, ["S001", "S002"]),
        ({"trouble": "waiting"}, ["S002"]),
        ({"trouble": "none"}, ["S003", "S004"]),
        ({"placed": "yes"}, ["S001"]),
        ({"placed": "no"}, ["S002", "S003", "S004"]),
        ({"street": "河湾"}, ["S001"]),
        ({"community": "柳荫"}, ["S002"]),
        ({"leader": "副市"}, ["S003"]),
        ({"grid": "王五"}, ["S004"]),
        ({"grid": "LY-1", "placed": "yes"}, []),
    ],
)
def test_the_register_is_narrowed_to_what_is_named(city, register, as_, query, found):
    assert codes(as_(city.coordinator).get(url("sites"), query)) == found


def test_a_unit_narrows_by_the_findings_that_it_sees_itself(city, register, as_):
    assert codes(as_(city.liaison).get(url("sites"), {"trouble": "open"})) == ["S001"]
    assert codes(as_(city.liaison).get(url("sites"), {"trouble": "none"})) == ["S002"]


def test_a_condition_that_cannot_be_read_is_left_out_alone(city, register, as_):
    response = as_(city.coordinator).get(url("sites"), {"kind": "0", "placed": "maybe", "leader": "副市"})

    assert codes(response) == ["S003"]
    assert sorted(response.context["form"].faults) == [
        "“坐标”的条件看不懂，没有按它筛选。",
        "“类型”里选的已不存在，没有按它筛选。",
    ]


# Out and in -------------------------------------------------------------------------------------------


def test_what_goes_out_comes_in_again_without_a_change(db, as_):
    load_workbook(book(网格=[CELL], 点位=[{**ROW, "网格": "YG-1", "经度": "117.652", "纬度": "34.215"}]))
    site = Site.objects.get(code="D1")
    office = people.person("办公室", "coordinator", site.campaign.host)

    sheet = open_book(BytesIO(as_(office).get(url("sites_export")).getvalue()))["点位"]
    head, row = sheet.values
    again = load_workbook(book(网格=[CELL], 点位=[dict(zip(head, row, strict=True))]))

    assert head == tuple(column.name for column in SITES.columns)
    assert dict(zip(head, row, strict=True)) == {
        **dict.fromkeys(head),
        **ROW,
        "网格": "YG-1",
        "经度": 117.652,
        "纬度": 34.215,
    }
    assert (again.faults, again.notes, again.changes, again.skipped) == ([], [], 0, [])


def test_the_export_holds_what_the_list_is_narrowed_to(city, register, as_):
    sheet = open_book(BytesIO(as_(city.coordinator).get(url("sites_export"), {"trouble": "overdue"}).getvalue()))

    assert [row[0] for row in sheet["点位"].values] == ["编号", "S001"]


def test_a_file_without_the_column_leaves_the_grid_as_it_is(db):
    load_workbook(book(网格=[CELL], 点位=[{**ROW, "网格": "YG-1"}]))
    load_workbook(book(网格=[CELL], 点位=[{**ROW, "名称": "新农贸市场"}]))
    site = Site.objects.get()

    assert (site.name, site.grid.code) == ("新农贸市场", "YG-1")

    load_workbook(book(网格=[CELL], 点位=[{**ROW, "名称": "新农贸市场", "网格": ""}]))
    site.refresh_from_db()

    assert site.grid is None


def test_a_grid_that_is_not_on_the_register_is_a_fault_that_names_the_nearest(db):
    loaded = load_workbook(book(网格=[CELL], 点位=[{**ROW, "网格": "YG-2"}]))

    assert [(fault.column, fault.value, fault.right) for fault in loaded.faults] == [
        ("网格", "YG-2", "是否应为“YG-1”？请先在网格表中登记。")
    ]


def test_another_way_to_write_a_type_means_the_type(city, campaign, as_):
    toilet = SiteType.objects.add("公共厕所")
    SiteTypeName.objects.create(kind=toilet, name="公共卫生间")

    load_workbook(book(点位=[{**ROW, "类型": "公共卫生间"}]))
    as_(city.coordinator).post(
        url("site_new"), {"code": "S9", "name": "码头公厕", "kind": "公共卫生间", "unit": city.bureau.pk}
    )

    assert [site.kind for site in Site.objects.all()] == [toilet, toilet]
    assert [kind.name for kind in SiteType.objects.all()] == ["公共厕所"]
