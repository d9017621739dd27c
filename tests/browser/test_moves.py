"""The unit's answer, and what has come back, where there is no signal: on the phone until the server has all of it."""

import hashlib
from datetime import datetime, timedelta, timezone

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from inspections.models import Finding, PhotoDoubt
from tests.factories import findings as make

from .capturing import left_on_phone, picture, send_now
from .conftest import PHONE

State = Finding.State
NO_SIGNAL = "没有信号，已存在手机里，有信号后自动发送"


@pytest.fixture
def finding(city, campaign):
    return make.finding_at(State.RECTIFYING, city, campaign)


@pytest.fixture
def held(browser_at, session, intranet):
    """`held(person, address)` opens it on that person's phone, on plain HTTP."""

    def open_at(person, address):
        return browser_at(address, size=PHONE, cookies=[session(person)], server=intranet)

    return open_at


def move(finding, name):
    return reverse("inspections:finding_move", args=[finding.pk, name])


def answer(page, *photos, measure="已清理"):
    page.locator("#photos-camera").set_input_files(list(photos))
    page.get_by_label("整改措施").fill(measure)
    page.get_by_role("button", name="提交整改反馈").click()


def said(page):
    return page.locator("[data-said]").first


def test_an_answer_without_signal_waits_and_arrives_smaller_with_time_place_and_the_camera_s_hash(held, city, finding):
    taken = {0x9003: "2026:03:01 09:30:00", 0x9011: "+08:00"}
    page, shot = held(city.liaison, move(finding, "answer")), picture(1, size=(3000, 2000), placed=True, taken=taken)
    page.context.set_offline(True)
    answer(page, shot)
    expect(said(page)).to_have_text(NO_SIGNAL)
    page.context.set_offline(False)

    page.wait_for_url(f"**{finding.get_absolute_url()}")
    finding.refresh_from_db()
    assert (finding.state, finding.measure, left_on_phone(page)) == (State.SUBMITTED, "已清理", 0)
    file = finding.photos.get(phase="after").file
    assert (file.width, file.source_sha256) == (2048, hashlib.sha256(shot["buffer"]).hexdigest())
    assert (file.latitude, file.longitude) == (28.01, 120.67)
    assert file.taken_at == datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=8)))


def test_a_photo_older_than_the_finding_is_doubted_though_the_phone_made_it_smaller(held, city, finding):
    before = (finding.found_at - timedelta(days=30)).strftime("%Y:%m:%d %H:%M:%S")

    page = held(city.liaison, move(finding, "answer"))
    answer(page, picture(1, taken={0x9003: before, 0x9011: "+08:00"}))
    page.wait_for_url(f"**{finding.get_absolute_url()}")

    assert [doubt.kind for doubt in PhotoDoubt.objects.all()] == [PhotoDoubt.Kind.OLDER]


def test_closed_before_it_was_sent_the_answer_goes_out_from_the_desk(held, city, finding):
    page = held(city.liaison, move(finding, "answer"))
    page.context.set_offline(True)
    answer(page, picture(1), picture(2))
    expect(said(page)).to_have_text(NO_SIGNAL)
    context = page.context
    page.close()
    context.set_offline(False)
    desk = context.new_page()
    desk.goto(reverse("campaigns:desk"))

    expect(said(desk)).to_have_text("已收到")
    finding.refresh_from_db()
    assert (finding.state, finding.photos.filter(phase="after").count()) == (State.SUBMITTED, 2)


def test_what_was_typed_comes_back_when_the_page_was_closed(held, city, finding):
    page = held(city.liaison, move(finding, "answer"))
    page.locator("#photos-camera").set_input_files(picture(1))
    page.get_by_label("整改措施").fill("清了一半")
    page.wait_for_timeout(1200)
    page.reload()

    expect(page.get_by_text("上次没有提交的内容还在")).to_be_visible()
    expect(page.get_by_label("整改措施")).to_have_value("清了一半")
    expect(page.locator(".photo-thumb")).to_have_count(1)


def test_written_anew_before_anything_was_sent_the_later_words_take_the_place_of_the_earlier(held, city, finding):
    page = held(city.liaison, move(finding, "answer"))
    page.context.set_offline(True)
    answer(page, picture(1), measure="清了一半")
    expect(said(page)).to_have_text(NO_SIGNAL)
    page.get_by_label("整改措施").fill("全部清完")
    page.get_by_role("button", name="提交整改反馈").click()
    page.wait_for_timeout(800)
    expect(page.locator(".outbox-item")).to_have_count(1)
    page.context.set_offline(False)

    page.wait_for_url(f"**{finding.get_absolute_url()}")
    finding.refresh_from_db()
    assert (finding.measure, finding.rectifications.count()) == ("全部清完", 1)


def test_stored_but_never_answered_an_answer_is_stored_once(held, city, finding, live_server, intranet):
    page, tries = held(city.liaison, move(finding, "answer")), []

    def drop_the_first_answer(route):
        if route.request.method != "POST":
            return route.continue_()
        headers = {**route.request.all_headers(), "host": intranet.removeprefix("http://")}
        tries.append(route.fetch(url=live_server.url + move(finding, "answer"), headers=headers, max_redirects=0))
        return route.abort() if len(tries) == 1 else route.fulfill(response=tries[-1])

    page.route(f"**{move(finding, 'answer')}", drop_the_first_answer)
    answer(page, picture(1))
    expect(said(page)).to_have_text(NO_SIGNAL)
    assert Finding.objects.get().state == State.SUBMITTED
    send_now(page)

    page.wait_for_url(f"**{finding.get_absolute_url()}")
    assert (len(tries), finding.rectifications.count(), finding.photos.filter(phase="after").count()) == (2, 1, 1)


def test_what_is_missing_is_said_before_anything_is_put_away(held, city, finding):
    page = held(city.liaison, move(finding, "answer"))
    page.context.set_offline(True)

    page.get_by_role("button", name="提交整改反馈").click()

    expect(page.locator("#capture-errors li")).to_have_text(["请至少选一张照片。", "请填写整改措施。"])
    expect(page.locator("[data-outbox-panel]")).to_be_hidden()


def test_what_has_come_back_is_told_without_signal_and_once(held, city, campaign):
    finding = make.finding_at(State.CLOSED, city, campaign)
    page = held(city.inspector, move(finding, "reopen"))
    page.context.set_offline(True)
    page.locator("#photos-camera").set_input_files(picture(1))
    page.get_by_label("说明").fill("又占了")
    page.get_by_role("button", name="提交反弹").click()
    expect(said(page)).to_have_text(NO_SIGNAL)
    page.context.set_offline(False)

    page.wait_for_url(f"**{finding.get_absolute_url()}")
    finding.refresh_from_db()
    assert (finding.state, finding.reopened_times) == (State.REOPENED, 1)
    assert finding.photos.filter(phase="reopened").count() == 1
