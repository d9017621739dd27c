"""Indicators and standards to choose from, each under its system."""

import pytest

from campaigns.forms.registers import row_form
from campaigns.forms.tasks import TaskForm
from campaigns.models import Task
from campaigns.registers import REGISTERS
from tests.factories import materials
from units.models import Unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def trees(campaign):
    """Two systems whose positions run beside each other."""
    main, other = materials.system(campaign), materials.system(campaign, "一票否决事项")
    for place in (1, 2):
        materials.standard(materials.indicator(main, f"Ⅱ-{place}", "市容"), content="干净", is_negative=True)
        materials.standard(materials.indicator(other, f"负-{place}", "事故"), content="没有", is_negative=True)
    return main, other


def groups(field):
    """What stands under which heading; what stands under none is left out."""
    return {label: [text for _key, text in below] for label, below in field.choices if isinstance(below, list)}


OF_INDICATORS = {"一票否决事项": ["负-1 事故", "负-2 事故"], "全国文明城市测评体系": ["Ⅱ-1 市容", "Ⅱ-2 市容"]}


def task_form(campaign):
    return TaskForm(campaign=campaign, units=Unit.objects.all(), tasks=Task.objects.none())


def test_the_indicators_of_a_task_stand_under_their_systems(campaign, trees):
    assert groups(task_form(campaign).fields["indicator"]) == OF_INDICATORS


def test_those_of_one_system_need_no_heading(campaign):
    materials.indicator(materials.system(campaign), "Ⅱ-1", "市容")

    assert [text for _key, text in task_form(campaign).fields["indicator"].choices] == ["无", "Ⅱ-1 市容"]


@pytest.mark.parametrize("name", ["materials", "material_packs"])
def test_so_do_those_of_materials_and_packs(client, city, campaign, trees, name):
    client.force_login(city.coordinator)

    form = client.get(f"/campaigns/{'materials/packs/' if name == 'material_packs' else 'materials/'}").context["form"]

    assert groups(form.fields["indicator"]) == OF_INDICATORS


def test_so_do_the_standards_of_a_register(city, campaign, trees):
    form = row_form(REGISTERS["breaches"])(campaign=campaign, by=city.coordinator)

    assert groups(form.fields["standard"]) == {
        "一票否决事项": ["负-1-1) 没有", "负-2-1) 没有"],
        "全国文明城市测评体系": ["Ⅱ-1-1) 干净", "Ⅱ-2-1) 干净"],
    }
