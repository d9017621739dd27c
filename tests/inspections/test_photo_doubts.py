"""Photos used before or taken too early: noticed, shown beside the other picture, judged, asked about at closing."""

import random
from dataclasses import replace
from datetime import timedelta
from functools import cache
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from bench.old_photos import cropped, scene, shot
from cityinit.content import Source
from cityinit.models import Job, StoredFile
from cityinit.queue import run_job
from cityinit.workflow import Refused
from inspections.actions import findings as actions
from inspections.models import Finding, FindingPhoto, PhotoDoubt, PhotoPrint
from tests.factories import findings as make
from tests.factories import ledgers, people, tasks
from tests.factories.photos import camera
from units.roles import Role

pytestmark = pytest.mark.django_db

State = Finding.State


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


@cache
def place(number, *, again=0):
    """A photo of a place that can be told from others; `again` is another shot of it."""
    return shot(scene(number), number + again)


def rectifying(city, campaign, **given):
    """A finding with the city's bureau, ready to be answered."""
    finding = make.reported(city, campaign, **given)
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau)
    actions.acknowledge(finding, by=city.liaison)
    return finding


def answer(finding, city, *photos):
    return actions.answer(finding, by=city.liaison, measure="已清理", photos=list(photos), client_key=uuid4())


def doubts():
    return [
        (doubt.kind, doubt.photo.phase, doubt.other and doubt.other.finding.number)
        for doubt in PhotoDoubt.objects.all()
    ]


def answered_with_an_old_photo(city, campaign):
    """Two findings of the bureau; the second is answered with the photo that was the first one's answer."""
    first, second = rectifying(city, campaign), rectifying(city, campaign, photos=[make.photo(colour="navy")])
    answer(first, city, make.photo(colour="seagreen"))
    answer(second, city, make.photo(colour="seagreen"))
    return first, second


# Noticed -----------------------------------------------------------------------------------------------


def test_a_photo_that_answered_another_finding_is_doubted_at_once(city, campaign):
    first, second = answered_with_an_old_photo(city, campaign)

    doubt = PhotoDoubt.objects.get()
    assert (doubt.finding, doubt.kind, doubt.word) == (second, "same_file", "open")
    assert (doubt.photo, doubt.other) == (second.photos.get(phase="after"), first.photos.get(phase="after"))


def test_an_answer_with_the_photo_before_or_with_that_of_the_rejected_answer_is_doubted(city, campaign):
    finding = rectifying(city, campaign)

    answer(finding, city, make.photo())
    actions.rework(finding, by=city.inspector, reason="没有变化", due_at=timezone.now() + timedelta(days=2))
    answer(finding, city, make.photo())

    assert doubts() == [("same_file", "after", finding.number)] * 3
    assert [doubt.other.phase for doubt in PhotoDoubt.objects.all()] == ["before", "before", "after"]


def test_a_photo_twice_in_one_sending_and_a_form_sent_twice_are_no_doubt(city, campaign):
    finding = rectifying(city, campaign, photos=[make.photo(), make.photo()])
    key = uuid4()

    for _time in range(2):
        actions.answer(
            finding,
            by=city.liaison,
            measure="已清理",
            photos=[make.photo(colour="red"), make.photo(colour="red")],
            client_key=key,
        )

    assert (doubts(), FindingPhoto.objects.count()) == ([], 4)


def test_a_photo_that_a_ledger_brought_is_found_again_like_all_others(city, campaign, work):
    make.category(campaign)
    make.site(campaign, city.bureau)
    ledgers.loaded(campaign, city, ledgers.ledger(pictures=[("D5", place(3))]))
    [brought] = FindingPhoto.objects.all()
    work()
    finding = rectifying(city, campaign, photos=[make.photo(colour="navy")])

    answer(finding, city, camera(cropped(place(3), random.Random(3))))
    work()

    assert doubts() == [("looks_same", "after", brought.finding.number)]


def test_what_a_ledger_brings_is_doubted_where_it_was_used_before(city, campaign, work):
    make.category(campaign)
    make.site(campaign, city.bureau)
    finding = rectifying(city, campaign, photos=[make.photo(colour="navy")])
    answer(finding, city, camera(place(3)))
    work()

    ledgers.loaded(campaign, city, ledgers.ledger(pictures=[("D5", place(3)), ("D6", place(4))]))
    compared = [job.label for job in work() if job.name == "inspections.jobs.compare_photos"]

    assert doubts() == [("looks_same", "before", finding.number)]
    assert compared == ["比对照片：问题台账.xlsx"]


