"""回头看: what was closed is looked at again, by its days or by lot; what has come back is counted and listed."""

from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cityinit.models import AuditEvent
from cityinit.periods import Period
from cityinit.workflow import Refused
from inspections import draws, figures
from inspections.actions import findings as finding_actions
from inspections.actions import look_backs as actions
from inspections.models import Finding, LookBack, LookBackList
from tests.at_once import at_once
from tests.factories import findings as make
from tests.factories import materials, people, tasks

State, Result = Finding.State, LookBack.Result
LIST = reverse("inspections:look_backs")


@pytest.fixture
def now(clock):
    return clock("2026-03-02 09:00")


def closed(city, campaign, **values):
    return make.finding_at(State.CLOSED, city, campaign, **values)


def planned(campaign, city, **values):
    days = {"first": date(2026, 3, 2), "last": date(2026, 3, 8)}
    return actions.plan_look_backs(campaign, by=city.coordinator, **days | values)


def looked(finding, by, result=Result.GOOD, **values):
    return actions.look_back(finding, by=by, result=result, photos=[make.photo(colour="navy")], **values)


def numbers(made):
    return [row.finding.number for row in made.rows.all()]


# What is looked at ---------------------------------------------------------------------------------------------------


def test_all_that_was_closed_on_the_days_is_listed_once(city, campaign, now):
    first = closed(city, campaign)
    now.shift(timedelta(days=6))
    second = closed(city, campaign)
    make.finding_at(State.SUBMITTED, city, campaign)
    now.shift(timedelta(days=1))
    closed(city, campaign)

    made = planned(campaign, city)
    with pytest.raises(Refused) as again:
        planned(campaign, city)

    assert numbers(made) == [first.number, second.number]
    assert again.value.reason == "这些天里没有可以回头看的已销号问题。"


def test_a_lot_can_be_drawn_again_from_its_number_and_the_list(city, campaign, now):
    for _n in range(5):
        closed(city, campaign)
    now.shift(timedelta(days=7))

    made = planned(campaign, city, n=2, number="20260316")

    assert numbers(made) == draws.drawn("20260316", [("", made.pool)], 2)
    assert (made.n, len(made.pool)) == (2, 5)
    assert AuditEvent.objects.get(action="安排回头看").detail["drawn"] == numbers(made)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 3, 8), date(2026, 3, 2)),
        (date(2026, 3, 2), date(2026, 3, 3) + timedelta(days=400)),
        (date(2025, 1, 1), date(2026, 3, 1)),
    ],
)
def test_days_that_are_none_are_refused(city, campaign, now, first, last):
    with pytest.raises(Refused, match="销号日期须在今天以前"):
        planned(campaign, city, first=first, last=last)


def test_a_form_that_was_sent_in_another_campaign_is_refused_here(city, campaign, now):
    other = tasks.campaign(city, name="创建国家卫生城市")
    for where in (campaign, other):
        closed(city, where)
    key = uuid4()
    planned(other, city, last=date(2026, 3, 2), client_key=key)

    with pytest.raises(Refused) as refusal:
        planned(campaign, city, last=date(2026, 3, 2), client_key=key)

    assert refusal.value.reason == "这张表已在另一个创建活动里提交过，请重新打开页面填写。"
    assert LookBackList.objects.count() == 1


@pytest.mark.parametrize("who", ["inspector", "liaison", "leader"])
def test_only_the_office_says_what_is_looked_at(city, campaign, now, who):
    closed(city, campaign)

    with pytest.raises(Refused, match="没有安排回头看的权限"):
        actions.plan_look_backs(campaign, by=getattr(city, who), first=date(2026, 3, 2), last=date(2026, 3, 2))


# What is found ---------------------------------------------------------------------------------------------------


def test_what_holds_stays_closed_with_a_photo_and_a_line_in_its_history(city, campaign, now):
    finding = closed(city, campaign)
    planned(campaign, city, last=date(2026, 3, 2))

    looked(finding, city.inspector, note="干净")

    finding.refresh_from_db()
    row = LookBack.objects.get()
    assert (finding.state, row.result, row.done_by) == (State.CLOSED, Result.GOOD, city.inspector)
    assert [photo.phase for photo in finding.photos.all()] == ["before", "after", "look_back"]
    assert (finding.events.last().label, finding.events.last().note) == ("回头看", "保持良好\n干净")


