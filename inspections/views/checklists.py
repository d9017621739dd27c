"""Checklists: the list, one edition to read, to print and to edit, and what is done with it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.forms.tasks import SeenStateForm
from campaigns.views.buttons import buttons
from cityinit.addresses import address
from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.sent import told_in
from cityinit.workflow import Refused
from inspections import checklist_presets, presets
from inspections.actions import checklists as actions
from inspections.field_workflow import CHECKLIST
from inspections.forms.checklists import ChecklistFilter, ChecklistForm, ItemForm, NextEditionForm, PresetsForm
from inspections.models import Checklist, ChecklistItem, SiteType
from inspections.rules import Kind

ACTIONS = {"publish": actions.publish, "withdraw": actions.withdraw}
DONE = {"publish": gettext_lazy("已启用，今后按这一版检查。"), "withdraw": gettext_lazy("已停用。")}


@require_safe
def checklists(request):
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form = ChecklistFilter(request.GET)
    found = form.filter(Checklist.objects.visible_to(request.user, of=campaign))
    rows = found.select_related("kind").annotate(item_count=Count("items"))
    may_change = request.user.has_perm(actions.PERMISSION, campaign)
    context = {
        "page": Page(request, rows, order=("kind__position", "kind__name", "-pk"), counted=found),
        "form": form,
        "is_filtered": bool(form.changed_data),
        "may_change": may_change,
        "presets_left": may_change and len(set(checklist_presets.BY_KIND) - _there(campaign)),
    }
    return render_page(request, "inspections/checklists.html", context, fragment="inspections/_checklists.html")


@require_safe
def checklist(request, pk):
    found = _visible(request, pk)
    may_change = request.user.has_perm(actions.PERMISSION, found)
    items = list(found.items.select_related("indicator"))
    context = {
        "checklist": found,
        "facts": [
            (_("点位类型"), str(found.kind)),
            (_("版本"), found.edition),
            (_("依据"), found.source),
            (_("启用日期"), found.published_on),
            (_("由哪一版改来"), str(found.previous), found.previous.get_absolute_url())
            if found.previous
            else (_("检查项"), _("%(n)s项，共%(weight)s分") % {"n": len(items), "weight": sum_of(items)}),
            (_("说明"), found.note),
        ],
        "groups": grouped(items),
        "moves": buttons(CHECKLIST, found, by=request.user, url_name="inspections:checklist_move", offered=ACTIONS),
        "may_change": may_change,
        "may_edit": may_change and found.is_draft,
        "events": found.events.select_related("by").order_by("-at", "-pk") if may_change else (),
    }
    return render(request, "inspections/checklist.html", context)


@require_safe
def checklist_print(request, pk):
    """The same on paper, with a box for each answer."""
    found = _visible(request, pk)
    return render(
        request, "inspections/checklist_print.html", {"checklist": found, "groups": grouped(found.items.all())}
    )


@require_http_methods(["GET", "POST"])
def checklist_new(request):
    campaign = _campaign(request)
    _ask_change(request, campaign or None)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form = ChecklistForm(request.POST or None, instance=Checklist(campaign=campaign))
    if form.is_valid():
        with told_in(form):
            made = actions.add_checklist(campaign, by=request.user, **form.written)
            messages.success(request, _("已新建。请新增检查项，核对后启用。"))
            return redirect(made)
    return _render_form(request, form, title=_("新建检查表"), cancel_url=address("inspections:checklists"))


@require_http_methods(["GET", "POST"])
def checklist_edit(request, pk):
    found = _changeable(request, pk)
    form = ChecklistForm(request.POST or None, instance=found)
    if form.is_valid():
        with told_in(form):
            actions.change_checklist(found, by=request.user, **form.changed)
            messages.success(request, _("已保存。"))
            return redirect(found)
    return _render_form(request, form, title=_("修改检查表"), crumb=found, cancel_url=found.get_absolute_url())


@require_http_methods(["GET", "POST"])
def checklist_next(request, pk):
    """Copy it into a draft: the next edition, or another type's."""
    found = _visible(request, pk)
    _ask_change(request, found)
    form = NextEditionForm(request.POST or None, checklist=found)
    if form.is_valid():
        with told_in(form):
            made = actions.next_edition(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已照原样复制成草稿，可以修改了。"))
            return redirect(made)
    return _render_form(
        request, form, title=_("新版检查表"), crumb=found, cancel_url=found.get_absolute_url(), submit=_("复制成新版")
    )


@require_POST
def checklist_move(request, pk, move):
    found = _visible(request, pk)
    if move not in ACTIONS:
        raise Http404
    _ask_change(request, found)
    form = SeenStateForm(request.POST, row=found)
    form.is_valid()
    ACTIONS[move](found, by=request.user, **form.cleaned_data)
    messages.success(request, DONE[move])
    return redirect(found)


@require_POST
def checklist_discard(request, pk):
    found = _visible(request, pk)
    _ask_change(request, found)
    actions.discard(found, by=request.user)
    messages.success(request, _("已删除“%(checklist)s”的草稿。") % {"checklist": found})
    return redirect("inspections:checklists")


@require_http_methods(["GET", "POST"])
def checklist_presets_take(request):
    """Begin with ours."""
    campaign = _campaign(request)
    _ask_change(request, campaign or None)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form = PresetsForm(request.POST or None, there=_there(campaign))
    if form.is_valid():
        with told_in(form):
            made = actions.take_presets(campaign, by=request.user, kinds=form.cleaned_data["kinds"])
            messages.success(request, _("已取用%(n)s份检查表，都是草稿，核对后启用。") % {"n": len(made)})
            return redirect("inspections:checklists")
    return _render_form(
        request,
        form,
        title=_("取用参考检查表"),
        lead=_("系统自带的参考内容，不代表任何一版测评体系。取用后是草稿，可以照本市要求修改。"),
        cancel_url=address("inspections:checklists"),
        submit=_("取用"),
        nothing_left="" if form.is_bound or form.fields["kinds"].choices else _("参考检查表都已取用"),
    )


# Items ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def item_new(request, pk):
    found = _changeable(request, pk)
    last = found.items.last()
    initial = {"group": last.group if last else "", "code": _code_after(last)}
    form = ItemForm(request.POST or None, instance=ChecklistItem(checklist=found), initial=initial)
    if form.is_valid():
        with told_in(form):
            actions.add_item(found, by=request.user, **form.written)
            messages.success(request, _("已新增。"))
            if "again" in request.POST:
                return redirect("inspections:checklist_item_new", found.pk)
            return redirect(found)
    return _render_item(request, form, found, title=_("新增检查项"))


@require_http_methods(["GET", "POST"])
def item_edit(request, pk):
    item = _item(request, pk)
    form = ItemForm(request.POST or None, instance=item)
    if form.is_valid():
        with told_in(form):
            actions.change_item(item, by=request.user, **form.changed)
            messages.success(request, _("已保存。"))
            return redirect(f"{item.checklist.get_absolute_url()}#item-{item.pk}")
    return _render_item(request, form, item.checklist, title=_("修改检查项"))


@require_POST
def item_remove(request, pk):
    item = _item(request, pk)
    actions.remove_item(item, by=request.user)
    messages.success(request, _("已删除检查项“%(code)s”。") % {"code": item.code})
    return redirect(item.checklist)


@require_POST
def item_shift(request, pk):
    """One place up, or down."""
    item = _item(request, pk)
    actions.move_item(item, by=request.user, up=request.POST.get("to") == "up")
    return redirect(f"{item.checklist.get_absolute_url()}#item-{item.pk}")


def grouped(items):
    """The items under the headings of their groups, in their order."""
    groups = []
    for item in items:
        if not groups or groups[-1]["label"] != item.group:
            groups.append({"label": item.group, "items": []})
        groups[-1]["items"].append(item)
    return groups


def sum_of(items):
    return sum(item.weight for item in items)


def _code_after(item):
    """The code that follows: 2.4 after 2.3, 12 after 11; nothing where none is told."""
    head, dot, tail = (item.code if item else "0").rpartition(".")
    return f"{head}{dot}{int(tail) + 1}" if tail.isdecimal() and len(tail) < 6 else ""


def _there(campaign):
    """The types that have one of our checklists already."""
    ours = Checklist.objects.filter(campaign=campaign, edition=checklist_presets.EDITION, source="")
    return set(ours.values_list("kind__name", flat=True))


def _campaign(request):
    if not request.user.has_perm("inspections.see_site"):
        raise PermissionDenied
    return request.campaign


def _visible(request, pk):
    _campaign(request)
    rows = Checklist.objects.visible_to(request.user).select_related("campaign__host__host", "kind", "previous__kind")
    return get_object_or_404(rows, pk=pk)


def _changeable(request, pk):
    found = _visible(request, pk)
    _ask_change(request, found)
    if not found.is_draft and request.method == "GET":
        raise Refused(_("使用中和已停用的检查表不能改。要改请点“新版”。"), found)
    return found


def _item(request, pk):
    _campaign(request)
    visible = Checklist.objects.visible_to(request.user)
    rows = ChecklistItem.objects.filter(checklist__in=visible)
    item = get_object_or_404(rows.select_related("checklist__campaign__host__host", "checklist__kind"), pk=pk)
    _ask_change(request, item.checklist)
    if not item.checklist.is_draft and request.method == "GET":
        raise Refused(_("使用中和已停用的检查表不能改。要改请点“新版”。"), item.checklist)
    return item


def _ask_change(request, obj):
    if not request.user.has_perm(actions.PERMISSION, obj):
        raise PermissionDenied


def _render_item(request, form, found, *, title):
    groups = [group for group in dict.fromkeys(found.items.values_list("group", flat=True)) if group]
    context = {
        "form": form,
        "checklist": found,
        "title": title,
        "groups": groups,
        "kinds": Kind.choices,
        "cancel_url": reverse("inspections:checklist", args=[found.pk]),
        "is_new": form.instance.pk is None,
    }
    return render(request, "inspections/checklist_item.html", context, status=422 if form.is_bound else 200)


def _render_form(request, form, *, title, cancel_url, crumb=None, lead="", submit="", nothing_left=""):
    kinds = dict.fromkeys([*SiteType.objects.values_list("name", flat=True), *presets.SITE_TYPES])
    context = {
        "form": form,
        "title": title,
        "lead": lead,
        "crumb": crumb,
        "cancel_url": cancel_url,
        "submit": submit or _("保存"),
        "nothing_left": nothing_left,
        "kinds": kinds,
    }
    return render(request, "inspections/checklist_form.html", context, status=422 if form.is_bound else 200)
