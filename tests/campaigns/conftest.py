from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.actions import tables as actions
from cityinit.content import check_table
from tests.factories import tables, tasks


@pytest.fixture
def here(city):
    """清水市, where a test tells of another city as well."""
    return city


@pytest.fixture
def campaign(city):
    return tasks.campaign(city)


@pytest.fixture
def bring(campaign, city, work):
    """Upload a file, match its columns as proposed, check it and, where it is sound, load it."""

    def do(file, *, name="任务分解表.xlsx", mapping=None, load=True, **options):
        upload = SimpleUploadedFile(name, file.read())
        table = actions.receive_table(campaign, check_table(upload), client_key=uuid4(), by=city.coordinator)
        work()
        table.refresh_from_db()
        actions.match_columns(table, mapping=mapping or tables.proposed(table), options=options, by=city.coordinator)
        work()
        table.refresh_from_db()
        if load and table.is_sound:
            actions.start_load(table, by=city.coordinator)
            work()
            table.refresh_from_db()
        return table

    return do
