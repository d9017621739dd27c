"""A site looked at with its checklist: the form on the phone, what came of it item by item, and its photos."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.errors import Missing
from cityinit.files import serve
from cityinit.held import holding
from cityinit.outbox import stored
from cityinit.phone import kept_on_phone
from cityinit.sent import told_in
from cityinit.workflow import Refused
from inspections import score_figures
from inspections.actions import visits as actions
from inspections.actions.findings import ensure_categories
from inspections.forms.visits import AnswerFindingForm, VisitForm
from inspections.models import Checklist, FindingCategory, Round, RoundSite, Site, Team, Visit, VisitAnswer, VisitPhoto
from inspections.views.kept_visits import form_mark
from inspections.views.rounds import fill_url

from .finding_now import in_sight


@kept_on_phone
@require_http_methods(["GET", "POST"])
def round_visit(request, pk, site_pk):
    """The checklist of a site in a round, with what anybody of the team has filled in."""
    _ask_walks(request)
    found = get_object_or_404(Round.objects.visible_to(request.user).select_related("campaign"), pk=pk)
    site = get_object_or_404(_sites(request).filter(stops__round=found), pk=site_pk)
    begun = Visit.objects.filter(round=found, site=site).select_related("checklist__kind").first()
    if found.state != Round.State.IN_FIELD and request.method == "GET":
        told = {"round": found, "state": found.get_state_display()}
        raise Refused(_("“%(round)s”目前是“%(state)s”，不能再填。") % told, begun or found)
    return _fill(request, site, _checklist(request, site, begun), round=found, visit=begun)


@kept_on_phone
@require_http_methods(["GET", "POST"])
def visit_new(request, pk):
    """The checklist of a site's type, in no round; one that I have begun there is gone on with."""
    _ask_walks(request)
    site = get_object_or_404(_sites(request), pk=pk)
    own = Visit.objects.filter(round=None, site=site, started_by=request.user, finished_at=None)
    begun = own.order_by("-pk").first()
    if begun and request.method == "GET":
        return redirect("inspections:visit_edit", begun.pk)
    return _fill(request, site, _checklist(request, site, None), round=None, visit=None)


@kept_on_phone
@require_http_methods(["GET", "POST"])
def visit_edit(request, pk):
    """Go on with a visit that is in no round; one of a round has its own place."""
    _ask_walks(request)
    visit = _visible(request, pk)
    if visit.round_id:
        return redirect("inspections:round_visit", visit.round_id, visit.site_id)
    return _fill(request, visit.site, _checklist(request, visit.site, visit), round=None, visit=visit)


def _fill(request, site, checklist, *, round, visit):
    answers = {}
    if visit:
        rows = visit.answers.select_related("item", "finding").prefetch_related("photos")
        answers = {answer.item_id: answer for answer in rows}
    form = VisitForm(
        request.POST or None,
        request.FILES or None,
        checklist=checklist,
        answers=answers,
        keeper=request.user,
        note=visit.note if visit else "",
    )
    with holding(form):
        if form.is_valid():
            asked = form.cleaned_data
            with told_in(form):
                try:
                    saved = _save(request, form, site, checklist, round=round, visit=visit)
                    _tell(request, saved, asked)
                    go_on = fill_url(saved.round_id, saved.site_id, saved)
                    return stored(request, saved, marks=form.marks, go_on=go_on)
                except actions.Clash as clash:
                    form.tell(clash)
    context = {
        "form": form,
        "site": site,
        "round": round,
        "visit": visit,
        "checklist": checklist,
        "groups": form.groups,
        "total": len(form.items),
        "done": sum(1 for item in form.items if form[f"verdict-{item.pk}"].value()),
        "back_url": address("inspections:my_round") if round else site.get_absolute_url(),
        # The path alone: it is what the page is kept under on the phone, and where the outbox sends it.
        "here": request.path,
        # By which what is on the phone is found again, from whichever address the checklist is opened.
        "about": f"site-{site.pk}-round-{round.pk}" if round else f"site-{site.pk}",
        "person": request.user.pk,
    }
    response = render(request, "inspections/visit_form.html", context, status=422 if form.is_bound else 200)
    if request.method == "GET":
        response["X-Keep-Mark"] = form_mark(request.user, site, checklist, visit, answers.values())
    return response


