"""Rectification notices: what they say and go on saying, who gets which, one zip for all, once however often asked."""

import zipfile
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import docx
import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import make_aware
from openpyxl import load_workbook
from PIL import Image

from cityinit.models import AuditEvent, Job, StoredFile
from cityinit.queue import run_job
from cityinit.workflow import Refused
from inspections.actions import findings as actions
from inspections.actions import rectification_notices as notices
from inspections.models import Finding, NoticeBatch, NoticePhoto, NoticeSeries, RectificationNotice
from tests.factories import findings as make
from tests.factories import tasks
from units.actions import merge_unit
from units.models import Notice, Post

pytestmark = pytest.mark.django_db
State = Finding.State


def url(name, *args):
    return reverse(f"inspections:{name}", args=args)


def given_to(unit, city, campaign, **values):
    finding = make.reported(city, campaign, **values)
    actions.dispatch(finding, by=city.coordinator, lead_unit=unit)
    return finding


def text_of(notice):
    document = docx.Document(Path(settings.MEDIA_ROOT, notices.draw_letter(notice).path))
    return [paragraph.text for paragraph in document.paragraphs if paragraph.text]


def table_of(notice, place=1):
    """The list of findings; the slip stands before it."""
    document = docx.Document(Path(settings.MEDIA_ROOT, notices.draw_letter(notice).path))
    return [[cell.text for cell in row.cells] for row in document.tables[place].rows]


def said(**changes):
    return {
        "requirement": "立即整改",
        "answer_by": str(timezone.localdate() + timedelta(days=5)),
        "signature": "清水市创建办",
        "client_key": str(uuid4()),
    } | changes


# What a notice says -----------------------------------------------------------------------------------


def test_a_notice_tells_the_unit_what_where_and_by_when_with_a_slip_to_send_back(city, campaign, clock):
    clock("2026-04-01 09:00")
    market = make.site(campaign, city.bureau)
    first = given_to(city.bureau, city, campaign, site=market, description="门前占道经营")
    given_to(city.bureau, city, campaign, description="垃圾满溢", photos=[])

    batch = make.notified(campaign, city, contact="创建办 0000-0000")

    notice = batch.notices.get()
    told = text_of(notice)
    assert told[:3] == ["创文整改〔2026〕1号", "创文工作问题整改通知书", "清水市城市管理局："]
    assert told[3].startswith("2026年4月1日，在日常督查中，发现由你单位负责整改的问题2个，详见附件。")
    assert "立即整改，举一反三。" in told
    assert "联系人及电话：创建办 0000-0000。" in told
    assert "附件：问题清单" in told
    assert told[told.index("清水市创建全国文明城市工作办公室") + 1] == "2026年4月1日"
    rows = table_of(notice)
    assert rows[0] == ["序号", "编号", "地点", "存在问题", "类别", "整改期限", "整改要求", "现场照片"]
    assert rows[1][:6] == ["1", first.number, "河湾农贸市场", "门前占道经营", "占道经营", "2026-04-02\n09:00"]
    assert rows[1][6] == "按期整改到位，反馈整改后照片"
    assert table_of(notice, 0)[:2] == [
        ["文号", "创文整改〔2026〕1号", "问题数", "2个"],
        ["签收单位\n（盖章）", "", "签收人", ""],
    ]


def test_photos_are_small_copies_that_tell_neither_place_nor_time(city, campaign):
    photos = [make.photo(colour=colour, size=(1600, 1200)) for colour in ("red", "green", "blue", "navy")]
    given_to(city.bureau, city, campaign, photos=photos)

    notice = make.notified(campaign, city).notices.get()

    with zipfile.ZipFile(Path(settings.MEDIA_ROOT, notices.draw_letter(notice).path)) as package:
        shown = [Image.open(package.open(name)) for name in package.namelist() if name.startswith("word/media/")]
        assert [(image.size, len(image.getexif())) for image in shown] == [((480, 360), 0)] * 3
    assert NoticePhoto.objects.count() == 3


def test_without_photos_the_list_has_no_column_for_them(city, campaign):
    given_to(city.bureau, city, campaign)

    notice = make.notified(campaign, city, with_photos=False).notices.get()

    assert table_of(notice)[0][-1] == "整改要求"


