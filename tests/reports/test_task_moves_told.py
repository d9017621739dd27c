"""What the half-year summary tells of recurring duty and of supervisions, with the way back to the rows."""

from datetime import date

import pytest
from django.urls import reverse

from campaigns.actions import extensions
from campaigns.actions import log as log_actions
from campaigns.actions import tasks as task_actions
from campaigns.models import Decision
from campaigns.recurring import Kept
from cityinit.periods import Period
from reports.facts import collect
from reports.narrative import write
from reports.records import figure_of, rows_of
from tests.factories import rows, tasks

from .counted import counted

pytestmark = pytest.mark.django_db
HALF, ON = Period.half_year(2026, 1), date(2026, 7, 5)


def told(campaign):
    found = collect(campaign, HALF, on=ON)
    return found, "".join(section.text for section in write(found.facts))


def test_supervisions_are_told_with_their_letters(city, clock):
    clock("2026-06-01 09:00")
    campaign = tasks.campaign(city)
    letters = tasks.supervised(tasks.issued(campaign, city), city, units=[city.bureau, city.police])

    found, text = told(campaign)

    assert "对进展缓慢的1项任务进行督办，印发督办函2份。" in text
    assert counted(found, "supervision.letters") == sorted(letter.pk for letter in letters)


def test_nudges_and_more_time_are_told_with_their_rows_to_the_office_and_to_the_unit(city, clock):
    clock("2026-06-01 09:00")
    campaign = tasks.campaign(city)
    task = tasks.issued(campaign, city, due_on=date(2026, 6, 20), units=[city.police])
    for part in task.assignments.all():
        task_actions.nudge(part, by=city.coordinator)
    clock("2026-06-02 09:00")
    task_actions.nudge(tasks.part(task, city.bureau), by=city.coordinator)
    asked = tasks.asked(task, city)
    extensions.grant_extension(asked, by=city.coordinator)
    tasks.asked(tasks.fresh(task), city)

    found, text = told(campaign)
    of_unit = "".join(section.text for section in write(collect(campaign, HALF, unit=city.police, on=ON).facts))

    assert "对1项任务催办3次；批准任务延期1件。" in text
    assert "1项任务被催办1次。" in of_unit
    nudges = task.events.filter(move="nudge").order_by("pk")
    assert counted(found, "nudges.times") == [event.pk for event in nudges]
    assert counted(found, "extensions.granted") == [asked.pk]
    [row] = rows_of(figure_of(found, "nudges.times"), user=city.coordinator, first=0, last=1)
    assert (row["title"], row["url"]) == (f"2026-06-01 催办 城管局 {task}", task.get_absolute_url())


def test_what_became_of_decisions_adds_up_and_stands_with_the_meetings(city, clock):
    clock("2026-06-01 09:00")
    campaign = tasks.campaign(city)
    meeting = rows.filed(
        "meetings",
        campaign,
        by=city.coordinator,
        name="创建工作推进会",
        kind="推进会",
        held_on=date(2026, 6, 1),
        unit=city.office,
        decisions="1.整治占道经营；2.更新公益广告；3.开展入户宣传；4.整修人行道",
    )
    training = {"name": "文明礼仪培训", "kind": "培训", "held_on": date(2026, 6, 3), "unit": city.office}
    rows.filed("meetings", campaign, by=city.coordinator, **training)
    first, second, third, _fourth = meeting.decided.order_by("pk")
    for decision, task in ((first, tasks.issued(campaign, city, code="D1")), (second, tasks.confirmed(campaign, city))):
        Decision.objects.filter(pk=decision.pk).update(task=task, tasked_on=date(2026, 6, 2))
    Decision.objects.filter(pk=third.pk).update(settled_on=date(2026, 6, 20), outcome="已入户")

    found, text = told(campaign)

    sentence = "会议共议定事项4项，已立为任务2项，已落实2项，办理中1项，尚未落实1项。"
    assert sentence in text
    assert text.index("创建工作推进会") < text.index(sentence) < text.index("文明礼仪培训")
    assert counted(found, "decisions.under_way") == [first.pk]


def test_recurring_duty_is_told_where_it_was_logged_time_by_time(city, clock):
    clock("2026-06-01 09:00")
    campaign = tasks.campaign(city)
    task = tasks.issued(campaign, city, frequency="每周1次", name="卫生死角清理", units=[])
    clock("2026-06-10 09:00")
    log_actions.keep_recurring(tasks.part(task, city.bureau), by=city.liaison)

    found, text = told(campaign)

    assert "逐次登记的常态化工作应落实4次，已落实1次，落实率25%。" in text
    assert counted(found, "recurring.kept") == [tasks.part(task, city.bureau).pk]
    assert "已按频次落实" not in text


def test_of_how_much_recurring_duty_the_rate_speaks_is_told_and_the_page_says_the_same(city, clock, client):
    clock("2026-06-01 09:00")
    campaign = tasks.campaign(city)
    timed = tasks.issued(campaign, city, frequency="每周1次", units=[city.police])
    tasks.issued(campaign, city, frequency="每周2次", units=[])
    clock("2026-06-10 09:00")
    log_actions.keep_recurring(tasks.part(timed, city.bureau), by=city.liaison)
    clock("2026-07-05 09:00")
    client.force_login(city.coordinator)
    half = {"first": HALF.first, "last": HALF.last}

    found, text = told(campaign)
    page = client.get(reverse("campaigns:recurring"), half)
    alone = client.get(reverse("campaigns:recurring") + page.context["timed"]["url"])

    assert "常态化工作中，1项由1个单位逐次登记，应落实4次，已落实1次，落实率25%。" in text
    assert counted(found, "recurring.tasks") == [timed.pk]
    assert (page.context["kept"].due, page.context["timed"]["kept"]) == (16, Kept(4, 1))
    assert "其中逐次登记的 1 条应落实 4 次，已落实 1 次，落实率 25.0%" in page.text
    assert (alone.context["kept"], alone.context["is_timed"]) == (Kept(4, 1), True)


def test_nothing_is_told_of_what_nobody_logged_so(city, clock):
    clock("2026-06-01 09:00")
    campaign = tasks.campaign(city)
    tasks.entry(tasks.issued(campaign, city, frequency="每天2次", units=[]), city, done_on=date(2026, 6, 1))

    _found, text = told(campaign)

    assert "应落实" not in text
    assert "督办" not in text
