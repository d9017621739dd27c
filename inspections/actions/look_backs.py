"""回头看: what was closed is looked at again, all of some days or so many by lot; it holds, or it has come back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from campaigns.sent import sent_in
from cityinit import audit
from cityinit.files import Given
from cityinit.periods import day_end, day_start
from cityinit.sent import sent_before
from cityinit.workflow import Refused
from inspections import draws
from inspections.models import Finding, FindingPhoto, LookBack, LookBackList
from inspections.models.finding import REOPEN_DAYS
from inspections.workflow import FINDING, judging_own_work
from units.models import User
from units.notices import office_of, tell

from .findings import reopen
from .findings.moves import record
from .findings.photos import attach, keep_photos

PLAN, DO = "inspections.verify_finding", "inspections.reopen_finding"
State, Result = Finding.State, LookBack.Result
CLOSED = (State.CLOSED, State.CLOSED_ON_SPOT)
# A quarter of closed findings; more is a list nobody walks through.
LONGEST = 92


def plan_look_backs(
    campaign: Campaign,
    *,
    by: User,
    first: date,
    last: date,
    n: int | None = None,
    number: str = "",
    client_key: UUID | None = None,
) -> LookBackList:
    """List what was closed on these days to be looked at again: all of it, or `n` by lot under `number`.

    What waits to be looked at already is left out. The same form sent twice is one list. Refused where nothing was
    closed on these days that is still closed.
    """
    if not by.has_perm(PLAN, campaign):
        raise Refused(_("您没有安排回头看的权限。"), campaign)
    if not first <= last <= timezone.localdate() or (last - first).days > LONGEST:
        raise Refused(_("销号日期须在今天以前，先起后止，一次最多%(n)s天。") % {"n": LONGEST}, campaign)
    with transaction.atomic():
        # One list at a time: of two answers to one form the second finds the first.
        Campaign.objects.hold(campaign.pk)
        if there := sent_in(campaign, LookBackList.objects.filter(asked_by=by), client_key):
            return there
        closed = Finding.objects.of(campaign).filter(
            state__in=CLOSED, closed_at__gte=day_start(first), closed_at__lt=day_end(last)
        )
        # Held: whoever opens one again meanwhile finds it listed, and takes it off.
        held = closed.exclude(look_backs__result="").held().values_list("closed_at", "pk", "number")
        keys = {number: pk for _closed_at, pk, number in sorted(held)}
        if not keys:
            raise Refused(_("这些天里没有可以回头看的已销号问题。"), campaign)
        number = (number or f"{secrets.randbelow(10**8):08}") if n else ""
        chosen = draws.drawn(number, [("", list(keys))], n) if n else list(keys)
        made = LookBackList.objects.create(
            campaign=campaign,
            first=first,
            last=last,
            n=n,
            number=number,
            pool=list(keys),
            asked_by=by,
            client_key=client_key,
        )
        LookBack.objects.bulk_create(LookBack(finding_id=keys[one], list=made) for one in chosen)
        audit.record(_("安排回头看"), by=by, subject=made, detail={"number": number, "drawn": chosen})
    return made


def look_back(
    finding: Finding,
    *,
    by: User,
    result: str,
    photos: Sequence[Given],
    note: str = "",
    client_key: UUID | None = None,
) -> LookBack:
    """Say what was found where it was closed, with a photo; what has come back within 90 days is opened again.

    With or without a list. Refused to who answered it and the answering unit, and without a photo.
    """
    own = LookBack.objects.filter(finding=finding, done_by=by)
    if there := sent_before(own, client_key):
        return there
    if reason := look_back_refusal(finding, by):
        raise Refused(reason, finding)
    if result not in LookBack.FOUND:
        raise Refused(_("请选择回头看的结果。"), finding)
    if not photos:
        raise Refused(_("请至少上传一张回头看现场的照片。"), finding)
    recurred = result == Result.RECURRED
    opens = recurred and FINDING.refusal(finding, "reopen", by) is None
    kept = keep_photos(photos, of=finding)
    now = timezone.now()
    label = LookBack.Result(result).label
    try:
        with transaction.atomic():
            # The one that waits is the one that is done; of two people at once the second finds none waiting.
            held = Finding.objects.hold(finding.pk)[finding.pk]
            if held.state not in CLOSED:
                raise Refused(_("别人刚刚办理了这个问题，请看过最新情况再操作。"), finding)
            values = {"result": result, "note": note, "done_by": by, "done_at": now, "client_key": client_key}
            waiting = LookBack.objects.waiting().filter(finding=finding).first()
            if waiting:
                LookBack.objects.filter(pk=waiting.pk).update(**values)
                done = LookBack.objects.get(pk=waiting.pk)
            else:
                done = LookBack.objects.create(finding=finding, **values)
            record(finding, "look_back", _("回头看"), by=by, note="\n".join(filter(None, (str(label), note))))
            if opens:
                reopen(finding, by=by, photos=kept, note=_("回头看发现反弹"))
            else:
                attach(finding, kept, phase=FindingPhoto.Phase.LOOK_BACK, by=by)
            if recurred and not opens:
                told = _("回头看发现反弹，但销号已超过%(n)s天，请作为新问题上报：%(finding)s")
                text = told % {"n": REOPEN_DAYS, "finding": finding}
                tell(office_of(finding.campaign.host), text, url=finding.get_absolute_url())
    except IntegrityError:
        # The same form a moment earlier, through another connection.
        if there := sent_before(own, client_key):
            return there
        raise
    return done


def look_back_refusal(finding: Finding, by: User) -> str | None:
    """Why this person may not look back at the finding now, or None."""
    if finding.state not in CLOSED:
        return _("只有已销号的问题可以回头看，它目前是“%(state)s”。") % {"state": finding.get_state_display()}
    if not by.has_perm(DO, finding):
        return _("您没有回头看的权限。")
    return judging_own_work(finding, by)


def usual_days(*, on: date, after: int) -> tuple[date, date]:
    """The days that are due to be looked back at: a week of them, the last of which is so many days ago."""
    last = on - timedelta(days=after)
    return last - timedelta(days=6), last
