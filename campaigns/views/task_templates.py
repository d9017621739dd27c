"""分解模板: kept from an indicator or from a task, looked at, renamed and given up."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.actions import templates as actions
from campaigns.actions.breakdown import PERMISSION
from campaigns.ancestry import with_all_below
from campaigns.forms.breakdown import LineChoiceForm, TaskTemplateForm, TemplateNameForm, TemplateSaveForm
from campaigns.models import Indicator, Task, TaskTemplate, TemplateLine
from campaigns.template_presets import PRESET, PRESETS
from cityinit.addresses import address
from cityinit.sent import told_in
from units.naming import Names


@require_safe
def templates(request):
    campaign = _asked(request)
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    kept = (
        TaskTemplate.objects.filter(host=campaign.host.host_id).select_related("created_by").prefetch_related("lines")
    )
    return render(request, "campaigns/task_templates.html", {"templates": [_row(template) for template in kept]})


def _row(template):
    apply = f"{address('campaigns:breakdown')}?{urlencode({'template': template.pk})}"
    return {"template": template, "lines": list(template.lines.all()), "apply_url": apply}


@require_POST
def template_save(request):
    """Keep the tasks of an indicator as a template."""
    campaign = _asked(request)
    indicator = get_object_or_404(Indicator.objects.of(campaign), pk=request.POST.get("indicator") or 0)
    form = TemplateSaveForm(request.POST, host=campaign.host.host_id)
    back = f"{address('campaigns:breakdown')}?{urlencode({'indicator': indicator.pk})}"
    if form.is_valid():
        tasks = Task.objects.visible_to(request.user, of=campaign).under(indicator)
        tasks = tasks.exclude(state=Task.State.CANCELLED).order_by("position", "pk")
        template = actions.save_template(campaign, tasks.for_template(), **_named(form, by=request.user))
        messages.success(request, _("已保存模板“%(name)s”。") % {"name": template})
        return redirect(back)
    context = {"indicator": indicator, "form": form, "cancel_url": back}
    return render(request, "campaigns/task_template.html", context, status=422)


def _named(form, *, by):
    return {"name": form.cleaned_data["name"], "replace": form.cleaned_data.get("replace", False), "by": by}


@require_http_methods(["GET", "POST"])
def task_template(request, pk):
    """Keep a task and what is below it as a template; what is counted is ticked."""
    visible = Task.objects.visible_to(request.user)
    task = get_object_or_404(visible.select_related("campaign__host"), pk=pk)
    if not request.user.has_perm(PERMISSION, task.campaign):
        raise PermissionDenied
    family = visible.filter(pk__in=with_all_below(task)).exclude(state=Task.State.CANCELLED)
    form = TaskTemplateForm(request.POST or None, task=task, family=family.order_by("position", "pk"))
    if form.is_valid():
        with told_in(form):
            chosen = form.cleaned_data["tasks"]
            template = actions.save_template(task.campaign, chosen.for_template(), **_named(form, by=request.user))
            messages.success(request, _("已保存模板“%(name)s”，分解任务时可以套用。") % {"name": template})
            return redirect(task)
    context = {"task": task, "form": form, "cancel_url": task.get_absolute_url()}
    return render(request, "campaigns/task_template.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def template_rename(request, pk):
    template = _template(request, pk)
    form = TemplateNameForm(request.POST or None, initial={"name": template.name})
    if form.is_valid():
        with told_in(form):
            actions.rename_template(template, name=form.cleaned_data["name"], by=request.user)
            messages.success(request, _("已改名为“%(name)s”。") % {"name": template})
            return redirect("campaigns:templates")
    context = {"template": template, "form": form, "cancel_url": address("campaigns:templates")}
    return render(request, "campaigns/task_template.html", context, status=422 if form.is_bound else 200)


@require_POST
def template_delete(request, pk):
    template = _template(request, pk)
    actions.delete_template(template, by=request.user)
    messages.success(request, _("已删除模板“%(name)s”；套用它分解的任务不受影响。") % {"name": template})
    return redirect("campaigns:templates")


def _asked(request):
    if not request.user.has_perm(PERMISSION, request.campaign or None):
        raise PermissionDenied
    return request.campaign


def _template(request, pk):
    campaign = _asked(request)
    host = campaign.host.host_id if campaign else None
    return get_object_or_404(TaskTemplate.objects.select_related("host").filter(host=host), pk=pk)


def line_choice(request, campaign):
    """The lines of all templates to choose one from, those that ship behind the host's own."""
    kept = TaskTemplate.objects.filter(host=campaign.host.host_id).prefetch_related("lines")
    groups = [(template.name, [(str(line.pk), line.name) for line in template.lines.all()]) for template in kept]
    groups += [
        (name, [(f"{PRESET}{place}-{n}", line["name"]) for n, line in enumerate(lines)])
        for place, (name, lines) in enumerate(PRESETS)
    ]
    return LineChoiceForm(request.GET if "line" in request.GET else None, choices=groups)


def from_line(choice, campaign):
    """What the form of a task begins with: the chosen line, its days counted from today."""
    wanted = choice.cleaned_data["line"] if choice.is_valid() else ""
    if not wanted:
        return {}
    if wanted.startswith(PRESET):
        place, n = wanted.removeprefix(PRESET).split("-")
        line = TemplateLine(**PRESETS[int(place)][1][int(n)])
    else:
        line = TemplateLine.objects.get(pk=wanted)
    names = Names.of(campaign.host)
    lead = names.find(line.lead) if line.lead else []
    units = [unit.pk for name in names.split(line.units).others for unit in names.find(name) if unit not in lead]
    [drawn] = actions.lines_of([line], first_day=timezone.localdate())
    kept = {name: drawn[name] for name in ("name", "requirement", "starts_on", "due_on", "frequency")}
    return kept | {
        "lead_unit": lead[0].pk if len(lead) == 1 else None,
        "units": units,
        "target": line.target,
        "measure": line.measure,
    }
