"""`manage.py first_administrator`: the way into an empty installation."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cityinit.models import AuditEvent
from units.models import Post, Unit, User
from units.roles import Role

pytestmark = pytest.mark.django_db


def link(*arguments, **options):
    told = StringIO()
    call_command("first_administrator", *arguments, stdout=told, **options)
    return told.getvalue().strip()


def test_the_link_lets_the_first_administrator_set_a_password_and_work(client):
    address = link("清水市", "root", "甲", site="http://testserver")

    answer = client.get(address.removeprefix("http://testserver"), follow=True)
    client.post(
        answer.request["PATH_INFO"],
        {"new_password1": "ein-neues-Wort-7", "new_password2": "ein-neues-Wort-7"},
        follow=True,
    )
    person = User.objects.get(username="root")

    assert person.check_password("ein-neues-Wort-7")
    assert list(Post.objects.values_list("user__name", "role", "unit__name")) == [("甲", Role.ADMINISTRATOR, "清水市")]
    assert person.has_perm("units.manage_people")


def test_a_second_call_gives_a_new_link_until_the_first_was_used():
    first = link("清水市", "root", "甲")
    link("清水市", "root", "甲")

    assert (User.objects.count(), Post.objects.count(), Unit.objects.count()) == (1, 1, 1)
    assert first.startswith("http://localhost:8000/")
    assert AuditEvent.objects.filter(action="创建一次性链接").count() == 2


def test_it_is_refused_once_an_administrator_can_log_in(city):
    with pytest.raises(CommandError, match="There is an administrator already"):
        link("清水市", "root", "甲")

    assert not User.objects.filter(username="root").exists()


def test_an_account_that_cannot_be_one_is_refused_with_a_sentence():
    with pytest.raises(CommandError, match="请输入合法的用户名"):
        link("清水市", "a b?", "甲")

    assert not Unit.objects.exists()
