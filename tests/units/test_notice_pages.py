"""The page of notices and the bell."""

import pytest
from django.urls import reverse
from django.utils import timezone

from units.models import Notice


def notice(user, text="请签收", url="/units/"):
    return Notice.objects.create(user=user, text=text, url=url)


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_the_same_queries_for_one_notice_and_for_three(city, client, django_assert_num_queries, number):
    for n in range(number):
        notice(city.liaison, f"通知{n}")
    notice(city.leader)
    client.force_login(city.liaison)

    with django_assert_num_queries(5):
        page = client.get(reverse("units:notices")).content.decode()

    assert page.count("<time") == number


def test_the_bell_counts_what_is_unread(city, client):
    for _ in range(3):
        notice(city.liaison)
    Notice.objects.filter(pk=Notice.objects.first().pk).update(read_at=timezone.now())
    client.force_login(city.liaison)

    assert client.get(reverse("units:units")).context["unread_notices"] == 2


def test_following_a_notice_marks_it_read_and_leads_to_its_page(city, client):
    one, other = notice(city.liaison, url="/units/people/"), notice(city.liaison)
    client.force_login(city.liaison)

    answer = client.get(reverse("units:notice", args=[one.pk]))

    assert answer.url == "/units/people/"
    assert list(Notice.objects.unread()) == [other]


@pytest.mark.parametrize("url", ["", "https://evil.example/", "//evil.example"])
def test_a_notice_without_a_page_of_ours_leads_to_the_list(city, client, url):
    one = notice(city.liaison, url=url)
    client.force_login(city.liaison)

    assert client.get(reverse("units:notice", args=[one.pk])).url == reverse("units:notices")


def test_one_or_all_notices_are_marked_read_and_the_first_time_is_kept(city, client):
    one = notice(city.liaison)
    notice(city.liaison)
    foreign = notice(city.leader)
    client.force_login(city.liaison)

    client.post(reverse("units:notice_read", args=[one.pk]))
    first = Notice.objects.get(pk=one.pk).read_at
    answer = client.post(reverse("units:notices_read"), follow=True)

    assert "已将1条通知标为已读" in answer.content.decode()
    assert list(Notice.objects.unread()) == [foreign]
    assert Notice.objects.get(pk=one.pk).read_at == first


def test_somebody_elses_notice_is_not_found(city, client):
    foreign = notice(city.leader)
    client.force_login(city.liaison)

    assert client.get(reverse("units:notice", args=[foreign.pk])).status_code == 404
    assert client.post(reverse("units:notice_read", args=[foreign.pk])).status_code == 404
    assert Notice.objects.get().read_at is None
