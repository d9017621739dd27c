"""Pages whose SQL is put together once: the same rows as `Page` gives, each once, and a count that is true."""

import json
from base64 import urlsafe_b64encode

import pytest
from django.core.cache import caches
from django.db.models import DateTimeField
from django.test import RequestFactory
from django.utils import timezone

from cityinit import kept_pages
from cityinit.kept_pages import KeptPage
from cityinit.models import Job
from cityinit.queue import enqueue
from cityinit.statements import Slot

pytestmark = pytest.mark.django_db

NOW = Slot("now", DateTimeField())


def page(url="/", size=2, order=("label", "-pk"), shape="jobs", now=None):
    def rows():
        return Job.objects.filter(created_at__lte=NOW)

    return KeptPage(
        RequestFactory().get(url),
        lambda: rows().values("pk", "label"),
        counted=rows,
        shape=shape,
        given={"now": now or timezone.now()},
        order=order,
        size=size,
    )


def filled():
    return [enqueue("test.work", label=label) for label in ("b", "a", "b", "c", "b")]


def link(values):
    return urlsafe_b64encode(json.dumps(values).encode()).decode()


def test_following_the_links_shows_every_row_once_and_back_again():
    filled()
    forwards, one = [], page()
    while True:
        forwards.append([row["pk"] for row in one.rows])
        if not one.has_next:
            break
        one = page("/" + one.next_url)
    backwards = [[row["pk"] for row in one.rows]]
    while one.has_previous:
        one = page("/" + one.previous_url)
        backwards.insert(0, [row["pk"] for row in one.rows])

    expected = list(Job.objects.order_by("label", "-pk").values_list("pk", flat=True))
    assert [pk for part in forwards for pk in part] == expected
    assert backwards == forwards


def test_a_shape_is_composed_once_and_asked_with_the_values_of_each_request():
    before = timezone.now()
    filled()

    assert [len(page(size=9, now=moment).rows) for moment in (timezone.now(), before)] == [5, 0]


@pytest.mark.parametrize("values", [["b"], ["b", "x"], ["b", 10**30], ["b", {}], ["\x00", 1], "cut"])
def test_a_link_with_values_no_row_can_have_is_the_first_page(values):
    filled()

    one = page(f"/?after={link(values)}")

    assert ([row["label"] for row in one.rows], one.has_previous) == (["a", "b"], False)


def test_what_ends_on_the_page_is_counted_without_asking(django_assert_num_queries):
    filled()
    one = page(size=9)
    with django_assert_num_queries(1):
        assert (len(one.rows), one.count_text) == (5, "共 5 条")


def test_a_longer_list_is_counted_on_each_of_its_pages(django_assert_num_queries):
    filled()
    first = page()
    second = page("/" + first.next_url)

    assert (first.count_text, second.count_text) == ("共 5 条", "共 5 条")


def test_what_is_too_long_to_count_is_said_to_be_so_for_a_while(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(kept_pages, "COUNT_LIMIT", 3)
    monkeypatch.setattr("cityinit.paging.COUNT_LIMIT", 3)
    caches["drawn"].clear()
    filled()
    shape = "too long to count"
    assert page(shape=shape).count_text == "共 3+ 条"

    with django_assert_num_queries(1):
        again = page(shape=shape)
        assert (len(again.rows), again.count_text) == (2, "共 3+ 条")
    caches["drawn"].clear()
