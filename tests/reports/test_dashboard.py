"""The overview: each number is that of the list it leads to; what the tallies say is what the figures say."""

import re
from datetime import date, timedelta
from itertools import product

import pytest
from django.urls import reverse
from django.utils import timezone

from cityinit.periods import Period
from inspections import figures, overview
from inspections.actions import findings as actions
from inspections.models import Finding
from inspections.overview import Standing
from reports.dashboard import panels, rates
from reports.dashboard.panels import Overview
from tests.factories import findings as make
from tests.factories import tasks
from units.models import Unit

State = Finding.State
PAGE, RATES, SITES = (reverse(f"reports:{name}") for name in ("dashboard", "dashboard_rates", "dashboard_sites"))
TODAY = date(2026, 8, 20)


@pytest.fixture
def campaign(city, clock):
    clock("2026-08-20 10:00")
    return tasks.campaign(city, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))


@pytest.fixture
def found(city, campaign, clock):
    """Findings of four months in every state, of two units and a site; some that hands have changed since."""
    site = make.site(campaign, city.street, name="河湾农贸市场")
    for month, states in ((6, ("CLOSED", "REWORK", "VOID")), (7, ("CLOSED", "REOPENED", "LONG_TERM")), (8, ())):
        clock(f"2026-0{month}-10 09:00")
        for state in states:
            make.finding_at(State[state], city, campaign, category=make.category(campaign, "乱停车"))
    clock("2026-08-01 00:10")
    late = make.finding_at(State.SUBMITTED, city, campaign, site=site)
    clock("2026-08-19 09:00")
    actions.close(late, by=city.inspector, despite_doubts=True)
    for state in (State.DISPATCHED, State.REJECTED, State.CLOSED):
        make.finding_at(state, city, campaign, site=site)
    back = make.finding_at(State.RETURNED, city, campaign)
    actions.dispatch(back, by=city.coordinator, lead_unit=city.community)
    make.finding_at(State.CLOSED_ON_SPOT, city, campaign)
    clock("2026-08-20 10:00")
    return campaign


def shown(campaign, period, unit=None):
    return Overview(campaign, period, unit, timezone.now())


def cells(told):
    return [cell for row in told.rows for cell in row] + [cell for group in told.groups for cell in cells(group)]


RUNNING, OVER, CUT = Period.half_year(2026, 2), Period.half_year(2026, 1), Period(date(2026, 7, 10), date(2026, 8, 19))


def test_every_number_is_that_of_the_list_it_leads_to(as_, city, found):
    office = as_(city.coordinator)
    for period, unit in product((RUNNING, OVER, CUT), (None, city.street)):
        over = shown(found, period, unit)
        told = [panels.trend(over), panels.categories(over), panels.units(over), panels.sites(over), rates.rates(over)]
        numbers = {cell.url: cell.text for panel in told for cell in cells(panel) if "/findings/" in cell.url}
        numbers |= {one["url"]: str(one["value"]) for one in panels.facts(over) if one["url"]}

        listed = {url: str(len(office.get(url).context["page"].rows)) for url in numbers}

        assert listed == numbers, (period, unit)
        assert len(numbers) > 5


def test_the_tallies_of_a_running_period_are_its_figures(city, found):
    assert overview.is_tallied(RUNNING, today=TODAY)
    units, categories = (ask(found, RUNNING, today=TODAY) for ask in (overview.by_unit, overview.by_category))

    # Asked a day after its end it is counted directly, as of that day.
    after = RUNNING.last + timedelta(days=1)
    assert units == overview.by_unit(found, RUNNING, today=after)
    assert categories == overview.by_category(found, RUNNING, today=after)
    whole = figures.rectified(found, RUNNING)
    assert sum(units.values(), Standing()) == Standing(whole.found, whole.closed)
    assert sum(categories.values(), Standing()) == Standing(whole.found, whole.closed)


def test_what_is_over_is_told_as_of_its_last_day(city, found):
    june = shown(found, Period.month(2026, 6))
    finding = Finding.objects.get(state=State.REWORK, found_on=date(2026, 6, 10))
    actions.void(finding, by=city.coordinator, reason="重复演练")

    one = Standing(found=2, closed=1)

    assert (june.whole, overview.by_category(found, june.period, today=TODAY)) == (
        one,
        {make.category(found, "乱停车").pk: one},
    )


