"""A new finding, filed from a phone; or found and put right at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Indicator
from campaigns.sent import sent_in
from cityinit.files import Given
from cityinit.workflow import Refused
from inspections import presets
from inspections.models import Finding, FindingCategory, FindingPhoto, FindingSeries, Round, Site
from units.models import Unit, User

from .moves import make_move
from .notify import tell_office
from .photos import attach, keep_photos

Phase = FindingPhoto.Phase
# Two rows can only want one number where an import takes it in that moment.
NUMBER_TRIES = 5


def record_finding(
    campaign: Campaign,
    *,
    by: User,
    category: FindingCategory,
    photos: Sequence[Given] = (),
    description: str = "",
    **where_and_when: Any,
) -> Finding:
    """File a finding and report it to the office; sent twice with one `client_key`, it is stored once.

    Refused without a photo or a text, and to whoever may not report here. What else may be given is
    named by `_capture`.
    """
    if not photos and not description.strip():
        raise Refused(_("请至少拍一张照片，或写一句问题描述。"))
    finding, fresh = _capture(
        campaign, "report", by=by, category=category, before=photos, description=description, **where_and_when
    )
    if fresh:
        tell_office(finding, _("待核实：%(finding)s"), by=by)
    return finding


def close_on_spot(
    campaign: Campaign,
    *,
    by: User,
    category: FindingCategory,
    photos: Sequence[Given],
    after_photos: Sequence[Given],
    **where_and_when: Any,
) -> Finding:
    """File a finding that was put right before the inspector's eyes; refused without both photos."""
    if not photos or not after_photos:
        raise Refused(_("现场整改要有整改前和整改后的照片各至少一张。"))
    finding, _fresh = _capture(
        campaign, "close_on_spot", by=by, category=category, before=photos, after=after_photos, **where_and_when
    )
    return finding


def _capture(
    campaign: Campaign,
    move: str,
    *,
    by: User,
    category: FindingCategory,
    before: Sequence[Given] = (),
    after: Sequence[Given] = (),
    site: Site | None = None,
    place: str = "",
    severity: str = "",
    description: str = "",
    client_key: UUID | None = None,
    found_at: datetime | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    round: Round | None = None,
    lead_unit: Unit | None = None,
    indicator: Indicator | None = None,
) -> tuple[Finding, bool]:
    if not by.has_perm("inspections.report_finding", campaign):
        raise Refused(_("您在“%(campaign)s”没有上报问题的权限。") % {"campaign": campaign})
    if there := _sent_before(campaign, client_key, by=by):
        return there, False
    now = timezone.now()
    if found_at and found_at > now:
        raise Refused(_("发现时间不能晚于现在。"))
    # Files first: image work inside the transaction would keep every other writer waiting.
    kept = {Phase.BEFORE: keep_photos(before), Phase.AFTER: keep_photos(after)}
    found_at = found_at or now
    finding = Finding(
        campaign=campaign,
        found_at=found_at,
        found_on=timezone.localdate(found_at),
        category=category,
        site=site,
        place=place.strip(),
        severity=severity or _usual_severity(category),
        description=description.strip(),
        round=round,
        indicator=indicator,
        lead_unit=lead_unit or (site.unit if site else None),
        reported_by=by,
        client_key=client_key,
        latitude=latitude,
        longitude=longitude,
    )
    moments: dict[str, Any] = {"reported_at": now}
    if move == "close_on_spot":
        moments |= {"closed_at": now, "closed_by": by}
    for left in reversed(range(NUMBER_TRIES)):
        try:
            with transaction.atomic():
                finding.pk = None
                finding.number = _next_number(campaign, year=finding.found_on.year)
                finding.state = Finding.State.DRAFT
                finding.save()
                for phase, photos in kept.items():
                    attach(finding, photos, phase=phase, by=by)
                make_move(finding, move, by=by, **moments)
            return finding, True
        except IntegrityError:
            # The same form a moment earlier, through another connection; or an import took the number.
            if there := _sent_before(campaign, client_key, by=by):
                return there, False
            if not left:
                raise
    raise AssertionError("the last try either returned or raised")


def _sent_before(campaign: Campaign, client_key: UUID | None, *, by: User) -> Finding | None:
    return sent_in(campaign, Finding.objects.filter(reported_by=by), client_key)


def _usual_severity(category: FindingCategory) -> str:
    suggestion = presets.suggested(category.name)
    return suggestion.severity if suggestion else Finding.Severity.C


def _next_number(campaign: Campaign, *, year: int) -> str:
    """2025-000123: the next one of the campaign's year, past numbers that an import has brought."""
    # Held to the end of the transaction: two phones at once get two numbers.
    series, _made = FindingSeries.objects.select_for_update(no_key=True).get_or_create(campaign=campaign, year=year)
    while True:
        series.last += 1
        number = str(series)
        if not Finding.objects.filter(campaign=campaign, number=number).exists():
            series.save(update_fields=["last"])
            return number


def ensure_categories(campaign: Campaign) -> None:
    """Give a campaign without categories the usual ones."""
    # Asked outside a transaction: the page that asks each time must not take the write lock.
    if not FindingCategory.objects.of(campaign).exists():
        FindingCategory.objects.bulk_create(
            [FindingCategory(campaign=campaign, position=n, **values) for n, values in enumerate(presets.categories())],
            ignore_conflicts=True,
        )
        Campaign.objects.mark_choices(campaign.pk)
