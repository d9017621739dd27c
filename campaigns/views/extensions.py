"""Requests for more time: asked from a unit's part, decided from the list or the task."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.actions import extensions as actions
from campaigns.forms.supervision import AskExtensionForm, ExtensionFilterForm, GrantExtensionForm
from campaigns.forms.tasks import NoteForm, SeenStateForm
from campaigns.models import Assignment, TaskExtension
from campaigns.workflow import TASK_EXTENSION, extension_refusal
from cityinit.addresses import address
from cityinit.exports import columns_of, sheet_response
from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.sent import told_in
from cityinit.workflow import Move, Refused

from .buttons import buttons

DOORS = {
    "grant": (actions.grant_extension, GrantExtensionForm),
    "refuse": (actions.refuse_extension, NoteForm),
    "withdraw": (actions.withdraw_extension, SeenStateForm),
}

LEDGER = (
    (gettext_lazy("任务编号"), 10, "text"),
    (gettext_lazy("任务"), 36, "text"),
    (gettext_lazy("单位"), 20, "text"),
    (gettext_lazy("原时限"), 12, "date"),
    (gettext_lazy("申请延至"), 12, "date"),
    (gettext_lazy("批准延至"), 12, "date"),
    (gettext_lazy("理由"), 40, "text"),
    (gettext_lazy("状态"), 10, "text"),
    (gettext_lazy("申请人"), 10, "text"),
    (gettext_lazy("申请时间"), 17, "datetime"),
    (gettext_lazy("答复人"), 10, "text"),
    (gettext_lazy("答复时间"), 17, "datetime"),
    (gettext_lazy("答复"), 40, "text"),
)


@require_safe
def extensions(request):
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.see_task"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = ExtensionFilterForm(request.GET, host=campaign.host)
    found = form.filter(TaskExtension.objects.visible_to(user, of=campaign)).for_list()
    page = Page(request, found, order=("-asked_at", "-pk"))
    context = {"form": form, "page": page, "rows": extension_rows(page.rows, by=user)}
    may_export = user.has_perm("campaigns.export", campaign)
    context["export_url"] = f"{address('campaigns:extensions_export')}?{request.GET.urlencode()}" if may_export else ""
    return render_page(request, "campaigns/extensions.html", context, fragment="campaigns/_extensions.html")


@require_safe
def extensions_export(request):
    """The requests as the list shows them with the same filter, the first asked first."""
    campaign = request.campaign
    if not request.user.has_perm("campaigns.export", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = ExtensionFilterForm(request.GET, host=campaign.host)
    found = form.filter(TaskExtension.objects.visible_to(request.user, of=campaign)).for_list()
    return sheet_response(
        request,
        of=campaign,
        title=_("延期申请"),
        columns=columns_of(LEDGER),
        rows=(_ledger_row(row) for row in found.order_by("asked_at", "pk").iterator(chunk_size=500)),
        n=found.count(),
    )


def _ledger_row(row):
    return [
        row.task.code,
        row.task.name,
        row.unit.name,
        row.due_then,
        row.asked_due,
        row.granted_due,
        row.reason,
        row.get_state_display(),
        str(row.asked_by),
        row.asked_at,
        str(row.decided_by or ""),
        row.decided_at,
        row.note,
    ]


def extension_rows(rows, *, by):
    """Requests with what this person can do about each."""
    return [
        {
            "extension": row,
            "moves": buttons(TASK_EXTENSION, row, by=by, url_name="campaigns:extension_move", offered=DOORS),
        }
        for row in rows
    ]


@require_http_methods(["GET", "POST"])
def extension_ask(request, pk):
    visible = Assignment.objects.visible_to(request.user).select_related("unit", "task__campaign__host")
    part = get_object_or_404(visible, pk=pk)
    if request.method == "GET" and (reason := extension_refusal(part, request.user)):
        raise Refused(reason, part)
    form = AskExtensionForm(request.POST or None, due_on=part.task.due_on)
    if form.is_valid():
        with told_in(form):
            actions.ask_extension(part, by=request.user, **form.cleaned_data)
            messages.success(request, _("延期申请已提交，批准前时限不变。"))
            return redirect(part)
    context = {
        "form": form,
        "move": Move("ask", _("申请延期"), (), "", ""),
        "task": part.task,
        "heading": f"{_('申请延期')} · {part.unit}",
    }
    return render(request, "campaigns/move.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def extension_move(request, pk, move):
    found = get_object_or_404(TaskExtension.objects.visible_to(request.user).for_list(), pk=pk)
    if move not in DOORS:
        raise Http404
    action, form_class = DOORS[move]
    if request.method == "GET" and (reason := TASK_EXTENSION.refusal(found, move, request.user)):
        raise Refused(reason, found)
    form = form_class(request.POST if request.method == "POST" else None, row=found)
    if form.is_valid():
        with told_in(form):
            action(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已办理：%(move)s。") % {"move": TASK_EXTENSION.moves[move].label})
            return redirect(found)
    context = {
        "form": form,
        "move": TASK_EXTENSION.moves[move],
        "task": found.task,
        "heading": f"{TASK_EXTENSION.moves[move].label} · {found.unit}",
        "said": [
            (_("申请"), _("由%(due)s延至%(asked)s") % {"due": found.due_then, "asked": found.asked_due}),
            (_("理由"), found.reason),
            (_("现在的时限"), found.task.due_on),
        ],
    }
    return render(request, "campaigns/move.html", context, status=422 if form.is_bound else 200)
