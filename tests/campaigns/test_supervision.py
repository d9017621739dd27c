"""督办: letters with running numbers, answers, lifting; and what a letter says."""

from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.utils import timezone
from docx import Document

from campaigns import figures
from campaigns.actions import supervision as actions
from campaigns.actions import tasks as task_actions
from campaigns.models import Supervision, Task
from cityinit.models import AuditEvent
from cityinit.periods import Period
from cityinit.workflow import Refused
from tests.factories import people, tasks
from units.actions.directory import merge_unit
from units.models import Notice
from units.roles import Role

pytestmark = pytest.mark.django_db

NOW = "2026-07-10 09:00"


@pytest.fixture
def task(city, campaign, clock):
    clock("2026-06-01 09:00")
    found = tasks.issued(campaign, city, name="整治占道经营", code="C3", due_on=date(2026, 6, 30), units=[city.police])
    clock(NOW)
    return found


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """`told(action, *args, **kw)` does it and gives who was told what: a set of (person, text)."""

    def do(action, *args, **values):
        before = set(Notice.objects.values_list("pk", flat=True))
        with django_capture_on_commit_callbacks(execute=True):
            action(*args, **values)
        return {(notice.user, notice.text) for notice in Notice.objects.exclude(pk__in=before).select_related("user")}

    return do


def words(stored):
    with open(stored_path(stored), "rb") as file:
        return [paragraph.text for paragraph in Document(BytesIO(file.read())).paragraphs if paragraph.text]


def stored_path(stored):
    from django.conf import settings

    return f"{settings.MEDIA_ROOT}/{stored.path}"


def test_supervised_parts_get_numbers_that_run_and_their_people_are_told(city, task, told):
    head = people.person("hewan_head", Role.LEADER, at=city.bureau, scope=city.bureau)
    heard = told(tasks.supervised, task, city, units=[city.bureau, city.police], answer_by=date(2026, 7, 20))

    first, second = Supervision.objects.order_by("pk")
    assert [(row.number, row.unit, row.state) for row in (first, second)] == [
        ("创文督办〔2026〕1号", city.bureau, "open"),
        ("创文督办〔2026〕2号", city.police, "open"),
    ]
    text = f"督办：{task}，请于2026年7月20日前答复（创文督办〔2026〕1号）"
    assert {person for person, said in heard if said == text} == {city.liaison, head}
    event = task.events.get(move="supervise", assignment__unit=city.bureau)
    assert event.note == "创文督办〔2026〕1号，2026年7月20日前答复。请克服困难，尽快完成整治"
    assert AuditEvent.objects.filter(action="印发督办函").count() == 2


def test_numbers_begin_anew_each_year_and_for_each_city(city, task, clock):
    first = tasks.supervised(task, city)
    there = people.city("云溪市")
    other = tasks.supervised(tasks.issued(tasks.campaign(there), there), there)
    clock("2027-01-04 09:00")
    second = tasks.supervised(task, city, units=[city.police])[0]

    assert [row.number for row in (first, other, second)] == [
        "创文督办〔2026〕1号",
        "创文督办〔2026〕1号",
        "创文督办〔2027〕1号",
    ]


def test_what_is_refused_stops_none_of_the_others_and_takes_no_number(city, task):
    tasks.supervised(task, city)
    parts = [tasks.part(task, city.bureau), tasks.part(task, city.police)]

    result = actions.supervise(
        parts,
        by=city.coordinator,
        reason="请抓紧",
        answer_by=date(2026, 7, 20),
        signer="周明",
        signature="清水市创建办",
    )

    assert [row.number for row in result.done] == ["创文督办〔2026〕2号"]
    assert result.refused == [(parts[0], "城管局的这项任务正在督办，解除后才能再次督办。")]


def test_the_same_form_sent_twice_is_one_letter(city, task):
    key = uuid4()

    first, second = (tasks.supervised(task, city, client_key=key) for _ in range(2))

    assert first == second
    assert Supervision.objects.count() == 1


@pytest.mark.parametrize("state", ["draft", "awaiting_confirmation", "confirmed", "cancelled"])
def test_only_what_waits_for_a_unit_is_supervised(city, campaign, state):
    part = tasks.part(tasks.task_at(campaign, city, state), city.bureau)
    values = {"reason": "请抓紧", "answer_by": timezone.localdate(), "signer": "周明", "signature": "创建办"}

    result = actions.supervise([part], by=city.coordinator, **values)

    assert result.refused == [(part, "城管局没有待办的事项，不用督办。")]


