"""进度: what is counted as of a day, and that each number opens exactly its records."""

import re
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook as open_book

from campaigns import figures
from campaigns.actions import extensions
from campaigns.figures import Progress
from campaigns.models import Phase, Workstream
from cityinit.models import AuditEvent
from cityinit.periods import Period
from tests.factories import tasks
from units.actions import rename_unit

pytestmark = pytest.mark.django_db
PROGRESS = "/campaigns/progress/"


@pytest.fixture(autouse=True)
def _today(clock):
    clock("2026-07-02 09:00")


def until(day):
    return Period(date(2026, 1, 1), day)


def some_work(campaign, here, clock):
    """Two schemes, two phases, a group, one task done in June and one in July, one recurring, one draft."""
    roads = Workstream.objects.create(campaign=campaign, name="道路", scheme="六优", number=1)
    lanes = Workstream.objects.create(campaign=campaign, name="小巷", scheme="六优", number=2, parent=roads)
    Workstream.objects.create(campaign=campaign, name="总结一", scheme="总结结构", number=1)
    for number, months in enumerate(((1, 6), (7, 12))):
        Phase.objects.create(
            campaign=campaign,
            name=("动员", "攻坚")[number],
            starts_on=date(2026, months[0], 1),
            ends_on=date(2026, months[1], 30),
        )
    for unit in (here.bureau, here.police):
        unit.appraisal_group = "执法组"
        unit.save()
    clock("2026-06-20 09:00")
    tasks.confirmed(campaign, here, code="june", workstreams=[roads, lanes], due_on=date(2026, 6, 30))
    tasks.issued(campaign, here, code="open", workstreams=[lanes], lead_unit=here.street, units=[])
    tasks.issued(campaign, here, code="daily", frequency="每天1次", workstreams=[roads])
    clock("2026-07-02 09:00")
    july = tasks.confirmed(campaign, here, code="july", units=[], due_on=date(2026, 7, 31))
    july.starts_on = date(2026, 6, 1)
    july.save()
    tasks.draft(campaign, here, code="draft", workstreams=[roads])
    return roads, lanes


# Figures ---------------------------------------------------------------------------------------------


def test_figures_are_asked_as_of_a_day(here, campaign, clock):
    roads, lanes = some_work(campaign, here, clock)
    june, july = until(date(2026, 6, 30)), until(date(2026, 7, 2))
    workstreams = list(Workstream.objects.of(campaign))

    streams = figures.progress_by_workstream(campaign, july, workstreams=workstreams)

    assert figures.task_progress(campaign, june) == Progress(3, 1)
    assert figures.task_progress(campaign, july) == Progress(3, 2)
    # A task in both counts once in the upper one.
    assert (streams[roads.pk], streams[lanes.pk]) == (Progress(2, 1), Progress(2, 1))
    assert figures.progress_by_unit(campaign, june) == {
        here.bureau.pk: Progress(2, 1),
        here.police.pk: Progress(1, 1),
        here.street.pk: Progress(1, 0),
    }
    assert figures.progress_by_group(campaign, july) == {"执法组": Progress(2, 2)}
    phases = list(Phase.objects.of(campaign))
    assert list(figures.progress_by_phase(campaign, july, phases=phases).values()) == [Progress(1, 1), Progress(1, 1)]
    assert [str(figures.phase_share(phase, july)) for phase in phases] == ["100.0", "1.1"]
    assert [figures.phase_share(phase, june) for phase in phases] == [Decimal("100.0"), None]


@pytest.mark.parametrize("units", [1, 3])
def test_the_figures_ask_the_same_however_many_units(here, campaign, units, django_assert_num_queries):
    for unit in (here.bureau, here.police, here.street)[:units]:
        green = Workstream.objects.create(campaign=campaign, name=unit.name)
        tasks.issued(campaign, here, lead_unit=unit, units=[], workstreams=[green])
        Phase.objects.create(campaign=campaign, name=unit.name, starts_on="2026-01-01", ends_on="2026-06-30")
    workstreams, phases = list(Workstream.objects.all()), list(Phase.objects.all())
    period = until(date(2026, 7, 2))

    # One each; of workstreams also which tasks were confirmed by then, of units and groups also parts given up since.
    with django_assert_num_queries(7):
        figures.progress_by_unit(campaign, period)
        figures.progress_by_group(campaign, period)
        figures.progress_by_workstream(campaign, period, workstreams=workstreams)
        figures.progress_by_phase(campaign, period, phases=phases)


