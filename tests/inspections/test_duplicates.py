"""One thing filed twice: shown to who verifies, merged with the photos and the history of both, counted once."""

from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from cityinit.periods import Period
from inspections.actions import findings as actions
from inspections.duplicates import alike
from inspections.figures import rectified, recurrence
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


def test_to_be_near_is_up_to_the_metre_that_the_office_set(city, campaign):
    FindingSettings.objects.create(campaign=campaign, duplicate_metres=50)
    # A degree of latitude is 111,195 m: 49.9 m and 50.1 m away.
    asked, near, _far = (at_place(city, campaign, metres) for metres in (0, 49.9, -50.1))

    assert alike(campaign, [asked.pk]) == {asked.pk: [near.pk]}


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

    told = as_(city.coordinator).get(as_(city.coordinator).get(LIST).context["alike_url"])
    page = as_(city.coordinator).get(page_of(second))
    [row] = page.context["likenesses"]
    form = as_(city.coordinator).get(row["merge_url"]).context["form"]

    assert dict(told.context["flags"]) == {first.pk: "疑似重复1", second.pk: "疑似重复1"}
    assert (row["finding"], len(row["photos"])) == (first, 1)
    # Ticked, not asked for a second time by its number.
    assert (form["original"].value(), form["number"].value()) == (first.pk, None)
    assert as_(city.inspector).get(LIST).context["alike_url"] == ""
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


@pytest.fixture
def merged(city, campaign):
    """What 公安局 was given turns out to be what 城管局 is putting right, has put right, and must do again."""
    original = make.finding_at(State.RECTIFYING, city, campaign)
    duplicate = make.reported(city, campaign, photos=[make.photo(colour="navy")])
    actions.dispatch(duplicate, by=city.coordinator, lead_unit=city.police, note="请今天到场")
    actions.mark_duplicate(duplicate, by=city.coordinator, duplicate_of=original, note="与城管局商定")
    actions.ask_extension(
        original, by=city.liaison, reason="等专项资金", until=timezone.localdate() + timedelta(days=20)
    )
    actions.answer(original, by=city.liaison, measure="已清理", photos=[make.photo(colour="seagreen")])
    original.refresh_from_db()
    duplicate.refresh_from_db()
    return original, duplicate


def told_to(as_, person, finding):
    """What the page says happened: when read by this person, each with whether it says by whom and why."""
    events = as_(person).get(page_of(finding)).context["events"]
    return {(event["what"], bool(event["who"]), bool(event["note"])) for event in events}


def of(finding, *whats, who=True, note=False):
    return {(f"{what}（{finding.number}）" if finding else what, who, note) for what in whats}


@pytest.mark.parametrize("who", ["coordinator", "inspector", "leader"])
def test_who_sees_both_reads_the_history_of_both_on_either_page(as_, city, merged, who):
    original, duplicate = merged
    person = getattr(city, who)

    assert told_to(as_, person, original) == {
        *of(None, "上报", "签收"),
        *of(None, "交办", "申请延期", "延期申请失效", "整改反馈", note=True),
        *of(duplicate, "上报"),
        *of(duplicate, "交办", "标为重复", note=True),
    }
    assert told_to(as_, person, duplicate) == {
        *of(None, "上报"),
        *of(None, "交办", "标为重复", note=True),
        *of(original, "上报", "签收"),
        *of(original, "交办", "申请延期", "延期申请失效", "整改反馈", note=True),
    }


def test_the_unit_of_the_original_reads_of_the_duplicate_that_it_was_filed_and_merged(as_, city, merged):
    original, duplicate = merged

    assert told_to(as_, city.liaison, original) == {
        *of(None, "上报", "签收"),
        *of(None, "交办", "申请延期", "延期申请失效", "整改反馈", note=True),
        *of(duplicate, "上报", "标为重复", who=False),
    }


def test_the_unit_of_the_duplicate_keeps_its_own_history_and_reads_how_the_original_ends(as_, city, merged):
    original, duplicate = merged
    own = {*of(None, "上报"), *of(None, "交办", "标为重复", note=True)}
    before = told_to(as_, city.other_liaison, duplicate)
    actions.rework(original, by=city.inspector, reason="仍有占道", due_at=timezone.now() + timedelta(days=2))
    actions.answer(original, by=city.liaison, measure="再次清理", photos=[make.photo(colour="olive")])
    actions.close(original, by=city.inspector, note="现场看过", despite_doubts=True)
    closed = told_to(as_, city.other_liaison, duplicate)
    actions.reopen(original, by=city.inspector, photos=[make.photo(colour="black")], note="又摆出来了")

    assert before == {*own, *of(original, "上报", who=False)}
    assert closed == {*own, *of(original, "上报", "销号", who=False)}
    assert told_to(as_, city.other_liaison, duplicate) == {*own, *of(original, "上报", "销号", "反弹", who=False)}


def test_of_other_duplicates_of_the_same_original_a_unit_reads_and_sees_nothing(as_, city, campaign, merged):
    original, duplicate = merged
    sibling = make.reported(city, campaign, photos=[make.photo(colour="teal")])
    actions.dispatch(sibling, by=city.coordinator, lead_unit=city.street)
    actions.mark_duplicate(sibling, by=city.coordinator, duplicate_of=original)

    page = as_(city.other_liaison).get(page_of(duplicate))
    photo = reverse("inspections:photo", args=[sibling.photos.get().pk, "shown"])

    assert sibling.number not in page.content.decode()
    assert as_(city.other_liaison).get(photo).status_code == 404
    assert sibling.number in as_(city.coordinator).get(page_of(duplicate)).content.decode()


