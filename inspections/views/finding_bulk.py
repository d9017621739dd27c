"""What is done with many findings at once, and the page in between that says of which it will be refused, and why."""

from collections import Counter

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from cityinit.paging import Page
from cityinit.sent import sent_before
from inspections import dispatch as rules
from inspections.actions import bulk as actions
from inspections.forms.bulk import CloseManyForm, DispatchManyForm, ExtendManyForm
from inspections.models import Finding, FindingBatch
from inspections.suggestion import Suggester
from inspections.workflow import FINDING

from .finding_selection import selection

Act = FindingBatch.Act
# Of many so many are shown, before and after; the rest is a page of the list away.
SHOWN = actions.AT_ONCE
TITLES = {
    Act.DISPATCH: (gettext_lazy("批量交办"), "send", gettext_lazy("确认交办")),
    Act.CLOSE: (gettext_lazy("批量销号"), "circle-check", gettext_lazy("确认销号")),
    Act.EXTEND: (gettext_lazy("批量延期"), "hourglass", gettext_lazy("确认延期")),
}
# In which states the act is possible at all; who would be refused besides is found one by one.
FIT = {
    Act.DISPATCH: FINDING.moves["dispatch"].sources,
    Act.CLOSE: FINDING.moves["close"].sources,
    Act.EXTEND: Finding.UNIT_STATES,
}


@require_POST
def findings_dispatch(request):
    _may(request)
    units = rules.units_of(request.campaign, by=request.user)
    return _bulk(request, Act.DISPATCH, DispatchManyForm(_applied(request), units=units))


@require_POST
def findings_close(request):
    _may(request)
    return _bulk(request, Act.CLOSE, CloseManyForm(_applied(request)))


@require_POST
def findings_extend(request):
    _may(request)
    return _bulk(request, Act.EXTEND, ExtendManyForm(_applied(request)))


def _may(request):
    if not request.campaign or not request.user.has_perm(actions.PERMISSION, request.campaign):
        raise PermissionDenied


def _applied(request):
    return request.POST if "apply" in request.POST else None


def _bulk(request, act, form):
    """Show what is chosen and how it would go; on the person's word do it."""
    own = FindingBatch.objects.visible_to(request.user, of=request.campaign).filter(requested_by=request.user)
    if form.is_bound and (there := sent_before(own, form.key)):
        return redirect(there)
    chosen = selection(request)
    if not chosen.keys:
        messages.warning(request, _("请先勾选问题。"))
        return redirect(chosen.back_url)
    if form.is_valid() and request.POST.get("seen", "") != chosen.mark:
        told = _("您看过之后，选中的问题有了变化，现在是%(n)s个，还没有办理。请核对后再确认。")
        form.add_error(None, told % {"n": len(chosen.keys)})
    if form.is_valid():
        batch = actions.begin(
            request.campaign,
            chosen.keys,
            act=act,
            by=request.user,
            back_url=chosen.back_url,
            client_key=form.key,
            **form.values,
        )
        if batch.finished_at is None:
            messages.success(request, _("后台正在%(batch)s。办完后这一页自己更新，也会通知您。") % {"batch": batch})
        return redirect(batch)
    return _page(request, act, form, chosen)


def _page(request, act, form, chosen):
    title, icon, submit = TITLES[act]
    context = {
        "title": title,
        "icon": icon,
        "submit": submit,
        "form": form,
        "chosen": chosen,
        "lines": _lines(act, chosen),
        "more": max(len(chosen.keys) - SHOWN, 0),
        **_foreseen(request, act, chosen),
        "action": request.path,
    }
    return render(request, "inspections/bulk.html", context, status=422 if form.is_bound else 200)


def _lines(act, chosen):
    """The first of them, each with its unit: who leads it, or to whom a dispatch would give it if no other is named."""
    rows = list(chosen.findings.for_page().prefetch_related("assisting_units")[:SHOWN])
    suggester = Suggester(rows[0].campaign, rows) if act == Act.DISPATCH else None
    return [_line(row, suggester) for row in rows]