def test_workstreams_in_a_ring_are_counted_and_hang_nothing(here, campaign):
    first = Workstream.objects.create(campaign=campaign, name="甲")
    second = Workstream.objects.create(campaign=campaign, name="乙", parent=first)
    Workstream.objects.filter(pk=first.pk).update(parent=second)
    tasks.issued(campaign, here, workstreams=[second])
    workstreams = list(Workstream.objects.of(campaign))

    found = figures.progress_by_workstream(campaign, until(date(2026, 7, 2)), workstreams=workstreams)

    assert found == {first.pk: Progress(1, 0), second.pk: Progress(1, 0)}


@pytest.mark.parametrize(
    ("tasks_", "done", "time", "expected"),
    [
        (4, 2, "49.6", True),
        (4, 2, "50.0", True),
        (4, 2, "50.1", False),
        (4, 2, "30.0", False),
        (4, 1, "49.6", False),
        (0, 0, "60.0", False),
    ],
)
@pytest.mark.once
def test_past_half_is_said_when_it_is_true(tasks_, done, time, expected):
    assert Progress(tasks_, done).is_past_half(Decimal(time)) is expected


@pytest.mark.once
def test_before_the_campaign_nothing_is_ahead_or_behind():
    assert Progress(1, 1).ahead_of(None) is None
    assert Progress(1, 1).is_past_half(None) is False


def test_targets_are_reached_by_what_was_logged_by_the_day(here, campaign):
    early = {"starts_on": date(2026, 1, 1)}
    task = tasks.acknowledged(campaign, here, code="1", target=1000, measure="平方米", units=[], **early)
    tasks.entry(task, here, quantities_text="硬化路面=600㎡；投入=3万元", done_on=date(2026, 6, 1))
    tasks.entry(task, here, quantities_text="粉刷墙面=0.04公顷；用时=3天", done_on=date(2026, 7, 1))
    rate = tasks.acknowledged(campaign, here, code="2", target=95, measure="%", units=[], **early)
    tasks.entry(rate, here, quantities_text="知晓率=96%", done_on=date(2026, 6, 1))
    tasks.entry(rate, here, quantities_text="知晓率=94%", done_on=date(2026, 6, 2))
    tasks.issued(campaign, here, code="3", target=5, measure="场", **early)
    tasks.issued(campaign, here, code="4")

    def reached(day):
        found = figures.targets_reached(campaign, until(day))
        return [(one.text, one.entries, one.is_met, str(one.percent)) for one in found.values()]

    assert reached(date(2026, 6, 30)) == [
        ("600平方米", 1, False, "60.0"),
        ("94%", 2, False, "98.9"),
        ("0场", 0, False, "0.0"),
    ]
    assert reached(date(2026, 7, 2))[0] == ("1000平方米", 2, True, "100.0")
    assert [task.code for task in figures.met_targets(campaign, until(date(2026, 7, 2)))] == ["1"]


