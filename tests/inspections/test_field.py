"""What a phone takes along, and what becomes of a capture that was sent file by file, late, or twice."""

import hashlib
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from cityinit.models import HeldFile, StoredFile
from inspections import phrases
from inspections.actions.rounds import add_round
from inspections.models import Checklist, Finding, PhraseBook, SiteType
from tests.factories import findings as make
from tests.factories import rounds, tasks

FORM = "0123456789abcdef" * 2
OTHER_FORM = "fedcba9876543210" * 2
HTMX = {"HTTP_HX_REQUEST": "true"}


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


def hold(browser, *, form=FORM, colour="firebrick", **source):
    """One photo sent ahead of its form, as the outbox does; its key."""
    photo = make.upload(colour=colour)
    given = {"form": form, "sha256": hashlib.sha256(photo.read()).hexdigest(), **source}
    photo.seek(0)
    return browser.post(reverse("cityinit:outbox_file"), given | {"file": photo}).json()["held"]


def sent(campaign, held, **values):
    """A capture form that names what is held for it."""
    return {
        "client_key": str(uuid4()),
        "campaign": campaign.pk,
        "category": make.category(campaign).pk,
        "place": "河湾路中段",
        "photos-form": FORM,
        "photos-held": held,
    } | values


def make_round(campaign, city, **days):
    return add_round(campaign, by=city.coordinator, name="三月督查", **days)


# What it takes along -------------------------------------------------------------------------------------


def test_the_phone_takes_along_sites_with_their_places_and_sentences(city, campaign, as_, django_assert_num_queries):
    site = make.site(campaign, city.bureau, latitude=28.0083334, longitude=120.6694, address="河湾路1号")
    bare = make.site(campaign, city.bureau, code="S002", name="市民广场", kind="公园广场")
    browser = as_(city.inspector)
    browser.get(url("field_data"))

    with django_assert_num_queries(6):
        answer = browser.get(url("field_data"))

    told = answer.json()
    assert told["campaign"] == campaign.pk
    assert told["sites"] == [
        [site.pk, "S001", "河湾农贸市场", site.kind_id, 28.00833, 120.6694, "河湾路1号"],
        [bare.pk, "S002", "市民广场", bare.kind_id, None, None, ""],
    ]
    assert told["phrases"][""] == list(phrases.EVERYWHERE)
    assert told["phrases"][str(site.kind_id)] == list(phrases.OF_KIND["农贸市场"])


def test_what_the_phone_has_already_is_not_sent_again(city, campaign, as_):
    browser = as_(city.inspector)
    etag = browser.get(url("field_data"))["ETag"]

    assert browser.get(url("field_data"), HTTP_IF_NONE_MATCH=etag).status_code == 304
    make.site(campaign, city.bureau)
    assert browser.get(url("field_data"), HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_the_office_writes_the_sentences_of_a_type(city, campaign, as_):
    kind = SiteType.objects.create(name="农贸市场")

    answer = as_(city.coordinator).post(
        url("phrases_of_kind", kind.pk), {"text": " 活禽区未隔离 \n\n摊位占道\n摊位占道\n"}, follow=True
    )

    assert answer.redirect_chain == [(url("phrases"), 302)]
    assert phrases.offered(campaign)[kind.pk] == ["活禽区未隔离", "摊位占道"]
    assert "活禽区未隔离；摊位占道" in answer.content.decode()


def test_sentences_that_are_all_deleted_are_not_suggested_again(city, campaign, as_):
    as_(city.coordinator).post(url("phrases_everywhere"), {"text": ""})

    assert None not in phrases.offered(campaign)
    assert PhraseBook.objects.get().text == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("\n".join(f"第{n}句" for n in range(41)), "最多40句，现在有41句。"),
        ("长" * 61, f"每句最多60个字：“{'长' * 20}…”"),
    ],
)
def test_too_many_sentences_and_too_long_ones_are_told(city, campaign, as_, text, fault):
    answer = as_(city.coordinator).post(url("phrases_everywhere"), {"text": text})

    assert answer.context["form"].errors == {"text": [fault]}


