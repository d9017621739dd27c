"""Assessment systems: the list, one version as a tree, and what is done with a version."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.actions import nodes
from campaigns.actions import systems as actions
from campaigns.actions.breakdown import PERMISSION
from campaigns.comparison import compare
from campaigns.forms.systems import AdoptForm, RetireForm, SystemForm
from campaigns.models import AssessmentSystem, Indicator
from campaigns.system_sheet import SystemSheet
from campaigns.system_tree import Tree
from campaigns.workflow import SYSTEM
from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.exports import sheet_response
from cityinit.sent import told_in
from cityinit.workflow import Refused

from .buttons import buttons

# Of one level no more rows than a page carries; the others are found by number or words.
SHOWN = 300
FORMS = {"adopt": AdoptForm, "retire": RetireForm}
ACTIONS = {"adopt": actions.request_adoption, "retire": actions.retire}
DONE = {
    "adopt": gettext_lazy("正在启用。完成后这一页自己更新，也会通知您。"),
    "retire": gettext_lazy("已办理：停用。"),
}
EVENT_TONES = {"adopt": "green", "supersede": "neutral", "retire": "red", "revise": "yellow", "delete": "orange"}
EVENTS = 20


@require_safe
def systems(request):
    """Every edition and version, those in force first."""
    campaign = asked_campaign(request)
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    found = AssessmentSystem.objects.visible_to(request.user, of=campaign).for_list()
    context = {
        "rows": list(found),
        "tabs": tabs("systems", request),
        "compare_url": address("campaigns:compare") if request.user.has_perm("campaigns.see_system", campaign) else "",
        "may_change": request.user.has_perm("campaigns.change_system", campaign),
    }
    return render(request, "campaigns/systems.html", context)


def tabs(active, request):
    """What there is to see of the systems; self-checks and the negative list are the office's."""
    found = [("systems", _("测评体系"), "campaigns:systems"), ("standards", _("查标准"), "campaigns:standards")]
    if request.user.has_perm("campaigns.see_register", request.campaign or None):
        found.append(("checks", _("自查自评"), "campaigns:checks"))
    return [{"label": label, "url": address(name), "active": key == active} for key, label, name in found]


def asked_campaign(request):
    """The campaign in hand; refused to who may not see systems."""
    if not request.user.has_perm("campaigns.see_system"):
        raise PermissionDenied
    return request.campaign


def visible_system(request, pk):
    asked_campaign(request)
    rows = AssessmentSystem.objects.visible_to(request.user)
    rows = rows.select_related("campaign__host__host", "previous", "job")
    return get_object_or_404(rows, pk=pk)


@require_safe
def system(request, pk):
    found = visible_system(request, pk)
    tree = Tree(found, Indicator.objects.visible_to(request.user))
    opened = {node.pk for node in tree.path(key_in(request.GET.get("open")))}
    may_change = request.user.has_perm("campaigns.change_system", found) and not found.is_being_adopted
    draft = _draft_of(found) if may_change and not found.is_draft else None
    totals = tree.totals
    uneven = [node for node in tree.in_order if node.is_uneven]
    is_in_force = found.state == AssessmentSystem.State.IN_FORCE
    standards_url = f"{address('campaigns:standards')}?system={found.pk}" if is_in_force else ""
    events = found.events.select_related("by").order_by("-at", "-pk")
    context = {
        "system": found,
        "moves": []
        if found.is_being_adopted
        else buttons(SYSTEM, found, by=request.user, url_name="campaigns:system_move", offered=ACTIONS),
        **_adoption(found, request.user),
        "facts": _facts(found),
        "draft": draft,
        "may_change": may_change and found.state != AssessmentSystem.State.SUPERSEDED,
        "may_revise": may_change and found.state == AssessmentSystem.State.IN_FORCE and draft is None,
        "stats": [
            {"label": _("指标"), "value": totals.indicators, "url": ""},
            {"label": _("标准"), "value": totals.standards, "url": standards_url},
            {"label": _("总分"), "value": plain(totals.parts_score) or "—", "url": ""},
            {"label": _("负面清单"), "value": totals.negative, "url": standards_url and f"{standards_url}&negative=on"},
        ],
        "rows": tree_rows(tree.tops, opened=opened, levels=2),
        "uneven": [_uneven(node) for node in uneven[:SHOWN]],
        "uneven_count": len(uneven),
        "compare_url": _compare_url(found) if request.user.has_perm("campaigns.see_system", found.campaign) else "",
        "breakdown_url": address("campaigns:breakdown") if may_break_down(request.user, found) else "",
        "export_url": reverse("campaigns:system_export", args=[found.pk])
        if request.user.has_perm("campaigns.export", found.campaign)
        else "",
        "sees_checks": request.user.has_perm("campaigns.see_register", found),
        "events": [
            {
                "at": event.at,
                "who": event.who,
                "what": event.label,
                "note": event.note,
                "tone": EVENT_TONES.get(event.move, "blue"),
            }
            for event in events[:EVENTS]
        ],
    }
    return render(request, "campaigns/system.html", context)


