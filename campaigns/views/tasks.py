"""One task: its page, its form, and what is done with it and its parts."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import quantities
from campaigns.actions import tasks as actions
from campaigns.actions.decisions import make_task
from campaigns.actions.instructions import PERMISSION as INSTRUCT
from campaigns.actions.log import RUNNING
from campaigns.codes import Codes
from campaigns.forms.tasks import (
    ConfirmForm,
    NoteForm,
    ReportDoneForm,
    SeenStateForm,
    SendBackForm,
    TaskForm,
)
from campaigns.models import Assignment, Indicator, Supervision, Task, TaskExtension
from campaigns.models.event import LAST_WORD
from campaigns.workflow import ASSIGNMENT, TASK, extension_refusal
from cityinit.addresses import address
from cityinit.asked import words_in
from cityinit.sent import told_in
from cityinit.workflow import Refused
from units.models import Unit

from .buttons import Button, buttons
from .decisions import origin_of, suggested_task
from .extensions import extension_rows
from .instructions import own_edit_url
from .recurring import panel as recurring_panel
from .supervision import supervision_rows
from .task_rows import lines, own_states
from .task_templates import from_line, line_choice
from .work_done import to_decide, work_done

LATEST_ENTRIES = 10
DECIDED_BY_WORK = ("confirm", "report_done", "send_back")
TASKS_OFFERED = 20
TASK_FORMS = {
    "issue": SeenStateForm,
    "confirm": ConfirmForm,
    "send_back": SendBackForm,
    "cancel": NoteForm,
    "reopen": NoteForm,
    "restore": NoteForm,
}
TASK_ACTIONS = {
    "issue": actions.issue,
    "confirm": actions.confirm,
    "send_back": actions.send_back,
    "cancel": actions.cancel,
    "reopen": actions.reopen,
    "restore": actions.restore,
}
# What the office should know before it decides.
LEADS = {
    "cancel": gettext_lazy("终止后各单位不再办理；已有的工作记录保留，但不再计入总结。终止错了可以恢复办理。"),
    "reopen": gettext_lazy("撤销后任务回到待确认，可以重新确认办结，也可以退回单位继续办理。此前的总结不受影响。"),
    "restore": gettext_lazy("恢复后各单位从终止前的状态继续办理，工作记录重新计入总结。"),
}
PART_FORMS = {"acknowledge": SeenStateForm, "report_done": ReportDoneForm, "send_back": NoteForm}
PART_ACTIONS = {
    "acknowledge": actions.acknowledge,
    "report_done": actions.report_done,
    "send_back": actions.send_back_part,
}
EVENT_TONES = {
    "issue": "blue",
    "acknowledge": "blue",
    "report_done": "green",
    "confirm": "green",
    "await_confirmation": "yellow",
    "send_back": "orange",
    "nudge": "orange",
    "cancel": "red",
    "delete_entry": "red",
    "reopen": "orange",
    "restore": "orange",
    "supervise": "red",
    "answer_supervision": "yellow",
    "send_back_supervision": "orange",
    "lift_supervision": "green",
    "lift": "green",
    "ask_extension": "yellow",
    "grant_extension": "green",
    "refuse_extension": "orange",
}


@require_safe
def task(request, pk):
    user = request.user
    found = _visible(user, pk)
    parts = list(Assignment.objects.visible_to(user).filter(task=found).select_related("unit"))
    found.own_state = own_states([found.pk], by=user).get(found.pk)
    for part in parts:
        part.task = found
    supervisions = list(Supervision.objects.visible_to(user).filter(task=found).for_list())
    extensions = list(TaskExtension.objects.visible_to(user).filter(task=found).for_list())
    for row in (*supervisions, *extensions):
        row.task = found
    mine = [part for part in parts if user.has_perm("campaigns.log_work", part)]
    events = list(found.events.select_related("by", "unit").order_by("-at", "-pk"))
    is_next = found.state == Task.State.ISSUED and all(part.state != Assignment.State.UNREAD for part in mine)
    context = {
        "task": found,
        "facts": _facts(found, request.user),
        "supervisions": supervision_rows(supervisions, by=user),
        "extensions": extension_rows(extensions, by=user),
        "recurring": recurring_panel(found, parts, by=user),
        "moves": [
            *buttons(TASK, found, by=user, url_name="campaigns:task_move", offered=TASK_ACTIONS),
            *_split_button(found, user),
            *_supervise_button(found, parts, supervisions, user),
            *_instruct_button(found, user),
            *_template_button(found, user),
        ],
        "parts": [
            {
                **_part_row(part, user, supervisions=supervisions, extensions=extensions),
                "returned": _returned(part, events),
            }
            for part in parts
        ],
        **work_done(found, by=user, latest=LATEST_ENTRIES),
        "children": lines(
            Task.objects.visible_to(user).filter(parent=found).order_by("position", "pk").for_list(),
            on=timezone.localdate(),
            by=user,
        ),
        # Who sees the task sees what was said about it.
        "instructions": [
            {"instruction": row, "edit_url": own_edit_url(row, by=user)} for row in found.instructions.all()
        ],
        "papers": found.documents.visible_to(user),
        "decisions": found.decisions.select_related("meeting"),
        "sees_registers": user.has_perm("campaigns.see_register", found.campaign),
        "events": _timeline(events, parts),
        "may_log": bool(mine) and found.state in RUNNING,
        # One primary button: to acknowledge comes before it, to confirm after it.
        "log_tone": "primary" if mine and is_next else "",
        "may_edit": found.state in Task.OPEN_STATES and user.has_perm("campaigns.break_down_task", found.campaign),
        "findings_url": _findings_url(found) if user.has_perm("inspections.see_finding") else "",
        "is_late": found.is_overdue(on=timezone.localdate()),
    }
    return render(request, "campaigns/task.html", context)


def _supervise_button(task, parts, supervisions, user):
    """One door for all units of the task: they are ticked there."""
    running = {row.unit_id for row in supervisions if row.state != Supervision.State.LIFTED}
    waits = [part for part in parts if part.state != Assignment.State.REPORTED_DONE and part.unit_id not in running]
    if task.state != Task.State.ISSUED or not waits or not user.has_perm("campaigns.supervise_task", task.campaign):
        return []
    return [Button(_("督办"), f"{address('campaigns:supervise')}?task={task.pk}", needs_form=True)]


def _split_button(task, user):
    if task.state not in (Task.State.DRAFT, Task.State.ISSUED):
        return []
    if not user.has_perm("campaigns.break_down_task", task.campaign):
        return []
    return [Button(_("拆分"), reverse("campaigns:task_split", args=[task.pk]), needs_form=True)]


def _template_button(task, user):
    if task.state == Task.State.CANCELLED or not user.has_perm("campaigns.break_down_task", task.campaign):
        return []
    return [Button(_("存为模板"), reverse("campaigns:task_template", args=[task.pk]), needs_form=True)]


def _instruct_button(task, user):
    if task.state == Task.State.DRAFT or not user.has_perm(INSTRUCT, task):
        return []
    return [Button(_("批示"), reverse("campaigns:task_instruct", args=[task.pk]), needs_form=True)]


def _visible(user, pk):
    visible = Task.objects.visible_to(user).select_related(
        "campaign__host", "lead_unit", "parent", "indicator", "split_from", "merged_into"
    )
    return get_object_or_404(visible.prefetch_related("assignments__unit", "workstreams"), pk=pk)


def _indicator_url(task, user):
    """The indicator's page, for who sees it: a unit sees those it answers for."""
    found = task.indicator
    sees_all = found and user.has_perm("campaigns.see_system", task.campaign)
    if sees_all or (found and Indicator.objects.visible_to(user).filter(pk=found.pk).exists()):
        return found.get_absolute_url()
    return ""


