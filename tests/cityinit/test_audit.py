"""The trail grows by one door and tells when somebody touched it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cityinit import audit
from cityinit.models import AuditEvent

pytestmark = pytest.mark.django_db


def test_events_are_chained_and_a_whole_chain_has_no_broken_link(city):
    first = audit.record("导出", by=city.coordinator, subject="任务台账", detail={"n": 3}, address="127.0.0.1")
    second = audit.record("清理", by=None)

    assert (first.actor_name, second.actor_name) == (city.coordinator.name, "系统")
    assert second.previous_hash == first.hash
    assert audit.first_broken_link() is None


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ({"signer": "陈立群", "pk": 3}, "签发人：陈立群；记录号：3"),
        ({"units": ["城管局", "公安局"], "filter": ""}, "单位：城管局、公安局"),
        ({"单位": {"created": 2, "updated": 0}}, "单位：新增2、更新0"),
    ],
)
def test_what_an_event_keeps_is_told_in_words(detail, told):
    assert audit.in_words(detail) == told


@pytest.mark.parametrize("tamper", [{"actor_name": "别人"}, {"detail": {"n": 4}}, {"hash": "0" * 64}])
def test_a_changed_event_breaks_the_chain(city, tamper):
    changed = audit.record("导出", by=city.coordinator, detail={"n": 3})
    audit.record("导出", by=city.coordinator)
    AuditEvent.objects.filter(pk=changed.pk).update(**tamper)

    assert audit.first_broken_link() == changed


def test_a_deleted_event_breaks_the_chain(city):
    gone = audit.record("导出", by=city.coordinator)
    after = audit.record("导出", by=city.coordinator)
    AuditEvent.objects.filter(pk=gone.pk).delete()

    assert audit.first_broken_link() == after


def checked(**options):
    told = StringIO()
    call_command("check_audit", stdout=told, **options)
    return told.getvalue()


def test_the_command_tells_that_the_trail_is_whole_and_which_event_is_the_last(city):
    audit.record("导出", by=city.coordinator)
    last = audit.record("导出", by=city.coordinator)

    assert checked() == f"The trail is whole: 2 events, the last one {last.hash}\n"


def test_the_command_names_the_first_event_that_was_touched(city):
    changed = audit.record("导出", by=city.coordinator, detail={"n": 3})
    AuditEvent.objects.filter(pk=changed.pk).update(detail={"n": 4})

    with pytest.raises(CommandError, match=f"broken at event {changed.pk} of .*导出, 清水市"):
        checked()


def test_a_trail_whose_end_was_cut_off_no_longer_holds_the_hash_that_was_seen(city):
    audit.record("导出", by=city.coordinator)
    last = audit.record("清理", by=None)
    whole = checked(seen=last.hash)
    AuditEvent.objects.filter(pk=last.pk).delete()

    assert whole.startswith("The trail is whole")
    with pytest.raises(CommandError, match="its end was cut off"):
        checked(seen=last.hash)


def test_an_event_can_be_neither_changed_nor_deleted(city):
    event = audit.record("导出", by=city.coordinator)

    with pytest.raises(TypeError, match="append-only"):
        event.save()
    with pytest.raises(TypeError, match="append-only"):
        event.delete()
