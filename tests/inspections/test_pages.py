"""The pages of findings and sites: who sees what, what bad input gets, and how many queries a list takes."""

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook as open_book
from PIL import Image

from campaigns.models import AssessmentSystem, CalendarDay, Indicator
from cityinit.models import AuditEvent
from inspections.actions import findings as actions
from inspections.actions import rounds as round_actions
from inspections.models import Finding, Round, Site
from inspections.views.findings import filter_form
from tests.factories import findings as make
from tests.factories import people, rounds, tasks
from units.roles import Role

State = Finding.State


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


def shown_messages(response):
    return [str(message) for message in response.context["messages"]]


# Who sees what ---------------------------------------------------------------------------------------


def test_units_see_only_what_was_dispatched_to_them(city, campaign):
    make.reported(city, campaign, site=make.site(campaign, city.bureau))
    own = make.finding_at(State.RECTIFYING, city, campaign)
    assisted = make.reported(city, campaign)
    actions.dispatch(assisted, by=city.coordinator, lead_unit=city.police, assisting_units=[city.bureau])
    below = make.reported(city, campaign)
    actions.dispatch(below, by=city.coordinator, lead_unit=city.community)

    seen = {
        name: set(Finding.objects.visible_to(getattr(city, name)))
        for name in ("liaison", "other_liaison", "street_liaison", "administrator", "nobody")
    }

    assert seen == {
        "liaison": {own, assisted},
        "other_liaison": {assisted},
        "street_liaison": {below},
        "administrator": set(),
        "nobody": set(),
    }
    for name in ("coordinator", "inspector", "leader"):
        assert Finding.objects.visible_to(getattr(city, name)).count() == 4


def test_another_units_finding_is_not_there(city, campaign, as_):
    finding = make.finding_at(State.SUBMITTED, city, campaign)
    photo = finding.photos.first()
    addresses = [
        url("finding", finding.pk),
        url("finding_move", finding.pk, "acknowledge"),
        url("photo", photo.pk, "shown"),
        url("photo", photo.pk, "original"),
        url("captured", finding.pk),
        url("due_hint", finding.pk),
    ]

    answers = [as_(city.other_liaison).get(address) for address in addresses]

    assert [answer.status_code for answer in answers] == [404] * len(addresses)
    assert "不在您的管辖范围内" in answers[0].content.decode()


def test_another_citys_office_sees_nothing_here(city, campaign, as_):
    other = people.city("云山市")
    finding = make.reported(city, campaign)

    assert as_(other.coordinator).get(url("finding", finding.pk)).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"), [("inspector", 200), ("coordinator", 403), ("liaison", 403), ("administrator", 403)]
)
def test_only_inspectors_open_the_capture_page(city, campaign, as_, who, status):
    assert as_(getattr(city, who)).get(url("capture")).status_code == status


@pytest.mark.parametrize("name", ["capture", "findings", "sites", "rounds"])
def test_without_a_campaign_the_page_says_what_to_do(city, as_, name):
    response = as_(city.inspector).get(url(name))

    assert (response.status_code, "还没有创建活动" in response.content.decode()) == (200, True)


# Photos ------------------------------------------------------------------------------------------------


def test_a_photo_is_shown_to_who_sees_the_finding_and_its_original_to_the_office(city, campaign, as_):
    photo = make.finding_at(State.RECTIFYING, city, campaign).photos.get()

    answers = {
        (who, variant): as_(getattr(city, who)).get(url("photo", photo.pk, variant)).status_code
        for who in ("coordinator", "liaison")
        for variant in ("thumb", "shown", "original", "anything")
    }

    assert answers == {
        ("coordinator", "thumb"): 200,
        ("coordinator", "shown"): 200,
        ("coordinator", "original"): 200,
        ("coordinator", "anything"): 404,
        ("liaison", "thumb"): 200,
        ("liaison", "shown"): 200,
        ("liaison", "original"): 403,
        ("liaison", "anything"): 404,
    }
    assert list(AuditEvent.objects.filter(action="查看原图").values_list("actor_id", flat=True)) == [
        city.coordinator.pk
    ]


def test_where_it_was_found_is_shown_to_the_office_only(city, campaign, as_):
    finding = make.finding_at(State.RECTIFYING, city, campaign, latitude=30.123456, longitude=114.5)

    pages = {
        who: as_(getattr(city, who)).get(finding.get_absolute_url()).content.decode()
        for who in ("inspector", "liaison")
    }

    assert {who: "30.123456" in page for who, page in pages.items()} == {"inspector": True, "liaison": False}


def test_a_photo_lost_from_the_disk_says_so_in_its_place(city, campaign, as_):
    photo = make.reported(city, campaign, photos=[make.photo(colour="orchid")]).photos.select_related("file").get()
    Path(settings.MEDIA_ROOT, photo.file.thumb_path).unlink()

    response = as_(city.inspector).get(url("photo", photo.pk, "thumb"))

    assert (response.status_code, response["Content-Type"]) == (404, "image/svg+xml")
    assert "照片文件缺失" in response.content.decode()
    assert as_(city.inspector).get(url("finding", photo.finding_id)).status_code == 200


# Filing ------------------------------------------------------------------------------------------------


def captured(campaign, **values):
    return {
        "client_key": str(uuid4()),
        "category": make.category(campaign).pk,
        "place": "河湾路中段",
        "photos": [make.upload()],
    } | values


def test_capture_files_and_says_the_number(city, campaign, as_):
    response = as_(city.inspector).post(url("capture"), captured(campaign), follow=True)

    finding = Finding.objects.get()
    assert response.redirect_chain == [(url("captured", finding.pk), 302)]
    assert finding.number in response.content.decode()


@pytest.mark.parametrize("direct", [False, True])
def test_after_filing_the_inspector_may_dispatch_where_the_campaign_says_so(city, campaign, as_, direct):
    campaign.direct_dispatch = direct
    campaign.save()

    page = as_(city.inspector).post(url("capture"), captured(campaign), follow=True)

    finding = Finding.objects.get()
    assert page.context["dispatch_url"] == (url("finding_move", finding.pk, "dispatch") if direct else "")


