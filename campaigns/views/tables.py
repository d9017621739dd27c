"""An office's own 任务分解表: upload, columns, dry run, load, and the same columns back."""

from pathlib import Path

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.actions import tables as actions
from campaigns.forms.mapped import ElsewhereForm, UnitNameForm
from campaigns.forms.tables import ColumnsForm, TableForm
from campaigns.models import TableMapping, TaskTable
from campaigns.tables.contents import contents_of
from campaigns.tables.export import faults_sheet, sheet_of
from campaigns.tables.loading import read_upload
from cityinit import audit
from cityinit.addresses import address
from cityinit.exports import workbook_response
from cityinit.paging import Page
from cityinit.sent import told_in
from cityinit.uploads import TALLY
from cityinit.workflow import Refused
from units.models import Unit, UnitAlias
from units.naming import Names

SHOWN = 20


@require_http_methods(["GET", "POST"])
def tables(request):
    campaign = request.campaign
    if not request.user.has_perm(actions.PERMISSION, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = TableForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with told_in(form):
            table = actions.receive_table(
                campaign, form.cleaned_data["file"], client_key=form.cleaned_data["client_key"], by=request.user
            )
            return redirect(table)
    recent = TaskTable.objects.visible_to(request.user, of=campaign).select_related("file", "uploaded_by")
    host = campaign.host.host_id
    context = {
        "form": form,
        "recent": recent[:SHOWN],
        "mappings": TableMapping.objects.filter(host=host).select_related("used_by")[:SHOWN],
        "aliases": UnitAlias.objects.filter(host=host).prefetch_related("units"),
    }
    return render(request, "campaigns/tables.html", context, status=422 if form.is_bound else 200)


@require_safe
def table(request, pk):
    found = _visible(request.user, pk)
    result = found.result
    may_export = found.is_loaded and request.user.has_perm("campaigns.export", found.campaign)
    context = {
        "table": found,
        "layout": found.layout,
        "tally": [(label, result["counts"].get(key, 0)) for key, label in TALLY.items()] if result else [],
        "page": Page(request, found.faults.all(), order=("position",)),
        "unknown": _unknown(found, result),
        "elsewhere": ElsewhereForm(table=found) if found.layout and not found.is_loaded else None,
        "tasks_url": f"{address('campaigns:tasks')}?{urlencode({'table': found.pk})}",
        "may_export": may_export,
        "contents": contents_of(found).sentences if may_export else [],
    }
    return render(request, "campaigns/table.html", context)


@require_safe
def table_hints(request, pk):
    """Every row that was read in a way that could have been meant otherwise."""
    found = _visible(request.user, pk)
    context = {"table": found, "page": Page(request, found.hints.all(), order=("position",))}
    return render(request, "campaigns/table_hints.html", context)


def _unknown(found, result):
    """The names nobody knows, each with the units it looks most like."""
    if found.is_loaded or not result or not result["unknown"]:
        return []
    names = Names.of(found.campaign.host)
    return [{"name": name, "count": count, "near": names.nearest(name)} for name, count in result["unknown"][:SHOWN]]


@require_http_methods(["GET", "POST"])
def table_columns(request, pk):
    found = _visible(request.user, pk)
    if not found.is_read or found.is_loaded:
        return redirect(found)
    form = ColumnsForm(request.POST or None, table=found, units=_units(found))
    if form.is_valid():
        with told_in(form):
            actions.match_columns(
                found,
                mapping=form.mapping,
                options=form.options,
                seen_revision=form.cleaned_data["revision"],
                by=request.user,
            )
            return redirect(found)
    context = {"table": found, "form": form}
    return render(request, "campaigns/table_columns.html", context, status=422 if form.is_bound else 200)


@require_POST
def table_elsewhere(request, pk):
    found = _visible(request.user, pk)
    form = ElsewhereForm(request.POST, table=found)
    if not form.is_valid():
        raise Refused(" ".join(message for faults in form.errors.values() for message in faults), found)
    chosen = form.cleaned_data
    actions.look_elsewhere(
        found, sheet=chosen.get("sheet") or found.sheet, header_line=chosen["header_line"], by=request.user
    )
    return redirect(found)


@require_http_methods(["GET", "POST"])
def table_name(request, pk):
    """What a name in the table means, said once for the host."""
    found = _visible(request.user, pk)
    name = request.POST.get("name") or request.GET.get("name", "")
    form = UnitNameForm(request.POST or None, name=name[:100], units=_units(found))
    if form.is_valid():
        chosen = form.cleaned_data
        with told_in(form):
            actions.name_units(found, name=chosen["name"], units=chosen["units"], kind=chosen["kind"], by=request.user)
            messages.success(request, _("已记住“%(name)s”，正在重新检查。") % {"name": chosen["name"]})
            return redirect(found)
    context = {"table": found, "form": form, "name": name}
    return render(request, "campaigns/table_name.html", context, status=422 if form.is_bound else 200)


@require_POST
def table_load(request, pk):
    found = _visible(request.user, pk)
    actions.start_load(found, by=request.user)
    return redirect(found)


@require_safe
def table_faults(request, pk):
    """The rows of the file with what is wrong beside each."""
    found = _visible(request.user, pk)
    path = found.on_disk()
    if not found.is_read:
        raise Refused(_("这张表还没有读出来，请稍候。"), found)
    _tell_trail(request, found, _("下载检查结果"))
    sheet = faults_sheet(found, lambda: read_upload(found, path), faults=found.faults.all(), hints=found.hints.all())
    return workbook_response([sheet], name=f"{Path(found.file.name).stem}-检查结果.xlsx")


@require_safe
def table_export(request, pk):
    """The table in its own columns, filled from what stands now."""
    found = _visible(request.user, pk)
    if not request.user.has_perm("campaigns.export", found.campaign):
        raise PermissionDenied
    if not found.is_loaded:
        raise Refused(_("这张表还没有导入，不能导出。"), found)
    _tell_trail(request, found, _("导出任务分解表"))
    return workbook_response([sheet_of(found)], name=f"{Path(found.file.name).stem}.xlsx")


@require_POST
def table_forget(request, pk):
    mapping = get_object_or_404(TableMapping.objects.filter(host__in=_hosts(request)), pk=pk)
    actions.forget_mapping(mapping, by=request.user)
    messages.success(request, _("已删除，下次遇到这样的表会重新推测。"))
    return redirect("campaigns:tables")


@require_POST
def alias_forget(request, pk):
    alias = get_object_or_404(UnitAlias.objects.filter(host__in=_hosts(request)), pk=pk)
    actions.forget_alias(alias, by=request.user)
    messages.success(request, _("已删除“%(name)s”这个写法。") % {"name": alias})
    return redirect("campaigns:tables")


def _hosts(request):
    """The host of the campaign at hand, where the person breaks down its tasks."""
    campaign = request.campaign
    if not request.user.has_perm(actions.PERMISSION, campaign or None):
        raise PermissionDenied
    return [campaign.host.host_id] if campaign else []


def _visible(user, pk):
    visible = TaskTable.objects.visible_to(user).select_related("campaign__host", "file", "job", "uploaded_by")
    return get_object_or_404(visible, pk=pk)


def _units(found):
    return Unit.objects.of_host(found.campaign.host.host_id).active()


def _tell_trail(request, found, action):
    audit.record(action, by=request.user, subject=f"{found.campaign} {found}", address=request.META.get("REMOTE_ADDR"))
