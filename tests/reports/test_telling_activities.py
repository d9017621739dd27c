"""How the summary tells what units filed: dissuasion, honours of people, what no longer hangs."""

from datetime import date

import pytest

from campaigns.actions import rosters
from campaigns.models import Honour, Publicity
from cityinit.periods import Period
from reports.facts import collect
from reports.narrative import write
from tests.factories import duty, rows, tasks

from .counted import counted

pytestmark = [pytest.mark.django_db, pytest.mark.once]

FIRST_HALF = Period(date(2026, 1, 1), date(2026, 6, 30))


@pytest.fixture
def city_and_campaign(city, clock):
    clock("2026-08-01 10:00")
    return city, tasks.campaign(city)


def told(campaign, *, unit=None):
    found = collect(campaign, FIRST_HALF, unit=unit, on=date(2026, 8, 1))
    return found, "\n".join(section.text for section in write(found.facts))


def test_dissuasion_is_told_by_kind_with_who_was_fined_and_leads_to_its_records(city_and_campaign):
    city, campaign = city_and_campaign
    first = rows.dissuasion(campaign, city, number=30, fined=2)
    second = rows.dissuasion(campaign, city, number=12)
    third = rows.dissuasion(campaign, city, kind="乱扔垃圾", number=50)
    rows.dissuasion(campaign, city, done_on=date(2026, 7, 1), number=1000)

    found, text = told(campaign)

    assert "开展文明劝导，劝导不文明行为92人次，其中乱扔垃圾50人次、闯红灯42人次，登记处罚2人次。" in text
    assert counted(found, "dissuasion") == [first.pk, second.pk, third.pk]
    assert counted(found, "dissuasion:1") == [first.pk, second.pk]
    assert counted(found, "dissuasion.fined") == [first.pk]


def test_dissuasion_of_one_kind_is_told_in_one_clause_and_of_another_unit_not_at_all(city_and_campaign):
    city, campaign = city_and_campaign
    rows.dissuasion(campaign, city, number=30)

    assert "开展文明劝导，劝导闯红灯行为30人次。" in told(campaign, unit=city.bureau)[1]
    assert "劝导" not in told(campaign, unit=city.police)[1]


def test_who_has_not_agreed_is_not_named(city_and_campaign):
    city, campaign = city_and_campaign
    won = {"kind": Honour.Kind.WON, "name": "省级道德模范", "granted_by": "省文明委", "granted_on": date(2026, 5, 1)}
    person = {"honoured": "张某某", "deed": "救助落水儿童", "consent": Honour.Consent.NOT_GIVEN}
    rows.filed("honours", campaign, by=city.coordinator, **won, **person)
    rows.filed(
        "honours",
        campaign,
        by=city.coordinator,
        kind=Honour.Kind.GIVEN,
        name="最美环卫工",
        granted_on=date(2026, 5, 2),
        **person,
    )

    text = told(campaign)[1]

    assert "2026年5月1日，有关个人被省文明委授予“省级道德模范”称号。" in text
    assert "评出“最美环卫工”。" in text
    assert [word for word in ("张某某", "落水") if word in text] == []


def test_a_quota_is_told_with_what_was_walked_only_where_anybody_recorded_it(city_and_campaign):
    city, campaign = city_and_campaign
    days = {"starts_on": date(2026, 6, 29), "ends_on": date(2026, 6, 30)}
    walked = duty.quota(campaign, unit=city.bureau, **days)
    duty.quota(campaign, place="公园", role="", times=1)
    records = duty.walked(walked, city.liaison, city.bureau, "2026-06-29 08:00", "2026-06-29 09:00", "2026-06-30 09:00")

    found, text = told(campaign)

    sentence = "落实巡查制度，联络员每天到责任路段巡查2次（应巡4次、实巡3次，落实率75%），联络员每天到公园巡查1次。"
    assert sentence in text
    assert counted(found, f"quota:{walked.pk}:done") == [record.pk for record in records]


def test_attendance_is_told_only_where_anybody_entered_it(city_and_campaign, clock):
    city, campaign = city_and_campaign
    clock("2026-07-02 09:00")
    turns = duty.drawn(duty.post(campaign, city), date(2026, 6, 29), date(2026, 7, 1), by=city.coordinator)
    silent = told(campaign)[1]

    for turn in turns:
        rosters.mark_present(turn, by=city.coordinator)
    rosters.mark_absent(turns[0], by=city.coordinator, reason="未到")
    found, text = told(campaign)

    assert "出勤率" not in silent
    assert "各岗位值守应到2人次、到岗1人次，出勤率50%。" in text
    assert counted(found, "duty.came") == [turns[1].pk]


def test_what_was_taken_down_by_the_last_day_is_not_told(city_and_campaign):
    city, campaign = city_and_campaign
    rows.poster(campaign, city)
    gone = rows.poster(campaign, city, kind="宣传栏", place="新华路")
    later = rows.poster(campaign, city, kind="文化墙", place="河堤")
    Publicity.objects.filter(pk=gone.pk).update(removed_on=date(2026, 6, 30))
    Publicity.objects.filter(pk=later.pk).update(removed_on=date(2026, 7, 1))

    text = told(campaign)[1]

    assert [word for word in ("公益广告", "宣传栏", "文化墙") if word in text] == ["公益广告", "文化墙"]


def test_an_ad_whose_time_is_over_is_not_told_as_standing(city_and_campaign):
    city, campaign = city_and_campaign
    for kind, ends_on in (("公益广告", date(2026, 6, 29)), ("文化墙", date(2026, 6, 30)), ("宣传栏", None)):
        rows.poster(campaign, city, kind=kind, place="新华路", ends_on=ends_on)

    text = told(campaign)[1]

    assert [word for word in ("公益广告", "文化墙", "宣传栏") if word in text] == ["文化墙", "宣传栏"]


def test_what_was_done_at_an_activity_follows_what_was_held(city_and_campaign):
    city, campaign = city_and_campaign
    rows.activity(campaign, city, attendance=60, content="清理卫生死角14处")

    assert "门前三包集中行动，60人参加，清理卫生死角14处。" in told(campaign)[1]
