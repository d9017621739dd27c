"""The tree of units."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cityinit.addresses import address
from cityinit.htmx import render_page
from cityinit.sent import told_in
from units import actions, levels, succession
from units.actions import directory as rules
from units.actions.people import posts_leaving
from units.forms import MergeForm, MoveForm, NewUnitForm, RenameForm, UnitFactsForm, UnitFilter
from units.models import Unit
from units.tree import Branch, in_tree_order

KINDS = ("委员单位", "成员单位", "街道", "乡镇", "社区", "村", "窗口", "医院", "学校", "企业")

LISTED = (
    *("pk", "parent_id", "host_id", "relation", "closed_on"),
    *("name", "short_name", "kind", "appraisal_group", "people"),
)


@require_safe
def units(request):
    within = Unit.objects.visible_to(request.user)
    kinds = within.exclude(kind="").order_by("kind").values_list("kind", flat=True).distinct()
    form = UnitFilter(request.GET or None, kinds=kinds)
    found = form.filter(within).with_people(on=timezone.localdate()).order_by("host_id", "position", "pk")
    # As plain values: whole units would take longer than the page.
    found = list(found.values_list(*LISTED, named=True))
    context = {
        # Matches are listed flat: what they hang on may not be among them.
        "rows": _rows([Branch(unit, 0) for unit in found] if form.narrows else in_tree_order(found)),
        "form": form,
        "levels": _levels(within),
        "can_add": request.user.has_perm("units.change_unit"),
    }
    return render_page(request, "units/units.html", context)


def _rows(branches):
    """The lines of the list as ready texts."""
    # Reversed once: hundreds of look-ups cost more than the query.
    here = address("units:units")
    return [_row(branch.unit, step=branch.step, url=f"{here}{branch.unit.pk}/") for branch in branches]


def _row(unit, *, step, url):
    tone, standing = "", ""
    if unit.closed_on:
        tone, standing = "neutral", _("已撤销")
    elif unit.host_id == unit.pk:
        tone, standing = "blue", _("主体单位")
    elif unit.relation != Unit.Relation.BELOW:
        tone, standing = "purple", Unit.Relation(unit.relation).label
    return {
        "step": str(step),
        "url": url,
        "name": unit.name,
        "short_name": unit.short_name,
        "kind": unit.kind,
        "group": unit.appraisal_group,
        "people": str(unit.people),
        "tone": tone,
        "standing": standing,
    }


def _levels(units):
    """How many open units stand at each level, in one query; each leads to its list."""
    asked = {level: Count("pk", filter=levels.of_level(level)) for level, _label in levels.CHOICES}
    counts = units.active().filter(relation=Unit.Relation.BELOW).order_by().aggregate(**asked)
    here = address("units:units")
    return [
        {"label": label, "value": counts[level], "url": f"{here}?level={level}"}
        for level, label in levels.CHOICES
        if counts[level]
    ]


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
        "after": _what_comes_after(found),
        "children": found.children.active().with_people(on=today),
        "merged": found.merged.all(),
        "former_names": found.former_names.all(),
        "former_places": found.former_places.select_related("parent"),
        "can_change": request.user.has_perm("units.change_unit", found),
    }
    return render(request, "units/unit.html", context)


def _what_comes_after(closed):
    """Where to look instead of a closed unit, to which nobody may be appointed any more."""
    if closed.merged_into is None:
        return _("单位已撤销，不再任命岗位。")
    return _("未办完的工作由“%(into)s”承接，岗位请在那里任命。") % {"into": closed.merged_into}


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
        with told_in(form):
            renamed = actions.rename_unit(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已更名为“%(name)s”，原名称保留在曾用名中。") % {"name": renamed.name})
            return redirect(found)
    lead = _("更名后，新的页面和文件用新名称；已经印发的总结不变。")
    context = {"form": form, "unit": found, "title": _("更名"), "lead": lead}
    return render(request, "units/unit_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def unit_move(request, pk):
    found = _unit_to_change(request, pk)
    parents = _changeable(request).filter(host=found.host_id).exclude(pk=found.pk)
    form = MoveForm(request.POST or None, parents=parents, initial={"on": timezone.localdate()})
    if form.is_valid():
        with told_in(form):
            chosen = form.cleaned_data
            if "confirmed" not in request.POST:
                rules.refuse_move(found, **chosen)
                items = _what_moves(found, by=request.user, **chosen)
                return _preview(request, form, found, title=_("调整隶属"), items=items)
            moved = actions.move_unit(found, by=request.user, **chosen)
            messages.success(request, _("已调整到“%(parent)s”之下，下属单位一并移动。") % {"parent": moved.parent})
            return redirect(found)
    lead = _("它和它的下属单位一并移到新的上级之下；联络员的管辖范围随之变化，以往的数据不变。")
    context = {"form": form, "unit": found, "title": _("调整隶属"), "lead": lead, "submit": _("下一步")}
    return render(request, "units/unit_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def unit_merge(request, pk):
    found = _unit_to_change(request, pk)
    successors = _changeable(request).filter(host=found.host_id).exclude(pk=found.pk)
    form = MergeForm(request.POST or None, successors=successors, initial={"on": timezone.localdate()})
    if form.is_valid():
        with told_in(form):
            into, on = form.cleaned_data["into"], form.cleaned_data["on"]
            if "confirmed" not in request.POST:
                _refuse_merge(found, into=into, on=on)
                items = _what_merges(found, by=request.user, into=into, on=on)
                warning = _written_later(found, on=on)
                return _preview(request, form, found, title=_("撤并"), items=items, tone="red", warning=warning)
            if into is None:
                actions.close_unit(found, by=request.user, on=on)
                messages.success(request, _("已撤销，记录保留。"))
            else:
                closed = actions.merge_unit(found, into=into, by=request.user, on=on)
                messages.success(request, _("已撤并，由“%(into)s”承接。") % {"into": closed.merged_into})
            return redirect(found)
    lead = _("撤并后不能再向它任命岗位；它的下属单位和未办完的工作由承接单位负责，以往记录保留原名称。此操作不能撤销。")
    context = {"form": form, "unit": found, "title": _("撤并"), "lead": lead, "submit": _("下一步")}
    return render(request, "units/unit_form.html", context, status=422 if form.is_bound else 200)


def _refuse_merge(unit, *, into, on):
    if into is None:
        rules.refuse_close(unit, on=on)
    else:
        rules.refuse_merge(unit, into=into, on=on)


def _preview(request, form, unit, *, title, items, tone="primary", warning=""):
    """What will happen, and the form once more with everything filled in and hidden."""
    kept = [(name, form.data.get(name, "")) for name in form.fields]
    context = {"unit": unit, "title": title, "items": items, "kept": kept, "tone": tone, "warning": warning}
    return render(request, "units/unit_preview.html", context)


def _what_moves(unit, *, by, parent, on):
    below = Unit.objects.active().filter(path__startswith=unit.path).exclude(pk=unit.pk).count()
    return [
        (_("单位"), unit.name, unit.get_absolute_url()),
        (_("原上级"), unit.parent, unit.parent.get_absolute_url()),
        (_("新上级"), parent, parent.get_absolute_url()),
        (_("一并移动的下属单位"), below),
        (_("原隶属至"), on),
        *_what_is_open(unit, by=by, with_below=True),
        (_("影响"), _("从次日起，新上级的联络员看得到并办理上列工作，原上级的不再看到；总结中此前日期的数据不变。")),
    ]


def _what_merges(unit, *, by, into, on):
    ended, gone_over = posts_leaving(unit, on=on)
    return [
        (_("撤销"), unit.name, unit.get_absolute_url()),
        (_("并入"), into, into.get_absolute_url()) if into else (_("并入"), _("没有承接单位")),
        (_("最后一天"), on),
        (_("移到承接单位之下的下属单位"), unit.children.active().count()),
        *_what_is_open(unit, by=by),
        *_what_was_later(unit, by=by, on=on),
        (_("随单位结束的岗位"), _names(ended)),
        (_("转到承接单位的岗位"), _names(gone_over)),
        (
            _("影响"),
            _(
                "上列工作从次日起由承接单位办理，同一任务中两家的办理合为一份；已办结的工作和工作记录保留原名称。"
                "联络员岗位随原单位结束，需要在承接单位任职的由系统管理员任命；其他岗位转到承接单位，权限不变。"
            ),
        ),
    ]


def _names(posts):
    return "、".join(f"{post.user}（{post.get_role_display()}）" for post in posts) or 0


def _what_is_open(unit, *, by, with_below=False):
    """What goes over, each with its list for who may open it; of the office's own drafts only where there are any."""
    told = []
    for work in succession.open_work(unit, with_below=with_below):
        if len(work.lists) > 1:
            told += [_listed(f"{work.label}（{there.name}）", there, work, by=by) for there in work.lists]
        elif work.lists:
            told.append(_listed(work.label, work.lists[0], work, by=by))
        elif not work.is_of_office:
            told.append((work.label, 0))
    return told


def _what_was_later(unit, *, by, on):
    """What stands under the unit's name after its last day, each with its list; nothing where there is nothing."""
    told = []
    for work in succession.written_after(unit, on=on):
        label = _("最后一天之后的%(what)s") % {"what": work.label}
        several = len(work.lists) > 1
        told += [_listed(f"{label}（{there.name}）" if several else label, there, work, by=by) for there in work.lists]
    return told


def _written_later(unit, *, on):
    """A sentence where the last day lies before what the unit wrote: mostly it is the wrong day."""
    found = succession.written_after(unit, on=on)
    if not found:
        return ""
    text = _(
        "最后一天%(on)s之后，“%(unit)s”还登记了%(what)s，最晚的是%(latest)s。"
        "确认后仍记在它的名下；日期有误的，请取消后重新填写最后一天。"
    )
    what = "、".join(f"{work.label}{work.count}" for work in found)
    return text % {"on": on, "unit": unit, "what": what, "latest": max(work.latest for work in found)}


def _listed(label, there, work, *, by):
    return (label, there.count, there.url) if by.has_perm(work.permission) else (label, there.count)


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
