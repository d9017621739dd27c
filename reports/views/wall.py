"""大屏: the overview on a wall, dark and large, one screen after the other, without anybody touching it."""

from dataclasses import replace

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cityinit.addresses import address
from reports.dashboard import drawn, panels, rates

from .dashboard import asked_of

# So long a screen stands; what is shown then is counted anew.
SECONDS = 20
# So many groups of units beside each other.
BESIDE = 2


@require_safe
def wall(request):
    """The whole page with its first screen; without scripts the browser itself asks for the next."""
    asked = _allowed(request)
    if asked is None:
        return render(request, "campaigns/no_campaign.html")
    return render(request, "reports/wall.html", _screen(request, *asked))


@login_not_required
@require_safe
def wall_panel(request):
    """The next screen, which the wall asks for. Who is logged in no more is told so on the wall, not sent elsewhere."""
    try:
        asked = _allowed(request) if request.user.is_authenticated else None
    except PermissionDenied:
        asked = None
    if asked is None:
        wall_url = f"{address('reports:wall')}?{_kept(request).urlencode()}"
        context = {"poll_url": request.get_full_path(), "wall_url": wall_url, "seconds": SECONDS}
        return render(request, "reports/_wall_ended.html", context)
    return render(request, "reports/_wall.html", _screen(request, *asked))


def _allowed(request):
    """What is asked for; only for who sees the figures of the whole campaign."""
    asked = asked_of(request)
    if asked and not asked[0].sees_whole:
        raise PermissionDenied
    return asked


def _screen(request, _form, shown):
    """One of the screens: the first has the large numbers, the others stand in the order of the page."""
    place = request.GET.get("n", "0")
    # The page says above them what the groups are placed by; here each stands alone.
    groups = [
        replace(group, title=_("%(group)s整改率") % {"group": group.title}) for group in panels.units(shown).groups
    ]
    screens = [
        lambda: [rates.progress(shown), rates.rates(shown)],
        lambda: [panels.trend(shown), panels.categories(shown)],
        *(lambda at=at: groups[at : at + BESIDE] for at in range(0, len(groups), BESIDE)),
        lambda: [panels.sites(shown), panels.waiting_sites(shown)],
    ]
    # Of a number that no screen has any more, after units were merged, the first follows.
    at = int(place) % len(screens) if place.isdecimal() and len(place) < 5 else 0
    query = _kept(request)
    query["n"] = str((at + 1) % len(screens))
    return {
        "shown": shown,
        "facts": panels.facts(shown),
        "panels": [drawn.panel(panel, dark=True) for panel in screens[at]()],
        "dots": [place == at for place in range(len(screens))],
        "at": at + 1,
        "now": timezone.localtime(shown.now),
        "seconds": SECONDS,
        "poll_url": f"{address('reports:wall_panel')}?{query.urlencode()}",
        "next_url": f"{address('reports:wall')}?{query.urlencode()}",
    }


def _kept(request):
    query = request.GET.copy()
    query.pop("n", None)
    return query
