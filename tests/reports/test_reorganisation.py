"""A year with changes in it: renamed on 15 May, merged on 10 June, handed over on 20 June, moved in September.

What was reported stays; a figure of an earlier day counts and names as things stood then; open work follows.
"""

from datetime import date

import pytest
from django.urls import reverse

from campaigns import figures as work
from campaigns import patrols, recurring
from campaigns.actions import decisions, material_slots
from campaigns.actions import materials as materials_of
from campaigns.actions import systems as system_actions
from campaigns.actions import tasks as task_actions
from campaigns.actions.instructions import instruct
from campaigns.actions.log import keep_recurring, log_work
from campaigns.actions.patrols import name_member, note_absence, record_patrol
from campaigns.actions.rosters import call_off, hand_over_turn, name_hand
from campaigns.models import (
    Assignment,
    Decision,
    Document,
    DutyPost,
    DutyTurn,
    GroupMember,
    LeadingGroup,
    Material,
    Meeting,
    PastAssignment,
    PatrolMember,
    PatrolQuota,
    Task,
    TaskEvent,
    WorkLogEntry,
)
from cityinit.models import AuditEvent
from cityinit.periods import Period
from cityinit.workflow import Refused
from inspections import figures as field
from inspections.actions import findings as finding_actions
from inspections.actions import sites as site_actions
from inspections.models import Finding, FormerLead, Site, Sponsorship
from reports.facts import collect
from reports.models import Report
from tests.factories import duty, findings, materials, people, rows, systems, tasks
from tests.factories.reports import compiled
from units import actions
from units.models import HandOver, Notice, Post, Unit, UnitAlias
from units.roles import Role

FIRST_QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31))
FIRST_HALF = Period.half_year(2026, 1)
SECOND_HALF = Period.half_year(2026, 2)


@pytest.fixture
def campaign(city):
    return tasks.campaign(city)


@pytest.fixture
def year(city, campaign, clock):
    """The year up to 10 June: 河湾街道 has one task done, one open alone, one beside 公安局, and a finding."""
    clock("2026-02-02 09:00")
    year = Year(city, campaign, clock)
    year.done = tasks.issued(campaign, city, code="A1", name="路灯维修", lead_unit=city.street, units=[])
    year.alone = tasks.issued(campaign, city, code="A2", name="楼道清理", lead_unit=city.street, units=[])
    year.shared = tasks.issued(campaign, city, code="A3", name="停车整治", lead_unit=city.street, units=[city.police])
    year.of_bureau = tasks.issued(campaign, city, code="A4", name="占道整治", lead_unit=city.bureau, units=[])
    year.found = findings.reported(city, campaign, place="河湾路")
    finding_actions.dispatch(year.found, by=city.coordinator, lead_unit=city.street)
    clock("2026-03-10 09:00")
    for task in (year.done, year.shared):
        year.log(task, city.street, city.street_liaison)
    year.log(year.of_bureau, city.bureau, city.liaison)
    task_actions.report_done(tasks.part(year.done, city.street), by=city.street_liaison)
    task_actions.confirm(tasks.fresh(year.done), by=city.coordinator, confirmed_on=date(2026, 3, 10))
    task_actions.acknowledge(tasks.part(year.shared, city.police), by=city.other_liaison)
    DutyPost.objects.create(campaign=campaign, kind="post", name="劝导岗", unit=city.street, quantity=3)
    Sponsorship.objects.create(campaign=campaign, unit=city.street, target_kind="area", target_name="河湾片区")
    return year


class Year:
    def __init__(self, city, campaign, clock):
        self.city, self.campaign, self.clock = city, campaign, clock

    def log(self, task, unit, by):
        log_work(task, unit=unit, done_on=date(2026, 3, 10), content=f"{unit}清理现场", by=by)

    def rename(self):
        self.clock("2026-05-15 10:00")
        actions.rename_unit(self.city.bureau, name="清水市城市运行局", short_name="运行局", by=self.city.coordinator)

    def merge(self):
        self.clock("2026-06-10 10:00")
        actions.merge_unit(self.city.street, into=self.city.police, by=self.city.coordinator)
        self.city.police.refresh_from_db()

    def facts(self, period, unit=None):
        return collect(self.campaign, period, unit=unit and Unit.objects.get(pk=unit.pk), on=date(2026, 12, 31)).facts


def led(facts):
    return {row["name"]: row["lead"] for row in facts["tasks"]}


def counted(campaign, period, unit):
    return set(work.counted_tasks(campaign, period, unit=unit).values_list("code", flat=True))


def test_a_summary_of_before_the_rename_says_the_old_name_and_one_of_after_it_the_new(year):
    year.rename()

    assert led(year.facts(FIRST_QUARTER))["占道整治"] == "清水市城市管理局"
    assert led(year.facts(FIRST_HALF))["占道整治"] == "清水市城市运行局"
    assert year.facts(FIRST_QUARTER, year.city.bureau)["speaker"]["name"] == "清水市城市管理局"
    assert year.facts(FIRST_QUARTER, year.city.bureau)["speaker"]["own_name"] == "城管局"


@pytest.fixture
def full_year(year):
    """With a row of whatever else names a unit without a day of its own."""
    city, campaign = year.city, year.campaign
    kept = findings.site(campaign, city.street)
    site_actions.change_site(kept, by=city.coordinator, kind="农贸市场", name="河湾市场", code="S001", unit=city.street)
    Unit.objects.filter(pk=city.street.pk).update(appraisal_group="街道组")
    people.unit("省文明办", parent=None, host=city.host, relation=Unit.Relation.SUPERIOR)
    year.partner = people.unit("驻地部队", parent=None, host=city.host, relation=Unit.Relation.PARTNER)
    part = tasks.part(year.alone, city.street)
    task_actions.nudge(part, by=city.coordinator)
    tasks.supervised(year.alone, city, units=[city.street])
    meeting = Meeting.objects.create(campaign=campaign, name="推进会", kind="会议", held_on=date(2026, 3, 9))
    Decision.objects.create(campaign=campaign, meeting=meeting, content="补种绿篱", unit=city.street)
    instruct(campaign, by=city.leader, content="抓紧办", given_on=date(2026, 3, 10), task=year.alone)
    LeadingGroup.objects.create(campaign=campaign, name="创建领导小组", office_unit=city.street)
    duty.quota(campaign, place="河湾街道")
    of = systems.in_force(campaign, city).indicators.exclude(standards=None).first()
    of.units.set([city.street])
    materials.asked(campaign, city, of=of.standards.first(), unit=city.street)
    rows.poster(campaign, city, by=city.street_liaison, unit=city.street)
    return year


