"""What is answered instead of a view: too large a request, a redirect for htmx, a post without a log-in."""

import pytest
from django.urls import reverse

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
