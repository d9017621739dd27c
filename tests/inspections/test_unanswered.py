"""What nobody answers for, who sponsors what, and what the office of a district sees."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook as open_book

from campaigns.actions import extensions, rosters
from campaigns.actions import tasks as task_actions
from campaigns.actions.systems import revise
from campaigns.models import Campaign, DutyTurn, Grid
from cityinit.workflow import Refused
from inspections.actions import findings as actions
from inspections.models import Finding, Site, Sponsorship
from inspections.unanswered import CHECKS, Answering
from tests.factories import duty, findings, people, systems, tasks
from units.actions import end_post
from units.models import Post, Unit
from units.roles import Role

TODAY = date(2026, 6, 20)


@pytest.fixture
def campaign(city, clock):
    clock("2026-06-20 09:00")
    return tasks.campaign(city)


def titles(campaign, slug):
    return [gap.title for gap in CHECKS[slug].gaps(Answering(campaign, on=TODAY))]


def test_a_unit_without_a_liaison_there_or_above_is_told(city, campaign):
    assert titles(campaign, "units") == []

    Post.objects.filter(user=city.street_liaison).update(ends_on=TODAY - timedelta(days=1))

    assert titles(campaign, "units") == ["河湾街道", "柳荫社区"]


def test_a_liaison_who_left_without_a_successor_is_told_until_there_is_one(city, campaign):
    post = Post.objects.get(user=city.liaison)
    end_post(post, on=TODAY - timedelta(days=1), by=city.administrator)

    assert titles(campaign, "left") == [f"清水市城市管理局 {city.liaison}"]

    people.person("接任人", Role.LIAISON, city.bureau)
    assert titles(campaign, "left") == []


def test_open_work_of_a_unit_without_a_liaison_is_told(city, campaign):
    task = tasks.issued(campaign, city, units=[])
    found = findings.finding_at(Finding.State.DISPATCHED, city, campaign)
    assert (titles(campaign, "tasks"), titles(campaign, "findings")) == ([], [])

    Post.objects.filter(user=city.liaison).update(ends_on=TODAY - timedelta(days=1))

    assert titles(campaign, "tasks") == [str(task)]
    assert titles(campaign, "findings") == [f"{found.number} 河湾路中段"]


@pytest.mark.parametrize(
    "sponsor",
    [
        {"target_kind": "site", "target_name": "中心广场"},
        {"target_kind": "community", "target_name": "柳荫社区"},
        {"target_kind": "unit", "target_name": "清水市城市管理局"},
    ],
)
def test_a_site_is_answered_for_by_a_sponsor_of_it_its_community_or_its_unit(city, campaign, sponsor):
    site = findings.site(campaign, city.bureau)
    Site.objects.filter(pk=site.pk).update(name="中心广场", community="柳荫社区", leader="")
    assert titles(campaign, "sites") == ["中心广场"]

    Sponsorship.objects.create(campaign=campaign, leader="副市长", **sponsor)

    assert titles(campaign, "sites") == []


def test_a_sponsorship_that_has_ended_answers_for_nothing(city, campaign):
    ended = TODAY - timedelta(days=1)
    Sponsorship.objects.create(
        campaign=campaign, leader="副市长", target_kind="community", target_name="柳荫社区", ends_on=ended
    )

    assert titles(campaign, "communities") == ["柳荫社区"]


def test_a_grid_without_a_keeper_is_told(city, campaign):
    Grid.objects.create(campaign=campaign, code="LY-1", unit=city.community, keeper="王五")
    Grid.objects.create(campaign=campaign, code="LY-2", unit=city.community)

    assert titles(campaign, "grids") == ["LY-2"]


@pytest.mark.parametrize("many", [1, 20])
def test_the_page_takes_the_same_queries_however_much_there_is(city, campaign, client, django_assert_num_queries, many):
    for number in range(many):
        Grid.objects.create(campaign=campaign, code=f"G{number}", unit=city.community)
        people.unit(f"{number}社区", parent=city.street, kind="社区")
        findings.site(campaign, city.bureau, code=f"D{number}")
    client.force_login(city.coordinator)
    client.get(reverse("inspections:unanswered"))

    with django_assert_num_queries(UNANSWERED_QUERIES):
        page = client.get(reverse("inspections:unanswered"), {"kind": "grids"})

    assert len(page.context["rows"]) == many


UNANSWERED_QUERIES = 19


def test_a_long_list_comes_in_pages_while_its_count_tells_all(city, campaign, client):
    Grid.objects.bulk_create(Grid(campaign=campaign, code=f"G{n}", unit=city.community, position=n) for n in range(60))
    client.force_login(city.coordinator)

    first = client.get(reverse("inspections:unanswered"), {"kind": "grids"})
    second = client.get(reverse("inspections:unanswered") + first.context["page"].next_url)

    assert {str(tab["label"]): tab["count"] for tab in first.context["tabs"]}["网格"] == 60
    assert [row.title for page in (first, second) for row in page.context["rows"]] == [f"G{n}" for n in range(60)]


def test_the_kind_that_is_open_goes_out_whole_as_a_sheet(city, campaign, client):
    Grid.objects.bulk_create(Grid(campaign=campaign, code=f"G{n}", unit=city.community, position=n) for n in range(60))
    findings.site(campaign, city.bureau, code="D-9", name="中心广场")
    client.force_login(city.coordinator)

    sheets = [
        list(open_book(BytesIO(client.get(page.context["export_url"]).getvalue())).active.values)
        for page in (client.get(reverse("inspections:unanswered"), {"kind": kind}) for kind in ("grids", "sites"))
    ]

    head = ("类别", "名称", "原因")
    assert sheets[0] == [head, *(("网格", f"G{n}", "没有网格员") for n in range(60))]
    assert [line[0] for line in sheets[1]] == ["类别", "点位"]
    client.force_login(city.leader)
    assert client.get(reverse("inspections:unanswered")).context["export_url"] == ""


def test_an_indicator_in_force_without_a_unit_is_told_where_one_can_be_given(city, campaign, client):
    system = systems.in_force(campaign, city)
    node = systems.node(system, "Ⅱ-1")
    for row in (node, *node.standards.all()):
        row.units.clear()
    revise(system, by=city.coordinator)
    client.force_login(city.coordinator)

    [row] = [
        row
        for row in client.get(reverse("inspections:unanswered"), {"kind": "indicators"}).context["rows"]
        if row.title == str(node)
    ]

    assert row.url == node.get_absolute_url()
    assert client.get(row.mend_url, follow=True).status_code == 200


def test_a_draft_asks_nothing_of_anybody_yet(city, campaign):
    tasks.draft(campaign, city, units=[])
    Post.objects.filter(user=city.liaison).update(ends_on=TODAY - timedelta(days=1))

    assert titles(campaign, "tasks") == []


@pytest.fixture
def nobody_anywhere(city, campaign):
    """Something to tell in every check."""
    tasks.issued(campaign, city, units=[])
    findings.finding_at(Finding.State.DISPATCHED, city, campaign)
    findings.site(campaign, city.bureau, code="D-9")
    Grid.objects.create(campaign=campaign, code="LY-2", unit=city.community)
    people.unit("新社区", parent=city.street, kind="社区")
    system = systems.in_force(campaign, city)
    for node in system.indicators.all():
        node.units.clear()
    Post.objects.filter(role=Role.LIAISON).update(ends_on=TODAY - timedelta(days=1))


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.INSPECTOR, Role.LEADER])
def test_every_link_of_every_check_opens_for_each_role_that_is_shown_it(city, client, nobody_anywhere, role):
    client.force_login(city.by_role[role])
    first = client.get(reverse("inspections:unanswered"))
    shown = {str(tab["label"]): tab for tab in first.context["tabs"]}

    dead = []
    for tab in shown.values():
        page = client.get(tab["url"])
        assert len(page.context["rows"]) == tab["count"] > 0
        for row in page.context["rows"]:
            links = [row.url, *([row.mend_url] if page.context["may_change"] else [])]
            dead += [link for link in links if link and client.get(link, follow=True).status_code != 200]

    assert dead == []
    hidden = {Role.INSPECTOR: {"未办结任务"}}
    assert {str(check.label) for check in CHECKS.values()} - set(shown) == hidden.get(role, set())


def test_counts_stand_beside_their_lists_and_lead_to_where_it_is_mended(city, campaign, client):
    grid = Grid.objects.create(campaign=campaign, code="LY-2", unit=city.community)
    client.force_login(city.coordinator)

    page = client.get(reverse("inspections:unanswered"), {"kind": "grids"})

    assert {str(tab["label"]): tab["count"] for tab in page.context["tabs"]}["网格"] == 1
    assert reverse("campaigns:register_edit", args=["grids", grid.pk]) in page.text


def test_the_matrix_reads_from_either_side(city, campaign, client):
    Sponsorship.objects.create(campaign=campaign, leader="副市长", target_kind="area", target_name="老城片区")
    Sponsorship.objects.create(campaign=campaign, unit=city.police, target_kind="unit", target_name="河湾街道")
    client.force_login(city.leader)

    by_sponsor = client.get(reverse("inspections:sponsors")).context["rows"]
    by_target = client.get(reverse("inspections:sponsors"), {"by": "target"}).context["rows"]

    assert [row["name"] for row in by_sponsor] == ["副市长", "公安局"]
    assert {row["name"] for row in by_target} == {"老城片区", "河湾街道", "柳荫社区"}
    assert [row["name"] for row in by_target if not row["leaders"] and not row["units"]] == ["柳荫社区"]


# The office of a district -----------------------------------------------------------------------------


@pytest.fixture
def district(city, campaign):
    """A coordinator and an inspector over 河湾街道 only."""
    district = Unit.objects.get(pk=city.street.pk)
    return {
        role: people.person(f"街道{role.label}", role, district, scope=district)
        for role in (Role.COORDINATOR, Role.INSPECTOR)
    }


def test_the_office_of_a_district_sees_its_part_and_no_other(city, campaign, district):
    own = findings.site(campaign, city.community)
    other = findings.site(campaign, city.bureau, code="D-2")
    found = findings.reported(city, campaign, site=own)
    findings.reported(city, campaign, site=other)

    for user in district.values():
        assert list(Site.objects.visible_to(user)) == [own]
        assert list(Finding.objects.visible_to(user)) == [found]


def test_the_office_of_a_district_dispatches_within_its_part(city, campaign, district):
    own = findings.site(campaign, city.community)
    found = findings.reported(city, campaign, site=own)

    actions.dispatch(found, by=district[Role.COORDINATOR], lead_unit=city.community)

    assert found.state == Finding.State.DISPATCHED


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.INSPECTOR])
def test_the_office_of_a_district_gives_nothing_to_units_out_of_its_reach(city, campaign, district, client, role):
    Campaign.objects.update(direct_dispatch=True)
    found = findings.reported(city, campaign, site=findings.site(campaign, city.community))
    client.force_login(district[role])
    url = reverse("inspections:finding_move", args=[found.pk, "dispatch"])

    offered = client.get(url).context["form"].fields
    sent = client.post(url, {"lead_unit": city.bureau.pk, "severity": "C"})

    for name in ("lead_unit", "assisting_units"):
        assert set(offered[name].queryset) == {city.street, city.community}
    assert sent.context["form"].errors.keys() == {"lead_unit"}
    with pytest.raises(Refused, match="不在您的管辖范围内"):
        actions.dispatch(found, by=district[role], lead_unit=city.community, assisting_units=[city.bureau])


def test_the_office_of_a_district_sees_and_keeps_the_duty_of_its_part(city, campaign, district, client):
    post = duty.post(campaign, city, name="河湾岗", unit=city.street, hands=[])
    rosters.name_hand(post, unit=city.street, name="老周", by=city.coordinator)
    rosters.end_hand(post.hands.get(user=city.liaison), by=city.coordinator, ends_on=date(2026, 6, 1))
    [turn] = duty.drawn(post, date(2026, 6, 15), date(2026, 6, 15), by=city.coordinator)
    elsewhere = duty.turn_at("present", campaign, city, day=date(2026, 6, 15))
    client.force_login(district[Role.COORDINATOR])

    answers = [client.get(row.get_absolute_url()).status_code for row in (turn, elsewhere)]

    assert answers == [200, 404]
    assert list(DutyTurn.objects.visible_to(district[Role.COORDINATOR])) == [turn]
    rosters.mark_present(turn, by=district[Role.COORDINATOR])


def test_the_office_of_a_district_writes_no_self_check_and_no_system_of_the_whole(city, campaign, district, client):
    system = systems.in_force(campaign, city)
    node = systems.node(system, "Ⅱ-1")
    node.units.set([city.street])
    client.force_login(district[Role.COORDINATOR])

    page = client.get(node.get_absolute_url())
    checked = client.post(reverse("campaigns:indicator_check", args=[node.pk]), {"score": "1"})
    edited = client.get(reverse("campaigns:indicator_edit", args=[node.pk]))

    assert (page.status_code, page.context["may_change"], checked.status_code, edited.status_code) == (
        200,
        False,
        403,
        403,
    )


def test_the_office_of_a_district_ends_no_task_in_which_other_units_have_a_part(city, campaign, district):
    own = tasks.issued(campaign, city, lead_unit=city.street, units=[city.community])
    shared = tasks.issued(campaign, city, lead_unit=city.bureau, units=[city.street])
    by = district[Role.COORDINATOR]

    with pytest.raises(Refused, match="没有“终止”的权限"):
        task_actions.cancel(tasks.fresh(shared), by=by, note="重复")
    task_actions.cancel(tasks.fresh(own), by=by, note="重复")

    assert [tasks.fresh(task).state for task in (own, shared)] == ["cancelled", "issued"]
    assert by.has_perm("campaigns.see_task", tasks.fresh(shared))


def test_the_office_of_a_district_moves_no_deadline_of_other_units(city, campaign, district):
    due = {"due_on": date(2026, 7, 31)}
    shared = tasks.issued(campaign, city, lead_unit=city.bureau, units=[city.street], **due)
    own = tasks.issued(campaign, city, lead_unit=city.street, units=[], **due)
    asked = [tasks.asked(task, city, unit=city.street, by=city.street_liaison) for task in (shared, own)]
    by = district[Role.COORDINATOR]

    with pytest.raises(Refused, match="请由市创建办批准延期"):
        extensions.grant_extension(asked[0], by=by)
    extensions.grant_extension(asked[1], by=by)

    assert [tasks.fresh(task).due_on == date(2026, 7, 31) for task in (shared, own)] == [True, False]


def test_the_office_of_a_district_opens_no_page_of_the_whole(city, campaign, district, client):
    client.force_login(district[Role.COORDINATOR])
    whole = ["inspections:unanswered", "inspections:sponsors", "campaigns:groups", "campaigns:decisions"]

    assert [client.get(reverse(name)).status_code for name in whole] == [403] * 4


def test_units_are_counted_and_listed_by_level(city, client):
    client.force_login(city.coordinator)

    page = client.get(reverse("units:units"), {"level": "street"})

    assert {str(level["label"]): level["value"] for level in page.context["levels"]} == {
        "街道乡镇": 1,
        "社区村": 1,
        "部门和单位": 4,
    }
    assert [row["name"] for row in page.context["rows"]] == [city.street.name]
