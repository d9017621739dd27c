"""Leaders' instructions: given, told to who must act, seen with the task, told by the summary."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from campaigns.actions import instructions as actions
from campaigns.models import Instruction, Task
from cityinit.models import AuditEvent
from cityinit.periods import Period
from cityinit.workflow import Refused
from reports.facts import collect
from tests.factories import tasks
from tests.factories.people import city as a_city
from tests.factories.people import person
from units.models import Notice, User
from units.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(clock):
    clock("2026-04-01 10:00")


@pytest.fixture
def city():
    made = a_city()
    User.objects.filter(pk=made.leader.pk).update(title="副市长", name="方明")
    made.leader.refresh_from_db()
    return made


@pytest.fixture
def task(campaign, city):
    return tasks.issued(campaign, city)


def url_of(name, *args):
    return reverse(f"campaigns:{name}", args=args)


def told(someone):
    return list(Notice.objects.filter(user=someone, text__contains="批示").values_list("text", "url"))


def test_a_leader_instructs_from_the_task_and_all_who_must_act_are_told(
    city, task, as_, django_capture_on_commit_callbacks
):
    browser = as_(city.leader)
    page = browser.get(task.get_absolute_url()).content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(url_of("task_instruct", task.pk), {"content": "月底前办结", "given_on": "2026-04-01"})

    row = Instruction.objects.get()
    assert url_of("task_instruct", task.pk) in page
    assert answer.headers["Location"] == task.get_absolute_url()
    assert (row.leader, row.content, row.task, row.given_on) == ("副市长方明", "月底前办结", task, date(2026, 4, 1))
    notice = [("副市长方明批示：月底前办结", task.get_absolute_url())]
    assert [told(city.liaison), told(city.coordinator), told(city.other_liaison)] == [notice, notice, []]
    assert task.events.values_list("label", "note", "by").last() == ("批示", "月底前办结", city.leader.pk)
    assert AuditEvent.objects.filter(action="批示").count() == 1


def test_the_units_of_the_task_read_it_on_its_page(city, task, as_):
    actions.instruct(task.campaign, by=city.leader, content="月底前办结", given_on=date(2026, 4, 1), task=task)

    page = as_(city.other_liaison).get(task.get_absolute_url())

    assert [(row["instruction"].content, row["edit_url"]) for row in page.context["instructions"]] == [
        ("月底前办结", "")
    ]


def test_an_instruction_for_the_whole_campaign_is_given_from_the_register(city, campaign, as_):
    browser = as_(city.leader)
    register = browser.get(url_of("register", "instructions")).context["instruct_url"]

    answer = browser.post(register, {"content": "提高站位", "given_on": "2026-03-31", "task": ""})

    row = Instruction.objects.get()
    assert answer.headers["Location"] == row.get_absolute_url()
    assert (row.task, row.given_on) == (None, date(2026, 3, 31))


def test_an_instruction_sent_twice_is_one(city, task, as_):
    key = str(uuid4())
    sent = {"content": "月底前办结", "given_on": "2026-04-01", "client_key": key}

    for _time in range(2):
        as_(city.leader).post(url_of("task_instruct", task.pk), sent)

    assert Instruction.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({"content": "", "given_on": "2026-04-01"}, {"content": ["请填写这一项。"]}),
        ({"content": "好", "given_on": "2026-04-02"}, {"given_on": ["批示日期不能晚于今天。"]}),
    ],
)
def test_what_is_wrong_with_an_instruction_is_a_form_error(city, task, as_, sent, errors):
    answer = as_(city.leader).post(url_of("task_instruct", task.pk), sent)

    assert (answer.status_code, answer.context["form"].errors) == (422, errors)
    assert Instruction.objects.count() == 0


def test_only_leaders_instruct_and_each_within_the_own_scope(city, campaign, task):
    street = person("河湾街道主任", Role.LEADER, city.street, scope=city.street)
    here = tasks.issued(campaign, city, lead_unit=city.community, units=[])
    given = {"content": "抓紧", "given_on": date(2026, 4, 1)}

    for someone, about in ((city.coordinator, task), (city.liaison, task), (street, task), (street, None)):
        with pytest.raises(Refused, match="只有领导可以批示，且限于自己分管的范围。"):
            actions.instruct(campaign, by=someone, task=about, **given)
    actions.instruct(campaign, by=street, task=here, **given)

    assert [(row.leader, row.task) for row in Instruction.objects.all()] == [("河湾街道领导河湾街道主任", here)]


def test_a_draft_is_not_instructed_about(city, campaign):
    draft = tasks.draft(campaign, city)

    with pytest.raises(Refused, match="请选择本创建活动中已下发的任务。"):
        actions.instruct(campaign, by=city.leader, content="抓紧", given_on=date(2026, 4, 1), task=draft)


def test_the_giver_corrects_it_on_its_day_and_nobody_else(city, task, as_, clock):
    row = actions.instruct(task.campaign, by=city.leader, content="月底办结", given_on=date(2026, 4, 1), task=task)
    other = person("另一位领导", Role.LEADER, city.host)
    edit = url_of("instruction_edit", row.pk)

    with pytest.raises(Refused, match="只有批示的领导本人可以修改；创建办可在台账中更正。"):
        actions.change_instruction(row, by=other, content="我改的")
    answer = as_(city.leader).post(edit, {"content": "四月底前办结"})
    clock("2026-04-02 09:00")
    late = as_(city.leader).post(edit, {"content": "五月底前办结"})

    row.refresh_from_db()
    assert (answer.headers["Location"], row.content) == (task.get_absolute_url(), "四月底前办结")
    form = late.context["form"]
    assert form.non_field_errors() == ["批示只能在当天修改。如需更正，请联系创建办。"]
    assert form["content"].value() == "五月底前办结"


def test_the_summary_tells_it(city, campaign, task):
    Task.objects.filter(pk=task.pk).update(issued_on=date(2026, 3, 1))
    actions.instruct(campaign, by=city.leader, content="月底前办结", given_on=date(2026, 4, 1), task=task)

    facts = collect(campaign, Period(date(2026, 1, 1), date(2026, 6, 30)), on=date(2026, 7, 1)).facts

    told = facts["registers"]["instructions"]
    assert [(row["leader"], row["content"]) for row in told] == [("副市长方明", "月底前办结")]
