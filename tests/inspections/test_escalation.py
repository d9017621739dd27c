"""An overdue finding goes up step by step: each once for each deadline, paused with the clock; then the letter."""

from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document as open_document

from campaigns.clock import Calendar
from campaigns.models import SupervisionSeries
from cityinit.models import AuditEvent
from cityinit.queue import tick
from cityinit.workflow import Refused
from inspections.actions import findings as actions
from inspections.actions.findings import letters
from inspections.actions.findings.escalation import escalate
from inspections.actions.succession import take_over
from inspections.escalation import workdays_late
from inspections.models import EscalationStep, Finding, OverdueLetter
from tests.at_once import at_once
from tests.factories import findings as make
from tests.factories import people, tasks
from units.models import Notice
from units.roles import Role

State, Step = Finding.State, EscalationStep.Step
SHANGHAI = ZoneInfo("Asia/Shanghai")
LIST = reverse("inspections:escalations")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def campaign(city):
    return tasks.campaign(city, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))


@pytest.fixture
def overdue(city, campaign, clock):
    """Dispatched on Thursday 4 September 2025, due on Monday the 8th at 18:00; the clock stands at its dispatch."""
    now = clock("2025-09-04 09:00")
    # Grade C counts working days.
    finding = make.reported(city, campaign, severity="C")
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau, due_at=at("2025-09-08 18:00"))
    actions.acknowledge(finding, by=city.liaison)
    Notice.objects.all().delete()
    return finding, now


def steps(finding):
    return [(Step(row.step).name, row.told) for row in finding.steps.order_by("due_at", "step")]


def told(person):
    return list(Notice.objects.filter(user=person).order_by("pk").values_list("text", flat=True))


def go_to(now, text):
    now.move_to(at(text))
    return at(text)


# When ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "names"),
    [
        ("2025-09-05 10:00", []),
        ("2025-09-08 17:59", ["WARN"]),
        ("2025-09-08 18:00", ["LIAISON"]),
        ("2025-09-09 17:59", ["LIAISON"]),
        ("2025-09-09 18:00", ["LIAISON", "HEAD"]),
        ("2025-09-11 18:00", ["LIAISON", "HEAD", "LEADER"]),
        ("2025-09-17 17:59", ["LIAISON", "HEAD", "LEADER"]),  # the weekend does not count
        ("2025-09-17 18:00", ["LIAISON", "HEAD", "LEADER", "LETTER"]),
    ],
)
def test_the_steps_come_at_due_and_one_three_and_seven_working_days_after(overdue, moment, names):
    finding, now = overdue

    escalate(at=go_to(now, moment))

    assert [name for name, _told in steps(finding)] == names


def test_each_step_is_taken_once_however_often_the_job_runs(overdue, city):
    finding, now = overdue
    for moment in ("2025-09-08 17:00", "2025-09-08 18:15", "2025-09-08 18:30", "2025-09-09 18:15", "2025-09-10 09:00"):
        escalate(at=go_to(now, moment))

    assert steps(finding) == [
        ("WARN", f"已告知联络员{city.liaison}"),
        ("LIAISON", f"已告知联络员{city.liaison}"),
        ("HEAD", "“城管局”没有登记单位负责人，已转创建办"),
    ]
    about = f"{finding.number} 河湾路中段，占道经营"
    assert told(city.liaison) == [
        f"即将到期，请抓紧整改：{about}，期限 2025-09-08 18:00",
        f"已到期未反馈：{about}，期限 2025-09-08 18:00",
    ]
    assert told(city.coordinator) == [
        f"城管局逾期未整改，请督促：{about}，期限 2025-09-08 18:00（“城管局”没有登记单位负责人，已转创建办）"
    ]
    assert list(finding.events.filter(move="escalate").values_list("label", "note", "by")) == [
        ("预警", f"期限：2025-09-08 18:00\n已告知联络员{city.liaison}", None),
        ("提醒联络员", f"期限：2025-09-08 18:00\n已告知联络员{city.liaison}", None),
        ("报单位负责人", "期限：2025-09-08 18:00\n“城管局”没有登记单位负责人，已转创建办", None),
    ]