def test_what_has_come_back_is_opened_again(city, campaign, now):
    finding = closed(city, campaign)
    now.shift(timedelta(days=10))

    looked(finding, city.inspector, Result.RECURRED)

    finding.refresh_from_db()
    assert (finding.state, finding.reopened_times) == (State.REOPENED, 1)
    assert [photo.phase for photo in finding.photos.all()] == ["before", "after", "reopened"]
    assert [event.label for event in finding.events.all()][-2:] == ["回头看", "反弹"]


def test_after_ninety_days_it_is_noted_and_the_office_told(city, campaign, now, django_capture_on_commit_callbacks):
    finding = closed(city, campaign)
    now.shift(timedelta(days=91))

    with django_capture_on_commit_callbacks(execute=True):
        looked(finding, city.inspector, Result.RECURRED)

    finding.refresh_from_db()
    assert (finding.state, finding.photos.last().phase) == (State.CLOSED, "look_back")
    assert city.coordinator.notices.filter(text__startswith="回头看发现反弹，但销号已超过90天").count() == 1


@pytest.mark.parametrize("state", [state for state in State if state not in (State.CLOSED, State.CLOSED_ON_SPOT)])
def test_only_what_is_closed_is_looked_back_at(city, campaign, state):
    finding = make.finding_at(state, city, campaign)

    assert actions.look_back_refusal(finding, city.coordinator).startswith("只有已销号的问题可以回头看")


@pytest.mark.parametrize(
    ("who", "may"), [("coordinator", True), ("inspector", True), ("liaison", False), ("leader", False)]
)
def test_inspectors_and_the_office_look_back(city, campaign, who, may):
    assert (actions.look_back_refusal(closed(city, campaign), getattr(city, who)) is None) == may


def test_nobody_of_the_answering_unit_looks_back(city, campaign):
    colleague = people.person("城管督查", "inspector", city.bureau)

    assert actions.look_back_refusal(closed(city, campaign), colleague) == (
        "您是整改单位“城管局”的人员，须由其他单位的人复核。"
    )


def test_without_a_photo_nothing_is_noted(city, campaign):
    finding = closed(city, campaign)

    with pytest.raises(Refused, match="请至少上传一张回头看现场的照片"):
        actions.look_back(finding, by=city.inspector, result=Result.GOOD, photos=[])


@pytest.mark.parametrize(
    ("state", "leave", "why"),
    [
        (State.CLOSED, partial(finding_actions.reopen, photos=[make.photo(colour="navy")]), "反弹"),
        (State.CLOSED_ON_SPOT, partial(finding_actions.reopen, photos=[make.photo(colour="navy")]), "反弹"),
        (State.CLOSED_ON_SPOT, partial(finding_actions.void, reason="报错了"), "作废"),
    ],
)
def test_what_is_closed_no_longer_waits_no_longer_and_says_why(as_, city, campaign, now, state, leave, why):
    finding = make.finding_at(state, city, campaign)
    planned(campaign, city, last=date(2026, 3, 2))

    leave(finding, by=city.coordinator)
    page = as_(city.coordinator).get(f"{LIST}?result=cancelled").context

    row = LookBack.objects.get()
    told = f"问题已“{why}”，不再回头看"
    assert (row.result, row.note, row.done_by, row.done_at) == ("cancelled", told, city.coordinator, timezone.now())
    assert list(finding.events.filter(move="look_back").values_list("label", "note")) == [("取消回头看", told)]
    assert ([tab["count"] for tab in page["tabs"]], page["page"].rows) == ([0, 0, 0, 1], [row])


def test_what_was_closed_anew_can_be_looked_at_anew(city, campaign, now):
    finding = closed(city, campaign)
    planned(campaign, city, last=date(2026, 3, 2))
    finding_actions.reopen(finding, by=city.inspector, photos=[make.photo(colour="navy")])
    for step in ("dispatch", "acknowledge", "answer", "close"):
        make.STEPS[step](finding, city)

    again = planned(campaign, city, last=date(2026, 3, 2))

    assert [(row.list, row.result) for row in LookBack.objects.order_by("pk")][1:] == [(again, "")]


