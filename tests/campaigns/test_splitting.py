"""A task made into several and several made into one, with what stands below them; no figure of a past day changes."""

import re
import uuid
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns import figures
from campaigns.actions import splitting
from campaigns.actions import tasks as actions
from campaigns.actions.breakdown import TaskLine
from campaigns.models import Decision, Document, Instruction, Meeting, Task
from cityinit.periods import Period
from cityinit.workflow import Refused
from tests.factories import tasks
from units.models import Notice

pytestmark = pytest.mark.django_db
EMPTY = {"name": "", "lead": "", "units": "", "starts_on": "", "due_on": "", "amount": "", "frequency": ""}


@pytest.fixture
def office(client, city, campaign):
    client.force_login(city.coordinator)
    return client


def sent(*lines, **values):
    """The form of lines as a browser sends it, with an empty line at its end."""
    data = {"lines-TOTAL_FORMS": len(lines) + 1, "lines-INITIAL_FORMS": 0, **values}
    for number, line in enumerate([*lines, {}]):
        filled = {**EMPTY, "client_key": uuid.uuid5(uuid.NAMESPACE_URL, str(number)), **line}
        data |= {f"lines-{number}-{name}": value for name, value in filled.items()}
    return data


def today():
    return Period(date(2026, 1, 1), timezone.localdate())


def halves(city, first="600", second="400"):
    whole = {"measure": "平方米"}
    return (
        TaskLine("整治占道经营（东片）", city.bureau, target=Decimal(first), **whole),
        [TaskLine("整治占道经营（西片）", city.police, target=Decimal(second), **whole)],
    )


def test_a_draft_is_split_into_parts_that_point_back_at_it(campaign, city):
    task = tasks.draft(campaign, city, target=Decimal(1000), measure="平方米", due_on=date(2026, 6, 30))
    first, others = halves(city)

    made = splitting.split_task(tasks.fresh(task), first, others, by=city.coordinator)

    task = tasks.fresh(task)
    assert (task.name, task.target, [part.unit for part in task.assignments.all()]) == (
        *("整治占道经营（东片）", 600),
        [city.bureau],
    )
    part = Task.objects.get(split_from=task)
    assert (made, part.code, part.target, part.due_on, part.state) == (
        *([part], f"{task.code}-2", 400, date(2026, 6, 30)),
        "draft",
    )
    assert [event.label for event in task.events.all()] == ["分解任务", "修改任务", "拆分"]
    assert [event.label for event in part.events.all()] == ["分解任务", "拆分而来"]


def test_an_issued_task_keeps_its_log_and_its_part_is_issued_today(campaign, city):
    task = tasks.in_progress(campaign, city, target=Decimal(1000), measure="平方米")
    first, others = halves(city)

    [part] = splitting.split_task(task, first, others, by=city.coordinator)

    part = tasks.fresh(part)
    assert (task.log_entries.count(), part.log_entries.count()) == (1, 0)
    assert (part.state, part.issued_on, part.starts_on) == ("issued", timezone.localdate(), timezone.localdate())


def test_a_unit_goes_on_in_its_part_from_where_it_had_come_and_one_that_comes_signs(
    campaign, city, django_capture_on_commit_callbacks
):
    task = tasks.in_progress(campaign, city)
    actions.acknowledge(tasks.part(task, city.police), by=city.other_liaison)
    signed = tasks.part(task, city.police).acknowledged_at
    Notice.objects.all().delete()
    line = TaskLine("西片", city.police, units=[city.street])

    with django_capture_on_commit_callbacks(execute=True):
        [part] = splitting.split_task(tasks.fresh(task), TaskLine("东片", city.bureau), [line], by=city.coordinator)

    assert {str(one.unit): one.state for one in [*task.assignments.all(), *part.assignments.all()]} == {
        "城管局": "in_progress",
        "公安局": "acknowledged",
        "河湾街道": "unread",
    }
    assert tasks.part(part, city.police).acknowledged_at == signed
    told = dict(Notice.objects.filter(text__contains=part.code).values_list("user", "text"))
    assert told == {
        city.other_liaison.pk: f"拆分出新任务，你们的办理状态不变：{part}",
        city.street_liaison.pk: f"新任务待签收：{part}",
    }