def test_a_photo_that_the_disk_has_lost_is_said_to_be_missing(city, campaign, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    finding = given_to(city.bureau, city, campaign, photos=[make.photo(colour="olive")])
    Path(settings.MEDIA_ROOT, finding.photos.get().file.shown_path).unlink()

    notice = make.notified(campaign, city).notices.get()

    assert table_of(notice)[1][-1] == "（照片文件缺失）"


def test_what_is_late_and_what_was_sent_back_is_said_of_each(city, campaign, clock):
    clock("2026-04-01 09:00")
    late = given_to(city.bureau, city, campaign, description="乱停")
    again = make.finding_at(State.REWORK, city, campaign, description="返潮")
    clock("2026-04-20 09:00")

    notice = make.notified(campaign, city).notices.get()

    wanted = {row[1]: row[6] for row in table_of(notice)[1:]}
    assert wanted == {late.number: "已逾期18天，立即整改到位", again.number: "未通过复核（仍有占道），重新整改"}
    assert "问题2个（其中已逾期2个，整改后未通过复核1个），" in text_of(notice)[3]


def test_a_notice_says_for_ever_what_it_said_on_its_day(city, campaign):
    finding = given_to(city.bureau, city, campaign, description="原来的描述")
    notice = make.notified(campaign, city).notices.get()
    before = notices.draw_letter(notice)
    Finding.objects.filter(pk=finding.pk).update(description="改过的描述", place="别处")
    actions.acknowledge(finding, by=city.liaison)
    RectificationNotice.objects.update(letter=None)

    again = notices.draw_letter(RectificationNotice.objects.get())

    assert (again.sha256, again.name) == (before.sha256, before.name)


# To whom ----------------------------------------------------------------------------------------------


def test_each_unit_gets_its_own_in_the_order_of_the_directory_and_is_told(
    city, campaign, django_capture_on_commit_callbacks
):
    given_to(city.police, city, campaign)
    given_to(city.bureau, city, campaign)
    given_to(city.bureau, city, campaign)
    make.reported(city, campaign)

    with django_capture_on_commit_callbacks(execute=True):
        batch = make.notified(campaign, city)

    made = [(row.unit, row.serial, row.lines.count()) for row in batch.notices.order_by("serial")]
    assert made == [(city.bureau, 1, 2), (city.police, 2, 1)]
    told = Notice.objects.filter(text__startswith="整改通知书 ").values_list("user", flat=True)
    assert sorted(told) == sorted([city.liaison.pk, city.other_liaison.pk])
    assert Notice.objects.filter(user=city.coordinator, text__startswith="整改通知书已打包").count() == 1


def test_the_findings_that_were_chosen_are_named_and_no_others(city, campaign, as_):
    first, second = (given_to(city.bureau, city, campaign) for _ in range(2))
    given_to(city.police, city, campaign)
    address = url("rectification_notice_new")

    as_(city.coordinator).post(f"{address}?finding={first.pk}", said(units=[city.bureau.pk]))
    of_unit = as_(city.coordinator).get(f"{address}?unit={city.police.pk}")

    assert [line.finding for line in RectificationNotice.objects.get().lines.all()] == [first]
    assert [label for _pk, label in of_unit.context["form"].fields["units"].choices] == ["公安局（1个）"]
    assert second.notice_lines.count() == 0


@pytest.mark.parametrize(("sent", "counted"), [({}, 1), ({"all": "1"}, 3)])
def test_the_ticks_of_the_list_lead_to_the_form_for_them_or_for_its_whole_filter(city, campaign, as_, sent, counted):
    found = [given_to(city.bureau, city, campaign) for _ in range(3)]
    client = as_(city.coordinator)
    ticked = {"filter": "state=open", "finding": [found[0].pk], **sent}

    page = client.post(url("rectification_notice_new"), ticked, follow=True)

    assert url("rectification_notice_new") in client.get(url("findings")).content.decode()
    assert page.context["count"] == counted


def test_a_unit_that_is_not_ticked_gets_none(city, campaign, as_):
    given_to(city.bureau, city, campaign)
    given_to(city.police, city, campaign)

    as_(city.coordinator).post(url("rectification_notice_new"), said(units=[city.police.pk]))

    assert [row.unit for row in RectificationNotice.objects.all()] == [city.police]


def test_the_page_says_what_is_left_out(city, campaign, as_):
    given_to(city.bureau, city, campaign)
    make.reported(city, campaign)
    make.finding_at(State.CLOSED, city, campaign)

    page = as_(city.coordinator).get(url("rectification_notice_new"))

    assert (page.context["count"], page.context["left_out"]) == (1, "待核实1个、已销号1个")


def test_what_a_notice_has_told_is_not_told_again_without_a_word(city, campaign, as_):
    for unit in (city.bureau, city.police):
        given_to(unit, city, campaign)
    told, other = (notice.number for notice in make.notified(campaign, city).notices.order_by("serial"))
    fresh = given_to(city.police, city, campaign)
    client, address = as_(city.coordinator), url("rectification_notice_new")

    page = client.get(address)
    refused = client.post(address, said(units=[city.bureau.pk]))
    client.post(address, said(units=[city.police.pk]))

    offered, form = dict(page.context["form"].fields["units"].choices), page.context["form"]
    assert offered[city.bureau.pk] == f"城管局（1个，都已在{told}中印发）"
    assert offered[city.police.pk] == f"公安局（2个，其中1个已在{other}中印发）"
    assert (form["units"].value(), page.context["noticed"]) == ([city.police.pk], 2)
    assert refused.context["form"].errors["units"] == [
        "城管局的问题都已印发过。请取消勾选；确要再印发，请勾选“已印发过的问题再印发一次”。"
    ]
    last = RectificationNotice.objects.latest("pk")
    assert [line.finding for line in last.lines.all()] == [fresh]


def test_a_second_notice_is_issued_where_it_is_asked_for_and_the_finding_names_both(city, campaign, as_):
    finding = given_to(city.bureau, city, campaign)
    first = make.notified(campaign, city).notices.get()
    client = as_(city.coordinator)

    client.post(url("rectification_notice_new"), said(units=[city.bureau.pk], again="on"))

    second = RectificationNotice.objects.latest("pk")
    page = client.get(finding.get_absolute_url())
    links = [f'<a href="{notice.get_absolute_url()}">{notice.number}</a>' for notice in (first, second)]
    assert [fact[1] for fact in page.context["facts"] if fact[0] == "整改通知书"] == ["<br>".join(links)]
    assert f"<dd>{'<br>'.join(links)}</dd>" in page.content.decode()


def test_what_came_back_to_the_unit_since_its_notice_is_told_once_more(city, campaign, clock):
    clock("2026-04-01 09:00")
    other, again = given_to(city.bureau, city, campaign), make.finding_at(State.RECTIFYING, city, campaign)
    make.notified(campaign, city)
    clock("2026-04-01 10:00")
    make.STEPS["answer"](again, city)
    make.STEPS["rework"](again, city)
    actions.return_to_office(other, by=city.liaison, reason="属公安管理")
    actions.dispatch(other, by=city.coordinator, lead_unit=city.police)

    batch = make.notified(campaign, city)

    named = {notice.unit: [line.finding for line in notice.lines.all()] for notice in batch.notices.all()}
    assert named == {again.lead_unit: [again], city.police: [other]}


def test_what_a_unit_was_told_holds_for_the_one_it_was_merged_into(city, campaign):
    given_to(city.bureau, city, campaign)
    make.notified(campaign, city)
    merge_unit(city.bureau, into=city.police, by=city.coordinator, on=timezone.localdate() - timedelta(days=1))

    with pytest.raises(Refused) as refusal:
        make.notified(campaign, city)

    assert refusal.value.reason == "所选的问题都已印发过整改通知书。"


def test_a_unit_reads_its_own_notice_and_no_other(city, campaign, as_):
    given_to(city.bureau, city, campaign)
    given_to(city.police, city, campaign)
    make.notified(campaign, city)
    own, other = RectificationNotice.objects.order_by("serial")
    client = as_(city.liaison)

    answers = [
        client.get(url(name, notice.pk)).status_code
        for notice in (own, other)
        for name in ("rectification_notice", "rectification_notice_file")
    ]

    assert answers == [200, 200, 404, 404]
    assert list(client.get(url("rectification_notices")).context["page"].rows) == [own]
    client.get(url("rectification_notice_file", own.pk))
    assert AuditEvent.objects.filter(action="下载整改通知书", actor_id=city.liaison.pk).count() == 2


def test_the_right_is_asked_again_when_the_post_has_ended(city, campaign, as_):
    given_to(city.bureau, city, campaign)
    notice = make.notified(campaign, city).notices.get()
    client = as_(city.liaison)
    Post.objects.filter(user=city.liaison).update(ends_on=timezone.localdate() - timedelta(days=1))

    assert client.get(url("rectification_notice_file", notice.pk)).status_code in (403, 404)


def test_the_notice_tells_what_was_acknowledged_since_and_the_finding_leads_to_it(city, campaign, as_):
    first, _second = (given_to(city.bureau, city, campaign) for _ in range(2))
    notice = make.notified(campaign, city).notices.get()
    actions.acknowledge(first, by=city.liaison)

    page = as_(city.liaison).get(notice.get_absolute_url())

    assert ("签收", "1/2个") in page.context["facts"]
    finding = as_(city.liaison).get(first.get_absolute_url())
    assert ("整改通知书", notice.number, notice.get_absolute_url()) in finding.context["facts"]
    assert (first.events.get(move="notice").label, first.events.get(move="notice").note) == (
        "整改通知书",
        notice.number,
    )


def test_of_a_finding_that_another_unit_leads_by_now_the_first_reads_what_its_notice_said_and_no_more(
    city, campaign, as_
):
    kept, given_away = (given_to(city.bureau, city, campaign) for _ in range(2))
    notice = make.notified(campaign, city).notices.get()
    actions.return_to_office(given_away, by=city.liaison, reason="属公安管理")
    actions.dispatch(given_away, by=city.coordinator, lead_unit=city.police)
    actions.acknowledge(given_away, by=city.other_liaison)

    def read(person):
        page = as_(person).get(notice.get_absolute_url())
        rows = [(row["line"].told["number"], row["is_seen"]) for row in page.context["lines"]]
        return rows, page.context["facts"][-1], page.content.decode()

    rows, signed, unit = read(city.liaison)
    of_office, signed_for_office, office = read(city.coordinator)

    assert (rows, signed) == ([(kept.number, True), (given_away.number, False)], ("签收", "0/2个"))
    assert (of_office, signed_for_office) == ([(kept.number, True), (given_away.number, True)], ("签收", "0/2个"))
    told = ["已不由本单位办理", "整改中", f"改由{city.police}办理", given_away.get_absolute_url()]
    assert [text in unit for text in told] == [True, False, False, False]
    assert [text in office for text in told] == [False, True, True, True]


def test_the_unit_that_another_was_merged_into_acknowledges_for_it(city, campaign):
    finding = given_to(city.bureau, city, campaign)
    notice = make.notified(campaign, city).notices.get()
    merge_unit(city.bureau, into=city.police, by=city.coordinator, on=timezone.localdate() - timedelta(days=1))
    finding.refresh_from_db()
    actions.acknowledge(finding, by=city.other_liaison)

    assert RectificationNotice.objects.for_list().get(pk=notice.pk).acknowledged_count == 1


def test_lists_cost_the_same_with_one_notice_and_three(city, campaign, as_, django_assert_num_queries):
    client = as_(city.coordinator)
    for unit in (city.bureau, city.police, city.street):
        given_to(unit, city, campaign)
    one = make.notified(campaign, city, units=[city.bureau])
    client.get(url("rectification_notices"))

    with django_assert_num_queries(5):
        client.get(url("rectification_notices"))
    with django_assert_num_queries(6):
        client.get(one.get_absolute_url())
    three = make.notified(campaign, city, again=True)
    with django_assert_num_queries(5):
        client.get(url("rectification_notices"))
    with django_assert_num_queries(6):
        client.get(three.get_absolute_url())
    for _ in range(2):
        given_to(city.bureau, city, campaign)
    lines = make.notified(campaign, city, units=[city.bureau]).notices.get()
    for notice in (one.notices.get(), lines):
        with django_assert_num_queries(7):
            client.get(notice.get_absolute_url())


# Refused ----------------------------------------------------------------------------------------------


def test_only_the_office_issues_and_only_what_is_with_a_unit(city, campaign):
    make.reported(city, campaign)

    with pytest.raises(Refused) as not_yours:
        make.notified(campaign, city, by=city.inspector)
    with pytest.raises(Refused) as nothing:
        make.notified(campaign, city)

    assert not_yours.value.reason == "您没有印发整改通知书的权限。"
    assert nothing.value.reason.startswith("所选的问题里没有正由单位办理的")
    assert NoticeBatch.objects.count() == NoticeSeries.objects.count() == 0


def test_more_than_a_paper_can_hold_is_refused_and_takes_no_number(city, campaign, monkeypatch):
    monkeypatch.setattr(notices, "MOST_OF_A_UNIT", 1)
    given_to(city.bureau, city, campaign)
    given_to(city.bureau, city, campaign)

    with pytest.raises(Refused) as refusal:
        make.notified(campaign, city)

    assert refusal.value.reason == "“城管局”有2个问题，一份通知书最多1个，请按条件筛选后分几次印发。"
    assert NoticeSeries.objects.count() == 0


@pytest.mark.parametrize(
    ("sent", "field", "told"),
    [
        ({"units": []}, "units", "请至少勾选一个单位。"),
        ({"answer_by": "2020-01-01"}, "answer_by", "反馈期限不能早于今天。"),
        ({"requirement": " "}, "requirement", "请填写这一项。"),
    ],
)
def test_what_cannot_be_issued_is_said_in_the_form_and_what_was_typed_stays(city, campaign, as_, sent, field, told):
    given_to(city.bureau, city, campaign)
    filled = said(units=[city.bureau.pk]) | sent

    answer = as_(city.coordinator).post(url("rectification_notice_new"), filled)

    form = answer.context["form"]
    assert (answer.status_code, form.errors[field]) == (422, [told])
    assert form["signature"].value() == "清水市创建办"
    assert NoticeBatch.objects.count() == 0


@pytest.mark.parametrize(
    ("dues", "proposed"),
    [
        (["2026-03-05 18:00", "2026-03-04 10:00"], "2026-03-05"),
        (["2026-03-02 18:00"], "2026-03-02"),
        # All are overdue: no day that has gone is proposed, and no new time is given either.
        (["2026-03-01 18:00"], "2026-03-02"),
        ([None, "2026-03-03 18:00"], "2026-03-03"),
        ([None], "2026-03-09"),
    ],
)
def test_the_day_of_answer_that_is_proposed_is_the_last_on_which_one_of_them_is_due(
    city, campaign, as_, clock, dues, proposed
):
    clock("2026-03-02 09:00")
    for due in dues:
        finding = given_to(city.bureau, city, campaign)
        at = make_aware(datetime.fromisoformat(due)) if due else None
        Finding.objects.filter(pk=finding.pk).update(due_at=at)

    form = as_(city.coordinator).get(url("rectification_notice_new")).context["form"]

    assert str(form["answer_by"].value()) == proposed


def test_the_form_sent_twice_is_one_batch(city, campaign, as_):
    given_to(city.bureau, city, campaign)
    sent = said(units=[city.bureau.pk])

    answers = [as_(city.coordinator).post(url("rectification_notice_new"), sent) for _ in range(2)]

    batch = NoticeBatch.objects.get()
    assert [answer.url for answer in answers] == [batch.get_absolute_url()] * 2
    assert (batch.notices.count(), NoticeSeries.objects.get().last) == (1, 1)


# The zip ----------------------------------------------------------------------------------------------


def test_a_form_that_was_sent_in_another_campaign_is_refused_here(city, campaign):
    other = tasks.campaign(city, name="创建国家卫生城市")
    for where in (campaign, other):
        given_to(city.bureau, city, where)
    key = uuid4()
    make.notified(other, city, client_key=key)

    with pytest.raises(Refused, match="这张表已在另一个创建活动里提交过，请重新打开页面填写。"):
        make.notified(campaign, city, client_key=key)
    assert NoticeBatch.objects.count() == 1


def test_one_zip_holds_every_unit_s_notice_under_a_name_a_person_reads(city, campaign, as_):
    given_to(city.bureau, city, campaign)
    given_to(city.street, city, campaign)
    batch = make.notified(campaign, city)

    answer = as_(city.coordinator).get(url("notice_batch_file", batch.pk))

    with zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content))) as archive:
        names = archive.namelist()
        index = list(load_workbook(BytesIO(archive.read("目录.xlsx"))).active.values)
    assert names == ["001_城管局_整改通知书.docx", "002_河湾街道_整改通知书.docx", "目录.xlsx"]
    assert [row[5] for row in index[1:]] == names[:2]