def test_a_unit_stands_with_those_below_it_inside_its_group(city, found):
    Unit.objects.filter(pk=city.street.pk).update(appraisal_group="街道组")
    over = shown(found, RUNNING)

    groups = panels.units(over).groups

    street = [[cell.text for cell in row] for row in groups[0].rows]
    below = overview.by_unit(found, RUNNING, today=TODAY)
    both = below.get(city.street.pk, Standing()) + below[city.community.pk]
    assert groups[0].title == "街道组"
    assert street == [["1", "河湾街道", str(both.found), str(both.closed), str(both.open), panels.percent(both.rate)]]
    assert city.host.name not in [row[1].text for group in groups for row in group.rows]


def test_months_say_what_was_left_when_they_ended(city, found):
    months = overview.by_month(found, until=TODAY, most=12, today=TODAY)

    assert [one.first.month for one in months] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert months[-1].open == Finding.objects.open().count()
    assert [(one.found, one.closed) for one in months[5:7]] == [(2, 1), (3, 1)]


def test_a_running_half_year_asks_the_same_of_one_unit_and_of_many(as_, city, found, django_assert_num_queries):
    leader = as_(city.leader)

    def asked():
        # Whoever adds a unit has the filter drawn anew, once.
        leader.get(PAGE)
        with django_assert_num_queries(9):
            return leader.get(PAGE)

    asked()
    for n in range(3):
        unit = Unit.objects.create(name=f"第{n}街道", parent=city.host, appraisal_group=f"组{n}")
        category = make.category(found, f"类别{n}")
        Finding.objects.create(
            campaign=found, number=f"N{n}", found_on=TODAY, state=State.RETURNED, lead_unit=unit, category=category
        )
    assert "第2街道" in asked().content.decode()


@pytest.mark.parametrize("url", [PAGE, RATES, SITES])
def test_a_unit_sees_its_own_numbers_alone(as_, city, found, url):
    mine = Finding.objects.filter(lead_unit__in=[city.street, city.community]).exclude(
        state__in=Finding.UNCOUNTED_STATES
    )

    page = as_(city.street_liaison).get(url, {"unit": city.bureau.pk})

    assert page.context["shown"].unit == city.street
    assert page.context["shown"].whole.found == mine.exclude(state__in=Finding.UNCOUNTED_STATES).count() > 0
    assert "城管局" not in re.sub(r"<option.*?</option>", "", page.content.decode())


@pytest.mark.parametrize("url", [PAGE, RATES, SITES])
@pytest.mark.parametrize("query", ["", "span=month", "span=own&since=2026-02-01&until=2026-02-03", "span=year"])
def test_a_campaign_without_findings_is_told_calmly(as_, city, campaign, url, query):
    page = as_(city.leader).get(f"{url}?{query}")

    assert page.status_code == 200
    assert "没有" in page.content.decode()


@pytest.mark.parametrize(
    ("query", "period", "faults"),
    [
        ("", RUNNING, 0),
        ("span=quarter", Period.quarter(2026, 3), 0),
        ("span=last_half", OVER, 0),
        ("span=own&since=2026-07-10&until=2026-08-19", CUT, 0),
        ("span=own&since=2027-01-01", RUNNING, 1),
        ("span=own&since=2026-08-02&until=2026-08-01", RUNNING, 1),
        ("span=own&since=gestern", RUNNING, 1),
        ("span=own", RUNNING, 1),
        ("span=forever&unit=0", RUNNING, 2),
    ],
)
def test_what_cannot_be_read_is_told_and_left_out(as_, city, campaign, query, period, faults):
    page = as_(city.leader).get(f"{PAGE}?{query}")

    assert page.context["shown"].period == period
    assert len(page.context["form"].faults) == faults


def test_htmx_gets_the_piece_and_a_browser_without_it_the_page(as_, city, campaign):
    leader = as_(city.leader)

    piece, page = leader.get(RATES, headers={"HX-Request": "true"}).content, leader.get(RATES).content

    assert piece.startswith(b'<div id="dashboard-rates">')
    assert b"<h1" in page
    assert piece.strip() in page or b"dashboard-rates" in page


def test_names_are_written_as_words(as_, city, campaign):
    make.finding_at(State.RECTIFYING, city, campaign, category=make.category(campaign, "<b>占道</b>"))

    page = as_(city.leader).get(PAGE).content.decode()

    assert "<b>占道" not in page
    assert page.count("&lt;b&gt;占道&lt;/b&gt;") >= 2
