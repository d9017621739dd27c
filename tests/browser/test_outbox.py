"""An inspector without signal, on plain HTTP as on an intranet: nothing captured is lost, nothing arrives twice."""

import hashlib
import re
from datetime import timedelta
from io import BytesIO
from random import Random

import pytest
import segno
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from inspections.models import Finding, FindingCategory, Round, Visit
from tests.factories import findings as make
from tests.factories import people, rounds
from units.roles import Role

from .capturing import CAPTURE, FILES, fill_in, left_on_phone, picture, report, said, send_now, tab, until
from .thin_line import ThinLine


def test_without_signal_it_waits_on_the_phone_and_goes_out_when_the_net_is_back(phone):
    page, shot = phone(), picture(1, placed=True)
    missing = "[window.isSecureContext, 'serviceWorker' in navigator, 'geolocation' in navigator]"
    assert page.evaluate(missing) == [False, False, False]

    page.context.set_offline(True)
    fill_in(page, shot)
    report(page)
    expect(said(page)).to_have_text("没有信号，已存在手机里，有信号后自动发送")
    assert (Finding.objects.count(), left_on_phone(page)) == (0, 1)
    page.context.set_offline(False)

    expect(said(page)).to_have_text("已收到")
    finding = Finding.objects.get()
    file = finding.photos.get().file
    assert file.source_sha256 == hashlib.sha256(shot["buffer"]).hexdigest()
    assert (file.width, file.size < len(shot["buffer"])) == (2048, True)
    assert (finding.latitude, finding.longitude) == (28.01, 120.67)
    assert left_on_phone(page) == 0


def test_of_a_set_that_was_cut_off_only_the_rest_is_sent(phone):
    page, bodies = phone(), []

    def cut_after_two(route):
        bodies.append(route.request.post_data_buffer)
        route.abort() if len(bodies) == 3 else route.continue_()

    page.route(FILES, cut_after_two)
    fill_in(page, *[picture(n) for n in range(4)])
    report(page)
    expect(said(page)).to_have_text("没有信号，已存在手机里，有信号后自动发送")
    send_now(page)
    expect(said(page)).to_have_text("已收到")

    # Four and the one that was cut off; none of the first two again.
    assert len(bodies) == 5
    assert Finding.objects.get().photos.count() == 4


def test_stored_but_never_answered_it_is_stored_once(phone, live_server, intranet):
    page, tries = phone(), []

    def drop_the_first_answer(route):
        # Playwright asks by itself, and knows of names only what the machine does.
        headers = {**route.request.all_headers(), "host": intranet.removeprefix("http://")}
        tries.append(route.fetch(url=live_server.url + CAPTURE, headers=headers, max_redirects=0))
        route.abort() if len(tries) == 1 else route.fulfill(response=tries[-1])

    page.route(re.compile(f"{CAPTURE}$"), drop_the_first_answer)
    fill_in(page, picture(1))
    report(page)
    expect(said(page)).to_have_text("没有信号，已存在手机里，有信号后自动发送")
    assert Finding.objects.count() == 1
    send_now(page)

    expect(said(page)).to_have_text("已收到")
    assert (len(tries), Finding.objects.count(), Finding.objects.get().photos.count()) == (2, 1, 1)


def test_two_tabs_send_the_same_outbox_and_it_arrives_once(phone):
    first = phone()
    second = tab(first.context)
    first.context.set_offline(True)
    for n in range(3):
        fill_in(first, picture(n), place=f"解放桥头{n}")
        report(first)
        expect(first.locator(".outbox-item")).to_have_count(n + 1)
    first.context.set_offline(False)

    expect(first.locator("[data-outbox-count]")).to_have_text("都已送达")
    expect(second.locator("[data-outbox-count]")).to_have_text("都已送达")
    places = Finding.objects.order_by("place").values_list("place", flat=True)
    assert list(places) == ["解放桥头0", "解放桥头1", "解放桥头2"]
    assert [finding.photos.count() for finding in Finding.objects.all()] == [1, 1, 1]


