"""Supervisions and requests for more time in the browser: who is offered what, what a form answers, what is fetched."""

import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook as open_book

from campaigns.actions import extensions as extension_actions
from campaigns.actions import supervision as actions
from campaigns.actions import tasks as task_actions
from campaigns.models import Supervision, TaskExtension
from cityinit.models import AuditEvent
from tests.factories import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(city, campaign):
    return tasks.issued(campaign, city, due_on=timezone.localdate() - timedelta(days=3))


def url_of(name, *args):
    return reverse(f"campaigns:{name}", args=args)


def letter(parts, **values):
    answer_by = (timezone.localdate() + timedelta(days=5)).isoformat()
    return {
        "assignments": [part.pk for part in parts],
        "reason": "请抓紧办理",
        "answer_by": answer_by,
        "signer": "周明",
        "signature": "清水市创建办",
        "client_key": "5f4dcc3b-5aa7-45d6-8d83-27deb882cf99",
        **values,
    }


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


# Supervising -----------------------------------------------------------------------------------------


def test_the_office_is_offered_the_overdue_units_and_ticks_some(city, campaign, late, as_):
    tasks.issued(campaign, city, due_on=timezone.localdate() + timedelta(days=9))
    browser = as_(city.coordinator)

    form = browser.get(url_of("supervise")).context["form"]
    assert [label for _key, label in form.fields["assignments"].choices] == [
        f"城管局（逾期3天，未签收） {late}",
        f"公安局（逾期3天，未签收） {late}",
    ]

    response = browser.post(url_of("supervise"), letter([tasks.part(late, city.police)]))
    assert said(response) == [f"已督办1个单位：创文督办〔{timezone.localdate().year}〕1号。"]
    assert response.url == url_of("supervisions")
    assert Supervision.objects.get().unit == city.police


def test_from_a_task_all_its_units_are_ticked(city, late, as_):
    tasks.supervised(late, city)

    page = as_(city.coordinator).get(f"{url_of('supervise')}?task={late.pk}").context

    assert page["form"].initial["assignments"] == [tasks.part(late, city.police).pk]
    assert (page["form"].initial["signer"], page["form"].initial["signature"]) == ("周明", "清水市创建办")


def test_what_was_supervised_meanwhile_is_told_and_the_others_get_their_letters(city, late, as_):
    parts = [tasks.part(late, city.bureau), tasks.part(late, city.police)]
    tasks.supervised(late, city)

    response = as_(city.coordinator).post(f"{url_of('supervise')}?task={late.pk}", letter(parts))

    year = timezone.localdate().year
    assert said(response) == [
        f"已督办1个单位：创文督办〔{year}〕2号。",
        f"没有督办 城管局（{late}）：城管局的这项任务正在督办，解除后才能再次督办。",
    ]


def test_the_same_letter_form_sent_twice_is_one_letter(city, late, as_):
    browser, form = as_(city.coordinator), letter([tasks.part(late, city.bureau)])

    for _ in range(2):
        browser.post(url_of("supervise"), form)

    assert Supervision.objects.count() == 1


def test_a_letter_form_with_nothing_ticked_keeps_what_was_typed(city, late, as_):
    response = as_(city.coordinator).post(url_of("supervise"), letter([]))

    assert response.status_code == 422
    assert response.context["form"].errors["assignments"] == ["请先勾选要督办的单位。"]
    assert "请抓紧办理" in response.content.decode()


def test_the_unit_answers_on_its_tasks_page(city, late, as_):
    found = tasks.supervised(late, city)
    browser = as_(city.liaison)

    [row] = browser.get(late.get_absolute_url()).context["supervisions"]
    assert [button.label for button in row["moves"]] == ["答复督办"]
    response = browser.post(url_of("supervision_move", found.pk, "answer"), {"answer": "月底前完成"})

    assert said(response) == ["已办理：答复督办。"]
    found.refresh_from_db()
    assert (found.state, found.answer) == ("answered", "月底前完成")


