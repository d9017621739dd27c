"""Rosters: the week as a table, a duty post with its shifts and people, one turn, and attendance."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import attendance
from campaigns.actions import rosters as actions
from campaigns.forms.patrols import EndForm, PersonForm, units_kept, units_told
from campaigns.forms.rosters import (
    CheckInForm,
    DrawForm,
    HandOverForm,
    MoveForm,
    ReasonForm,
    ReplaceForm,
    ShiftForm,
    SwapForm,
    TurnFilter,
    WeekForm,
    duties_of,
)
from campaigns.models import DutyHand, DutyPost, DutyShift, DutyTurn
from campaigns.presence import postless
from campaigns.workflow import DUTY_TURN
from cityinit.addresses import address
from cityinit.documents import xlsx
from cityinit.exports import sheet_response
from cityinit.held import holding
from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.periods import Period
from cityinit.sent import told_in
from cityinit.workflow import Refused

from .buttons import buttons
from .files import files_of, serve_file
from .patrols import KEEP, SEE, duty_campaign

POSITION = "inspections.see_photo_position"
FORMS = {
    "check_in": CheckInForm,
    "mark_present": MoveForm,
    "mark_absent": ReasonForm,
    "replace": ReplaceForm,
    "call_off": ReasonForm,
    "plan_again": MoveForm,
}


@require_safe
def roster(request):
    """The week: a row per shift, a column per day, who stands and whether they came."""
    return render_page(request, "campaigns/roster.html", _week(request))


@require_safe
def roster_print(request):
    """The same on one sheet of paper."""
    return render(request, "campaigns/roster_print.html", _week(request))


def _week(request):
    campaign = duty_campaign(request)
    duties = duties_of(campaign, by=request.user)
    form = WeekForm(
        request.GET, duties=duties, units=units_told(campaign, by=request.user, permission="campaigns.keep_duty")
    )
    monday = form.monday()
    asked = form.chosen
    if asked.get("duty"):
        duties = duties.filter(pk=asked["duty"].pk)
    if asked.get("unit"):
        duties = duties.filter(unit__path__startswith=asked["unit"].path)
    days = [monday + timedelta(days=step) for step in range(7)]
    turns = DutyTurn.objects.filter(shift__duty__in=duties.values("pk")).within(Period(days[0], days[-1]))
    kept = {name: request.GET[name] for name in ("duty", "unit") if request.GET.get(name)}
    return {
        "form": form,
        "campaign": campaign,
        "days": days,
        "span": Period(days[0], days[-1]).span,
        "today": timezone.localdate(),
        "shifts": _shifts(turns, days, request.user),
        "duties": duties,
        "before": f"?{urlencode({**kept, 'week': (monday - timedelta(days=7)).isoformat()})}",
        "after": f"?{urlencode({**kept, 'week': (monday + timedelta(days=7)).isoformat()})}",
        "print_url": f"{address('campaigns:roster_print')}?{request.GET.urlencode()}",
        "turns_url": address("campaigns:turns"),
    }


def _shifts(turns, days, user):
    """A row per shift, in the order of posts; the state of others' turns is told to who may see attendance."""
    rows = {}
    for turn in turns.for_list().order_by(
        "shift__duty__position", "shift__duty__pk", "starts_at", "shift", "day", "slot"
    ):
        key = (turn.shift_id, turn.starts_at, turn.ends_at)
        row = rows.setdefault(key, {"shift": turn.shift, "hours": turn.hours, "cells": {day: [] for day in days}})
        seen = turn.user_id == user.pk or user.has_perm(SEE, turn)
        row["cells"][turn.day].append(
            {
                "turn": turn,
                "name": turn.name,
                "url": turn.get_absolute_url() if seen else "",
                "is_marked": seen and turn.state != DutyTurn.State.PLANNED,
            }
        )
    return [{**row, "cells": list(row["cells"].items())} for row in rows.values()]


