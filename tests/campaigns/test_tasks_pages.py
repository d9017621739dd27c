"""Tasks in the browser: who sees what, what a form answers, what a list costs."""

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook as open_book

from campaigns.actions import tasks as actions
from campaigns.models import AssessmentSystem, Indicator, Instruction, Phase, Task, Workstream
from campaigns.views import task_lists
from cityinit.models import AuditEvent
from cityinit.paging import Page
from tests.factories import people, tasks
from tests.factories.people import city
from units.roles import Role

pytestmark = pytest.mark.django_db
SPRING = date(2026, 3, 1)


def url_of(name, *args):
    return reverse(f"campaigns:{name}", args=args)


def listed(response):
    return [task["code"] for task in response.context["page"].rows]


def messages_of(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


# List ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "queries"), [("coordinator", 8), ("liaison", 8), ("leader", 7)])
@pytest.mark.parametrize("order", ["number", "-due", "state", "lead"])
@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(
    here, campaign, as_, rows, order, who, queries, django_assert_num_queries
):
    for _row in range(rows):
        tasks.issued(campaign, here)
    browser = as_(getattr(here, who))
    browser.get(url_of("tasks"))

    # Session, person, posts, campaigns, rows, parts reported, a unit's own parts, count, saved filters, unread
    # notices; for the office the batches under way. What may be chosen above was drawn with the first page.
    with django_assert_num_queries(queries):
        response = browser.get(url_of("tasks"), {"sort": order})

    assert len(listed(response)) == rows


def test_each_role_sees_its_own_tasks(here, campaign, as_):
    tasks.draft(campaign, here, code="draft")
    tasks.issued(campaign, here, code="both")
    tasks.issued(campaign, here, code="police", lead_unit=here.police, units=[])
    tasks.issued(tasks.campaign(there := city("山口市")), there, code="foreign")

    seen = {
        name: listed(as_(getattr(here, name)).get(url_of("tasks")))
        for name in ("coordinator", "leader", "liaison", "other_liaison", "street_liaison")
    }

    assert seen == {
        "coordinator": ["draft", "both", "police"],
        "leader": ["draft", "both", "police"],
        "liaison": ["both"],
        "other_liaison": ["both", "police"],
        "street_liaison": [],
    }


@pytest.mark.parametrize("who", ["inspector", "administrator"])
def test_roles_without_tasks_are_told_so(here, campaign, as_, who):
    response = as_(getattr(here, who)).get(url_of("tasks"))

    assert response.status_code == 403
    assert "没有权限" in response.content.decode()


def test_the_filters_find_what_they_say(here, campaign, as_, clock):
    clock("2026-06-10 09:00")
    today = timezone.localdate()
    roads = Workstream.objects.create(campaign=campaign, name="道路")
    below = Workstream.objects.create(campaign=campaign, name="小巷", parent=roads)
    tasks.issued(campaign, here, code="late", due_on=today - timedelta(days=1), workstreams=[below])
    tasks.issued(campaign, here, code="today", due_on=today, requirement="沿街商铺")
    tasks.acknowledged(campaign, here, code="week", due_on=today + timedelta(days=7), workstreams=[roads])
    tasks.awaiting(campaign, here, code="reported", due_on=today - timedelta(days=1), units=[])
    tasks.draft(campaign, here, code="draft", lead_unit=here.street, units=[])
    browser = as_(here.coordinator)

    found = {
        query: listed(browser.get(f"{url_of('tasks')}?{query}"))
        for query in (
            "due=overdue",
            "due=today",
            "due=week",
            "due=none",
            "state=draft",
            "state=open",
            "part=unread",
            "part=working",
            "part=unfinished",
            "part=reported_done",
            f"unit={here.street.pk}",
            f"workstream={roads.pk}",
            f"workstream={below.pk}",
            "q=商铺",
            "q=LATE",
            "figure=counted",
            "figure=done",
        )
    }

    assert found == {
        "due=overdue": ["late"],
        "due=today": ["today"],
        "due=week": ["today", "week"],
        "due=none": ["draft"],
        "state=draft": ["draft"],
        "state=open": ["late", "today", "week", "reported", "draft"],
        "part=unread": ["late", "today", "week"],
        "part=working": ["week"],
        "part=unfinished": ["late", "today", "week"],
        "part=reported_done": ["reported"],
        f"unit={here.street.pk}": ["draft"],
        f"workstream={roads.pk}": ["late", "week"],
        f"workstream={below.pk}": ["late"],
        "q=商铺": ["today"],
        "q=LATE": ["late"],
        "figure=counted": ["late", "today", "week", "reported"],
        "figure=done": [],
    }


@pytest.mark.parametrize(("query", "is_set"), [("", False), ("state=open", True), ("figure=counted", True)])
def test_a_filter_is_cleared_only_where_something_is_set(here, campaign, as_, query, is_set):
    text = as_(here.coordinator).get(f"{url_of('tasks')}?{query}").content.decode()

    assert ("data-filter-reset hidden" not in text) == is_set


def test_a_liaison_asks_after_the_own_unit_only(here, campaign, as_):
    tasks.acknowledged(campaign, here, code="mine-read")
    tasks.issued(campaign, here, code="unread")

    assert listed(as_(here.liaison).get(url_of("tasks") + "?part=unread")) == ["unread"]


def test_a_filter_nobody_can_read_filters_nothing_and_says_so(here, campaign, as_):
    tasks.issued(campaign, here, code="1")

    response = as_(here.coordinator).get(url_of("tasks") + "?unit=999999&due=yesterday")

    assert listed(response) == ["1"]
    assert response.context["form"].faults == [
        "“单位”里选的已不存在，没有按它筛选。",
        "“时限”的条件看不懂，没有按它筛选。",
    ]
    assert all(fault in response.content.decode() for fault in response.context["form"].faults)


def test_htmx_gets_the_rows_alone(here, campaign, as_):
    tasks.issued(campaign, here)

    response = as_(here.coordinator).get(url_of("tasks"), headers={"HX-Request": "true"})

    text = response.content.decode()
    assert text.startswith('<div id="results">')
    assert "<html" not in text


def test_pages_follow_each_other_without_a_gap(here, campaign, as_):
    Task.objects.bulk_create(
        Task(campaign=campaign, code=f"{n:03}", name="整治", lead_unit=here.bureau, position=n) for n in range(120)
    )
    browser = as_(here.coordinator)

    first = browser.get(url_of("tasks"))
    second = browser.get(url_of("tasks") + first.context["page"].next_url)
    third = browser.get(url_of("tasks") + second.context["page"].next_url)
    back = browser.get(url_of("tasks") + third.context["page"].previous_url)

    assert listed(first) + listed(second) + listed(third) == [f"{n:03}" for n in range(120)]
    assert listed(back) == listed(second)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("number", ["1", "2", "3", "4"]),
        ("-number", ["4", "3", "2", "1"]),
        ("due", ["3", "1", "2", "4"]),
        ("-due", ["4", "2", "1", "3"]),
        ("state", ["4", "1", "2", "3"]),
        ("lead", ["1", "4", "2", "3"]),
        ("nonsense", ["1", "2", "3", "4"]),
    ],
)
def test_the_list_is_sorted_and_goes_on_from_page_to_page(here, campaign, as_, monkeypatch, order, expected):
    tasks.issued(campaign, here, code="1", due_on=date(2026, 5, 1))
    tasks.issued(campaign, here, code="2", lead_unit=here.police, units=[])
    tasks.confirmed(campaign, here, code="3", due_on=date(2026, 4, 1), lead_unit=here.street, units=[])
    tasks.draft(campaign, here, code="4")
    browser = as_(here.coordinator)
    monkeypatch.setattr(task_lists, "Page", partial(Page, size=2))

    first = browser.get(url_of("tasks"), {"sort": order})
    second = browser.get(url_of("tasks") + first.context["page"].next_url)
    back = browser.get(url_of("tasks") + second.context["page"].previous_url)

    assert listed(first) + listed(second) == expected
    assert listed(back) == listed(first)


