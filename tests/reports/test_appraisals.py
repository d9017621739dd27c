"""Appraisals as people make them: rules by version, a frozen result, publishing, objections and their answers."""

from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from campaigns.models import Reward
from cityinit.models import AuditEvent
from cityinit.periods import Period
from cityinit.queue import run_job
from cityinit.sent import Stale
from cityinit.workflow import Refused
from reports.appraisals import actions, rule_sets
from reports.appraisals.rankings import ranking_of
from reports.circulars import collect
from reports.models import Appraisal, AppraisalResult, AppraisalSheet, Objection, RuleSet
from tests.factories import appraisals, people
from tests.factories.reports import told_campaign
from units.models import Notice, Unit

TODAY = timezone.localdate


@pytest.fixture
def campaign(city):
    Unit.objects.filter(pk__in=[city.bureau.pk, city.police.pk]).update(appraisal_group="执法组")
    return told_campaign(city)


@pytest.fixture
def off(city, campaign):
    """城管局 lost 2 and 3 points by hand, 公安局 none."""
    return [appraisals.points_off(campaign, city.bureau, points) for points in (2, 3)]


def reason(thing):
    with pytest.raises(Refused) as refused:
        thing()
    return refused.value.reason


# Rules ------------------------------------------------------------------------------------------------


def test_rules_in_use_are_frozen_and_their_revision_replaces_them(city, campaign):
    first = appraisals.rules(campaign, city)
    rule = first.rules.get()

    assert reason(lambda: rule_sets.change_rule(rule, by=city.coordinator, points=9)) == (
        "“单位考核（第1版）”目前是“使用中”，不能再改。要改请点“修订”。"
    )
    second = rule_sets.revise(first, by=city.coordinator)
    assert rule_sets.revise(first, by=city.coordinator) == second
    rule_sets.change_rule(second.rules.get(), by=city.coordinator, points=9)
    rule_sets.adopt(second, by=city.coordinator)

    told = list(RuleSet.objects.order_by("version").values_list("version", "state", "rules__points"))
    assert told == [(1, "retired", 1), (2, "in_use", 9)]


def test_rules_of_our_own_are_a_draft_that_can_be_adopted(city, campaign):
    made = rule_sets.add_rule_set(campaign, by=city.coordinator, name="参考", preset="usual")
    rule_sets.adopt(made, by=city.coordinator)

    assert (made.state, made.rules.count()) == ("in_use", 20)


def test_rules_that_cannot_stand_are_refused(city, campaign):
    draft = appraisals.rules(campaign, city, adopt=False)
    empty = rule_sets.add_rule_set(campaign, by=city.coordinator, name="空的")
    rule = draft.rules.get()

    assert reason(lambda: rule_sets.add_rule(draft, by=city.coordinator, kind="rate", points=1)) == (
        "这类规则需要填写这一项。"
    )
    assert reason(lambda: rule_sets.adopt(empty, by=city.coordinator)) == "细则里还没有计分的规则，不能启用。"
    assert reason(lambda: rule_sets.add_rule_set(campaign, by=city.coordinator, name="空的")) == (
        "已经有叫“空的”的细则，请在它的页面上修订。"
    )
    assert reason(lambda: rule_sets.add_rule_set(campaign, by=city.leader, name="领导的")) == (
        "您的岗位没有这项权限。如工作需要，请联系系统管理员调整岗位。"
    )
    with pytest.raises(Stale):
        rule_sets.change_rule(rule, by=city.coordinator, seen="another", points=3)


def test_a_rule_keeps_nothing_that_its_kind_does_not_ask(city, campaign):
    draft = appraisals.rules(campaign, city, adopt=False)

    made = rule_sets.add_rule(
        draft, by=city.coordinator, kind="rework", points=1, threshold=80, step=2, severity="A", rank="city"
    )

    assert (made.threshold, made.step, made.severity, made.rank) == (None, None, "", "")


# Working out and publishing ---------------------------------------------------------------------------


def test_a_published_result_stays_what_it_was_and_says_why(city, campaign, off):
    made = appraisals.published(campaign, city)

    keys = [f"reward:{row.pk}" for row in off]
    Reward.objects.all().delete()
    sheet = appraisals.sheet(made, city.bureau)

    assert (sheet.total, sheet.place, sheet.ranked) == (95, 2, 2)
    assert [(line["said"], line["points"], line["n"]) for line in sheet.lines] == [
        ("按奖惩台账扣分，台账每1分扣1分", "5", 2)
    ]
    told = [(row["key"], row["points"]) for row in sheet.lines[0]["occurrences"]]
    assert told == [(keys[0], "2"), (keys[1], "3")]
    assert actions.is_untouched(sheet.result)
    AppraisalSheet.objects.filter(pk=sheet.pk).update(total=99)
    assert not actions.is_untouched(appraisals.result(made))


