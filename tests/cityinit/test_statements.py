"""Statements put together once: they give what the query set gives, for each value asked with."""

from datetime import date

import pytest
from django.db import models

from campaigns.middleware import OF_HOST, _campaign
from campaigns.models import Campaign
from cityinit.statements import Slot, Statement, columns_of
from tests.factories import people, tasks
from units.context import UNREAD
from units.models import Notice, Post, User
from units.roles import HELD, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def held_by():
    return Statement(
        lambda: (
            Post.objects.filter(user=Slot("user", models.BigIntegerField()))
            .filter(starts_on__lte=Slot("day", models.DateField()))
            .order_by("pk")
            .values_list("unit__name", "starts_on")
        )
    )


def test_each_asking_is_one_query_with_its_own_values(city, held_by, django_assert_num_queries):
    first, before = date(2026, 3, 1), date(2026, 2, 28)
    Post.objects.filter(user=city.liaison).update(starts_on=first)
    asked = [(city.liaison.pk, first), (city.liaison.pk, before), (city.leader.pk, first)]

    with django_assert_num_queries(3):
        told = [held_by.ask(user=user, day=day) for user, day in asked]

    wanted = [
        list(Post.objects.filter(user=user, starts_on__lte=day).values_list("unit__name", "starts_on"))
        for user, day in asked
    ]
    assert told == wanted
    assert [len(rows) for rows in told] == [1, 0, 1]


def test_posts_are_those_held_on_the_day(city):
    both = people.person("兼任", Role.LIAISON, city.bureau, until=date(2026, 3, 1))
    Post.objects.create(user=both, role=Role.LEADER, unit=city.street, scope=city.street, starts_on=date(2026, 3, 2))
    days = date(2026, 3, 1), date(2026, 3, 2)

    assert [both.posts_on(day) for day in days] == [list(both.posts.held(on=day).values_list(*HELD)) for day in days]
    assert [[row[0] for row in both.posts_on(day)] for day in days] == [["liaison"], ["leader"]]


def test_a_campaign_comes_with_its_host_as_the_query_set_has_them(city):
    campaign = tasks.campaign(city, slogans=["人人参与"])
    tasks.campaign(people.city("临江市"))
    read = Campaign.objects.select_related("host").get(pk=campaign.pk)

    [made] = [_campaign(row) for row in OF_HOST.ask(host=city.host.pk)]

    def values(row):
        return {name: getattr(row, name) for name in columns_of(type(row))}

    assert (values(made), values(made.host)) == (values(read), values(read.host))
    assert (made._state.adding, made._state.db) == (False, "default")


def test_who_is_no_longer_active_is_nobody(city, client):
    client.force_login(city.coordinator)
    User.objects.filter(pk=city.coordinator.pk).update(is_active=False)

    assert client.get("/campaigns/").status_code == 302


def test_unread_notices_are_the_persons_own(city):
    for who in (city.liaison, city.leader):
        Notice.objects.create(user=who, text="请知悉")

    assert [UNREAD.ask(user=who.pk) for who in (city.liaison, city.coordinator)] == [[(1,)], []]
