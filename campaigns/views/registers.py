"""Every register through the same few pages: list, row, form, export."""

import uuid
from functools import lru_cache

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.exports import sheet_response
from cityinit.held import holding
from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.sent import told_in

from .. import registers as known
from .. import sums
from ..actions import registers as actions
from ..forms.registers import RegisterFilter, row_form
from ..models import Dissuasion, DutyPost, Instruction, Meeting, PatrolQuota, Publicity
from ..saved import REGISTER
from .decisions import decisions_of
from .evidence import of_meeting
from .files import files_of, serve_file
from .filters import SavedFilters
from .instructions import own_edit_url
from .publicity import checks_of

LONGEST_CELL = 80


@require_safe
def registers(request):
    readable = known.readable(request.campaign or None, by=request.user)
    if not readable:
        raise PermissionDenied
    counts = known.counts(request.campaign, readable, by=request.user) if request.campaign else {}
    groups = [
        (title, [_link(one, counts.get(one.slug, 0)) for one in members]) for title, members in known.by_group(readable)
    ]
    context = {"groups": groups, "tallies": known.REGISTERS["dissuasion"] in readable and _may_tally(request)}
    return render(request, "campaigns/registers.html", context)


def _link(register, n):
    return {**_named(register.slug, get_language()), "count": str(n), "mark": "" if n else "zero"}


# Words and addresses of the same twenty registers: said anew for each page they were a third of it.
@lru_cache(maxsize=256)
def _named(slug, _language):
    register = known.REGISTERS[slug]
    return {
        "url": reverse("campaigns:register", args=[slug]),
        "icon": register.icon,
        "title": register.title,
        "about": str(register.about),
    }


def _may_tally(request):
    return bool(request.campaign) and known.REGISTERS["dissuasion"].adds(request.campaign, by=request.user)


@require_safe
def register(request, slug):
    one, campaign = _register(request, slug)
    saved = SavedFilters(request, f"{REGISTER}{slug}")
    if saved.opening_url:
        return redirect(saved.opening_url)
    form = RegisterFilter(request.GET or None, register=one, campaign=campaign)
    rows = form.filter(one.rows(campaign, by=request.user))
    page = Page(request, rows, order=one.order)
    context = {
        "register": one,
        "form": form,
        "saved": saved.chips,
        "page": page,
        "columns": _columns(one),
        "rows": _lines(one, page.rows, by=request.user),
        "may_add": (may_add := one.adds(campaign, by=request.user)),
        "tally_url": address("campaigns:tally") if may_add and one.model is Dissuasion else "",
        "sums_url": f"{reverse('campaigns:register_sums', args=[slug])}?{request.GET.urlencode()}"
        if one.sum_by
        else "",
        "instruct_url": _instruct_url(request, one),
        "export_url": f"{reverse('campaigns:register_export', args=[slug])}?{request.GET.urlencode()}"
        if may_add or request.user.has_perm("campaigns.export", campaign)
        else "",
    }
    return render_page(request, "campaigns/register.html", context)


@require_safe
def register_row(request, slug, pk):
    one, row = _row(request, slug, pk)
    context = {
        "register": one,
        "row": row,
        "name": one.name_of(row),
        "facts": [(one.label(name), one.shown(row, [name], by=request.user)[0]) for name in one.fields],
        "refusal": (refusal := one.writing_refusal(row, by=request.user)),
        "may_change": refusal is None,
        "entered_by_office": one.by_units and not row.by_unit and refusal is not None,
        "own_edit_url": _own_edit_url(request, row),
        **(files_of(row, url=_file_url(one, row)) if one.has_files else {}),
        **_duty_link(request, row),
        **(checks_of(row, by=request.user) if isinstance(row, Publicity) else {}),
        **(of_meeting(row, by=request.user) if isinstance(row, Meeting) else {}),
        **(decisions_of(row, by=request.user) if isinstance(row, Meeting) else {}),
        "task_url": _task_url(request, row) if isinstance(row, Instruction) else "",
    }
    return render(request, "campaigns/register_row.html", context)


