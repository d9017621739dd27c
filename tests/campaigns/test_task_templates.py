"""Templates of tasks: kept from an indicator or a task, listed, renamed, given up, and used in the form of one task."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from campaigns.actions import templates as actions
from campaigns.models import Task, TaskTemplate
from cityinit.models import AuditEvent
from cityinit.workflow import Refused
from tests.factories import people, systems, tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client, city, campaign):
    client.force_login(city.coordinator)
    return client


@pytest.fixture
def template(campaign, city):
    values = {"starts_on": date(2026, 1, 11), "due_on": date(2026, 1, 31), "target": Decimal(30), "measure": "处"}
    task = tasks.draft(campaign, city, name="摸底", requirement="逐路段", **values)
    return actions.save_template(campaign, [task], name="专项整治", by=city.coordinator)


def address(name, row=None):
    return reverse(f"campaigns:{name}", args=[row.pk] if row else [])


def test_of_an_indicator_without_tasks_no_template_is_kept(office, campaign, city):
    indicator = systems.in_force(campaign, city).indicators.first()

    answer = office.post(address("template_save"), {"indicator": indicator.pk, "name": "空的"}, follow=True)

    assert "这里还没有任务，不能存为模板。" in answer.text
    assert TaskTemplate.objects.count() == 0


def test_a_task_is_kept_with_what_is_below_it_its_leaves_ticked(office, campaign, city):
    above = tasks.issued(campaign, city, name="占道整治")
    _first, second = (tasks.issued(campaign, city, name=name, parent=above) for name in "甲乙")
    tasks.issued(campaign, city, name="底", parent=second)
    tasks.cancelled(campaign, city, name="终", parent=above)

    page = office.get(address("task_template", above))
    form = page.context["form"]
    offered = [task.name for task in form.fields["tasks"].queryset]
    ticked = {"name": "占道整治", "tasks": form.initial["tasks"]}
    answer = office.post(address("task_template", above), ticked)

    assert offered == ["占道整治", "甲", "乙", "底"]
    assert answer.url == above.get_absolute_url()
    assert list(TaskTemplate.objects.get().lines.values_list("name", flat=True)) == ["甲", "底"]


def test_nothing_ticked_is_told_beside_the_list(office, campaign, city):
    answer = office.post(address("task_template", tasks.draft(campaign, city)), {"name": "空的"})

    assert (answer.status_code, "请至少勾选一项任务。" in answer.text) == (422, True)


def test_a_name_that_is_taken_is_asked_about_before_it_is_written_over(office, campaign, city, template):
    leaf = systems.in_force(campaign, city).indicators.first()
    other = tasks.draft(campaign, city, name="复查", indicator=leaf)
    doors = [
        (address("task_template", other), {"name": "专项整治", "tasks": [other.pk]}),
        (address("template_save"), {"name": "专项整治", "indicator": leaf.pk}),
    ]

    for url, asked in doors:
        answer = office.post(url, asked)

        assert (answer.status_code, "replace" in answer.context["form"].fields) == (422, True)
        assert answer.context["form"].errors == {
            "name": ["已有叫“专项整治”的模板（1项任务）。请换一个名称；要用这里的任务替换它，请勾选“替换同名的模板”。"]
        }
        assert template.lines.get().name == "摸底"
    with pytest.raises(Refused, match="已有叫“专项整治”的模板，请换一个名称。"):
        actions.save_template(campaign, [other], name="专项整治", by=city.coordinator)
    for url, asked in doors:
        office.post(url, asked | {"replace": "on"})

        assert template.lines.get().name == "复查"


def test_templates_are_listed_with_their_lines_and_may_be_used(office, template):
    page = office.get(address("templates"))

    [row] = page.context["templates"]
    assert (row["template"], [line.name for line in row["lines"]]) == (template, ["摸底"])
    assert office.get(row["apply_url"]).context["lines"].forms[0]["name"].value() == "摸底"


@pytest.mark.parametrize("count", [1, 4])
def test_the_list_takes_as_many_queries_for_one_as_for_many(
    office, campaign, city, template, count, django_assert_num_queries
):
    for n in range(count - 1):
        actions.save_template(campaign, [tasks.draft(campaign, city)], name=f"模板{n}", by=city.coordinator)
    office.get(address("templates"))

    with django_assert_num_queries(5):
        office.get(address("templates"))


def test_a_template_is_renamed_but_not_to_a_name_that_is_taken(office, campaign, city, template):
    actions.save_template(campaign, [tasks.draft(campaign, city)], name="设施建设", by=city.coordinator)

    refused = office.post(address("template_rename", template), {"name": "设施建设"})
    office.post(address("template_rename", template), {"name": "集中整治"})

    assert (refused.status_code, "已有叫“设施建设”的模板，请换一个名称。" in refused.text) == (422, True)
    template.refresh_from_db()
    assert template.name == "集中整治"
    assert AuditEvent.objects.get(action="修改分解模板名称").detail == {"before": "专项整治"}


def test_tasks_laid_down_from_a_template_outlive_it(office, template):
    office.post(address("template_delete", template))

    assert (TaskTemplate.objects.count(), Task.objects.count()) == (0, 1)


def test_nobody_but_the_office_renames_or_deletes(city, template):
    for act in (lambda: actions.rename_template(template, name="甲", by=city.liaison),
                lambda: actions.delete_template(template, by=city.liaison)):  # fmt: skip
        with pytest.raises(Refused, match="您的岗位没有这项权限。"):
            act()
    assert TaskTemplate.objects.get().name == "专项整治"


def test_the_form_of_one_task_is_filled_in_from_a_line(office, city, template, clock):
    clock("2026-03-01 09:00")
    line = template.lines.get()

    form = office.get(address("task_new"), {"line": line.pk}).context["form"]

    names = ("name", "requirement", "lead_unit", "units", "starts_on", "due_on", "target", "measure")
    assert [form[name].value() for name in names] == [
        *("摸底", "逐路段", city.bureau.pk, [city.police.pk], date(2026, 3, 11), date(2026, 3, 31)),
        *(30, "处"),
    ]
    assert form["code"].value() == "RW001"


def test_a_line_that_ships_leaves_the_lead_to_the_office_and_an_unknown_one_fills_nothing_in(office, clock):
    clock("2026-03-01 09:00")
    shipped = office.get(address("task_new"), {"line": "preset-0-0"}).context["form"]
    unknown = office.get(address("task_new"), {"line": "4711"}).context["form"]

    assert [shipped[name].value() for name in ("name", "lead_unit", "due_on")] == [
        *("开展摸底排查，建立问题台账", None),
        date(2026, 3, 31),
    ]
    assert unknown["name"].value() in (None, "")


def test_another_hosts_template_is_not_found(office, template):
    other = people.unit("云溪市")
    TaskTemplate.objects.filter(pk=template.pk).update(host=other)

    assert [
        office.post(address(name, template), {"name": "甲"}).status_code
        for name in ("template_rename", "template_delete")
    ] == [404, 404]
