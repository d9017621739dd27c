"""Standards by words or number, to be read at the desk and on the site."""

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.forms.systems import StandardFilter
from campaigns.models import AssessmentSystem, Standard
from cityinit.htmx import render_page
from cityinit.paging import Page
from units.models import Unit

from .systems import asked_campaign, plain, tabs

ORDER = ("indicator__system__pk", "indicator__position", "indicator__pk", "position", "pk")


@require_safe
def standards(request):
    """The standards in force that the person may see."""
    campaign = asked_campaign(request)
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    user = request.user
    visible = Standard.objects.visible_to(user, of=campaign).in_force()
    systems = AssessmentSystem.objects.visible_to(user, of=campaign).in_force()
    form = StandardFilter(request.GET or None, systems=systems, units=Unit.objects.of_host(campaign.host.host_id))
    page = Page(request, form.filter(visible).for_list(), order=ORDER, size=30)
    context = {
        "form": form,
        "page": page,
        "rows": [_row(standard) for standard in page.rows],
        "tabs": tabs("standards", request),
        "is_asked": bool(request.GET),
    }
    return render_page(request, "campaigns/standards.html", context)


def _row(standard):
    units = list(standard.units.all()) or list(standard.indicator.units.all())
    methods = standard.get_methods_display() or standard.indicator.get_methods_display()
    return {
        "standard": standard,
        "number": standard.full_number,
        "indicator": standard.indicator,
        "told": told_of(standard, units=units, methods=methods),
    }


def told_of(standard, *, units, methods):
    """How it is judged, what it is worth and who answers for it, as one line."""
    score = _("%(n)s分") % {"n": plain(standard.score)} if standard.score is not None else ""
    return " · ".join(filter(None, [methods, score, standard.threshold, "、".join(str(unit) for unit in units)]))
