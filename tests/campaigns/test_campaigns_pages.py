"""Campaigns and the working calendar: pages, actions, the alarm."""

from datetime import date

import pytest
from django.urls import reverse

from campaigns.actions import calendar as calendar_actions
from campaigns.models import CalendarDay, Campaign, GroupMember, LeadingGroup, Phase, Workstream
from cityinit.models import AuditEvent
from cityinit.queue import tick
from cityinit.workflow import Refused
from tests.factories import tasks
from tests.factories.people import city, unit
from units.models import Notice

pytestmark = pytest.mark.django_db


def url_of(name, *args):
    return reverse(f"campaigns:{name}", args=args)


def filled(**changes):
    values = {"name": "创建国家卫生城市", "short_name": "创卫", "starts_on": "2026-01-01", "ends_on": "2027-12-31"}
    return values | changes


# Campaigns -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["campaigns:tasks", "campaigns:systems", "inspections:findings"])
def test_without_a_campaign_who_may_found_one_is_led_there(here, as_, page):
    pages = [as_(who).get(reverse(page)).text for who in (here.coordinator, here.leader)]

    assert [url_of("campaign_new") in text for text in pages] == [True, False]


def test_what_has_no_rows_yet_says_what_comes_first(here, as_):
    tasks.campaign(here)
    browser = as_(here.coordinator)

    pages = [browser.get(url_of(name)).text for name in ("material_packs", "materials_matrix", "checks", "breakdown")]

    assert "还没有可以打包的材料" in pages[0]
    assert "建立或导入测评体系并下达材料后" in pages[1]
    assert "测评体系启用后" in pages[2]
    assert "columns-breakdown" not in pages[3]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(here, as_, rows, django_assert_num_queries):
    for number in range(rows):
        tasks.campaign(here, f"活动{number}")
    browser = as_(here.coordinator)
    browser.get(url_of("campaigns"))

    # Session, person, posts, rows, count, campaigns to choose from, unread notices.
    with django_assert_num_queries(5):
        response = browser.get(url_of("campaigns"))

    assert len(response.context["page"].rows) == rows


def test_a_campaign_is_founded_under_the_own_host(here, as_):
    guide = unit("省文明办", parent=here.host, relation="superior")

    response = as_(here.coordinator).post(
        url_of("campaign_new"),
        filled(host=here.host.pk, guides=[guide.pk], slogans="人民城市人民建\n\n 建好城市为人民 "),
    )

    made = Campaign.objects.get()
    assert response.headers["Location"] == made.get_absolute_url()
    assert (made.host, list(made.guides.all())) == (here.host, [guide])
    assert made.slogans == ["人民城市人民建", "建好城市为人民"]
    event = AuditEvent.objects.get(action="新增创建活动")
    assert (event.subject, event.actor_id) == ("创建国家卫生城市", here.coordinator.pk)


def test_another_citys_host_cannot_be_chosen(here, as_):
    there = city("山口市")

    response = as_(here.coordinator).post(url_of("campaign_new"), filled(host=there.host.pk))

    assert set(response.context["form"].errors) == {"host"}
    assert Campaign.objects.count() == 0


def test_the_form_says_what_is_wrong(here, as_):
    tasks.campaign(here, "创建国家卫生城市")

    response = as_(here.coordinator).post(url_of("campaign_new"), filled(host=here.host.pk, ends_on="2025-12-31"))

    assert response.context["form"].errors == {
        "name": ["这个名称已被使用，请加上城市名或年份。"],
        "ends_on": ["结束日期早于开始日期。"],
    }


def test_a_campaign_is_edited_and_the_change_is_kept(here, as_):
    campaign = tasks.campaign(here, "创文")

    as_(here.coordinator).post(url_of("campaign_edit", campaign.pk), filled(name="创文", short_name="创文"))

    campaign.refresh_from_db()
    assert campaign.ends_on == date(2027, 12, 31)
    assert AuditEvent.objects.get(action="修改创建活动").detail == {"ends_on": ["2026-12-31", "2027-12-31"]}


def test_a_campaign_that_somebody_else_has_changed_keeps_both(here, as_):
    campaign = tasks.campaign(here, "创文")
    browser = as_(here.coordinator)
    drawn = browser.get(url_of("campaign_edit", campaign.pk)).context["form"]
    Campaign.objects.filter(pk=campaign.pk).update(short_name="别人改的", slogans=["共建文明城"])

    stale = browser.post(
        url_of("campaign_edit", campaign.pk), filled(name="创文", short_name="我改的", seen=drawn["seen"].value())
    )

    form = stale.context["form"]
    assert (stale.status_code, form["short_name"].value()) == (422, "我改的")
    assert form.errors["short_name"] == ["现在保存的是：别人改的"]
    assert form.errors["slogans"] == ["现在保存的是：共建文明城"]
    campaign.refresh_from_db()
    assert campaign.short_name == "别人改的"