# What becomes of what was sent ---------------------------------------------------------------------------


def test_a_form_takes_the_photos_that_came_ahead_of_it(city, campaign, as_):
    browser = as_(city.inspector)
    held = [hold(browser, colour="red"), hold(browser, colour="blue")]

    answer = browser.post(url("capture"), sent(campaign, held), **HTMX)

    finding = Finding.objects.get()
    assert (answer.status_code, answer["HX-Redirect"]) == (200, url("captured", finding.pk))
    assert finding.photos.count() == 2


def test_what_is_stored_is_told_by_the_key_of_its_form_and_no_other_redirect_says_so(city, campaign, as_):
    browser = as_(city.inspector)
    form = sent(campaign, hold(browser))

    told = browser.post(url("capture"), form, **HTMX).json()
    praised = browser.post(url("praise_new"), form | {"description": "整洁"}, **HTMX).json()
    city.inspector.must_change_password = True
    city.inspector.save()
    elsewhere = browser.post(url("capture"), sent(campaign, []), **HTMX)

    assert (told["stored"], told["url"]) == (form["client_key"], url("captured", Finding.objects.get().pk))
    assert praised["stored"] == form["client_key"]
    assert (elsewhere["HX-Redirect"], elsewhere.content) == (reverse("units:password_change"), b"")


def test_before_and_after_keep_to_their_fields(city, campaign, as_):
    browser = as_(city.inspector)
    before, after = hold(browser, colour="red"), hold(browser, form=OTHER_FORM, colour="green")

    browser.post(
        url("capture"),
        sent(campaign, before, fixed="on") | {"after_photos-form": OTHER_FORM, "after_photos-held": after},
        **HTMX,
    )

    shas = {photo.phase: photo.file.held.get().pk for photo in Finding.objects.get().photos.select_related("file")}
    assert shas == {"before": before, "after": after}


def test_a_photo_chosen_twice_is_taken_once(city, campaign, as_):
    browser = as_(city.inspector)
    held = [hold(browser), hold(browser)]

    browser.post(url("capture"), sent(campaign, held), **HTMX)

    assert held[0] == held[1]
    assert Finding.objects.get().photos.count() == 1


def test_more_photos_than_there_is_room_for_wait_for_their_own_form(city, campaign, as_, monkeypatch):
    monkeypatch.setattr("cityinit.held.MOST_HELD", 2)
    browser = as_(city.inspector)
    held = [hold(browser, colour=colour) for colour in ("red", "green", "blue", "gold")]

    browser.post(url("capture"), sent(campaign, held), **HTMX)

    assert Finding.objects.get().photos.count() == 4


def test_on_the_last_day_of_a_round_it_may_come_in_late(city, campaign, as_):
    over = make_round(campaign, city, ends_on=timezone.localdate() - timedelta(days=1))
    browser = as_(city.inspector)

    browser.post(url("capture"), sent(campaign, hold(browser), round=over.pk), **HTMX)

    assert Finding.objects.get().round == over


def test_sent_again_because_no_answer_came_it_is_the_same_finding(city, campaign, as_):
    browser = as_(city.inspector)
    form = sent(campaign, hold(browser))

    first = browser.post(url("capture"), form, **HTMX)
    again = browser.post(url("capture"), form, **HTMX)

    assert again["HX-Redirect"] == first["HX-Redirect"]
    assert (Finding.objects.count(), Finding.objects.get().photos.count()) == (1, 1)


def test_sent_again_with_its_photo_sent_again_too_it_is_the_same_finding(city, campaign, as_):
    browser = as_(city.inspector)
    form = sent(campaign, hold(browser))
    first = browser.post(url("capture"), form, **HTMX)
    HeldFile.objects.all().delete()

    gone = browser.post(url("capture"), form, **HTMX)
    again = browser.post(url("capture"), form | {"photos-held": hold(browser)}, **HTMX)

    assert gone.status_code == 422
    assert again["HX-Redirect"] == first["HX-Redirect"]
    assert (Finding.objects.count(), Finding.objects.get().photos.count()) == (1, 1)


