"""What the summary tells of materials, and that each number leads to its records."""

import pytest

from campaigns.models import Material
from cityinit.periods import Period
from reports import narrative
from reports.facts import collect
from reports.records import figure_of, rows_of
from tests.factories import materials, tasks
from tests.factories.people import city

pytestmark = pytest.mark.django_db
HALF = Period.half_year(2026, 1)
State = Material.State


def told(campaign):
    found = collect(campaign, HALF, on=HALF.last)
    return found, "".join(section.text for section in narrative.write(found.facts, narrative.Writing()))


def test_what_was_asked_handed_in_and_passed_is_told_with_its_records(clock):
    here = city()
    campaign = tasks.campaign(here)
    clock("2026-04-01 10:00")
    for state in State:
        materials.material_at(state, campaign, here)
    clock("2026-07-10 10:00")
    materials.material_at(State.ACCEPTED, campaign, here)

    found, text = told(campaign)

    assert "测评材料应报6项，已报5项，审核通过2项，完成率33.3%。" in text
    kept = {key: len(figure_of(found, f"materials.{key}").pks) for key in ("asked", "submitted", "accepted")}
    assert kept == {"asked": 6, "submitted": 5, "accepted": 2}
    shown = rows_of(figure_of(found, "materials.accepted"), user=here.coordinator, first=0, last=10)
    assert [row["state"] for row in shown] == ["审核通过", "已归档"]


def test_where_nothing_was_handed_in_only_what_was_asked_is_told(clock):
    here = city()
    campaign = tasks.campaign(here)
    clock("2026-04-01 10:00")
    of = materials.standard(materials.indicator(materials.system(campaign)), methods=["filing"])
    materials.asked(campaign, here, of=of)

    assert "网上申报材料应报1项。" in told(campaign)[1]


def test_where_no_material_was_asked_for_none_is_told():
    found, text = told(tasks.campaign(city()))

    assert [key for key in found.facts["figures"] if key.startswith("materials")] == []
    assert "材料" not in text
