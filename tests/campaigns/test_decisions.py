"""What meetings decide: item by item, made a task, settled, counted as of the day."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from campaigns import figures
from campaigns.actions import decisions as actions
from campaigns.actions import tasks as task_actions
from campaigns.models import Decision, Instruction, Meeting, Task
from campaigns.models.decision import items_of
from cityinit.periods import Period
from cityinit.workflow import Refused
from tests.factories import rows, tasks

FIRST_QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31))
FIRST_HALF = Period.half_year(2026, 1)


@pytest.fixture
def campaign(city, clock):
    clock("2026-03-10 09:00")
    return tasks.campaign(city)


def meeting(campaign, city, **values):
    values = {"name": "第一次会议", "kind": "领导小组会议", "held_on": date(2026, 3, 2), "unit": city.office, **values}
    return rows.filed("meetings", campaign, by=city.coordinator, **values)


def decided(campaign, city, **values):
    return actions.add_decision(meeting(campaign, city), by=city.coordinator, content="整治夜市占道", **values)


def made(decision, city, **values):
    values = {"code": "Y1", "name": "整治夜市占道", "lead_unit": city.bureau, **values}
    return actions.make_task(decision, by=city.coordinator, **values)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        ("部署全年创建任务", ["部署全年创建任务"]),
        ("1. 审议方案；2、成立专班；3. 5月底前完成摸底", ["审议方案", "成立专班", "5月底前完成摸底"]),
        ("（一）审议方案\n（二）成立专班", ["审议方案", "成立专班"]),
        ("一是审议方案，二是成立专班。", ["审议方案", "成立专班"]),
        ("①审议方案②成立专班", ["审议方案", "成立专班"]),
        ("审议方案；审议方案", ["审议方案"]),
        ("投入3.5万元整修2.6公里道路", ["投入3.5万元整修2.6公里道路"]),
    ],
)
def test_a_text_falls_into_its_items(text, items):
    assert items_of(text) == items


def test_a_meetings_text_stands_as_rows_and_saving_it_again_changes_nothing(campaign, city):
    held = meeting(campaign, city, decisions="1.审议方案；2.成立专班")
    before = list(Decision.objects.values_list("pk", "content"))

    actions.take_items(held)

    assert [content for _pk, content in before] == ["审议方案", "成立专班"]
    assert list(Decision.objects.values_list("pk", "content")) == before
    assert Meeting.objects.get().decisions == "1.审议方案；2.成立专班"


def test_what_is_noted_of_a_training_or_visit_is_no_decision(campaign, city):
    for kind in ("培训", "上级调研", "观摩学习", "主题活动"):
        meeting(campaign, city, name=kind, kind=kind, decisions="肯定小巷整修做法")

    assert Decision.objects.count() == 0


def test_an_item_gone_from_the_text_goes_unless_something_was_made_of_it(campaign, city):
    held = meeting(campaign, city, decisions="审议方案；成立专班；整治夜市占道")
    made(Decision.objects.get(content="整治夜市占道"), city)
    held.decisions = "成立专班"

    actions.take_items(held)

    assert list(Decision.objects.values_list("content", flat=True)) == ["成立专班", "整治夜市占道"]


def test_a_decision_added_by_hand_stands_in_the_text_too(campaign, city):
    held = meeting(campaign, city, decisions="审议方案")

    actions.add_decision(held, by=city.coordinator, content="成立专班", unit=city.bureau, due_on=date(2026, 4, 1))

    assert Meeting.objects.get().decisions == "审议方案；成立专班"
    assert Decision.objects.values_list("content", "unit", "due_on").last() == (
        "成立专班",
        city.bureau.pk,
        date(2026, 4, 1),
    )


def test_a_corrected_or_deleted_decision_is_so_in_the_text(campaign, city):
    held = meeting(campaign, city, decisions="审议方案；成立专班")
    first, second = Decision.objects.all()

    actions.change_decision(first, by=city.coordinator, content="通过方案")
    actions.delete_decision(Decision.objects.select_related("meeting").get(pk=second.pk), by=city.coordinator)

    held.refresh_from_db()
    assert held.decisions == "通过方案"


def test_the_same_form_sent_twice_makes_one_decision(campaign, city):
    held, key = meeting(campaign, city), uuid4()
    for _time in range(2):
        actions.add_decision(held, by=city.coordinator, content="成立专班", client_key=key)

    assert Decision.objects.count() == 1


def test_a_decision_becomes_a_task_that_knows_it(campaign, city):
    decision = decided(campaign, city)

    task = made(decision, city)

    decision.refresh_from_db()
    assert (decision.task, decision.tasked_on) == (task, date(2026, 3, 10))
    assert list(task.decisions.all()) == [decision]
    assert task.events.get(move="originate").note == "第一次会议：整治夜市占道"


def test_a_second_task_is_refused_and_the_same_form_gives_the_first(campaign, city):
    decision, key = decided(campaign, city), uuid4()
    task = made(decision, city, client_key=key)

    assert made(decision, city, client_key=key) == task
    with pytest.raises(Refused, match="已立为任务“Y1 整治夜市占道”"):
        made(decision, city, code="Y2")
    assert Task.objects.count() == 1


def test_an_instruction_becomes_a_task_the_same_way(campaign, city):
    said = Instruction.objects.create(campaign=campaign, content="夜市要管好", leader="市长")

    task = made(said, city)

    assert Instruction.objects.get().task == task
    assert task.events.get(move="originate").note == "市长：夜市要管好"


def test_a_decision_is_settled_without_a_task(campaign, city):
    decision = decided(campaign, city)

    actions.settle(decision, by=city.coordinator, settled_on=date(2026, 3, 5), outcome="已印发方案")

    decision.refresh_from_db()
    assert decision.standing == ("green", "已落实")


@pytest.mark.parametrize(
    ("day", "says"), [(date(2026, 3, 11), "不能晚于今天"), (date(2026, 3, 1), "不能早于会议日期2026-03-02")]
)
def test_a_day_that_cannot_be_is_refused(campaign, city, day, says):
    with pytest.raises(Refused, match=says):
        actions.settle(decided(campaign, city), by=city.coordinator, settled_on=day, outcome="好")


def test_what_is_a_task_is_neither_settled_nor_deleted(campaign, city):
    decision = decided(campaign, city)
    made(decision, city)

    with pytest.raises(Refused, match="已立为任务"):
        actions.settle(decision, by=city.coordinator, settled_on=date(2026, 3, 5), outcome="好")
    with pytest.raises(Refused, match="已立为任务"):
        actions.delete_decision(decision, by=city.coordinator)


@pytest.mark.parametrize("who", ["liaison", "inspector", "leader", "administrator"])
def test_only_the_office_writes_decisions(campaign, city, who):
    held = meeting(campaign, city)

    with pytest.raises(Refused, match="没有这项权限"):
        actions.add_decision(held, by=getattr(city, who), content="成立专班")


def test_a_stale_form_is_refused(campaign, city):
    decision = decided(campaign, city)
    seen = decision.mark
    actions.change_decision(decision, by=city.coordinator, content="别的")

    with pytest.raises(Refused, match="刚刚被别人改过"):
        actions.settle(decision, by=city.coordinator, settled_on=date(2026, 3, 5), outcome="好", seen=seen)


def test_figures_count_what_was_so_on_the_last_day(campaign, city, clock):
    held = meeting(campaign, city, decisions="审议方案；成立专班；整治夜市占道；未办的事")
    rows_ = {row.content: row for row in Decision.objects.select_related("meeting__campaign")}
    actions.settle(rows_["审议方案"], by=city.coordinator, settled_on=date(2026, 3, 5), outcome="已印发")
    task = made(rows_["整治夜市占道"], city)
    task_actions.issue(task, by=city.coordinator)
    clock("2026-04-20 09:00")
    made(rows_["成立专班"], city, code="Y2")
    tasks.entry(task, city)
    task_actions.report_done(tasks.part(task, city.bureau), by=city.liaison)
    task_actions.confirm(tasks.fresh(task), by=city.coordinator)

    def counts(period):
        asked = (figures.decisions_taken, figures.decisions_tasked, figures.decisions_carried_out)
        return [figure(campaign, period).count() for figure in asked]

    assert held.decided.count() == 4
    assert counts(FIRST_QUARTER) == [4, 1, 1]
    assert counts(FIRST_HALF) == [4, 2, 2]


def test_a_figure_of_an_earlier_day_stays_whatever_was_taken_back_since(campaign, city, clock):
    """Confirmed and cancelled in March and taken back in April; settled in March, and made a task in April."""
    meeting(campaign, city, decisions="审议方案；成立专班；整治夜市占道")
    plan, team, market = Decision.objects.select_related("meeting__campaign").order_by("position")
    actions.settle(plan, by=city.coordinator, settled_on=date(2026, 3, 5), outcome="已印发")
    given_up, done = made(team, city, code="Y2"), made(market, city)
    task_actions.issue(done, by=city.coordinator)
    tasks.entry(done, city)
    task_actions.report_done(tasks.part(done, city.bureau), by=city.liaison)
    task_actions.confirm(tasks.fresh(done), by=city.coordinator)
    task_actions.issue(given_up, by=city.coordinator)
    task_actions.cancel(given_up, by=city.coordinator, note="并入别的任务")

    def counts(period):
        asked = (figures.decisions_tasked, figures.decisions_carried_out, figures.decisions_under_way)
        return [figure(campaign, period).count() for figure in asked]

    before = counts(FIRST_QUARTER)
    clock("2026-04-20 09:00")
    task_actions.reopen(tasks.fresh(done), by=city.coordinator, note="照片不全")
    task_actions.restore(tasks.fresh(given_up), by=city.coordinator, note="仍由专班办")
    made(plan, city, code="Y3")

    assert before == counts(FIRST_QUARTER) == [2, 2, 0]
    assert counts(FIRST_HALF) == [3, 0, 3]


# Pages -----------------------------------------------------------------------------------------------


def test_the_office_follows_a_decision_from_the_meeting_to_the_task(campaign, city, client):
    client.force_login(city.coordinator)
    held = meeting(campaign, city)
    client.post(
        reverse("campaigns:decision_new", args=[held.pk]),
        {"content": "整治夜市占道", "unit": city.bureau.pk, "due_on": "2026-05-01", "client_key": uuid4()},
    )
    decision = Decision.objects.get()
    plan = tasks.draft(campaign, city, code="B1")
    address = f"{reverse('campaigns:task_new')}?decision={decision.pk}"
    assert address in client.get(decision.get_absolute_url()).text

    form = client.get(address).context["form"]
    sent = {"code": form.initial["code"], "name": form.initial["name"], "lead_unit": form.initial["lead_unit"]}
    sent |= {"due_on": form.initial["due_on"], "client_key": form.initial["client_key"]}
    client.post(address, sent)

    task = Task.objects.exclude(pk=plan.pk).get()
    assert (task.code, task.name, task.lead_unit) == ("Y1", "整治夜市占道", city.bureau)
    assert task.due_on == date(2026, 5, 1)
    assert "来自议定事项" in client.get(task.get_absolute_url()).text
    assert "未下发" in client.get(decision.get_absolute_url()).text


def test_the_desk_counts_what_is_pending_and_leads_to_it(campaign, city, client):
    meeting(campaign, city, decisions="审议方案；成立专班")
    client.force_login(city.coordinator)

    desk = client.get(reverse("campaigns:desk"))
    stat = next(stat for stat in desk.context["stats"] if stat["label"] == "议定事项未落实")
    listed = client.get(stat["url"])

    assert (stat["value"], len(listed.context["rows"])) == (2, 2)


@pytest.mark.parametrize("many", [1, 12])
def test_the_list_takes_the_same_queries_however_many_there_are(
    campaign, city, client, django_assert_num_queries, many
):
    meeting(campaign, city, decisions="；".join(f"第{n}件事" for n in range(many)))
    client.force_login(city.coordinator)
    client.get(reverse("campaigns:decisions"))

    with django_assert_num_queries(LIST_QUERIES):
        page = client.get(reverse("campaigns:decisions"))

    assert len(page.context["rows"]) == many


LIST_QUERIES = 10


def test_tabs_tell_what_became_of_decisions(campaign, city, client):
    meeting(campaign, city, decisions="审议方案；成立专班；整治夜市占道")
    found = {row.content: row for row in Decision.objects.select_related("meeting__campaign")}
    made(found["整治夜市占道"], city)
    actions.settle(found["审议方案"], by=city.coordinator, settled_on=date(2026, 3, 5), outcome="已印发")
    client.force_login(city.leader)

    told = {}
    for show in ("pending", "under_way", "carried_out"):
        page = client.get(reverse("campaigns:decisions"), {"show": show})
        told[show] = [row["decision"].content for row in page.context["rows"]]

    assert told == {"pending": ["成立专班"], "under_way": ["整治夜市占道"], "carried_out": ["审议方案"]}
