"""Which unit has handed in what: indicator × unit, every number with the way to its materials."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns import matrix
from campaigns.models import AssessmentSystem, Indicator, Material
from cityinit.documents import xlsx
from cityinit.exports import sheet_response
from cityinit.htmx import render_page
from cityinit.periods import FIRST_DAY

from .materials import tabs


@require_safe
def materials_matrix(request):
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.see_material"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    asked = _Asked(request)
    if asked.system is None:
        return render(request, "campaigns/materials_matrix.html", {"tabs": tabs(request, "matrix"), "drawn": None})
    drawn = asked.draw()
    export_url = f"{reverse('campaigns:materials_matrix_export')}?{request.GET.urlencode()}"
    context = {
        "tabs": tabs(request, "matrix"),
        "drawn": drawn,
        "columns": [asked.column(column) for column in drawn.columns],
        "rows": [asked.row(row, drawn.columns) for row in drawn.rows],
        "totals": [
            (column.label, asked.cell(cell, column=column, indicator=asked.branch))
            for cell, column in zip(drawn.totals, drawn.columns, strict=True)
        ],
        "whole": asked.cell(drawn.whole, indicator=asked.branch),
        "groups": asked.groups(drawn.groups),
        "trail": asked.trail(drawn.trail),
        "systems": asked.systems(),
        "system": asked.system,
        "on": asked.on,
        "today": timezone.localdate(),
        "branch": asked.branch,
        "group": asked.group,
        "pack_url": asked.pack_url(),
        "export_url": export_url if user.has_perm("campaigns.export_materials", campaign) else "",
    }
    return render_page(request, "campaigns/materials_matrix.html", context, fragment="campaigns/_materials_matrix.html")


@require_safe
def materials_matrix_export(request):
    """The same table with every indicator and every unit of it."""
    campaign = request.campaign
    if not request.user.has_perm("campaigns.export_materials", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    asked = _Asked(request)
    drawn = asked.draw(cut=False) if asked.system else None
    columns = [xlsx.Column(_("编号"), 12), xlsx.Column(_("测评指标"), 30)]
    columns += [xlsx.Column(title, 8, "int") for title in (_("应报"), _("待报送"), _("退回"), _("待审核"), _("通过"))]
    columns.append(xlsx.Column(_("完成率"), 8, "percent"))
    columns += [xlsx.Column(column.label, 10) for column in (drawn.columns if drawn else ())]
    rows = [_exported(row) for row in (drawn.rows if drawn else ())]
    return sheet_response(request, of=campaign, title=_("材料完成情况"), columns=columns, rows=rows, n=len(rows))


def _exported(row):
    total = row.total
    share = total.done / total.asked if total.asked else None
    return [
        row.indicator["code"],
        row.indicator["name"],
        *(total.asked, total.empty, total.returned, total.waiting, total.done, share),
        *(cell.text if cell else "" for cell in row.cells),
    ]


class _Asked:
    """What the address asks for, and the addresses from there."""

    def __init__(self, request):
        self.request, self.campaign = request, request.campaign
        self.visible = Material.objects.visible_to(request.user).of(self.campaign)
        self.in_use = list(AssessmentSystem.objects.of(self.campaign).in_force().order_by("pk"))
        self.branch = self.system = None
        wanted = request.GET.get("branch", "")
        if wanted.isdecimal() and len(wanted) < 19:
            # A version that is no longer in force is looked at by way of its branches.
            indicators = Indicator.objects.of(self.campaign).select_related("system")
            self.branch = get_object_or_404(indicators, pk=wanted)
            self.system = self.branch.system
        elif self.in_use:
            chosen = request.GET.get("system", "")
            self.system = next((row for row in self.in_use if str(row.pk) == chosen), self.in_use[0])
        self.group = request.GET.get("group") or None
        self.on = _day(request.GET.get("on", ""))

    def draw(self, *, cut=True):
        rows = self.visible.of_system(self.system)
        # The present is asked of the rows, a past day of their events.
        rows = rows.as_of(self.on) if self.on else rows.asked()
        return matrix.draw(
            matrix.Tree(self.system),
            rows,
            state="state_then" if self.on else "state",
            branch=self.branch.pk if self.branch else None,
            group=self.group,
            cut=cut,
        )

    def here(self, **changes):
        kept = {
            "system": self.system.pk,
            "branch": self.branch.pk if self.branch else None,
            "group": self.group,
            "on": self.on,
        } | changes
        query = urlencode({name: value for name, value in kept.items() if value})
        return f"{reverse('campaigns:materials_matrix')}?{query}"

    def list_of(self, **chosen):
        """The list of exactly the materials that a number counts."""
        chosen = {"system": self.system.pk, "group": self.group, **chosen}
        if self.on:
            chosen |= {"figure": chosen.pop("figure", "asked"), "on": self.on}
        query = urlencode({name: value for name, value in chosen.items() if value})
        return f"{reverse('campaigns:materials')}?{query}"

    def cell(self, cell, *, column=None, indicator=None):
        if cell is None:
            return None
        chosen = {"indicator": indicator["pk"] if isinstance(indicator, dict) else indicator and indicator.pk}
        if column is not None:
            chosen |= {"unit": column.unit} if column.unit else {"group": column.group}
        parts = []
        if cell.waiting:
            parts.append(_("审%(n)s") % {"n": cell.waiting})
        if cell.returned:
            parts.append(_("退%(n)s") % {"n": cell.returned})
        return {
            "text": cell.text,
            "more": " ".join(parts),
            "tone": cell.tone,
            "percent": cell.percent,
            "url": self.list_of(**chosen),
            "counts": cell,
        }

    def column(self, column):
        url = self.here(group=column.group) if column.unit is None else self.list_of(unit=column.unit)
        return {"label": column.label, "url": url, "is_group": column.unit is None}

    def row(self, row, columns):
        return {
            "label": row.label,
            "depth": row.depth,
            "url": self.here(branch=row.indicator["pk"]) if row.has_below else "",
            "total": self.cell(row.total, indicator=row.indicator),
            "cells": [
                (column.label, self.cell(cell, column=column, indicator=row.indicator))
                for column, cell in zip(columns, row.cells, strict=True)
            ],
        }

    def groups(self, groups):
        every = [{"label": _("全部单位"), "url": self.here(group=None), "active": self.group is None, "count": ""}]
        return every + [
            {"label": group, "url": self.here(group=group), "active": group == self.group, "count": ""}
            for group in groups
        ]

    def pack_url(self):
        chosen = {"system": self.system.pk, "indicator": self.branch and self.branch.pk}
        query = urlencode({name: value for name, value in chosen.items() if value})
        return f"{reverse('campaigns:material_packs')}?{query}"

    def trail(self, trail):
        steps = [{"label": str(self.system), "url": self.here(branch=None)}]
        return steps + [
            {"label": f"{step['code']} {step['name']}", "url": self.here(branch=step["pk"])} for step in trail
        ]

    def systems(self):
        if len(self.in_use) < 2:
            return []
        return [
            {
                "label": str(row),
                "url": f"{reverse('campaigns:materials_matrix')}?system={row.pk}",
                "active": row == self.system,
                "count": "",
            }
            for row in self.in_use
        ]


def _day(text):
    """The day a link asks for, or None for the present."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day < timezone.localdate() else None
