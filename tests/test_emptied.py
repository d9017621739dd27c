import pytest
from django.apps import apps

from tests import emptied
from tests.factories import people, tasks


@pytest.mark.django_db(transaction=True)
def test_of_what_a_test_has_committed_nothing_is_left_but_what_migrate_wrote():
    def filled():
        return {model._meta.db_table for model in apps.get_models() if model._base_manager.exists()}

    as_migrated = filled()
    city = people.city()
    tasks.confirmed(tasks.campaign(city), city)
    assert filled() > as_migrated

    emptied.empty()

    assert filled() == as_migrated == emptied.KEPT
