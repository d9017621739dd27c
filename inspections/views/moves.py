"""The page behind each button of a finding: what the move must be given, and the move."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cityinit.held import holding
from cityinit.outbox import stored
from cityinit.sent import told_in
from cityinit.workflow import Refused
from inspections import dispatch as rules
from inspections.actions import findings as actions
from inspections.forms import moves as forms
from inspections.models import Extension, Finding, FindingPhoto
from inspections.suggestion import suggested_unit
from inspections.views.finding_facts import far_off, given_back
from inspections.views.finding_merged import history, photo_grids, photos_with_duplicates
from inspections.views.one_finding import finding_or_404
from inspections.views.photo_doubts import doubts_of
from inspections.workflow import EXTENSION, FINDING, extension_refusal
from units.notices import liaisons_of

Phase = FindingPhoto.Phase
# What stands on the left of the answer: how it was found, and how it was when it had come back.
FIRST = (Phase.BEFORE, Phase.REOPENED, Phase.LOOK_BACK)


@dataclass(frozen=True)
class Door:
    """One move as a page: its form, its template, the action, and what it says when it is done."""

    action: Callable[..., Any]
    done: Any
    form: type | None = None
    template: str = "inspections/finding_move.html"
    lead: Any = ""
    submit: Any = ""


DOORS = {
    "dispatch": Door(actions.dispatch, gettext_lazy("已交办。"), forms.DispatchForm, "inspections/dispatch.html"),
    "reject": Door(
        actions.reject,
        gettext_lazy("已定为不予立案。"),
        forms.ReasonForm,
        lead=gettext_lazy("问题不进入任何统计，上报人会收到理由。"),
    ),
    "mark_duplicate": Door(
        actions.mark_duplicate,
        gettext_lazy("已并入原问题。"),
        forms.DuplicateForm,
        lead=gettext_lazy("并入后只办理原来的那个问题。"),
    ),
    "acknowledge": Door(actions.acknowledge, gettext_lazy("已签收，整改后请反馈。")),
    "answer": Door(
        actions.answer,
        gettext_lazy("整改情况已反馈，等待复核。"),
        forms.AnswerForm,
        "inspections/rectify.html",
        submit=gettext_lazy("提交整改反馈"),
    ),
    "return_to_office": Door(
        actions.return_to_office,
        gettext_lazy("已退回创建办。"),
        forms.ReasonForm,
        lead=gettext_lazy("一个问题最多退回两次，之后由创建办决定责任单位。"),
    ),
    "close": Door(actions.close, gettext_lazy("已销号。"), forms.CloseForm, "inspections/review.html"),
    "rework": Door(actions.rework, gettext_lazy("已要求返工。"), forms.ReworkForm, "inspections/review.html"),
    "suspend": Door(
        actions.suspend,
        gettext_lazy("已挂账，停止计时。"),
        forms.SuspendForm,
        lead=gettext_lazy("挂账期间不计逾期，恢复整改时期限按停止的时间顺延。"),
    ),
    "resume": Door(
        actions.resume,
        gettext_lazy("已恢复整改，期限已顺延。"),
        forms.NoteForm,
        lead=gettext_lazy("恢复后继续计时，期限按挂账的时间顺延。"),
    ),
    "reopen": Door(
        actions.reopen,
        gettext_lazy("已记为反弹，请重新交办。"),
        forms.ReopenForm,
        "inspections/rectify.html",
        submit=gettext_lazy("提交反弹"),
        lead=gettext_lazy("销号后90天内再次出现的，记为反弹并重新交办。"),
    ),
    "void": Door(
        actions.void,
        gettext_lazy("已作废。"),
        forms.ReasonForm,
        lead=gettext_lazy("作废的问题不进入任何统计，记录和经过保留。"),
    ),
    "ask_extension": Door(
        actions.ask_extension,
        gettext_lazy("延期申请已提交，批准前期限不变。"),
        forms.AskExtensionForm,
        lead=gettext_lazy("批准前期限不变；批准后最初的期限仍保留在记录里。"),
    ),
    "grant_extension": Door(
        actions.grant_extension, gettext_lazy("已批准延期。"), forms.GrantExtensionForm, "inspections/extension.html"
    ),
    "refuse_extension": Door(
        actions.refuse_extension, gettext_lazy("未批准延期。"), forms.RefuseExtensionForm, "inspections/extension.html"
    ),
}
# Moves of the extension asked for, not of the finding itself.
DECISIONS = ("grant_extension", "refuse_extension")
LABELS = {
    "ask_extension": gettext_lazy("申请延期"),
    "grant_extension": EXTENSION.moves["grant"].label,
    "refuse_extension": EXTENSION.moves["refuse"].label,
}


@require_http_methods(["GET", "POST"])
def finding_move(request, pk, move):
    finding = finding_or_404(request.user, pk)
    door = DOORS.get(move)
    if door is None:
        raise Http404
    subject = _extension(finding, decided_too=request.method == "POST") if move in DECISIONS else finding
    if request.method == "GET":
        # What cannot be done is said before anything is filled in.
        _refuse_early(finding, subject, move, by=request.user)
        if door.form is None:
            return redirect(finding)
    form = _form(door, finding, subject, move, request)
    if form is None:
        return _made(door, move, finding, subject, request, seen_state=request.POST.get("seen_state", ""))
    # The form that htmx sent stands as it was, photos and all: it gets the sentence alone.
    with nullcontext() if request.htmx else holding(form), nullcontext() if request.htmx else told_in(form):
        if form.is_valid():
            return _made(door, move, finding, subject, request, **form.cleaned_data)
    context = {"finding": finding, "form": form, "move": move, "door": door, "label": _label(move)}
    if move == "dispatch" and finding.state == Finding.State.RETURNED:
        context["given_back"] = given_back(finding, history(finding, by=request.user), by=request.user)
    context |= _photos(finding, by=request.user) | EXTRAS.get(move, _nothing)(finding, form)
    return render(request, door.template, context, status=422 if form.is_bound else 200)


def _made(door, move, finding, subject, request, **values):
    """Make the move and go on to the finding; says where a dispatch will reach nobody."""
    door.action(subject, by=request.user, **values)
    messages.success(request, door.done)
    if move == "dispatch" and not liaisons_of(finding.lead_unit).exists():
        told = _("“%(unit)s”还没有联络员，没有人会收到这次交办，请先安排岗位。") % {"unit": finding.lead_unit}
        messages.warning(request, told)
    return stored(request, finding)


@require_http_methods(["GET"])
def due_hint(request, pk):
    """The due time by the rules for a chosen severity, as a block of the dispatch page."""
    finding = finding_or_404(request.user, pk)
    if not request.user.has_perm("inspections.dispatch_finding", finding):
        raise PermissionDenied
    severity = request.GET.get("severity", "")
    if severity not in Finding.Severity.values:
        raise Http404
    return render(request, "inspections/_due_hint.html", _suggestion(finding, severity))


def _refuse_early(finding, subject, move, *, by):
    if move == "ask_extension":
        reason = extension_refusal(finding, by)
    elif move in DECISIONS:
        reason = EXTENSION.refusal(subject, move.removesuffix("_extension"), by)
    else:
        reason = FINDING.refusal(finding, move, by)
    if reason:
        raise Refused(reason, finding)


def _extension(finding, *, decided_too=False):
    """The extension asked for; what was typed about one that somebody else has just decided is told of that one."""
    asked = finding.extensions.filter(state=Extension.State.ASKED).select_related("asked_by").first()
    if asked is None and decided_too:
        asked = finding.extensions.select_related("asked_by").last()
    if asked is None:
        raise Refused(_("没有待批的延期申请。"), finding)
    # The row that was fetched with its campaign and unit, not another one.
    asked.finding = finding
    return asked


def _form(door, finding, subject, move, request):
    if door.form is None:
        return None
    handed: dict[str, Any] = {}
    initial: dict[str, Any] = {"seen_state": finding.state}
    if move == "dispatch":
        handed["due_url"] = reverse("inspections:due_hint", args=[finding.pk])
        handed["units"] = rules.units_to_choose(finding, by=request.user)
        suggested = handed["suggested"] = suggested_unit(finding)
        initial |= {"lead_unit": suggested.unit if suggested else None, "severity": finding.severity}
        initial["assisting_units"] = list(finding.assisting_units.values_list("pk", flat=True))
    elif move == "mark_duplicate":
        visible = Finding.objects.visible_to(request.user)
        handed |= {"finding": finding, "findings": visible.of(finding.campaign).select_related("site", "category")}
        handed["likely"] = visible.likely_originals(finding)
        # Led here from one that may be the same, it is ticked already; where it is not listed its number stands there.
        led_from = request.GET.get("original", "")[:40]
        listed = next((row.pk for row in handed["likely"] if row.number == led_from), None)
        initial |= {"original": listed} if listed else {"number": led_from}
    elif move in ("answer", "reopen"):
        handed["by"] = request.user
    elif move == "close":
        handed["doubts"] = finding.doubts.open().count() if finding.has_doubts else 0
    elif move == "rework":
        initial["due_at"] = _suggestion(finding, finding.severity)["due_at"]
    elif move in DECISIONS:
        initial["until"] = subject.asked_due
    # Two forms may stand on one page, so their fields' ids differ.
    return door.form(request.POST or None, request.FILES or None, initial=initial, auto_id=f"{move}_%s", **handed)


def _label(move):
    return LABELS[move] if move in LABELS else FINDING.moves[move].label


def _photos(finding, *, by):
    """The photos before and after the last answer; on the page of the review with what there is to doubt in them."""
    photos = photos_with_duplicates(finding)
    last = max((photo.rectification.attempt for photo in photos if photo.rectification), default=0)
    photos = [photo for photo in photos if not photo.rectification or photo.rectification.attempt == last]
    own = [photo for photo in photos if photo.finding_id == finding.pk]
    is_review = finding.state == Finding.State.SUBMITTED
    doubts = doubts_of(finding, by=by) if is_review else []
    grids = photo_grids(finding, photos, doubts, by=by)
    return {
        "before": [photo for phase in FIRST for photo in grids[phase]],
        "after": grids[Phase.AFTER],
        "doubts": doubts,
        "far_off": far_off(finding, own, by=by) if is_review else [],
    }


def _suggestion(finding, severity):
    now = timezone.now()
    found = rules.suggest_due(finding.category, severity, at=now, calendar=rules.office_calendar())
    unknown = ""
    if found.unknown_years:
        years = "、".join(str(year) for year in found.unknown_years)
        unknown = _("%(years)s年的放假安排还没有录入，期限暂按周一至周五计算，请先在“工作日历”中核对。") % {
            "years": years
        }
    if found.of_category:
        basis = _("按类别“%(category)s”的时限%(limit)s计算")
    else:
        basis = _("按等级%(severity)s的时限%(limit)s计算")
    named = {"category": finding.category, "severity": severity, "limit": found.limit}
    return {"due_at": found.due_at, "basis": basis % named, "unknown_text": unknown}


def _for_dispatch(finding, form):
    severity = form["severity"].value()
    known = severity if severity in Finding.Severity.values else finding.severity
    return _suggestion(finding, known)


def _for_review(finding, form):
    """Both verdicts on one page; the one that was sent back for repair keeps what was typed."""
    other = {"seen_state": finding.state, "due_at": _suggestion(finding, finding.severity)["due_at"]}
    is_close = isinstance(form, forms.CloseForm)
    return {
        "close_form": form
        if is_close
        else forms.CloseForm(initial=other, auto_id="close_%s", doubts=finding.doubts.open().count()),
        "rework_form": form if not is_close else forms.ReworkForm(initial=other, auto_id="rework_%s"),
        "close_url": reverse("inspections:finding_move", args=[finding.pk, "close"]),
        "rework_url": reverse("inspections:finding_move", args=[finding.pk, "rework"]),
        "answered": finding.rectifications.select_related("unit", "answered_by").last(),
    }


def _for_extension(finding, form):
    asked = _extension(finding, decided_too=True)
    initial = {"until": asked.asked_due}
    is_grant = isinstance(form, forms.GrantExtensionForm)
    return {
        "asked": asked,
        "grant_form": form if is_grant else forms.GrantExtensionForm(initial=initial, auto_id="grant_%s"),
        "refuse_form": form if not is_grant else forms.RefuseExtensionForm(auto_id="refuse_%s"),
        "grant_url": reverse("inspections:finding_move", args=[finding.pk, "grant_extension"]),
        "refuse_url": reverse("inspections:finding_move", args=[finding.pk, "refuse_extension"]),
    }


def _nothing(finding, form):
    return {}


EXTRAS: dict[str, Callable[..., dict[str, Any]]] = {
    "dispatch": _for_dispatch,
    "close": _for_review,
    "rework": _for_review,
    "grant_extension": _for_extension,
    "refuse_extension": _for_extension,
}
