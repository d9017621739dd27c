"""Patrol quotas kept or missed per person: what is due, what counts, who sees whom."""

from datetime import date
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from campaigns import patrols
from campaigns.actions import patrols as actions
from campaigns.actions.rosters import name_hand
from campaigns.models import Absence, PatrolMember, PatrolRecord
from campaigns.models.patrol import of_person
from cityinit.models import AuditEvent
from cityinit.periods import Period
from cityinit.workflow import Refused
from tests.at_once import at_once
from tests.factories import duty, people, tasks
from tests.factories.photos import shot
from units.actions import hand_over
from units.models import Notice, Post
from units.roles import Role

pytestmark = pytest.mark.django_db

# Monday to Sunday, with Friday 1 May a holiday.
WEEK = Period(date(2026, 4, 27), date(2026, 5, 3))
WALKED = date(2026, 5, 4)


@pytest.fixture
def campaign(city, clock):
    clock("2026-05-04 09:00")
    return tasks.campaign(city)


def verdicts(quota, user, period=WEEK, **more):
    [line] = patrols.judge(quota, period, person=of_person(user), **more).lines
    return [(cell.verdict.value, cell.done) for cell in line.cells]


def tally(quota, period=WEEK, **more):
    total = patrols.judge(quota, period, **more).total
    return total.due, total.done, total.rate


# --- what is due ---


def test_each_day_is_kept_or_missed_and_what_is_beyond_the_quota_counts_no_further(city, campaign):
    quota = duty.quota(campaign, unit=city.bureau)
    duty.walked(quota, city.liaison, city.bureau, "2026-04-27 08:00", "2026-04-27 15:00", "2026-04-27 20:00")
    duty.walked(quota, city.liaison, city.bureau, "2026-04-28 23:59")

    found = verdicts(quota, city.liaison)

    assert found == [("kept", 3), ("missed", 1), *[("missed", 0)] * 5]
    assert (*tally(quota)[:2], str(tally(quota)[2])) == (14, 3, "21.4")


def test_days_are_days_in_shanghai(city, campaign):
    quota = duty.quota(campaign, unit=city.bureau, times=1)
    duty.walked(quota, city.liaison, city.bureau, "2026-04-28 00:05")

    assert verdicts(quota, city.liaison)[:2] == [("missed", 0), ("kept", 1)]


def test_a_holiday_is_not_due_where_only_workdays_are_asked(city, campaign):
    quota = duty.quota(campaign, unit=city.bureau, times=1, on_workdays=True)

    assert [verdict for verdict, _done in verdicts(quota, city.liaison)] == ["missed"] * 4 + ["not_due"] * 3


def test_who_is_on_leave_has_not_missed_it(city, campaign):
    quota = duty.quota(campaign, unit=city.bureau, times=1)
    days = {"starts_on": date(2026, 4, 28), "ends_on": date(2026, 4, 29)}
    actions.note_absence(campaign, unit=city.bureau, user=city.liaison, by=city.liaison, reason="公休", **days)

    assert [verdict for verdict, _done in verdicts(quota, city.liaison)[:4]] == [
        "missed",
        "not_due",
        "not_due",
        "missed",
    ]


def test_who_had_no_post_that_day_is_not_asked(city, campaign):
    quota = duty.quota(campaign, unit=city.bureau, times=1)
    Post.objects.filter(user=city.liaison).update(starts_on=date(2026, 4, 29), ends_on=date(2026, 4, 30))

    assert [verdict for verdict, _done in verdicts(quota, city.liaison)] == [
        *["not_due"] * 2,
        *["missed"] * 2,
        *["not_due"] * 3,
    ]


def test_a_week_counts_in_the_period_in_which_it_ends_and_a_day_in_it_keeps_it(city, campaign):
    quota = duty.quota(campaign, unit=city.bureau, times=1, cycle="week")
    duty.walked(quota, city.liaison, city.bureau, "2026-04-28 10:00")

    assert tally(quota, Period(date(2026, 4, 1), date(2026, 4, 30)))[:2] == (4, 0)
    assert tally(quota, Period(date(2026, 5, 1), date(2026, 5, 3)))[:2] == (1, 1)


def test_a_week_is_due_from_who_was_there_for_half_of_it(city, campaign):
    quota = duty.quota(campaign, unit=city.bureau, times=1, cycle="week")
    post = Post.objects.filter(user=city.liaison)

    post.update(starts_on=date(2026, 4, 30))
    half = verdicts(quota, city.liaison)
    post.update(starts_on=date(2026, 5, 1))
    less = verdicts(quota, city.liaison)

    assert (half, less) == ([("missed", 0)], [("not_due", 0)])


