"""Names in the cells of an office's tables: what they mean and what they look like."""

import pytest
from django.utils import timezone

from tests.factories import people
from units.actions import merge_unit
from units.models import Unit, UnitAlias, UnitName
from units.naming import Names

pytestmark = pytest.mark.django_db


@pytest.fixture
def names(city):
    people.unit("和平街道办事处", parent=city.host, kind="街道", position=6)
    return Names.of(city.host)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("清水市城市管理局", ["清水市城市管理局"]),
        ("城管局", ["清水市城市管理局"]),
        ("市城市管理局", ["清水市城市管理局"]),
        ("市城管局", ["清水市城市管理局"]),
        ("河湾街道办事处", ["河湾街道"]),
        ("和平街道", ["和平街道办事处"]),
        ("各街道", ["河湾街道", "和平街道办事处"]),
        ("全市各街道", ["河湾街道", "和平街道办事处"]),
        ("各相关社区", ["柳荫社区"]),
        ("各成员单位", []),
        ("城管句", []),
    ],
)
def test_a_name_means_a_unit_or_all_of_a_kind(names, said, meant):
    assert [unit.name for unit in names.find(said)] == meant


@pytest.mark.parametrize(
    ("cell", "lead", "others"),
    [
        ("城管局、公安局；河湾街道", (), ("城管局", "公安局", "河湾街道")),
        ("牵头：市城管局；配合：公安局、各街道", ("市城管局",), ("公安局", "各街道")),
        ("主办单位：城管局\n协办单位：公安局 河湾街道", ("城管局",), ("公安局", "河湾街道")),
        ("城管局（牵头）、公安局（配合）", ("城管局",), ("公安局",)),
        ("（牵头）城管局、(配合)市公安局", ("城管局",), ("市公安局",)),
        ("城管局牵头，公安局、河湾街道配合", ("城管局",), ("公安局", "河湾街道")),
        ("责任单位：城管局、公安局", (), ("城管局", "公安局")),
        ("公安局和和平街道", (), ("公安局", "和平街道")),
        ("牵头单位：城管局、公安局", ("城管局",), ("公安局",)),
        ("城管局、城管局，公安局等", (), ("城管局", "公安局")),
        ("住建局、城管局", (), ("住建局", "城管局")),
        ("", (), ()),
    ],
)
def test_several_units_stand_in_a_cell_with_or_without_their_roles(names, cell, lead, others):
    said = names.split(cell)

    assert (said.lead, said.others) == (lead, others)


def test_an_unknown_name_is_met_with_the_nearest(names):
    assert [unit.short_name for unit in names.nearest("城官局", most=1)] == ["城管局"]


def test_former_names_and_what_a_person_said_once_are_known(city):
    UnitName.objects.create(unit=city.bureau, name="清水市容管理处", until="2024-12-31")
    alias = UnitAlias.objects.create(host=city.host, name="两委")
    alias.units.set([city.police, city.bureau])
    UnitAlias.objects.create(host=city.host, name="各镇办", kind="街道")

    names = Names.of(city.host)

    assert [unit.name for unit in names.find("市容管理处")] == ["清水市城市管理局"]
    assert {unit.pk for unit in names.find("两 委")} == {city.police.pk, city.bureau.pk}
    assert [unit.name for unit in names.find("各镇办")] == ["河湾街道"]


def test_all_member_units_may_be_said_once_to_mean_every_unit_that_is_given_work(city):
    UnitAlias.objects.create(host=city.host, name="全体成员单位", kind=UnitAlias.EVERYONE)

    names = Names.of(city.host)

    assert names.find("全体 成员单位") == list(Unit.objects.of_host(city.host).given_work())
    assert city.street in names.find("全体成员单位")
    assert city.host not in names.find("全体成员单位")
    assert names.means_all("全体成员单位")


def test_reading_the_names_of_a_host_takes_as_many_queries_for_three_units_as_for_many(city, django_assert_num_queries):
    for number in range(5):
        alias = UnitAlias.objects.create(host=city.host, name=f"第{number}组")
        alias.units.add(city.police)

    with django_assert_num_queries(4):
        Names.of(city.host)


def test_a_name_of_a_unit_merged_away_leads_to_who_answers_for_its_work_today(city):
    merge_unit(city.street, into=city.bureau, by=city.coordinator)
    merge_unit(city.bureau, into=city.police, by=city.coordinator)
    names = Names.of(city.host)
    day = timezone.localdate()

    assert names.find("河湾街道") == []
    assert names.nearest("河湾街道办事处")[0] == city.police
    assert names.unknown("河湾街道") == (f"“河湾街道”已于{day}撤并，", "由“公安局”承接，是否应为它？")


def test_a_name_that_a_person_explained_once_goes_over_to_the_successor(city):
    UnitAlias.objects.create(host=city.host, name="河湾").units.add(city.street)

    merge_unit(city.street, into=city.police, by=city.coordinator)

    assert Names.of(city.host).find("河湾") == [city.police]
