"""The nightly check of the tallies that the overview adds up."""

from __future__ import annotations

from collections import Counter

from django.db import transaction
from django.utils.translation import gettext as _

from cityinit.addresses import address
from cityinit.audit import record
from inspections import tallies
from inspections.models import FindingTally
from units import notices

About = FindingTally.About


@transaction.atomic
def check_tallies() -> int:
    """Hold the tallies against a direct count, put right what differs, and tell of it; says how many numbers did.

    They can only differ where somebody has changed the database past its triggers: the trail and the administrators
    are told. Done twice, the second time finds nothing.
    """
    wrong = tallies.settle()
    if wrong:
        of_kind = Counter(str(About(about).label) for _campaign, about, *_rest in wrong)
        record(_("更正总览计数"), by=None, subject=_("问题计数"), detail=dict(of_kind))
        text = _("总览的问题计数与逐条统计有%(n)s处不一致，已更正，详见审计日志。") % {"n": len(wrong)}
        notices.tell(notices.administrators(), text, url=address("cityinit:audit"))
    return len(wrong)


def fold_tallies() -> int:
    """Make one row of tallies that are alike, so that adding them up stays quick; says how many rows went."""
    return tallies.fold()