def test_the_next_finding_at_the_same_site_starts_with_the_site(city, campaign, as_):
    market = make.site(campaign, city.bureau)
    client = as_(city.inspector)
    page = client.post(url("capture"), captured(campaign, place="S001"), follow=True)

    again = client.get(page.context["again_url"])

    assert (again.context["chosen"], list(again.context["sites"])) == (market.pk, [market])


def test_capture_sent_twice_leads_to_the_same_finding(city, campaign, as_):
    sent = captured(campaign)
    first = as_(city.inspector).post(url("capture"), sent)
    second = as_(city.inspector).post(url("capture"), sent | {"photos": [make.upload()]})

    assert first["Location"] == second["Location"]
    assert Finding.objects.count() == 1


def test_a_typed_code_or_name_means_the_site_of_the_register(city, campaign, as_):
    market = make.site(campaign, city.bureau)
    for text in ("S001", "河湾农贸市场"):
        as_(city.inspector).post(url("capture"), captured(campaign, place=text))

    assert list(Finding.objects.values_list("site", "place")) == [(market.pk, "")] * 2


def test_a_name_two_sites_share_is_asked_for_its_code(city, campaign, as_):
    for code in ("S001", "S002"):
        make.site(campaign, city.bureau, code=code)

    response = as_(city.inspector).post(url("capture"), captured(campaign, place="河湾农贸市场"))

    assert response.status_code == 422
    assert response.context["form"].errors == {
        "place": ["有几个点位都叫“河湾农贸市场”，请填编号：S001、S002。"],
    }


def test_a_position_nobody_can_read_does_not_keep_a_finding_out(city, campaign, as_):
    as_(city.inspector).post(url("capture"), captured(campaign, latitude="here", longitude="1000"))

    assert list(Finding.objects.values_list("latitude", "longitude")) == [(None, None)]


def test_on_the_spot_from_the_page(city, campaign, as_):
    sent = captured(campaign, fixed="on")

    without = as_(city.inspector).post(url("capture"), sent)
    as_(city.inspector).post(url("capture"), captured(campaign, fixed="on", after_photos=[make.upload()]))

    assert without.context["form"].errors == {"after_photos": ["现场整改要有整改后的照片。"]}
    assert list(Finding.objects.values_list("state", flat=True)) == [State.CLOSED_ON_SPOT]


def large_photo():
    stream = BytesIO()
    Image.new("RGB", (32, 32)).save(stream, "JPEG")
    return SimpleUploadedFile("large.jpg", stream.getvalue() + b"\0" * (40 * 1024 * 1024), content_type="image/jpeg")


BAD_PHOTOS = {
    "40 MB": (large_photo, "“large.jpg”有40.0 MB，超过了25 MB的上限。请压缩后再上传。"),
    "a program": (
        lambda: SimpleUploadedFile("photo.jpg", b"MZ" + b"\0" * 500, content_type="image/jpeg"),
        "“photo.jpg”不是照片，而是程序文件。请选择JPG、PNG、WebP或HEIC格式的照片。",
    ),
    "svg": (
        lambda: SimpleUploadedFile("photo.svg", b"<svg xmlns='x'><script/></svg>", content_type="image/svg+xml"),
        "“photo.svg”不是照片，而是网页或矢量图文件。请选择JPG、PNG、WebP或HEIC格式的照片。",
    ),
}


@pytest.mark.once
@pytest.mark.parametrize("name", BAD_PHOTOS)
def test_what_is_no_photo_is_turned_down_with_a_sentence(city, campaign, as_, name):
    bad, sentence = BAD_PHOTOS[name]

    response = as_(city.inspector).post(url("capture"), captured(campaign, photos=[make.upload(), bad()]))

    assert (response.status_code, response.context["form"].errors) == (422, {"photos": [sentence]})
    assert Finding.objects.count() == 0


def test_an_empty_form_says_what_is_missing(city, campaign, as_):
    response = as_(city.inspector).post(url("capture"), {"client_key": str(uuid4())})

    assert response.context["form"].errors == {
        "category": ["请选择问题类别。"],
        "photos": ["请至少拍一张照片，或写一句问题描述。"],
        "place": ["请选择点位，或写明在什么地方。"],
    }


# Moves -------------------------------------------------------------------------------------------------


def test_every_move_open_to_a_person_has_its_page(city, campaign, as_):
    opened = set()
    for state in State:
        finding = make.finding_at(state, city, campaign)
        for who in ("coordinator", "inspector", "liaison"):
            response = as_(getattr(city, who)).get(finding.get_absolute_url())
            if response.status_code == 404:
                continue
            for button in response.context["moves"]:
                if button["needs_form"]:
                    assert as_(getattr(city, who)).get(button["url"]).status_code == 200
                    opened.add(button["url"].split("/")[-2])

    assert opened == {
        "dispatch",
        "reject",
        "mark_duplicate",
        "answer",
        "return_to_office",
        "close",
        "suspend",
        "resume",
        "reopen",
        "void",
        "ask_extension",
        "look-back",
    }


def test_a_move_that_is_not_open_is_refused_before_anything_is_filled_in(city, campaign, as_):
    finding = make.reported(city, campaign)

    response = as_(city.coordinator).get(url("finding_move", finding.pk, "close"), follow=True)

    assert response.redirect_chain == [(finding.get_absolute_url(), 302)]
    assert shown_messages(response) == ["现在不能销号：它目前是“待核实”。"]