def test_another_unit_sees_nothing_of_it(city, late, as_):
    found = tasks.supervised(late, city)
    browser = as_(city.other_liaison)

    assert browser.get(late.get_absolute_url()).context["supervisions"] == []
    assert browser.get(url_of("supervisions")).context["rows"] == []
    assert browser.get(url_of("supervision_letter", found.pk)).status_code == 404


def test_what_was_typed_about_a_supervision_lifted_meanwhile_stays_in_the_form(city, late, as_):
    found = tasks.supervised(late, city)
    browser = as_(city.liaison)
    actions.lift_supervision(found, by=city.coordinator, note="已办结")

    response = browser.post(
        url_of("supervision_move", found.pk, "answer"), {"answer": "写了很久的答复", "seen_state": "open"}
    )

    assert response.status_code == 422
    assert "写了很久的答复" in response.content.decode()
    assert "已解除" in response.context["form"].non_field_errors()[0]


def test_the_ledger_is_narrowed_by_state_and_period(city, campaign, as_):
    for state in Supervision.State:
        tasks.supervision_at(campaign, city, state)
    browser, today = as_(city.coordinator), timezone.localdate()

    found = {
        query: len(browser.get(f"{url_of('supervisions')}?{query}").context["rows"])
        for query in ("", "state=open", "state=running", "state=late", f"first={today}&last={today}", "last=2020-01-01")
    }

    assert list(found.values()) == [3, 1, 2, 0, 3, 0]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_ledger_costs_the_same_however_long_it_is(city, campaign, as_, rows, django_assert_num_queries):
    for _ in range(rows):
        tasks.supervision_at(campaign, city, "open")
    browser = as_(city.coordinator)
    browser.get(url_of("supervisions"))

    with django_assert_num_queries(6):
        browser.get(url_of("supervisions"))


def test_a_letter_that_is_fetched_stands_in_the_trail(city, late, as_):
    found = tasks.supervised(late, city)

    response = as_(city.liaison).get(url_of("supervision_letter", found.pk))

    assert b"".join(response.streaming_content)[:2] == b"PK"
    assert AuditEvent.objects.get(action="下载督办函").subject == str(found)


def test_all_letters_of_the_list_come_in_one_zip(city, late, as_):
    tasks.supervised(late, city, units=[city.bureau, city.police])

    response = as_(city.coordinator).get(url_of("supervision_letters"))

    names = zipfile.ZipFile(BytesIO(b"".join(response.streaming_content))).namelist()
    year = timezone.localdate().year
    assert names == [
        f"创文督办〔{year}〕1号-清水市城市管理局-督办函.docx",
        f"创文督办〔{year}〕2号-清水市公安局-督办函.docx",
    ]


def test_the_ledger_goes_out_as_a_sheet(city, late, as_):
    tasks.supervised(late, city)

    response = as_(city.coordinator).get(url_of("supervisions_export"))

    sheet = open_book(BytesIO(b"".join(response.streaming_content))).active
    assert [cell.value for cell in sheet[2]][4:7] == ["清水市城市管理局", "请克服困难，尽快完成整治", "周明"]


# Desks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("coordinator", {"延期待批": 1, "督办已答复": 1}),
        ("liaison", {"督办待答复": 1, "延期待批": 1}),
        ("other_liaison", {}),
        ("leader", {"督办未解除": 2}),
    ],
)
def test_each_desk_counts_what_waits_for_it_and_links_to_exactly_that(city, campaign, as_, who, expected):
    tasks.extension_at(campaign, city, "asked")
    for state in Supervision.State:
        tasks.supervision_at(campaign, city, state)
    browser = as_(getattr(city, who))

    stats = [
        stat
        for stat in browser.get(url_of("desk")).context["stats"]
        if "督办" in stat["label"] or "延期" in stat["label"]
    ]

    assert {stat["label"]: stat["value"] for stat in stats} == expected
    assert [len(browser.get(stat["url"]).context["rows"]) for stat in stats] == list(expected.values())


# More time -------------------------------------------------------------------------------------------


