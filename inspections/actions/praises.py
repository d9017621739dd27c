"""Something done well, told to the unit that did it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from campaigns.sent import sent_in
from cityinit import audit, files
from cityinit.files import Given
from cityinit.workflow import Refused
from inspections.models import Praise, PraisePhoto, Site
from units import notices
from units.models import User


def praise(
    campaign: Campaign,
    *,
    by: User,
    photos: Sequence[Given] = (),
    description: str = "",
    site: Site | None = None,
    place: str = "",
    found_at: datetime | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    client_key: UUID | None = None,
) -> Praise:
    """Keep what was done well and tell the site's unit; sent twice with one `client_key` it is kept once.

    Refused without a photo or a text, and to whoever may not report here.
    """
    if not by.has_perm("inspections.report_finding", campaign):
        raise Refused(_("您在“%(campaign)s”没有上报的权限。") % {"campaign": campaign})
    if not photos and not description.strip():
        raise Refused(_("请拍一张照片，或写一句好在哪里。"))
    if there := _sent_before(campaign, client_key, by=by):
        return there
    kept = [files.keep(photo) for photo in photos]
    found_at = found_at or timezone.now()
    try:
        with transaction.atomic():
            made = Praise.objects.create(
                campaign=campaign,
                found_at=found_at,
                found_on=timezone.localdate(found_at),
                site=site,
                place=place.strip(),
                unit=site.unit if site else None,
                description=description.strip(),
                praised_by=by,
                latitude=latitude,
                longitude=longitude,
                client_key=client_key,
            )
            PraisePhoto.objects.bulk_create(PraisePhoto(praise=made, file=files.store(one, by=by)) for one in kept)
            _tell(made, by=by)
    except IntegrityError:
        # The same form a moment earlier, through another connection.
        if there := _sent_before(campaign, client_key, by=by):
            return there
        raise
    return made


def withdraw(found: Praise, *, by: User) -> None:
    """Take back what was praised by mistake: its author, or the office."""
    if by.pk != found.praised_by_id and not by.has_perm("inspections.verify_finding", found):
        raise Refused(_("只有上报人和创建办可以撤回亮点。"), found)
    with transaction.atomic():
        # Of two who take it back at once the second finds it gone.
        if not Praise.objects.select_for_update(no_key=False).filter(pk=found.pk).order_by("pk").first():
            raise Refused(_("这条亮点刚刚已被撤回。"))
        told = {"content": found.description, str(_("上报人")): str(found.praised_by)}
        subject = f"{found.campaign} {found.where}"
        found.delete()
        audit.record(_("撤回亮点"), by=by, subject=subject, detail=told)


def _sent_before(campaign: Campaign, client_key: UUID | None, *, by: User) -> Praise | None:
    return sent_in(campaign, Praise.objects.filter(praised_by=by), client_key)


def _tell(made: Praise, *, by: User) -> None:
    if made.unit:
        people = [person for person in notices.liaisons_of(made.unit) if person != by]
        notices.tell(people, _("督查发现亮点：%(where)s") % {"where": made.where}, url=made.get_absolute_url())