def test_what_others_hold_is_not_taken(city, campaign, as_):
    held = hold(as_(city.liaison))

    answer = as_(city.inspector).post(url("capture"), sent(campaign, held), **HTMX)

    assert answer.status_code == 422
    assert Finding.objects.count() == 0


def test_a_document_that_is_held_is_no_photo(city, campaign, as_):
    paper = StoredFile.objects.create(
        kind="document", name="a.pdf", content_type="application/pdf", size=1, sha256="0" * 64, path="x"
    )
    held = HeldFile.objects.create(form=FORM, file=paper, held_by_id=city.inspector.pk)

    answer = as_(city.inspector).post(url("capture"), sent(campaign, held.pk), **HTMX)

    assert "没有保留下来" in answer.content.decode()
    assert Finding.objects.count() == 0


def test_it_counts_from_when_it_was_captured_not_from_when_the_net_came_back(city, campaign, as_):
    captured_at = timezone.now() - timedelta(hours=20)
    browser = as_(city.inspector)

    browser.post(url("capture"), sent(campaign, hold(browser), captured_at=captured_at.isoformat()), **HTMX)

    finding = Finding.objects.get()
    assert finding.found_at == captured_at
    assert finding.found_on == timezone.localdate(captured_at)
    assert finding.created_at > captured_at + timedelta(hours=19)


def test_the_page_says_when_a_late_capture_came_in(city, campaign, as_, clock):
    clock("2026-03-02 15:00")
    browser = as_(city.inspector)
    late = timezone.now() - timedelta(hours=5)
    browser.post(url("capture"), sent(campaign, hold(browser), captured_at=late.isoformat()), **HTMX)
    browser.post(url("capture"), sent(campaign, hold(browser, colour="blue")), **HTMX)

    told = [
        [fact[1] for fact in browser.get(found.get_absolute_url()).context["facts"] if fact[0] == "收到时间"]
        for found in Finding.objects.order_by("pk")
    ]

    assert told == [["2026-03-02 15:00"], []]


@pytest.mark.parametrize("captured_at", ["gestern", "2999-01-01T00:00:00Z", "1999-01-01T00:00:00Z", "", "NaN"])
def test_a_clock_that_cannot_be_right_files_it_now(city, campaign, as_, clock, captured_at):
    clock("2026-03-02 10:00")
    browser = as_(city.inspector)

    browser.post(url("capture"), sent(campaign, hold(browser), captured_at=captured_at), **HTMX)

    assert Finding.objects.get().found_at == timezone.now()


def test_the_place_comes_from_the_picture_the_phone_shrank(city, campaign, as_):
    browser = as_(city.inspector)
    held = hold(browser, latitude="28.0083", longitude="120.6694")

    browser.post(url("capture"), sent(campaign, held, place=""), **HTMX)

    finding = Finding.objects.get()
    assert (finding.latitude, finding.longitude) == (28.0083, 120.6694)


def test_it_is_filed_in_the_campaign_it_was_drawn_in(city, campaign, as_):
    other = tasks.campaign(city, name="另一个创建活动")
    browser = as_(city.inspector)
    browser.get(url("capture"), {"campaign": other.pk})

    browser.post(url("capture"), sent(campaign, hold(browser)), **HTMX)

    assert Finding.objects.get().campaign == campaign
    assert browser.session["campaign"] == other.pk


def test_it_is_refused_where_its_campaign_is_out_of_reach(city, campaign, as_):
    browser = as_(city.inspector)

    answer = browser.post(url("capture"), sent(campaign, hold(browser)) | {"campaign": campaign.pk + 1000}, **HTMX)

    assert answer.status_code == 409
    assert "已不在您的管辖范围内" in answer.content.decode()
    assert Finding.objects.count() == 0


