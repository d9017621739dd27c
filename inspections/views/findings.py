"""Findings: the list, what is told of its rows afterwards, and the sheet of it."""

from datetime import UTC, datetime

from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, Exists, OuterRef, Value
from django.db.models.functions import Coalesce
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from campaigns.models import Indicator
from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.exports import columns_of, page_response, sheet_response
from cityinit.htmx import render_page
from cityinit.kept_pages import KeptPage
from cityinit.paging import Page
from cityinit.searched_pages import SearchedPage
from inspections import duplicates
from inspections.forms.finding_filter import FindingFilter
from inspections.ledgers.export import page_with_photos
from inspections.models import Finding, FindingCategory, Round, Site
from units.models import Unit
from units.roles import scope_of

from .finding_buttons import bulk_buttons
from .finding_lines import lines
from .finding_merged import VERIFY
from .photo_doubts import SEEN_WITH

State = Finding.State

PAGE_SIZE = 50
# What a unit owes, the nearest deadline first; what the menu opens for who answers findings (units.context).
OWED = {"state": "with_unit", "part": "lead", "order": "due"}
# What has no deadline stands after every deadline there is.
UNTIL = Coalesce("due_at", Value(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)), output_field=DateTimeField())

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
    page = _page(request, form, now=now)
    verifies = request.user.has_perm(VERIFY, request.campaign)
    export_url = f"{address('inspections:findings_export')}?{request.GET.urlencode()}"
    context = {
        "page": page,
        "rows": lines(page.rows, now=now, verified=verifies),
        "alike_url": _alike_url(page.rows) if verifies else "",
        "export_url": export_url if request.user.has_perm("inspections.export", request.campaign) else "",
        "bulk": bulk_buttons(request.user, request.campaign),
        "filter": request.GET.urlencode(),
        "tabs": _tabs(request),
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


def _page(request, form, *, now):
    """By words, by SQL that was composed once, or, where days are asked for, by SQL of its own."""
    user, campaign, shape = request.user, request.campaign, form.shape
    order = ("due_at", "pk") if form.by_due else ("-found_at", "-pk")

    def whole(**how):
        return form.filter(Finding.objects.visible_to(user, of=campaign), now=now, **how)

    def wanted(**how):
        return whole(**how).filter(due_at__isnull=False) if form.by_due else whole(**how)

    def slotted(**how):
        return wanted(slots=form.SLOTS, **how)

    # Who sees all of a campaign asks the same as everybody else who does.
    oversees = Finding.objects.sees_all(user, campaign)
    asked_by = () if oversees and not form.chosen["part"] else (user.pk, scope_of(user).posts)
    kept = {
        "shape": None if shape is None else ("findings", asked_by, campaign.pk, shape),
        "given": {**form.given, **form.moments(now)},
        "order": order,
        "size": PAGE_SIZE,
    }
    if form.has_words:
        every = Finding.objects.of(campaign)
        return SearchedPage(
            request,
            read=lambda slots: slotted(read=True) if slots else wanted(read=True),
            looked_up=wanted,
            walked=every.filter(due_at__isnull=False) if form.by_due else every,
            walked_as=("findings", campaign.pk, form.by_due),
            show=lambda rows: rows.for_list(),
            **kept,
        )
    if form.by_due and not oversees and shape is not None:
        # A unit owes what has no deadline too; its own findings are few enough to be put in order without an index.
        kept["order"] = ("until", "pk")
        return KeptPage(
            request,
            lambda: whole(slots=form.SLOTS).for_list().annotate(until=UNTIL),
            counted=lambda: whole(slots=form.SLOTS),
            **kept,
        )
    if shape is None:
        return Page(request, wanted().for_list(), order=order, size=PAGE_SIZE, counted=wanted())
    return KeptPage(request, lambda: slotted().for_list(), counted=slotted, **kept)


def _tabs(request):
    """For who answers findings and does not verify them: what their unit owes, and all; empty for anybody else."""
    user, asked = request.user, request.GET.dict()
    if not user.has_perm("inspections.answer_finding") or user.has_perm(VERIFY, request.campaign):
        return []
    here = address("inspections:findings")
    given = {name: value for name, value in asked.items() if value and name not in ("after", "before")}
    return [
        {"label": _("要办的"), "url": f"{here}?{urlencode(OWED)}", "active": given == OWED},
        {"label": _("全部"), "url": here, "active": not given},
    ]


def _alike_url(rows):
    """Where the list asks, once it is shown, which of its rows that wait to be verified may be filed twice."""
    waiting = [("finding", row["pk"]) for row in rows if row["state"] == State.REPORTED]
    return f"{address('inspections:findings_alike')}?{urlencode(waiting)}" if waiting else ""


@require_safe
def findings_alike(request):
    """疑似重复 2 beside rows of a list that wait to be verified; to compare them takes longer than the list itself."""
    campaign = request.campaign
    if not campaign or not request.user.has_perm(VERIFY, campaign):
        raise PermissionDenied
    asked = [key for key in map(key_in, request.GET.getlist("finding")[:PAGE_SIZE]) if key]
    waiting = Finding.objects.visible_to(request.user, of=campaign).filter(pk__in=asked, state=State.REPORTED)
    told = _("疑似重复%(n)s")
    found = duplicates.alike_among(campaign, waiting.values(*duplicates.FIELDS))
    flags = [(pk, told % {"n": len(keys)}) for pk, keys in found.items()]
    return render(request, "inspections/_alike.html", {"flags": flags})


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


def filter_form(request, data):
    """The filter of the findings list with what this person may choose."""
    campaign, user = request.campaign, request.user
    return FindingFilter(
        data,
        by=user,
        campaign=campaign,
        sees_rounds=user.has_perm("campaigns.see_register", campaign),
        offered=[*campaign.offered, *scope_of(user).paths_with("inspections.see_finding")],
        choices={
            "unit": lambda: _units(user, campaign),
            "category": lambda: FindingCategory.objects.of(campaign),
            "round": lambda: _rounds(user, campaign),
            "site": lambda: Site.objects.visible_to(user, of=campaign),
            "indicator": lambda: Indicator.objects.of(campaign),
        },
    )


def _rounds(user, campaign):
    """All rounds for who reads the register; for others those of which they see a finding."""
    rounds = Round.objects.of(campaign)
    if user.has_perm("campaigns.see_register", campaign):
        return rounds
    seen = Finding.objects.visible_to(user, of=campaign).filter(round=OuterRef("pk"))
    return rounds.filter(Exists(seen))


def _units(user, campaign):
    """Units whose findings the person may see: the host's for the office, else the own ones."""
    in_scope = Unit.objects.under(scope_of(user).paths_with("inspections.see_finding"))
    return in_scope.of_host(campaign.host.host_id)
