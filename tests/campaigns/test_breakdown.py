"""From indicator to tasks on one page, with templates; tasks changed many at once."""

import uuid
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from campaigns.models import AssessmentSystem, Indicator, Standard, Task, TaskTemplate, Workstream
from tests.factories import people, tasks
from units.models import UnitAlias

pytestmark = pytest.mark.django_db
EMPTY = {"name": "", "lead": "", "units": "", "starts_on": "", "due_on": "", "amount": "", "frequency": ""}


@pytest.fixture
def indicator(campaign):
    system = AssessmentSystem.objects.create(campaign=campaign, name="测评体系")
    top = Indicator.objects.create(campaign=campaign, system=system, code="Ⅱ-1", name="公共环境")
    lowest = [
        Indicator.objects.create(campaign=campaign, system=system, code=f"Ⅱ-1-{n}", name=name, parent=top, position=n)
        for n, name in enumerate(("市容环境", "交通秩序"), start=1)
    ]
    Standard.objects.create(campaign=campaign, indicator=lowest[0], number="1", content="主干道整洁有序")
    return lowest[0]


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


def address(indicator, **query):
    return reverse("campaigns:breakdown", query={"indicator": indicator.pk, **query})


@pytest.mark.parametrize("asked", ["workstream={gone}", "unit=999999", "state=drat", "first=2026-13-01&state=draft"])
@pytest.mark.parametrize("door", ["tasks_issue", "tasks_change"])
def test_a_filter_that_has_become_faulty_chooses_nothing(office, city, campaign, door, asked):
    drafts = [tasks.draft(campaign, city) for _n in range(2)]
    stream = Workstream.objects.create(campaign=campaign, name="绿化")
    chosen = {"all": "1", "filter": asked.format(gone=stream.pk), "apply": "1", "due_on": "2026-11-30"}
    stream.delete()

    answer = office.post(reverse(f"campaigns:{door}"), chosen, follow=True)

    assert "筛选条件已经失效" in answer.content.decode()
    assert {(tasks.fresh(task).state, tasks.fresh(task).due_on) for task in drafts} == {("draft", None)}


def test_several_tasks_are_added_under_an_indicator_without_leaving_the_page(office, indicator, city, campaign):
    stream = Workstream.objects.create(campaign=campaign, name="环境优化")
    first = {"name": "整治占道经营", "lead": "城管局", "units": "公安局、各街道", "due_on": "2026-06-30"}
    second = {"name": "每日清扫", "lead": "河湾街道", "frequency": "每天1次", "amount": "30处"}

    answer = office.post(address(indicator), sent(first, second, workstreams=[stream.pk]))

    assert answer.url == address(indicator)
    made = Task.objects.order_by("code")
    assert [(task.code, task.name, task.indicator, task.state) for task in made] == [
        ("Ⅱ-1-1-01", "整治占道经营", indicator, "draft"),
        ("Ⅱ-1-1-02", "每日清扫", indicator, "draft"),
    ]
    assert [str(part.unit) for part in made[0].assignments.all()] == ["城管局", "公安局", "河湾街道"]
    assert (made[1].target, made[1].measure, made[1].frequency) == (30, "处", "每天1次")
    assert [list(task.workstreams.all()) for task in made] == [[stream], [stream]]


def test_the_same_page_sent_twice_is_stored_once(office, indicator):
    data = sent({"name": "整治占道经营", "lead": "城管局"})

    office.post(address(indicator), data)
    office.post(address(indicator), data)

    assert Task.objects.count() == 1


def test_faults_stand_beside_their_line_nothing_typed_is_lost_and_nothing_is_written(office, indicator):
    sound = {"name": "整治占道经营", "lead": "城管局"}
    faulty = {
        "name": "清理广告",
        "lead": "城官局",
        "units": "无名局",
        "starts_on": "2026-07-01",
        "due_on": "2026-06-01",
        "amount": "很多",
        "frequency": "偶尔",
    }
    twin = {"name": "又一项", "lead": "城管局", "units": "公安局、城管局、无名局、没有局", "amount": "30"}

    answer = office.post(address(indicator), sent(sound, faulty, twin))

    errors = [dict(form.errors.items()) for form in answer.context["lines"]]
    assert (answer.status_code, Task.objects.count()) == (422, 0)
    assert errors[0] == {}
    assert sorted(errors[1]) == ["amount", "due_on", "frequency", "lead", "units"]
    assert errors[1]["lead"] == ["没有叫“城官局”的单位。是否应为“城管局”？"]
    assert errors[2] == {
        "units": [
            "没有叫“无名局”的单位。",
            "没有叫“没有局”的单位。",
            "“城管局”已是牵头单位，不要再列为责任单位。",
        ],
        "amount": ["填了目标值，请写明计量单位，例如“平方米”。"],
    }
    assert 'value="清理广告"' in answer.content.decode()


