"""Compiling, editing, reviewing and issuing reports."""

import errno
import json
from datetime import date
from pathlib import Path

import docx
import openpyxl
import pytest
from django.conf import settings

from campaigns.models import Campaign, WorkLogEntry
from cityinit.documents.docx import draw as draw_word
from cityinit.models import Job
from cityinit.queue import Lease, LeaseLost, retry, run_job
from cityinit.workflow import Refused
from reports import actions, deeds, schedule
from reports.documents import document_of
from reports.facts import fingerprint
from reports.models import Report, ReportFile, Snapshot, Template
from reports.templates import save_template
from reports.workflow import REPORT
from tests.factories.people import city as another_city
from tests.factories.people import person
from tests.factories.reports import FIRST_HALF, compiled, edit, report_at, told_campaign
from units.models import Notice, Unit
from units.roles import Role


def body(report):
    """The paragraphs of the Word file before its first annex."""
    drawn = next(file for file in actions.current_files(report) if file.kind == "docx")
    paragraphs = [paragraph.text for paragraph in docx.Document(Path(settings.MEDIA_ROOT, drawn.file.path)).paragraphs]
    end = next(place for place, text in enumerate(paragraphs) if text.startswith("附件") and len(text) <= 4)
    return "\n".join(paragraphs[:end])


def test_a_compiled_report_has_its_facts_its_text_and_its_files(city, campaign):
    report = compiled(campaign, city)

    snapshot = report.snapshots.get()
    assert (report.state, snapshot.version, snapshot.hash) == ("draft", 1, fingerprint(snapshot.facts))
    assert [file.kind for file in actions.current_files(report)] == ["docx", "pdf", "xlsx"]
    assert body(report).replace("\n", "").startswith("清水市创建全国文明城市2025年上半年工作总结2025年上半年，")
    for told in ("新建摊位120个", "知晓率95.2%", "已办结1项，完成率50%"):
        assert told in body(report)


def test_the_one_who_asked_is_told_when_it_is_written(city, campaign, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        report = compiled(campaign, city)

    notice = Notice.objects.get(user=city.coordinator)
    assert (notice.text, notice.url) == (f"总结已编好：{report.title}", report.get_absolute_url())


def test_asked_twice_at_once_it_is_filed_once(city, campaign):
    jobs = [actions.request_report(campaign, FIRST_HALF, by=city.coordinator) for _click in range(2)]

    assert jobs[0] == jobs[1]
    assert (Report.objects.count(), Job.objects.count()) == (1, 1)


def test_asked_again_later_it_is_a_new_version(city, campaign):
    report = compiled(campaign, city)

    compiled(campaign, city)

    assert [snapshot.version for snapshot in report.snapshots.all()] == [1, 2]


def test_a_job_done_twice_leaves_one_snapshot_one_text_and_two_files(city, campaign):
    report = compiled(campaign, city)
    lease = Lease(report.job.pk, 1)
    Job.objects.filter(pk=report.job.pk).update(state="running")

    actions.compile_report(report, version=1, lease=lease)

    assert (Snapshot.objects.count(), ReportFile.objects.count()) == (1, 3)
    assert report.events.filter(move="compile").count() == 1


@pytest.mark.parametrize("step", ["take_snapshot", "write_sections", "draw_files"])
def test_a_worker_that_lost_the_job_writes_nothing(city, campaign, step):
    report = compiled(campaign, city)
    before = (Snapshot.objects.count(), report.sections.count(), ReportFile.objects.count())
    WorkLogEntry.objects.update(content="新建摊位200个")

    def lost():
        raise LeaseLost(report.job.pk)

    arguments = {"take_snapshot": {"version": 2}, "write_sections": {"snapshot": report.snapshots.get()}}
    if step == "draw_files":
        edit(report.sections.first(), city, text="换了一句。")
    with pytest.raises(LeaseLost):
        getattr(actions, step)(report, hold=lost, **arguments.get(step, {}))

    assert (Snapshot.objects.count(), report.sections.count(), ReportFile.objects.count()) == before


def test_a_failed_compiling_is_seen_and_asking_again_retries_it(city, campaign, monkeypatch):
    def fault(*arguments, **values):
        raise RuntimeError("disk")

    with monkeypatch.context() as broken:
        broken.setattr(actions, "document_of", fault)
        job = actions.request_report(campaign, FIRST_HALF, by=city.coordinator)
        run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, Snapshot.objects.count()) == ("failed", 1)

    again = actions.request_report(campaign, FIRST_HALF, by=city.coordinator)
    run_job(again.pk)

    report = Report.objects.get()
    assert [file.kind for file in actions.current_files(report)] == ["docx", "pdf", "xlsx"]