def test_that_nobody_looked_is_not_what_somebody_found(as_, city, campaign, now):
    finding = closed(city, campaign)

    with pytest.raises(Refused, match="请选择回头看的结果"):
        looked(finding, city.inspector, Result.CANCELLED)
    form = as_(city.inspector).get(reverse("inspections:look_back", args=[finding.pk])).context["form"]
    assert [value for value, _label in form.fields["result"].choices] == ["good", "recurred"]


@pytest.mark.django_db(transaction=True)
def test_what_is_opened_again_while_it_is_listed_does_not_wait():
    here = people.city()
    campaign = tasks.campaign(here)
    finding = closed(here, campaign)
    today = timezone.localdate()

    refused = at_once(
        partial(planned, campaign, here, first=today, last=today),
        partial(finding_actions.reopen, finding, by=here.inspector, photos=[make.photo(colour="navy")]),
    )

    assert refused[1] is None
    assert list(LookBack.objects.waiting()) == []


@pytest.mark.django_db(transaction=True)
def test_two_who_find_it_back_at_once_open_it_once():
    here = people.city()
    campaign = tasks.campaign(here)
    finding = closed(here, campaign)

    refused = at_once(
        partial(looked, finding, here.inspector, Result.RECURRED),
        partial(looked, finding, materials.second_coordinator(here), Result.RECURRED),
    )

    finding.refresh_from_db()
    assert sorted(reason is None for reason in refused) == [False, True]
    assert (finding.reopened_times, LookBack.objects.count()) == (1, 1)


# How much has come back --------------------------------------------------------------------------------------------


def test_reopened_or_found_again_in_its_category_at_its_site_within_ninety_days(city, campaign, now):
    site, other = make.site(campaign, city.bureau), make.site(campaign, city.bureau, code="S002", name="别处")
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    reopened = closed(city, campaign)
    alike = closed(city, campaign, site=site, category=make.category(campaign, "乙"))
    # Followed by one that was no finding, by one after ninety days, and by one elsewhere.
    for where, kind in ((site, "丙"), (site, "丁"), (other, "戊")):
        closed(city, campaign, site=where, category=make.category(campaign, kind))
    now.shift(timedelta(days=5))
    finding_actions.reopen(reopened, by=city.inspector, photos=[make.photo()])
    make.reported(city, campaign, site=site, category=make.category(campaign, "乙"))
    make.reported(city, campaign, site=site, category=make.category(campaign, "戊"))
    made = make.reported(city, campaign, site=site, category=make.category(campaign, "丙"))
    finding_actions.reject(made, by=city.coordinator, reason="不属实")
    now.shift(timedelta(days=86))
    make.reported(city, campaign, site=site, category=make.category(campaign, "丁"))

    found = figures.recurrence(campaign, march)
    year = figures.recurrence(campaign, Period(date(2026, 1, 1), date(2026, 12, 31)))

    assert (found.closed, found.recurred, str(found.rate)) == (5, 2, "40.0")
    assert set(figures.recurred(campaign, march)) == {reopened, alike}
    assert (year.closed, year.recurred) == (5, 2)


def test_the_page_counts_what_was_closed_in_the_last_ninety_days_and_leads_to_what_of_it_came_back(
    as_, city, campaign, now
):
    long_ago = closed(city, campaign)
    finding_actions.reopen(long_ago, by=city.inspector, photos=[make.photo(colour="navy")])
    now.shift(timedelta(days=1))
    first_day, held = (closed(city, campaign) for _n in range(2))
    now.shift(timedelta(hours=1))
    finding_actions.reopen(first_day, by=city.inspector, photos=[make.photo(colour="navy")])
    now.shift(timedelta(days=89))

    page = as_(city.inspector).get(LIST).context
    listed = as_(city.inspector).get(page["stats"][1]["url"]).context["rows"]

    assert figures.lately(on=timezone.localdate()) == Period(date(2026, 3, 3), date(2026, 5, 31))
    assert [(stat["label"], stat["value"]) for stat in page["stats"]] == [
        ("近90天销号", 2),
        ("其中已反弹", 1),
        ("反弹比例", "50.0%"),
    ]
    assert [row["number"] for row in listed] == [first_day.number]
    assert held.state == State.CLOSED


