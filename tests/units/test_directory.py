"""The tree of units: what is done to it, and what its pages show."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cityinit.models import AuditEvent
from cityinit.workflow import Refused
from tests.factories import people
from tests.factories.people import person, unit
from units import actions
from units.models import Notice, Unit, UnitName
from units.roles import Role
from units.tree import in_tree_order


def tree(host):
    """{name: path in names} of a host's whole register."""
    names = {str(one.pk): one.name for one in Unit.objects.of_host(host)}
    paths = Unit.objects.of_host(host).values_list("name", "path")
    return {name: "/".join(names[pk] for pk in path.strip("/").split("/")) for name, path in paths}


def test_a_new_unit_stands_below_its_parent_and_is_recorded(city):
    added = actions.add_unit(city.street, name="桃源社区", kind="社区", by=city.coordinator)

    assert (added.path, added.host, added.kind) == (f"{city.street.path}{added.pk}/", city.host, "社区")
    last = AuditEvent.objects.first()
    assert (last.action, last.subject, last.actor_name) == ("新增单位", "桃源社区", str(city.coordinator))


def test_a_name_is_given_once_per_host_but_two_hosts_may_share_it(city):
    other = people.city("云溪市")

    with pytest.raises(Refused, match="已经有叫“清水市公安局”的单位"):
        actions.add_unit(city.host, name="清水市公安局", by=city.administrator)
    assert actions.add_unit(other.host, name="清水市公安局", by=other.administrator).host == other.host


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.LIAISON, Role.LEADER])
def test_only_coordinators_and_administrators_change_units(city, role):
    with pytest.raises(Refused, match="没有这项权限"):
        actions.add_unit(city.host, name="新单位", by=city.by_role[role])
    assert not Unit.objects.filter(name="新单位").exists()


def test_a_coordinator_changes_no_unit_of_another_city(city):
    other = people.city("云溪市")

    with pytest.raises(Refused, match="没有这项权限"):
        actions.rename_unit(other.bureau, name="别名", by=city.coordinator)


def test_a_renamed_unit_keeps_the_name_it_bore(city):
    day = timezone.localdate() - timedelta(days=3)

    actions.rename_unit(city.bureau, name="清水市城市运行局", short_name="运行局", by=city.coordinator, on=day)

    city.bureau.refresh_from_db()
    assert (city.bureau.name, str(city.bureau)) == ("清水市城市运行局", "运行局")
    assert list(UnitName.objects.values_list("unit", "name", "until")) == [(city.bureau.pk, "清水市城市管理局", day)]
    assert AuditEvent.objects.first().detail == {"原名称": "清水市城市管理局", "用至": day.isoformat()}


@pytest.mark.parametrize(
    ("name", "on", "reason"),
    [
        ("清水市城市管理局", date(2025, 1, 1), "就是现在的名称"),
        ("清水市公安局", date(2025, 1, 1), "已经有叫"),
        ("新局", date(2999, 1, 1), "不能晚于今天"),
    ],
)
def test_a_rename_that_makes_no_sense_is_refused(city, name, on, reason):
    with pytest.raises(Refused, match=reason):
        actions.rename_unit(city.bureau, name=name, by=city.coordinator, on=on)
    assert UnitName.objects.count() == 0


def test_former_names_follow_each_other_in_time(city):
    actions.rename_unit(city.bureau, name="二名", by=city.coordinator, on=date(2025, 6, 30))

    with pytest.raises(Refused, match="用至2025-06-30"):
        actions.rename_unit(city.bureau, name="三名", by=city.coordinator, on=date(2025, 6, 30))


def test_a_moved_unit_takes_all_below_it_along(city, django_assert_num_queries):
    unit("柳荫网格", parent=city.community)

    actions.move_unit(city.street, parent=city.bureau, by=city.coordinator)

    assert tree(city.host) == {
        "清水市": "清水市",
        "清水市创建办": "清水市/清水市创建办",
        "清水市城市管理局": "清水市/清水市城市管理局",
        "清水市公安局": "清水市/清水市公安局",
        "河湾街道": "清水市/清水市城市管理局/河湾街道",
        "柳荫社区": "清水市/清水市城市管理局/河湾街道/柳荫社区",
        "柳荫网格": "清水市/清水市城市管理局/河湾街道/柳荫社区/柳荫网格",
    }
    assert Unit.objects.get(pk=city.street.pk).parent == city.bureau


