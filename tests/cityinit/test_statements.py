"""Statements put together once: they give what the query set gives, for each value asked with."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import registers
from campaigns.actions import filters
from campaigns.middleware import OF_HOST
from campaigns.models import Campaign, LeadingGroup, SavedFilter
from campaigns.models.saved import chips
from cityinit.sessions import SessionStore
from cityinit.statements import Slot, Statement, columns_of, made_with
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

    [made] = [made_with(Campaign, "host", row) for row in OF_HOST.ask(host=city.host.pk)]

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


def test_a_session_is_read_as_django_keeps_it_and_an_expired_one_is_nobodys(city, client):
    client.force_login(city.coordinator)
    kept = Session.objects.get()
    read = SessionStore(kept.session_key)
    Session.objects.create(session_key="a" * 32, session_data=kept.session_data, expire_date=timezone.now())

    assert dict(read.items()) == kept.get_decoded()
    assert client.get("/campaigns/").status_code == 200
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    assert client.get("/campaigns/").status_code == 302


def test_a_shape_is_composed_once_and_one_without_a_row_asks_nothing(city, django_assert_num_queries):
    composed = []

    def of_roles(*roles):
        composed.append(roles)
        return Post.objects.filter(unit=Slot("unit", models.BigIntegerField()), role__in=roles).values_list("role")

    posts = Statement(of_roles)

    with django_assert_num_queries(3):
        told = [
            posts.ask("liaison", unit=city.bureau.pk),
            posts.ask("liaison", unit=city.street.pk),
            posts.ask("liaison", "leader", unit=city.host.pk),
            posts.ask(unit=city.bureau.pk),
        ]

    assert composed == [("liaison",), ("liaison", "leader"), ()]
    wanted = [(["liaison"], city.bureau), (["liaison"], city.street), (["liaison", "leader"], city.host), ([], None)]
    assert told == [list(Post.objects.filter(role__in=r, unit=u).values_list("role")) for r, u in wanted]
    assert [len(rows) for rows in told] == [1, 1, 1, 0]


def test_it_is_asked_again_after_a_fault_and_where_plans_are_let_go(city, held_by, monkeypatch):
    asked = {"user": city.liaison.pk, "day": date(2026, 3, 1)}
    wanted = held_by.ask(**asked)
    monkeypatch.setattr("cityinit.statements.MOST_PLANNED", 1)
    others = [Statement(lambda: Post.objects.filter(pk=Slot("pk", models.BigIntegerField())).values_list("pk"))] * 3

    with pytest.raises(ValueError, match="expected a number"):
        held_by.ask(user="x", day=date(2026, 3, 1))
    with pytest.raises(OverflowError):
        others[0].ask(pk=2**63)
    told = [(other.ask(pk=0), held_by.ask(**asked)) for other in others]

    assert told == [([], wanted)] * 3


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_is_asked_as_the_one_before_it(city, held_by):
    asked = {"user": city.liaison.pk, "day": timezone.localdate()}
    before = held_by.ask(**asked)

    connection.close()

    assert held_by.ask(**asked) == before


def test_behind_a_pooler_nothing_is_planned(city, held_by, monkeypatch):
    asked = {"user": city.liaison.pk, "day": timezone.localdate()}
    before = held_by.ask(**asked)
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)

    with CaptureQueriesContext(connection) as told:
        assert held_by.ask(**asked) == before

    assert [query["sql"][:6] for query in told] == ["SELECT"]


def test_rows_come_with_what_they_name_and_what_was_worked_out(city, django_assert_num_queries):
    Post.objects.create(user=city.liaison, role=Role.LEADER, unit=city.street, scope=city.host, starts_on="2026-01-01")
    once = Statement(
        lambda: (
            Post.objects.filter(user=Slot("user", models.BigIntegerField()))
            .annotate(many=models.F("pk") * 2)
            .select_related("unit__host", "scope")
            .order_by("-pk")
        )
    )

    with django_assert_num_queries(1):
        posts = once.objects(user=city.liaison.pk)
        told = [(post, post.unit, post.unit.host, post.scope, post.many) for post in posts]

    wanted = Post.objects.filter(user=city.liaison).order_by("-pk")
    assert told == [(post, post.unit, post.unit.host, post.scope, post.pk * 2) for post in wanted]
    assert [post.scope for post in posts] == [city.host, None]
    assert (posts[0]._state.adding, posts[0]._state.db) == (False, "default")


def test_chips_are_the_saved_filters_a_person_sees_in_their_order(city):
    campaign, audience = tasks.campaign(city), SavedFilter.Audience
    for who, page, name, shared in (
        (city.liaison, "tasks", "二", audience.OWN),
        (city.liaison, "tasks", "一", audience.OWN),
        (city.liaison, "log", "记录", audience.OWN),
        (city.coordinator, "tasks", "大家", audience.EVERYBODY),
        (city.coordinator, "tasks", "本室", audience.OFFICE),
    ):
        filters.save_filter(campaign, page=page, name=name, query=f"q={name}", by=who, audience=shared)
    filters.open_with(SavedFilter.objects.get(name="一"), by=city.liaison)

    for who in (city.liaison, city.coordinator, city.leader):
        seen = SavedFilter.objects.visible_to(who).of(campaign).on_page("tasks").for_chips(who)
        assert chips(who, of=campaign, page="tasks") == [
            (one.name, one.query, one.audience, one.is_default) for one in seen
        ]
    assert [(one.name, one.is_default) for one in chips(city.liaison, of=campaign, page="tasks")] == [
        ("一", True),
        ("二", False),
        ("大家", False),
    ]


def test_registers_are_counted_under_the_posts_of_now(city):
    campaign = tasks.campaign(city)
    LeadingGroup.objects.create(campaign=campaign, name="领导小组")
    known = [one for one in registers.REGISTERS.values() if one.model is LeadingGroup]
    assert registers.counts(campaign, known, by=city.coordinator) == {known[0].slug: 1}
    assert registers.counts(campaign, known, by=city.liaison) == {}

    Post.objects.filter(user=city.coordinator).update(ends_on=timezone.localdate() - timedelta(days=1))

    again = User.objects.get(pk=city.coordinator.pk)
    assert registers.counts(campaign, known, by=again) == {}
    assert registers.counts(campaign, [], by=again) == {}
