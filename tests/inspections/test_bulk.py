"""Many findings at once: shown before with what will be refused, each by its own action, each unit told once."""

from datetime import date, datetime, timedelta
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cityinit.celery import app
from cityinit.queue import run_job
from cityinit.workflow import Refused
from inspections.actions import bulk as actions
from inspections.actions import findings as finding_actions
from inspections.models import DispatchRule, Extension, Finding, FindingBatch, FindingEvent
from inspections.views import finding_selection
from tests.at_once import at_once
from tests.factories import findings as make
from tests.factories import materials, people, tasks
from units.models import Notice, Post

State, Act = Finding.State, FindingBatch.Act
LIST = reverse("inspections:findings")
DISPATCH, CLOSE, EXTEND = (reverse(f"inspections:findings_{act}") for act in ("dispatch", "close", "extend"))
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def office(as_, city, campaign):
    return as_(city.coordinator)


@pytest.fixture
def two_are_many(monkeypatch):
    monkeypatch.setattr(actions, "AT_ONCE", 1)
    monkeypatch.setattr(finding_selection, "AT_ONCE", 1)
    monkeypatch.setattr(actions, "CHUNK", 2)


def confirmed(page, **values):
    """What a browser sends from the page in between."""
    chosen, form = page.context["chosen"], page.context["form"]
    chosen_by = {"all": "1"} if chosen.whole else {"finding": chosen.keys}
    drawn = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    return {"apply": "1", "filter": chosen.filter, "seen": chosen.mark, **drawn, **chosen_by, **values}


def state_of(finding):
    return Finding.objects.get(pk=finding.pk).state


def told(user):
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("text", "url"))


def refused(batch):
    return [(row.finding, row.reason) for row in batch.rows.refused()]


# Dispatch ------------------------------------------------------------------------------------------------------


def test_ticked_findings_go_each_to_the_unit_suggested_with_the_reason(office, city, campaign):
    site = make.site(campaign, city.bureau)
    DispatchRule.objects.create(campaign=campaign, category=make.category(campaign, "小广告"), unit=city.police)
    at_site = make.reported(city, campaign, site=site)
    by_rule = make.reported(city, campaign, site=site, category=make.category(campaign, "小广告"), lead_unit=site.unit)
    nowhere = make.reported(city, campaign)
    already = make.finding_at(State.RECTIFYING, city, campaign)
    Notice.objects.all().delete()
    rows = [at_site, by_rule, nowhere, already]

    page = office.post(DISPATCH, {"finding": [row.pk for row in rows], "filter": "state=open"})
    before = [state_of(row) for row in rows]
    answers = [office.post(DISPATCH, confirmed(page, note="从快办理")) for _tap in range(2)]

    batch = FindingBatch.objects.get()
    assert page.context["facts"] == [
        ("选定问题", "4个"),
        ("可以办理", "2个"),
    ]
    assert page.context["refusals"] == [
        ("现在不能交办：它目前是“整改中”。", "1个"),
        ("没有可建议的单位，请单独交办。", "1个"),
    ]
    assert before == [State.REPORTED] * 3 + [State.RECTIFYING]
    assert [answer.headers["Location"] for answer in answers] == [batch.get_absolute_url()] * 2
    assert [
        (row.state, row.lead_unit) for row in Finding.objects.filter(pk__in=[at_site.pk, by_rule.pk]).order_by("pk")
    ] == [
        (State.DISPATCHED, city.bureau),
        (State.DISPATCHED, city.police),
    ]
    assert "按分工：小广告 → 公安局" in by_rule.events.last().note
    assert "从快办理" in by_rule.events.last().note
    assert {reason for _finding, reason in refused(batch)} == {
        "现在不能交办：它目前是“整改中”。",
        "没有可建议的单位，请单独交办。",
    }
    [(text, where)] = told(city.liaison)
    assert (text.startswith(f"交办：{at_site.number} "), where) == (True, at_site.get_absolute_url())
    assert [(line["finding"], str(line["unit"]), line["why"]) for line in page.context["lines"]] == [
        (already, "城管局", ""),
        (nowhere, "没有可建议的单位", ""),
        (by_rule, "公安局", "按分工：小广告 → 公安局"),
        (at_site, "城管局", "该点位由城管局负责"),
    ]
    assert "按分工：小广告 → 公安局" in page.content.decode()
    result = office.get(batch.get_absolute_url())
    assert result.context["facts"] == [
        ("选定问题", "4个"),
        ("办理", "各按建议的单位交办；从快办理"),
        ("办成", "2个"),
        ("没有办", "2个"),
    ]
    assert [n for _reason, n in result.context["reasons"]] == ["1个", "1个"]
    assert nowhere.get_absolute_url() in result.content.decode()


