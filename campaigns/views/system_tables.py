"""Importing a table of standards: upload, dry run first, then the load."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.actions import system_tables as actions
from campaigns.forms.systems import SystemTableForm
from campaigns.models import AssessmentSystem, SystemTable
from cityinit.sent import told_in
from cityinit.uploads import TALLY, tally

SHOWN = 20


@require_http_methods(["GET", "POST"])
def system_tables(request):
    campaign = request.campaign
    if not request.user.has_perm(actions.PERMISSION, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = SystemTableForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        asked = form.cleaned_data
        with told_in(form):
            table = actions.receive_system_table(
                campaign,
                asked["file"],
                name=asked["name"],
                edition=asked["edition"],
                client_key=asked["client_key"],
                by=request.user,
            )
            return redirect(table)
    recent = SystemTable.objects.visible_to(request.user, of=campaign).select_related("file", "uploaded_by")
    context = {"form": form, "recent": recent[:SHOWN]}
    return render(request, "campaigns/system_tables.html", context, status=422 if form.is_bound else 200)


@require_safe
def system_table(request, pk):
    table = _table(request, pk)
    written = table.result["systems"].values() if table.is_loaded else []
    context = {
        "table": table,
        "tally_heads": TALLY.values(),
        "tally": tally(table.result),
        "systems": AssessmentSystem.objects.of(table.campaign).filter(pk__in=written),
    }
    return render(request, "campaigns/system_table.html", context)


@require_POST
def system_table_confirm(request, pk):
    table = _table(request, pk)
    actions.start_load(table, by=request.user)
    return redirect(table)


def _table(request, pk):
    if not request.user.has_perm(actions.PERMISSION):
        raise PermissionDenied
    rows = SystemTable.objects.visible_to(request.user).select_related("file", "job", "campaign__host__host")
    return get_object_or_404(rows, pk=pk)
