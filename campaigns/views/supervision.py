"""督办: the ledger, the form with its ticks, the moves of one supervision, and the letters."""

import zipfile
from io import BytesIO

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.actions import supervision as actions
from campaigns.forms.supervision import (
    AnswerForm,
    LiftForm,
    SendBackAnswerForm,
    SuperviseForm,
    SupervisionFilterForm,
)
from campaigns.models import Assignment, CalendarDay, Supervision, Task
from campaigns.workflow import SUPERVISION
from cityinit import audit
from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.exports import columns_of, sheet_response
from cityinit.files import serve
from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.sent import told_in
from cityinit.workflow import Refused
from units.models import Unit
from units.roles import scope_of

from .buttons import buttons

# A zip is made in memory: so many letters are a few megabytes.
MOST_LETTERS = 200
ANSWER_WORKDAYS = 5
DOORS = {
    "answer": (actions.answer_supervision, AnswerForm),
    "send_back": (actions.send_back_answer, SendBackAnswerForm),
    "lift": (actions.lift_supervision, LiftForm),
}
LEDGER = (
    (gettext_lazy("文号"), 22, "text"),
    (gettext_lazy("督办日期"), 12, "date"),
    (gettext_lazy("任务编号"), 10, "text"),
    (gettext_lazy("任务"), 36, "text"),
    (gettext_lazy("被督办单位"), 20, "text"),
    (gettext_lazy("督办事由和要求"), 40, "text"),
    (gettext_lazy("签发人"), 10, "text"),
    (gettext_lazy("答复期限"), 12, "date"),
    (gettext_lazy("状态"), 10, "text"),
    (gettext_lazy("答复日期"), 12, "date"),
    (gettext_lazy("答复"), 40, "text"),
    (gettext_lazy("解除日期"), 12, "date"),
    (gettext_lazy("解除说明"), 24, "text"),
)


@require_safe
def supervisions(request):
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.see_task"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = filter_form(request.GET, campaign=campaign)
    found = form.filter(Supervision.objects.visible_to(user, of=campaign))
    page = Page(request, found.for_list(), order=("-begun_at", "-pk"))
    may_export = user.has_perm("campaigns.export", campaign)
    asked = request.GET.urlencode()
    context = {
        "form": form,
        "page": page,
        "rows": supervision_rows(page.rows, by=user),
        "tasks": found.order_by().values("task").distinct().count(),
        "may_supervise": user.has_perm("campaigns.supervise_task", campaign),
        "letters_url": f"{address('campaigns:supervision_letters')}?{asked}",
        "export_url": f"{address('campaigns:supervisions_export')}?{asked}" if may_export else "",
    }
    return render_page(request, "campaigns/supervisions.html", context, fragment="campaigns/_supervisions.html")


def filter_form(data, *, campaign):
    return SupervisionFilterForm(data, host=campaign.host)


def supervision_rows(rows, *, by):
    """Supervisions with what this person can do about each, and whether its answer is late."""
    today = timezone.localdate()
    return [
        {
            "supervision": row,
            "moves": buttons(SUPERVISION, row, by=by, url_name="campaigns:supervision_move", offered=DOORS),
            "is_late": row.is_late(on=today),
        }
        for row in rows
    ]


