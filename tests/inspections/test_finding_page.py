"""The page of one finding: what is to be done by when, who gave it back and why, what there is to see of it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.actions import findings as actions
from inspections.models import Finding
from tests.factories import findings as make

State = Finding.State
WAITS = "等待创建办重新交办"


def page_of(finding, client):
    return client.get(finding.get_absolute_url())


def move(finding, name):
    return reverse("inspections:finding_move", args=[finding.pk, name])


@pytest.mark.parametrize(
    ("left", "tone", "brief"),
    [
        (timedelta(hours=10, minutes=5), "green", "期限 03-04 19:05 · 还剩10小时"),
        (timedelta(minutes=30), "yellow", "期限 03-04 09:30 · 还剩30分钟"),
        (timedelta(days=-2), "red", "期限 03-02 09:00 · 已逾期2天0小时"),
        (timedelta(days=400), "green", "期限 2027-04-08 09:00 · 还剩400天0小时"),
    ],
)
def test_by_when_stands_beside_the_state(city, campaign, as_, clock, left, tone, brief):
    now = clock("2026-03-02 09:00")
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    now.shift(timedelta(days=2))
    due = timezone.now() + left
    Finding.objects.filter(pk=finding.pk).update(due_at=due, warn_at=due - timedelta(hours=2))

    shown = page_of(finding, as_(city.liaison))

    assert (shown.context["clock"]["tone"], shown.context["clock"]["brief"]) == (tone, brief)
    heading = shown.content.decode().split("<h1")[1].split("</h1>")[0]
    assert f'<span class="badge tone-{tone}">{brief}</span>' in heading


@pytest.mark.parametrize("state", [State.SUBMITTED, State.LONG_TERM, State.CLOSED])
def test_where_no_unit_is_to_act_nothing_is_said_of_a_deadline_beside_the_state(city, campaign, as_, state):
    finding = make.finding_at(state, city, campaign)

    assert page_of(finding, as_(city.liaison)).context["clock"]["brief"] == ""


@pytest.mark.parametrize("state", [State.REOPENED, State.RETURNED])
def test_with_the_office_again_the_deadline_is_past_and_the_next_step_is_the_offices(city, campaign, as_, state):
    finding = make.finding_at(state, city, campaign)
    client = as_(city.liaison)

    clock = page_of(finding, client).context["clock"]
    (row,) = client.get(reverse("inspections:findings")).context["rows"]

    assert (clock["tone"], clock["text"], clock["brief"]) == ("orange", WAITS, WAITS)
    assert clock["facts"][0][0] == "上次期限"
    assert (row["due"], row["flag"]) == ("待重新交办", "")


@pytest.fixture
def given_back(city, campaign, clock):
    clock("2026-03-02 09:00")
    finding = make.finding_at(State.DISPATCHED, city, campaign)
    actions.return_to_office(finding, by=city.liaison, reason="该处属公安局管辖")
    return finding


def test_who_decides_reads_on_top_why_the_unit_gave_it_back(given_back, city, as_):
    told = f"城管局（{city.liaison}）于2026-03-02 09:00退回，理由：该处属公安局管辖"
    office = as_(city.coordinator)

    assert page_of(given_back, office).context["given_back"] == told
    form = office.get(move(given_back, "dispatch"))
    assert form.context["given_back"] == told
    assert "退回，理由：该处属公安局管辖" in form.content.decode()


@pytest.mark.parametrize("who", ["liaison", "inspector", "leader"])
def test_who_does_not_decide_is_not_asked_to(given_back, city, as_, who):
    assert page_of(given_back, as_(getattr(city, who))).context["given_back"] == ""


def test_of_two_returns_the_last_is_told_and_after_the_dispatch_none(given_back, city, as_):
    office = as_(city.coordinator)
    actions.dispatch(given_back, by=city.coordinator, lead_unit=city.bureau)
    assert page_of(given_back, office).context["given_back"] == ""

    actions.return_to_office(given_back, by=city.liaison, reason="仍不属我局")
    assert page_of(given_back, office).context["given_back"].endswith("理由：仍不属我局")


def test_the_page_asks_no_more_of_the_database_for_it(given_back, city, campaign, as_, django_assert_num_queries):
    office = as_(city.coordinator)
    page_of(given_back, office)

    with django_assert_num_queries(6):
        page_of(given_back, office)


def test_before_anybody_is_asked_to_repair_there_is_no_place_for_after(city, campaign, as_):
    office = as_(city.coordinator)
    reported, dispatched = make.reported(city, campaign), make.finding_at(State.DISPATCHED, city, campaign)

    assert "整改后" not in page_of(reported, office).content.decode()
    assert "尚未反馈" in page_of(dispatched, office).content.decode()


def test_a_long_description_is_whole_on_the_page_and_cut_only_by_the_script(city, campaign, as_):
    finding = make.reported(city, campaign, description="垃圾满溢。" * 400)

    html = page_of(finding, as_(city.coordinator)).content.decode()

    assert "垃圾满溢。" * 400 in html
    assert 'data-clamp="展开" data-fold="收起"' in html
