"""From indicator to tasks on one page: the tree, what stands under an indicator, and lines for more."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns import frequency
from campaigns.actions import breakdown as actions
from campaigns.actions import splitting, templates
from campaigns.forms.breakdown import ApplyForm, BelowForm, LineFormSet, SplitForm, StreamsForm, TemplateNameForm
from campaigns.models import AssessmentSystem, Indicator, Task, TaskTemplate, TemplateLine
from campaigns.template_presets import PRESET, PRESETS
from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.workflow import Refused
from units.models import Unit
from units.naming import Names

SPARE_LINES = 4
# The button that only adds lines.
MORE = "more"


@require_http_methods(["GET", "POST"])
def breakdown(request):
    user, campaign = request.user, request.campaign
    if not user.has_perm(actions.PERMISSION, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    indicators = list(Indicator.objects.of(campaign).in_force().for_tree())
    chosen = _chosen(request, indicators)
    apply = _apply_form(request, campaign, chosen)
    names = Names.of(campaign.host)
    sent, asks_more = _sent(request)
    drawn = LineFormSet.typed(request.POST) if asks_more else _drawn(apply, campaign)
    lines = LineFormSet(sent, drawn=drawn, names=names, campaign=campaign, spare=SPARE_LINES)
    ticked = {"workstreams": request.POST.getlist("workstreams")} if asks_more else None
    streams = StreamsForm(sent, campaign=campaign, initial=ticked)
    refusal = ""
    # Both are asked, so that every fault is told at once.
    if all([lines.is_valid(), streams.is_valid()]):
        try:
            made = actions.break_down_lines(campaign, lines.lines, indicator=chosen, by=user, **streams.cleaned_data)
        except Refused as fault:
            refusal = fault.reason
        else:
            messages.success(request, _("已分解%(n)s项任务，下发后各单位才能看到。") % {"n": len(made)})
            return redirect(_address(chosen, request.GET.get("show", "")))
    under = list(_tasks_under(chosen, campaign, user)) if chosen else []
    may_issue = user.has_perm("campaigns.issue_task", campaign)
    tree = _tree(indicators, campaign, chosen, request.GET.get("show", ""))
    context = {
        **tree,
        "chosen": chosen,
        "standards": list(chosen.standards.all()) if chosen else [],
        "tasks": under,
        "drafts": [task for task in under if task.state == Task.State.DRAFT] if may_issue else [],
        "lines": lines,
        "streams": streams,
        "refusal": refusal,
        "apply": apply,
        "template_name": TemplateNameForm(),
        "unit_names": sorted({unit.name for found in names.units.values() for unit in found}),
        "kinds": [f"各{kind}" for kind, members in names.kinds.items() if len(members) > 1],
        "frequencies": frequency.SUGGESTIONS,
        "templates": TaskTemplate.objects.filter(host=campaign.host.host_id),
    }
    return render(request, "campaigns/breakdown.html", context, status=422 if lines.is_bound else 200)


def _sent(request):
    """What is to be kept, and whether only more lines were asked for: then nothing is read, and nothing typed lost."""
    asks_more = request.method == "POST" and MORE in request.POST
    return (request.POST if request.method == "POST" and not asks_more else None), asks_more


def _chosen(request, indicators):
    wanted = key_in(request.GET.get("indicator"))
    known = any(one.pk == wanted for one in indicators)
    return Indicator.objects.select_related("system").get(pk=wanted) if known else None


def _address(indicator, show):
    query = {"indicator": indicator.pk} if indicator else {}
    query |= {"show": show} if show else {}
    return address("campaigns:breakdown") + (f"?{urlencode(query)}" if query else "")


def _tree(indicators, campaign, chosen, show):
    """The indicators in their order with how many tasks stand under each, and which of the lowest have none."""
    counted = Task.objects.of(campaign).exclude(state=Task.State.CANCELLED).exclude(indicator=None)
    # By lineage: a task filed under an earlier version stands under today's.
    counts = dict(counted.order_by().values_list("indicator__lineage").annotate(n=Count("pk")))
    above = {one.pk: one.parent_id for one in indicators}
    parents = set(above.values())
    # A negative list says what must not happen: no task is missing there.
    lowest = {one.pk for one in indicators if one.pk not in parents and not one.is_negative}
    bare = {one.pk for one in indicators if one.pk in lowest and one.lineage not in counts}
    children = {}
    for one in indicators:
        children.setdefault(one.parent_id if one.parent_id in above else None, []).append(one)
    ordered = []

    def walk(parent, depth):
        for one in children.get(parent, ()):
            ordered.append((one, depth))
            walk(one.pk, depth + 1)

    walk(None, 0)
    if show == "bare":
        ordered = [(one, 0) for one, _depth in ordered if one.pk in bare]
    return {
        "rows": _rows(ordered, counts=counts, bare=bare, chosen=chosen, show=show),
        "lowest": len(lowest),
        "bare": len(bare),
        "covered": len(lowest) - len(bare),
        "show": show,
        "all_url": _address(chosen, ""),
        "bare_url": _address(chosen, "bare"),
    }


def _rows(ordered, *, counts, bare, chosen, show):
    """The lines of the tree as ready texts, under a head for each system where there are several."""
    # Worked out once: two thousand look-ups cost more than the tree.
    here, more = address("campaigns:breakdown"), f"&{urlencode({'show': show})}" if show else ""
    systems = {one.system_id for one, _depth in ordered}
    names = AssessmentSystem.objects.in_bulk(systems) if len(systems) > 1 else {}
    without, negative, latest = _("无任务"), _("负面清单"), None
    rows = []
    for one, depth in ordered:
        if names and one.system_id != latest:
            rows.append({"head": str(names[one.system_id])})
        latest = one.system_id
        count = counts.get(one.lineage, 0)
        rows.append(
            {
                "label": f"{one.code} {one.name}",
                "url": f"{here}?indicator={one.pk}{more}",
                "depth": str(min(depth, 5)),
                "count": str(count or ""),
                "without": without if one.pk in bare else "",
                "negative": negative if one.is_negative and not count else "",
                "here": "true" if chosen is not None and one.pk == chosen.pk else "",
            }
        )
    return rows


def _tasks_under(indicator, campaign, user):
    found = Task.objects.visible_to(user, of=campaign).filter(indicator__lineage=indicator.lineage)
    return found.select_related("lead_unit").annotate(unit_count=Count("assignments")).order_by("position", "pk")


def _apply_form(request, campaign, chosen):
    kept = TaskTemplate.objects.filter(host=campaign.host.host_id).values_list("pk", "name")
    presets = [(f"{PRESET}{place}", name) for place, (name, _lines) in enumerate(PRESETS)]
    choices = [(_("本单位的模板"), list(kept))] if kept else []
    initial = {"first_day": campaign.starts_on, "indicator": chosen.pk if chosen else None}
    data = request.GET if "template" in request.GET else None
    return ApplyForm(data, choices=[*choices, (_("预置模板"), presets)], initial=initial)


def _drawn(apply, campaign):
    """The lines of the chosen template, to be looked over before they are kept."""
    if not apply.is_bound or not apply.is_valid() or not (wanted := apply.cleaned_data["template"]):
        return []
    first_day = apply.cleaned_data["first_day"] or campaign.starts_on
    if wanted.startswith(PRESET):
        _name, lines = PRESETS[int(wanted.removeprefix(PRESET))]
        return templates.lines_of([TemplateLine(**line) for line in lines], first_day=first_day)
    template = TaskTemplate.objects.get(pk=wanted)
    return templates.lines_of(template.lines.all(), first_day=first_day)


@require_http_methods(["GET", "POST"])
def task_split(request, pk):
    """A task into parts: by unit, or by hand."""
    visible = Task.objects.visible_to(request.user).select_related("campaign__host", "lead_unit", "parent", "indicator")
    task = get_object_or_404(visible.prefetch_related("assignments__unit", "workstreams"), pk=pk)
    if not request.user.has_perm(actions.PERMISSION, task.campaign):
        raise PermissionDenied
    sent, asks_more = _sent(request)
    by_unit = request.GET.get("by") == "unit"
    lines = LineFormSet(
        sent,
        drawn=LineFormSet.typed(request.POST) if asks_more else _parts(task, by_unit=by_unit),
        names=Names.of(task.campaign.host),
        campaign=task.campaign,
        first_is=task,
        spare=SPARE_LINES if asks_more else 1,
    )
    lower = task.children.order_by("position", "pk")
    chosen = BelowForm.typed(request.POST) if asks_more else None
    below = BelowForm(sent, lower=lower, lines=lines, initial=chosen)
    seen = {"seen": splitting.split_mark(task), "difference_is_meant": "difference_is_meant" in request.POST}
    form = SplitForm(sent, initial=seen | ({"seen": request.POST.get("seen", "")} if asks_more else {}))
    refusal = ""
    if all([lines.is_valid(), below.is_valid(), form.is_valid()]):
        first, *others = below.parts()
        try:
            made = splitting.split_task(task, first, others, by=request.user, **form.cleaned_data)
        except Refused as fault:
            refusal = fault.reason
        else:
            messages.success(request, _("已拆分为%(n)s项任务。") % {"n": len(made) + 1})
            return redirect(task)
    units = Unit.objects.of_host(task.campaign.host.host_id).active()
    context = {
        "task": task,
        "lines": lines,
        "below": below,
        "form": form,
        "refusal": refusal,
        "unit_names": [unit.name for unit in units],
        "frequencies": frequency.SUGGESTIONS,
        "today": timezone.localdate(),
    }
    return render(request, "campaigns/task_split.html", context, status=422 if lines.is_bound else 200)


def _parts(task, *, by_unit):
    parts = list(task.assignments.all())
    others = [part.unit for part in parts if not part.is_lead]
    whole = {"due_on": task.due_on, "starts_on": task.starts_on, "frequency": task.frequency}
    target = f"{task.target.normalize():f}{task.measure}" if task.target is not None else ""
    if by_unit:
        first = {"name": task.name, "lead": task.lead_unit.name, "amount": target, **whole}
        return [first, *({"name": f"{task.name}（{unit}）"[:200], "lead": unit.name, **whole} for unit in others)]
    named = "、".join(unit.name for unit in others)
    return [{"name": task.name, "lead": task.lead_unit.name, "units": named, "amount": target, **whole}]
