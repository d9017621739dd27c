"""The tally of dissuasion, made for one hand on a phone."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.actions.dissuasion import tally as count
from campaigns.forms.dissuasion import TallyForm
from campaigns.models import Dissuasion
from campaigns.registers import REGISTERS, units_filed_for
from cityinit.sent import told_in
from units.models import Unit

# The kinds this person's units count most stand first.
HABIT_KINDS = 4


@require_http_methods(["GET", "POST"])
def tally(request):
    user, campaign = request.user, request.campaign
    register = REGISTERS["dissuasion"]
    if register.reading_refusal(campaign or None, by=user):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    if not register.adds(campaign, by=user):
        raise PermissionDenied(_("劝导计数由责任单位联络员和创建办填报。"))
    units = units_filed_for(campaign, by=user)
    if user.has_perm("campaigns.change_register", campaign):
        units = Unit.objects.of_host(campaign.host.host_id).given_work()
    mine = Dissuasion.objects.visible_to(user, of=campaign).order_by()
    often = mine.values("kind").annotate(n=Sum("number")).order_by("-n", "kind").values_list("kind", flat=True)
    form = TallyForm(request.POST or None, campaign=campaign, units=units, kinds=tuple(often[:HABIT_KINDS]))
    if form.is_valid():
        with told_in(form):
            rows = count(campaign, by=user, **form.given())
            total = sum(row.number for row in rows)
            messages.success(request, _("已记录劝导%(n)s人次。") % {"n": total})
            return redirect("campaigns:tally")
    today = timezone.localdate()
    query = urlencode({"first": today.isoformat(), "last": today.isoformat()})
    context = {
        "form": form,
        "today": mine.filter(done_on=today).aggregate(n=Sum("number"))["n"],
        "today_url": f"{reverse('campaigns:register', args=['dissuasion'])}?{query}",
    }
    return render(request, "campaigns/tally.html", context, status=422 if form.is_bound else 200)