def test_without_a_campaign_the_list_says_what_to_do(here, as_):
    response = as_(here.coordinator).get(url_of("tasks"))

    assert response.status_code == 200
    assert "导入工作簿" in response.content.decode()


@pytest.mark.parametrize("name", ["tasks", "log"])
def test_an_empty_list_says_how_to_begin_and_one_a_filter_emptied_how_to_go_back(here, campaign, as_, name):
    first = {"tasks": reverse("campaigns:breakdown"), "log": url_of("tasks")}[name]

    def said(who, query=""):
        text = as_(getattr(here, who)).get(url_of(name) + query).content.decode()
        return text[text.index('class="empty-note"') :].partition("</div>")[0]

    empty, filtered, reading = said("coordinator"), said("coordinator", "?q=x"), said("leader")

    assert ("还没有" in empty, f'href="{first}"' in empty) == (True, True)
    assert ("没有符合条件的" in filtered, f'href="{url_of(name)}?all=1"' in filtered) == (True, True)
    assert ("还没有" in reading, "<a " in reading) == (True, False)


def test_ticked_drafts_are_issued_and_the_rest_explained(here, campaign, as_):
    draft = tasks.draft(campaign, here, code="1", name="甲")
    done = tasks.confirmed(campaign, here, code="2", name="乙")

    response = as_(here.coordinator).post(url_of("tasks_issue"), {"task": [draft.pk, done.pk, "x"]})

    assert messages_of(response) == ["已下发1项任务。", "没有下发 2 乙：现在不能下发：它目前是“已办结”。"]
    assert tasks.fresh(draft).state == Task.State.ISSUED


