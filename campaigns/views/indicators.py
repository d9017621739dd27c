"""One indicator with all that is known of it, and the forms of indicators and standards."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.actions import nodes as actions
from campaigns.actions.registers import add_row
from campaigns.forms.registers import row_form
from campaigns.forms.systems import IndicatorForm, StandardForm
from campaigns.models import AssessmentSystem, Counterpart, Indicator, SelfCheck, Standard, Task
from campaigns.registers import REGISTERS
from campaigns.systems import branch_of
from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.sent import told_in
from cityinit.workflow import Refused

from .standards import told_of
from .systems import may_break_down, plain, told_where, version_of_page, visible_indicators, visible_system
from .task_rows import lines

TASKS, CHECKS = 20, 10
SELF_CHECKS = "self-checks"


@require_safe
def indicator(request, pk):
    found = get_object_or_404(visible_indicators(request), pk=pk)
    return _page(request, found, form=_check_form(request, found))


@require_POST
def indicator_check(request, pk):
    """The self-check of the indicator, written in place."""
    found = get_object_or_404(visible_indicators(request), pk=pk)
    if not request.user.has_perm("campaigns.change_register", found.campaign):
        raise PermissionDenied
    register = REGISTERS[SELF_CHECKS]
    form = _check_form(request, found, data=request.POST)
    if form is None:
        raise Refused(_("只有现行的指标可以自查。"), found)
    if form.sent_before():
        messages.info(request, _("这张表已经保存过，没有再存一份。"))
        return redirect(found)
    if form.is_valid():
        with told_in(form):
            key = form.cleaned_data["client_key"]
            add_row(register, form.save(commit=False), many=form.many(), client_key=key, by=request.user)
            messages.success(request, _("已记下自查。"))
            return redirect(found)
    return _page(request, found, form=form, status=422)


def _check_form(request, found, *, data=None):
    """The form of a self-check of this very indicator; None where it is not in force, or not the person's to write."""
    is_in_force = found.system.state == AssessmentSystem.State.IN_FORCE
    if not is_in_force or not request.user.has_perm("campaigns.change_register", found.campaign):
        return None
    form = row_form(REGISTERS[SELF_CHECKS])
    return form.below(data, campaign=found.campaign, by=request.user, indicator=found, checked_on=timezone.localdate())


def _page(request, found, *, form, status=200):
    user = request.user
    current = _current(found)
    checks = SelfCheck.objects.visible_to(user).under(found).order_by("-checked_on", "-pk")
    tasks = Task.objects.visible_to(user).under(found).order_by("position", "pk").for_list()
    standards = Standard.objects.visible_to(user).filter(indicator=found).prefetch_related("units")
    may_change = user.has_perm("campaigns.change_system", found.system) and found.system.state != "superseded"
    context = {
        "indicator": found,
        "system": found.system,
        "path": _path(found),
        # A unit sees the indicators it answers for, and is told under what they stand.
        "sees_above": user.has_perm("campaigns.see_system", found.campaign),
        "facts": _facts(found),
        "standards": [_standard_row(one, found) for one in standards],
        "children": list(Indicator.objects.visible_to(user).filter(parent=found).order_by("position", "pk")),
        "tasks": lines(tasks[:TASKS], on=timezone.localdate(), by=user),
        "checks": [(check, plain(check.score)) for check in checks[:CHECKS]],
        "full_score": plain(found.score),
        "form": form,
        "counterparts": _counterparts(found, user),
        "versions": _versions(found, user),
        "current": current if current and current.pk != found.pk else None,
        "may_change": may_change,
        "below_url": f"{reverse('campaigns:indicator_new', args=[found.system_id])}?parent={found.pk}",
        "ways": (("up", _("上移")), ("down", _("下移"))),
        "breakdown_url": _breakdown_url(found) if may_break_down(user, found.system) else "",
        "materials_url": _materials_url(found) if user.has_perm("campaigns.see_material") else "",
        "findings_url": _findings_url(found) if user.has_perm("inspections.see_finding") else "",
    }
    return render(request, "campaigns/indicator.html", context, status=status)


def _current(found):
    """The same indicator in the version in force, if it is in one."""
    return Indicator.objects.of_lineage(found).in_force().select_related("system").first()


def _path(found):
    path, above, seen = [], found.parent, {found.pk}
    while above is not None and above.pk not in seen:
        seen.add(above.pk)
        path.insert(0, above)
        above = above.parent
    return path