@require_http_methods(["GET", "POST"])
def register_new(request, slug):
    one, campaign = _register(request, slug)
    if not one.adds(campaign, by=request.user):
        raise PermissionDenied
    form = row_form(one)(
        request.POST or None,
        request.FILES or None,
        campaign=campaign,
        by=request.user,
        initial={**_named_in(request, one), "client_key": uuid.uuid4()},
    )
    # Asked before the form is checked: its own row would be a second one of that name.
    if form.is_bound and (there := form.sent_before()):
        messages.info(request, _("这张表已经保存过，没有再存一份。要另记一条，请点“新增”。"))
        return redirect(_row_url(one, there))
    with holding(form), told_in(form):
        if form.is_valid():
            key, row = form.cleaned_data["client_key"], form.save(commit=False)
            row = actions.add_row(one, row, many=form.many(), client_key=key, by=request.user, **form.files_given())
            messages.success(request, _("已保存。"))
            return redirect(_row_url(one, row))
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/register_form.html", {"register": one, "form": form}, status=status)


@require_http_methods(["GET", "POST"])
def register_edit(request, slug, pk):
    one, row = _row(request, slug, pk)
    _ask_change(request, one, row)
    # Before the form writes into the row what was typed.
    name = one.name_of(row)
    form = row_form(one)(
        request.POST or None, request.FILES or None, instance=row, campaign=row.campaign, by=request.user
    )
    with holding(form), told_in(form):
        if form.is_valid():
            given = {"many": form.many(), "seen": form.cleaned_data["seen"], **form.files_given()}
            actions.change_row(one, form.save(commit=False), by=request.user, **given)
            messages.success(request, _("已保存。"))
            return redirect(_row_url(one, row))
    status = 422 if form.is_bound else 200
    context = {"register": one, "form": form, "row": row, "name": name}
    return render(request, "campaigns/register_form.html", context, status=status)


@require_POST
def register_delete(request, slug, pk):
    one, row = _row(request, slug, pk)
    _ask_change(request, one, row)
    actions.delete_row(one, row, by=request.user)
    messages.success(request, _("已删除。"))
    return redirect("campaigns:register", slug)


@require_safe
def register_export(request, slug):
    one, campaign = _register(request, slug)
    if not (request.user.has_perm("campaigns.export", campaign) or one.adds(campaign, by=request.user)):
        raise PermissionDenied
    form = RegisterFilter(request.GET or None, register=one, campaign=campaign)
    rows = form.filter(one.rows(campaign, by=request.user))
    return sheet_response(
        request,
        of=campaign,
        title=one.title,
        columns=one.sheet_columns(),
        rows=(one.cells(row, by=request.user) for row in rows.order_by(*one.order).iterator(chunk_size=500)),
        n=rows.count(),
    )


@require_safe
def register_sums(request, slug):
    """What the rows of the list come to, by kind, unit, team or month; each sum leads to its rows."""
    one, campaign = _register(request, slug)
    if not one.sum_by:
        raise Http404
    form = RegisterFilter(_as_of_today(request, one), register=one, campaign=campaign)
    by = request.GET.get("by") if request.GET.get("by") in one.sum_by else one.sum_by[0]
    found = sums.add_up(one, form.filter(one.model.objects.visible_to(request.user, of=campaign)), by=by)
    kept = request.GET.copy()
    kept.pop("by", None)
    context = {
        "register": one,
        "form": form,
        "by": sums.label(one, by),
        "heads": (heads := [one.label(name) for name in one.summed]),
        "rows": [(line, list(zip(heads, line.sums, strict=True)), _sum_url(one, line, kept)) for line in found.lines],
        "total": found.total,
        "total_sums": list(zip(heads, found.total.sums, strict=True)),
        "tabs": [
            {"label": sums.label(one, name), "url": _with(kept, by=name), "active": name == by} for name in one.sum_by
        ],
        "list_url": f"{reverse('campaigns:register', args=[slug])}?{kept.urlencode()}",
    }
    return render_page(request, "campaigns/register_sums.html", context)


@require_safe
def register_file(request, slug, pk, file_pk, variant):
    """A file of a row, for whoever sees the row; a photo's original carries its place and is for the office."""
    one, row = _row(request, slug, pk)
    if not one.has_files:
        raise Http404
    stored = get_object_or_404(row.files, pk=file_pk)
    return serve_file(request, stored, variant, of=row)


def _as_of_today(request, one):
    """Sums of what hangs are of a day: today unless another is asked for."""
    if not one.shows or request.GET.get("show"):
        return request.GET or None
    asked = request.GET.copy()
    asked["show"] = one.shows[0][0]
    return asked


