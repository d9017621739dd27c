"""What duty asks of a person today, on the desk and on the page of duty and patrols."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from campaigns import patrols
from campaigns.forms.patrols import units_kept
from campaigns.models import DutyTurn, PatrolQuota
from campaigns.patrols import Verdict

from .patrols import cell_shown

TURNS_AHEAD, TURNS_SHOWN = 7, 6
NOW = {
    PatrolQuota.Cycle.DAY: gettext_lazy("今天还需巡查%(n)s次"),
    PatrolQuota.Cycle.WEEK: gettext_lazy("本周还需巡查%(n)s次"),
    PatrolQuota.Cycle.MONTH: gettext_lazy("本月还需巡查%(n)s次"),
}


@require_safe
def my_duty(request):
    """What is asked of the person now; then the quotas of the campaign."""
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.keep_duty"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    today = timezone.localdate()
    context = {
        "campaign": campaign,
        **_mine(user, campaign, today),
        "quotas": PatrolQuota.objects.open_to(user).of(campaign).running(on=today),
        "may_keep": user.has_perm("campaigns.keep_roster") and units_kept(campaign, by=user).exists(),
    }
    return render(request, "campaigns/my_duty.html", context)


@require_safe
def duty_desk(request):
    """The same as a block of the desk; nothing for whom nothing is asked."""
    user, campaign = request.user, request.campaign
    if not campaign or not user.has_perm("campaigns.keep_duty"):
        return HttpResponse("")
    mine = _mine(user, campaign, timezone.localdate())
    if not any(mine.values()):
        return HttpResponse("")
    return render(request, "campaigns/_my_duty.html", {**mine, "is_on_desk": True})


def _mine(user, campaign, today):
    turns = DutyTurn.objects.of(campaign).filter(user=user).counted()
    soon = turns.filter(day__gte=today - timedelta(days=1), day__lte=today + timedelta(days=TURNS_AHEAD))
    return {
        # Of yesterday only what runs through midnight.
        "turns": [
            turn
            for turn in soon.select_related("shift__duty").order_by("day", "starts_at", "pk")
            if turn.day >= today or turn.ends > timezone.now()
        ][:TURNS_SHOWN],
        "duties": [_asked(duty) for duty in patrols.duties_of(user, campaign, on=today)],
    }


def _asked(duty):
    done = duty.cell.verdict == Verdict.KEPT
    return {
        "quota": duty.quota,
        "url": reverse("campaigns:patrol_new", args=[duty.quota.pk]),
        "tone": "green" if done else "yellow",
        "text": _("已完成") if done else NOW[duty.quota.cycle] % {"n": duty.cell.left},
        "week": [cell_shown(duty.quota, cell) for cell in duty.week],
    }
