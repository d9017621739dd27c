"""Two people at the same moment, or one who clicked twice: one is done, the other is told, nobody gets a fault."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.actions import campaigns as campaign_actions
from campaigns.actions import registers as register_actions
from campaigns.models import Campaign, Workstream
from campaigns.registers import REGISTERS
from cityinit.content import check_workbook
from inspections.actions import findings as finding_actions
from inspections.actions.workbooks import receive_workbook
from inspections.importers import load_workbook
from inspections.models import Finding, WorkbookLoad
from tests.at_once import at_once
from tests.factories import findings, people, tasks
from tests.factories.workbooks import book
from units import actions as unit_actions
from units.models import Unit, User

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_workbook_sent_twice_at_once_is_one_upload():
    city, key, content = people.city(), uuid4(), book().read()

    def send():
        receive_workbook(check_workbook(SimpleUploadedFile("台账.xlsx", content)), client_key=key, by=city.coordinator)

    assert at_once(send, send, send) == [None, None, None]
    assert WorkbookLoad.objects.count() == 1


def test_a_workbook_loaded_twice_at_once_is_loaded_once():
    content = [{"名称": "清水市"}, {"名称": "城管局", "上级单位": "清水市"}]

    def load():
        assert load_workbook(book(单位=content)).is_sound

    assert at_once(load, load) == [None, None]
    assert (Campaign.objects.count(), Unit.objects.count()) == (1, 2)


def test_of_two_accounts_of_one_name_at_once_one_is_refused():
    city = people.city()

    def add():
        unit_actions.add_person(username="zhang", name="张三", by=city.administrator)

    refused = at_once(add, add)

    assert (refused.count(None), User.objects.filter(username="zhang").count()) == (1, 1)


def test_of_two_campaigns_of_one_name_at_once_one_is_refused():
    city = people.city()
    days = {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}

    def add():
        campaign_actions.create_campaign(host=city.host, name="创卫", by=city.coordinator, **days)

    refused = at_once(add, add)

    assert (refused.count(None), Campaign.objects.filter(name="创卫").count()) == (1, 1)


def test_of_two_register_rows_of_one_name_at_once_one_is_refused():
    city = people.city()
    campaign = tasks.campaign(city)
    register = REGISTERS["workstreams"]

    def add():
        row = Workstream(campaign=campaign, name="绿化")
        many = {name: [] for name in register.many}
        register_actions.add_row(register, row, many=many, client_key=uuid4(), by=city.coordinator)

    refused = at_once(add, add)

    assert (refused.count(None), Workstream.objects.count()) == (1, 1)


def test_of_two_findings_called_duplicates_of_each_other_at_once_one_goes_on_counting():
    city = people.city()
    campaign = tasks.campaign(city)
    first, second = findings.reported(city, campaign), findings.reported(city, campaign)

    refused = at_once(
        lambda: finding_actions.mark_duplicate(first, by=city.coordinator, duplicate_of=second),
        lambda: finding_actions.mark_duplicate(second, by=city.coordinator, duplicate_of=first),
    )

    assert refused.count(None) == 1
    assert sorted(Finding.objects.values_list("state", flat=True)) == ["duplicate", "reported"]