def test_a_stale_form_is_refused_with_a_sentence_and_keeps_what_was_typed(city, campaign, as_):
    finding = make.finding_at(State.DISPATCHED, city, campaign)
    actions.acknowledge(finding, by=city.liaison)
    sent = {"reason": "属街道管理", "seen_state": State.DISPATCHED}

    plain = as_(city.liaison).post(url("finding_move", finding.pk, "return_to_office"), sent)
    htmx = as_(city.liaison).post(
        url("finding_move", finding.pk, "return_to_office"), sent, headers={"hx-request": "true"}
    )

    form = plain.context["form"]
    assert form.non_field_errors() == ["这条记录刚刚被别人改成了“整改中”，请看过最新情况再办理。"]
    assert (plain.status_code, form["reason"].value(), form["seen_state"].value()) == (422, "属街道管理", "rectifying")
    assert (htmx.status_code, "这条记录刚刚被别人改成了“整改中”" in htmx.content.decode()) == (409, True)
    finding.refresh_from_db()
    assert (finding.state, finding.returned_times) == (State.RECTIFYING, 0)


def test_an_answer_sent_twice_through_the_page_is_stored_once(city, campaign, as_):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    sent = {"client_key": str(uuid4()), "measure": "已清理", "seen_state": State.RECTIFYING}

    answers = [
        as_(city.liaison).post(url("finding_move", finding.pk, "answer"), sent | {"photos": [make.upload()]})
        for _time in range(2)
    ]

    assert [answer["Location"] for answer in answers] == [finding.get_absolute_url()] * 2
    assert finding.rectifications.count() == 1


def test_a_mistake_in_one_verdict_keeps_the_other_ready(city, campaign, as_):
    finding = make.finding_at(State.SUBMITTED, city, campaign)

    response = as_(city.inspector).post(
        url("finding_move", finding.pk, "rework"), {"reason": "", "due_at": "2020-01-01T08:00"}
    )

    assert response.status_code == 422
    assert response.context["rework_form"].errors == {
        "reason": ["请填写这一项。"],
        "due_at": ["期限须晚于现在。"],
    }
    assert response.context["close_form"].is_bound is False


def test_dispatch_suggests_the_sites_unit_and_the_due_time(city, campaign, as_, clock):
    clock("2026-03-02 10:30")
    finding = make.reported(city, campaign, site=make.site(campaign, city.police), severity="B")

    page = as_(city.coordinator).get(url("finding_move", finding.pk, "dispatch"))
    hint = as_(city.coordinator).get(url("due_hint", finding.pk), {"severity": "D"}).content.decode()

    assert page.context["form"].initial["lead_unit"] == city.police
    assert "2026-03-05 18:00" in page.content.decode()
    assert ("2026-04-01 18:00" in hint, "按等级D的时限30天计算" in hint) == (True, True)


def test_who_sent_it_back_is_not_suggested_again(city, campaign, as_):
    finding = make.finding_at(State.RETURNED, city, campaign)

    page = as_(city.coordinator).get(url("finding_move", finding.pk, "dispatch"))

    assert page.context["form"].initial["lead_unit"] is None


def test_dispatch_warns_where_next_years_holidays_are_unknown(city, campaign, as_, clock):
    clock("2031-03-03 10:30")
    finding = make.reported(city, campaign, severity="B")
    alarm = "2031年的放假安排还没有录入"

    before = as_(city.coordinator).get(url("finding_move", finding.pk, "dispatch")).content.decode()
    for month, day in ((1, 1), (5, 1), (10, 1)):
        CalendarDay.objects.create(day=date(2031, month, day), is_workday=False)
    after = as_(city.coordinator).get(url("finding_move", finding.pk, "dispatch")).content.decode()

    assert (alarm in before, alarm in after) == (True, False)


def test_dispatch_to_a_unit_without_liaison_is_done_and_said(city, campaign, as_):
    finding = make.reported(city, campaign)
    sent = {"lead_unit": city.office.pk, "severity": "B", "seen_state": State.REPORTED}

    response = as_(city.coordinator).post(url("finding_move", finding.pk, "dispatch"), sent, follow=True)

    assert shown_messages(response) == ["已交办。", "“创建办”还没有联络员，没有人会收到这次交办，请先安排岗位。"]


def test_an_unknown_move_is_not_there(city, campaign, as_):
    finding = make.reported(city, campaign)

    assert as_(city.coordinator).get(url("finding_move", finding.pk, "promote")).status_code == 404


def test_a_decision_without_a_request_is_refused(city, campaign, as_):
    finding = make.finding_at(State.RECTIFYING, city, campaign)

    response = as_(city.coordinator).get(url("finding_move", finding.pk, "grant_extension"), follow=True)

    assert shown_messages(response) == ["没有待批的延期申请。"]


# Lists -------------------------------------------------------------------------------------------------


def numbers(response):
    return [row["number"] for row in response.context["rows"]]


@pytest.mark.parametrize("who", ["coordinator", "liaison"])
def test_lists_take_as_many_queries_for_three_rows_as_for_one(city, campaign, as_, who):
    def queries():
        client, counts = as_(getattr(city, who)), []
        for address in (url("findings"), url("sites"), url("desk"), market.get_absolute_url()):
            with CaptureQueriesContext(connection) as told:
                assert client.get(address).status_code == 200
            counts.append(len(told))
        return counts

    market = make.site(campaign, city.bureau)
    make.finding_at(State.RECTIFYING, city, campaign, site=market)
    # What the filter offers is asked for once, by whoever comes first.
    queries()
    one = queries()
    for code in ("S002", "S003"):
        more = make.site(campaign, city.bureau, code=code)
        make.finding_at(State.DISPATCHED, city, campaign, site=more)
        make.finding_at(State.RECTIFYING, city, campaign, site=market)

    assert queries() == one


@pytest.mark.parametrize(("size", "queries"), [(2, 4), (1, 5)])
def test_the_list_is_one_query_beside_who_asks_and_one_that_counts_what_does_not_end_on_the_page(
    city, campaign, as_, monkeypatch, django_assert_num_queries, size, queries
):
    monkeypatch.setattr("inspections.views.findings.PAGE_SIZE", size)
    for _n in range(2):
        make.finding_at(State.RECTIFYING, city, campaign)
    client = as_(city.coordinator)
    # What the filter offers is asked for once, by whoever comes first.
    client.get(url("findings"))

    with django_assert_num_queries(queries):
        client.get(url("findings"))


