"""An office's own 问题台账: upload, columns, dry run, load, and findings given back in the same columns."""

from pathlib import Path

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.forms.mapped import ElsewhereForm, UnitNameForm
from campaigns.tables.export import faults_sheet
from cityinit import audit
from cityinit.exports import page_response, workbook_response
from cityinit.paging import Page
from cityinit.sent import told_in
from cityinit.uploads import TALLY
from cityinit.workflow import Refused
from inspections.actions.ledgers import LEDGERS, PERMISSION
from inspections.forms.ledgers import LedgerColumnsForm, LedgerForm
from inspections.ledgers.export import page_of
from inspections.ledgers.loading import read_upload
from inspections.models import Finding, Ledger, LedgerMapping
from units.models import Unit
from units.naming import Names

from .findings import filter_form

SHOWN = 20


@require_http_methods(["GET", "POST"])
def ledgers(request):
    campaign = request.campaign
    if not request.user.has_perm(PERMISSION, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form = LedgerForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with told_in(form):
            given = form.cleaned_data
            return redirect(LEDGERS.receive(campaign, given["file"], client_key=given["client_key"], by=request.user))
    recent = Ledger.objects.visible_to(request.user, of=campaign).select_related("file", "uploaded_by")
    asked = request.GET.urlencode()
    context = {
        "form": form,
        "recent": recent[:SHOWN],
        "mappings": LedgerMapping.objects.filter(host=campaign.host.host_id).select_related("used_by")[:SHOWN],
        # Come from the list of findings: in whose columns are these to go out?
        "asked": asked,
        "loaded": recent.filter(loaded_at__isnull=False)[:SHOWN] if asked else [],
        "may_export": request.user.has_perm("inspections.export", campaign),
    }
    return render(request, "inspections/ledgers.html", context, status=422 if form.is_bound else 200)


@require_safe
def ledger(request, pk):
    found = _visible(request.user, pk)
    result = found.result
    context = {
        "table": found,
        "layout": found.layout,
        "tally": [(label, result["counts"].get(key, 0)) for key, label in TALLY.items()] if result else [],
        "states": list(result["states"].items()) if result else [],
        "page": Page(request, found.remarks.filter(is_fault=True), order=("position",)),
        "unknown": _unknown(found, result),
        "elsewhere": ElsewhereForm(table=found) if found.layout and not found.is_loaded else None,
        "may_export": found.is_loaded and request.user.has_perm("inspections.export", found.campaign),
    }
    return render(request, "inspections/ledger.html", context)


@require_safe
def ledger_hints(request, pk):
    """Every row that was read in a way that could have been meant otherwise."""
    found = _visible(request.user, pk)
    rows = found.remarks.filter(is_fault=False)
    context = {"table": found, "page": Page(request, rows, order=("position",))}
    return render(request, "inspections/ledger_hints.html", context)


@require_safe
def ledger_faults(request, pk):
    """The rows of the file with what is wrong beside each."""
    found = _visible(request.user, pk)
    path = found.on_disk()
    if not found.is_read:
        raise Refused(_("这张台账还没有读出来，请稍候。"), found)
    subject = f"{found.campaign} {found}"
    audit.record(_("下载检查结果"), by=request.user, subject=subject, address=request.META.get("REMOTE_ADDR"))
    faults, hints = (found.remarks.filter(is_fault=is_fault) for is_fault in (True, False))
    sheet = faults_sheet(found, lambda: read_upload(found, path), faults=faults, hints=hints)
    return workbook_response([sheet], name=f"{Path(found.file.name).stem}-检查结果.xlsx")


@require_http_methods(["GET", "POST"])
def ledger_columns(request, pk):
    found = _visible(request.user, pk)
    if not found.is_read or found.is_loaded:
        return redirect(found)
    form = LedgerColumnsForm(request.POST or None, ledger=found, units=_units(found))
    if form.is_valid():
        with told_in(form):
            given = {"mapping": form.mapping, "options": form.options}
            LEDGERS.match_columns(found, **given, seen_revision=form.cleaned_data["revision"], by=request.user)
            return redirect(found)
    context = {"table": found, "form": form}
    return render(request, "inspections/ledger_columns.html", context, status=422 if form.is_bound else 200)


@require_POST
def ledger_elsewhere(request, pk):
    found = _visible(request.user, pk)
    form = ElsewhereForm(request.POST, table=found)
    if not form.is_valid():
        raise Refused(" ".join(message for faults in form.errors.values() for message in faults), found)
    sheet = form.cleaned_data.get("sheet") or found.sheet
    LEDGERS.look_elsewhere(found, sheet=sheet, header_line=form.cleaned_data["header_line"], by=request.user)
    return redirect(found)


@require_http_methods(["GET", "POST"])
def ledger_name(request, pk):
    """What a name in the ledger means, said once for the host."""
    found = _visible(request.user, pk)
    name = request.POST.get("name") or request.GET.get("name", "")
    form = UnitNameForm(request.POST or None, name=name[:100], units=_units(found))
    if form.is_valid():
        with told_in(form):
            LEDGERS.name_units(found, **form.cleaned_data, by=request.user)
            messages.success(request, _("已记住“%(name)s”，正在重新检查。") % {"name": name})
            return redirect(found)
    context = {"table": found, "form": form, "name": name}
    return render(request, "inspections/ledger_name.html", context, status=422 if form.is_bound else 200)


@require_POST
def ledger_load(request, pk):
    found = _visible(request.user, pk)
    LEDGERS.start_load(found, by=request.user)
    return redirect(found)


@require_safe
def ledger_export(request, pk):
    """The findings of the filter in the ledger's own columns, with photos in their cells if they are wanted."""
    found = _visible(request.user, pk)
    campaign = found.campaign
    if not request.user.has_perm("inspections.export", campaign):
        raise PermissionDenied
    if not found.is_loaded:
        raise Refused(_("这张台账还没有导入，不能按它的列导出。"), found)
    if campaign != request.campaign:
        raise Refused(_("这张台账属于“%(campaign)s”，请先切换到这个创建活动。") % {"campaign": campaign}, found)
    rows = Finding.objects.visible_to(request.user, of=campaign).exclude(state=Finding.State.DRAFT)
    if request.GET.get("only") == "own":
        rows = rows.filter(ledger_lines__ledger=found).distinct()
    else:
        rows = filter_form(request, request.GET).filter(rows, now=timezone.now())
    return page_response(
        request,
        page_of(found, rows, with_photos=bool(request.GET.get("photos"))),
        of=campaign,
        title=str(found),
        n=rows.count(),
        name=Path(found.file.name).stem,
    )


@require_POST
def ledger_forget(request, pk):
    campaign = request.campaign
    if not request.user.has_perm(PERMISSION, campaign or None):
        raise PermissionDenied
    hosts = [campaign.host.host_id] if campaign else []
    LEDGERS.forget_mapping(get_object_or_404(LedgerMapping.objects.filter(host__in=hosts), pk=pk), by=request.user)
    messages.success(request, _("已删除，下次遇到这样的表会重新推测。"))
    return redirect("inspections:ledgers")


def _unknown(found, result):
    """The names nobody knows, each with the units it looks most like."""
    if found.is_loaded or not result or not result["unknown"]:
        return []
    names = Names.of(found.campaign.host)
    return [{"name": name, "count": count, "near": names.nearest(name)} for name, count in result["unknown"][:SHOWN]]


def _visible(user, pk):
    visible = Ledger.objects.visible_to(user).select_related("campaign__host", "file", "job", "uploaded_by")
    return get_object_or_404(visible, pk=pk)


def _units(found):
    return Unit.objects.of_host(found.campaign.host.host_id).active()