def _adoption(found, user):
    """The job that brings the draft in force, for who asked for it; for colleagues what it does, in words."""
    job = found.job if found.is_draft else None
    if job is None or not (job.is_open or job.is_failed):
        return {}
    if job.is_seen_by(user):
        return {"job": job}
    wrong = _("%(who)s正在启用这一版，完成前不能改动。") if job.is_open else _("%(who)s启用这一版没有成功：%(reason)s")
    return {"adoption": wrong % {"who": job.requested_by_name, "reason": job.reason}}


@require_safe
def system_export(request, pk):
    """The version in the columns of a table of standards: what is taken out can be loaded again."""
    found = visible_system(request, pk)
    if not request.user.has_perm("campaigns.export", found.campaign):
        raise PermissionDenied
    sheet = SystemSheet(found, Indicator.objects.visible_to(request.user))
    rows = sheet.rows()
    return sheet_response(request, of=found.campaign, title=str(found), columns=sheet.columns, rows=rows, n=len(rows))


@require_safe
def system_branch(request, pk):
    """The level below one indicator, as rows of the tree; the page itself where no script asked."""
    found = get_object_or_404(visible_indicators(request), pk=pk)
    if not request.htmx:
        return redirect(f"{found.system.get_absolute_url()}?open={found.pk}#branch-{found.pk}")
    tree = Tree(found.system, Indicator.objects.visible_to(request.user))
    return render(request, "campaigns/_system_rows.html", {"rows": tree_rows(tree.nodes[pk].children, levels=1)})


def visible_indicators(request):
    asked_campaign(request)
    rows = Indicator.objects.visible_to(request.user)
    return rows.select_related("system__campaign__host__host", "campaign__host__host", "parent")


def tree_rows(nodes_, *, opened=frozenset(), levels):
    """Rows of the tree as ready strings: so many levels at once, deeper ones where they are opened."""
    rows = []
    # Reversed once: a thousand look-ups cost more than the tree.
    here = reverse("campaigns:indicator", args=[0])

    def walk(level, left):
        for node in level[:SHOWN]:
            url = here.replace("/0/", f"/{node.pk}/")
            rows.append(_row(node, url))
            if node.children and (left > 1 or node.pk in opened):
                walk(node.children, left - 1)
            elif node.children:
                rows.append(_closed(node, url))
        if len(level) > SHOWN:
            label = _("还有%(n)s个没有列出，请在“查标准”里按编号或文字查找")
            rows.append({"label": label % {"n": len(level) - SHOWN}})

    walk(nodes_, levels)
    return rows


def may_break_down(user, found):
    """Whether the person may break indicators of this version down into tasks: only one in force is."""
    return found.state == AssessmentSystem.State.IN_FORCE and user.has_perm(PERMISSION, found.campaign)


def _row(node, url):
    return {
        "pk": str(node.pk),
        "url": url,
        "depth": str(min(node.depth, 5)),
        "label": f"{node.code} {node.name}",
        "methods": node.methods_text,
        # A heading without a score of its own is worth what is below it.
        "score": plain(node.full),
        "indicators": str(node.indicators or ""),
        "standards": str(node.standards or ""),
        "negative": _("负面清单%(n)s条") % {"n": node.negative} if node.negative else "",
    }


def _closed(node, url):
    """The line that opens what is below the node."""
    return {
        "branch": str(node.pk),
        "url": f"{url}branch/",
        "depth": str(min(node.depth + 1, 5)),
        "label": _("展开%(n)s个下级指标") % {"n": len(node.children)},
    }


def _uneven(node):
    return {
        "url": reverse("campaigns:indicator", args=[node.pk]),
        "label": f"{node.code} {node.name}",
        "told": _("本级%(own)s分，下级合计%(parts)s分") % {"own": plain(node.score), "parts": plain(node.parts_score)},
    }


def plain(value):
    """A score as it is written: 4, 4.5; nothing for one that is not known."""
    return "" if value is None else f"{value.normalize():f}"


def _facts(found):
    known = [
        (_("版本"), found.edition),
        (_("发布单位"), found.issuer),
        (_("启用日期"), found.adopted_on),
        (_("停用日期"), found.superseded_on),
    ]
    previous = found.previous
    label = _("接替") if not found.is_draft else _("启用后接替")
    return [fact for fact in known if fact[1]] + ([(label, previous, previous.get_absolute_url())] if previous else [])


def _draft_of(found):
    known = AssessmentSystem.objects.of(found.campaign).called(name=found.name, edition=found.edition)
    return known.drafts().first()


def _compare_url(found):
    """Beside its draft, else beside what it takes or took the place of, else beside any other one; the older left."""
    others = AssessmentSystem.objects.of(found.campaign).exclude(pk=found.pk)
    after = others.filter(previous=found)
    other = after.drafts().first() or found.previous or after.first() or others.order_by("-pk").first()
    if other is None:
        return ""
    old, new = sorted((found, other), key=_age)
    return f"{address('campaigns:compare')}?{urlencode({'old': old.pk, 'new': new.pk})}"