def test_a_span_that_is_not_over_is_still_open_today_and_judged_as_of_the_last_day(city, campaign, clock):
    clock("2026-05-03 09:00")
    quota = duty.quota(campaign, unit=city.bureau, times=1)

    assert verdicts(quota, city.liaison, today=date(2026, 5, 3))[-1] == ("running", 0)
    assert verdicts(quota, city.liaison)[-1] == ("missed", 0)


def test_before_and_after_its_own_days_a_quota_asks_nothing(city, campaign):
    days = {"starts_on": date(2026, 4, 29), "ends_on": date(2026, 4, 30)}
    quota = duty.quota(campaign, unit=city.bureau, times=1, **days)

    assert tally(quota)[:2] == (2, 0)


# --- whom it is asked of ---


def test_a_quota_of_a_role_is_asked_of_who_holds_it_below_the_unit(city, campaign):
    people.person("社区联络员", Role.LIAISON, city.community)
    quota = duty.quota(campaign, unit=city.street)

    names = [line.walker.name for line in patrols.judge(quota, WEEK).lines]

    assert names == [city.street_liaison.name, "社区联络员"]


def test_a_quota_of_a_title_is_asked_of_who_bears_it(city, campaign):
    city.inspector.title = "督查一组组长"
    city.inspector.save()
    quota = duty.quota(campaign, role="", title="组长")

    assert [line.walker.name for line in patrols.judge(quota, WEEK).lines] == [city.inspector.name]


def test_once_people_are_named_only_they_are_asked_and_by_name_alone_too(city, campaign):
    quota = duty.quota(campaign, times=1)
    actions.name_member(quota, unit=city.bureau, name="老周", by=city.liaison, starts_on=date(2026, 4, 30))
    who = duty.named("老周", city.bureau)

    actions.record_patrol(quota, walker=who, walked_at=duty.at("2026-05-01 10:00"), by=city.liaison)

    [line] = patrols.judge(quota, WEEK).lines
    assert (line.walker.name, [cell.verdict.value for cell in line.cells]) == (
        "老周",
        ["not_due"] * 3 + ["missed", "kept", "missed", "missed"],
    )


def test_who_is_named_twice_for_the_same_days_is_refused_and_ended_keeps_the_past(city, campaign):
    quota = duty.quota(campaign, times=1)
    member = actions.name_member(quota, unit=city.bureau, user=city.liaison, by=city.coordinator)

    with pytest.raises(Refused, match="已经在这项巡查的人员里"):
        actions.name_member(quota, unit=city.bureau, user=city.liaison, by=city.coordinator)
    actions.end_member(member, by=city.liaison, ends_on=date(2026, 4, 28))

    assert [verdict for verdict, _done in verdicts(quota, city.liaison)] == ["missed"] * 2 + ["not_due"] * 5
    assert set(AuditEvent.objects.values_list("action", flat=True)) >= {"指定巡查人员", "停止指定巡查人员"}


# --- recording ---


def test_a_patrol_is_recorded_in_two_taps_and_stored_once(client, city, campaign):
    quota = duty.quota(campaign, unit=city.bureau)
    client.force_login(city.liaison)
    url = reverse("campaigns:patrol_new", args=[quota.pk])
    form = client.get(url).context["form"]
    values = {field.name: field.value() or "" for field in form}

    answers = [client.post(url, values) for _time in range(2)]

    record = PatrolRecord.objects.get()
    assert [answer.url for answer in answers] == [record.get_absolute_url()] * 2
    assert (record.user, record.unit, record.place, record.found) == (city.liaison, city.bureau, "责任路段", False)
    assert record.is_late is False


def test_a_forgotten_patrol_is_entered_later_and_told_as_such(client, city, campaign):
    quota = duty.quota(campaign, unit=city.bureau)
    client.force_login(city.liaison)
    url = reverse("campaigns:patrol_new", args=[quota.pk])
    values = {field.name: field.value() or "" for field in client.get(url).context["form"]}
    photo = SimpleUploadedFile("a.jpg", shot()["buffer"], content_type="image/jpeg")

    client.post(url, values | {"walked_at": "2026-05-02T16:30", "found": "yes", "note": "井盖破损", "photos": [photo]})

    record = PatrolRecord.objects.get()
    page = client.get(record.get_absolute_url()).content.decode()
    assert (record.is_late, record.found, record.files.count()) == (True, True, 1)
    assert ("补登" in page, "井盖破损" in page) == (True, True)


