"""What the office does with the register of places."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cityinit import audit
from cityinit.sent import refuse_stale
from cityinit.workflow import Refused
from inspections.models import FormerSite, Site, SiteType
from units.models import User

PERMISSION = "inspections.change_site"


def add_site(campaign: Campaign, *, by: User, kind: str, **values: Any) -> Site:
    """Put a place on the register; refused when the code is taken. An unknown `kind` becomes a new type."""
    _may_change(campaign, by=by)
    made = Site(campaign=campaign, registered_on=timezone.localdate())
    return _save(made, by=by, action=_("新增点位"), kind=kind, **values)


def change_site(site: Site, *, by: User, kind: str, seen: str = "", **values: Any) -> None:
    """Write what the office now knows of a place; refused when the code is another one's.

    `seen` is the mark of the site the form was drawn from: refused when somebody has changed it since.
    """
    _may_change(site.campaign, by=by)
    with transaction.atomic():
        kept = Site.objects.select_for_update(no_key=True).get(pk=site.pk)
        refuse_stale(site, seen=seen, now=kept.mark)
        if kept.unit_id != values["unit"].pk:
            FormerSite.objects.create(site=site, unit=kept.unit, until=timezone.localdate() - timedelta(days=1))
        _save(site, by=by, action=_("修改点位"), kind=kind, **values)


def _save(site: Site, *, by: User, action: str, kind: str, **values: Any) -> Site:
    try:
        with transaction.atomic():
            site.kind = SiteType.objects.called(kind) or SiteType.objects.add(kind)
            for name, value in values.items():
                setattr(site, name, value)
            site.save()
            audit.record(action, by=by, subject=site, detail={"code": site.code})
    except IntegrityError:
        raise Refused(_("编号“%(code)s”已用于另一个点位。") % {"code": values["code"]}) from None
    return site


def _may_change(campaign: Campaign, *, by: User) -> None:
    if not by.has_perm(PERMISSION, campaign):
        raise Refused(_("您没有修改点位册的权限。"), campaign)