@pytest.fixture
def due(city, campaign):
    return tasks.issued(campaign, city, due_on=timezone.localdate() + timedelta(days=7))


def test_a_liaison_asks_and_the_office_grants(city, due, as_):
    until = timezone.localdate() + timedelta(days=30)
    part = tasks.part(due, city.bureau)
    browser = as_(city.liaison)
    [row] = browser.get(due.get_absolute_url()).context["parts"]
    assert "申请延期" in [button.label for button in row["moves"]]

    response = browser.post(url_of("extension_ask", part.pk), {"until": until.isoformat(), "reason": "连续降雨"})
    assert said(response) == ["延期申请已提交，批准前时限不变。"]
    [row] = browser.get(due.get_absolute_url()).context["parts"]
    assert "申请延期" not in [button.label for button in row["moves"]]

    asked = TaskExtension.objects.get()
    browser = as_(city.coordinator)
    [row] = browser.get(url_of("extensions")).context["rows"]
    assert [button.label for button in row["moves"]] == ["批准延期", "不批准延期"]
    browser.post(url_of("extension_move", asked.pk, "grant"), {"granted_due": until.isoformat(), "seen_state": "asked"})

    assert tasks.fresh(due).due_on == until
    facts = dict(fact[:2] for fact in browser.get(due.get_absolute_url()).context["facts"])
    assert (facts["完成时限"], facts["最初时限"]) == (until, due.due_on)


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"until": "2020-01-01", "reason": "雨"}, "until", "延至的日期须晚于现在的时限"),
        ({"until": "", "reason": "雨"}, "until", "请填写这一项"),
        ({"until": "2099-01-01", "reason": ""}, "reason", "请填写这一项"),
    ],
)
def test_a_request_that_says_nothing_is_a_form_error(city, due, as_, values, field, sentence):
    response = as_(city.liaison).post(url_of("extension_ask", tasks.part(due, city.bureau).pk), values)

    assert response.status_code == 422
    assert response.context["form"].errors[field][0].startswith(sentence)
    assert not TaskExtension.objects.exists()


def test_the_second_of_two_who_decide_is_told(city, due, as_):
    asked = tasks.asked(due, city)
    extension_actions.refuse_extension(TaskExtension.objects.for_list().get(), by=city.coordinator, note="工期足够")

    response = as_(city.coordinator).post(
        url_of("extension_move", asked.pk, "grant"),
        {"granted_due": asked.asked_due.isoformat(), "note": "同意", "seen_state": "asked"},
    )

    assert response.status_code == 422
    assert "未批准" in response.context["form"].non_field_errors()[0]
    assert tasks.fresh(due).due_on == due.due_on


# Decisions taken back --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reach", "move", "label", "beside"),
    [(tasks.confirmed, "reopen", "撤销办结", ["存为模板"]), (tasks.cancelled, "restore", "恢复办理", [])],
)
def test_the_office_takes_a_decision_back_and_says_why(city, campaign, as_, reach, move, label, beside):
    task = reach(campaign, city)
    browser = as_(city.coordinator)
    assert [button.label for button in browser.get(task.get_absolute_url()).context["moves"]] == [label, *beside]

    response = browser.post(url_of("task_move", task.pk, move), {"note": "办错了", "seen_state": task.state})

    assert said(response) == [f"已办理：{label}。"]
    assert browser.get(task.get_absolute_url()).context["events"][0]["note"] == "办错了"


def test_a_move_of_a_task_closed_meanwhile_keeps_an_incomplete_form(city, campaign, as_):
    task = tasks.awaiting(campaign, city)
    task_actions.confirm(tasks.fresh(task), by=city.coordinator)

    response = as_(city.coordinator).post(
        url_of("task_move", task.pk, "send_back"), {"note": "缺少整治后的照片", "seen_state": "awaiting_confirmation"}
    )

    assert response.status_code == 422
    assert "缺少整治后的照片" in response.content.decode()
    assert response.context["form"].non_field_errors() == ["现在不能退回：它目前是“已办结”。"]