def test_who_issues_tasks_that_are_late_already_is_told_which(here, campaign, as_, clock):
    clock("2026-07-02 09:00")
    late = tasks.draft(campaign, here, code="L1", due_on=date(2026, 6, 30))
    due = tasks.draft(campaign, here, code="L2", due_on=date(2026, 7, 2))

    response = as_(here.coordinator).post(url_of("tasks_issue"), {"task": [late.pk, due.pk]})

    assert messages_of(response) == [
        "已下发2项任务。",
        "其中1项下发时已过完成时限，单位一收到就是逾期，请核对时限：L1",
    ]


def test_the_other_conditions_find_what_they_say(here, campaign, as_):
    Phase.objects.create(campaign=campaign, name="攻坚", starts_on=date(2026, 4, 1), ends_on=date(2026, 6, 30))
    system = AssessmentSystem.objects.create(campaign=campaign, name="测评体系")
    top = Indicator.objects.create(campaign=campaign, system=system, code="Ⅰ-1", name="环境")
    below = Indicator.objects.create(campaign=campaign, system=system, code="Ⅱ-1", name="道路", parent=top)
    here.bureau.appraisal_group = "执法组"
    here.bureau.save()
    green = Workstream.objects.create(campaign=campaign, name="绿化")
    red = Workstream.objects.create(campaign=campaign, name="红化")
    tasks.issued(campaign, here, code="1", indicator=below, due_on=date(2026, 5, 1), workstreams=[green, red])
    tasks.issued(campaign, here, code="2", lead_unit=here.community, units=[here.police], frequency="每天1次")
    tasks.issued(
        campaign,
        here,
        code="3",
        lead_unit=here.office,
        units=[here.bureau],
        supervising_leader=f"副市长{here.leader.name}",
        target=100,
        measure="处",
        workstreams=[green],
    )
    browser = as_(here.coordinator)
    phase = Phase.objects.get()

    found = {
        query: listed(browser.get(f"{url_of('tasks')}?{query}"))
        for query in (
            f"unit={here.bureau.pk}",
            f"unit={here.bureau.pk}&role=lead",
            f"unit={here.street.pk}",
            f"unit={here.street.pk}&below=on",
            "group=执法组",
            "indicator=Ⅰ-1",
            "indicator=道",
            f"criterion={top.pk}",
            f"phase={phase.pk}",
            "first=2026-05-02",
            "last=2026-05-02",
            "leader=副市长",
            "recurring=yes",
            "recurring=no",
            "target=yes",
            "standing=none",
            "standing=several",
            "mine=on",
            "figure=recurring",
            "figure=counted&on=2025-12-31",
        )
    }

    assert found == {
        f"unit={here.bureau.pk}": ["1", "3"],
        f"unit={here.bureau.pk}&role=lead": ["1"],
        f"unit={here.street.pk}": [],
        f"unit={here.street.pk}&below=on": ["2"],
        "group=执法组": ["1", "3"],
        "indicator=Ⅰ-1": ["1"],
        "indicator=道": ["1"],
        f"criterion={top.pk}": ["1"],
        f"phase={phase.pk}": ["1"],
        "first=2026-05-02": [],
        "last=2026-05-02": ["1"],
        "leader=副市长": ["3"],
        "recurring=yes": ["2"],
        "recurring=no": ["1", "3"],
        "target=yes": ["3"],
        "standing=none": ["2"],
        "standing=several": ["1"],
        "mine=on": ["3"],
        "figure=recurring": ["2"],
        "figure=counted&on=2025-12-31": [],
    }
    assert listed(as_(here.leader).get(f"{url_of('tasks')}?mine=on")) == ["3"]
    assert listed(as_(here.street_liaison).get(f"{url_of('tasks')}?mine=on")) == ["2"]


def test_all_of_a_filter_is_issued(here, campaign, as_):
    for code in ("a1", "a2", "b1"):
        tasks.draft(campaign, here, code=code)

    response = as_(here.coordinator).post(url_of("tasks_issue"), {"all": "1", "filter": "q=a"})

    assert messages_of(response) == ["已下发2项任务。"]
    assert response.headers["Location"] == f"{url_of('tasks')}?q=a"
    assert sorted(Task.objects.filter(state="issued").values_list("code", flat=True)) == ["a1", "a2"]


def test_a_selection_reaches_only_what_the_person_sees(here, campaign, as_):
    foreign = city("山口市")
    other = tasks.draft(tasks.campaign(foreign), foreign, code="x")

    response = as_(here.coordinator).post(url_of("tasks_issue"), {"task": [other.pk]})

    assert messages_of(response) == ["请先勾选要下发的任务。"]
    assert tasks.fresh(other).state == Task.State.DRAFT


@pytest.mark.parametrize(
    ("who", "offered"), [("coordinator", ["下发", "批量修改", "合并"]), ("liaison", []), ("leader", [])]
)
def test_who_may_do_something_with_many_tasks_is_offered_it(here, campaign, as_, who, offered):
    tasks.issued(campaign, here)

    page = as_(getattr(here, who)).get(url_of("tasks"))

    assert [str(button["label"]) for button in page.context["bulk"]] == offered
    assert ('name="task"' in page.content.decode()) == bool(offered)


