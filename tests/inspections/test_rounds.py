"""Rounds: the table of their moves, sites and teams, routes, and what publishing keeps for good."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from cityinit.workflow import Refused
from inspections import score_figures
from inspections.actions import checklists
from inspections.actions import rounds as actions
from inspections.actions.draws import draw_sites
from inspections.actions.sites import change_site
from inspections.actions.visits import Said
from inspections.field_workflow import ROUND, TEAM
from inspections.models import Round, Team, Visit
from tests.factories import findings, people, tasks
from tests.factories import rounds as make
from units.models import Notice
from units.roles import Role

pytestmark = pytest.mark.django_db

State = Round.State
OFFICE = {Role.COORDINATOR}
# (states, roles) of each move, from the programme's table; submitting follows from the last team's part.
TABLE = {
    "draw": ({State.PLANNED}, OFFICE),
    "replan": ({State.DRAWN}, OFFICE),
    "start": ({State.DRAWN}, OFFICE),
    "submit": (set(), set()),
    "resume": (set(), set()),
    "publish": ({State.SUBMITTED}, OFFICE),
}
TEAM_TABLE = {
    "hand_in": ({State.IN_FIELD}, {Role.COORDINATOR, Role.INSPECTOR}),
    "send_back": ({State.SUBMITTED}, OFFICE),
}
FAILED = Said(verdict="fail")


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


def sites(campaign, city, n, **values):
    """So many markets of the bureau, from west to east."""
    return [
        findings.site(
            campaign, city.bureau, code=f"S{i:03}", name=f"市场{i}", longitude=117 + i / 100, latitude=34.2, **values
        )
        for i in range(n)
    ]


# The table --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(State))
def test_every_move_from_every_state_by_every_role(city, campaign, state):
    found = make.round_at(state, campaign, city)
    team = make.team_of(found)

    def allowed(flow, row):
        return {
            (move, role) for move in flow.moves for role in Role if flow.refusal(row, move, city.by_role[role]) is None
        }

    def expected(table):
        return {(move, role) for move, (states, roles) in table.items() if state in states for role in roles}

    assert found.state == state
    assert allowed(ROUND, found) == expected(TABLE)
    assert allowed(TEAM, team) == expected(TEAM_TABLE)


def test_each_move_leads_where_the_programme_says():
    assert {name: move.target for name, move in ROUND.moves.items()} == {
        "draw": State.DRAWN,
        "replan": State.PLANNED,
        "start": State.IN_FIELD,
        "submit": State.SUBMITTED,
        "resume": State.IN_FIELD,
        "publish": State.PUBLISHED,
    }


def test_a_round_is_drawn_with_sites_and_begun_with_every_site_given_to_people(city, campaign):
    found = actions.add_round(campaign, by=city.coordinator, name="三月督查")
    nothing = ROUND.refusal(found, "draw", city.coordinator)
    actions.add_sites(found, by=city.coordinator, sites=sites(campaign, city, 2))
    actions.draw(found, by=city.coordinator)
    no_team = ROUND.refusal(found, "start", city.coordinator)
    actions.add_team(found, by=city.coordinator, name="第1组", unit=None, leader=city.inspector, members=[])
    actions.suggest_routes(found, by=city.coordinator, anew=True)
    Team.objects.get().members.all().delete()

    empty = ROUND.refusal(found, "start", city.coordinator)

    assert nothing == "这个批次还没有点位。请先从抽取结果里取，或按条件选。"
    assert no_team == "还有2个点位没有分给督查组。请先排线路。"
    assert empty == "督查组“第1组”还没有组员。"


def test_the_last_team_s_part_makes_the_round_complete_and_a_part_sent_back_opens_it(city, campaign):
    other = people.person("另一督查员", Role.INSPECTOR, city.office)
    found = make.round_at(State.PLANNED, campaign, city, sites=sites(campaign, city, 2))
    actions.add_team(found, by=city.coordinator, name="第2组", unit=city.office, leader=other, members=[])
    actions.suggest_routes(found, by=city.coordinator, anew=True)
    actions.draw(found, by=city.coordinator)
    actions.start(found, by=city.coordinator)
    first, second = found.teams.all()

    not_mine = TEAM.refusal(second, "hand_in", city.inspector)
    actions.hand_in(first, by=city.inspector)
    after_one = make.fresh(found).state
    actions.hand_in(second, by=other)
    after_all = make.fresh(found).state
    actions.send_back(make.fresh(second), by=city.coordinator, reason="公厕没有看")

    assert not_mine == "您不是“第2组”的组员，只能由本组的人交。"
    assert (after_one, after_all, make.fresh(found).state) == (State.IN_FIELD, State.SUBMITTED, State.IN_FIELD)
    assert [event.label for event in found.events.all()][2:] == [
        *("交本组结果", "交本组结果", "交齐", "继续督查", "退回补查"),
    ]


def test_a_half_filled_visit_stands_in_the_way_of_handing_in(city, campaign):
    found = make.round_at(State.IN_FIELD, campaign, city)
    checklist = make.in_use(campaign, city)
    make.visited(found.stops.get().site, city, checklist, round=found, finish=False)

    refusal = TEAM.refusal(make.team_of(found), "hand_in", city.inspector)

    assert refusal == "“河湾农贸市场”还没有检查完，请先填完。"


def test_a_round_without_a_finished_visit_is_not_published(city, campaign):
    found = make.round_at(State.IN_FIELD, campaign, city)
    actions.hand_in(make.team_of(found), by=city.inspector)

    with pytest.raises(Refused) as refusal:
        actions.publish(make.fresh(found), by=city.coordinator)

    assert refusal.value.reason == "这个批次没有检查完的点位，没有得分可公布。"


def test_who_walks_is_told_of_the_start_the_office_of_the_end_and_the_units_of_their_scores(
    city, campaign, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        make.round_at(State.PUBLISHED, campaign, city)

    told = set(Notice.objects.filter(text__startswith="督查").values_list("user__name", "text"))
    assert told == {
        (city.inspector.name, "督查开始：三月督查"),
        (city.coordinator.name, "督查已交齐，可以公布得分：三月督查"),
        (city.liaison.name, "督查得分已公布：三月督查"),
    }


# Sites, teams, routes ---------------------------------------------------------------------------------


def test_sites_come_from_a_draw_by_type_by_unit_or_by_code_each_once(city, campaign, as_):
    markets = sites(campaign, city, 3)
    park = findings.site(campaign, city.street, code="P1", name="湖滨公园", kind="公园")
    found = actions.add_round(campaign, by=city.coordinator, name="三月督查")
    draw = draw_sites(campaign, by=city.coordinator, n=1, round=found)
    client = as_(city.coordinator)
    here = url("round_sites", found.pk)

    client.post(here, {"draw": draw.pk})
    drawn = [stop.site for stop in found.stops.all()]
    client.post(here, {"kinds": [markets[0].kind_id], "codes": "P1、市场1\nS002"})
    client.post(here, {"unit": city.street.pk})

    assert drawn == [row.site for row in draw.sites.all()]
    assert {stop.site for stop in found.stops.all()} == {*markets, park}
    assert found.stops.count() == 4
    taken = found.stops.filter(site__in=markets[:2])
    client.post(here, {"remove": "1", "stop": [stop.pk for stop in taken]})
    assert {stop.site for stop in found.stops.all()} == {markets[2], park}


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"codes": ""}, "请选抽取结果、类型或单位，或填写编号。"),
        ({"codes": "S000 X9"}, "点位册里没有：X9"),
        ({"codes": "市场"}, "有几个点位都叫“市场”，请填编号。"),
        ({"draw": "999999"}, "选的这一项不在可选的范围里，请重新选择。"),
    ],
)
def test_sites_that_cannot_be_meant_are_told(city, campaign, as_, sent, told):
    sites(campaign, city, 1)
    for code in ("A", "B"):
        findings.site(campaign, city.bureau, code=code, name="市场")
    found = actions.add_round(campaign, by=city.coordinator, name="三月督查")

    response = as_(city.coordinator).post(url("round_sites", found.pk), sent)

    assert response.status_code == 422
    assert told in response.content.decode()
    assert found.stops.count() == 0


def test_the_sites_of_a_round_that_has_set_out_are_not_offered_for_change(city, campaign, as_):
    found = make.round_at(State.IN_FIELD, campaign, city)

    response = as_(city.coordinator).get(url("round_sites", found.pk), follow=True)

    assert response.redirect_chain == [(url("round", found.pk), 302)]
    assert [str(message) for message in response.context["messages"]] == ["批次目前是“督查中”，不能再改这一项。"]


def test_a_site_of_another_city_is_not_put_into_a_round(city, campaign):
    there = people.city("云溪市")
    foreign = findings.site(tasks.campaign(there), there.bureau)
    found = actions.add_round(campaign, by=city.coordinator, name="三月督查")

    assert actions.add_sites(found, by=city.coordinator, sites=[foreign]) == 0


def test_sites_are_settled_once_they_are_drawn(city, campaign):
    found = make.round_at(State.DRAWN, campaign, city)

    for attempt in (actions.add_sites, actions.remove_sites):
        with pytest.raises(Refused) as refusal:
            attempt(found, by=city.coordinator, sites=[])
        assert refusal.value.reason == "批次目前是“已定点位”，不能再改这一项。"


def test_a_suggested_route_goes_from_west_to_east_and_can_be_changed(city, campaign, as_):
    found = make.round_at(State.DRAWN, campaign, city, sites=sites(campaign, city, 4)[::-1])
    second = actions.add_team(
        found,
        by=city.coordinator,
        name="第2组",
        unit=None,
        leader=people.person("乙", Role.INSPECTOR, city.office),
        members=[],
    )
    client = as_(city.coordinator)
    here = url("round_routes", found.pk)

    client.post(here, {"suggest": "anew"})
    suggested = routes(found)
    stops = {stop.site.code: stop for stop in found.stops.select_related("site")}
    form = client.get(here).context["form"]
    sent = {"seen": form.initial["seen"]}
    for stop in stops.values():
        team = second if stop.site.code == "S001" else stop.team
        sent |= {f"team-{stop.pk}": team.pk, f"place-{stop.pk}": 0 if stop.site.code == "S001" else stop.position}
    client.post(here, sent)
    stale = client.post(here, sent)

    assert suggested == {"第1组": ["S000", "S001"], "第2组": ["S002", "S003"]}
    assert routes(found) == {"第1组": ["S000"], "第2组": ["S001", "S002", "S003"]}
    assert (stale.status_code, "刚刚被别人改过" in stale.content.decode()) == (422, True)


def test_of_two_who_change_a_team_at_once_the_second_is_shown_what_the_first_saved(as_, city, campaign):
    found = make.round_at(State.PLANNED, campaign, city)
    team = found.teams.get()
    other = people.person("第二督查员", Role.INSPECTOR, city.office)
    client = as_(city.coordinator)
    here = url("team_edit", team.pk)
    seen = client.get(here).context["form"]["seen"].value()
    first = {"seen": seen, "name": "城东组", "leader": city.inspector.pk, "members": [other.pk]}

    saved = client.post(here, first)
    stale = client.post(here, first | {"name": "城西组", "members": []})
    stood = [(str(row), [str(one.user) for one in row.members.order_by("-is_leading")]) for row in Team.objects.all()]
    form = stale.context["form"]
    again = client.post(here, first | {"name": "城西组", "members": [], "seen": form["seen"].value()})

    assert (saved.status_code, stale.status_code, again.status_code) == (302, 422, 302)
    assert stood == [("城东组", [str(city.inspector), str(other)])]
    assert form.non_field_errors()[0].startswith("这条记录刚刚被别人改过")
    assert (form.errors["name"], form.errors["members"]) == (["现在保存的是：城东组"], [f"现在保存的是：{other}"])
    assert (Team.objects.get().name, Team.objects.get().members.count()) == ("城西组", 1)


def test_a_team_that_was_taken_out_meanwhile_does_not_come_back(city, campaign):
    found = make.round_at(State.PLANNED, campaign, city)
    team = make.team_of(found)
    actions.remove_team(make.team_of(found), by=city.coordinator)

    with pytest.raises(Refused, match="“第1组”刚刚已被别人删除。"):
        actions.change_team(team, by=city.coordinator, name="第1组", unit=None, leader=city.inspector, members=[])
    assert Team.objects.count() == 0


def routes(found):
    by_team = {}
    for stop in found.stops.select_related("site", "team").order_by("team__position", "position"):
        by_team.setdefault(str(stop.team), []).append(stop.site.code)
    return by_team


def test_nobody_walks_in_two_teams_of_a_round(city, campaign, as_):
    found = make.round_at(State.PLANNED, campaign, city)

    response = as_(city.coordinator).post(url("team_new", found.pk), {"name": "第2组", "leader": city.inspector.pk})
    taken = as_(city.coordinator).post(url("team_new", found.pk), {"name": "第1组", "leader": city.inspector.pk})
    nobody = as_(city.coordinator).post(url("team_new", found.pk), {"name": "第3组"})

    assert f"{city.inspector}已在“第1组”" in response.content.decode()
    assert [one.status_code for one in (response, taken, nobody)] == [422] * 3
    assert nobody.context["form"].errors == {"members": ["请至少选一个人。"]}
    assert found.teams.count() == 1


def test_only_inspectors_of_the_own_city_are_offered_for_a_team(city, campaign, as_):
    people.city("云溪市")
    found = make.round_at(State.PLANNED, campaign, city)

    form = as_(city.coordinator).get(url("team_new", found.pk)).context["form"]

    assert list(form.fields["members"].queryset) == [city.inspector]


# Published --------------------------------------------------------------------------------------------


def test_published_scores_stay_as_they_were_whatever_becomes_of_site_and_checklist(city, campaign):
    found = make.round_at(State.PUBLISHED, campaign, city, answers={"i2_1": FAILED})
    before = told(found)
    visit = found.visits.get()
    site = visit.site
    change_site(site, by=city.coordinator, kind="公园", code="Z1", name="改了名", unit=city.street)
    new = checklists.next_edition(visit.checklist, by=city.coordinator, kind="农贸市场", edition="2025版")
    checklists.change_item(make.item(new, "2.1"), by=city.coordinator, code="2.1", criterion="新", weight=50)
    checklists.publish(new, by=city.coordinator)

    assert (
        told(found) == before == (Decimal("50.0"), [("农贸市场", Decimal("50.0"))], [("城管局", Decimal("50.0"))], [2])
    )


def told(found):
    rows = score_figures.scored(Visit.objects.filter(round=found).for_scores())
    kinds, units = score_figures.by_kind(rows), score_figures.by_unit(rows)
    weights = [answer.weight for answer in rows[0].visit.answers.all() if answer.verdict == "fail"]
    return (
        score_figures.mean_of(rows),
        [(line.label, line.score) for line in kinds],
        [(line.label, line.score) for line in units],
        weights,
    )


def test_before_it_is_published_a_score_follows_the_site(city, campaign):
    found = make.round_at(State.SUBMITTED, campaign, city)
    site = found.visits.get().site
    change_site(site, by=city.coordinator, kind="公园", code="Z1", name="改了名", unit=city.street)

    assert told(found)[1:3] == ([("公园", Decimal("100.0"))], [("河湾街道", Decimal("100.0"))])


def test_a_visit_in_which_nothing_applied_has_no_score_and_lowers_none(city, campaign):
    na = Said(verdict="na")
    first, second = sites(campaign, city, 2)
    found = make.round_at(State.IN_FIELD, campaign, city, sites=[first, second])
    checklist = make.in_use(campaign, city)
    make.visited(first, city, checklist, round=found, i1_1=na, i2_1=na, i2_2=na)
    make.visited(second, city, checklist, round=found, i2_2=FAILED)
    actions.hand_in(make.team_of(found), by=city.inspector)
    actions.publish(make.fresh(found), by=city.coordinator)

    rows = {one.visit.site: one for one in score_figures.scored(found.visits.for_scores())}
    assert (rows[first].score, rows[first].visit.applicable) == (None, 0)
    assert score_figures.mean_of(rows.values()) == rows[second].score == Decimal("75.0")
    assert score_figures.told_mean(list(rows.values())) == "1个点位平均；1个没有适用的检查项，不计"


def test_a_unit_sees_the_published_scores_of_its_own_sites_and_nothing_before(city, campaign, as_):
    own = findings.site(campaign, city.bureau, code="A", name="城管的市场")
    other = findings.site(campaign, city.police, code="B", name="公安的市场")
    found = make.round_at(State.SUBMITTED, campaign, city, sites=[own, other])
    visits = {visit.site: visit for visit in found.visits.all()}
    client = as_(city.liaison)
    before = [client.get(address).status_code for address in addresses(found, visits[own])]

    actions.publish(found, by=city.coordinator)
    after = [client.get(address).status_code for address in addresses(found, visits[own])]
    page = client.get(url("round_scores", found.pk)).content.decode()
    block = client.get(url("site_scores", own.pk)).content.decode()

    assert (before, after) == ([404, 404], [200, 200])
    assert ("城管的市场" in page, "公安的市场" in page) == (True, False)
    assert visits[own].get_absolute_url() in block
    assert client.get(visits[other].get_absolute_url()).status_code == 404
    assert city.inspector.name not in client.get(visits[own].get_absolute_url()).content.decode()


def addresses(found, visit):
    return url("round_scores", found.pk), visit.get_absolute_url()


def test_every_number_opens_to_what_it_is_made_of(city, campaign, as_):
    found = make.round_at(State.PUBLISHED, campaign, city, answers={"i1_1": Said(number=1), "i2_1": FAILED})
    client = as_(city.leader)

    scores = client.get(url("round_scores", found.pk))
    by_kind = client.get(scores.context["kinds"][0]["url"])
    visit = client.get(by_kind.context["rows"][0]["url"])

    page = visit.content.decode()
    assert scores.context["score"] == Decimal("25.0")
    assert by_kind.context["narrowed"] == "农贸市场"
    assert "符合1分 ÷ 适用4分 × 100 ＝ 25.0" in page
    assert "应≥3处，实有1处" in page


def test_a_round_is_compared_with_the_one_published_before(city, campaign, as_):
    first = make.round_at(State.PUBLISHED, campaign, city, answers={"i2_1": FAILED})
    site = first.visits.get().site
    second = make.round_at(State.PUBLISHED, campaign, city, sites=[site], name="四月督查")

    scores = as_(city.leader).get(url("round_scores", second.pk))

    assert scores.context["before"] == first
    assert scores.context["rows"][0]["change"] == "+50.0"


def test_a_unit_is_compared_with_the_last_round_that_it_was_in_and_learns_of_no_other(city, campaign, as_):
    own = findings.site(campaign, city.bureau, code="A", name="城管的市场")
    other = findings.site(campaign, city.police, code="B", name="公安的市场")
    make.round_at(State.PUBLISHED, campaign, city, sites=[own], answers={"i2_1": FAILED}, name="二月督查")
    make.round_at(State.PUBLISHED, campaign, city, sites=[other], name="暗访")
    found = make.round_at(State.PUBLISHED, campaign, city, sites=[own, other], name="四月督查")
    page = url("round_scores", found.pk)

    of_bureau, of_police, of_leader = (
        as_(someone).get(page) for someone in (city.liaison, city.other_liaison, city.leader)
    )

    assert [str(one.context["before"]) for one in (of_bureau, of_police, of_leader)] == ["二月督查", "暗访", "暗访"]
    assert [row["change"] for row in of_bureau.context["rows"]] == ["+50.0"]
    assert "暗访" not in of_bureau.content.decode()
    assert "二月督查" not in of_police.content.decode()


def test_a_unit_that_was_in_no_round_before_reads_of_none(city, campaign, as_):
    other = findings.site(campaign, city.police, code="B", name="公安的市场")
    own = findings.site(campaign, city.bureau, code="A", name="城管的市场")
    make.round_at(State.PUBLISHED, campaign, city, sites=[other], name="暗访")
    found = make.round_at(State.PUBLISHED, campaign, city, sites=[own], name="四月督查")

    page = as_(city.liaison).get(url("round_scores", found.pk))

    assert (page.context["before"], "暗访" in page.content.decode()) == (None, False)


@pytest.mark.parametrize(("name", "n"), [("rounds", 4), ("round", 12), ("round_scores", 8)])
def test_a_page_costs_the_same_for_one_site_and_for_three(city, campaign, as_, django_assert_num_queries, name, n):
    client = as_(city.coordinator)
    first = [findings.site(campaign, city.bureau, code="F", name="前一批的市场")]
    make.round_at(State.PUBLISHED, campaign, city, sites=first, name="前一批")
    small = make.round_at(State.PUBLISHED, campaign, city, sites=sites(campaign, city, 1))
    large = make.round_at(State.PUBLISHED, campaign, city, sites=more(campaign, city), name="大批次")
    client.get(url("rounds"))
    for found in (small, large):
        with django_assert_num_queries(n):
            client.get(url(name, *(() if name == "rounds" else (found.pk,))))


def more(campaign, city):
    return [findings.site(campaign, city.bureau, code=f"M{i}", name=f"新市场{i}") for i in range(3)]


def test_the_export_has_every_answer(city, campaign, as_):
    found = make.round_at(State.PUBLISHED, campaign, city, answers={"i2_1": FAILED})

    answer = as_(city.coordinator).get(url("round_scores_export", found.pk))

    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values)
    assert [(row[5], row[8], row[9]) for row in rows[1:]] == [
        ("1.1", "符合", 1),
        ("2.1", "不符合", 2),
        ("2.2", "符合", 1),
    ]
    assert {row[4] for row in rows[1:]} == {50}


def test_a_round_of_before_groups_findings_as_it_did(city, campaign, as_):
    found = Round.objects.create(campaign=campaign, name="导入的批次")
    findings.reported(city, campaign, round=found)

    listed = as_(city.inspector).get(url("rounds"))
    page = as_(city.inspector).get(found.get_absolute_url())

    assert "只归总问题" in listed.content.decode()
    assert page.status_code == 200
    assert as_(city.inspector).get(url("my_round")).context["sheets"] == []


def test_a_foreign_coordinator_moves_nothing(city, campaign, as_):
    found = make.round_at(State.SUBMITTED, campaign, city)
    foreign = people.city("云溪市").coordinator

    answer = as_(foreign).post(url("round_move", found.pk, "publish"))

    assert answer.status_code == 404
    with pytest.raises(Refused):
        actions.publish(found, by=foreign)
    assert make.fresh(found).state == State.SUBMITTED