@pytest.mark.parametrize(
    ("who", "by", "moment", "told"),
    [
        ("liaison", "other_liaison", "2026-05-02 10:00", "只能登记自己的巡查；代人补登请联系本单位联络员。"),
        ("liaison", "liaison", "2026-05-04 09:01", "巡查时间不能晚于现在。"),
        ("other_liaison", "other_liaison", "2026-05-02 10:00", "清水市公安联络员这一天不在这项巡查的人员里。"),
    ],
)
def test_what_is_not_ones_own_to_record_is_refused(city, campaign, who, by, moment, told):
    quota = duty.quota(campaign, unit=city.bureau)
    walker = duty.walker(getattr(city, who), city.police if who == "other_liaison" else city.bureau)

    with pytest.raises(Refused) as refusal:
        actions.record_patrol(quota, walker=walker, walked_at=duty.at(moment), by=getattr(city, by))

    assert (refusal.value.reason, PatrolRecord.objects.count()) == (told, 0)


def test_a_record_is_taken_back_on_its_day_by_its_author_and_later_by_who_keeps_the_roster(city, campaign, clock):
    quota = duty.quota(campaign, role="inspector")
    [record] = duty.walked(quota, city.inspector, city.office, "2026-05-04 08:00")
    clock("2026-05-05 08:00")

    with pytest.raises(Refused, match="巡查记录当天可以由登记人删除"):
        actions.delete_patrol(record, by=city.inspector)
    actions.delete_patrol(record, by=city.coordinator)

    assert not PatrolRecord.objects.exists()
    assert AuditEvent.objects.filter(action="删除巡查记录").count() == 1


# --- who sees whom ---


def test_names_are_seen_by_the_own_unit_the_office_and_leaders(client, city, campaign):
    quota = duty.quota(campaign)
    duty.walked(quota, city.liaison, city.bureau, "2026-05-02 10:00")

    def seen(user):
        client.force_login(user)
        page = client.get(reverse("campaigns:quota", args=[quota.pk]))
        return sorted(row["line"].walker.name for row in page.context["lines"])

    everybody = sorted([city.liaison.name, city.other_liaison.name, city.street_liaison.name])
    assert (seen(city.coordinator), seen(city.leader)) == (everybody, everybody)
    assert (seen(city.liaison), seen(city.inspector)) == ([city.liaison.name], [])
    assert PatrolRecord.objects.visible_to(city.other_liaison).count() == 0
    assert PatrolRecord.objects.visible_to(city.inspector).count() == 0


def test_the_figure_and_its_list_are_the_same_records(client, city, campaign):
    quota = duty.quota(campaign, unit=city.bureau, times=1)
    duty.walked(quota, city.liaison, city.bureau, "2026-05-01 10:00", "2026-05-01 11:00", "2026-05-03 10:00")
    client.force_login(city.coordinator)

    page = client.get(reverse("campaigns:quota", args=[quota.pk]) + "?first=2026-05-01&last=2026-05-03")
    listed = client.get(page.context["records_url"]).context["page"].rows

    assert (page.context["total"].due, page.context["total"].done) == (3, 2)
    assert sorted(row.pk for row in listed) == sorted(page.context["total"].records)


def test_the_export_names_each_person_and_goes_to_the_trail(client, city, campaign):
    quota = duty.quota(campaign, unit=city.bureau)
    client.force_login(city.coordinator)

    answer = client.get(reverse("campaigns:quota_export", args=[quota.pk]))

    head, *rows = load_workbook(BytesIO(answer.getvalue())).active.values
    assert head[:5] == ("单位", "姓名", "应巡", "实巡", "落实率（%）")
    assert [[type(value) for value in row[:4]] for row in rows] == [[str, str, int, int]]
    assert AuditEvent.objects.filter(action="导出台账").count() == 1
    # Who may not export is not offered it.
    client.force_login(city.liaison)
    assert client.get(reverse("campaigns:quota", args=[quota.pk])).context["export_url"] == ""


def test_the_desk_says_how_often_to_walk_today(client, city, campaign):
    quota = duty.quota(campaign, unit=city.bureau)
    duty.walked(quota, city.liaison, city.bureau, "2026-05-04 08:00")
    client.force_login(city.liaison)

    before = client.get(reverse("campaigns:duty_desk")).content.decode()
    duty.walked(quota, city.liaison, city.bureau, "2026-05-04 08:30")
    after = client.get(reverse("campaigns:duty_desk")).content.decode()

    assert ("今天还需巡查1次" in before, "今天还需巡查1次" in after, "已完成" in after) == (True, False, True)
    client.force_login(city.other_liaison)
    assert client.get(reverse("campaigns:duty_desk")).content == b""


