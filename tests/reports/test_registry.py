"""The registry of figures: each is what its list says, what a plain count of the rows says, and what a summary says."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns import figures as work
from campaigns.models import Campaign, Dissuasion, Honour, Meeting, Task, Volunteering, WorkLogEntry
from cityinit.periods import Period
from inspections.importers import load_workbook
from inspections.models import Praise, Site
from reports import registry
from reports.facts import collect
from tests.factories import people
from units.models import Unit
from units.roles import Role

from . import books

FIRST_HALF, SECOND_QUARTER = Period.half_year(2025, 1), Period.quarter(2025, 2)
# What adds up a column of its records, and the share of days.
SUMS = ("volunteering.people", "volunteering.hours", "dissuasion", "time.share")


@pytest.fixture
def campaign(db):
    return Campaign.objects.get(pk=load_workbook(books.workbook(books.CITY)).campaign_id)


@pytest.fixture(params=["whole", "one"])
def asked(request, campaign):
    """Of the city, and of the unit that logged most."""
    logged = WorkLogEntry.objects.of(campaign).values_list("unit", flat=True)
    busiest = max(set(logged), key=list(logged).count)
    unit = None if request.param == "whole" else Unit.objects.get(pk=busiest)
    return registry.Asked(campaign, FIRST_HALF, unit)


def test_each_figure_is_what_its_list_says(asked):
    told = registry.values(registry.FIGURES, asked)

    listed = {}
    for name, figure in registry.FIGURES.items():
        whole = figure.records(asked).count()
        listed[name] = work.share(figure.part(asked).count(), whole) if figure.part else whole
    assert {name: value for name, value in told.items() if name not in SUMS} == {
        name: value for name, value in listed.items() if name not in SUMS
    }


def test_rows_of_registers_are_counted_as_a_plain_reading_counts_them(asked):
    """No query of the figures: every row is looked at, and its day and unit."""
    unit, period = asked.unit, asked.period
    below = {row.pk for row in Unit.objects.all() if unit and unit.pk in (row.pk, row.parent_id)}

    def mine(model, day):
        rows = model.objects.filter(campaign=asked.campaign)
        dated = [row for row in rows if getattr(row, day) is None or period.first <= getattr(row, day) <= period.last]
        return dated if unit is None else [row for row in dated if row.unit_id in below]

    volunteering, dissuaded = mine(Volunteering, "served_on"), mine(Dissuasion, "done_on")
    stopped = Q(state=Task.State.CANCELLED)
    entries = [
        row
        for row in WorkLogEntry.objects.exclude(task__in=Task.objects.filter(stopped)).select_related("task")
        if period.first <= row.done_on <= period.last and (unit is None or row.unit_id in below)
    ]
    assert registry.values(
        (
            *("meetings", "praises", "volunteering.people", "volunteering.hours", "dissuasion"),
            *("log.entries", "log.highlights"),
        ),
        asked,
    ) == {
        "meetings": len(mine(Meeting, "held_on")),
        "praises": len(mine(Praise, "found_on")),
        "volunteering.people": total(row.people for row in volunteering),
        "volunteering.hours": total(row.hours for row in volunteering),
        "dissuasion": total(row.number for row in dissuaded),
        "log.entries": len(entries),
        "log.highlights": len([row for row in entries if row.is_highlight]),
    }


def total(values):
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def test_what_belongs_to_the_whole_city_is_counted_once(campaign):
    asked = registry.Asked(campaign, FIRST_HALF)

    found = registry.values(("sites.registered", "honours", "time.share"), asked)

    days = (campaign.ends_on - campaign.starts_on).days + 1
    elapsed = (min(FIRST_HALF.last, campaign.ends_on) - campaign.starts_on).days + 1
    honours = [row for row in Honour.objects.all() if not row.granted_on or row.granted_on in days_of(FIRST_HALF)]
    assert found == {
        "sites.registered": Site.objects.filter(campaign=campaign).count(),
        "honours": len(honours),
        "time.share": round(Decimal(100 * elapsed) / days, 1),
    }


def days_of(period):
    return {date.fromordinal(day) for day in range(period.first.toordinal(), period.last.toordinal() + 1)}


def test_a_summary_says_the_same_of_whatever_is_registered(asked):
    told = collect(asked.campaign, asked.period, unit=asked.unit, on=date(2025, 7, 5)).facts["figures"]

    known = {name: registry.FIGURES[name] for name in told if name in registry.FIGURES}
    values = registry.values(known, asked)
    assert "tasks.total" in known
    assert {name: told[name]["text"] for name in known} == {
        name: figure.text(values[name]) for name, figure in known.items()
    }
    assert {name: told[name]["count"] for name in known if name != "time.share"} == {
        name: figure.records(asked).count() for name, figure in known.items() if name != "time.share"
    }


def test_figures_of_one_statement_are_asked_for_once(campaign, django_assert_num_queries):
    asked = registry.Asked(campaign, SECOND_QUARTER)

    # Of findings two: one has changed since.
    with django_assert_num_queries(3):
        registry.values([name for name in registry.FIGURES if name.startswith(("findings.", "tasks.c"))], asked)


def test_every_figure_stands_under_one_heading():
    found = [name for name in registry.FIGURES for _label, starts in registry.AREAS if name.startswith(starts)]

    assert sorted(found) == sorted(registry.FIGURES)


@pytest.fixture
def office(campaign, client):
    coordinator = people.person("办公室", Role.COORDINATOR, campaign.host, username="registry-office")
    client.force_login(coordinator)
    return client


HALF = {"span": "own", "since": "2025-01-01", "until": "2025-06-30"}


def test_every_number_of_the_page_leads_to_as_many_records(office):
    page = office.get(reverse("reports:figures"), HALF)

    wrong = []
    for area in page.context["areas"]:
        for row in area["rows"]:
            listed = office.get(row["url"]).context
            if not listed["figure"].part and listed["figure"].name not in SUMS and listed["page"].count != row["value"]:
                wrong.append((row["label"], row["value"], listed["page"].count))
    assert wrong == []


def test_of_a_share_the_list_says_which_records_make_it(office):
    page = office.get(reverse("reports:figure", args=["findings.rate"]), HALF)

    listed = page.context
    making = [row for row in listed["rows"] if row["is_part"]]
    assert listed["text"] == f"{100 * len(making) / len(listed['rows']):.1f}%".replace(".0%", "%")
    assert page.content.decode().count('data-label="计入分子">是<') == len(making) > 0


@pytest.mark.parametrize(("name", "queries"), [("figures", 23), ("figure", 8)])
def test_the_pages_ask_as_much_of_one_finding_as_of_many(office, name, queries):
    url = reverse(f"reports:{name}", args=["findings.found"] if name == "figure" else [])

    def asked(since):
        with CaptureQueriesContext(connection) as made:
            office.get(url, HALF | {"since": since})
        return len(made)

    # The list of units is kept once it has been drawn. Of what has changed since, history is asked in one statement.
    office.get(url, HALF)
    assert (asked("2025-01-01"), asked("2025-06-18")) == (queries, queries)


def test_a_figure_nobody_registered_is_not_found(office):
    assert office.get(reverse("reports:figure", args=["findings.none"])).status_code == 404
