"""Patrols: what is asked of whom, a record in two taps, and the page on which a quota is kept or missed."""

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

from campaigns import patrols
from campaigns.actions import patrols as actions
from campaigns.forms.patrols import (
    AbsenceForm,
    EndForm,
    PatrolFilter,
    PatrolForm,
    PersonForm,
    SpanForm,
    units_kept,
    units_told,
)
from campaigns.models import Absence, PatrolMember, PatrolQuota, PatrolRecord
from campaigns.models.patrol import of_person
from campaigns.patrols import Verdict
from campaigns.presence import postless
from cityinit.addresses import address
from cityinit.documents import xlsx
from cityinit.exports import sheet_response
from cityinit.held import holding
from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.periods import Period, day_end, day_start
from cityinit.sent import told_in
from units.roles import Reach

from .files import files_of, serve_file

SEE = "campaigns.see_attendance"
KEEP = "campaigns.keep_roster"
EXPORT = "campaigns.export"
# More people than this are shown unit by unit first.
MOST_PEOPLE = 150
MONTHS = 6
LEDGER = (
    (gettext_lazy("时间"), 18, "datetime"),
    (gettext_lazy("巡查人"), 12, "text"),
    (gettext_lazy("单位"), 20, "text"),
    (gettext_lazy("定额"), 24, "text"),
    (gettext_lazy("地点"), 24, "text"),
    (gettext_lazy("情况"), 12, "text"),
    (gettext_lazy("说明"), 40, "text"),
    (gettext_lazy("补登"), 8, "text"),
)
WORDS = {
    Verdict.KEPT: (gettext_lazy("完成"), "green"),
    Verdict.MISSED: (gettext_lazy("未完成"), "red"),
    Verdict.RUNNING: (gettext_lazy("待巡"), "yellow"),
    Verdict.NOT_DUE: (gettext_lazy("不计"), "neutral"),
}


@require_safe
def quota(request, pk):
    """Person × day, week or month of one quota; each person's and unit's rate, and month by month."""
    row = _quota(request, pk)
    campaign, today = row.campaign, timezone.localdate()
    seen = units_told(campaign, by=request.user, permission=SEE)
    form = SpanForm(request.GET, quota=row, units=seen)
    period = form.period()
    judged = _judged(request, row, form, period)
    context = {
        "quota": row,
        "form": form,
        "is_measured": patrols.is_measured(row),
        "total": judged.total,
        "records_url": _records_url(row, period, unit=form.chosen_unit and form.chosen_unit.pk),
        "units": [
            (unit, people, tally, _records_url(row, period, unit=unit.pk, alone=True))
            for unit, people, tally in judged.by_unit()
        ],
        "heads": [_span_head(row, span) for span in judged.spans],
        "lines": _lines(judged) if len(judged.lines) <= MOST_PEOPLE else [],
        "is_too_long": len(judged.lines) > MOST_PEOPLE,
        "months": _months(request, row, form, today=today),
        "may_keep": (may_keep := request.user.has_perm(KEEP) and units_kept(campaign, by=request.user).exists()),
        "members_url": reverse("campaigns:quota_members", args=[row.pk]) if may_keep else "",
        "may_walk": any(_walkers(request, row, Period(today, today))),
        "export_url": f"{reverse('campaigns:quota_export', args=[row.pk])}?{request.GET.urlencode()}"
        if request.user.has_perm(EXPORT, campaign)
        else "",
    }
    return render_page(request, "campaigns/quota.html", context)


@require_safe
def quota_export(request, pk):
    row = _quota(request, pk)
    if not request.user.has_perm(EXPORT, row.campaign):
        raise PermissionDenied
    form = SpanForm(request.GET, quota=row, units=units_told(row.campaign, by=request.user, permission=SEE))
    judged = _judged(request, row, form, form.period())
    columns = [
        *(xlsx.Column(head, 14) for head in (_("单位"), _("姓名"))),
        *(xlsx.Column(head, 14, "int") for head in (_("应巡"), _("实巡"))),
        xlsx.Column(_("落实率（%）"), 14, "decimal"),
        *(xlsx.Column(_span_head(row, span), 14, "int") for span in judged.spans),
    ]
    rows = (
        [
            str(line.walker.unit),
            line.walker.name,
            line.tally.due,
            line.tally.done,
            line.tally.rate,
            *("" if cell.verdict == Verdict.NOT_DUE else cell.done for cell in line.cells),
        ]
        for line in judged.lines
    )
    return sheet_response(
        request,
        of=row.campaign,
        title=_("巡查落实情况"),
        columns=columns,
        rows=rows,
        n=len(judged.lines),
    )


