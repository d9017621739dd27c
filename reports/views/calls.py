"""Calls for units' summaries: the list, a new one, who has handed in and who has not, nudging, the desk's block."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.views.buttons import buttons
from cityinit.asked import key_in
from cityinit.exports import columns_of, sheet_response
from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.periods import day_in_words
from cityinit.sent import told_in
from reports import calls as actions
from reports import contributions
from reports.forms.call import AddUnitsForm, CallEditForm, CallForm, ContributionFilterForm
from reports.models import Call, Contribution
from reports.workflow import CALL

SEE, WRITE = "reports.see_contribution", "reports.submit_contribution"
# A city's units on one page, and no more than a browser draws at once.
UNITS_A_PAGE = 100
LEDGER = (
    (gettext_lazy("单位"), 26, "text"),
    (gettext_lazy("类型"), 12, "text"),
    (gettext_lazy("考核组"), 12, "text"),
    (gettext_lazy("状态"), 10, "text"),
    (gettext_lazy("逾期"), 8, "text"),
    (gettext_lazy("报送时间"), 18, "text"),
    (gettext_lazy("报送人"), 12, "text"),
    (gettext_lazy("最近催报"), 18, "text"),
    (gettext_lazy("退回或免报原因"), 40, "text"),
)
OFFICE_STATS = (
    (gettext_lazy("待审核"), "yellow", Contribution.State.SUBMITTED),
    (gettext_lazy("未报"), "blue", "missing"),
    (gettext_lazy("逾期未报"), "red", "overdue"),
)
EVENT_TONES = {"ask": "blue", "close": "neutral", "reopen": "blue", "edit": "orange", "add": "blue"}


@require_safe
def calls(request):
    user, campaign = request.user, request.campaign
    if not user.has_perm(SEE):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    found = Call.objects.visible_to(user, of=campaign)
    of_office = user.has_perm(actions.PERMISSION, campaign)
    if of_office or found.sees_all(user, campaign):
        found = found.with_counts()
    page = Page(request, found, order=("-last_day", "-pk"))
    context = {"page": page, "rows": [_call_line(row) for row in page.rows], "may_call": of_office}
    return render(request, "reports/calls.html", context)


def _call_line(row):
    """A call as its list shows it; whoever sees only the own units is told no count of the others."""
    counts = ""
    if hasattr(row, "n_asked"):
        counts = _("%(in)s/%(all)s") % {"in": row.n_handed_in, "all": row.n_asked}
    return {"call": row, "counts": counts, "accepted": getattr(row, "n_accepted", ""), "is_late": _is_late(row)}


def _is_late(call):
    return call.is_open and call.due_on < timezone.localdate()


@require_http_methods(["GET", "POST"])
def call_new(request):
    campaign = request.campaign
    if not request.user.has_perm(actions.PERMISSION, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = CallForm(request.POST or None, campaign=campaign, on=timezone.localdate())
    if "fill" in request.POST:
        form = CallForm(form.filled(), campaign=campaign, on=timezone.localdate())
        # What is not filled in yet is no fault while units are being chosen.
        form.errors.clear()
        return render(request, "reports/call_form.html", {"form": form})
    if form.is_valid():
        with told_in(form):
            asked = form.asked
            made = actions.call_units(campaign, asked.pop("period"), by=request.user, **asked)
            messages.success(request, _("已发出，各单位联络员会收到提醒。"))
            return redirect(made)
    return render(request, "reports/call_form.html", {"form": form}, status=422 if form.is_bound else 200)


@require_safe
def call(request, pk):
    user, found = request.user, visible_call(request.user, pk)
    rows = Contribution.objects.visible_to(user).filter(call=found)
    of_office = user.has_perm(actions.PERMISSION, found)
    if not (of_office or rows.sees_all(user, found.campaign)):
        own = list(rows.asked().for_list()[:2])
        if len(own) == 1:
            return redirect(address_for(own[0], by=user))
    form = ContributionFilterForm(request.GET, call=found, contributions=rows)
    page = Page(request, form.filter(rows).for_list(), order=("unit__position", "pk"), size=UNITS_A_PAGE)
    states = list(rows.values_list("state", flat=True))
    context = {
        "call": found,
        "form": form,
        "page": page,
        "rows": [_line(row, by=user, of_office=of_office) for row in page.rows],
        "stats": _stats(found, states),
        "moves": buttons(CALL, found, by=user, url_name="reports:call_move", offered=("close", "reopen")),
        "may_change": of_office and found.is_open,
        "of_office": of_office,
        "export_url": f"{reverse('reports:call_export', args=[pk])}?{request.GET.urlencode()}" if of_office else "",
        "missing": _missing(found, rows) if of_office and found.is_open else None,
        "facts": _facts(found),
        "events": _timeline(found) if of_office else [],
    }
    return render_page(request, "reports/call.html", context, fragment="reports/_contributions.html")


def address_for(contribution, *, by):
    """Where a person goes on with it: to write it while it is the unit's and theirs, else to read it."""
    if contribution.call.is_open and contribution.is_with_unit and by.has_perm(WRITE, contribution):
        return reverse("reports:contribution_write", args=[contribution.pk])
    return contribution.get_absolute_url()


