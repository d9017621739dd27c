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


def test_one_click_hands_the_pair_in_for_the_standard_it_was_filed_under_and_a_second_does_not(here, campaign, client):
    of = materials.indicator(materials.system(campaign))
    finding = findings.finding_at(State.CLOSED, here, campaign, indicator=of)
    materials.asked(campaign, here, of=materials.standard(materials.indicator(of.system, "Ⅰ-1")))
    material = materials.asked(campaign, here, of=materials.standard(of), least_pixels=40)
    client.force_login(here.liaison)

    first, second = (client.post(address(finding), {"at_once": "1"}) for _ in range(2))

    made = Submission.objects.get()
    assert (made.material, made.files.count()) == (material, finding.photos.count())
    assert [answer.url for answer in (first, second)] == [material.get_absolute_url()] * 2
    assert "一键作为材料" in client.get(finding.get_absolute_url()).content.decode()


def test_a_finding_without_an_indicator_goes_where_its_category_goes_most(here, campaign, client):
    of = materials.indicator(materials.system(campaign))
    findings.reported(here, campaign, indicator=of)
    finding = findings.finding_at(State.CLOSED, here, campaign)
    material = materials.asked(campaign, here, of=materials.standard(of), least_pixels=40)
    client.force_login(here.liaison)

    client.post(address(finding), {"at_once": "1"})

    assert Submission.objects.get().material == material


def test_one_click_without_a_right_standard_hands_nothing_in_and_lets_choose(here, campaign, client):
    finding = findings.finding_at(State.CLOSED, here, campaign)
    materials.asked(campaign, here, of=materials.standard(materials.indicator(materials.system(campaign))))
    client.force_login(here.liaison)

    answer = client.post(address(finding), {"at_once": "1"}, follow=True)

    assert "没有找到对应的待报送材料，请自己选一项。" in answer.content.decode()
    assert (answer.context["form"].is_bound, Submission.objects.count()) == (False, 0)


def test_one_click_that_breaks_a_rule_for_files_is_told_in_the_form(here, campaign, client):
    of = materials.indicator(materials.system(campaign))
    finding = findings.finding_at(State.CLOSED, here, campaign, indicator=of)
    materials.asked(campaign, here, of=materials.standard(of), least_pixels=4000)
    client.force_login(here.liaison)

    answer = client.post(address(finding), {"at_once": "1"})

    assert (answer.status_code, Submission.objects.count()) == (422, 0)
    assert answer.context["form"].non_field_errors()


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