def test_one_picture_of_two_problems_filed_on_one_walk_is_no_doubt(city, campaign):
    make.reported(city, campaign)
    make.reported(city, campaign, category=make.category(campaign, "暴露垃圾"))

    assert doubts() == []


def test_the_same_picture_filed_by_somebody_else_or_on_another_day_is_doubted(city, campaign, clock):
    clock("2026-03-02 09:00")
    first = make.reported(city, campaign)
    make.reported(city, campaign, by=people.person("另一督查员", Role.INSPECTOR, city.office))
    clock("2026-03-03 09:00")
    make.reported(city, campaign)

    assert [told[:2] for told in doubts()] == [("same_file", "before")] * 3
    assert doubts()[0] == ("same_file", "before", first.number)


def test_what_was_not_taken_up_may_be_filed_again_with_its_photo(city, campaign, clock):
    clock("2026-03-02 09:00")
    make.finding_at(State.VOID, city, campaign)
    make.finding_at(State.REJECTED, city, campaign, photos=[make.photo(colour="navy")])
    clock("2026-03-05 09:00")

    make.reported(city, campaign)
    make.reported(city, campaign, photos=[make.photo(colour="navy")])

    assert doubts() == []


def test_findings_that_turn_out_to_be_one_may_share_a_photo(city, campaign):
    other_inspector = people.person("另一督查员", Role.INSPECTOR, city.office)
    first, second = make.reported(city, campaign), make.reported(city, campaign, by=other_inspector)
    before = PhotoDoubt.objects.get().word

    actions.mark_duplicate(second, by=city.coordinator, duplicate_of=first)

    doubt = PhotoDoubt.objects.get()
    assert (before, doubt.word, doubt.reason) == ("open", "set_aside", "两个问题已合并为一个")


def test_photos_of_another_campaign_are_not_compared(city, campaign):
    other = tasks.campaign(city, name="创建国家卫生城市", short_name="创卫")
    make.reported(city, other)

    rectifying(city, campaign)

    assert doubts() == []


def test_the_camera_s_own_file_counts_where_the_phone_made_it_smaller(city, campaign):
    """Shrunk twice the bytes differ; what the phone said of its source does not."""
    shrunk = [replace(camera(place(1), quality=quality), source=Source(sha256="ab" * 32)) for quality in (80, 85)]

    answer(rectifying(city, campaign), city, shrunk[0])
    answer(rectifying(city, campaign), city, shrunk[1])

    assert [kind for kind, phase, _number in doubts() if phase == "after"] == ["same_file"]


def claimed(number, sha256, *, quality=80):
    """A photo as a phone sends it that says of itself from which picture it was made, truly or not."""
    return replace(camera(place(number), quality=quality), source=Source(sha256=sha256))


def test_a_false_word_about_the_source_accuses_nobody(city, campaign):
    """The first sender says of another picture that it was made from the one which the second is to take."""
    theirs = camera(place(2))
    answer(rectifying(city, campaign), city, claimed(1, theirs.sha256))

    answer(rectifying(city, campaign, photos=[make.photo(colour="navy")]), city, theirs)

    assert doubts() == []


def test_a_false_word_about_the_source_hides_nothing(city, campaign, work):
    first = rectifying(city, campaign, photos=[camera(place(11))])
    second = rectifying(city, campaign, photos=[camera(place(12))])
    third = rectifying(city, campaign, photos=[camera(place(13))])
    answer(first, city, claimed(14, "ab" * 32))

    # The very bytes are known by the server's own digest; made smaller anew, by what they show.
    answer(second, city, claimed(14, "cd" * 32))
    answer(third, city, claimed(14, "ef" * 32, quality=60))
    at_once = doubts()
    work()

    assert at_once == [("same_file", "after", first.number)]
    assert {number for kind, _phase, number in doubts() if kind == "looks_same"} >= {first.number}
    assert set(PhotoDoubt.objects.values_list("finding", flat=True)) == {second.pk, third.pk}


def test_false_words_do_not_push_a_true_one_off_the_list(city, campaign):
    mine = camera(place(2))
    for number in (4, 5, 6):
        answer(rectifying(city, campaign, photos=[camera(place(20 + number))]), city, claimed(number, mine.sha256))
    used = rectifying(city, campaign, photos=[camera(place(30))])
    answer(used, city, mine)

    answer(rectifying(city, campaign, photos=[camera(place(31))]), city, mine)

    assert doubts() == [("same_file", "after", used.number)]