def test_publishing_is_told_to_the_units_and_to_the_trail(city, campaign, off, django_capture_on_commit_callbacks):
    made = appraisals.worked_out(campaign, city)

    with django_capture_on_commit_callbacks(execute=True):
        actions.publish(appraisals.result(made), by=city.coordinator, objections_until=TODAY())

    told = Notice.objects.filter(text__contains="2025年上半年考核的结果已公布").values_list("user", flat=True)
    assert {city.liaison.pk, city.other_liaison.pk, city.street_liaison.pk} == set(told)
    assert AuditEvent.objects.filter(action="公布考核结果").count() == 1


def test_working_out_anew_puts_the_draft_aside_and_leaves_what_is_published(city, campaign, off):
    made = appraisals.published(campaign, city)
    appraisals.points_off(campaign, city.bureau, 10)

    appraisals.anew(made, city)
    appraisals.anew(made, city)
    states = list(made.results.order_by("number").values_list("number", "state"))
    actions.publish(appraisals.result(made), by=city.coordinator, objections_until=TODAY())

    assert states == [(1, "published"), (2, "replaced"), (3, "worked_out")]
    assert list(made.results.order_by("number").values_list("state", flat=True)) == [
        "replaced",
        "replaced",
        "published",
    ]
    assert [appraisals.sheet(made, city.bureau, number).total for number in (1, 3)] == [95, 85]


def test_a_job_done_twice_keeps_one_result(city, campaign):
    made = appraisals.worked_out(campaign, city)

    again = actions.request_working_out(made, by=city.coordinator)
    run_job(again.pk)
    run_job(again.pk)

    assert made.results.count() == 2


def test_what_cannot_be_appraised_or_published_is_refused(city, campaign, clock):
    found = appraisals.rules(campaign, city)
    draft = rule_sets.revise(found, by=city.coordinator)
    year = Period.year(2025)
    clock("2025-03-01 09:00")

    def begin(rules, period, by=city.coordinator):
        return lambda: actions.begin_appraisal(rules, period, by=by)

    assert reason(begin(draft, year)) == "“单位考核（第2版）”没有在使用，请先启用。"
    assert reason(begin(found, Period.year(2023))) == "这个时段不在创建活动的起止时间之内，请换一个时段。"
    assert reason(begin(found, Period.half_year(2025, 2))) == "这个时段还没有过完一天，没有可以考核的记录。"
    assert reason(begin(found, year, by=city.liaison)) == (
        "您的岗位没有这项权限。如工作需要，请联系系统管理员调整岗位。"
    )
    made = appraisals.worked_out(campaign, city, of=found, period=year)
    early = appraisals.result(made)
    assert early.as_of == date(2025, 2, 28)
    assert reason(lambda: actions.publish(early, by=city.coordinator, objections_until=TODAY())) == (
        "这一版只算到2025年2月28日，不是时段的最后一天。请在时段结束后重新计算再公布。"
    )
    assert reason(
        lambda: actions.publish(early, by=city.coordinator, objections_until=TODAY() - timedelta(days=1))
    ) == ("申诉截止日期应在今天到2025年4月30日之间。")


def test_an_exempt_unit_has_no_sheet(city, campaign, off):
    made = appraisals.published(campaign, city, exempt=[city.police])

    assert not AppraisalSheet.objects.filter(unit=city.police).exists()
    assert appraisals.sheet(made, city.bureau).ranked == 1


# Objections -------------------------------------------------------------------------------------------


def test_an_objection_that_is_upheld_gives_the_points_back_in_the_next_version(city, campaign, off):
    made = appraisals.published(campaign, city)
    first, second = (f"reward:{row.pk}" for row in off)

    raised = appraisals.objection(made, city, keys=[second])
    actions.answer(raised, "uphold", by=city.coordinator, answer="经核实，不是本单位")
    standing = appraisals.sheet(made, city.bureau, 1)
    before = actions.waiting_to_be_worked_in(made, standing.result)
    after = appraisals.anew(made, city)

    assert (standing.total, before, actions.waiting_to_be_worked_in(made, after)) == (95, 1, 0)
    line = appraisals.sheet(made, city.bureau).lines[0]
    assert (line["points"], line["n"]) == ("2", 1)
    assert {row["key"]: row["struck"] for row in line["occurrences"]} == {first: "", second: "经核实，不是本单位"}
    assert appraisals.sheet(made, city.bureau).total == 98


