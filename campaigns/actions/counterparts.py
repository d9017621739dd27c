"""One work asked for by two systems: the office links an indicator of one to an indicator of the other."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cityinit.workflow import Refused
from units.roles import require

from ..models import Counterpart, Indicator
from .systems import record


@transaction.atomic
def link(one: Indicator, other: Indicator, *, by: Any) -> Counterpart:
    """Say that both ask for the same work; linked twice it is one link. Refused within one and the same system."""
    require(by, "campaigns.change_system", one.system)
    if one.campaign_id != other.campaign_id or one.system.name == other.system.name or one.lineage == other.lineage:
        raise Refused(_("只能把两个不同测评体系的指标对应起来。"), one)
    first, second = sorted((one.lineage, other.lineage))
    made, is_new = Counterpart.objects.get_or_create(campaign=one.campaign, one=first, other=second)
    if is_new:
        _tell_both(one, other, "link", str(_("对应")), by=by)
    return made


@transaction.atomic
def unlink(one: Indicator, other: Indicator, *, by: Any) -> None:
    """Take the link away; nothing happens where there is none."""
    require(by, "campaigns.change_system", one.system)
    first, second = sorted((one.lineage, other.lineage))
    gone, _by_model = Counterpart.objects.of(one.campaign).filter(one=first, other=second).delete()
    if gone:
        _tell_both(one, other, "unlink", str(_("取消对应")), by=by)


def _tell_both(one: Indicator, other: Indicator, move: str, label: str, *, by: Any) -> None:
    for system in (one.system, other.system):
        record(system, move, label, by=by, note=f"{one} = {other}")
