"""`manage.py demo`: an invented city in the middle of its campaign, for every role."""

from collections import Counter
from datetime import date, timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.db.models import Q
from django.utils import timezone

from campaigns import recurring
from campaigns.models import (
    AssessmentSystem,
    Assignment,
    Batch,
    Campaign,
    Material,
    MaterialEvent,
    MaterialPack,
    SavedFilter,
    Submission,
    SystemEvent,
    Task,
)
from campaigns.registers import REGISTERS
from cityinit.periods import Period
from inspections.importers import SHEETS, load_workbook
from inspections.models import Extension, Finding, FindingPhoto
from reports.demo import findings, workbook
from reports.demo.days import Days
from reports.demo.people import PASSWORD
from reports.models import Report
from units.models import Notice, User
from units.roles import Role

pytestmark = pytest.mark.django_db


def logins():
    told = StringIO()
    call_command("demo", logins=True, stdout=told)
    return told.getvalue().splitlines()


def states(rows):
    return set(getattr(rows, "objects", rows).values_list("state", flat=True))


@pytest.fixture
def just_after_midnight():
    """The first minutes of today: nothing of the day has happened yet, however early a ledger begins."""
    with time_machine.travel(timezone.localtime().replace(hour=0, minute=5), tick=True):
        yield


def test_the_demo_city_has_work_for_everybody(just_after_midnight, client, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        call_command("demo", stdout=StringIO())

    now = timezone.now()
    report = Report.objects.get()
    assert states(Finding) == set(Finding.State.values) - {Finding.State.DRAFT}
    assert states(Task) == set(Task.State.values)
    assert states(Assignment) == set(Assignment.State.values)
    assert states(Material) == set(Material.State.values)
    assert states(AssessmentSystem) == set(AssessmentSystem.State.values)
    assert states(Material.objects.in_force()) == set(Material.State.values)
    assert Submission.objects.exclude(carried_from=None).exists()
    assert not SystemEvent.objects.filter(at__gt=now).exists()
    campaign = Campaign.objects.get()
    kept = recurring.kept(campaign, Period(campaign.starts_on, timezone.localdate(now) - timedelta(days=1)))
    assert 85 <= kept.rate <= 95
    assert MaterialPack.objects.get().file_count > 0
    batch = Batch.objects.get()
    assert (batch.done_count, batch.refused_count, batch.finished_at is None) == (batch.total, 0, False)
    assert not MaterialEvent.objects.filter(at__gt=now).exists()
    assert states(Extension) == set(Extension.State.values)
    assert Finding.objects.overdue(at=now).exists()
    # On a holiday nothing falls due, and nothing has since its eve.
    next_day = findings.workday(timezone.localdate(now), step=timedelta(days=1))
    assert Finding.objects.with_unit_now().filter(lead_unit__name="朝阳街道办事处", due_at__date=next_day).exists()
    due_days = {
        timezone.localdate(due_at) for due_at in Finding.objects.exclude(due_at=None).values_list("due_at", flat=True)
    }
    assert [day for day in due_days if not findings.CALENDAR.is_workday(day)] == []
    assert not Finding.objects.filter(Q(found_at__gt=now) | Q(closed_at__gt=now) | Q(answered_at__gt=now)).exists()
    assert not Notice.objects.filter(created_at__gt=now).exists()
    assert not Finding.objects.filter(photos=None).exists()
    assert FindingPhoto.objects.filter(file__taken_at__isnull=False, file__latitude__isnull=False).exists()
    assert [key for key, register in REGISTERS.items() if not register.model.objects.exists()] == []
    assert sorted(report.files.values_list("kind", flat=True)) == ["docx", "pdf", "xlsx"]
    assert set(SavedFilter.objects.values_list("audience", flat=True)) == set(SavedFilter.Audience.values)
    assert len(logins()) == len(Role)
    for person in User.objects.all():
        validate_password(PASSWORD, person)
        assert (person.must_change_password, person.phone[:4]) == (False, "1390")
    assert client.login(username="liaison", password=PASSWORD)
    assert client.get("/campaigns/").status_code == 200


def test_it_is_built_only_into_an_empty_installation(city):
    with pytest.raises(CommandError, match="only built into an empty installation"):
        call_command("demo")

    assert logins() == []


@pytest.mark.once
@pytest.mark.parametrize(
    "today",
    [date(2026, 1, 1), date(2026, 3, 10), date(2026, 7, 1), date(2026, 7, 2), date(2026, 7, 4), date(2026, 12, 31)],
)
def test_its_rows_are_sound_on_any_day(today):
    loaded = load_workbook(workbook.file(Days(today)), dry_run=True)

    assert (loaded.faults, loaded.notes, loaded.skipped) == ([], [], [])


@pytest.mark.once
def test_no_two_of_its_rows_have_one_key_on_any_day():
    keys = {sheet.name: sheet.key for sheet in SHEETS}
    # Just after a half-year what came since falls on few days.
    days = {first + timedelta(days=n) for first in (date(2026, 1, 1), date(2026, 7, 1)) for n in range(14)}
    days |= {date(2026, 1, 1) + timedelta(days=n) for n in range(14, 365, 20)}

    again = []
    for day in sorted(days):
        for name, rows in workbook.sheets(Days(day)).items():
            told = Counter(tuple(row.get(column) for column in keys[name]) for row in rows)
            again += [(day, name, key) for key, times in told.items() if times > 1]

    assert again == []