def _facts(found):
    return [
        (_("测评体系"), found.system, found.system.get_absolute_url()),
        (_("分值"), plain(found.score)),
        (_("测评方式"), found.get_methods_display()),
        (_("责任单位"), "、".join(str(unit) for unit in found.units.all())),
        *([(_("说明"), found.note)] if found.note else []),
    ]


def _standard_row(standard, found):
    standard.indicator = found
    return {
        "standard": standard,
        "number": standard.full_number,
        "told": told_of(standard, units=standard.units.all(), methods=standard.get_methods_display()),
    }


def _counterparts(found, user):
    """The indicators of other systems that ask for the same work, in their versions in force."""
    links = Counterpart.objects.of(found.campaign).with_lineage(found.lineage)
    wanted = [link.beside(found.lineage) for link in links]
    if not wanted:
        return []
    rows = Indicator.objects.visible_to(user, of=found.campaign).in_force().filter(lineage__in=wanted)
    return list(rows.select_related("system"))


def _versions(found, user):
    """The indicator through the versions, the latest first, where there is more than one."""
    rows = Indicator.objects.visible_to(user).of_lineage(found).select_related("system").order_by("-system__pk")
    versions = list(rows)
    return versions if len(versions) > 1 else []


def _breakdown_url(found):
    return f"{address('campaigns:breakdown')}?indicator={found.pk}"


def _materials_url(found):
    return f"{address('campaigns:materials')}?indicator={found.pk}"


def _findings_url(found):
    return f"{address('inspections:findings')}?indicator={found.pk}"


# Forms ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def indicator_new(request, pk):
    """A new indicator in the version `pk`, below ?parent= where it is given."""
    asked = visible_system(request, pk)
    _ask_change(request, asked)
    target = version_of_page(asked)
    row = Indicator(system=target, campaign=target.campaign)
    initial = {"parent": _parent_in(target, request.GET.get("parent"))}
    form = IndicatorForm(request.POST or None, instance=row, initial=initial)
    if form.is_valid():
        with told_in(form):
            made = actions.add_indicator(target, by=request.user, **form.written)
            told_where(request, asked, made.system)
            return redirect(made)
    context = {"form": form, "system": target, "is_used": not actions.is_writable(target), "cancel_url": target}
    return render(request, "campaigns/indicator_form.html", _cancelled(context), status=422 if form.is_bound else 200)


def _parent_in(target, text):
    """The indicator the form begins below; its copy where the form goes to a draft."""
    if (asked := key_in(text)) is None:
        return None
    named = Indicator.objects.filter(pk=asked).values("lineage")
    return Indicator.objects.of_system(target).filter(Q(pk=asked) | Q(lineage__in=named)).first()


