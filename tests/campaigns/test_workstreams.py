"""Schemes of workstreams: their order, and tasks placed in them from a selection."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from campaigns.actions import workstreams as actions
from campaigns.models import TaskEvent, Workstream
from cityinit.models import AuditEvent
from cityinit.workflow import Refused
from tests.factories import tasks
from tests.factories.people import city

pytestmark = pytest.mark.django_db
PAGE, PLACE = "/campaigns/workstreams/", "/campaigns/breakdown/tasks/change/"


def stream(campaign, name, **values):
    return Workstream.objects.create(campaign=campaign, name=name, **values)


def standing(workstream):
    return sorted(workstream.tasks.values_list("code", flat=True))


def test_ticked_tasks_go_from_one_workstream_to_another(here, campaign, as_):
    green, red = stream(campaign, "绿化"), stream(campaign, "红化")
    first = tasks.issued(campaign, here, code="1", workstreams=[green])
    second = tasks.confirmed(campaign, here, code="2", workstreams=[green, red])
    tasks.issued(campaign, here, code="3", workstreams=[green])
    browser = as_(here.coordinator)
    ticked = {"task": [first.pk, second.pk], "filter": "q="}

    asked = browser.post(PLACE, ticked)
    done = browser.post(PLACE, {**ticked, "apply": "1", "into": red.pk, "out_of": green.pk})

    assert (asked.status_code, len(asked.context["chosen"].keys), standing(green)) == (200, 2, ["3"])
    assert (done.status_code, [str(one) for one in get_messages(done.wsgi_request)]) == (302, ["已调整2项任务的板块。"])
    assert (standing(green), standing(red)) == (["3"], ["1", "2"])
    told = TaskEvent.objects.filter(move="place").order_by("task__code").values_list("task__code", "note", "by")
    assert list(told) == [
        ("1", "移出“绿化”，归入“红化”", here.coordinator.pk),
        ("2", "移出“绿化”", here.coordinator.pk),
    ]


def test_all_of_a_filter_is_placed_and_sent_twice_changes_nothing_more(here, campaign, as_):
    green = stream(campaign, "绿化")
    for code in ("a1", "a2", "b1"):
        tasks.draft(campaign, here, code=code)
    browser = as_(here.coordinator)

    asked = browser.post(PLACE, {"all": "1", "filter": "q=a"})
    sent = {"task": asked.context["chosen"].keys, "apply": "1", "into": green.pk}
    for _time in range(2):
        browser.post(PLACE, sent)

    assert standing(green) == ["a1", "a2"]
    assert TaskEvent.objects.filter(move="place").count() == 2


@pytest.mark.parametrize(("into", "out_of"), [("", ""), ("green", "green")])
def test_without_a_workstream_or_with_one_twice_the_form_says_so(here, campaign, as_, into, out_of):
    keys = {"green": stream(campaign, "绿化").pk, "": ""}
    task = tasks.issued(campaign, here)

    sent = {"task": [task.pk], "apply": "1", "into": keys[into], "out_of": keys[out_of]}
    response = as_(here.coordinator).post(PLACE, sent)

    assert response.status_code == 422
    assert len(response.context["form"].non_field_errors()) == 1


def test_another_campaigns_workstream_and_another_role_are_refused(here, campaign):
    task = tasks.issued(campaign, here)
    green, foreign = stream(campaign, "绿化"), stream(tasks.campaign(city("山口市")), "别处")

    for into, by in ((foreign, here.coordinator), (green, here.leader), (None, here.coordinator)):
        with pytest.raises(Refused):
            actions.place_tasks(campaign, [task], into=into, by=by)

    assert task.workstreams.count() == 0


def test_the_office_orders_a_scheme_and_the_trail_knows(here, campaign, as_):
    one, two, three = (stream(campaign, name, scheme="六优", number=1) for name in "甲乙丙")
    stream(campaign, "别的", scheme="总结")
    browser = as_(here.coordinator)

    for moved, to in ((three, "up"), (one, "down"), (three, "up")):
        browser.post(reverse("campaigns:workstream_order", args=[moved.pk]), {"to": to})

    (first, _second) = browser.get(PAGE).context["schemes"]
    assert [row["row"].name for row in first["rows"]] == ["丙", "甲", "乙"]
    assert [row["row"].number for row in first["rows"]] == [1, 2, 3]
    assert AuditEvent.objects.filter(action="调整板块顺序").count() == 2
    assert two.number == 1


def test_who_may_not_keep_registers_orders_nothing(here, campaign, as_):
    one = stream(campaign, "甲", number=1)

    response = as_(here.leader).post(reverse("campaigns:workstream_order", args=[one.pk]), {"to": "down"})

    assert "您的岗位没有这项权限" in str(next(iter(get_messages(response.wsgi_request))))


def test_what_stands_in_none_or_in_several_is_counted_and_listed(here, campaign, as_):
    green, red = stream(campaign, "绿化", scheme="六优"), stream(campaign, "红化", scheme="六优")
    other = stream(campaign, "总结", scheme="总结")
    tasks.issued(campaign, here, code="none")
    tasks.issued(campaign, here, code="several", workstreams=[green, red])
    tasks.issued(campaign, here, code="two schemes", workstreams=[green, other])
    browser = as_(here.coordinator)

    context = browser.get(PAGE).context

    assert (context["unplaced"], context["several"]) == (1, 1)
    assert [t["code"] for t in browser.get(context["unplaced_url"]).context["tasks"]] == ["none"]
    assert [t["code"] for t in browser.get(context["several_url"]).context["tasks"]] == ["several"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_however_many_workstreams(here, campaign, as_, rows, django_assert_num_queries):
    for number in range(rows):
        tasks.issued(campaign, here, workstreams=[stream(campaign, f"{number}")])
    browser = as_(here.coordinator)
    browser.get(PAGE)

    # The shell's five, workstreams, where tasks stand, what is done, what stands in none and in several.
    with django_assert_num_queries(8):
        browser.get(PAGE)
