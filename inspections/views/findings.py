"""Findings: the list, one finding, its photos, and the blocks other pages ask for."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from campaigns.models import Indicator, Submission, Task
from campaigns.views.evidence import used
from cityinit import audit
from cityinit.addresses import address
from cityinit.errors import Missing
from cityinit.exports import columns_of, page_response, sheet_response
from cityinit.files import serve, serve_made
from cityinit.htmx import render_page
from cityinit.marks import digest
from cityinit.paging import Page
from inspections.actions.look_backs import look_back_refusal
from inspections.forms.finding_filter import FindingFilter
from inspections.ledgers.export import page_with_photos
from inspections.marked_photos import marked_copy, written_on
from inspections.models import Extension, Finding, FindingCategory, FindingPhoto, Round, Site
from inspections.workflow import FINDING, extension_refusal
from units.models import Unit
from units.roles import scope_of

from .evidence import is_pair
from .finding_buttons import bulk_buttons
from .finding_facts import clock_of, facts_of, far_off, steps_of
from .finding_lines import lines
from .finding_merged import history, likeness_flags, likenesses, photo_grids, photos_with_duplicates
from .photo_doubts import SEEN_WITH, doubts_of

Phase = FindingPhoto.Phase

# Made when the finding is filed, in one go with it.
WHEN_FILED = {"report", "close_on_spot"}
# These need no words: one tap makes the move.
ONE_TAP = {"acknowledge"}
PAGE_SIZE = 50
TASK_BLOCK = 8

LEDGER = (
    (gettext_lazy("编号"), 14, "text"),
    (gettext_lazy("发现时间"), 17, "datetime"),
    (gettext_lazy("督查批次"), 16, "text"),
    (gettext_lazy("点位编号"), 10, "text"),
    (gettext_lazy("点位"), 20, "text"),
    (gettext_lazy("类别"), 14, "text"),
    (gettext_lazy("等级"), 6, "text"),
    (gettext_lazy("问题描述"), 40, "text"),
    (gettext_lazy("责任单位"), 18, "text"),
    (gettext_lazy("协办单位"), 18, "text"),
    (gettext_lazy("状态"), 10, "text"),
    (gettext_lazy("上报人"), 10, "text"),
    (gettext_lazy("交办时间"), 17, "datetime"),
    (gettext_lazy("整改期限"), 17, "datetime"),
    (gettext_lazy("最初期限"), 17, "datetime"),
    (gettext_lazy("签收时间"), 17, "datetime"),
    (gettext_lazy("整改反馈时间"), 17, "datetime"),
    (gettext_lazy("整改措施"), 40, "text"),
    (gettext_lazy("销号时间"), 17, "datetime"),
    (gettext_lazy("返工次数"), 8, "int"),
    (gettext_lazy("反弹次数"), 8, "int"),
    (gettext_lazy("重复于"), 14, "text"),
)


@require_safe
def findings(request):
    if not request.user.has_perm("inspections.see_finding"):
        raise PermissionDenied
    if not request.campaign:
        return render(request, "inspections/no_campaign.html")
    now = timezone.now()
    form = filter_form(request, request.GET)
    rows = form.filter(Finding.objects.visible_to(request.user, of=request.campaign), now=now)
    if form.by_due:
        rows, order = rows.filter(due_at__isnull=False), ("due_at", "pk")
    else:
        order = ("-found_at", "-pk")
    page = Page(request, rows.for_list(), order=order, size=PAGE_SIZE, counted=rows)
    export_url = f"{address('inspections:findings_export')}?{request.GET.urlencode()}"
    context = {
        "page": page,
        "rows": lines(page.rows, now=now, alike=likeness_flags(page.rows, by=request.user, campaign=request.campaign)),
        "export_url": export_url if request.user.has_perm("inspections.export", request.campaign) else "",
        "bulk": bulk_buttons(request.user, request.campaign),
        "filter": request.GET.urlencode(),
        **_papers(request),
        "form": form,
        "site": form.chosen["site"],
        "indicator": form.chosen["indicator"],
        "is_filtered": bool(form.changed_data),
        "may_report": request.user.has_perm("inspections.report_finding"),
        "may_see_rounds": request.user.has_perm("campaigns.see_register", request.campaign),
        "may_see_doubts": request.user.has_perm(SEEN_WITH, request.campaign),
    }
    return render_page(request, "inspections/findings.html", context, fragment="inspections/_findings.html")


def _papers(request):
    """Where the findings that the list shows go out on paper: as notices, in the office's own columns, with photos."""
    user, campaign, asked = request.user, request.campaign, request.GET.urlencode()
    may_load = user.has_perm("inspections.load_ledger", campaign)
    may_export = user.has_perm("inspections.export", campaign)
    ways = {
        "notice_url": ("inspections:rectification_notice_new", user.has_perm("inspections.issue_notice", campaign)),
        "ledgers_url": ("inspections:ledgers", may_load and may_export),
        "photos_url": ("inspections:findings_export", may_export),
    }
    urls = {name: f"{address(view)}?{asked}" if allowed else "" for name, (view, allowed) in ways.items()}
    if may_export:
        urls["photos_url"] += "&photos=1"
    if urls["ledgers_url"] and not asked:
        urls["ledgers_url"] += "state=counted"
    return urls | {"may_load": may_load}


