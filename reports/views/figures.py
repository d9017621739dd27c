"""数据口径: every registered figure of a period with what it means, and behind each exactly the records it counts."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cityinit.addresses import address
from cityinit.exports import columns_of, sheet_response
from cityinit.paging import Page
from reports.records import related_of, told
from reports.registry import AREAS, FIGURES, Asked, list_address, values

from .dashboard import SEES_WHOLE, asked_of

EXPORT = "campaigns.export"
COLUMNS = (
    (gettext_lazy("类别"), 12, "text"),
    (gettext_lazy("数据"), 22, "text"),
    (gettext_lazy("数值"), 12, "decimal"),
    (gettext_lazy("单位"), 8, "text"),
    (gettext_lazy("口径"), 60, "text"),
)


@require_safe
def figures(request):
    """The figures under their headings; each value leads to its list."""
    if not (asked := _whole(request)):
        return render(request, "campaigns/no_campaign.html")
    form, of = asked
    may_export = request.user.has_perm(EXPORT, of.campaign)
    export_url = f"{address('reports:figures_export')}?{request.GET.urlencode()}" if may_export else ""
    context = {"form": form, "of": of, "areas": _areas(of), "export_url": export_url}
    return render(request, "reports/figures.html", context)


@require_safe
def figures_export(request):
    if not (asked := _whole(request)):
        return render(request, "campaigns/no_campaign.html")
    _form, of = asked
    if not request.user.has_perm(EXPORT, of.campaign):
        raise PermissionDenied
    rows = [
        (str(area["label"]), row["label"], row["value"], row["measure"], row["basis"])
        for area in _areas(of)
        for row in area["rows"]
    ]
    title = _("数据口径")
    return sheet_response(request, of=of.campaign, title=title, columns=columns_of(COLUMNS), rows=rows, n=len(rows))


@require_safe
def figure(request, name):
    """The records that one figure counts today; of a share also which of them make it."""
    if name not in FIGURES:
        raise Http404
    if not (asked := _whole(request)):
        return render(request, "campaigns/no_campaign.html")
    form, of = asked
    known = FIGURES[name]
    records = known.records(of)
    page = Page(request, records.select_related(*related_of(records.model)), order=("pk",), counted=records)
    rows = told(page.rows, on=of.period.last)
    if known.part:
        making = set(known.part(of).filter(pk__in=[row["pk"] for row in rows]).values_list("pk", flat=True))
        rows = [row | {"is_part": row["pk"] in making} for row in rows]
    context = {
        "form": form,
        "of": of,
        "figure": known,
        "is_share": known.part is not None,
        "text": known.text(known.value(of)),
        "basis": known.basis(of.period, is_running=of.now is not None),
        "page": page,
        "rows": rows,
    }
    return render(request, "reports/figure.html", context)


def _whole(request):
    """The form and what is asked, of who sees the figures of the whole campaign; a period that runs is told so far."""
    if not request.user.has_perm(SEES_WHOLE, request.campaign):
        raise PermissionDenied
    if not (asked := asked_of(request)):
        return None
    form, shown = asked
    day = shown.so_far.last
    is_running = day < shown.period.last or day == shown.today
    return form, Asked(
        shown.campaign,
        shown.so_far,
        shown.unit,
        now=shown.now if is_running else None,
        today=day if is_running else None,
    )


def _areas(of):
    """[{label, rows}]: the figures that are known, under their headings."""
    found = values(FIGURES, of)
    return [
        {
            "label": label,
            "rows": [
                {
                    "label": str(known.label),
                    "value": found[name],
                    "text": known.text(found[name]),
                    "measure": "" if known.measure == "%" else known.measure,
                    "basis": known.basis(of.period, is_running=of.now is not None),
                    "url": list_address(name, of.period, of.unit),
                }
                for name, known in FIGURES.items()
                if name.startswith(starts)
            ],
        }
        for label, starts in AREAS
    ]
