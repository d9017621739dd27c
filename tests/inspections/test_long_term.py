"""What may wait until a day (挂账): the list shows the day, the office learns of it when it comes near and has come."""

from datetime import date
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cityinit.queue import tick
from inspections.actions import findings as actions
from inspections.actions.findings.long_term import tell_of_ended
from inspections.models import Finding
from tests.at_once import at_once
from tests.factories import findings as make
from tests.factories import people, tasks
from units.models import Notice

State = Finding.State
LIST, DESK = reverse("inspections:findings"), reverse("inspections:desk")


@pytest.fixture
def campaign(city):
    return tasks.campaign(city, starts_on=date(2025, 1, 1), ends_on=date(2027, 12, 31))


def put_off(city, campaign, until, **values):
    finding = make.finding_at(State.RECTIFYING, city, campaign, **values)
    actions.suspend(finding, by=city.coordinator, plan="纳入改造", until=date.fromisoformat(until), leader="分管副市长")
    return finding


def told(person):
    return list(Notice.objects.filter(user=person).order_by("pk").values_list("text", flat=True))


def ends(finding):
    return list(finding.events.filter(move="long_term_end").values_list("label", "note", "by"))


# The list and the desk ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "flag", "mark"),
    [
        ("2026-12-23", "", ""),
        ("2026-12-24", "将到期", "is-warned"),
        ("2026-12-30", "将到期", "is-warned"),
        ("2026-12-31", "挂账到期", "is-late"),
        ("2027-01-05", "挂账到期", "is-late"),
    ],
)
def test_the_row_shows_until_when_it_may_wait_and_not_the_old_deadline(city, campaign, as_, clock, today, flag, mark):
    now = clock("2026-03-02 09:00")
    put_off(city, campaign, "2026-12-31")
    now.move_to(timezone.datetime.fromisoformat(f"{today}T10:00+08:00"))

    [row] = as_(city.coordinator).get(LIST).context["rows"]

    assert (row["due"], row["flag"], row["mark"]) == ("挂账至 2026-12-31", flag, mark)


def test_what_came_in_without_a_day_says_so(city, campaign, as_):
    finding = put_off(city, campaign, "2027-12-31")
    Finding.objects.filter(pk=finding.pk).update(long_term_until=None)

    [row] = as_(city.coordinator).get(LIST).context["rows"]

    assert (row["due"], row["flag"]) == ("挂账，未定日期", "")


def test_the_flag_and_the_desk_find_what_ends_within_a_week_or_has_ended(city, campaign, as_, clock):
    now = clock("2026-03-02 09:00")
    ended, near, far = (put_off(city, campaign, day) for day in ("2026-06-01", "2026-06-12", "2026-06-13"))
    resumed = put_off(city, campaign, "2026-06-01")
    actions.resume(resumed, by=city.coordinator)
    now.move_to(timezone.datetime.fromisoformat("2026-06-05T10:00+08:00"))
    office = as_(city.coordinator)

    page = office.get(LIST, {"flag": "long_term"})
    [stat] = [stat for stat in office.get(DESK).context["stats"] if stat["label"] == "挂账到期"]

    assert {row["number"] for row in page.context["rows"]} == {ended.number, near.number}
    assert far.state == State.LONG_TERM
    assert stat["value"] == 2
    assert {row["number"] for row in office.get(stat["url"]).context["rows"]} == {ended.number, near.number}


@pytest.mark.parametrize(
    ("today", "tone", "text"),
    [
        ("2026-12-01", "purple", "挂账中，停止计时"),
        ("2026-12-29", "yellow", "挂账还有2天到期"),
        ("2026-12-31", "red", "挂账已到期，请恢复整改或重新挂账"),
    ],
)
def test_the_page_of_the_finding_says_how_it_stands_to_its_day(city, campaign, as_, clock, today, tone, text):
    now = clock("2026-03-02 09:00")
    finding = put_off(city, campaign, "2026-12-31")
    now.move_to(timezone.datetime.fromisoformat(f"{today}T10:00+08:00"))

    said = as_(city.coordinator).get(finding.get_absolute_url()).context["clock"]

    assert (said["tone"], said["text"]) == (tone, text)


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_of_what_ends_costs_the_same_for_one_row_and_three(city, campaign, as_, n):
    until = timezone.localdate() + timezone.timedelta(days=1)
    for _time in range(n):
        put_off(city, campaign, until.isoformat())
    office = as_(city.coordinator)
    # What a session and its filter ask once is asked by now.
    for _time in range(2):
        office.get(LIST, {"flag": "long_term"})

    with CaptureQueriesContext(connection) as asked:
        office.get(LIST, {"flag": "long_term"})

    assert len(asked) == 4


