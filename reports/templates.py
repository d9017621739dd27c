"""How the office writes: its templates and the papers they are drawn on, and which drafts are due by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cityinit import files
from cityinit.files import Given
from cityinit.marks import mark_of
from cityinit.sent import refuse_stale
from cityinit.workflow import Refused

from .models import Schedule, Template

# What of a template a person fills in.
TEMPLATE_FIELDS = (
    *("name", "is_usual", "parts", "headings", "numbering", "layout", "scheme", "subtitle", "addressee"),
    *("opening", "requirements", "closing", "signature", "pairs", "charts", "line_points"),
)


@transaction.atomic
def save_template(template: Template, *, by: Any, seen: str = "", **values: Any) -> Template:
    """How the office writes reports of a kind, from the next compiling on; one that was not kept yet is kept now.

    Refused to who may not write reports, and when it is not as the form was drawn from it (`seen`) any more.
    """
    campaign = template.campaign
    _refuse_who_may_not(campaign, by)
    Campaign.objects.hold(campaign.pk)
    if template.pk:
        now = Template.objects.get(pk=template.pk)
    else:
        now = Template.objects.of(campaign).filter(kind=template.kind, name=values.get("name", "")).first() or template
    refuse_stale(campaign, seen=seen, now=mark_of(now, TEMPLATE_FIELDS))
    for name, value in values.items():
        setattr(now, name, value)
    if now.is_usual:
        Template.objects.of(campaign).filter(kind=now.kind).exclude(pk=now.pk).update(is_usual=False)
    now.save()
    return now


def set_paper(template: Template, given: Given | None, *, by: Any) -> None:
    """Draw reports of this template in the office's own Word file, or, with None, as the standard has it again.

    The file was checked by its form (`filled.faults`). Refused to who may not write reports.
    """
    campaign = template.campaign
    _refuse_who_may_not(campaign, by)
    kept = files.keep(given, of=campaign) if given is not None else None
    with transaction.atomic():
        Campaign.objects.hold(campaign.pk)
        template.file = files.store(kept, by=by) if kept is not None else None
        Template.objects.filter(pk=template.pk).update(file=template.file)


@transaction.atomic
def delete_template(template: Template, *, by: Any) -> None:
    """Take a template away; reports keep what they froze of it. Refused to who may not write reports."""
    _refuse_who_may_not(template.campaign, by)
    Campaign.objects.hold(template.campaign_id)
    template.delete()


@transaction.atomic
def save_schedule(campaign: Campaign, cycles: Sequence[str], *, by: Any) -> Schedule:
    """Which drafts are written by themselves from today on. Refused to who may not write reports."""
    _refuse_who_may_not(campaign, by)
    Campaign.objects.hold(campaign.pk)
    # What ended yesterday is drafted this morning.
    values = {"cycles": list(cycles), "since": timezone.localdate() - timedelta(days=1)}
    kept, _made = Schedule.objects.update_or_create(campaign=campaign, defaults=values)
    return kept


def _refuse_who_may_not(campaign: Campaign, by: Any) -> None:
    if not by.has_perm("reports.write_report", campaign):
        raise Refused(_("您没有修改总结格式的权限。"), campaign)
