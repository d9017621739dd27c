"""What the half-year summary tells of recurring duty and of supervisions, with the way back to the rows."""

from datetime import date

import pytest

from campaigns.actions import log as log_actions
from cityinit.periods import Period
from reports.facts import collect
from reports.narrative import write
from tests.factories import tasks

pytestmark = pytest.mark.django_db
HALF, ON = Period.half_year(2026, 1), date(2026, 7, 5)


def told(campaign):
    facts = collect(campaign, HALF, on=ON)
    return facts, "".join(section.text for section in write(facts))


def test_supervisions_are_told_with_their_letters(city, clock):
    clock("2026-06-01 09:00")
    campaign = tasks.campaign(city)
    letters = tasks.supervised(tasks.issued(campaign, city), city, units=[city.bureau, city.police])

    facts, text = told(campaign)

    assert "对进展缓慢的1项任务进行督办，印发督办函2份。" in text
    assert facts["figures"]["supervision.letters"]["pks"] == sorted(letter.pk for letter in letters)


def test_recurring_duty_is_told_where_it_was_logged_time_by_time(city, clock):
    clock("2026-06-01 09:00")
    campaign = tasks.campaign(city)
    task = tasks.issued(campaign, city, frequency="每周1次", name="卫生死角清理", units=[])
    clock("2026-06-10 09:00")
    log_actions.keep_recurring(tasks.part(task, city.bureau), by=city.liaison)

    facts, text = told(campaign)

    assert "逐次登记的常态化工作应落实4次，已落实1次，落实率25%。" in text
    assert facts["figures"]["recurring.kept"]["pks"] == [tasks.part(task, city.bureau).pk]
    assert "已按频次落实" not in text


def test_nothing_is_told_of_what_nobody_logged_so(city, clock):
    clock("2026-06-01 09:00")
    campaign = tasks.campaign(city)
    tasks.entry(tasks.issued(campaign, city, frequency="每天2次", units=[]), city, done_on=date(2026, 6, 1))

    _facts, text = told(campaign)

    assert "应落实" not in text
    assert "督办" not in text
