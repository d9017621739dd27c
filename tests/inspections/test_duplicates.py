"""One thing filed twice: shown to who verifies, merged with the photos and the history of both, counted once."""

from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from cityinit.periods import Period
from inspections.actions import findings as actions
from inspections.duplicates import alike, metres_between
from inspections.figures import rectified
from inspections.models import Finding, FindingSettings
from tests.at_once import at_once
from tests.factories import findings as make
from tests.factories import people, tasks

State = Finding.State
LIST = reverse("inspections:findings")


def page_of(finding):
    return reverse("inspections:finding", args=[finding.pk])


def at_place(city, campaign, metres=0.0, **values):
    """A finding so many metres north of a crossing."""
    return make.reported(city, campaign, latitude=30.5 + metres / 111_195, longitude=114.3, **values)


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((30.5, 114.3), (30.5, 114.3), 0),
        ((30.0, 114.0), (31.0, 114.0), 111_195),
        ((0.0, 0.0), (0.0, 180.0), 20_015_087),
    ],
)
def test_distances_over_the_ground(one, other, metres):
    assert metres_between(one, other) == pytest.approx(metres, abs=1)


def test_the_same_kind_at_the_same_site_or_within_fifty_metres_within_a_week(city, campaign, clock):
    now = clock("2026-03-02 09:00")
    site = make.site(campaign, city.bureau)
    early = at_place(city, campaign)
    now.shift(timedelta(days=8))
    first = at_place(city, campaign, 1)
    at_site = make.reported(city, campaign, site=site)
    now.shift(timedelta(days=2))
    asked = at_place(city, campaign, 30)
    far = at_place(city, campaign, 120)
    other_kind = at_place(city, campaign, 30, category=make.category(campaign, "小广告"))
    again = make.reported(city, campaign, site=site)
    nowhere = make.reported(city, campaign)

    found = alike(campaign, [row.pk for row in (early, first, at_site, asked, far, other_kind, again, nowhere)])

    assert found == {
        first.pk: [asked.pk],
        asked.pk: [first.pk],
        at_site.pk: [again.pk],
        again.pk: [at_site.pk],
    }


def test_a_finding_without_its_own_position_stands_at_its_site(city, campaign):
    site = make.site(campaign, city.bureau, latitude=30.5, longitude=114.3)
    at_site, beside = make.reported(city, campaign, site=site), at_place(city, campaign, 20)

    assert alike(campaign, [at_site.pk]) == {at_site.pk: [beside.pk]}


def test_the_office_sets_how_near_and_how_soon(city, campaign, clock):
    now = clock("2026-03-02 09:00")
    one = at_place(city, campaign)
    now.shift(timedelta(days=3))
    other = at_place(city, campaign, 30)
    FindingSettings.objects.create(campaign=campaign, duplicate_days=2)
    too_late = alike(campaign, [other.pk])
    FindingSettings.objects.update(duplicate_days=3, duplicate_metres=20)
    too_far = alike(campaign, [other.pk])
    FindingSettings.objects.update(duplicate_metres=40)

    assert (too_late, too_far, alike(campaign, [other.pk])) == ({}, {}, {other.pk: [one.pk]})


@pytest.mark.parametrize("state", [State.REJECTED, State.VOID, State.DUPLICATE])
def test_what_does_not_count_is_nobodys_likeness(city, campaign, state):
    site = make.site(campaign, city.bureau)
    make.finding_at(state, city, campaign, site=site)
    asked = make.reported(city, campaign, site=site, category=make.category(campaign, "小广告"))

    assert alike(campaign, [asked.pk]) == {}


def test_who_verifies_sees_it_in_the_list_and_on_the_page_and_is_led_to_merge(as_, city, campaign):
    site = make.site(campaign, city.bureau)
    first, second = (make.reported(city, campaign, site=site) for _n in range(2))

    listed = {row["number"]: row["alike"] for row in as_(city.coordinator).get(LIST).context["rows"]}
    page = as_(city.coordinator).get(page_of(second))
    [row] = page.context["likenesses"]
    form = as_(city.coordinator).get(row["merge_url"]).context["form"]

    assert listed == {first.number: "疑似重复1", second.number: "疑似重复1"}
    assert (row["finding"], len(row["photos"])) == (first, 1)
    # Ticked, not asked for a second time by its number.
    assert (form["original"].value(), form["number"].value()) == (first.pk, None)
    assert [row["alike"] for row in as_(city.inspector).get(LIST).context["rows"]] == ["", ""]
    assert as_(city.inspector).get(page_of(second)).context["likenesses"] == []


def test_a_likeness_that_the_page_of_the_merge_does_not_list_stands_there_by_its_number(as_, city, campaign, clock):
    site = make.site(campaign, city.bureau)
    now = clock("2026-03-02 09:00")
    earlier = make.reported(city, campaign, site=site)
    now.shift(timedelta(days=2))
    later = make.reported(city, campaign, site=site)
    make.reported(city, campaign, found_at=earlier.found_at)

    [row] = as_(city.coordinator).get(page_of(earlier)).context["likenesses"]
    form = as_(city.coordinator).get(row["merge_url"]).context["form"]

    assert (form["original"].value(), form["number"].value()) == (None, later.number)