def test_a_fault_of_the_plain_form_keeps_its_photos(city, campaign, as_):
    browser = as_(city.inspector)
    form = sent(campaign, []) | {"photos": [make.upload()], "category": ""}

    faulty = browser.post(url("capture"), form)
    field = faulty.context["form"].fields["photos"]
    again = form | {
        "photos": [],
        "category": make.category(campaign).pk,
        "photos-form": field.form_key,
        "photos-held": [row.pk for row in field.held],
    }
    browser.post(url("capture"), again)

    assert faulty.status_code == 422
    assert Finding.objects.get().photos.count() == 1


# The app on the phone ------------------------------------------------------------------------------------


def test_the_page_may_be_kept_on_the_phone_and_an_answer_may_not(city, campaign, as_):
    browser = as_(city.inspector)

    assert browser.get(url("capture"))["X-Keep-On-Phone"] == "any"
    assert "X-Keep-On-Phone" not in browser.post(url("capture"), {})


def walked(campaign, city, *, sites):
    """A round that the inspector walks, and the addresses of its checklists."""
    rounds.in_use(campaign, city)
    stops = [make.site(campaign, city.bureau, code=f"S{n}", name=f"市场{n}") for n in range(sites)]
    walk = rounds.round_at("in_field", campaign, city, sites=stops)
    return [url("round_visit", walk.pk, site.pk) for site in stops]


def test_what_the_phone_fetches_ahead_bears_the_marks_it_was_told(city, campaign, as_):
    forms = walked(campaign, city, sites=2)
    browser = as_(city.inspector)

    told = browser.get(url("field_ahead")).json()["keep"]

    pages = [url(name) for name in ("field_start", "capture", "field_data", "praise_new", "my_round")]
    assert [one["url"] for one in told] == [*pages, *forms]
    assert [browser.get(one["url"])["X-Keep-Mark"] for one in told] == [one["mark"] for one in told]
    assert [browser.get(one["url"])["X-Keep-On-Phone"] for one in told] == ["own", "any", "own", "any", *["own"] * 3]


@pytest.mark.parametrize("sites", [1, 3])
def test_what_to_fetch_ahead_is_told_at_the_same_cost_for_one_site_and_three(
    city, campaign, as_, django_assert_num_queries, sites
):
    walked(campaign, city, sites=sites)
    browser = as_(city.inspector)
    browser.get(url("field_ahead"))

    with django_assert_num_queries(9):
        browser.get(url("field_ahead"))


def test_a_colleague_s_word_changes_the_marks_of_the_list_and_of_that_site_alone(city, campaign, as_):
    forms = walked(campaign, city, sites=2)
    browser = as_(city.inspector)
    before = {one["url"]: one["mark"] for one in browser.get(url("field_ahead")).json()["keep"]}

    browser.post(forms[0], {"client_key": str(uuid4()), "checklist": Checklist.objects.get().pk, "note": "东门"})

    after = {one["url"]: one["mark"] for one in browser.get(url("field_ahead")).json()["keep"]}
    assert [address for address in after if after[address] != before[address]] == [url("my_round"), forms[0]]


@pytest.mark.parametrize("person", ["coordinator", "liaison", "leader"])
def test_who_files_nothing_is_told_to_keep_nothing(city, campaign, as_, person):
    assert as_(getattr(city, person)).get(url("field_ahead")).json() == {"keep": []}


def test_the_service_worker_names_all_that_the_page_loads(city, campaign, as_):
    browser = as_(city.inspector)
    worker = browser.get("/sw.js")
    page = browser.get(url("capture")).content.decode()

    named = set(json.loads(worker.content.decode().split("const ASSETS = ")[1].split(";\n")[0]))
    loaded = {part.split('"')[0].split("#")[0] for part in page.replace("href=", "src=").split('src="')[1:]}
    assert {path for path in loaded if path.startswith("/static/") and not path.endswith(".png")} <= named
    assert worker["Content-Type"] == "text/javascript"


def test_the_manifest_names_icons_that_are_there(client, db):
    manifest = client.get("/manifest.webmanifest")

    assert manifest["Content-Type"] == "application/manifest+json"
    for icon in manifest.json()["icons"]:
        assert client.get(icon["src"]).status_code == 200
