"""The list of site types: kept in order, several spellings one type, and names from files judged by a person."""

import csv
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cityinit.models import AuditEvent
from cityinit.workflow import Refused
from inspections.actions import site_types as actions
from inspections.actions.phrases import write_phrases
from inspections.models import Site, SiteType
from inspections.presets import SITE_TYPES
from inspections.site_types import heard, judge
from tests.factories import findings as make
from tests.factories import people, rounds, tables, tasks

pytestmark = pytest.mark.django_db
SHARED = Path(__file__).resolve().parent.parent / "data" / "site_types.csv"


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


def types():
    return {kind.name: [other.name for other in kind.other_names.all()] for kind in SiteType.objects.all()}


def made(*names):
    return [SiteType.objects.add(name) for name in names]


def file(*lines, name="类型.csv"):
    return SimpleUploadedFile(name, "\n".join(("类型", *lines)).encode())


def checked(client, upload):
    """What the dry run of the file tells: the new names, the doubtful with what they may be, and those there."""
    told = client.post(url("site_types_load"), {"file": upload}).context
    return (
        [form.judged.name for form in told["new"]],
        {form.judged.name: form.judged.may_be for form in told["doubtful"]},
        {one.name: one.is_called for one in told["there"]},
    )


def said(**names):
    """The form of the check, sent back: name → what it means."""
    rows = {f"said-{n}-name": name for n, name in enumerate(names)}
    rows |= {f"said-{n}-meant": meant for n, meant in enumerate(names.values())}
    return {"said-TOTAL_FORMS": len(names), "said-INITIAL_FORMS": len(names)} | rows


# Judged -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "other"),
    [("商场、超市", "商场超市"), ("网吧（未成年人）", "网吧(未成年人)"), ("ＫＴＶ", "ktv"), (" 公园 ", "公园")],
)
def test_names_that_differ_in_brackets_commas_or_widths_are_one(name, other):
    assert heard(name) == heard(other)


def test_a_name_of_signs_alone_is_still_itself():
    assert heard("——") == "——"


@pytest.mark.parametrize(
    ("name", "may_be"),
    [
        ("公共卫生间", ["公共厕所"]),
        ("集贸市场", ["农贸市场"]),
        ("农贸市场（专业市场）", ["农贸市场"]),
        ("公共广场、公园", ["公共广场", "公园"]),
        ("街道办", ["街道办事处"]),
        ("主次干道", ["主干道", "次干道"]),
        ("旅行社", []),
        ("园公", ["公园"]),
        ("河道", []),
    ],
)
def test_a_name_that_may_mean_a_type_is_asked_about(name, may_be):
    known = ("公共厕所", "农贸市场", "公共广场", "公园", "街道办事处", "主干道", "次干道")

    [found] = judge([name], {known: known for known in known})

    assert (found.is_there, sorted(found.may_be)) == (False, sorted(may_be))


def test_of_two_alike_in_one_file_the_second_is_asked_about_and_the_same_again_is_counted():
    first, second = judge(["大型商场", "大型商城", "大型商场", "大型 商场"], {})

    assert (first.name, first.times, first.also_written, first.may_be) == ("大型商场", 3, ["大型 商场"], [])
    assert second.may_be == ["大型商场"]


# Loaded -----------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_is_new_there_or_doubtful_and_writes_nothing(city, campaign, as_):
    made("公共厕所", "公园")

    told = checked(as_(city.coordinator), file("公共卫生间", "公园", "旅行社"))

    assert told == (["旅行社"], {"公共卫生间": ["公共厕所"]}, {"公园": "公园"})
    assert types() == {"公共厕所": [], "公园": []}


def test_what_the_office_says_of_each_name_is_written_and_remembered(city, campaign, as_):
    made("公共厕所")
    client = as_(city.coordinator)
    sent = said(公共卫生间="公共厕所", 旅行社="new", 满意度问卷="")

    client.post(url("site_types_add"), sent)
    client.post(url("site_types_add"), sent)

    assert types() == {"公共厕所": ["公共卫生间"], "旅行社": []}
    assert checked(client, file("公共卫生间", "旅行社")) == ([], {}, {"公共卫生间": "公共厕所", "旅行社": "旅行社"})
    assert AuditEvent.objects.filter(action="导入点位类型").count() == 1


def test_a_name_said_to_mean_what_is_gone_is_refused_and_nothing_of_it_is_written(city, campaign, as_):
    as_(city.coordinator).post(url("site_types_add"), said(旅行社="new", 公共卫生间="公共厕所"))

    assert types() == {}