def test_only_findings_of_which_a_step_has_come_are_held(overdue, city, campaign, django_assert_num_queries):
    finding, now = overdue
    later = [make.reported(city, campaign, severity="C") for _n in range(2)]
    for row in later:
        actions.dispatch(row, by=city.coordinator, lead_unit=city.police, due_at=at("2025-09-09 12:00"))
    held = []

    def run(moment):
        held.clear()
        return escalate(at=go_to(now, moment), hold=lambda: held.append(moment)), len(held)

    first, unchanged = run("2025-09-09 17:00"), run("2025-09-09 17:15")
    with django_assert_num_queries(2):
        run("2025-09-09 17:30")

    # The bureau's reminder, and both of the police; then nobody's; then the head of the bureau alone.
    assert (first, unchanged) == ((3, 2), (0, 0))
    assert run("2025-09-09 18:00") == (1, 1)
    assert [name for name, _told in steps(finding)] == ["LIAISON", "HEAD"]


def test_a_database_keeps_a_step_once(overdue):
    finding, now = overdue
    escalate(at=go_to(now, "2025-09-08 18:00"))
    row = finding.steps.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        EscalationStep.objects.create(finding=finding, unit=row.unit, due_at=row.due_at, step=row.step, told="")


@pytest.mark.parametrize("state", [state for state in State if state not in Finding.UNIT_STATES])
def test_nothing_goes_up_while_no_unit_is_to_act(city, campaign, clock, state):
    now = clock("2025-09-04 09:00")
    finding = make.finding_at(state, city, campaign)

    escalate(at=now.shift(timedelta(days=60)) or at("2025-11-03 09:00"))

    assert steps(finding) == []


def test_a_campaign_that_is_over_troubles_nobody(overdue, campaign):
    finding, now = overdue
    campaign.ends_on = date(2025, 9, 10)
    campaign.save()

    escalate(at=go_to(now, "2025-09-11 09:00"))

    assert steps(finding) == []


def test_what_was_loaded_late_is_not_warned_of_any_more(overdue):
    finding, now = overdue

    escalate(at=go_to(now, "2025-09-20 09:00"))

    assert [name for name, _told in steps(finding)] == ["LIAISON", "HEAD", "LEADER", "LETTER"]


# Paused, and begun anew --------------------------------------------------------------------------------------


def test_a_pause_stops_the_steps_and_what_was_done_stays_done(overdue, city):
    finding, now = overdue
    escalate(at=go_to(now, "2025-09-09 18:00"))
    go_to(now, "2025-09-10 09:00")
    actions.suspend(finding, by=city.coordinator, plan="等改造", until=date(2025, 12, 1), leader="李副市长")
    while_paused = escalate(at=go_to(now, "2025-10-20 09:00"))
    actions.resume(finding, by=city.coordinator)
    finding.refresh_from_db()

    at_once_after = escalate(at=at("2025-10-20 09:05"))
    third_day = escalate(at=at("2025-10-21 18:05"))

    assert (while_paused, at_once_after, third_day) == (0, 0, 1)
    assert [name for name, _told in steps(finding)] == ["LIAISON", "HEAD", "LEADER"]
    assert set(finding.steps.values_list("due_at", flat=True)) == {finding.due_at}


def test_a_deadline_that_moves_onto_an_earlier_one_counts_what_was_done_about_either(city, campaign, clock):
    """Warned of Friday the 12th, then of a rework by Thursday the 11th, which a pause of a day moves to the 12th."""
    now = clock("2025-09-01 09:00")
    finding = make.reported(city, campaign, severity="C")
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau, due_at=at("2025-09-12 18:00"))
    actions.acknowledge(finding, by=city.liaison)
    escalate(at=go_to(now, "2025-09-10 15:00"))
    actions.answer(finding, by=city.liaison, measure="已清理", photos=[make.photo(colour="seagreen")])
    actions.rework(finding, by=city.inspector, reason="仍有占道", due_at=at("2025-09-11 18:00"))
    escalate(at=go_to(now, "2025-09-11 16:00"))
    actions.suspend(finding, by=city.coordinator, plan="改造", until=date(2025, 9, 30), leader="分管副市长")
    go_to(now, "2025-09-12 09:00")

    actions.resume(finding, by=city.coordinator)
    again = escalate(at=go_to(now, "2025-09-12 17:59"))
    escalate(at=go_to(now, "2025-09-12 18:00"))

    assert (finding.due_at, again) == (at("2025-09-12 18:00"), 0)
    # Both warnings were given, each of its own deadline; what runs now has been warned of, and goes up from there.
    assert list(finding.steps.order_by("due_at", "step").values_list("due_at", "step")) == [
        (at("2025-09-11 18:00"), Step.WARN),
        (at("2025-09-12 18:00"), Step.WARN),
        (at("2025-09-12 18:00"), Step.LIAISON),
    ]
    assert list(finding.events.filter(move="escalate").values_list("label", "due_at")) == [
        ("预警", at("2025-09-12 18:00")),
        ("预警", at("2025-09-11 18:00")),
        ("提醒联络员", at("2025-09-12 18:00")),
    ]