def test_all_go_to_one_unit_and_it_is_told_once(office, city, campaign):
    rows = [make.reported(city, campaign) for _n in range(3)]
    Notice.objects.all().delete()
    page = office.post(DISPATCH, {"finding": [row.pk for row in rows]})

    office.post(DISPATCH, confirmed(page, lead_unit=city.police.pk))

    assert {(row.state, row.lead_unit) for row in Finding.objects.all()} == {(State.DISPATCHED, city.police)}
    assert told(city.other_liaison) == [("公安局有3个新问题待签收", f"{LIST}?state=dispatched&unit={city.police.pk}")]


def test_a_form_that_was_sent_in_another_campaign_is_refused_here(city, campaign):
    finding, key = make.reported(city, campaign), uuid4()
    other = tasks.campaign(city, name="创建国家卫生城市")
    begin = partial(actions.begin, keys=[], act=Act.DISPATCH, by=city.coordinator, back_url="/", client_key=key)
    begin(other)

    with pytest.raises(Refused, match="这张表已在另一个创建活动里提交过，请重新打开页面填写。"):
        begin(campaign, keys=[finding.pk])
    assert state_of(finding) == State.REPORTED


def test_who_helped_before_helps_again(office, city, campaign):
    finding = make.reported(city, campaign)
    finding_actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau, assisting_units=[city.street])
    finding_actions.return_to_office(finding, by=city.liaison, reason="属公安")
    page = office.post(DISPATCH, {"finding": [finding.pk]})

    office.post(DISPATCH, confirmed(page, lead_unit=city.police.pk))

    assert list(Finding.objects.get().assisting_units.all()) == [city.street]
    assert [(line["unit"], line["why"]) for line in page.context["lines"]] == [("没有可建议的单位", "协办：河湾街道")]


@pytest.mark.parametrize("n", [1, 2])
def test_who_helps_is_told_as_after_a_single_dispatch(as_, city, campaign, n):
    findings = [make.reported(city, campaign) for _n in range(n)]
    for finding in findings:
        finding_actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau, assisting_units=[city.street])
        finding_actions.return_to_office(finding, by=city.liaison, reason="属公安")
    Notice.objects.all().delete()
    page = as_(city.coordinator).post(DISPATCH, {"finding": [finding.pk for finding in findings]})

    as_(city.coordinator).post(DISPATCH, confirmed(page, lead_unit=city.police.pk))

    [(text, where)] = told(city.street_liaison)
    if n == 1:
        assert (text, where) == (f"请协办：{findings[0].number} 河湾路中段，占道经营", findings[0].get_absolute_url())
    else:
        assert (text, where) == ("请河湾街道协办2个新问题", f"{LIST}?state=dispatched")
    listed = as_(city.street_liaison).get(f"{LIST}?state=dispatched").context["rows"]
    assert {row["number"] for row in listed} == {finding.number for finding in findings}


# Close and extend ------------------------------------------------------------------------------------------------


def test_closing_leaves_out_what_one_has_answered_oneself(office, city, campaign):
    rows = [make.finding_at(State.SUBMITTED, city, campaign) for _n in range(2)]
    other = make.reported(city, campaign)
    finding_actions.dispatch(other, by=city.coordinator, lead_unit=city.police)
    Post.objects.create(user=city.coordinator, role="liaison", unit=city.bureau, starts_on=people.SINCE)
    finding_actions.acknowledge(other, by=city.other_liaison)
    finding_actions.answer(other, by=city.other_liaison, measure="已清理", photos=[make.photo(colour="olive")])
    Notice.objects.all().delete()

    page = office.post(CLOSE, {"finding": [*(row.pk for row in rows), other.pk]})
    office.post(CLOSE, confirmed(page, note="合格"))

    batch = FindingBatch.objects.get()
    own_unit = "您是整改单位“城管局”的人员，须由其他单位的人复核。"
    assert page.context["facts"] == [("选定问题", "3个"), ("可以办理", "1个")]
    assert page.context["refusals"] == [(own_unit, "2个")]
    assert state_of(other) == State.CLOSED
    assert {reason for _finding, reason in refused(batch)} == {own_unit}
    assert told(city.other_liaison) == [("公安局有1个问题已销号", f"{LIST}?state=closed&unit={city.police.pk}")]