def test_a_draft_that_two_tabs_took_out_ends_as_two_captures_where_they_differ(phone):
    first = phone()
    fill_in(first, picture(1))
    first.get_by_label("说明").fill("东侧")
    first.wait_for_timeout(1200)
    second = tab(first.context)
    expect(second.locator(".photo-thumb")).to_have_count(1)
    expect(second.get_by_label("说明")).to_have_value("东侧")

    report(first)
    expect(said(first)).to_have_text("已收到")
    second.get_by_label("说明").fill("西侧")
    second.wait_for_timeout(1200)
    third = tab(first.context)
    expect(third.get_by_label("说明")).to_have_value("西侧")
    third.close()
    report(second)

    # The panel said of the first one, too, that all has arrived.
    until(second, "window.outbox.items().then((all) => all.filter((one) => one.state === 'stored').length === 2)")
    found = Finding.objects.order_by("pk").values_list("description", flat=True)
    assert list(found) == ["东侧", "西侧"]
    assert [finding.photos.count() for finding in Finding.objects.all()] == [1, 1]


def test_a_draft_that_two_tabs_took_out_and_send_word_for_word_is_sent_once_and_said_so(phone):
    first = phone()
    fill_in(first, picture(1))
    first.wait_for_timeout(1200)
    second = tab(first.context)
    expect(second.locator(".photo-thumb")).to_have_count(1)

    report(first)
    expect(said(first)).to_have_text("已收到")
    report(second)

    expect(second.get_by_text("这一条已经从另一个页面上报过，内容相同，没有重复上报。")).to_be_visible()
    expect(second.locator(".photo-thumb")).to_have_count(0)
    assert Finding.objects.count() == 1


def test_what_two_tabs_type_into_one_draft_is_kept_of_both(phone):
    first = phone()
    fill_in(first, picture(1))
    first.get_by_label("说明").fill("起初")
    first.wait_for_timeout(1200)
    second = tab(first.context)
    expect(second.get_by_label("说明")).to_have_value("起初")
    second.get_by_label("说明").fill("第二处")
    second.wait_for_timeout(1200)
    first.get_by_label("说明").fill("第一处")
    first.wait_for_timeout(1200)

    kept = first.evaluate(
        "window.outbox.items().then((all) => all.map((one) => new Map(one.fields).get('description')))"
    )

    assert sorted(kept) == ["第一处", "第二处"]


@pytest.fixture
def thin_line(live_server):
    line = ThinLine(int(live_server.url.rsplit(":", 1)[1]))
    yield line
    line.close()


@pytest.fixture
def slow_phone(phone, intranet, thin_line):
    """The phone at the end of the thin line, with a clock that can be put forward."""
    page = phone(server=f"{intranet.rsplit(':', 1)[0]}:{thin_line.port}")
    page.clock.install()
    page.reload()
    expect(page.locator(".phrase").first).to_be_attached()
    return page


def wait_until_given_up(page):
    """Some minutes go by in which nothing comes."""
    for _minute in range(6):
        page.wait_for_timeout(300)
        if said(page).text_content() == "没有信号，已存在手机里，有信号后自动发送":
            return
        page.clock.fast_forward(61_000)
    expect(said(page)).to_have_text("没有信号，已存在手机里，有信号后自动发送")


@pytest.mark.parametrize("address", ["/system/outbox/", "/system/outbox/files/", CAPTURE])
def test_an_answer_whose_rest_never_comes_is_asked_for_again(slow_phone, thin_line, address):
    page = slow_phone
    thin_line.hold_body_of(address)
    fill_in(page, picture(1))
    report(page)
    assert thin_line.struck.wait(30)

    wait_until_given_up(page)
    thin_line.mend()
    page.clock.fast_forward(20_000)
    send_now(page)

    expect(said(page)).to_have_text("已收到")
    assert (Finding.objects.count(), Finding.objects.get().photos.count()) == (1, 1)


def test_a_refusal_whose_rest_never_comes_is_asked_for_again(slow_phone, thin_line):
    page = slow_phone
    fill_in(page, picture(1))
    FindingCategory.objects.update(retired_on=timezone.localdate())
    thin_line.hold_body_of(CAPTURE)
    report(page)
    assert thin_line.struck.wait(30)

    wait_until_given_up(page)
    thin_line.mend()
    page.clock.fast_forward(20_000)
    send_now(page)

    expect(said(page)).to_contain_text("没有收下：")


