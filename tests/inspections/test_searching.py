"""Looking for words in findings: the rows that have them, however common or rare they are, on both databases."""

import pytest
from django.core.cache import caches
from django.test import RequestFactory
from django.urls import reverse

from cityinit import searched_pages
from inspections.models import Finding
from tests.factories import findings as make

State = Finding.State
LIST = reverse("inspections:findings")


@pytest.fixture(autouse=True)
def nothing_remembered():
    caches["drawn"].clear()


@pytest.fixture
def searched(city, campaign, as_):
    """The numbers of the findings that a search lists, and what it says of how many there are."""

    def ask(words, **how):
        page = as_(city.coordinator).get(LIST, {"q": words, **how})
        return [row["number"] for row in page.context["rows"]], page.context["page"].count_text

    return ask


def filed(city, campaign, *descriptions, **values):
    return [make.reported(city, campaign, description=text, **values).number for text in descriptions]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("井盖缺失", [0]),
        ("井盖", [2, 0]),
        ("盖", [2, 0]),
        ("盖缺失井", []),
        ("wc", [1]),
        ("Wc门", [1]),
        ("100%", [3]),
        ("1_0", []),
        ("\\", [4]),
        ("'", []),
        ("  井盖  ", [2, 0]),
    ],
)
@pytest.mark.parametrize("window", [1, 4000])
def test_rows_with_the_words_are_found_whether_they_are_met_first_or_looked_up(
    city, campaign, searched, monkeypatch, words, found, window
):
    monkeypatch.setattr(searched_pages, "WINDOW", window)
    numbers = filed(city, campaign, "路边井盖缺失", "WC门口积水", "井盖松动", "占道100%", "写有\\的标语")

    assert searched(words)[0] == [numbers[place] for place in found]


def test_a_place_a_number_and_a_site_are_searched_too(city, campaign, searched):
    site = make.site(campaign, city.bureau, name="滨江农贸市场")
    [at_site] = filed(city, campaign, "地面湿滑", site=site)
    [at_place] = filed(city, campaign, "地面湿滑", place="滨江路口")

    assert searched("滨江")[0] == [at_place, at_site]
    assert searched("农贸市场")[0] == [at_site]
    assert searched(at_place)[0] == [at_place]


def test_where_very_many_sites_are_of_the_name_none_is_lost(city, campaign, searched, monkeypatch):
    monkeypatch.setattr("inspections.models.finding.MOST_NAMED", 1)
    sites = [make.site(campaign, city.bureau, code=f"S{n}", name=f"社区{n}") for n in range(3)]
    numbers = [filed(city, campaign, "积水", site=site)[0] for site in sites]

    assert searched("社区")[0] == numbers[::-1]


def test_what_is_changed_is_found_by_what_it_says_now(city, campaign, searched):
    [number] = filed(city, campaign, "路面破损")
    Finding.objects.update(description="护栏缺损")

    assert (searched("路面破损")[0], searched("护栏缺损")[0]) == ([], [number])


def test_a_unit_finds_among_what_it_sees(city, campaign, as_):
    filed(city, campaign, "井盖缺失")
    mine = make.finding_at(State.DISPATCHED, city, campaign, description="井盖松动")

    rows = as_(city.liaison).get(LIST, {"q": "井盖"}).context["rows"]

    assert [row["number"] for row in rows] == [mine.number]


@pytest.mark.parametrize("window", [1, 3, 4000])
@pytest.mark.parametrize("order", ["", "due"])
def test_the_pages_of_a_search_lead_through_all_rows_and_back(city, campaign, as_, monkeypatch, window, order):
    monkeypatch.setattr(searched_pages, "WINDOW", window)
    monkeypatch.setattr("inspections.views.findings.PAGE_SIZE", 2)
    for n in range(5):
        make.finding_at(State.DISPATCHED, city, campaign, description=f"井盖{n}")
        make.finding_at(State.DISPATCHED, city, campaign, description=f"路灯{n}")
    client = as_(city.coordinator)

    def follow(url, way):
        pages = []
        while True:
            page = client.get(url).context["page"]
            pages.append([row["number"] for row in page.rows])
            if not (page.has_next if way == "next" else page.has_previous):
                return pages, LIST + (page.next_url if way == "next" else page.previous_url)
            url = LIST + (page.next_url if way == "next" else page.previous_url)

    forwards, _url = follow(f"{LIST}?q=井盖&order={order}", "next")
    last = LIST + client.get(f"{LIST}?q=井盖&order={order}").context["page"].next_url
    last = LIST + client.get(last).context["page"].next_url
    backwards, _url = follow(last, "previous")

    expected = Finding.objects.filter(description__contains="井盖")
    expected = expected.order_by("due_at", "pk") if order else expected.order_by("-found_at", "-pk")
    assert [number for part in forwards for number in part] == [row.number for row in expected]
    assert backwards == forwards[::-1]


def test_how_many_there_are_is_exact_or_said_to_be_more(city, campaign, searched, monkeypatch):
    monkeypatch.setattr("inspections.views.findings.PAGE_SIZE", 2)
    filed(city, campaign, *["井盖缺失"] * 4, "路灯不亮", "路灯不亮", "路灯不亮")

    assert searched("井盖")[1] == "共 4 条"
    monkeypatch.setattr(searched_pages, "WINDOW", 3)
    # The newest three are all of them street lamps, and older ones nobody has read.
    assert searched("路灯")[1] == "至少 3 条"
    assert searched("井盖")[1] == "共 4 条"
    monkeypatch.setattr(searched_pages, "MOST_COUNTED", 3)
    assert searched("井盖")[1] == "至少 3 条"


def test_a_window_that_is_a_minute_old_hides_no_row_that_came_since(city, campaign, searched, monkeypatch):
    monkeypatch.setattr(searched_pages, "WINDOW", 1)
    old = filed(city, campaign, "井盖缺失", "井盖松动", "路灯不亮")
    assert searched("井盖")[0] == old[1::-1]

    [new] = filed(city, campaign, "井盖破损")

    assert searched("井盖")[0] == [new, *old[1::-1]]


def test_a_search_asks_as_many_questions_for_one_row_as_for_three(city, campaign, as_, django_assert_num_queries):
    filed(city, campaign, "井盖缺失")
    client = as_(city.coordinator)
    client.get(LIST, {"q": "井盖"})
    # The session, the person, the campaigns; the sites of that name, the findings.
    with django_assert_num_queries(5):
        client.get(LIST, {"q": "井盖"})
    filed(city, campaign, "井盖松动", "井盖破损")
    with django_assert_num_queries(5):
        client.get(LIST, {"q": "井盖"})


def test_a_link_that_was_cut_is_the_first_page(city, campaign):
    page = searched_pages.SearchedPage(
        RequestFactory().get("/?after=W10="),
        read=lambda slots: Finding.objects.all(),
        looked_up=Finding.objects.all,
        walked=Finding.objects.all(),
        walked_as="findings",
        show=lambda rows: rows.for_list(),
        order=("-found_at", "-pk"),
    )

    assert (page.rows, page.has_previous) == ([], False)
