"""The tasks as a board and along time."""

from datetime import date

import pytest

from campaigns.actions import tasks as actions
from campaigns.models import Phase, Task, Workstream
from campaigns.views.timeline import Scale
from cityinit.periods import Period
from tests.factories import tasks
from units.models import Post
from units.roles import Role

pytestmark = pytest.mark.django_db
BOARD, TIMELINE = "/campaigns/tasks/board/", "/campaigns/tasks/timeline/"


@pytest.fixture(autouse=True)
def _today(clock):
    clock("2026-06-10 09:00")


def every_state(campaign, here):
    tasks.draft(campaign, here, code="draft")
    tasks.issued(campaign, here, code="unread")
    for part in tasks.issued(campaign, here, code="half", units=[]).assignments.all():
        tasks.actions.acknowledge(part, by=here.liaison)
    tasks.reported(campaign, here, code="reported", due_on=date(2026, 6, 1))
    tasks.awaiting(campaign, here, code="awaiting")
    tasks.confirmed(campaign, here, code="confirmed")
    tasks.cancelled(campaign, here, code="cancelled")


# Board -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (
            "coordinator",
            {
                "未下发": ["draft"],
                "待签收": ["reported", "unread"],
                "进行中": ["half"],
                "待确认": ["awaiting"],
                "已办结": ["confirmed"],
            },
        ),
        (
            "liaison",
            {
                "待签收": ["unread"],
                "已签收": ["half"],
                "办理中": [],
                "已反馈完成": ["reported", "awaiting"],
                "已办结": ["confirmed"],
            },
        ),
    ],
)
def test_each_task_stands_in_the_column_of_its_state_and_each_count_lists_it(here, campaign, as_, who, expected):
    every_state(campaign, here)
    browser = as_(getattr(here, who))

    columns = browser.get(BOARD).context["columns"]

    assert {str(one["title"]): [card["code"] for card in one["cards"]] for one in columns} == expected
    assert [browser.get(one["url"]).context["page"].count for one in columns] == [one["count"] for one in columns]


def test_several_parts_of_one_task_are_one_card_where_the_one_behind_stands(here, campaign, as_):
    Post.objects.create(user=here.liaison, role=Role.LIAISON, unit=here.police, starts_on=date(2026, 1, 1))
    task = tasks.in_progress(campaign, here, code="both")
    browser = as_(here.liaison)

    def standing():
        columns = browser.get(BOARD).context["columns"]
        for one in columns:
            assert browser.get(one["url"]).context["page"].count == one["count"]
        return [str(one["title"]) for one in columns for card in one["cards"] if card["code"] == "both"]

    seen = [standing()]
    actions.acknowledge(tasks.part(task, here.police), by=here.other_liaison)
    seen.append(standing())
    tasks.entry(task, here, unit=here.police, by=here.other_liaison)
    seen.append(standing())
    actions.report_done(tasks.part(task, here.bureau), by=here.liaison)
    seen.append(standing())
    actions.report_done(tasks.part(task, here.police), by=here.other_liaison)
    seen.append(standing())

    assert seen == [["待签收"], ["已签收"], ["办理中"], ["办理中"], ["已反馈完成"]]


def test_the_filter_goes_along_to_the_columns_and_to_their_lists(here, campaign, as_):
    every_state(campaign, here)
    browser = as_(here.coordinator)

    context = browser.get(BOARD, {"q": "half", "state": "draft"}).context

    assert [one["count"] for one in context["columns"]] == [0, 0, 1, 0, 0]
    assert [browser.get(one["url"]).context["page"].count for one in context["columns"]] == [0, 0, 1, 0, 0]
    assert {"state", "part"}.isdisjoint(context["form"].fields)


