"""The phone page on which an inspector files a finding, and what it shows afterwards."""

from collections import Counter
from contextlib import nullcontext

from django.core.exceptions import PermissionDenied
from django.db.models import F, Max
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.held import holding
from cityinit.outbox import stored
from cityinit.phone import kept_on_phone
from cityinit.sent import told_in
from cityinit.workflow import Refused
from inspections import maps
from inspections.actions import findings as actions
from inspections.forms.capture import CaptureForm
from inspections.models import Finding, FindingCategory, Round, Site
from inspections.views.finding_facts import shown
from inspections.views.kept_visits import field_mark
from inspections.workflow import FINDING

SITES_OFFERED = 6
CATEGORIES_OFFERED = 6
# How far back a habit is read from.
HABIT_ROWS = 60


@kept_on_phone(any_query=True)
@require_http_methods(["GET", "POST"])
def capture(request):
    campaign = filed_in(request)
    # Asked without the campaign first, since there may be none.
    if not request.user.has_perm("inspections.report_finding", campaign or None):
        raise PermissionDenied(_("只有督查员可以上报问题。"))
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    if request.method == "GET":
        actions.ensure_categories(campaign)
    sites = Site.objects.visible_to(request.user, of=campaign)
    categories = FindingCategory.objects.of(campaign).in_use().order_by("position", "pk")
    rounds = Round.objects.of(campaign)
    # What was captured on a round's last day may be sent when it is over.
    if request.method == "GET":
        rounds = _running(rounds)
    form = CaptureForm(
        request.POST or None,
        request.FILES or None,
        categories=categories,
        sites=sites,
        rounds=rounds,
        by=request.user,
        initial=_initial(request, campaign, rounds),
    )
    # What the outbox has sent is told as a sentence of its own (409), apart from faults of the form.
    with holding(form), nullcontext() if request.htmx else told_in(form):
        if form.is_valid():
            values = form.given
            after_photos = values.pop("after_photos")
            if form.cleaned_data["fixed"]:
                finding = actions.close_on_spot(campaign, by=request.user, after_photos=after_photos, **values)
            else:
                finding = actions.record_finding(campaign, by=request.user, **values)
            return stored(request, reverse("inspections:captured", args=[finding.pk]))
    chosen_category = key_in(form["category"].value())
    frequent, groups = _grouped(categories, request.user, chosen=chosen_category)
    context = {
        "form": form,
        **places(form, sites, by=request.user),
        "frequent": frequent,
        "groups": groups,
        "chosen_category": chosen_category,
    }
    response = render(request, "inspections/capture.html", context, status=422 if form.is_bound else 200)
    response["X-Keep-Mark"] = field_mark(request.user, campaign)
    return response


@require_safe
def captured(request, pk):
    finding = get_object_or_404(
        Finding.objects.visible_to(request.user).filter(reported_by=request.user).for_page(), pk=pk
    )
    again = f"?site={finding.site_id}" if finding.site_id else ""
    can_dispatch = FINDING.refusal(finding, "dispatch", request.user) is None
    context = {
        "finding": finding,
        "done": _("已上报，等待核实") if finding.state == Finding.State.REPORTED else _("已记录现场整改"),
        "summary": f"{finding.category} · {finding.where}" if finding.where else str(finding.category),
        "photos": [shown(photo) for photo in finding.photos.select_related("file", "rectification")],
        "again_url": address("inspections:capture") + again if again else "",
        "dispatch_url": reverse("inspections:finding_move", args=[finding.pk, "dispatch"]) if can_dispatch else "",
    }
    return render(request, "inspections/captured.html", context)


def filed_in(request):
    """The campaign the form was drawn in, which need not be the one the person works in by the time it is sent."""
    drawn = key_in(request.POST.get("campaign"))
    if drawn is None:
        return request.campaign
    if found := next((campaign for campaign in request.campaign_choices if campaign.pk == drawn), None):
        return found
    raise Refused(_("填写时所在的创建活动已不在您的管辖范围内，没有上报。"))


def places(form, sites, *, by):
    """The sites a form offers before the phone knows better, the chosen one or where the person was last; its map."""
    chosen = sites.filter(pk=key_in(form["site"].value())).first()
    recent = [] if chosen else _recent(sites, by)
    return {
        "sites": [chosen] if chosen else recent,
        "chosen": chosen and chosen.pk,
        "hint": _("最近去过：") if recent else "",
        "ground": maps.ground(""),
    }


def _initial(request, campaign, rounds):
    running = list(rounds[:2])
    return {
        "campaign": campaign.pk,
        "site": key_in(request.GET.get("site")),
        "round": running[0].pk if len(running) == 1 else None,
    }


def _running(rounds):
    """Rounds of today, and those whose days nobody has entered."""
    today = timezone.localdate()
    return rounds.exclude(starts_on__gt=today).exclude(ends_on__lt=today)


def _grouped(categories, person, *, chosen):
    """What the person files most, ready to tap; and all the others by group, folded."""
    rows = list(categories)
    latest = Finding.objects.filter(reported_by=person, category__in=rows).order_by("-pk").values_list("category")
    counts = Counter(pk for (pk,) in latest[:HABIT_ROWS])
    habits = {pk for pk, _times in counts.most_common(CATEGORIES_OFFERED)}
    groups = {}
    for category in rows:
        if category.pk not in habits:
            groups.setdefault(category.group or _("其他"), []).append(category)
    folded = [
        {
            "label": label,
            "categories": members,
            "is_open": len(groups) == 1 or any(member.pk == chosen for member in members),
        }
        for label, members in groups.items()
    ]
    return [category for category in rows if category.pk in habits], folded


def _recent(sites, person):
    """Where the person filed last, the latest first."""
    return list(
        sites.filter(findings__reported_by=person)
        .annotate(last=Max("findings__found_at"))
        .order_by(F("last").desc(), "pk")[:SITES_OFFERED]
    )
