"""Drawing sites by lot: seeded, logged, repeatable."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from campaigns.sent import sent_in
from cityinit import audit
from cityinit.workflow import Refused
from inspections import draws
from inspections.models import Draw, DrawnSite, Round, Site, SiteType
from units.models import Unit, User

from .sites import PERMISSION


def draw_sites(
    campaign: Campaign,
    *,
    by: User,
    n: int,
    kinds: Iterable[SiteType] = (),
    each: bool = True,
    unit: Unit | None = None,
    round: Round | None = None,
    number: str = "",
    client_key: UUID | None = None,
) -> Draw:
    """Draw n sites of each of these types, or, unless `each`, n of all of them together; without types, of all types.

    `unit` narrows the register to what it and the units below it answer for. `number` is what was called out in the
    room; without one, eight digits that nobody chose. The same form sent twice is one draw. Refused where the
    register holds no such site.
    """
    if not by.has_perm(PERMISSION, campaign):
        raise Refused(_("您没有抽取点位的权限。"), campaign)
    kinds = list(kinds)
    with transaction.atomic():
        # One draw at a time: of two answers to one form the second finds the first.
        Campaign.objects.hold(campaign.pk)
        if there := sent_in(campaign, Draw.objects.filter(drawn_by=by), client_key):
            return there
        found = Site.objects.of(campaign)
        if kinds:
            found = found.filter(kind__in=kinds)
        if unit:
            found = found.filter(unit__path__startswith=unit.path)
        rows = list(found.order_by("kind__position", "kind", "code").values_list("pk", "code", "kind__name"))
        if not rows:
            raise Refused(_("点位册里没有符合条件的点位，没有抽取。请放宽类型或责任单位。"), campaign)
        groups: dict[str, list[str]] = {}
        for _pk, code, kind in rows:
            groups.setdefault(kind if each else "", []).append(code)
        pool = list(groups.items())
        made = Draw.objects.create(
            campaign=campaign,
            round=round,
            number=number or f"{secrets.randbelow(10**8):08}",
            n=n,
            said=_said(kinds, unit),
            pool=pool,
            drawn_by=by,
            client_key=client_key,
        )
        keys = {code: pk for pk, code, _kind in rows}
        chosen = draws.drawn(made.number, pool, n)
        DrawnSite.objects.bulk_create(
            DrawnSite(draw=made, site_id=keys[code], code=code, position=place) for place, code in enumerate(chosen)
        )
        audit.record(
            _("抽取点位"),
            by=by,
            subject=made,
            detail={"number": made.number, "n": n, "pool": len(rows), "drawn": chosen},
        )
    return made


def _said(kinds: list[SiteType], unit: Unit | None) -> str:
    types = "、".join(kind.name for kind in kinds) if kinds else _("全部类型")
    return _("%(types)s；责任单位：%(unit)s及下级") % {"types": types, "unit": unit} if unit else types