def test_whatever_was_told_of_march_is_told_again_after_rename_merger_and_hand_over(full_year):
    year, city = full_year, full_year.city
    asked = (None, city.street, city.police, city.bureau)

    def told():
        return [{**year.facts(FIRST_QUARTER, unit), "taken_on": ""} for unit in asked]

    before = told()
    year.rename()
    actions.close_unit(year.partner, by=city.coordinator)
    site_actions.change_site(
        Site.objects.get(), by=city.coordinator, kind="农贸市场", name="河湾市场", code="S001", unit=city.bureau
    )
    findings.site(year.campaign, city.bureau, code="S002", name="新建市场", registered_on=date(2026, 5, 16))
    year.merge()

    assert before[0]["tasks"][2]["underway"]
    for unit, was, now in zip(asked, before, told(), strict=True):
        for part, value in was.items():
            assert now[part] == value, (unit, part)


def test_an_issued_report_says_the_same_after_every_change(year):
    year.clock("2026-04-02 09:00")
    report = compiled(year.campaign, year.city, period=FIRST_QUARTER)
    before = (report.snapshots.get().facts, list(report.sections.values_list("text", flat=True)))

    year.rename()
    year.merge()

    report = Report.objects.get(pk=report.pk)
    assert (report.snapshots.get().facts, list(report.sections.values_list("text", flat=True))) == before


def test_what_is_concluded_stays_with_the_old_unit_and_open_work_follows(year):
    city = year.city
    year.merge()

    assert led(year.facts(SECOND_HALF)) == {
        "路灯维修": "河湾街道",
        "楼道清理": "清水市公安局",
        "停车整治": "清水市公安局",
        "占道整治": "清水市城市管理局",
    }
    assert led(year.facts(FIRST_QUARTER))["楼道清理"] == "河湾街道"
    assert list(WorkLogEntry.objects.order_by("pk").values_list("unit__name", flat=True)) == [
        "河湾街道",
        "河湾街道",
        "清水市城市管理局",
    ]
    year.found.refresh_from_db()
    assert year.found.lead_unit == city.police
    finding_actions.acknowledge(year.found, by=city.other_liaison)
    task_actions.acknowledge(tasks.part(year.alone, city.police), by=city.other_liaison)


def test_of_two_parts_of_one_task_the_successors_goes_on_from_where_the_two_had_come(
    year, django_capture_on_commit_callbacks
):
    city, own = year.city, tasks.part(year.shared, year.city.police)
    with django_capture_on_commit_callbacks(execute=True):
        year.merge()

    part = Assignment.objects.get(task=year.shared)
    assert (part.pk, part.unit, part.is_lead, part.state) == (own.pk, city.police, True, "in_progress")
    assert part.acknowledged_at == own.acknowledged_at
    assert tasks.fresh(year.shared).lead_unit == city.police
    assert list(PastAssignment.objects.filter(task=year.shared).values_list("unit__name", "is_lead", "until")) == [
        ("河湾街道", True, date(2026, 6, 10))
    ]
    logged, told = (TaskEvent.objects.get(task=year.shared, move=move) for move in ("log_work", "succeed"))
    assert (logged.assignment, told.assignment) == (part, part)
    assert told.note == "河湾街道并入公安局，河湾街道原为“进行中”，没有办完的由公安局继续办理"
    said = "河湾街道和你们同在的任务，它没有办完的部分由你们继续办理，你们自己的办理进度保留：A3 停车整治。"
    assert Notice.objects.filter(user=city.other_liaison, text=said).count() == 1


@pytest.mark.parametrize(
    ("closed", "own", "state", "task"),
    [
        ("unread", "in_progress", "in_progress", "issued"),
        ("in_progress", "unread", "in_progress", "issued"),
        # A report speaks for the unit that gave it; what the successor had reported stands, and the office decides.
        ("reported_done", "acknowledged", "in_progress", "issued"),
        ("acknowledged", "reported_done", "reported_done", "awaiting_confirmation"),
    ],
)
def test_a_merger_never_sets_the_successors_own_work_back(city, campaign, closed, own, state, task):
    shared = tasks.issued(campaign, city, lead_unit=city.street, units=[city.police])
    for unit, to, by in ((city.street, closed, city.street_liaison), (city.police, own, city.other_liaison)):
        if to != "unread":
            task_actions.acknowledge(tasks.part(shared, unit), by=by)
        if to in ("in_progress", "reported_done"):
            tasks.entry(shared, city, unit=unit, by=by)
        if to == "reported_done":
            task_actions.report_done(tasks.part(shared, unit), by=by)

    actions.merge_unit(city.street, into=city.police, by=city.coordinator)

    assert (tasks.part(shared, city.police).state, tasks.fresh(shared).state) == (state, task)


def test_a_task_of_before_names_who_stood_beside_the_merged_lead_then(year):
    city = year.city
    year.merge()

    task = Task.objects.select_related("lead_unit").prefetch_related(*work.PARTS).get(pk=year.shared.pk)
    assert work.units_then(task, on=FIRST_QUARTER.last) == (city.street, [city.police])
    assert work.units_then(task, on=FIRST_HALF.last) == (city.police, [])