def _age(version):
    """The older ones first: by the day they came in force, drafts last."""
    return version.is_draft, version.adopted_on or date.min, version.pk


@require_http_methods(["GET", "POST"])
def system_new(request):
    campaign = asked_campaign(request)
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    _ask_change(request, campaign)
    form = SystemForm(request.POST or None, instance=AssessmentSystem(campaign=campaign))
    if form.is_valid():
        with told_in(form):
            made = actions.found_system(campaign, by=request.user, **form.written)
            messages.success(request, _("已新建。请新增或导入指标，核对后启用。"))
            return redirect(made)
    context = {"form": form, "cancel_url": address("campaigns:systems")}
    return render(request, "campaigns/system_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def system_edit(request, pk):
    found = visible_system(request, pk)
    _ask_change(request, found)
    if not found.is_draft and request.method == "GET":
        raise Refused(_("只有修订中的版本可以改名称和版本。请先点“修订”。"), found)
    form = SystemForm(request.POST or None, instance=found)
    if form.is_valid():
        with told_in(form):
            actions.change_system(found, by=request.user, **form.changed)
            messages.success(request, _("已保存。"))
            return redirect(found)
    context = {"form": form, "system": found, "cancel_url": found.get_absolute_url()}
    return render(request, "campaigns/system_form.html", context, status=422 if form.is_bound else 200)


@require_POST
def system_revise(request, pk):
    found = visible_system(request, pk)
    draft = actions.revise(found, by=request.user)
    messages.success(request, _("这是修订稿。现行版没有改动；修订稿核对后点“启用”。"))
    return redirect(draft)


@require_http_methods(["GET", "POST"])
def system_move(request, pk, move):
    found = visible_system(request, pk)
    if move not in ACTIONS:
        raise Http404
    form = FORMS[move](request.POST if request.method == "POST" else None, row=found)
    if form.is_valid():
        with told_in(form):
            ACTIONS[move](found, by=request.user, **form.cleaned_data)
            messages.success(request, DONE[move])
            return redirect(found)
    if not form.is_bound and (reason := SYSTEM.refusal(found, move, request.user)):
        raise Refused(reason, found)
    context = {
        "form": form,
        "move": SYSTEM.moves[move],
        "system": found,
        "compare_url": _compare_url(found) if move == "adopt" and found.previous else "",
        "told": _told_of_adoption(found) if move == "adopt" else [],
    }
    return render(request, "campaigns/system_move.html", context, status=422 if form.is_bound else 200)


def _told_of_adoption(found):
    """What comes of it, in sentences, before the person decides."""
    if not found.previous:
        return [_("它与现行的测评体系并列，不接替哪一版。")]
    comparison = compare(found.previous, found)
    told = [
        _("“%(previous)s”同日停用。") % {"previous": found.previous},
        _("沿用%(n)s条标准：材料、任务、问题和自查在新版里照样看到。") % {"n": len(comparison.standard_pairs)},
    ]
    if guesses := comparison.guesses:
        told.append(_("其中%(n)s处是系统按编号和文字自动对应的，请先在对照页核对。") % {"n": guesses})
    if dropped := comparison.standard_counts["dropped"] + comparison.indicator_counts["dropped"]:
        told.append(_("新版删去%(n)s处，它们的记录留在前一版里。") % {"n": dropped})
    return told


@require_http_methods(["GET", "POST"])
def system_discard(request, pk):
    found = visible_system(request, pk)
    _ask_change(request, found)
    if request.method == "POST":
        actions.discard(found, by=request.user)
        messages.success(request, _("已放弃“%(system)s”。") % {"system": found})
        return redirect(found.previous or "campaigns:systems")
    if not found.is_draft:
        raise Refused(_("只有修订中的版本可以放弃。"), found)
    context = {
        "heading": _("放弃修订稿"),
        "crumb": found,
        "told": _("“%(system)s”连同其中%(n)s个指标都会删去，不能恢复。现行版不受影响。")
        % {"system": found, "n": found.indicators.count()},
        "submit": _("放弃"),
        "cancel_url": found.get_absolute_url(),
    }
    return render(request, "campaigns/system_confirm.html", context)


def _ask_change(request, obj):
    if not request.user.has_perm("campaigns.change_system", obj):
        raise PermissionDenied


def told_where(request, asked, written):
    """Say so where an edit of a version in use went to its draft."""
    if asked.pk != written.pk:
        text = _("“%(asked)s”已在使用，没有改动；这次修改写入了“%(written)s”，启用后生效。")
        messages.info(request, text % {"asked": asked, "written": written})
    else:
        messages.success(request, _("已保存。"))


def version_of_page(found):
    """The version a form about this one is drawn from: its draft where it is in use and has one."""
    if nodes.is_writable(found):
        return found
    return _draft_of(found) or found
