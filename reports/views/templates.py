"""How the office writes: its templates of each kind, and which drafts are written without being asked for."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Workstream
from cityinit import files
from cityinit.papers import PaperForm
from cityinit.sent import told_in
from reports import own_paper
from reports.forms.template import ScheduleForm, TemplateForm, with_part_moved
from reports.kinds import KINDS
from reports.models import Kind, Schedule, Template
from reports.templates import delete_template, save_schedule, save_template, set_paper

WRITE = "reports.write_report"


@require_safe
def templates(request):
    campaign = _campaign(request)
    return render(request, "reports/templates.html", _context(campaign, _schedule_form(campaign)))


@require_POST
def schedule(request):
    campaign = _campaign(request)
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        return render(request, "reports/templates.html", _context(campaign, form), status=422)
    save_schedule(campaign, form.cleaned_data["cycles"], by=request.user)
    messages.success(request, _("已保存，到时自动编写初稿。"))
    return redirect("reports:templates")


@require_http_methods(["GET", "POST"])
def template_new(request, kind):
    if kind not in Kind.values:
        raise Http404
    campaign = _campaign(request)
    usual = not Template.objects.of(campaign).filter(kind=kind).exists()
    return _edit(request, Template(campaign=campaign, kind=kind, is_usual=usual))


@require_http_methods(["GET", "POST"])
def template(request, pk):
    return _edit(request, _one(request, pk))


@require_http_methods(["GET", "POST"])
def template_paper(request, pk):
    """The office's own Word file of a template: upload it, or go back to the standard; which placeholders there are."""
    found = _one(request, pk)
    parts = KINDS[found.kind].parts
    if request.method == "POST" and "remove" in request.POST:
        set_paper(found, None, by=request.user)
        messages.success(request, _("已恢复标准公文格式。"))
        return redirect("reports:template_paper", found.pk)
    form = PaperForm(request.POST or None, request.FILES or None, offered=own_paper.empty(found.kind, parts))
    if form.is_valid():
        with told_in(form):
            set_paper(found, form.cleaned_data["file"], by=request.user)
            messages.success(request, _("模板检查通过，下次编写时采用。"))
            return redirect("reports:template_paper", found.pk)
    context = {"template": found, "form": form, "groups": own_paper.offered(found.kind, parts)}
    return render(request, "reports/paper.html", context, status=422 if form.is_bound else 200)


@require_safe
def template_file(request, pk):
    found = _one(request, pk)
    if found.file is None:
        raise Http404
    return files.serve(found.file, request=request)


@require_POST
def template_delete(request, pk):
    found = _one(request, pk)
    delete_template(found, by=request.user)
    messages.success(request, _("已删除模板“%(name)s”，以前编写的不受影响。") % {"name": found})
    return redirect("reports:templates")


def _campaign(request):
    if not request.campaign or not request.user.has_perm(WRITE, request.campaign):
        raise PermissionDenied
    return request.campaign


def _one(request, pk):
    found = get_object_or_404(Template.objects.visible_to(request.user).select_related("campaign__host", "file"), pk=pk)
    if not request.user.has_perm(WRITE, found.campaign):
        raise PermissionDenied
    return found


def _schedule_form(campaign):
    kept = Schedule.objects.filter(campaign=campaign).first()
    return ScheduleForm(initial={"cycles": kept.cycles if kept else list(Schedule.USUAL)})


def _context(campaign, form):
    by_kind = {kind: [] for kind in Kind}
    for found in Template.objects.of(campaign):
        by_kind[Kind(found.kind)].append(found)
    return {"campaign": campaign, "form": form, "kinds": list(by_kind.items())}


def _edit(request, found):
    parts = KINDS[found.kind].parts
    rows = Workstream.objects.of(found.campaign).exclude(scheme="").order_by("scheme")
    alike = Template.objects.of(found.campaign).filter(kind=found.kind)
    how = {
        "template": found,
        "parts": parts,
        "headed": KINDS[found.kind].headed,
        "schemes": list(dict.fromkeys(rows.values_list("scheme", flat=True))),
        "others": set(alike.exclude(pk=found.pk).values_list("name", flat=True)),
    }
    context = {"template": found, "kind": Kind(found.kind)}
    if moved := with_part_moved(request.POST, parts):
        return render(request, "reports/template.html", context | {"form": TemplateForm(moved, **how)})
    form = TemplateForm(request.POST or None, **how)
    if form.is_valid():
        with told_in(form):
            save_template(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存，下次编写时采用。"))
            return redirect("reports:templates")
    return render(request, "reports/template.html", context | {"form": form}, status=422 if form.is_bound else 200)