def test_only_who_may_write_reports_may_ask_for_one(city, campaign):
    other = another_city("白河市")

    for stranger in (city.liaison, city.inspector, city.leader, city.administrator, other.coordinator):
        with pytest.raises(Refused, match="没有为这个创建活动编写总结的权限"):
            actions.request_report(campaign, FIRST_HALF, by=stranger)
    assert Report.objects.count() == 0


def test_a_report_is_not_written_for_somebody_whose_post_has_ended_since(city, campaign):
    job = actions.request_report(campaign, FIRST_HALF, by=city.coordinator)
    city.coordinator.posts.all().delete()

    run_job(job.pk)

    job.refresh_from_db()
    said = "提出这项作业的人已没有编写这份总结的权限，没有办理。请由有权限的人重新编写。"
    assert (job.state, job.reason, Snapshot.objects.count()) == ("failed", said, 0)
    with pytest.raises(Refused, match="提出这项作业的人已没有编写这份总结的权限"):
        retry(job)


def test_a_colleague_has_a_report_written_whose_asker_has_left(city, campaign):
    job = actions.request_report(campaign, FIRST_HALF, by=city.coordinator)
    colleague = person("接任", Role.COORDINATOR, city.office)
    city.coordinator.posts.all().delete()
    run_job(job.pk)

    again = actions.request_report(campaign, FIRST_HALF, by=colleague)
    run_job(again.pk)

    again.refresh_from_db()
    assert (again.pk, again.state, again.requested_by_id) == (job.pk, "done", colleague.pk)


def test_files_are_not_drawn_for_somebody_whose_post_has_ended_since(city, campaign):
    report = compiled(campaign, city)
    edit(report.sections.first(), city, text="换了一句。")
    city.coordinator.posts.all().delete()
    job = Job.objects.get(name="reports.jobs.draw_report")

    run_job(job.pk)

    job.refresh_from_db()
    assert (job.state, actions.current_files(report)) == ("failed", [])


def test_a_period_outside_the_campaign_is_refused(city, campaign):
    with pytest.raises(Refused, match="不在创建活动的起止时间"):
        actions.request_report(campaign, FIRST_HALF.previous.previous, by=city.coordinator)


def test_an_edit_takes_the_place_of_the_text_and_is_drawn(city, campaign, work):
    report = compiled(campaign, city)

    edit(report.sections.get(key="opening"), city, text="上半年，我市创文工作扎实有力。")
    work()

    report = Report.objects.get(pk=report.pk)
    assert report.state == "edited"
    assert "上半年，我市创文工作扎实有力。" in body(report)
    assert [(event.move, event.by) for event in report.events.all()][-1] == ("edit", city.coordinator)


def test_a_stale_edit_is_refused(city, campaign):
    report = compiled(campaign, city)
    section = report.sections.get(key="opening")
    seen = section.token
    edit(section, city, text="先改的。")

    with pytest.raises(Refused, match="别人刚刚修改了这一段"):
        actions.edit_section(section, by=city.coordinator, heading="", text="后改的。", seen=seen)

    section.refresh_from_db()
    assert section.text == "先改的。"


def test_of_two_headings_given_one_after_the_other_the_second_must_have_seen_the_first(city, campaign):
    report = compiled(campaign, city)
    section = report.sections.get(heading="市容环境持续改善")
    seen = section.token
    edit(section, city, heading="市容环境明显改善", text=section.text)

    with pytest.raises(Refused, match="别人刚刚修改了这一段"):
        actions.edit_section(section, by=city.coordinator, heading="市容更美", text=section.text, seen=seen)

    section.refresh_from_db()
    assert section.heading == "市容环境明显改善"


def test_a_heading_given_by_hand_is_kept_when_compiled_again(city, campaign):
    report = compiled(campaign, city)
    section = report.sections.get(heading="市容环境持续改善")
    edit(section, city, heading="市容环境明显改善", text=section.text)
    WorkLogEntry.objects.update(content="新建摊位200个")

    compiled(campaign, city)

    section.refresh_from_db()
    assert section.heading == "市容环境明显改善"
    assert "新建摊位200个" in section.text


def test_hand_edits_are_kept_when_compiled_again_and_marked_where_the_facts_changed(city, campaign, work):
    report = compiled(campaign, city)
    edit(report.sections.get(key="opening"), city, text="改过的开头。")
    stream = report.sections.get(heading="市容环境持续改善")
    edit(stream, city, text="市场新建摊位120个，商户满意。")
    work()
    WorkLogEntry.objects.update(content="新建摊位200个")

    compiled(campaign, city)

    told = {section.key: (section.text, section.is_outdated) for section in report.sections.all()}
    assert told["opening"] == ("改过的开头。", False)
    assert told[stream.key] == ("市场新建摊位120个，商户满意。", True)
    assert "新建摊位200个" in report.sections.get(pk=stream.pk).written


