"""The tallies that the overview adds up, held against a count in Python, whichever way the findings were changed."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.utils import timezone

from cityinit.models import AuditEvent
from cityinit.queue import enqueue, run_job
from cityinit.workflow import Refused
from inspections import tallies
from inspections.actions import findings as actions
from inspections.actions.tallies import check_tallies
from inspections.importers import load_workbook
from inspections.models import Finding, FindingTally
from tests.factories import findings as make
from tests.factories import ledgers, tasks
from tests.factories.workbooks import book
from units.actions.directory import merge_unit
from units.models import Notice

State = Finding.State
SHANGHAI = ZoneInfo("Asia/Shanghai")


def counted():
    """What a patient person would count, row by row."""
    found = Counter()
    for one in Finding.objects.all():
        month = one.found_on.year * 100 + one.found_on.month
        found[one.campaign_id, "whole", 0, month, one.state] += 1
        found[one.campaign_id, "unit", one.lead_unit_id or 0, month, one.state] += 1
        found[one.campaign_id, "category", one.category_id, month, one.state] += 1
        found[one.campaign_id, "site", one.site_id or 0, 0, one.state] += 1
        if one.state in Finding.DONE_STATES:
            closed = one.closed_at.astimezone(SHANGHAI)
            found[one.campaign_id, "closed", 0, closed.year * 100 + closed.month, one.state] += 1
    return found


def tallied():
    sums = Counter()
    for *alike, n in FindingTally.objects.values_list(*FindingTally.ALIKE, "n"):
        sums[tuple(alike)] += n
    return Counter({alike: n for alike, n in sums.items() if n})


def test_every_state_is_counted_as_moves_lead_to_it(city, campaign):
    for state in State:
        make.finding_at(state, city, campaign)

        assert tallied() == counted(), state


def test_a_merge_of_units_takes_the_open_ones_along(city, campaign):
    make.finding_at(State.RECTIFYING, city, campaign)
    make.finding_at(State.CLOSED, city, campaign)

    merge_unit(city.bureau, into=city.police, by=city.coordinator)

    assert tallied() == counted()
    led = FindingTally.objects.filter(about="unit", whose=city.police.pk, state=State.RECTIFYING)
    assert [row.n for row in led] == [1]


def test_what_another_unit_is_given_is_counted_there(city, campaign):
    finding = make.finding_at(State.RETURNED, city, campaign)

    actions.dispatch(finding, by=city.coordinator, lead_unit=city.police)

    assert tallied() == counted()


def test_ledgers_and_workbooks_are_counted_with_their_corrections(city, campaign):
    make.category(campaign)
    make.site(campaign, city.bureau)
    ledgers.loaded(campaign, city, ledgers.ledger())
    assert (Finding.objects.exists(), tallied()) == (True, counted())
    row = {"编号": "W1", "点位": "河湾农贸市场", "类别": "占道经营", "问题描述": "摊位外溢", "发现日期": "2025-03-02"}
    site = {"编号": "S001", "名称": "河湾农贸市场", "类型": "农贸市场", "责任单位": "城管局"}
    open_one = {**row, "责任单位": "城管局", "状态": "整改中"}
    load_workbook(book(点位=[site], 问题=[open_one]))
    assert tallied() == counted()

    loaded = load_workbook(book(点位=[site], 问题=[{**open_one, "发现日期": "2025-04-02"}]))

    assert (loaded.faults, tallied()) == ([], counted())
    assert list(FindingTally.objects.filter(about="whole", month=202504).values_list("n", flat=True)) == [1]


def test_whatever_is_done_in_whatever_order_the_sums_are_those_of_the_rows(city, campaign):
    chance = Random(20260701)
    # What takes a finding back ends it: seldom, or the walk would soon stand still.
    steps = [name for name in make.STEPS for _weight in range(1 if name in ("void", "reject", "mark_duplicate") else 6)]
    for _step in range(60):
        step = chance.choice([None] * 12 + steps)
        if step is None:
            make.reported(city, campaign, category=make.category(campaign, chance.choice(["占道经营", "乱停车"])))
            continue
        for finding in chance.sample(list(Finding.objects.order_by("pk")), Finding.objects.count()):
            # A move that the state does not allow leaves nothing behind.
            with suppress(Refused), transaction.atomic():
                make.STEPS[step](finding, city)
                break
        if not chance.randrange(10):
            tallies.fold()

    assert tallied() == counted()
    assert len({state for *_alike, state in tallied()}) > 6


def test_what_goes_past_the_actions_is_counted_too(city, campaign):
    """Rows that a query set writes, changes or deletes; and a closing is of the month that it is in Shanghai."""
    other = tasks.campaign(city, name="清水市创建国家卫生城市")
    where = {"campaign": campaign, "category": make.category(campaign), "found_on": "2025-06-30"}
    Finding.objects.bulk_create(Finding(number=f"N{n}", lead_unit=city.bureau, **where) for n in range(5))
    late = datetime(2025, 6, 30, 16, 30, tzinfo=UTC)
    Finding.objects.filter(number="N1").update(state=State.CLOSED, closed_at=late)
    Finding.objects.filter(number="N2").update(campaign=other, category=make.category(other), found_on="2025-07-01")
    Finding.objects.filter(number="N3").delete()

    assert tallied() == counted()
    assert list(FindingTally.objects.filter(about="closed").values_list("month", "n")) == [(202507, 1)]


def test_a_change_of_anything_else_writes_nothing(city, campaign):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    before = FindingTally.objects.count()

    Finding.objects.filter(pk=finding.pk).update(warn_at=timezone.now(), measure="已清理", due_at=timezone.now())

    assert FindingTally.objects.count() == before


def test_folding_leaves_one_row_a_number_and_the_same_sums(city, campaign):
    for state in (State.CLOSED, State.REWORK, State.VOID):
        make.finding_at(state, city, campaign)
    before = tallied()

    went = tallies.fold()

    assert went > 0
    assert tallied() == before
    assert FindingTally.objects.count() == len(before)
    assert tallies.fold() == 0


def test_the_nightly_check_puts_right_what_differs_and_says_so_once(city, campaign, django_capture_on_commit_callbacks):
    make.finding_at(State.CLOSED, city, campaign)
    FindingTally.objects.filter(about="unit").delete()
    FindingTally.objects.filter(about="whole", state=State.CLOSED).update(n=3)

    with django_capture_on_commit_callbacks(execute=True):
        wrong = check_tallies()

    assert wrong == 2
    assert tallied() == counted()
    event = AuditEvent.objects.filter(action="更正总览计数").get()
    assert (event.actor_name, event.detail) == ("系统", {"全部": 1, "责任单位": 1})
    told = Notice.objects.filter(user=city.administrator).values_list("text", flat=True)
    assert list(told) == ["总览的问题计数与逐条统计有2处不一致，已更正，详见审计日志。"]
    assert check_tallies() == 0
    assert AuditEvent.objects.filter(action="更正总览计数").count() == 1


def test_the_timetable_checks_by_night(city, campaign):
    make.finding_at(State.REPORTED, city, campaign)
    job = enqueue("inspections.jobs.check_tallies")

    run_job(job.pk)

    job.refresh_from_db()
    assert (job.state, FindingTally.objects.count()) == ("done", len(counted()))


def test_where_a_trigger_is_missing_a_migration_puts_it_back_and_counts_anew(city, campaign):
    make.finding_at(State.REPORTED, city, campaign)
    on = f" on {tallies.FINDINGS}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"drop trigger {tallies.TRIGGERS[0]}{on}")
    make.finding_at(State.REPORTED, city, campaign)
    assert tallied() != counted()

    tallies.keep_counting()

    assert tallied() == counted()
    make.finding_at(State.REPORTED, city, campaign)
    assert tallied() == counted()


@pytest.mark.parametrize("month", ["2025-12-31", "2026-01-01"])
def test_a_month_is_that_of_the_day_it_was_found(city, campaign, month):
    Finding.objects.create(campaign=campaign, number="N1", found_on=month, category=make.category(campaign))

    assert set(FindingTally.objects.filter(about="whole").values_list("month", flat=True)) == {
        int(month.replace("-", "")[:6])
    }