def test_of_units_merged_one_after_the_other_each_has_a_task_only_in_its_time(year):
    city, campaign = year.city, year.campaign
    year.merge()
    year.clock("2026-09-10 10:00")
    actions.merge_unit(Unit.objects.get(pk=city.police.pk), into=city.bureau, by=city.coordinator)

    street, police, bureau = (Unit.objects.get(pk=unit.pk) for unit in (city.street, city.police, city.bureau))
    task = Task.objects.select_related("lead_unit").prefetch_related(*work.PARTS).get(pk=year.alone.pk)
    days = (FIRST_QUARTER.last, FIRST_HALF.last, SECOND_HALF.last)
    assert [work.units_then(task, on=day) for day in days] == [(street, []), (police, []), (bureau, [])]
    assert [
        ["A2" in counted(campaign, period, unit) for unit in (street, police, bureau)]
        for period in (FIRST_QUARTER, FIRST_HALF, SECOND_HALF)
    ] == [[True, False, False], [False, True, False], [False, False, True]]


def test_figures_count_tasks_and_findings_where_they_belonged_then(year):
    city, campaign = year.city, year.campaign
    year.merge()
    street, police = (Unit.objects.get(pk=unit.pk) for unit in (city.street, city.police))

    assert counted(campaign, FIRST_QUARTER, street) == {"A1", "A2", "A3"}
    assert counted(campaign, FIRST_QUARTER, police) == {"A3"}
    assert counted(campaign, SECOND_HALF, police) == {"A1", "A2", "A3"}
    assert counted(campaign, SECOND_HALF, street) == {"A1"}
    assert [field.found(campaign, FIRST_QUARTER, unit=unit).count() for unit in (street, police)] == [1, 0]
    assert [field.found(campaign, FIRST_HALF, unit=unit).count() for unit in (street, police)] == [0, 1]
    assert year.facts(FIRST_QUARTER)["ledgers"]["findings"]["first"][0][5] == "河湾街道"
    assert year.facts(FIRST_HALF)["ledgers"]["findings"]["first"][0][5] == "清水市公安局"
    assert FormerLead.objects.get().until == date(2026, 6, 10)


def test_material_that_is_owed_goes_over_and_what_was_filed_stays(year):
    city = year.city
    owed, filed = (materials.asked(year.campaign, city, unit=city.street) for _time in range(2))
    day = date(2026, 3, 10)
    Material.objects.filter(pk=filed.pk).update(state=Material.State.FILED, accepted_on=day, filed_on=day)

    year.merge()

    assert [Material.objects.get(pk=row.pk).unit for row in (owed, filed)] == [city.police, city.street]


def test_what_a_closed_unit_had_filed_is_carried_into_a_new_edition_for_its_successor(year):
    city = year.city
    old = systems.in_force(year.campaign, city)
    of = old.indicators.exclude(standards=None).first().standards.first()
    filed = materials.asked(year.campaign, city, of=of, unit=city.street)
    materials.submit(filed, city, by=city.street_liaison)
    materials_of.accept(materials.fresh(filed), by=city.coordinator)
    year.merge()

    renewed = system_actions.revise(old, by=city.coordinator)
    system_actions.adopt(renewed, by=city.coordinator)

    carried = Material.objects.of_system(renewed).get()
    assert (carried.unit, carried.state, Material.objects.get(pk=filed.pk).unit) == (
        city.police,
        "accepted",
        city.street,
    )


def test_duty_and_sponsorship_end_under_the_old_unit_and_go_on_under_the_new(year):
    year.merge()

    for model in (DutyPost, Sponsorship):
        assert list(model.objects.order_by("pk").values_list("unit__name", "starts_on", "ends_on")) == [
            ("河湾街道", None, date(2026, 6, 10)),
            ("清水市公安局", date(2026, 6, 11), None),
        ]
    told = [row["unit"] for row in year.facts(FIRST_QUARTER)["registers"]["sponsorships"]]
    assert told == ["河湾街道"]
    assert [row["unit"] for row in year.facts(SECOND_HALF)["registers"]["sponsorships"]] == ["清水市公安局"]


def test_a_seat_goes_on_under_the_successor_and_the_group_of_before_still_names_the_old_unit(year, client):
    group = LeadingGroup.objects.create(campaign=year.campaign, name="创建领导小组", office_unit=year.city.street)
    values = {"campaign": year.campaign, "group": group, "seat": "成员", "unit": year.city.street}
    GroupMember.objects.create(person_name="李岚", title="主任", **values)
    GroupMember.objects.create(person_name="王平", ends_on=date(2026, 1, 31), **values)

    year.merge()

    assert list(group.members.order_by("pk").values_list("person_name", "unit__name", "starts_on", "ends_on")) == [
        ("李岚", "河湾街道", None, date(2026, 6, 10)),
        ("王平", "河湾街道", None, date(2026, 1, 31)),
        ("李岚", "清水市公安局", date(2026, 6, 11), None),
    ]
    told = [year.facts(period)["registers"]["groups"][0] for period in (FIRST_QUARTER, FIRST_HALF)]
    assert [(row["office"], [member["unit"] for member in row["members"]]) for row in told] == [
        ("河湾街道", ["河湾街道"]),
        ("清水市公安局", ["清水市公安局"]),
    ]
    street = year.facts(FIRST_QUARTER, year.city.street)["registers"]["groups"]
    assert [row["name"] for row in street] == ["创建领导小组"]
    client.force_login(year.city.coordinator)
    pages = [client.get(group.get_absolute_url(), {"on": day}).context["facts"] for day in ("2026-06-10", "2026-06-11")]
    assert [dict(fact[:2] for fact in facts)["办公室设在"] for facts in pages] == [year.city.street, year.city.police]