def test_an_outdated_edit_must_be_looked_at_before_review(city, campaign, work):
    report = compiled(campaign, city)
    stream = report.sections.get(heading="市容环境持续改善")
    edit(stream, city, text="市场新建摊位120个。")
    work()
    WorkLogEntry.objects.update(content="新建摊位200个")
    report = compiled(campaign, city)

    with pytest.raises(Refused, match="其依据的数据已更新"):
        actions.move(report, "review", by=city.coordinator)
    edit(report.sections.get(pk=stream.pk), city, text="市场新建摊位200个。")
    actions.move(Report.objects.get(pk=report.pk), "review", by=city.coordinator)

    assert Report.objects.get().state == "reviewed"


def test_an_issued_report_says_the_same_whatever_happens_to_the_records(city, campaign, work):
    report = report_at("issued", campaign, city)
    work()
    before = [file.file.sha256 for file in actions.current_files(report)]
    Campaign.objects.update(name="改了名", short_name="创卫")
    WorkLogEntry.objects.all().delete()
    usual = Template.objects.for_kind(campaign, "summary")
    save_template(usual, by=city.coordinator, signature="另一个落款", parts=["opening"], line_points="28.00")

    snapshot = report.snapshots.get()
    dated = actions.dated_on(report, snapshot)
    redrawn = draw_word(
        document_of(report.title, facts=snapshot.facts, sections=actions.told_sections(report), dated=dated)
    )

    drawn = actions.current_files(report)[0]
    assert redrawn == Path(settings.MEDIA_ROOT, drawn.file.path).read_bytes()
    assert [file.file.sha256 for file in actions.current_files(report)] == before
    with pytest.raises(Refused, match="不能重新编写"):
        actions.refresh(report, by=city.coordinator)
    with pytest.raises(Refused, match="现在不能修改"):
        edit(report.sections.first(), city, text="印发后再改。")


def test_a_report_is_dated_by_its_approval_and_before_it_by_its_facts(city, campaign, clock, work):
    days = {"draft": "2025-07-02", "approved": "2025-07-08", "issued": "2025-07-10"}
    clock(f"{days['draft']} 09:00")
    report = compiled(campaign, city)
    clock("2025-07-04 09:00")
    edit(report.sections.first(), city, text="改过的开头。")
    work()
    drafted = body(report)

    clock(f"{days['approved']} 09:00")
    for step in ("review", "approve"):
        actions.move(report, step, by=city.coordinator)
    clock(f"{days['issued']} 09:00")
    actions.move(report, "issue", by=city.coordinator)
    work()

    assert "\n2025年7月2日\n" in drafted
    assert "\n2025年7月8日\n" in body(report)
    assert [word in body(report) for word in ("2025年7月2日", "2025年7月10日")] == [False, False]


def test_a_report_sent_back_after_its_approval_is_dated_by_its_facts_again(city, campaign, clock):
    clock("2025-07-02 09:00")
    report = report_at("approved", campaign, city)

    clock("2025-07-08 09:00")
    actions.move(report, "send_back", by=city.coordinator, note="补充数据")

    assert actions.dated_on(report, report.snapshots.get()) == date(2025, 7, 2)


def test_the_drafts_of_a_half_year_are_filed_once(city, campaign, clock, work):
    told_campaign(another_city("白河市"))
    clock("2025-07-02 06:00")
    names = []

    for _morning in range(2):
        Job.objects.create(name="reports.jobs.compile_due_drafts", label="due", requested_by_name="系统")
        names += [job.name for job in work()]

    assert sorted(names) == ["reports.jobs.compile_due_drafts"] * 2 + ["reports.jobs.compile_report"] * 2
    assert [(report.period, report.state) for report in Report.objects.all()] == [(FIRST_HALF, "draft")] * 2


def test_the_draft_is_not_filed_before_the_half_year_has_ended(city, campaign, clock, work):
    clock("2025-06-30 06:00")

    assert schedule.compile_due_drafts(on=FIRST_HALF.last) == []


def test_a_summary_written_while_its_period_runs_speaks_of_the_day_of_writing(city, campaign, clock):
    clock("2025-06-25 09:00")

    report = compiled(campaign, city)

    assert report.title == "清水市创建全国文明城市2025年上半年工作总结"
    assert "截至2025年6月25日" in body(report)
    assert "时间进度48.2%" in body(report)
    assert "6月30日" not in body(report)
    assert report.snapshots.get().as_of == date(2025, 6, 25)