# Pages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["coordinator", "leader"])
@pytest.mark.parametrize("on", ["2026-06-30", "2026-07-02"])
def test_each_number_opens_exactly_what_it_counts(here, campaign, as_, clock, who, on):
    some_work(campaign, here, clock)
    target = tasks.acknowledged(campaign, here, target=10, measure="处", units=[], starts_on=date(2026, 6, 1))
    tasks.entry(target, here, quantities_text="清理=12处", done_on=date(2026, 7, 1))
    browser = as_(getattr(here, who))

    context = browser.get(PROGRESS, {"on": on}).context

    told = [(context["whole"]["tasks_count"], context["whole"]["tasks_url"])]
    told += [(context["whole"]["done_count"], context["whole"]["done_url"])]
    told += [(context["targets"]["asked"], context["targets"]["asked_url"])]
    told += [(context["targets"]["met"], context["targets"]["met_url"])]
    for table in context["tables"]:
        for row in table["rows"]:
            told += [(row["tasks"], row["tasks_url"]), (row["done"], row["done_url"])]
    assert len(told) > 20
    assert [(n, browser.get(url).context["page"].count) for n, url in told] == [(n, n) for n, _url in told]
    assert [table["title"] for table in context["tables"]] == [
        "按板块（六优）",
        "按板块（总结结构）",
        "按阶段",
        "按考核组",
        "按单位",
    ]


def test_time_and_done_stand_beside_each_other_and_say_who_is_ahead(here, campaign, as_, clock):
    some_work(campaign, here, clock)

    response = as_(here.leader).get(PROGRESS)

    shown = response.context["whole"]
    assert (str(shown["time"]), str(shown["done"]), shown["ahead"]) == ("50.1", "66.7", "领先16.6个百分点")
    text = response.content.decode()
    assert "时间过半、任务完成过半" in text
    assert "计入截至2026-07-02已开始、没有终止的末级任务" in text
    assert "活动自2026-01-01至2026-12-31共365天，截至2026-07-02已过183天" in text


def test_each_explanation_is_tied_to_a_button_that_the_keyboard_reaches(here, campaign, as_, clock):
    some_work(campaign, here, clock)

    text = as_(here.leader).get(PROGRESS).content.decode()

    described = re.findall(
        r'<button type="button" class="explain-mark" aria-label="\S+" aria-describedby="(\S+)"', text
    )
    assert described == re.findall(r'role="tooltip" id="(\S+)"', text)
    assert len(described) == len(set(described)) == 10


def test_a_unit_sees_its_own_line_alone(here, campaign, as_, clock):
    some_work(campaign, here, clock)
    browser = as_(here.liaison)

    context = browser.get(PROGRESS).context

    (table,) = context["tables"]
    assert (context["whole"], context["targets"]) == (None, None)
    (row,) = table["rows"]
    assert (row["name"], row["tasks"], row["done"]) == ("城管局", 2, 2)
    assert browser.get(row["tasks_url"]).context["page"].count == 2


@pytest.mark.parametrize("on", ["2026-07-03", "2025-12-31", "morgen"])
def test_a_day_that_cannot_be_is_told_and_today_is_shown(here, campaign, as_, on):
    response = as_(here.coordinator).get(PROGRESS, {"on": on})

    assert set(response.context["form"].errors) == {"on"}
    assert response.context["day"] == date(2026, 7, 2)


@pytest.mark.parametrize(("who", "queries"), [("coordinator", 19), ("leader", 19), ("liaison", 7)])
@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_however_much_there_is(
    here, campaign, as_, who, queries, rows, django_assert_num_queries
):
    for number in range(rows):
        green = Workstream.objects.create(campaign=campaign, name=f"板块{number}", scheme=f"体系{number}")
        Phase.objects.create(campaign=campaign, name=f"阶段{number}", starts_on="2026-01-01", ends_on="2026-06-30")
        unit = (here.bureau, here.police, here.street)[number]
        tasks.issued(campaign, here, lead_unit=unit, units=[here.bureau][: number and 1], workstreams=[green], target=5,
                     measure="处")  # fmt: skip
    browser = as_(getattr(here, who))
    browser.get(PROGRESS)

    # The shell's five, whole, targets and three sums of quantities, workstreams, what is done and where tasks stand,
    # phases with theirs, groups and units, each with the parts given up since.
    with django_assert_num_queries(queries):
        browser.get(PROGRESS)