def test_a_photo_that_moves_is_waited_for_and_one_that_does_not_is_given_up(slow_phone, thin_line):
    """Too large to be made smaller: what is on the line is more than the machine takes at once."""
    stream = BytesIO()
    Image.frombytes("RGB", (2000, 1900), Random(1).randbytes(3 * 2000 * 1900)).save(stream, "PNG")
    shot = {"name": "大.png", "mimeType": "image/png", "buffer": stream.getvalue() + bytes(9_000_000)}
    page = slow_phone
    page.evaluate("() => { window.createImageBitmap = () => Promise.reject(); }")
    thin_line.take_slowly("/system/outbox/files/")
    fill_in(page, shot)
    report(page)
    assert thin_line.struck.wait(30)

    # For half an hour there is a little of it every forty seconds.
    for _step in range(45):
        thin_line.take(3)
        page.wait_for_timeout(150)
        page.clock.fast_forward(40_000)
    expect(said(page)).to_have_text("正在发送第1张照片，共1张")
    wait_until_given_up(page)
    thin_line.mend()
    send_now(page)

    expect(said(page)).to_have_text("已收到")
    assert Finding.objects.get().photos.get().file.size == len(shot["buffer"])


def test_a_password_that_must_be_changed_first_is_no_proof_that_it_was_stored(phone, city):
    page, sent = phone(), []

    def demand_one(route):
        # Between asking who is signed in and sending the form.
        if not sent:
            city.inspector.must_change_password = True
            city.inspector.save()
        sent.append(route.request.url)
        route.continue_()

    page.route(re.compile(f"{CAPTURE}$"), demand_one)
    fill_in(page, picture(1))
    report(page)

    expect(said(page)).to_have_text("登录已过期，请重新登录，登录后自动发送")
    assert (Finding.objects.count(), left_on_phone(page)) == (0, 1)
    city.inspector.must_change_password = False
    city.inspector.save()
    send_now(page)
    expect(said(page)).to_have_text("已收到")
    assert Finding.objects.get().photos.count() == 1


def test_another_network_s_page_in_place_of_the_answer_is_no_proof_either(phone):
    page = phone()
    strange = {"status": 200, "headers": {"HX-Redirect": "/"}, "body": "<html>请先登录无线网络</html>"}
    page.route(re.compile(f"{CAPTURE}$"), lambda route: route.fulfill(**strange))
    fill_in(page, picture(1))
    report(page)

    expect(said(page)).to_have_text("服务器暂时没有收下，稍后自动重试")
    assert left_on_phone(page) == 1


def test_a_sign_in_that_ran_out_loses_nothing(phone, session, city, intranet):
    page = phone()
    Session.objects.all().delete()
    page.context.clear_cookies()

    fill_in(page, picture(1))
    report(page)
    expect(said(page)).to_have_text("登录已过期，请重新登录，登录后自动发送")
    expect(page.get_by_role("link", name="去登录")).to_be_visible()
    page.context.add_cookies([{**session(city.inspector), "url": intranet}])
    page.reload()

    expect(said(page)).to_have_text("已收到")
    assert Finding.objects.get().reported_by == city.inspector


def test_what_one_wrote_is_not_sent_in_the_name_of_the_next(phone, session, city, campaign, intranet):
    page = phone()
    page.context.set_offline(True)
    fill_in(page, picture(1))
    report(page)
    expect(said(page)).to_be_visible()
    colleague = people.person("同事", Role.INSPECTOR, city.office)
    page.context.add_cookies([{**session(colleague), "url": intranet}])
    page.context.set_offline(False)

    expect(said(page)).to_have_text("这是别人填写的，请用填写人的账号登录后发送")
    assert (Finding.objects.count(), left_on_phone(page)) == (0, 1)


def test_a_page_the_phone_closed_comes_back_as_it_was(phone):
    page = phone()
    fill_in(page, picture(1), picture(2))
    page.get_by_label("说明").fill("两处")
    page.wait_for_timeout(1200)
    again = tab(page.context)
    page.close()

    expect(again.get_by_text("上次没有上报的内容还在")).to_be_visible()
    expect(again.locator(".photo-thumb")).to_have_count(2)
    expect(again.get_by_label("说明")).to_have_value("两处")
    report(again)
    expect(said(again)).to_have_text("已收到")
    assert Finding.objects.get().photos.count() == 2


