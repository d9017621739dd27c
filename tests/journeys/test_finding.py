"""One finding through the addresses: from the phone to close-out, by way of a return, a rework and a second person."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.models import Finding
from tests.factories import findings as make
from tests.factories import people, tasks
from units.models import Notice

State = Finding.State


@pytest.fixture
def city(db):
    return people.city()


@pytest.mark.django_db
def test_from_the_photo_to_close_out(city, client, clock, django_capture_on_commit_callbacks):
    def do(person, move, **given):
        client.force_login(person)
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post(reverse("inspections:finding_move", args=[finding.pk, move]), given, follow=True)
        assert response.redirect_chain == [(finding.get_absolute_url(), 302)], response.context["form"].errors
        finding.refresh_from_db()
        return [str(message) for message in response.context["messages"]]

    def buttons(person):
        client.force_login(person)
        return [button["label"] for button in client.get(finding.get_absolute_url()).context["moves"]]

    clock("2026-09-18 09:30")
    campaign = tasks.campaign(city)
    market = make.site(campaign, city.police)

    # An inspector in the market, with a phone.
    client.force_login(city.inspector)
    assert client.get(reverse("inspections:capture")).status_code == 200
    category = campaign.findingcategory_set.get(name="证照未公示")
    sent = {"client_key": uuid4(), "site": market.pk, "category": category.pk, "photos": [make.upload()]}
    page = client.post(reverse("inspections:capture"), sent, follow=True)
    finding = Finding.objects.get()
    assert page.redirect_chain == [(reverse("inspections:captured", args=[finding.pk]), 302)]
    assert (finding.number, finding.state, finding.lead_unit) == ("2026-000001", State.REPORTED, city.police)

    # The office gives it to the wrong unit, which sends it back.
    assert buttons(city.coordinator) == ["交办", "不予立案", "标为重复", "作废"]
    assert do(city.coordinator, "dispatch", lead_unit=city.police.pk, severity="B") == ["已交办。"]
    assert do(city.other_liaison, "return_to_office", reason="市场归城管局管理") == ["已退回创建办。"]
    clock("2026-09-21 10:00")
    do(city.coordinator, "dispatch", lead_unit=city.bureau.pk, assisting_units=[city.street.pk], severity="B")

    # Three working days; the mid-autumn holiday from the 25th is not reached.
    due = reverse("inspections:findings")
    assert f"{timezone.localtime(finding.due_at):%Y-%m-%d %H:%M}" == "2026-09-24 18:00"
    client.force_login(city.other_liaison)
    assert client.get(finding.get_absolute_url()).status_code == 404
    client.force_login(city.street_liaison)
    assert client.get(finding.get_absolute_url()).context["moves"] == []

    # The unit acknowledges, answers late and not well enough.
    do(city.liaison, "acknowledge", seen_state=State.DISPATCHED)
    clock("2026-09-24 18:30")
    client.force_login(city.coordinator)
    assert [row["number"] for row in client.get(due, {"flag": "overdue"}).context["rows"]] == [finding.number]
    answer = {
        "client_key": uuid4(),
        "measure": "已张贴",
        "photos": [make.upload(colour="olive")],
        "seen_state": State.RECTIFYING,
    }
    do(city.liaison, "answer", **answer)
    assert buttons(city.liaison) == []
    assert buttons(city.inspector) == ["复核"]
    do(city.inspector, "rework", reason="三号摊位仍未公示", due_at="2026-09-28T18:00")

    # The second answer passes the second person.
    do(
        city.liaison,
        "answer",
        client_key=uuid4(),
        measure="全部公示",
        photos=[make.upload(colour="navy"), make.upload(colour="teal")],
    )
    do(city.coordinator, "close", note="现场查看，属实")

    assert (finding.state, finding.closed_by, finding.rework_times) == (State.CLOSED, city.coordinator, 1)
    assert list(finding.events.values_list("move", "by__username")) == [
        ("report", city.inspector.username),
        ("dispatch", city.coordinator.username),
        ("return_to_office", city.other_liaison.username),
        ("dispatch", city.coordinator.username),
        ("acknowledge", city.liaison.username),
        ("answer", city.liaison.username),
        ("rework", city.inspector.username),
        ("answer", city.liaison.username),
        ("close", city.coordinator.username),
    ]
    assert list(finding.rectifications.values_list("attempt", "verdict")) == [(1, "rework"), (2, "passed")]
    assert Notice.objects.filter(user=city.liaison).count() == 3
    client.force_login(city.liaison)
    page = client.get(finding.get_absolute_url())
    assert [len(page.context[phase]) for phase in ("before", "after")] == [1, 3]
    assert "现场查看，属实" in page.content.decode()