@require_http_methods(["GET", "POST"])
def patrol_new(request, pk):
    row = _quota(request, pk)
    today = timezone.localdate()
    own = of_person(request.user)
    mine, kept = _walkers(request, row, Period(row.starts_on or row.campaign.starts_on, today))
    if not (mine or kept):
        raise PermissionDenied(_("您不在这项巡查的人员里。"))
    form = PatrolForm(request.POST or None, request.FILES or None, quota=row, walkers=[*mine, *kept], by=request.user)
    with holding(form), told_in(form):
        if form.is_valid():
            record = actions.record_patrol(row, by=request.user, **form.given())
            messages.success(request, _("已登记巡查。"))
            return redirect(record)
    now = [line.cells[-1] for line in _now(row, own, today).lines] if mine else []
    left = next((cell.left for cell in now if cell.verdict != Verdict.NOT_DUE), None)
    context = {"form": form, "quota": row, "left": left}
    return render(request, "campaigns/patrol_form.html", context, status=422 if form.is_bound else 200)


@require_safe
def patrol(request, pk):
    record = _record(request, pk)
    name = _("%(name)s（%(unit)s）") % {"name": record.name, "unit": record.unit}
    at = f"{timezone.localtime(record.walked_at):%Y-%m-%d %H:%M}"
    entered = f"{timezone.localtime(record.created_at):%Y-%m-%d %H:%M}"
    quota_url = reverse("campaigns:quota", args=[record.quota_id])
    context = {
        "record": record,
        "facts": [
            (_("巡查定额"), record.quota, quota_url),
            (_("巡查人"), name),
            (_("巡查时间"), at),
            (_("地点"), record.place),
            (_("情况"), _("发现问题") if record.found else _("正常")),
            (_("说明"), record.note),
            (_("登记"), f"{entered} {record.created_by or ''}" + (_("（补登）") if record.is_late else "")),
        ],
        "may_delete": actions.deletion_refusal(record, by=request.user) is None,
        "may_report": record.found and request.user.has_perm("inspections.report_finding", record.quota.campaign),
        "quota_url": quota_url,
        **files_of(record, url=lambda file, which: reverse("campaigns:patrol_file", args=[record.pk, file.pk, which])),
    }
    return render(request, "campaigns/patrol.html", context)


@require_POST
def patrol_delete(request, pk):
    record = _record(request, pk)
    actions.delete_patrol(record, by=request.user)
    messages.success(request, _("巡查记录已删除。"))
    return redirect("campaigns:quota", record.quota_id)


@require_safe
def patrol_file(request, pk, file_pk, variant):
    record = _record(request, pk)
    return serve_file(request, get_object_or_404(record.files, pk=file_pk), variant, of=record)


@require_safe
def patrol_list(request):
    """The records of patrols; with `counted` exactly those a figure counts."""
    campaign = duty_campaign(request)
    form = PatrolFilter(request.GET, campaign=campaign, units=units_told(campaign, by=request.user, permission=SEE))
    found = _filtered(form, PatrolRecord.objects.visible_to(request.user, of=campaign))
    page = Page(request, found.select_related("quota", "unit"), order=("-walked_at", "-pk"))
    may_export = request.user.has_perm(EXPORT, campaign)
    context = {"form": form, "page": page}
    context["export_url"] = f"{address('campaigns:patrols_export')}?{request.GET.urlencode()}" if may_export else ""
    return render_page(request, "campaigns/patrols.html", context, fragment="campaigns/_patrols.html")