@pytest.mark.parametrize(
    ("taken", "is_doubted"),
    [
        ("2026-02-20 09:00", True),
        ("2026-03-01 08:59", True),
        # A clock may be a day wrong.
        ("2026-03-01 09:01", False),
        ("2026-03-03 15:00", False),
        # Never set, or set to some day that is not yet: it says nothing.
        ("2000-01-01 00:00", False),
        ("1970-01-01 08:00", False),
        ("2031-01-01 00:00", False),
        ("", False),
    ],
)
def test_a_photo_taken_before_the_finding_is_doubted_beyond_what_a_clock_is_wrong(
    city, campaign, clock, taken, is_doubted
):
    clock("2026-03-02 09:00")
    finding = rectifying(city, campaign)
    clock("2026-03-04 16:00")

    answer(finding, city, camera(taken=taken))

    assert doubts() == ([("older", "after", None)] if is_doubted else [])


def test_what_has_come_back_cannot_have_been_taken_before_it_was_closed(city, campaign, clock):
    clock("2026-03-02 09:00")
    finding = make.finding_at(State.CLOSED, city, campaign)
    clock("2026-03-20 09:00")

    actions.reopen(
        finding, by=city.inspector, photos=[camera(taken="2026-02-20 10:00"), camera(taken="2026-03-20 08:50")]
    )

    assert doubts() == [("older", "reopened", None)]


# Looking alike -----------------------------------------------------------------------------------------


def test_a_cropped_and_re_compressed_photo_is_found_by_the_job_and_a_second_shot_is_not(city, campaign, work):
    first, second, third = (rectifying(city, campaign, photos=[camera(place(number))]) for number in (11, 12, 13))
    answer(first, city, camera(place(14)))
    small = cropped(place(14), random.Random(1)).resize((420, 320))
    answer(second, city, camera(small, quality=45))
    answer(third, city, camera(place(14, again=500)))

    done = work()

    assert {job.state for job in done} == {"done"}
    assert doubts() == [("looks_same", "after", first.number)]
    assert PhotoDoubt.objects.get().finding == second


def test_done_again_and_in_whatever_order_the_job_finds_the_same(city, campaign, work):
    first = rectifying(city, campaign, photos=[camera(place(11))])
    second = rectifying(city, campaign, photos=[camera(place(12))])
    answer(first, city, camera(place(14)))
    answer(second, city, camera(place(14), quality=60))

    for job in Job.objects.order_by("-pk"):
        run_job(job.pk)
    once = doubts()
    Job.objects.update(state=Job.State.QUEUED)
    work()

    assert once == doubts() == [("looks_same", "after", first.number)]
    assert PhotoPrint.objects.count() == 4


def test_a_picture_the_disk_has_lost_is_passed_over(city, campaign, work):
    finding = rectifying(city, campaign, photos=[camera(place(11))])
    answer(finding, city, camera(place(11), quality=60))
    StoredFile.objects.filter(pk=finding.photos.get(phase="before").file_id).update(thumb_path="00/00/gone.jpg")

    done = work()

    assert ({job.state for job in done}, doubts()) == ({"done"}, [])


def test_looking_for_photos_takes_as_many_queries_among_many_as_among_few(
    city, campaign, work, django_assert_max_num_queries
):
    for number in range(3):
        make.reported(city, campaign, photos=[camera(place(20 + number))])
    work()
    photo = make.reported(city, campaign, photos=[camera(place(30))]).photos.get()

    with django_assert_max_num_queries(20):
        actions.compare([photo.pk], hold=lambda: None)


# Shown ---------------------------------------------------------------------------------------------------


def test_the_office_sees_both_pictures_with_where_and_when_each_was_used(city, campaign, as_):
    first, second = answered_with_an_old_photo(city, campaign)

    [card] = as_(city.coordinator).get(second.get_absolute_url()).context["doubts"]

    assert (card["photo"]["number"], card["other"]["number"]) == (second.number, first.number)
    assert (card["other"]["url"], card["other"]["unit"]) == (first.get_absolute_url(), str(city.bureau))
    assert card["judge_url"] == PhotoDoubt.objects.get().get_absolute_url()
    assert card["told"] == "和以前用过的一张照片是同一个文件。"


