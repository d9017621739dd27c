"""The reports of a campaign: the list, and asking for one more."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cityinit.addresses import address
from cityinit.paging import Page
from inspections.models import Round
from reports import actions
from reports.forms.request import RequestForm
from reports.models import Kind, Report, Template
from units.models import Unit


@require_safe
def reports(request):
    user, campaign = request.user, request.campaign
    if not user.has_perm("reports.see_report"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = _request_form(request) if user.has_perm("reports.write_report", campaign) else None
    return render(request, "reports/reports.html", _context(request, form))


@require_POST
def report_new(request):
    if not request.user.has_perm("reports.write_report") or not request.campaign:
        raise PermissionDenied
    form = _request_form(request)
    if not form.is_valid():
        return render(request, "reports/reports.html", _context(request, form), status=422)
    asked, kind = form.cleaned_data, form.asked
    how = {"kind": kind, "by": request.user, "template": asked.get("template")}
    if asked.get("round"):
        job = actions.request_round_report(asked["round"], **how)
    else:
        job = actions.request_report(request.campaign, asked["period"], unit=asked.get("unit"), **how)
    return redirect(job.url)


def _context(request, form):
    campaign, kind = request.campaign, _kind(request)
    visible = Report.objects.visible_to(request.user).of(campaign).filter(kind=kind)
    return {
        "page": Page(request, visible.select_related("unit", "round", "job"), order=("-last_day", "-pk")),
        "campaign": campaign,
        "kind": Kind(kind),
        "may_write": form is not None,
        "form": form,
        "tabs": [
            {"label": each.label, "url": f"{address('reports:reports')}?kind={each.value}", "active": each == kind}
            for each in Kind
        ],
    }


def _kind(request):
    asked = request.POST.get("kind") or request.GET.get("kind")
    return asked if asked in Kind.values else Kind.SUMMARY


def _request_form(request):
    campaign, kind = request.campaign, _kind(request)
    rounds = Round.objects.of(campaign).exclude(state__in=[Round.State.PLANNED, Round.State.DRAWN])
    if kind == Kind.ASSESSMENT:
        rounds = Round.objects.of(campaign).filter(state=Round.State.PUBLISHED)
    return RequestForm(
        request.POST if request.method == "POST" else None,
        kind=kind,
        campaign=campaign,
        units=Unit.objects.of_host(campaign.host.host_id).filter(relation=Unit.Relation.BELOW),
        rounds=rounds.order_by("-starts_on", "-pk"),
        templates=Template.objects.of(campaign).filter(kind=kind),
        on=timezone.localdate(),
    )
