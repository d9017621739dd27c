"""Two snapshots side by side, and a snapshot held against the records of today."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.urls import reverse

from campaigns.models import WorkLogEntry
from cityinit.periods import Period
from cityinit.queue import run_job
from cityinit.workflow import Refused
from reports import actions, checks
from reports.comparing import changes, compared
from reports.models import Report
from tests.factories.reports import compiled, told_campaign


def figure(text, *pks, label="任务数"):
    return {"label": label, "text": text, "basis": "", "model": "campaigns.task", "list": f"{pks}", "keys": pks}


def facts(**figures):
    return {"figures": figures}


def told(**figures):
    """Facts beside which stand the keys of what each figure counts."""
    return SimpleNamespace(facts=facts(**figures), keys_of=lambda figure: figure["keys"])


def test_what_says_something_else_or_rests_on_others_is_a_change():
    before = told(a=figure("2", 1, 2), b=figure("3", 1, 2, 3), gone=figure("1", 1, label="旧的"))
    now = told(a=figure("2", 1, 2), b=figure("3", 1, 2, 4), new=figure("5", 5, label="新的"))

    found = [(each.key, each.before, each.now, each.added, each.removed) for each in changes(before, now)]

    assert found == [("b", "3", "3", (4,), (3,)), ("gone", "1", "", (), (1,)), ("new", "", "5", (5,), ())]


@pytest.mark.parametrize(
    ("now", "then", "difference", "growth"),
    [
        ("120", "100", "+20", "+20%"),
        ("80", "100", "−20", "−20%"),
        ("100", "100", "0", "0%"),
        ("94.2%", "90%", "+4.2个百分点", ""),
        ("5", "0", "+5", ""),
        ("300余", "200", "+100", "+50%"),
        ("很多", "200", "", ""),
        ("5%", "5", "", ""),
    ],
)
def test_how_far_two_figures_are_apart(now, then, difference, growth):
    [told] = compared(facts(a=figure(now)), facts(a=figure(then)))

    assert (told.difference, told.growth) == (difference, growth)


def test_a_figure_is_compared_only_with_its_like():
    now = facts(a=figure("1"), b=figure("2", label="甲"))
    then = facts(b=figure("3", label="乙"), c=figure("4"))

    assert compared(now, then) == []


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (Period.half_year(2025, 1), Period.half_year(2024, 1)),
        (Period.month(2025, 2), Period.month(2024, 2)),
        (Period.month(2024, 2), Period.month(2023, 2)),
        (Period(date(2024, 2, 29), date(2024, 3, 5)), Period(date(2023, 2, 28), date(2023, 3, 5))),
    ],
)
def test_the_same_days_of_the_year_before(period, before):
    assert period.year_before == before


def checked(report, city):
    job = checks.request_check(report, by=city.coordinator)
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.reason
    return report.snapshots.latest("version").checks.first()


def test_nothing_has_drifted_while_nothing_happened(city, campaign):
    assert checked(compiled(campaign, city), city).changes == []


def test_what_the_records_of_today_tell_otherwise_is_listed_with_the_records(city, campaign, client, clock):
    clock("2025-07-02 09:00")
    report = compiled(campaign, city)
    campaign.task_set.filter(code="2").update(state="confirmed", confirmed_on=date(2025, 6, 20))

    last = checked(report, city)
    client.force_login(city.coordinator)
    page = client.get(report.get_absolute_url()).content.decode()

    told = {change["key"]: (change["before"], change["now"], change["n_added"]) for change in last.changes}
    assert told["tasks.done"] == ("1", "2", 1)
    assert told["tasks.completion"] == ("50%", "100%", 0)
    assert "1 → 2" in page
    assert "写在正文里" in page


def test_a_check_asked_for_twice_is_one_until_it_is_done_and_each_is_kept(city, campaign):
    report = compiled(campaign, city)

    first = checks.request_check(report, by=city.coordinator)
    again = checks.request_check(report, by=city.coordinator)
    run_job(first.pk)
    run_job(first.pk)
    later = checks.request_check(report, by=city.coordinator)

    assert (first.pk == again.pk, later.pk == first.pk) == (True, False)
    assert report.snapshots.get().checks.count() == 1


def test_only_who_writes_the_report_checks_it(city, campaign):
    report = compiled(campaign, city)

    with pytest.raises(Refused, match="没有核对这份总结的权限"):
        checks.request_check(report, by=city.leader)


def test_versions_are_compared_on_the_page_with_what_came_and_went(city, campaign, client, clock):
    clock("2025-07-02 09:00")
    report = compiled(campaign, city)
    entry = WorkLogEntry.objects.get()
    WorkLogEntry.objects.create(
        task=entry.task, campaign=campaign, unit=entry.unit, done_on=date(2025, 6, 1), content="又建摊位10个"
    )
    campaign.task_set.filter(code="2").update(state="confirmed", confirmed_on=date(2025, 6, 20))
    compiled(campaign, city)
    client.force_login(city.leader)

    page = client.get(reverse("reports:compare", args=[report.pk]))

    assert [tab["label"] for tab in page.context["offered"]] == ["第1版"]
    shown = {row["change"].key: (row["change"].before, row["change"].now) for row in page.context["changes"]}
    assert shown["tasks.done"] == ("1", "2")
    assert "路灯维修" in page.content.decode()


def test_a_half_is_compared_with_the_one_before_and_the_year_before(city, client, clock):
    clock("2026-01-05 09:00")
    campaign = told_campaign(city)
    campaign.starts_on = date(2024, 1, 1)
    campaign.save()
    first = compiled(campaign, city)
    job = actions.request_report(campaign, Period.half_year(2025, 2), by=city.coordinator)
    run_job(job.pk)
    second = Report.objects.get(job=job)
    client.force_login(city.coordinator)

    page = client.get(reverse("reports:compare", args=[second.pk]))

    assert [tab["label"] for tab in page.context["offered"]] == ["上一时段（2025年上半年）"]
    assert page.context["other"].report == first
    row = next(row for row in page.context["rows"] if row.key == "time.share")
    assert (row.now, row.then) == ("100%", "74.8%")
    assert client.get(reverse("reports:compare", args=[second.pk]), {"with": "r9999"}).status_code == 404


def test_a_report_with_nothing_beside_it_says_so(city, campaign, client):
    report = compiled(campaign, city)
    client.force_login(city.coordinator)

    assert "还没有可以对比的" in client.get(reverse("reports:compare", args=[report.pk])).content.decode()