# The timetable ------------------------------------------------------------------------------------------


def at(text):
    return timezone.datetime.fromisoformat(f"{text}+08:00")


def test_the_office_and_the_unit_are_told_once_on_the_day_and_the_history_says_so(city, campaign, clock):
    now = clock("2026-03-02 09:00")
    finding = put_off(city, campaign, "2026-06-01", place="河湾路中段")
    Notice.objects.all().delete()
    said = []
    for moment in ("2026-05-31T20:00", "2026-06-01T07:00", "2026-06-01T07:15", "2026-06-09T07:00"):
        now.move_to(at(moment))
        said.append(tell_of_ended(at=at(moment)))

    about = f"{finding.number} 河湾路中段，占道经营"
    assert said == [0, 1, 0, 0]
    assert told(city.coordinator) == [f"挂账到期：{about}，挂账至 2026-06-01，请决定恢复整改还是重新挂账"]
    assert told(city.liaison) == [f"挂账到期：{about}，挂账至 2026-06-01，请向创建办报告进展"]
    assert told(city.inspector) == []
    assert ends(finding) == [("挂账到期", "挂账至 2026-06-01\n责任领导：分管副市长", None)]
    finding.refresh_from_db()
    assert finding.state == State.LONG_TERM


def test_of_several_each_is_told_of_all_in_one_notice(city, campaign, clock):
    now = clock("2026-03-02 09:00")
    findings = [put_off(city, campaign, "2026-06-01") for _time in range(3)]
    Notice.objects.all().delete()
    now.move_to(at("2026-06-02T08:00"))

    said = tell_of_ended(at=at("2026-06-02T08:00"))

    urls = dict(Notice.objects.values_list("user__username", "url"))
    assert said == 3
    assert told(city.coordinator) == ["有3个问题挂账到期，请决定恢复整改还是重新挂账"]
    assert told(city.liaison) == ["有3个问题挂账到期，请向创建办报告进展"]
    assert urls == {
        city.coordinator.username: f"{LIST}?flag=long_term",
        city.liaison.username: f"{LIST}?flag=long_term&unit={city.bureau.pk}",
    }
    assert [len(ends(finding)) for finding in findings] == [1, 1, 1]


def test_put_off_once_more_it_is_told_once_more(city, campaign, clock):
    now = clock("2026-03-02 09:00")
    finding = put_off(city, campaign, "2026-06-01")
    now.move_to(at("2026-06-01T08:00"))
    tell_of_ended(at=at("2026-06-01T08:00"))
    now.move_to(at("2026-06-02T08:00"))
    actions.resume(finding, by=city.coordinator)
    actions.suspend(finding, by=city.coordinator, plan="再缓", until=date(2026, 9, 1), leader="分管副市长")
    now.move_to(at("2026-09-01T08:00"))

    assert [tell_of_ended(at=at("2026-09-01T08:00")) for _time in range(2)] == [1, 0]
    assert [note.splitlines()[0] for _label, note, _by in ends(finding)] == ["挂账至 2026-06-01", "挂账至 2026-09-01"]


def test_what_waits_no_longer_and_a_campaign_that_is_over_trouble_nobody(city, campaign, clock):
    now = clock("2026-03-02 09:00")
    resumed = put_off(city, campaign, "2026-06-01")
    actions.resume(resumed, by=city.coordinator)
    waiting = put_off(city, campaign, "2026-06-01")
    now.move_to(at("2028-01-01T08:00"))
    Notice.objects.all().delete()

    assert tell_of_ended(at=at("2028-01-01T08:00")) == 0
    assert (ends(resumed), ends(waiting), Notice.objects.count()) == ([], [], 0)


def test_the_timetable_asks_and_the_job_that_escalates_does_it(city, campaign, clock, work):
    now = clock("2026-03-02 09:00")
    finding = put_off(city, campaign, "2026-06-01")
    now.move_to(at("2026-06-01T08:00"))

    tick("inspections.jobs.escalate")
    work()

    assert len(ends(finding)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_once(clock):
    now = clock("2026-03-02 09:00")
    here = people.city()
    campaign = tasks.campaign(here, starts_on=date(2025, 1, 1), ends_on=date(2027, 12, 31))
    finding = put_off(here, campaign, "2026-06-01")
    Notice.objects.all().delete()
    now.move_to(at("2026-06-01T08:00"))

    refused = at_once(*[partial(tell_of_ended, at=at("2026-06-01T08:00"))] * 2)

    assert refused == [None, None]
    assert (len(ends(finding)), len(told(here.coordinator)), len(told(here.liaison))) == (1, 1, 1)