@pytest.mark.parametrize("n", [1, 3])
def test_what_waits_to_be_verified_is_compared_once_the_list_is_shown(
    city, campaign, as_, django_assert_num_queries, n
):
    waiting = [make.reported(city, campaign) for _n in range(n)]
    client = as_(city.coordinator)
    client.get(url("findings"))
    with django_assert_num_queries(4):
        page = client.get(url("findings"))

    with django_assert_num_queries(6):
        client.get(page.context["alike_url"])

    assert asked_for(page.context["alike_url"]) == {row.pk for row in waiting}


def asked_for(address):
    return {int(key) for key in QueryDict(urlsplit(address).query).getlist("finding")}


def test_a_findings_page_asks_for_its_photos_at_once_and_for_doubts_where_there_are_any(city, campaign, as_):
    def queries(finding):
        with CaptureQueriesContext(connection) as told:
            client.get(finding.get_absolute_url())
        return len(told)

    client = as_(city.coordinator)
    few = make.finding_at(State.SUBMITTED, city, campaign)
    many = make.reported(city, campaign, photos=[make.photo() for _n in range(3)])
    make.STEPS["dispatch"](many, city)
    make.STEPS["acknowledge"](many, city)
    for _time in range(2):
        make.STEPS["answer"](many, city)
        make.STEPS["rework"](many, city)
    make.STEPS["answer"](many, city)

    # Three photos take one query as one does; those that were sent again are doubted.
    assert (queries(few), queries(many)) == (7, 8)


def test_the_filters_find_what_they_name(city, campaign, as_, clock):
    clock("2026-03-02 09:00")
    market = make.site(campaign, city.bureau)
    light = make.category(campaign, "路灯不亮")
    walk = Round.objects.create(campaign=campaign, name="三月督查")
    first = make.reported(city, campaign, site=market, category=light, round=walk, description="东门路灯", severity="D")
    second = make.finding_at(State.RECTIFYING, city, campaign, severity="B")
    clock("2026-03-06 09:00")
    third = make.reported(city, campaign)

    def found(**query):
        return numbers(as_(city.coordinator).get(url("findings"), query))

    assert found() == [third.number, second.number, first.number]
    assert found(state="reported") == [third.number, first.number]
    assert found(state="with_unit") == [second.number]
    assert found(flag="overdue") == [second.number]
    assert found(flag="today") == []
    assert found(site=market.pk) == [first.number]
    assert found(category=light.pk) == [first.number]
    assert found(round=walk.pk) == [first.number]
    assert found(severity="D") == [first.number]
    assert found(unit=city.bureau.pk) == [second.number, first.number]
    assert found(q="东门") == [first.number]
    assert found(q="农贸") == [first.number]
    assert found(since="2026-03-06") == [third.number]
    assert found(until="2026-03-05") == [second.number, first.number]
    assert found(order="due") == [second.number]