def test_a_split_changes_no_figure_of_a_day_that_is_past_and_counts_each_part_once(campaign, city):
    task = tasks.issued(campaign, city, starts_on=date(2026, 2, 1))
    Task.objects.filter(pk=task.pk).update(issued_on=date(2026, 2, 1))
    yesterday = Period(campaign.starts_on, timezone.localdate() - timedelta(1))
    today = Period(campaign.starts_on, timezone.localdate())
    before = figures.counted_tasks(campaign, yesterday).count()

    splitting.split_task(tasks.fresh(task), *halves(city), by=city.coordinator)

    assert (before, figures.counted_tasks(campaign, yesterday).count()) == (1, 1)
    assert figures.counted_tasks(campaign, today).count() == 2


def test_targets_that_do_not_add_up_are_refused_unless_that_is_meant(campaign, city):
    task = tasks.draft(campaign, city, target=Decimal(1000), measure="平方米")

    with pytest.raises(Refused, match="各部分目标合计900平方米，比原任务的1000平方米少100平方米。"):
        splitting.split_task(task, *halves(city, second="300"), by=city.coordinator)
    refused = Task.objects.count()
    splitting.split_task(task, *halves(city, second="300"), by=city.coordinator, difference_is_meant=True)

    assert (refused, Task.objects.count()) == (1, 2)


def test_a_unit_that_logged_work_does_not_leave_by_a_split(campaign, city):
    task = tasks.issued(campaign, city)
    tasks.entry(task, city, unit=city.police, by=city.other_liaison)

    with pytest.raises(Refused, match="公安局已有工作记录，不能移出任务。"):
        splitting.split_task(tasks.fresh(task), *halves(city), by=city.coordinator)
    assert Task.objects.count() == 1


def upper(campaign, city, *names, **values):
    """An issued task with issued ones below it, each with work of its own."""
    above = tasks.issued(campaign, city, **values)
    for name in names:
        tasks.in_progress(campaign, city, name=name, parent=above)
    return above


def below(task):
    return list(task.children.order_by("pk").values_list("name", flat=True))


def test_lower_tasks_go_with_the_part_they_are_given_to_and_keep_what_is_theirs(campaign, city):
    task = upper(campaign, city, "甲", "乙", "丙")
    counted = figures.counted_tasks(campaign, today()).count()
    first, [second] = halves(city)
    given = list(task.children.filter(name__in="乙丙"))

    [part] = splitting.split_task(tasks.fresh(task), first, [replace(second, below=given)], by=city.coordinator)

    assert (below(task), below(part)) == (["甲"], ["乙", "丙"])
    moved = tasks.fresh(given[0])
    assert (moved.state, moved.log_entries.count(), moved.assignments.count()) == ("issued", 1, 2)
    assert [(event.label, event.note) for event in moved.events.all()][-1] == ("调整上级任务", f"上级任务改为{part}")
    # Only leaves are counted: neither the whole nor the part is one.
    assert (counted, figures.counted_tasks(campaign, today()).count()) == (3, 3)


def test_the_original_keeps_a_lower_task_and_each_goes_to_one_part(campaign, city):
    task = upper(campaign, city, "甲", "乙")
    stranger = tasks.issued(campaign, city)
    first, [second] = halves(city)

    for given, said in (
        (list(task.children.all()), "请至少给它留一项下级任务"),
        ([stranger], "下级任务刚刚有变动"),
        ([task.children.first()] * 2, "下级任务刚刚有变动"),
    ):
        with pytest.raises(Refused, match=said):
            splitting.split_task(tasks.fresh(task), first, [replace(second, below=given)], by=city.coordinator)
    assert (below(task), Task.objects.count()) == (["甲", "乙"], 4)


