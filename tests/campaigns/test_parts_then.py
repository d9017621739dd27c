"""Figures read who had a part, who led and what stood below what as of their day, whatever was changed since."""

from datetime import date

import pytest
from django.urls import reverse

from campaigns import figures
from campaigns.actions import tasks as actions
from campaigns.actions.breakdown import TaskLine
from campaigns.actions.splitting import split_task
from campaigns.figures import PARTS, Progress
from campaigns.models import PastAssignment, Phase, Task, TaskPlace
from cityinit.periods import Period
from tests.factories import tasks
from units.actions import merge_unit

pytestmark = pytest.mark.django_db
JUNE, JULY = date(2026, 6, 30), date(2026, 7, 31)


@pytest.fixture
def campaign(city):
    for unit, group in ((city.bureau, "执法组"), (city.police, "执法组"), (city.street, "街道组")):
        unit.appraisal_group = group
        unit.save()
    return tasks.campaign(city)


@pytest.fixture
def task(campaign, city, clock):
    """Issued in March: 城管局 leads, 公安局 stands beside."""
    clock("2026-03-02 09:00")
    task = tasks.issued(campaign, city, code="A1", due_on=date(2026, 6, 30))
    clock("2026-07-10 09:00")
    return task


def until(day):
    return Period(date(2026, 1, 1), day)


def given(task, city, *, lead=None, units=()):
    """The office writes other units into the task."""
    values = {name: getattr(task, name) for name in Task.WRITTEN} | {"lead_unit": lead or city.bureau}
    actions.edit_task(tasks.fresh(task), by=city.coordinator, units=units, **values)


def by_unit(campaign, day):
    return {pk: found.tasks for pk, found in figures.progress_by_unit(campaign, until(day)).items()}


def test_a_part_given_to_another_unit_in_july_does_not_change_junes_figures(campaign, city, task):
    given(task, city, units=[city.street])

    assert by_unit(campaign, JUNE) == {city.bureau.pk: 1, city.police.pk: 1}
    assert by_unit(campaign, JULY) == {city.bureau.pk: 1, city.street.pk: 1}
    assert figures.progress_by_group(campaign, until(JUNE)) == {"执法组": Progress(1, 0)}
    assert figures.progress_by_group(campaign, until(JULY)) == {"执法组": Progress(1, 0), "街道组": Progress(1, 0)}
    counted = {
        (str(unit), day): figures.counted_tasks(campaign, until(day), unit=unit).count()
        for unit in (city.police, city.street)
        for day in (JUNE, JULY)
    }
    assert counted == {("公安局", JUNE): 1, ("公安局", JULY): 0, ("河湾街道", JUNE): 0, ("河湾街道", JULY): 1}


@pytest.mark.parametrize("role", ["coordinator", "leader", "other_liaison"])
def test_what_a_unit_had_in_june_is_listed_behind_its_figure_to_everybody(campaign, city, task, as_, role):
    """公安局 was taken out in July: its liaison sees June's task as it stood, and may no longer open it."""
    given(task, city, units=[city.street])
    client = as_(getattr(city, role))

    table = client.get(reverse("campaigns:progress"), {"on": JUNE}).context["tables"][-1]
    [counted] = [row for row in table["rows"] if row["name"] == "公安局"]
    page = client.get(counted["tasks_url"])

    [line] = page.context["tasks"]
    assert (counted["tasks"], line["code"], line["lead"], line["due"]) == (1, "A1", "城管局", "2026-06-30")
    has_left = role == "other_liaison"
    assert (line["url"] == "", client.get(task.get_absolute_url()).status_code == 404) == (has_left, has_left)
    said = "其中1项后来不再由您的单位承担，按2026-06-30当天的情况列出，不能再打开。"
    assert (line["state"], page.context["left"] == said) == (("当时未办结", True) if has_left else ("进行中", False))
    # Without a figure nothing is listed that cannot be opened.
    assert len(client.get(reverse("campaigns:tasks")).context["tasks"]) == (0 if has_left else 1)


def test_duty_a_unit_had_in_june_stands_in_junes_list_without_a_way_to_what_became_of_it(campaign, city, clock, as_):
    clock("2026-03-02 09:00")
    duty = tasks.issued(campaign, city, frequency="每周1次")
    clock("2026-07-10 09:00")
    given(duty, city, units=[city.street])

    page = as_(city.other_liaison).get(reverse("campaigns:recurring"), {"first": "2026-03-01", "last": JUNE})

    assert [(row["part"].unit, row["weeks_url"]) for row in page.context["rows"]] == [(city.police, "")]
    assert "，后来不再承担" in page.text
    assert (page.context["page"].count_text, page.context["page"].range_text) == ("共 1 条", "本页 1 条")
    office = as_(city.coordinator)
    rows = office.get(reverse("campaigns:recurring"), {"first": "2026-03-01", "last": JUNE}).context["rows"]
    assert [(row["part"].unit, office.get(row["weeks_url"]).status_code) for row in rows] == [
        (city.bureau, 200),
        (city.police, 200),
    ]


