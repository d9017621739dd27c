"""What readers say of a report, and what becomes of it."""

from uuid import uuid4

import pytest
from django.urls import reverse

from cityinit.workflow import Refused
from reports import actions, remarks
from reports.models import Comment, Report
from tests.factories.reports import compiled, report_at
from units.models import Notice


@pytest.fixture
def report(city, campaign):
    return compiled(campaign, city)


def test_a_remark_of_the_leader_is_an_instruction_and_the_office_is_told(
    city, report, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        made = remarks.remark(report, by=city.leader, text="存在问题要写具体")

    assert made.is_instruction
    assert report.events.latest("pk").note == "存在问题要写具体"
    assert Notice.objects.filter(user=city.coordinator, text__contains="存在问题要写具体").count() == 1


def test_a_remark_of_a_colleague_is_none(city, report):
    section = report.sections.exclude(level=0).first()

    made = remarks.remark(report, by=city.coordinator, text="这一段太长", section=section)

    assert (made.is_instruction, made.about) == (False, section.heading)


def test_sent_twice_it_is_kept_once(city, report):
    key = uuid4()

    first = remarks.remark(report, by=city.leader, text="再核实", client_key=key)
    again = remarks.remark(report, by=city.leader, text="再核实", client_key=key)

    assert (first.pk, Comment.objects.count()) == (again.pk, 1)


def test_a_key_that_is_another_s_is_refused_and_what_they_said_stays(city, report):
    key = uuid4()
    remarks.remark(report, by=city.coordinator, text="同事的意见", client_key=key)

    with pytest.raises(Refused, match="已由别人提交过"):
        remarks.remark(report, by=city.leader, text="领导的意见", client_key=key)
    assert [comment.text for comment in Comment.objects.all()] == ["同事的意见"]


def test_the_page_drawn_once_takes_two_remarks_and_each_only_once(client, city, report):
    client.force_login(city.leader)
    url, key = reverse("reports:remark_new", args=[report.pk]), str(uuid4())

    for text in ("第一条", "第一条", "第二条"):
        client.post(url, {"text": text, "client_key": key})

    assert [comment.text for comment in Comment.objects.all()] == ["第一条", "第二条"]


def test_a_report_is_not_issued_before_every_instruction_is_settled(city, campaign):
    report = report_at("approved", campaign, city)
    made = remarks.remark(report, by=city.leader, text="补充数据")

    with pytest.raises(Refused, match="还有1条领导批示没有办理"):
        actions.move(report, "issue", by=city.coordinator)
    with pytest.raises(Refused, match="请写明批示的办理情况"):
        remarks.settle(made, by=city.coordinator)
    remarks.settle(made, by=city.coordinator, answer="已补充")
    actions.move(Report.objects.get(pk=report.pk), "issue", by=city.coordinator)

    assert Report.objects.get(pk=report.pk).state == "issued"


def test_it_is_settled_once_and_by_who_writes_the_report(city, report):
    made = remarks.remark(report, by=city.coordinator, text="这一段太长")

    with pytest.raises(Refused, match="没有处理意见的权限"):
        remarks.settle(made, by=city.leader)
    remarks.settle(made, by=city.coordinator)
    with pytest.raises(Refused, match="已经处理过了"):
        remarks.settle(made, by=city.coordinator)


def test_who_does_not_see_the_report_says_nothing_of_it(city, report):
    for person in (city.liaison, city.inspector, city.nobody):
        with pytest.raises(Refused, match="没有查看这份总结的权限"):
            remarks.remark(report, by=person, text="意见")


def test_the_page_takes_a_remark_and_its_answer(client, city, report):
    client.force_login(city.leader)
    empty = client.post(reverse("reports:remark_new", args=[report.pk]), {"text": ""})
    client.post(reverse("reports:remark_new", args=[report.pk]), {"text": "请补充照片", "client_key": str(uuid4())})
    client.force_login(city.coordinator)
    client.post(reverse("reports:remark_settle", args=[Comment.objects.get().pk]), {"answer": "已补充"})
    page = client.get(report.get_absolute_url()).content.decode()

    assert empty.status_code == 422
    assert "请补充照片" in page
    assert "已处理：已补充" in page
