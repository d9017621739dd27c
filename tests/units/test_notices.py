from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.factories import people
from tests.factories.people import person
from units.models import Notice
from units.notices import administrators, liaisons_of, office_of, tell
from units.roles import Role


def test_liaisons_of_a_unit_are_those_at_it_or_above_it(city):
    assert list(liaisons_of(city.bureau)) == [city.liaison]
    assert list(liaisons_of(city.community)) == [city.street_liaison]
    assert list(liaisons_of(city.office)) == []


def test_a_liaison_with_a_scope_is_told_of_that_scope_only(city):
    lent = person("借调联络员", Role.LIAISON, city.office, scope=city.community)

    assert set(liaisons_of(city.community)) == {city.street_liaison, lent}
    assert list(liaisons_of(city.office)) == []


def test_the_office_of_a_host_is_its_own_coordinators(city):
    other = people.city("云溪市")

    assert list(office_of(city.host)) == [city.coordinator]
    assert list(office_of(other.host)) == [other.coordinator]


def test_posts_that_ended_or_have_not_begun_do_not_count(city):
    today = timezone.localdate()
    person("前联络员", Role.LIAISON, city.bureau, until=today - timedelta(days=1))
    person("后联络员", Role.LIAISON, city.bureau, since=today + timedelta(days=1))
    person("停用管理员", Role.ADMINISTRATOR, city.office, is_active=False)

    assert list(liaisons_of(city.bureau)) == [city.liaison]
    assert list(administrators()) == [city.administrator]
    assert list(liaisons_of(city.bureau, on=date(2023, 12, 31))) == []


def test_a_person_named_twice_is_told_once_and_only_after_commit(city, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as waiting:
        tell([city.liaison, city.liaison, city.leader], "任务已下达", url="/campaigns/tasks/1/")
    assert Notice.objects.count() == 0

    for callback in waiting:
        callback()

    assert sorted(Notice.objects.values_list("user", "text", "url")) == sorted(
        [(city.liaison.pk, "任务已下达", "/campaigns/tasks/1/"), (city.leader.pk, "任务已下达", "/campaigns/tasks/1/")]
    )


def test_the_same_notice_is_not_left_twice_while_unread(city, django_capture_on_commit_callbacks):
    def told():
        with django_capture_on_commit_callbacks(execute=True):
            tell([city.liaison], "请签收", url="/x/")
        return Notice.objects.filter(user=city.liaison).count()

    assert [told(), told()] == [1, 1]
    Notice.objects.update(read_at=timezone.now())
    assert told() == 2


def test_who_can_no_longer_log_in_is_not_told(city, django_capture_on_commit_callbacks):
    city.liaison.is_active = False

    with django_capture_on_commit_callbacks(execute=True) as waiting:
        tell([city.liaison], "请签收", url="/x/")

    assert (len(waiting), Notice.objects.count()) == (0, 0)


@pytest.mark.parametrize("length", [300, 301, 5000])
def test_a_long_text_is_cut_and_not_refused(city, django_capture_on_commit_callbacks, length):
    with django_capture_on_commit_callbacks(execute=True):
        tell([city.liaison], "字" * length)

    assert len(Notice.objects.get().text) == 300
