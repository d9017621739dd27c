"""A task typed into a form: found by number or name, offered while it is typed, refused in words."""

import pytest
from django import forms
from django.urls import reverse

from campaigns.forms.task_field import TaskField
from campaigns.models import Task
from tests.factories import tasks


@pytest.fixture
def field(city):
    campaign = tasks.campaign(city)
    for code, name in (("1", "路灯维修"), ("1-2", "公厕改造"), ("1-2 A", "公厕改造"), ("2", "绿化养护")):
        tasks.draft(campaign, city, code=code, name=name)
    return TaskField(queryset=Task.objects.of(campaign))


@pytest.mark.parametrize(
    ("typed", "code"),
    [("1", "1"), (" 1-2 公厕改造 ", "1-2"), ("1-2 A 公厕改造", "1-2 A"), ("1-2 A", "1-2 A"), ("绿化养护", "2")],
)
def test_a_task_is_found_by_its_number_by_both_or_by_a_name_that_only_it_has(field, typed, code):
    assert field.clean(typed).code == code


def test_nothing_typed_is_no_task(field):
    assert field.clean("  ") is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("9-9", "没有编号或名称是“9-9”的任务，请从提示里选，或填写任务编号。"),
        ("1 公厕改造", "没有编号或名称是“1 公厕改造”的任务，请从提示里选，或填写任务编号。"),
        ("公厕改造", "叫“公厕改造”的任务不止一项，请填写任务编号。"),
    ],
)
def test_what_means_no_task_or_several_is_refused_with_what_to_write(field, typed, told):
    with pytest.raises(forms.ValidationError) as refused:
        field.clean(typed)

    assert refused.value.messages == [told]


def test_a_task_that_stands_in_a_form_is_shown_by_its_words_and_unchanged_as_it_was(field):
    task = field.clean("2")

    assert field.prepare_value(task.pk) == "2 绿化养护"
    assert field.has_changed(task.pk, "2 绿化养护") is False
    assert field.has_changed(task.pk, "1 路灯维修") is True


def test_what_is_typed_offers_tasks_the_person_sees(city, client):
    campaign = tasks.campaign(city)
    tasks.draft(campaign, city, code="1", name="路灯<维修>")
    tasks.draft(campaign, city, code="2", name="绿化养护")
    url = reverse("campaigns:task_options")

    client.force_login(city.coordinator)
    offered = client.get(url, {"of": "parent", "parent": "路灯", "as": "id_parent-tasks"})
    nothing = client.get(url, {"of": "parent", "parent": "", "as": "x"})
    client.force_login(city.liaison)
    unseen = client.get(url, {"of": "parent", "parent": "路灯", "as": "x"})

    assert offered.content.decode().strip() == (
        '<datalist id="id_parent-tasks"><option value="1 路灯&lt;维修&gt;"></option></datalist>'
    )
    assert nothing.content.decode().strip() == '<datalist id="x"></datalist>'
    assert unseen.content.decode().strip() == '<datalist id="x"></datalist>'


def test_a_form_of_a_task_costs_the_same_beside_one_task_and_beside_many(city, client, django_assert_num_queries):
    campaign = tasks.campaign(city)
    client.force_login(city.coordinator)
    url = reverse("campaigns:task_new")
    tasks.draft(campaign, city, code="0")
    with django_assert_num_queries(9):
        few = client.get(url)
    for number in range(1, 30):
        tasks.draft(campaign, city, code=str(number))
    with django_assert_num_queries(9):
        many = client.get(url)

    assert len(many.content) == len(few.content)