def test_sql_that_is_kept_shows_each_person_and_filter_what_their_own_would(city, campaign, as_, clock):
    now = clock("2026-03-02 09:00")
    places = [make.site(campaign, unit, code=unit.name) for unit in (city.bureau, city.street)]
    kinds = [make.category(campaign, name) for name in ("路灯不亮", "小广告")]
    for n in range(24):
        now.shift(timedelta(hours=7))
        make.finding_at(
            (State.REPORTED, State.DISPATCHED, State.RECTIFYING, State.CLOSED)[n % 4],
            city,
            campaign,
            site=places[n // 4 % 2],
            category=kinds[n // 8 % 2],
            severity="ABC"[n // 3 % 3],
        )
    asked = [
        {},
        *({"state": state} for state in ("open", "done", "reported", "dispatched")),
        *({"flag": flag} for flag in ("overdue", "warned", "in_time", "today", "reopened")),
        *({"site": site.pk} for site in places),
        *({"category": kind.pk} for kind in kinds),
        *({"severity": severity} for severity in "ABC"),
        *({"unit": unit.pk, **alone} for unit in (city.bureau, city.street) for alone in ({}, {"alone": "on"})),
        *({"since": day} for day in ("2026-03-04", "2026-03-06")),
        *({"until": day, "order": "due"} for day in ("2026-03-04", "2026-03-06")),
        *({"part": part} for part in ("lead", "reported")),
        {"sent": "no"},
        {"state": "open", "severity": "B", "category": kinds[0].pk},
        {"state": "open", "severity": "C", "category": kinds[1].pk},
    ]

    def shown(who, query):
        return numbers(as_(who).get(url("findings"), query))

    def filtered(who, query):
        request = SimpleNamespace(campaign=campaign, user=who)
        form = filter_form(request, QueryDict(urlencode(query)))
        rows = form.filter(Finding.objects.visible_to(who, of=campaign), now=timezone.now())
        rows = (
            rows.filter(due_at__isnull=False).order_by("due_at", "pk")
            if form.by_due
            else rows.order_by("-found_at", "-pk")
        )
        return [row.number for row in rows]

    people = (city.coordinator, city.liaison, city.leader, city.inspector)
    # Everybody in turn, twice: the second time all of it is kept.
    told = [shown(who, query) for _time in range(2) for query in asked for who in people]

    assert told == [filtered(who, query) for query in asked for who in people] * 2


def test_a_condition_that_cannot_be_read_is_left_out_alone_and_told(city, campaign, as_):
    closed = make.finding_at(State.CLOSED, city, campaign)
    make.reported(city, campaign)

    response = as_(city.coordinator).get(
        url("findings"), {"since": "yesterday", "state": "closed", "category": "0", "site": "0"}
    )

    assert numbers(response) == [closed.number]
    told = [
        "“发现起”的条件看不懂，没有按它筛选。",
        "“类别”里选的已不存在，没有按它筛选。",
        "“点位”里选的已不存在，没有按它筛选。",
    ]
    assert sorted(response.context["form"].faults) == sorted(told)
    assert all(fault in response.content.decode() for fault in told)


def test_pages_follow_one_another_in_both_orders(city, campaign, as_, monkeypatch):
    monkeypatch.setattr("inspections.views.findings.PAGE_SIZE", 2)
    made = [make.finding_at(State.DISPATCHED, city, campaign).number for _n in range(3)]
    client = as_(city.coordinator)

    seen = {}
    for order in ("", "due"):
        first = client.get(url("findings"), {"order": order})
        second = client.get(url("findings") + first.context["page"].next_url)
        seen[order] = numbers(first) + numbers(second)

    assert seen == {"": made[::-1], "due": made}


@pytest.mark.parametrize("who", ["coordinator", "inspector", "liaison", "leader"])
def test_each_count_of_the_desk_opens_exactly_what_it_counts(city, campaign, as_, who):
    for state in State:
        if state != State.DRAFT:
            make.finding_at(state, city, campaign)
    assisted = make.reported(city, campaign)
    actions.dispatch(assisted, by=city.coordinator, lead_unit=city.police, assisting_units=[city.bureau])
    late = make.finding_at(State.RECTIFYING, city, campaign)
    Finding.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(days=1))

    stats = as_(getattr(city, who)).get(url("desk")).context["stats"]

    listed = [len(numbers(as_(getattr(city, who)).get(stat["url"]))) for stat in stats]
    assert listed == [stat["value"] for stat in stats]
    assert sum(listed) > 0


def test_a_liaisons_desk_counts_what_is_to_be_answered_not_what_is_only_seen(city, campaign, as_):
    assisted = make.reported(city, campaign)
    actions.dispatch(assisted, by=city.coordinator, lead_unit=city.police, assisting_units=[city.bureau])

    stats = as_(city.liaison).get(url("desk")).context["stats"]

    assert [stat["value"] for stat in stats] == [0] * len(stats)


def test_the_desk_of_who_walks_a_round_leads_there_while_it_is_walked(city, campaign, as_):
    walk = rounds.round_at("drawn", campaign, city)
    address = url("my_round")
    led = {"before": address in as_(city.inspector).get(url("desk")).text}

    round_actions.start(walk, by=city.coordinator)

    led |= {who: address in as_(getattr(city, who)).get(url("desk")).text for who in ("inspector", "coordinator")}
    assert led == {"before": False, "inspector": True, "coordinator": False}


def test_the_desk_lists_the_findings_of_its_most_urgent_count(city, campaign, as_):
    late, waiting = make.finding_at(State.RECTIFYING, city, campaign), make.finding_at(State.SUBMITTED, city, campaign)
    Finding.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(days=1))

    listed = {
        who: [row["number"] for row in as_(getattr(city, who)).get(url("desk")).context["rows"]]
        for who in ("coordinator", "inspector", "liaison", "leader")
    }

    assert listed == {
        "coordinator": [waiting.number],
        "inspector": [waiting.number],
        "liaison": [late.number],
        "leader": [late.number],
    }


def test_a_task_shows_the_findings_of_its_indicator(city, campaign, as_):
    system = AssessmentSystem.objects.create(campaign=campaign, name="测评体系")
    indicator = Indicator.objects.create(campaign=campaign, system=system, code="Ⅱ-1", name="市容环境")
    task = tasks.issued(campaign, city, indicator=indicator)
    plain = tasks.issued(campaign, city)
    finding = make.reported(city, campaign, indicator=indicator)
    make.reported(city, campaign)

    block = as_(city.coordinator).get(url("for_task", task.pk))
    nothing = as_(city.coordinator).get(url("for_task", plain.pk))

    assert numbers(block) == [finding.number]
    assert nothing.content.decode().strip() == ""


# Sites -------------------------------------------------------------------------------------------------


SITE = {"code": "S009", "name": "滨河公园", "kind": "公园", "address": "滨河路1号"}


def test_the_office_adds_and_changes_a_site(city, campaign, as_):
    client = as_(city.coordinator)
    client.post(url("site_new"), SITE | {"unit": city.bureau.pk, "latitude": "30.5", "longitude": "114.2"})
    site = Site.objects.get()
    client.post(url("site_edit", site.pk), SITE | {"unit": city.police.pk, "name": "滨河湿地公园"})

    site.refresh_from_db()
    assert (site.name, site.unit, site.kind.name, site.latitude) == ("滨河湿地公园", city.police, "公园", None)
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))[-2:] == ["新增点位", "修改点位"]


def test_a_code_that_is_taken_is_named_with_its_site(city, campaign, as_):
    make.site(campaign, city.bureau, code="S009")

    response = as_(city.coordinator).post(url("site_new"), SITE | {"unit": city.bureau.pk})

    assert response.context["form"].errors == {"code": ["编号“S009”已用于“河湾农贸市场”。"]}


@pytest.mark.parametrize("who", ["inspector", "liaison", "leader"])
def test_only_the_office_changes_the_register(city, campaign, as_, who):
    site = make.site(campaign, city.bureau)

    answers = [
        as_(getattr(city, who)).get(address).status_code for address in (url("site_new"), url("site_edit", site.pk))
    ]

    assert answers == [403, 403]


def test_a_unit_sees_its_own_sites_and_there_only_its_own_findings(city, campaign, as_):
    own = make.site(campaign, city.bureau)
    other = make.site(campaign, city.police, code="S002", name="火车站广场")
    mine = make.reported(city, campaign, site=own)
    actions.dispatch(mine, by=city.coordinator, lead_unit=city.bureau)
    make.reported(city, campaign, site=own)

    listed = as_(city.liaison).get(url("sites")).context["page"].rows
    page = as_(city.liaison).get(own.get_absolute_url())

    assert [row["pk"] for row in listed] == [own.pk]
    assert numbers(page) == [mine.number]
    assert as_(city.liaison).get(other.get_absolute_url()).status_code == 404


