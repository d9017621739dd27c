"""Every register through the same few pages: list, row, form, export."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityinit.documents import xlsx
from cityinit.exports import sheet_response
from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.sent import told_in

from .. import registers as known
from ..actions import registers as actions
from ..forms.registers import RegisterFilter, row_form
from ..models import Instruction
from .instructions import own_edit_url


@require_safe
def registers(request):
    _ask_right(request, request.campaign)
    counts = known.counts(request.campaign) if request.campaign else {}
    groups = [
        (title, [{"register": one, "count": counts.get(one.slug, 0)} for one in members])
        for title, members in known.by_group()
    ]
    return render(request, "campaigns/registers.html", {"groups": groups})


@require_safe
def register(request, slug):
    one, campaign = _register(request, slug)
    form = RegisterFilter(request.GET or None, register=one, campaign=campaign)
    rows = form.filter(one.rows(campaign, by=request.user))
    page = Page(request, rows, order=one.order)
    context = {
        "register": one,
        "form": form,
        "page": page,
        "heads": [(one.label(name), one.is_number(name)) for name in one.columns],
        "rows": [(_row_url(one, row), _cells(one, row)) for row in page.rows],
        "may_change": request.user.has_perm("campaigns.change_register", campaign),
        "instruct_url": _instruct_url(request, one),
        "may_export": request.user.has_perm("campaigns.export", campaign),
        "export_url": f"{reverse('campaigns:register_export', args=[slug])}?{request.GET.urlencode()}",
    }
    return render_page(request, "campaigns/register.html", context)


@require_safe
def register_row(request, slug, pk):
    one, row = _row(request, slug, pk)
    context = {
        "register": one,
        "row": row,
        "name": one.name_of(row),
        "facts": [(one.label(name), one.shown(row, [name])[0]) for name in one.fields],
        "may_change": request.user.has_perm("campaigns.change_register", row),
        "own_edit_url": _own_edit_url(request, row),
    }
    return render(request, "campaigns/register_row.html", context)


@require_http_methods(["GET", "POST"])
def register_new(request, slug):
    one, campaign = _register(request, slug)
    _ask_change(request, campaign)
    form = row_form(one)(request.POST or None, campaign=campaign, initial={"client_key": uuid.uuid4()})
    # Asked before the form is checked: its own row would be a second one of that name.
    if form.is_bound and (there := form.sent_before()):
        messages.info(request, _("这张表已经保存过，没有再存一份。要另记一条，请点“新增”。"))
        return redirect(_row_url(one, there))
    if form.is_valid():
        key = form.cleaned_data["client_key"]
        with told_in(form):
            row = actions.add_row(one, form.save(commit=False), many=form.many(), client_key=key, by=request.user)
            messages.success(request, _("已保存。"))
            return redirect(_row_url(one, row))
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/register_form.html", {"register": one, "form": form}, status=status)


@require_http_methods(["GET", "POST"])
def register_edit(request, slug, pk):
    one, row = _row(request, slug, pk)
    _ask_change(request, row)
    # Before the form writes into the row what was typed.
    name = one.name_of(row)
    form = row_form(one)(request.POST or None, instance=row, campaign=row.campaign)
    if form.is_valid():
        with told_in(form):
            changed = form.save(commit=False)
            actions.change_row(one, changed, many=form.many(), seen=form.cleaned_data["seen"], by=request.user)
            messages.success(request, _("已保存。"))
            return redirect(_row_url(one, row))
    status = 422 if form.is_bound else 200
    context = {"register": one, "form": form, "row": row, "name": name}
    return render(request, "campaigns/register_form.html", context, status=status)


@require_POST
def register_delete(request, slug, pk):
    one, row = _row(request, slug, pk)
    _ask_change(request, row)
    actions.delete_row(one, row, by=request.user)
    messages.success(request, _("已删除。"))
    return redirect("campaigns:register", slug)


@require_safe
def register_export(request, slug):
    one, campaign = _register(request, slug)
    if not request.user.has_perm("campaigns.export", campaign):
        raise PermissionDenied
    form = RegisterFilter(request.GET or None, register=one, campaign=campaign)
    rows = form.filter(one.rows(campaign, by=request.user))
    return sheet_response(
        request,
        of=campaign,
        title=one.title,
        columns=[xlsx.Column(one.label(name), 18) for name in one.fields],
        rows=(one.shown(row, one.fields) for row in rows.order_by(*one.order).iterator(chunk_size=500)),
        n=rows.count(),
    )


def _register(request, slug):
    """The register and the campaign in hand; 404 for an unknown slug or where there is no campaign yet."""
    _ask_right(request, request.campaign)
    if slug not in known.REGISTERS or not request.campaign:
        raise Http404
    return known.REGISTERS[slug], request.campaign


def _row(request, slug, pk):
    _ask_right(request)
    if slug not in known.REGISTERS:
        raise Http404
    one = known.REGISTERS[slug]
    rows = one.model.objects.visible_to(request.user).select_related("campaign__host__host", *one.relations)
    return one, get_object_or_404(rows.prefetch_related(*one.many), pk=pk)


def _ask_right(request, campaign=None):
    if not request.user.has_perm("campaigns.see_register", campaign or None):
        raise PermissionDenied


def _ask_change(request, obj):
    if not request.user.has_perm("campaigns.change_register", obj):
        raise PermissionDenied


def _cells(one, row):
    """(label, value, class, whether it names the row) per column."""
    return [
        (
            one.label(name),
            one.name_of(row) if name == one.naming else value,
            "num" if one.is_number(name) else "",
            name == one.naming,
        )
        for name, value in zip(one.columns, one.shown(row, one.columns), strict=True)
    ]


def _instruct_url(request, one):
    """Where a leader adds to the register of instructions; its rows are otherwise the office's to write."""
    may = one.model is Instruction and request.user.has_perm("campaigns.instruct", request.campaign)
    return reverse("campaigns:instruct") if may else ""


def _own_edit_url(request, row):
    return own_edit_url(row, by=request.user) if isinstance(row, Instruction) else ""


def _row_url(one, row):
    return reverse("campaigns:register_row", args=[one.slug, row.pk])