def test_what_needs_no_words_is_done_on_the_card(here, campaign, as_):
    every_state(campaign, here)

    moved = {}
    for who in ("coordinator", "liaison", "leader"):
        browser = as_(getattr(here, who))
        columns = browser.get(BOARD).context["columns"]
        cards = [card for one in columns for card in one["cards"] if card.get("move")]
        cards.sort(key=lambda card: card["code"])
        moved[who] = [(card["code"], str(card["move"]["label"])) for card in cards]
        for card in cards:
            browser.post(card["move"]["url"], {"seen_state": card["move"]["seen"]})

    assert moved == {
        "coordinator": [("draft", "下发")],
        "liaison": [("draft", "签收"), ("unread", "签收")],
        "leader": [],
    }
    assert Task.objects.get(code="draft").state == Task.State.ISSUED


def test_who_moves_a_card_stays_at_the_board_under_the_same_filter(here, campaign, as_):
    every_state(campaign, here)
    browser = as_(here.coordinator)
    page = browser.get(BOARD, {"q": "draft"})
    [card] = [card for one in page.context["columns"] for card in one["cards"] if card.get("move")]

    sent = {"seen_state": card["move"]["seen"], "board": page.context["query"]}
    answer = browser.post(card["move"]["url"], sent)

    assert f'name="board" value="{page.context["query"]}"' in page.text
    assert answer.headers["Location"] == f"{BOARD}?q=draft"


@pytest.mark.parametrize(("who", "queries"), [("coordinator", 15), ("leader", 15), ("liaison", 16)])
@pytest.mark.parametrize("rows", [1, 12])
def test_the_board_costs_the_same_however_many_tasks(
    here, campaign, as_, who, queries, rows, django_assert_num_queries
):
    Task.objects.bulk_create(
        Task(campaign=campaign, code=f"{n}", name="整治", lead_unit=here.bureau, position=n) for n in range(rows)
    )
    tasks.issued(campaign, here)
    browser = as_(getattr(here, who))
    browser.get(BOARD)

    # The shell's five; of each of five columns the count and the cards, the parts reported where
    # there are any, a unit's own parts.
    with django_assert_num_queries(queries):
        browser.get(BOARD)


# Timeline --------------------------------------------------------------------------------------------


def bars(response):
    return {
        group["name"]: [(row["code"], row["x"], row["width"], row["late"]) for row in group["rows"]]
        for group in response.context["groups"]
    }


def test_each_bar_runs_from_the_start_to_the_deadline_under_its_unit(here, campaign, as_):
    tasks.issued(campaign, here, code="1", starts_on=date(2026, 1, 1), due_on=date(2026, 3, 14))
    tasks.issued(
        campaign, here, code="2", starts_on=date(2026, 7, 1), due_on=date(2027, 3, 14), lead_unit=here.police, units=[]
    )
    tasks.issued(campaign, here, code="undated")
    browser = as_(here.leader)

    response = browser.get(TIMELINE)

    assert bars(response) == {
        "城管局": [("1", "0.0%", "20.0%", "逾期")],
        "公安局": [("2", "49.59%", "50.41%", "")],
    }
    assert response.context["scale"].today == "43.98%"
    assert "2026-01-01 — 2026-03-14" in response.content.decode()
    assert [task["code"] for task in browser.get(response.context["undated_url"]).context["tasks"]] == ["undated"]


def test_by_workstream_a_task_stands_under_each_of_its_own(here, campaign, as_):
    green = Workstream.objects.create(campaign=campaign, name="绿化", scheme="六优", number=2)
    roads = Workstream.objects.create(campaign=campaign, name="道路", scheme="六优", number=1)
    other = Workstream.objects.create(campaign=campaign, name="总结", scheme="总结结构")
    tasks.issued(campaign, here, code="1", due_on=date(2026, 3, 14), workstreams=[green, roads, other])
    tasks.issued(campaign, here, code="2", due_on=date(2026, 2, 14), workstreams=[green])

    groups = as_(here.coordinator).get(TIMELINE, {"by": "workstream"}).context["groups"]

    assert [(one["name"], [row["code"] for row in one["rows"]]) for one in groups] == [
        ("道路", ["1"]),
        ("绿化", ["2", "1"]),
    ]


