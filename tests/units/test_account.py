"""Logging in and out, lock-out, passwords, one-time links."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.urls import reverse
from django.utils import timezone

from cityinit.models import AuditEvent
from tests.factories.people import PASSWORD, person
from units import actions
from units.models import Notice, User
from units.roles import Role

LOGIN = "/units/login/"
NEW = "hongqiao-9-liuyin"
WRONG = "账号或密码不对"


def log_in(client, username, password=PASSWORD, **values):
    return client.post(LOGIN, {"username": username, "password": password, **values})


def trail():
    return list(AuditEvent.objects.order_by("pk").values_list("action", "actor_name", "subject"))


def test_a_person_logs_in_and_out_and_the_trail_tells(city, client):
    answer = log_in(client, city.liaison.username)
    assert (answer.status_code, answer.url) == (302, reverse("campaigns:desk"))
    assert get_user(client).pk == city.liaison.pk

    answer = client.post("/units/logout/", follow=True)

    assert "已退出登录" in answer.content.decode()
    assert get_user(client).is_authenticated is False
    assert trail() == [("登录", "清水市责任单位联络员", ""), ("退出登录", "清水市责任单位联络员", "")]


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(city, client):
    answers = [log_in(client, name, "wrong") for name in (city.liaison.username, "nobody-of-this-name")]

    said = "账号或密码不对。请核对后再试，注意大小写。"
    assert [answer.context["form"].errors for answer in answers] == [{"__all__": [said]}] * 2
    assert [said in answer.content.decode() for answer in answers] == [True, True]
    assert trail() == [
        ("登录失败", "系统", city.liaison.username),
        ("登录失败", "系统", "（没有这个账号）"),
    ]


def test_who_is_out_of_use_or_never_set_a_password_cannot_log_in(city, client):
    person("停用", Role.LIAISON, city.street, username="gone", is_active=False)
    actions.add_person(username="fresh", name="新人", by=city.administrator)

    assert WRONG in log_in(client, "gone").content.decode()
    for guess in ("", "!", "None"):
        assert log_in(client, "fresh", guess).status_code == 200
    assert get_user(client).is_authenticated is False


@pytest.mark.parametrize(
    ("wanted", "answered"),
    [
        ("/units/people/", "/units/people/"),
        ("/units/?q=街道", "/units/?q=%E8%A1%97%E9%81%93"),
        ("/units/notices/read/", "/campaigns/"),
        ("/nowhere/", "/campaigns/"),
        ("https://evil.example/", "/campaigns/"),
        ("//evil.example/", "/campaigns/"),
        ("javascript:alert(1)", "/campaigns/"),
        ("", "/campaigns/"),
    ],
)
def test_the_way_back_after_log_in_leads_nowhere_else(city, client, wanted, answered):
    assert log_in(client, city.liaison.username, next=wanted).headers["Location"] == answered


def test_who_is_logged_in_does_not_see_the_log_in_page(city, client):
    client.force_login(city.liaison)

    assert client.get(LOGIN, {"next": "/units/"}).url == "/units/"


@pytest.mark.parametrize(
    "given", [{}, {"username": "a"}, {"username": "a\0b", "password": "x"}, {"username": "x" * 61, "password": "x"}]
)
def test_input_that_is_no_log_in_is_answered_with_the_page(db, client, given):
    answer = client.post(LOGIN, given)

    assert (answer.status_code, answer.context["form"].is_valid()) == (200, False)


def test_six_failures_lock_the_log_in_for_a_quarter_of_an_hour(city, client, axes_on, clock):
    clock("2026-05-06 09:00:30")
    answers = [log_in(client, city.liaison.username, "wrong").status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]

    locked = log_in(client, city.liaison.username)

    page = locked.content.decode()
    assert (locked.status_code, "登录暂时锁定" in page, "<strong>09:16</strong>" in page) == (429, True, True)
    assert trail()[-2:] == [("登录锁定", "系统", city.liaison.username)] * 2


def test_trying_during_the_lock_does_not_lengthen_it(city, client, axes_on, clock):
    stopped = clock("2026-05-06 09:00:30")
    for _ in range(6):
        log_in(client, city.liaison.username, "wrong")
    stopped.shift(timedelta(minutes=10))
    assert log_in(client, city.liaison.username).status_code == 429

    stopped.shift(timedelta(minutes=5, seconds=30))

    assert log_in(client, city.liaison.username).status_code == 302


def test_the_lock_is_on_one_account_and_not_on_the_whole_office(city, client, axes_on):
    for _ in range(7):
        log_in(client, city.liaison.username, "wrong")

    assert log_in(client, city.coordinator.username).status_code == 302


def test_an_account_that_does_not_exist_is_locked_alike(city, client, axes_on):
    answers = [log_in(client, "ghost", "wrong").status_code for _ in range(7)]

    assert answers == [200] * 5 + [429] * 2


def test_a_session_ends_twelve_hours_after_log_in_whatever_was_done_in_between(city, client, clock):
    stopped = clock("2026-05-06 08:00")
    log_in(client, city.liaison.username)
    for _ in range(11):
        stopped.shift(timedelta(hours=1))
        client.post("/units/notices/read/")
        assert client.get("/units/").status_code == 200

    stopped.shift(timedelta(hours=1, seconds=1))

    assert client.get("/units/").status_code == 302


def test_a_password_is_changed_by_who_knows_the_old_one(city, client):
    client.force_login(city.liaison)
    given = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}

    answer = client.post("/units/password/", given)

    changed = User.objects.get(pk=city.liaison.pk)
    assert (answer.status_code, changed.check_password(NEW)) == (302, True)
    assert (changed.password_changed_at is not None, changed.must_change_password) == (True, False)
    assert trail()[-1] == ("修改密码", "清水市责任单位联络员", "清水市责任单位联络员")
    assert get_user(client).pk == city.liaison.pk


def test_other_sessions_end_with_the_old_password(city, client, django_user_model):
    elsewhere = type(client)()
    for browser in (client, elsewhere):
        browser.force_login(city.liaison)

    client.post("/units/password/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})

    assert (client.get("/units/").status_code, elsewhere.get("/units/").status_code) == (200, 302)


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"old_password": "x"}, "old_password", "旧密码不正确，请重新输入。"),
        ({"new_password1": "shor7", "new_password2": "shor7"}, "new_password2", "10"),
        ({"new_password1": "password1234", "new_password2": "password1234"}, "new_password2", "太常见"),
        ({"new_password1": "7391820465", "new_password2": "7391820465"}, "new_password2", "数字"),
        ({"new_password1": "liaisonperson1", "new_password2": "liaisonperson1"}, "new_password2", "账号"),
        ({"new_password2": "other-words-5"}, "new_password2", "密码"),
        ({"new_password1": PASSWORD, "new_password2": PASSWORD}, "new_password1", "新密码要和旧密码不同"),
    ],
)
def test_a_password_against_the_policy_is_refused_with_the_reason(city, client, given, field, said):
    User.objects.filter(pk=city.liaison.pk).update(username="liaisonperson")
    client.force_login(User.objects.get(pk=city.liaison.pk))
    whole = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW, **given}

    errors = client.post("/units/password/", whole).context["form"].errors

    assert list(errors) == [field]
    assert said in str(errors[field])


def test_the_form_explains_the_policy(city, client):
    client.force_login(city.liaison)

    page = client.get("/units/password/").content.decode()

    assert "10" in page[page.index("<form") :]
    assert "密码至少要有 10 个字符" in page
    assert "你的" not in page


def test_a_password_given_by_somebody_else_is_changed_before_anything_else(city, client):
    User.objects.filter(pk=city.liaison.pk).update(must_change_password=True)
    client.force_login(city.liaison)

    assert client.get("/units/people/").url == "/units/password/"
    assert "别人设的" in client.get("/units/password/").content.decode()
    client.post("/units/password/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})
    assert client.get("/units/people/").status_code == 200


# One-time links --------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(city):
    added = actions.add_person(username="fresh", name="新同志", by=city.administrator)
    actions.appoint(added, role=Role.LIAISON, unit=city.street, starts_on=timezone.localdate(), by=city.administrator)
    return added


def test_a_link_is_shown_once_and_told_to_the_other_administrators(
    city, newcomer, client, django_capture_on_commit_callbacks
):
    second = person("副管理员", Role.ADMINISTRATOR, city.office)
    client.force_login(city.administrator)

    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(reverse("units:person_link", args=[newcomer.pk]))

    assert page.context["link"].startswith("http://testserver/units/link/")
    assert page.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert list(Notice.objects.values_list("user", "text")) == [
        (second.pk, "清水市系统管理员为新同志创建了设置密码的一次性链接")
    ]
    assert ("创建一次性链接", "清水市系统管理员", "新同志") in trail()


def test_a_link_sets_a_password_once(city, newcomer, client):
    link = actions.make_link(newcomer, by=city.administrator)
    assert "新同志，您的账号是 fresh" in client.get(link).content.decode()
    assert client.get(link).status_code == 200  # a messenger's preview of the link does not use it up

    answer = client.post(link, {"new_password1": NEW, "new_password2": NEW}, follow=True)
    again = client.post(link, {"new_password1": "another-6-words", "new_password2": "another-6-words"})

    assert "请用账号“fresh”登录" in answer.content.decode()
    assert (again.status_code, "只能用一次" in again.content.decode()) == (410, True)
    assert log_in(client, "fresh", NEW).status_code == 302
    assert ("用一次性链接设置密码", "新同志", "新同志") in trail()


def test_a_link_expires_after_three_days(city, newcomer, client, clock):
    stopped = clock("2026-05-06 08:00")
    link = actions.make_link(newcomer, by=city.administrator)

    stopped.shift(timedelta(days=3))
    assert client.get(link).status_code == 200
    stopped.shift(timedelta(seconds=1))
    assert client.get(link).status_code == 410


@pytest.mark.parametrize(
    "link",
    ["/units/link/MQ/abc/", "/units/link/x/abc-def/", "/units/link/%E5%9F%8E/1-1/", f"/units/link/{'OTk5' * 9}/1-1/"],
)
def test_a_link_that_was_made_up_or_cut_says_what_to_do(city, client, link):
    answer = client.get(link)

    assert (answer.status_code, "请联系系统管理员重新创建" in answer.content.decode()) == (410, True)


def test_a_link_of_somebody_out_of_use_does_not_work(city, newcomer, client):
    link = actions.make_link(newcomer, by=city.administrator)
    actions.change_person(newcomer, is_active=False, by=city.administrator)

    assert client.get(link).status_code == 410


def test_a_weak_password_does_not_use_up_the_link(city, newcomer, client):
    link = actions.make_link(newcomer, by=city.administrator)

    answer = client.post(link, {"new_password1": "1234567890", "new_password2": "1234567890"})

    assert (answer.status_code, client.get(link).status_code) == (200, 200)
    assert User.objects.get(pk=newcomer.pk).has_usable_password() is False


def test_a_link_opens_the_lock(city, client, axes_on):
    for _ in range(6):
        log_in(client, city.liaison.username, "wrong")
    link = actions.make_link(city.liaison, by=city.administrator)

    client.post(link, {"new_password1": NEW, "new_password2": NEW})

    assert log_in(client, city.liaison.username, NEW).status_code == 302


def test_a_link_ends_the_sessions_of_the_old_password(city, client):
    elsewhere = type(client)()
    elsewhere.force_login(city.liaison)
    link = actions.make_link(city.liaison, by=city.administrator)

    client.post(link, {"new_password1": NEW, "new_password2": NEW})

    assert elsewhere.get("/units/").status_code == 302