def test_a_unit_learns_that_its_photo_is_doubted_and_nothing_of_other_units(city, campaign, as_):
    others = rectifying(city, campaign)
    Finding.objects.filter(pk=others.pk).update(lead_unit=city.police)
    own = rectifying(city, campaign, photos=[make.photo(colour="navy")])
    answer(own, city, make.photo())

    page = as_(city.liaison).get(own.get_absolute_url())

    [card] = page.context["doubts"]
    assert (card["other"], card["is_withheld"], card["judge_url"]) == (None, True, "")
    assert "更早的照片属于其他单位的问题" in page.content.decode()
    assert others.number not in page.content.decode()
    assert as_(city.liaison).get(card["doubt"].get_absolute_url()).context["cards"][0]["other"] is None


def test_who_reviews_finds_doubts_on_the_desk_and_in_the_list(city, campaign, as_):
    _first, second = answered_with_an_old_photo(city, campaign)

    for who in ("inspector", "coordinator"):
        client = as_(getattr(city, who))
        [box] = [stat for stat in client.get(url("desk")).context["stats"] if stat["label"] == "疑似旧照"]
        assert (box["value"], box["tone"]) == (1, "red")
        assert [row["number"] for row in client.get(box["url"]).context["rows"]] == [second.number]


def test_a_page_takes_as_many_queries_for_three_doubts_as_for_one(city, campaign, as_, django_assert_num_queries):
    _first, second = answered_with_an_old_photo(city, campaign)
    third = rectifying(city, campaign, photos=[make.photo(colour="teal")])
    answer(third, city, make.photo(colour="navy"), make.photo(colour="seagreen"), make.photo(colour="teal"))
    client = as_(city.coordinator)
    counts = []
    for finding in (second, third):
        client.get(finding.get_absolute_url())
        with django_assert_num_queries(8):
            counts.append(len(client.get(finding.get_absolute_url()).context["doubts"]))

    assert counts == [1, 4]


def test_the_list_of_doubts_counts_by_unit_and_is_narrowed(city, campaign, as_, django_assert_num_queries):
    answered_with_an_old_photo(city, campaign)
    third = rectifying(city, campaign, photos=[make.photo(colour="olive")])
    answer(third, city, make.photo(colour="olive"))
    actions.judge_doubt(PhotoDoubt.objects.last(), by=city.coordinator, word="upheld", reason="两张一样")
    client = as_(city.coordinator)
    client.get(url("photo_doubts"))

    with django_assert_num_queries(6):
        page = client.get(url("photo_doubts"))
    upheld = client.get(url("photo_doubts"), {"word": "upheld", "unit": city.bureau.pk})
    other_unit = client.get(url("photo_doubts"), {"unit": city.police.pk})

    assert page.context["units"] == [{"unit": city.bureau.pk, "name": "城管局", "open": 1, "upheld": 1, "set_aside": 0}]
    assert [len(answer.context["cards"]) for answer in (page, upheld)] == [2, 1]
    assert other_unit.context["form"].faults != []


# Judged --------------------------------------------------------------------------------------------------


def test_a_reviewer_sets_a_doubt_aside_with_a_reason_that_stays_in_the_history(city, campaign, as_):
    _first, second = answered_with_an_old_photo(city, campaign)
    doubt = PhotoDoubt.objects.get()

    sent = as_(city.inspector).post(doubt.get_absolute_url(), {"word": "set_aside", "reason": "同一处两次清理"})

    doubt.refresh_from_db()
    assert sent.url == second.get_absolute_url()
    assert (doubt.word, doubt.reason, doubt.said_by) == ("set_aside", "同一处两次清理", city.inspector)
    event = second.events.latest("pk")
    assert (event.label, event.note, event.by) == ("疑似旧照", "同一张照片：已排除\n同一处两次清理", city.inspector)
    assert not Finding.objects.with_open_doubt().exists()


@pytest.mark.parametrize(
    ("sent", "faults"),
    [
        ({"word": "set_aside", "reason": " "}, {"reason": ["请填写理由。"]}),
        ({"reason": "两张一样"}, {"word": ["请选择核对结果。"]}),
    ],
)
def test_a_word_without_its_reason_is_asked_for(city, campaign, as_, sent, faults):
    answered_with_an_old_photo(city, campaign)

    answer = as_(city.inspector).post(PhotoDoubt.objects.get().get_absolute_url(), sent)

    assert (answer.status_code, answer.context["form"].errors.keys()) == (422, faults.keys())
    assert PhotoDoubt.objects.get().is_open