def test_a_whole_shared_list_of_several_handbooks_is_read_and_twice_is_once(city, campaign, as_):
    client = as_(city.coordinator)
    with SHARED.open(encoding="utf-8") as source:
        names = [row["site_type"] for row in csv.DictReader(source)]

    def upload():
        return SimpleUploadedFile(SHARED.name, SHARED.read_bytes())

    new, doubtful, there = checked(client, upload())
    client.post(url("site_types_add"), said(**dict.fromkeys(new, "new"), **{k: v[0] for k, v in doubtful.items()}))
    again = checked(client, upload())

    assert len(names) == 146
    assert there == {}
    # Every name of the file was told, in one of its spellings.
    assert {heard(name) for name in (*new, *doubtful)} == {heard(name) for name in names}
    assert {"街道综合文化站", "社区", "背街小巷"} <= set(new)
    assert (doubtful["集贸市场"], doubtful["室外公共厕所"]) == (["农贸市场(专业市场)"], ["公共卫生间"])
    assert again[:2] == ([], {})
    assert list(SiteType.objects.values_list("name", flat=True)) == new


def test_the_types_we_suggest_are_judged_like_those_of_a_file(city, campaign, as_):
    made("公共厕所", "集贸市场")

    told = as_(city.coordinator).get(url("site_types_load"), {"from": "presets"}).context

    assert [one.name for one in told["there"]] == ["公共厕所"]
    assert {form.judged.name: form.judged.may_be for form in told["doubtful"]}["农贸市场"] == ["集贸市场"]
    assert len(told["new"]) + len(told["doubtful"]) + 1 == len(SITE_TYPES)


def test_a_workbook_is_read_too(city, campaign, as_):
    book = tables.plain_table(["序号", "点位类型"], ["1", "旅行社"], ["2", "河道"]).read()

    assert checked(as_(city.coordinator), SimpleUploadedFile("类型.xlsx", book))[0] == ["旅行社", "河道"]