def test_lower_tasks_are_given_to_parts_on_the_page(office, campaign, city):
    task = upper(campaign, city, "甲", "乙")
    stays, goes = task.children.order_by("pk")
    place = reverse("campaigns:task_split", args=[task.pk])
    lines = [{"name": "东片", "lead": "城管局", "units": "公安局"}, {}, {"name": "西片", "lead": "公安局"}]
    chosen = {f"below-{stays.pk}": 1, f"below-{goes.pk}": 3}

    empty = office.post(place, sent(*lines, **(chosen | {f"below-{goes.pk}": 2})))
    more = office.post(place, sent(*lines, **chosen, more="1"))
    answer = office.post(place, sent(*lines, **chosen))

    assert (empty.status_code, "第2行没有填写任务，请归到别的行。" in empty.text) == (422, True)
    assert (more.status_code, more.context["below"][str(goes.pk)].value(), len(more.context["lines"].forms)) == (
        *(200, "3"),
        8,
    )
    assert answer.url == task.get_absolute_url()
    assert (below(task), below(Task.objects.get(name="西片"))) == (["甲"], ["乙"])


@pytest.mark.parametrize("reach", [tasks.awaiting, tasks.confirmed, tasks.cancelled])
def test_what_is_reported_done_or_ended_is_not_split(campaign, city, reach):
    with pytest.raises(Refused, match="不能再拆分"):
        splitting.split_task(reach(campaign, city), *halves(city), by=city.coordinator)


def test_a_task_is_split_by_unit_on_its_page(office, campaign, city):
    task = tasks.draft(campaign, city, name="整治乱停乱放")
    place = reverse("campaigns:task_split", args=[task.pk])

    page = office.get(f"{place}?by=unit")
    drawn = [form for form in page.context["lines"].forms if form["name"].value()]
    answer = office.post(place, sent(*({name: form[name].value() or "" for name in EMPTY} for form in drawn)))

    assert answer.url == task.get_absolute_url()
    assert list(Task.objects.order_by("pk").values_list("name", "lead_unit__short_name")) == [
        ("整治乱停乱放", "城管局"),
        ("整治乱停乱放（公安局）", "公安局"),
    ]


# Merging --------------------------------------------------------------------------------------------


def test_drafts_are_merged_into_one_with_all_units_and_targets(campaign, city):
    kept = tasks.draft(campaign, city, units=[], target=Decimal(10), measure="处", requirement="甲")
    other = tasks.draft(
        campaign, city, lead_unit=city.police, units=[city.street], target=Decimal(5), measure="处", requirement="乙"
    )

    splitting.merge_tasks(tasks.fresh(kept), [tasks.fresh(other)], by=city.coordinator)

    kept, other = tasks.fresh(kept), tasks.fresh(other)
    assert (kept.target, kept.requirement, kept.lead_unit) == (15, "甲\n乙", city.bureau)
    assert {part.unit for part in kept.assignments.all()} == {city.bureau, city.police, city.street}
    assert (other.state, other.merged_into) == ("cancelled", kept)
    assert kept.events.last().label == "合并"
    assert other.events.last().note == f"并入{kept}"


def test_a_task_with_work_logged_is_not_merged_away_but_may_be_the_one_that_stays(campaign, city):
    logged, other = tasks.in_progress(campaign, city), tasks.issued(campaign, city)

    with pytest.raises(Refused, match="已有工作记录，不能并入别的任务"):
        splitting.merge_tasks(tasks.fresh(other), [tasks.fresh(logged)], by=city.coordinator)
    splitting.merge_tasks(tasks.fresh(logged), [tasks.fresh(other)], by=city.coordinator)

    assert (tasks.fresh(other).state, logged.log_entries.count()) == ("cancelled", 1)


def test_two_that_both_have_work_logged_are_not_merged_and_it_is_said_what_to_do(campaign, city):
    first, second = tasks.in_progress(campaign, city), tasks.in_progress(campaign, city)

    with pytest.raises(Refused, match="都已有工作记录，并在一起就分不清各做了什么，不能合并。请分别办结。"):
        splitting.merge_tasks(tasks.fresh(first), [tasks.fresh(second)], by=city.coordinator)