@pytest.mark.parametrize("header", [{}, {"HX-Request": "true"}])
def test_lines_are_added_and_nothing_typed_is_lost_or_kept_yet(office, indicator, campaign, header):
    stream = Workstream.objects.create(campaign=campaign, name="环境优化")
    half = {"name": "清理广告", "lead": "城官局", "due_on": "2026-6-", "amount": "很多"}

    answer = office.post(address(indicator), sent(half, more="1", workstreams=[stream.pk]), headers=header)

    lines = answer.context["lines"].forms
    assert (answer.status_code, Task.objects.count(), len(lines)) == (200, 0, 6)
    assert [lines[0][name].value() for name in half] == list(half.values())
    assert str(lines[0]["client_key"].value()) == str(uuid.uuid5(uuid.NAMESPACE_URL, "0"))
    assert len({str(line["client_key"].value()) for line in lines}) == 6
    assert [line.errors for line in lines] == [{}] * 6
    assert answer.context["streams"]["workstreams"].value() == [str(stream.pk)]


def test_no_more_lines_are_added_than_a_page_takes(office, indicator):
    answer = office.post(address(indicator), sent(*[{"name": "甲"}] * 58, more="1"))

    assert len(answer.context["lines"].forms) == 60
    assert "一次最多60行" in answer.text


def test_nothing_filled_in_is_refused_in_words(office, indicator):
    answer = office.post(address(indicator), sent())

    assert answer.status_code == 422
    assert "请至少填写一项任务。" in answer.content.decode()


def test_indicators_without_tasks_are_counted_and_listed(office, indicator, campaign, city):
    tasks.draft(campaign, city, indicator=indicator)

    page = office.get(reverse("campaigns:breakdown"))
    listed = office.get(page.context["bare_url"])

    assert [page.context[name] for name in ("lowest", "covered", "bare")] == [2, 1, 1]
    assert [(row["label"].split()[0], row["depth"], row["count"], row["without"]) for row in page.context["rows"]] == [
        ("Ⅱ-1", "0", "", ""),
        ("Ⅱ-1-1", "1", "1", ""),
        ("Ⅱ-1-2", "1", "", "无任务"),
    ]
    assert [row["label"].split()[0] for row in listed.context["rows"]] == ["Ⅱ-1-2"]


def test_what_was_broken_down_is_issued_on_the_same_page(office, indicator, campaign, city):
    tasks.issued(campaign, city, indicator=indicator)
    drafts = [tasks.draft(campaign, city, indicator=indicator) for _number in range(2)]
    page = office.get(address(indicator))

    sent = {"breakdown": indicator.pk, "task": [task.pk for task in page.context["drafts"]]}
    answer = office.post(reverse("campaigns:tasks_issue"), sent)

    assert page.context["drafts"] == drafts
    assert "下发其中未下发的2项" in page.content.decode()
    assert (answer.status_code, answer.url) == (302, address(indicator))
    assert {tasks.fresh(task).state for task in drafts} == {Task.State.ISSUED}
    assert office.get(address(indicator)).context["drafts"] == []


def test_a_negative_list_lacks_no_task_and_stands_below_its_own_system(office, indicator, campaign):
    other = AssessmentSystem.objects.create(campaign=campaign, name="一票否决事项")
    negative = Indicator.objects.create(campaign=campaign, system=other, code="负-1", name="一票否决", position=0)
    values = {"campaign": campaign, "indicator": negative, "is_negative": True}
    Standard.objects.create(number="1", content="发生重大安全事故", **values)

    context = office.get(reverse("campaigns:breakdown")).context

    assert [context[name] for name in ("lowest", "bare")] == [2, 2]
    rows = [row.get("head") or (row["label"].split()[0], row["without"], row["negative"]) for row in context["rows"]]
    assert rows == [
        "一票否决事项",
        ("负-1", "", "负面清单"),
        "测评体系",
        ("Ⅱ-1", "", ""),
        ("Ⅱ-1-1", "无任务", ""),
        ("Ⅱ-1-2", "无任务", ""),
    ]


@pytest.mark.parametrize("count", [1, 6])
def test_the_page_takes_as_many_queries_for_one_task_as_for_many(
    office, indicator, campaign, city, django_assert_num_queries, count
):
    for _number in range(count):
        tasks.draft(campaign, city, indicator=indicator)

    with django_assert_num_queries(13):
        office.get(address(indicator))