def _line(finding, suggester):
    if suggester is None or finding.state not in FIT[Act.DISPATCH]:
        return {"finding": finding, "unit": finding.lead_unit or "", "why": ""}
    suggestion = suggester.of(finding)
    unit = suggestion.unit if suggestion else _("没有可建议的单位")
    return {"finding": finding, "unit": unit, "why": _why(finding, suggestion)}


def _why(finding, suggestion):
    """Why the suggested unit, and who helps it as before."""
    beside = "、".join(str(unit) for unit in finding.assisting_units.all() if not suggestion or unit != suggestion.unit)
    told = [suggestion.reason if suggestion else "", _("协办：%(units)s") % {"units": beside} if beside else ""]
    return "；".join(filter(None, told))


def _foreseen(request, act, chosen):
    """How many there are, and how many of them will be refused for which reason."""
    n_of = _("%(n)s个")
    facts = [(_("选定问题"), n_of % {"n": len(chosen.keys)})]
    if len(chosen.keys) > actions.LOOKED_AT:
        states = dict(chosen.findings.order_by().values_list("state").annotate(n=Count("pk")))
        unfit = [
            (label, states[state])
            for state, label in Finding.State.choices
            if state in states and state not in FIT[act]
        ]
        told = _("现在是“%(state)s”")
        return {"facts": facts, "refusals": [(told % {"state": label}, n_of % {"n": n}) for label, n in unfit]}
    rows = list(chosen.findings.for_page())
    # What the form would say is not known yet: only what no form can change counts.
    values = {"workdays": 1} if act == Act.EXTEND else {}
    reasons = Counter(reason for _finding, reason in actions.refusals(rows, act=act, by=request.user, **values))
    facts.append((_("可以办理"), n_of % {"n": len(rows) - sum(reasons.values())}))
    if act == Act.EXTEND:
        asked = len(rows) - len(actions.refusals(rows, act=act, by=request.user))
        facts.append((_("其中单位已申请延期"), n_of % {"n": asked}))
    return {"facts": facts, "refusals": [(reason, n_of % {"n": n}) for reason, n in reasons.most_common()]}


@require_safe
def finding_batch(request, pk):
    """How far a batch is, and what was refused, by reason."""
    visible = FindingBatch.objects.visible_to(request.user).select_related("job", "campaign__host", "requested_by")
    found = get_object_or_404(visible, pk=pk)
    refused = found.rows.refused()
    reasons = refused.order_by().values_list("reason").annotate(n=Count("pk")).order_by("-n", "reason")
    page = Page(request, refused.select_related("finding__site", "finding__lead_unit"), order=("pk",))
    done = found.rows.done().select_related("finding__site", "finding__lead_unit").order_by("pk")
    context = {
        "batch": found,
        "facts": _batch_facts(found),
        "reasons": [(reason, _("%(n)s个") % {"n": n}) for reason, n in reasons],
        "page": page,
        "done": done[:SHOWN],
        "more": max(found.done_count - SHOWN, 0),
    }
    job = found.job
    if job and not found.finished_at and job.is_seen_by(request.user):
        # Its page is this one.
        job.url = ""
        context["job"] = job
    return render(request, "inspections/batch.html", context)


def _batch_facts(found):
    n_of = _("%(n)s个")
    facts = [(_("选定问题"), n_of % {"n": found.total}), *([(_("办理"), found.said)] if found.said else [])]
    # While the job is at work it says itself how far it is.
    if found.is_under_way:
        return facts
    return [
        *facts,
        (_("办成"), n_of % {"n": found.done_count}),
        (_("没有办"), n_of % {"n": found.refused_count}),
        *([(_("还没办"), n_of % {"n": found.left_count})] if found.left_count else []),
    ]