def test_the_path_of_a_unit_never_touches_one_whose_number_only_begins_alike(city):
    beside = Unit.objects.create(name="旁边", parent=city.host)
    Unit.objects.filter(pk=beside.pk).update(path=city.street.path[:-1] + "9/")

    actions.move_unit(city.street, parent=city.bureau, by=city.coordinator)

    assert Unit.objects.get(pk=beside.pk).path == city.street.path[:-1] + "9/"


def test_a_unit_is_not_moved_below_itself_across_cities_nor_at_all_when_it_is_the_host(city):
    other = people.city("云溪市")
    by = city.administrator

    with pytest.raises(Refused, match="就是它自己或在它之下"):
        actions.move_unit(city.street, parent=city.community, by=by)
    with pytest.raises(Refused, match="就是它自己或在它之下"):
        actions.move_unit(city.street, parent=city.street, by=by)
    with pytest.raises(Refused, match="属于另一个主体单位"):
        actions.move_unit(city.street, parent=other.street, by=by)
    with pytest.raises(Refused, match="是主体单位"):
        actions.move_unit(city.host, parent=city.street, by=by)
    with pytest.raises(Refused, match="已经在“清水市”之下"):
        actions.move_unit(city.street, parent=city.host, by=by)


def test_a_partner_unit_stands_beside_the_tree_and_stays_there(city):
    partner = Unit.objects.create(name="军分区", host=city.host, relation=Unit.Relation.PARTNER)

    with pytest.raises(Refused, match="不在下属单位树中"):
        actions.move_unit(partner, parent=city.street, by=city.coordinator)
    assert actions.change_unit(partner, kind="共建", by=city.coordinator).kind == "共建"


def test_a_merged_unit_is_closed_and_its_successor_answers_for_it(city, django_capture_on_commit_callbacks):
    day = timezone.localdate()

    with django_capture_on_commit_callbacks(execute=True):
        actions.merge_unit(city.street, into=city.police, by=city.coordinator, on=day)

    gone = Unit.objects.get(pk=city.street.pk)
    assert (gone.closed_on, gone.merged_into, gone.parent) == (day, city.police, city.police)
    assert tree(city.host)["河湾街道"] == "清水市/清水市公安局/河湾街道"
    assert tree(city.host)["柳荫社区"] == "清水市/清水市公安局/柳荫社区"
    assert set(Notice.objects.values_list("user", "text", "url")) == {
        (
            city.administrator.pk,
            f"“河湾街道”已并入“公安局”，{city.street_liaison}的联络员岗位随之结束；需要在承接单位任职的，请任命。",
            f"/units/{city.police.pk}/",
        ),
        (
            city.street_liaison.pk,
            "“河湾街道”已并入“公安局”，您的联络员岗位随之结束；需要在承接单位任职的，请联系系统管理员。",
            f"/units/{city.police.pk}/",
        ),
        (city.other_liaison.pk, "“河湾街道”已并入“公安局”，没有未办结的工作。", f"/units/{city.street.pk}/"),
    }


def test_with_a_merged_unit_its_liaisons_end_and_its_office_posts_stand_at_the_successor(city):
    day = timezone.localdate()
    officer = person("驻街督查员", Role.INSPECTOR, city.street)
    later = person("以后的联络员", Role.LIAISON, city.street, since=day + timedelta(days=9))

    actions.merge_unit(city.street, into=city.police, by=city.coordinator, on=day)

    def spans(who):
        return list(who.posts.order_by("starts_on").values_list("unit__name", "starts_on", "ends_on"))

    begun, next_day = city.street_liaison.posts.get().starts_on, day + timedelta(days=1)
    assert spans(city.street_liaison) == [("河湾街道", begun, day)]
    assert spans(later) == []
    [first, second] = spans(officer)
    assert (first[0], first[2]) == ("河湾街道", day)
    assert second == ("清水市公安局", next_day, None)


def test_the_preview_of_a_merger_says_what_becomes_of_each_post(city, client):
    officer = person("驻街督查员", Role.INSPECTOR, city.street)
    client.force_login(city.coordinator)
    sent = {"into": city.police.pk, "on": timezone.localdate()}

    page = client.post(reverse("units:unit_merge", args=[city.street.pk]), sent)

    told = {str(item[0]): item[1] for item in page.context["items"]}
    assert told["随单位结束的岗位"] == f"{city.street_liaison}（责任单位联络员）"
    assert told["转到承接单位的岗位"] == f"{officer}（督查员）"


