"""Importing a table of checklists: upload, dry run first, then the load."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityinit.sent import told_in
from cityinit.uploads import TALLY, tally
from inspections import presets
from inspections.actions import checklist_tables as actions
from inspections.forms.checklists import ChecklistTableForm
from inspections.models import Checklist, ChecklistTable, SiteType

SHOWN = 20


@require_http_methods(["GET", "POST"])
def checklist_tables(request):
    campaign = request.campaign
    if not request.user.has_perm(actions.PERMISSION, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form = ChecklistTableForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        asked = form.cleaned_data
        with told_in(form):
            table = actions.receive_checklist_table(
                campaign,
                asked["file"],
                kind_name=asked["kind_name"],
                edition=asked["edition"],
                client_key=asked["client_key"],
                by=request.user,
            )
            return redirect(table)
    recent = ChecklistTable.objects.visible_to(request.user, of=campaign).select_related("file", "uploaded_by")
    kinds = dict.fromkeys([*SiteType.objects.values_list("name", flat=True), *presets.SITE_TYPES])
    context = {"form": form, "recent": recent[:SHOWN], "kinds": kinds}
    return render(request, "inspections/checklist_tables.html", context, status=422 if form.is_bound else 200)


@require_safe
def checklist_table(request, pk):
    table = _table(request, pk)
    written = table.result["checklists"].values() if table.is_loaded else []
    context = {
        "table": table,
        "tally_heads": TALLY.values(),
        "tally": tally(table.result),
        "checklists": Checklist.objects.of(table.campaign).filter(pk__in=written).select_related("kind"),
    }
    return render(request, "inspections/checklist_table.html", context)


@require_POST
def checklist_table_confirm(request, pk):
    table = _table(request, pk)
    actions.start_load(table, by=request.user)
    return redirect(table)


def _table(request, pk):
    if not request.user.has_perm(actions.PERMISSION):
        raise PermissionDenied
    rows = ChecklistTable.objects.visible_to(request.user).select_related("file", "job", "campaign__host__host")
    return get_object_or_404(rows, pk=pk)
