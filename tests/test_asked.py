"""Keys and words read from an address or a form (`cityinit.asked`): what no row can be named by is nobody's."""

import pytest
from django.urls import reverse

from cityinit.asked import key_in, words_in
from tests.factories import systems, tasks


@pytest.mark.parametrize(("said", "key"), [("7", 7), ("0", 0), (7, 7), ("9" * 18, 10**18 - 1)])
def test_a_key_is_read(said, key):
    assert key_in(said) == key


@pytest.mark.parametrize("said", ["", None, "-1", "1.0", "²", "a", " 7", "9" * 19, "9" * 5000, "7\x00"])
def test_what_can_be_no_key_is_none(said):
    assert key_in(said) is None


def test_words_are_looked_for_without_what_no_database_keeps_and_no_longer_than_is_typed():
    assert words_in(" 路\x00灯 ") == "路灯"
    assert words_in(None) == ""
    assert words_in("路" * 100) == "路" * 60


@pytest.mark.parametrize(
    ("name", "asked", "status"),
    [
        ("task_new", "decision", 404),
        ("task_new", "instruction", 404),
        ("supervise", "task", 404),
        ("material_new", "standard", 200),
        ("compare", "old", 200),
    ],
)
def test_a_link_that_names_no_row_is_answered_in_words(city, client, name, asked, status):
    systems.in_force(tasks.campaign(city), city)
    client.force_login(city.coordinator)

    for key in ("9" * 5000, "9" * 30, "²", "-1"):
        assert client.get(reverse(f"campaigns:{name}"), {asked: key}).status_code == status


def test_a_new_indicator_below_one_that_no_row_can_be_begins_at_the_top(city, client):
    system = systems.in_force(tasks.campaign(city), city)
    client.force_login(city.coordinator)

    answer = client.get(reverse("campaigns:indicator_new", args=[system.pk]), {"parent": "9" * 5000})

    assert answer.status_code == 200
    assert answer.context["form"]["parent"].value() is None