@pytest.mark.parametrize(
    ("who", "seen", "edited"),
    [("coordinator", 200, 200), ("leader", 200, 403), ("liaison", 200, 403), ("inspector", 200, 403),
     ("administrator", 404, 404)],
)  # fmt: skip
def test_who_sees_and_edits_a_campaign(here, as_, who, seen, edited):
    campaign = tasks.campaign(here)
    browser = as_(getattr(here, who))

    assert browser.get(campaign.get_absolute_url()).status_code == seen
    assert browser.get(url_of("campaign_edit", campaign.pk)).status_code == edited


def test_another_citys_campaign_is_not_found(here, as_):
    campaign = tasks.campaign(city("山口市"))
    browser = as_(here.coordinator)

    assert browser.get(campaign.get_absolute_url()).status_code == 404
    assert browser.post(url_of("campaign_edit", campaign.pk), filled()).status_code == 404
    assert browser.post(url_of("choose"), {"campaign": campaign.pk}).status_code == 404


def test_the_page_tells_phases_groups_and_the_units_furthest_behind(here, as_, clock):
    clock("2026-06-10 09:00")
    campaign = tasks.campaign(here)
    Phase.objects.create(campaign=campaign, name="动员", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31))
    Phase.objects.create(campaign=campaign, name="攻坚", starts_on=date(2026, 4, 1), ends_on=date(2026, 12, 31))
    group = LeadingGroup.objects.create(campaign=campaign, name="领导小组")
    GroupMember.objects.create(campaign=campaign, group=group, seat="组长")
    GroupMember.objects.create(campaign=campaign, group=group, seat="副组长")
    Workstream.objects.create(campaign=campaign, name="优美环境")
    tasks.confirmed(campaign, here, units=[here.police])
    tasks.issued(campaign, here, units=[here.street])
    tasks.issued(campaign, here, units=[], frequency="每天1次")
    browser = as_(here.leader)

    context = browser.get(campaign.get_absolute_url()).context

    assert [phase["state"] for phase in context["phases"]] == ["done", "now"]
    assert [(row.name, row.member_count) for row in context["groups"]] == [("领导小组", 2)]
    rows = [(row["name"], row["tasks"], row["done"], str(row["share"])) for row in context["unit_table"]["rows"]]
    assert rows == [("河湾街道", 1, 0, "0.0"), ("城管局", 2, 1, "50.0"), ("公安局", 1, 1, "100.0")]
    for row in context["unit_table"]["rows"]:
        assert browser.get(row["tasks_url"]).context["page"].count == row["tasks"]
        assert browser.get(row["done_url"]).context["page"].count == row["done"]


def test_numbers_of_another_campaign_than_the_one_in_hand_lead_to_no_list(here, as_):
    old = tasks.campaign(here, "老活动", starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31))
    tasks.campaign(here)
    tasks.issued(old, here, starts_on=date(2024, 3, 1))

    context = as_(here.leader).get(old.get_absolute_url()).context

    assert (context["progress"]["tasks_count"], context["progress"]["tasks_url"]) == (1, "")
    assert context["unit_table"] is None


def test_numbers_of_the_whole_campaign_are_the_offices(here, as_):
    campaign = tasks.campaign(here)
    tasks.issued(campaign, here)

    context = as_(here.liaison).get(campaign.get_absolute_url()).context

    assert (context["progress"], context["unit_table"]) == (None, None)


@pytest.mark.parametrize(
    ("target", "expected"),
    [("/campaigns/tasks/", "/campaigns/tasks/"), ("https://evil.example/", "/campaigns/"), ("", "/campaigns/")],
)
def test_choosing_a_campaign_leads_only_to_own_pages(here, as_, target, expected):
    campaign = tasks.campaign(here)

    response = as_(here.liaison).post(url_of("choose"), {"campaign": campaign.pk, "next": target})

    assert response.headers["Location"] == expected


# Calendar --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_the_calendar_costs_the_same_however_long_it_is(here, as_, rows, django_assert_num_queries):
    for day in range(rows):
        CalendarDay.objects.create(day=date(2027, 1, 1 + day), is_workday=False)
    browser = as_(here.administrator)
    browser.get(url_of("calendar"))

    # Session, person, posts, rows, count, the calendar twice, unread notices.
    with django_assert_num_queries(6):
        response = browser.get(url_of("calendar"))

    assert len(response.context["page"].rows) == rows


def test_an_administrator_enters_and_deletes_days(here, as_):
    browser = as_(here.administrator)

    browser.post(url_of("calendar"), {"first": "2027-02-05", "last": "2027-02-07", "is_workday": "0", "name": "春节"})
    browser.post(url_of("calendar"), {"first": "2027-02-07", "is_workday": "1", "name": "调休"})
    browser.post(url_of("calendar_delete", CalendarDay.objects.get(day=date(2027, 2, 5)).pk))

    assert list(CalendarDay.objects.order_by("day").values_list("day", "is_workday", "name")) == [
        (date(2027, 2, 6), False, "春节"),
        (date(2027, 2, 7), True, "调休"),
    ]
    assert [event.subject for event in AuditEvent.objects.filter(action__contains="工作日历").order_by("pk")] == [
        "2027-02-05—2027-02-07 放假 春节",
        "2027-02-07—2027-02-07 上班 调休",
        "2027-02-05 放假",
    ]