def test_a_seat_ends_where_the_successor_holds_the_like_and_goes_on_where_it_does_not(year):
    city = year.city
    group = LeadingGroup.objects.create(campaign=year.campaign, name="创建领导小组")

    def seats(unit, *rows):
        for seat, title in rows:
            GroupMember.objects.create(campaign=year.campaign, group=group, seat=seat, unit=unit, title=title)

    seats(city.police, ("成员", "局长"))
    seats(city.street, ("成员", "主任"), ("成员", "副主任"), ("副组长", "主任"))
    year.merge()

    assert list(group.members.order_by("pk").values_list("unit__name", "seat", "title", "starts_on", "ends_on")) == [
        ("清水市公安局", "成员", "局长", None, None),
        ("河湾街道", "成员", "主任", None, date(2026, 6, 10)),
        ("河湾街道", "成员", "副主任", None, date(2026, 6, 10)),
        ("河湾街道", "副组长", "主任", None, date(2026, 6, 10)),
        ("清水市公安局", "成员", "副主任", date(2026, 6, 11), None),
        ("清水市公安局", "副组长", "主任", date(2026, 6, 11), None),
    ]
    [before], [after] = (year.facts(period)["registers"]["groups"] for period in (FIRST_QUARTER, FIRST_HALF))
    assert sorted(member["unit"] for member in before["members"]) == ["河湾街道"] * 3 + ["清水市公安局"]
    assert [member["unit"] for member in after["members"]] == ["清水市公安局"] * 3


def test_a_summary_of_before_a_merger_leads_to_the_same_records_and_is_written_the_same_again(year, client):
    city = year.city
    watch = tasks.issued(
        *(year.campaign, city),
        **{"code": "A5", "name": "护岗值守", "frequency": "每天1次"},
        **{"lead_unit": city.bureau, "units": [city.police, city.street, city.community]},
    )
    alone = tasks.issued(
        year.campaign, city, code="A6", name="巡河", frequency="每天1次", lead_unit=city.street, units=[]
    )
    pairs = ((watch, city.police, city.other_liaison), (watch, city.street, city.street_liaison))
    for task, unit, by in (*pairs, (alone, city.street, city.street_liaison)):
        keep_recurring(tasks.part(task, unit), by=by)
    year.clock("2026-04-02 09:00")
    report = compiled(year.campaign, city, period=FIRST_QUARTER)
    frozen = report.snapshots.get()
    due = frozen.facts["figures"]["recurring.due"]
    units = [unit for row in frozen.facts["tasks"] if row["name"] == "护岗值守" for unit in row["beside"]]

    year.merge()
    year.rename()

    again = year.facts(FIRST_QUARTER)
    assert (again["figures"]["recurring.due"], due["count"]) == (due, 3)
    assert [unit for row in again["tasks"] if row["name"] == "护岗值守" for unit in row["beside"]] == units
    client.force_login(city.coordinator)
    page = client.get(reverse("reports:records", args=[report.pk, frozen.version]), {"figure": "recurring.due"})
    rows = page.context["rows"]
    assert [(row["title"], row["state"]) for row in rows] == [
        ("A5 护岗值守 · 公安局", "进行中"),
        ("A5 护岗值守 · 河湾街道", "2026年6月10日止"),
        ("A6 巡河 · 河湾街道", "2026年6月10日止"),
    ]
    assert [client.get(row["url"]).status_code for row in rows] == [200, 200, 200]


def test_what_a_meeting_left_to_the_unit_and_papers_it_has_not_read_go_to_the_successor(year):
    city, campaign = year.city, year.campaign
    meeting = Meeting.objects.create(campaign=campaign, name="推进会", kind="会议")
    pending = Decision.objects.create(campaign=campaign, meeting=meeting, content="补种绿篱", unit=city.street)
    settled = Decision.objects.create(campaign=campaign, meeting=meeting, content="成立专班", unit=city.street)
    decisions.settle(settled, by=city.coordinator, settled_on=date(2026, 3, 10), outcome="已成立")
    papers = [Document.objects.create(campaign=campaign, name=name) for name in ("实施方案", "考核办法")]
    for paper in papers:
        paper.readers.add(city.street)
    papers[0].readings.create(unit=city.street, by=city.street_liaison)

    year.merge()

    assert [Decision.objects.get(pk=row.pk).unit for row in (pending, settled)] == [city.police, city.street]
    assert [list(paper.readers.all()) for paper in papers] == [[city.street], [city.police]]


def test_standards_grids_and_what_tables_call_the_unit_lead_to_the_successor(year):
    city, campaign = year.city, year.campaign
    of = materials.standard(materials.indicator(materials.system(campaign)), city.street)
    grid = campaign.grid_set.create(code="G01", unit=city.street)
    alias = UnitAlias.objects.create(host=city.host, name="河湾")
    alias.units.set([city.street])

    year.merge()

    assert [list(of.units.all()), list(alias.units.all())] == [[city.police], [city.police]]
    grid.refresh_from_db()
    assert grid.unit == city.police
    assert material_slots.plan(of.indicator.system).missing == ((of.pk, city.police.pk),)


def test_who_is_named_for_a_patrol_or_on_leave_goes_on_under_the_successor(year):
    city, campaign = year.city, year.campaign
    quota = duty.quota(campaign)
    name_member(quota, unit=city.street, name="老周", by=city.coordinator)
    away = {"starts_on": date(2026, 6, 9), "ends_on": date(2026, 6, 12)}
    note_absence(campaign, unit=city.street, name="老周", by=city.coordinator, **away)

    year.merge()

    spans = ("unit__name", "starts_on", "ends_on")
    assert list(PatrolMember.objects.order_by("pk").values_list(*spans)) == [
        ("河湾街道", None, date(2026, 6, 10)),
        ("清水市公安局", date(2026, 6, 11), None),
    ]
    assert list(campaign.absences.order_by("pk").values_list(*spans)) == [
        ("河湾街道", date(2026, 6, 9), date(2026, 6, 10)),
        ("清水市公安局", date(2026, 6, 11), date(2026, 6, 12)),
    ]


def test_a_patrol_quota_is_asked_of_the_successors_people_from_the_day_after(year):
    city, campaign = year.city, year.campaign
    quota = duty.quota(campaign, unit=city.street, times=1)
    duty.walked(quota, city.street_liaison, city.street, "2026-03-09 08:00")
    march = Period(date(2026, 3, 9), date(2026, 3, 10))
    before = patrols.judge(quota, march).total

    year.merge()

    quota = PatrolQuota.objects.get(pk=quota.pk)
    after = patrols.judge(quota, march)
    assert [line.walker.name for line in after.lines] == [city.street_liaison.name]
    assert (after.total.due, after.total.done) == (before.due, before.done) == (2, 1)
    june = patrols.judge(quota, Period(date(2026, 6, 9), date(2026, 6, 12)))
    assert {line.walker.name: line.tally.due for line in june.lines} == {
        # The liaison's post ended with the street.
        city.street_liaison.name: 2,
        city.other_liaison.name: 2,
    }
    assert quota.unit == city.police