def test_rounds_count_their_findings_and_link_to_them(city, campaign, as_):
    client = as_(city.coordinator)
    client.post(url("rounds"), {"name": "三月督查", "starts_on": "2026-03-01", "ends_on": "2026-03-31"})
    walk = Round.objects.get()
    make.reported(city, campaign, round=walk)
    void = make.reported(city, campaign, round=walk)
    actions.void(void, by=city.coordinator, reason="录入有误")

    row = client.get(url("rounds")).context["rounds"].get()

    listed = [
        len(numbers(client.get(url("findings"), {"round": walk.pk, "state": state}))) for state in ("counted", "open")
    ]
    assert [row.found, row.open] == listed == [1, 1]


def test_a_round_that_ends_before_it_begins_is_turned_down(city, campaign, as_):
    sent = {"name": "三月督查", "starts_on": "2026-03-31", "ends_on": "2026-03-01"}

    response = as_(city.coordinator).post(url("rounds"), sent)

    assert response.context["form"].errors == {"ends_on": ["结束日期不能早于开始日期。"]}
    assert as_(city.inspector).post(url("rounds"), sent).status_code == 403


def test_a_forged_site_or_place_is_no_fault(city, campaign, as_):
    inspector = as_(city.inspector)

    answers = [
        inspector.get(url("capture"), {"site": "9" * 5000}),
        inspector.post(url("capture"), {"site": "9" * 5000, "category": "9" * 5000, "place": "a\x00"}),
    ]

    assert [answer.status_code for answer in answers] == [200, 422]


@pytest.mark.parametrize("due", ["0001-01-01T00:00", "2099-12-31T18:00", "9999-12-31T23:59"])
@pytest.mark.parametrize(("state", "move"), [(State.REPORTED, "dispatch"), (State.SUBMITTED, "rework")])
def test_a_deadline_in_a_year_typed_wrong_is_a_form_error(city, campaign, as_, state, move, due):
    finding = make.finding_at(state, city, campaign)
    given = {"lead_unit": city.bureau.pk, "severity": "C", "reason": "不合格", "due_at": due}

    answer = as_(city.coordinator).post(url("finding_move", finding.pk, move), given)

    finding.refresh_from_db()
    assert (answer.status_code, finding.state) == (422, state)


@pytest.mark.parametrize("until", ["2050-01-01", "9999-12-31"])
def test_an_extension_to_a_year_typed_wrong_is_not_asked_for(city, campaign, as_, until):
    finding = make.finding_at(State.RECTIFYING, city, campaign)

    as_(city.liaison).post(url("finding_move", finding.pk, "ask_extension"), {"until": until, "reason": "雨季"})

    assert not finding.extensions.exists()


# How it reads ------------------------------------------------------------------------------------------


def test_a_waiting_extension_is_the_one_primary_button_and_the_first(city, campaign, as_):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    later = timezone.localdate(finding.due_at) + timedelta(days=5)
    actions.ask_extension(finding, by=city.liaison, reason="等材料", until=later)

    moves = as_(city.coordinator).get(finding.get_absolute_url()).context["moves"]

    assert (moves[0]["label"], moves[0]["tone"]) == ("审批延期", "primary")
    assert [move["label"] for move in moves if move["tone"] == "primary"] == ["审批延期"]


def test_a_severity_names_no_limit_that_a_category_overrides(city, campaign, as_):
    category = make.category(campaign, "暴露垃圾", limit_amount=4, limit_unit="working_hours")
    finding = make.reported(city, campaign, category=category, severity="B")
    client = as_(city.coordinator)

    form = client.get(url("finding_move", finding.pk, "dispatch"))
    page = client.get(finding.get_absolute_url())

    assert dict(form.context["form"].fields["severity"].choices)["B"] == "B 较重"
    assert form.context["basis"] == "按类别“暴露垃圾”的时限4个工作时计算"
    assert dict(fact[:2] for fact in page.context["facts"])["等级"] == "B 较重"


def test_a_place_is_told_in_the_order_of_its_form(city, campaign, as_):
    site = make.site(campaign, city.bureau, longitude=114.31, latitude=30.59)

    facts = as_(city.coordinator).get(site.get_absolute_url()).context["facts"]

    assert dict(fact[:2] for fact in facts)["经纬度"] == "经度114.310000，纬度30.590000"


def test_a_deadline_in_another_year_carries_its_year(city, campaign, as_, clock):
    clock("2026-12-28 09:00")
    this_year, next_year = make.reported(city, campaign), make.reported(city, campaign)
    for finding, month in ((this_year, "2026-12-30"), (next_year, "2027-01-05")):
        due = timezone.make_aware(timezone.datetime.fromisoformat(f"{month} 18:00"))
        actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau, due_at=due)

    rows = as_(city.coordinator).get(url("findings")).context["rows"]

    assert {row["number"]: row["due"] for row in rows} == {
        this_year.number: "12-30 18:00",
        next_year.number: "2027-01-05 18:00",
    }


# Sent again, and too late ------------------------------------------------------------------------------


def test_after_back_another_photo_and_text_are_another_finding(city, campaign, as_):
    browser = as_(city.inspector)
    key = str(browser.get(url("capture")).context["form"]["client_key"].value())
    sent = {"client_key": key, "category": make.category(campaign).pk, "place": "河湾路"}

    answers = [
        browser.post(url("capture"), sent | {"description": text, "photos": [make.upload(colour=colour)]})
        for text, colour in (("占道", "red"), ("占道", "red"), ("垃圾", "red"), ("垃圾", "blue"))
    ]

    first, again, second, third = [answer.headers["Location"] for answer in answers]
    assert first == again
    assert len({first, second, third}) == Finding.objects.count() == 3


