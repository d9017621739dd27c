"""A leader's instruction: given from a task or from the register, corrected on its day."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.actions import instructions as actions
from campaigns.forms.instructions import InstructForm, InstructionForm
from campaigns.models import Instruction, Task
from cityinit.sent import told_in
from cityinit.workflow import Refused


@require_http_methods(["GET", "POST"])
def instruct(request):
    """For the campaign in hand, or for one of its tasks."""
    campaign = request.campaign
    if not request.user.has_perm(actions.PERMISSION, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    tasks = Task.objects.visible_to(request.user, of=campaign).exclude(state=Task.State.DRAFT)
    form = InstructForm(request.POST or None, tasks=tasks)
    if form.is_valid():
        with told_in(form):
            made = actions.instruct(campaign, by=request.user, **form.cleaned_data)
            messages.success(request, _("批示已送创建办。") if not made.task else _("批示已送牵头单位和创建办。"))
            return redirect(made.task or made)
    return _page(request, form, lead=campaign, cancel_url=reverse("campaigns:register", args=["instructions"]))


@require_http_methods(["GET", "POST"])
def task_instruct(request, pk):
    task = get_object_or_404(Task.objects.visible_to(request.user).select_related("campaign__host", "lead_unit"), pk=pk)
    if not request.user.has_perm(actions.PERMISSION, task):
        raise PermissionDenied
    form = InstructForm(request.POST or None)
    if form.is_valid():
        with told_in(form):
            actions.instruct(task.campaign, by=request.user, task=task, **form.cleaned_data)
            messages.success(request, _("批示已送牵头单位和创建办。"))
            return redirect(task)
    return _page(request, form, lead=task, cancel_url=task.get_absolute_url())


@require_http_methods(["GET", "POST"])
def instruction_edit(request, pk):
    # Who sees the task sees what was said about it, also where the register is not theirs to see.
    seen = Q(pk__in=Instruction.objects.visible_to(request.user))
    seen |= Q(task__in=Task.objects.visible_to(request.user))
    rows = Instruction.objects.filter(seen).select_related("campaign__host", "task__campaign__host", "task__lead_unit")
    found = get_object_or_404(rows, pk=pk)
    if request.method == "GET" and (reason := actions.change_refusal(found, request.user)):
        raise Refused(reason, found.task or found)
    back = found.task or found
    form = InstructionForm(request.POST or None, instruction=found)
    if form.is_valid():
        with told_in(form):
            actions.change_instruction(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存。"))
            return redirect(back)
    return _page(request, form, lead=back, cancel_url=back.get_absolute_url())


def own_edit_url(instruction, *, by):
    """Where this person corrects the instruction; empty where they may not."""
    may = actions.change_refusal(instruction, by) is None
    return reverse("campaigns:instruction_edit", args=[instruction.pk]) if may else ""


def _page(request, form, *, lead, cancel_url):
    context = {"form": form, "lead": lead, "cancel_url": cancel_url}
    return render(request, "campaigns/instruct.html", context, status=422 if form.is_bound else 200)