def test_the_second_of_two_reviewers_is_told_and_keeps_what_was_typed(city, campaign, as_):
    answered_with_an_old_photo(city, campaign)
    doubt = PhotoDoubt.objects.get()
    actions.judge_doubt(doubt, by=city.coordinator, word="upheld", reason="两张一样")

    answer = as_(city.inspector).post(doubt.get_absolute_url(), {"word": "set_aside", "reason": "看着不像"})

    assert answer.context["form"].non_field_errors() == ["这处疑点刚刚已由别人核对过。"]
    assert answer.context["form"]["reason"].value() == "看着不像"
    assert PhotoDoubt.objects.get().word == "upheld"


def test_nobody_judges_the_photos_of_the_own_unit(city, campaign, as_):
    answered_with_an_old_photo(city, campaign)
    doubt = PhotoDoubt.objects.get()
    of_bureau = people.person("城管局督查员", Role.INSPECTOR, city.bureau, scope=city.host)

    with pytest.raises(Refused) as refusal:
        actions.judge_doubt(doubt, by=of_bureau, word="set_aside", reason="没问题")
    sent = as_(city.liaison).post(doubt.get_absolute_url(), {"word": "set_aside", "reason": "没问题"})

    assert refusal.value.reason.startswith("您是整改单位")
    assert (sent.status_code, PhotoDoubt.objects.get().word) == (403, "open")


# Closing -------------------------------------------------------------------------------------------------


def test_closing_asks_whether_photos_in_doubt_were_looked_at_and_is_not_blocked(city, campaign, as_):
    _first, second = answered_with_an_old_photo(city, campaign)
    client = as_(city.inspector)
    address = url("finding_move", second.pk, "close")

    page = client.get(address)
    asked = client.post(address, {"note": "现场已看"})
    sent = client.post(address, {"note": "现场已看", "despite_doubts": "on"})

    assert len(page.context["doubts"]) == 1
    assert asked.context["close_form"].errors == {
        "despite_doubts": ["有疑似旧照还没有核对。请看过两张照片，勾选后再销号。"]
    }
    assert (sent.status_code, Finding.objects.get(pk=second.pk).state) == (302, State.CLOSED)
    doubt = PhotoDoubt.objects.get()
    assert (doubt.word, doubt.reason, doubt.said_by) == ("set_aside", "核对后予以销号\n现场已看", city.inspector)
    assert second.events.latest("pk").note == "现场已看\n已核对疑似旧照1处"


def test_without_the_form_closing_asks_too(city, campaign):
    _first, second = answered_with_an_old_photo(city, campaign)

    with pytest.raises(Refused) as refusal:
        actions.close(second, by=city.inspector)

    second.refresh_from_db()
    assert refusal.value.reason == "有1处疑似旧照还没有核对。请看过两张照片，确认后再销号。"
    assert second.state == State.SUBMITTED


def test_without_doubts_closing_asks_nothing(city, campaign, as_):
    finding = make.finding_at(State.SUBMITTED, city, campaign)

    page = as_(city.inspector).get(url("finding_move", finding.pk, "close"))

    assert (page.context["doubts"], "despite_doubts" in page.context["close_form"].fields) == ([], False)


# Too far from the site -----------------------------------------------------------------------------------

NEAR, FAR = (30.5901, 114.3100), (30.5954, 114.3100)


def at_site(city, campaign, *, gps, **values):
    site = make.site(campaign, city.bureau, latitude=30.59, longitude=114.31)
    return make.reported(city, campaign, site=site, latitude=gps[0], longitude=gps[1], **values)


def test_the_office_is_told_how_far_from_its_site_a_finding_was_filed(city, campaign, as_):
    finding = at_site(city, campaign, gps=FAR)

    page = as_(city.coordinator).get(finding.get_absolute_url())

    assert ("距点位", "约600米") in page.context["facts"]
    assert page.context["far_off"] == ["上报时的定位距点位约600米，超过200米，请核对。"]


def test_within_two_hundred_metres_nothing_is_marked(city, campaign, as_):
    finding = at_site(city, campaign, gps=NEAR, photos=[camera(gps=NEAR)])

    page = as_(city.coordinator).get(finding.get_absolute_url())

    assert (("距点位", "约10米") in page.context["facts"], page.context["far_off"]) == (True, [])


def test_a_photo_of_the_answer_is_measured_too_and_the_review_tells_it(city, campaign, as_, clock):
    clock("2026-03-02 09:00")
    finding = at_site(city, campaign, gps=NEAR)
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau)
    actions.acknowledge(finding, by=city.liaison)
    answer(finding, city, camera(gps=(30.90, 114.31)))

    page = as_(city.inspector).get(url("finding_move", finding.pk, "close"))

    assert page.context["far_off"] == ["整改后照片（上传 03-02 09:00）的拍摄位置距点位约34.5公里，超过200米，请核对。"]