def test_an_objection_to_the_whole_line_takes_it_off(city, campaign, off):
    made = appraisals.published(campaign, city)

    raised = appraisals.objection(made, city)
    actions.answer(raised, "uphold", by=city.coordinator, answer="全部更正")
    appraisals.anew(made, city)

    assert appraisals.sheet(made, city.bureau).total == 100


def test_a_dismissed_objection_changes_nothing_and_is_told(city, campaign, off, django_capture_on_commit_callbacks):
    made = appraisals.published(campaign, city)
    raised = appraisals.objection(made, city)

    with django_capture_on_commit_callbacks(execute=True):
        actions.answer(raised, "dismiss", by=city.coordinator, answer="记录属实")
    appraisals.anew(made, city)

    assert Notice.objects.get(user=city.liaison).text == "您对2025年上半年考核的申诉不成立：记录属实"
    assert appraisals.sheet(made, city.bureau).total == 95
    assert reason(lambda: actions.answer(raised, "uphold", by=city.coordinator, answer="又成立")) == (
        "现在不能申诉成立：它目前是“不成立”。"
    )


def test_who_may_object_to_what_and_until_when(city, campaign, off, clock):
    made = appraisals.published(campaign, city)
    key = uuid4()

    def raise_by(by, **values):
        return lambda: appraisals.objection(made, city, by=by, **values)

    assert reason(raise_by(city.other_liaison)).startswith("您的岗位没有这项权限")
    assert reason(raise_by(city.coordinator)).startswith("您的岗位没有这项权限")
    assert reason(raise_by(city.liaison, keys=["reward:0"])) == "勾选的记录不在这一项里，请重新勾选。"
    assert reason(raise_by(city.liaison, text=" ")) == "请写明申诉理由。"
    first = appraisals.objection(made, city, client_key=key)
    assert appraisals.objection(made, city, client_key=key) == first
    assert reason(raise_by(city.liaison)) == "这一项已有申诉在等答复。"
    assert Objection.objects.count() == 1
    actions.answer(first, "dismiss", by=city.coordinator, answer="属实")
    clock(f"{TODAY() + timedelta(days=1)} 08:00")
    assert reason(raise_by(city.liaison)) == "申诉期已过，或结果已有新版，不能再申诉。"


# Pages ------------------------------------------------------------------------------------------------


def test_a_unit_sees_its_own_sheet_and_place_and_nobody_elses_points(city, campaign, off, as_):
    made = appraisals.published(campaign, city)
    browser = as_(city.liaison)

    page = browser.get(f"/reports/appraisals/{made.pk}/").content.decode()
    own = browser.get(f"/reports/appraisals/sheets/{appraisals.sheet(made, city.bureau).pk}/")
    other = browser.get(f"/reports/appraisals/sheets/{appraisals.sheet(made, city.police).pk}/")

    assert ("城管局" in page, "第2名，共2个单位" in page, "公安局" in page) == (True, True, False)
    assert (own.status_code, other.status_code) == (200, 404)


def test_before_it_is_published_only_the_office_and_leaders_see_anything(city, campaign, off, as_):
    made = appraisals.worked_out(campaign, city)
    sheet = appraisals.sheet(made, city.bureau)

    def seen_by(person):
        browser = as_(person)
        return [browser.get(url).status_code for url in (made.get_absolute_url(), sheet.get_absolute_url())]

    assert (seen_by(city.coordinator), seen_by(city.liaison)) == ([200, 200], [404, 404])


def test_from_the_rules_to_the_answer_through_the_pages(city, campaign, off, as_, work):
    office = as_(city.coordinator)
    office.post("/reports/appraisals/rules/new/", {"name": "月度", "base": "100", "least": "0", "preset": ""})
    rules = RuleSet.objects.get()
    bad = office.post(f"/reports/appraisals/rules/{rules.pk}/new/", {"kind": "rate", "points": "1", "is_on": "on"})
    assert (bad.status_code, "这类规则需要填写这一项。" in bad.content.decode()) == (422, True)
    office.post(f"/reports/appraisals/rules/{rules.pk}/new/", {"kind": "deduction", "points": "1", "is_on": "on"})
    office.post(f"/reports/appraisals/rules/{rules.pk}/adopt/", {"seen_state": "draft"})
    office.post("/reports/appraisals/new/", {"rule_set": rules.pk, "period": "2025-01-01/2025-06-30"})
    work()
    made = Appraisal.objects.get()
    office.post(f"/reports/appraisals/{made.pk}/1/publish/", {"objections_until": str(TODAY())})
    sheet = appraisals.sheet(made, city.bureau)
    line = sheet.lines[0]["rule"]

    unit = as_(city.liaison)
    empty = unit.post(f"/reports/appraisals/sheets/{sheet.pk}/{line}/object/", {"text": ""})
    key = sheet.lines[0]["occurrences"][0]["key"]
    unit.post(f"/reports/appraisals/sheets/{sheet.pk}/{line}/object/", {"text": "不属实", "keys": [key]})
    raised = Objection.objects.get()
    refused = unit.post(f"/reports/appraisals/objections/{raised.pk}/uphold/", {"answer": "自己同意"})
    as_(city.coordinator).post(f"/reports/appraisals/objections/{raised.pk}/dismiss/", {"answer": "属实"})

    raised.refresh_from_db()
    assert (empty.status_code, refused.status_code) == (422, 403)
    assert (raised.keys, raised.state, raised.answer) == ([key], "dismissed", "属实")