def test_the_original_keeps_the_photos_of_both_and_says_from_which(as_, city, campaign):
    original = make.finding_at(State.SUBMITTED, city, campaign)
    duplicate = make.reported(city, campaign, photos=[make.photo(colour="navy")])
    photo = duplicate.photos.get()
    actions.mark_duplicate(duplicate, by=city.coordinator, duplicate_of=original)
    shown = reverse("inspections:photo", args=[photo.pk, "shown"])

    office = as_(city.coordinator).get(page_of(original)).context["before"]
    reviewing = as_(city.coordinator).get(reverse("inspections:finding_move", args=[original.pk, "close"]))
    liaison = as_(city.liaison)
    tags = [photo["tag"] for photo in liaison.get(page_of(original)).context["before"]]

    assert [photo["tag"] for photo in office] == ["整改前", f"来自{duplicate.number}"]
    assert [photo["tag"] for photo in reviewing.context["before"]] == ["整改前", f"来自{duplicate.number}"]
    # The lead unit sees the duplicate's photo there, though not the duplicate.
    assert (tags, liaison.get(shown).status_code) == (["整改前", f"来自{duplicate.number}"], 200)
    assert liaison.get(page_of(duplicate)).status_code == 404
    assert liaison.get(reverse("inspections:photo", args=[photo.pk, "original"])).status_code == 403
    assert as_(city.other_liaison).get(shown).status_code == 404


def test_the_parties_of_both_read_one_history(as_, city, campaign):
    original = make.finding_at(State.RECTIFYING, city, campaign)
    duplicate = make.reported(city, campaign)
    actions.dispatch(duplicate, by=city.coordinator, lead_unit=city.police)
    actions.mark_duplicate(duplicate, by=city.coordinator, duplicate_of=original)

    def told(person, finding):
        return {event["what"] for event in as_(person).get(page_of(finding)).context["events"]}

    number, other = duplicate.number, original.number
    assert told(city.liaison, original) == {
        "上报",
        "交办",
        "签收",
        *(f"{w}（{number}）" for w in ("上报", "交办", "标为重复")),
    }
    assert told(city.other_liaison, duplicate) == {
        "上报",
        "交办",
        "标为重复",
        *(f"{w}（{other}）" for w in ("上报", "交办", "签收")),
    }
    assert told(city.inspector, duplicate) == told(city.other_liaison, duplicate)


def test_lead_assisting_reporter_and_office_read_the_same_history_without_the_place(as_, city, campaign):
    finding = make.reported(city, campaign, latitude=30.123456, longitude=114.654321)
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau, assisting_units=[city.police], note="尽快")
    actions.acknowledge(finding, by=city.liaison)
    actions.return_to_office(finding, by=city.liaison, reason="属公安管理")

    pages = {
        who: as_(getattr(city, who)).get(page_of(finding))
        for who in ("coordinator", "inspector", "liaison", "other_liaison", "leader")
    }

    [first, *others] = [
        [(event["what"], event["who"], event["note"]) for event in page.context["events"]] for page in pages.values()
    ]
    assert others == [first] * 4
    assert [what for what, _who, _note in first] == ["退回", "签收", "交办", "上报"]
    assert first[0] == ("退回", str(city.liaison), "属公安管理")
    assert {who: "30.123456" in page.content.decode() for who, page in pages.items()} == {
        "coordinator": True,
        "inspector": True,
        "leader": True,
        "liaison": False,
        "other_liaison": False,
    }


def test_merged_they_are_counted_once(city, campaign, clock):
    clock("2026-03-02 09:00")
    original, duplicate = (make.reported(city, campaign) for _n in range(2))
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    before = rectified(campaign, march).found

    actions.mark_duplicate(duplicate, by=city.coordinator, duplicate_of=original)

    assert (before, rectified(campaign, march).found) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_two_merged_into_each_other_at_once_leave_one():
    here = people.city()
    campaign = tasks.campaign(here)
    one, other = (make.reported(here, campaign) for _n in range(2))

    refused = at_once(
        partial(actions.mark_duplicate, one, by=here.coordinator, duplicate_of=other),
        partial(actions.mark_duplicate, other, by=here.coordinator, duplicate_of=one),
    )

    assert sorted(reason is None for reason in refused) == [False, True]
    assert Finding.objects.exclude(state__in=Finding.UNCOUNTED_STATES).count() == 1


@pytest.mark.parametrize(
    ("at", "word", "tone"),
    [
        ("2026-03-02 10:00", "时限内", "green"),
        ("2026-03-10 17:00", "将到期", "yellow"),
        ("2026-03-11 18:01", "逾期", "red"),
    ],
)
def test_green_yellow_and_red_are_words_in_the_list_and_filters_of_it(as_, city, campaign, clock, at, word, tone):
    now = clock("2026-03-02 09:00")
    make.finding_at(State.RECTIFYING, city, campaign, severity="C")
    make.reported(city, campaign)
    now.move_to(datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Asia/Shanghai")))
    office = as_(city.coordinator)

    rows = office.get(LIST).context["rows"]
    flags = {"green": "in_time", "yellow": "warned", "red": "overdue"}
    found = {name: len(office.get(f"{LIST}?flag={flag}").context["rows"]) for name, flag in flags.items()}

    assert [(row["flag"], row["flag_tone"]) for row in rows if row["flag"]] == [(word, tone)]
    assert found == {"green": 0, "yellow": 0, "red": 0} | {tone: 1}