def test_walks_owed_before_a_merger_stay_with_the_old_unit_and_who_has_no_post_is_asked_for_none(year, client):
    city, campaign = year.city, year.campaign
    year.clock("2026-06-10 09:00")
    quota = duty.quota(campaign, role="", times=1)
    weekly = duty.quota(campaign, role="", times=1, cycle="week", place="背街小巷")
    for asked in (quota, weekly):
        for unit, user in ((city.street, city.street_liaison), (city.police, city.other_liaison)):
            name_member(asked, unit=unit, user=user, by=city.coordinator, starts_on=date(2026, 6, 1))
        name_member(asked, unit=city.street, name="老周", by=city.coordinator, starts_on=date(2026, 6, 1))
    duty.walked(quota, city.street_liaison, city.street, "2026-06-08 08:00", "2026-06-09 08:00")
    duty.walked(quota, city.other_liaison, city.police, "2026-06-08 08:00")
    duty.walked(weekly, city.street_liaison, city.street, "2026-06-08 08:00")
    zhou = {"walker": duty.named("老周", city.street), "by": city.coordinator}
    record_patrol(weekly, walked_at=duty.at("2026-06-09 08:00"), **zhou)

    ended = Period(date(2026, 6, 1), date(2026, 6, 9))
    before = [year.facts(ended, unit)["figures"] for unit in (None, city.street, city.police)]

    year.merge()
    year.clock("2026-06-15 09:00")

    assert [year.facts(ended, unit)["figures"] for unit in (None, city.street, city.police)] == before
    street, police = (Unit.objects.get(pk=unit.pk) for unit in (city.street, city.police))
    span = Period(date(2026, 6, 8), date(2026, 6, 12))
    judged = patrols.judge(quota, span)
    assert [(str(unit), people, told.due, told.done) for unit, people, told in judged.by_unit()] == [
        ("公安局", 2, 5 + 2, 1),
        ("河湾街道", 2, 3 + 3, 2),
    ]
    [line] = [line for line in judged.lines if line.walker.name == city.street_liaison.name]
    assert [cell.verdict.value for cell in line.cells] == ["kept", "kept", "missed", "not_due", "not_due"]
    alone = patrols.judge(quota, span, unit=street)
    assert (alone.total.due, alone.total.done) == (6, 2)
    later = patrols.judge(quota, Period(date(2026, 6, 11), date(2026, 6, 12)))
    assert [line.walker.name for line in later.lines] == [city.other_liaison.name, "老周"]
    # A week that runs through the merger is one person's once: his whose person he is at its end.
    week = patrols.judge(weekly, Period.week_of(date(2026, 6, 10)))
    assert {(line.walker.name, str(line.walker.unit)): (line.tally.due, line.tally.done) for line in week.lines} == {
        (city.other_liaison.name, "公安局"): (1, 0),
        ("老周", "公安局"): (1, 1),
        ("老周", "河湾街道"): (0, 0),
        (city.street_liaison.name, "河湾街道"): (0, 0),
    }
    # The list of each number holds exactly its rows, also where the unit is merged.
    client.force_login(city.coordinator)
    address = reverse("campaigns:quota", args=[quota.pk])
    page = client.get(address, {"first": "2026-06-08", "last": "2026-06-12", "unit": street.pk})
    assert page.context["total"].due == 6
    for unit, _people, told, url in page.context["units"]:
        rows = client.get(url).context["page"].rows
        assert sorted(row.pk for row in rows) == sorted(told.records), unit
    assert {row.unit for row in rows} == {street}
    told = [year.facts(FIRST_HALF, unit)["figures"][f"quota:{quota.pk}:done"] for unit in (None, street)]
    assert [(figure["text"], figure["count"]) for figure in told] == [("3", 3), ("2", 2)]
    # Who took over may enter what was forgotten before the merger, and it is the old unit's.
    who = duty.named("老周", police)
    late = [
        record_patrol(quota, walker=who, walked_at=duty.at(f"2026-06-{day} 08:00"), by=city.other_liaison)
        for day in ("09", "12")
    ]
    assert [record.unit for record in late] == [street, police]


def test_who_is_given_a_post_at_the_successor_is_asked_again_as_one_of_its_people(year):
    city = year.city
    quota = duty.quota(year.campaign, role="", times=1)
    name_member(quota, unit=city.street, user=city.street_liaison, by=city.coordinator)
    year.merge()
    values = {"role": Role.LIAISON, "unit": city.police, "starts_on": date(2026, 6, 12)}
    actions.appoint(city.street_liaison, by=city.administrator, **values)

    lines = patrols.judge(quota, Period(date(2026, 6, 9), date(2026, 6, 13))).lines

    assert [(str(line.walker.unit), [cell.verdict.value for cell in line.cells]) for line in lines] == [
        ("公安局", ["not_due"] * 3 + ["missed"] * 2),
        ("河湾街道", ["missed"] * 2 + ["not_due"] * 3),
    ]


def test_a_quota_goes_on_counting_what_a_unit_that_was_moved_away_owed_and_walked_until_then(year):
    city, campaign = year.city, year.campaign
    community = people.person("社区联络员", Role.LIAISON, city.community)
    quota = duty.quota(campaign, unit=city.street, times=1)
    duty.walked(quota, community, city.community, "2026-03-09 08:00")
    year.clock("2026-03-12 09:00")

    actions.move_unit(city.community, parent=city.police, by=city.coordinator, on=date(2026, 3, 10))

    quota = PatrolQuota.objects.get(pk=quota.pk)
    judged = patrols.judge(quota, Period(date(2026, 3, 9), date(2026, 3, 12)))
    assert {line.walker.name: (line.tally.due, line.tally.done) for line in judged.lines} == {
        "社区联络员": (2, 1),
        city.street_liaison.name: (4, 0),
    }
    assert patrols.duties_of(community, campaign, on=date(2026, 3, 12)) == []