def test_only_the_office_supervises(city, task):
    part = tasks.part(task, city.bureau)
    values = {"reason": "请抓紧", "answer_by": timezone.localdate(), "signer": "周明", "signature": "创建办"}

    for person in (city.liaison, city.leader, city.inspector, city.administrator):
        assert actions.supervise([part], by=person, **values).refused == [(part, "您在这里没有“督办”的权限。")]


def test_an_answer_is_not_due_on_a_day_that_is_over(city, task):
    with pytest.raises(Refused, match="答复期限不能早于今天。"):
        tasks.supervised(task, city, answer_by=date(2026, 7, 9))


# The answer ------------------------------------------------------------------------------------------


def test_the_unit_answers_and_the_office_lifts(city, task, told):
    found = tasks.supervised(task, city)

    heard = told(actions.answer_supervision, found, by=city.liaison, answer="已增派人员，月底前完成")
    assert heard == {(city.coordinator, f"城管局已答复督办：{task}")}
    assert (found.state, found.answer, found.answered_by) == ("answered", "已增派人员，月底前完成", city.liaison)

    heard = told(actions.lift_supervision, found, by=city.coordinator, note="已见成效")
    assert heard == {(city.liaison, f"督办已解除：{task}。已见成效")}
    assert (found.state, found.note, found.lifted_by) == ("lifted", "已见成效", city.coordinator)


def test_an_answer_that_is_not_enough_goes_back_with_a_new_day_and_stays_told(city, task, told):
    found = tasks.supervised(task, city)
    actions.answer_supervision(found, by=city.liaison, answer="正在办理")

    heard = told(actions.send_back_answer, found, by=city.coordinator, note="没有写明措施", answer_by=date(2026, 7, 25))

    found.refresh_from_db()
    assert (found.state, found.answer_by, found.answered_at) == ("open", date(2026, 7, 25), None)
    said = "没有写明措施（2026年7月25日前再次答复）"
    assert heard == {(city.liaison, f"督办答复被退回：{task}。原因：{said}")}
    notes = task.events.filter(move__endswith="_supervision").values_list("note", flat=True)
    assert list(notes) == ["创文督办〔2026〕1号：正在办理", f"创文督办〔2026〕1号：{said}"]


def test_what_is_done_or_given_up_is_supervised_no_longer(city, campaign):
    running = tasks.issued(campaign, city)
    found = tasks.supervised(running, city)

    task_actions.cancel(running, by=city.coordinator, note="任务合并")

    found.refresh_from_db()
    assert (found.state, found.note, found.lifted_by) == ("lifted", "任务已终止", None)


def test_a_supervised_unit_is_not_taken_out_of_the_task(city, task):
    tasks.supervised(task, city, units=[city.police])
    values = {name: getattr(task, name) for name in Task.WRITTEN}

    with pytest.raises(Refused, match="公安局的这项任务正在督办，请先解除督办再移出。"):
        task_actions.edit_task(tasks.fresh(task), by=city.coordinator, units=[], **values)


def test_a_successor_answers_for_the_unit_it_has_taken_over(city, task):
    found = tasks.supervised(task, city, units=[city.police])[0]

    merge_unit(city.police, into=city.street, by=city.coordinator, on=timezone.localdate())

    found = Supervision.objects.for_list().get(pk=found.pk)
    assert (found.unit, found.told["unit"]) == (city.street, "清水市公安局")
    actions.answer_supervision(found, by=city.street_liaison, answer="由我街道继续办理")


# The letter ------------------------------------------------------------------------------------------


