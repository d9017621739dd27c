"""Counting who was talked out of uncivil conduct: several kinds at once, as they stand on a phone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.workflow import Refused
from units.models import Unit

from ..models import Campaign, Dissuasion, DutyPost
from ..registers import REGISTERS
from .registers import add_row


@transaction.atomic
def tally(
    campaign: Campaign,
    *,
    unit: Unit,
    done_on: date,
    counted: Mapping[str, tuple[int, int]],
    by: Any,
    duty: DutyPost | None = None,
    place: str = "",
    client_key: UUID | None = None,
) -> list[Dissuasion]:
    """A row per kind that was counted (kind → how many, of them fined); the same form sent twice gives the same rows.

    Refused where nothing was counted, for more fined than counted, for a day to come, and to who may not file for the
    unit.
    """
    wanted = {kind: numbers for kind, numbers in counted.items() if any(numbers)}
    if not wanted:
        raise Refused(_("还没有计数，请先点“＋”。"))
    if done_on > timezone.localdate():
        raise Refused(_("日期不能晚于今天。"))
    register = REGISTERS["dissuasion"]
    rows = []
    for kind, (number, fined) in wanted.items():
        if fined > number:
            raise Refused(_("“%(kind)s”登记处罚的多于劝导的，请核对。") % {"kind": kind})
        row = Dissuasion(
            campaign=campaign,
            kind=kind,
            done_on=done_on,
            unit=unit,
            duty=duty,
            place=place or (duty.name if duty else ""),
            number=number,
            fined=fined or None,
        )
        key = uuid5(client_key, kind) if client_key else None
        rows.append(add_row(register, row, many={}, client_key=key, by=by))
    return rows
