"""Quotas, patrols and rosters, reached by the actions the pages call."""

from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.actions import patrols as actions
from campaigns.models import PatrolQuota
from campaigns.models.patrol import of_person
from campaigns.patrols import Walker

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(moment):
    return datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)


def quota(campaign, **values):
    """联络员 must walk 责任路段 twice a day, unless told otherwise."""
    values = {"who": "联络员", "place": "责任路段", "times": 2, "cycle": "day", "role": "liaison", **values}
    return PatrolQuota.objects.create(campaign=campaign, **values)


def walker(user, unit):
    return Walker(of_person(user), user.name, unit)


def named(name, unit):
    """Somebody without an account."""
    return Walker(of_person(name=name, unit=unit), name, unit)


def walked(quota, user, unit, *moments, by=None, **values):
    """A patrol at each of the moments, recorded by the person."""
    return [
        actions.record_patrol(quota, walker=walker(user, unit), walked_at=at(moment), by=by or user, **values)
        for moment in moments
    ]