def test_the_page_of_a_closed_unit_asks_for_nobody_to_be_appointed(city, client):
    client.force_login(city.coordinator)
    closed = unit("桃源社区", parent=city.street)
    open_one = unit("杏园社区", parent=city.street)
    actions.close_unit(closed, by=city.coordinator)
    yesterday = timezone.localdate() - timedelta(days=1)
    actions.merge_unit(city.street, into=city.police, by=city.coordinator, on=yesterday)

    merged, gone, left = (client.get(one.get_absolute_url()).text for one in (city.street, closed, open_one))

    assert ["请系统管理员任命岗位" in page for page in (merged, gone, left)] == [False, False, True]
    assert "未办完的工作由“公安局”承接，岗位请在那里任命。" in merged
    assert "单位已撤销，不再任命岗位。" in gone


def test_a_unit_is_not_merged_into_what_is_below_it_closed_or_elsewhere(city):
    other = people.city("云溪市")
    by, today = city.administrator, timezone.localdate()

    with pytest.raises(
        Refused, match="“柳荫社区”是它的下属单位，不能由下属单位承接。请先把“柳荫社区”调整到别的上级之下"
    ):
        actions.merge_unit(city.street, into=city.community, by=by, on=today)
    with pytest.raises(Refused, match="属于另一个主体单位"):
        actions.merge_unit(city.street, into=other.bureau, by=by, on=today)
    with pytest.raises(Refused, match="是主体单位"):
        actions.merge_unit(city.host, into=city.bureau, by=by, on=today)
    with pytest.raises(Refused, match="不能晚于今天"):
        actions.merge_unit(city.street, into=city.bureau, by=by, on=today + timedelta(days=1))

    actions.merge_unit(city.street, into=city.bureau, by=by, on=today)
    with pytest.raises(Refused, match="“河湾街道”已于"):
        actions.merge_unit(city.bureau, into=city.street, by=by, on=today)
    with pytest.raises(Refused, match="“河湾街道”已于"):
        actions.merge_unit(city.street, into=city.police, by=by, on=today)
    with pytest.raises(Refused, match="“河湾街道”已于"):
        actions.add_unit(city.street, name="新社区", by=by)


def test_the_tree_is_listed_parents_first_and_siblings_in_their_order(city):
    Unit.objects.filter(pk=city.street.pk).update(position=0)
    listed = in_tree_order(Unit.objects.of_host(city.host).order_by("position", "pk"))

    assert [(branch.depth, str(branch.unit)) for branch in listed] == [
        (0, "清水市"),
        (1, "河湾街道"),
        (2, "柳荫社区"),
        (1, "创建办"),
        (1, "城管局"),
        (1, "公安局"),
    ]


# Pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [0, 40])
def test_the_page_of_units_takes_the_same_queries_however_many_there_are(city, client, django_assert_num_queries, more):
    for number in range(more):
        unit(f"第{number}村", parent=city.street, kind="村")
    client.force_login(city.coordinator)

    with django_assert_num_queries(6):
        page = client.get(reverse("units:units"))

    assert page.content.decode().count('class="stack-title"') == 6 + more


def test_closed_units_are_shown_only_when_asked_for(city, client):
    actions.merge_unit(city.street, into=city.police, by=city.coordinator)
    client.force_login(city.liaison)

    assert "河湾街道" not in client.get(reverse("units:units")).content.decode()
    assert "河湾街道" in client.get(reverse("units:units"), {"closed": "on"}).content.decode()


def test_a_unit_is_found_by_a_name_it_bore_before(city, client):
    actions.rename_unit(city.bureau, name="运行局", by=city.coordinator)
    client.force_login(city.liaison)

    page = client.get(reverse("units:units"), {"q": "城市管理"}).content.decode()

    assert (page.count('class="stack-title"'), "运行局" in page) == (1, True)


def test_a_wrong_filter_says_so_and_filters_nothing(city, client):
    client.force_login(city.liaison)

    page = client.get(reverse("units:units"), {"kind": "没有的类型"}).content.decode()

    assert page.count('class="stack-title"') == 6
    assert "invalid-feedback" in page


def test_another_citys_unit_is_not_found(city, client):
    other = people.city("云溪市")
    client.force_login(city.coordinator)

    assert client.get(other.bureau.get_absolute_url()).status_code == 404
    assert client.get(reverse("units:unit_edit", args=[other.bureau.pk])).status_code == 404