def test_an_extension_begins_the_steps_anew(overdue, city):
    finding, now = overdue
    escalate(at=go_to(now, "2025-09-09 18:00"))
    asked = actions.ask_extension(finding, by=city.liaison, reason="等材料", until=date(2025, 9, 15))
    actions.grant_extension(asked, by=city.coordinator)

    escalate(at=go_to(now, "2025-09-10 09:00"))
    before = EscalationStep.objects.current().count()
    escalate(at=go_to(now, "2025-09-15 18:00"))

    assert before == 0
    assert [name for name, _told in steps(finding)] == ["LIAISON", "HEAD", "LIAISON"]
    assert [row.step for row in EscalationStep.objects.current()] == [Step.LIAISON]


def test_a_rework_begins_the_steps_anew(overdue, city):
    finding, now = overdue
    escalate(at=go_to(now, "2025-09-08 18:00"))
    actions.answer(finding, by=city.liaison, measure="已清理", photos=[make.photo(colour="seagreen")])
    actions.rework(finding, by=city.inspector, reason="仍有占道", due_at=at("2025-09-10 12:00"))

    escalate(at=go_to(now, "2025-09-10 12:00"))

    assert [name for name, _told in steps(finding)] == ["LIAISON", "LIAISON"]


def test_another_unit_with_the_same_deadline_has_steps_of_its_own(overdue, city):
    finding, now = overdue
    escalate(at=go_to(now, "2025-09-08 17:00"))
    actions.return_to_office(finding, by=city.liaison, reason="属公安管理")
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.police, due_at=at("2025-09-08 18:00"))

    escalate(at=go_to(now, "2025-09-08 17:50"))
    escalate(at=go_to(now, "2025-09-08 18:00"))

    assert [(row.unit, row.step) for row in finding.steps.order_by("pk")] == [
        (city.bureau, Step.WARN),
        (city.police, Step.WARN),
        (city.police, Step.LIAISON),
    ]


# To whom -----------------------------------------------------------------------------------------------------


def test_each_step_reaches_who_holds_the_post(city, campaign, clock):
    now = clock("2025-09-04 09:00")
    head = people.person("柳荫社区书记", Role.LEADER, city.community, scope=city.community)
    above = people.person("河湾街道主任", Role.LEADER, city.street, scope=city.street)
    finding = make.reported(city, campaign)
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.community, due_at=at("2025-09-08 18:00"))

    escalate(at=go_to(now, "2025-09-12 09:00"))

    assert steps(finding) == [
        ("LIAISON", f"已告知联络员{city.street_liaison}"),
        ("HEAD", f"已告知单位负责人{head}"),
        ("LEADER", f"已告知分管领导{above}"),
    ]
    assert [len(told(person)) for person in (head, above, city.leader)] == [1, 1, 0]


def test_the_leader_who_sponsors_the_site_is_named_where_nobody_has_the_post(city, campaign, clock):
    now = clock("2025-09-04 09:00")
    site = make.site(campaign, city.bureau, leader="沈望舒")
    finding = make.reported(city, campaign, site=site)
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.bureau, due_at=at("2025-09-08 18:00"))

    escalate(at=go_to(now, "2025-09-11 18:00"))

    words = finding.steps.get(step=Step.LEADER).told
    assert words == "“城管局”没有登记分管领导，已转创建办；点位包保领导：沈望舒，请创建办转告"


def test_of_several_findings_a_person_gets_one_notice(overdue, city, campaign):
    _finding, now = overdue
    for _n in range(2):
        more = make.reported(city, campaign)
        actions.dispatch(more, by=city.coordinator, lead_unit=city.bureau, due_at=at("2025-09-08 18:00"))
    Notice.objects.all().delete()

    escalate(at=go_to(now, "2025-09-08 18:00"))

    notice = Notice.objects.get(user=city.liaison)
    assert (notice.text, notice.url) == (
        "城管局有3个问题已到期未反馈",
        f"{reverse('inspections:findings')}?flag=overdue&unit={city.bureau.pk}",
    )


# By whom -----------------------------------------------------------------------------------------------------


