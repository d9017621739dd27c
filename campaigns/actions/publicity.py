"""Looking after what hangs: in what condition a position of publicity was found."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.sent import sent_before
from cityinit.workflow import Refused
from units.notices import liaisons_of, tell

from ..models import Publicity, PublicityCheck


def check_publicity(
    publicity: Publicity,
    *,
    condition: str,
    checked_on: date,
    by: Any,
    url: str,
    note: str = "",
    client_key: UUID | None = None,
) -> PublicityCheck:
    """Note how the position was found; the same form sent twice is one check.

    The unit is told of what is damaged or out of date. Refused of a position that does not hang on that day, and for
    a day to come.
    """
    if not by.has_perm("campaigns.check_publicity", publicity):
        raise Refused(_("您在这里没有检查宣传阵地的权限。"))
    own = publicity.checks.filter(created_by=by)
    if there := sent_before(own, client_key):
        return there
    if checked_on > timezone.localdate():
        raise Refused(_("检查日期不能晚于今天。"))
    try:
        with transaction.atomic():
            row = Publicity.objects.select_for_update(no_key=True).get(pk=publicity.pk)
            if row.placed_on and checked_on < row.placed_on:
                raise Refused(_("检查日期不能早于它设置的%(day)s。") % {"day": row.placed_on})
            if row.removed_on and checked_on >= row.removed_on:
                raise Refused(_("它已于%(day)s撤下，不用再检查。") % {"day": row.removed_on})
            check = PublicityCheck.objects.create(
                publicity=publicity,
                condition=condition,
                checked_on=checked_on,
                note=note,
                client_key=client_key,
                created_by=by,
            )
            if condition != PublicityCheck.Condition.INTACT and publicity.unit:
                text = _("%(what)s检查发现%(condition)s，请尽快更新。") % {
                    "what": publicity,
                    "condition": check.get_condition_display(),
                }
                tell((person for person in liaisons_of(publicity.unit) if person != by), text, url=url)
    except IntegrityError:
        if there := sent_before(own, client_key):
            return there
        raise
    return check
