"""What a person sees of one campaign: the same whether the database is asked who may see it, or the person's posts."""

import pytest

from campaigns.models import (
    AssessmentSystem,
    Assignment,
    Batch,
    Decision,
    Document,
    DutyTurn,
    Indicator,
    Material,
    MaterialPack,
    PatrolRecord,
    SavedFilter,
    Standard,
    Supervision,
    SystemTable,
    Task,
    TaskExtension,
    TaskTable,
    WorkLogEntry,
)
from inspections.models import Finding, Site
from tests.factories import findings, materials, people, tasks
from units.roles import Role

pytestmark = pytest.mark.django_db
MODELS = (
    *(Task, Assignment, WorkLogEntry, Supervision, TaskExtension, TaskTable, SavedFilter, Batch),
    *(AssessmentSystem, Indicator, Standard, SystemTable, Material, MaterialPack),
    *(Document, Decision, DutyTurn, PatrolRecord, Finding, Site),
)


def test_one_campaign_shows_each_person_what_all_campaigns_show_of_it(city):
    other = people.city("临江市")
    district = people.unit("东城区", parent=city.host)
    officer = people.person("区创建办", Role.COORDINATOR, district, scope=district)
    one, elsewhere = tasks.campaign(city), tasks.campaign(other)
    for campaign, where in ((one, city), (elsewhere, other)):
        tasks.draft(campaign, where, units=[where.police])
        tasks.supervised(tasks.in_progress(campaign, where), where)
        days = {"starts_on": campaign.starts_on, "due_on": campaign.ends_on}
        tasks.asked(tasks.issued(campaign, where, **days), where)
        materials.asked(campaign, where)
        findings.reported(where, campaign)
        findings.site(campaign, where.street, code="S002")

    seen = {
        (model.__name__, who.username, campaign.pk): (
            set(model.objects.visible_to(who, of=campaign)),
            set(model.objects.visible_to(who).of(campaign)),
        )
        for model in MODELS
        for who in (*city.by_role.values(), city.other_liaison, city.street_liaison, city.nobody, officer)
        for campaign in (one, elsewhere)
    }

    assert {key: sides for key, sides in seen.items() if sides[0] != sides[1]} == {}
    assert {name for (name, _who, _of), (these, _those) in seen.items() if these} >= {"Task", "Finding", "Material"}
