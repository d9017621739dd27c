"""A finding that was put right, handed in as evidence for a material."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Submission
from inspections.models import Finding
from tests.factories import findings, materials, tasks
from tests.factories.people import city

pytestmark = pytest.mark.django_db
State = Finding.State


@pytest.fixture
def here():
    return city()


@pytest.fixture
def campaign(here):
    return tasks.campaign(here)


def address(finding):
    return reverse("inspections:finding_as_material", args=[finding.pk])


def test_before_and_after_are_handed_in_by_name_and_both_pages_tell_of_it(here, campaign, client):
    of = materials.indicator(materials.system(campaign))
    finding = findings.finding_at(State.CLOSED, here, campaign, indicator=of)
    other = materials.asked(campaign, here, of=materials.standard(materials.indicator(of.system, "Ⅰ-1")))
    material = materials.asked(campaign, here, of=materials.standard(of), least_pixels=40)
    client.force_login(here.liaison)

    form = client.get(address(finding)).context["form"]
    chosen = {name: form.initial[name] for name in ("material", "title", "note")}
    chosen |= {"dated_on": str(form.initial["dated_on"]), "files": [file.pk for file in form.initial["files"]]}
    client.post(address(finding), chosen)

    made = Submission.objects.get()
    assert [pk for pk, _label in form.fields["material"].choices] == [material.pk, other.pk]
    assert made.material == material
    assert sorted(file.pk for file in made.files.all()) == sorted(photo.file_id for photo in finding.photos.all())
    assert (made.dated_on, made.source_url) == (timezone.localdate(), finding.get_absolute_url())
    assert material.full_number in client.get(finding.get_absolute_url()).content.decode()


def test_without_a_photo_of_how_it_was_put_right_there_is_no_evidence(here, campaign, client):
    finding = findings.finding_at(State.RECTIFYING, here, campaign)
    client.force_login(here.liaison)

    page = client.get(finding.get_absolute_url())
    response = client.get(address(finding))

    assert page.context["may_use"] is False
    assert [str(message) for message in get_messages(response.wsgi_request)] == [
        "这个问题还没有整改后的照片，不能作为材料。"
    ]


def test_who_hands_in_nothing_is_not_offered_it(here, campaign, client):
    finding = findings.finding_at(State.CLOSED, here, campaign)
    client.force_login(here.inspector)

    assert client.get(finding.get_absolute_url()).context["may_use"] is False
    assert client.get(address(finding)).status_code == 403
