import pytest

from tests.factories import tasks


@pytest.fixture
def campaign(city):
    return tasks.campaign(city)