def _save(request, form, site, checklist, *, round, visit):
    return actions.save_visit(
        site,
        by=request.user,
        checklist=checklist,
        said=form.said,
        round=round,
        visit=visit,
        visited_on=form.day,
        note=form.cleaned_data["note"],
        finish=form.cleaned_data["finish"],
        client_key=form.cleaned_data["client_key"],
    )


def _tell(request, saved, asked):
    left = saved.checklist.items.count() - saved.answers.exclude(verdict="").count()
    if saved.is_finished:
        messages.success(request, _("已检查完。"))
    elif asked["finish"]:
        # How much is left stands on the page itself.
        messages.success(request, _("已保存。"))
    else:
        messages.success(request, _("已暂存，还有%(n)s项没有填。") % {"n": left})


@require_safe
def visit(request, pk):
    """What was found, item by item, and how the score came about."""
    _ask_sees(request)
    found = _visible(request, pk)
    points = score_figures.points_of(found)
    may_fill = _may_fill(request.user, found)
    may_report = request.user.has_perm("inspections.report_finding", found) and not (
        found.round and found.round.is_published
    )
    # A unit does not learn who walked.
    of_office = request.user.has_perm("campaigns.see_register", found.campaign)
    round_url = found.round.get_absolute_url() if found.round and of_office else ""
    seen = in_sight([answer.finding for answer in found.answers.all() if answer.finding], by=request.user)
    context = {
        "visit": found,
        "points": points,
        "told": score_figures.told_points(points) if found.is_finished else "",
        "facts": [
            (_("点位"), str(found.site), found.site.get_absolute_url()),
            (_("类型"), str(found.kind)),
            (_("责任单位"), str(found.unit)),
            (_("检查表"), str(found.checklist), found.checklist.get_absolute_url()),
            (_("督查批次"), str(found.round or ""), round_url),
            (_("检查日期"), found.visited_on),
            *([(_("检查人"), _people(found))] if of_office else []),
            (_("备注"), found.note),
        ],
        "groups": [_group(group, may_report=may_report, seen=seen) for group in score_figures.by_group(found)],
        "edit_url": fill_url(found.round_id, found.site_id, found) if may_fill else "",
        "scores_url": reverse("inspections:round_scores", args=[found.round_id]) if found.round_id else "",
        "my_url": address("inspections:my_round") if may_fill and found.round_id else "",
        "open_count": found.checklist.items.count() - sum(1 for answer in found.answers.all() if answer.verdict),
    }
    return render(request, "inspections/visit.html", context)


@require_http_methods(["GET", "POST"])
def answer_finding(request, pk):
    """A failed item as a finding: one tap files it as it is, the form lets it be changed first."""
    _ask_walks(request)
    rows = VisitAnswer.objects.filter(visit__in=Visit.objects.visible_to(request.user))
    rows = rows.select_related("visit__site__unit", "visit__round", "visit__campaign__host__host", "item__indicator")
    answer = get_object_or_404(rows.select_related("finding"), pk=pk)
    if not request.user.has_perm("inspections.report_finding", answer.visit):
        raise PermissionDenied(_("只有督查员可以上报问题。"))
    if answer.finding_id:
        return redirect(answer.finding)
    campaign = answer.visit.campaign
    ensure_categories(campaign)
    if request.method == "POST" and "at_once" in request.POST:
        return _filed(request, answer, actions.report_answer(answer, by=request.user))
    guessed = actions.guess_category(campaign, answer.item)
    form = AnswerFindingForm(
        request.POST or None,
        request.FILES or None,
        categories=FindingCategory.objects.of(campaign).in_use().order_by("position", "pk"),
        initial={"category": guessed and guessed.pk, "description": actions.described(answer)},
    )
    if form.is_valid():
        with told_in(form):
            return _filed(request, answer, actions.report_answer(answer, by=request.user, **form.cleaned_data))
    context = {"form": form, "answer": answer, "photos": [_shown(photo) for photo in answer.photos.all()]}
    return render(request, "inspections/answer_finding.html", context, status=422 if form.is_bound else 200)


