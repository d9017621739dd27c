"""What waits for a person among the findings, as a block of the desk; each count opens exactly what it counts."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cityinit.addresses import address
from inspections.models import Finding, Round
from inspections.views.finding_lines import lines
from inspections.views.findings import filter_form

# How many findings stand below the counts.
LISTED = 8

# (label, filter of the findings list, tone when there is something), in the order of urgency.
OFFICE = (
    (gettext_lazy("待核实"), {"state": "reported"}, "orange"),
    (gettext_lazy("被退回"), {"state": "returned"}, "orange"),
    (gettext_lazy("反弹待交办"), {"state": "reopened"}, "red"),
    (gettext_lazy("待复核"), {"state": "submitted"}, "yellow"),
    (gettext_lazy("疑似旧照"), {"flag": "doubt"}, "red"),
    (gettext_lazy("申请延期"), {"flag": "extension"}, "yellow"),
    (gettext_lazy("即将到期"), {"flag": "warned"}, "yellow"),
    (gettext_lazy("今天到期"), {"flag": "today"}, "yellow"),
    (gettext_lazy("已逾期"), {"flag": "overdue"}, "red"),
    (gettext_lazy("挂账到期"), {"flag": "long_term"}, "purple"),
)
INSPECTOR = (
    (gettext_lazy("待复核"), {"state": "submitted"}, "yellow"),
    (gettext_lazy("疑似旧照"), {"flag": "doubt"}, "red"),
    (gettext_lazy("我上报的待核实"), {"state": "reported", "part": "reported"}, "orange"),
    (gettext_lazy("我上报的未办结"), {"state": "open", "part": "reported"}, "blue"),
)
LIAISON = (
    (gettext_lazy("待签收"), {"state": "dispatched", "part": "lead"}, "orange"),
    (gettext_lazy("整改中"), {"state": "rectifying", "part": "lead"}, "blue"),
    (gettext_lazy("返工"), {"state": "rework", "part": "lead"}, "red"),
    (gettext_lazy("即将到期"), {"flag": "warned", "part": "lead"}, "yellow"),
    (gettext_lazy("今天到期"), {"flag": "today", "part": "lead"}, "yellow"),
    (gettext_lazy("已逾期"), {"flag": "overdue", "part": "lead"}, "red"),
)
LEADER = (
    (gettext_lazy("未办结"), {"state": "open"}, "blue"),
    (gettext_lazy("挂账"), {"state": "long_term"}, "purple"),
    (gettext_lazy("已逾期"), {"flag": "overdue"}, "red"),
)
# Of which box the findings themselves are shown: the first of these that is the person's and not empty.
URGENT = (
    {"state": "reported"},
    {"state": "submitted"},
    {"flag": "overdue", "part": "lead"},
    {"flag": "today", "part": "lead"},
    {"state": "dispatched", "part": "lead"},
    {"state": "rectifying", "part": "lead"},
    {"flag": "overdue"},
)


@require_safe
def desk(request):
    user, campaign = request.user, request.campaign
    if not campaign or not user.has_perm("inspections.see_finding"):
        return HttpResponse("")
    now = timezone.now()
    findings = Finding.objects.visible_to(user, of=campaign)
    stats, boxes = [], []
    for label, query, tone in _boxes(user):
        # The list's own filter counts, so that the link cannot show anything else.
        found = filter_form(request, query).filter(findings, now=now)
        count = found.count()
        url = f"{address('inspections:findings')}?{urlencode(query)}"
        stats.append({"label": label, "value": count, "url": url, "tone": tone if count else "neutral"})
        if count and query in URGENT:
            boxes.append((URGENT.index(query), label, url, found))
    context = {
        "stats": stats,
        "may_report": user.has_perm("inspections.report_finding", campaign),
        "walks": user.has_perm("inspections.visit_site", campaign)
        and Round.objects.of(campaign).walked_by(user).exists(),
    }
    if boxes:
        _place, context["label"], context["url"], found = min(boxes, key=lambda box: box[0])
        context["rows"] = lines(found.order_by("due_at", "pk").for_list()[:LISTED], now=now)
    return render(request, "inspections/_desk.html", context)


def _boxes(user):
    """What each of the person's duties has to look at; a box that two duties share stands once."""
    duties = {
        "inspections.answer_finding": LIAISON,
        "inspections.verify_finding": OFFICE,
        "inspections.report_finding": INSPECTOR,
    }
    held = [boxes for permission, boxes in duties.items() if user.has_perm(permission)] or [LEADER]
    return list({str(query): (label, query, tone) for boxes in held for label, query, tone in boxes}.values())
