"""The menu: which entry a page stands under."""

import pytest
from django.urls import reverse

from tests.factories import people, tasks
from units.roles import Role


def marked(page):
    return [item["label"] for group in page.context["navigation"] for item in group["items"] if item["active"]]


@pytest.mark.parametrize(
    ("address", "entry"),
    [
        ("/campaigns/", "我的工作台"),
        ("/campaigns/tasks/new/", "任务"),
        ("/units/notices/", "我的工作台"),
        ("/units/", "单位"),
        ("/units/people/", "人员与岗位"),
        ("/inspections/rounds/", "督查批次"),
        ("/inspections/findings/", "问题"),
    ],
)
def test_each_page_marks_the_entry_it_stands_under(city, client, address, entry):
    tasks.campaign(city)
    client.force_login(city.coordinator)

    assert marked(client.get(address)) == [entry]


def test_the_end_of_a_post_stands_under_the_people(city, client):
    client.force_login(city.administrator)

    page = client.get(reverse("units:post_end", args=[city.liaison.posts.get().pk]))

    assert marked(page) == ["人员与岗位"]


def test_a_move_of_a_units_part_stands_under_the_tasks(city, client):
    task = tasks.in_progress(tasks.campaign(city), city)
    client.force_login(city.liaison)

    page = client.get(reverse("campaigns:assignment_move", args=[tasks.part(task, city.bureau).pk, "report_done"]))

    assert marked(page) == ["任务"]


def entries(client, someone):
    client.force_login(someone)
    groups = client.get("/units/").context["navigation"]
    return {str(item["label"]) for group in groups for item in group["items"]}


def test_the_administrator_finds_the_desk_and_the_office_its_jobs(city, client):
    wanted = {"我的工作台", "后台作业"}

    shown = {role: entries(client, someone) & wanted for role, someone in city.by_role.items()}

    assert shown == {
        "coordinator": wanted,
        "inspector": {"我的工作台"},
        "liaison": {"我的工作台"},
        "leader": {"我的工作台"},
        "administrator": wanted,
    }


def test_a_leader_of_one_street_is_offered_no_registers(city, client):
    tasks.campaign(city)
    leader = people.person("街道书记", Role.LEADER, city.street, scope=city.street)

    assert "台账" in entries(client, city.leader)
    assert "台账" not in entries(client, leader)