def _line(row, *, by, of_office):
    return {
        "pk": row.pk,
        "contribution": row,
        "url": row.get_absolute_url() if of_office else address_for(row, by=by),
        "is_late": row.is_overdue(on=timezone.localdate()),
        "may_tick": of_office and (row.is_with_unit or row.state == Contribution.State.SUBMITTED),
    }


def _stats(found, states):
    """Counts of the units in sight, each leading to exactly those."""
    late = found.is_open and found.due_on < timezone.localdate()
    missing = sum(state in Contribution.UNIT_STATES for state in states)
    told = [
        (_("应报单位"), sum(state in Contribution.ASKED_STATES for state in states), "neutral", ""),
        (_("已报"), sum(state in Contribution.HANDED_IN_STATES for state in states), "green", "handed_in"),
        (_("待审核"), states.count(Contribution.State.SUBMITTED), "yellow", "submitted"),
        (_("已采用"), states.count(Contribution.State.ACCEPTED), "green", "accepted"),
        (_("逾期未报") if late else _("未报"), missing, "red" if late else "blue", "overdue" if late else "missing"),
    ]
    base = found.get_absolute_url()
    return [
        {"label": label, "value": n, "tone": tone if n else "neutral", "url": f"{base}?{urlencode({'state': state})}"}
        for label, n, tone, state in told
    ]


def _missing(found, rows):
    """Who has not handed in, with words for the WeChat group; None where everybody has."""
    names = [str(row.unit) for row in rows.missing().select_related("unit").order_by("unit__position", "pk")]
    if not names:
        return None
    told = {"call": found, "day": day_in_words(found.due_on), "n": len(names), "names": "、".join(names)}
    late = found.due_on < timezone.localdate()
    text = _("【催报】%(call)s已于%(day)s到期，尚有%(n)s个单位未报：%(names)s。请立即登录系统报送。")
    if not late:
        text = _("【提醒】请于%(day)s前报送%(call)s。尚有%(n)s个单位未报：%(names)s。")
    return {"n": len(names), "text": text % told}


def _facts(found):
    return [
        (_("创建活动"), found.campaign, found.campaign.get_absolute_url()),
        (_("时段"), found.period.span),
        (_("报送期限"), day_in_words(found.due_on)),
        (_("提醒"), _("提前%(n)s天、到期当天、逾期后") % {"n": found.remind_days}),
        (_("汇入总结"), found.get_takes_display()),
        (_("报送要求"), found.note),
        (_("发出"), f"{timezone.localtime(found.asked_at):%Y-%m-%d %H:%M} {found.asked_by or ''}"),
    ]


def _timeline(found):
    return [
        {
            "at": event.at,
            "who": event.who,
            "what": event.label,
            "note": event.note,
            "tone": EVENT_TONES.get(event.move, "neutral"),
        }
        for event in found.events.select_related("by").order_by("-at", "-pk")
    ]


@require_http_methods(["GET", "POST"])
def call_edit(request, pk):
    found = _own_call(request.user, pk)
    form = CallEditForm(request.POST or None, call=found)
    if form.is_valid():
        with told_in(form):
            actions.edit_call(found, by=request.user, **form.cleaned_data)
            messages.success(request, _("已保存。"))
            return redirect(found)
    return _change(request, found, form, title=_("修改征集"), submit=_("保存"))


@require_http_methods(["GET", "POST"])
def call_units(request, pk):
    found = _own_call(request.user, pk)
    others = actions.askable_units(found.campaign).exclude(pk__in=found.contributions.values("unit"))
    form = AddUnitsForm(request.POST or None, units=others)
    if form.is_valid():
        with told_in(form):
            n = actions.add_units(found, form.cleaned_data["units"], by=request.user)
            messages.success(request, _("已增加%(n)s个单位，联络员会收到提醒。") % {"n": n})
            return redirect(found)
    return _change(request, found, form, title=_("增加单位"), submit=_("发出通知"))