def _facts(task, user):
    target = f"{quantities.exact_number(task.target)}{task.measure}" if task.target is not None else ""
    always = [
        (_("牵头单位"), task.lead_unit, task.lead_unit.get_absolute_url()),
        (_("完成时限"), task.due_on),
    ]
    first = task.deadline_changes.first()
    known = [
        (_("最初时限"), first.before if first else ""),
        (_("分管领导"), task.supervising_leader),
        (_("开始日期"), task.starts_on),
        (_("频次"), task.frequency),
        (_("目标"), target),
        (_("板块"), "、".join(str(workstream) for workstream in task.workstreams.all())),
        (_("测评指标"), task.indicator, _indicator_url(task, user)),
        (_("上级任务"), task.parent, task.parent.get_absolute_url() if task.parent else ""),
        (_("拆分自"), task.split_from, task.split_from.get_absolute_url() if task.split_from else ""),
        (_("并入"), task.merged_into, task.merged_into.get_absolute_url() if task.merged_into else ""),
        (_("下发日期"), task.issued_on),
        (_("办结日期"), task.confirmed_on),
        (_("终止日期"), task.cancelled_on),
    ]
    return always + [fact for fact in known if fact[1]]


def _findings_url(task):
    """The findings filed under the task's indicator; nothing to ask for where it has none."""
    return f"{address('inspections:findings')}?indicator={task.indicator_id}" if task.indicator_id else ""


