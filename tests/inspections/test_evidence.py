"""A finding that was put right, handed in as evidence for a material."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Submission
from inspections.actions import findings as actions
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

    told = "这个问题没有归入测评指标，“占道经营”类的问题也没有，以下按编号排列，请自己选一项。"
    assert (answer.context["why"], told in answer.content.decode()) == (told, True)
    assert answer.context["form"].initial.get("material") is None
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
        "这个问题还没有销号，整改是否到位尚未复核，不能作为材料。"
    ]


@pytest.mark.parametrize("state", [State.SUBMITTED, State.REWORK, State.LONG_TERM, State.REOPENED])
def test_before_it_is_closed_nobody_is_offered_it_and_a_form_that_stood_open_is_refused(here, campaign, client, state):
    of = materials.indicator(materials.system(campaign))
    finding = findings.finding_at(state, here, campaign, indicator=of)
    materials.asked(campaign, here, of=materials.standard(of), least_pixels=40)
    client.force_login(here.liaison)

    offered = client.get(finding.get_absolute_url()).context["may_use"]
    response = client.post(address(finding), {"at_once": "1"})

    assert (offered, Submission.objects.count()) == (False, 0)
    assert [str(message) for message in get_messages(response.wsgi_request)] == [
        "这个问题还没有销号，整改是否到位尚未复核，不能作为材料。"
    ]


def test_what_was_put_right_on_the_spot_may_be_handed_in(here, campaign, client):
    of = materials.indicator(materials.system(campaign))
    finding = findings.finding_at(State.CLOSED_ON_SPOT, here, campaign, indicator=of)
    client.force_login(here.coordinator)

    assert client.get(finding.get_absolute_url()).context["may_use"] is True


def test_the_photos_are_chosen_by_what_they_show_and_those_turned_down_are_not_among_them(here, campaign, client):
    finding = findings.finding_at(State.REWORK, here, campaign)
    actions.answer(finding, by=here.liaison, measure="重新清理", photos=[findings.photo(colour="gold")])
    actions.close(finding, by=here.inspector, despite_doubts=True)
    materials.asked(campaign, here, of=materials.standard(materials.indicator(materials.system(campaign))))
    client.force_login(here.liaison)

    page = client.get(address(finding))

    before, turned_down, passed = finding.photos.order_by("pk")
    field = page.context["form"].fields["files"]
    assert [pk for pk, _label in field.choices] == [before.file_id, passed.file_id]
    html = page.content.decode()
    thumbs = [reverse("inspections:photo", args=[photo.pk, "thumb"]) in html for photo in (before, turned_down, passed)]
    assert thumbs == [True, False, True]
    assert [word in html for word in ("整改前，上传", "整改后，上传", "疑似旧照")] == [True, True, False]


@pytest.mark.parametrize(("word", "doubts", "handed_in"), [("upheld", 1, 0), ("set_aside", 0, 1)])
def test_a_photo_in_doubt_is_warned_of_and_not_handed_in_by_one_click(here, campaign, client, word, doubts, handed_in):
    of = materials.indicator(materials.system(campaign))
    findings.finding_at(State.CLOSED, here, campaign)
    # Answered with the photo that was another one's answer.
    finding = findings.finding_at(State.SUBMITTED, here, campaign, indicator=of, photos=[findings.photo(colour="navy")])
    actions.judge_doubt(finding.doubts.get(), by=here.inspector, word=word, reason="同一机位")
    actions.close(finding, by=here.inspector)
    materials.asked(campaign, here, of=materials.standard(of), least_pixels=40)
    client.force_login(here.liaison)

    page = client.get(address(finding))
    client.post(address(finding), {"at_once": "1"})

    assert page.context["doubts"] == doubts
    assert ("有1张照片疑似旧照，还没有排除" in page.content.decode()) is bool(doubts)
    assert Submission.objects.count() == handed_in


def test_where_none_fits_the_nearest_stand_first_and_one_line_says_why(here, campaign, client):
    system = materials.system(campaign)
    above = materials.indicator(system, "Ⅰ-1")
    own, beside, apart = (
        materials.indicator(system, code, parent=parent)
        for code, parent in (("Ⅱ-1", above), ("Ⅱ-2", above), ("Ⅱ-9", None))
    )
    of_apart, of_beside = (materials.asked(campaign, here, of=materials.standard(one)) for one in (apart, beside))
    finding = findings.finding_at(State.CLOSED, here, campaign, indicator=own)
    client.force_login(here.liaison)

    page = client.get(address(finding))

    assert [pk for pk, _label in page.context["form"].fields["material"].choices] == ["", of_beside.pk, of_apart.pk]
    assert page.context["why"] == f"“{own}”下没有待报送的材料，先列同一上级指标的，再列其余的，请自己选一项。"


def test_without_an_indicator_what_speaks_of_the_category_stands_first(here, campaign, client):
    of = materials.indicator(materials.system(campaign))
    other, speaking = (
        materials.asked(campaign, here, of=materials.standard(of, content=content))
        for content in ("公益广告覆盖率", "无占道经营、店外经营")
    )
    finding = findings.finding_at(State.CLOSED, here, campaign)
    client.force_login(here.liaison)

    page = client.get(address(finding))

    assert [pk for pk, _label in page.context["form"].fields["material"].choices] == ["", speaking.pk, other.pk]
    assert page.context["why"] == (
        "这个问题没有归入测评指标，“占道经营”类的问题也没有，先列与“占道经营”相近的，再列其余的，请自己选一项。"
    )


def test_who_hands_in_nothing_is_not_offered_it(here, campaign, client):
    finding = findings.finding_at(State.CLOSED, here, campaign)
    client.force_login(here.inspector)

    assert client.get(finding.get_absolute_url()).context["may_use"] is False
    assert client.get(address(finding)).status_code == 403
