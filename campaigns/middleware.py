"""The campaign a person is working in: kept in the session, the running one by default.

`?campaign=` names another, for a link to a list of one campaign that may be followed while working in another.
"""

from django.db.models import BigIntegerField
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from cityinit.asked import key_in
from cityinit.statements import Slot, Statement, columns_with, made_with
from units.roles import scope_of

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
    hosts = scope_of(request.user).hosts_with("campaigns.see_campaign")
    if len(hosts) != 1:
        return list(Campaign.objects.visible_to(request.user).select_related("host"))
    # Of one host, as for nearly everybody: the same query, put together once.
    return [made_with(Campaign, "host", row) for row in OF_HOST.ask(host=next(iter(hosts)))]


def _of_host():
    rows = Campaign.objects.filter(host__host_id=Slot("host", BigIntegerField()))
    return rows.values_list(*columns_with(Campaign, "host"))


OF_HOST = Statement(_of_host)


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