def test_the_letter_says_what_the_task_asks_and_what_became_of_it(city, campaign, clock):
    clock("2026-06-01 09:00")
    task = tasks.issued(
        campaign,
        city,
        name="整治“十乱”现象",
        code="C3",
        requirement="主次干道每日清理",
        due_on=date(2026, 6, 30),
        units=[],
    )
    tasks.entry(task, city, done_on=date(2026, 5, 30), content="清理占道摊点")
    clock("2026-07-01 09:00")
    task_actions.nudge(tasks.part(task, city.bureau), by=city.coordinator)
    clock(NOW)

    letter = actions.draw_letter(tasks.supervised(task, city, answer_by=date(2026, 7, 20)))

    assert words(letter) == [
        "创文督办〔2026〕1号\t签发人：周明",
        "关于“整治‘十乱’现象”任务的督办函",
        "清水市城市管理局：",
        "你单位牵头承担的“整治‘十乱’现象”任务（任务编号：C3），于2026年6月1日下发，完成时限为2026年6月30日。"
        "截至2026年7月10日，已逾期10天，你单位尚未反馈完成。为确保创文工作按要求推进，现予督办。",
        "一、任务要求",
        "主次干道每日清理。",
        "二、办理情况",
        "你单位于2026年6月1日签收任务；其间于2026年7月1日催办1次。",
        "截至目前，台账中有你单位工作记录1条，最近一条为2026年5月30日：清理占道摊点。",
        "累计成效：清理摊点12处。",
        "三、督办要求",
        "请克服困难，尽快完成整治。",
        "请你单位迅速办理，并于2026年7月20日前书面答复办理情况、未按要求完成的原因和下一步措施。",
        "特此函告。",
        "清水市创建办",
        "2026年7月10日",
    ]


@pytest.mark.parametrize(("returned_at", "then"), [("2026-07-02 10:00", "当日"), ("2026-07-06 10:00", "2026年7月6日")])
def test_a_letter_tells_a_unit_that_was_sent_back_why_its_report_was_not_enough(city, task, clock, returned_at, then):
    part = tasks.part(task, city.bureau)
    clock("2026-07-02 09:00")
    task_actions.acknowledge(part, by=city.liaison)
    tasks.entry(task, city)
    task_actions.report_done(tasks.part(task, city.bureau), by=city.liaison)
    clock(returned_at)
    task_actions.send_back_part(tasks.part(task, city.bureau), by=city.coordinator, note="照片不全。")
    clock(NOW)

    letter = words(actions.draw_letter(tasks.supervised(tasks.fresh(task), city)))

    told = f"你单位于2026年7月2日反馈完成，{then}因“照片不全”被退回，尚未重新反馈。"
    assert told in letter[3]
    assert "你单位尚未反馈完成" not in letter[3]


def test_the_letter_stays_what_it_was_when_the_task_changes(city, task):
    found = tasks.supervised(task, city)
    first = actions.draw_letter(found)
    Task.objects.filter(pk=task.pk).update(name="改了名", due_on=None)
    again = Supervision.objects.for_list().get(pk=found.pk)

    assert actions.draw_letter(again) == first
    assert words(first)[1] == "关于“整治占道经营”任务的督办函"


def test_the_worker_draws_the_letters_that_nobody_has_fetched_yet(city, task, work):
    fetched, waiting = tasks.supervised(task, city, units=[city.bureau, city.police])
    kept = actions.draw_letter(fetched)

    work()

    fetched.refresh_from_db()
    waiting.refresh_from_db()
    assert fetched.letter == kept
    assert waiting.letter.name == "创文督办〔2026〕2号-清水市公安局-督办函.docx"


def test_a_unit_that_neither_signed_nor_logged_is_told_so(city, task):
    text = words(actions.draw_letter(tasks.supervised(task, city)))

    assert "你单位至今尚未签收任务。" in text
    assert "截至目前，台账中没有你单位的工作记录。" in text


# Figures ---------------------------------------------------------------------------------------------


def test_supervisions_are_counted_by_the_day_they_began(city, campaign, task, clock):
    first = tasks.supervised(task, city)
    clock("2026-12-31 23:50")
    second = tasks.supervised(task, city, units=[city.police])[0]
    clock("2027-01-02 09:00")

    year, half = Period.year(2026), Period.half_year(2026, 1)
    assert set(figures.supervisions(campaign, year)) == {first, second}
    assert list(figures.supervisions(campaign, half)) == []
    assert list(figures.supervisions(campaign, year, unit=city.police)) == [second]
    assert list(figures.supervised_tasks(campaign, year)) == [task]


def test_an_answer_after_its_day_is_late(city, task, clock):
    found = tasks.supervised(task, city, answer_by=date(2026, 7, 12))

    assert not found.is_late(on=date(2026, 7, 12))
    assert found.is_late(on=date(2026, 7, 13))
    clock("2026-07-12 23:00")
    actions.answer_supervision(found, by=city.liaison, answer="已办理")
    assert not found.is_late(on=date(2026, 7, 20) + timedelta(days=1))
