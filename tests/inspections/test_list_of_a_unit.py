"""The list of findings as a unit opens it, and what its rows weigh and tell of long names."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from cityinit.rows import draw_rows
from inspections.actions import findings as actions
from inspections.models import Finding
from inspections.views.finding_lines import lines
from tests.factories import findings as make

State = Finding.State
LIST = reverse("inspections:findings")
# What a row with a box to tick weighs at most, its words as long as most are: fifty rows are most of the page.
ROW_BYTES = 490


def menu_url(client):
    page = client.get(LIST)
    return next(
        item["url"]
        for group in page.context["navigation"]
        for item in group["items"]
        if item["url"].split("?")[0] == LIST
    )


def shown(page):
    return [row["number"] for row in page.context["rows"]]


def active(page):
    return [tab["label"] for tab in page.context["tabs"] if tab["active"]]


@pytest.fixture
def owed(city, campaign):
    """What the bureau owes, in the order of the deadlines; the last has none."""
    rows = [make.finding_at(state, city, campaign) for state in (State.REWORK, State.DISPATCHED, State.RECTIFYING)]
    for days, row in zip((1, -1, None), rows, strict=True):
        due = timezone.now() + timedelta(days=days) if days else None
        Finding.objects.filter(pk=row.pk).update(due_at=due)
    return [rows[1].number, rows[0].number, rows[2].number]


@pytest.fixture
def others(city, campaign):
    """What a unit sees and does not owe: answered, closed, given back, led by another."""
    for state in (State.SUBMITTED, State.CLOSED, State.RETURNED):
        make.finding_at(state, city, campaign)
    assisted = make.reported(city, campaign)
    actions.dispatch(assisted, by=city.coordinator, lead_unit=city.police, assisting_units=[city.bureau])


def test_the_menu_opens_what_the_unit_owes_and_all_is_one_tap_away(city, owed, others, as_):
    client = as_(city.liaison)

    page = client.get(menu_url(client))

    assert (shown(page), active(page)) == (owed, ["要办的"])
    whole = client.get(page.context["tabs"][1]["url"])
    assert active(whole) == ["全部"]
    assert len(shown(whole)) == 7


def test_the_bare_address_and_other_filters_mean_what_they_meant(city, owed, others, as_):
    client = as_(city.liaison)
    newest_first = list(
        Finding.objects.visible_to(city.liaison).order_by("-found_at", "-pk").values_list("number", flat=True)
    )

    assert shown(client.get(LIST)) == newest_first
    closed = client.get(LIST, {"state": "closed"})
    assert (len(shown(closed)), active(closed)) == (1, [])


@pytest.mark.parametrize("who", ["coordinator", "inspector", "leader"])
def test_who_oversees_all_opens_all_of_it(city, owed, as_, who):
    client = as_(getattr(city, who))

    page = client.get(menu_url(client))

    assert (page.request["QUERY_STRING"], page.context["tabs"], len(shown(page))) == ("", [], 3)


def test_its_pages_follow_one_another_both_ways(city, owed, as_, monkeypatch):
    monkeypatch.setattr("inspections.views.findings.PAGE_SIZE", 1)
    client = as_(city.liaison)

    pages = [client.get(menu_url(client))]
    while pages[-1].context["page"].has_next:
        pages.append(client.get(LIST + pages[-1].context["page"].next_url))
    back = client.get(LIST + pages[-1].context["page"].previous_url)

    assert [number for page in pages for number in shown(page)] == owed
    assert {tuple(active(page)) for page in pages} == {("要办的",)}
    assert shown(back) == [owed[1]]


@pytest.mark.parametrize("n", [1, 3])
def test_it_is_asked_for_as_cheaply_as_all(city, campaign, as_, django_assert_num_queries, n):
    for _n in range(n):
        make.finding_at(State.DISPATCHED, city, campaign)
    client = as_(city.liaison)
    opened = menu_url(client)
    client.get(opened)

    with django_assert_num_queries(4):
        client.get(opened)


def test_a_unit_s_desk_begins_with_its_findings(city, campaign, as_):
    made = {
        who: as_(getattr(city, who)).get(reverse("campaigns:desk")).content.decode()
        for who in ("liaison", "coordinator")
    }
    block, tasks = f'hx-get="{reverse("inspections:desk")}"', reverse("campaigns:week")

    assert made["liaison"].count(block) == made["coordinator"].count(block) == 1
    assert made["liaison"].index(block) < made["liaison"].index(tasks)
    assert made["coordinator"].index(block) > made["coordinator"].index(tasks)


# Rows -------------------------------------------------------------------------------------------------


def drawn(findings):
    rows = lines(findings.for_list(), now=timezone.now(), verified=True)
    return [draw_rows("inspections/_finding_row.html", [row], tick=True) for row in rows]


def test_a_long_name_is_whole_as_a_title_and_a_short_one_is_not_said_twice(city, campaign):
    name = "综合行政执法与市容环境卫生综合整治工作协调联席会议办公室"
    finding = make.finding_at(State.DISPATCHED, city, campaign)
    short = drawn(Finding.objects.filter(pk=finding.pk))[0]
    city.bureau.short_name = name
    city.bureau.save(update_fields=["short_name"])

    (row,) = drawn(Finding.objects.filter(pk=finding.pk))

    assert f'<td title="{name}">{name}</td>' in row
    assert "<td>城管局</td>" in short
    assert "title=" not in short


def test_a_severity_is_its_letter_and_what_it_means(city, campaign):
    finding = make.finding_at(State.DISPATCHED, city, campaign)

    (row,) = drawn(Finding.objects.filter(pk=finding.pk))

    assert f"<td>{escape(finding.get_severity_display())}</td>" in row


def test_no_row_weighs_more_than_it_may(city, campaign):
    told = {"site": make.site(campaign, city.bureau), "description": "市场东门外流动摊贩占道经营"}
    late = make.finding_at(State.RECTIFYING, city, campaign, **told)
    Finding.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(days=1))
    make.reported(city, campaign, **told)

    assert max(len(row.encode()) for row in drawn(Finding.objects.all())) <= ROW_BYTES
