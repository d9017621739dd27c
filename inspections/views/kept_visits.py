"""Pages that a phone keeps for the field: each known by a mark, so that only what has changed is fetched again."""

from django.utils import timezone

from cityinit.phone import kept_mark
from inspections.models import Checklist


def field_mark(user, campaign):
    """Of the pages that are filled in anywhere: new each day, and renewed whenever one is opened with signal."""
    return kept_mark(user, campaign.pk, str(campaign), timezone.localdate().isoformat())


def round_mark(user, campaign, sheets):
    """Of the list of what this person walks now."""
    drawn = [
        [
            *(str(sheet["round"]), sheet["team"].name, sheet["team"].state, sheet["people"]),
            *((line["url"], line["mark"], str(line["site"]), line["text"], line["note"]) for line in sheet["lines"]),
        ]
        for sheet in sheets
    ]
    return kept_mark(user, campaign.pk, drawn)


def form_mark(user, site, checklist, visit, answers):
    """Of the form of this site as this person would be given it now; `answers` with their photos."""
    saved = [
        (answer.item_id, answer.mark, answer.finding_id, len(answer.photos.all()))
        for answer in sorted(answers, key=lambda answer: answer.item_id)
    ]
    # A checklist in use is frozen: its key says what it asks.
    begun = [visit.pk, visit.note] if visit else []
    return kept_mark(user, site.pk, str(site), checklist.pk, begun, saved)


def checklists_for(campaign, kinds):
    """By type of site the checklist that is used there now."""
    rows = Checklist.objects.of(campaign).in_use().filter(kind__in=kinds).own_first(campaign)
    return {checklist.kind_id: checklist for checklist in reversed(rows)}
