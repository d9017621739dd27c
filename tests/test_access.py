"""Every URL of the project as every role: who sees what, nothing open by default, never a fault.

The world is built once; each visit is undone. A URL that is missing from the table fails, so whoever adds a
page says here who may see it. Marked `once` are the walks that end before a view asks for a row, and the one that only
tells files from pages: the rows themselves are asked for by every role, beside both databases.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlencode, urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern
from django.utils.timezone import localdate

from campaigns.actions.batches import begin
from campaigns.actions.filters import save_filter
from campaigns.actions.instructions import instruct
from campaigns.actions.material_packs import request_pack
from campaigns.actions.papers import set_paper
from campaigns.actions.patrols import name_member, note_absence
from campaigns.actions.system_tables import receive_system_table
from campaigns.actions.systems import revise
from campaigns.actions.tables import match_columns, receive_table, start_load
from campaigns.clock import Calendar
from campaigns.models import (
    CalendarDay,
    Decision,
    Document,
    GroupMember,
    LeadingGroup,
    Material,
    Meeting,
    TableMapping,
    TaskTemplate,
    Workstream,
)
from cityinit.content import DOCX, XLSX, check_table, check_upload, check_workbook
from cityinit.documents.docx import Document as Word
from cityinit.documents.docx import Paragraph, draw
from cityinit.held import hold
from cityinit.models import AuditEvent, Job
from cityinit.periods import Period
from cityinit.queue import enqueue, run_job
from inspections.actions.bulk import begin as begin_findings
from inspections.actions.checklist_tables import receive_checklist_table
from inspections.actions.draws import draw_sites
from inspections.actions.findings.letters import tell_of
from inspections.actions.praises import praise
from inspections.actions.rectification_notices import PAPER as NOTICE_PAPER
from inspections.actions.visits import Said
from inspections.actions.workbooks import receive_workbook
from inspections.models import DispatchRule, Finding, LedgerMapping, OverdueLetter, PhotoDoubt
from reports.actions import request_report
from reports.models import Comment, Report, Template
from reports.remarks import remark
from reports.templates import save_template
from tests.factories import (
    appraisals,
    calls,
    duty,
    findings,
    ledgers,
    materials,
    people,
    rounds,
    rows,
    systems,
    tables,
    tasks,
    workbooks,
)
from tests.factories.photos import shot
from tests.valid import faults_of
from units.models import HandOver, Notice, Post, UnitAlias
from units.roles import PERMISSIONS, Role

pytestmark = pytest.mark.django_db

PUBLIC = {
    *("units:login", "units:logout", "units:password_reset", "cityinit:healthz"),
    *("cityinit:offline", "service_worker", "manifest"),
    # Says on the wall that the log-in has ended, and nothing else.
    "reports:wall_panel",
}
# Reached by who has no post too: everybody may leave, and change the own password.
ACCOUNT = {"units:password_change"}

# 200 a page, 302 done or sent on, 403 not for this role, 404 out of sight, 405 only by POST,
# 409 sent back with the reason of a refusal.
VISITORS = ("coordinator", "inspector", "liaison", "other_liaison", "leader", "administrator", "foreigner")
# A Wednesday with nothing special about it: hours of the day are left, and working days before and after it.
MORNING = datetime(2026, 9, 16, 10, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True)
class Case:
    """A URL name with what fills its pattern: GET answers in the order of VISITORS, or those of POST alone."""

    answers: str
    fill: dict[str, Callable[["World"], object]]
    only_post: bool = False
    query: Callable[["World"], str] = lambda world: ""


def page(answers, *, query=lambda world: "", **fill):
    return Case(answers, fill, query=query)


def button(answers, **fill):
    """Answers POST only."""
    return Case(answers, fill, only_post=True)


def row(name):
    """Fills <int:pk> with that object of the world."""
    return {"pk": lambda world: getattr(world, name).pk}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    # What may be done on the day itself is asked on that day, whenever the suite runs.
    with django_db_blocker.unblock(), time_machine.travel(MORNING, tick=True), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


class World:
    """One object of each kind in 清水市, and people of all roles; the foreigner is 云溪市's coordinator.

    城管局 leads the task and the finding; 公安局, the other liaison's, has no part in them.
    """

    def __init__(self):
        self.client = Client(raise_request_exception=False)
        self.city = city = people.city()
        self.campaign = tasks.campaign(city)
        self.task = tasks.issued(self.campaign, city, units=[])
        paper = SimpleUploadedFile("方案.pdf", b"%PDF-1.4\n%%EOF", content_type="application/pdf")
        self.entry = tasks.entry(self.task, city, files=[check_upload(paper, kind="document")])
        self.log_file = self.entry.attachments.get()
        self.recurring = tasks.issued(self.campaign, city, units=[], frequency="每周1次")
        late = tasks.issued(self.campaign, city, units=[], due_on=localdate())
        self.extension = tasks.asked(late, city)
        self.supervision = tasks.supervised(late, city)
        self.part = tasks.part(tasks.issued(self.campaign, city, units=[], due_on=localdate()), city.bureau)
        tasks.entry(self.part.task, city)
        self.part = tasks.part(self.part.task, city.bureau)
        self.site = findings.site(self.campaign, city.bureau, longitude=117.65, latitude=34.21)
        self.kind = self.site.kind
        self.praise = praise(self.campaign, by=city.inspector, site=self.site, photos=[findings.photo()])
        self.draw = draw_sites(self.campaign, by=city.coordinator, n=1)
        self.finding = findings.finding_at(Finding.State.DISPATCHED, city, self.campaign)
        self.category = self.finding.category
        self.rule = DispatchRule.objects.create(campaign=self.campaign, category=self.category, unit=city.bureau)
        chosen = {"act": "dispatch", "by": city.coordinator, "back_url": "/", "lead_unit": city.bureau}
        self.finding_batch = begin_findings(self.campaign, [self.finding.pk], **chosen)
        self.photo = self.finding.photos.first()
        self.doubt = PhotoDoubt.objects.create(finding=self.finding, photo=self.photo, kind=PhotoDoubt.Kind.OLDER)
        self.overdue_letter = self.letter_about(self.finding)
        self.notice_batch = findings.notified(self.campaign, city)
        self.rectification_notice = self.notice_batch.notices.get()
        file = SimpleUploadedFile("红头.docx", draw(Word(title="{{ 标题 }}", blocks=[Paragraph("{{ 正文 }}")])))
        letterhead = check_upload(file, kind="document")
        set_paper(self.campaign, NOTICE_PAPER, letterhead, by=city.coordinator)
        self.loaded_ledger = ledgers.loaded(self.campaign, city, ledgers.ledger())
        self.ledger = ledgers.received(self.campaign, city, ledgers.ledger(title="另一张"))
        self.ledger_mapping = LedgerMapping.objects.get()
        book = workbooks.book()
        upload = SimpleUploadedFile("台账.xlsx", book.read())
        self.load = receive_workbook(check_workbook(upload), client_key=uuid4(), by=city.coordinator)
        self.table = self.received("甲")
        self.loaded = self.received("乙")
        match_columns(self.loaded, mapping=tables.proposed(self.loaded), options={}, by=city.coordinator)
        run_job(self.loaded.job_id)
        start_load(self.loaded, by=city.coordinator)
        run_job(self.loaded.job_id)
        self.mapping = TableMapping.objects.create(host=city.host, shape="0", name="任务分解表.xlsx", mapping={})
        self.template = TaskTemplate.objects.create(host=city.host, name="专项整治")
        self.alias = UnitAlias.objects.create(host=city.host, name="各部门", kind="委员单位")
        self.job = enqueue("inspections.jobs.check_workbook", 0, by=city.liaison, label="测试")
        self.day = CalendarDay.objects.create(day=date(2026, 3, 2), is_workday=False)
        self.activity = rows.activity(self.campaign, city, files=[check_upload(paper, kind="document")])
        self.poster = rows.poster(self.campaign, city)
        self.quota = duty.quota(self.campaign)
        self.build_rounds(city)
        photo = SimpleUploadedFile("a.jpg", shot()["buffer"], content_type="image/jpeg")
        checked = check_upload(photo, kind="photo")
        [self.patrol] = duty.walked(self.quota, city.liaison, city.bureau, "2026-03-05 08:00", files=[checked])
        away = {"starts_on": date(2026, 3, 6), "ends_on": date(2026, 3, 6)}
        self.absence = note_absence(self.campaign, unit=city.bureau, name="老周", by=city.coordinator, **away)
        ago = localdate() - timedelta(days=20)
        self.turn = duty.turn_at("present", self.campaign, city, day=Calendar().add_workdays(ago, count=1))
        self.turn.files.add(self.patrol.files.get())
        self.shift, self.duty_post = self.turn.shift, self.turn.shift.duty
        self.hand = self.duty_post.hands.get()
        listed = duty.quota(self.campaign, place="公园")
        self.patroller = name_member(listed, unit=city.bureau, name="老周", by=city.coordinator)
        self.document = Document.objects.create(campaign=self.campaign, name="实施方案")
        self.document.files.add(self.log_file.file)
        self.group = LeadingGroup.objects.create(campaign=self.campaign, name="创建领导小组")
        self.member = GroupMember.objects.create(campaign=self.campaign, group=self.group, seat="组长")
        self.meeting = Meeting.objects.create(campaign=self.campaign, name="第一次会议", kind="会议")
        self.decision = Decision.objects.create(campaign=self.campaign, meeting=self.meeting, content="成立专班")
        self.instruction = instruct(
            self.campaign, by=city.leader, content="抓紧办", given_on=localdate(), task=self.task
        )
        self.system = systems.in_force(self.campaign, city)
        self.indicator = systems.node(self.system, "Ⅱ-1")
        self.standard = self.indicator.standards.first()
        tasks.draft(self.campaign, city, indicator=self.indicator)
        standards = SimpleUploadedFile("测评体系.csv", "体系名称,Ⅰ级指标,标准\n甲,环境,整洁".encode())
        self.system_table = receive_system_table(
            self.campaign, check_table(standards), client_key=uuid4(), by=city.coordinator
        )
        self.draft_system = revise(self.system, by=city.coordinator)
        self.owed = materials.asked(self.campaign, city, of=self.standard)
        self.material = materials.material_at(Material.State.SUBMITTED, self.campaign, city, of=self.standard)
        self.sent = self.material.latest
        [self.held] = hold(self.owed.form_key, [materials.sound(colour="navy")], by=city.liaison)
        self.pack = request_pack(self.system, by=city.coordinator, with_unreviewed=True)
        run_job(self.pack.job_id)
        self.batch = begin(self.campaign, [self.task.pk], act="issue", by=city.coordinator, back_url="/")
        shared = {"name": "未办结", "query": "state=open", "audience": "3everybody"}
        self.workstream = Workstream.objects.create(campaign=self.campaign, name="绿化")
        self.saved = save_filter(self.campaign, page="tasks", by=city.coordinator, **shared)
        self.notice = Notice.objects.create(user=city.liaison, text="请签收", url="/units/")
        Job.objects.filter(pk=self.job.pk).update(state=Job.State.FAILED, reason="测试")
        compiling = request_report(self.campaign, Period.containing(date(2026, 3, 1)), by=city.coordinator)
        run_job(compiling.pk)
        self.report = Report.objects.get()
        self.section, self.file = self.report.sections.first(), self.report.files.first()
        self.snapshot = self.report.snapshots.get()
        self.comment = remark(self.report, by=city.leader, text="数据要再核实")
        Comment.objects.filter(pk=self.comment.pk).update(is_instruction=False)
        self.report_template = save_template(
            Template(campaign=self.campaign, kind="summary"), by=city.coordinator, name="市委"
        )
        self.call = calls.called(
            self.campaign, city, period=Period.containing(localdate()), due_on=localdate() + timedelta(days=5)
        )
        self.contribution = calls.of(self.call, city.bureau)
        self.appraise(city)
        self.unit, self.person = city.bureau, city.liaison
        self.post = city.liaison.posts.get()
        later = Post.objects.create(user=city.nobody, role=Role.LIAISON, unit=city.bureau, starts_on=date(2099, 1, 1))
        self.hand_over = HandOver.objects.create(post=self.post, successor=later)
        foreign = people.city("云溪市")
        tasks.campaign(foreign)
        self.sessions = {"nobody": session_of(city.nobody), "foreigner": session_of(foreign.coordinator)}
        self.sessions |= {name: session_of(getattr(city, name)) for name in VISITORS if name != "foreigner"}

    def appraise(self, city):
        """Published, with an objection of 城管局 to what it lost; another version waits, and a draft of rules."""
        appraisals.points_off(self.campaign, city.bureau, day=date(2026, 3, 5))
        self.rule_set = appraisals.rules(self.campaign, city)
        of_march = {"of": self.rule_set, "period": Period.month(2026, 3)}
        self.appraisal = appraisals.published(self.campaign, city, **of_march)
        self.sheet = appraisals.sheet(self.appraisal, city.bureau)
        self.objection = appraisals.objection(self.appraisal, city)
        appraisals.anew(self.appraisal, city)
        self.draft_rules = appraisals.rules(self.campaign, city, name="试行", adopt=False)
        self.draft_rule = self.draft_rules.rules.get()

    def letter_about(self, finding):
        """As it is sent about an overdue finding: nobody waits here until one is."""
        signed = {"signer": "周明远", "signature": "清水市创建办", "demand": "立即整改", "answer_by": localdate()}
        told = tell_of([finding], campaign=self.campaign, unit=self.city.bureau, **signed)
        number = {"series": self.supervision.series, "serial": 99, "number": self.supervision.series.number(99)}
        return OverdueLetter.objects.create(
            campaign=self.campaign, unit=self.city.bureau, told=told, sent_by=self.city.coordinator, **signed, **number
        )

    def build_rounds(self, city):
        """A published round, one in the field and a planned one, all at the site; a checklist in use and a draft."""
        failed = Said(verdict="fail", photos=(findings.photo(),))
        sites = [self.site]
        self.published = rounds.round_at("published", self.campaign, city, sites=sites, answers={"i2_1": failed})
        self.published_visit = self.published.visits.get()
        self.visit_photo = self.published_visit.answers.get(verdict="fail").photos.get()
        self.round = rounds.round_at("in_field", self.campaign, city, sites=sites, name="四月督查")
        self.planned = rounds.round_at("planned", self.campaign, city, sites=sites, name="五月督查")
        self.team = rounds.team_of(self.round)
        self.checklist = self.published_visit.checklist
        self.begun = rounds.visited(self.site, city, self.checklist, round=self.round, finish=False, i2_1=failed)
        self.failed = self.begun.answers.get(verdict="fail")
        self.draft_checklist = rounds.draft(self.campaign, city, edition="2025版")
        self.draft_item = self.draft_checklist.items.first()
        table = SimpleUploadedFile("检查表.csv", "点位类型,版本,检查内容,判定规则\n公园,2024版,干净,≥2处".encode())
        asked = {"client_key": uuid4(), "by": city.coordinator}
        self.checklist_table = receive_checklist_table(self.campaign, check_table(table), **asked)

    def received(self, name):
        """A table of one task, read and not yet matched."""
        plan = SimpleUploadedFile(
            "任务分解表.xlsx", tables.plain_table(["任务名称", "牵头单位"], [name, "城管局"]).read()
        )
        table = receive_table(self.campaign, check_table(plan), client_key=uuid4(), by=self.city.coordinator)
        run_job(table.job_id)
        table.refresh_from_db()
        return table

    def visit(self, visitor, name, *, method="get"):
        # One client for all: each new one would build the whole chain of middleware again.
        client = self.client
        client.cookies.clear()
        if visitor in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[visitor]
        given = getattr(client, method)(self.address(name))
        given.drawn = b"".join(given.streaming_content) if given.streaming else given.content
        assert given.drawn or not given.streaming
        return given

    def address(self, name):
        fill = EXPECTED[name].fill
        values = {key: value(self) if callable(value) else value for key, value in fill.items()}
        return reverse(name.partition("#")[0], kwargs=values) + EXPECTED[name].query(self)


def session_of(user):
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def answer(world, visitor, name, *, method="get"):
    """The answer to one request, whose effects are undone."""
    with transaction.atomic():
        given = world.visit(visitor, name, method=method)
        transaction.set_rollback(True)
    return given


def status(world, visitor, name, *, method="get"):
    """The status of the answer; a redirect that carries a refusal counts as the 409 that htmx would get."""
    given = answer(world, visitor, name, method=method)
    refused = any(message.level_tag == "error" for message in get_messages(given.wsgi_request))
    return 409 if given.status_code == 302 and refused else given.status_code


def a_figure(world):
    return "?" + urlencode({"figure": next(iter(world.snapshot.facts["figures"]))})


def a_figure_of_the_unit(world):
    return "?" + urlencode({"figure": sorted(world.contribution.figures)[0]})


def url_names(resolver, namespaces=()):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield ":".join((*namespaces, entry.name or str(entry.pattern)))
        else:
            yield from url_names(entry, (*namespaces, entry.namespace) if entry.namespace else namespaces)


def two_systems(world):
    return f"?{urlencode({'old': world.system.pk, 'new': world.draft_system.pk})}"


#                                     office  insp  liais other leader admin foreign
EXPECTED: dict[str, Case] = {
    "home": page("302 302 302 302 302 302 302"),
    "units:login": page("302 302 302 302 302 302 302"),
    "units:logout": button("302 302 302 302 302 302 302"),
    "units:password_change": page("200 200 200 200 200 200 200"),
    "units:password_reset": page("410 410 410 410 410 410 410", uid="MQ", token="1-1"),
    "units:notices": page("200 200 200 200 200 200 200"),
    "units:notices_read": button("302 302 302 302 302 302 302"),
    "units:notice": page("404 404 302 404 404 404 404", **row("notice")),
    "units:notice_read": button("404 404 302 404 404 404 404", **row("notice")),
    "units:units": page("200 200 200 200 200 200 200"),
    "units:unit": page("200 200 200 200 200 200 404", **row("unit")),
    "units:unit_new": page("200 403 403 403 403 200 200"),
    "units:unit_edit": page("200 403 403 403 403 200 404", **row("unit")),
    "units:unit_rename": page("200 403 403 403 403 200 404", **row("unit")),
    "units:unit_move": page("200 403 403 403 403 200 404", **row("unit")),
    "units:unit_merge": page("200 403 403 403 403 200 404", **row("unit")),
    "units:people": page("200 200 200 200 200 200 200"),
    "units:person": page("200 200 200 200 200 200 404", **row("person")),
    "units:person_new": page("403 403 403 403 403 200 403"),
    "units:person_edit": page("403 403 403 403 403 200 403", **row("person")),
    "units:person_link": button("403 403 403 403 403 200 403", **row("person")),
    "units:post_new": page("403 403 403 403 403 200 403", **row("person")),
    "units:post_end": page("403 403 403 403 403 200 403", **row("post")),
    "units:post_hand_over": page("403 403 403 403 403 200 403", **row("post")),
    "units:hand_over": page("404 404 200 404 404 200 404", **row("hand_over")),
    "units:post_withdraw": button("403 403 403 403 403 409 403", **row("post")),
    "campaigns:desk": page("200 200 200 200 200 200 200"),
    "campaigns:choose": button("404 404 404 404 404 404 404"),
    "campaigns:campaigns": page("200 200 200 200 200 403 200"),
    "campaigns:campaign_new": page("200 403 403 403 403 403 200"),
    "campaigns:campaign": page("200 200 200 200 200 404 404", **row("campaign")),
    "campaigns:campaign_edit": page("200 403 403 403 403 404 404", **row("campaign")),
    "campaigns:calendar": page("403 403 403 403 403 200 403"),
    "campaigns:calendar_delete": button("409 409 409 409 409 302 409", **row("day")),
    "campaigns:progress": page("200 403 200 200 200 403 200"),
    "campaigns:progress_export": page("200 403 403 403 403 403 200"),
    "campaigns:targets": page("200 403 200 200 200 403 200"),
    "campaigns:tasks": page("200 403 200 200 200 403 200"),
    "campaigns:task_options": page("200 403 200 200 200 403 200"),
    "campaigns:task_new": page("200 403 403 403 403 403 200"),
    "campaigns:tasks_tree": page("200 403 200 200 200 403 200"),
    "campaigns:filters": page("200 200 200 200 200 403 200"),
    "campaigns:filter_new": page("200 200 200 200 200 403 200", query=lambda world: "?page=tasks&query=state%3Dopen"),
    "campaigns:filter_edit": page("200 403 403 403 403 403 404", **row("saved")),
    "campaigns:filter_delete": button("302 409 409 409 409 403 404", **row("saved")),
    "campaigns:filter_open_with": button("302 302 302 302 302 403 404", **row("saved")),
    "campaigns:workstreams": page("200 200 403 403 200 403 200"),
    "campaigns:workstream_order": button("302 409 404 404 409 404 404", **row("workstream")),
    "campaigns:week": page("200 403 200 200 200 403 200"),
    "campaigns:tasks_board": page("200 403 200 200 200 403 200"),
    "campaigns:tasks_timeline": page("200 403 200 200 200 403 200"),
    "campaigns:tasks_export": page("200 403 403 403 403 403 200"),
    "campaigns:tasks_issue": button("302 403 403 403 403 403 302"),
    "campaigns:batch": page("200 403 403 403 403 403 404", **row("batch")),
    "campaigns:task": page("200 404 200 404 200 404 404", **row("task")),
    "campaigns:task_edit": page("200 404 403 404 403 404 404", **row("task")),
    "campaigns:log_new": page("200 404 200 404 409 404 404", **row("task")),
    "campaigns:task_instruct": page("403 404 403 404 200 404 404", **row("task")),
    "campaigns:instruct": page("403 403 403 403 200 403 403"),
    "campaigns:instruction_edit": page("409 409 409 404 200 404 404", **row("instruction")),
    "campaigns:task_move": page("200 404 409 404 409 404 404", **row("task"), move="cancel"),
    "campaigns:nudge": button("302 404 409 404 409 404 404", **row("part")),
    "campaigns:assignment_move": page("409 404 200 404 409 404 404", **row("part"), move="report_done"),
    "campaigns:extension_ask": page("409 404 200 404 409 404 404", **row("part")),
    "campaigns:keep_recurring": button("409 404 409 404 409 404 404", **row("part")),
    "campaigns:extensions": page("200 403 200 200 200 403 200"),
    "campaigns:extensions_export": page("200 403 403 403 403 403 200"),
    "campaigns:extension_move": page("200 404 409 404 409 404 404", **row("extension"), move="grant"),
    "campaigns:supervisions": page("200 403 200 200 200 403 200"),
    "campaigns:supervise": page("200 403 403 403 403 403 200"),
    "campaigns:supervisions_export": page("200 403 403 403 403 403 200"),
    "campaigns:supervision_letters": page("200 403 200 409 200 403 409"),
    "campaigns:supervision_letter": page("200 404 200 404 200 404 404", **row("supervision")),
    "campaigns:supervision_move": page("409 404 200 404 409 404 404", **row("supervision"), move="answer"),
    "campaigns:recurring": page("200 403 200 200 200 403 200"),
    "campaigns:recurring_export": page("200 403 403 403 403 403 200"),
    "campaigns:task_recurring": page("200 404 200 404 200 404 404", **row("recurring")),
    "campaigns:log": page("200 403 200 200 200 403 200"),
    "campaigns:log_export": page("200 403 403 403 403 403 200"),
    "campaigns:log_entry": page("200 404 200 404 200 404 404", **row("entry")),
    "campaigns:log_edit": page("200 404 200 404 409 404 404", **row("entry")),
    "campaigns:log_delete": page("200 404 200 404 409 404 404", **row("entry")),
    "campaigns:log_file": page(
        "200 404 200 404 200 404 404",
        **row("entry"),
        file_pk=lambda world: world.log_file.file_id,
        variant="original",
    ),
    "campaigns:log_as_material": page("200 404 200 404 403 404 404", **row("entry")),
    "campaigns:materials": page("200 403 200 200 200 403 200"),
    "campaigns:meeting_as_material": page("200 403 200 404 403 404 404", **row("activity")),
    "campaigns:materials_desk": page("200 403 200 200 200 403 200"),
    "campaigns:materials_export": page("200 403 403 403 403 403 200"),
    "campaigns:materials_file": button("302 403 403 403 403 403 302"),
    "campaigns:materials_matrix": page("200 403 200 200 200 403 200"),
    "campaigns:materials_matrix_export": page("200 403 403 403 403 403 200"),
    "campaigns:materials_make": page("200 403 403 403 403 403 200"),
    "campaigns:material_new": page("200 403 403 403 403 403 200"),
    "campaigns:material_rules": page("200 403 403 404 403 404 404", **row("system")),
    "campaigns:standard_units": page("200 403 403 404 403 404 404", **row("standard")),
    "campaigns:material_packs": page("200 403 403 403 403 403 200"),
    "campaigns:material_pack": page("200 404 404 404 404 404 404", **row("pack")),
    "campaigns:material_review_next": page("302 403 403 403 403 403 302"),
    "campaigns:material_review": page("200 404 403 404 403 404 404", **row("material")),
    "campaigns:materials_nudge": button("302 409 409 409 409 404 404", **row("unit")),
    "campaigns:material_file": page(
        "200 404 403 404 200 404 404",
        **row("sent"),
        file_pk=lambda world: world.sent.files.get().pk,
        variant="original",
    ),
    "campaigns:material": page("200 404 200 404 200 404 404", **row("material")),
    "campaigns:material_submit": page("200 404 200 404 409 404 404", **row("owed")),
    "campaigns:material_edit": page("200 404 403 404 403 404 404", **row("material")),
    "campaigns:material_drop": page("200 404 403 404 403 404 404", **row("owed")),
    "campaigns:material_move": page("409 404 200 404 409 404 404", **row("material"), move="withdraw"),
    "campaigns:groups": page("200 200 403 403 200 403 200"),
    "campaigns:group": page("200 200 404 404 200 404 404", **row("group")),
    "campaigns:member_succeed": page("200 403 404 404 403 404 404", **row("member")),
    "campaigns:documents": page("200 200 200 200 200 403 200"),
    "campaigns:document": page("200 200 404 404 200 404 404", **row("document")),
    "campaigns:document_read": button("409 409 404 404 409 404 404", **row("document")),
    "campaigns:document_file": page(
        "200 200 404 404 200 404 404",
        **row("document"),
        file_pk=lambda world: world.document.files.get().pk,
        variant="original",
    ),
    "campaigns:decisions": page("200 200 403 403 200 403 200"),
    "campaigns:decisions_export": page("200 403 403 403 403 403 200"),
    "campaigns:decision_new": page("200 403 404 404 403 404 404", **row("meeting")),
    "campaigns:decision_edit": page("200 403 404 404 403 404 404", **row("decision")),
    "campaigns:decision_settle": page("200 403 404 404 403 404 404", **row("decision")),
    "campaigns:decision_delete": button("302 403 404 404 403 404 404", **row("decision")),
    "campaigns:registers": page("200 200 200 200 200 403 200"),
    "campaigns:register#own": page("200 200 200 200 200 403 200", slug="meetings"),
    "campaigns:register_new#own": page("200 403 200 200 403 403 200", slug="meetings"),
    "campaigns:register_row#own": page("200 200 200 404 200 403 404", slug="meetings", **row("activity")),
    "campaigns:register_edit#own": page("200 403 200 404 403 403 404", slug="meetings", **row("activity")),
    "campaigns:register_sums": page("200 200 200 200 200 403 200", slug="meetings"),
    "campaigns:register_file": page(
        "200 200 200 404 200 403 404",
        slug="meetings",
        **row("activity"),
        file_pk=lambda world: world.activity.files.get().pk,
        variant="original",
    ),
    "campaigns:my_duty": page("200 200 200 200 200 403 200"),
    "campaigns:duty_desk": page("200 200 200 200 200 200 200"),
    "campaigns:absences": page("200 403 200 200 403 403 200"),
    "campaigns:absence_delete": button("302 404 302 404 409 404 404", **row("absence")),
    "campaigns:quota": page("200 200 200 200 200 403 404", **row("quota")),
    "campaigns:quota_export": page("200 403 403 403 403 403 404", **row("quota")),
    "campaigns:quota_members": page("200 403 200 200 403 403 404", **row("quota")),
    "campaigns:patrol_new": page("200 403 200 200 403 403 404", **row("quota")),
    "campaigns:member_end": page("200 404 200 404 403 404 404", **row("patroller")),
    "campaigns:patrols_export": page("200 403 403 403 403 403 200"),
    "campaigns:patrols": page("200 200 200 200 200 403 200"),
    "campaigns:patrol": page("200 404 200 404 200 404 404", **row("patrol")),
    "campaigns:patrol_delete": button("302 404 302 404 409 404 404", **row("patrol")),
    "campaigns:patrol_file": page(
        "200 404 200 404 200 404 404",
        **row("patrol"),
        file_pk=lambda world: world.patrol.files.get().pk,
        variant="shown",
    ),
    "campaigns:patrol_file#original": page(
        "200 404 403 404 200 404 404",
        **row("patrol"),
        file_pk=lambda world: world.patrol.files.get().pk,
        variant="original",
    ),
    "campaigns:roster": page("200 200 200 200 200 403 200"),
    "campaigns:roster_print": page("200 200 200 200 200 403 200"),
    "campaigns:duty_post": page("200 200 200 404 200 403 404", **row("duty_post")),
    "campaigns:draw_up": button("409 409 409 404 409 403 404", **row("duty_post")),
    "campaigns:shift_new": page("200 403 200 404 403 403 404", **row("duty_post")),
    "campaigns:shift_edit": page("200 403 200 404 403 404 404", **row("shift")),
    "campaigns:hand_new": page("200 403 200 404 403 403 404", **row("duty_post")),
    "campaigns:hand_end": page("200 403 200 404 403 404 404", **row("hand")),
    "campaigns:turns": page("200 200 200 200 200 403 200"),
    "campaigns:turns_export": page("200 403 403 403 403 403 200"),
    "campaigns:turn": page("200 404 200 404 200 404 404", **row("turn")),
    "campaigns:turn_hand_over": page("200 404 200 404 403 404 404", **row("turn")),
    "campaigns:turn_swap": page("200 404 200 404 403 404 404", **row("turn")),
    "campaigns:turn_move": page("200 404 200 404 409 404 404", **row("turn"), move="mark_absent"),
    "campaigns:turn_file": page(
        "200 404 200 404 200 404 404", **row("turn"), file_pk=lambda world: world.turn.files.get().pk, variant="shown"
    ),
    "campaigns:publicity_check": page("200 200 200 404 403 404 404", **row("poster")),
    "campaigns:tally": page("200 403 200 200 403 403 200"),
    "campaigns:breakdown": page("200 403 403 403 403 403 200"),
    "campaigns:papers": page("200 403 403 403 403 403 200"),
    "campaigns:paper": page("200 403 403 403 403 403 200", slug="supervision"),
    "campaigns:paper_file": page("404 403 403 403 403 403 404", slug="supervision"),
    "campaigns:paper_file#chosen": page("200 403 403 403 403 403 404", slug="notice"),
    "campaigns:paper_sample": page("200 403 403 403 403 403 404", slug="notice"),
    "campaigns:templates": page("200 403 403 403 403 403 200"),
    "campaigns:template_rename": page("200 403 403 403 403 403 404", **row("template")),
    "campaigns:task_template": page("200 404 403 404 403 404 404", **row("task")),
    "campaigns:template_save": button("404 403 403 403 403 403 404"),
    "campaigns:template_delete": button("302 403 403 403 403 403 404", **row("template")),
    "campaigns:tasks_change": button("302 403 403 403 403 403 302"),
    "campaigns:tasks_merge": button("302 403 403 403 403 403 302"),
    "campaigns:task_split": page("200 404 403 404 403 404 404", **row("task")),
    "campaigns:tables": page("200 403 403 403 403 403 200"),
    "campaigns:table": page("200 404 404 404 404 404 404", **row("table")),
    "campaigns:table_columns": page("200 404 404 404 404 404 404", **row("table")),
    "campaigns:table_elsewhere": button("302 404 404 404 404 404 404", **row("table")),
    "campaigns:table_name": page("200 404 404 404 404 404 404", **row("table")),
    "campaigns:table_load": button("409 404 404 404 404 404 404", **row("table")),
    "campaigns:table_faults": page("200 404 404 404 404 404 404", **row("table")),
    "campaigns:table_hints": page("200 404 404 404 404 404 404", **row("table")),
    "campaigns:table_export": page("409 404 404 404 404 404 404", **row("table")),
    "campaigns:table_export#loaded": page("200 404 404 404 404 404 404", **row("loaded")),
    "campaigns:table_forget": button("302 403 403 403 403 403 404", **row("mapping")),
    "campaigns:alias_forget": button("302 403 403 403 403 403 404", **row("alias")),
    "campaigns:register": page("200 200 403 403 200 403 200", slug="documents"),
    "campaigns:register_new": page("200 403 403 403 403 403 200", slug="documents"),
    "campaigns:register_export": page("200 403 403 403 403 403 200", slug="documents"),
    "campaigns:register_row": page("200 200 403 403 200 403 404", slug="documents", **row("document")),
    "campaigns:register_edit": page("200 403 403 403 403 403 404", slug="documents", **row("document")),
    "campaigns:register_delete": button("302 403 403 403 403 403 404", slug="documents", **row("document")),
    "campaigns:systems": page("200 200 200 200 200 403 200"),
    "campaigns:system": page("200 200 200 404 200 403 404", **row("system")),
    "campaigns:system_export": page("200 403 403 404 403 403 404", **row("system")),
    "campaigns:system_new": page("200 403 403 403 403 403 200"),
    "campaigns:system_edit": page("200 403 404 404 403 403 404", **row("draft_system")),
    "campaigns:system_revise": button("302 409 409 404 409 403 404", **row("system")),
    "campaigns:system_discard": page("200 403 404 404 403 403 404", **row("draft_system")),
    "campaigns:system_move": page("200 409 409 404 409 403 404", **row("system"), move="retire"),
    "campaigns:system_branch": page("302 302 302 404 302 403 404", **row("indicator")),
    "campaigns:indicator": page("200 200 200 404 200 403 404", **row("indicator")),
    "campaigns:indicator_check": button("422 403 403 404 403 403 404", **row("indicator")),
    "campaigns:indicator_new": page("200 403 403 404 403 403 404", **row("system")),
    "campaigns:indicator_edit": page("302 403 403 404 403 403 404", **row("indicator")),
    "campaigns:indicator_delete": page("200 403 403 404 403 403 404", **row("indicator")),
    "campaigns:indicator_shift": button("302 409 409 404 409 403 404", **row("indicator"), way="up"),
    "campaigns:system_tables": page("200 403 403 403 403 403 200"),
    "campaigns:system_table": page("200 403 403 403 403 403 404", **row("system_table")),
    "campaigns:system_table_confirm": button("409 403 403 403 403 403 404", **row("system_table")),
    "campaigns:standards": page("200 200 200 200 200 403 200"),
    "campaigns:standard_new": page("302 403 403 404 403 403 404", **row("indicator")),
    "campaigns:standard_edit": page("302 403 403 404 403 403 404", **row("standard")),
    "campaigns:standard_delete": page("200 403 403 404 403 403 404", **row("standard")),
    "campaigns:standard_shift": button("302 403 403 404 403 403 404", **row("standard"), way="up"),
    "campaigns:checks": page("200 200 403 403 200 403 200"),
    "campaigns:compare": page("200 200 403 403 200 403 200"),
    "campaigns:compare_export": page("200 403 403 403 403 403 404", query=two_systems),
    "campaigns:pairing": button("404 404 404 404 404 403 404", level="standard", way="unpair"),
    "campaigns:pair_choose": page(
        "200 403 403 404 403 403 404", **row("standard"), level="standard", query=two_systems
    ),
    "inspections:capture": page("403 200 403 403 403 403 403"),
    "inspections:captured": page("404 200 404 404 404 404 404", **row("finding")),
    "inspections:findings": page("200 200 200 200 200 403 200"),
    "inspections:findings_alike": page("200 403 403 403 403 403 200"),
    "inspections:findings_export": page("200 403 403 403 403 403 200"),
    "inspections:categories": page("200 403 403 403 403 403 200"),
    "inspections:category_new": page("200 403 403 403 403 403 200"),
    "inspections:category_edit": page("200 403 404 404 403 404 404", **row("category")),
    "inspections:category_retire": button("302 403 404 404 403 404 404", **row("category")),
    "inspections:categories_load": page("200 403 403 403 403 403 200"),
    "inspections:categories_confirm": button("409 403 403 403 403 403 409"),
    "inspections:dispatch_rules": page("200 403 403 403 403 403 200"),
    "inspections:dispatch_rule_new": page("200 403 403 403 403 403 200"),
    "inspections:dispatch_rule_edit": page("200 403 404 404 403 404 404", **row("rule")),
    "inspections:dispatch_rule_delete": button("302 403 404 404 403 404 404", **row("rule")),
    "inspections:finding_settings": page("200 403 403 403 403 403 200"),
    "inspections:findings_dispatch": button("302 403 403 403 403 403 302"),
    "inspections:findings_close": button("302 403 403 403 403 403 302"),
    "inspections:findings_extend": button("302 403 403 403 403 403 302"),
    "inspections:finding_batch": page("200 404 404 404 404 404 404", **row("finding_batch")),
    "inspections:look_backs": page("200 200 403 403 200 403 200"),
    "inspections:look_backs_new": page("200 403 403 403 403 403 200"),
    "inspections:look_back": page("409 409 409 404 409 404 404", **row("finding")),
    "inspections:escalations": page("200 200 403 403 200 403 200"),
    "inspections:overdue_letter_new": page("200 403 403 403 403 403 404", query=lambda world: f"?unit={world.unit.pk}"),
    "inspections:overdue_letter_draft": page(
        "200 403 403 403 403 403 404", query=lambda world: f"?unit={world.unit.pk}"
    ),
    "inspections:overdue_letter_drop": page(
        "200 403 403 403 403 403 404", query=lambda world: f"?unit={world.unit.pk}"
    ),
    "inspections:overdue_letter": page("200 200 200 404 200 404 404", **row("overdue_letter")),
    "inspections:overdue_letter_file": page("200 200 200 404 200 404 404", **row("overdue_letter")),
    "inspections:finding": page("200 200 200 404 200 404 404", **row("finding")),
    "inspections:ledgers": page("200 403 403 403 403 403 200"),
    "inspections:ledger": page("200 404 404 404 404 404 404", **row("ledger")),
    "inspections:ledger_columns": page("200 404 404 404 404 404 404", **row("ledger")),
    "inspections:ledger_elsewhere": button("302 404 404 404 404 404 404", **row("ledger")),
    "inspections:ledger_name": page("200 404 404 404 404 404 404", **row("ledger")),
    "inspections:ledger_load": button("409 404 404 404 404 404 404", **row("ledger")),
    "inspections:ledger_hints": page("200 404 404 404 404 404 404", **row("ledger")),
    "inspections:ledger_faults": page("200 404 404 404 404 404 404", **row("ledger")),
    "inspections:ledger_export": page("409 404 404 404 404 404 404", **row("ledger")),
    "inspections:ledger_export#loaded": page("200 404 404 404 404 404 404", **row("loaded_ledger")),
    "inspections:ledger_forget": button("302 403 403 403 403 403 404", **row("ledger_mapping")),
    "inspections:rectification_notices": page("200 200 200 200 200 403 200"),
    "inspections:rectification_notice_new": page("200 403 403 403 403 403 200"),
    "inspections:rectification_notice": page("200 200 200 404 200 404 404", **row("rectification_notice")),
    "inspections:rectification_notice_file": page("200 200 200 404 200 404 404", **row("rectification_notice")),
    "inspections:notice_batch": page("200 404 404 404 404 404 404", **row("notice_batch")),
    "inspections:notice_batch_file": page("200 404 404 404 404 404 404", **row("notice_batch")),
    "inspections:notice_batch_pack": button("409 404 404 404 404 404 404", **row("notice_batch")),
    "inspections:finding_as_material": page("409 403 409 404 403 404 404", **row("finding")),
    "inspections:due_hint": page("200 200 403 404 403 404 404", **row("finding"), query=lambda world: "?severity=B"),
    "inspections:finding_move": page("200 409 409 404 409 404 404", **row("finding"), move="mark_duplicate"),
    "inspections:photo": page("200 200 403 404 200 404 404", **row("photo"), variant="original"),
    "inspections:photo#shown": page("200 200 200 404 200 404 404", **row("photo"), variant="shown"),
    "inspections:photo_doubts": page("200 200 403 403 200 403 200"),
    "inspections:photo_doubt": page("200 200 200 404 200 404 404", **row("doubt")),
    "inspections:photo#marked": page("200 200 200 404 200 404 404", **row("photo"), variant="marked"),
    "inspections:finding_move#acknowledge": page("409 409 302 404 409 404 404", **row("finding"), move="acknowledge"),
    "inspections:for_task": page("200 404 200 404 200 404 404", **row("task")),
    "inspections:desk": page("200 200 200 200 200 200 200"),
    "inspections:sponsors": page("200 200 403 403 200 403 200"),
    "inspections:unanswered": page("200 200 403 403 200 403 200"),
    "inspections:unanswered_export": page("200 403 403 403 403 403 200"),
    "inspections:sites": page("200 200 200 200 200 403 200"),
    "inspections:site_map": page("200 200 200 200 200 403 200"),
    "inspections:site_map_data": page("200 200 200 200 200 403 200"),
    "inspections:site_dossier": page("200 200 200 404 200 404 404", **row("site")),
    "inspections:site_near": page("200 200 200 404 200 404 404", **row("site")),
    "inspections:sites_export": page("200 403 403 403 403 403 200"),
    "inspections:site_labels": page("200 403 403 403 403 403 200"),
    "inspections:site_types": page("200 200 403 403 200 403 200"),
    "inspections:site_types_load": page("200 403 403 403 403 403 200"),
    "inspections:site_types_add": button("409 403 403 403 403 403 409"),
    "inspections:site_type": page("200 403 403 403 403 403 200", pk=lambda world: world.site.kind_id),
    "inspections:site_type_merge": button("422 403 403 403 403 403 422", pk=lambda world: world.site.kind_id),
    "inspections:site_type_delete": button("409 403 403 403 403 403 409", pk=lambda world: world.site.kind_id),
    "inspections:site_type_order": button("302 403 403 403 403 403 302", pk=lambda world: world.site.kind_id),
    "inspections:site_new": page("200 403 403 403 403 403 200"),
    "inspections:site": page("200 200 200 404 200 404 404", **row("site")),
    "inspections:site_edit": page("200 403 403 404 403 404 404", **row("site")),
    "inspections:site_scores": page("200 200 200 404 200 404 404", **row("site")),
    "inspections:rounds": page("200 200 403 403 200 403 200"),
    "inspections:praises": page("200 200 200 200 200 403 200"),
    "inspections:praise_new": page("403 200 403 403 403 403 403"),
    "inspections:praise": page("200 200 200 404 200 404 404", **row("praise")),
    "inspections:praise_withdraw": button("302 302 409 404 409 404 404", **row("praise")),
    "inspections:praise_photo": page(
        "200 200 200 404 200 404 404", pk=lambda world: world.praise.photos.get().pk, variant="shown"
    ),
    "inspections:field_data": page("403 200 403 403 403 403 403"),
    "inspections:field_start": page("403 200 403 403 403 403 403"),
    "inspections:field_ahead": page("200 200 200 200 200 200 200"),
    "inspections:phrases": page("200 403 403 403 403 403 200"),
    "inspections:phrases_everywhere": page("200 403 403 403 403 403 200"),
    "inspections:phrases_of_kind": page("200 403 403 403 403 403 200", **row("kind")),
    "inspections:my_round": page("403 200 403 403 403 403 403"),
    "inspections:round": page("200 200 403 403 200 403 404", **row("round")),
    "inspections:round_edit": page("200 403 403 403 403 403 404", **row("round")),
    "inspections:round_sites": page("200 403 403 403 403 403 404", **row("planned")),
    "inspections:round_routes": page("200 403 403 403 403 403 404", **row("round")),
    "inspections:round_move": button("409 409 403 403 409 403 404", **row("round"), move="publish"),
    "inspections:round_scores": page("200 200 200 404 200 403 404", **row("published")),
    "inspections:round_scores_export": page("200 403 403 404 403 403 404", **row("published")),
    "inspections:team_new": page("200 403 403 403 403 403 404", **row("round")),
    "inspections:team_edit": page("200 403 403 403 403 403 404", **row("team")),
    "inspections:team_remove": button("409 403 403 403 403 403 404", **row("team")),
    "inspections:team_move": page("200 403 403 403 403 403 404", **row("team"), move="send_back"),
    "inspections:round_visit": page("403 200 403 403 403 403 403", **row("round"), site_pk=lambda world: world.site.pk),
    "inspections:visit_new": page("403 200 403 403 403 403 403", **row("site")),
    "inspections:visit": page("200 200 200 404 200 403 404", **row("published_visit")),
    "inspections:visit_edit": page("403 302 403 403 403 403 403", **row("begun")),
    "inspections:answer_finding": page("403 200 403 403 403 403 403", **row("failed")),
    "inspections:visit_photo": page("200 200 200 404 200 404 404", **row("visit_photo"), variant="thumb"),
    "inspections:checklists": page("200 200 200 200 200 403 200"),
    "inspections:checklist_new": page("200 403 403 403 403 403 200"),
    "inspections:checklist_presets": page("200 403 403 403 403 403 200"),
    "inspections:checklist_tables": page("200 403 403 403 403 403 200"),
    "inspections:checklist_table": page("200 403 403 403 403 403 404", **row("checklist_table")),
    "inspections:checklist_table_confirm": button("409 403 403 403 403 403 404", **row("checklist_table")),
    "inspections:checklist": page("200 200 200 200 200 403 404", **row("checklist")),
    "inspections:checklist_print": page("200 200 200 200 200 403 404", **row("checklist")),
    "inspections:checklist_edit": page("200 403 404 404 403 403 404", **row("draft_checklist")),
    "inspections:checklist_next": page("200 403 403 403 403 403 404", **row("checklist")),
    "inspections:checklist_discard": button("302 403 404 404 403 403 404", **row("draft_checklist")),
    "inspections:checklist_move": button("302 403 404 404 403 403 404", **row("draft_checklist"), move="publish"),
    "inspections:checklist_item_new": page("200 403 404 404 403 403 404", **row("draft_checklist")),
    "inspections:checklist_item_edit": page("200 403 404 404 403 403 404", **row("draft_item")),
    "inspections:checklist_item_remove": button("302 403 404 404 403 403 404", **row("draft_item")),
    "inspections:checklist_item_shift": button("302 403 404 404 403 403 404", **row("draft_item")),
    "inspections:draws": page("200 200 403 403 200 403 200"),
    "inspections:draw_new": page("200 403 403 403 403 403 200"),
    "inspections:draw": page("200 200 404 404 200 404 404", **row("draw")),
    "inspections:draw_pool": page("200 200 404 404 200 404 404", **row("draw")),
    "inspections:workbook": page("200 403 403 403 403 403 200"),
    "inspections:workbook_template": page("200 403 403 403 403 403 200"),
    "inspections:workbook_load": page("200 404 404 404 404 404 404", **row("load")),
    "inspections:workbook_confirm": button("409 403 403 403 403 403 404", **row("load")),
    "reports:reports": page("200 403 403 403 200 403 200"),
    "reports:dashboard": page("200 403 200 200 200 403 200"),
    "reports:figures": page("200 403 403 403 200 403 200"),
    "reports:figures_export": page("200 403 403 403 403 403 200"),
    "reports:figure": page("200 403 403 403 200 403 200", name="findings.rate"),
    "reports:wall": page("200 403 403 403 200 403 200"),
    "reports:wall_panel": page("200 200 200 200 200 200 200"),
    "reports:dashboard_rates": page("200 403 200 200 200 403 200"),
    "reports:dashboard_sites": page("200 403 200 200 200 403 200"),
    "reports:report_new": button("422 403 403 403 403 403 422"),
    "reports:templates": page("200 403 403 403 403 403 200"),
    "reports:template_new": page("200 403 403 403 403 403 200", kind="circular"),
    "reports:template": page("200 403 403 403 403 404 404", **row("report_template")),
    "reports:template_paper": page("200 403 403 403 403 404 404", **row("report_template")),
    "reports:template_file": page("404 403 403 403 403 404 404", **row("report_template")),
    "reports:template_delete": button("302 403 403 403 403 404 404", **row("report_template")),
    "reports:schedule": button("302 403 403 403 403 403 302"),
    "reports:calls": page("200 403 200 200 200 403 200"),
    "reports:call_new": page("200 403 403 403 403 403 200"),
    "reports:calls_desk": page("200 403 200 200 200 403 200"),
    "reports:call": page("200 404 302 404 200 404 404", **row("call")),
    "reports:call_edit": page("200 404 403 404 403 404 404", **row("call")),
    "reports:call_units": page("200 404 403 404 403 404 404", **row("call")),
    "reports:call_nudge": button("302 404 409 404 409 404 404", **row("call")),
    "reports:call_accept": button("409 404 409 404 409 404 404", **row("call")),
    "reports:call_export": page("200 404 403 404 403 404 404", **row("call")),
    "reports:call_move": page("302 404 302 404 302 404 404", **row("call"), move="close"),
    "reports:contribution": page("200 404 200 404 200 404 404", **row("contribution")),
    "reports:contribution_write": page("200 404 200 404 403 404 404", **row("contribution")),
    "reports:contribution_records": page(
        "200 404 200 404 200 404 404", **row("contribution"), query=a_figure_of_the_unit
    ),
    "reports:contribution_move": page("200 404 409 404 409 404 404", **row("contribution"), move="excuse"),
    "reports:appraisals": page("200 403 200 200 200 403 200"),
    "reports:appraisal_new": page("200 403 403 403 403 403 200"),
    "reports:rule_set_new": page("200 403 403 403 403 403 200"),
    "reports:rule_set": page("200 404 200 200 200 404 404", **row("rule_set")),
    "reports:rule_set_edit": page("200 404 404 404 403 404 404", **row("draft_rules")),
    "reports:rule_set_revise": button("302 404 403 403 403 404 404", **row("rule_set")),
    "reports:rule_set_discard": button("302 404 404 404 403 404 404", **row("draft_rules")),
    "reports:rule_set_move": button("302 404 404 404 403 404 404", **row("draft_rules"), move="adopt"),
    "reports:rule_new": page("200 404 404 404 403 404 404", **row("draft_rules")),
    "reports:rule_edit": page("200 404 404 404 403 404 404", **row("draft_rule")),
    "reports:rule_remove": button("302 404 404 404 403 404 404", **row("draft_rule")),
    "reports:appraisal": page("200 404 200 200 200 404 404", **row("appraisal")),
    "reports:appraisal_work_out": button("302 404 409 409 409 404 404", **row("appraisal")),
    "reports:appraisal_publish": page("200 404 403 403 403 404 404", **row("appraisal"), number=2),
    "reports:appraisal_export": page("200 404 403 403 403 404 404", **row("appraisal"), number=1),
    "reports:sheet": page("200 404 200 404 200 404 404", **row("sheet")),
    "reports:sheet_line": page(
        "200 404 200 404 200 404 404", **row("sheet"), rule=lambda world: world.objection.rule_id
    ),
    "reports:objection_new": button(
        "422 404 422 404 422 404 404", **row("sheet"), rule=lambda world: world.objection.rule_id
    ),
    "reports:objection_move": page("200 404 403 404 403 404 404", **row("objection"), move="uphold"),
    "reports:section_edit": page("200 404 404 404 403 404 404", **row("section")),
    "reports:report": page("200 404 404 404 200 404 404", **row("report")),
    "reports:report_refresh": button("302 404 404 404 409 404 404", **row("report")),
    "reports:records": page("200 404 404 404 200 404 404", **row("report"), version=1, query=a_figure),
    "reports:download": page("200 404 404 404 200 404 404", **row("report"), file_pk=lambda world: world.file.pk),
    "reports:check": button("302 404 404 404 409 404 404", **row("report")),
    "reports:compare": page("200 404 404 404 200 404 404", **row("report")),
    "reports:remark_new": button("422 404 404 404 422 404 404", **row("report")),
    "reports:remark_settle": button("302 404 404 404 409 404 404", **row("comment")),
    "reports:report_move": page("302 404 404 404 302 404 404", **row("report"), move="review"),
    "cityinit:jobs": page("200 200 200 200 200 200 200"),
    "cityinit:job": page("404 404 200 404 404 200 404", **row("job")),
    "cityinit:job_fragment": page("404 404 200 404 404 200 404", **row("job")),
    "cityinit:job_retry": button("404 404 302 404 404 302 404", **row("job")),
    "cityinit:audit": page("403 403 403 403 403 200 403"),
    "cityinit:held_file": page("404 404 200 404 404 404 404", **row("held")),
    "cityinit:components": page("200 200 200 200 200 200 200"),
    "cityinit:healthz": page("200 200 200 200 200 200 200"),
    "cityinit:outbox": page("200 200 200 200 200 200 200"),
    "cityinit:outbox_file": button("400 400 400 400 400 400 400"),
    "cityinit:offline": page("200 200 200 200 200 200 200"),
    "service_worker": page("200 200 200 200 200 200 200"),
    "manifest": page("200 200 200 200 200 200 200"),
}


@dataclass(frozen=True)
class Taken:
    """A file that a URL gives out: with which permission, and how often each time it goes to the trail.

    A ledger, a letter, a pack, a photo's original are taken out of the product. What a page shows, small copies and
    papers that a browser opens within it, is read; an empty form tells nothing.
    """

    permission: str
    told: int = 1


FILES = {
    "campaigns:progress_export": Taken("campaigns.export"),
    "campaigns:tasks_export": Taken("campaigns.export"),
    "campaigns:supervisions_export": Taken("campaigns.export"),
    "campaigns:quota_export": Taken("campaigns.export"),
    "campaigns:patrols_export": Taken("campaigns.export"),
    "campaigns:turns_export": Taken("campaigns.export"),
    "campaigns:table_export#loaded": Taken("campaigns.export"),
    "campaigns:compare_export": Taken("campaigns.export"),
    "campaigns:log_export": Taken("campaigns.export"),
    "campaigns:recurring_export": Taken("campaigns.export"),
    "campaigns:extensions_export": Taken("campaigns.export"),
    "campaigns:decisions_export": Taken("campaigns.export"),
    "campaigns:system_export": Taken("campaigns.export"),
    "inspections:unanswered_export": Taken("campaigns.export"),
    # Who files rows takes out the own ones: nobody who may do neither.
    "campaigns:register_export": Taken("campaigns.export campaigns.change_register"),
    "campaigns:materials_export": Taken("campaigns.export_materials"),
    "campaigns:materials_matrix_export": Taken("campaigns.export_materials"),
    "campaigns:material_pack": Taken("campaigns.export_materials"),
    "inspections:findings_export": Taken("inspections.export"),
    "inspections:sites_export": Taken("inspections.export"),
    "inspections:overdue_letter_draft": Taken("inspections.send_letter"),
    "inspections:overdue_letter_file": Taken("inspections.see_finding"),
    "inspections:ledger_faults": Taken("inspections.load_ledger"),
    "inspections:ledger_export#loaded": Taken("inspections.export"),
    "inspections:rectification_notice_file": Taken("inspections.see_finding"),
    "inspections:notice_batch_file": Taken("inspections.issue_notice"),
    "inspections:draw_pool": Taken("campaigns.see_register"),
    "inspections:round_scores_export": Taken("inspections.export"),
    "reports:call_export": Taken("reports.call_units"),
    "reports:figures_export": Taken("campaigns.export"),
    "inspections:visit_photo": Taken("inspections.see_score", told=0),
    "reports:appraisal_export": Taken("reports.appraise"),
    "inspections:praise_photo": Taken("inspections.see_finding", told=0),
    "reports:download": Taken("reports.download_report"),
    "campaigns:paper_file#chosen": Taken("inspections.issue_notice", told=0),
    "campaigns:paper_sample": Taken("inspections.issue_notice", told=0),
    "campaigns:supervision_letter": Taken("campaigns.see_task"),
    "campaigns:supervision_letters": Taken("campaigns.see_task"),
    "campaigns:table_faults": Taken("campaigns.break_down_task"),
    "inspections:photo": Taken("inspections.see_photo_position"),
    "campaigns:patrol_file#original": Taken("inspections.see_photo_position"),
    "inspections:photo#shown": Taken("inspections.see_finding", told=0),
    "inspections:photo#marked": Taken("inspections.see_finding", told=0),
    "campaigns:patrol_file": Taken("campaigns.see_attendance", told=0),
    "campaigns:turn_file": Taken("campaigns.see_attendance", told=0),
    "campaigns:log_file": Taken("campaigns.see_task", told=0),
    "campaigns:register_file": Taken("campaigns.see_register", told=0),
    "campaigns:document_file": Taken("campaigns.see_register", told=0),
    "campaigns:material_file": Taken("campaigns.see_material"),
    "inspections:workbook_template": Taken("campaigns.load_workbook", told=0),
}


# One's own upload before it belongs to anything: no permission opens it to anybody else.
OFFICE = {DOCX: ".docx", XLSX: ".xlsx"}
OWN_FILES = {"cityinit:held_file"}


def is_file(given):
    return given.streaming or "Content-Disposition" in given.headers


@pytest.mark.once
def test_whatever_gives_out_a_file_is_in_the_table_of_files(world):
    read = {name: [*case.answers.split(), "200"].index("200") for name, case in EXPECTED.items()}
    let_in = {name: VISITORS[place] for name, place in read.items() if place < len(VISITORS)}

    given_out = {
        name for name, by in let_in.items() if not EXPECTED[name].only_post and is_file(answer(world, by, name))
    }

    assert given_out == set(FILES) | OWN_FILES


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_given_out_with_its_permission_alone_and_goes_to_the_trail(world, name, monkeypatch):
    file = FILES[name]
    with transaction.atomic():
        before = AuditEvent.objects.count()
        given = world.visit("coordinator", name)
        told = AuditEvent.objects.count() - before
        transaction.set_rollback(True)

    assert (given.status_code, is_file(given), told) == (200, True, file.told)
    ending = OFFICE.get(given.headers["Content-Type"])
    assert ending is None or faults_of(given.drawn, ending=ending) == []
    held = PERMISSIONS[Role.COORDINATOR]
    monkeypatch.setitem(PERMISSIONS, Role.COORDINATOR, held - set(file.permission.split()))
    assert answer(world, "coordinator", name).status_code in (403, 404)


def test_every_url_of_the_project_is_in_the_table():
    assert set(url_names(get_resolver())) == {name.partition("#")[0] for name in EXPECTED}


@pytest.mark.parametrize("name", EXPECTED)
def test_every_role_gets_the_answer_of_the_table(world, name):
    case = EXPECTED[name]
    method = "post" if case.only_post else "get"

    answers = {visitor: status(world, visitor, name, method=method) for visitor in VISITORS}

    assert answers == dict(zip(VISITORS, map(int, case.answers.split()), strict=True))


@pytest.mark.once
@pytest.mark.parametrize("name", sorted(set(EXPECTED) - PUBLIC))
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_anonymous_are_sent_to_the_log_in_page(world, name, method):
    sent = answer(world, "anonymous", name, method=method)

    log_in = urlsplit(sent.headers.get("Location", ""))
    (back,) = parse_qs(log_in.query)["next"]
    wanted = urlsplit(world.address(name)).path
    assert (sent.status_code, log_in.path, unquote(urlsplit(back).path)) == (302, "/units/login/", unquote(wanted))


@pytest.mark.once
def test_the_public_pages_are_these_and_no_others(world):
    open_to_all = {name for name in EXPECTED if status(world, "anonymous", name) != 302}

    assert open_to_all == PUBLIC
    assert status(world, "anonymous", "units:login") == 200


@pytest.mark.once
@pytest.mark.parametrize("name", sorted(set(EXPECTED) - PUBLIC - ACCOUNT))
def test_who_holds_no_post_sees_nothing(world, name):
    answers = [status(world, "nobody", name, method=method) for method in ("get", "post")]

    assert answers == [403, 403]


@pytest.mark.once
@pytest.mark.parametrize("name", [name for name, case in EXPECTED.items() if case.only_post])
def test_what_changes_something_at_once_answers_post_only(world, name):
    answers = {visitor: status(world, visitor, name) for visitor in VISITORS}

    assert answers == dict.fromkeys(VISITORS, 405)


@pytest.mark.parametrize("name", [name for name, case in EXPECTED.items() if not case.only_post])
def test_a_form_sent_empty_or_to_a_page_without_one_is_no_fault(world, name):
    read = dict(zip(VISITORS, map(int, EXPECTED[name].answers.split()), strict=True))
    kept_out = [visitor for visitor in VISITORS if read[visitor] in (403, 404)]
    let_in = [visitor for visitor in VISITORS if visitor not in kept_out]

    # One of those who may is enough to send the form; who may not see a page must not get further by writing to it.
    assert {status(world, visitor, name, method="post") for visitor in let_in[:1]} <= {200, 302, 405, 409, 410, 422}
    assert {status(world, visitor, name, method="post") for visitor in kept_out} <= {403, 404, 405}
