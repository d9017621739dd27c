"""Recurring duty in the browser: week by week, over a period, and kept by one tap."""

from datetime import date

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from campaigns.models import WorkLogEntry
from tests.factories import tasks
from units.roles import Role

pytestmark = pytest.mark.django_db

# 1 June 2026 is a Monday.
BEGIN, NOW = "2026-06-01 08:00", "2026-06-24 09:00"


@pytest.fixture
def task(city, campaign, clock):
    clock(BEGIN)
    found = tasks.issued(campaign, city, frequency="每周2次", name="路段清扫", units=[city.police])
    clock(NOW)
    for day in (2, 3, 9):
        tasks.entry(found, city, done_on=date(2026, 6, day), quantities_text="")
    return found


def url_of(name, *args):
    return reverse(f"campaigns:{name}", args=args)


def weeks_of(context):
    return [(week.label, week.kept, week.due, week.text, week.missed) for week in context]


def test_the_office_reads_each_week_with_the_units_behind(city, task, as_):
    panel = as_(city.coordinator).get(task.get_absolute_url()).context["recurring"]

    assert weeks_of(panel["weeks"]) == [
        ("2026年第26周", 0, 4, "进行中", "城管局 0/2、公安局 0/2"),
        ("2026年第25周", 0, 4, "无记录", "城管局 0/2、公安局 0/2"),
        ("2026年第24周", 1, 4, "未足额", "城管局 1/2、公安局 0/2"),
        ("2026年第23周", 2, 4, "未足额", "公安局 0/2"),
    ]
    assert panel["taps"] == []


def test_a_unit_reads_its_own_weeks_each_with_the_entries_it_counts(city, task, as_):
    browser = as_(city.liaison)

    weeks = browser.get(task.get_absolute_url()).context["recurring"]["weeks"]

    assert [(week.kept, week.due, week.missed) for week in weeks] == [(0, 2, ""), (0, 2, ""), (1, 2, ""), (2, 2, "")]
    assert [len(browser.get(week.log_url).context["page"].rows) for week in weeks] == [0, 0, 1, 2]


def test_duty_is_kept_by_one_tap_from_the_desk_and_a_double_tap_is_one(city, task, as_):
    browser = as_(city.liaison)
    [tap] = browser.get(url_of("desk")).context["taps"]
    form = {"client_key": tap["client_key"], "from": "desk"}

    for _ in range(2):
        response = browser.post(tap["url"], form)

    assert response.url == url_of("desk")
    assert WorkLogEntry.objects.filter(done_on=date(2026, 6, 24), is_routine=True).count() == 1
    assert str(next(iter(get_messages(response.wsgi_request)))) == (
        "已记录今天的落实：路段清扫。需要补充照片或数量，可在记录里修改。"
    )
    [tap] = browser.get(url_of("desk")).context["taps"]
    assert tap["today"] == 1


def test_a_task_without_a_frequency_is_not_tapped(city, campaign, as_):
    part = tasks.part(tasks.issued(campaign, city), city.bureau)

    response = as_(city.liaison).post(url_of("keep_recurring", part.pk))

    assert [str(message) for message in get_messages(response.wsgi_request)] == [
        "这项任务没有频次，请用“登记工作”写明做了什么。"
    ]


def test_what_cannot_be_counted_says_so(city, campaign, as_):
    task = tasks.issued(campaign, city, frequency="不定期")

    text = as_(city.coordinator).get(task.get_absolute_url()).content.decode()

    assert "频次“不定期”没有次数可计，只看工作记录。" in text


def test_a_long_duty_is_read_half_a_year_to_a_page(city, campaign, clock, as_):
    clock("2026-01-05 08:00")
    task = tasks.issued(campaign, city, frequency="每周1次", units=[])
    clock("2026-12-31 09:00")
    browser = as_(city.coordinator)

    first = browser.get(url_of("task_recurring", task.pk)).context
    second = browser.get(url_of("task_recurring", task.pk) + first["earlier_url"]).context

    assert (len(first["weeks"]), first["later_url"]) == (26, "")
    assert (second["weeks"][-1].label, second["earlier_url"]) == ("2026年第2周", "")


def test_one_unit_is_read_by_itself(city, task, as_):
    browser = as_(city.coordinator)

    weeks = browser.get(f"{url_of('task_recurring', task.pk)}?unit={city.police.pk}").context["weeks"]

    assert {(week.kept, week.due) for week in weeks} == {(0, 2)}
    assert browser.get(f"{url_of('task_recurring', task.pk)}?unit={city.street.pk}").status_code == 404