@require_safe
def findings_export(request):
    """The finding ledger as the list shows it with the same filter, the oldest first."""
    campaign = request.campaign
    if not request.user.has_perm("inspections.export", campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form = filter_form(request, request.GET)
    rows = form.filter(Finding.objects.visible_to(request.user, of=campaign), now=timezone.now())
    ledger, title, n = rows.for_ledger().order_by("found_at", "pk"), _("问题台账"), rows.count()
    if request.GET.get("photos"):
        page = page_with_photos(title, columns_of(LEDGER), ledger, _ledger_row)
        return page_response(request, page, of=campaign, title=title, n=n)
    told = (_ledger_row(row) for row in ledger.iterator(chunk_size=500))
    return sheet_response(request, of=campaign, title=title, columns=columns_of(LEDGER), rows=told, n=n)


def _ledger_row(found):
    return [
        found.number,
        found.found_at,
        str(found.round or ""),
        found.site.code if found.site else "",
        found.where,
        str(found.category),
        found.severity,
        found.description,
        str(found.lead_unit.name if found.lead_unit else ""),
        "、".join(unit.name for unit in found.assisting_units.all()),
        found.get_state_display(),
        str(found.reported_by or ""),
        found.dispatched_at,
        found.due_at,
        found.first_due_at,
        found.acknowledged_at,
        found.answered_at,
        found.measure,
        found.closed_at,
        found.rework_times,
        found.reopened_times,
        str(found.duplicate_of or ""),
    ]


@require_safe
def finding(request, pk):
    found = get_object_or_404(Finding.objects.visible_to(request.user).for_page(), pk=pk)
    now = timezone.now()
    extensions = list(found.extensions.select_related("asked_by").order_by("-pk"))
    photos = photos_with_duplicates(found)
    own = [photo for photo in photos if photo.finding_id == found.pk]
    doubts = doubts_of(found, by=request.user)
    grids = photo_grids(found, photos, doubts, by=request.user)
    context = {
        "finding": found,
        "doubts": doubts,
        "far_off": far_off(found, own, by=request.user),
        "facts": facts_of(found, by=request.user),
        "may_use": is_pair(own) and request.user.has_perm("campaigns.submit_material", found),
        "used": used(request.user, Submission.Source.FINDING, found.pk),
        "clock": clock_of(found, now=now),
        "steps": steps_of(found, now=now) if found.clock_runs else None,
        "moves": open_moves(found, by=request.user, extensions=extensions),
        "before": grids[Phase.BEFORE],
        "after": grids[Phase.AFTER],
        "reopened": grids[Phase.REOPENED],
        "looked_back": grids[Phase.LOOK_BACK],
        "likenesses": likenesses(found, by=request.user),
        "rectifications": found.rectifications.select_related("unit", "answered_by", "reviewed_by").order_by(
            "-attempt"
        ),
        "extensions": extensions,
        "events": history(found, by=request.user),
    }
    return render(request, "inspections/finding.html", context)


@require_safe
def photo(request, pk, variant):
    """A photo's copy for who sees the finding; the original, which tells the place, only for the office."""
    if variant not in ("thumb", "shown", "marked", "original"):
        raise Http404
    visible = FindingPhoto.objects.visible_to(request.user).for_marking()
    found = get_object_or_404(visible.select_related("finding__campaign__host", "finding__lead_unit"), pk=pk)
    if variant == "original":
        if not request.user.has_perm("inspections.see_photo_position", found.finding):
            raise PermissionDenied(_("原图带有拍摄位置，您的岗位只能查看缩小后的照片。"))
        audit.record(_("查看原图"), by=request.user, subject=found.finding, address=request.META.get("REMOTE_ADDR"))
        return serve(found.file, request=request)
    try:
        if variant == "marked":
            return _marked(found, request)
        return serve(found.file, request=request, variant=variant)
    except Missing:
        # Within a page a sentence cannot be shown; the picture itself says that it is lost.
        return render(request, "inspections/photo_missing.svg", status=404, content_type="image/svg+xml")


def _marked(found, request):
    """The copy with site, time, place and person written on it; drawn anew once any of them reads otherwise."""
    etag = f'"{digest({"file": found.file.sha256, "lines": str(written_on(found))})[:32]}-marked"'
    name = f"{found.finding.number}-{found.get_phase_display()}-{found.pk}.jpg"
    return serve_made(lambda: marked_copy(found), name=name, content_type="image/jpeg", etag=etag, request=request)


@require_safe
def for_task(request, pk):
    """The findings of a task's indicator, as a block of the task's page; empty where there is nothing to say."""
    task = get_object_or_404(Task.objects.visible_to(request.user), pk=pk)
    of_indicator = Finding.objects.visible_to(request.user, of=task.campaign).under(task.indicator)
    now = timezone.now()
    rows = list(of_indicator.order_by("-found_at", "-pk").for_list()[: TASK_BLOCK + 1])
    context = {
        "rows": lines(rows[:TASK_BLOCK], now=now),
        "has_more": len(rows) > TASK_BLOCK,
        "list_url": f"{address('inspections:findings')}?indicator={task.indicator_id}",
    }
    return render(request, "inspections/_for_task.html", context)


def open_moves(found, *, by, extensions):
    """What this person can do with the finding now, as buttons; one at most is the primary, and it stands first."""
    names = [move.name for move in FINDING.open_to(by, found)]
    buttons = []
    for name in names:
        # Both verdicts stand on one page, beside the photos.
        if name == "rework" or name in WHEN_FILED:
            continue
        move = FINDING.moves[name]
        buttons.append(
            {
                "label": _("复核") if name == "close" else move.label,
                "tone": "primary" if name == "close" else move.tone,
                "url": reverse("inspections:finding_move", args=[found.pk, name]),
                "needs_form": name not in ONE_TAP,
                "seen_state": found.state,
            }
        )
    if any(asked.state == Extension.State.ASKED for asked in extensions):
        if by.has_perm("inspections.grant_extension", found):
            # Somebody waits for the answer; whatever else could be done comes after it.
            others = [button | {"tone": "default"} if button["tone"] == "primary" else button for button in buttons]
            buttons = [_button(found, "grant_extension", _("审批延期"), tone="primary"), *others]
    elif extension_refusal(found, by) is None:
        buttons.append(_button(found, "ask_extension", _("申请延期")))
    if look_back_refusal(found, by) is None:
        url = reverse("inspections:look_back", args=[found.pk])
        buttons.append({"label": _("回头看"), "tone": "default", "url": url, "needs_form": True})
    return buttons


def _button(found, name, label, *, tone="default"):
    return {
        "label": label,
        "tone": tone,
        "url": reverse("inspections:finding_move", args=[found.pk, name]),
        "needs_form": True,
    }


def filter_form(request, data):
    """The filter of the findings list with what this person may choose."""
    campaign, user = request.campaign, request.user
    return FindingFilter(
        data,
        by=user,
        offered=[*campaign.offered, *scope_of(user).paths_with("inspections.see_finding")],
        units=_units(user, campaign),
        categories=FindingCategory.objects.of(campaign),
        rounds=Round.objects.of(campaign),
        sites=Site.objects.visible_to(user, of=campaign),
        indicators=Indicator.objects.of(campaign),
    )


def _units(user, campaign):
    """Units whose findings the person may see: the host's for the office, else the own ones."""
    in_scope = Unit.objects.under(scope_of(user).paths_with("inspections.see_finding"))
    return in_scope.of_host(campaign.host.host_id)