def test_the_place_the_phone_finds_between_two_sendings_makes_no_second_finding(city, campaign, as_):
    browser = as_(city.inspector)
    sent = {
        "client_key": str(uuid4()),
        "category": make.category(campaign).pk,
        "place": "河湾路",
        "description": "占道",
    }

    browser.post(url("capture"), sent)
    browser.post(url("capture"), sent | {"latitude": "30.59", "longitude": "114.31"})

    assert Finding.objects.count() == 1


def test_a_site_that_somebody_else_has_changed_keeps_both_and_may_be_saved_then(city, campaign, as_):
    site = make.site(campaign, city.bureau)
    browser = as_(city.coordinator)
    drawn = browser.get(url("site_edit", site.pk)).context["form"]
    mine = {field.name: field.value() if field.value() is not None else "" for field in drawn} | {"leader": "我填的"}
    Site.objects.filter(pk=site.pk).update(leader="别人填的")

    stale = browser.post(url("site_edit", site.pk), mine)

    form = stale.context["form"]
    assert (stale.status_code, form["leader"].value()) == (422, "我填的")
    assert form.errors["leader"] == ["现在保存的是：别人填的"]
    browser.post(url("site_edit", site.pk), mine | {"seen": form["seen"].value()})
    site.refresh_from_db()
    assert site.leader == "我填的"


def test_the_original_is_offered_among_the_latest_of_the_place_and_the_category(city, campaign, as_, clock):
    clock("2026-03-02 09:00")
    market = make.site(campaign, city.bureau)
    old = make.reported(city, campaign, site=market)
    clock("2026-05-06 09:00")
    of_category = make.reported(city, campaign)
    of_site = make.reported(city, campaign, site=market, category=make.category(campaign, "垃圾"))
    make.reported(city, campaign, category=make.category(campaign, "油烟"))
    make.finding_at(State.VOID, city, campaign)
    finding = make.reported(city, campaign, site=market)
    browser = as_(city.coordinator)
    address = url("finding_move", finding.pk, "mark_duplicate")

    offered = browser.get(address).context["form"].fields["original"].queryset
    refused = {
        name: browser.post(address, sent).context["form"].errors
        for name, sent in {
            "nothing": {"note": ""},
            "unknown": {"number": "2026-999999"},
            "both": {"original": of_site.pk, "number": old.number},
        }.items()
    }
    browser.post(address, {"original": of_site.pk, "number": ""})

    assert list(offered) == [of_site, of_category]
    assert refused == {
        "nothing": {"number": ["请选中或填写原来的那个问题。"]},
        "unknown": {"number": ["没有编号为“2026-999999”的问题。"]},
        "both": {"number": ["选中的和填写的不是同一个问题，请只留一个。"]},
    }
    finding.refresh_from_db()
    assert (finding.state, finding.duplicate_of) == (State.DUPLICATE, of_site)


def test_an_original_of_long_ago_is_given_by_its_number(city, campaign, as_):
    original, finding = make.reported(city, campaign), make.reported(city, campaign)

    as_(city.coordinator).post(url("finding_move", finding.pk, "mark_duplicate"), {"number": original.number})

    finding.refresh_from_db()
    assert finding.duplicate_of == original


def test_into_what_is_of_another_place_and_another_category_it_is_merged_only_once_that_was_looked_at(
    city, campaign, as_
):
    market = make.site(campaign, city.bureau)
    light = make.reported(city, campaign, place="人民路", category=make.category(campaign, "路灯不亮"))
    finding = make.reported(city, campaign, site=market)
    office, address = as_(city.coordinator), url("finding_move", finding.pk, "mark_duplicate")

    asked_before = "is_same" in office.get(address).context["form"].fields
    warned = office.post(address, {"number": light.number})
    finding.refresh_from_db()
    state = finding.state
    office.post(address, {"number": light.number, "is_same": "on"})

    finding.refresh_from_db()
    assert (asked_before, warned.status_code, state) == (False, 422, State.REPORTED)
    assert warned.context["form"].errors == {
        "is_same": [
            f"这个问题是“河湾农贸市场”的“占道经营”，{light.number} 是“人民路”的“路灯不亮”，很可能不是同一个问题。"
            "请核对，确认后勾选再提交。"
        ]
    }
    assert (finding.state, finding.duplicate_of) == (State.DUPLICATE, light)


@pytest.mark.parametrize(
    "values",
    [{"place": "人民路"}, {"category": "路灯不亮", "place": "河湾路中段"}, {"category": "路灯不亮", "place": ""}],
)
def test_of_one_place_or_one_category_it_is_merged_at_once(city, campaign, as_, values):
    category = make.category(campaign, values.pop("category", "占道经营"))
    original, finding = make.reported(city, campaign, category=category, **values), make.reported(city, campaign)

    as_(city.coordinator).post(url("finding_move", finding.pk, "mark_duplicate"), {"number": original.number})

    finding.refresh_from_db()
    assert finding.duplicate_of == original


def test_until_it_is_dispatched_a_unit_is_a_suggestion_and_is_called_one(city, campaign, as_):
    market = make.site(campaign, city.bureau)
    finding = make.reported(city, campaign, site=market)
    office = as_(city.coordinator)

    def told():
        facts = [fact[:2] for fact in office.get(finding.get_absolute_url()).context["facts"]]
        [row] = office.get(url("findings")).context["rows"]
        return [fact for fact in facts if fact[0].endswith("责任单位")], row["unit"]

    waiting = told()
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau)

    assert waiting == ([("建议责任单位", "城管局")], "建议：城管局")
    assert told() == ([("责任单位", "城管局")], "城管局")


# Taken out as a file -----------------------------------------------------------------------------------


