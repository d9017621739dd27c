"""Versions of an assessment system: what is in use is never written over, and nothing filed is lost from sight."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from campaigns.actions import nodes
from campaigns.actions import systems as actions
from campaigns.models import AssessmentSystem, Indicator, SelfCheck, Standard, SystemEvent, Task
from campaigns.usage import is_in_use
from campaigns.workflow import SYSTEM
from cityinit.models import AuditEvent
from cityinit.workflow import Refused
from tests.factories import systems, tasks
from tests.factories.people import city as make_city
from units.models import Notice
from units.roles import Role

pytestmark = pytest.mark.django_db

DRAFT, IN_FORCE, SUPERSEDED = AssessmentSystem.State


@pytest.fixture
def used(campaign, city):
    """An edition in force that a task stands under."""
    system = systems.in_force(campaign, city)
    tasks.issued(campaign, city, indicator=systems.node(system, "Ⅱ-1"))
    return system


def says(indicator, **values):
    """What a form of the indicator sends, with these changes."""
    kept = {name: getattr(indicator, name) for name in ("code", "name", "parent", "methods", "score", "note")}
    return kept | {"units": list(indicator.units.all()), "seen": indicator.mark} | values


def test_an_edition_nobody_has_used_is_written_in_place(campaign, city):
    system = systems.in_force(campaign, city)

    written = nodes.change_indicator(
        systems.node(system, "Ⅱ-1"), by=city.coordinator, **says(systems.node(system, "Ⅱ-1"), name="市容市貌")
    )

    assert (written.system, systems.node(system, "Ⅱ-1").name) == (system, "市容市貌")
    assert AssessmentSystem.objects.count() == 1


def test_editing_an_edition_in_use_makes_a_draft_version_and_leaves_it_as_it_is(used, city):
    written = nodes.change_indicator(
        systems.node(used, "Ⅱ-1"), by=city.coordinator, **says(systems.node(used, "Ⅱ-1"), name="市容市貌")
    )

    draft = written.system
    assert (draft.state, draft.version, draft.previous) == (DRAFT, 2, used)
    assert (systems.node(used, "Ⅱ-1").name, systems.node(draft, "Ⅱ-1").name) == ("市容环境", "市容市貌")
    assert systems.node(draft, "Ⅱ-1").lineage == systems.node(used, "Ⅱ-1").lineage
    assert str(draft) == "全国文明城市测评体系 2023年版（修订1）"


@pytest.mark.parametrize(
    "edit",
    [
        lambda city, top, below: systems.indicator(top.system, city, "Ⅱ-2", "公共秩序", parent=top),
        lambda city, top, below: systems.standard(below, city, "3", "路灯完好"),
        lambda city, top, below: nodes.delete_node(below, by=city.coordinator),
        lambda city, top, below: nodes.delete_node(below.standards.first(), by=city.coordinator),
        lambda city, top, below: nodes.shift(below.standards.first(), by=city.coordinator, up=False),
    ],
)
def test_no_edit_of_an_edition_in_use_touches_it(used, city, edit):
    def told():
        rows = Standard.objects.of_system(used).order_by("position", "pk")
        return [str(row) for row in used.indicators.all()], [str(row) for row in rows]

    before = told()
    edit(city, systems.node(used, "Ⅰ-1"), systems.node(used, "Ⅱ-1"))

    assert told() == before
    assert AssessmentSystem.objects.drafts().get().previous == used


def test_the_second_edit_goes_to_the_draft_of_the_first(used, city):
    systems.standard(systems.node(used, "Ⅱ-1"), city, "3", "路灯完好")
    systems.standard(systems.node(used, "Ⅱ-1"), city, "4", "井盖完好")

    draft = AssessmentSystem.objects.drafts().get()
    assert [one.number for one in systems.node(draft, "Ⅱ-1").standards.all()] == ["1", "2", "3", "4"]


def test_a_revision_copies_the_whole_tree_with_its_units_and_lineages(used, city):
    draft = actions.revise(used, by=city.coordinator)

    def tree(system):
        indicators = [
            (row.code, row.parent and row.parent.code, row.lineage, list(row.units.all()), row.score, row.methods)
            for row in system.indicators.all()
        ]
        rows = Standard.objects.of_system(system)
        return indicators, [(row.full_number, row.lineage, row.content, row.score) for row in rows]

    assert tree(draft) == tree(used)
    assert actions.revise(used, by=city.coordinator) == draft


def test_a_stale_form_of_a_draft_is_refused(campaign, city):
    draft = systems.draft(campaign, city)
    first, second = systems.node(draft, "Ⅱ-1"), systems.node(draft, "Ⅱ-1")
    nodes.change_indicator(first, by=city.coordinator, **says(second, name="市容市貌"))

    with pytest.raises(Refused, match="刚刚被别人改过"):
        nodes.change_indicator(second, by=city.coordinator, **says(second, name="环境卫生"))

    assert systems.node(draft, "Ⅱ-1").name == "市容市貌"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"code": "Ⅰ-1"}, "编号“Ⅰ-1”已用于“公共环境”，请换一个。"),
        ({"code": " "}, "请填写编号，如“Ⅱ-1”。"),
        ({"name": ""}, "请填写名称。"),
        ({"score": -1}, "分值不能是负数。"),
    ],
)
def test_an_indicator_that_cannot_be_kept_is_refused_in_words(campaign, city, change, reason):
    draft = systems.draft(campaign, city)
    node = systems.node(draft, "Ⅱ-1")

    with pytest.raises(Refused) as refused:
        nodes.change_indicator(node, by=city.coordinator, **says(node, **change))

    assert refused.value.reason == reason


def test_a_cycle_is_refused_in_words_and_nothing_is_moved(campaign, city):
    draft = systems.draft(campaign, city)
    top, below = systems.node(draft, "Ⅰ-1"), systems.node(draft, "Ⅱ-1")

    with pytest.raises(Refused) as refused:
        nodes.change_indicator(top, by=city.coordinator, **says(top, parent=below))

    assert refused.value.reason == "“Ⅱ-1 市容环境”就是它自己或在它之下，不能作它的上级，否则上下级会绕成圈。"
    assert systems.node(draft, "Ⅰ-1").parent is None


def test_a_branch_does_not_go_below_the_fourth_level(campaign, city):
    draft = systems.draft(campaign, city)
    third = systems.indicator(draft, city, "Ⅲ-1", "背街小巷", parent=systems.node(draft, "Ⅱ-1"))
    systems.indicator(draft, city, "Ⅳ-1", "保洁", parent=third)
    other = systems.indicator(draft, city, "Ⅰ-2", "公共秩序")
    top = systems.node(draft, "Ⅰ-1")

    with pytest.raises(Refused, match="这样会超过4级"):
        nodes.change_indicator(top, by=city.coordinator, **says(top, parent=other))


def test_a_number_is_given_once_within_an_indicator(campaign, city):
    draft = systems.draft(campaign, city)

    with pytest.raises(Refused) as refused:
        systems.standard(systems.node(draft, "Ⅱ-1"), city, "1", "路灯完好")

    assert refused.value.reason == "“Ⅱ-1”下已有序号1：主次干道干净整洁，无暴露垃圾。请换一个序号。"


def test_a_standard_moves_to_another_indicator(campaign, city):
    draft = systems.draft(campaign, city)
    other = systems.indicator(draft, city, "Ⅱ-2", "街巷")
    moved = systems.node(draft, "Ⅱ-1").standards.get(number="2")

    values = {name: getattr(moved, name) for name in Standard.WRITTEN if name != "units"}
    nodes.change_standard(moved, by=city.coordinator, indicator=other, seen=moved.mark, **values)

    assert [one.full_number for one in Standard.objects.of_system(draft)] == ["Ⅱ-1-1)", "Ⅱ-2-2)"]


def test_a_branch_goes_with_all_that_is_below_it(campaign, city):
    draft = systems.draft(campaign, city)
    systems.indicator(draft, city, "Ⅰ-2", "公共秩序")

    nodes.delete_node(systems.node(draft, "Ⅰ-1"), by=city.coordinator)

    assert [row.code for row in draft.indicators.all()] == ["Ⅰ-2"]
    assert Standard.objects.of_system(draft).count() == 0


def test_neighbours_change_places_and_the_last_stays_last(campaign, city):
    draft = systems.draft(campaign, city)
    first, second = systems.node(draft, "Ⅱ-1").standards.all()

    def order():
        return [one.number for one in systems.node(draft, "Ⅱ-1").standards.all()]

    nodes.shift(second, by=city.coordinator, up=True)
    moved = order()
    nodes.shift(first, by=city.coordinator, up=False)

    assert (moved, order()) == (["2", "1"], ["2", "1"])


def test_adopting_ends_the_version_before_on_that_day(used, city, django_capture_on_commit_callbacks):
    draft = actions.revise(used, by=city.coordinator)

    with django_capture_on_commit_callbacks(execute=True):
        actions.adopt(draft, by=city.coordinator, adopted_on=date(2026, 7, 1))

    before, after = systems.fresh(used), systems.fresh(draft)
    assert (before.state, before.superseded_on) == (SUPERSEDED, date(2026, 7, 1))
    assert (after.state, after.adopted_on) == (IN_FORCE, date(2026, 7, 1))
    in_force = AssessmentSystem.objects.in_force
    assert [list(in_force(on=date(2026, month, 1))) for month in (6, 7)] == [[before], [after]]
    assert Notice.objects.filter(text="测评体系已启用：全国文明城市测评体系 2023年版（修订1）").exists()


def test_what_was_filed_under_the_version_before_is_found_from_the_new_one(used, city):
    SelfCheck.objects.create(
        campaign=used.campaign, indicator=systems.node(used, "Ⅱ-1"), checked_on=date(2026, 3, 1), score=8
    )
    draft = actions.revise(used, by=city.coordinator)
    actions.adopt(draft, by=city.coordinator)

    now = systems.node(draft, "Ⅱ-1")
    assert [task.indicator.system for task in Task.objects.under(now)] == [used]
    assert [check.score for check in SelfCheck.objects.under(now)] == [8]
    assert is_in_use(systems.fresh(draft))


def test_a_new_edition_founded_afresh_takes_on_the_lineages_its_comparison_finds(used, city, campaign):
    other = systems.draft(campaign, city, edition="2026年版", previous=used)
    changed = systems.node(other, "Ⅱ-1")
    nodes.change_indicator(changed, by=city.coordinator, **says(changed, code="Ⅱ-3"))

    actions.adopt(other, by=city.coordinator)

    assert systems.node(other, "Ⅱ-3").lineage == systems.node(used, "Ⅱ-1").lineage
    assert Task.objects.under(systems.node(other, "Ⅱ-3")).count() == 1
    note = SystemEvent.objects.get(system=other, move="adopt").note
    assert note == "接替“全国文明城市测评体系 2023年版”，沿用2条标准及其材料"


def test_what_the_office_took_apart_is_carried_over_to_nothing(used, city, campaign):
    other = systems.draft(campaign, city, edition="2026年版", previous=used)
    nodes.unpair(systems.node(other, "Ⅱ-1"), by=city.coordinator)

    actions.adopt(other, by=city.coordinator)

    assert Task.objects.under(systems.node(other, "Ⅱ-1")).count() == 0


def test_an_adoption_on_an_impossible_day_is_refused(used, city):
    draft = actions.revise(used, by=city.coordinator)
    reasons = []
    for day in (timezone.localdate() + timedelta(days=1), systems.ADOPTED - timedelta(days=1)):
        with pytest.raises(Refused) as refused:
            actions.adopt(draft, by=city.coordinator, adopted_on=day)
        reasons.append(refused.value.reason)

    assert reasons == ["启用日期不能晚于今天。", "启用日期不能早于前一版的启用日期2026-01-05。"]
    assert systems.fresh(draft).state == DRAFT


def test_an_edition_without_indicators_is_not_adopted(campaign, city):
    system = actions.found_system(campaign, by=city.coordinator, name="未成年人思想道德建设测评体系")

    with pytest.raises(Refused, match="还没有指标"):
        actions.adopt(system, by=city.coordinator)


def test_a_draft_whose_predecessor_has_ended_says_so(used, city, campaign):
    other = systems.draft(campaign, city, edition="2026年版", previous=used)
    actions.adopt(actions.revise(used, by=city.coordinator), by=city.coordinator)

    with pytest.raises(Refused, match="它要接替的“全国文明城市测评体系 2023年版”已是“已停用”"):
        actions.adopt(systems.fresh(other), by=city.coordinator)


def test_two_systems_stand_in_force_beside_each_other(campaign, city):
    first = systems.in_force(campaign, city)
    second = systems.in_force(campaign, city, name="未成年人思想道德建设测评体系", edition="")

    assert list(AssessmentSystem.objects.in_force()) == [first, second]


def test_a_draft_is_thrown_away_whole_and_the_trail_says_so(used, city):
    draft = actions.revise(used, by=city.coordinator)

    actions.discard(draft, by=city.coordinator)

    assert list(AssessmentSystem.objects.all()) == [used]
    assert Indicator.objects.count() == 2
    assert AuditEvent.objects.latest("pk").subject == "全国文明城市测评体系 2023年版（修订1）"
    with pytest.raises(Refused, match="刚刚被别人放弃了"):
        nodes.add_indicator(draft, by=city.coordinator, code="Ⅰ-9", name="新")


def test_what_is_in_force_is_not_thrown_away(used, city):
    with pytest.raises(Refused, match="只有修订中的版本可以放弃"):
        actions.discard(used, by=city.coordinator)


def test_what_has_ended_is_not_written(campaign, city):
    system = systems.superseded(campaign, city)

    with pytest.raises(Refused, match="已停用，不能再改"):
        systems.indicator(system, city, "Ⅰ-2", "公共秩序")
    actions.retire(AssessmentSystem.objects.in_force().get(), by=city.coordinator, note="不再参评")
    with pytest.raises(Refused, match="已停用，不能修订"):
        actions.revise(systems.fresh(system), by=city.coordinator)


def test_one_form_sent_twice_is_one_row(campaign, city):
    key = uuid4()
    made = [
        actions.found_system(campaign, by=city.coordinator, name="体系", edition="试行", client_key=key) for _n in "12"
    ]
    rows = [systems.indicator(made[0], city, "Ⅰ-1", "环境", client_key=uuid4()) for _n in "1"]
    again = [systems.standard(rows[0], city, "1", "整洁", client_key=key) for _n in "12"]

    assert (made[0], again[0]) == (made[1], again[1])


def test_the_same_edition_is_not_founded_twice(campaign, city):
    systems.in_force(campaign, city)

    with pytest.raises(Refused, match="已经有了。要改它，请打开它点“修订”"):
        actions.found_system(campaign, by=city.coordinator, name="全国文明城市测评体系", edition="2023年版")


@pytest.mark.parametrize("state", list(AssessmentSystem.State))
def test_who_may_move_a_system_from_each_state(state):
    expected = {(DRAFT, "adopt", Role.COORDINATOR), (IN_FORCE, "retire", Role.COORDINATOR)}
    here = make_city()
    system = systems.system_at(tasks.campaign(here), here, state)

    allowed = {
        (state, move, role)
        for role, person in here.by_role.items()
        for move in SYSTEM.moves
        if SYSTEM.refusal(system, move, person) is None
    }

    assert allowed == {row for row in expected if row[0] == state}


def test_only_who_may_change_systems_writes_them(used, city):
    doings = [
        lambda by: actions.revise(used, by=by),
        lambda by: actions.found_system(used.campaign, by=by, name="新体系"),
        lambda by: (
            systems.indicator(used, city, "Ⅰ-3", "名称")
            if by == city.coordinator
            else nodes.add_indicator(used, by=by, code="Ⅰ-3", name="名称")
        ),
        lambda by: nodes.delete_node(systems.node(used, "Ⅱ-1"), by=by),
        lambda by: nodes.shift(systems.node(used, "Ⅱ-1"), by=by, up=True),
    ]

    for by in (city.inspector, city.liaison, city.leader, city.administrator):
        for do in doings:
            with pytest.raises(Refused, match="您的岗位没有这项权限"):
                do(by)
    assert AssessmentSystem.objects.count() == 1
