"""People and posts: who may appoint whom, what is told, and what is refused."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone

from cityinit.models import AuditEvent
from cityinit.workflow import Refused
from tests.at_once import at_once
from tests.factories import people
from tests.factories.people import person
from units import actions
from units.models import Notice, Post, User
from units.roles import Role

DAY = timedelta(days=1)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def second(city):
    """A second administrator, who is told what the first one does."""
    return person("清水市副管理员", Role.ADMINISTRATOR, city.office, username="second")


def posts_of(someone):
    return list(someone.posts.values_list("role", "unit__name", "starts_on", "ends_on"))


def held_by(someone):
    return someone.posts.get()


def test_an_appointment_is_recorded_and_told_to_the_other_administrators(
    city, second, today, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        actions.appoint(city.nobody, role=Role.LIAISON, unit=city.police, starts_on=today, by=city.administrator)

    assert posts_of(city.nobody) == [("liaison", "清水市公安局", today, None)]
    last = AuditEvent.objects.first()
    assert (last.action, last.subject, last.detail["岗位"]) == (
        "任命岗位",
        "清水市待岗人员",
        "公安局 · 责任单位联络员",
    )
    assert list(Notice.objects.values_list("user", "text", "url")) == [
        (
            second.pk,
            f"岗位变动：任命岗位，清水市待岗人员，公安局 · 责任单位联络员（{today} 至 今）",
            f"/units/people/{city.nobody.pk}/",
        )
    ]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_touch_people_and_posts(city, role, today):
    by, post = city.by_role[role], held_by(city.other_liaison)

    for refused in (
        lambda: actions.add_person(username="x", name="x", by=by),
        lambda: actions.change_person(city.nobody, name="x", by=by),
        lambda: actions.appoint(city.nobody, role=Role.LEADER, unit=city.host, starts_on=today, by=by),
        lambda: actions.end_post(post, on=today, by=by),
        lambda: actions.withdraw_post(post, by=by),
        lambda: actions.hand_over(post, to=city.nobody, on=today, by=by),
        lambda: actions.make_link(city.nobody, by=by),
    ):
        with pytest.raises(Refused, match="没有这项权限"):
            refused()
    assert (posts_of(city.nobody), AuditEvent.objects.count()) == ([], 0)


def test_nobody_is_appointed_at_a_closed_unit(city, today):
    actions.merge_unit(city.street, into=city.bureau, by=city.administrator)
    city.street.refresh_from_db()

    for values in ({"unit": city.street}, {"unit": city.bureau, "scope": city.street}):
        with pytest.raises(Refused, match=r"“河湾街道”已于.*不能再任命岗位"):
            actions.appoint(city.nobody, role=Role.LIAISON, starts_on=today, by=city.administrator, **values)


def test_an_appointment_that_cannot_be_is_refused(city, today):
    other = people.city("云溪市")
    values = {"role": Role.LIAISON, "unit": city.police, "starts_on": today, "by": city.administrator}

    with pytest.raises(Refused, match="结束日期不能早于开始日期"):
        actions.appoint(city.nobody, **{**values, "ends_on": today - DAY})
    with pytest.raises(Refused, match="属于另一个主体单位"):
        actions.appoint(city.nobody, **{**values, "scope": other.police})
    actions.change_person(city.nobody, is_active=False, by=city.administrator)
    with pytest.raises(Refused, match="账号已停用"):
        actions.appoint(city.nobody, **values)
    assert posts_of(city.nobody) == []


def test_the_same_post_is_not_given_twice_at_a_time(city, today):
    values = {"role": Role.LIAISON, "unit": city.police, "by": city.administrator}
    actions.appoint(city.nobody, starts_on=today, ends_on=today + 9 * DAY, **values)

    with pytest.raises(Refused, match="已有这个岗位"):
        actions.appoint(city.nobody, starts_on=today + 9 * DAY, **values)
    with pytest.raises(Refused, match="已有这个岗位"):
        actions.appoint(city.nobody, starts_on=today - 5 * DAY, ends_on=today, **values)
    actions.appoint(city.nobody, starts_on=today + 10 * DAY, **values)
    assert city.nobody.posts.count() == 2


def test_a_post_ends_with_its_last_day(city, today, clock):
    actions.end_post(held_by(city.liaison), on=today, by=city.administrator)

    assert User.objects.get(pk=city.liaison.pk).has_perm("campaigns.log_work")
    clock(f"{today + DAY} 08:00")
    assert not User.objects.get(pk=city.liaison.pk).has_perm("campaigns.log_work")


def test_a_post_does_not_end_before_it_begins_nor_a_second_time(city, today):
    post = held_by(city.liaison)

    with pytest.raises(Refused, match="不能早于开始日期2024-01-01"):
        actions.end_post(post, on=date(2023, 12, 31), by=city.administrator)
    actions.end_post(post, on=today - DAY, by=city.administrator)
    with pytest.raises(Refused, match=r"已于.*结束"):
        actions.end_post(post, on=today, by=city.administrator)


def test_the_last_administrator_who_can_log_in_stays(city, today):
    by, post = city.administrator, held_by(city.administrator)
    person("没有密码的管理员", Role.ADMINISTRATOR, city.office).set_unusable_password()
    User.objects.filter(name="没有密码的管理员").update(password="!")
    person("停用的管理员", Role.ADMINISTRATOR, city.office, is_active=False)
    person("以后的管理员", Role.ADMINISTRATOR, city.office, since=today + 9 * DAY)
    Post.objects.filter(pk=post.pk).update(starts_on=today)

    for refused in (
        lambda: actions.end_post(post, on=today, by=by),
        lambda: actions.withdraw_post(post, by=by),
        lambda: actions.hand_over(post, to=User.objects.get(name="没有密码的管理员"), on=today, by=by),
    ):
        with pytest.raises(Refused):
            refused()
    assert posts_of(city.administrator) == [("administrator", "清水市创建办", today, None)]


def test_one_of_two_administrators_may_go(city, second, today):
    actions.end_post(held_by(city.administrator), on=today, by=city.administrator)

    with pytest.raises(Refused, match="没有能登录的系统管理员"):
        actions.end_post(held_by(second), on=today, by=second)
    with pytest.raises(Refused, match="没有能登录的系统管理员"):
        actions.change_person(second, is_active=False, by=city.administrator)


def test_an_administrator_hands_over_to_somebody_who_can_log_in(city, today):
    post = held_by(city.administrator)

    actions.hand_over(post, to=city.nobody, on=today, by=city.administrator)

    assert posts_of(city.administrator) == [("administrator", "清水市创建办", date(2024, 1, 1), today)]
    assert posts_of(city.nobody) == [("administrator", "清水市创建办", today + DAY, None)]


def test_a_hand_over_keeps_scope_and_the_last_day_agreed_on(city, second, today, django_capture_on_commit_callbacks):
    agreed = today + 100 * DAY
    lent = person("借调人员", Role.LIAISON, city.office, scope=city.community, until=agreed)

    with django_capture_on_commit_callbacks(execute=True):
        new = actions.hand_over(held_by(lent), to=city.nobody, on=today, by=city.administrator)

    assert (new.user, new.scope, new.starts_on, new.ends_on) == (city.nobody, city.community, today + DAY, agreed)
    assert held_by(lent).ends_on == today
    told = Notice.objects.exclude(url=new.taken_over.get_absolute_url())
    assert list(told.values_list("user", flat=True)) == [second.pk]
    assert "交接岗位，借调人员→清水市待岗人员" in told.get().text


def test_a_post_is_not_handed_to_its_holder_nor_once_it_has_ended(city, today):
    post, by = held_by(city.liaison), city.administrator

    with pytest.raises(Refused, match="不能交接给本人"):
        actions.hand_over(post, to=city.liaison, on=today, by=by)
    actions.end_post(post, on=today - DAY, by=by)
    with pytest.raises(Refused, match="没有可交接的"):
        actions.hand_over(post, to=city.nobody, on=today, by=by)
    assert posts_of(city.nobody) == []


def test_a_post_is_handed_over_once(city, today):
    post, by = held_by(city.liaison), city.administrator
    first = actions.hand_over(post, to=city.nobody, on=today, by=by)

    with pytest.raises(Refused, match=f"已交接给{city.nobody.name}"):
        actions.hand_over(post, to=city.other_liaison, on=today, by=by)
    actions.withdraw_post(first, by=by)
    again = actions.hand_over(post, to=city.other_liaison, on=today, by=by)

    assert (again.user, again.taken_over.post) == (city.other_liaison, post)


@pytest.mark.parametrize("days", [1, 9])
def test_a_post_that_was_handed_over_ends_on_no_other_day(city, today, days):
    """Ended earlier nobody would have been responsible in between, and ended later two people at once."""
    post, by = held_by(city.liaison), city.administrator
    new = actions.hand_over(post, to=city.nobody, on=today + 5 * DAY, by=by)

    said = (
        f"这个岗位已交接给{city.nobody.name}，从{new.starts_on}起在岗，最后一天只能是{today + 5 * DAY}。"
        f"如需改日子，请先撤回{city.nobody.name}的岗位，再重新交接。"
    )
    with pytest.raises(Refused, match=said):
        actions.end_post(post, on=today + days * DAY, by=by)
    assert held_by(city.liaison).ends_on == today + 5 * DAY
    actions.withdraw_post(new, by=by)
    actions.end_post(post, on=today + days * DAY, by=by)
    assert held_by(city.liaison).ends_on == today + days * DAY


@pytest.mark.django_db(transaction=True)
def test_of_two_hand_overs_of_one_post_at_once_one_is_told():
    here = people.city()
    post, today = held_by(here.liaison), timezone.localdate()
    give = partial(actions.hand_over, post, on=today, by=here.administrator)

    refused = at_once(partial(give, to=here.nobody), partial(give, to=here.other_liaison))

    assert sorted("这个岗位已交接给" in (reason or "") for reason in refused) == [False, True]
    assert post.handed_over.successor.user in (here.nobody, here.other_liaison)


def test_a_hand_over_that_is_refused_leaves_the_old_post_as_it_was(city, today):
    actions.change_person(city.nobody, is_active=False, by=city.administrator)

    with pytest.raises(Refused, match="账号已停用"):
        actions.hand_over(held_by(city.liaison), to=city.nobody, on=today, by=city.administrator)
    assert held_by(city.liaison).ends_on is None


def test_an_appointment_made_today_can_be_taken_back_and_leaves_its_trace(city, today):
    post = actions.appoint(city.nobody, role=Role.LEADER, unit=city.host, starts_on=today, by=city.administrator)

    actions.withdraw_post(post, by=city.administrator)

    assert posts_of(city.nobody) == []
    assert (AuditEvent.objects.first().action, AuditEvent.objects.first().detail["岗位"]) == (
        "撤回岗位",
        "清水市 · 领导",
    )
    with pytest.raises(Refused, match="刚刚被撤回"):
        actions.end_post(post, on=today, by=city.administrator)


def test_a_post_of_yesterday_cannot_be_taken_back(city):
    with pytest.raises(Refused, match="已经生效，不能撤回"):
        actions.withdraw_post(held_by(city.liaison), by=city.administrator)


def test_the_trail_keeps_no_telephone_number(city):
    actions.change_person(city.liaison, phone="13800000001", by=city.administrator)

    last = AuditEvent.objects.first()
    assert (last.action, last.detail) == ("修改人员", {"修改": "手机"})


def test_nobody_puts_himself_out_of_use(city, second):
    with pytest.raises(Refused, match="不能停用自己的账号"):
        actions.change_person(city.administrator, is_active=False, by=city.administrator)


# Pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_of_people_takes_the_same_queries_for_one_row_and_for_three(
    city, client, django_assert_num_queries, number
):
    for n in range(number):
        person(f"钱{n}", Role.LIAISON, city.street)
    client.force_login(city.administrator)

    client.get(reverse("units:people"), {"q": "钱"})

    # Session, person, posts, the mark of the register, rows with their posts, campaigns, notices, count.
    with django_assert_num_queries(6):
        page = client.get(reverse("units:people"), {"q": "钱"})

    assert page.content.decode().count('class="stack-title"') == number


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"role": "leader"}, ["清水市领导"]),
        ({"q": "公安"}, ["清水市公安联络员"]),
        ({"status": "none"}, ["清水市待岗人员"]),
        ({"status": "inactive"}, ["清水市停用"]),
        ({"status": "waiting"}, ["清水市未设"]),
    ],
)
def test_people_are_found_by_name_role_and_status(city, client, asked, found):
    person("清水市停用", Role.LIAISON, city.street, is_active=False)
    User.objects.filter(pk=person("清水市未设", Role.LIAISON, city.street).pk).update(password="!x")
    client.force_login(city.administrator)

    page = client.get(reverse("units:people"), asked)

    assert [row["name"] for row in page.context["rows"]] == found


def test_people_of_a_unit_are_those_at_it_and_below(city, client):
    below = person("社区联络员", Role.LIAISON, city.community)
    client.force_login(city.administrator)

    page = client.get(reverse("units:people"), {"unit": city.street.pk})

    assert {row["name"] for row in page.context["rows"]} == {city.street_liaison.name, below.name}


@pytest.mark.parametrize("role", list(Role))
def test_a_telephone_number_is_whole_only_for_the_office_and_the_person(city, client, role):
    User.objects.filter(pk=city.other_liaison.pk).update(phone="13800000001")
    client.force_login(city.by_role[role])

    pages = [
        client.get(reverse("units:people"), {"q": "公安"}).content.decode(),
        client.get(city.other_liaison.get_absolute_url()).content.decode(),
    ]

    whole = role in (Role.ADMINISTRATOR, Role.COORDINATOR)
    assert ["13800000001" in page for page in pages] == [whole, whole]
    assert ["138****0001" in page for page in pages] == [not whole, not whole]


def test_the_form_of_a_person_out_of_reach_shows_no_number(city, client):
    User.objects.filter(pk=city.other_liaison.pk).update(phone="13800000001")
    narrow = person("街道管理员", Role.ADMINISTRATOR, city.street, scope=city.street)
    client.force_login(narrow)

    page = client.get(reverse("units:person_edit", args=[city.other_liaison.pk]), follow=True)

    assert "13800000001" not in page.content.decode()
    assert "不在您的管辖范围内" in page.content.decode()


def test_a_person_sees_the_own_number_and_account(city, client):
    User.objects.filter(pk=city.liaison.pk).update(phone="13800000001")
    client.force_login(city.liaison)

    own = client.get(city.liaison.get_absolute_url()).content.decode()
    other = client.get(city.other_liaison.get_absolute_url()).content.decode()

    assert ("13800000001" in own, city.liaison.username in own) == (True, True)
    assert city.other_liaison.username not in other


@pytest.mark.parametrize(
    ("phone", "masked"), [("13800000001", "138****0001"), ("62345678", "******78"), ("110", "*10"), ("", "")]
)
def test_a_number_is_masked_whatever_its_length(phone, masked):
    assert User(phone=phone).masked_phone == masked


def test_a_person_of_another_city_is_not_found(city, client):
    other = people.city("云溪市")
    client.force_login(city.coordinator)

    assert client.get(other.liaison.get_absolute_url()).status_code == 404


def test_a_hand_over_before_the_post_began_is_refused_in_the_form_beside_what_was_typed(city, client, today):
    post = held_by(city.liaison)
    Post.objects.filter(pk=post.pk).update(starts_on=today)
    client.force_login(city.administrator)

    given = {"to": city.nobody.pk, "on": today - DAY}
    answer = client.post(reverse("units:post_hand_over", args=[post.pk]), given)

    form = answer.context["form"]
    assert (answer.status_code, form["to"].value()) == (422, str(city.nobody.pk))
    assert form.non_field_errors() == [f"结束日期不能早于开始日期{today}，请改填这一天或之后的日期。"]


def test_the_administrator_adds_appoints_hands_over_and_ends_in_the_browser(city, client, today):
    client.force_login(city.administrator)

    client.post(reverse("units:person_new"), {"username": "xin", "name": "新同志", "title": "科员", "phone": ""})
    new = User.objects.get(username="xin")
    given = {"role": "liaison", "unit": city.police.pk, "scope": "", "starts_on": today, "ends_on": ""}
    client.post(reverse("units:post_new", args=[new.pk]), given)
    client.post(reverse("units:post_hand_over", args=[held_by(new).pk]), {"to": city.nobody.pk, "on": today})
    client.post(reverse("units:post_end", args=[held_by(city.nobody).pk]), {"on": today + 5 * DAY})

    assert new.has_usable_password() is False
    assert posts_of(new) == [("liaison", "清水市公安局", today, today)]
    assert posts_of(city.nobody) == [("liaison", "清水市公安局", today + DAY, today + 5 * DAY)]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"username": "LIAISON1"}, "username"),
        ({"username": "有 空格"}, "username"),
        ({"username": ""}, "username"),
        ({"name": ""}, "name"),
        ({"phone": "abc"}, "phone"),
    ],
)
def test_a_new_person_that_cannot_be_is_said_beside_the_field(city, client, changed, field):
    User.objects.filter(pk=city.liaison.pk).update(username="liaison1")
    client.force_login(city.administrator)
    before = User.objects.count()

    answer = client.post(reverse("units:person_new"), {"username": "new", "name": "新人", **changed})

    assert (answer.status_code, list(answer.context["form"].errors)) == (200, [field])
    assert User.objects.count() == before


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"unit": "999999"}, "unit"),
        ({"role": "king"}, "role"),
        ({"starts_on": "2026-13-01"}, "starts_on"),
        ({"starts_on": "9999-12-31"}, "starts_on"),
        ({"ends_on": "2020-01-01"}, "ends_on"),
    ],
)
def test_a_post_that_cannot_be_is_said_beside_the_field(city, client, today, changed, field):
    client.force_login(city.administrator)
    given = {"role": "liaison", "unit": city.police.pk, "starts_on": today, "ends_on": "", **changed}

    answer = client.post(reverse("units:post_new", args=[city.nobody.pk]), given)

    assert (answer.status_code, list(answer.context["form"].errors)) == (200, [field])
    assert city.nobody.posts.count() == 0


def test_sent_twice_a_post_is_stored_once(city, client, today):
    client.force_login(city.administrator)
    given = {"role": "liaison", "unit": city.police.pk, "starts_on": today, "ends_on": ""}

    for _ in range(2):
        answer = client.post(reverse("units:post_new", args=[city.nobody.pk]), given, follow=True)

    assert (city.nobody.posts.count(), "已有这个岗位" in answer.content.decode()) == (1, True)


def test_an_edit_of_a_person_drawn_before_somebody_elses_is_not_saved(city, client):
    client.force_login(city.administrator)
    address = reverse("units:person_edit", args=[city.liaison.pk])
    seen = client.get(address).context["form"]["seen"].value()
    actions.change_person(city.liaison, title="副科长", by=None)

    answer = client.post(address, {"name": "旧名", "is_active": "on", "seen": seen})

    assert "别人修改过这里的内容" in answer.content.decode()
    assert User.objects.get(pk=city.liaison.pk).title == "副科长"


def test_who_is_put_out_of_use_has_no_access_from_the_next_request_on(city, client):
    client.force_login(city.liaison)
    assert client.get(reverse("units:units")).status_code == 200

    actions.change_person(city.liaison, is_active=False, by=city.administrator)

    answer = client.get(reverse("units:units"))
    assert (answer.status_code, answer.url) == (302, "/units/login/?next=/units/")


def test_whose_posts_have_ended_is_told_so_at_the_next_request(city, client, today):
    client.force_login(city.liaison)
    actions.end_post(held_by(city.liaison), on=today - DAY, by=city.administrator)

    answer = client.get(reverse("units:units"))

    page = answer.content.decode()
    assert (answer.status_code, "目前没有在任的岗位" in page, "清水市系统管理员" in page) == (403, True, True)
    assert client.get(reverse("units:password_change")).status_code == 200
    assert client.post(reverse("units:logout")).status_code == 302


def test_who_takes_up_a_post_later_is_told_from_when_on(city, client, today):
    actions.appoint(city.nobody, role=Role.LIAISON, unit=city.police, starts_on=today + DAY, by=city.administrator)
    client.force_login(city.nobody)

    day = today + DAY
    assert f"从 {day.year}年{day.month}月{day.day}日 起生效" in client.get("/").content.decode()


# An administrator of one city only ----------------------------------------------------------------------


@pytest.fixture
def narrow(city):
    """The administrator of 清水市 alone, beside the one of the whole installation."""
    return person("清水市专管员", Role.ADMINISTRATOR, city.office, username="narrow", scope=city.host)


@pytest.fixture
def other(city):
    return people.city("云溪市")


def test_an_administrator_of_one_city_appoints_there_and_nowhere_else(city, narrow, other, today):
    added = actions.add_person(username="fresh", name="新同志", by=narrow)

    actions.appoint(added, role=Role.COORDINATOR, unit=city.office, scope=city.host, starts_on=today, by=narrow)
    with pytest.raises(Refused, match="超出了您的管辖范围"):
        actions.appoint(added, role=Role.LIAISON, unit=other.bureau, starts_on=today, by=narrow)

    assert posts_of(added) == [("coordinator", "清水市创建办", today, None)]


@pytest.mark.parametrize("scope", [None, "host of the other"])
def test_an_administrator_of_one_city_gives_nobody_more_than_is_theirs(city, narrow, other, today, scope):
    for somebody in (narrow, city.nobody):
        with pytest.raises(Refused, match="超出了您的管辖范围"):
            actions.appoint(
                somebody,
                role=Role.ADMINISTRATOR,
                unit=other.office if scope else city.office,
                scope=other.host if scope else None,
                starts_on=today,
                by=narrow,
            )
    assert [post.scope for post in Post.objects.filter(user__in=[narrow, city.nobody])] == [city.host]


def test_an_administrator_of_one_city_touches_no_person_and_no_post_of_another(city, narrow, other, today):
    theirs = held_by(other.liaison)
    Post.objects.create(user=city.liaison, role=Role.LIAISON, unit=other.bureau, starts_on=today)

    for refused in (
        lambda: actions.make_link(other.liaison, by=narrow),
        lambda: actions.make_link(city.liaison, by=narrow),
        lambda: actions.make_link(city.administrator, by=narrow),
        lambda: actions.change_person(other.liaison, name="x", by=narrow),
        lambda: actions.change_person(city.administrator, is_active=False, by=narrow),
        lambda: actions.end_post(theirs, on=today, by=narrow),
        lambda: actions.end_post(held_by(city.administrator), on=today, by=narrow),
        lambda: actions.hand_over(theirs, to=city.nobody, on=today, by=narrow),
        lambda: actions.withdraw_post(theirs, by=narrow),
    ):
        with pytest.raises(Refused, match="您的管辖范围"):
            refused()
    assert actions.make_link(city.other_liaison, by=narrow).startswith("/units/link/")


def test_an_administrator_of_one_city_is_offered_its_people_and_units_only(city, narrow, other, client):
    client.force_login(narrow)

    form = client.get(reverse("units:post_new", args=[city.nobody.pk])).context["form"]
    hidden = [client.get(address.get_absolute_url()).status_code for address in (other.liaison, other.bureau)]
    names = [row["name"] for row in client.get(reverse("units:people")).context["rows"]]

    assert {unit.host_id for unit in form.fields["unit"].queryset} == {city.host.pk}
    assert hidden == [404, 404]
    assert [name for name in names if name.startswith("云溪市")] == ["云溪市待岗人员"]


def test_an_administrator_of_one_city_sees_neither_the_trail_nor_the_jobs_of_all(city, narrow, client):
    client.force_login(narrow)

    answers = [client.get(reverse(name)).status_code for name in ("cityinit:audit", "campaigns:calendar")]
    groups = client.get(reverse("units:people")).context["navigation"]

    assert answers == [403, 403]
    assert "审计日志" not in [str(item["label"]) for group in groups for item in group["items"]]


def test_an_administrator_of_one_city_is_not_told_of_another(
    city, narrow, other, today, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        for at in (other.bureau, city.bureau):
            actions.appoint(other.nobody, role=Role.LIAISON, unit=at, starts_on=today, by=city.administrator)

    told = Notice.objects.filter(user=narrow).values_list("text", flat=True)
    assert [text for text in told if "云溪市" not in text.split("，")[2]] == list(told)
    assert len(told) == 1


def test_the_last_administrator_of_everything_stays_though_there_is_one_of_a_city(city, narrow, other, today):
    actions.end_post(held_by(other.administrator), on=today, by=city.administrator)

    with pytest.raises(Refused, match="没有能登录的系统管理员"):
        actions.end_post(held_by(city.administrator), on=today, by=city.administrator)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ADMINISTRATOR])
def test_a_telephone_number_of_another_city_is_masked(city, other, narrow, client, role):
    # Somebody with a post in both cities lets the office of one see the people of the other.
    viewer = person("两地兼职", role, city.office, scope=city.host)
    Post.objects.create(user=viewer, role=Role.INSPECTOR, unit=other.office, starts_on=date(2025, 1, 1))
    User.objects.filter(pk=other.liaison.pk).update(phone="13800000001")
    User.objects.filter(pk=city.liaison.pk).update(phone="13900000002")
    client.force_login(viewer)

    page = client.get(reverse("units:people")).content.decode()

    told = [number in page for number in ("138****0001", "13800000001", "13900000002")]
    assert told == [True, False, True]