# Templates


def test_a_template_keeps_kinds_and_days_and_is_laid_down_elsewhere_with_a_look_before(
    office, indicator, campaign, city
):
    street = people.unit("东门街道", parent=city.host, kind="街道", position=6)
    values = {"starts_on": date(2026, 1, 11), "due_on": date(2026, 1, 31), "target": Decimal(30), "measure": "处"}
    tasks.draft(campaign, city, indicator=indicator, name="摸底", units=[city.street, street, city.police], **values)
    office.post(reverse("campaigns:template_save"), {"indicator": indicator.pk, "name": "专项整治"})
    other = Indicator.objects.get(code="Ⅱ-1-2")

    page = office.get(address(other, template=TaskTemplate.objects.get().pk, first_day="2026-03-01"))
    first = page.context["lines"].forms[0]
    office.post(address(other), sent({name: first[name].value() or "" for name in EMPTY}))

    assert first["units"].value() == "清水市公安局、各街道"
    assert Task.objects.filter(indicator=indicator).count() == 1
    task = Task.objects.get(indicator=other)
    assert (task.name, task.lead_unit, task.starts_on, task.due_on, task.target, task.measure) == (
        *("摸底", city.bureau, date(2026, 3, 11), date(2026, 3, 31)),
        *(30, "处"),
    )
    assert {part.unit for part in task.assignments.all()} == {city.bureau, city.police, city.street, street}


def test_a_template_that_ships_fills_the_lines_in(office, indicator):
    page = office.get(address(indicator, template="preset-0", first_day="2026-02-01"))

    lines = page.context["lines"].forms
    assert [lines[0][name].value() for name in ("name", "due_on")] == ["开展摸底排查，建立问题台账", date(2026, 3, 3)]
    assert lines[3]["frequency"].value() == "每周1次"


def test_what_a_table_taught_to_call_units_is_known_where_they_are_typed(office, indicator, city, campaign):
    for name, units in (("城管", [city.bureau]), ("两口", [city.police, city.street])):
        UnitAlias.objects.create(host=city.host, name=name).units.set(units)
    task = tasks.draft(campaign, city)

    made = office.post(address(indicator), sent({"name": "清理占道", "lead": "城管", "units": "两口"}))
    parts = sent({"name": "甲", "lead": "城管"}, {"name": "乙", "lead": "两口"})
    split = office.post(reverse("campaigns:task_split", args=[task.pk]), parts)

    assert made.status_code == 302
    found = Task.objects.get(name="清理占道")
    assert set(found.assignments.values_list("unit__name", flat=True)) == {
        "清水市城市管理局",
        "清水市公安局",
        "河湾街道",
    }
    assert [form.errors for form in split.context["lines"]][:2] == [
        {},
        {"lead": ["只能由一个单位牵头，请写明是哪一个。"]},
    ]


# Many at once


def test_deadline_lead_and_workstream_are_changed_for_the_ticked_tasks(office, campaign, city):
    first, second = tasks.draft(campaign, city), tasks.issued(campaign, city, units=[])
    done = tasks.confirmed(campaign, city)
    stream = Workstream.objects.create(campaign=campaign, name="环境优化")
    values = {"due_on": "2026-12-01", "lead_unit": city.police.pk, "into": stream.pk, "apply": "1"}

    answer = office.post(
        reverse("campaigns:tasks_change"), {"task": [first.pk, second.pk, done.pk], **values}, follow=True
    )

    for task in (tasks.fresh(first), tasks.fresh(second)):
        assert (task.due_on, task.lead_unit, list(task.workstreams.all())) == (date(2026, 12, 1), city.police, [stream])
        assert [part.unit for part in task.assignments.all()] == [city.police, city.bureau]
    assert [str(message) for message in answer.context["messages"]] == [
        "已调整3项任务的板块。",
        "已修改2项任务。",
        f"没有修改 {done}：任务已是“已办结”，不能再改。",
    ]


def test_a_change_of_nothing_and_of_no_task_is_told(office, campaign, city):
    task = tasks.draft(campaign, city)

    nothing = office.post(reverse("campaigns:tasks_change"), {"task": [task.pk], "apply": "1"})
    none = office.post(reverse("campaigns:tasks_change"), {"apply": "1"}, follow=True)

    assert (nothing.status_code, "请至少填写一项要改的内容。" in nothing.content.decode()) == (422, True)
    assert [str(message) for message in none.context["messages"]] == ["请先勾选任务。"]