# Page ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("units", [0, 2])
def test_the_page_costs_the_same_however_many_units(here, campaign, as_, units, django_assert_num_queries):
    task = tasks.in_progress(campaign, here, units=[here.police, here.street][:units])
    browser = as_(here.coordinator)
    browser.get(task.get_absolute_url())

    # Session, person, posts, task, its assignments and workstreams with their units, parts, totals, children,
    # entries with quantities and files, their count, instructions, events, campaigns, notices.
    with django_assert_num_queries(21):
        browser.get(task.get_absolute_url())


def test_a_unit_sees_its_own_part_of_a_task_and_nobody_elses(here, campaign, as_):
    task = tasks.in_progress(campaign, here)
    tasks.entry(task, here, unit=here.police, by=here.other_liaison, content="公安的工作")

    response = as_(here.liaison).get(task.get_absolute_url())

    assert [row["part"].unit for row in response.context["parts"]] == [here.bureau]
    assert [row["entry"].content for row in response.context["entries"]] == ["清理占道摊点"]
    assert all("公安局" not in event["what"] for event in response.context["events"])


@pytest.mark.parametrize(
    ("who", "task_moves", "part_moves"),
    [
        ("coordinator", ["终止", "拆分", "督办", "存为模板"], [["催办"], ["催办"]]),
        ("liaison", [], [["反馈完成"]]),
        ("other_liaison", [], [["签收"]]),
        ("leader", ["批示"], [[], []]),
    ],
)
def test_each_role_is_offered_its_own_moves(here, campaign, as_, who, task_moves, part_moves):
    task = tasks.in_progress(campaign, here)

    response = as_(getattr(here, who)).get(task.get_absolute_url())

    assert [button.label for button in response.context["moves"]] == task_moves
    assert [[button.label for button in row["moves"]] for row in response.context["parts"]] == part_moves


@pytest.mark.parametrize(
    ("state", "who", "primary"),
    [
        (tasks.issued, "liaison", ["签收"]),
        (tasks.acknowledged, "liaison", ["登记工作"]),
        (tasks.in_progress, "liaison", ["登记工作"]),
        (tasks.awaiting, "liaison", []),
        (tasks.draft, "coordinator", ["下发"]),
        (tasks.issued, "coordinator", []),
        (tasks.awaiting, "coordinator", ["确认办结"]),
    ],
)
def test_what_comes_next_is_the_one_primary_button(here, campaign, as_, state, who, primary):
    page = as_(getattr(here, who)).get(state(campaign, here).get_absolute_url()).content.decode()

    buttons = re.findall(r'<(?:a|button) class="btn btn-primary"[^>]*>(?:<svg.*?</svg>)?([^<]*)<', page)
    assert buttons == primary
    # It stands before all others.
    assert not primary or re.search(r'class="btn btn-(\w+)', page)[1] == "primary"


def test_quantities_are_added_up_beside_the_target(here, campaign, as_):
    task = tasks.acknowledged(campaign, here, target=1000, measure="平方米", units=[])
    tasks.entry(task, here, quantities_text="硬化路面=200㎡；投入=3万元")
    tasks.entry(task, here, quantities_text="硬化路面=50余平方米", done_on=date(2026, 3, 9))

    browser = as_(here.coordinator)
    totals = browser.get(task.get_absolute_url()).context["totals"]

    every = [*totals["rows"], totals["target"]]
    listed = [len(browser.get(total.pop("log_url")).context["page"].rows) for total in every]
    # Each total leads to exactly the entries it was added up from.
    assert listed == [2, 1, 2]
    assert totals["rows"] == [
        {"label": "硬化路面", "text": "250余㎡", "count": 2, "counts": True},
        {"label": "投入", "text": "3万元", "count": 1, "counts": False},
    ]
    said = {"label": "目标完成", "percent": 25, "percent_text": "目标1000平方米，25%"}
    assert totals["target"] == {"text": "250平方米", "names": "", **said}


def test_what_one_unit_did_of_several_is_called_a_part_of_the_target(here, campaign, as_):
    task = tasks.acknowledged(campaign, here, target=Decimal("2.25"), measure="公里")
    tasks.entry(task, here, quantities_text="修缮道路=1.15公里")
    tasks.entry(task, here, by=here.other_liaison, unit=here.police, quantities_text="修缮道路=1.1公里")

    told = [as_(who).get(task.get_absolute_url()).context for who in (here.coordinator, here.liaison)]

    of_all, of_one = (one["totals"]["target"] for one in told)
    assert (of_all["label"], of_all["text"], of_all["percent_text"]) == ("目标完成", "2.25公里", "目标2.25公里，100%")
    assert (of_one["label"], of_one["text"]) == ("本单位计入目标", "1.15公里")
    assert of_one["percent_text"] == "占任务目标2.25公里的51.1%"
    # A record is told as it was written, and the sum is what the records come to.
    assert [row["quantities"] for row in told[0]["entries"]] == ["修缮道路1.1公里", "修缮道路1.15公里"]
    assert [row["text"] for row in told[0]["totals"]["rows"]] == ["2.25公里"]


