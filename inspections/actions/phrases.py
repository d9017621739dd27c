"""What the office does with the sentences that inspectors pick."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cityinit import audit
from cityinit.workflow import Refused
from inspections.models import PhraseBook, SiteType
from units.models import User

from .sites import PERMISSION


def write_phrases(campaign: Campaign, kind: SiteType | None, *, by: User, lines: list[str]) -> None:
    """Keep these sentences for a type of site, or for all types (None); none at all offers none."""
    if not by.has_perm(PERMISSION, campaign):
        raise Refused(_("只有创建办可以维护常用语。"))
    with transaction.atomic():
        PhraseBook.objects.update_or_create(campaign=campaign, kind=kind, defaults={"text": "\n".join(lines)})
        audit.record(_("修改常用语"), by=by, subject=kind or campaign)