def test_what_was_sent_together_is_all_told_to_have_arrived(phone):
    page = phone()
    page.context.set_offline(True)
    for n in range(2):
        fill_in(page, picture(n), place=f"解放桥头{n}")
        report(page)
        expect(page.locator(".outbox-item")).to_have_count(n + 1)
    page.context.set_offline(False)

    expect(page.locator("[data-said]")).to_have_text(["已收到", "已收到"])
    expect(page.get_by_role("link", name="查看")).to_have_count(2)


def test_closed_with_the_outbox_full_it_goes_out_the_next_time(phone):
    page = phone()
    page.context.set_offline(True)
    fill_in(page, picture(1))
    report(page)
    expect(said(page)).to_be_visible()
    context = page.context
    page.close()
    context.set_offline(False)

    again = tab(context)

    expect(said(again)).to_have_text("已收到")
    assert Finding.objects.get().photos.count() == 1


def test_a_photo_the_server_turns_down_is_told_and_the_rest_goes_out_without_it(phone):
    page, broken = phone(), picture(3)
    fill_in(page, picture(1), broken | {"name": "坏.jpg", "buffer": broken["buffer"][:3000]})
    report(page)

    expect(said(page)).to_contain_text("没有收下：第2张照片：")
    assert Finding.objects.count() == 0
    page.get_by_role("button", name="修改后重发").click()
    expect(page.locator(".photo-thumb")).to_have_count(2)
    page.get_by_role("button", name="去掉这张照片").nth(1).click()
    report(page)

    expect(said(page)).to_have_text("已收到")
    assert Finding.objects.get().photos.count() == 1


@pytest.mark.parametrize("hours", [-24, 24])
def test_a_phone_whose_clock_is_a_day_wrong_files_it_at_the_right_time(phone, hours):
    page = phone()
    page.add_init_script(f"const clock = Date.now; Date.now = () => clock() + {hours * 3600_000}")
    page.reload()
    expect(page.locator(".phrase").first).to_be_attached()
    before = timezone.now()

    fill_in(page, picture(1))
    report(page)
    expect(said(page)).to_have_text("已收到")

    assert before - timedelta(minutes=1) <= Finding.objects.get().found_at <= timezone.now()


def test_sites_come_nearest_first_and_by_the_code_on_their_label(phone, city, campaign, intranet):
    near = make.site(campaign, city.bureau, latitude=28.0101, longitude=120.6701)
    far = make.site(campaign, city.bureau, code="S002", name="市民广场", latitude=28.05, longitude=120.67)
    page = phone()
    page.locator("#photos-camera").set_input_files(picture(1, placed=True))

    expect(page.locator(".choice-place span")).to_have_text(["河湾农贸市场", "市民广场"])
    expect(page.locator(".choice-place small")).to_have_text(["约10米", "约4.4公里"])
    page.locator("label.choice-place", has_text="河湾农贸市场").click()
    label = BytesIO()
    segno.make_qr(f"{intranet}{reverse('inspections:site', args=[far.pk])}", error="m").save(
        label, kind="png", scale=8, border=4
    )
    page.locator("[data-scan]").set_input_files(
        {"name": "label.png", "mimeType": "image/png", "buffer": label.getvalue()}
    )
    expect(page.get_by_text("已按二维码选定点位。")).to_be_visible()
    expect(page.locator("input[name=site]:checked")).to_have_value(str(far.pk))
    page.locator("label.choice-place", has_text="河湾农贸市场").click()
    # The sentences of its type come first.
    page.get_by_role("button", name="活禽区未隔离").click()
    page.locator("summary", has_text="经营与安全").click()
    page.locator("label.choice", has_text="占道经营").click()
    report(page)

    expect(said(page)).to_have_text("已收到")
    finding = Finding.objects.get()
    assert (finding.site, finding.description) == (near, "活禽区未隔离")