def test_another_scheme_is_chosen_and_the_choice_stays_with_the_days(here, campaign, as_):
    roads = Workstream.objects.create(campaign=campaign, name="道路", scheme="六优", number=1, position=1)
    told = Workstream.objects.create(campaign=campaign, name="总结", scheme="总结结构", number=1, position=2)
    tasks.issued(campaign, here, code="1", due_on=date(2026, 3, 14), workstreams=[roads, told])
    tasks.issued(campaign, here, code="2", due_on=date(2026, 5, 14), workstreams=[told])
    browser = as_(here.coordinator)

    first = browser.get(TIMELINE, {"by": "workstream"})
    chips = {chip["label"]: chip for chip in first.context["schemes"]}
    second = browser.get(TIMELINE + chips["总结结构"]["url"])

    assert [label for label, chip in chips.items() if chip["active"]] == ["六优"]
    assert (list(bars(first)), list(bars(second))) == (["道路"], ["总结"])
    assert [row["code"] for row in second.context["groups"][0]["rows"]] == ["1", "2"]
    assert "scheme=" in second.context["windows"][0]["url"]
    assert browser.get(TIMELINE).context["schemes"] == []


def test_a_phase_is_looked_at_by_itself(here, campaign, as_):
    phase = Phase.objects.create(campaign=campaign, name="攻坚", starts_on=date(2026, 6, 1), ends_on=date(2026, 6, 30))
    tasks.issued(campaign, here, code="before", starts_on=date(2026, 1, 1), due_on=date(2026, 5, 31))
    tasks.issued(campaign, here, code="across", starts_on=date(2026, 1, 1), due_on=date(2026, 12, 31))

    response = as_(here.coordinator).get(TIMELINE, {"window": f"p{phase.pk}"})

    assert bars(response) == {"城管局": [("across", "0.0%", "100.0%", "")]}
    assert [(tick["x"], tick["label"]) for tick in response.context["ticks"]] == [("0.0%", "6月")]
    assert [(one["x"], one["width"], one["name"]) for one in response.context["phases"]] == [("0.0%", "100.0%", "攻坚")]


def test_a_unit_sees_its_own_tasks_along_time(here, campaign, as_):
    tasks.issued(campaign, here, code="1", due_on=date(2026, 3, 14))
    tasks.issued(campaign, here, code="2", due_on=date(2026, 3, 14), lead_unit=here.street, units=[])

    assert [row[0] for rows in bars(as_(here.liaison).get(TIMELINE)).values() for row in rows] == ["1"]


@pytest.mark.parametrize("grouping", ["unit", "workstream"])
@pytest.mark.parametrize("rows", [1, 3])
def test_the_timeline_costs_the_same_however_many_tasks(here, campaign, as_, rows, grouping, django_assert_num_queries):
    green = Workstream.objects.create(campaign=campaign, name="绿化")
    for n in range(rows):
        tasks.issued(campaign, here, due_on=date(2026, 7, 1), workstreams=[green])
        Phase.objects.create(campaign=campaign, name=f"{n}", starts_on="2026-01-01", ends_on="2026-06-30")
    browser = as_(here.coordinator)
    browser.get(TIMELINE)

    # The shell's five, phases, rows, parts reported, count; the schemes with their names.
    with django_assert_num_queries(7 + (grouping == "workstream")):
        browser.get(TIMELINE, {"by": grouping})


@pytest.mark.once
def test_a_long_campaign_counts_in_quarters_and_names_the_years():
    scale = Scale(Period(date(2025, 11, 15), date(2027, 6, 30)))

    assert [tick["label"] for tick in scale.ticks()] == [
        "四季度",
        "2026年",
        "二季度",
        "三季度",
        "四季度",
        "2027年",
        "二季度",
    ]
    assert scale.bar(date(2025, 1, 1), date(2025, 2, 1)) == ("0.0%", "0.4%")