def test_what_was_taken_at_one_wrong_place_is_told_once(city, campaign, as_, clock):
    clock("2026-03-02 09:00")
    finding = at_site(city, campaign, gps=FAR, photos=[camera(gps=FAR), camera(gps=(30.5955, 114.31))])
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau)
    actions.acknowledge(finding, by=city.liaison)
    answer(finding, city, camera(gps=(30.90, 114.31)), camera(gps=(30.90, 114.3101)), camera(gps=(30.70, 114.31)))

    pages = [
        as_(city.inspector).get(address)
        for address in (finding.get_absolute_url(), url("finding_move", finding.pk, "close"))
    ]

    assert [page.context["far_off"] for page in pages] == [
        [
            "上报时的定位距点位约600米，超过200米，请核对。",
            "整改后照片（上传 03-02 09:00）等2张的拍摄位置距点位约34.5公里，超过200米，请核对。",
            "整改后照片（上传 03-02 09:00）的拍摄位置距点位约12.2公里，超过200米，请核对。",
        ]
    ] * 2
    for page in pages:
        text = page.content.decode()
        assert text.index("photo-pair") < text.index("上报时的定位距点位")


def test_a_caption_says_when_it_was_taken_or_else_that_it_was_sent_in_then(city, campaign, as_, clock):
    clock("2026-03-02 09:00")
    finding = make.reported(city, campaign, photos=[camera(taken="2026-03-01 15:20"), make.photo()])

    page = as_(city.coordinator).get(finding.get_absolute_url())

    assert [photo["caption"] for photo in page.context["before"]] == ["拍摄 03-01 15:20", "上传 03-02 09:00"]


def test_a_unit_learns_nothing_of_where_a_photo_was_taken(city, campaign, as_):
    finding = at_site(city, campaign, gps=FAR, photos=[camera(gps=FAR)])
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau)

    page = as_(city.liaison).get(finding.get_absolute_url())

    text = page.content.decode()
    assert page.context["far_off"] == []
    assert [word in text for word in ("距点位", "114.31", "30.59", "/original/")] == [False] * 4


def test_without_a_place_of_its_own_or_of_the_site_nothing_is_said(city, campaign, as_):
    nowhere = make.reported(city, campaign, latitude=30.5, longitude=114.3)
    unplaced = make.reported(city, campaign, site=make.site(campaign, city.bureau), latitude=30.5, longitude=114.3)
    unknown = make.reported(
        city, campaign, site=make.site(campaign, city.bureau, code="S2", latitude=30.5, longitude=114.3)
    )

    pages = [as_(city.coordinator).get(finding.get_absolute_url()) for finding in (nowhere, unplaced, unknown)]

    assert [page.context["far_off"] for page in pages] == [[], [], []]


# Held over a fault ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "move", "who"), [(State.RECTIFYING, "answer", "liaison"), (State.CLOSED, "reopen", "inspector")]
)
def test_photos_of_a_form_that_came_back_need_not_be_chosen_again(city, campaign, as_, state, move, who):
    finding = make.finding_at(state, city, campaign)
    client = as_(getattr(city, who))
    address = url("finding_move", finding.pk, move)
    refused = SimpleUploadedFile("说明.jpg", b"not a picture")
    key = str(uuid4())

    faulty = client.post(
        address, {"client_key": key, "measure": "已清理", "photos": [make.upload("现场.jpg", colour="teal"), refused]}
    )
    field = faulty.context["form"].fields["photos"]
    sent = client.post(
        address,
        {
            "client_key": key,
            "measure": "已清理",
            "photos-form": field.form_key,
            "photos-held": [row.pk for row in field.held],
        },
    )

    assert (faulty.status_code, [row.file.name for row in field.held]) == (422, ["现场.jpg"])
    assert (sent.status_code, finding.photos.latest("pk").file.name) == (302, "现场.jpg")


def test_a_form_sent_by_script_keeps_its_photos_on_the_phone_and_none_on_the_server(city, campaign, as_):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    sent = {"client_key": str(uuid4()), "measure": "", "photos": [make.upload(colour="teal")]}

    answer = as_(city.liaison).post(url("finding_move", finding.pk, "answer"), sent, headers={"hx-request": "true"})

    assert (answer.status_code, answer.context["form"].fields["photos"].held) == (422, [])
