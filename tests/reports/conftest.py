import pytest

from tests.factories.reports import told_campaign


@pytest.fixture
def campaign(city):
    return told_campaign(city)
