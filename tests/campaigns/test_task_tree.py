"""The tasks as a tree: by workstream and by indicator, opened level by level."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook as open_book

from campaigns.actions import systems as system_actions
from campaigns.ancestry import in_tree_order
from campaigns.models import AssessmentSystem, Indicator, Task, Workstream
from tests.factories import systems, tasks

pytestmark = pytest.mark.django_db
TREE = "/campaigns/tasks/tree/"


def shown(response):
    level = response.context["level"]
    return [(node["name"], node["done"], node["all"]) for node in level["nodes"]], [t["code"] for t in level["tasks"]]


def opened(browser, response, name):
    """What stands below the node or task of that name."""
    level = response.context["level"]
    urls = {node["name"]: node["url"] for node in level["nodes"]}
    urls |= {task["code"]: task["open_url"] for task in level["tasks"]}
    return browser.get(urls[name])


def test_each_level_of_a_scheme_opens_below_the_one_above(here, campaign, as_):
    roads = Workstream.objects.create(campaign=campaign, name="道路", scheme="六优", number=1)
    lanes = Workstream.objects.create(campaign=campaign, name="小巷", scheme="六优", number=1, parent=roads)
    other = Workstream.objects.create(campaign=campaign, name="一、工作", scheme="总结结构", number=1)
    above = tasks.issued(campaign, here, code="1", workstreams=[roads, other])
    second = tasks.issued(campaign, here, code="1.1", parent=above)
    third = tasks.issued(campaign, here, code="1.1.1", parent=second)
    tasks.issued(campaign, here, code="1.1.1.1", parent=third)
    tasks.confirmed(campaign, here, code="2", workstreams=[lanes, roads])
    tasks.issued(campaign, here, code="3")
    browser = as_(here.coordinator)

    top = browser.get(TREE)
    of_roads = opened(browser, top, "道路")
    of_first = opened(browser, of_roads, "1")
    of_second = opened(browser, of_first, "1.1")
    of_third = opened(browser, of_second, "1.1.1")

    # 2 stands in both, and counts once.
    assert shown(top) == ([("道路", 1, 2), ("未归入板块", None, 1)], [])
    assert shown(of_roads) == ([("小巷", 1, 1)], ["1", "2"])
    assert [shown(page)[1] for page in (of_first, of_second, of_third)] == [["1.1"], ["1.1.1"], ["1.1.1.1"]]
    assert shown(opened(browser, top, "未归入板块")) == ([], ["3"])
    assert shown(browser.get(TREE, {"scheme": "总结结构"})) == ([("一、工作", 0, 1), ("未归入板块", None, 2)], [])


def test_each_count_lists_exactly_its_tasks(here, campaign, as_):
    roads = Workstream.objects.create(campaign=campaign, name="道路")
    lanes = Workstream.objects.create(campaign=campaign, name="小巷", parent=roads)
    tasks.issued(campaign, here, workstreams=[roads, lanes])
    tasks.confirmed(campaign, here, workstreams=[lanes])
    browser = as_(here.coordinator)

    (node,) = browser.get(TREE).context["level"]["nodes"]

    assert (node["done"], node["all"]) == (1, 2)
    assert browser.get(node["list_url"]).context["page"].count == node["all"]
    assert browser.get(node["done_url"]).context["page"].count == node["done"]


def test_the_tree_by_indicator_counts_what_is_below(here, campaign, as_):
    system = AssessmentSystem.objects.create(campaign=campaign, name="测评体系")
    top = Indicator.objects.create(campaign=campaign, system=system, code="Ⅰ-1", name="环境")
    below = Indicator.objects.create(campaign=campaign, system=system, code="Ⅱ-1", name="道路", parent=top)
    tasks.issued(campaign, here, code="1", indicator=below)
    tasks.confirmed(campaign, here, code="2", indicator=top)
    tasks.issued(campaign, here, code="3")
    browser = as_(here.coordinator)

    first = browser.get(TREE, {"system": system.pk})
    second = opened(browser, first, "Ⅰ-1 环境")
    counted = first.context["level"]["nodes"][0]

    assert shown(first) == ([("Ⅰ-1 环境", 1, 2), ("不在这个测评体系里的任务", None, 1)], [])
    assert shown(second) == ([("Ⅱ-1 道路", 0, 1)], ["2"])
    assert browser.get(counted["list_url"]).context["page"].count == 2


def test_a_task_filed_under_the_version_before_stands_under_todays(here, campaign, as_):
    before = systems.in_force(campaign, here)
    tasks.issued(campaign, here, code="1", indicator=systems.node(before, "Ⅱ-1"))
    today = system_actions.revise(before, by=here.coordinator)
    system_actions.adopt(today, by=here.coordinator)
    browser = as_(here.coordinator)

    first = browser.get(TREE, {"system": today.pk})
    second = opened(browser, first, "Ⅰ-1 公共环境")
    counted = first.context["level"]["nodes"][0]

    assert shown(first) == ([("Ⅰ-1 公共环境", 0, 1)], [])
    assert shown(opened(browser, second, "Ⅱ-1 市容环境")) == ([], ["1"])
    assert browser.get(counted["list_url"]).context["page"].count == 1


def test_the_tree_says_by_a_word_what_is_late(here, campaign, as_):
    tasks.issued(campaign, here, due_on=timezone.localdate() - timedelta(days=1))

    assert as_(here.coordinator).get(TREE + "?at=n").content.decode().count(">逾期<") == 1


def test_a_unit_sees_its_own_tasks_in_the_tree(here, campaign, as_):
    above = tasks.issued(campaign, here, code="1", lead_unit=here.police, units=[])
    tasks.issued(campaign, here, code="1.1", parent=above, units=[])
    browser = as_(here.liaison)

    assert shown(browser.get(TREE)) == ([("未归入板块", None, 1)], [])
    assert shown(browser.get(TREE + "?at=n")) == ([], ["1.1"])
    assert browser.get(f"{TREE}?at=t{above.pk}").status_code == 404


def test_a_forged_scheme_shows_the_first_one_and_a_forged_node_nothing(here, campaign, as_):
    Workstream.objects.create(campaign=campaign, name="绿化", scheme="六优行动")
    browser = as_(here.coordinator)

    assert shown(browser.get(TREE, {"scheme": "a\x00b"})) == ([("绿化", 0, 0)], [])
    assert [browser.get(TREE, {"at": at}).status_code for at in ("w0", "x", "t²", "w" + "9" * 40, "i1")] == [404] * 5


def test_a_ring_that_stands_there_already_hangs_no_page(here, campaign, as_):
    first, second, _outside = (tasks.issued(campaign, here, code=code, units=[]) for code in "123")
    Task.objects.filter(pk=first.pk).update(parent=second)
    Task.objects.filter(pk=second.pk).update(parent=first)
    green = Workstream.objects.create(campaign=campaign, name="绿化")
    red = Workstream.objects.create(campaign=campaign, name="红化", parent=green)
    Workstream.objects.filter(pk=green.pk).update(parent=red)
    green.tasks.add(first, second)
    browser = as_(here.coordinator)

    below = browser.get(f"{TREE}?at=w{green.pk}")

    assert shown(below) == ([("红化", 0, 2)], ["1", "2"])
    assert shown(opened(browser, below, "1")) == ([], ["2"])


def test_htmx_gets_the_level_alone(here, campaign, as_):
    tasks.issued(campaign, here)

    text = as_(here.coordinator).get(TREE + "?at=n", headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in text
    assert text.strip().startswith('<ul class="tree">')


@pytest.mark.parametrize("rows", [1, 3])
def test_a_level_costs_the_same_however_many_tasks(here, campaign, as_, rows, django_assert_num_queries):
    green = Workstream.objects.create(campaign=campaign, name="绿化")
    for _row in range(rows):
        tasks.issued(campaign, here, workstreams=[green])
        Workstream.objects.create(campaign=campaign, name=f"小区{_row}", parent=green)
    browser = as_(here.coordinator)
    browser.get(TREE)

    # Session, person, posts, campaigns, workstreams, systems, where they stand, tasks, parts, those below, notices.
    with django_assert_num_queries(9):
        browser.get(f"{TREE}?at=w{green.pk}")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, None), (2, None), (3, 1), (4, 3), (5, 4), (6, 1)], [1, 3, 4, 5, 6, 2]),
        ([(2, 9), (1, None)], [2, 1]),
        ([(1, 2), (2, 1), (3, None)], [3, 1, 2]),
        ([], []),
    ],
)
@pytest.mark.once
def test_rows_follow_their_parents_however_deep(rows, expected):
    assert in_tree_order(rows) == expected


def test_the_ledger_follows_the_tree_however_deep(here, campaign, as_):
    above = None
    for code in ("1", "1.1", "1.1.1", "1.1.1.1"):
        tasks.draft(campaign, here, code=f"z{code}")
        above = tasks.draft(campaign, here, code=code, parent=above)

    answer = as_(here.coordinator).get(reverse("campaigns:tasks_export"))

    codes = [row[0] for row in open_book(BytesIO(b"".join(answer.streaming_content))).active.values][1:6]
    assert codes == ["z1", "1", "1.1", "1.1.1", "1.1.1.1"]
