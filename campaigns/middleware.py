"""The campaign a person is working in: kept in the session, the running one by default.

`?campaign=` names another, for a link to a list of one campaign that may be followed while working in another.
"""

from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from cityinit.asked import key_in

from .models import Campaign


class CurrentCampaignMiddleware:
    """Gives every request `campaign` (or None) and `campaign_choices`, read when first asked for."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.campaign_choices = SimpleLazyObject(lambda: _choices(request))
        request.campaign = SimpleLazyObject(lambda: _current(request))
        return self.get_response(request)


def _choices(request):
    return list(Campaign.objects.visible_to(request.user).select_related("host"))


def _current(request):
    choices = list(request.campaign_choices)
    chosen = request.session.get("campaign")
    asked = key_in(request.GET.get("campaign"))
    if asked != chosen and any(campaign.pk == asked for campaign in choices):
        request.session["campaign"] = chosen = asked
    today = timezone.localdate()
    for wanted in (
        lambda c: c.pk == chosen,
        lambda c: c.starts_on <= today <= c.ends_on,
        lambda c: True,
    ):
        if found := next((campaign for campaign in choices if wanted(campaign)), None):
            return found
    return None