def test_people_of_a_merged_unit_stand_at_other_units_posts_as_the_successors_and_not_without_a_post(year):
    city, campaign = year.city, year.campaign
    every_day = {"pattern": "every", "every": 1, "people": 3, "starts_on": date(2026, 6, 8)}
    year.clock("2026-06-08 07:00")
    post = duty.post(campaign, city, manned=every_day)
    name_hand(post, unit=city.street, user=city.street_liaison, by=city.coordinator)
    name_hand(post, unit=city.street, name="老周", by=city.coordinator)
    away = {"starts_on": date(2026, 6, 12), "ends_on": date(2026, 6, 13)}
    duty.drawn(post, date(2026, 6, 8), date(2026, 6, 12), by=city.coordinator)
    note_absence(campaign, unit=city.street, name="老周", by=city.coordinator, **away)

    year.merge()

    stood = DutyTurn.objects.filter(shift__duty=post, day__gte=date(2026, 6, 10)).order_by("day", "slot")
    assert sorted({(turn.day.day, turn.name, str(turn.unit)) for turn in stood}) == sorted(
        [
            (10, city.liaison.name, "城管局"),
            (10, city.street_liaison.name, "河湾街道"),
            (10, "老周", "河湾街道"),
            (11, city.liaison.name, "城管局"),
            (11, "老周", "公安局"),
            (12, city.liaison.name, "城管局"),
        ]
    )


def test_what_was_given_by_hand_at_a_merged_units_post_goes_over_once_and_to_who_can_stand_it(year):
    city = year.city
    every_day = {"pattern": "every", "every": 1, "starts_on": date(2026, 6, 8)}
    year.clock("2026-06-08 07:00")
    post = DutyPost.objects.get(unit=city.street)
    duty.shift(post, by=city.coordinator, **every_day)
    for who in ({"user": city.street_liaison}, {"name": "老周"}):
        name_hand(post, unit=city.street, by=city.coordinator, **who)
    # 老周 stands on the 9th, 11th and 13th.
    turns = duty.drawn(post, date(2026, 6, 8), date(2026, 6, 13), by=city.coordinator)
    hand_over_turn(turns[3], to=post.hands.get(user=city.street_liaison), by=city.coordinator)
    call_off(turns[4], by=city.coordinator, reason="大雨")

    year.merge()

    after = DutyPost.objects.get(unit=city.police)
    ahead = DutyTurn.objects.filter(day__gt=date(2026, 6, 10)).order_by("day")
    assert [(turn.day.day, turn.name, turn.unit, turn.state, turn.shift.duty) for turn in ahead] == [
        (11, "老周", city.police, "planned", after),
        (12, city.street_liaison.name, city.police, "called_off", after),
        (13, "老周", city.police, "planned", after),
    ]
    with pytest.raises(Refused, match="这一天没有任职岗位"):
        hand_over_turn(ahead[0], to=after.hands.get(user=city.street_liaison), by=city.coordinator)


def test_duty_rows_of_a_merged_unit_stay_listed_and_a_unit_that_is_gone_is_told(year, client):
    city, campaign = year.city, year.campaign
    duty.walked(duty.quota(campaign), city.street_liaison, city.street, "2026-03-09 08:00")
    duty.walked(duty.quota(campaign, place="南门"), city.liaison, city.bureau, "2026-03-09 08:00")
    post = DutyPost.objects.get(unit=city.street)
    duty.shift(post, by=city.coordinator)
    name_hand(post, unit=city.street, name="老周", by=city.coordinator)
    day = date(2026, 3, 9)
    duty.drawn(post, day, day, by=city.coordinator)
    note_absence(campaign, unit=city.street, name="老吴", by=city.coordinator, starts_on=day, ends_on=day)
    year.merge()
    client.force_login(city.coordinator)
    span = {"first": "2026-03-09", "last": "2026-03-09", "week": "2026-03-09"}

    def shown(page, unit):
        """How many rows, and what is told above them."""
        answer = client.get(reverse(f"campaigns:{page}"), {**span, "unit": unit})
        rows = answer.context["shifts"] if page == "roster" else answer.context["page"].rows
        return len(rows), "“单位”里选的已不存在，没有按它筛选。" in answer.text

    for page, every in (("patrols", 2), ("turns", 1), ("roster", 1)):
        assert (shown(page, city.street.pk), shown(page, 999_999)) == ((1, False), (every, True)), page
    assert shown("absences", "") == (1, False)


def test_recurring_duty_of_before_a_merger_stays_in_the_figures_of_before(year, client):
    city, campaign = year.city, year.campaign
    duty_of_street = tasks.issued(campaign, city, code="C1", lead_unit=city.street, units=[], frequency="每周2次")
    year.log(duty_of_street, city.street, city.street_liaison)
    march = Period(date(2026, 3, 9), date(2026, 3, 29))
    before = [recurring.kept(campaign, march, unit=unit) for unit in (None, city.street)]

    year.merge()

    street, police = (Unit.objects.get(pk=unit.pk) for unit in (city.street, city.police))
    assert before == [recurring.Kept(due=5, kept=1)] * 2
    assert [recurring.kept(campaign, march, unit=unit) for unit in (None, street)] == before
    assert recurring.kept(campaign, march, unit=police) == recurring.Kept(due=0, kept=0)
    whole = Period(date(2026, 6, 1), date(2026, 6, 28))
    assert recurring.kept(campaign, whole) == recurring.kept(campaign, whole, unit=police) == recurring.Kept(7, 0)
    client.force_login(city.coordinator)
    page = client.get(reverse("campaigns:recurring"), {"first": "2026-03-09", "last": "2026-03-29"})
    assert page.context["kept"] == before[0]
    assert [(row["part"].unit, row["kept"]) for row in page.context["rows"]] == [(street, before[0])]
    assert client.get(page.context["rows"][0]["weeks_url"]).context["weeks"][-1].due == 1


