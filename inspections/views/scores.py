"""Scores of a round: by site, type and unit, each leading to what it is made of; and a site's latest."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cityinit.asked import key_in
from cityinit.exports import columns_of, sheet_response
from inspections import score_figures
from inspections.models import Round, Site, Visit
from inspections.rules import Verdict

ITEMS = (
    (gettext_lazy("点位编号"), 14, "text"),
    (gettext_lazy("点位"), 24, "text"),
    (gettext_lazy("类型"), 14, "text"),
    (gettext_lazy("责任单位"), 20, "text"),
    (gettext_lazy("点位得分"), 10, "decimal"),
    (gettext_lazy("编号"), 8, "text"),
    (gettext_lazy("类别"), 14, "text"),
    (gettext_lazy("检查内容"), 40, "text"),
    (gettext_lazy("判定"), 10, "text"),
    (gettext_lazy("分值"), 8, "int"),
    (gettext_lazy("依据"), 30, "text"),
    (gettext_lazy("备注"), 24, "text"),
    (gettext_lazy("问题编号"), 14, "text"),
)


@require_safe
def round_scores(request, pk):
    found, visits = _scored(request, pk)
    rows = score_figures.scored(visits)
    kind, unit = key_in(request.GET.get("kind")), key_in(request.GET.get("unit"))
    shown = [
        one
        for one in rows
        if (kind is None or one.visit.kind.pk == kind) and (unit is None or one.visit.unit.pk == unit)
    ]
    narrowed = [line.label for line in _chosen(rows, kind, unit)]
    before = _before(request, found)
    here = reverse("inspections:round_scores", args=[found.pk])
    score = score_figures.mean_of(shown)
    # A unit has no page of the round: that is the office's planning.
    of_office = request.user.has_perm("campaigns.see_register", found.campaign)
    context = {
        "round": found,
        "round_url": found.get_absolute_url() if of_office else "",
        "score": "—" if score is None else score,
        "why": score_figures.told_mean(shown),
        "narrowed": "、".join(narrowed),
        "here": here,
        "kinds": [_line(line, f"{here}?kind={line.key}") for line in score_figures.by_kind(rows)],
        "units": [_line(line, f"{here}?unit={line.key}") for line in score_figures.by_unit(rows)],
        "rows": [_site_line(one, before) for one in sorted(shown, key=_worst_last)],
        "before": before["round"],
        "export_url": reverse("inspections:round_scores_export", args=[found.pk])
        if request.user.has_perm("inspections.export", found.campaign)
        else "",
    }
    return render(request, "inspections/round_scores.html", context)


@require_safe
def round_scores_export(request, pk):
    """Every answer of the round, one a line."""
    found, visits = _scored(request, pk)
    if not request.user.has_perm("inspections.export", found.campaign):
        raise PermissionDenied
    rows = [_export_row(one, answer) for one in score_figures.scored(visits) for answer in one.visit.answers.all()]
    return sheet_response(
        request, of=found.campaign, title=str(found), columns=columns_of(ITEMS), rows=rows, n=len(rows)
    )


@require_safe
def site_scores(request, pk):
    """The latest score of a site with those before, as a block of its page; empty where there is none to see."""
    site = get_object_or_404(Site.objects.visible_to(request.user), pk=pk)
    visits = Visit.objects.visible_to(request.user).filter(site=site).finished().for_scores()
    rows = [
        {
            "visit": one.visit,
            "url": one.visit.get_absolute_url(),
            "score": "—" if one.score is None else one.score,
            "failed": len(one.failed),
            "note": "" if one.visit.is_frozen else _("未公布"),
        }
        for one in score_figures.scored(visits.order_by("-visited_on", "-pk")[:5])
    ]
    return render(request, "inspections/_site_scores.html", {"rows": rows})


def _scored(request, pk):
    """The round with the visits that the person sees of it; 404 where that is none."""
    if not request.user.has_perm("inspections.see_score"):
        raise PermissionDenied
    visits = Visit.objects.visible_to(request.user).filter(round=pk).finished()
    rounds = Round.objects.select_related("campaign__host__host")
    found = get_object_or_404(rounds, pk=pk)
    visits = list(visits.for_scores().prefetch_related("answers__finding"))
    if not visits and not Round.objects.visible_to(request.user).filter(pk=pk).exists():
        raise Http404
    return found, visits


def _before(request, found):
    """The round before, and what each site had then; a unit is not told of rounds it was not in, nor by name."""
    seen = Visit.objects.visible_to(request.user)
    earlier = score_figures.round_before(found, seen)
    if earlier is None:
        return {"round": None, "scores": {}}
    visits = seen.filter(round=earlier).exclude(applicable=None)
    return {"round": earlier, "scores": dict(visits.values_list("site_id", "score"))}


def _chosen(rows, kind, unit):
    lines = score_figures.by_kind(rows) if kind is not None else score_figures.by_unit(rows) if unit is not None else []
    return [line for line in lines if line.key in (kind, unit)]


def _line(line, url):
    score = "—" if line.score is None else line.score
    return {"label": line.label, "score": score, "n": len(line.visits), "why": line.why, "url": url}


def _site_line(one, before):
    then = before["scores"].get(one.visit.site_id)
    change = "" if then is None or one.score is None else f"{one.score - then:+}"
    return {
        "url": one.visit.get_absolute_url(),
        "site": str(one.visit.site),
        "kind": str(one.visit.kind),
        "unit": str(one.visit.unit),
        "score": "—" if one.score is None else one.score,
        "why": score_figures.told_points(one.points),
        "failed": len(one.failed),
        "change": change.replace("-", "−"),
    }


def _worst_last(one):
    return one.score is None, -(one.score or 0), one.visit.site.code


def _export_row(one, answer):
    visit = one.visit
    return [
        visit.site.code,
        str(visit.site),
        str(visit.kind),
        str(visit.unit),
        one.score,
        answer.item.code,
        answer.item.group,
        answer.item.criterion,
        str(Verdict(answer.verdict).label) if answer.verdict else "",
        answer.weight,
        score_figures.told_answer(answer),
        answer.note,
        answer.finding.number if answer.finding else "",
    ]
