"""Pages by key: every row once, forwards and backwards, whatever the link says."""

import base64

import pytest
from django.test import RequestFactory

from cityinit.models import Job
from cityinit.paging import Page
from cityinit.queue import enqueue

pytestmark = pytest.mark.django_db


def page(url="/", size=2, order=("label", "-pk")):
    return Page(RequestFactory().get(url), Job.objects.all(), order=order, size=size)


def labels(one):
    return [row.label for row in one.rows]


def filled():
    return [enqueue("test.work", label=label) for label in ("b", "a", "b", "c", "b")]


def test_following_the_links_shows_every_row_once_and_back_again():
    filled()
    forwards, one = [], page()
    while True:
        forwards.append([row.pk for row in one.rows])
        if not one.has_next:
            break
        one = page("/" + one.next_url)
    backwards = [[row.pk for row in one.rows]]
    while one.has_previous:
        one = page("/" + one.previous_url)
        backwards.insert(0, [row.pk for row in one.rows])

    expected = list(Job.objects.order_by("label", "-pk").values_list("pk", flat=True))
    assert [pk for part in forwards for pk in part] == expected
    assert backwards == forwards


def test_the_first_page_has_no_previous_and_the_last_no_next():
    filled()

    assert (page().has_previous, page().has_next, page(size=9).has_next) == (False, True, False)


def test_the_links_keep_the_filter():
    filled()

    assert page("/?q=%E5%88%9B&after=xx").next_url.startswith("?q=%E5%88%9B&after=")


def link(text):
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        *["rubbish", "bnVsbA==", "W10=", "W1tdLCAxXQ==", "eyJhIjogMX0=", "WyJhIiwgIngiXQ=="],
        pytest.param(link('["a\\u0000", 1]'), id="a character PostgreSQL has no place for"),
        pytest.param(link('["\\ud800", 1]'), id="half a character"),
        pytest.param(link('["a", Infinity]'), id="infinity"),
        pytest.param(link('["a", NaN]'), id="no number"),
        pytest.param(link("[" * 100_000), id="brackets without end"),
    ],
)
@pytest.mark.parametrize("way", ["after", "before"])
def test_a_link_that_was_cut_or_tampered_with_shows_the_first_page(cursor, way):
    filled()

    assert labels(page(f"/?{way}={cursor}")) == ["a", "b"]


def test_the_count_stops_where_it_no_longer_helps(monkeypatch):
    filled()
    monkeypatch.setattr("cityinit.paging.COUNT_LIMIT", 3)

    assert page().count_text == "共 3+ 条"
