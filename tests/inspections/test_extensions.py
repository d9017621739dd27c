"""A request for more time ends with the deadline that it is about; whoever has the next deadline asks anew."""

from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from cityinit.workflow import Refused
from inspections.actions import findings as actions
from inspections.actions.bulk import begin
from inspections.models import Extension, Finding, FindingBatch
from tests.at_once import at_once
from tests.factories import findings as make
from tests.factories import people, tasks
from units.models import Notice, Post
from units.roles import Role

State, Asked = Finding.State, Extension.State
SHANGHAI = ZoneInfo("Asia/Shanghai")
WAITING = "/inspections/findings/?flag=extension"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def given(city, campaign, clock):
    """With 城管局 since Monday 2 March 2026, due on Thursday the 5th; until the 10th is asked for."""
    clock("2026-03-02 09:00")
    finding = make.finding_at(State.RECTIFYING, city, campaign, severity="B")
    asked = ask(finding, by=city.liaison)
    Notice.objects.all().delete()
    return finding, asked


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """What is told after commit is told at the end of this block."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def ask(finding, *, by, until=date(2026, 3, 10), reason="等材料"):
    return actions.ask_extension(finding, by=by, reason=reason, until=until)


def told(person):
    return list(Notice.objects.filter(user=person).order_by("pk").values_list("text", flat=True))


def answer(finding, city):
    actions.answer(finding, by=city.liaison, measure="已清理", photos=[make.photo(colour="seagreen")])


def give_back(finding, city):
    actions.return_to_office(finding, by=city.liaison, reason="属公安管理")


def suspend(finding, city):
    actions.suspend(finding, by=city.coordinator, plan="改造", until=date(2026, 6, 30), leader="分管副市长")


def void(finding, city):
    actions.void(finding, by=city.coordinator, reason="重复演练")


ENDS = {"整改反馈": answer, "退回": give_back, "挂账": suspend, "作废": void}


# How it ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", list(ENDS))
def test_a_request_that_waits_ends_with_the_deadline_it_is_about(given, city, label):
    finding, asked = given

    ENDS[label](finding, city)

    asked.refresh_from_db()
    by = {"整改反馈": city.liaison, "退回": city.liaison}.get(label, city.coordinator)
    why = f"问题已“{label}”，延期申请自动失效"
    assert (asked.state, asked.decided_by, asked.decided_at, asked.note) == (
        Asked.LAPSED,
        by,
        at("2026-03-02 09:00"),
        why,
    )
    assert list(finding.events.values_list("move", "label", "note", "source", "target", "by"))[-1] == (
        "lapse_extension",
        "延期申请失效",
        f"延至 2026-03-10\n{why}",
        "",
        "",
        by.pk,
    )


def test_with_a_finding_merged_before_it_was_taken_on_the_request_ends_too(city, campaign, clock):
    clock("2026-03-02 09:00")
    finding = make.finding_at(State.DISPATCHED, city, campaign, severity="B")
    asked = ask(finding, by=city.liaison)

    actions.mark_duplicate(finding, by=city.coordinator, duplicate_of=make.reported(city, campaign))

    asked.refresh_from_db()
    assert (asked.state, asked.note) == (Asked.LAPSED, "问题已“标为重复”，延期申请自动失效")


def test_taken_note_of_the_deadline_runs_on_and_the_request_waits(city, campaign, clock):
    clock("2026-03-02 09:00")
    finding = make.finding_at(State.DISPATCHED, city, campaign, severity="B")
    asked = ask(finding, by=city.liaison)

    actions.acknowledge(finding, by=city.liaison)

    asked.refresh_from_db()
    assert (asked.state, list(Finding.objects.with_extension_asked())) == (Asked.ASKED, [finding])


@pytest.mark.parametrize(("label", "also"), [("挂账", "挂账"), ("作废", "已作废")])
def test_who_asked_is_told_that_the_request_is_over(given, city, committed, label, also):
    finding, _asked = given

    with committed():
        ENDS[label](finding, city)

    about = f"{finding.number} 河湾路中段，占道经营"
    assert told(city.liaison) == [f"延期申请已失效（{label}）：{about}", f"{also}：{about}"]


def test_who_ends_the_own_request_and_who_has_left_the_unit_are_not_told(given, city, campaign, committed):
    finding, _asked = given
    former = people.person("原联络员", Role.LIAISON, city.bureau)
    other = make.finding_at(State.RECTIFYING, city, campaign, severity="B")
    ask(other, by=former)
    Post.objects.filter(user=former).update(ends_on=date(2026, 3, 1))

    with committed():
        answer(finding, city)
        suspend(other, city)

    assert told(former) == []
    assert told(city.liaison) == [f"挂账：{other.number} 河湾路中段，占道经营"]


def test_a_request_that_was_decided_stays_as_it_was_decided(given, city):
    finding, asked = given
    actions.refuse_extension(asked, by=city.coordinator, note="限时完成")

    answer(finding, city)

    asked.refresh_from_db()
    assert (asked.state, asked.note) == (Asked.REFUSED, "限时完成")
    assert not finding.events.filter(move="lapse_extension").exists()


# What comes after -------------------------------------------------------------------------------------------------


def test_the_unit_that_gets_it_next_asks_for_itself_and_nothing_moves_its_deadline(given, city):
    finding, asked = given
    give_back(finding, city)
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.police)
    due_at = finding.due_at

    with pytest.raises(Refused, match="这个延期申请已经办理：已失效。"):
        actions.grant_extension(Extension.objects.get(pk=asked.pk), by=city.coordinator)
    own = ask(finding, by=city.other_liaison, reason="等警力")

    finding.refresh_from_db()
    assert (finding.due_at, own.state) == (due_at, Asked.ASKED)


@pytest.mark.parametrize("again", ["rework", "resume"])
def test_the_same_unit_asks_anew_once_a_deadline_runs_again(given, city, again):
    finding, asked = given
    if again == "rework":
        answer(finding, city)
        actions.rework(finding, by=city.inspector, reason="仍有占道", due_at=at("2026-03-06 18:00"))
    else:
        suspend(finding, city)
        actions.resume(finding, by=city.coordinator)

    new = ask(finding, by=city.liaison)
    actions.grant_extension(new, by=city.coordinator)

    asked.refresh_from_db()
    assert (asked.state, new.state, finding.due_at) == (Asked.LAPSED, Asked.GRANTED, at("2026-03-10 18:00"))


def test_the_office_puts_off_many_though_an_earlier_unit_had_asked(given, city, campaign):
    finding, _asked = given
    give_back(finding, city)
    actions.dispatch(finding, by=city.coordinator, lead_unit=city.police, due_at=at("2026-03-05 18:00"))

    batch = begin(
        campaign,
        [finding.pk],
        act=FindingBatch.Act.EXTEND,
        by=city.coordinator,
        back_url="/",
        workdays=1,
        note="降雨",
    )

    finding.refresh_from_db()
    assert (batch.done_count, batch.refused_count, finding.due_at) == (1, 0, at("2026-03-06 18:00"))


@pytest.mark.parametrize("label", list(ENDS))
def test_box_list_and_page_no_longer_speak_of_a_request_that_is_over(given, city, as_, label):
    finding, _asked = given
    office = as_(city.coordinator)
    before = numbers(office, finding)

    ENDS[label](finding, city)

    assert (before, numbers(office, finding)) == ((1, [finding.number], True), (0, [], False))
    assert "已失效" in office.get(finding.get_absolute_url()).content.decode()


def numbers(office, finding):
    """What the desk counts, the list lists, and whether the page offers to decide."""
    box = next(stat for stat in office.get(reverse("inspections:desk")).context["stats"] if stat["label"] == "申请延期")
    rows = office.get(WAITING).context["rows"]
    moves = office.get(finding.get_absolute_url()).context["moves"]
    return box["value"], [row["number"] for row in rows], "审批延期" in {str(move["label"]) for move in moves}


def test_what_was_typed_about_a_request_that_ended_meanwhile_stays(given, city, as_):
    finding, _asked = given
    give_back(finding, city)

    sent = as_(city.coordinator).post(
        reverse("inspections:finding_move", args=[finding.pk, "refuse_extension"]), {"note": "须限时完成"}
    )

    form = sent.context["form"]
    assert (sent.status_code, form.non_field_errors(), form["note"].value()) == (
        422,
        ["这个延期申请已经办理：已失效。"],
        "须限时完成",
    )


# At the same moment -----------------------------------------------------------------------------------------------


def test_more_time_is_not_asked_for_a_deadline_that_ended_since_it_was_read(given, city):
    finding, asked = given
    actions.refuse_extension(asked, by=city.coordinator, note="限时完成")
    seen = Finding.objects.for_page().get(pk=finding.pk)
    answer(finding, city)

    with pytest.raises(Refused, match="问题刚刚被别人办理，请看过最新情况再办。"):
        ask(seen, by=city.liaison)

    assert not Finding.objects.with_extension_asked().exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other", ["ask", "refuse", "grant", "extend"])
def test_answered_at_the_moment_of_another_word_on_the_time_nothing_is_left_waiting(clock, other):
    here = people.city()
    campaign = tasks.campaign(here)
    clock("2026-03-02 09:00")
    finding = make.finding_at(State.RECTIFYING, here, campaign, severity="B")
    if other in ("refuse", "grant"):
        ask(finding, by=here.liaison)
    seen = Finding.objects.for_page().get(pk=finding.pk)
    [waiting] = finding.extensions.all() or [None]
    moves = {
        "ask": partial(ask, seen, by=here.liaison),
        "refuse": lambda: actions.refuse_extension(waiting, by=here.coordinator, note="限时完成"),
        "grant": lambda: actions.grant_extension(waiting, by=here.coordinator),
        "extend": lambda: actions.extend(seen, by=here.coordinator, workdays=2, note="降雨"),
    }

    answered, _refused = at_once(lambda: answer(finding, here), moves[other])

    finding.refresh_from_db()
    assert (answered, finding.state) == (None, State.SUBMITTED)
    assert not Extension.objects.filter(state=Asked.ASKED).exists()