def test_the_units_requests_are_granted_or_all_are_put_off(office, city, campaign):
    asked, silent = (make.finding_at(State.RECTIFYING, city, campaign, severity="C") for _n in range(2))
    until = timezone.localdate(asked.due_at) + timedelta(days=5)
    finding_actions.ask_extension(asked, by=city.liaison, reason="等材料", until=until)
    both = {"finding": [asked.pk, silent.pk]}

    page = office.post(EXTEND, both)
    facts = page.context["facts"]
    office.post(EXTEND, confirmed(page, how="asked"))
    first = FindingBatch.objects.get()
    page = office.post(EXTEND, both)
    faulty = office.post(EXTEND, confirmed(page, how="days", workdays="", note=""))
    office.post(EXTEND, confirmed(page, how="days", workdays="2", note="连续降雨"))

    second = FindingBatch.objects.latest("pk")
    assert facts == [("选定问题", "2个"), ("可以办理", "2个"), ("其中单位已申请延期", "1个")]
    assert refused(first) == [(silent, "单位没有申请延期。")]
    assert (faulty.status_code, set(faulty.context["form"].errors)) == (422, {"workdays", "note"})
    assert (second.done_count, second.said) == (2, "期限各延后2个工作日；连续降雨")
    assert list(Extension.objects.filter(finding=silent).values_list("state", "reason")) == [("granted", "连续降雨")]
    silent.refresh_from_db()
    assert (silent.due_at > silent.first_due_at, silent.events.last().label) == (True, "延期")


def test_time_that_would_be_over_even_then_is_refused(city, campaign, clock):
    now = clock("2026-03-02 09:00")
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    now.shift(timedelta(days=60))

    with pytest.raises(Refused, match="整改期限须晚于现在"):
        finding_actions.extend(finding, by=city.coordinator, workdays=2, note="降雨")


def test_more_time_by_the_office_is_kept_as_an_extension_and_moves_the_warning(city, campaign, clock):
    clock("2026-03-02 09:00")
    finding = make.finding_at(State.RECTIFYING, city, campaign, severity="C")
    warned = finding.warn_at

    finding_actions.extend(finding, by=city.coordinator, workdays=3, note="降雨")

    finding.refresh_from_db()
    # Seven working days from Monday the 2nd, and three more.
    assert finding.due_at == datetime(2026, 3, 16, 18, tzinfo=SHANGHAI)
    assert finding.first_due_at == datetime(2026, 3, 11, 18, tzinfo=SHANGHAI)
    assert finding.warn_at > warned
    assert finding.extensions.get().asked_due == date(2026, 3, 16)


@pytest.mark.parametrize("state", [state for state in State if state not in Finding.UNIT_STATES])
def test_no_time_is_given_where_none_runs(city, campaign, state):
    finding = make.finding_at(state, city, campaign)

    with pytest.raises(Refused, match="没有正在计算的期限可延"):
        finding_actions.extend(finding, by=city.coordinator, workdays=2, note="降雨")


@pytest.mark.parametrize("who", ["inspector", "liaison", "leader"])
def test_only_the_office_puts_off(city, campaign, who):
    finding = make.finding_at(State.RECTIFYING, city, campaign)

    with pytest.raises(Refused, match="没有“批准延期”的权限"):
        finding_actions.extend(finding, by=getattr(city, who), workdays=2, note="降雨")


def test_a_request_that_waits_is_answered_first(city, campaign):
    finding = make.finding_at(State.RECTIFYING, city, campaign)
    until = timezone.localdate(finding.due_at) + timedelta(days=5)
    finding_actions.ask_extension(finding, by=city.liaison, reason="等材料", until=until)

    with pytest.raises(Refused, match="单位已申请延期，请先审批它的申请"):
        finding_actions.extend(finding, by=city.coordinator, workdays=2, note="降雨")


# All that a filter finds -------------------------------------------------------------------------------------------


def test_what_a_filter_finds_is_done_by_a_job_and_the_sender_told(office, city, campaign, work, two_are_many):
    rows = [make.reported(city, campaign, place="河湾路") for _n in range(3)]
    elsewhere = make.reported(city, campaign, place="柳荫路")
    Notice.objects.all().delete()

    page = office.post(DISPATCH, {"all": "1", "filter": "q=河湾路"})
    answer = office.post(DISPATCH, confirmed(page, lead_unit=city.bureau.pk))
    batch = FindingBatch.objects.get()
    waiting = office.get(batch.get_absolute_url())
    [job] = work()
    done = office.get(batch.get_absolute_url())

    assert answer.headers["Location"] == batch.get_absolute_url()
    assert (waiting.context["job"], job.state) == (batch.job, "done")
    assert {state_of(row) for row in rows} == {State.DISPATCHED}
    assert state_of(elsewhere) == State.REPORTED
    assert done.context["facts"][-2:] == [("办成", "3个"), ("没有办", "0个")]
    assert told(city.liaison) == [("城管局有3个新问题待签收", f"{LIST}?state=dispatched&unit={city.bureau.pk}")]
    assert told(city.coordinator) == [("交办3个问题：已全部办成", batch.get_absolute_url())]