def test_of_two_who_delete_a_day_the_second_is_told_and_the_trail_says_it_once(here):
    day = CalendarDay.objects.create(day=date(2027, 2, 5), is_workday=False)
    calendar_actions.delete_calendar_day(CalendarDay.objects.get(pk=day.pk), by=here.administrator)

    with pytest.raises(Refused, match="这一天的设置刚刚已被别人删除。"):
        calendar_actions.delete_calendar_day(day, by=here.administrator)

    assert AuditEvent.objects.filter(action="删除工作日历").count() == 1


def test_a_span_typed_wrong_is_a_form_error(here, as_):
    browser = as_(here.administrator)

    backwards = browser.post(url_of("calendar"), {"first": "2027-02-07", "last": "2027-02-05", "is_workday": "0"})
    too_long = browser.post(url_of("calendar"), {"first": "2027-02-05", "last": "2028-02-07", "is_workday": "0"})

    assert backwards.context["form"].errors == {"last": ["截止日早于起始日。"]}
    assert too_long.context["form"].errors == {"last": ["一次最多31天，请核对年份和月份。"]}
    assert CalendarDay.objects.count() == 0


@pytest.mark.parametrize("who", ["coordinator", "inspector", "liaison", "leader"])
def test_only_administrators_touch_the_calendar(here, as_, who):
    day = CalendarDay.objects.create(day=date(2027, 2, 5), is_workday=False)
    browser = as_(getattr(here, who))

    assert browser.get(url_of("calendar")).status_code == 403
    browser.post(url_of("calendar_delete", day.pk))
    with pytest.raises(Refused):
        calendar_actions.set_calendar(first=day.day, last=day.day, is_workday=True, name="", by=getattr(here, who))
    assert CalendarDay.objects.get().is_workday is False


def enter_2027(by):
    for month, day in ((1, 1), (5, 1), (10, 1)):
        first = date(2027, month, day)
        calendar_actions.set_calendar(first=first, last=first, is_workday=False, name="", by=by)


def test_a_year_is_known_once_its_notice_is_entered(here):
    on = date(2026, 11, 1)
    assert (calendar_actions.unknown_years(on=on), calendar_actions.known_until(on=on)) == ([2027], 2026)

    enter_2027(here.administrator)

    assert (calendar_actions.unknown_years(on=on), calendar_actions.known_until(on=on)) == ([], 2027)


def test_next_year_is_not_asked_for_before_november(here):
    assert calendar_actions.unknown_years(on=date(2026, 10, 31)) == []
    assert calendar_actions.unknown_years(on=date(2027, 3, 1)) == [2027]


def told():
    return sorted(Notice.objects.values_list("user__name", "text"))


@pytest.mark.django_db(transaction=True)
def test_the_timetable_alarms_coordinators_and_administrators_once_a_day(clock, work):
    clock("2026-11-01 07:00")
    here = city()
    tasks.campaign(here)
    other = city("山口市")

    for moment in ("2026-11-01 07:00", "2026-11-01 07:05"):
        clock(moment)
        tick("campaigns.jobs.check_calendar")
        work()

    text = "2027年的节假日和调休尚未录入，期限将按周一至周五推算。请管理员在“工作日历”中录入。"
    assert told() == sorted(
        (person.name, text) for person in (here.coordinator, here.administrator, other.administrator)
    )


@pytest.mark.django_db(transaction=True)
def test_who_has_read_the_alarm_is_reminded_the_next_day_but_not_the_same(clock, work):
    clock("2026-11-01 07:00")
    here = city()
    tasks.campaign(here)
    tick("campaigns.jobs.check_calendar")
    work()
    Notice.objects.update(read_at="2026-11-01T08:00:00+08:00")

    clock("2026-11-01 12:00")
    tick("campaigns.jobs.check_calendar")
    work()
    assert len(told()) == 2
    clock("2026-11-02 07:00")
    tick("campaigns.jobs.check_calendar")
    work()
    assert len(told()) == 4


@pytest.mark.django_db(transaction=True)
def test_there_is_no_alarm_once_the_year_is_known(clock, work):
    clock("2026-11-01 07:00")
    here = city()
    tasks.campaign(here)
    enter_2027(here.administrator)

    tick("campaigns.jobs.check_calendar")

    assert [job.state for job in work()] == ["done"]
    assert told() == []


def test_a_campaign_in_a_year_typed_wrong_is_a_form_error(here, as_):
    days = {"starts_on": "0001-01-01", "ends_on": "9999-12-31"}

    response = as_(here.coordinator).post(url_of("campaign_new"), filled(host=here.host.pk, **days))

    assert response.context["form"].errors == {
        "starts_on": ["日期不能早于1949-10-01。"],
        "ends_on": ["日期不能晚于2099-12-31。"],
    }
