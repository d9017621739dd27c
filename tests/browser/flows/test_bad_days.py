"""What goes wrong on a bad day: each time the page says what happened and what to do, and nothing is lost or halved."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from campaigns.models import Task, WorkLogEntry
from inspections.models import Finding
from tests.browser.conftest import PHONE, fill_in_log_in
from tests.factories import findings as make
from tests.factories import people, tasks
from tests.factories.photos import heavy, shot

State = Finding.State
ROOT = Path(settings.BASE_DIR)
PATIENCE_SECONDS = 90


def said(page):
    """What the outbox says of the latest capture."""
    return page.locator("[data-said]").first


def fill_in_capture(page):
    page.locator("summary", has_text="经营与安全").click()
    page.locator("label.choice", has_text="占道经营").click()
    page.get_by_label("地点").fill("解放桥头")


# Twice, and too late --------------------------------------------------------------------------------


def test_two_taps_and_a_lost_answer_file_a_finding_once(city, campaign, sit):
    phone = sit(city.inspector, reverse("inspections:capture"), size=PHONE)
    phone.locator("#photos-camera").set_input_files(shot())
    fill_in_capture(phone)

    # It arrives, and the network breaks before the phone hears of it.
    phone.route("**/capture/", lambda route: (route.fetch(max_redirects=0), route.abort()), times=1)
    phone.get_by_role("button", name="上报").dblclick()
    expect(said(phone)).to_have_text("没有信号，已存在手机里，有信号后自动发送")
    number = Finding.objects.get().number
    phone.get_by_role("button", name="现在发送").click()

    expect(said(phone)).to_have_text("已收到")
    assert list(Finding.objects.values_list("number", "photos__phase")) == [(number, "before")]


def test_two_clicks_log_work_once(city, campaign, sit):
    task = tasks.acknowledged(campaign, city)
    page = sit(city.liaison, reverse("campaigns:log_new", args=[task.pk]))
    page.get_by_label("做了什么").fill("清理占道摊点")

    page.get_by_role("button", name="保存").dblclick()

    expect(page.locator("#notices")).to_contain_text("已登记。")
    assert WorkLogEntry.objects.count() == 1


def test_the_second_of_two_people_is_told_and_what_the_first_did_stands(city, campaign, sit):
    finding = make.reported(city, campaign)
    second = people.person("另一位工作人员", "coordinator", city.office, username="second")
    pages = [sit(who, finding.get_absolute_url()) for who in (city.coordinator, second)]
    for page, move in zip(pages, ("交办", "不予立案"), strict=True):
        page.get_by_role("link", name=move, exact=True).click()

    pages[0].get_by_label("责任单位").select_option(str(city.bureau.pk))
    pages[0].get_by_role("button", name="交办").click()
    expect(pages[0].locator("#notices")).to_contain_text("已交办。")
    pages[1].get_by_label("理由").fill("不在范围内")
    pages[1].get_by_role("button", name="不予立案").click()

    expect(pages[1].locator("[data-error-summary]")).to_contain_text("已交办")
    expect(pages[1].get_by_label("理由")).to_have_value("不在范围内")
    finding.refresh_from_db()
    assert (finding.state, finding.lead_unit) == (State.DISPATCHED, city.bureau)
    assert list(finding.events.values_list("move", flat=True)) == ["report", "dispatch"]


def test_two_captures_that_say_the_same_are_two_findings(city, campaign, sit):
    phone = sit(city.inspector, reverse("inspections:capture"), size=PHONE)

    for n in (1, 2):
        phone.locator("#photos-camera").set_input_files(shot())
        fill_in_capture(phone)
        # The count of those that wait says that none does before this one has come into the outbox, too.
        with phone.expect_response(lambda answer: answer.request.method == "POST" and answer.url.endswith("/capture/")):
            phone.get_by_role("button", name="上报").click()
        expect(phone.locator("[data-outbox-count]")).to_have_text("都已送达")
        assert Finding.objects.count() == n


# Not there, not yours -------------------------------------------------------------------------------


def test_another_units_finding_and_a_deleted_task_are_not_found_in_chinese(city, campaign, sit):
    finding = make.finding_at(State.DISPATCHED, city, campaign)
    task = tasks.issued(campaign, city)
    bookmark = task.get_absolute_url()
    page = sit(city.other_liaison, bookmark)
    expect(page.get_by_role("heading", level=1)).to_contain_text(task.name)

    for address, is_there in ((finding.get_absolute_url(), True), (bookmark, False)):
        if not is_there:
            Task.objects.filter(pk=task.pk).delete()
        answer = page.goto(address)
        assert answer.status == 404
        expect(page.get_by_role("heading", level=1)).to_have_text("找不到这个页面")
        expect(page.locator("main")).to_contain_text("这条记录不存在、已被删除，或不在您的管辖范围内。")

    page.get_by_role("link", name="回到首页").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的工作台")


# Files that are refused -----------------------------------------------------------------------------


def test_a_button_is_awake_again_though_the_answer_came_before_it_was_put_to_sleep(city, campaign, sit, tmp_path):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    phone = sit(city.liaison, reverse("inspections:finding_move", args=[finding.pk, "answer"]), size=PHONE)
    phone.evaluate(
        "() => { const soon = window.setTimeout; window.setTimeout = (f, ms) => soon(f, (ms || 0) + 1500); }"
    )
    wrong = tmp_path / "IMG_0001.jpg"
    wrong.write_bytes(b"\xff\xd8\xff" + b"\0" * 300)
    phone.locator("#photos-camera").set_input_files(wrong)
    phone.get_by_label("整改措施").fill("已清理")

    phone.get_by_role("button", name="提交整改反馈").click()
    expect(said(phone)).to_contain_text("没有收下：第1张照片：“IMG_0001.jpg”打不开")
    phone.wait_for_timeout(3000)

    expect(phone.get_by_role("button", name="提交整改反馈")).to_be_enabled()


def test_a_photo_that_is_refused_costs_nothing_else_that_was_filled_in(city, campaign, sit, tmp_path):
    # It begins like a photo: what does not is turned down when it is chosen.
    wrong = tmp_path / "IMG_0001.jpg"
    wrong.write_bytes(b"\xff\xd8\xff" + b"\0" * 300)
    phone = sit(city.inspector, reverse("inspections:capture"), size=PHONE)
    phone.locator("#photos-camera").set_input_files(shot())
    phone.locator("#photos-camera").set_input_files(wrong)
    fill_in_capture(phone)
    phone.get_by_label("说明").fill("摊位占满人行道")

    phone.get_by_role("button", name="上报").click()
    expect(said(phone)).to_contain_text("没有收下：第2张照片：“IMG_0001.jpg”打不开：可能已损坏")
    assert Finding.objects.count() == 0
    phone.get_by_role("button", name="修改后重发").click()

    expect(phone.locator("#capture-errors")).to_contain_text("打不开")
    expect(phone.locator(".photo-thumb")).to_have_count(2)
    expect(phone.get_by_label("地点")).to_have_value("解放桥头")
    expect(phone.get_by_label("说明")).to_have_value("摊位占满人行道")
    expect(phone.locator("label.choice", has_text="占道经营").locator("input")).to_be_checked()
    phone.get_by_role("button", name="去掉这张照片").last.click()
    phone.get_by_role("button", name="上报").click()
    expect(said(phone)).to_have_text("已收到")
    assert list(Finding.objects.values_list("place", "description", "photos__phase")) == [
        ("解放桥头", "摊位占满人行道", "before")
    ]


def test_more_than_a_request_may_hold_goes_photo_by_photo(city, campaign, session, browser_at, serving, tmp_path):
    inspector = session(city.inspector)
    colours = ("red", "green", "blue", "white", "black", "gold", "navy", "teal")
    too_much = [heavy(tmp_path / f"IMG_{colour}.jpg", megabytes=21, colour=colour) for colour in colours]
    with serving() as server:
        address = reverse("inspections:capture")
        phone = browser_at(address, cookies=[inspector], server=server.url, size=PHONE)
        phone.locator("input[name=photos][data-album]").set_input_files(too_much)
        expect(phone.locator(".photo-thumb")).to_have_count(8)
        fill_in_capture(phone)
        phone.get_by_role("button", name="上报").click()

        expect(said(phone)).to_have_text("已收到", timeout=90_000)
        phone.get_by_role("link", name="查看").click()
        expect(phone.locator(".photos li")).to_have_count(8)


# The machine ----------------------------------------------------------------------------------------


def test_a_log_in_that_ends_in_the_middle_of_a_form_leads_back_to_it(city, campaign, sit):
    task = tasks.acknowledged(campaign, city)
    form = reverse("campaigns:log_new", args=[task.pk])
    page = sit(city.liaison, form)
    page.get_by_label("做了什么").fill("清理占道摊点")
    Session.objects.all().delete()

    page.get_by_role("button", name="保存").click()

    expect(page.locator("#notices")).to_contain_text("登录已过期，刚才提交的内容没有保存。请登录后重新提交。")
    fill_in_log_in(page, city.liaison.username, people.PASSWORD)
    page.wait_for_url(f"**{form}")
    page.get_by_label("做了什么").fill("清理占道摊点")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#notices")).to_contain_text("已登记。")
    assert WorkLogEntry.objects.count() == 1


def test_photos_survive_a_log_in_that_ended(city, campaign, sit):
    phone = sit(city.inspector, reverse("inspections:capture"), size=PHONE)
    phone.locator("#photos-camera").set_input_files(shot())
    fill_in_capture(phone)
    Session.objects.all().delete()

    phone.get_by_role("button", name="上报").click()
    expect(said(phone)).to_have_text("登录已过期，请重新登录，登录后自动发送")
    phone.get_by_role("link", name="去登录").click()
    fill_in_log_in(phone, city.inspector.username, people.PASSWORD)

    expect(said(phone)).to_have_text("已收到")
    assert list(Finding.objects.values_list("place", "photos__phase")) == [("解放桥头", "before")]


def test_without_a_broker_a_report_is_queued_and_done_when_a_worker_asks(
    city, campaign, half, session, browser_at, serving, tmp_path
):
    office = session(city.coordinator)
    # A file where the folder of the queue should be: not even root can put a message there.
    blocked = tmp_path / "queue"
    blocked.touch()
    with serving() as server:
        page = browser_at(reverse("reports:reports"), cookies=[office], server=server.url)
        page.get_by_label("时段").select_option(label=f"{half.label}（截至编写当日）")
        page.get_by_role("button", name="开始编写").click()
        expect(page.locator(".job")).to_contain_text("排队中")

        blocked.unlink()
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "cityinit", "worker", "--beat", "--concurrency", "1"]
        with server.beside(celery, JOB_SWEEP_SECONDS="1"):
            expect(page.get_by_role("link", name="Word").first).to_be_visible()
        expect(page.locator(".prose").first).to_contain_text(half.label)


def test_who_is_locked_out_is_told_until_when_and_gets_in_by_a_link(city, axes_on, browser_at, log_in):
    door = browser_at(reverse("units:login"))
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        fill_in_log_in(door, city.liaison.username, "forgotten")
        door.wait_for_load_state()
    expect(door.get_by_role("heading", level=1)).to_have_text("登录暂时锁定")
    expect(door.locator("main")).to_contain_text("连续6次登录失败")

    # An administrator gives the person a link, and with it a new password.
    administrator = log_in(city.administrator)
    administrator.goto(city.liaison.get_absolute_url())
    administrator.get_by_role("button", name="创建设置密码的链接").click()
    door.goto(administrator.locator("#link").input_value())
    for place in range(2):
        door.get_by_label("新密码").nth(place).fill("liuyin-4-hewan")
    door.get_by_role("button", name="设置密码").click()
    fill_in_log_in(door, city.liaison.username, "liuyin-4-hewan")
    expect(door.get_by_role("heading", level=1)).to_have_text("我的工作台")


# The product's own processes ------------------------------------------------------------------------


class Server:
    """`manage.py serve` with a folder and a database of its own."""

    def __init__(self, folder, database):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "cityinit.settings",
            "DATA_DIR": str(folder),
            "DATABASE_URL": database,
            # Sessions are signed with the key; in DEBUG static files are served from where they are.
            "SECRET_KEY": settings.SECRET_KEY,
            "DEBUG": "1",
            "PORT": str(self.port),
        }

    @contextmanager
    def beside(self, command, **environment):
        """Another process with the same folder and database, for as long as the block lasts."""
        process = subprocess.Popen(command, cwd=ROOT, env={**self.environment, **environment}, start_new_session=True)
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def serving(request, tmp_path):
    """`with serving() as server:` the site as `make run` serves it, on a copy of the database as it is now."""

    @contextmanager
    def serve():
        server = Server(tmp_path, request.getfixturevalue("database_copy"))
        with server.beside([sys.executable, "manage.py", "serve"]) as process:
            end = time.monotonic() + PATIENCE_SECONDS
            while not server.answers():
                assert process.poll() is None
                assert time.monotonic() < end
                time.sleep(0.05)
            yield server

    return serve