@pytest.mark.parametrize(
    ("measure", "logged", "reached"),
    [
        ("个", ("新建停车位=270个", "改造停车位=20个"), "目标320个，90.6%"),
        ("个", ("现有停车位=270个", "新建停车位=20个"), "目标320个，84.4%"),
        ("万元", ("投入=3万元；捐款=5000元", "投入=1万元"), "目标320万元，1.4%"),
    ],
)
def test_one_target_has_one_bar_which_says_what_the_page_of_targets_says(here, campaign, as_, measure, logged, reached):
    task = tasks.acknowledged(campaign, here, target=320, measure=measure, units=[])
    for text in logged:
        tasks.entry(task, here, quantities_text=text)

    page = as_(here.coordinator).get(task.get_absolute_url())

    assert page.context["totals"]["target"]["percent_text"] == reached
    assert page.content.decode().count('class="meter"') == 1
    [row] = as_(here.coordinator).get(url_of("targets")).context["rows"]
    assert f"目标{row['target']}，{row['percent_text'].replace('.0%', '%')}" == reached


def test_the_page_shows_instructions_to_whoever_sees_the_task(here, campaign, as_):
    task = tasks.issued(campaign, here)
    Instruction.objects.create(campaign=campaign, task=task, content="抓紧办理", leader="王市长")

    assert "抓紧办理" in as_(here.leader).get(task.get_absolute_url()).content.decode()
    assert "抓紧办理" in as_(here.liaison).get(task.get_absolute_url()).content.decode()


@pytest.mark.parametrize("name", ["task", "task_edit", "log_new"])
def test_a_deleted_task_in_a_bookmark_is_not_found(here, campaign, as_, name):
    response = as_(here.coordinator).get(url_of(name, 999_999))

    assert response.status_code == 404
    assert "已被删除" in response.content.decode()


@pytest.mark.parametrize("name", ["task", "log_new"])
def test_another_units_task_is_not_found(here, campaign, as_, name):
    task = tasks.issued(campaign, here, lead_unit=here.police, units=[])

    assert as_(here.liaison).get(url_of(name, task.pk)).status_code == 404


# Form ------------------------------------------------------------------------------------------------


def filled(here, **changes):
    """What the browser sends."""
    return {"code": "9", "name": "整治占道经营", "lead_unit": here.bureau.pk, "frequency": ""} | changes


def test_a_task_is_broken_down_in_the_browser(here, campaign, as_):
    response = as_(here.coordinator).post(url_of("task_new"), filled(here, units=[here.police.pk], due_on="2026-06-30"))

    task = Task.objects.get(code="9")
    assert response.headers["Location"] == task.get_absolute_url()
    assert [part.unit for part in task.assignments.all()] == [here.bureau, here.police]
    assert task.due_on == date(2026, 6, 30)


def test_a_task_is_given_to_units_of_the_tree_below_the_host(here, campaign, as_):
    people.unit("省文明办", host=here.host, relation="superior")
    people.unit("驻军某部", host=here.host, relation="partner")

    form = as_(here.coordinator).get(url_of("task_new")).context["form"]

    expected = {here.office, here.bureau, here.police, here.street, here.community}
    assert set(form.fields["lead_unit"].queryset) == set(form.fields["units"].queryset) == expected


def test_a_host_that_stands_alone_does_its_tasks_itself(here, as_):
    school = people.unit("实验小学")
    campaign = tasks.Campaign.objects.create(name="文明校园", host=school, starts_on=SPRING, ends_on=SPRING)
    office = people.person("校办", Role.COORDINATOR, school)

    form = as_(office).get(url_of("task_new")).context["form"]

    assert (form.campaign, list(form.fields["lead_unit"].queryset)) == (campaign, [school])


def test_workstreams_are_offered_under_their_schemes(here, campaign, as_):
    for name, scheme in (("交通", "六优行动"), ("环境", "六优行动"), ("组织", "总结结构")):
        Workstream.objects.create(campaign=campaign, name=name, scheme=scheme)
    browser = as_(here.coordinator)

    asked = browser.get(url_of("task_new")).context["form"].fields["workstreams"].choices
    filtered = browser.get(url_of("tasks")).context["form"].fields["workstream"].choices

    groups = [("六优行动", ["交通", "环境"]), ("总结结构", ["组织"])]
    assert [(scheme, [label for _key, label in members]) for scheme, members in asked] == groups
    assert [first for first, _rest in filtered] == ["", "六优行动", "总结结构"]


def test_the_form_says_what_is_wrong_where_it_is_wrong(here, campaign, as_):
    tasks.draft(campaign, here, code="9", name="甲")

    response = as_(here.coordinator).post(
        url_of("task_new"),
        filled(
            here, units=[here.bureau.pk], starts_on="2026-05-02", due_on="2026-05-01", frequency="有空就扫", target="5"
        ),
    )

    assert response.context["form"].errors["code"] == ["编号“9”已用于“甲”，请换一个。"]
    assert response.context["form"].errors["units"] == ["“城管局”已是牵头单位，不要再列为责任单位。"]
    assert response.context["form"].errors["due_on"] == ["完成时限早于开始日期2026-05-02。"]
    assert response.context["form"].errors["measure"] == ["填了目标值，请写明计量单位，例如“平方米”。"]
    assert response.context["form"].errors["frequency"][0].startswith("频次“有空就扫”看不懂。")
    assert Task.objects.count() == 1