def test_all_lower_tasks_come_below_the_one_that_stays_and_no_figure_changes(campaign, city, clock):
    clock("2026-03-06 09:00")
    kept, other = upper(campaign, city, "甲"), upper(campaign, city, "乙", "丙")
    clock("2026-07-10 09:00")
    days = [Period(campaign.starts_on, day) for day in (date(2026, 6, 30), date(2026, 7, 10))]
    before = [set(figures.counted_tasks(campaign, day)) for day in days]

    splitting.merge_tasks(tasks.fresh(kept), [tasks.fresh(other)], by=city.coordinator)

    assert (below(kept), below(other)) == (["甲", "乙", "丙"], [])
    assert (tasks.fresh(other).state, tasks.fresh(other).merged_into) == ("cancelled", kept)
    assert [set(figures.counted_tasks(campaign, day)) for day in days] == before


def test_what_was_filed_under_the_other_is_found_with_the_one_that_stays(campaign, city):
    kept, other = tasks.issued(campaign, city), tasks.issued(campaign, city)
    meeting = Meeting.objects.create(campaign=campaign, name="调度会", kind="调度", task=other)
    papers = [
        Instruction.objects.create(campaign=campaign, content="抓紧", leader="市长", task=other),
        Document.objects.create(campaign=campaign, name="方案", task=other),
        Decision.objects.create(
            campaign=campaign, meeting=meeting, content="整治", task=other, tasked_on=date(2026, 3, 1)
        ),
        meeting,
    ]

    splitting.merge_tasks(tasks.fresh(kept), [tasks.fresh(other)], by=city.coordinator)

    assert [type(row).objects.get(pk=row.pk).task for row in papers] == [kept] * 4


def test_a_merge_that_would_lose_a_count_or_close_a_ring_is_refused_with_the_way_out(campaign, city):
    above = upper(campaign, city, "甲", code="A")
    [inner] = above.children.all()
    tasks.issued(campaign, city, name="里", parent=inner)
    leaf = tasks.issued(campaign, city, code="L", name="叶")

    for kept, other, said in (
        (leaf, above, f"{above}有下级任务。请改为保留它"),
        (above, leaf, "并入后就不再计数。请修改L 叶，把上级任务选为"),
    ):
        with pytest.raises(Refused, match=re.escape(said)):
            splitting.merge_tasks(tasks.fresh(kept), [tasks.fresh(other)], by=city.coordinator)
    quiet = upper(campaign, city, "乙", code="Q")
    lower = tasks.issued(campaign, city, name="中", parent=quiet)
    tasks.issued(campaign, city, name="底", parent=lower)
    with pytest.raises(Refused, match=re.escape(f"{lower}在{quiet}之下。请改为保留{quiet}。")):
        splitting.merge_tasks(tasks.fresh(lower), [tasks.fresh(quiet)], by=city.coordinator)
    splitting.merge_tasks(tasks.fresh(quiet), [tasks.fresh(lower)], by=city.coordinator)
    assert below(quiet) == ["乙", "中", "底"]


def test_tasks_of_other_states_measures_and_campaigns_are_not_merged(campaign, city):
    draft, issued = tasks.draft(campaign, city), tasks.issued(campaign, city)
    foreign = tasks.draft(tasks.campaign(city, "另一个活动"), city)
    square = tasks.draft(campaign, city, target=Decimal(1), measure="平方米")
    piece = tasks.draft(campaign, city, target=Decimal(1), measure="处")

    for kept, other, said in (
        (draft, issued, "一个已下发、一个未下发"),
        (draft, foreign, "同一个创建活动"),
        (square, piece, "计量单位不同"),
        (draft, draft, "请至少选择两项"),
    ):
        with pytest.raises(Refused, match=said):
            splitting.merge_tasks(tasks.fresh(kept), [tasks.fresh(other)], by=city.coordinator)


def test_ticked_tasks_are_merged_from_the_list(office, campaign, city):
    kept, other = tasks.draft(campaign, city), tasks.draft(campaign, city)
    ticked = {"task": [kept.pk, other.pk]}

    page = office.post(reverse("campaigns:tasks_merge"), ticked)
    answer = office.post(reverse("campaigns:tasks_merge"), {**ticked, "apply": "1", "kept": kept.pk})

    assert page.status_code == 200
    assert (answer.url, tasks.fresh(other).merged_into) == (kept.get_absolute_url(), kept)