@pytest.mark.parametrize(
    ("upload", "told"),
    [
        (lambda: SimpleUploadedFile("a.csv", "甲,乙\n1,2".encode()), "没有找到写类型的列"),
        (lambda: SimpleUploadedFile("a.csv", "公园\n河道".encode()), "没有找到写类型的列"),
        (lambda: SimpleUploadedFile("a.csv", b""), "这个文件是空的"),
        (lambda: SimpleUploadedFile("a.xlsx", b"PK\x03\x04broken"), "已损坏"),
        (lambda: file("公园", "长" * 61), "60"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_the_form(city, campaign, as_, upload, told):
    response = as_(city.coordinator).post(url("site_types_load"), {"file": upload()})

    assert response.status_code == 422
    assert told in str(response.context["form"].errors)


def test_a_form_of_names_that_was_tampered_with_is_no_fault(city, campaign, as_):
    response = as_(city.coordinator).post(url("site_types_add"), {"said-TOTAL_FORMS": "x"}, follow=True)

    assert response.status_code == 200
    assert types() == {}


# Kept -------------------------------------------------------------------------------------------------


def test_each_number_of_sites_leads_to_exactly_those(city, campaign, as_):
    make.site(campaign, city.bureau)
    make.site(campaign, city.bureau, code="S002")
    make.site(campaign, city.police, code="S003", kind="公园")
    made("旅行社")
    client = as_(city.leader)

    rows = {row["kind"].name: row for row in client.get(url("site_types")).context["rows"]}

    assert {name: row["sites"] for name, row in rows.items()} == {"农贸市场": 2, "公园": 1, "旅行社": 0}
    listed = client.get(rows["农贸市场"]["sites_url"]).context["rows"]
    assert [row["code"] for row in listed] == ["S001", "S002"]


def test_more_types_take_no_more_queries(city, campaign, as_, django_assert_num_queries):
    client = as_(city.coordinator)
    for n in range(3):
        kind = SiteType.objects.add(f"类型{n}")
        kind.other_names.create(name=f"写法{n}")
        make.site(campaign, city.bureau, code=f"S{n}", kind=kind.name)
    client.get(url("site_types"))

    with django_assert_num_queries(6):
        client.get(url("site_types"))


def test_a_type_is_added_at_the_end_and_once(city, campaign, as_):
    made("公园")
    client = as_(city.coordinator)

    client.post(url("site_types"), {"name": "旅行社"})
    response = client.post(url("site_types"), {"name": "旅行社"})

    assert list(types()) == ["公园", "旅行社"]
    assert response.context["form"].non_field_errors() == ["已有类型“旅行社”。"]


def test_types_change_places_and_the_first_stays_the_first(city, campaign, as_):
    first, _second, third = made("甲", "乙", "丙")
    client = as_(city.coordinator)

    client.post(url("site_type_order", third.pk), {"to": "up"})
    client.post(url("site_type_order", first.pk), {"to": "up"})

    assert list(types()) == ["甲", "丙", "乙"]


def test_the_old_name_goes_on_meaning_a_type_that_was_renamed(city, campaign, as_):
    [kind] = made("公厕")
    client = as_(city.coordinator)
    form = client.get(kind.get_absolute_url()).context["form"]

    client.post(
        kind.get_absolute_url(), {"name": "公共厕所", "other_names": "公共卫生间、卫生间", "seen": form["seen"].value()}
    )

    assert types() == {"公共厕所": ["公共卫生间", "公厕", "卫生间"]}
    assert SiteType.objects.called("公厕").name == "公共厕所"


def test_a_spelling_that_was_taken_away_is_free_again(city, campaign):
    toilet, park = made("公共厕所", "公园")
    actions.change_type(toilet, campaign, by=city.coordinator, name="公共厕所", other_names=["花园"])
    actions.change_type(toilet, campaign, by=city.coordinator, name="公共厕所", other_names=[])
    actions.change_type(park, campaign, by=city.coordinator, name="公园", other_names=["花园"])

    assert types() == {"公共厕所": [], "公园": ["花园"]}


def test_a_name_or_spelling_of_another_type_is_refused(city, campaign):
    toilet, park = made("公共厕所", "公园")
    actions.change_type(toilet, campaign, by=city.coordinator, name="公共厕所", other_names=["公厕"])

    for name, others in (("公共厕所", []), ("公厕", []), ("公园", ["公厕"])):
        with pytest.raises(Refused):
            actions.change_type(park, campaign, by=city.coordinator, name=name, other_names=others)

    assert types() == {"公共厕所": ["公厕"], "公园": []}


def test_what_somebody_else_has_changed_meanwhile_is_not_written_over(city, campaign, as_):
    [kind] = made("公厕")
    client = as_(city.coordinator)
    seen = client.get(kind.get_absolute_url()).context["form"]["seen"].value()
    actions.change_type(kind, campaign, by=city.coordinator, name="公共厕所")

    response = client.post(kind.get_absolute_url(), {"name": "卫生间", "other_names": "", "seen": seen})

    assert response.status_code == 422
    assert list(types()) == ["公共厕所"]


def test_merged_types_leave_their_sites_and_their_names_to_the_other(city, campaign, as_):
    site = make.site(campaign, city.bureau, kind="集贸市场")
    site.kind.other_names.create(name="菜市场")
    [market] = made("农贸市场")
    client = as_(city.coordinator)

    client.post(url("site_type_merge", site.kind.pk), {"into": market.pk})

    assert types() == {"农贸市场": ["菜市场", "集贸市场"]}
    assert Site.objects.get().kind == market
    assert checked(client, file("集贸市场"))[2] == {"集贸市场": "农贸市场"}


def test_a_type_is_merged_into_no_other_than_one_that_is_there(city, campaign, as_):
    [kind] = made("公园")

    responses = [
        as_(city.coordinator).post(url("site_type_merge", kind.pk), {"into": into}) for into in ("", "0", kind.pk)
    ]

    assert [response.status_code for response in responses] == [422, 422, 422]
    assert list(types()) == ["公园"]


def test_only_a_type_without_sites_is_taken_off_the_list(city, campaign, as_):
    site = make.site(campaign, city.bureau)
    [unused] = made("旅行社")
    client = as_(city.coordinator)

    client.post(url("site_type_delete", unused.pk))
    refused = client.post(url("site_type_delete", site.kind.pk), follow=True)

    assert list(types()) == ["农贸市场"]
    assert "还有点位，不能删除" in refused.content.decode()


def test_a_type_that_something_was_written_for_is_neither_merged_nor_removed(city, campaign):
    market, park, river = made("农贸市场", "公园", "河道")
    rounds.in_use(campaign, city, kind="农贸市场")
    write_phrases(campaign, park, by=city.coordinator, lines=["地面有垃圾"])

    with pytest.raises(Refused, match="还有检查表在用"):
        actions.merge_types(market, river, campaign, by=city.coordinator)
    with pytest.raises(Refused, match="还有常用语在用"):
        actions.remove_type(park, campaign, by=city.coordinator)

    assert list(types()) == ["农贸市场", "公园", "河道"]


def test_no_office_changes_a_type_that_another_city_uses(city, campaign):
    foreign = people.city("云溪市")
    site = make.site(tasks.campaign(foreign), foreign.bureau)
    [other] = made("集贸市场")

    with pytest.raises(Refused, match="别的主体单位"):
        actions.change_type(site.kind, campaign, by=city.coordinator, name="市场")
    with pytest.raises(Refused, match="别的主体单位"):
        actions.merge_types(site.kind, other, campaign, by=city.coordinator)
    with pytest.raises(Refused, match="还有点位"):
        actions.remove_type(site.kind, campaign, by=city.coordinator)

    assert list(types()) == ["农贸市场", "集贸市场"]


@pytest.mark.parametrize("who", ["inspector", "leader", "liaison"])
def test_only_the_office_changes_types(city, campaign, who):
    [kind] = made("公园")
    by = getattr(city, who)

    for refused in (
        lambda: actions.add_type(campaign, by=by, name="河道"),
        lambda: actions.change_type(kind, campaign, by=by, name="河道"),
        lambda: actions.order_type(kind, campaign, by=by, up=True),
        lambda: actions.remove_type(kind, campaign, by=by),
        lambda: actions.add_types(campaign, [("河道", "new")], by=by),
    ):
        with pytest.raises(Refused):
            refused()

    assert list(types()) == ["公园"]
