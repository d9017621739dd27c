"""Filing and answering a finding on a phone, in a real browser."""

from io import BytesIO

import pytest
from django.conf import settings
from django.urls import reverse
from PIL import Image
from playwright.sync_api import expect

from inspections.models import Finding
from tests.factories import findings as make
from tests.factories import people, tasks

State = Finding.State


def picture(name, colour):
    stream = BytesIO()
    Image.new("RGB", (800, 600), colour).save(stream, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": stream.getvalue()}


@pytest.fixture
def city(transactional_db):
    return people.city()


@pytest.fixture
def campaign(city):
    return tasks.campaign(city)


@pytest.fixture
def phone(live_server, client, page):
    """`phone(person, address)` opens an address as that person on a screen of 390 pixels."""

    def open_as(person, address):
        client.force_login(person, backend="units.backends.PostBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(live_server.url + address)
        return page

    return open_as


def test_a_photo_chosen_before_the_script_has_come_is_shown_and_sent(campaign, city, phone):
    page = phone(city.inspector, reverse("campaigns:desk"))
    waiting = []
    page.route("**/js/capture*.js", lambda script: waiting.append(script))
    page.goto(page.url.replace(reverse("campaigns:desk"), reverse("inspections:capture")), wait_until="commit")

    page.locator("#photos-camera").set_input_files(picture("一.jpg", "green"))
    page.wait_for_timeout(500)
    waiting.pop().continue_()

    expect(page.locator(".photo-thumb")).to_have_count(1)
    assert page.locator("[data-album]").first.evaluate("input => input.files.length") == 1


def test_two_shots_a_wrong_file_and_a_site_found_by_two_characters(phone, city, campaign):
    make.site(campaign, city.bureau)
    page = phone(city.inspector, reverse("inspections:capture"))
    camera, album = page.locator("#photos-camera"), page.locator("input[name=photos][data-album]")

    # One shot after the other, and a program dressed as a photo.
    camera.set_input_files(picture("1.jpg", "firebrick"))
    camera.set_input_files(picture("2.jpg", "navy"))
    album.set_input_files({"name": "3.jpg", "mimeType": "image/jpeg", "buffer": b"MZ" + b"\0" * 300})
    # It is turned down when it is chosen; what is still missing is said, and the photos are still there.
    expect(page.get_by_role("alert")).to_have_text("不是照片，没有选入：3.jpg")
    expect(page.locator(".photo-thumb")).to_have_count(2)
    page.get_by_role("button", name="上报").click()
    expect(page.locator("#capture-errors")).to_contain_text("请选择问题类别。")
    expect(page.locator(".photo-thumb")).to_have_count(2)
    page.get_by_text("经营与安全").click()
    page.locator("label.choice", has_text="占道经营").click()
    page.get_by_label("地点").fill("农贸")
    page.locator("#site-options label", has_text="河湾农贸市场").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="上报").click()

    page.get_by_role("link", name="查看").click()
    finding = Finding.objects.get()
    expect(page.locator(".done-number")).to_have_text(finding.number)
    assert (finding.state, finding.site.name, finding.photos.count()) == (State.REPORTED, "河湾农贸市场", 2)


def test_after_photos_are_asked_for_only_when_it_was_put_right(phone, city, campaign):
    page = phone(city.inspector, reverse("inspections:capture"))
    after = page.locator("[data-after-photos]")
    expect(after).to_be_hidden()

    page.get_by_text("已经现场整改好").click()
    expect(after).to_be_visible()
    page.locator("#photos-camera").set_input_files(picture("1.jpg", "firebrick"))
    page.locator("#after_photos-camera").set_input_files(picture("2.jpg", "seagreen"))
    page.get_by_text("经营与安全").click()
    page.locator("label.choice", has_text="占道经营").click()
    page.get_by_label("地点").fill("解放桥头")
    page.get_by_role("button", name="上报").click()
    expect(page.locator("[data-said]")).to_have_text("已收到")

    assert list(Finding.objects.values_list("state", "place")) == [(State.CLOSED_ON_SPOT, "解放桥头")]


def test_without_script_the_same_page_files_too(phone, city, campaign, browser, live_server):
    page = phone(city.inspector, reverse("inspections:capture"))
    with browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state()) as plain_context:
        plain = plain_context.new_page()
        plain.goto(live_server.url + reverse("inspections:capture"))
        plain.locator("input[name=photos]").last.set_input_files([picture("1.jpg", "firebrick")])
        plain.get_by_text("经营与安全").click()
        plain.locator("label.choice", has_text="占道经营").click()
        plain.get_by_label("地点").fill("解放桥头")
        plain.get_by_role("button", name="上报").click()
        expect(plain.locator(".done-number")).to_have_text(Finding.objects.get().number)


def test_a_liaison_answers_on_the_phone_and_a_stale_page_is_told(phone, city, campaign):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    page = phone(city.liaison, reverse("inspections:finding_move", args=[finding.pk, "answer"]))
    page.locator("#photos-camera").set_input_files(picture("1.jpg", "seagreen"))
    page.get_by_label("整改措施").fill("已清理")

    # The office suspends it meanwhile.
    make.STEPS["suspend"](Finding.objects.get(pk=finding.pk), city)
    page.get_by_role("button", name="提交整改反馈").click()
    expect(page.locator("[data-said]")).to_contain_text("没有收下：现在不能整改反馈：它目前是“挂账”")
    # What was written is on the page of the finding, too, where the form does not open now.
    page.reload()
    expect(page.locator("[data-said]")).to_contain_text("现在不能整改反馈")
    expect(page.locator("[data-text]")).to_have_text("已清理")

    make.actions.resume(Finding.objects.get(pk=finding.pk), by=city.coordinator)
    page.get_by_role("button", name="修改后重发").click()
    expect(page.locator(".photo-thumb")).to_have_count(1)
    expect(page.get_by_label("整改措施")).to_have_value("已清理")
    page.get_by_role("button", name="提交整改反馈").click()
    page.wait_for_url(f"**{finding.get_absolute_url()}")

    finding.refresh_from_db()
    assert (finding.state, finding.measure) == (State.SUBMITTED, "已清理")


def test_the_due_time_follows_the_chosen_severity(phone, city, campaign):
    finding = make.reported(city, campaign, severity="B")
    page = phone(city.coordinator, reverse("inspections:finding_move", args=[finding.pk, "dispatch"]))
    expect(page.locator("#due-hint")).to_contain_text("按等级B的时限3个工作日计算")

    page.get_by_label("等级").select_option("E")

    expect(page.locator("#due-hint")).to_contain_text("长期，不设期限")