def test_the_tables_are_taken_out_as_one_sheet_and_the_trail_knows(here, campaign, as_, clock):
    some_work(campaign, here, clock)

    answer = as_(here.coordinator).get(reverse("campaigns:progress_export"), {"on": "2026-06-30"})

    rows = list(open_book(BytesIO(b"".join(answer.streaming_content))).active.values)
    assert rows[1] == ("整个活动", "全部任务", 3, 1, 0.333, 0.496, -16.3)
    assert ("按单位", "河湾街道", 1, 0, 0, 0.496, -49.6) in rows
    assert AuditEvent.objects.get(action="导出台账").detail == {"filter": "on=2026-06-30"}


@pytest.mark.parametrize("rows", [1, 3])
def test_each_target_stands_beside_its_entries(here, campaign, as_, rows, django_assert_num_queries):
    for number in range(rows):
        task = tasks.acknowledged(campaign, here, code=str(number), target=20, measure="处", units=[])
        tasks.entry(task, here, quantities_text="清理=12处；投入=3万元", done_on=date(2026, 7, 1))
        tasks.entry(task, here, quantities_text="", done_on=date(2026, 7, 1))
    browser = as_(here.coordinator)
    url = reverse("campaigns:targets")
    browser.get(url)

    # Session, person, posts, campaigns, rows, targets, three sums, count, unread notices.
    with django_assert_num_queries(9):
        context = browser.get(url).context

    (first, *others) = context["rows"]
    assert len(others) == rows - 1
    assert (first["target"], first["reached"], first["percent_text"], first["entries"]) == ("20处", "12处", "60.0%", 1)
    assert browser.get(first["entries_url"]).context["page"].count == 1


def test_a_unit_sees_the_targets_of_its_own_tasks(here, campaign, as_):
    tasks.issued(campaign, here, code="own", target=20, measure="处")
    tasks.issued(campaign, here, code="other", target=20, measure="处", lead_unit=here.street, units=[])

    rows = as_(here.liaison).get(reverse("campaigns:targets")).context["rows"]

    assert [(row["code"], row["entries_url"]) for row in rows] == [("own", "")]


def test_a_task_whose_deadline_moved_since_is_listed_in_the_phase_that_counted_it(here, campaign, clock, as_):
    spring, autumn = (
        Phase.objects.create(campaign=campaign, name=name, starts_on=first, ends_on=last)
        for name, first, last in (("动员", "2026-01-01", "2026-06-30"), ("攻坚", "2026-07-01", "2026-11-30"))
    )
    clock("2026-06-20 09:00")
    task = tasks.issued(campaign, here, due_on=date(2026, 6, 28))
    asked = tasks.asked(task, here, until=date(2026, 8, 1))
    clock("2026-07-02 09:00")
    extensions.grant_extension(asked, by=here.coordinator)

    def listed(phase, day):
        answer = as_(here.coordinator).get("/campaigns/tasks/", {"phase": phase.pk, "figure": "counted", "on": day})
        return [row["code"] for row in answer.context["tasks"]]

    def counted(phase, day):
        return figures.progress_by_phase(campaign, until(date.fromisoformat(day)), phases=[phase])[phase.pk].tasks

    assert [counted(phase, "2026-06-30") for phase in (spring, autumn)] == [1, 0]
    assert [listed(phase, "2026-06-30") for phase in (spring, autumn)] == [[task.code], []]
    assert [counted(phase, "2026-07-02") for phase in (spring, autumn)] == [0, 1]
    assert [listed(phase, "2026-07-02") for phase in (spring, autumn)] == [[], [task.code]]


def test_progress_of_a_day_before_a_rename_says_the_name_of_that_day(here, campaign, as_, clock):
    clock("2026-03-02 09:00")
    tasks.issued(campaign, here, units=[])
    clock("2026-07-01 09:00")
    rename_unit(here.bureau, name="清水市城市运行局", short_name="运行局", by=here.coordinator, on=date(2026, 6, 30))
    clock("2026-07-02 09:00")

    def names(day):
        page = as_(here.coordinator).get(PROGRESS, {"on": day})
        return [row["name"] for table in page.context["tables"] if table["key"] == "unit" for row in table["rows"]]

    assert (names("2026-06-30"), names("2026-07-01")) == (["城管局"], ["运行局"])
