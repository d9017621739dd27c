"""Tables that are taken in and letters that are drawn: a full disk is said where one stands; their names."""

import errno
from datetime import timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from campaigns.models import SystemTable, TaskTable
from cityinit.models import StoredFile
from inspections.actions.findings import letters
from inspections.actions.rectification_notices import issue_notices
from inspections.models import ChecklistTable, EscalationStep, Finding, Ledger, WorkbookLoad
from tests.factories import findings as make
from tests.factories import tasks
from tests.factories.tables import as_file
from units.models import Unit

Step = EscalationStep.Step

FULL = "服务器存储空间已满，“{name}”没有保存。请联系系统管理员清理空间后重新上传。"


def full(*args, **values):
    raise OSError(errno.ENOSPC, "full")


def notice(city, campaign):
    finding = make.finding_at(Finding.State.DISPATCHED, city, campaign)
    signed = {"requirement": "立即整改", "answer_by": timezone.localdate(), "signature": "清水市创建办"}
    return issue_notices(campaign, Finding.objects.filter(pk=finding.pk), by=city.coordinator, **signed).notices.get()


def overdue(city, campaign):
    finding = make.finding_at(Finding.State.DISPATCHED, city, campaign)
    past = timezone.now() - timedelta(days=30)
    Finding.objects.filter(pk=finding.pk).update(due_at=past)
    values = {"finding": finding, "unit": city.bureau, "due_at": past, "step": Step.LETTER, "told": "创建办"}
    step = EscalationStep.objects.create(**values)
    signed = {"demand": "立即整改", "answer_by": timezone.localdate(), "signer": "周明远", "signature": "清水市创建办"}
    return letters.send_letter(campaign, unit=city.bureau, steps=[step], by=city.coordinator, **signed)


def supervision(city, campaign):
    return tasks.supervision_at(campaign, city, "open")


# By the address of its file.
LETTERS = {
    "inspections:rectification_notice_file": notice,
    "inspections:overdue_letter_file": overdue,
    "campaigns:supervision_letter": supervision,
}


@pytest.fixture
def full_disk(monkeypatch):
    monkeypatch.setattr("cityinit.files._write", full)


@pytest.mark.parametrize(
    ("page", "model", "more"),
    [
        ("inspections:ledgers", Ledger, {}),
        ("inspections:checklist_tables", ChecklistTable, {"kind_name": "公园", "edition": "2026年版"}),
        ("inspections:workbook", WorkbookLoad, {}),
        ("campaigns:tables", TaskTable, {}),
        ("campaigns:system_tables", SystemTable, {"name": "测评体系", "edition": "2026年版"}),
    ],
)
def test_a_table_that_cannot_be_kept_is_told_beside_its_field(city, campaign, as_, full_disk, page, model, more):
    book = Workbook()
    book.active.append(["点位", "问题"])
    file = SimpleUploadedFile("表.xlsx", as_file(book).read())

    answer = as_(city.coordinator).post(reverse(page), {"client_key": uuid4(), "file": file, **more})

    assert answer.context["form"].errors == {"file": [FULL.format(name="表.xlsx")]}
    assert (model.objects.count(), StoredFile.objects.count()) == (0, 0)


@pytest.mark.parametrize("kind", list(LETTERS))
def test_a_letter_that_cannot_be_kept_now_is_told_on_its_page_and_kept_later(city, campaign, as_, monkeypatch, kind):
    letter = LETTERS[kind](city, campaign)
    file = reverse(kind, args=[letter.pk])
    office = as_(city.coordinator)

    with monkeypatch.context() as disk:
        disk.setattr("cityinit.files._write", full)
        answer = office.get(file, follow=True)

    assert answer.redirect_chain == [(letter.get_absolute_url(), 302)]
    [said] = [str(one) for one in answer.context["messages"]]
    assert said.startswith("服务器存储空间已满")
    assert office.get(file).status_code == 200


@pytest.mark.parametrize("kind", list(LETTERS))
def test_a_units_name_cuts_nothing_off_the_name_of_its_letter(city, campaign, as_, kind):
    Unit.objects.filter(pk=city.bureau.pk).update(name="城管/执法\\局:?")
    city.bureau.refresh_from_db()
    letter = LETTERS[kind](city, campaign)

    answer = as_(city.coordinator).get(reverse(kind, args=[letter.pk]))

    letter.refresh_from_db()
    ending = "整改通知书" if kind.startswith("inspections:rectification") else "督办函"
    assert letter.letter.name == f"{letter.number}-城管／执法＼局：？-{ending}.docx"
    assert quote(letter.letter.name) in answer["Content-Disposition"]
