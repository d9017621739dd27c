"""督查通报 and 模拟测评通报: what they say of a round, whence, and when they may be asked for."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from docx import Document
from docx.oxml.ns import qn

from cityinit.periods import Period
from cityinit.queue import run_job
from cityinit.workflow import Refused
from inspections.actions import findings as moves
from inspections.actions import rounds
from inspections.actions.praises import praise
from inspections.actions.visits import Said
from inspections.models import Finding, Round, Site
from inspections.rules import Verdict
from reports import actions, documents
from reports.kinds import KINDS
from reports.models import Kind, Report, Template
from reports.numbers import unknown_numbers
from reports.records import figure_of
from reports.templates import save_template
from tests.factories import findings as make
from tests.factories import rounds as walk

from .reordered import backwards

State = Finding.State


@pytest.fixture
def field(city, campaign, clock):
    """A campaign with 人民路 of 城管局 and 河湾市场 of 公安局; the day is in it."""
    clock("2025-03-03 09:00")
    make.site(campaign, city.bureau, code="S001", name="人民路", kind="主次干道")
    make.site(campaign, city.police, code="S002", name="河湾市场", kind="农贸市场")
    return campaign


def compiled(job):
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.reason
    return Report.objects.select_related("campaign__host", "round").get(job=job)


def found_in(of_round, city, *, at="S001", category="占道经营", description="", state=State.DISPATCHED):
    """A finding of the round at this site, in this state."""
    campaign = of_round.campaign
    given = {"site": Site.objects.get(campaign=campaign, code=at), "category": make.category(campaign, category)}
    found = make.finding_at(state, city, campaign, description=description, **given)
    Finding.objects.filter(pk=found.pk).update(round=of_round)
    return found


def circular(of_round, city, *, kind=Kind.CIRCULAR):
    return compiled(actions.request_round_report(of_round, kind=kind, by=city.coordinator))


def text_of(report):
    return "\n".join(line for section in report.sections.all() for line in (section.heading, section.text) if line)


def every_number_leads_somewhere(report):
    snapshot = report.snapshots.latest("version")
    for section in report.sections.all():
        assert [
            section.text[span["start"] : span["end"]] for span in unknown_numbers(section.text, section.links)
        ] == []
        assert [link for link in section.links if figure_of(snapshot, link["figure"]) is None] == []
    return True


def says_the_same_in_any_order(report):
    facts = report.snapshots.latest("version").facts
    written = KINDS[report.kind].write
    return written(backwards(facts)) == written(facts)


@pytest.fixture
def third(field, city):
    sites = list(Site.objects.order_by("code"))
    return walk.round_at(Round.State.SUBMITTED, field, city, sites=sites, name="三月督查")


def test_a_circular_groups_what_was_found_by_unit_and_site(third, city, clock):
    found_in(third, city, description="占用盲道")
    found_in(third, city, description="垃圾桶满溢", category="垃圾桶满溢", state=State.CLOSED)
    clock("2025-03-03 17:00")

    report = circular(third, city)
    text = text_of(report)

    assert report.title == "关于三月督查情况的通报"
    assert text.startswith("2025年3月3日，我市对主次干道、农贸市场等2个点位开展“三月督查”，共发现问题2个")
    assert "共发现问题2个。现将有关情况通报如下：" in text
    assert "已整改1个，整改率50%，尚有1个正在整改" in text
    assert "清水市城市管理局\n发现问题2个，已整改1个，整改率50%。\n1.人民路：占用盲道；垃圾桶满溢（已整改）。" in text
    assert every_number_leads_somewhere(report)
    assert says_the_same_in_any_order(report)


def test_what_is_overdue_is_named_with_its_unit_and_asked_for_first(third, city, clock):
    found = found_in(third, city, description="占用盲道")
    clock(f"{found.due_at + timedelta(days=3):%Y-%m-%d} 09:00")

    text = text_of(circular(third, city))

    assert "其中逾期未整改1个，涉及清水市城市管理局（1个）" in text
    assert "占用盲道（逾期未整改）" in text
    assert "立即清零，逾期未整改的1个问题" in text


def test_what_was_answered_in_time_and_waits_for_review_is_not_overdue(third, city, clock):
    found = found_in(third, city, description="占用盲道", state=State.SUBMITTED)
    clock(f"{found.due_at + timedelta(days=3):%Y-%m-%d} 09:00")

    assert "逾期" not in text_of(circular(third, city))


def test_praise_of_the_days_of_the_round_is_told_and_of_others_is_not(third, city, clock):
    site = Site.objects.get(code="S002")
    praise(third.campaign, by=city.inspector, site=site, description="摊位整齐，地面干净")
    clock("2025-04-20 09:00")
    praise(third.campaign, by=city.inspector, site=site, description="四月的亮点")

    text = text_of(circular(third, city))

    assert "摊位整齐，地面干净" in text
    assert "四月的亮点" not in text


def test_a_circular_of_a_month_tells_of_the_month(field, city, clock):
    make.finding_at(State.DISPATCHED, city, field, description="三月的问题", site=Site.objects.get(code="S001"))
    clock("2025-04-02 09:00")
    make.finding_at(State.DISPATCHED, city, field, description="四月的问题", site=Site.objects.get(code="S001"))

    report = compiled(actions.request_report(field, Period.month(2025, 3), kind=Kind.CIRCULAR, by=city.coordinator))

    assert report.title == "关于2025年3月创文工作督查情况的通报"
    assert ("三月的问题" in text_of(report), "四月的问题" in text_of(report)) == (True, False)
    assert every_number_leads_somewhere(report)


def test_what_was_put_right_is_annexed_with_both_photos_the_last_first(third, city, clock):
    first = found_in(third, city, description="占用盲道", state=State.CLOSED)
    clock("2025-03-04 09:00")
    second = found_in(third, city, description="井盖缺失", state=State.CLOSED)
    found_in(third, city, description="没有整改", state=State.DISPATCHED)

    report = circular(third, city)
    pairs = report.snapshots.get().facts["pairs"]
    word = Document(Path(settings.MEDIA_ROOT, actions.current_files(report)[0].file.path))

    assert [pair["number"] for pair in pairs] == [second.number, first.number]
    [annexed] = [table for table in word.tables if table.rows[0].cells[2].text == "整改前"]
    assert len(annexed._tbl.findall(f".//{qn('w:drawing')}")) == 4


def test_an_office_that_wants_no_photos_gets_none(third, city):
    found_in(third, city, description="占用盲道", state=State.CLOSED)
    save_template(Template(campaign=third.campaign, kind=Kind.CIRCULAR), by=city.coordinator, pairs=0)

    assert circular(third, city).snapshots.get().facts["pairs"] == []


def test_nothing_found_is_said_and_nothing_is_asked_for(third, city):
    report = circular(third, city)

    assert "未发现问题" in text_of(report)
    assert [section.key for section in report.sections.all()] == ["opening"]


def test_the_office_s_own_words_parts_and_numbering_are_taken_and_kept(third, city, clock):
    found_in(third, city, description="占用盲道")
    usual = Template(campaign=third.campaign, kind=Kind.CIRCULAR, is_usual=True)
    save_template(
        usual,
        by=city.coordinator,
        parts=["opening", "problems", "requirements"],
        headings={"problems": "发现的问题"},
        requirements="一是立即整改；二是举一反三。",
        numbering=Template.Numbering.DIGITS,
    )

    report = circular(third, city)
    snapshot = report.snapshots.get()
    told = actions.told_sections(report)

    assert documents.headings(told, snapshot.facts["writing"]["numbering"]) == [
        "",
        "1. 发现的问题",
        "1.1 清水市城市管理局",
        "2. 工作要求",
    ]
    assert "一是立即整改；二是举一反三。" in text_of(report)


@pytest.fixture
def scored(field, city, clock):
    """Two published rounds of both sites: the first without a fault, in the second the road failed two items."""
    sites = list(Site.objects.order_by("code"))
    walk.round_at(Round.State.PUBLISHED, field, city, sites=sites, name="二月测评")
    clock("2025-03-10 09:00")
    fails = {"answers": {"i2_1": Said(verdict=Verdict.FAIL, reason="有积水")}}
    made = walk.round_at(Round.State.PUBLISHED, field, city, sites=sites, name="三月测评", **fails)
    clock("2025-03-11 09:00")
    return made


def test_scores_are_told_as_a_whole_by_type_and_unit_against_the_round_before(scored, city):
    report = circular(scored, city, kind=Kind.ASSESSMENT)
    text = text_of(report)

    assert report.title == "关于三月测评情况的通报"
    assert "本次模拟测评总得分50分，比上次（100分）下降50分" in text
    assert "地面干净，没有垃圾，2个点位不符合" in text
    assert "得分不足六十分的点位有" in text
    assert every_number_leads_somewhere(report)
    assert says_the_same_in_any_order(report)
    tables = {table["title"]: table["rows"] for table in report.snapshots.get().facts["tables"]}
    assert tables["各类点位得分"] == [[1, "主次干道", 1, "50.0", "100.0"], [1, "农贸市场", 1, "50.0", "100.0"]]
    assert [row[-1] for row in tables["点位得分"]] == ["50.0", "50.0"]


def test_scores_that_are_not_published_are_not_told(third, city):
    with pytest.raises(Refused, match="成绩还没有公布"):
        actions.request_round_report(third, kind=Kind.ASSESSMENT, by=city.coordinator)
    assert Report.objects.count() == 0


def test_a_round_nobody_has_walked_has_nothing_to_tell(field, city):
    planned = rounds.add_round(field, by=city.coordinator, name="四月督查")

    with pytest.raises(Refused, match="还没有检查记录"):
        actions.request_round_report(planned, kind=Kind.CIRCULAR, by=city.coordinator)


def test_a_round_has_one_circular_asked_for_again_it_is_written_anew(third, city, clock):
    found_in(third, city, description="占用盲道")
    first = circular(third, city)
    found = Finding.objects.get()
    moves.acknowledge(found, by=city.liaison)
    clock("2025-03-06 09:00")
    second = circular(third, city)

    assert (first.pk, second.snapshots.count()) == (second.pk, 2)


def test_only_who_writes_reports_may_ask(third, city):
    for person in (city.inspector, city.liaison, city.leader):
        with pytest.raises(Refused, match="没有为这个创建活动编写总结的权限"):
            actions.request_round_report(third, kind=Kind.CIRCULAR, by=person)


def test_charts_tell_what_their_tables_say_and_stand_in_the_document(third, city, clock):
    found_in(third, city, description="占用盲道")
    found_in(third, city, at="S002", description="垃圾桶满溢", category="垃圾桶满溢", state=State.CLOSED)
    clock("2025-04-02 09:00")
    found_in(third, city, description="占用盲道", state=State.CLOSED)

    report = circular(third, city)
    charts = report.snapshots.get().facts["charts"]
    word = Document(Path(settings.MEDIA_ROOT, actions.current_files(report)[0].file.path))

    assert [(one["chart"]["title"], one["rows"]) for one in charts] == [
        ("每月发现问题和整改情况", [["2025年3月", 2, 1, "50"], ["2025年4月", 1, 1, "100"]]),
        ("主要问题类别", [["占道经营", 2, 1, "50"], ["垃圾桶满溢", 1, 1, "100"]]),
    ]
    assert charts[0]["chart"]["series"] == [["发现", "open", [2, 1]], ["已整改", "done", [1, 1]]]
    text = "\n".join(paragraph.text for paragraph in word.paragraphs)
    assert text.index("每月发现问题和整改情况") < text.index("主要问题类别")
    pictures = [relation for relation in word.part.rels.values() if relation.target_ref.endswith(".png")]
    assert len(pictures) == 2


def test_an_office_that_wants_no_charts_gets_none(third, city):
    found_in(third, city, description="占用盲道")
    found_in(third, city, description="垃圾桶满溢", category="垃圾桶满溢")
    save_template(Template(campaign=third.campaign, kind=Kind.CIRCULAR), by=city.coordinator, charts=False)

    assert circular(third, city).snapshots.get().facts["charts"] == []