@require_safe
def supervisions_export(request):
    """The ledger as the list shows it with the same filter."""
    campaign = request.campaign
    if not request.user.has_perm("campaigns.export", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = filter_form(request.GET, campaign=campaign)
    rows = form.filter(Supervision.objects.visible_to(request.user, of=campaign)).for_list()
    return sheet_response(
        request,
        of=campaign,
        title=_("督办台账"),
        columns=columns_of(LEDGER),
        rows=(_ledger_row(row) for row in rows.order_by("begun_at", "pk").iterator(chunk_size=500)),
        n=rows.count(),
    )


def _ledger_row(row):
    return [
        row.number,
        row.begun_on,
        row.task.code,
        row.task.name,
        row.unit.name,
        row.reason,
        row.signer,
        row.answer_by,
        row.get_state_display(),
        timezone.localdate(row.answered_at) if row.answered_at else None,
        row.answer,
        timezone.localdate(row.lifted_at) if row.lifted_at else None,
        row.note,
    ]


@require_http_methods(["GET", "POST"])
def supervise(request):
    """The units of one task (`?task=`), or of all that are overdue, to be ticked."""
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.supervise_task", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    visible = Assignment.objects.visible_to(user).filter(task__campaign=campaign)
    parts = visible.select_related("unit", "task__campaign__host", "task__lead_unit")
    task = _task(request, campaign)
    offered = _offered(parts, task=task)
    form = SuperviseForm(
        request.POST or None, parts=parts, offered=offered, initial=_usual(user, campaign, task, offered)
    )
    if form.is_valid():
        values = dict(form.cleaned_data)
        with told_in(form):
            result = actions.supervise(values.pop("assignments"), by=user, **values)
            _tell(request, result)
            return redirect(task or address("campaigns:supervisions"))
    context = {
        "form": form,
        "task": task,
        "has_parts": bool(offered),
        "cancel_url": task.get_absolute_url() if task else address("campaigns:supervisions"),
    }
    return render(request, "campaigns/supervise.html", context, status=422 if form.is_bound else 200)


def _task(request, campaign):
    asked = request.GET.get("task", "")
    if not asked:
        return None
    return get_object_or_404(Task.objects.visible_to(request.user, of=campaign), pk=key_in(asked))


def _offered(parts, *, task):
    """The parts that can be supervised, the most overdue first, each with where it stands."""
    today = timezone.localdate()
    running = Supervision.objects.running().filter(task=OuterRef("task"), unit=OuterRef("unit"))
    found = parts.filter(task__state=Task.State.ISSUED).unfinished().exclude(Exists(running))
    found = found.filter(task=task) if task else found.filter(task__due_on__lt=today)
    found = found.order_by("task__due_on", "task__position", "task", "-is_lead", "pk")
    return [(part.pk, _in_words(part, today=today, task=task)) for part in found[: actions.MOST_AT_ONCE]]


def _in_words(part, *, today, task):
    due, state = part.task.due_on, part.get_state_display()
    late = _("逾期%(n)s天") % {"n": (today - due).days} if due and due < today else ""
    standing = "，".join(filter(None, (late, str(state))))
    about = f"{part.unit}（{standing}）"
    return about if task else f"{about} {part.task}"


def _usual(user, campaign, task, offered):
    """What an office writes each time: the last letter's hand, five working days, every unit of the one task."""
    last = Supervision.objects.of(campaign).order_by("-begun_at").first()
    posts = [post for post in scope_of(user).posts if post.host_id == campaign.host.host_id]
    own = Unit.objects.filter(pk__in=[post.unit_id for post in posts]).first()
    today = timezone.localdate()
    return {
        "assignments": [key for key, _words in offered] if task else [],
        "answer_by": CalendarDay.objects.as_calendar().add_workdays(today, count=ANSWER_WORKDAYS),
        "signer": last.signer if last else "",
        "signature": last.signature if last else str(own.name if own else campaign.host.name),
    }


def _tell(request, result):
    if result.done:
        numbers = "、".join(row.number for row in result.done)
        messages.success(request, _("已督办%(n)s个单位：%(numbers)s。") % {"n": len(result.done), "numbers": numbers})
    for part, reason in result.refused:
        told = _("没有督办 %(unit)s（%(task)s）：%(reason)s")
        messages.warning(request, told % {"unit": part.unit, "task": part.task, "reason": reason})


@require_http_methods(["GET", "POST"])
def supervision_move(request, pk, move):
    found = _visible(request.user, pk)
    if move not in DOORS:
        raise Http404
    action, form_class = DOORS[move]
    if request.method == "GET" and (reason := SUPERVISION.refusal(found, move, request.user)):
        raise Refused(reason, found)
    form = form_class(request.POST if request.method == "POST" else None, row=found)
    if form.is_valid():
        with told_in(form):
            action(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已办理：%(move)s。") % {"move": SUPERVISION.moves[move].label})
            return redirect(found)
    heading = f"{SUPERVISION.moves[move].label} · {found.unit}"
    said = [(_("文号"), found.number), (_("督办事由和要求"), found.reason), (_("答复期限"), found.answer_by)]
    if move != "answer" and found.answer:
        said.append((_("答复"), found.answer))
    context = {"form": form, "move": SUPERVISION.moves[move], "task": found.task, "heading": heading, "said": said}
    return render(request, "campaigns/move.html", context, status=422 if form.is_bound else 200)


def _visible(user, pk):
    return get_object_or_404(Supervision.objects.visible_to(user).for_list(), pk=pk)


@require_safe
def supervision_letter(request, pk):
    """The letter as it was sent; every download stands in the audit trail."""
    found = _visible(request.user, pk)
    letter = actions.draw_letter(found)
    _leave_trace(request, found)
    return serve(letter, request=request)


@require_safe
def supervision_letters(request):
    """The letters of the list with the same filter, in one zip."""
    campaign = request.campaign
    if not request.user.has_perm("campaigns.see_task"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = filter_form(request.GET, campaign=campaign)
    found = form.filter(Supervision.objects.visible_to(request.user, of=campaign)).for_list()
    rows = list(found.order_by("begun_at", "pk")[: MOST_LETTERS + 1])
    if not rows:
        raise Refused(_("没有符合条件的督办函，没有可下载的。"))
    if len(rows) > MOST_LETTERS:
        raise Refused(_("督办函超过%(most)s份，请按条件筛选后分几次下载。") % {"most": MOST_LETTERS})
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for row in rows:
            letter = actions.draw_letter(row)
            archive.writestr(letter.name, b"".join(serve(letter, request=request)))
    packed.seek(0)
    audit.record(
        _("下载督办函"),
        by=request.user,
        subject=f"{campaign} {len(rows)}",
        detail={"filter": request.GET.urlencode()},
        address=request.META.get("REMOTE_ADDR"),
    )
    name = f"{campaign}-{_('督办函')}-{timezone.localdate()}.zip"
    return FileResponse(packed, as_attachment=True, filename=name, content_type="application/zip")


def _leave_trace(request, found):
    audit.record(_("下载督办函"), by=request.user, subject=found, address=request.META.get("REMOTE_ADDR"))