def test_the_timetable_asks_and_a_job_does_it(overdue, work):
    finding, now = overdue
    go_to(now, "2025-09-08 18:00")

    tick("inspections.jobs.escalate")
    tick("inspections.jobs.escalate")
    [job] = work()

    assert (job.state, job.message) == ("done", "")
    assert [name for name, _told in steps(finding)] == ["LIAISON"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_take_each_step_once(clock):
    here = people.city()
    campaign = tasks.campaign(here, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    clock("2025-09-04 09:00")
    found = [make.reported(here, campaign) for _n in range(3)]
    for finding in found:
        actions.dispatch(finding, by=here.coordinator, lead_unit=here.bureau, due_at=at("2025-09-08 18:00"))
    Notice.objects.all().delete()
    moment = at("2025-09-20 09:00")

    refused = at_once(*[partial(escalate, at=moment)] * 2)

    assert refused == [None, None]
    assert EscalationStep.objects.count() == 4 * 3
    assert Notice.objects.filter(user=here.liaison).count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_answers_at_that_moment_is_answered_or_reminded_and_never_half(clock):
    here = people.city()
    campaign = tasks.campaign(here, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    clock("2025-09-04 09:00")
    finding = make.finding_at(State.RECTIFYING, here, campaign)
    answer = partial(actions.answer, finding, by=here.liaison, measure="已清理", photos=[make.photo()])

    refused = at_once(answer, partial(escalate, at=finding.due_at))

    finding.refresh_from_db()
    assert (refused, finding.state) == ([None, None], State.SUBMITTED)
    assert finding.steps.count() == finding.events.filter(move="escalate").count()


# The letter --------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(overdue, city):
    finding, now = overdue
    escalate(at=go_to(now, "2025-09-17 18:00"))
    return finding, now


def asked(city, **values):
    answer_by = date(2025, 9, 24)
    signed = {"demand": "立即整改", "answer_by": answer_by, "signer": "周明远", "signature": "清水市创建办"}
    return (
        {"unit": city.bureau, "steps": EscalationStep.objects.letters_waiting(), "by": city.coordinator}
        | signed
        | values
    )


def test_the_office_sends_a_numbered_letter_and_the_unit_is_told(
    waiting, city, campaign, django_capture_on_commit_callbacks
):
    finding, _now = waiting
    Notice.objects.all().delete()

    with django_capture_on_commit_callbacks(execute=True):
        letter = letters.send_letter(campaign, **asked(city))

    assert letter.number == f"{campaign.short_name}督办〔2025〕1号"
    assert list(EscalationStep.objects.letters_waiting()) == []
    assert finding.steps.get(step=Step.LETTER).letter == letter
    event = finding.events.last()
    assert (event.label, event.by, event.note) == (
        "印发督办函",
        city.coordinator,
        f"{letter.number}，2025年9月24日前答复。",
    )
    assert told(city.liaison) == [f"督办函{letter.number}：1个问题逾期未整改，请于2025年9月24日前答复"]
    assert AuditEvent.objects.filter(action="印发逾期督办函").count() == 1


def test_the_letter_says_what_is_overdue_since_when(waiting, city, campaign):
    finding, _now = waiting
    file = letters.draw_letter(letters.send_letter(campaign, **asked(city)))

    text = [paragraph.text for paragraph in open_document(Path(settings.MEDIA_ROOT, file.path)).paragraphs]

    assert "关于逾期未整改问题的督办函" in "".join(text)
    assert any(line.startswith("截至2025年9月17日，由你单位负责整改的问题中有1个已过整改期限") for line in text)
    assert f"1. 河湾路中段，占道经营（{finding.number}）。2025年9月4日交办，期限2025年9月8日，已逾期9天。" in text


def test_the_page_of_a_letter_says_what_it_said_and_of_what_another_unit_leads_by_now_no_more(
    waiting, city, campaign, as_
):
    finding, _now = waiting
    letter = letters.send_letter(campaign, **asked(city))
    Finding.objects.update(place="改过的地点")
    actions.return_to_office(finding, by=city.liaison, reason="属公安管理")
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.police)

    unit, office = (
        as_(who).get(letter.get_absolute_url()).content.decode() for who in (city.liaison, city.coordinator)
    )

    told = [
        "河湾路中段",
        "改过的地点",
        "期限 2025-09-08，已逾期9天",
        "已不由本单位办理",
        "已交办",
        finding.get_absolute_url(),
    ]
    assert [text in unit for text in told] == [True, False, True, True, False, False]
    assert [text in office for text in told] == [True, False, True, False, True, True]


def test_an_answered_finding_gets_no_letter(waiting, city, campaign):
    finding, _now = waiting
    steps_seen = list(EscalationStep.objects.letters_waiting())
    actions.answer(finding, by=city.liaison, measure="已清理", photos=[make.photo()])

    with pytest.raises(Refused, match="有1个问题刚刚已反馈、延期或已由别人办理"):
        letters.send_letter(campaign, **asked(city, steps=steps_seen))

    assert (OverdueLetter.objects.count(), SupervisionSeries.objects.count()) == (0, 0)


def test_no_letter_with_a_reason_in_the_history(waiting, city, campaign):
    finding, _now = waiting

    letters.drop_letters(
        campaign, unit=city.bureau, steps=EscalationStep.objects.letters_waiting(), by=city.coordinator, reason="在施工"
    )

    assert list(EscalationStep.objects.letters_waiting()) == []
    assert finding.events.last().note == "在施工"


@pytest.mark.django_db(transaction=True)
def test_two_of_the_office_at_once_send_one_letter(clock):
    here = people.city()
    campaign = tasks.campaign(here, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    now = clock("2025-09-04 09:00")
    finding = make.reported(here, campaign)
    actions.dispatch(finding, by=here.coordinator, lead_unit=here.bureau, due_at=at("2025-09-08 18:00"))
    escalate(at=go_to(now, "2025-09-17 18:00"))
    rows = list(EscalationStep.objects.letters_waiting())

    refused = at_once(*[partial(letters.send_letter, campaign, **asked(here, steps=rows))] * 2)

    assert sorted(reason is None for reason in refused) == [False, True]
    assert [letter.number for letter in OverdueLetter.objects.all()] == [f"{campaign.short_name}督办〔2025〕1号"]


# The pages ---------------------------------------------------------------------------------------------------


def test_the_office_sees_what_stands_at_which_step(waiting, city, as_):
    page = as_(city.coordinator).get(LIST)

    [row] = page.context["rows"]
    assert (row["late"], row["step"].get_step_display()) == ("7个工作日（9天）", "督办函")
    assert [(tab["label"], tab["count"]) for tab in page.context["tabs"]] == [
        ("全部", 1),
        ("已提醒联络员", 0),
        ("已报单位负责人", 0),
        ("已报分管领导", 0),
        ("督办函", 1),
    ]
    assert [(row["unit"], row["n"]) for row in page.context["waiting"]] == [(city.bureau, 1)]
    assert page.context["rows"] == as_(city.coordinator).get(f"{LIST}?step=4").context["rows"]
    assert as_(city.coordinator).get(f"{LIST}?step=1").context["rows"] == []
    assert as_(city.coordinator).get(f"{LIST}?step=x").status_code == 200


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        ("2025-09-08 18:00", 0),
        ("2025-09-09 17:59", 0),
        ("2025-09-09 18:00", 1),
        # A Saturday adds nothing, at whatever time of day.
        ("2025-09-12 18:00", 4),
        ("2025-09-13 09:00", 4),
        ("2025-09-15 17:59", 4),
        ("2025-09-17 18:00", 7),
    ],
)
def test_working_days_late_are_counted_as_the_steps_are(moment, days):
    assert workdays_late(at("2025-09-08 18:00"), at=at(moment), calendar=Calendar()) == days


def test_the_list_tells_what_the_office_decided_once_it_has(waiting, city, campaign, as_):
    def told():
        return [(row["outcome"], row["letter_url"]) for row in as_(city.coordinator).get(LIST).context["rows"]]

    before = told()
    letter = letters.send_letter(campaign, **asked(city))

    assert before == [("请创建办决定是否印发督办函", "")]
    assert told() == [(f"已印发{letter.number}", letter.get_absolute_url())]


def test_the_list_tells_that_there_is_no_letter(waiting, city, campaign, as_):
    steps = EscalationStep.objects.letters_waiting()
    letters.drop_letters(campaign, unit=city.bureau, steps=steps, by=city.coordinator, reason="正在施工")

    [row] = as_(city.coordinator).get(LIST).context["rows"]

    assert (row["outcome"], row["letter_url"]) == ("已决定不发", "")


def test_the_finding_says_how_far_it_has_gone_and_what_comes_next(overdue, city, as_):
    finding, now = overdue
    escalate(at=go_to(now, "2025-09-09 18:00"))

    text = as_(city.liaison).get(finding.get_absolute_url()).content.decode()

    assert "“城管局”没有登记单位负责人，已转创建办" in text
    assert "到09-11 18:00仍未反馈，将报分管领导" in text


def test_the_office_sends_a_letter_from_its_page(waiting, city, as_):
    office = as_(city.coordinator)
    address = f"{reverse('inspections:overdue_letter_new')}?unit={city.bureau.pk}"
    page = office.get(address)
    form = page.context["form"]
    draft = office.get(page.context["draft_url"])
    sent = {name: form[name].value() for name in form.fields} | {"signer": "周明远"}

    faulty = office.post(address, sent | {"steps": []})
    answers = [office.post(address, sent) for _tap in range(2)]

    letter = OverdueLetter.objects.get()
    assert (draft.status_code, draft.content[:2]) == (200, b"PK")
    assert (faulty.status_code, faulty.context["form"].errors["steps"]) == (422, ["请先勾选问题。"])
    assert [answer.headers.get("Location") for answer in answers] == [letter.get_absolute_url()] * 2
    assert office.get(reverse("inspections:overdue_letter_file", args=[letter.pk])).status_code == 200
    assert as_(city.liaison).get(letter.get_absolute_url()).status_code == 200
    assert as_(city.other_liaison).get(letter.get_absolute_url()).status_code == 404


def test_a_letter_that_was_sent_in_another_campaign_is_refused_here(waiting, city, campaign):
    key = uuid4()
    letters.send_letter(campaign, **asked(city, client_key=key))

    with pytest.raises(Refused, match="这张表已在另一个创建活动里提交过，请重新打开页面填写。"):
        letters.send_letter(tasks.campaign(city, name="创建国家卫生城市"), **asked(city, client_key=key))
    assert OverdueLetter.objects.count() == 1


def test_another_citys_unit_is_not_there(waiting, city, as_):
    other = people.city("云山市")

    address = f"{reverse('inspections:overdue_letter_new')}?unit={other.bureau.pk}"

    assert as_(city.coordinator).get(address).status_code == 404


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_takes_as_many_queries_for_three_as_for_one(overdue, city, campaign, as_, n):
    _finding, now = overdue
    for _more in range(n - 1):
        more = make.reported(city, campaign)
        actions.dispatch(more, by=city.coordinator, lead_unit=city.bureau, due_at=at("2025-09-08 18:00"))
    escalate(at=go_to(now, "2025-09-17 18:00"))
    office = as_(city.coordinator)
    office.get(LIST)

    with CaptureQueriesContext(connection) as queries:
        page = office.get(LIST)

    assert (len(page.context["rows"]), len(queries)) == (n, 11)


def test_a_unit_that_takes_over_is_not_told_everything_once_more(overdue, city):
    finding, now = overdue
    escalate(at=go_to(now, "2025-09-09 18:00"))
    take_over(city.bureau, into=city.police, by=city.administrator, on=date(2025, 9, 9))

    again = escalate(at=go_to(now, "2025-09-10 09:00"))
    escalate(at=go_to(now, "2025-09-11 18:00"))

    assert again == 0
    assert [name for name, _told in steps(finding)] == ["LIAISON", "HEAD", "LEADER"]


def test_a_unit_that_led_it_before_takes_it_over_with_what_was_done_about_the_same_deadline(overdue, city):
    finding, now = overdue
    escalate(at=go_to(now, "2025-09-08 11:00"))
    actions.return_to_office(finding, by=city.liaison, reason="属公安管理")
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.police, due_at=at("2025-09-08 18:00"))
    escalate(at=go_to(now, "2025-09-08 17:30"))
    escalate(at=go_to(now, "2025-09-09 18:00"))

    take_over(city.police, into=city.bureau, by=city.administrator, on=date(2025, 9, 10))
    again = escalate(at=go_to(now, "2025-09-10 09:00"))
    escalate(at=go_to(now, "2025-09-11 18:00"))

    assert again == 0
    # The warning that the police got stays theirs: the bureau had one of its own.
    assert list(finding.steps.order_by("step", "unit").values_list("step", "unit")) == [
        (Step.WARN, city.bureau.pk),
        (Step.WARN, city.police.pk),
        (Step.LIAISON, city.bureau.pk),
        (Step.HEAD, city.bureau.pk),
        (Step.LEADER, city.bureau.pk),
    ]
    assert [row.step for row in EscalationStep.objects.current().order_by("step")] == [0, 1, 2, 3]
