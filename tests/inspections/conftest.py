import pytest

from tests.factories import people, tasks


@pytest.fixture
def city(db):
    return people.city()


@pytest.fixture
def campaign(city):
    return tasks.campaign(city)