def _change(request, found, form, *, title, submit):
    context = {"call": found, "form": form, "title": title, "submit": submit}
    return render(request, "reports/call_change.html", context, status=422 if form.is_bound else 200)


@require_POST
def call_nudge(request, pk):
    """Nudge the ticked units, or, with none ticked, all that have not handed in."""
    found = visible_call(request.user, pk)
    keys = _ticked(request)
    n = actions.nudge(found, by=request.user, keys=keys or None)
    messages.success(request, _("已催报%(n)s个单位。") % {"n": n})
    return redirect(found)


@require_POST
def call_accept(request, pk):
    """Accept what the ticked units have handed in."""
    found = visible_call(request.user, pk)
    rows = Contribution.objects.visible_to(request.user).filter(call=found, pk__in=_ticked(request)).for_list()
    accepted, refused = contributions.accept_many(rows, by=request.user)
    if accepted:
        messages.success(request, _("已采用%(n)s个单位的总结。") % {"n": accepted})
    for row, reason in refused:
        messages.error(request, f"{row.unit}：{reason}")
    if not (accepted or refused):
        messages.error(request, _("请先勾选单位。"))
    return redirect(found)


def _ticked(request):
    return [key for said in request.POST.getlist("contribution") if (key := key_in(said)) is not None]


@require_http_methods(["GET", "POST"])
def call_move(request, pk, move):
    if move not in CALL.moves:
        raise Http404
    found = visible_call(request.user, pk)
    if request.method == "POST":
        actions.move_call(found, move, by=request.user, seen_state=request.POST.get("seen_state", ""))
    return redirect(found)


@require_safe
def call_export(request, pk):
    """Who has handed in and who has not, as the list is narrowed."""
    found = _own_call(request.user, pk)
    every = Contribution.objects.visible_to(request.user).filter(call=found)
    form = ContributionFilterForm(request.GET, call=found, contributions=every)
    rows = form.filter(every).for_list().order_by("unit__position", "pk")
    told = [_exported(row) for row in rows]
    return sheet_response(
        request,
        of=found.campaign,
        title=_("%(call)s报送情况") % {"call": found},
        columns=columns_of(LEDGER),
        rows=told,
        n=len(told),
    )


def _exported(row):
    return [
        row.unit.name,
        row.unit.kind,
        row.unit.appraisal_group,
        str(row.get_state_display()),
        _("逾期") if row.is_overdue(on=timezone.localdate()) else "",
        _minute(row.submitted_at),
        str(row.submitted_by or ""),
        _minute(row.nudged_at),
        row.reason,
    ]


def _minute(moment):
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


@require_safe
def calls_desk(request):
    """Calls that are open, as a block of the desk: what the office waits for, or what the own units owe."""
    user, campaign = request.user, request.campaign
    if not user.has_perm(SEE):
        raise PermissionDenied
    found = Call.objects.visible_to(user, of=campaign).running() if campaign else Call.objects.none()
    of_office = bool(campaign) and user.has_perm(actions.PERMISSION, campaign)
    rows = list(Contribution.objects.visible_to(user, of=campaign).missing().for_list()) if campaign else []
    waiting = Contribution.objects.visible_to(user, of=campaign) if campaign else None
    blocks = []
    for each in found.order_by("due_on", "pk").select_related("campaign__host"):
        own = [row for row in rows if row.call_id == each.pk]
        if of_office:
            of_call = waiting.filter(call=each)
            blocks.append({"call": each, "stats": [_desk_stat(each, of_call, *one) for one in OFFICE_STATS]})
        elif user.has_perm(WRITE) and own:
            lines = [_line(row, by=user, of_office=False) for row in own]
            blocks.append({"call": each, "rows": lines, "is_late": _is_late(each)})
    return render(request, "reports/_calls_desk.html", {"blocks": blocks})


def _desk_stat(each, rows, label, tone, state):
    """A count through the very filter of the list, so that a number and its link cannot differ."""
    count = ContributionFilterForm({"state": state}, call=each, contributions=rows).filter(rows).count()
    url = f"{each.get_absolute_url()}?{urlencode({'state': state})}"
    return {"label": label, "value": count, "tone": tone if count else "neutral", "url": url}


def visible_call(user, pk):
    return get_object_or_404(Call.objects.visible_to(user).select_related("campaign__host", "asked_by"), pk=pk)


def _own_call(user, pk):
    found = visible_call(user, pk)
    if not user.has_perm(actions.PERMISSION, found):
        raise PermissionDenied
    return found