def test_a_double_click_makes_one_task(here, campaign, as_):
    browser = as_(here.coordinator)
    key = browser.get(url_of("task_new")).context["form"].initial["client_key"]

    first = browser.post(url_of("task_new"), filled(here, client_key=str(key)))
    second = browser.post(url_of("task_new"), filled(here, client_key=str(key)))

    assert second.headers["Location"] == first.headers["Location"]
    assert Task.objects.count() == 1


def test_a_task_is_edited_in_the_browser(here, campaign, as_):
    task = tasks.issued(campaign, here, code="9")
    browser = as_(here.coordinator)

    drawn = browser.get(url_of("task_edit", task.pk)).context["form"]
    browser.post(url_of("task_edit", task.pk), filled(here, name="新名称", units=[here.police.pk], seen_state="issued"))

    assert drawn["units"].value() == [here.police.pk]
    assert tasks.fresh(task).name == "新名称"


def test_a_stale_edit_form_changes_nothing_and_says_why(here, campaign, as_):
    task = tasks.issued(campaign, here, code="9", name="旧名称")

    response = as_(here.coordinator).post(url_of("task_edit", task.pk), filled(here, seen_state="draft"), follow=True)

    assert "这项任务刚刚变成“进行中”，请看过再改。" in response.content.decode()
    assert tasks.fresh(task).name == "旧名称"


def test_after_back_another_task_is_broken_down_with_the_same_form(here, campaign, as_):
    browser = as_(here.coordinator)
    key = str(browser.get(url_of("task_new")).context["form"].initial["client_key"])

    browser.post(url_of("task_new"), filled(here, client_key=key, code="1"))
    browser.post(url_of("task_new"), filled(here, client_key=key, code="2"))

    assert list(Task.objects.order_by("code").values_list("code", flat=True)) == ["1", "2"]


def test_an_edit_of_what_somebody_else_has_changed_shows_both_and_may_be_saved_then(here, campaign, as_):
    task = tasks.issued(campaign, here, code="9", name="旧名称", units=[])
    browser = as_(here.coordinator)
    drawn = browser.get(url_of("task_edit", task.pk)).context["form"]
    mine = filled(
        here, code="9", name="我改的", units=[], **{name: drawn[name].value() for name in ("seen", "seen_state")}
    )
    Task.objects.filter(pk=task.pk).update(name="别人改的")

    stale = browser.post(url_of("task_edit", task.pk), mine)

    form = stale.context["form"]
    assert (stale.status_code, form["name"].value(), tasks.fresh(task).name) == (422, "我改的", "别人改的")
    assert form.errors["name"] == ["现在保存的是：别人改的"]

    browser.post(url_of("task_edit", task.pk), mine | {"seen": form["seen"].value()})
    assert tasks.fresh(task).name == "我改的"


def test_what_was_typed_for_a_task_that_was_cancelled_meanwhile_stays_in_the_form(here, campaign, as_):
    task = tasks.cancelled(campaign, here, code="9")

    response = as_(here.coordinator).post(url_of("task_edit", task.pk), filled(here, code="9", name="我改的"))

    assert response.context["form"].non_field_errors() == ["任务已是“终止”，不能再改。"]
    assert response.context["form"]["name"].value() == "我改的"


@pytest.mark.parametrize("who", ["liaison", "leader"])
def test_only_the_office_opens_the_form(here, campaign, as_, who):
    task = tasks.issued(campaign, here)

    assert as_(getattr(here, who)).get(url_of("task_new")).status_code == 403
    assert as_(getattr(here, who)).get(url_of("task_edit", task.pk)).status_code == 403


# Moves -----------------------------------------------------------------------------------------------


def test_the_office_confirms_with_a_day(here, campaign, as_, clock):
    clock("2026-06-10 09:00")
    task = tasks.awaiting(campaign, here)

    as_(here.coordinator).post(
        url_of("task_move", task.pk, "confirm"), {"confirmed_on": "2026-06-10", "seen_state": "awaiting_confirmation"}
    )

    assert (tasks.fresh(task).state, tasks.fresh(task).confirmed_on) == ("confirmed", date(2026, 6, 10))


def test_a_new_task_begins_with_the_next_free_number_and_its_parts_with_what_they_are(here, campaign, as_):
    draft = tasks.draft(campaign, here, code="RW001")
    browser = as_(here.coordinator)

    assert browser.get(url_of("task_new")).context["form"].initial["code"] == "RW002"
    page = browser.get(draft.get_absolute_url()).content.decode()
    assert ("未签收" in page, "未下发" in page) == (False, True)