def test_a_filter_that_finds_others_by_now_is_shown_again(office, city, campaign):
    make.reported(city, campaign)
    page = office.post(DISPATCH, {"all": "1", "filter": "state=reported"})
    make.reported(city, campaign)

    answer = office.post(DISPATCH, confirmed(page, lead_unit=city.bureau.pk))

    assert (answer.status_code, FindingBatch.objects.count()) == (422, 0)
    assert "现在是2个，还没有办理" in answer.content.decode()


def test_a_filter_that_cannot_be_read_chooses_nothing(office, city, campaign):
    make.reported(city, campaign)

    answer = office.post(DISPATCH, {"all": "1", "filter": "unit=999999"}, HTTP_HX_REQUEST="true")

    assert (answer.status_code, FindingBatch.objects.count()) == (409, 0)


def test_nothing_ticked_is_said_so(office):
    answer = office.post(DISPATCH, {"filter": "state=open"}, follow=True)

    assert [str(message) for message in answer.context["messages"]] == ["请先勾选问题。"]
    assert answer.redirect_chain == [(f"{LIST}?state=open", 302)]


def test_only_the_office_is_offered_the_buttons(as_, city, campaign):
    make.finding_at(State.SUBMITTED, city, campaign)

    offered = {
        who: len(as_(getattr(city, who)).get(LIST).context["bulk"]) for who in ("coordinator", "inspector", "liaison")
    }

    assert offered == {"coordinator": 3, "inspector": 0, "liaison": 0}
    assert as_(city.inspector).post(CLOSE, {"finding": ["1"]}).status_code == 403


def test_who_loses_the_post_has_the_rest_refused(city, campaign, work, two_are_many):
    rows = [make.reported(city, campaign) for _n in range(2)]
    batch = actions.begin(
        campaign, [row.pk for row in rows], act=Act.DISPATCH, by=city.coordinator, back_url=LIST, lead_unit=city.bureau
    )
    city.coordinator.posts.update(ends_on=date(2024, 1, 2))

    work()

    batch.refresh_from_db()
    assert (batch.done_count, batch.refused_count) == (0, 2)
    assert {state_of(row) for row in rows} == {State.REPORTED}


@pytest.mark.django_db(transaction=True)
def test_two_batches_of_the_same_findings_at_once_move_each_once(monkeypatch):
    monkeypatch.setattr(actions, "AT_ONCE", 1)
    app.loader.import_default_modules()
    here = people.city()
    campaign = tasks.campaign(here)
    keys = [make.reported(here, campaign).pk for _n in range(4)]
    both = [
        actions.begin(campaign, order, act=Act.DISPATCH, by=by, back_url=LIST, lead_unit=unit)
        for order, by, unit in (
            (keys, here.coordinator, here.bureau),
            (keys[::-1], materials.second_coordinator(here), here.police),
        )
    ]

    # Each job is waked twice, as by a message that is delivered again.
    at_once(*(partial(run_job, batch.job_id) for batch in (*both, *both)))

    assert FindingEvent.objects.filter(move="dispatch").count() == 4
    assert (
        sorted(sum(((row.outcome,) for batch in both for row in batch.rows.all()), ()))
        == ["done"] * 4 + ["refused"] * 4
    )


@pytest.mark.django_db(transaction=True)
def test_the_same_form_twice_at_once_is_one_batch():
    here = people.city()
    campaign = tasks.campaign(here)
    finding = make.reported(here, campaign)
    key = "0b0e7f0e-0f0f-4c4c-8a8a-000000000001"
    send = partial(
        actions.begin,
        campaign,
        [finding.pk],
        act=Act.DISPATCH,
        by=here.coordinator,
        back_url=LIST,
        client_key=key,
        lead_unit=here.bureau,
    )

    refused_at_once = at_once(send, send)

    assert (refused_at_once, FindingBatch.objects.count()) == ([None, None], 1)
    assert FindingEvent.objects.filter(move="dispatch").count() == 1


@pytest.mark.parametrize("n", [1, 3])
def test_the_page_between_takes_as_many_queries_for_three_as_for_one(office, city, campaign, n):
    site = make.site(campaign, city.bureau)
    keys = [make.reported(city, campaign, site=site).pk for _n in range(n)]
    office.post(DISPATCH, {"finding": keys})

    with CaptureQueriesContext(connection) as queries:
        office.post(DISPATCH, {"finding": keys})

    assert len(queries) == 10