def _filed(request, answer, finding):
    if finding is None:
        messages.warning(request, _("“%(code)s”认不出属于哪一类，请选一下类别。") % {"code": answer.item.code})
        return redirect("inspections:answer_finding", answer.pk)
    messages.success(request, _("已上报问题%(number)s。") % {"number": finding.number})
    return redirect(f"{answer.visit.get_absolute_url()}#item-{answer.item_id}")


@require_safe
def visit_photo(request, pk, variant):
    """A photo's copy for who sees the visit; the original stays with the office's files."""
    if variant not in ("thumb", "shown"):
        raise Http404
    visible = Visit.objects.visible_to(request.user)
    found = get_object_or_404(VisitPhoto.objects.filter(answer__visit__in=visible).select_related("file"), pk=pk)
    try:
        return serve(found.file, request=request, variant=variant)
    except Missing:
        return render(request, "inspections/photo_missing.svg", status=404, content_type="image/svg+xml")


def _group(group, *, may_report, seen):
    return {
        "label": group.label,
        "points": group.points,
        "score": group.points.score,
        "lines": [
            {
                "answer": answer,
                "item": answer.item,
                "why": score_figures.told_answer(answer),
                "photos": [_shown(photo) for photo in answer.photos.all()],
                "finding": answer.finding,
                "is_seen": answer.finding_id in seen,
                "may_report": may_report and answer.verdict == "fail" and answer.finding is None,
                "tone": {"pass": "green", "fail": "red", "na": "neutral"}.get(answer.verdict, "yellow"),
                "text": answer.get_verdict_display() or _("没有填"),
            }
            for answer in group.answers
        ],
    }


def _shown(photo):
    return {
        "thumb_url": reverse("inspections:visit_photo", args=[photo.pk, "thumb"]),
        "full_url": reverse("inspections:visit_photo", args=[photo.pk, "shown"]),
        "caption": "",
        "tag": "",
    }


def _people(found):
    return "、".join(dict.fromkeys(str(sending.by) for sending in found.sendings.all()))


def _checklist(request, site, begun):
    """The one that the form was drawn from, be it withdrawn since; else that of the visit, else the one in use.

    A visit begun with another edition meanwhile refuses what was filled in: read by its items, nothing would be left.
    """
    sent = key_in(request.POST.get("checklist"))
    known = Checklist.objects.of(site.campaign).exclude(state=Checklist.State.DRAFT).select_related("kind")
    if sent:
        found = known.filter(pk=sent).first()
    else:
        found = begun.checklist if begun else Checklist.objects.for_type(site.campaign, site.kind)
    if found is None:
        raise Refused(_("“%(kind)s”还没有启用的检查表，请创建办先启用一份。") % {"kind": site.kind}, site)
    return found


def _may_fill(user, found):
    if not user.has_perm(actions.PERMISSION, found):
        return False
    if found.round_id is None:
        return found.started_by_id == user.pk
    if found.round.state != Round.State.IN_FIELD:
        return False
    stops = RoundSite.objects.filter(round=found.round_id, site=found.site_id, team__members__user=user.pk)
    return stops.filter(team__state=Team.State.WALKING).exists()


def _sites(request):
    return Site.objects.visible_to(request.user).select_related("campaign__host__host", "kind", "unit")


def _visible(request, pk):
    rows = (
        Visit.objects.visible_to(request.user)
        .for_scores()
        .select_related("campaign__host__host", "site__campaign__host")
    )
    rows = rows.prefetch_related("answers__photos__file", "answers__finding", "sendings__by")
    return get_object_or_404(rows, pk=pk)


def _ask_walks(request):
    if not request.user.has_perm(actions.PERMISSION):
        raise PermissionDenied(_("只有督查员可以检查点位。"))


def _ask_sees(request):
    if not request.user.has_perm("inspections.see_score"):
        raise PermissionDenied