def test_who_reports_or_decides_sees_what_was_done_and_said(here, campaign, as_):
    task = tasks.awaiting(campaign, here, target=30, measure="处")

    confirming = as_(here.coordinator).get(url_of("task_move", task.pk, "confirm")).context

    assert confirming["totals"]["target"]["percent_text"] == "目标30处，80%"
    assert [str(row["entry"].unit) for row in confirming["entries"]] == ["公安局", "城管局"]
    assert confirming["said"] == [("目标", "30处")]

    actions.send_back(task, by=here.coordinator, note="请补照片")
    mine = tasks.part(task, here.bureau)
    liaison = as_(here.liaison)
    reporting = liaison.get(url_of("assignment_move", mine.pk, "report_done")).context
    liaison.post(url_of("assignment_move", mine.pk, "report_done"), {"note": "照片已补"})
    returning = as_(here.coordinator).get(url_of("assignment_move", mine.pk, "send_back")).context

    assert [str(row["entry"].unit) for row in reporting["entries"]] == ["城管局"]
    assert (reporting["totals"]["target"]["percent_text"], reporting["said"]) == (
        "占任务目标30处的40%",
        [("目标", "30处")],
    )
    assert returning["said"] == [("目标", "30处"), (here.bureau, "照片已补")]


def test_a_day_that_cannot_be_is_a_form_error(here, campaign, as_, clock):
    clock("2026-06-10 09:00")
    task = tasks.awaiting(campaign, here)

    response = as_(here.coordinator).post(url_of("task_move", task.pk, "confirm"), {"confirmed_on": "2026-06-11"})

    assert response.context["form"].errors == {"confirmed_on": ["办结日期不能晚于今天。"]}
    assert tasks.fresh(task).state == Task.State.AWAITING_CONFIRMATION


def test_sending_back_without_a_reason_is_a_form_error(here, campaign, as_):
    task = tasks.awaiting(campaign, here)

    response = as_(here.coordinator).post(url_of("task_move", task.pk, "send_back"), {"note": ""})

    assert set(response.context["form"].errors) == {"note", "assignments"}


def test_whom_to_send_back_is_ticked_beforehand_only_where_there_is_no_choice(here, campaign, as_):
    several, alone = tasks.awaiting(campaign, here), tasks.awaiting(campaign, here, units=[])
    browser = as_(here.coordinator)

    ticked = [
        browser.get(url_of("task_move", task.pk, "send_back")).context["form"]["assignments"].value()
        for task in (several, alone)
    ]

    assert ticked == [[], [tasks.part(alone, here.bureau).pk]]


def test_another_tasks_unit_cannot_be_sent_back(here, campaign, as_):
    task, other = tasks.awaiting(campaign, here), tasks.awaiting(campaign, here)
    foreign = tasks.part(other, here.bureau)

    response = as_(here.coordinator).post(
        url_of("task_move", task.pk, "send_back"), {"note": "缺照片", "assignments": [foreign.pk]}
    )

    assert set(response.context["form"].errors) == {"assignments"}
    assert tasks.part(other, here.bureau).state == "reported_done"


def test_the_second_of_two_coordinators_is_told(here, campaign, as_):
    task = tasks.confirmed(campaign, here)

    response = as_(here.coordinator).post(
        url_of("task_move", task.pk, "send_back"),
        {"note": "缺照片", "assignments": [tasks.part(task, here.bureau).pk], "seen_state": "awaiting_confirmation"},
        follow=True,
    )

    assert "这条记录刚刚被别人改成了“已办结”，请看过最新情况再办理。" in response.content.decode()
    assert tasks.fresh(task).state == Task.State.CONFIRMED


@pytest.mark.parametrize("move", ["await_confirmation", "start", "explode"])
def test_an_address_that_is_no_move_is_not_found(here, campaign, as_, move):
    task = tasks.issued(campaign, here)

    assert as_(here.coordinator).post(url_of("task_move", task.pk, move)).status_code == 404
    part = tasks.part(task, here.bureau)
    assert as_(here.coordinator).post(url_of("assignment_move", part.pk, move)).status_code == 404


def test_a_liaison_acknowledges_logs_and_reports_in_the_browser(here, campaign, as_):
    task = tasks.issued(campaign, here, units=[])
    part = tasks.part(task, here.bureau)
    browser = as_(here.liaison)

    browser.post(url_of("assignment_move", part.pk, "acknowledge"), {"seen_state": "unread"})
    browser.post(
        url_of("log_new", task.pk), {"unit": here.bureau.pk, "done_on": "2026-03-05", "content": "清理", "files": []}
    )
    browser.post(url_of("assignment_move", part.pk, "report_done"), {"note": "已完成", "seen_state": "in_progress"})

    assert tasks.part(task, here.bureau).state == "reported_done"
    assert tasks.fresh(task).state == Task.State.AWAITING_CONFIRMATION