@require_safe
def patrols_export(request):
    """The list as it is filtered, as one sheet."""
    campaign = duty_campaign(request)
    if not request.user.has_perm(EXPORT, campaign):
        raise PermissionDenied
    form = PatrolFilter(request.GET, campaign=campaign, units=units_told(campaign, by=request.user, permission=SEE))
    found = _filtered(form, PatrolRecord.objects.visible_to(request.user, of=campaign))
    rows = (
        [
            row.walked_at,
            row.name,
            str(row.unit),
            str(row.quota),
            row.place,
            _("发现问题") if row.found else _("正常"),
            row.note,
            _("补登") if row.is_late else "",
        ]
        for row in found.select_related("quota", "unit").order_by("-walked_at", "-pk").iterator(chunk_size=1000)
    )
    return sheet_response(
        request,
        of=campaign,
        title=_("巡查记录"),
        columns=[xlsx.Column(str(head), width, kind) for head, width, kind in LEDGER],
        rows=rows,
        n=found.count(),
    )


@require_http_methods(["GET", "POST"])
def quota_members(request, pk):
    """Who is named for the quota; a liaison names people of the own units."""
    row = _quota(request, pk)
    units = units_kept(row.campaign, by=request.user)
    if not units:
        raise PermissionDenied
    form = PersonForm(request.POST or None, units=units)
    if form.is_valid():
        with told_in(form):
            actions.name_member(row, by=request.user, **form.cleaned_data)
            messages.success(request, _("已指定。"))
            return redirect("campaigns:quota_members", row.pk)
    members = PatrolMember.objects.visible_to(request.user).filter(quota=row).select_related("unit")
    today = timezone.localdate()
    context = {"quota": row, "form": form, "members": members, "today": today}
    context["postless"] = postless(members, host=row.campaign.host.host_id, on=today)
    return render(request, "campaigns/quota_members.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def member_end(request, pk):
    members = PatrolMember.objects.visible_to(request.user).select_related("quota__campaign__host", "unit")
    member = get_object_or_404(members, pk=pk)
    if not request.user.has_perm(KEEP, member):
        raise PermissionDenied
    form = EndForm(request.POST or None, initial={"ends_on": timezone.localdate()})
    if form.is_valid():
        with told_in(form):
            actions.end_member(member, by=request.user, ends_on=form.cleaned_data["ends_on"])
            messages.success(request, _("已保存。"))
            return redirect("campaigns:quota_members", member.quota_id)
    context = {"member": member, "form": form}
    return render(request, "campaigns/member_end.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def absences(request):
    """Who is away; noted by who keeps the unit's attendance."""
    campaign = duty_campaign(request)
    units = units_kept(campaign, by=request.user)
    if not units:
        raise PermissionDenied
    form = AbsenceForm(request.POST or None, units=units)
    if form.is_valid():
        with told_in(form):
            actions.note_absence(campaign, by=request.user, **form.cleaned_data)
            messages.success(request, _("已登记请假。"))
            return redirect("campaigns:absences")
    rows = Absence.objects.visible_to(request.user, of=campaign).select_related("unit")
    rows = rows.filter(unit__in=units_told(campaign, by=request.user, permission=KEEP))
    page = Page(request, rows, order=("-starts_on", "-pk"))
    context = {"form": form, "page": page}
    return render(request, "campaigns/absences.html", context, status=422 if form.is_bound else 200)


@require_POST
def absence_delete(request, pk):
    rows = Absence.objects.visible_to(request.user).select_related("campaign__host", "unit")
    absence = get_object_or_404(rows, pk=pk)
    actions.delete_absence(absence, by=request.user)
    messages.success(request, _("已删除请假。"))
    return redirect("campaigns:absences")


def duty_campaign(request):
    """The campaign in hand; refused to who has no duty to keep, and 404 where there is none."""
    if not request.user.has_perm("campaigns.keep_duty"):
        raise PermissionDenied
    if not request.campaign:
        raise Http404
    return request.campaign


def _quota(request, pk):
    if not request.user.has_perm("campaigns.keep_duty"):
        raise PermissionDenied
    rows = PatrolQuota.objects.open_to(request.user).select_related("campaign__host__host", "unit")
    return get_object_or_404(rows, pk=pk)


def _record(request, pk):
    rows = PatrolRecord.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("quota__campaign__host", "unit", "created_by"), pk=pk)


def _walkers(request, row, period):
    """Of whom the quota is asked: the person alone, and the others for whom the person may record a patrol."""
    asked, own = _as_of_now(patrols.walkers_of(row, period)), of_person(request.user)
    mine = [walker for walker in asked if walker.person == own]
    return mine, [one for one in asked if one.person != own and request.user.has_perm(KEEP, _reach(row, one.unit))]


def _as_of_now(walkers):
    """Each person once, under the unit of which it was last."""
    last = {}
    for walker in sorted(walkers, key=lambda one: max(stay.last for stay in one.stays if stay.unit == one.unit)):
        last[walker.person] = walker
    return [walker for walker in walkers if walker is last[walker.person]]


def _reach(row, unit):
    return Reach(row.campaign.host.path, (unit.path,))


def _now(row, person, today):
    return patrols.judge(row, Period(today, patrols.span_of(row, today).last), person=person, today=today)


def _judged(request, row, form, period):
    """The quota judged, of the units of which the person may see names, and of the person."""
    judged = patrols.judge(row, period, unit=form.chosen_unit, today=timezone.localdate())
    return _within_sight(request, row, judged)


def _within_sight(request, row, judged):
    own, units = of_person(request.user), {}
    for line in judged.lines:
        unit = line.walker.unit
        if unit.pk not in units:
            units[unit.pk] = request.user.has_perm(SEE, _reach(row, unit))
    judged.lines = [line for line in judged.lines if units[line.walker.unit.pk] or line.walker.person == own]
    return judged


def _months(request, row, form, *, today):
    """The last months with what the visible people came to in each."""
    first = today.replace(day=1)
    for _step in range(MONTHS - 1):
        first = Period(first, first).previous.first.replace(day=1)
    judged = _judged(request, row, form, Period(first, today))
    return [(f"{month:%Y-%m}", tally) for month, tally in judged.by_month() if tally.due]


def _lines(judged):
    return [{"line": line, "cells": [cell_shown(judged.quota, cell) for cell in line.cells]} for line in judged.lines]


def cell_shown(row, cell):
    """A span of one person as a table shows it: how many of how many, and in a word what that is."""
    word, tone = WORDS[cell.verdict]
    text = f"{cell.done}/{cell.times}" if cell.verdict != Verdict.NOT_DUE else "—"
    return {"head": _span_head(row, cell.span), "text": text, "word": word, "tone": tone}


def _span_head(row, span):
    if row.cycle == PatrolQuota.Cycle.MONTH:
        return f"{span.first:%Y-%m}"
    return f"{span.first.month}-{span.first.day}" + (_("周") if row.cycle == PatrolQuota.Cycle.WEEK else "")


def _records_url(row, period, *, unit=None, alone=False):
    asked = {"quota": row.pk, "first": period.first.isoformat(), "last": period.last.isoformat(), "counted": "on"}
    if unit:
        asked["unit"] = unit
    if alone:
        asked["alone"] = "on"
    return f"{address('campaigns:patrols')}?{urlencode(asked)}"


def _filtered(form, rows):
    asked = form.chosen
    if asked["counted"] and asked["quota"] and asked["first"] and asked["last"]:
        period = Period(asked["first"], asked["last"])
        judged = patrols.judge(asked["quota"], period, unit=asked["unit"], today=timezone.localdate())
        if asked["alone"]:
            judged.lines = [line for line in judged.lines if line.walker.unit == asked["unit"]]
        return rows.filter(pk__in=judged.total.records)
    if asked["q"]:
        rows = rows.filter(place__icontains=asked["q"]) | rows.filter(note__icontains=asked["q"])
    if asked["quota"]:
        rows = rows.filter(quota=asked["quota"])
    if asked["unit"]:
        rows = rows.filter(unit__path__startswith=asked["unit"].path)
    if asked["found"]:
        rows = rows.filter(found=asked["found"] == "yes")
    if asked["first"]:
        rows = rows.filter(walked_at__gte=day_start(asked["first"]))
    if asked["last"]:
        rows = rows.filter(walked_at__lt=day_end(asked["last"]))
    return rows