@require_safe
def duty_post(request, pk):
    """A post: its shifts, who takes turns, and the way to draw up its roster."""
    duty = _duty(request, pk)
    may_keep = request.user.has_perm(KEEP, duty)
    hands = duty.hands.select_related("unit")
    context = {
        "duty": duty,
        "facts": [
            (_("类型"), duty.get_kind_display()),
            (_("责任单位"), duty.unit),
            (_("带队领导"), duty.leader),
            (_("班次频次"), duty.shifts),
        ],
        "shifts": duty.rota.all(),
        "hands": hands,
        "postless": postless(hands, host=duty.campaign.host.host_id, on=timezone.localdate()),
        "today": timezone.localdate(),
        "may_keep": may_keep,
        "draw_form": DrawForm() if may_keep else None,
        "roster_url": f"{address('campaigns:roster')}?{urlencode({'duty': duty.pk})}",
        "turns_url": f"{address('campaigns:turns')}?{urlencode({'duty': duty.pk})}",
    }
    return render(request, "campaigns/duty_post.html", context)


@require_POST
def draw_up(request, pk):
    duty = _duty(request, pk)
    form = DrawForm(request.POST)
    if not form.is_valid():
        raise Refused(_("请填起止日期，止日不能早于起日。"))
    made = actions.draw_up(duty, form.period(), by=request.user)
    messages.success(request, _("已排%(n)s班。") % {"n": made} if made else _("这些天已经排好，没有改动。"))
    return redirect(f"{address('campaigns:roster')}?{urlencode({'duty': duty.pk, 'week': form.period().first})}")


@require_http_methods(["GET", "POST"])
def shift_new(request, pk):
    return _shift_page(request, DutyShift(duty=_kept_duty(request, pk)))


@require_http_methods(["GET", "POST"])
def shift_edit(request, pk):
    duties = DutyPost.objects.with_rosters_for(request.user)
    shift = get_object_or_404(DutyShift.objects.filter(duty__in=duties.values("pk")), pk=pk)
    shift.duty = _kept_duty(request, shift.duty_id)
    return _shift_page(request, shift)


