"""Which unit has handed in what: indicator × unit, every number with the way to its materials."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns import matrix
from campaigns.models import AssessmentSystem, Indicator, Material
from cityinit.addresses import address
from cityinit.asked import key_in
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
        return render(
            request, "campaigns/materials_matrix.html", {"tabs": tabs(request, "matrix"), "drawn": None, "on": asked.on}
        )
    drawn = asked.draw()
    export_url = f"{address('campaigns:materials_matrix_export')}?{request.GET.urlencode()}"
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
        "unasked": drawn.unasked,
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
    columns += [xlsx.Column(_("完成率"), 8, "percent"), xlsx.Column(_("未下达的标准"), 12, "int")]
    columns += [xlsx.Column(column.label, 10) for column in (drawn.columns if drawn else ())]
    rows = [_exported(row) for row in (drawn.rows if drawn else ())]
    return sheet_response(request, of=campaign, title=_("材料完成情况"), columns=columns, rows=rows, n=len(rows))


def _exported(row):
    total = row.total
    share = total.done / total.asked if total.asked else None
    return [
        row.indicator["code"],
        row.indicator["name"],
        *(total.asked, total.empty, total.returned, total.waiting, total.done, share, row.unasked),
        *(cell.text if cell else "" for cell in row.cells),
    ]


class _Asked:
    """What the address asks for, and the addresses from there."""

    def __init__(self, request):
        self.request, self.campaign = request, request.campaign
        self.visible = Material.objects.visible_to(request.user, of=self.campaign)
        self.on = _day(request.GET.get("on", ""))
        # The present is asked of the rows, a past day of their events.
        self.rows = self.visible.as_of(self.on).with_unit_then(self.on) if self.on else self.visible.asked()
        self.in_use = self._systems_in_use()
        self.branch = self._branch(request.GET.get("branch", ""))
        self.system = self.branch.system if self.branch else self._system(request.GET.get("system", ""))
        self.group = request.GET.get("group") or None

    def _systems_in_use(self):
        """Those in force on the day; first the one with most materials, which people come for."""
        found = AssessmentSystem.objects.of(self.campaign).in_force(on=self.on).order_by("position", "pk")
        counted = self.rows.order_by().values_list("standard__indicator__system").annotate(n=Count("pk"))
        asked = dict(counted)
        return sorted(found, key=lambda system: -asked.get(system.pk, 0))

    def _branch(self, wanted):
        """The indicator asked for, on a past day as it stood in the version in force then."""
        if (key := key_in(wanted)) is None:
            return None
        indicators = Indicator.objects.of(self.campaign).select_related("system")
        # A version that is no longer in force is looked at by way of its branches.
        asked = get_object_or_404(indicators, pk=key)
        if not self.on or asked.system in self.in_use:
            return asked
        return indicators.of_lineage(asked).in_force(on=self.on).first() or asked

    def _system(self, wanted):
        """The system asked for, else the version of it that was in force on the day, else the first."""
        by_key = {str(system.pk): system for system in self.in_use}
        if wanted in by_key or not self.in_use:
            return by_key.get(wanted)
        key = key_in(wanted)
        other = AssessmentSystem.objects.of(self.campaign).filter(pk=key).first() if key else None
        return next((system for system in self.in_use if other and system.name == other.name), self.in_use[0])

    def draw(self, *, cut=True):
        tree = matrix.Tree(self.system)
        # Who sees the own units alone cannot know whom else the office has asked; nor does a group tell of the others.
        sees_whole = self.group is None and self.request.user.has_perm("campaigns.see_material", self.campaign)
        return matrix.draw(
            tree,
            self.rows.of_system(self.system),
            on=self.on,
            unasked=tree.unasked(on=self.on or timezone.localdate()) if sees_whole else None,
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
        return f"{address('campaigns:materials_matrix')}?{query}"

    def list_of(self, **chosen):
        """The list of exactly the materials that a number counts."""
        chosen = {"system": self.system.pk, "group": self.group, **chosen}
        if self.on:
            chosen |= {"figure": chosen.pop("figure", "asked"), "on": self.on}
        query = urlencode({name: value for name, value in chosen.items() if value})
        return f"{address('campaigns:materials')}?{query}"

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
            "total": self.cell(row.total, indicator=row.indicator) if row.total.asked else None,
            "unasked": row.unasked,
            "unasked_url": reverse("campaigns:indicator", args=[row.indicator["pk"]]),
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
        return f"{address('campaigns:material_packs')}?{query}"

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
                "url": self.here(system=row.pk, branch=None, group=None),
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
