"""The list of site types: its order, its spellings, and names brought in by a file, each judged by a person."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cityinit.addresses import address
from cityinit.sent import told_in
from cityinit.tables import read_table
from inspections import presets, site_types
from inspections.actions import site_types as actions
from inspections.actions.sites import PERMISSION
from inspections.forms.site_types import (
    SaidFormSet,
    SiteTypeForm,
    SiteTypeMergeForm,
    SiteTypeNewForm,
    SiteTypesFileForm,
)
from inspections.models import Site, SiteType


@require_http_methods(["GET", "POST"])
def site_types_list(request):
    """Every type with its spellings and how many sites of the campaign are of it; a new one is added at the end."""
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    may_change = request.user.has_perm(PERMISSION, campaign)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = SiteTypeNewForm(request.POST or None)
    if form.is_valid():
        with told_in(form):
            made = actions.add_type(campaign, by=request.user, **form.cleaned_data)
            messages.success(request, _("已新增点位类型“%(name)s”。") % {"name": made.name})
            return redirect("inspections:site_types")
    context = {"rows": _rows(request), "form": form, "may_change": may_change}
    return render(request, "inspections/site_types.html", context, status=422 if form.is_bound else 200)


def _rows(request):
    seen = Site.objects.visible_to(request.user, of=request.campaign).order_by()
    sites = dict(seen.values_list("kind").annotate(n=Count("pk")))
    here = address("inspections:sites")
    return [
        {
            "kind": kind,
            "other_names": "、".join(other.name for other in kind.other_names.all()),
            "sites": sites.get(kind.pk, 0),
            "sites_url": f"{here}?kind={kind.pk}",
        }
        for kind in SiteType.objects.prefetch_related("other_names")
    ]


@require_http_methods(["GET", "POST"])
def site_type(request, pk):
    """Rename a type, say how else it is written, give its sites to another type, or take it off the list."""
    campaign = _asked_to_change(request)
    kind = get_object_or_404(SiteType, pk=pk)
    form = SiteTypeForm(request.POST or None, initial=_initial(kind))
    if form.is_valid():
        with told_in(form):
            actions.change_type(kind, campaign, by=request.user, **form.cleaned_data)
            messages.success(request, _("点位类型已修改。"))
            return redirect("inspections:site_types")
    return _render_type(request, kind, form, SiteTypeMergeForm(kinds=_others(kind)))


@require_POST
def site_type_merge(request, pk):
    campaign = _asked_to_change(request)
    kind = get_object_or_404(SiteType, pk=pk)
    form = SiteTypeMergeForm(request.POST, kinds=_others(kind))
    if form.is_valid():
        with told_in(form):
            into = form.cleaned_data["into"]
            n = actions.merge_types(kind, into, campaign, by=request.user)
            told = {"name": kind.name, "into": into.name, "n": n}
            messages.success(request, _("“%(name)s”已并入“%(into)s”，%(n)s个点位随之改了类型。") % told)
            return redirect("inspections:site_types")
    return _render_type(request, kind, SiteTypeForm(initial=_initial(kind)), form)


@require_POST
def site_type_delete(request, pk):
    campaign = _asked_to_change(request)
    kind = get_object_or_404(SiteType, pk=pk)
    actions.remove_type(kind, campaign, by=request.user)
    messages.success(request, _("已删除点位类型“%(name)s”。") % {"name": kind.name})
    return redirect("inspections:site_types")


@require_POST
def site_type_order(request, pk):
    campaign = _asked_to_change(request)
    kind = get_object_or_404(SiteType, pk=pk)
    actions.order_type(kind, campaign, by=request.user, up=request.POST.get("to") == "up")
    return redirect("inspections:site_types")


@require_http_methods(["GET", "POST"])
def site_types_load(request):
    """A file, or the names we suggest ourselves (`?from=presets`), judged name by name; nothing is written yet."""
    _asked_to_change(request)
    if request.GET.get("from") == "presets" and request.method == "GET":
        return _render_check(request, presets.SITE_TYPES, source=_("系统推荐的类型"))
    form = SiteTypesFileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        names, faults = _names_in(file)
        if not faults:
            return _render_check(request, names, source=file.name)
        for fault in faults:
            form.add_error("file", str(fault))
    return render(request, "inspections/site_types_load.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
def site_types_add(request):
    """Write what was said of each name."""
    campaign = _asked_to_change(request)
    said = SaidFormSet(request.POST, prefix="said")
    if not said.is_valid():
        messages.error(request, _("没有收到完整的名单，请重新上传。"))
        return redirect("inspections:site_types_load")
    chosen = [(one["name"], one["meant"]) for one in said.cleaned_data if one.get("meant")]
    added = actions.add_types(campaign, chosen, by=request.user)
    told = {"types": added.types, "spellings": added.spellings}
    messages.success(request, _("已加入%(types)s个类型、%(spellings)s个别的写法。") % told)
    return redirect("inspections:site_types")


def _names_in(checked):
    """The names in the file in its order, and what keeps it from being read."""
    table = _table_in(checked)
    if not table.heads:
        # A single column is no table to the eye that looks for a header: here it may well be one.
        table = _table_in(checked, header_line=1)
    mapping = {place: guess.field for place, guess in table.guess([site_types.FIELD]).items()}
    if not mapping and table.heads:
        return [], [_("没有找到写类型的列。请在表头写上“类型”或“点位类型”。")]
    reading = table.read_rows([site_types.FIELD], mapping)
    rows = [row for row in reading.rows[table.sheet] if not row.unreadable]
    return [row[site_types.FIELD.name] for row in rows], reading.faults[: site_types.SUGGESTED]


def _table_in(checked, **more):
    checked.upload.seek(0)
    return read_table(checked.upload, [site_types.FIELD], name=checked.name, **more)


def _render_check(request, names, *, source):
    spellings = {name: kind.name for name, kind in SiteType.objects.by_name().items()}
    judged = site_types.judge(names, spellings)
    asked = [one for one in judged if not one.is_there]
    most = asked[: site_types.MOST_NAMES]
    said = SaidFormSet(
        prefix="said",
        initial=[{"name": one.name, "meant": "" if one.is_doubtful else actions.AS_NEW} for one in most],
    )
    for form, one in zip(said.forms, most, strict=True):
        form.offer(one)
    context = {
        "source": source,
        "said": said,
        "new": [form for form in said.forms if not form.judged.is_doubtful],
        "doubtful": [form for form in said.forms if form.judged.is_doubtful],
        "there": [one for one in judged if one.is_there],
        "names": len(judged),
        "left_out": len(asked) - len(most),
    }
    return render(request, "inspections/site_types_check.html", context)


def _render_type(request, kind, form, merge):
    sites = Site.objects.visible_to(request.user, of=request.campaign).filter(kind=kind).count()
    context = {
        "kind": kind,
        "form": form,
        "merge": merge,
        "sites": sites,
        "sites_url": f"{address('inspections:sites')}?kind={kind.pk}",
    }
    bound = form.is_bound or merge.is_bound
    return render(request, "inspections/site_type.html", context, status=422 if bound else 200)


def _initial(kind):
    others = "\n".join(kind.other_names.values_list("name", flat=True))
    return {"name": kind.name, "other_names": others, "seen": kind.mark}


def _others(kind):
    return SiteType.objects.exclude(pk=kind.pk)


def _campaign(request):
    if not request.user.has_perm("campaigns.see_register", request.campaign or None):
        raise PermissionDenied
    return request.campaign


def _asked_to_change(request):
    """The campaign in hand, for who keeps its register of sites."""
    if not request.campaign or not request.user.has_perm(PERMISSION, request.campaign):
        raise PermissionDenied
    return request.campaign
