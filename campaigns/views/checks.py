"""Self-checks of whole systems: own score against full score by branch, and the gaps."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.figures import self_checks
from campaigns.forms.systems import ChecksFilter
from campaigns.models import AssessmentSystem
from campaigns.system_tree import Tree

from .systems import asked_campaign, plain, tabs

GAPS = 100


@require_safe
def checks(request):
    """As of a day, today unless another is asked: by system and branch."""
    campaign = asked_campaign(request)
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    if not request.user.has_perm("campaigns.see_register", campaign):
        raise PermissionDenied
    form = ChecksFilter(request.GET or None)
    day = (form.is_valid() and form.cleaned_data["on"]) or timezone.localdate()
    known = AssessmentSystem.objects.visible_to(request.user, of=campaign)
    context = {
        "form": form,
        "day": day,
        "tabs": tabs("checks", request),
        "sections": [_section(system, on=day) for system in known.in_force(on=day)],
        "register_url": reverse("campaigns:register", args=["self-checks"]),
    }
    return render(request, "campaigns/checks.html", context)


def _section(system, *, on):
    tree = Tree(system)
    found = self_checks(system, on=on)
    reached = {node.pk: found[node.lineage] for node in tree.in_order if node.lineage in found}
    branches = [_branch(node, reached) for top in tree.tops for node in (top, *top.children)]
    gaps = sorted(
        (
            {
                "url": reverse("campaigns:indicator", args=[node.pk]),
                "label": f"{node.code} {node.name}",
                "check": reached[node.pk],
                "score": plain(reached[node.pk].score),
                "full": plain(node.full),
                "lost": _lost(node, reached[node.pk]),
            }
            for node in tree.in_order
            if node.pk in reached and (reached[node.pk].gap or _lost(node, reached[node.pk]))
        ),
        key=lambda row: -row["lost"],
    )
    whole = _sum(tree.tops, reached)
    full = tree.totals.parts_score
    return {
        "system": system,
        "branches": [row for row in branches if row["all"]],
        "gaps": [row | {"lost": plain(row["lost"]) if row["lost"] else ""} for row in gaps[:GAPS]],
        "stats": [
            {"label": _("已自查指标"), "value": whole["checked"], "hint": _("共%(n)s项") % {"n": whole["all"]}},
            {
                "label": _("自评得分"),
                "value": plain(whole["score"]) or "—",
                "hint": _("已自查部分满分%(n)s分") % {"n": text} if (text := plain(whole["full"])) else "",
            },
            {"label": _("体系满分"), "value": plain(full) or "—", "hint": ""},
            {"label": _("有差距的"), "value": len(gaps), "hint": _("下面列出")},
        ],
    }


def _lost(node, check):
    if check.score is None or node.full is None:
        return 0
    return max(node.full - check.score, 0)


def _sum(nodes, reached):
    """What was checked below these nodes: a check of a heading stands for all below it."""
    told = {"all": 0, "checked": 0, "score": None, "full": None}
    for node in nodes:
        check = reached.get(node.pk)
        if check is None and node.children:
            part = _sum(node.children, reached)
        else:
            has_score = check is not None and check.score is not None
            part = {
                "all": 1,
                "checked": int(check is not None),
                "score": check.score if has_score else None,
                "full": node.full if has_score else None,
            }
        told["all"] += part["all"]
        told["checked"] += part["checked"]
        for name in ("score", "full"):
            if part[name] is not None:
                told[name] = (told[name] or 0) + part[name]
    return told


def _branch(node, reached):
    part = _sum([node], reached)
    rate = int(part["score"] * 100 / part["full"]) if part["score"] is not None and part["full"] else None
    return {
        "url": reverse("campaigns:indicator", args=[node.pk]),
        "depth": min(node.depth, 5),
        "label": f"{node.code} {node.name}",
        "all": part["all"],
        "checked": part["checked"],
        "score": plain(part["score"]),
        "full": plain(part["full"]),
        "rate": rate,
        "rate_text": f"{rate}%" if rate is not None else "",
    }
