"""What is answered instead of a view: too large a request, a redirect for htmx, a post without a log-in."""

import errno
import hashlib
import sys
import unicodedata

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.urls import reverse

from cityinit.unseen import without_unseen
from inspections.models import Finding
from tests.factories import findings as make
from tests.factories import tasks

HTMX = {"HX-Request": "true"}
LIMIT = 160 * 1024 * 1024


@pytest.fixture
def finding(city):
    return make.finding_at(Finding.State.DISPATCHED, city, tasks.campaign(city))


@pytest.mark.parametrize(("headers", "status"), [({}, 413), (HTMX, 409)])
def test_what_is_larger_than_the_limit_is_told_and_nothing_of_it_is_read(client, city, headers, status):
    client.force_login(city.inspector)

    answer = client.post(reverse("inspections:capture"), headers=headers, CONTENT_LENGTH=str(LIMIT + 1))

    said = "一次上传了161 MB，超过了160 MB的上限，没有保存。请去掉几张照片或几个文件，分几次上传。"
    assert (answer.status_code, said in answer.content.decode()) == (status, True)
    assert Finding.objects.count() == 0


def test_a_length_that_is_no_number_is_no_fault(client, city):
    assert client.get(reverse("units:login"), CONTENT_LENGTH="much").status_code == 200


def test_htmx_is_told_where_to_go_and_the_message_waits_there(client, city, finding):
    client.force_login(city.liaison)
    address = reverse("inspections:finding_move", args=[finding.pk, "acknowledge"])

    answer = client.post(address, headers=HTMX)

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, finding.get_absolute_url())
    assert "已签收，整改后请反馈。" in client.get(finding.get_absolute_url()).content.decode()


def test_a_form_sent_after_the_log_in_ended_leads_back_to_its_page(client, city, finding):
    client.force_login(city.liaison)
    client.session.flush()
    move = reverse("inspections:finding_move", args=[finding.pk, "acknowledge"])
    page = f"{finding.get_absolute_url()}?from=desk"

    answer = client.post(move, headers={"Referer": f"http://testserver{page}"}, follow=True)

    assert answer.redirect_chain == [(f"{reverse('units:login')}?next={finding.get_absolute_url()}%3Ffrom%3Ddesk", 302)]
    assert "登录已过期，刚才提交的内容没有保存。请登录后重新提交。" in answer.content.decode()


def test_htmx_stays_on_the_page_and_offers_the_log_in(client, city, finding):
    answer = client.post(reverse("inspections:finding_move", args=[finding.pk, "answer"]), headers=HTMX)

    assert (answer.status_code, 'href="/units/login/" target="_blank"' in answer.content.decode()) == (409, True)


def test_who_never_was_logged_in_is_not_told_of_an_end(client, db):
    answer = client.post(reverse("inspections:capture"), follow=True)

    assert (answer.status_code, "登录已过期" in answer.content.decode()) == (200, False)


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/units/notices/read/", "/units/notices/"),
        ("/units/people/7/link/", "/units/people/7/"),
        ("/units/logout/", "/units/"),
    ],
)
def test_an_address_that_only_takes_what_is_sent_says_so_when_it_is_opened(client, city, path, back):
    client.force_login(city.coordinator)

    page = client.get(path)

    assert (page.status_code, page.headers["Allow"]) == (405, "POST")
    assert "它只用来提交办理，没有办理任何事项。" in page.content.decode()
    assert f'href="{back}"' in page.content.decode()


def test_what_is_sent_to_a_page_that_takes_nothing_is_told_too(client, city):
    client.force_login(city.coordinator)

    page = client.post("/units/people/")

    assert (page.status_code, "提交的内容没有保存。" in page.content.decode()) == (405, True)


def test_another_name_of_the_site_is_told_by_name_on_the_page_and_in_the_log(client, db, caplog):
    page = client.get("/units/login/", headers={"Host": "evil.example"})

    assert page.status_code == 400
    assert "服务器没有登记“evil.example”这个网址。" in page.content.decode()
    assert "ALLOWED_HOSTS" in page.content.decode()
    assert "asked for as host 'evil.example', which ALLOWED_HOSTS does not name" in caplog.text


def test_more_text_than_one_form_may_hold_is_told_as_such(client, city, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024**2
    client.force_login(city.coordinator)

    page = client.post("/units/new/", {"name": "x" * 1024**2})

    assert (page.status_code, "一次提交的文字超过了1 MB，没有保存。" in page.content.decode()) == (413, True)


@pytest.fixture
def full_disk(monkeypatch):
    """No room for the part of an upload that is too large for memory, nor for any file of ours."""

    def full(*args, **values):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", full)
    monkeypatch.setattr("cityinit.files._write", full)


def large():
    return SimpleUploadedFile("现场.jpg", b"\xff\xd8\xff" + bytes(3 * 1024 * 1024), "image/jpeg")


@pytest.mark.parametrize(("headers", "status"), [({}, 507), (HTMX, 409)])
def test_a_disk_that_fills_while_an_upload_comes_in_is_told(client, city, full_disk, headers, status):
    client.force_login(city.inspector)

    answer = client.post(reverse("inspections:capture"), {"photos": large()}, headers=headers)

    said = "服务器存储空间已满，没有保存。请联系系统管理员清理空间后再提交一次。"
    assert (answer.status_code, said in answer.content.decode()) == (status, True)
    assert Finding.objects.count() == 0


def test_the_phone_hears_of_a_disk_that_fills_while_a_photo_comes_in_and_sends_it_again(client, city, full_disk):
    client.force_login(city.inspector)
    photo = large()
    told = {"form": "0" * 32, "sha256": hashlib.sha256(photo.read()).hexdigest(), "file": photo}
    photo.seek(0)

    assert client.post("/system/outbox/files/", told).status_code == 507


def test_another_fault_of_the_disk_stays_a_fault(client, city, monkeypatch):
    def broken(*args, **values):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", broken)
    client.force_login(city.inspector)
    client.raise_request_exception = False

    assert client.post(reverse("inspections:capture"), {"photos": large()}).status_code == 500


def test_characters_that_nobody_sees_are_dropped_from_what_is_sent(client, city):
    client.force_login(city.coordinator)
    values = {"parent": city.host.pk, "name": "城管\u202e局\u200b一\u2066中队\ufeff", "position": 1}

    client.post("/units/new/", values)

    assert [unit.name for unit in city.host.children.filter(name__startswith="城管")] == ["城管局一中队"]
    assert city.host.children.filter(name="城管局一中队").exists()


def test_a_password_is_taken_as_it_was_typed(client, city):
    city.coordinator.set_password("湖畔\u200b散步-7-早晨")
    city.coordinator.save()

    answer = client.post("/units/login/", {"username": city.coordinator.username, "password": "湖畔\u200b散步-7-早晨"})

    assert answer.status_code == 302


def test_all_characters_that_nobody_sees_are_known_but_the_joiners():
    unseen = {chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"}

    assert {character for character in unseen if without_unseen(character)} == {"\u200c", "\u200d"}
    assert without_unseen("创建办 A—1，《方案》①👨‍👩‍👧\n") == "创建办 A—1，《方案》①👨‍👩‍👧\n"
