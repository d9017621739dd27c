"""What was done well: kept once, told to its unit, seen by whom it concerns."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from cityinit.models import AuditEvent
from cityinit.workflow import Refused
from inspections.actions.praises import praise, withdraw
from inspections.models import Praise
from tests.factories import findings as make
from tests.factories import people
from units.models import Notice
from units.roles import Role


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


def praised(city, campaign, **values):
    return praise(campaign, by=city.inspector, **{"description": "垃圾分类做得细", "place": "解放桥头"} | values)


def filled(campaign, **values):
    return {
        "client_key": str(uuid4()),
        "campaign": campaign.pk,
        "place": "解放桥头",
        "description": "垃圾分类做得细",
        "photos": [make.upload()],
    } | values


def test_praise_is_kept_with_its_photo_and_told_to_the_unit(city, campaign, as_, django_capture_on_commit_callbacks):
    site = make.site(campaign, city.bureau)

    with django_capture_on_commit_callbacks(execute=True):
        answer = as_(city.inspector).post(url("praise_new"), filled(campaign, site=site.pk, place=""))

    kept = Praise.objects.get()
    assert answer.url == kept.get_absolute_url()
    assert (kept.site, kept.unit, kept.found_on, kept.photos.count()) == (site, city.bureau, timezone.localdate(), 1)
    told = Notice.objects.filter(text="督查发现亮点：河湾农贸市场").values_list("user", "url")
    assert list(told) == [(city.liaison.pk, kept.get_absolute_url())]


def test_sent_twice_it_is_kept_once(city, campaign, as_):
    form = filled(campaign, photos=[])

    first = as_(city.inspector).post(url("praise_new"), form)
    again = as_(city.inspector).post(url("praise_new"), form)

    assert first.url == again.url
    assert Praise.objects.count() == 1


def test_one_key_is_one_persons(city, campaign):
    key = uuid4()
    praised(city, campaign, client_key=key)
    other = people.person("同事", Role.INSPECTOR, city.office)

    with pytest.raises(Refused, match="已由别人提交过"):
        praise(campaign, by=other, description="好", client_key=key)


def test_nothing_to_see_and_nothing_to_read_is_no_praise(city, campaign, as_):
    answer = as_(city.inspector).post(url("praise_new"), filled(campaign, photos=[], description=" ", place=""))

    assert answer.context["form"].errors == {
        "photos": ["请拍一张照片，或写一句好在哪里。"],
        "place": ["请选择点位，或写明在什么地方。"],
    }
    with pytest.raises(Refused, match="请拍一张照片"):
        praise(campaign, by=city.inspector)


@pytest.mark.parametrize("who", ["coordinator", "liaison", "leader", "administrator"])
def test_only_inspectors_praise(city, campaign, who):
    with pytest.raises(Refused, match="没有上报的权限"):
        praise(campaign, by=getattr(city, who), description="好")


def test_a_unit_sees_its_own_and_the_office_all(city, campaign, as_):
    own = praised(city, campaign, site=make.site(campaign, city.bureau), place="")
    other = praised(city, campaign, site=make.site(campaign, city.police, code="S002", name="派出所"), place="")
    nobodys = praised(city, campaign)

    def seen_by(person):
        return set(Praise.objects.visible_to(person, of=campaign))

    assert seen_by(city.coordinator) == seen_by(city.inspector) == seen_by(city.leader) == {own, other, nobodys}
    assert seen_by(city.liaison) == {own}
    assert as_(city.liaison).get(other.get_absolute_url()).status_code == 404


def test_a_photo_is_shown_to_who_sees_the_praise(city, campaign, as_):
    made = praised(city, campaign, site=make.site(campaign, city.police), place="", photos=[make.photo()])
    photo = made.photos.get()

    assert as_(city.coordinator).get(url("praise_photo", photo.pk, "thumb")).status_code == 200
    assert as_(city.coordinator).get(url("praise_photo", photo.pk, "original")).status_code == 404
    assert as_(city.liaison).get(url("praise_photo", photo.pk, "thumb")).status_code == 404


def test_its_page_tells_the_time_as_it_is_here(city, campaign, as_):
    made = praised(city, campaign, found_at=datetime(2026, 3, 2, 16, 30, 40, tzinfo=UTC))

    facts = as_(city.coordinator).get(made.get_absolute_url()).context["facts"]

    assert dict((label, value) for label, value, _url in facts)["发现时间"] == "2026-03-03 00:30"


def test_who_praised_and_the_office_may_take_it_back(city, campaign, as_):
    mine, offices, units = (praised(city, campaign, site=make.site(campaign, city.bureau, code=f"S{n}")) for n in "123")

    withdraw(mine, by=city.inspector)
    withdraw(offices, by=city.coordinator)
    with pytest.raises(Refused, match="只有上报人和创建办"):
        withdraw(units, by=city.liaison)

    assert list(Praise.objects.all()) == [units]
    trail = AuditEvent.objects.filter(action="撤回亮点").order_by("pk")
    told = {"content": "垃圾分类做得细", "上报人": str(city.inspector)}
    assert list(trail.values_list("actor_id", "subject", "detail")) == [
        (person.pk, f"{campaign} 河湾农贸市场", told) for person in (city.inspector, city.coordinator)
    ]


def test_what_is_gone_is_not_taken_back_again(city, campaign):
    made = praised(city, campaign)
    withdraw(Praise.objects.get(), by=city.inspector)

    with pytest.raises(Refused, match="这条亮点刚刚已被撤回"):
        withdraw(made, by=city.coordinator)
    assert AuditEvent.objects.filter(action="撤回亮点").count() == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(city, campaign, as_, django_assert_num_queries, rows):
    for n in range(rows):
        praised(city, campaign, site=make.site(campaign, city.bureau, code=f"S{n}"), photos=[make.photo()])
    browser = as_(city.coordinator)
    browser.get(url("praises"))

    with django_assert_num_queries(7):
        assert len(browser.get(url("praises")).context["page"].rows) == rows


def test_the_list_is_narrowed_by_word_unit_and_day(city, campaign, as_):
    found = praised(city, campaign, site=make.site(campaign, city.bureau), place="")
    praised(city, campaign, description="停车有序")
    browser = as_(city.coordinator)

    def shown(**asked):
        return {row.pk for row in browser.get(url("praises"), asked).context["page"].rows}

    assert shown(q="分类") == {found.pk}
    assert shown(unit=city.bureau.pk) == {found.pk}
    assert shown(until="2020-01-01") == set()
    assert len(shown(since="gestern")) == 2