def test_who_led_in_june_leads_in_junes_summary(campaign, city, task):
    given(task, city, lead=city.street, units=[city.bureau])

    read = Task.objects.select_related("lead_unit").prefetch_related(*PARTS).get(pk=task.pk)
    assert figures.units_then(read, on=JUNE) == (city.bureau, [city.police])
    assert figures.units_then(read, on=JULY) == (city.street, [city.bureau])
    # The one that stayed is one part of the task, on every day.
    assert by_unit(campaign, JUNE) == {city.bureau.pk: 1, city.police.pk: 1}
    assert by_unit(campaign, JULY) == {city.bureau.pk: 1, city.street.pk: 1}
    leading = {day: _led(campaign, city.bureau, day) for day in (JUNE, JULY)}
    assert leading == {JUNE: 1, JULY: 0}


def _led(campaign, unit, day):
    counted = figures.counted_tasks(campaign, until(day))
    return figures.of_part(counted, on=day, leading=True, unit=unit).count()


def test_a_part_passed_on_twice_belongs_to_each_unit_in_its_time(campaign, city, task, clock):
    clock("2026-04-10 09:00")
    given(task, city, units=[city.street])
    clock("2026-05-10 09:00")
    given(task, city, units=[city.community])

    beside = {
        day: set(by_unit(campaign, day)) - {city.bureau.pk} for day in (date(2026, 3, 31), date(2026, 4, 30), JUNE)
    }
    assert list(beside.values()) == [{city.police.pk}, {city.street.pk}, {city.community.pk}]


def test_a_part_taken_over_by_a_successor_counts_where_it_was(campaign, city, task):
    merge_unit(city.police, into=city.street, by=city.coordinator, on=date(2026, 7, 5))

    assert by_unit(campaign, JUNE) == {city.bureau.pk: 1, city.police.pk: 1}
    assert by_unit(campaign, JULY) == {city.bureau.pk: 1, city.street.pk: 1}
    assert figures.progress_by_group(campaign, until(JUNE)) == {"执法组": Progress(1, 0)}


def test_changes_of_a_draft_and_of_one_day_leave_no_trace(campaign, city, task):
    draft = tasks.draft(campaign, city)
    given(draft, city, units=[city.street])
    given(task, city, units=[city.police, city.street])
    given(task, city, units=[city.police])

    assert list(PastAssignment.objects.all()) == []


def test_what_was_put_below_a_task_in_july_makes_it_no_less_of_a_leaf_in_june(campaign, city, task):
    below = tasks.issued(campaign, city, code="A1-1", parent=task)

    assert _codes(campaign, JUNE) == {"A1"}
    assert _codes(campaign, JULY) == {"A1-1"}
    assert list(TaskPlace.objects.values_list("task", "parent", "until")) == [(below.pk, None, date(2026, 7, 9))]


def test_what_was_taken_away_in_july_leaves_the_upper_task_uncounted_in_june(campaign, city, clock):
    clock("2026-03-02 09:00")
    upper, other = tasks.issued(campaign, city, code="U"), tasks.issued(campaign, city, code="O")
    lower = tasks.draft(campaign, city, code="L", parent=upper)
    actions.issue(lower, by=city.coordinator)
    tasks.issued(campaign, city, code="O1", parent=other)
    clock("2026-07-10 09:00")

    values = {name: getattr(lower, name) for name in Task.WRITTEN} | {"parent": other}
    actions.edit_task(tasks.fresh(lower), by=city.coordinator, units=[city.police], **values)

    assert _codes(campaign, JUNE) == {"L", "O1"}
    assert _codes(campaign, JULY) == {"U", "L", "O1"}


def _codes(campaign, day):
    return set(figures.counted_tasks(campaign, until(day)).values_list("code", flat=True))


@pytest.mark.parametrize("on", ["2026-06-30", "2026-07-10"])
def test_every_number_of_the_page_opens_the_tasks_it_counted_then(client, campaign, city, task, on):
    for name, first, last in (("动员", 1, 6), ("攻坚", 7, 12)):
        Phase.objects.create(campaign=campaign, name=name, starts_on=date(2026, first, 1), ends_on=date(2026, last, 30))
    given(task, city, lead=city.street, units=[city.bureau])
    values = {name: getattr(task, name) for name in Task.WRITTEN} | {
        "due_on": date(2026, 9, 1),
        "lead_unit": city.street,
    }
    actions.edit_task(tasks.fresh(task), by=city.coordinator, units=[city.bureau], **values)
    line = TaskLine("西片", city.police)
    split_task(tasks.fresh(task), TaskLine("东片", city.street, units=[city.bureau]), [line], by=city.coordinator)
    client.force_login(city.coordinator)

    tables = client.get(reverse("campaigns:progress"), {"on": on}).context["tables"]

    told = [(row["name"], row["tasks"], row["tasks_url"]) for table in tables for row in table["rows"]]
    assert [(name, n, client.get(url).context["page"].count) for name, n, url in told] == [
        (name, n, n) for name, n, _url in told
    ]
    units = {row["name"]: row["tasks"] for table in tables if table["key"] == "unit" for row in table["rows"]}
    assert units == ({"城管局": 1, "公安局": 1} if on == "2026-06-30" else {"城管局": 1, "公安局": 1, "河湾街道": 1})
