"""The bars above the lists: drawn once while nothing they offer changes, and never out of date."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.actions import workstreams as actions
from campaigns.models import Phase, Workstream
from inspections.models import Round
from tests.factories import tasks
from tests.factories.findings import site
from units import actions as directory

pytestmark = pytest.mark.django_db
TASKS, LOG, FINDINGS = "/campaigns/tasks/", "/campaigns/log/", "/inspections/findings/"


@pytest.fixture
def stream(campaign):
    return Workstream.objects.create(campaign=campaign, name="市容", scheme="六优", number=1)


@pytest.fixture
def shown(here, stream, as_):
    """The text of a list as the office sees it now."""
    browser = as_(here.coordinator)
    return lambda url=TASKS, **chosen: browser.get(url, chosen).content.decode()


def test_what_a_bar_offers_is_asked_for_once(here, stream, as_):
    browser = as_(here.coordinator)
    browser.get(TASKS)

    with CaptureQueriesContext(connection) as ran:
        browser.get(TASKS)

    asked = [query["sql"] for query in ran]
    assert [
        table for table in ("workstream", "phase") if any(f'FROM "campaigns_{table}"' in sql for sql in asked)
    ] == []


@pytest.mark.parametrize("url", [TASKS, LOG])
def test_a_new_a_renamed_and_a_deleted_workstream_are_offered_as_they_are(campaign, stream, shown, url):
    before = shown(url)
    added = Workstream.objects.create(campaign=campaign, name="交通", scheme="六优", number=2)
    with_new = shown(url)
    added.name = "出行"
    added.save()
    renamed = shown(url)
    added.delete()

    assert [">交通<" in page for page in (before, with_new, renamed)] == [False, True, False]
    assert [">出行<" in page for page in (with_new, renamed, shown(url))] == [False, True, False]


def test_workstreams_are_offered_in_their_new_order(here, campaign, stream, shown):
    second = Workstream.objects.create(campaign=campaign, name="交通", scheme="六优", number=2)
    before = shown()

    actions.order_scheme(second, up=True, by=here.coordinator)

    assert [page.index(">市容<") < page.index(">交通<") for page in (before, shown())] == [True, False]


def test_a_new_phase_a_new_round_and_a_renamed_unit_are_offered_at_once(here, campaign, shown):
    before = shown(), shown(FINDINGS)
    Phase.objects.create(campaign=campaign, name="攻坚阶段", starts_on=campaign.starts_on, ends_on=campaign.ends_on)
    Round.objects.create(campaign=campaign, name="三月督查")
    directory.rename_unit(here.bureau, name="城市运行局", by=here.administrator)

    after = shown(), shown(FINDINGS)

    assert [(">攻坚阶段<" in page, ">城市运行局<" in page) for page in (before[0], after[0])] == [
        (False, False),
        (True, True),
    ]
    assert [(">三月督查<" in page, ">城市运行局<" in page) for page in (before[1], after[1])] == [
        (False, False),
        (True, True),
    ]


def test_each_bar_shows_what_was_chosen_in_it(stream, shown):
    plain, chosen, other = shown(), shown(workstream=stream.pk, q="绿化"), shown(q="<b>")

    option = f'<option value="{stream.pk}" selected>'
    assert [option in page for page in (plain, chosen, other)] == [False, True, False]
    assert ['value="绿化"' in page for page in (plain, chosen, other)] == [False, True, False]
    assert ['value="&lt;b&gt;"' in page for page in (plain, chosen, other)] == [False, False, True]


def test_nobody_is_offered_the_units_of_another(here, campaign, as_):
    tasks.issued(campaign, here)
    office, unit = (as_(someone).get(FINDINGS).content.decode() for someone in (here.coordinator, here.liaison))

    option = f'<option value="{here.police.pk}"'
    assert (option in office, option in unit) == (True, False)


def test_two_campaigns_offer_each_its_own(here, campaign, stream, as_):
    other = tasks.campaign(here, name="卫生城市")
    Workstream.objects.create(campaign=other, name="除四害", scheme="六优", number=1)
    browser = as_(here.coordinator)
    pages = []
    for one in (campaign, other):
        browser.post(reverse("campaigns:choose"), {"campaign": one.pk})
        pages.append(browser.get(TASKS).content.decode())

    assert [(">市容<" in page, ">除四害<" in page) for page in pages] == [(True, False), (False, True)]


def test_the_bar_of_sites_offers_the_types_that_sites_have(here, campaign, shown):
    site(campaign, here.bureau, code="S1", kind="公园")
    before = shown("/inspections/sites/")
    market = site(campaign, here.bureau, code="S2", kind="市场")
    with_new = shown("/inspections/sites/")
    market.delete()

    pages = (before, with_new, shown("/inspections/sites/"))
    assert [">市场</option>" in page for page in pages] == [False, True, False]
