"""Who sits in a leading group: a seat goes over to somebody else in one step."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Document, DocumentReading, GroupMember
from cityinit import audit
from cityinit.sent import refuse_stale, sent_before
from cityinit.workflow import Refused
from units.models import Unit

from .tasks import ask

DAY = timedelta(days=1)


def succeed(
    member: GroupMember,
    *,
    by: Any,
    on: date,
    person_name: str = "",
    title: str = "",
    unit: Unit | None = None,
    seen: str = "",
    client_key: UUID | None = None,
) -> GroupMember:
    """End the seat on that day, and give it to somebody else from the day after; gives the new seat.

    The same `client_key` gives the one that is there. Refused before the seat began, once it has ended, for a day to
    come, and where nobody is named.
    """
    ask(by, "campaigns.change_register", member)
    of_seat = member.group.members.filter(seat=member.seat)
    if there := sent_before(of_seat, client_key):
        return there
    if not (person_name or title):
        raise Refused(_("请填写接任者的姓名或行政职务。"), member.group)
    try:
        with transaction.atomic():
            kept = GroupMember.objects.select_for_update(no_key=True).get(pk=member.pk)
            # The same form may have arrived twice, and the other one held the lock.
            if there := sent_before(of_seat, client_key):
                return there
            refuse_stale(member.group, seen=seen, now=kept.mark)
            _refuse_day(kept, on)
            GroupMember.objects.filter(pk=kept.pk).update(ends_on=on)
            new = GroupMember.objects.create(
                campaign=kept.campaign,
                group=kept.group,
                seat=kept.seat,
                person_name=person_name,
                unit=unit,
                title=title,
                duties=kept.duties,
                starts_on=on + DAY,
                ends_on=kept.ends_on,
                position=kept.position,
                client_key=client_key,
            )
            subject = f"{kept.group} {kept.seat}"
            audit.record(_("接任"), by=by, subject=subject, detail={_("原任"): str(kept), _("接任"): str(new)})
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if there := sent_before(of_seat, client_key):
            return there
        raise
    return new


def _refuse_day(member: GroupMember, on: date) -> None:
    if member.ends_on and member.ends_on <= on:
        raise Refused(_("这个席位已于%(day)s结束，没有可接任的。") % {"day": member.ends_on}, member.group)
    if member.starts_on and on < member.starts_on:
        raise Refused(_("原任最后一天不能早于其开始日期%(day)s。") % {"day": member.starts_on}, member.group)
    if on > timezone.localdate():
        raise Refused(_("原任最后一天不能晚于今天：请在变动当天办理。"), member.group)


@transaction.atomic
def take_note(document: Document, *, by: Any) -> list[Unit]:
    """The person's units that are to read the paper have done so; gives those that had not yet."""
    units = [
        unit
        for unit in document.readers.all()
        if unit in Unit.objects.governed_by(by) and by.has_perm("campaigns.acknowledge_task")
    ]
    if not units:
        raise Refused(_("这份文件没有要求您的单位阅知。"), document)
    there = set(document.readings.values_list("unit_id", flat=True))
    fresh = [unit for unit in units if unit.pk not in there]
    DocumentReading.objects.bulk_create(
        (DocumentReading(document=document, unit=unit, by=by) for unit in fresh), ignore_conflicts=True
    )
    return fresh
