"""One finding: its page, its photos, and the block that a task's page asks for."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.models import Submission, Task
from campaigns.views.evidence import used
from cityinit import audit
from cityinit.addresses import address
from cityinit.errors import Missing
from cityinit.files import serve, serve_made
from cityinit.marks import digest
from inspections.actions.look_backs import look_back_refusal
from inspections.marked_photos import marked_copy, written_on
from inspections.models import Extension, Finding, FindingPhoto
from inspections.workflow import FINDING, extension_refusal

from .evidence import may_use
from .finding_facts import clock_of, facts_of, far_off, given_back, steps_of
from .finding_lines import lines
from .finding_merged import history, likenesses, photo_grids, photos_with_duplicates
from .one_finding import finding_or_404
from .photo_doubts import doubts_of

State = Finding.State
Phase = FindingPhoto.Phase

# Made when the finding is filed, in one go with it.
WHEN_FILED = {"report", "close_on_spot"}
# These need no words: one tap makes the move.
ONE_TAP = {"acknowledge"}
TASK_BLOCK = 8


@require_safe
def finding(request, pk):
    found = finding_or_404(request.user, pk)
    now = timezone.now()
    extensions = list(found.extensions.select_related("asked_by").order_by("-pk")) if found.has_extensions else []
    photos = photos_with_duplicates(found)
    own = [photo for photo in photos if photo.finding_id == found.pk]
    doubts = doubts_of(found, by=request.user) if found.has_doubts else []
    grids = photo_grids(found, photos, doubts, by=request.user)
    events = history(found, by=request.user)
    context = {
        "finding": found,
        "given_back": given_back(found, events, by=request.user),
        "doubts": doubts,
        "far_off": far_off(found, own, by=request.user),
        "facts": facts_of(found, by=request.user),
        # Of what was sent from a phone and turned down the words are still here.
        "has_outbox": request.user.has_perm("inspections.answer_finding")
        or request.user.has_perm("inspections.report_finding"),
        "may_use": may_use(found, own, by=request.user),
        "used": used(request.user, Submission.Source.FINDING, found.pk) if found.has_uses else [],
        "clock": clock_of(found, now=now),
        "steps": steps_of(found, now=now) if found.clock_runs else None,
        "moves": open_moves(found, by=request.user, extensions=extensions),
        "before": grids[Phase.BEFORE],
        "after": grids[Phase.AFTER],
        "reopened": grids[Phase.REOPENED],
        "looked_back": grids[Phase.LOOK_BACK],
        "likenesses": likenesses(found, by=request.user),
        "rectifications": _rectifications(found) if found.has_rectifications else [],
        "extensions": extensions,
        "events": events,
    }
    return render(request, "inspections/finding.html", context)


def _rectifications(found):
    return found.rectifications.select_related("unit", "answered_by", "reviewed_by").order_by("-attempt")


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
                "url": address("inspections:finding_move", found.pk, name),
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
        url = address("inspections:look_back", found.pk)
        buttons.append({"label": _("回头看"), "tone": "default", "url": url, "needs_form": True})
    return buttons


def _button(found, name, label, *, tone="default"):
    return {
        "label": label,
        "tone": tone,
        "url": address("inspections:finding_move", found.pk, name),
        "needs_form": True,
    }
