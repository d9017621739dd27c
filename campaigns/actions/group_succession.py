"""What a unit's successor takes over of leading groups, of what meetings left open, and of papers to read."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from campaigns.models import Decision, Document, FormerDecision, FormerOffice, GroupMember, LeadingGroup
from units.models import Unit

DEPUTY = "副"


def take_over_groups(unit: Unit, *, into: Unit, on: date) -> None:
    """Give the seats, the offices of groups, the pending decisions and the unread papers to the successor.

    Seats end under the old unit and go on under the new one, so that the composition of an earlier day stays; where the
    successor holds the like seat, the old unit's ends and no second one begins.
    """
    for member in GroupMember.objects.filter(Q(ends_on=None) | Q(ends_on__gt=on), unit=unit):
        if _sits_there(into, member):
            _leave(member, on=on)
        else:
            hand_on(member, into=into, on=on)
    offices = LeadingGroup.objects.filter(office_unit=unit)
    FormerOffice.objects.bulk_create([FormerOffice(group=group, unit=unit, until=on) for group in offices])
    offices.update(office_unit=into)
    pending = Decision.objects.pending().filter(unit=unit)
    FormerDecision.objects.bulk_create([FormerDecision(decision=row, unit=unit, until=on) for row in pending])
    pending.update(unit=into)
    for document in Document.objects.filter(readers=unit).exclude(readings__unit=unit):
        document.readers.add(into)
        document.readers.remove(unit)


def _sits_there(into: Unit, member: GroupMember) -> bool:
    """Whether the unit holds the like seat of the group for as long: a head beside a head, a deputy beside a deputy."""
    lasts = Q(ends_on=None) if member.ends_on is None else Q(ends_on=None) | Q(ends_on__gte=member.ends_on)
    own = GroupMember.objects.filter(lasts, group=member.group_id, seat=member.seat, unit=into)
    return any((DEPUTY in seat.title) == (DEPUTY in member.title) for seat in own)


def _leave(member: GroupMember, *, on: date) -> None:
    if member.starts_on and member.starts_on > on:
        member.delete()
        return
    GroupMember.objects.filter(pk=member.pk).update(ends_on=on)


def hand_on(row: Any, *, into: Unit, on: date) -> None:
    """End a dated row of a person on that day, and let it go on under the successor from the day after."""
    if row.starts_on and row.starts_on > on:
        type(row).objects.filter(pk=row.pk).update(unit=into)
        return
    ends_on = row.ends_on
    type(row).objects.filter(pk=row.pk).update(ends_on=on)
    row.pk, row.unit, row.starts_on, row.ends_on = None, into, on + timedelta(days=1), ends_on
    if hasattr(row, "client_key"):
        row.client_key = None
    row._state.adding = True
    row.save()