def _part_row(part, user, *, supervisions, extensions):
    moves = buttons(ASSIGNMENT, part, by=user, url_name="campaigns:assignment_move", offered=PART_ACTIONS)
    waits = part.task.state == Task.State.ISSUED and part.state != Assignment.State.REPORTED_DONE
    today = timezone.localdate()
    nudged_on = timezone.localtime(part.nudged_at).date() if part.nudged_at else None
    if waits and nudged_on != today and user.has_perm("campaigns.nudge_task", part):
        moves.append(Button(_("催办"), reverse("campaigns:nudge", args=[part.pk])))
    waiting = any(row.unit_id == part.unit_id and row.state == TaskExtension.State.ASKED for row in extensions)
    if extension_refusal(part, user, waits=waiting) is None:
        moves.append(Button(_("申请延期"), reverse("campaigns:extension_ask", args=[part.pk]), needs_form=True))
    running = (row for row in supervisions if row.unit_id == part.unit_id and row.state != Supervision.State.LIFTED)
    return {"part": part, "moves": moves, "nudged_on": nudged_on, "supervision": next(running, None)}


def _returned(part, events):
    """Why and when the unit got its part back, until it reports again; None for any other."""
    if part.state == Assignment.State.REPORTED_DONE:
        return None
    last = next((event for event in events if event.assignment_id == part.pk and event.move in LAST_WORD), None)
    return last if last and last.move == "send_back" else None


def _timeline(events, parts):
    """What happened, as far as the person sees the units it speaks of."""
    seen = {part.pk for part in parts}
    return [
        {
            "at": event.at,
            "who": event.who,
            "what": f"{event.label} · {event.unit}" if event.unit else event.label,
            "note": event.note,
            "tone": EVENT_TONES.get(event.move, "neutral"),
        }
        for event in events
        if event.assignment_id is None or event.assignment_id in seen
    ]


@require_safe
def task_options(request):
    """The tasks that a few typed characters may mean, offered beside a field of a form (`TaskField`)."""
    if not request.user.has_perm("campaigns.see_task"):
        raise PermissionDenied
    if not request.campaign:
        raise Http404
    words = words_in(request.GET.get(request.GET.get("of", "")))
    found = Task.objects.visible_to(request.user, of=request.campaign).mentioning(words)[:TASKS_OFFERED]
    context = {"tasks": found if words else [], "target": request.GET.get("as", "")}
    return render(request, "campaigns/_task_options.html", context)