@pytest.mark.parametrize("n", [1, 4])
def test_what_a_person_still_has_to_walk_takes_the_same_queries_for_one_quota_and_for_four(
    city, campaign, django_assert_num_queries, n
):
    for place in range(n):
        quota = duty.quota(campaign, unit=city.bureau, place=f"{place}号路段")
        duty.walked(quota, city.liaison, city.bureau, "2026-05-04 08:00")
        if place:
            actions.name_member(quota, unit=city.bureau, user=city.liaison, by=city.coordinator)
    assert patrols.duties_of(city.other_liaison, campaign, on=date(2026, 5, 4)) == []

    with django_assert_num_queries(9):
        found = patrols.duties_of(city.liaison, campaign, on=date(2026, 5, 4))

    assert [(duty.cell.left, duty.cell.verdict.value) for duty in found] == [(1, "running")] * n


def test_a_century_is_not_judged_day_by_day(client, city, campaign):
    quota = duty.quota(campaign, unit=city.bureau)
    client.force_login(city.coordinator)
    asked = {"quota": quota.pk, "first": "2000-01-01", "last": "2090-01-01", "counted": "on"}

    page = client.get(reverse("campaigns:patrols"), asked)

    assert page.context["form"].errors["last"] == ["一次最多看一年，请缩短日期。"]


@pytest.mark.parametrize("cycle", ["day", "week", "month"])
def test_what_a_person_still_has_to_walk_is_what_the_page_of_the_quota_says(city, campaign, cycle):
    quota = duty.quota(campaign, unit=city.bureau, cycle=cycle, times=3)
    duty.walked(quota, city.liaison, city.bureau, "2026-04-30 08:00", "2026-05-04 08:00")
    away = {"starts_on": date(2026, 5, 1), "ends_on": date(2026, 5, 2)}
    actions.note_absence(campaign, unit=city.bureau, user=city.liaison, by=city.coordinator, **away)

    [found] = patrols.duties_of(city.liaison, campaign, on=date(2026, 5, 4))

    period = Period(date(2026, 4, 28), found.cell.span.last)
    [line] = patrols.judge(quota, period, person=of_person(city.liaison), today=date(2026, 5, 4)).lines
    assert found.week == line.cells


@pytest.mark.parametrize("n", [1, 3])
def test_the_page_of_a_quota_costs_the_same_for_one_person_and_for_three(
    client, city, campaign, django_assert_num_queries, n
):
    quota = duty.quota(campaign, times=1)
    for place in range(n):
        actions.name_member(quota, unit=city.bureau, name=f"老周{place}", by=city.coordinator)
    client.force_login(city.coordinator)
    url = reverse("campaigns:quota", args=[quota.pk])
    client.get(url)

    with django_assert_num_queries(15):
        page = client.get(url)

    assert len(page.context["lines"]) == n


def test_leave_and_names_are_kept_on_their_pages(client, city, campaign):
    quota = duty.quota(campaign)
    client.force_login(city.liaison)
    days = {"starts_on": "2026-05-06", "ends_on": "2026-05-07"}

    client.post(reverse("campaigns:absences"), {"unit": city.bureau.pk, "name": "老周", **days, "reason": "病假"})
    client.post(reverse("campaigns:quota_members", args=[quota.pk]), {"unit": city.bureau.pk, "name": "老周"})
    other = client.post(reverse("campaigns:absences"), {"unit": city.police.pk, "name": "老吴", **days})

    assert (Absence.objects.get().name, PatrolMember.objects.get().name, other.status_code) == ("老周", "老周", 422)
    client.post(reverse("campaigns:absence_delete", args=[Absence.objects.get().pk]))
    assert not Absence.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_one_patrol_sent_twice_at_once_is_one_record(clock):
    here = people.city()
    quota = duty.quota(tasks.campaign(here), unit=here.bureau)
    key, walker = uuid4(), duty.walker(here.liaison, here.bureau)
    moment = duty.at("2026-05-02 10:00")

    def send():
        actions.record_patrol(quota, walker=walker, walked_at=moment, by=here.liaison, client_key=key)

    assert at_once(send, send) == [None, None]
    assert PatrolRecord.objects.count() == 1


# --- a post that is handed over ---


