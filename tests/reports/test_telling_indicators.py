"""How the summary tells the assessment systems: each by itself, by its lowest level, without the negative list."""

from datetime import date

import pytest

from campaigns.actions import systems
from campaigns.actions.nodes import add_indicator, add_standard
from cityinit.periods import Period
from reports.facts import collect
from reports.narrative import write
from tests.factories import tasks
from units import actions as unit_actions
from units.models import Unit

from .counted import counted

pytestmark = [pytest.mark.django_db, pytest.mark.once]

FIRST_QUARTER, FIRST_HALF = Period(date(2026, 1, 1), date(2026, 3, 31)), Period.half_year(2026, 1)


@pytest.fixture
def campaign(city, clock):
    clock("2026-01-05 09:00")
    return tasks.campaign(city)


def system(campaign, city, *, name, edition="", heads=(), flat=0, negative=0):
    """In force since 5 January: heads with so many indicators below each, indicators alone, and what is forbidden."""
    made, by = systems.found_system(campaign, by=city.coordinator, name=name, edition=edition), city.coordinator
    prefix = name[:2]
    for number, below in enumerate(heads, start=1):
        head = add_indicator(made, by=by, code=f"{prefix}{number}", name=f"{prefix}方面{number}")
        for place in range(1, below + 1):
            add_indicator(made, by=by, code=f"{prefix}{number}.{place}", name=f"指标{place}", parent=head)
    for number in range(1, flat + 1):
        add_indicator(made, by=by, code=f"{prefix}平{number}", name=f"{prefix}指标{number}", units=[city.street])
    for number in range(1, negative + 1):
        top = add_indicator(made, by=by, code=f"{prefix}负{number}", name=f"禁止事项{number}")
        add_standard(top, by=by, number="1", content="发生重大事故", is_negative=True)
    systems.adopt(made, by=by, adopted_on=date(2026, 1, 5))
    return made


def told(campaign, period=FIRST_HALF, *, unit=None):
    found = collect(campaign, period, unit=unit, on=date(2026, 12, 31))
    return found, "\n".join(section.text for section in write(found.facts))


def test_each_system_is_told_by_itself_and_its_indicators_by_the_lowest_level(city, campaign):
    main = system(campaign, city, name="全国文明城市测评体系", edition="2026年版", heads=(8, 5), negative=1)
    system(campaign, city, name="未成年人测评体系", flat=2)
    system(campaign, city, name="负面清单评价标准", negative=2)

    found, text = told(campaign)

    assert (
        "对照全国文明城市测评体系（2026年版），将创建任务分解为全国方面1、全国方面2两个方面13项指标。"
        "同时对照未成年人测评体系，围绕未成指标1、未成指标2两项指标推进"
    ) in text
    assert "禁止事项" not in text
    assert "负面清单评价标准" not in text
    lowest = main.indicators.filter(children=None, standards=None).order_by("pk")
    assert counted(found, f"indicators:{main.pk}") == list(lowest.values_list("pk", flat=True))


def test_an_earlier_report_tells_indicators_of_the_unit_that_answered_for_them_then(city, campaign, clock):
    system(campaign, city, name="未成年人测评体系", flat=2)
    clock("2026-06-10 10:00")
    unit_actions.merge_unit(city.street, into=city.police, by=city.coordinator)
    street, police = (Unit.objects.get(pk=unit.pk) for unit in (city.street, city.police))

    def told_by(unit, period):
        return [row["name"] for row in told(campaign, period, unit=unit)[0].facts["registers"]["indicators"]]

    both = ["未成指标1", "未成指标2"]
    assert [told_by(street, FIRST_QUARTER), told_by(police, FIRST_QUARTER)] == [both, []]
    assert [told_by(street, FIRST_HALF), told_by(police, FIRST_HALF)] == [[], both]
    whole = told(campaign, FIRST_QUARTER)[0].facts["registers"]["indicators"]
    assert {unit for row in whole for unit in row["units"]} == {"河湾街道"}


def test_what_two_units_answered_for_together_stays_with_the_one_that_goes_on(city, campaign, clock):
    made = systems.found_system(campaign, by=city.coordinator, name="测评体系", edition="")
    add_indicator(made, by=city.coordinator, code="1", name="市容", units=[city.street, city.police])
    systems.adopt(made, by=city.coordinator, adopted_on=date(2026, 1, 5))
    clock("2026-06-10 10:00")
    unit_actions.merge_unit(city.street, into=city.police, by=city.coordinator)

    units = [
        told(campaign, period)[0].facts["registers"]["indicators"][0]["units"] for period in (FIRST_QUARTER, FIRST_HALF)
    ]

    assert [set(found) for found in units] == [{"河湾街道", "清水市公安局"}, {"清水市公安局"}]