@require_http_methods(["GET", "POST"])
def task_new(request):
    campaign = request.campaign
    if not request.user.has_perm("campaigns.break_down_task", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    origin = origin_of(request, campaign)
    lines = None if origin else line_choice(request, campaign)
    drawn = from_line(lines, campaign) if lines else {}
    suggested = suggested_task(origin) if origin else {"code": Codes.suggested(campaign), **drawn}
    form = TaskForm(request.POST or None, **_choices(request.user, campaign), suggested=suggested)
    if form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name not in ("seen", "seen_state")}
        with told_in(form):
            if origin:
                made = make_task(origin, by=request.user, **values)
            else:
                made = actions.break_down(campaign, by=request.user, **values)
            messages.success(request, _("已分解任务，下发后各单位才能看到。"))
            return redirect(made)
    cancel_url = origin.get_absolute_url() if origin else address("campaigns:tasks")
    context = {"form": form, "lines": lines, "cancel_url": cancel_url}
    return render(request, "campaigns/task_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def task_edit(request, pk):
    found = _visible(request.user, pk)
    if not request.user.has_perm("campaigns.break_down_task", found.campaign):
        raise PermissionDenied
    if found.state not in Task.OPEN_STATES and request.method == "GET":
        raise Refused(_("任务已是“%(state)s”，不能再改。") % {"state": found.get_state_display()}, found)
    form = TaskForm(request.POST or None, task=found, **_choices(request.user, found.campaign, task=found))
    if form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "client_key"}
        with told_in(form):
            actions.edit_task(found, by=request.user, **values)
            messages.success(request, _("已保存。"))
            return redirect(found)
    context = {"form": form, "task": found, "cancel_url": found.get_absolute_url()}
    return render(request, "campaigns/task_form.html", context, status=422 if form.is_bound else 200)


def _choices(user, campaign, *, task=None):
    """Units in use (with those the task has already), and tasks that could stand above it."""
    units = Unit.objects.of_host(campaign.host.host_id)
    kept = [part.unit_id for part in task.assignments.all()] if task else []
    tasks = Task.objects.visible_to(user, of=campaign)
    return {
        "campaign": campaign,
        "units": units.filter(Q(pk__in=units.given_work()) | Q(pk__in=kept)),
        "tasks": tasks.exclude(pk=task.pk) if task else tasks,
    }


@require_http_methods(["GET", "POST"])
def task_move(request, pk, move):
    found = _visible(request.user, pk)
    if move not in TASK_ACTIONS:
        raise Http404
    told = {"task": found, "heading": TASK.moves[move].label, "advice": LEADS.get(move, "")}
    return _move_page(request, found, TASK, move, TASK_FORMS[move], TASK_ACTIONS[move], told)


@require_http_methods(["GET", "POST"])
def assignment_move(request, pk, move):
    part = _visible_part(request.user, pk)
    if move not in PART_ACTIONS:
        raise Http404
    told = {"task": part.task, "heading": f"{ASSIGNMENT.moves[move].label} · {part.unit}"}
    return _move_page(request, part, ASSIGNMENT, move, PART_FORMS[move], PART_ACTIONS[move], told, unit=part.unit)


def _move_page(request, row, workflow, move, form_class, action, told, *, unit=None):
    """The form of a move, and the move; with a unit what is shown to decide by is that unit's work alone."""
    # What cannot be done is said before anything is filled in, and beside what was typed afterwards.
    reason = workflow.refusal(row, move, request.user)
    if reason and request.method == "GET":
        raise Refused(reason, row)
    form = form_class(request.POST if request.method == "POST" else None, row=row)
    if form.is_valid():
        with told_in(form):
            action(row, by=request.user, **form.cleaned_data)
            messages.success(request, _("已办理：%(move)s。") % {"move": workflow.moves[move].label})
            return _back(request, row)
    elif reason and form.is_bound:
        form.add_error(None, reason)
    context = {"form": form, "move": workflow.moves[move], **told}
    if move in DECIDED_BY_WORK:
        context |= to_decide(told["task"], by=request.user, unit=unit)
    return render(request, "campaigns/move.html", context, status=422 if form.is_bound else 200)


def _back(request, row):
    """To the task; who moved it on the board stays at the board, under the same filter."""
    if "board" not in request.POST:
        return redirect(row)
    query = QueryDict(request.POST["board"]).urlencode()
    return redirect(address("campaigns:tasks_board") + (f"?{query}" if query else ""))


def _visible_part(user, pk):
    visible = Assignment.objects.visible_to(user).select_related("unit", "task__campaign__host", "task__lead_unit")
    return get_object_or_404(visible, pk=pk)


@require_POST
def nudge(request, pk):
    part = _visible_part(request.user, pk)
    actions.nudge(part, by=request.user)
    messages.success(request, _("已催办%(unit)s。") % {"unit": part.unit})
    return redirect(part)
