"""Checklists, rounds and visits; each reaches its state by what people do."""

from uuid import uuid4

from inspections.actions import checklists, rounds, visits
from inspections.actions.visits import Said
from inspections.models import Checklist, Round, Team
from inspections.rules import Kind, Verdict
from tests.factories import findings as make

State = Round.State
PASS, FAIL, NA = Verdict.PASS, Verdict.FAIL, Verdict.NA
# What is asked in a market: two by eye, one by number.
ITEMS = (
    {"code": "1.1", "group": "公益宣传", "criterion": "显著位置看得到公益广告", "rule_kind": Kind.COUNT, "amount": 3},
    {"code": "2.1", "group": "环境卫生", "criterion": "地面干净，没有垃圾", "weight": 2},
    {"code": "2.2", "group": "环境卫生", "criterion": "公共厕所没有异味"},
)


def draft(campaign, city, *, kind="农贸市场", edition="2024版", items=ITEMS, **values):
    made = checklists.add_checklist(campaign, by=city.coordinator, kind=kind, edition=edition, **values)
    for item in items:
        checklists.add_item(made, by=city.coordinator, **item)
    return made


def in_use(campaign, city, **values):
    made = draft(campaign, city, **values)
    checklists.publish(made, by=city.coordinator)
    return made


def checklist_at(state, campaign, city, **values):
    made = draft(campaign, city, **values)
    if state != Checklist.State.DRAFT:
        checklists.publish(made, by=city.coordinator)
    if state == Checklist.State.WITHDRAWN:
        checklists.withdraw(made, by=city.coordinator)
    return made


def item(checklist, code):
    return checklist.items.get(code=code)


def said(checklist, /, **more):
    """What a form says of every item, by code with _ for a dot: all pass unless told."""
    found = {}
    for one in checklist.items.all():
        usual = Said(number=one.amount) if one.rule.counts else Said(verdict=PASS)
        found[one.pk] = more.get(f"i{one.code.replace('.', '_')}", usual)
    return found


def round_at(state, campaign, city, *, sites=None, members=None, name="三月督查", answers=None):
    """A round in this state, one team of the inspector walking its sites; with a checklist of their type in use."""
    made = rounds.add_round(campaign, by=city.coordinator, name=name)
    sites = sites or [make.site(campaign, city.bureau)]
    rounds.add_sites(made, by=city.coordinator, sites=sites)
    team = rounds.add_team(
        made,
        by=city.coordinator,
        name="第1组",
        unit=None,
        leader=(members or [city.inspector])[0],
        members=members or [],
    )
    rounds.suggest_routes(made, by=city.coordinator, anew=True)
    for step in ("draw", "start", "walk", "publish")[: list(State).index(state)]:
        STEPS[step](made, team, city, answers or {})
    made.refresh_from_db()
    return made


def _walk(made, team, city, answers):
    for stop in made.stops.select_related("site__kind"):
        checklist = Checklist.objects.for_type(made.campaign, stop.site.kind) or in_use(
            made.campaign, city, kind=stop.site.kind.name
        )
        visited(stop.site, city, checklist, round=made, **answers)
    rounds.hand_in(team, by=city.inspector)


STEPS = {
    "draw": lambda made, team, city, answers: rounds.draw(made, by=city.coordinator),
    "start": lambda made, team, city, answers: rounds.start(made, by=city.coordinator),
    "walk": _walk,
    "publish": lambda made, team, city, answers: rounds.publish(fresh(made), by=city.coordinator),
}


def visited(site, city, checklist, *, round=None, by=None, finish=True, **answers):
    return visits.save_visit(
        site,
        by=by or city.inspector,
        checklist=checklist,
        said=said(checklist, **answers),
        round=round,
        finish=finish,
        client_key=uuid4(),
    )


def team_of(made):
    return Team.objects.select_related("round__campaign__host").get(round=made)


def fresh(row):
    return type(row).objects.get(pk=row.pk)