def test_who_takes_a_post_over_is_asked_for_the_patrols_from_the_day_after(city, campaign, clock):
    quota = duty.quota(campaign, unit=city.bureau, role="")
    named = actions.name_member(quota, unit=city.bureau, user=city.liaison, by=city.coordinator)
    heir = people.person("接任人")
    post = Post.objects.get(user=city.liaison)

    hand_over(post, to=heir, by=city.administrator, on=date(2026, 5, 4))
    clock("2026-05-05 09:00")

    rows = PatrolMember.objects.filter(quota=quota).order_by("pk").values_list("user", "starts_on", "ends_on")
    assert list(rows) == [(city.liaison.pk, None, date(2026, 5, 4)), (heir.pk, date(2026, 5, 5), None)]
    assert named.quota == quota
    asked = {who: patrols.duties_of(who, campaign, on=date(2026, 5, 5)) for who in (city.liaison, heir)}
    assert [len(duties) for duties in asked.values()] == [0, 1]


def test_where_the_successor_walks_the_same_quota_already_the_office_is_told(
    city, campaign, django_capture_on_commit_callbacks
):
    quota = duty.quota(campaign, role="")
    for unit, user in ((city.bureau, city.liaison), (city.police, city.other_liaison)):
        actions.name_member(quota, unit=unit, user=user, by=city.coordinator)
    post = duty.post(campaign, city)
    name_hand(post, unit=city.police, user=city.other_liaison, by=city.coordinator)

    with django_capture_on_commit_callbacks(execute=True):
        hand_over(Post.objects.get(user=city.liaison), to=city.other_liaison, by=city.administrator, on=WALKED)

    assert not AuditEvent.objects.filter(action="交接巡查和值守").exists()
    told = Notice.objects.filter(user=city.coordinator, text__contains="不重复安排").order_by("pk")
    text = "清水市公安联络员接任清水市责任单位联络员，本来就在“%s”的人员里，不重复安排：从2026-05-05起城管局少一人。"
    more = "需要的请另行指定人员。"
    assert [(row.text, row.url) for row in told] == [
        (text % quota + more, reverse("campaigns:quota_members", args=[quota.pk])),
        (text % post + more, reverse("campaigns:duty_post", args=[post.pk])),
    ]


def test_a_unit_that_is_gone_leaves_the_days_that_were_asked_for_and_is_told(city, campaign, client):
    quota = duty.quota(campaign, times=1)
    client.force_login(city.coordinator)
    asked = {"first": "2026-05-01", "last": "2026-05-03", "unit": 999_999}

    page = client.get(reverse("campaigns:quota", args=[quota.pk]), asked)

    assert (page.context["heads"], page.context["form"].faults) == (
        ["5-1", "5-2", "5-3"],
        ["“单位”里选的已不存在，没有按它筛选。"],
    )
    assert "unit=" not in page.context["records_url"]


def test_who_keeps_another_post_at_the_unit_keeps_the_patrols(city, campaign):
    quota = duty.quota(campaign, unit=city.bureau, role="")
    actions.name_member(quota, unit=city.bureau, user=city.liaison, by=city.coordinator)
    Post.objects.create(user=city.liaison, role=Role.INSPECTOR, unit=city.bureau, starts_on=date(2026, 1, 1))
    post = Post.objects.get(user=city.liaison, role=Role.LIAISON)

    hand_over(post, to=people.person("接任人"), by=city.administrator, on=date(2026, 5, 4))

    assert list(PatrolMember.objects.values_list("user", "ends_on")) == [(city.liaison.pk, None)]


def test_the_list_is_taken_out_as_it_is_filtered_and_the_trail_knows(city, campaign, client):
    quota = duty.quota(campaign, unit=city.bureau)
    duty.walked(quota, city.liaison, city.bureau, "2026-04-27 08:00", "2026-04-28 15:00")
    client.force_login(city.coordinator)

    page = client.get(reverse("campaigns:patrols"), {"first": "2026-04-28"})
    answer = client.get(page.context["export_url"])

    _head, *rows = load_workbook(BytesIO(answer.getvalue())).active.values
    assert [(f"{at:%Y-%m-%d %H:%M}", *who) for at, *who in (row[:3] for row in rows)] == [
        ("2026-04-28 15:00", city.liaison.name, "城管局")
    ]
    assert AuditEvent.objects.get(action="导出台账").detail == {"filter": "first=2026-04-28"}


def test_who_may_not_export_is_offered_no_sheet_of_patrols(city, campaign, client):
    quota = duty.quota(campaign, unit=city.bureau)
    duty.walked(quota, city.liaison, city.bureau, "2026-04-27 08:00")
    client.force_login(city.inspector)

    page = client.get(reverse("campaigns:patrols"))

    assert page.context["export_url"] == ""
    assert client.get(reverse("campaigns:patrols_export")).status_code == 403
