"""What may wait (挂账) has waited as long as it may: the office and the unit are told once, the history says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cityinit.addresses import address
from cityinit.periods import day_of
from inspections.models import Finding, FindingEvent
from units import notices
from units.models import Unit, User

from .moves import record
from .notify import about
from .wording import join

ENDED = "long_term_end"
# So many findings one transaction holds.
CHUNK = 100


def tell_of_ended(*, at: datetime, hold: Callable[[], None] = lambda: None) -> int:
    """Say of everything that might wait until that day or an earlier one that it has; gives of how many.

    Once for each time that it was put off: done twice, or by two at once, the second says nothing. `hold` is asked
    inside each transaction: whoever lost the job stops there.
    """
    told = 0
    for campaign in Campaign.objects.filter(ends_on__gte=day_of(at)).select_related("host"):
        keys = list(_untold(campaign, on=day_of(at)).values_list("pk", flat=True))
        for begin in range(0, len(keys), CHUNK):
            told += _of_campaign(campaign, keys[begin : begin + CHUNK], on=day_of(at), hold=hold)
    return told


def _untold(campaign: Campaign, *, on: date) -> Any:
    # Its clock has stood since it was put off: what was said before was said of another day.
    since = Coalesce(OuterRef("paused_at"), OuterRef("found_at"))
    said = FindingEvent.objects.filter(finding=OuterRef("pk"), move=ENDED, at__gte=since)
    return Finding.objects.of(campaign).long_term_until(day=on).filter(~Exists(said)).order_by("pk")


@transaction.atomic
def _of_campaign(campaign: Campaign, keys: Sequence[int], *, on: date, hold: Callable[[], None]) -> int:
    hold()
    # Held as they stand, and asked once more: another may have told of them, or the office have resumed them.
    held = Finding.objects.hold(*keys)
    ended = list(_untold(campaign, on=on).filter(pk__in=held).for_page())
    of_unit: dict[Unit, list[Finding]] = defaultdict(list)
    for finding in ended:
        leader = finding.long_term_leader and _("责任领导：%(leader)s") % {"leader": finding.long_term_leader}
        until = _("挂账至 %(day)s") % {"day": finding.long_term_until}
        record(finding, ENDED, _("挂账到期"), by=None, note=join(until, leader))
        if finding.lead_unit:
            of_unit[finding.lead_unit].append(finding)
    if ended:
        _tell(notices.office_of(campaign.host), ended, _("请决定恢复整改还是重新挂账"))
    for unit, findings in of_unit.items():
        _tell(notices.liaisons_of(unit), findings, _("请向创建办报告进展"), unit=unit)
    return len(ended)


def _tell(people: Iterable[User], findings: Sequence[Finding], what: str, *, unit: Unit | None = None) -> None:
    """One notice for each person, however many findings; written with the history, so that a job begun again knows."""
    if len(findings) == 1:
        [finding] = findings
        told = {"finding": about(finding), "day": finding.long_term_until, "what": what}
        text, url = _("挂账到期：%(finding)s，挂账至 %(day)s，%(what)s") % told, finding.get_absolute_url()
    else:
        asked = {"flag": "long_term"} | ({"unit": str(unit.pk)} if unit else {})
        text = _("有%(n)s个问题挂账到期，%(what)s") % {"n": len(findings), "what": what}
        url = f"{address('inspections:findings')}?{urlencode(asked)}"
    notices.tell(people, text, url=url, within=True)