def test_the_first_half_of_a_street_is_not_changed_by_a_move_in_september(year):
    city, campaign = year.city, year.campaign
    below = tasks.issued(campaign, city, code="B1", lead_unit=city.community, units=[])
    below.__class__.objects.filter(pk=below.pk).update(issued_on=date(2026, 3, 1))
    year.clock("2026-09-01 10:00")

    actions.move_unit(city.community, parent=city.police, by=city.coordinator, on=date(2026, 8, 31))

    street, police = (Unit.objects.get(pk=unit.pk) for unit in (city.street, city.police))
    assert "B1" in counted(campaign, FIRST_HALF, street)
    assert "B1" not in counted(campaign, FIRST_HALF, police)
    assert "B1" in counted(campaign, SECOND_HALF, police)
    assert "B1" not in counted(campaign, SECOND_HALF, street)


def test_a_move_before_an_earlier_one_is_refused(year):
    year.clock("2026-09-01 10:00")
    actions.move_unit(year.city.community, parent=year.city.police, by=year.city.coordinator)

    with pytest.raises(Refused, match="上一次调整在2026-09-01"):
        actions.move_unit(year.city.community, parent=year.city.bureau, by=year.city.coordinator, on=date(2026, 8, 1))


def test_the_successor_is_told_what_it_takes_over(year, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        year.merge()

    told = Notice.objects.get(user=year.city.other_liaison, text__contains="由你们承接")
    assert told.text == "“河湾街道”已并入“公安局”，由你们承接：未办结任务2、执勤安排1、未销号问题1、包保1。"


def test_a_closed_unit_is_offered_by_no_picker(year, client):
    year.merge()
    client.force_login(year.city.coordinator)

    for address in (reverse("campaigns:task_new"), reverse("inspections:site_new"), reverse("units:unit_new")):
        assert f'<option value="{year.city.street.pk}"' not in client.get(address).text


def test_the_list_of_the_successors_tasks_shows_what_it_took_over(year, client):
    year.merge()
    client.force_login(year.city.coordinator)

    page = client.get(reverse("campaigns:tasks"), {"unit": year.city.police.pk, "state": "open"}).text

    assert "楼道清理" in page
    assert "停车整治" in page


def test_a_finding_given_to_another_unit_counts_where_it_was_on_the_day(city, campaign, clock):
    clock("2026-03-20 09:00")
    found = findings.finding_at(Finding.State.RETURNED, city, campaign)
    clock("2026-04-05 09:00")

    finding_actions.dispatch(found, by=city.coordinator, lead_unit=city.police)

    assert field.found(campaign, FIRST_QUARTER, unit=city.bureau).count() == 1
    assert field.found(campaign, FIRST_QUARTER, unit=city.police).count() == 0
    assert field.found(campaign, FIRST_HALF, unit=city.police).count() == 1


# Before it is done -----------------------------------------------------------------------------------


def test_a_merger_is_shown_before_it_is_made(year, client):
    client.force_login(year.city.coordinator)
    address = reverse("units:unit_merge", args=[year.city.street.pk])
    sent = {"into": year.city.police.pk, "on": "2026-03-10"}

    shown = client.post(address, sent)
    assert "确认撤并" in shown.text
    assert shown.text.count("未办结任务") == 1
    assert Unit.objects.get(pk=year.city.street.pk).closed_on is None

    assert client.post(address, sent | {"confirmed": "1"}).status_code == 302
    assert Unit.objects.get(pk=year.city.street.pk).merged_into == year.city.police


def test_a_last_day_before_what_the_unit_logged_is_told_with_the_list_of_it(year, client):
    city = year.city
    year.clock("2026-03-13 09:00")
    task = tasks.issued(tasks.campaign(city, "另一项创建"), city, lead_unit=city.street, units=[])
    for day in (10, 11, 12):
        tasks.entry(task, city, unit=city.street, by=city.street_liaison, done_on=date(2026, 3, day))
    client.force_login(city.coordinator)
    address = reverse("units:unit_merge", args=[city.street.pk])
    sent = {"into": city.police.pk, "on": "2026-03-10"}

    late = client.post(address, sent)
    good = client.post(address, sent | {"on": "2026-03-12"})

    assert (late.context["warning"], good.context["warning"]) == (
        "最后一天2026-03-10之后，“河湾街道”还登记了工作记录2，最晚的是2026-03-12。"
        "确认后仍记在它的名下；日期有误的，请取消后重新填写最后一天。",
        "",
    )
    assert 'role="alert"' in late.text
    items = {str(item[0]): item[1:] for item in late.context["items"]}
    assert items["最后一天之后的工作记录"][0] == 2
    listed = client.get(items["最后一天之后的工作记录"][1]).context["page"].rows
    assert [row["done_on"] for row in listed] == [date(2026, 3, 12), date(2026, 3, 11)]
    assert "最后一天之后的工作记录" not in {str(item[0]) for item in good.context["items"]}

    client.post(address, sent | {"confirmed": "1"})

    told = AuditEvent.objects.filter(action="撤并单位").latest("pk").detail
    assert told["最后一天之后"] == "工作记录2"


def test_a_move_is_shown_before_it_is_made_and_refused_in_the_form(year, client):
    client.force_login(year.city.coordinator)
    address = reverse("units:unit_move", args=[year.city.community.pk])

    refused = client.post(address, {"parent": year.city.street.pk, "on": "2026-03-10"})
    assert (refused.status_code, "已经在“河湾街道”之下" in refused.text) == (422, True)
    shown = client.post(address, {"parent": year.city.police.pk, "on": "2026-03-10"})
    assert "确认调整隶属" in shown.text
    assert Unit.objects.get(pk=year.city.community.pk).parent == year.city.street


def test_the_preview_counts_what_the_linked_list_shows_and_drafts_apart(year, client):
    city = year.city
    tasks.draft(year.campaign, city, code="D1", lead_unit=city.street)
    client.force_login(city.coordinator)

    page = client.post(reverse("units:unit_merge", args=[city.street.pk]), {"into": city.police.pk, "on": "2026-03-10"})
    items = {str(item[0]): item[1:] for item in page.context["items"]}

    assert (items["未办结任务"][0], items["未下发任务"][0]) == (2, 1)
    for label, shown in (("未办结任务", ["A2", "A3"]), ("未下发任务", ["D1"])):
        listed = client.get(items[label][1]).context["page"].rows
        assert [row["code"] for row in listed] == shown


def test_who_may_not_open_a_list_is_given_no_link_to_it(year, client):
    client.force_login(year.city.administrator)
    sent = {"into": year.city.police.pk, "on": "2026-03-10"}

    page = client.post(reverse("units:unit_merge", args=[year.city.street.pk]), sent)

    assert [item for item in page.context["items"] if item[0] == "未办结任务"] == [("未办结任务", 2)]


def test_liaisons_hear_nothing_of_drafts_that_go_over_to_them(year, django_capture_on_commit_callbacks):
    city = year.city
    draft = tasks.draft(year.campaign, city, code="D1", lead_unit=city.street, units=[])

    with django_capture_on_commit_callbacks(execute=True):
        year.merge()

    assert tasks.fresh(draft).lead_unit == city.police
    told = Notice.objects.get(user=city.other_liaison, text__contains="由你们承接")
    assert "由你们承接：未办结任务2、执勤安排1、未销号问题1、包保1。" in told.text


def test_a_unit_with_open_work_is_not_closed_without_a_successor(year, client):
    with pytest.raises(Refused, match="还有未办结任务2、执勤安排1、未销号问题1、包保1、下属单位1个、在任岗位1个"):
        actions.close_unit(year.city.street, by=year.city.coordinator)
    empty = people.unit("空壳社区", parent=year.city.host)

    assert actions.close_unit(empty, by=year.city.coordinator).closed_on == date(2026, 3, 10)


# Handing over ----------------------------------------------------------------------------------------


@pytest.fixture
def handed_over(year, django_capture_on_commit_callbacks):
    city = year.city
    year.successor = people.person("接任人", username="successor")
    Notice.objects.create(user=city.street_liaison, text="请签收", url="/campaigns/")
    year.clock("2026-06-20 09:00")
    post = Post.objects.get(user=city.street_liaison)
    with django_capture_on_commit_callbacks(execute=True):
        new = actions.hand_over(post, to=year.successor, by=city.administrator, on=date(2026, 6, 20))
    year.sheet = HandOver.objects.get(successor=new)
    return year


def test_a_hand_over_keeps_what_was_open_that_day(handed_over):
    sheet = {one["label"]: [row[0] for row in one["rows"]] for one in handed_over.sheet.contents}

    assert sheet == {
        "未办结任务": ["A2", "A3"],
        "执勤安排": ["岗点"],
        "未销号问题": [handed_over.found.number],
        "包保": ["片区"],
    }


def test_a_sheet_tells_nothing_that_its_readers_may_not_see(year):
    city = year.city
    tasks.draft(year.campaign, city, code="D1", lead_unit=city.street)
    unverified = findings.reported(city, year.campaign, site=findings.site(year.campaign, city.street))
    year.clock("2026-06-20 09:00")

    new = actions.hand_over(
        Post.objects.get(user=city.street_liaison),
        to=people.person("接任人", username="successor"),
        by=city.administrator,
        on=date(2026, 6, 20),
    )

    numbers = {row[0] for one in HandOver.objects.get(successor=new).contents for row in one["rows"]}
    assert unverified.lead_unit == city.street
    assert {"A2", "A3"} <= numbers
    assert not numbers & {"D1", unverified.number}


def test_a_sheet_holds_the_first_rows_of_a_long_list_with_the_number_and_a_link(year, client, monkeypatch):
    city = year.city
    monkeypatch.setattr("units.succession.MOST_KEPT", 1)
    year.clock("2026-06-20 09:00")
    post = Post.objects.get(user=city.street_liaison)
    actions.hand_over(
        post, to=people.person("接任人", username="successor"), by=city.administrator, on=date(2026, 6, 20)
    )
    client.force_login(city.street_liaison)

    page = client.get(post.handed_over.get_absolute_url())
    kept = page.context["lists"][0]

    assert (kept["label"], kept["count"], len(kept["rows"]), kept["left_out"]) == ("未办结任务", 2, 1, 1)
    assert "另有 1 项没有列在单子上。" in page.text
    assert [row["code"] for row in client.get(kept["lists"][0]["url"]).context["page"].rows] == ["A2", "A3"]


def test_the_successor_gets_the_unread_notices_and_both_are_told_of_the_sheet(handed_over):
    url = handed_over.sheet.get_absolute_url()

    assert set(Notice.objects.filter(user=handed_over.successor).values_list("url", flat=True)) == {"/campaigns/", url}
    assert Notice.objects.filter(user=handed_over.city.street_liaison, url=url).count() == 1


@pytest.mark.parametrize("query", ["", "?print"])
def test_the_sheet_is_read_by_both_and_by_the_administrator_only(handed_over, client, query):
    address = handed_over.sheet.get_absolute_url() + query
    city = handed_over.city
    seen = {}
    for who in (city.street_liaison, city.administrator, city.coordinator, city.liaison):
        client.force_login(who)
        seen[who.pk] = client.get(address).status_code
    handed_over.clock("2026-06-21 09:00")
    client.force_login(handed_over.successor)

    assert list(seen.values()) == [200, 200, 404, 404]
    assert "楼道清理" in client.get(address).text


def test_the_successor_does_the_work_from_the_first_day(handed_over):
    part = tasks.part(handed_over.alone, handed_over.city.street)
    with pytest.raises(Refused):
        task_actions.acknowledge(part, by=handed_over.successor)
    handed_over.clock("2026-06-21 09:00")

    task_actions.acknowledge(part, by=Post.objects.get(user=handed_over.successor, role=Role.LIAISON).user)

    assert tasks.part(handed_over.alone, handed_over.city.street).state == "acknowledged"
