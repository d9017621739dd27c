"""Patrols: recorded by who walked, or entered for somebody; who is named for a quota; who is on leave."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit import audit
from cityinit.files import Given, keep, store
from cityinit.periods import Period, day_of
from cityinit.sent import sent_before
from cityinit.workflow import Refused
from units.models import Unit
from units.roles import Reach

from ..models import Absence, Campaign, PatrolMember, PatrolQuota, PatrolRecord
from ..patrols import Walker, walkers_of
from .rosters import free_for

KEEP = "campaigns.keep_roster"
DAY = timedelta(days=1)


def record_patrol(
    quota: PatrolQuota,
    *,
    walker: Walker,
    walked_at: datetime,
    by: Any,
    place: str = "",
    found: bool = False,
    note: str = "",
    files: Iterable[Given] = (),
    client_key: UUID | None = None,
) -> PatrolRecord:
    """A patrol of the quota; the same form sent twice is one record.

    It is the unit's as one of whose people the walker was asked that day. Refused of another person but to who keeps
    that unit's attendance, of whom the quota is not asked that day, and for a time to come. NoRoom when the disk
    is full.
    """
    sent = quota.records.filter(created_by=by)
    if there := sent_before(sent, client_key):
        return there
    day = day_of(walked_at)
    asked = walkers_of(quota, Period(day, day), person=walker.person)
    unit = next((one.unit for one in asked if one.is_held(day)), None)
    own = walker.person == ("user", by.pk) and by.has_perm("campaigns.keep_duty")
    if not own and not by.has_perm(KEEP, Reach(quota.campaign.host.path, ((unit or walker.unit).path,))):
        raise Refused(_("只能登记自己的巡查；代人补登请联系本单位联络员。"), quota)
    if walked_at > timezone.now():
        raise Refused(_("巡查时间不能晚于现在。"), quota)
    if unit is None:
        raise Refused(_("%(who)s这一天不在这项巡查的人员里。") % {"who": walker.name}, quota)
    kept = [keep(checked) for checked in files]
    try:
        with transaction.atomic():
            record = PatrolRecord.objects.create(
                quota=quota,
                user_id=walker.person[1] if walker.person[0] == "user" else None,
                name=walker.name,
                unit=unit,
                walked_at=walked_at,
                place=place or quota.place,
                found=found,
                note=note,
                client_key=client_key,
                created_by=by,
            )
            record.files.add(*[store(checked, by=by) for checked in kept])
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if there := sent_before(sent, client_key):
            return there
        raise
    return record


def delete_patrol(record: PatrolRecord, *, by: Any) -> None:
    """Take a record back: who entered it on the day itself, later who keeps the unit's attendance."""
    if reason := deletion_refusal(record, by=by):
        raise Refused(reason, record)
    with transaction.atomic():
        subject = f"{record.quota} {record.name} {timezone.localtime(record.walked_at):%Y-%m-%d %H:%M}"
        audit.record(_("删除巡查记录"), by=by, subject=subject, detail={"pk": record.pk})
        record.delete()


def deletion_refusal(record: PatrolRecord, *, by: Any) -> str | None:
    """Say why the person may not take the record back, or return None."""
    own = record.created_by_id == by.pk and day_of(record.created_at) == timezone.localdate()
    if own or by.has_perm(KEEP, record):
        return None
    return _("巡查记录当天可以由登记人删除，之后请联系本单位联络员或创建办。")


@transaction.atomic
def name_member(
    quota: PatrolQuota,
    *,
    unit: Unit,
    by: Any,
    user: Any = None,
    name: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> PatrolMember:
    """Name somebody for the quota, from a day to a day; the same person twice for overlapping days is refused."""
    _ask(by, quota.campaign, unit)
    name = user.name if user else name.strip()
    if not name:
        raise Refused(_("请选择人员或填写姓名。"), quota)
    PatrolQuota.objects.select_for_update(no_key=True).get(pk=quota.pk)
    member = PatrolMember(quota=quota, user=user, name=name, unit=unit, starts_on=starts_on, ends_on=ends_on)
    for other in quota.members.all():
        if other.person == member.person and _overlap(other, member):
            raise Refused(_("%(name)s已经在这项巡查的人员里。") % {"name": name}, quota)
    member.save()
    audit.record(_("指定巡查人员"), by=by, subject=f"{quota} {name}", detail={"pk": member.pk})
    return member


@transaction.atomic
def end_member(member: PatrolMember, *, by: Any, ends_on: date) -> None:
    """Let somebody be asked no longer than this day; what was asked until then stays."""
    _ask(by, member.quota.campaign, member.unit)
    if member.starts_on and ends_on < member.starts_on:
        member.delete()
    else:
        PatrolMember.objects.filter(pk=member.pk).update(ends_on=ends_on)
    detail = {"pk": member.pk, "ends_on": str(ends_on)}
    audit.record(_("停止指定巡查人员"), by=by, subject=f"{member.quota} {member.name}", detail=detail)


def succeed_member(members: QuerySet[PatrolMember], *, on: date, **values: Any) -> tuple[int, list[PatrolMember]]:
    """End these namings on that day, and let each go on the day after with what changes.

    How many did; and those that could not, because the one who follows is named for the same quota already.
    """
    count, left = 0, []
    for member in members.filter(Q(ends_on=None) | Q(ends_on__gt=on)):
        ends_on, begins = member.ends_on, max(member.starts_on or date.min, on + DAY)
        if member.starts_on and member.starts_on > on:
            member.delete()
        else:
            PatrolMember.objects.filter(pk=member.pk).update(ends_on=on)
        member.pk, member.starts_on, member.ends_on = None, begins, ends_on
        member._state.adding = True
        for name, value in values.items():
            setattr(member, name, value)
        others = PatrolMember.objects.filter(quota=member.quota_id)
        if any(other.person == member.person and _overlap(other, member) for other in others):
            left.append(member)
        else:
            member.save()
            count += 1
    return count, left


@transaction.atomic
def note_absence(
    campaign: Campaign,
    *,
    unit: Unit,
    starts_on: date,
    ends_on: date,
    by: Any,
    user: Any = None,
    name: str = "",
    reason: str = "",
) -> Absence:
    """Note that somebody is away: neither rosters nor quotas ask for the person on those days."""
    _ask(by, campaign, unit)
    name = user.name if user else name.strip()
    if not name:
        raise Refused(_("请选择人员或填写姓名。"))
    if ends_on < starts_on:
        raise Refused(_("止日早于起日，请检查。"))
    absence = Absence.objects.create(
        campaign=campaign,
        unit=unit,
        user=user,
        name=name,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason,
        created_by=by,
    )
    free_for(absence)
    audit.record(_("登记请假"), by=by, subject=f"{name} {starts_on}—{ends_on}", detail={"pk": absence.pk})
    return absence


@transaction.atomic
def delete_absence(absence: Absence, *, by: Any) -> None:
    _ask(by, absence.campaign, absence.unit)
    subject = f"{absence.name} {absence.starts_on}—{absence.ends_on}"
    audit.record(_("删除请假"), by=by, subject=subject, detail={"pk": absence.pk})
    absence.delete()


def _ask(by: Any, campaign: Campaign, unit: Unit) -> None:
    if not by.has_perm(KEEP, Reach(campaign.host.path, (unit.path,))):
        raise Refused(_("您没有给%(unit)s排班和考勤的权限。") % {"unit": unit})


def _overlap(one: PatrolMember, other: PatrolMember) -> bool:
    return (one.starts_on or date.min) <= (other.ends_on or date.max) and (other.starts_on or date.min) <= (
        one.ends_on or date.max
    )
