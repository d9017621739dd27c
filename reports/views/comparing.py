"""A report beside another: an earlier version of it, the period or the year before; and held against the records."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cityinit.addresses import address
from reports import checks
from reports.comparing import changes, compared
from reports.models import Report
from reports.records import Figure, rows_of

from .report import visible_report

VERSION, PERIOD = "v", "r"


@require_POST
def check(request, pk):
    found = visible_report(request.user, pk)
    checks.request_check(found, by=request.user)
    messages.success(request, _("已开始核对，完成后在本页显示结果。"))
    return redirect(f"{found.get_absolute_url()}#check")


@require_safe
def compare(request, pk):
    """Figure by figure beside what is chosen: `v3` is a version of this report, `r12` another period's report."""
    found = visible_report(request.user, pk)
    snapshot = found.snapshots.order_by("-version").first()
    if snapshot is None:
        raise Http404
    offered = _offered(found, snapshot, request.user)
    chosen = request.GET.get("with") or next(iter(offered), "")
    if chosen and chosen not in offered:
        raise Http404
    here = address("reports:compare", found.pk)
    context = {
        "report": found,
        "snapshot": snapshot,
        "offered": [
            {"label": label, "url": f"{here}?{urlencode({'with': key})}", "active": key == chosen}
            for key, (label, _snapshot) in offered.items()
        ],
        "records_url": address("reports:records", found.pk, snapshot.version),
    }
    if not chosen:
        return render(request, "reports/compare.html", context)
    label, other = offered[chosen]
    context |= {"label": label, "other": other}
    if chosen.startswith(VERSION):
        told = changes(other, snapshot)
        context["changes"] = [_shown(change, snapshot, request.user) for change in told]
    else:
        context["rows"] = compared(snapshot.facts, other.facts)
        context["other_url"] = address("reports:records", other.report_id, other.version)
    return render(request, "reports/compare.html", context)


def _offered(found, snapshot, user):
    """{key: (label, snapshot)}: this half against the one before and the year before, then earlier versions."""
    told = {}
    period = found.period
    alike = Report.objects.visible_to(user).filter(campaign__host=found.campaign.host, kind=found.kind, unit=found.unit)
    for label, other in ((_("上一时段"), period.previous), (_("上年同期"), period.year_before)):
        report = alike.filter(round=None, first_day=other.first, last_day=other.last).exclude(pk=found.pk).first()
        last = report.snapshots.order_by("-version").first() if report and not found.round_id else None
        if last:
            told[f"{PERIOD}{report.pk}"] = (f"{label}（{other.label}）", last)
    for earlier in found.snapshots.exclude(pk=snapshot.pk).order_by("-version"):
        told[f"{VERSION}{earlier.version}"] = (_("第%(n)s版") % {"n": earlier.version}, earlier)
    return told


def _shown(change, snapshot, user):
    """A change with the records that came or went, as far as the person may see them."""

    def rows(pks):
        if not change.model:
            return []
        return rows_of(
            Figure(change.label, "", "", change.model, pks, snapshot.as_of), user=user, first=0, last=len(pks)
        )

    return {"change": change, "added": rows(change.added), "removed": rows(change.removed)}