def test_a_finding_that_is_handed_on_leads_to_the_one_that_counts_now(as_, city, campaign):
    third = make.reported(city, campaign)
    first = make.reported(city, campaign)
    duplicate = make.reported(city, campaign)
    actions.dispatch(duplicate, by=city.coordinator, lead_unit=city.police)
    actions.mark_duplicate(duplicate, by=city.coordinator, duplicate_of=first)
    actions.mark_duplicate(first, by=city.coordinator, duplicate_of=third)

    facts = as_(city.other_liaison).get(page_of(duplicate)).context["facts"]

    assert [fact[1] for fact in facts if fact[0] == "重复于"] == [f"{third.number}（待核实）"]
    assert told_to(as_, city.other_liaison, duplicate) == {
        *of(None, "上报"),
        *of(None, "交办", "标为重复", note=True),
        *of(third, "上报", who=False),
    }


def test_a_duplicate_says_how_its_original_stands_and_leads_there_who_may_see_it(as_, city, merged):
    original, duplicate = merged

    def told(person):
        facts = as_(person).get(page_of(duplicate)).context["facts"]
        return [fact[1:] for fact in facts if fact[0] == "重复于"]

    waiting = told(city.other_liaison)
    actions.close(original, by=city.inspector, despite_doubts=True)
    day = timezone.localdate().isoformat()

    assert waiting == [(f"{original.number}（待复核）",)]
    assert told(city.other_liaison) == [(f"{original.number}（已销号，{day}）",)]
    assert told(city.coordinator) == [(f"{original.number}（已销号，{day}）", page_of(original))]


def test_the_unit_of_the_duplicate_sees_how_the_original_was_found_and_once_closed_how_it_looks_now(as_, city, merged):
    original, duplicate = merged
    found, refused = original.photos.order_by("pk")
    actions.rework(original, by=city.inspector, reason="仍有占道", due_at=timezone.now() + timedelta(days=2))
    actions.answer(original, by=city.liaison, measure="再次清理", photos=[make.photo(colour="olive")])
    passed = original.photos.order_by("pk").last()

    def seen():
        police = as_(city.other_liaison)
        page = police.get(page_of(duplicate)).context
        tags = [[photo["tag"] for photo in page[name]] for name in ("before", "after")]
        answers = [
            police.get(reverse("inspections:photo", args=[photo.pk, "shown"])).status_code
            for photo in (found, refused, passed)
        ]
        return tags, answers

    from_original = f"来自{original.number}"
    open_still = seen()
    actions.close(original, by=city.inspector, despite_doubts=True)

    assert open_still == ([["整改前", from_original], []], [200, 404, 404])
    assert seen() == ([["整改前", from_original], [from_original]], [200, 404, 200])
    assert as_(city.street_liaison).get(reverse("inspections:photo", args=[found.pk, "shown"])).status_code == 404
    assert as_(city.other_liaison).get(reverse("inspections:photo", args=[found.pk, "original"])).status_code == 403


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


def test_what_was_merged_after_it_had_been_closed_counts_once_in_every_figure(city, campaign, clock):
    now = clock("2026-03-02 09:00")
    site = make.site(campaign, city.bureau)
    original, duplicate = (make.finding_at(State.CLOSED, city, campaign, site=site) for _n in range(2))
    march, april = (Period(date(2026, month, 1), date(2026, month, 30)) for month in (3, 4))
    spring = Period(march.first, april.last)
    now.shift(timedelta(days=10))
    actions.reopen(duplicate, by=city.inspector, photos=[make.photo(colour="navy")])
    now.shift(timedelta(days=30))
    actions.dispatch(duplicate, by=city.coordinator, lead_unit=city.police)
    actions.mark_duplicate(duplicate, by=city.coordinator, duplicate_of=original)

    def figures_of(period):
        came_back = recurrence(campaign, period)
        numbers = rectified(campaign, period)
        return numbers.found, numbers.ever_closed, numbers.reopened, came_back.closed, came_back.recurred

    # Until the end of March there were two, one of which had come back.
    assert figures_of(march) == (2, 2, 1, 2, 1)
    assert figures_of(spring) == (1, 1, 0, 1, 0)
    assert figures_of(april) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("first", ["reject", "mark_duplicate"])
def test_what_was_taken_back_and_voided_later_left_the_figures_on_the_first_of_these_days(city, campaign, clock, first):
    now = clock("2026-03-02 09:00")
    finding = make.reported(city, campaign)
    make.STEPS[first](finding, city)
    n = 1 if first == "mark_duplicate" else 0
    march, year = Period(date(2026, 3, 1), date(2026, 3, 31)), Period(date(2026, 1, 1), date(2026, 12, 31))
    before = rectified(campaign, march).found
    now.shift(timedelta(days=60))
    actions.void(finding, by=city.coordinator, reason="一并作废")

    assert (before, rectified(campaign, march).found, rectified(campaign, year).found) == (n, n, n)


@pytest.mark.parametrize("state", [State.REJECTED, State.VOID])
def test_the_like_of_what_was_closed_is_no_return_once_it_counts_no_more(city, campaign, clock, state):
    now = clock("2026-03-02 09:00")
    site = make.site(campaign, city.bureau)
    make.finding_at(State.CLOSED, city, campaign, site=site)
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    now.shift(timedelta(days=5))
    again = make.reported(city, campaign, site=site)
    seen = recurrence(campaign, march).recurred
    now.shift(timedelta(days=1))
    make.STEPS["reject" if state == State.REJECTED else "void"](again, city)

    assert (seen, recurrence(campaign, march).recurred) == (1, 0)
    assert recurrence(campaign, Period(march.first, date(2026, 3, 7))).recurred == 1


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
