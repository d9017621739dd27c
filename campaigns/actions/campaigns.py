"""Campaigns: founded and changed by the office."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Guidance
from cityinit import audit
from cityinit.sent import refuse_stale
from cityinit.workflow import Refused
from units.models import Unit


@transaction.atomic
def create_campaign(*, host: Unit, guides: Iterable[Unit] = (), by: Any, **values: Any) -> Campaign:
    """A campaign of a host unit; refused outside the person's own hosts."""
    campaign = Campaign(host=host, **values)
    if not by.has_perm("campaigns.change_campaign", campaign):
        raise Refused(_("您只能为自己所在的主体单位新增创建活动。"))
    _save(campaign)
    _set_guides(campaign, guides)
    audit.record(_("新增创建活动"), by=by, subject=campaign)
    return campaign


@transaction.atomic
def edit_campaign(campaign: Campaign, *, guides: Iterable[Unit] = (), by: Any, seen: str = "", **values: Any) -> None:
    """Write the office's changes; what was changed goes to the audit trail.

    `seen` is the mark of the campaign the form was drawn from: refused when somebody has changed it since.
    """
    kept = Campaign.objects.hold(campaign.pk)
    if not by.has_perm("campaigns.change_campaign", kept):
        raise Refused(_("您的岗位没有这项权限。"), kept)
    refuse_stale(campaign, seen=seen, now=kept.mark)
    changed = {name: [str(getattr(kept, name)), str(value)] for name, value in values.items()}
    changed = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
    for name in changed:
        setattr(campaign, name, values[name])
    if changed:
        _save(campaign, update_fields=list(changed))
    _set_guides(campaign, guides)
    audit.record(_("修改创建活动"), by=by, subject=campaign, detail=changed)


def _save(campaign: Campaign, **how: Any) -> None:
    try:
        with transaction.atomic():
            campaign.save(**how)
    except IntegrityError:
        raise Refused(_("这个名称已被使用，请加上城市名或年份。")) from None


def _set_guides(campaign: Campaign, guides: Iterable[Unit]) -> None:
    chosen = list(guides)
    kept = list(Guidance.objects.filter(campaign=campaign).values_list("unit", flat=True))
    if kept == [unit.pk for unit in chosen]:
        return
    Guidance.objects.filter(campaign=campaign).delete()
    Guidance.objects.bulk_create(
        Guidance(campaign=campaign, unit=unit, position=place) for place, unit in enumerate(chosen)
    )