def test_a_draft_from_before_the_last_day_is_compiled_anew_once_the_half_year_is_over(city, campaign, clock, work):
    clock("2025-06-25 09:00")
    report = compiled(campaign, city)
    clock("2025-07-01 06:00")

    filed = [job.label for _morning in range(2) for job in schedule.compile_due_drafts(on=date(2025, 7, 1))]
    work()
    later = schedule.compile_due_drafts(on=date(2025, 7, 2))

    assert (filed, later) == ([report.title], [])
    assert [snapshot.as_of for snapshot in report.snapshots.all()] == [date(2025, 6, 25), FIRST_HALF.last]
    assert "截至2025年6月30日" in body(report)


def test_a_report_fixed_before_the_last_day_is_left_as_it_is(city, campaign, clock):
    clock("2025-06-25 09:00")
    report_at("issued", campaign, city)
    clock("2025-07-01 06:00")

    assert schedule.compile_due_drafts(on=date(2025, 7, 1)) == []


def test_a_period_that_has_not_begun_has_nothing_to_tell(city, campaign, clock):
    clock("2024-12-31 09:00")

    with pytest.raises(Refused, match="2025年上半年还没有开始"):
        actions.request_report(campaign, FIRST_HALF, by=city.coordinator)
    assert Report.objects.count() == 0


MAY = {
    ("draft", "edit"),
    ("edited", "edit"),
    ("draft", "review"),
    ("edited", "review"),
    ("reviewed", "approve"),
    ("approved", "issue"),
    ("reviewed", "send_back"),
    ("approved", "send_back"),
}


@pytest.mark.parametrize("state", list(Report.State))
def test_every_move_from_every_state_by_every_role(city, campaign, state):
    report = report_at(state, campaign, city)

    open_to = {
        (role, name)
        for role in Role
        for name in REPORT.moves
        if REPORT.refusal(report, name, city.by_role[role]) is None
    }

    assert open_to == {(Role.COORDINATOR, name) for from_state, name in MAY if from_state == state}


def test_a_stale_form_moves_nothing(city, campaign):
    report = report_at("reviewed", campaign, city)

    with pytest.raises(Refused, match="刚刚被别人改成"):
        actions.move(report, "approve", by=city.coordinator, seen_state="draft")

    assert Report.objects.get().state == "reviewed"


def test_a_snapshot_is_plain_json(city, campaign):
    facts = compiled(campaign, city).snapshots.get().facts

    assert json.loads(json.dumps(facts)) == facts


def test_a_title_of_very_long_names_is_cut_to_its_column(city, campaign):
    Unit.objects.filter(pk=city.host.pk).update(name="市" * 100)
    Campaign.objects.update(name="创" * 100)

    actions.request_report(Campaign.objects.get(), FIRST_HALF, by=city.coordinator)

    assert len(Report.objects.get().title) == 200


def test_a_full_disk_is_the_reason_the_job_tells_and_the_report_is_written_when_there_is_room(
    city, campaign, monkeypatch, work
):
    def full(handle):
        raise OSError(errno.ENOSPC, "full")

    # A document nobody has drawn before: one that lies on the disk already would not be written again.
    Campaign.objects.filter(pk=campaign.pk).update(name="磁盘已满那天的创建活动")
    campaign.refresh_from_db()
    job = actions.request_report(campaign, FIRST_HALF, by=city.coordinator)
    with monkeypatch.context() as disk:
        disk.setattr("os.fsync", full)
        run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.reason[:9]) == ("failed", "服务器存储空间已满")

    retry(job)
    work()

    assert [file.kind for file in actions.current_files(Report.objects.get())] == ["docx", "pdf", "xlsx"]


def test_of_very_much_work_each_task_tells_its_share_and_the_workbook_all(monkeypatch, city, campaign):
    monkeypatch.setattr(deeds, "MOST_DEEDS", 4)
    task = campaign.task_set.get(code="1")
    values = {"task": task, "campaign": campaign, "unit": city.bureau}
    for day in range(1, 7):
        content = f"清理{day}号路段"
        WorkLogEntry.objects.create(done_on=date(2025, 4, day), content=content, is_highlight=day == 6, **values)

    report = compiled(campaign, city)

    text = "".join(report.sections.values_list("text", flat=True))
    told = [f"清理{day}号路段" in text for day in range(1, 7)]
    assert told == [True, True, True, False, False, True]
    assert "另有工作记录3条，见Excel附表。" in text
    drawn = next(file for file in actions.current_files(report) if file.kind == "xlsx")
    book = openpyxl.load_workbook(Path(settings.MEDIA_ROOT, drawn.file.path))
    assert [row[4].value for row in book["工作记录"].iter_rows(min_row=2)][:6] == [
        f"清理{day}号路段" for day in range(1, 7)
    ]