def two_sites(campaign, city):
    """One where the photos here are taken, and one four kilometres off."""
    near = make.site(campaign, city.bureau, latitude=28.0101, longitude=120.6701)
    return near, make.site(campaign, city.bureau, code="S002", name="市民广场", latitude=28.05, longitude=120.67)


def filed_at(page, name):
    """One more finding there, with words alone."""
    page.get_by_label("说明").fill("乱堆放")
    page.locator("label.choice-place", has_text=name).click()
    page.locator("summary", has_text="经营与安全").click()
    page.locator("label.choice", has_text="占道经营").click()
    report(page)
    expect(said(page)).to_have_text("已收到")


def test_where_the_last_report_was_measures_nothing(phone, city, campaign):
    two_sites(campaign, city)
    page = phone()
    page.get_by_label("地点").fill("市民")
    filed_at(page, "市民广场")
    page.reload()

    expect(page.locator("[data-hint]")).to_have_text("离上次上报处由近到远：")
    expect(page.locator(".choice-place span")).to_have_text(["市民广场", "河湾农贸市场"])
    expect(page.locator(".choice-place small")).to_have_count(0)
    expect(page.locator("input[name=site]:checked")).to_have_count(0)
    # A photo says where the phone is.
    page.locator("#photos-camera").set_input_files(picture(1, placed=True))
    expect(page.locator("[data-hint]")).to_have_text("由近到远：")
    expect(page.locator(".choice-place small")).to_have_text(["约10米", "约4.4公里"])


def test_the_site_of_the_last_report_stays_ticked_until_a_photo_says_otherwise(phone, city, campaign):
    two_sites(campaign, city)
    page = phone()
    page.get_by_label("地点").fill("市民")
    filed_at(page, "市民广场")
    expect(page.locator("label.choice-place", has=page.locator("input:checked"))).to_have_text("市民广场")

    page.locator("#photos-camera").set_input_files(picture(1, placed=True))

    expect(page.locator("input[name=site]:checked")).to_have_count(0)
    expect(page.locator(".choice-place span").first).to_have_text("河湾农贸市场")


def test_a_photo_far_from_the_ticked_site_is_told_before_it_is_reported_and_may_go(phone, city, campaign):
    _near, far = two_sites(campaign, city)
    page = phone()
    page.locator("#photos-camera").set_input_files(picture(1, placed=True))
    page.locator("label.choice-place", has_text="市民广场").click()
    expect(page.locator("[data-far-notice] li")).to_have_text(["第1张照片距点位约4.4公里，超过200米，请核对。"])
    page.locator("label.choice-place", has_text="河湾农贸市场").click()
    expect(page.locator("[data-far-notice]")).to_be_hidden()
    page.locator("label.choice-place", has_text="市民广场").click()
    page.locator("summary", has_text="经营与安全").click()
    page.locator("label.choice", has_text="占道经营").click()
    report(page)

    expect(said(page)).to_have_text("已收到")
    assert Finding.objects.get().site == far
    expect(page.locator("[data-far-notice]")).to_be_hidden()


def test_a_place_is_taken_from_the_map_without_signal(phone, city, campaign):
    near = make.site(campaign, city.bureau, latitude=28.0101, longitude=120.6701)
    make.site(campaign, city.bureau, code="S002", name="市民广场", latitude=28.0131, longitude=120.6701)
    page = phone()
    page.locator("#photos-camera").set_input_files(picture(1, placed=True))
    expect(page.locator(".choice-place small").first).to_have_text("约10米")
    page.get_by_role("button", name="地图").click()
    expect(page.locator(".map-name")).to_have_text(["河湾农贸市场", "市民广场"])
    page.get_by_role("button", name="关闭").click()

    page.context.set_offline(True)
    page.get_by_role("button", name="地图").click()
    middle = page.locator(".map-choose").bounding_box()
    # It opens around where the photo was taken, ten metres from there.
    page.mouse.click(middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2)

    expect(page.locator("dialog#chart")).to_be_hidden()
    expect(page.locator("input[name=site]:checked")).to_have_value(str(near.pk))


