"""The units that every list's filter offers: drawn once, and never out of date."""

import pytest
from django.urls import reverse

from tests.factories import tasks
from units import actions
from units.choices import unit_options
from units.models import Unit


def offered(city):
    """The names that the next request would offer."""
    return unit_options(Unit.objects.get(pk=city.host.pk))


@pytest.fixture
def drawn(city):
    """The options as they are kept now."""
    return offered(city)


def test_the_units_are_offered_without_asking_for_them_again(city, drawn, django_assert_num_queries):
    host = Unit.objects.get(pk=city.host.pk)

    with django_assert_num_queries(0):
        again = unit_options(host)

    assert again == drawn


def test_a_new_unit_is_offered_at_once(city, drawn):
    actions.add_unit(city.host, name="数据局", by=city.administrator)

    assert ("数据局" in drawn, "数据局" in offered(city)) == (False, True)


def test_a_unit_is_offered_under_its_new_name(city, drawn):
    former = str(city.bureau)
    actions.rename_unit(city.bureau, name="城市运行局", by=city.administrator)

    assert (f">{former}<" in drawn, f">{former}<" in offered(city), ">城市运行局<" in offered(city)) == (
        True,
        False,
        True,
    )


def test_a_unit_that_moves_up_the_lists_is_offered_there(city, drawn):
    actions.change_unit(city.police, by=city.administrator, short_name="市公安")

    assert (">市公安<" in drawn, ">市公安<" in offered(city)) == (False, True)


def test_saving_the_host_from_an_old_copy_keeps_the_options_true(city):
    old = Unit.objects.get(pk=city.host.pk)
    actions.add_unit(city.host, name="数据局", by=city.administrator)
    with_the_new_one = offered(city)
    old.self_name = "我市"
    old.save()

    assert (offered(city) == with_the_new_one, "数据局" in offered(city)) == (True, True)


def test_a_name_that_is_markup_is_offered_as_text(city):
    actions.add_unit(city.host, name="<b>局</b>", by=city.administrator)

    assert ("&lt;b&gt;局&lt;/b&gt;" in offered(city), "<b>" in offered(city)) == (True, False)


def test_the_chosen_unit_is_chosen_in_the_filter(city, client):
    tasks.campaign(city)
    client.force_login(city.coordinator)

    page = client.get(reverse("campaigns:tasks"), {"unit": city.bureau.pk}).content.decode()

    assert f'<option value="{city.bureau.pk}" selected>{city.bureau}</option>' in page
    assert f'<option value="{city.police.pk}">{city.police}</option>' in page