def test_a_period_adds_up_to_what_its_rows_say(city, task, as_):
    page = as_(city.coordinator).get(f"{url_of('recurring')}?first=2026-06-01&last=2026-06-21").context

    assert [(row["part"].unit, row["kept"].kept, row["kept"].due, len(row["missed"])) for row in page["rows"]] == [
        (city.bureau, 3, 6, 2),
        (city.police, 0, 6, 3),
    ]
    assert (page["kept"].kept, page["kept"].due, str(page["kept"].rate)) == (3, 12, "25.0")


@pytest.mark.parametrize("many", [1, 4])
def test_the_list_costs_the_same_however_many_parts(city, campaign, clock, as_, many, django_assert_num_queries):
    clock(BEGIN)
    for _ in range(many):
        tasks.issued(campaign, city, frequency="每周2次", units=[city.police])
    clock(NOW)
    browser = as_(city.coordinator)
    browser.get(url_of("recurring"))

    with django_assert_num_queries(11):
        browser.get(url_of("recurring"))


# Quantities in another measure than the target's -----------------------------------------------------


def logged(browser, task, **values):
    form = {"done_on": "2026-06-20", "content": "硬化路面", "unit": task.lead_unit_id, **values}
    return browser.post(url_of("log_new", task.pk), form)


def test_what_cannot_count_toward_the_target_is_asked_about_once(city, campaign, clock, as_):
    clock(BEGIN)
    task = tasks.issued(campaign, city, target=1000, measure="平方米", units=[])
    clock(NOW)
    browser = as_(city.liaison)

    response = logged(browser, task, quantities_text="硬化路面=3处")
    assert response.status_code == 422
    assert response.context["form"].errors["quantities_text"] == [
        "目标是1000平方米，这里填的是硬化路面3处，单位不同，不会计入目标进度。"
        "请改用“平方米”、“公顷”、“平方公里”，或勾选“数据无误，不计入目标”。"
    ]
    assert not WorkLogEntry.objects.exists()

    logged(browser, task, quantities_text="硬化路面=3处", beside_target="on")
    assert [str(row) for row in WorkLogEntry.objects.get().quantities.all()] == ["硬化路面=3处"]


@pytest.mark.parametrize("text", ["硬化路面=200㎡", "硬化路面=1公顷；投入=3万元", ""])
def test_what_counts_is_not_asked_about(city, campaign, clock, as_, text):
    clock(BEGIN)
    task = tasks.issued(campaign, city, target=1000, measure="平方米", units=[])
    clock(NOW)
    browser = as_(city.liaison)

    assert "beside_target" not in browser.get(url_of("log_new", task.pk)).content.decode()
    assert logged(browser, task, quantities_text=text).status_code == 302


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("硬化路面=-5平方米", "“硬化路面=-5平方米”是负数。成效数据从0起，例如“硬化路面=0起”。"),
        (
            "硬化路面=1000000000000平方米",
            "“硬化路面=1000000000000平方米”的数字太大，请检查是否多写了零，或改用万、亿作单位。",
        ),
    ],
)
def test_a_number_that_cannot_be_is_told(city, campaign, clock, as_, text, sentence):
    clock(BEGIN)
    task = tasks.issued(campaign, city, target=1000, measure="平方米", units=[])
    clock(NOW)

    assert logged(as_(city.liaison), task, quantities_text=text).context["form"].errors["quantities_text"] == [sentence]


def test_a_page_keeps_apart_what_counts_toward_the_target_and_what_does_not(city, campaign, clock, as_):
    clock(BEGIN)
    task = tasks.issued(campaign, city, target=1000, measure="平方米", units=[])
    tasks.entry(task, city, done_on=date(2026, 6, 1), quantities_text="硬化路面=200㎡；投入=3万元；铺设草坪=50平方米")

    text = as_(city.coordinator).get(task.get_absolute_url()).content.decode()

    assert text.count("单位不同，不计入目标") == 1
    assert "计量单位相同的都计入：硬化路面、铺设草坪<" in text


def test_whose_duty_it_is_stands_on_the_button_only_where_it_is_not_all_one_units(city, task, as_):
    of_one = as_(city.liaison).get(url_of("desk")).context["taps"]
    city.liaison.posts.create(role=Role.LIAISON, unit=city.police, starts_on=date(2026, 1, 1))
    of_two = as_(city.liaison).get(url_of("desk")).context["taps"]

    assert [tap["unit"] for tap in of_one] == [""]
    assert sorted(tap["unit"] for tap in of_two) == sorted([str(city.bureau), str(city.police)])