def _shift_page(request, shift):
    form = ShiftForm(request.POST or None, instance=shift)
    if form.is_valid():
        with told_in(form):
            actions.save_shift(form.save(commit=False), by=request.user, seen=form.cleaned_data["seen"])
            messages.success(request, _("已保存。"))
            return redirect("campaigns:duty_post", shift.duty_id)
    context = {"form": form, "duty": shift.duty, "is_new": shift.pk is None}
    return render(request, "campaigns/shift_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def hand_new(request, pk):
    duty = _kept_duty(request, pk)
    form = PersonForm(request.POST or None, units=units_kept(duty.campaign, by=request.user))
    if form.is_valid():
        with told_in(form):
            actions.name_hand(duty, by=request.user, **form.cleaned_data)
            messages.success(request, _("已安排。"))
            return redirect("campaigns:duty_post", duty.pk)
    context = {"form": form, "duty": duty}
    return render(request, "campaigns/hand_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def hand_end(request, pk):
    duties = DutyPost.objects.with_rosters_for(request.user)
    hands = DutyHand.objects.filter(duty__in=duties.values("pk")).select_related("unit", "duty__campaign__host")
    hand = get_object_or_404(hands, pk=pk)
    hand.duty = _kept_duty(request, hand.duty_id)
    form = EndForm(request.POST or None, initial={"ends_on": timezone.localdate()})
    if form.is_valid():
        with told_in(form):
            actions.end_hand(hand, by=request.user, ends_on=form.cleaned_data["ends_on"])
            messages.success(request, _("已保存。"))
            return redirect("campaigns:duty_post", hand.duty_id)
    context = {"form": form, "hand": hand}
    return render(request, "campaigns/hand_end.html", context, status=422 if form.is_bound else 200)


@require_safe
def turns(request):
    """The turns of a span with what they come to, by post and unit; each number lists exactly its turns."""
    form, found = _found(request)
    counted = form.filter(_seen(request), with_state=False).counted().begun(at=timezone.now())
    context = {
        "form": form,
        "page": Page(request, found.for_list(), order=("-day", "-starts_at", "-pk")),
        "total": attendance.attendance(counted),
        "rows": [(names, told, _turn_urls(form, names)) for names, told in attendance.by_duty(counted)],
        "urls": _turn_urls(form, {}),
        "export_url": f"{address('campaigns:turns_export')}?{request.GET.urlencode()}"
        if request.user.has_perm("campaigns.export", request.campaign or None)
        else "",
    }
    return render_page(request, "campaigns/turns.html", context, fragment="campaigns/_turns.html")


@require_safe
def turns_export(request):
    if not request.user.has_perm("campaigns.export", request.campaign or None):
        raise PermissionDenied
    _form, found = _found(request)
    heads = [
        _("日期"),
        _("岗点"),
        _("班次"),
        _("时间"),
        _("单位"),
        _("姓名"),
        _("状态"),
        _("顶岗人"),
        _("说明"),
        _("补登"),
        _("登记人"),
    ]
    rows = (
        [
            turn.day,
            turn.shift.duty.name,
            turn.shift.name,
            turn.hours,
            str(turn.unit),
            turn.name,
            str(turn.get_state_display()),
            turn.stand_in,
            turn.reason,
            _("补登") if turn.is_late else "",
            str(turn.marked_by or ""),
        ]
        for turn in found.for_list().order_by("day", "starts_at", "pk").iterator(chunk_size=500)
    )
    return sheet_response(
        request,
        of=request.campaign,
        title=_("值守出勤"),
        columns=[xlsx.Column(heads[0], 14, "date"), *(xlsx.Column(head, 16) for head in heads[1:])],
        rows=rows,
        n=found.count(),
    )


@require_safe
def turn(request, pk):
    """One turn, made for the phone: check in, or note who came."""
    row = _turn(request, pk)
    own = row.user_id == request.user.pk
    sees_place = row.latitude is not None and request.user.has_perm(POSITION, row)
    offered = [name for name in FORMS if name != "check_in"]
    at = timezone.localtime(row.checked_in_at) if row.checked_in_at else None
    may_change = row.state == DutyTurn.State.PLANNED and request.user.has_perm(KEEP, row.shift.duty)
    context = {
        "turn": row,
        "facts": [
            (_("岗点"), row.shift.duty, reverse("campaigns:duty_post", args=[row.shift.duty_id])),
            (_("班次"), f"{row.shift} {row.hours}"),
            (_("值守人"), f"{row.name}（{row.unit}）"),
            *([(_("签到"), f"{at:%Y-%m-%d %H:%M}")] if at else []),
            *([(_("登记"), _marked(row))] if row.marked_by else []),
            *([(_("顶岗人"), row.stand_in)] if row.stand_in else []),
            *([(_("说明"), row.reason)] if row.reason else []),
            *([(_("签到位置"), f"{row.longitude:.6f}，{row.latitude:.6f}")] if sees_place else []),
        ],
        "check_in": CheckInForm(turn=row) if DUTY_TURN.refusal(row, "check_in", request.user) is None else None,
        "why_not": DUTY_TURN.refusal(row, "check_in", request.user)
        if own and row.state == DutyTurn.State.PLANNED
        else "",
        "moves": buttons(DUTY_TURN, row, by=request.user, url_name="campaigns:turn_move", offered=offered),
        "may_change": may_change,
        "events": [
            {"at": event.at, "who": event.who, "what": event.label, "note": event.note}
            for event in row.events.select_related("by").order_by("-at", "-pk")
        ],
        **files_of(row, url=lambda file, which: reverse("campaigns:turn_file", args=[row.pk, file.pk, which])),
    }
    return render(request, "campaigns/turn.html", context)


def _marked(turn):
    """Who entered the attendance and when: of who has no account it is always somebody else."""
    return f"{timezone.localtime(turn.marked_at):%Y-%m-%d %H:%M} {turn.marked_by}"


@require_http_methods(["GET", "POST"])
def turn_move(request, pk, move):
    row = _turn(request, pk)
    if move not in FORMS:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = FORMS[move](data, request.FILES or None, turn=row, by=request.user)
    if not form.is_valid() and (reason := DUTY_TURN.refusal(row, move, request.user)):
        raise Refused(reason, row)
    with holding(form), told_in(form):
        if form.is_valid():
            given = form.given() if move == "check_in" else form.cleaned_data
            getattr(actions, move)(row, by=request.user, **given)
            messages.success(request, _("已办理：%(move)s。") % {"move": DUTY_TURN.moves[move].label})
            return redirect(row)
    return _turn_form(request, form, row, DUTY_TURN.moves[move].label)


@require_http_methods(["GET", "POST"])
def turn_hand_over(request, pk):
    row = _turn(request, pk)
    form = HandOverForm(request.POST or None, turn=row)
    if form.is_valid():
        with told_in(form):
            actions.hand_over_turn(row, by=request.user, **form.cleaned_data)
            messages.success(request, _("已换人。"))
            return redirect(row)
    return _turn_form(request, form, row, _("换人"))


@require_http_methods(["GET", "POST"])
def turn_swap(request, pk):
    row = _turn(request, pk)
    form = SwapForm(request.POST or None, turn=row)
    if form.is_valid():
        with told_in(form):
            other = form.cleaned_data["other"]
            actions.swap_turns(row, other, by=request.user, reason=form.cleaned_data["reason"])
            messages.success(request, _("已对调。"))
            return redirect(row)
    return _turn_form(request, form, row, _("对调"))


def _turn_form(request, form, row, label):
    if not request.user.has_perm(KEEP, row) and row.user_id != request.user.pk:
        raise PermissionDenied
    context = {"form": form, "turn": row, "label": label}
    return render(request, "campaigns/turn_form.html", context, status=422 if form.is_bound else 200)


@require_safe
def turn_file(request, pk, file_pk, variant):
    row = _turn(request, pk)
    return serve_file(request, get_object_or_404(row.files, pk=file_pk), variant, of=row)


def _duty(request, pk):
    if not request.user.has_perm("campaigns.keep_duty"):
        raise PermissionDenied
    duties = DutyPost.objects.with_rosters_for(request.user)
    return get_object_or_404(duties.select_related("campaign__host__host", "unit"), pk=pk)


def _kept_duty(request, pk):
    duty = _duty(request, pk)
    if not request.user.has_perm(KEEP, duty):
        raise PermissionDenied(_("您没有给“%(duty)s”排班的权限。") % {"duty": duty})
    return duty


def _turn(request, pk):
    rows = DutyTurn.objects.visible_to(request.user).for_list().select_related("user")
    return get_object_or_404(rows.select_related("shift__duty__campaign__host", "shift__duty__unit", "unit"), pk=pk)


def _seen(request):
    return DutyTurn.objects.visible_to(request.user, of=duty_campaign(request))


def _found(request):
    campaign = duty_campaign(request)
    form = TurnFilter(
        request.GET,
        duties=duties_of(campaign, by=request.user),
        units=units_told(campaign, by=request.user, permission=SEE),
    )
    return form, form.filter(_seen(request))


def _turn_urls(form, names):
    """Where 应到, 到岗, 缺岗 and 未登记 lead."""
    period = form.period()
    asked = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    values = form.chosen
    for name in ("duty", "unit"):
        if chosen := names.get(name) or (values.get(name) and values[name].pk):
            asked[name] = chosen
    here = address("campaigns:turns")
    states = ("due", "came", "absent", "unknown")
    return {state: f"{here}?{urlencode({**asked, 'state': state})}" for state in states}