def _with(kept, **chosen):
    asked = kept.copy()
    for name, value in chosen.items():
        asked[name] = value
    return f"?{asked.urlencode()}"


def _sum_url(one, line, kept):
    if line.chosen is None:
        return ""
    asked = kept.copy()
    if one.shows and not asked.get("show"):
        asked["show"] = one.shows[0][0]
    for name, value in line.chosen.items():
        asked[name] = value
    return f"{reverse('campaigns:register', args=[one.slug])}?{asked.urlencode()}"


def _named_in(request, one):
    """What a link to the form says already: the task or indicator an activity is for."""
    asked = ((name, key_in(request.GET.get(name))) for name in one.fields)
    return {name: key for name, key in asked if key is not None}


def _register(request, slug):
    """The register and the campaign in hand; 404 for an unknown slug or where there is no campaign yet."""
    if slug not in known.REGISTERS:
        _ask_any_right(request)
        raise Http404
    _ask_right(request, known.REGISTERS[slug], request.campaign)
    if not request.campaign:
        raise Http404
    return known.REGISTERS[slug], request.campaign


def _row(request, slug, pk):
    if slug not in known.REGISTERS:
        _ask_any_right(request)
        raise Http404
    one = known.REGISTERS[slug]
    _ask_right(request, one)
    rows = one.model.objects.visible_to(request.user).select_related("campaign__host__host", *one.relations)
    return one, get_object_or_404(rows.prefetch_related(*one.many), pk=pk)


def _ask_any_right(request):
    if not known.readable(None, by=request.user):
        raise PermissionDenied


def _ask_right(request, one, campaign=None):
    if reason := one.reading_refusal(campaign or None, by=request.user):
        raise PermissionDenied(reason)


def _ask_change(request, one, row):
    if reason := one.writing_refusal(row, by=request.user):
        raise PermissionDenied(reason)


def _file_url(one, row):
    return lambda file, variant: reverse("campaigns:register_file", args=[one.slug, row.pk, file.pk, variant])


def _columns(one):
    """(name in a line, head, class) per column; the one that carries the link is `named`."""
    return tuple(
        ("named" if name == one.naming else name, one.label(name), "num" if one.is_number(name) else "")
        for name in one.columns
    )


def _lines(one, rows, *, by):
    """The rows as words for `draw_rows`; `whole` is what the link reads aloud where it says more than it shows."""
    base = reverse("campaigns:register", args=[one.slug])
    return [_line(one, row, base=base, by=by) for row in rows]


def _line(one, row, *, base, by):
    told = {
        name: _short(value)
        for name, value in zip(one.columns, one.shown(row, one.columns, by=by), strict=True)
        if name != one.naming
    }
    named, whole = one.named_in_list(row), one.name_of(row)
    return {
        **told,
        "url": f"{base}{row.pk}/",
        "named": _short(named) or "—",
        "whole": "" if whole == named else whole,
    }


def _short(text):
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def _duty_link(request, row):
    """Where a quota says who kept it, and a duty post who stands."""
    if isinstance(row, DutyPost) and request.user.has_perm("campaigns.keep_duty"):
        return {"duty_url": reverse("campaigns:duty_post", args=[row.pk]), "duty_text": _("班次和排班")}
    if isinstance(row, PatrolQuota) and request.user.has_perm("campaigns.keep_duty"):
        return {"duty_url": reverse("campaigns:quota", args=[row.pk]), "duty_text": _("落实情况")}
    return {}


def _instruct_url(request, one):
    """Where a leader adds to the register of instructions; its rows are otherwise the office's to write."""
    may = one.model is Instruction and request.user.has_perm("campaigns.instruct", request.campaign)
    return address("campaigns:instruct") if may else ""


def _task_url(request, row):
    """Where the office makes a task of an instruction that has none."""
    may = row.task_id is None and request.user.has_perm("campaigns.break_down_task", row.campaign)
    return f"{address('campaigns:task_new')}?instruction={row.pk}" if may else ""


def _own_edit_url(request, row):
    return own_edit_url(row, by=request.user) if isinstance(row, Instruction) else ""


def _row_url(one, row):
    return reverse("campaigns:register_row", args=[one.slug, row.pk])
