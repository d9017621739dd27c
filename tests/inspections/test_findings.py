"""What people do with findings: each action's refusal, its record and its notices."""

import threading
from datetime import date, datetime, timedelta
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from campaigns.models import CalendarDay
from cityinit.models import StoredFile
from cityinit.workflow import Refused
from inspections.actions import findings as actions
from inspections.models import Extension, Finding, FindingCategory, FindingEvent, FindingPhoto, Rectification
from tests.at_once import at_once
from tests.factories import findings as make
from tests.factories import people, tasks
from units.models import Notice

State = Finding.State
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def told(person):
    """The notices a person has, the latest last."""
    return list(Notice.objects.filter(user=person).order_by("pk").values_list("text", flat=True))


def last_event(finding):
    return finding.events.values_list("move", "source", "target", "by__username").last()


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """What is told after commit is told at the end of this block."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


# Filing ------------------------------------------------------------------------------------------


def test_a_finding_is_filed_with_number_photo_event_and_notice(city, campaign, committed, clock):
    clock("2026-03-02 10:30")
    market = make.site(campaign, city.bureau)
    with committed():
        finding = make.reported(city, campaign, site=market, description=" 占道经营 ", latitude=30.1, longitude=114.2)

    finding.refresh_from_db()
    assert (finding.number, finding.state, finding.description) == ("2026-000001", State.REPORTED, "占道经营")
    assert (finding.lead_unit, finding.found_on) == (city.bureau, date(2026, 3, 2))
    assert [(photo.phase, photo.added_by) for photo in finding.photos.all()] == [("before", city.inspector)]
    assert last_event(finding) == ("report", State.DRAFT, State.REPORTED, city.inspector.username)
    assert told(city.coordinator) == ["待核实：2026-000001 河湾农贸市场，占道经营"]


def test_a_finding_needs_a_photo_or_a_text(city, campaign):
    with pytest.raises(Refused, match="请至少拍一张照片，或写一句问题描述"):
        make.reported(city, campaign, photos=[], description="  ")

    assert make.reported(city, campaign, photos=[], description="路灯不亮").state == State.REPORTED


@pytest.mark.parametrize("name", ["coordinator", "liaison", "leader", "administrator", "nobody"])
def test_only_an_inspector_files(city, campaign, name):
    with pytest.raises(Refused, match="没有上报问题的权限"):
        make.reported(city, campaign, by=getattr(city, name))

    assert Finding.objects.count() == 0


def test_an_inspector_of_another_city_does_not_file_here(city, campaign):
    other = people.city("云山市")

    with pytest.raises(Refused, match="没有上报问题的权限"):
        make.reported(city, campaign, by=other.inspector)


def test_nothing_is_found_in_the_future(city, campaign):
    with pytest.raises(Refused, match="发现时间不能晚于现在"):
        make.reported(city, campaign, found_at=timezone.now() + timedelta(hours=1))


def test_the_same_form_sent_twice_is_stored_once(city, campaign, committed):
    key = uuid4()
    with committed():
        first = make.reported(city, campaign, client_key=key)
        second = make.reported(city, campaign, client_key=key)

    assert first == second
    assert (Finding.objects.count(), first.photos.count(), first.events.count()) == (1, 1, 1)
    assert len(told(city.coordinator)) == 1


def test_a_key_somebody_else_used_is_refused(city, campaign):
    other = people.person("另一督查员", people.Role.INSPECTOR, city.office)
    key = make.reported(city, campaign).client_key

    with pytest.raises(Refused, match="已由别人提交过"):
        make.reported(city, campaign, by=other, client_key=key)


def test_numbers_run_per_campaign_and_year_and_pass_over_imported_ones(city, campaign, clock):
    now = clock("2025-12-31 23:00")
    second = tasks.campaign(city, "第二个活动")
    Finding.objects.create(
        campaign=campaign, number="2025-000002", found_on=date(2025, 3, 1), category=make.category(campaign)
    )

    numbers = [make.reported(city, campaign).number for _time in range(2)]
    numbers.append(make.reported(city, second).number)
    now.shift(timedelta(hours=2))
    numbers.append(make.reported(city, campaign).number)

    assert numbers == ["2025-000001", "2025-000003", "2025-000001", "2026-000001"]


def test_the_usual_severity_comes_with_the_category(city, campaign):
    usual = make.reported(city, campaign, category=make.category(campaign, "线缆杂乱"))
    own = make.reported(city, campaign, category=make.category(campaign, "自定义类别"))
    chosen = make.reported(city, campaign, category=make.category(campaign, "线缆杂乱"), severity="B")

    assert (usual.severity, own.severity, chosen.severity) == ("D", "C", "B")


def test_what_was_put_right_on_the_spot_is_closed_at_once(city, campaign):
    finding = make.finding_at(State.CLOSED_ON_SPOT, city, campaign)

    finding.refresh_from_db()
    assert (finding.state, finding.closed_by) == (State.CLOSED_ON_SPOT, city.inspector)
    assert list(finding.photos.values_list("phase", flat=True)) == ["before", "after"]


@pytest.mark.parametrize("missing", ["photos", "after_photos"])
def test_on_the_spot_needs_both_photos(city, campaign, missing):
    photos = {"photos": [make.photo()], "after_photos": [make.photo()]} | {missing: []}

    with pytest.raises(Refused, match="整改前和整改后的照片各至少一张"):
        actions.close_on_spot(campaign, by=city.inspector, category=make.category(campaign), place="路口", **photos)


def test_a_fault_half_way_leaves_nothing_half_written(city, campaign, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("the disk of the database is gone")

    monkeypatch.setattr(FindingEvent.objects, "create", fail)
    with pytest.raises(RuntimeError):
        make.reported(city, campaign)

    assert (Finding.objects.count(), FindingPhoto.objects.count(), StoredFile.objects.count()) == (0, 0, 0)


def test_a_campaign_without_categories_gets_the_usual_ones_once(city, campaign):
    actions.ensure_categories(campaign)
    count = FindingCategory.objects.of(campaign).count()
    actions.ensure_categories(campaign)

    assert count > 20
    assert FindingCategory.objects.of(campaign).count() == count


@pytest.mark.django_db(transaction=True)
def test_the_same_form_through_several_connections_is_stored_once():
    city = people.city()
    campaign = tasks.campaign(city)
    category, photo, key = make.category(campaign), make.photo(), uuid4()
    start, filed, faults = threading.Barrier(4), [], []

    def send():
        try:
            start.wait()
            made = actions.record_finding(
                campaign, by=city.inspector, category=category, photos=[photo], place="路口", client_key=key
            )
            filed.append(made.pk)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert (len(filed), len(set(filed)), Finding.objects.count()) == (4, 1, 1)
    assert FindingEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_different_forms_through_several_connections_get_different_numbers():
    city = people.city()
    campaign = tasks.campaign(city)
    category = make.category(campaign)
    start, faults = threading.Barrier(4), []

    def send():
        try:
            start.wait()
            for _time in range(3):
                actions.record_finding(
                    campaign, by=city.inspector, category=category, description="路灯不亮", client_key=uuid4()
                )
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    year = timezone.localdate().year
    assert faults == []
    assert sorted(Finding.objects.values_list("number", flat=True)) == [f"{year}-{n:06}" for n in range(1, 13)]


# Dispatch and deadlines ----------------------------------------------------------------------------


def test_dispatch_names_units_and_deadline_and_tells_them(city, campaign, committed, clock):
    clock("2026-03-02 10:30")
    finding = make.reported(city, campaign)
    with committed():
        actions.dispatch(
            finding,
            by=city.coordinator,
            lead_unit=city.bureau,
            assisting_units=[city.police, city.bureau],
            severity="B",
        )

    finding.refresh_from_db()
    assert (finding.state, finding.lead_unit, finding.severity) == (State.DISPATCHED, city.bureau, "B")
    assert list(finding.assisting_units.all()) == [city.police]
    assert (finding.due_at, finding.first_due_at) == (at("2026-03-05 18:00"), at("2026-03-05 18:00"))
    assert finding.events.last().note == "责任单位：城管局\n协办：公安局\n期限：2026-03-05 18:00"
    assert told(city.liaison) == ["交办：2026-000001 河湾路中段，占道经营，期限 2026-03-05 18:00"]
    assert told(city.other_liaison) == ["请协办：2026-000001 河湾路中段，占道经营"]


# Dispatched on a Tuesday before the holiday. 2025: closed 1-8 October, worked on 28 September and 11 October.
# 2026: closed 1-7 October and 25-27 September, worked on 20 September and 10 October.
@pytest.mark.parametrize(
    ("moment", "severity", "due"),
    [
        ("2025-09-30 16:00", "A", "2025-10-01 16:00"),
        ("2025-09-30 16:00", "B", "2025-10-11 18:00"),
        ("2025-09-26 09:00", "B", "2025-09-30 18:00"),
        ("2025-09-30 16:00", "C", "2025-10-16 18:00"),
        ("2025-09-30 16:00", "D", "2025-10-30 18:00"),
        ("2026-09-30 16:00", "B", "2026-10-10 18:00"),
        ("2026-09-18 09:00", "B", "2026-09-22 18:00"),
        ("2026-09-30 16:00", "C", "2026-10-15 18:00"),
    ],
)
def test_limits_of_the_severities_around_national_day(city, campaign, clock, moment, severity, due):
    clock(moment)
    finding = make.reported(city, campaign, severity=severity)

    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau)

    assert finding.due_at == at(due)


def test_a_long_term_finding_has_no_deadline(city, campaign):
    finding = make.reported(city, campaign, severity="E")

    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau)

    assert (finding.due_at, finding.warn_at, finding.clock_runs) == (None, None, False)


def test_the_categorys_limit_goes_before_the_severitys(city, campaign, clock):
    clock("2025-09-30 16:00")
    category = make.category(campaign, "暴露垃圾", limit_amount=4, limit_unit="working_hours")
    finding = make.reported(city, campaign, category=category, severity="D")

    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau)

    assert finding.due_at == at("2025-10-09 11:00")


def test_the_offices_own_calendar_goes_before_the_built_in_one(city, campaign, clock):
    clock("2026-03-02 10:30")
    CalendarDay.objects.create(day=date(2026, 3, 3), is_workday=False, name="运动会")
    finding = make.reported(city, campaign, severity="B")

    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau)

    assert finding.due_at == at("2026-03-06 18:00")


def test_the_coordinator_may_set_another_deadline_but_not_a_past_one(city, campaign, clock):
    clock("2026-03-02 10:30")
    finding = make.reported(city, campaign)

    with pytest.raises(Refused, match="整改期限须晚于现在"):
        actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau, due_at=at("2026-03-02 10:30"))
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau, due_at=at("2026-03-20 12:00"))

    assert finding.due_at == at("2026-03-20 12:00")


def test_only_units_of_the_own_tree_are_given_findings(city, campaign):
    other = people.city("云山市")
    finding = make.reported(city, campaign)

    with pytest.raises(Refused, match="只能交办给本主体单位现有的单位"):
        actions.dispatch(finding, by=city.coordinator, lead_unit=other.bureau)

    finding.refresh_from_db()
    assert (finding.state, finding.lead_unit) == (State.REPORTED, None)


def test_the_flags_are_questions_about_the_row(city, campaign, clock):
    clock("2026-03-02 09:00")
    finding = make.reported(city, campaign, severity="B")
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau)

    moments = ["2026-03-02 10:00", "2026-03-04 18:00", "2026-03-05 18:00", "2026-03-05 18:01"]
    flags = [(finding.is_warned(at=at(moment)), finding.is_overdue(at=at(moment))) for moment in moments]

    assert flags == [(False, False), (True, False), (True, False), (False, True)]
    lists = Finding.objects
    assert list(lists.overdue(at=at("2026-03-05 18:01"))) == [finding]
    assert list(lists.overdue(at=at("2026-03-05 18:00"))) == []
    assert list(lists.warned(at=at("2026-03-04 18:00"))) == [finding]
    assert list(lists.warned(at=at("2026-03-02 10:00"))) == []
    # Due today, until it is overdue: no finding is counted in both.
    today = [list(lists.due_today(at=at(moment))) for moment in moments]
    assert today == [[], [], [finding], []]


def test_an_answer_stops_the_clock(city, campaign, clock):
    now = clock("2026-03-02 09:00")
    finding = make.finding_at(State.SUBMITTED, city, campaign)
    now.shift(timedelta(days=60))

    assert (finding.clock_runs, finding.is_overdue(at=timezone.now())) == (False, False)
    assert list(Finding.objects.overdue(at=timezone.now())) == []


def test_the_clock_stands_while_a_finding_is_long_term(city, campaign, clock):
    now = clock("2026-03-02 09:00")
    finding = make.reported(city, campaign, severity="B")
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau)
    now.shift(timedelta(days=1))
    actions.suspend(finding, by=city.coordinator, plan="改造", until=date(2026, 6, 30), leader="分管副市长")
    paused_at = finding.paused_at
    now.shift(timedelta(days=7))

    actions.resume(finding, by=city.coordinator)

    finding.refresh_from_db()
    assert paused_at == at("2026-03-03 09:00")
    # Five working days stood between the 3rd and the 10th.
    assert (finding.state, finding.due_at) == (State.RECTIFYING, at("2026-03-12 18:00"))
    assert (finding.first_due_at, finding.paused_at) == (at("2026-03-05 18:00"), None)
    assert at("2026-03-10 09:00") < finding.warn_at < finding.due_at


# Of seven working days three quarters are five and an hour and three quarters; the pause took two of the seven.
@pytest.mark.parametrize(
    ("how", "warned"),
    [("extend", "2026-03-19 10:45"), ("grant", "2026-03-19 10:45"), ("resume", "2026-03-19 16:15")],
)
def test_the_warning_of_a_rework_is_counted_from_the_rework_whatever_moves_its_deadline(
    city, campaign, clock, how, warned
):
    now = clock("2026-01-05 09:00")
    finding = make.finding_at(State.SUBMITTED, city, campaign, severity="C")
    now.move_to(at("2026-03-12 09:00"))
    actions.rework(finding, by=city.inspector, reason="仍有占道", due_at=at("2026-03-18 18:00"))
    now.move_to(at("2026-03-13 09:00"))
    if how == "extend":
        actions.extend(finding, by=city.coordinator, workdays=2, note="降雨")
    elif how == "grant":
        asked = actions.ask_extension(finding, by=city.liaison, reason="等材料", until=date(2026, 3, 20))
        actions.grant_extension(asked, by=city.coordinator)
    else:
        actions.suspend(finding, by=city.coordinator, plan="改造", until=date(2026, 6, 30), leader="分管副市长")
        now.move_to(at("2026-03-17 09:00"))
        actions.resume(finding, by=city.coordinator)

    finding.refresh_from_db()
    assert (finding.due_at, finding.warn_at) == (at("2026-03-20 18:00"), at(warned))


# The office ----------------------------------------------------------------------------------------


def test_rejecting_needs_a_reason_and_tells_the_reporter(city, campaign, committed):
    finding = make.reported(city, campaign)

    with pytest.raises(Refused, match="请写明不予立案的理由"):
        actions.reject(finding, by=city.coordinator, reason=" ")
    with committed():
        actions.reject(finding, by=city.coordinator, reason="不在测评范围")

    assert last_event(finding) == ("reject", State.REPORTED, State.REJECTED, city.coordinator.username)
    assert told(city.inspector) == [f"不予立案：{finding.number} 河湾路中段，占道经营"]


def test_a_duplicate_refers_to_one_that_counts(city, campaign):
    finding, first = make.reported(city, campaign), make.reported(city, campaign)
    void = make.finding_at(State.VOID, city, campaign)
    elsewhere = make.reported(city, tasks.campaign(city, "第二个活动"))

    for wrong in (finding, elsewhere):
        with pytest.raises(Refused, match="请选择同一活动中的另一个问题"):
            actions.mark_duplicate(finding, by=city.coordinator, duplicate_of=wrong)
    with pytest.raises(Refused, match="不能作为原问题"):
        actions.mark_duplicate(finding, by=city.coordinator, duplicate_of=void)
    actions.mark_duplicate(finding, by=city.coordinator, duplicate_of=first)

    finding.refresh_from_db()
    assert (finding.state, finding.duplicate_of) == (State.DUPLICATE, first)


@pytest.mark.parametrize("state", [State.DUPLICATE, State.REJECTED, State.VOID])
def test_what_has_left_the_figures_is_no_original_though_it_was_read_before(city, campaign, state):
    finding, read_before = make.reported(city, campaign), make.reported(city, campaign)
    Finding.objects.filter(pk=read_before.pk).update(state=state)

    with pytest.raises(Refused, match="不能作为原问题"):
        actions.mark_duplicate(finding, by=city.coordinator, duplicate_of=read_before)

    finding.refresh_from_db()
    assert finding.state == State.REPORTED


def test_an_original_is_not_voided_or_rejected_while_others_count_through_it(city, campaign):
    original, copy = make.reported(city, campaign), make.reported(city, campaign)
    actions.mark_duplicate(copy, by=city.coordinator, duplicate_of=original)
    sentence = f"{copy} 并入了这个问题，统计只计这一个。请先作废它们，或把这个问题标为另一个问题的重复。"

    for action in (actions.void, actions.reject):
        with pytest.raises(Refused, match=sentence):
            action(original, by=city.coordinator, reason="误报")
    actions.void(copy, by=city.coordinator, reason="误报")
    actions.void(original, by=city.coordinator, reason="误报")

    original.refresh_from_db()
    assert original.state == State.VOID


def test_the_duplicates_of_a_duplicate_are_handed_on_to_its_original(city, campaign):
    first, second, third = (make.reported(city, campaign) for _n in range(3))
    actions.mark_duplicate(first, by=city.coordinator, duplicate_of=second)

    actions.mark_duplicate(second, by=city.coordinator, duplicate_of=third)

    first.refresh_from_db()
    assert (first.state, first.duplicate_of) == (State.DUPLICATE, third)
    assert first.events.values_list("label", "note").last() == ("标为重复", f"改为重复于 {third}")


def test_voiding_needs_a_reason_and_tells_the_unit_too(city, campaign, committed):
    finding = make.finding_at(State.RECTIFYING, city, campaign)

    with pytest.raises(Refused, match="请写明作废的理由"):
        actions.void(finding, by=city.coordinator, reason="")
    with committed():
        actions.void(finding, by=city.coordinator, reason="录入有误")

    text = f"已作废：{finding.number} 河湾路中段，占道经营"
    assert (told(city.inspector), told(city.liaison)) == ([text], [text])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"plan": ""}, "请写明挂账方案"),
        ({"leader": " "}, "请写明责任领导"),
        ({"until": date(2020, 1, 1)}, "挂账至的日期须晚于今天"),
    ],
)
def test_suspending_needs_plan_day_and_leader(city, campaign, given, sentence):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    whole = {"plan": "改造", "until": timezone.localdate() + timedelta(days=30), "leader": "分管副市长"}

    with pytest.raises(Refused, match=sentence):
        actions.suspend(finding, by=city.coordinator, **whole | given)


# The unit ------------------------------------------------------------------------------------------


def test_acknowledging_is_recorded(city, campaign):
    finding = make.finding_at(State.RECTIFYING, city, campaign)

    assert finding.acknowledged_at is not None
    assert last_event(finding) == ("acknowledge", State.DISPATCHED, State.RECTIFYING, city.liaison.username)


def test_returning_needs_a_reason_is_counted_and_tells_the_office(city, campaign, committed):
    finding = make.finding_at(State.DISPATCHED, city, campaign)

    with pytest.raises(Refused, match="请写明退回的理由"):
        actions.return_to_office(finding, by=city.liaison, reason="")
    with committed():
        actions.return_to_office(finding, by=city.liaison, reason="属街道管理")

    finding.refresh_from_db()
    assert (finding.state, finding.returned_times) == (State.RETURNED, 1)
    assert told(city.coordinator) == [f"被退回：{finding.number} 河湾路中段，占道经营"]


def test_an_answer_is_kept_with_its_photos_and_told(city, campaign, committed):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    with committed():
        made = actions.answer(finding, by=city.liaison, measure="已清理", photos=[make.photo(), make.photo()])

    finding.refresh_from_db()
    assert (finding.state, finding.answered_by, finding.measure) == (State.SUBMITTED, city.liaison, "已清理")
    assert (made.attempt, made.unit, made.verdict, made.photos.count()) == (1, city.bureau, "open", 2)
    text = f"待复核：{finding.number} 河湾路中段，占道经营"
    assert (told(city.coordinator), told(city.inspector)) == ([text], [text])


@pytest.mark.parametrize(
    ("given", "sentence"), [({"measure": " "}, "请写明整改措施"), ({"photos": []}, "请至少上传一张整改后的照片")]
)
def test_an_answer_needs_measure_and_photo(city, campaign, given, sentence):
    finding = make.finding_at(State.RECTIFYING, city, campaign)

    with pytest.raises(Refused, match=sentence):
        actions.answer(finding, by=city.liaison, **{"measure": "已清理", "photos": [make.photo()]} | given)

    assert Rectification.objects.count() == 0


def test_an_answer_sent_twice_is_stored_once(city, campaign):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    sent = {"by": city.liaison, "measure": "已清理", "photos": [make.photo()], "client_key": uuid4()}

    first, second = actions.answer(finding, **sent), actions.answer(finding, **sent)

    assert first == second
    assert (finding.rectifications.count(), finding.photos.filter(phase="after").count()) == (1, 1)


def test_an_answer_is_not_taken_for_one_that_the_same_form_gave_of_another_finding(city, campaign, as_):
    first, second = (make.finding_at(State.RECTIFYING, city, campaign) for _n in range(2))
    key = uuid4()
    client = as_(city.liaison)

    def answer(finding):
        sent = {"measure": "已清理", "client_key": key, "photos": make.upload(), "seen_state": State.RECTIFYING}
        return client.post(reverse("inspections:finding_move", args=[finding.pk, "answer"]), sent)

    statuses = [answer(finding).status_code for finding in (first, second, first)]

    refused = answer(second).content.decode()
    assert (statuses, "这张表已由别人提交过，或已用于另一条记录" in refused) == ([302, 422, 302], True)
    assert list(Rectification.objects.values_list("finding", flat=True)) == [first.pk]
    second.refresh_from_db()
    assert second.state == State.RECTIFYING


@pytest.mark.django_db(transaction=True)
def test_of_two_findings_answered_with_one_form_at_once_one_is_refused():
    here = people.city()
    there = tasks.campaign(here)
    both = [make.finding_at(State.RECTIFYING, here, there) for _n in range(2)]
    sent = {"by": here.liaison, "measure": "已清理", "photos": [make.photo()], "client_key": uuid4()}

    refused = at_once(*(partial(actions.answer, finding, **sent) for finding in both), meeting=True)

    assert (refused.count(None), Rectification.objects.count()) == (1, 1)
    assert sorted(Finding.objects.values_list("state", flat=True)) == [State.RECTIFYING, State.SUBMITTED]


def test_an_answer_that_was_judged_is_no_answer_to_the_rework(city, campaign):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    sent = {"by": city.liaison, "measure": "已清理", "photos": [make.photo()], "client_key": uuid4()}
    actions.answer(finding, **sent)
    actions.rework(finding, by=city.inspector, reason="仍有占道", due_at=timezone.now() + timedelta(days=2))

    with pytest.raises(Refused, match="这份整改反馈已经复核过。如需再次反馈，请重新打开“整改反馈”填写。"):
        actions.answer(finding, **sent)

    finding.refresh_from_db()
    assert (finding.state, finding.rectifications.count()) == (State.REWORK, 1)


def test_an_extension_moves_the_deadline_and_keeps_the_first(city, campaign, committed, clock):
    clock("2026-03-02 09:00")
    finding = make.finding_at(State.RECTIFYING, city, campaign, severity="B")
    with committed():
        asked = actions.ask_extension(finding, by=city.liaison, reason="等材料", until=date(2026, 3, 10))
    with committed():
        actions.grant_extension(asked, by=city.coordinator, until=date(2026, 3, 9), note="抓紧")

    finding.refresh_from_db()
    asked.refresh_from_db()
    assert (finding.due_at, finding.first_due_at) == (at("2026-03-09 18:00"), at("2026-03-05 18:00"))
    assert (asked.state, asked.decided_by) == (Extension.State.GRANTED, city.coordinator)
    assert list(finding.events.values_list("move", "note"))[-2:] == [
        ("ask_extension", "延至 2026-03-10\n等材料"),
        ("grant_extension", "延至 2026-03-09\n抓紧"),
    ]
    assert told(city.coordinator) == [f"申请延期：{finding.number} 河湾路中段，占道经营"]
    assert told(city.liaison) == [f"已批准延期至 2026-03-09：{finding.number} 河湾路中段，占道经营"]


def test_an_extension_is_not_granted_for_less_time_than_there_is(city, campaign, clock):
    clock("2026-03-02 09:00")
    finding = make.finding_at(State.RECTIFYING, city, campaign, severity="B")
    asked = actions.ask_extension(finding, by=city.liaison, reason="等材料", until=date(2026, 3, 10))

    for day in (date(2026, 3, 4), date(2026, 3, 5)):
        with pytest.raises(Refused, match="批准延至的日期须晚于现在的期限（2026-03-05 18:00）。"):
            actions.grant_extension(asked, by=city.coordinator, until=day)

    finding.refresh_from_db()
    asked.refresh_from_db()
    assert (finding.due_at, asked.state) == (at("2026-03-05 18:00"), Extension.State.ASKED)


def test_an_extension_refused_leaves_the_deadline(city, campaign):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    due_at = finding.due_at
    asked = actions.ask_extension(
        finding, by=city.liaison, reason="等材料", until=timezone.localdate(due_at) + timedelta(days=5)
    )

    with pytest.raises(Refused, match="请写明不批准的理由"):
        actions.refuse_extension(asked, by=city.coordinator, note="")
    actions.refuse_extension(asked, by=city.coordinator, note="限时完成")

    finding.refresh_from_db()
    assert (finding.due_at, asked.state) == (due_at, Extension.State.REFUSED)


def test_an_extension_is_asked_once_by_the_lead_unit_and_for_later(city, campaign):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    later = timezone.localdate(finding.due_at) + timedelta(days=5)

    with pytest.raises(Refused, match="只有牵头整改单位的联络员可以申请延期"):
        actions.ask_extension(finding, by=city.other_liaison, reason="等材料", until=later)
    with pytest.raises(Refused, match="申请延至的日期须晚于现在的期限"):
        actions.ask_extension(finding, by=city.liaison, reason="等材料", until=timezone.localdate(finding.due_at))
    actions.ask_extension(finding, by=city.liaison, reason="等材料", until=later)
    with pytest.raises(Refused, match="已有一个延期申请待批"):
        actions.ask_extension(finding, by=city.liaison, reason="等材料", until=later)

    assert finding.extensions.count() == 1


# The review ----------------------------------------------------------------------------------------


def test_closing_passes_the_answer_and_tells_the_unit(city, campaign, committed):
    finding = make.finding_at(State.SUBMITTED, city, campaign)
    with committed():
        actions.close(finding, by=city.inspector, note="到位")

    finding.refresh_from_db()
    assert (finding.state, finding.closed_by, finding.closed_at) == (State.CLOSED, city.inspector, finding.reviewed_at)
    assert list(finding.rectifications.values_list("verdict", "reviewed_by", "review_note")) == [
        ("passed", city.inspector.pk, "到位")
    ]
    assert told(city.liaison) == [f"已销号：{finding.number} 河湾路中段，占道经营"]


def test_rework_gives_a_reason_and_a_new_deadline_and_is_counted(city, campaign, committed, clock):
    clock("2026-03-02 09:00")
    finding = make.finding_at(State.SUBMITTED, city, campaign)

    with pytest.raises(Refused, match="请写明返工的理由"):
        actions.rework(finding, by=city.inspector, reason=" ", due_at=at("2026-03-06 18:00"))
    with committed():
        actions.rework(finding, by=city.inspector, reason="仍有占道", due_at=at("2026-03-06 18:00"))
    actions.answer(finding, by=city.liaison, measure="再次清理", photos=[make.photo()])

    assert (finding.state, finding.rework_times, finding.due_at) == (State.SUBMITTED, 1, at("2026-03-06 18:00"))
    assert list(finding.rectifications.values_list("attempt", "verdict")) == [(1, "rework"), (2, "open")]
    assert told(city.liaison) == [f"返工：{finding.number} 河湾路中段，占道经营，新的期限 2026-03-06 18:00"]


def test_what_comes_back_is_dispatched_anew(city, campaign, committed):
    finding = make.finding_at(State.CLOSED, city, campaign)

    with pytest.raises(Refused, match="请至少上传一张反弹现场的照片"):
        actions.reopen(finding, by=city.inspector, photos=[])
    with committed():
        actions.reopen(finding, by=city.inspector, photos=[make.photo()], note="又出现")
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.police)

    finding.refresh_from_db()
    assert (finding.state, finding.lead_unit, finding.reopened_times) == (State.DISPATCHED, city.police, 1)
    assert (finding.closed_at, finding.answered_at, finding.measure) == (None, None, "")
    assert told(city.coordinator) == [f"反弹：{finding.number} 河湾路中段，占道经营"]


def test_what_came_back_is_told_once_however_often_it_is_sent(city, campaign):
    finding = make.finding_at(State.CLOSED, city, campaign)
    shots = [make.photo(colour="navy"), make.photo(colour="teal")]
    actions.reopen(finding, by=city.inspector, photos=shots)

    actions.reopen(finding, by=city.inspector, photos=shots)

    assert (finding.reopened_times, finding.photos.filter(phase="reopened").count()) == (1, 2)
    for by, photos in ((city.inspector, [make.photo(colour="gold")]), (city.coordinator, shots)):
        with pytest.raises(Refused):
            actions.reopen(finding, by=by, photos=photos)


def test_the_second_of_two_people_is_told(city, campaign):
    finding = make.finding_at(State.SUBMITTED, city, campaign)
    same = Finding.objects.get(pk=finding.pk)
    actions.close(finding, by=city.inspector)

    with pytest.raises(Refused, match="别人刚刚办理了这条记录"):
        actions.rework(same, by=city.coordinator, reason="不行", due_at=timezone.now() + timedelta(days=1))

    finding.refresh_from_db()
    assert (finding.state, finding.rework_times, finding.rectifications.get().verdict) == (State.CLOSED, 0, "passed")


def test_every_event_keeps_the_deadline_of_its_moment(city, campaign, clock):
    clock("2026-03-02 09:00")
    finding = make.finding_at(State.SUBMITTED, city, campaign, severity="B")
    actions.rework(finding, by=city.inspector, reason="仍有占道", due_at=at("2026-03-09 18:00"))

    assert list(finding.events.values_list("move", "due_at")) == [
        ("report", None),
        ("dispatch", at("2026-03-05 18:00")),
        ("acknowledge", at("2026-03-05 18:00")),
        ("answer", at("2026-03-05 18:00")),
        ("rework", at("2026-03-09 18:00")),
    ]