def test_a_liaison_who_tries_the_offices_move_is_refused_with_a_sentence(here, campaign, as_):
    task = tasks.awaiting(campaign, here)

    response = as_(here.liaison).get(url_of("task_move", task.pk, "confirm"), follow=True)

    assert "您在这里没有“确认办结”的权限。" in response.content.decode()


def test_nudging_twice_a_day_says_why_not(here, campaign, as_):
    part = tasks.part(tasks.issued(campaign, here), here.bureau)
    browser = as_(here.coordinator)

    browser.post(url_of("nudge", part.pk))
    response = browser.post(url_of("nudge", part.pk), follow=True)

    assert "今天已经催办过城管局，请明天再催。" in response.content.decode()


@pytest.mark.parametrize("typed", ["9" * 5000, "9" * 30, "²", "-1", "a"])
def test_a_forged_number_of_a_task_or_campaign_is_no_fault(here, campaign, as_, typed):
    office = as_(here.coordinator)

    issued = office.post(url_of("tasks_issue"), {"task": typed})
    chosen = office.post(url_of("choose"), {"campaign": typed})

    assert (issued.status_code, chosen.status_code) == (302, 404)


def test_a_negative_target_is_a_form_error(here, campaign, as_):
    response = as_(here.coordinator).post(url_of("task_new"), filled(here, target="-5", measure="处"))

    assert response.context["form"].errors == {"target": ["目标值不能是负数。"]}


def exported(answer):
    sheet = open_book(BytesIO(b"".join(answer.streaming_content))).active
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_the_task_ledger_is_taken_out_as_it_is_filtered_and_told_to_the_trail(here, campaign, as_):
    tasks.issued(campaign, here, code="1", name="=道路硬化", due_on=date(2026, 6, 30), target=1200, measure="平方米")
    tasks.draft(campaign, here, code="2", name="摊点整治")
    office = as_(here.coordinator)
    listed = office.get(url_of("tasks") + "?q=道路")

    rows = exported(office.get(listed.context["export_url"]))

    assert listed.context["export_url"] in listed.content.decode().replace("&amp;", "&")
    assert [(row["编号"], row["任务"], row["牵头单位"], row["责任单位"], row["状态"]) for row in rows] == [
        ("1", "=道路硬化", "清水市城市管理局", "公安局（未签收）", "进行中")
    ]
    assert (rows[0]["完成时限"].date(), rows[0]["目标值"], rows[0]["计量单位"]) == (date(2026, 6, 30), 1200, "平方米")
    (event,) = AuditEvent.objects.filter(action="导出台账")
    assert (event.actor_name, event.detail) == (str(here.coordinator), {"filter": "q=%E9%81%93%E8%B7%AF"})


@pytest.mark.parametrize("who", ["liaison", "leader"])
def test_who_may_not_take_the_ledger_out_is_not_offered_it(here, campaign, as_, who):
    tasks.issued(campaign, here)

    assert as_(getattr(here, who)).get(url_of("tasks")).context["export_url"] == ""


def test_the_ledger_costs_the_same_however_long_it_is(here, campaign, as_):
    office = as_(here.coordinator)
    costs = []

    # Compared with each other: PostgreSQL reads the rows through a cursor that is not counted.
    for rows in (1, 3):
        while Task.objects.count() < rows:
            tasks.issued(campaign, here)
        with CaptureQueriesContext(connection) as asked:
            assert len(exported(office.get(url_of("tasks_export")))) == rows
        costs.append(len(asked))

    assert costs[0] == costs[1]


def test_a_liaison_reads_the_state_of_the_own_units_part(here, campaign, as_):
    task = tasks.acknowledged(campaign, here)
    seen = {}

    for who in ("liaison", "other_liaison", "coordinator"):
        browser = as_(getattr(here, who))
        (row,) = browser.get(url_of("tasks")).context["tasks"]
        (branch,) = browser.get(url_of("tasks_tree") + "?at=n").context["level"]["tasks"]
        page = browser.get(task.get_absolute_url()).context["task"].standing
        seen[who] = [
            (row["state"], row["tone"]),
            (branch["state"], branch["tone"]),
            (page.get_state_display(), page.tone),
        ]

    assert seen == {
        "liaison": [("已签收", "blue")] * 3,
        "other_liaison": [("未签收", "orange")] * 3,
        "coordinator": [("进行中", "blue")] * 3,
    }


def test_of_several_own_units_the_one_that_has_come_least_far_is_shown_until_all_have_reported(here, campaign, as_):
    task = tasks.issued(campaign, here, lead_unit=here.street, units=[here.community])
    browser = as_(here.street_liaison)

    actions.acknowledge(tasks.part(task, here.street), by=here.street_liaison)
    (behind,) = browser.get(url_of("tasks")).context["tasks"]
    for unit in (here.street, here.community):
        tasks.entry(task, here, unit=unit, by=here.street_liaison)
        actions.report_done(tasks.part(task, unit), by=here.street_liaison)
    (waiting,) = browser.get(url_of("tasks")).context["tasks"]

    assert (behind["state"], waiting["state"]) == ("未签收", "待确认")
