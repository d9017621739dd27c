"""The ground's own pages: jobs that can be seen and retried, the audit trail, health."""

import pytest
from django.urls import reverse
from django.utils import timezone

from cityinit import audit
from cityinit.models import AuditEvent, Job
from cityinit.queue import enqueue

NAME = "inspections.jobs.check_workbook"


def job(by, state=Job.State.QUEUED, **values):
    made = enqueue(NAME, 0, by=by, label=values.pop("label", "编写上半年总结"))
    Job.objects.filter(pk=made.pk).update(state=state, **values)
    return Job.objects.get(pk=made.pk)


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_of_jobs_takes_the_same_queries_for_one_row_and_for_three(
    city, client, django_assert_num_queries, number
):
    for _ in range(number):
        job(city.coordinator)
    job(city.liaison)
    client.force_login(city.coordinator)

    with django_assert_num_queries(5):
        page = client.get(reverse("cityinit:jobs")).content.decode()

    assert page.count('class="stack-title"') == number


@pytest.mark.parametrize("number", [1, 3])
def test_the_audit_trail_takes_the_same_queries_for_one_row_and_for_three(
    city, client, django_assert_num_queries, number
):
    client.force_login(city.administrator)  # which is a row itself
    for _ in range(number - 1):
        audit.record("导出台账", by=city.coordinator, subject="问题", detail={"行数": 3}, address="10.0.0.7")

    with django_assert_num_queries(4):
        page = client.get(reverse("cityinit:audit")).content.decode()

    assert page.count("data-label") == 5 * number
    assert ("行数：3" in page) == (number == 3)


def test_the_trail_goes_on_page_by_page(city, client):
    for number in range(60):
        audit.record("导出台账", by=city.coordinator, subject=f"第{number}次")
    client.force_login(city.administrator)

    first = client.get(reverse("cityinit:audit"))
    second = client.get(reverse("cityinit:audit") + first.context["page"].next_url)

    told = [event.subject for page in (first, second) for event in page.context["page"].rows]
    assert told == ["", *(f"第{number}次" for number in reversed(range(60)))]


def test_jobs_are_listed_by_state(city, client):
    job(city.coordinator, label="排队的")
    job(city.coordinator, Job.State.FAILED, label="失败的", reason="磁盘已满")
    client.force_login(city.coordinator)

    page = client.get(reverse("cityinit:jobs"), {"state": "failed"}).content.decode()
    anything = client.get(reverse("cityinit:jobs"), {"state": "nonsense"}).content.decode()

    assert ("失败的" in page, "磁盘已满" in page, "排队的" in page) == (True, True, False)
    assert ("失败的" in anything, "排队的" in anything) == (True, True)


def test_a_failed_job_says_why_and_is_queued_again_once(city, client):
    failed = job(city.coordinator, Job.State.FAILED, reason="磁盘已满，请清理后重试。", finished_at=timezone.now())
    client.force_login(city.coordinator)
    address = reverse("cityinit:job", args=[failed.pk])
    assert "磁盘已满，请清理后重试。" in client.get(address).content.decode()

    answers = [client.post(reverse("cityinit:job_retry", args=[failed.pk]), follow=True) for _ in range(2)]

    assert ["已重新排队" in answer.content.decode() for answer in answers] == [True, False]
    assert "这项作业现在不需要重试" in answers[1].content.decode()
    failed.refresh_from_db()
    assert (failed.state, failed.reason, failed.finished_at) == (Job.State.QUEUED, "", None)


def test_a_running_job_shows_its_progress_and_asks_again_by_itself(city, client):
    running = job(city.coordinator, Job.State.RUNNING, progress=40, message="正在汇集数据")
    client.force_login(city.coordinator)
    address = reverse("cityinit:job_fragment", args=[running.pk])

    piece = client.get(address).content.decode()
    Job.objects.filter(pk=running.pk).update(state=Job.State.DONE, progress=100)
    done = client.get(address).content.decode()

    assert ["40%" in piece, "正在汇集数据" in piece, f'hx-get="{address}"' in piece] == [True] * 3
    assert "hx-get" not in done


def test_nobody_sees_or_retries_somebody_elses_job_but_the_administrator(city, client):
    failed = job(city.coordinator, Job.State.FAILED)

    for person, expected in ((city.liaison, 404), (city.administrator, 302)):
        client.force_login(person)
        assert client.post(reverse("cityinit:job_retry", args=[failed.pk])).status_code == expected


def test_health_is_told_to_everybody_and_nothing_else_is(client, db):
    answer = client.get(reverse("cityinit:healthz"))

    assert (answer.status_code, answer.content, AuditEvent.objects.count()) == (200, b"ok", 0)