@require_http_methods(["GET", "POST"])
def indicator_edit(request, pk):
    found = get_object_or_404(visible_indicators(request), pk=pk)
    _ask_change(request, found)
    if request.method == "GET" and (there := _in_draft(request, found)):
        return redirect("campaigns:indicator_edit", there.pk)
    form = IndicatorForm(request.POST or None, instance=found)
    if form.is_valid():
        with told_in(form):
            written = actions.change_indicator(found, by=request.user, **form.changed)
            told_where(request, found.system, written.system)
            return redirect(written)
    context = {
        "form": form,
        "system": found.system,
        "indicator": found,
        "is_used": not actions.is_writable(found.system),
        "cancel_url": found,
    }
    return render(request, "campaigns/indicator_form.html", _cancelled(context), status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def standard_new(request, pk):
    """A new standard under the indicator `pk`."""
    found = get_object_or_404(visible_indicators(request), pk=pk)
    _ask_change(request, found)
    if request.method == "GET" and (there := _in_draft(request, found)):
        return redirect("campaigns:standard_new", there.pk)
    row = Standard(indicator=found, campaign=found.campaign)
    number = next(str(n) for n in range(1, 1000) if not found.standards.filter(number=str(n)).exists())
    form = StandardForm(request.POST or None, instance=row, initial={"number": number})
    if form.is_valid():
        with told_in(form):
            made = actions.add_standard(found, by=request.user, **form.written)
            told_where(request, found.system, made.indicator.system)
            return redirect(made)
    context = {
        "form": form,
        "system": found.system,
        "indicator": found,
        "is_used": not actions.is_writable(found.system),
        "cancel_url": found,
    }
    return render(request, "campaigns/standard_form.html", _cancelled(context), status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def standard_edit(request, pk):
    found = _standard(request, pk)
    if request.method == "GET" and (there := _in_draft(request, found)):
        return redirect("campaigns:standard_edit", there.pk)
    form = StandardForm(request.POST or None, instance=found)
    if form.is_valid():
        with told_in(form):
            written = actions.change_standard(found, by=request.user, **form.changed)
            told_where(request, found.indicator.system, written.indicator.system)
            return redirect(written)
    context = {
        "form": form,
        "system": found.indicator.system,
        "indicator": found.indicator,
        "standard": found,
        "is_used": not actions.is_writable(found.indicator.system),
        "cancel_url": found,
    }
    return render(request, "campaigns/standard_form.html", _cancelled(context), status=422 if form.is_bound else 200)


@require_POST
def indicator_shift(request, pk, way):
    found = get_object_or_404(visible_indicators(request), pk=pk)
    moved = actions.shift(found, by=request.user, up=way == "up")
    told_where(request, found.system, moved.system)
    return redirect(f"{moved.system.get_absolute_url()}?open={moved.pk}#node-{moved.pk}")


@require_POST
def standard_shift(request, pk, way):
    found = _standard(request, pk)
    moved = actions.shift(found, by=request.user, up=way == "up")
    told_where(request, found.indicator.system, moved.indicator.system)
    return redirect(moved)


@require_http_methods(["GET", "POST"])
def indicator_delete(request, pk):
    found = get_object_or_404(visible_indicators(request), pk=pk)
    _ask_change(request, found)
    if request.method == "POST":
        parent = found.parent
        left = actions.delete_node(found, by=request.user)
        told_where(request, found.system, left)
        return redirect(parent if parent and left.pk == found.system_id else left)
    branch = branch_of(found)
    standards = Standard.objects.filter(indicator__in=branch).count()
    told = _("“%(node)s”连同下级共%(n)s个指标、%(m)s条标准都会从这一版删去。") % {
        "node": found,
        "n": len(branch),
        "m": standards,
    }
    return _confirm_deletion(request, found, found.system, told)


@require_http_methods(["GET", "POST"])
def standard_delete(request, pk):
    found = _standard(request, pk)
    if request.method == "POST":
        left = actions.delete_node(found, by=request.user)
        told_where(request, found.indicator.system, left)
        return redirect(found.indicator if left.pk == found.indicator.system_id else left)
    told = _("标准“%(node)s”会从这一版删去。") % {"node": found}
    return _confirm_deletion(request, found, found.indicator.system, told)


def _confirm_deletion(request, found, system, told):
    if not actions.is_writable(system):
        told += _("这一版已在使用：不会改动它，只从修订稿里删去。")
    context = {
        "heading": _("删去%(number)s") % {"number": getattr(found, "code", "") or found.full_number},
        "crumb": system,
        "told": told,
        "submit": _("删去"),
        "cancel_url": found.get_absolute_url(),
    }
    return render(request, "campaigns/system_confirm.html", context)


def _standard(request, pk):
    visible_indicators(request)
    rows = Standard.objects.visible_to(request.user).select_related(
        "campaign__host__host", "indicator__system__campaign__host__host", "indicator__parent"
    )
    found = get_object_or_404(rows, pk=pk)
    _ask_change(request, found)
    return found


def _in_draft(request, node):
    """Where the version is in use and has a draft, the draft's copy: that is what an edit goes to."""
    system = node.system if isinstance(node, Indicator) else node.indicator.system
    target = version_of_page(system)
    if target.pk == system.pk:
        if system.state == AssessmentSystem.State.SUPERSEDED:
            raise Refused(_("“%(system)s”已停用，不能再改。请修订现行的版本。") % {"system": system}, system)
        return None
    copy = type(node).objects.of_system(target).of_lineage(node).first()
    if copy is None:
        raise Refused(_("修订稿“%(draft)s”里已经删去了“%(node)s”。") % {"draft": target, "node": node}, target)
    text = _("“%(system)s”已在使用。这里修改的是它的修订稿“%(draft)s”。")
    messages.info(request, text % {"system": system, "draft": target})
    return copy


def _cancelled(context):
    return context | {"cancel_url": context["cancel_url"].get_absolute_url()}


def _ask_change(request, obj):
    if not request.user.has_perm("campaigns.change_system", obj.campaign):
        raise PermissionDenied