def test_the_sheet_of_excel_holds_the_ranking_and_every_record_with_numbers_as_numbers(city, campaign, off, as_):
    made = appraisals.published(campaign, city)

    given = as_(city.coordinator).get(f"/reports/appraisals/{made.pk}/1/export/")
    book = load_workbook(BytesIO(b"".join(given.streaming_content)))

    assert book.sheetnames == ["排名", "扣分加分", "依据的记录"]
    ranking = [row[:7] for row in book["排名"].iter_rows(min_row=2, values_only=True) if row[0] == "执法组"]
    assert ranking == [("执法组", 1, "公安局", 100, 100, 0, 0), ("执法组", 2, "城管局", 95, 100, 5, 0)]
    records = [(row[0], row[4]) for row in book["依据的记录"].iter_rows(min_row=2, values_only=True)]
    assert records == [("城管局", 2), ("城管局", 3)]


@pytest.mark.once
def test_the_pages_ask_as_often_for_many_units_as_for_few(city, campaign, off, as_, django_assert_num_queries):
    made = appraisals.published(campaign, city)
    for place in range(5):
        people.unit(f"局{place}", parent=city.host, appraisal_group="执法组")
    more = appraisals.published(campaign, city, of=made.rule_set, period=Period.quarter(2025, 1))
    browser = as_(city.coordinator)

    for appraisal in (made, more):
        with django_assert_num_queries(8):
            browser.get(f"/reports/appraisals/{appraisal.pk}/")
    for unit in (city.bureau, city.police):
        with django_assert_num_queries(7):
            browser.get(appraisals.sheet(made, unit).get_absolute_url())


# For the circular -------------------------------------------------------------------------------------


def test_the_ranking_for_a_circular_is_that_of_the_published_appraisal_in_its_period(city, campaign, off):
    appraisals.published(campaign, city)
    Unit.objects.filter(pk=city.street.pk).update(appraisal_group="街道组")

    groups = ranking_of(campaign, appraisals.FIRST_HALF)

    assert groups is not None
    assert groups.title == "2025年上半年考核"
    assert [(group.name, [(row.place, row.name, row.total) for row in group.rows]) for group in groups.groups] == [
        ("执法组", [(1, "公安局", "100"), (2, "城管局", "95")])
    ]
    assert ranking_of(campaign, Period.quarter(2025, 3)) is None


def test_a_circular_of_the_days_annexes_the_ranking(city, campaign, off):
    appraisals.published(campaign, city)

    tables = collect(campaign, appraisals.FIRST_HALF, on=date(2025, 7, 5)).facts["tables"]

    [ranking] = [table for table in tables if table["title"] == "2025年上半年考核排名"]
    assert [row[:4] for row in ranking["rows"] if row[0] == "执法组"] == [
        ["执法组", 1, "公安局", "100"],
        ["执法组", 2, "城管局", "95"],
    ]


def test_two_who_publish_at_once_publish_one(transactional_db):
    from tests.at_once import at_once

    city = people.city()
    campaign = told_campaign(city)
    made = appraisals.worked_out(campaign, city)
    results = [appraisals.result(made), appraisals.result(made)]

    def publish(result):
        return lambda: actions.publish(result, by=city.coordinator, objections_until=TODAY())

    refused = at_once(*map(publish, results))

    assert sorted(why is None for why in refused) == [False, True]
    assert AppraisalResult.objects.filter(state="published").count() == 1


def test_an_objection_sent_twice_at_once_is_one(transactional_db):
    from tests.at_once import at_once

    city = people.city()
    campaign = told_campaign(city)
    appraisals.points_off(campaign, city.bureau)
    made = appraisals.published(campaign, city)
    key = uuid4()

    def send():
        appraisals.objection(made, city, client_key=key)

    assert at_once(send, send).count(None) >= 1
    assert Objection.objects.count() == 1