def exported(answer):
    head, *rows = open_book(BytesIO(b"".join(answer.streaming_content))).active.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_the_finding_ledger_is_taken_out_as_it_is_filtered_and_told_to_the_trail(city, campaign, as_, clock):
    clock("2026-03-02 09:00")
    closed = make.finding_at(State.CLOSED, city, campaign, description="@占道")
    make.reported(city, campaign)
    office = as_(city.coordinator)
    listed = office.get(url("findings") + "?state=closed")

    rows = exported(office.get(listed.context["export_url"]))

    told = [[str(row[name]) for name in ("编号", "发现时间", "问题描述", "责任单位", "状态")] for row in rows]
    assert told == [[closed.number, "2026-03-02 09:00:00", "@占道", "清水市城市管理局", "已销号"]]
    (event,) = AuditEvent.objects.filter(action="导出台账")
    assert (event.actor_name, event.detail) == (str(city.coordinator), {"filter": "state=closed"})
    assert as_(city.inspector).get(url("findings")).context["export_url"] == ""


def test_more_findings_than_a_sheet_holds_are_refused_before_anything_is_sent(city, campaign, as_, monkeypatch):
    make.reported(city, campaign)
    make.reported(city, campaign)
    monkeypatch.setattr("cityinit.documents.xlsx.ROW_LIMIT", 2)

    answer = as_(city.coordinator).get(url("findings_export"), follow=True)

    assert shown_messages(answer) == ["有2条，超过一个 Excel 工作表的1行。请按条件筛选后分几次导出。"]
    assert not AuditEvent.objects.filter(action="导出台账").exists()


def test_a_capture_that_is_refused_keeps_what_was_typed(city, campaign, as_):
    other = people.person("另一督查员", Role.INSPECTOR, city.office)
    sent = {
        "client_key": str(uuid4()),
        "category": make.category(campaign).pk,
        "place": "河湾路",
        "description": "占道",
    }

    as_(city.inspector).post(url("capture"), sent)
    answer = as_(other).post(url("capture"), sent)

    form = answer.context["form"]
    assert form.non_field_errors() == ["这张表已由别人提交过，或已用于另一条记录，请重新打开页面填写。"]
    assert (answer.status_code, form["description"].value()) == (422, "占道")


def test_what_was_typed_about_an_extension_that_somebody_else_has_decided_stays(city, campaign, as_):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    until = timezone.localdate(finding.due_at) + timedelta(days=5)
    asked = actions.ask_extension(finding, by=city.liaison, reason="等材料", until=until)
    actions.grant_extension(asked, by=city.coordinator)

    answer = as_(city.coordinator).post(url("finding_move", finding.pk, "refuse_extension"), {"note": "须限时完成"})

    form = answer.context["form"]
    assert form.non_field_errors() == ["这个延期申请已经办理：已批准。"]
    assert (answer.status_code, form["note"].value()) == (422, "须限时完成")


def test_a_finding_goes_to_units_of_the_tree_or_to_who_answers_for_its_site(city, campaign, as_):
    partner = people.unit("驻军某部", host=city.host, relation="partner")
    people.unit("省文明办", host=city.host, relation="superior")
    of_partner = make.reported(city, campaign, site=make.site(campaign, partner))
    client = as_(city.coordinator)

    offered = [
        set(client.get(url("finding_move", finding.pk, "dispatch")).context["form"].fields["lead_unit"].queryset)
        for finding in (make.reported(city, campaign), of_partner)
    ]

    tree = {city.office, city.bureau, city.police, city.street, city.community}
    assert offered == [tree, tree | {partner}]


def test_what_happened_last_stands_first(city, campaign, as_):
    finding = make.finding_at(State.RECTIFYING, city, campaign)

    events = as_(city.coordinator).get(finding.get_absolute_url()).context["events"]

    assert [event["move"] for event in events] == ["acknowledge", "dispatch", "report"]


def test_an_answer_that_comes_too_late_keeps_its_words_and_its_photos(city, campaign, as_):
    finding = make.finding_at(State.SUBMITTED, city, campaign)
    sent = {"measure": "又清理了一遍", "photos": [make.upload()], "client_key": str(uuid4())}

    answer = as_(city.liaison).post(url("finding_move", finding.pk, "answer"), sent)

    form = answer.context["form"]
    assert form.non_field_errors() == ["现在不能整改反馈：它目前是“待复核”。"]
    assert (answer.status_code, form["measure"].value()) == (422, "又清理了一遍")
    assert [(row.file.name, row.is_ticked) for row in form.fields["photos"].held] == [("photo.jpg", True)]


def test_more_time_asked_for_too_late_keeps_its_words(city, campaign, as_):
    finding = make.finding_at(State.SUBMITTED, city, campaign)
    sent = {"reason": "等材料", "until": timezone.localdate() + timedelta(days=30)}

    answer = as_(city.liaison).post(url("finding_move", finding.pk, "ask_extension"), sent)

    form = answer.context["form"]
    assert form.non_field_errors() == ["问题目前是“待复核”，没有正在计算的期限可延。"]
    assert (answer.status_code, form["reason"].value()) == (422, "等材料")


def test_a_site_is_answered_for_by_a_unit_of_the_tree_or_by_the_one_it_has(city, campaign, as_):
    partner = people.unit("驻军某部", host=city.host, relation="partner")
    client = as_(city.coordinator)

    offered = [
        set(client.get(address).context["form"].fields["unit"].queryset)
        for address in (url("site_new"), url("site_edit", make.site(campaign, partner).pk))
    ]

    tree = {city.office, city.bureau, city.police, city.street, city.community}
    assert offered == [tree, tree | {partner}]


def test_a_line_that_is_kept_turns_yellow_and_red_with_the_hours(city, campaign, as_, clock):
    now = clock("2026-03-02 09:00")
    found = make.finding_at(State.DISPATCHED, city, campaign)

    def flag():
        [row] = as_(city.coordinator).get(url("findings")).context["rows"]
        return row["mark"], row["flag"], row["flag_tone"]

    assert flag() == ("", "时限内", "green")
    now.move_to(found.warn_at)
    assert flag() == ("is-warned", "将到期", "yellow")
    now.move_to(found.due_at + timedelta(minutes=1))
    assert flag() == ("is-late", "逾期", "red")