def test_what_came_back_after_the_last_day_was_not_so_on_it(city, campaign, now):
    finding = closed(city, campaign)
    now.shift(timedelta(days=30))
    finding_actions.reopen(finding, by=city.inspector, photos=[make.photo()])

    of_march = figures.recurrence(campaign, Period(date(2026, 3, 1), date(2026, 3, 31)))
    of_spring = figures.recurrence(campaign, Period(date(2026, 3, 1), date(2026, 4, 30)))

    assert (of_march.recurred, of_spring.recurred) == (0, 1)
    assert figures.recurrence(campaign, Period(date(2026, 5, 1), date(2026, 5, 31))).rate is None


# The pages ---------------------------------------------------------------------------------------------------


def test_the_office_plans_and_an_inspector_notes_what_was_found(as_, city, campaign, now):
    finding = closed(city, campaign)
    now.shift(timedelta(days=7))
    office = as_(city.coordinator)
    new = reverse("inspections:look_backs_new")
    form = office.get(new).context["form"]
    sent = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    answers = [office.post(new, sent).status_code for _tap in range(2)]
    wrong = office.post(new, sent | {"first": "2026-03-08", "last": "2026-03-02"})

    inspector = as_(city.inspector)
    waiting = inspector.get(LIST)
    address = reverse("inspections:look_back", args=[finding.pk])
    faulty = inspector.post(address, {"result": "good"})
    done = inspector.post(address, {"result": "recurred", "photos": [make.upload()]})
    after = inspector.get(f"{LIST}?result=recurred")
    listed = inspector.get(f"{reverse('inspections:findings')}?flag=recurred")

    assert (answers, LookBackList.objects.count(), wrong.status_code) == ([302, 302], 1, 422)
    assert [row.finding for row in waiting.context["page"].rows] == [finding]
    assert (faulty.status_code, done.headers["Location"]) == (422, finding.get_absolute_url())
    assert [row.finding for row in after.context["page"].rows] == [finding]
    assert [stat["value"] for stat in after.context["stats"]] == [1, 1, "100.0%"]
    assert [row["number"] for row in listed.context["rows"]] == [finding.number]


def test_the_page_of_a_closed_finding_offers_it(as_, city, campaign):
    finding = closed(city, campaign)

    offered = {
        who: "回头看"
        in [move["label"] for move in as_(getattr(city, who)).get(finding.get_absolute_url()).context["moves"]]
        for who in ("coordinator", "inspector", "liaison", "leader")
    }

    assert offered == {"coordinator": True, "inspector": True, "liaison": False, "leader": False}


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_takes_as_many_queries_for_three_as_for_one(as_, city, campaign, n):
    for _n in range(n):
        closed(city, campaign)
    today = timezone.localdate()
    planned(campaign, city, first=today, last=today)
    office = as_(city.coordinator)
    office.get(LIST)

    with CaptureQueriesContext(connection) as queries:
        page = office.get(LIST)

    assert (len(page.context["page"].rows), len(queries)) == (n, 12)


# Sent again ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "which"), [("inspector", 1), ("coordinator", 0), ("coordinator", 1)])
def test_a_form_that_was_another_s_or_of_another_finding_is_refused(city, campaign, now, as_, who, which):
    both = [closed(city, campaign) for _n in range(2)]
    key = uuid4()

    def look(person, finding):
        sent = {"result": Result.GOOD, "note": "完好", "photos": make.upload(), "client_key": key}
        return as_(person).post(reverse("inspections:look_back", args=[finding.pk]), sent)

    first = [look(city.inspector, both[0]).status_code for _n in range(2)]

    refused = look(getattr(city, who), both[which])

    assert (first, refused.status_code) == ([302, 302], 422)
    assert "这张表已由别人提交过，或已用于另一条记录，请重新打开页面填写。" in refused.content.decode()
    assert list(LookBack.objects.values_list("finding", flat=True)) == [both[0].pk]


@pytest.mark.django_db(transaction=True)
def test_of_two_findings_looked_at_with_one_form_at_once_one_is_refused():
    here = people.city()
    there = tasks.campaign(here)
    both = [closed(here, there) for _n in range(2)]
    key = uuid4()

    refused = at_once(*(partial(looked, finding, here.inspector, client_key=key) for finding in both), meeting=True)

    assert (refused.count(None), LookBack.objects.count()) == (1, 1)
