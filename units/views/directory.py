"""The tree of units."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cityinit.htmx import render_page
from units import actions
from units.forms import MergeForm, MoveForm, NewUnitForm, RenameForm, UnitFactsForm, UnitFilter
from units.models import Unit
from units.tree import Branch, in_tree_order

KINDS = ("委员单位", "成员单位", "街道", "乡镇", "社区", "村", "窗口", "医院", "学校", "企业")


@require_safe
def units(request):
    within = Unit.objects.visible_to(request.user)
    kinds = within.exclude(kind="").order_by("kind").values_list("kind", flat=True).distinct()
    form = UnitFilter(request.GET or None, kinds=kinds)
    found = list(form.filter(within).with_people(on=timezone.localdate()).order_by("host_id", "position", "pk"))
    context = {
        # Matches are listed flat: what they hang on may not be among them.
        "branches": [Branch(unit, 0) for unit in found] if form.narrows else in_tree_order(found),
        "form": form,
        "can_add": request.user.has_perm("units.change_unit"),
    }
    return render_page(request, "units/units.html", context)


@require_safe
def unit(request, pk):
    found = _unit(request, pk)
    today = timezone.localdate()
    facts = [
        (_("全称"), found.name),
        (_("简称"), found.short_name),
        (_("自称"), found.self_name),
        (_("类型"), found.kind),
        (_("考核组"), found.appraisal_group),
        (_("关系"), _("主体单位") if found.is_host else found.get_relation_display()),
        (_("上级单位"), found.parent, found.parent.get_absolute_url()) if found.parent else (_("上级单位"), ""),
    ]
    if found.closed_on:
        facts.append((_("撤销日期"), found.closed_on))
    if found.merged_into:
        facts.append((_("并入"), found.merged_into, found.merged_into.get_absolute_url()))
    context = {
        "unit": found,
        "facts": facts,
        "posts": found.posts.held(on=today).for_list(),
        "children": found.children.active().with_people(on=today),
        "merged": found.merged.all(),
        "former_names": found.former_names.all(),
        "can_change": request.user.has_perm("units.change_unit", found),
    }
    return render(request, "units/unit.html", context)


@require_http_methods(["GET", "POST"])
def unit_new(request):
    parents = _changeable(request).select_related("host")
    form = NewUnitForm(request.POST or None, parents=parents, initial={"parent": request.GET.get("parent")})
    if form.is_valid():
        added = actions.add_unit(by=request.user, **form.cleaned_data)
        messages.success(request, _("已新增“%(unit)s”。") % {"unit": added})
        return redirect(added)
    return render(request, "units/unit_form.html", {"form": form, "title": _("新增单位"), **_suggestions(request)})


@require_http_methods(["GET", "POST"])
def unit_edit(request, pk):
    found = _unit_to_change(request, pk)
    form = UnitFactsForm(request.POST or None, current=found)
    if form.is_valid():
        actions.change_unit(found, by=request.user, **form.cleaned_data)
        messages.success(request, _("已保存。"))
        return redirect(found)
    context = {"form": form, "unit": found, "title": _("修改单位信息"), **_suggestions(request)}
    return render(request, "units/unit_form.html", context)


@require_http_methods(["GET", "POST"])
def unit_rename(request, pk):
    found = _unit_to_change(request, pk)
    form = RenameForm(request.POST or None, initial={"on": timezone.localdate()})
    if form.is_valid():
        renamed = actions.rename_unit(found, by=request.user, **form.cleaned_data)
        messages.success(request, _("已更名为“%(name)s”，原名称保留在曾用名中。") % {"name": renamed.name})
        return redirect(found)
    lead = _("更名后，新的页面和文件用新名称；已经印发的总结不变。")
    return render(request, "units/unit_form.html", {"form": form, "unit": found, "title": _("更名"), "lead": lead})


@require_http_methods(["GET", "POST"])
def unit_move(request, pk):
    found = _unit_to_change(request, pk)
    form = MoveForm(request.POST or None, parents=_changeable(request).filter(host=found.host_id).exclude(pk=found.pk))
    if form.is_valid():
        moved = actions.move_unit(found, by=request.user, **form.cleaned_data)
        messages.success(request, _("已调整到“%(parent)s”之下，下属单位一并移动。") % {"parent": moved.parent})
        return redirect(found)
    lead = _("它和它的下属单位一并移到新的上级之下；联络员的管辖范围随之变化。")
    return render(request, "units/unit_form.html", {"form": form, "unit": found, "title": _("调整隶属"), "lead": lead})


@require_http_methods(["GET", "POST"])
def unit_merge(request, pk):
    found = _unit_to_change(request, pk)
    successors = _changeable(request).filter(host=found.host_id).exclude(pk=found.pk)
    form = MergeForm(request.POST or None, successors=successors, initial={"on": timezone.localdate()})
    if form.is_valid():
        closed = actions.merge_unit(found, by=request.user, **form.cleaned_data)
        messages.success(request, _("已撤并，由“%(into)s”承接。") % {"into": closed.merged_into})
        return redirect(found)
    lead = _("撤并后不能再向它任命岗位；它的下属单位和未办完的工作由承接单位负责，以往记录保留原名称。此操作不能撤销。")
    context = {"form": form, "unit": found, "title": _("撤并"), "lead": lead, "tone": "red"}
    return render(request, "units/unit_form.html", context)


def _unit(request, pk):
    near = Unit.objects.visible_to(request.user).select_related("host", "parent", "merged_into")
    return get_object_or_404(near, pk=pk)


def _unit_to_change(request, pk):
    found = _unit(request, pk)
    if not request.user.has_perm("units.change_unit", found):
        raise PermissionDenied
    return found


def _changeable(request):
    """Units of the tree that the person may change; refused to who may change none."""
    if not request.user.has_perm("units.change_unit"):
        raise PermissionDenied
    return Unit.objects.changeable_by(request.user).order_by("host_id", "position", "pk")


def _suggestions(request):
    groups = Unit.objects.visible_to(request.user).exclude(appraisal_group="").order_by("appraisal_group")
    return {"kinds": KINDS, "groups": groups.values_list("appraisal_group", flat=True).distinct()}
