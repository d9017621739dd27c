"""A unit's week: what is due, what recurs, what was logged, what waits."""

from datetime import date

import pytest
from django.urls import reverse

from campaigns.actions import log as log_actions
from campaigns.actions import tasks as actions
from tests.factories import tasks

pytestmark = pytest.mark.django_db
WEEK = "/campaigns/week/"


@pytest.fixture(autouse=True)
def _today(clock):
    # A Wednesday.
    clock("2026-06-10 09:00")


def told(context):
    days = {
        day["day"].isoformat(): ([row["text"] for row in day["due"]], [entry["text"] for entry in day["logged"]])
        for day in context["days"]
        if day["due"] or day["logged"]
    }
    waiting = {kind["label"]: [row["text"] for row in kind["rows"]] for kind in context["waiting"]}
    return days, waiting


def test_a_liaisons_week_runs_from_monday_to_sunday(here, campaign, as_):
    tasks.issued(campaign, here, code="1", name="甲", due_on=date(2026, 6, 14))
    late = tasks.in_progress(campaign, here, code="2", name="乙", due_on=date(2026, 6, 5))
    tasks.entry(late, here, content="周一做的", done_on=date(2026, 6, 8))
    tasks.entry(late, here, content="上周做的", done_on=date(2026, 6, 7))
    back = tasks.awaiting(campaign, here, code="3", name="丙", due_on=date(2026, 6, 8), units=[])
    actions.send_back(back, by=here.coordinator, note="再补充")
    tasks.issued(campaign, here, code="4", name="丁", due_on=date(2026, 6, 10), lead_unit=here.street, units=[])

    context = as_(here.liaison).get(WEEK).context

    assert (context["monday"], context["sunday"], context["unit"]) == (date(2026, 6, 8), date(2026, 6, 14), here.bureau)
    assert told(context) == (
        {"2026-06-08": (["3 丙"], ["周一做的"]), "2026-06-14": (["1 甲"], [])},
        {"待签收": ["1 甲"], "被退回": ["3 丙"], "本周前已逾期": ["2 乙"]},
    )


def test_recurring_duty_shows_the_days_on_which_it_was_due_and_done(here, campaign, as_, clock):
    clock("2026-06-01 09:00")
    daily = tasks.acknowledged(campaign, here, code="1", name="清扫", frequency="每天1次")
    tasks.acknowledged(campaign, here, code="3", name="大扫除", frequency="每周五")
    monthly = tasks.acknowledged(campaign, here, code="4", name="例会", frequency="每月2次")
    clock("2026-06-10 09:00")
    for day in (8, 8):
        tasks.entry(daily, here, done_on=date(2026, 6, day))
    tasks.entry(monthly, here, done_on=date(2026, 6, 10))
    tasks.acknowledged(campaign, here, code="2", frequency="每天1次", starts_on=date(2026, 7, 1))

    duties = as_(here.liaison).get(WEEK).context["duties"]

    assert {duty["text"]: [day["word"] for day in duty["days"]] for duty in duties} == {
        "1 清扫": ["有", "缺", "应", "应", "应", "应", "应"],
        "3 大扫除": ["", "", "", "", "应", "", ""],
        "4 例会": ["", "", "有", "", "", "", ""],
    }
    assert [duty["told"] for duty in duties] == ["2/7次", "0/1次", "2026年6月 1/2次"]


def test_duty_kept_by_a_tap_is_told_by_its_line_and_not_day_by_day(here, campaign, as_):
    duty = tasks.acknowledged(campaign, here, name="清扫", frequency="每天1次")
    log_actions.keep_recurring(tasks.part(duty, here.bureau), by=here.liaison)
    tasks.entry(duty, here, content="冲洗路面", done_on=date(2026, 6, 10))

    context = as_(here.liaison).get(WEEK).context

    days = [(day["duties"], [entry["text"] for entry in day["logged"]]) for day in context["days"]]
    assert days == [(0, []), (0, []), (1, ["冲洗路面"]), *[(0, [])] * 4]
    assert [[day["word"] for day in duty["days"]] for duty in context["duties"]] == [["", "", "有", *["应"] * 4]]

    # The week is written down at once.
    tasks.entry(duty, here, done_on=date(2026, 6, 10), quantities_text="清扫=5次")
    [told] = as_(here.liaison).get(WEEK).context["duties"]

    assert ([day["word"] for day in told["days"]], told["told"]) == (["", "", "有", "", "", "", ""], "5/5次")


def test_another_week_is_a_link_away_and_asks_nothing_of_now(here, campaign, as_):
    tasks.confirmed(campaign, here, code="1", name="甲", due_on=date(2026, 6, 3))
    browser = as_(here.liaison)

    now = browser.get(WEEK).context
    before = browser.get(now["previous_url"]).context

    assert (before["monday"], told(before)) == (date(2026, 6, 1), ({"2026-06-03": (["1 甲"], [])}, {}))
    assert browser.get(before["next_url"]).context["monday"] == now["monday"]
    assert (now["this_url"], browser.get(before["this_url"]).context["monday"]) == ("", now["monday"])


def test_the_office_chooses_a_unit_and_a_liaison_only_among_the_own(here, campaign, as_):
    tasks.issued(campaign, here, code="1", name="甲", due_on=date(2026, 6, 10), lead_unit=here.street, units=[])

    office = as_(here.coordinator).get(WEEK, {"unit": here.street.pk}).context
    other = as_(here.liaison).get(WEEK, {"unit": here.street.pk}).context
    below = as_(here.street_liaison).get(WEEK, {"unit": here.community.pk}).context

    assert told(office)[0] == {"2026-06-10": (["1 甲"], [])}
    assert (other["unit"], told(other)[0]) == (here.bureau, {})
    assert below["unit"] == here.community


@pytest.mark.parametrize(("who", "queries"), [("coordinator", 16), ("leader", 16), ("liaison", 16)])
@pytest.mark.parametrize("rows", [1, 3])
def test_the_week_costs_the_same_however_much_there_is(
    here, campaign, as_, who, queries, rows, django_assert_num_queries
):
    for _row in range(rows):
        task = tasks.acknowledged(campaign, here, due_on=date(2026, 6, 10), frequency="每天1次", units=[])
        tasks.entry(task, here, done_on=date(2026, 6, 9))
    browser = as_(getattr(here, who))
    browser.get(WEEK, {"unit": here.bureau.pk})

    # Session, person, posts, campaigns, the unit chosen, logged, due, recurring with their tasks, deadlines then, what
    # was logged and the calendar twice, three that wait, units offered, unread notices.
    with django_assert_num_queries(queries):
        browser.get(WEEK, {"unit": here.bureau.pk})


def test_the_desk_leads_to_the_week(here, campaign, as_):
    assert f'href="{WEEK}"' in as_(here.liaison).get(reverse("campaigns:desk")).content.decode()