def test_a_unit_page_tells_its_people_former_names_and_what_is_below(city, client, django_assert_num_queries):
    actions.rename_unit(city.street, name="河湾新街道", by=city.coordinator)
    client.force_login(city.coordinator)

    with django_assert_num_queries(9):
        page = client.get(city.street.get_absolute_url()).content.decode()

    assert [word in page for word in ("河湾新街道", "河湾街道", "柳荫社区", "清水市街道联络员")] == [True] * 4


def test_the_office_adds_edits_renames_moves_and_merges_in_the_browser(city, client):
    client.force_login(city.coordinator)
    facts = {"short_name": "桃源", "self_name": "", "kind": "社区", "appraisal_group": "社区组", "position": "7"}

    client.post(reverse("units:unit_new"), {"name": "桃源社区", "parent": city.street.pk, **facts})
    added = Unit.objects.get(name="桃源社区")
    client.post(reverse("units:unit_edit", args=[added.pk]), {**facts, "kind": "村"})
    today = timezone.localdate()
    client.post(reverse("units:unit_rename", args=[added.pk]), {"name": "桃源村", "short_name": "", "on": today})
    client.post(reverse("units:unit_move", args=[added.pk]), {"parent": city.bureau.pk, "on": today, "confirmed": 1})
    merger = {"into": city.community.pk, "on": today, "confirmed": 1}
    client.post(reverse("units:unit_merge", args=[added.pk]), merger)

    added.refresh_from_db()
    told = (added.name, added.short_name, added.kind, added.position, added.merged_into, added.closed_on)
    assert told == ("桃源村", "", "村", 7, city.community, today)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "清水市公安局"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "长" * 101}, "name"),
        ({"parent": "999999"}, "parent"),
        ({"parent": "x"}, "parent"),
        ({"position": "-1"}, "position"),
    ],
)
def test_a_new_unit_that_cannot_be_is_said_beside_the_field(city, client, changed, field):
    client.force_login(city.coordinator)
    given = {"name": "新单位", "parent": city.host.pk, "position": "0", **changed}

    answer = client.post(reverse("units:unit_new"), given)

    assert (answer.status_code, list(answer.context["form"].errors)) == (200, [field])
    assert Unit.objects.count() == 6


def test_sent_twice_a_new_unit_is_stored_once(city, client):
    client.force_login(city.coordinator)
    given = {"name": "新单位", "parent": city.host.pk, "position": "0"}

    answers = [client.post(reverse("units:unit_new"), given).status_code for _ in range(2)]

    assert (answers, Unit.objects.filter(name="新单位").count()) == ([302, 200], 1)


def test_an_edit_drawn_before_somebody_elses_is_not_saved(city, client):
    client.force_login(city.coordinator)
    address = reverse("units:unit_edit", args=[city.bureau.pk])
    seen = client.get(address).context["form"]["seen"].value()
    actions.change_unit(city.bureau, appraisal_group="一组", by=city.administrator)

    answer = client.post(address, {"short_name": "旧", "kind": "", "position": "0", "seen": seen})

    assert "别人修改过这里的内容" in answer.content.decode()
    city.bureau.refresh_from_db()
    assert (city.bureau.short_name, city.bureau.appraisal_group) == ("城管局", "一组")


def test_a_unit_closed_meanwhile_or_a_name_in_use_is_said_in_the_form_beside_what_was_typed(city, client):
    client.force_login(city.coordinator)
    today = timezone.localdate()

    def renamed(unit, name):
        answer = client.post(reverse("units:unit_rename", args=[unit.pk]), {"name": name, "on": today})
        [told] = answer.context["form"].non_field_errors()
        return answer.status_code, answer.context["form"]["name"].value(), told

    assert renamed(city.police, city.bureau.name) == (
        *(422, city.bureau.name),
        f"已经有叫“{city.bureau.name}”的单位。",
    )
    actions.merge_unit(city.street, into=city.bureau, by=city.administrator)
    assert renamed(city.street, "新名") == (422, "新名", f"“河湾街道”已于{today}撤销。")


def test_the_administrator_sees_and_changes_the_units_of_every_city(city, client):
    other = people.city("云溪市")
    client.force_login(city.administrator)

    assert client.get(reverse("units:unit_edit", args=[other.bureau.pk])).status_code == 200


def test_a_coordinator_of_a_street_changes_only_what_is_below_it(city):
    narrow = person("街道创建办", Role.COORDINATOR, city.street, scope=city.street)

    assert actions.change_unit(city.community, kind="示范社区", by=narrow).kind == "示范社区"
    with pytest.raises(Refused, match="没有这项权限"):
        actions.change_unit(city.bureau, kind="x", by=narrow)