def test_the_job_done_twice_packs_once_and_asks_the_right_first(city, campaign):
    given_to(city.bureau, city, campaign)
    batch = make.notified(campaign, city)
    Job.objects.filter(pk=batch.job_id).update(state=Job.State.QUEUED, tries=0)
    run_job(batch.job_id)
    second = notices.issue_notices(
        campaign,
        Finding.objects.all(),
        by=city.coordinator,
        requirement="整改",
        answer_by=timezone.localdate(),
        signature="创建办",
        again=True,
    )
    Post.objects.filter(user=city.coordinator).update(ends_on=timezone.localdate() - timedelta(days=1))
    run_job(second.job_id)

    second.refresh_from_db()
    assert StoredFile.objects.filter(content_type="application/zip").count() == 1
    assert (second.file, second.job.state) == (None, "failed")
    assert second.job.reason.startswith("提出这项作业的人已没有印发整改通知书的权限")


def test_an_old_zip_is_swept_and_can_be_packed_again_the_same(city, campaign, as_):
    given_to(city.bureau, city, campaign)
    batch = make.notified(campaign, city)
    before = batch.file.sha256

    swept = notices.sweep(older_than=timezone.now() + timedelta(days=1))
    batch.refresh_from_db()
    gone = batch.file
    as_(city.coordinator).post(url("notice_batch_pack", batch.pk))
    batch.refresh_from_db()
    run_job(batch.job_id)

    batch.refresh_from_db()
    assert (swept, gone, batch.file.sha256) == (1, None, before)
