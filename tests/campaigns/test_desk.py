"""Desks: what waits for whom, and that each number opens exactly its rows."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.actions import tasks as actions
from cityinit.models import Job
from tests.factories import tasks
from tests.factories.people import city, person
from units.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(clock):
    clock("2026-06-10 09:00")


@pytest.fixture
def desk_of(client):
    def ask(person):
        client.force_login(person)
        return client.get(reverse("campaigns:desk"))

    return ask


def some_work(campaign, here, clock):
    """Tasks in every state, late and due, read and unread."""
    today = timezone.localdate()
    clock("2026-06-01 09:00")
    tasks.issued(campaign, here, code="old", due_on=today)
    clock("2026-06-10 09:00")
    tasks.issued(campaign, here, code="late", due_on=today - timedelta(days=2))
    tasks.in_progress(campaign, here, code="working", due_on=today + timedelta(days=5))
    tasks.reported(campaign, here, code="reported", due_on=today)
    tasks.awaiting(campaign, here, code="awaiting")
    tasks.draft(campaign, here, code="draft")
    tasks.confirmed(campaign, here, code="confirmed")


def stats_of(response):
    return {stat["label"]: stat["value"] for stat in response.context["stats"]}


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (
            "coordinator",
            {"待确认": 1, "今天到期": 2, "已逾期": 1, "3天以上未签收": 1, "待下发": 1, "议定事项未落实": 0},
        ),
        ("liaison", {"待签收": 2, "今天到期": 1, "已逾期": 1, "被退回": 0, "被催办": 0, "7天内到期": 2}),
        ("other_liaison", {"待签收": 4, "今天到期": 2, "已逾期": 1, "被退回": 0, "被催办": 0, "7天内到期": 3}),
        ("leader", {"办理中": 4, "今天到期": 2, "已逾期": 1, "待确认": 1}),
        ("inspector", {}),
        ("administrator", {}),
    ],
)
def test_each_role_sees_what_waits(here, campaign, desk_of, clock, who, expected):
    some_work(campaign, here, clock)

    assert stats_of(desk_of(getattr(here, who))) == expected


def test_what_was_sent_back_stands_on_the_desk_in_a_list_and_with_its_reason_until_reported_again(
    here, campaign, desk_of, as_
):
    tasks.reported(campaign, here, code="other")
    task = tasks.awaiting(campaign, here, code="back", units=[])
    actions.send_back(task, by=here.coordinator, note="缺现场照片")
    before = stats_of(desk_of(here.liaison))["被退回"]
    listed = as_(here.liaison).get(reverse("campaigns:tasks"), {"part": "sent_back"})
    page = as_(here.liaison).get(task.get_absolute_url())

    actions.report_done(tasks.part(task, here.bureau), by=here.liaison)

    assert [row["code"] for row in listed.context["tasks"]] == ["back"]
    assert [row["returned"] and row["returned"].note for row in page.context["parts"]] == ["缺现场照片"]
    again = as_(here.liaison).get(task.get_absolute_url())
    assert [row["returned"] for row in again.context["parts"]] == [None]
    assert (before, stats_of(desk_of(here.liaison))["被退回"]) == (1, 0)


def test_work_can_be_logged_from_the_desk_for_each_running_task(here, campaign, desk_of):
    unread, running = tasks.issued(campaign, here), tasks.in_progress(campaign, here)

    page = desk_of(here.liaison).content.decode()

    assert reverse("campaigns:log_new", args=[running.pk]) in page
    assert reverse("campaigns:log_new", args=[unread.pk]) not in page


@pytest.mark.parametrize("who", ["coordinator", "liaison", "other_liaison", "leader"])
def test_every_count_opens_exactly_its_rows(here, campaign, desk_of, client, clock, who):
    some_work(campaign, here, clock)

    response = desk_of(getattr(here, who))

    for stat in response.context["stats"]:
        assert client.get(stat["url"]).context["page"].count == stat["value"], stat["label"]
    for shown in response.context["lists"]:
        rows = client.get(shown["url"]).context["page"].rows
        assert {task["code"] for task in shown["rows"]} == {task["code"] for task in rows}


def test_the_leader_sees_time_against_done(here, campaign, desk_of, client, clock):
    some_work(campaign, here, clock)

    progress = desk_of(here.leader).context["progress"]

    assert (progress["tasks_count"], progress["done_count"], str(progress["done"])) == (6, 1, "16.7")
    # 161 of 365 days.
    assert str(progress["time"]) == "44.1"
    assert client.get(progress["tasks_url"]).context["page"].count == 6
    assert client.get(progress["done_url"]).context["page"].count == 1


def test_the_administrator_sees_failed_jobs_and_opens_exactly_these(here, campaign, desk_of, client):
    Job.objects.create(name="x", label="写总结", state=Job.State.FAILED, requested_by_name="系统")
    Job.objects.create(name="y", label="导入", state=Job.State.DONE, requested_by_name="系统")

    failed, *_others = desk_of(here.administrator).context["administration"]

    assert (failed["label"], failed["value"]) == ("失败的后台作业", 1)
    assert [job.label for job in client.get(failed["url"]).context["page"].rows] == ["写总结"]


@pytest.mark.parametrize(
    ("who", "warned"),
    [("administrator", True), ("coordinator", True), ("liaison", False), ("leader", False), ("inspector", False)],
)
def test_who_can_act_is_warned_of_an_unknown_year(here, campaign, desk_of, clock, who, warned):
    clock("2026-11-01 09:00")

    response = desk_of(getattr(here, who))

    assert response.context["unknown_years"] == ([2027] if warned else [])
    assert ("2027年的节假日和调休尚未录入" in response.content.decode()) == warned


def test_without_a_campaign_the_desk_says_what_to_do(here, desk_of):
    text = desk_of(here.coordinator).content.decode()

    assert "还没有创建活动" in text
    assert reverse("campaigns:campaign_new") in text


def test_findings_come_by_address_with_a_plain_link_inside(here, campaign, desk_of):
    text = desk_of(here.inspector).content.decode()

    assert f'hx-get="{reverse("inspections:desk")}"' in text
    assert f'href="{reverse("inspections:findings")}"' in text


def test_a_liaison_of_two_campaigns_works_in_the_running_one_and_may_switch(here, campaign, desk_of, client):
    old = tasks.campaign(here, "老活动", starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31))
    tasks.issued(old, here, code="old")

    assert desk_of(here.liaison).context["campaign"] == campaign
    client.post(reverse("campaigns:choose"), {"campaign": old.pk})

    assert stats_of(client.get(reverse("campaigns:desk")))["待签收"] == 1


def test_a_person_with_two_posts_has_the_offices_desk(here, campaign, desk_of):
    both = person("身兼两职", Role.LIAISON, here.bureau)
    both.posts.create(role=Role.COORDINATOR, unit=here.office, starts_on=date(2024, 1, 1))

    assert set(stats_of(desk_of(both))) == {"待确认", "今天到期", "已逾期", "3天以上未签收", "待下发", "议定事项未落实"}


def test_the_desk_shows_a_liaison_the_state_of_the_own_part(client):
    here = city()
    tasks.acknowledged(tasks.campaign(here), here)
    client.force_login(here.other_liaison)

    lists = client.get(reverse("campaigns:desk")).context["lists"]

    assert [[task["state"] for task in one["rows"]] for one in lists] == [["未签收"], []]