def test_pictures_that_a_browser_cannot_shrink_go_as_they_are(phone):
    def saved(kind, size, mode="RGB"):
        stream = BytesIO()
        Image.new(mode, size, 90).save(stream, kind)
        return stream.getvalue()

    # Larger than a phone can unpack, a format no Chromium draws, and one that is not what its name says.
    pictures = [saved("JPEG", (12_000, 9_000), "L"), saved("HEIF", (640, 480)), saved("PNG", (900, 700))]
    page = phone()
    fill_in(page, *[{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": p} for n, p in enumerate(pictures)])
    report(page)

    expect(said(page)).to_have_text("已收到", timeout=60_000)
    files = [photo.file for photo in Finding.objects.get().photos.select_related("file")]
    assert [(file.width, file.height, file.sha256) for file in files] == [
        (*size, hashlib.sha256(content).hexdigest())
        for size, content in zip([(12_000, 9_000), (640, 480), (900, 700)], pictures, strict=True)
    ]


def test_what_is_missing_is_said_before_anything_is_sent(phone):
    page = phone()

    report(page)

    expect(page.locator("#capture-errors li")).to_have_text(
        ["请选择问题类别。", "请选择点位，或写明在什么地方。", "请至少拍一张照片，或写一句问题描述。"]
    )
    expect(page.locator("[data-outbox-panel]")).to_be_hidden()


def test_on_a_trusted_address_the_page_opens_without_signal(phone, live_server, city):
    trusted = live_server.url.replace("localhost", "127.0.0.1")
    page = phone(server=trusted)
    until(page, f"caches.open('pages').then((cache) => cache.match('{CAPTURE}')).then(Boolean)")
    page.context.set_offline(True)

    again = tab(page.context)
    fill_in(again, picture(1))
    report(again)
    expect(said(again)).to_have_text("没有信号，已存在手机里，有信号后自动发送")
    again.goto("/inspections/findings/")
    expect(again.get_by_role("heading", name="没有信号")).to_be_visible()
    again.goto(CAPTURE)
    page.context.set_offline(False)

    expect(said(again)).to_have_text("已收到")
    assert Finding.objects.count() == 1


def test_whoever_leaves_takes_the_kept_pages_along(phone, live_server):
    page = phone(server=live_server.url.replace("localhost", "127.0.0.1"))
    until(page, f"caches.open('pages').then((cache) => cache.match('{CAPTURE}')).then(Boolean)")

    page.goto("/")
    page.locator("details[data-menu] summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login/**")

    kept = page.evaluate("caches.open('pages').then((cache) => cache.keys()).then((keys) => keys.length)")
    assert kept == 0


def test_a_checklist_is_filled_in_without_signal_and_arrives_with_its_photo(phone, city, campaign):
    site = make.site(campaign, city.bureau)
    checklist = rounds.in_use(campaign, city)
    rounds.round_at(Round.State.IN_FIELD, campaign, city, sites=[site])
    page = phone(address="/inspections/rounds/mine/", ready="a.stop")
    page.get_by_role("link", name="河湾农贸市场").click()
    expect(page.locator("[data-item]")).to_have_count(3)
    page.context.set_offline(True)

    page.get_by_role("spinbutton", name="1.1 实有几处").fill("5")
    for code in ("2.1", "2.2"):
        one = page.locator(f"#item-{rounds.item(checklist, code).pk}")
        one.locator("label", has_text="不符合" if code == "2.2" else "符合").first.click()
    dirty = page.locator(f"#item-{rounds.item(checklist, '2.2').pk}")
    dirty.locator("label.visit-report").click()
    dirty.locator("input[type=file]").set_input_files(picture(1))
    page.get_by_role("button", name="检查完了").click()
    expect(said(page)).to_have_text("没有信号，已存在手机里，有信号后自动发送")
    page.context.set_offline(False)

    page.wait_for_url("**/visits/*/")
    visit = Visit.objects.get()
    answers = {answer.item.code: answer for answer in visit.answers.select_related("item")}
    assert (visit.is_finished, {code: answer.verdict for code, answer in answers.items()}) == (
        True,
        {"1.1": "pass", "2.1": "pass", "2.2": "fail"},
    )
    assert (Finding.objects.count(), answers["2.2"].photos.count()) == (1, 1)
