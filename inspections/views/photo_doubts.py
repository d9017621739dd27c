"""Photos that may be old ones: shown beside the picture that speaks against them, listed, and judged."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.sent import told_in
from inspections.actions import findings as actions
from inspections.forms.photo_doubts import DoubtFilter, DoubtForm
from inspections.models import Finding, FindingPhoto, PhotoDoubt
from inspections.photo_trust import taken_at
from inspections.workflow import judging_own_work

Kind = PhotoDoubt.Kind
Phase = FindingPhoto.Phase
PAGE_SIZE = 20
# Whoever sees all findings of the host sees all doubts; a unit learns of its own on the page of the finding.
SEEN_WITH = "inspections.see_photo_position"


@require_safe
def photo_doubts(request):
    campaign = request.campaign
    if not request.user.has_perm(SEEN_WITH, campaign or None):
        raise PermissionDenied
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    visible = PhotoDoubt.objects.visible_to(request.user, of=campaign)
    units = units_told(visible)
    form = DoubtFilter(request.GET, units=[(row["unit"], row["name"]) for row in units])
    rows = form.filter(visible)
    page = Page(request, rows.for_page(request.user), order=("-pk",), size=PAGE_SIZE, counted=rows)
    context = {
        "page": page,
        "cards": doubt_cards(page.rows, by=request.user),
        "units": units,
        "form": form,
        "is_filtered": bool(form.changed_data),
    }
    return render_page(request, "inspections/photo_doubts.html", context, fragment="inspections/_photo_doubts.html")


@require_http_methods(["GET", "POST"])
def photo_doubt(request, pk):
    """Both pictures side by side, and what the reviewer says of them."""
    doubt = get_object_or_404(PhotoDoubt.objects.visible_to(request.user).for_page(request.user), pk=pk)
    may_judge = may_judge_photos(doubt.finding, by=request.user)
    if request.method == "POST" and not request.user.has_perm("inspections.review_finding", doubt.finding):
        raise PermissionDenied
    # Sent too late or by who may not, it is the action that says so.
    is_asked = request.method == "POST" or (may_judge and doubt.is_open)
    form = DoubtForm(request.POST or None) if is_asked else None
    if form and form.is_valid():
        with told_in(form):
            actions.judge_doubt(doubt, by=request.user, **form.cleaned_data)
            messages.success(request, _("核对结果已记录。"))
            return redirect(doubt.finding)
    context = {"doubt": doubt, "finding": doubt.finding, "form": form}
    context["cards"] = doubt_cards([doubt], by=request.user, linked=False)
    return render(request, "inspections/photo_doubt.html", context, status=422 if form and form.is_bound else 200)


def doubts_of(finding, *, by):
    """The doubts of one finding as cards for its page."""
    return doubt_cards(finding.doubts.for_page(by), by=by)


def doubt_cards(doubts, *, by, linked=True):
    """Each doubt with its two pictures; of a finding the person may not see only that there is another picture."""
    doubts = list(doubts)
    before = {}
    if of_time := {doubt.finding_id for doubt in doubts if doubt.other is None}:
        # Against the time only the picture of the problem can be held.
        rows = FindingPhoto.objects.filter(finding__in=of_time, phase=Phase.BEFORE).for_marking()
        before = {photo.finding_id: photo for photo in rows.select_related("rectification").order_by("-pk")}
    return [_card(doubt, by=by, before=before.get(doubt.finding_id), linked=linked) for doubt in doubts]


def units_told(doubts):
    """By unit, how many photos of its answers were doubted, and what the reviewers made of them."""
    unit = "photo__rectification__unit"
    counts = {word.value: Count("pk", filter=Q(word=word)) for word in PhotoDoubt.Word}
    rows = (
        doubts.of_units()
        .exclude(finding__state__in=Finding.UNCOUNTED_STATES)
        .order_by()
        .values(unit, f"{unit}__short_name", f"{unit}__name")
    )
    return [
        {
            "unit": row[unit],
            "name": row[f"{unit}__short_name"] or row[f"{unit}__name"],
            **{word: row[word] for word in counts},
        }
        for row in rows.annotate(**counts).order_by("-upheld", "-open", unit)
    ]


def may_judge_photos(finding, *, by):
    return by.has_perm("inspections.review_finding", finding) and judging_own_work(finding, by) is None


def _card(doubt, *, by, before, linked):
    other = doubt.other or before
    # The finding's own is always seen with it.
    seen = other is not None and (doubt.other is None or doubt.other_is_seen)
    judge = linked and doubt.is_open and may_judge_photos(doubt.finding, by=by)
    return {
        "doubt": doubt,
        "told": _told(doubt),
        "photo": _used(doubt.photo, label=_("这张照片")),
        "other": _used(other, label=_("更早的照片") if doubt.other else _("整改前")) if seen else None,
        # Which finding it is of is nobody's business who may not see that finding.
        "is_withheld": bool(doubt.other) and not seen,
        "judge_url": doubt.get_absolute_url() if judge else "",
        "said": f"{timezone.localtime(doubt.said_at):%Y-%m-%d %H:%M}" if doubt.said_at else "",
    }


def _told(doubt):
    photo = doubt.photo
    if doubt.kind == Kind.OLDER:
        taken = taken_at(photo)
        named = {"taken": _moment(taken) if taken else "", "found": _moment(doubt.finding.found_at)}
        if photo.phase == Phase.REOPENED:
            return _("相机记录的拍摄时间是%(taken)s，早于上次销号。") % named
        return _("相机记录的拍摄时间是%(taken)s，早于问题发现时间%(found)s。") % named
    if doubt.kind == Kind.SAME_FILE:
        return _("和以前用过的一张照片是同一个文件。")
    return _("画面和以前用过的一张照片相同，可能经过压缩、缩小或裁剪。")


def _used(photo, *, label):
    """A picture with where and when it was used."""
    finding, taken = photo.finding, taken_at(photo)
    when = _("%(when)s上传") % {"when": _moment(photo.added_at)}
    return {
        "label": label,
        "thumb_url": reverse("inspections:photo", args=[photo.pk, "thumb"]),
        "full_url": reverse("inspections:photo", args=[photo.pk, "shown"]),
        "number": finding.number,
        "url": finding.get_absolute_url(),
        "where": finding.where,
        "phase": photo.get_phase_display(),
        "unit": str(photo.rectification.unit) if photo.rectification else "",
        "person": str(photo.added_by or ""),
        "when": f"{_('%(when)s拍摄') % {'when': _moment(taken)}}，{when}" if taken else when,
    }


def _moment(at):
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
